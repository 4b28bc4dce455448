#!/bin/sh
# trust 1: a run folder and the place of an output lose temporaries of ours whose process has ended, and nothing else.
. "$(dirname "$0")/../faults/lib.sh"
cd "$root" || exit 1
sh -c : & dead=$!
wait $dead
mkdir "$tmp/run"
for name in "thesis.tmp-v2.docx" "my.tmp-notes" ".tmp-" "model.safetensors.tmp-" "model.safetensors.tmp-x-1f-0" "model.safetensors.tmp-$$-1f-0" \
    "model.safetensors.tmp-$dead-1f-0.bak" "other.safetensors.tmp-$dead-1f-0" "model.safetensors.tmp-$dead-XYZ-0" "model.safetensors.tmp-0-1f-0" \
    "model.safetensors.tmp-$dead-0123456789abcdef-0"; do
    echo precious >"$tmp/run/$name"
done
ls -A "$tmp/run" | sort >"$tmp/precious"
for name in model.safetensors checkpoint.safetensors train.jsonl recipe.toml manifest.json loss.svg; do echo half >"$tmp/run/$name.tmp-$dead-1f-0"; done
expect 0 "a run" "$molglot" train -q recipes/tiny.toml -j 1 --set train.steps=1 --set eval.pairs= -o "$tmp/run"
ls -A "$tmp/run" | grep tmp- | sort >"$tmp/left"
checks=$((checks + 1)); cmp -s "$tmp/precious" "$tmp/left" || fail "left are: $(cat "$tmp/left")"
checks=$((checks + 1)); [ ! -e "$tmp/run/lock" ] || fail "the lock is left"
# beside an output
for name in "x.csv.tmp-$dead-1f-0" "x.csv.tmp-$$-1f-0" "xx.csv.tmp-$dead-1f-0"; do echo half >"$tmp/$name"; done
expect 0 "an output" "$molglot" describe -q CCO -o "$tmp/x.csv"
checks=$((checks + 1)); [ "$(cd "$tmp" && ls | grep -c tmp-)" = 2 ] || fail "beside it are: $(ls "$tmp")"
checks=$((checks + 1)); [ ! -e "$tmp/x.csv.tmp-$dead-1f-0" ] || fail "the leftover is there"
finish
