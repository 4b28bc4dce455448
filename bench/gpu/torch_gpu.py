"""The PyTorch peer of bench_gpu: the same model on the same batches, on one GPU, as JSON lines.

    torch_gpu.py [--device cuda] [--mode eager|compile] [--precision bf16|f32|both] [--batch 256,1024,4096]
                 [--only peak,step,towers] [--seconds 0.3] [--tiny]

Written as a careful PyTorch user would: texts padded to the longest of their batch, bf16 by autocast, SDPA attention with a key mask,
packed graphs with one index_add_ a layer, fused AdamW, nothing read back during a step. compile: torch.compile of both towers and the
loss, as they are (shapes that change are marked dynamic by it after the first). FLOPs are counted over real tokens and atoms,
as bench_gpu counts them: padding earns nothing.
"""
import argparse
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
try:
    import numpy    # noqa: F401
    import torch
    from torch import nn
    from torch.nn import functional as F
    from peers import Gin, head, infonce
except ImportError as e:
    print(f"skipped: {e}", file=sys.stderr)
    sys.exit(77)
import synthetic

WARM, STEPS, JOINT, GIN_LAYERS, GIN_DIM = 4, 16, 256, 5, 300


class Layer(nn.Module):
    """BERT's: attention, then feed-forward, each added and normalised."""

    def __init__(self, dim, heads, ffn, dropout):
        super().__init__()
        self.heads, self.p = heads, dropout
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.up, self.down = nn.Linear(dim, ffn), nn.Linear(ffn, dim)
        self.norm1, self.norm2, self.dropout = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.Dropout(dropout)

    def forward(self, h, mask):
        n, length, dim = h.shape
        q, k, v = self.qkv(h).view(n, length, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=self.p if self.training else 0.0)
        h = self.norm1(h + self.dropout(self.out(y.transpose(1, 2).reshape(n, length, dim))))
        return self.norm2(h + self.dropout(self.down(F.gelu(self.up(h)))))


class Text(nn.Module):
    def __init__(self, layers, dim, heads, ffn, dropout):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(synthetic.VOCAB, dim), nn.Embedding(synthetic.LONGEST, dim), nn.Embedding(2, dim)
        self.norm, self.dropout = nn.LayerNorm(dim), nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(dim, heads, ffn, dropout) for _ in range(layers))
        self.pooler, self.head = nn.Linear(dim, dim), head(dim, JOINT)

    def forward(self, ids, mask):
        h = self.words(ids) + self.places.weight[:ids.shape[1]] + self.kinds.weight[0]
        h = self.dropout(self.norm(h))
        for layer in self.layers:
            h = layer(h, mask)
        return F.normalize(self.head(self.dropout(torch.tanh(self.pooler(h[:, 0])))).float(), dim=1)


class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.gin, self.head = Gin(GIN_LAYERS, GIN_DIM), head(GIN_DIM, JOINT)

    def forward(self, atoms, bonds, source, target, owner, n):
        return F.normalize(self.head(self.gin((atoms, bonds, source, target, owner, n))).float(), dim=1)


class Batch:
    def __init__(self, n, number, device):
        d = synthetic.make(n, number)

        def put(x):
            return torch.from_numpy(x).to(device)

        self.n, self.checksum = n, d["checksum"]
        self.text = put(d["ids"]), put(d["mask"])[:, None, None, :]
        self.graph = put(d["atoms"]), put(d["bonds"]), put(d["source"]), put(d["target"]), put(d["owner"]), n
        self.tokens, self.padded, self.squares, self.atoms = int(d["lengths"].sum()), d["ids"].size, float((d["lengths"] ** 2).sum()), int(d["sizes"].sum())


