#!/bin/sh
# faults: U07
# ^C while an index is made leaves the old file and FILE.part; --resume makes the index of a run in one go.
. "$(dirname "$0")/lib.sh"
# 1,100 rows are embedded as a block of 1,024 and a rest
rows() { awk 'BEGIN { for (i = 1; i <= 1100; i++) { s = "C"; for (k = i; k > 0; k = int(k / 2)) s = s (k % 2 ? "O" : "C"); print s "N r" i } }'; }
rows >"$tmp/l.smi"
printf 'CCO old\n' >"$tmp/old.smi"
expect 0 "the old index" "$molglot" index -q "$tmp/old.smi" -o "$tmp/x.idx"
expect 0 "a run in one go" "$molglot" index -q "$tmp/l.smi" -o "$tmp/whole.idx"
cp "$tmp/x.idx" "$tmp/was.idx"
# the rows come through a pipe that stays open, so that the run is waiting when the signal comes
mkfifo "$tmp/pipe"
(rows; exec sleep 280) >"$tmp/pipe" 2>/dev/null & feeder=$!
"$molglot" index - --format smi -o "$tmp/x.idx" <"$tmp/pipe" 2>"$tmp/err" & run=$!
tries=0
while [ "$(wc -c 2>/dev/null <"$tmp/x.idx.part" || echo 0)" -lt 1000000 ] && [ $tries -lt 2000 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -INT $run
kill $feeder
wait $run
code=$?
checks=$((checks + 1)); [ $code = 130 ] || fail "^C: exit $code"
has "$tmp/err" "interrupted after 1024 rows; go on with --resume" "what is there, and how to go on"
checks=$((checks + 1)); cmp -s "$tmp/x.idx" "$tmp/was.idx" || fail "the old index is another one"
expect 4 "other rows" "$molglot" index "$tmp/old.smi" -o "$tmp/x.idx" --resume
has "$tmp/err" "fewer rows than the interrupted run" "they are refused"
expect 2 "other options" "$molglot" index "$tmp/l.smi" -o "$tmp/x.idx" --resume --f32
has "$tmp/err" "begun with another number type" "they are refused"
expect 0 "go on" "$molglot" index "$tmp/l.smi" -o "$tmp/x.idx" --resume
has "$tmp/err" "goes on after 1024 rows" "only the rest is embedded"
checks=$((checks + 1)); cmp -s "$tmp/x.idx" "$tmp/whole.idx" || fail "the resumed index differs"
checks=$((checks + 1)); [ ! -e "$tmp/x.idx.part" ] || fail "FILE.part is still there"
finish
