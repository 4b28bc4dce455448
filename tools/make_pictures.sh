#!/bin/sh
# Makes the picture of README.md anew, with the shipped model: what the program writes for two sentences.
# make_pictures.sh MOLGLOT FOLDER: FOLDER/generated.png, 1240 x 626, and its SVG. It needs rsvg-convert (librsvg2-bin).
set -eu
[ $# = 2 ] || { echo "usage: make_pictures.sh MOLGLOT FOLDER" >&2; exit 2; }
molglot=$1 out=$2
command -v rsvg-convert >/dev/null || { echo "make_pictures.sh: rsvg-convert is missing (Debian: librsvg2-bin)" >&2; exit 3; }
mkdir -p "$out"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# quiet FILE COMMAND...: its output in the file; what it says is shown when it fails.
quiet() {
    to=$1; shift
    "$@" >"$to" 2>"$tmp/said" || { cat "$tmp/said" >&2; exit 1; }
}
# picture NAME: the two sheets $tmp/1.svg and $tmp/2.svg under their sentences, as one picture.
picture() {
    {
        printf '<svg xmlns="http://www.w3.org/2000/svg" width="1240" height="626">\n<rect width="1240" height="626" fill="#fff"/>\n'
        for i in 1 2; do
            eval "sentence=\$sentence$i"
            y=$(((i - 1) * 306 + 14))
            printf '<rect x="20" y="%d" width="4" height="26" fill="#0b6e6e"/>\n' $y
            printf '<text x="36" y="%d" font-family="sans-serif" font-weight="bold" font-size="19" fill="#1c2430">%s</text>\n' $((y + 20)) "$sentence"
            sed "1s/<svg /<svg x=\"20\" y=\"$((y + 46))\" /" "$tmp/$i.svg"
        done
        printf '</svg>\n'
    } >"$out/$1.svg"
    rsvg-convert "$out/$1.svg" -o "$out/$1.png"
}

sentence1="a methyl ester of an amino acid with an aromatic ring"
sentence2="a dipeptide composed of L-alanine and L-serine"
quiet "$tmp/1.svg" "$molglot" generate "$sentence1" -n 4 -f svg
quiet "$tmp/2.svg" "$molglot" generate "$sentence2" -n 4 -f svg
picture generated
