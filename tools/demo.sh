#!/bin/sh
# The main job, as a newcomer would type it: molecules for sentences, analogues, facts, names, and the example library searched; all of it drawn.
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

printf 'Molecules for a sentence. The writer starts from what it remembers, and each draw is checked for what the sentence asks.\n'
ester="a methyl ester of an amino acid with an aromatic ring"
peptide="a dipeptide composed of L-alanine and L-serine"
show generate "$ester" "$peptide" -n 5 -f table
show generate "$ester" "$peptide" -n 12 -o "$out/molecules.html"
show generate --like 'CC(C)Cc1ccc(cc1)C(C)C(=O)O' --keep 'c1ccccc1C(C)C(=O)O' -n 4 -f table

printf '\nThe latent space: a molecule to 16 x 48 numbers and back, and the way from one molecule to another.\n'
show encode 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -o "$out/caffeine.csv"
show decode "$out/caffeine.csv" -f table
show interpolate 'CC(=O)Oc1ccccc1C(=O)O' 'OC(=O)c1ccccc1O' -n 5 -o "$out/way.svg"

printf '\nWhat a molecule is, and what it is called.\n'
show describe 'CC(=O)Oc1ccccc1C(=O)O' -f text
show name asprin "vitamin C" -n 2 -f table

printf '\nWhat is known already: search, by words, by a name, by what is asked of the molecule.\n'
a="a purine alkaloid found in coffee and tea that stimulates the central nervous system"
b="an antibiotic with a beta-lactam ring"
c="an amide with two aromatic rings, no halogen, under 350 Da"
show index examples/library.tsv -o "$out/library.idx"
show search "$out/library.idx" "$a" "$b" "$c" asprin -k 5 -f table
show search "$out/library.idx" "$a" "$b" "$c" -k 8 -f html -o "$out/answers.html"
printf '\nDrawn, for a browser: %s, %s and %s\n' "$out/molecules.html" "$out/way.svg" "$out/answers.html"
printf 'All of it as a page in a browser, and as a service: molglot serve %s\n' "$out/library.idx"
