"""Captions of molecules by beam search: `molglot caption --captioner` beside transformers' generate with the same T5, taking turns.

    captions.py MOLGLOT PAIRS [--rounds 3] [--molecules 8] [--threads 1] [--beams 5] [--size molt5-small]

PAIRS: a TSV with the columns smiles and text, whose texts a SentencePiece model of 8,000 pieces is made of. The T5 (v1.1, random weights wide enough for outputs
to differ from molecule to molecule) is written by transformers, imported by molglot (--f32: the same numbers), and both write the captions of the same molecules, one
after the other, until the end token or `positions` tokens. Whether the texts are equal is printed. Prints JSON lines: medians over the rounds of wall clock and processor
time (user and system, all threads) of a caption, without loading: what all molecules take beyond one, over the others.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

SIZES = {"molt5-small": dict(d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_decoder_layers=8, num_heads=6),
         "small": dict(d_model=256, d_kv=32, d_ff=1024, num_layers=4, num_decoder_layers=4, num_heads=8)}
POSITIONS = 96


def pieces(folder, pairs):
    import sentencepiece
    texts = [line.split("\t") for line in open(pairs).read().split("\n") if line]
    head = [h.lower() for h in texts[0]]
    at = head.index("text"), head.index("smiles")
    (folder / "corpus.txt").write_text("\n".join(r[i] for r in texts[1:4001] for i in at))
    sentencepiece.SentencePieceTrainer.train(input=str(folder / "corpus.txt"), model_prefix=str(folder / "spiece"), vocab_size=8000, hard_vocab_limit=False,
                                             model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", eos_piece="</s>",
                                             unk_piece="<unk>", num_threads=1, minloglevel=2)
    return [r[at[1]] for r in texts[1:]]


def model(folder, size):
    import torch
    from sentencepiece import SentencePieceProcessor
    from transformers import T5Config, T5ForConditionalGeneration
    tokenizer = SentencePieceProcessor(str(folder / "spiece.model"))
    torch.manual_seed(3)
    n = (tokenizer.get_piece_size() + 127) // 128 * 128
    t5 = T5ForConditionalGeneration(T5Config(vocab_size=n, n_positions=POSITIONS, dropout_rate=0.1, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
                                             decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, **SIZES[size])).eval()
    t5.config.tie_word_embeddings = False               # transformers 5 ties them all the same
    t5.lm_head.weight = torch.nn.Parameter(t5.lm_head.weight.detach().clone())
    with torch.no_grad():
        for name, p in t5.named_parameters():
            if p.dim() > 1:
                p.copy_(torch.randn(p.shape) * (1.0 if "shared" in name or "embed_tokens" in name else .7 / p.shape[1] ** .5))
        t5.lm_head.weight *= 4                           # far apart, so that sums in another order change no beam
        t5.lm_head.weight[tokenizer.get_piece_size():] = 0
    t5.save_pretrained(folder, safe_serialization=True)
    return t5, tokenizer


def spent(run):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("molglot")
    args.add_argument("pairs")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--molecules", type=int, default=8)
    args.add_argument("--threads", type=int, default=1)
    args.add_argument("--beams", type=int, default=5)
    args.add_argument("--size", choices=SIZES, default="molt5-small")
    a = args.parse_args()
    import torch
    torch.set_num_threads(a.threads)
    with tempfile.TemporaryDirectory() as d:
        folder = pathlib.Path(d)
        smiles = pieces(folder, a.pairs)
        smiles = [s for s in smiles[:: max(1, len(smiles) // 400)] if 10 < len(s) < 60][: a.molecules]
        t5, tokenizer = model(folder, a.size)
        subprocess.run([a.molglot, "import", str(folder), "--f32", "--task", "caption", "-q", "--no-manifest", "-o", str(folder / "t5.safetensors")], check=True)

        def ours(molecules):
            (folder / "in.smi").write_text("\n".join(molecules) + "\n")
            subprocess.run([a.molglot, "caption", "-i", str(folder / "in.smi"), "--captioner", str(folder / "t5.safetensors"), "--alone", "--beams", str(a.beams), "-j",
                            str(a.threads), "-f", "tsv", "-q", "--no-manifest", "-o", str(folder / "out.tsv")], check=True)

        def theirs(s):
            ids = torch.tensor([tokenizer.encode(s) + [1]])
            with torch.no_grad():
                y = t5.generate(ids, num_beams=a.beams, max_length=POSITIONS)
            return tokenizer.decode([i for i in y[0].tolist() if i > 1])

        rounds = []
        for _ in range(a.rounds):
            one, all_ = spent(lambda: ours(smiles[:1])), spent(lambda: ours(smiles))
            mine = [(y - x) / (len(smiles) - 1) for x, y in zip(one, all_)]
            said = theirs(smiles[0])
            start, cpu = time.perf_counter(), time.process_time()
            texts = [theirs(s) for s in smiles[1:]]
            rounds.append(mine + [(time.perf_counter() - start) / len(texts), (time.process_time() - cpu) / len(texts)])
        rows = [line.split("\t") for line in (folder / "out.tsv").read_text().split("\n") if line]
        at = rows[0].index("caption")
        equal = sum(r[at] == " ".join(t.split()) for r, t in zip(rows[1:], [said] + texts))
        m = [statistics.median(r[i] for r in rounds) for i in range(4)]
        print(json.dumps(dict(size=a.size, beams=a.beams, threads=a.threads, molecules=len(smiles), equal=equal, parameters=sum(p.numel() for p in t5.parameters()),
                              molglot=dict(wall=round(m[0], 4), cpu=round(m[1], 4)), transformers=dict(wall=round(m[2], 4), cpu=round(m[3], 4)),
                              ratio_wall=round(m[2] / m[0], 2), ratio_cpu=round(m[3] / m[1], 2))))


main()
