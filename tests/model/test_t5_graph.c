/* test_t5_graph.c - a T5 with a graph row against PyTorch (tests/parity/t5_graph_golden.py): its
 * row, logits, loss, the projector's gradients and ten AdamW steps with all else frozen; rows with
 * pads; what is written token by token; a fresh row; what is refused. */
#include "../must_tape.h"
#include "model/t5/t5.h"
#include "tensor/files/weights.h"

#include <math.h>

enum { NUMBERS = 5, D = 12, VOCAB = 30, ROWS = 4, MOST = 128 };

static const char *const devices[] = {"ref", "cpu"};

static const mg_t5_config config = {.name = "graph",
                                    .d_model = D,
                                    .d_kv = 8,
                                    .d_ff = 20,
                                    .layers = 2,
                                    .decoder_layers = 3,
                                    .heads = 3,
                                    .vocab = VOCAB,
                                    .buckets = 32,
                                    .distance = 128,
                                    .positions = MOST,
                                    .graph = NUMBERS,
                                    .eps = 1e-6f,
                                    .dropout = 0.1f};

typedef struct bench {
    mg_tensor_file *t5, *graph; /* the frozen model's numbers; what the row adds */
    mg_params *p;
    mg_t5 *m;
    mg_tape *t;
    int32_t offsets[2][ROWS + 1];
    mg_t5_rows source, target;
} bench;

static const mg_file_tensor *need(const mg_tensor_file *f, const char *kind, const char *name) {
    char key[MG_NAME_MAX];
    snprintf(key, sizeof key, "%s%s", kind, name);
    const mg_file_tensor *t = mg_tensor_file_find(f, key);
    if (!t) fail_msg("no tensor %s", key);
    return t;
}

static bool is_projector(const char *name) { return strncmp(name, "graph_projector.", 16) == 0; }

/* A parameter in the golden files. */
static const mg_file_tensor *golden(const bench *b, const char *kind, const char *name) {
    return is_projector(name) ? need(b->graph, kind, name + 16) : need(b->t5, kind, name);
}

static mg_t5_rows rows_of(const bench *b, const char *name, int32_t offsets[ROWS + 1]) {
    const mg_file_tensor *sizes = need(b->t5, name, ".sizes");
    assert_int_equal(sizes->count, ROWS);
    for (int64_t i = 0; i < ROWS; i++)
        offsets[i + 1] = offsets[i] + ((const int32_t *)sizes->data)[i];
    return (mg_t5_rows){need(b->t5, name, ".ids")->data, {ROWS, offsets}, NULL};
}

/* fresh: the projector keeps the values that it begins with. */
static void open_bench(bench *b, const char *device, bool fresh) {
    static const char *const frozen[] = {"shared.", "encoder.", "decoder.", "lm_head."};
    molglot_error err = {0};
    *b = (bench){.t5 = must_open(MG_SOURCE_DIR "/tests/fixtures/t5/parity.safetensors"),
                 .graph = must_open(MG_SOURCE_DIR "/tests/fixtures/t5/graph.safetensors"),
                 .p = mg_params_new()};
    b->m = must_have(mg_t5_new(b->p, "", &config, &err), &err);
    for (size_t i = 0; i < MG_COUNT(frozen); i++) mg_params_untrained(b->p, frozen[i]);
    must(mg_params_build(b->p, (mg_build_options){.train = true, .seed = 3}, &err), &err);
    for (size_t i = 0; i < mg_params_count(b->p); i++) {
        const char *name;
        mg_tensor *x = mg_params_at(b->p, i, &name, NULL);
        if (fresh && is_projector(name)) continue;
        const mg_file_tensor *w = golden(b, "w.", name);
        assert_int_equal(w->count, mg_tensor_count(x));
        memcpy(x->data, w->data, w->bytes);
    }
    b->t = must_have(mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 30, &err), &err);
    must(mg_params_attach(b->p, b->t, &err), &err);
    b->source = rows_of(b, "source", b->offsets[0]);
    b->target = rows_of(b, "target", b->offsets[1]);
}

static void close_bench(bench *b) {
    mg_tape_free(b->t);
    mg_t5_free(b->m);
    mg_params_free(b->p);
    mg_tensor_file_close(b->t5);
    mg_tensor_file_close(b->graph);
}

static mg_t5_memory read_rows(const bench *b, const mg_t5_rows *source) {
    const mg_t5_memory states = mg_t5_encode(b->t, b->m, source);
    return mg_t5_graph_row(b->t, b->m, &states, need(b->graph, "", "vectors")->data);
}

