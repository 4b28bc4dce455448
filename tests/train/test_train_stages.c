/* test_train_stages.c - a recipe of stages on 42 molecules: a ranker, a writer whose memory it
 * finds, and one file of both. What is there afterwards, that a finished stage is left alone, that
 * stopping in any stage and resuming changes no byte, what is refused before anything is
 * trained. */
#include "../one_part.h"
#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"
#include "train/train.h"
#include "train_runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS = 5 };

#define SMALL  "layers = 1\nhidden = 16\nheads = 2\nffn = 32\n"
#define COMMON "[train]\nbatch = 20\nsteps = 5\nlr = 0.01\nclip = 1.0\ncheckpoint_every = 2\n"

static const char ranker_text[] =
    "[model]\nname = \"tiny\"\ndim = 16\n[model.text.bag]\nfamilies = \"w\"\ndim = 8\nhidden = "
    "16\n[model.graph.bag]\nfamilies = \"m2\"\ndim = 8\nhidden = 16\n"
    "[data]\nsources = \"pairs.tsv\"\ntext_vocab = 200\ngraph_vocab = 200\n" COMMON;
static const char writer_text[] = "task = \"writer\"\n[model]\nname = \"tiny-writer\"\nmax_text = "
                                  "24\nmax_tokens = 40\n[model.encoder]\n" SMALL
                                  "[model.decoder]\n" SMALL
                                  "[data]\nsources = \"pairs.tsv\"\nwordpiece_size = 120\ntokens = "
                                  "300\ntoken_min_count = 2\n[memory]\nkeep = 1.0\n" COMMON;
static const char stages_text[] =
    "run = \"run\"\nlicence = \"CC0\"\nstages = [\"ranker\", \"writer\", \"all\"]\n[data]\ndir = "
    "\"" FIXTURES "\"\n"
    "[ranker]\nrecipe = \"ranker.toml\"\nset = [\"train.seed=3\"]\n"
    "[writer]\nrecipe = \"writer.toml\"\nset = [\"memory.model={ranker}\"]\n"
    "[all]\nmerge = [\"ranker\", \"writer\"]\nname = \"both\"\nstore = \"int4\"\n";

/* ---- running ---- */

/* Interrupts after step stop_at of the stage stop_in; notes which stages were begun and which had
 * been done, as "training ranker, done before writer, ". */
typedef struct course {
    const char *stop_in;
    int64_t stop_at, last;
    char stage[32], stages[256];
} course;

static void note_stage(course *c, const char *message) {
    static const char *const what[] = {"training", "merging", "done before"};
    const size_t n = strcspn(message, ":"), at = strlen(c->stages);
    for (size_t i = 0; i < MG_COUNT(what) && n < sizeof c->stage && message[n]; i++) {
        if (strcmp(message + n + 2, what[i]) != 0) continue;
        snprintf(c->stage, sizeof c->stage, "%.*s", (int)n, message);
        snprintf(c->stages + at, sizeof c->stages - at, "%s %s, ", what[i], c->stage);
    }
}

static int on_event(void *user, const mg_train_event *e) {
    course *c = user;
    if (e->doing) return 0;
    if (e->message) {
        note_stage(c, e->message);
        return 0;
    }
    c->last = e->step;
    return c->stop_in && strcmp(c->stop_in, c->stage) == 0 && e->step == c->stop_at;
}

static int run_stages(const char *const *set, bool resume, double time_limit, course *c,
                      molglot_error *err) {
    char path[64];
    snprintf(path, sizeof path, "%s/stages.toml", runs_folder);
    c->last = 0, c->stage[0] = c->stages[0] = 0;
    return train_options(stages_text, set,
                         &(mg_train_options){.resume = resume,
                                             .threads = 1,
                                             .time_limit = time_limit,
                                             .on_event = on_event,
                                             .user = c,
                                             .command = "test",
                                             .recipe_path = path},
                         err);
}

static void must_run(bool resume, double time_limit, int want, const char *stages, course *c) {
    molglot_error err = {0};
    int code = run_stages(NULL, resume, time_limit, c, &err);
    if (code != want) fail_msg("code %d: %s", code, err.message);
    assert_string_equal(c->stages, stages);
}

/* ---- tests ---- */

static void all_stages_run(void **state) {
    (void)state;
    course c = {0};
    molglot_error err = {0};
    mg_space_part m;
    mg_writer_part w;
    enter_folder("whole");
    must_run(false, 0, MOLGLOT_OK, "training ranker, training writer, merging all, ", &c);
    if (load_space(&m, "run/all/model.safetensors", &err)) fail_msg("%s", err.message);
    assert_int_equal(m.members, 1);
    assert_string_equal(mg_tensor_file_meta(m.file, "name"), "both");
    assert_string_equal(mg_tensor_file_meta(m.file, "licence"), "CC0");
    close_space(&m);
    if (load_writer(&w, "run/all/model.safetensors", MG_PART_WRITER, &err))
        fail_msg("%s", err.message);
    assert_true(mg_writer_part_knows(&w, "CC(=O)Oc1ccccc1C(=O)O"));
    close_writer(&w);
}

