#!/bin/sh
# mutate.sh - plants faults in src, one at a time, and says which of them no test of the room notices (docs/trust.md).
#   mutate.sh [-n FAULTS] [-s SEED] [-t SECONDS] [-b BUILD] [-d FOLDER] [-r LOG] [-f PATTERN] [ROOM...]     make mutate FAULTS=300 SECONDS=4800
# -f PATTERN: in files alone whose path it matches (Perl): -f 'chem/nomenclature|src/caption'.
# -r LOG: no new faults, those that survived in another run's log.tsv once more, wherever their line stands now.
# Nothing of the tree or of BUILD (build/release, whole) is touched: FOLDER (/tmp/molglot-mutate) gets a copy of what is needed. A
# fault costs one compilation of its file, and a link of each quick test program of its room until one fails.
# Rooms are the folders of src; of src/app they are cli (cli and cmd), api and server. What has no test program of its own is asked through
# the scripts of tests/cli, faults and trust that name its command, and through test_face, the quick ones first, as far as
# BUDGET seconds (60) and SCRIPTS scripts (8) go; what a library room's programs let live is asked of the scripts about the room.
# Kinds: off by one and other constants, another or a turned comparison, another sign, a check dropped, and for or, a lost "not".
# A fault that the compiler makes the same code of is none; more room than is needed is none either, so an allocation's constants stay. What is said
# of no memory is no fault's place: api.no_memory and make faults ask that. A hang, a crash and a failed test kill a fault; what is left is printed:
#   survived ROOM FILE:LINE KIND | the line | as it was changed
# Every fault and its fate are added to FOLDER/log.tsv; a second run takes them from there and goes on. Perl, as in check_rooms.sh.
set -eu
n=300 seed=1 limit=4800 build=build/release work=/tmp/molglot-mutate again= pattern=.
while getopts n:s:t:b:d:r:f: option; do
    case $option in n) n=$OPTARG ;; s) seed=$OPTARG ;; t) limit=$OPTARG ;; b) build=$OPTARG ;; d) work=$OPTARG ;; r) again=$(realpath "$OPTARG") ;; f) pattern=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
cd "$(dirname "$0")/.."
if [ ! -e "$work/ready" ]; then
    mkdir -p "$work/tree" "$work/build"
    git ls-files -z src tests examples include tools recipes models docs README.md | tar -cf - --null -T - | tar -xf - -C "$work/tree"
    ninja -C "$build" -t commands | grep -E ' -o (test_[a-z0-9_]*|tests/test_(trust_[a-z]*|server_[a-z]*|face)|molglot) ' >"$work/links"
    grep -oE '[A-Za-z0-9_./-]*\.(a|o)' "$work/links" | grep -v '^/' | sort -u >"$work/needed"
    (cd "$build" && find generated compile_commands.json tests/serve_client tests/bad_peer tests/make_writer example_text2mol; cat) <"$work/needed" | tar -C "$build" -cf - --no-recursion --ignore-failed-read -T - 2>/dev/null | tar -xf - -C "$work/build"
    pwd >"$work/ready"
fi
exec perl - "$work" "$n" "$seed" "$limit" "$again" "$pattern" "$@" <<'PERL'
use strict; use warnings; use Time::HiRes qw(time); use POSIX ":sys_wait_h";
my ($work, $n, $seed, $limit, $again, $pattern, @only) = @ARGV;
my ($tree, $build) = ("$work/tree", "$work/build");
chomp(my $origin = slurp("$work/ready"));
$ENV{CCACHE_DISABLE} = 1; $ENV{MOLGLOT_MANIFEST} = 'no'; $ENV{OMP_NUM_THREADS} = 2; $ENV{OMP_WAIT_POLICY} = 'passive'; delete $ENV{OPENBLAS_CORETYPE}; $ENV{LC_ALL} = 'C.UTF-8';
$ENV{TMPDIR} = "$work/tmp"; mkdir "$work/tmp";
my $start = time;
my $state = $seed * 2654435761 % 4294967296;
sub draw { my ($below) = @_; $state = ($state * 1664525 + 1013904223) % 4294967296; return int($state / 4294967296 * $below); }
my $nice = $ENV{MUTATE_NICE} // 19;
# Objects but for the name of the source
sub same { my ($a, $b) = map { my $c = `objcopy --strip-unneeded $_ $work/stripped.o && cat $work/stripped.o`; $c } @_; return $a eq $b; }
sub slurp { my ($path) = @_; local $/; open my $in, '<', $path or die "$path: $!\n"; my $all = <$in>; return $all; }
sub spew { my ($path, $text) = @_; open my $out, '>', $path or die "$path: $!\n"; print $out $text; close $out or die; }

