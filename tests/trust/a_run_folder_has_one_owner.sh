#!/bin/sh
# trust 4: who trains in a folder has it alone; the lock goes with its process, whatever ended it.
. "$(dirname "$0")/../faults/lib.sh"
cd "$root" || exit 1
"$molglot" train -q recipes/tiny.toml -j 1 --set train.epochs=10000 -o "$tmp/run" & first=$!
tries=0
while [ ! -s "$tmp/run/train.jsonl" ] && [ $tries -lt 900 ]; do sleep 0.1; tries=$((tries + 1)); done
has "$tmp/run/lock" "^$first\$" "the owner is named"
expect 1 "a second process" "$molglot" train recipes/tiny.toml -j 1 --set train.epochs=10000 -o "$tmp/run" --resume
has "$tmp/err" "another process trains here .process $first." "it says who"
checks=$((checks + 1)); kill -0 $first || fail "the first has ended"
not "$tmp/run/manifest.json" '"status": "failed"' "the first one's manifest stays"
kill -KILL $first
wait $first 2>/dev/null
expect 130 "after kill -9" "$molglot" train -q recipes/tiny.toml -j 1 --set train.epochs=10000 -o "$tmp/run" --time-limit 0.001
expect 130 "and again" "$molglot" train -q recipes/tiny.toml -j 1 --set train.epochs=10000 -o "$tmp/run" --resume --time-limit 0.001
checks=$((checks + 1)); [ ! -e "$tmp/run/lock" ] || fail "the lock is left"
finish
