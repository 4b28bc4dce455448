"""Golden values of the writer and of the latent flow, made by PyTorch: tests/fixtures/writer/{direct,latent,copy,slots,flow,aligned}.safetensors.

Tiny models in plain functional PyTorch, fp32, sequences one by one (nothing padded). Each file: weights ("w.<name>"), inputs, outputs, the
loss, every gradient ("g.<name>"), and the weights after ten AdamW steps ("a.<name>").

    python tests/parity/writer_golden.py tests/fixtures/writer        (needs torch, safetensors; not part of the tests)
"""
import json
import math
import pathlib
import re
import struct
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WORDS, TOKENS, D, HEADS, FFN, LAYERS, POSITIONS = 20, 12, 16, 2, 24, 2, 24
K, DIM, NOISE = 3, 4, 0.1
R = 2                                            # tokens a latent, of the writer with slots
MAX_TEXT, MAX_TOKENS, BOS, EOS = 6, 9, 1, 2      # of the copying writer: two molecules beside the sentence
A = dict(aligned=8, dim=4, latents=6, r=5, least=4, space=10, noise=0.3, aligned_noise=0.2)   # of the writer with aligned latents
FLOW = dict(d=12, heads=3, ffn=20, layers=2, vocab=20)
OPTIM = dict(lr=1e-4, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01)


class Weights(dict):
    """Parameters by our names, drawn when first asked for; norms around one."""

    def __init__(self, seed):
        super().__init__()
        self.rng = torch.Generator().manual_seed(seed)

    def get(self, name, *shape, one=False, frozen=None):
        if name not in self:
            v = torch.randn(shape, generator=self.rng) * (0.1 if len(shape) == 1 else 0.35)
            v = torch.full(shape, float(frozen)) if frozen is not None else v + (1 if one else 0)
            self[name] = v.requires_grad_(frozen is None)
        return self[name]

    def dense(self, name, x, out):
        return F.linear(x, self.get(name + ".weight", out, x.shape[-1]), self.get(name + ".bias", out))

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.get(name + ".weight", x.shape[-1], one=True), self.get(name + ".bias", x.shape[-1]), 1e-5)