static mg_tensor *recorded_loss(bench *b) {
    mg_tape_reset(b->t);
    mg_tape_record(b->t, true);
    mg_tape_training(b->t, false);
    const mg_t5_memory memory = read_rows(b, &b->source);
    return mg_t5_loss(b->t, b->m, &b->target, &memory);
}

static void check(const char *what, const float *ours, const mg_file_tensor *want, int64_t n,
                  double tolerance) {
    const float *theirs = want->data;
    assert_non_null(ours);
    assert_int_equal(n, want->count);
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)ours[i] - (double)theirs[i]) <= tolerance))
            fail_msg("%s, element %lld: %.9g, PyTorch has %.9g (tolerance %.2g)", what,
                     (long long)i, (double)ours[i], (double)theirs[i], tolerance);
}

static void outputs(void **state) {
    (void)state;
    for (size_t k = 0; k < MG_COUNT(devices); k++) {
        bench b;
        molglot_error err = {0};
        open_bench(&b, devices[k], false);
        const mg_t5_memory memory = read_rows(&b, &b.source);
        const float *rows = mg_values(b.t, memory.rows);
        must(mg_tape_error(b.t, &err), &err);
        float front[ROWS * D];
        for (int s = 0; s < ROWS; s++) {
            assert_int_equal(memory.seqs.offsets[s], b.offsets[0][s] + s);
            memcpy(front + s * D, rows + (int64_t)memory.seqs.offsets[s] * D, D * sizeof *front);
        }
        check("rows", front, need(b.graph, "", "rows"), ROWS * D, 1e-5);
        int32_t inputs[ROWS * MOST];
        const int32_t n = b.offsets[1][ROWS];
        for (int s = 0; s < ROWS; s++)
            for (int32_t i = b.offsets[1][s]; i < b.offsets[1][s + 1]; i++)
                inputs[i] = i > b.offsets[1][s] ? b.target.ids[i - 1] : MG_T5_PAD;
        mg_tensor *states = mg_t5_decode(b.t, b.m, &(mg_t5_rows){inputs, b.target.seqs, NULL},
                                         &memory);
        const float *logits = mg_values(b.t, mg_t5_logits(b.t, b.m, states));
        check("logits", logits, need(b.graph, "", "logits"), (int64_t)n * VOCAB, 1e-4);
        mg_tensor *loss = recorded_loss(&b);
        check("loss", mg_values(b.t, loss), need(b.graph, "", "loss"), 1, 5e-6);
        mg_backward(b.t, loss);
        must(mg_tape_error(b.t, &err), &err);
        for (size_t i = 0; i < mg_params_count(b.p); i++) {
            const char *name;
            double largest = 0;
            mg_tensor *x = mg_params_at(b.p, i, &name, NULL);
            assert_true(x->needs_grad == is_projector(name));
            if (!is_projector(name)) continue;
            const mg_file_tensor *g = golden(&b, "g.", name);
            for (int64_t e = 0; e < g->count; e++)
                largest = fmax(largest, fabs((double)((const float *)g->data)[e]));
            check(name, mg_grads(b.t, x), g, g->count, 3e-4 * largest + 1e-6);
        }
        close_bench(&b);
    }
}

/* The projector moves as PyTorch's does; all else keeps its numbers, bit for bit. */
static void ten_steps(void **state) {
    (void)state;
    mg_optim_config o = mg_optim_default();
    o.lr = 1e-3f, o.beta2 = 0.98f, o.weight_decay = 0.01f, o.decay_all = true;
    o.clip = 0.0f, o.warmup_steps = 0;
    strcpy(o.schedule, "constant");
    bench b;
    molglot_error err = {0};
    open_bench(&b, "cpu", false);
    for (int64_t step = 0; step < 10; step++) {
        mg_backward(b.t, recorded_loss(&b));
        must(mg_tape_error(b.t, &err), &err);
        must(mg_optim_step(b.p, b.t, &o, step, NULL, NULL, &err), &err);
    }
    for (size_t i = 0; i < mg_params_count(b.p); i++) {
        const char *name;
        const mg_tensor *x = mg_params_at(b.p, i, &name, NULL);
        if (is_projector(name)) {
            check(name, mg_f32(x), golden(&b, "a.", name), mg_tensor_count(x), 2e-4);
        } else {
            const mg_file_tensor *w = golden(&b, "w.", name);
            assert_memory_equal(mg_f32(x), w->data, w->bytes);
        }
    }
    close_bench(&b);
}

