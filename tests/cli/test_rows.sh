#!/bin/sh
# What every command reads and writes in one way: strings as arguments, as rows of -i FILE and as lines of standard input; rows in every
# format; a row that cannot be read in its place.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export MOLGLOT_MODEL=$2
library=$here/../../examples/library.tsv
formats="table tsv csv json jsonl smi sdf svg html"
# same FILE FILE "what"
same() { checks=$((checks + 1)); cmp -s "$1" "$2" || { fail "$3"; diff "$1" "$2" | head -4 >&2; }; }
# piped CODE "what" FILE command...: as expect, with FILE on standard input
piped() {
    want=$1 what=$2 from=$3; shift 3
    checks=$((checks + 1))
    "$@" >"$tmp/out" 2>"$tmp/err" <"$from"
    code=$?
    [ "$code" = "$want" ] || { fail "$what: exit $code, expected $want"; sed 's/^/    /' "$tmp/err" >&2; }
}
# looks FORMAT FILE "what": is this the format?
looks() {
    case $1 in
    table) has "$2" "^  +[a-z]+ +[a-z]+" "$3" ;;
    tsv) has "$2" "^[a-z_]+	[a-z_]+	" "$3" ;;
    csv) has "$2" "^[a-z_]+,[a-z_]+," "$3" ;;
    json) checks=$((checks + 1)); python3 -m json.tool "$2" >/dev/null || fail "$3: no JSON" ;;
    jsonl) checks=$((checks + 1)); python3 -c 'import json, sys; [json.loads(l) for l in open(sys.argv[1])]' "$2" || fail "$3: no JSON lines" ;;
    smi) has "$2" "^[^	]+	" "$3" ;;
    sdf) has "$2" "^M  END" "$3" ;;
    svg) has "$2" "^<svg" "$3" ;;
    html) has "$2" '^<article class="card"' "$3" ;;
    esac
}

expect 0 "index" "$molglot" index "$library" -o "$tmp/l.idx"
expect 0 "text index" "$molglot" index "$library" --side text -o "$tmp/t.idx"
for f in $formats; do
    expect 0 "search $f" "$molglot" search "$tmp/l.idx" "a sugar" CCO -k 2 -f "$f"; looks "$f" "$tmp/out" "search $f"
    expect 0 "embed $f" "$molglot" embed CCO "a sugar" -f "$f"; looks "$f" "$tmp/out" "embed $f"
    expect 0 "encode $f" "$molglot" encode CCO c1ccccc1 -f "$f"; looks "$f" "$tmp/out" "encode $f"
    expect 0 "interpolate $f" "$molglot" interpolate CCO c1ccccc1 -n 2 -f "$f"; looks "$f" "$tmp/out" "interpolate $f"
    expect 0 "depict $f" "$molglot" depict CCO c1ccccc1 -f "$f"; looks "$f" "$tmp/out" "depict $f"
    expect 0 "describe $f" "$molglot" describe CCO c1ccccc1 -f "$f"; looks "$f" "$tmp/out" "describe $f"
    expect 0 "generate $f" "$molglot" generate "an acid" -n 2 --candidates 2 -f "$f"; looks "$f" "$tmp/out" "generate $f"
done
for command in "search $tmp/l.idx x" "embed CCO" "encode CCO" "interpolate CCO CCN" "depict CCO" "describe CCO" "generate x"; do
    # shellcheck disable=SC2086
    expect 2 "$command in no format" "$molglot" $command -f docx
done

