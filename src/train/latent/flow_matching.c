/* flow_matching.c - task = "flow": trains flow matching over the latents of a trained writer, told
 * by sentences (model/latent/flow_matching.c). Each step, for each row of the batch:
 *   z      the molecule's latents (latents.c: encoded once, at the start)
 *   text   its sentence; [NONE] if it has none, or with probability text_drop
 *   near   with a memory and a sentence, with probability memory.keep: latents of one of its
 *          memory.among nearest molecules, the nearer ones more often; else zeros
 *   draws  `draws` pairs of noise and time t = 1 / (1 + exp(-normal)); the sentence is encoded once
 *          for all of them
 *   loss   mean square error of the velocity
 * Validation samples latents for held-out sentences and lets the writer write them. The model file
 * holds writer and flow.
 *
 * Its keys beside those of recipe.c, corpus.c, neighbours.c (memory.k = 1) and validate.c:
 *   [model]    model/latent/config.c; the latents follow from the writer. A writer that has word
 *              pieces gives them: data.wordpiece* then only say that texts are read
 *   [writer]   file
 *   [flow]     text_drop, draws
 *   [eval]     steps, guidance (while validating)
 */
#include "base/toml/toml.h"
#include "model/latent/latent.h"
#include "train/latent/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* keeps these draws apart from those of the order and of dropout */
#define FLOW_STREAM 0x666c6f77u

typedef struct flow_micro { /* of a batch, or rows of validation */
    train_rows text;        /* its sentences; the noise lies in it */
    float *z, *near;        /* [n][each]; near: zeros where none is told */
    float *times;           /* [n][draws] */
} flow_micro;

typedef struct flow_task {
    train_task t;
    mg_flow_matching_config model;
    int draws;                         /* noises and times for each row of a step */
    float text_drop;                   /* share of sentences replaced by "no sentence" */
    mg_flow_matching_options sampling; /* while validating */
    train_memory memory;
    train_validation validation;
    train_latents latents;
    mg_flow_matching *flow;
    mg_writer_config packing; /* what the packer wants to know about sentences */
    int32_t none;             /* word piece of no sentence */
    flow_micro held_out;      /* of validation */
    train_rows nothing;       /* as many empty sentences */
} flow_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    int code = mg_flow_matching_config_from_toml(recipe, &f->model, err);
    if (!code) code = train_corpus_read(recipe, t, err);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (!code) code = train_read_own_path(recipe, "writer.file", f->latents.path, err);
    if (!code) code = train_memory_read(recipe, t, 1, &f->memory, err);
    if (code) return code;
    t->model = f->model.name;
    f->model.memory = f->memory.k > 0;
    f->text_drop = (float)mg_toml_num(recipe, "flow.text_drop", 0.1);
    f->draws = (int)mg_toml_int(recipe, "flow.draws", 1);
    f->sampling.steps = (int)mg_toml_int(recipe, "eval.steps", 20);
    f->sampling.guidance = (float)mg_toml_num(recipe, "eval.guidance", 2);
    if (!*f->latents.path)
        return train_refuse(err, "writer.file", "a flow needs a trained writer with latents");
    if (!train_is_share(f->text_drop)) return train_refuse(err, "flow.text_drop", "a probability");
    if (f->draws < 1 || f->draws > 64) return train_refuse(err, "flow.draws", "1 to 64");
    if (f->sampling.steps < 1 || f->sampling.steps > 1000)
        return train_refuse(err, "eval.steps", "1 to 1000");
    if (!t->corpus.config.wordpiece_path && t->corpus.config.wordpiece_size == 0)
        return train_refuse(err, "data.wordpiece_size", "a flow reads texts");
    t->corpus.config.max_text = f->model.max_text;
    return train_validation_read(recipe, &t->c, &f->validation, err);
}

/* ---- data ---- */

