/* The server's page: asks the service and shows what it says as the cards of the reports. It keeps nothing
   beyond this tab. Lines are joined when it is built: end statements by semicolons. */
document.documentElement.className='js';
var $=function(id){return document.getElementById(id)},
    form=$('ask'),
    fields=form.elements,
    key='',
    running=null,
    shown=[],
    basket=new Map(),
    asked=0,
    next=null,
    route={},
    verbs={search:'Search',write:'Write molecules',caption:'Caption',explain:'Explain',predict:'Predict'},
    colours=10,
    bytes=new TextEncoder(),
    letters=new TextDecoder();

function make(tag,parent,text,name){
    var x=document.createElement(tag);
    if(text!==undefined&&text!==null)x.textContent=text;
    if(name)x.className=name;
    if(parent)parent.append(x);
    return x}
function button(parent,text,label,act){
    var b=make('button',parent,text);
    b.type='button';
    b.setAttribute('aria-label',label);
    b.addEventListener('click',act);
    return b}
function mode(){return form.querySelector('input[name=mode]:checked').value}
function say(s){
    $('said').value='';
    setTimeout(function(){$('said').value=s},50);
    setTimeout(function(){$('said').value=''},4000)}
function wrong(s){$('wrong').textContent=s||''}
function number(x){return x===null||x===undefined?'':Math.abs(x)<1?x.toPrecision(3):x.toFixed(2)}
function slice(text,begin,end){return letters.decode(bytes.encode(text).slice(begin,end))}

/* ---- asking ---- */
function headers(){
    var h={'Content-Type':'application/json'};
    if(key)h.Authorization='Bearer '+key;
    return h}
function Problem(e,status){
    this.message=(e.field&&!/^molecule/.test(e.field)?e.field+': ':'')+e.message+(e.offset===undefined?'':' (at character '+(e.offset+1)+')');
    this.code=e.code;
    this.status=status}
function refuse(r){
    if(r.status===401)$('key-row').hidden=false;
    return r.json().catch(function(){return{error:{message:'the server answered '+r.status}}}).then(function(v){
        throw new Problem(v.error,r.status)})}
function post(path,body,signal){
    return fetch(path,{method:'POST',headers:headers(),body:JSON.stringify(body),signal:signal}).then(function(r){
        return r.ok?r.json():refuse(r)})}
function get(path){
    return fetch(path,{headers:headers()}).then(function(r){return r.ok?r.json():refuse(r)})}
function stream(path,body,signal,each){
    return fetch(path,{method:'POST',headers:headers(),body:JSON.stringify(body),signal:signal}).then(function(r){
        if(!r.ok)return refuse(r);
        var reader=r.body.getReader(),decoder=new TextDecoder(),rest='';
        function take(part){
            rest+=decoder.decode(part.value||new Uint8Array(),{stream:!part.done});
            var lines=rest.split('\n');
            rest=lines.pop();
            lines.filter(Boolean).forEach(function(l){each(JSON.parse(l))});
            return part.done?null:reader.read().then(take)}
        return reader.read().then(take)})}
function begin(what){
    if(running)running.abort();
    running=new AbortController();
    wrong('');
    $('stop').hidden=false;
    $('go').disabled=true;
    $('progress').hidden=false;
    $('progress').removeAttribute('value');
    $('state').value=what;
    $('results').setAttribute('aria-busy','true');
    return running.signal}
function end(signal,text){
    if(running&&running.signal!==signal)return;
    running=null;
    $('stop').hidden=true;
    $('go').disabled=false;
    $('progress').hidden=true;
    $('state').value=text||'';
    $('results').removeAttribute('aria-busy')}
function failed(signal,e){
    if(e.name==='AbortError'){
        end(signal,'stopped');
        return}
    end(signal,'');
    wrong(e instanceof TypeError?'The server does not answer.':e.message)}

/* ---- drawings: RDKit's SVG without styles, so that the page's own colours hold ---- */
var svgNames=['path','ellipse','circle','rect','line','polygon','polyline','g','text','tspan'],
    svgKept=['d','x','y','cx','cy','rx','ry','r','x1','y1','x2','y2','points','width','height','transform','class',
             'fill','stroke','stroke-width','stroke-linecap','stroke-linejoin','fill-rule','font-size','text-anchor'];
