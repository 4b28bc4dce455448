#!/bin/sh
# faults: U10
# --like gives analogues: not the molecule itself, each once, like it, and with what --keep wants.
. "$(dirname "$0")/lib.sh"
ibuprofen='CC(C)Cc1ccc(cc1)C(C)C(=O)O'
expect 0 "analogues" "$molglot" generate --like "$ibuprofen" --keep 'c1ccccc1CC(=O)O' -n 5 -f csv
lines "$tmp/out" 6 "five of them"
not "$tmp/out" ",CC\(C\)Cc1ccc\(C\(C\)C\(=O\)(O|\[O-\])\)cc1," "neither ibuprofen itself nor its anion is one"
checks=$((checks + 1)); awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { if ($at["similarity"] < 0.3 || $at["smiles"] in seen) exit 1; seen[$at["smiles"]] = 1 }' "$tmp/out" ||
    fail "an analogue comes twice or is unlike"
expect 2 "no pattern" "$molglot" generate --like CCO --keep '[('
has "$tmp/err" "SMARTS" "it says that it is no pattern"
expect 0 "the other enantiomer" "$molglot" generate --like 'C[C@H](N)C(=O)O' -n 6 -f smi
not "$tmp/out" "^C\[C@*H\]\(N\)C\(=O\)O	" "stereoisomers of the molecule are none"
finish
