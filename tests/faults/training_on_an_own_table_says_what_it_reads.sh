#!/bin/sh
# faults: U14
# Columns of an own table are named; no pair is said with file and columns; pairs that are trained on and measured are said; splits are made.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
train="$molglot train recipes/tiny.toml --set train.epochs=1 --set train.checkpoint_every=0 --set eval.allow_overlap=false -j 2"
awk -F'\t' 'BEGIN { print "well,drawn,said,part" } NR > 1 && $2 !~ /,/ && $3 !~ /[",]/ { print "W" NR "," $2 "," $3 "," (n++ % 5 == 0 ? "valid" : n % 5 == 1 ? "test" : "train") }' \
    examples/library.tsv >"$tmp/own.csv"
rows=$(($(wc -l <"$tmp/own.csv") - 1))
expect 4 "columns with unknown names" $train -o "$tmp/a" --set data.sources="$tmp/own.csv" --set 'eval.pairs=""'
has "$tmp/err" "own.csv: no pair of a molecule and a text.*columns: well, drawn, said, part" "file and columns are said"
has "$tmp/err" "data.smiles_column" "and the keys that name them"
own="$train --set data.sources=$tmp/own.csv --set data.smiles_column=drawn --set data.text_column=said"
expect 0 "named columns" $own -o "$tmp/b" --set "eval.pairs=$tmp/own.csv"
has "$tmp/err" "^$rows pairs, 0 rejected" "all rows are pairs"
has "$tmp/err" "warning: .*own.csv: $rows of $rows rows are trained on too" "trained on and measured"
has "$tmp/b/manifest.json" '"trained_on": '"$rows" "in the manifest"
expect 0 "it is meant" $own -o "$tmp/c" --set "eval.pairs=$tmp/own.csv" --set eval.allow_overlap=true
not "$tmp/err" "warning" "no warning where it is meant"
expect 2 "a column that is not there" $own -o "$tmp/d" --set data.text_column=spoken
has "$tmp/err" "spoken" "it is named"
for how in random scaffold column:part column:well; do
    name=$(echo "$how" | tr -d :)
    expect 0 "split $how" $own -o "$tmp/$name" --set "data.split=$how" --set 'eval.pairs=""'
    has "$tmp/err" "^split $how: [0-9]+ rows train, [0-9]+ validate, [0-9]+ test, 0 left out" "$how: the sets are said"
    n=$(cat "$tmp/$name/split/"*.tsv | grep -cv '^id')
    checks=$((checks + 1)); [ "$n" = "$rows" ] || fail "$how: $n rows in its files, not $rows"
    checks=$((checks + 1)); [ -z "$(cut -f2 "$tmp/$name/split/train-1.tsv" "$tmp/$name/split/validation.tsv" | sort | uniq -d | grep -v smiles)" ] ||
        fail "$how: a molecule is in two sets"
    has "$tmp/err" "validat|text to molecule .of" "$how: measured on its validation rows"
done
not "$tmp/err" "warning" "rows that are apart bring no warning"
lines "$tmp/columnpart/split/validation.tsv" "$(($(grep -c ',valid$' "$tmp/own.csv") + 1))" "the column's own words decide"
expect 0 "the same seed" $own -o "$tmp/again" --set data.split=random --set 'eval.pairs=""'
checks=$((checks + 1)); cmp -s "$tmp/again/split/validation.tsv" "$tmp/random/split/validation.tsv" || fail "a split is a function of its seed"
expect 0 "another seed" $own -o "$tmp/other" --set data.split=random --set data.split_seed=2 --set 'eval.pairs=""'
checks=$((checks + 1)); cmp -s "$tmp/other/split/validation.tsv" "$tmp/random/split/validation.tsv" && fail "another seed, the same split"
expect 0 "measured by named columns" "$molglot" eval retrieval --pairs "$tmp/own.csv" --smiles-column drawn --text-column said --bootstrap 0
has "$tmp/out" "$rows pairs, 0 rejected" "eval retrieval reads them"
expect 2 "a column that is not there" "$molglot" eval generation --pairs "$tmp/own.csv" --smiles-column drawn --text-column spoken
expect 4 "an unknown split" $own -o "$tmp/e" --set data.split=time
finish