function short(v){
    var m=/^#(.)\1(.)\2(.)\3$/i.exec(v);
    return m?('#'+m[1]+m[2]+m[3]).toUpperCase():v.replace(/px$/,'')}
function copied(from,to){
    [].forEach.call(from.children,function(c){
        if(!svgNames.includes(c.localName))return;
        var x=document.createElementNS('http://www.w3.org/2000/svg',c.localName);
        svgKept.forEach(function(a){if(c.hasAttribute(a))x.setAttribute(a,short(c.getAttribute(a)))});
        (c.getAttribute('data-style')||'').split(';').forEach(function(s){
            var at=s.indexOf(':'),name=s.slice(0,at).trim();
            if(svgKept.includes(name))x.setAttribute(name,short(s.slice(at+1).trim()))});
        if(!c.children.length&&c.textContent.trim())x.textContent=c.textContent;
        to.append(x);
        copied(c,x)})}
function drawing(text,label){
    var from=new DOMParser().parseFromString(text.replace(/ style='/g,' data-style=\''),'image/svg+xml').documentElement,
        x=document.createElementNS('http://www.w3.org/2000/svg','svg'),
        w=parseFloat(from.getAttribute('width')),h=parseFloat(from.getAttribute('height'));
    x.setAttribute('viewBox','0 0 '+w+' '+h);
    x.setAttribute('role','img');
    x.setAttribute('aria-label',label);
    copied(from,x);
    return x}
function drawAll(cards){
    var some=cards.filter(function(c){return c.hole&&c.smiles}).slice(0,24);
    if(!some.length)return Promise.resolve();
    var list=some.map(function(c){return{smiles:c.smiles}});
    if(list.length===1)list.push(list[0]);
    return post('/v1/depict',{molecules:list}).then(function(v){
        some.forEach(function(c,i){
            var hole=c.hole,r=v.results[i];
            c.hole=null;
            hole.replaceWith(r.svg?drawing(r.svg,'Drawing of '+(c.name||c.smiles)):make('p',null,'not drawn: '+r.error.message,'note'))});
        return drawAll(cards)}).catch(function(){})}

/* ---- cards ---- */
function values(at,pairs){
    var list=pairs.filter(function(p){return p[1]!==''&&p[1]!==null&&p[1]!==undefined});
    if(!list.length)return;
    var dl=make('dl',at);
    list.forEach(function(p){
        make('dt',dl,p[0]);
        make('dd',dl,p[1])})}
function longText(at,text){
    if(!text)return;
    if(text.length<=140){
        make('p',at,text,'text').dir='auto';
        return}
    var d=make('details',at,null,'text'),s=make('summary',d);
    s.dir='auto';
    make('span',s,text)}
function inBasket(card,on){
    if(on)basket.set(card.smiles,card);
    else basket.delete(card.smiles);
    showBasket()}
function copy(s,b){
    navigator.clipboard.writeText(s).then(function(){
        say('SMILES copied');
        b.textContent='copied';
        setTimeout(function(){b.textContent='copy'},1500)},function(){say('the browser does not let it be copied')})}
function card(c,grid){
    var at=c.at=make('article',grid||$('grid'),null,'card'),h=make('h3'),label;
    c.hole=c.smiles?make('div',at,null,'hole'):null;
    at.append(h);
    if(c.score!==null&&c.score!==undefined){
        var d=make('data',h,c.score.toFixed(3),'score');
        d.value=c.score}
    label=make('label',h);
    if(c.smiles){
        c.box=make('input',label);
        c.box.type='checkbox';
        c.box.checked=basket.has(c.smiles);
        c.box.setAttribute('aria-label','put '+(c.name||c.smiles)+' into the basket');
        c.box.addEventListener('change',function(){inBasket(c,c.box.checked)})}
    make('b',label,c.name||c.title||'').dir='auto';
    longText(at,c.text);
    values(at,c.values||[]);
    if(c.smiles){
        var s=make('div',at,null,'smiles'),b=button(s,'copy','copy the SMILES of '+(c.name||c.smiles),function(){copy(c.smiles,b)});
        make('code',s,c.smiles).dir='ltr';
        var acts=make('div',at,null,'acts');
        button(acts,'more like this','search for molecules like '+(c.name||c.smiles),function(){go('search',{text:c.smiles})});
        if(route.writes)button(acts,'write around it','write molecules like '+(c.name||c.smiles),function(){go('write',{text:'',molecule:c.smiles})});
        button(acts,'caption','caption '+(c.name||c.smiles),function(){go('caption',{molecule:c.smiles})});
        button(acts,'explain','explain '+(c.name||c.smiles),function(){
            go('explain',{molecule:c.smiles,text:mode()==='search'&&!$('text').value.includes('=')&&c.text?c.text:$('text').value||c.text||''})})}
    c.words=[c.name,c.smiles,c.text].concat((c.values||[]).map(function(p){return p[1]})).join(' ').toLowerCase();
    shown.push(c);
    return c}
