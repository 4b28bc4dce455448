/* step.c - one optimiser step on one batch.
 *
 * Without micro-batches: towers, loss, backward, update. With them (gradient caching: a large batch
 * of negatives in the memory of a small one):
 *   1. every part through its tower without recording; its unit rows are kept
 *   2. loss and its gradient with respect to all rows
 *   3. every part again, recorded, with the same dropout (the tape's stream is the part's number),
 *      its rows' gradient pushed back through the tower
 * The result is the gradient of the whole batch. (BatchNorm sees a part at a time in both passes;
 * what its running statistics learnt in the first pass is taken back.)
 *
 * On a GPU the launches of towers, loss and backward are all made before anything waits: first for
 * the loss, then for the gradient norm that clipping needs. The update runs while the host begins
 * the next step. Gradient caching waits once more for each part's rows.
 */
#include "model/momu/momu.h"
#include "tensor/files/weights.h"
#include "train/momu/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOWERS = 2, VIEWS = 2 };

static bool has_view(const train_config *c, int tower, int view) {
    return view < (tower == 0 ? c->graph_views : c->text_views);
}

/* The part's arrays go to the device in one copy, beside the step before, which is still running
 * there. */
static mg_tensor *tower_rows(train_momu *m, const train_batch *b, int tower, int view, int chunk) {
    const mg_batch *part = &b->parts[view * b->chunks + chunk];
    if (tower == 0 || b->chunks > 1) mg_tape_stage(m->t.tape, part->arena.base, part->arena.used);
    return tower == 0 ? mg_momu_graph(m->t.tape, m->momu, &part->mol)
                      : mg_momu_text(m->t.tape, m->momu, &part->text);
}

static mg_tensor *loss_of(train_momu *m, const train_batch *b, mg_tensor *rows[TOWERS][VIEWS]) {
    return mg_momu_loss(m->t.tape, m->momu, rows[0][0], rows[0][1], rows[1][0], rows[1][1],
                        m->c.graph_self, b->groups, m->c.smoothing);
}

/* Loss and scale to the host; here the host waits for the device. */
static int read_loss(train_momu *m, mg_tensor *value, train_result *out, molglot_error *err) {
    mg_tensor *log_scale = mg_params_find(m->t.params, "log_scale");
    const float *loss = mg_values(m->t.tape, value),
                *scale = log_scale ? mg_values(m->t.tape, log_scale) : NULL;
    if (loss) out->loss = loss[0];
    out->name = "scale"; /* 1 / temperature that made the loss */
    out->value = scale ? exp(scale[0]) : 1 / m->c.model.temperature;
    return mg_tape_error(m->t.tape, err);
}

static int backward_whole(train_momu *m, const train_batch *b, train_result *out,
                          molglot_error *err) {
    mg_tensor *rows[TOWERS][VIEWS] = {{NULL}};
    train_tape(&m->t, 0, true);
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (has_view(&m->c, tower, view)) rows[tower][view] = tower_rows(m, b, tower, view, 0);
    mg_tensor *value = loss_of(m, b, rows);
    mg_backward(m->t.tape, value);
    return read_loss(m, value, out, err);
}

/* ---- gradient caching ---- */

static size_t slot(const train_momu *m, const train_batch *b, int tower, int view) {
    return (size_t)(tower * VIEWS + view) * (size_t)b->n * (size_t)m->c.model.dim;
}

