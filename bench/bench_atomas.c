/* bench_atomas.c - one training step of our unified model (recipes/atomas.toml), as JSON: the
 * trainer's own rows, loss and optimiser (train/atomas/kind.c), on random weights.
 *
 *   bench_atomas RECIPE PAIRS [--precision bf16|f32] [--steps 4] [--warm 2] [--threads 0]
 *     [--dump FILE]
 *
 * RECIPE gives the model, [input], [loss] and [train]; PAIRS is a table of molecules and texts,
 * whose vocabularies are made of it. Step k trains on rows k*batch .. (k+1)*batch. All texts are
 * captions; a row's neighbours are the rows behind it, since what is near does not change what a
 * step costs. Batches are made before the clock starts; a step is forward, backward, clipping,
 * AdamW and the EMA. --dump writes batches, weights and the first loss for train_torch_atomas.py,
 * which does the same step in PyTorch, and measures nothing: int32 numbers, as `dump` below has
 * them.
 */
#include "model/writer/copy.h"
#include "train/atomas/atomas.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_STEPS = 64, MAX_BATCH = 1024 };

typedef struct options {
    const char *recipe, *pairs, *dump;
    bool half;
    int steps, warm, threads;
} options;

typedef struct bench {
    options o;
    atomas_task w;
    atomas_micro micros[2 * MAX_STEPS];
    int made;
    molglot_error err;
} bench;

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- recipe, rows, model ---- */

static int read_recipe(bench *b) {
    atomas_task *w = &b->w;
    mg_toml *t = mg_toml_load(b->o.recipe, &b->err);
    if (!t) return b->err.code;
    int code = mg_writer_config_from_toml(t, &w->model, &b->err);
    if (!code) code = train_read_train(t, &w->t.c, &b->err);
    w->alone = (float)mg_toml_num(t, "input.alone", 0.2);
    w->molecules = (float)mg_toml_num(t, "input.molecules", 1);
    w->captions = (float)mg_toml_num(t, "loss.captions", 1);
    w->contrast = (float)mg_toml_num(t, "loss.contrast", 0.1);
    w->align = (float)mg_toml_num(t, "loss.align", 0.1);
    w->memory.k = (int)mg_toml_num(t, "memory.k", 1);
    w->memory.among = (int)mg_toml_num(t, "memory.among", 8);
    w->memory.keep = (float)mg_toml_num(t, "memory.keep", 1);
    mg_toml_free(t);
    if (!code && (!w->model.captions || !w->model.align || !w->model.copy || w->memory.k != 1))
        code = mg_fail(&b->err, MOLGLOT_USAGE, "%s: not a recipe as recipes/atomas.toml is",
                       b->o.recipe);
    if (!code && (w->t.c.batch < 2 || w->t.c.batch > MAX_BATCH))
        code = mg_fail(&b->err, MOLGLOT_USAGE, "batches of 2 to %d rows", MAX_BATCH);
    return code;
}

/* The rows behind each one stand for those that are near. */
static int make_neighbours(bench *b, int64_t rows) {
    train_memory *m = &b->w.memory;
    const size_t n = (size_t)(rows * m->among);
    m->near = malloc(n * sizeof *m->near);
    m->told = malloc(n * sizeof *m->told);
    b->w.told = malloc((size_t)rows);
    if (!m->near || !m->told || !b->w.told) return mg_no_memory(&b->err, "neighbours");
    memset(b->w.told, 1, (size_t)rows);
    for (int64_t i = 0; i < rows; i++)
        for (int k = 0; k < m->among; k++)
            m->near[i * m->among + k] = m->told[i * m->among + k] = (int32_t)((i + 1 + k) % rows);
    return MOLGLOT_OK;
}

static int open_rows(bench *b) {
    atomas_task *w = &b->w;
    const mg_writer_config *c = &w->model;
    const mg_corpus_source source = {.path = b->o.pairs, .weight = 1, .canonical = true};
    const mg_corpus_config config = {.sources = &source,
                                     .n_sources = 1,
                                     .pairs = true,
                                     .tokens = 512,
                                     .token_min_count = 20,
                                     .max_tokens = c->max_tokens,
                                     .max_text = c->max_text,
                                     .wordpiece_size = 6000,
                                     .strings = true};
    w->t.corpus.rows = mg_corpus_open(&config, NULL, NULL, &b->err);
    if (!w->t.corpus.rows) return b->err.code;
    const int64_t rows = mg_corpus_texts(w->t.corpus.rows);
    if (rows < w->t.c.batch * (b->o.warm + b->o.steps))
        return mg_fail(&b->err, MOLGLOT_USAGE, "%s has %lld pairs, fewer than the steps need",
                       b->o.pairs, (long long)rows);
    const int code = atomas_fit_model(w, &b->err);
    return code ? code : make_neighbours(b, rows);
}

