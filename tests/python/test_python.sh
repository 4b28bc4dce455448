#!/bin/sh
# bindings/python over the library that was built: test_python.sh LIBRARY PROGRAM MODEL. Skipped (77) without python3 and NumPy.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3}
command -v "$python" >/dev/null || { echo "skipped: there is no $python"; exit 77; }
"$python" -c 'import sys, numpy; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || {
    echo "skipped: $python has no NumPy, or is older than 3.9 (Debian: python3-numpy)"; exit 77; }
"$python" "$root/tools/python_abi.py" --check || exit 1
MOLGLOT_LIBRARY=$1 MOLGLOT_PROGRAM=$2 MOLGLOT_MODEL=$3 PYTHONPATH=$root/bindings/python PYTHONDONTWRITEBYTECODE=1
export MOLGLOT_LIBRARY MOLGLOT_PROGRAM MOLGLOT_MODEL PYTHONPATH PYTHONDONTWRITEBYTECODE
# a head of a second, for predictions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
MOLGLOT_TEST_HEAD=
( cd "$root" && "$2" train recipes/predict-tiny.toml -o "$work/ring" -q ) && MOLGLOT_TEST_HEAD=$work/ring/model.safetensors
export MOLGLOT_TEST_HEAD
"$python" -m unittest discover -s "$root/bindings/python/tests"
