#!/bin/sh
# faults: U02 U16
# What README, help and demo ask of the installed generator, and what its answers must hold: `search --smarts` is the judge where it is there,
# else the letters of the canonical SMILES.
. "$(dirname "$0")/lib.sh"
# first "request" PATTERN: the first answer's canonical SMILES matches; all "request" PATTERN: each of four does
first() { expect 0 "$1" "$molglot" generate "$1" -n 4 -f smi; head -1 "$tmp/out" >"$tmp/first"; has "$tmp/first" "$2" "first answer to '$1'"; }
all() { first "$1" "$2"; checks=$((checks + 1)); [ "$(grep -cE -- "$2" "$tmp/out")" = 4 ] || fail "four answers to '$1': $(cut -f1 "$tmp/out" | tr '\n' ' ')"; }
first "a methyl ester of an amino acid with an aromatic ring" '^COC\(=O\)\[?C@*H?\]?\(N\)Cc1ccccc1'
first "a purine alkaloid found in coffee and tea" 'c1c\(=O\)c2c\(ncn2|Cn1c\(=O\)c2c\(ncn2C\)'
first "a purine alkaloid found in coffee" '^Cn1c\(=O\)c2c\(ncn2C\)n\(C\)c1=O'
first "an artificial sweetener" '^COC\(=O\)\[C@H\]\(Cc1ccccc1\)NC\(=O\)\[C@@H\]\(N\)CC\(=O\)O'
all "a monoterpenoid with a hydroxy group" 'O'
all "a chlorinated pyridine" 'Cl.*n1|n1.*Cl|n.*Cl|Cl.*n'
all "a sulfonamide" 'S\(=O\)\(=O\)|S\(N\)\(=O\)=O'
all "a steroid" '\]12|\]21|C\]23|\[C@'
first "a cephalosporin antibiotic" 'N.*C\(=O\).*S|S.*N'
first "flavone" '^O=c1cc\(-c2ccccc2\)oc2ccccc12'
finish
