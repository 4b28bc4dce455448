/* kind.c - task = "momu": two towers trained on pairs, as loop.c's loop wants it. */
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "train/momu/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

static int open_dataset(train_momu *m, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&m->t.c, "dataset.cache", path, err);
    if (code) return code;
    m->c.data.cache = *m->c.cache ? m->c.cache : path;
    m->d = mg_corpus_open(&m->c.data, train_on_reading, m, err);
    if (!m->d) return err->code;
    train_tell(&m->t, "%lld pairs, %lld rejected, %lld excluded", (long long)mg_corpus_rows(m->d),
               (long long)mg_corpus_rejected(m->d), (long long)mg_corpus_excluded(m->d));
    return MOLGLOT_OK;
}

/* Vocabulary sizes of the model follow from the data. */
static int fit_model(train_momu *m, molglot_error *err) {
    mg_momu_config *c = &m->c.model;
    size_t bytes = 0;
    c->text.bag.vocab = m->c.data.text_vocab ? mg_corpus_text_bag(m->d)->n : 0;
    c->graph.bag.vocab = m->c.data.graph_vocab ? mg_corpus_graph_bag(m->d)->n : 0;
    if (c->text.encoder.layers < 1) return MOLGLOT_OK;
    const char *vocab = mg_corpus_wordpiece(m->d, &bytes);
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, err);
    if (!w) return err->code;
    c->text.encoder.vocab = mg_wordpiece_size(w);
    mg_wordpiece_free(w);
    return MOLGLOT_OK;
}

static int open_data(train_task *t, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int64_t *order = NULL;
    int code = open_dataset(m, err);
    if (!code) code = fit_model(m, err);
    if (!code) code = mg_corpus_order(m->d, t->c.seed, 0, &order, &t->epoch_rows, err);
    free(order);
    return code;
}

static int start(train_task *t, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int code = train_eval_new(m, &m->eval, err);
    t->validates = m->eval != NULL;
    if (!code && !(m->batches = train_batches_new(m, err))) code = err->code;
    return code;
}

/* ---- results ---- */

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int code = train_eval_run(m->eval, m, err);
    out->score = m->t2m.mrr.value;
    snprintf(out->line, sizeof out->line,
             "text to molecule (of %lld) MRR %.4f hits@1 %.4f hits@10 %.4f; molecule to text (of "
             "%lld) MRR %.4f hits@1 %.4f hits@10 %.4f",
             (long long)m->t2m.pool, m->t2m.mrr.value, m->t2m.hits1.value, m->t2m.hits10.value,
             (long long)m->m2t.pool, m->m2t.mrr.value, m->m2t.hits1.value, m->m2t.hits10.value);
    return code;
}

static int save_model(train_task *t, const char *path, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    char seed[32], steps[32], pairs[32];
    size_t vocab_bytes = 0;
    const char *vocab = m->c.model.text.encoder.layers > 0 ? mg_corpus_wordpiece(m->d, &vocab_bytes)
                                                           : NULL;
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)t->c.seed);
    snprintf(steps, sizeof steps, "%lld", (long long)t->step);
    snprintf(pairs, sizeof pairs, "%lld", (long long)mg_corpus_rows(m->d));
    const char *const metadata[] = {"licence",
                                    t->c.licence,
                                    "description",
                                    t->c.description,
                                    "data.sha256",
                                    mg_corpus_sha256(m->d),
                                    "data.pairs",
                                    pairs,
                                    "recipe",
                                    t->run.portable_recipe,
                                    "seed",
                                    seed,
                                    "steps",
                                    steps,
                                    "molglot.version",
                                    MOLGLOT_VERSION,
                                    NULL};
    return mg_model_file_save(path,
                              &(mg_space_contents){.params = t->params,
                                                   .momu = m->momu,
                                                   .wordpiece = vocab,
                                                   .wordpiece_bytes = vocab_bytes,
                                                   .text_bag = mg_corpus_text_bag(m->d),
                                                   .graph_bag = mg_corpus_graph_bag(m->d),
                                                   .store_as = train_store_as(&t->c),
                                                   .metadata = metadata},
                              err);
}

static const char *model_name(const train_task *t) { return ((const train_momu *)t)->c.model.name; }

static json_t *data(const train_task *t) {
    const train_momu *m = (const train_momu *)t;
    json_t *files = json_array();
    for (size_t i = 0; i < m->c.sources.n; i++)
        json_array_append_new(files, json_pack("{s:s, s:f}", "path", m->c.sources.paths[i],
                                               "weight", (double)m->c.sources.weights[i]));
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "sha256", mg_corpus_sha256(m->d), "pairs",
                     (json_int_t)mg_corpus_rows(m->d), "rejected",
                     (json_int_t)mg_corpus_rejected(m->d), "excluded",
                     (json_int_t)mg_corpus_excluded(m->d), "sources", files);
}

static json_t *scores(const mg_retrieval_scores *s) {
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "n", (json_int_t)s->n, "pool",
                     (json_int_t)s->pool, "mrr", s->mrr.value, "hits1", s->hits1.value, "hits10",
                     s->hits10.value, "hits20", s->hits20.value, "mean_rank", s->mean_rank.value,
                     "batch64", s->batch64.value);
}

static void add_scores(const train_task *t, json_t *to) {
    const train_momu *m = (const train_momu *)t;
    json_object_set_new(to, "text_to_molecule", scores(&m->t2m));
    json_object_set_new(to, "molecule_to_text", scores(&m->m2t));
}

static void close_task(train_task *t) {
    train_momu *m = (train_momu *)t;
    train_batches_free(m->batches);
    train_eval_free(m->eval);
    mg_momu_free(m->momu);
    mg_params_free(t->params);
    free(m->rows);
    free(m->grads);
    free(m->buffers);
    mg_corpus_close(m->d);
}

const train_kind train_kind_momu = {.name = "momu",
                                    .unit = "pairs",
                                    .score = "text_to_molecule_mrr",
                                    .score_title = "validation MRR, text to molecule",
                                    .size = sizeof(train_momu),
                                    .read = train_momu_read,
                                    .open = open_data,
                                    .identify = train_momu_identify,
                                    .build = train_momu_build,
                                    .start = start,
                                    .step = train_momu_step,
                                    .validate = validate,
                                    .save_model = save_model,
                                    .model_name = model_name,
                                    .data = data,
                                    .add_scores = add_scores,
                                    .close = close_task};
