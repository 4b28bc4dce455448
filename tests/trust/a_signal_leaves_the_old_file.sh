#!/bin/sh
# trust 3: INT, TERM, HUP and PIPE leave a complete file as it is; what was done is in FILE.partial; a wait on standard input ends
# with the first signal.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
mkfifo pipe
# caught PID: waits until the process has its own way with SIGINT
caught() {
    tries=0
    while ! grep -qs '^SigCgt:.*[2367abef]$' "/proc/$1/status" && [ $tries -lt 1600 ]; do sleep 0.05; tries=$((tries + 1)); done
}
# stopped SIGNAL OUTPUT COMMAND...: the command waits for more rows when the signal comes
stopped() {
    signal=$1 output=$2; shift 2
    echo "complete" >"$output"
    rm -f "$output.partial"
    (printf 'CCO\nCCN\n'; exec sleep 300) >pipe 2>/dev/null & feeder=$!
    "$@" <pipe >/dev/null 2>err & run=$!
    tries=0
    while ! ls "$output".tmp-* >/dev/null 2>&1 && [ $tries -lt 1600 ]; do sleep 0.05; tries=$((tries + 1)); done
    caught $run
    kill -"$signal" $run
    checks=$((checks + 1))
    (sleep 100; kill -KILL $run) >/dev/null 2>&1 & killer=$!
    wait $run
    code=$?
    kill $feeder $killer 2>/dev/null
    [ $code = 130 ] || fail "$signal, $2: exit $code, not 130 $(cat err)"
    gives "$signal, $*: the old file" "$output" complete
    checks=$((checks + 1)); [ -s "$output.partial" ] || fail "$signal, $*: no $output.partial"
    checks=$((checks + 1)); ! ls "$output".tmp-* 2>/dev/null || fail "$signal, $*: a temporary is left"
}
for signal in INT TERM HUP; do stopped $signal d.csv "$molglot" describe -i - --input-format smi -o d.csv; done
stopped INT e.csv "$molglot" embed -i - --input-format smi -j 1 -o e.csv
stopped TERM e.npy "$molglot" embed -i - --input-format smi -j 1 -o e.npy
stopped HUP n.csv "$molglot" name -i - --input-format smi -o n.csv
# the first signal ends a wait for the first rows, too
"$molglot" describe - -o w.csv <pipe 2>err & run=$!
(exec sleep 300) >pipe 2>/dev/null & feeder=$!
caught $run
kill -INT $run
(sleep 100; kill -KILL $run) >/dev/null 2>&1 & killer=$!
wait $run
code=$?
kill $feeder $killer 2>/dev/null
checks=$((checks + 1)); [ $code = 130 ] || fail "a wait for rows: exit $code"
# a closed pipe ends the program as it ends others
echo complete >p.csv
awk 'BEGIN { for (i = 0; i < 3000; i++) print "C$C" }' | "$molglot" describe - -o p.csv 2>&1 | head -1 >/dev/null
checks=$((checks + 1)); grep -qE '^complete$|^row,' p.csv || fail "the file is neither the old nor the new one"
# who ignores it, as nohup does, is not stopped
(trap '' HUP; printf 'CCO\n' | "$molglot" describe -q - -o h.csv) && lines h.csv 2 "under nohup"
finish
