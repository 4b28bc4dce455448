/* test_t5.c - T5 v1.1: relative positions, the tiny Atomas' encoder states, logits, losses, beams
 * (tests/fixtures/atomas, float64), a tiny T5 of transformers with loss, every gradient and ten
 * AdamW steps (tests/parity/t5_golden.py), generation with a cache against the whole decoder. */
#include "atomas_weights.h"
#include "model/t5/inside.h"
#include "tensor/files/weights.h"

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

static void check_table(bool causal, const int from[16], const int bucket[16], int n, int end) {
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

/* ---- transformers' tiny T5 ---- */

enum { MAX_ROWS = 4, MAX_TOKENS = 160, MAX_OUT = 12 };

static const mg_t5_config parity = {.name = "parity",
                                    .d_model = 12,
                                    .d_kv = 8,
                                    .d_ff = 20,
                                    .layers = 2,
                                    .decoder_layers = 3,
                                    .heads = 3,
                                    .vocab = 30,
                                    .buckets = 32,
                                    .distance = 128,
                                    .positions = 128,
                                    .eps = 1e-6f};

typedef struct bench {
    model x;
    mg_tensor_file *f;
    int32_t offsets[2][MAX_ROWS + 1];
    mg_t5_rows source, target;
} bench;

static const mg_file_tensor *need(const bench *b, const char *kind, const char *name) {
    char key[MG_NAME_MAX];
    snprintf(key, sizeof key, "%s%s", kind, name);
    const mg_file_tensor *t = mg_tensor_file_find(b->f, key);
    if (!t) fail_msg("no tensor %s", key);
    return t;
}

static mg_t5_rows rows_of(const bench *b, const char *name, int32_t offsets[MAX_ROWS + 1]) {
    const mg_file_tensor *sizes = need(b, name, ".sizes");
    for (int64_t i = 0; i < sizes->count; i++)
        offsets[i + 1] = offsets[i] + ((const int32_t *)sizes->data)[i];
    return (mg_t5_rows){need(b, name, ".ids")->data, {sizes->count, offsets}, NULL};
}

static void open_bench(bench *b, const char *device) {
    molglot_error err = {0};
    memset(b, 0, sizeof *b);
    b->f = mg_tensor_file_open(MG_SOURCE_DIR "/tests/fixtures/t5/parity.safetensors", &err);
    if (!b->f) fail_msg("%s", err.message);
    b->x = make(device, "", &parity);
    for (size_t i = 0; i < mg_params_count(b->x.p); i++) {
        const char *name;
        mg_tensor *x = mg_params_at(b->x.p, i, &name, NULL);
        const mg_file_tensor *w = need(b, "w.", name);
        assert_int_equal(w->count, mg_tensor_count(x));
        memcpy(x->data, w->data, w->bytes);
    }
    ready(&b->x);
    b->source = rows_of(b, "source", b->offsets[0]);
    b->target = rows_of(b, "target", b->offsets[1]);
}

static void close_bench(bench *b) {
    drop(&b->x);
    mg_tensor_file_close(b->f);
}

static mg_tensor *recorded_loss(bench *b) {
    mg_tape_reset(b->x.t);
    mg_tape_record(b->x.t, true);
    mg_tape_training(b->x.t, true);
    const mg_t5_memory memory = mg_t5_encode(b->x.t, b->x.m, &b->source);
    return mg_t5_loss(b->x.t, b->x.m, &b->target, &memory);
}

static void check(const char *what, const float *ours, const float *theirs, int64_t n,
                  double tolerance) {
    assert_non_null(ours);
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)ours[i] - theirs[i]) <= tolerance))
            fail_msg("%s, element %lld: %.9g, transformers has %.9g (tolerance %.2g)", what,
                     (long long)i, (double)ours[i], (double)theirs[i], tolerance);
}

