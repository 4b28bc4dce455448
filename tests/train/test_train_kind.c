/* test_train_kind.c - a fifth kind of training, and what it takes: nothing but this file.
 *
 * task = "line" fits y = a x + b to 23 points of the line y = 2 x - 1. It says config, rows,
 * the loss of a micro-batch and what to save; loop, batches, micro-batches, EMA, validation,
 * identity, checkpoints and the run folder are train_one's. A run that was stopped and resumed must
 * end with the same bytes as one that was not.
 */
#include "train/inside.h"
#include "train_runs.h"

#include <math.h>

enum { POINTS = 23, STEPS = 200 };

typedef struct line_task {
    train_task t;
    float noise;    /* of the points, while training */
    int64_t broken; /* epoch that cannot be filled */
    mg_tensor *a, *b;
} line_task;

typedef struct line_micro { /* of a batch */
    int64_t n;
    float *x, *minus_y; /* [n] */
} line_micro;

static int micros; /* that were made and not freed */
/* The epoch that is being filled, -1 for none yet, and its next place. */
static struct { int64_t epoch, place; } filled;

/* ---- config ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    line_task *l = (line_task *)t;
    t->model = "line";
    l->noise = (float)mg_toml_num(recipe, "line.noise", 0);
    l->broken = mg_toml_int(recipe, "line.broken", -1);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 0);
    return train_read_train(recipe, &t->c, err);
}

/* ---- rows ---- */

static int open_data(train_task *t, molglot_error *err) {
    (void)err;
    train_tell(t, "%d points", POINTS);
    return MOLGLOT_OK;
}

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    *n = POINTS;
    *rows = malloc(POINTS * sizeof **rows);
    if (!*rows) return mg_no_memory(err, "an order");
    for (int64_t i = 0; i < POINTS; i++) {
        const int64_t at =
            (int64_t)(mg_rng_u64(t->c.seed, (uint64_t)epoch, (uint64_t)i) % (uint64_t)(i + 1));
        (*rows)[i] = (*rows)[at];
        (*rows)[at] = i;
    }
    return MOLGLOT_OK;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    (void)err;
    mg_str_addf(&out->model, "line of %d points, noise %a", POINTS,
                (double)((const line_task *)t)->noise);
    return MOLGLOT_OK;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    line_task *l = (line_task *)t;
    (void)err;
    l->a = mg_params_add(t->params, "a", 1, 1, MG_INIT_NORMAL, 1, 0);
    l->b = mg_params_add(t->params, "b", 1, 1, MG_INIT_ZERO, 0, 0);
    return MOLGLOT_OK;
}

static int start(train_task *t, molglot_error *err) {
    (void)err;
    t->validates = true;
    return MOLGLOT_OK;
}

/* ---- loss of a micro-batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    line_micro *p = micro;
    (void)t;
    micros++;
    p->x = malloc((size_t)n * sizeof *p->x);
    p->minus_y = malloc((size_t)n * sizeof *p->minus_y);
    return p->x && p->minus_y ? MOLGLOT_OK : mg_no_memory(err, "points");
}

static void free_micro(void *micro) {
    line_micro *p = micro;
    micros--;
    free(p->x);
    free(p->minus_y);
}

static void put(line_micro *p, int64_t i, int64_t row, float noise) {
    p->x[i] = (float)row / POINTS;
    p->minus_y[i] = -(2 * p->x[i] - 1 + noise);
}

/* Are these the next rows of the epoch, and of the batch? */
static bool is_in_place(const train_task *t, const train_span *s) {
    int64_t *rows, n;
    if (order(t, s->epoch, &rows, &n, NULL)) return false;
    const bool good = s->place + s->n <= n &&
                      memcmp(rows + s->place, s->rows, (size_t)s->n * sizeof *rows) == 0 &&
                      s->rows >= s->batch && s->rows + s->n <= s->batch + s->batch_n &&
                      (s->number == 0) == (s->rows == s->batch);
    const bool next = filled.epoch != s->epoch || filled.place == s->place;
    filled.epoch = s->epoch;
    filled.place = s->place + s->n;
    free(rows);
    return good && next;
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const line_task *l = (const line_task *)t;
    line_micro *p = micro;
    (void)weight; /* n */
    if (s->epoch == l->broken) return mg_fail(err, MOLGLOT_BAD_FILE, "the points ran out");
    if (!is_in_place(t, s)) return mg_fail(err, MOLGLOT_FAILED, "rows out of place");
    p->n = s->n;
    for (int64_t i = 0; i < s->n; i++) {
        mg_rng rng = {.seed = mg_rng_u64(t->c.seed, 0x6c696e65u, (uint64_t)s->epoch),
                      .stream = (uint64_t)(s->place + i)};
        put(p, i, s->rows[i], l->noise * (float)mg_rng_normal(&rng));
    }
    return MOLGLOT_OK;
}

