/* ridge.c - fits the linear voice of a head, a task at a time over the rows that are known:
 *
 *   |w|^2 / 2 + C sum of losses(y, w x + b)        loss: -log sigmoid(+-z), or (z - y)^2 / 2
 *
 * by Newton's method, each step solved by conjugate gradients with the Hessian's diagonal in front,
 * and shortened until the sum falls. C runs upwards from STRENGTHS[0], each fit from the last one's
 * weights, until the loss of the validation rows (all tasks together) no longer falls; that once
 * over all columns and once over the fingerprint alone, and the best of all stays. Columns are the
 * sparse ones, then the dense ones, standardised as the members read them.
 */
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEWTON = 12, CONJUGATE = 25, HALVINGS = 12 };
#define FAR        6.0F /* as mg_inputs_batch has it */
#define BIAS_RIDGE 1e-3 /* the bias is held by this much alone */
static const double STRENGTHS[] = {.001, .003, .01, .03, .1, .3, 1};

/* Rows as lists of entries. */
typedef struct matrix {
    int64_t n, *from; /* [n + 1] */
    int32_t *id;
    float *x;
} matrix;

static void free_matrix(matrix *m) {
    free(m->from);
    free(m->id);
    free(m->x);
    *m = (matrix){0};
}

/* The first `columns` columns of a part's rows. */
static int make_matrix(matrix *m, const head_training *h, int part, int columns,
                       molglot_error *err) {
    const int64_t *rows = h->table.of[part], n = h->table.count[part];
    const int sparse = mg_heads_sparse(&h->model), dense = mg_heads_dense(&h->model);
    size_t all = 0;
    for (int64_t i = 0; i < n; i++) all += (size_t)h->inputs.rows[rows[i]].n + (size_t)dense;
    *m = (matrix){.n = n,
                  .from = calloc((size_t)n + 1, sizeof *m->from),
                  .id = malloc((all + 1) * sizeof *m->id),
                  .x = malloc((all + 1) * sizeof *m->x)};
    if (!m->from || !m->id || !m->x) return mg_no_memory(err, "the columns of a linear model");
    int64_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        const mg_molecule_input *in = &h->inputs.rows[rows[i]];
        for (int32_t k = 0; k < in->n && in->ids[k] < columns; k++)
            m->id[at] = in->ids[k], m->x[at++] = in->weights[k];
        for (int k = 0; sparse + k < columns; k++) {
            const float z = (h->inputs.dense[rows[i] * dense + k] - h->mean[k]) * h->scale[k];
            m->id[at] = sparse + k, m->x[at++] = fmaxf(-FAR, fminf(FAR, z));
        }
        m->from[i + 1] = at;
    }
    return MOLGLOT_OK;
}

/* ---- one task ---- */

typedef struct fit {
    const matrix *m;
    const int64_t *row; /* [n] of m, those that are known */
    const float *y;     /* [n] in the units of the answers */
    int64_t n;
    int columns; /* the bias is one more */
    bool classes;
    double strength, *w, *slope, *step, *rest, *ahead, *product, *diagonal; /* [columns + 1] */
    double *z, *dz, *curve;                                                 /* [n] */
} fit;

static double times_row(const fit *f, int64_t i, const double *w) {
    double sum = w[f->columns];
    for (int64_t k = f->m->from[f->row[i]]; k < f->m->from[f->row[i] + 1]; k++)
        sum += (double)f->m->x[k] * w[f->m->id[k]];
    return sum;
}

static void add_row(const fit *f, int64_t i, double by, double *out) {
    out[f->columns] += by;
    for (int64_t k = f->m->from[f->row[i]]; k < f->m->from[f->row[i] + 1]; k++)
        out[f->m->id[k]] += by * (double)f->m->x[k];
}

static double ridge_of(const fit *f, int k) { return k < f->columns ? 1 : BIAS_RIDGE; }

static double loss_of(bool classes, double z, double y) {
    if (!classes) return .5 * (z - y) * (z - y);
    const double t = y > .5 ? z : -z;
    return t > 0 ? log1p(exp(-t)) : log1p(exp(t)) - t;
}

/* What is made small, at w + by step. */
static double total(const fit *f, double by) {
    double sum = 0, square = 0;
    for (int64_t i = 0; i < f->n; i++)
        sum += loss_of(f->classes, f->z[i] + by * f->dz[i], (double)f->y[i]);
    for (int k = 0; k <= f->columns; k++) {
        const double w = f->w[k] + by * f->step[k];
        square += ridge_of(f, k) * w * w;
    }
    return f->strength * sum + .5 * square;
}

