#!/bin/sh
# molglot mcp: the protocol of 2026-07-28 and the ones before it, a line in, a line out; tools from the table; what is refused.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
MOLGLOT_MODEL=$2; export MOLGLOT_MODEL
"$molglot" index -q "$here/../../examples/library.tsv" -o "$tmp/library.idx" || exit 1
{
    echo '{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}'
    echo '{"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}'
    echo '{"jsonrpc":"2.0","method":"notifications/initialized"}'
    echo '{"jsonrpc":"2.0","id":3,"method":"tools/list"}'
    echo
    echo '{"jsonrpc":"2.0","id":"four","method":"tools/call","params":{"name":"search_molecules","arguments":{"queries":["coffee"],"k":1}}}'
    echo '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"standardise_molecules","arguments":{"molecules":["C1CC"]}}}'
    echo '{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"standardise_molecules","arguments":{"colour":1}}}'
    echo '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"no_such_tool"}}'
    echo '{"jsonrpc":"2.0","id":8,"method":"no/such/method"}'
    echo 'no JSON'
    echo '{"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"1999-01-01"}}}'
    echo '{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"write_molecules","arguments":{"texts":["an ester"],"n":1,"candidates":8}}}'
    echo '{"jsonrpc":"2.0","id":11,"method":"ping"}'
} >"$tmp/in"
"$molglot" mcp -q "$tmp/library.idx" <"$tmp/in" >"$tmp/out" 2>"$tmp/err"; code=$?
checks=$((checks + 1)); [ $code = 0 ] || fail "the end of the input is the end: exit $code"
lines "$tmp/out" 12 "an answer each, none to a notification or an empty line"
has "$tmp/out" '^\{"jsonrpc":"2.0","id":1,"result":\{"resultType":"complete","supportedVersions":\["2026-07-28",' "discover"
has "$tmp/out" '"id":2,"result":\{"protocolVersion":"2025-06-18","capabilities":\{"tools":\{\}\}' "initialize"
has "$tmp/out" '"id":3,"result":.*"name":"search_molecules","description":".*","inputSchema":\{"type":"object","properties":\{"queries":' "tools"
has "$tmp/out" '"readOnlyHint":true' "they only read"
has "$tmp/out" '"id":"four","result":\{"resultType":"complete","content":\[\{"type":"text",.*"structuredContent":\{"results":\[\{"status":"ok","hits":\[\{"rank":1,.*"id":"caffeine"' "a search"
has "$tmp/out" '"id":5,"result":.*unclosed ring 1.*"isError":true' "a bad molecule is the tool's error"
has "$tmp/out" '"id":6,"result":.*colour: there is no such member.*"isError":true' "a bad argument too"
has "$tmp/out" '"id":7,"error":\{"code":-32602' "no such tool"
has "$tmp/out" '"id":8,"error":\{"code":-32601' "no such method"
has "$tmp/out" '"id":null,"error":\{"code":-32700' "no JSON"
has "$tmp/out" '"id":9,"error":\{"code":-32602' "no such version"
has "$tmp/out" '"id":10,"result":.*"rank\\":1' "a molecule is written"
has "$tmp/out" '"id":11,"result":\{\}' "ping"
finish
