#!/bin/sh
# A wheel of Molglot that stands alone: library, program, model and all that they load but glibc.
# tools/build_wheel.sh [FOLDER]      FOLDER: where the wheel goes (default build/wheel)
# MOLGLOT_BUILD names a build folder (default build/release, built if need be), MOLGLOT_WITHOUT_MODEL=1 leaves the model out,
# PYTHON the interpreter (python3). Wanted: python3 with pip, patchelf (Debian: python3-pip patchelf).
set -eu
cd "$(dirname "$0")/.."
to=${1:-build/wheel}
python=${PYTHON:-python3}
missing=
for tool in "$python" patchelf objdump ldd; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
"$python" -m pip --version >/dev/null 2>&1 || missing="$missing pip"
[ -z "$missing" ] || { echo "build_wheel: missing:$missing" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# isolation would fetch setuptools; what is there does where it can
isolation=
"$python" -c 'import setuptools, wheel' 2>/dev/null && isolation=--no-build-isolation
# the package is copied: a build leaves folders behind
cp -r bindings/python "$work/src" && rm -rf "$work/src/build" "$work/src"/*.egg-info
MOLGLOT_BUILD=${MOLGLOT_BUILD:-$(pwd)/build/release}
[ -e "$MOLGLOT_BUILD/libmolglot.so.0" ] || { cmake --preset release >/dev/null; cmake --build --preset release --target molglot molglot_shared; }
MOLGLOT_SOURCE=$(pwd)
export MOLGLOT_BUILD MOLGLOT_SOURCE
# shellcheck disable=SC2086
"$python" -m pip wheel -q --no-deps $isolation -w "$work/wheel" "$work/src"
"$python" tools/wheel_repair.py "$work"/wheel/*.whl "$to"
