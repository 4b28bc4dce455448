#!/bin/sh
# A model as a folder of parts and as one file: both are found, opened once, known by the same digest, taken apart and put together; a
# damaged or missing part is named.
#   test_bundle.sh PROGRAM MODELS
set -u
here=$(dirname "$0")
. "$here/lib.sh"
models=$2
library=$here/../../examples/library.tsv
same() { checks=$((checks + 1)); cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"; }

# ---- a folder, a file, a file of older versions ----
expect 0 "info of a folder" "$molglot" info "$models" --verify
for part in space writer latent; do has "$tmp/out" "^  $part .*digest [0-9a-f]{12}[.]{3}: correct$" "info names $part"; done
expect 0 "one file" "$molglot" merge "$models" -o "$tmp/all.safetensors"
expect 0 "info of one file" "$molglot" info "$tmp/all.safetensors" --verify
has "$tmp/out" "^  space .*: correct$" "info of one file"
expect 0 "taken apart" "$molglot" merge "$tmp/all.safetensors" -o "$tmp/parts/"
for part in space writer latent; do same "$models/$part.safetensors" "$tmp/parts/$part.safetensors" "merged and taken apart"; done
# the layout of format 1: the space behind nothing, the writer behind "direct.", no digests
python3 - "$models" "$tmp/old.safetensors" <<'P'
import json, struct, sys
entries, meta, data = {}, {}, []
def size(dtype): return {"F32": 4, "I32": 4, "BF16": 2}.get(dtype, 1)
for part, prefix in ("space", ""), ("writer", "direct."), ("latent", "latent."):
    b = open(f"{sys.argv[1]}/{part}.safetensors", "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    header = json.loads(b[8:8 + n])
    for key, value in header.pop("__metadata__").items():
        if key not in ("molglot.digest", "molglot.formerly"): meta[prefix + key] = value
    for name, t in header.items(): entries[prefix + name] = t, b[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]]
header, at = {"__metadata__": meta}, 0
for name, (t, bytes_) in sorted(entries.items(), key=lambda e: -size(e[1][0]["dtype"])):
    header[name] = {"dtype": t["dtype"], "shape": t["shape"], "data_offsets": [at, at + len(bytes_)]}
    at += len(bytes_)
    data.append(bytes_)
text = json.dumps(header).encode()
text += b" " * (-(8 + len(text)) % 64)
open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + b"".join(data))
P
expect 0 "info of an older file" "$molglot" info "$tmp/old.safetensors" --verify
has "$tmp/out" "^  writer .*digest none [(]an older file[)]$" "info of an older file"

# ---- the same answers, and each other's indexes ----
nameless() { sed -i "s#$tmp/[a-z.]*idx#IDX#" "$tmp/out"; } # hits name their index
for model in "$models" "$tmp/all.safetensors" "$tmp/old.safetensors"; do
    expect 0 "index with $model" "$molglot" index -m "$model" "$library" -o "$tmp/$(basename "$model").idx"
    expect 0 "search with $model" "$molglot" search -m "$model" "$tmp/$(basename "$model").idx" "a purine alkaloid found in coffee" -k 5 -f csv
    nameless
    cp "$tmp/out" "$tmp/$(basename "$model").hits"
    expect 0 "generate with $model" "$molglot" generate --no-memory -m "$model" "an acid" -n 3 --candidates 4 -f csv
    cp "$tmp/out" "$tmp/$(basename "$model").made"
done
idx=$tmp/$(basename "$models").idx
for model in all old; do
    same "$tmp/$(basename "$models").hits" "$tmp/$model.safetensors.hits" "search"
    same "$tmp/$(basename "$models").made" "$tmp/$model.safetensors.made" "generate"
done
same "$idx" "$tmp/all.safetensors.idx" "one space, one index"
expect 4 "an older file knows no digest" "$molglot" search -m "$tmp/old.safetensors" "$idx" "a sugar"
has "$tmp/err" "made with another model" "an older file knows no digest"
expect 0 "parts of the older file" "$molglot" merge "$tmp/old.safetensors" -o "$tmp/new/"
expect 0 "they know its index" "$molglot" search -m "$tmp/new" "$tmp/old.safetensors.idx" "a purine alkaloid found in coffee" -k 5 -f csv
nameless
same "$tmp/out" "$tmp/old.safetensors.hits" "search"
expect 4 "not another's" "$molglot" search -m "$models" "$tmp/old.safetensors.idx" "a sugar"

