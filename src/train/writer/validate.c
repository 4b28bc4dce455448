/* validate.c - validation of writer, flow and denoiser: what greedy sampling (temperature 0, with
 * the automaton) writes for held-out rows.
 *
 * A row counts as exact when RDKit's canonical SMILES of what was written is that of its molecule,
 * as flat when they agree without stereo. Molecules under 30 heavy atoms are counted apart, because
 * the literature does. How a row is read (sentence, latents) is the kind's: train_read_fn. Called
 * by kind.c, latent/flow_matching.c and latent/denoiser.c.
 */
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 30 }; /* heavy atoms */

/* ---- sets ---- */

static int open_set(train_held_out *s, const char *name, const train_writer_config *c,
                    const char *path, bool texts, const mg_corpus *training, molglot_error *err) {
    const mg_corpus_source source = {.path = path, .weight = 1};
    mg_corpus_config corpus = {.sources = &source,
                               .n_sources = 1,
                               .vocab = mg_corpus_tokens(training),
                               .max_tokens = c->corpus.max_tokens,
                               .max_text = c->corpus.max_text,
                               .threads = c->corpus.threads};
    size_t n;
    if (texts) corpus.wordpiece = mg_corpus_wordpiece(training, &n);
    corpus.strings = texts && c->corpus.strings;
    s->rows = mg_corpus_open(&corpus, NULL, NULL, err);
    if (!s->rows) return MOLGLOT_FAILED;
    s->name = name;
    s->n = texts ? mg_corpus_texts(s->rows) : mg_corpus_rows(s->rows);
    if (s->n > c->limit) s->n = c->limit;
    return s->n > 0 ? MOLGLOT_OK
                    : mg_fail(err, MOLGLOT_BAD_FILE, "%s: nothing to validate on", path);
}

int train_held_out_open_all(train_held_out sets[TRAIN_HELD_OUT_SETS], const train_writer_config *c,
                            const mg_corpus *training, bool texts, bool rebuild,
                            molglot_error *err) {
    molglot_error own = {0};
    int code = MOLGLOT_OK;
    if (*c->pairs && texts) code = open_set(&sets[0], "text", c, c->pairs, true, training, &own);
    if (!code && *c->molecules && rebuild)
        code = open_set(&sets[1], "rebuild", c, c->molecules, false, training, &own);
    if (code && err) *err = own;
    return code ? own.code : MOLGLOT_OK;
}

void train_held_out_close_all(train_held_out sets[TRAIN_HELD_OUT_SETS]) {
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        mg_corpus_close(sets[i].rows);
        free(sets[i].near);
        memset(&sets[i], 0, sizeof sets[i]);
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
                        int64_t n, train_read_fn *read, void *user, molglot_error *err) {
    static const uint64_t streams[TRAIN_HELD_OUT_ROWS]; /* nothing is drawn at temperature 0 */
    const mg_sample_options o = {.max_tokens = mg_writer_get_config(w)->max_tokens};
    mg_sample out[TRAIN_HELD_OUT_ROWS];
    mg_context context = {0};
    mg_tape_reset(t->tape);
    int code = read(user, s, rows, n, &context, err);
    if (!code) code = mg_tape_error(t->tape, err);
    if (!code)
        code = mg_writer_sample(t->tape, w, mg_corpus_tokens(s->rows), &context, &o, streams, out,
                                err);
    for (int64_t i = 0; i < n && !code; i++) judge(s, rows[i], out[i].smiles);
    if (!code) mg_samples_free(out, n);
    return code;
}

int train_held_out_sample(train_held_out *s, train_task *t, const mg_writer *w, int64_t sample,
                          train_read_fn *read, void *user, molglot_error *err) {
    const int64_t count = sample < s->n ? sample : s->n;
    const double loss = s->scores.loss;
    int64_t rows[TRAIN_HELD_OUT_ROWS];
    int code = MOLGLOT_OK;
    s->scores = (train_held_out_scores){.loss = loss};
    for (int64_t at = 0; at < count && !code; at += TRAIN_HELD_OUT_ROWS) {
        const int64_t n = count - at < TRAIN_HELD_OUT_ROWS ? count - at : TRAIN_HELD_OUT_ROWS;
        for (int64_t i = 0; i < n; i++) rows[i] = (at + i) * s->n / count;
        code = sample_group(s, t, w, rows, n, read, user, err);
    }
    return code;
}

/* ---- results ---- */

static double share(int64_t part, int64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

void train_held_out_json_all(const train_held_out sets[TRAIN_HELD_OUT_SETS], json_t *to) {
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        const train_held_out *s = &sets[i];
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
void train_held_out_verdict_all(const train_held_out sets[TRAIN_HELD_OUT_SETS],
                                train_verdict *out) {
    size_t at = 0;
    for (int i = 0; i < TRAIN_HELD_OUT_SETS; i++) {
        const train_held_out_scores *x = &sets[i].scores;
        if (!sets[i].name) continue;
        if (at == 0) out->score = share(x->exact, x->sampled);
        at += (size_t)snprintf(out->line + at, sizeof out->line - at,
                               "%s%s (%lld rows) loss %.4f, of %lld sampled valid %.3f exact %.3f "
                               "without stereo %.3f under 30 atoms %.3f others %.3f",
                               at ? "; " : "", sets[i].name, (long long)sets[i].n, x->loss,
                               (long long)x->sampled, share(x->valid, x->sampled),
                               share(x->exact, x->sampled), share(x->flat, x->sampled),
                               share(x->small_exact, x->small),
                               share(x->exact - x->small_exact, x->sampled - x->small));
    }
}
