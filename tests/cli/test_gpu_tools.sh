#!/bin/sh
# tools/gpu_train.sh on the CPU: packed, trained for a moment in the unpacked folder without the machine's own libraries, split, joined,
# resumed: the same model, bit for bit, as one that was never stopped. Damaged and missing pieces are found.
set -u
unset OPENBLAS_CORETYPE # other kernels, other bits
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
tool=$here/../../tools/gpu_train.sh
build=$(cd "$(dirname "$molglot")" && pwd)
molglot=$build/$(basename "$molglot")
mkdir -p "$tmp/data/more" && cd "$tmp" || exit 1

# fourteen alcohols and acids, in a table below data.dir
printf 'id\tsmiles\ttext\n' >data/more/pairs.tsv
chain=C
for n in 1 2 3 4 5 6 7; do
    printf 'a%d\t%sO\tIt is an alcohol with %d carbon atoms. It burns.\n' $n $chain $n
    printf 'b%d\tO=C(O)%s\tIt is an acid with %d carbon atoms. It is sour.\n' $n $chain $((n + 1))
    chain=C$chain
done >>data/more/pairs.tsv
sed -e 's#"examples/library.tsv"#"more/pairs.tsv"#' -e 's#^\[data\]#[data]\ndir = "data"#' -e 's#_min_df = 2#_min_df = 1#' "$here/../../recipes/tiny.toml" >recipe.toml
options="--set train.epochs=150 --set train.batch=8 --set train.micro_batch=0"

# shellcheck disable=SC2086
expect 0 "pack" env BUILD="$build" XZ=-0 "$tool" pack recipe.toml packed $options
mkdir there
for f in programs data; do expect 0 "unpack $f" tar -xf packed/$f.tar.xz -C there; done
checks=$((checks + 1)); [ -s there/data/dataset.cache ] || fail "the packed data lack the cache"
expect 0 "run" env -i PATH=/usr/bin:/bin GLIBC=ours there/gpu_train.sh run 0.5 --device cpu -j 2
checks=$((checks + 1)); [ -s there/run/checkpoint.safetensors ] || fail "no checkpoint after the time limit"
expect 0 "split, the first two pieces" env PIECE=20000 there/gpu_train.sh split there/run pieces 0 2
checks=$((checks + 1)); [ -s pieces/run.zst.001 ] && [ ! -e pieces/run.zst.002 ] || fail "split gave other pieces than 0 and 1"
expect 1 "join with pieces missing" "$tool" join pieces back
expect 0 "split, the others" env PIECE=20000 there/gpu_train.sh split there/run pieces 2
printf x | dd of=pieces/run.zst.001 bs=1 seek=1000 conv=notrunc 2>/dev/null
expect 1 "join with a damaged piece" "$tool" join pieces back
expect 0 "split again" env PIECE=20000 there/gpu_train.sh split there/run pieces
expect 0 "join" "$tool" join pieces back
# shellcheck disable=SC2086
expect 0 "resume" "$molglot" train recipe.toml -o back --resume -j 2 $options
# shellcheck disable=SC2086
expect 0 "without a stop" "$molglot" train recipe.toml -o whole -j 2 $options
checks=$((checks + 1)); cmp -s whole/model.safetensors back/model.safetensors || fail "stopped, split, joined and resumed: another model"
sed 's#"more/pairs.tsv"#"/more/pairs.tsv"#' recipe.toml >absolute.toml
expect 1 "pack refuses paths that would not be found there" env BUILD="$build" "$tool" pack absolute.toml refused
has "$tmp/err" "must be relative" "and says why"
finish
