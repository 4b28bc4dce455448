"""One training step of our unified model (recipes/atomas.toml) in PyTorch, on the batches that bench_atomas --dump wrote.

    train_torch_atomas.py DUMP [--precision bf16|f32] [--warm 2] [--threads 0] [--buckets 8] [--compile]

The same tokens in the same rows, the same weights to begin with, as many parameters and the same first loss (asserted), bf16 by autocast, fused AdamW, clipping, EMA. By PyTorch's best
means: tokens stay packed for all but attention, both directions go through encoder and decoder in one pass (larger products), and
attention pads sequences that are sorted by length, --buckets groups of them (0: one sequence at a time, no padding). What is
copied from where is read from DUMP; bench_atomas finds it within its step. Tensors of a batch are made before the clock starts.
"""
import argparse
import json
import math
import os
import statistics
import sys
import time

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as e:
    print(f"skipped: {e}", file=sys.stderr)
    sys.exit(77)

AGREE = 8


# ---- batches ----

class Place(torch.autograd.Function):
    """Rows into a zero matrix of `size` rows, at `at` (no row twice); backward takes them out."""
    @staticmethod
    def forward(ctx, x, at, size):
        ctx.save_for_backward(at)
        return x.new_zeros(size, x.shape[1]).index_copy_(0, at, x)

    @staticmethod
    def backward(ctx, dy):
        return dy.index_select(0, ctx.saved_tensors[0]), None, None


class Take(torch.autograd.Function):
    """The other way."""
    @staticmethod
    def forward(ctx, x, at):
        ctx.save_for_backward(at)
        ctx.size = x.shape[0]
        return x.index_select(0, at)

    @staticmethod
    def backward(ctx, dy):
        return dy.new_zeros(ctx.size, dy.shape[1]).index_copy_(0, ctx.saved_tensors[0], dy.contiguous()), None


class Padded:
    """Some of the packed sequences, padded to the longest of them."""
    def __init__(self, offsets, which):
        sizes = [int(offsets[s + 1] - offsets[s]) for s in which]
        self.n, self.longest = len(which), max(sizes)
        self.rows = torch.from_numpy(np.concatenate([np.arange(offsets[s], offsets[s + 1]) for s in which]))
        self.at = torch.from_numpy(np.concatenate([k * self.longest + np.arange(n) for k, n in enumerate(sizes)]))
        self.real = torch.arange(self.longest)[None] < torch.tensor(sizes)[:, None]
        self.mask = None if min(sizes) == self.longest else self.real[:, None, None]

    def pad(self, x, heads):            # [packed, d] -> [n, heads, longest, d / heads]
        y = Place.apply(Take.apply(x, self.rows), self.at, self.n * self.longest)
        return y.view(self.n, self.longest, heads, -1).transpose(1, 2)


def buckets(offsets, order, count):
    count = min(count, len(order)) or len(order)
    return [Padded(offsets, part) for part in np.array_split(order, count)]


def to(x):
    return torch.from_numpy(x.astype(np.int64))


class Batch:
    def __init__(self, take, h, groups):
        sides = [[take() for _ in range(10)] for _ in range(2)]
        pure, pure_told, same = take(), take(), take()
        (a, b), start = sides, len(sides[0][1])
        self.read = start, len(b[1])
        self.ids, positions = (np.concatenate([a[k], b[k]]) for k in (1, 2))
        offsets = np.concatenate([a[0], b[0][1:] + start])
        # what comes behind each token that can be copied
        part = np.searchsorted([h.max_text, h.max_text + h.max_tokens, h.max_text + 2 * h.max_tokens], positions, side="right")
        last = np.zeros(len(self.ids), bool)
        last[offsets[1:] - 1] = True
        last[:-1] |= part[1:] != part[:-1]
        after = np.append(self.ids[1:], 0)
        molecule, caption = (part < 3) & (self.ids >= h.words), part == 3
        self.molecule_at, self.caption_at = to(np.flatnonzero(molecule)), to(np.flatnonzero(caption))
        self.molecule_next = to(np.where(last, h.eos, after - h.words)[molecule])
        self.caption_next = to(np.where(last, h.words + 1, after)[caption])
        self.ids, self.positions = to(self.ids), to(positions)
        # targets
        target = np.concatenate([a[3], b[3][1:] + a[3][-1]])
        self.written = int(a[3][-1]), int(b[3][-1])
        self.target_ids = to(a[4]), to(b[4])
        self.target_positions = to(np.concatenate([a[5], b[5]]))
        self.next = to(a[6]), to(np.where((b[6] >= 0) & (b[6] == b[9]), h.words + 2, b[6]))
        self.beside = []
        for side, moved in ((a, 0), (b, start)):
            some = np.flatnonzero(side[7] >= 0)
            self.beside.append((to(some), to(side[7][some] + moved), to(side[8][some])))
        # sequences in order of length: of what is read, of what is written (beside what it reads)
        by = np.argsort(np.diff(offsets), kind="stable")
        self.encoder = buckets(offsets, by, groups)
        by = np.lexsort((np.diff(offsets), np.diff(target)))
        self.decoder = list(zip(buckets(target, by, groups), buckets(offsets, by, groups)))
        # pairs that both directions read alone
        self.texts, self.molecules = Alone(offsets, pure), Alone(offsets, pure_told + len(a[0]) - 1)
        self.same = torch.from_numpy((same[:, None] == same[None]) & ~np.eye(len(same), dtype=bool))


