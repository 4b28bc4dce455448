#!/bin/sh
# `make install` into a scratch prefix; a program compiled against it by pkg-config runs, with the shared and the static library.
set -eu
build=$1 source=$2 model=$3
prefix=$build/install-test
rm -rf "$prefix"
cmake --install "$build" --prefix "$prefix" >/dev/null
pc=$(find "$prefix" -name molglot.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
cc "$source/examples/embed.c" $(pkg-config --cflags --libs molglot) -o "$prefix/embed"
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$prefix/embed" "$model" "a purine alkaloid" 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' | grep -q '^cosine'
"$prefix/bin/molglot" --version | grep -q '^molglot'
MANPATH=$prefix/share/man test -f "$prefix/share/man/man1/molglot.1"
# the installed program finds the installed model, a file a part
(unset MOLGLOT_MODEL; "$prefix/bin/molglot" info --verify) | grep -q '^  space .*: correct$'
"$prefix/bin/molglot" embed CCO | grep -q CCO
