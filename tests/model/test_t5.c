/* test_t5.c - T5 v1.1: relative positions, the tiny Atomas' encoder states, logits, losses, beams
 * (tests/fixtures/atomas, float64), a tiny T5 of transformers with loss, every gradient and ten AdamW
 * steps (tests/parity/t5_golden.py, fp32), generation with a cache against the whole decoder. */
#include "model/t5/inside.h"
#include "tensor/files/weights.h"

#include "atomas_weights.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { D = 16, V = 40, N = 16, B = 4 };

static const char *devices[] = {"ref", "cpu"}; /* or the one that the command line names */
static size_t n_devices = MG_COUNT(devices);

static const mg_t5_config tiny = {.name = "tiny",
                                  .d_model = D,
                                  .d_kv = 4,
                                  .d_ff = 32,
                                  .layers = 2,
                                  .decoder_layers = 2,
                                  .heads = 2,
                                  .vocab = V,
                                  .buckets = 32,
                                  .distance = 128,
                                  .positions = 32,
                                  .eps = 1e-6f};

typedef struct model {
    mg_params *p;
    mg_t5 *m;
    mg_tape *t;
} model;

static model make(const char *device, const char *prefix, const mg_t5_config *c) {
    molglot_error err = {0};
    model x = {.p = mg_params_new()};
    x.m = mg_t5_new(x.p, prefix, c, &err);
    if (!x.m) fail_msg("%s", err.message);
    if (mg_params_build(x.p, (mg_build_options){.train = true, .seed = 3}, &err))
        fail_msg("%s", err.message);
    x.t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 30, &err);
    if (!x.t) fail_msg("%s", err.message);
    return x;
}

static void ready(const model *x) {
    molglot_error err = {0};
    if (mg_params_attach(x->p, x->t, &err)) fail_msg("%s", err.message);
}

static void drop(model *x) {
    mg_tape_free(x->t);
    mg_t5_free(x->m);
    mg_params_free(x->p);
}

static void good(mg_tape *t) {
    molglot_error err = {0};
    if (mg_tape_error(t, &err)) fail_msg("%s", err.message);
}

/* ---- relative positions: the integer tables of the paper's code ---- */

static void check_table(bool causal, const int from[16], const int bucket[16], int n,
                        int end) {
    for (int k = 0; k < n; k++)
        for (int r = from[k]; r < (k + 1 < n ? from[k + 1] : end); r++) {
            assert_int_equal(mg_t5_bucket(&tiny, causal, -r), bucket[k] + (k ? 0 : r));
            if (!causal && r > 0)
                assert_int_equal(mg_t5_bucket(&tiny, causal, r), 16 + bucket[k] + (k ? 0 : r));
            if (causal) assert_int_equal(mg_t5_bucket(&tiny, causal, r), 0);
        }
}

static void test_buckets(void **state) {
    (void)state;
    check_table(false, (int[16]){0, 8, 12, 16, 23, 32, 46, 64, 91},
                (int[16]){0, 8, 9, 10, 11, 12, 13, 14, 15}, 9, 200);
    check_table(true, (int[16]){0, 16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99},
                (int[16]){0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30}, 16, 113);
    for (int r = 113; r < 300; r++) assert_int_equal(mg_t5_bucket(&tiny, true, -r), 31);
}

/* ---- the tiny Atomas ---- */

static json_t *golden(void) {
    json_error_t e;
    json_t *j = json_load_file(MG_SOURCE_DIR "/tests/fixtures/atomas/tiny_atomas.json", 0, &e);
    if (!j) fail_msg("%s", e.text);
    return j;
}

static void check_numbers(const json_t *want, const float *x, double tolerance) {
    for (size_t i = 0; i < json_array_size(want); i++) {
        const double w = json_number_value(json_array_get(want, i));
        if (fabs(w - x[i]) > tolerance * fmax(1.0, fabs(w)))
            fail_msg("element %zu: %.9g, not %.9g", i, (double)x[i], w);
    }
}

static const int text_length[B] = {16, 11, 9, 5}, smiles_length[B] = {12, 16, 7, 4};

typedef struct batch { /* padded to N */
    int32_t ids[B * N], offsets[B + 1], lengths[B];
    mg_t5_rows rows;
} batch;

static void fill_batch(batch *b, bool text) {
    for (int i = 0; i < B; i++) {
        b->lengths[i] = text ? text_length[i] : smiles_length[i];
        b->offsets[i + 1] = b->offsets[i] + N;
        atomas_row(i, text ? 7 : 11, text ? 5 : 3, b->lengths[i], N, b->ids + i * N);
    }
    b->rows = (mg_t5_rows){b->ids, {B, b->offsets}, b->lengths};
}

static mg_t5_rows packed(const batch *b, int32_t ids[B * N], int32_t offsets[B + 1]) {
    offsets[0] = 0;
    for (int i = 0; i < B; i++) {
        offsets[i + 1] = offsets[i] + b->lengths[i];
        memcpy(ids + offsets[i], b->ids + i * N, (size_t)b->lengths[i] * sizeof *ids);
    }
    return (mg_t5_rows){ids, {B, offsets}, NULL};
}

