#!/bin/sh
# How well the house is kept, in figures (docs/design-notes.md): lines, functions, circles. house_figures.sh [ROOT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
printf 'circles of calls\t%s\n' "$("$here/check_rooms.sh" --circles . 2>&1 | grep -c ': a circle of' || true)"
printf 'longest line of molglot.h\t%s\n' "$(awk '{ if (length > n) n = length } END { print n }' include/molglot.h)"
find src -name '*.[ch]' -o -name '*.cc' -o -name '*.cu' | LC_ALL=C sort | xargs perl -e '
use strict; use warnings;
my ($lines, $long, $statics, $once, @size) = (0, 0, 0, 0);
for my $file (@ARGV) {
    open my $in, "<", $file or die "$file: $!\n";
    my $s = do { local $/; <$in> };
    my @l = split /\n/, $s;
    $lines += @l;
    $long += grep { length > 100 } @l;
    $s =~ s{/\*.*?\*/}{ }gs;
    $s =~ s{"(?:\\.|[^"\\\n])*"}{""}g;
    my ($head, $name, $static, $body, %of) = ("", "", 0, 0);
    for (split /\n/, $s) {                     # a head at column 0, its body to a brace at column 0
        if ($name) {
            if (/^\}/) { push @size, $body || 1; $name = ""; } else { $body++; }
            next;
        }
        $head = "" if /^[A-Za-z_]/;
        $head .= "$_ ";
        $head = "", next if /^[#}\/]/ || /;\s*$/;
        next unless /\{\s*$|\{.*\}\s*$/ && $head !~ /^(typedef|enum|else|extern "")/;
        my ($before, $called) = $head =~ /^([\w \t*]*?)\b(\w+)\(/ or next;
        ($static, $name, $body) = (scalar $before =~ /\bstatic\b/, $called, 0);
        $of{$name} = 1 if $static && $file =~ /\.(c|cc|cu)$/;
        push(@size, 1), $name = "" if /\}\s*$/;
        $head = "";
    }
    my %uses;
    $uses{$_}++ for $s =~ /\b(\w+)\b/g;
    for (keys %of) { $statics++; $once++ if $uses{$_} == 2; }
}
@size = sort { $a <=> $b } @size;
printf "files of src\t%d\nlines of src\t%d\nlines over 100 columns\t%.1f %%\n", scalar @ARGV, $lines, 100 * $long / $lines;
printf "functions: mean, median, 95 %%, longest\t%.1f, %d, %d, %d lines\n", eval { my $t = 0; $t += $_ for @size; $t / @size },
    $size[@size / 2], $size[@size * 95 / 100], $size[-1];
printf "static functions\t%d\nof them named in one place beside their own\t%.0f %%\n", $statics, 100 * $once / $statics;
'
