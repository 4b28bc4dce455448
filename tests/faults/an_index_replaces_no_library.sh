#!/bin/sh
# faults: U07
# An index is not written over its library, under any name, nor over a file that is no index; a place that cannot be
# written is noticed before a row is embedded.
. "$(dirname "$0")/lib.sh"
printf 'CCO a\nCCN b\n' >"$tmp/l.smi"
cp "$tmp/l.smi" "$tmp/was.smi"
ln -s l.smi "$tmp/link.smi"
ln "$tmp/l.smi" "$tmp/hard.idx"
expect 2 "the library itself" "$molglot" index "$tmp/l.smi" -o "$tmp/l.smi"
has "$tmp/err" "the library itself" "it is said"
expect 2 "through a symbolic link" "$molglot" index "$tmp/l.smi" -o "$tmp/link.smi" --force
expect 2 "through a hard link" "$molglot" index "$tmp/l.smi" -o "$tmp/hard.idx"
expect 2 "from standard input" sh -c "exec '$molglot' index - -o '$tmp/l.smi' <'$tmp/l.smi'"
gives "the library is as it was" "$tmp/l.smi" "$(cat "$tmp/was.smi")"
printf 'notes\n' >"$tmp/notes.txt"
expect 2 "another file" "$molglot" index "$tmp/l.smi" -o "$tmp/notes.txt"
has "$tmp/err" "no index: --force replaces it" "it is said"
gives "it is as it was" "$tmp/notes.txt" "notes"
expect 2 "concat neither" "$molglot" concat "$tmp/l.smi" -o "$tmp/notes.txt"
expect 0 "unless it is asked for" "$molglot" index -q "$tmp/l.smi" -o "$tmp/notes.txt" --force
expect 0 "an index is replaced" "$molglot" index -q "$tmp/l.smi" -o "$tmp/notes.txt"
: >"$tmp/empty.idx"
expect 0 "an empty file too" "$molglot" index -q "$tmp/l.smi" -o "$tmp/empty.idx"
expect 1 "no such folder" "$molglot" index "$tmp/l.smi" -o "$tmp/none/x.idx"
expect 1 "a folder" "$molglot" index "$tmp/l.smi" -o "$tmp"
checks=$((checks + 1)); [ "$(ls "$tmp" | grep -c 'part\|tmp-\|added')" = 0 ] || fail "something is left: $(ls "$tmp")"
finish
