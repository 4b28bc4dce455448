/* pack.c - the arrays of a batch: tokens, graphs and bags of its rows one behind the other, with
 * offsets.
 */
#include "data/pack.h"

#include "base/bags.h"

#include <math.h>
#include <string.h>

/* ---- bags ---- */

static size_t merge_two(const mg_entry *a, const mg_entry *a_end, const mg_entry *b,
                        const mg_entry *b_end, mg_entry *out) {
    mg_entry *o = out;
    while (a < a_end && b < b_end) { /* without branches: which list is next is a coin toss */
        mg_entry x = *a, y = *b;
        uint32_t i = (uint32_t)(x >> 32), j = (uint32_t)(y >> 32);
        *o++ = i == j ? x + (uint32_t)y : i < j ? x : y;
        a += i <= j;
        b += j <= i;
    }
    size_t left = (size_t)(a_end - a), right = (size_t)(b_end - b);
    memcpy(o, a, left * sizeof *o);
    memcpy(o + left, b, right * sizeof *o);
    return (size_t)(o - out) + left + right;
}

size_t mg_entries_merge(mg_entry **e, mg_entry **tmp, size_t *starts, size_t n_runs) {
    if (!n_runs) return 0;
    while (n_runs > 1) {
        mg_entry *in = *e, *out = *tmp;
        size_t runs = 0, at = 0;
        for (size_t r = 0; r < n_runs; r += 2) {
            size_t a = starts[r], b = starts[r + 1], c = r + 2 <= n_runs ? starts[r + 2] : b;
            starts[runs++] = at; /* runs <= r: nothing unread is overwritten */
            at += merge_two(in + a, in + b, in + b, in + c, out + at);
        }
        starts[runs] = at;
        n_runs = runs;
        *e = out;
        *tmp = in;
    }
    return starts[1];
}

void mg_pack_bag(mg_pack *p, const mg_entry *e, size_t n, const mg_bag_vocab *v, float dropout,
                 uint64_t key) {
    int32_t *ids = p->bag_ids + p->entries;
    float *weights = p->bag_weights + p->entries;
    uint32_t drop = (uint32_t)((double)dropout * 4294967295.0);
    size_t kept = 0;
    double sum = 0;
    float of_count[32] = {[1] = 0.69314718f}; /* the others as they come */
    for (size_t i = 0; i < n; i++) {
        if (drop && mg_dropout_bits(key, (uint32_t)i) < drop) continue;
        int32_t id = (int32_t)(e[i] >> 32);
        uint32_t count = (uint32_t)e[i];
        const bool few = count < MG_COUNT(of_count);
        float logarithm = few ? of_count[count] : 0;
        if (!few || !of_count[count]) logarithm = log1pf((float)count);
        if (few) of_count[count] = logarithm;
        float w = logarithm * v->weights[id];
        ids[kept] = id;
        weights[kept++] = w;
        sum += (double)w * w;
    }
    float scale = sum > 0 ? (float)(1 / sqrt(sum)) : 0;
    for (size_t i = 0; i < kept; i++) weights[i] *= scale;
    p->entries += (int64_t)kept;
}

/* ---- room ---- */

/* count items of `size` bytes, at least one; sticky through *ok. */
static void *room(mg_batch *b, int64_t count, size_t size, bool *ok) {
    size_t bytes;
    if (!*ok || count < 0 || !mg_mul_size((size_t)count + 1, size, &bytes))
        return *ok = false, NULL;
    void *p = mg_arena_alloc(&b->arena, bytes);
    if (!p) *ok = false;
    return p;
}

static int pack_start(mg_pack *p, mg_batch *b, int64_t n, bool bag, int64_t entries,
                      int64_t largest, molglot_error *err) {
    memset(p, 0, sizeof *p);
    p->batch = b;
    p->cap = n;
    if (n < 0 || n >= INT32_MAX || entries >= INT32_MAX || largest >= INT32_MAX)
        return mg_fail(err, MOLGLOT_USAGE, "a batch of %lld rows is too large", (long long)n);
    bool ok = true;
    if (bag) {
        p->bag_offsets = room(b, n, sizeof *p->bag_offsets, &ok);
        p->bag_ids = room(b, entries, sizeof *p->bag_ids, &ok);
        p->bag_weights = room(b, entries, sizeof *p->bag_weights, &ok);
        if (ok) p->bag_offsets[0] = 0;
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "a batch of %lld rows", (long long)n);
}

int mg_pack_texts(mg_pack *p, mg_batch *b, int64_t n, int64_t tokens, bool bag, int64_t entries,
                  molglot_error *err) {
    int code = pack_start(p, b, n, bag, entries, tokens, err);
    if (code) return code;
    bool ok = true;
    p->token_offsets = room(b, n, sizeof *p->token_offsets, &ok);
    p->token_ids = room(b, tokens, sizeof *p->token_ids, &ok);
    p->positions = room(b, tokens, sizeof *p->positions, &ok);
    if (!ok) return mg_no_memory(err, "a batch of %lld texts", (long long)n);
    p->token_offsets[0] = 0;
    return MOLGLOT_OK;
}

