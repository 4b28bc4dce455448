/* run.c - the run folder: recipe.toml (resolved), train.jsonl (one line a step),
 * manifest.json.
 *
 * A finished run is left as it is (train_run_finished). A resumed run first drops the log's lines
 * from its checkpoint's step on, so the log reads as that of one run; its own files that a killed
 * process left half written are removed. While a process trains there, it holds a lock on the file
 * `lock`.
 */
#include "base/toml/toml.h"
#include "chem/chem.h"
#include "train/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_LOG ((size_t)1 << 30)

int train_run_path(const train_common *c, const char *file, char out[TRAIN_MAX_PATH],
                   molglot_error *err) {
    int n = snprintf(out, TRAIN_MAX_PATH, "%s/%s", c->run, file);
    return n >= 0 && n < TRAIN_MAX_PATH
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", c->run);
}

/* ---- opening ---- */

/* Temporaries of the run's own files from a process that was killed. */
static void remove_leftovers(const train_common *c) {
    static const char *const files[] = {
        "recipe.toml", "manifest.json",          "train.jsonl",
        "loss.svg",    "checkpoint.safetensors", "model.safetensors"};
    char path[TRAIN_MAX_PATH];
    for (size_t i = 0; i < MG_COUNT(files); i++)
        if (!train_run_path(c, files[i], path, NULL)) mg_outfile_leftovers(path);
}

/* ---- one owner ---- */

/* The file is the one that the path names still: its last owner may have removed it meanwhile. */
static bool still_there(int fd, const char *path) {
    struct stat a, b;
    return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int refuse_owned(const train_common *c, int fd, molglot_error *err) {
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    close(fd);
    pid[n > 0 ? strspn(pid, "0123456789") : 0] = 0;
    return mg_fail(err, MOLGLOT_FAILED, "%s: another process trains here%s%s%s", c->run,
                   *pid ? " (process " : "", pid, *pid ? ")" : "");
}

int train_run_own(train_task *t, molglot_error *err) {
    char path[TRAIN_MAX_PATH], pid[24];
    int code = mg_make_dirs(t->c.run, err);
    if (!code) code = train_run_path(&t->c, "lock", path, err);
    for (int fd; !code && t->run.lock <= 0;) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0) return mg_fail(err, MOLGLOT_FAILED, "%s: %s", path, strerror(errno));
        if (flock(fd, LOCK_EX | LOCK_NB)) {
            if (errno == EWOULDBLOCK) return refuse_owned(&t->c, fd, err);
            /* a file system without locks: as if alone */
        } else if (!still_there(fd, path)) {
            close(fd);
            continue;
        }
        t->run.lock = fd;
    }
    if (code) return code;
    const int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    (void)(ftruncate(t->run.lock, 0) || pwrite(t->run.lock, pid, (size_t)n, 0) != n);
    return MOLGLOT_OK;
}

static void disown(train_task *t) {
    char path[TRAIN_MAX_PATH];
    if (t->run.lock <= 0) return;
    if (!train_run_path(&t->c, "lock", path, NULL) && still_there(t->run.lock, path)) unlink(path);
    close(t->run.lock);
}

/* One line of the log: kept in *kept and the curve when it belongs to a step that is done. The
 * scores of the very end are not: a run resumed there makes them again. */
static int keep_line(train_task *t, const char *line, size_t n, mg_str *kept, molglot_error *err) {
    json_t *o = json_loadb(line, n, 0, NULL);
    const json_t *step = json_object_get(o, "step"), *loss = json_object_get(o, "loss"),
                 *score = json_object_get(o, t->kind->score);
    const int64_t at = json_integer_value(step);
    int code = MOLGLOT_OK;
    /* steps are counted from 1 in the log */
    if (json_is_integer(step) && at <= t->step && !(json_is_number(score) && at == t->total)) {
        mg_str_add(kept, line, n);
        mg_str_add(kept, "\n", 1);
        if (json_is_number(loss))
            code = train_curve_add(&t->run.curve, false, at, json_number_value(loss), err);
        if (json_is_number(score))
            code = train_curve_add(&t->run.curve, true, at, json_number_value(score), err);
    }
    json_decref(o);
    return code;
}

