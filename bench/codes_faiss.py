#!/usr/bin/env python3
"""Search by codes beside faiss-cpu (IndexFlatIP, IndexHNSWFlat) in one run, on the same vectors, one thread.

    python bench/codes_faiss.py build/bench/bench_codes VECTORS.npy QUERIES.npy [--hnsw-rows 10000] [--queries 100]

VECTORS.npy: `molglot export` of an index made with --dims; QUERIES.npy: `molglot embed --dims N -f npy`. On a shared machine look at
the processor time (cpu_ms). Prints JSON lines.
"""
import argparse
import json
import subprocess
import time

import faiss
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("bench", help="the bench_codes program")
parser.add_argument("vectors")
parser.add_argument("queries_file")
parser.add_argument("--hnsw-rows", type=int, default=10_000)
parser.add_argument("--queries", type=int, default=100)
parser.add_argument("--k", type=int, default=10)
args = parser.parse_args()

faiss.omp_set_num_threads(1)
x, q = np.load(args.vectors, mmap_mode="r"), np.load(args.queries_file)[:args.queries]


def say(engine, **figures):
    print(json.dumps({"engine": engine, "dim": x.shape[1], "queries": len(q), "k": args.k, **figures}), flush=True)


def one_by_one(index):
    start, hits = time.process_time(), [index.search(v[None], args.k) for v in q]
    return 1e3 * (time.process_time() - start) / len(q), np.concatenate([h[1] for h in hits])


flat = faiss.IndexFlatIP(x.shape[1])
flat.add(np.ascontiguousarray(x))
ms, _ = one_by_one(flat)
say("faiss-" + faiss.__version__ + " flat", rows=len(x), query_cpu_ms=ms)
ours = subprocess.run([args.bench, "--vectors", args.vectors, "--queries", args.queries_file, "--n-queries", str(len(q)), "--k", str(args.k),
                       "--rounds", "2"], check=True, capture_output=True, text=True)
ours = json.loads(ours.stdout)
say("molglot codes", rows=ours["rows"], build_cpu_us_a_row=ours["build_cpu_us_a_row"], first_stage_cpu_ms=ours["first_stage_cpu_ms"], query_cpu_ms=ours["query_cpu_ms"],
    exact_cpu_ms=ours["exact_cpu_ms"], recall=ours["recall"], flat_to_first_stage=ms / ours["first_stage_cpu_ms"])

few = np.ascontiguousarray(x[:args.hnsw_rows])
small = faiss.IndexFlatIP(x.shape[1])
small.add(few)
_, exact = one_by_one(small)
start = time.process_time()
hnsw = faiss.IndexHNSWFlat(x.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
hnsw.hnsw.efConstruction = 100
hnsw.add(few)
build = time.process_time() - start
hnsw.hnsw.efSearch = 128
ms, hits = one_by_one(hnsw)
recall = np.mean([len(set(a) & set(b)) / args.k for a, b in zip(hits, exact)])
say("faiss HNSW16 efConstruction 100 efSearch 128", rows=len(few), build_cpu_us_a_row=1e6 * build / len(few), query_cpu_ms=ms, recall=float(recall))