static int make_model(bench *b) {
    train_task *t = &b->w.t;
    t->params = mg_params_new();
    b->w.writer = t->params ? mg_writer_new(t->params, &b->w.model, &b->err) : NULL;
    if (!b->w.writer) return mg_code_of(&b->err, MOLGLOT_NO_MEMORY);
    int code = mg_params_build(
        t->params,
        (mg_build_options){
            .train = true, .ema = t->c.optim.ema_decay > 0, .shadow = b->o.half, .seed = 1},
        &b->err);
    if (code) return code;
    t->tape = mg_tape_new("cpu", b->o.half ? MG_PREC_BF16 : MG_PREC_F32, b->o.threads, 0, &b->err);
    return t->tape ? MOLGLOT_OK : b->err.code;
}

static int make_batch(bench *b, int k) {
    train_task *t = &b->w.t;
    int64_t rows[MAX_BATCH], weight;
    for (int64_t i = 0; i < t->c.batch; i++) rows[i] = k * t->c.batch + i;
    const train_span span = {.place = k * t->c.batch, .rows = rows, .n = t->c.batch};
    b->made = k + 1;
    int code = train_kind_atomas.make_micro(t, &b->micros[k], t->c.batch, &b->err);
    return code ? code : train_kind_atomas.fill(t, &span, &b->micros[k], &weight, &b->err);
}

/* ---- batches for the other side ---- */

static void put(FILE *f, const int32_t *x, int64_t n) {
    const int32_t count = (int32_t)n;
    fwrite(&count, sizeof count, 1, f);
    fwrite(x, sizeof *x, (size_t)n, f);
}

/* offsets, ids and positions of what is read; those of the target with the tokens after each; the
 * context row that each stands beside in what it copies, how many tokens agree, what comes next. */
static void dump_rows(bench *b, FILE *f, const train_rows *p) {
    const mg_writer_config *c = &b->w.model;
    const mg_writer_input *in = &p->input.in;
    const mg_writer_target *y = &p->target;
    const int32_t n = y->offsets[y->n];
    int32_t *row = calloc((size_t)n + 1, sizeof *row), *agree = calloc((size_t)n + 1, sizeof *row),
            *next = calloc((size_t)n + 1, sizeof *row);
    const mg_context read = {.seqs = {in->n, in->offsets}, .in = in};
    mg_copier *k = mg_copier_start(b->w.t.tape, c, &read, NULL, in->n, y->words);
    for (int64_t s = 0; s < y->n && k && row && agree && next; s++)
        for (int32_t i = y->offsets[s]; i < y->offsets[s + 1]; i++) {
            if (i > y->offsets[s]) mg_align_push(&k->at[s], y->ids[i]);
            row[i] = k->first[s] < 0 ? -1 : k->first[s] + k->at[s].place;
            agree[i] = k->first[s] < 0                  ? -1
                       : k->at[s].agree < MG_COPY_AGREE ? k->at[s].agree
                                                        : MG_COPY_AGREE;
            next[i] = mg_copier_next(k, s);
        }
    put(f, in->offsets, in->n + 1);
    put(f, in->ids, in->offsets[in->n]);
    put(f, in->positions, in->offsets[in->n]);
    put(f, y->offsets, y->n + 1);
    put(f, y->ids, n);
    put(f, y->positions, n);
    put(f, y->next, n);
    put(f, row, n);
    put(f, agree, n);
    put(f, next, n);
    free(row);
    free(agree);
    free(next);
}

/* All parameters that are trained, in the order of their declaration, and the loss of batch 0. */
static void dump_weights(bench *b, FILE *f) {
    const train_task *t = &b->w.t;
    for (size_t i = 0; i < mg_params_count(t->params); i++) {
        unsigned flags;
        const mg_tensor *x = mg_params_at(t->params, i, NULL, &flags);
        if (flags & (MG_PARAM_BUFFER | MG_PARAM_FROZEN)) continue;
        put(f, (const int32_t *)x->data, mg_tensor_count(x));
    }
    mg_tape_reset(t->tape);
    mg_tensor *loss = train_kind_atomas.loss(&b->w.t, &b->micros[0]);
    if (loss) put(f, (const int32_t *)loss->data, 1);
}

static int dump(bench *b) {
    const mg_writer_config *c = &b->w.model;
    FILE *f = fopen(b->o.dump, "wb");
    if (!f) return mg_fail(&b->err, MOLGLOT_FAILED, "%s cannot be written", b->o.dump);
    const int32_t head[] = {c->words,
                            c->tokens,
                            c->max_text,
                            c->max_tokens,
                            c->encoder.positions,
                            c->decoder.positions,
                            c->encoder.layers,
                            c->decoder.layers,
                            c->encoder.hidden,
                            c->encoder.heads,
                            c->encoder.ffn,
                            (int32_t)mg_params_elements(b->w.t.params, true),
                            MG_TOKEN_EOS,
                            (int32_t)b->w.t.c.batch,
                            b->made};
    put(f, head, (int64_t)(sizeof head / sizeof *head));
    for (int k = 0; k < b->made; k++) {
        const atomas_micro *p = &b->micros[k];
        mg_tape_reset(b->w.t.tape);
        dump_rows(b, f, &p->molecules);
        dump_rows(b, f, &p->told);
        put(f, p->pure, p->n_pure);
        put(f, p->pure_told, p->n_pure);
        put(f, p->groups, p->n_pure);
    }
    dump_weights(b, f);
    return fclose(f) ? mg_fail(&b->err, MOLGLOT_FAILED, "%s cannot be written", b->o.dump)
                     : MOLGLOT_OK;
}

