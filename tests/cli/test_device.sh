#!/bin/sh
# --device: unknown ones, one that is not there (with its reason, nothing on stdout), and where there is one, the numbers of the CPU.
#   test_device.sh PROGRAM MODEL [there]      "there": --device cuda has to work (tests/cuda's emulator is in LD_LIBRARY_PATH)
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export MOLGLOT_MODEL=$2
cd "$here/../.." || exit 1
library=examples/library.tsv
silent() { checks=$((checks + 1)); [ ! -s "$tmp/out" ] || fail "$1 printed on stdout"; }
# each DEVICE CODE PATTERN: every command that takes a device exits so, with such a message
each() {
    expect "$2" "embed on $1" "$molglot" embed --device "$1" CCO; has "$tmp/err" "$3" "embed on $1"; silent "embed on $1"
    expect "$2" "index on $1" "$molglot" index --device "$1" $library -o "$tmp/d.idx"; has "$tmp/err" "$3" "index on $1"; silent "index on $1"
    expect "$2" "search on $1" "$molglot" search --device "$1" "$tmp/l.idx" x; has "$tmp/err" "$3" "search on $1"; silent "search on $1"
    expect "$2" "eval on $1" "$molglot" eval retrieval --device "$1" --pairs $library; has "$tmp/err" "$3" "eval on $1"; silent "eval on $1"
    expect "$2" "train on $1" "$molglot" train recipes/tiny.toml --device "$1" -o "$tmp/d"; has "$tmp/err" "$3" "train on $1"; silent "train on $1"
    checks=$((checks + 1)); [ ! -e "$tmp/d.idx" ] && [ ! -e "$tmp/d" ] || fail "a device that failed left files"
}
# near FILE FILE TOLERANCE "what": two CSVs of embed, number by number; equal words before them
near() {
    checks=$((checks + 1))
    paste -d, "$1" "$2" | awk -F, -v tolerance="$3" 'NR > 1 { half = NF / 2
        for (i = 1; i <= half; i++) { d = $i - $(half + i); if (i > 4 ? d > tolerance || -d > tolerance : $i != $(half + i)) bad++; else if (i > 4 && $i != 0) n++ } }
        END { if (bad || n < 100) { print bad + 0 " numbers differ, " n + 0 " are near"; exit 1 } }' >&2 || fail "$4"
}

expect 0 "index" "$molglot" index $library -o "$tmp/l.idx"
each abacus 2 "'abacus' is unknown"
each cuda:x 2 "'cuda:x' is unknown"
expect 0 "doctor does not touch CUDA unasked" "$molglot" doctor --seconds 0
has "$tmp/out" "cuda: not asked for" "doctor"
expect 0 "embed on the CPU" "$molglot" embed --device cpu "a purine alkaloid" "a fatty acid" CCO -o "$tmp/cpu.csv"
expect 0 "embed with the readable kernels" "$molglot" embed --device ref "a purine alkaloid" "a fatty acid" CCO -o "$tmp/ref.csv"
near "$tmp/cpu.csv" "$tmp/ref.csv" 1e-5 "ref and cpu embed alike"

"$molglot" doctor --device cuda --seconds 0 >"$tmp/doctor" 2>"$tmp/err"
code=$?
if [ $code = 1 ] && [ "${3:-}" != there ]; then
    has "$tmp/doctor" "^cuda: not usable: " "doctor says that it is not there"
    has "$tmp/doctor" "tokenizer self-test: passed" "and checks the rest"
    each cuda 1 "libmolglot_cuda.so: cannot open shared object file|NVIDIA|GPU"
    finish
    exit
fi
checks=$((checks + 1)); [ $code = 0 ] || { fail "doctor --device cuda: exit $code"; cat "$tmp/err" >&2; }
has "$tmp/doctor" "^cuda: .*Gi?B" "doctor says which GPU it is"
expect 1 "a GPU that is not there" "$molglot" embed --device cuda:99 CCO
has "$tmp/err" "cuda:99.*no such GPU" "a GPU that is not there"
silent "a GPU that is not there"
expect 0 "embed on cuda" "$molglot" embed --device cuda "a purine alkaloid" "a fatty acid" CCO -o "$tmp/cuda.csv"
near "$tmp/cpu.csv" "$tmp/cuda.csv" 1e-4 "cuda and cpu embed alike"

# The emulator as a machine with the library and without a GPU or driver, and as one whose GPU fails on the way.
if [ "${3:-}" = there ]; then
    export MG_EMU_DEVICES=0; each cuda 1 "this machine has no NVIDIA GPU"
    export MG_EMU_DEVICES=-1; each cuda 1 "no NVIDIA driver is installed here"
    unset MG_EMU_DEVICES
    export MG_EMU_FAIL=launch:20
    expect 1 "embed on a GPU that fails" "$molglot" embed --device cuda CCO -o "$tmp/failed.csv"
    has "$tmp/err" ": cuda: " "the message names the device"
    checks=$((checks + 1)); [ ! -e "$tmp/failed.csv" ] || fail "a GPU that failed left half a file"
    expect 1 "train on a GPU that fails" "$molglot" train recipes/tiny.toml --device cuda -o "$tmp/failed"
    has "$tmp/failed/manifest.json" '"status": "failed"' "the manifest of a run on a GPU that failed"
    unset MG_EMU_FAIL
fi

# A few steps on each, in parts and with batch statistics: near losses; the same bytes after a stop; a run that went from the one to the other.
head -n 9 $library >"$tmp/pairs.tsv"
steps="--set train.steps=3 --set train.batch=8 --set train.micro_batch=4 --set model.graph.layer_norm=false --set train.ema=0.9 --set eval.pairs=$tmp/pairs.tsv"
# shellcheck disable=SC2086
train() { expect "$1" "train on $2" "$molglot" train recipes/tiny.toml -q -j 2 $steps --device "$2" -o "$tmp/$3" $4; }
train 0 cpu on_cpu ""
train 0 cuda on_cuda ""
train 130 cuda stopped "--time-limit 0.001"
cp -r "$tmp/stopped" "$tmp/moved"
train 0 cuda stopped "--resume"
train 0 cpu moved "--resume"
checks=$((checks + 1)); cmp -s "$tmp/on_cuda/model.safetensors" "$tmp/stopped/model.safetensors" || fail "resumed on cuda: another model"
losses() { sed -n 's/.*"loss":\([^,]*\).*/\1/p' "$1/train.jsonl"; }
losses "$tmp/on_cpu" >"$tmp/a"
for run in on_cuda moved; do
    losses "$tmp/$run" >"$tmp/b"
    lines "$tmp/b" 3 "three steps, $run"
    checks=$((checks + 1))
    paste "$tmp/a" "$tmp/b" | awk '{ d = $1 - $2; if (d > 1e-3 || -d > 1e-3) bad++ } END { exit bad > 0 }' || { fail "losses of on_cpu and $run"; paste "$tmp/a" "$tmp/b" >&2; }
done
finish
