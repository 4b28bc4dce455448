#!/bin/sh
# Runs every fuzz target for so many seconds each, from its seeds: fuzz/run.sh SECONDS [BUILD_FOLDER] [TARGET...]
# New inputs are kept in BUILD_FOLDER/corpus/TARGET, failing ones in BUILD_FOLDER/crashes. Fails if any target failed.
set -u
seconds=${1:?usage: fuzz/run.sh SECONDS [BUILD_FOLDER] [TARGET...]}
here=$(cd "$(dirname "$0")" && pwd)
build=${2:-$here/../build/fuzz}
[ $# -gt 2 ] && shift 2 || set -- $(cd "$here" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
status=0
for target in "$@"; do
    mkdir -p "$build/corpus/$target" "$build/crashes"
    seeds=$here/seeds/$target
    [ -d "$seeds" ] || seeds=
    echo "== $target: $seconds s"
    "$build/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$target-" "$build/corpus/$target" $seeds >"$build/crashes/$target.log" 2>&1 ||
        { status=1; echo "$target FAILED: see $build/crashes/$target.log"; }
    grep -E 'number_of_executed_units|new_units_added|SUMMARY' "$build/crashes/$target.log"
done
exit $status
