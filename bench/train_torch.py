"""One training step of the published MoMu in PyTorch, counted as bench_train.c counts it.

    train_torch.py PAIRS VOCAB [--precision bf16|f32] [--batch 32] [--steps 4] [--warm 2] [--dropout 0.1]
                   [--attention sdpa|eager] [--compile]

The same rows in the same order, the same views, padding to the longest text of each batch, bf16 by autocast, fused AdamW,
all threads. Batches are made before the clock starts.
"""
import argparse
import json
import os
import random
import statistics
import sys
import time

try:
    import torch
    import rdkit, tokenizers, transformers    # noqa: F401, E401
    from peers import Momu, graph_of, infonce, pack, read_table
except ImportError as e:
    print(f"skipped: {e}", file=sys.stderr)
    sys.exit(77)

MAX_TOKENS = 128


def without(graph, lost):
    """Published views: lost atoms stay, their bonds go."""
    atoms, bonds, (source, target) = graph
    keep = [k for k in range(len(source)) if source[k] not in lost and target[k] not in lost]
    return atoms, [bonds[k] for k in keep], ([source[k] for k in keep], [target[k] for k in keep])


def drop_nodes(graph, rate=0.1):
    n = len(graph[0])
    return without(graph, set(random.sample(range(n), int(rate * n))))


def subgraph(graph, rate=0.8):
    atoms, _, (source, target) = graph
    n, near = len(atoms), {}
    for s, t in zip(source, target):
        near.setdefault(s, set()).add(t)
    kept = [random.randrange(n)]
    border, draws = set(near.get(kept[0], ())), 0
    while len(kept) <= int(rate * n) and border and draws <= 1.5 * n:
        draws += 1
        atom = random.choice(sorted(border))
        if atom not in kept:
            kept.append(atom)
            border |= near.get(atom, set())
    return without(graph, set(range(n)) - set(kept))


def pad(texts):
    longest = max(map(len, texts))
    ids, mask = torch.zeros(len(texts), longest, dtype=torch.long), torch.zeros(len(texts), longest, dtype=torch.long)
    for i, t in enumerate(texts):
        ids[i, :len(t)] = torch.tensor(t)
        mask[i, :len(t)] = 1
    return ids, mask


def flops(lengths, atoms):
    d, ffn, n = 768, 3072, len(lengths)
    text = 12 * (sum(lengths) * (4 * d * d + 2 * d * ffn) + 2 * sum(x * x for x in lengths) * d) + n * (2 * d * d + d * 256)
    return 3 * 2 * (text + atoms * 5 * 2 * 300 * 600 + n * (300 * 300 + 300 * 256))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("pairs")
    p.add_argument("vocab")
    p.add_argument("--precision", default="bf16")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--steps", type=int, default=4)
    p.add_argument("--warm", type=int, default=2)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--dropout", type=float, default=0.1)
    p.add_argument("--attention", default="sdpa")
    p.add_argument("--compile", action="store_true")
    o = p.parse_args()
    torch.set_num_threads(o.threads or os.cpu_count())
    torch.manual_seed(1)
    random.seed(1)

    words = tokenizers.BertWordPieceTokenizer(o.vocab, lowercase=True)
    rows = [(g, t) for s, t in read_table(o.pairs, o.batch * (o.warm + o.steps) + 64) if (g := graph_of(s))]
    batches = []
    for k in range(o.warm + o.steps):
        some = rows[k * o.batch:(k + 1) * o.batch]
        ids = [words.encode(t, add_special_tokens=False).ids[:MAX_TOKENS] for _, t in some]
        views = pack([drop_nodes(g) for g, _ in some]), pack([subgraph(g) for g, _ in some])
        atoms = sum(len(g[0]) for g, _ in some)
        batches.append((views, pad(ids), [len(x) for x in ids], atoms))

    model = Momu(words.get_vocab_size(), o.dropout, o.attention).train()
    if o.compile:
        model.bert = torch.compile(model.bert, dynamic=True)
        model.gin = torch.compile(model.gin, dynamic=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-5, fused=True)

    def step(views, text):
        with torch.autocast("cpu", torch.bfloat16, enabled=o.precision == "bf16"):
            g1, g2 = model.graph(views[0]), model.graph(views[1])
            ids, mask = torch.cat([text[0]] * 2), torch.cat([text[1]] * 2)     # both texts in one pass: larger products
            t1, t2 = model.text(ids, mask).chunk(2)
        loss = (infonce(g1, t1) + infonce(g1, t2) + infonce(g2, t1) + infonce(g2, t2) + infonce(g1, g2)) / 5
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return loss.item()

    seconds, processor, work, tokens, padded = [], 0, 0, 0, 0
    for k, (views, text, lengths, atoms) in enumerate(batches):
        start, cpu = time.perf_counter(), time.process_time()
        loss = step(views, text)
        if k < o.warm:
            continue
        seconds.append(time.perf_counter() - start)
        processor += time.process_time() - cpu
        work += 2 * flops(lengths, atoms)
        tokens += 2 * sum(lengths)
        padded += 2 * text[0].numel()
    median = statistics.median(seconds)
    print(json.dumps({"bench": "train_step", "who": "pytorch" + (" compiled" if o.compile else ""), "torch": torch.__version__,
                      "attention": o.attention, "precision": o.precision, "dropout": o.dropout, "batch": o.batch, "steps": o.steps,
                      "ms_per_step": round(1e3 * median, 1), "best_ms": round(1e3 * min(seconds), 1),
                      "cpu_ms_per_step": round(1e3 * processor / o.steps, 1),
                      "pairs_per_s": round(o.batch / median, 3), "tokens_per_s": round(tokens / o.steps / median, 1),
                      "tokens_per_step": tokens / o.steps, "padded_tokens_per_step": padded / o.steps,
                      "gflop_per_step": round(1e-9 * work / o.steps, 1), "gflop_per_s": round(1e-9 * work / sum(seconds), 1),
                      "loss": round(loss, 4)}), flush=True)


if __name__ == "__main__":
    main()
