#!/bin/sh
# faults: U20
# No drawing of the example library has a box around atoms that come close.
. "$(dirname "$0")/lib.sh"
expect 0 "217 drawings" "$molglot" depict -q -i "$root/examples/library.tsv" -o "$tmp/l.svg"
has "$tmp/l.svg" "<svg" "an SVG"
not "$tmp/l.svg" "d='M [0-9.,]+( L [0-9.,]+){4}' style='fill:none;stroke:#FF0000" "no box"
finish
