#!/usr/bin/env python3
"""bindings/python/molglot/_abi.py out of include/molglot.h: structs and prototypes for ctypes.

    tools/python_abi.py [--check]      --check: says whether the file is what the header gives

The header is plain C: structs of named types, prototypes that begin with MOLGLOT_API, enums. What
is read otherwise is an error here, so that nothing is left out unseen.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
HEADER = os.path.join(ROOT, "include", "molglot.h")
OUT = os.path.join(ROOT, "bindings", "python", "molglot", "_abi.py")
PLAIN = {"int": "c_int", "size_t": "c_size_t", "float": "c_float", "double": "c_double",
         "int32_t": "c_int32", "int64_t": "c_int64", "uint64_t": "c_uint64", "uint8_t": "c_uint8",
         "char": "c_char"}


def type_of(words: str, structs) -> str:
    """The ctypes name of a C type: texts as bytes, other pointers as addresses."""
    words = re.sub(r"\bconst\b|\bstruct\b", " ", words).strip()
    stars = words.count("*")
    name = words.replace("*", " ").split()
    if len(name) != 1:
        raise SystemExit(f"python_abi: what type is '{words}'?")
    name = name[0]
    if stars == 0 and name == "void":
        return "None"
    if name == "molglot_progress":
        return "molglot_progress"
    if stars == 1 and name == "char":
        return "c_char_p"
    if stars:
        return "c_void_p"
    if name in PLAIN:
        return PLAIN[name]
    if name in structs:
        return name
    raise SystemExit(f"python_abi: what type is '{words}'?")


def fields_of(body: str, structs):
    for part in filter(None, (p.strip() for p in body.split(";"))):
        function = re.fullmatch(r"int \(\*(\w+)\)\(([^)]*)\)", part)
        colours = re.fullmatch(r"(?:const )?float \(\*(\w+)\)\[\d\]", part)
        if function:
            yield function[1], "molglot_on_molecule"
        elif colours:
            yield colours[1], "c_void_p"
        else:
            # one type, several names: "const char *const *a, *const *b" or "int met, of"
            names = part.split(",")
            first = re.fullmatch(r"(.*?)(\w+)(?:\[(\d+)\])?", names[0].strip(), re.S)
            kind = type_of(first[1], structs)
            base = re.match(r"[\w\s]*\w", first[1])[0]
            yield first[2], kind + (f" * {first[3]}" if first[3] else "")
            for other in names[1:]:
                m = re.fullmatch(r"(.*?)(\w+)", other.strip(), re.S)
                yield m[2], type_of(base + " " + m[1], structs)


def generate() -> str:
    with open(HEADER, encoding="utf-8") as f:
        text = f.read()
    version = re.search(r'#define MOLGLOT_VERSION\s+"([^"]+)"', text)[1]
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    text = re.sub(r"\s+", " ", text)
    out = ['"""Made by tools/python_abi.py out of include/molglot.h: do not edit."""',
           "# ruff: noqa", "from ctypes import (CFUNCTYPE, Structure, c_char, c_char_p, c_double, c_float, "
           "c_int,\n                    c_int32, c_int64, c_size_t, c_uint8, c_uint64, c_void_p)",
           "", f'VERSION = "{version}"',
           "molglot_progress = CFUNCTYPE(c_int, c_void_p, c_int64, c_int64)",
           "molglot_on_molecule = CFUNCTYPE(c_int, c_void_p, c_void_p)", ""]
    for body in re.findall(r"enum \{([^}]*)\}", text):
        value = -1
        for item in filter(None, (i.strip() for i in body.split(","))):
            name, _, given = item.partition("=")
            value = int(given) if given.strip() else value + 1
            out.append(f"{name.strip()} = {value}")
    structs = []
    for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", text):
        out += ["", "", f"class {name}(Structure):", "    _fields_ = ["]
        out += [f'        ("{f}", {k}),' for f, k in fields_of(body, structs)]
        out.append("    ]")
        structs.append(name)
    out += ["", "", "# name: (result, arguments)", "FUNCTIONS = {"]
    for kind, name, args in re.findall(r"MOLGLOT_API ([^;]*?)\b(molglot_\w+)\(([^;]*?)\);", text):
        kinds = []
        for arg in args.split(","):
            arg = re.sub(r"\[\w*\]$", "*", arg.strip())
            if arg != "void":
                kinds.append(type_of(re.fullmatch(r"(.*?)(\w+)(\**)", arg, re.S).expand(r"\1\3"),
                                     structs))
        result = type_of(kind, structs)
        if result == "c_char_p" and not re.search(r"\bconst\b", kind):
            result = "c_void_p"
        out.append(f'    "{name}": ({result}, [{", ".join(kinds)}]),')
    out.append("}")
    return "\n".join(out) + "\n"


def main() -> None:
    made = generate()
    if sys.argv[1:] == ["--check"]:
        with open(OUT, encoding="utf-8") as f:
            if f.read() != made:
                raise SystemExit(f"{OUT} is not what {HEADER} gives: run tools/python_abi.py")
        return
    with open(OUT, "w", encoding="utf-8") as f:
        f.write(made)


if __name__ == "__main__":
    main()
