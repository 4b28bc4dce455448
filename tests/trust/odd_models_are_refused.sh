#!/bin/sh
# trust 8, 9, 10: a model file whose configuration is another model's, or impossible, is refused at load with 4 and at once; what loading
# cannot see, info --verify and doctor do.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
export LC_ALL=C
mkdir m
cp "$root"/models/*.safetensors m
# alter KEY OLD NEW: in molglot.writer; the description makes up for the length
alter() {
    more=$((${#3} - ${#2}))
    words="Molecules from sentences: transformer over SMILES tokens"
    if [ $more -ge 0 ]; then short=$(printf '%s' "$words" | cut -c $((more + 1))-); else short=$(printf "%$((-more))s")$words; fi
    key=$(printf '%s' "$1" | sed 's/\./\\./g')
    sed "s/\\(\\\\\"$key\\\\\": \\)$2\\([,\\\\]\\)/\\1$3\\2/; s/\"description\":\"$words/\"description\":\"$short/" "$root/models/writer.safetensors" >m/writer.safetensors
    checks=$((checks + 1))
    cmp -s "$root/models/writer.safetensors" m/writer.safetensors && fail "$1 was not altered"
    [ "$(wc -c <"$root/models/writer.safetensors")" = "$(wc -c <m/writer.safetensors)" ] || fail "$1: another length"
}
refused() { expect 4 "$*" sh -c 'ulimit -t 20 && exec "$@"' sh "$molglot" generate sugar -n 1 -j 1 -q -m m --unranked; }
while read -r key old new; do
    alter "$key" "$old" "$new"
    refused "$key $new"
done <<END
encoder.layers 2 1
encoder.layers 2 65536
encoder.layers 2 1000000
encoder.layers 2 2147483647
encoder.layers 2 -1
decoder.layers 3 2
decoder.layers 3 1
decoder.layers 3 65536
encoder.hidden 256 1000000000
decoder.hidden 256 1000000000
encoder.ffn 1024 2147483647
words 6000 2147483647
tokens 297 2147483647
encoder.dropout 0.100000001 -1
encoder.dropout 0.100000001 1
decoder.dropout 0.100000001 1e30
encoder.norm_eps 9.99999975e-6 -1
encoder.norm_eps 9.99999975e-6 1e30
encoder.norm_eps 9.99999975e-6 -1e-30
encoder.norm_eps 9.99999975e-6 0
decoder.positions 160 2147483647
copy true false
END
# a bias of whole numbers
cp "$root/models/writer.safetensors" m/writer.safetensors
sed 's/\("[a-z0-9._]*bias":{"dtype":"\)F32"/\1I32"/' "$root/models/writer.safetensors" >m/writer.safetensors
checks=$((checks + 1)); cmp -s "$root/models/writer.safetensors" m/writer.safetensors && fail "no bias was altered"
refused "integers"
has err "integers are no weights" "it is said"
# seen by the digest alone
alter encoder.heads 8 4
expect 4 "another number of heads" "$molglot" info --verify m
has out "writer .*WRONG" "the part is named"
expect 4 "another number of heads" "$molglot" doctor --seconds 0 -m m
has out "part writer: .*digest wrong" "the part is named"
cp "$root/models/writer.safetensors" m/writer.safetensors
expect 0 "as it was" "$molglot" info --verify m
size=$(wc -c <m/writer.safetensors)
byte=$(tail -c 1001 m/writer.safetensors | head -c 1 | od -An -tu1 | tr -d ' ')
# shellcheck disable=SC2059
printf "\\$(printf %03o $((byte ^ 1)))" | dd of=m/writer.safetensors bs=1 seek=$((size - 1001)) conv=notrunc 2>/dev/null
expect 4 "a flipped bit" "$molglot" info --verify m
expect 4 "a flipped bit" "$molglot" doctor --seconds 0 -m m
# recipes
cd "$root" || exit 1
for set in model.max_scale=inf model.text.layers=257 model.text.norm_eps=nan model.graph.dim=1000000 train.seed=-1 model.text.dropout=1.5; do
    expect 4 "$set" "$molglot" train recipes/tiny.toml -o "$tmp/run" --set "$set"
done
expect 2 "a seed" "$molglot" generate sugar --seed 18446744073709551616
expect 2 "a seed" "$molglot" generate sugar --seed " -1"
finish
