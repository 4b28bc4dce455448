#!/bin/sh
# trust 19: a model or index that is cut short while it is in use ends the program with 4 and a sentence, not a crash.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
awk 'BEGIN { for (i = 1; i <= 1500; i++) { s = "C"; for (k = i; k > 0; k = int(k / 2)) s = s (k % 2 ? "O" : "C"); print s "N r" i } }' >l.smi
expect 0 "an index" "$molglot" index -q l.smi -o l.idx
mkfifo pipe
"$molglot" search -q l.idx - --query-is name -k 1 -f tsv <pipe >out 2>err & run=$!
exec 3>pipe
tries=0
while ! grep -q l.idx "/proc/$run/maps" 2>/dev/null && [ $tries -lt 900 ]; do sleep 0.1; tries=$((tries + 1)); done
: >l.idx # the program waits for a query and has the index mapped
echo r7 >&3
exec 3>&-
(sleep 100; kill -KILL $run) >/dev/null 2>&1 & killer=$!
wait $run
code=$?
kill $killer
checks=$((checks + 1)); [ $code = 4 ] || fail "exit $code: $(cat err)"
has err "cut short or written over" "it is said"
finish
