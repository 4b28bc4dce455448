/* The page of molecule cards (page.c): sorts, filters, selects, copies, downloads. All that it knows it
   reads from the cards themselves. Lines are joined when it is built: end statements by semicolons. */
document.documentElement.className='js';
addEventListener('DOMContentLoaded',function(){
    var f=document.forms[0],
        e=f.elements,
        filters=document.getElementById('filters'),
        said=document.getElementById('said'),
        what=document.getElementById('what'),
        long={'~':'  0  0  0  0  0  0  0  0  0  0  0  0\n','!':'    0.0000 ','|':'  1  0\n','`':'  2  0\n',_:'    '},
        properties=[],
        tests=[],
        timer,
        saying;
    function make(tag,text,parent){
        var x=document.createElement(tag);
        if(text)x.textContent=text;
        if(parent)parent.append(x);
        return x}
    function text(card,s){
        var x=card.querySelector(s);
        return x?x.textContent:''}
    function molblock(card){
        var as=card.dataset.as,
            m=(as?document.getElementById('m'+as).closest('.card'):card).dataset.mol;
        return !m?'':m[0]=='='?m.slice(1):m.replace(/[~!|`_]/g,function(c){return long[c]})}
    var sections=[].map.call(document.querySelectorAll('section'),function(s){
        return{at:s,grid:s.querySelector('.grid'),name:text(s,'h2')}});
    var cards=[].map.call(document.querySelectorAll('.card'),function(c,i){
        var x={at:c,i:i,values:{},name:text(c,'h3 b'),smiles:text(c,'code'),text:text(c,':scope>.text'),
               box:c.querySelector('input'),shown:true,drawn:!!c.querySelector('svg')},
            score=c.querySelector('.score');
        sections.forEach(function(s){if(s.at.contains(c))x.section=s});
        function put(name,value){
            if(!properties.includes(name))properties.push(name);
            x.values[name]=value}
        function take(t){
            var d=t.nextElementSibling,n=d.querySelector('data');
            put(t.textContent,n?n.value:d.textContent)}
        if(score)put('score',score.value);
        x.section.at.querySelectorAll(':scope>dl dt').forEach(take);
        c.querySelectorAll('dt').forEach(take);
        x.find=[x.name,x.smiles,x.text].concat(Object.values(x.values)).join(' ').toLowerCase();
        var b=c.querySelector('button');
        if(b){
            b.setAttribute('aria-label','copy the SMILES of '+x.name);
            b.addEventListener('click',function(){copy(x.smiles,b,c.querySelector('code'))})}
        x.box.addEventListener('change',show);
        return x});

    /* ---- filters ---- */
    function number(x,p){
        var v=x.values[p];
        return v===undefined||v.trim()===''?NaN:+v}
    function range(p){
        var all=cards.map(function(x){return number(x,p)}).filter(function(v){return isFinite(v)}),
            low=all.reduce(function(a,b){return Math.min(a,b)}),
            high=all.reduce(function(a,b){return Math.max(a,b)}),
            step=Math.pow(10,Math.floor(Math.log10((high-low)/50))),
            row=make('fieldset','',filters),
            ends;
        make('legend',p,row);
        low=Math.floor(low/step);
        high=Math.ceil(high/step);
        function shown(v){return(v*step).toFixed(Math.max(0,Math.round(-Math.log10(step))))}
        function end(label,at){
            var l=make('label',label+' ',row),s=make('input','',l);
            s.type='range';
            s.name=p+' '+label;
            s.min=low;
            s.max=high;
            s.value=at;
            s.said=make('output',shown(at),l);
            s.said.setAttribute('aria-live','off');
            return s}
        ends=[end('at least',low),end('at most',high)];
        row.addEventListener('input',function(){
            ends.forEach(function(s){
                s.said.value=shown(s.value);
                s.setAttribute('aria-valuetext',s.said.value)})});
        tests.push(function(x){
            var a=+ends[0].value,b=+ends[1].value,v=number(x,p)/step;
            return(a===low||v>=a-1e-9)&&(b===high||v<=b+1e-9)})}
    function choice(p,values){
        var l=make('label',p+' ',filters),s=make('select','',l);
        s.name=p;
        make('option','any',s).value='';
        values.forEach(function(v){make('option',v,s).value='='+v});
        tests.push(function(x){return !s.value||'='+x.values[p]===s.value})}
    properties.forEach(function(p){
        var values=[],numbers=true,o;
        cards.forEach(function(x){
            var v=x.values[p];
            if(v===undefined||v==='')return;
            if(!isFinite(number(x,p)))numbers=false;
            if(!values.includes(v)&&(numbers||values.length<13))values.push(v)});
        o=make('option',p);
        o.value='='+p;
        if(values.length>1)e.by.append(o);
        if(numbers&&values.length>1)range(p);
        else if(values.length>1&&values.length<13)choice(p,values.sort())});
    var picked=make('input');
    picked.type='checkbox';
    picked.name='picked';
    make('label','',filters).append(picked,' selected only');
    tests.push(function(x){return !picked.checked||x.box.checked});

    /* ---- what is shown, and in which order ---- */
    function chosen(){
        var s=cards.filter(function(x){return x.box.checked});
        return s.length?s:cards.filter(function(x){return x.shown})}
    function show(){
        var words=e.find.value.toLowerCase().split(/\s+/),n=0,s=0;
        sections.forEach(function(x){x.n=x.of=0});
        cards.forEach(function(x){
            x.shown=words.every(function(w){return x.find.includes(w)})&&tests.every(function(t){return t(x)});
            x.at.hidden=!x.shown;
            n+=x.shown;
            s+=x.box.checked;
            x.section.of++;
            x.section.n+=x.shown});
        sections.forEach(function(x){x.at.hidden=x.of&&!x.n});
        e.shown.value='shown '+n+' of '+cards.length;
        what.textContent=s?s+' selected:':'all '+n+' shown:'}
    function sort(){
        var by=e.by.value,p=by.slice(1),down=e.turn.getAttribute('aria-pressed')==='true'?-1:1;
        function compare(a,b){
            if(!by)return down*(a.i-b.i);
            if(by==='*')return down*a.name.localeCompare(b.name,undefined,{numeric:true})||a.i-b.i;
            var u=number(a,p),v=number(b,p),s=a.values[p],t=b.values[p];
            if(u===u&&v===v)return down*(u-v)||a.i-b.i;
            if(u===u||v===v)return u===u?-1:1;
            if(!s||!t)return(t?1:0)-(s?1:0)||a.i-b.i;
            return down*s.localeCompare(t,undefined,{numeric:true})||a.i-b.i}
        cards.slice().sort(compare).forEach(function(x){x.section.grid.append(x.at)})}
    e.by.addEventListener('change',function(){
        var turned=/^=(score|weight)$/.test(e.by.value)||/tanimoto|cosine/.test(e.by.value);
        e.turn.setAttribute('aria-pressed',turned);
        sort()});
    e.turn.addEventListener('click',function(){
        e.turn.setAttribute('aria-pressed',e.turn.getAttribute('aria-pressed')!=='true');
        sort()});
    f.addEventListener('input',function(){
        clearTimeout(timer);
        timer=setTimeout(show,cards.length>500?200:20)});
    f.addEventListener('submit',function(v){v.preventDefault()});
    function pick(on){
        cards.forEach(function(x){if(x.shown||!on)x.box.checked=on});
        show()}
    e.all.addEventListener('click',function(){pick(true)});
    e.none.addEventListener('click',function(){pick(false)});

    /* ---- what leaves the page ---- */
    function say(s){
        said.value='';
        clearTimeout(saying);
        setTimeout(function(){said.value=s},50);
        saying=setTimeout(function(){said.value=''},5000)}
    function copy(s,button,code){
        function done(ok){
            if(!ok&&code)getSelection().selectAllChildren(code);
            say(ok?'SMILES copied':'the browser does not let it be copied: it is selected, copy it by Ctrl+C');
            if(!ok)return;
            var was=button.dataset.was=button.dataset.was||button.textContent;
            button.textContent='copied';
            setTimeout(function(){button.textContent=was},1500)}
        function old(){
            var t=make('textarea',s,document.body),ok=false;
            t.className='aside';
            t.select();
            try{ok=document.execCommand('copy')}catch(x){ok=false}
            t.remove();
            button.focus();
            done(ok)}
        if(navigator.clipboard)navigator.clipboard.writeText(s).then(function(){done(true)},old);
        else old()}
    function save(kind,type,s,n){
        var a=make('a','',document.body),name='molglot.'+kind;
        a.href=URL.createObjectURL(new Blob([s],{type:type}));
        a.download=name;
        a.className='aside';
        a.click();
        a.remove();
        setTimeout(function(){URL.revokeObjectURL(a.href)},60000);
        say(n+(n===1?' row':' rows')+' to '+name)}
    function line(s){
        return s.replace(/[\x00-\x1f]+/g,' ').replace(/^\$\$\$\$/,' $$$$$$$$')}
    function free(name){
        return properties.includes(name)?free('card_'+name):name}
    function molecules(){return chosen().filter(function(x){return x.drawn})}
    e.smi.addEventListener('click',function(){
        var m=molecules();
        save('smi','chemical/x-daylight-smiles',m.map(function(x){
            return x.smiles+'\t'+line(x.name)+'\n'}).join(''),m.length)});
    e.sdf.addEventListener('click',function(){
        var m=molecules();
        save('sdf','chemical/x-mdl-sdfile',m.map(function(x){
            var s=line(x.name)+'\n'+molblock(x.at);
            function put(name,v){
                if(v)s+='> <'+line(name).replace(/[<>]/g,'_')+'>\n'+line(v)+'\n\n'}
            put(free('smiles'),x.smiles);
            properties.forEach(function(p){put(p,x.values[p])});
            put(free('text'),x.text);
            return s+'$$$$\n'}).join(''),m.length)});
    e.csv.addEventListener('click',function(){
        var c=chosen(),parts=sections.length>1,texts=cards.some(function(x){return x.text}),
            rows=[(parts?[free('section')]:[]).concat([free('id'),free('smiles')],properties,texts?[free('text')]:[])];
        c.forEach(function(x){
            rows.push((parts?[x.section.name]:[]).concat([x.name,x.smiles],properties.map(function(p){
                return x.values[p]===undefined?'':x.values[p]}),texts?[x.text]:[]))});
        save('csv','text/csv',rows.map(function(r){
            return r.map(function(v){return/[",\r\n]/.test(v)?'"'+v.replace(/"/g,'""')+'"':v}).join(',')+'\n'
            }).join(''),c.length)});
    e.copy.addEventListener('click',function(){
        copy(chosen().map(function(x){return x.smiles}).filter(Boolean).join('\n'),e.copy)});
    show()});
