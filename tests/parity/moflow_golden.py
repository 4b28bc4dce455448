"""Golden values of MoFlow, made by PyTorch: tests/fixtures/moflow/{mix,swap}.safetensors.

A twin of src/model/moflow in plain functional PyTorch, fp32, written from docs/reference/momu.md 11 and the files' opening comments: image-shaped
tensors and conv2d for the bonds, all rows and BatchNorm1d over nodes for the atoms, as published. Each file: weights ("w.<name>"), a batch, and
  train.*   with batch statistics: latents, log-determinants, bits, loss, every gradient ("g.<name>"), running statistics afterwards ("b.<name>")
  eval.*    with running statistics: latents, and log |det| of the Jacobian of one molecule by autograd (slogdet in double)
  back.*    the way back from other latents, with soft bonds: symmetric logits, bonds, atoms
  read.*    the reader of that soft graph, and the gradients of a sum of its output with respect to both latents

    python tests/parity/moflow_golden.py tests/fixtures/moflow        (needs torch, safetensors; not part of the tests)
"""
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

B, SHARP = 3, 3.0


class Weights(dict):
    def __init__(self, seed):
        super().__init__()
        self.rng = torch.Generator().manual_seed(seed)

    def get(self, name, *shape, scale=0.3, one=False):
        if name not in self:
            v = torch.randn(shape, generator=self.rng) * scale + (1 if one else 0)
            if name.endswith("running_var"):
                v = v.abs() + 0.5
            self[name] = v.requires_grad_(not ("running" in name or "permutation" in name))
        return self[name]


