/* kind.c - task = "momu": two towers trained on pairs of molecule and text.
 *
 * Each step, for each pair of the batch:
 *   text       text_views of them: the sentences, some left out (model.text.sentence_dropout), some
 *              n-grams too
 *   molecule   graph_views of them: the graph, changed as aug1 and aug2 say
 * and the loss (step.c) draws a pair's views together and all others apart. Pairs with the same
 * molecule or the same text are no opposites with mask_duplicates.
 *
 * Its keys beside those of recipe.c, their defaults and their limits:
 *   [model]   model/momu/config.c; vocabulary sizes follow from [data]
 *   [data]    corpus.c's; synonyms (a probability), synonym_texts; id_prefixes, cache, text_vocab,
 * text_min_df, graph_vocab, graph_min_df, wordpiece (a vocab.txt) or wordpiece_size [train]
 * table_lr, text_encoder_lr, graph_encoder_lr (factors); micro_batch: gradient caching [loss]
 * text_views, graph_views, graph_self, smoothing, mask_duplicates, aug1, aug2 ("none" |
 *             "drop_nodes" | "subgraph"), aug_rate1, aug_rate2, aug_faithful
 *   [init]    origin.c
 *   [eval]    pairs, pool (further molecules), every (epochs; 0: at the end); sets (names), each
 *             with pairs and pool in [eval.NAME]; limit, pool_limit (rows of each file; 0: all)
 */
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "train/momu/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- recipe ---- */

static int read_prefixes(mg_toml *t, train_corpus *c, molglot_error *err) {
    size_t n;
    const char *const *prefixes = mg_toml_strs(t, "data.id_prefixes", &n);
    if (n && n != c->sources.own)
        return train_refuse(err, "data.id_prefixes", "as many id_prefixes as sources, or none");
    for (size_t i = 0; i < n; i++) c->list[i].id_prefix = *prefixes[i] ? prefixes[i] : NULL;
    return MOLGLOT_OK;
}

/* What the model looks at. */
static void look_at(train_momu *m) {
    const mg_momu_config *model = &m->c.model;
    mg_corpus_config *d = &m->t.corpus.config;
    snprintf(d->text_families, sizeof d->text_families, "%s", model->text.families);
    snprintf(d->graph_families, sizeof d->graph_families, "%s", model->graph.families);
    d->graph = model->graph.encoder.layers > 0;
    d->features = model->graph.features;
}

static int read_synonyms(mg_toml *t, train_momu *m, molglot_error *err) {
    train_momu_config *c = &m->c;
    mg_corpus_config *d = &m->t.corpus.config;
    const int64_t texts = mg_toml_int(t, "data.synonym_texts", 4);
    int code = train_read_path(t, &m->t.c, "data.synonym_names", c->synonym_names, err);
    c->synonyms = (float)mg_toml_num(t, "data.synonyms", 0);
    if (code) return code;
    if (!(c->synonyms >= 0 && c->synonyms <= 1) || (c->synonyms > 0 && !*c->synonym_names))
        return train_refuse(err, "data.synonyms", "lies in [0, 1], and needs data.synonym_names");
    if (texts < 1 || texts > 64) return train_refuse(err, "data.synonym_texts", "1 to 64");
    if (c->synonyms > 0) {
        d->synonyms = c->synonym_names;
        d->synonym_texts = (int)texts;
    }
    return MOLGLOT_OK;
}

/* Word pieces of a transformer beside a member's bags. */
static int read_words(mg_toml *t, train_momu *m, molglot_error *err) {
    mg_corpus_config *d = &m->t.corpus.config;
    const int64_t size = mg_toml_int(t, "data.wordpiece_size", 0);
    if (size < 0 || size > 1 << 26 ||
        (m->c.model.text.encoder.layers > 0 && !d->wordpiece_path && size < 6))
        return train_refuse(err, "data.wordpiece_size",
                            "a transformer needs data.wordpiece or data.wordpiece_size");
    if (m->c.model.text.encoder.layers > 0) d->wordpiece_size = (int)size;
    return MOLGLOT_OK;
}

