/* start.c - a trained writer to begin with: a direct writer, or one of both directions (a further
 * stage).
 *
 * Parameters of the same name and shape are copied. The model to begin with may know fewer parts of
 * an input and shorter ones; its rows go where they belong:
 *   encoder   words, tokens: as they are. Each part: its own; where a direct writer has none, the
 *             molecule to be described begins as its molecule 0, captions as its text. Positions
 *             past its longest repeat the last PERIOD
 *   decoder   positions likewise; a direct writer has no table of word pieces: it begins as the
 *             encoder's, centred and scaled
 * All else is fresh.
 */
#include "train/atomas/atomas.h"

#include <stdlib.h>
#include <string.h>

enum { PERIOD = 32 };
#define TABLE_STD 0.05f

int atomas_init_open(atomas_task *w, molglot_error *err) {
    const mg_writer_config *c = &w->model;
    int code;
    w->init_bundle = mg_bundle_open(w->init_file, err);
    if (!w->init_bundle) return mg_code_of(err, MOLGLOT_BAD_FILE);
    w->init = mg_bundle_writer(
        w->init_bundle,
        mg_bundle_has(w->init_bundle, MG_PART_ATOMAS) ? MG_PART_ATOMAS : MG_PART_WRITER, err);
    if (!w->init) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_writer_config *i = mg_writer_get_config(w->init->writer);
    if (i->graph_row && (!c->graph_row || !mg_writer_part_fits(w->init, w->space.bundle)))
        return train_refuse(err, "init.file",
                            "its graph row is of another space than graph.model, or the recipe has "
                            "none (model.graph_row)");
    if (i->latents > 0 || i->words < 1 || i->copy != c->copy || i->max_text > c->max_text ||
        i->molecules > c->molecules || i->max_tokens > c->max_tokens ||
        i->encoder.hidden != c->encoder.hidden || i->encoder.heads != c->encoder.heads ||
        i->decoder.heads != c->decoder.heads || i->encoder.layers != c->encoder.layers ||
        i->decoder.layers != c->decoder.layers || i->decoder.hidden != c->decoder.hidden)
        return train_refuse(
            err, "init.file",
            "its model does not fit this recipe's: layers, widths, heads and copy must agree, "
            "max_text, molecules and max_tokens not be less");
    if ((code = train_words_text(w->init->wordpiece, &w->init_words, err)) ||
        (code = mg_bundle_digest(w->init_bundle, w->init->part, w->init_sha256, err)))
        return code;
    w->t.corpus.config.vocab = w->init->tokens;
    w->t.corpus.config.wordpiece = w->init_words.s;
    return MOLGLOT_OK;
}

/* Place i of a part that had `had` places. */
static int32_t earlier(int32_t i, int32_t had) {
    if (i < had) return i;
    const int32_t period = had < PERIOD ? had : PERIOD;
    return had - period + (i - had) % period;
}

/* The position of the old model whose row position p of the new one begins with. */
static int32_t old_position(const mg_writer_config *now, const mg_writer_config *old, int32_t p) {
    int k;
    const mg_read part = mg_writer_read_at(now, p, &k);
    const int32_t own = now->max_text + now->molecules * now->max_tokens,
                  old_own = old->max_text + old->molecules * old->max_tokens;
    const int at = k < old->molecules ? k : 0;
    if (part == MG_READ_TEXT) return earlier(p, old->max_text);
    if (part == MG_READ_CAPTION) {
        const int32_t place = earlier((p - own - now->max_tokens) % now->max_text, old->max_text);
        return old->captions ? old_own + old->max_tokens + at * old->max_text + place : place;
    }
    if (part == MG_READ_OWN)
        return (old->captions ? old_own : old->max_text) + earlier(p - own, old->max_tokens);
    return old->max_text + at * old->max_tokens +
           earlier((p - now->max_text) % now->max_tokens, old->max_tokens);
}

static int copy_tables(atomas_task *w, const mg_writer_config *old, molglot_error *err) {
    const mg_writer_config *c = &w->model;
    const int32_t vocab = c->encoder.vocab, rows = vocab + c->encoder.positions;
    int32_t *from = malloc((size_t)(rows + c->decoder.positions + c->decoder.words) * sizeof *from);
    if (!from) return mg_no_memory(err, "the model");
    for (int32_t i = 0; i < rows; i++)
        from[i] = i < vocab ? i : vocab + old_position(c, old, i - vocab);
    int code = mg_params_copy_rows(w->t.params, "encoder.embeddings.weight", w->init->params,
                                   "encoder.embeddings.weight", from, 0, err);
    for (int32_t i = 0; i < c->decoder.positions; i++) from[i] = earlier(i, old->decoder.positions);
    if (!code)
        code = mg_params_copy_rows(w->t.params, "decoder.positions.weight", w->init->params,
                                   "decoder.positions.weight", from, 0, err);
    for (int32_t i = 0; i < c->decoder.words; i++) from[i] = i < c->words ? i : -1;
    if (!code && !old->captions)
        code = mg_params_copy_rows(w->t.params, "decoder.words.weight", w->init->params,
                                   "encoder.embeddings.weight", from, TABLE_STD, err);
    free(from);
    return code;
}

/* All rows of a parameter as they are; nothing where the other model has none like it. */
static int copy_same(atomas_task *w, const char *name, const mg_tensor *to, molglot_error *err) {
    const mg_tensor *s = mg_params_find(w->init->params, name);
    if (!s || s->rows != to->rows || s->cols != to->cols) return MOLGLOT_OK;
    int32_t *from = malloc((size_t)to->rows * sizeof *from);
    if (!from) return mg_no_memory(err, "the model");
    for (int32_t i = 0; i < to->rows; i++) from[i] = i;
    int code = mg_params_copy_rows(w->t.params, name, w->init->params, name, from, 0, err);
    free(from);
    return code;
}

int atomas_init_copy(atomas_task *w, molglot_error *err) {
    const mg_writer_config *old = mg_writer_get_config(w->init->writer);
    if (old->words != w->model.words || old->tokens != w->model.tokens)
        return train_refuse(err, "init.file", "its vocabularies are not this run's");
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < mg_params_count(w->t.params) && !code; i++) {
        const char *name;
        const mg_tensor *to = mg_params_at(w->t.params, i, &name, NULL);
        code = copy_same(w, name, to, err);
    }
    return code ? code : copy_tables(w, old, err);
}
