/* test_train.c - training on 42 molecules: stopped and resumed, killed and resumed, in
 * micro-batches; what is refused.
 *
 * A resumed run must give the same bytes as one that was never stopped. Run with the argument
 * "child", the program only trains, to be killed by its parent.
 */
#include "../one_part.h"
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"
#include "train/train.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PAIRS MG_SOURCE_DIR "/tests/fixtures/momu/pairs.tsv"
enum { STEPS = 12 };

static const char recipe_text[] =
    "run = \"run\"\nlicence = \"CC0\"\n"
    "[model]\nname = \"tiny\"\ndim = 16\nlearn_temperature = true\n"
    "[model.text]\nlayers = 1\nhidden = 16\nheads = 2\nffn = 32\npositions = 48\nmax_tokens = "
    "48\nspecial_tokens = true\nsentence_dropout = 0.5\n"
    "[model.text.bag]\nfamilies = \"w\"\ndim = 8\nhidden = 16\nfeature_dropout = 0.2\n"
    "[model.graph]\nlayers = 2\ndim = 12\nmlp = 24\ndropout = 0.1\n"
    "[model.graph.bag]\nfamilies = \"m2\"\ndim = 8\nhidden = 16\n"
    "[data]\nsources = \"" PAIRS "\"\nwordpiece_size = 120\ntext_vocab = 200\ngraph_vocab = 200\n"
    "[train]\nbatch = 20\nsteps = 12\nlr = 0.01\nclip = 1.0\nema = 0.9\nweight_decay = "
    "0.01\ncheckpoint_every = 5\n"
    "[loss]\ntext_views = 2\ngraph_views = 2\ngraph_self = true\nsmoothing = 0.1\naug1 = "
    "\"drop_nodes\"\naug2 = \"subgraph\"\n"
    "[eval]\npairs = \"" PAIRS "\"\nevery = 2\n";

/* ---- running ---- */

typedef struct watch {
    int64_t stop_at, last;
    double time_limit, losses[64];
} watch;

static int on_event(void *user, const mg_train_event *e) {
    watch *w = user;
    if (e->doing) return 0;
    if (e->message) return 0;
    w->last = e->step;
    w->losses[e->step % 64] = e->loss;
    return w->stop_at && e->step == w->stop_at;
}

/* With what *w asks for. */
static int train_watched(const char *const *set, bool resume, watch *w, molglot_error *err) {
    mg_toml *t = mg_toml_parse(recipe_text, strlen(recipe_text), "recipe", err);
    assert_non_null(t);
    for (; set && *set; set++) assert_int_equal(mg_toml_set(t, *set, err), MOLGLOT_OK);
    mg_train_options o = {.resume = resume,
                          .threads = 2,
                          .time_limit = w->time_limit,
                          .on_event = on_event,
                          .user = w,
                          .command = "test"};
    int code = mg_train(t, &o, err);
    mg_toml_free(t);
    return code;
}

static int train(const char *const *set, bool resume, int64_t stop_at, watch *w,
                 molglot_error *err) {
    *w = (watch){.stop_at = stop_at};
    return train_watched(set, resume, w, err);
}

static void must_train(const char *const *set, bool resume, int64_t stop_at, int want) {
    watch w;
    molglot_error err = {0};
    int code = train(set, resume, stop_at, &w, &err);
    if (code != want) fail_msg("code %d: %s", code, err.message);
}

static char parent[] = "/tmp/molglot-train-XXXXXX";

static void enter_folder(const char *name) {
    assert_int_equal(chdir(parent), 0);
    mkdir(name, 0777);
    assert_int_equal(chdir(name), 0);
}

/* ---- comparing ---- */

static char *contents(const char *path, size_t *n) {
    molglot_error err = {0};
    char *data = NULL;
    if (mg_read_file(path, (size_t)1 << 28, &data, n, &err)) fail_msg("%s", err.message);
    return data;
}

