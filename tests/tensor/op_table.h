/* op_table.h - the op table: every op of tensor.h in every variant, with a way to make its inputs
 * at any size.
 *
 * tests/tensor/test_ops.c checks each row (value, gradients, backends, determinism),
 * bench/bench_ops.c times each row. An op without a row here is not finished. A row has `setup`,
 * which declares the differentiable inputs of a size and fills them and the index arrays from a
 * fixed seed, and `run`, which calls the op on them.
 */
#ifndef MG_OP_TABLE_H
#define MG_OP_TABLE_H

#include "tensor/tensor.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OP_MAX_IN 6

/* rows, columns, and what else the op has (outputs, table rows) */
typedef struct op_size {
    int64_t n, c, o;
} op_size;

typedef struct op_row op_row;

typedef struct op_env { /* one row at one size */
    const op_row *row;
    op_size s;
    mg_act act;
    mg_rng rng;
    int n_in;
    int64_t rows[OP_MAX_IN], cols[OP_MAX_IN];
    float *x[OP_MAX_IN];
    int64_t n_seq;
    int32_t *offsets, *kv_offsets, *ids, *groups, *targets;
    float *weights, *running_mean, *running_var;
} op_env;

struct op_row {
    const char *name;
    void (*setup)(op_env *e);
    mg_tensor *(*run)(mg_tape *t, mg_tensor *const *in, const op_env *e);
    op_size bench;
    mg_act act;
    bool training;
    int min_rows; /* sizes with fewer are not asked for */
    float p;      /* dropout, smoothing, ... */
    int heads;
};

/* ---- making inputs ---- */

static inline float op_uniform(op_env *e) { return (float)(2.0 * mg_rng_uniform(&e->rng) - 1.0); }

static inline void *op_alloc(int64_t count, size_t size) {
    void *p = calloc((size_t)count + 1, size);
    assert(p);
    return p;
}

/* One more differentiable input, uniform in [-scale, scale]. */
static inline float *op_input(op_env *e, int64_t rows, int64_t cols, double scale) {
    float *x = op_alloc(rows * cols, sizeof *x);
    for (int64_t i = 0; i < rows * cols; i++) x[i] = (float)(scale * op_uniform(e));
    e->rows[e->n_in] = rows;
    e->cols[e->n_in] = cols;
    e->x[e->n_in++] = x;
    return x;
}

/* Lengths 0..longest, each row of [0, n) in one of them. */
static inline void op_sequences(op_env *e, int64_t n, int longest) {
    e->offsets = op_alloc(n + 3, sizeof *e->offsets);
    e->n_seq = 0;
    for (int64_t at = 0; at < n; e->offsets[++e->n_seq] = (int32_t)at) {
        int64_t length = e->n_seq == 1 ? 0 : 1 + (int64_t)mg_rng_below(&e->rng, (uint64_t)longest);
        at = at + length < n ? at + length : n;
        if (e->n_seq > n) at = n;
    }
}

/* n output rows with 0..most entries each, ids below `rows`. */
static inline void op_bags(op_env *e, int64_t n, int64_t rows, int most) {
    e->offsets = op_alloc(n + 1, sizeof *e->offsets);
    e->ids = op_alloc(n * most, sizeof *e->ids);
    e->weights = op_alloc(n * most, sizeof *e->weights);
    e->n_seq = n;
    for (int64_t i = 0; i < n; i++) {
        int32_t at = e->offsets[i], length = (int32_t)mg_rng_below(&e->rng, (uint64_t)most + 1);
        e->offsets[i + 1] = at + length;
        for (int32_t j = at; j < at + length; j++) {
            e->ids[j] = (int32_t)mg_rng_below(&e->rng, (uint64_t)rows);
            e->weights[j] = op_uniform(e);
        }
    }
}

static inline float *copy_floats(const float *x, int64_t n) {
    float *y = op_alloc(n, sizeof *y);
    memcpy(y, x, (size_t)n * sizeof *y);
    return y;
}

static inline void op_env_make(op_env *e, const op_row *row, op_size s) {
    *e = (op_env){.row = row,
                  .s = s,
                  .act = row->act,
                  .rng = {.seed = 7, .stream = (uint64_t)(s.n * 1000 + s.c)}};
    row->setup(e);
}

static inline void op_env_free(op_env *e) {
    for (int i = 0; i < e->n_in; i++) free(e->x[i]);
    free(e->offsets);
    free(e->kv_offsets);
    free(e->ids);
    free(e->groups);
    free(e->targets);
    free(e->weights);
    free(e->running_mean);
    free(e->running_var);
}

