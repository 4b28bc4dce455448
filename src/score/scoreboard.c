/* scoreboard.c - the same scores for what a model made and, beside it, for what no learning gives
 * (baselines.c).
 *
 * Holds the prompts' references, read once, and the training molecules.
 */
#include "data/table/table.h"
#include "score/inside.h"
#include "score/score.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

static int step(const mg_scoreboard *b, const char *what, molglot_error *err) {
    const mg_scoreboard_options *o = &b->options;
    return o->on_step && o->on_step(o->user, what)
               ? mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted")
               : MOLGLOT_OK;
}

/* Rows of the table with a molecule; then those that the scorer could read. */
static int read_training(mg_scoreboard *b, molglot_error *err) {
    int code = mg_rows_load(&b->train, b->options.train, NULL, err);
    if (code) return code;
    size_t n = b->train.n, usable = 0;
    bool *readable = calloc(n + 1, sizeof *readable);
    b->smiles = calloc(n + 1, sizeof *b->smiles);
    b->text = calloc(n + 1, sizeof *b->text);
    if (!readable || !b->smiles || !b->text) code = mg_no_memory(err, "%zu training molecules", n);
    for (size_t i = 0; i < n && !code; i++) {
        if (!b->train.status[i].ok || !*b->train.smiles[i]) continue;
        b->smiles[usable] = b->train.smiles[i];
        b->text[usable++] = b->train.text[i];
    }
    if (!code) code = mg_scorer_training(b->scorer, b->smiles, (int64_t)usable, readable, err);
    for (size_t i = 0; i < usable && !code; i++) {
        if (!readable[i]) continue;
        b->smiles[b->training_rows] = b->smiles[i];
        b->text[b->training_rows++] = b->text[i];
        b->training_captions += *b->text[i] != 0;
    }
    b->training_unreadable = (int64_t)n - b->training_rows;
    free(readable);
    return code || b->training_rows
               ? code
               : mg_fail(err, MOLGLOT_BAD_FILE, "%s: no molecule can be read", b->options.train);
}

int mg_scoreboard_init(mg_scoreboard *b, mg_prompts prompts, const mg_scoreboard_options *o,
                       molglot_error *err) {
    memset(b, 0, sizeof *b);
    b->prompts = prompts;
    b->options = *o;
    int code = step(b, "reading the references", err);
    if (!code && !(b->scorer = mg_scorer_new(prompts.reference, prompts.n, o->scoring, err)))
        code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code && o->train) code = step(b, "reading the training molecules", err);
    if (!code && o->train) code = read_training(b, err);
    if (code) mg_scoreboard_free(b);
    return code;
}

void mg_scoreboard_free(mg_scoreboard *b) {
    mg_scorer_free(b->scorer);
    mg_rows_free(&b->train);
    free(b->smiles);
    free(b->text);
    memset(b, 0, sizeof *b);
}

int mg_scoreboard_add(mg_scoreboard *b, const char *name, const char *const *output, int samples,
                      molglot_error *err) {
    if (b->n_methods == MG_METHODS)
        return mg_fail(err, MOLGLOT_USAGE, "a table holds at most %d methods", (int)MG_METHODS);
    int code = step(b, name, err);
    if (!code)
        code = mg_scorer_run(b->scorer, output, samples, &b->methods[b->n_methods].scores, err);
    if (!code) b->methods[b->n_methods++].name = name;
    return code;
}

/* The neighbours in the aligned space: of the index when there is one, else of the training
 * molecules. */
static int add_aligned(mg_scoreboard *b, const char **outputs, molglot_error *err) {
    const mg_scoreboard_options *o = &b->options;
    const mg_pool pool = {b->training_rows, b->smiles, b->text};
    int code = step(b, "embedding for the aligned space", err), threads = o->scoring.threads;
    if (code) return code;
    if (!o->index) {
        code = mg_baseline_embedded(&pool, o->embedder, b->prompts.text, b->prompts.n, o->samples,
                                    threads, outputs, err);
        return code ? code
                    : mg_scoreboard_add(b, "aligned_space_training", outputs, o->samples, err);
    }
    mg_index *index = mg_index_open(o->index, false, err);
    if (!index) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_index_side(index) != MG_SIDE_MOLECULE)
        code = mg_fail(err, MOLGLOT_USAGE, "%s: the index is not one of molecules", o->index);
    else if (o->model && !mg_bundle_matches(o->model, mg_index_model_sha256(index)))
        code = mg_fail(err, MOLGLOT_USAGE, "%s: the index was made with another model (%s)",
                       o->index, mg_index_model_name(index));
    if (!code)
        code = mg_baseline_index(index, o->embedder, b->prompts.text, b->prompts.n, o->samples,
                                 threads, outputs, err);
    if (!code) code = mg_scoreboard_add(b, "aligned_space_index", outputs, o->samples, err);
    mg_index_close(index);
    return code;
}

int mg_scoreboard_baselines(mg_scoreboard *b, molglot_error *err) {
    const mg_scoreboard_options *o = &b->options;
    const mg_pool pool = {b->training_rows, b->smiles, b->text};
    static const char *const names[] = {"bm25_caption_copy", "tfidf_caption_copy"};
    static const mg_word_rank ranks[] = {MG_RANK_BM25, MG_RANK_TFIDF};
    size_t n;
    if (!mg_mul_size((size_t)b->prompts.n, (size_t)o->samples, &n))
        return mg_fail(err, MOLGLOT_USAGE, "%d samples a prompt are too many", o->samples);
    const char **outputs = calloc(n + 1, sizeof *outputs);
    int code = outputs ? MOLGLOT_OK : mg_no_memory(err, "%zu outputs", n);
    if (!code && pool.n) {
        mg_baseline_random(&pool, b->prompts.n, o->samples, o->scoring.seed, outputs);
        code = mg_scoreboard_add(b, "random_training_molecules", outputs, o->samples, err);
    }
    for (int k = 0; k < 2 && !code && b->training_captions && b->prompts.text; k++) {
        code = mg_baseline_captions(&pool, ranks[k], b->prompts.text, b->prompts.n, o->samples,
                                    o->scoring.threads, outputs, err);
        if (!code) code = mg_scoreboard_add(b, names[k], outputs, o->samples, err);
    }
    if (!code && o->embedder && b->prompts.text && (o->index || pool.n))
        code = add_aligned(b, outputs, err);
    free(outputs);
    return code;
}