/* What `set` says counts: a seed makes another ranker, a writer without a memory is another one. */
static void assignments_count(void **state) {
    (void)state;
    static const char *const seed[] = {"ranker.set=[\"train.seed=4\"]", NULL},
                             *const forgetful[] = {"writer.set=[]", NULL};
    static const char *const *const sets[] = {seed, forgetful};
    molglot_error err = {0};
    char *whole = NULL, *other = NULL;
    size_t n, m;
    for (size_t i = 0; i < MG_COUNT(sets); i++) {
        course c = {0};
        const char *changed = i == 0 ? "ranker" : "writer";
        char path[64], reference[96];
        enter_folder(changed);
        if (run_stages(sets[i], false, 0, &c, &err)) fail_msg("%s", err.message);
        snprintf(path, sizeof path, "run/%s/model.safetensors", changed);
        snprintf(reference, sizeof reference, "../whole/%s", path);
        if (mg_read_file(path, 1 << 26, &other, &n, &err) ||
            mg_read_file(reference, 1 << 26, &whole, &m, &err))
            fail_msg("%s", err.message);
        assert_true(n != m || memcmp(whole, other, n) != 0);
        free(whole);
        free(other);
    }
}

/* Stages under different licences merge under that of the whole. */
static void one_licence_of_all(void **state) {
    (void)state;
    static const char *const set[] = {"writer.set=[\"licence=MIT\"]", NULL};
    course c = {0};
    molglot_error err = {0};
    enter_folder("licences");
    if (run_stages(set, false, 0, &c, &err)) fail_msg("%s", err.message);
    mg_tensor_file *f = mg_tensor_file_open("run/all/model.safetensors", &err);
    if (!f) fail_msg("%s", err.message);
    assert_string_equal(mg_tensor_file_meta(f, "licence"), "CC0");
    assert_string_equal(mg_tensor_file_meta(f, MG_PART_WRITER ".licence"), "MIT");
    mg_tensor_file_close(f);
}

static struct stat stat_of(const char *path) {
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    return s;
}

