#!/usr/bin/env python3
"""moleculenet.py SPLIT.csv... - Morgan counts with logistic regression and a random forest (scikit-learn) on the rows of a run's split.csv.

Columns: smiles, targets, split (train, val, test). Prints a line a set and method: ROC-AUC (mean over tasks with both classes) or RMSE of
validation and test, mean and deviation over seeds. Needs numpy, scipy, scikit-learn and rdkit; --seeds 3 --trees 300.
The strength of regularisation (C 0.01, 0.1, 1) is chosen on the validation rows."""
import argparse, csv, math, os, sys, time
import numpy as np
from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score

RDLogger.DisableLog("rdApp.*")


def load(path):
    rows = list(csv.reader(open(path)))
    names, rows = rows[0][1:-1], [r for r in rows[1:] if Chem.MolFromSmiles(r[0])]
    y = np.array([[float(v) if v else math.nan for v in r[1:-1]] for r in rows])
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    x = np.array([generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(r[0])) for r in rows], np.float32)
    return names, csr_matrix(x), y, np.array([r[-1] for r in rows])


def score(y, p, regression):
    out = []
    for t in range(y.shape[1]):
        known = ~np.isnan(y[:, t])
        if regression:
            out.append(math.sqrt(np.mean((y[known, t] - p[known, t]) ** 2)))
        elif len(set(y[known, t])) == 2:
            out.append(100 * roc_auc_score(y[known, t], p[known, t]))
    return float(np.mean(out)) if out else math.nan


def fit(x, y, train, make, regression, dense=False):
    p = np.zeros(y.shape)
    asked = ~train  # validation and test
    for t in range(y.shape[1]):
        rows = train & ~np.isnan(y[:, t])
        if not regression and len(set(y[rows, t])) < 2:
            continue
        known = asked & ~np.isnan(y[:, t])
        if not known.any():
            continue
        own, other = (x[rows].toarray(), x[known].toarray()) if dense else (x[rows], x[known])
        model = make().fit(own, y[rows, t])
        p[known, t] = model.predict(other) if regression else model.predict_proba(other)[:, 1]
    return p


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("files", nargs="+")
    a.add_argument("--seeds", type=int, default=3)
    a.add_argument("--trees", type=int, default=300)
    a.add_argument("--methods", default="linear,forest")
    o = a.parse_args()
    for path in o.files:
        names, x, y, split = load(path)
        regression = not set(np.unique(y[~np.isnan(y)])) <= {0.0, 1.0}
        train, val, test = (split == s for s in ("train", "val", "test"))
        label = os.path.splitext(os.path.basename(path))[0]
        if label == "split":
            label = os.path.basename(os.path.dirname(path))
        if "linear" in o.methods:
            began, best = time.process_time(), None
            for c in (0.01, 0.1, 1.0):
                p = fit(x, y, train, (lambda: Ridge(alpha=1 / c)) if regression else
                        (lambda: LogisticRegression(C=c, max_iter=300)), regression)
                v = score(y[val], p[val], regression)
                print(f"{label}\tC {c}\tval {v:.3f}", file=sys.stderr, flush=True)
                if best is None or (v < best[0]) == regression:
                    best = (v, score(y[test], p[test], regression), c)
            print(f"{label}\tlinear on counts\tval {best[0]:.3f}\ttest {best[1]:.3f}\tC {best[2]}\t{time.process_time() - began:.0f} CPU s", flush=True)
        if "forest" in o.methods:
            began, scores = time.process_time(), []
            for seed in range(o.seeds):
                forest = RandomForestRegressor if regression else RandomForestClassifier
                p = fit(x, y, train, lambda: forest(o.trees, random_state=seed, n_jobs=1), regression, True)
                scores.append((score(y[val], p[val], regression), score(y[test], p[test], regression)))
            v, t = np.array(scores).T
            print(f"{label}\tforest on counts\tval {v.mean():.3f}\ttest {t.mean():.3f} +- {t.std():.3f}\t{o.seeds} seeds\t{time.process_time() - began:.0f} CPU s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
