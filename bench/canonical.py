"""Copies a TSV with the SMILES of the named columns made RDKit's canonical ones; what RDKit does not read stays. BLEU and Levenshtein of
`molglot eval predictions` then compare molecules, not dialects of SMILES.

    python bench/canonical.py "ground truth" < predictions.tsv > canonical.tsv          (needs rdkit)
    zstdcat train.tsv.zst | python bench/canonical.py smiles > train.tsv
"""
import sys

from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")


def canonical(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(molecule) if molecule else smiles


head = next(sys.stdin).rstrip("\n").split("\t")
columns = [head.index(name) for name in sys.argv[1:]]
print("\t".join(head))
for line in sys.stdin:
    row = line.rstrip("\n").split("\t")
    for column in columns:
        row[column] = canonical(row[column])
    print("\t".join(row))
