#!/bin/sh
# A head of `molglot train recipes/predict.toml` beside chemprop 2 (PyPI) on the same split: test scores and processor time of training and of predicting.
#   bench/chemprop.sh MOLGLOT CHEMPROP TABLE.csv LIBRARY.smi FOLDER
# MOLGLOT_MODEL is set; CHEMPROP is the program of a virtual environment. TABLE has the columns smiles and one of 0 and 1; LIBRARY only molecules that
# RDKit reads (chemprop ends at the first other one). Leaves FOLDER/ours, FOLDER/chemprop and their predictions; docs/predict.md has the figures.
set -eu
[ $# -eq 5 ] || { sed -n '2,5s/^# *//p' "$0" >&2; exit 2; }
molglot=$1 chemprop=$2 table=$3 library=$4 folder=$5
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$folder"
timed() { what=$1; shift; /usr/bin/time -f "$what: %e s, %U user" "$@" >"$folder/$what.log" 2>&1 || :; tail -1 "$folder/$what.log"; }
timed train-ours "$molglot" train "$here/recipes/predict.toml" -o "$folder/ours" --set data.file="$table" --set train.seed=1 -j 2
grep '^test' "$folder/train-ours.log"
target=$(head -1 "$folder/ours/split.csv" | cut -d, -f2)
timed train-chemprop "$chemprop" train --data-path "$folder/ours/split.csv" -t classification --smiles-columns smiles --target-columns "$target" \
    --splits-column split --epochs 30 -o "$folder/chemprop" --accelerator cpu --devices 1 -n 0 --metrics roc
grep -o 'test/roc[^0-9]*[0-9.]*' "$folder/train-chemprop.log" | tail -1
{ echo smiles; cut -f1 "$library" | cut -d' ' -f1; } >"$folder/library.csv"
timed predict-ours "$molglot" predict -p "$folder/ours/model.safetensors" -i "$folder/library.csv" -o "$folder/ours.csv" -j 2 -q
timed predict-chemprop "$chemprop" predict -i "$folder/library.csv" --model-paths "$folder/chemprop/model_0/best.pt" -o "$folder/chemprop.csv" --accelerator cpu --devices 1 -n 0
