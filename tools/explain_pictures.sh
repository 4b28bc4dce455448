#!/bin/sh
# The pictures of docs/explain.md: tools/explain_pictures.sh [PROGRAM [MODEL]]
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/release/molglot} model=${2:-models}
mkdir -p docs/explain
for level in word phrase sentence; do
    "$program" explain -m "$model" 'COC(=O)/C(=C/1\NC2=CC=CC=C2S1)/C#N' \
        "The molecule is an alkyl cyanoacetate ester that is methyl cyanoacetate with a 1,3-benzothiazol-2(3H)-ylidene substituent at position 2. It is a nitrile and a methyl ester." \
        --level $level -o docs/explain/$level.svg
done
