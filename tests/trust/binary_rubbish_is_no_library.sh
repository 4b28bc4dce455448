#!/bin/sh
# trust 16: a file with NUL bytes in its first block, an index, a cache are no tables; nothing of them is embedded.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
printf 'CCO a\nCCN b\n' >l.smi
expect 0 "an index" "$molglot" index -q l.smi -o l.idx
expect 4 "an index as a library" "$molglot" index l.idx -o zz.idx
has err "l.idx: a Molglot index" "it is named"
# noise that is the same each time: a linear congruential generator
for seed in 1 2 3 4 5 6 7 8 9 10; do
    awk -v x=$seed 'BEGIN { for (i = 0; i < 3000; i++) { x = (x * 69069 + 1) % 4294967296; printf "\\%03o", int(x / 1048576) % 256 } }' >octal
    # shellcheck disable=SC2059
    printf "$(cat octal)" >noise
    expect 4 "noise $seed" "$molglot" index noise -o n.idx
    has err "NUL bytes and other controls|which is not read" "noise $seed is named"
done
printf 'CCO a\nC\0C b\nCCN c\n' >nul.smi
expect 0 "a stray NUL" "$molglot" describe -i nul.smi -f csv
has out "^2,b,C.C,.*rejected,NUL byte" "it spoils its row alone"
checks=$((checks + 1)); [ ! -e n.idx ] && [ ! -e zz.idx ] || fail "an index was written"
finish