/* ---- the rows' functions ---- */

static inline void setup_linear(op_env *e) {
    double scale = sqrt(3.0 / (double)e->s.c);
    op_input(e, e->s.n, e->s.c, 1.0);
    op_input(e, e->s.o, e->s.c, scale);
    op_input(e, 1, e->s.o, 1.0);
}
static inline mg_tensor *run_linear(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_linear(t, in[0], in[1], in[2], e->act);
}
static inline void setup_linear_no_bias(op_env *e) {
    op_input(e, e->s.n, e->s.c, 1.0);
    op_input(e, e->s.o, e->s.c, 1.0);
}
static inline mg_tensor *run_linear_no_bias(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_linear(t, in[0], in[1], NULL, e->act);
}

static inline void setup_one(op_env *e) { op_input(e, e->s.n, e->s.c, 3.0); }
static inline void setup_two(op_env *e) {
    op_input(e, e->s.n, e->s.c, 1.0);
    op_input(e, e->s.n, e->s.c, 1.0);
}
static inline mg_tensor *run_activate(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_activate(t, in[0], e->act);
}
static inline mg_tensor *run_add(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_add(t, in[0], in[1]);
}
static inline mg_tensor *run_add_same(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_add(t, in[0], in[0]);
}
static inline mg_tensor *run_sub(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_sub(t, in[0], in[1]);
}
static inline mg_tensor *run_sub_same(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_sub(t, in[0], in[0]);
}
/* Away from 0: a mean of terms that cancel shows bf16's rounding of its factors. */
static inline void setup_mean(op_env *e) {
    float *x = op_input(e, e->s.n, e->s.c, 1.0);
    for (int64_t i = 0; i < e->s.n * e->s.c; i++) x[i] += 2.0f;
}
static inline mg_tensor *run_mean(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_mean(t, in[0]);
}
static inline mg_tensor *run_squared_error(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_squared_error(t, in[0], in[1]);
}
static inline mg_tensor *run_scale(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_scale(t, in[0], -1.75f);
}
/* its input is read beside it: two gradients meet */
/* A table written in two parts, the second from what the first says, and read whole. */
static inline mg_tensor *run_set_rows(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    mg_tensor *table = in[0] ? mg_new(t, 2 * in[0]->rows, in[0]->cols) : NULL;
    const int64_t n = in[0] ? in[0]->rows : 0;
    int32_t *ids = mg_tape_alloc(t, ((size_t)n + 1) * sizeof *ids),
            *offsets = mg_tape_alloc(t, (2 * (size_t)n + 1) * sizeof *offsets);
    if (!table || !ids || !offsets || !mg_set_rows(t, table, 0, in[0])) return NULL;
    for (int64_t i = 0; i <= 2 * n; i++) offsets[i] = (int32_t)i;
    for (int64_t i = 0; i < n; i++) ids[i] = (int32_t)(n - 1 - i);
    mg_tensor *turned = mg_gather_sum(t, table, (mg_csr){.n = n, .offsets = offsets, .ids = ids});
    if (!mg_set_rows(t, table, n, mg_mul(t, turned, in[0]))) return NULL;
    return mg_gather_sum(t, table, (mg_csr){.n = 2 * n, .offsets = offsets});
}

static inline mg_tensor *run_reshape(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_add(t, mg_reshape(t, in[0], 1), mg_reshape(t, mg_scale(t, in[0], 0.5f), 1));
}
static inline mg_tensor *run_mul(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_mul(t, in[0], in[1]);
}
static inline mg_tensor *run_mul_same(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_mul(t, in[0], in[0]);
}
static inline mg_tensor *run_dropout(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_dropout(t, in[0], e->row->p);
}

/* Fewer table rows than entries, so rows are used several times; o when a size asks for a big
 * table. */
static inline void setup_gather(op_env *e) {
    int64_t rows = e->s.o > e->s.n ? e->s.o : e->s.n / 2 + 3;
    op_input(e, rows, e->s.c, 1.0);
    op_bags(e, e->s.n, rows, 4);
}
static inline void setup_bag(op_env *e) {
    int64_t rows = e->s.o > e->s.n ? e->s.o : e->s.n + 40;
    op_input(e, rows, e->s.c, 1.0);
    op_bags(e, e->s.n, rows, 60);
}
static inline void setup_pool(op_env *e) {
    op_input(e, e->s.n, e->s.c, 1.0);
    op_sequences(e, e->s.n, e->s.n > 1000 ? 48 : 9);
}
static inline mg_tensor *run_gather(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_gather_sum(t, in[0], (mg_csr){.n = e->n_seq, .offsets = e->offsets, .ids = e->ids});
}
static inline mg_tensor *run_gather_weighted(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_gather_sum(
        t, in[0],
        (mg_csr){.n = e->n_seq, .offsets = e->offsets, .ids = e->ids, .weights = e->weights});
}
static inline mg_tensor *run_gather_mean(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_gather_sum(
        t, in[0], (mg_csr){.n = e->n_seq, .offsets = e->offsets, .ids = e->ids, .mean = true});
}
static inline mg_tensor *run_gather_weighted_mean(mg_tape *t, mg_tensor *const *in,
                                                  const op_env *e) {
    return mg_gather_sum(t, in[0], (mg_csr){e->n_seq, e->offsets, e->ids, e->weights, true});
}

