/* synthetic.c - batches for bench_gpu: texts and molecules that look real in size and shape, and
 * mean nothing.
 *
 *   text       20 to 128 tokens, mean 56 (20 + 109 u^2), ids uniform below VOCAB
 *   molecule   10 to 60 atoms, mean 27 (10 + 51 u^2): a chain with branches; every sixth atom
 *              closes a ring of six; mostly carbon
 *
 * Every number is 32 bits of mg_rng_u64(SEED, stream, counter), u = r / 2^32, in whole numbers
 * only, so that synthetic.py makes the same batches for PyTorch. Atoms and bonds are rows of the
 * featuriser's "simple" tables: 119 + 4 and 4 + 3 rows.
 */
#include "bench_gpu.h"
#include "chem/chem.h"
#include "text/text.h"

#include <string.h>

enum { SEED = 2026, ELEMENTS = 119, BOND_TYPES = 4 };
/* a batch has streams of its own */
enum { LENGTHS, TOKENS, SIZES, BRANCHES, ATOMS, BONDS, STREAMS };

static uint64_t draw(uint64_t number, int stream, int64_t i) {
    return mg_rng_u64(SEED, number * STREAMS + (uint64_t)stream, (uint64_t)i) >> 32;
}

/* [0, n) */
static int32_t below(uint64_t r, int32_t n) { return (int32_t)(r * (uint64_t)n >> 32); }

/* least + (range + 1) u^2: many short ones, few long ones */
static int32_t skewed(uint64_t r, int32_t least, int32_t range) {
    return least + below(r * r >> 32, range + 1);
}

static void *take(synthetic *s, int64_t count) {
    return mg_arena_alloc(&s->memory, (size_t)(count + 1) * sizeof(int32_t));
}

static bool make_texts(synthetic *s, int64_t n, uint64_t number) {
    int32_t *offsets = take(s, n);
    if (!offsets) return false;
    offsets[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        const int32_t length = skewed(draw(number, LENGTHS, i), 20, LONGEST_TEXT - 20);
        offsets[i + 1] = offsets[i] + length;
        s->longest = length > s->longest ? length : s->longest;
        s->squares += (double)length * length;
    }
    s->tokens = offsets[n];
    int32_t *ids = take(s, s->tokens), *positions = take(s, s->tokens);
    if (!ids || !positions) return false;
    for (int64_t i = 0, k = 0; i < n; i++)
        for (int32_t at = 0; k < offsets[i + 1]; k++, at++) {
            ids[k] = below(draw(number, TOKENS, k), VOCAB);
            positions[k] = at;
            s->checksum += (uint32_t)(ids[k] * (at + 1));
        }
    s->text =
        (mg_text_batch){.n = n, .token_offsets = offsets, .token_ids = ids, .positions = positions};
    return true;
}

/* Bonds of one molecule as pairs of atoms of the batch; returns how many. */
static int64_t bonds_of(uint64_t number, int32_t first, int32_t atoms, int32_t (*pairs)[2]) {
    int64_t n = 0;
    for (int32_t j = 1; j < atoms; j++) {
        const uint64_t r = draw(number, BRANCHES, first + j);
        const int32_t back = r >> 30 ? 1 : 2 + (int32_t)((r & 0xFFFF) % 3);
        pairs[n][0] = first + j;
        pairs[n++][1] = first + (back > j ? 0 : j - back);
        if (j % 6 != 5) continue;
        pairs[n][0] = first + j;
        pairs[n++][1] = first + j - 5;
    }
    return n;
}

static int32_t element(uint64_t r) {
    const int32_t percent = below(r, 100);
    /* C, O, N, any */
    return percent < 70 ? 5 : percent < 85 ? 7 : percent < 95 ? 6 : (int32_t)(r % ELEMENTS);
}

/* Edges into each atom: both directions of every bond, sorted by their target (counting sort). */
static bool make_edges(synthetic *s, int64_t n_bonds, int32_t (*pairs)[2], uint64_t number) {
    int32_t *offsets = take(s, s->atoms), *source = take(s, 2 * n_bonds),
            *ids = take(s, 4 * n_bonds), *fill = take(s, s->atoms);
    if (!offsets || !source || !ids || !fill) return false;
    memset(offsets, 0, (size_t)(s->atoms + 1) * sizeof *offsets);
    for (int64_t b = 0; b < n_bonds; b++)
        for (int side = 0; side < 2; side++) offsets[pairs[b][side] + 1]++;
    for (int64_t a = 0; a < s->atoms; a++) offsets[a + 1] += offsets[a];
    memcpy(fill, offsets, (size_t)s->atoms * sizeof *fill);
    for (int64_t b = 0; b < n_bonds; b++)
        for (int side = 0; side < 2; side++) {
            const int32_t at = fill[pairs[b][side]]++;
            const uint64_t r = draw(number, BONDS, b);
            source[at] = pairs[b][1 - side];
            ids[2 * at] = below(r, BOND_TYPES);
            ids[2 * at + 1] = BOND_TYPES + (int32_t)(r % 3);
            s->checksum += (uint32_t)((source[at] + 1) * (ids[2 * at] + 1) + pairs[b][side]);
        }
    s->edges = 2 * n_bonds;
    s->mol.edge_offsets = offsets;
    s->mol.edge_src = source;
    s->mol.edge_ids = ids;
    return true;
}

static bool make_molecules(synthetic *s, int64_t n, uint64_t number) {
    int32_t *offsets = take(s, n);
    if (!offsets) return false;
    offsets[0] = 0;
    for (int64_t i = 0; i < n; i++)
        offsets[i + 1] = offsets[i] + skewed(draw(number, SIZES, i), 10, 50);
    s->atoms = offsets[n];
    int32_t *ids = take(s, 2 * s->atoms), (*pairs)[2] = take(s, 4 * s->atoms);
    if (!ids || !pairs) return false;
    for (int64_t a = 0; a < s->atoms; a++) {
        const uint64_t r = draw(number, ATOMS, a);
        ids[2 * a] = element(r);
        ids[2 * a + 1] = ELEMENTS + (int32_t)(r % 3);
        s->checksum += (uint32_t)(ids[2 * a] * 7 + ids[2 * a + 1]);
    }
    int64_t n_bonds = 0;
    for (int64_t i = 0; i < n; i++)
        n_bonds += bonds_of(number, offsets[i], offsets[i + 1] - offsets[i], pairs + n_bonds);
    s->mol = (mg_mol_batch){
        .n = n, .atom_offsets = offsets, .atom_ids = ids, .atom_cols = 2, .bond_cols = 2};
    return make_edges(s, n_bonds, pairs, number);
}

bool synthetic_make(synthetic *s, int64_t n, uint64_t number) {
    *s = (synthetic){0};
    if (mg_arena_init(&s->memory, (size_t)n * 16384 + (1 << 20), NULL)) return false;
    return make_texts(s, n, number) && make_molecules(s, n, number);
}

void synthetic_free(synthetic *s) { mg_arena_free(&s->memory); }
