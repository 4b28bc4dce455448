#!/bin/sh
# trust 11, 17: messages never get into an output because a standard stream was closed; a number of threads is what can be had.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
printf 'smiles,id\nC(C,a\nCCO,b\n' >in.csv
expect 0 "a file" "$molglot" describe -i in.csv -o want.csv
"$molglot" describe -i in.csv -o two.csv 2>&-
checks=$((checks + 1)); cmp -s want.csv two.csv || fail "stderr closed: $(head -3 two.csv)"
"$molglot" describe -i in.csv -o three.csv <&- >&- 2>&-
checks=$((checks + 1)); cmp -s want.csv three.csv || fail "all closed: $(head -3 three.csv)"
"$molglot" index in.csv -o closed.idx --rejects r.csv <&- >&- 2>&-
checks=$((checks + 1)); [ "$(head -c 7 closed.idx)" = MGINDEX ] || fail "an index: $(head -c 80 closed.idx)"
"$molglot" describe CCO >&- 2>err
code=$?
checks=$((checks + 1)); [ $code = 1 ] || fail "a closed standard output takes nothing"
"$molglot" describe - <&- >out 2>err
code=$?
checks=$((checks + 1)); [ $code != 0 ] || fail "a closed standard input gives nothing"
for n in 100000 1000000 2147483647 99999999999999999999 0 -3 x ""; do
    expect 0 "OMP_NUM_THREADS=$n" timeout 100 env OMP_NUM_THREADS="$n" "$molglot" embed CCO -j 2
done
expect 0 "threads by default" timeout 100 env OMP_NUM_THREADS=100000 "$molglot" describe CCO
expect 2 "-j" "$molglot" embed CCO -j 2147483647
expect 2 "-j 0" "$molglot" embed CCO -j 0
finish
