"""Golden values of T5 v1.1, made by transformers: tests/fixtures/t5/parity.safetensors.

A tiny T5ForConditionalGeneration (inner != d_model, untied head, gated gelu_new, no dropout), float64 rounded to fp32 in the file, rows padded as transformers wants them:
weights ("w.<HF name>"), ids and lengths, encoder states of the real tokens, logits, the loss, every gradient ("g."), the weights after ten
AdamW steps ("a."), and beams, greedy and their scores as generate() of this version of transformers gives them.

    python tests/parity/t5_golden.py tests/fixtures/t5        (needs torch, transformers 4.34, safetensors; not part of the tests)
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import T5Config, T5ForConditionalGeneration

CONFIG = dict(vocab_size=30, d_model=12, d_kv=8, d_ff=20, num_layers=2, num_decoder_layers=3, num_heads=3, relative_attention_num_buckets=32,
              relative_attention_max_distance=128, dropout_rate=0.0, layer_norm_epsilon=1e-6, feed_forward_proj="gated-gelu",
              tie_word_embeddings=False, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
OPTIM = dict(lr=1e-3, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01)
SOURCES, TARGETS = (100, 7, 1, 23), (30, 5, 1, 9)


def rows(lengths, seed):
    g = torch.Generator().manual_seed(seed)
    out = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for i, n in enumerate(lengths):
        out[i, :n - 1] = torch.randint(2, CONFIG["vocab_size"], (n - 1,), generator=g)
        out[i, n - 1] = 1
    return out, (torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None])


def packed(x, mask):
    return torch.cat([r[m] for r, m in zip(x, mask)])


def main(folder):
    torch.manual_seed(8)
    torch.set_num_threads(1)
    model = T5ForConditionalGeneration(T5Config(**CONFIG))
    for name, p in model.named_parameters():         # wide enough for every path to matter
        with torch.no_grad():
            p.copy_(1 + 0.2 * torch.randn(p.shape) if p.dim() == 1 else torch.randn(p.shape) * (0.5 if "bias" in name else 0.35))
    model.lm_head.weight.data[1] *= 2.2                # some outputs end
    model = model.double()                             # so that differences are the engine's
    ids, mask = rows(SOURCES, 1)
    labels, label_mask = rows(TARGETS, 2)
    out = {}
    names = {n: p for n, p in model.named_parameters()}
    for n, p in names.items():
        out["w." + n] = p.detach().clone()

    def run():
        return model(input_ids=ids, attention_mask=mask.long(), labels=labels.masked_fill(~label_mask, -100))

    model.eval()
    r = run()
    r.loss.backward()
    out["loss"] = r.loss.detach().reshape(1)
    out["logits"] = packed(r.logits.detach(), label_mask)
    out["states"] = packed(r.encoder_last_hidden_state.detach(), mask)
    for n, p in names.items():
        out["g." + n] = p.grad.clone()
    beams, sizes, scores = [], [], []
    for i, n in enumerate(SOURCES):
        for nb, extra in ((4, {}), (1, {}), (3, dict(length_penalty=0.3)), (3, dict(early_stopping=True))):
            with torch.no_grad():
                y = model.generate(ids[i:i + 1, :n], num_beams=nb, max_length=12, do_sample=False, use_cache=False, num_return_sequences=1,
                                   return_dict_in_generate=True, output_scores=True, **extra)
            s = y.sequences[0].tolist()
            beams += s
            sizes.append(len(s))
            scores.append(float(y.sequences_scores[0]) if nb > 1 else 0.0)
    out["beam.ids"], out["beam.sizes"] = torch.tensor(beams, dtype=torch.int32), torch.tensor(sizes, dtype=torch.int32)
    out["beam.scores"] = torch.tensor(scores)
    opt = torch.optim.AdamW(model.parameters(), **OPTIM)
    for _ in range(10):
        opt.zero_grad()
        run().loss.backward()
        opt.step()
    for n, p in names.items():
        out["a." + n] = p.detach().clone()
    out["source.ids"], out["source.sizes"] = packed(ids, mask).int(), torch.tensor(SOURCES, dtype=torch.int32)
    out["target.ids"], out["target.sizes"] = packed(labels, label_mask).int(), torch.tensor(TARGETS, dtype=torch.int32)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: (v.float() if v.is_floating_point() else v).contiguous() for k, v in out.items()}, folder / "parity.safetensors")
    print(float(out["loss"]), [len(out), sizes])


main(sys.argv[1])