static inline void setup_layer_norm(op_env *e) {
    op_input(e, e->s.n, e->s.c, 2.0);
    op_input(e, 1, e->s.c, 1.0);
    op_input(e, 1, e->s.c, 1.0);
    op_input(e, e->s.n, e->s.c, 1.0);
}
static inline mg_tensor *run_layer_norm(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_layer_norm(t, in[0], NULL, in[1], in[2], 1e-3f);
}
static inline mg_tensor *run_layer_norm_residual(mg_tape *t, mg_tensor *const *in,
                                                 const op_env *e) {
    (void)e;
    return mg_layer_norm(t, in[0], in[3], in[1], in[2], 1e-3f);
}
static inline mg_tensor *run_layer_norm_same(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_layer_norm(t, in[0], in[0], in[1], in[2], 1e-3f);
}

static inline void setup_rms_norm(op_env *e) {
    op_input(e, e->s.n, e->s.c, 2.0);
    op_input(e, 1, e->s.c, 1.0);
}
static inline mg_tensor *run_rms_norm(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_rms_norm(t, in[0], in[1], 1e-3f);
}

static inline void setup_batch_norm(op_env *e) {
    op_input(e, e->s.n, e->s.c, 2.0);
    op_input(e, 1, e->s.c, 1.0);
    op_input(e, 1, e->s.c, 1.0);
    e->running_mean = op_alloc(e->s.c, sizeof(float));
    e->running_var = op_alloc(e->s.c, sizeof(float));
    for (int64_t i = 0; i < e->s.c; i++) {
        e->running_mean[i] = 0.3f * op_uniform(e);
        e->running_var[i] = 1.0f + 0.5f * op_uniform(e);
    }
}
static inline mg_tensor *run_batch_norm(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    mg_tensor *mean = mg_input(t, e->running_mean, 1, e->s.c, false),
              *var = mg_input(t, e->running_var, 1, e->s.c, false);
    return mg_batch_norm(t, in[0], in[1], in[2], mean, var, 0.1f, 1e-3f, e->act);
}

static inline void setup_attention(op_env *e) {
    op_input(e, e->s.n, 3 * e->s.c * e->row->heads, 1.0);
    op_sequences(e, e->s.n, e->s.n > 1000 ? 64 : 21);
}
static inline mg_tensor *run_attention(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_attention(t, in[0], (mg_seqs){e->n_seq, e->offsets}, e->row->heads, e->row->p, false);
}

static inline mg_tensor *run_attention_causal(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_attention(t, in[0], (mg_seqs){e->n_seq, e->offsets}, e->row->heads, e->row->p, true);
}

/* As many sequences of keys, of other lengths: every third is empty, and the second has no
 * query. */
static inline void setup_cross_attention(op_env *e) {
    const int longest = e->s.n > 1000 ? 64 : 21;
    op_input(e, e->s.n, e->s.c * e->row->heads, 1.0);
    op_sequences(e, e->s.n, longest);
    e->kv_offsets = op_alloc(e->n_seq + 1, sizeof *e->kv_offsets);
    for (int64_t s = 0; s < e->n_seq; s++)
        e->kv_offsets[s + 1] = e->kv_offsets[s] +
                               (s % 3 == 2 ? 0
                                           : 1 + (int32_t)mg_rng_below(&e->rng, (uint64_t)longest));
    op_input(e, e->kv_offsets[e->n_seq], 2 * e->s.c * e->row->heads, 1.0);
}
static inline mg_tensor *run_cross_attention(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_cross_attention(t, in[0], in[1], (mg_seqs){e->n_seq, e->offsets},
                              (mg_seqs){e->n_seq, e->kv_offsets}, e->row->heads, e->row->p);
}

/* Ranges of keys with a pad behind each; every third is empty. The bias reaches 5 rows far, most
 * sequences are longer. */
