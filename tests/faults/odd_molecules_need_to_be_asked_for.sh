#!/bin/sh
# faults: U11
# Radicals, isotopes, metals, several components and unlikely charges are left out and counted unless the request names them.
. "$(dirname "$0")/lib.sh"
expect 0 "no metal" "$molglot" generate "contains both sulfur and phosphorus" -n 12 -f csv
not "$tmp/out" "\[(Au|Hg|Pt|Sn|As|Na|K)[+\]]" "no metal that nobody asked for"
has "$tmp/err" "[1-9][0-9]* odd" "what was left out is counted"
expect 0 "all" "$molglot" generate "contains both sulfur and phosphorus" -n 12 --keep-odd -f csv
has "$tmp/out" ",(metal|radical|components|charge)," "--keep-odd shows and marks them"
expect 0 "a salt" "$molglot" generate "sodium salt of a carboxylic acid" -n 4 -f smi
has "$tmp/out" "\[Na\+\]" "a salt that was asked for is one"
expect 0 "isotopes" "$molglot" generate "deuterated benzene" -n 4 -f smi
has "$tmp/out" "\[2H\]" "isotopes that were asked for are there"
finish