int mg_pack_mols(mg_pack *p, mg_batch *b, int64_t n, mg_feat_kind kind, int64_t atoms,
                 int64_t edges, bool bag, int64_t entries, molglot_error *err) {
    int code = pack_start(p, b, n, bag, entries, atoms > edges ? atoms : edges, err);
    if (code) return code;
    p->atom_cols = mg_feat_atom_cols(kind);
    p->bond_cols = mg_feat_bond_cols(kind);
    for (int c = 1; c < p->atom_cols; c++)
        p->atom_base[c] = p->atom_base[c - 1] + mg_feat_atom_size(kind, c - 1);
    for (int c = 1; c < p->bond_cols; c++)
        p->bond_base[c] = p->bond_base[c - 1] + mg_feat_bond_size(kind, c - 1);
    bool ok = true;
    p->atom_offsets = room(b, n, sizeof *p->atom_offsets, &ok);
    p->atom_ids = room(b, atoms * p->atom_cols, sizeof *p->atom_ids, &ok);
    p->edge_offsets = room(b, atoms, sizeof *p->edge_offsets, &ok);
    p->edge_src = room(b, edges, sizeof *p->edge_src, &ok);
    p->edge_ids = room(b, edges * p->bond_cols, sizeof *p->edge_ids, &ok);
    if (!ok) return mg_no_memory(err, "a batch of %lld molecules", (long long)n);
    p->atom_offsets[0] = p->edge_offsets[0] = 0;
    return MOLGLOT_OK;
}

/* ---- rows ---- */

void mg_pack_tokens(mg_pack *p, const int32_t *ids, int64_t n, const mg_text_style *style) {
    int32_t *out = p->token_ids + p->tokens, *positions = p->positions + p->tokens;
    int64_t extra = style->special ? 2 : 0, at = 0;
    if (style->max_tokens > 0 && n > style->max_tokens - extra)
        n = style->max_tokens > extra ? style->max_tokens - extra : 0;
    if (style->special) out[at++] = style->cls;
    if (n) memcpy(out + at, ids, (size_t)n * sizeof *ids);
    at += n;
    if (style->special) out[at++] = style->sep;
    for (int64_t i = 0; i < at; i++) positions[i] = (int32_t)i;
    p->tokens += at;
}

void mg_pack_graph(mg_pack *p, const mg_graph *g) {
    int32_t *atoms = p->atom_ids + p->atoms * p->atom_cols;
    for (int32_t i = 0; i < g->n_atoms; i++)
        for (int c = 0; c < p->atom_cols; c++)
            atoms[i * p->atom_cols + c] = g->atoms[i * p->atom_cols + c] + p->atom_base[c];
    /* Counting sort of the edges by the atom they enter; edges of one atom keep their order.
     * offsets[i + 1] counts, then holds the place where the next edge into i goes, which ends at
     * the start of i + 1. */
    int32_t *offsets = p->edge_offsets + p->atoms, first = (int32_t)p->edges;
    for (int32_t i = 1; i <= g->n_atoms; i++) offsets[i] = 0;
    for (int32_t e = 0; e < g->n_edges; e++) offsets[g->dst[e] + 1]++;
    for (int32_t i = 0, at = first; i < g->n_atoms; i++) {
        int32_t count = offsets[i + 1];
        offsets[i + 1] = at;
        at += count;
    }
    for (int32_t e = 0; e < g->n_edges; e++) {
        int32_t at = offsets[g->dst[e] + 1]++;
        p->edge_src[at] = (int32_t)p->atoms + g->src[e];
        for (int c = 0; c < p->bond_cols; c++)
            p->edge_ids[at * p->bond_cols + c] = g->bonds[e * p->bond_cols + c] + p->bond_base[c];
    }
    p->atoms += g->n_atoms;
    p->edges += g->n_edges;
}

void mg_pack_row(mg_pack *p) {
    p->n++;
    if (p->token_offsets) p->token_offsets[p->n] = (int32_t)p->tokens;
    if (p->atom_offsets) p->atom_offsets[p->n] = (int32_t)p->atoms;
    if (p->bag_offsets) p->bag_offsets[p->n] = (int32_t)p->entries;
}

static mg_bags bags_of(const mg_pack *p) {
    if (!p->bag_offsets) return (mg_bags){0};
    return (mg_bags){
        .n = p->n, .offsets = p->bag_offsets, .ids = p->bag_ids, .weights = p->bag_weights};
}

void mg_pack_texts_done(mg_pack *p) {
    p->batch->text = (mg_text_batch){.n = p->n,
                                     .token_offsets = p->token_offsets,
                                     .token_ids = p->token_ids,
                                     .positions = p->positions,
                                     .bags = bags_of(p)};
}

void mg_pack_mols_done(mg_pack *p) {
    p->batch->mol = (mg_mol_batch){.n = p->n,
                                   .atom_offsets = p->atom_offsets,
                                   .atom_ids = p->atom_ids,
                                   .edge_offsets = p->edge_offsets,
                                   .edge_src = p->edge_src,
                                   .edge_ids = p->edge_ids,
                                   .bags = bags_of(p),
                                   .atom_cols = p->atom_cols,
                                   .bond_cols = p->bond_cols};
}
