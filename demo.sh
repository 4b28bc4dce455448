#!/bin/sh
# Installs what is missing, builds, writes molecules for two sentences and searches the example library, with the shipped model.
set -eu
cd "$(dirname "$0")"
tools/install_deps.sh
make --no-print-directory demo
