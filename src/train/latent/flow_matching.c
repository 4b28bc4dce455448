/* flow_matching.c - task = "flow": flow matching over the latents of a trained writer, told by
 * sentences, as loop.c's loop wants it.
 *
 * Latents of all molecules are made once, at the start (latents.c). A step takes those of its
 * rows, for each of them `draws` times standard normal noise and a time t = 1 / (1 + exp(-normal)),
 * and each row's sentence, which is read once for all draws and which with probability text_drop,
 * and where there is none, is the one word piece [NONE]. With a memory a row that has its sentence
 * is also told, with probability memory.keep, the latents of one of the memory.among molecules
 * nearest to it. Validation samples latents for held-out sentences and lets the writer write them.
 * The model file holds writer and flow.
 */
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* keeps these draws apart from those of the order and of dropout */
#define FLOW_STREAM 0x666c6f77u

/* noise lies in text; near: zeros where none is told */
typedef struct flow_part {
    train_rows text;
    float *z, *near, *times;
} flow_part;
typedef struct flow_batch {
    int64_t n;
    int n_parts;
    flow_part *parts;
} flow_batch;

typedef struct flow_task {
    train_task t;
    train_writer_config c;
    train_latents latents;
    mg_corpus *corpus;
    mg_flow_matching *flow;
    mg_writer_config packing; /* what the packer wants to know about sentences */
    int32_t none;             /* word piece of no sentence */
    int32_t *near;            /* [rows with a text][memory.among] rows of the corpus, or NULL */
    train_order order;        /* the feeder thread's */
    flow_batch slots[TRAIN_SLOTS];
    train_feeder *feeder;
    train_held_out sets[TRAIN_HELD_OUT_SETS];
    flow_part part;     /* of validation */
    train_rows nothing; /* as many empty sentences */
} flow_task;

/* ---- before the first step ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    return train_writer_config_read_flow(recipe, &t->c, &((flow_task *)t)->c, err);
}

static int open_writer(flow_task *f, molglot_error *err) {
    int code = train_latents_open(&f->latents, &f->c, f->t.o->threads, err);
    if (code) return code;
    const mg_writer_config *w = mg_writer_get_config(f->latents.file.writer);
    f->c.flow.latents = w->latents;
    f->c.flow.latent_dim = w->latent_dim;
    f->c.corpus.wordpiece = f->latents.wordpiece.s;
    return MOLGLOT_OK;
}

static int open_data(train_task *t, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    size_t bytes;
    int code = open_writer(f, err);
    if (!code) code = train_corpus_open(t, &f->c, &f->corpus, err);
    if (code) return code;
    const char *vocab = mg_corpus_wordpiece(f->corpus, &bytes);
    mg_wordpiece *words = mg_wordpiece_new(vocab, bytes, err);
    if (!words) return err->code;
    f->c.flow.text.vocab = mg_wordpiece_size(words);
    f->none = f->c.flow.text.vocab - 1;
    f->packing = (mg_writer_config){.words = f->c.flow.text.vocab, .max_text = f->c.flow.max_text};
    mg_wordpiece_free(words);
    return mg_flow_matching_config_check(&f->c.flow, err);
}

static int identify(const train_task *t, char out[65], molglot_error *err) {
    const flow_task *f = (const flow_task *)t;
    mg_str s = {0};
    char writer[65];
    int code = mg_bundle_identify(f->c.writer_file, MG_PART_LATENT, writer, err);
    if (code) return code;
    mg_flow_matching_config_to_json(&f->c.flow, &s);
    train_corpus_identify(&f->c, f->corpus, &s);
    train_add_optim(&t->c, &s);
    train_add_train(&t->c, &s);
    mg_str_addf(&s, "\nwriter %s text_drop %a draws %d", writer, (double)f->c.text_drop,
                f->c.draws);
    char context[65];
    if (f->c.memory_k &&
        (code = mg_bundle_identify(f->c.memory_model, MG_PART_SPACE, context, err))) {
        mg_str_free(&s);
        return code;
    }
    if (f->c.memory_k)
        mg_str_addf(&s, " memory %s of %d %a", context, f->c.memory_among,
                    (double)f->c.memory_keep);
    return mg_sha256_str(&s, out, err);
}

static int build(train_task *t, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    t->params = mg_params_new();
    if (!t->params) return mg_no_memory(err, "the model");
    f->flow = mg_flow_matching_new(t->params, &f->c.flow, err);
    if (!f->flow) return err->code ? err->code : MOLGLOT_FAILED;
    const mg_build_options o = {.train = true,
                                .ema = t->c.optim.ema_decay > 0,
                                .shadow = mg_tape_precision(t->tape) == MG_PREC_BF16,
                                .seed = t->c.seed};
    return mg_params_build(t->params, o, err);
}

/* ---- batches ---- */

