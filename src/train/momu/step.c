/* step.c - MoMu's loss of a batch, and its gradient in micro-batches.
 *
 * Each row is compared with all others, so the losses of micro-batches do not add up. With them
 * the step is gradient caching, a large batch of negatives in the memory of a small one:
 *   1. every micro-batch through its tower without recording; its unit rows are kept
 *   2. loss and its gradient with respect to all rows
 *   3. every micro-batch again, recorded, with the same dropout (the tape's stream is its number),
 *      its rows' gradient pushed back through the tower
 * The result is the gradient of the whole batch. BatchNorm sees one at a time in both passes;
 * what its running statistics learnt in the first pass is taken back. Several ranks share the
 * micro-batches of both passes, and each has the rows of all of them for the loss between.
 *
 * On a GPU the launches of towers, loss and backward are all made before anything waits: first for
 * the loss, then for the gradient norm that clipping needs. The update runs while the host begins
 * the next step. Gradient caching waits once more for the rows of each.
 */
#include "train/momu/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOWERS = 2, VIEWS = TRAIN_VIEWS };

static bool has_view(const train_momu_config *c, int tower, int view) {
    return view < (tower == 0 ? c->graph_views : c->text_views);
}

/* Unit rows of a view [n, dim]. stage: its arrays go to the device in one copy, beside the step
 * before, which is still running there; once for both towers. */
static mg_tensor *tower_rows(train_momu *m, const mg_batch *view, int tower, bool stage) {
    if (stage) mg_tape_stage(m->t.tape, view->arena.base, view->arena.used);
    return tower == 0 ? mg_momu_graph(m->t.tape, m->momu, &view->mol)
                      : mg_momu_text(m->t.tape, m->momu, &view->text);
}

static mg_tensor *loss_of(train_momu *m, const int32_t *groups, mg_tensor *rows[TOWERS][VIEWS]) {
    return mg_momu_loss(m->t.tape, m->momu, rows[0][0], rows[0][1], rows[1][0], rows[1][1],
                        m->c.graph_self, groups, m->c.smoothing);
}

mg_tensor *train_momu_loss(train_task *t, const void *micro) {
    train_momu *m = (train_momu *)t;
    const train_momu_micro *p = micro;
    mg_tensor *rows[TOWERS][VIEWS] = {{NULL}};
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (has_view(&m->c, tower, view))
                rows[tower][view] = tower_rows(m, &p->views[view], tower, tower == 0);
    return loss_of(m, p->groups, rows);
}

/* "scale": 1 / temperature that made the loss. */
int train_momu_note(train_task *t, const train_batch *b, train_result *out, molglot_error *err) {
    const train_momu *m = (const train_momu *)t;
    mg_tensor *log_scale = mg_params_find(t->params, "log_scale");
    const float *scale = log_scale ? mg_values(t->tape, log_scale) : NULL;
    (void)b;
    out->name = "scale";
    out->value = scale ? exp(scale[0]) : 1 / m->c.model.temperature;
    return mg_tape_error(t->tape, err);
}

/* ---- gradient caching ---- */

int train_momu_cache(train_momu *m, molglot_error *err) {
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

/* Where the rows of a tower and view begin. */
static size_t slot(const train_momu *m, const train_batch *b, int tower, int view) {
    return (size_t)(tower * VIEWS + view) * (size_t)b->n * (size_t)m->c.model.dim;
}

/* Runs every micro-batch once: first pass (record off) stores rows, second pass pushes gradients
 * back. */
static int pass(train_momu *m, const train_batch *b, bool record, molglot_error *err) {
    const train_momu_micro *micros = (const train_momu_micro *)b->micros;
    const size_t dim = (size_t)m->c.model.dim;
    for (int unit = 0; unit < TOWERS * VIEWS * b->n_micros; unit++) {
        const int k = unit % b->n_micros, view = unit / b->n_micros % VIEWS,
                  tower = unit / b->n_micros / VIEWS;
        if (!has_view(&m->c, tower, view) || !train_owns(&m->t, k)) continue;
        train_tape(&m->t, 1 + (uint64_t)unit, record);
        mg_tensor *y = tower_rows(m, &micros[k].views[view], tower, true);
        const size_t at = slot(m, b, tower, view) + (size_t)(k * b->each) * dim;
        if (record) mg_backward_from(m->t.tape, y, m->grads + at);
        const float *values = record ? NULL : mg_values(m->t.tape, y);
        if (values) memcpy(m->rows + at, values, (size_t)mg_tensor_count(y) * sizeof(float));
        int code = mg_tape_error(m->t.tape, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* The rows that other ranks made: those that this one did not are 0 before, so a sum brings them.
 */
static int gather_rows(train_momu *m, const train_batch *b, molglot_error *err) {
    const int64_t each = b->n * m->c.model.dim;
    int code = MOLGLOT_OK;
    for (int unit = 0; unit < TOWERS * VIEWS && m->t.o->ranks && !code; unit++)
        if (has_view(&m->c, unit / VIEWS, unit % VIEWS))
            code = mg_ranks_sum(m->t.o->ranks, m->rows + slot(m, b, unit / VIEWS, unit % VIEWS),
                                each, err);
    return code;
}

static void clear_rows(train_momu *m, const train_batch *b) {
    if (m->t.o->ranks)
        memset(m->rows, 0,
               (size_t)TOWERS * VIEWS * (size_t)b->n * (size_t)m->c.model.dim * sizeof *m->rows);
}

static int loss_from_rows(train_momu *m, const train_batch *b, train_result *out,
                          molglot_error *err) {
    const int32_t *groups = ((const train_momu_micro *)b->micros)[0].groups;
    mg_tensor *rows[TOWERS][VIEWS] = {{NULL}};
    train_tape(&m->t, 0, true);
    for (int tower = 0; tower < TOWERS; tower++)
        for (int view = 0; view < VIEWS; view++)
            if (has_view(&m->c, tower, view))
                rows[tower][view] = mg_input(m->t.tape, m->rows + slot(m, b, tower, view), b->n,
                                             m->c.model.dim, true);
    mg_tensor *value = loss_of(m, groups, rows);
    mg_backward(m->t.tape, value);
    const float *loss = mg_values(m->t.tape, value);
    if (loss) out->loss = loss[0];
    int code = mg_tape_error(m->t.tape, err);
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

int train_momu_gradients(train_task *t, const train_batch *b, train_result *out,
                         molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int code = keep_statistics(m, false, err);
    clear_rows(m, b);
    if (!code) code = pass(m, b, false, err);
    if (!code) code = keep_statistics(m, true, err);
    if (!code) code = gather_rows(m, b, err);
    if (!code) code = loss_from_rows(m, b, out, err);
    /* the temperature's gradient is there on every rank, and counts once */
    if (!code && !train_leads(t)) mg_params_forget(t->params, t->tape);
    return code ? code : pass(m, b, true, err);
}
