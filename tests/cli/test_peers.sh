#!/bin/sh
# molglot serve --peers: shards on several servers found as one, partial answers, keys, peers that lie, hang or send anything, and that
# nobody else is connected to.
# test_peers.sh MOLGLOT MODEL BAD-PEER
set -u
here=$(dirname "$0")
. "$here/lib.sh"
MOLGLOT_MODEL=$2 bad_peer=$3 OMP_NUM_THREADS=1; export MOLGLOT_MODEL OMP_NUM_THREADS
pids=
trap 'for p in ${pids-}; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
json='Content-Type: application/json'
# start NAME OPTION...: begins; ready NAME waits and sets $port
start() { name=$1; shift; $trace "$molglot" serve "$@" --port 0 >"$tmp/$name.out" 2>"$tmp/$name.err" & pid=$!; pids="$pids $pid"; }
ready() {
    for _ in $(seq 600); do grep -q '^ready' "$tmp/$1.err" && break; sleep .1; done
    port=$(sed -n 's,^http://.*:\([0-9]*\)/$,\1,p' "$tmp/$1.out")
}
trace=
# post CODE PORT BODY curl-option...: the answer is in $tmp/body
post() {
    checks=$((checks + 1)); want=$1 to=$2 body=$3; shift 3
    code=$(curl -sS -m 60 -o "$tmp/body" -w '%{http_code}' -H "$json" -d "$body" "$@" "http://127.0.0.1:$to/v1/search")
    [ "$code" = "$want" ] || { fail "$body: $code, expected $want"; head -c 300 "$tmp/body" >&2; echo >&2; }
}
get() { checks=$((checks + 1)); code=$(curl -sS -m 60 -o "$tmp/body" -w '%{http_code}' "http://127.0.0.1:$2"); [ "$code" = "$1" ] || fail "$2: $code, expected $1"; }
ids() { grep -o '"id":"[^"]*"' "$tmp/body" | tr '\n' ' '; }

for i in 1 2; do
    "$molglot" index -q "$here/../../examples/library.tsv" --shard $i/2 -o "$tmp/s$i.idx" --no-text-vectors || exit 1
    cp "$tmp/s$i.idx" "$tmp/part.idx" && mkdir -p "$tmp/$i" && mv "$tmp/part.idx" "$tmp/$i/library.idx"
done
echo 'a-key-of-sixteen-and-more' >"$tmp/keys"
start one "$tmp/1/library.idx"
start two "$tmp/2/library.idx" --api-key-file "$tmp/keys"
start both "$tmp/1/library.idx" "$tmp/2/library.idx"
ready one; one=$port; ready two; two=$port two_pid=$pid; ready both; both=$port
sha=$(curl -sS "http://127.0.0.1:$one/version" | sed 's/.*"sha256":"\([0-9a-f]*\)".*/\1/')

# two peers as one server with both indexes: names, sentences and molecules, pages, a bad query
strace -f -o /dev/null true 2>/dev/null && trace="strace -f -qq -o $tmp/trace -e trace=connect,sendto"
start front --peers "http://127.0.0.1:$one/,localhost:$two" --api-key-file "$tmp/keys"
trace=
ready front; front=$port
pids="$pids $(pgrep -P "$pid")" # what strace started outlives it
key='Authorization: Bearer a-key-of-sixteen-and-more'
for query in '"queries":["CCO",{"smiles":"c1ccccc1O"}],"k":6' '"queries":["a bitter alkaloid"],"k":5,"rerank":false,"by":"molecule"' \
    '"queries":["CCO"],"k":4,"offset":7' '"queries":["aspirin"],"k":3' '"queries":["a sugar"],"k":3,"filter":{"elements":"CHO"},"rerank":false,"by":"molecule"'; do
    post 200 $both "{$query}"; theirs=$(ids)
    post 200 $front "{$query}" -H "$key"
    checks=$((checks + 1)); [ "$(ids)" = "$theirs" ] || fail "$query: the front finds $(ids), one server $theirs"
    has "$tmp/body" '"partial":false' "nothing is missing"