static int read_data(mg_toml *t, train_momu *m, molglot_error *err) {
    const mg_momu_config *model = &m->c.model;
    mg_corpus_config *d = &m->t.corpus.config;
    int code = train_corpus_read_sources(t, &m->t, err);
    if (!code) code = read_prefixes(t, &m->t.corpus, err);
    if (!code) code = train_corpus_read_files(t, &m->t, err);
    if (!code) code = read_synonyms(t, m, err);
    d->pairs = true;
    if (code) return code;
    if (*m->c.init_file && !m->c.towers && !m->c.new_text)
        return MOLGLOT_OK; /* vocabularies are the member's */
    if (m->c.towers) return read_words(t, m, err);
    const int64_t sizes[5] = {
        mg_toml_int(t, "data.wordpiece_size", 0), mg_toml_int(t, "data.text_vocab", 0),
        mg_toml_int(t, "data.text_min_df", 2), mg_toml_int(t, "data.graph_vocab", 0),
        mg_toml_int(t, "data.graph_min_df", 2)};
    for (int i = 0; i < 5; i++)
        if (sizes[i] < 0 || sizes[i] > 1 << 26)
            return train_refuse(
                err, "data", "vocabulary sizes and minimal frequencies lie between 0 and 67108864");
    const bool tokens = model->text.encoder.layers > 0;
    if (tokens && !d->wordpiece_path && sizes[0] < 6)
        return train_refuse(err, "data.wordpiece_size",
                            "a transformer needs data.wordpiece or data.wordpiece_size");
    d->wordpiece_size = tokens ? (int)sizes[0] : 0;
    if (!tokens) d->wordpiece_path = NULL;
    d->text_vocab = (int)sizes[1], d->text_min_df = (int)sizes[2];
    d->graph_vocab = (int)sizes[3], d->graph_min_df = (int)sizes[4];
    look_at(m);
    if (d->text_vocab && !*d->text_families)
        return train_refuse(err, "model.text.bag.families",
                            "data.text_vocab needs feature families");
    if (d->graph_vocab && !*d->graph_families)
        return train_refuse(err, "model.graph.bag.families",
                            "data.graph_vocab needs feature families");
    return MOLGLOT_OK;
}

static int read_train(mg_toml *t, train_momu *m, molglot_error *err) {
    int code = train_read_train(t, &m->t.c, err);
    float *const factors[3] = {&m->c.table_lr, &m->c.text_encoder_lr, &m->c.graph_encoder_lr};
    static const char *const keys[3] = {"train.table_lr", "train.text_encoder_lr",
                                        "train.graph_encoder_lr"};
    for (int i = 0; i < 3; i++) {
        *factors[i] = (float)mg_toml_num(t, keys[i], 1);
        if (!code && !(*factors[i] > 0 && isfinite(*factors[i])))
            code = train_refuse(err, keys[i], "factors of the learning rate are positive");
    }
    return code;
}

static int read_augmentation(mg_toml *t, const char *key, mg_aug_kind *out, molglot_error *err) {
    static const char *const names[] = {"none", "drop_nodes", "subgraph"};
    const char *name = mg_toml_str(t, key, "none");
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (mg_aug_kind)i;
            return MOLGLOT_OK;
        }
    return train_refuse(err, key, "\"none\", \"drop_nodes\" or \"subgraph\"");
}

