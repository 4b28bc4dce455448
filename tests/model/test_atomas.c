/* test_atomas.c [DEVICE] (both the reference and the cpu if none is named) - Atomas as published
 * against the reference program's values (float64): one training step of the tiny model of
 * tests/fixtures/atomas in both tasks: losses, the norms of all 134 gradients, cluster ids,
 * similarities of three levels, queues. Weights and rows are made by rule (atomas_weights.h). Then
 * ours: packed rows instead of padded ones, a checkpoint of Lightning's names, steps that learn. */
#include "../must_tape.h"
#include "atomas_weights.h"
#include "model/atomas/published.h"

#include <jansson.h>
#include <stdlib.h>

enum { B = 4, N = 16, Q = 12, D = 16 };

static const mg_t5_config tiny = {.d_model = D,
                                  .d_kv = 4,
                                  .d_ff = 32,
                                  .layers = 2,
                                  .decoder_layers = 2,
                                  .heads = 2,
                                  .vocab = 40,
                                  .buckets = 32,
                                  .distance = 128,
                                  .positions = N,
                                  .eps = 1e-6F};
static const int lengths[2][B] = {{16, 11, 9, 5}, {12, 16, 7, 4}};
static const char *devices[2] = {"ref", "cpu"}, *device = "cpu";
static int n_devices = 2;

/* ---- the model and its batch ---- */

typedef struct model {
    mg_params *p;
    mg_atomas *m;
    mg_tape *t;
} model;

static mg_atomas_config config_of(mg_atomas_task task, bool quirks) {
    mg_atomas_config c = mg_atomas_published(&tiny, quirks);
    c.align.noise = 0;
    c.queue = Q;
    c.task = task;
    return c;
}

static model make(const mg_atomas_config *c) {
    model x = {.p = mg_params_new(), .t = must_tape(device, MG_PREC_F32, 0, (size_t)256 << 20)};
    molglot_error err = {0};
    x.m = must_have(mg_atomas_new(x.p, c, &err), &err);
    must(mg_params_build(x.p, (mg_build_options){.train = true, .seed = 4}, &err), &err);
    mg_atomas_start(x.m);
    return x;
}

/* Values by rule; queues are [d, Q] there. */
static void fill(model *x) {
    static const char *const queues[2] = {"text_queue", "smiles_queue"};
    atomas_fill(x->p);
    for (int side = 0; side < 2; side++) {
        mg_tensor *q = mg_params_find(x->p, queues[side]);
        for (int i = 0; i < Q; i++) {
            double sum = 0;
            for (int c = 0; c < D; c++) sum += pow(atomas_uniform(queues[side], c * Q + i), 2);
            for (int c = 0; c < D; c++)
                mg_f32(q)[i * D + c] = (float)(atomas_uniform(queues[side], c * Q + i) / sqrt(sum));
        }
    }
}

static void ready(model *x) {
    molglot_error err = {0};
    must(mg_params_attach(x->p, x->t, &err), &err);
}

static void drop(model *x) {
    mg_tape_free(x->t);
    mg_atomas_free(x->m);
    mg_params_free(x->p);
}

typedef struct rows {
    int32_t ids[2][B * N], offsets[2][B + 1], lengths[2][B];
    mg_atomas_batch batch;
} rows;

static void fill_rows(rows *r, bool padded) {
    mg_t5_rows *const to[2] = {&r->batch.text, &r->batch.smiles};
    *r = (rows){0};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < B; i++) {
            const int n = padded ? N : lengths[side][i];
            r->lengths[side][i] = lengths[side][i];
            r->offsets[side][i + 1] = r->offsets[side][i] + n;
            atomas_row(i, side ? 11 : 7, side ? 3 : 5, lengths[side][i], n,
                       r->ids[side] + r->offsets[side][i]);
        }
        *to[side] =
            (mg_t5_rows){r->ids[side], {B, r->offsets[side]}, padded ? r->lengths[side] : NULL};
    }
}

/* ---- comparing ---- */

static double worst; /* relative error of what was compared last */

static void number(const char *what, double x, const json_t *want, double tolerance) {
    const double w = json_number_value(want), error = fabs(x - w) / fabs(w);
    if (fabs(w) < 1e-6) { /* biases in front of a softmax: the terms cancel, floats keep 2e-7 */
        if (!(fabs(x - w) < 3e-7)) fail_msg("%s: %.10g, not %.10g", what, x, w);
        return;
    }
    assert_true(json_is_number(want));
    worst = fmax(worst, error);
    if (!(error <= tolerance)) fail_msg("%s: %.10g, not %.10g: %.1e", what, x, w, error);
}

