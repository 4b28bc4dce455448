#!/usr/bin/env python3
"""PyTorch's side of HierVAE's decoder: writes tests/fixtures/motif/decoder.json.

    /usr/bin/python3 tests/parity/motif_golden.py trees > trees.json     (RDKit 2022.09.3)
    python tests/parity/motif_golden.py trees.json OUT.json               (PyTorch)

Written from docs/reference/3m-diffusion.md 3 and 5 alone: trees by RDKit, one molecule after another
with its states in dictionaries, weights whole as published, gradients by autograd. The C program
packs steps of several molecules and splits weights; both must say the same.
"""
import itertools
import json
import math
import sys

SMILES = ["CC(=O)Oc1ccccc1C(=O)O", "CC(C)CC(N)C(=O)O", "CN1CCC2(CC1)OCCO2", "OC1CCC2CCCCC2C1"]
WHOLE = ["C1=CC=CC=C1"]
HIDDEN, EMBED, LATENT, POSITIONS, STEPS = 12, 10, 5, 30, 5
KINDS = [(5, 0), (5, -1), (35, 0), (35, -1), (35, 2), (35, 3), (6, 0), (6, 1), (6, -1), (17, 0), (17, 1),
         (17, -1), (17, 2), (17, 3), (9, 0), (9, 1), (9, -1), (53, -1), (53, 0), (53, 1), (53, 2), (53, 3),
         (7, 0), (7, 1), (7, -1), (8, 0), (8, 1), (8, -1), (15, 0), (15, 1), (15, -1), (16, 0), (16, 1),
         (16, -1), (34, 0), (34, 1), (34, -1), (14, 0), (14, -1)]


# ---- trees ----

