/* kind.c - task = "atomas": one writer of both directions (model/writer with captions). Each step,
 * for each pair of the batch:
 *   written    a row of a source that data.captions marks: with probability input.alone both
 *              directions read it alone, and it takes part in the contrast
 *   molecule   of a row without a caption, a row that is read alone, and of others with probability
 *              input.molecules. Target: the canonical SMILES; input: the text and, unless alone,
 *              memory.k molecules near to it (memory.keep)
 *   caption    of a marked row, target: the text; input: the molecule and, unless alone, memory.k
 *              molecules near to it with their captions (memory.keep)
 *   loss       mean cross-entropy of all tokens of both directions, a caption's times
 * loss.captions,
 *              + loss.contrast times the symmetric InfoNCE of the pooled states of texts and
 *              molecules that were read alone
 * Draws are a function of (seed, epoch, place in the epoch).
 *
 * Its keys beside those of recipe.c, corpus.c, writer/neighbours.c and writer/validate.c:
 *   [model]   model/writer/config.c; captions is always true
 *   [graph]   model: with model.graph_row, an aligned model (graph.c)
 *   [data]    captions: a weight for each of `sources`, "1": its texts are captions, "0": not
 *   [input]   alone, molecules
 *   [loss]    captions, contrast, smoothing
 *   [init]    file: a writer to begin with (start.c); fresh: learning rate of what it does not
 * have, as a multiple of the others'
 */
#include "base/toml/toml.h"
#include "train/atomas/atomas.h"

#include <stdlib.h>
#include <string.h>

/* keeps these draws apart from those of the order and of dropout */
#define INPUT_STREAM 0x61746f6du

/* ---- recipe ---- */

static int read_captions(mg_toml *recipe, atomas_task *w, molglot_error *err) {
    size_t n;
    const char *const *marks = mg_toml_strs(recipe, "data.captions", &n);
    if (n && n != w->t.corpus.sources.n)
        return train_refuse(err, "data.captions", "as many as sources, or none");
    for (size_t i = 0; i < w->t.corpus.sources.n; i++) {
        w->told_source[i] = !n || strcmp(marks[i], "1") == 0;
        if (n && strcmp(marks[i], "1") && strcmp(marks[i], "0"))
            return train_refuse(err, "data.captions", "\"1\" or \"0\" for each source");
    }
    return MOLGLOT_OK;
}

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    int code = mg_writer_config_from_toml(recipe, &w->model, err);
    if (!code) code = train_corpus_read(recipe, t, err);
    if (!code) code = read_captions(recipe, w, err);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (code) return code;
    t->model = w->model.name;
    w->alone = (float)mg_toml_num(recipe, "input.alone", 0.2);
    w->molecules = (float)mg_toml_num(recipe, "input.molecules", 1);
    w->fresh = (float)mg_toml_num(recipe, "init.fresh", 1);
    w->captions = (float)mg_toml_num(recipe, "loss.captions", 1);
    w->contrast = (float)mg_toml_num(recipe, "loss.contrast", 0.1);
    w->align = (float)mg_toml_num(recipe, "loss.align", w->model.align ? 0.1 : 0);
    w->smoothing = (float)mg_toml_num(recipe, "loss.smoothing", 0);
    if ((code = train_read_own_path(recipe, "init.file", w->init_file, err))) return code;
    if (!w->model.captions)
        return train_refuse(err, "model.captions", "true: this task writes captions too");
    if (!train_is_share(w->alone) || !train_is_share(w->molecules))
        return train_refuse(err, "input.alone", "a probability, as input.molecules is");
    if (!(w->fresh > 0 && w->fresh <= 100))
        return train_refuse(err, "init.fresh", "above 0, up to 100");
    if (!(w->captions > 0 && w->contrast >= 0 && w->smoothing >= 0 && w->smoothing < 1))
        return train_refuse(err, "loss.captions",
                            "above 0; contrast not negative, smoothing lies in [0, 1)");
    if (!(w->align >= 0) || (w->align > 0 && !w->model.align))
        return train_refuse(err, "loss.align", "not negative, and needs model.align");
    code = train_memory_read(recipe, t, w->model.molecules, &w->memory, err);
    if (!code) code = atomas_graph_read(recipe, w, err);
    if (!code && w->memory.sources)
        return train_refuse(err, "memory.sources", "not where captions are written: all are near");
    if (!code) code = train_validation_read(recipe, &t->c, &w->validation, err);
    t->corpus.config.max_tokens = w->model.max_tokens;
    t->corpus.config.max_text = w->model.max_text;
    t->corpus.config.pairs = true;
    return code;
}

