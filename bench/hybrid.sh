#!/bin/sh
# How often search finds a row by its own name, by that name with one wrong letter, and by three consecutive words that stand in its text alone.
#   [MOLGLOT=build/release/molglot] bench/hybrid.sh [LIBRARY.tsv]        (name, smiles, text; default examples/library.tsv)
# Prints the share of queries whose first hit is the row. The queries are the same on every machine.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
library=${1-$root/examples/library.tsv} molglot=${MOLGLOT:-$root/build/release/molglot}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$molglot" index -q "$library" -o "$folder/l.idx"
# kind, name of the row, query
perl -CSD -e '
    my (@rows, @texts, $seed);
    sub below { $seed = ($seed * 1103515245 + 12345) % 2147483648; int($seed / 65536) % shift }
    <>; while (<>) { chomp; push @rows, [split /\t/]; }
    @texts = map { " " . join(" ", lc($_->[2]) =~ /[a-z0-9]+/g) . " " } @rows;
    $seed = 1;
    for my $r (@rows) {
        my ($name, @words) = ($r->[0], split / /, $r->[2]);
        print "name\t$name\t$name\n";
        if (length $name > 4) {
            my $at = 1 + below(length($name) - 2); my $m = $name;
            substr($m, $at, 1) = substr("aeinorst", below(8), 1);
            print "misspelt\t$name\t$m\n" if $m ne $name;
        }
        my @own;
        for my $i (0 .. $#words - 2) {
            my $p = join " ", @words[$i .. $i + 2]; my $k = " " . join(" ", lc($p) =~ /[a-z0-9]+/g) . " ";
            $p =~ s/^[.,;]+|[.,;]+$//g;
            push @own, $p if 1 == grep { index($_, $k) >= 0 } @texts;
        }
        for (1 .. 3) { print "three_words\t$name\t", splice(@own, below(scalar @own), 1), "\n" if @own; }
    }' "$library" >"$folder/asked.tsv"
cut -f3 "$folder/asked.tsv" >"$folder/queries.txt"
"$molglot" search -q "$folder/l.idx" -i "$folder/queries.txt" --input-format txt -k 1 -f tsv -o "$folder/found.tsv"
awk -F'\t' 'FNR == NR { kind[FNR] = $1; name[FNR] = $2; next }
    FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { n[kind[$1]]++; ok[kind[$1]] += $at["id"] == name[$1] }
    END { for (k in n) printf "%s %.3f of %d\n", k, ok[k] / n[k], n[k] }' "$folder/asked.tsv" "$folder/found.tsv" | sort
