#!/bin/sh
# How often plain requests get a right answer, checked on the molecule: `generate` as installed, and `search` over an index of LIBRARY.
#   [MOLGLOT=build/release/molglot] [PYTHON=python3 with rdkit] bench/plain.sh REQUESTS_DIR LIBRARY [FOLDER]
# REQUESTS_DIR holds requests.tsv (id, request, check) and check.py; LIBRARY is what search looks through, e.g.
# data/union/pairs_main.tsv.zst. The index and the answers go to FOLDER (default: a temporary one). Prints, for each of both, the share
# of requests whose first answer is right and the mean share among five, and lines of single requests with VERBOSE=1.
set -eu
[ $# -ge 2 ] || { sed -n '2,6s/^# *//p' "$0" >&2; exit 2; }
requests=$1 library=$2 folder=${3-}
molglot=${MOLGLOT:-$(dirname "$0")/../build/release/molglot} python=${PYTHON:-python3}
[ -n "$folder" ] || { folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; }
mkdir -p "$folder"
cut -f2 "$requests/requests.tsv" | tail -n +2 >"$folder/requests.txt"
cut -f1 "$requests/requests.tsv" | tail -n +2 >"$folder/ids.txt"
[ -e "$folder/library.idx" ] || "$molglot" index -q "$library" -o "$folder/library.idx"

# id, rank, SMILES from a TSV with a column of the request's number, rank and smiles
answers() {
    awk -F'\t' -v number="$1" 'FNR == NR { id[FNR] = $1; next }
        FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["rank"] != "" { print id[$at[number]] "\t" $at["rank"] "\t" $at["smiles"] }' "$folder/ids.txt" "$2"
}
measure() { # NAME FILE
    "$python" "$requests/check.py" "$requests/requests.tsv" "$2" >"$folder/$1.checked"
    [ -z "${VERBOSE-}" ] || sed '$d' "$folder/$1.checked"
    echo "$1: $(tail -n 1 "$folder/$1.checked")"
}
"$molglot" generate -q -n 5 -f tsv -i "$folder/requests.txt" -o "$folder/generated.tsv"
answers prompt_number "$folder/generated.tsv" >"$folder/generate.tsv"
measure generate "$folder/generate.tsv"
"$molglot" search -q "$folder/library.idx" -k 5 -f tsv -i "$folder/requests.txt" -o "$folder/found.tsv"
answers query_number "$folder/found.tsv" >"$folder/search.tsv"
measure search "$folder/search.tsv"
