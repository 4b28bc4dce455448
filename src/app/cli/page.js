/* The page of molecule cards (page.c): shows the sliders for which cards have numbers, and hides the
   cards that they exclude. Lines are joined when it is built: end statements by semicolons. */
addEventListener('DOMContentLoaded',function(){
    var f=document.forms[0],
        cards=[].slice.call(document.querySelectorAll('.card'));
    function numbers(k){
        return cards.map(function(c){return parseFloat(c.dataset[k])})
            .filter(function(x){return x===x})}
    function setup(k,value){
        var all=numbers(k),s=f.elements[k];
        if(!all.length)return;
        s.min=Math.floor(Math.min.apply(null,all)*100)/100;
        s.max=Math.ceil(Math.max.apply(null,all)*100)/100;
        s.value=s[value];
        s.parentNode.hidden=false}
    setup('score','min');
    setup('near','max');
    f.elements.novel.parentNode.hidden=!cards.some(function(c){return c.dataset.known});
    function show(){
        var n=0,s=f.elements.score,a=f.elements.near;
        s.nextElementSibling.value=s.value;
        a.nextElementSibling.value=a.value;
        cards.forEach(function(c){
            var d=c.dataset,
                off=(!s.parentNode.hidden&&s.value!==s.min&&!(parseFloat(d.score)>=+s.value))
                    ||(!a.parentNode.hidden&&a.value!==a.max&&!(parseFloat(d.near)<=+a.value))
                    ||(f.elements.novel.checked&&d.known!=='0');
            c.hidden=off;
            n+=!off});
        f.elements.shown.value=n+' of '+cards.length+' shown'}
    f.addEventListener('input',show);
    show()});
