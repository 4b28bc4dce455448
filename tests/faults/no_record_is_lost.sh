#!/bin/sh
# faults: F03a F08a F18a
# Every record of a file has a row: behind a $$$$ that lost its line end, in files with CR, and behind a quote that swallowed lines.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
mol() { printf '%s\n  x\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 %s   0  0  0  0  0  0  0  0  0  0  0  0\nM  END\n$$$$' "$1" "$2"; }
{ mol first C; mol second N; echo; mol third O; echo; } >cat.sdf
expect 0 "joined by cat" "$molglot" depict -i cat.sdf -f csv
lines out 4 "three records"
has out '^2,second,N,' "the second has its name"
printf 'CCO a\rCCN b\rCCC c\r' >cr.smi
expect 0 "CR" "$molglot" depict -i cr.smi -f csv
has out '^3,c,CCC,' "three lines"
expect 0 "CR, told" "$molglot" depict -i cr.smi --input-format smi -f csv
has out '^3,c,CCC,' "three lines"
printf 'CCO a\rCCN b\nCCC c\n' >mixed.smi
expect 0 "CR and LF" "$molglot" depict -i mixed.smi -f csv
has out 'rejected,two kinds of line end' "a line that hides another is rejected"
printf 'smiles,name\nCCO,"a\nCCN,b\nCCC,"c"\n' >quote.csv
expect 0 "a quote that closes too late" "$molglot" depict -i quote.csv -f csv
has out '^1,.*rejected,characters after a closing quote' "rejected alone"
has out '^2,b,CCN,' "the second line"
has out '^3,c,CCC,' "the third"
finish
