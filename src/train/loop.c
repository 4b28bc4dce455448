/* loop.c - mg_train: a recipe in, a run folder with a model out.
 *
 * The loop: step (its batch was built ahead by feeder.c), log line, event; now and then
 * validation and a checkpoint. What a step, a validation and a model file are is the business of
 * the kind (inside.h). Everything random is a function of seed, epoch and step, so a run that
 * was stopped anywhere and resumed from its checkpoint ends with the same bytes as one that was not
 * (same machine, device and thread count; on another device it goes on too, with other bits).
 */
#include "base/toml/toml.h"
#include "chem/chem.h"
#include "train/inside.h"
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SKIPPED = 10 }; /* steps in a row with a gradient that is not finite */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- for the kinds ---- */

void train_tell(train_task *t, const char *fmt, ...) {
    char line[640];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    mg_train_event e = t->last;
    e.message = line;
    if (t->o->on_event && t->o->on_event(t->o->user, &e)) t->stop = true;
}

int train_on_reading(void *task, int64_t done, int64_t total) {
    train_task *t = task;
    const int64_t tenth = total / 10 > 0 ? total / 10 : 1;
    if (done % tenth == 0)
        train_tell(t, "reading %s: %lld of %lld", t->kind->unit, (long long)done, (long long)total);
    return t->stop;
}

void train_tape(train_task *t, uint64_t stream, bool record) {
    mg_tape_reset(t->tape);
    mg_tape_seed(t->tape, t->c.seed, (uint64_t)t->step);
    mg_tape_stream(t->tape, stream);
    mg_tape_record(t->tape, record);
    mg_tape_training(t->tape, true);
}

/* ---- preparation ---- */

static int open_data(train_task *t, molglot_error *err) {
    int code = t->kind->open(t, err);
    return code && t->stop
               ? mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while reading %s", t->kind->unit)
               : code;
}

static int plan_steps(train_task *t, molglot_error *err) {
    const int64_t n = t->epoch_rows;
    if (n < 2)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%lld %s are too few to train on", (long long)n,
                       t->kind->unit);
    t->steps_per_epoch = n / (n < t->c.batch ? n : t->c.batch);
    t->total = t->c.steps ? t->c.steps : t->c.epochs * t->steps_per_epoch;
    t->c.optim.total_steps = t->total;
    t->c.optim.warmup_steps = (int64_t)ceilf(t->c.warmup * (float)t->total);
    t->last.total_steps = t->total;
    return MOLGLOT_OK;
}

/* A finished or stopped run is not overwritten by accident. */
static int check_folder(train_task *t, const char *checkpoint, molglot_error *err) {
    char model[TRAIN_MAX_PATH];
    int code = train_run_path(&t->c, "model.safetensors", model, err);
    if (code || t->o->resume) return code;
    if (access(checkpoint, F_OK) == 0 || access(model, F_OK) == 0)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s holds a run already: resume it, or choose another folder", t->c.run);
    return MOLGLOT_OK;
}

/* The device comes before the data, so that a missing one is known before hours of reading. */
static int open_tape(train_task *t, molglot_error *err) {
    t->tape = mg_tape_new(t->c.device,
                          strcmp(t->c.precision, "bf16") == 0 ? MG_PREC_BF16 : MG_PREC_F32,
                          t->o->threads, 0, err);
    return t->tape ? MOLGLOT_OK : err->code ? err->code : MOLGLOT_FAILED;
}

/* ---- checkpoints ---- */

static int draw_curve(train_task *t, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&t->c, "loss.svg", path, err);
    return code ? code
                : train_chart_write(&t->run.curve, t->total, t->kind->model_name(t),
                                    t->kind->score_title, path, err);
}

static int save_checkpoint(train_task *t, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&t->c, "checkpoint.safetensors", path, err);
    if (code) return code;
    json_t *o = json_pack("{s:I, s:s, s:f, s:f}", "step", (json_int_t)t->step, "identity",
                          t->identity, "seconds", t->last.seconds, "loss",
                          isfinite(t->last.loss) ? t->last.loss : 0);
    char *state = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(o);
    code = state ? mg_checkpoint_save(t->params, path, state, err)
                 : mg_no_memory(err, "a checkpoint");
    free(state);
    return code ? code : draw_curve(t, err);
}

