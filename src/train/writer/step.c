/* step.c - one optimiser step of the writer: memory of what is read, cross-entropy of what is
 * written, update.
 *
 * With micro-batches each part goes forward and backward on its own and its gradient is added up. A
 * part's loss is a mean over its tokens, so it counts by its share of the batch's: the sum is the
 * gradient of the whole batch.
 */
#include "model/writer/writer.h"
#include "train/writer/writer.h"

static int run_part(train_writer *w, const train_writer_batch *b, int k, double *loss,
                    molglot_error *err) {
    const train_rows *p = &b->parts[k];
    const double share = (double)train_rows_tokens(p) / (double)b->tokens;
    mg_tape *tape = w->t.tape;
    train_tape(&w->t, (uint64_t)k, true);
    const mg_context context = mg_writer_context(tape, w->writer, &p->input.in, p->noise);
    mg_tensor *value = mg_writer_loss(tape, w->writer, &context, &p->target, w->c.smoothing);
    mg_backward(tape, b->n_parts > 1 ? mg_scale(tape, value, (float)share) : value);
    const float *number = mg_values(tape, value);
    if (number) *loss += share * number[0];
    return mg_tape_error(tape, err);
}

int train_writer_step(train_task *t, train_result *out, molglot_error *err) {
    train_writer *w = (train_writer *)t;
    const train_writer_batch *b = train_writer_batches_next(w->batches, err);
    if (!b) return err->code;
    int code = MOLGLOT_OK;
    for (int k = 0; k < b->n_parts && !code; k++) code = run_part(w, b, k, &out->loss, err);
    out->n = b->n;
    out->name = "tokens";
    out->value = (double)b->tokens;
    return code ? code
                : mg_optim_step(t->params, t->tape, &t->c.optim, t->step, &out->grad_norm,
                                &out->skipped, err);
}