function clear(){
    shown=[];
    next=null;
    $('grid').replaceChildren();
    $('more').hidden=true;
    $('head').hidden=true;
    $('find').value=''}
function heading(title,remark){
    $('head').hidden=false;
    $('find').parentNode.hidden=shown.length<2;
    $('title').textContent=title;
    $('remark').textContent=remark}
$('find').addEventListener('input',function(){
    var words=$('find').value.toLowerCase().split(/\s+/);
    shown.forEach(function(c){c.at.hidden=!words.every(function(w){return c.words.includes(w)})})});

/* ---- jobs ---- */
function filter(){
    var f={};
    ['substructure','not_substructure'].forEach(function(n){if(fields[n].value.trim())f[n]=[fields[n].value.trim()]});
    ['min_weight','max_weight'].forEach(function(n){if(fields[n].value)f[n]=+fields[n].value});
    if(fields.only_of.value.trim())f.elements=fields.only_of.value.trim();
    return f}
function search(offset){
    if(offset){
        found(Object.assign({},route.last,{offset:offset}));
        return}
    var q=$('text').value.trim(),f=filter(),
        body={queries:[q.includes('\n')?{molfile:$('text').value}:q],k:+fields.k.value||24,by:fields.by.value,must:fields.must.checked};
    if(!q){
        wrong('Say what you look for: a sentence, a name, a SMILES.');
        return}
    if(fields.index.value)body.index=fields.index.value;
    if(Object.keys(f).length)body.filter=f;
    clear();
    route.last=body;
    found(body)}
function found(body){
    var signal=begin('searching'),began=performance.now();
    post('/v1/search',body,signal).then(function(v){
        var r=v.results[0],ms=Math.round(performance.now()-began);
        if(r.status!=='ok')throw new Problem(r.error);
        var cards=r.hits.map(function(h){
            return card({smiles:h.smiles,name:h.id,title:'row '+(h.row+1)+(h.peer?' of '+h.peer:''),text:h.text,score:h.score,values:[
                ['why',h.why],['cosine',number(h.cosine)],['meets',h.of?h.met+' of '+h.of:''],['lacks',h.fails]].concat(
                Object.entries(h.columns||{}))})});
        next=r.next_offset;
        $('more').hidden=next===null;
        var missing=(v.peers||[]).filter(function(p){return p.status==='failed'}).map(function(p){return p.peer+': '+p.error});
        heading(shown.length?'The best '+shown.length:'Nothing found',(shown.length?'':'No row passes. ')+ms+' ms'+
            (missing.length?'. Not all were asked: '+missing.join('; '):''));
        end(signal,'');
        drawAll(cards)}).catch(function(e){failed(signal,e)})}
