"""What choosing among draws is worth: exact matches and fingerprint similarity of the best of N draws by several merits, and the share of sentences
whose molecule is among the draws at all.

    molglot generate -i PAIRS.tsv --text-column text -n 64 --candidates 64 -t 1 --memory TRAIN.idx -f jsonl -o draws.jsonl
    python bench/ranking.py PAIRS.tsv draws.jsonl             (needs rdkit; PAIRS.tsv has a column smiles)
"""
import collections
import json
import sys

import numpy as np
from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import AllChem, MACCSkeys

RDLogger.DisableLog("rdApp.*")
seen = {}


def features(smiles):
    """MACCS, RDK, Morgan counts, canonical SMILES with and without stereo; None when RDKit does not read it."""
    if smiles not in seen:
        m = Chem.MolFromSmiles(smiles)
        seen[smiles] = m and (MACCSkeys.GenMACCSKeys(m), Chem.RDKFingerprint(m), AllChem.GetMorganFingerprint(m, 2), Chem.MolToSmiles(m),
                              Chem.MolToSmiles(m, isomericSmiles=False))
    return seen[smiles]


def read(pairs, draws):
    """References, and for each the readable draws (smiles, cosine, negative log-likelihood, number of the draw, whether it copies a neighbour)."""
    lines = [line.rstrip("\n").split("\t") for line in open(pairs)]
    column = lines[0].index("smiles")
    found = collections.defaultdict(list)
    for line in open(draws):
        d = json.loads(line)
        if d["smiles"] and features(d["smiles"]):
            found[int(d["prompt_number"]) - 1].append((d["smiles"], float(d["score"] or 0), float(d["nll"]), int(d["draw"]), d["copy"]))
    return [row[column] for row in lines[1:]], found


def compare(reference, smiles):
    a, b = features(reference), features(smiles)
    return [DataStructs.TanimotoSimilarity(a[k], b[k]) for k in range(3)] + [a[3] == b[3], a[4] == b[4]]


def report(references, found, n):
    first = {i: [d for d in found[i] if d[3] < n] for i in range(len(references))}
    present = np.mean([any(features(d[0])[3] == features(r)[3] for d in first[i]) for i, r in enumerate(references)])
    print(f"of the first {n} draws: {present:.4f} of {len(references)} molecules are among them")
    merits = {"likelihood": lambda d: -d[2]} | {f"cosine - {w} nll - {c} copy": lambda d, w=w, c=c: d[1] - w * d[2] - c * d[4]
                                                for w in (0, 0.0025, 0.005, 0.01, 0.02) for c in (0, 0.025, 0.05, 0.1, 2)}
    for name, merit in merits.items():
        rows = [compare(r, max(first[i], key=merit)[0]) if first[i] else [0] * 5 for i, r in enumerate(references)]
        maccs, rdk, morgan, exact, flat = np.mean(rows, axis=0)
        print(f"  {name:32s} exact {exact:.4f}  without stereo {flat:.4f}  MACCS {maccs:.3f}  RDK {rdk:.3f}  Morgan {morgan:.3f}")


if __name__ == "__main__":
    all_references, all_draws = read(*sys.argv[1:3])
    for count in (8, 16, 32, 64):
        if count > 8 and count // 2 > max(d[3] for draws in all_draws.values() for d in draws):
            break
        report(all_references, all_draws, count)