static void check_gradients(bench *b) {
    for (size_t i = 0; i < mg_params_count(b->x.p); i++) {
        const char *name;
        double largest = 0;
        mg_tensor *x = mg_params_at(b->x.p, i, &name, NULL);
        const mg_file_tensor *g = need(b, "g.", name);
        for (int64_t k = 0; k < g->count; k++)
            largest = fmax(largest, fabs((double)((const float *)g->data)[k]));
        check(name, mg_grads(b->x.t, x), g->data, g->count, 3e-4 * largest + 1e-6);
    }
}

static void test_parity(void **state) {
    (void)state;
    for (size_t k = 0; k < n_devices; k++) {
        bench b;
        open_bench(&b, devices[k]);
        const mg_t5_memory memory = mg_t5_encode(b.x.t, b.x.m, &b.source);
        check("states", mg_values(b.x.t, memory.rows), need(&b, "states", "")->data,
              need(&b, "states", "")->count, 2e-5);
        mg_tensor *loss = recorded_loss(&b);
        good(b.x.t);
        check("loss", mg_values(b.x.t, loss), need(&b, "loss", "")->data, 1, 5e-6);
        mg_backward(b.x.t, loss);
        good(b.x.t);
        check_gradients(&b);
        close_bench(&b);
    }
}

/* Steps of 1e-3 against float64: where a gradient is near to zero, its rounding decides on the
 * step. */
static void test_ten_steps(void **state) {
    (void)state;
    mg_optim_config o = mg_optim_default();
    o.lr = 1e-3f, o.beta2 = 0.98f, o.weight_decay = 0.01f, o.decay_all = true;
    o.clip = 0.0f, o.warmup_steps = 0;
    strcpy(o.schedule, "constant");
    for (size_t k = 0; k < n_devices; k++) {
        bench b;
        molglot_error err = {0};
        open_bench(&b, devices[k]);
        for (int64_t step = 0; step < 10; step++) {
            mg_backward(b.x.t, recorded_loss(&b));
            good(b.x.t);
            if (mg_optim_step(b.x.p, b.x.t, &o, step, NULL, NULL, &err))
                fail_msg("%s", err.message);
        }
        if (mg_params_pull(b.x.p, &err)) fail_msg("%s", err.message);
        for (size_t i = 0; i < mg_params_count(b.x.p); i++) {
            const char *name;
            const mg_tensor *x = mg_params_at(b.x.p, i, &name, NULL);
            const float *g = need(&b, "g.", name)->data, *want = need(&b, "a.", name)->data;
            for (int64_t e = 0; e < mg_tensor_count(x); e++)
                if (fabsf(g[e]) >= 1e-4f) check(name, mg_f32(x) + e, want + e, 1, 2e-4);
        }
        close_bench(&b);
    }
}

/* Searches as the golden script asks for them, of one source row. */
static void check_searches(bench *b, int64_t row, const int32_t **ids, const int32_t **size,
                           const float **score) {
    static const struct {
        int beams;
        float penalty;
        bool early;
    } asked[] = {{4, 1.0f, false}, {1, 1.0f, false}, {3, 0.3f, false}, {3, 1.0f, true}};
    const mg_t5_memory memory = mg_t5_encode(b->x.t, b->x.m, &b->source);
    for (size_t i = 0; i < MG_COUNT(asked); i++) {
        const mg_t5_search o = {.beams = asked[i].beams,
                                .max_length = MAX_OUT,
                                .length_penalty = asked[i].penalty,
                                .early_stopping = asked[i].early,
                                .count_start = true,
                                .look_ahead = true};
        mg_t5_output out[1];
        molglot_error err = {0};
        if (mg_t5_beam_search(b->x.t, b->x.m, &memory, row, &o, 1, out, &err))
            fail_msg("%s", err.message);
        const bool same = out[0].n == **size &&
                          memcmp(out[0].ids, *ids, (size_t)out[0].n * sizeof **ids) == 0;
        if (!same) fail_msg("row %lld, search %zu: another sequence", (long long)row, i);
        if (asked[i].beams > 1) assert_true(fabs(out[0].score - (double)**score) < 1e-4);
        mg_t5_outputs_free(out, 1);
        *ids += **size;
        ++*size;
        ++*score;
    }
    mg_tape_reset(b->x.t);
}

