/* train_run.c - the run folder: recipe.toml (resolved), train.jsonl (one line a step), manifest.json.
 *
 * A resumed run first drops the log's lines from its checkpoint's step on, so the log reads as that of one run; files that a
 * killed process left half written are removed. Called by mg_train.
 */
#include "task/train_inside.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_LOG ((size_t)1 << 30)

int train_write_file(const char *path, const char *bytes, size_t n, molglot_error *err) {
    mg_outfile o;
    int code = mg_outfile_open(&o, path, err);
    if (code) return code;
    code = mg_outfile_write(&o, bytes, n, err);
    if (!code) code = mg_outfile_commit(&o, err);
    mg_outfile_abort(&o);
    return code;
}

int train_run_path(const train_config *c, const char *file, char out[TRAIN_MAX_PATH], molglot_error *err) {
    int n = snprintf(out, TRAIN_MAX_PATH, "%s/%s", c->run, file);
    return n >= 0 && n < TRAIN_MAX_PATH ? MOLGLOT_OK : mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", c->run);
}

/* ---- opening ---- */

/* Temporaries of mg_outfile from a process that was killed. Losing this race with another process costs nothing. */
static void remove_leftovers(const char *folder) {
    DIR *dir = opendir(folder);
    if (!dir) return;
    for (struct dirent *e; (e = readdir(dir));)
        if (strstr(e->d_name, ".tmp-")) unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
}

/* One line of the log: kept in *kept and the curve when it belongs to a step before first_step. The scores of the very end are not:
 * a run resumed there makes them again. */
static int keep_line(train_run *r, const char *line, size_t n, int64_t first_step, int64_t total, mg_str *kept, molglot_error *err) {
    json_t *o = json_loadb(line, n, 0, NULL);
    const json_t *step = json_object_get(o, "step"), *loss = json_object_get(o, "loss"), *mrr = json_object_get(o, "text_to_molecule_mrr");
    const int64_t at = json_integer_value(step);
    int code = MOLGLOT_OK;
    if (json_is_integer(step) && at <= first_step && !(json_is_number(mrr) && at == total)) {            /* steps are counted from 1 in the log */
        mg_str_add(kept, line, n);
        mg_str_add(kept, "\n", 1);
        if (json_is_number(loss)) code = train_curve_add(&r->curve, false, at, json_number_value(loss), err);
        if (json_is_number(mrr)) code = train_curve_add(&r->curve, true, at, json_number_value(mrr), err);
    }
    json_decref(o);
    return code;
}

static int reread_log(train_run *r, const char *path, int64_t first_step, int64_t total, molglot_error *err) {
    char *text = NULL;
    size_t n = 0;
    if (access(path, F_OK) != 0) return MOLGLOT_OK;
    int code = mg_read_file(path, MAX_LOG, &text, &n, err);
    mg_str kept = {0};
    for (const char *line = text, *end; !code && line < text + n; line = end + 1) {
        end = memchr(line, '\n', (size_t)(text + n - line));
        if (!end) end = text + n;
        code = keep_line(r, line, (size_t)(end - line), first_step, total, &kept, err);
    }
    if (!code && kept.failed) code = mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for %s", path);
    if (!code) code = train_write_file(path, kept.s ? kept.s : "", kept.n, err);
    mg_str_free(&kept);
    free(text);
    return code;
}

/* The recipe without run, data.dir and data.cache: where files lay on some machine is no property of the model. */
static bool says_where(const char *line) {
    static const char *const keys[] = {"run = ", "dir = ", "cache = "};
    for (size_t i = 0; i < MG_COUNT(keys); i++)
        if (strncmp(line, keys[i], strlen(keys[i])) == 0) return true;
    return false;
}

static char *portable(const char *recipe) {
    mg_str s = {0};
    for (const char *line = recipe, *end; *line; line = end) {
        end = strchr(line, '\n');
        end = end ? end + 1 : line + strlen(line);
        if (!says_where(line)) mg_str_add(&s, line, (size_t)(end - line));
    }
    if (s.failed) mg_str_free(&s);
    return s.s;
}

static int write_recipe(train_run *r, mg_toml *recipe, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    mg_str s = {0};
    int code = train_run_path(r->c, "recipe.toml", path, err);
    if (!code && mg_toml_dump(recipe, &s)) code = mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for the recipe");
    if (!code) code = train_write_file(path, s.s, s.n, err);
    if (!code && (!(r->recipe = strdup(s.s)) || !(r->portable_recipe = portable(s.s)))) code = mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for the recipe");
    mg_str_free(&s);
    return code;
}

