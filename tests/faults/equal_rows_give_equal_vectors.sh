#!/bin/sh
# faults: F12a
# A row's vector is the same to the last bit, whatever rows stand beside it, wherever it stands, and for any number of threads.
. "$(dirname "$0")/lib.sh"
export OMP_WAIT_POLICY=passive
side() { # SIDE ROW: the row alone, then at places 1, 8 and 37 of 37 rows, by one thread and two
    printf '%s\n' "$2" >"$tmp/one.txt"
    awk -F'\t' -v row="$2" -v c="$3" 'NR > 1 && NR < 38 { print NR == 2 || NR == 9 || NR == 38 ? row : $c } END { print row }' \
        "$root/examples/library.tsv" >"$tmp/many.txt"
    [ "$1" = molecule ] && mv "$tmp/one.txt" "$tmp/one.smi" && mv "$tmp/many.txt" "$tmp/many.smi" && end=smi || end=txt
    expect 0 "one" "$molglot" embed -q -j 1 -i "$tmp/one.$end" -o "$tmp/one.npy"
    bytes=$(($(stat -c %s "$tmp/one.npy") - 128))
    tail -c $bytes "$tmp/one.npy" >"$tmp/want"
    for threads in 1 2; do
        expect 0 "many" "$molglot" embed -q -j $threads -i "$tmp/many.$end" -o "$tmp/many.npy"
        for place in 1 8 37; do
            checks=$((checks + 1))
            tail -c +$((129 + (place - 1) * bytes)) "$tmp/many.npy" | head -c $bytes | cmp -s - "$tmp/want" ||
                fail "$1 at place $place of 37 with $threads threads"
        done
    done
}
side molecule 'CC(=O)Oc1ccccc1C(=O)O' 2
side text 'a monocarboxylic acid with an acetoxy group' 3
finish
