/* The page of explanations (explain_page.c): words light atoms, atoms light words; by pointer, by finger, by
   keys. A word or atom that is pressed stays until it is pressed again, or Escape. Lines are joined when it is
   built: end statements by semicolons. */
document.documentElement.className='js';
addEventListener('DOMContentLoaded',function(){
    document.querySelectorAll('.x').forEach(function(x){
        var atoms=[].slice.call(x.querySelectorAll('.a')),
            words=[].slice.call(x.querySelectorAll('.says .w')),
            told=x.querySelector('.told'),
            first=told.textContent,
            pinned=null;
        function level(){
            return [].findIndex.call(x.querySelectorAll(':scope>input'),function(i){return i.checked})}
        function shown(){
            var l=level();
            return words.filter(function(w){return +w.dataset.l===l})}
        function of(w){
            return w.dataset.at?w.dataset.at.split(','):[]}
        function clear(){
            x.classList.remove('lit');
            atoms.concat(words).forEach(function(o){o.classList.remove('on')});
            told.textContent=first}
        function light(o){
            clear();
            if(!o)return;
            var word=o.classList.contains('w'),
                list=word?of(o):[o.dataset.a],
                also=shown().filter(function(w){
                    return word?w===o:of(w).includes(o.dataset.a)});
            x.classList.add('lit');
            also.forEach(function(w){w.classList.add('on')});
            atoms.forEach(function(a){a.classList.toggle('on',list.includes(a.dataset.a))});
            told.textContent=o.getAttribute('aria-label')+(word?'':': '+(also.map(function(w){
                return w.textContent}).join('; ')||'no words'))}
        function pin(o){
            if(pinned)pinned.setAttribute('aria-pressed','false');
            pinned=pinned===o?null:o;
            if(pinned)pinned.setAttribute('aria-pressed','true');
            light(pinned||null)}
        function rove(list,from,step){
            var i=list.indexOf(from)+step;
            if(i<0||i>=list.length)return;
            from.tabIndex=-1;
            list[i].tabIndex=0;
            list[i].focus()}
        function ready(list){
            list.forEach(function(o,i){o.tabIndex=i?-1:0})}
        function live(o,list){
            o.addEventListener('pointerenter',function(v){if(v.pointerType==='mouse')light(o)});
            o.addEventListener('pointerleave',function(v){if(v.pointerType==='mouse')light(pinned)});
            o.addEventListener('focus',function(){if(o.matches(':focus-visible'))light(o)});
            o.addEventListener('blur',function(){light(pinned)});
            o.addEventListener('click',function(){pin(o)});
            o.addEventListener('keydown',function(v){
                var k=v.key,step=k==='ArrowRight'||k==='ArrowDown'?1:k==='ArrowLeft'||k==='ArrowUp'?-1:0;
                if(k==='Enter'||k===' ')pin(o);
                else if(k==='Escape'){
                    if(pinned)pin(pinned);
                    clear()}
                else if(step)rove(list(),o,step);
                else return;
                v.preventDefault()})}
        atoms.forEach(function(a){live(a,function(){return atoms})});
        words.forEach(function(w){live(w,shown)});
        ready(atoms);
        function turn(){
            if(pinned)pin(pinned);
            clear();
            ready(shown())}
        x.querySelectorAll(':scope>input').forEach(function(i){i.addEventListener('change',turn)});
        turn()})});
