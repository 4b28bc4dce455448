/* published.c - Atomas as published: T5, GA, HAA and LM in one step, with momentum copies and
 * queues. */
#include "model/atomas/published.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mg_atomas {
    mg_atomas_config c;
    mg_t5 *t5, *slow; /* slow: the momentum copy */
    mg_align *align;
    mg_momentum *momentum;
    mg_tensor *queue[2]; /* [side], [Q, d] or NULL */
};

static const char *const queue_names[2] = {"text_queue", "smiles_queue"};

/* ---- making ---- */

mg_atomas_config mg_atomas_published(const mg_t5_config *t5, bool quirks) {
    mg_atomas_config c = {.t5 = *t5,
                          .align = mg_align_published(t5->d_model, t5->positions),
                          .queue = 13200,
                          .momentum = 0.995f,
                          .w_ga = 1,
                          .w_haa = 1,
                          .w_lm = 10,
                          .momentum_dropout = quirks};
    if (!quirks) {
        c.align.raw_weights = c.align.batch_distance = c.align.strict_density = false;
        c.align.noise = 0;
    }
    return c;
}

/* Everything but the momentum pairs. */
static int declare(mg_atomas *m, mg_params *p, molglot_error *err) {
    const mg_atomas_config *c = &m->c;
    m->t5 = mg_t5_new(p, "molt5", &c->t5, err);
    m->slow = m->t5 ? mg_t5_new(p, "molt5_m", &c->t5, err) : NULL;
    m->align = m->slow ? mg_align_new(p, "", &c->align, err) : NULL;
    if (!m->align) return mg_code_of(err, MOLGLOT_FAILED);
    mg_params_untrained(p, "molt5_m.");
    for (int side = 0; side < 2 && c->queue > 0; side++)
        m->queue[side] = mg_params_add(p, queue_names[side], c->queue, c->align.dim, MG_INIT_NORMAL,
                                       1, MG_PARAM_BUFFER);
    return MOLGLOT_OK;
}

mg_atomas *mg_atomas_new(mg_params *p, const mg_atomas_config *c, molglot_error *err) {
    static const char *const from[] = {"molt5.", "text_linear.", "smiles_linear."},
                             *const to[] = {"molt5_m.", "text_linear_m.", "smiles_linear_m."};
    if (c->align.dim != c->t5.d_model || c->queue < 0 || !(c->momentum >= 0 && c->momentum <= 1)) {
        mg_fail(err, MOLGLOT_BAD_FILE,
                "Atomas: the alignment's dim %d is T5's d_model %d; queue %d >= 0; momentum %g in "
                "[0, 1]",
                c->align.dim, c->t5.d_model, c->queue, (double)c->momentum);
        return NULL;
    }
    mg_atomas *m = calloc(1, sizeof *m);
    if (!m) {
        mg_no_memory(err, "Atomas");
        return NULL;
    }
    m->c = *c;
    const int pairs = c->align.pooling == MG_POOL_MEAN ? 1 : 3;
    if (!declare(m, p, err)) m->momentum = mg_momentum_new(p, from, to, pairs, err);
    if (m->momentum) return m;
    mg_atomas_free(m);
    return NULL;
}

void mg_atomas_free(mg_atomas *m) {
    if (!m) return;
    mg_t5_free(m->t5);
    mg_t5_free(m->slow);
    mg_align_free(m->align);
    mg_momentum_free(m->momentum);
    free(m);
}

const mg_t5 *mg_atomas_t5(const mg_atomas *m, bool momentum) { return momentum ? m->slow : m->t5; }
const mg_align *mg_atomas_align(const mg_atomas *m) { return m->align; }

static void unit_rows(mg_tensor *x) {
    for (int64_t i = 0; i < x->rows; i++) {
        float *row = mg_f32(x) + i * x->cols;
        double sum = 0;
        for (int64_t c = 0; c < x->cols; c++) sum += (double)row[c] * row[c];
        for (int64_t c = 0; c < x->cols; c++) row[c] = (float)(row[c] / sqrt(sum + 1e-24));
    }
}