class Alone:
    """Sequences of one modality: their rows, and three levels of sets."""
    def __init__(self, offsets, which):
        self.rows = to(np.concatenate([np.arange(offsets[s], offsets[s + 1]) for s in which]))
        sizes, self.levels = [int(offsets[s + 1] - offsets[s]) for s in which], []
        for k in range(3):
            if k == 1:
                sizes = [min(n, max(8, math.ceil(n * .25 - 1e-4))) for n in sizes]
            elif k == 2:
                sizes = [min(max(4, math.ceil(n * .25 - 1e-4)), min(n, 8)) for n in sizes]
            starts = np.concatenate([[0], np.cumsum(sizes)])
            level = Padded(starts, range(len(sizes)))
            level.total, level.starts, level.sizes = int(starts[-1]), to(starts[:-1]), torch.tensor(sizes)
            level.of = to(np.repeat(np.arange(len(sizes)), sizes))
            self.levels.append(level)


# ---- the model ----

def attend(q, k, v, pairs, heads, causal):
    """Packed rows q of sequences to packed rows k, v of theirs."""
    out = None
    for mine, other in pairs:
        y = F.scaled_dot_product_attention(mine.pad(q, heads), other.pad(k, heads), other.pad(v, heads),
                                           attn_mask=None if causal else other.mask, is_causal=causal)
        y = Take.apply(y.transpose(1, 2).reshape(mine.n * mine.longest, -1), mine.at)
        out = [y] if out is None else out + [y]
    rows = torch.cat([m.rows for m, _ in pairs])
    return Place.apply(torch.cat(out), rows, q.shape[0])


class Layer(nn.Module):
    def __init__(self, d, ffn, heads, cross):
        super().__init__()
        self.heads, self.cross = heads, cross
        self.n1, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.n3, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, ffn), nn.Linear(ffn, d)
        if cross:
            self.n2, self.q, self.kv, self.seen = nn.LayerNorm(d), nn.Linear(d, d), nn.Linear(d, 2 * d), nn.Linear(d, d)

    def forward(self, h, own, context=None, beside=None):
        q, k, v = self.qkv(self.n1(h)).chunk(3, 1)
        h = h + self.out(attend(q, k, v, [(p, p) for p in own], self.heads, self.cross))
        if self.cross:
            k, v = self.kv(context).chunk(2, 1)
            h = h + self.seen(attend(self.q(self.n2(h)), k, v, beside, self.heads, False))
        return h + self.down(F.gelu(self.up(self.n3(h))))


