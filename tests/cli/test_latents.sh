#!/bin/sh
# The shipped model's latent space: 1,000 molecules that it was not trained on there and back, and points between two.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2
variants=$here/../fixtures/latent/variants.smi

# decode(encode(m)) = m
expect 0 "reconstruction" "$molglot" eval reconstruction "$variants" -m "$model" -f json
exact=$(sed -n '/"size": "under 30 atoms"/,/}/s/.*"exact": \([0-9]*\),.*/\1/p' "$tmp/out")
checks=$((checks + 1)); [ "${exact:-0}" -ge 950 ] || fail "of 1000 molecules ${exact:-none} come back exactly, not 950"
expect 0 "as a table" "$molglot" eval reconstruction "$variants" -m "$model" --limit 20
has "$tmp/out" "under 30 atoms +20 " "table"

# the same by files: every row keeps its place, a rejected one is known by its name
{ head -12 "$variants"; echo 'C1CC'; } >"$tmp/some.smi"
expect 0 "encode" "$molglot" encode -i "$tmp/some.smi" -m "$model" -o "$tmp/z.npy"
has "$tmp/err" "row 13" "rejected row"
expect 0 "decode" "$molglot" decode "$tmp/z.npy" -m "$model" -f csv -o "$tmp/back.csv"
lines "$tmp/back.csv" 14 "a row for each"
back=0
while read -r smiles; do
    grep -qF ",$smiles," "$tmp/back.csv" && back=$((back + 1))
done <"$variants" 2>/dev/null
checks=$((checks + 1)); [ "$back" -ge 11 ] || fail "$back of 12 molecules in the decoded file"
expect 0 "again" "$molglot" encode -i "$tmp/some.smi" -m "$model" -o "$tmp/again.npy" -j 1
checks=$((checks + 1)); cmp -s "$tmp/z.npy" "$tmp/again.npy" || fail "another number of threads gives other latents"

# the ends of an interpolation are its molecules
expect 0 "interpolate" "$molglot" interpolate 'CC(=O)Oc1ccccc1C(=O)O' 'OC(=O)c1ccccc1O' -n 5 -m "$model" -f csv
checks=$((checks + 1)); [ "$(awk -F, 'NR > 1 { n += $3 } END { print n }' "$tmp/out")" = 5 ] || fail "not five points"
has "$tmp/out" ",CC\(=O\)Oc1ccccc1C\(=O\)O," "first end"
has "$tmp/out" ",O=C\(O\)c1ccccc1O," "last end"

# sentences through the latents: another method than the default, the same columns
expect 0 "diffusion" "$molglot" generate "a purine alkaloid" --method diffusion -n 3 -m "$model" -f csv
lines "$tmp/out" 4 "three molecules"
cp "$tmp/out" "$tmp/first.csv"
expect 0 "pulled" "$molglot" generate "a purine alkaloid" --method diffusion -n 3 -m "$model" -f csv --pull 0.9
checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/first.csv" && fail "--pull changed nothing"
expect 2 "nothing to pull" "$molglot" generate "a purine alkaloid" --method direct -m "$model" --pull 0.2
has "$tmp/err" "pull is for the method diffusion" "and it says so"
expect 0 "the same seed" "$molglot" generate "a purine alkaloid" --method diffusion -n 3 -m "$model" -f csv -j 1
checks=$((checks + 1)); cmp -s "$tmp/first.csv" "$tmp/out" || fail "another number of threads gives other molecules"
finish
