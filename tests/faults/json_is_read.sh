#!/bin/sh
# faults: F06a
# JSON lines, arrays of objects and Molglot's own JSON are tables; a broken record is rejected alone, a number keeps its digits.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
printf '{"id":"a","smiles":"CCO","p":1.50,"x":{"k":[1]}}\nbroken\n{"id":"b","smiles":"CCN","p":null}\n' >x.jsonl
expect 0 "JSON lines" "$molglot" depict -i x.jsonl -f csv
has out '^1,a,CCO,.*,ok,,1\.50,"\{""k"":\[1\]\}"$' "members are columns"
has out '^2,.*,rejected,no JSON object' "a line that is none is rejected"
has out '^3,b,CCN' "the next one is read"
expect 0 "from a pipe, by content" sh -c 'cat x.jsonl | "$1" depict -i - -f csv' sh "$molglot"
has out '^3,b,CCN' "content says it"
expect 0 "own lines" sh -c '"$1" depict CCO CCN -f jsonl >own.jsonl && "$1" depict -i own.jsonl -f csv' sh "$molglot"
has out '^2,.*CCN' "Molglot's own JSON lines"
expect 0 "own array" sh -c '"$1" depict CCO CCN -f json >own && "$1" depict -i own -f csv' sh "$molglot"
has out '^2,.*CCN' "Molglot's own JSON"
printf '[\n {"smiles": "CCO"},\n {"smiles": "C"\n {"smiles": "CCN"}\n]\n' >array.json
expect 0 "an array" "$molglot" depict -i array.json -f csv
has out '^2,.*without an end' "an object that does not end"
has out '^3,.*CCN' "takes no other with it"
for s in '{"smiles": ["CCO", "CCN"]}' '{"smiles": {"0": "CCO"}}' '{"columns": ["smiles"], "index": [0], "data": [["CCO"]]}'; do
    echo "$s" >columns.json
    expect 4 "$s" "$molglot" depict -i columns.json -f csv
    has err 'JSON by columns.*records' "says what to write"
done
finish
