#!/bin/sh
# What a request of `molglot serve` costs, in processor time of the server, as a multiple of an empty handler (GET /health):
# bars that a change must not break. bench/serve.sh MOLGLOT [SECONDS]     Needs wrk; wall times do not count, so a busy machine does.
set -eu
molglot=$1 seconds=${2:-4}
here=$(cd "$(dirname "$0")/.." && pwd)
command -v wrk >/dev/null || { echo "serve.sh: apt-get install wrk" >&2; exit 1; }
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$tmp"' EXIT
"$molglot" index -q "$here/examples/library.tsv" -o "$tmp/library.idx"
"$molglot" serve "$tmp/library.idx" -q --port 0 >"$tmp/out" &
server=$!
for _ in $(seq 300); do
    url=$(sed -n 's,/$,,p' "$tmp/out")
    [ -n "$url" ] && curl -sf "$url/health" >/dev/null && break
    sleep .1
done
ticks=$(getconf CLK_TCK)
spent() { awk -v t="$ticks" '{ sub(/.*\) /, ""); print ($12 + $13) * 1e6 / t }' "/proc/$server/stat"; }
over=0 empty=
# bar NAME CONNECTIONS MOST PATH [BODY]: MOST times an empty handler
bar() {
    echo 'wrk.headers["Content-Type"]="application/json"' >"$tmp/wrk.lua"
    [ $# -lt 5 ] || printf 'wrk.method="POST"; wrk.body=[[%s]]\n' "$5" >>"$tmp/wrk.lua"
    before=$(spent)
    wrk -t1 "-c$2" "-d$seconds" -s "$tmp/wrk.lua" "$url$4" >"$tmp/wrk"
    after=$(spent)
    n=$(awk '/requests in/ { print $1 }' "$tmp/wrk")
    grep -q 'Non-2xx' "$tmp/wrk" && { echo "$1: answers with an error" >&2; over=1; }
    [ "$n" -gt 0 ] || { echo "$1: no request was answered" >&2; over=1; return; }
    cost=$(awk "BEGIN { printf \"%.1f\", ($after - $before) / $n }")
    [ -n "$empty" ] || empty=$cost
    awk -v name="$1" -v cost="$cost" -v empty="$empty" -v most="$3" 'BEGIN { r = cost / empty
        printf "%-28s %9.1f us %8.1f times, bar %d%s\n", name, cost, r, most, (r > most) ? "  OVER" : ""; exit (r > most) }' || over=1
}
bar "health, an empty handler" 8 1 /health
bar "standardise, two SMILES" 8 70 /v1/standardise '{"molecules":["CCO","C1CC"]}'
bar "depict, two SMILES" 8 180 /v1/depict '{"molecules":["CCO","OCC"]}'
bar "embeddings, one text" 8 300 /v1/embeddings '{"input":"an alcohol"}'
bar "search by a SMILES, alone" 1 350 /v1/search '{"queries":[{"smiles":"CCO"}],"k":10}'
bar "the same, waiting together" 16 130 /v1/search '{"queries":[{"smiles":"CCO"}],"k":10}'
bar "search by words, plain" 16 130 /v1/search '{"queries":["a sugar with an amine"],"k":10,"rerank":false,"names":false,"soft":true}'
bar "search by words, as default" 8 4000 /v1/search '{"queries":["a sugar with an amine"],"k":10}'
exit $over