static void same_files(const char *a, const char *b) {
    size_t n, m;
    char *x = contents(a, &n), *y = contents(b, &m);
    if (n != m || memcmp(x, y, n) != 0) fail_msg("%s and %s differ", a, b);
    free(x);
    free(y);
}

static void same_tensors(const char *a, const char *b) {
    molglot_error err = {0};
    mg_tensor_file *x = mg_tensor_file_open(a, &err), *y = mg_tensor_file_open(b, &err);
    if (!x || !y) fail_msg("%s", err.message);
    assert_int_equal(mg_tensor_file_count(x), 4);
    for (size_t i = 0; i < 4; i++) {
        const mg_file_tensor *s = mg_tensor_file_at(x, i), *t = mg_tensor_file_find(y, s->name);
        assert_non_null(t);
        assert_int_equal(s->bytes, t->bytes);
        if (memcmp(s->data, t->data, s->bytes) != 0)
            fail_msg("%s of %s and %s differ", s->name, a, b);
    }
    mg_tensor_file_close(x);
    mg_tensor_file_close(y);
}

/* Everything of a log but the times. */
static char *log_without_times(const char *path) {
    size_t n;
    char *s = contents(path, &n), *out = s;
    for (char *p = s; *p;) {
        if (strncmp(p, ",\"seconds\":", 11) == 0) p += strcspn(p, "}\n");
        *out++ = *p++;
    }
    *out = 0;
    return s;
}

static void same_run(const char *folder) {
    char a[128], b[128];
    static const char *const files[] = {"model.safetensors", "loss.svg"};
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        snprintf(a, sizeof a, "%s/whole/run/%s", parent, files[i]);
        snprintf(b, sizeof b, "%s/%s/run/%s", parent, folder, files[i]);
        same_files(a, b);
    }
    snprintf(a, sizeof a, "%s/whole/run/checkpoint.safetensors", parent);
    snprintf(b, sizeof b, "%s/%s/run/checkpoint.safetensors", parent, folder);
    same_tensors(a, b);
    snprintf(a, sizeof a, "%s/whole/run/train.jsonl", parent);
    snprintf(b, sizeof b, "%s/%s/run/train.jsonl", parent, folder);
    char *x = log_without_times(a), *y = log_without_times(b);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

/* ---- tests ---- */

static void uninterrupted(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    enter_folder("whole");
    if (train(NULL, false, 0, &w, &err)) fail_msg("%s", err.message);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < w.losses[1]);
    static const char *const files[] = {
        "recipe.toml", "manifest.json",          "train.jsonl",
        "loss.svg",    "checkpoint.safetensors", "model.safetensors"};
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        char path[64];
        snprintf(path, sizeof path, "run/%s", files[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    mg_space_part m;
    if (load_space(&m, "run/model.safetensors", &err)) fail_msg("%s", err.message);
    assert_string_equal(mg_tensor_file_meta(m.file, "licence"), "CC0");
    assert_int_equal(strlen(mg_tensor_file_meta(m.file, "data.sha256")), 64);
    close_space(&m);
}

static void stopped_and_resumed(void **state) {
    (void)state;
    enter_folder("stopped");
    must_train(NULL, false, 3, MOLGLOT_INTERRUPTED);
    must_train(NULL, true, 8, MOLGLOT_INTERRUPTED);
    must_train(NULL, true, 0, MOLGLOT_OK);
    same_run("stopped");
    must_train(NULL, true, 0, MOLGLOT_OK); /* nothing left to do: the same files again */
    same_run("stopped");
}

/* A limit that is over before the first step leaves one step for each start. */
static void limited_and_resumed(void **state) {
    (void)state;
    molglot_error err = {0};
    enter_folder("limited");
    for (int step = 1; step <= 2; step++) {
        watch w = {.time_limit = 1e-6};
        assert_int_equal(train_watched(NULL, step > 1, &w, &err), MOLGLOT_INTERRUPTED);
        assert_int_equal(w.last, step);
        if (!strstr(err.message, "time limit") || !strstr(err.message, "--resume"))
            fail_msg("%s", err.message);
    }
    watch w = {.time_limit = 1e6};
    if (train_watched(NULL, true, &w, &err)) fail_msg("%s", err.message);
    same_run("limited");
}

/* A checkpoint goes on on another device: the readable kernels sum in other orders, so the numbers
 * are near and not equal. */
static void device_changed(void **state) {
    (void)state;
    static const char *const ref[] = {"train.device=ref", NULL};
    molglot_error err = {0};
    watch a, b;
    enter_folder("cpu_ref");
    must_train(NULL, false, 4, MOLGLOT_INTERRUPTED);
    if (train(ref, true, 0, &a, &err)) fail_msg("%s", err.message);
    enter_folder("ref_cpu");
    must_train(ref, false, 4, MOLGLOT_INTERRUPTED);
    if (train(NULL, true, 0, &b, &err)) fail_msg("%s", err.message);
    assert_int_equal(a.last, STEPS);
    assert_int_equal(b.last, STEPS);
    for (int i = 5; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 1e-2))
            fail_msg("step %d: %.6f and %.6f", i, a.losses[i], b.losses[i]);
}

