"""Golden values of 3M-Diffusion's denoiser and sampler, made by PyTorch: tests/fixtures/diffusion/golden.json.

An implementation of docs/reference/3m-diffusion.md 6.1 to 6.4 of its own; weights and noise come from a hash, so that nothing but the results is
stored. With a path as argument (../shared/golden/3m/diffusion.json) it also compares itself with the reference program's values.

    python tests/parity/diffusion_golden.py [../shared/golden/3m/diffusion.json]
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch

OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "diffusion" / "golden.json"
MASK = (1 << 64) - 1
SHAPES = ([("time_mlp.1.weight", (1024, 256)), ("time_mlp.1.bias", (1024,)), ("time_mlp.3.weight", (1024, 1024)), ("time_mlp.3.bias", (1024,)),
           ("time_pos_embed_mlp.1.weight", (256, 1024)), ("time_pos_embed_mlp.1.bias", (256,))]
          + [p for i in range(8) for p in ((f"encoder.{i}.weight", (256, 256)), (f"encoder.{i}.bias", (256,)))]
          + [("null_embedding.weight", (1, 256)), ("context_proj.weight", (256, 256)), ("context_proj.bias", (256,)), ("input_proj.weight", (256, 280)),
             ("input_proj.bias", (256,)), ("norm.weight", (256,)), ("norm.bias", (256,)), ("output_proj.weight", (24, 256)), ("output_proj.bias", (24,))])


def uniform(k, n):
    """n numbers of stream k in [-1, 1): splitmix64 of (k << 32) + i."""
    x = (np.uint64((k << 32) & MASK) + np.arange(n, dtype=np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
    z = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    h = z ^ (z >> np.uint64(31))
    return (h >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def weights():
    w = {}
    for k, (name, shape) in enumerate(SHAPES):
        scale = math.sqrt(6) / math.sqrt(shape[-1]) if len(shape) > 1 else 0.1
        w[name] = torch.tensor((uniform(k, math.prod(shape)) * scale).astype(np.float32).reshape(shape))
    w["norm.weight"] += 1
    return w


def denoise(w, z, t, c):
    half = 128
    angle = t[:, None].float() * torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    e = torch.cat([angle.sin(), angle.cos()], 1)
    F = torch.nn.functional
    tau = F.gelu(F.linear(e, w["time_mlp.1.weight"], w["time_mlp.1.bias"]))
    tau = F.gelu(F.linear(tau, w["time_mlp.3.weight"], w["time_mlp.3.bias"]))
    tau = F.linear(tau, w["time_pos_embed_mlp.1.weight"], w["time_pos_embed_mlp.1.bias"])
    x = F.linear(torch.cat([z, c], 1), w["input_proj.weight"], w["input_proj.bias"]) + tau
    for i in range(8):
        x = F.relu(F.linear(x, w[f"encoder.{i}.weight"], w[f"encoder.{i}.bias"]))
    x = F.layer_norm(x, (256,), w["norm.weight"], w["norm.bias"])
    return F.linear(x, w["output_proj.weight"], w["output_proj.bias"])


def noise(draw, n, dim):
    return torch.tensor((uniform(1000 + draw, n * dim) * math.sqrt(3)).astype(np.float32).reshape(n, dim))


def sample(w, alphas, c, guidance, unconditional):
    n = c.shape[0]
    times = list(range(49, -2, -1)) if unconditional else list(range(99, -2, -2))
    null = w["null_embedding.weight"].expand(n, -1)
    z = noise(0, n, 24)
    for draw, (t, s) in enumerate(zip(times, times[1:])):
        at = torch.full((n,), t)
        z0 = denoise(w, z, at, null if unconditional else c)
        if not unconditional and guidance != 1:
            z0 = guidance * z0 + (1 - guidance) * denoise(w, z, at, null)
        if s < 0:
            return z0
        a, b = float(alphas[t]), float(alphas[s])
        sigma = math.sqrt((1 - a / b) * (1 - b) / (1 - a))
        e = (z / math.sqrt(a) - z0) / math.sqrt(1 / a - 1)
        z = math.sqrt(b) * z0 + math.sqrt(1 - b - sigma**2) * e + sigma * noise(draw + 1, n, 24)


def main():
    w = weights()
    alphas = torch.cumprod(1 - torch.linspace(0.001, 0.2, 100, dtype=torch.float64), 0).float()
    x = torch.tensor([[math.sin(0.5 + b + 0.3 * j) for j in range(24)] for b in range(2)])
    c = torch.tensor([[math.cos(0.1 + b + 0.05 * j) for j in range(256)] for b in range(2)])
    golden = {"forward": {str(t): denoise(w, x, torch.full((2,), t), c).tolist() for t in (0, 1, 49, 99)}, "alphas": alphas.tolist(),
              "samples": {"1.0": sample(w, alphas, c, 1, False).tolist(), "0.8": sample(w, alphas, c, 0.8, False).tolist(),
                          "2.0": sample(w, alphas, c, 2, False).tolist(), "unconditional": sample(w, alphas, c, 1, True).tolist()}}
    # The loss of 6.2 and its gradients on two rows, the second without its condition.
    for p in w.values():
        p.requires_grad_(True)
    times = torch.tensor([20, 70])
    a = alphas[times][:, None]
    condition = torch.stack([c[0], w["null_embedding.weight"][0]])
    loss = ((denoise(w, a.sqrt() * x + (1 - a).sqrt() * noise(7, 2, 24), times, condition) - x) ** 2).mean()
    loss.backward()
    golden["loss"] = loss.item()
    golden["gradient_norms"] = {k: float(p.grad.norm()) for k, p in w.items() if p.grad is not None}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, indent=1))
    if len(sys.argv) > 1:
        theirs = json.load(open(sys.argv[1]))
        worst = max(np.abs(np.array(theirs["net_out_at_t"][t]) - np.array(v)).max() for t, v in golden["forward"].items())
        for ours, name in (("1.0", "1.0"), ("0.8", "0.8"), ("2.0", "2.0"), ("unconditional", "uncond_ddimFalse")):
            worst = max(worst, np.abs(np.array(theirs["samples"][name]["latent"]) - np.array(golden["samples"][ours])).max())
        worst = max(worst, np.abs(np.array(theirs["alphas_cumprod"]) - np.array(golden["alphas"])).max())
        print(f"largest difference from the reference program: {worst:.2e}")


if __name__ == "__main__":
    with np.errstate(over="ignore"):
        main()