# ---- opened once, and nothing else of it is read ----
basis=; [ ! -e "$models/basis.safetensors" ] || basis="basis.safetensors " # an index's codes are in it
if command -v strace >/dev/null && strace -o "$tmp/probe" true 2>/dev/null; then
    # opens MODEL WANTED COMMAND...: the tensor files that the command opens, one a line
    opens() {
        what=$1 want=$2; shift 2
        # a leak checker does not work under strace
        ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=open,openat -o "$tmp/trace" "$molglot" "$@" >/dev/null 2>"$tmp/err" || fail "$what under strace"
        grep 'safetensors' "$tmp/trace" | grep -vc 'O_CLOEXEC' >"$tmp/leaks"
        sed -n 's/.*open[a-z]*(.*"\([^"]*safetensors\)".*= [0-9][0-9]*$/\1/p' "$tmp/trace" | sort | xargs -r -n1 basename | tr '\n' ' ' >"$tmp/opens"
        checks=$((checks + 1))
        [ "$(cat "$tmp/opens")" = "$want" ] || fail "$what opens '$(cat "$tmp/opens")', not '$want'"
        [ "$(cat "$tmp/leaks")" = 0 ] || fail "$what leaves a file open for its children"
    }
    opens "generate" "names.safetensors rerank.safetensors space.safetensors writer.safetensors " generate -m "$models" "an acid" -n 2 --candidates 2 --memory "$idx"
    opens "generate through latents" "latent.safetensors memory.safetensors names.safetensors rerank.safetensors space.safetensors " generate -m "$models" "an acid" -n 2 --candidates 2 --method diffusion --steps 1
    opens "generate, one file" "all.safetensors " generate -m "$tmp/all.safetensors" "an acid" -n 2 --candidates 2 --memory "$idx"
    opens "search" "names.safetensors rerank.safetensors space.safetensors " search -m "$models" "$idx" "an acid"
    opens "search by molecule" "space.safetensors " search -m "$models" "$idx" "CC(=O)O"
    opens "search without names" "rerank.safetensors space.safetensors " search -m "$models" "$idx" "an acid" --no-names
    opens "index" "${basis}space.safetensors " index -m "$models" "$library" -o "$tmp/i.idx"
    opens "interpolate" "latent.safetensors space.safetensors " interpolate -m "$models" CCO CCN -n 3
fi

# ---- damaged, missing ----
mkdir "$tmp/damaged"
cp "$models"/*.safetensors "$tmp/damaged"
printf 'x' | dd of="$tmp/damaged/writer.safetensors" bs=1 seek=7000000 conv=notrunc 2>/dev/null
expect 4 "info --verify finds it" "$molglot" info "$tmp/damaged" --verify
has "$tmp/err" "damaged/writer.safetensors: part writer is damaged" "info --verify finds it"
has "$tmp/out" "^  writer .*: WRONG$" "which part"
has "$tmp/out" "^  latent .*: correct$" "and the others"
expect 0 "info without it" "$molglot" info "$tmp/damaged"
expect 4 "doctor finds it" "$molglot" doctor --seconds 0 -m "$tmp/damaged"
has "$tmp/out" "^part writer: .*, digest wrong, self-test left out$" "doctor finds it"
has "$tmp/out" "^part latent: .*, digest correct, self-test passed$" "doctor goes on"
expect 4 "it is not merged" "$molglot" merge "$tmp/damaged" -o "$tmp/x.safetensors"
checks=$((checks + 1)); [ ! -e "$tmp/x.safetensors" ] || fail "a damaged part is merged"
expect 0 "other parts serve" "$molglot" search -m "$tmp/damaged" "$idx" "a sugar"
rm "$tmp/damaged/writer.safetensors"
expect 4 "a missing writer" "$molglot" generate -m "$tmp/damaged" "an acid" --method direct
has "$tmp/err" "damaged: no direct writer [(]part writer[)] in it; it holds: shared space [(]part space[)], writer of latents" "a missing writer"
rm "$tmp/damaged/space.safetensors"
expect 4 "a missing space" "$molglot" search -m "$tmp/damaged" "$idx" "a sugar"
has "$tmp/err" "no shared space [(]part space[)] in it" "a missing space"
rm "$tmp/damaged/latent.safetensors" "$tmp/damaged/memory.safetensors" "$tmp/damaged/names.safetensors" "$tmp/damaged/rerank.safetensors" "$tmp/damaged/lexicon.safetensors"
rm -f "$tmp/damaged/basis.safetensors"
expect 4 "an empty folder" "$molglot" search -m "$tmp/damaged" "$idx" "a sugar"
has "$tmp/err" "a folder without a part of a model" "an empty folder"
expect 4 "nothing to verify" "$molglot" info --verify "$here/../fixtures/momu/golden.safetensors"
finish
