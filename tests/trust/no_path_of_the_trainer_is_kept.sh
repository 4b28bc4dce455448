#!/bin/sh
# trust 19: a model's metadata hold no absolute path of the machine that trained it.
. "$(dirname "$0")/../faults/lib.sh"
cd "$root" || exit 1
mkdir -p "$tmp/private/place"
cp examples/library.tsv "$tmp/private/place/mine.tsv"
expect 0 "a run" "$molglot" train -q recipes/tiny.toml -j 1 --set train.steps=1 -o "$tmp/private/run" --set "data.sources=$tmp/private/place/mine.tsv" \
    --set "eval.pairs=$tmp/private/place/mine.tsv" --set "data.cache=$tmp/private/place/cache"
checks=$((checks + 1)); LC_ALL=C grep -qF "$tmp/private" "$tmp/private/run/model.safetensors" && fail "the model holds a path"
expect 0 "info" "$molglot" info --all "$tmp/private/run/model.safetensors"
has "$tmp/out" 'mine.tsv' "the name of the file is there"
has "$tmp/private/run/recipe.toml" "$tmp/private/place/mine.tsv" "the run's own recipe has the place"
finish
