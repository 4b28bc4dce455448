/* kind.c - task = "writer": from sentences, with molecules near them, to SMILES; or from molecules
 * through latents and back. Each step, for each molecule of the batch:
 *   target   its canonical SMILES
 *   input    a row with a text: its word pieces, and with a memory each of memory.k molecules with
 *            probability memory.keep; they are drawn from the memory.among nearest to the text, the
 *            nearer ones more often
 *            a row without, or with probability input.rebuild: the molecule itself as molecule 0;
 *            with probability input.randomise in a random atom order
 *   loss     cross-entropy of the target's tokens, a mean over all tokens of the batch
 * Draws are a function of (seed, epoch, place in the epoch). SMILES in random order cost a tenth of
 * a millisecond each, so on a device that is quicker than the CPU all threads make them.
 *
 * Its keys beside those of recipe.c, corpus.c, neighbours.c and validate.c:
 *   [model]   model/writer/config.c; vocabularies follow from [data]
 *   [input]   rebuild, randomise
 *   [loss]    smoothing
 *   [init]    file: a trained writer to go on from
 *   [eval]    molecules
 */
#include "base/toml/toml.h"
#include "chem/smiles/smiles.h"
#include "model/bundle/bundle.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

/* keeps these draws apart from those of the order and of dropout */
#define INPUT_STREAM 0x77726974u

typedef struct choice { /* what is read for one molecule */
    int64_t row;
    bool rebuild;
    uint64_t random; /* seed of a random atom order; 0: canonical */
    /* places in the row's list of nearest molecules; -1: none is read */
    int32_t near[TRAIN_NEIGHBOURS_MOST];
    int32_t n;     /* tokens of the random SMILES; -1: none could be made */
    int32_t draft; /* row whose molecule is read instead; -1: none */
} choice;

typedef struct writer_micro { /* of a batch */
    train_rows rows;
    choice *choices;  /* [n] */
    uint16_t *random; /* [n][max_tokens] */
    float *vectors;   /* [n][space], with aligned latents */
    bool *drafts;     /* [n], likewise */
} writer_micro;

typedef struct writer_task {
    train_task t;
    mg_writer_config model;
    char init_file[TRAIN_MAX_PATH]; /* "": none */
    /* shares: rows with a text that read their molecule; molecules read in a random order */
    float rebuild, randomise;
    float smoothing; /* of the cross-entropy */
    train_memory memory;
    train_validation validation;
    train_aligned aligned;
    mg_bundle *init_bundle;
    const mg_writer_part *init; /* the model of init.file: what it was trained on stays known */
    mg_str init_words;          /* its word pieces as text */
    char init_sha256[65];       /* of that file; "": none */
    mg_writer *writer;
    int threads;         /* that make SMILES in random order */
    train_rows held_out; /* of validation */
} writer_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    writer_task *w = (writer_task *)t;
    int code = mg_writer_config_from_toml(recipe, &w->model, err);
    if (!code) code = train_corpus_read(recipe, t, err);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (code) return code;
    t->model = w->model.name;
    w->rebuild = (float)mg_toml_num(recipe, "input.rebuild", 0.1);
    w->randomise = (float)mg_toml_num(recipe, "input.randomise", 0.5);
    w->smoothing = (float)mg_toml_num(recipe, "loss.smoothing", 0);
    if ((code = train_read_own_path(recipe, "init.file", w->init_file, err))) return code;
    if (!train_is_share(w->rebuild) || !train_is_share(w->randomise))
        return train_refuse(err, "input.rebuild", "probabilities");
    if (!(w->smoothing >= 0 && w->smoothing < 1))
        return train_refuse(err, "loss.smoothing", "lies in [0, 1)");
    code = train_memory_read(recipe, t, w->model.molecules, &w->memory, err);
    if (!code) code = train_aligned_read(recipe, &w->model, &w->memory, &w->aligned, err);
    if (!code)
        code = train_read_path(recipe, &t->c, "eval.molecules", w->validation.molecules, err);
    if (!code) code = train_validation_read(recipe, &t->c, &w->validation, err);
    t->corpus.config.max_tokens = w->model.max_tokens;
    t->corpus.config.max_text = w->model.max_text;
    if (w->aligned.draft > 0) t->corpus.config.strings = true;
    return code;
}

/* ---- data ---- */

