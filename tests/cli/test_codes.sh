#!/bin/sh
# Codes from end to end: a basis for a model, an index with codes and one of fewer numbers, searches by codes and exactly,
# codes for an index that has none.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2

# a model of its own: the shipped space with a small basis, however the shipped model comes
mkdir "$tmp/model"
expect 0 "merge --basis" "$molglot" merge "$model/space.safetensors" --basis "$here/../../examples/library.tsv" --directions 64 -o "$tmp/model/"
has "$tmp/err" "basis, rows: 4[0-9]+ of|is written" "merge --basis"
expect 0 "a basis in one file" "$molglot" merge "$tmp/model" -o "$tmp/one.safetensors"
expect 0 "info" "$molglot" info "$tmp/one.safetensors"
has "$tmp/out" "^  basis +basis of codes " "info names the part"
expect 0 "the same space with other weights" "$molglot" merge "$tmp/model" --weights 1,1,1,1,0.5 -o "$tmp/other/"
expect 0 "an index in it" "$molglot" index -m "$tmp/other" "$here/../../examples/library.tsv" -o "$tmp/o.idx"
has "$tmp/err" "basis is of another space" "a basis that does not fit is said"
expect 2 "no table" "$molglot" merge "$model/space.safetensors" --basis /nonexistent --directions 0 -o "$tmp/x/"

awk 'BEGIN { for (i = 1; i <= 4200; i++) { s = ""; for (b = i; b > 0; b = int(b / 6)) s = s substr("CNOSFC", b % 6 + 1, 1); gsub("F", "C(F)", s); print s "C row" i } }' > "$tmp/many.smi"
expect 0 "index" "$molglot" index -m "$tmp/model" "$tmp/many.smi" -o "$tmp/a.idx"
expect 0 "info of an index" "$molglot" info "$tmp/a.idx"
has "$tmp/out" "^codes: 64 x int8" "it has codes"
expect 0 "index --dims" "$molglot" index -m "$tmp/model" "$tmp/many.smi" --dims 48 -o "$tmp/b.idx"
expect 0 "info of an index" "$molglot" info "$tmp/b.idx"
has "$tmp/out" "^vectors: 48 x bfloat16" "rows of 48 numbers"
expect 2 "more dims than directions" "$molglot" index -m "$tmp/model" "$tmp/many.smi" --dims 65 -o "$tmp/x.idx"
has "$tmp/err" "the model's basis has 64 directions" "why"

for index in a b; do
    expect 0 "by codes" "$molglot" search -m "$tmp/model" "$tmp/$index.idx" "an amine" CCOCN -k 5 --check-recall -f tsv
    cp "$tmp/out" "$tmp/codes"
    has "$tmp/err" "recall@5 of codes against exact search by cosine: 1.00000 [(]10 of 10 rows" "recall"
    expect 0 "exactly" "$molglot" search -m "$tmp/model" "$tmp/$index.idx" "an amine" CCOCN -k 5 --exact -f tsv
    checks=$((checks + 1)); cmp -s "$tmp/out" "$tmp/codes" || fail "codes and exact search differ ($index)"
done

# without a basis in the model there are no codes, until concat makes them
mkdir "$tmp/bare"; ln -s "$(cd "$model" && pwd)/space.safetensors" "$tmp/bare/space.safetensors"
expect 0 "index without a basis" "$molglot" index -m "$tmp/bare" "$tmp/many.smi" -o "$tmp/c.idx"
expect 2 "--dims without a basis" "$molglot" index -m "$tmp/bare" "$tmp/many.smi" --dims 48 -o "$tmp/x.idx"
has "$tmp/err" "carries no basis of its space" "why"
expect 2 "concat --codes without a basis" "$molglot" concat --codes -m "$tmp/bare" "$tmp/c.idx" -o "$tmp/x.idx"
expect 0 "concat --codes" "$molglot" concat --codes -m "$tmp/model" "$tmp/c.idx" -o "$tmp/d.idx"
checks=$((checks + 1)); cmp -s "$tmp/a.idx" "$tmp/d.idx" || fail "an index with codes added is another than one made with them"
expect 4 "rows of other lengths" "$molglot" concat "$tmp/a.idx" "$tmp/b.idx" -o "$tmp/x.idx"
has "$tmp/err" "rows of [0-9]+ numbers, .* of 48" "why"

# for other programs
rows=$(grep -c . "$tmp/many.smi")
expect 0 "export -f csv" "$molglot" export "$tmp/b.idx" -f csv
lines "$tmp/out" $((rows + 1)) "export -f csv"
has "$tmp/out" "^0,row1,NC,,$" "its rows"
expect 0 "export of vectors" "$molglot" export "$tmp/b.idx" -o "$tmp/b.npy"
checks=$((checks + 1)); [ "$(wc -c < "$tmp/b.npy")" -eq $((128 + rows * 48 * 4)) ] || fail "vectors: $(wc -c < "$tmp/b.npy") bytes"
expect 0 "export -f pgcopy" "$molglot" export "$tmp/b.idx" -o "$tmp/b.pgcopy"
strings=$(awk '{ n += length($1) + length($2) } END { print n }' "$tmp/many.smi")
# a row: fields, row, 5 lengths, model, 48 halves, 64 halves
want=$((19 + rows * (2 + 12 + 20 + 64 + 8 + 96 + 8 + 128) + strings + 2))
checks=$((checks + 1)); [ "$(wc -c < "$tmp/b.pgcopy")" -eq $want ] || fail "pgcopy: $(wc -c < "$tmp/b.pgcopy") bytes, not $want"
checks=$((checks + 1)); head -c 6 "$tmp/b.pgcopy" | grep -q PGCOPY || fail "pgcopy has no signature"
expect 2 "no format" "$molglot" export "$tmp/b.idx"
expect 4 "no index" "$molglot" export "$tmp/many.smi" -f csv
expect 0 "embed --dims" "$molglot" embed -m "$tmp/model" NC --dims 48 -o "$tmp/q.npy"
checks=$((checks + 1)); [ "$(wc -c < "$tmp/q.npy")" -eq $((128 + 48 * 4)) ] || fail "embed --dims: $(wc -c < "$tmp/q.npy") bytes"
expect 2 "embed --dims beyond the basis" "$molglot" embed -m "$tmp/model" NC --dims 65
finish
