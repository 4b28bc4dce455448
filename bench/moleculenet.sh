#!/bin/sh
# Heads on MoleculeNet beside fingerprints on the same rows: bench/moleculenet.sh MOLGLOT DATA OUT SET... [SEEDS="1 2 3"]
# DATA: the folder of the tables (bbbp.csv, hiv.csv.zst ...); SET: their names without endings. Leaves OUT/SET-SEED run folders and OUT/results.txt.
# With $PYTHON (numpy, scipy, scikit-learn, rdkit) the floors of bench/moleculenet.py follow, on the split.csv of the first seed. $SET: further --set keys.
set -eu
molglot=$1 data=$2 out=$3; shift 3
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$out"
for name in "$@"; do
    file=$(ls "$data/$name".csv* | head -1)
    for seed in ${SEEDS:-1 2 3}; do
        # shellcheck disable=SC2086
        "$molglot" train "$here/recipes/predict.toml" -o "$out/$name-$seed" --set data.file="$file" --set train.seed="$seed" ${SET:-} >"$out/$name-$seed.log" 2>&1
        echo "$name seed $seed: $(grep '^test ' "$out/$name-$seed.log")" | tee -a "$out/results.txt"
    done
    [ -z "${PYTHON:-}" ] || { mkdir -p "$out/floor/$name"; cp "$out/$name-$(echo ${SEEDS:-1} | cut -d' ' -f1)/split.csv" "$out/floor/$name/"
        "$PYTHON" "$here/bench/moleculenet.py" "$out/floor/$name/split.csv" | tee -a "$out/results.txt"; }
done