static int reread_log(train_task *t, const char *path, molglot_error *err) {
    char *text = NULL;
    size_t n = 0;
    if (access(path, F_OK) != 0) return MOLGLOT_OK;
    int code = mg_read_file(path, MAX_LOG, &text, &n, err);
    mg_str kept = {0};
    for (const char *line = text, *end; !code && line < text + n; line = end + 1) {
        end = memchr(line, '\n', (size_t)(text + n - line));
        if (!end) end = text + n;
        code = keep_line(t, line, (size_t)(end - line), &kept, err);
    }
    if (!code && kept.failed) code = mg_no_memory(err, "%s", path);
    if (!code) code = train_write_file(path, kept.s ? kept.s : "", kept.n, err);
    mg_str_free(&kept);
    free(text);
    return code;
}

/* The recipe without run, data.dir, data.cache and model files named from the root: where files lay
 * on some machine is no property of the model. */
static bool says_where(const char *line) {
    static const char *const keys[] = {"run = ", "dir = ", "cache = ", "model = \"/", "file = \"/"};
    for (size_t i = 0; i < MG_COUNT(keys); i++)
        if (strncmp(line, keys[i], strlen(keys[i])) == 0) return true;
    return false;
}

/* A line with the names alone of files that are given from the root. */
static void add_portable(mg_str *out, const char *line, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const bool begins = line[i] == '/' && i && strchr("\" ,;:=", line[i - 1]);
        if (!begins) {
            mg_str_add(out, line + i, 1);
            continue;
        }
        size_t end = i, slash = i;
        for (; end < n && !strchr("\" ,;\n", line[end]); end++)
            if (line[end] == '/') slash = end;
        i = slash; /* the name follows */
    }
}

static char *portable(const char *recipe) {
    mg_str s = {0};
    for (const char *line = recipe, *end; *line; line = end) {
        end = strchr(line, '\n');
        end = end ? end + 1 : line + strlen(line);
        if (!says_where(line)) add_portable(&s, line, (size_t)(end - line));
    }
    if (s.failed) mg_str_free(&s);
    return s.s;
}

static int write_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    mg_str s = {0};
    int code = train_run_path(&t->c, "recipe.toml", path, err);
    if (!code && mg_toml_dump(recipe, &s)) code = mg_no_memory(err, "the recipe");
    if (!code) code = train_write_file(path, s.s, s.n, err);
    if (!code && (!(t->run.recipe = strdup(s.s)) || !(t->run.portable_recipe = portable(s.s))))
        code = mg_no_memory(err, "the recipe");
    mg_str_free(&s);
    return code;
}

/* ---- a finished run ---- */

static bool is_one_of(const char *key, const char *const *keys) {
    for (; *keys; keys++)
        if (strcmp(key, *keys) == 0) return true;
    return false;
}

/* What may differ without another model: where things lie. */
static bool is_place(const char *key) {
    static const char *const keys[] = {
        "run", "data.dir", "data.cache", "train.device", "train.checkpoint_every", NULL};
    return is_one_of(key, keys);
}

/* What is measured on the way, and paths of other models: said, since they may be others. */
static bool is_harmless(const char *key) {
    static const char *const keys[] = {"init.file", "memory.model", "writer.file", NULL};
    return strncmp(key, "eval.", 5) == 0 || is_one_of(key, keys);
}

/* The value of a key in a dumped recipe, up to its end of line; NULL: none. section "": before the
 * first. */
static const char *value_in(const char *dump, const char *section, const char *key, size_t *n) {
    const size_t length = strlen(key);
    char here[128] = "";
    for (const char *line = dump; *line;) {
        const size_t end = strcspn(line, "\n");
        if (*line == '[' && end >= 2 && end - 2 < sizeof here) {
            memcpy(here, line + 1, end - 2);
            here[end - 2] = 0;
        } else if (strcmp(here, section) == 0 && strncmp(line, key, length) == 0 &&
                   strncmp(line + length, " = ", 3) == 0) {
            *n = end - length - 3;
            return line + length + 3;
        }
        line += end + (line[end] == '\n');
    }
    return NULL;
}

