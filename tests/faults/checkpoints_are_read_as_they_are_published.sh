#!/bin/sh
# faults: F21c F21d F21e
# Folders and shards of Hugging Face, tokenizer.json and vocab.json, padded embeddings, an empty last line, protocol 4; what is missing and which copy is taken are said.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/checkpoint.inc"
import_of 0 "the file itself" "$weights"
cp "$tmp/model.safetensors" "$tmp/wanted"
# same "what": the model is the one of the file itself, but for its origin's hash
same() {
    "$molglot" embed -m "$tmp/wanted" CCO "an acid" >"$tmp/a" 2>/dev/null; "$molglot" embed -m "$tmp/model.safetensors" CCO "an acid" >"$tmp/b" 2>/dev/null
    checks=$((checks + 1)); [ -s "$tmp/a" ] && cmp -s "$tmp/a" "$tmp/b" || fail "$1: another model"
}
make "$tmp/hf" shards:3
import_of 0 "an index of shards" "$tmp/hf/model.safetensors.index.json"; same "index"
import_of 0 "a folder with shards" "$tmp/hf"; same "folder"
expect 0 "info of the folder" "$molglot" info --all "$tmp/hf"
has "$tmp/out" "graph_proj_head.2.bias" "its tensors are listed"
expect 4 "the folder as a model" "$molglot" embed -m "$tmp/hf" CCO
has "$tmp/err" "molglot import" "what to do is said"
rm "$tmp/hf/model-00002-of-00003.safetensors"
import_of 1 "a shard that is missing" "$tmp/hf"
has "$tmp/err" "model-00002-of-00003" "it is named"
mkdir "$tmp/one" && cp "$weights" "$tmp/one/model.safetensors" && cp "$tmp/vocab.txt" "$tmp/one/"
import_of 0 "a folder with a file" "$tmp/one" --vocab "$tmp/one"; same "folder and its vocabulary"
mkdir "$tmp/empty"
import_of 4 "a folder without weights" "$tmp/empty"
has "$tmp/err" "give the file with the weights" "what to give is said"
python3 - "$tmp" <<'P'
import json, sys
t = sys.argv[1]
pieces = open(t + "/vocab.txt").read().split("\n")[:-1]
vocab = {p: i for i, p in enumerate(pieces)}
json.dump(vocab, open(t + "/vocab.json", "w"))
json.dump({"model": {"type": "WordPiece", "vocab": vocab}, "added_tokens": [{"id": 0, "content": "[PAD]"}]}, open(t + "/tokenizer.json", "w"))
json.dump({"model": {"type": "BPE", "vocab": {"a": 0}}}, open(t + "/bpe.json", "w"))
P
import_of 0 "tokenizer.json" "$weights" --vocab "$tmp/tokenizer.json"; same "tokenizer.json"
import_of 0 "vocab.json" "$weights" --vocab "$tmp/vocab.json"; same "vocab.json"
import_of 4 "another kind of tokeniser" "$weights" --vocab "$tmp/bpe.json"
has "$tmp/err" "kind BPE.*WordPiece" "it is named"
{ cat "$tmp/vocab.txt"; echo; } >"$tmp/empty_line.txt"
import_of 0 "an empty last line" "$weights" --vocab "$tmp/empty_line.txt"; same "empty last line"
make "$tmp/padded.safetensors" pad:64
import_of 0 "padded word embeddings" "$tmp/padded.safetensors"; same "padding"
make "$tmp/four.pth" legacy4
import_of 0 "torch.save of protocol 4" "$tmp/four.pth"; same "protocol 4"
make "$tmp/less.safetensors" drop:text_encoder.main_model.pooler.dense.weight drop:text_encoder.main_model.pooler.dense.bias
import_of 4 "a checkpoint without its pooler" "$tmp/less.safetensors"
has "$tmp/err" "missing: .*pooler.dense.weight" "what is missing is named"
make "$tmp/ema.safetensors" ema
import_of 0 "an average beside the weights" "$tmp/ema.safetensors"; same "the trained copy is taken"
has "$tmp/err" "the copy under 'model\..*' is taken, not that under 'ema\." "and said"
finish
