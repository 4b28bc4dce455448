#!/bin/sh
# trust 3: ^C ends a search of minutes where it is: exit 130, what was answered before is kept in FILE.partial, the old file stays.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
# every sentence has conditions for which every row is computed
awk 'NR == 1 { print; next } { row[NR] = $0 } END { for (i = 0; i < 20; i++) for (r = 2; r <= NR; r++) print row[r] }' \
    "$root/examples/library.tsv" >many.tsv
expect 0 "the index" "$molglot" index -q many.tsv -o many.idx
# the first 1,024 queries are answered together and soon, the others are not
{ awk 'BEGIN { for (i = 0; i < 1024; i++) print "an alcohol of drinks" }'
  awk 'BEGIN { for (i = 0; i < 1024; i++) printf "logP over 40, over %d Da\n", 5000 + i }'; } >queries
echo complete >hits.tsv
"$molglot" search many.idx -i queries --must -k 1 -o hits.tsv 2>err & run=$!
tries=0
while ! [ -s "$(ls hits.tsv.tmp-* 2>/dev/null | head -1)" ] && [ $tries -lt 2000 ] && kill -0 $run 2>/dev/null; do
    sleep 0.05; tries=$((tries + 1)); done
kill -INT $run
wait $run
code=$?
checks=$((checks + 1)); [ $code = 130 ] || fail "exit $code, not 130: $(cat err)"
gives "the old file" hits.tsv complete
checks=$((checks + 1)); [ -s hits.tsv.partial ] || fail "no hits.tsv.partial"
finish
