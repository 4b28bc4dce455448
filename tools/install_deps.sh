#!/bin/sh
# Installs the Debian packages that are missing. With an argument "test", those of the tests too. Root or sudo.
set -eu
packages="build-essential cmake ninja-build pkg-config librdkit-dev libboost-dev libinchi-dev libdnnl-dev libopenblas-openmp-dev
libutf8proc-dev libjansson-dev libzip-dev zlib1g-dev libzstd-dev libcairo2-dev libsentencepiece-dev libmicrohttpd-dev"
[ "${1:-}" = test ] && packages="$packages libcmocka-dev curl strace zstd librsvg2-bin libopenmpi-dev openmpi-bin
    python3-numpy python3-pandas python3-sklearn python3-nbclient python3-ipykernel python3-venv python3-setuptools python3-wheel"
missing=""
for p in $packages; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are needed, and neither root nor sudo is at hand:$missing" >&2; exit 1; }
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
