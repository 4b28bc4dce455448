#!/bin/sh
# Damaged files, full disks, closed pipes, absurd input: clear errors, the right exit code, old files intact, no socket.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export MOLGLOT_MODEL=$2
library=$here/../../examples/library.tsv
expect 0 "index" "$molglot" index "$library" -o "$tmp/l.idx"

# model and index: truncated, corrupt, empty, absent, of another kind
size=$(stat -c %s "$2")
for n in 0 7 8 100 $((size / 2)) $((size - 1)); do
    head -c "$n" "$2/space.safetensors" >"$tmp/m.safetensors"
    expect 4 "model cut to $n bytes" "$molglot" search -m "$tmp/m.safetensors" "$tmp/l.idx" x
    has "$tmp/err" "m.safetensors" "the message names the file"
done
size=$(stat -c %s "$tmp/l.idx")
for n in 0 7 64 $((size / 2)) $((size - 1)); do
    head -c "$n" "$tmp/l.idx" >"$tmp/cut.idx"
    expect 4 "index cut to $n bytes" "$molglot" search "$tmp/cut.idx" x
done
cp "$tmp/l.idx" "$tmp/flip.idx"
printf '\377' | dd of="$tmp/flip.idx" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
expect 4 "info finds a flipped byte of an index" "$molglot" info "$tmp/flip.idx"
cp "$library" "$tmp/table.idx"
expect 4 "a table is no index" "$molglot" search "$tmp/table.idx" x
expect 1 "no such model" "$molglot" search -m "$tmp/none" "$tmp/l.idx" x
expect 1 "an empty library" "$molglot" index /dev/null -o "$tmp/e.idx"
checks=$((checks + 1)); [ ! -e "$tmp/e.idx" ] || fail "an empty library left an index"
expect 4 "a broken recipe" sh -c "printf '[train\n' >$tmp/r.toml; exec $molglot train $tmp/r.toml"
has "$tmp/err" "r.toml" "the recipe's error names the file"

# absurd molecules are refused in no time
awk 'BEGIN{s="";for(i=0;i<100000;i++)s=s "C";print s}' >"$tmp/long.smi"
awk 'BEGIN{s="";for(i=0;i<2000;i++)s=s "C";print s " chain"}' >>"$tmp/long.smi"
awk 'BEGIN{s="";for(i=0;i<900;i++)s=s "C(";print s " nested"}' >>"$tmp/long.smi"
echo 'CCO good' >>"$tmp/long.smi"
expect 0 "absurd molecules, in five seconds of processor time" sh -c 'ulimit -t 5; exec "$@"' sh "$molglot" index "$tmp/long.smi" -o "$tmp/long.idx"
has "$tmp/err" "3 of 4 rows rejected" "three are refused"

# writing: a directory that is not there, a disk that is full, a pipe that is closed; the old file stays
expect 1 "no such directory" "$molglot" index "$library" -o "$tmp/none/l.idx"
cp "$tmp/l.idx" "$tmp/old.idx"
expect 1 "full disk" sh -c "trap '' XFSZ; ulimit -f 8; exec $molglot index $library -o $tmp/old.idx"
checks=$((checks + 1)); cmp -s "$tmp/l.idx" "$tmp/old.idx" || fail "a full disk harmed the old index"
checks=$((checks + 1)); [ -z "$(find "$tmp" -name 'old.idx?*')" ] || fail "a temporary file was left behind"
expect 1 "full device on stdout" sh -c "$molglot embed CCO >/dev/full"
expect 1 "closed stdout" sh -c "$molglot embed CCO >&-"
if [ "$(id -u)" -ne 0 ]; then
    cp "$library" "$tmp/secret.tsv"; chmod 0 "$tmp/secret.tsv"
    expect 1 "unreadable file" "$molglot" index "$tmp/secret.tsv" -o "$tmp/s.idx"
fi
expect 1 "a directory as library" "$molglot" index "$tmp" -o "$tmp/s.idx"
expect 1 "a missing library" "$molglot" index "$tmp/none.tsv" -o "$tmp/s.idx"
# noise, the same each time
LC_ALL=C awk 'BEGIN { x = 7; for (i = 0; i < 3000; i++) { x = (x * 16807) % 2147483647; printf "%c", 128 + x % 128 } }' </dev/null >"$tmp/noise"
expect 1 "noise as library" "$molglot" index "$tmp/noise" -o "$tmp/s.idx"

# nothing opens a socket
if command -v strace >/dev/null && strace -o "$tmp/probe" true 2>/dev/null; then
    checks=$((checks + 1))
    strace -f -e trace=network -o "$tmp/trace" "$molglot" search "$tmp/l.idx" "a sugar" >/dev/null 2>&1
    grep -q 'socket(' "$tmp/trace" && fail "search opened a socket"
fi
finish
