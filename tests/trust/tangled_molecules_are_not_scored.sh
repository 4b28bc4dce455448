#!/bin/sh
# trust 7: predictions are another program's: molecules whose fingerprints would take for ever are counted and not scored, the rest of the table is.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
tangled=$(dirname "$0")/tangled.tsv
case $0 in /*) ;; *) tangled=$OLDPWD/$tangled ;; esac
{ printf 'text\treference\tprediction\nan alcohol\tCCO\tCCO\n'; awk -F '\t' '{ print "x" NR "\tCCO\t" $2 }' "$tangled"; } >p.tsv
# 60 seconds of processor for all; the worst took more than that alone
expect 0 "predictions" sh -c 'ulimit -t 60 && exec "$@"' sh "$molglot" eval predictions p.tsv -j 1
has out "^(8|9|10) molecules are not scored: too tangled" "they are counted"
expect 0 "as JSON" sh -c 'ulimit -t 60 && exec "$@"' sh "$molglot" eval predictions p.tsv -j 1 -f json
has out '"not_scored_too_tangled": *([89]|10)' "they are counted"
has out '"prompts": *11' "no row is lost"
{ printf 'text\treference\tprediction\n'; awk -F '\t' 'NR < 4 { print "x" NR "\t" $2 "\tCCO" }' "$tangled"; printf 'y\tCCO\tCCO\n'; } >r.tsv
expect 0 "references" sh -c 'ulimit -t 30 && exec "$@"' sh "$molglot" eval predictions r.tsv -j 1
has out "^3 molecules are not scored: too tangled" "they are counted"
{ printf 'smiles\nCCO\nCCN\n'; cut -f 2 "$tangled"; } >g.csv
printf 'smiles\nCCO\nCCC\nCCCl\n' >t.csv
expect 0 "unconditional" sh -c 'ulimit -t 60 && exec "$@"' sh "$molglot" eval unconditional g.csv --train t.csv -j 1
has out "molecules are not scored: too tangled" "they are counted"
# what chemists draw is scored: fullerene, cubane, a steroid, a peptide
printf 'text\treference\tprediction\n' >q.tsv
for s in C12C3C4C1C5C2C3C45 'C[C@]12CC[C@H]3[C@H]([C@@H]1CC[C@@H]2O)CCC4=CC(=O)CC[C@]34C' \
    'c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41'; do
    printf 'x\t%s\t%s\n' "$s" "$s" >>q.tsv
done
expect 0 "cages" "$molglot" eval predictions q.tsv -j 1 -f json
has out '"not_scored_too_tangled": *0' "all are scored"
finish