def attend(q, k, v, heads, causal=False):
    n, d = q.shape
    q, k, v = (x.view(len(x), heads, -1).transpose(0, 1) for x in (q, k, v))
    s = q @ k.transpose(1, 2) / math.sqrt(d // heads)
    if causal:
        s = s + torch.full((n, n), -math.inf).triu(1)
    return (s.softmax(-1) @ v).transpose(0, 1).reshape(n, d)


def encoder(w, name, ids, vocab, d, heads, ffn, layers, positions=None):
    table = w.get(f"{name}.embeddings.weight", vocab + POSITIONS, d)
    h = table[ids] + table[vocab + (torch.arange(len(ids)) if positions is None else positions)]
    for i in range(layers):
        p = f"{name}.encoder.layer.{i}"
        q, k, v = w.dense(f"{p}.attention.self.qkv", w.norm(f"{p}.attention.output.LayerNorm", h), 3 * d).chunk(3, -1)
        h = h + w.dense(f"{p}.attention.output.dense", attend(q, k, v, heads), d)
        x = F.gelu(w.dense(f"{p}.intermediate.dense", w.norm(f"{p}.output.LayerNorm", h), ffn))
        h = h + w.dense(f"{p}.output.dense", x, d)
    return w.norm(f"{name}.encoder.LayerNorm", h)


def decoder(w, ids, memory, hints=0, tokens=TOKENS):
    h = w.get("decoder.tokens.weight", tokens, D)[ids] + w.get("decoder.positions.weight", POSITIONS, D)[:len(ids)] + hints
    for i in range(LAYERS):
        p = f"decoder.layer.{i}"
        q, k, v = w.dense(f"{p}.self.qkv", w.norm(f"{p}.self.norm", h), 3 * D).chunk(3, -1)
        h = h + w.dense(f"{p}.self.out", attend(q, k, v, HEADS, True), D)
        q = w.dense(f"{p}.cross.query", w.norm(f"{p}.cross.norm", h), D)
        k, v = w.dense(f"{p}.cross.kv", memory, 2 * D).chunk(2, -1)
        h = h + w.dense(f"{p}.cross.out", attend(q, k, v, HEADS), D)
        h = h + w.dense(f"{p}.ffn.down", F.gelu(w.dense(f"{p}.ffn.up", w.norm(f"{p}.ffn.norm", h), FFN)), D)
    return F.linear(w.norm("decoder.norm", h), w["decoder.tokens.weight"], w.get("decoder.tokens.bias", tokens))


def latents(w, states):
    k, v = w.dense("latent.kv", states, 2 * D).chunk(2, -1)
    z = w.dense("latent.squeeze", attend(w.get("latent.queries", K, D), k, v, HEADS), DIM)
    return F.layer_norm(z, (DIM,), w.get("latent.unit.weight", DIM, frozen=1), w.get("latent.unit.bias", DIM, frozen=0), 1e-5)


def distance(a, b):
    """Edit distance of two lists, by the textbook recursion over suffixes."""
    if not a or not b:
        return len(a) + len(b)
    return min(distance(a[:-1], b[:-1]) + (a[-1] != b[-1]), distance(a[:-1], b) + 1, distance(a, b[:-1]) + 1)


def agreement(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[-1 - n] == b[-1 - n]:
        n += 1
    return n


def place(written, molecule):
    """The prefix of the molecule that a prefix of the target has got to: least distance, longest agreement, longest."""
    best = min(range(len(molecule) + 1), key=lambda j: (distance(written, molecule[:j]), -agreement(written, molecule[:j]), -j))
    return best, agreement(written, molecule[:best])


def copy_logits(w, text, molecules, target):
    """The sentence and molecules beside it; the decoder is shown its place in the first one."""
    ids, positions, nexts, first = list(text), list(range(len(text))), [-1] * len(text), None
    for k, m in enumerate(molecules):
        first = len(ids) if k == 0 else first
        ids += [WORDS + BOS] + [WORDS + t for t in m]
        positions += [MAX_TEXT + k * MAX_TOKENS + i for i in range(len(m) + 1)]
        nexts += m + [EOS]
    memory = encoder(w, "encoder", torch.tensor(ids), WORDS + TOKENS, D, HEADS, FFN, LAYERS, torch.tensor(positions))
    c, look, agree = w.get("copy.next.weight", TOKENS, D), w.get("copy.look.weight", D, D), w.get("copy.agree.weight", 8, D)
    memory = torch.stack([row + c[n] if n >= 0 else row for row, n in zip(memory, nexts)])
    hints = torch.zeros(len(target) - 1, D)
    if first is not None:
        at = [place(target[1:i + 1], molecules[0]) for i in range(len(target) - 1)]
        hints = torch.stack([look @ memory[first + j] + agree[min(n, 7)] for j, n in at])
    return ids, positions, decoder(w, torch.tensor(target[:-1]), memory, hints)


def copy_loss(w, rows):
    logits = torch.cat([copy_logits(w, *row)[2] for row in rows])
    return F.cross_entropy(logits, torch.tensor(sum([row[2][1:] for row in rows], []))), logits


def slot_latents(w, states):
    """Slot j holds token j; longer inputs are read between tokens."""
    n, slots = len(states), K * R
    if n <= slots:
        x = torch.cat([states, torch.zeros(slots - n, D)])
    else:
        at = [(j + 0.5) * n / slots - 0.5 for j in range(slots)]
        x = torch.stack([states[int(a)] * (1 - (a - int(a))) + states[min(int(a) + 1, n - 1)] * (a - int(a)) for a in at])
    z = w.dense("latent.squeeze", x.reshape(K, R * D), DIM)
    return F.layer_norm(z, (DIM,), w.get("latent.unit.weight", DIM, frozen=1), w.get("latent.unit.bias", DIM, frozen=0), 1e-5)


def slots_loss(w, inputs, targets, noise):
    logits, nexts, zs = [], [], []
    for ids, tokens, e in zip(inputs, targets, noise):
        states = encoder(w, "encoder", ids, WORDS + TOKENS, D, HEADS, FFN, LAYERS)
        zs.append(slot_latents(w, states[1:] if ids[0] == WORDS + BOS else states))
        memory = w.dense("latent.widen", zs[-1] + NOISE * e, R * D).reshape(K * R, D) + w.get("latent.places", K * R, D)
        look = w.get("latent.look.weight", D, D)
        hints = torch.stack([look @ memory[i] if i < K * R else torch.zeros(D) for i in range(len(tokens) - 1)])
        logits.append(decoder(w, tokens[:-1], memory, hints))
        nexts.append(tokens[1:])
    logits, nexts = torch.cat(logits), torch.cat(nexts)
    return F.cross_entropy(logits, nexts), logits, torch.cat(zs)


def writer_loss(w, inputs, targets, noise):
    """noise None: the direct model."""
    logits, nexts, zs = [], [], []
    for i, (ids, tokens) in enumerate(zip(inputs, targets)):
        memory = encoder(w, "encoder", ids, WORDS + TOKENS, D, HEADS, FFN, LAYERS)
        if noise is not None:
            zs.append(latents(w, memory))
            memory = w.dense("latent.widen", zs[-1] + NOISE * noise[i], D) + w.get("latent.places", K, D)
        logits.append(decoder(w, tokens[:-1], memory))
        nexts.append(tokens[1:])
    logits, nexts = torch.cat(logits), torch.cat(nexts)
    return F.cross_entropy(logits, nexts), logits, torch.cat(zs) if zs else None


def velocity(w, z, time, states, near=None):
    d, heads, half = FLOW["d"], FLOW["heads"], FLOW["d"] // 2
    angle = 1000 * time * torch.exp(torch.arange(half) * -(math.log(10000) / half))
    c = F.gelu(w.dense("flow.time.1", F.gelu(w.dense("flow.time.0", torch.cat([angle.sin(), angle.cos()])[None], d)), d))
    h = w.dense("flow.in", z, d) + w.get("flow.places", K, d)
    wm = w.get("flow.memory.weight", d, DIM)
    h = h + near @ wm.T if near is not None else h
    for i in range(FLOW["layers"]):
        p = f"flow.layer.{i}"
        x = w.norm(f"{p}.self.norm", h)
        x = x * (1 + w.dense(f"{p}.self.scale", c, d)) + w.dense(f"{p}.self.shift", c, d)
        q, k, v = w.dense(f"{p}.self.qkv", x, 3 * d).chunk(3, -1)
        h = h + w.dense(f"{p}.self.gate", c, d) * w.dense(f"{p}.self.out", attend(q, k, v, heads), d)
        q = w.dense(f"{p}.cross.query", w.norm(f"{p}.cross.norm", h), d)
        k, v = w.dense(f"{p}.cross.kv", states, 2 * d).chunk(2, -1)
        h = h + w.dense(f"{p}.cross.out", attend(q, k, v, heads), d)
        x = w.norm(f"{p}.ffn.norm", h)
        x = x * (1 + w.dense(f"{p}.ffn.scale", c, d)) + w.dense(f"{p}.ffn.shift", c, d)
        h = h + w.dense(f"{p}.ffn.gate", c, d) * w.dense(f"{p}.ffn.down", F.gelu(w.dense(f"{p}.ffn.up", x, FLOW["ffn"])), d)
    return w.dense("flow.out", w.norm("flow.norm", h), DIM)


def text_states(w, ids):
    return encoder(w, "flow.text", ids, FLOW["vocab"], FLOW["d"], FLOW["heads"], FLOW["ffn"], FLOW["layers"])


def flow_loss(w, texts, z, noise, times, near):
    vs = [velocity(w, (1 - times[i]) * noise[i] + times[i] * z[i], times[i], text_states(w, ids), near[i]) for i, ids in enumerate(texts)]
    return ((torch.stack(vs) - (z - noise)) ** 2).mean(), torch.cat(vs)


def flow_sample(w, text, none, near, noise, steps, guidance):
    def v(x, t):
        return guidance * velocity(w, x, t, text_states(w, text), near) + (1 - guidance) * velocity(w, x, t, text_states(w, none))
    z, h = noise.clone(), 1 / steps
    for i in range(steps):
        a = v(z, torch.tensor(i * h))
        z = z + h / 2 * (a + v(z + h * a, torch.tensor((i + 1) * h)))
    return z


def train(w, loss_of, out):
    loss = loss_of()
    trained = {k: p for k, p in w.items() if p.requires_grad}
    loss.backward()
    for k, p in w.items():
        out["w." + k] = p.detach().clone()
    for k, p in trained.items():
        out["g." + k] = p.grad.clone()
    optim = torch.optim.AdamW([p for p in trained.values()], **OPTIM)
    losses = []
    for _ in range(10):
        optim.zero_grad()
        loss = loss_of()
        loss.backward()
        for p in trained.values():      # rounding error around an exact zero (a key's bias) is no gradient
            p.grad[p.grad.abs() < 3e-7] = 0
        losses.append(loss.item())
        optim.step()
    for k, p in trained.items():
        out["a." + k] = p.detach().clone()
    out["losses"] = torch.tensor(losses)


def packed(out, name, rows):
    out[name + ".ids"] = torch.cat(rows).to(torch.int32)
    out[name + ".sizes"] = torch.tensor([len(r) for r in rows], dtype=torch.int32)


def write_writer(path, latent):
    w, out, rng = Weights(5 + latent), {}, torch.Generator().manual_seed(3)
    inputs = [torch.randint(0, WORDS + TOKENS, (n,), generator=rng) for n in (5, 1, 9, 14)]
    targets = [torch.randint(0, TOKENS, (n,), generator=rng) for n in (4, 12, 2, 7)]
    noise = torch.randn(len(inputs), K, DIM, generator=rng) if latent else None
    with torch.no_grad():
        _, logits, z = writer_loss(w, inputs, targets, noise)
    packed(out, "input", inputs)
    packed(out, "target", targets)
    out["logits"] = logits
    if latent:
        out["noise"], out["latents"] = noise, z
    train(w, lambda: writer_loss(w, inputs, targets, noise)[0], out)
    save_file(out, path)


def write_slots(path):
    """Inputs with fewer tokens than slots, as many, one more and many more, behind <s> and without it."""
    w, out, rng = Weights(11), {}, torch.Generator().manual_seed(6)
    bos = torch.tensor([WORDS + BOS])
    inputs = [torch.cat([bos, torch.randint(WORDS + 3, WORDS + TOKENS, (n,), generator=rng)]) for n in (4, 6, 7, 0, 16)]
    inputs.append(torch.randint(0, WORDS, (3,), generator=rng))
    targets = [torch.randint(0, TOKENS, (n,), generator=rng) for n in (5, 7, 12, 2, 9, 4)]
    noise = torch.randn(len(inputs), K, DIM, generator=rng)
    with torch.no_grad():
        _, logits, z = slots_loss(w, inputs, targets, noise)
    packed(out, "input", inputs)
    packed(out, "target", targets)
    out["logits"], out["noise"], out["latents"] = logits, noise, z
    train(w, lambda: slots_loss(w, inputs, targets, noise)[0], out)
    save_file(out, path)


def smiles_vocab():
    """Tokens of the shipped writer."""
    data = (pathlib.Path(__file__).parents[2] / "models/writer.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    a, b = json.loads(data[8:8 + size])["vocab.smiles"]["data_offsets"]
    return data[8 + size + a:8 + size + b]


def graph(tokens):
    """Atoms' tokens, the atom of every token, bonds (a, b, kind from a, kind from b)."""
    symbols, flipped = ["", "-", "=", "#", "$", ":", "/", "\\"], {"/": "\\", "\\": "/"}
    atoms, owner, bonds, stack, rings, last, symbol = [], [], [], [], {}, None, ""

    def bond(a, b, s, ring):
        bonds.append((a, b, symbols.index(s) + 8 * ring, symbols.index(flipped.get(s, s)) + 8 * ring))

    for i, t in enumerate(tokens):
        if t in symbols:
            symbol = t
        elif t == "(":
            stack.append(last)
        elif t == ")":
            last = stack.pop()
        elif t[0].isdigit() or t[0] == "%":
            if t in rings:
                a, s = rings.pop(t)
                bond(a, last, symbol or s, 1)
            else:
                rings[t] = last, symbol
            symbol = ""
        elif t != ".":
            atoms.append(i)
            if last is not None:
                bond(last, len(atoms) - 1, symbol, 0)
            last, symbol = len(atoms) - 1, ""
        owner.append(last)
        if t == ".":
            last = None
    return atoms, owner, bonds


def pieces(tokens):
    """Where every token goes, and the one behind them: (piece, offset)."""
    at, out = (0, 0), []
    for t in tokens:
        out.append(at)
        n = at[1] + 1
        ends = t == ")" or t[0].isdigit() or t[0] == "%"
        at = (at[0] + 1, 0) if n == A["r"] or (ends and n >= A["least"]) else (at[0], n)
    return out + [at]


def aligned_latents(w, vocab, tokens, vector):
    ids = torch.tensor([vocab.index(t) for t in tokens])
    a = vector @ w["latent.basis"].T
    a = a / a.norm().clamp(min=1e-6) * math.sqrt(A["aligned"])
    atoms, owner, bonds = graph(tokens)
    h = w.get("latent.graph.x_embedding.weight", len(vocab), D)[ids[atoms]]
    for i in range(LAYERS):
        p, edge = f"latent.graph.gnns.{i}", w.get(f"latent.graph.gnns.{i}.edge_embedding.weight", 17, D)
        m = list(h + edge[16])
        for x, y, ahead, back in bonds:
            m[y], m[x] = m[y] + h[x] + edge[ahead], m[x] + h[y] + edge[back]
        v = w.norm(f"latent.graph.layer_norms.{i}", w.dense(f"{p}.mlp.2", F.relu(w.dense(f"{p}.mlp.0", torch.stack(m), FFN)), D))
        h = h + (v if i == LAYERS - 1 else F.relu(v))
    x = w.get("latent.tokens.weight", len(vocab), D)[ids] + h[owner]
    slots = A["latents"] - A["aligned"] // A["dim"]
    table = [[torch.zeros(D)] * A["r"] for _ in range(slots)]
    for row, (piece, offset) in zip(x, pieces(tokens)):
        if piece < slots:
            table[piece][offset] = row
    z = w.dense("latent.squeeze", torch.stack([torch.cat(p) for p in table]), A["dim"])
    z = F.layer_norm(z, (A["dim"],), w.get("latent.unit.weight", A["dim"], frozen=1), w.get("latent.unit.bias", A["dim"], frozen=0), 1e-5)
    return torch.cat([a.reshape(-1, A["dim"]), z])


def aligned_logits(w, vocab, z, target, draft):
    first = A["aligned"] // A["dim"]
    wide = F.gelu(w.dense("latent.meaning", z[:first].reshape(1, -1), 2 * D))
    memory = torch.cat([w.dense("latent.rows", wide, first * D).reshape(first, D), w.dense("latent.widen", z[first:], D)])
    memory = memory + w.get("latent.places", A["latents"], D)
    said = w.dense("latent.next", z[first:], A["r"] * D).reshape(-1, A["r"], D)
    agree, other, whole = w.get("latent.agree.weight", 8, D), w.get("latent.draft.weight", 1, D)[0], w.dense("latent.look", wide, D)[0]
    hints, own = [], pieces(target)
    for i in range(len(target) + 1):
        j, n = place(target[:i], draft) if draft else (i, 0)
        piece, offset = pieces(draft)[j] if draft else own[i]
        row = whole + (said[piece][offset] if piece < len(said) else 0)
        hints.append(row + (agree[min(n, 7)] + other if draft else 0))
    ids = torch.tensor([BOS] + [vocab.index(t) for t in target])
    return decoder(w, ids, memory, torch.stack(hints), len(vocab))


def aligned_loss(w, vocab, rows, noise, keep):
    logits, nexts, zs = [], [], []
    for (target, draft, vector), e, k in zip(rows, noise, keep):
        z = aligned_latents(w, vocab, draft or target, vector)
        size = torch.tensor([[A["aligned_noise"]]] * (A["aligned"] // A["dim"]) + [[A["noise"]]] * (A["latents"] - A["aligned"] // A["dim"]))
        zs.append(z)
        logits.append(aligned_logits(w, vocab, (z + size * e) * k[:, None], target, draft))
        nexts += [vocab.index(t) for t in target] + [2]
    logits = torch.cat(logits)
    return F.cross_entropy(logits, torch.tensor(nexts)), logits, torch.cat(zs)


def write_aligned(path):
    """Rings, branches, stereo bonds, several components, more than fits; drafts; parts left out; no vector."""
    text = smiles_vocab()
    vocab, split = text.decode().split("\n"), re.compile(r"\[[^\]]*\]|Cl|Br|%\d\d|.")
    vocab = vocab[:-1] if not vocab[-1] else vocab
    strings = [("CC(=O)Oc1cccc(Cl)c1", None), ("C/C=C\\C#N", None), ("C1CC1.[Na+]", None), ("O", None), ("CC(N)=O", "CC(O)=O"),
               ("OCC1CC1", "NCC1CCC1")]
    w, out, rng = Weights(13), {}, torch.Generator().manual_seed(8)
    w["latent.basis"] = torch.randn(A["aligned"], A["space"], generator=rng)
    rows = [(split.findall(a), split.findall(b) if b else None, torch.randn(A["space"], generator=rng)) for a, b in strings]
    rows[3][2].zero_()
    noise = torch.randn(len(rows), A["latents"], A["dim"], generator=rng)
    keep = torch.ones(len(rows), A["latents"])
    keep[1, 2:], keep[2, :2], keep[0, 3] = 0, 0, 0
    with torch.no_grad():
        _, logits, z = aligned_loss(w, vocab, rows, noise, keep)
    packed(out, "input", [torch.tensor([BOS] + [vocab.index(t) for t in draft or target]) for target, draft, _ in rows])
    packed(out, "target", [torch.tensor([BOS] + [vocab.index(t) for t in target] + [2]) for target, _, _ in rows])
    out["vocab"] = torch.tensor(list(text), dtype=torch.uint8)
    out["space"], out["noise"], out["keep"], out["latents"], out["logits"] = torch.stack([r[2] for r in rows]), noise, keep, z, logits
    out["draft"] = torch.tensor([r[1] is not None for r in rows], dtype=torch.uint8)
    train(w, lambda: aligned_loss(w, vocab, rows, noise, keep)[0], out)
    save_file(out, path)


def write_copy(path):
    """Rows: a molecule edited (substitution, insertion, deletion), no molecule, two molecules, an empty one, a long copy, no sentence."""
    w, out = Weights(7), {}
    long = [4, 5, 6, 4, 5, 7, 4, 8]
    rows = [([3, 1, 7], [[4, 5, 4, 6, 7, 8]], [1, 4, 5, 9, 6, 3, 7, 2]), ([0, 2], [], [1, 5, 6, 2]), ([4], [[4, 4, 4, 5], [6, 7]], [1, 4, 4, 5, 6, 2]),
            ([9, 9], [[]], [1, 4, 2]), ([], [long], [1] + long + [2]), ([5], [long], [1] + long[2:] + [9, 9, 2])]
    inputs, positions = zip(*[[torch.tensor(x) for x in copy_logits(w, *row)[:2]] for row in rows])
    packed(out, "input", inputs)
    out["input.positions"] = torch.cat(positions).to(torch.int32)
    packed(out, "target", [torch.tensor(row[2]) for row in rows])
    with torch.no_grad():
        out["logits"] = copy_loss(w, rows)[1]
    train(w, lambda: copy_loss(w, rows)[0], out)
    save_file(out, path)


def write_flow(path):
    w, out, rng = Weights(9), {}, torch.Generator().manual_seed(4)
    texts = [torch.randint(0, FLOW["vocab"] - 1, (n,), generator=rng) for n in (3, 11, 1)]
    none = torch.tensor([FLOW["vocab"] - 1])
    z, noise = (torch.randn(len(texts), K, DIM, generator=rng) for _ in range(2))
    times = torch.tensor([0.1, 0.55, 0.93])
    near = torch.randn(len(texts), K, DIM, generator=rng)
    near[2] = 0                                     # told no neighbour
    packed(out, "text", texts)
    out["z"], out["noise"], out["times"], out["near"] = z, noise, times, near
    with torch.no_grad():
        out["velocity"] = flow_loss(w, texts, z, noise, times, near)[1]
        out["sample"] = flow_sample(w, texts[1], none, near[1], noise[1], 4, 1.5)
    train(w, lambda: flow_loss(w, texts, z, noise, times, near)[0], out)
    save_file(out, path)


def main(folder):
    torch.set_num_threads(1)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_writer(folder / "direct.safetensors", False)
    write_writer(folder / "latent.safetensors", True)
    write_copy(folder / "copy.safetensors")
    write_slots(folder / "slots.safetensors")
    write_flow(folder / "flow.safetensors")
    write_aligned(folder / "aligned.safetensors")


if __name__ == "__main__":
    main(sys.argv[1])
