#!/bin/sh
# molglot explain and eval alignment: every format, molecules by name and InChI, rows, what is refused.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2
words=$here/../../examples/words.tsv
MOLGLOT_MODEL=$model; export MOLGLOT_MODEL
aspirin='CC(=O)Oc1ccccc1C(=O)O'

expect 0 "table" "$molglot" explain "$aspirin" "a benzoic acid with an acetate ester, no halogen" --no-learned
has "$tmp/out" "^  benzoic acid +exact +4-12 +c1ccccc1C\(=O\)O$" "a term lights its atoms"
has "$tmp/out" "^  halogen +exact +the molecule has none$" "what is not there is said"
expect 0 "tsv" "$molglot" explain "$aspirin" "a benzoic acid" --no-learned -f tsv
has "$tmp/out" "^1		CC.*	word	2	14	benzoic acid	exact		1	1	4-12	" "tsv has the span and the atoms"
for f in table tsv json jsonl svg html; do
    expect 0 "explain $f" "$molglot" explain "$aspirin" "a benzoic acid <b>" --no-learned -f $f
    has "$tmp/out" "benzoic acid" "explain $f shows the word"
done
expect 0 "a page" "$molglot" explain "$aspirin" "an <b>acid</b>, and a benzoic acid" --no-learned -o "$tmp/p.html"
has "$tmp/p.html" "script-src 'sha256-[A-Za-z0-9+/]+='; style-src 'sha256-[A-Za-z0-9+/]+=' 'sha256-" "the page has a policy"
not "$tmp/p.html" "<b>|https?://[^w]" "the text is escaped, and nothing is fetched"
has "$tmp/p.html" 'data-at="4,5,6,7,8,9,10,11,12" aria-label="benzoic acid: exact, 9 atoms"' "words know their atoms"
for l in word phrase sentence; do
    expect 0 "a picture, $l" "$molglot" explain "$aspirin" "a benzoic acid" --no-learned -f svg --level $l
done

# the whole table: columns of 34 and 24 characters, what does not fit is cut, pieces that do not stand together
cat > "$tmp/want" <<'END'
CC(=O)Oc1ccccc1C(=O)O
a benzoic acid with an acetate ester, no halogen; oxygen there and a dicarboxylic acid of many an ortho-disubstituted benzene ring
words and atoms
  benzoic acid                       exact    4-12                     c1ccccc1C(=O)O
  acetate ester                      exact    0-4                      CC(=O)Oc1
  halogen                            exact    the molecule has none
  oxygen                             exact    2,3,11,12                O)O .. O)O
  dicarboxylic acid                  exact    10-12                    C(=O)O
  benzene ring                       exact    4-9                      c1ccccc1
phrases and groups
  benzoic acid                       exact    4-12                     c1ccccc1C(=O)O
  acetate ester                      exact    0-4                      CC(=O)Oc1
  halogen                            exact    the molecule has none
  oxygen                             exact    2,3,11,12                O)O .. O)O
  dicarboxylic acid                  exact    10-12                    C(=O)O
  ortho-disubstituted benzene ring   exact    4-9                      c1ccccc1
sentence and molecule
  1  benzoic acid; ortho-disubstituted benz.. 4-9                      c1ccccc1
  2  acetate ester                            0,1                      CC(=
  3  oxygen                                   2,3                      O)O
  4  dicarboxylic acid                        10-12                    C(=O)O
END
expect 0 "a long text" "$molglot" explain "$aspirin" \
    "a benzoic acid with an acetate ester, no halogen; oxygen there and a dicarboxylic acid of many an ortho-disubstituted benzene ring" --no-learned
checks=$((checks + 1)); diff "$tmp/want" "$tmp/out" >&2 || fail "the table of an explanation"
printf 'row\tid\tsmiles\tlevel\tbegin\tend\twords\tby\tterm\tplaces\tset\tatoms\tpiece\n' > "$tmp/want"
for l in word phrase sentence; do
    printf '1\t\tOCC\t%s\t3\t10\talcohol\texact\talcohol\t1\t1\t0,1\tOC\n1\t\tOCC\t%s\t17\t24\thalogen\texact\thalogen\t0\t\t\t\n' $l $l
done >> "$tmp/want"
expect 0 "all columns" "$molglot" explain OCC "an alcohol and a halogen" --no-learned -f tsv
checks=$((checks + 1)); diff "$tmp/want" "$tmp/out" >&2 || fail "the columns of an explanation"

# a molecule by name and by InChI; no model
expect 0 "a name" "$molglot" explain caffeine "a purine with three methyl groups" --no-learned -f tsv
has "$tmp/out" "	purine	exact	purine	1	" "a name is looked up"
expect 0 "InChI" "$molglot" explain "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3" "an alcohol" --no-learned -f tsv
has "$tmp/out" "	alcohol	exact	alcohol	1	" "an InChI is read"
expect 0 "no model" env -u MOLGLOT_MODEL "$molglot" explain CCO "an alcohol" --no-learned

# rows
printf 'id\tsmiles\ttext\na\tCCO\tan alcohol\nb\tC1CC\tbroken\nc\tCCl\t\nd\tCCN\tan amine\n' > "$tmp/t.tsv"
expect 0 "rows" "$molglot" explain -i "$tmp/t.tsv" --no-learned -f jsonl
lines "$tmp/out" 2 "a line a row that is explained"
has "$tmp/out" '^\{"row":4,"id":"d","smiles":"CCN"' "rows keep their numbers and ids"
has "$tmp/err" "unclosed ring 1" "a refused row says why"
has "$tmp/err" "no sentence" "a row without a sentence says so"
expect 3 "strict" "$molglot" explain -i "$tmp/t.tsv" --no-learned --strict
expect 0 "one sentence for all" "$molglot" explain -i "$tmp/t.tsv" --about "an amine" --no-learned -f html
[ "$(grep -c '<section class="x">' "$tmp/out")" = 3 ] || fail "a section a molecule"
expect 2 "one argument" "$molglot" explain CCO
expect 2 "an unknown format" "$molglot" explain CCO "an alcohol" -f docx
expect 2 "nothing is left" "$molglot" explain CCO "an alcohol" --no-exact --no-learned
expect 2 "no such name" "$molglot" explain "zzyzx blorp" "an alcohol" --no-learned
has "$tmp/err" "no such name in the dictionary" "an unknown name is said"

# eval alignment
expect 0 "eval alignment" "$molglot" eval alignment "$words"
has "$tmp/out" "12 words of 5 molecules, 0 rejected; a random atom: 0\.[0-9]+" "it counts"
has "$tmp/out" "^  dictionary alone +word +0\.[5-9][0-9]+ " "the dictionary points"
expect 0 "eval alignment, json" "$molglot" eval alignment "$words" -f json --half 1 --bootstrap 10
has "$tmp/out" '"method": "dictionary alone"' "json names the method"
expect 4 "another table" "$molglot" eval alignment "$tmp/t.tsv"
has "$tmp/err" "wanted are the columns smiles, text" "it says which columns"
finish
