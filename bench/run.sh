#!/bin/sh
# run.sh - every benchmark beside its peer, taking turns; bench/results.json and a Markdown table on stdout.
#
#   bench/run.sh PAIRS VOCAB
#
# PAIRS: a table with molecules and texts (ChEBI-20's validation.tsv); VOCAB: a BERT vocab.txt. Environment:
#   BUILD       a build with -DMG_BENCH=ON (build/release)
#   PYTHON      for the peers: torch transformers tokenizers safetensors rdkit faiss-cpu (python3)
#   ROUNDS      3; STEPS 3 and WARM 2: timed and untimed training steps of a round; COLD 10: cold starts
#   MODEL       models; where it is not there, the toy of recipes/tiny.toml is trained
#   WRITER      models: the writer of `generate`, which is left out where it is not there
#   ONLY        any of: train embed cold search tape generate
#   VARIANTS    1: round one also tries PyTorch's SDPA attention and, for three minutes at most, torch.compile
#   LINES_FILE  keeps the raw lines; lines that are in it already count too
# Threads that wait sleep (OMP_WAIT_POLICY=passive), on both sides: on a shared machine spinning costs more than it saves. A peer
# that is not installed is skipped with a line on stderr.
set -u
[ $# -eq 2 ] || { sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 2; }
pairs=$1 vocab=$2 here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
: "${BUILD:=$root/build/release}" "${PYTHON:=python3}" "${ROUNDS:=3}" "${STEPS:=3}" "${WARM:=2}" "${COLD:=10}" "${VARIANTS:=1}"
: "${MODEL:=$root/models}" "${ONLY:=train embed cold search tape generate}" "${WRITER:=$root/models}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
lines=${LINES_FILE:-$work/lines.jsonl}
[ -f "$lines" ] || : >"$lines"
export OMP_WAIT_POLICY=passive

note() { echo "run.sh: $*" >&2; }

# Appends what a program prints; the load tells how quiet the machine was.
take() {
    "$@" >"$work/out" 2>"$work/err"
    code=$?
    case $code in
    0) grep '^{' "$work/out" >>"$lines"; printf '{"bench": "load", "load": %s}\n' "$(cut -d' ' -f1 /proc/loadavg)" >>"$lines" ;;
    77) note "$(grep skipped "$work/err" | tail -n 1) ($*)" ;;
    *) note "failed with $code: $*"; tail -n 2 "$work/err" >&2 ;;
    esac
}

wanted() { case " $ONLY " in *" $1 "*) return 0 ;; esac; return 1; }
train_options="--steps $STEPS --warm $WARM"

for round in $(seq "$ROUNDS"); do
    note "round $round of $ROUNDS, load $(cut -d' ' -f1-3 /proc/loadavg)"
    if wanted train; then
        take "$BUILD/bench/bench_train" "$pairs" "$vocab" $train_options
        take "$PYTHON" "$here/train_torch.py" "$pairs" "$vocab" $train_options --attention eager
        [ "$round$VARIANTS" != 11 ] || take "$PYTHON" "$here/train_torch.py" "$pairs" "$vocab" $train_options --attention sdpa
        [ "$round$VARIANTS" != 11 ] || take timeout 180 "$PYTHON" "$here/train_torch.py" "$pairs" "$vocab" $train_options --attention eager --compile
    fi
    if wanted embed; then
        take "$BUILD/bench/bench_embed" "$pairs" --rows 3072 --batch 1024      # each side at its best batch
        take "$PYTHON" "$here/embed_python.py" "$pairs" --rows 3072 --precision f32
        take "$PYTHON" "$here/embed_python.py" "$pairs" --rows 3072 --precision bf16
        take "$PYTHON" "$here/embed_python.py" "$pairs" --rows 3072 --precision bf16 --workers "$(nproc)"
        [ ! -e "$MODEL" ] || take "$BUILD/bench/bench_embed" "$pairs" --rows 3072 --batch 1024 --model "$MODEL"
    fi
    if wanted search; then
        if "$PYTHON" -c 'import faiss, numpy' 2>/dev/null; then
            take "$PYTHON" "$here/search_faiss.py" "$BUILD/bench/bench_search" --rounds 1 --threads "$(nproc)"
        else
            note "skipped: faiss-cpu is not installed"
            take "$BUILD/bench/bench_search"
        fi
    fi
    if wanted tape; then take sh -c '"$0" cpu f32 | head -n 2' "$BUILD/bench/bench_ops"; fi
done

if wanted cold; then
    if [ ! -e "$MODEL" ]; then
        note "$MODEL is not there: training the toy of recipes/tiny.toml"
        (cd "$root" && "$BUILD/molglot" train recipes/tiny.toml --set "run=$work/tiny" >/dev/null 2>&1)
        MODEL=$work/tiny/model.safetensors
    fi
    take "$PYTHON" "$here/cold_start.py" "$BUILD/molglot" "$MODEL" --rounds "$COLD"
fi
if wanted generate && [ -e "$WRITER" ]; then take "$PYTHON" "$here/generate.py" "$BUILD/molglot" "$WRITER" --rounds "$ROUNDS"; fi
"$PYTHON" "$here/summary.py" "$lines" "$here/results.json" || cat "$lines"
