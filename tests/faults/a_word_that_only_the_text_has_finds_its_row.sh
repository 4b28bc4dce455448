#!/bin/sh
# faults: U01
# A word that the model has not met, but a row's text holds, brings that row first.
. "$(dirname "$0")/lib.sh"
expect 0 "index" "$molglot" index -q "$root/examples/library.tsv" -o "$tmp/l.idx"
expect 0 "coffee" "$molglot" search -q "$tmp/l.idx" coffee "asprin and coffee" -k 1 -f tsv
has "$tmp/out" "^1	coffee	1	.*	caffeine	" "coffee: caffeine"
has "$tmp/out" "^2	asprin and coffee	1	.*	caffeine	" "beside another unknown word"
expect 0 "coffee" "$molglot" search -q "$tmp/l.idx" coffee -k 1 -f table
has "$tmp/out" "unknown to the model: coffee" "the word is named"
finish
