#!/bin/sh
# faults: U11 U20
# encode says which molecules its latents do not hold; a way shows equal neighbours once and marks what is no molecule's point.
. "$(dirname "$0")/lib.sh"
expect 0 "encode" "$molglot" encode 'OB(O)c1ccccc1' CCO C1CC
has "$tmp/out" '^1,,OB\(O\)c1ccccc1,false,ok,' "a boronic acid is lost"
has "$tmp/out" '^2,,CCO,true,ok,' "ethanol is not"
has "$tmp/out" '^3,,C1CC,,rejected,unclosed ring 1,' "a rejected row has no answer"
has "$tmp/err" "row 1: the latents hold .*, not OB\(O\)c1ccccc1" "what comes back is said"
expect 0 "unchecked" "$molglot" encode CCO --no-check
has "$tmp/out" '^1,,CCO,,ok,' "--no-check"

expect 0 "interpolate" "$molglot" interpolate CCCCCCO 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -n 12 -f csv
checks=$((checks + 1)); [ "$(grep -c ',CCCCCCO,end' "$tmp/out")" = 1 ] || fail "hexanol stands there more than once"
has "$tmp/out" "^1,0,4," "and says how many points it is"
has "$tmp/out" ",no molecule near," "what the decoder does not believe is marked"
expect 0 "interpolate" "$molglot" interpolate CCCCCCO 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -n 12 -f smi
not "$tmp/out" "CCCCCCCCCCCCCCCCCCCC" "and not drawn"
expect 0 "a wrong end" "$molglot" interpolate 'OB(O)c1ccccc1' CCO -n 2 -f csv
has "$tmp/out" "not the given A" "an end that is another molecule is marked"
finish
