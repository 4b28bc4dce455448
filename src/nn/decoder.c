/* decoder.c - autoregressive transformer over packed tokens that looks at context rows: N tokens of
 * all sequences, d = hidden.
 *
 *   h = dropout(Wtok[id] + Wpos[pos] + hint)               hint: the caller's row for the token
 *   per layer:
 *     h = h + drop(Wo attend(Wqkv LN(h)))                  causal, within the sequence
 *     h = h + drop(Co attend(Cq LN(h), Ckv context))       to all context rows of the sequence
 *     h = h + drop(W2 gelu(W1 LN(h)))
 *   logits = LN(h) Wtok^T + b                              [N, vocab]
 *
 * With config.words a second vocabulary has its own Wtok and b; a call is in one of the two. Hints
 * may be absent, and so may the context (config.context = 0). Context rows [M, context] are
 * anything packed by sequence: states of words, latent tokens, states of other molecules. In
 * generation the keys and values of earlier tokens are kept. Those of the context are computed
 * once, however many sequences read them.
 */
#include "nn/params.h"

#include <math.h>
#include <stdlib.h>

#define DECODER_STD 0.02f
#define NORM_EPS    1e-5f

typedef struct layer {
    mg_lnorm self_norm, cross_norm, ffn_norm;
    mg_dense qkv, out;
    mg_dense query, kv, cross_out;
    mg_dense up, down;
} layer;

struct mg_decoder {
    mg_decoder_config c;
    mg_tensor *tokens, *positions; /* [vocab, d], [positions, d] */
    mg_tensor *bias;               /* [1, vocab] */
    mg_tensor *words, *words_bias; /* of the second vocabulary; NULL: none */
    mg_lnorm norm;
    layer *layers;
};

/* ---- declaration ---- */

/* std: what goes into the residual stream starts smaller the deeper the network is. */
static void dense(mg_dense *l, mg_params *p, const char *prefix, const char *leaf, int64_t in,
                  int64_t out, float std) {
    char name[MG_NAME_MAX];
    mg_name_under(name, prefix, leaf);
    l->w = mg_params_add_under(p, name, "weight", out, in, MG_INIT_NORMAL, std, MG_PARAM_DECAY);
    l->b = mg_params_add_under(p, name, "bias", 1, out, MG_INIT_ZERO, 0, 0);
}

static void norm(mg_lnorm *l, mg_params *p, const char *prefix, const char *leaf, int64_t d) {
    char name[MG_NAME_MAX];
    mg_lnorm_init(l, p, mg_name_under(name, prefix, leaf), d, NORM_EPS);
}

static void declare_layer(layer *l, mg_params *p, const char *prefix, const mg_decoder_config *c,
                          float small) {
    const int64_t d = c->hidden;
    norm(&l->self_norm, p, prefix, "self.norm", d);
    dense(&l->qkv, p, prefix, "self.qkv", d, 3 * d, DECODER_STD);
    dense(&l->out, p, prefix, "self.out", d, d, small);
    if (c->context > 0) {
        norm(&l->cross_norm, p, prefix, "cross.norm", d);
        dense(&l->query, p, prefix, "cross.query", d, d, DECODER_STD);
        dense(&l->kv, p, prefix, "cross.kv", c->context, 2 * d, DECODER_STD);
        dense(&l->cross_out, p, prefix, "cross.out", d, d, small);
    }
    norm(&l->ffn_norm, p, prefix, "ffn.norm", d);
    dense(&l->up, p, prefix, "ffn.up", d, c->ffn, DECODER_STD);
    dense(&l->down, p, prefix, "ffn.down", c->ffn, d, small);
}

mg_decoder *mg_decoder_new(mg_params *p, const char *prefix, const mg_decoder_config *c) {
    mg_decoder *m = calloc(1, sizeof *m);
    if (!m || !(m->layers = calloc((size_t)c->layers, sizeof *m->layers))) {
        free(m);
        return NULL;
    }
    m->c = *c;
    m->tokens = mg_params_add_under(p, prefix, "tokens.weight", c->vocab, c->hidden, MG_INIT_NORMAL,
                                    DECODER_STD, MG_PARAM_DECAY);
    m->positions = mg_params_add_under(p, prefix, "positions.weight", c->positions, c->hidden,
                                       MG_INIT_NORMAL, DECODER_STD, MG_PARAM_DECAY);
    m->bias = mg_params_add_under(p, prefix, "tokens.bias", 1, c->vocab, MG_INIT_ZERO, 0, 0);
    if (c->words > 0) {
        m->words = mg_params_add_under(p, prefix, "words.weight", c->words, c->hidden,
                                       MG_INIT_NORMAL, DECODER_STD, MG_PARAM_DECAY);
        m->words_bias = mg_params_add_under(p, prefix, "words.bias", 1, c->words, MG_INIT_ZERO, 0,
                                            0);
    }
    norm(&m->norm, p, prefix, "norm", c->hidden);
    for (int i = 0; i < c->layers; i++) {
        char leaf[32], name[MG_NAME_MAX];
        snprintf(leaf, sizeof leaf, "layer.%d", i);
        declare_layer(&m->layers[i], p, mg_name_under(name, prefix, leaf), c,
                      DECODER_STD / sqrtf(2.0f * (float)c->layers));
    }
    return m;
}

