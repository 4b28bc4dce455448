#!/usr/bin/env python3
"""Makes a wheel stand alone: copies the libraries that its binaries need into it, under names of
their own, and gives it the manylinux tag of the newest glibc symbol in use.

    tools/wheel_repair.py IN.whl FOLDER

Left outside are glibc, libstdc++ and libgcc_s alone, which every Linux has; also what drawing needs
(cairo, X11) comes along, so that it starts where no X library is. patchelf is needed.
"""
import base64
import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

OUTSIDE = re.compile(r"(ld-linux[\w-]*|libc|libm|libmvec|libpthread|libdl|librt|libutil|"
                     r"libstdc\+\+|libgcc_s|linux-vdso)\.so")


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(path: str):
    """Name and place of each library that a binary loads."""
    for line in run("ldd", path).splitlines():
        m = re.match(r"\s*(\S+) => (\S+)", line)
        if m and m[2] == "not":
            raise SystemExit(f"{path}: {m[1]} is not found")
        if m and not OUTSIDE.match(os.path.basename(m[1])):
            yield m[1], os.path.realpath(m[2])


def direct(path: str):
    return run("patchelf", "--print-needed", path).split()


def copy_licences(folder: str, places) -> None:
    """The copyright file of each Debian package whose library comes along."""
    to = os.path.join(folder, "licences")
    os.makedirs(to, exist_ok=True)
    for place in places:
        found = None
        for path in (place, place[4:] if place.startswith("/usr/") else "/usr" + place):
            try:  # /lib is /usr/lib, and dpkg knows one of the two
                found = run("dpkg-query", "-S", path).split(":")[0]
                break
            except (OSError, subprocess.CalledProcessError):
                continue
        text = f"/usr/share/doc/{found}/copyright"
        if not found or not os.path.exists(text):
            raise SystemExit(f"{place}: its licence is not found, so it cannot be passed on")
        shutil.copy(text, os.path.join(to, found))


def bundle(folder: str) -> int:
    binaries = [os.path.join(folder, n) for n in ("libmolglot.so.0", "molglot")]
    own = {}
    for binary in binaries:
        for name, place in needed(binary):
            if name not in own:
                with open(place, "rb") as f:
                    digest = hashlib.sha256(f.read()).hexdigest()[:8]
                stem, _, rest = name.partition(".so")
                own[name] = (f"{stem}-{digest}.so{rest}", place)
    for name, (new, place) in own.items():
        target = os.path.join(folder, new)
        shutil.copy(place, target)
        os.chmod(target, 0o755)
        run("patchelf", "--set-soname", new, target)
        binaries.append(target)
    copy_licences(folder, [place for _, place in own.values()])
    for binary in binaries:
        changes = []
        for name in direct(binary):
            if name in own:
                changes += ["--replace-needed", name, own[name][0]]
        if changes:
            run("patchelf", *changes, binary)
        run("patchelf", "--set-rpath", "$ORIGIN", binary)  # 0.14 does not do both at once
    for binary in binaries:  # the proof: nothing else is loaded
        for name in direct(binary):
            if not OUTSIDE.match(name) and not os.path.exists(os.path.join(folder, name)):
                raise SystemExit(f"{binary}: {name} is missing in the wheel")
    return newest_glibc(binaries)


def newest_glibc(binaries) -> int:
    newest = 0
    for binary in binaries:
        for v in re.findall(r"GLIBC_2\.(\d+)", run("objdump", "-T", binary)):
            newest = max(newest, int(v))
    return newest


def record(root: str, info: str) -> None:
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    for path, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            full = os.path.join(path, name)
            at = os.path.relpath(full, root)
            if at == f"{info}/RECORD":
                continue
            with open(full, "rb") as f:
                raw = f.read()
            digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
            w.writerow([at, f"sha256={digest}", len(raw)])
    w.writerow([f"{info}/RECORD", "", ""])
    with open(os.path.join(root, info, "RECORD"), "w", encoding="utf-8") as f:
        f.write(out.getvalue())


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    wheel, to = sys.argv[1:]
    with tempfile.TemporaryDirectory() as root:
        with zipfile.ZipFile(wheel) as z:
            z.extractall(root)
        os.chmod(os.path.join(root, "molglot", "_lib", "molglot"), 0o755)
        newest = bundle(os.path.join(root, "molglot", "_lib"))
        info = next(n for n in os.listdir(root) if n.endswith(".dist-info"))
        machine = os.uname().machine
        tag = f"manylinux_2_{newest}_{machine}"
        path = os.path.join(root, info, "WHEEL")
        with open(path, encoding="utf-8") as f:
            text = re.sub(r"^Tag: .*$", f"Tag: py3-none-{tag}", f.read(), flags=re.M)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        record(root, info)
        os.makedirs(to, exist_ok=True)
        out = os.path.join(to, re.sub(r"-py3-none-[^-]+\.whl$", f"-py3-none-{tag}.whl",
                                      os.path.basename(wheel)))
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            for folder, _, names in sorted(os.walk(root)):
                for name in sorted(names):
                    full = os.path.join(folder, name)
                    z.write(full, os.path.relpath(full, root))
    print(out)


if __name__ == "__main__":
    main()
