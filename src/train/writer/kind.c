/* kind.c - task = "writer": sentences (and their nearest molecules) to molecules, or
 * molecules through latents and back, as loop.c's loop wants it; and what the other kinds share
 * with it.
 */
#include "base/toml/toml.h"
#include "chem/smiles/smiles.h"
#include "model/bundle/bundle.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- all kinds: data ---- */

int train_corpus_open(train_task *t, const train_writer_config *c, mg_corpus **out,
                      molglot_error *err) {
    *out = mg_corpus_open(&c->corpus, train_on_reading, t, err);
    if (!*out) return err->code ? err->code : MOLGLOT_FAILED;
    train_tell(t,
               "%lld molecules, %lld of them with a text, %lld different ones; %lld rejected, %lld "
               "excluded, %lld too long",
               (long long)mg_corpus_rows(*out), (long long)mg_corpus_texts(*out),
               (long long)mg_corpus_molecules(*out), (long long)mg_corpus_rejected(*out),
               (long long)mg_corpus_excluded(*out), (long long)mg_corpus_too_long(*out));
    int64_t *order = NULL;
    int code = mg_corpus_order(*out, t->c.seed, 0, &order, &t->epoch_rows, err);
    free(order);
    return code;
}

int train_order_read(train_order *o, const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t most,
                     molglot_error *err) {
    if (!o->rows || epoch != o->epoch) {
        free(o->rows);
        o->rows = NULL;
        int code = mg_corpus_order(c, seed, epoch, &o->rows, &o->n, err);
        if (code) return code;
        o->epoch = epoch;
    }
    return most <= o->n
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_FAILED, "epoch %lld has fewer molecules than the first one",
                         (long long)epoch);
}

json_t *train_corpus_json(const train_writer_config *c, const mg_corpus *corpus) {
    json_t *files = json_array();
    for (size_t i = 0; i < c->sources.n; i++)
        json_array_append_new(files, json_pack("{s:s, s:f}", "path", c->sources.paths[i], "weight",
                                               (double)c->sources.weights[i]));
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "sha256", mg_corpus_sha256(corpus), "rows",
        (json_int_t)mg_corpus_rows(corpus), "with_text", (json_int_t)mg_corpus_texts(corpus),
        "molecules", (json_int_t)mg_corpus_molecules(corpus), "rejected",
        (json_int_t)mg_corpus_rejected(corpus), "excluded", (json_int_t)mg_corpus_excluded(corpus),
        "too_long", (json_int_t)mg_corpus_too_long(corpus), "sources", files);
}

void train_corpus_identify(const train_writer_config *c, const mg_corpus *corpus, mg_str *out) {
    size_t n;
    const char *words = mg_corpus_wordpiece(corpus, &n);
    mg_str tokens = {0};
    mg_smiles_vocab_text(mg_corpus_tokens(corpus), &tokens);
    mg_str_addf(out, "\ndata %s %lld %016llx %016llx", mg_corpus_sha256(corpus),
                (long long)mg_corpus_rows(corpus),
                (unsigned long long)mg_hash64(words ? words : "", n, 0),
                (unsigned long long)mg_hash64(tokens.s ? tokens.s : "", tokens.n, 0));
    out->failed |= tokens.failed;
    mg_str_free(&tokens);
    for (size_t i = 0; i < c->sources.n; i++)
        mg_str_addf(out, " %a", (double)c->sources.weights[i]);
}

/* ---- all kinds: the model file ---- */

