#!/bin/sh
# gpu_check.sh - the one command on a machine with a GPU: is it right there, and how fast?
#
#   tools/gpu_check.sh              builds in build/gpu (all of Molglot's packages needed) and checks that
#   tools/gpu_check.sh pack FILE    here: FILE (tar.xz) with the programs of $BUILD (build/release), for a machine without the packages
#   tools/gpu_check.sh FOLDER       there, in the source tree: checks the programs of the unpacked FILE
#
# The report goes to $OUT, or ./gpu-report: summary.txt (a line a step), log.txt (all that was said), lines.jsonl and table.md (bench/gpu).
# Steps, chosen with STEPS="...":
#   build      with FOLDER: libmolglot_cuda.so made anew from the tree there, where nvcc is (ARCH=native); else everything
#   doctor     which GPU it is
#   ops        the op-table test: every op at every size against the readable reference
#   device     the commands with --device (needs a model in models/)
#   parity     a hundred training steps ($PARITY): GPU f32 and GPU bf16 against CPU f32, with the same dropout
#   memcheck, racecheck   the op-table test under compute-sanitizer
#   bench      bench/gpu/run.sh: ceilings, ops, training step, beside PyTorch
# DEVICE=cpu tries the script itself out. A step is stopped after LIMIT (300) seconds, the benchmark after BENCH_LIMIT (540).
set -u
cd "$(dirname "$0")/.." || exit 1
: "${DEVICE:=cuda}" "${PARITY:=100}" "${LIMIT:=300}" "${BENCH_LIMIT:=540}" "${STEPS:=build doctor ops device parity memcheck racecheck bench}"

if [ "${1:-}" = pack ]; then
    [ $# -eq 2 ] || { sed -n '2,22s/^# \{0,1\}//p' "$0"; exit 2; }
    work=$(mktemp -d) || exit 1
    trap 'rm -rf "$work"' EXIT INT TERM
    tools/gpu_bundle.sh "${BUILD:-build/release}" "$work/bundle" && tar -cf - -C "$work/bundle" --sort=name . | xz --x86 --lzma2=preset="${XZ:-9e}" -T1 >"$2" || exit 1
    du -h --apparent-size "$2"
    echo "next, there: mkdir /tmp/molglot; tar -xf $2 -C /tmp/molglot; tools/gpu_check.sh /tmp/molglot"
    exit 0
fi

bundle=${1:-}
report=${OUT:-gpu-report}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
mkdir -p "$report" || exit 1
report=$(cd "$report" && pwd)
: >"$report/log.txt"
: >"$report/summary.txt"
failures=0

# How to run a program: PROGRAM [ARGUMENT...].
start() {
    if [ -n "$bundle" ]; then "$bundle/start" "$@"; return; fi
    program=$1
    shift
    case $program in bench_*) "build/gpu/bench/gpu/$program" "$@" ;; *) "build/gpu/$program" "$@" ;; esac
}
# The same where another program or a script wants one file to run.
launcher() {
    if [ -n "$bundle" ]; then printf '#!/bin/sh\nexec "%s/start" %s "$@"\n' "$bundle" "$1" >"$work/$1"; chmod +x "$work/$1"; echo "$work/$1"
    elif [ "$1" = bench_gpu ]; then echo "$PWD/build/gpu/bench/gpu/bench_gpu"
    else echo "$PWD/build/gpu/$1"
    fi
}

tell() { echo "$*" | tee -a "$report/summary.txt"; }

# step NAME SECONDS: runs step_NAME, all output to the log; 77 says that it cannot be done here.
step() {
    case " $STEPS " in *" $1 "*) ;; *) return ;; esac
    echo "==== $1" >>"$report/log.txt"
    began=$(date +%s)
    ( "step_$1" ) >"$work/out" 2>&1 &
    pid=$!
    ( sleep "$2"; echo "stopped after $2 s" >>"$work/out"; kill_tree $pid ) >/dev/null 2>&1 &
    watch=$!
    wait $pid
    code=$?
    kill $watch 2>/dev/null
    cat "$work/out" >>"$report/log.txt"
    took=$(($(date +%s) - began))
    case $code in
    0) tell "ok       $1 ($took s): $(tail -n 1 "$work/out" | cut -c1-150)" ;;
    77) tell "skipped  $1: $(tail -n 1 "$work/out" | cut -c1-150)" ;;
    *) failures=$((failures + 1)); tell "FAILED   $1 ($took s, exit $code): $(tail -n 1 "$work/out" | cut -c1-150)"; tail -n 12 "$work/out" ;;
    esac
}

# A step's process and all below it: sh starts no process group of its own for them.
kill_tree() {
    for child in $(ps -o pid= --ppid "$1" 2>/dev/null); do kill_tree "$child"; done
    kill "$1" 2>/dev/null
}

# ---- build ----

