#!/bin/sh
# How well a model finds molecules by each kind of words, apart; quality, not speed.
#   [MOLGLOT=build/release/molglot] bench/kinds.sh DATA HELD_OUT [MODEL]
# DATA is the folder of the training data (docs/models/momu.md), HELD_OUT what tools/hold_out.py made of it; MODEL: a file or a folder
# (default: the shipped one). A Markdown table: queries, molecules that each is ranked against, and of text to molecule hits@1 with its
# 95 % interval, hits@10 and MRR; then hits@1 of molecule to text. Held-out rows say something only of a model that was trained with
# data.hold_out = HELD_OUT/leave_out.smi. Set KINDS="chebi facts" for some of the rows.
set -eu
[ $# -ge 2 ] || { sed -n '2,8s/^# *//p' "$0" >&2; exit 2; }
data=$1 held=$2 model=${3-} molglot=${MOLGLOT:-$(dirname "$0")/../build/release/molglot}
kinds=${KINDS:-chebi skeletons pcdes pubchem names facts}

row() { # KIND TITLE PAIRS [POOL]
    case " $kinds " in *" $1 "*) ;; *) return 0 ;; esac
    title=$2 pairs=$3
    set -- eval retrieval -q --pairs "$pairs" ${4:+--pool "$4"} ${model:+-m "$model"}
    "$molglot" "$@" | awk -v title="$title" '
        / queries against / { d++; n[d] = $4; pool[d] = $7 }
        $1 == "hits@1" { h1[d] = $2; low = $5; high = $6; gsub(/[][,]/, "", low); gsub(/[][,]/, "", high)
                         if (d == 1) range = sprintf("%.3f to %.3f", low, high) }
        $1 == "hits@10" { h10[d] = $2 }
        $1 == "mrr" { mrr[d] = $2 }
        END { if (d != 2) exit 1
              printf "| %s | %s | %s | %.3f (%s) | %.3f | %.3f | %.3f |\n", title, n[1], pool[1], h1[1], range, h10[1], mrr[1], h1[2] }'
}

echo "| words | queries | molecules | hits@1 (95 %) | hits@10 | MRR | molecule to text hits@1 |"
echo "|---|---|---|---|---|---|---|"
row chebi "ChEBI-20 validation" "$data/chebi20/validation.tsv.zst" "$data/chebi20/train_smiles.tsv.zst"
row skeletons "those whose skeleton is not in pairs_main" "$held/new_skeletons.tsv" "$data/chebi20/train_smiles.tsv.zst"
row pcdes "PCdes validation, zero-shot" "$data/pcdes/validation.tsv.zst"
row pubchem "PubChem324k validation, zero-shot" "$data/pubchem324k/validation.tsv.zst"
row names "systematic names, held out" "$held/names.tsv" "$held/names_pool.tsv"
row facts "written facts, held out" "$held/facts.tsv" "$held/facts_pool.tsv"
