#!/bin/sh
# bindings/python over the library that was built, then its notebooks: test_python.sh LIBRARY PROGRAM MODEL. Skipped (77) without python3
# and NumPy; the notebooks where nbclient, ipykernel, pandas and sklearn are.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
# the first that has NumPy: another python3 may stand before Debian's
for python in ${PYTHON:-python3 /usr/bin/python3}; do
    "$python" -c 'import sys, numpy; sys.exit(sys.version_info < (3, 9))' 2>/dev/null && break
    python=
done
[ "$python" ] || { echo "skipped: no python3 of 3.9 or later with NumPy (Debian: python3-numpy)"; exit 77; }
"$python" "$root/tools/python_abi.py" --check || exit 1
MOLGLOT_LIBRARY=$1 MOLGLOT_PROGRAM=$2 MOLGLOT_MODEL=$3 PYTHONPATH=$root/bindings/python PYTHONDONTWRITEBYTECODE=1
export MOLGLOT_LIBRARY MOLGLOT_PROGRAM MOLGLOT_MODEL PYTHONPATH PYTHONDONTWRITEBYTECODE
# a head of a second, for predictions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
MOLGLOT_TEST_HEAD=
( cd "$root" && "$2" train recipes/predict-tiny.toml -o "$work/ring" -q ) && MOLGLOT_TEST_HEAD=$work/ring/model.safetensors
export MOLGLOT_TEST_HEAD
"$python" -m unittest discover -s "$root/bindings/python/tests" || exit 1
if "$python" -c 'import nbclient, ipykernel, pandas, sklearn' 2>/dev/null; then
    IPYTHONDIR=$work/ipython JUPYTER_RUNTIME_DIR=$work "$python" "$root/tools/run_notebooks.py" "$root/bindings/python/notebooks"
else
    echo "notebooks are left out: $python has not all of nbclient, ipykernel, pandas and sklearn"
fi