def trees():
    from rdkit import Chem, RDLogger
    RDLogger.DisableLog("rdApp.*")
    order = {Chem.BondType.SINGLE: 0, Chem.BondType.DOUBLE: 1, Chem.BondType.TRIPLE: 2}

    def read(s):
        m = Chem.MolFromSmiles(s)
        if m is not None:
            Chem.Kekulize(m, clearAromaticFlags=True)
        return m

    def write(m):
        return Chem.MolToSmiles(m, kekuleSmiles=True)

    def bare(m):
        n = Chem.RWMol()
        for a in m.GetAtoms():
            b = Chem.Atom(a.GetAtomicNum())
            b.SetFormalCharge(a.GetFormalCharge())
            b.SetAtomMapNum(a.GetAtomMapNum())
            n.AddAtom(b)
        for b in m.GetBonds():
            n.AddBond(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), b.GetBondType())
        return n.GetMol()

    def piece(m, atoms):
        rough = Chem.MolFromSmiles(Chem.MolFragmentToSmiles(m, list(atoms), kekuleSmiles=True), sanitize=False)
        return read(write(bare(rough)))

    def relabel(m, f):
        m = Chem.Mol(m)
        for a in m.GetAtoms():
            a.SetAtomMapNum(f(a.GetAtomMapNum() - 1))
        return m

    def tree(smiles):
        mol = read(smiles)
        n = mol.GetNumAtoms()
        whole = {Chem.CanonSmiles(s) for s in WHOLE}
        clusters = [[b.GetBeginAtomIdx(), b.GetEndAtomIdx()] for b in mol.GetBonds() if not b.IsInRing()]
        clusters += [list(r) for r in Chem.GetSymmSSSR(mol)]
        assert whole == {"c1ccccc1"}  # a ring of its own: nothing is merged here
        clusters.sort(key=min)
        member = [[i for i, c in enumerate(clusters) if a in c] for a in range(n)]
        nodes, edges = list(clusters), {}
        for a in range(n):
            if len(member[a]) < 2:
                continue
            common = set.intersection(*(set(clusters[i]) for i in member[a]))
            if len(member[a]) > 2 and len(common) == 1:
                nodes.append([a])
                for i in member[a]:
                    edges[(i, len(nodes) - 1)] = 100
            else:
                for i, j in itertools.combinations(member[a], 2):
                    edges[(i, j)] = len(set(clusters[i]) | set(clusters[j]))
        up, kept = list(range(len(nodes))), []
        def root(x):
            while up[x] != x:
                x = up[x]
            return x
        for i, j in sorted(edges, key=lambda e: -edges[e]) if len(edges) >= len(nodes) else edges:
            if root(i) != root(j):
                up[root(i)] = root(j)
                kept.append((i, j))
        near = [[] for _ in nodes]
        for i, j in kept:
            near[i].append(j)
            near[j].append(i)
        moves, parent, position, history = [], [-1] * len(nodes), [0] * len(nodes), {}
        def walk(x, p):
            done = []
            for k, y in enumerate(sorted(c for c in near[x] if c != p), 1):
                parent[y], position[y] = x, k
                history[y] = done + [x] + ([p] if p >= 0 else [])
                moves.append([x, y, 1])
                walk(y, x)
                moves.append([y, x, 0])
                done = done + [y]
        walk(0, -1)
        moves.append([0, -1, 0])
        tagged = Chem.Mol(mol)
        for a in tagged.GetAtoms():
            a.SetAtomMapNum(a.GetIdx() + 1)
        tags, out = {}, []
        for i, cluster in enumerate(nodes):
            above = nodes[parent[i]] if parent[i] >= 0 else None
            joint = {0} if above is None else set(cluster) & set(above)
            s = piece(tagged, cluster)
            plain = write(relabel(s, lambda x: 0))
            if s.GetNumBonds() == 0:
                label, anchors = plain, [(cluster[0], plain)]
            else:
                label = write(relabel(s, lambda x: 1 if x in joint else 2 if len(member[x]) > 1 else 0))
                anchors = []
                for a in s.GetAtoms():
                    own = a.GetAtomMapNum() - 1
                    if own in joint and any(b.GetAtomMapNum() - 1 not in joint for b in a.GetNeighbors()):
                        anchors.append((own, write(relabel(s, lambda x: 1 if x == own else 0))))
            sites = []
            if above is not None and len(above) > 2:
                r = piece(tagged, sorted({a for q in history[i] for a in nodes[q]}))
                of = [a.GetAtomMapNum() - 1 for a in r.GetAtoms()]
                rank = dict(zip(of, Chem.CanonicalRankAtoms(relabel(r, lambda x: 0), breakTies=False)))
                m = len(joint)
                if m == 1:
                    p = anchors[0][0]
                    sites = [[p]] + [[x] for x in above if rank[x] != rank[p]]
                else:
                    p, q = anchors[0][0], anchors[1][0]
                    shift = above[m - 1:] + above[:m - 1]
                    if anchors[0][1] == anchors[1][1]:
                        def key(x, y):
                            return rank[min(x, y)], rank[max(x, y)]
                        sites = [[p, q]] + [[x, y] for x, y in zip(above, shift) if key(x, y) != key(p, q)]
                    else:
                        sites = [[p, q]] + [[x, y] for x, y in zip(above + shift, shift + above)
                                            if (rank[x], rank[y]) != (rank[p], rank[q])]
                for f in joint:
                    for b in tagged.GetAtomWithIdx(f).GetNeighbors():
                        if b.GetIdx() in cluster and b.GetIdx() not in above:
                            tags.setdefault((b.GetIdx(), f), position[i])
            out.append(dict(cluster=cluster, parent=parent[i], position=position[i], motif=plain, label=label,
                            anchors=[a[1] for a in anchors], sites=sites))
        bonds = []
        for b in mol.GetBonds():
            x, y = b.GetBeginAtomIdx(), b.GetEndAtomIdx()
            bonds.append([x, y, order[b.GetBondType()], tags.get((x, y), 0), tags.get((y, x), 0)])
        kinds = [KINDS.index((a.GetAtomicNum(), a.GetFormalCharge())) for a in mol.GetAtoms()]
        return dict(kinds=kinds, bonds=bonds, nodes=out, moves=moves)

    json.dump([tree(s) for s in SMILES], sys.stdout)


# ---- the network ----

