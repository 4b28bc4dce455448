#!/bin/sh
# Training from a recipe: outputs, interrupt, kill -9 and resume bit for bit, errors of recipes.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
cd "$here/../.." || exit 1
recipe=recipes/tiny.toml

expect 0 "train" "$molglot" train $recipe -o "$tmp/a" -j 2
for f in model.safetensors checkpoint.safetensors manifest.json recipe.toml train.jsonl loss.svg; do
    checks=$((checks + 1)); [ -s "$tmp/a/$f" ] || fail "the run folder lacks $f"
done
expect 0 "the trained model works" "$molglot" embed -m "$tmp/a/model.safetensors" CCO "a sugar"
expect 0 "the trained model says what it is" "$molglot" info "$tmp/a/model.safetensors"

# killed without warning at some moment, resumed: the same model, bit for bit
"$molglot" train $recipe -o "$tmp/b" -j 2 -q >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -s "$tmp/b/checkpoint.safetensors" ] && [ $tries -lt 600 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
expect 0 "resume after kill -9" "$molglot" train $recipe -o "$tmp/b" -j 2 --resume
checks=$((checks + 1)); cmp -s "$tmp/a/model.safetensors" "$tmp/b/model.safetensors" || fail "resumed after kill -9: another model"

# ^C finishes cleanly
"$molglot" train $recipe -o "$tmp/c" -j 2 -q >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -s "$tmp/c/train.jsonl" ] && [ $tries -lt 600 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -INT $pid
wait $pid
code=$?
checks=$((checks + 1)); [ $code = 130 ] || [ $code = 0 ] || fail "^C: exit $code"
expect 0 "resume after ^C" "$molglot" train $recipe -o "$tmp/c" -j 2 --resume
checks=$((checks + 1)); cmp -s "$tmp/a/model.safetensors" "$tmp/c/model.safetensors" || fail "resumed after ^C: another model"

# recipes with mistakes
expect 2 "a key that does not exist" "$molglot" train $recipe -o "$tmp/d" --set train.bacth=3
has "$tmp/err" "train.bacth" "the message names the key"
expect 4 "an impossible value" "$molglot" train $recipe -o "$tmp/d" --set train.batch=-3
expect 0 "--dump-recipe" "$molglot" train $recipe --dump-recipe
has "$tmp/out" "batch = 64" "dump-recipe prints the resolved recipe"
finish