# Runs a command with at most $cpu seconds of processor, and a minute and four times that by the clock; 0: it went well.
sub quiet {
    my ($cpu, @command) = @_;
    my $child = fork // die "fork: $!\n";
    if (!$child) {
        setpgrp; chdir $work;
        exec 'nice', '-n', $nice, 'sh', '-c', "ulimit -t $cpu; ulimit -c 0; ulimit -v 6000000; ulimit -f 4000000; exec \"\$@\" </dev/null >'$work/out' 2>&1", 'sh', @command;
    }
    my $until = time + 60 + 4 * $cpu;
    while (1) {
        my $done = waitpid $child, WNOHANG;
        if ($done == $child) { my $status = $?; kill 'KILL', -$child; return $status; }
        if (time > $until) { kill 'KILL', -$child; waitpid $child, 0; return 9; }
        select undef, undef, undef, 0.02;
    }
}

# How each file is compiled, and each program linked. Files read their neighbours' headers from the tree.
my (%compile, @files, %link);
for my $entry (slurp("$build/compile_commands.json") =~ /\{(.*?)\n\}/gs) {
    my ($command) = $entry =~ /"command": "(.*)",?\n/; my ($file) = $entry =~ /"file": "([^"]*)"/;
    next unless $file && $file =~ s{^\Q$origin\E/}{} && $file =~ m{^src/.*\.(c|cc)$} && !$compile{$file};
    $command =~ s/\\"/"/g; $command =~ s/^\S*ccache //; $command =~ s/ -o \S+ -c \S+$//; $command =~ s{\Q$origin\E/build/\w+}{$build}g; $command =~ s{\Q$origin\E/}{$tree/}g;
    (my $folder = $file) =~ s{/[^/]*$}{};
    $compile{$file} = "$command -iquote $tree/$folder -O1 -g0 -w"; push @files, $file;
}
for my $line (split /\n/, slurp("$work/links")) {
    my ($name) = $line =~ / -o (\S+) /; my ($command) = $line =~ /&& (.*?) && :/;
    next unless $command;
    my $whole = 1;      # a program that was not built is left out
    for my $object ($command =~ m{ ([A-Za-z][\w./-]*\.[ao])(?= )}g) { $whole = 0 unless -e "$build/$object"; }
    $link{$name} = $command if $whole;
}
sub compile {
    my ($file, $source, $out) = @_;
    return system("cd $build && nice -n $nice $compile{$file} -c -o $out $source >$work/cc 2>&1") == 0;
}
# The program with an object in the place of the file's own.
sub link_with {
    my ($name, $file, $object) = @_;
    my $command = $link{$name};
    if ($name =~ /face$/) {      # linked with the library's objects, not with the shared one
        my ($own) = $command =~ m{ (\S+\.o) -o }; $command = $link{test_app_api}; $command =~ s{ \S+\.o -o }{ $own -o };
    }
    # in front of the archives, which then need not give theirs
    if (!($command =~ s{CMakeFiles/molglot\.dir/\Q$file\E\.o}{$object})) { $command =~ s{ (?=-o )}{ $object } or die $name; }
    $command =~ s{ -o \S+ }{ -fuse-ld=lld -Wl,-S -o $work/program };
    return system("cd $build && nice -n $nice $command >$work/ld 2>&1") == 0;
}