static int read_loss(mg_toml *t, train_momu_config *c, molglot_error *err) {
    const int64_t text_views = mg_toml_int(t, "loss.text_views", 1),
                  graph_views = mg_toml_int(t, "loss.graph_views", 1);
    c->graph_self = mg_toml_bool(t, "loss.graph_self", false);
    c->smoothing = (float)mg_toml_num(t, "loss.smoothing", 0);
    c->mask_duplicates = mg_toml_bool(t, "loss.mask_duplicates", true);
    c->aug_faithful = mg_toml_bool(t, "loss.aug_faithful", false);
    c->aug_rate[0] = (float)mg_toml_num(t, "loss.aug_rate1", 0.1);
    c->aug_rate[1] = (float)mg_toml_num(t, "loss.aug_rate2", 0.8);
    int code = read_augmentation(t, "loss.aug1", &c->aug[0], err);
    if (!code) code = read_augmentation(t, "loss.aug2", &c->aug[1], err);
    if (code) return code;
    if (text_views < 1 || text_views > 2 || graph_views < 1 || graph_views > 2)
        return train_refuse(err, "loss.text_views", "1 or 2 views of each kind");
    if (c->graph_self && graph_views < 2)
        return train_refuse(err, "loss.graph_self", "needs graph_views = 2");
    if (!(c->smoothing >= 0 && c->smoothing < 1))
        return train_refuse(err, "loss.smoothing", "lies in [0, 1)");
    for (int i = 0; i < 2; i++)
        if (!(c->aug_rate[i] >= 0 && c->aug_rate[i] <= 1))
            return train_refuse(err, "loss.aug_rate1", "rates lie in [0, 1]");
    c->text_views = (int)text_views;
    c->graph_views = (int)graph_views;
    return MOLGLOT_OK;
}

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    train_momu_config *c = &m->c;
    train_common *common = &t->c;
    int code = train_origin_read(recipe, m, err);
    if (!code && (!*c->init_file || c->towers || c->new_text))
        code = mg_momu_config_from_toml(recipe, &c->model, err);
    if (!code) code = read_data(recipe, m, err);
    if (!code) code = read_train(recipe, m, err);
    if (!code) code = read_loss(recipe, c, err);
    if (code) return code;
    t->model = c->model.name;
    common->eval_every = mg_toml_int(recipe, "eval.every", 0);
    if ((code = train_eval_read(recipe, m, err))) return code;
    if (strcmp(common->store, "bf16") && strcmp(common->store, "f32") &&
        strcmp(common->store, "int8") && strcmp(common->store, "int4"))
        return train_refuse(err, "store", "\"bf16\", \"int8\", \"int4\" or \"f32\"");
    return common->eval_every < 0 ? train_refuse(err, "eval.every", "epochs, not negative")
                                  : MOLGLOT_OK;
}

/* ---- data ---- */

/* Vocabulary sizes of the model follow from the data. */
static int fit_model(train_momu *m, molglot_error *err) {
    mg_momu_config *c = &m->c.model;
    const mg_corpus *d = m->t.corpus.rows;
    size_t bytes = 0;
    c->text.bag.vocab = m->t.corpus.config.text_vocab ? mg_corpus_text_bag(d)->n : 0;
    c->graph.bag.vocab = m->t.corpus.config.graph_vocab ? mg_corpus_graph_bag(d)->n : 0;
    if (c->text.encoder.layers < 1) return MOLGLOT_OK;
    const char *vocab = mg_corpus_wordpiece(d, &bytes);
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, err);
    if (!w) return mg_code_of(err, MOLGLOT_FAILED);
    c->text.encoder.vocab = mg_wordpiece_size(w);
    mg_wordpiece_free(w);
    return MOLGLOT_OK;
}

