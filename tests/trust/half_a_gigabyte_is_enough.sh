#!/bin/sh
# trust: in a group of processes with 512 MB, without swap, as a container grants them, embed, index, search, generate and caption run.
# half_a_gigabyte_is_enough.sh MOLGLOT MODEL [tell]: with the last word, what each took at most. Skipped where groups cannot be made.
tell=${3-}
. "$(dirname "$0")/../faults/lib.sh"
group=
for base in /sys/fs/cgroup/memory /sys/fs/cgroup; do
    [ -w "$base" ] && [ -e "$base/cgroup.procs" ] || continue
    mkdir "$base/molglot-$$" 2>/dev/null || continue
    group=$base/molglot-$$
    [ -e "$group/memory.limit_in_bytes" ] || [ -e "$group/memory.max" ] && break
    rmdir "$group"
    group=
done
[ -n "$group" ] || { echo "skipped: no group of processes can be made here"; exit 0; }
trap 'rmdir "$group"; rm -rf "$tmp"' EXIT
if [ -e "$group/memory.max" ]; then
    limit=$group/memory.max peak=$group/memory.peak
    echo 0 >"$group/memory.swap.max" 2>/dev/null
else
    limit=$group/memory.limit_in_bytes peak=$group/memory.max_usage_in_bytes
fi
echo $((512 << 20)) >"$limit" || { echo "skipped: $limit cannot be set"; exit 0; }
cd "$tmp" || exit 1
# within COMMAND...
within() {
    echo 0 2>/dev/null >"$peak"
    expect 0 "$* within 512 MB" sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$molglot" "$@"
    [ -z "$tell" ] || echo "$(($(cat "$peak") >> 20)) MB: $*"
}
within embed -q -i "$root/examples/library.tsv" -f csv -o x.csv
within index -q "$root/examples/library.tsv" -o x.idx
within search x.idx "a sweet sugar" -k 3
within generate -q "a methyl ester of an aromatic acid" -n 2
within caption "COC(=O)c1ccccc1"
finish
