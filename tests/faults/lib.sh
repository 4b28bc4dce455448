# lib.sh - for the tests of faults: what tests/cli/lib.sh has, with the shipped model, the repository's root and a fixed environment.
# Each test is one file, named by what is right. Its second line says `# faults: NUMBERS` of docs/faults.md; the third what is right.
. "$(dirname "$0")/../cli/lib.sh"
export MOLGLOT_MODEL=$2 LC_ALL=C.UTF-8
root=$(cd "$(dirname "$0")/../.." && pwd)
# gives "what" INPUT EXPECTED: the file's content is exactly EXPECTED
gives() { checks=$((checks + 1)); [ "$(cat "$2")" = "$3" ] || { fail "$1: got '$(head -c 300 "$2")', expected '$3'"; }; }
# not FILE PATTERN "what": the pattern is nowhere in the file
not() { checks=$((checks + 1)); ! grep -qE -- "$2" "$1" || fail "$3: /$2/ is in the output"; }