class Bench:
    def __init__(self, o, precision):
        self.o, self.precision, self.cuda = o, precision, o.device.startswith("cuda")
        self.layers, self.dim, self.heads, self.ffn = (2, 64, 1, 256) if o.tiny else (6, 384, 6, 1536)
        self.who = "pytorch" if o.mode == "eager" else "pytorch compiled"
        torch.manual_seed(1)
        self.text, self.graph = Text(self.layers, self.dim, self.heads, self.ffn, 0.1).to(o.device), Graph().to(o.device)
        parameters = [*self.text.parameters(), *self.graph.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=1e-5, fused=True)
        self.f_text, self.f_graph, self.f_loss = self.text, self.graph, infonce
        if o.mode == "compile":
            self.f_text, self.f_graph, self.f_loss = torch.compile(self.text), torch.compile(self.graph), torch.compile(infonce)

    def autocast(self):
        return torch.autocast(self.o.device.split(":")[0], torch.bfloat16, enabled=self.precision == "bf16")

    def wait(self):
        if self.cuda:
            torch.cuda.synchronize()

    def say(self, bench, **values):
        print(json.dumps({"bench": bench, "who": self.who, "device": self.o.device, "precision": self.precision, **values}), flush=True)

    def time(self, work):
        """Seconds of one run; as bench_time in bench_gpu.c."""
        for _ in range(3):
            work()
        self.wait()
        n = 1
        while True:
            start = time.perf_counter()
            for _ in range(n):
                work()
            self.wait()
            took = time.perf_counter() - start
            if took >= self.o.seconds:
                return took / n
            n *= 2

    def peak(self):
        n = 256 if self.o.tiny else 8192
        kind = torch.bfloat16 if self.precision == "bf16" else torch.float32
        a, b = (torch.rand(n, n, device=self.o.device).mul_(2).sub_(1).to(kind) for _ in range(2))
        c = torch.empty(n, n, device=self.o.device, dtype=kind)
        self.say("gpu_peak", n=n, tflop_per_s=float(f"{2e-12 * n ** 3 / self.time(lambda: torch.mm(a, b.t(), out=c)):.4g}"))

    # ---- the training step ----

    def step(self, b):
        with self.autocast():
            loss = self.f_loss(self.f_graph(*b.graph), self.f_text(*b.text))
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return loss

    def train_pass(self, batches):
        self.wait()
        host, start = 0.0, time.perf_counter()
        for b in batches:
            loss = self.step(b)
        host = time.perf_counter() - start
        self.wait()
        return time.perf_counter() - start, host, loss

    def flops(self, b):
        d, g = self.dim, GIN_DIM
        text = self.layers * (b.tokens * (4 * d * d + 2 * d * self.ffn) + 2 * b.squares * d) + b.n * (2 * d * d + d * JOINT)
        graph = b.atoms * GIN_LAYERS * 4 * g * g + b.n * (g * g + g * JOINT)
        return 3 * 2 * (text + graph + b.n * b.n * JOINT)

    def steps(self, n):
        warm, steps = (1, 2) if self.o.tiny else (WARM, STEPS)
        batches = [Batch(n, k, self.o.device) for k in range(warm + steps)]
        self.text.train()
        self.graph.train()
        self.train_pass(batches[:warm])
        fresh, _, _ = self.train_pass(batches[warm:])
        again, host, loss = self.train_pass(batches[warm:])
        work, tokens = sum(map(self.flops, batches[warm:])), sum(b.tokens for b in batches[warm:])
        self.say("gpu_step", batch=n, steps=steps, ms_per_step=round(1e3 * again / steps, 3), fresh_ms_per_step=round(1e3 * fresh / steps, 3),
                 host_ms_per_step=round(1e3 * host / steps, 3), host_share=round(host / again, 3), tokens_per_s=round(tokens / again),
                 molecules_per_s=round(n * steps / again), tokens_per_step=tokens / steps,
                 padded_tokens_per_step=sum(b.padded for b in batches[warm:]) / steps, gflop_per_step=round(1e-9 * work / steps, 2),
                 tflop_per_s=float(f"{1e-12 * work / again:.4g}"), loss=round(loss.item(), 4), checksum=sum(b.checksum for b in batches[warm:]) & 0xFFFFFFFF,
                 peak_mib=round(torch.cuda.max_memory_allocated() / 1048576) if self.cuda else None)

    # ---- the towers alone ----

    def towers(self, n):
        batches = [Batch(n, k, self.o.device) for k in range(1 if self.o.tiny else WARM)]
        self.text.eval()
        self.graph.eval()
        at = 0
        for side in ("text", "graph"):
            def embed():
                nonlocal at
                b = batches[at % len(batches)]
                at += 1
                with torch.inference_mode(), self.autocast():
                    (self.f_text(*b.text) if side == "text" else self.f_graph(*b.graph)).cpu()
            for _ in batches:
                embed()
            s = self.time(embed)
            self.say("gpu_embed", side=side, batch=n, ms=round(1e3 * s, 3), rows_per_s=round(n / s))

    def guarded(self, work, bench, n):
        try:
            work(n)
        except torch.OutOfMemoryError:
            self.say(bench, batch=n, failed="does not fit")
        self.optimiser.zero_grad(set_to_none=True)
        if self.cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--device", default="cuda")
    p.add_argument("--mode", default="eager", choices=("eager", "compile"))
    p.add_argument("--precision", default="both", choices=("bf16", "f32", "both"))
    p.add_argument("--batch", default="256,1024,4096")
    p.add_argument("--only", default="peak,step,towers")
    p.add_argument("--seconds", type=float, default=0.3)
    p.add_argument("--tiny", action="store_true")
    o = p.parse_args()
    for precision in ("bf16", "f32"):
        if o.precision not in (precision, "both"):
            continue
        b = Bench(o, precision)
        if "peak" in o.only and o.mode == "eager":
            b.peak()
        for n in map(int, o.batch.split(",")):
            if "step" in o.only:
                b.guarded(b.steps, "gpu_step", n)
            if "towers" in o.only:
                b.guarded(b.towers, "gpu_embed", n)
        del b
        if o.mode == "compile":
            torch.compiler.reset()


if __name__ == "__main__":
    main()
