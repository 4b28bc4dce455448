#!/bin/sh
# Only molglot_* leaves the libraries.
set -eu
leaks=$( { nm -D --defined-only "$1"; nm -g --defined-only "$2"; } | awk 'NF==3 && $3 !~ /^molglot_/ {print $3}' | grep -vE '^(_init|_fini|_edata|_end|__bss_start)$' | sort -u)
[ -z "$leaks" ] || { echo "exported beside molglot_*:"; echo "$leaks" | head -20; exit 1; }
nm -D --defined-only "$1" | grep -q ' molglot_model_load$'