/* Rows of numbers, or one row: errors relative to the largest. */
static void matrix(const char *what, const float *x, const json_t *want, double tolerance) {
    double top = 0, error = 0;
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(want); i++) {
        const json_t *row = json_array_get(want, i);
        for (size_t j = 0; j < (json_is_array(row) ? json_array_size(row) : 1); j++, at++) {
            const double w = json_number_value(json_is_array(row) ? json_array_get(row, j) : row);
            top = fmax(top, fabs(w));
            error = fmax(error, fabs(x[at] - w));
        }
    }
    assert_true(at > 0 && top > 0);
    worst = fmax(worst, error / top);
    if (!(error <= tolerance * top)) fail_msg("%s: off by %.1e of the largest", what, error / top);
}

static void told(const char *what) {
    print_message("%-28s relative error at most %.1e\n", what, worst);
    worst = 0;
}

static json_t *golden(void) {
    json_error_t e;
    json_t *j = json_load_file(MG_SOURCE_DIR "/tests/fixtures/atomas/tiny_atomas.json", 0, &e);
    if (!j) fail_msg("%s", e.text);
    return j;
}

static void check_clusters(mg_tape *t, const mg_atomas_loss *l, const json_t *want) {
    for (size_t k = 0; k < 4; k++) {
        const mg_align_level *levels = k % 2 ? l->smiles : l->text, *to = &levels[1 + k / 2];
        const int32_t *ids = (const int32_t *)(const void *)must_values(t, to->ids);
        for (size_t i = 0; i < B; i++) {
            const json_t *row = json_array_get(json_array_get(want, k), i);
            const size_t n = json_array_size(row);
            assert_int_equal(n, k < 2 ? N : 4);
            for (size_t j = 0; j < n; j++)
                assert_int_equal(ids[i * n + j] - to->seqs.offsets[i],
                                 json_integer_value(json_array_get(row, j)));
        }
    }
}

static void check_gradients(const model *x, const json_t *g) {
    const json_t *norms = json_object_get(g, "grad_norm");
    /* the fast kernels' sums depend on how a compiler orders them */
    const double tolerance = strcmp(device, "ref") == 0 ? 1e-5 : 3e-5;
    double total = 0;
    size_t trained = 0;
    assert_int_equal(json_object_size(norms), 134);
    for (size_t i = 0; i < mg_params_count(x->p); i++) {
        const char *name;
        unsigned flags;
        mg_tensor *p = mg_params_at(x->p, i, &name, &flags);
        if (flags & MG_PARAM_BUFFER) continue;
        const float *grad = mg_grads(x->t, p);
        double sum = 0;
        for (int64_t k = 0; k < mg_tensor_count(p); k++) sum += (double)grad[k] * grad[k];
        total += sum;
        trained++;
        number(name, sqrt(sum), json_object_get(norms, name), tolerance);
    }
    assert_int_equal(trained, 134);
    told("134 gradient norms");
    number("all gradients", sqrt(total), json_object_get(g, "grad_total"), 1e-5);
}

/* ---- tests ---- */

