"""`python -m molglot COMMAND ...`: the program molglot, the one in this package or of the system."""
import os
import shutil
import sys

from ._library import HERE


def main() -> None:
    """Becomes the program."""
    own = os.path.join(HERE, "_lib", "molglot")
    program = os.environ.get("MOLGLOT_PROGRAM") or (
        own if os.access(own, os.X_OK) else shutil.which("molglot"))
    if not program:
        raise SystemExit("molglot: the program is not in this package and not on the PATH; "
                         "$MOLGLOT_PROGRAM may name it")
    model = os.path.join(HERE, "_model")
    if program == own and os.path.isdir(model):
        os.environ.setdefault("MOLGLOT_MODEL", model)
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
