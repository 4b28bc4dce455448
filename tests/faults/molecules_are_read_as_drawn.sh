#!/bin/sh
# faults: F11a F11d F24b F01a
# Donors drawn with single bonds to a metal are read; atom lists and abbreviations are refused; the environment changes nothing.
. "$(dirname "$0")/lib.sh"
for s in '[NH3][Pt]([NH3])(Cl)Cl' 'O#C[Fe](C#O)(C#O)(C#O)C#O' '[NH3][BH3]' 'c1ccn(cc1)[Ru]' 'CO(C)[Mg]Br'; do
    expect 0 "$s is read" "$molglot" depict -q -f tsv "$s"
done
expect 1 "carbon with five bonds is not" "$molglot" depict 'CC(C)(C)(C)C'
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
finish
