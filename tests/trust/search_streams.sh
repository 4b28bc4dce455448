#!/bin/sh
# trust 14: search answers queries as they come, in memory that does not grow with their number.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
printf 'CCO ethanol\nCCN ethylamine\n' >l.smi
expect 0 "an index" "$molglot" index -q l.smi -o l.idx
queries() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) print "CCO" }'; }
mkfifo pipe
(queries 30000; exec sleep 300) >pipe 2>/dev/null & feeder=$!
"$molglot" search -q l.idx - --query-is smiles -k 1 -f tsv <pipe >out 2>err & run=$!
tries=0
while [ "$(wc -l <out)" -lt 500 ] && [ $tries -lt 900 ]; do sleep 0.1; tries=$((tries + 1)); done
checks=$((checks + 1)); [ "$(wc -l <out)" -ge 500 ] || fail "no answer before the end of the queries: $(head -3 err)"
kill $feeder $run 2>/dev/null
wait $run 2>/dev/null
# the numbers go on from batch to batch
awk 'BEGIN { for (i = 1; i <= 2500; i++) print i % 2 ? "CCO" : "CCN" }' >q.txt
expect 0 "three batches" "$molglot" search -q l.idx -i q.txt -k 1 -f tsv
lines out 2501 "a row for each"
has out "^1025	CCO	.*ethanol" "the second batch"
has out "^2500	CCN	.*ethylamine" "the last row"
cp out all
head -40 q.txt >q40.txt
expect 0 "some" "$molglot" search -q l.idx -i q40.txt -k 1 -f tsv
checks=$((checks + 1)); head -41 all | cmp -s - out || fail "the same query, another answer"
expect 0 "json" "$molglot" search -q l.idx -i q.txt -k 1 -f json
checks=$((checks + 1)); [ "$(grep -o '"query":' out | wc -l)" = 2500 ] && [ "$(grep -c '"molglot":' out)" = 1 ] || fail "one object holds all"
(awk 'BEGIN { for (i = 1; i <= 1500; i++) print "CCO" }'; echo 'C(C') >bad.txt
expect 0 "a bad row" "$molglot" search l.idx -i bad.txt -k 1 -f tsv
has err "row 1501 .*C.C" "it has its own number"
expect 1 "no query" "$molglot" search l.idx -i /dev/null
finish