# the rows of a search: the molecules themselves, and what a table of queries holds
expect 0 "search sdf" "$molglot" search "$tmp/l.idx" "a sugar" -k 3 -f sdf
checks=$((checks + 1)); [ "$(grep -c 'V2000' "$tmp/out")" = 3 ] || fail "search sdf: not three molecules"
has "$tmp/out" "^> <score>" "search sdf has scores"
cp "$tmp/out" "$tmp/hits.sdf"
expect 0 "the hits are read again" "$molglot" embed -i "$tmp/hits.sdf" --strict
lines "$tmp/out" 4 "the hits are read again"
expect 2 "search tsv" "$molglot" search "$tmp/l.idx" "a sugar" C1CC -k 2 -f tsv --query-is smiles
lines "$tmp/out" 3 "search tsv: a header, a row for each rejected query"
has "$tmp/out" "^2	C1CC												rejected	unclosed ring" "search tsv: the rejected query"
expect 2 "search jsonl" "$molglot" search "$tmp/l.idx" C1CC --query-is smiles -k 2 -f jsonl
has "$tmp/out" '^\{"query":"C1CC","query_is":"SMILES","status":"rejected","error":"unclosed ring 1","offset":[0-9]+,"hits":\[\]\}$' "a rejected query has no hits"
expect 0 "molecule to text in sdf" "$molglot" search "$tmp/t.idx" CCO -k 2 -o "$tmp/texts.sdf"

# search: arguments, lines, a text file, a table
printf 'a sugar\nCCO\n' >"$tmp/q.txt"
printf 'name\tsmiles\tdescription\n1\t\ta sugar\n2\tCCO\tan alcohol\n' >"$tmp/q.tsv"
expect 0 "search" "$molglot" search "$tmp/l.idx" "a sugar" CCO -k 2 -f jsonl
cp "$tmp/out" "$tmp/asked"
piped 0 "search -" "$tmp/q.txt" "$molglot" search "$tmp/l.idx" - -k 2 -f jsonl; same "$tmp/out" "$tmp/asked" "search - answers otherwise"
expect 0 "search -i" "$molglot" search "$tmp/l.idx" -i "$tmp/q.txt" -n 2 -f jsonl; same "$tmp/out" "$tmp/asked" "search -i text answers otherwise"
piped 0 "search -i -" "$tmp/q.tsv" "$molglot" search "$tmp/l.idx" -i - -k 2 -f jsonl
has "$tmp/out" '"query":"CCO".*"name":"2"' "the name of a query is kept"
sed -i 's/"name":"[12]",//' "$tmp/out"; same "$tmp/out" "$tmp/asked" "search -i table answers otherwise"
expect 0 "search -i by text" "$molglot" search "$tmp/l.idx" -i "$tmp/q.tsv" --by text -k 1 -f jsonl
has "$tmp/out" '"query":"an alcohol","query_is":"words"' "search -i --by text"
printf 'a sugar\n\nno\000way\nCCO\n' >"$tmp/bad.txt"
piped 0 "bad queries" "$tmp/bad.txt" "$molglot" search "$tmp/l.idx" - -k 1 -f csv
lines "$tmp/out" 5 "a row for each line"
has "$tmp/out" "^2,,,,,,,,,,,,,rejected,empty line" "the empty line keeps its place"
has "$tmp/out" "^3,no\?way,,,,,,,,,,,,rejected,NUL byte" "the bad byte keeps its place"
piped 3 "bad queries --strict" "$tmp/bad.txt" "$molglot" search "$tmp/l.idx" - -k 1 -q --strict
piped 1 "nothing on standard input" /dev/null "$molglot" search "$tmp/l.idx" -
printf 'CCO\na sugar\n' >"$tmp/mixed.txt"
expect 0 "a .txt of questions" "$molglot" search "$tmp/l.idx" -i "$tmp/mixed.txt" -k 1 -f jsonl --strict
has "$tmp/out" '"query":"a sugar","query_is":"words"' "a sentence behind a SMILES is a sentence"
expect 2 "queries twice" "$molglot" search "$tmp/l.idx" CCO -i "$tmp/q.txt"
expect 2 "no query" "$molglot" search "$tmp/l.idx"
expect 2 "no index" "$molglot" search

