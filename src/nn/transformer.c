/* transformer.c - BERT's encoder on packed tokens: N rows of all sequences one after another, d =
 * hidden.
 *
 *   e = Wtok[id] + Wpos[pos] + Wtype[0]          one gather, from [vocab + positions + types, d]
 *   post-norm (as published)                     pre-norm
 *     h = dropout(LN(e))                           h = dropout(e)
 *     h = LN(h + drop(Wo attend(Wqkv h)))          h = h + drop(Wo attend(Wqkv LN(h)))
 *     h = LN(h + drop(W2 gelu(W1 h)))              h = h + drop(W2 gelu(W1 LN(h)))
 *                                                  at the end: h = LN(h)
 *
 * Sequences never see each other, nothing is padded. Parameters carry BERT's published names.
 * Query, key and value are one matrix [3d, d], the three embedding tables are one table; the
 * published names are aliases of their rows.
 */
#include "nn/params.h"

#include <stdlib.h>
#include <string.h>

#define BERT_STD 0.02f /* standard deviation of BERT's initial weights */

typedef struct layer {
    mg_dense qkv, out, up, down;
    mg_lnorm attention_norm, ffn_norm;
} layer;

struct mg_transformer {
    mg_transformer_config c;
    mg_tensor *embeddings;
    mg_lnorm norm; /* of the embeddings (post-norm) or of the result (pre-norm) */
    layer *layers;
};

/* BERT starts its dense layers from a normal distribution with zero bias, unlike mg_dense_init. */
static void bert_dense(mg_dense *l, mg_params *p, const char *prefix, const char *leaf, int64_t in,
                       int64_t out) {
    char name[MG_NAME_MAX];
    mg_name_under(name, prefix, leaf);
    l->w = mg_params_add_under(p, name, "weight", out, in, MG_INIT_NORMAL, BERT_STD,
                               MG_PARAM_DECAY);
    l->b = mg_params_add_under(p, name, "bias", 1, out, MG_INIT_ZERO, 0, 0);
}

static void bert_norm(mg_lnorm *l, mg_params *p, const char *prefix, const char *leaf,
                      const mg_transformer_config *c) {
    char name[MG_NAME_MAX];
    mg_name_under(name, prefix, leaf);
    mg_lnorm_init(l, p, name, c->hidden, c->norm_eps);
}

static void alias_in(mg_params *p, const char *prefix, const char *own, const char *published,
                     int64_t row, int64_t rows) {
    char a[MG_NAME_MAX], b[MG_NAME_MAX];
    if (rows > 0)
        mg_params_alias(p, mg_name_under(a, prefix, own), mg_name_under(b, prefix, published), row,
                        rows);
}

static void declare_embeddings(mg_transformer *m, mg_params *p, const char *prefix) {
    const mg_transformer_config *c = &m->c;
    const int64_t rows = (int64_t)c->vocab + c->positions + c->types;
    m->embeddings = mg_params_add_under(p, prefix, "embeddings.weight", rows, c->hidden,
                                        MG_INIT_NORMAL, BERT_STD, MG_PARAM_DECAY);
    alias_in(p, prefix, "embeddings.weight", "embeddings.word_embeddings.weight", 0, c->vocab);
    alias_in(p, prefix, "embeddings.weight", "embeddings.position_embeddings.weight", c->vocab,
             c->positions);
    alias_in(p, prefix, "embeddings.weight", "embeddings.token_type_embeddings.weight",
             (int64_t)c->vocab + c->positions, c->types);
}

static void declare_layer(layer *l, mg_params *p, const char *prefix,
                          const mg_transformer_config *c) {
    static const char *const parts[3] = {"query", "key", "value"};
    const int64_t d = c->hidden;
    bert_dense(&l->qkv, p, prefix, "attention.self.qkv", d, 3 * d);
    for (int k = 0; k < 3; k++) {
        char name[64];
        snprintf(name, sizeof name, "attention.self.%s.weight", parts[k]);
        alias_in(p, prefix, "attention.self.qkv.weight", name, k * d, d);
        snprintf(name, sizeof name, "attention.self.%s.bias", parts[k]);
        alias_in(p, prefix, "attention.self.qkv.bias", name, k * d, d);
    }
    bert_dense(&l->out, p, prefix, "attention.output.dense", d, d);
    bert_norm(&l->attention_norm, p, prefix, "attention.output.LayerNorm", c);
    bert_dense(&l->up, p, prefix, "intermediate.dense", d, c->ffn);
    bert_dense(&l->down, p, prefix, "output.dense", c->ffn, d);
    bert_norm(&l->ffn_norm, p, prefix, "output.LayerNorm", c);
}