/* ---- data ---- */

int atomas_fit_model(atomas_task *w, molglot_error *err) {
    mg_writer_config *c = &w->model;
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(w->t.corpus.rows, &bytes);
    mg_wordpiece *words = vocab ? mg_wordpiece_new(vocab, bytes, err) : NULL;
    if (!words)
        return vocab ? mg_code_of(err, MOLGLOT_FAILED)
                     : train_refuse(err, "data.wordpiece_size", "texts are read and written");
    c->words = mg_wordpiece_size(words);
    mg_wordpiece_free(words);
    c->tokens = c->decoder.vocab = mg_smiles_vocab_size(mg_corpus_tokens(w->t.corpus.rows));
    c->encoder.vocab = c->words + c->tokens;
    c->decoder.words = c->words + 2 + c->copy;
    return mg_writer_config_check(c, err);
}

static int mark_told(atomas_task *w, molglot_error *err) {
    const mg_corpus *c = w->t.corpus.rows;
    const int64_t n = mg_corpus_texts(c);
    int64_t told = 0;
    if (!(w->told = malloc((size_t)n + 1))) return mg_no_memory(err, "the rows");
    for (int64_t i = 0; i < n; i++) told += w->told[i] = w->told_source[mg_corpus_row_source(c, i)];
    train_tell(&w->t, "captions are written for %lld of %lld rows", (long long)told, (long long)n);
    return MOLGLOT_OK;
}