/* Vocabulary sizes of the model follow from the data. */
static int fit_model(writer_task *w, molglot_error *err) {
    mg_writer_config *c = &w->model;
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(w->t.corpus.rows, &bytes);
    c->space = w->aligned.space.dim;
    if (c->molecules < 1 &&
        (w->rebuild > 0 || mg_corpus_texts(w->t.corpus.rows) < mg_corpus_rows(w->t.corpus.rows)))
        return train_refuse(err, "model.molecules", "at least 1: molecules are read too");
    if (vocab) {
        mg_wordpiece *words = mg_wordpiece_new(vocab, bytes, err);
        if (!words) return mg_code_of(err, MOLGLOT_FAILED);
        c->words = mg_wordpiece_size(words);
        mg_wordpiece_free(words);
    }
    c->tokens = c->decoder.vocab = mg_smiles_vocab_size(mg_corpus_tokens(w->t.corpus.rows));
    c->encoder.vocab = c->words + c->tokens;
    return mg_writer_config_check(c, err);
}

/* The decoder to begin with: a direct writer's, for a model with aligned latents. */
static int fit_decoder(const writer_task *w, const mg_writer_config *i, molglot_error *err) {
    const mg_writer_config *c = &w->model;
    if (i->decoder.layers == c->decoder.layers && i->decoder.hidden == c->decoder.hidden &&
        i->decoder.heads == c->decoder.heads && i->decoder.ffn == c->decoder.ffn &&
        i->max_tokens == c->max_tokens && i->encoder.hidden == c->encoder.hidden)
        return MOLGLOT_OK;
    return train_refuse(err, "init.file",
                        "its decoder is not this recipe's: layers, hidden, heads, ffn, max_tokens "
                        "and encoder.hidden must agree");
}

/* The model to go on from: its vocabularies are this run's, and all that gives its parameters their
 * meaning must be the same. */
static int open_init(writer_task *w, molglot_error *err) {
    mg_writer_config *c = &w->model;
    int code;
    w->init_bundle = mg_bundle_open(w->init_file, err);
    const bool direct = c->latents == 0 || (c->aligned > 0 && w->init_bundle &&
                                            !mg_bundle_has(w->init_bundle, MG_PART_LATENT));
    w->init = w->init_bundle
                  ? mg_bundle_writer(w->init_bundle, direct ? MG_PART_WRITER : MG_PART_LATENT, err)
                  : NULL;
    if (!w->init) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_writer_config *i = mg_writer_get_config(w->init->writer);
    const bool texts = w->t.corpus.config.wordpiece_path || w->t.corpus.config.wordpiece_size > 0;
    if (direct && c->aligned > 0) {
        if ((code = fit_decoder(w, i, err))) return code;
    } else if (i->latents != c->latents || i->aligned != c->aligned ||
               i->latent_dim != c->latent_dim || i->latent_tokens != c->latent_tokens ||
               i->copy != c->copy || i->max_text != c->max_text || i->molecules != c->molecules ||
               i->max_tokens != c->max_tokens || i->encoder.heads != c->encoder.heads ||
               i->decoder.heads != c->decoder.heads || i->encoder.layers != c->encoder.layers ||
               i->decoder.layers != c->decoder.layers || (i->words > 0) != texts)
        return train_refuse(
            err, "init.file",
            "its model is not this recipe's: layers, heads, latents, copy, max_text, molecules, "
            "max_tokens and whether texts are read must agree");
    if ((code = train_words_text(w->init->wordpiece, &w->init_words, err)) ||
        (code = mg_bundle_digest(w->init_bundle, w->init->part, w->init_sha256, err)))
        return code;
    w->t.corpus.config.vocab = w->init->tokens;
    if (texts) w->t.corpus.config.wordpiece = w->init_words.s;
    return MOLGLOT_OK;
}

