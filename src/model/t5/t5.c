/* t5.c - T5 v1.1: parameters, encoder, teacher-forced decoder, loss (docs/models/t5.md). N rows of
 * tokens, d = d_model, inner = heads d_kv.
 *
 *   x = drop(shared[ids])
 *   per layer of the encoder                         of the decoder
 *     x = x + drop(o attend(q, k, v of RMS x))         x = x + drop(o attend(q, k, v of RMS x)),
 * causal x = x + drop(o attend(q of RMS x, k, v of memory)) x = x + drop(wo drop(gelu(wi_0 y) *
 * wi_1 y)),    the same y = RMS x drop(RMS x); logits = x lm_head^T
 *
 * Scores are q k^T, not scaled; those of self-attention get the bias of key's minus query's
 * position: a table [buckets, heads] a stack, which layer 0 holds and every layer reads. So its
 * gradient is the sum over layers, sequences and pairs of a bucket.
 */
#include "model/t5/inside.h"

#include <math.h>
#include <stdlib.h>

/* ---- relative positions ---- */

/* As transformers computes it, in float: half of the buckets are exact, the others logarithmic up
 * to `distance`. */
static int bucket_of(int n, int buckets, int distance) {
    const int exact = buckets / 2;
    if (n < exact) return n;
    const float at = logf((float)n / (float)exact) / (float)log((double)distance / (double)exact) *
                     (float)(buckets - exact);
    const int bucket = exact + (int)at;
    return bucket < buckets - 1 ? bucket : buckets - 1;
}

int mg_t5_bucket(const mg_t5_config *c, bool causal, int rel) {
    if (causal) return bucket_of(rel < 0 ? -rel : 0, c->buckets, c->distance);
    const int half = c->buckets / 2;
    return (rel > 0 ? half : 0) + bucket_of(abs(rel), half, c->distance);
}

mg_tensor *mg_t5_bias(mg_tape *t, const mg_t5 *m, const mg_t5_stack *s) {
    return mg_rows_at(t, s->bias, s->distance, 2 * (int64_t)m->c.distance + 1);
}

/* ---- parameters ---- */

typedef struct namer { /* declares what stands under a prefix */
    mg_params *p;
    const char *prefix;
} namer;

static mg_tensor *declare(const namer *n, const char *leaf, int64_t rows, int64_t cols,
                          mg_init init, double std, unsigned flags) {
    char name[MG_NAME_MAX];
    return mg_params_add(n->p, mg_name_under(name, n->prefix, leaf), rows, cols, init, (float)std,
                         flags);
}

static mg_tensor *matrix(const namer *n, const char *place, const char *leaf, int64_t rows,
                         int64_t cols, double std) {
    char name[128];
    snprintf(name, sizeof name, "%s.%s.weight", place, leaf);
    return declare(n, name, rows, cols, MG_INIT_NORMAL, std, MG_PARAM_DECAY);
}

static mg_tensor *norm_weight(const namer *n, const char *place, const char *leaf, int64_t d) {
    char name[128];
    snprintf(name, sizeof name, "%s.%s.weight", place, leaf);
    return declare(n, name, 1, d, MG_INIT_ONE, 0, 0);
}

static void declare_heads(mg_t5_heads *h, const namer *n, const mg_t5_config *c, const char *layer,
                          const char *kind) {
    const int64_t d = c->d_model, inner = (int64_t)c->heads * c->d_kv;
    char place[96];
    snprintf(place, sizeof place, "%s.%s", layer, kind);
    h->q = matrix(n, place, "q", inner, d, 1.0 / sqrt((double)d * c->d_kv));
    h->k = matrix(n, place, "k", inner, d, 1.0 / sqrt((double)d));
    h->v = matrix(n, place, "v", inner, d, 1.0 / sqrt((double)d));
    h->o = matrix(n, place, "o", d, inner, 1.0 / sqrt((double)inner));
    h->norm = norm_weight(n, layer, "layer_norm", d);
}

