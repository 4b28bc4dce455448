/* voices.c - asks a head in training, and makes what it says beside its members: trees and the
 * linear voice are made once the members are trained, and the shares are set. A share of the linear
 * voice is of the answer, that of the trees of what it leaves (predict/predictor.c).
 */
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 512 };

int heads_ask(head_training *h, const int64_t *rows, int64_t n, molglot_error *err) {
    const int64_t tasks = h->model.tasks;
    int code = MOLGLOT_OK;
    for (int64_t at = 0; at < n && !code; at += BATCH) {
        const int64_t each = n - at < BATCH ? n - at : BATCH;
        mg_heads_batch b;
        mg_arena_release(&h->arena, 0);
        mg_tape_reset(h->t.tape);
        code = mg_inputs_batch(&h->inputs, &h->model, rows + at, each, h->mean, h->scale, 1, 0,
                               &h->arena, &b, err);
        if (!code)
            code = mg_heads_ask(h->t.tape, h->heads, &b, h->z + at * tasks, h->v + at * tasks, err);
    }
    return code;
}

/* The answers of one voice alone for the known cells of the validation rows; malloc'ed. */
static int ask_voice(head_training *h, int which, float **out, molglot_error *err) {
    const int64_t *rows = h->table.of[HEADS_VALIDATION], n = h->table.count[HEADS_VALIDATION],
                  tasks = h->model.tasks;
    mg_heads *m = h->heads;
    const mg_heads_config c = m->c;
    const int32_t trees = m->forest.trees;
    m->c.forest_share = m->c.ridge_share = 1;
    if (which != HEADS_TREES) m->forest.trees = 0;
    m->ridge.speaks = which == HEADS_RIDGE;
    int code = heads_ask(h, rows, n, err);
    m->forest.trees = trees;
    m->ridge.speaks = c.ridge;
    m->c = c;
    size_t known = 0;
    *out = code ? NULL : malloc(((size_t)(n * tasks) + 1) * sizeof **out);
    if (!code && !*out) code = mg_no_memory(err, "the answers of a voice");
    for (int64_t i = 0; i < n * tasks && !code; i++)
        if (!isnan(h->table.truth[rows[i / tasks] * tasks + i % tasks])) (*out)[known++] = h->z[i];
    return code;
}

float *heads_truth(const head_training *h, bool whole, size_t *known) {
    const int64_t *rows = h->table.of[HEADS_VALIDATION], n = h->table.count[HEADS_VALIDATION],
                  tasks = h->model.tasks;
    float *out = malloc(((size_t)(n * tasks) + 1) * sizeof *out);
    size_t at = 0;
    for (int64_t i = 0; i < n * tasks && out; i++) {
        const float y = h->table.truth[rows[i / tasks] * tasks + i % tasks];
        if (whole)
            out[at++] = y;
        else if (!isnan(y))
            out[at++] = (y - h->task_mean[i % tasks]) / h->task_scale[i % tasks];
    }
    *known = at;
    return out;
}

static void set_shares(mg_heads *m, const double share[HEADS_VOICES]) {
    const double others = share[HEADS_MEMBERS] + share[HEADS_TREES];
    m->c.ridge_share = (float)share[HEADS_RIDGE];
    if (m->forest.trees && !(share[HEADS_TREES] > 0)) {
        mg_forest_free(&m->forest);
        m->c.forest_trees = 0;
    } else if (m->forest.trees) {
        m->c.forest_share = (float)(share[HEADS_TREES] / others);
    }
}

static int choose_shares(head_training *h, molglot_error *err) {
    mg_heads *m = h->heads;
    const double r = h->model.ridge ? (double)h->model.ridge_share : 0,
                 f = h->model.forest_trees ? (double)h->model.forest_share : 0;
    double share[HEADS_VOICES] = {(1 - r) * (1 - f), (1 - r) * f, r};
    const bool there[HEADS_VOICES] = {true, h->model.forest_trees > 0, h->model.ridge};
    float *voice[HEADS_VOICES] = {NULL};
    size_t n;
    float *truth = heads_truth(h, false, &n);
    int code = truth ? MOLGLOT_OK : mg_no_memory(err, "the shares of voices");
    for (int k = 0; k < HEADS_VOICES && !code; k++)
        if (there[k]) code = ask_voice(h, k, &voice[k], err);
    if (!code)
        code = heads_choose_shares((const float *const *)voice, truth, n,
                                   h->model.task == MG_HEADS_CLASSES, share, err);
    if (!code) {
        set_shares(m, share);
        train_tell(&h->t, "shares of the answer: members %.2f, trees %.2f, linear %.2f",
                   share[HEADS_MEMBERS], share[HEADS_TREES], share[HEADS_RIDGE]);
    }
    for (int k = 0; k < HEADS_VOICES; k++) free(voice[k]);
    free(truth);
    return code;
}

int heads_add_voices(head_training *h, molglot_error *err) {
    mg_heads *m = h->heads;
    int code = h->model.ridge ? heads_fit_ridge(h, err) : MOLGLOT_OK;
    if (!code) code = mg_params_push(h->t.params, err);
    m->ridge.speaks = h->model.ridge;
    if (!code && h->model.forest_trees) {
        code = heads_grow_forest(h, &m->forest, err);
        if (!code)
            train_tell(&h->t, "%d trees of each task, %d nodes", h->model.forest_trees,
                       m->forest.n);
    }
    const bool several = h->model.forest_trees || h->model.ridge;
    return code || !several || strcmp(h->shares, "chosen") ? code : choose_shares(h, err);
}