# The tests of a room or file: [program, what is run], the quick ones first, those of the file's own name before all.
sub room {
    my ($file) = @_; my ($room, $wing) = $file =~ m{^src/([^/]+)/([^/]+)};
    return $room ne 'app' ? $room : $wing eq 'cmd' ? 'cli' : $wing;
}
my $most = $ENV{BUDGET} // 60;      # seconds of processor that the tests of a fault may take
my $scripts = $ENV{SCRIPTS} // 8;   # scripts of the command line that a fault is asked of, at most
my (%cost, %tests, %of, %script);
# The scripts that a fault of a library room is asked of, where the room's own programs let it live: those that are about the room.
my %faces = (predict => 'test_predict', explain => 'test_explain', caption => 'test_caption|the_same_molecule', layout => 'test_map|drawings', score => 'test_eval|missing_output|the_same_molecule|number_of_the_sample',
    search => 'search_f|search_says|indexes_are|only_the_text|finds_itself|test_codes|keeps_all_columns', text => 'unknown_words|search_f|only_the_text', nn => 'test_bundle|a_finished_run|odd_models',
    data => 'tables_of|sdf_prop|no_record|containers|column_name|header_on|json_is|columns_of|own_table|binary_rubbish', generate => 'generate_is_right|greedy_run|analogues|is_checked|test_moflow|test_t5|odd_molecules',
    model => 'test_bundle|test_t5|checkpoints_are|odd_models|test_moflow|tensor_that', tensor => 'checkpoints_are|with_nan|tensor_that|equal_rows', train => 'own_table|finished_run|own_pairs|with_nan|test_predict|has_one_owner',
    chem => 'test_describe|test_name|is_checked|odd_molecules|selfies|test_triage|as_drawn|looks_like', base => 'own_leftovers|is_shown|devices_are|closed_streams|no_record');
my %more = (explain => ['planted'], train => ['survivors'], base => ['survivors'], tensor => ['survivors'], search => ['survivors'], score => ['survivors'],
    data => ['survivors', 'planted'], text => ['planted'], nn => ['planted'], model => ['planted'], generate => ['planted'], chem => ['planted']);
# What scripts ask files that belong to no command
my %scripts = (drawing => 'explain|drawings|report', page => 'explain|map|html', manifest => 'rerun', captioning => 'caption', triage => 'triage', ranks => 'mpi|shards',
    sampling => 'generate|dials', target => 'generate', reranker => 'generate', suggest => 'mistyped|wrong_letter', say => 'is_shown|closed_streams',
    escape => 'is_shown|html', columns => 'columns|tables_of', vectors => 'indexes|codes', dictionary => 'request|bundle', places => 'installed|named', progress => 'pipe|train',
    output => 'output|devices|signal|pipe', engine => 'device|embed', input => 'rows|json|header|binary|drawn', sheet => 'rows|pipe|excel|is_shown', parse => 'cli|mistyped',
    molecule => 'describe|drawn', options => 'cli|options');
