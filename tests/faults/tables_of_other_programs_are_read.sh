#!/bin/sh
# faults: F06c F06e F17a F18b F18d U22
# Blanks, | and ; as delimiters, R's names of rows, comments, quoted TSV, CXSMILES in cells, headers of SMILES lists, UTF-16, Latin-1, doubled CR and marks of DOS are read, and what was decided is said.
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
printf 'smiles,name\r\r\nCCO,e\r\r\nCCN,f\r\r\n' >twice.csv
reads twice.csv e CCO 'CSV'
expect 0 "no CR stays" "$molglot" depict -i twice.csv -f csv
checks=$((checks + 1)); grep -q "$(printf '\r')" out && fail "a CR is in the output"
printf 'smiles,name\nCCO,e\n   \nCCN,f\n\032' >dos.csv
reads dos.csv e CCO 'CSV'
expect 0 "blank lines and the mark of DOS are no rows" "$molglot" depict -i dos.csv -f csv
has out '^2,f,CCN,.*,ok,' "the second row is the second"
lines out 3 "two rows"
printf 'Molecule;pIC50\nCCO;5,3\nCCN;6,1\n' >letters.csv
expect 0 "a name that SMILES could spell" "$molglot" depict -i letters.csv -f csv
has out '^1,,CCO,' "is a header above molecules"
printf 'smiles\tname\tw\nCCO\t"a\tb"\t3\nCCN\t"two\nlines"\t4\nCCC\t"5"" pipe"\t5\n' >pandas.tsv
expect 0 "quotes of a TSV that needs them" "$molglot" depict -i pandas.tsv -f csv
has out '^3,"5"" pipe",CCC,.*,ok,' "cells with tabs, line breaks and quotes are read"
printf 'smiles\tname\nCCO\t"Aspirin\nCCN\tam"\nCCC\t5" pipe\n' >bare.tsv
expect 0 "quotes of a TSV that has none" "$molglot" depict -i bare.tsv -f csv
has out '^2,"am""",CCN,.*,ok,' "are characters"
printf 'smiles,name,smiles\nCCO,e,CCN\n' >two.csv
expect 0 "two columns of a name" "$molglot" index two.csv -o two.idx
has err 'the first of 2 columns of that name' "it is said which is read"
printf 'smiles\n\342\200\213CCO\n"CCN"\n' >odd.csv
expect 0 "blanks of Unicode" "$molglot" depict -i odd.csv -f csv
has out '^1,,CCO,' "are none of the SMILES"
printf 'smiles,name,text\nCCO,\203G\203^\203m\201\133\203\213,an alcohol\nCCN,f,\203G\203^\203m\201\133\203\213\n' >sjis.csv
expect 0 "an encoding nobody knows" "$molglot" depict -i sjis.csv -f csv
has out '^1,[^,]*,CCO,.*,ok,' "a molecule beside such a name is read"
has out '^2,f,CCN,.*,ok,' "and one beside such a text"
printf 'text\nan alcohol\n\203G\203^\203m\201\133\203\213\n' >words.csv
expect 0 "texts" "$molglot" index words.csv -o words.idx
has err 'row 2: neither UTF-8 nor Latin-1' "a text in it is rejected"
expect 0 "as a library" "$molglot" index sjis.csv -o sjis.idx
has err 'neither UTF-8 nor Latin-1' "it is said"
finish
