#!/bin/sh
# gpu_bundle.sh - programs with everything they load, for a machine with a GPU and none of Molglot's packages.
#
#   tools/gpu_bundle.sh BUILD OUT      fills the folder OUT from the build folder BUILD ($CUDA_LIBRARY: another libmolglot_cuda.so)
#
#   OUT/start            start PROGRAM [ARGUMENT...]: runs bin/PROGRAM with the libraries beside it
#   OUT/bin, OUT/lib     programs (stripped) and their libraries; libmolglot_cuda.so too, where BUILD has it
#   OUT/glibc            the loader and glibc's own libraries
#
# CUDA stays behind: libcuda.so.1 is the driver's and belongs to its kernel module, libcublasLt.so.13 is half a gigabyte. `start` looks for
# both on the machine (CUDA_FOLDERS=dir:dir spares the search). A process has one glibc, and everything in it must agree with that one: so
# `start` takes the machine's loader and glibc where they are as new as ours (an older program runs on a newer glibc), else ours,
# all of them. CUDA's libraries are built for glibc's of long ago and run on either. GLIBC=ours or GLIBC=theirs forces the choice.
set -eu
[ $# -eq 2 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
build=$1 out=$2
glibc="ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libresolv.so.2"
fail() { echo "gpu_bundle.sh: $*" >&2; exit 1; }
[ -x "$build/molglot" ] || fail "no molglot in $build: build it first"
[ "$(uname -m)" = x86_64 ] || fail "made for x86-64"

rm -rf "$out"
mkdir -p "$out/bin" "$out/lib" "$out/glibc"
for program in "$build/molglot" "$build/test_tensor_ops" "$build/bench/gpu/bench_gpu" "$(command -v zstd)"; do
    if [ -f "$program" ] && [ -x "$program" ]; then cp -L "$program" "$out/bin/"; fi
done
cuda=${CUDA_LIBRARY:-$build/libmolglot_cuda.so}
[ ! -f "$cuda" ] || cp "$cuda" "$out/lib/"
strip --strip-unneeded "$out/bin/"* "$out"/lib/*.so 2>/dev/null || true

# Every library that ldd names, but CUDA's large ones and glibc's.
ldd "$out"/bin/* "$out"/lib/*.so 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// {print $1, $3}' | sort -u | while read -r name path; do
    case " $glibc libcuda.so.1 libcublasLt.so.13 " in *" $name "*) continue ;; esac
    cp -L "$path" "$out/lib/$name"
done
libc=$(ldd "$out/bin/molglot" | awk '$1 == "libc.so.6" {print $3}')
for name in $glibc; do cp -L "$(dirname "$libc")/$name" "$out/glibc/" 2>/dev/null || cp -L "/lib64/$name" "$out/glibc/"; done
"$out/glibc/ld-linux-x86-64.so.2" --version | sed -n '1s/.* \([0-9.]*[0-9]\)[.]*$/\1/p' >"$out/glibc/version"

cat >"$out/start" <<'START'
#!/bin/sh
# start PROGRAM [ARGUMENT...] - made by tools/gpu_bundle.sh, which says how it chooses.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
[ $# -ge 1 ] || { echo "usage: start PROGRAM [ARGUMENT...]; programs: $(ls "$here/bin" | tr '\n' ' ')" >&2; exit 2; }
program=$here/bin/$1
shift
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"       # molglot would else start /proc/self/exe again, which may be the loader

# The folder of library $1: where the environment says, the usual places, the linker's cache, PyTorch's wheels.
folder_of() {
    for d in $(echo "${LD_LIBRARY_PATH:-}" | tr ':' ' ') /usr/local/cuda/lib64 /usr/local/cuda-13*/lib64 /usr/local/nvidia/lib64 /usr/local/nvidia/lib \
             /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib/wsl/lib; do
        if [ -e "$d/$1" ]; then echo "$d"; return; fi
    done
    d=$( (PATH=$PATH:/sbin:/usr/sbin ldconfig -p) 2>/dev/null | awk -v name="$1" '$1 == name && /x86-64/ {print $NF; exit}')
    [ -n "$d" ] || d=$(python3 -c 'import sys, glob; [print(f) for p in sys.path for f in glob.glob(p + "/nvidia/*/lib/" + sys.argv[1])]' "$1" 2>/dev/null | head -n 1)
    [ -z "$d" ] || dirname "$d"
}
[ -n "${CUDA_FOLDERS+x}" ] || CUDA_FOLDERS=$(for name in libcuda.so.1 libcublasLt.so.13; do folder_of $name; done | sort -u | tr '\n' ':')

if [ -z "${GLIBC:-}" ]; then
    theirs=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/.* //')
    newest=$(printf '%s\n' "${theirs:-0}" "$(cat "$here/glibc/version")" | sort -V | tail -n 1)
    [ "$newest" = "${theirs:-0}" ] && GLIBC=theirs || GLIBC=ours
fi
if [ "$GLIBC" = theirs ]; then
    LD_LIBRARY_PATH=$here/lib:$CUDA_FOLDERS
    export LD_LIBRARY_PATH
    exec "$program" "$@"
fi
unset LD_LIBRARY_PATH
with_ours() { "$here/glibc/ld-linux-x86-64.so.2" --library-path "$here/glibc:$here/lib:$CUDA_FOLDERS" "$@"; }
if [ -z "${OPENBLAS_CORETYPE:-}" ]; then
    core=$(with_ours "$here/bin/molglot" doctor 2>/dev/null | sed -n 's/^set OPENBLAS_CORETYPE=//p')
    [ -z "$core" ] || export OPENBLAS_CORETYPE="$core"
fi
exec "$here/glibc/ld-linux-x86-64.so.2" --library-path "$here/glibc:$here/lib:$CUDA_FOLDERS" "$program" "$@"
START
chmod +x "$out/start"
"$out/start" molglot --version >/dev/null || fail "the bundled program does not start"
echo "$out: $(ls "$out/bin" | tr '\n' ' ')with $(ls "$out/lib" | wc -l) libraries, glibc $(cat "$out/glibc/version")"
