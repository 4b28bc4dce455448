/* decode.c - T5's decoder one token after another: keys and values of earlier tokens are kept,
 * those of the memory are computed once, however many sequences read them.
 *
 * Sequence s of n owns rows s room .. of every layer's cache. When sequences are put into another
 * order (beams), the rows so far are copied to a second cache, and the two change places.
 */
#include "model/t5/inside.h"

#include <string.h>

typedef struct layer_cache {
    mg_tensor *k, *v, *spare_k, *spare_v; /* [n room, inner] */
    mg_tensor *memory_k, *memory_v;       /* [M, inner] */
} layer_cache;

struct mg_t5_cache {
    int64_t n, most; /* sequences now, and at the start */
    int32_t room, count;
    int32_t *source;     /* [most] row of memory */
    int32_t *memory_end; /* [rows of memory] where its real states end */
    const int32_t *each; /* [most + 1] 0 1 2 .. */
    mg_seqs memory;
    layer_cache *layer;
    int layers;
    mg_tensor *bias; /* [2 reach + 1, heads] */
};

static bool cache_lists(mg_tape *t, mg_t5_cache *c, const mg_t5_memory *memory,
                        const int32_t *source) {
    c->source = mg_tape_alloc(t, (size_t)(c->most + 1) * sizeof *c->source);
    c->memory_end = mg_tape_alloc(t, (size_t)(c->memory.n + 1) * sizeof *c->memory_end);
    c->each = mg_rows_offsets(t, c->most, 1);
    c->layer = mg_tape_alloc(t, (size_t)c->layers * sizeof *c->layer);
    if (!c->source || !c->memory_end || !c->each || !c->layer) return false;
    for (int64_t i = 0; i < c->memory.n; i++) {
        const int32_t from = c->memory.offsets[i], to = c->memory.offsets[i + 1];
        c->memory_end[i] = memory->lengths ? from + memory->lengths[i] : to;
        if (c->memory_end[i] >= from && c->memory_end[i] <= to) continue;
        mg_tape_fail(t, "t5: row %lld of memory has %d real states of %d", (long long)i,
                     memory->lengths[i], to - from);
        return false;
    }
    for (int64_t s = 0; s < c->most; s++) {
        c->source[s] = source ? source[s] : (int32_t)s;
        if (c->source[s] >= 0 && c->source[s] < c->memory.n) continue;
        mg_tape_fail(t, "t5: sequence %lld reads row %d of %lld of memory", (long long)s,
                     c->source[s], (long long)c->memory.n);
        return false;
    }
    return true;
}

mg_t5_cache *mg_t5_start(mg_tape *t, const mg_t5 *m, int64_t n, int32_t room,
                         const mg_t5_memory *memory, const int32_t *source) {
    const int64_t inner = (int64_t)m->c.heads * m->c.d_kv;
    mg_t5_cache *c = mg_tape_alloc(t, sizeof *c);
    if (!c) return NULL;
    *c = (mg_t5_cache){
        .n = n, .most = n, .room = room, .memory = memory->seqs, .layers = m->decoder.layers};
    if (!cache_lists(t, c, memory, source)) return NULL;
    for (int i = 0; i < c->layers; i++) {
        const mg_t5_heads *cross = &m->decoder.block[i].cross;
        c->layer[i] =
            (layer_cache){.k = mg_new(t, n * room, inner),
                          .v = mg_new(t, n * room, inner),
                          .spare_k = mg_new(t, n * room, inner),
                          .spare_v = mg_new(t, n * room, inner),
                          .memory_k = mg_linear(t, memory->rows, cross->k, NULL, MG_ACT_NONE),
                          .memory_v = mg_linear(t, memory->rows, cross->v, NULL, MG_ACT_NONE)};
    }
    c->bias = mg_t5_bias(t, m, &m->decoder);
    return mg_tape_ok(t) ? c : NULL;
}

/* The index arrays of one step, [n] each. */
typedef struct step {
    int32_t *row;       /* of the cache, of the new token */
    int32_t *from, *to; /* keys of the sequence, the new one included */
    int32_t *memory_from, *memory_to;
} step;

static bool step_lists(mg_tape *t, const mg_t5_cache *c, step *s) {
    int32_t *all = mg_tape_alloc(t, (size_t)(5 * c->n + 1) * sizeof *all);
    if (!all) return false;
    *s = (step){all, all + c->n, all + 2 * c->n, all + 3 * c->n, all + 4 * c->n};
    for (int64_t i = 0; i < c->n; i++) {
        s->from[i] = (int32_t)(i * c->room);
        s->row[i] = s->from[i] + c->count;
        s->to[i] = s->row[i] + 1;
        s->memory_from[i] = c->memory.offsets[c->source[i]];
        s->memory_to[i] = c->memory_end[c->source[i]];
    }
    return true;
}

