"""SMILES -> embedding with RDKit-Python and the published GIN 5x300 in PyTorch: the peer of bench_embed.c.

    embed_python.py FILE [--rows 1024] [--batch 256] [--precision f32|bf16] [--workers 0]

--workers N: features by N processes, as a DataLoader would have it (started and warmed up before the clock starts).
"""
import argparse
import json
import multiprocessing
import os
import sys
import time

try:
    import torch
    from rdkit import RDLogger
    from peers import Gin, graph_of, head, pack, read_table
except ImportError as e:
    print(f"skipped: {e}", file=sys.stderr)
    sys.exit(77)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--rows", type=int, default=1024)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--precision", default="f32")
    p.add_argument("--workers", type=int, default=0)
    o = p.parse_args()
    RDLogger.DisableLog("rdApp.*")
    torch.set_num_threads(os.cpu_count())
    smiles = [s for s, _ in read_table(o.file, o.rows)]
    gin, top = Gin().eval(), head(300).eval()
    pool = multiprocessing.get_context("fork").Pool(o.workers) if o.workers else None
    each = (lambda some: pool.map(graph_of, some, 32)) if pool else (lambda some: list(map(graph_of, some)))

    def embed(some):
        graphs = [g for g in each(some) if g]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=o.precision == "bf16"):
            return torch.nn.functional.normalize(top(gin(pack(graphs))).float(), dim=1)

    embed(smiles[:o.batch])
    best, n, cpu = 1e9, 0, time.process_time()
    for _ in range(3):
        start, n = time.perf_counter(), 0
        for at in range(0, len(smiles), o.batch):
            n += len(embed(smiles[at:at + o.batch]))
        best = min(best, time.perf_counter() - start)
    cpu = time.process_time() - cpu
    if pool:
        pool.terminate()
    print(json.dumps({"bench": "embed_smiles", "who": "python" + (f" {o.workers} workers" if o.workers else ""), "precision": o.precision,
                      "rows": len(smiles), "rejected": len(smiles) - n, "batch": o.batch,
                      "molecules_per_s": round(len(smiles) / best, 1),
                      **({} if pool else {"cpu_ms_per_molecule": round(1e3 * cpu / (3 * len(smiles)), 4)})}))


if __name__ == "__main__":
    main()
