/* train.c - mg_train: a recipe in, a run folder with a model out.
 *
 * The loop: next batch (built ahead by train_batches.c), step (train_step.c), log line, event; now and then validation and a
 * checkpoint. Everything random is a function of seed, epoch and step, so a run that was stopped anywhere and resumed from its
 * checkpoint ends with the same bytes as one that was not (same machine, same thread count). Called by `molglot train`.
 */
#include "task/train_inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SKIPPED = 10 };                  /* steps in a row with a gradient that is not finite */

typedef struct session {
    train_config c;
    const mg_train_options *o;
    mg_dataset *d;
    train_machine m;
    train_feeder *feeder;
    train_eval *eval;
    train_run run;
    int64_t steps_per_epoch, total, step;   /* step: how many are done */
    double start, seconds_before;           /* clock at the start; seconds spent before the resumed checkpoint */
    int64_t started_at;                     /* steps that were done at the start */
    mg_train_event last;
    mg_retrieval_scores t2m, m2t;
    bool scored, stop;
    char identity[65];
} session;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void tell(session *s, const char *fmt, ...) MG_PRINTF(2, 3);
static void tell(session *s, const char *fmt, ...) {
    char line[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    mg_train_event e = s->last;
    e.message = line;
    if (s->o->on_event && s->o->on_event(s->o->user, &e)) s->stop = true;
}

/* ---- preparation ---- */

static int on_reading(void *user, int64_t done, int64_t total) {
    session *s = user;
    const int64_t tenth = total / 10 > 0 ? total / 10 : 1;
    if (done % tenth == 0) tell(s, "reading pairs: %lld of %lld", (long long)done, (long long)total);
    return s->stop;
}

static int open_data(session *s, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&s->c, "dataset.cache", path, err);
    if (code) return code;
    s->d = mg_dataset_open(*s->c.cache ? s->c.cache : path, &s->c.data, on_reading, s, err);
    if (!s->d) return s->stop ? mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while reading pairs") : err->code;
    tell(s, "%lld pairs, %lld rejected, %lld excluded", (long long)mg_dataset_pairs(s->d), (long long)mg_dataset_rejected(s->d),
         (long long)mg_dataset_excluded(s->d));
    return MOLGLOT_OK;
}

/* Vocabulary sizes of the model follow from the data. */
static int fit_model(session *s, molglot_error *err) {
    mg_momu_config *m = &s->c.model;
    size_t bytes = 0;
    m->text.bag.vocab = s->c.data.text_vocab ? mg_dataset_text_bag(s->d)->n : 0;
    m->graph.bag.vocab = s->c.data.graph_vocab ? mg_dataset_graph_bag(s->d)->n : 0;
    if (m->text.encoder.layers < 1) return MOLGLOT_OK;
    const char *vocab = mg_dataset_wordpiece(s->d, &bytes);
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, err);
    if (!w) return err->code;
    m->text.encoder.vocab = mg_wordpiece_size(w);
    mg_wordpiece_free(w);
    return MOLGLOT_OK;
}

static int plan_steps(session *s, molglot_error *err) {
    int64_t *order = NULL, n = 0;
    int code = mg_dataset_order(s->d, s->c.seed, 0, &order, &n, err);
    free(order);
    if (code) return code;
    if (n < 2) return mg_fail(err, MOLGLOT_BAD_FILE, "%lld pairs are too few to train on", (long long)n);
    s->steps_per_epoch = n / (n < s->c.batch ? n : s->c.batch);
    s->total = s->c.steps ? s->c.steps : s->c.epochs * s->steps_per_epoch;
    s->c.optim.total_steps = s->total;
    s->c.optim.warmup_steps = (int64_t)ceilf(s->c.warmup * (float)s->total);
    s->last.total_steps = s->total;
    return MOLGLOT_OK;
}

/* A finished or stopped run is not overwritten by accident. */
static int check_folder(session *s, const char *checkpoint, molglot_error *err) {
    char model[TRAIN_MAX_PATH];
    int code = train_run_path(&s->c, "model.safetensors", model, err);
    if (code || s->o->resume) return code;
    if (access(checkpoint, F_OK) == 0 || access(model, F_OK) == 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds a run already: resume it, or choose another folder", s->c.run);
    return MOLGLOT_OK;
}

/* ---- checkpoints ---- */

static int draw_curve(session *s, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&s->c, "loss.svg", path, err);
    return code ? code : train_chart_write(&s->run.curve, s->total, s->c.model.name, path, err);
}

