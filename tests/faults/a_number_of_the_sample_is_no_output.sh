#!/bin/sh
# faults: F15b F15d
# A column of whole numbers is no output beside molecules; the usual names of columns are known, and those taken are said.
. "$(dirname "$0")/lib.sh"
printf 'sample\tground truth\toutput\n7\tCCO\tCCO\n8\tCCN\tCCN\n' >"$tmp/p.tsv"
expect 0 "sample" "$molglot" eval predictions "$tmp/p.tsv" -f json --bootstrap 0
has "$tmp/out" '"outputs_per_prompt": 1,' "one output a prompt"
has "$tmp/out" '"validity": 1,' "which is valid"
has "$tmp/out" '"of_numbers_left_out": 1' "the number is left out, and said"
has "$tmp/err" "reference 'ground truth', 1 output 'output'; 1 of numbers" "the columns taken are said"
for names in 'target\tpred' 'gt\tgenerated_smiles' 'reference\tprediction' 'SMILES\tpredicted_smiles' 'ground-truth\tPred_1'; do
    printf "$names"'\nCCO\tOCC\n' >"$tmp/p.tsv"
    expect 0 "$names" "$molglot" eval predictions "$tmp/p.tsv" -f json --bootstrap 0
    has "$tmp/out" '"exact_canonical_smiles": 1,' "$names are known"
done
printf 'a\tb\nCCO\tOCC\n' >"$tmp/p.tsv"
expect 4 "unknown names" "$molglot" eval predictions "$tmp/p.tsv"
has "$tmp/err" "there are: a, b" "the names that are there are said"
printf 'target,pred\n"CCO","OCC"\n' >"$tmp/p.csv"
expect 0 "CSV" "$molglot" eval predictions "$tmp/p.csv" -f json --bootstrap 0
has "$tmp/out" '"exact_canonical_smiles": 1,' "a .csv has quotes"
finish
