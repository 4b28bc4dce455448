"""Golden values of a T5 with a graph row, made by transformers and PyTorch: tests/fixtures/t5/graph.safetensors.

The tiny T5 of parity.safetensors (t5_golden.py), frozen, in eval mode and float64. Linear -> ReLU -> Linear makes a row of each molecule's vector
(times the square root of its length), which stands in front of the encoder's states; the mask is a one longer. In the file: the vectors, the
projector ("w."), its rows, the loss and the logits with them, its gradients ("g."), the projector after ten AdamW steps of it alone ("a.").

    python tests/parity/t5_graph_golden.py tests/fixtures/t5      (needs torch, transformers, safetensors; not part of the tests)
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import T5Config, T5ForConditionalGeneration

CONFIG = dict(vocab_size=30, d_model=12, d_kv=8, d_ff=20, num_layers=2, num_decoder_layers=3, num_heads=3, relative_attention_num_buckets=32,
              relative_attention_max_distance=128, dropout_rate=0.0, layer_norm_epsilon=1e-6, feed_forward_proj="gated-gelu",
              tie_word_embeddings=False, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
OPTIM = dict(lr=1e-3, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01)
NUMBERS = 5


def padded(f, name):
    rows = torch.split(f[name + ".ids"].long(), f[name + ".sizes"].tolist())
    lengths = torch.tensor([len(r) for r in rows])
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.arange(max(lengths))[None] < lengths[:, None]


def main(folder):
    folder = pathlib.Path(folder)
    torch.manual_seed(11)
    torch.set_num_threads(1)
    f = load_file(folder / "parity.safetensors")
    model = T5ForConditionalGeneration(T5Config(**CONFIG)).double()
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())      # transformers 5 ties it
    names = dict(model.named_parameters())
    with torch.no_grad():
        for n, p in names.items():
            p.copy_(f["w." + n])
            p.requires_grad_(False)
    model.eval()
    ids, mask = padded(f, "source")
    labels, label_mask = padded(f, "target")
    vectors = torch.nn.functional.normalize(torch.randn(len(ids), NUMBERS), dim=1).double()
    d = CONFIG["d_model"]
    projector = torch.nn.Sequential(torch.nn.Linear(NUMBERS, d), torch.nn.ReLU(), torch.nn.Linear(d, d)).double()
    with torch.no_grad():
        for p in projector.parameters():
            p.copy_((torch.randn(p.shape) * 0.5).float())
    out = {"vectors": vectors}
    for n, p in projector.named_parameters():
        out["w." + n] = p.detach().clone()

    def run():
        states = model.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        row = projector(vectors.float().double() * NUMBERS ** 0.5)
        memory = torch.cat([row[:, None], states], 1)
        seen = torch.cat([torch.ones(len(ids), 1, dtype=torch.long), mask.long()], 1)
        return row, model(encoder_outputs=(memory,), attention_mask=seen, labels=labels.masked_fill(~label_mask, -100))

    plain = model(input_ids=ids, attention_mask=mask.long(), labels=labels.masked_fill(~label_mask, -100)).loss
    assert abs(float(plain) - float(f["loss"])) < 1e-6, "this version of transformers computes another T5"
    row, r = run()
    r.loss.backward()
    out["rows"] = row.detach()
    out["loss"] = r.loss.detach().reshape(1)
    out["logits"] = torch.cat([x[m] for x, m in zip(r.logits.detach(), label_mask)])
    for n, p in projector.named_parameters():
        out["g." + n] = p.grad.clone()
    opt = torch.optim.AdamW(projector.parameters(), **OPTIM)
    for _ in range(10):
        opt.zero_grad()
        run()[1].loss.backward()
        opt.step()
    for n, p in projector.named_parameters():
        out["a." + n] = p.detach().clone()
    save_file({k: v.float().contiguous() for k, v in out.items()}, folder / "graph.safetensors")
    print(float(out["loss"]), float(f["loss"]), len(out))


main(sys.argv[1])
