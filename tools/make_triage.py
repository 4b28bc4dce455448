#!/usr/bin/env python3
"""Makes src/chem/triage/alerts.tsv and fragments.txt from RDKit (BSD-3-Clause): the alerts of PAINS
(Baell and Holloway 2010) and Brenk et al. 2008 as its FilterCatalog has them, and the commonest
fragments of the synthetic accessibility score of Ertl and Schuffenhauer 2009 (Contrib/SA_Score).

    make_triage.py FPSCORES.pkl.gz

fragments.txt: a line for each tenth of a score, the highest first; behind a tab the Morgan
environments (radius 2) that have it, ascending, each as the difference to the one before, base 36.
"""
import gzip
import pickle
import sys
from pathlib import Path

from rdkit import Chem
from rdkit.Chem import FilterCatalog

HERE = Path(__file__).resolve().parent.parent / "src/chem/triage"
FRAGMENTS = 24000
MAGIC = b"\xef\xbe\xad\xde"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def alerts():
    for name, catalog in (("Brenk", "BRENK"), ("PAINS", "PAINS")):
        asked = FilterCatalog.FilterCatalogParams()
        asked.AddCatalog(getattr(FilterCatalog.FilterCatalogParams.FilterCatalogs, catalog))
        entries = FilterCatalog.FilterCatalog(asked)
        for i in range(entries.GetNumEntries()):
            entry = entries.GetEntryWithIdx(i)
            raw = entry.Serialize()
            pattern = Chem.Mol(raw[raw.index(MAGIC):])
            # behind the pattern: the least and the largest number of matches
            title = entry.GetDescription().split("(")[0].lstrip(">_") if name == "PAINS" \
                else entry.GetDescription()
            yield name, title.replace("_", " ").strip(), Chem.MolToSmarts(pattern), raw


def base36(number):
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = DIGITS[digit] + out
    return out or "0"


def fragments(path):
    scores = {}
    for row in pickle.load(gzip.open(path)):
        for fragment in row[1:]:
            scores[fragment] = row[0]
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:FRAGMENTS]
    levels = {}
    for fragment, score in best:
        levels.setdefault(round(score * 10), []).append(fragment)
    for level in sorted(levels, reverse=True):
        last, out = 0, []
        for fragment in sorted(levels[level]):
            out.append(base36(fragment - last))
            last = fragment
        yield f"{level}\t{' '.join(out)}\n"


if __name__ == "__main__":
    rows = ["# set\tname\tsmarts; made by tools/make_triage.py from RDKit's FilterCatalog\n"]
    rows += [f"{row[0]}\t{row[1]}\t{row[2]}\n" for row in alerts()]
    (HERE / "alerts.tsv").write_text("".join(rows))
    (HERE / "fragments.txt").write_text("".join(fragments(sys.argv[1])))