void mg_decoder_free(mg_decoder *m) {
    if (!m) return;
    free(m->layers);
    free(m);
}

mg_tensor *mg_decoder_words(const mg_decoder *m) { return m->words; }

/* ---- all tokens at once: training and scoring ---- */

static bool tokens_fit(mg_tape *t, const mg_decoder *m, const int32_t *ids,
                       const int32_t *positions, int64_t n, bool words) {
    const int vocab = words ? m->c.words : m->c.vocab;
    for (int64_t i = 0; i < n; i++) {
        if (ids[i] >= 0 && ids[i] < vocab && positions[i] >= 0 && positions[i] < m->c.positions)
            continue;
        mg_tape_fail(
            t, "decoder: token %lld: id %d at position %d is outside of %d tokens and %d positions",
            (long long)i, ids[i], positions[i], vocab, m->c.positions);
        return false;
    }
    return true;
}

/* Token and position rows of n tokens, and their hints, [n, d]. */
static mg_tensor *embed(mg_tape *t, const mg_decoder *m, const int32_t *ids,
                        const int32_t *positions, int64_t n, mg_decoder_beside beside) {
    const int32_t *one_each = mg_rows_offsets(t, n, 1);
    if (!one_each || !tokens_fit(t, m, ids, positions, n, beside.words)) return NULL;
    mg_tensor *token = mg_gather_sum(t, beside.words ? m->words : m->tokens,
                                     (mg_csr){.n = n, .offsets = one_each, .ids = ids});
    mg_tensor *position = mg_gather_sum(t, m->positions,
                                        (mg_csr){.n = n, .offsets = one_each, .ids = positions});
    mg_tensor *h = mg_add(t, token, position);
    return mg_dropout(t, beside.hints ? mg_add(t, h, beside.hints) : h, m->c.dropout);
}

static mg_tensor *residual(mg_tape *t, const mg_decoder *m, mg_tensor *h, const mg_dense *out,
                           mg_tensor *y) {
    return mg_add(t, h, mg_dropout(t, mg_dense_forward(t, out, y, MG_ACT_NONE), m->c.dropout));
}

static mg_tensor *feed(mg_tape *t, const mg_decoder *m, const layer *l, mg_tensor *h) {
    mg_tensor *wide = mg_dense_forward(t, &l->up, mg_lnorm_forward(t, &l->ffn_norm, h, NULL),
                                       MG_ACT_GELU);
    return residual(t, m, h, &l->down, wide);
}

static mg_tensor *project_query(mg_tape *t, const layer *l, mg_tensor *h) {
    return mg_dense_forward(t, &l->query, mg_lnorm_forward(t, &l->cross_norm, h, NULL),
                            MG_ACT_NONE);
}

static mg_tensor *logits(mg_tape *t, const mg_decoder *m, mg_tensor *h, mg_decoder_beside beside) {
    return mg_linear(t, mg_lnorm_forward(t, &m->norm, h, NULL), beside.words ? m->words : m->tokens,
                     beside.words ? m->words_bias : m->bias, MG_ACT_NONE);
}

mg_tensor *mg_decoder_forward(mg_tape *t, const mg_decoder *m, const int32_t *ids,
                              const int32_t *positions, mg_seqs seqs, mg_tensor *context,
                              mg_seqs context_seqs, mg_decoder_beside beside) {
    mg_tensor *h = embed(t, m, ids, positions, seqs.offsets[seqs.n], beside);
    for (int i = 0; i < m->c.layers; i++) {
        const layer *l = &m->layers[i];
        mg_tensor *qkv = mg_dense_forward(t, &l->qkv, mg_lnorm_forward(t, &l->self_norm, h, NULL),
                                          MG_ACT_NONE);
        h = residual(t, m, h, &l->out, mg_attention(t, qkv, seqs, m->c.heads, m->c.dropout, true));
        if (context) {
            mg_tensor *kv = mg_dense_forward(t, &l->kv, context, MG_ACT_NONE);
            mg_tensor *seen = mg_cross_attention(t, project_query(t, l, h), kv, seqs, context_seqs,
                                                 m->c.heads, m->c.dropout);
            h = residual(t, m, h, &l->cross_out, seen);
        }
        h = feed(t, m, l, h);
    }
    return logits(t, m, h, beside);
}

