#!/bin/sh
# faults: U17
# `-` reads a table where its first line names columns, SMILES with their names, else a string a line: in every command alike.
. "$(dirname "$0")/lib.sh"
# piped "what" TEXT command...
piped() {
    what=$1 text=$2; shift 2
    checks=$((checks + 1))
    printf "$text" | "$@" >"$tmp/out" 2>"$tmp/err" || { fail "$what: exit $?"; cat "$tmp/err" >&2; }
}
expect 0 "index" "$molglot" index "$root/examples/library.tsv" -o "$tmp/l.idx"
csv='id,smiles\none,CCO\ntwo,c1ccccc1\n'
piped "search" "$csv" "$molglot" search "$tmp/l.idx" - -k 1
lines "$tmp/out" 3 "search: two queries"
has "$tmp/out" "^2	c1ccccc1	1	" "search: molecules"
piped "embed" "$csv" "$molglot" embed -
lines "$tmp/out" 3 "embed: two rows"
has "$tmp/out" "^1,one,CCO,ok," "embed: ids"
piped "depict" "$csv" "$molglot" depict - -f csv
has "$tmp/out" "^2,two,c1ccccc1," "depict"
piped "encode" "$csv" "$molglot" encode -
has "$tmp/out" "^2,two,c1ccccc1," "encode"
piped "interpolate" "$csv" "$molglot" interpolate - -n 2 -f csv
has "$tmp/out" ",one,no match,CCO," "interpolate"
piped "names behind SMILES" 'CCO ethanol\nc1ccccc1 benzene\n' "$molglot" embed -
has "$tmp/out" "^2,benzene,c1ccccc1,ok," "names behind SMILES"
piped "sentences" 'a name, a text\nan acid\nCCO\n' "$molglot" embed -
lines "$tmp/out" 4 "sentences are lines"
has "$tmp/out" '^1,,"a name, a text",ok' "sentences are lines"
piped "a lone word" 'caffeine\nname\n' "$molglot" search "$tmp/l.idx" - -k 1
lines "$tmp/out" 3 "a lone word is no header"
finish
