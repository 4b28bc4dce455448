#!/bin/sh
# The arrows between rooms (docs/TOUR.md), as a test:
#   room     an #include "room/..." must be allowed; arrows go one way
#   sister   a wing (a folder in a room) includes its own room, never a sister wing, but those of %sisters
#   header   a folder offers one header of its name to others; the rest stays inside
#   circle   files of one folder call each other without a circle
#   library  RDKit, BLAS, CUDA ... are included in one place each
#   family   a kernel family of src/tensor has one file name in ops/, ref/, cpu/ and cuda/
# check_rooms.sh [ROOT]; check_rooms.sh --circles [ROOT] lists the circles alone. Perl, since every Debian has it.
[ $# -gt 0 ] || cd "$(dirname "$0")/.."
exec perl - "$@" <<'PERL'
use strict; use warnings; use File::Find;
my $circles_only = @ARGV && $ARGV[0] eq '--circles' && shift @ARGV;
my $root = @ARGV ? $ARGV[0] : ".";
chdir $root or die "$root: $!\n";

my %allowed = (
    base => 'base', tensor => 'base tensor', layout => 'base tensor layout', chem => 'base chem', text => 'base text',
    nn => 'base tensor nn', data => 'base chem text data', model => 'base tensor nn chem text model');
my $low = 'base tensor nn chem text data model';
$allowed{search} = "$low search";
$allowed{$_} = "$low search $_" for qw(generate explain predict);
$allowed{caption} = "$low search generate caption";
my $mid = "$low search generate caption explain predict";
$allowed{score} = "$mid score";
$allowed{train} = "$mid score train";
$allowed{app} = "$mid score train layout app";

# Wings that may include a sister: the second may be 'any'.
my %sisters = map { $_ => 1 } (
    'chem/request>chem/facts', 'chem/triage>chem/facts', 'model/latent>model/writer', 'model/writer>model/atomas', 'train/latent>train/writer', 'train/atomas>train/writer', 'model/bundle>any', 'model/atomas>model/t5', 'app/cmd>app/cli', 'app/cmd>app/server');
# Headers that others may include beside the one of a folder's name.
my %offered = map { $_ => 1 } (
    'base/bags.h', 'base/grow.h', 'base/plot.h', 'tensor/files/weights.h', 'model/atomas/align.h', 'model/atomas/published.h');
# Foreign libraries: pattern of an include, files that may have it, name.
my @libraries = (
    [qr{<(GraphMol|RDGeneral|DataStructs|Geometry)}, qr{^src/chem/(rdkit\w*|draw)\.(cc|h)$}, 'RDKit'],
    [qr{<(inchi_api|inchi)}, qr{^src/chem/inchi\.c$}, 'InChI'],
    [qr{<(dnnl|oneapi|cblas|openblas)}, qr{^src/tensor/cpu/gemm\.c$}, 'oneDNN and BLAS'],
    [qr{<(cuda|cublas)}, qr{^src/(tensor/cuda/|base/ranks/nccl\.c$)}, 'CUDA'],
    [qr{<zip\.h}, qr{^src/tensor/files/}, 'libzip'],
    [qr{<utf8proc}, qr{^src/(base/utf8|text/\w+)\.c$}, "utf8proc"],
    [qr{<sentencepiece}, qr{^src/text/sentencepiece\.cc$}, 'SentencePiece'],
    [qr{<microhttpd}, qr{^src/app/server/http\.c$}, 'libmicrohttpd'],
    [qr{<mpi\.h}, qr{^src/base/ranks/mpi\.c$}, 'MPI'],
    [qr{<nccl\.h}, qr{^src/base/ranks/nccl\.c$}, 'NCCL'],
    [qr{<argp}, qr{^src/app/}, 'argp']);

# Kernel families: folder of src/tensor, ending of its files, and the names that must be there.
my $kernels = 'attention elementwise gather linear loss match norm sets';
my @families = (
    ['ops', 'c', $kernels], # the optimiser's passes are no ops: tape.c calls them
    ['ref', 'c', "$kernels optim"], ['cpu', 'c', "$kernels optim"], ['cuda', 'cu', "$kernels optim"]);

my $bad = 0;
sub complain { print STDERR "$_[0]\n"; $bad = 1; }
sub folder { my $p = shift; $p =~ s{/[^/]*$}{}; $p }
sub room { (split m{/}, shift)[0] }
sub within { my ($a, $b) = @_; $a eq $b || index($a, "$b/") == 0 }

my @files;
find({no_chdir => 1, wanted => sub { push @files, $_ if /\.(c|h|cc|cu)$/ }}, 'src');
@files = sort @files;

sub check_include {
    my ($file, $inc) = @_;
    my ($from, $to) = (folder(substr $file, 4), folder($inc));
    return if $inc eq 'molglot.h';
    complain("$file: the server stands on molglot.h alone, not on $inc")
        if within($from, 'app/server') && !within($to, 'app/server');
    return complain("$file: \"$inc\" names no folder") if $to eq $inc;
    my ($r, $s) = (room($from), room($to));
    return complain("$file: src/$r is no room") unless $allowed{$r};
    return complain("$file: $r must not include $inc") unless " $allowed{$r} " =~ / $s /;
    my $sister = $r eq $s && !within($from, $to) && !within($to, $from);
    return complain("$file: $from must not include its sister: $inc")
        if $sister && !$sisters{"$from>$to"} && !$sisters{"$from>any"};
    my ($name) = $to =~ m{([^/]*)$};
    return if $inc eq "$to/$name.h" || $offered{$inc} || within($from, $to);
    complain("$file: only $to/$name.h is offered to others, not $inc");
}

sub code_of { # without comments and strings
    my $s = shift;
    $s =~ s{/\*.*?\*/}{ }gs; $s =~ s{//[^\n]*}{ }g;
    $s =~ s{"(?:\\.|[^"\\])*"}{""}g; $s =~ s{'(?:\\.|[^'\\])+'}{0}g;
    return $s;
}

my (%defines, %text, %of_folder);   # function -> file; file -> code; folder -> files
for my $file (@files) {
    open my $in, '<', $file or die "$file: $!\n";
    local $/; my $s = <$in>;
    unless ($circles_only) {
        check_include($file, $1) while $s =~ /^\s*#\s*include\s+"([^"]+)"/mg;
        for my $l (@libraries) {
            complain("$file: $l->[2] belongs elsewhere")
                if $s =~ /^\s*#\s*include\s+$l->[0]/m && $file !~ $l->[1];
        }
    }
    next if $file =~ /\.h$/;
    my $code = code_of($s);
    $text{$file} = $code;
    push @{$of_folder{folder($file)}}, $file;
    while ($code =~ /^(?!static\b|typedef\b|extern\b|else\b|return\b)[A-Za-z_][\w \t*]*?\b(\w+)\(([^;{}]*)\)\s*\{/mg) {
        $defines{$1} = $file;
    }
}

for my $f ($circles_only ? () : @families) {
    my ($dir, $ending, $names) = @$f;
    for my $name (split ' ', $names) {
        my $file = "src/tensor/$dir/$name.$ending";
        complain("$file is missing: a kernel family has one file name in ops, ref, cpu and cuda")
            unless -e $file;
    }
}

# Strongly connected files of one folder (Tarjan).
for my $dir (sort keys %of_folder) {
    my (%edge, %why);
    for my $file (@{$of_folder{$dir}}) {
        my %seen;
        for my $word ($text{$file} =~ /\b(\w+)\b/g) {
            next if $seen{$word}++;
            my $to = $defines{$word} or next;
            next if $to eq $file || folder($to) ne $dir;
            $edge{$file}{$to} = 1;
            push @{$why{"$file>$to"}}, $word;
        }
    }
    my ($n, @stack, %index, %low, %on) = (0);
    my $visit; $visit = sub {
        my $v = shift;
        $index{$v} = $low{$v} = $n++; push @stack, $v; $on{$v} = 1;
        for my $w (sort keys %{$edge{$v} || {}}) {
            if (!defined $index{$w}) { $visit->($w); $low{$v} = $low{$w} if $low{$w} < $low{$v}; }
            elsif ($on{$w}) { $low{$v} = $index{$w} if $index{$w} < $low{$v}; }
        }
        return if $low{$v} != $index{$v};
        my @part; while (1) { my $w = pop @stack; $on{$w} = 0; push @part, $w; last if $w eq $v; }
        return if @part < 2;
        my %in = map { $_ => 1 } @part;
        my @calls = map { my $a = $_; map { "$a calls " . join(', ', @{$why{"$a>$_"}}) . " of $_" } grep { $in{$_} } sort keys %{$edge{$a}} } sort @part;
        complain("$dir: a circle of " . @part . " files\n    " . join("\n    ", @calls));
    };
    defined $index{$_} or $visit->($_) for sort @{$of_folder{$dir}};
}
exit $bad;
PERL
