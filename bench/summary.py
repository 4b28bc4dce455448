"""Lines of run.sh -> results.json and a Markdown table: the median over rounds of each program, and the ratios to the peers.

    summary.py LINES RESULTS
"""
import json
import os
import platform
import statistics
import sys


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        lines = [json.loads(line) for line in f if line.strip()]
    loads = [x["load"] for x in lines if x["bench"] == "load"]
    lines = [x for x in lines if x["bench"] != "load"]

    def some(bench, **want):
        return [x for x in lines if x["bench"] == bench and all(x.get(k) == v for k, v in want.items())]

    def median(rows, key):
        values = [r[key] for r in rows if key in r]
        return statistics.median(values) if values else None

    def best(groups, key, larger):
        """The median of the group whose median is best: a peer may choose its best setting."""
        medians = [m for m in (median(g, key) for g in groups) if m is not None]
        return (max if larger else min)(medians) if medians else None

    table = []

    def row(measure, ours, peer, ratio, bar, form="{:.3g}"):
        show = [form.format(x) if x is not None else "-" for x in (ours, peer)]
        table.append({"measure": measure, "molglot": ours, "peer": peer, "ratio": ratio, "bar": bar})
        print(f"| {measure} | {show[0]} | {show[1]} | {'-' if ratio is None else f'{ratio:.2f}'} | {bar} |")

    def slower(ours, peer):
        return peer / ours if ours and peer else None

    def faster(ours, peer):
        return ours / peer if ours and peer else None

    print(f"{cpu_name()}, {os.cpu_count()} cores, load {min(loads, default=0):.1f} to {max(loads, default=0):.1f} while measuring; medians\n")
    print("| measure | molglot | peer | ratio | bar |\n|---|---|---|---|---|")
    ours = some("train_step", who="molglot")
    torch = [some("train_step", who=w, attention=a) for w in ("pytorch", "pytorch compiled") for a in ("eager", "sdpa")]
    for key, name in (("ms_per_step", "training step, batch 32, s of wall clock"), ("cpu_ms_per_step", "training step, s of processor time")):
        a, b = median(ours, key), best(torch, key, False)
        row(name, a and a / 1e3, b and b / 1e3, slower(a, b), ">= 2")
    a, b = median(ours, "tokens_per_s"), best(torch, "tokens_per_s", True)
    row("training, real tokens/s", a, b, faster(a, b), "", "{:.0f}")
    row("share of the measured GEMM peak in the step", median(ours, "share_of_peak"), None, None, ">= 0.4 (aim)")
    ours = some("embed_smiles", who="molglot", model="gin 5x300")
    python = [[x for x in some("embed_smiles", precision=p) if x["who"] == w]
              for p in ("f32", "bf16") for w in {x["who"] for x in some("embed_smiles")} - {"molglot"}]
    a, b = median(ours, "molecules_per_s"), best(python, "molecules_per_s", True)
    row("SMILES -> embedding (GIN 5x300), molecules/s", a, b, faster(a, b), ">= 5", "{:.0f}")
    a, b = median(ours, "cpu_ms_per_molecule"), best(python, "cpu_ms_per_molecule", False)
    row("the same, ms of processor time a molecule", a, b, slower(a, b), "")
    shipped = [x for x in some("embed_smiles", who="molglot") if x["model"] != "gin 5x300"]
    if shipped:
        row("SMILES -> embedding, shipped model, molecules/s", median(shipped, "molecules_per_s"), None, None, "", "{:.0f}")
    a = median(some("cold_start", who="molglot"), "seconds")
    for who, bar in (("bert", ">= 20"), ("bare", "")):
        b = median(some("cold_start", who=who), "seconds")
        row(f"one sentence from a cold start, s, peer: {'transformers' if who == 'bert' else 'torch alone'}", a, b, slower(a, b), bar)
    best_cold = [x["best_seconds"] for x in some("cold_start", who="molglot")]
    row("the same, the quickest, s", min(best_cold, default=None), None, None, "<= 0.2")
    for queries in sorted({x["queries"] for x in some("search")}, reverse=True):
        rows = some("search", queries=queries)
        peer = [x for x in rows if str(x.get("engine", "")).startswith("faiss")]
        for dtype in ("f32", "bf16"):
            mine = [x for x in rows if x not in peer and x.get("dtype") == dtype]
            for key, name in (("seconds", "wall clock"), ("cpu_seconds", "processor time")):
                a, b = median(mine, key), median(peer, key)
                row(f"search, {queries} of 324,000 x 300, {dtype}, s of {name}", a, b, slower(a, b), ">= 1")
    for start, name in (("warm", "16 molecules for one more sentence"), ("cold", "16 molecules for a sentence from a cold start")):
        ours, peer = (some("generate", who=w, start=start) for w in ("molglot", "transformers"))
        for key, unit, bar in (("seconds", "s of wall clock", ""), ("cpu_seconds", "s of processor time", ">= 10")):
            a, b = median(ours, key), median(peer, key)
            if a:
                row(f"{name}, {unit}", a, b, slower(a, b), bar)
    row("tape bookkeeping per op, ns", best([some("tape")], "bookkeeping_ns_per_op", False), None, None, "<= 60")
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        json.dump({"cpu": cpu_name(), "cores": os.cpu_count(), "loads": loads, "table": table, "lines": lines}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
