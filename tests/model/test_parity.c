/* test_parity.c - MoMu against PyTorch on a tiny model: outputs, loss, every gradient, ten AdamW
 * steps, on both backends.
 *
 * The numbers come from tests/parity/momu_golden.py (plain PyTorch, fp32). Tolerances: both sides
 * compute in fp32 and differ in the order of sums only, about 1e-7 relative per operation, which a
 * few layers and the factor 10 of the temperature carry to a few 1e-6.
 */
#include "model/momu/momu.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURE(name) MG_SOURCE_DIR "/tests/fixtures/momu/" name
/* buffers: running mean and variance of three layers */
enum { MAX_ROWS = 64, MAX_EDGES = 256, STEPS = 10, BUFFERS = 6 };

static const char *const devices[] = {"ref", "cpu"};

/* ---- fixtures ---- */

static const mg_file_tensor *need(const mg_tensor_file *f, const char *view, const char *part) {
    char name[64];
    snprintf(name, sizeof name, "%s.%s", view, part);
    const mg_file_tensor *ft = mg_tensor_file_find(f, name);
    assert_non_null(ft);
    return ft;
}

static void offsets_from_sizes(const mg_file_tensor *sizes, int32_t *offsets) {
    const int32_t *s = sizes->data;
    offsets[0] = 0;
    for (int64_t i = 0; i < sizes->count; i++) offsets[i + 1] = offsets[i] + s[i];
}

typedef struct graphs {
    mg_mol_batch b;
    int32_t atom_offsets[MAX_ROWS], atoms[MAX_ROWS * 9], edge_offsets[MAX_ROWS], src[MAX_EDGES],
        bonds[MAX_EDGES * 3];
} graphs;

/* Feature values to rows of the concatenated tables, edges sorted by target. */
static void load_graphs(graphs *g, const mg_tensor_file *f, const char *view) {
    const mg_file_tensor *x = need(f, view, "x"), *sizes = need(f, view, "sizes"),
                         *src = need(f, view, "src");
    const uint8_t *values = x->data, *attr = need(f, view, "edge_attr")->data;
    const int32_t *from = src->data, *to = need(f, view, "dst")->data;
    const int64_t n = x->shape[0], edges = src->count;
    assert_true(n < MAX_ROWS && edges <= MAX_EDGES && x->shape[1] == 9);
    offsets_from_sizes(sizes, g->atom_offsets);
    for (int64_t i = 0; i < n; i++)
        for (int c = 0, base = 0; c < 9; base += mg_feat_atom_size(MG_FEAT_OGB, c++))
            g->atoms[i * 9 + c] = base + values[i * 9 + c];
    int32_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        g->edge_offsets[i] = at;
        for (int64_t e = 0; e < edges; e++) {
            if (to[e] != i) continue;
            g->src[at] = from[e];
            for (int c = 0, base = 0; c < 3; base += mg_feat_bond_size(MG_FEAT_OGB, c++))
                g->bonds[at * 3 + c] = base + attr[e * 3 + c];
            at++;
        }
    }
    g->edge_offsets[n] = at;
    g->b = (mg_mol_batch){.n = sizes->count,
                          .atom_offsets = g->atom_offsets,
                          .atom_ids = g->atoms,
                          .edge_offsets = g->edge_offsets,
                          .edge_src = g->src,
                          .edge_ids = g->bonds,
                          .atom_cols = 9,
                          .bond_cols = 3};
}

typedef struct texts {
    mg_text_batch b;
    int32_t offsets[MAX_ROWS], positions[MAX_ROWS];
} texts;

static void load_texts(texts *t, const mg_tensor_file *f, const char *view) {
    const mg_file_tensor *ids = need(f, view, "ids"), *sizes = need(f, view, "sizes");
    assert_true(ids->count < MAX_ROWS);
    offsets_from_sizes(sizes, t->offsets);
    for (int64_t s = 0; s < sizes->count; s++)
        for (int32_t i = t->offsets[s]; i < t->offsets[s + 1]; i++)
            t->positions[i] = i - t->offsets[s];
    t->b = (mg_text_batch){.n = sizes->count,
                           .token_offsets = t->offsets,
                           .token_ids = ids->data,
                           .positions = t->positions};
}