/* The keys that differ, comma between; those that `old` lacks are newer than it. */
static void compare_recipes(const char *old, const char *now, mg_str *harmless, mg_str *others) {
    char section[128] = "", key[128], name[260];
    for (const char *line = now; *line;) {
        const size_t end = strcspn(line, "\n"), at = strcspn(line, " \n");
        if (*line == '[' && end >= 2 && end - 2 < sizeof section) {
            memcpy(section, line + 1, end - 2);
            section[end - 2] = 0;
        } else if (at < end && at < sizeof key && strncmp(line + at, " = ", 3) == 0) {
            size_t n = 0;
            memcpy(key, line, at);
            key[at] = 0;
            snprintf(name, sizeof name, "%s%s%s", section, *section ? "." : "", key);
            const char *was = value_in(old, section, key, &n);
            if (was && !is_place(name) &&
                (n != end - at - 3 || strncmp(was, line + at + 3, n) != 0)) {
                mg_str *to = is_harmless(name) ? harmless : others;
                mg_str_addf(to, "%s%s", to->n ? ", " : "", name);
            }
        }
        line += end + (line[end] == '\n');
    }
}

static bool says_done(const char *manifest) {
    json_t *o = json_load_file(manifest, 0, NULL);
    const char *status = json_string_value(json_object_get(json_object_get(o, "result"), "status"));
    const bool done = status && strcmp(status, "done") == 0;
    json_decref(o);
    return done;
}

int train_run_finished(train_task *t, mg_toml *recipe, bool *finished, molglot_error *err) {
    char manifest[TRAIN_MAX_PATH], model[TRAIN_MAX_PATH], path[TRAIN_MAX_PATH], *old = NULL;
    size_t n = 0;
    *finished = false;
    int code = train_run_path(&t->c, "manifest.json", manifest, err);
    if (!code) code = train_run_path(&t->c, "model.safetensors", model, err);
    if (!code) code = train_run_path(&t->c, "recipe.toml", path, err);
    if (code || access(model, F_OK) != 0 || !says_done(manifest)) return code;
    mg_str now = {0}, harmless = {0}, others = {0};
    code = mg_read_file(path, (size_t)1 << 20, &old, &n, err);
    if (!code && mg_toml_dump(recipe, &now)) code = mg_no_memory(err, "the recipe");
    if (!code) compare_recipes(old, now.s, &harmless, &others);
    if (!code && others.n)
        code = mg_fail(err, MOLGLOT_USAGE,
                       "%s holds a finished run with other settings (%s): choose another folder",
                       t->c.run, others.s);
    if (!code && harmless.n)
        train_tell(t,
                   "%s differs from the finished run's recipe and is not applied: molglot eval "
                   "measures its model",
                   harmless.s);
    if (!code) train_tell(t, "nothing to do: the run in %s is finished", t->c.run);
    *finished = !code;
    mg_str_free(&now);
    mg_str_free(&harmless);
    mg_str_free(&others);
    free(old);
    return code;
}

int train_run_open(train_task *t, mg_toml *recipe, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    remove_leftovers(&t->c);
    int code = write_recipe(t, recipe, err);
    if (!code) code = train_run_path(&t->c, "train.jsonl", path, err);
    if (!code && t->step > 0) code = reread_log(t, path, err);
    if (code) return code;
    t->run.log = fopen(path, t->step > 0 ? "a" : "w");
    return t->run.log ? MOLGLOT_OK : mg_fail(err, MOLGLOT_FAILED, "%s: %s", path, strerror(errno));
}

void train_run_close(train_task *t) {
    train_run *r = &t->run;
    disown(t);
    if (r->log) fclose(r->log);
    free(r->curve.points);
    free(r->curve.scores);
    free(r->recipe);
    free(r->portable_recipe);
    memset(r, 0, sizeof *r);
}

/* ---- the log ---- */

/* Writes and frees one line; flushed, so that a killed run has its log. */
static int write_line(const train_task *t, json_t *o, molglot_error *err) {
    char *line = o ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9))
                   : NULL;
    json_decref(o);
    if (!line) return mg_no_memory(err, "the log");
    bool good = fprintf(t->run.log, "%s\n", line) > 0 && fflush(t->run.log) == 0;
    free(line);
    return good ? MOLGLOT_OK
                : mg_fail(err, MOLGLOT_FAILED, "%s/train.jsonl: %s", t->c.run, strerror(errno));
}

