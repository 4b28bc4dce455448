"""Golden values of triage: RDKit's FilterCatalog (PAINS, Brenk) and Contrib/SA_Score.
golden_triage.py SMILES.smi.gz > golden_triage.tsv (the first rows of a shuffle, small ones)."""
import gzip
import random
import sys

sys.path.insert(0, "/usr/share/RDKit/Contrib/SA_Score")
import sascorer  # noqa: E402
from rdkit import Chem, RDLogger  # noqa: E402
from rdkit.Chem import FilterCatalog as F  # noqa: E402

RDLogger.DisableLog("rdApp.*")


def catalog(name):
    asked = F.FilterCatalogParams()
    asked.AddCatalog(getattr(F.FilterCatalogParams.FilterCatalogs, name))
    return F.FilterCatalog(asked)


def title(entry):
    return entry.GetDescription().split("(")[0].lstrip(">_").replace("_", " ").strip()


brenk, pains = catalog("BRENK"), catalog("PAINS")
with gzip.open(sys.argv[1], "rt") as lines:
    rows = [line.split()[0] for line in lines]
random.Random(7).shuffle(rows)
wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 150
print("# smiles, accessibility, alerts (tests/chem/golden_triage.py makes this file)")
done = hits = 0
for smiles in rows[:60000]:
    if len(smiles) > 90 or done >= wanted:
        continue
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        continue
    p = [title(e) for e in pains.GetMatches(mol)]
    if done > wanted // 2 and not p:  # half of them with PAINS
        continue
    b = [e.GetDescription().replace("_", " ").strip() for e in brenk.GetMatches(mol)]
    said = "; ".join(f"{n}: {', '.join(v)}" for n, v in (("Brenk", b), ("PAINS", p)) if v)
    print(f"{smiles}\t{sascorer.calculateScore(mol):.3f}\t{said}")
    done += 1