static int lines_of(const char *path) {
    int n = 0;
    FILE *f = fopen(path, "r");
    for (int c; f && (c = fgetc(f)) != EOF;) n += c == '\n';
    if (f) fclose(f);
    return n;
}

/* Killed without warning some steps after the checkpoint of step 5. */
static void killed_and_resumed(void **state) {
    (void)state;
    char self[] = "/proc/self/exe", child[] = "child", *argv[] = {self, child, NULL};
    extern char **environ;
    pid_t pid;
    int status;
    enter_folder("killed");
    assert_int_equal(posix_spawn(&pid, self, NULL, NULL, argv, environ), 0);
    for (int i = 0; i < 6000 && lines_of("run/train.jsonl") < 8; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(access("run/checkpoint.safetensors", R_OK), 0);
    /* what a kill in the middle of a write leaves, and what is not ours */
    char name[96];
    snprintf(name, sizeof name, "run/model.safetensors.tmp-%ld-0123456789ab-0", (long)pid);
    FILE *left = fopen(name, "w"), *other = fopen("run/thesis.tmp-1", "w");
    fclose(left);
    fclose(other);
    must_train(NULL, true, 0, MOLGLOT_OK);
    assert_int_not_equal(access(name, F_OK), 0);
    assert_int_equal(access("run/thesis.tmp-1", F_OK), 0);
    same_run("killed");
}

/* With layer norm and without dropout a step in parts is the same sum in another order. */
static void micro_batches(void **state) {
    (void)state;
    static const char *const whole[] = {"model.graph.layer_norm=true", "eval.pairs=\"\"", NULL};
    static const char *const parts[] = {"model.graph.layer_norm=true", "eval.pairs=\"\"",
                                        "train.micro_batch=7", NULL};
    static const char *const no_dropout[] = {
        "model.graph.layer_norm=true", "eval.pairs=\"\"",         "train.micro_batch=7",
        "model.text.dropout=0.0",      "model.graph.dropout=0.0", "model.text.bag.dropout=0.0",
        "model.graph.bag.dropout=0.0", "run=calm_parts",          NULL};
    static const char *const no_dropout_whole[] = {"model.graph.layer_norm=true",
                                                   "eval.pairs=\"\"",
                                                   "model.text.dropout=0.0",
                                                   "model.graph.dropout=0.0",
                                                   "model.text.bag.dropout=0.0",
                                                   "model.graph.bag.dropout=0.0",
                                                   "run=calm_whole",
                                                   NULL};
    molglot_error err = {0};
    watch a, b;
    enter_folder("micro");
    if (train(no_dropout_whole, false, 0, &a, &err) || train(no_dropout, false, 0, &b, &err))
        fail_msg("%s", err.message);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 1e-3))
            fail_msg("step %d: %.7f whole, %.7f in parts", i, a.losses[i], b.losses[i]);
    /* With dropout the draws differ, the level does not. */
    enter_folder("micro/one");
    if (train(whole, false, 0, &a, &err)) fail_msg("%s", err.message);
    enter_folder("micro/two");
    if (train(parts, false, 0, &b, &err)) fail_msg("%s", err.message);
    assert_true(fabs(a.losses[STEPS] - b.losses[STEPS]) < 0.5);
}

