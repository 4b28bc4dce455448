"""Edited molecules: what a chemist draws lies beside what is known, not in it, so the writer of aligned latents also reads these.

Each is a molecule of the files named (SMILES first, or a column "smiles") after one to three random edits (tests/parity/variants.py has them: an atom
exchanged, a group put on, an atom taken off, a bond changed), with at most 60 heavy atoms and no bracket atom that the files do not have often.
Molecules of the files of --without (the round trip's own ones, validation rows) are left out, by canonical SMILES.

    python tools/edited_molecules.py -n 100000 --seed 1 --without tests/fixtures/latent/variants.smi MOLECULES.smi.gz ... > edited.smi       (needs rdkit)
"""
import argparse
import collections
import gzip
import pathlib
import random
import subprocess
import sys

from rdkit import Chem, RDLogger

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "parity"))
import variants  # noqa: E402

MOST_ATOMS = 60
OFTEN = 50  # a bracket atom of fewer molecules is rare


def read(path):
    """The SMILES of a file: its column "smiles", or the first of each line."""
    if path.endswith(".zst"):
        lines = subprocess.run(["zstdcat", path], capture_output=True, check=True, text=True).stdout.splitlines()
    else:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as f:
            lines = f.read().splitlines()
    head = lines[0].split("\t") if lines else []
    if "smiles" in head:
        at = head.index("smiles")
        return [line.split("\t")[at] for line in lines[1:] if line.count("\t") >= at]
    return [line.split()[0] for line in lines if line.strip()]


def edited(smiles, usual, rng):
    """A canonical SMILES, or None where the edits make no molecule or an unusual one."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or "." in smiles:
        return None
    for _ in range(rng.randint(1, 3)):
        try:
            mol = Chem.RWMol(rng.choice([variants.exchange, variants.put_on, variants.put_on, variants.take_off, variants.change_bond])(Chem.RWMol(mol), rng))
            Chem.SanitizeMol(mol)
        except (IndexError, ValueError, RuntimeError):
            return None
    made = Chem.CanonSmiles(Chem.MolToSmiles(mol))
    return made if 4 <= mol.GetNumAtoms() <= MOST_ATOMS and "." not in made and variants.brackets(made) <= usual else None


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("-n", type=int, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--without", action="append", default=[])
    p.add_argument("files", nargs="+")
    o = p.parse_args()
    RDLogger.DisableLog("rdApp.*")
    rng = random.Random(o.seed)
    known = [s for path in o.files for s in read(path)]
    count = collections.Counter(b for s in known for b in variants.brackets(s))
    usual = {b for b, n in count.items() if n >= OFTEN}
    left_out = set(known)
    for path in o.without:
        for s in read(path):
            mol = Chem.MolFromSmiles(s)
            if mol is not None:
                left_out.add(Chem.MolToSmiles(mol))
    made = {}
    while len(made) < o.n:
        try:
            one = edited(rng.choice(known), usual, rng)
        except (ValueError, RuntimeError):
            continue
        if one and one not in left_out:
            made.setdefault(one)
    print("\n".join(made))


if __name__ == "__main__":
    main()
