/* validate.c - validation of task = "atomas": the loss of molecules and how many are written
 * exactly (writer/validate.c), the loss of captions with what the memory finds and without.
 */
#include "train/atomas/atomas.h"

#include <jansson.h>
#include <string.h>

/* Packs held-out rows into w->held_out. */
static int pack_rows(atomas_task *w, const train_held_out *s, const int64_t *rows, int64_t n,
                     bool caption, bool memory, molglot_error *err) {
    static const int32_t places[TRAIN_NEIGHBOURS_MOST] = {0, 1, 2, 3, 4, 5, 6, 7};
    const int32_t *near = !memory ? NULL : caption ? s->told : s->near;
    int code = MOLGLOT_OK;
    train_rows_reset(&w->held_out, &w->model);
    for (int64_t i = 0; i < n && !code; i++) {
        const atomas_read read = {
            .from = s->rows,
            .row = rows[i],
            .caption = caption,
            .near = near ? near + rows[i] * w->memory.k : NULL,
            .places = places,
            .vector = w->held_out_vectors ? w->held_out_vectors + rows[i] * w->model.space : NULL};
        code = atomas_pack(w, &read, &w->held_out, err);
    }
    return code;
}

static int read_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    int code = pack_rows(w, s, rows, n, false, true, err);
    if (!code) *context = mg_writer_context(t->tape, w->writer, &w->held_out.input.in, NULL);
    return code;
}

static int loss_of_packed(atomas_task *w, mg_tensor **out, int64_t *weight) {
    const mg_context context = mg_writer_context(w->t.tape, w->writer, &w->held_out.input.in, NULL);
    *out = mg_writer_loss(w->t.tape, w->writer, &context, &w->held_out.target, 0);
    *weight = train_rows_tokens(&w->held_out);
    return MOLGLOT_OK;
}

static int loss_of_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                        mg_tensor **out, int64_t *weight, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    int code = pack_rows(w, s, rows, n, false, true, err);
    return code ? code : loss_of_packed(w, out, weight);
}

typedef struct captions { /* whose loss is measured */
    atomas_task *w;
    const train_held_out *s;
    bool memory;
} captions;

static int loss_of_captions(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                            molglot_error *err) {
    const captions *c = user;
    int64_t rows[TRAIN_HELD_OUT_ROWS];
    for (int64_t i = 0; i < n; i++) rows[i] = at + i;
    int code = pack_rows(c->w, c->s, rows, n, true, c->memory, err);
    return code ? code : loss_of_packed(c->w, out, weight);
}

int atomas_validate(train_task *t, train_verdict *out, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    const train_held_out *s = &w->validation.sets[0];
    int code = train_validation_run(&w->validation, t, w->writer, loss_of_rows, read_rows, out,
                                    err);
    for (int alone = 0; alone < 2 && s->name && !code; alone++) {
        captions c = {w, s, !alone};
        const train_mean mean = {s->n, TRAIN_HELD_OUT_ROWS, loss_of_captions, &c};
        code = train_mean_loss(t, &mean, alone ? &w->told_alone : &w->told_loss, err);
    }
    const size_t at = strlen(out->line);
    if (s->name)
        snprintf(out->line + at, sizeof out->line - at, "; captions loss %.4f, without memory %.4f",
                 w->told_loss, w->told_alone);
    return code;
}

void atomas_scores(const train_task *t, json_t *to) {
    const atomas_task *w = (const atomas_task *)t;
    train_validation_json(&w->validation, to);
    if (w->validation.sets[0].name)
        json_object_set_new(
            to, "captions",
            json_pack("{s:f, s:f}", "loss", w->told_loss, "loss_without_memory", w->told_alone));
}