static double logit_normal(mg_rng *rng) { return 1 / (1 + exp(-mg_rng_normal(rng))); }

static int add_text(flow_task *f, train_rows *p, const mg_corpus *c, int64_t row, bool drop,
                    molglot_error *err) {
    int32_t n;
    const int32_t *text = mg_corpus_text(c, row, &n);
    int code = drop || n == 0 ? train_rows_text(p, &f->none, 1, err)
                              : train_rows_text(p, text, n, err);
    return code ? code : train_rows_row(p, NULL, 0, err);
}

/* Latents of one of the molecules nearest to a row, the nearer ones more often, or zeros. */
static void choose_near(const flow_task *f, int64_t row, mg_rng *rng, float *out) {
    const size_t bytes = (size_t)f->latents.each * sizeof *out;
    const double u = mg_rng_uniform(rng);
    const int32_t near = f->near[row * f->c.memory_among + (int)(u * u * f->c.memory_among)];
    if (near >= 0 && mg_rng_uniform(rng) < (double)f->c.memory_keep)
        memcpy(out, train_latents_of(&f->latents, f->corpus, near), bytes);
}

static int build_batch(void *user, int64_t step, int slot, molglot_error *err) {
    flow_task *f = user;
    flow_batch *b = &f->slots[slot];
    const int64_t epoch = step / f->t.steps_per_epoch, at = step % f->t.steps_per_epoch * b->n,
                  each = (b->n + b->n_parts - 1) / b->n_parts;
    const int64_t size = f->latents.each;
    const uint64_t seed = mg_rng_u64(f->t.c.seed, FLOW_STREAM, (uint64_t)epoch);
    int code = train_order_read(&f->order, f->corpus, f->t.c.seed, epoch, at + b->n, err);
    for (int k = 0; k < b->n_parts && !code; k++) {
        flow_part *p = &b->parts[k];
        int64_t n = 0;
        train_rows_reset(&p->text, &f->packing);
        for (int64_t i = k * each; i < (k + 1) * each && i < b->n && !code; i++, n++) {
            const int64_t row = f->order.rows[at + i];
            mg_rng rng = {.seed = seed, .stream = (uint64_t)(at + i)};
            const bool drop = mg_rng_uniform(&rng) < (double)f->c.text_drop;
            code = add_text(f, &p->text, f->corpus, row, drop, err);
            for (int d = 0; d < f->c.draws; d++)
                p->times[n * f->c.draws + d] = (float)logit_normal(&rng);
            memset(p->near + n * size, 0, (size_t)size * sizeof *p->near);
            if (f->near && !drop && row < mg_corpus_texts(f->corpus))
                choose_near(f, row, &rng, p->near + n * size);
            memcpy(p->z + n * size, train_latents_of(&f->latents, f->corpus, row),
                   (size_t)size * sizeof *p->z);
        }
        const mg_rng rng = {.seed = mg_rng_u64(seed, FLOW_STREAM + 1, 0),
                            .stream = (uint64_t)(at + k * each)};
        if (!code) code = train_rows_noise(&p->text, rng, n * f->c.draws * size, err);
    }
    return code;
}

static int part_init(flow_part *p, int64_t n, int draws, int64_t each, molglot_error *err) {
    p->z = malloc((size_t)(n * each) * sizeof *p->z);
    p->near = calloc((size_t)(n * each), sizeof *p->near);
    p->times = malloc((size_t)(n * draws) * sizeof *p->times);
    return p->z && p->near && p->times ? MOLGLOT_OK : mg_no_memory(err, "latents");
}

static void part_free(flow_part *p) {
    train_rows_free(&p->text);
    free(p->z);
    free(p->near);
    free(p->times);
}

