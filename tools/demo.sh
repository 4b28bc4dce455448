#!/bin/sh
# The main job, as a newcomer would type it: index the example library, ask three sentences of different kinds, draw the answers.
set -eu
molglot="$1/molglot"
out="${MOLGLOT_DEMO_OUT:-demo}"
mkdir -p "$out"
# Prints the command as one would type it, then runs it.
show() {
    printf '\n$ molglot'
    for word in "$@"; do
        case $word in *' '*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    "$molglot" "$@"
}

show index examples/library.tsv -o "$out/library.idx"
a="a purine alkaloid found in coffee and tea that stimulates the central nervous system"
b="a long-chain fatty acid with one cis double bond"
c="an antibiotic with a beta-lactam ring"
show search "$out/library.idx" "$a" "$b" "$c" -k 5
show search "$out/library.idx" "$a" "$b" "$c" -k 8 -f html -o "$out/answers.html"
printf '\nThe same answers with drawn molecules: %s\n' "$out/answers.html"