/* ---- one token after another: generation ---- */

struct mg_decoder_cache {
    int64_t n;              /* sequences */
    int32_t room;           /* tokens each */
    int32_t *from, *count;  /* [n] first slot, filled slots */
    const int32_t *offsets; /* [n+1] 0, 1, .. n: one new token each */
    int32_t *source;        /* [n] sequence of the context */
    /* a layer: [n * room, 2d], and [M, 2d] apart by head; context[i] NULL without */
    mg_tensor **rows, **context;
    mg_seqs context_seqs;
};

static bool cache_arrays(mg_tape *t, const mg_decoder *m, mg_decoder_cache *c,
                         const int32_t *source) {
    c->from = mg_tape_alloc(t, (size_t)c->n * sizeof *c->from);
    c->count = mg_tape_alloc(t, (size_t)c->n * sizeof *c->count);
    c->offsets = mg_rows_offsets(t, c->n, 1);
    c->source = mg_tape_alloc(t, (size_t)c->n * sizeof *c->source);
    c->rows = mg_tape_alloc(t, (size_t)m->c.layers * sizeof(mg_tensor *));
    c->context = mg_tape_alloc(t, (size_t)m->c.layers * sizeof(mg_tensor *));
    if (!c->from || !c->count || !c->offsets || !c->source || !c->rows || !c->context) return false;
    for (int64_t s = 0; s < c->n; s++) {
        c->from[s] = (int32_t)(s * c->room);
        c->count[s] = 0;
        c->source[s] = source ? source[s] : (int32_t)s;
    }
    return true;
}

mg_decoder_cache *mg_decoder_start(mg_tape *t, const mg_decoder *m, int64_t n, int32_t room,
                                   mg_tensor *context, mg_seqs context_seqs,
                                   const int32_t *source) {
    mg_decoder_cache *c = mg_tape_alloc(t, sizeof *c);
    if (!c) return NULL;
    *c = (mg_decoder_cache){.n = n, .room = room, .context_seqs = context_seqs};
    if (!cache_arrays(t, m, c, source)) return NULL;
    for (int i = 0; i < m->c.layers; i++) {
        c->rows[i] = mg_new(t, n * room, 2 * (int64_t)m->c.hidden);
        c->context[i] =
            context ? mg_heads_apart(t, mg_dense_forward(t, &m->layers[i].kv, context, MG_ACT_NONE),
                                     m->c.heads)
                    : NULL;
    }
    return mg_tape_ok(t) ? c : NULL;
}

mg_tensor *mg_decoder_next(mg_tape *t, const mg_decoder *m, mg_decoder_cache *c, const int32_t *ids,
                           mg_decoder_beside beside) {
    const mg_seqs one = {c->n, c->offsets};
    /* every sequence's next position is what it has filled */
    mg_tensor *h = embed(t, m, ids, c->count, c->n, beside);
    for (int i = 0; i < m->c.layers && h; i++) {
        const layer *l = &m->layers[i];
        mg_tensor *qkv = mg_dense_forward(t, &l->qkv, mg_lnorm_forward(t, &l->self_norm, h, NULL),
                                          MG_ACT_NONE);
        h = residual(
            t, m, h, &l->out,
            mg_cached_attention(t, qkv, one, c->rows[i], c->from, c->count, c->room, m->c.heads));
        if (c->context[i]) {
            mg_tensor *seen = mg_shared_attention(t, project_query(t, l, h), c->context[i], one,
                                                  c->context_seqs, c->source, m->c.heads);
            h = residual(t, m, h, &l->cross_out, seen);
        }
        h = feed(t, m, l, h);
    }
    mg_tensor *y = logits(t, m, h, beside);
    for (int64_t s = 0; y && s < c->n; s++) c->count[s]++;
    return y;
}

void mg_decoder_keep(mg_decoder_cache *c, const int32_t *kept, int64_t n) {
    for (int64_t s = 0; s < n; s++) {
        c->from[s] = c->from[kept[s]];
        c->count[s] = c->count[kept[s]];
        c->source[s] = c->source[kept[s]];
    }
    c->n = n;
}