void mg_atomas_start(const mg_atomas *m) {
    mg_momentum_copy(m->momentum);
    for (int side = 0; side < 2; side++)
        if (m->queue[side]) unit_rows(m->queue[side]);
}

/* ---- a published checkpoint ---- */

/* [d, Q] of the reference's file to [Q, d]; our own file has it so already. */
static int import_queue(mg_tensor *queue, const mg_tensor_file *f, const char *name, size_t *found,
                        molglot_error *err) {
    const mg_file_tensor *x = mg_tensor_file_find(f, name);
    if (!x) return MOLGLOT_OK;
    const bool own = mg_tensor_file_meta(f, MG_ATOMAS_META) != NULL;
    const int64_t rows = own ? queue->rows : queue->cols, cols = own ? queue->cols : queue->rows;
    if (x->ndim != 2 || x->shape[0] != rows || x->shape[1] != cols)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s is not [%lld, %lld]", name, (long long)rows,
                       (long long)cols);
    float *all = malloc((size_t)mg_tensor_count(queue) * sizeof *all);
    int code = all ? mg_file_tensor_to_f32(x, all, mg_tensor_count(queue), err)
                   : mg_no_memory(err, "a queue");
    for (int64_t i = 0; i < queue->rows && !code; i++)
        for (int64_t c = 0; c < queue->cols; c++)
            mg_f32(queue)[i * queue->cols + c] =
                all[own ? i * queue->cols + c : c * queue->rows + i];
    free(all);
    if (!code) (*found)++;
    return code;
}

/* What precedes the names in the file; NULL: no Atomas is there. */
static const char *prefix_in(const mg_tensor_file *f) {
    if (mg_tensor_file_find(f, "molt5.shared.weight")) return "";
    return mg_tensor_file_find(f, "state_dict.molt5.shared.weight") ? "state_dict." : NULL;
}

int mg_atomas_import(const mg_atomas *m, mg_params *p, const mg_tensor_file *f, size_t *found,
                     int64_t *pointer, molglot_error *err) {
    static const char *const parts[] = {
        "molt5.", "molt5_m.", "text_linear", "smiles_linear", "text_weight_", "smiles_weight_",
        "t_ctm",  "s_ctm",    "t_block",     "s_block",       "temp",         "logit_scale"};
    char theirs[2 * MG_NAME_MAX];
    const char *prefix = prefix_in(f);
    int code = prefix ? MOLGLOT_OK
                      : mg_fail(err, MOLGLOT_BAD_FILE, "no Atomas: molt5.shared.weight is missing");
    *found = 0;
    *pointer = 0;
    for (size_t i = 0; i < MG_COUNT(parts) && !code; i++) {
        size_t some = 0;
        snprintf(theirs, sizeof theirs, "%s%s", prefix, parts[i]);
        code = mg_params_import(p, f, parts[i], theirs, &some, err);
        *found += some;
    }
    for (int side = 0; side < 2 && !code && m->queue[side]; side++) {
        snprintf(theirs, sizeof theirs, "%s%s", prefix, queue_names[side]);
        code = import_queue(m->queue[side], f, theirs, found, err);
    }
    snprintf(theirs, sizeof theirs, "%squeue_ptr", prefix);
    const mg_file_tensor *at = mg_tensor_file_find(f, theirs);
    float where = 0;
    if (at && !code) code = mg_file_tensor_to_f32(at, &where, 1, err);
    if (at && !code && !(where >= 0 && where < (float)(m->c.queue > 0 ? m->c.queue : 1)))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "queue_ptr %g is outside the queue", (double)where);
    if (!code) *pointer = (int64_t)where;
    return code;
}

/* ---- a step ---- */

