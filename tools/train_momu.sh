#!/bin/sh
# Makes the shipped model: two members of recipes/momu.toml, apart in seed and vocabularies, merged into one file.
#   tools/train_momu.sh DATA_FOLDER RUN_FOLDER [BUILD_FOLDER]
# About twenty minutes on two cores when one member runs on each. Bit-identical for the same build, CPU features and -j.
set -eu
data=$1 runs=$2 build=${3:-build/release}
here=$(dirname "$0")/..
mkdir -p "$runs"
member() { # NAME TEXT_VOCABULARY SUBSTRUCTURE_VOCABULARY SEED
    OMP_NUM_THREADS=1 "$here/$build/molglot" train "$here/recipes/momu.toml" -j 1 -o "$runs/$1" --set store=int8 \
        --set "data.dir=$data" --set "data.text_vocab=$2" --set "data.graph_vocab=$3" --set "train.seed=$4"
}
member x 38000 32000 11 &
member y 32000 38000 12 &
wait
"$here/$build/molglot" merge "$runs/x/model.safetensors" "$runs/y/model.safetensors" --name molglot-momu -o "$runs/molglot-momu.safetensors"
