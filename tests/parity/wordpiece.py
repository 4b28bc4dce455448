#!/usr/bin/env python3
"""Compares src/text/wordpiece.c with Hugging Face's BertTokenizer, text by text.

    tests/parity/wordpiece.py --vocab VOCAB.txt [--fuzz 5000] [--seed 1] [TABLE.tsv[.zst] ...]
    tests/parity/wordpiece.py --refresh     # recomputes the ids in tests/fixtures/text/wordpiece.json with the slow reference

Compiles the tokeniser into a temporary shared object (gcc, libutf8proc) and calls it through ctypes. Texts are the
`text` columns of the tables, then Unicode fuzz lines. Two references, both from the installed `transformers`:
  fast  BertTokenizer (the `tokenizers` library), whose tables are of an older Unicode: of the fuzz lines it gets only
        the characters that Unicode 3.2 has with the same category
  slow  BertTokenizerLegacy, with the lower-casing by code point that transformers did before version 5 (and that the
        fast one does): version 5 alone writes a final sigma for a capital one at the end of a word
Characters that this Python's Unicode does not know are left out of the fuzz lines. Exit 1 if anything differs.
"""
import argparse
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile
import unicodedata

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAX = 1 << 16


class Own:
    def __init__(self, vocab, folder):
        so = os.path.join(folder, "wordpiece.so")
        sources = [os.path.join(ROOT, "src", f) for f in ("text/words.c", "text/wordpiece.c", "base/error.c")]
        subprocess.run(["gcc", "-std=gnu17", "-O2", "-shared", "-fPIC", "-D_GNU_SOURCE", "-I" + ROOT + "/src",
                        "-I" + ROOT + "/include", *sources, "-lutf8proc", "-o", so], check=True)
        self.lib = ctypes.CDLL(so)
        self.lib.mg_wordpiece_new.restype = ctypes.c_void_p
        self.lib.mg_wordpiece_new.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
        self.lib.mg_wordpiece_encode.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p,
                                                 ctypes.c_int32]
        data = open(vocab, "rb").read()
        self.handle = self.lib.mg_wordpiece_new(data, len(data), None)
        assert self.handle
        self.out = (ctypes.c_int32 * MAX)()

    def __call__(self, text):
        b = text.encode("utf-8")
        return list(self.out[:self.lib.mg_wordpiece_encode(self.handle, b, len(b), self.out, MAX)])


def references(vocab):
    from transformers import BertTokenizer
    from transformers.models.bert.tokenization_bert_legacy import BasicTokenizer, WordpieceTokenizer, load_vocab
    pieces = load_vocab(vocab)
    basic, wordpiece, unk = BasicTokenizer(do_lower_case=True), WordpieceTokenizer(pieces, "[UNK]"), pieces["[UNK]"]

    def slow(text):
        words = basic.tokenize("".join(c.lower() for c in text))
        return [pieces.get(p, unk) for w in words for p in wordpiece.tokenize(w)]

    fast = BertTokenizer(vocab=dict(pieces), do_lower_case=True)
    return {"slow": slow, "fast": lambda text: fast.backend_tokenizer.encode(text, add_special_tokens=False).ids}


def table_texts(path):
    if path.endswith(".zst"):
        data = subprocess.run(["zstdcat", path], check=True, capture_output=True).stdout
    else:
        data = open(path, "rb").read()
    lines = data.decode("utf-8").split("\n")
    column = lines[0].split("\t").index("text")
    return [line.split("\t")[column] for line in lines[1:] if line]


def fuzz_texts(n, rng):
    """Lines that mix scripts, marks out of order, controls, odd blanks, long words and chemistry."""
    ranges = [(0, 0x7F), (0x20, 0x7E), (0x20, 0x7E), (0x80, 0x24F), (0x250, 0x36F), (0x300, 0x36F), (0x370, 0x52F),
              (0x530, 0x1FFF), (0x900, 0xDFF), (0x1E00, 0x20FF), (0x2000, 0x2BFF), (0x3000, 0x33FF), (0x3400, 0x9FFF),
              (0xA000, 0xABFF), (0xAC00, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x2FFFF),
              (0xE0000, 0x10FFFF)]
    marks = [c for c in range(0x110000) if unicodedata.combining(chr(c))]
    words = ["(2S,3R)-2-amino", "ΟΔΟΣ", "Σ", "İstanbul", "N-acetyl-β-D-glucosamine", "ﬁne", "CO₂", "ẞ", "x" * 101,
             "é" * 100, "é" * 101, "한국어", "漢字かな", "25℃", "don't", "EC 1.1.1.25"]
    out = []
    for _ in range(n):
        line = []
        for _ in range(rng.randint(1, 12)):
            kind = rng.random()
            if kind < 0.2:
                line.append(rng.choice(words))
            elif kind < 0.3:
                line.append(rng.choice("aeo한ก") + "".join(chr(rng.choice(marks)) for _ in range(rng.randint(1, 6))))
            else:
                lo, hi = rng.choice(ranges)
                line.append("".join(chr(rng.randint(lo, hi)) for _ in range(rng.randint(1, 9))))
            line.append(rng.choice(["", " ", "  ", "\t", "\u00a0", "\u2028", "\u200b", "\n", "\r\n", "-"]))
        out.append("".join(c for c in "".join(line) if unicodedata.category(c) not in ("Cs", "Cn")))
    return out


def long_known(c):
    return unicodedata.ucd_3_2_0.category(c) == unicodedata.category(c)


def refresh():
    folder = os.path.join(ROOT, "tests", "fixtures", "text")
    path = os.path.join(folder, "wordpiece.json")
    slow = references(os.path.join(folder, "vocab.txt"))["slow"]
    cases = [{"text": c["text"], "ids": slow(c["text"])} for c in json.load(open(path))]
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    return 0


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--vocab")
    args.add_argument("--refresh", action="store_true")
    args.add_argument("--fuzz", type=int, default=5000)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("tables", nargs="*")
    a = args.parse_args()
    if a.refresh:
        return refresh()
    sets = [(path, table_texts(path)) for path in a.tables] + [("fuzz", fuzz_texts(a.fuzz, random.Random(a.seed)))]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        own = Own(a.vocab, folder)
        for name, reference in references(a.vocab).items():
            for source, texts in sets:
                if name == "fast" and source == "fuzz":
                    texts = ["".join(filter(long_known, t)) for t in texts]
                wrong = [t for t in texts if own(t) != reference(t)]
                print(f"{name} {source}: {len(wrong)} of {len(texts)} texts differ")
                for t in wrong[:3]:
                    print(f"  {ascii(t)}\n    own {own(t)}\n    ref {reference(t)}")
                failed |= bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
