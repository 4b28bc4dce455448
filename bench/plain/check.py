#!/usr/bin/env python3
"""check.py REQUESTS.tsv ANSWERS.tsv: shares of plain requests whose answers are right; needs RDKit (PyPI: rdkit).

REQUESTS.tsv: id, request, check. ANSWERS.tsv: id, rank from 1, SMILES. A check is terms joined by "; ", all of which must hold:
  S<smarts> OP n   unique matches          N<element> OP n   atoms          P<name> OP x   a number of PROPERTIES
  I<smiles>        the molecule itself     K<smiles>         the molecule, stereo aside (first block of the InChIKey)
"""
import operator
import re
import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import Crippen, Descriptors, Lipinski, rdMolDescriptors

RDLogger.DisableLog("rdApp.*")
OPERATORS = {">=": operator.ge, "<=": operator.le, "=": operator.eq, "<": operator.lt, ">": operator.gt}
PROPERTIES = {
    "MolWt": Descriptors.MolWt, "MolLogP": Crippen.MolLogP, "TPSA": rdMolDescriptors.CalcTPSA,
    "HBD": Lipinski.NumHDonors, "HBA": Lipinski.NumHAcceptors, "Rings": rdMolDescriptors.CalcNumRings,
    "AromaticRings": rdMolDescriptors.CalcNumAromaticRings, "Heavy": lambda m: m.GetNumHeavyAtoms(),
    "RingSize": lambda m: max([len(r) for r in m.GetRingInfo().AtomRings()] or [0]), "Charge": Chem.GetFormalCharge,
    "Fragments": lambda m: len(Chem.GetMolFrags(m)), "StereoCentres": lambda m: len(Chem.FindMolChiralCenters(m)),
}


def read_term(text):
    kind, rest = text[0], text[1:]
    if kind in "IK":
        letters = 27 if kind == "I" else 14
        key = Chem.MolToInchiKey(Chem.MolFromSmiles(rest))[:letters]
        return lambda m: Chem.MolToInchiKey(m)[:letters] == key
    name, sign, number = re.fullmatch(r"(.+?) (>=|<=|=|<|>) (-?[\d.]+)", rest).groups()
    if kind == "S":
        pattern = Chem.MolFromSmarts(name)
        value = lambda m: len(m.GetSubstructMatches(pattern, maxMatches=1000))
    elif kind == "N":
        value = lambda m: sum(a.GetSymbol() == name for a in m.GetAtoms())
    else:
        value = PROPERTIES[name]
    return lambda m: OPERATORS[sign](value(m), float(number))


def is_right(terms, smiles):
    m = Chem.MolFromSmiles(smiles)
    return m is not None and m.GetNumAtoms() > 0 and all(t(m) for t in terms)


def main():
    answers = {}
    for line in open(sys.argv[2], encoding="utf-8"):
        name, rank, smiles = line.rstrip("\n").split("\t")[:3]
        answers.setdefault(name, []).append((int(rank), smiles))
    requests = [l.rstrip("\n").split("\t") for l in open(sys.argv[1], encoding="utf-8")][1:]
    first = five = 0.0
    for name, request, check in requests:
        terms = [read_term(t.strip()) for t in check.split("; ")]
        best = [s for _, s in sorted(answers.get(name, []))[:5]]
        right = [is_right(terms, s) for s in best]
        first += bool(right and right[0])
        five += sum(right) / 5
        print(name, "".join("+" if r else "-" for r in right).ljust(5), request, "|", best[0] if best else "")
    n = len(requests)
    print(f"first right {first / n:.3f}  right of five {five / n:.3f}  of {n} requests")


if __name__ == "__main__":
    main()