function write(){
    var text=$('text').value.trim(),like=$('molecule').value.trim(),body={n:+fields.n.value||12,seed:+fields.seed.value||0,
            diversity:+fields.diversity.value,only_new:fields.only_new.checked,stream:'ndjson',draws:true},
        drawn=0,invalid=0,last=null;
    if(text)body.texts=[text];
    if(like)body.like=like.includes('\n')?{molfile:$('molecule').value}:like;
    if(fields.keep.value.trim())body.keep=fields.keep.value.trim();
    if(fields.memory.value)body.memory=fields.memory.value;
    if(!text&&!like){
        wrong('Say what to write: a sentence, or a molecule to start from.');
        return}
    clear();
    var signal=begin('writing'),cards=[];
    stream('/v1/generate',body,signal,function(v){
        if(v.event==='progress'){
            $('progress').max=v.total;
            $('progress').value=v.done}
        else if(v.event==='draw'){
            drawn++;
            if(!v.valid)invalid++;
            $('state').value=drawn+' drawn'+(invalid?', '+invalid+' refused':'')}
        else if(v.event==='molecule')cards.push(card({smiles:v.smiles,title:'number '+v.rank,name:v.known_as||'',score:v.score,values:[
            ['meets',v.of?v.met+' of '+v.of:''],['source',v.source],['similarity',number(v.similarity)],['-log p',number(v.nll)],
            ['known',v.known_as?(/^(named|said): .*\)$/.test(v.source||'')?'by name':'in the memory'):v.in_training?'in the training data':'new, as far as is known'],['odd',v.odd],['control list',v.control_list==='no match'?null:v.control_list]]}));
        else if(v.event==='done')last=v;
        else if(v.event==='error')throw new Problem(v.error)}).then(function(){
        var s=last?last.drawn+' drawn, '+last.invalid+' refused, '+last.duplicates+' drawn before'+
            (last.offered?', '+last.offered+' that were not drawn':'')+(last.cut?'; the end of the sentence was not read':''):'';
        heading(cards.length+' molecules',s+'. Seed '+body.seed+'. Look at them with a chemist\'s eye: a program wrote them.');
        end(signal,'');
        drawAll(cards)}).catch(function(e){failed(signal,e)})}
function molecule(v){return v.includes('\n')?{molfile:v}:v.trim()}
function marked(at,text,spans){
    var from=0;
    spans.forEach(function(s){
        at.append(slice(text,from,s.begin));
        var m=make('mark',at,slice(text,s.begin,s.end));
        m.title='the structure says otherwise';
        from=s.end});
    at.append(slice(text,from))}
function caption(){
    var m=$('molecule').value;
    if(!m.trim()){
        wrong('Give a molecule: a SMILES, a name or a molfile.');
        return}
    clear();
    var signal=begin('captioning');
    post('/v1/caption',{molecules:[molecule(m)],n:+fields.captions.value||1,own:fields.own.checked},signal).then(function(v){
        var r=v.results[0];
        if(r.status!=='ok')throw new Problem(r.error);
        var at=make('article',$('grid'),null,'card broad'),hole=make('div',at,null,'hole'),d=make('div',at);
        shown.push({at:at,words:''});
        r.captions.forEach(function(c,i){
            if(i===1)make('h3',d,'Others');
            var p=make('p',d,null,i?'text':'said');
            p.dir='auto';
            marked(p,c.text,c.wrong);
            values(d,[['from',c.near===null?'written':'a copy: '+(r.near[c.near]?r.near[c.near].name:'')],['cosine',number(c.cosine)],['agreement',number(c.agreement)],
                ['contradicted',c.wrong.length?c.wrong.length+' place'+(c.wrong.length>1?'s':''):'']])});
        if(!r.captions.length)make('p',d,'No caption: the memory has nothing near.','said');
        make('h3',d,'Computed from the structure');
        make('p',d,r.facts||'','text');
        var self={smiles:r.smiles,hole:hole,name:'the molecule'},cards=[self];
        if(r.near.length)make('h2',$('grid'),'What it leans on','wide');
        r.near.forEach(function(x){
            cards.push(card({smiles:x.smiles,name:x.name,text:x.text,score:x.cosine,values:[['Tanimoto',number(x.tanimoto)]]}))});
        heading('Caption',r.smiles);
        end(signal,'');
        drawAll(cards)}).catch(function(e){failed(signal,e)})}
function predict(){
    var m=$('molecule').value;
    if(!m.trim()){
        wrong('Give a molecule: a SMILES, a name or a molfile.');
        return}
    clear();
    var signal=begin('predicting');
    post('/v1/predict',{molecules:[molecule(m)],head:fields.property.value},signal).then(function(v){
        var r=v.results[0],d;
        if(r.status!=='ok')throw new Problem(r.error);
        d=r.domain;
        var c=card({smiles:r.smiles,name:v.head,text:d.inside?'Near what it was trained on.':'Far from what it was trained on: do not lean on these numbers.',
            values:r.values.map(function(x){return[x.task,number(x.value)+' \u00b1 '+number(x.spread)]}).concat([
                ['nearest training row',d.nearest],['similarity',number(d.similarity)]])});
        heading('Prediction',v.classes?'Calibrated probabilities.':'Numbers in the unit of the training table.');
        end(signal,'');
        drawAll([c])}).catch(function(e){failed(signal,e)})}