/* JSON has no infinities: null. */
static json_t *number(double x) {
    json_t *j = json_real(x);
    return j ? j : json_null();
}

int train_run_log_step(train_task *t, const train_result *r, molglot_error *err) {
    const mg_train_event *e = &t->last;
    int code = train_curve_add(&t->run.curve, false, e->step, e->loss, err);
    if (code) return code;
    json_t *o = json_pack("{s:I, s:I, s:o, s:o, s:o}", "step", (json_int_t)e->step, "epoch",
                          (json_int_t)e->epoch, "loss", number(e->loss), "lr", number(e->lr),
                          "grad_norm", number(e->grad_norm));
    if (r->name) json_object_set_new(o, r->name, number(r->value));
    json_object_set_new(o, "seconds", number(e->seconds));
    return write_line(t, o, err);
}

int train_run_log_eval(train_task *t, double score, molglot_error *err) {
    int code = train_curve_add(&t->run.curve, true, t->step, score, err);
    if (code) return code;
    json_t *o = json_pack("{s:I, s:f}", "step", (json_int_t)t->step, t->kind->score, score);
    if (o && t->kind->add_scores) t->kind->add_scores(t, o);
    return write_line(t, o, err);
}

/* ---- the manifest ---- */

static json_t *result_json(const train_task *t, const char *status, bool scores) {
    const mg_train_event *last = &t->last;
    json_t *o = json_pack("{s:s, s:I, s:I, s:o, s:o}", "status", status, "steps",
                          (json_int_t)last->step, "total_steps", (json_int_t)last->total_steps,
                          "loss", number(last->loss), "seconds", number(last->seconds));
    if (o && scores && t->kind->add_scores) t->kind->add_scores(t, o);
    return o;
}

/* Of a split, and of validation rows that are trained on. */
static void add_split(const train_task *t, json_t *to) {
    const train_corpus *c = &t->corpus;
    const mg_split_counts *n = &c->split_counts;
    if (c->split && *c->split && n->rows[MG_SPLIT_TRAIN])
        json_object_set_new(
            to, "split",
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "how", c->split, "seed",
                      (json_int_t)c->split_seed, "train", (json_int_t)n->rows[MG_SPLIT_TRAIN],
                      "validation", (json_int_t)n->rows[MG_SPLIT_VALIDATION], "test",
                      (json_int_t)n->rows[MG_SPLIT_TEST], "left_out", (json_int_t)n->left_out));
    if (c->overlap.rows)
        json_object_set_new(to, "eval_overlap",
                            json_pack("{s:I, s:I, s:I, s:I}", "rows", (json_int_t)c->overlap.rows,
                                      "trained_on", (json_int_t)c->overlap.either, "by_molecule",
                                      (json_int_t)c->overlap.molecules, "by_text",
                                      (json_int_t)c->overlap.texts));
}

int train_run_manifest(const train_task *t, const char *status, bool scores, molglot_error *err) {
    char path[TRAIN_MAX_PATH], now[32];
    int code = train_run_path(&t->c, "manifest.json", path, err);
    if (code) return code;
    struct tm utc;
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s}", "program",
                          "molglot", "version", MOLGLOT_VERSION, "chemistry", mg_chem_version(),
                          "written", now, "command", t->o->command ? t->o->command : "", "seed",
                          (json_int_t)t->c.seed, "parameters",
                          (json_int_t)mg_params_elements(t->params, true), "data",
                          t->kind->data ? t->kind->data(t) : json_object(), "result",
                          result_json(t, status, scores), "recipe", t->run.recipe);
    add_split(t, o);
    if (mg_ranks_size(t->o->ranks) > 1)
        json_object_set_new(o, "ranks", json_integer(mg_ranks_size(t->o->ranks)));
    char *text = o ? json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9))
                   : NULL;
    json_decref(o);
    if (!text) return mg_no_memory(err, "the manifest");
    code = train_write_file(path, text, strlen(text), err);
    free(text);
    return code;
}
