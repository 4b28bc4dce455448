#!/usr/bin/env python3
"""Golden values for tests/model/test_parity.c: a tiny MoMu in plain PyTorch, fp32.

GIN with BatchNorm (3 layers, 12 wide), BERT (2 layers, 16 wide, 2 heads), two heads into 8 dimensions, the five-term InfoNCE
loss at temperature 0.1, ten AdamW steps with the published settings. Written from the equations of the papers; BERT is checked
against transformers.BertModel. Published parameter names, so the test also exercises loading them.

    python tests/parity/momu_golden.py tests/fixtures/momu      (needs torch, safetensors, transformers; not part of the tests)
"""
import sys
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

GIN = dict(layers=3, dim=12, mlp=24)
BERT = dict(layers=2, hidden=16, heads=2, ffn=32, vocab=40, positions=24, types=2, eps=1e-12)
JOINT, TAU, STEPS = 8, 0.1, 10
OPTIM = dict(lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-5)
SELF_LOOP = 0


class Conv(nn.Module):
    def __init__(self, d, m):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, m), nn.ReLU(), nn.Linear(m, d))
        self.edge_embedding1, self.edge_embedding2 = nn.Embedding(6, d), nn.Embedding(3, d)

    def forward(self, h, src, dst, attr):
        message = h[src] + self.edge_embedding1(attr[:, 0]) + self.edge_embedding2(attr[:, 1])
        total = torch.zeros_like(h).index_add(0, dst, message)
        loop = self.edge_embedding1.weight[SELF_LOOP] + self.edge_embedding2.weight[0]
        return self.mlp(total + h + loop)


class Gin(nn.Module):
    def __init__(self, layers, dim, mlp):
        super().__init__()
        self.x_embedding1, self.x_embedding2 = nn.Embedding(120, dim), nn.Embedding(3, dim)
        self.gnns = nn.ModuleList(Conv(dim, mlp) for _ in range(layers))
        self.batch_norms = nn.ModuleList(nn.BatchNorm1d(dim) for _ in range(layers))

    def forward(self, g):
        x, attr = g["x"].long(), g["edge_attr"].long()
        x2, a2 = x[:, 1].clone(), attr[:, 1].clone()
        x2[x2 > 2] = 0                              # values the published tables lack
        a2[a2 > 2] = 0
        attr = torch.stack([attr[:, 0], a2], 1)
        h = self.x_embedding1(x[:, 0]) + self.x_embedding2(x2)
        for i, (conv, norm) in enumerate(zip(self.gnns, self.batch_norms)):
            h = norm(conv(h, g["src"].long(), g["dst"].long(), attr))
            if i + 1 < len(self.gnns):
                h = F.relu(h)
        sizes = g["sizes"].long()
        owner = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
        return torch.zeros(len(sizes), h.shape[1]).index_add(0, owner, h) / sizes[:, None]


class Layer(nn.Module):
    def __init__(self, d, ffn, heads, eps):
        super().__init__()
        self.heads = heads
        self.attention = nn.ModuleDict({
            "self": nn.ModuleDict({k: nn.Linear(d, d) for k in ("query", "key", "value")}),
            "output": nn.ModuleDict({"dense": nn.Linear(d, d), "LayerNorm": nn.LayerNorm(d, eps)})})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(d, ffn)})
        self.output = nn.ModuleDict({"dense": nn.Linear(ffn, d), "LayerNorm": nn.LayerNorm(d, eps)})

    def forward(self, h):                           # one sequence [L, d]: nothing padded, nothing masked
        n, d = h.shape
        q, k, v = (self.attention["self"][w](h).view(n, self.heads, -1).transpose(0, 1) for w in ("query", "key", "value"))
        a = torch.softmax(q @ k.transpose(1, 2) / (d // self.heads) ** 0.5, -1) @ v
        out = self.attention["output"]
        h = out["LayerNorm"](h + out["dense"](a.transpose(0, 1).reshape(n, d)))
        return self.output["LayerNorm"](h + self.output["dense"](F.gelu(self.intermediate["dense"](h))))


class Bert(nn.Module):
    def __init__(self, layers, hidden, heads, ffn, vocab, positions, types, eps):
        super().__init__()
        self.embeddings = nn.ModuleDict({
            "word_embeddings": nn.Embedding(vocab, hidden), "position_embeddings": nn.Embedding(positions, hidden),
            "token_type_embeddings": nn.Embedding(types, hidden), "LayerNorm": nn.LayerNorm(hidden, eps)})
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(hidden, ffn, heads, eps) for _ in range(layers))})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(hidden, hidden)})

    def states(self, ids):
        e = self.embeddings
        h = e["word_embeddings"](ids) + e["position_embeddings"].weight[:len(ids)] + e["token_type_embeddings"].weight[0]
        h = e["LayerNorm"](h)
        for layer in self.encoder["layer"]:
            h = layer(h)
        return h

    def forward(self, texts):
        return torch.stack([torch.tanh(self.pooler["dense"](self.states(ids)[0])) for ids in texts])


