#!/bin/sh
# trust: one allocation, write, fsync, rename, open or read of a command fails. It ends by itself with a code of molglot.h and a
# sentence, or does all it should; a complete file is the old one or the new one; no temporary file of ours stays.
# no_fault_harms_what_is_complete.sh MOLGLOT MODEL [POINTS [COMMAND...]]: so many faults of each kind (make faults takes 60); without,
# a few of the quick commands. faulty.c makes the faults.
points=${3-0}
[ $# -le 3 ] || only=" $(shift 3; echo "$*") "
. "$(dirname "$0")/../faults/lib.sh"
shim=$(dirname "$molglot")/libfaulty.so
[ -e "$shim" ] || { echo "skipped: there is no $shim"; exit 0; }
export OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE-Haswell}" # or the program starts itself again
cd "$tmp" || exit 1
head -6 "$root/examples/library.tsv" >a.tsv
{ head -1 a.tsv; tail -4 "$root/examples/library.tsv"; } >b.tsv
printf 'smiles\tprediction\nCCO\tCCO\nCCN\tCCC\n' >p.tsv
expect 0 "an index" "$molglot" index -q -j1 a.tsv -o a.idx
expect 0 "another" "$molglot" index -q -j1 b.tsv -o b.idx
state=7 runs=0 hurt=0
# draw N: sets at to 1 .. N (in this shell: a substitution would draw the same number for ever)
draw() { state=$(((state * 1103515245 + 12345) % 2147483648)); at=$((state / 65536 % $1 + 1)); }

# faulty FAULT OUT COMMAND...: one run; OUT - is what it prints
faulty() {
    fault=$1 out=$2; shift 2
    rm -rf new run.*; : >err
    [ "$out" = - ] || cp old "$out"
    timeout -k 5 300 env MG_FAULT="$fault" MG_FAULT_COUNT="$tmp/count" LD_PRELOAD="$shim" "$molglot" "$@" >new 2>err </dev/null
    code=$?
    runs=$((runs + 1))
    [ "$out" = - ] || mv "$out" new 2>/dev/null
}
# judge COMMAND...: what became of that run
judge() {
    checks=$((checks + 1)) wrong=
    case $code in 0 | 1 | 4 | 5) ;; *) wrong="exit $code" ;; esac
    if [ $code = 0 ]; then cmp -s new whole || wrong="exit 0, and another result"
    else
        grep -q . err || wrong="exit $code without a word"
        [ "$out" = - ] || cmp -s new old || cmp -s new whole || wrong="exit $code, and neither the old nor the new file"
    fi
    for left in *.tmp-*; do [ ! -e "$left" ] || { wrong="$wrong: $left stays"; rm -f "$left"; }; done
    [ -z "$wrong" ] || { hurt=$((hurt + 1)); fail "MG_FAULT=$fault $*: $wrong: $(tail -n 1 err | cut -c1-200)"; }
    rm -f ./*.part ./*.partial
}
# sweep NAME POINTS OUT COMMAND...: faults of all kinds, spread over the calls of the command
sweep() {
    name=$1 some=$2 made=$3; shift 3
    [ -z "${only-}" ] || case $only in *" $name "*) ;; *) return ;; esac
    [ "$points" = 0 ] || some=$points
    [ "$some" = 0 ] && return
    echo old >old
    faulty "write:0:EIO" "$made" "$@"
    [ $code = 0 ] || { fail "$name without a fault: exit $code: $(cat err)"; return; }
    cp new whole
    for kind in ${kinds-malloc:EIO write:ENOSPC write:EINTR write:short sync:EIO rename:EIO truncate:EIO open:EIO read:EIO read:short}; do
        faulty "${kind%:*}:0:EIO" "$made" "$@"
        calls=$(cat count)
        at=1 last=0
        while [ $at -le "$calls" ] && [ $last -lt "$some" ]; do
            faulty "${kind%:*}:$at:${kind#*:}" "$made" "$@"
            judge "$@"
            last=$((last + 1))
            if [ "$calls" -le "$some" ]; then at=$((at + 1))
            elif [ $last -lt $((some / 4)) ]; then at=$((at + 1))
            else draw "$calls"; fi
        done
    done
    [ "$points" = 0 ] || echo "$name: $runs runs, $hurt hurt"
}

# late NAME OUT COMMAND...: memory lacks in the last part of a command, where it makes what it gives
late() {
    name=$1 made=$2; shift 2
    echo old >old
    faulty malloc:0:EIO "$made" "$@"
    [ $code = 0 ] || { fail "$name without a fault: exit $code: $(cat err)"; return; }
    cp new whole
    calls=$(cat count)
    for back in 3 41 97 151 223 317 433 547 701; do
        [ $back -lt "$calls" ] || continue
        faulty "malloc:$((calls - back)):EIO" "$made" "$@"
        judge "$@"
    done
}

if [ "$(uname -m)" = x86_64 ]; then
    faulty write:0:EIO - depict CCO
    checks=$((checks + 1)); [ "$(cat count)" -gt 0 ] || fail "no write is seen: the faults are not made"
fi
sweep depict 1 x.svg depict CCO -o x.svg
late depict x.svg depict CCO -o x.svg
late page x.html depict CCO -o x.html
late name x.csv name CCO -n 3 -f csv -o x.csv
sweep index 1 x.idx index -q -j1 --force a.tsv -o x.idx
sweep embed 0 x.csv embed -j1 -i a.tsv -f csv -o x.csv
sweep npy 0 x.npy embed -j1 -i a.tsv -o x.npy
sweep concat 1 x.idx concat -q a.idx b.idx -o x.idx --force
sweep search 0 x.csv search -j1 a.idx sugar -f csv -o x.csv
sweep stdout 0 - search -j1 a.idx sugar -f csv
sweep info 0 - info a.idx
sweep describe 0 - describe CC=O
sweep generate 0 x.csv generate -j1 "a methyl ester" -n 1 --candidates 2 -f csv -o x.csv
sweep caption 0 - caption -j1 CCO
sweep explain 0 - explain CCO "an alcohol"
sweep name 0 - name CCO
sweep eval 0 - eval predictions -j1 p.tsv
finish
