#!/bin/sh
# run.sh - bench_gpu and its PyTorch peer on one GPU, taking turns: OUT/lines.jsonl and, at the end, OUT/table.md (also on stdout).
#
#   bench/gpu/run.sh OUT
#
# Environment:
#   BENCH       command that runs bench_gpu (build/release/bench/gpu/bench_gpu; in a bundle of tools/gpu_bundle.sh: "FOLDER/start bench_gpu")
#   PYTHON      python3 with torch and numpy; a peer that is not installed is skipped
#   ROUNDS      2; round one measures the op table and torch.compile too
#   DEVICE      cuda
#   OPTIONS     for both sides: "--tiny --batch 8,16" tries the whole out on a CPU
#   COMPILE     1; 0 leaves torch.compile out; COMPILE_SECONDS 280: then it is stopped, what it has printed counts
# Seven minutes on a Hopper GPU, half of it torch.compile, which runs last in its round.
set -u
[ $# -eq 1 ] || { sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 2; }
out=$1 here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
: "${BENCH:=$root/build/release/bench/gpu/bench_gpu}" "${PYTHON:=python3}" "${ROUNDS:=2}" "${DEVICE:=cuda}" "${OPTIONS:=}" "${COMPILE:=1}" "${COMPILE_SECONDS:=280}"
mkdir -p "$out" || exit 1
lines=$out/lines.jsonl
failed=0
export OMP_WAIT_POLICY=passive PYTHONUNBUFFERED=1

take() {
    echo "run.sh: $*" >&2
    "$@" >>"$lines" 2>"$out/last_error"
    code=$?
    case $code in
    0) ;;
    77) tail -n 1 "$out/last_error" >&2 ;;
    124) echo "run.sh: stopped after its time" >&2 ;;
    *) echo "run.sh: failed with $code" >&2; tail -n 5 "$out/last_error" >&2; failed=1 ;;
    esac
}

for round in $(seq "$ROUNDS"); do
    what=step,towers
    [ "$round" -gt 1 ] || what=ops,$what
    # shellcheck disable=SC2086
    take $BENCH --device "$DEVICE" --only $what $OPTIONS
    # shellcheck disable=SC2086
    take "$PYTHON" "$here/torch_gpu.py" --device "$DEVICE" $OPTIONS
    # shellcheck disable=SC2086
    [ "$round$COMPILE" != 11 ] || take timeout "$COMPILE_SECONDS" "$PYTHON" "$here/torch_gpu.py" --device "$DEVICE" --mode compile --precision bf16 $OPTIONS
done
rm -f "$out/last_error"
"$PYTHON" "$here/table.py" "$lines" | tee "$out/table.md"
exit $failed
