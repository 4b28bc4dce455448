#!/bin/sh
# faults: U16 U17
# A mistyped option, format, value or sub-command gets a suggestion; -h is help everywhere; a sentence without quotes is noticed.
. "$(dirname "$0")/lib.sh"
expect 2 "an option" "$molglot" search x.idx y --fromat tsv
has "$tmp/err" "did you mean '--format'" "an option"
expect 2 "an option with a value" "$molglot" generate x --temprature=0
has "$tmp/err" "did you mean '--temperature'" "an option with a value"
expect 2 "a format" "$molglot" depict CCO -f cvs
has "$tmp/err" "did you mean 'csv'" "a format"
expect 2 "a value" "$molglot" embed CCO --side molecul
has "$tmp/err" "did you mean 'molecule'" "a value"
expect 2 "a sub-command" "$molglot" eval predicitons x.tsv
has "$tmp/err" "did you mean 'predictions'" "a sub-command"
expect 2 "help of a command" "$molglot" help depcit
has "$tmp/err" "did you mean 'depict'" "help of a command"
expect 2 "nothing near" "$molglot" search --zzzzzzzz
not "$tmp/err" "did you mean" "nothing near"
expect 1 "what looks like an option may be a value" "$molglot" embed -i --nothing
for command in index search generate embed encode decode interpolate depict train import merge info doctor eval "eval retrieval" "eval predictions" \
    "eval generation" "eval reconstruction" "eval unconditional"; do
    # shellcheck disable=SC2086
    expect 0 "$command -h" "$molglot" $command -h
    has "$tmp/out" "^Usage: molglot" "$command -h"
done

expect 0 "index" "$molglot" index "$root/examples/library.tsv" -o "$tmp/l.idx"
expect 2 "a sentence without quotes" "$molglot" search "$tmp/l.idx" a fatty acid
has "$tmp/err" 'did you mean one, "a fatty acid"' "a sentence without quotes"
expect 2 "generate" "$molglot" generate an acid with two rings
expect 0 "names are queries of their own" "$molglot" search "$tmp/l.idx" aspirin caffeine glucose -k 1 -q
lines "$tmp/out" 4 "three queries"
printf 'CCO\n' >"$tmp/some.smi"
expect 2 "a file without -i" "$molglot" embed "$tmp/some.smi"
has "$tmp/err" "is a file: -i" "a file without -i"
finish
