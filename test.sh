#!/bin/sh
# Installs what is missing, builds, and runs all tests. Needs no network beyond Debian's packages and no GPU: the CUDA backend is tested
# on an emulator, and compiled for GPUs too where nvcc is installed.
set -eu
cd "$(dirname "$0")"
tools/install_deps.sh test
if nvcc=$(PATH=$PATH:/usr/local/cuda/bin command -v nvcc); then
    echo "nvcc found ($nvcc): libmolglot_cuda.so is compiled"
else
    echo "nvcc not found: libmolglot_cuda.so is not compiled for GPUs"
fi
make --no-print-directory test