int train_run_open(train_run *r, mg_toml *recipe, const train_config *c, const mg_train_options *o, int64_t first_step, int64_t total, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    memset(r, 0, sizeof *r);
    r->c = c;
    r->command = o->command;
    remove_leftovers(c->run);
    int code = write_recipe(r, recipe, err);
    if (!code) code = train_run_path(c, "train.jsonl", path, err);
    if (!code && first_step > 0) code = reread_log(r, path, first_step, total, err);
    if (code) return code;
    r->log = fopen(path, first_step > 0 ? "a" : "w");
    return r->log ? MOLGLOT_OK : mg_fail(err, MOLGLOT_FAILED, "%s: %s", path, strerror(errno));
}

void train_run_close(train_run *r) {
    if (r->log) fclose(r->log);
    free(r->curve.points);
    free(r->curve.scores);
    free(r->recipe);
    free(r->portable_recipe);
    memset(r, 0, sizeof *r);
}

/* ---- the log ---- */

/* Writes and frees one line; flushed, so that a killed run has its log. */
static int write_line(train_run *r, json_t *o, molglot_error *err) {
    char *line = o ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(o);
    if (!line) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for the log");
    bool good = fprintf(r->log, "%s\n", line) > 0 && fflush(r->log) == 0;
    free(line);
    return good ? MOLGLOT_OK : mg_fail(err, MOLGLOT_FAILED, "%s/train.jsonl: %s", r->c->run, strerror(errno));
}

/* JSON has no infinities: null. */
static json_t *number(double x) {
    json_t *j = json_real(x);
    return j ? j : json_null();
}

int train_run_log_step(train_run *r, const mg_train_event *e, double scale, molglot_error *err) {
    int code = train_curve_add(&r->curve, false, e->step, e->loss, err);
    if (code) return code;
    json_t *o = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "step", (json_int_t)e->step, "epoch", (json_int_t)e->epoch, "loss", number(e->loss),
                          "lr", number(e->lr), "grad_norm", number(e->grad_norm), "scale", number(scale), "seconds", number(e->seconds));
    return write_line(r, o, err);
}

static json_t *scores(const mg_retrieval_scores *s) {
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "n", (json_int_t)s->n, "pool", (json_int_t)s->pool, "mrr", s->mrr.value, "hits1",
                     s->hits1.value, "hits10", s->hits10.value, "hits20", s->hits20.value, "mean_rank", s->mean_rank.value, "batch64", s->batch64.value);
}

int train_run_log_eval(train_run *r, int64_t step, const mg_retrieval_scores *t2m, const mg_retrieval_scores *m2t, molglot_error *err) {
    int code = train_curve_add(&r->curve, true, step, t2m->mrr.value, err);
    if (code) return code;
    json_t *o = json_pack("{s:I, s:f, s:o, s:o}", "step", (json_int_t)step, "text_to_molecule_mrr", t2m->mrr.value, "text_to_molecule", scores(t2m),
                          "molecule_to_text", scores(m2t));
    return write_line(r, o, err);
}

/* ---- the manifest ---- */

static json_t *data_part(const mg_dataset *d, const train_config *c) {
    json_t *files = json_array();
    for (size_t i = 0; i < c->data.n_sources; i++)
        json_array_append_new(files, json_pack("{s:s, s:f}", "path", c->paths[i], "weight", (double)c->sources[i].weight));
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "sha256", mg_dataset_sha256(d), "pairs", (json_int_t)mg_dataset_pairs(d), "rejected",
                     (json_int_t)mg_dataset_rejected(d), "excluded", (json_int_t)mg_dataset_excluded(d), "sources", files);
}

static json_t *result_part(const char *status, const mg_train_event *last, const mg_retrieval_scores *t2m, const mg_retrieval_scores *m2t) {
    json_t *o = json_pack("{s:s, s:I, s:I, s:o, s:o}", "status", status, "steps", (json_int_t)last->step, "total_steps", (json_int_t)last->total_steps,
                          "loss", number(last->loss), "seconds", number(last->seconds));
    if (t2m) json_object_set_new(o, "text_to_molecule", scores(t2m));
    if (m2t) json_object_set_new(o, "molecule_to_text", scores(m2t));
    return o;
}

int train_run_manifest(const train_run *r, const mg_dataset *d, const mg_params *p, const char *status, const mg_train_event *last,
                       const mg_retrieval_scores *t2m, const mg_retrieval_scores *m2t, molglot_error *err) {
    char path[TRAIN_MAX_PATH], now[32];
    int code = train_run_path(r->c, "manifest.json", path, err);
    if (code) return code;
    struct tm utc;
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s}", "program", "molglot", "version", MOLGLOT_VERSION, "chemistry",
                          mg_chem_version(), "written", now, "command", r->command ? r->command : "", "seed", (json_int_t)r->c->seed, "parameters",
                          (json_int_t)mg_params_elements(p, true), "data", data_part(d, r->c), "result", result_part(status, last, t2m, m2t),
                          "recipe", r->recipe);
    char *text = o ? json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(o);
    if (!text) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for the manifest");
    code = train_write_file(path, text, strlen(text), err);
    free(text);
    return code;
}