static inline void setup_attend(op_env *e) {
    const int longest = e->s.n > 1000 ? 64 : 21;
    const int64_t d = e->s.c * e->row->heads;
    op_input(e, e->s.n, d, 1.0);
    op_sequences(e, e->s.n, longest);
    e->kv_offsets = op_alloc(e->n_seq + 1, sizeof *e->kv_offsets);
    e->ids = op_alloc(e->n_seq + 1, sizeof *e->ids); /* the ranges' ends */
    for (int64_t s = 0; s < e->n_seq; s++) {
        const int32_t keys = s % 3 == 2 ? 0 : 1 + (int32_t)mg_rng_below(&e->rng, (uint64_t)longest);
        e->ids[s] = e->kv_offsets[s] + keys;
        e->kv_offsets[s + 1] = e->ids[s] + 1;
    }
    op_input(e, e->kv_offsets[e->n_seq], d, 1.0);
    op_input(e, e->kv_offsets[e->n_seq], d, 1.0);
    op_input(e, 11, e->row->heads, 1.0);
}
static inline mg_tensor *attend_with(mg_tape *t, mg_tensor *const *in, const op_env *e,
                                     mg_tensor *bias, bool causal, float times) {
    return mg_attend(t, &(mg_attend_args){.q = in[0],
                                          .k = in[1],
                                          .v = in[2],
                                          .bias = bias,
                                          .q_seqs = {e->n_seq, e->offsets},
                                          .kv_from = e->kv_offsets,
                                          .kv_to = e->ids,
                                          .heads = e->row->heads,
                                          .scale = times / sqrtf((float)e->s.c),
                                          .p = e->row->p,
                                          .causal = causal});
}
static inline mg_tensor *run_attend(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return attend_with(t, in, e, NULL, false, 0.0f);
}
static inline mg_tensor *run_attend_bias(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return attend_with(t, in, e, in[3], false, 1.4f);
}
static inline mg_tensor *run_attend_causal(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return attend_with(t, in, e, in[3], true, 1.4f);
}

/* One row shorter than eps: there the divisor is a constant. */
static inline void setup_normalize(op_env *e) {
    float *x = op_input(e, e->s.n, e->s.c, 2.0);
    for (int64_t c = 0; e->s.n > 2 && c < e->s.c; c++) x[e->s.c + c] *= 0.005f;
}
static inline mg_tensor *run_normalize(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    return mg_normalize(t, in[0], 0.1f);
}

static inline void setup_infonce(op_env *e) {
    for (int k = 0; k < 2; k++) {
        float *x = op_input(e, e->s.n, e->s.c, 1.0);
        for (int64_t i = 0; i < e->s.n; i++) {
            double s = 0.0;
            for (int64_t c = 0; c < e->s.c; c++) s += (double)x[i * e->s.c + c] * x[i * e->s.c + c];
            for (int64_t c = 0; c < e->s.c; c++) x[i * e->s.c + c] /= (float)sqrt(s + 1e-12);
        }
    }
    op_input(e, 1, 1, 0.0)[0] = 2.0f;                /* log_scale */
    e->groups = op_alloc(e->s.n, sizeof *e->groups); /* a few repeats */
    for (int64_t i = 0; i < e->s.n; i++)
        e->groups[i] = (int32_t)mg_rng_below(&e->rng, (uint64_t)(2 * e->s.n));
    if (e->s.n > 4) e->groups[3] = e->groups[0];
}
static inline mg_tensor *run_infonce(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_infonce(t, in[0], in[1], NULL, 10.0f, 0.0f, NULL, e->row->p);
}
static inline mg_tensor *run_infonce_same(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_infonce(t, in[0], in[0], NULL, 5.0f, 0.0f, NULL, e->row->p);
}
static inline mg_tensor *run_infonce_learned(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_infonce(t, in[0], in[1], in[2], 0.0f, 100.0f, e->groups, e->row->p);
}
static inline mg_tensor *run_infonce_clamped(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_infonce(t, in[0], in[1], in[2], 0.0f, 5.0f, e->groups, e->row->p);
}

/* Every fifth row is left out, and every seventh weighs nothing. */
static inline void setup_cross_entropy(op_env *e) {
    op_input(e, e->s.n, e->s.c, 3.0);
    e->targets = op_alloc(e->s.n, sizeof *e->targets);
    e->weights = op_alloc(e->s.n, sizeof *e->weights);
    for (int64_t i = 0; i < e->s.n; i++) {
        e->targets[i] = i % 5 == 4 ? -1 : (int32_t)mg_rng_below(&e->rng, (uint64_t)e->s.c);
        e->weights[i] = i % 7 == 6 ? 0.0f : 1.5f + op_uniform(e);
    }
}
static inline mg_tensor *run_cross_entropy(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_cross_entropy(t, in[0], e->targets, NULL, e->row->p);
}
static inline mg_tensor *run_cross_entropy_weighted(mg_tape *t, mg_tensor *const *in,
                                                    const op_env *e) {
    return mg_cross_entropy(t, in[0], e->targets, e->weights, e->row->p);
}

