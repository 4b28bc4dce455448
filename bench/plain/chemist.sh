#!/bin/sh
# How well a chemist's own words find and make their molecules; quality, not speed (docs/quality.md, "A chemist's own words").
#   [MOLGLOT=build/release/molglot] [PYTHON=python3 with rdkit] [EVERY=4] bench/plain/chemist.sh DATA MODELS NAMES
# DATA: the folder of the training data (chebi20/). MODELS: a folder of parts. NAMES: a part `names` without the molecules of the
# evaluations (docs/models/rerank.md), taken in the place of the folder's. A Markdown table of five sets of texts: the 800 of
# held_words.tsv (molecules of ChEBI-20's validation split, never trained on) and those molecules' own texts; the sixty of
# paraphrases.tsv (validation, too) and their originals; the 477 of chemist_words.tsv, most of whose molecules are training molecules.
# Hits@1 and MRR among about 30,000 molecules by the space alone and re-ranked; whether the first molecule that `generate`
# gives is the right one, stereo counted and not (of held, own and words every EVERY-th).
set -eu
[ $# -eq 3 ] || { sed -n '2,11s/^# *//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
data=$1 models=$(cd "$2" && pwd) names=$(realpath "$3") every=${EVERY:-4}
molglot=${MOLGLOT:-$here/../../build/release/molglot} python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/models"
for part in "$models"/*.safetensors; do ln -s "$part" "$folder/models/"; done
ln -sf "$names" "$folder/models/names.safetensors"

cut -f1-3 "$here/chemist_words.tsv" >"$folder/words.tsv"
cut -f1-3 "$here/paraphrases.tsv" >"$folder/sixty.tsv"
awk -F'\t' '{ print $1 "\t" $2 "\t" (NR == 1 ? "text" : $4) }' "$here/paraphrases.tsv" >"$folder/originals.tsv"
cut -f1-3 "$here/held_words.tsv" >"$folder/held.tsv"
zstd -dc "$data/chebi20/validation.tsv.zst" |
    awk -F'\t' 'NR == FNR { if (FNR > 1) wanted[FNR] = $1; n = FNR; next } { row[$1] = $0 }
        END { print "id\tsmiles\ttext"; for (i = 2; i <= n; i++) print row[wanted[i]] }' "$folder/held.tsv" - >"$folder/own.tsv"
for set in held own words; do
    awk -v every="$every" 'NR == 1 || (NR + every - 4) % every == 0' "$folder/$set.tsv" >"$folder/$set.some.tsv"
done
{
    zstd -dc "$data/chebi20/train_smiles.tsv.zst" | awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[toupper($i)] = i; print "smiles"; next }
        { print $at["SMILES"] }'
    zstd -dc "$data/chebi20/validation.tsv.zst" | awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[toupper($i)] = i; next } { print $at["SMILES"] }'
} >"$folder/pool.tsv"

found() { # PAIRS [OPTION...]: hits@1 / MRR of the last table of texts to molecules
    pairs=$1
    shift
    "$molglot" eval retrieval -q -m "$folder/models" --pairs "$pairs" --pool "$folder/pool.tsv" "$@" 2>/dev/null |
        awk '/^text to molecule/ { at = 1 } /^molecule to text/ { at = 0 }
             at && $2 ~ /^[0-9]/ { v[$1] = $2 } END { printf "%.3f / %.3f", v["hits@1"], v["mrr"] }'
}
made() { # PAIRS: exact / without stereo
    "$molglot" generate -m "$folder/models" -i "$1" --text-column text -n 1 --candidates 32 --keep-odd -q -f tsv 2>/dev/null >"$folder/answers.tsv" || :
    "$python" "$here/exact.py" "$1" "$folder/answers.tsv" | sed 's/^.*first \([.0-9]*\),.*/\1/' | paste -s -d/ | sed 's,/, / ,'
}
echo "| words | space alone: hits@1 / MRR | re-ranked | generate: exact / without stereo |"
echo "|---|---|---|---|"
for set in held own sixty originals words; do
    some="$folder/$set.tsv"
    [ ! -e "$folder/$set.some.tsv" ] || some="$folder/$set.some.tsv"
    echo "| $set | $(found "$folder/$set.tsv") | $(found "$folder/$set.tsv" --rerank --names "$names") | $(made "$some") |"
done