/* Slope and curvature at w; returns the slope's length. */
static double look_around(fit *f) {
    double length = 0;
    for (int k = 0; k <= f->columns; k++)
        f->slope[k] = ridge_of(f, k) * f->w[k], f->diagonal[k] = ridge_of(f, k);
    for (int64_t i = 0; i < f->n; i++) {
        const double p = f->classes ? 1 / (1 + exp(-f->z[i])) : f->z[i];
        f->curve[i] = f->strength * (f->classes ? p * (1 - p) : 1);
        add_row(f, i, f->strength * (p - (double)f->y[i]), f->slope);
        f->diagonal[f->columns] += f->curve[i];
        for (int64_t k = f->m->from[f->row[i]]; k < f->m->from[f->row[i] + 1]; k++)
            f->diagonal[f->m->id[k]] += f->curve[i] * (double)f->m->x[k] * (double)f->m->x[k];
    }
    for (int k = 0; k <= f->columns; k++) length += f->slope[k] * f->slope[k];
    return sqrt(length);
}

/* step with Hessian step = -slope, roughly. */
static void solve(fit *f) {
    const int n = f->columns + 1;
    double was = 0, first = 0;
    for (int k = 0; k < n; k++) {
        f->step[k] = 0;
        f->rest[k] = -f->slope[k];
        f->ahead[k] = f->rest[k] / f->diagonal[k];
        was += f->rest[k] * f->ahead[k];
    }
    first = was;
    for (int turn = 0; turn < CONJUGATE && was > 1e-3 * first; turn++) {
        double bend = 0, now = 0;
        for (int k = 0; k < n; k++) f->product[k] = ridge_of(f, k) * f->ahead[k];
        for (int64_t i = 0; i < f->n; i++)
            add_row(f, i, f->curve[i] * times_row(f, i, f->ahead), f->product);
        for (int k = 0; k < n; k++) bend += f->ahead[k] * f->product[k];
        if (!(bend > 0)) return;
        const double by = was / bend;
        for (int k = 0; k < n; k++) {
            f->step[k] += by * f->ahead[k];
            f->rest[k] -= by * f->product[k];
            now += f->rest[k] * f->rest[k] / f->diagonal[k];
        }
        for (int k = 0; k < n; k++)
            f->ahead[k] = f->rest[k] / f->diagonal[k] + now / was * f->ahead[k];
        was = now;
    }
}

static void fit_task(fit *f) {
    double first = 0;
    for (int turn = 0; turn < NEWTON; turn++) {
        for (int64_t i = 0; i < f->n; i++) f->z[i] = times_row(f, i, f->w), f->dz[i] = 0;
        const double length = look_around(f), before = total(f, 0);
        if (!turn) first = length;
        if (length <= 3e-3 * first || length < 1e-9) return;
        solve(f);
        for (int64_t i = 0; i < f->n; i++) f->dz[i] = times_row(f, i, f->step);
        double by = 1;
        int cut = 0;
        while (cut < HALVINGS && !(total(f, by) < before)) by /= 2, cut++;
        if (cut == HALVINGS) return;
        for (int k = 0; k <= f->columns; k++) f->w[k] += by * f->step[k];
    }
}

/* ---- all tasks ---- */

/* Rows of a part that are known for a task, and their targets in the units of the answers. */
static int64_t take_known(const head_training *h, int part, int task, int64_t *row, float *y) {
    int64_t n = 0;
    for (int64_t i = 0; i < h->table.count[part]; i++) {
        const float v = h->table.truth[h->table.of[part][i] * h->model.tasks + task];
        if (isnan(v)) continue;
        row[n] = i;
        y[n++] = (v - h->task_mean[task]) / h->task_scale[task];
    }
    return n;
}

/* Fits w [columns + 1] on from where it is; adds the loss of the validation rows and their number.
 */