static inline void setup_terms(op_env *e) {
    for (int i = 0; i < 4; i++) op_input(e, 1, 1, 1.0);
}
/* The last term is used twice. */
static inline mg_tensor *run_weighted_sum(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    (void)e;
    mg_tensor *terms[5] = {in[0], in[1], in[2], in[3], in[3]};
    return mg_weighted_sum(t, terms, (float[5]){0.25f, -1.0f, 0.5f, 2.0f, 0.125f}, 5);
}

/* ---- sets: every sequence has pads where the row asks for them (heads 2: half its rows) ---- */

/* Real rows of each sequence, and so many sets of them; in targets and kv_offsets. */
static inline void op_sets(op_env *e, bool pads) {
    e->targets = op_alloc(e->n_seq, sizeof *e->targets);
    e->kv_offsets = op_alloc(e->n_seq + 1, sizeof *e->kv_offsets);
    for (int64_t s = 0; s < e->n_seq; s++) {
        const int32_t rows = e->offsets[s + 1] - e->offsets[s];
        e->targets[s] = pads ? (rows + 1) / 2 : rows;
        e->kv_offsets[s + 1] = e->kv_offsets[s] + (e->targets[s] + 2) / 3;
    }
}
static inline mg_seqs op_seqs(const op_env *e) { return (mg_seqs){e->n_seq, e->offsets}; }

static inline mg_tensor *run_windows(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_windows(t, in[0], op_seqs(e));
}

/* x, scores; the rows that are clustered are another tensor (weights), so that a step along x moves
 * no row to another set. */
static inline void setup_merge(op_env *e) {
    float *x = op_input(e, e->s.n, e->s.c, 1.0);
    op_input(e, e->s.n, 1, 1.0);
    op_sequences(e, e->s.n, e->s.n > 1000 ? 64 : 13);
    op_sets(e, e->row->p > 0.0f);
    e->weights = copy_floats(x, e->s.n * e->s.c);
}
static inline mg_tensor *run_merge(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    const bool pads = e->row->p > 0.0f, far = e->row->heads == 2;
    const mg_cluster_options o = {.neighbours = 3, .strict = far, .far = far};
    mg_tensor *x = mg_input(t, e->weights, e->s.n, e->s.c, false);
    mg_tensor *ids = mg_cluster(t, x, op_seqs(e), pads ? e->targets : NULL, e->kv_offsets, &o);
    return mg_merge(t, in[0], in[1], ids, op_seqs(e), pads ? e->targets : NULL, e->kv_offsets,
                    e->row->p);
}
static inline mg_tensor *run_merge_pool(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_merge(t, in[0], in[1], NULL, op_seqs(e), NULL, NULL, 0.0f);
}

static inline void setup_scored(op_env *e) {
    const int longest = e->s.n > 1000 ? 64 : 13;
    op_input(e, e->s.n, e->s.c * e->row->heads, 1.0);
    op_sequences(e, e->s.n, longest);
    e->kv_offsets = op_alloc(e->n_seq + 1, sizeof *e->kv_offsets);
    e->targets = op_alloc(e->n_seq, sizeof *e->targets);
    for (int64_t s = 0; s < e->n_seq; s++) {
        const int32_t rows = s % 3 == 2 ? 0 : 1 + (int32_t)mg_rng_below(&e->rng, (uint64_t)longest);
        e->kv_offsets[s + 1] = e->kv_offsets[s] + rows;
        e->targets[s] = (rows + 1) / 2;
    }
    op_input(e, e->kv_offsets[e->n_seq], 2 * e->s.c * e->row->heads, 1.0);
    op_input(e, e->kv_offsets[e->n_seq], 1, 1.0);
}
static inline mg_tensor *run_scored(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_scored_attention(t, in[0], in[1], in[2], op_seqs(e),
                               (mg_seqs){e->n_seq, e->kv_offsets},
                               e->row->p > 0.0f ? e->targets : NULL, e->row->heads);
}

static inline void setup_place(op_env *e) {
    op_input(e, e->s.n, e->s.c, 1.0);
    op_input(e, 1, e->s.n > 1000 ? 64 : 13, 1.0);
    op_input(e, 1, 1, 1.0);
    op_sequences(e, e->s.n, e->s.n > 1000 ? 64 : 13);
}
static inline mg_tensor *run_place(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    return mg_place_pool(t, in[0], op_seqs(e), in[1], in[2]);
}

