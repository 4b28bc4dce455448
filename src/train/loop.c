/* loop.c - one recipe: a run folder with a model out.
 *
 *   prepare   a finished run is left alone; recipe, device, data, number of steps, parameters (or a
 * checkpoint's), batches loop      step, log line, event; now and then validation and a checkpoint
 *   finish    checkpoint; after the last step validation and the model file
 *
 * What a step, a validation and a model file are is method.c's and the kind's business (inside.h).
 * Everything random is a function of seed, epoch and step. So a run that was stopped anywhere and
 * resumed from its checkpoint ends with the same bytes as one that was not: on the same machine,
 * device and number of threads. On another device it goes on too, with other bits.
 */
#include "base/toml/toml.h"
#include "chem/chem.h"
#include "train/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SKIPPED = 10 }; /* steps in a row with a gradient that is not finite */

/* ---- preparation ---- */

/* Unknown keys are refused here: the kind has asked for all that it has. */
static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    train_read_head(recipe, &t->c, t->kind->run);
    int code = t->kind->read(t, recipe, err);
    return code ? code : mg_toml_finish(recipe, err);
}

/* In turn: what one rank has made, a cache, is read by the others. */
static int open_data(train_task *t, molglot_error *err) {
    int code = train_in_turn(t, t->kind->open, err);
    if (!code) code = train_count_rows(t, err);
    return code && t->stop
               ? mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while reading %s", t->kind->unit)
               : code;
}

static int plan_steps(train_task *t, molglot_error *err) {
    const int64_t n = t->epoch_rows;
    if (n < 2)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%lld %s are too few to train on", (long long)n,
                       t->kind->unit);
    int code = train_ranks_split(t, err);
    if (code) return code;
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
    return t->tape ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

/* ---- checkpoints ---- */

static int draw_curve(train_task *t, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_run_path(&t->c, "loss.svg", path, err);
    return code ? code
                : train_chart_write(&t->run.curve, t->total, t->model, t->kind->score_title, path,
                                    err);
}

static int save_checkpoint(train_task *t, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = train_ranks_same_numbers(t, err);
    if (!code) code = train_run_path(&t->c, "checkpoint.safetensors", path, err);
    if (code || !train_leads(t)) return code;
    mg_cpu_info cpu;
    mg_cpu_info_get(&cpu);
    json_t *o = json_pack("{s:I, s:s, s:f, s:f, s:s}", "step", (json_int_t)t->step, "identity",
                          t->identity, "seconds", t->last.seconds, "loss",
                          isfinite(t->last.loss) ? t->last.loss : 0, "blas", cpu.blas);
    char *state = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(o);
    code = state ? mg_checkpoint_save(t->params, path, state, err)
                 : mg_no_memory(err, "a checkpoint");
    free(state);
    return code ? code : draw_curve(t, err);
}

/* Another processor, or OPENBLAS_CORETYPE, has other kernels, which round otherwise. */
static void compare_kernels(train_task *t, const json_t *state) {
    const char *then = json_string_value(json_object_get(state, "blas"));
    mg_cpu_info cpu;
    mg_cpu_info_get(&cpu);
    if (then && strcmp(then, cpu.blas) != 0)
        train_tell(t,
                   "the checkpoint was made with %s, this process has %s: the model will differ in "
                   "its last bits from one that was not stopped",
                   then, cpu.blas);
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
        compare_kernels(t, o);
    }
    json_decref(o);
    free(state);
    return code;
}

static int prepare(train_task *t, mg_toml *recipe, molglot_error *err) {
    char checkpoint[TRAIN_MAX_PATH];
    int code = read_recipe(t, recipe, err);
    if (!code) code = train_ranks_check(t, err);
    if (!code) code = train_run_path(&t->c, "checkpoint.safetensors", checkpoint, err);
    if (!code) code = check_folder(t, checkpoint, err);
    if (!code && t->o->resume) code = train_run_finished(t, recipe, &t->finished, err);
    if (!code) code = mg_ranks_wait(t->o->ranks, err); /* all have looked before one writes */
    if (code || t->finished) return code;
    code = open_tape(t, err);
    if (!code && train_leads(t)) code = train_run_own(t, err);
    if (!code) code = mg_chem_init(err);
    if (!code) code = open_data(t, err);
    if (!code) code = plan_steps(t, err);
    if (!code) code = train_identify(t, err);
    if (!code) code = train_ranks_same_identity(t, err);
    if (!code) code = train_build(t, err);
    if (!code && t->o->resume && access(checkpoint, F_OK) == 0) code = resume(t, checkpoint, err);
    if (!code && t->kind->start) code = t->kind->start(t, err);
    if (!code) code = mg_ranks_wait(t->o->ranks, err);
    if (!code && train_leads(t)) /* nothing was written over until here */
        code = train_run_open(t, recipe, err);
    if (!code) code = train_batches_open(t, err);
    if (code || !train_leads(t)) return code;
    train_tell(t, "%lld parameters, %lld steps of %lld %s, %lld an epoch",
               (long long)mg_params_elements(t->params, true), (long long)t->total,
               (long long)t->c.batch, t->kind->unit, (long long)t->steps_per_epoch);
    return train_run_manifest(t, "running", false, err);
}

/* ---- the loop ---- */

static int validate_alone(train_task *t, molglot_error *err) {
    train_verdict v = {0};
    int code = train_validate(t, &v, err);
    if (!code) code = train_run_log_eval(t, v.score, err);
    if (code) return code;
    t->scored = true;
    train_tell(t, "step %lld: %s", (long long)t->step, v.line);
    return MOLGLOT_OK;
}

