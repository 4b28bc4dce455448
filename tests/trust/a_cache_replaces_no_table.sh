#!/bin/sh
# trust 2: data.cache names a place for a cache; a file there that is none stays.
. "$(dirname "$0")/../faults/lib.sh"
cd "$root" || exit 1
cp examples/library.tsv "$tmp/mine.tsv"
train() { "$molglot" train -q recipes/tiny.toml -j 1 --set train.steps=1 --set eval.pairs= "$@"; }
expect 2 "a table" train -o "$tmp/run" --set "data.cache=$tmp/mine.tsv"
has "$tmp/err" "mine.tsv: there is a file that is no cache" "it is said"
checks=$((checks + 1)); cmp -s examples/library.tsv "$tmp/mine.tsv" || fail "the table is another one"
printf 'MGDATA01 of an old version' >"$tmp/old.cache"
expect 0 "an old cache is made anew" train -o "$tmp/run" --set "data.cache=$tmp/old.cache"
has "$tmp/old.cache" "^MGDATA" "it is there"
finish
