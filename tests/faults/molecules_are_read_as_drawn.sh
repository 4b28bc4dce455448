#!/bin/sh
# faults: F11a F11d F24b F01a
# Donors drawn with single bonds to a metal are read; atom lists, open bonds, polymers, abbreviations and CXSMILES that change the molecule are refused; the environment changes nothing.
. "$(dirname "$0")/lib.sh"
for s in '[NH3][Pt]([NH3])(Cl)Cl' 'O#C[Fe](C#O)(C#O)(C#O)C#O' '[NH3][BH3]' 'c1ccn(cc1)[Ru]' 'CO(C)[Mg]Br'; do
    expect 0 "$s is read" "$molglot" depict -q -f tsv "$s"
done
expect 2 "carbon with five bonds is not" "$molglot" depict 'CC(C)(C)(C)C'
has "$tmp/err" "C with valence 5: too many bonds at character 2" "it says why"
mol() { # NAME SYMBOL TAIL: methanol, or methyl and SYMBOL
    printf '\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0\n    1.0000    0.0000    0.0000 %-3s 0  0\n  1  2  1  0\n%sM  END\n' "$2" "$3" >"$tmp/$1.mol"
}
mol list L 'M  ALS   2  2 F N   O   
'
mol phenyl O 'A    2
Ph
'
mol hydroxyl O 'A    2
OH
'
mol rest 'R#' 'A    2
Ph
'
expect 1 "an atom list" "$molglot" depict -i "$tmp/list.mol"
has "$tmp/err" "a query \(an atom list" "an atom list: why"
expect 1 "an abbreviation" "$molglot" depict -i "$tmp/phenyl.mol"
has "$tmp/err" "abbreviation 'Ph' is not expanded" "an abbreviation: why"
expect 0 "a label that says what stands there" "$molglot" depict -i "$tmp/hydroxyl.mol"
expect 0 "a label of a wildcard" "$molglot" depict -i "$tmp/rest.mol"
printf '\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 2 1 0 0 0\nM  V30 BEGIN ATOM\nM  V30 1 C 0 0 0 0\nM  V30 2 [N,O] 1 0 0 0\nM  V30 END ATOM\nM  V30 BEGIN BOND\nM  V30 1 1 1 2\nM  V30 END BOND\nM  V30 END CTAB\nM  END\n' >"$tmp/v3.mol"
expect 1 "an atom list of V3000" "$molglot" depict -i "$tmp/v3.mol"
has "$tmp/err" "a query" "V3000: why"
expect 0 "as trained" "$molglot" embed -q 'C/C=C/[C@H](N)O'
mv "$tmp/out" "$tmp/plain"
export RDK_USE_LEGACY_STEREO_PERCEPTION=0 RDK_ENABLE_NONTETRAHEDRAL_STEREO=0
expect 0 "whatever the environment says" "$molglot" embed -q 'C/C=C/[C@H](N)O'
cmp -s "$tmp/out" "$tmp/plain" || fail "RDKit's variables change a vector"
# kinds of bonds and atoms, and what repeats, are no single molecule
bond() { # FIRST SECOND TYPE
    printf '\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 %-3s 0  0\n    1.0000    0.0000    0.0000 %-3s 0  0\n  1  2  %s  0\n%sM  END\n' "$1" "$2" "$3" "$4" >"$tmp/bond.mol"
}
unread() { expect 1 "$1" "$molglot" depict -i "$tmp/bond.mol"; has "$tmp/err" "$2" "$1: why"; }
bond C C 5; unread "single or double" "a bond of several kinds"
bond C C 8; unread "any bond" "a bond of any order"
bond C C 9; unread "a bond that is none of V2000's" "a bond of any order"
bond C C 4; unread "aromatic, alone" "an aromatic bond that is in no ring"
bond C Q 1; unread "Q" "an atom of a kind"
bond C X 1; unread "a halogen" "an atom of a kind"
bond C C 1 'M  STY  1   1 SRU
M  SAL   1  1   2
M  SMT   1 n
'; unread "a repeating unit" "a polymer"
bond C C 1 'M  CHG  1   9   1
'; unread "a charge on no atom" "names an atom that is not there"
bond Pt N 8
expect 0 "any bond of a metal" "$molglot" depict -i "$tmp/bond.mol"
for x in '|^1:0|' '|$Ph;;$|' '|Sg:n:1:n:ht|' '|m:1:2.3|' '|LN:1:1.3|' '|c:1,^2:0|' '|(0,0;1,0),u:0|'; do
    expect 2 "$x" "$molglot" depict "CCO $x"
    printf 'smiles\nCCO %s\nCCN\n' "$x" >"$tmp/cx.csv"
    expect 0 "$x in a table" "$molglot" depict -i "$tmp/cx.csv" -f csv
    has "$tmp/out" '^1,,CCO,.*rejected' "$x: its row is rejected"
    has "$tmp/out" '^2,,CCN,.*ok' "$x: no other is"
done
for x in '|o1:1|' '|$;;_R1$|' '|(0,0;1,0;2,0)|' '|$_AV:Ph;;$|' '|c:1,3,t:5|'; do
    expect 0 "$x changes nothing" "$molglot" depict "CC* $x"
done
expect 2 "C~C" "$molglot" depict 'C~C'
expect 2 "[#6]" "$molglot" depict '[#6]C'
has "$tmp/err" "a SMARTS pattern" "[#6]: why"
finish
