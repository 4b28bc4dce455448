#!/bin/sh
# Only molglot_* leaves the libraries, each name with a version, and the soname is libmolglot.so.0.
# test_symbols.sh SHARED STATIC
set -eu
leaks=$( { nm -D --defined-only "$1"; nm -g --defined-only "$2"; } | awk 'NF==3 && $3 !~ /^molglot_/ && $2 != "A" {print $3}' | grep -vE '^(_init|_fini|_edata|_end|__bss_start)$' | sort -u)
[ -z "$leaks" ] || { echo "exported beside molglot_*:"; echo "$leaks" | head -20; exit 1; }
nm -D --defined-only "$1" | grep -q ' molglot_model_load@@MOLGLOT_0\.1$'
plain=$(nm -D --defined-only "$1" | awk 'NF==3 && $3 !~ /@@MOLGLOT_[0-9.]+$/ && $2 != "A" {print $3}')
[ -z "$plain" ] || { echo "exported without a version:"; echo "$plain"; exit 1; }
objdump -p "$1" | grep -Eq '^ *SONAME +libmolglot\.so\.0$' || { echo "another soname"; exit 1; }
# no place of the builder's machine, but where a launcher shares objects between folders
source=$(cd "$(dirname "$0")/../.." && pwd)
if ! grep -q '^CMAKE_C_COMPILER_LAUNCHER:[A-Z]*=.' "$(dirname "$1")/CMakeCache.txt"; then
    for file; do
        ! strings -a "$file" | grep -qF "$source/" || { echo "$file holds $source"; exit 1; }
    done
fi
