"""Molecules of our own for the round trip through the latents: tests/fixtures/latent/variants.smi, made from the example library.

Each is a molecule of examples/library.tsv after two to four random edits (an atom exchanged, a group put on, an atom taken off, a bond moved
between single and double), with fewer than 30 heavy atoms and no bracket atom that the library does not have (edits leave radicals and
sulfur of odd valence behind), none of them among the molecules of the files named (canonical SMILES), which are the training ones.

    python tests/parity/variants.py 1000 TRAINING.smi.gz ... > tests/fixtures/latent/variants.smi       (needs rdkit; not part of the tests)
"""
import csv
import gzip
import pathlib
import random
import re
import sys

from rdkit import Chem, RDLogger

GROUPS = ["F", "Cl", "Br", "C", "O", "N", "OC", "C#N", "C(F)(F)F", "C(=O)O", "C(=O)N", "S(=O)(=O)C", "CC", "C=C", "N(C)C", "[N+](=O)[O-]", "C1CC1"]
SWAPS = {6: [7, 8, 16], 7: [6, 8], 8: [16, 7, 6], 16: [8, 6], 9: [17, 35], 17: [9, 35], 35: [17, 53]}


def exchange(mol, rng):
    atoms = [a for a in mol.GetAtoms() if a.GetAtomicNum() in SWAPS and a.GetFormalCharge() == 0]
    atom = rng.choice(atoms)
    atom.SetAtomicNum(rng.choice(SWAPS[atom.GetAtomicNum()]))
    atom.SetNoImplicit(False)
    atom.SetNumExplicitHs(0)
    return mol


def put_on(mol, rng):
    atoms = [a.GetIdx() for a in mol.GetAtoms() if a.GetTotalNumHs() > 0]
    at, group = rng.choice(atoms), Chem.MolFromSmiles(rng.choice(GROUPS))
    both = Chem.RWMol(Chem.CombineMols(mol, group))
    both.AddBond(at, mol.GetNumAtoms(), Chem.BondType.SINGLE)
    atom = both.GetAtomWithIdx(at)
    atom.SetNumExplicitHs(max(0, atom.GetNumExplicitHs() - 1))
    return both


def take_off(mol, rng):
    ends = [a.GetIdx() for a in mol.GetAtoms() if a.GetDegree() == 1]
    mol.RemoveAtom(rng.choice(ends))
    return mol


def change_bond(mol, rng):
    bonds = [b for b in mol.GetBonds() if not b.GetIsAromatic() and not b.IsInRing()]
    bond = rng.choice(bonds)
    double = bond.GetBondType() == Chem.BondType.DOUBLE
    bond.SetBondType(Chem.BondType.SINGLE if double else Chem.BondType.DOUBLE)
    return mol


def brackets(smiles):
    return set(re.findall(r"\[[^]]*\]", smiles))


def variant(smiles, usual, rng):
    """A canonical SMILES, or None where the edits make no molecule or an unusual one."""
    mol = Chem.MolFromSmiles(smiles)
    for _ in range(rng.randint(2, 4)):
        try:
            mol = Chem.RWMol(rng.choice([exchange, put_on, put_on, take_off, change_bond])(Chem.RWMol(mol), rng))
            Chem.SanitizeMol(mol)
        except (IndexError, ValueError, RuntimeError):
            return None
    made = Chem.CanonSmiles(Chem.MolToSmiles(mol))
    return made if 4 <= mol.GetNumAtoms() < 30 and "." not in made and brackets(made) <= usual else None


def main(count, training):
    RDLogger.DisableLog("rdApp.*")
    rng = random.Random(7)
    library = pathlib.Path(__file__).parents[2] / "examples" / "library.tsv"
    with open(library, encoding="utf-8") as f:
        known = [row["smiles"] for row in csv.DictReader(f, delimiter="\t")]
    usual = set().union(*(brackets(Chem.CanonSmiles(s)) for s in known if Chem.MolFromSmiles(s)))
    known = [s for s in known if Chem.MolFromSmiles(s) and Chem.MolFromSmiles(s).GetNumAtoms() < 30]
    made = set()
    while len(made) < 2 * count:
        try:
            one = variant(rng.choice(known), usual, rng)
        except Exception:
            continue
        if one:
            made.add(one)
    for path in training:
        with gzip.open(path, "rt", encoding="utf-8") as f:
            made -= {line.split()[0] for line in f if line.strip()}
    made = sorted(made)
    rng.shuffle(made)
    print("\n".join(made[:count]))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
