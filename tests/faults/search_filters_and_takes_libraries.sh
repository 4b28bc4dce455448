#!/bin/sh
# faults: U25
# Filters are exact, several libraries are one search, a table is a library, a molecule is one hit.
. "$(dirname "$0")/lib.sh"
printf 'id\tsmiles\ttext\tpIC50\tsource\na\tCCO\tan alcohol\t5.5\tx\nb\tOCC\tthe same alcohol\t7\ty y\nc\tc1ccccc1O\tphenol\t6.5\tx\nd\tCC(=O)O\tan acid\t\tx\ne\tClCCl\ta solvent\t8\tz\n' >"$tmp/lib.tsv"
printf 'CCN f\nc1ccccc1N g\n' >"$tmp/m.smi"
search() { "$molglot" search -q -f tsv "$@" | awk -F'\t' 'NR > 1 { printf "%s ", $9 }'; }
is() { # WANTED WHAT GOT
    checks=$((checks + 1)); [ "$(echo $3 | tr ' ' '\n' | sort | tr -d '\n')" = "$1" ] || fail "$2: '$3', wanted '$1'"
}
is acde "one hit a molecule" "$(search "$tmp/lib.tsv" "an alcohol")"
is abcde "--all-rows" "$(search "$tmp/lib.tsv" "an alcohol" --all-rows)"
is c "--smarts" "$(search "$tmp/lib.tsv" "an alcohol" --smarts 'c[OX2H]')"
is ade "--not-smarts" "$(search "$tmp/lib.tsv" "an alcohol" --not-smarts c)"
is ad "weights" "$(search "$tmp/lib.tsv" "an alcohol" --max-weight 61)"
is ce "--min-weight" "$(search "$tmp/lib.tsv" "an alcohol" --min-weight 61)"
is a "--formula" "$(search "$tmp/lib.tsv" "an alcohol" --formula OC2H6)"
is acd "--elements" "$(search "$tmp/lib.tsv" "an alcohol" --elements CO)"
is e "--without-elements" "$(search "$tmp/lib.tsv" "an alcohol" --without-elements O)"
is b "--similar" "$(search "$tmp/lib.tsv" "the same alcohol" --similar CCO --min-similarity .9)"
is bce "--where of numbers" "$(search "$tmp/lib.tsv" "an alcohol" --where 'pIC50 > 6' --all-rows)"
is be "two --where" "$(search "$tmp/lib.tsv" "an alcohol" --where 'pIC50 >= 7' --where 'source != x')"
is b "--where contains" "$(search "$tmp/lib.tsv" "an alcohol" --where 'source contains y' --all-rows)"
is b "--where of a quoted string" "$(search "$tmp/lib.tsv" "an alcohol" --where "source = 'y y'" --all-rows)"
is acdefg "two libraries" "$(search "$tmp/lib.tsv" "$tmp/m.smi" "an alcohol")"
is cg "a pattern as query" "$(search "$tmp/lib.tsv" "$tmp/m.smi" '[c;r6]')"
expect 0 "columns are kept" "$molglot" search "$tmp/lib.tsv" phenol -k 1 -f tsv
has "$tmp/out" "pIC50	source" "the columns' names"
has "$tmp/out" "	6.5	x" "the columns' cells"
not "$tmp/err" "indexed for this search" "the index made before is used"
expect 0 "few" "$molglot" search "$tmp/lib.tsv" "an alcohol" --smarts c -f tsv
has "$tmp/err" "1 rows pass the filters" "how many pass is said"
printf 'id\tsmiles\nz\tCCCCO\n' >"$tmp/lib.tsv"
touch -d '2001-01-01 00:00:00' "$tmp/lib.tsv" # another time than before, however coarse the clock is
is z "a changed table is indexed anew" "$(search "$tmp/lib.tsv" "an alcohol")"
[ "$(ls -A "$tmp" | grep -c '^.lib.tsv.*molglot.idx$')" = 1 ] || fail "the older index goes"
expect 2 "no pattern" "$molglot" search "$tmp/m.smi" x --smarts 'C('
expect 2 "no column" "$molglot" search "$tmp/m.smi" x --where 'mw > 6'
expect 2 "no formula" "$molglot" search "$tmp/m.smi" x --formula 'hello'
expect 2 "no query" "$molglot" search "$tmp/m.smi" "$tmp/lib.tsv"
finish
