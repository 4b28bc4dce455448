#!/bin/sh
# faults: U18
# Where no terminal shows it, the default is the whole table as TSV, nothing cut; a terminal's lines are as wide as it is.
. "$(dirname "$0")/lib.sh"
long="CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC(=O)O"
printf 'id\tsmiles\nan-id-of-many-many-letters-that-was-cut\t%s\n' $long >"$tmp/l.tsv"
expect 0 "index" "$molglot" index "$tmp/l.tsv" -o "$tmp/l.idx"
expect 0 "search" "$molglot" search "$tmp/l.idx" "a fatty acid" -k 1
has "$tmp/out" "	an-id-of-many-many-letters-that-was-cut	" "search: the whole id"
checks=$((checks + 1)); grep -qF "	$long	" "$tmp/out" || fail "search: the whole SMILES"
expect 0 "search to a file" "$molglot" search "$tmp/l.idx" "a fatty acid" -k 1 -o "$tmp/hits"
checks=$((checks + 1)); grep -qF "	$long	" "$tmp/hits" || fail "search: the whole SMILES in a file"
expect 0 "decode" "$molglot" encode CCO -o "$tmp/z.csv"
expect 0 "decode" "$molglot" decode "$tmp/z.csv"
has "$tmp/out" "^row	id	" "decode"
expect 0 "asked for" "$molglot" search "$tmp/l.idx" "a fatty acid" -k 1 -f table
has "$tmp/out" "^  rank  score  why       id" "-f table is the table"
checks=$((checks + 1)); python3 - "$molglot" "$tmp/l.idx" <<'P' || fail "a terminal of 70 columns"
import os, pty, sys, fcntl, termios, struct, subprocess
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
subprocess.run([sys.argv[1], "search", sys.argv[2], "a fatty acid", "-k", "1", "-q"], stdout=slave, check=True)
text = os.read(master, 65536).decode()
assert "rank" in text and max(len(l) for l in text.splitlines()) <= 70, text
P
finish