/* ---- explain: words light atoms, atoms words ---- */
function halos(x,v,k){
    var g=document.createElementNS('http://www.w3.org/2000/svg','g');
    g.setAttribute('class','halo l'+k);
    v.levels[k].atom_set.forEach(function(s,a){
        if(s===null)return;
        var c=document.createElementNS('http://www.w3.org/2000/svg','circle');
        c.setAttribute('class','c'+s%colours);
        c.setAttribute('cx',v.places[a][0]);
        c.setAttribute('cy',v.places[a][1]);
        c.setAttribute('r',17);
        g.append(c)});
    x.prepend(g)}
function targets(x,v){
    return v.atoms.map(function(symbol,a){
        var c=document.createElementNS('http://www.w3.org/2000/svg','circle');
        c.setAttribute('class','a');
        c.setAttribute('role','button');
        c.setAttribute('tabindex',a?-1:0);
        c.setAttribute('aria-pressed','false');
        c.setAttribute('aria-label','atom '+a+', '+symbol);
        c.setAttribute('cx',v.places[a][0]);
        c.setAttribute('cy',v.places[a][1]);
        c.setAttribute('r',14);
        c.of=[a];
        x.append(c);
        return c})}
function atomsOf(v,k,w){
    if(k<2||w.set===null||w.set===undefined)return w.atoms||[];
    return v.levels[k].atom_set.map(function(s,a){return s===w.set?a:-1}).filter(function(a){return a>=0})}
function sentence(at,v,k){
    var p=make('p',at,null,'l'+k),from=0,words=[];
    p.dir='auto';
    v.levels[k].said.forEach(function(w){
        var list=atomsOf(v,k,w),none=w.by==='exact'&&w.places===0&&!list.length;
        if(!list.length&&!none)return;
        p.append(slice(v.text,from,w.begin));
        var x=make('span',p,slice(v.text,w.begin,w.end),'w '+(none?'none':w.by)+(w.set===null||w.set===undefined?'':' c'+w.set%colours));
        x.setAttribute('role','button');
        x.tabIndex=words.length?-1:0;
        x.setAttribute('aria-pressed','false');
        x.setAttribute('aria-label',x.textContent+': '+(none?'named, but not in the molecule':w.by+', '+list.length+' atom'+(list.length===1?'':'s')));
        x.of=list;
        x.level=k;
        words.push(x);
        from=w.end});
    p.append(slice(v.text,from));
    return words}
function lively(x,atoms,words,told){
    var pinned=null,first=told.textContent;
    function level(){return [].findIndex.call(x.querySelectorAll(':scope>input'),function(i){return i.checked})}
    function mine(){return words.filter(function(w){return w.level===level()})}
    function light(o){
        x.classList.toggle('lit',!!o);
        var isWord=o&&words.includes(o),also=!o?[]:isWord?[o]:mine().filter(function(w){return w.of.includes(o.of[0])});
        words.forEach(function(w){w.classList.toggle('on',also.includes(w))});
        atoms.forEach(function(a){a.classList.toggle('on',!!o&&o.of.includes(a.of[0]))});
        told.textContent=!o?first:o.getAttribute('aria-label')+(isWord?'':': '+(also.map(function(w){return w.textContent}).join('; ')||'no words'))}
    function pin(o){
        if(pinned)pinned.setAttribute('aria-pressed','false');
        pinned=pinned===o?null:o;
        if(pinned)pinned.setAttribute('aria-pressed','true');
        light(pinned)}
    atoms.concat(words).forEach(function(o){
        var list=words.includes(o)?mine:function(){return atoms};
        o.addEventListener('pointerenter',function(e){if(e.pointerType==='mouse')light(o)});
        o.addEventListener('pointerleave',function(e){if(e.pointerType==='mouse')light(pinned)});
        o.addEventListener('focus',function(){if(o.matches(':focus-visible'))light(o)});
        o.addEventListener('blur',function(){light(pinned)});
        o.addEventListener('click',function(){pin(o)});
        o.addEventListener('keydown',function(e){
            var k=e.key,step=k==='ArrowRight'||k==='ArrowDown'?1:k==='ArrowLeft'||k==='ArrowUp'?-1:0,l=list(),to=l[l.indexOf(o)+step];
            if(k==='Enter'||k===' ')pin(o);
            else if(k==='Escape'&&pinned)pin(pinned);
            else if(step&&to){
                o.tabIndex=-1;
                to.tabIndex=0;
                to.focus()}
            else if(!step)return;
            e.preventDefault()})});
    x.addEventListener('change',function(){
        if(pinned)pin(pinned);
        light(null)})}
