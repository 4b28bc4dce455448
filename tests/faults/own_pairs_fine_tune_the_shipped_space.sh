#!/bin/sh
# faults: U13
# A member of the shipped space goes on with a user's pairs, is measured before and after on pairs held out, and is a model that search uses.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
expect 0 "fine-tuning" "$molglot" train recipes/finetune.toml -o "$tmp/run" --set init.member=2 --set train.epochs=4 --set train.lr=2e-4 -j 2
has "$tmp/err" "starting from member 2 .*unpacked" "where it starts, and that rounded numbers were unpacked"
has "$tmp/err" "^step 0: text to molecule .of 43. MRR" "measured before the first step"
before=$(sed -n 's/^step 0: text to molecule (of 43) MRR \([0-9.]*\) .*/\1/p' "$tmp/err")
after=$(sed -n 's/^step 8: text to molecule (of 43) MRR \([0-9.]*\) .*/\1/p' "$tmp/err")
checks=$((checks + 1)); awk "BEGIN { exit !($after >= $before) }" || fail "held-out MRR went from $before to $after"
lines "$tmp/run/split/validation.tsv" 44 "the held-out pairs are a file"
expect 0 "an index made with it" "$molglot" index "$tmp/run/split/validation.tsv" -m "$tmp/run/model.safetensors" -o "$tmp/v.idx"
expect 0 "a search with it" "$molglot" search "$tmp/v.idx" -m "$tmp/run/model.safetensors" "an antibiotic" -f tsv
expect 2 "a member that there is not" "$molglot" train recipes/finetune.toml -o "$tmp/no" --set init.member=7
has "$tmp/err" "has 5, not 7" "how many there are"
expect 2 "sizes of its own" "$molglot" train recipes/finetune.toml -o "$tmp/no" --set data.text_vocab=50
finish