/* mean of (a x + b - y)^2 */
static mg_tensor *square(mg_tape *tape, const line_task *l, const line_micro *p) {
    mg_tensor *x = mg_input(tape, p->x, p->n, 1, false),
              *minus_y = mg_input(tape, p->minus_y, p->n, 1, false),
              *d = mg_add(tape, mg_linear(tape, x, l->a, l->b, MG_ACT_NONE), minus_y);
    return mg_mean(tape, mg_mul(tape, d, d));
}

static mg_tensor *loss(train_task *t, const void *micro) {
    return square(t->tape, (const line_task *)t, micro);
}

/* ---- validation and results ---- */

/* Points at .. at + n-1, without noise. */
static int loss_at(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                   molglot_error *err) {
    train_task *t = user;
    float x[POINTS], minus_y[POINTS];
    line_micro p = {n, x, minus_y};
    (void)weight, (void)err;
    for (int64_t i = 0; i < n; i++) put(&p, i, at + i, 0);
    *out = loss(t, &p);
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    const train_mean mean = {.n = POINTS, .group = 5, .loss = loss_at, .user = t};
    double square_error = 0;
    int code = train_mean_loss(t, &mean, &square_error, err);
    out->score = 1 / (1 + square_error);
    snprintf(out->line, sizeof out->line, "square error %g of all points sampled", square_error);
    return code;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    train_metadata metadata;
    train_metadata_make(&metadata, t, "of no file", "points", POINTS);
    train_metadata_add(&metadata, "line", "y = a x + b");
    mg_weights_out *w = mg_weights_out_new();
    int code = w ? mg_params_write(t->params, w, train_store_as(&t->c), err)
                 : mg_no_memory(err, "a line");
    for (size_t i = 0; metadata.pairs[i] && !code; i += 2)
        code = mg_weights_out_meta(w, metadata.pairs[i], metadata.pairs[i + 1], err);
    if (!code) code = mg_weights_out_save(w, path, err);
    mg_weights_out_free(w);
    return code;
}

static const train_kind kind_line = {
    .name = "line",
    .unit = "points",
    .run = "run",
    .score = "closeness",
    .score_title = "validation: 1 / (1 + square error)",
    .size = sizeof(line_task),
    .micro_size = sizeof(line_micro),
    .read = read_recipe,
    .open = open_data,
    .order = order,
    .identify = identify,
    .declare = declare,
    .start = start,
    .make_micro = make_micro,
    .fill = fill,
    .loss = loss,
    .free_micro = free_micro,
    .validate = validate,
    .save = save,
};

/* ---- running ---- */

static const char recipe_text[] =
    "task = \"line\"\nlicence = \"CC0\"\nstore = \"f32\"\n"
    "[train]\nbatch = 8\nsteps = 200\nlr = 0.1\nbeta2 = 0.9\nclip = 1.0\nema = 0.8\n"
    "checkpoint_every = 50\n[line]\nnoise = 0.01\n[eval]\nevery = 5\n";

/* The table has the kinds of molglot too: the fifth is one line. */
#define ENTRY(kind) &train_kind_##kind,
static const train_kind *const kinds[] = {TRAIN_KINDS(ENTRY) & kind_line, NULL};

static int train_line(const char *const *set, bool resume, int64_t stop_at, watch *w,
                      molglot_error *err) {
    *w = (watch){.stop_at = stop_at};
    filled.epoch = -1;
    mg_toml *t = mg_toml_parse(recipe_text, strlen(recipe_text), "recipe", err);
    assert_non_null(t);
    for (; set && *set; set++) assert_int_equal(mg_toml_set(t, *set, err), MOLGLOT_OK);
    const mg_train_options o = {
        .resume = resume, .threads = 1, .on_event = watch_event, .user = w, .command = "test"};
    int code = train_one(kinds, t, &o, err);
    mg_toml_free(t);
    return code;
}

static void must(const char *const *set, bool resume, int64_t stop_at, int want, watch *w) {
    molglot_error err = {0};
    int code = train_line(set, resume, stop_at, w, &err);
    if (code != want) fail_msg("code %d: %s", code, err.message);
    assert_int_equal(micros, 0);
}

static void refuse(const char *const *set, bool resume, int code, const char *why) {
    molglot_error err = {0};
    watch w;
    assert_int_equal(train_line(set, resume, 0, &w, &err), code);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
    assert_int_equal(micros, 0);
}

static float number(const mg_tensor_file *f, const char *name) {
    const mg_file_tensor *t = mg_tensor_file_find(f, name);
    assert_non_null(t);
    assert_int_equal(t->bytes, sizeof(float));
    float x;
    memcpy(&x, t->data, sizeof x);
    return x;
}