class Merge(nn.Module):
    """APM: sets of a level's tokens."""
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.conv, self.norm, self.score = nn.Linear(3 * d, d, bias=False), nn.LayerNorm(d), nn.Linear(d, 1)
        self.block, self.q, self.kv, self.proj = nn.LayerNorm(d), nn.Linear(d, d), nn.Linear(d, 2 * d), nn.Linear(d, d)

    @staticmethod
    @torch.no_grad()
    def cluster(y, level, sets):
        x = y.new_zeros(level.n * level.longest, y.shape[1]).index_copy_(0, level.at, y).view(level.n, level.longest, -1)
        real = level.real
        D = torch.cdist(x, x) / math.sqrt(y.shape[1])
        D.masked_fill_(~(real[:, :, None] & real[:, None]), math.inf)
        near = D.topk(min(3, level.longest), dim=2, largest=False).values.square()
        rho = torch.exp(-near.masked_fill(near.isinf(), 0).mean(2)).masked_fill(~real, -1)
        i = torch.arange(level.longest)
        denser = (rho[:, None] > rho[:, :, None]) | ((rho[:, None] == rho[:, :, None]) & (i[None, None] < i[None, :, None]))
        delta = D.masked_fill(~denser, math.inf).amin(2)
        farthest = D.masked_fill(D.isinf(), 0).amax((1, 2))
        delta = torch.where(delta.isinf(), farthest[:, None], delta)
        most = sets.longest
        centres = (rho * delta).masked_fill(~real, -1).topk(most, dim=1).indices
        to_centre = D.gather(2, centres[:, None].expand(-1, level.longest, -1)).masked_fill(~sets.real[:, None], math.inf)
        own = to_centre.argmin(2)
        own.scatter_(1, torch.where(sets.real, centres, centres[:, :1]), torch.where(sets.real, torch.arange(most)[None], 0))
        return own.view(-1)[level.at] + sets.starts[level.of]

    def forward(self, x, level, sets):
        wide = Place.apply(x, level.at, level.n * level.longest).view(level.n, level.longest, -1)
        wide = F.pad(wide, (0, 0, 1, 1))
        windows = torch.cat([wide[:, :-2], wide[:, 1:-1], wide[:, 2:]], 2).view(level.n * level.longest, -1)
        y = self.norm(x + self.conv(Take.apply(windows, level.at)))
        score = self.score(y).float()
        ids = self.cluster(y.float(), level, sets)
        top = score.new_full((sets.total,), -math.inf).scatter_reduce(0, ids, score.detach()[:, 0], "amax")
        w = torch.exp(score - top[ids][:, None])
        share = w.new_zeros(sets.total, 1).index_add(0, ids, w)
        z = y.new_zeros(sets.total, y.shape[1]).index_add(0, ids, w * y) / share
        q, (k, v) = self.q(self.block(z)), self.kv(self.block(y)).chunk(2, 1)
        bias = Place.apply(score, level.at, level.n * level.longest).view(level.n, 1, 1, level.longest)
        bias = bias.masked_fill(~level.real[:, None, None], -math.inf).to(q.dtype)
        seen = F.scaled_dot_product_attention(sets.pad(q, self.heads), level.pad(k, self.heads), level.pad(v, self.heads),
                                              attn_mask=bias)
        seen = Take.apply(seen.transpose(1, 2).reshape(sets.n * sets.longest, -1), sets.at)
        return z + self.proj(seen)