/* One layer for one new token of every sequence. */
static mg_tensor *layer_next(mg_tape *t, const mg_t5 *m, const mg_t5_cache *c, int i, const step *s,
                             mg_tensor *x) {
    const mg_t5_block *b = &m->decoder.block[i];
    const layer_cache *l = &c->layer[i];
    const mg_seqs one = {c->n, c->each};
    mg_tensor *y = mg_t5_norm(t, m, b->self.norm, x);
    if (!mg_put_rows(t, l->k, s->row, mg_linear(t, y, b->self.k, NULL, MG_ACT_NONE), NULL, c->n) ||
        !mg_put_rows(t, l->v, s->row, mg_linear(t, y, b->self.v, NULL, MG_ACT_NONE), NULL, c->n))
        return NULL;
    mg_tensor *seen =
        mg_attend(t, &(mg_attend_args){.q = mg_linear(t, y, b->self.q, NULL, MG_ACT_NONE),
                                       .k = l->k,
                                       .v = l->v,
                                       .bias = c->bias,
                                       .q_seqs = one,
                                       .kv_from = s->from,
                                       .kv_to = s->to,
                                       .heads = m->c.heads,
                                       .scale = 1.0f,
                                       .causal = true});
    x = mg_t5_residual(t, m, x, seen, b->self.o);
    y = mg_t5_norm(t, m, b->cross.norm, x);
    seen = mg_attend(t, &(mg_attend_args){.q = mg_linear(t, y, b->cross.q, NULL, MG_ACT_NONE),
                                          .k = l->memory_k,
                                          .v = l->memory_v,
                                          .q_seqs = one,
                                          .kv_from = s->memory_from,
                                          .kv_to = s->memory_to,
                                          .heads = m->c.heads,
                                          .scale = 1.0f});
    x = mg_t5_residual(t, m, x, seen, b->cross.o);
    return mg_t5_feed(t, m, b, x);
}

mg_tensor *mg_t5_next(mg_tape *t, const mg_t5 *m, mg_t5_cache *c, const int32_t *ids) {
    step s;
    if (c->count >= c->room) {
        mg_tape_fail(t, "t5: the cache has room for %d tokens", c->room);
        return NULL;
    }
    if (!step_lists(t, c, &s)) return NULL;
    mg_tensor *x = mg_rows_at(t, m->shared, ids, c->n);
    for (int i = 0; i < c->layers && x; i++) x = layer_next(t, m, c, i, &s, x);
    mg_tensor *y = mg_t5_logits(t, m, mg_t5_norm(t, m, m->decoder.norm, x));
    if (y) c->count++;
    return y;
}

static void change_places(mg_tensor **a, mg_tensor **b) {
    mg_tensor *x = *a;
    *a = *b;
    *b = x;
}

/* Rows so far of every sequence's parent to the sequence's own place. */
static bool copy_rows(mg_tape *t, mg_t5_cache *c, const int32_t *from, int64_t n) {
    const int64_t rows = n * c->count;
    int32_t *to = mg_tape_alloc(t, (size_t)(2 * rows + 1) * sizeof *to),
            *ids = to ? to + rows : NULL;
    if (!to) return false;
    for (int64_t s = 0, at = 0; s < n; s++)
        for (int32_t i = 0; i < c->count; i++, at++) {
            to[at] = (int32_t)(s * c->room) + i;
            ids[at] = from[s] * c->room + i;
        }
    for (int i = 0; i < c->layers; i++) {
        layer_cache *l = &c->layer[i];
        if (!mg_put_rows(t, l->spare_k, to, l->k, ids, rows) ||
            !mg_put_rows(t, l->spare_v, to, l->v, ids, rows))
            return false;
        change_places(&l->k, &l->spare_k);
        change_places(&l->v, &l->spare_v);
    }
    return true;
}

bool mg_t5_reorder(mg_tape *t, mg_t5_cache *c, const int32_t *from, int64_t n) {
    bool same = true;
    if (n > c->most) {
        mg_tape_fail(t, "t5: %lld sequences where %lld were started", (long long)n,
                     (long long)c->most);
        return false;
    }
    for (int64_t s = 0; s < n; s++) {
        same = same && from[s] == s;
        if (from[s] >= 0 && from[s] < c->n) continue;
        mg_tape_fail(t, "t5: sequence %lld comes from %d of %lld", (long long)s, from[s],
                     (long long)c->n);
        return false;
    }
    int32_t *source = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *source);
    if (!source || (!same && !copy_rows(t, c, from, n))) return false;
    for (int64_t s = 0; s < n; s++) source[s] = c->source[from[s]];
    memcpy(c->source, source, (size_t)n * sizeof *source);
    c->n = n;
    return true;
}
