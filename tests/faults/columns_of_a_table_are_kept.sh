#!/bin/sh
# faults: U09
# Columns and SDF properties that a command does not read are in its output, beside the number of the row; --drop-extra-columns leaves them out.
. "$(dirname "$0")/lib.sh"
printf 'CHEMBL,Smiles,name,row,weight,note\nC1,CCO,ethanol,A,46,"two, words"\nC2,C1CC,bad,B,,\nC3,CCN,amine,C,45,"a ""b"""\n' >"$tmp/t.csv"
expect 0 "depict csv" "$molglot" depict -i "$tmp/t.csv" -f csv
has "$tmp/out" "^row,id,smiles,formula,weight,status,error,CHEMBL,input_row,input_weight,note$" "the user's columns stand behind, none hides one of ours"
has "$tmp/out" '^1,ethanol,CCO,C2H6O,46.07,ok,,C1,A,46,"two, words"$' "with what stood in them"
has "$tmp/out" "^2,bad,C1CC,,,rejected,unclosed ring 1,C2,B,,$" "of a rejected row too"
expect 0 "depict json" "$molglot" depict -i "$tmp/t.csv" -f json
has "$tmp/out" '"row":3,.*"CHEMBL":"C3","input_row":"C","input_weight":"45","note":"a \\"b\\""' "json"
expect 0 "depict html" "$molglot" depict -i "$tmp/t.csv" -f html
has "$tmp/out" "<dt>CHEMBL</dt><dd[^>]*>C1<" "html says them"
expect 0 "dropped" "$molglot" depict -i "$tmp/t.csv" -f csv --drop-extra-columns
has "$tmp/out" "^row,id,smiles,formula,weight,status,error$" "--drop-extra-columns"
expect 0 "embed" "$molglot" embed -i "$tmp/t.csv"
has "$tmp/out" "^row,id,input,status,error,CHEMBL,input_row,weight,note,e0,e1," "embed"
expect 0 "encode" "$molglot" encode -i "$tmp/t.csv" -f tsv
has "$tmp/out" "	CHEMBL	input_row	weight	note	z0	" "encode"
expect 0 "embed of rows with both sides" "$molglot" embed -i "$root/examples/library.tsv" -f jsonl
has "$tmp/out" '"id":"caffeine","input":"CN1.*"text":"' "the text beside an embedded molecule"

# SDF there and back, packed on the way
expect 0 "sdf" "$molglot" depict -i "$tmp/t.csv" -o "$tmp/t.sdf.gz"
gzip -dc "$tmp/t.sdf.gz" >"$tmp/t.sdf"
has "$tmp/t.sdf" "^> <CHEMBL>" "properties"
has "$tmp/t.sdf" "^two, words" "and their values"
expect 0 "sdf read again" "$molglot" depict -i "$tmp/t.sdf.gz" -o "$tmp/u.sdf"
checks=$((checks + 1)); grep -A1 -e '^> <CHEMBL>' -e '^> <note>' -e '^> <input_row>' "$tmp/t.sdf" >"$tmp/a"; grep -A1 -e '^> <CHEMBL>' -e '^> <note>' -e '^> <input_row>' "$tmp/u.sdf" >"$tmp/b"; cmp -s "$tmp/a" "$tmp/b" || fail "properties change on a second way"
not "$tmp/u.sdf" "input_input_row|input_status|input_error|input_smiles" "what we say of a row comes once"

# csv and tsv, packed by the name
expect 0 "csv.zst" "$molglot" depict -i "$tmp/t.csv" -o "$tmp/t.csv.zst"
expect 0 "depict csv" "$molglot" depict -i "$tmp/t.csv" -f csv
checks=$((checks + 1)); zstd -qdc "$tmp/t.csv.zst" | cmp -s - "$tmp/out" || fail "csv.zst is another table"
expect 0 "tsv.gz" "$molglot" embed CCO -o "$tmp/e.tsv.gz"
checks=$((checks + 1)); gzip -dc "$tmp/e.tsv.gz" | head -1 | grep -q "^row	id	input	" || fail "tsv.gz"
expect 2 "a packed NPY" "$molglot" embed CCO -o "$tmp/e.npy.gz"
finish