static int batches_init(flow_task *f, molglot_error *err) {
    const int64_t n = f->t.epoch_rows < f->t.c.batch ? f->t.epoch_rows : f->t.c.batch,
                  micro = f->t.c.micro_batch;
    const int64_t each = micro > 0 && micro < n ? micro : n;
    int code = MOLGLOT_OK;
    for (int i = 0; i < TRAIN_SLOTS && !code; i++) {
        flow_batch *b = &f->slots[i];
        b->n = n;
        b->n_parts = (int)((n + each - 1) / each);
        b->parts = calloc((size_t)b->n_parts, sizeof *b->parts);
        if (!b->parts) code = mg_no_memory(err, "latents");
        for (int k = 0; k < b->n_parts && !code; k++)
            code = part_init(&b->parts[k], each, f->c.draws, f->latents.each, err);
    }
    if (!code && !(f->feeder = train_feeder_new(build_batch, f, f->t.step, f->t.total, err)))
        code = err->code;
    return code;
}

static int start(train_task *t, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    int code = train_latents_encode_corpus(&f->latents, t, f->corpus, err);
    if (!code) code = train_held_out_open_all(f->sets, &f->c, f->corpus, true, false, err);
    t->validates = f->sets[0].name != NULL;
    if (!code) code = train_neighbours_find_all(t, &f->c, f->corpus, &f->sets[0], &f->near, err);
    if (!code && t->validates)
        code = train_latents_encode_held_out(&f->latents, t, &f->sets[0], err);
    if (!code) code = part_init(&f->part, TRAIN_HELD_OUT_ROWS, 1, f->latents.each, err);
    return code ? code : batches_init(f, err);
}

/* ---- steps ---- */

static int step(train_task *t, train_result *out, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    int slot = 0, code = train_feeder_next(f->feeder, &slot, err);
    if (code) return code;
    const flow_batch *b = &f->slots[slot];
    for (int k = 0; k < b->n_parts && !code; k++) {
        const flow_part *p = &b->parts[k];
        const double share = (double)p->text.input.in.n / (double)b->n;
        train_tape(t, (uint64_t)k, true);
        mg_tensor *value = mg_flow_matching_loss(t->tape, f->flow, p->z, f->c.draws, p->text.noise,
                                                 p->times, &p->text.input.in, p->near);
        mg_backward(t->tape, b->n_parts > 1 ? mg_scale(t->tape, value, (float)share) : value);
        const float *number = mg_values(t->tape, value);
        if (number) out->loss += share * number[0];
        code = mg_tape_error(t->tape, err);
    }
    out->n = b->n;
    return code ? code
                : mg_optim_step(t->params, t->tape, &t->c.optim, t->step, &out->grad_norm,
                                &out->skipped, err);
}

/* ---- validation ---- */

/* Sentences of held-out rows and the latents of their nearest molecules into f->part, and as many
 * empty sentences into f->nothing. */
static int pack_rows(flow_task *f, const train_held_out *s, const int64_t *rows, int64_t n,
                     molglot_error *err) {
    int code = MOLGLOT_OK;
    train_rows_reset(&f->part.text, &f->packing);
    train_rows_reset(&f->nothing, &f->packing);
    for (int64_t i = 0; i < n && !code; i++) {
        code = add_text(f, &f->part.text, s->rows, rows[i], false, err);
        if (!code) code = add_text(f, &f->nothing, s->rows, rows[i], true, err);
        const int32_t near = s->near ? s->near[rows[i]] : -1;
        if (near >= 0)
            memcpy(f->part.near + i * f->latents.each,
                   train_latents_of(&f->latents, f->corpus, near),
                   (size_t)f->latents.each * sizeof *f->part.near);
        else
            memset(f->part.near + i * f->latents.each, 0,
                   (size_t)f->latents.each * sizeof *f->part.near);
    }
    return code;
}

