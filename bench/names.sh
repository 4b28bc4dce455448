#!/bin/sh
# How many systematic names are read, and how many of these as the structure that the file lists; quality, not speed.
#   [READ_NAMES=build/release/read_names] [EVERY=10] [FROM=0] [PATTERN=.] bench/names.sh PAIRS ...
# PAIRS: TSV (.zst) with columns id, smiles (canonical, as RDKit 2022.09 writes it), text; every EVERY-th row of each from row FROM on, of
# these the names that PATTERN (extended, case aside) is found in. The figures of
# docs/names.md: iupac/openclatura_names_clean, iupac/systematic_names_clean, and with EVERY=1 names.tsv of tools/hold_out.py.
set -eu
[ $# -ge 1 ] || { sed -n '2,6s/^# *//p' "$0" >&2; exit 2; }
read_names=${READ_NAMES:-$(dirname "$0")/../build/release/read_names} every=${EVERY:-10}
from=${FROM:-0} pattern=${PATTERN:-.}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "| names | rows | understood | of these the structure listed |"
echo "|---|---|---|---|"
for file; do
    case $file in *.zst) zstdcat "$file" ;; *) cat "$file" ;; esac |
        awk -F'\t' -v every="$every" -v from="$from" 'NR > 1 + from && (NR - 2 - from) % every == 0 { print $3 "\t" $2 }' |
        awk -F'\t' -v pattern="$pattern" 'tolower($1) ~ tolower(pattern)' >"$folder/pairs"
    cut -f1 "$folder/pairs" | "$read_names" | cut -f2 | paste "$folder/pairs" - |
        awk -F'\t' -v file="${file##*/}" '
            function plain(s) { # other editions of RDKit write all that is bound to a metal in brackets
                if (s !~ /\[(Ge|Sn|Hg|Pb|Al|Ga|In|Tl|Cd|Zn|Sb|Bi)/) return s
                gsub(/\[CH?[1-3]?\]/, "C", s); gsub(/\[c\]/, "c", s); gsub(/\[OH?\]/, "O", s); gsub(/\[SH?\]/, "S", s)
                gsub(/\[NH?2?\]/, "N", s); gsub(/\[Cl\]/, "Cl", s); gsub(/\[Br\]/, "Br", s); gsub(/\[I\]/, "I", s)
                gsub(/\[F\]/, "F", s)
                return s
            }
            { n++; if ($3 != "") { read++; same += plain($2) == plain($3) } }
            END { printf "| %s | %d | %.3f | %.4f |\n", file, n, n ? read / n : 0, read ? same / read : 0 }'
done
