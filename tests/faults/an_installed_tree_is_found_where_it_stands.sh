#!/bin/sh
# faults: U21
# An installation under any prefix, moved afterwards too, is what pkg-config says; option structs of the library carry their size and take a memory.
. "$(dirname "$0")/lib.sh"
build=$(cd "$(dirname "$1")" && pwd)
[ -f "$build/cmake_install.cmake" ] || { echo "not a build folder: untried"; exit 0; }
expect 0 "install" cmake --install "$build" --prefix "$tmp/first"
mv "$tmp/first" "$tmp/moved"
pc=$(find "$tmp/moved" -name molglot.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
include=$(pkg-config --variable=includedir molglot) lib=$(pkg-config --variable=libdir molglot)
checks=$((checks + 2))
[ -f "$include/molglot.h" ] || fail "no molglot.h in $include"
[ -f "$lib/libmolglot.so" ] || [ -f "$lib/libmolglot.a" ] || fail "no library in $lib"
not "$pc" "$tmp/first" "no path of the first place"
expect 0 "the moved program finds its model" env -u MOLGLOT_MODEL "$tmp/moved/bin/molglot" name aspirin -f tsv
has "$tmp/out" "CC.=O.Oc1ccccc1C.=O.O" "aspirin"
for options in molglot_generate_options molglot_generator_options molglot_find_options molglot_index_options; do
    checks=$((checks + 1))
    awk -v name="$options" '/^typedef struct/ { begin = NR } { line[NR] = $0 } $0 ~ "^} " name ";" { for (i = begin; i < NR; i++) print line[i] }' \
        "$include/molglot.h" | grep -q "size_t size" || fail "$options has no size"
done
has "$include/molglot.h" "no_memory" "a memory can be left out"
finish
