#!/bin/sh
# Several processes by MPI: training, resume, a rank that dies, embed and index with the bytes of one process. Exit 77, and says so, without
# mpirun or libmolglot_mpi.so.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
case $molglot in /*) ;; *) molglot=$PWD/$molglot ;; esac
cd "$here/../.." || exit 1
command -v mpirun >/dev/null || { echo "skipped: mpirun is not installed (openmpi-bin)"; exit 77; }
[ -f "$(dirname "$molglot")/libmolglot_mpi.so" ] || { echo "skipped: libmolglot_mpi.so was not built (libopenmpi-dev)"; exit 77; }
export OMP_NUM_THREADS=1 MOLGLOT_MODEL="$2" OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export TMPDIR="$tmp" # Open MPI's own files
ranks() { n=$1; shift; mpirun -n "$n" "$molglot" "$@"; }
same() { checks=$((checks + 1)); cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"; }
# near A B what: the losses of two logs agree to 4 digits at every step
near() {
    checks=$((checks + 1))
    for log in "$1" "$2"; do sed -n 's/.*"loss":\([0-9.e+-]*\),.*/\1/p' "$log/train.jsonl" >"$log.losses"; done
    paste "$1.losses" "$2.losses" | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * ($1 + 1)) bad++ } END { exit !(NR > 3 && !bad) }' ||
        fail "$3: the losses of $1 and $2 differ"
}

# three micro-batches for two ranks, contrastive: every row is compared with all others
set -- train recipes/tiny.toml --set train.batch=50 --set train.micro_batch=20 --set train.epochs=3
expect 0 "one process" "$molglot" "$@" -o "$tmp/one"
expect 0 "two ranks" ranks 2 "$@" -o "$tmp/two" --mpi
near "$tmp/one" "$tmp/two" "contrastive"
has "$tmp/two/manifest.json" '"ranks": 2' "the manifest says how many"
has "$tmp/err" "^2 ranks" "it says how many"

# stopped and resumed: the bytes of the run that was not; and one process goes on with what two began
expect 130 "a time limit" ranks 2 "$@" -o "$tmp/cut" --mpi --time-limit 0.001
has "$tmp/err" "time limit was reached after step 1 of .*--resume" "the limit is said once"
cp -r "$tmp/cut" "$tmp/mixed"
expect 0 "resume" ranks 2 "$@" -o "$tmp/cut" --mpi --resume
same "$tmp/two/model.safetensors" "$tmp/cut/model.safetensors" "resumed"
expect 0 "one process goes on" "$molglot" "$@" -o "$tmp/mixed" --resume
near "$tmp/one" "$tmp/mixed" "begun by two"

# another kind, whose losses add up; whole batches are cut for the ranks
set -- train recipes/writer-tiny.toml --set train.epochs=1 --set eval.limit=4 --set eval.sample=2
expect 0 "writer, one process" "$molglot" "$@" -o "$tmp/w1" --set train.micro_batch=16 --set train.batch=32
expect 0 "writer, two ranks" ranks 2 "$@" -o "$tmp/w2" --set train.batch=32 --set train.micro_batch=0 --mpi
has "$tmp/err" "cut for 2 ranks, as train.micro_batch=16" "the cut is said"
near "$tmp/w1" "$tmp/w2" "the sum of losses"
expect 2 "a kind that one process trains" ranks 2 train recipes/moflow-tiny.toml -o "$tmp/f" --mpi
has "$tmp/err" "trained by one process" "why"

# a rank is killed: a clear end, and what was reached goes on
TMPDIR="$tmp" mpirun -n 2 "$molglot" train recipes/tiny.toml --set train.epochs=400 -o "$tmp/dead" --mpi -q >"$tmp/dead.out" 2>&1 &
pid=$!
tries=0
while [ ! -s "$tmp/dead/checkpoint.safetensors" ] && [ $tries -lt 1200 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -9 "$(pgrep -P $pid -f 'molglot train' | tail -1)"
wait $pid
code=$?
checks=$((checks + 1)); [ $code != 0 ] || fail "a rank was killed: exit 0"
has "$tmp/dead.out" "signal 9" "what happened is said"
checks=$((checks + 1)); [ ! -e "$tmp/dead/model.safetensors" ] || fail "a killed run has a model"
expect 130 "a run whose rank was killed goes on" ranks 2 train recipes/tiny.toml --set train.epochs=400 -o "$tmp/dead" --mpi --resume --time-limit 0.001
has "$tmp/err" "after step [1-9]" "from its checkpoint"

# embed and index: the bytes of one process; rows of a last block, and a rank that has none
awk 'BEGIN { FS = "\t"; OFS = "\t" } NR == 1 || NR == 7 { print; next } { for (i = 0; i < 6; i++) print }' examples/library.tsv | sed '30s/\t[^\t]*\t/\tC1C\t/' >"$tmp/many.tsv"
expect 0 "embed, one process" "$molglot" embed -i "$tmp/many.tsv" -o "$tmp/1.csv" --dims 8
expect 0 "embed, three ranks" ranks 3 embed -i "$tmp/many.tsv" -o "$tmp/3.csv" --dims 8 --mpi
same "$tmp/1.csv" "$tmp/3.csv" "embed"
expect 0 "index, one process" "$molglot" index "$tmp/many.tsv" -o "$tmp/1.idx" --dims 64
expect 0 "index, two ranks" ranks 2 index "$tmp/many.tsv" -o "$tmp/2.idx" --dims 64 --mpi
same "$tmp/1.idx" "$tmp/2.idx" "index"
checks=$((checks + 1)); [ -z "$(find "$tmp" -name '*.idx.*of*')" ] || fail "the ranks' parts stay"
has "$tmp/err" "1 of [0-9]* rows rejected" "rows of all ranks are counted"

# mistakes
mkdir "$tmp/alone" && cp "$molglot" "$tmp/alone/"
expect 1 "without the plug-in" "$tmp/alone/molglot" embed CCO --mpi
has "$tmp/err" "libmolglot_mpi.so, which the build makes where Open MPI is installed .*libopenmpi-dev" "what is missing is said"
expect 2 "mpirun without --mpi" ranks 2 embed CCO
has "$tmp/err" "with --mpi they share it" "what to do"
expect 2 "standard input" "$molglot" embed - --mpi
expect 2 "--mpi and --shard" "$molglot" index "$tmp/many.tsv" -o "$tmp/x.idx" --mpi --shard 1/2
finish
