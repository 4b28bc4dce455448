#!/bin/sh
# trust 2: what is written is none of what is read, by whatever name, nor written twice; a refused command changes nothing.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
printf 'smiles,id\nCCO,a\nCCN,b\n' >a.csv
expect 0 "an index" "$molglot" index -q a.csv -o x.idx
ln a.csv hard.csv
ln -s a.csv link.csv
cp a.csv queries.csv
mkdir sub
sums() { sha256sum a.csv x.idx queries.csv; }
before=$(sums)
# refused COMMAND...: exit 2, and no file is another one
refused() {
    expect 2 "$*" "$molglot" "$@"
    has "$tmp/err" "is written and read|written twice|the library itself" "$* says why"
    checks=$((checks + 1)); [ "$(sums)" = "$before" ] || fail "$*: a file has changed"
}
refused embed -i a.csv -o a.csv
refused embed -ia.csv -f csv -oa.csv
refused embed --input=a.csv --output=a.csv
refused embed -i a.csv --out "$tmp/sub/../a.csv"
refused embed -i a.csv -o hard.csv
refused embed -i hard.csv -o link.csv
refused describe -i a.csv -o a.csv
refused depict -i a.csv -o a.csv -f svg
refused name -i a.csv -o a.csv
refused search x.idx sugar -o x.idx -f csv
refused search x.idx -i queries.csv -o queries.csv
refused generate -i queries.csv -o queries.csv
refused generate sugar --memory x.idx -o x.idx
refused encode -i a.csv -o a.csv
refused eval retrieval --pairs a.csv -o a.csv -f json
refused eval predictions a.csv -o a.csv -f json
refused eval generation --pairs a.csv --save a.csv
refused eval generation --pairs a.csv --save y.json -o y.json
refused memory a.csv -o a.csv
refused index a.csv -o a.csv
refused index a.csv -o y.idx --rejects a.csv
refused index a.csv -o y.idx --rejects y.idx
refused index a.csv -o y.idx --rejects ./sub/../y.idx
mkdir m
cp "$root/models/names.safetensors" "$root/models/memory.safetensors" m
sha256sum m/* >m.sums
refused merge m -o m/names.safetensors --replace
refused merge m -o m --replace
refused merge m -o m/ --replace
refused merge m/names.safetensors -o m/names.safetensors
refused import m/names.safetensors --vocab a.csv -o m/names.safetensors
refused describe CCO -o m/names.safetensors -f csv --groups m/names.safetensors
expect 2 "a part of the model" "$molglot" name aspirin -m m -o m/names.safetensors -f csv
expect 2 "the model of the environment" env MOLGLOT_MODEL="$tmp/m" "$molglot" name aspirin -o m/names.safetensors -f csv
checks=$((checks + 1)); sha256sum -c --quiet m.sums || fail "a model has changed"
expect 2 "from standard input" sh -c "exec '$molglot' embed -i - -o a.csv <a.csv"
expect 2 "lines of standard input" sh -c "exec '$molglot' embed - -o a.csv <a.csv"
checks=$((checks + 1)); [ "$(sums)" = "$before" ] || fail "a file has changed"
expect 0 "another output is written" "$molglot" embed -q -i a.csv -o b.csv
expect 0 "and replaced" "$molglot" embed -q -i a.csv -o b.csv
# what an interrupted run keeps beside: FILE.part, FILE.partial
head=$root/models/heads.hiv.safetensors
for f in y.idx.part y.csv.part y.csv.partial; do cp a.csv $f; done
refused index y.idx.part -o y.idx
refused embed -i y.csv.partial -o y.csv
refused predict -p "$head" -i y.csv.part -o y.csv
expect 4 "somebody's FILE.part" "$molglot" index -q a.csv -o y.idx
expect 1 "somebody's FILE.part, predict" "$molglot" predict -q -p "$head" -i a.csv -o y.csv
has "$tmp/err" "y.csv.part is there and holds no predictions" "it says which"
for f in y.idx.part y.csv.part y.csv.partial; do checks=$((checks + 1)); cmp -s a.csv $f || fail "$f has changed"; done
rm y.csv.part
ln -s target.csv named.csv
touch target.csv
expect 0 "predict follows a link" "$molglot" predict -q -p "$head" CCO -f csv -o named.csv
checks=$((checks + 1)); [ -L named.csv ] && [ -s target.csv ] || fail "the link is replaced, not its file"
echo a >ids
expect 0 "an index in place of one of its own" "$molglot" concat -q x.idx --without ids -o x.idx
finish
