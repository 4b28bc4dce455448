#!/bin/sh
# faults: F23b
# A molecule of a library finds itself with a score of 1, however its vector was rounded.
. "$(dirname "$0")/lib.sh"
cut -f 2 "$root/examples/library.tsv" | sed 1d | head -40 >"$tmp/l.smi"
expect 0 "index" "$molglot" index -q "$tmp/l.smi" -o "$tmp/l.idx"
expect 0 "search" "$molglot" search -q -m "$MOLGLOT_MODEL" "$tmp/l.idx" -i "$tmp/l.smi" -n 1 -f json
grep -oE '"score": ?[^,}]*' "$tmp/out" | sort -u >"$tmp/scores"
gives "all of them" "$tmp/scores" '"score":1'
finish