/* Pads of the input change nothing: the mask is longer by the row in front. */
static void pads(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    int32_t ids[ROWS * MOST] = {0}, offsets[ROWS + 1], lengths[ROWS];
    open_bench(&b, "ref", false);
    for (int s = 0; s < ROWS; s++) {
        lengths[s] = b.offsets[0][s + 1] - b.offsets[0][s];
        memcpy(ids + s * MOST, b.source.ids + b.offsets[0][s], (size_t)lengths[s] * sizeof *ids);
    }
    for (int s = 0; s <= ROWS; s++) offsets[s] = s * MOST;
    const mg_t5_rows padded = {ids, {ROWS, offsets}, lengths};
    const mg_t5_memory memory = read_rows(&b, &padded);
    mg_tensor *loss = mg_t5_loss(b.t, b.m, &b.target, &memory);
    check("loss", mg_values(b.t, loss), need(b.graph, "", "loss"), 1, 5e-6);
    must(mg_tape_error(b.t, &err), &err);
    close_bench(&b);
}

/* Greedy search reads the row: what it writes is the likeliest by the whole decoder. */
static void written(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    const mg_t5_search o = {.beams = 1, .max_length = 12, .length_penalty = 1.0f};
    open_bench(&b, "cpu", false);
    for (int row = 0; row < ROWS; row++) {
        mg_tape_reset(b.t);
        const mg_t5_memory memory = read_rows(&b, &b.source);
        mg_t5_output out[1];
        must(mg_t5_beam_search(b.t, b.m, &memory, row, &o, 1, out, &err), &err);
        const int32_t n = out[0].n - 1, from = memory.seqs.offsets[row],
                      one[2] = {0, memory.seqs.offsets[row + 1] - from}, at[2] = {0, n};
        int32_t list[MOST + 1];
        for (int32_t i = 0; i < one[1]; i++) list[i] = from + i;
        const mg_t5_memory own = {.rows = mg_rows_at(b.t, memory.rows, list, one[1]),
                                  .seqs = {1, one}};
        mg_tensor *states = mg_t5_decode(b.t, b.m, &(mg_t5_rows){out[0].ids, {1, at}, NULL}, &own);
        const float *logits = mg_values(b.t, mg_t5_logits(b.t, b.m, states));
        for (int32_t i = 0; i < n; i++)
            for (int v = 0; v < VOCAB; v++)
                assert_true(logits[i * VOCAB + v] <= logits[i * VOCAB + out[0].ids[i + 1]] + 1e-5f);
        mg_t5_outputs_free(out, 1);
    }
    close_bench(&b);
}

/* A row that has learnt nothing is zeros, whatever the molecule. */
static void fresh(void **state) {
    (void)state;
    bench b;
    open_bench(&b, "ref", true);
    const mg_t5_memory memory = read_rows(&b, &b.source);
    const float *rows = mg_values(b.t, memory.rows);
    for (int s = 0; s < ROWS; s++)
        for (int c = 0; c < D; c++)
            assert_true(rows[(int64_t)memory.seqs.offsets[s] * D + c] == 0.0f);
    close_bench(&b);
}

static void refusals(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_t5_config c = config;
    mg_str json = {0};
    c.graph = -1;
    assert_int_equal(mg_t5_config_check(&c, &err), MOLGLOT_BAD_FILE);
    /* a file from before there were rows has none */
    c.graph = 7;
    assert_int_equal(mg_t5_config_to_json(&c, &json), MOLGLOT_OK);
    mg_t5_config back;
    must(mg_t5_config_from_json(json.s, &back, &err), &err);
    assert_int_equal(back.graph, 7);
    must(mg_t5_config_from_json("{\"name\": \"old\"}", &back, &err), &err);
    assert_int_equal(back.graph, 0);
    mg_str_free(&json);
    c.graph = 0;
    mg_params *p = mg_params_new();
    mg_t5 *m = must_have(mg_t5_new(p, "", &c, &err), &err);
    mg_tape *t = must_have(mg_tape_new("ref", MG_PREC_F32, 1, (size_t)1 << 26, &err), &err);
    must(mg_params_build(p, (mg_build_options){.seed = 3}, &err), &err);
    const int32_t ids[2] = {5, 1}, offsets[2] = {0, 2};
    const mg_t5_memory states = mg_t5_encode(t, m, &(mg_t5_rows){ids, {1, offsets}, NULL});
    const float vector[1] = {1};
    assert_null(mg_t5_graph_row(t, m, &states, vector).rows);
    assert_int_not_equal(mg_tape_error(t, &err), MOLGLOT_OK);
    mg_tape_free(t);
    mg_t5_free(m);
    mg_params_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs), cmocka_unit_test(ten_steps),
                                       cmocka_unit_test(pads),    cmocka_unit_test(written),
                                       cmocka_unit_test(fresh),   cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
