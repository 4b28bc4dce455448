#!/bin/sh
# trust: kill -9 between any two writes, renames, syncs and opened files of index, concat, merge and train: a complete file is the old
# one or the new one; the next run, with --resume where there is one, ends with the bytes of a run that nothing ended.
# kill_9_harms_nothing.sh MOLGLOT MODEL [TIMES [COMMAND...]]: so many moments of each command, drawn from one seed (make kills: 50); a few
# of some without.
times=${3-0}
[ $# -le 3 ] || only=" $(shift 3; echo "$*") "
. "$(dirname "$0")/../faults/lib.sh"
shim=$(dirname "$molglot")/libfaulty.so
[ -e "$shim" ] || { echo "skipped: there is no $shim"; exit 0; }
export OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE-Haswell}" # or the program starts itself again
cd "$tmp" || exit 1
awk 'BEGIN { for (i = 1; i <= 1100; i++) { s = "C"; for (k = i; k > 0; k = int(k / 2)) s = s (k % 2 ? "O" : "C"); print s "N r" i } }' >l.smi
head -6 "$root/examples/library.tsv" >a.tsv
{ head -1 a.tsv; tail -4 "$root/examples/library.tsv"; } >b.tsv
sed "s|examples/library.tsv|$root/examples/library.tsv|" "$root/recipes/tiny.toml" >tiny.toml
expect 0 "an index" "$molglot" index -q -j1 a.tsv -o a.idx
expect 0 "another" "$molglot" index -q -j1 b.tsv -o b.idx
state=11 moments=0
# draw N: sets at to 1 .. N (in this shell: a substitution would draw the same number for ever)
draw() { state=$(((state * 1103515245 + 12345) % 2147483648)); at=$((state / 65536 % $1 + 1)); }
killed() { fault=$1; shift; env MG_FAULT="$fault" MG_FAULT_COUNT="$tmp/count" LD_PRELOAD="$shim" "$molglot" "$@" >/dev/null 2>err </dev/null; }
same() { checks=$((checks + 1)); cmp -s "$1" "$2" || cmp -s "$1" "${4-$2}" || fail "$3: $1 is harmed"; }

# ends NAME TIMES OUT AGAIN COMMAND...: killed at drawn moments, then run again with AGAIN
ends() {
    name=$1 some=$2 out=$3 again=$4; shift 4
    [ -z "${only-}" ] || case $only in *" $name "*) ;; *) return ;; esac
    [ "$times" = 0 ] || some=$times
    [ "$some" -gt 0 ] || return
    rm -rf "$out"
    killed change:0:kill "$@" || fail "$name: $(cat err)"
    calls=$(cat count)
    rm -rf whole && mv "$out" whole
    if [ -d whole ]; then whole=whole/model.safetensors made=$out/model.safetensors; else whole=whole made=$out; fi
    while [ "$some" -gt 0 ]; do
        rm -rf "$out" "$out".*
        [ -d whole ] || cp old "$out"
        draw "$calls"
        killed "change:$at:kill" "$@"
        code=$?
        moments=$((moments + 1))
        checks=$((checks + 1)); [ $code = 137 ] || fail "$name: not killed at $at of $calls: exit $code $(cat err)"
        if [ -d whole ]; then [ ! -e "$made" ] || same "$made" $whole "$name killed at $at of $calls"
        else same "$out" old "$name killed at $at of $calls" $whole; fi
        go=$again
        [ -d "$out" ] || [ -e "$out.part" ] || go=
        # shellcheck disable=SC2086
        "$molglot" "$@" $go >/dev/null 2>err || fail "$name again after $at of $calls: $(tail -n 1 err)"
        same "$made" $whole "$name killed at $at of $calls and run again"
        checks=$((checks + 1)); ! ls "$out".tmp-* "$out"/*.tmp-* >/dev/null 2>&1 || fail "$name at $at of $calls: a temporary file stays"
        some=$((some - 1))
    done
    [ "$times" = 0 ] || echo "$name: $calls moments, $moments ends so far"
}
cp a.idx old
ends index 2 x.idx --resume index -q -j1 l.smi -o x.idx
ends concat 2 x.idx "" concat -q a.idx b.idx -o x.idx
cp "$root/models/rerank.safetensors" old
ends describe 0 x.csv "" describe -q -i a.tsv -o x.csv
ends name 0 x.csv "" name -q -i a.tsv -o x.csv
ends caption 0 x.csv "" caption -q -j1 --as-copied CCO CCN -o x.csv
ends memory 0 x.idx "" memory -q -j1 a.tsv -o x.idx
ends merge 2 x.safetensors "" merge -q "$root/models/lexicon.safetensors" "$root/models/rerank.safetensors" -o x.safetensors
ends train 3 run --resume train -q tiny.toml -j1 -o run --set train.checkpoint_every=2 --set train.epochs=4
finish
