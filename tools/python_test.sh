#!/bin/sh
# The wheel that stands alone, built, installed into a fresh environment and tested there, then the notebooks: make python-test.
# tools/python_test.sh [WHEEL]       WHEEL: one that is built already
# Skipped (77) without python3 and NumPy; notebooks run where nbclient, ipykernel and pandas are.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import numpy, venv' 2>/dev/null || { echo "python-test: skipped: $python with NumPy and venv is needed (Debian: python3-numpy python3-venv)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wheel=${1:-}
if [ -z "$wheel" ]; then
    PYTHON=$python tools/build_wheel.sh "$work/wheel"
    wheel=$(echo "$work"/wheel/*.whl)
fi
unset MOLGLOT_LIBRARY MOLGLOT_MODEL MOLGLOT_PROGRAM PYTHONPATH
# packages of the interpreter stay visible: NumPy, and what else is there
"$python" -m venv --system-site-packages "$work/venv"
site=$("$python" -c 'import numpy, os; print(os.path.dirname(os.path.dirname(numpy.__file__)))')
echo "$site" > "$(echo "$work"/venv/lib/python3*/site-packages)/seen.pth"
"$work/venv/bin/python" -m pip install -q --no-deps --force-reinstall "$wheel"
cp -r bindings/python/tests "$work/tests"
( cd "$work" && venv/bin/python -m unittest discover -s tests )
if "$work/venv/bin/python" -c 'import nbclient, ipykernel, pandas' 2>/dev/null; then
    "$work/venv/bin/python" tools/run_notebooks.py bindings/python/notebooks
else
    echo "python-test: notebooks skipped: nbclient, ipykernel or pandas is not installed"
fi
