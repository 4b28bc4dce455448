"""One sentence, from starting the program to its vector on stdout: molglot beside two Python scripts, taking turns.

    cold_start.py MOLGLOT MODEL [--rounds 10]

  bert   what one writes with torch and transformers: a BERT with as many weights as the model's text tower, from safetensors
  bare   the least that can be written with torch alone: the model's own n-gram tower (its tables and layers out of the model
         file; words cut roughly, so the vector is another one), for models that have it

Prints medians in seconds as JSON. The files are read once before, so that all find them in memory.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

SENTENCE = "The molecule is a purine alkaloid that is found in coffee and tea and stimulates the nervous system."


def child_bert(folder):
    import torch
    from transformers import BertModel, BertTokenizer
    words = BertTokenizer.from_pretrained(folder)
    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.inference_mode():
        h = model(**words(SENTENCE, return_tensors="pt")).last_hidden_state.mean(1)
        print(*torch.nn.functional.normalize(h, dim=1)[0].tolist(), sep=",")


def child_bare(path):
    import zlib
    import torch
    from safetensors import safe_open
    from torch.nn import functional as f
    with safe_open(path, "pt") as file:
        w = {k: file.get_tensor(k) for k in file.keys() if k.startswith("text_bag.")}
    text = f" {SENTENCE.lower()} "
    grams = text.split() + [text[i:i + n] for n in (3, 4, 5) for i in range(len(text) - n)]
    ids = torch.tensor([zlib.crc32(g.encode()) % len(w["text_bag.table"]) for g in grams])
    with torch.inference_mode():
        def dense(x, name):
            return f.linear(x, w[f"text_bag.{name}.weight"].float(), w.get(f"text_bag.{name}.bias"))
        bag = w["text_bag.table"][ids].float().sum(0) / len(ids) ** 0.5
        h = f.layer_norm(bag, bag.shape, w["text_bag.norm.weight"], w["text_bag.norm.bias"])
        y = dense(h, "skip") + dense(f.gelu(dense(h, "up")), "down")
        print(*f.normalize(y, dim=0).tolist(), sep=",")


def header(path):
    with open(path, "rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))


def make_bert(model, folder):
    """A BERT of hidden size 256 and 4 layers whose vocabulary makes up the rest of the tower's weights."""
    from transformers import BertConfig, BertModel
    weights = 0
    for name, t in header(model).items():
        if name.startswith("text_"):
            count = 1
            for n in t["shape"]:
                count *= n
            weights += count
    vocab = max(1000, (weights - 4 * 12 * 256 * 256) // 256)
    BertModel(BertConfig(vocab_size=vocab, hidden_size=256, num_hidden_layers=4, num_attention_heads=4, intermediate_size=1024),
              add_pooling_layer=False).save_pretrained(folder)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + SENTENCE.lower().replace(".", " .").split()
    pieces = list(dict.fromkeys(pieces))
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
        file.writelines(p + "\n" for p in pieces + [f"piece{i}" for i in range(vocab - len(pieces))])
    return weights


def seconds(command):
    start = time.perf_counter()
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    taken = time.perf_counter() - start
    if len(out) < 20:
        raise RuntimeError(f"{command[0]}: no vector")
    return taken


def main():
    p = argparse.ArgumentParser()
    p.add_argument("molglot")
    p.add_argument("model")
    p.add_argument("--rounds", type=int, default=10)
    o = p.parse_args()
    me = [sys.executable, os.path.abspath(__file__), "--child"]
    weights_file = os.path.join(o.model, "space.safetensors") if os.path.isdir(o.model) else o.model
    commands = {"molglot": [o.molglot, "embed", "--model", o.model, "--side", "text", SENTENCE]}
    weights = 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            weights = make_bert(weights_file, folder)
            commands["bert"] = [*me, "bert", folder]
        except ImportError as e:
            print(f"skipped: {e}", file=sys.stderr)
        try:
            import safetensors, torch    # noqa: F401, E401
            if "text_bag.table" in header(weights_file):
                commands["bare"] = [*me, "bare", weights_file]
        except ImportError as e:
            print(f"skipped: {e}", file=sys.stderr)
        times = {who: [] for who in commands}
        for k in range(o.rounds + 1):                     # the first round reads everything into memory
            for who, command in commands.items():
                taken = seconds(command)
                if k:
                    times[who].append(taken)
    for who, t in times.items():
        print(json.dumps({"bench": "cold_start", "who": who, "weights": weights, "rounds": o.rounds,
                          "seconds": round(statistics.median(t), 4), "best_seconds": round(min(t), 4)}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        {"bert": child_bert, "bare": child_bare}[sys.argv[2]](sys.argv[3])
    else:
        main()
