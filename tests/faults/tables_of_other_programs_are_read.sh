#!/bin/sh
# faults: F06c F06e F17a F18b F18d U22
# Blanks, | and ; as delimiters, R's names of rows, comments, quoted TSV, CXSMILES in cells, headers of SMILES lists, UTF-16 and Latin-1 are read, and what was decided is said.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
# reads NAME ID SMILES "said": row 1 has this id and SMILES; the description says so
reads() {
    expect 0 "$1" "$molglot" depict -i "$1" -f csv
    has out "^1,$2,$3," "$1: id and SMILES"
    "$molglot" index "$1" -o x.idx >out 2>err </dev/null
    has err "$4" "$1: described"
}
printf 'smiles name\nCCO ethanol\n' >sp.csv
reads sp.csv ethanol CCO 'table with blanks'
printf '"smiles" "name"\n"1" "CCO" "ethyl alcohol"\n' >r.txt
reads r.txt 'ethyl alcohol' CCO 'table with blanks, .*a first column without a name'
printf 'smiles|name\nCCO|e\nCCN|f\n' >pipe.csv
reads pipe.csv e CCO 'table with \|'
printf '# made 2024\nsmiles,name\nCCO,e\n' >comment.csv
reads comment.csv e CCO '1 line skipped'
printf 'sep=;\nname;smiles\ne;CCO\n' >sep.csv
reads sep.csv e CCO 'semicolons'
printf 'Export of a database\n\nname,smiles\ne,CCO\n' >preamble.csv
reads preamble.csv e CCO '1 line skipped'
printf 'name,smiles\ne,C[C@H](F)Cl |o1:1|\n' >cx.csv
reads cx.csv e 'C\[C@H\]\(F\)Cl' 'CSV'
printf '"smiles"\t"name"\n"CCO"\t"e"\n' >quoted.tsv
reads quoted.tsv e CCO 'TSV with quotes'
printf '#SMILES\tID\nCCO\te\n' >hash.smi
reads hash.smi e CCO 'header'
printf 'canonical_smiles\tchembl_id\nCCO\te\n' >chembl.smi
reads chembl.smi e CCO 'header'
printf '# a list\nCCO e\n# more\nCCN f\n' >comments.smi
reads comments.smi e CCO '1 line skipped'
lines out 0 "nothing on standard output"
has err '1 comment line skipped' "comments are counted"
printf 'smiles\tname\nCCO\te\n' | iconv -t UTF-16LE >wide.tsv
reads wide.tsv e CCO 'UTF-16'
printf 'smiles,name\nCCO,caf\351\nCCN,\303\251\n' >latin.csv
reads latin.csv 'café' CCO '1 field Latin-1'
finish
