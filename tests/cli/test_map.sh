#!/bin/sh
# molglot map: every format, rejected rows in their places, colours and measures, two models, threads, what is refused.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2
MOLGLOT_MODEL=$model; export MOLGLOT_MODEL

printf 'id\tsmiles\ttext\tkind\tsize\n' > "$tmp/t.tsv"
for n in 1 2 3 4 5 6; do
    chain=$(printf "%${n}s" | tr ' ' C)
    printf 'a%s\t%sCO\t%s alcohol <b>\talcohol\t%s\n' $n "$chain" $n $n
    printf 'k%s\t%sC(=O)C\ta ketone\tketone\t%s.5\n' $n "$chain" $n
    printf 'b%s\tc1ccccc1%s\tan arene\tarene</script><b>\t1e1%s\n' $n "$chain" $n
done >> "$tmp/t.tsv"
printf 'bad\tC1CC\tbroken\talcohol\t9\n' >> "$tmp/t.tsv"

expect 0 "csv" "$molglot" map -i "$tmp/t.tsv" --iterations 60 -f csv
cp "$tmp/out" "$tmp/one.csv"
lines "$tmp/out" 20 "a line a row"
has "$tmp/out" '^row,id,input,status,error,x,y,text,kind,size$' "its columns"
has "$tmp/out" '^19,bad,C1CC,rejected,.*unclosed ring 1.*,,,broken,alcohol,9$' "a rejected row keeps its place"
has "$tmp/out" '^2,k1,CC\(=O\)C,ok,,-?[0-9.]+,-?[0-9.]+,a ketone,ketone,1\.5$' "a row has its place"
expect 0 "other threads" "$molglot" map -i "$tmp/t.tsv" --iterations 60 -f csv -j 1
cmp -s "$tmp/out" "$tmp/one.csv" || fail "the map depends on threads"
expect 3 "strict" "$molglot" map -i "$tmp/t.tsv" --method pca -f tsv --strict

expect 0 "a page" "$molglot" map -i "$tmp/t.tsv" --color kind --iterations 60 -o "$tmp/p.html"
has "$tmp/err" "3 groups of kind: silhouette -?[0-9.]+ in the space, .*NN accuracy" "separation is measured"
has "$tmp/p.html" "script-src 'sha256-[A-Za-z0-9+/]+='; style-src 'sha256-" "the page has a policy"
not "$tmp/p.html" "<b>(<|\$)|https?://[^w]|arene</script>" "texts cannot leave their place, and nothing is fetched"
has "$tmp/p.html" '"chosen":1,"colours":\[\{"name":"text"' "columns are colours"
has "$tmp/p.html" '"tsne":\[[0-9]+,.*"pca":\[[0-9]+,.*"drawing":\["<' "places and drawings are there"
has "$tmp/p.html" 'class="still"><svg' "without a script there is a picture"
expect 0 "a picture" "$molglot" map -i "$tmp/t.tsv" --colour size --method pca -o "$tmp/p.svg"
has "$tmp/err" "size told by the 10 nearest others: R2" "numbers are measured"
has "$tmp/p.svg" '<path stroke="#[0-9a-f]+" d="M[0-9.]+ [0-9.]+h0' "points of a colour are one path"
expect 0 "two models" "$molglot" map -i "$tmp/t.tsv" --against "$model" --method pca -f tsv
has "$tmp/out" '^row	id	input	status	error	x	y	against_x	against_y	' "two places a row"
[ "$(awk -F'\t' '$6 != $8 && NR > 1' "$tmp/out" | wc -l)" = 0 ] || fail "the same model twice gives the same place"
expect 0 "texts" "$molglot" map -i "$tmp/t.tsv" --side text --method pca -f jsonl
has "$tmp/out" '"input":"a ketone"' "texts are placed"

expect 1 "two rows" "$molglot" map CCO CCN
has "$tmp/err" "t-SNE needs 4 rows, and 2 can be embedded: --method pca" "it says what to do"
expect 0 "two rows, pca" "$molglot" map CCO CCN --method pca -f csv
expect 0 "equal rows" "$molglot" map CCO CCO CCO CCO CCO --iterations 20 -f csv
lines "$tmp/out" 6 "equal rows have places"
expect 2 "all rejected" "$molglot" map C1CC C1CC --method pca -f csv
expect 2 "no such column" "$molglot" map -i "$tmp/t.tsv" --color nothing
has "$tmp/err" "there is no column 'nothing'" "it names the column"
expect 2 "a name a row" "$molglot" map -i "$tmp/t.tsv" --color id
expect 2 "another format" "$molglot" map CCO -f sdf
expect 2 "another method" "$molglot" map CCO --method umap
expect 1 "no such model" "$molglot" map -i "$tmp/t.tsv" --against /nonexistent -f csv
finish
