#!/usr/bin/env python3
"""exact.py PAIRS ANSWERS: how often the first answer of `molglot generate -f tsv` is the pair's molecule, and any of
them, stereo counted and not; needs RDKit (PyPI: rdkit). PAIRS: TSV with a column smiles, a row a sentence.

    molglot generate -m MODELS -i PAIRS --text-column text -n 32 --candidates 32 --keep-odd -q -f tsv >ANSWERS
"""
import csv
import sys

from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def key(smiles, stereo):
    mol = Chem.MolFromSmiles(smiles) if smiles else None
    return Chem.MolToSmiles(mol, isomericSmiles=stereo) if mol else None


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        wanted = [r["smiles"] for r in csv.DictReader(f, delimiter="\t")]
    answers = {}
    with open(sys.argv[2], encoding="utf-8") as f:
        for r in csv.DictReader(f, delimiter="\t"):
            answers.setdefault(int(r["prompt_number"]) - 1, []).append(r["smiles"])
    for stereo, name in ((True, "exact"), (False, "without stereo")):
        first = found = 0
        for i, smiles in enumerate(wanted):
            want = key(smiles, stereo)
            got = [key(s, stereo) for s in answers.get(i, [])]
            first += bool(got) and got[0] == want
            found += want in got
        print(f"{name}: first {first / len(wanted):.3f}, among {found / len(wanted):.3f} of {len(wanted)}")


if __name__ == "__main__":
    main()