function explain(){
    var m=$('molecule').value,t=$('text').value.trim();
    if(!m.trim()||!t){
        wrong('Give a molecule and a text about it.');
        return}
    clear();
    var signal=begin('explaining');
    post('/v1/explain',{molecule:molecule(m),text:t,learned:fields.learned.checked},signal).then(function(v){
        var x=make('section',$('grid'),null,'x wide'),n=++asked;
        ['words and atoms','phrases and groups','sentence and molecule'].forEach(function(name,k){
            var i=make('input',x),l=make('label',x,name);
            i.type='radio';
            i.name='level'+n;
            i.id='level'+n+'-'+k;
            i.checked=!k;
            l.htmlFor=i.id});
        var both=make('div',x,null,'both'),figure=make('figure',both),says=make('div',both,null,'says'),svg=drawing(v.svg,'Atoms'),words=[];
        svg.setAttribute('role','group');
        figure.append(svg);
        for(var k=0;k<3;k++){
            halos(svg,v,k);
            words=words.concat(sentence(says,v,k))}
        var told=make('p',says,'Point at a word or an atom.','told');
        told.setAttribute('role','status');
        lively(x,targets(svg,v),words,told);
        make('code',make('div',x,null,'smiles'),v.smiles).dir='ltr';
        heading('Words and atoms','Underlined: exact terms, their atoms matched; dashed: as the model has learned it'+
            (v.learned_by?' ('+v.learned_by+')':'')+', which may be wrong; dotted: named, but not in the molecule.');
        end(signal,'')}).catch(function(e){failed(signal,e)})}
var jobs={search:function(){search(0)},write:write,caption:caption,explain:explain,predict:predict};
function go(to,what){
    $('m-'+to).checked=true;
    if(what.text!==undefined)$('text').value=what.text;
    if(what.molecule!==undefined)$('molecule').value=what.molecule;
    turn();
    scrollTo(0,0);
    jobs[to]()}
form.addEventListener('submit',function(e){
    e.preventDefault();
    jobs[mode()]()});
$('stop').addEventListener('click',function(){if(running)running.abort()});
$('more').addEventListener('click',function(){search(next)});
addEventListener('keydown',function(e){
    if(e.key==='Escape'&&running)running.abort();
    if(e.key==='Enter'&&e.target.tagName==='TEXTAREA'&&!e.shiftKey&&!e.target.value.includes('\n')){
        e.preventDefault();
        form.requestSubmit()}});

/* ---- what was understood; what a molecule looks like ---- */
function chip(at,text,label,act){
    var c=make('span',at,text,'chip');
    button(c,'\u00d7',label,act)}
function chips(v,text){
    var at=$('chips');
    at.replaceChildren();
    at.hidden=!v||!v.asked.length&&!v.unknown.length;
    if(at.hidden)return;
    if(v.asked.length)make('span',at,'Understood as');
    v.asked.forEach(function(c){
        chip(at,c.says,'take "'+slice(text,c.begin,c.end)+'" out of the sentence',function(){
            var t=(slice(text,0,c.begin)+' '+slice(text,c.end)).replace(/\s+/g,' ').replace(/\b(and|with|a|an)\s*([,.]|$)/g,'$2').replace(/ +([,.;])/g,'$1')
                .replace(/,\s*,/g,',').replace(/^[\s,]+|[\s,]+$/g,'');
            $('text').value=t;
            look();
            $('text').focus()})});
    if(v.left&&v.asked.length)make('span',at,'the rest is for the model: '+v.left,'left');
    if(v.unknown.length)make('span',at,'The model does not know: '+v.unknown.join(', '),'unknown')}