class Side(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.weigh = nn.ModuleList(nn.Sequential(nn.Linear(d, 2 * d), nn.ReLU(), nn.Linear(2 * d, 1)) for _ in range(3))
        self.merge = nn.ModuleList(Merge(d, heads) for _ in range(2))
        self.pool = nn.Linear(d, 1)             # has its place in the file; no term of this task uses it

    def forward(self, states, alone):
        out, x = [], states
        for k, level in enumerate(alone.levels):
            if k:
                x = self.merge[k - 1](x, alone.levels[k - 1], level)
            logits = Place.apply(self.weigh[k](x).float(), level.at, level.n * level.longest).view(level.n, level.longest)
            weights = logits.masked_fill(~level.real, -math.inf).softmax(1)
            unit = Place.apply(F.normalize(x.float(), dim=1), level.at, level.n * level.longest)
            out.append((unit.view(level.n, level.longest, -1), weights, level.real))
        return out


def infonce(s, same):
    s = s.float().masked_fill(same, -math.inf)
    y = torch.arange(s.shape[0])
    return .5 * (F.cross_entropy(s, y) + F.cross_entropy(s.t(), y))


def late(a, b):
    (x, wx, rx), (y, wy, ry) = a, b
    r = (x.reshape(-1, x.shape[2]) @ y.reshape(-1, y.shape[2]).t()).view(x.shape[0], x.shape[1], y.shape[0], y.shape[1])
    rows = r.masked_fill(~ry[None, None], -math.inf).amax(3)
    cols = r.masked_fill(~rx[:, :, None, None], -math.inf).amax(1)
    return .5 * ((rows.float() * wx[:, :, None]).sum(1) + (cols.float() * wy[None]).sum(2))


class Model(nn.Module):
    def __init__(self, h):
        super().__init__()
        d, self.h = h.hidden, h
        self.table = nn.Embedding(h.words + h.tokens + h.read_positions, d)
        self.encoder = nn.ModuleList(Layer(d, h.ffn, h.heads, False) for _ in range(h.encoder_layers))
        self.encoder_norm = nn.LayerNorm(d)
        self.tokens, self.positions, self.words = (nn.Embedding(n, d) for n in (h.tokens, h.written_positions, h.words + 3))
        self.bias, self.words_bias = nn.Parameter(torch.zeros(h.tokens)), nn.Parameter(torch.zeros(h.words + 3))
        self.decoder = nn.ModuleList(Layer(d, h.ffn, h.heads, True) for _ in range(h.decoder_layers))
        self.norm = nn.LayerNorm(d)
        self.copy_next = nn.Embedding(h.tokens, d)
        self.look = nn.ModuleList(nn.Linear(d, d, bias=False) for _ in range(2))
        self.agree = nn.ModuleList(nn.Embedding(AGREE, d) for _ in range(2))
        self.say, self.pool = nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.scale, self.temp, self.align_scale = (nn.Parameter(torch.tensor(math.log(1 / .07))) for _ in range(3))
        self.sides = nn.ModuleList(Side(d, 8) for _ in range(2))
        for p in (self.table, self.tokens, self.positions, self.words):
            nn.init.normal_(p.weight, 0, .02)

    def pooled(self, x, alone):
        level = alone.levels[0]
        mean = x.new_zeros(level.n, x.shape[1]).index_add(0, level.of, x) / level.sizes[:, None]
        return F.normalize(self.pool(mean).float(), dim=1)

    def forward(self, b):
        h = self.h
        x = self.table(b.ids) + self.table(b.positions + h.words + h.tokens)
        for layer in self.encoder:
            x = layer(x, b.encoder)
        states = self.encoder_norm(x)
        context = states.index_add(0, b.molecule_at, self.copy_next(b.molecule_next))
        context = context.index_add(0, b.caption_at, self.say(20 * self.words(b.caption_next)).float())
        rows = []
        for k, table in enumerate((self.tokens, self.words)):
            at, beside, agree = b.beside[k]
            hint = self.look[k](context.index_select(0, beside)).float() + self.agree[k](agree)
            rows.append(table(b.target_ids[k]).index_add(0, at, hint))
        y = torch.cat(rows) + self.positions(b.target_positions)
        own = [p for p, _ in b.decoder]
        for layer in self.decoder:
            y = layer(y, own, context, b.decoder)
        a, c = self.norm(y).split(b.written)
        n = sum(b.written)
        loss = F.cross_entropy(F.linear(a, self.tokens.weight, self.bias), b.next[0], ignore_index=-1) * (b.written[0] / n)
        loss = loss + F.cross_entropy(F.linear(c, self.words.weight, self.words_bias), b.next[1], ignore_index=-1) * (b.written[1] / n)
        if len(b.same) > 1:
            texts, molecules = states.index_select(0, b.texts.rows), states.index_select(0, b.molecules.rows)
            scale = self.scale.clamp(max=math.log(100)).exp()
            u, v = self.pooled(texts, b.texts), self.pooled(molecules, b.molecules)
            loss = loss + .1 * infonce(scale * (u @ v.t()), b.same)
            scale = self.align_scale.clamp(max=math.log(100)).exp()
            for p, q in zip(self.sides[0](texts, b.texts), self.sides[1](molecules, b.molecules)):
                loss = loss + .05 * infonce(scale * late(p, q), b.same)
        return loss


# ---- a step ----

def read(path, groups):
    data, at = np.fromfile(path, np.int32), 0

    def take():
        nonlocal at
        n = int(data[at])
        at += n + 1
        return data[at - n:at].astype(np.int64)

    names = ("words tokens max_text max_tokens read_positions written_positions encoder_layers decoder_layers hidden heads ffn "
             "parameters eos batch batches").split()
    h = argparse.Namespace(**{k: int(v) for k, v in zip(names, take())})
    batches, rest = [Batch(take, h, groups) for _ in range(h.batches)], []
    while at < len(data):
        n = int(data[at])
        rest.append(torch.from_numpy(data[at + 1:at + 1 + n].view(np.float32).copy()))
        at += n + 1
    return h, batches, rest[:-1], float(rest[-1])


def ours(m):
    """The model's parameters in the order of bench_atomas' declarations."""
    def both(*parts):
        return [x for p in parts for x in (p.weight, p.bias)]

    out = [m.table.weight] + both(m.encoder_norm)
    for k in m.encoder:
        out += both(k.qkv, k.out, k.n1, k.up, k.down, k.n3)
    out += [m.tokens.weight, m.positions.weight, m.bias, m.words.weight, m.words_bias] + both(m.norm)
    for k in m.decoder:
        out += both(k.n1, k.qkv, k.out, k.n2, k.q, k.kv, k.seen, k.n3, k.up, k.down)
    out += [m.copy_next.weight, m.look[0].weight, m.agree[0].weight, m.say.weight, m.look[1].weight, m.agree[1].weight]
    out += [m.pool.weight, m.scale]
    for side in m.sides:
        for k in side.weigh:
            out += both(k[0], k[2])
        for k in side.merge:
            out += [k.conv.weight] + both(k.norm, k.score, k.block, k.q, k.kv, k.proj)
        out += both(side.pool)
    return out + [m.temp, m.align_scale]


def begin(model, weights):
    convolutions = {id(k.conv.weight) for side in model.sides for k in side.merge}
    parameters = ours(model)
    assert len(parameters) == len(weights), f"{len(parameters)} parameters, but {len(weights)} in bench_atomas"
    with torch.no_grad():
        for x, w in zip(parameters, weights):
            if id(x) in convolutions:           # [out][in][tap] there, [out][tap][in] here
                w = w.view(x.shape[0], x.shape[0], 3).transpose(1, 2).reshape(-1)
            x.copy_(w.view(x.shape))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dump")
    p.add_argument("--precision", default="bf16")
    p.add_argument("--warm", type=int, default=2)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--buckets", type=int, default=8)
    p.add_argument("--compile", action="store_true")
    o = p.parse_args()
    torch.set_num_threads(o.threads or os.cpu_count())
    torch.manual_seed(1)
    h, batches, weights, first = read(o.dump, o.buckets)
    model = Model(h).train()
    count = sum(x.numel() for x in model.parameters())
    assert count == h.parameters, f"{count} parameters, but {h.parameters} in bench_atomas"
    begin(model, weights)
    run = torch.compile(model, dynamic=True) if o.compile else model
    every = list(model.parameters())
    ema = [x.detach().clone() for x in every]
    groups = [{"params": [x for x in every if x.dim() > 1], "weight_decay": .01},
              {"params": [x for x in every if x.dim() <= 1], "weight_decay": 0}]
    optimiser = torch.optim.AdamW(groups, lr=5e-4, betas=(.9, .98), fused=True)

    def step(batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=o.precision == "bf16"):
            loss = run(batch)
        loss.backward()
        nn.utils.clip_grad_norm_(every, 1.0, foreach=True)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(ema, every, .01)
        return loss.item()

    seconds, processor, used, begun = [], [], batches[o.warm:], None
    for k, batch in enumerate(batches):
        start, cpu = time.perf_counter(), time.process_time()
        loss = step(batch)
        begun = loss if begun is None else begun
        assert k or abs(loss - first) < .01 * first, f"first loss {loss}, but {first} in bench_atomas"
        if k >= o.warm:
            seconds.append(time.perf_counter() - start)
            processor.append(time.process_time() - cpu)
    print(json.dumps({"bench": "train_step_atomas", "who": "pytorch" + (" compiled" if o.compile else ""), "torch": torch.__version__,
                      "precision": o.precision, "buckets": o.buckets, "parameters": count, "batch": h.batch, "steps": len(used), "first_loss": round(begun, 4), "first_loss_there": round(first, 4),
                      "threads": o.threads, "ms_per_step": round(1e3 * statistics.median(seconds), 1),
                      "best_ms": round(1e3 * min(seconds), 1),
                      "cpu_ms_per_step": round(1e3 * statistics.median(processor), 1),
                      "tokens_read": round(statistics.mean(sum(b.read) for b in used)),
                      "tokens_written": round(statistics.mean(sum(b.written) for b in used)), "loss": round(loss, 4)}), flush=True)


if __name__ == "__main__":
    main()