static void bf16_trains(void **state) {
    (void)state;
    static const char *const set[] = {"train.precision=bf16", "eval.pairs=\"\"", NULL};
    molglot_error err = {0};
    watch w;
    enter_folder("half");
    if (train(set, false, 0, &w, &err)) fail_msg("%s", err.message);
    assert_true(w.losses[STEPS] < w.losses[1]);
}

static void expect(const char *const *set, bool resume, int code, const char *why) {
    molglot_error err = {0};
    watch w;
    assert_int_equal(train(set, resume, 0, &w, &err), code);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
}

static void refusals(void **state) {
    (void)state;
    enter_folder("whole");
    expect(NULL, false, MOLGLOT_USAGE, "holds a run already");
    expect((const char *const[]){"train.lr=0.02", NULL}, true, MOLGLOT_USAGE,
           "a finished run with other settings (train.lr)");
    enter_folder("refused");
    expect((const char *const[]){"train.lear_rate=0.02", NULL}, false, MOLGLOT_USAGE, "lear_rate");
    expect((const char *const[]){"train.batch=1", NULL}, false, MOLGLOT_BAD_FILE, "train.batch");
    expect((const char *const[]){"train.schedule=cos", NULL}, false, MOLGLOT_BAD_FILE,
           "train.schedule");
    expect((const char *const[]){"train.min_lr=0.0", "train.schedule=cos", NULL}, false,
           MOLGLOT_BAD_FILE, "train.schedule"); /* a rate may go down to none */
    expect((const char *const[]){"loss.graph_views=1", NULL}, false, MOLGLOT_BAD_FILE,
           "loss.graph_self");
    expect((const char *const[]){"data.sources=/nowhere.tsv", NULL}, false, MOLGLOT_FAILED,
           "/nowhere.tsv");
    expect((const char *const[]){"train.device=abacus", "data.sources=/nowhere.tsv", NULL}, false,
           MOLGLOT_USAGE, "'abacus' is unknown");
}

/* Every key of the recipes that come with the program is one that the trainer asks for, with a
 * value in range. */
static void recipes_are_sound(void **state) {
    (void)state;
    static const char *const names[] = {"momu", "floor", "momu-faithful", "tiny"};
    for (size_t i = 0; i < MG_COUNT(names); i++) {
        char path[256];
        molglot_error err = {0};
        snprintf(path, sizeof path, MG_SOURCE_DIR "/recipes/%s.toml", names[i]);
        mg_toml *t = mg_toml_load(path, &err);
        if (!t || mg_train_check(t, &(mg_train_options){.recipe_path = path}, &err))
            fail_msg("%s: %s", path, err.message);
        mg_toml_free(t);
    }
}

static int enter(void **state) {
    (void)state;
    return mkdtemp(parent) ? 0 : -1;
}

static int leave(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", parent);
    return chdir("/") || system(command) ? -1 : 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "child") == 0) {
        watch w;
        return train(NULL, false, 0, &w, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uninterrupted),      cmocka_unit_test(stopped_and_resumed),
        cmocka_unit_test(killed_and_resumed), cmocka_unit_test(limited_and_resumed),
        cmocka_unit_test(device_changed),     cmocka_unit_test(micro_batches),
        cmocka_unit_test(bf16_trains),        cmocka_unit_test(refusals),
        cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, enter, leave);
}
