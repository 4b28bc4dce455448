#!/bin/sh
# faults: F02a F07a F19a U06
# A column called smiles holds molecules whatever its first row holds, a name that contains smiles is one, and a column called id is never one.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
# column FIELD: that field of the rows of depict's CSV
column() { sed 1d "$tmp/out" | cut -d, -f"$1" | tr '\n' ' '; }
same() { checks=$((checks + 1)); [ "$2" = "$3" ] || fail "$1: got '$2', expected '$3'"; }

printf 'id,smiles,text\n1,,structure unknown\n2,CCO,ethanol\n3,CCN,ethylamine\n' >first.csv
expect 0 "index" "$molglot" index first.csv -o first.idx
has err '2 molecules' "rows are molecules"
has err '1 of 3 rows rejected' "the row without one is rejected"
printf 'well,SMILES_std\nB02,CCO\nC04,CCN\n' >well.csv
expect 0 "SMILES_std" "$molglot" depict -i well.csv -f csv
same "SMILES_std" "$(column 2,3)" "B02,CCO C04,CCN "
printf '"ChEMBL ID";"Name";"Smiles"\n"CHEMBL1";"";"CCO"\n' >chembl.csv
expect 0 "ChEMBL's export" "$molglot" depict -i chembl.csv -f csv
same "ChEMBL ID" "$(column 2,3)" "CHEMBL1,CCO "
printf 'Target ID,Cpd_ID,Smiles\nT1,7,CCO\n' >target.csv
expect 0 "the molecule's id" "$molglot" depict -i target.csv -f csv
same "Cpd_ID" "$(column 2,3)" "7,CCO "
printf 'id,notes\nB,an acid of boron\nC,a base of carbon\n' >notes.csv
expect 0 "notes" "$molglot" index notes.csv -o notes.idx
has err '2 texts' "ids are no molecules"
printf 'id,inchi,notes\nB,"InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3",a\nC,InChI=1S/CH4/h1H4,b\n' >inchi.csv
"$molglot" depict -i inchi.csv -f csv >out 2>err </dev/null
not out '^[0-9],[BC],[BC],' "ids beside InChI are no molecules"
has out '^1,B,.*,C2H6O,46' "the InChI column holds the molecules"
printf 'id,inchikey\nA,LFQSCWFLJHTTHZ-UHFFFAOYSA-N\n' >"$tmp/key.csv"
expect 1 "hashes alone" "$molglot" index "$tmp/key.csv" -o "$tmp/key.idx"
has "$tmp/err" 'no column of molecules or texts' "it is said"
checks=$((checks + 1)); [ ! -e "$tmp/key.idx.part" ] || fail "a part is left of what cannot go on"
finish
