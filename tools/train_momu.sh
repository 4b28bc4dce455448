#!/bin/sh
# Makes the shared space of the shipped model: three members of recipes/momu.toml, apart in seed and vocabularies, merged into one file.
# `molglot merge` puts it beside the writers: recipes/molglot.toml does all of it.
#   tools/train_momu.sh DATA_FOLDER RUN_FOLDER [BUILD_FOLDER]
# Four and a half minutes on two quiet cores, one thread a member. It gave the shipped file byte for byte on the machine that made it.
set -eu
data=$1 runs=$2 build=${3:-build/release}
here=$(dirname "$0")/..
mkdir -p "$runs"
member() { # NAME TEXT_VOCABULARY SUBSTRUCTURE_VOCABULARY SEED
    OMP_NUM_THREADS=1 "$here/$build/molglot" train "$here/recipes/momu.toml" -j 1 -o "$runs/$1" --set store=int8 \
        --set "data.dir=$data" --set "data.text_vocab=$2" --set "data.graph_vocab=$3" --set "train.seed=$4"
}
member wide 40000 40000 1 &
member narrow 12000 12000 2 &
wait
member wordy 20000 6000 22
"$here/$build/molglot" merge "$runs/wide/model.safetensors" "$runs/narrow/model.safetensors" "$runs/wordy/model.safetensors" \
    --name molglot-momu -o "$runs/molglot-momu.safetensors"