static void test_generate_parity(void **state) {
    (void)state;
    for (size_t k = 0; k < n_devices; k++) {
        bench b;
        open_bench(&b, devices[k]);
        const int32_t *ids = need(&b, "beam.ids", "")->data,
                      *size = need(&b, "beam.sizes", "")->data;
        const float *score = need(&b, "beam.scores", "")->data;
        for (int64_t row = 0; row < b.source.seqs.n; row++)
            check_searches(&b, row, &ids, &size, &score);
        close_bench(&b);
    }
}

/* ---- token by token ---- */

/* Logits with caches, in another order of sequences midway, are those of the whole decoder. */
static void test_cache(void **state) {
    (void)state;
    bench b;
    open_bench(&b, devices[n_devices - 1]);
    const mg_t5_memory memory = mg_t5_encode(b.x.t, b.x.m, &b.source);
    enum { LENGTH = 9, VOCAB = 30 };
    int32_t ids[2 * LENGTH], offsets[3] = {0, LENGTH, 2 * LENGTH}, source[2] = {1, 0};
    for (int i = 0; i < 2 * LENGTH; i++) ids[i] = i % LENGTH ? 2 + i * 7 % 28 : 0;
    memcpy(ids + LENGTH, ids, 5 * sizeof *ids); /* both begin alike: row 1 takes row 0's start */
    mg_t5_cache *c = mg_t5_start(b.x.t, b.x.m, 2, LENGTH, &memory, source);
    float logits[2 * LENGTH][VOCAB];
    for (int i = 0; i < LENGTH; i++) {
        const int32_t next[2] = {ids[i], ids[LENGTH + i]};
        if (i == 5) assert_true(mg_t5_reorder(b.x.t, c, (int32_t[2]){0, 0}, 2));
        const float *y = mg_values(b.x.t, mg_t5_next(b.x.t, b.x.m, c, next));
        good(b.x.t);
        for (int s = 0; s < 2; s++) memcpy(logits[s * LENGTH + i], y + s * VOCAB, sizeof logits[0]);
    }
    assert_null(mg_t5_next(b.x.t, b.x.m, c, ids)); /* full */
    mg_tape_reset(b.x.t);
    const mg_t5_memory again = mg_t5_encode(b.x.t, b.x.m, &b.source);
    int32_t at[3] = {0, b.source.seqs.offsets[2] - b.source.seqs.offsets[1], 0};
    int32_t twice[2 * MAX_TOKENS];
    at[2] = 2 * at[1];
    for (int i = 0; i < at[2]; i++) twice[i] = b.source.seqs.offsets[1] + i % at[1];
    const mg_t5_memory read = {.rows = mg_rows_at(b.x.t, again.rows, twice, at[2]),
                               .seqs = {2, at}};
    const mg_t5_rows rows = {ids, {2, offsets}, NULL};
    const float *whole =
        mg_values(b.x.t, mg_t5_logits(b.x.t, b.x.m, mg_t5_decode(b.x.t, b.x.m, &rows, &read)));
    good(b.x.t);
    check("row 0", logits[0], whole, LENGTH * VOCAB, 2e-5);
    /* before the change sequence 1 read row 0 of memory */
    check("row 1", logits[LENGTH + 5], whole + (LENGTH + 5) * VOCAB, 4 * VOCAB, 2e-5);
    close_bench(&b);
}