for my $path (glob "$tree/tests/{cli,faults,trust}/*.sh") { $script{$path} = slurp($path) unless $path =~ m{/lib\.sh$|gpu_tools|install|symbols|device|kill_9|no_fault|limited|half_a|a_signal|readme|examples}; }
sub candidates {
    my ($file) = @_; my $room = room($file); my @found;
    my ($base) = $file =~ m{([^/]*)\.cc?$}; my ($own) = $base =~ /^([a-z0-9]+)/;
    if ($room =~ /^(cli|server)$/) {
        my $pattern = $room eq 'server' ? 'test_serve|test_mcp|test_peers' : $scripts{$own};
        for my $path (sort keys %script) {
            next unless $pattern ? $path =~ m{/[^/]*($pattern)[^/]*$} || ($room eq 'cli' && $path =~ m{cli/test_(cli|faults|rows|tables)\.sh$}) : $script{$path} =~ /molglot"? \Q$own\E\b/ || $path =~ /test_\Q$own\E\.sh/ || $script{$path} =~ /^whole .*' \Q$own\E /m;
            my $helper = $path =~ /test_serve/ ? ' tests/serve_client' : $path =~ /test_peers/ ? ' tests/bad_peer' : $path =~ /test_generate/ ? ' tests/make_writer example_text2mol' : '';
            $helper =~ s{ }{ $build/}g;
            push @found, ['molglot', $path, "$work/program", "$tree/models", split ' ', $helper];
        }
        # those of its own name before all, then those that name few commands
        my %names = map { $_->[1] => scalar(() = $script{$_->[1]} =~ /molglot"? [a-z]/g) } @found;
        @found = sort { ($b->[1] =~ /test_\Q$own\E\.sh/) <=> ($a->[1] =~ /test_\Q$own\E\.sh/) || $names{$a->[1]} <=> $names{$b->[1]} } @found;
        $#found = $scripts - 1 if @found > $scripts;
        unshift @found, map { [$_, "$work/program"] } grep { m{^tests/test_server_} } sort keys %link if $room eq 'server';
    } elsif ($room eq 'api') { @found = map { [$_, "$work/program"] } qw(test_app_api tests/test_trust_face tests/test_face); }
    else { @found = map { [$_, "$work/program"] } grep({ /^test_${room}_/ } sort keys %link), map { "tests/test_trust_$_" } @{$more{$room} // []};
        push @found, ['test_search_codes', "$work/program"] if $file =~ m{^src/tensor/.*/codes}; }      # whose kernels are asked there
        push @found, map { [$_, "$work/program"] } qw(test_model_parity test_model_writer) if $file =~ m{^src/nn/(transformer|decoder|gin|bag|layers)};      # and layers there
    if (my $about = $scripts ? $faces{$room} : undef) { push @found, map { ['molglot', $_, "$work/program", "$tree/models"] } grep { m{/[^/]*($about)} } sort keys %script; }
    return grep { $link{$_->[0]} } @found;
}
sub cost {
    my ($t, $file) = @_; my $key = $t->[0] eq 'molglot' ? $t->[1] : $t->[0];
    if (!defined $cost{$key}) {
        compile($file, "$tree/$file", "$work/any.o") or die slurp("$work/cc");
        link_with($t->[0], $file, "$work/any.o") or die slurp("$work/ld");
        my @before = times; my $status = quiet(150, @$t[1 .. $#$t]); my @after = times;
        $cost{$key} = $after[2] + $after[3] - $before[2] - $before[3];
        if ($status) { print STDERR "left out: $key (status $status)\n"; system 'cp', "$work/out", "$work/left_out"; $cost{$key} = 1e6; }
        open my $out, '>>', "$work/costs.tsv" or die; print $out "$key\t$cost{$key}\n";
    }
    return $cost{$key};
}
if (open my $in, '<', "$work/costs.tsv") { while (<$in>) { chomp; my ($k, $v) = split /\t/; $cost{$k} = $v; } }
sub tests {
    my ($file) = @_;
    return $tests{$file} if $tests{$file};
    my %words = map { $_ => 1 } grep { length > 2 } split m{[/_.]}, $file; delete @words{qw(src app cli cmd), room($file)};
    my @list;
    for my $t (candidates($file)) {
        my ($name) = ($t->[0] eq 'molglot' ? $t->[1] : $t->[0]) =~ m{([^/]*)$};
        push @list, [scalar(grep { $words{$_} } split /[_.]/, $name), cost($t, $file), $t];
    }
    my ($sum, @kept) = 0; my $face = $faces{room($file)} ? 'molglot' : '';      # a library room's programs before the scripts
    for my $e (sort { ($a->[2][0] eq $face) <=> ($b->[2][0] eq $face) || $b->[0] <=> $a->[0] || $a->[1] <=> $b->[1] } @list) { next if $e->[1] >= 1e6 || ($sum + $e->[1] > $most && @kept); $sum += $e->[1]; push @kept, $e->[2]; }
    printf STDERR "%s: %d tests, %.1f s of processor\n", $file, scalar @kept, $sum;
    return $tests{$file} = \@kept;
}

# All places of a file where a fault can stand: [line, kind, new text of the line].
sub places {
    my ($file) = @_;
    my $text = slurp("$tree/$file");
    # comments, strings and preprocessor lines are blanked, so that columns stay
    (my $bare = $text) =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^[ \t]*\#(?:\\\n|[^\n])*)}{(my $b = $1) =~ s/[^\n]/~/g; $b}gmse;
    my @lines = split /\n/, $text, -1; my @bare = split /\n/, $bare, -1;
    my @found;
    my $depth = 0;
    for my $i (0 .. $#lines) {
        my ($line, $b) = ($lines[$i], $bare[$i]);
        my $inside = $depth > 0; $depth += () = $b =~ /\{/g; $depth -= () = $b =~ /\}/g;
        next unless $inside && $line =~ /^\s/ && $line !~ /~/ && $line !~ /mg_no_memory|no_memory\(/;
        next if $b =~ /^\s*(static |const |struct |enum |typedef )?[^=(]*;$/ && $b !~ /return|[-+]=|\+\+|--/;
        my $put = sub { my ($kind, $at, $length, $new) = @_; my $changed = $line; substr($changed, $at, $length) = $new; push @found, [$i, $kind, $changed]; };
        while ($b =~ /(?<= )(<=|>=|==|!=|<|>)(?= )/g) {
            my ($op, $at) = ($1, $-[1]);
            my %near = ('<' => '<=', '<=' => '<', '>' => '>=', '>=' => '>', '==' => '!=', '!=' => '==');
            my %turned = ('<' => '>', '<=' => '>=', '>' => '<', '>=' => '<=');
            $put->('comparison', $at, length $op, $near{$op});
            $put->('turned', $at, length $op, $turned{$op}) if $turned{$op};
        }
        while ($b =~ /(?<=[\w\)\]] )(\+|-)(?= [\w\(])/g) { $put->('sign', $-[1], 1, $1 eq '+' ? '-' : '+'); }
        while ($b =~ /(?<= )(\+=|-=)(?= )/g) { $put->('sign', $-[1], 2, $1 eq '+=' ? '-=' : '+='); }
        while ($b !~ /alloc\(|MG_GROW\(/ && $b =~ /(?<![\w.])(\d+)(?![\w.xX])/g) { $put->('constant', $-[1], length $1, $1 + 1); }
        while ($b =~ /(?<![\w.])(\d+\.\d*(?:[eE][-+]?\d+)?)(?=f?\b|f?[^\w])/g) { my ($c, $at) = ($1, $-[1]); $put->('constant', $at, length $c, $c == 0 ? '0.5' : sprintf('%.9g', $c * 1.5) . (sprintf('%.9g', $c * 1.5) =~ /[.e]/ ? '' : '.0')); }
        while ($b =~ /(?<= )(&&|\|\|)(?= |$)/g) { $put->('and/or', $-[1], 2, $1 eq '&&' ? '||' : '&&'); }
        while ($b =~ /(?<=[ (])!(?=[\w(])/g) { $put->('not', $-[0], 1, ''); }
        if ($b =~ /^(\s*(?:\} else )?if )(\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\))/) { my ($s, $e) = ($-[2], $+[2]); $put->('check dropped', $s, $e - $s, '(0 && ' . substr($line, $s, $e - $s) . ')'); }
    }
    return \@found;
}

# A share of the faults for each room: half of it equal, half by its lines.
push @{$of{room($_)}}, $_ for grep { /$pattern/ } @files;
my %wanted = map { $_ => 1 } @only;
my @rooms = grep { !@only || $wanted{$_} } sort keys %of;
my (%lines, $all);
for my $r (@rooms) { for my $f (@{$of{$r}}) { $lines{$f} = () = slurp("$tree/$f") =~ /\n/g; $lines{"#$r"} += $lines{$f}; $all += $lines{$f}; } }
my @plan;
for my $r (@rooms) {
    my $share = int($n / 2 / @rooms + $n / 2 * $lines{"#$r"} / $all + 0.999);
    push @plan, map { [$_, $r] } 1 .. $share;
}
for my $i (reverse 1 .. $#plan) { my $j = draw($i + 1); @plan[$i, $j] = @plan[$j, $i]; }      # rooms by turns: a run that is cut short has all

my (%places, %seen, %count, %by);
my $log = "$work/log.tsv";
if (open my $in, '<', $log) { while (<$in>) { chomp; my @f = split /\t/; $seen{"$f[2]:$f[3]:$f[6]"} = $f[0]; } }
open my $out, '>>', $log or die "$log: $!\n"; $out->autoflush(1);

# What becomes of a fault: killed, survived; same (as code), invalid (no code). Lines count from 0.
sub fate {
    my ($file, $line, $kind, $changed) = @_;
    return $seen{"$file:" . ($line + 1) . ":$changed"} if $seen{"$file:" . ($line + 1) . ":$changed"};
    my @lines = split /\n/, slurp("$tree/$file"), -1; my $was = $lines[$line];
    $lines[$line] = $changed;
    (my $as_is = "$work/as_is/$file.o") =~ s{/([^/]*)$}{}; my $base = "$as_is/$1";
    if (!-e $base) { system 'mkdir', '-p', $as_is; compile($file, "$tree/$file", $base) or die slurp("$work/cc"); }
    (my $name = $file) =~ s{.*/}{};
    spew("$work/$name", join "\n", @lines);
    my $fate = 'survived';
    if (!compile($file, "$work/$name", "$work/mutant.o")) { $fate = 'invalid'; }
    elsif (same("$work/mutant.o", $base)) { $fate = 'same'; }
    else {
        for my $test (@{tests($file)}) {
            my ($program, @command) = @$test;
            if (!link_with($program, $file, "$work/mutant.o")) { print STDERR "$file: ", slurp("$work/ld"); $fate = 'invalid'; last; }
            if (quiet(int(12 + 4 * cost($test, $file)), @command)) { $fate = 'killed'; last; }
        }
        system 'rm', '-rf', "$work/tmp"; mkdir "$work/tmp";
    }
    unlink "$work/$name";
    (my $w = $was) =~ s/\t/ /g;
    print $out join("\t", $fate, room($file), $file, $line + 1, $kind, $w, $changed), "\n";
    return $seen{"$file:" . ($line + 1) . ":$changed"} = $fate;
}

# Counts it; false where it was no fault, or one that was counted before.
sub counted {
    my ($file, $line, $kind, $changed) = @_;
    my $fate = fate(@_); my $room = room($file);
    return 0 if $fate eq 'invalid' || $fate eq 'same' || $by{"$file:$line:$changed"}++;
    $count{$fate}++; $count{"$room $fate"}++;
    if ($fate eq 'survived') {
        my @lines = split /\n/, slurp("$tree/$file"), -1;
        (my $a = $lines[$line]) =~ s/^\s+//; (my $b = $changed) =~ s/^\s+//; print "survived $room $file:", $line + 1, " $kind | $a | $b\n";
    }
    return 1;
}

if ($again) {
    for my $entry (split /\n/, slurp($again)) {
        my ($fate, $room, $file, $line, $kind, $was, $changed) = split /\t/, $entry;
        next if $fate ne 'survived' || (@only && !$wanted{room($file)}) || time - $start > $limit;
        my @lines = split /\n/, slurp("$tree/$file"), -1;
        my ($at) = sort { abs($a + 1 - $line) <=> abs($b + 1 - $line) } grep { $lines[$_] eq $was } 0 .. $#lines;
        if (defined $at) { counted($file, $at, $kind, $changed); } else { print "gone $file:$line | $was\n"; }
    }
    @plan = ();
}
for my $slot (@plan) {
    my $room = $slot->[1];
    last if time - $start > $limit;
    for my $try (1 .. 20) {
        my $at = draw($lines{"#$room"}); my $file;
        for my $f (@{$of{$room}}) { $file = $f; last if ($at -= $lines{$f}) < 0; }
        my $places = $places{$file} //= places($file);
        next unless @$places;
        last if counted($file, @{$places->[draw(scalar @$places)]});
    }
}
$count{$_} //= 0 for qw(killed survived), map { ("$_ killed", "$_ survived") } @rooms;
printf "%-10s %4d of %4d killed\n", $_, $count{"$_ killed"}, $count{"$_ killed"} + $count{"$_ survived"} for @rooms;
printf "all        %4d of %4d killed, %.0f s\n", $count{killed}, $count{killed} + $count{survived}, time - $start;
PERL
