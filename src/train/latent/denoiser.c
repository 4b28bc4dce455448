/* denoiser.c - task = "diffusion": trains 3M-Diffusion's denoiser over the latents of a trained
 * writer (2403.07179; the network and its loss: model/latent/denoiser.c, the sampler: ddim.c). Each
 * step, for each row of the batch:
 *   z       the molecule's latents, one vector [K * latent_dim] (latents.c: encoded once)
 *   c       its sentence's condition (generate/generate.h: made once, at the start); the
 *           unconditional one if it has none, or with probability text_drop
 *   level   t uniform in 0 .. T-1
 *   noise   standard normal
 * Of aligned latents (model/writer/aligned.c) z is the aligned part, c the sentence's vector as
 * that part has it, and with a memory behind it that of one of the memory.among molecules nearest
 * to the sentence, with probability memory.keep, else zeros.
 *   loss    mean of (estimate of z - z)^2
 * Validation samples latents for held-out sentences by DDIM and lets the writer write them. The
 * model file holds writer and denoiser.
 *
 * Its keys beside those of recipe.c, corpus.c (no word pieces),
 * neighbours.c (memory.k = 1) and validate.c:
 *   [model]       model/latent/config.c; the latents follow from the writer
 *   [writer]      file
 *   [condition]   model: an aligned model, whose text rows are the conditions
 *   [diffusion]   text_drop
 *   [eval]        guidance, eta (while validating)
 */
#include "base/toml/toml.h"
#include "generate/generate.h"
#include "model/latent/latent.h"
#include "search/search.h"
#include "train/latent/inside.h"

#include <stdlib.h>
#include <string.h>

#define DIFFUSION_STREAM 0x64696666u /* keeps these draws apart from those of the order */

typedef struct conditions { /* of texts */
    float *rows;            /* [texts][condition] */
    bool *told;             /* [texts] */
} conditions;
typedef struct diffusion_micro { /* of a batch, or rows of validation */
    int64_t n;
    float *z, *noise, *c; /* [n][each] twice, [n][condition] */
    int32_t *times;       /* [n] */
    bool *drop;           /* [n] without a condition */
} diffusion_micro;

typedef struct diffusion_task {
    train_task t;
    mg_mlp_denoiser_config model;
    int told; /* numbers of a sentence's condition */
    train_memory memory;
    float text_drop;                      /* share of sentences replaced by "no sentence" */
    char condition_model[TRAIN_MAX_PATH]; /* whose text rows are the conditions */
    mg_ddim_options ddim;                 /* while validating */
    train_validation validation;
    train_latents latents;
    mg_mlp_denoiser *denoiser;
    train_space aligned;         /* until the conditions are made */
    float *probe;                /* generate/generate.h */
    conditions texts, sentences; /* of the corpus; of the validation's sentences */
    diffusion_micro held_out;    /* of validation */
} diffusion_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    const mg_corpus_config *data = &t->corpus.config;
    int code = mg_mlp_denoiser_config_from_toml(recipe, &d->model, err);
    if (!code) code = train_corpus_read(recipe, t, err);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (!code) code = train_read_own_path(recipe, "writer.file", d->latents.path, err);
    if (!code) code = train_read_own_path(recipe, "condition.model", d->condition_model, err);
    if (!code) code = train_memory_read(recipe, t, 1, &d->memory, err);
    if (code) return code;
    t->model = d->model.name;
    d->text_drop = (float)mg_toml_num(recipe, "diffusion.text_drop", 0.1);
    d->ddim.guidance = (float)mg_toml_num(recipe, "eval.guidance", 0.8);
    d->ddim.eta = (float)mg_toml_num(recipe, "eval.eta", 1);
    if (!*d->latents.path)
        return train_refuse(err, "writer.file", "a diffusion needs a trained writer with latents");
    if (!*d->condition_model)
        return train_refuse(err, "condition.model",
                            "a diffusion needs an aligned model, which reads its sentences");
    if (data->wordpiece_path || data->wordpiece_size > 0)
        return train_refuse(err, "data.wordpiece", "a diffusion reads no word pieces");
    if (!train_is_share(d->text_drop))
        return train_refuse(err, "diffusion.text_drop", "a probability");
    if (!train_is_share(d->ddim.eta)) return train_refuse(err, "eval.eta", "0 to 1");
    t->corpus.config.strings = true;
    return train_validation_read(recipe, &t->c, &d->validation, err);
}