done
has "$tmp/body" "\"peer\":\"localhost:$two\"" "a hit says whose it is"
post 200 $front '{"queries":["C1CC","CCO"],"k":2,"index":"library"}' -H "$key"
has "$tmp/body" '"results":\[\{"status":"rejected".*"code":"bad_query"' "a bad query keeps its place"
post 404 $front '{"queries":["CCO"],"index":"other"}' -H "$key"
post 422 $front '{"queries":["CCO"],"filter":{"substructure":["(("]}}' -H "$key"
has "$tmp/body" 'substructure|SMARTS|\(\(' "what a peer says of the arguments is said"
post 422 $front '{"queries":["CCO"],"k":1000,"offset":1}' -H "$key"
post 401 $front '{"queries":["CCO"]}'
checks=$((checks + 1)); curl -sS -H "$key" "http://127.0.0.1:$front/v1/indexes" >"$tmp/body"
has "$tmp/body" '"rows":109.*"peer":".*"rows":108.*"partial":false' "all indexes are listed"
checks=$((checks + 1)); curl -sS -H "$key" "http://127.0.0.1:$front/v1/indexes/library/rows?limit=1&peer=localhost:$two" >"$tmp/body"
has "$tmp/body" '"id":"theobromine".*"total":108.*"peer"' "rows of a peer"

# a front without keys: what two wants is not there, and one answers; two fronts that name each other end
start open "$tmp/1/library.idx" --peers "127.0.0.1:$two,127.0.0.1:$front"
ready open; open=$port
post 200 $open '{"queries":["CCO"],"k":3}'
has "$tmp/body" '"partial":true.*"error":"it answers 401: an API key' "the peer's refusal is said"
start again --peers "127.0.0.1:$open"
ready again
post 200 $port '{"queries":["CCO"],"k":3}'
has "$tmp/body" '"partial":false,"peers":\[\{"peer":"127.0.0.1:[0-9]*","status":"ok"' "a front that a front asks answers for itself"

# peers that are no peers: each is named, none is believed, and the answer does not wait for those that are silent for minutes
"$bad_peer" "$sha" >"$tmp/bad" & pids="$pids $!"
for _ in $(seq 100); do [ "$(wc -l <"$tmp/bad")" -ge 20 ] && break; sleep .1; done
start bad "$tmp/1/library.idx" --peers "$(awk '{ printf ",127.0.0.1:%s", $2 }' "$tmp/bad"),127.0.0.1:1" --peer-timeout 3
bad_pid=$pid
ready bad; bad=$port
post 200 $bad '{"queries":["CCO"],"k":1}'
has "$tmp/body" '"id":"ethylene glycol"|"id":"[a-z]' "the own index answers"
not "$tmp/body" '"id":"lie"' "a lie is no hit"
not "$tmp/body" "$(printf '\033')" "nor a control character"
while read -r kind at; do
    has "$tmp/body" "\"peer\":\"127.0.0.1:$at\",\"status\":\"failed\"" "$kind"
done <"$tmp/bad"
has "$tmp/body" '"error":"it has another model' "another model"
has "$tmp/body" '"error":"it did not answer in time"' "silence"
has "$tmp/body" '"error":"it cannot be reached"' "nobody there"
post 200 $bad '{"queries":["CCO"],"k":1}'
has "$tmp/body" '"error":"it did not answer a moment ago"' "who is silent rests"
checks=$((checks + 1)); [ "$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$bad_pid/status")" -lt 1500 ] || fail "bad peers fill the memory"
get 200 "$bad/v1/indexes"; has "$tmp/body" '"data":\[\{"id":"library".*"partial":true' "a list of what there is"

# all peers gone: an error that says so; the front lives
start lone --peers "127.0.0.1:1" --peer-timeout 1
ready lone
post 502 $port '{"queries":["CCO"]}'
has "$tmp/body" '"code":"no_peer".*cannot be reached' "nobody answers"
get 200 "$port/health"

# the only places that are connected to
if [ -s "$tmp/trace" ]; then
    checks=$((checks + 1))
    grep -o 'connect([0-9]*, {sa_family=AF_INET6*, sin6*_port=htons([0-9]*)' "$tmp/trace" | grep -o 'htons([0-9]*' | grep -vE "\(($one|$two)\$" | sort | uniq -c >"$tmp/others"
    # glibc's resolver asks a name server about "localhost" where /etc/hosts has none: port 53 or 0
    grep -vE '\((53|0)$' "$tmp/others" | grep -q . && fail "connections to others: $(cat "$tmp/others")"
fi

# what is no peer
for wrong in https://x:1 x http://x/y:1 x:y 'a b:1' user@x:1 :1; do
    expect 2 "--peers $wrong" timeout 20 "$molglot" serve --peers "$wrong" --port 0
done
expect 2 "a name that nobody has" timeout 20 "$molglot" serve --peers no-such-host.invalid:1 --port 0
expect 2 "twice" timeout 20 "$molglot" serve --peers 127.0.0.1:1,127.0.0.1:1 --port 0
finish