/* ---- a step ---- */

static int step(bench *b, int k, double *loss) {
    train_task *t = &b->w.t;
    mg_optim_config c = t->c.optim;
    strcpy(c.schedule, "constant");
    mg_tape_reset(t->tape);
    mg_tape_seed(t->tape, 1, (uint64_t)k);
    mg_tape_record(t->tape, true);
    mg_tape_training(t->tape, true);
    mg_tensor *value = train_kind_atomas.loss(t, &b->micros[k]);
    if (value) *loss = (double)mg_f32(value)[0];
    if (value) mg_backward(t->tape, value);
    int code = mg_tape_error(t->tape, &b->err);
    return code ? code : mg_optim_step(t->params, t->tape, &c, k, NULL, NULL, &b->err);
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(bench *b) {
    double seconds[MAX_STEPS], processor[MAX_STEPS], loss = 0, read = 0, written = 0;
    for (int k = 0; k < b->made; k++) {
        const double start = seconds_of(CLOCK_MONOTONIC),
                     cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        int code = step(b, k, &loss);
        if (code) return code;
        if (k < b->o.warm) continue;
        const atomas_micro *p = &b->micros[k];
        seconds[k - b->o.warm] = seconds_of(CLOCK_MONOTONIC) - start;
        processor[k - b->o.warm] = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        read += p->molecules.input.in.offsets[p->molecules.input.in.n] +
                p->told.input.in.offsets[p->told.input.in.n];
        written += (double)(train_rows_tokens(&p->molecules) + train_rows_tokens(&p->told));
    }
    const size_t n = (size_t)b->o.steps;
    qsort(seconds, n, sizeof *seconds, by_value);
    qsort(processor, n, sizeof *processor, by_value);
    printf("{\"bench\": \"train_step_atomas\", \"who\": \"molglot\", \"precision\": \"%s\", "
           "\"parameters\": %lld, \"batch\": %lld, \"steps\": %zu, \"threads\": %d, "
           "\"ms_per_step\": %.1f, \"best_ms\": %.1f, \"cpu_ms_per_step\": %.1f, "
           "\"tokens_read\": %.0f, \"tokens_written\": %.0f, \"loss\": %.4f}\n",
           b->o.half ? "bf16" : "f32", (long long)mg_params_elements(b->w.t.params, true),
           (long long)b->w.t.c.batch, n, b->o.threads,
           500 * (seconds[(n - 1) / 2] + seconds[n / 2]), 1e3 * seconds[0],
           500 * (processor[(n - 1) / 2] + processor[n / 2]), read / (double)n, written / (double)n,
           loss);
    return MOLGLOT_OK;
}

/* ---- life ---- */

static bool read_options(int argc, char **argv, options *o) {
    *o = (options){.half = true, .steps = 4, .warm = 2};
    if (argc < 3 || argc % 2 == 0) return false;
    o->recipe = argv[1];
    o->pairs = argv[2];
    for (int i = 3; i + 1 < argc; i += 2) {
        const char *key = argv[i], *value = argv[i + 1];
        if (strcmp(key, "--precision") == 0)
            o->half = strcmp(value, "bf16") == 0;
        else if (strcmp(key, "--steps") == 0)
            o->steps = atoi(value);
        else if (strcmp(key, "--warm") == 0)
            o->warm = atoi(value);
        else if (strcmp(key, "--threads") == 0)
            o->threads = atoi(value);
        else if (strcmp(key, "--dump") == 0)
            o->dump = value;
        else
            return false;
    }
    return o->steps >= 1 && o->steps <= MAX_STEPS && o->warm >= 0 && o->warm <= MAX_STEPS;
}

static int run(bench *b) {
    int code = read_recipe(b);
    if (!code) code = open_rows(b);
    for (int k = 0; k < b->o.warm + b->o.steps && !code; k++) code = make_batch(b, k);
    if (!code) code = make_model(b);
    if (code) return code;
    return b->o.dump ? dump(b) : measure(b);
}

int main(int argc, char **argv) {
    static bench b;
    if (!read_options(argc, argv, &b.o)) {
        fprintf(stderr, "usage: bench_atomas RECIPE PAIRS [--precision bf16|f32] [--steps N] "
                        "[--warm N] [--threads N] [--dump FILE]\n");
        return 2;
    }
    int code = run(&b);
    if (code) fprintf(stderr, "bench_atomas: %s\n", b.err.message);
    for (int i = 0; i < b.made; i++) train_kind_atomas.free_micro(&b.micros[i]);
    mg_tape_free(b.w.t.tape);
    mg_writer_free(b.w.writer);
    mg_params_free(b.w.t.params);
    mg_corpus_close(b.w.t.corpus.rows);
    free(b.w.memory.near);
    free(b.w.memory.told);
    free(b.w.told);
    return code;
}
