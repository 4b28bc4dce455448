#!/bin/sh
# Training from a recipe: outputs, interrupt, time limit, kill -9 and resume bit for bit, errors of recipes.
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
while [ ! -s "$tmp/b/checkpoint.safetensors" ] && [ $tries -lt 6000 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
expect 0 "resume after kill -9" "$molglot" train $recipe -o "$tmp/b" -j 2 --resume
checks=$((checks + 1)); cmp -s "$tmp/a/model.safetensors" "$tmp/b/model.safetensors" || fail "resumed after kill -9: another model"

# ^C finishes cleanly
"$molglot" train $recipe -o "$tmp/c" -j 2 -q >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -s "$tmp/c/train.jsonl" ] && [ $tries -lt 6000 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -INT $pid
wait $pid
code=$?
checks=$((checks + 1)); [ $code = 130 ] || [ $code = 0 ] || fail "^C: exit $code"
expect 0 "resume after ^C" "$molglot" train $recipe -o "$tmp/c" -j 2 --resume
checks=$((checks + 1)); cmp -s "$tmp/a/model.safetensors" "$tmp/c/model.safetensors" || fail "resumed after ^C: another model"

# a time limit stops after the step in which it is reached; the next start goes on
expect 130 "--time-limit" "$molglot" train $recipe -o "$tmp/t" -j 2 --time-limit 0.001
has "$tmp/err" "time limit was reached after step 1 of .*--resume" "the limit says so, and how to go on"
has "$tmp/t/manifest.json" '"status": "interrupted"' "the manifest of a limited run"
expect 130 "--time-limit again" "$molglot" train $recipe -o "$tmp/t" -j 2 --resume --time-limit 0.001
has "$tmp/err" "after step 2 of" "one more step"
expect 0 "resume with time enough" "$molglot" train $recipe -o "$tmp/t" -j 2 --resume --time-limit 100000
checks=$((checks + 1)); cmp -s "$tmp/a/model.safetensors" "$tmp/t/model.safetensors" || fail "resumed after a time limit: another model"
for limit in 0 -1 soon 5x; do expect 2 "--time-limit=$limit" "$molglot" train $recipe -o "$tmp/d" --time-limit=$limit; done

# a run goes on on another device; the option is stronger than the recipe
expect 130 "one step with the readable kernels" "$molglot" train $recipe -o "$tmp/r" -j 2 --time-limit 0.001 --device ref
has "$tmp/r/recipe.toml" 'device = "ref"' "the resolved recipe names the device"
expect 0 "the rest on the CPU" "$molglot" train $recipe -o "$tmp/r" -j 2 --resume --set train.device=ref --device cpu
has "$tmp/r/recipe.toml" 'device = "cpu"' "the option is stronger"

# recipes with mistakes
expect 2 "a key that does not exist" "$molglot" train $recipe -o "$tmp/d" --set train.bacth=3
has "$tmp/err" "train.bacth" "the message names the key"
expect 4 "an impossible value" "$molglot" train $recipe -o "$tmp/d" --set train.batch=-3
expect 0 "--dump-recipe" "$molglot" train $recipe --dump-recipe
has "$tmp/out" "batch = 64" "dump-recipe prints the resolved recipe"
finish