static void one_step(const json_t *all, const char *task, mg_atomas_task which) {
    const json_t *g = json_object_get(all, task);
    const mg_atomas_config c = config_of(which, true);
    model x = make(&c);
    rows r;
    mg_atomas_loss l;
    fill(&x);
    ready(&x);
    fill_rows(&r, true);
    worst = 0;
    mg_tape_record(x.t, true);
    mg_atomas_follow(x.t, x.m);
    mg_atomas_loss_of(x.t, x.m, &r.batch, true, 0, &l);
    must_run(x.t);
    number("L_ga", *must_values(x.t, l.ga), json_object_get(g, "loss_tsc"), 1e-6);
    number("L_lm", *must_values(x.t, l.lm), json_object_get(g, "loss_lm"), 1e-6);
    number("L_haa", *must_values(x.t, l.haa.total), json_object_get(g, "loss_wti"), 1e-6);
    number("total", *must_values(x.t, l.total), json_object_get(g, "total"), 1e-6);
    told("losses");
    for (int level = 0; level < MG_ALIGN_LEVELS; level++) {
        const char *const names[] = {"wti0", "wti1", "wti2"};
        matrix(names[level], must_values(x.t, l.haa.similarity[level]),
               json_object_get(g, names[level]), 1e-5);
    }
    told("similarities");
    check_clusters(x.t, &l, json_object_get(g, "idx_cluster"));
    assert_int_equal(mg_backward(x.t, l.total), MOLGLOT_OK);
    check_gradients(&x, g);
    matrix("states", must_values(x.t, l.text[0].states), json_object_get(all, "text_feats_row0"),
           1e-5);
    matrix("level 1", must_values(x.t, l.text[1].states), json_object_get(all, "level1_t00"), 1e-5);
    matrix("level 2", must_values(x.t, l.smiles[2].states) + 3 * 2 * D,
           json_object_get(all, "level2_s30"), 1e-5);
    matrix("queue", must_values(x.t, mg_params_find(x.p, "text_queue")),
           json_object_get(all, "text_queue_col0"), 1e-5);
    matrix("pooled", must_values(x.t, l.rows.text), json_object_get(all, "global_text_feat0"),
           1e-5);
    told("states, queue, pooled row");
    drop(&x);
}

static void golden_steps(void **state) {
    json_t *all = golden();
    (void)state;
    for (int i = 0; i < n_devices; i++) {
        device = devices[i];
        print_message("%s:\n", device);
        one_step(all, "genmol", MG_ATOMAS_GENMOL);
        one_step(all, "gentext", MG_ATOMAS_GENTEXT);
    }
    json_decref(all);
}

/* Rows without pads: L_lm is the same, and each text finds the sets of its own length. */
static void packed_rows(void **state) {
    const mg_atomas_config c = config_of(MG_ATOMAS_BOTH, false);
    model x = make(&c);
    rows r;
    mg_atomas_loss l;
    json_t *all = golden();
    (void)state;
    fill(&x);
    ready(&x);
    fill_rows(&r, false);
    mg_atomas_loss_of(x.t, x.m, &r.batch, false, -1, &l);
    must_run(x.t);
    const double want =
        0.5 * (json_number_value(json_object_get(json_object_get(all, "genmol"), "loss_lm")) +
               json_number_value(json_object_get(json_object_get(all, "gentext"), "loss_lm")));
    assert_true(fabs(*must_values(x.t, l.lm) - want) < 1e-5 * want);
    for (int i = 0; i < B; i++)
        assert_int_equal(l.text[1].seqs.offsets[i + 1] - l.text[1].seqs.offsets[i],
                         (lengths[0][i] + 3) / 4);
    json_decref(all);
    drop(&x);
}

/* Thirty steps on four pairs: the loss falls, and so does that of one pair alone with the queue
 * going round. */
static void learns(void **state) {
    const mg_atomas_config c = config_of(MG_ATOMAS_BOTH, false);
    model x = make(&c);
    mg_optim_config o = mg_optim_default();
    double first = 0, last = 0;
    (void)state;
    o.lr = 3e-3F;
    ready(&x);
    for (int step = 0; step < 30; step++) {
        rows r;
        mg_atomas_loss l;
        molglot_error err = {0};
        bool skipped;
        fill_rows(&r, false);
        mg_tape_reset(x.t);
        mg_tape_record(x.t, true);
        mg_atomas_follow(x.t, x.m);
        mg_atomas_loss_of(x.t, x.m, &r.batch, true, step * B % Q, &l);
        must_run(x.t);
        last = *must_values(x.t, l.total);
        if (step == 0) first = last;
        assert_int_equal(mg_backward(x.t, l.total), MOLGLOT_OK);
        must(mg_optim_step(x.p, x.t, &o, step, NULL, &skipped, &err), &err);
    }
    if (!(last < 0.7 * first)) fail_msg("the loss went from %g to %g", first, last);
    drop(&x);
}

/* ---- a checkpoint of the reference's names and shapes ---- */

static void add(mg_weights_out *w, const char *name, int ndim, const int64_t *shape,
                const float *data) {
    molglot_error err = {0};
    char under[MG_NAME_MAX];
    snprintf(under, sizeof under, "state_dict.%s", name);
    must(mg_weights_out_add(w, under, "F32", ndim, shape, data, NULL, &err), &err);
}

