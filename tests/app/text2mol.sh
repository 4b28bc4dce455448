#!/bin/sh
# README's first commands, and the same in C (examples/text2mol.c): the same molecules, scores and order.
# text2mol.sh MOLGLOT EXAMPLE MODEL LIBRARY
set -eu
molglot=$1 example=$2 model=$3 library=$4
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sentence="a methyl ester of an amino acid with an aromatic ring"
"$molglot" index -q -m "$model" "$library" -o "$tmp/library.idx"
"$molglot" generate -q -m "$model" "$sentence" -n 3 --memory "$tmp/library.idx" -f csv > "$tmp/command"
"$example" "$model" "$tmp/library.idx" "$sentence" > "$tmp/example"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 { print $at["score"], $at["nll"], $at["smiles"] }' "$tmp/command" > "$tmp/a"
awk '/^ [0-9]/ { print $2, $3, $5 }' "$tmp/example" > "$tmp/b"
[ "$(wc -l < "$tmp/a")" = 3 ]
diff "$tmp/a" "$tmp/b"
grep -q ' COC(=O)C(N)Cc1ccccc1$' "$tmp/b"
