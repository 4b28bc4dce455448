#!/bin/sh
# faults: U25 F23a
# Shards of a file join to the very index of the file; rows are added to an index and taken out of it.
. "$(dirname "$0")/lib.sh"
printf 'id,smiles,text,pIC50\na,CCO,an alcohol,6.5\nb,C1CC,broken,1\nc,CCN,,7\nd,CCC,an alkane,8\ne,CCS,,\n' >"$tmp/l.csv"
expect 0 "the whole" "$molglot" index -q "$tmp/l.csv" -o "$tmp/whole.idx"
for i in 1 2 3; do expect 0 "shard $i" "$molglot" index -q "$tmp/l.csv" --shard $i/3 -o "$tmp/$i.idx"; done
expect 0 "joined" "$molglot" concat "$tmp/3.idx" "$tmp/1.idx" "$tmp/2.idx" -o "$tmp/all.idx"
has "$tmp/err" "4 rows of 3 indexes, in the order of their file" "their order"
checks=$((checks + 1)); cmp -s "$tmp/all.idx" "$tmp/whole.idx" || fail "the joined shards are not the index of the file"
expect 4 "a shard twice" "$molglot" concat "$tmp/1.idx" "$tmp/1.idx" -o "$tmp/twice.idx"
has "$tmp/err" "hold the same rows of the same file" "it is said"
expect 2 "no shard" "$molglot" index "$tmp/l.csv" --shard 4/3 -o "$tmp/x.idx"
# adding and removing
printf 'id,smiles,vendor\nf,CCF,ours\n' >"$tmp/more.csv"
expect 0 "append" "$molglot" index "$tmp/more.csv" -o "$tmp/all.idx" --append
has "$tmp/err" "all.idx: 1 molecules more" "its count"
expect 0 "info" "$molglot" info "$tmp/all.idx"
has "$tmp/out" "^rows: 5 molecules" "all rows"
has "$tmp/out" "^columns: pIC50, vendor" "all columns"
cp "$tmp/all.idx" "$tmp/was.idx"
printf 'C1CC bad\n' >"$tmp/bad.smi"
expect 1 "nothing to append" "$molglot" index "$tmp/bad.smi" -o "$tmp/all.idx" --append
checks=$((checks + 1)); cmp -s "$tmp/all.idx" "$tmp/was.idx" || fail "the index changed though nothing was added"
expect 1 "nothing to append to" "$molglot" index "$tmp/more.csv" -o "$tmp/none.idx" --append
printf 'c\nnobody\n' >"$tmp/ids.txt"
expect 0 "without" "$molglot" concat "$tmp/all.idx" --without "$tmp/ids.txt" -o "$tmp/all.idx"
has "$tmp/err" "1 rows left out; 1 ids of .* are in no index" "what was taken out"
expect 0 "search" "$molglot" search "$tmp/all.idx" CCN -n 9 -f tsv
not "$tmp/out" "	CCN	.*	c	" "the row is gone"
lines "$tmp/out" 5 "the others are there"
finish
