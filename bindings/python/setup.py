"""Puts libmolglot, the program and the model into the package.

They come from $MOLGLOT_BUILD (a build folder of CMake), else from build/release of this tree, where
they are built when they are not there. Where what the build needs is not installed, the package has
none of them and takes the system's library; where there is none either, the Debian packages that
are missing are named. MOLGLOT_BUILD=none: the system's library in any case.
MOLGLOT_WITHOUT_MODEL=1: no model.
"""
import ctypes
import glob
import os
import re
import shutil
import subprocess
import sys

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel

ROOT = os.environ.get("MOLGLOT_SOURCE") or os.path.abspath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
GIVEN = os.environ.get("MOLGLOT_BUILD")
OWN = os.path.join(ROOT, "build", "release")


def needed() -> list:
    """The Debian packages of a build, as tools/install_deps.sh has them."""
    with open(os.path.join(ROOT, "tools", "install_deps.sh"), encoding="utf-8") as f:
        return re.search(r'^packages="([^"]*)"', f.read(), re.M).group(1).split()


def missing() -> list:
    """Those that are not installed, as far as dpkg can say; elsewhere programs alone."""
    if shutil.which("dpkg-query"):
        said = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Status}\n", *needed()],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              universal_newlines=True).stdout
        there = {line.split()[0] for line in said.splitlines() if line.endswith(" ok installed")}
        return [p for p in needed() if p not in there]
    programs = {"cmake": "cmake", "ninja": "ninja-build", "pkg-config": "pkg-config",
                "c++": "build-essential"}
    return [package for program, package in programs.items() if not shutil.which(program)]


def has_system_library() -> bool:
    for path in ("libmolglot.so.0", "/usr/local/lib/libmolglot.so.0"):
        try:
            ctypes.CDLL(path)
            return True
        except OSError:
            pass
    return False


def refuse(packages: list, why: str) -> None:
    raise SystemExit(f"molglot: {why}\nOn Debian 12:\n\n    sudo apt-get install --no-install-"
                     f"recommends {' '.join(packages)}\n\n(tools/install_deps.sh does that.) Where "
                     "Molglot's own .deb is installed, its library is taken: MOLGLOT_BUILD=none")


def takes_system() -> bool:
    """Whether the package is made without a library of its own."""
    if GIVEN:
        return GIVEN == "none"
    if os.path.exists(os.path.join(OWN, "libmolglot.so.0")):
        return False
    tree = os.path.exists(os.path.join(ROOT, "CMakePresets.json"))
    lacks = missing() if tree else []
    if tree and not lacks:
        return False
    if has_system_library():
        print("molglot: the system's libmolglot.so.0 is taken" +
              (f"; to build one, install {' '.join(lacks)}" if lacks else ""), file=sys.stderr)
        return True
    if lacks:
        refuse(lacks, "what the build needs is not installed, nor is a libmolglot.so.0.")
    raise SystemExit("molglot: this is not Molglot's source tree, and there is no libmolglot.so.0: "
                     "install it, or set MOLGLOT_BUILD to a build folder of CMake")


NONE = takes_system()


def build_folder() -> str:
    if GIVEN:
        return os.path.abspath(GIVEN)
    if os.path.exists(os.path.join(OWN, "libmolglot.so.0")):
        return OWN
    try:
        subprocess.check_call(["cmake", "--preset", "release", "-DBUILD_TESTING=OFF"], cwd=ROOT)
        subprocess.check_call(["cmake", "--build", "--preset", "release", "--target", "molglot",
                               "molglot_shared"], cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as e:
        refuse(needed(), f"the build failed, as said above ({e}). These packages are what it needs.")
    return OWN


def put_binaries(package: str) -> None:
    folder, to = build_folder(), os.path.join(package, "_lib")
    os.makedirs(to, exist_ok=True)
    for name in ("libmolglot.so.0", "molglot"):
        target = os.path.join(to, name)
        shutil.copy(os.path.realpath(os.path.join(folder, name)), target)
        if shutil.which("strip"):
            subprocess.check_call(["strip", "--strip-unneeded", target])
    for name in ("LICENSE", "THIRD_PARTY.md", "RESPONSIBLE_USE.md"):
        shutil.copy(os.path.join(ROOT, name), to)
    models = glob.glob(os.path.join(ROOT, "models", "*.safetensors"))
    if models and not os.environ.get("MOLGLOT_WITHOUT_MODEL"):
        os.makedirs(os.path.join(package, "_model"), exist_ok=True)
        for path in [*models, os.path.join(ROOT, "models", "molglot.md")]:
            shutil.copy(path, os.path.join(package, "_model"))


class BuildPy(build_py):
    def run(self):
        super().run()
        if not NONE:
            put_binaries(os.path.join(self.build_lib, "molglot"))


class Wheel(bdist_wheel):
    def get_tag(self):
        plat = super().get_tag()[2]
        return "py3", "none", "any" if NONE else plat


class Binary(Distribution):
    def has_ext_modules(self):
        return not NONE


setup(cmdclass={"build_py": BuildPy, "bdist_wheel": Wheel}, distclass=Binary)