static void declare_block(mg_t5_block *b, const namer *n, const mg_t5_config *c, const char *stack,
                          int i, bool decoder) {
    const int64_t d = c->d_model, ff = c->d_ff;
    char layer[64], place[96];
    snprintf(layer, sizeof layer, "%s.block.%d.layer.0", stack, i);
    declare_heads(&b->self, n, c, layer, "SelfAttention");
    if (decoder) {
        snprintf(layer, sizeof layer, "%s.block.%d.layer.1", stack, i);
        declare_heads(&b->cross, n, c, layer, "EncDecAttention");
    }
    snprintf(layer, sizeof layer, "%s.block.%d.layer.%d", stack, i, decoder ? 2 : 1);
    snprintf(place, sizeof place, "%s.DenseReluDense", layer);
    b->wi_0 = matrix(n, place, "wi_0", ff, d, 1.0 / sqrt((double)d));
    b->wi_1 = matrix(n, place, "wi_1", ff, d, 1.0 / sqrt((double)d));
    b->wo = matrix(n, place, "wo", d, ff, 1.0 / sqrt((double)ff));
    b->ffn_norm = norm_weight(n, layer, "layer_norm", d);
}

static bool declare_stack(mg_t5_stack *s, const namer *n, const mg_t5_config *c, const char *name,
                          bool decoder) {
    char place[64];
    s->layers = decoder ? c->decoder_layers : c->layers;
    s->block = calloc((size_t)s->layers, sizeof *s->block);
    s->distance = malloc((2 * (size_t)c->distance + 1) * sizeof *s->distance);
    if (!s->block || !s->distance) return false;
    for (int r = -c->distance; r <= c->distance; r++)
        s->distance[r + c->distance] = mg_t5_bucket(c, decoder, r);
    for (int i = 0; i < s->layers; i++) declare_block(&s->block[i], n, c, name, i, decoder);
    snprintf(place, sizeof place, "%s.block.0.layer.0.SelfAttention", name);
    s->bias = matrix(n, place, "relative_attention_bias", c->buckets, c->heads,
                     1.0 / sqrt((double)c->d_model));
    s->norm = norm_weight(n, name, "final_layer_norm", c->d_model);
    return true;
}

/* Files may call the embedding by each stack's own name. */
static void alias_embedding(const namer *n, const mg_t5_config *c) {
    static const char *const names[] = {"encoder.embed_tokens.weight",
                                        "decoder.embed_tokens.weight"};
    char own[MG_NAME_MAX], alias[MG_NAME_MAX];
    mg_name_under(own, n->prefix, "shared.weight");
    for (size_t i = 0; i < MG_COUNT(names); i++)
        mg_params_alias(n->p, own, mg_name_under(alias, n->prefix, names[i]), 0, c->vocab);
}

mg_t5 *mg_t5_new(mg_params *p, const char *prefix, const mg_t5_config *c, molglot_error *err) {
    const namer n = {p, prefix};
    if (mg_t5_config_check(c, err)) return NULL;
    mg_t5 *m = calloc(1, sizeof *m);
    if (!m) {
        (void)mg_no_memory(err, "the model");
        return NULL;
    }
    m->c = *c;
    m->shared = declare(&n, "shared.weight", c->vocab, c->d_model, MG_INIT_NORMAL, 1.0,
                        MG_PARAM_DECAY);
    alias_embedding(&n, c);
    const bool whole = declare_stack(&m->encoder, &n, c, "encoder", false) &&
                       declare_stack(&m->decoder, &n, c, "decoder", true);
    m->head = declare(&n, "lm_head.weight", c->vocab, c->d_model, MG_INIT_LINEAR, c->d_model,
                      MG_PARAM_DECAY);
    char graph[MG_NAME_MAX];
    if (c->graph > 0)
        mg_projector_init(&m->graph, p, mg_name_under(graph, prefix, "graph_projector"), c->graph,
                          c->d_model);
    if (whole) return m;
    mg_t5_free(m);
    (void)mg_no_memory(err, "the model");
    return NULL;
}