/* A draw depends on seed and number alone; at temperature 0 it is greedy search. */
static void test_draws(void **state) {
    (void)state;
    bench b;
    open_bench(&b, devices[n_devices - 1]);
    molglot_error err = {0};
    const mg_t5_memory memory = mg_t5_encode(b.x.t, b.x.m, &b.source);
    mg_t5_draw o = {.temperature = 1.0f, .top_p = 0.9f, .max_length = MAX_OUT, .seed = 4};
    mg_t5_output few[2], many[6], cold[1], greedy[1];
    assert_int_equal(mg_t5_sample(b.x.t, b.x.m, &memory, 0, &o, 2, few, &err), 0);
    assert_int_equal(mg_t5_sample(b.x.t, b.x.m, &memory, 0, &o, 6, many, &err), 0);
    bool differ = false;
    for (int i = 0; i < 6; i++) {
        assert_true(many[i].n >= 2 && many[i].n <= MAX_OUT && many[i].score < 0.0);
        differ = differ || many[i].n != many[0].n ||
                 memcmp(many[i].ids, many[0].ids, (size_t)many[0].n * sizeof(int32_t)) != 0;
        if (i > 1) continue;
        assert_int_equal(many[i].n, few[i].n);
        assert_memory_equal(many[i].ids, few[i].ids, (size_t)few[i].n * sizeof(int32_t));
    }
    assert_true(differ);
    o.temperature = 0.0f;
    const mg_t5_search s = {.beams = 1, .max_length = MAX_OUT, .length_penalty = 1.0f};
    assert_int_equal(mg_t5_sample(b.x.t, b.x.m, &memory, 0, &o, 1, cold, &err), 0);
    assert_int_equal(mg_t5_beam_search(b.x.t, b.x.m, &memory, 0, &s, 1, greedy, &err), 0);
    assert_int_equal(cold[0].n, greedy[0].n);
    assert_memory_equal(cold[0].ids, greedy[0].ids, (size_t)cold[0].n * sizeof(int32_t));
    assert_true(fabs(cold[0].score - greedy[0].score) < 1e-4);
    mg_t5_outputs_free(few, 2);
    mg_t5_outputs_free(many, 6);
    mg_t5_outputs_free(cold, 1);
    mg_t5_outputs_free(greedy, 1);
    close_bench(&b);
}

/* What makes no sense is refused by name. */
static void test_refusals(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_t5_config c = parity;
    mg_t5_output out[3];
    bench b;
    c.heads = 0;
    assert_null(mg_t5_new(NULL, "", &c, &err));
    assert_non_null(strstr(err.message, "heads 0"));
    c = parity, c.buckets = 6;
    assert_int_equal(mg_t5_config_check(&c, &err), MOLGLOT_BAD_FILE);
    open_bench(&b, devices[0]);
    const mg_t5_memory memory = mg_t5_encode(b.x.t, b.x.m, &b.source);
    mg_t5_search o = mg_t5_search_default();
    o.max_length = 4000;
    assert_int_equal(mg_t5_beam_search(b.x.t, b.x.m, &memory, 0, &o, 1, out, &err), MOLGLOT_USAGE);
    o.max_length = 0, o.beams = 2;
    assert_int_equal(mg_t5_beam_search(b.x.t, b.x.m, &memory, 0, &o, 3, out, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_t5_beam_search(b.x.t, b.x.m, &memory, 9, &o, 1, out, &err), MOLGLOT_USAGE);
    const int32_t long_row[4] = {200, 1, 1, 1};
    const mg_t5_rows wrong = {b.source.ids, b.source.seqs, long_row};
    assert_null(mg_t5_encode(b.x.t, b.x.m, &wrong).rows);
    close_bench(&b);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets),   cmocka_unit_test(test_tiny_atomas),
        cmocka_unit_test(test_beams),     cmocka_unit_test(test_parity),
        cmocka_unit_test(test_ten_steps), cmocka_unit_test(test_generate_parity),
        cmocka_unit_test(test_cache),     cmocka_unit_test(test_draws),
        cmocka_unit_test(test_refusals),
    };
    if (argc > 1) {
        devices[0] = argv[1];
        n_devices = 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
