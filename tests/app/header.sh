#!/bin/sh
# include/molglot.h: compiles as C99 and C++ without a warning; no line is longer than 100 columns; each function has a
# comment right above with a line for each parameter and for what it returns; the library exports what it declares and
# nothing else; the tests call every function.
# header.sh HEADER LIBRARY PROGRAM...: programs are tests and examples.
set -eu
header=$1 library=$2
shift 2
for language in 'c -std=c99' 'c -std=c17' 'c++ -std=c++11' 'c++ -std=c++20'; do
    # shellcheck disable=SC2086
    printf '#include "%s"\n%s\n' "$header" 'int f(void); int f(void) { return (int)molglot_options_default().size; }' |
        cc -x $language -Wall -Wextra -Wshadow -Wconversion -pedantic -Werror -fsyntax-only -
done
perl - "$header" <<'PERL'
use strict; use warnings;
local $/; my $s = <>; my ($bad, $functions) = (0, 0);
sub complain { print "$_[0]\n"; $bad = 1; }
length > 100 and complain("longer than 100 columns: $_") for split /\n/, $s;
while ($s =~ /^(MOLGLOT_API|static inline) ([^;{]*?)\b(molglot_\w+)\(([^;{]*?)\)\s*[;{]/mgs) {
    my ($kind, $type, $name, $arguments, $before) = ($1, $2, $3, $4, substr $s, 0, $-[0]);
    $functions++;
    my ($comment) = $before =~ m{(/\*(?:(?!\*/).)*\*/)\n\z}s;
    complain("$name: no comment right above"), next unless defined $comment;
    $comment =~ m{^/\* [A-Z]} or $kind ne 'MOLGLOT_API' or complain("$name: no summary line");
    for my $argument (split /,/, $arguments) {
        next if $argument eq 'void';
        my ($parameter) = $argument =~ /(\w+)(?:\[\w*\])?\s*$/;
        $comment =~ /\@param $parameter\s/ or complain("$name: \@param $parameter is missing");
    }
    my %has = map { $_ => 1 } $arguments =~ /(\w+)\s*(?:,|$)/g;
    $has{$_} or complain("$name: there is no parameter $_") for $comment =~ /\@param (\w+)/g;
    ($type =~ /^void\s*$/) == ($comment !~ /\@return\s/) or complain("$name: \@return");
    # what is handed out says whose it is
    $type =~ /\*\s*$/ && $comment !~ /(Owned by the \w+\.|The caller frees it with molglot_\w+\.)/
        and complain("$name: who owns what it returns?");
}
$functions > 40 or complain("only $functions functions were found: is this test still right?");
exit $bad;
PERL
declared=$(perl -0777 -ne 'print "$1\n" while /^MOLGLOT_API [^;]*?\b(molglot_\w+)\(/mgs' "$header" | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | sort)
[ "$declared" = "$exported" ] || { echo "declared and exported differ:"; printf '%s\n' "$declared" "$exported" | sort | uniq -u; exit 1; }
called=$(for program; do nm -D --undefined-only "$program"; done | awk '{sub(/@.*/, "", $2); print $2}' | sort -u)
for name in $declared; do
    printf '%s\n' "$called" | grep -qx "$name" || { echo "no test calls $name"; bad=1; }
done
[ -z "${bad-}" ]