static int open_data(train_task *t, molglot_error *err) {
    writer_task *w = (writer_task *)t;
    int code = *w->init_file ? open_init(w, err) : MOLGLOT_OK;
    if (!code && *w->aligned.space.model) code = train_space_open(&w->aligned.space, t, err);
    if (!code) code = train_corpus_open(t, err);
    return code ? code : fit_model(w, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const writer_task *w = (const writer_task *)t;
    char memory[65], space[65];
    int code = train_memory_sha256(&w->memory, memory, err);
    if (!code) code = train_space_sha256(&w->aligned.space, space, err);
    mg_writer_config_to_json(&w->model, &out->model);
    train_corpus_identify(t, &out->model);
    mg_str_addf(&out->rest, "\ninput %a %a memory %s %d of %d %a smoothing %a", (double)w->rebuild,
                (double)w->randomise, memory, w->memory.k, w->memory.among, (double)w->memory.keep,
                (double)w->smoothing);
    if (!code) train_aligned_identify(&w->aligned, space, &out->rest);
    if (*w->init_sha256) mg_str_addf(&out->rest, "\ninit %s", w->init_sha256);
    return code;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    writer_task *w = (writer_task *)t;
    w->writer = mg_writer_new(t->params, &w->model, err);
    return w->writer ? mg_writer_learn_tokens(w->writer, mg_corpus_tokens(t->corpus.rows), err)
                     : mg_code_of(err, MOLGLOT_FAILED);
}

static int init(train_task *t, molglot_error *err) {
    const writer_task *w = (const writer_task *)t;
    int code = !*w->init_file         ? MOLGLOT_OK
               : w->model.aligned > 0 ? mg_params_copy_common(t->params, w->init->params, NULL, err)
                                      : mg_params_copy(t->params, w->init->params, err);
    return code || w->model.aligned == 0 ? code
                                         : train_space_basis(&w->aligned.space, t->params, err);
}

static int start(train_task *t, molglot_error *err) {
    writer_task *w = (writer_task *)t;
    w->threads = strcmp(t->c.device, "cpu") == 0 ? 1 : mg_threads(t->o->threads);
    int code = train_validation_open(&w->validation, t, w->model.words > 0, w->model.molecules > 0,
                                     err);
    if (!code) code = train_aligned_open_set(&w->aligned, &w->validation.sets[1], err);
    return code ? code : train_memory_open(&w->memory, t, &w->validation.sets[0], err);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    writer_micro *p = micro;
    const size_t most = (size_t)((const writer_task *)t)->model.max_tokens;
    p->choices = malloc((size_t)n * sizeof *p->choices);
    p->random = malloc((size_t)n * most * sizeof *p->random);
    p->vectors =
        malloc(((size_t)(n * ((const writer_task *)t)->model.space) + 1) * sizeof *p->vectors);
    p->drafts = malloc((size_t)n + 1);
    return p->choices && p->random && p->vectors && p->drafts ? MOLGLOT_OK
                                                              : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    writer_micro *p = micro;
    train_rows_free(&p->rows);
    free(p->choices);
    free(p->random);
    free(p->vectors);
    free(p->drafts);
}

static uint64_t stream_of(const train_task *t, int64_t epoch, uint32_t what) {
    return mg_rng_u64(t->c.seed, INPUT_STREAM + what, (uint64_t)epoch);
}

static choice choose(const writer_task *w, int64_t row, int64_t epoch, int64_t place) {
    mg_rng rng = {.seed = stream_of(&w->t, epoch, 0), .stream = (uint64_t)place};
    choice x = {.row = row, .draft = -1};
    x.rebuild = w->model.aligned > 0 || row >= mg_corpus_texts(w->t.corpus.rows) ||
                mg_rng_uniform(&rng) < (double)w->rebuild;
    if (x.rebuild && mg_rng_uniform(&rng) < (double)w->randomise) x.random = mg_rng_next(&rng) | 1;
    if (w->aligned.draft > 0 && row < mg_corpus_texts(w->t.corpus.rows))
        x.draft = train_aligned_draft(&w->aligned, &w->memory, row, &rng);
    if (w->memory.k && !x.rebuild) train_memory_choose(&w->memory, &rng, x.near);
    return x;
}

/* Tokens of the row's molecule in a random order, at most `most`; -1 when that fails: its canonical
 * SMILES serves as well. */
static int32_t randomise(const mg_corpus *c, int64_t row, uint64_t seed, int32_t most,
                         int32_t *wide, uint16_t *out) {
    char *smiles = mg_corpus_smiles_string(c, row);
    mg_mol *mol = smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    char *shuffled = mol ? mg_mol_smiles_random(mol, seed) : NULL;
    const int32_t n = shuffled ? mg_smiles_encode(mg_corpus_tokens(c), shuffled, wide, most, NULL)
                               : -1;
    for (int32_t i = 0; i < n; i++) out[i] = (uint16_t)wide[i];
    free(shuffled);
    mg_mol_free(mol);
    free(smiles);
    return n;
}

static int randomise_all(const writer_task *w, writer_micro *p, int64_t n, molglot_error *err) {
    const int32_t most = w->model.max_tokens;
    int failed = 0;
#pragma omp parallel num_threads(w->threads) reduction(| : failed) if (w->threads > 1)
    {
        int32_t *wide = malloc((size_t)most * sizeof *wide);
        failed |= wide == NULL;
#pragma omp for schedule(dynamic, 8)
        for (int64_t i = 0; i < n; i++) {
            choice *x = &p->choices[i];
            x->n = x->random && wide ? randomise(w->t.corpus.rows, x->row, x->random, most - 2,
                                                 wide, p->random + i * most)
                                     : -1;
        }
        free(wide);
    }
    return failed ? mg_no_memory(err, "a batch") : MOLGLOT_OK;
}

static int pack_text(const writer_task *w, const choice *x, train_rows *p, molglot_error *err) {
    const mg_corpus *c = w->t.corpus.rows;
    const train_memory *m = &w->memory;
    int32_t n;
    const int32_t *text = mg_corpus_text(c, x->row, &n);
    int code = train_rows_text(p, text, n, err);
    for (int k = 0; k < m->k && !code; k++) {
        const int32_t row = x->near[k] < 0 ? -1 : m->near[x->row * m->among + x->near[k]];
        if (row < 0) continue;
        const uint16_t *molecule = mg_corpus_smiles(c, row, &n);
        code = train_rows_molecule(p, k, molecule, n, err);
    }
    return code;
}

static int pack(const writer_task *w, writer_micro *p, int64_t i, molglot_error *err) {
    const choice *x = &p->choices[i];
    int32_t n;
    const uint16_t *canonical = mg_corpus_smiles(w->t.corpus.rows, x->row, &n),
                   *random = p->random + i * w->model.max_tokens;
    int32_t n_draft;
    const uint16_t *draft = x->draft < 0 ? NULL
                                         : mg_corpus_smiles(w->t.corpus.rows, x->draft, &n_draft);
    int code = draft         ? train_rows_molecule(&p->rows, 0, draft, n_draft, err)
               : !x->rebuild ? pack_text(w, x, &p->rows, err)
               : x->n >= 0   ? train_rows_molecule(&p->rows, 0, random, x->n, err)
                             : train_rows_molecule(&p->rows, 0, canonical, n, err);
    if (!code && w->model.aligned > 0)
        code = mg_writer_pack_space(&p->rows.input, p->vectors + i * w->model.space, err);
    return code ? code : train_rows_row(&p->rows, canonical, n, err);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const writer_task *w = (const writer_task *)t;
    const mg_writer_config *c = &w->model;
    writer_micro *p = micro;
    for (int64_t i = 0; i < s->n; i++)
        p->choices[i] = choose(w, s->rows[i], s->epoch, s->place + i);
    int code = randomise_all(w, p, s->n, err);
    if (!code && c->aligned > 0)
        code = train_space_molecules(&w->aligned.space, true, t->corpus.rows, s->rows, s->n,
                                     p->vectors, err);
    train_rows_reset(&p->rows, c);
    for (int64_t i = 0; i < s->n && !code; i++) code = pack(w, p, i, err);
    const mg_rng rng = {.seed = stream_of(t, s->epoch, 1), .stream = (uint64_t)s->place};
    if (!code && c->latents > 0)
        code = train_rows_noise(&p->rows, rng, s->n * c->latents * c->latent_dim, err);
    for (int64_t i = 0; i < s->n; i++) p->drafts[i] = p->choices[i].draft >= 0;
    const mg_rng parts = {.seed = stream_of(t, s->epoch, 2), .stream = (uint64_t)s->place};
    if (!code && c->aligned > 0)
        code = train_aligned_keep(&w->aligned, c, parts, p->drafts, s->n, &p->rows, err);
    *weight = train_rows_tokens(&p->rows);
    return code;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const writer_task *w = (const writer_task *)t;
    const train_rows *p = &((const writer_micro *)micro)->rows;
    const mg_context context = mg_writer_context(t->tape, w->writer, &p->input.in, p->noise);
    return mg_writer_loss(t->tape, w->writer, &context, &p->target, w->smoothing);
}

static int note(train_task *t, const train_batch *b, train_result *out, molglot_error *err) {
    (void)t, (void)err;
    out->name = "tokens";
    out->value = (double)b->weight;
    return MOLGLOT_OK;
}

/* ---- validation ---- */

/* Packs held-out rows into w->held_out: the sentence and the nearest molecules, or the canonical
 * molecule itself. */
static int pack_rows(writer_task *w, const train_held_out *s, const int64_t *rows, int64_t n,
                     molglot_error *err) {
    train_rows *p = &w->held_out;
    int code = MOLGLOT_OK;
    train_rows_reset(p, &w->model);
    for (int64_t i = 0; i < n && !code; i++) {
        int32_t length, near_length;
        const uint16_t *smiles = mg_corpus_smiles(s->rows, rows[i], &length);
        if (s == &w->validation.sets[1]) {
            code = train_rows_molecule(p, 0, smiles, length, err);
            if (!code && w->model.aligned > 0)
                code = mg_writer_pack_space(&p->input,
                                            w->aligned.held_out + rows[i] * w->model.space, err);
        } else {
            int32_t words;
            const int32_t *text = mg_corpus_text(s->rows, rows[i], &words);
            code = train_rows_text(p, text, words, err);
            for (int k = 0; s->near && k < w->memory.k && !code; k++) {
                const int32_t row = s->near[rows[i] * w->memory.k + k];
                if (row < 0) continue;
                const uint16_t *near = mg_corpus_smiles(w->t.corpus.rows, row, &near_length);
                code = train_rows_molecule(p, k, near, near_length, err);
            }
        }
        if (!code) code = train_rows_row(p, smiles, length, err);
    }
    return code;
}

static int read_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    writer_task *w = (writer_task *)t;
    int code = pack_rows(w, s, rows, n, err);
    if (!code) *context = mg_writer_context(t->tape, w->writer, &w->held_out.input.in, NULL);
    return code;
}

