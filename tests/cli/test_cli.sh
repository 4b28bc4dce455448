#!/bin/sh
# The commands as a newcomer types them, with the shipped model.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export MOLGLOT_MODEL=$2
library=$here/../../examples/library.tsv
python_free_npy_rows() { head -c 128 "$1" | grep -aoE "\([0-9]+, [0-9]+\)"; }

# --help of every command exits 0 and holds an example; unknown ones are usage errors
for c in index search embed describe depict eval train import merge info doctor; do
    expect 0 "$c --help" "$molglot" $c --help
    has "$tmp/out" "Example" "$c --help"
done
expect 0 "--help" "$molglot" --help
expect 0 "--version" "$molglot" --version
has "$tmp/out" "^molglot [0-9]" "--version"
expect 2 "no command" "$molglot"
expect 2 "unknown command" "$molglot" frobnicate
expect 2 "unknown option" "$molglot" search --frobnicate
expect 2 "missing -o" "$molglot" index "$library"
expect 2 "bad number" "$molglot" search x.idx y -k minus

# index and search, every format
expect 0 "index" "$molglot" index "$library" -o "$tmp/l.idx"
has "$tmp/err" "217 molecules" "index says its count"
expect 0 "search table" "$molglot" search "$tmp/l.idx" "a purine alkaloid found in coffee that stimulates the nervous system" -k 3
has "$tmp/out" "caffeine" "caffeine is among the first three"
expect 0 "search json" "$molglot" search "$tmp/l.idx" "a fatty acid" -k 2 -f json
has "$tmp/out" '"rank":2' "json has two hits"
expect 0 "search csv" "$molglot" search "$tmp/l.idx" "a fatty acid" "a sugar" -k 2 -f csv
lines "$tmp/out" 5 "csv: a header and two hits for each of two queries"
expect 0 "search smi" "$molglot" search "$tmp/l.idx" "a fatty acid" -k 4 -f smi
lines "$tmp/out" 4 "smi"
expect 0 "search html" "$molglot" search "$tmp/l.idx" "<script>alert(1)</script>" -k 2 -o "$tmp/p.html"
has "$tmp/p.html" "&lt;script&gt;" "a query is escaped in html"
has "$tmp/p.html" "<svg" "html holds drawings"
checks=$((checks + 1)); grep -qE "https?://[^w]" "$tmp/p.html" && fail "html refers to the network"
expect 0 "search by molecule" "$molglot" search "$tmp/l.idx" 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -k 1 -f jsonl
has "$tmp/out" '"query_is":"SMILES".*"id":"caffeine"' "a molecule finds itself"
printf 'a sugar\nCCO\n\nC1CC\n' >"$tmp/q"
checks=$((checks + 1)); "$molglot" search "$tmp/l.idx" - -f jsonl -k 1 -q <"$tmp/q" >"$tmp/out" || fail "queries from stdin"
lines "$tmp/out" 4 "one line for every query of stdin"
expect 0 "text index" "$molglot" index "$library" --side text -o "$tmp/t.idx"
expect 0 "molecule to text" "$molglot" search "$tmp/t.idx" 'CC(=O)Oc1ccccc1C(=O)O' -k 3 -f jsonl
has "$tmp/out" '"id":"aspirin"' "aspirin's text is among the first three"
expect 0 "info index" "$molglot" info "$tmp/l.idx"
has "$tmp/out" "217 molecules" "info of an index"
expect 0 "info model" "$molglot" info
has "$tmp/out" "licen[cs]e" "info shows the licence"

# rows keep their place, a bad row says why and where
printf 'CCO ethanol\nC1CC bad\n\nc1ccccc1\tbenzene\r\n' >"$tmp/rows.smi"
expect 0 "embed with a bad row" "$molglot" embed -i "$tmp/rows.smi"
lines "$tmp/out" 5 "a row for every record, and the header"
has "$tmp/out" "^2,bad,C1CC,rejected,.*ring" "the bad row names the ring"
expect 3 "--strict" "$molglot" embed --strict -i "$tmp/rows.smi"
expect 0 "npy" "$molglot" embed -i "$library" -o "$tmp/x.npy"
checks=$((checks + 1)); [ "$(python_free_npy_rows "$tmp/x.npy" | cut -d, -f1)" = "(217" ] || fail "npy header does not say 217 rows"
gzip -c "$library" >"$tmp/library.tsv.gz"
expect 0 "gzip by content" "$molglot" index "$tmp/library.tsv.gz" -o "$tmp/g.idx"
checks=$((checks + 1)); cmp -s "$tmp/l.idx" "$tmp/g.idx" || fail "the index of gzipped input differs"
zstd -q -c "$library" >"$tmp/noextension"
expect 0 "zstd by content, no extension" "$molglot" index "$tmp/noextension" -o "$tmp/z.idx"
expect 0 "equal bits for equal threads" "$molglot" embed -j 2 -i "$library" -o "$tmp/y.npy"
expect 0 "equal bits for equal threads" "$molglot" embed -j 2 -i "$library" -o "$tmp/z.npy"
checks=$((checks + 1)); cmp -s "$tmp/y.npy" "$tmp/z.npy" || fail "two runs differ"

# depict, eval
expect 0 "depict svg" "$molglot" depict 'c1ccccc1' -o "$tmp/b.svg"
has "$tmp/b.svg" "<svg" "svg"
expect 0 "depict png" "$molglot" depict 'c1ccccc1' -o "$tmp/b.png"
expect 0 "depict html" "$molglot" depict CCO 'c1ccccc1' -o "$tmp/b.html"
expect 2 "depict nothing readable" "$molglot" depict 'C1CC' -o "$tmp/c.svg"
expect 0 "eval" "$molglot" eval retrieval --pairs "$library" -f json --bootstrap 100
for key in text_to_molecule molecule_to_text '"n"' '"pool"' '"mrr"' '"hits@1"' '"hits@5"' '"hits@10"' '"hits@20"' '"mean_rank"' '"batch64_accuracy"' interval95 random; do
    has "$tmp/out" "$key" "eval json"
done
expect 0 "eval by sentences" "$molglot" eval retrieval --pairs "$library" --sentences --bootstrap 0
expect 0 "doctor" "$molglot" doctor --seconds 1
has "$tmp/out" "tokenizer self-test: passed" "doctor"
has "$tmp/out" "^numbers of part space: as the readable kernels" "doctor compares with the readable kernels"
has "$tmp/out" "^numbers of part writer: as the readable kernels" "of writers, too"
finish
