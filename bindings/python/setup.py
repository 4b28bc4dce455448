"""Puts libmolglot, the program and the model into the package.

They come from $MOLGLOT_BUILD (a build folder of CMake), else from build/release of this tree, where
they are built when they are not there. MOLGLOT_BUILD=none: the package has none of them and takes
the system's. MOLGLOT_WITHOUT_MODEL=1: no model.
"""
import glob
import os
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel

ROOT = os.environ.get("MOLGLOT_SOURCE") or os.path.abspath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
NONE = os.environ.get("MOLGLOT_BUILD") == "none"


def build_folder() -> str:
    given = os.environ.get("MOLGLOT_BUILD")
    if given:
        return os.path.abspath(given)
    folder = os.path.join(ROOT, "build", "release")
    if os.path.exists(os.path.join(folder, "libmolglot.so.0")):
        return folder
    if not os.path.exists(os.path.join(ROOT, "CMakePresets.json")):
        raise SystemExit("molglot: the package is built in Molglot's source tree; or set "
                         "MOLGLOT_BUILD to a build folder, or to 'none' for the system's library")
    if not shutil.which("cmake") or not shutil.which("ninja"):
        raise SystemExit("molglot: cmake and ninja are missing: tools/install_deps.sh installs "
                         "what the build needs on Debian")
    subprocess.check_call(["cmake", "--preset", "release", "-DBUILD_TESTING=OFF"], cwd=ROOT)
    subprocess.check_call(["cmake", "--build", "--preset", "release", "--target", "molglot",
                           "molglot_shared"], cwd=ROOT)
    return folder


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
