#!/bin/sh
# faults: U04
# What words ask of molecules is understood, said, and held against each: those that meet all come first, --must leaves others out, --soft does not check.
. "$(dirname "$0")/lib.sh"
printf 'CC(=O)Oc1ccccc1C(=O)O one\nCCO two\nc1ccccc1NCc1ccccc1 three\nCCCCN four\nClc1ccccn1 five\n' >"$tmp/m.smi"
expect 0 "index" "$molglot" index -q "$tmp/m.smi" -o "$tmp/m.idx"
expect 0 "search" "$molglot" search -q "$tmp/m.idx" "a secondary amine with two aromatic rings, no halogen" -k 3 -f json
has "$tmp/out" 'understood: secondary amine; aromatic rings = 2; no halogen' "what was understood"
has "$tmp/out" '"meets": *"3/3"' "the first meets all"
has "$tmp/out" '"fails": *"secondary amine' "what others fail"
expect 0 "must" "$molglot" search -q --must "$tmp/m.idx" "a chlorinated pyridine" -k 3 -f smi
gives "must" "$tmp/out" "Clc1ccccn1	five"
expect 0 "soft" "$molglot" search -q --soft "$tmp/m.idx" "a chlorinated pyridine" -k 3 -f json
not "$tmp/out" 'understood' "soft says nothing"
expect 2 "both" "$molglot" search --soft --must "$tmp/m.idx" "an amine"
expect 0 "generate" "$molglot" generate -q "an alkyne with no oxygen, under 150 Da" -n 3 -f jsonl
has "$tmp/out" '"meets":"3/3"' "generate: meets"
not "$tmp/out" '"meets":"[012]/3"' "generate: none that fails"
expect 0 "generate soft" "$molglot" generate -q --soft "an alkyne with no oxygen" -n 1 -f jsonl
not "$tmp/out" '"meets":"[0-9]' "soft: not checked"
expect 0 "numbers alone" "$molglot" generate -q "MW<150" -n 2 -f jsonl
has "$tmp/out" '"meets":"1/1"' "numbers alone are a request"
finish
