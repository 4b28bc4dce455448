#!/bin/sh
# Control lists, alerts and scores: of written molecules, of a table, on a page. test_triage.sh PROGRAM MODEL
set -u
here=$(dirname "$0")
. "$here/lib.sh"
MOLGLOT_MODEL=$2; export MOLGLOT_MODEL
tab=$(printf '\t')

# column NAME FILE: that column of a tsv, without its heading
column() { awk -F'\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$2"; }

# written molecules: screened, and with --triage scored
expect 0 "generate" "$molglot" generate "a monoterpenoid with a hydroxy group" -n 3 -f tsv
cp "$tmp/out" "$tmp/g.tsv"
has "$tmp/g.tsv" "${tab}control_list${tab}alerts${tab}n_alerts${tab}sa${tab}qed${tab}" "columns"
[ "$(column control_list "$tmp/g.tsv" | sort -u)" = "no match" ] || fail "all are screened"
[ -z "$(column alerts "$tmp/g.tsv" | tr -d '\n')" ] || fail "no alerts without --triage"
expect 0 "--triage" "$molglot" generate "a monoterpenoid with a hydroxy group" -n 3 --triage -f tsv
cp "$tmp/out" "$tmp/t.tsv"
column sa "$tmp/t.tsv" >"$tmp/out"
has "$tmp/out" "^[1-6]\.[0-9]" "accessibility"
column nearest_tanimoto "$tmp/t.tsv" >"$tmp/out"
has "$tmp/out" "^(0\.[0-9]+|1)$" "the nearest of the memory"
expect 0 "a table" "$molglot" describe CCO --triage -f table
has "$tmp/out" "control_list.*alerts" "a table shows it"
[ "$(column smiles "$tmp/g.tsv")" = "$(column smiles "$tmp/t.tsv")" ] || fail "triage changes no molecule"
expect 0 "--screen off" "$molglot" generate "a monoterpenoid" -n 2 --screen off -f tsv
[ -z "$(column control_list "$tmp/out" | tr -d '\n')" ] || fail "off screens nothing"
expect 2 "a list and off" "$molglot" generate x --screen off --control-list "$tmp/x"
expect 2 "an unknown way" "$molglot" generate x --screen safe

# a site's own list: flagged, said, left out
printf 'list\tHouse\tours\t7\nclass\ta\ta hydroxy group\t[OX2H][CX4]\tCCO\tCOC\n' >"$tmp/own.tsv"
expect 0 "a list of one's own" "$molglot" generate "a monoterpenoid with a hydroxy group" -n 3 --control-list "$tmp/own.tsv" -f tsv
cp "$tmp/out" "$tmp/o.tsv"
column control_list "$tmp/o.tsv" >"$tmp/out"
has "$tmp/out" "^match: House a \(a hydroxy group\)" "flagged"
has "$tmp/err" ": match: House a \(a hydroxy group\)" "each is said"
has "$tmp/err" "control lists \(CWC 2020-06-07; UN 1988 2024-12-03; House 7\): [123] of 3 molecules flagged, 0 left out" "said"
expect 0 "left out" "$molglot" generate "a monoterpenoid with a hydroxy group" -n 3 --control-list "$tmp/own.tsv" --screen omit -f tsv
cp "$tmp/out" "$tmp/o.tsv"
column control_list "$tmp/o.tsv" >"$tmp/out"
not "$tmp/out" "match: House" "none of them is left"
has "$tmp/err" "control lists .* left out" "and said"
column left_out_controlled "$tmp/o.tsv" >"$tmp/out"
has "$tmp/out" "^[1-9]" "they are counted"
# a name's molecule is screened, too
expect 0 "a name" "$molglot" generate safrole -n 1 -f tsv
has "$tmp/out" "match: UN 1988 I.09 \(safrole\)" "a named molecule is screened"
expect 0 "a name, left out" "$molglot" generate safrole -n 1 --screen omit -f tsv
not "$tmp/out" "UN 1988 I.09" "a named molecule is left out"
# a screen that cannot be had is an error, and nothing is written
printf 'list\tX\ty\t1\nclass\ta\tb\t[C\n' >"$tmp/bad.tsv"
expect 4 "a broken list" "$molglot" generate "a sugar" -n 1 --control-list "$tmp/bad.tsv" -o "$tmp/never.tsv"
has "$tmp/err" "bad.tsv: control lists: row 2" "the row is named"
[ ! -e "$tmp/never.tsv" ] || fail "nothing is written without its screen"
expect 1 "no list" "$molglot" generate "a sugar" -n 1 --control-list "$tmp/nothing.tsv"

# any table
printf 'smiles\tname\tqed\nCC(C)OP(C)(=O)F\tone\t9\nCCO\t<b>two</b>&"\t8\nC1CC\tthree\t7\n' >"$tmp/in.tsv"
expect 0 "describe --triage" "$molglot" describe -i "$tmp/in.tsv" --triage -f tsv
has "$tmp/out" "match: CWC 1.A.01 \(O-alkyl alkylphosphonofluoridate\)" "describe screens when asked"
expect 0 "describe" "$molglot" describe -i "$tmp/in.tsv" -f tsv
not "$tmp/out" "match" "and not unasked"
expect 2 "a list alone" "$molglot" describe CCO --control-list "$tmp/own.tsv"

# the page: escaped, complete, no request
expect 0 "report" "$molglot" report "$tmp/in.tsv" -o "$tmp/r.html"
has "$tmp/err" "row 3 .*unclosed ring 1" "the refused row is said"
has "$tmp/r.html" "match: CWC 1.A.01" "flags on cards"
has "$tmp/r.html" "&lt;b&gt;two&lt;/b&gt;&amp;" "names are escaped"
not "$tmp/r.html" "<b>two" "nothing of a name is obeyed"
has "$tmp/r.html" "default-src 'none'" "no request"
not "$tmp/r.html" "https?://[a-z]*\.?(cdn|google|unpkg)" "nothing from elsewhere"
has "$tmp/r.html" "A match is no accusation" "what a flag means"
checks=$((checks + 1))
[ "$(grep -c '<article' "$tmp/r.html")" = 3 ] || fail "a card a row"
expect 0 "--max" "$molglot" report "$tmp/in.tsv" --max 1 -q
checks=$((checks + 1))
[ "$(grep -c '<article' "$tmp/out")" = 1 ] || fail "at most N cards"
for f in csv jsonl smi sdf; do
    "$molglot" describe CCO 'c1ccccc1O' -f $f >"$tmp/d.$f" 2>/dev/null
    expect 0 "a page of $f" "$molglot" report "$tmp/d.$f"
    has "$tmp/out" "<article" "cards of $f"
done
expect 0 "a page of written molecules" "$molglot" report "$tmp/t.tsv"
not "$tmp/out" "input_|prompt_number|left_out" "columns of the table are ours, or left out"
has "$tmp/out" "nearest_tanimoto" "what the table says of near ones stays"
expect 0 "--nearest" "$molglot" report "$tmp/d.smi" --nearest --no-triage
has "$tmp/out" "nearest_tanimoto" "the nearest known"
not "$tmp/out" "n_alerts" "no triage"
expect 1 "no table" "$molglot" report "$tmp/nothing.csv"
expect 2 "two tables" "$molglot" report a b
finish
