/* The page of a map (map_page.c): points that show their row, zoom, selection, what leaves the page. Lines are joined when it
   is built: end statements by semicolons. */
document.documentElement.className='js';
addEventListener('DOMContentLoaded',function(){
    var d=JSON.parse(document.getElementById('data').textContent),
        n=d.id.length,
        f=document.forms[0],
        e=f.elements,
        host=document.getElementById('map'),
        said=document.getElementById('said'),
        what=document.getElementById('what'),
        section=document.getElementById('picked'),
        picked=new Uint8Array(n),
        found=null,
        hidden={},
        at=-1,
        panels=[],
        viridis=['#440154','#472d7b','#3b528b','#2c728e','#21918c','#28ae80','#5ec962','#addc30','#fde725'],
        scale,
        saying,
        asked=0,
        timer;
    function make(tag,text,parent){
        var x=document.createElement(tag);
        if(text)x.textContent=text;
        if(parent)parent.append(x);
        return x}
    function button(text,parent,act){
        var b=make('button',text,parent);
        b.type='button';
        b.addEventListener('click',act);
        return b}
    function name(i){return d.id[i]||d.smiles[i]||d.text[i].slice(0,60)}
    var all=d.id.map(function(id,i){
        return[id,d.smiles[i],d.text[i]].concat(d.cells.map(function(c){return c[i+1]})).join(' ').toLowerCase()});

    /* ---- colours ---- */
    function mix(t){
        var p=Math.min(Math.max(t,0),1)*8,i=Math.min(7,Math.floor(p)),r='#';
        [1,3,5].forEach(function(k){
            var a=parseInt(viridis[i].substr(k,2),16),b=parseInt(viridis[i+1].substr(k,2),16);
            r+=('0'+Math.round(a+(p-i)*(b-a)).toString(16)).slice(-2)});
        return r}
    scale=[];
    for(var q=0;q<64;q++)scale.push(mix((q+.5)/64));
    function chosen(){return d.colours[+e.by.value]}
    /* the rows of each colour: [colour, square, rows, label] */
    function layers(){
        var c=chosen(),list=[],by={};
        function put(key,colour,square,i,label){
            if(!by[key])list.push(by[key]=[colour,square,[],label]);
            by[key][2].push(i)}
        for(var i=0;i<n;i++){
            var v=c?c.value[i]:0;
            if(!c)put(0,'#0072b2',false,i,0);
            else if(v===null||v===-1)put('none','#9aa2ad',false,i,-1);
            else if(c.numbers){
                var t=c.high>c.low?(v-c.low)/(c.high-c.low):.5,k=Math.min(63,Math.floor(t*64));
                put(k,scale[k],false,i,k)}
            else put(v,c.label[v][2],v>7,i,v)}
        return list.sort(function(a,b){return(a[3]<0?0:1)-(b[3]<0?0:1)})}
    var drawn;
    function visible(i){
        var c=chosen();
        return!(c&&!c.numbers&&hidden[c.value[i]])}

    /* ---- panels ---- */
    var tip=make('div','',document.body);
    tip.id='tip';
    tip.hidden=true;
    tip.setAttribute('role','status');
    d.spaces.forEach(function(s){
        var g=make('figure','',host),p={space:s,k:1,x:0,y:0};
        make('figcaption',d.spaces.length>1||s.name?s.name:'',g);
        p.canvas=make('canvas','',g);
        p.canvas.tabIndex=0;
        p.canvas.setAttribute('role','application');
        p.canvas.setAttribute('aria-label','Map of '+n+' rows, '+s.name+
            '. Arrows go to the next row, Enter selects it, plus and minus zoom, 0 shows all.');
        p.c=p.canvas.getContext('2d');
        panels.push(p);
        listen(p)});
    function places(p){return p.space[e.layout.value]||p.space.pca}
    function unit(p){return p.side/10800}
    function px(p,i){return(places(p)[2*i]+400)*unit(p)*p.k+p.x}
    function py(p,i){return(places(p)[2*i+1]+400)*unit(p)*p.k+p.y}
    function size(p){
        var r=n>8000?1.8:n>2000?2.4:n>400?3.4:4.6;
        return r*Math.min(3,Math.sqrt(p.k))*Math.max(.7,p.side/640)}
    function shape(c,x,y,r,square){
        if(square)c.rect(x-r,y-r,2*r,2*r);
        else{c.moveTo(x+r,y);c.arc(x,y,r,0,7)}}
    function draw(p){
        var c=p.c,r=size(p),ratio=devicePixelRatio||1,css=getComputedStyle(document.documentElement);
        p.side=p.canvas.clientWidth;
        if(p.canvas.width!==Math.round(p.side*ratio))p.canvas.width=p.canvas.height=Math.round(p.side*ratio);
        c.setTransform(ratio,0,0,ratio,0,0);
        c.clearRect(0,0,p.side,p.side);
        c.lineWidth=.6;
        c.strokeStyle=css.getPropertyValue('--soft');
        function pass(rows,layer,alpha){
            c.globalAlpha=alpha;
            c.fillStyle=layer[0];
            c.beginPath();
            rows.forEach(function(i){shape(c,px(p,i),py(p,i),r,layer[1])});
            c.fill();
            if(r>2&&alpha>.5){c.globalAlpha=.5;c.stroke()}}
        drawn.forEach(function(l){
            if(hidden[l[3]]&&chosen()&&!chosen().numbers)return;
            if(!found)return pass(l[2],l,.85);
            pass(l[2].filter(function(i){return!found[i]}),l,.12)});
        if(found)drawn.forEach(function(l){
            if(hidden[l[3]]&&chosen()&&!chosen().numbers)return;
            pass(l[2].filter(function(i){return found[i]}),l,1)});
        c.globalAlpha=1;
        c.strokeStyle=css.getPropertyValue('--ink');
        c.lineWidth=1.6;
        c.beginPath();
        for(var i=0;i<n;i++)if(picked[i]&&visible(i))shape(c,px(p,i),py(p,i),r+1.5,false);
        c.stroke();
        if(at>=0){
            c.strokeStyle=css.getPropertyValue('--accent');
            c.lineWidth=3;
            c.beginPath();
            shape(c,px(p,at),py(p,at),r+5,false);
            c.stroke()}
        if(p.drag&&p.drag.length>1){
            c.strokeStyle=css.getPropertyValue('--accent');
            c.fillStyle=css.getPropertyValue('--accent');
            c.lineWidth=1.5;
            c.beginPath();
            outline(p).forEach(function(v,k){c[k?'lineTo':'moveTo'](v[0],v[1])});
            c.closePath();
            c.stroke();
            c.globalAlpha=.12;
            c.fill();
            c.globalAlpha=1}}
    function redraw(){
        if(!asked)asked=requestAnimationFrame(function(){
            asked=0;
            panels.forEach(draw)})}
    function recolour(){
        drawn=layers();
        legend();
        redraw()}

    /* ---- what is pointed at ---- */
    function nearest(p,x,y,most){
        var best=-1,b=most*most;
        for(var i=0;i<n;i++){
            if(!visible(i))continue;
            var u=px(p,i)-x,v=py(p,i)-y,s=u*u+v*v;
            if(s<b){b=s;best=i}}
        return best}
    function fill(box,i,small){
        var s=d.drawing[i],g;
        box.textContent='';
        if(s){
            g=make('div','',box);
            g.innerHTML='<svg viewBox="0 0 260 200" role="img">'+s+'</svg>';
            g.firstChild.setAttribute('aria-label',d.smiles[i])}
        make('b',name(i),box).dir='auto';
        if(d.text[i]&&d.text[i]!==name(i)){
            g=make('p',d.text[i],box);
            g.className='text';
            g.dir='auto'}
        if(small&&d.cells.length){
            g=make('dl','',box);
            d.cells.forEach(function(c){
                if(!c[i+1])return;
                make('dt',c[0],g);
                make('dd',c[i+1].slice(0,80),g)})}
        if(d.smiles[i]&&d.smiles[i]!==name(i))make('code',d.smiles[i].slice(0,200),box)}
    function point(p,i,x,y){
        if(i===at&&!tip.hidden===(i>=0))return;
        at=i;
        tip.hidden=i<0;
        redraw();
        if(i<0)return;
        fill(tip,i,true);
        var r=p.canvas.getBoundingClientRect(),w=tip.offsetWidth,h=tip.offsetHeight,
            left=r.left+x+18,top=r.top+y+14;
        if(left+w>innerWidth-6)left=r.left+x-w-18;
        if(top+h>innerHeight-6)top=innerHeight-h-6;
        tip.style.left=Math.max(6,left)+'px';
        tip.style.top=Math.max(6,top)+'px'}

    /* ---- selection ---- */
    function outline(p){
        var a=p.drag[0],b=p.drag[p.drag.length-1];
        return e.drag.value==='lasso'?p.drag:[a,[b[0],a[1]],b,[a[0],b[1]]]}
    function inside(o,x,y){
        var is=false;
        for(var i=0,j=o.length-1;i<o.length;j=i++)
            if((o[i][1]>y)!==(o[j][1]>y)&&x<(o[j][0]-o[i][0])*(y-o[i][1])/(o[j][1]-o[i][1])+o[i][0])is=!is;
        return is}
    function select(p,add,take){
        var o=outline(p);
        for(var i=0;i<n;i++){
            var hit=visible(i)&&inside(o,px(p,i),py(p,i));
            if(hit)picked[i]=take?0:1;
            else if(!add&&!take)picked[i]=0}
        changed()}
    function rows(){
        var r=[];
        for(var i=0;i<n;i++)if(picked[i])r.push(i);
        return r}
    function changed(){
        var r=rows(),grid=section.querySelector('.grid');
        what.textContent=r.length?r.length+' of '+n+' selected':'nothing selected';
        section.hidden=!r.length;
        grid.textContent='';
        r.slice(0,24).forEach(function(i){
            var card=make('article','',grid);
            card.className='card';
            fill(card,i,false)});
        section.querySelector('.remark').textContent=r.length>24?'and '+(r.length-24)+' more':'';
        redraw()}

    /* ---- mouse, touch, keys ---- */
    function zoom(p,by,x,y){
        var k=Math.min(60,Math.max(1,p.k*by));
        p.x=x-(x-p.x)*k/p.k;
        p.y=y-(y-p.y)*k/p.k;
        p.k=k;
        bound(p);
        point(p,-1);
        redraw()}
    function bound(p){
        var low=p.side*(1-p.k);
        p.x=Math.min(0,Math.max(low,p.x));
        p.y=Math.min(0,Math.max(low,p.y))}
    function whole(){
        panels.forEach(function(p){p.k=1;p.x=p.y=0});
        redraw()}
    function go(p,dx,dy){
        var best=-1,b=Infinity,x=at<0?p.side/2:px(p,at),y=at<0?p.side/2:py(p,at);
        for(var i=0;i<n;i++){
            if(i===at||!visible(i))continue;
            var u=px(p,i)-x,v=py(p,i)-y,along=u*dx+v*dy,off=Math.abs(u*dy)+Math.abs(v*dx),s=along+3*off;
            if(at>=0&&along<=1e-6)continue;
            if(at<0)s=u*u+v*v;
            if(s<b){b=s;best=i}}
        if(best<0)return;
        x=px(p,best);
        y=py(p,best);
        if(x<0||y<0||x>p.side||y>p.side){
            p.x+=p.side/2-x;
            p.y+=p.side/2-y;
            bound(p)}
        point(p,best,px(p,best),py(p,best))}
    function listen(p){
        var c=p.canvas,from;
        function place(v){
            var r=c.getBoundingClientRect();
            return[v.clientX-r.left,v.clientY-r.top]}
        c.addEventListener('pointerdown',function(v){
            if(v.button)return;
            c.setPointerCapture(v.pointerId);
            c.focus({preventScroll:true});
            p.drag=[place(v)];
            from=[p.x,p.y]});
        c.addEventListener('pointermove',function(v){
            var x=place(v);
            if(!p.drag)return point(p,nearest(p,x[0],x[1],14),x[0],x[1]);
            if(e.drag.value==='move'){
                p.x=from[0]+x[0]-p.drag[0][0];
                p.y=from[1]+x[1]-p.drag[0][1];
                p.moved=true;
                bound(p)}
            else if(p.drag.length>1||Math.abs(x[0]-p.drag[0][0])+Math.abs(x[1]-p.drag[0][1])>4)p.drag.push(x);
            point(p,-1);
            redraw()});
        c.addEventListener('pointerup',function(v){
            var x=place(v),i;
            if(!p.drag)return;
            if(p.drag.length>1)select(p,v.shiftKey,v.altKey);
            else if(!p.moved){
                i=nearest(p,x[0],x[1],14);
                if(i>=0){picked[i]^=1;changed()}
                point(p,i,x[0],x[1])}
            p.drag=null;
            p.moved=false;
            redraw()});
        c.addEventListener('pointercancel',function(){p.drag=null;redraw()});
        c.addEventListener('pointerleave',function(){if(!p.drag)point(p,-1)});
        c.addEventListener('blur',function(){point(p,-1)});
        c.addEventListener('wheel',function(v){
            if(document.activeElement!==c&&!v.ctrlKey)return;
            var x=place(v);
            v.preventDefault();
            zoom(p,Math.exp(-v.deltaY/400),x[0],x[1])},{passive:false});
        c.addEventListener('keydown',function(v){
            var k=v.key,way={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,-1],ArrowDown:[0,1]}[k];
            if(way)go(p,way[0],way[1]);
            else if((k==='Enter'||k===' ')&&at>=0){picked[at]^=1;changed()}
            else if(k==='+'||k==='=')zoom(p,1.5,p.side/2,p.side/2);
            else if(k==='-')zoom(p,1/1.5,p.side/2,p.side/2);
            else if(k==='0')whole();
            else if(k==='Escape')point(p,-1);
            else return;
            v.preventDefault()})}

    /* ---- legend ---- */
    var box=make('div','',host);
    box.className='legend';
    function legend(){
        var c=chosen(),g,none;
        box.textContent='';
        make('h2',c?c.name:'Map',box);
        if(c&&c.numbers){
            g=make('div','',box);
            g.className='bar';
            g.style.background='linear-gradient(90deg,'+viridis.join(',')+')';
            g.setAttribute('role','img');
            g.setAttribute('aria-label','from '+c.low+' to '+c.high);
            g=make('div','',box);
            g.className='ends';
            make('span',String(+c.low.toPrecision(4)),g);
            make('span',String(+c.high.toPrecision(4)),g)}
        else if(c){
            g=make('ul','',box);
            c.label.forEach(function(l,k){entry(g,c,k,l[0],l[1],l[2])});
            none=c.value.filter(function(v){return v<0}).length;
            if(none)entry(g,c,-1,'(none)',none,'#9aa2ad')}
        make('p','Drag to select, with Shift to add, with Alt to take away; click for one row. The wheel zooms a map that was '+
            'clicked. Keys: arrows, Enter, +, \u2212, 0.',box).className='hint'}
    function entry(list,c,k,label,count,colour){
        var l=make('li','',list),b=button('',l,function(){
            hidden[k]=!hidden[k];
            b.setAttribute('aria-pressed',!hidden[k]);
            redraw()}),i=make('i','',b);
        b.className='name';
        b.setAttribute('aria-pressed',!hidden[k]);
        i.style.background=colour;
        if(k>7)i.className='square';
        make('span',label,b).dir='auto';
        make('small',String(count),b);
        button('select',l,function(){
            for(var r=0;r<n;r++)if(c.value[r]===k)picked[r]=1;
            changed()}).setAttribute('aria-label','select '+label)}

    /* ---- what leaves the page ---- */
    function say(s){
        said.value='';
        clearTimeout(saying);
        setTimeout(function(){said.value=s},50);
        saying=setTimeout(function(){said.value=''},5000)}
    function leaving(){
        var r=rows();
        if(!r.length)say('select rows first: drag on the map');
        return r}
    function save(kind,type,s,count){
        var a=make('a','',document.body);
        a.href=URL.createObjectURL(new Blob([s],{type:type}));
        a.download='molglot-map.'+kind;
        a.className='aside';
        a.click();
        a.remove();
        setTimeout(function(){URL.revokeObjectURL(a.href)},60000);
        say(count+(count===1?' row':' rows')+' to molglot-map.'+kind)}
    function line(s){return s.replace(/[\x00-\x1f]+/g,' ')}
    e.copy.addEventListener('click',function(){
        var s=leaving().map(function(i){return d.smiles[i]}).filter(Boolean).join('\n');
        if(!s)return;
        function old(){
            var t=make('textarea',s,document.body),ok=false;
            t.className='aside';
            t.select();
            try{ok=document.execCommand('copy')}catch(x){ok=false}
            t.remove();
            e.copy.focus();
            say(ok?'SMILES copied':'the browser does not let it be copied: download SMI')}
        if(navigator.clipboard)navigator.clipboard.writeText(s).then(function(){say('SMILES copied')},old);
        else old()});
    e.smi.addEventListener('click',function(){
        var r=leaving().filter(function(i){return d.smiles[i]});
        if(r.length)save('smi','chemical/x-daylight-smiles',r.map(function(i){
            return d.smiles[i]+'\t'+line(d.id[i])+'\n'}).join(''),r.length)});
    e.csv.addEventListener('click',function(){
        var r=leaving(),t=[['id','smiles','text'].concat(d.cells.map(function(c){return c[0]}))];
        if(!r.length)return;
        r.forEach(function(i){
            t.push([d.id[i],d.smiles[i],d.text[i]].concat(d.cells.map(function(c){return c[i+1]})))});
        save('csv','text/csv',t.map(function(x){
            return x.map(function(v){return/[",\r\n]/.test(v)?'"'+v.replace(/"/g,'""')+'"':v}).join(',')+'\n'
            }).join(''),r.length)});

    /* ---- the bar ---- */
    d.colours.forEach(function(c,i){make('option',c.name,e.by).value=i});
    e.by.value=d.chosen;
    if(d.spaces[0].tsne){
        make('option','t-SNE',e.layout).value='tsne';
        make('option','principal components',e.layout).value='pca'}
    else document.getElementById('layout').hidden=true;
    e.by.addEventListener('change',function(){hidden={};recolour()});
    e.layout.addEventListener('change',whole);
    e.drag.addEventListener('change',function(){
        panels.forEach(function(p){p.canvas.className=e.drag.value==='move'?'move':''})});
    e.in.addEventListener('click',function(){panels.forEach(function(p){zoom(p,1.5,p.side/2,p.side/2)})});
    e.out.addEventListener('click',function(){panels.forEach(function(p){zoom(p,1/1.5,p.side/2,p.side/2)})});
    e.all.addEventListener('click',whole);
    e.none.addEventListener('click',function(){picked.fill(0);changed()});
    e.find.addEventListener('input',function(){
        clearTimeout(timer);
        timer=setTimeout(function(){
            var words=e.find.value.toLowerCase().split(/\s+/).filter(Boolean),k=0;
            found=words.length?all.map(function(s){
                var ok=words.every(function(w){return s.includes(w)});
                k+=ok;
                return ok}):null;
            if(found)say(k+' found; Enter selects them');
            redraw()},80)});
    e.find.addEventListener('keydown',function(v){
        if(v.key!=='Enter'||!found)return;
        for(var i=0;i<n;i++)picked[i]=found[i]?1:0;
        changed()});
    f.addEventListener('submit',function(v){v.preventDefault()});
    addEventListener('resize',redraw);
    matchMedia('(prefers-color-scheme:dark)').addEventListener('change',redraw);
    panels.forEach(function(p){p.side=p.canvas.clientWidth});
    recolour()});