/* Rows of the momentum model, and keys, beside: weights. o rows wait in the queue. Soft targets (p)
 * depend on the scale too, but count as constants: then the scale is no input. */
static inline void setup_contrast(op_env *e) {
    float *x = op_input(e, e->s.n, e->s.c, 1.0);
    const float scale = e->row->heads == 2 ? 1.5f : 0.3f;
    if (e->row->p > 0.0f)
        e->running_mean = copy_floats(&scale, 1);
    else
        op_input(e, 1, 1, 0.0)[0] = scale;
    const int64_t rows = 2 * e->s.n + e->s.o;
    e->weights = op_alloc(rows * e->s.c, sizeof *e->weights);
    for (int64_t i = 0; i < rows * e->s.c; i++) e->weights[i] = op_uniform(e);
    for (int64_t i = 0; i < e->s.n * e->s.c; i++) x[i] /= sqrtf((float)e->s.c);
    for (int64_t i = 0; i < rows * e->s.c; i++) e->weights[i] /= sqrtf((float)e->s.c);
    e->groups = op_alloc(e->s.n, sizeof *e->groups);
    for (int64_t i = 0; i < e->s.n; i++)
        e->groups[i] = (int32_t)mg_rng_below(&e->rng, (uint64_t)(2 * e->s.n));
}
static inline mg_tensor *run_contrast(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    const bool log_scale = e->row->heads == 2;
    const mg_contrast_options o = {log_scale, e->row->p, log_scale ? e->groups : NULL};
    const int64_t n = e->s.n, c = e->s.c;
    mg_tensor *scale = e->running_mean ? mg_input(t, e->running_mean, 1, 1, false) : in[1];
    return mg_soft_contrast(
        t, in[0], mg_input(t, e->weights, n, c, false),
        mg_input(t, e->weights + n * c, n, c, false),
        log_scale ? NULL : mg_input(t, e->weights + 2 * n * c, e->s.o, c, false), scale, &o);
}

/* Rows along one direction, of lengths that differ, so that a step moves no maximum; a little of
 * others beside. */
static inline void op_rays(op_env *e, float *x, const int32_t *offsets, int64_t n_seq) {
    for (int64_t s = 0; s < n_seq; s++)
        for (int32_t i = offsets[s]; i < offsets[s + 1]; i++)
            for (int64_t c = 0; c < e->s.c; c++)
                x[i * e->s.c + c] =
                    ((float)((3 * (i - offsets[s])) % 5) * 0.2f + 0.3f + 0.03f * op_uniform(e)) /
                    sqrtf((float)e->s.c) * (s % 3 == 1 ? -1.0f : 1.0f);
}
static inline void setup_late(op_env *e) {
    float *x = op_input(e, e->s.n, e->s.c, 1.0);
    op_sequences(e, e->s.n, 4);
    op_rays(e, x, e->offsets, e->n_seq);
    op_input(e, e->s.n, 1, 1.0);
    e->kv_offsets = op_alloc(4, sizeof *e->kv_offsets); /* three sequences, the first empty */
    const int32_t rows = e->s.n > 0 ? 3 : 0;
    e->kv_offsets[2] = rows;
    e->kv_offsets[3] = 2 * rows;
    x = op_input(e, 2 * rows, e->s.c, 1.0);
    op_rays(e, x, e->kv_offsets, 3);
    op_input(e, 2 * rows, 1, 1.0);
    e->targets = op_alloc(e->n_seq, sizeof *e->targets);
    e->groups = op_alloc(3, sizeof *e->groups);
    for (int64_t s = 0; s < e->n_seq; s++)
        e->targets[s] = (e->offsets[s + 1] - e->offsets[s] + 1) / 2;
    e->groups[1] = e->groups[2] = rows > 0 ? 2 : 0;
}
static inline mg_tensor *run_late(mg_tape *t, mg_tensor *const *in, const op_env *e) {
    const bool pads = e->row->p > 0.0f;
    return mg_late_interaction(t, in[0], in[1], op_seqs(e), pads ? e->targets : NULL, in[2], in[3],
                               (mg_seqs){3, e->kv_offsets}, pads ? e->groups : NULL);
}

/* ---- the table ---- */