def hashed(k, i):
    mask = (1 << 64) - 1
    z = ((k << 32) + i + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    z ^= z >> 31
    return (z >> 40) / 8388608.0 - 1


def twin(path, out):
    import torch
    import torch.nn.functional as F
    torch.set_default_dtype(torch.float64)
    molecules = json.load(open(path))
    pairs = sorted({(n["motif"], label) for t in molecules for n in t["nodes"]
                    for label in [n["label"]] + n["anchors"]})
    motifs = sorted({m for m, _ in pairs})
    pair_of = {p: i for i, p in enumerate(pairs)}
    motif_of = {m: i for i, m in enumerate(motifs)}
    H, E, Z, P = HIDDEN, EMBED, LATENT, POSITIONS
    shapes = {}  # of the C program's parts, in the order of their names

    def unit(name, x, f):
        for g in "iouf":
            if x:
                shapes[f"{name}.{g}.x"], shapes[f"{name}.{g}.label"] = (H, x), (P, H)
            else:
                shapes[f"{name}.{g}.x"] = (39 + 4 + P, H)
            shapes[f"{name}.{g}.h"], shapes[f"{name}.{g}.bias"] = (H, H), (1, H)
        shapes[f"{name}.out.f"] = (H, f) if f else (39, H)
        shapes[f"{name}.out.h"], shapes[f"{name}.out.bias"] = (H, H), (1, H)

    def head(name, n):
        shapes.update({f"{name}.v": (H, H), f"{name}.z": (H, Z), f"{name}.bias": (1, H),
                       f"{name}.out.weight": (n, H), f"{name}.out.bias": (1, n)})

    shapes.update({"motifs": (len(motifs), E), "pairs": (len(pairs), E)})
    for name in ("motif", "label"):
        shapes.update({f"{name}.e": (H, E), f"{name}.h": (H, H), f"{name}.bias": (1, H)})
    unit("tree", H, H)
    unit("inter", H, H)
    unit("atom", 0, 0)
    head("topology", 1)
    head("motif_head", len(motifs))
    head("pair_head", len(pairs))
    shapes.update({"match.v": (H, H), "match.e": (H, E), "match.position": (P, H), "match.bias": (1, H),
                   "assemble.weight": (Z, H), "assemble.bias": (1, Z), "root.weight": (H, Z), "root.bias": (1, H)})
    names = sorted(shapes)
    w = {}
    for k, name in enumerate(names):
        r, c = shapes[name]
        w[name] = torch.tensor([[0.6 * hashed(k, i * c + j) for j in range(c)] for i in range(r)],
                               requires_grad=True)
    n = len(molecules)
    free = {"mean": torch.tensor([[hashed(1000, b * Z + j) for j in range(Z)] for b in range(n)], requires_grad=True),
            "variance": torch.tensor([[-1 - hashed(1001, b * Z + j) for j in range(Z)] for b in range(n)],
                                     requires_grad=True)}
    noise = torch.tensor([[2 * hashed(1002, b * Z + j) for j in range(Z)] for b in range(n)])

    def whole(name, one_hot_first):
        """[W of x | W of the label | W of the state], as the published weights are."""
        x = w[name + ".x"].T if one_hot_first else torch.cat([w[name + ".x"], w[name + ".label"].T], 1)
        return torch.cat([x, w[name + ".h"]], 1)

    def cell(name, first, x, near):
        """One message: near, a list of (h, c)."""
        s = sum((h for h, _ in near), torch.zeros(H))
        def gate(g, state):
            return F.linear(torch.cat([x, state]), whole(f"{name}.{g}", first), w[f"{name}.{g}.bias"][0])
        i, o, u = torch.sigmoid(gate("i", s)), torch.sigmoid(gate("o", s)), torch.tanh(gate("u", s))
        c = i * u
        for h, ck in near:
            c = c + torch.sigmoid(gate("f", h)) * ck
        return o * torch.tanh(c), c

    def output(name, feature, messages):
        f = w[name + ".out.f"]
        weight = torch.cat([f.T if name == "atom" else f, w[name + ".out.h"]], 1)
        return F.relu(F.linear(torch.cat([feature, sum((h for h, _ in messages), torch.zeros(H))]), weight,
                               w[name + ".out.bias"][0]))

    def one_hot(i, size):
        return F.one_hot(torch.tensor(i), size).to(torch.float64)

    def run_head(name, v, z):
        x = F.relu(F.linear(torch.cat([v, z]), torch.cat([w[name + ".v"], w[name + ".z"]], 1), w[name + ".bias"][0]))
        return F.linear(x, w[name + ".out.weight"], w[name + ".out.bias"][0])

    def molecule(t, z):
        losses = [torch.zeros(()) for _ in range(4)]
        r = F.linear(z, w["root.weight"], w["root.bias"][0])
        bonds = {}
        for x, y, o, forth, back in t["bonds"]:
            bonds[(x, y)], bonds[(y, x)] = (o, forth), (o, back)
        there, states = set(), {}
        tree, inter = {("root", 0): (r, torch.zeros(H))}, {}

        def enter(node):
            inside = set(t["nodes"][node]["cluster"])
            there.update(b for b in bonds if b[0] in inside and b[1] in inside)

        def predict(v, node):
            y = t["nodes"][node]
            motif, pair = motif_of[y["motif"]], pair_of[(y["motif"], y["label"])]
            losses[1] = losses[1] + F.cross_entropy(run_head("motif_head", v, z), torch.tensor(motif))
            mask = torch.tensor([0.0 if motif_of[m] == motif else -1000.0 for m, _ in pairs])
            losses[2] = losses[2] + F.cross_entropy(run_head("pair_head", v, z) + mask, torch.tensor(pair))

        predict(r, 0)
        enter(0)
        for x, y, grows in t["moves"]:
            node = t["nodes"][x]
            own = [b for b in there if b[0] in node["cluster"] and b[1] in node["cluster"]]
            for b in own:
                states[b] = (torch.zeros(H), torch.zeros(H))
            for _ in range(STEPS):
                new = {}
                for b in own:
                    o, p = bonds[b]
                    feature = torch.cat([one_hot(t["kinds"][b[0]], 39), one_hot(o, 4), one_hot(p, POSITIONS)])
                    near = [states[k] for k in there if k[1] == b[0] and k[0] != b[1]]
                    new[b] = cell("atom", True, feature, near)
                states.update(new)
            atoms = {a: output("atom", one_hot(t["kinds"][a], 39), [states[k] for k in there if k[1] == a])
                     for a in node["cluster"]}
            total = sum(atoms.values())
            pair = pair_of[(node["motif"], node["label"])]
            hi = F.relu(F.linear(torch.cat([w["pairs"][pair], total]), torch.cat([w["label.e"], w["label.h"]], 1),
                                 w["label.bias"][0]))
            label = 0 if y < 0 or t["nodes"][y]["parent"] == x else node["position"]
            def level(name, feature, messages):
                near = [m for (a, b), m in messages.items() if b == x and a != y]
                out = output(name, feature, [m for (a, b), m in messages.items() if b == x])
                if y >= 0:
                    messages[(x, y)] = cell(name, False, torch.cat([feature, one_hot(label, POSITIONS)]), near)
                return out
            hm = F.relu(F.linear(torch.cat([w["motifs"][motif_of[node["motif"]]], level("inter", hi, inter)]),
                                 torch.cat([w["motif.e"], w["motif.h"]], 1), w["motif.bias"][0]))
            v = level("tree", hm, tree)
            logit = run_head("topology", v, z)[0]
            losses[0] = losses[0] + F.binary_cross_entropy_with_logits(logit, torch.tensor(float(grows)))
            if grows:
                child = t["nodes"][y]
                predict(tree[(x, y)][0], y)
                scores = []
                for site in child["sites"]:
                    total = torch.zeros(H)
                    for atom, anchor in zip(site, child["anchors"]):
                        a = w["pairs"][pair_of[(child["motif"], anchor)]]
                        total = total + F.relu(F.linear(
                            torch.cat([atoms[atom], a, one_hot(child["position"], POSITIONS)]),
                            torch.cat([w["match.v"], w["match.e"], w["match.position"].T], 1), w["match.bias"][0]))
                    scores.append(F.linear(total, w["assemble.weight"], w["assemble.bias"][0]) @ z)
                if scores:
                    losses[3] = losses[3] + F.cross_entropy(torch.stack(scores), torch.tensor(0))
            if y >= 0:
                enter(y)
        return losses

    z = free["mean"] + torch.exp(free["variance"] / 2) * noise
    sums = [torch.zeros(()) for _ in range(4)]
    for b, t in enumerate(molecules):
        for k, loss in enumerate(molecule(t, z[b])):
            sums[k] = sums[k] + loss
    kl = -0.5 * (1 + free["variance"] - free["mean"] ** 2 - torch.exp(free["variance"])).sum(1).mean()
    total = sum(sums) / n + 0.1 * kl
    total.backward()
    gradients = {}
    for name, x in list(w.items()) + list(free.items()):
        g = x.grad.flatten() if x.grad is not None else torch.zeros(x.numel())
        at = sorted({int((hashed(2000, k) + 1) / 2 * g.numel()) for k in range(6)})
        gradients[name] = {"norm": g.norm().item(), "at": at, "value": [g[i].item() for i in at]}
    json.dump({"vocab": "".join(f"fragment {s}\n" for s in WHOLE) + "".join(f"{m} {a}\n" for m, a in pairs),
               "smiles": SMILES, "sizes": [H, E, Z], "losses": [s.item() for s in sums], "divergence": kl.item(),
               "total": total.item(), "gradients": gradients}, open(out, "w"), indent=0)
    print(total.item(), [s.item() for s in sums], kl.item(), len(pairs), len(motifs))


if __name__ == "__main__":
    trees() if sys.argv[1] == "trees" else twin(sys.argv[1], sys.argv[2])