/* Runs every part once: first pass (record off) stores rows, second pass pushes gradients back. */
static int pass(train_momu *m, const train_batch *b, bool record, molglot_error *err) {
    const size_t dim = (size_t)m->c.model.dim;
    const int64_t chunk = (b->n + b->chunks - 1) / b->chunks;
    for (int unit = 0; unit < TOWERS * VIEWS * b->chunks; unit++) {
        const int k = unit % b->chunks, view = unit / b->chunks % VIEWS,
                  tower = unit / b->chunks / VIEWS;
        if (!has_view(&m->c, tower, view)) continue;
        train_tape(&m->t, 1 + (uint64_t)unit, record);
        mg_tensor *y = tower_rows(m, b, tower, view, k);
        const size_t at = slot(m, b, tower, view) + (size_t)(k * chunk) * dim;
        if (record) mg_backward_from(m->t.tape, y, m->grads + at);
        const float *values = record ? NULL : mg_values(m->t.tape, y);
        if (values) memcpy(m->rows + at, values, (size_t)mg_tensor_count(y) * sizeof(float));
        int code = mg_tape_error(m->t.tape, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

static int loss_from_rows(train_momu *m, const train_batch *b, train_result *out,
                          molglot_error *err) {
    mg_tensor *rows[TOWERS][VIEWS] = {{NULL}};
    train_tape(&m->t, 0, true);
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (has_view(&m->c, tower, view))
                rows[tower][view] = mg_input(m->t.tape, m->rows + slot(m, b, tower, view), b->n,
                                             m->c.model.dim, true);
    mg_tensor *value = loss_of(m, b, rows);
    mg_backward(m->t.tape, value);
    int code = read_loss(m, value, out, err);
    for (int unit = 0; unit < TOWERS * VIEWS && !code; unit++) {
        mg_tensor *leaf = rows[unit / VIEWS][unit % VIEWS];
        const float *grad = leaf ? mg_grads(m->t.tape, leaf) : NULL;
        if (grad)
            memcpy(m->grads + slot(m, b, unit / VIEWS, unit % VIEWS), grad,
                   (size_t)mg_tensor_count(leaf) * sizeof(float));
        code = mg_tape_error(m->t.tape, err);
    }
    return code;
}

/* The running statistics from their place to m->buffers, or back. */
static int keep_statistics(train_momu *m, bool back, molglot_error *err) {
    int64_t n = 0;
    float *running = mg_params_buffers(m->t.params, &n);
    const size_t bytes = (size_t)n * sizeof(float);
    if (!running) return MOLGLOT_OK;
    if (!back) mg_tape_pull(m->t.tape, running, bytes);
    memcpy(back ? running : m->buffers, back ? m->buffers : running, bytes);
    if (back) mg_tape_push(m->t.tape, running, bytes);
    return mg_tape_error(m->t.tape, err);
}

static int backward_cached(train_momu *m, const train_batch *b, train_result *out,
                           molglot_error *err) {
    int code = keep_statistics(m, false, err);
    if (!code) code = pass(m, b, false, err);
    if (!code) code = keep_statistics(m, true, err);
    if (!code) code = loss_from_rows(m, b, out, err);
    return code ? code : pass(m, b, true, err);
}

/* ---- the step ---- */

int train_momu_step(train_task *t, train_result *out, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    const train_batch *b = train_batches_next(m->batches, err);
    if (!b) return err->code;
    out->n = b->n;
    int code = b->chunks > 1 ? backward_cached(m, b, out, err) : backward_whole(m, b, out, err);
    return code ? code
                : mg_optim_step(t->params, t->tape, &t->c.optim, t->step, &out->grad_norm,
                                &out->skipped, err);
}

/* ---- life ---- */

static int cache_init(train_momu *m, molglot_error *err) {
    const train_common *c = &m->t.c;
    if (c->micro_batch < 1 || c->micro_batch >= c->batch) return MOLGLOT_OK;
    const size_t bytes = (size_t)TOWERS * VIEWS * (size_t)c->batch * (size_t)m->c.model.dim *
                         sizeof(float);
    int64_t n = 0;
    mg_params_buffers(m->t.params, &n);
    m->rows = malloc(bytes);
    m->grads = malloc(bytes);
    m->buffers = malloc((size_t)n * sizeof(float) + 1);
    return m->rows && m->grads && m->buffers ? MOLGLOT_OK : mg_no_memory(err, "cached gradients");
}

static int import_files(train_momu *m, molglot_error *err) {
    for (size_t i = 0; i < m->c.n_init; i++) {
        mg_tensor_file *f = mg_tensor_file_open(m->c.init[i], err);
        if (!f) return mg_code_of(err, MOLGLOT_BAD_FILE);
        int code = mg_momu_import(m->t.params, f, NULL, err);
        if (code) mg_fail_prefix(err, "%s", m->c.init[i]);
        mg_tensor_file_close(f);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

int train_momu_build(train_task *t, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    const train_config *c = &m->c;
    t->params = mg_params_new();
    if (!t->params) return mg_no_memory(err, "the model");
    m->momu = mg_momu_new(t->params, &c->model, err);
    if (!m->momu) return mg_code_of(err, MOLGLOT_FAILED);
    mg_params_lr_scale(t->params, "text_encoder.", c->text_encoder_lr);
    mg_params_lr_scale(t->params, "graph_encoder.", c->graph_encoder_lr);
    mg_params_lr_scale(t->params, "text_bag.table", c->table_lr);
    mg_params_lr_scale(t->params, "graph_bag.table", c->table_lr);
    mg_build_options o = {.train = true,
                          .ema = t->c.optim.ema_decay > 0,
                          .shadow = mg_tape_precision(t->tape) == MG_PREC_BF16,
                          .seed = t->c.seed};
    int code = mg_params_build(t->params, o, err);
    if (!code) code = import_files(m, err);
    return code ? code : cache_init(m, err);
}