static int resume(train_task *t, const char *path, molglot_error *err) {
    char *state = NULL;
    int code = mg_checkpoint_load(t->params, path, &state, err);
    if (code) return code;
    json_t *o = json_loads(state, 0, NULL);
    const char *identity = json_string_value(json_object_get(o, "identity"));
    const int64_t step = json_integer_value(json_object_get(o, "step"));
    if (!identity || step < 0 || step > t->total)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: damaged state", path);
    else if (strcmp(identity, t->identity) != 0)
        code = mg_fail(err, MOLGLOT_USAGE,
                       "%s: the recipe or the data changed since this checkpoint", path);
    if (!code) {
        t->step = t->started_at = step;
        t->last.step = step;
        t->last.seconds = t->seconds_before = json_number_value(json_object_get(o, "seconds"));
        t->last.loss = json_number_value(json_object_get(o, "loss"));
        train_tell(t, "resumed after step %lld of %lld", (long long)step, (long long)t->total);
    }
    json_decref(o);
    free(state);
    return code;
}

static int prepare(train_task *t, mg_toml *recipe, molglot_error *err) {
    char checkpoint[TRAIN_MAX_PATH];
    int code = t->kind->read(t, recipe, err);
    if (!code) code = train_run_path(&t->c, "checkpoint.safetensors", checkpoint, err);
    if (!code) code = check_folder(t, checkpoint, err);
    if (!code) code = open_tape(t, err);
    if (!code) code = mg_make_dirs(t->c.run, err);
    if (!code) code = mg_chem_init(err);
    if (!code) code = open_data(t, err);
    if (!code) code = plan_steps(t, err);
    if (!code) code = t->kind->identify(t, t->identity, err);
    if (!code) code = t->kind->build(t, err);
    if (!code) code = mg_params_attach(t->params, t->tape, err);
    if (!code && t->o->resume && access(checkpoint, F_OK) == 0) code = resume(t, checkpoint, err);
    if (!code) code = train_run_open(t, recipe, err);
    if (!code) code = t->kind->start(t, err);
    if (code) return code;
    train_tell(t, "%lld parameters, %lld steps of %lld %s, %lld an epoch",
               (long long)mg_params_elements(t->params, true), (long long)t->total,
               (long long)t->c.batch, t->kind->unit, (long long)t->steps_per_epoch);
    return train_run_manifest(t, "running", false, err);
}

/* ---- the loop ---- */

static int validate(train_task *t, molglot_error *err) {
    train_verdict v = {0};
    int code = t->kind->validate(t, &v, err);
    if (!code) code = train_run_log_eval(t, v.score, err);
    if (code) return code;
    t->scored = true;
    train_tell(t, "step %lld: %s", (long long)t->step, v.line);
    return MOLGLOT_OK;
}

static int one_step(train_task *t, int *skipped, molglot_error *err) {
    train_result r = {0};
    int code = t->kind->step(t, &r, err);
    if (code) return code;
    *skipped = r.skipped ? *skipped + 1 : 0;
    if (*skipped >= MAX_SKIPPED)
        return mg_fail(err, MOLGLOT_FAILED,
                       "step %lld: the gradient is not finite (%d steps in a row)",
                       (long long)t->step, *skipped);
    const double spent = now() - t->start;
    t->last.epoch = t->step / t->steps_per_epoch;
    t->last.lr = mg_optim_lr(&t->c.optim, t->step);
    t->last.step = ++t->step;
    t->last.loss = r.loss;
    t->last.grad_norm = r.grad_norm;
    t->last.seconds = t->seconds_before + spent;
    t->last.pairs_per_second = (double)(t->step - t->started_at) * (double)r.n / spent;
    if ((code = train_run_log_step(t, &r, err))) return code;
    if (t->o->on_event && t->o->on_event(t->o->user, &t->last)) t->stop = true;
    t->out_of_time = t->o->time_limit > 0 && now() - t->began >= t->o->time_limit;
    return MOLGLOT_OK;
}

/* Is this step, not the last one, followed by validation? */
static bool validates_now(const train_task *t) {
    if (!t->validates || t->step >= t->total) return false;
    const int64_t epochs = t->step % t->steps_per_epoch ? 0 : t->step / t->steps_per_epoch;
    return (epochs && t->c.eval_every && epochs % t->c.eval_every == 0) ||
           (t->c.eval_steps && t->step % t->c.eval_steps == 0);
}

