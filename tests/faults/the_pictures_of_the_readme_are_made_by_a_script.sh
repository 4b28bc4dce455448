#!/bin/sh
# faults: U24
# tools/make_pictures.sh makes every picture that the README shows, with the program and the model as they are.
. "$(dirname "$0")/lib.sh"
made="generated.png"
for picture in $(grep -oE '\]\([^)]*\.(png|svg|jpg)\)' "$root/README.md" | tr -d ']()'); do
    checks=$((checks + 1))
    case " $made " in *" ${picture#docs/} "*) ;; *) fail "README.md shows $picture, which make_pictures.sh does not make" ;; esac
done
if ! command -v rsvg-convert >/dev/null; then
    echo "rsvg-convert is not here: no picture was made"
    finish
    exit
fi
expect 0 "the pictures" "$root/tools/make_pictures.sh" "$molglot" "$tmp/docs"
for picture in $made; do
    checks=$((checks + 1))
    size=$(od -An -tu1 -j16 -N8 "$tmp/docs/$picture" | awk '{print ($3 * 256 + $4) " x " ($7 * 256 + $8)}')
    [ "$size" = "1240 x 626" ] || fail "$picture is $size"
    checks=$((checks + 1))
    [ "$(wc -c <"$tmp/docs/$picture")" -gt 10000 ] || fail "$picture is empty"
done
has "$tmp/docs/generated.svg" "a dipeptide composed of L-alanine and L-serine" "what was asked for is in the picture"
finish
