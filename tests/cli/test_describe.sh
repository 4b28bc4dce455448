#!/bin/sh
# molglot describe: facts in every format, rows that cannot be read, a user's own groups, no model.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
library=$here/../../examples/library.tsv
MOLGLOT_MODEL=/nonexistent; export MOLGLOT_MODEL

expect 0 "text" "$molglot" describe 'CC(=O)Oc1ccccc1C(=O)O' -f text
has "$tmp/out" "^CC\(=O\)Oc1ccccc1C\(=O\)O: C9H8O4, 180.16 g/mol\. .*It has an aromatic carboxylic acid; an ester" "text says what it has"
expect 0 "tsv" "$molglot" describe CCO CCl -f tsv
has "$tmp/out" "^row	id	smiles	formula	weight	" "tsv has names"
has "$tmp/out" "^1		CCO	C2H6O	46.07	46.04186	0	0.00	20.2	" "tsv has numbers"
has "$tmp/out" "	alkyl chloride; methyl group	" "tsv has groups"
lines "$tmp/out" 3 "tsv: a row a molecule"
for f in table tsv csv json jsonl smi sdf svg html text; do
    expect 0 "describe $f" "$molglot" describe CCO c1ccccc1 -f $f
    [ $f = smi ] || has "$tmp/out" "C2H6O" "describe $f shows the formula"
done
expect 2 "an unknown format" "$molglot" describe CCO -f docx
expect 2 "nothing to describe" "$molglot" describe

# json: the atoms of each group
expect 0 "json" "$molglot" describe OC=O -f json
has "$tmp/out" '"name":"carboxylic acid","kind":"group","count":1,"specific":true,"atoms":\[\[1,2,0\]\]' "json has atoms"
has "$tmp/out" '"name":"carbonyl group","kind":"group","count":1,"specific":false' "json has parents"

# a table without rows has a table without rows for an answer, and it is said
printf 'id\tsmiles\n' >"$tmp/rowless.tsv"
expect 0 "no row" "$molglot" describe -i "$tmp/rowless.tsv"
lines "$tmp/out" 1 "no row: the header alone"
has "$tmp/err" "rowless.tsv holds no row" "no row: it is said"

# a row that cannot be read keeps its place and says why
expect 0 "one of two" "$molglot" describe C1CC CCO -f tsv
has "$tmp/out" "^1		C1CC	.*	rejected	unclosed ring 1" "the refused row says why"
expect 3 "strict" "$molglot" describe C1CC CCO --strict
expect 0 "text of a refused row" "$molglot" describe C1CC CCO -f text
has "$tmp/out" "^C1CC: not described: unclosed ring 1" "text says why not"
expect 2 "all refused" "$molglot" describe C1CC

# a table's rows: names, further columns
expect 0 "the library" "$molglot" describe -i "$library" -o "$tmp/l.tsv"
lines "$tmp/l.tsv" 218 "a row a molecule of the library"
has "$tmp/l.tsv" "^1	caffeine	CN1C=NC2=C1C\(=O\)N\(C\(=O\)N2C\)C	C8H10N4O2	194.19	.*	xanthine	" "caffeine is a xanthine"
has "$tmp/l.tsv" "	text$" "the table's own columns are kept"

# own groups
printf 'group\tglyme\tdiether\tCOCCO[#6]\tether\tCOCCOC\tCOC\n' > "$tmp/g.tsv"
expect 0 "--groups" "$molglot" describe COCCOC -f tsv --groups "$tmp/g.tsv"
has "$tmp/out" "glyme" "own groups are found"
printf 'group\tglyme\t\tCOCC(\n' > "$tmp/bad.tsv"
expect 4 "a bad file of groups" "$molglot" describe COCCOC --groups "$tmp/bad.tsv"
has "$tmp/err" "bad.tsv: groups: row 1, column 'smarts'" "a bad file says where"
expect 1 "no file of groups" "$molglot" describe COCCOC --groups "$tmp/none.tsv"
expect 0 "--list-groups" "$molglot" describe --list-groups -o "$tmp/all.tsv"
has "$tmp/all.tsv" "^ring	steroid	steroid nucleus" "the dictionary is listed"
expect 0 "the list is read again" "$molglot" describe CCO --groups "$tmp/all.tsv" -f tsv
has "$tmp/out" "primary alcohol" "the list is read again"
expect 2 "--list-groups and a molecule" "$molglot" describe CCO --list-groups
expect 0 "--train-text" "$molglot" describe -i "$library" --train-text 1 -f text
lines "$tmp/out" 217 "a text a molecule"
cp "$tmp/out" "$tmp/one"
expect 0 "--train-text again" "$molglot" describe -i "$library" --train-text 1 -f text
checks=$((checks + 1)); cmp -s "$tmp/one" "$tmp/out" || fail "the same seed gives another text"
expect 2 "--train-text without a seed" "$molglot" describe CCO --train-text x
finish