static const op_row OP_TABLE[] = {
    {"linear", setup_linear, run_linear, .bench = {4096, 256, 256}},
    {"linear/relu", setup_linear, run_linear, .bench = {6000, 300, 600}, .act = MG_ACT_RELU},
    {"linear/gelu", setup_linear, run_linear, .bench = {4096, 256, 1024}, .act = MG_ACT_GELU},
    {"linear/tanh", setup_linear, run_linear, .bench = {256, 256, 256}, .act = MG_ACT_TANH},
    {"linear/gelu tanh", setup_linear, run_linear, .bench = {4096, 256, 1024},
     .act = MG_ACT_GELU_TANH},
    {"linear/sigmoid", setup_linear, run_linear, .bench = {256, 256, 256}, .act = MG_ACT_SIGMOID},
    {"linear/exp", setup_linear, run_linear, .bench = {256, 256, 256}, .act = MG_ACT_EXP},
    {"linear/no bias", setup_linear_no_bias, run_linear_no_bias, .bench = {4096, 256, 768}},
    {"activate/relu", setup_one, run_activate, .bench = {6000, 300, 0}, .act = MG_ACT_RELU},
    {"activate/gelu", setup_one, run_activate, .bench = {6000, 300, 0}, .act = MG_ACT_GELU},
    {"activate/tanh", setup_one, run_activate, .bench = {6000, 300, 0}, .act = MG_ACT_TANH},
    {"activate/gelu tanh", setup_one, run_activate, .bench = {6000, 300, 0},
     .act = MG_ACT_GELU_TANH},
    {"activate/sigmoid", setup_one, run_activate, .bench = {6000, 300, 0}, .act = MG_ACT_SIGMOID},
    {"activate/exp", setup_one, run_activate, .bench = {6000, 300, 0}, .act = MG_ACT_EXP},
    {"add", setup_two, run_add, .bench = {6000, 300, 0}},
    {"add/same", setup_one, run_add_same, .bench = {6000, 300, 0}},
    {"sub", setup_two, run_sub, .bench = {6000, 300, 0}},
    {"sub/same", setup_one, run_sub_same, .bench = {6000, 300, 0}},
    {"set_rows", setup_one, run_set_rows, .bench = {6000, 300, 0}},
    {"reshape", setup_one, run_reshape, .bench = {6000, 300, 0}},
    {"scale", setup_one, run_scale, .bench = {6000, 300, 0}},
    {"mul", setup_two, run_mul, .bench = {6000, 300, 0}},
    {"mul/same", setup_one, run_mul_same, .bench = {6000, 300, 0}},
    {"mean", setup_mean, run_mean, .bench = {6000, 300, 0}, .min_rows = 1},
    {"dropout", setup_one, run_dropout, .bench = {6000, 300, 0}, .training = true, .p = 0.3f},
    {"dropout/off", setup_one, run_dropout, .bench = {6000, 300, 0}, .p = 0.3f},
    {"gather_sum", setup_gather, run_gather, .bench = {6000, 300, 0}},
    {"gather_sum/weighted", setup_gather, run_gather_weighted, .bench = {6000, 300, 0}},
    {"gather_sum/mean", setup_gather, run_gather_mean, .bench = {6000, 300, 0}},
    {"gather_sum/weighted mean", setup_gather, run_gather_weighted_mean, .bench = {6000, 300, 0}},
    {"gather_sum/bag", setup_bag, run_gather_weighted, .bench = {256, 256, 60000}},
    {"gather_sum/pool", setup_pool, run_gather, .bench = {6000, 300, 0}},
    {"gather_sum/mean pool", setup_pool, run_gather_mean, .bench = {6000, 300, 0}},
    {"layer_norm", setup_layer_norm, run_layer_norm, .bench = {4096, 256, 0}},
    {"layer_norm/residual", setup_layer_norm, run_layer_norm_residual, .bench = {4096, 256, 0}},
    {"layer_norm/same", setup_layer_norm, run_layer_norm_same, .bench = {4096, 256, 0}},
    {"rms_norm", setup_rms_norm, run_rms_norm, .bench = {4096, 256, 0}},
    {"batch_norm/running", setup_batch_norm, run_batch_norm, .bench = {6000, 300, 0}},
    {"batch_norm/running relu", setup_batch_norm, run_batch_norm, .bench = {6000, 300, 0},
     .act = MG_ACT_RELU},
    {"batch_norm/batch", setup_batch_norm, run_batch_norm, .bench = {6000, 300, 0},
     .training = true},
    {"batch_norm/batch relu", setup_batch_norm, run_batch_norm, .bench = {6000, 300, 0},
     .training = true, .act = MG_ACT_RELU},
    {"attention/1 head", setup_attention, run_attention, .bench = {4096, 32, 0}, .heads = 1},
    {"attention", setup_attention, run_attention, .bench = {4096, 64, 0}, .heads = 4},
    {"attention/dropout", setup_attention, run_attention, .bench = {4096, 64, 0}, .heads = 4,
     .training = true, .p = 0.2f},
    {"attention/causal", setup_attention, run_attention_causal, .bench = {4096, 64, 0}, .heads = 4},
    {"attention/causal dropout", setup_attention, run_attention_causal, .bench = {4096, 64, 0},
     .heads = 4, .training = true, .p = 0.2f},
    {"cross_attention/1 head", setup_cross_attention, run_cross_attention, .bench = {4096, 32, 0},
     .heads = 1},
    {"cross_attention", setup_cross_attention, run_cross_attention, .bench = {4096, 64, 0},
     .heads = 4},
    {"cross_attention/dropout", setup_cross_attention, run_cross_attention, .bench = {4096, 64, 0},
     .heads = 4, .training = true, .p = 0.2f},
    {"attend", setup_attend, run_attend, .bench = {4096, 64, 0}, .heads = 4},
    {"attend/1 head, bias", setup_attend, run_attend_bias, .bench = {4096, 32, 0}, .heads = 1},
    {"attend/bias", setup_attend, run_attend_bias, .bench = {4096, 64, 0}, .heads = 4},
    {"attend/bias, dropout", setup_attend, run_attend_bias, .bench = {4096, 64, 0}, .heads = 4,
     .training = true, .p = 0.2f},
    {"attend/bias, causal, dropout", setup_attend, run_attend_causal, .bench = {4096, 64, 0},
     .heads = 4, .training = true, .p = 0.2f},
    {"normalize", setup_normalize, run_normalize, .bench = {1024, 256, 0}},
    {"infonce", setup_infonce, run_infonce, .bench = {1024, 256, 0}, .min_rows = 1},
    {"infonce/same", setup_infonce, run_infonce_same, .bench = {256, 256, 0}, .min_rows = 1},
    {"infonce/learned, groups, smoothing", setup_infonce, run_infonce_learned,
     .bench = {1024, 256, 0}, .min_rows = 1, .p = 0.1f},
    {"infonce/clamped", setup_infonce, run_infonce_clamped, .bench = {256, 256, 0}, .min_rows = 1},
    {"cross_entropy", setup_cross_entropy, run_cross_entropy, .bench = {4096, 2048, 0}},
    {"cross_entropy/smoothing", setup_cross_entropy, run_cross_entropy, .bench = {4096, 2048, 0},
     .p = 0.1f},
    {"cross_entropy/weights, smoothing", setup_cross_entropy, run_cross_entropy_weighted,
     .bench = {4096, 300, 0}, .p = 0.2f},
    {"squared_error", setup_two, run_squared_error, .bench = {6000, 300, 0}, .min_rows = 1},
    {"windows", setup_pool, run_windows, .bench = {4096, 256, 0}},
    {"merge", setup_merge, run_merge, .bench = {4096, 256, 0}},
    {"merge/pads", setup_merge, run_merge, .bench = {4096, 256, 0}, .p = 0.01f},
    {"merge/far pads", setup_merge, run_merge, .bench = {4096, 256, 0}, .p = 0.01f, .heads = 2},
    {"merge/pool", setup_merge, run_merge_pool, .bench = {4096, 256, 0}},
    {"scored_attention", setup_scored, run_scored, .bench = {1024, 32, 0}, .heads = 8},
    {"scored_attention/pads", setup_scored, run_scored, .bench = {1024, 32, 0}, .heads = 2,
     .p = 1.0f},
    {"place_pool", setup_place, run_place, .bench = {4096, 256, 0}},
    {"soft_contrast", setup_contrast, run_contrast, .bench = {64, 256, 4096}, .min_rows = 1,
     .p = 0.4f},
    {"soft_contrast/log scale, groups", setup_contrast, run_contrast, .bench = {64, 256, 0},
     .min_rows = 1, .heads = 2, .p = 0.4f},
    {"soft_contrast/hard", setup_contrast, run_contrast, .bench = {64, 256, 4096}, .min_rows = 1},
    {"soft_contrast/hard, log scale, groups", setup_contrast, run_contrast, .bench = {64, 256, 0},
     .min_rows = 1, .heads = 2},
    {"late_interaction", setup_late, run_late, .bench = {4096, 256, 0}},
    {"late_interaction/pads", setup_late, run_late, .bench = {4096, 256, 0}, .p = 1.0f},
    {"weighted_sum", setup_terms, run_weighted_sum, .bench = {1, 1, 0}},
};

#endif
