#!/bin/sh
# molglot name: structures of a name, names of a molecule; and what search, generate and eval do with names.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
[ $# -lt 2 ] || { MOLGLOT_MODEL=$2; export MOLGLOT_MODEL; }
source=$(cd "$here/../.." && pwd)

# ---- common names: each has a structure of its formula ----
cut -f1 "$source/tests/fixtures/common_names.tsv" | tail -n +2 >"$tmp/names.txt"
expect 0 "common names" "$molglot" name -q --no-near -n 1 -f tsv -i "$tmp/names.txt" -o "$tmp/found.tsv"
awk -F'\t' 'NR > 1 && $5 != "" { print $5 " " $2 }' "$tmp/found.tsv" >"$tmp/found.smi"
expect 0 "their formulas" "$molglot" depict -q -f tsv -i "$tmp/found.smi" -o "$tmp/formulas.tsv"
awk -F'\t' 'FNR == NR { want[$1] = "|" $2 "|"; n += FNR > 1; next }
    FNR > 1 { if (index(want[$2], "|" $4 "|")) good++; else print "not its formula: " $2, $4 }
    END { print good, n; exit !(good >= .97 * n) }' "$source/tests/fixtures/common_names.tsv" "$tmp/formulas.tsv" >"$tmp/coverage" ||
    fail "fewer than 97 % of the common names: $(tail -n 4 "$tmp/coverage" | tr '\n' ';')"

# ---- a name ----
expect 0 "a name" "$molglot" name -f tsv aspirin "vitamin C" "VITAMIN-C" "imatinib mesylate"
has "$tmp/out" '^1	aspirin	1	Aspirin	CC\(=O\)Oc1ccccc1C\(=O\)O	exact	PubChem' "aspirin and its source"
has "$tmp/out" '^3	VITAMIN-C	1	[^	]*	[^	]*	folded' "hyphens for blanks"
expect 0 "computed from a name" "$molglot" name -f tsv "the calcium salt of benzoic acid" "citric acid as trianion" "methyl ester of aspirin"
has "$tmp/out" '	calcium salt of [Bb]enzoic acid	O=C\(\[O-\]\)c1ccccc1\.O=C\(\[O-\]\)c1ccccc1\.\[Ca\+2\]	computed	PubChem' "a salt"
has "$tmp/out" '	trianion of [Cc]itric acid	O=C\(\[O-\]\)CC\(O\)\(CC\(=O\)\[O-\]\)C\(=O\)\[O-\]	computed' "a charge"
has "$tmp/out" '	methyl ester of Aspirin	COC\(=O\)c1ccccc1OC\(C\)=O	computed' "an ester"
expect 1 "of nothing that is known" "$molglot" name -f tsv "sodium salt of qqxxqqzz"
expect 1 "without a place for it" "$molglot" name --no-near -f tsv "methyl ester of caffeine"
expect 0 "a systematic name" "$molglot" name -f tsv "N-[3-(4-chlorophenyl)-1H-pyrazol-5-yl]-2-sulfanylacetamide" "sodium salt of 3-(4-chlorophenyl)-2-ethylpropanoic acid"
has "$tmp/out" '	O=C\(CS\)Nc1cc\(-c2ccc\(Cl\)cc2\)n\[nH\]1	computed	Molglot' "its structure"
has "$tmp/out" '	CCC\(Cc1ccc\(Cl\)cc1\)C\(=O\)\[O-\]\.\[Na\+\]	computed	Molglot' "a salt of one"
expect 0 "described" "$molglot" name -f tsv "phenol with a nitro group in the para position" "pyridine with methyl groups at positions 2 and 6"
has "$tmp/out" '	4-nitrophenol	O=\[N\+\]\(\[O-\]\)c1ccc\(O\)cc1	computed	Molglot' "a place in words"
has "$tmp/out" '	2,6-dimethylpyridine	Cc1cccc\(C\)n1	computed	Molglot' "places by numbers"
expect 0 "a lipid, an ion of a known acid" "$molglot" name -f tsv "N-nervonoylphytosphingosine" \
    "conjugate base of amfenac, obtained by deprotonation of the carboxy group"
has "$tmp/out" '	CCCCCCCC/C=C\\CCCCCCCCCCCCCC\(=O\)N\[C@@H\]\(CO\)\[C@H\]\(O\)\[C@H\]\(O\)CCCCCCCCCCCCCC	computed	Molglot' "a ceramide"
has "$tmp/out" '	amfenac\(1-\)	[^	]*C\(=O\)\[O-\][^	]*	computed' "its ion, where the dictionary writes the acid"
expect 1 "what can be read two ways" "$molglot" name --no-near -f tsv "5-bromochlorophenylpyridine" "a 2-chlorophenol with a nitro group"
expect 0 "a thing with several structures" "$molglot" name -f json glucose
has "$tmp/out" '"rank": ?2' "all structures are listed"
expect 1 "no name" "$molglot" name -f tsv ibuproffen
has "$tmp/out" 'did you mean: Ibuprofen' "a wrong letter is forgiven"
expect 1 "no near ones" "$molglot" name --no-near -f tsv ibuproffen
not "$tmp/out" 'did you mean' "--no-near"
expect 3 "one of two, strict" "$molglot" name --strict -f tsv aspirin qqxxqqzz

# ---- a molecule ----
expect 0 "a molecule" "$molglot" name -f tsv 'O=C(O)c1ccccc1OC(C)=O' -n 3
has "$tmp/out" '	1	Aspirin	' "the best known name first"
[ "$(wc -l <"$tmp/out")" = 4 ] || fail "-n 3 gives three names"
expect 0 "a molecule that no list has" "$molglot" name -f tsv 'OC(=O)c1cc(Br)c(OCCCCCF)c(SC)c1'
has "$tmp/out" '	1	3-bromo-4-\[\(5-fluoropentyl\)oxy\]-5-\(methylsulfanyl\)benzoic acid	[^	]*	computed	Molglot' "its systematic name"
expect 0 "a listed one" "$molglot" name -f tsv 'O=C(O)c1ccccc1OC(C)=O' -n 1000
[ "$(tail -n 1 "$tmp/out" | cut -f4,6,7)" = "2-(acetyloxy)benzoic acid	computed	Molglot" ] || has "$tmp/out" '	2-\([Aa]cetyloxy\)benzoic acid	' "the systematic name, last or listed"
expect 0 "by InChI" "$molglot" name -f tsv 'InChI=1S/C8H10N4O2/c1-10-4-9-6-5(10)7(13)12(3)8(14)11(6)2/h4H,1-3H3' -n 1
has "$tmp/out" '	[Cc]affeine	' "an InChI is a molecule"
expect 0 "letters that spell both" "$molglot" name -f tsv --of CCO -n 1
has "$tmp/out" '	CCO	exact	' "--of reads a molecule"
printf 'smiles,note\nCC(C)Cc1ccc(cc1)C(C)C(=O)O,mine\nC1CC,bad\n' >"$tmp/in.csv"
expect 0 "a table" "$molglot" name -q -n 1 -i "$tmp/in.csv" -f csv
has "$tmp/out" ',1,[Ii]buprofen,.*,mine' "columns are kept"
has "$tmp/out" '^2,.*rejected,' "a row that cannot be read keeps its place"

# ---- search and generate ----
expect 0 "an index" "$molglot" index -q "$source/examples/library.tsv" -o "$tmp/l.idx"
expect 0 "search" "$molglot" search -q "$tmp/l.idx" "acetylsalicylic acid" -k 2 -f json
has "$tmp/out" '"why": ?"name: acetylsalicylic acid \(PubChem' "found by the dictionary's structure"
has "$tmp/out" '"note": ?"name: .* = CC\(=O\)Oc1ccccc1C\(=O\)O \(PubChem' "and it is said"
expect 0 "search without" "$molglot" search -q "$tmp/l.idx" "acetylsalicylic acid" -k 2 -f json --no-names
not "$tmp/out" 'PubChem' "--no-names"
expect 0 "an article" "$molglot" search -q "$tmp/l.idx" "a thiol" -k 1 -f json
not "$tmp/out" '"name: ' "a thiol is no drug Athiol"
expect 0 "generate" "$molglot" generate -q aspirin -n 2 -f tsv
has "$tmp/out" '^1	aspirin	1	.*	Aspirin	PubChem, MetaNetX	.*	CC\(=O\)Oc1ccccc1C\(=O\)O	' "the entry first, with its source"
expect 0 "generate without" "$molglot" generate -q aspirin -n 2 -f tsv --no-names
not "$tmp/out" 'MetaNetX' "--no-names"
expect 0 "a name that is denied" "$molglot" generate -q "a statin but not atorvastatin" -n 3 -f tsv
not "$tmp/out" '	atorvastatin' "it is left out, with its ions"
has "$tmp/out" 'lovastatin' "others are there"
expect 0 "denied in search" "$molglot" search -q "$tmp/l.idx" "a painkiller but not aspirin" -k 40 -f json
not "$tmp/out" 'CC\(=O\)Oc1ccccc1C\(=O\)' "it is left out there too"
has "$tmp/out" '"note": ?"left out: aspirin' "and it is said"
checks=$((checks + 1)); grep -Eq 'unknown to the model: [^"]*aspirin' "$tmp/out" && fail "what is left out is called unknown"

# ---- benchmarks know no names ----
printf 'smiles\ttext\nCC(=O)Oc1ccccc1C(=O)O\taspirin\nCn1c(=O)c2c(ncn2C)n(C)c1=O\tcaffeine\n' >"$tmp/pairs.tsv"
expect 0 "eval generation" "$molglot" eval generation -q --pairs "$tmp/pairs.tsv" --bootstrap 0 -n 1 --save "$tmp/saved.tsv"
awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /output/) at = i; next } $at == $1' "$tmp/saved.tsv" >"$tmp/right"
lines "$tmp/right" 0 "no answer out of the dictionary"
grep -lE 'cli_dictionary|mg_named|mg_bundle_names' "$source"/src/app/cmd/eval*.c "$source"/src/score/*.c "$source"/src/train/*.c "$source"/src/train/[!r]*/*.c >"$tmp/uses" # rerank/ reads the file that its recipe names
lines "$tmp/uses" 0 "eval and training never open the dictionary"
finish
