#!/bin/sh
# faults: F15a F15d
# A missing output, or one cut apart by a tab, is no molecule and lowers the shares; an empty one is the molecule of no atoms.
. "$(dirname "$0")/lib.sh"
ep() { expect 0 "$1" "$molglot" eval predictions "$tmp/p.tsv" -f json --bootstrap 0; }
printf 'ground truth\toutput\nCCO\n' >"$tmp/p.tsv"
ep "no field"
has "$tmp/out" '"validity": 0,' "a missing output is not valid"
has "$tmp/out" '"prompts": 1,' "its prompt counts"
has "$tmp/out" '"outputs_missing": 1,' "it is counted"
has "$tmp/err" "1 outputs are missing" "and said"
printf 'ground truth\toutput\nCCO\t\n' >"$tmp/p.tsv"
ep "an empty output"
has "$tmp/out" '"empty": 1,' "an empty output is read as RDKit reads it"
printf 'ground truth\toutput\nCCO\tCCO\nCCN\tCC\tN\nCCC\tCCC\t\n' >"$tmp/p.tsv"
ep "a tab too many"
has "$tmp/out" '"rows_unreadable": 0,' "the row is not left out"
has "$tmp/out" '"rows_with_too_many_fields": 1,' "it is counted"
has "$tmp/out" '"exact_canonical_smiles": 0.666667,' "two of three: a tab at the end is none"
has "$tmp/out" '"validity": 0.666667,' "the share does not rise"
printf 'ground truth\toutput\toutput2\nCCO\tCCO\n' >"$tmp/p.tsv"
ep "the second of two is missing"
has "$tmp/out" '"validity": 0.5,' "one of two outputs is valid"
printf 'output\tground truth\nCCO\nCCO\tCCO\n' >"$tmp/p.tsv"
ep "no reference"
has "$tmp/out" '"rows_unreadable": 1,' "a row without a reference cannot be scored"
expect 3 "strict" "$molglot" eval predictions "$tmp/p.tsv" -f json --bootstrap 0 --strict
finish
