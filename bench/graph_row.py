"""What a graph row is worth to a captioner: runs with it and without, seed by seed (docs/captions.md, "The graph in the context").

    graph_row.py FOLDER [--vocab src/text/scibert.txt] [--resamples 1000]

FOLDER holds, for each seed S: none-S/manifest.json and row-S/manifest.json (runs of recipes/atomas-captions.toml), none-S.tsv and row-S.tsv (what `molglot eval
caption --save` wrote for the same rows). Prints, as Markdown, each seed's difference with and without (row - none): token losses of validation; BLEU-2 and BLEU-4
on SciBERT's pieces with 95 % intervals of a paired bootstrap over rows; captions that are the same word for word; and the mean over seeds with a 95 % interval of
Student's t. Needs numpy.
"""
import argparse
import csv
import json
import pathlib
import unicodedata
from collections import Counter

import numpy

T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}            # 0.975 quantile, by the number of seeds


def splitter(path):
    vocab = {line.rstrip("\n") for line in open(path, encoding="utf-8")}

    def pieces(word):
        at, out = 0, []
        while at < len(word):
            end = next((e for e in range(len(word), at, -1) if ("##" if at else "") + word[at:e] in vocab), None)
            if end is None:
                return ["[UNK]"]
            out.append(("##" if at else "") + word[at:end])
            at = end
        return out

    def split(text):
        text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        text = "".join(f" {c} " if unicodedata.category(c)[0] == "P" or c in "$+<=>^`|~" else c for c in text)
        return [p for w in text.split() for p in pieces(w)][:512]
    return split


def counts(split, true, said):
    """[lengths of both, then hits and n-grams for n = 1 .. 4] of one row"""
    t, s = split(true), split(said)
    row = [len(t), len(s)]
    for n in range(1, 5):
        a, b = (Counter(zip(*(x[i:] for i in range(n)))) for x in (t, s))
        row += [sum((a & b).values()), max(len(s) - n + 1, 0)]
    return row


def bleu(sums, n):
    brevity = 1 if sums[1] > sums[0] else numpy.exp(1 - sums[0] / max(sums[1], 1))
    return brevity * numpy.exp(sum(numpy.log(max(sums[2 + 2 * i], 1e-9) / max(sums[3 + 2 * i], 1)) for i in range(n)) / n)


def saved(path):
    return [(r["ground truth"], r["output"]) for r in csv.DictReader(open(path, encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE)]


def over_seeds(x):
    if len(x) not in T:
        return "(two to five seeds)"
    x = numpy.array(x)
    return f"{x.mean():+.4f} [{x.mean() - T[len(x)] * x.std(ddof=1) / len(x) ** .5:+.4f}, {x.mean() + T[len(x)] * x.std(ddof=1) / len(x) ** .5:+.4f}]"


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("folder", type=pathlib.Path)
    a.add_argument("--vocab", default=pathlib.Path(__file__).parent.parent / "src/text/scibert.txt")
    a.add_argument("--resamples", type=int, default=1000)
    o = a.parse_args()
    split, rng = splitter(o.vocab), numpy.random.default_rng(1)
    seeds = sorted(p.stem[4:] for p in o.folder.glob("row-*.tsv"))
    found = {k: [] for k in ("loss", "alone", "2", "4")}
    print("| seed | loss a piece beside a neighbour: none, row | alone: none, row | BLEU-2: none, row | difference | BLEU-4: none, row | difference | same captions |")
    print("|---|---|---|---|---|---|---|---|")
    for seed in seeds:
        losses = [json.load(open(o.folder / f"{arm}-{seed}/manifest.json"))["result"]["captions"] for arm in ("none", "row")]
        rows = [saved(o.folder / f"{arm}-{seed}.tsv") for arm in ("none", "row")]
        assert [r[0] for r in rows[0]] == [r[0] for r in rows[1]]
        both = numpy.array([[counts(split, *r) for r in x] for x in rows])
        cells = [f"{losses[0]['loss']:.4f}, {losses[1]['loss']:.4f}", f"{losses[0]['loss_without_memory']:.4f}, {losses[1]['loss_without_memory']:.4f}"]
        found["loss"].append(losses[1]["loss"] - losses[0]["loss"])
        found["alone"].append(losses[1]["loss_without_memory"] - losses[0]["loss_without_memory"])
        draws = [rng.integers(0, len(rows[0]), len(rows[0])) for _ in range(o.resamples)]
        for n in (2, 4):
            none, row = (bleu(x.sum(0), n) for x in both)
            d = numpy.percentile([bleu(both[1][i].sum(0), n) - bleu(both[0][i].sum(0), n) for i in draws], (2.5, 97.5))
            found[str(n)].append(row - none)
            cells += [f"{none:.4f}, {row:.4f}", f"{row - none:+.4f} [{d[0]:+.4f}, {d[1]:+.4f}]"]
        same = sum(x == y for x, y in zip(*rows))
        print(f"| {seed} | " + " | ".join(cells) + f" | {same} of {len(rows[0])} |")
    print("\nrow - none over the seeds, 95 % by t: " + "; ".join(f"{k} {over_seeds(v)}" for k, v in
          (("loss beside a neighbour", found["loss"]), ("alone", found["alone"]), ("BLEU-2", found["2"]), ("BLEU-4", found["4"]))))


main()
