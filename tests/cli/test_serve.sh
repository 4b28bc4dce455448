#!/bin/sh
# molglot serve, the real server on a free port of loopback: every route against its schema, streams, what is refused and how,
# clients that are slow, gone or killed, many requests in the same memory, keys, draining.
# test_serve.sh MOLGLOT MODEL CLIENT
set -u
here=$(dirname "$0")
. "$here/lib.sh"
model=$2 client=$3
MOLGLOT_MODEL=$model; export MOLGLOT_MODEL
trap 'for p in ${pids-}; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
pids=

# start NAME OPTION...: the server, its port in $port and its process in $pid
start() {
    name=$1; shift
    "$molglot" serve "$@" --port 0 >"$tmp/$name.out" 2>"$tmp/$name.err" &
    pid=$!
    pids="$pids $pid"
    for _ in $(seq 600); do
        grep -q '^ready' "$tmp/$name.err" && break
        kill -0 $pid 2>/dev/null || break
        sleep .1
    done
    port=$(sed -n 's,^http://.*:\([0-9]*\)/$,\1,p' "$tmp/$name.out")
}
ask() { curl -sS -m 100 -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' "$@" >"$tmp/code" 2>"$tmp/err"; }
json='Content-Type: application/json'
# answers CODE "what" curl-argument...: the answer is in $tmp/body
answers() {
    want=$1 what=$2; shift 2
    checks=$((checks + 1))
    ask "$@"
    [ "$(cat "$tmp/code")" = "$want" ] || { fail "$what: $(cat "$tmp/code"), expected $want"; head -c 300 "$tmp/body" >&2; echo >&2; }
}
post() { want=$1 path=$2 body=$3; shift 3; answers "$want" "$path $body" -H "$json" -d "$body" "$@" "http://127.0.0.1:$port$path"; }
# fits PATH METHOD: the last answer against its schema
fits() { checks=$((checks + 1)); "$client" schema "$tmp/api" "$1" "$2" <"$tmp/body" 2>"$tmp/err" || { fail "$1: $(cat "$tmp/err")"; }; }
# until_says PATTERN "what" curl-argument...: the metrics come to say so
until_says() {
    says=$1 what=$2; shift 2
    for _ in $(seq 600); do curl -s "$@" "$U/metrics" >"$tmp/metrics"; grep -q "$says" "$tmp/metrics" && break; sleep .1; done
    has "$tmp/metrics" "$says" "$what"
}
# the threads of a process that are at work
at_work() { cat "/proc/$1"/task/*/status 2>/dev/null | grep -c '^State:[[:space:]]*[RD]'; }
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }

"$molglot" index -q "$here/../../examples/library.tsv" -o "$tmp/library.idx" || exit 1
"$molglot" train "$here/../../recipes/predict-tiny.toml" -q -j 1 -o "$tmp/run" --set data.file="$here/../../examples/assay.csv" || exit 1
mv "$tmp/run/model.safetensors" "$tmp/heads.ring.safetensors"
start plain "$tmp/library.idx" --log --head "$tmp/heads.ring.safetensors"
[ -n "$port" ] || { cat "$tmp/plain.err"; exit 1; }
U=http://127.0.0.1:$port

[ ! -r "/proc/$pid/comm" ] || { cp "/proc/$pid/comm" "$tmp/comm"; has "$tmp/comm" '^molglot$' "what ps shows"; }

# ---- every route, and its schema ----
answers 200 "openapi" "$U/openapi.json"; cp "$tmp/body" "$tmp/api"
has "$tmp/head" "application/json" "openapi is JSON"
for path in /health /version /v1/models /v1/indexes /v1/heads; do answers 200 "$path" "$U$path"; fits $path get; done
answers 200 "rows" "$U/v1/indexes/library/rows?offset=215&limit=5"; fits "/v1/indexes/{name}/rows" get
has "$tmp/body" '"total":217,"next_offset":null' "the last page says so"
answers 404 "no such index" "$U/v1/indexes/other/rows"
answers 422 "rows want a number" "$U/v1/indexes/library/rows?limit=x"
post 200 /v1/search '{"queries":["a purine alkaloid found in coffee",{"smiles":"C1CC"},{"name":"aspirin"}],"k":2}'; fits /v1/search post
has "$tmp/body" '"rank":1,"score":[0-9.]*,"cosine":[0-9.]*,"index":"library","row":0,"id":"caffeine"' "caffeine is found"
has "$tmp/body" '"status":"rejected","error":\{"code":"bad_query","message":"unclosed ring 1","offset":1\},"hits":\[\]' "a bad query keeps its place"
has "$tmp/body" '"id":"aspirin"' "a name is found"
post 200 /v1/search '{"queries":[{"smiles":"no halogen, an ester"},{"molfile":"an ester"}],"k":1}'
has "$tmp/body" '"status":"rejected".*"status":"rejected"' "words in the place of a molecule are none"
first=$("$molglot" search "$tmp/library.idx" "a bitter alkaloid" -k 3 -f tsv 2>/dev/null | cut -f 10 | sed 1d)
post 200 /v1/search '{"queries":["a bitter alkaloid","a sugar"],"k":3}'
checks=$((checks + 1))
[ "$(sed 's/"hits"/\n/2' "$tmp/body" | head -1 | grep -o '"smiles":"[^"]*"' | sed 's/.*:"//; s/"$//')" = "$first" ] || fail "search does not answer as the command does"
post 200 /v1/search '{"queries":["a sugar"],"k":3,"offset":3,"filter":{"elements":"CHO","max_weight":200}}'; fits /v1/search post
has "$tmp/body" '"rank":4' "pages go on"
post 200 /v1/caption '{"molecules":["caffeine","C1CC"],"n":2}'; fits /v1/caption post
has "$tmp/body" 'xanthine' "a caption"
for copied in "" --as-copied; do
    # shellcheck disable=SC2086
    MOLGLOT_MANIFEST=no "$molglot" caption -q --own never $copied -f tsv theobromine | sed 1d | cut -f 5 | sed 's/.*/"text":"&"/' >"$tmp/command"
    post 200 /v1/caption '{"molecules":["theobromine"],"own":false,"as_copied":'"$([ -n "$copied" ] && echo true || echo false)}"
    grep -o '"captions":.*' "$tmp/body" | grep -o '"text":"[^"]*"' | head -1 >"$tmp/service"
    lines "$tmp/service" 1 "a caption $copied"
    checks=$((checks + 1)); cmp -s "$tmp/command" "$tmp/service" || fail "caption $copied does not answer as the command does"
done
post 200 /v1/explain '{"molecule":"c1ccccc1O","text":"a phenol","learned":false}'; fits /v1/explain post
has "$tmp/body" '"term":"phenol"' "a term is explained"
post 422 /v1/explain '{"molecule":"C1CC","text":"a phenol"}'
has "$tmp/body" '"code":"bad_molecule".*"field":"molecule","offset":1' "the molecule and the place are named"
post 200 /v1/describe '{"molecules":["CCO","C1CC"]}'; fits /v1/describe post
post 200 /v1/triage '{"molecules":["OCC","C1CC"]}'; fits /v1/triage post
not "$tmp/body" 'nearest_id' "nothing is looked for that was not asked for"
for where in library all; do
    post 200 /v1/triage '{"molecules":["OCC","C1CC"],"nearest":"'$where'"}'; fits /v1/triage post
    has "$tmp/body" '"nearest_id":"ethanol","nearest_smiles":"CCO","nearest_tanimoto":1[.]0,' "the nearest known molecule, $where"
    has "$tmp/body" '"nearest_index":"library","nearest_row":[0-9]+' "and where it stands"
done
post 200 /v1/triage '{"molecules":["OCC"],"nearest":"memory"}'; fits /v1/triage post
has "$tmp/body" '"nearest_index":null' "of the model's memory"
post 404 /v1/triage '{"molecules":["OCC"],"nearest":"other"}'
post 200 /v1/depict '{"molecules":["CCO","OCC"],"highlight":[0]}'; fits /v1/depict post
has "$tmp/body" "<svg" "a drawing"
post 404 /v1/predict '{"molecules":["CCO"],"head":"nothing"}'
post 200 /v1/predict '{"molecules":["CN1CCc2ccccc2C1","C1CC","CCO"],"head":"ring"}'; fits /v1/predict post
has "$tmp/body" '"status":"rejected"' "a bad molecule keeps its place"
has "$tmp/body" '"classes":true.*"task":"ring","value":(0.[5-9]|1).*"task":"ring","value":(0.[0-4]|[0-9.]*e-)' "a ring and none"
post 422 /v1/depict '{"molecules":["C1CC"]}'
post 200 /v1/standardise '{"molecules":["OCC",{"name":"aspirin"}],"molfile":true}'; fits /v1/standardise post
has "$tmp/body" 'BSYNRYMUTXBXSQ-UHFFFAOYSA-N' "aspirin's InChIKey"
post 200 /v1/names '{"names":["aspirin"],"molecules":["CCO"]}'; fits /v1/names post
post 200 /v1/understand '{"texts":["a blue amide, no halogen"]}'; fits /v1/understand post
has "$tmp/body" '\{"says":"no halogen","begin":14,"end":24\}' "conditions have their words"
post 200 /v1/understand '{"texts":["a zorbly blurgic amide","aspirin"]}'
has "$tmp/body" '"unknown":\["zorbly","blurgic"\].*"unknown":\[\]' "words that the model does not know"
post 200 /v1/embeddings '{"input":["CCO","an alcohol","C1CC"],"input_type":"molecule","dimensions":4}'; fits /v1/embeddings post
has "$tmp/body" '"embedding":null' "a bad row keeps its place"
post 200 /v1/embeddings '{"input":"an alcohol","encoding_format":"base64","dimensions":3}'; fits /v1/embeddings post
has "$tmp/body" '"embedding":"[A-Za-z0-9+/]{16}"' "base64"

# ---- writing: whole, lines, events ----
post 200 /v1/generate '{"texts":["an ester"],"n":2,"candidates":8}'; fits /v1/generate post
has "$tmp/body" '"rank":2' "two molecules"
cp "$tmp/body" "$tmp/whole"
post 200 /v1/generate '{"texts":["an ester"],"n":2,"candidates":8,"stream":"ndjson","draws":true}'
has "$tmp/head" "application/x-ndjson" "lines"
has "$tmp/body" '^\{"event":"progress","done":8,"total":8\}$' "progress"
grep '"event":"draw"' "$tmp/body" >"$tmp/draws"; lines "$tmp/draws" 8 "8 draws"
grep '"event":"molecule"' "$tmp/body" >"$tmp/draws"; lines "$tmp/draws" 2 "2 molecules"
has "$tmp/body" '"event":"done"' "the end"
smiles=$(sed -n 's/^{"rank":1,"smiles":"\([^"]*\)".*/\1/p' "$tmp/body")
checks=$((checks + 1)); grep -qF "\"smiles\":\"$smiles\"" "$tmp/whole" || fail "a stream gives what a whole answer gives"
post 200 /v1/generate '{"texts":["an ester"],"n":2,"candidates":8,"stream":"sse"}'
has "$tmp/head" "text/event-stream" "events"
has "$tmp/body" '^data: \{"rank":1,' "an event"
post 200 /v1/generate '{"texts":["aspirin"],"n":3}'; fits /v1/generate post
MOLGLOT_MANIFEST=no "$molglot" generate -q -n 3 -f tsv aspirin | awk -F '\t' 'NR == 1 { while ($(++at) != "smiles"); next } { print $at }' >"$tmp/command"
grep -o '"rank":[0-9]*,"smiles":"[^"]*"' "$tmp/body" | sed 's/.*"smiles":"//; s/"$//' >"$tmp/service"
lines "$tmp/service" 3 "a name has its molecule and analogues"
checks=$((checks + 1)); cmp -s "$tmp/command" "$tmp/service" || fail "generate of a name does not answer as the command does"
has "$tmp/body" '"rank":1,"smiles":"CC\(=O\)Oc1ccccc1C\(=O\)O".*"source":"named: [^"]*PubChem' "the molecule that is named stands first"
post 422 /v1/generate '{"texts":["an ester"],"method":"magic"}'
post 422 /v1/generate '{"texts":["an ester"],"like":"C1CC"}'
post 422 /v1/generate '{"texts":["C1CC"],"n":2}'
has "$tmp/body" 'unclosed ring 1' "a broken molecule is no sentence"
post 200 /v1/caption '{"molecules":["no such name"]}'
has "$tmp/body" 'nor a name in the dictionary' "neither a molecule nor a name"
post 200 /v1/generate '{"texts":["an ester","CCO>>CC=O"],"n":2,"candidates":8}'; fits /v1/generate post
has "$tmp/body" '"status": ?"rejected"' "one of two sentences is rejected"
has "$tmp/body" '"bad_text"' "and says why"
post 504 /v1/generate '{"texts":["an ester"],"n":100,"timeout_s":0.05}'
has "$tmp/body" '"code":"deadline","type":"timeout_error"' "the time is over"

# ---- what is refused, in one form ----
error='^\{"error":\{"code":"[a-z_]+","type":"[a-z_]+","message":".+","status":[0-9]+(,"field":".+")?(,"offset":[0-9]+)?,"request_id":"[0-9a-f]+"\}\}$'
post 400 /v1/search '{"queries":["a"'; has "$tmp/body" "$error" "bad JSON"
post 400 /v1/search '{"queries":["a"],"queries":["b"]}'; has "$tmp/body" "$error" "a member twice"
post 422 /v1/search '{"queries":["a"],"colour":1}'; has "$tmp/body" '"field":"colour"' "a member that is none"
post 422 /v1/search '{}'; has "$tmp/body" '"message":"it is missing".*"field":"queries"' "a member that is missing"
post 422 /v1/search '{"queries":[{"text":"a","smiles":"C"}]}'; has "$tmp/body" 'queries\[0\]' "one of them"
post 422 /v1/search '{"queries":["a"],"filter":{"substructure":["c1cc"]}}'
post 422 /v1/search '{"queries":["a"],"k":100000}'
post 404 /v1/search '{"queries":["a"],"index":"other"}'
answers 404 "no such path" "$U/v1/other"; has "$tmp/body" "$error" "no such path"
answers 404 "no file" --path-as-is "$U/www/../../etc/passwd"
answers 405 "another method" "$U/v1/search"; has "$tmp/body" "$error" "another method"
answers 405 "no preflight" -X OPTIONS -H 'Origin: http://evil.example' "$U/v1/search"
not "$tmp/head" "Access-Control" "no leave for other sites"
answers 415 "another type" -H 'Content-Type: text/plain' -d '{"queries":["a"]}' "$U/v1/search"
answers 403 "another host" -H 'Host: evil.example' "$U/version"
head -c 3000000 /dev/zero | tr '\0' 'x' >"$tmp/huge"
answers 413 "too long a body" -H "$json" -H 'Expect:' --data-binary "@$tmp/huge" "$U/v1/search"
for path in /v1/search /v1/other; do
    "$client" blind "$port" $path 3000000 >"$tmp/out"
    has "$tmp/out" '^4(13|04)$' "who sends a long body to $path and reads later gets the answer"
done
answers 413 "too long, with leave asked for" -H "$json" -H 'Expect: 100-continue' --data-binary "@$tmp/huge" "$U/v1/search"
answers 413 "too long in chunks" -H "$json" -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary "@$tmp/huge" "$U/v1/search"
perl -e 'print "{\"queries\":" . "[" x 100000 . "]" x 100000 . "}"' >"$tmp/deep"
answers 400 "too deep" -H "$json" --data-binary "@$tmp/deep" "$U/v1/search"
printf '{"queries":["\377\376"]}' >"$tmp/bytes"
answers 400 "no UTF-8" -H "$json" --data-binary "@$tmp/bytes" "$U/v1/search"
for raw in 'GET' 'POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n' '\0\0\0\0\r\n\r\n' \
    'GET / HTTP/9.9\r\n\r\n' 'POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n'; do
    # shellcheck disable=SC2059
    printf "$raw" | timeout 2 "$client" raw "$port" >"$tmp/out" 2>&1
    not "$tmp/out" "HTTP/1.1 200" "not HTTP: $raw"
done

# ---- the page and the pages of the manual ----
checks=$((checks + 1))
"$molglot" serve --list-routes >"$tmp/routes"
sed -n '/^<!-- routes -->$/,/^<!-- end -->$/p' "$here/../../docs/server.md" | sed '1d;$d' | diff - "$tmp/routes" >"$tmp/out" ||
    { fail "docs/server.md differs from molglot serve --list-routes"; head -5 "$tmp/out"; }
answers 200 "the page" "$U/"
has "$tmp/head" "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'" "a strict policy"
has "$tmp/head" "X-Content-Type-Options: nosniff" "nosniff"
not "$tmp/body" "https?://|<script>|<style| on[a-z]+=| style=" "nothing inline, nothing from elsewhere"
for f in page.css page.js; do answers 200 "$f" "$U/www/$f"; not "$tmp/body" "https?://[^w]" "$f asks nobody else"; done

# ---- clients that leave ----
busy='{"texts":["an ester","a sugar","an amide"],"n":200,"candidates":512,"stream":"ndjson"}'
whole=$(echo "$busy" | sed 's/ndjson/none/')
gone=0
for body in "$busy" "$whole" "$busy"; do
    curl -s -H "$json" -d "$body" "$U/v1/generate" >/dev/null & victim=$!
    until_says '^molglot_running.lane="writing". 1' "it is being written"
    kill -9 $victim; gone=$((gone + 1))
    until_says "^molglot_clients_gone_total $gone" "the client left, and it was seen"
    until_says '^molglot_running.lane="writing". 0' "nothing is written for nobody"
done
for _ in $(seq 600); do busy_threads=$(at_work "$pid"); [ "$busy_threads" = 0 ] && break; sleep .1; done
checks=$((checks + 1)); [ "$busy_threads" = 0 ] || fail "nobody asks, but $busy_threads threads are at work"

# ---- many requests in the same memory; what waits too long ----
"$client" many "$port" 400 /v1/standardise '{"molecules":["CCO","C1CC"]}' >"$tmp/out" || fail "many: $(cat "$tmp/out")"
"$client" many "$port" 200 /v1/search '{"queries":[{"smiles":"CCO"},"C1CC"],"k":3}' >"$tmp/out" || fail "many: $(cat "$tmp/out")"
before=$(resident "$pid")
"$client" many "$port" 3000 /v1/standardise '{"molecules":["CCO","C1CC"]}' >"$tmp/out" || fail "many: $(cat "$tmp/out")"
"$client" many "$port" 300 /v1/search '{"queries":[{"smiles":"CCO"},"C1CC"],"k":3}' >"$tmp/out" || fail "many: $(cat "$tmp/out")"
"$client" many "$port" 1000 /v1/search '{"queries":' 400 >"$tmp/out" || fail "many: $(cat "$tmp/out")"
after=$(resident "$pid")
grep -q __asan_init "$molglot" && after=$before # it keeps what is freed
checks=$((checks + 1)); [ $((after - before)) -lt 12000 ] || fail "memory grew from $before to $after kB"

# ---- what it counts and says ----
answers 200 "metrics" "$U/metrics"
has "$tmp/body" '^molglot_requests_total\{route="/v1/search",code="200"\} [0-9]+$' "requests are counted"
has "$tmp/body" '^molglot_request_seconds_bucket\{route="/v1/search",le="\+Inf"\} [0-9]+$' "times are counted"
has "$tmp/plain.err" 'POST /v1/search 200 [0-9.]+ ms' "--log says what was asked for"
not "$tmp/plain.err" 'purine|ester|CCO' "and never what was asked"

# ---- draining ----
curl -s -H "$json" -d '{"texts":["an ester"],"n":2,"candidates":512}' "$U/v1/generate" >"$tmp/last" & last=$!
until_says '^molglot_running.lane="writing". 1' "it is being written"
kill -TERM "$pid"
for _ in $(seq 600); do ask "$U/health"; [ "$(cat "$tmp/code")" = 200 ] || break; sleep .1; done
has "$tmp/code" '503|000' "a server that drains is not healthy"
wait $last; has "$tmp/last" '"rank":2' "what had begun is answered"
wait "$pid"; code=$?
checks=$((checks + 1)); [ $code = 0 ] || fail "after TERM: exit $code"

# ---- searches that nobody waits for ----
# minutes of work: each of many sentences has conditions for which every row is computed
awk 'NR == 1 { print; next } { row[NR] = $0 } END { for (i = 0; i < 20; i++) for (r = 2; r <= NR; r++) print row[r] }' \
    "$here/../../examples/library.tsv" >"$tmp/many.tsv"
"$molglot" index -q "$tmp/many.tsv" -o "$tmp/many.idx" || exit 1
asks() { awk -v more="$1" 'BEGIN { printf "{"; for (i = 0; i < 256; i++)
    printf "%s\"logP over 40, over %d Da\"", i ? "," : "\"queries\":[", 5000 + i; printf "],\"k\":1000,\"must\":true%s}", more }'; }
asks '' >"$tmp/long"; asks ',"timeout_s":0.2' >"$tmp/short"
start long "$tmp/many.idx"
U=http://127.0.0.1:$port
answers 504 "a search whose time is over" -H "$json" --data-binary "@$tmp/short" "$U/v1/search"
has "$tmp/body" '"code":"deadline","type":"timeout_error"' "says so"
until_says '^molglot_running.lane="search". 0' "and it is searched no longer"
curl -s -H "$json" --data-binary "@$tmp/long" "$U/v1/search" >/dev/null & victim=$!
until_says '^molglot_running.lane="search". 1' "it is searched"
curl -s -H "$json" --data-binary "@$tmp/long" "$U/v1/search" >/dev/null & second=$!
curl -s -H "$json" --data-binary "@$tmp/long" "$U/v1/search" >/dev/null & third=$!
until_says '^molglot_queue_depth.lane="search". 2' "two others wait"
kill -9 $victim
until_says '^molglot_queue_depth.lane="search". 0' "when the client of the first has left, they have their turn, together"
kill -9 $third
until_says '^molglot_clients_gone_total 2' "one of them has left"
has "$tmp/metrics" '^molglot_running\{lane="search"\} 1' "and the search goes on for the other"
kill -9 $second
until_says '^molglot_clients_gone_total 3' "all have left"
until_says '^molglot_running.lane="search". 0' "and nothing is searched for nobody"
post 200 /v1/search '{"queries":["aspirin"],"k":1}'; has "$tmp/body" '"id":"aspirin"' "the next search is answered"
kill -TERM "$pid"; wait "$pid"; code=$?
checks=$((checks + 1)); [ $code = 0 ] || fail "after searches that ended early: exit $code"

# ---- a body that never ends ----
start slow --timeout 2
"$client" slow "$port" >"$tmp/out"
checks=$((checks + 1)); [ "$(cut -d. -f1 "$tmp/out")" -lt 30 ] || fail "a slow sender was kept for $(cat "$tmp/out") s"
kill -TERM "$pid"; wait "$pid"

# ---- keys, limits, and no index ----
expect 2 "others need a key" "$molglot" serve --host 0.0.0.0 --port 0
has "$tmp/err" "api-key-file" "and are told so"
echo short >"$tmp/short"; expect 2 "a short key" "$molglot" serve --api-key-file "$tmp/short" --port 0
printf 'a-key-of-sixteen-or-more\nanother-key-of-sixteen\n' >"$tmp/keys"
expect 4 "no index" "$molglot" serve "$tmp/keys" --port 0
mkdir -p "$tmp/sketch/deep"; echo '<p>editor</p>' >"$tmp/sketch/sketch.html"; echo 'x=1' >"$tmp/sketch/deep/a.js"; ln -s /etc/passwd "$tmp/sketch/.hidden"
start keys --api-key-file "$tmp/keys" --max-writing 1 --writers 1 --sketcher "$tmp/sketch"
U=http://127.0.0.1:$port
answers 200 "health needs no key" "$U/health"
answers 200 "the page needs no key" "$U/"
answers 200 "the editor" "$U/sketch/sketch.html"; has "$tmp/head" "frame-ancestors 'self'" "the editor's own policy"
answers 200 "the editor's files" "$U/sketch/deep/a.js"
for path in /sketch/ /sketch/.hidden /sketch/../keys /sketch/%2e%2e/keys /sketch/deep/../../keys; do answers 404 "$path" --path-as-is "$U$path"; done
answers 401 "no key" "$U/version"; has "$tmp/body" '"code":"no_key","type":"authentication_error"' "no key"
answers 401 "a wrong key" -H 'Authorization: Bearer a-key-of-sixteen-or-morf' "$U/version"
answers 401 "half a key" -H 'Authorization: Bearer a-key-of' "$U/version"
answers 200 "a key" -H 'Authorization: Bearer a-key-of-sixteen-or-more' "$U/version"
answers 200 "the other key, in the other header, from another host" -H 'X-Api-Key: another-key-of-sixteen' -H 'Host: chem.example' "$U/version"
answers 404 "nothing to search" -H 'X-Api-Key: another-key-of-sixteen' -H "$json" -d '{"queries":["a"]}' "$U/v1/search"
key='X-Api-Key: another-key-of-sixteen'
curl -s -H "$key" -H "$json" -d "$busy" "$U/v1/generate" >/dev/null & one=$!
until_says '^molglot_running.lane="writing". 1' "one is written" -H "$key"
curl -s -H "$key" -H "$json" -d "$busy" "$U/v1/generate" >/dev/null & two=$!
until_says '^molglot_queue_depth.lane="writing". 1' "one waits" -H "$key"
answers 429 "who cannot wait is told at once" -H "$key" -H "$json" -d "$busy" "$U/v1/generate"
kill -9 $one $two
kill -TERM "$pid"; wait "$pid"; code=$?
checks=$((checks + 1)); [ $code = 0 ] || fail "after TERM: exit $code"
finish