static int open_data(train_task *t, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    size_t bytes;
    int code = train_latents_open(&f->latents, t, err);
    if (code) return code;
    const mg_writer_config *w = mg_writer_get_config(f->latents.file->writer);
    if (w->aligned > 0)
        return train_refuse(err, "writer.file", "aligned latents are made by task = \"diffusion\"");
    f->model.latents = w->latents;
    f->model.latent_dim = w->latent_dim;
    t->corpus.config.wordpiece = f->latents.wordpiece.s;
    if ((code = train_corpus_open(t, err))) return code;
    const char *vocab = mg_corpus_wordpiece(t->corpus.rows, &bytes);
    mg_wordpiece *words = mg_wordpiece_new(vocab, bytes, err);
    if (!words) return mg_code_of(err, MOLGLOT_FAILED);
    f->model.text.vocab = mg_wordpiece_size(words);
    f->none = f->model.text.vocab - 1;
    f->packing = (mg_writer_config){.words = f->model.text.vocab, .max_text = f->model.max_text};
    mg_wordpiece_free(words);
    return mg_flow_matching_config_check(&f->model, err);
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const flow_task *f = (const flow_task *)t;
    char memory[65];
    int code = train_memory_sha256(&f->memory, memory, err);
    mg_flow_matching_config_to_json(&f->model, &out->model);
    train_corpus_identify(t, &out->model);
    mg_str_addf(&out->rest, "\nwriter %s text_drop %a draws %d", f->latents.sha256,
                (double)f->text_drop, f->draws);
    if (f->memory.k)
        mg_str_addf(&out->rest, " memory %s of %d %a", memory, f->memory.among,
                    (double)f->memory.keep);
    return code;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    f->flow = mg_flow_matching_new(t->params, &f->model, err);
    return f->flow ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

static int room(flow_micro *p, int64_t n, int64_t draws, int64_t each, molglot_error *err) {
    p->z = malloc((size_t)(n * each) * sizeof *p->z);
    p->near = calloc((size_t)(n * each), sizeof *p->near);
    p->times = malloc((size_t)(n * draws) * sizeof *p->times);
    return p->z && p->near && p->times ? MOLGLOT_OK : mg_no_memory(err, "latents");
}

static int start(train_task *t, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    train_held_out *s = &f->validation.sets[0];
    int code = train_latents_encode_corpus(&f->latents, t, NULL, err);
    if (!code) code = train_validation_open(&f->validation, t, true, false, err);
    if (!code) code = train_memory_open(&f->memory, t, s, err);
    if (!code) code = train_latents_encode_held_out(&f->latents, t, s, NULL, err);
    return code ? code : room(&f->held_out, TRAIN_HELD_OUT_ROWS, 1, f->latents.each, err);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const flow_task *f = (const flow_task *)t;
    return room(micro, n, f->draws, f->latents.each, err);
}

static void free_micro(void *micro) {
    flow_micro *p = micro;
    train_rows_free(&p->text);
    free(p->z);
    free(p->near);
    free(p->times);
}

static double logit_normal(mg_rng *rng) { return 1 / (1 + exp(-mg_rng_normal(rng))); }

static int add_text(const flow_task *f, train_rows *p, const mg_corpus *c, int64_t row, bool drop,
                    molglot_error *err) {
    int32_t n;
    const int32_t *text = mg_corpus_text(c, row, &n);
    int code = drop || n == 0 ? train_rows_text(p, &f->none, 1, err)
                              : train_rows_text(p, text, n, err);
    return code ? code : train_rows_row(p, NULL, 0, err);
}

/* Latents of one of the molecules nearest to a row, the nearer ones more often, or zeros. */
static void choose_near(const flow_task *f, int64_t row, mg_rng *rng, float *out) {
    const train_memory *m = &f->memory;
    const size_t bytes = (size_t)f->latents.each * sizeof *out;
    const double u = mg_rng_uniform(rng);
    const int32_t near = m->near[row * m->among + (int)(u * u * m->among)];
    if (near >= 0 && mg_rng_uniform(rng) < (double)m->keep)
        memcpy(out, train_latents_of(&f->latents, &f->t, near), bytes);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const flow_task *f = (const flow_task *)t;
    const mg_corpus *c = t->corpus.rows;
    const int64_t each = f->latents.each, draws = f->draws;
    const uint64_t seed = mg_rng_u64(t->c.seed, FLOW_STREAM, (uint64_t)s->epoch);
    flow_micro *p = micro;
    int code = MOLGLOT_OK;
    (void)weight;
    train_rows_reset(&p->text, &f->packing);
    for (int64_t i = 0; i < s->n && !code; i++) {
        const int64_t row = s->rows[i];
        float *near = p->near + i * each;
        mg_rng rng = {.seed = seed, .stream = (uint64_t)(s->place + i)};
        const bool drop = mg_rng_uniform(&rng) < (double)f->text_drop;
        code = add_text(f, &p->text, c, row, drop, err);
        for (int64_t d = 0; d < draws; d++) p->times[i * draws + d] = (float)logit_normal(&rng);
        memset(near, 0, (size_t)each * sizeof *near);
        if (f->memory.near && !drop && row < mg_corpus_texts(c)) choose_near(f, row, &rng, near);
        memcpy(p->z + i * each, train_latents_of(&f->latents, t, row), (size_t)each * sizeof *p->z);
    }
    const mg_rng rng = {.seed = mg_rng_u64(seed, FLOW_STREAM + 1, 0), .stream = (uint64_t)s->place};
    return code ? code : train_rows_noise(&p->text, rng, s->n * draws * each, err);
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const flow_task *f = (const flow_task *)t;
    const flow_micro *p = micro;
    return mg_flow_matching_loss(t->tape, f->flow, p->z, f->draws, p->text.noise, p->times,
                                 &p->text.input.in, p->near);
}

/* ---- validation ---- */

/* Sentences of held-out rows and the latents of their nearest molecules into f->held_out, and as
 * many empty sentences into f->nothing. */
static int pack_rows(flow_task *f, const train_held_out *s, const int64_t *rows, int64_t n,
                     molglot_error *err) {
    const int64_t each = f->latents.each;
    int code = MOLGLOT_OK;
    train_rows_reset(&f->held_out.text, &f->packing);
    train_rows_reset(&f->nothing, &f->packing);
    for (int64_t i = 0; i < n && !code; i++) {
        const int32_t row = s->near ? s->near[rows[i]] : -1;
        float *near = f->held_out.near + i * each;
        code = add_text(f, &f->held_out.text, s->rows, rows[i], false, err);
        if (!code) code = add_text(f, &f->nothing, s->rows, rows[i], true, err);
        memset(near, 0, (size_t)each * sizeof *near);
        if (row >= 0)
            memcpy(near, train_latents_of(&f->latents, &f->t, row), (size_t)each * sizeof *near);
    }
    return code;
}

/* At noise and times that are the same each time. */
static int loss_of_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                        mg_tensor **out, int64_t *weight, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    flow_micro *p = &f->held_out;
    mg_rng rng = {.seed = FLOW_STREAM, .stream = (uint64_t)rows[0]};
    (void)weight;
    for (int64_t i = 0; i < n; i++) p->times[i] = (float)logit_normal(&rng);
    int code = pack_rows(f, s, rows, n, err);
    if (!code) code = train_rows_noise(&p->text, rng, n * f->latents.each, err);
    if (code) return code;
    *out = mg_flow_matching_loss(t->tape, f->flow, f->latents.held_out + rows[0] * f->latents.each,
                                 1, p->text.noise, p->times, &p->text.input.in, p->near);
    return MOLGLOT_OK;
}