/* Loss at noise and times that are the same each time. */
static int measure_loss(flow_task *f, train_held_out *s, molglot_error *err) {
    int64_t rows[TRAIN_HELD_OUT_ROWS];
    double sum = 0;
    for (int64_t at = 0; at < s->n; at += TRAIN_HELD_OUT_ROWS) {
        const int64_t n = s->n - at < TRAIN_HELD_OUT_ROWS ? s->n - at : TRAIN_HELD_OUT_ROWS;
        mg_rng rng = {.seed = FLOW_STREAM, .stream = (uint64_t)at};
        for (int64_t i = 0; i < n; i++) {
            rows[i] = at + i;
            f->part.times[i] = (float)logit_normal(&rng);
        }
        int code = pack_rows(f, s, rows, n, err);
        if (!code) code = train_rows_noise(&f->part.text, rng, n * f->latents.each, err);
        if (code) return code;
        mg_tape_reset(f->t.tape);
        mg_tensor *value = mg_flow_matching_loss(
            f->t.tape, f->flow, f->latents.held_out + at * f->latents.each, 1, f->part.text.noise,
            f->part.times, &f->part.text.input.in, f->part.near);
        const float *number = mg_values(f->t.tape, value);
        if (!number) return mg_tape_error(f->t.tape, err);
        sum += (double)number[0] * (double)n;
    }
    s->scores.loss = sum / (double)s->n;
    return MOLGLOT_OK;
}

static int read_rows(void *user, const train_held_out *s, const int64_t *rows, int64_t n,
                     mg_context *context, molglot_error *err) {
    flow_task *f = user;
    mg_tape *tape = f->t.tape;
    int code = pack_rows(f, s, rows, n, err);
    for (int64_t i = 0; i < n && !code; i++) {
        mg_rng rng = {.seed = FLOW_STREAM + 1, .stream = (uint64_t)rows[i]};
        for (int64_t k = 0; k < f->latents.each; k++)
            f->part.z[i * f->latents.each + k] = (float)mg_rng_normal(&rng);
    }
    if (!code)
        code = mg_flow_matching_sample(tape, f->flow, &f->c.sampling, n, &f->part.text.input.in,
                                       &f->nothing.input.in, f->part.near, f->part.z, err);
    if (code) return code;
    *context = mg_writer_context_of(
        tape, f->latents.file.writer,
        mg_input(tape, f->part.z, n * f->c.flow.latents, f->c.flow.latent_dim, false));
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    flow_task *f = (flow_task *)t;
    mg_tape_record(t->tape, false);
    mg_tape_training(t->tape, false);
    int code = mg_params_swap_ema(t->params, err);
    if (!code) code = measure_loss(f, &f->sets[0], err);
    if (!code)
        code = train_held_out_sample(&f->sets[0], t, f->latents.file.writer, f->c.sample, read_rows,
                                     f, err);
    if (!code) code = mg_params_swap_ema(t->params, err);
    train_held_out_verdict_all(f->sets, out);
    return code;
}

/* ---- results ---- */

static int save_model(train_task *t, const char *path, molglot_error *err) {
    const flow_task *f = (const flow_task *)t;
    const mg_latent_model m = {.params = t->params, .flow = f->flow};
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(f->corpus, &bytes);
    return train_latents_save(&f->latents, t, f->corpus, &m, vocab, bytes, path, err);
}

static const char *model_name(const train_task *t) { return ((const flow_task *)t)->c.flow.name; }
static json_t *data(const train_task *t) {
    return train_corpus_json(&((const flow_task *)t)->c, ((const flow_task *)t)->corpus);
}
static void add_scores(const train_task *t, json_t *to) {
    train_held_out_json_all(((const flow_task *)t)->sets, to);
}

static void close_task(train_task *t) {
    flow_task *f = (flow_task *)t;
    train_feeder_free(f->feeder);
    for (int i = 0; i < TRAIN_SLOTS; i++) {
        for (int k = 0; k < f->slots[i].n_parts && f->slots[i].parts; k++)
            part_free(&f->slots[i].parts[k]);
        free(f->slots[i].parts);
    }
    part_free(&f->part);
    train_rows_free(&f->nothing);
    train_held_out_close_all(f->sets);
    mg_flow_matching_free(f->flow);
    mg_params_free(t->params);
    mg_corpus_close(f->corpus);
    train_latents_close(&f->latents);
    free(f->order.rows);
    free(f->near);
}

const train_kind train_kind_flow = {.name = "flow",
                                    .unit = "molecules",
                                    .score = "exact",
                                    .score_title = "validation: molecules written exactly",
                                    .size = sizeof(flow_task),
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
