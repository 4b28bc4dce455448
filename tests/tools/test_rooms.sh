#!/bin/sh
# Does tools/check_rooms.sh catch each kind of broken arrow? Breaks a copy of src/ in one way at a time.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0
checks=0

fresh() { rm -rf "$tmp/src"; cp -r "$root/src" "$tmp/src"; }
# caught PATTERN "what": the copy as it stands is refused with a message like PATTERN
caught() {
    checks=$((checks + 1))
    if "$root/tools/check_rooms.sh" "$tmp" >"$tmp/out" 2>&1; then
        echo "FAILED: $2 was let through" >&2; failures=$((failures + 1))
    elif ! grep -qE -- "$1" "$tmp/out"; then
        echo "FAILED: $2: no /$1/ in:" >&2; sed 's/^/    /' "$tmp/out" >&2; failures=$((failures + 1))
    fi
    fresh
}
includes() { printf '#include "%s"\n' "$2" >>"$tmp/src/$1"; }

fresh
checks=$((checks + 1))
"$root/tools/check_rooms.sh" "$tmp" || { echo "FAILED: the tree as it is" >&2; failures=$((failures + 1)); }

includes base/str.c chem/chem.h;                    caught 'base must not include chem/chem.h' "an arrow back to a higher room"
includes chem/smiles/valence.c text/text.h;         caught 'chem must not include text/text.h' "an arrow back from a wing"
includes model/momu/momu.c data/data.h;             caught 'model must not include data/data.h' "model on data"
includes generate/generate.c score/score.h;         caught 'generate must not include score/score.h' "generation on scoring"
includes model/momu/momu.c model/writer/writer.h;   caught 'must not include its sister: model/writer' "a wing on its sister"
includes train/momu/kind.c train/writer/writer.h;   caught 'must not include its sister: train/writer' "training on a sister kind"
includes tensor/ops/norm.c tensor/cpu/cpu.h;        caught 'must not include its sister: tensor/cpu' "an op on one backend"
includes nn/optim.c tensor/backend.h;                caught 'only tensor/tensor.h is offered' "the table of kernels from another room"
includes app/cmd/index.c search/inside.h;           caught 'only search/search.h is offered' "a room's inside from another room"
includes data/batcher.c chem/smiles/automaton.h;    caught 'only chem/smiles/smiles.h is offered' "a wing's inside from another room"
includes text/words.c words.h;                      caught 'names no folder' "an include without a folder"
mkdir "$tmp/src/attic"; echo '#include "base/base.h"' >"$tmp/src/attic/a.c"; caught 'src/attic is no room' "a folder that is no room"
printf '#include <cblas.h>\n' >>"$tmp/src/nn/gin.c"; caught 'BLAS belongs elsewhere' "BLAS in another room"
printf '#include <GraphMol/GraphMol.h>\n' >>"$tmp/src/data/pack.c"; caught 'RDKit belongs elsewhere' "RDKit in another room"
mv "$tmp/src/tensor/cpu/loss.c" "$tmp/src/tensor/cpu/xent.c"
caught 'src/tensor/cpu/loss.c is missing: a kernel family' "a kernel family under another name"
rm "$tmp/src/tensor/cuda/optim.cu"; caught 'src/tensor/cuda/optim.cu is missing' "a kernel family without a GPU's version"

# a circle of calls between two files of one folder, and one over three files of a wing
printf 'int mg_ping(int n) {\n    return mg_pong(n);\n}\n' >"$tmp/src/text/ping.c"
printf 'int mg_pong(int n) {\n    return n ? mg_ping(n - 1) : 0;\n}\n' >"$tmp/src/text/pong.c"
caught 'src/text: a circle of 2 files' "a circle of two files"
printf 'int mg_one(int n) {\n    return mg_two(n);\n}\n' >"$tmp/src/model/momu/one.c"
printf 'int mg_two(int n) {\n    return mg_three(n);\n}\n' >"$tmp/src/model/momu/two.c"
printf 'static int (*const f)(int) = mg_one;\nint mg_three(int n) {\n    return f(n);\n}\n' >"$tmp/src/model/momu/three.c"
caught 'src/model/momu: a circle of 3 files' "a circle through a pointer"

# what a comment or a string says is no call
printf '/* mg_pong() */\nint mg_ping(int n) {\n    return n + (int)sizeof "mg_pong(1)";\n}\n' >"$tmp/src/text/ping.c"
printf 'int mg_pong(int n) {\n    return mg_ping(n);\n}\n' >"$tmp/src/text/pong.c"
checks=$((checks + 1))
"$root/tools/check_rooms.sh" "$tmp" || { echo "FAILED: a comment was taken for a call" >&2; failures=$((failures + 1)); }

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
