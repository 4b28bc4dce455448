#!/bin/sh
# faults: U05 U23 F05a U04
# A query is read as what it is and said to be so; what looks like a molecule and is none is refused with its place; --by text overrides.
. "$(dirname "$0")/lib.sh"
printf 'CC(=O)Oc1ccccc1C(=O)O aspirin\nCCO ethanol\nC1CC1 ring-3\n' >"$tmp/m.smi"
expect 0 "index" "$molglot" index -q "$tmp/m.smi" -o "$tmp/m.idx"
is() { # QUERY KIND FIRST
    expect 0 "$1" "$molglot" search -q "$tmp/m.idx" "$1" -k 1 -f jsonl
    has "$tmp/out" "\"query_is\":\"$2\".*\"id\":\"$3\"" "$1 is $2"
}
is aspirin name aspirin
is 'CCO ' SMILES ethanol
is 'InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3' InChI ethanol
is BSYNRYMUTXBXSQ-UHFFFAOYSA-N InChIKey aspirin
is BSYNRYMUTXBXSQ InChIKey aspirin
is '[#6]1~[#6]~[#6]1' SMARTS ring-3
is 'a small alcohol' words ethanol
refused() {
    expect 2 "$1" "$molglot" search "$tmp/m.idx" "$1"
    has "$tmp/err" "$2" "$1: why"
}
refused 'C1CC' 'looks like SMILES: unclosed ring 1 at character 2'
refused 'CC(=O)Oc1ccccc1C(=O)O)' 'looks like SMILES: unbalanced \)'
refused 'CCO>>CC=O' 'a reaction'
refused '[C][C][O]' 'SELFIES'
refused 'zzqq xxyy' 'no word of it is known to the model: zzqq, xxyy'
refused '.' 'no word'
expect 0 "--by text" "$molglot" search -q "$tmp/m.idx" C1CC --by text
expect 0 "the others are answered" "$molglot" search "$tmp/m.idx" C1CC CCO -k 1 -f tsv
has "$tmp/out" "^1	C1CC	.*rejected	looks like SMILES" "the refused one in its place"
has "$tmp/out" "^2	CCO	1	1	1	molecule" "the same molecule has cosine 1"
finish
