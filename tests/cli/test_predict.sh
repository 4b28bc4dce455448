#!/bin/sh
# molglot predict: a head trained in a second; formats, rows that cannot be read, columns kept, shards, resuming, a head's name.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
MOLGLOT_MODEL=/nonexistent; export MOLGLOT_MODEL
root=$here/../..
cd "$tmp" || exit 1
head=runs/ring/model.safetensors
expect 0 "a head in a second" "$molglot" train "$root/recipes/predict-tiny.toml" -q -j 1 -o runs/ring --set data.file="$root/examples/assay.csv"
for f in roc.svg calibration.svg predictions.csv split.csv manifest.json; do [ -s runs/ring/$f ] || fail "the run leaves $f"; done

expect 0 "two molecules" "$molglot" predict -q -p $head 'CN1CCc2ccccc2C1' CCO -f tsv
has "$tmp/out" "^row	id	smiles	ring	ring_unc	nearest	nearest_similarity	in_domain	status	error$" "names of columns"
has "$tmp/out" "^1		CN1CCc2ccccc2C1	(0.[5-9]|1).*	ok	$" "an isoquinoline has a ring"
has "$tmp/out" "^2		CCO	(0.[0-4]|[0-9.]*e-).*	ok	$" "ethanol has none"
for f in table tsv csv json jsonl html; do
    expect 0 "predict $f" "$molglot" predict -q -p $head CCO -f $f
    has "$tmp/out" "CCO" "$f shows the molecule"
done

# rows keep their place, columns stay
printf 'name,smiles,lot\na,CCO,=1+2\nb,C1CC(,7\nc,c1ccccc1,8\nd,,9\n' >t.csv
expect 0 "a table" "$molglot" predict -p $head -i t.csv -o out.csv
has out.csv "^row,id,smiles,ring,.*,error,lot$" "the user's columns come last"
has out.csv "^2,b,C1CC\(,,,,,,rejected,unbalanced.*,7$" "a refused row has its reason and its columns"
has out.csv "^4,d,,,,,,,rejected,.*,9$" "an empty one too"
lines out.csv 5 "a row each"
[ -e out.csv.part ] && fail "nothing is left beside it"
expect 3 "strict" "$molglot" predict -q --strict -p $head -i t.csv -f csv
expect 0 "safe for spreadsheets" "$molglot" predict -q -p $head -i t.csv -f csv --excel-safe
has "$tmp/out" "'=1\+2$" "a formula is quoted"

# shards are the rows of the whole; a run that was cut short goes on
cut -f1,2 "$root/examples/library.tsv" >lib.tsv
expect 0 "whole" "$molglot" predict -q -j 1 -p $head -i lib.tsv -o whole.csv
for i in 1 2 3; do expect 0 "shard $i" "$molglot" predict -q -j 1 -p $head -i lib.tsv -o s$i.csv --shard $i/3; done
for i in 1 2 3; do tail -n +2 s$i.csv; done | sort -n >joined; tail -n +2 whole.csv >rest
cmp -s joined rest || fail "shards are not the whole"
head -c 3000 whole.csv >again.csv.part
expect 0 "resume" "$molglot" predict -j 1 -p $head -i lib.tsv -o again.csv --resume
has "$tmp/err" "goes on after row" "it says where"
cmp -s again.csv whole.csv || fail "a resumed run differs"
printf 'other,columns\n1,2\n' >again.csv.part
expect 1 "a part of something else" "$molglot" predict -p $head -i lib.tsv -o again.csv --resume
has "$tmp/err" "was not begun with these columns" "and why"
expect 2 "no resume of html" "$molglot" predict -p $head -i lib.tsv -o x.html --resume
expect 2 "a bad shard" "$molglot" predict -p $head CCO --shard 4/3
expect 2 "nothing to predict with" "$molglot" predict CCO
expect 2 "no such head" "$molglot" predict -p ginkgo CCO
has "$tmp/err" "no shipped head of that name" "and where to look"
expect 2 "an output is no input" "$molglot" predict -q -p $head -i t.csv -o t.csv
expect 0 "list" "$molglot" predict --list-heads
printf 'x' >bad.safetensors
expect 4 "a damaged head" "$molglot" predict -p ./bad.safetensors CCO
expect 0 "info" "$molglot" info $head
has "$tmp/out" "heads of properties" "info knows the part"
finish
