#!/bin/sh
# molglot caption and eval caption: formats, names, rows that cannot be read, a user's own index, predictions written and read again.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
MOLGLOT_MODEL=$2; export MOLGLOT_MODEL
library=$here/../../examples/library.tsv
fixtures=$here/../fixtures/captions

expect 0 "a caption" "$molglot" caption 'CC(=O)Oc1ccccc1C(=O)O' caffeine C1CC -n 2 -f tsv
has "$tmp/out" "^row	id	smiles	rank	caption	score	agreement	cosine	nll	method	copied_from	copied_smiles	edited	contradicted	near	facts	status	error" "tsv has names"
has "$tmp/out" "^1		CC\(=O\)Oc1ccccc1C\(=O\)O	1	The molecule is " "a caption of aspirin"
has "$tmp/out" "^2	caffeine	C.*	2	The molecule is .*	nearest	" "a second one of caffeine, which is a name"
has "$tmp/out" "^3		C1CC	.*	rejected	looks like SMILES: unclosed ring 1" "the refused row keeps its place"
lines "$tmp/out" 6 "two captions of two molecules"
for f in text table csv json jsonl sdf html; do
    expect 0 "caption $f" "$molglot" caption CCO -f $f
    has "$tmp/out" "The molecule is |rank" "caption $f says one"
done
expect 0 "json" "$molglot" caption CCO -f json
has "$tmp/out" '"near":\[\{"name":"[^"]+","smiles":"[^"]+","cosine":0\.[0-9]+,' "json has what it leaned on"
has "$tmp/out" '"contradicted_at":\[' "json has the places of wrong words"
has "$tmp/out" '"facts":"C2H6O, ' "json has facts"
expect 3 "strict" "$molglot" caption C1CC CCO --strict
expect 2 "nothing to caption" "$molglot" caption
expect 2 "an unknown format" "$molglot" caption CCO -f docx
expect 2 "an unknown method" "$molglot" caption CCO --method guess
has "$tmp/err" "no method 'guess' of captioning \(nearest" "it says which there are"
expect 2 "both memories" "$molglot" caption CCO --memory x --no-memory

# a user's own library: a molecule that it holds has its own caption
expect 0 "an index" "$molglot" index "$library" -o "$tmp/l.idx" -q
expect 0 "of the library" "$molglot" caption caffeine --memory "$tmp/l.idx" -f tsv
own=$(grep '^caffeine	' "$library" | cut -f3)
has "$tmp/out" "	1	$(printf '%s' "$own" | cut -c1-40 | sed 's/[][().*+?^$|{}]/\\&/g')" "its own caption"
expect 0 "never its own" "$molglot" caption caffeine --memory "$tmp/l.idx" --own never -f tsv
not "$tmp/out" "	caffeine	CN1C=NC2" "another's caption"

# models that write: a T5 with random weights, alone and beside copies
expect 2 "no memory and no model that writes" "$molglot" caption CCO --no-memory
has "$tmp/err" "without a memory need a model that writes" "it says what lacks"
expect 0 "a T5" "$molglot" import "$here/../fixtures/t5/hf" --task caption -o "$tmp/t5.safetensors" -q
expect 0 "alone" "$molglot" caption CCO --captioner "$tmp/t5.safetensors" --no-memory --beams 3 -n 3 -f tsv
has "$tmp/out" "	[0-9.]+	t5	" "a written caption has its nll and its method"
expect 0 "beside copies" "$molglot" caption CCO --captioner "$tmp/t5.safetensors" -n 30 -f tsv
has "$tmp/out" "	t5	" "written ones"
has "$tmp/out" "	nearest	" "and copies"
expect 0 "drawn" "$molglot" caption CCO --captioner "$tmp/t5.safetensors" --no-memory -t 1 --candidates 4 -n 4 -f tsv
cp "$tmp/out" "$tmp/one"
expect 0 "drawn again" "$molglot" caption CCO --captioner "$tmp/t5.safetensors" --no-memory -t 1 --candidates 4 -n 4 -f tsv
checks=$((checks + 1)); cmp -s "$tmp/one" "$tmp/out" || fail "the same seed gives other captions"
cd "$here/../.." || exit 1
expect 0 "a toy of both directions" "$molglot" train recipes/atomas-tiny.toml -o "$tmp/toy" -q
for memory in "" --no-memory; do
    # shellcheck disable=SC2086
    expect 0 "atomas $memory" "$molglot" caption CCO --captioner "$tmp/toy/model.safetensors" --method atomas -n 40 -f tsv $memory
    has "$tmp/out" "	[0-9.]+	atomas	" "atomas $memory writes"
done
# a captioner that reads the vector of its molecule: of the space that it was trained with, or not at all
expect 0 "with a graph row" "$molglot" train recipes/atomas-tiny.toml --set model.graph_row=true --set "graph.model=$MOLGLOT_MODEL" \
    --set train.epochs=2 --set 'eval.pairs=""' -o "$tmp/graph" -q
expect 0 "it captions" "$molglot" caption CCO --captioner "$tmp/graph/model.safetensors" --method atomas -n 40 -f tsv --no-memory
has "$tmp/out" "	[0-9.]+	atomas	" "it writes"
expect 0 "another space" "$molglot" train recipes/tiny.toml --set train.epochs=1 --set 'eval.pairs=""' -o "$tmp/space" -q
expect 2 "a graph row of another space" "$molglot" caption CCO --captioner "$tmp/graph/model.safetensors" --method atomas -m "$tmp/space/model.safetensors"
has "$tmp/err" "made with another aligned space than" "it says why"
expect 2 "no such part" "$molglot" caption CCO --captioner "$tmp/t5.safetensors" --method atomas

# scores
expect 0 "scores" "$molglot" eval caption "$fixtures/molt5-base.tsv" --bootstrap 100 -f json
has "$tmp/out" '"bleu_2": 0\.5' "BLEU-2"
has "$tmp/out" '"meteor": null' "no METEOR with synonyms without a WordNet"
expect 0 "pairs" "$molglot" eval caption --pairs "$library" --limit 12 --bootstrap 50 --copies --memory "$tmp/l.idx" --save "$tmp/p.tsv" -f json -o "$tmp/pairs.json"
has "$tmp/pairs.json" '"method": "copy_caption_cosine"' "copies beside"
lines "$tmp/p.tsv" 13 "a line a caption"
not "$tmp/pairs.json" "second" "no time, which a rerun would not have again"
expect 0 "read again" "$molglot" eval caption "$tmp/p.tsv" --bootstrap 50 -f json
for m in bleu_4 rouge_l meteor_no_wordnet words_contradicted; do
    checks=$((checks + 1))
    [ "$(grep -m1 "\"$m\":" "$tmp/out")" = "$(grep -m1 "\"$m\":" "$tmp/pairs.json")" ] || fail "$m is another"
done
expect 2 "neither" "$molglot" eval caption
expect 2 "both" "$molglot" eval caption "$tmp/p.tsv" --pairs "$library"
expect 4 "no captions" "$molglot" eval caption "$fixtures/molt5-base.rows.tsv"
finish
