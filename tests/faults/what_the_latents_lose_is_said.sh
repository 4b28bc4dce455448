#!/bin/sh
# faults: U11 U20
# encode says which molecules its latents do not hold; a way shows equal neighbours once and marks what is no molecule's point.
. "$(dirname "$0")/lib.sh"
expect 0 "encode" "$molglot" encode 'C1=CC2=CC=CC=C2[B-]1(F)F' CCO C1CC
has "$tmp/out" '^1,,C1=CC2=CC=CC=C2\[B-\]1\(F\)F,false,ok,' "a rare ring is lost"
has "$tmp/out" '^2,,CCO,true,ok,' "ethanol is not"
has "$tmp/out" '^3,,C1CC,,rejected,unclosed ring 1,' "a rejected row has no answer"
has "$tmp/err" "row 1: the latents hold .*, not C1=CC2=CC=CC=C2\[B-\]1\(F\)F" "what comes back is said"
expect 0 "unchecked" "$molglot" encode CCO --no-check
has "$tmp/out" '^1,,CCO,,ok,' "--no-check"

expect 0 "interpolate" "$molglot" interpolate C12C3C4C1C5C2C3C45 'c1ccc2cc3ccccc3cc2c1' -n 12 -f csv
checks=$((checks + 1)); [ "$(grep -c ',C12C3C4C1C1C2C3C41,end' "$tmp/out")" = 1 ] || fail "cubane stands there more than once"
has "$tmp/out" "^1,0,[45]," "and says how many points it is"
has "$tmp/out" ",no molecule near," "what the decoder does not believe is marked"
grep ',no molecule near,' "$tmp/out" | sed 's/.*,no molecule near,,no match,//; s/,.*//' >"$tmp/odd"
expect 0 "interpolate" "$molglot" interpolate C12C3C4C1C5C2C3C45 'c1ccc2cc3ccccc3cc2c1' -n 12 -f smi
checks=$((checks + 1)); [ -s "$tmp/odd" ] && ! grep -qFf "$tmp/odd" "$tmp/out" || fail "and not drawn"
expect 0 "a wrong end" "$molglot" interpolate 'C1=CC2=CC=CC=C2[B-]1(F)F' CCO -n 2 -f csv
has "$tmp/out" "not the given A" "an end that is another molecule is marked"
finish
