#!/bin/sh
# test_moflow.sh MOLGLOT MODELS - a tiny flow and its reader are trained, then asked for molecules:
# with and without a sentence, twice the same, by the facts of a request; what is refused.
. "$(dirname "$0")/lib.sh"
MOLGLOT=$1 MODELS=$2 HERE=$(cd "$(dirname "$0")/../.." && pwd)
cd "$tmp" || exit 1

"$MOLGLOT" train "$HERE/recipes/moflow-tiny.toml" --set data.dir="$HERE/examples" --set train.steps=20 -j 1 2>flow.txt || { cat flow.txt; exit 1; }
grep -q "bits a dimension" flow.txt || fail "validation says nothing of bits"
"$MOLGLOT" info runs/moflow-tiny/model.safetensors | grep -q "flow of molecular graphs" || fail "info does not know the part"

# draws of the prior alone
"$MOLGLOT" generate --unconditional --unranked --generator runs/moflow-tiny/model.safetensors -n 8 --keep-odd -f tsv -q -j 1 >draws.tsv || fail "no draws"
[ "$(wc -l <draws.tsv)" -ge 2 ] || fail "no molecule was drawn"
# a flow without a reader reads no sentences
if "$MOLGLOT" generate --method flow --generator runs/moflow-tiny/model.safetensors -m "$MODELS" -q "an alcohol" 2>err.txt; then fail "a flow without a reader answered"; fi
grep -q "it has no reader" err.txt || fail "the reason is not said: $(cat err.txt)"

"$MOLGLOT" train "$HERE/recipes/moflow-reader-tiny.toml" --set data.dir="$HERE/examples" --set space.file="$MODELS" --set train.steps=8 -j 1 2>reader.txt || { cat reader.txt; exit 1; }
grep -q "texts: right molecule first" reader.txt || fail "validation says nothing of texts"
ask() { "$MOLGLOT" generate --method flow --generator runs/moflow-reader-tiny/model.safetensors -m "$MODELS" --steps 3 -n 4 --candidates 8 --keep-odd --no-names -f tsv -q "$@"; }
ask -j 1 "an ether with five carbons" >one.tsv || fail "no answer"
ask -j 2 "an ether with five carbons" >two.tsv || fail "no answer of two threads"
cmp -s one.tsv two.tsv || fail "two threads, another answer"
ask -j 1 -S 1 "an ether with five carbons" >other.tsv
cmp -s one.tsv other.tsv && fail "another seed, the same answer"
head -1 one.tsv | tr '\t' '\n' | grep -qx meets || fail "no column meets"
if ask --like CCO 2>err.txt; then fail "a flow started from a molecule"; fi
grep -q "starts from no molecule" err.txt || fail "the reason is not said: $(cat err.txt)"
finish