typedef struct bench {
    mg_tensor_file *golden;
    mg_params *params;
    mg_momu *momu;
    mg_tape *tape;
    graphs g1, g2;
    texts t1, t2;
} bench;

static mg_momu_config tiny_config(void) {
    mg_momu_config c = mg_momu_config_default();
    c.dim = 8;
    c.text.encoder = (mg_transformer_config){.layers = 2,
                                             .hidden = 16,
                                             .heads = 2,
                                             .ffn = 32,
                                             .vocab = 40,
                                             .positions = 24,
                                             .types = 2,
                                             .norm_eps = 1e-12f};
    c.text.max_tokens = 24;
    c.graph.encoder = (mg_gin_config){.layers = 3, .dim = 12, .mlp = 24, .published = true};
    c.graph.self_loop = 0;
    return c;
}

static mg_params *build(mg_momu **momu) {
    molglot_error err = {0};
    mg_momu_config c = tiny_config();
    mg_params *p = mg_params_new();
    *momu = mg_momu_new(p, &c, &err);
    assert_non_null(*momu);
    assert_int_equal(mg_params_build(p, (mg_build_options){.train = true, .seed = 1}, &err),
                     MOLGLOT_OK);
    return p;
}

static void import(mg_params *p, const char *path, size_t want) {
    molglot_error err = {0};
    size_t found = 0;
    mg_tensor_file *f = mg_tensor_file_open(path, &err);
    if (!f) fail_msg("%s", err.message);
    if (mg_momu_import(p, f, &found, &err)) fail_msg("%s", err.message);
    assert_int_equal(found, want);
    mg_tensor_file_close(f);
}

static void bench_open(bench *b, const char *device) {
    molglot_error err = {0};
    memset(b, 0, sizeof *b);
    b->golden = mg_tensor_file_open(FIXTURE("golden.safetensors"), &err);
    if (!b->golden) fail_msg("%s", err.message);
    b->params = build(&b->momu);
    import(b->params, FIXTURE("weights.safetensors"), mg_params_count(b->params));
    b->tape = mg_tape_new(device, MG_PREC_F32, 2, (size_t)1 << 28, &err);
    if (!b->tape) fail_msg("%s", err.message);
    load_graphs(&b->g1, b->golden, "g1");
    load_graphs(&b->g2, b->golden, "g2");
    load_texts(&b->t1, b->golden, "t1");
    load_texts(&b->t2, b->golden, "t2");
}

static void bench_close(bench *b) {
    mg_tape_free(b->tape);
    mg_momu_free(b->momu);
    mg_params_free(b->params);
    mg_tensor_file_close(b->golden);
}

/* ---- comparison ---- */

static void check_close(const char *what, const char *device, const float *ours,
                        const float *theirs, int64_t n, double tolerance) {
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)ours[i] - theirs[i]) <= tolerance))
            fail_msg("%s on %s, element %lld: %.9g, PyTorch has %.9g (tolerance %.2g)", what,
                     device, (long long)i, (double)ours[i], (double)theirs[i], tolerance);
}

static void check_rows(bench *b, const char *device, const char *name, const mg_tensor *y) {
    const mg_file_tensor *ft = mg_tensor_file_find(b->golden, name);
    assert_non_null(ft);
    if (!y) {
        molglot_error err = {0};
        mg_tape_error(b->tape, &err);
        fail_msg("%s", err.message);
    }
    assert_int_equal(mg_tensor_count(y), ft->count);
    check_close(name, device, mg_f32(y), ft->data, ft->count, 3e-6);
}