void mg_t5_free(mg_t5 *m) {
    if (!m) return;
    free(m->encoder.block);
    free(m->encoder.distance);
    free(m->decoder.block);
    free(m->decoder.distance);
    free(m);
}

const mg_t5_config *mg_t5_get_config(const mg_t5 *m) { return &m->c; }

/* ---- the parts of a layer ---- */

mg_tensor *mg_t5_norm(mg_tape *t, const mg_t5 *m, mg_tensor *weight, mg_tensor *x) {
    return mg_rms_norm(t, x, weight, m->c.eps);
}

mg_tensor *mg_t5_residual(mg_tape *t, const mg_t5 *m, mg_tensor *x, mg_tensor *y, mg_tensor *w) {
    return mg_add(t, x, mg_dropout(t, mg_linear(t, y, w, NULL, MG_ACT_NONE), m->c.dropout));
}

mg_tensor *mg_t5_feed(mg_tape *t, const mg_t5 *m, const mg_t5_block *b, mg_tensor *x) {
    mg_tensor *y = mg_t5_norm(t, m, b->ffn_norm, x);
    mg_tensor *gate = mg_linear(t, y, b->wi_0, NULL, MG_ACT_GELU_TANH),
              *wide = mg_mul(t, gate, mg_linear(t, y, b->wi_1, NULL, MG_ACT_NONE));
    return mg_t5_residual(t, m, x, mg_dropout(t, wide, m->c.dropout), b->wo);
}

/* Keys that the queries of each row see. */
typedef struct keys {
    const int32_t *from, *to;
} keys;

static keys keys_of(mg_tape *t, mg_seqs seqs, const int32_t *lengths) {
    const keys all = {seqs.offsets, seqs.offsets + 1};
    if (!lengths) return all;
    int32_t *to = mg_tape_alloc(t, (size_t)(seqs.n + 1) * sizeof *to);
    for (int64_t s = 0; to && s < seqs.n; s++) {
        const int32_t room = seqs.offsets[s + 1] - seqs.offsets[s];
        if (lengths[s] < 0 || lengths[s] > room) {
            mg_tape_fail(t, "t5: row %lld has %d real tokens of %d", (long long)s, lengths[s],
                         room);
            return all;
        }
        to[s] = seqs.offsets[s] + lengths[s];
    }
    return (keys){seqs.offsets, to};
}

/* x + drop(o attend(..)): `source` are the rows whose keys and values are read. */
static mg_tensor *attend(mg_tape *t, const mg_t5 *m, const mg_t5_heads *h, mg_tensor *x,
                         mg_tensor *y, mg_seqs seqs, mg_tensor *source, keys seen, mg_tensor *bias,
                         bool causal) {
    mg_tensor *seen_by =
        mg_attend(t, &(mg_attend_args){.q = mg_linear(t, y, h->q, NULL, MG_ACT_NONE),
                                       .k = mg_linear(t, source, h->k, NULL, MG_ACT_NONE),
                                       .v = mg_linear(t, source, h->v, NULL, MG_ACT_NONE),
                                       .bias = bias,
                                       .q_seqs = seqs,
                                       .kv_from = seen.from,
                                       .kv_to = seen.to,
                                       .heads = m->c.heads,
                                       .scale = 1.0f,
                                       .p = m->c.dropout,
                                       .causal = causal});
    return mg_t5_residual(t, m, x, seen_by, h->o);
}

/* ---- whole rows ---- */

static mg_tensor *embed(mg_tape *t, const mg_t5 *m, const mg_t5_rows *rows) {
    const int64_t n = rows->seqs.offsets[rows->seqs.n];
    return mg_dropout(t, mg_rows_at(t, m->shared, rows->ids, n), m->c.dropout);
}