static void same_line(const char *path, const char *other) {
    molglot_error err = {0};
    mg_tensor_file *f = mg_tensor_file_open(path, &err), *g = mg_tensor_file_open(other, &err);
    if (!f || !g) fail_msg("%s", err.message);
    assert_true(fabsf(number(f, "a") - number(g, "a")) < 1e-3F);
    assert_true(fabsf(number(f, "b") - number(g, "b")) < 1e-3F);
    mg_tensor_file_close(f);
    mg_tensor_file_close(g);
}

/* ---- tests ---- */

static void learns_the_line(void **state) {
    watch w;
    molglot_error err = {0};
    (void)state;
    enter_folder("whole");
    must(NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < 0.01 * w.losses[1]);
    assert_non_null(strstr(w.verdict, "of all points sampled"));
    mg_tensor_file *f = mg_tensor_file_open("run/model.safetensors", &err);
    if (!f) fail_msg("%s", err.message);
    assert_true(fabsf(number(f, "a") - 2) < 0.1F && fabsf(number(f, "b") + 1) < 0.1F);
    assert_string_equal(mg_tensor_file_meta(f, "licence"), "CC0");
    assert_string_equal(mg_tensor_file_meta(f, "data.points"), "23");
    assert_string_equal(mg_tensor_file_meta(f, "line"), "y = a x + b");
    assert_non_null(strstr(mg_tensor_file_meta(f, "recipe"), "noise = 0.01"));
    mg_tensor_file_close(f);
    static const char *const files[] = {"recipe.toml", "manifest.json", "train.jsonl", "loss.svg",
                                        "checkpoint.safetensors"};
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        char path[64];
        snprintf(path, sizeof path, "run/%s", files[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
}

static void resumes_bit_for_bit(void **state) {
    watch w;
    (void)state;
    enter_folder("stopped");
    must(NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    must(NULL, true, 33, MOLGLOT_INTERRUPTED, &w);
    must(NULL, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
    same_files("run/loss.svg", "../whole/run/loss.svg");
}

/* Parts of 3, 3 and 2 rows: the gradient of the whole batch, but for rounding. */
static void adds_up_micro_batches(void **state) {
    static const char *const parts_of_3[] = {"train.micro_batch=3", NULL};
    static const char *const whole[] = {"train.micro_batch=8", NULL};
    watch w, v;
    (void)state;
    enter_folder("micros");
    must(parts_of_3, false, 0, MOLGLOT_OK, &w);
    enter_folder("one-micro");
    must(whole, false, 0, MOLGLOT_OK, &v);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(w.losses[i] - v.losses[i]) <= 1e-4 * v.losses[1] &&
              fabs(w.norms[i] - v.norms[i]) <= 1e-4 * v.norms[1]))
            fail_msg("step %d: loss %g and %g, gradient %g and %g", i, w.losses[i], v.losses[i],
                     w.norms[i], v.norms[i]);
    same_line("run/model.safetensors", "../micros/run/model.safetensors");
}

/* Each round swaps the EMA in and out again. */
static void validates_beside_the_steps(void **state) {
    static const char *const never[] = {"eval.every=0", NULL};
    watch w, v;
    (void)state;
    enter_folder("validated");
    must(NULL, false, 0, MOLGLOT_OK, &w);
    enter_folder("not-validated");
    must(never, false, 0, MOLGLOT_OK, &v);
    for (int i = 1; i <= STEPS; i++) assert_true(w.losses[i] == v.losses[i]);
}

static void refuses(void **state) {
    static const char *const other[] = {"line.noise=0.5", NULL},
                             *const typo[] = {"line.nose=1", NULL},
                             *const broken[] = {"line.broken=2", NULL},
                             *const unknown[] = {"task=\"circle\"", NULL};
    watch w;
    (void)state;
    enter_folder("refused");
    must(NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    refuse(NULL, false, MOLGLOT_USAGE, "holds a run already");
    refuse(other, true, MOLGLOT_USAGE, "the recipe or the data changed");
    enter_folder("refused-too");
    refuse(typo, false, MOLGLOT_USAGE, "line.nose");
    refuse(broken, false, MOLGLOT_BAD_FILE, "the points ran out");
    char *manifest = NULL;
    size_t n;
    assert_int_equal(mg_read_file("run/manifest.json", 1 << 20, &manifest, &n, NULL), MOLGLOT_OK);
    assert_non_null(strstr(manifest, "\"status\": \"failed\""));
    free(manifest);
    refuse(unknown, false, MOLGLOT_BAD_FILE,
           "\"momu\", \"writer\", \"atomas\", \"flow\", \"diffusion\", \"rerank\", "
           "\"predict\", \"motif\", \"motif_diffusion\", "
           "\"atomas-faithful\", \"moflow\", \"moflow-reader\", \"t5-graph\" or \"line\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_the_line), cmocka_unit_test(resumes_bit_for_bit),
        cmocka_unit_test(adds_up_micro_batches), cmocka_unit_test(validates_beside_the_steps),
        cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
