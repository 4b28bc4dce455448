"""Tiny checkpoints and tokeniser goldens of T5, written by transformers and sentencepiece: tests/fixtures/t5/{hf,torch,pieces.json,atomas.ckpt}.

    hf/            a folder of T5 v1.1: config.json, model.safetensors, spiece.model, special files
    atomas.ckpt    as Lightning writes it: state_dict with molt5.* and molt5_m.* (other numbers), and keys that are none of T5's
    pieces.json    texts with the ids of T5Tokenizer and what its decode says; outputs of hf/ for a few texts (beams of 3, 4.34)

    PYTHONPATH=... python tests/parity/t5_checkpoints.py tests/fixtures/t5    (needs torch, transformers 4.34, sentencepiece; not part of the tests)
"""
import json
import pathlib
import shutil
import sys
import tempfile

import sentencepiece
import torch
from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

TEXTS = ["The molecule is a hydroxy acid .", "CC(=O)OC1=CC=CC=C1C(=O)O", "", "  two   blanks\tand a tab ", "25\u2103 and \u00e9", "C/C=C\\C",
         "a\\\\b\\c", "it 's , isn't it ?", "<extra_id_0> is text", "It has a role as an acid.", "\u00b2\u00b3 \u4f60\u597d", "x" * 60]
CORPUS = ["The molecule is a hydroxy acid and an acid.", "It has a role as a metabolite.", "CC(=O)OC1=CC=CC=C1C(=O)O", "C1=CC=C(C=C1)O", "CCO",
          "CC(C)CC1=CC=C(C=C1)C(C)C(=O)O", "The molecule is an alcohol, an amide and a member of benzenes.", "isn't it's we've they're I'm"]
RULES = "2103\tB0 43\n9\t20\nB2\t32\n"            # code points in hexadecimal: what becomes what


def make_pieces(folder):
    with tempfile.TemporaryDirectory() as d:
        d = pathlib.Path(d)
        (d / "rules.tsv").write_text(RULES)
        (d / "corpus.txt").write_text("\n".join(CORPUS * 30))
        sentencepiece.SentencePieceTrainer.train(
            input=str(d / "corpus.txt"), model_prefix=str(d / "spiece"), vocab_size=110, hard_vocab_limit=False, model_type="unigram", pad_id=0, eos_id=1, unk_id=2,
            bos_id=-1, pad_piece="<pad>", eos_piece="</s>", unk_piece="<unk>", character_coverage=1.0, num_threads=1,
            normalization_rule_tsv=str(d / "rules.tsv"))
        shutil.copy(d / "spiece.model", folder / "spiece.model")


def main(out):
    out = pathlib.Path(out)
    hf = out / "hf"
    hf.mkdir(parents=True, exist_ok=True)
    make_pieces(hf)
    tokenizer = T5Tokenizer(str(hf / "spiece.model"), legacy=True)
    torch.manual_seed(11)
    config = T5Config(vocab_size=224, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_decoder_layers=2, num_heads=3, dropout_rate=0.1,
                      feed_forward_proj="gated-gelu", tie_word_embeddings=False, decoder_start_token_id=0, n_positions=64)
    models = [T5ForConditionalGeneration(config).eval() for _ in range(2)]
    for m in models:
        for p in m.parameters():
            with torch.no_grad():
                p.copy_((1 + 0.2 * torch.randn(p.shape) if p.dim() == 1 else torch.randn(p.shape) * 0.35).bfloat16().float())
        m.lm_head.weight.data[tokenizer.sp_model.get_piece_size():] = 0      # no piece there: hardly written
    models[0].save_pretrained(hf, safe_serialization=True)
    for extra in ("generation_config.json",):
        (hf / extra).unlink(missing_ok=True)
    pieces = []
    for t in TEXTS:
        ids = tokenizer(t).input_ids if "<extra" not in t else tokenizer.sp_model.encode(t) + [1]
        pieces.append(dict(text=t, ids=ids, decoded=tokenizer.decode(ids, skip_special_tokens=True)))
    said = []
    for which, m in (("molt5", models[0]), ("molt5_m", models[1])):
        for t in (TEXTS[0], TEXTS[1]):
            ids = torch.tensor([tokenizer(t).input_ids])
            y = m.generate(ids, num_beams=3, max_length=24, num_return_sequences=2, return_dict_in_generate=True, output_scores=True)
            said.append(dict(model=which, text=t, ids=y.sequences[0].tolist(), scores=y.sequences_scores.tolist(),
                             texts=[tokenizer.decode(s, skip_special_tokens=True) for s in y.sequences]))
    state = {}
    for prefix, m in (("molt5.", models[0]), ("molt5_m.", models[1])):
        for n, p in m.state_dict().items():
            state[prefix + n] = p.clone()
    state["temp"], state["text_linear.weight"] = torch.tensor(0.07), torch.zeros(1, 8)
    state["queue_ptr"] = torch.zeros(1, dtype=torch.long)
    torch.save({"epoch": 3, "global_step": 12, "pytorch-lightning_version": "1.7.0", "state_dict": {k: v.half() if v.is_floating_point() else v
                                                                                                   for k, v in state.items()}}, out / "atomas.ckpt")
    (out / "pieces.json").write_text(json.dumps(dict(pieces=pieces, said=said), indent=1))


main(sys.argv[1])
