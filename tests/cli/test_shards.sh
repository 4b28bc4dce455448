#!/bin/sh
# --shard and --resume of the commands that read rows: shards side by side give what the whole input gives, row numbers included; an output
# that is there is left alone.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
MOLGLOT_MODEL=$2 OMP_NUM_THREADS=1; export MOLGLOT_MODEL OMP_NUM_THREADS
head -12 "$here/../../examples/library.tsv" | sed '5s/\t[^\t]*\t/\tC1C\t/' >"$tmp/in.tsv"
cut -f 3 "$tmp/in.tsv" | sed 1d | head -5 >"$tmp/texts.txt"
"$molglot" index -q "$here/../../examples/library.tsv" -o "$tmp/lib.idx" --no-text-vectors || exit 1
# whole FILE COMMAND...: 2 shards joined by their first column are the whole, in tsv
whole() {
    input=$1; shift
    expect 0 "$1" "$molglot" "$@" -i "$input" -f tsv -o "$tmp/whole.tsv"
    for i in 1 2; do expect 0 "$1 $i/2" "$molglot" "$@" -i "$input" -f tsv --shard $i/2 -o "$tmp/$i.tsv"; done
    { head -1 "$tmp/1.tsv"; for i in 1 2; do sed 1d "$tmp/$i.tsv"; done | sort -s -n -k 1,1; } >"$tmp/joined.tsv"
    checks=$((checks + 1)); cmp -s "$tmp/whole.tsv" "$tmp/joined.tsv" || { fail "$1: shards are not the whole"; diff "$tmp/whole.tsv" "$tmp/joined.tsv" | head -4 >&2; }
}
whole "$tmp/in.tsv" embed --dims 4
whole "$tmp/in.tsv" describe
whole "$tmp/in.tsv" name
whole "$tmp/in.tsv" explain
whole "$tmp/in.tsv" depict
whole "$tmp/texts.txt" search "$tmp/lib.idx" -k 2
expect 0 "generate 2/4" "$molglot" generate -i "$tmp/texts.txt" -n 1 --candidates 4 --shard 2/4 -f tsv
sed 1d "$tmp/out" | cut -f 1 >"$tmp/numbers"; has "$tmp/numbers" '^2$' "the sentence's number in the whole input"; not "$tmp/numbers" '^1$' "nor another"
expect 0 "caption 3/11" "$molglot" caption -i "$tmp/in.tsv" --shard 3/11 -f tsv
sed 1d "$tmp/out" | cut -f 1 >"$tmp/numbers"; has "$tmp/numbers" '^3$' "the row's number in the whole input"

# latents, and back: as a table and as numbers alone
whole "$tmp/in.tsv" encode
for form in csv npy; do
    expect 0 "encode $form" "$molglot" encode -q -i "$tmp/in.tsv" -o "$tmp/z.$form"
    whole "$tmp/z.$form" decode --drop-extra-columns
done
expect 0 "decode 12/12" "$molglot" decode "$tmp/z.npy" --shard 12/12 -f tsv
lines "$tmp/out" 1 "no row is left for it"
expect 0 "pictures of a shard" "$molglot" depict -i "$tmp/in.tsv" --shard 11/11 -o "$tmp/p.png"
checks=$((checks + 1)); [ -s "$tmp/p-11.png" ] && [ ! -e "$tmp/p.png" ] || fail "the picture is not named by its row"
expect 2 "a map of a shard" "$molglot" map -i "$tmp/in.tsv" --shard 1/2 -o "$tmp/m.svg"
expect 2 "a way of a shard" "$molglot" interpolate -i "$tmp/in.tsv" --shard 1/2

# a shard without rows; what goes with what
expect 0 "more shards than rows" "$molglot" describe -i "$tmp/texts.txt" --input-format smi --shard 9/9 -f tsv -o "$tmp/none.tsv"
expect 2 "--shard of arguments" "$molglot" embed CCO --shard 1/2
has "$tmp/err" "--shard goes with -i FILE" "it says why"
for wrong in 0/3 4/3 1/0 1 a/b 1/2/3 -1/2; do expect 2 "--shard $wrong" "$molglot" embed -i "$tmp/in.tsv" --shard=$wrong; done

# --resume: what is there is complete
echo kept >"$tmp/there.tsv"
expect 0 "--resume of what is there" "$molglot" embed -i "$tmp/in.tsv" -o "$tmp/there.tsv" --resume
has "$tmp/err" "there.tsv is there: nothing to do" "it says so"
has "$tmp/there.tsv" "kept" "and leaves it"
expect 0 "--resume of what is not" "$molglot" describe -i "$tmp/in.tsv" -f tsv -o "$tmp/new.tsv" --resume
lines "$tmp/new.tsv" 12 "all rows"
head -7 "$tmp/in.tsv" >"$tmp/six.tsv"; touch -d 2020-01-01 "$tmp/six.tsv"
again() { expect 0 "$1" "$molglot" index "$tmp/six.tsv" --shard 1/2 -o "$tmp/six.idx" --resume $2; has "$tmp/err" "$3" "$1"; }
again "an index" "" "no $tmp/six.idx.part: all rows are embedded"
again "an index that is there" "" "six.idx is there: nothing to do"
again "another kind of numbers" --f32 "not as it would be made now"
again "and back" "" "not as it would be made now"
touch -d 2100-01-01 "$tmp/six.tsv"
again "a newer library" "" "six.idx: [23] molecules in"
expect 2 "--resume without -o" "$molglot" embed -i "$tmp/in.tsv" --resume
finish
