#!/bin/sh
# Scores of generated molecules as a user asks for them: predictions beside baselines, a set of molecules against a set.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2
library=$here/../../examples/library.tsv

for what in predictions reconstruction unconditional; do
    expect 0 "eval $what --help" "$molglot" eval $what --help
    has "$tmp/out" "Example" "eval $what --help"
done
has "$tmp/out" "molglot eval unconditional" "name in the usage"
expect 2 "no file" "$molglot" eval predictions
expect 2 "no training molecules" "$molglot" eval unconditional "$library"
expect 2 "no molecules" "$molglot" eval reconstruction
expect 2 "another task" "$molglot" eval predictions --task mol2text "$library"

# columns as in MolT5's files; quotes are characters; one row without a reference, one output that is no molecule
printf 'description\tground truth\toutput\nthe "purine" alkaloid of coffee\tCN1C=NC2=C1C(=O)N(C(=O)N2C)C\tCn1cnc2c1c(=O)n(C)c(=O)n2C\n' >"$tmp/p.tsv"
printf 'an alcohol\tCCO\tC1CC\nlost\t\tCCO\nan alkene\tC/C=C\\\\C\tC/C=C\\C\n' >>"$tmp/p.tsv"
expect 0 "predictions" "$molglot" eval predictions --task text2mol "$tmp/p.tsv" --train "$library" -f json --bootstrap 50
for key in '"prompts": 3' '"rows_unreadable": 1' '"undoubled": 1' '"exact_string": 0\.33' '"exact_canonical_smiles": 0\.66' '"exact_inchi"' '"validity": 0\.66' \
    '"maccs_tanimoto_valid_only": 1' '"maccs_tanimoto_invalid_as_zero": 0\.66' '"bleu4_characters"' '"bleu4_canonical_smiles"' '"levenshtein"' '"levenshtein_canonical_smiles"' '"3m_kekulised_flags_kept"' \
    '"3m_plain_aromatic"' '"uniqueness_within_prompt"' '"novelty_against_training": 0\.5' interval95 random_training_molecules bm25_caption_copy tfidf_caption_copy; do
    has "$tmp/out" "$key" "predictions json"
done
cp "$tmp/out" "$tmp/first.json"
expect 0 "again" "$molglot" eval predictions "$tmp/p.tsv" --train "$library" -f json --bootstrap 50 -j 1
checks=$((checks + 1)); cmp -s "$tmp/first.json" "$tmp/out" || fail "another number of threads gives other scores"
expect 3 "strict" "$molglot" eval predictions "$tmp/p.tsv" --strict --bootstrap 0
expect 0 "table" "$molglot" eval predictions "$tmp/p.tsv" --train "$library" -q
has "$tmp/out" "BM25 copy" "table"
has "$tmp/out" "exact_inchi " "table"
lines "$tmp/err" 0 "quiet"

# no outputs: the baselines alone, from captions and from the aligned space
expect 0 "index" "$molglot" index -m "$model" "$library" -o "$tmp/l.idx"
expect 0 "baselines alone" "$molglot" eval predictions "$library" --train "$library" --index "$tmp/l.idx" -m "$model" --samples 3 --limit 20 -f json --bootstrap 0
has "$tmp/out" '"method": "aligned_space_index"' "aligned space"
has "$tmp/out" '"outputs_per_prompt": 3' "three a prompt"
has "$tmp/out" '"model_sha256": "[0-9a-f]{64}"' "model"
expect 0 "embedded training molecules" "$molglot" eval predictions "$library" --train "$library" -m "$model" --samples 1 --limit 20 -f json --bootstrap 0
has "$tmp/out" aligned_space_training "aligned space"
expect 2 "nothing to score" "$molglot" eval predictions "$library"
printf 'ground_truth\toutput\nCCO\tOCC\n' >"$tmp/two.tsv"
expect 0 "no descriptions" "$molglot" eval predictions "$tmp/two.tsv" --train "$library" -f json
checks=$((checks + 1)); grep -q bm25 "$tmp/out" && fail "captions compared without a description"
expect 2 "an index without descriptions" "$molglot" eval predictions "$tmp/two.tsv" --index "$tmp/l.idx" -m "$model"
printf 'a\tb\n1\t2\n' >"$tmp/none.tsv"
expect 4 "no known column" "$molglot" eval predictions "$tmp/none.tsv"

# the figure of the re-ranker is that of a search by it, also with a molecule that stands there twice; an index rounds its rows, so that
# two that are .00005 apart may change places (1/2 - 1/3 of 60)
{ head -60 "$library"; printf 'again\tCN1C=NC2=C1C(=O)N(C(=O)N2C)C\tA stimulant that is found in coffee and tea.\n'; } >"$tmp/pairs.tsv"
cut -f2 "$tmp/pairs.tsv" | sed 1d >"$tmp/mols.smi"
cut -f3 "$tmp/pairs.tsv" | sed 1d >"$tmp/texts.txt"
export MOLGLOT_MODEL="$model"
expect 0 "retrieval, re-ranked" "$molglot" eval retrieval -q --pairs "$tmp/pairs.tsv" --rerank -f json --bootstrap 0
awk '/"reranked"/ { what = "mrr" } /"gained"/ { what = "gained" } what && /"mrr": [0-9.]+,?$/ { print what, $2 + 0; what = "" }' "$tmp/out" >"$tmp/said"
expect 0 "an index of them" "$molglot" index -q "$tmp/mols.smi" -o "$tmp/m.idx" --force
expect 0 "search" "$molglot" search "$tmp/m.idx" -q -i "$tmp/texts.txt" --query-is text -k 60 --by molecule --soft -f tsv
awk -F'\t' 'NR == FNR { if (FNR > 1) want[$3] = $2; next }
    FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    want[$at["query"]] == $at["smiles"] { sum += 1 / $at["rank"]; n++ }
    END { printf "%d %.10f\n", n, sum / 60 }' "$tmp/pairs.tsv" "$tmp/out" >"$tmp/found"
checks=$((checks + 1))
paste "$tmp/said" "$tmp/found" | awk 'NR == 1 { bad = $3 != 60 || $2 - $4 > 0.003 || $4 - $2 > 0.003 } NR == 2 { bad += $2 == 0 } END { exit bad || NR != 2 }' ||
    fail "the figure of the re-ranker is not that of a search: $(paste "$tmp/said" "$tmp/found" | tr '\n' ' ')"

# unconditional
{ cut -f2 "$library" | sed 1d | head -30; echo 'C1CC'; echo 'OCCCCCCCCO'; } >"$tmp/made.smi"
expect 0 "unconditional" "$molglot" eval unconditional "$tmp/made.smi" --train "$library" -f json
for key in '"generated": 32' '"valid": 31' '"novel": 1' '"validity": 0\.96875' '"kl_score"' '"scaffold_similarity"' '"fragment_similarity"' '"internal_diversity"' '"BertzCT"' '"internal_similarity"'; do
    has "$tmp/out" "$key" "unconditional json"
done
expect 3 "unconditional strict" "$molglot" eval unconditional "$tmp/made.smi" --train "$library" --strict
has "$tmp/out" "kl_score" "unconditional table"
finish
