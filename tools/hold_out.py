#!/usr/bin/env python3
"""hold_out.py - what a training may leave out so that it can be measured on each kind of words apart (needs rdkit).

  tools/hold_out.py DATA OUT [MOLGLOT]

From the data of DATA (see docs/models/momu.md) it writes into the folder OUT
  names.tsv           1,000 systematic names (id, smiles, text), one a molecule
  names_pool.tsv      29,000 other molecules with systematic names
  facts.tsv           1,000 molecules of union_open, each with a text written from its facts (molglot describe --train-text)
  facts_pool.tsv      29,000 other molecules of union_open
  new_skeletons.tsv   the rows of ChEBI-20 validation whose skeleton no molecule of union/pairs_main has
  leave_out.smi       for the recipe's data.hold_out: the molecules of names.tsv and facts.tsv, and of every training source all that
                      share a skeleton with one of them

A skeleton is the InChI connectivity, the first 14 letters of the InChIKey: stereoisomers and protonation states are the same.
Held-out skeletons are none of pairs_main's, iupac_train's and chebi2020_rest's, so these lose no row. Chosen by the SHA-256 of the
SMILES: the same each time.
"""
import gzip, hashlib, json, os, re, subprocess, sys
from rdkit import Chem, RDLogger

RDLogger.DisableLog('rdApp.*')
ROWS, POOL = 1000, 29000
PAIRS = ['union/pairs_main.tsv.zst', 'pubchem324k/iupac_train.tsv.zst', 'union/chebi2020_rest_clean.tsv.zst']
NAMES = 'iupac/systematic_names_clean.tsv.zst'
OTHERS = ['iupac/openclatura_names_clean.tsv.zst', 'names/name_to_smiles_clean.tsv.zst', 'names/pdb_ccd_clean.tsv.zst']
OPEN = 'smiles/union_open_no_eval.smi.gz'

data, out = sys.argv[1:3]
molglot = sys.argv[3] if len(sys.argv) > 3 else 'molglot'


def table(name):
    text = subprocess.run(['zstd', '-dc', os.path.join(data, name)], check=True, stdout=subprocess.PIPE).stdout.decode()
    lines = text.split('\n')
    assert lines[0].split('\t') == ['id', 'smiles', 'text'], name
    return [line.split('\t') for line in lines[1:] if line]


def order(s):
    return hashlib.sha256(('molglot ' + s).encode()).hexdigest()


keys = {}


def skeleton(smiles):
    if smiles not in keys:
        mol = Chem.MolFromSmiles(smiles)
        keys[smiles] = (Chem.MolToInchiKey(mol) or None) if mol else None
        if keys[smiles]:
            keys[smiles] = keys[smiles][:14]
    return keys[smiles]


ATOM = re.compile(r'\[[0-9]*([A-Z][a-z]?|[a-z]{1,2}|\*)[^]]*\]|(Cl|Br|[BCNOPSFI]|[bcnops])')


def composition(smiles):
    """Heavy atoms of each element: the same for all molecules of a skeleton."""
    count = {}
    for bracket, plain in ATOM.findall(smiles):
        e = (bracket or plain).capitalize()
        if e != 'H':
            count[e] = count.get(e, 0) + 1
    return tuple(sorted(count.items()))


def choose(candidates, taken, n):
    """The first n whose skeleton is new; adds it to taken."""
    chosen = []
    for smiles in candidates:
        if len(chosen) == n:
            break
        k = skeleton(smiles)
        if k and k not in taken:
            taken.add(k)
            chosen.append(smiles)
    return chosen


def write(name, rows):
    with open(os.path.join(out, name), 'w') as f:
        f.write('id\tsmiles\ttext\n')
        f.writelines('\t'.join(r) + '\n' for r in rows)
    print(name, len(rows))


os.makedirs(out, exist_ok=True)
pairs = {}
main = set()
for name in PAIRS:
    for _, smiles, _ in table(name):
        pairs[smiles] = True
        if name == PAIRS[0]:
            main.add(skeleton(smiles))
taken = {skeleton(s) for s in pairs}
before = set(taken)

by_molecule = {}
for i, smiles, text in table(NAMES):
    by_molecule.setdefault(smiles, []).append((i, smiles, text))
ordered = sorted(by_molecule, key=order)
held_names = choose(ordered, taken, ROWS)
write('names.tsv', [min(by_molecule[s], key=lambda r: order(r[2])) for s in held_names])
held = set(held_names)

with gzip.open(os.path.join(data, OPEN), 'rt') as f:
    open_molecules = [line.strip() for line in f if line.strip()]
by_order = sorted(set(open_molecules), key=order)
held_facts = choose(by_order, taken, ROWS)
said = subprocess.run([molglot, 'describe', '-q', '--train-text', '1', '-f', 'jsonl', '--input-format', 'smi', '-i', '-'],
                      input='\n'.join(held_facts) + '\n', text=True, stdout=subprocess.PIPE, check=True).stdout
texts = [json.loads(line)['description'] for line in said.split('\n') if line]
assert len(texts) == len(held_facts)
write('facts.tsv', [('open:%d' % (i + 1), s, t) for i, (s, t) in enumerate(zip(held_facts, texts)) if t])
held |= set(held_facts)

for name, molecules in (('names_pool.tsv', ordered), ('facts_pool.tsv', by_order)):
    pool = [s for s in reversed(molecules) if s not in held][:POOL]
    write(name, [('pool:%d' % (i + 1), s, '') for i, s in enumerate(pool)])
write('new_skeletons.tsv', [r for r in table('chebi20/validation.tsv.zst') if skeleton(r[1]) not in main])

skeletons = taken - before
compositions = {composition(s) for s in held}
leave = set(held)
sources = [by_molecule, by_order] + [{r[1] for r in table(name)} for name in OTHERS]
for source in sources:
    for smiles in source:
        if smiles not in leave and composition(smiles) in compositions and skeleton(smiles) in skeletons:
            leave.add(smiles)
with open(os.path.join(out, 'leave_out.smi'), 'w') as f:
    f.writelines(s + '\n' for s in sorted(leave))
print('leave_out.smi', len(leave))