var looking,latest=0;
function look(){
    var m=mode(),from=m==='search'?$('text'):$('molecule'),molecular=from.value,text=$('text').value.trim(),now=++latest;
    var several=/\s/.test(text),words=(m==='search'||m==='write')&&several&&!text.includes('\n');
    if(!words&&(!text||several||m!=='search'&&m!=='write'))chips(null);
    else post('/v1/understand',{texts:[text]}).then(function(v){if(now===latest)chips(v.results[0],text)},function(){});
    if(!molecular.trim()||(m==='search'&&words)){
        $('seen').hidden=true;
        return}
    outdated();
    Promise.all([post('/v1/depict',{molecules:[molecule(molecular)]}),post('/v1/standardise',{molecules:[molecule(molecular)]})]).then(function(v){
        if(now!==latest)return;
        var s=v[1].results[0];
        $('seen').hidden=false;
        $('seen').classList.remove('old');
        $('seen-svg').replaceChildren(drawing(v[0].results[0].svg,'Drawing of '+s.formula));
        $('seen-text').textContent=s.formula+', '+s.weight.toFixed(2)+' g/mol'},function(e){
        if(now!==latest)return;
        $('seen').hidden=m==='search';
        $('seen').classList.remove('old');
        $('seen-svg').replaceChildren();
        $('seen-text').textContent=e.message})}
/* no other molecule's picture beside what stands in the field */
function outdated(){$('seen').classList.add('old')}
function later(){
    outdated();
    clearTimeout(looking);
    looking=setTimeout(look,350)}
$('text').addEventListener('input',later);
$('molecule').addEventListener('input',later);
function turn(){
    var m=mode();
    $('go').textContent=verbs[m];
    $('f-text').hidden=m==='caption'||m==='predict';
    $('f-molecule').hidden=m==='search';
    form.querySelector('label[for=text]').textContent=m==='search'?'A sentence, a name, a SMILES or a molfile':m==='write'?'What the molecules are like':'A text about the molecule';
    form.querySelector('label[for=molecule]').textContent=m==='write'?'A molecule to start from, if you like':'A molecule: SMILES, name or molfile';
    form.querySelectorAll('.set').forEach(function(s){s.hidden=s.dataset.for!==m});
    $('sketch').hidden=!route.sketcher;
    look()}
form.querySelectorAll('input[name=mode]').forEach(function(i){i.addEventListener('change',turn)});

/* ---- the basket ---- */
function showBasket(){
    $('basket').hidden=!basket.size;
    $('basket-n').textContent=basket.size+(basket.size===1?' molecule':' molecules')+' in the basket'}
function save(name,type,text){
    var a=make('a',document.body);
    a.href=URL.createObjectURL(new Blob([text],{type:type}));
    a.download=name;
    a.className='aside';
    a.click();
    a.remove();
    setTimeout(function(){URL.revokeObjectURL(a.href)},60000);
    say(basket.size+' to '+name)}
