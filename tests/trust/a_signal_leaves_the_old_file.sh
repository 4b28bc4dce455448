#!/bin/sh
# trust 3: INT, TERM, HUP and PIPE leave a complete file as it is; what was done is in FILE.partial; a wait on standard input ends
# with the first signal.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
mkfifo pipe
# waits PID: in poll (system call 7), or ppoll (271; 73 on ARM); where /proc does not say so, asleep
waits() {
    now=$(cat "/proc/$1/syscall" 2>/dev/null)
    case $now in
    '7 '* | '271 '* | '73 '*) ;;
    '') grep -qs '^State:.*S ' "/proc/$1/status" ;;
    *) false ;;
    esac
}
# caught PID: waits until the process has its own way with SIGINT, and waits for rows itself
caught() {
    tries=0
    while ! { grep -qs '^SigCgt:.*[2367abef]$' "/proc/$1/status" && waits "$1"; } && [ $tries -lt 1600 ]; do sleep 0.05; tries=$((tries + 1)); done
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
printf 'CCO ethanol\nCCN ethylamine\n' >l.smi
expect 0 "an index" "$molglot" index -q l.smi -o l.idx
# the first signal ends a wait for the first rows, too
# waiting COMMAND...
waiting() {
    (exec sleep 300) >pipe 2>/dev/null & feeder=$!
    "$@" <pipe 2>err & run=$!
    caught $run
    kill -INT $run
    (sleep 100; kill -KILL $run) >/dev/null 2>&1 & killer=$!
    wait $run
    code=$?
    kill $feeder $killer 2>/dev/null
    checks=$((checks + 1)); [ $code = 130 ] || fail "$*: a wait for rows: exit $code"
}
waiting "$molglot" describe - -o w.csv
waiting "$molglot" search l.idx - --query-is smiles -o w.csv
# a limit of the size of files: said, and nothing is left
for file in f.csv f.idx; do
    echo complete >$file
    case $file in *.csv) set -- describe -q CCO -f csv ;; *) set -- index -q --force l.smi ;; esac
    (ulimit -f 0; exec "$molglot" "$@" -o $file 2>/dev/null)
    code=$?
    checks=$((checks + 1)); [ $code = 1 ] || fail "ulimit -f 0, $file: exit $code"
    gives "ulimit -f 0: the old file" $file complete
    checks=$((checks + 1)); ! ls $file.tmp-* 2>/dev/null || fail "ulimit -f 0, $file: a temporary is left"
done
# a closed pipe ends the program as it ends others
echo complete >p.csv
awk 'BEGIN { for (i = 0; i < 3000; i++) print "C$C" }' | "$molglot" describe - -o p.csv 2>&1 | head -1 >/dev/null
checks=$((checks + 1)); grep -qE '^complete$|^row,' p.csv || fail "the file is neither the old nor the new one"
# who ignores it, as nohup does, is not stopped
(trap '' HUP; printf 'CCO\n' | "$molglot" describe -q - -o h.csv) && lines h.csv 2 "under nohup"
finish
