#!/bin/sh
# faults: U01 U19
# A row is found by its name, a misspelt name, words of its text; score is what the order goes by, why says what found it; few hits are said.
. "$(dirname "$0")/lib.sh"
library=$(dirname "$0")/../../examples/library.tsv
expect 0 "index" "$molglot" index -q "$library" -o "$tmp/l.idx"
first() { # QUERY ID WHY
    expect 0 "$1" "$molglot" search -q "$tmp/l.idx" -k 3 -f tsv "$1"
    has "$tmp/out" "^1	[^	]*	1	[^	]*	[^	]*	$3[^	]*	[^	]*	[0-9]+	$2	" "$1: $2 is first, because of $3"
}
first aspirin aspirin name
first Aspirrin aspirin 'name, spelt otherwise'
first 'show me α-tocopherol' 'alpha-tocopherol' name
first DDT DDT name
first 'from the foxglove' digoxin text
first 'three methyl groups' caffeine 'text: three methyl groups'
expect 0 "own names" sh -c "cut -f1 '$library' | tail -n +2 >'$tmp/names.txt'; '$molglot' search -q '$tmp/l.idx' -i '$tmp/names.txt' -k 1 -f tsv"
awk -F'\t' 'NR > 1 { n++; ok += $2 == $9 } END { exit !(n == 217 && ok == n) }' "$tmp/out" || fail "each own name is first"
expect 0 "sorted" "$molglot" search -q "$tmp/l.idx" "kinase inhibitor" -k 217 -f tsv
awk -F'\t' 'NR > 2 && $4 > last { bad = 1 } { last = $4 } END { exit bad }' "$tmp/out" || fail "ranks go by score"
expect 0 "few" "$molglot" search "$tmp/l.idx" caffeine -k 300 -f tsv
has "$tmp/err" "217 hits of 300 asked for" "fewer hits than asked for are said"
finish