class MoMu(nn.Module):
    def __init__(self):
        super().__init__()
        self.graph_encoder = Gin(**GIN)
        self.text_encoder = nn.ModuleDict({"main_model": Bert(**BERT)})
        g, t = GIN["dim"], BERT["hidden"]
        self.graph_proj_head = nn.Sequential(nn.Linear(g, g), nn.ReLU(), nn.Linear(g, JOINT))
        self.text_proj_head = nn.Sequential(nn.Linear(t, t), nn.ReLU(), nn.Linear(t, JOINT))

    def graph(self, g):
        return F.normalize(self.graph_proj_head(self.graph_encoder(g)), dim=1, eps=1e-12)

    def text(self, t):
        return F.normalize(self.text_proj_head(self.text_encoder["main_model"](t)), dim=1, eps=1e-12)


def infonce(a, b):
    s, target = a @ b.T / TAU, torch.arange(len(a))
    return (F.cross_entropy(s, target) + F.cross_entropy(s.T, target)) / 2


def loss_of(model, batch):
    g1, g2, t1, t2 = model.graph(batch["g1"]), model.graph(batch["g2"]), model.text(batch["t1"]), model.text(batch["t2"])
    loss = (infonce(g1, t1) + infonce(g1, t2) + infonce(g2, t1) + infonce(g2, t2) + infonce(g1, g2)) / 5
    return loss, g1.detach(), t1.detach()


def random_graphs(rng, sizes):
    """Random trees with a few rings, OGB's nine and three columns, including values that the published tables lack."""
    limits = [119, 5, 12, 12, 10, 6, 6, 2, 2]
    x = torch.stack([torch.randint(0, m, (sum(sizes),), generator=rng) for m in limits], 1)
    src, dst, attr, base = [], [], [], 0
    for n in sizes:
        bonds = [(int(torch.randint(0, i, (1,), generator=rng)), i) for i in range(1, n)]
        bonds += [(0, n - 1)] * (n > 4)
        for a, b in bonds:
            kind = [int(torch.randint(0, m, (1,), generator=rng)) for m in (4, 6, 2)]
            src += [base + a, base + b]
            dst += [base + b, base + a]
            attr += [kind, kind]
        base += n
    u8, i32 = torch.uint8, torch.int32
    return dict(x=x.to(u8), src=torch.tensor(src, dtype=i32), dst=torch.tensor(dst, dtype=i32),
                edge_attr=torch.tensor(attr, dtype=u8), sizes=torch.tensor(sizes, dtype=i32))


def random_texts(rng, lengths):
    return [torch.randint(0, BERT["vocab"], (n,), generator=rng) for n in lengths]


