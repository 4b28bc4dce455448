#!/bin/sh
# faults: F14a F13a
# -t 0 draws once for each start, a run of one token is ended and stands last; Greek letters and their names are one.
. "$(dirname "$0")/lib.sh"
for request in "a beta-lactam antibiotic" "a macrolide antibiotic" "a drug for malaria"; do
    expect 0 "$request" "$molglot" generate "$request" -n 1 -t 0 -f csv
    not "$tmp/out" "CCCCCCCCCCCCCCCCCCCC" "$request: no chain of twenty carbons"
    has "$tmp/err" "^[1-8] drawn" "$request: equal draws are drawn once"
done
expect 0 "without a memory" "$molglot" generate "a beta-lactam antibiotic" -n 1 -t 0 --no-memory -f csv
not "$tmp/out" "C{60}" "a run is ended"
for name in alpha-D-glucose α-D-glucose; do
    expect 0 "$name" "$molglot" generate "$name" -n 3 -f smi
    cp "$tmp/out" "$tmp/$name.smi"
done
checks=$((checks + 1)); cmp -s "$tmp/alpha-D-glucose.smi" "$tmp/α-D-glucose.smi" || fail "alpha and α differ"
finish
