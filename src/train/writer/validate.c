/* validate.c - validation of what is written for held-out rows, by greedy sampling (temperature 0,
 * with the automaton).
 *
 *   [eval]   pairs       sentences with their molecules
 *            molecules   to rebuild (task = "writer" alone)
 *            limit       rows read of each
 *            sample      rows of each that are written out
 *            every, every_steps   epochs, steps between two rounds; both 0: at the end alone
 *
 * A row counts as exact when RDKit's canonical SMILES of what was written is that of its molecule,
 * as flat when they agree without stereo. Molecules under 30 heavy atoms are counted apart, because
 * the literature does. How a row is read (sentence, latents) is the kind's: train_read_fn.
 */
#include "base/toml/toml.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 30 }; /* heavy atoms */

/* ---- recipe ---- */

int train_validation_read(mg_toml *t, train_common *common, train_validation *v,
                          molglot_error *err) {
    int code = train_read_path(t, common, "eval.pairs", v->pairs, err);
    common->eval_every = mg_toml_int(t, "eval.every", 0);
    common->eval_steps = mg_toml_int(t, "eval.every_steps", 0);
    v->limit = mg_toml_int(t, "eval.limit", 2000);
    v->sample = mg_toml_int(t, "eval.sample", 200);
    if (code) return code;
    if (common->eval_every < 0 || common->eval_steps < 0)
        return train_refuse(err, "eval.every", "epochs or steps, not negative");
    if (v->limit < 1 || v->sample < 0)
        return train_refuse(err, "eval.limit", "at least 1, sample not negative");
    if (strcmp(common->store, "bf16") && strcmp(common->store, "f32") &&
        strcmp(common->store, "int4"))
        return train_refuse(err, "store", "\"bf16\", \"int4\" or \"f32\"");
    return MOLGLOT_OK;
}

/* ---- sets ---- */

static int open_set(train_held_out *s, const char *name, const char *path, bool texts,
                    const train_corpus *training, int64_t limit, molglot_error *err) {
    const mg_corpus_source source = {.path = path, .weight = 1};
    const mg_corpus_config *c = &training->config;
    const bool own = texts && path != training->held_out;
    mg_corpus_config corpus = {.sources = &source,
                               .n_sources = 1,
                               .vocab = mg_corpus_tokens(training->rows),
                               .max_tokens = c->max_tokens,
                               .max_text = c->max_text,
                               .strings = texts && c->strings,
                               .smiles_column = own ? training->eval_smiles : NULL,
                               .text_column = own ? training->eval_text : NULL,
                               .threads = c->threads};
    size_t n;
    if (texts) corpus.wordpiece = mg_corpus_wordpiece(training->rows, &n);
    s->rows = mg_corpus_open(&corpus, NULL, NULL, err);
    if (!s->rows) return mg_code_of(err, MOLGLOT_FAILED);
    s->name = name;
    s->n = texts ? mg_corpus_texts(s->rows) : mg_corpus_rows(s->rows);
    if (s->n > limit) s->n = limit;
    return s->n > 0 ? MOLGLOT_OK
                    : mg_fail(err, MOLGLOT_BAD_FILE, "%s: nothing to validate on", path);
}

/* Of the rows that are validated on. */
static int tell_overlap(train_task *t, const char *path, const train_held_out *s,
                        molglot_error *err) {
    char **smiles = calloc((size_t)s->n + 1, sizeof *smiles);
    const char **texts = calloc((size_t)s->n + 1, sizeof *texts);
    int code = smiles && texts ? MOLGLOT_OK : mg_no_memory(err, "validation");
    for (int64_t i = 0; i < s->n && !code; i++) {
        texts[i] = mg_corpus_sentence(s->rows, i);
        if (!(smiles[i] = mg_corpus_smiles_string(s->rows, i)))
            code = mg_no_memory(err, "validation");
    }
    if (!code)
        code = train_tell_overlap(t, path, (const char *const *)smiles, texts, (size_t)s->n, err);
    for (int64_t i = 0; i < s->n && smiles; i++) free(smiles[i]);
    free(smiles);
    free(texts);
    return code;
}

int train_validation_open(train_validation *v, train_task *t, bool texts, bool rebuild,
                          molglot_error *err) {
    const char *pairs = train_held_out_pairs(t, v->pairs);
    int code = MOLGLOT_OK;
    if (*pairs && texts)
        code = open_set(&v->sets[0], "text", pairs, true, &t->corpus, v->limit, err);
    if (v->sets[0].name && !code) code = tell_overlap(t, pairs, &v->sets[0], err);
    if (!code && *v->molecules && rebuild)
        code = open_set(&v->sets[1], "rebuild", v->molecules, false, &t->corpus, v->limit, err);
    t->validates = v->sets[0].name || v->sets[1].name;
    return code;
}

void train_validation_close(train_validation *v) {
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        mg_corpus_close(v->sets[i].rows);
        free(v->sets[i].near);
        free(v->sets[i].told);
    }
}

/* ---- sampling ---- */

static bool same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

