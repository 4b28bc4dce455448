/* predictor.c - a head applied to rows: inputs, the members' answers batch by batch, calibration,
 * the nearest training row.
 *
 *   z_k = answer of member k, K of them        z = mean of z_k, v = their variance
 *   each further voice, the trees, then the linear one, whose answer is f and whose share s:
 *     z <- (1-s) z + s f, v <- (1-s) (v + s (z-f)^2)
 *   classes   value p = sigmoid(a z + b); spread a p (1 - p) sqrt(v): how far the members'
 * own probabilities lie apart numbers   value task_mean + task_scale z; spread task_scale sqrt(a v
 * + b)
 */
#include "predict/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 512 };
#define RESERVE ((size_t)1 << 34) /* address space of a batch, not memory */

struct mg_predictor {
    const mg_heads_part *heads;
    mg_inputs_reader reader;
    mg_tape *tape;
    mg_arena arena;
};

/* The space that the head was trained over, where it reads one. */
static int find_space(const mg_heads_part *heads, mg_bundle *b, const mg_space_part **out,
                      molglot_error *err) {
    *out = NULL;
    if (!heads->heads->c.space) return MOLGLOT_OK;
    if (!b || !mg_bundle_has(b, MG_PART_SPACE))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s reads the embedding of an aligned space: give the model with it",
                       heads->path);
    if (!heads->space || !mg_bundle_matches(b, heads->space))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s was trained over another space than that of %s",
                       heads->path, mg_bundle_path(b));
    *out = mg_bundle_space(b, err);
    return *out ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

mg_predictor *mg_predictor_new(const mg_heads_part *heads, const mg_predictor_options *o,
                               molglot_error *err) {
    const mg_space_part *space = NULL;
    mg_predictor *p = calloc(1, sizeof *p);
    int code = p ? find_space(heads, o->space, &space, err) : mg_no_memory(err, "a predictor");
    if (!code) {
        p->heads = heads;
        code = mg_arena_init(&p->arena, RESERVE, err);
    }
    if (!code &&
        !(p->tape = mg_tape_new(o->device ? o->device : "cpu", MG_PREC_F32, o->threads, 0, err)))
        code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code) code = mg_heads_part_attach(heads, p->tape, err);
    if (!code)
        code = mg_inputs_reader_open(&p->reader, &heads->heads->c, heads->groups, heads->numbers,
                                     space, o->device, o->threads, err);
    if (!code) return p;
    mg_predictor_free(p);
    return NULL;
}

void mg_predictor_free(mg_predictor *p) {
    if (!p) return;
    mg_inputs_reader_close(&p->reader);
    mg_tape_free(p->tape);
    mg_arena_free(&p->arena);
    free(p);
}

/* ---- members ---- */

void mg_heads_mix(size_t all, const float *f, float s, float *mean, float *variance) {
    for (size_t i = 0; i < all; i++) {
        const float d = mean[i] - f[i];
        variance[i] = (1 - s) * (variance[i] + s * d * d);
        mean[i] = (1 - s) * mean[i] + s * f[i];
    }
}

static int add_forest(const mg_heads *m, const mg_heads_batch *b, float *mean, float *variance,
                      molglot_error *err) {
    const size_t all = (size_t)b->n * (size_t)m->c.tasks;
    float *f = malloc((all + 1) * sizeof *f);
    int code = f ? mg_forest_ask(&m->forest, &m->c, b, f, err) : mg_no_memory(err, "a forest");
    if (!code) mg_heads_mix(all, f, m->c.forest_share, mean, variance);
    free(f);
    return code;
}

static int add_ridge(mg_tape *t, const mg_heads *m, const mg_heads_batch *b, float *mean,
                     float *variance, molglot_error *err) {
    const size_t mark = mg_tape_mark(t);
    const float *f = mg_values(t, mg_heads_ridge(t, m, b));
    if (!f) return mg_tape_error(t, err);
    mg_heads_mix((size_t)b->n * (size_t)m->c.tasks, f, m->c.ridge_share, mean, variance);
    mg_tape_release(t, mark);
    return mg_tape_error(t, err);
}

int mg_heads_ask(mg_tape *t, const mg_heads *m, const mg_heads_batch *b, float *mean,
                 float *variance, molglot_error *err) {
    const size_t all = (size_t)b->n * (size_t)m->c.tasks;
    memset(mean, 0, all * sizeof *mean);
    memset(variance, 0, all * sizeof *variance);
    for (int k = 0; k < m->c.members; k++) {
        const size_t mark = mg_tape_mark(t);
        const float *y = mg_values(t, mg_heads_forward(t, m, k, b));
        if (!y) return mg_tape_error(t, err);
        for (size_t i = 0; i < all; i++) { /* Welford's */
            const float d = y[i] - mean[i];
            mean[i] += d / (float)(k + 1);
            variance[i] += d * (y[i] - mean[i]);
        }
        mg_tape_release(t, mark);
    }
    for (size_t i = 0; i < all; i++) variance[i] /= (float)m->c.members;
    int code = mg_tape_error(t, err);
    if (!code && m->forest.trees) code = add_forest(m, b, mean, variance, err);
    return code || !m->ridge.speaks ? code : add_ridge(t, m, b, mean, variance, err);
}

