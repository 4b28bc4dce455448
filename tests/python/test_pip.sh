#!/bin/sh
# `pip install` of bindings/python into a fresh virtual environment: test_pip.sh BUILD MODEL. What is built is taken, and works there; what
# is missing is named. Skipped (77) without python3 >= 3.9 with venv and pip, and where pip reaches no packages (NumPy, setuptools).
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# one that has all that pip would fetch, so that no network is needed; else any
own=
for python in ${PYTHON:-python3 /usr/bin/python3}; do
    "$python" -c 'import sys, numpy, setuptools, wheel, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null && own=--system-site-packages && break
done
[ "$own" ] || python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null && "$python" -m venv $own "$work/venv" >/dev/null 2>&1 || {
    echo "skipped: $python cannot make a virtual environment (Debian: python3-venv)"; exit 77; }
pip="$work/venv/bin/pip --disable-pip-version-check --no-input"
# shellcheck disable=SC2086
[ "$own" ] || $pip install -q --retries 1 'numpy>=1.21' 'setuptools>=64' wheel >"$work/out" 2>&1 || { echo "skipped: pip reaches no packages"; exit 77; }
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); tail -20 "$work/out"; }
unset PYTHONPATH MOLGLOT_LIBRARY MOLGLOT_PROGRAM MOLGLOT_MODEL MOLGLOT_SOURCE PIP_NO_BUILD_ISOLATION

# a tree of its own: what pip leaves there is not ours
mkdir "$work/tree" && cp -r "$root/bindings" "$root/models" "$root/tools" "$root/CMakePresets.json" "$root/LICENSE" "$root/THIRD_PARTY.md" \
    "$root/RESPONSIBLE_USE.md" "$work/tree"
rm -rf "$work/tree/bindings/python/build"
cd "$work" || exit 1
# shellcheck disable=SC2086
MOLGLOT_BUILD=$1 $pip install --no-build-isolation "$work/tree/bindings/python" >"$work/out" 2>&1 || fail "pip install"
MOLGLOT_MODEL=$2 "$work/venv/bin/python" -c '
import molglot, os, sys
place = os.path.dirname(molglot.__file__)
assert place.startswith(sys.prefix), place
assert os.path.exists(os.path.join(place, "_lib", "libmolglot.so.0")), "no library in the package"
v = molglot.Model().embed(["CCO", "an alcohol"])
assert v.ok.all() and v[0] @ v[1] > 0.2, v[0] @ v[1]
' >"$work/out" 2>&1 || fail "the installed package"
"$work/venv/bin/python" -m molglot --version >"$work/out" 2>&1 || fail "python -m molglot"
"$work/venv/bin/molglot" info >"$work/out" 2>&1 || fail "the program, with the model of the package"

# a bare Debian, where dpkg knows of no package: all that the build needs is named
if ! "$python" -c 'import ctypes; ctypes.CDLL("libmolglot.so.0")' 2>/dev/null && [ ! -e /usr/local/lib/libmolglot.so.0 ]; then
    mkdir "$work/stub" && printf '#!/bin/sh\nexit 1\n' >"$work/stub/dpkg-query" && chmod +x "$work/stub/dpkg-query"
    # shellcheck disable=SC2086
    PATH=$work/stub:$PATH $pip install --no-build-isolation --no-deps "$work/tree/bindings/python" >"$work/out" 2>&1 && fail "nothing is there, and it was built"
    grep -q 'apt-get install .*build-essential cmake .*librdkit-dev' "$work/out" || fail "the packages are not named"
fi
[ $failures = 0 ] && echo "pip install works"