function line(s){return String(s===undefined||s===null?'':s).replace(/[\x00-\x1f]+/g,' ').replace(/^\$\$\$\$/,' $$$$$$$$')}
function picked(){return Array.from(basket.values())}
function quoted(v){
    v=String(v===undefined||v===null?'':v);
    return/[",\r\n]/.test(v)?'"'+v.replace(/"/g,'""')+'"':v}
$('smi').addEventListener('click',function(){
    save('molglot.smi','chemical/x-daylight-smiles',picked().map(function(c){return c.smiles+'\t'+line(c.name)+'\n'}).join(''))});
$('csv').addEventListener('click',function(){
    var names=[];
    picked().forEach(function(c){c.values.forEach(function(p){if(!names.includes(p[0]))names.push(p[0])})});
    save('molglot.csv','text/csv',[['id','smiles','score'].concat(names,['text'])].concat(picked().map(function(c){
        return[c.name,c.smiles,c.score].concat(names.map(function(n){
            var p=c.values.find(function(x){return x[0]===n});
            return p?p[1]:''}),[c.text])})).map(function(r){return r.map(quoted).join(',')+'\n'}).join(''))});
$('sdf').addEventListener('click',function(){
    var list=picked(),parts=[];
    for(var i=0;i<list.length;i+=256)parts.push(list.slice(i,i+256));
    Promise.all(parts.map(function(p){
        return post('/v1/standardise',{molecules:p.concat(p.length===1?p:[]).map(function(c){return{smiles:c.smiles}}),molfile:true})})).then(function(all){
        var rows=[].concat.apply([],all.map(function(v,k){return v.results.slice(0,parts[k].length)}));
        save('molglot.sdf','chemical/x-mdl-sdfile',list.map(function(c,i){
            var m=rows[i].molfile;
            if(!m)return'';
            var s=line(c.name)+m.slice(m.indexOf('\n'));
            [['smiles',c.smiles],['score',c.score]].concat(c.values,[['text',c.text]]).forEach(function(p){
                if(p[1]!==''&&p[1]!==null&&p[1]!==undefined)s+='> <'+line(p[0]).replace(/[<>]/g,'_')+'>\n'+line(p[1])+'\n\n'});
            return s+'$$$$\n'}).join(''))}).catch(function(e){wrong(e.message)})});
$('report').addEventListener('click',function(){
    fetch('/www/page.css').then(function(r){return r.text()}).then(function(css){
        var main=make('main'),grid;
        make('h1',main,'Molglot: '+basket.size+' molecules');
        grid=make('div',main,null,'grid');
        picked().forEach(function(c){
            var x=c.at.cloneNode(true);
            x.hidden=false;
            x.querySelectorAll('button,input,.acts').forEach(function(b){b.remove()});
            grid.append(x)});
        make('footer',main,'Scores are cosines: they rank, they are no probabilities.');
        save('molglot.html','text/html','<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Molglot</title><style>'+css+
            '</style></head><body>'+main.outerHTML+'</body></html>\n')})});
$('empty').addEventListener('click',function(){
    shown.forEach(function(c){if(c.box)c.box.checked=false});
    basket.clear();
    showBasket()});

/* ---- the site's own editor: sketch.html answers {molglot: "get"} with {molglot: "molecule", molfile or smiles} ---- */
$('sketch').addEventListener('click',function(){
    $('editor').hidden=false;
    if(!$('frame').src)$('frame').src='/sketch/sketch.html';
    $('frame').focus()});
$('close').addEventListener('click',function(){
    $('editor').hidden=true;
    $('sketch').focus()});
$('take').addEventListener('click',function(){$('frame').contentWindow.postMessage({molglot:'get'},location.origin)});
addEventListener('message',function(e){
    if(e.origin!==location.origin||e.source!==$('frame').contentWindow||!e.data||e.data.molglot!=='molecule')return;
    var to=mode()==='search'?$('text'):$('molecule');
    to.value=String(e.data.smiles||e.data.molfile||'');
    $('editor').hidden=true;
    look();
    to.focus()});

/* ---- what the server is ---- */
function start(){
    Promise.all([get('/version'),get('/v1/indexes'),get('/v1/heads')]).then(function(v){
        var list=v[1].data,rows=list.reduce(function(n,x){return n+x.rows},0);
        $('key-row').hidden=true;
        if(v[1].peers)$('leaves').textContent='What is searched goes from this server to '+v[1].peers.map(function(p){return p.peer}).join(', ');
        wrong('');
        route.writes=v[0].writes;
        route.sketcher=v[0].sketcher;
        $('about').textContent=(list.length?list.map(function(x){return x.id}).join(', ')+': '+rows.toLocaleString('en')+' rows; ':'no index; ')+
            'model '+(v[0].model||'')+' '+v[0].sha256.slice(0,8)+'; Molglot '+v[0].molglot;
        [['index',list.length>1?'all':'']].forEach(function(){
            fields.index.replaceChildren();
            if(list.length!==1)make('option',fields.index,list.length?'all of them':'none').value='';
            list.forEach(function(x,i){ /* indexes of one name on several servers are one library */
                if(list.findIndex(function(y){return y.id===x.id})===i)make('option',fields.index,x.id).value=x.id;
                if(x.side==='molecules'&&!x.peer)make('option',fields.memory,x.id).value=x.id})});
        ['m-write'].forEach(function(id){
            $(id).disabled=!route.writes;
            form.querySelector('label[for='+id+']').hidden=!route.writes});
        fields.property.replaceChildren();
        v[2].data.forEach(function(x){make('option',fields.property,x.id).value=x.id});
        $('m-predict').hidden=form.querySelector('label[for=m-predict]').hidden=!v[2].data.length;
        if(!list.length&&route.writes&&mode()==='search')$('m-write').checked=true;
        turn()}).catch(function(e){
        if(e.status===503)setTimeout(start,1000);
        wrong(e.status===503?'The model is being loaded.':e.status===401?'This server wants an API key.':e instanceof TypeError?'The server does not answer.':e.message)})}
$('key-set').addEventListener('click',function(){
    key=$('key').value.trim();
    start()});
turn();
start();