static mg_t5_memory encode(mg_tape *t, const mg_atomas *m, bool slow, const mg_t5_rows *rows) {
    return mg_t5_encode(t, slow ? m->slow : m->t5, rows);
}

/* The momentum model's rows, without gradient. */
static void momentum_rows(mg_tape *t, const mg_atomas *m, const mg_atomas_batch *b, bool record,
                          mg_align_rows *out) {
    const bool training = mg_tape_is_training(t);
    mg_tape_record(t, false);
    mg_tape_training(t, training && m->c.momentum_dropout);
    const mg_t5_memory text = encode(t, m, true, &b->text), smiles = encode(t, m, true, &b->smiles);
    out->text_momentum = mg_align_pool_momentum(t, m->align, MG_ALIGN_TEXT, text.rows, text.seqs);
    out->smiles_momentum = mg_align_pool_momentum(t, m->align, MG_ALIGN_SMILES, smiles.rows,
                                                  smiles.seqs);
    mg_tape_training(t, training);
    mg_tape_record(t, record);
}

static mg_tensor *language(mg_tape *t, const mg_atomas *m, const mg_atomas_batch *b,
                           const mg_t5_memory *text, const mg_t5_memory *smiles) {
    mg_tensor *both[2] = {NULL, NULL};
    if (m->c.task != MG_ATOMAS_GENTEXT) both[0] = mg_t5_loss(t, m->t5, &b->smiles, text);
    if (m->c.task != MG_ATOMAS_GENMOL) both[1] = mg_t5_loss(t, m->t5, &b->text, smiles);
    if (m->c.task == MG_ATOMAS_GENMOL) return both[0];
    if (m->c.task == MG_ATOMAS_GENTEXT) return both[1];
    return mg_weighted_sum(t, both, (float[2]){0.5f, 0.5f}, 2);
}

void mg_atomas_follow(mg_tape *t, const mg_atomas *m) {
    mg_momentum_update(t, m->momentum, m->c.momentum);
}

bool mg_atomas_loss_of(mg_tape *t, const mg_atomas *m, const mg_atomas_batch *b, bool record,
                       int64_t at, mg_atomas_loss *out) {
    const mg_atomas_config *c = &m->c;
    mg_align_rows *rows = &out->rows;
    *out = (mg_atomas_loss){0};
    momentum_rows(t, m, b, record, rows);
    const mg_t5_memory text = encode(t, m, false, &b->text),
                       smiles = encode(t, m, false, &b->smiles);
    rows->text = mg_align_pool(t, m->align, MG_ALIGN_TEXT, text.rows, text.seqs);
    rows->smiles = mg_align_pool(t, m->align, MG_ALIGN_SMILES, smiles.rows, smiles.seqs);
    rows->text_queue = m->queue[MG_ALIGN_TEXT];
    rows->smiles_queue = m->queue[MG_ALIGN_SMILES];
    out->ga = mg_align_ga(t, m->align, rows, b->groups);
    for (int side = 0; side < 2 && at >= 0 && m->queue[side]; side++)
        mg_queue_push(t, m->queue[side], at,
                      side == MG_ALIGN_TEXT ? rows->text_momentum : rows->smiles_momentum);
    if (!mg_align_levels(t, m->align, MG_ALIGN_TEXT, text.rows, text.seqs, b->text.lengths,
                         out->text) ||
        !mg_align_levels(t, m->align, MG_ALIGN_SMILES, smiles.rows, smiles.seqs, b->smiles.lengths,
                         out->smiles) ||
        !mg_align_haa(t, m->align, out->text, out->smiles, b->groups, &out->haa))
        return false;
    out->lm = language(t, m, b, &text, &smiles);
    mg_tensor *terms[3] = {out->ga, out->haa.total, out->lm};
    out->total = mg_weighted_sum(t, terms, (float[3]){c->w_ga, c->w_haa, c->w_lm}, 3);
    return out->total != NULL;
}
