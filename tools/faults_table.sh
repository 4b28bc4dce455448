#!/bin/sh
# Prints docs/faults.md: every number of the list of inputs that failed, and the tests that hold the right answer (tests/faults/*.sh,
# by their second and third line). With --missing, the numbers that no test names.
set -eu
cd "$(dirname "$0")/.."
numbers="F01a F02a F03a F04a F05a F06a F06c F06e F06f F07a F08a F09a F09c F09d F10b F11a F11b F11d F12a F13a F14a F14b F15a F15b F15d
F16b F16d F16e F16f F17a F18a F18b F18d F19a F20a F21a F21c F21d F21e F22a F22b F23a F23b F24b F25b
$(seq -f 'U%02g' 1 25)"
missing=0
[ "${1-}" = --missing ] || cat <<'HEAD'
# Faults and their tests

What new users met, and inputs out of public bug reports that failed (numbered as they were found). Each has a test of its name in
`tests/faults/` that failed before. This page is made by `tools/faults_table.sh`; a test compares.

| number | what is right now | test |
|---|---|---|
HEAD
for n in $numbers; do
    found=no
    for t in tests/faults/*.sh; do
        sed -n 2p "$t" | grep -qE "^# faults:.*\\b$n\\b" || continue
        found=yes
        [ "${1-}" = --missing ] || printf '| %s | %s | %s |\n' "$n" "$(sed -n '3s/^# *//p' "$t")" "$(basename "$t" .sh)"
    done
    [ $found = yes ] || { missing=1; [ "${1-}" = --missing ] && echo "$n" || printf '| %s | | none |\n' "$n"; }
done
[ "${1-}" != --missing ] || [ $missing = 0 ]
