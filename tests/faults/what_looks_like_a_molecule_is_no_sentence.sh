#!/bin/sh
# faults: U05 U23 F05a F06f F25b
# A query that looks like a molecule is read as one or refused with the place of its mistake; an InChI is read.
. "$(dirname "$0")/lib.sh"
refused() { expect 2 "$1" "$molglot" embed -q "$1"; has "$tmp/out" "$2" "$1: why"; }
refused 'C1CC' 'rejected,looks like SMILES: unclosed ring 1'
refused 'c1ccccc' 'looks like SMILES: unclosed ring 1'
refused 'CC(=O)Oc1ccccc1C(=O)O)' 'looks like SMILES: unbalanced \)'
refused 'C12CCCCC12' 'two bonds between the same atoms'
refused 'C%00CCCCC%00' 'ring number after % begins with 1 to 9'
refused '[U++++++]' 'write a number, as in \+6'
refused 'CCO.CC>O>CCN' 'a reaction, not one molecule'
refused 'CCO>>CC=O' 'a reaction'
refused '[#6][$(C=O)]' 'a SMARTS pattern'
refused '*~*' 'a SMARTS pattern'
refused '[C][C][O]' 'SELFIES'
refused 'BSYNRYMUTXBXSQ-UHFFFAOYSA-N' 'an InChIKey, which is a hash'
refused 'InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H' 'libinchi cannot read'
expect 2 "the place" "$molglot" embed 'C1CC'
has "$tmp/err" "looks like SMILES: unclosed ring 1 at character 2" "the place is said"
refused 'CC(C)(C)(C)C' 'looks like SMILES: C with valence 5: too many bonds'
refused 'c1cccc1' 'cannot have alternating bonds'
printf 'C1CC\n' >"$tmp/q.txt"
expect 0 "--side text overrides" sh -c "printf 'C1CC\nthe sulfone CS(=O)(=O)C1CC\n' | '$molglot' embed --side text -"
not "$tmp/out" 'looks like SMILES' "--side text: words"
expect 1 "all rows refused" "$molglot" embed -i "$tmp/q.txt"
expect 3 "--strict" "$molglot" embed --strict 'C1CC' CCO
expect 2 "a name is no molecule" "$molglot" depict aspirin
has "$tmp/err" "looks like a name" "depict: a name"
expect 2 "a reaction" "$molglot" depict 'CCO>>CC=O'
has "$tmp/err" "a reaction" "depict: a reaction"
expect 2 "a pattern" "$molglot" depict '[C,N]'
has "$tmp/err" "a SMARTS pattern" "depict: a pattern"
expect 0 "blanks, InChI, extension" "$molglot" embed -q 'CCO' ' CCO ' 'InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3' 'CCO |o1:1|' '"CCO"'
[ "$(tail -n +2 "$tmp/out" | cut -d, -f2- | sort -u | wc -l)" = 1 ] || fail "ethanol five times is one vector"
expect 0 "words are words" "$molglot" embed -q Cocaine INN BIS 'CO2' 'C18:1' 'NO3-' 'benzo[a]pyrene' '[18F]FDG'
not "$tmp/out" 'looks like|SMARTS|reaction' "no name is taken for a molecule"
finish