mg_t5_memory mg_t5_encode(mg_tape *t, const mg_t5 *m, const mg_t5_rows *rows) {
    const keys seen = keys_of(t, rows->seqs, rows->lengths);
    mg_tensor *bias = mg_t5_bias(t, m, &m->encoder), *x = embed(t, m, rows);
    for (int i = 0; i < m->encoder.layers; i++) {
        const mg_t5_block *b = &m->encoder.block[i];
        mg_tensor *y = mg_t5_norm(t, m, b->self.norm, x);
        x = attend(t, m, &b->self, x, y, rows->seqs, y, seen, bias, false);
        x = mg_t5_feed(t, m, b, x);
    }
    return (mg_t5_memory){.rows = mg_dropout(t, mg_t5_norm(t, m, m->encoder.norm, x), m->c.dropout),
                          .seqs = rows->seqs,
                          .lengths = rows->lengths};
}

mg_t5_memory mg_t5_graph_row(mg_tape *t, const mg_t5 *m, const mg_t5_memory *memory,
                             const float *vectors) {
    const int64_t n = memory->seqs.n;
    mg_t5_memory out = {0};
    if (m->c.graph == 0) {
        mg_tape_fail(t, "t5: this model has no graph row");
        return out;
    }
    out.rows = mg_rows_behind(t, mg_projector_forward(t, &m->graph, vectors, n), memory->rows,
                              memory->seqs, &out.seqs);
    int32_t *lengths = memory->lengths ? mg_tape_alloc(t, (size_t)(n + 1) * sizeof *lengths) : NULL;
    for (int64_t s = 0; s < n && lengths; s++) lengths[s] = memory->lengths[s] + 1;
    out.lengths = lengths;
    return out;
}

mg_tensor *mg_t5_decode(mg_tape *t, const mg_t5 *m, const mg_t5_rows *inputs,
                        const mg_t5_memory *memory) {
    const mg_seqs seqs = inputs->seqs;
    if (seqs.n != memory->seqs.n) {
        mg_tape_fail(t, "t5: %lld rows to decode, %lld of memory", (long long)seqs.n,
                     (long long)memory->seqs.n);
        return NULL;
    }
    /* no real token sees a pad behind it */
    const keys own = keys_of(t, seqs, NULL), read = keys_of(t, memory->seqs, memory->lengths);
    mg_tensor *bias = mg_t5_bias(t, m, &m->decoder), *x = embed(t, m, inputs);
    for (int i = 0; i < m->decoder.layers; i++) {
        const mg_t5_block *b = &m->decoder.block[i];
        mg_tensor *y = mg_t5_norm(t, m, b->self.norm, x);
        x = attend(t, m, &b->self, x, y, seqs, y, own, bias, true);
        y = mg_t5_norm(t, m, b->cross.norm, x);
        x = attend(t, m, &b->cross, x, y, seqs, memory->rows, read, NULL, false);
        x = mg_t5_feed(t, m, b, x);
    }
    return mg_dropout(t, mg_t5_norm(t, m, m->decoder.norm, x), m->c.dropout);
}

mg_tensor *mg_t5_logits(mg_tape *t, const mg_t5 *m, mg_tensor *states) {
    return mg_linear(t, states, m->head, NULL, MG_ACT_NONE);
}

mg_tensor *mg_t5_loss(mg_tape *t, const mg_t5 *m, const mg_t5_rows *targets,
                      const mg_t5_memory *memory) {
    const int64_t n = targets->seqs.offsets[targets->seqs.n];
    int32_t *inputs = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *inputs),
            *asked = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *asked);
    if (!inputs || !asked) return NULL;
    for (int64_t s = 0; s < targets->seqs.n; s++) {
        const int32_t from = targets->seqs.offsets[s], to = targets->seqs.offsets[s + 1];
        for (int32_t i = from; i < to; i++) {
            const bool real = !targets->lengths || i - from < targets->lengths[s];
            asked[i] = real ? targets->ids[i] : -1;
            inputs[i] = i == from || targets->ids[i - 1] < 0 ? MG_T5_PAD : targets->ids[i - 1];
        }
    }
    const mg_t5_rows shifted = {inputs, targets->seqs, targets->lengths};
    mg_tensor *states = mg_t5_decode(t, m, &shifted, memory);
    return mg_cross_entropy(t, mg_t5_logits(t, m, states), asked, NULL, 0.0f);
}