static int compare_hashes(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int train_known_molecules(const mg_corpus *c, const uint64_t *more, int64_t n_more,
                          uint64_t **known, int64_t *n, molglot_error *err) {
    const int64_t own = mg_corpus_molecules(c);
    uint64_t *all = malloc((size_t)(own + n_more + 1) * sizeof *all);
    if (!all) return mg_no_memory(err, "the hashes of %lld molecules", (long long)own);
    for (int64_t i = 0; i < own; i++) all[i] = mg_corpus_hash(c, (int32_t)i);
    if (n_more) memcpy(all + own, more, (size_t)n_more * sizeof *all);
    qsort(all, (size_t)(own + n_more), sizeof *all, compare_hashes);
    *n = 0;
    for (int64_t i = 0; i < own + n_more; i++)
        if (i == 0 || all[i] != all[i - 1]) all[(*n)++] = all[i];
    *known = all;
    return MOLGLOT_OK;
}

void train_metadata_make(train_metadata *m, const train_task *t, const mg_corpus *c) {
    snprintf(m->seed, sizeof m->seed, "%llu", (unsigned long long)t->c.seed);
    snprintf(m->steps, sizeof m->steps, "%lld", (long long)t->step);
    snprintf(m->rows, sizeof m->rows, "%lld", (long long)mg_corpus_rows(c));
    const char *const pairs[] = {"licence",
                                 t->c.licence,
                                 "description",
                                 t->c.description,
                                 "data.sha256",
                                 mg_corpus_sha256(c),
                                 "data.rows",
                                 m->rows,
                                 "recipe",
                                 t->run.portable_recipe,
                                 "seed",
                                 m->seed,
                                 "steps",
                                 m->steps,
                                 "molglot.version",
                                 MOLGLOT_VERSION,
                                 NULL};
    _Static_assert(sizeof pairs + 2 * sizeof *pairs <= sizeof m->pairs,
                   "room for all pairs and one more");
    memcpy(m->pairs, pairs, sizeof pairs);
}

void train_metadata_add(train_metadata *m, const char *key, const char *value) {
    size_t n = 0;
    while (m->pairs[n]) n += 2;
    m->pairs[n] = key;
    m->pairs[n + 1] = value;
    m->pairs[n + 2] = NULL;
}

/* ---- before the first step ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    return train_writer_config_read_writer(recipe, &t->c, &((train_writer *)t)->c, err);
}

/* Vocabulary sizes of the model follow from the data. */
static int fit_model(train_writer *w, molglot_error *err) {
    mg_writer_config *c = &w->c.writer;
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(w->corpus, &bytes);
    if (c->molecules < 1 &&
        (w->c.rebuild > 0 || mg_corpus_texts(w->corpus) < mg_corpus_rows(w->corpus)))
        return train_refuse(err, "model.molecules", "at least 1: molecules are read too");
    if (vocab) {
        mg_wordpiece *words = mg_wordpiece_new(vocab, bytes, err);
        if (!words) return err->code;
        c->words = mg_wordpiece_size(words);
        mg_wordpiece_free(words);
    }
    c->tokens = c->decoder.vocab = mg_smiles_vocab_size(mg_corpus_tokens(w->corpus));
    c->encoder.vocab = c->words + c->tokens;
    return mg_writer_config_check(c, err);
}

/* The model to go on from: its vocabularies are this run's, and all that gives its parameters their
 * meaning must be the same. */
static int open_init(train_writer *w, molglot_error *err) {
    mg_writer_config *c = &w->c.writer;
    int code = mg_writer_file_load(&w->init, w->c.init_file,
                                   c->latents > 0 ? MG_PART_LATENT : MG_PART_WRITER, err);
    if (code) return code;
    const mg_writer_config *i = mg_writer_get_config(w->init.writer);
    const bool texts = w->c.corpus.wordpiece_path || w->c.corpus.wordpiece_size > 0;
    if (i->latents != c->latents || i->latent_dim != c->latent_dim ||
        i->latent_tokens != c->latent_tokens || i->copy != c->copy || i->max_text != c->max_text ||
        i->molecules != c->molecules || i->max_tokens != c->max_tokens ||
        i->encoder.heads != c->encoder.heads || i->decoder.heads != c->decoder.heads ||
        i->encoder.layers != c->encoder.layers || i->decoder.layers != c->decoder.layers ||
        (i->words > 0) != texts)
        return train_refuse(
            err, "init.file",
            "its model is not this recipe's: layers, heads, latents, copy, max_text, molecules, "
            "max_tokens and whether texts are read must agree");
    if ((code = train_words_text(&w->init, &w->init_words, err)) ||
        (code = mg_bundle_digest(w->init.bundle, w->init.part, w->init_sha256, err)))
        return code;
    w->c.corpus.vocab = w->init.tokens;
    if (texts) w->c.corpus.wordpiece = w->init_words.s;
    return MOLGLOT_OK;
}

static int open_data(train_task *t, molglot_error *err) {
    train_writer *w = (train_writer *)t;
    w->c.corpus.threads = t->o->threads;
    int code = *w->c.init_file ? open_init(w, err) : MOLGLOT_OK;
    if (!code) code = train_corpus_open(t, &w->c, &w->corpus, err);
    return code ? code : fit_model(w, err);
}

static int identify(const train_task *t, char out[65], molglot_error *err) {
    const train_writer *w = (const train_writer *)t;
    const train_writer_config *c = &w->c;
    mg_str s = {0};
    char memory[65] = "";
    if (*c->memory_model && mg_bundle_identify(c->memory_model, MG_PART_SPACE, memory, err))
        return MOLGLOT_FAILED;
    mg_writer_config_to_json(&c->writer, &s);
    train_corpus_identify(c, w->corpus, &s);
    train_add_optim(&t->c, &s);
    train_add_train(&t->c, &s);
    mg_str_addf(&s, "\ninput %a %a memory %s %d of %d %a smoothing %a", (double)c->rebuild,
                (double)c->randomise, memory, c->memory_k, c->memory_among, (double)c->memory_keep,
                (double)c->smoothing);
    if (*w->init_sha256) mg_str_addf(&s, "\ninit %s", w->init_sha256);
    return mg_sha256_str(&s, out, err);
}

static int build(train_task *t, molglot_error *err) {
    train_writer *w = (train_writer *)t;
    t->params = mg_params_new();
    if (!t->params) return mg_no_memory(err, "the model");
    w->writer = mg_writer_new(t->params, &w->c.writer, err);
    if (!w->writer) return err->code ? err->code : MOLGLOT_FAILED;
    const mg_build_options o = {.train = true,
                                .ema = t->c.optim.ema_decay > 0,
                                .shadow = mg_tape_precision(t->tape) == MG_PREC_BF16,
                                .seed = t->c.seed};
    int code = mg_params_build(t->params, o, err);
    if (!code && *w->c.init_file) code = mg_params_copy(t->params, w->init.params, err);
    return code;
}

static int start(train_task *t, molglot_error *err) {
    train_writer *w = (train_writer *)t;
    int code = train_held_out_open_all(w->sets, &w->c, w->corpus, w->c.writer.words > 0,
                                       w->c.writer.molecules > 0, err);
    if (!code) code = train_neighbours_find_all(t, &w->c, w->corpus, &w->sets[0], &w->near, err);
    t->validates = w->sets[0].name || w->sets[1].name;
    if (!code && !(w->batches = train_writer_batches_new(w, err))) code = err->code;
    return code;
}

/* ---- validation ---- */

/* Packs held-out rows into w->part: sentence and memory molecules, or the canonical molecule
 * itself. */
static int pack_rows(train_writer *w, const train_held_out *s, const int64_t *rows, int64_t n,
                     molglot_error *err) {
    int code = MOLGLOT_OK;
    train_rows_reset(&w->part, &w->c.writer);
    for (int64_t i = 0; i < n && !code; i++) {
        int32_t length, near_length;
        const uint16_t *smiles = mg_corpus_smiles(s->rows, rows[i], &length);
        if (s == &w->sets[1]) {
            code = train_rows_molecule(&w->part, 0, smiles, length, err);
        } else {
            int32_t words;
            const int32_t *text = mg_corpus_text(s->rows, rows[i], &words);
            code = train_rows_text(&w->part, text, words, err);
            for (int k = 0; s->near && k < w->c.memory_k && !code; k++) {
                const int32_t row = s->near[rows[i] * w->c.memory_k + k];
                if (row < 0) continue;
                const uint16_t *near = mg_corpus_smiles(w->corpus, row, &near_length);
                code = train_rows_molecule(&w->part, k, near, near_length, err);
            }
        }
        if (!code) code = train_rows_row(&w->part, smiles, length, err);
    }
    return code;
}

static int read_rows(void *user, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    train_writer *w = user;
    int code = pack_rows(w, s, rows, n, err);
    if (!code) *context = mg_writer_context(w->t.tape, w->writer, &w->part.input.in, NULL);
    return code;
}

static int measure_loss(train_writer *w, train_held_out *s, molglot_error *err) {
    int64_t rows[TRAIN_HELD_OUT_ROWS], tokens = 0;
    double sum = 0;
    for (int64_t at = 0; at < s->n; at += TRAIN_HELD_OUT_ROWS) {
        const int64_t n = s->n - at < TRAIN_HELD_OUT_ROWS ? s->n - at : TRAIN_HELD_OUT_ROWS;
        mg_context context = {0};
        for (int64_t i = 0; i < n; i++) rows[i] = at + i;
        mg_tape_reset(w->t.tape);
        int code = read_rows(w, s, rows, n, &context, err);
        if (code) return code;
        mg_tensor *value = mg_writer_loss(w->t.tape, w->writer, &context, &w->part.target, 0);
        const float *number = mg_values(w->t.tape, value);
        if (!number) return mg_tape_error(w->t.tape, err);
        sum += (double)number[0] * (double)train_rows_tokens(&w->part);
        tokens += train_rows_tokens(&w->part);
    }
    s->scores.loss = sum / (double)tokens;
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    train_writer *w = (train_writer *)t;
    mg_tape_record(t->tape, false);
    mg_tape_training(t->tape, false);
    int code = mg_params_swap_ema(t->params, err);
    for (int i = 0; i < TRAIN_HELD_OUT_SETS && !code; i++) {
        if (!w->sets[i].name) continue;
        code = measure_loss(w, &w->sets[i], err);
        if (!code)
            code = train_held_out_sample(&w->sets[i], t, w->writer, w->c.sample, read_rows, w, err);
    }
    if (!code) code = mg_params_swap_ema(t->params, err);
    train_held_out_verdict_all(w->sets, out);
    return code;
}

/* ---- results ---- */

static int save_model(train_task *t, const char *path, molglot_error *err) {
    train_writer *w = (train_writer *)t;
    train_metadata metadata;
    uint64_t *known = NULL;
    int64_t n = 0;
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(w->corpus, &bytes);
    train_metadata_make(&metadata, t, w->corpus);
    /* its path would be no property of the model */
    if (*w->init_sha256) train_metadata_add(&metadata, "init.sha256", w->init_sha256);
    int code = train_known_molecules(w->corpus, w->init.known, w->init.n_known, &known, &n, err);
    if (!code)
        code = mg_writer_file_save(path,
                                   &(mg_writer_contents){.params = t->params,
                                                         .writer = w->writer,
                                                         .wordpiece = vocab,
                                                         .wordpiece_bytes = bytes,
                                                         .tokens = mg_corpus_tokens(w->corpus),
                                                         .known = known,
                                                         .n_known = n,
                                                         .store_as = train_store_as(&t->c),
                                                         .metadata = metadata.pairs},
                                   err);
    free(known);
    return code;
}

static const char *model_name(const train_task *t) {
    return ((const train_writer *)t)->c.writer.name;
}
static json_t *data(const train_task *t) {
    return train_corpus_json(&((const train_writer *)t)->c, ((const train_writer *)t)->corpus);
}
static void add_scores(const train_task *t, json_t *to) {
    train_held_out_json_all(((const train_writer *)t)->sets, to);
}

static void close_task(train_task *t) {
    train_writer *w = (train_writer *)t;
    train_writer_batches_free(w->batches);
    train_held_out_close_all(w->sets);
    train_rows_free(&w->part);
    mg_writer_file_close(&w->init);
    mg_str_free(&w->init_words);
    mg_writer_free(w->writer);
    mg_params_free(t->params);
    mg_corpus_close(w->corpus);
    free(w->near);
}

const train_kind train_kind_writer = {.name = "writer",
                                      .unit = "molecules",
                                      .score = "exact",
                                      .score_title = "validation: molecules written exactly",
                                      .size = sizeof(train_writer),
                                      .read = read_recipe,
                                      .open = open_data,
                                      .identify = identify,
                                      .build = build,
                                      .start = start,
                                      .step = train_writer_step,
                                      .validate = validate,
                                      .save_model = save_model,
                                      .model_name = model_name,
                                      .data = data,
                                      .add_scores = add_scores,
                                      .close = close_task};
