#!/bin/sh
# trust: ^C ends every long command within about a second of work. Measured in processor time, so that other programs do not matter.
# an_interrupt_is_noticed.sh MOLGLOT MODEL [whole]: without the last word, the commands that a minute of tests can pay for.
whole=${3-}
. "$(dirname "$0")/../faults/lib.sh"
stopper=$(dirname "$molglot")/stopper
[ -x "$stopper" ] || { echo "skipped: there is no $stopper"; exit 0; }
cd "$tmp" || exit 1
export OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE-Haswell}" # or the program starts itself again
awk 'BEGIN { for (i = 1; i <= 9000; i++) { s = "C"; for (k = i; k > 0; k = int(k / 2)) s = s (k % 2 ? "O" : "C"); print s "N r" i } }' >l.smi
awk 'BEGIN { print "smiles\tprediction"; for (i = 0; i < 20000; i++) print "CCO\tCCN" }' >p.tsv
awk 'BEGIN { print "text"; for (i = 1; i < 400; i++) print "an ester of acid number " i }' >t.csv
sed "s|examples/library.tsv|$root/examples/library.tsv|" "$root/recipes/tiny.toml" >tiny.toml
# ends SECONDS COMMAND...: after so much work the signal comes; at most a second and a half of work more
ends() {
    after=$1; shift
    "$stopper" "$after" "$molglot" "$@" >answer 2>err </dev/null
    # what the command prints on stdout comes before the last line
    set -- "$(tail -n 1 answer)" "$*"
    code=${1% *} more=${1#* }
    checks=$((checks + 1))
    case $code in 130) ;; *) fail "$2: exit $code ($more s): $(tail -n 1 err)" ;; esac
    checks=$((checks + 1))
    awk -v m="$more" 'BEGIN { exit !(m >= 0 && m <= 1.5) }' || fail "$2: $more s of work after ^C"
    [ -z "$whole" ] || echo "$more s: $2"
}
ends 0.5 index -q -j1 l.smi -o x.idx
ends 0.5 embed -q -j1 -i l.smi -o x.npy
ends 0.6 generate -q -j1 -i t.csv -n 8 -o x.csv
ends 0.5 train -q -j1 tiny.toml --set train.epochs=10000 -o run
if [ -n "$whole" ]; then
    ends 0.3 describe -q -i l.smi -o x.csv
    ends 0.3 name -q -i l.smi -o x.csv
    ends 0.8 caption -q -j1 -i l.smi -o x.csv
    ends 0.5 eval predictions -q -j1 p.tsv
    ends 0.8 eval generation -q -j1 --pairs "$root/examples/library.tsv" -n 4
    ends 0.8 generate -q -j1 sugar -n 512 --candidates 4000 -o x.csv
    ends 0.6 encode -q -j1 -i l.smi -o x.npy
    "$molglot" index -q l.smi -o big.idx
    awk 'BEGIN { for (i = 1; i < 20000; i++) print "an amine of row " i }' >q.txt
    ends 0.5 search -q -j1 big.idx -i q.txt -f csv -o x.csv
    ends 0.5 explain -q -j1 -i "$root/examples/library.tsv" -o x.html
fi
finish
