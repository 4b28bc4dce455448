# lib.sh - a few words for the command line tests: each check says what it expected; the script fails at the end if any did.
molglot=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0
checks=0

fail() { failures=$((failures + 1)); echo "FAILED: $1" >&2; }
# expect CODE "what" command...: runs it, keeps stdout and stderr in $tmp/out and $tmp/err
expect() {
    want=$1 what=$2; shift 2
    checks=$((checks + 1))
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    code=$?
    [ "$code" = "$want" ] || { fail "$what: exit $code, expected $want"; sed 's/^/    /' "$tmp/err" >&2; }
}
# has FILE PATTERN "what"
has() { checks=$((checks + 1)); grep -qE -- "$2" "$1" || { fail "$3: no /$2/ in output"; head -5 "$1" | cut -c1-300 | sed 's/^/    /' >&2; }; }
not() { checks=$((checks + 1)); grep -qE -- "$2" "$1" && fail "$3: /$2/ in output"; :; }
lines() { checks=$((checks + 1)); n=$(wc -l <"$1"); [ "$n" -eq "$2" ] || fail "$3: $n lines, expected $2"; }
finish() { echo "$checks checks, $failures failed"; [ "$failures" -eq 0 ]; }
