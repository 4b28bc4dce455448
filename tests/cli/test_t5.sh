#!/bin/sh
# T5 checkpoints on the command line: imported, described, asked for molecules by beams and by sampling; what is missing is named.
#   test_t5.sh PROGRAM MODELS
set -u
here=$(dirname "$0")
. "$here/lib.sh"
models=$2
fixtures=$here/../fixtures/t5
text="The molecule is a hydroxy acid ."

# ---- import ----
expect 0 "a folder of Hugging Face" "$molglot" import "$fixtures/hf" -o "$tmp/t5.safetensors"
has "$tmp/err" "T5, 2 and 2 layers of 16, 52 tensors, 19072 numbers" "what was imported is said"
expect 0 "info" "$molglot" info "$tmp/t5.safetensors" --verify
has "$tmp/out" "^  t5 .*digest [0-9a-f]{12}[.]{3}: correct$" "the part is named"
expect 0 "doctor" "$molglot" doctor -m "$tmp/t5.safetensors"
has "$tmp/out" "^part t5: .*self-test passed$" "the part tests itself"
expect 0 "Lightning's checkpoint" "$molglot" import "$fixtures/atomas.ckpt" --vocab "$fixtures/hf/spiece.model" --f32 --task caption \
    -o "$tmp/atomas.safetensors"
has "$tmp/err" "under state_dict[.]molt5_m[.]|under molt5_m[.]" "the running average is taken"
expect 0 "the online model" "$molglot" import "$fixtures/atomas.ckpt" --vocab "$fixtures/hf" --online -o "$tmp/online.safetensors"
has "$tmp/err" "under (state_dict[.])?molt5[.]" "the online model is taken"
expect 2 "no tokeniser" "$molglot" import "$fixtures/atomas.ckpt" -o "$tmp/none.safetensors"
has "$tmp/err" "no spiece.model" "what is missing is named"
printf 'no model' >"$tmp/bad.model"
expect 4 "a damaged tokeniser" "$molglot" import "$fixtures/hf" --vocab "$tmp/bad.model" -o "$tmp/none.safetensors"
[ ! -e "$tmp/none.safetensors" ] || fail "a refused import left a file"
cp -r "$fixtures/hf" "$tmp/hf"
chmod -R u+w "$tmp/hf"
sed -i 's/gated-gelu/relu/' "$tmp/hf/config.json"
expect 4 "T5 of 2019" "$molglot" import "$tmp/hf" -o "$tmp/none.safetensors"
has "$tmp/err" "feed_forward_proj" "what is no T5 v1.1 is refused"

# ---- generate ----
expect 0 "beams" "$molglot" generate "$text" -n 3 -m "$tmp/t5.safetensors" -f csv
checks=$((checks + 1)); [ "$(wc -l <"$tmp/out")" -eq 4 ] || fail "three beams"
has "$tmp/out" "^1,.*,3,3,0,0,0,0,invalid," "the tiny model's texts are no molecules, and are counted"
cp "$tmp/out" "$tmp/first"
expect 0 "again" "$molglot" generate "$text" -n 3 -m "$tmp/t5.safetensors" -f csv -j 2
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/first" || fail "beams depend on the threads"
expect 0 "draws" "$molglot" generate "$text" "an acid" -n 4 -m "$tmp/t5.safetensors" --method beam -t 1 --seed 5 -f csv
has "$tmp/err" "^8 drawn: " "four draws each"
expect 0 "ranked by the default model" "$molglot" generate "$text" -n 2 --generator "$tmp/t5.safetensors" -m "$models" -f jsonl
checks=$((checks + 1)); [ "$(wc -l <"$tmp/out")" -eq 2 ] || fail "two ranked"
expect 2 "analogues" "$molglot" generate --like CCO -n 2 -m "$tmp/t5.safetensors"
expect 2 "nothing asked" "$molglot" generate --unconditional -n 2 -m "$tmp/t5.safetensors"
expect 4 "another method" "$molglot" generate "$text" --method diffusion -m "$tmp/t5.safetensors"
expect 2 "too many" "$molglot" generate "$text" -n 3000 -m "$tmp/t5.safetensors"
expect 2 "a captioner" "$molglot" generate "$text" -m "$tmp/atomas.safetensors"
has "$tmp/err" "trained to write texts" "a captioner writes no molecules"
expect 4 "no T5 in the shipped model" "$molglot" generate "$text" --method beam -n 1 -m "$models"

# ---- captions: the SMILES as it is written, which gives what transformers 4.34 gave (pieces.json) ----
expect 0 "to write captions" "$molglot" import "$fixtures/hf" --f32 --task caption -o "$tmp/says.safetensors"
caption() { "$molglot" caption "$@" --captioner "$tmp/says.safetensors" -m "$models" --alone --beams 3 -f tsv 2>"$tmp/err" | sed -n 2p | cut -f5; }
kekulised=$(caption 'CC(=O)OC1=CC=CC=C1C(=O)O') aromatic=$(caption 'CC(=O)Oc1ccccc1C(=O)O')
checks=$((checks + 1)); case $kekulised in "'hz h,,,,,,,,,,,,,,,,,,"*) ;; *) fail "transformers' caption: $kekulised" ;; esac
checks=$((checks + 1)); [ "$kekulised" != "$aromatic" ] || fail "another spelling is read as another string"
checks=$((checks + 1)); [ "$(caption 'InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)')" = "$aromatic" ] || fail "an InChI is read as its canonical SMILES"

# ---- a graph row: trained on top, read by caption, of no other space ----
cd "$here/../.." || exit 1
expect 0 "a graph row" "$molglot" train recipes/t5-graph-tiny.toml --set "t5.file=$tmp/says.safetensors" --set "graph.model=$models" --set train.lr=0.5 -o "$tmp/row"
has "$tmp/err" "captions [(]16 rows[)] loss [0-9.]+ with the graph row, [0-9.]+ without" "validation says both"
expect 0 "captions with it" "$molglot" caption CCO --captioner "$tmp/row/model.safetensors" --method t5 -m "$models" --alone --beams 3 -f tsv
has "$tmp/out" "	t5	" "it writes"
expect 0 "another space" "$molglot" train recipes/tiny.toml --set train.epochs=1 --set 'eval.pairs=""' -o "$tmp/space" -q
expect 2 "a graph row of another space" "$molglot" caption CCO --captioner "$tmp/row/model.safetensors" --method t5 -m "$tmp/space/model.safetensors" --no-memory
has "$tmp/err" "made with another aligned space than" "it says why"

# ---- merged with the shipped parts ----
expect 0 "one bundle" "$molglot" merge "$models/space.safetensors" "$tmp/t5.safetensors" -o "$tmp/all/" --licence "of the parts"
expect 0 "its T5 writes, its space ranks" "$molglot" generate "$text" -n 2 -m "$tmp/all" -f csv
finish
