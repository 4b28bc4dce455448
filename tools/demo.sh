#!/bin/sh
# The main job, as a newcomer would type it: molecules for two sentences, then the example library searched by sentences; all of it drawn.
set -eu
molglot="$1/molglot"
out="${MOLGLOT_DEMO_OUT:-demo}"
mkdir -p "$out"
# Prints the command as one would type it, then runs it.
show() {
    printf '\n$ molglot'
    for word in "$@"; do
        case $word in *[' ()=#']*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    "$molglot" "$@"
}

printf 'New molecules for a sentence. The index is a memory: the writer may start from what is known.\n'
show index examples/library.tsv -o "$out/library.idx"
ester="a methyl ester of an amino acid with an aromatic ring"
peptide="a dipeptide composed of L-alanine and L-serine"
show generate "$ester" "$peptide" -n 5 --candidates 32 --memory "$out/library.idx" -f table
show generate "$ester" "$peptide" -n 12 --candidates 64 --memory "$out/library.idx" --library "$out/library.idx" -o "$out/molecules.html"

printf '\nThe latent space: a molecule to 16 x 48 numbers and back, and the way from one molecule to another.\n'
show encode 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -o "$out/caffeine.csv"
show decode "$out/caffeine.csv" -f table
show interpolate 'CC(=O)Oc1ccccc1C(=O)O' 'OC(=O)c1ccccc1O' -n 5 -o "$out/way.svg"

printf '\nWhat is known already: search.\n'
a="a purine alkaloid found in coffee and tea that stimulates the central nervous system"
b="an antibiotic with a beta-lactam ring"
show search "$out/library.idx" "$a" "$b" -k 5 -f table
show search "$out/library.idx" "$a" "$b" -k 8 -f html -o "$out/answers.html"
printf '\nDrawn, for a browser: %s, %s and %s\n' "$out/molecules.html" "$out/way.svg" "$out/answers.html"
