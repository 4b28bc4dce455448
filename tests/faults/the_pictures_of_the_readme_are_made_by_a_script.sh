#!/bin/sh
# faults: U24
# A script makes every picture that the README shows: tools/make_pictures.sh those of molecules, which are made here with the program and the model as
# they are; tools/make_page_pictures.py those that want a browser.
. "$(dirname "$0")/lib.sh"
made="generated.png" browsed="page.png python.png service.png"
for picture in $(grep -oE '\]\([^)]*\.(png|svg|jpg)\)' "$root/README.md" | tr -d ']()'); do
    checks=$((checks + 1))
    case " $made $browsed " in *" ${picture#docs/} "*) ;; *) fail "README.md shows $picture, which no script makes" ;; esac
done
for picture in $browsed; do
    checks=$((checks + 1))
    grep -qw "${picture%.png}" "$root/tools/make_page_pictures.py" || fail "make_page_pictures.py does not make $picture"
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
