#!/bin/sh
# faults: U02 U03 U04 F14b
# The installed generator starts from its own memory, names what it knows, never calls a molecule new, and says when it gives fewer than asked.
. "$(dirname "$0")/lib.sh"
expect 0 "a molecule of the memory" "$molglot" generate "a purine alkaloid found in coffee and tea" -n 3 -f csv
has "$tmp/out" ',true,true,"?[Cc]affeine"?,[^,]*,true,.*,Cn1c\(=O\)c2c\(ncn2C\)n\(C\)c1=O,end' "caffeine is in the training data, known by its name, and a copy"
not "$tmp/out" "novel|new" "no molecule is called new"
expect 0 "without it" "$molglot" generate "a purine alkaloid found in coffee and tea" -n 3 --no-memory -f csv
not "$tmp/out" ",[Cc]affeine" "nothing is known without a memory"
expect 0 "only new ones" "$molglot" generate "a purine alkaloid found in coffee and tea" -n 3 --new -f csv
not "$tmp/out" "^1,[^,]*,[0-9]+,[-0-9.]+,[0-9.]+,true,true" "--new gives no training molecule"
has "$tmp/out" "^1,[^,]*,1,[-0-9.]+,[0-9.]+,true,false,,,false" "--new gives molecules"
expect 0 "fewer" "$molglot" generate "benzene" -n 30 --candidates 30 -f csv
has "$tmp/err" "of 30 molecules \(30 drawn" "fewer than asked for is said"
expect 2 "a share of nothing" "$molglot" generate benzene --top-p 0
expect 0 "few candidates" "$molglot" generate benzene -n 8 --candidates 2 -f smi
has "$tmp/err" "candidates 2 is less than -n 8: 8 are drawn" "more are drawn than asked for, and it is said"
finish
