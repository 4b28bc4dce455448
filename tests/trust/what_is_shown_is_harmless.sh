#!/bin/sh
# trust 15: names from files and arguments are shown, never obeyed, by messages, info, doctor, tables, smi and sdf; a spreadsheet runs no name.
. "$(dirname "$0")/../faults/lib.sh"
cd "$tmp" || exit 1
esc=$(printf '\033') bel=$(printf '\007') csi=$(printf '\302\233') rlo=$(printf '\342\200\256') line=$(printf '\342\200\250')
# clean FILE "what": no control but tabs and ends of lines, no C1, no bidi, no separator of lines
clean() {
    checks=$((checks + 1))
    LC_ALL=C grep -q "[$(printf '\001-\010\013-\037\177')]" "$1" && fail "$2: a control character"
    LC_ALL=C grep -qF -e "$csi" -e "$rlo" -e "$line" "$1" && fail "$2: C1, bidi or a separator of lines"
    :
}
printf 'smiles,id\nC(C,"%s]0;pwned%s"\nCCO,"%s31m red"\nCCN,"%sevil"\nCCCN,"x%sy"\nCCCO,"x\nCCCl\tinjected"\nCCF,"=cmd|'"' /C calc'"'!A0"\nCCBr,@SUM(1)\nCCI,-1.5\n' \
    "$esc" "$bel" "$csi" "$rlo" "$line" >evil.csv
expect 0 "an index" "$molglot" index evil.csv -o evil.idx
clean err "a rejected id"
has err 'u\{1b\}\]0;pwned.u\{7\}' "it is shown"
for format in table tsv smi; do
    expect 0 "$format" "$molglot" search evil.idx alcohol -f $format
    [ $format = tsv ] || clean out "$format"
done
expect 0 "smi" "$molglot" search evil.idx alcohol -f smi
not out "^CCCl" "an id forges no molecule"
has out 'u\{202e\}evil' "it is shown"
expect 0 "sdf" "$molglot" search evil.idx alcohol -f sdf
has out "^x CCCl injected$" "the title of a molblock is one line"
expect 0 "csv" "$molglot" search evil.idx alcohol -f csv --excel-safe
has out ",'=cmd" "a formula is a text"
has out ",'@SUM" "this one too"
has out ",-1.5," "a number stays"
expect 0 "csv" "$molglot" search evil.idx alcohol -f csv
has out ",=cmd" "by default a cell is what it is"
for words in "describe -f text" "explain --no-learned --about alcohol"; do
    # shellcheck disable=SC2086
    expect 0 "$words" "$molglot" $words -i evil.csv
    clean out "$words"
    has out 'u\{9b\}31m red' "$words shows it"
done
expect 0 "rejects" "$molglot" index evil.csv -o e2.idx --rejects r.csv --excel-safe
for words in "search ${esc}x" "${esc}]0;x" "embed CCO -f ${esc}x" "info ${esc}x" "describe C${esc}C" "embed -i ${rlo}x" "index a --rejects ${csi}b -o c"; do
    # shellcheck disable=SC2086
    "$molglot" $words >out 2>err
    clean err "$words"
done
# metadata of a file that is not trusted; the header's length is its first 8 bytes, little-endian
header='{"__metadata__":{"name":"\u001b[31m\u009b2J\u202eevil","licence":"\u0007x"},"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
{ printf "\\$(printf %03o ${#header})\0\0\0\0\0\0\0%s\0\0\0\0" "$header"; } >evil.safetensors
expect 0 "info" "$molglot" info -a evil.safetensors
clean out "info"
has out 'u\{1b\}.31m' "it is shown"
"$molglot" doctor -m evil.safetensors --seconds 0 >out 2>err
clean out "doctor"
clean err "doctor"
finish