# As cmake/cuda.cmake does it, for the GPU that is there alone, and with the compiler's C++ library inside: the bundle's may be older.
build_library() {
    nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
    [ -x "$nvcc" ] || { echo "no nvcc here: the bundle's libmolglot_cuda.so is checked"; return 77; }
    mkdir "$work/objects" || return 1
    for f in src/tensor/cuda/*.cu; do echo "$f"; done |
        xargs -P "$(nproc)" -I{} sh -c '"$0" -O3 -DNDEBUG -std=c++17 -arch="${ARCH:-native}" -D_GNU_SOURCE -Isrc -Iinclude -Xcompiler=-fPIC,-fvisibility=hidden \
            -c "$1" -o "$2/$(basename "$1").o"' "$nvcc" {} "$work/objects" || return 1
    for f in $(sed -n '/^add_library(molglot_cuda/,/)/p' cmake/cuda.cmake | grep -o 'src/[a-z]*/[a-z0-9_]*[.]c\>'); do
        cc -O3 -std=gnu17 -fPIC -fvisibility=hidden -D_GNU_SOURCE -Isrc -Iinclude -c "$f" -o "$work/objects/$(basename "$f").o" || return 1
    done
    "$nvcc" -shared -cudart static -Xcompiler=-static-libstdc++,-static-libgcc -o "$work/libmolglot_cuda.so" "$work"/objects/*.o \
        -L"$(dirname "$nvcc")/../lib64" -L"$(dirname "$nvcc")/../lib" -l:libcublasLt.so.13 -Xlinker --version-script=cmake/cuda_exports.map || return 1
    cp "$work/libmolglot_cuda.so" "$bundle/lib/"
    echo "libmolglot_cuda.so made from $PWD with $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/nvcc \1/p')"
}

step_build() {
    if [ -n "$bundle" ]; then [ "$DEVICE" = cpu ] && return 0; build_library; return; fi
    cmake -S . -B build/gpu -G Ninja -DMG_BENCH=ON && ninja -C build/gpu molglot test_tensor_ops bench_gpu &&
        if [ "$DEVICE" != cpu ]; then ninja -C build/gpu molglot_cuda; fi
}

# ---- right? ----

step_doctor() {
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
    start molglot doctor --device "$DEVICE" --seconds 0 | grep -v '^model' | tee "$work/doctor"
    grep "^$DEVICE: " "$work/doctor" && ! grep -q 'not usable' "$work/doctor"
}

step_ops() { start test_tensor_ops "$DEVICE" 2>&1; }

step_device() {
    [ -f models/space.safetensors ] || { echo "models/space.safetensors is not here"; return 77; }
    tests/cli/test_device.sh "$(launcher molglot)" models
}

# Losses of steps of the toy, which has every part of the engine; the CPU's in f32 are the measure. Between the CPU's kernels and the readable
# ones 1e-7 was seen, in bf16 4e-4 and 2e-3; rounding grows along a run, so the first ten steps have their own bound.
train() {
    start molglot train recipes/tiny.toml -q -o "$work/$1" --device "$2" --set "train.precision=$3" --set "train.steps=$PARITY" --set eval.pairs= --set train.checkpoint_every=0 || exit 1
    sed -n 's/.*"loss":\([^,}]*\).*/\1/p' "$work/$1/train.jsonl" >"$work/$1.losses"
}
near() {
    paste "$work/cpu_f32.losses" "$work/$1.losses" | awk -v name="$1" -v first="$2" -v all="$3" -v steps="$PARITY" '
        {d = $1 > $2 ? $1 - $2 : $2 - $1; sum += d; scale += $1; if (NR <= 10 && d / $1 > worst) worst = d / $1}
        END {printf "%s against cpu_f32: %d steps, first ten within %.2e (allowed %g), all in the mean %.2e (%g)\n", name, NR, worst, first, sum / scale, all
             exit !(NR == steps && worst <= first && sum / scale <= all)}'
}
step_parity() {
    train cpu_f32 cpu f32
    train device_f32 "$DEVICE" f32
    train device_bf16 "$DEVICE" bf16
    near device_f32 1e-5 1e-4 && near device_bf16 5e-3 0.02
}

sanitize() {
    sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
    [ -x "$sanitizer" ] && [ "$DEVICE" != cpu ] || { echo "no compute-sanitizer, or no GPU"; return 77; }
    "$sanitizer" --tool "$1" --target-processes all --error-exitcode 9 --print-limit 20 sh -c '"$@"' sh "$(launcher test_tensor_ops)" "$DEVICE" 2>&1
    code=$?
    ! grep -q 'Device not supported' "$work/out" || { echo "this machine does not let compute-sanitizer at its GPU"; return 77; }
    return $code
}
step_memcheck() { sanitize memcheck; }
step_racecheck() { sanitize racecheck; }

# ---- fast? ----

step_bench() {
    rm -f "$report/lines.jsonl"
    BENCH=$(launcher bench_gpu) DEVICE=$DEVICE bench/gpu/run.sh "$report" || return 1
    grep -c '^{' "$report/lines.jsonl" | sed 's/$/ figures in table.md/'
}

for name in build doctor ops device parity memcheck racecheck; do step $name "$LIMIT"; done
step bench "$BENCH_LIMIT"
tell "$failures steps failed; the report is in $report"
[ "$failures" -eq 0 ]
