#!/bin/sh
# faults: U04
# A text of which the model knows nothing is refused by name; words that it knows in part are not.
. "$(dirname "$0")/lib.sh"
expect 2 "nonsense" "$molglot" embed -q 'zzqq xxyy' '.' 'the zzqq'
has "$tmp/out" '"?no word of it is known to the model: zzqq, xxyy' "the words are listed"
has "$tmp/out" 'no word of it is known to the model: zzqq"?,' "little words say nothing"
[ "$(grep -c 'no word of it is known to the model' "$tmp/out")" = 3 ] || fail "a stop alone is no word"
expect 0 "sentences" "$molglot" embed -q 'a primary alcohol' 'bortezomib' 'a bortezomib analogue' 'a long-chain fatty acid'
not "$tmp/out" rejected "sentences are read"
finish