static int loop(train_task *t, molglot_error *err) {
    int skipped = 0, code = MOLGLOT_OK;
    t->start = now();
    while (t->step < t->total && !t->stop && !t->out_of_time && !code) {
        if ((code = one_step(t, &skipped, err))) break;
        if (validates_now(t)) code = validate(t, err);
        if (!code && t->c.checkpoint_every && t->step % t->c.checkpoint_every == 0 &&
            t->step < t->total)
            code = save_checkpoint(t, err);
    }
    return code;
}

/* ---- the end ---- */

/* Why the run ends before its last step, and how it goes on. */
static int unfinished(const train_task *t, molglot_error *err) {
    const char *why = t->stop ? "interrupted" : "the time limit was reached";
    return mg_fail(err, MOLGLOT_INTERRUPTED,
                   "%s after step %lld of %lld; the checkpoint in %s goes on with --resume", why,
                   (long long)t->step, (long long)t->total, t->c.run);
}

static int save_model(train_task *t, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&t->c, "model.safetensors", path, err);
    return code ? code : t->kind->save_model(t, path, err);
}

static int finish(train_task *t, molglot_error *err) {
    int code = save_checkpoint(t, err);
    if (code) return code;
    const bool done = t->step == t->total;
    if (done && t->validates) code = validate(t, err);
    if (!code && done && t->validates) code = draw_curve(t, err);
    if (!code && done) code = save_model(t, err);
    if (!code) code = train_run_manifest(t, done ? "done" : "interrupted", t->scored, err);
    if (code) return code;
    if (!done) return unfinished(t, err);
    train_tell(t, "%s/model.safetensors written after %lld steps, %.1f s", t->c.run,
               (long long)t->step, t->last.seconds);
    return MOLGLOT_OK;
}

/* The tape goes before the parameters that are attached to it. */
static void task_free(train_task *t) {
    mg_tape_free(t->tape);
    t->tape = NULL;
    t->kind->close(t);
    train_run_close(&t->run);
    free(t);
}

/* What the recipe's key "task" names. Recipes without it are MoMu's; they are not asked for it, so
 * that it stays out of their resolved form. */
static train_task *task_new(mg_toml *recipe, molglot_error *err) {
    static const train_kind *const kinds[] = {&train_kind_momu, &train_kind_writer,
                                              &train_kind_flow, &train_kind_diffusion};
    const char *name = mg_toml_has(recipe, "task") ? mg_toml_str(recipe, "task", "")
                                                   : kinds[0]->name;
    for (size_t i = 0; i < MG_COUNT(kinds); i++) {
        if (strcmp(name, kinds[i]->name) != 0) continue;
        train_task *t = calloc(1, kinds[i]->size);
        if (t)
            t->kind = kinds[i];
        else
            mg_no_memory(err, "training");
        return t;
    }
    train_refuse(err, "task", "\"momu\", \"writer\", \"flow\" or \"diffusion\"");
    return NULL;
}

static bool is_stages(const mg_toml *recipe) { return mg_toml_has(recipe, "stages"); }

int mg_train_check(mg_toml *recipe, const mg_train_options *o, molglot_error *err) {
    molglot_error own = {0};
    if (is_stages(recipe)) return train_stages_check(recipe, o, err ? err : &own);
    train_task *t = task_new(recipe, &own);
    int code = t ? t->kind->read(t, recipe, &own) : own.code;
    free(t);
    if (code && err) *err = own;
    return code;
}

int mg_train(mg_toml *recipe, const mg_train_options *o, molglot_error *err) {
    molglot_error own = {0}; /* callees read its code: never NULL */
    if (is_stages(recipe)) return train_stages(recipe, o, err ? err : &own);
    train_task *t = task_new(recipe, &own);
    int code = t ? MOLGLOT_OK : own.code;
    if (t) {
        t->o = o;
        t->began = now();
        code = prepare(t, recipe, &own);
        if (!code) code = loop(t, &own);
        if (!code) code = finish(t, &own);
        if (code && code != MOLGLOT_INTERRUPTED && t->run.recipe) {
            molglot_error ignored = {0}; /* the first failure is the one to report */
            train_run_manifest(t, "failed", false, &ignored);
        }
        task_free(t);
    }
    if (code && err) *err = own;
    return code;
}
