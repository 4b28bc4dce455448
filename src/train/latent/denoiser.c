/* denoiser.c - task = "diffusion": 3M-Diffusion's denoiser over the latents of a trained writer, as
 * loop.c's loop wants it (2403.07179; the network and its loss: model/latent/denoiser.c, the
 * sampler: ddim.c).
 *
 * Latents of all molecules, one vector z0 [K * latent_dim] each (latents.c), and conditions of all
 * sentences [condition] (generate/generate.h) are made once, at the start. A step takes those of
 * its rows, standard normal noise, and levels t uniform in 0 .. T-1; with probability text_drop,
 * and where there is no sentence, the condition is the unconditional one. Validation samples
 * latents for held-out sentences by DDIM and lets the writer write them. The model file holds
 * writer and denoiser.
 */
#include "base/toml/toml.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "search/search.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

#define DIFFUSION_STREAM 0x64696666u /* keeps these draws apart from those of the order */

/* [texts][condition], [texts] */
typedef struct conditions {
    float *rows;
    bool *told;
} conditions;
typedef struct diffusion_rows { /* a batch, or rows of validation */
    float *z, *noise, *c;       /* [n][each] twice, [n][condition] */
    int32_t *times;             /* [n] */
    bool *drop;                 /* [n] without a condition */
} diffusion_rows;

typedef struct diffusion_task {
    train_task t;
    train_writer_config c;
    train_latents latents;
    mg_corpus *corpus;
    mg_mlp_denoiser *denoiser;
    mg_model_file aligned; /* until its conditions are made */
    mg_embedder *embedder;
    float *probe;                            /* generate/generate.h */
    conditions texts, held_out;              /* of the corpus; of sets[0] */
    train_order order;                       /* the feeder thread's */
    int64_t n;                               /* rows of a batch */
    diffusion_rows slots[TRAIN_SLOTS], part; /* part: of validation */
    train_feeder *feeder;
    train_held_out sets[TRAIN_HELD_OUT_SETS];
} diffusion_task;

/* ---- before the first step ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    return train_writer_config_read_diffusion(recipe, &t->c, &((diffusion_task *)t)->c, err);
}

static int open_aligned(diffusion_task *d, molglot_error *err) {
    int code = mg_model_file_load(&d->aligned, d->c.condition_model, err);
    if (code) return code;
    d->embedder = mg_embedder_new(
        &d->aligned, (mg_embed_options){.device = d->t.c.device, .threads = d->t.o->threads}, err);
    if (!d->embedder) return err->code ? err->code : MOLGLOT_FAILED;
    d->c.denoiser.condition = mg_embedder_dim(d->embedder);
    return MOLGLOT_OK;
}

static void close_aligned(diffusion_task *d) {
    mg_embedder_free(d->embedder);
    mg_model_file_close(&d->aligned);
    d->embedder = NULL;
}

static int open_data(train_task *t, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    int code = train_latents_open(&d->latents, &d->c, t->o->threads, err);
    if (!code) code = open_aligned(d, err);
    if (code) return code;
    d->c.denoiser.dim = (int)d->latents.each;
    code = mg_mlp_denoiser_config_check(&d->c.denoiser, err);
    return code ? code : train_corpus_open(t, &d->c, &d->corpus, err);
}

static int identify(const train_task *t, char out[65], molglot_error *err) {
    const diffusion_task *d = (const diffusion_task *)t;
    mg_str s = {0};
    char writer[65], aligned[65];
    int code = mg_bundle_identify(d->c.writer_file, MG_PART_LATENT, writer, err);
    if (!code) code = mg_bundle_identify(d->c.condition_model, MG_PART_SPACE, aligned, err);
    if (code) return code;
    mg_mlp_denoiser_config_to_json(&d->c.denoiser, &s);
    train_corpus_identify(&d->c, d->corpus, &s);
    train_add_optim(&t->c, &s);
    train_add_train(&t->c, &s);
    mg_str_addf(&s, "\nwriter %s condition %s text_drop %a", writer, aligned,
                (double)d->c.text_drop);
    return mg_sha256_str(&s, out, err);
}

static int build(train_task *t, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    t->params = mg_params_new();
    if (t->params) d->denoiser = mg_mlp_denoiser_new(t->params, "denoiser", &d->c.denoiser);
    if (!d->denoiser) return mg_no_memory(err, "the model");
    const mg_build_options o = {.train = true,
                                .ema = t->c.optim.ema_decay > 0,
                                .shadow = mg_tape_precision(t->tape) == MG_PREC_BF16,
                                .seed = t->c.seed};
    return mg_params_build(t->params, o, err);
}

/* ---- conditions ---- */

