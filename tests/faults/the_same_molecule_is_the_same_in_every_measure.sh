#!/bin/sh
# faults: F16b F16d F16e F16f
# Identity: without an InChI the SMILES decides, hydrogen is one molecule, stereo that RDKit does not read makes no pair equal.
. "$(dirname "$0")/lib.sh"
# pair REFERENCE OUTPUT: a value a measure
pair() {
    printf 'ground truth\toutput\n%s\t%s\n' "$1" "$2" >"$tmp/p.tsv"
    expect 0 "$1 / $2" "$molglot" eval predictions "$tmp/p.tsv" -f json --bootstrap 0 -q
    got=$(sed -n '/"first_output"/,/"interval95"/s/ *"exact_\(canonical_smiles\|inchi\|canonical_smiles_without_stereo\|inchi_without_stereo\)": \([0-9.]*\),/\2/p' "$tmp/out" | tr -d '\n')
    checks=$((checks + 1))
    [ "$got" = "$3" ] || fail "$1 / $2: SMILES, flat, InChI, flat are $got, not $3"
}
pair '*C' '[*]C' 1111
pair '[*]CCO' 'OCC*' 1111
pair '*CCO' 'OCCC' 0000
pair '[1*]CCO' 'OCC*' 0101
pair '[HH]' '[H][H]' 1111
pair 'C.[HH]' '[H][H].C' 1111
pair 'CC=[C@]=CC' 'CC=[C@@]=CC' 0101
has "$tmp/out" '"stereo_not_compared": 1,' "stereo that is not read is counted"
pair 'CC=[C@]=CC' 'CC=[C@]=CC' 1111
pair 'F/C=C=C=C/F' 'F/C=C=C=C\F' 0101
pair 'F/C=C=C/F' 'F/C=C=C\F' 1111
pair 'F/C=C/F' 'F/C=C\F' 0101
pair 'C=c1s/c2n(c1=O)CCCCC\N=2' 'C1Cn2c(=O)c(=C)s/c2=N/CCC1' 1111
pair 'CCO' 'CCO a name' 1111
has "$tmp/out" '"validity": 1,' "a SMILES ends at its first blank"
finish
