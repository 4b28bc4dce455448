/* train_step.c - one optimiser step on one batch.
 *
 * Without micro-batches: towers, loss, backward, update. With them (gradient caching: a large batch of negatives in the memory
 * of a small one):
 *   1. every part through its tower without recording; its unit rows are kept
 *   2. loss and its gradient with respect to all rows
 *   3. every part again, recorded, with the same dropout (the tape's stream is the part's number), its rows' gradient
 *      pushed back through the tower
 * The result is the gradient of the whole batch. (BatchNorm sees a part at a time in both passes; what its running
 * statistics learnt in the first pass is taken back.) Called by mg_train.
 */
#include "task/train_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOWERS = 2, VIEWS = 2 };

static bool has_view(const train_config *c, int tower, int view) {
    return view < (tower == 0 ? c->graph_views : c->text_views);
}

static mg_tensor *tower_rows(train_machine *m, const train_batch *b, int tower, int view, int chunk) {
    const mg_batch *part = &b->parts[view * b->chunks + chunk];
    return tower == 0 ? mg_momu_graph(m->tape, m->momu, &part->mol) : mg_momu_text(m->tape, m->momu, &part->text);
}

static mg_tensor *loss_of(train_machine *m, const train_batch *b, mg_tensor *rows[TOWERS][VIEWS]) {
    return mg_momu_loss(m->tape, m->momu, rows[0][0], rows[0][1], rows[1][0], rows[1][1], m->c->graph_self, b->groups, m->c->smoothing);
}

static void start(train_machine *m, int64_t step, uint64_t stream, bool record) {
    mg_tape_reset(m->tape);
    mg_tape_seed(m->tape, m->c->seed, (uint64_t)step);
    mg_tape_stream(m->tape, stream);
    mg_tape_record(m->tape, record);
    mg_tape_training(m->tape, true);
}

static int backward_whole(train_machine *m, const train_batch *b, int64_t step, double *loss, molglot_error *err) {
    mg_tensor *rows[TOWERS][VIEWS] = {{NULL}};
    start(m, step, 0, true);
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (has_view(m->c, tower, view)) rows[tower][view] = tower_rows(m, b, tower, view, 0);
    mg_tensor *value = loss_of(m, b, rows);
    if (value) *loss = mg_f32(value)[0];
    if (value) mg_backward(m->tape, value);
    return mg_tape_error(m->tape, err);
}

/* ---- gradient caching ---- */

static size_t slot(const train_machine *m, const train_batch *b, int tower, int view) {
    return (size_t)(tower * VIEWS + view) * (size_t)b->n * (size_t)m->c->model.dim;
}