/* Neither written again nor replaced. */
static void untouched(const char *path, const struct stat *before) {
    const struct stat now = stat_of(path);
    if (now.st_ino != before->st_ino || now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
        fail_msg("%s was written again", path);
}

static void a_finished_run_is_left_alone(void **state) {
    (void)state;
    course c = {0};
    enter_folder("whole");
    const struct stat ranker = stat_of("run/ranker/model.safetensors"),
                      bundle = stat_of("run/all/model.safetensors");
    must_run(true, 0, MOLGLOT_OK, "done before ranker, done before writer, done before all, ", &c);
    untouched("run/ranker/model.safetensors", &ranker);
    untouched("run/all/model.safetensors", &bundle);
}

/* Stopped in the second stage, once by the caller and once by a time limit that is over before its
 * first step; then to the end. */
static void stopped_and_resumed(void **state) {
    (void)state;
    course c = {.stop_in = "writer", .stop_at = 3};
    enter_folder("stopped");
    must_run(false, 1e6, MOLGLOT_INTERRUPTED, "training ranker, training writer, ", &c);
    assert_int_equal(c.last, 3);
    assert_int_not_equal(access("run/writer/model.safetensors", F_OK), 0);
    const struct stat ranker = stat_of("run/ranker/model.safetensors");
    c.stop_in = NULL;
    must_run(true, 1e-6, MOLGLOT_INTERRUPTED, "done before ranker, training writer, ", &c);
    assert_int_equal(c.last, 4);
    must_run(true, 1e6, MOLGLOT_OK, "done before ranker, training writer, merging all, ", &c);
    assert_int_equal(c.last, STEPS);
    untouched("run/ranker/model.safetensors", &ranker);
    same_files("run/ranker/model.safetensors", "../whole/run/ranker/model.safetensors");
    same_files("run/writer/model.safetensors", "../whole/run/writer/model.safetensors");
    same_files("run/all/model.safetensors", "../whole/run/all/model.safetensors");
}

static void limited_in_the_first_stage(void **state) {
    (void)state;
    course c = {0};
    molglot_error err = {0};
    enter_folder("limited");
    assert_int_equal(run_stages(NULL, false, 1e-6, &c, &err), MOLGLOT_INTERRUPTED);
    assert_string_equal(c.stages, "training ranker, ");
    assert_int_equal(c.last, 1);
    if (!strstr(err.message, "stage ranker") || !strstr(err.message, "time limit") ||
        !strstr(err.message, "run/ranker"))
        fail_msg("%s", err.message);
    must_run(true, 0, MOLGLOT_OK, "training ranker, training writer, merging all, ", &c);
    same_files("run/all/model.safetensors", "../whole/run/all/model.safetensors");
}

static void refused(const char *first, const char *second, int code, const char *why) {
    const char *const set[] = {first, second, NULL};
    molglot_error err = {0};
    course c = {0};
    assert_int_equal(run_stages(set, false, 0, &c, &err), code);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
    assert_string_equal(c.stages, ""); /* nothing was begun */
}

static void refusals(void **state) {
    (void)state;
    enter_folder("refused");
    refused("writer.set=[\"memory.model={nobody}\"]", NULL, MOLGLOT_BAD_FILE,
            "writer.set: {nobody} names no earlier stage");
    refused("writer.set=[\"memory.model={all}\"]", NULL, MOLGLOT_BAD_FILE,
            "writer.set: {all} names no earlier stage");
    refused("stages=[\"ranker\", \"all\", \"writer\"]", NULL, MOLGLOT_BAD_FILE,
            "all.merge: 'writer' is no earlier stage");
    refused("all.recipe=writer.toml", NULL, MOLGLOT_BAD_FILE,
            "[all]: either a recipe or a list to merge");
    refused("all.merge=[]", NULL, MOLGLOT_BAD_FILE, "[all]: either a recipe or a list to merge");
    refused("stages=[\"ranker\", \"ranker\"]", NULL, MOLGLOT_BAD_FILE, "'ranker' is there twice");
    refused("stages=[]", NULL, MOLGLOT_BAD_FILE, "stages: 1 to 32 names");
    refused("stages=[\"..\"]", NULL, MOLGLOT_BAD_FILE, "'..' is no name of a folder");
    refused("stages=[\"a/b\"]", NULL, MOLGLOT_BAD_FILE, "'a/b' is no name of a folder");
    refused("writer.sets=\"train.seed=1\"", NULL, MOLGLOT_USAGE, "unknown key \"writer.sets\"");
    refused("writer.store=int4", NULL, MOLGLOT_USAGE, "unknown key \"writer.store\"");
    refused("all.set=\"train.seed=1\"", NULL, MOLGLOT_USAGE, "unknown key \"all.set\"");
    refused("train.seed=1", NULL, MOLGLOT_USAGE, "unknown key \"train.seed\"");
    refused("all.store=int2", NULL, MOLGLOT_BAD_FILE, "all.store");
    refused("all.weights=[\"1\", \"x\"]", NULL, MOLGLOT_BAD_FILE, "all.weights");
    refused("writer.set=\"train.lear_rate=1\"", NULL, MOLGLOT_USAGE,
            "stage writer: --set: unknown key \"train.lear_rate\"");
    refused("writer.recipe=nowhere.toml", NULL, MOLGLOT_FAILED, "nowhere.toml");
    refused("writer.recipe=stages.toml", "writer.set=[]", MOLGLOT_BAD_FILE,
            "stage writer: its recipe has stages of its own");
}

/* These are known when a stage begins. */
static void refusals_of_a_stage(void **state) {
    (void)state;
    static const char *const device[] = {"train.device=abacus", NULL};
    molglot_error err = {0};
    course c = {0};
    enter_folder("whole");
    assert_int_equal(run_stages(NULL, false, 0, &c, &err), MOLGLOT_USAGE);
    if (!strstr(err.message, "stage ranker: run/ranker holds a run already"))
        fail_msg("%s", err.message);
    enter_folder("refused");
    assert_int_equal(run_stages(device, false, 0, &c, &err), MOLGLOT_USAGE);
    if (!strstr(err.message, "stage ranker: ") || !strstr(err.message, "'abacus' is unknown"))
        fail_msg("%s", err.message);
}

static void the_shipped_recipe_is_sound(void **state) {
    (void)state;
    expect_sound("molglot");
}

/* ---- */

static void write_file(const char *name, const char *text) {
    FILE *f = fopen(name, "w");
    if (!f || fputs(text, f) < 0 || fclose(f)) fail_msg("%s cannot be written", name);
}

static int enter(void **state) {
    if (enter_runs(state)) return -1;
    write_file("ranker.toml", ranker_text);
    write_file("writer.toml", writer_text);
    write_file("stages.toml", stages_text);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_stages_run),
                                       cmocka_unit_test(assignments_count),
                                       cmocka_unit_test(one_licence_of_all),
                                       cmocka_unit_test(a_finished_run_is_left_alone),
                                       cmocka_unit_test(stopped_and_resumed),
                                       cmocka_unit_test(limited_in_the_first_stage),
                                       cmocka_unit_test(refusals),
                                       cmocka_unit_test(refusals_of_a_stage),
                                       cmocka_unit_test(the_shipped_recipe_is_sound)};
    return cmocka_run_group_tests(tests, enter, leave_runs);
}
