/* contrast.c - global alignment (GA): a sequence as one unit row, the contrast of the two
 * modalities' rows with soft targets and a queue, and the copies that follow slowly. Formulas:
 * docs/models/atomas.md. */
#include "model/atomas/align_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- pooling ---- */

static mg_tensor *pool(mg_tape *t, const mg_align *m, const mg_dense *l, mg_tensor *states,
                       mg_seqs seqs) {
    mg_tensor *row = NULL;
    switch (m->c.pooling) {
    case MG_POOL_POSITIONS: row = mg_place_pool(t, states, seqs, l->w, l->b); break;
    case MG_POOL_ATTENTION:
        row = mg_merge(t, states, mg_dense_forward(t, l, states, MG_ACT_NONE), NULL, seqs, NULL,
                       NULL, 0.0f);
        break;
    case MG_POOL_MEAN:
        row = mg_gather_sum(t, states,
                            (mg_csr){.n = seqs.n, .offsets = seqs.offsets, .mean = true});
        break;
    }
    return mg_normalize(t, row, UNIT_EPS);
}

mg_tensor *mg_align_pool(mg_tape *t, const mg_align *m, mg_align_side side, mg_tensor *states,
                         mg_seqs seqs) {
    return pool(t, m, &m->pool[side], states, seqs);
}

mg_tensor *mg_align_pool_momentum(mg_tape *t, const mg_align *m, mg_align_side side,
                                  mg_tensor *states, mg_seqs seqs) {
    return pool(t, m, &m->slow[side], states, seqs);
}

/* ---- the loss ---- */

mg_tensor *mg_align_ga(mg_tape *t, const mg_align *m, const mg_align_rows *r,
                       const int32_t *groups) {
    const mg_contrast_options o = {m->c.log_scale, m->c.soft, groups};
    mg_tensor *both[2] = {mg_soft_contrast(t, r->text, r->text_momentum, r->smiles_momentum,
                                           r->smiles_queue, m->temp, &o),
                          mg_soft_contrast(t, r->smiles, r->smiles_momentum, r->text_momentum,
                                           r->text_queue, m->temp, &o)};
    return mg_weighted_sum(t, both, (float[2]){0.5f, 0.5f}, 2);
}

/* ---- momentum ---- */

struct mg_momentum {
    size_t n;
    mg_tensor **from, **to;
};

/* The copy of parameter `name` under the pairs of prefixes; NULL: it has none. */
static mg_tensor *copy_of(const mg_params *p, const char *name, const char *const *from,
                          const char *const *to, int n, bool *wanted) {
    char other[2 * MG_NAME_MAX];
    *wanted = false;
    for (int i = 0; i < n && !*wanted; i++) {
        const size_t length = strlen(from[i]);
        if (strncmp(name, from[i], length) != 0) continue;
        *wanted = true;
        snprintf(other, sizeof other, "%s%s", to[i], name + length);
    }
    return *wanted ? mg_params_find(p, other) : NULL;
}

mg_momentum *mg_momentum_new(const mg_params *p, const char *const *from, const char *const *to,
                             int n, molglot_error *err) {
    const size_t count = mg_params_count(p);
    mg_momentum *m = calloc(1, sizeof *m);
    if (m) {
        m->from = calloc(count + 1, sizeof *m->from);
        m->to = calloc(count + 1, sizeof *m->to);
    }
    int code = m && m->from && m->to ? MOLGLOT_OK : mg_no_memory(err, "momentum copies");
    for (size_t i = 0; i < count && !code; i++) {
        const char *name;
        bool wanted;
        mg_tensor *x = mg_params_at(p, i, &name, NULL), *y = copy_of(p, name, from, to, n, &wanted);
        if (!wanted) continue;
        if (!y || y->rows != x->rows || y->cols != x->cols) {
            code = mg_fail(err, MOLGLOT_BAD_FILE, "parameter %s has no momentum copy of its shape",
                           name);
            break;
        }
        m->from[m->n] = x;
        m->to[m->n++] = y;
    }
    if (!code && m->n == 0) code = mg_fail(err, MOLGLOT_BAD_FILE, "nothing has a momentum copy");
    if (!code) return m;
    mg_momentum_free(m);
    return NULL;
}

void mg_momentum_free(mg_momentum *m) {
    if (!m) return;
    free(m->from);
    free(m->to);
    free(m);
}

void mg_momentum_copy(const mg_momentum *m) {
    for (size_t i = 0; i < m->n; i++)
        memcpy(m->to[i]->data, m->from[i]->data, (size_t)mg_tensor_count(m->to[i]) * sizeof(float));
}

void mg_momentum_update(mg_tape *t, const mg_momentum *m, float decay) {
    for (size_t i = 0; i < m->n; i++) {
        float *copy = mg_f32(m->to[i]);
        mg_flat_mix(t, mg_tensor_count(m->to[i]), 1.0f - decay, mg_f32(m->from[i]), decay, copy,
                    copy);
    }
}

void mg_queue_push(mg_tape *t, mg_tensor *queue, int64_t at, mg_tensor *rows) {
    if (!queue || !rows || !mg_tape_ok(t)) return;
    if (at < 0 || at >= queue->rows || rows->rows > queue->rows || rows->cols != queue->cols) {
        mg_tape_fail(t, "queue: [%lld,%lld] rows do not fit at %lld of [%lld,%lld]",
                     (long long)rows->rows, (long long)rows->cols, (long long)at,
                     (long long)queue->rows, (long long)queue->cols);
        return;
    }
    const int64_t before = rows->rows < queue->rows - at ? rows->rows : queue->rows - at,
                  cols = queue->cols;
    mg_flat_mix(t, before * cols, 1.0f, mg_f32(rows), 0.0f, NULL, mg_f32(queue) + at * cols);
    mg_flat_mix(t, (rows->rows - before) * cols, 1.0f, mg_f32(rows) + before * cols, 0.0f, NULL,
                mg_f32(queue));
}
