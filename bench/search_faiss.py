#!/usr/bin/env python3
"""Exact search beside faiss-cpu (IndexFlatIP) in one run, on the same vectors and the same number of threads.

    python bench/search_faiss.py build/bench/bench_search [--threads 2] [--rounds 3]

The two take turns, so that a machine that is busy or throttled is so for both; the best round of each counts. Prints JSON lines
with the ratio of queries per second. On a shared machine look at cpu_seconds with --threads 1: threads that wait for each other
count as work.
"""
import argparse
import json
import subprocess
import tempfile
import time

import faiss
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("bench", help="the bench_search program")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--rows", type=int, default=324_000)
parser.add_argument("--queries", type=int, default=1000)
parser.add_argument("--dim", type=int, default=300)
parser.add_argument("--k", type=int, default=10)
args = parser.parse_args()


def ours(dtype, queries):
    """One round of bench_search in its own process, and the rows it found."""
    with tempfile.NamedTemporaryFile() as hits:
        command = [args.bench, "--rows", args.rows, "--queries", queries, "--dim", args.dim, "--k", args.k,
                   "--threads", args.threads, "--dtype", dtype, "--rounds", 1, "--hits", hits.name]
        line = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout
        return json.loads(line), np.fromfile(hits.name, dtype=np.int64).reshape(queries, args.k)


def vectors(n, first):
    """The vectors of bench_search: unit rows of a counter-based uniform generator."""
    counter = np.arange(first * args.dim, (first + n) * args.dim, dtype=np.uint64)
    z = counter * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = ((z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)).reshape(n, args.dim)
    return x / np.sqrt((x.astype(np.float64) ** 2).sum(1, keepdims=True)).astype(np.float32)


np.seterr(over="ignore")
faiss.omp_set_num_threads(args.threads)
index = faiss.IndexFlatIP(args.dim)
index.add(vectors(args.rows, 0))
for queries in (args.queries, 1):
    q = vectors(queries, args.rows)
    best = {}
    index.search(q[:8], args.k)
    for _ in range(args.rounds):
        start, cpu = time.perf_counter(), time.process_time()
        _, theirs = index.search(q, args.k)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        line = {"bench": "search", "engine": "faiss-" + faiss.__version__, "rows": args.rows, "dim": args.dim, "queries": queries,
                "k": args.k, "threads": args.threads, "seconds": seconds, "cpu_seconds": cpu}
        if seconds < best.get("faiss", {"seconds": 1e9})["seconds"]:
            best["faiss"] = line
        for dtype in ("f32", "bf16"):
            line, found = ours(dtype, queries)
            line["same_rows"] = float((found == theirs).mean())
            if line["seconds"] < best.get(dtype, {"seconds": 1e9})["seconds"]:
                best[dtype] = line
    for line in best.values():
        print(json.dumps({**line, "queries_per_second": queries / line["seconds"],
                          "ratio_to_faiss": best["faiss"]["seconds"] / line["seconds"]}), flush=True)
