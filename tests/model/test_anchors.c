/* test_anchors.c - published numbers: parameter counts of the full-size MoMu, GIN with synthetic
 * weights on a real molecule, the loss of two 3 x 3 matrices. The values are independent of any
 * implementation of ours. */
#include "model/momu/momu.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ATOMS = 14, EDGES = 26, DIM = 300 };

static mg_momu_config published(void) {
    mg_momu_config c = mg_momu_config_default();
    c.text.encoder.layers = 12;
    c.text.encoder.vocab = 31090;
    c.graph.encoder.layers = 5;
    c.graph.encoder.published = true;
    c.graph.self_loop = 0;
    return c;
}

static int64_t elements_under(const mg_params *p, const char *prefix) {
    int64_t n = 0;
    for (size_t i = 0; i < mg_params_count(p); i++) {
        const char *name;
        unsigned flags;
        const mg_tensor *t = mg_params_at(p, i, &name, &flags);
        if (strncmp(name, prefix, strlen(prefix)) == 0 && !(flags & MG_PARAM_BUFFER))
            n += mg_tensor_count(t);
    }
    return n;
}

/* Declared, not allocated. */
static void parameter_counts(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_momu_config c = published();
    mg_params *p = mg_params_new();
    mg_momu *m = mg_momu_new(p, &c, &err);
    assert_non_null(m);
    assert_int_equal(elements_under(p, "graph_encoder."), 1857900);
    assert_int_equal(elements_under(p, "graph_proj_head."), 167356);
    assert_int_equal(elements_under(p, "text_encoder."), 109918464);
    assert_int_equal(elements_under(p, "text_proj_head."), 787456);
    assert_int_equal(mg_params_elements(p, true), 112731176);
    /* running statistics */
    assert_int_equal(mg_params_elements(p, false), 112731176 + 5 * 2 * 300);
    mg_momu_free(m);
    mg_params_free(p);
}

/* Element k of the tensor with ordinal *p is c sin(0.017 k + p). */
static void sine(float *out, int64_t n, double c, int *p) {
    for (int64_t k = 0; k < n; k++) out[k] = (float)(c * sin(0.017 * (double)k + *p));
    (*p)++;
}

static float *values(mg_params *p, const char *name) {
    mg_tensor *t = mg_params_find(p, name);
    assert_non_null(t);
    return mg_f32(t);
}

static void fill_with_sines(mg_params *p) {
    int ordinal = 0;
    char name[64];
    sine(values(p, "x_embedding.weight"), 120 * DIM, 0.1, &ordinal);
    sine(values(p, "x_embedding.weight") + 120 * DIM, 3 * DIM, 0.1, &ordinal);
    for (int l = 0; l < 5; l++) {
        static const struct {
            const char *leaf;
            int n;
        } dense[] = {{"mlp.0.weight", 600 * DIM},
                     {"mlp.0.bias", 600},
                     {"mlp.2.weight", 600 * DIM},
                     {"mlp.2.bias", DIM}};
        for (int i = 0; i < 4; i++) {
            snprintf(name, sizeof name, "gnns.%d.%s", l, dense[i].leaf);
            sine(values(p, name), dense[i].n, 0.05, &ordinal);
        }
        snprintf(name, sizeof name, "gnns.%d.edge_embedding.weight", l);
        sine(values(p, name), 6 * DIM, 0.1, &ordinal);
        sine(values(p, name) + 6 * DIM, 3 * DIM, 0.1, &ordinal);
    }
}

typedef struct molecule {
    int32_t atoms[2 * ATOMS], offsets[ATOMS + 1], src[EDGES], bonds[2 * EDGES];
} molecule;

static int at(const json_t *rows, size_t i, size_t j) {
    return (int)json_integer_value(json_array_get(json_array_get(rows, i), j));
}

