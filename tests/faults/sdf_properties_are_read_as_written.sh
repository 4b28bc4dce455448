#!/bin/sh
# faults: F09a F09c F09d F10b F11b
# SDF, whatever ends its lines: a value ends at a line of blanks before a property, names may hold >, the exact case goes first, a bad SMILES tag gives way to the molblock.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
mol() { printf '%s\n  x\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 %s   0  0  0  0  0  0  0  0  0  0  0  0\n' "$1" "$2"; }
{ mol t C; printf 'M  END\n> <ID>\nX1\n \n> <NOTE>\nn\n\n> <logP <calc>>\n1.5\n\n> <id>\nlow\n\n$$$$\n'; } >p.sdf
expect 0 "ID" "$molglot" depict -i p.sdf --id-column ID -f csv
has out '^1,X1,C,.*,ok,,n,1\.5,low$' "a blank line ends the value; the other case is another property"
expect 0 "logP <calc>" "$molglot" depict -i p.sdf --id-column 'logP <calc>' -f csv
has out '^1,1\.5,C,' "the last > ends the name"
expect 0 "id" "$molglot" depict -i p.sdf --id-column id -f csv
has out '^1,low,C,' "exact case"
{ mol t N; printf 'M  END\n> <PUBCHEM_SMILES>\nC1CC\n\n$$$$\n'; } >bad.sdf
expect 0 "a bad tag" "$molglot" depict -i bad.sdf -f csv
has out '^1,t,N,.*,ok,' "the molblock is read"
{ mol a C; printf 'M  END\t\n$$$$\n'; mol b N; printf '\nM  END\n$$$$\n'; printf '$RXN\n\n\n\n  1  1\n$$$$\n'; mol c O; printf 'M  END\n'; } >odd.sdf
expect 0 "odd ends" "$molglot" depict -i odd.sdf -f csv
has out '^1,a,C,.*,ok,' "M  END and a tab"
has out '^2,b,N,.*,ok,' "a blank line before M  END"
has out '^3,.*,rejected,"?a reaction' "a reaction is named"
has out '^4,c,O,.*,ok,' "no \$\$\$\$ at the end"
for eol in '\r' '\r\r\n' '\r\n'; do
    { mol a C; printf 'M  END\n> <id>\nA1\n\n$$$$\n'; mol b N; printf 'M  END\n$$$$\n'; } | awk -v e="$eol" '{ printf "%s" e, $0 }' >ends.sdf
    expect 0 "lines that end in $eol" "$molglot" depict -i ends.sdf -f csv
    has out '^1,A1,C,.*,ok,' "$eol: the first record"
    has out '^2,b,N,.*,ok,' "$eol: the second"
done
{ mol t N; printf 'M  END\n$$$$\n'; } >named.csv
expect 0 "an SDF called .csv" "$molglot" depict -i named.csv -f csv
has out '^1,t,N,.*,ok,' "is an SDF"
finish