/* ---- data ---- */

static int open_aligned(diffusion_task *d, molglot_error *err) {
    const mg_writer_config *w = mg_writer_get_config(d->latents.file->writer);
    snprintf(d->aligned.model, sizeof d->aligned.model, "%s", d->condition_model);
    int code = train_space_open(&d->aligned, &d->t, err);
    if (code) return code;
    if (w->aligned > 0 && w->space != d->aligned.dim)
        return train_refuse(err, "condition.model", "the writer's latents are of another space");
    if (w->aligned == 0 && d->memory.k)
        return train_refuse(err, "memory.model", "only over aligned latents");
    d->told = w->aligned > 0 ? w->aligned : d->aligned.dim;
    d->model.condition = d->told * (d->memory.k ? 2 : 1);
    return MOLGLOT_OK;
}

static bool is_aligned(const diffusion_task *d) {
    return mg_writer_get_config(d->latents.file->writer)->aligned > 0;
}

static int open_data(train_task *t, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    int code = train_latents_open(&d->latents, t, err);
    if (!code) code = open_aligned(d, err);
    if (code) return code;
    d->model.dim = (int)d->latents.each;
    code = mg_mlp_denoiser_config_check(&d->model, err);
    return code ? code : train_corpus_open(t, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const diffusion_task *d = (const diffusion_task *)t;
    char aligned[65];
    char memory[65];
    int code = mg_bundle_identify(d->condition_model, MG_PART_SPACE, aligned, err);
    if (!code) code = train_memory_sha256(&d->memory, memory, err);
    if (code) return code;
    mg_mlp_denoiser_config_to_json(&d->model, &out->model);
    train_corpus_identify(t, &out->model);
    mg_str_addf(&out->rest, "\nwriter %s condition %s text_drop %a", d->latents.sha256, aligned,
                (double)d->text_drop);
    if (d->memory.k)
        mg_str_addf(&out->rest, " memory %s of %d %a", memory, d->memory.among,
                    (double)d->memory.keep);
    return MOLGLOT_OK;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    d->denoiser = mg_mlp_denoiser_new(t->params, "denoiser", &d->model);
    return d->denoiser ? MOLGLOT_OK : mg_no_memory(err, "the model");
}

/* ---- conditions ---- */

/* As aligned latents have them, in place: rows grow shorter. */
static int turn(diffusion_task *d, int64_t n, conditions *c, molglot_error *err) {
    enum { TURN_ROWS = 256 };
    int code = MOLGLOT_OK;
    for (int64_t at = 0; at < n && !code; at += TURN_ROWS) {
        const int64_t k = n - at < TURN_ROWS ? n - at : TURN_ROWS;
        code = train_latents_turn(&d->latents, d->t.tape, c->rows + at * d->aligned.dim, k,
                                  c->rows + at * d->told, err);
    }
    return code;
}

/* Of the first n sentences of a corpus. */
static int embed(diffusion_task *d, const mg_corpus *c, int64_t n, conditions *out,
                 molglot_error *err) {
    const char **sentences = malloc(((size_t)n + 1) * sizeof *sentences);
    out->rows = malloc((size_t)(n * d->aligned.dim + 1) * sizeof *out->rows);
    out->told = malloc(((size_t)n + 1) * sizeof *out->told);
    int code = sentences && out->rows && out->told ? MOLGLOT_OK
                                                   : mg_no_memory(err, "latents and conditions");
    for (int64_t i = 0; i < n && !code; i++) sentences[i] = mg_corpus_sentence(c, i);
    if (!code)
        code = mg_condition_texts(d->aligned.embedder[1], sentences, (size_t)n, out->rows,
                                  out->told, err);
    if (!code && is_aligned(d)) code = turn(d, n, out, err);
    free(sentences);
    return code;
}

static int make_conditions(diffusion_task *d, molglot_error *err) {
    const train_held_out *s = &d->validation.sets[0];
    const int64_t n = mg_corpus_texts(d->t.corpus.rows);
    train_tell(&d->t, "conditions of %lld texts", (long long)n);
    int code = embed(d, d->t.corpus.rows, n, &d->texts, err);
    if (!code && s->name) code = embed(d, s->rows, s->n, &d->sentences, err);
    const size_t room = (size_t)(d->aligned.dim + d->model.condition) * sizeof *d->probe;
    if (!code && !(d->probe = calloc(1, room))) code = mg_no_memory(err, "latents and conditions");
    if (!code) code = mg_condition_probe(d->aligned.embedder[1], d->probe, err);
    if (!code && is_aligned(d))
        code = train_latents_turn(&d->latents, d->t.tape, d->probe, 1, d->probe, err);
    if (!code && is_aligned(d))
        memset(d->probe + d->told, 0, (size_t)d->aligned.dim * sizeof *d->probe);
    train_space_close(&d->aligned);
    return code;
}

static int room(const diffusion_task *d, diffusion_micro *b, int64_t n, molglot_error *err) {
    b->n = n;
    const size_t latents = (size_t)(n * d->latents.each),
                 condition = (size_t)(n * d->model.condition);
    b->z = malloc(latents * sizeof *b->z);
    b->noise = malloc(latents * sizeof *b->noise);
    b->c = malloc(condition * sizeof *b->c);
    b->times = malloc((size_t)n * sizeof *b->times);
    b->drop = malloc((size_t)n * sizeof *b->drop);
    return b->z && b->noise && b->c && b->times && b->drop
               ? MOLGLOT_OK
               : mg_no_memory(err, "latents and conditions");
}

static void free_micro(void *micro) {
    diffusion_micro *b = micro;
    free(b->z);
    free(b->noise);
    free(b->c);
    free(b->times);
    free(b->drop);
}

static int start(train_task *t, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    train_held_out *s = &d->validation.sets[0];
    const train_space *space = is_aligned(d) ? &d->aligned : NULL;
    int code = train_latents_encode_corpus(&d->latents, t, space, err);
    if (!code) code = train_validation_open(&d->validation, t, true, false, err);
    if (!code) code = train_latents_encode_held_out(&d->latents, t, s, space, err);
    if (!code) code = train_memory_open(&d->memory, t, s, err);
    if (!code) code = make_conditions(d, err);
    return code ? code : room(d, &d->held_out, TRAIN_HELD_OUT_ROWS, err);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    return room((const diffusion_task *)t, micro, n, err);
}

/* The condition of text `row` into c: zeros where nothing is told. near: row of the training corpus
 * whose molecule lies near it; -1: none. */
static void say(const diffusion_task *d, const conditions *from, int64_t row, bool told,
                int32_t near, float *c) {
    memset(c, 0, (size_t)d->model.condition * sizeof *c);
    if (!told) return;
    memcpy(c, from->rows + row * d->told, (size_t)d->told * sizeof *c);
    if (near >= 0)
        memcpy(c + d->told, train_latents_of(&d->latents, &d->t, near),
               (size_t)d->told * sizeof *c);
}

/* Row i: latents z and the condition of text `row`, which there may not be; level, noise and
 * whether the condition is dropped are drawn. */
static void fill_row(const diffusion_task *d, diffusion_micro *b, int64_t i, const float *z,
                     const conditions *c, int64_t row, int64_t texts, int32_t near, float drop,
                     mg_rng rng) {
    const int64_t each = d->latents.each, condition = d->model.condition;
    const bool told = row < texts && c->told[row];
    b->drop[i] = mg_rng_uniform(&rng) < (double)drop || !told;
    b->times[i] = (int32_t)mg_rng_below(&rng, MG_DDIM_T);
    for (int64_t k = 0; k < each; k++) b->noise[i * each + k] = (float)mg_rng_normal(&rng);
    memcpy(b->z + i * each, z, (size_t)each * sizeof *z);
    say(d, c, row, told, near, b->c + i * condition);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const diffusion_task *d = (const diffusion_task *)t;
    const uint64_t seed = mg_rng_u64(t->c.seed, DIFFUSION_STREAM, (uint64_t)s->epoch);
    diffusion_micro *p = micro;
    (void)weight, (void)err;
    p->n = s->n;
    for (int64_t i = 0; i < s->n; i++) {
        const mg_rng rng = {.seed = seed, .stream = (uint64_t)(s->place + i)};
        const int64_t texts = mg_corpus_texts(t->corpus.rows), row = s->rows[i];
        mg_rng beside = {.seed = seed, .stream = ~rng.stream};
        int32_t near[TRAIN_NEIGHBOURS_MOST] = {-1};
        if (d->memory.near && row < texts) train_memory_choose(&d->memory, &beside, near);
        if (near[0] >= 0) near[0] = d->memory.near[row * d->memory.among + near[0]];
        fill_row(d, p, i, train_latents_of(&d->latents, t, row), &d->texts, row, texts, near[0],
                 d->text_drop, rng);
    }
    return MOLGLOT_OK;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const diffusion_micro *p = micro;
    return mg_mlp_denoiser_loss(t->tape, ((const diffusion_task *)t)->denoiser, p->z, p->c,
                                p->times, p->noise, p->drop, p->n);
}

/* ---- validation ---- */

/* At noise and levels that are the same each time. */
static int loss_of_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                        mg_tensor **out, int64_t *weight, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    (void)weight, (void)err;
    d->held_out.n = n;
    for (int64_t i = 0; i < n; i++) {
        const mg_rng rng = {.seed = DIFFUSION_STREAM, .stream = (uint64_t)rows[i]};
        fill_row(d, &d->held_out, i, d->latents.held_out + rows[i] * d->latents.each, &d->sentences,
                 rows[i], s->n, s->near ? s->near[rows[i]] : -1, 0, rng);
    }
    *out = loss(t, &d->held_out);
    return MOLGLOT_OK;
}

