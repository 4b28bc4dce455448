"""What the Python halves of the benchmarks share: tables, graphs by RDKit-Python, the published MoMu in PyTorch.

The GIN is written as a careful PyTorch user would: packed graphs, one index_add_ per layer for messages, no loop over
molecules. Features are read atom by atom through RDKit's getters, as the ogb package does.
"""
import csv
import io
import subprocess

import torch
from torch import nn

csv.field_size_limit(1 << 30)


def read_table(path, rows):
    """The first `rows` (smiles, text) of a TSV or CSV with a header; zstd and gzip through their programs."""
    tool = {".zst": ["zstdcat", path], ".gz": ["zcat", path]}.get("." + path.rsplit(".", 1)[-1])
    text = subprocess.run(tool, check=True, capture_output=True).stdout.decode() if tool else open(path, encoding="utf-8").read()
    delimiter = "\t" if ".tsv" in path else ","
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    out = []
    for row in csv.DictReader(io.StringIO(text), delimiter=delimiter, quoting=quoting):
        out.append((row["smiles"].replace("\\\\", "\\"), row.get("text", "")))
        if len(out) == rows:
            break
    return out


# ---- features as in ogb.utils.features: 9 per atom, 3 per bond --------------------------------------------------------------

ATOMS = [list(range(1, 119)),
         ["CHI_UNSPECIFIED", "CHI_TETRAHEDRAL_CW", "CHI_TETRAHEDRAL_CCW", "CHI_OTHER"],
         list(range(11)), list(range(-5, 6)), list(range(9)), list(range(5)),
         ["SP", "SP2", "SP3", "SP3D", "SP3D2"], [False, True], [False, True]]
BONDS = [["SINGLE", "DOUBLE", "TRIPLE", "AROMATIC"],
         ["STEREONONE", "STEREOZ", "STEREOE", "STEREOCIS", "STEREOTRANS", "STEREOANY"], [False, True]]


def index(values, x):
    try:
        return values.index(x)
    except ValueError:
        return len(values)


def graph_of(smiles):
    """(atoms [n,9], bonds [e,3], edges [2,e]) as lists, or None."""
    from rdkit import Chem
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return None
    atoms = []
    for a in mol.GetAtoms():
        atoms.append([index(ATOMS[0], a.GetAtomicNum()), index(ATOMS[1], str(a.GetChiralTag())), index(ATOMS[2], a.GetTotalDegree()),
                      index(ATOMS[3], a.GetFormalCharge()), index(ATOMS[4], a.GetTotalNumHs()), index(ATOMS[5], a.GetNumRadicalElectrons()),
                      index(ATOMS[6], str(a.GetHybridization())), index(ATOMS[7], a.GetIsAromatic()), index(ATOMS[8], a.IsInRing())])
    bonds, source, target = [], [], []
    for b in mol.GetBonds():
        i, j = b.GetBeginAtomIdx(), b.GetEndAtomIdx()
        row = [index(BONDS[0], str(b.GetBondType())), index(BONDS[1], str(b.GetStereo())), index(BONDS[2], b.GetIsConjugated())]
        bonds += [row, row]
        source += [i, j]
        target += [j, i]
    return atoms, bonds, (source, target)


def pack(graphs):
    """One batch: atom columns [n,2], bond columns [e,2], source [e], target [e], molecule of each atom [n], count."""
    atoms, bonds, source, target, owner, base = [], [], [], [], [], 0
    for g, (a, b, (s, t)) in enumerate(graphs):
        atoms += a
        bonds += b
        source += [x + base for x in s]
        target += [x + base for x in t]
        owner += [g] * len(a)
        base += len(a)
    a = torch.tensor(atoms, dtype=torch.long).reshape(-1, 9)[:, :2].contiguous()
    b = torch.tensor(bonds, dtype=torch.long).reshape(-1, 3)[:, :2].contiguous()
    a[:, 0].clamp_(max=119)
    a[:, 1].clamp_(max=2)
    b[:, 0].clamp_(max=5)
    b[:, 1].clamp_(max=2)
    return a, b, torch.tensor(source), torch.tensor(target), torch.tensor(owner), len(graphs)


# ---- the published model ------------------------------------------------------------------------------------------------------

class Gin(nn.Module):
    def __init__(self, layers=5, dim=300):
        super().__init__()
        self.x1, self.x2 = nn.Embedding(120, dim), nn.Embedding(3, dim)
        self.e1 = nn.ModuleList(nn.Embedding(6, dim) for _ in range(layers))
        self.e2 = nn.ModuleList(nn.Embedding(3, dim) for _ in range(layers))
        self.mlp = nn.ModuleList(nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim)) for _ in range(layers))
        self.norm = nn.ModuleList(nn.BatchNorm1d(dim) for _ in range(layers))
        for e in [self.x1, self.x2, *self.e1, *self.e2]:
            nn.init.xavier_uniform_(e.weight)

    def forward(self, batch):
        a, b, source, target, owner, n = batch
        h = self.x1(a[:, 0]) + self.x2(a[:, 1])
        for i, (e1, e2, mlp, norm) in enumerate(zip(self.e1, self.e2, self.mlp, self.norm)):
            own = h + e1.weight[0] + e2.weight[0]                       # the self loop
            message = h.index_select(0, source) + e1(b[:, 0]) + e2(b[:, 1])
            h = norm(mlp(own.index_add(0, target, message)))
            if i + 1 < len(self.mlp):
                h = torch.relu(h)
        h = h.float()
        count = h.new_zeros(n).index_add_(0, owner, h.new_ones(len(owner)))
        return h.new_zeros(n, h.shape[1]).index_add(0, owner, h) / count[:, None]


def head(n, out=256):
    return nn.Sequential(nn.Linear(n, n), nn.ReLU(), nn.Linear(n, out))


def bert(vocab, dropout=0.1, attention="sdpa", **sizes):
    from transformers import BertConfig, BertModel
    config = BertConfig(vocab_size=vocab, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, **sizes)
    config._attn_implementation = attention
    return BertModel(config)


class Momu(nn.Module):
    """MoMu as published: GIN and BERT-base, a two-layer head on each."""

    def __init__(self, vocab, dropout, attention):
        super().__init__()
        self.gin, self.bert = Gin(), bert(vocab, dropout, attention)
        self.graph_head, self.text_head, self.dropout = head(300), head(768), nn.Dropout(dropout)

    def graph(self, batch):
        return nn.functional.normalize(self.graph_head(self.gin(batch)).float(), dim=1)

    def text(self, ids, mask):
        pooled = self.dropout(self.bert(input_ids=ids, attention_mask=mask).pooler_output)
        return nn.functional.normalize(self.text_head(pooled).float(), dim=1)


def infonce(a, b, tau=0.1):
    s = a @ b.t() / tau
    target = torch.arange(len(a), device=a.device)
    return (nn.functional.cross_entropy(s, target) + nn.functional.cross_entropy(s.t(), target)) / 2