static bool fit_and_judge(const head_training *h, const matrix m[2], int task, double strength,
                          double *w, double *loss, int64_t *known) {
    const int64_t most = (m[0].n > m[1].n ? m[0].n : m[1].n) + 1;
    const size_t columns = (size_t)mg_heads_sparse(&h->model) + (size_t)mg_heads_dense(&h->model);
    int64_t *row = malloc((size_t)most * sizeof *row);
    float *y = malloc((size_t)most * sizeof *y);
    double *numbers = calloc(6 * (columns + 1) + 3 * (size_t)most, sizeof *numbers);
    const bool ok = row && y && numbers;
    if (ok) {
        fit f = {.m = &m[0], .row = row, .y = y, .columns = (int)columns, .strength = strength};
        double **const parts[] = {&f.slope, &f.step, &f.rest, &f.ahead, &f.product, &f.diagonal};
        for (size_t k = 0; k < MG_COUNT(parts); k++) *parts[k] = numbers + k * (columns + 1);
        f.z = numbers + 6 * (columns + 1), f.dz = f.z + most, f.curve = f.dz + most;
        f.classes = h->model.task == MG_HEADS_CLASSES;
        f.w = w;
        f.n = take_known(h, HEADS_TRAIN, task, row, y);
        if (f.n) fit_task(&f);
        f.m = &m[1];
        f.n = take_known(h, HEADS_VALIDATION, task, row, y);
        *loss = 0, *known = f.n;
        for (int64_t i = 0; i < f.n; i++)
            *loss += loss_of(f.classes, times_row(&f, i, w), (double)y[i]);
    }
    free(row);
    free(y);
    free(numbers);
    return ok;
}

static void set_voice(head_training *h, const double *w) {
    mg_heads *m = h->heads;
    const int sparse = mg_heads_sparse(&h->model), dense = mg_heads_dense(&h->model),
              tasks = h->model.tasks;
    for (int t = 0; t < tasks; t++) {
        const double *own = w + (size_t)t * (size_t)(sparse + dense + 1);
        for (int k = 0; k < sparse; k++)
            ((float *)m->ridge.table->data)[k * tasks + t] = (float)own[k];
        for (int k = 0; k < dense; k++)
            ((float *)m->ridge.numbers->data)[t * dense + k] = (float)own[sparse + k];
        ((float *)m->ridge.bias->data)[t] = (float)own[sparse + dense];
    }
}

/* The best fit so far. */
typedef struct best_fit {
    double loss, strength;
    int columns;
} best_fit;

/* C upwards over the first columns of all rows; what is better than the best goes into the head. */
static int fit_path(head_training *h, int columns, double *w, best_fit *best, molglot_error *err) {
    const int tasks = h->model.tasks, threads = mg_threads(h->t.o->threads);
    const size_t each = (size_t)mg_heads_sparse(&h->model) + (size_t)mg_heads_dense(&h->model) + 1;
    matrix m[2] = {{0}};
    double *loss = calloc((size_t)tasks, sizeof *loss), last = INFINITY;
    int64_t *known = calloc((size_t)tasks, sizeof *known);
    int code = loss && known ? make_matrix(&m[0], h, HEADS_TRAIN, columns, err)
                             : mg_no_memory(err, "a linear model");
    if (!code) code = make_matrix(&m[1], h, HEADS_VALIDATION, columns, err);
    memset(w, 0, (size_t)tasks * each * sizeof *w);
    for (size_t s = 0; s < MG_COUNT(STRENGTHS) && !code; s++) {
        double sum = 0, all = 0;
        bool ok = true;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) reduction(&& : ok)
        for (int t = 0; t < tasks; t++)
            ok = fit_and_judge(h, m, t, STRENGTHS[s], w + (size_t)t * each, &loss[t], &known[t]) &&
                 ok;
        if (!ok) code = mg_no_memory(err, "a linear model");
        for (int t = 0; t < tasks; t++) sum += loss[t], all += (double)known[t];
        if (code || !(sum / all < last)) break;
        last = sum / all;
        if (!(last < best->loss)) continue;
        *best = (best_fit){last, STRENGTHS[s], columns};
        set_voice(h, w);
    }
    free_matrix(&m[0]);
    free_matrix(&m[1]);
    free(loss);
    free(known);
    return code;
}

int heads_fit_ridge(head_training *h, molglot_error *err) {
    const int bits = h->model.bits,
              columns = mg_heads_sparse(&h->model) + mg_heads_dense(&h->model);
    double *w = malloc((size_t)h->model.tasks * ((size_t)columns + 1) * sizeof *w);
    best_fit best = {.loss = INFINITY};
    int code = w ? fit_path(h, columns, w, &best, err) : mg_no_memory(err, "a linear model");
    if (!code && bits && bits < columns) code = fit_path(h, bits, w, &best, err);
    if (!code)
        train_tell(&h->t, "linear voice: %s, C %g, validation loss %.4f",
                   best.columns == columns ? "all columns" : "the fingerprint alone", best.strength,
                   best.loss);
    free(w);
    return code;
}
