#!/bin/sh
# faults: F06f
# SELFIES are refused by their name; bracket atoms in SMILES are not.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
printf 'id,selfies\n1,[C][C][O]\n2,[C][=C][F]\n' >x.csv
expect 1 "a column of SELFIES" "$molglot" index x.csv -o x.idx
has err 'row 1.*SELFIES, not SMILES' "plain atoms, by the column"
has err 'row 2.*SELFIES, not SMILES' "a token that no SMILES has"
printf '[C][C][O]\n[C][=C][F]\n' >x.txt
expect 1 "a list of SELFIES" "$molglot" index x.txt -o x.idx
has err 'row 2.*SELFIES, not SMILES' "a list"
printf 'smiles\n[O][O]\n[Na+].[Cl-]\n' >o.csv
expect 0 "bracket atoms" "$molglot" depict -i o.csv -f csv
not out 'rejected' "triplet oxygen and salts are SMILES"
finish
