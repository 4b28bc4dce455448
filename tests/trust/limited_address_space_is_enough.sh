#!/bin/sh
# trust 5: under ulimit -v of 1, 2, 4, 8, 32 GB every command works; with less than it needs it says so at once.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
export OMP_NUM_THREADS=2
library=$root/examples/library.tsv
expect 0 "free" "$molglot" index -q "$library" -o free.idx
expect 0 "free" "$molglot" embed CCO "a sugar" -j 1
cp out free.csv
# under KB COMMAND...
# (an endless loop is ended by its processor time: the clock of a crowded machine says nothing)
under() { kb=$1; shift; expect 0 "$kb KB: $*" sh -c 'ulimit -t 40; ulimit -v "$0" && exec "$@"' "$kb" "$molglot" "$@"; }
for kb in 1000000 2000000 4000000 8000000 32000000; do
    under $kb embed CCO "a sugar" -j 1
    checks=$((checks + 1)); cmp -s out free.csv || fail "$kb: other vectors"
    under $kb search free.idx sugar -k 1
done
for kb in 1000000 32000000; do
    under $kb generate sugar -n 1 -j 1 -q
    under $kb index -q "$library" -o l.idx
    checks=$((checks + 1)); cmp -s l.idx free.idx || fail "$kb: another index"
    under $kb depict CCO
    under $kb describe CCO
done
under 2000000 generate sugar -n 1 -j 8 -q
OMP_NUM_THREADS=64 under 2000000 embed CCO
expect 5 "too little" sh -c 'ulimit -t 10; ulimit -v 200000 && exec "$@"' sh "$molglot" embed CCO
has err "ulimit -v grants less than the 512 MB" "it is said at once"
for kb in 520000 560000 620000; do
    sh -c 'ulimit -t 20; ulimit -v "$0" && exec "$@"' $kb "$molglot" search free.idx sugar >out 2>err
    code=$?
    checks=$((checks + 1)); [ $code = 0 ] || [ $code = 5 ] || fail "$kb KB: exit $code, $(cat err)"
done
finish