/* Of the first n sentences of a corpus. */
static int embed(diffusion_task *d, const mg_corpus *c, int64_t n, conditions *out,
                 molglot_error *err) {
    const char **sentences = malloc(((size_t)n + 1) * sizeof *sentences);
    out->rows = malloc((size_t)(n * d->c.denoiser.condition + 1) * sizeof *out->rows);
    out->told = malloc(((size_t)n + 1) * sizeof *out->told);
    int code = sentences && out->rows && out->told ? MOLGLOT_OK
                                                   : mg_no_memory(err, "latents and conditions");
    for (int64_t i = 0; i < n && !code; i++) sentences[i] = mg_corpus_sentence(c, i);
    if (!code)
        code = mg_condition_texts(d->embedder, sentences, (size_t)n, out->rows, out->told, err);
    free(sentences);
    return code;
}

static int make_conditions(diffusion_task *d, molglot_error *err) {
    const int64_t n = mg_corpus_texts(d->corpus);
    train_tell(&d->t, "conditions of %lld texts", (long long)n);
    int code = embed(d, d->corpus, n, &d->texts, err);
    if (!code && d->sets[0].name) code = embed(d, d->sets[0].rows, d->sets[0].n, &d->held_out, err);
    if (!code && !(d->probe = malloc((size_t)d->c.denoiser.condition * sizeof *d->probe)))
        code = mg_no_memory(err, "latents and conditions");
    if (!code) code = mg_condition_probe(d->embedder, d->probe, err);
    close_aligned(d);
    return code;
}

/* ---- batches ---- */

static int rows_init(const diffusion_task *d, diffusion_rows *b, int64_t n, molglot_error *err) {
    const size_t latents = (size_t)(n * d->latents.each),
                 condition = (size_t)(n * d->c.denoiser.condition);
    b->z = malloc(latents * sizeof *b->z);
    b->noise = malloc(latents * sizeof *b->noise);
    b->c = malloc(condition * sizeof *b->c);
    b->times = malloc((size_t)n * sizeof *b->times);
    b->drop = malloc((size_t)n * sizeof *b->drop);
    return b->z && b->noise && b->c && b->times && b->drop
               ? MOLGLOT_OK
               : mg_no_memory(err, "latents and conditions");
}

static void rows_free(diffusion_rows *b) {
    free(b->z);
    free(b->noise);
    free(b->c);
    free(b->times);
    free(b->drop);
}

/* Row i: latents z and the condition of text `row`, which there may not be; level, noise and
 * whether the condition is dropped are drawn. */
static void fill_row(const diffusion_task *d, diffusion_rows *b, int64_t i, const float *z,
                     const conditions *c, int64_t row, int64_t texts, float drop, mg_rng rng) {
    const int64_t each = d->latents.each, condition = d->c.denoiser.condition;
    const bool told = row < texts && c->told[row];
    b->drop[i] = mg_rng_uniform(&rng) < (double)drop || !told;
    b->times[i] = (int32_t)mg_rng_below(&rng, MG_DDIM_T);
    for (int64_t k = 0; k < each; k++) b->noise[i * each + k] = (float)mg_rng_normal(&rng);
    memcpy(b->z + i * each, z, (size_t)each * sizeof *z);
    if (told)
        memcpy(b->c + i * condition, c->rows + row * condition, (size_t)condition * sizeof *b->c);
    else
        memset(b->c + i * condition, 0, (size_t)condition * sizeof *b->c);
}