# embed, encode, depict, interpolate: the same three ways
printf 'CCO ethanol\nC1CC bad\nc1ccccc1 benzene\n' >"$tmp/m.smi"
printf 'CCO\nC1CC\nc1ccccc1\n' >"$tmp/bare"
for command in "embed --side molecule" "encode" "depict -f csv"; do
    # shellcheck disable=SC2086
    expect 0 "$command" "$molglot" $command CCO C1CC c1ccccc1 -q
    cp "$tmp/out" "$tmp/asked"
    lines "$tmp/asked" 4 "$command: the header and three rows"
    has "$tmp/asked" "C1CC,.*rejected,unclosed ring" "$command: the bad one in its place"
    # shellcheck disable=SC2086
    piped 0 "$command -" "$tmp/bare" "$molglot" $command - -q; same "$tmp/out" "$tmp/asked" "$command - gives something else"
    # shellcheck disable=SC2086
    expect 0 "$command -i" "$molglot" $command -i "$tmp/m.smi" -q
    lines "$tmp/out" 4 "$command -i"
    has "$tmp/out" "bad,C1CC,.*rejected,unclosed ring" "$command -i: the bad one has its name"
    # shellcheck disable=SC2086
    expect 3 "$command --strict" "$molglot" $command -i "$tmp/m.smi" -q --strict
    # shellcheck disable=SC2086
    expect 2 "$command: columns of no file" "$molglot" $command CCO --smiles-columns 1
done
expect 0 "embed: a string on each side" "$molglot" embed CCO "a sugar" -q
cp "$tmp/out" "$tmp/asked"
printf 'CCO\na sugar\n' >"$tmp/strings.txt"
piped 0 "embed -" "$tmp/strings.txt" "$molglot" embed - -q; same "$tmp/out" "$tmp/asked" "embed - guesses otherwise"
expect 0 "embed -i text" "$molglot" embed -i "$tmp/strings.txt" -q; same "$tmp/out" "$tmp/asked" "embed -i text guesses otherwise"
expect 0 "embed json" "$molglot" embed CCO C1CC --side molecule -f json
checks=$((checks + 1)); python3 - "$tmp/out" <<'P' || fail "embed json"
import json, math, sys
good, bad = json.load(open(sys.argv[1]))["rows"]
assert abs(sum(x * x for x in good["embedding"]) - 1) < 1e-3 and good["status"] == "ok"
assert bad["embedding"] is None and bad["status"] == "rejected" and "ring" in bad["error"]
P
expect 0 "interpolate" "$molglot" interpolate CCO c1ccccc1 -n 3 -f csv
cp "$tmp/out" "$tmp/asked"
printf 'CCO\nc1ccccc1\n' >"$tmp/two"
piped 0 "interpolate -" "$tmp/two" "$molglot" interpolate - -n 3 -f csv; same "$tmp/out" "$tmp/asked" "interpolate - goes elsewhere"
expect 0 "interpolate -i" "$molglot" interpolate -i "$tmp/two" -n 3 -f csv; same "$tmp/out" "$tmp/asked" "interpolate -i goes elsewhere"
expect 2 "interpolate three" "$molglot" interpolate CCO CCN CCC

# latents there and back: a rejected row keeps its place on the way back too
expect 0 "encode" "$molglot" encode CCO C1CC c1ccccc1 -o "$tmp/z.csv"
expect 0 "decode" "$molglot" decode "$tmp/z.csv" -f csv
cp "$tmp/out" "$tmp/asked"
has "$tmp/out" "^2,,,false,,,,,rejected,no vector: row 2 was rejected before: unclosed ring 1,C1CC," "the rejected row keeps its place"
has "$tmp/out" "^3,.*,c1ccccc1,end,ok,,c1ccccc1,true$" "the next one follows"
expect 3 "decode --strict" "$molglot" decode "$tmp/z.csv" --strict
expect 0 "decode -i" "$molglot" decode -i "$tmp/z.csv" -f csv; same "$tmp/out" "$tmp/asked" "decode -i"
piped 0 "decode -" "$tmp/z.csv" "$molglot" decode - -f csv; same "$tmp/out" "$tmp/asked" "decode -"
expect 0 "encode npy" "$molglot" encode CCO c1ccccc1 -f npy -o "$tmp/z.npy"
gzip -c "$tmp/z.npy" >"$tmp/latents"
piped 0 "decode npy, packed, from standard input" "$tmp/latents" "$molglot" decode - -f smi
has "$tmp/out" "^CCO	1$" "decode npy"

