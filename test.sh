#!/bin/sh
# Installs what is missing, builds, and runs all tests. Needs no network beyond Debian's packages and no GPU.
set -eu
cd "$(dirname "$0")"
tools/install_deps.sh test
make --no-print-directory test
