#!/bin/sh
# faults: F21a
# Tensors of types that cannot be read are listed with the reason; only a needed one fails.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/checkpoint.inc"
for dtype in C64 F8_E4M3 U16; do
    make "$tmp/x.safetensors" "add:$dtype"
    import_of 0 "an unused tensor of $dtype" "$tmp/x.safetensors"
    has "$tmp/err" "1 tensors that cannot be read were not needed: x .numbers of type $dtype" "it is said"
    expect 0 "info" "$molglot" info --all "$tmp/x.safetensors"
    has "$tmp/out" "^  x .*unreadable: numbers of type $dtype" "and listed"
done
for what in complex sparse quantised typed; do
    make "$tmp/x.pth" legacy2 "$what"
    import_of 0 "an unused $what tensor" "$tmp/x.pth"
    has "$tmp/err" "not needed: x " "$what: it is said"
done
for what in buffer expanded; do # these can be read
    make "$tmp/x.pth" legacy2 "$what"
    import_of 0 "an unused $what tensor" "$tmp/x.pth"
    not "$tmp/err" "cannot be read" "$what: an array like others"
done
make "$tmp/x.safetensors" retype:graph_proj_head.2.bias
import_of 4 "a needed one" "$tmp/x.safetensors"
has "$tmp/err" "graph_proj_head.2.bias cannot be read: numbers of type U32" "it is named, with the reason"
finish
