#!/bin/sh
# trust 3: /dev/stdout and /dev/fd/N are what the caller has opened: written there, after what is there, not replaced.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
expect 0 "a file" "$molglot" describe -q CCO -o want.csv
{ echo first; "$molglot" describe -q CCO -f csv -o /dev/stdout; echo last; } >all
checks=$((checks + 1)); { echo first; cat want.csv; echo last; } | cmp -s - all || fail "/dev/stdout: $(cat all)"
"$molglot" describe -q CCO -f csv -o /dev/fd/3 3>three
checks=$((checks + 1)); cmp -s three want.csv || fail "/dev/fd/3"
"$molglot" describe -q CCO -f csv -o /proc/self/fd/3 3>>three
checks=$((checks + 1)); cat want.csv want.csv | cmp -s - three || fail "/proc/self/fd/3 appends"
"$molglot" describe -q CCO -f csv -o /dev/stdout | cmp -s - want.csv || fail "a pipe"
# not /dev/stdout: a predict that replaced it would take it from the machine
"$molglot" predict -q -p "$root/models/heads.hiv.safetensors" CCO -f csv -o /dev/fd/3 3>three
checks=$((checks + 1)); has three "^1,,CCO," "predict writes there, too"
expect 0 "nothing" "$molglot" describe -q CCO -f csv -o /dev/null
checks=$((checks + 1)); [ -c /dev/null ] || fail "/dev/null is no device any more"
expect 1 "a number that is not open" "$molglot" describe -q CCO -f csv -o /dev/fd/77
finish
