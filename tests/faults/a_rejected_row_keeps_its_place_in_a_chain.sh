#!/bin/sh
# faults: F04a U08
# What one command rejects, the next one knows: ids and columns travel, the row stays where it is, and no molecule is invented for it.
. "$(dirname "$0")/lib.sh"
printf 'CCO a\nC1CC bad\nc1ccccc1 b\n' >"$tmp/m.smi"
printf 'name,smiles,assay\na,CCO,1.5\nbad,C1CC,2\nb,c1ccccc1,3\n' >"$tmp/m.csv"

expect 0 "encode" "$molglot" encode -i "$tmp/m.csv" -o "$tmp/z.csv"
expect 0 "decode" "$molglot" decode "$tmp/z.csv" -f csv
lines "$tmp/out" 4 "a row for each"
has "$tmp/out" "^row,id,.*,smiles,.*,status,error,.*assay" "ids and columns travel"
has "$tmp/out" "^1,a,.*,CCO,.*,ok,.*1\.5" "the first row"
has "$tmp/out" "^2,bad,,false,,,,,rejected,no vector: row 2 was rejected before: unclosed ring 1,.*C1CC" "the rejected row says why, and has no molecule"
has "$tmp/out" "^3,b,.*,c1ccccc1,.*,ok,.*,3" "the next one follows"
expect 3 "decode --strict" "$molglot" decode "$tmp/z.csv" --strict
expect 0 "tsv" "$molglot" encode -i "$tmp/m.smi" -o "$tmp/z.tsv.gz"
expect 0 "decode tsv" "$molglot" decode "$tmp/z.tsv.gz" -f csv
has "$tmp/out" "^2,bad,,false,,,,,rejected,no vector: row 2 was rejected before" "in tsv"

# a file of numbers alone says it as zeros; a number that is none is that row's fault
expect 0 "encode npy" "$molglot" encode -i "$tmp/m.smi" -o "$tmp/z.npy"
expect 0 "decode npy" "$molglot" decode "$tmp/z.npy" -f csv
has "$tmp/out" "^2,,,false,,,,,rejected,.*row 2 is zeros" "zeros are no molecule"
sed '3s/,ok,.*/,ok,/; 2s/,[-0-9.]*$/,abc/' "$tmp/z.csv" | sed '3s/rejected,unclosed ring 1/ok,/' >"$tmp/broken.csv"
expect 0 "decode what is broken" "$molglot" decode "$tmp/broken.csv" -f csv
has "$tmp/out" "^1,a,.*rejected,.*'abc' is no number" "a word in a row rejects it"
has "$tmp/out" "^2,bad,.*rejected,no vector: the numbers of row 2 are missing" "so do missing numbers"
has "$tmp/out" "^3,b,.*,c1ccccc1," "and the next row follows"

# the other commands
expect 0 "embed" "$molglot" embed -i "$tmp/m.csv" -o "$tmp/e.csv"
expect 0 "embed again" "$molglot" embed -i "$tmp/e.csv"
has "$tmp/out" "^2,bad,C1CC,rejected,row 2 was rejected before: unclosed ring 1,2," "embed of embed"
has "$tmp/out" "^3,b,c1ccccc1,ok,,3,[-0-9]" "and the vectors are made anew"
not "$tmp/out" "input_e0" "the old vectors are no columns"
expect 0 "depict" "$molglot" depict -i "$tmp/e.csv" -f csv
has "$tmp/out" "^2,bad,C1CC,,,rejected,row 2 was rejected before: unclosed ring 1,2$" "depict of embed"
expect 0 "a third time" "$molglot" embed -i "$tmp/e.csv" -o "$tmp/f.csv"
expect 0 "a third time" "$molglot" depict -i "$tmp/f.csv" -f csv
has "$tmp/out" "^2,bad,C1CC,,,rejected,row 2 was rejected before: unclosed ring 1,2$" "said once"
printf 'prompt_number,prompt,smiles,status,error\n1,an acid,CC(=O)O,ok,\n2,,,rejected,empty sentence\n' >"$tmp/g.csv"
expect 0 "index of generated rows" "$molglot" index "$tmp/g.csv" -o "$tmp/g.idx" --rejects "$tmp/r.csv"
has "$tmp/r.csv" "^2,.*rejected before: empty sentence" "index of generated rows"
finish
