#!/bin/sh
# gpu_train.sh - trains a recipe on a lent machine: a GPU, no network, no packages, a time limit, small files back.
#
#   tools/gpu_train.sh pack RECIPE OUT [OPTION...]   here: OUT/programs.tar.xz and OUT/data.tar.xz (a tar each; unpack both into one folder).
#                                                    OPTIONs of molglot train change the recipe: --set train.batch=4096
#   ./gpu_train.sh run SECONDS [OPTION...]           there, in that folder: trains on the GPU until then, or to the end; again: goes on.
#                                                    OPTIONs of molglot train; --device cpu tries it out without a GPU
#   ./gpu_train.sh split RUN OUT [FIRST [COUNT]]     there: the run folder as OUT/run.zst.000, .001, ... of 16 MB and OUT/run.sha256, which
#                                                    names them all; of many, COUNT pieces from number FIRST
#   tools/gpu_train.sh join OUT RUN                  anywhere: the pieces, checked, as a run folder again; `molglot train --resume` goes on
#                                                    there, on CPU or GPU
#
# Environment. pack: BUILD (build/release), CACHE=0 leaves the training set's cache behind (the machine makes it again, with RDKit, in
# seconds on many cores), XZ (-9e). split: PIECE (16000000 bytes). The recipe's data paths must be relative (to data.dir, if it has one): they stay as they are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "gpu_train.sh: $*" >&2; exit 1; }
usage() { sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# ---- pack ----

# dumped FILE SECTION KEY: the strings of that key in a recipe that --dump-recipe wrote, a line each
dumped() {
    awk -v section="[$2]" -v key="$3" '
        /^\[/ {at = $0}
        at == section && $1 == key {while (match($0, /"[^"]*"/)) {if (RLENGTH > 2) print substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH)}}' "$1"
}

# bring FROM TO PATH...: FROM/PATH to TO/PATH
bring() {
    from=$1 to=$2
    shift 2
    for path in "$@"; do
        case "/$path/" in
        //*|*/../*) fail "$path: data paths must be relative and stay below data.dir (set data.dir, cut the paths)" ;;
        esac
        mkdir -p "$to/$(dirname "$path")"
        cp -L "$from/$path" "$to/$path" || fail "$from/$path cannot be read"
    done
}

# One step of two pairs by the packed program itself: makes the cache, and proves that nothing is missing.
prepare() {
    GLIBC=ours ./start molglot train recipe.toml -o prepared -q --device cpu --set train.precision=f32 --set train.batch=2 --set train.micro_batch=0 \
        --set train.steps=1 --set eval.pairs= --set eval.pool= || fail "the bundle cannot train its recipe (above)"
    rm -rf prepared
    [ "$CACHE" = 1 ] || rm -f data/dataset.cache
}

pack() {
    [ $# -ge 2 ] || usage
    recipe=$1 out=$2
    shift 2
    : "${BUILD:=$here/../build/release}" "${CACHE:=1}" "${XZ:=-9e}"
    mkdir -p "$out"
    out=$(cd "$out" && pwd)
    "$here/gpu_bundle.sh" "$BUILD" "$out/bundle"
    cp "$0" "$out/bundle/gpu_train.sh"
    "$BUILD/molglot" train "$recipe" "$@" --set run=run --dump-recipe >"$out/as_given.toml" || fail "$recipe: not a recipe"
    "$BUILD/molglot" train "$out/as_given.toml" --set data.dir=data --set data.cache=data/dataset.cache --dump-recipe >"$out/bundle/recipe.toml"
    (
        IFS='
'
        dir=$(dumped "$out/as_given.toml" data dir)
        # shellcheck disable=SC2046
        bring "${dir:-.}" "$out/bundle/data" $(for key in sources exclude wordpiece; do dumped "$out/as_given.toml" data $key; done
                                               for key in pairs pool; do dumped "$out/as_given.toml" eval $key; done)
        # shellcheck disable=SC2046
        bring . "$out/bundle" $(dumped "$out/as_given.toml" init files)
    )
    rm "$out/as_given.toml"
    cd "$out/bundle"
    prepare
    tar -cf - --sort=name bin lib glibc start gpu_train.sh | xz --x86 --lzma2="preset=${XZ#-}" -T1 >"$out/programs.tar.xz"
    tar -cf - --sort=name --exclude=./bin --exclude=./lib --exclude=./glibc --exclude=./start --exclude=./gpu_train.sh . | xz "$XZ" -T1 >"$out/data.tar.xz"
    cd "$out"
    rm -rf bundle
    du -h --apparent-size programs.tar.xz data.tar.xz
    echo "next, on the machine with the GPU (both files in one call, or one after the other while it is held):
  mkdir -p /tmp/molglot; for f in programs data; do tar -xf \$f.tar.xz -C /tmp/molglot; done
  cd /tmp/molglot && ./gpu_train.sh run 480 && ./gpu_train.sh split run OUT
where xz is missing: python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' FILE /tmp/molglot"
}

# ---- run ----

run() {
    [ $# -ge 1 ] || usage
    seconds=$1 code=0
    shift
    [ -x "$here/start" ] || fail "run works in the unpacked folder of pack"
    cd "$here"
    ./start molglot train recipe.toml -o run --resume --device cuda --time-limit "$seconds" "$@" || code=$?
    case $code in
    0) echo "finished: run/model.safetensors; next: ./gpu_train.sh split run OUT" ;;
    130) echo "stopped in time; next: ./gpu_train.sh split run OUT, or the same again" ;;
    *) exit $code ;;
    esac
}

# ---- split and join ----

zstd_program() {
    if [ -x "$here/start" ]; then "$here/start" zstd "$@"; else zstd "$@"; fi
}

# All pieces, made anew where the checkpoint is newer than they are: FIRST and COUNT of several calls must cut one and the same archive.
make_pieces() {
    if [ -f "$pieces/run.sha256" ] && [ -z "$(find "$run" -maxdepth 1 -type f -newer "$pieces/run.sha256")" ]; then return; fi
    rm -rf "$pieces"
    mkdir "$pieces"
    files=""
    for f in model.safetensors recipe.toml manifest.json train.jsonl loss.svg; do [ ! -f "$run/$f" ] || files="$files $f"; done
    [ -f "$run/model.safetensors" ] || files="checkpoint.safetensors $files"      # a finished run needs no checkpoint
    # shellcheck disable=SC2086
    (cd "$run" && tar -cf - $files) | zstd_program -9 -T0 -q -c | split -b "${PIECE:-16000000}" -d -a 3 - "$pieces/run.zst."
    (cd "$pieces" && sha256sum run.zst.* >run.sha256)
}

split_run() {
    [ $# -ge 2 ] || usage
    run=$1 out=$2 first=${3:-0}
    pieces=$run/pieces
    [ -f "$run/checkpoint.safetensors" ] || fail "$run holds no checkpoint"
    make_pieces
    all=$(wc -l <"$pieces/run.sha256")
    count=${4:-$all} copied=0
    mkdir -p "$out"
    cp "$pieces/run.sha256" "$out/"
    for piece in "$pieces"/run.zst.*; do
        number=$(echo "${piece##*.}" | sed 's/^0*\(.\)/\1/')
        if [ "$number" -lt "$first" ] || [ "$number" -ge $((first + count)) ]; then continue; fi
        cp "$piece" "$out/"
        copied=$((copied + 1))
    done
    echo "$out: $copied of $all pieces, from number $first; next: tools/gpu_train.sh join $out RUN, once all are there"
    [ $((first + count)) -ge "$all" ] || echo "the next ones: ./gpu_train.sh split $run $out $((first + count)) $count"
}

join_run() {
    [ $# -eq 2 ] || usage
    out=$1 run=$2
    [ -f "$out/run.sha256" ] || fail "$out/run.sha256 is missing"
    (cd "$out" && sha256sum --check --quiet run.sha256) || fail "pieces are missing or damaged (above): fetch them again"
    mkdir -p "$run"
    rm -rf "$run/pieces"
    awk -v dir="$out/" '{print dir $2}' "$out/run.sha256" | tr '\n' '\0' | xargs -0 cat | zstd_program -d -q -c | tar -xf - -C "$run"
    if [ -f "$run/checkpoint.safetensors" ] && [ ! -f "$run/model.safetensors" ]; then
        echo "$run: joined; next: molglot train RECIPE -o $run --resume   (the recipe of pack, with the same --set options)"
    else
        echo "$run: joined, a finished run"
    fi
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
pack) pack "$@" ;;
run) run "$@" ;;
split) split_run "$@" ;;
join) join_run "$@" ;;
*) usage ;;
esac
