"""One table of all the ways to make molecules, on the same rows, as Markdown.

    methods.py MOLGLOT PAIRS.tsv [--requests FOLDER] [--way NAME=OPTIONS ...] [--train TRAIN.tsv] [--only NAME,...]

PAIRS.tsv has the columns smiles and text. Each way draws eight molecules a sentence; `first` is about the best of them by the program's order, without the
re-ranker; 3M-Diffusion's measures (Kekulised variant) are about the first five draws as they come. FOLDER holds requests.tsv and check.py of
plain requests: their first answers right, and the share of five, as installed. Seconds are processor time a sentence of the eight draws, all threads, with the
start of the program taken off by running one sentence first. --way adds or replaces a way, e.g. --way "motif=--method motif --generator FILE".
Needs rdkit for the requests alone. Model: $MOLGLOT_MODEL.
"""
import argparse
import csv
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile

WAYS = {
    "direct": "--method direct",
    "direct, memory off": "--method direct --no-memory",
    "diffusion": "--method diffusion",
    "diffusion, memory off": "--method diffusion --no-memory",
    "diffusion, memory off, temperature 1.6": "--method diffusion --no-memory -t 1.6",
}


def run(command):
    """stdout and processor seconds"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "MOLGLOT_MANIFEST": "no"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def evaluate(molglot, pairs, options, *more):
    out, seconds = run([molglot, "eval", "generation", "--pairs", pairs, "--bootstrap", "0", "-f", "json", "-q", "-j", "1", *options, *more])
    return json.loads(out), seconds


def requests_right(molglot, folder, options, scratch):
    rows = list(csv.DictReader(open(f"{folder}/requests.tsv"), delimiter="\t", quoting=csv.QUOTE_NONE))
    name = "request" if "request" in rows[0] else list(rows[0])[1]
    open(f"{scratch}/requests.txt", "w").write("".join(r[name] + "\n" for r in rows))
    run([molglot, "generate", "-q", "-n", "5", "-f", "tsv", "-j", "1", "-i", f"{scratch}/requests.txt", "-o", f"{scratch}/made.tsv", *options])
    with open(f"{scratch}/answers.tsv", "w") as out:
        for r in csv.DictReader(open(f"{scratch}/made.tsv"), delimiter="\t", quoting=csv.QUOTE_NONE):
            if r["rank"]:
                out.write(f"{rows[int(r['prompt_number']) - 1]['id']}\t{r['rank']}\t{r['smiles']}\n")
    said = subprocess.run([sys.executable, f"{folder}/check.py", f"{folder}/requests.tsv", f"{scratch}/answers.tsv"], stdout=subprocess.PIPE, text=True, check=True)
    return said.stdout.strip().splitlines()[-1]


def line(name, first, five, seconds, requests):
    f, s = first["first_output"], five["3m_kekulised_flags_kept"]
    print(f"| {name} | {f['exact_canonical_smiles']:.3f} | {f['exact_canonical_smiles_without_stereo']:.3f} | {f['morgan2_count_tanimoto_valid_only']:.3f} | "
          f"{f['validity']:.3f} | {100 * s['similarity']:.1f} / {100 * s['novelty']:.1f} / {100 * s['diversity']:.1f} | {seconds} | {requests} |", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("molglot")
    a.add_argument("pairs")
    a.add_argument("--requests")
    a.add_argument("--train", help="training molecules with captions: the rows that copying gives")
    a.add_argument("--way", action="append", default=[])
    a.add_argument("--only")
    o = a.parse_args()
    ways = dict(WAYS)
    for way in o.way:
        name, _, options = way.partition("=")
        ways[name] = options
    if o.only:
        ways = {k: v for k, v in ways.items() if k in o.only.split(",")}
    print("| way | exact | without stereo | Morgan | valid | similarity / novelty / diversity | s a sentence | requests |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in ways.items():
            options = shlex.split(text)
            best, seconds = evaluate(o.molglot, o.pairs, options, "-n", "1", "--candidates", "8")
            _, start = evaluate(o.molglot, o.pairs, options, "-n", "1", "--candidates", "8", "--limit", "1")
            five, _ = evaluate(o.molglot, o.pairs, options, "-n", "5", "--candidates", "5")
            line(name, best["methods"][0], five["methods"][0], f"{(seconds - start) / max(1, best['prompts'] - 1):.2f}",
                 requests_right(o.molglot, o.requests, options, scratch) if o.requests else "")
        if o.train:
            copies, _ = evaluate(o.molglot, o.pairs, ["--method", "direct", "-t", "0"], "-n", "5", "--candidates", "5", "--train", o.train)
            for method in copies["methods"][1:]:
                line(method["method"], method, method, "", "")


if __name__ == "__main__":
    main()