/* The golden tensors under `prefix`, laid out as our parameters. */
static mg_params *golden_params(const bench *b, const char *prefix, size_t want, mg_momu **momu) {
    molglot_error err = {0};
    size_t found = 0;
    mg_params *p = build(momu);
    if (mg_params_import(p, b->golden, "", prefix, &found, &err)) fail_msg("%s", err.message);
    assert_int_equal(found, want);
    return p;
}

static mg_tensor *five_terms(bench *b, mg_tensor **g1, mg_tensor **t1) {
    mg_tape_reset(b->tape);
    mg_tape_record(b->tape, true);
    mg_tape_training(b->tape, true);
    *g1 = mg_momu_graph(b->tape, b->momu, &b->g1.b);
    mg_tensor *g2 = mg_momu_graph(b->tape, b->momu, &b->g2.b);
    *t1 = mg_momu_text(b->tape, b->momu, &b->t1.b);
    mg_tensor *t2 = mg_momu_text(b->tape, b->momu, &b->t2.b);
    return mg_momu_loss(b->tape, b->momu, *g1, g2, *t1, t2, true, NULL, 0);
}

/* ---- tests ---- */

static void inference_matches(void **state) {
    (void)state;
    for (size_t d = 0; d < MG_COUNT(devices); d++) {
        bench b;
        bench_open(&b, devices[d]);
        check_rows(&b, devices[d], "eval.graph", mg_momu_graph(b.tape, b.momu, &b.g1.b));
        check_rows(&b, devices[d], "eval.text", mg_momu_text(b.tape, b.momu, &b.t1.b));
        bench_close(&b);
    }
}

static void gradients_match(void **state) {
    (void)state;
    for (size_t d = 0; d < MG_COUNT(devices); d++) {
        bench b;
        mg_tensor *g1, *t1;
        bench_open(&b, devices[d]);
        mg_tensor *loss = five_terms(&b, &g1, &t1);
        check_rows(&b, devices[d], "train.graph", g1);
        check_rows(&b, devices[d], "train.text", t1);
        check_close("loss", devices[d], mg_f32(loss), mg_tensor_file_find(b.golden, "losses")->data,
                    1, 5e-6);
        assert_int_equal(mg_backward(b.tape, loss), MOLGLOT_OK);
        mg_momu *shape;
        mg_params *theirs = golden_params(&b, "grad.", mg_params_count(b.params) - BUFFERS, &shape);
        for (size_t i = 0; i < mg_params_count(b.params); i++) {
            const char *name;
            unsigned flags;
            mg_tensor *ours = mg_params_at(b.params, i, &name, &flags),
                      *want = mg_params_at(theirs, i, NULL, NULL);
            if (flags & MG_PARAM_BUFFER) continue;
            double largest = 0;
            for (int64_t k = 0; k < mg_tensor_count(want); k++)
                largest = fmax(largest, fabs((double)mg_f32(want)[k]));
            /* a bias before batch norm has a gradient of 0 but for rounding */
            check_close(name, devices[d], ours->grad, mg_f32(want), mg_tensor_count(want),
                        2e-5 * largest + 5e-7);
        }
        mg_momu_free(shape);
        mg_params_free(theirs);
        bench_close(&b);
    }
}

/* False for elements whose gradient is rounding error around an exact zero on paper (see
 * momu_golden.py). */
static bool matters(float grad) { return grad == 0 || fabsf(grad) >= 3e-7f; }

static void check_sums(const bench *b, const mg_params *grads, const char *device, int step) {
    const double *want = (const double *)mg_tensor_file_find(b->golden, "checksums")->data +
                         2 * step;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < mg_params_count(b->params); i++) {
        unsigned flags;
        const mg_tensor *t = mg_params_at(b->params, i, NULL, &flags),
                        *g = mg_params_at(grads, i, NULL, NULL);
        for (int64_t k = 0; k < mg_tensor_count(t) && !(flags & MG_PARAM_BUFFER); k++) {
            if (!matters(mg_f32(g)[k])) continue;
            sum += mg_f32(t)[k];
            squares += (double)mg_f32(t)[k] * mg_f32(t)[k];
        }
    }
    /* About 10^4 parameters, each off by a rounding of up to 1e-7 a step in either direction; one
     * missed by the optimiser is 1e-4. */
    if (!(fabs(sum - want[0]) < 5e-5 && fabs(squares - want[1]) < 5e-5))
        fail_msg("step %d on %s: sums %.9f %.9f, PyTorch has %.9f %.9f", step, device, sum, squares,
                 want[0], want[1]);
}

