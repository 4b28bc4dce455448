#!/bin/sh
# trust: in a group of processes with 512 MB, without swap, as a container grants them, the commands run, serve with two requests among them.
# half_a_gigabyte_is_enough.sh MOLGLOT MODEL [tell]: with the last word all of them (40 s), and what each took at most. Skipped where
# groups cannot be made.
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
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null; wait; rmdir "$group"; rm -rf "$tmp"' EXIT
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
library=$root/examples/library.tsv
within embed -q -i "$library" -f csv -o x.csv
within index -q "$library" -o x.idx
within search x.idx "a sweet sugar" -k 3
within generate -q "a methyl ester of an aromatic acid" -n 2
within caption "COC(=O)c1ccccc1"
within encode -q CCO -o z.npy
within decode -q z.npy
within interpolate -q CCO CCCO -n 3
within explain -q CCO "an alcohol with a chain of two carbons"
within predict -p tox21 CCO
if [ -n "$tell" ]; then
    printf 'description\tground truth\toutput\nan alcohol\tCCO\tCCN\n' >p.tsv
    head -6 "$library" >few.tsv
    within describe -i "$library" -o x.csv
    within name "2-(4-methylphenyl)propan-2-ol"
    within name CCO
    within depict CCO --width 8000 --height 8000 -o x.png
    within depict -i "$library" -o x.html
    within predict -p toxcast -i "$library" -o x.csv
    within map -q -i "$library" -o x.html
    within report -q --nearest "$library" -o x.html
    within search "$library" CCO -k 3
    within export -q x.idx -o x.arrow
    within memory -q "$library" -o x.safetensors
    within eval retrieval -q --pairs "$library"
    within eval predictions -q p.tsv --train "$library"
    within eval unconditional -q "$library" --train "$library"
    within eval reconstruction -q "$library" --limit 20
    within eval generation -q --pairs few.tsv -n 2
    within eval caption -q --pairs few.tsv
    within eval alignment -q "$root/examples/words.tsv"
    within info --verify "$2"
    within doctor
    within train -q "$root/recipes/predict-tiny.toml" -o run --set data.file="$root/examples/assay.csv"
fi

# the server, with a search, which reads the space, and a generation
echo 0 2>/dev/null >"$peak"
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$molglot" serve x.idx --port 0 >s.out 2>s.err &
server=$!
for _ in $(seq 300); do grep -q '^ready' s.err && break; kill -0 $server 2>/dev/null || break; sleep .1; done
url=$(sed -n 's,^\(http://.*\)/$,\1,p' s.out)
ask() {
    checks=$((checks + 1))
    curl -sS -m 100 -o body -w '%{http_code}' -H 'Content-Type: application/json' -d "$2" "$url$1" >code 2>>s.err
    [ "$(cat code)" = 200 ] || fail "$1 of a server within 512 MB: $(cat code): $(head -c 200 body; tail -3 s.err)"
}
ask /v1/search '{"queries":["a sweet sugar"],"k":3}'
ask /v1/generate '{"texts":["a methyl ester of an aromatic acid"],"n":2}'
[ -z "$tell" ] || echo "$(($(cat "$peak") >> 20)) MB: serve, a search and a generation"
kill $server 2>/dev/null
wait $server 2>/dev/null
finish