mg_transformer *mg_transformer_new(mg_params *p, const char *prefix,
                                   const mg_transformer_config *c) {
    mg_transformer *m = calloc(1, sizeof *m);
    if (!m || !(m->layers = calloc((size_t)c->layers, sizeof *m->layers))) {
        free(m);
        return NULL;
    }
    m->c = *c;
    declare_embeddings(m, p, prefix);
    bert_norm(&m->norm, p, prefix, c->pre_norm ? "encoder.LayerNorm" : "embeddings.LayerNorm", c);
    for (int i = 0; i < c->layers; i++) {
        char leaf[32], name[MG_NAME_MAX];
        snprintf(leaf, sizeof leaf, "encoder.layer.%d", i);
        declare_layer(&m->layers[i], p, mg_name_under(name, prefix, leaf), c);
    }
    return m;
}

void mg_transformer_free(mg_transformer *m) {
    if (!m) return;
    free(m->layers);
    free(m);
}

/* Rows of the joint table for every token: its word, its position, type 0. */
static mg_tensor *embed(mg_tape *t, const mg_transformer *m, const int32_t *ids,
                        const int32_t *positions, int64_t n) {
    const int per = m->c.types > 0 ? 3 : 2;
    const int32_t *offsets = mg_rows_offsets(t, n, per);
    int32_t *rows = mg_tape_alloc(t, (size_t)(n * per + 1) * sizeof *rows);
    if (!offsets || !rows) return NULL;
    for (int64_t i = 0; i < n; i++) {
        if (ids[i] < 0 || ids[i] >= m->c.vocab || positions[i] < 0 ||
            positions[i] >= m->c.positions) {
            mg_tape_fail(t,
                         "token %lld: id %d at position %d is outside of %d words and %d positions",
                         (long long)i, ids[i], positions[i], m->c.vocab, m->c.positions);
            return NULL;
        }
        rows[i * per] = ids[i];
        rows[i * per + 1] = m->c.vocab + positions[i];
        if (per == 3) rows[i * per + 2] = m->c.vocab + m->c.positions;
    }
    return mg_gather_sum(t, m->embeddings, (mg_csr){.n = n, .offsets = offsets, .ids = rows});
}

static mg_tensor *attend(mg_tape *t, const mg_transformer *m, const layer *l, mg_tensor *x,
                         mg_seqs seqs) {
    mg_tensor *qkv = mg_dense_forward(t, &l->qkv, x, MG_ACT_NONE);
    mg_tensor *y = mg_attention(t, qkv, seqs, m->c.heads, m->c.dropout, false);
    return mg_dropout(t, mg_dense_forward(t, &l->out, y, MG_ACT_NONE), m->c.dropout);
}

static mg_tensor *feed(mg_tape *t, const mg_transformer *m, const layer *l, mg_tensor *x) {
    mg_tensor *y = mg_dense_forward(t, &l->up, x, MG_ACT_GELU);
    return mg_dropout(t, mg_dense_forward(t, &l->down, y, MG_ACT_NONE), m->c.dropout);
}

mg_tensor *mg_transformer_forward(mg_tape *t, const mg_transformer *m, const int32_t *ids,
                                  const int32_t *positions, mg_seqs seqs) {
    mg_tensor *h = embed(t, m, ids, positions, seqs.offsets[seqs.n]);
    if (!m->c.pre_norm) h = mg_lnorm_forward(t, &m->norm, h, NULL);
    h = mg_dropout(t, h, m->c.dropout);
    for (int i = 0; i < m->c.layers; i++) {
        const layer *l = &m->layers[i];
        if (m->c.pre_norm) {
            h = mg_add(t, h,
                       attend(t, m, l, mg_lnorm_forward(t, &l->attention_norm, h, NULL), seqs));
            h = mg_add(t, h, feed(t, m, l, mg_lnorm_forward(t, &l->ffn_norm, h, NULL)));
        } else {
            h = mg_lnorm_forward(t, &l->attention_norm, attend(t, m, l, h, seqs), h);
            h = mg_lnorm_forward(t, &l->ffn_norm, feed(t, m, l, h), h);
        }
    }
    return m->c.pre_norm ? mg_lnorm_forward(t, &m->norm, h, NULL) : h;
}
