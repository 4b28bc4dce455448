#!/bin/sh
# faults: U16
# A mistyped command gets a suggestion, and -h is help everywhere.
. "$(dirname "$0")/lib.sh"
expect 2 "serch" "$molglot" serch
has "$tmp/err" "did you mean 'search'" "the nearest command is named"
finish
