#!/bin/sh
# get_data.sh - the data files that recipes name: what there is, from where, under which licence, and whether yours are the right ones.
#   tools/get_data.sh list              every file with its licence, use, SHA-256 and source
#   tools/get_data.sh check [FOLDER]    compares those that lie in FOLDER (data) with their hashes; exit 1 when one differs
#   tools/get_data.sh fetch [FOLDER]    downloads the few that can be had as they are (curl); nothing else here uses the network
# Use: ship = may train a model that is given away; tune = chooses settings, never trains; look = look-up and pool; no = research only.
# Files marked "in the repository" are in data/. The others were made from the sources named and cannot be downloaded as they are:
# put your copy there and check it, or name files of your own (--set data.sources=...).
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${2:-$root/data}

# path | SHA-256 | licence | use | source | URL of the very file, or -
files() {
    cat <<'LIST'
union/pairs_main.tsv.zst|0ed1443d456bdb3e90fc5291380a78e0f0d908df8da42cba6aa2bd65a0e33a36|CC BY 4.0 (ChEBI), MIT (GIT-Mol)|ship|in the repository; ChEBI, AI-HPC-Research-Team/GIT-Mol igcdata_toy|-
pubchem324k/iupac_train.tsv.zst|a03a5bd2fe58dad6799c450ab996c61c61affd0756d2daef9921d346a9ce414d|public (PubChem)|ship|in the repository; phenixace/ICMA data/PubChem324k/iupac|-
chebi20/validation.tsv.zst|cecd5b0d50a91efe771f89ec97f89cc026db0afc8f2326ed30c5a32ca82dd17d|CC BY 4.0 (ChEBI), BSD-3 (MolT5)|tune|in the repository; blender-nlp/MolT5 ChEBI-20_data/validation.txt|-
chebi20/train_smiles.tsv.zst|b5b81762cf78f0febbd8bf7433e50141414ba0ee31cd538b684ead5854d8ae0d|public (PubChem)|look|in the repository; phenixace/MolReGPT cid_to_smiles.pkl|-
plain/chemist_pairs.tsv.zst|87650698f4e2232b91ef2f0492d31c27bc88fb597c29680c5a0037087d338ac4|CC-BY-4.0|ship|in the repository; made here: molecules of pairs_main in a chemist's words, written by a language model (data/README.md)|-
overlap.tsv|9bc4be10781c2bc3d4924bc6f6f12cd4a74b1ef6bd32d83368e40d6429c1350c|a list of ids|ship|in the repository; made here: rows of the files above that meet a validation or test split|-
chebi20/train_rebuilt.tsv.zst|7a1833d3760127aca98f7d57bda044cf2d7fd1107f6e7cfcb987d2eebbfcbcba|CC BY 4.0 (ChEBI)|ship|rebuilt from ChEBI of 2020-12-16, https://ftp.ebi.ac.uk/pub/databases/chebi/|-
smiles/union_open_no_eval.smi.gz|460988b2ce272a0f2307e74eedb89a5fec4cf6bb7624312648e70af6332a854e|CC0, public, CC BY 4.0, MIT|ship|QM9, PubChem substances, the pair sets, hiv muv tox21 toxcast; without evaluation molecules|-
pcdes/validation.tsv.zst|5533282a50f555081910b292758ae7ef8128bcba068ff723ecc63afd3d579fe6|no licence file|tune|huaishengzhu/3MDiffusion data/kv_data; thunlp/KV-PLM|-
pubchem324k/validation.tsv.zst|de0a6f31fb822c24116c04be4ecea17c9561bce57e6f7aa84baf2c7470709772|no licence file|tune|phenixace/ICMA, huaishengzhu/3MDiffusion|-
vocab/scibert_scivocab_uncased_vocab.txt|f0a650346e51ede8996710f79ba65d83fdb8da05b159f17037b74ba4e3a36c6f|Apache-2.0|ship|allenai/scibert|https://huggingface.co/allenai/scibert_scivocab_uncased/resolve/main/vocab.txt
LIST
}

sum_of() { sha256sum "$1" | cut -d' ' -f1; }

list() {
    files | while IFS='|' read -r path sum licence use source url; do
        printf '%s\n    use      %s\n    licence  %s\n    source   %s\n    sha256   %s\n' "$path" "$use" "$licence" "$source" "$sum"
        [ "$url" = - ] || printf '    url      %s\n' "$url"
    done
}

# Prints a line a file; the exit status says whether one differs.
check() {
    files | {
        bad=0
        while IFS='|' read -r path sum licence use source url; do
            if [ ! -e "$folder/$path" ]; then
                echo "missing  $path ($source)"
            elif [ "$(sum_of "$folder/$path")" = "$sum" ]; then
                echo "good     $path"
            else
                echo "differs  $path"
                bad=1
            fi
        done
        exit $bad
    }
}

fetch() {
    files | {
        bad=0
        while IFS='|' read -r path sum licence use source url; do
            [ "$url" = - ] || [ -e "$folder/$path" ] && continue
            mkdir -p "$(dirname "$folder/$path")"
            if curl -fsSL -o "$folder/$path.part" "$url" && [ "$(sum_of "$folder/$path.part")" = "$sum" ]; then
                mv "$folder/$path.part" "$folder/$path"
                echo "fetched  $path"
            else
                rm -f "$folder/$path.part"
                echo "failed   $path: not there, or not the file of this hash" >&2
                bad=1
            fi
        done
        exit $bad
    }
}

case ${1:-} in
    list | check | fetch) "$1" ;;
    *) sed -n '2,8s/^# //p' "$0" >&2; exit 2 ;;
esac