# what an index left out
expect 0 "index --rejects" "$molglot" index "$tmp/m.smi" -o "$tmp/m.idx" --rejects "$tmp/r.csv"
has "$tmp/r.csv" "^2,bad,C1CC,[0-9]+,unclosed ring 1$" "rejects in csv"
expect 0 "index --rejects, another format" "$molglot" index "$tmp/m.smi" -o "$tmp/m.idx" --rejects "$tmp/r.jsonl"
has "$tmp/r.jsonl" '^\{"row":2,"id":"bad","smiles":"C1CC","offset":[0-9]+,"reason":"unclosed ring 1"\}$' "rejects in jsonl"

# generate
printf 'an acid\nan ester\n' >"$tmp/s.txt"
expect 0 "generate" "$molglot" generate "an acid" "an ester" -n 2 --candidates 2 -f csv
cp "$tmp/out" "$tmp/asked"
piped 0 "generate -" "$tmp/s.txt" "$molglot" generate - -k 2 --candidates 2 -f csv; same "$tmp/out" "$tmp/asked" "generate - writes otherwise"
expect 0 "generate -i" "$molglot" generate -i "$tmp/s.txt" -n 2 --candidates 2 -f csv; same "$tmp/out" "$tmp/asked" "generate -i writes otherwise"
expect 2 "generate: a column of no file" "$molglot" generate "an acid" --text-column x
expect 2 "generate: a sentence and none" "$molglot" generate "an acid" --unconditional

# depict: PNG files are numbered as the molecules are, bad ones too
expect 0 "depict png" "$molglot" depict CCO C1CC c1ccccc1 -o "$tmp/p.png"
checks=$((checks + 1)); [ -s "$tmp/p-1.png" ] && [ ! -e "$tmp/p-2.png" ] && [ -s "$tmp/p-3.png" ] || fail "depict: the third molecule is not in p-3.png"
expect 0 "depict -i" "$molglot" depict -i "$tmp/m.smi" -o "$tmp/p.html"
has "$tmp/p.html" ">ethanol</b></label></h3><dl><dt>formula</dt><dd dir=.auto.>C2H6O</dd><dt>weight</dt><dd>46.07</dd>" "depict: names of the file"
has "$tmp/p.html" "not drawn: unclosed ring 1.*C1CC" "depict: the bad one says why"
expect 2 "depict: a width for no drawing" "$molglot" depict CCO --width 100 -f html

# old spellings of renamed options
expect 0 "eval predictions --samples" "$molglot" eval predictions --samples 2 --task text2mol --help
expect 0 "eval unconditional --sample" "$molglot" eval unconditional --sample 2 --help
expect 0 "--help" "$molglot" --help
checks=$((checks + 1)); [ "$(sed -n '/^Try:/{n;p}' "$tmp/out" | grep -c generate)" = 1 ] || fail "--help does not begin with generate"
checks=$((checks + 1)); grep "^  merge" "$tmp/out" | grep -q "writers of molecules" || fail "--help calls merge an ensemble alone"
# one rule of exit codes (docs/molglot.1): every argument refused 2, every row of a file or of standard input 1, any
# under --strict 3
MOLGLOT_MODEL=$2; export MOLGLOT_MODEL
"$molglot" index -q "$here/../../examples/library.tsv" -o "$tmp/rule.idx" || exit 1
echo C1CC >"$tmp/bad.txt"
for command in describe depict embed caption name encode "search $tmp/rule.idx" "generate -n 1"; do
    # shellcheck disable=SC2086
    {
        expect 2 "$command, a bad argument" "$molglot" $command C1CC
        expect 1 "$command, a bad row" "$molglot" $command -i "$tmp/bad.txt"
    }
done
expect 3 "generate, strictly" "$molglot" generate --strict C1CC
expect 3 "depict, strictly" "$molglot" depict --strict C1CC
expect 2 "explain, a bad argument" "$molglot" explain C1CC "a phenol"
expect 1 "nothing is found" "$molglot" name --no-near qqxxqqzz

finish