static int save_checkpoint(session *s, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&s->c, "checkpoint.safetensors", path, err);
    if (code) return code;
    json_t *o = json_pack("{s:I, s:s, s:f, s:f}", "step", (json_int_t)s->step, "identity", s->identity, "seconds", s->last.seconds, "loss",
                          isfinite(s->last.loss) ? s->last.loss : 0);
    char *state = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(o);
    code = state ? mg_checkpoint_save(s->m.params, path, state, err) : mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for a checkpoint");
    free(state);
    return code ? code : draw_curve(s, err);
}

static int resume(session *s, const char *path, molglot_error *err) {
    char *state = NULL;
    int code = mg_checkpoint_load(s->m.params, path, &state, err);
    if (code) return code;
    json_t *o = json_loads(state, 0, NULL);
    const char *identity = json_string_value(json_object_get(o, "identity"));
    const int64_t step = json_integer_value(json_object_get(o, "step"));
    if (!identity || step < 0 || step > s->total)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: damaged state", path);
    else if (strcmp(identity, s->identity) != 0)
        code = mg_fail(err, MOLGLOT_USAGE, "%s: the recipe or the data changed since this checkpoint", path);
    if (!code) {
        s->step = s->started_at = step;
        s->last.step = step;
        s->last.seconds = s->seconds_before = json_number_value(json_object_get(o, "seconds"));
        s->last.loss = json_number_value(json_object_get(o, "loss"));
        tell(s, "resumed after step %lld of %lld", (long long)step, (long long)s->total);
    }
    json_decref(o);
    free(state);
    return code;
}

static int prepare(session *s, mg_toml *recipe, molglot_error *err) {
    char checkpoint[TRAIN_MAX_PATH];
    bool no_eval = false;
    int code = train_config_read(recipe, &s->c, err);
    if (!code) code = train_run_path(&s->c, "checkpoint.safetensors", checkpoint, err);
    if (!code) code = mg_make_dirs(s->c.run, err);
    if (!code) code = check_folder(s, checkpoint, err);
    if (!code) code = mg_chem_init(err);
    if (!code) code = open_data(s, err);
    if (!code) code = fit_model(s, err);
    if (!code) code = plan_steps(s, err);
    if (!code) code = train_config_identity(&s->c, mg_dataset_sha256(s->d), s->identity, err);
    if (!code) code = train_machine_init(&s->m, &s->c, s->o->threads, err);
    if (!code && s->o->resume && access(checkpoint, F_OK) == 0) code = resume(s, checkpoint, err);
    if (!code) code = train_run_open(&s->run, recipe, &s->c, s->o, s->step, s->total, err);
    if (!code) s->eval = train_eval_new(&s->c, s->d, s->o->threads, &no_eval, err);
    if (!code && !s->eval && !no_eval) code = err->code;
    if (code) return code;
    tell(s, "%lld parameters, %lld steps of %lld pairs, %lld an epoch", (long long)mg_params_elements(s->m.params, true), (long long)s->total,
         (long long)s->c.batch, (long long)s->steps_per_epoch);
    return train_run_manifest(&s->run, s->d, s->m.params, "running", &s->last, NULL, NULL, err);
}

/* ---- the loop ---- */

static int validate(session *s, molglot_error *err) {
    int code = train_eval_run(s->eval, &s->m, &s->t2m, &s->m2t, err);
    if (!code) code = train_run_log_eval(&s->run, s->step, &s->t2m, &s->m2t, err);
    if (code) return code;
    s->scored = true;
    tell(s, "step %lld: text to molecule (of %lld) MRR %.4f hits@1 %.4f hits@10 %.4f; molecule to text (of %lld) MRR %.4f hits@1 %.4f hits@10 %.4f",
         (long long)s->step, (long long)s->t2m.pool, s->t2m.mrr.value, s->t2m.hits1.value, s->t2m.hits10.value, (long long)s->m2t.pool,
         s->m2t.mrr.value, s->m2t.hits1.value, s->m2t.hits10.value);
    return MOLGLOT_OK;
}

static double current_scale(const session *s) {
    const mg_tensor *log_scale = mg_params_find(s->m.params, "log_scale");
    return log_scale ? exp(mg_f32(log_scale)[0]) : 1 / s->c.model.temperature;
}

