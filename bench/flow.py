#!/usr/bin/env python3
"""flow.py MOLGLOT MODELS FLOW REQUESTS.tsv CHECK.py [N [FIRST [THREADS [METHOD ...]]]] - generate --method flow beside the direct writer, the latent diffusion and the flow's own random
starts (docs/models/moflow.md): N molecules (default 16) for each of the FIRST requests (default: all) of golden/plain and the ten prompts of MoMu.

For each method: mean score of the molecules and of the best (cosine in the space), requests whose first answer is right and the mean share of five (CHECK.py of golden/plain;
the prompts have no check), mean Tanimoto distance within an answer (Morgan, radius 2), different molecules, seconds, processor seconds. Needs RDKit."""
import csv
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import AllChem

RDLogger.DisableLog("rdApp.*")
PROMPTS = ["The molecule is beautiful.", "The molecule is versatile.", "The molecule is strange.", "fluorescent molecules",
           "The molecule contains hydroxyl and carboxyl groups, which can be thought of as antioxidants.",
           "The molecule has high water solubility and barrier permeability with low toxicity.", "molecules containing nucleophilic groups",
           "molecules containing electrophilic groups", "molecules containing hydrophilic groups", "molecules containing lipophilic groups"]


def processor():
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


def answers(program, models, sentences, n, threads, extra):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as f:
        f.write("\n".join(sentences) + "\n")
    start, used = time.time(), processor()
    out = subprocess.run([program, "generate", "-m", models, "-i", f.name, "--by", "text", "-n", str(n), "-f", "tsv", "-q", "-j", str(threads), "--no-names", *extra],
                         capture_output=True, text=True)
    seconds = time.time() - start, processor() - used
    os.unlink(f.name)
    if out.returncode:
        sys.exit(out.stderr)
    rows = list(csv.DictReader(out.stdout.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    found = [[] for _ in sentences]
    for r in rows:
        if r.get("valid") == "true":
            found[int(r["prompt_number"]) - 1].append((int(r["rank"]), r["smiles"], float(r["score"] or "nan")))
    return [sorted(a) for a in found], seconds


def distance(smiles):
    prints = [AllChem.GetMorganFingerprintAsBitVect(m, 2, 2048) for m in map(Chem.MolFromSmiles, smiles) if m]
    pairs = [1 - DataStructs.TanimotoSimilarity(a, b) for i, a in enumerate(prints) for b in prints[:i]]
    return statistics.mean(pairs) if pairs else float("nan")


def main():
    program, models, flow, requests, check = sys.argv[1:6]
    n, first, threads = [int(x) for x in sys.argv[6:9]] + [16, 0, 2][len(sys.argv[6:9]):]
    wanted = sys.argv[9:]
    spec = importlib.util.spec_from_file_location("check", check)
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    asked = judge.load(requests)[:first or None]
    flow = ["--method", "flow", "--generator", flow, "--candidates", str(n)]
    methods = {"flow": flow, "flow, request unchecked": flow + ["--soft"], "random starts": flow + ["--steps", "1", "--guidance", "0.000001"],
               "direct": ["--method", "direct"], "direct, no memory": ["--method", "direct", "--no-memory"], "diffusion": ["--method", "diffusion"]}
    methods = {k: v for k, v in methods.items() if not wanted or k in wanted}
    print(f"{len(asked)} requests, {len(PROMPTS)} prompts, {n} molecules each, {threads} threads")
    print("method\tset\tbest score\tmean score\tfirst right\tright of five\tdistance\tmolecules\tseconds a sentence\tprocessor seconds")
    for name, extra in methods.items():
        for kind, sentences in (("requests", [a[1] for a in asked]), ("prompts", PROMPTS)):
            got, seconds = answers(program, models, sentences, n, threads, extra)
            best = statistics.mean(max((s for _, _, s in a), default=0) for a in got)
            mean = statistics.mean(statistics.mean([s for _, _, s in a] or [0]) for a in got)
            right = five = float("nan")
            if kind == "requests":
                ok = [[judge.right(c, s) for _, s, _ in a[:5]] for a, (_, _, c) in zip(got, asked)]
                right, five = sum(bool(o and o[0]) for o in ok) / len(ok), sum(sum(o) / 5 for o in ok) / len(ok)
            apart = statistics.mean([d for d in (distance([s for _, s, _ in a]) for a in got) if d == d] or [0])
            print(f"{name}\t{kind}\t{best:.3f}\t{mean:.3f}\t{right:.3f}\t{five:.3f}\t{apart:.3f}\t{sum(map(len, got)) / len(got):.1f}\t{seconds[0] / len(sentences):.2f}\t{seconds[1] / len(sentences):.2f}", flush=True)


if __name__ == "__main__":
    main()