static float loss_of(const model *x, const mg_t5_rows *from, const mg_t5_rows *to) {
    const mg_t5_memory memory = mg_t5_encode(x->t, x->m, from);
    const float *loss = mg_values(x->t, mg_t5_loss(x->t, x->m, to, &memory));
    good(x->t);
    return loss[0];
}

static void test_tiny_atomas(void **state) {
    (void)state;
    json_t *j = golden();
    assert_true(fabs(atomas_uniform("molt5.shared.weight", 0) + 0.7279729843139648) < 1e-12);
    for (size_t k = 0; k < n_devices; k++) {
        model x = make(devices[k], "molt5", &tiny);
        batch text = {0}, smiles = {0};
        atomas_fill(x.p);
        ready(&x);
        fill_batch(&text, true);
        fill_batch(&smiles, false);
        const mg_t5_memory memory = mg_t5_encode(x.t, x.m, &text.rows);
        const float *states = mg_values(x.t, memory.rows);
        good(x.t);
        check_numbers(json_object_get(j, "text_feats_row0"), states, 1e-5);
        check_numbers(json_object_get(j, "text_feats_last_pad"), states + 63 * D, 1e-5);

        int32_t inputs[B * N];
        for (int i = 0; i < B * N; i++) inputs[i] = i % N ? smiles.ids[i - 1] : 0;
        const mg_t5_rows shifted = {inputs, smiles.rows.seqs, smiles.lengths};
        mg_tensor *logits = mg_t5_logits(x.t, x.m, mg_t5_decode(x.t, x.m, &shifted, &memory));
        const float *values = mg_values(x.t, logits);
        good(x.t);
        check_numbers(json_object_get(j, "dec_logits_0_0"), values, 1e-5);
        check_numbers(json_object_get(j, "dec_logits_3_3"), values + (3 * N + 3) * V, 1e-5);

        const float genmol = (float)json_number_value(
                         json_object_get(json_object_get(j, "genmol"), "loss_lm")),
                     gentext = (float)json_number_value(
                         json_object_get(json_object_get(j, "gentext"), "loss_lm"));
        assert_float_equal(loss_of(&x, &text.rows, &smiles.rows), genmol, 1e-5f * genmol);
        assert_float_equal(loss_of(&x, &smiles.rows, &text.rows), gentext, 1e-5f * gentext);
        int32_t text_ids[B * N], text_at[B + 1], smiles_ids[B * N], smiles_at[B + 1];
        const mg_t5_rows from = packed(&text, text_ids, text_at),
                         to = packed(&smiles, smiles_ids, smiles_at);
        assert_float_equal(loss_of(&x, &from, &to), genmol, 1e-5f * genmol);
        drop(&x);
    }
    json_decref(j);
}

/* ---- beams ---- */

static void check_ids(const json_t *want, const mg_t5_output *o, const char *what) {
    bool same = json_array_size(want) == (size_t)o->n;
    for (int i = 0; same && i < o->n; i++)
        same = json_integer_value(json_array_get(want, (size_t)i)) == o->ids[i];
    if (!same) fail_msg("%s: %d tokens, not those of the golden file", what, o->n);
}

static void test_beams(void **state) {
    (void)state;
    json_t *j = golden(), *rows = json_object_get(j, "beam");
    for (size_t k = 0; k < n_devices; k++) {
        model x = make(devices[k], "molt5", &tiny);
        atomas_fill(x.p);
        ready(&x);
        for (size_t r = 0; r < json_array_size(rows); r++) {
            const json_t *row = json_array_get(rows, r), *src = json_object_get(row, "src");
            int32_t ids[N], offsets[2] = {0, (int32_t)json_array_size(src)};
            for (int32_t i = 0; i < offsets[1]; i++)
                ids[i] = (int32_t)json_integer_value(json_array_get(src, (size_t)i));
            const mg_t5_memory memory = mg_t5_encode(x.t, x.m,
                                                     &(mg_t5_rows){ids, {1, offsets}, NULL});
            mg_t5_search o = mg_t5_search_default();
            mg_t5_output out[5];
            molglot_error err = {0};
            o.max_length = 20;
            if (mg_t5_beam_search(x.t, x.m, &memory, 0, &o, 5, out, &err))
                fail_msg("%s", err.message);
            check_ids(json_object_get(row, "beam5"), &out[0], "beam");
            mg_t5_outputs_free(out, 5);
            o.beams = 1;
            if (mg_t5_beam_search(x.t, x.m, &memory, 0, &o, 1, out, &err))
                fail_msg("%s", err.message);
            check_ids(json_object_get(row, "greedy"), &out[0], "greedy");
            mg_t5_outputs_free(out, 1);
            mg_tape_reset(x.t);
        }
        drop(&x);
    }
    json_decref(j);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_tiny_atomas),
        cmocka_unit_test(test_beams),
    };
    if (argc > 1) {
        devices[0] = argv[1];
        n_devices = 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
