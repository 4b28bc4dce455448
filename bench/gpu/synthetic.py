"""The batches of synthetic.c, number for number, as padded texts and packed graphs for PyTorch."""
import numpy as np

SEED, VOCAB, ELEMENTS, BOND_TYPES, LONGEST = 2026, 8192, 119, 4, 128
LENGTHS, TOKENS, SIZES, BRANCHES, ATOMS, BONDS, STREAMS = range(7)
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    """base/rng.c's, on Python's integers."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def draw(number, stream, n):
    """32 bits for each of n counters, as uint64."""
    key = mix(mix((SEED + GOLDEN) & MASK) ^ mix(((number * STREAMS + stream) * 0xD1342543DE82EF95 + 1) & MASK))
    z = np.uint64(key) + (np.arange(n, dtype=np.uint64) + np.uint64(1)) * np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) >> np.uint64(32)


def below(r, n):
    return (r * np.uint64(n) >> np.uint64(32)).astype(np.int64)


def skewed(r, least, span):
    return least + below(r * r >> np.uint64(32), span + 1)


def texts(n, number):
    """(lengths [n], ids [tokens], position in its text [tokens])"""
    lengths = skewed(draw(number, LENGTHS, n), 20, LONGEST - 20)
    ids = below(draw(number, TOKENS, int(lengths.sum())), VOCAB)
    starts = np.cumsum(lengths) - lengths
    return lengths, ids, np.arange(len(ids)) - np.repeat(starts, lengths)


def molecules(n, number):
    """(sizes [n], element and chirality [atoms], bond's two atoms, type and stereo [bonds])"""
    sizes = skewed(draw(number, SIZES, n), 10, 50)
    total = int(sizes.sum())
    r = draw(number, ATOMS, total)
    percent = below(r, 100)
    element = np.where(percent < 70, 5, np.where(percent < 85, 7, np.where(percent < 95, 6, (r % np.uint64(ELEMENTS)).astype(np.int64))))
    chirality = (r % np.uint64(3)).astype(np.int64)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    j = np.arange(total) - first
    r = draw(number, BRANCHES, total)
    back = np.where(r >> np.uint64(30) != 0, 1, 2 + ((r & np.uint64(0xFFFF)) % np.uint64(3)).astype(np.int64))
    parent = first + np.where(back > j, 0, j - back)
    bonds = []                                          # in synthetic.c's order: an atom's parent, then its ring
    for a in range(total):
        if j[a] > 0:
            bonds.append((a, parent[a]))
        if j[a] % 6 == 5:
            bonds.append((a, a - 5))
    bonds = np.array(bonds, dtype=np.int64)
    r = draw(number, BONDS, len(bonds))
    return sizes, element, chirality, bonds, below(r, BOND_TYPES), (r % np.uint64(3)).astype(np.int64)


def make(n, number):
    """A dict of arrays, and the checksum that bench_gpu prints for the same batch."""
    lengths, ids, at = texts(n, number)
    sizes, element, chirality, bonds, kind, stereo = molecules(n, number)
    source, target = np.concatenate([bonds[:, 1], bonds[:, 0]]), np.concatenate([bonds[:, 0], bonds[:, 1]])
    kind, stereo = np.concatenate([kind, kind]), np.concatenate([stereo, stereo])
    checksum = int((ids * (at + 1)).sum() + (element * 7 + ELEMENTS + chirality).sum() + ((source + 1) * (kind + 1) + target).sum()) & 0xFFFFFFFF
    longest = int(lengths.max())
    padded, mask = np.zeros((n, longest), dtype=np.int64), np.arange(longest)[None, :] < lengths[:, None]
    padded[mask] = ids
    return {"ids": padded, "mask": mask, "lengths": lengths, "atoms": np.stack([element, chirality], 1), "bonds": np.stack([kind, stereo], 1),
            "source": source, "target": target, "owner": np.repeat(np.arange(n), sizes), "sizes": sizes, "checksum": checksum}
