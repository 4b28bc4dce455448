#!/usr/bin/env python3
"""words.py MOLGLOT [PART...]: of a chemist's sentences (chemist_words.tsv), how many `molglot name` makes a molecule
of, and how often it is the row's; needs RDKit (PyPI: rdkit). PART: held, dev, dev2, dev3, dev4, held4; default: all, one by one.

chemist_words.tsv: id (PubChem CID), SMILES (both of ChEBI-20's training rows), sentence (ours), part.
"""
import csv
import pathlib
import subprocess
import sys

from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def key(smiles, stereo):
    mol = Chem.MolFromSmiles(smiles)
    return Chem.CanonSmiles(Chem.MolToSmiles(mol, isomericSmiles=stereo)) if mol else None


def main():
    program, parts = sys.argv[1], sys.argv[2:] or ["held", "dev", "dev2", "dev3", "dev4", "held4"]
    with open(pathlib.Path(__file__).parent / "chemist_words.tsv", encoding="utf-8") as f:
        table = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    for part in parts:
        rows = [r for r in table if r["part"] == part]
        text = "\n".join(r["text"] for r in rows) + "\n"
        done = subprocess.run([program, "name", "-i", "-", "--input-format", "txt", "-n", "1", "--no-near", "-f", "tsv"],
                              input=text, capture_output=True, text=True, check=False)
        made = {}
        for answer in csv.DictReader(done.stdout.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
            if answer["smiles"]:
                made.setdefault(answer["input"], answer["smiles"])
        right = flat = wrong = 0
        for r in rows:
            got = made.get(r["text"])
            if got is None:
                continue
            if key(got, True) == key(r["smiles"], True):
                right += 1
            elif key(got, False) == key(r["smiles"], False):
                flat += 1
            else:
                wrong += 1
        print(f"{part}: {len(rows)} sentences, {right} right, {flat} but for stereo, {wrong} wrong, "
              f"{len(rows) - right - flat - wrong} not understood")


main()