static int read_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    const size_t condition = (size_t)d->model.condition;
    uint64_t streams[TRAIN_HELD_OUT_ROWS];
    for (int64_t i = 0; i < n; i++) {
        streams[i] = (uint64_t)rows[i];
        say(d, &d->sentences, rows[i], true, s->near ? s->near[rows[i]] : -1,
            d->held_out.c + (size_t)i * condition);
    }
    mg_noise_streams noise = {DIFFUSION_STREAM, streams, (size_t)d->latents.each};
    int code = mg_ddim_sample(t->tape, d->denoiser, &d->ddim, d->held_out.c, n, mg_noise_of_streams,
                              &noise, d->held_out.z, err);
    if (code) return code;
    mg_tape_reset(t->tape);
    *context = train_latents_context(&d->latents, t->tape, d->held_out.z, n);
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    return train_validation_run(&d->validation, t, d->latents.file->writer, loss_of_rows, read_rows,
                                out, err);
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const diffusion_task *d = (const diffusion_task *)t;
    const mg_latent_model m = {.params = t->params, .denoiser = d->denoiser, .probe = d->probe};
    return train_latents_save(&d->latents, t, &m, d->latents.wordpiece.s, d->latents.wordpiece.n,
                              path, err);
}

static void add_scores(const train_task *t, struct json_t *to) {
    train_validation_json(&((const diffusion_task *)t)->validation, to);
}

static void conditions_free(conditions *c) {
    free(c->rows);
    free(c->told);
}

static void close_task(train_task *t) {
    diffusion_task *d = (diffusion_task *)t;
    free_micro(&d->held_out);
    conditions_free(&d->texts);
    conditions_free(&d->sentences);
    train_space_close(&d->aligned);
    train_memory_close(&d->memory);
    train_validation_close(&d->validation);
    train_latents_close(&d->latents);
    mg_mlp_denoiser_free(d->denoiser);
    free(d->probe);
}

const train_kind train_kind_diffusion = {
    .name = "diffusion",
    .unit = "molecules",
    .run = "runs/3m-faithful",
    .score = "exact",
    .score_title = "validation: molecules written exactly",
    .size = sizeof(diffusion_task),
    .micro_size = sizeof(diffusion_micro),
    .read = read_recipe,
    .open = open_data,
    .order = train_corpus_order,
    .identify = identify,
    .declare = declare,
    .start = start,
    .make_micro = make_micro,
    .fill = fill,
    .loss = loss,
    .free_micro = free_micro,
    .validate = validate,
    .save = save,
    .data = train_corpus_json,
    .add_scores = add_scores,
    .close = close_task,
};
