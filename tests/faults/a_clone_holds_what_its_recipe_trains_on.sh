#!/bin/sh
# faults: U12
# The files that momu.toml and writer.toml read are in the repository, with source, licence and hash; what is not there is named.
. "$(dirname "$0")/lib.sh"
cd "$root" || exit 1
expect 0 "the hashes" tools/get_data.sh check
not "$tmp/out" "^differs" "no file differs"
cp "$tmp/out" "$tmp/check"
for recipe in momu writer floor; do
    expect 0 "$recipe.toml" "$molglot" train "recipes/$recipe.toml" --dump-recipe
    for f in $(grep -oE '"[a-z0-9]+/[a-z_0-9]+\.tsv\.zst"|"overlap.tsv"' "$tmp/out" | tr -d '"' | sort -u); do
        has "$tmp/check" "^good +$f" "$recipe.toml finds $f"
        has data/README.md "[0-9a-f]{64}  $f" "its hash is written down"
        has data/README.md "^\| $f \|" "its licence is written down"
    done
done
expect 0 "the list" tools/get_data.sh list
has "$tmp/out" "union_open_no_eval" "what is not in the repository is named"
checks=$((checks + 1)); [ "$(grep -c licence "$tmp/out")" = "$(grep -c sha256 "$tmp/out")" ] || fail "each file has a licence and a hash"
cp -r data "$tmp/data"
echo x >>"$tmp/data/overlap.tsv"
expect 1 "a file that differs" tools/get_data.sh check "$tmp/data"
has "$tmp/out" "^differs +overlap.tsv" "is named"
expect 0 "the measure, on some rows" "$molglot" eval retrieval --pairs data/chebi20/validation.tsv.zst --limit 40 --bootstrap 0
has "$tmp/out" "40 queries" "it reads the validation pairs"
finish