static int read_rows(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    flow_micro *p = &f->held_out;
    const int64_t each = f->latents.each;
    int code = pack_rows(f, s, rows, n, err);
    for (int64_t i = 0; i < n && !code; i++) {
        mg_rng rng = {.seed = FLOW_STREAM + 1, .stream = (uint64_t)rows[i]};
        for (int64_t k = 0; k < each; k++) p->z[i * each + k] = (float)mg_rng_normal(&rng);
    }
    if (!code)
        code = mg_flow_matching_sample(t->tape, f->flow, &f->sampling, n, &p->text.input.in,
                                       &f->nothing.input.in, p->near, p->z, err);
    if (!code) *context = train_latents_context(&f->latents, t->tape, p->z, n);
    return code;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    return train_validation_run(&f->validation, t, f->latents.file->writer, loss_of_rows, read_rows,
                                out, err);
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const flow_task *f = (const flow_task *)t;
    const mg_latent_model m = {.params = t->params, .flow = f->flow};
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(t->corpus.rows, &bytes);
    return train_latents_save(&f->latents, t, &m, vocab, bytes, path, err);
}

static void add_scores(const train_task *t, struct json_t *to) {
    train_validation_json(&((const flow_task *)t)->validation, to);
}

static void close_task(train_task *t) {
    flow_task *f = (flow_task *)t;
    free_micro(&f->held_out);
    train_rows_free(&f->nothing);
    train_validation_close(&f->validation);
    train_memory_close(&f->memory);
    train_latents_close(&f->latents);
    mg_flow_matching_free(f->flow);
}

const train_kind train_kind_flow = {
    .name = "flow",
    .unit = "molecules",
    .run = "runs/flow",
    .score = "exact",
    .score_title = "validation: molecules written exactly",
    .size = sizeof(flow_task),
    .micro_size = sizeof(flow_micro),
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