static void check_final(const bench *b, const mg_params *grads, const mg_params *final,
                        const char *device) {
    for (size_t i = 0; i < mg_params_count(b->params); i++) {
        const char *name;
        unsigned flags;
        const mg_tensor *ours = mg_params_at(b->params, i, &name, &flags),
                        *want = mg_params_at(final, i, NULL, NULL);
        const float *g = mg_f32(mg_params_at(grads, i, NULL, NULL));
        /* Running means contain the biases before BatchNorm, which wander by up to ten steps of
         * 1e-4. */
        const double tolerance = flags & MG_PARAM_BUFFER ? 2e-3 : 2e-6;
        for (int64_t k = 0; k < mg_tensor_count(want); k++)
            if (flags & MG_PARAM_BUFFER || matters(g[k]))
                check_close(name, device, mg_f32(ours) + k, mg_f32(want) + k, 1, tolerance);
    }
}

static void ten_steps_match(void **state) {
    (void)state;
    mg_optim_config o = mg_optim_default();
    o.lr = 1e-4f, o.weight_decay = 1e-5f, o.decay_all = true;
    strcpy(o.schedule, "constant");
    for (size_t d = 0; d < MG_COUNT(devices); d++) {
        bench b;
        molglot_error err = {0};
        mg_momu *shapes[2];
        bench_open(&b, devices[d]);
        mg_params *grads = golden_params(&b, "grad.", mg_params_count(b.params) - BUFFERS,
                                         &shapes[0]);
        mg_params *final = golden_params(&b, "final.", mg_params_count(b.params), &shapes[1]);
        const float *losses = mg_tensor_file_find(b.golden, "losses")->data;
        for (int step = 0; step < STEPS; step++) {
            mg_tensor *g1, *t1, *loss = five_terms(&b, &g1, &t1);
            assert_non_null(loss);
            check_close("loss", devices[d], mg_f32(loss), losses + step, 1, 1e-5);
            mg_backward(b.tape, loss);
            assert_int_equal(mg_optim_step(b.params, b.tape, &o, step, NULL, NULL, &err),
                             MOLGLOT_OK);
            check_sums(&b, grads, devices[d], step);
        }
        check_final(&b, grads, final, devices[d]);
        mg_momu_free(shapes[0]);
        mg_momu_free(shapes[1]);
        mg_params_free(grads);
        mg_params_free(final);
        bench_close(&b);
    }
}

/* KV-PLM's wrapper and TensorFlow's gamma and beta lead to the same text encoder. */
static void wrapped_bert_loads(void **state) {
    (void)state;
    bench b;
    mg_momu *momu;
    bench_open(&b, "ref");
    mg_params *p = build(&momu);
    /* embeddings, their norm, two layers, pooler */
    import(p, FIXTURE("bert_wrapped.safetensors"), 1 + 2 + 2 * 12 + 2);
    for (size_t i = 0; i < mg_params_count(p); i++) {
        const char *name;
        const mg_tensor *ours = mg_params_at(p, i, &name, NULL),
                        *want = mg_params_find(b.params, name);
        if (strncmp(name, "text_encoder.", 13) == 0)
            assert_memory_equal(mg_f32(ours), mg_f32(want), (size_t)mg_tensor_count(want) * 4);
    }
    mg_momu_free(momu);
    mg_params_free(p);
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inference_matches), cmocka_unit_test(gradients_match),
        cmocka_unit_test(ten_steps_match), cmocka_unit_test(wrapped_bert_loads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