/* Cached in the run folder, unless the recipe says where. */
static int open_data(train_task *t, molglot_error *err) {
    train_corpus *c = &t->corpus;
    int code = *c->cache ? MOLGLOT_OK : train_run_path(&t->c, "dataset.cache", c->cache, err);
    c->config.cache = c->cache;
    if (!code) code = train_origin_open((train_momu *)t, err);
    look_at((train_momu *)t);
    if (!code) code = train_corpus_open(t, err);
    return code ? code : fit_model((train_momu *)t, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const train_momu *m = (const train_momu *)t;
    const train_momu_config *c = &m->c;
    (void)err;
    mg_momu_config_to_json(&c->model, &out->model);
    mg_str_addf(&out->model, "\ndata %s", mg_corpus_sha256(t->corpus.rows));
    for (size_t i = 0; i < t->corpus.sources.n; i++)
        mg_str_addf(&out->model, " %a", (double)t->corpus.sources.weights[i]);
    train_corpus_identify_columns(t, &out->model);
    mg_str_addf(&out->rates, "\nfactors %a %a %a", (double)c->table_lr, (double)c->text_encoder_lr,
                (double)c->graph_encoder_lr);
    mg_str_addf(&out->rest, "\nloss %d %d %d %d %d %a %d %a %d %a", c->text_views, c->graph_views,
                c->graph_self, c->mask_duplicates, c->aug_faithful, (double)c->smoothing,
                (int)c->aug[0], (double)c->aug_rate[0], (int)c->aug[1], (double)c->aug_rate[1]);
    if (c->synonyms > 0)
        mg_str_addf(&out->rest, "\nsynonyms %a of %d texts", (double)c->synonyms,
                    t->corpus.config.synonym_texts);
    if (*m->origin_sha256)
        mg_str_addf(&out->rest, "\ninit %s member %lld", m->origin_sha256,
                    (long long)c->init_member);
    if (c->towers || (*m->origin_sha256 && c->copied_lr != 1))
        mg_str_addf(&out->rest, " towers %d copied %a", c->towers, (double)c->copied_lr);
    if (c->new_text) mg_str_addf(&out->rest, " new text");
    return MOLGLOT_OK;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    const train_momu_config *c = &m->c;
    m->momu = mg_momu_new(t->params, &c->model, err);
    if (!m->momu) return mg_code_of(err, MOLGLOT_FAILED);
    mg_params_lr_scale(t->params, "text_encoder.", c->text_encoder_lr);
    mg_params_lr_scale(t->params, "graph_encoder.", c->graph_encoder_lr);
    mg_params_lr_scale(t->params, "text_bag.table", c->table_lr);
    mg_params_lr_scale(t->params, "graph_bag.table", c->table_lr);
    train_origin_rates(m);
    return MOLGLOT_OK;
}

static int init(train_task *t, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int code = train_origin_copy(m, err);
    return code ? code : train_momu_cache(m, err);
}

static int start(train_task *t, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int code = train_eval_new(m, &m->eval, err);
    t->validates = m->eval != NULL;
    return code;
}

/* ---- a batch ---- */

static int views_of(const train_momu_config *c) {
    return c->text_views > c->graph_views ? c->text_views : c->graph_views;
}

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    train_momu_micro *p = micro;
    (void)n;
    for (int v = 0; v < views_of(&((const train_momu *)t)->c); v++) {
        int code = mg_batch_init(&p->views[v], err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

static void free_micro(void *micro) {
    train_momu_micro *p = micro;
    for (int v = 0; v < TRAIN_VIEWS; v++) mg_batch_free(&p->views[v]);
    free(p->groups);
}

static mg_view view_of(const train_momu *m, int v, int64_t epoch) {
    const train_momu_config *c = &m->c;
    const mg_momu_config *model = &c->model;
    return (mg_view){.sentence_dropout = model->text.sentence_dropout,
                     .synonyms = c->synonyms,
                     .text_feature_dropout = model->text.feature_dropout,
                     .graph_feature_dropout = model->graph.feature_dropout,
                     .max_tokens = model->text.max_tokens,
                     .special_tokens = model->text.special_tokens,
                     .max_chars = model->text.max_chars,
                     .aug = c->aug[v],
                     .aug_rate = c->aug_rate[v],
                     .aug_faithful = c->aug_faithful,
                     .seed = m->t.c.seed,
                     .view = (uint32_t)v,
                     .epoch = epoch};
}

/* Groups are numbered within a call: one for the whole batch. */
static int fill_groups(const train_momu *m, const train_span *s, train_momu_micro *p,
                       molglot_error *err) {
    const mg_view view = view_of(m, 0, s->epoch);
    if (!p->groups) p->groups = malloc((size_t)s->batch_n * sizeof *p->groups);
    return p->groups ? mg_corpus_batch(m->t.corpus.rows, s->batch, s->batch_n, &view, false, false,
                                       &p->views[0], p->groups, err)
                     : mg_no_memory(err, "batches");
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const train_momu *m = (const train_momu *)t;
    train_momu_micro *p = micro;
    int code = s->number == 0 && m->c.mask_duplicates ? fill_groups(m, s, p, err) : MOLGLOT_OK;
    (void)weight;
    for (int v = 0; v < views_of(&m->c) && !code; v++) {
        const mg_view view = view_of(m, v, s->epoch);
        code = mg_corpus_batch(m->t.corpus.rows, s->rows, s->n, &view, v < m->c.text_views,
                               v < m->c.graph_views, &p->views[v], NULL, err);
    }
    return code;
}

/* ---- validation and results ---- */

static void say_scores(const train_eval_scores *s, char *out, size_t size) {
    const mg_retrieval_scores *a = &s->t2m, *b = &s->m2t;
    snprintf(out, size,
             "text to molecule (of %lld) MRR %.4f hits@1 %.4f hits@10 %.4f; molecule to text (of "
             "%lld) MRR %.4f hits@1 %.4f hits@10 %.4f",
             (long long)a->pool, a->mrr.value, a->hits1.value, a->hits10.value, (long long)b->pool,
             b->mrr.value, b->hits1.value, b->hits10.value);
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    train_momu *m = (train_momu *)t;
    int code = train_eval_run(m->eval, m, err);
    if (code) return code;
    out->score = m->scores[0].t2m.mrr.value;
    for (int k = 1; k < m->c.n_sets; k++) {
        char line[sizeof out->line];
        say_scores(&m->scores[k], line, sizeof line);
        train_tell(t, "%s: %s", m->c.sets[k].name, line);
    }
    say_scores(&m->scores[0], out->line, sizeof out->line);
    return MOLGLOT_OK;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    const train_momu *m = (const train_momu *)t;
    const mg_corpus *d = t->corpus.rows;
    train_metadata metadata;
    size_t vocab_bytes = 0;
    const char *vocab = m->c.model.text.encoder.layers > 0 ? mg_corpus_wordpiece(d, &vocab_bytes)
                                                           : NULL;
    train_metadata_make(&metadata, t, mg_corpus_sha256(d), "pairs", mg_corpus_rows(d));
    char member[24];
    snprintf(member, sizeof member, "%lld", (long long)m->c.init_member);
    if (*m->origin_sha256) train_metadata_add(&metadata, "init.sha256", m->origin_sha256);
    if (m->c.new_text) train_metadata_add(&metadata, MG_MOLECULES_OF_MEMBER, member);
    return mg_space_part_save(path,
                              &(mg_space_contents){.params = t->params,
                                                   .momu = m->momu,
                                                   .wordpiece = vocab,
                                                   .wordpiece_bytes = vocab_bytes,
                                                   .text_bag = mg_corpus_text_bag(d),
                                                   .graph_bag = mg_corpus_graph_bag(d),
                                                   .store_as = train_store_as(&t->c),
                                                   .metadata = metadata.pairs},
                              err);
}

static json_t *data(const train_task *t) {
    const mg_corpus *d = t->corpus.rows;
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "sha256", mg_corpus_sha256(d), "pairs",
                     (json_int_t)mg_corpus_rows(d), "rejected", (json_int_t)mg_corpus_rejected(d),
                     "excluded", (json_int_t)mg_corpus_excluded(d), "sources",
                     train_sources_json(&t->corpus.sources));
}

static json_t *scores(const mg_retrieval_scores *s) {
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "n", (json_int_t)s->n, "pool",
                     (json_int_t)s->pool, "mrr", s->mrr.value, "hits1", s->hits1.value, "hits10",
                     s->hits10.value, "hits20", s->hits20.value, "mean_rank", s->mean_rank.value,
                     "batch64", s->batch64.value);
}

static void add_set(const train_eval_scores *s, json_t *to) {
    json_object_set_new(to, "text_to_molecule", scores(&s->t2m));
    json_object_set_new(to, "molecule_to_text", scores(&s->m2t));
}

static void add_scores(const train_task *t, json_t *to) {
    const train_momu *m = (const train_momu *)t;
    add_set(&m->scores[0], to);
    if (m->c.n_sets < 2) return;
    json_t *sets = json_object();
    for (int k = 1; k < m->c.n_sets; k++) {
        json_t *one = json_object();
        add_set(&m->scores[k], one);
        json_object_set_new(sets, m->c.sets[k].name, one);
    }
    json_object_set_new(to, "sets", sets);
}

static void close_task(train_task *t) {
    train_momu *m = (train_momu *)t;
    train_eval_free(m->eval);
    train_origin_close(m);
    mg_momu_free(m->momu);
    free(m->rows);
    free(m->grads);
    free(m->buffers);
}

const train_kind train_kind_momu = {
    .name = "momu",
    .unit = "pairs",
    .run = "runs/momu",
    .score = "text_to_molecule_mrr",
    .score_title = "validation MRR, text to molecule",
    .size = sizeof(train_momu),
    .micro_size = sizeof(train_momu_micro),
    .read = read_recipe,
    .open = open_data,
    .order = train_corpus_order,
    .identify = identify,
    .declare = declare,
    .init = init,
    .start = start,
    .make_micro = make_micro,
    .fill = fill,
    .loss = train_momu_loss,
    .gradients = train_momu_gradients,
    .note = train_momu_note,
    .free_micro = free_micro,
    .validate = validate,
    .save = save,
    .data = data,
    .add_scores = add_scores,
    .close = close_task,
};
