#!/usr/bin/env python3
"""Compares molglot's graph features and InChIKeys with those that RDKit's Python package gives.

A development tool, not run by ctest. Make a dump with bench/bench_chem.c, then compare:
    bench_chem --dump molecules.tsv 2000 > dump.jsonl
    ogb_features.py molecules.tsv[.zst] dump.jsonl
The features are computed here from RDKit-Python by the rules of ogb.utils.smiles2graph and of pretrain-gnns'
mol_to_graph_data_obj_simple (docs/reference/momu.md 2.1). Debian's C++ RDKit and the installed Python RDKit may be of different releases,
so a few molecules may differ; each difference is printed with its column.
"""
import collections
import json
import subprocess
import sys

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem.rdchem import BondDir, BondStereo, BondType, ChiralType, HybridizationType as Hyb

CHIRAL = [ChiralType.CHI_UNSPECIFIED, ChiralType.CHI_TETRAHEDRAL_CW, ChiralType.CHI_TETRAHEDRAL_CCW, ChiralType.CHI_OTHER]
HYBRID = [Hyb.SP, Hyb.SP2, Hyb.SP3, Hyb.SP3D, Hyb.SP3D2]
ORDER = [BondType.SINGLE, BondType.DOUBLE, BondType.TRIPLE, BondType.AROMATIC]
STEREO = [BondStereo.STEREONONE, BondStereo.STEREOZ, BondStereo.STEREOE, BondStereo.STEREOCIS, BondStereo.STEREOTRANS, BondStereo.STEREOANY]
DIRECTION = [BondDir.NONE, BondDir.ENDUPRIGHT, BondDir.ENDDOWNRIGHT]


def index(values, value):
    """Position of value, or one past the end ("misc")."""
    return values.index(value) if value in values else len(values)


def ogb_atom(a):
    return [index(list(range(1, 119)), a.GetAtomicNum()), min(index(CHIRAL, a.GetChiralTag()), 3), index(list(range(11)), a.GetTotalDegree()),
            index(list(range(-5, 6)), a.GetFormalCharge()), index(list(range(9)), a.GetTotalNumHs()),
            index(list(range(5)), a.GetNumRadicalElectrons()), index(HYBRID, a.GetHybridization()),
            int(a.GetIsAromatic()), int(a.IsInRing())]


def ogb_bond(b):
    return [index(ORDER, b.GetBondType()), index(STEREO, b.GetStereo()) % 6, int(b.GetIsConjugated())]


def simple_atom(a):
    return ogb_atom(a)[:2]


def simple_bond(b):
    return [index(ORDER, b.GetBondType()) % 4, index(DIRECTION, b.GetBondDir()) % 3]


def read_smiles(path):
    text = subprocess.run(["zstdcat", "-f", path], capture_output=True, check=True).stdout.decode()
    lines = text.splitlines()
    head = lines[0].split("\t")
    column = head.index("smiles") if "smiles" in head else 0
    return [line.split("\t")[column].replace("\\\\", "\\") for line in lines[1 if "smiles" in head else 0:]]


def compare(smiles, row, count):
    m = Chem.MolFromSmiles(smiles)
    if (m is not None) != bool(row["ok"]):
        count["verdict"] += 1
        print("verdict", smiles, row)
        return
    if m is None:
        return
    count["molecules"] += 1
    bad = set()
    for name, atom, bond in (("ogb", ogb_atom, ogb_bond), ("simple", simple_atom, simple_bond)):
        x = [v for a in m.GetAtoms() for v in atom(a)]
        e = [v for b in m.GetBonds() for v in bond(b) * 2]
        edges = [v for b in m.GetBonds() for v in (b.GetBeginAtomIdx(), b.GetEndAtomIdx(), b.GetEndAtomIdx(), b.GetBeginAtomIdx())]
        for what, ours, theirs, cols in (("x", row[name + "_x"], x, 9 if name == "ogb" else 2), ("e", row[name + "_e"], e, 3 if name == "ogb" else 2),
                                         ("edges", row[name + "_edges"], edges, 1)):
            if len(ours) != len(theirs):
                bad.add(f"{name} {what} length")
            bad.update(f"{name} {what} column {k % cols}" for k, (u, v) in enumerate(zip(ours, theirs)) if u != v)
    for what in bad:
        count[what] += 1
        print(what, smiles)
    if bad:
        count["molecules with different features"] += 1
    key = Chem.MolToInchiKey(m)
    if key != row["inchikey"]:
        count["InChIKey"] += 1
        count["InChIKey skeleton"] += key[:14] != row["inchikey"][:14]
        print("InChIKey", smiles, row["inchikey"], key)


def main():
    RDLogger.DisableLog("rdApp.*")
    count = collections.Counter()
    smiles = read_smiles(sys.argv[1])
    with open(sys.argv[2]) as dump:
        for line in dump:
            row = json.loads(line)
            compare(smiles[row["row"]], row, count)
    print("RDKit for Python", rdBase.rdkitVersion, dict(count))


if __name__ == "__main__":
    main()
