#!/bin/sh
# faults: U09
# An index keeps every column of its library, the rows' numbers and the vectors of their texts, unless told not to.
. "$(dirname "$0")/lib.sh"
printf 'well;id;smiles;text;pIC50\nB02;a;CCO;an alcohol;6.5\nC04;b;CCN;;7\n' >"$tmp/l.csv"
expect 0 "index" "$molglot" index -q "$tmp/l.csv" -o "$tmp/l.idx"
expect 0 "info" "$molglot" info "$tmp/l.idx"
has "$tmp/out" "^columns: well, pIC50$" "columns that are neither id, molecule nor text"
has "$tmp/out" "^vectors of texts: 1$" "the text's vector"
expect 0 "without" "$molglot" index -q "$tmp/l.csv" -o "$tmp/n.idx" --drop-extra-columns --no-text-vectors
expect 0 "info" "$molglot" info "$tmp/n.idx"
not "$tmp/out" "^columns" "no columns"
has "$tmp/out" "^vectors of texts: 0$" "no text's vector"
finish