def randomise(model, rng):
    """Weights of a size that makes every activation and gradient matter; running statistics away from 0 and 1."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            norm = "LayerNorm" in name or "batch_norms" in name
            p.copy_(torch.randn(p.shape, generator=rng) * (0.1 if norm or p.dim() == 1 else 0.4))
            if norm and name.endswith("weight"):
                p.add_(1)
        for name, b in model.named_buffers():
            if name.endswith("running_mean"):
                b.copy_(torch.randn(b.shape, generator=rng) * 0.2)
            if name.endswith("running_var"):
                b.copy_(torch.rand(b.shape, generator=rng) + 0.5)


def check_against_transformers(bert, texts):
    from transformers import BertConfig, BertModel
    c = BertConfig(vocab_size=BERT["vocab"], hidden_size=BERT["hidden"], num_hidden_layers=BERT["layers"],
                   num_attention_heads=BERT["heads"], intermediate_size=BERT["ffn"], max_position_embeddings=BERT["positions"],
                   type_vocab_size=BERT["types"], layer_norm_eps=BERT["eps"], attn_implementation="eager")
    theirs = BertModel(c).eval()
    missing = theirs.load_state_dict(bert.state_dict(), strict=False)
    assert not missing.unexpected_keys and all("position_ids" in k for k in missing.missing_keys), missing
    with torch.no_grad():
        for ids, ours in zip(texts, bert(texts)):
            assert torch.allclose(theirs(ids[None]).pooler_output[0], ours, atol=2e-6)


def matters(grad):
    """False for elements whose gradient is rounding error around an exact zero on paper (a bias in front of BatchNorm, a key's bias in
    front of softmax): Adam turns it into steps of full length, which no two programs share."""
    return (grad == 0) | (grad.abs() >= 3e-7)


def state(model, prefix=""):
    return {prefix + k: v.detach().clone() for k, v in model.state_dict().items() if "num_batches" not in k}


def main(folder):
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(20220912)
    model = MoMu()
    randomise(model, rng)
    batch = dict(g1=random_graphs(rng, [1, 5, 3, 8, 6, 11]), g2=random_graphs(rng, [2, 4, 3, 6, 6, 9]),
                 t1=random_texts(rng, [1, 7, 24, 3, 12, 5]), t2=random_texts(rng, [4, 2, 9, 16, 1, 8]))
    check_against_transformers(model.text_encoder["main_model"], batch["t1"] + batch["t2"])
    save_file(state(model), f"{folder}/weights.safetensors", {"origin": "tests/parity/momu_golden.py"})
    kvplm = {"module.ptmodel.bert." + k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
             for k, v in state(model.text_encoder["main_model"]).items()}
    save_file(kvplm, f"{folder}/bert_wrapped.safetensors")

    golden = {}
    for view in ("g1", "g2"):
        golden.update({f"{view}.{k}": v for k, v in batch[view].items()})
    for view in ("t1", "t2"):
        golden[f"{view}.ids"] = torch.cat(batch[view]).to(torch.int32)
        golden[f"{view}.sizes"] = torch.tensor([len(t) for t in batch[view]], dtype=torch.int32)
    model.eval()
    with torch.no_grad():
        golden["eval.graph"], golden["eval.text"] = model.graph(batch["g1"]), model.text(batch["t1"])

    model.train()
    optim = torch.optim.AdamW(model.parameters(), **OPTIM)
    losses, sums = [], []
    for step in range(STEPS):
        optim.zero_grad()
        loss, graph, text = loss_of(model, batch)
        loss.backward()
        if step == 0:
            golden.update({"grad." + k: p.grad.clone() for k, p in model.named_parameters()})
            golden["train.graph"], golden["train.text"] = graph, text
        optim.step()
        losses.append(loss.item())
        flat = torch.cat([p.detach()[matters(golden["grad." + k])].double() for k, p in model.named_parameters()])
        sums.append([flat.sum().item(), (flat * flat).sum().item()])
    golden["losses"] = torch.tensor(losses)
    golden["checksums"] = torch.tensor(sums, dtype=torch.float64)
    golden.update(state(model, "final."))
    save_file({k: v.contiguous() for k, v in golden.items()}, f"{folder}/golden.safetensors")
    print("losses", losses)


if __name__ == "__main__":
    main(sys.argv[1])