static void judge(train_held_out *s, int64_t row, const char *written) {
    char *want = mg_corpus_smiles_string(s->rows, row);
    mg_mol *target = want ? mg_mol_from_smiles(want, NULL, NULL) : NULL,
           *m = mg_mol_from_smiles(written, NULL, NULL);
    char *full = m ? mg_mol_smiles(m, true) : NULL, *flat = m ? mg_mol_smiles(m, false) : NULL,
         *flat_target = target ? mg_mol_smiles(target, false) : NULL;
    const bool exact = same(full, want), small = target && mg_mol_atoms(target) < SMALL;
    s->scores.sampled++;
    s->scores.valid += m != NULL;
    s->scores.exact += exact;
    s->scores.flat += same(flat, flat_target);
    s->scores.small += small;
    s->scores.small_exact += small && exact;
    mg_mol_free(m);
    mg_mol_free(target);
    free(want);
    free(full);
    free(flat);
    free(flat_target);
}

static int sample_group(train_held_out *s, train_task *t, const mg_writer *w, const int64_t *rows,
                        int64_t n, train_read_fn *read, molglot_error *err) {
    static const uint64_t streams[TRAIN_HELD_OUT_ROWS]; /* nothing is drawn at temperature 0 */
    const mg_sample_options o = {.max_tokens = mg_writer_get_config(w)->max_tokens};
    mg_sample out[TRAIN_HELD_OUT_ROWS];
    mg_context context = {0};
    mg_tape_reset(t->tape);
    int code = read(t, s, rows, n, &context, err);
    if (!code) code = mg_tape_error(t->tape, err);
    if (!code)
        code = mg_writer_sample(t->tape, w, mg_corpus_tokens(s->rows), &context, &o, streams, out,
                                err);
    for (int64_t i = 0; i < n && !code; i++) judge(s, rows[i], out[i].smiles);
    if (!code) mg_samples_free(out, n);
    return code;
}

/* Fills the scores but for the loss. */
static int sample(train_held_out *s, train_task *t, const mg_writer *w, int64_t most,
                  train_read_fn *read, molglot_error *err) {
    const int64_t count = most < s->n ? most : s->n;
    int64_t rows[TRAIN_HELD_OUT_ROWS];
    int code = MOLGLOT_OK;
    for (int64_t at = 0; at < count && !code; at += TRAIN_HELD_OUT_ROWS) {
        const int64_t n = count - at < TRAIN_HELD_OUT_ROWS ? count - at : TRAIN_HELD_OUT_ROWS;
        for (int64_t i = 0; i < n; i++) rows[i] = (at + i) * s->n / count;
        code = sample_group(s, t, w, rows, n, read, err);
    }
    return code;
}

/* ---- loss ---- */

typedef struct measure {
    train_task *t;
    const train_held_out *s;
    train_loss_fn *loss;
} measure;

static int loss_of(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                   molglot_error *err) {
    const measure *m = user;
    int64_t rows[TRAIN_HELD_OUT_ROWS];
    for (int64_t i = 0; i < n; i++) rows[i] = at + i;
    return m->loss(m->t, m->s, rows, n, out, weight, err);
}

/* ---- results ---- */

static double share(int64_t some, int64_t whole) {
    return whole > 0 ? (double)some / (double)whole : 0;
}

void train_validation_json(const train_validation *v, json_t *to) {
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        const train_held_out *s = &v->sets[i];
        const train_held_out_scores *x = &s->scores;
        const int64_t large = x->sampled - x->small, large_exact = x->exact - x->small_exact;
        if (!s->name) continue;
        json_object_set_new(
            to, s->name,
            json_pack("{s:I, s:f, s:I, s:f, s:f, s:f, s:I, s:f, s:f}", "rows", (json_int_t)s->n,
                      "loss", x->loss, "sampled", (json_int_t)x->sampled, "valid",
                      share(x->valid, x->sampled), "exact", share(x->exact, x->sampled),
                      "exact_without_stereo", share(x->flat, x->sampled), "under_30_atoms",
                      (json_int_t)x->small, "exact_under_30_atoms", share(x->small_exact, x->small),
                      "exact_others", share(large_exact, large)));
    }
}

/* The chart's score: of sentences where there are any. */
static void sum_up(const train_validation *v, train_verdict *out) {
    size_t at = 0;
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        const train_held_out_scores *x = &v->sets[i].scores;
        if (!v->sets[i].name) continue;
        if (at == 0) out->score = share(x->exact, x->sampled);
        at += (size_t)snprintf(out->line + at, sizeof out->line - at,
                               "%s%s (%lld rows) loss %.4f, of %lld sampled valid %.3f exact %.3f "
                               "without stereo %.3f under 30 atoms %.3f others %.3f",
                               at ? "; " : "", v->sets[i].name, (long long)v->sets[i].n, x->loss,
                               (long long)x->sampled, share(x->valid, x->sampled),
                               share(x->exact, x->sampled), share(x->flat, x->sampled),
                               share(x->small_exact, x->small),
                               share(x->exact - x->small_exact, x->sampled - x->small));
    }
}

int train_validation_run(train_validation *v, train_task *t, const mg_writer *w,
                         train_loss_fn *loss, train_read_fn *read, train_verdict *out,
                         molglot_error *err) {
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        train_held_out *s = &v->sets[i];
        if (!s->name) continue;
        measure m = {t, s, loss};
        const train_mean mean = {s->n, TRAIN_HELD_OUT_ROWS, loss_of, &m};
        s->scores = (train_held_out_scores){0};
        int code = train_mean_loss(t, &mean, &s->scores.loss, err);
        if (!code) code = sample(s, t, w, v->sample, read, err);
        if (code) return code;
    }
    sum_up(v, out);
    return MOLGLOT_OK;
}