void mg_heads_calibrate(const mg_heads *m, size_t n, float *mean, float *variance) {
    const size_t tasks = (size_t)m->c.tasks;
    const float *a = m->a->data, *b = m->b->data, *shift = m->task_mean->data,
                *scale = m->task_scale->data;
    for (size_t i = 0; i < n * tasks; i++) {
        const size_t k = i % tasks;
        const float z = mean[i], v = variance[i] > 0 ? variance[i] : 0;
        if (m->c.task == MG_HEADS_CLASSES) {
            const float p = 1 / (1 + expf(-(a[k] * z + b[k])));
            mean[i] = p;
            variance[i] = a[k] * p * (1 - p) * sqrtf(v);
        } else {
            mean[i] = shift[k] + scale[k] * z;
            variance[i] = scale[k] * sqrtf(a[k] * v + b[k]);
        }
    }
}

/* ---- rows ---- */

static int ask(mg_predictor *p, const mg_inputs *in, mg_prediction *out, molglot_error *err) {
    const mg_heads *m = p->heads->heads;
    const size_t tasks = (size_t)m->c.tasks;
    int64_t rows[BATCH];
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < in->n && !code; at += BATCH) {
        const size_t n = in->n - at < BATCH ? in->n - at : BATCH;
        mg_heads_batch b;
        for (size_t i = 0; i < n; i++) rows[i] = (int64_t)(at + i);
        mg_arena_release(&p->arena, 0);
        mg_tape_reset(p->tape);
        code = mg_inputs_batch(in, &m->c, rows, (int64_t)n, m->mean ? m->mean->data : NULL,
                               m->scale ? m->scale->data : NULL, 1, 0, &p->arena, &b, err);
        if (!code)
            code = mg_heads_ask(p->tape, m, &b, out->values + at * tasks, out->spread + at * tasks,
                                err);
    }
    if (!code) mg_heads_calibrate(m, in->n, out->values, out->spread);
    return code;
}

/* Refused rows, and numbers that are none, have no values. */
static void settle(const mg_predictor *p, const mg_inputs *in, mg_prediction *out) {
    const size_t tasks = (size_t)out->tasks;
#pragma omp parallel for schedule(dynamic, 16) num_threads(p->reader.threads) if (in->n > 1)
    for (size_t i = 0; i < in->n; i++) {
        molglot_row_status *status = &out->status[i];
        *status = in->status[i];
        out->nearest[i] = -1;
        for (size_t k = 0; k < tasks && status->ok; k++)
            if (!isfinite(out->values[i * tasks + k]) || !isfinite(out->spread[i * tasks + k]))
                mg_row_refuse(status, -1, "the head gives no finite number for %s",
                              p->heads->tasks[k]);
        if (status->ok)
            out->nearest[i] = mg_domain_nearest(p->heads->bits, p->heads->n_known,
                                                in->bits + i * MG_DOMAIN_BYTES, -1,
                                                &out->similarity[i]);
    }
}

int mg_predict_smiles(mg_predictor *p, const char *const *smiles, size_t n, mg_prediction *out,
                      molglot_error *err) {
    const size_t tasks = (size_t)p->heads->heads->c.tasks;
    mg_inputs in;
    size_t all;
    *out = (mg_prediction){.n = n, .tasks = (int)tasks};
    if (!mg_mul_size(n + 1, tasks * sizeof(float), &all)) return mg_no_memory(err, "%zu rows", n);
    out->values = malloc(all);
    out->spread = malloc(all);
    out->similarity = calloc(n + 1, sizeof *out->similarity);
    out->nearest = calloc(n + 1, sizeof *out->nearest);
    out->status = calloc(n + 1, sizeof *out->status);
    int code = out->values && out->spread && out->similarity && out->nearest && out->status
                   ? mg_inputs_read(&p->reader, smiles, n, &in, err)
                   : mg_no_memory(err, "%zu rows", n);
    if (!code) {
        code = ask(p, &in, out, err);
        if (!code) settle(p, &in, out);
        mg_inputs_free(&in);
    }
    if (code) mg_prediction_free(out);
    return code;
}

void mg_prediction_free(mg_prediction *p) {
    free(p->values);
    free(p->spread);
    free(p->similarity);
    free(p->nearest);
    free(p->status);
    *p = (mg_prediction){0};
}