/* Rank 0 does; the others wait, and learn whether it ends the run. */
static int validate(train_task *t, molglot_error *err) {
    int code = train_leads(t) ? validate_alone(t, err) : MOLGLOT_OK;
    if (!code) code = mg_ranks_wait(t->o->ranks, err);
    return code ? code : train_ranks_total(t, err);
}

static int one_step(train_task *t, int *skipped, molglot_error *err) {
    train_result r = {0};
    int code = train_step(t, &r, err);
    if (code) return code;
    *skipped = r.skipped ? *skipped + 1 : 0;
    if (*skipped >= MAX_SKIPPED)
        return mg_fail(err, MOLGLOT_FAILED,
                       "step %lld: the gradient is not finite (%d steps in a row)",
                       (long long)t->step, *skipped);
    const double spent = train_now() - t->start;
    t->last.epoch = t->step / t->steps_per_epoch;
    t->last.lr = mg_optim_lr(&t->c.optim, t->step);
    t->last.step = ++t->step;
    t->last.loss = r.loss;
    t->last.grad_norm = r.grad_norm;
    t->last.seconds = t->seconds_before + spent;
    t->last.pairs_per_second = (double)(t->step - t->started_at) * (double)r.n / spent;
    if (train_leads(t) && (code = train_run_log_step(t, &r, err))) return code;
    if (t->o->on_event && t->o->on_event(t->o->user, &t->last)) t->stop = true;
    t->out_of_time = t->o->time_limit > 0 && train_now() - t->began >= t->o->time_limit;
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
    t->start = train_now();
    if (t->scores_start && t->validates && t->step == 0) code = validate(t, err);
    while (t->step < t->total && !code) {
        if ((code = train_ranks_stop(t, err)) || t->stop || t->out_of_time) break;
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
    return code ? code : t->kind->save(t, path, err);
}

static int write_end(train_task *t, bool done, molglot_error *err) {
    int code = done && t->validates ? draw_curve(t, err) : MOLGLOT_OK;
    if (!code && done) code = save_model(t, err);
    return code ? code : train_run_manifest(t, done ? "done" : "interrupted", t->scored, err);
}

static int finish(train_task *t, molglot_error *err) {
    int code = save_checkpoint(t, err);
    if (code) return code;
    const bool done = t->step == t->total;
    if (done && t->validates) code = validate(t, err);
    if (!code && train_leads(t)) code = write_end(t, done, err);
    if (!code) code = mg_ranks_wait(t->o->ranks, err);
    if (code) return code;
    if (!done) return unfinished(t, err);
    train_tell(t, "%s/model.safetensors written after %lld steps, %.1f s", t->c.run,
               (long long)t->step, t->last.seconds);
    return MOLGLOT_OK;
}

/* ---- a task ---- */

/* "a", "b" or "c": what the key may say. */
static int unknown_kind(const train_kind *const *kinds, molglot_error *err) {
    mg_str names = {0};
    for (size_t i = 0; kinds[i]; i++)
        mg_str_addf(&names, "%s\"%s\"", i == 0 ? "" : kinds[i + 1] ? ", " : " or ", kinds[i]->name);
    int code = names.failed ? mg_no_memory(err, "training") : train_refuse(err, "task", names.s);
    mg_str_free(&names);
    return code;
}

/* Recipes without a task are the first kind's; they are not asked for it, so that it stays out of
 * their resolved form. */
static int task_new(const train_kind *const *kinds, mg_toml *recipe, train_task **out,
                    molglot_error *err) {
    const bool named = mg_toml_has(recipe, "task");
    const char *name = named ? mg_toml_str(recipe, "task", "") : kinds[0]->name;
    for (size_t i = 0; kinds[i]; i++) {
        if (strcmp(name, kinds[i]->name) != 0) continue;
        *out = calloc(1, kinds[i]->size);
        if (!*out) return mg_no_memory(err, "training");
        (*out)->kind = kinds[i];
        return MOLGLOT_OK;
    }
    return unknown_kind(kinds, err);
}

/* The tape goes before the parameters that are attached to it; the thread that fills batches before
 * what they are made of. */
static void task_free(train_task *t) {
    mg_tape_free(t->tape);
    t->tape = NULL;
    train_batches_close(t);
    if (t->kind->close) t->kind->close(t);
    mg_params_free(t->params);
    mg_corpus_close(t->corpus.rows);
    train_run_close(t);
    free(t);
}

int train_check_one(const train_kind *const *kinds, mg_toml *recipe, molglot_error *err) {
    train_task *t = NULL;
    int code = task_new(kinds, recipe, &t, err);
    if (!code) code = read_recipe(t, recipe, err);
    free(t);
    return code;
}

int train_one(const train_kind *const *kinds, mg_toml *recipe, const mg_train_options *o,
              molglot_error *err) {
    train_task *t = NULL;
    int code = task_new(kinds, recipe, &t, err);
    if (code) return code;
    t->o = o;
    t->began = train_now();
    code = prepare(t, recipe, err);
    if (!code && !t->finished) code = loop(t, err);
    if (!code && !t->finished) code = finish(t, err);
    if (code && code != MOLGLOT_INTERRUPTED && t->run.recipe && train_leads(t))
        train_run_manifest(t, "failed", false, NULL); /* the first failure is the one to report */
    task_free(t);
    return code;
}
