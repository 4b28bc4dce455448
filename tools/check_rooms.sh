#!/bin/sh
# The arrows between rooms (docs/TOUR.md): every #include "room/..." must be allowed, and foreign libraries stay in their files.
set -eu
cd "$(dirname "$0")/.."
bad=0
complain() { echo "$1" >&2; bad=1; }

allowed() {
    case "$1" in
        base) echo "base" ;;
        tensor) echo "base tensor" ;;
        nn) echo "base tensor nn" ;;
        chem) echo "base chem" ;;
        text) echo "base text" ;;
        data) echo "base chem text data" ;;
        model) echo "base tensor nn chem text model" ;;
        task) echo "base tensor nn chem text data model task" ;;
        app) echo "base tensor nn chem text data model task app" ;;
    esac
}
for room in base tensor nn chem text data model task app; do
    for file in src/"$room"/*; do
        for inc in $(sed -n 's/^#include "\([a-z]*\)\/\([a-z_]*\.h\)"/\1\/\2/p' "$file"); do
            to=${inc%%/*}
            echo " $(allowed "$room") " | grep -q " $to " || complain "$file: $room must not include $inc"
            [ "$to" = "$room" ] || [ "$inc" = "$to/$to.h" ] || complain "$file: only $to/$to.h is offered to other rooms, not $inc"
        done
    done
done
only_in() { # pattern, allowed files as a grep -E expression, what
    for file in $(grep -lE "$1" src/*/* include/* 2>/dev/null || true); do
        echo "$file" | grep -qE "$2" || complain "$file: $3 belongs elsewhere"
    done
}
only_in '#include <(GraphMol|RDGeneral|DataStructs|Geometry)' '^src/chem/(rdkit[a-z_]*|draw)\.(cc|h)$' "RDKit"
only_in '#include <(dnnl|oneapi|cblas|openblas)' '^src/tensor/cpu_gemm\.c$' "oneDNN and BLAS"
only_in '#include <(cuda|cublas)' '^src/tensor/cuda' "CUDA"
only_in '#include "app/cli\.h"' '^src/app/' "the command line"
exit $bad