static molecule load_molecule(const json_t *o) {
    molecule m;
    int32_t n = 0;
    const json_t *x = json_object_get(o, "x"), *edges = json_object_get(o, "edges"),
                 *bonds = json_object_get(o, "bonds");
    for (size_t i = 0; i < ATOMS; i++) {
        m.atoms[2 * i] = at(x, i, 0);
        m.atoms[2 * i + 1] = 120 + at(x, i, 1);
        m.offsets[i] = n;
        for (size_t e = 0; e < EDGES; e++) {
            if (at(edges, e, 1) != (int)i) continue;
            m.src[n] = at(edges, e, 0);
            m.bonds[2 * n] = at(bonds, e, 0);
            m.bonds[2 * n + 1] = 6 + at(bonds, e, 1);
            n++;
        }
    }
    m.offsets[ATOMS] = n;
    assert_int_equal(n, EDGES);
    return m;
}

static void check_gin(const json_t *golden, const char *device, int self_loop) {
    molglot_error err = {0};
    char key[32];
    snprintf(key, sizeof key, "self_loop_%d", self_loop);
    const json_t *want = json_object_get(golden, key);
    const molecule mol = load_molecule(golden);
    const int32_t self[2] = {self_loop, 6}, all[2] = {0, ATOMS};
    const mg_gin_config c = {.layers = 5,
                             .dim = DIM,
                             .mlp = 600,
                             .atom_rows = 123,
                             .bond_rows = 9,
                             .atom_cols = 2,
                             .bond_cols = 2,
                             .self_ids = self,
                             .published = true};
    mg_params *p = mg_params_new();
    mg_gin *gin = mg_gin_new(p, "", &c);
    assert_int_equal(mg_params_build(p, (mg_build_options){.seed = 1}, &err), MOLGLOT_OK);
    fill_with_sines(p);
    mg_tape *t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 28, &err);
    assert_non_null(t);
    mg_tensor *h = mg_gin_forward(t, gin, ATOMS, mol.atoms, mol.offsets, mol.src, mol.bonds);
    mg_tensor *g = mg_gather_sum(t, h, (mg_csr){.n = 1, .offsets = all, .mean = true});
    assert_non_null(g);
    double error = 0, norm = 0;
    for (size_t i = 0; i < DIM; i++) {
        double v = json_real_value(json_array_get(want, i));
        error = fmax(error, fabs(mg_f32(g)[i] - v));
        norm = fmax(norm, fabs(v));
    }
    if (!(error <= 1e-4 * norm))
        fail_msg("%s, self loop %d: off by %g of %g", device, self_loop, error, norm);
    mg_tape_free(t);
    mg_gin_free(gin);
    mg_params_free(p);
}

static void gin_with_sine_weights(void **state) {
    (void)state;
    json_t *golden = json_load_file(MG_SOURCE_DIR "/tests/fixtures/momu/gin_synthetic.json", 0,
                                    NULL);
    assert_non_null(golden);
    static const char *const devices[] = {"ref", "cpu"};
    for (size_t d = 0; d < 2; d++) {
        check_gin(golden, devices[d], 0);
        check_gin(golden, devices[d], 4);
    }
    json_decref(golden);
}

static void infonce_of_two_matrices(void **state) {
    (void)state;
    static const float a[9] = {1, 2, 0, 0, 1, 1, 3, 0, 1}, b[9] = {1, 1, 0, 1, 0, 2, 2, 1, 1};
    static const char *const devices[] = {"ref", "cpu"};
    for (size_t d = 0; d < 2; d++) {
        molglot_error err = {0};
        mg_tape *t = mg_tape_new(devices[d], MG_PREC_F32, 1, (size_t)1 << 26, &err);
        mg_tensor *x = mg_normalize(t, mg_input(t, a, 3, 3, false), 1e-12f),
                  *y = mg_normalize(t, mg_input(t, b, 3, 3, false), 1e-12f);
        mg_tensor *loss = mg_infonce(t, x, y, NULL, 1 / 0.1f, 100, NULL, 0);
        assert_non_null(loss);
        /* fp32 of values around 10 */
        assert_true(fabs(mg_f32(loss)[0] - 0.3892376430138841) < 1e-6);
        mg_tape_free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(parameter_counts),
                                       cmocka_unit_test(gin_with_sine_weights),
                                       cmocka_unit_test(infonce_of_two_matrices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