static void imports(void **state) {
    const char *path = "test_atomas_checkpoint.safetensors";
    const mg_atomas_config c = config_of(MG_ATOMAS_BOTH, false);
    model x = make(&c), y = make(&c);
    mg_weights_out *w = mg_weights_out_new();
    static float turned[2][D * Q], at = 8;
    molglot_error err = {0};
    int sides = 0;
    (void)state;
    fill(&x);
    for (size_t i = 0; i < mg_params_count(x.p); i++) {
        const char *name;
        mg_tensor *p = mg_params_at(x.p, i, &name, NULL);
        const int64_t plain[2] = {p->rows, p->cols}, taps[3] = {D, D, 3}, queue[2] = {D, Q};
        if (strstr(name, "queue")) {
            float *t = turned[sides++];
            for (int k = 0; k < D * Q; k++) t[k] = mg_f32(p)[k % Q * D + k / Q];
            add(w, name, 2, queue, t);
        } else if (strstr(name, "conv")) {
            add(w, name, 3, taps, p->data);
        } else if (mg_tensor_count(p) == 1 && !strstr(name, "bias")) {
            add(w, name, 0, NULL, p->data);
        } else {
            add(w, name, 2, plain, p->data);
        }
    }
    add(w, "queue_ptr", 1, (int64_t[1]){1}, &at);
    must(mg_weights_out_save(w, path, &err), &err);
    mg_weights_out_free(w);

    mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
    size_t found = 0;
    int64_t pointer = 0;
    must(mg_atomas_import(y.m, y.p, f, &found, &pointer, &err), &err);
    assert_int_equal(found, mg_params_count(y.p));
    assert_int_equal(pointer, 8);
    for (size_t i = 0; i < mg_params_count(x.p); i++) {
        const char *name;
        mg_tensor *p = mg_params_at(x.p, i, &name, NULL), *q = mg_params_at(y.p, i, NULL, NULL);
        if (memcmp(p->data, q->data, (size_t)mg_tensor_count(p) * sizeof(float)) != 0)
            fail_msg("%s differs", name);
    }
    mg_tensor_file_close(f);
    remove(path);
    drop(&x);
    drop(&y);
}

/* A checkpoint that Lightning itself wrote (tests/parity/t5_checkpoints.py): two T5s and some of
 * the rest, half floats. */
static void imports_lightning(void **state) {
    molglot_error err = {0};
    (void)state;
    mg_tensor_file *f =
        must_have(mg_tensor_file_open(MG_SOURCE_DIR "/tests/fixtures/t5/atomas.ckpt", &err), &err);
    mg_t5_config t5;
    must(mg_t5_config_of(f, "molt5.", NULL, &t5, &err), &err);
    t5.positions = (int)must_find(f, "text_linear.weight")->shape[1];
    mg_atomas_config c = mg_atomas_published(&t5, false);
    c.queue = Q;
    model x = {.p = mg_params_new(), .t = must_tape("cpu", MG_PREC_F32, 0, (size_t)256 << 20)};
    x.m = must_have(mg_atomas_new(x.p, &c, &err), &err);
    must(mg_params_build(x.p, (mg_build_options){.train = true, .seed = 4}, &err), &err);
    mg_atomas_start(x.m);
    size_t found = 0, theirs = mg_tensor_file_count(f);
    int64_t pointer = -1;
    must(mg_atomas_import(x.m, x.p, f, &found, &pointer, &err), &err);
    /* all but queue_ptr, and two other names of each shared.weight */
    assert_int_equal(found, theirs - 5);
    float half = 0;
    must(mg_file_tensor_to_f32(must_find(f, "temp"), &half, 1, &err), &err);
    assert_true(*mg_f32(mg_params_find(x.p, "temp")) == half);
    assert_true(pointer >= 0);
    mg_tensor_file_close(f);
    drop(&x);
}

static void refused(void **state) {
    mg_params *p = mg_params_new();
    mg_atomas_config c = config_of(MG_ATOMAS_BOTH, false);
    molglot_error err = {0};
    (void)state;
    c.align.dim = 24;
    assert_null(mg_atomas_new(p, &c, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "dim 24");
    mg_params_free(p);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        devices[0] = device = argv[1];
        n_devices = 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(golden_steps),
                                       cmocka_unit_test(packed_rows),
                                       cmocka_unit_test(learns),
                                       cmocka_unit_test(imports),
                                       cmocka_unit_test(imports_lightning),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