static int loss_of_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                        mg_tensor **out, int64_t *weight, molglot_error *err) {
    const writer_task *w = (const writer_task *)t;
    mg_context context = {0};
    int code = read_rows(t, s, rows, n, &context, err);
    if (code) return code;
    *out = mg_writer_loss(t->tape, w->writer, &context, &w->held_out.target, 0);
    *weight = train_rows_tokens(&w->held_out);
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    writer_task *w = (writer_task *)t;
    return train_validation_run(&w->validation, t, w->writer, loss_of_rows, read_rows, out, err);
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const writer_task *w = (const writer_task *)t;
    const mg_corpus *c = t->corpus.rows;
    train_metadata metadata;
    uint64_t *known = NULL;
    int64_t n = 0;
    size_t bytes = 0;
    char space[65];
    const char *vocab = mg_corpus_wordpiece(c, &bytes);
    if (train_space_sha256(&w->aligned.space, space, err)) return mg_code_of(err, MOLGLOT_FAILED);
    train_metadata_make(&metadata, t, mg_corpus_sha256(c), "rows", mg_corpus_rows(c));
    /* its path would be no property of the model */
    if (*w->init_sha256) train_metadata_add(&metadata, "init.sha256", w->init_sha256);
    int code = train_known_molecules(c, w->init ? w->init->known : NULL,
                                     w->init ? w->init->n_known : 0, &known, &n, err);
    if (!code)
        code = mg_writer_part_save(path,
                                   &(mg_writer_contents){.params = t->params,
                                                         .writer = w->writer,
                                                         .wordpiece = vocab,
                                                         .wordpiece_bytes = bytes,
                                                         .tokens = mg_corpus_tokens(c),
                                                         .known = known,
                                                         .n_known = n,
                                                         .space = *space ? space : NULL,
                                                         .store_as = train_store_as(&t->c),
                                                         .metadata = metadata.pairs},
                                   err);
    free(known);
    return code;
}

static void add_scores(const train_task *t, struct json_t *to) {
    train_validation_json(&((const writer_task *)t)->validation, to);
}

static void close_task(train_task *t) {
    writer_task *w = (writer_task *)t;
    train_validation_close(&w->validation);
    train_memory_close(&w->memory);
    train_aligned_close(&w->aligned);
    train_rows_free(&w->held_out);
    mg_bundle_close(w->init_bundle);
    mg_str_free(&w->init_words);
    mg_writer_free(w->writer);
}

const train_kind train_kind_writer = {
    .name = "writer",
    .unit = "molecules",
    .run = "runs/writer",
    .score = "exact",
    .score_title = "validation: molecules written exactly",
    .size = sizeof(writer_task),
    .micro_size = sizeof(writer_micro),
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
    .validate = validate,
    .save = save,
    .data = train_corpus_json,
    .add_scores = add_scores,
    .close = close_task,
};
