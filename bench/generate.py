"""Sixteen molecules for a sentence: `molglot generate` beside transformers' generate with a model of equal size, taking turns.

    generate.py MOLGLOT WRITER [--rounds 5] [--number 16] [--threads 2]

The peer is an encoder-decoder with random weights and the writer's layers, widths, heads and vocabularies (BertGeneration: learnt positions and a
plain output layer, like the writer), float32 on the CPU, key and value cache on, drawing all molecules of a sentence as one batch. It draws as many
tokens for each molecule as the SMILES that molglot prints have on average. It checks no valence and reads nothing with RDKit; molglot does both.

  cold   from starting the program to the molecules of one sentence on stdout
  warm   one sentence more: for molglot what five sentences take beyond one, over four; for the peer a call after a first one
  first  from starting the program to one molecule on stdout (molglot alone)

Prints JSON lines: medians over the rounds, wall clock and processor time (user and system, all threads). Peers that are not installed are skipped.
"""
import argparse
import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

SENTENCES = ["The molecule is a purine alkaloid that is found in coffee and tea and stimulates the nervous system.",
             "The molecule is a monocarboxylic acid amide with a role as a local anaesthetic.",
             "The molecule is a steroid ester that is cholesterol in which the hydroxy group is replaced by an acyloxy group.",
             "The molecule is a member of the class of benzoic acids with a hydroxy group at position 2.",
             "The molecule is a dipeptide formed from two amino acid residues."]
WORDS = 32                                       # pieces of a sentence for the peer, about what these have


def config_of(writer):
    """The writer's sizes and its SMILES tokens, longest first, from its safetensors file or a bundle with a direct part."""
    with open(writer, "rb") as file:
        start = file.read(8)
        head = json.loads(file.read(struct.unpack("<Q", start)[0]))
        data = file.tell()
        part = "" if "vocab.smiles" in head else "direct."
        begin, end = head[part + "vocab.smiles"]["data_offsets"]
        file.seek(data + begin)
        tokens = file.read(end - begin).decode().split("\n")
    return json.loads(head["__metadata__"][part + "molglot.writer"]), sorted(filter(None, tokens), key=len, reverse=True)


def peer(folder, c, threads):
    """Makes the model on the first call, loads it later."""
    import torch
    from transformers import BertGenerationConfig, BertGenerationDecoder, BertGenerationEncoder, EncoderDecoderModel
    torch.set_num_threads(threads)
    if not os.listdir(folder):
        def sizes(part, **more):
            return BertGenerationConfig(vocab_size=c[part + ".vocab"], hidden_size=c[part + ".hidden"], num_hidden_layers=c[part + ".layers"],
                                        num_attention_heads=c[part + ".heads"], intermediate_size=c[part + ".ffn"],
                                        max_position_embeddings=c[part + ".positions"] + 2, pad_token_id=0, bos_token_id=1, eos_token_id=2, **more)
        model = EncoderDecoderModel(encoder=BertGenerationEncoder(sizes("encoder")),
                                    decoder=BertGenerationDecoder(sizes("decoder", is_decoder=True, add_cross_attention=True)))
        model.config.decoder_start_token_id, model.config.pad_token_id, model.config.eos_token_id = 1, 0, 2
        model.save_pretrained(folder)
    return EncoderDecoderModel.from_pretrained(folder).eval()


def draw(model, number, tokens, sentence):
    import torch
    ids = torch.randint(4, 1000, (1, WORDS), generator=torch.Generator().manual_seed(sentence))
    with torch.inference_mode():
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=0.8, top_k=0, num_return_sequences=number, use_cache=True,
                             min_new_tokens=tokens, max_new_tokens=tokens, decoder_start_token_id=1, eos_token_id=2, pad_token_id=0)
    if out.shape != (number, tokens + 1):
        raise RuntimeError(f"the peer drew {tuple(out.shape)}")
    return out


def child(folder, writer, number, tokens, threads):
    """Draws once for every line of stdin and prints seconds and processor seconds; without stdin once, and prints the ids."""
    model = peer(folder, config_of(writer)[0], threads)
    print("ready", sum(p.numel() for p in model.parameters()), flush=True)
    for k, _ in enumerate(sys.stdin):
        start, cpu = time.perf_counter(), time.process_time()
        out = draw(model, number, tokens, k)
        print(json.dumps([time.perf_counter() - start, time.process_time() - cpu]), *out[0].tolist(), flush=True)


def measured(command, text=None):
    """Wall and processor seconds of a program, and its stdout."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE if text else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        if text:
            p.stdin.write(text.encode())
            p.stdin.close()
        out = p.stdout.read().decode()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode or not out:
        raise RuntimeError(f"{command} failed with {p.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, out


class Warm:
    """A peer that stays."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = self.process.stdout.readline().split()
        if ready[:1] != ["ready"]:
            raise ImportError("the peer did not start: torch and transformers are needed")
        self.weights = int(ready[1])

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line[:line.index("]") + 1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("molglot")
    p.add_argument("writer")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--number", type=int, default=16)
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    os.environ["OMP_WAIT_POLICY"] = "passive"
    _, pieces = config_of(o.writer)
    spell = re.compile("|".join(map(re.escape, pieces)))

    def ours(number, sentences, *more):
        return [o.molglot, "generate", "-q", "-j", str(o.threads), "-n", str(number), "--generator", o.writer, "-f", "jsonl", *more, *sentences]

    rows = [json.loads(x) for x in measured(ours(o.number, SENTENCES, "--unranked"))[2].splitlines()]
    tokens = round(statistics.mean(len(spell.findall(r["smiles"])) + 1 for r in rows if r["smiles"]))      # and the end token
    times = {}

    def note(who, what, wall, cpu):
        times.setdefault((who, what), []).append((wall, cpu))

    with tempfile.TemporaryDirectory() as folder:
        me = [sys.executable, os.path.abspath(__file__), "--child", folder, o.writer, str(o.number), str(tokens), str(o.threads)]
        warm = None
        try:
            warm = Warm(me)
            warm.go()
        except ImportError as e:
            print(f"skipped: {e}", file=sys.stderr)
        for _ in range(o.rounds):
            for what, more in (("", ["--unranked"]), (" ranked", [])):
                one = measured(ours(o.number, SENTENCES[:1], *more))[:2]
                five = measured(ours(o.number, SENTENCES, *more))[:2]
                note("molglot" + what, "cold", *one)
                note("molglot" + what, "warm", (five[0] - one[0]) / 4, (five[1] - one[1]) / 4)
                note("molglot" + what, "first", *measured(ours(1, SENTENCES[:1], *more))[:2])
            if warm:
                for _ in range(4):
                    note("transformers", "warm", *warm.go())
                note("transformers", "cold", *measured(me, "\n")[:2])
        if warm:
            warm.close()
    for (who, what), t in times.items():
        number = 1 if what == "first" else o.number
        wall, cpu = (statistics.median(x) for x in zip(*t))
        print(json.dumps({"bench": "generate", "who": who, "start": what, "number": number, "tokens": tokens, "threads": o.threads, "rounds": o.rounds,
                          **({"weights": warm.weights} if who == "transformers" else {}), "seconds": round(wall, 4), "cpu_seconds": round(cpu, 4),
                          "molecules_per_s": round(number / wall, 2), "cpu_ms_per_molecule": round(1e3 * cpu / number, 2)}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]))
    else:
        main()