static int build_batch(void *user, int64_t step, int slot, molglot_error *err) {
    diffusion_task *d = user;
    const int64_t epoch = step / d->t.steps_per_epoch, at = step % d->t.steps_per_epoch * d->n;
    const uint64_t seed = mg_rng_u64(d->t.c.seed, DIFFUSION_STREAM, (uint64_t)epoch);
    int code = train_order_read(&d->order, d->corpus, d->t.c.seed, epoch, at + d->n, err);
    for (int64_t i = 0; i < d->n && !code; i++) {
        const int64_t row = d->order.rows[at + i];
        const mg_rng rng = {.seed = seed, .stream = (uint64_t)(at + i)};
        fill_row(d, &d->slots[slot], i, train_latents_of(&d->latents, d->corpus, row), &d->texts,
                 row, mg_corpus_texts(d->corpus), d->c.text_drop, rng);
    }
    return code;
}

static int start(train_task *t, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    int code = train_latents_encode_corpus(&d->latents, t, d->corpus, err);
    if (!code) code = train_held_out_open_all(d->sets, &d->c, d->corpus, true, false, err);
    t->validates = d->sets[0].name != NULL;
    if (!code && t->validates)
        code = train_latents_encode_held_out(&d->latents, t, &d->sets[0], err);
    if (!code) code = make_conditions(d, err);
    d->n = t->epoch_rows < t->c.batch ? t->epoch_rows : t->c.batch;
    for (int i = 0; i < TRAIN_SLOTS && !code; i++) code = rows_init(d, &d->slots[i], d->n, err);
    if (!code) code = rows_init(d, &d->part, TRAIN_HELD_OUT_ROWS, err);
    if (!code && !(d->feeder = train_feeder_new(build_batch, d, t->step, t->total, err)))
        code = err->code;
    return code;
}

/* ---- steps ---- */

/* Mean over rows at .. at + n-1. */
static mg_tensor *loss_of(diffusion_task *d, const diffusion_rows *b, int64_t at, int64_t n) {
    const int64_t z = at * d->latents.each;
    return mg_mlp_denoiser_loss(d->t.tape, d->denoiser, b->z + z,
                                b->c + at * d->c.denoiser.condition, b->times + at, b->noise + z,
                                b->drop + at, n);
}

static int step(train_task *t, train_result *out, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    int slot = 0, code = train_feeder_next(d->feeder, &slot, err);
    const int64_t micro = t->c.micro_batch > 0 && t->c.micro_batch < d->n ? t->c.micro_batch : d->n;
    for (int64_t at = 0; at < d->n && !code; at += micro) {
        const int64_t n = d->n - at < micro ? d->n - at : micro;
        const double share = (double)n / (double)d->n;
        train_tape(t, (uint64_t)(at / micro), true);
        mg_tensor *value = loss_of(d, &d->slots[slot], at, n);
        mg_backward(t->tape, n < d->n ? mg_scale(t->tape, value, (float)share) : value);
        const float *number = mg_values(t->tape, value);
        if (number) out->loss += share * number[0];
        code = mg_tape_error(t->tape, err);
    }
    out->n = d->n;
    return code ? code
                : mg_optim_step(t->params, t->tape, &t->c.optim, t->step, &out->grad_norm,
                                &out->skipped, err);
}

/* ---- validation ---- */

/* Loss at noise and levels that are the same each time. */
static int measure_loss(diffusion_task *d, train_held_out *s, molglot_error *err) {
    double sum = 0;
    for (int64_t at = 0; at < s->n; at += TRAIN_HELD_OUT_ROWS) {
        const int64_t n = s->n - at < TRAIN_HELD_OUT_ROWS ? s->n - at : TRAIN_HELD_OUT_ROWS;
        for (int64_t i = 0; i < n; i++) {
            const mg_rng rng = {.seed = DIFFUSION_STREAM, .stream = (uint64_t)(at + i)};
            fill_row(d, &d->part, i, d->latents.held_out + (at + i) * d->latents.each, &d->held_out,
                     at + i, s->n, 0, rng);
        }
        mg_tape_reset(d->t.tape);
        mg_tensor *value = loss_of(d, &d->part, 0, n);
        const float *number = mg_values(d->t.tape, value);
        if (!number) return mg_tape_error(d->t.tape, err);
        sum += (double)number[0] * (double)n;
    }
    s->scores.loss = sum / (double)s->n;
    return MOLGLOT_OK;
}