static int one_step(session *s, int *skipped, molglot_error *err) {
    train_result r = {0};
    const train_batch *b = train_feeder_next(s->feeder, err);
    if (!b) return err->code;
    int code = train_step(&s->m, b, s->step, &r, err);
    if (code) return code;
    *skipped = r.skipped ? *skipped + 1 : 0;
    if (*skipped >= MAX_SKIPPED) return mg_fail(err, MOLGLOT_FAILED, "step %lld: the gradient is not finite (%d steps in a row)", (long long)s->step, *skipped);
    const double spent = now() - s->start;
    s->last.epoch = s->step / s->steps_per_epoch;
    s->last.lr = mg_optim_lr(&s->c.optim, s->step);
    s->last.step = ++s->step;
    s->last.loss = r.loss;
    s->last.grad_norm = r.grad_norm;
    s->last.seconds = s->seconds_before + spent;
    s->last.pairs_per_second = (double)(s->step - s->started_at) * (double)b->n / spent;
    if ((code = train_run_log_step(&s->run, &s->last, current_scale(s), err))) return code;
    if (s->o->on_event && s->o->on_event(s->o->user, &s->last)) s->stop = true;
    return MOLGLOT_OK;
}

static int loop(session *s, molglot_error *err) {
    int skipped = 0, code = MOLGLOT_OK;
    s->start = now();
    while (s->step < s->total && !s->stop && !code) {
        if ((code = one_step(s, &skipped, err))) break;
        const int64_t epochs = s->step % s->steps_per_epoch ? 0 : s->step / s->steps_per_epoch;
        if (s->eval && s->step < s->total && epochs && s->c.eval_every && epochs % s->c.eval_every == 0) code = validate(s, err);
        if (!code && s->c.checkpoint_every && s->step % s->c.checkpoint_every == 0 && s->step < s->total) code = save_checkpoint(s, err);
    }
    return code;
}

/* ---- the end ---- */

static int save_model(session *s, molglot_error *err) {
    char path[TRAIN_MAX_PATH], seed[32], steps[32], pairs[32];
    size_t vocab_bytes = 0;
    const char *vocab = s->c.model.text.encoder.layers > 0 ? mg_dataset_wordpiece(s->d, &vocab_bytes) : NULL;
    int code = train_run_path(&s->c, "model.safetensors", path, err);
    if (code) return code;
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->c.seed);
    snprintf(steps, sizeof steps, "%lld", (long long)s->step);
    snprintf(pairs, sizeof pairs, "%lld", (long long)mg_dataset_pairs(s->d));
    const char *const metadata[] = {"licence", s->c.licence, "description", s->c.description, "data.sha256", mg_dataset_sha256(s->d), "data.pairs", pairs,
                                    "recipe", s->run.portable_recipe, "seed", seed, "steps", steps, "molglot.version", MOLGLOT_VERSION, NULL};
    return mg_model_file_save(path, s->m.params, s->m.momu, vocab, vocab_bytes, mg_dataset_text_bag(s->d), mg_dataset_graph_bag(s->d),
                              strcmp(s->c.store, "f32") == 0 ? NULL : strcmp(s->c.store, "int8") == 0 ? "I8" : "BF16", metadata, err);
}

static int finish(session *s, molglot_error *err) {
    int code = save_checkpoint(s, err);
    if (code) return code;
    const bool done = s->step == s->total;
    if (done && s->eval) code = validate(s, err);
    if (!code && done && s->eval) code = draw_curve(s, err);
    if (!code && done) code = save_model(s, err);
    const mg_retrieval_scores *t2m = s->scored ? &s->t2m : NULL, *m2t = s->scored ? &s->m2t : NULL;
    if (!code) code = train_run_manifest(&s->run, s->d, s->m.params, done ? "done" : "interrupted", &s->last, t2m, m2t, err);
    if (code) return code;
    if (!done) return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted after step %lld of %lld; %s can be resumed", (long long)s->step, (long long)s->total, s->c.run);
    tell(s, "%s/model.safetensors written after %lld steps, %.1f s", s->c.run, (long long)s->step, s->last.seconds);
    return MOLGLOT_OK;
}

static void session_free(session *s) {
    if (!s) return;
    train_feeder_free(s->feeder);
    train_eval_free(s->eval);
    train_machine_free(&s->m);
    train_run_close(&s->run);
    mg_dataset_close(s->d);
    free(s);
}

int mg_train(mg_toml *recipe, const mg_train_options *o, molglot_error *err) {
    molglot_error own = {0};                /* callees read its code: never NULL */
    session *s = calloc(1, sizeof *s);
    if (!s) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    s->o = o;
    int code = prepare(s, recipe, &own);
    if (!code && !(s->feeder = train_feeder_new(s->d, &s->c, s->steps_per_epoch, s->step, s->total, &own))) code = own.code;
    if (!code) code = loop(s, &own);
    if (!code) code = finish(s, &own);
    if (code && code != MOLGLOT_INTERRUPTED && s->run.recipe) {
        molglot_error ignored = {0};        /* the first failure is the one to report */
        train_run_manifest(&s->run, s->d, s->m.params, "failed", &s->last, NULL, NULL, &ignored);
    }
    session_free(s);
    if (code && err) *err = own;
    return code;
}