/* Runs every part once: first pass (record off) stores rows, second pass pushes gradients back. */
static int pass(train_machine *m, const train_batch *b, int64_t step, bool record, molglot_error *err) {
    const size_t dim = (size_t)m->c->model.dim;
    const int64_t chunk = (b->n + b->chunks - 1) / b->chunks;
    for (int unit = 0; unit < TOWERS * VIEWS * b->chunks; unit++) {
        const int k = unit % b->chunks, view = unit / b->chunks % VIEWS, tower = unit / b->chunks / VIEWS;
        if (!has_view(m->c, tower, view)) continue;
        start(m, step, 1 + (uint64_t)unit, record);
        mg_tensor *y = tower_rows(m, b, tower, view, k);
        const size_t at = slot(m, b, tower, view) + (size_t)(k * chunk) * dim;
        if (y && record) mg_backward_from(m->tape, y, m->grads + at);
        if (y && !record) memcpy(m->rows + at, y->data, (size_t)mg_tensor_count(y) * sizeof(float));
        int code = mg_tape_error(m->tape, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

static int loss_from_rows(train_machine *m, const train_batch *b, int64_t step, double *loss, molglot_error *err) {
    mg_tensor *rows[TOWERS][VIEWS] = {{NULL}};
    start(m, step, 0, true);
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (has_view(m->c, tower, view))
                rows[tower][view] = mg_input(m->tape, m->rows + slot(m, b, tower, view), b->n, m->c->model.dim, true);
    mg_tensor *value = loss_of(m, b, rows);
    if (!value || mg_backward(m->tape, value)) return mg_tape_error(m->tape, err);
    *loss = mg_f32(value)[0];
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (rows[tower][view])
                memcpy(m->grads + slot(m, b, tower, view), rows[tower][view]->grad, (size_t)mg_tensor_count(rows[tower][view]) * sizeof(float));
    return mg_tape_error(m->tape, err);
}

static int backward_cached(train_machine *m, const train_batch *b, int64_t step, double *loss, molglot_error *err) {
    int64_t n = 0;
    float *running = mg_params_buffers(m->params, &n);
    if (running) memcpy(m->buffers, running, (size_t)n * sizeof(float));
    int code = pass(m, b, step, false, err);
    if (running) memcpy(running, m->buffers, (size_t)n * sizeof(float));
    if (!code) code = loss_from_rows(m, b, step, loss, err);
    return code ? code : pass(m, b, step, true, err);
}

/* ---- the step ---- */

int train_step(train_machine *m, const train_batch *b, int64_t step, train_result *out, molglot_error *err) {
    int code = b->chunks > 1 ? backward_cached(m, b, step, &out->loss, err) : backward_whole(m, b, step, &out->loss, err);
    if (code) return code;
    return mg_optim_step(m->params, m->tape, &m->c->optim, step, &out->grad_norm, &out->skipped, err);
}

/* ---- life ---- */

static int cache_init(train_machine *m, molglot_error *err) {
    const train_config *c = m->c;
    if (c->micro_batch < 1 || c->micro_batch >= c->batch) return MOLGLOT_OK;
    const size_t bytes = (size_t)TOWERS * VIEWS * (size_t)c->batch * (size_t)c->model.dim * sizeof(float);
    int64_t n = 0;
    mg_params_buffers(m->params, &n);
    m->rows = malloc(bytes);
    m->grads = malloc(bytes);
    m->buffers = malloc((size_t)n * sizeof(float) + 1);
    return m->rows && m->grads && m->buffers ? MOLGLOT_OK : mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for cached gradients");
}

static int import_files(train_machine *m, molglot_error *err) {
    for (size_t i = 0; i < m->c->n_init; i++) {
        mg_tensor_file *f = mg_tensor_file_open(m->c->init[i], err);
        if (!f) return err && err->code ? err->code : MOLGLOT_BAD_FILE;
        int code = mg_momu_import(m->params, f, NULL, err);
        if (code) mg_fail_prefix(err, "%s", m->c->init[i]);
        mg_tensor_file_close(f);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

int train_machine_init(train_machine *m, const train_config *c, int threads, molglot_error *err) {
    const bool half = strcmp(c->precision, "bf16") == 0;
    memset(m, 0, sizeof *m);
    m->c = c;
    m->params = mg_params_new();
    if (!m->params) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    m->momu = mg_momu_new(m->params, &c->model, err);
    if (!m->momu) return err && err->code ? err->code : MOLGLOT_FAILED;
    mg_params_lr_scale(m->params, "text_encoder.", c->text_encoder_lr);
    mg_params_lr_scale(m->params, "graph_encoder.", c->graph_encoder_lr);
    mg_params_lr_scale(m->params, "text_bag.table", c->table_lr);
    mg_params_lr_scale(m->params, "graph_bag.table", c->table_lr);
    mg_build_options o = {.train = true, .ema = c->optim.ema_decay > 0, .shadow = half, .seed = c->seed};
    int code = mg_params_build(m->params, o, err);
    if (!code) code = import_files(m, err);
    if (!code) code = cache_init(m, err);
    if (code) return code;
    m->tape = mg_tape_new(c->device, half ? MG_PREC_BF16 : MG_PREC_F32, threads, 0, err);
    return m->tape ? MOLGLOT_OK : err && err->code ? err->code : MOLGLOT_FAILED;
}

void train_machine_free(train_machine *m) {
    mg_tape_free(m->tape);
    mg_momu_free(m->momu);
    mg_params_free(m->params);
    free(m->rows);
    free(m->grads);
    free(m->buffers);
    memset(m, 0, sizeof *m);
}