static int read_rows(void *user, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    diffusion_task *d = user;
    mg_tape *tape = d->t.tape;
    const mg_writer_config *w = mg_writer_get_config(d->latents.file.writer);
    const size_t condition = (size_t)d->c.denoiser.condition;
    uint64_t streams[TRAIN_HELD_OUT_ROWS];
    (void)s;
    for (int64_t i = 0; i < n; i++) {
        streams[i] = (uint64_t)rows[i];
        memcpy(d->part.c + (size_t)i * condition, d->held_out.rows + (size_t)rows[i] * condition,
               condition * sizeof *d->part.c);
    }
    mg_noise_streams noise = {DIFFUSION_STREAM, streams, (size_t)d->latents.each};
    int code = mg_ddim_sample(tape, d->denoiser, &d->c.ddim, d->part.c, n, mg_noise_of_streams,
                              &noise, d->part.z, err);
    if (code) return code;
    mg_tape_reset(tape);
    *context =
        mg_writer_context_of(tape, d->latents.file.writer,
                             mg_input(tape, d->part.z, n * w->latents, w->latent_dim, false));
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    diffusion_task *d = (diffusion_task *)t;
    mg_tape_record(t->tape, false);
    mg_tape_training(t->tape, false);
    int code = mg_params_swap_ema(t->params, err);
    if (!code) code = measure_loss(d, &d->sets[0], err);
    if (!code)
        code = train_held_out_sample(&d->sets[0], t, d->latents.file.writer, d->c.sample, read_rows,
                                     d, err);
    if (!code) code = mg_params_swap_ema(t->params, err);
    train_held_out_verdict_all(d->sets, out);
    return code;
}

/* ---- results ---- */

static int save_model(train_task *t, const char *path, molglot_error *err) {
    const diffusion_task *d = (const diffusion_task *)t;
    const mg_latent_model m = {.params = t->params, .denoiser = d->denoiser, .probe = d->probe};
    return train_latents_save(&d->latents, t, d->corpus, &m, d->latents.wordpiece.s,
                              d->latents.wordpiece.n, path, err);
}

static const char *model_name(const train_task *t) {
    return ((const diffusion_task *)t)->c.denoiser.name;
}
static json_t *data(const train_task *t) {
    return train_corpus_json(&((const diffusion_task *)t)->c, ((const diffusion_task *)t)->corpus);
}
static void add_scores(const train_task *t, json_t *to) {
    train_held_out_json_all(((const diffusion_task *)t)->sets, to);
}

static void conditions_free(conditions *c) {
    free(c->rows);
    free(c->told);
}

static void close_task(train_task *t) {
    diffusion_task *d = (diffusion_task *)t;
    train_feeder_free(d->feeder);
    for (int i = 0; i < TRAIN_SLOTS; i++) rows_free(&d->slots[i]);
    rows_free(&d->part);
    conditions_free(&d->texts);
    conditions_free(&d->held_out);
    close_aligned(d);
    train_held_out_close_all(d->sets);
    mg_mlp_denoiser_free(d->denoiser);
    mg_params_free(t->params);
    mg_corpus_close(d->corpus);
    train_latents_close(&d->latents);
    free(d->order.rows);
    free(d->probe);
}

const train_kind train_kind_diffusion = {.name = "diffusion",
                                         .unit = "molecules",
                                         .score = "exact",
                                         .score_title = "validation: molecules written exactly",
                                         .size = sizeof(diffusion_task),
                                         .read = read_recipe,
                                         .open = open_data,
                                         .identify = identify,
                                         .build = build,
                                         .start = start,
                                         .step = step,
                                         .validate = validate,
                                         .save_model = save_model,
                                         .model_name = model_name,
                                         .data = data,
                                         .add_scores = add_scores,
                                         .close = close_task};