class Twin:
    def __init__(self, w, n, types, f, bond_flows, hidden, middle, mix, atom_flows, graph, atom_hidden, last, reader):
        self.__dict__.update(locals())
        self.c, self.side, self.training, self.moved = 4 * f * f, n // f, True, {}

    # ---- parts ----
    def norm(self, name, x, width, dims):
        """BatchNorm over `dims`, numbers of shape [width]; the running ones move in training."""
        w = self.w
        gamma, beta = w.get(name + ".weight", 1, width, one=True), w.get(name + ".bias", 1, width)
        mean, var = w.get(name + ".running_mean", 1, width), w.get(name + ".running_var", 1, width, one=True)
        keep = [d for d in range(x.dim()) if d not in dims]
        shape = [x.shape[d] if d in keep else 1 for d in range(x.dim())]
        if self.training:
            m, v = x.mean(dims), x.var(dims, unbiased=False)
            count = x.numel() / m.numel()
            self.moved[name + ".running_mean"] = (0.9 * mean + 0.1 * m.detach().reshape(1, -1))
            self.moved[name + ".running_var"] = (0.9 * var + 0.1 * v.detach().reshape(1, -1) * count / (count - 1))
        else:
            m, v = mean, var
        y = (x - m.reshape(shape)) / torch.sqrt(v.reshape(shape) + 1e-5)
        return F.relu(y * gamma.reshape(shape) + beta.reshape(shape))

    def dense(self, name, x, out):
        return F.linear(x, self.w.get(name + ".weight", out, x.shape[-1]), self.w.get(name + ".bias", 1, out)[0])

    # ---- bonds: images [B, C, side, side] ----
    def conv(self, name, x, out, taps):
        weight = self.w.get(name + ".weight", out, taps * taps * x.shape[1])
        kernel = weight.reshape(out, taps, taps, x.shape[1]).permute(0, 3, 1, 2)
        return F.conv2d(x, kernel, self.w.get(name + ".bias", 1, out)[0], padding=taps // 2)

    def bond_net(self, k, x):
        h = self.norm(f"bonds.{k}.norm.0", self.conv(f"bonds.{k}.conv.0", x, self.hidden, 3), self.hidden, (0, 2, 3))
        h = self.norm(f"bonds.{k}.norm.1", self.conv(f"bonds.{k}.conv.1", h, self.hidden, self.middle), self.hidden, (0, 2, 3))
        return self.conv(f"bonds.{k}.conv.2", h, self.c, 3).chunk(2, 1)

    def matrix(self, k):
        w, c, p = self.w, self.c, f"bonds.{k}.mix."
        if p + "permutation" not in w:
            w[p + "permutation"] = torch.randperm(c, generator=w.rng).float().reshape(1, c)
        lower = w.get(p + "lower", 1, c * c, scale=0.1).reshape(c, c).tril(-1) + torch.eye(c)
        upper = w.get(p + "upper", 1, c * c, scale=0.1).reshape(c, c).triu(1) + torch.diag(w.get(p + "log_diagonal", 1, c)[0].exp())
        return torch.eye(c)[w[p + "permutation"][0].long()] @ lower @ upper

    def bond_norm(self, k):
        return (self.w.get(f"bonds.{k}.actnorm.shift", 1, self.c).reshape(1, -1, 1, 1),
                self.w.get(f"bonds.{k}.actnorm.log_scale", 1, self.c).reshape(1, -1, 1, 1))

    def bonds_forward(self, x):
        logdet = torch.zeros(len(x))
        for k in range(self.bond_flows):
            shift, log_scale = self.bond_norm(k)
            x = (x + shift) * log_scale.exp()
            logdet = logdet + self.side ** 2 * log_scale.sum()
            if self.mix:
                x = F.conv2d(x, self.matrix(k)[:, :, None, None])
                logdet = logdet + self.side ** 2 * self.w[f"bonds.{k}.mix.log_diagonal"].sum()
            a, b = x.chunk(2, 1)
            swap = not self.mix and k % 2
            if swap:
                a, b = b, a
            u, t = self.bond_net(k, a)
            b = (b + t) * torch.sigmoid(u)
            logdet = logdet + F.logsigmoid(u).flatten(1).sum(1)
            x = torch.cat((b, a) if swap else (a, b), 1)
        return x, logdet

    def bonds_inverse(self, x):
        for k in reversed(range(self.bond_flows)):
            a, b = x.chunk(2, 1)
            swap = not self.mix and k % 2
            if swap:
                a, b = b, a
            u, t = self.bond_net(k, a)
            b = b / torch.sigmoid(u) - t
            x = torch.cat((b, a) if swap else (a, b), 1)
            if self.mix:
                x = F.conv2d(x, torch.linalg.inv(self.matrix(k).double()).float()[:, :, None, None])
            shift, log_scale = self.bond_norm(k)
            x = x / log_scale.exp() - shift
        return x

    # ---- atoms: [B, n, T] and A [B, 4, n, n] ----
    def atom_net(self, k, x, adjacency, row):
        kept = x * (torch.arange(self.n) != row).float()[:, None]
        extended = torch.cat((kept, torch.ones(len(x), self.n, 1)), -1)
        name, wide = f"atoms.{k}", 4 * (self.types + 1)
        weight = self.w.get(name + ".edges.weight", self.graph, wide).reshape(self.graph, 4, self.types + 1)
        messages = torch.einsum("bert,get->breg", torch.einsum("beij,bjt->beit", adjacency / self.n, extended), weight)
        h = messages.sum(2) + self.w.get(name + ".edges.bias", 1, self.graph)
        # BatchNorm1d over nodes has numbers for each row; only those of `row` reach the result
        h = self.norm(name + ".norm.0", h[:, row], 1, (0, 1))
        h = self.norm(name + ".norm.1", self.dense(name + ".hidden", h, self.atom_hidden), 1, (0, 1))
        h = self.norm(name + ".norm.2", self.dense(name + ".last", h, self.last), 1, (0, 1))
        return self.dense(name + ".out", h, 2 * self.types).chunk(2, -1)

    def atom_norm(self, k):
        return (self.w.get(f"atoms.{k}.actnorm.shift", 1, self.n).reshape(1, -1, 1),
                self.w.get(f"atoms.{k}.actnorm.log_scale", 1, self.n).reshape(1, -1, 1))

    def atoms_forward(self, x, adjacency):
        logdet = torch.zeros(len(x))
        for k in range(self.atom_flows):
            row, (shift, log_scale) = k % self.n, self.atom_norm(k)
            x = (x + shift) * log_scale.exp()
            logdet = logdet + self.types * log_scale.sum()
            u, t = self.atom_net(k, x, adjacency, row)
            y = (x[:, row] + t) * torch.sigmoid(u)
            x = torch.cat((x[:, :row], y[:, None], x[:, row + 1:]), 1)
            logdet = logdet + F.logsigmoid(u).sum(1)
        return x, logdet

    def atoms_inverse(self, x, adjacency):
        for k in reversed(range(self.atom_flows)):
            row, (shift, log_scale) = k % self.n, self.atom_norm(k)
            u, t = self.atom_net(k, x, adjacency, row)
            y = x[:, row] / torch.sigmoid(u) - t
            x = torch.cat((x[:, :row], y[:, None], x[:, row + 1:]), 1)
            x = x / log_scale.exp() - shift
        return x

    # ---- squeezing: [B, 4, n, n] and [B, C, side, side] ----
    def squeeze(self, a):
        f, s = self.f, self.side
        return a.reshape(len(a), 4, s, f, s, f).permute(0, 1, 3, 5, 2, 4).reshape(len(a), self.c, s, s)

    def unsqueeze(self, x):
        f, s = self.f, self.side
        return x.reshape(len(x), 4, f, f, s, s).permute(0, 1, 4, 2, 5, 3).reshape(len(x), 4, self.n, self.n)

    # ---- the reader ----
    def read(self, p, adjacency):
        """p [B, n, T] rows of sum 1, adjacency [B, 4, n, n]."""
        dim, hidden, layers = self.reader
        w = 1 - p[..., -1]
        pairs = w[:, :, None] * w[:, None, :]
        h = self.dense("reader.atoms", p, hidden)
        for k in range(layers):
            name = f"reader.layer.{k}"
            real = adjacency[:, :3] * pairs[:, None]
            m = h + real.sum(1) @ h + torch.einsum("bein,he->bih", real, self.w.get(name + ".bonds.weight", hidden, 3))
            u = self.dense(name + ".down", F.relu(self.dense(name + ".up", m, 2 * hidden)), hidden)
            h = h + F.layer_norm(u, (hidden,), self.w.get(name + ".norm.weight", 1, hidden, one=True)[0],
                                 self.w.get(name + ".norm.bias", 1, hidden)[0], 1e-5)
        y = self.dense("reader.out", (h * w[..., None]).sum(1) / self.n, dim)
        return y / y.norm(dim=-1, keepdim=True)


def rows(image):
    """[B, C, side, side] as ours: [B * places, C]."""
    return image.permute(0, 2, 3, 1).reshape(-1, image.shape[1]).contiguous()


def pairs(a):
    """[B, 4, n, n] as ours: [B * n * n, 4]."""
    return a.permute(0, 2, 3, 1).reshape(-1, 4).contiguous()


def bits(z, logdet, log_variance, dim):
    nll = 0.5 * (log_variance + math.log(2 * math.pi) + z.pow(2) * (-log_variance).exp()).flatten(1).sum(1) - (logdet - dim * math.log(2))
    return nll.mean() / (dim * math.log(2))


def golden(path, seed, **sizes):
    w = Weights(seed)
    m = Twin(w, **sizes)
    rng = torch.Generator().manual_seed(seed + 1)
    n, types = m.n, m.types
    hard = torch.randint(0, 4, (B, n, n), generator=rng)
    hard = torch.minimum(hard, hard.transpose(1, 2))
    hard[:, range(n), range(n)] = 3
    adjacency = F.one_hot(hard, 4).permute(0, 3, 1, 2).float()
    bonds = adjacency + 0.6 * torch.rand(adjacency.shape, generator=rng)
    atoms = F.one_hot(torch.randint(0, types, (B, n), generator=rng), types).float()
    atoms = atoms + 0.6 * torch.rand(atoms.shape, generator=rng)
    log_variance = w.get("log_variance", 1, 1)
    out = {"bonds": rows(m.squeeze(bonds)), "atoms": atoms.reshape(-1, types), "adjacency": pairs(adjacency)}

    z, bond_logdet = m.bonds_forward(m.squeeze(bonds))
    x, atom_logdet = m.atoms_forward(atoms, adjacency)
    bond_bits, atom_bits = bits(z, bond_logdet, log_variance, 4 * n * n), bits(x, atom_logdet, log_variance, n * types)
    (bond_bits + atom_bits).backward()
    out |= {"train.z_bonds": rows(z), "train.z_atoms": x.reshape(-1, types), "train.bond_logdet": bond_logdet.mean(),
            "train.atom_logdet": atom_logdet.mean(), "train.bond_bits": bond_bits, "train.atom_bits": atom_bits}
    out |= {"b." + k: v for k, v in m.moved.items()}

    m.training = False
    z, bond_logdet = m.bonds_forward(m.squeeze(bonds))
    x, atom_logdet = m.atoms_forward(atoms, adjacency)
    one, near = m.squeeze(bonds)[:1], adjacency[:1]
    jacobian = torch.autograd.functional.jacobian(lambda v: m.bonds_forward(v.reshape(one.shape))[0].flatten(), one.flatten())
    out["eval.bond_logdet"] = torch.linalg.slogdet(jacobian.double())[1]
    jacobian = torch.autograd.functional.jacobian(lambda v: m.atoms_forward(v.reshape(1, n, types), near)[0].flatten(), atoms[:1].flatten())
    out["eval.atom_logdet"] = torch.linalg.slogdet(jacobian.double())[1]
    assert abs(out["eval.bond_logdet"] - bond_logdet[0]) < 1e-3 and abs(out["eval.atom_logdet"] - atom_logdet[0]) < 1e-3
    out |= {"eval.z_bonds": rows(z), "eval.z_atoms": x.reshape(-1, types)}
    assert (m.bonds_inverse(z) - m.squeeze(bonds)).abs().max() < 1e-3 and (m.atoms_inverse(x, adjacency) - atoms).abs().max() < 1e-3

    z_bonds = torch.randn(z.shape, generator=rng).mul(0.5).requires_grad_()
    z_atoms = torch.randn(x.shape, generator=rng).mul(0.5).requires_grad_()
    h = m.unsqueeze(m.bonds_inverse(z_bonds))
    h = (h + h.transpose(2, 3)) / 2
    soft = (SHARP * h).softmax(1)
    back = m.atoms_inverse(z_atoms, soft)
    answer = m.read((SHARP * back).softmax(-1), soft)
    weight = torch.randn(answer.shape, generator=rng)
    grads = torch.autograd.grad((answer * weight).sum(), (z_bonds, z_atoms))
    out |= {"back.z_bonds": rows(z_bonds), "back.z_atoms": z_atoms.reshape(-1, types), "back.logits": pairs(h), "back.bonds": pairs(soft),
            "back.atoms": back.reshape(-1, types), "read.answer": answer, "read.weight": weight,
            "read.g_bonds": rows(grads[0]), "read.g_atoms": grads[1].reshape(-1, types)}
    out |= {"w." + k: v for k, v in w.items()}
    out |= {"g." + k: v.grad for k, v in w.items() if v.grad is not None}
    save_file({k: v.detach().float().contiguous().clone() for k, v in out.items()}, path)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    golden(folder / "mix.safetensors", 1, n=4, types=4, f=2, bond_flows=2, hidden=6, middle=3, mix=True, atom_flows=5, graph=5, atom_hidden=6,
           last=4, reader=(5, 6, 2))
    golden(folder / "swap.safetensors", 2, n=6, types=3, f=2, bond_flows=3, hidden=5, middle=1, mix=False, atom_flows=7, graph=4, atom_hidden=5,
           last=6, reader=(4, 5, 1))
