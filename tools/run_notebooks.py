#!/usr/bin/env python3
"""Runs notebooks and says which cell failed: tools/run_notebooks.py FOLDER|FILE... [--keep FOLDER]

A notebook is run in the folder of this tree, with the interpreter that runs this script. --keep
writes it with its results there.
"""
import glob
import os
import sys
import tempfile

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def main() -> None:
    args, keep = sys.argv[1:], None
    if "--keep" in args:
        at = args.index("--keep")
        keep = args[at + 1]
        del args[at:at + 2]
    paths = []
    for a in args:
        paths += sorted(glob.glob(os.path.join(a, "*.ipynb"))) if os.path.isdir(a) else [a]
    if not paths:
        raise SystemExit("run_notebooks: no notebook")
    # a kernel of this very interpreter, whatever kernels the user has
    folder = tempfile.TemporaryDirectory()
    kernel = os.path.join(folder.name, "kernels", "python3")
    os.makedirs(kernel)
    with open(os.path.join(kernel, "kernel.json"), "w", encoding="utf-8") as f:
        f.write('{"argv": ["%s", "-m", "ipykernel_launcher", "-f", "{connection_file}"], '
                '"display_name": "python3", "language": "python"}' % sys.executable)
    os.environ["JUPYTER_PATH"] = folder.name
    os.environ["JUPYTER_DATA_DIR"] = folder.name
    failed = 0
    for path in paths:
        book = nbformat.read(path, as_version=4)
        client = NotebookClient(book, timeout=900, kernel_name="python3",
                                resources={"metadata": {"path": ROOT}})
        try:
            client.execute()
            print(f"{os.path.basename(path)}: {sum(c.cell_type == 'code' for c in book.cells)} cells")
        except CellExecutionError as e:
            failed += 1
            print(f"{path}: {e}", file=sys.stderr)
        if keep:
            os.makedirs(keep, exist_ok=True)
            nbformat.write(book, os.path.join(keep, os.path.basename(path)))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