static int open_data(train_task *t, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    int code = atomas_graph_open(w, err);
    if (!code && *w->init_file) code = atomas_init_open(w, err);
    if (!code) code = train_corpus_open(t, err);
    if (!code) code = atomas_fit_model(w, err);
    return code ? code : mark_told(w, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const atomas_task *w = (const atomas_task *)t;
    char memory[65];
    int code = train_memory_sha256(&w->memory, memory, err);
    mg_writer_config_to_json(&w->model, &out->model);
    train_corpus_identify(t, &out->model);
    mg_str_addf(&out->rest,
                "\ninput alone %a of molecules %a fresh %a memory %s %d of %d %a captions %a "
                "contrast %a align %a smoothing %a told",
                (double)w->alone, (double)w->molecules, (double)w->fresh, memory, w->memory.k,
                w->memory.among, (double)w->memory.keep, (double)w->captions, (double)w->contrast,
                (double)w->align, (double)w->smoothing);
    for (size_t i = 0; i < t->corpus.sources.n; i++)
        mg_str_addf(&out->rest, " %d", w->told_source[i]);
    if (*w->init_sha256) mg_str_addf(&out->rest, "\ninit %s", w->init_sha256);
    if (*w->space_sha256) mg_str_addf(&out->rest, "\ngraph %s", w->space_sha256);
    return code;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    w->writer = mg_writer_new(t->params, &w->model, err);
    if (!w->writer) return mg_code_of(err, MOLGLOT_FAILED);
    for (size_t i = 0; i < mg_params_count(t->params) && w->init; i++) {
        const char *name;
        (void)mg_params_at(t->params, i, &name, NULL);
        if (!mg_params_find(w->init->params, name)) mg_params_lr_scale(t->params, name, w->fresh);
    }
    return MOLGLOT_OK;
}

static int init(train_task *t, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    return *w->init_file ? atomas_init_copy(w, err) : MOLGLOT_OK;
}

static int start(train_task *t, molglot_error *err) {
    atomas_task *w = (atomas_task *)t;
    int code = train_validation_open(&w->validation, t, true, false, err);
    if (!code) code = atomas_graph_start(w, err);
    return code ? code
                : train_memory_open_captions(&w->memory, t, &w->validation.sets[0], w->told, err);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    atomas_micro *p = micro;
    const size_t numbers = (size_t)((const atomas_task *)t)->model.space;
    p->pure = malloc((size_t)n * sizeof *p->pure);
    p->pure_told = malloc((size_t)n * sizeof *p->pure_told);
    p->groups = malloc((size_t)n * sizeof *p->groups);
    p->rows = malloc((size_t)n * sizeof *p->rows);
    p->vectors = malloc(((size_t)n * numbers + 1) * sizeof *p->vectors);
    return p->pure && p->pure_told && p->groups && p->rows && p->vectors
               ? MOLGLOT_OK
               : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    atomas_micro *p = micro;
    train_rows_free(&p->molecules);
    train_rows_free(&p->told);
    free(p->pure);
    free(p->pure_told);
    free(p->groups);
    free(p->rows);
    free(p->vectors);
}

/* One pair: into the molecules, and into the captions where it has one. */
static int pack_pair(const atomas_task *w, int64_t row, int64_t epoch, int64_t place,
                     atomas_micro *p, molglot_error *err) {
    const train_memory *m = &w->memory;
    mg_rng rng = {.seed = mg_rng_u64(w->t.c.seed, INPUT_STREAM, (uint64_t)epoch),
                  .stream = (uint64_t)place};
    const bool told = w->told[row], alone = mg_rng_uniform(&rng) < (double)w->alone,
               molecule = mg_rng_uniform(&rng) < (double)w->molecules || alone || !told;
    int32_t places[TRAIN_NEIGHBOURS_MOST];
    if (m->k) train_memory_choose(m, &rng, places);
    atomas_read read = {.from = w->t.corpus.rows,
                        .row = row,
                        .near = m->near && !alone ? m->near + row * m->among : NULL,
                        .places = places};
    int code = molecule ? atomas_pack(w, &read, &p->molecules, err) : MOLGLOT_OK;
    if (code || !told) return code;
    if (m->k) train_memory_choose(m, &rng, places);
    read.caption = true;
    read.near = m->told && !alone ? m->told + row * m->among : NULL;
    if (w->model.graph_row) read.vector = p->vectors + p->told.input.in.n * w->model.space;
    if (alone) {
        p->rows[p->n_pure] = row;
        p->pure[p->n_pure] = (int32_t)p->molecules.input.in.n - 1;
        p->pure_told[p->n_pure++] = (int32_t)p->told.input.in.n;
    }
    return atomas_pack(w, &read, &p->told, err);
}

/* A number that rows share which have the same molecule or text, or are joined by such rows. */
static void find_groups(const mg_corpus *c, atomas_micro *p) {
    for (int32_t i = 0; i < p->n_pure; i++) {
        p->groups[i] = i;
        for (int32_t j = 0; j < i; j++) {
            if (mg_corpus_molecule(c, p->rows[i]) != mg_corpus_molecule(c, p->rows[j]) &&
                strcmp(mg_corpus_sentence(c, p->rows[i]), mg_corpus_sentence(c, p->rows[j])) != 0)
                continue;
            const int32_t old = p->groups[i], now = p->groups[j];
            for (int32_t k = 0; k <= i; k++)
                if (p->groups[k] == old) p->groups[k] = now;
        }
    }
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const atomas_task *w = (const atomas_task *)t;
    atomas_micro *p = micro;
    int code = MOLGLOT_OK;
    p->n_pure = 0;
    train_rows_reset(&p->molecules, &w->model);
    train_rows_reset(&p->told, &w->model);
    if (w->model.graph_row) code = atomas_graph_batch(w, s, p, err);
    for (int64_t i = 0; i < s->n && !code; i++)
        code = pack_pair(w, s->rows[i], s->epoch, s->place + i, p, err);
    find_groups(t->corpus.rows, p);
    *weight = train_rows_tokens(&p->molecules) + train_rows_tokens(&p->told);
    return code;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const atomas_task *w = (const atomas_task *)t;
    const atomas_micro *p = micro;
    const mg_writer_input *in = &p->molecules.input.in, *told = &p->told.input.in;
    const double a = (double)train_rows_tokens(&p->molecules),
                 b = (double)train_rows_tokens(&p->told);
    mg_tensor *terms[4];
    float weights[4];
    int n = 0;
    mg_tensor *states = NULL, *states_told = NULL;
    mg_context context = {0}, context_told = {0};
    if (a > 0) {
        states = mg_writer_states(t->tape, w->writer, in);
        context = mg_writer_context_from(t->tape, w->writer, in, states);
        terms[n] = mg_writer_loss(t->tape, w->writer, &context, &p->molecules.target, w->smoothing);
        weights[n++] = (float)(a / (a + b));
    }
    if (b > 0) {
        states_told = mg_writer_states(t->tape, w->writer, told);
        context_told = mg_writer_context_from(t->tape, w->writer, told, states_told);
        terms[n] = mg_writer_loss(t->tape, w->writer, &context_told, &p->told.target, w->smoothing);
        weights[n++] = (float)((double)w->captions * b / (a + b));
    }
    if (w->contrast > 0 && p->n_pure > 1) {
        mg_tensor *texts = mg_writer_pool(t->tape, w->writer, in, states, p->pure, p->n_pure);
        mg_tensor *molecules = mg_writer_pool(t->tape, w->writer, told, states_told, p->pure_told,
                                              p->n_pure);
        terms[n] = mg_writer_contrast(t->tape, w->writer, texts, molecules, p->groups);
        weights[n++] = w->contrast;
    }
    if (w->align > 0 && p->n_pure > 1) {
        mg_align_level texts[MG_ALIGN_LEVELS], molecules[MG_ALIGN_LEVELS];
        if (!mg_writer_levels(t->tape, w->writer, MG_ALIGN_TEXT, in, states, p->pure, p->n_pure,
                              texts) ||
            !mg_writer_levels(t->tape, w->writer, MG_ALIGN_SMILES, told, states_told, p->pure_told,
                              p->n_pure, molecules))
            return NULL;
        terms[n] = mg_writer_align(t->tape, w->writer, texts, molecules, p->groups);
        weights[n++] = w->align;
    }
    return mg_weighted_sum(t->tape, terms, weights, n);
}

static int note(train_task *t, const train_batch *b, train_result *out, molglot_error *err) {
    (void)t, (void)err;
    out->name = "tokens";
    out->value = (double)b->weight;
    return MOLGLOT_OK;
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const atomas_task *w = (const atomas_task *)t;
    const mg_corpus *c = t->corpus.rows;
    train_metadata metadata;
    uint64_t *known = NULL;
    int64_t n = 0;
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(c, &bytes);
    train_metadata_make(&metadata, t, mg_corpus_sha256(c), "rows", mg_corpus_rows(c));
    /* its path would be no property of the model */
    if (*w->init_sha256) train_metadata_add(&metadata, "init.sha256", w->init_sha256);
    int code = train_known_molecules(c, w->init ? w->init->known : NULL,
                                     w->init ? w->init->n_known : 0, &known, &n, err);
    if (!code)
        code = mg_writer_part_save(
            path,
            &(mg_writer_contents){.params = t->params,
                                  .writer = w->writer,
                                  .wordpiece = vocab,
                                  .wordpiece_bytes = bytes,
                                  .tokens = mg_corpus_tokens(c),
                                  .known = known,
                                  .n_known = n,
                                  .space = *w->space_sha256 ? w->space_sha256 : NULL,
                                  .store_as = train_store_as(&t->c),
                                  .metadata = metadata.pairs},
            err);
    free(known);
    return code;
}

static void close_task(train_task *t) {
    atomas_task *w = (atomas_task *)t;
    train_validation_close(&w->validation);
    train_memory_close(&w->memory);
    atomas_graph_close(w);
    train_rows_free(&w->held_out);
    mg_bundle_close(w->init_bundle);
    mg_str_free(&w->init_words);
    mg_writer_free(w->writer);
    free(w->told);
}

const train_kind train_kind_atomas = {
    .name = "atomas",
    .unit = "pairs",
    .run = "runs/atomas",
    .score = "exact",
    .score_title = "validation: molecules written exactly",
    .size = sizeof(atomas_task),
    .micro_size = sizeof(atomas_micro),
    .read = read_recipe,
    .open = open_data,
    .order = train_corpus_order,
    .identify = identify,
    .declare = declare,
    .init = init,
    .start = start,
    .make_micro = make_micro,
    .fill = fill,
    .loss = loss,
    .note = note,
    .free_micro = free_micro,
    .validate = atomas_validate,
    .save = save,
    .data = train_corpus_json,
    .add_scores = atomas_scores,
    .close = close_task,
};
