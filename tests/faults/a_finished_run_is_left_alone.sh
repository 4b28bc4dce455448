#!/bin/sh
# faults: U15
# --resume of a finished run has nothing to do and changes no byte; other settings are refused, or said and not applied; an unfinished run is checked before it is written to.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
train="$molglot train recipes/tiny.toml --set train.epochs=1 -j 2"
sums() { (cd "$tmp/$1" && find . -type f -exec sha256sum {} + | sort); }
# untouched RUN "what"
untouched() { checks=$((checks + 1)); sums "$1" | cmp -s - "$tmp/$1.sums" || fail "$2 changed a file"; }
expect 0 "a run" $train -o "$tmp/run"
sums run >"$tmp/run.sums"
expect 0 "resumed" $train -o "$tmp/run" --resume
has "$tmp/err" "nothing to do: the run in .* is finished" "a finished run says so"
untouched run "resuming a finished run"
printf 'id\tsmiles\ttext\n1\tCCO\tan alcohol\n2\tCCN\tan amine\n' >"$tmp/other.tsv"
expect 0 "with other pairs to measure" $train -o "$tmp/run" --resume --set "eval.pairs=$tmp/other.tsv"
has "$tmp/err" "eval.pairs differs .*not applied" "what is not applied is said"
untouched run "other eval.pairs"
expect 2 "with another rate" $train -o "$tmp/run" --resume --set train.lr=1e-4
has "$tmp/err" "finished run with other settings .train.lr." "the settings are named"
untouched run "another rate"
expect 2 "with another store" $train -o "$tmp/run" --resume --set store=f32
untouched run "another store"
expect 130 "an unfinished run" $train -o "$tmp/half" --time-limit 0.001
sums half >"$tmp/half.sums"
expect 2 "resumed with another rate" $train -o "$tmp/half" --resume --set train.lr=1e-4
has "$tmp/err" "changed since this checkpoint" "it is refused"
untouched half "a refused resume"
expect 4 "resumed with another source" $train -o "$tmp/half" --resume --set "data.sources=$tmp/other.tsv"
untouched half "another source"
expect 1 "resumed with pairs that are not there" $train -o "$tmp/half" --resume --set eval.pairs=/nowhere.tsv
untouched half "missing pairs"
expect 0 "resumed as it was" $train -o "$tmp/half" --resume
finish
