/* test_aligned.c - the writer with aligned latents: its graphs of SMILES tokens, and against
 * PyTorch on a tiny model latents, logits, loss, every gradient, ten AdamW steps, sampling
 * (tests/parity/writer_golden.py, fp32). Both sides differ in the order of sums only. */
#include "model/writer/aligned.h"
#include "model/writer/writer.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_ROWS = 8, MAX_TOKENS = 128, STEPS = 10 };

static const char *devices[] = {"ref", "cpu"}; /* or the one that the command line names */
static size_t n_devices = MG_COUNT(devices);

typedef struct bench {
    mg_tensor_file *golden;
    mg_smiles_vocab *v;
    mg_params *p;
    mg_writer *writer;
    mg_tape *t;
    int64_t n;
    int32_t in_offsets[MAX_ROWS + 1], in_ids[MAX_TOKENS], positions[MAX_TOKENS];
    int32_t offsets[MAX_ROWS + 1], ids[MAX_TOKENS], next[MAX_TOKENS];
    bool draft[MAX_ROWS];
} bench;

static const mg_file_tensor *need(const mg_tensor_file *f, const char *name) {
    const mg_file_tensor *t = mg_tensor_file_find(f, name);
    if (!t) fail_msg("no tensor %s", name);
    return t;
}

static mg_writer_config config_of(int tokens) {
    return (mg_writer_config){.tokens = tokens,
                              .encoder = {.layers = 2,
                                          .hidden = 16,
                                          .heads = 2,
                                          .ffn = 24,
                                          .vocab = tokens,
                                          .positions = 24,
                                          .pre_norm = true,
                                          .norm_eps = 1e-5f},
                              .decoder = {.layers = 2,
                                          .hidden = 16,
                                          .heads = 2,
                                          .ffn = 24,
                                          .vocab = tokens,
                                          .positions = 24,
                                          .context = 16},
                              .latents = 6,
                              .latent_tokens = 5,
                              .latent_dim = 4,
                              .aligned = 8,
                              .space = 10,
                              .latent_noise = 0.3f,
                              .aligned_noise = 0.2f,
                              .molecules = 1,
                              .max_tokens = 24};
}

static void load_rows(bench *b) {
    const int32_t *in = need(b->golden, "input.ids")->data,
                  *in_size = need(b->golden, "input.sizes")->data,
                  *out = need(b->golden, "target.ids")->data,
                  *out_size = need(b->golden, "target.sizes")->data;
    const uint8_t *draft = need(b->golden, "draft")->data;
    b->n = need(b->golden, "target.sizes")->count;
    for (int64_t s = 0; s < b->n; s++) {
        b->in_offsets[s + 1] = b->in_offsets[s] + in_size[s];
        b->offsets[s + 1] = b->offsets[s] + out_size[s] - 1;
        for (int32_t i = 0; i < in_size[s]; i++) b->in_ids[b->in_offsets[s] + i] = *in++;
        for (int32_t i = 0; i + 1 < out_size[s]; i++, out++) {
            b->ids[b->offsets[s] + i] = out[0];
            b->next[b->offsets[s] + i] = out[1];
            b->positions[b->offsets[s] + i] = i;
        }
        out++;
        b->draft[s] = draft[s] != 0;
    }
}

static void each_param(bench *b, const char *prefix,
                       void (*what)(bench *, const char *, mg_tensor *, const mg_file_tensor *)) {
    for (size_t i = 0; i < mg_params_count(b->p); i++) {
        const char *name;
        char key[256];
        mg_tensor *t = mg_params_at(b->p, i, &name, NULL);
        const bool frozen = !strncmp(name, "latent.unit", 11) || !strcmp(name, "latent.basis");
        snprintf(key, sizeof key, "%s%s", prefix, name);
        const mg_file_tensor *ft = mg_tensor_file_find(b->golden, key);
        if (!ft && frozen) continue; /* no gradient, no step */
        if (!ft) fail_msg("no tensor %s", key);
        assert_int_equal(ft->count, mg_tensor_count(t));
        what(b, name, t, ft);
    }
}

static void copy_weights(bench *b, const char *name, mg_tensor *t, const mg_file_tensor *ft) {
    (void)b, (void)name;
    memcpy(t->data, ft->data, ft->bytes);
}

static void open_bench(bench *b, const char *device) {
    molglot_error err = {0};
    memset(b, 0, sizeof *b);
    b->golden = mg_tensor_file_open(MG_SOURCE_DIR "/tests/fixtures/writer/aligned.safetensors",
                                    &err);
    if (!b->golden) fail_msg("%s", err.message);
    const mg_file_tensor *vocab = need(b->golden, "vocab");
    b->v = mg_smiles_vocab_new(vocab->data, vocab->bytes, &err);
    if (!b->v) fail_msg("%s", err.message);
    const mg_writer_config c = config_of(mg_smiles_vocab_size(b->v));
    b->p = mg_params_new();
    b->writer = mg_writer_new(b->p, &c, &err);
    if (!b->writer || mg_writer_learn_tokens(b->writer, b->v, &err) ||
        mg_params_build(b->p, (mg_build_options){.train = true}, &err))
        fail_msg("%s", err.message);
    each_param(b, "w.", copy_weights);
    b->t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 28, &err);
    if (!b->t || mg_params_attach(b->p, b->t, &err)) fail_msg("%s", err.message);
    load_rows(b);
}

static void close_bench(bench *b) {
    mg_tape_free(b->t);
    mg_writer_free(b->writer);
    mg_params_free(b->p);
    mg_smiles_vocab_free(b->v);
    mg_tensor_file_close(b->golden);
}

static mg_writer_input input_of(const bench *b) {
    return (mg_writer_input){.n = b->n,
                             .offsets = b->in_offsets,
                             .ids = b->in_ids,
                             .positions = b->positions,
                             .space = need(b->golden, "space")->data,
                             .keep = need(b->golden, "keep")->data,
                             .draft = b->draft};
}

static mg_writer_target target_of(const bench *b) {
    return (mg_writer_target){.n = b->n,
                              .offsets = b->offsets,
                              .ids = b->ids,
                              .positions = b->positions,
                              .next = b->next};
}

/* ---- comparison ---- */

static void check(const char *what, const float *ours, const float *theirs, int64_t n,
                  double tolerance) {
    assert_non_null(ours);
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)ours[i] - theirs[i]) <= tolerance))
            fail_msg("%s, element %lld: %.9g, PyTorch has %.9g (tolerance %.2g)", what,
                     (long long)i, (double)ours[i], (double)theirs[i], tolerance);
}

static void check_tensor(bench *b, const char *name, mg_tensor *y) {
    molglot_error err = {0};
    if (!y && mg_tape_error(b->t, &err)) fail_msg("%s", err.message);
    assert_int_equal(mg_tensor_count(y), need(b->golden, name)->count);
    check(name, mg_values(b->t, y), need(b->golden, name)->data, mg_tensor_count(y), 2e-4);
}

static void check_gradient(bench *b, const char *name, mg_tensor *t, const mg_file_tensor *ft) {
    double largest = 0;
    for (int64_t i = 0; i < ft->count; i++)
        largest = fmax(largest, fabs((double)((const float *)ft->data)[i]));
    check(name, mg_grads(b->t, t), ft->data, ft->count, 2e-5 * largest + 3e-7);
}

static void check_final(bench *b, const char *name, mg_tensor *t, const mg_file_tensor *ft) {
    char key[256];
    snprintf(key, sizeof key, "g.%s", name);
    const float *g = need(b->golden, key)->data, *want = ft->data;
    for (int64_t i = 0; i < ft->count; i++)
        if (fabsf(g[i]) >= 1e-5f) check(name, mg_values(b->t, t) + i, want + i, 1, 6e-6);
}

static void outputs(void **state) {
    (void)state;
    for (size_t d = 0; d < n_devices; d++) {
        bench b;
        open_bench(&b, devices[d]);
        mg_writer_input in = input_of(&b), plain = in;
        plain.keep = NULL;
        mg_tape_reset(b.t);
        check_tensor(&b, "latents", mg_writer_latents(b.t, b.writer, &plain, NULL));
        const mg_writer_target target = target_of(&b);
        const mg_context context = mg_writer_context(b.t, b.writer, &in,
                                                     need(b.golden, "noise")->data);
        check_tensor(&b, "logits", mg_writer_logits(b.t, b.writer, &context, &target));
        close_bench(&b);
    }
}

static void training(void **state) {
    (void)state;
    mg_optim_config o = mg_optim_default();
    o.lr = 1e-4f, o.weight_decay = 0.01f, o.decay_all = true, o.beta2 = 0.98f;
    strcpy(o.schedule, "constant");
    for (size_t d = 0; d < n_devices; d++) {
        bench b;
        molglot_error err = {0};
        open_bench(&b, devices[d]);
        const float *losses = need(b.golden, "losses")->data;
        for (int step = 0; step < STEPS; step++) {
            mg_writer_input in = input_of(&b);
            const mg_writer_target target = target_of(&b);
            mg_tape_reset(b.t);
            mg_tape_record(b.t, true);
            mg_tape_training(b.t, true);
            const mg_context context = mg_writer_context(b.t, b.writer, &in,
                                                         need(b.golden, "noise")->data);
            mg_tensor *loss = mg_writer_loss(b.t, b.writer, &context, &target, 0);
            if (!loss || mg_backward(b.t, loss)) fail_msg("step %d", step);
            check("loss", mg_values(b.t, loss), losses + step, 1, 2e-5);
            if (step == 0) each_param(&b, "g.", check_gradient);
            if (mg_optim_step(b.p, b.t, &o, step, NULL, NULL, &err)) fail_msg("%s", err.message);
        }
        each_param(&b, "a.", check_final);
        close_bench(&b);
    }
}

/* ---- sampling ---- */

/* Greedy sampling writes what the teacher-forced logits say, step by step. */
static void sampling(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    mg_sample out[MAX_ROWS];
    open_bench(&b, "cpu");
    mg_writer_input in = input_of(&b);
    const uint64_t streams[MAX_ROWS] = {0};
    mg_tape_record(b.t, false);
    mg_tape_training(b.t, false);
    mg_tape_reset(b.t);
    mg_context context = mg_writer_context(b.t, b.writer, &in, NULL);
    const mg_sample_options o = {.max_tokens = 20};
    if (mg_writer_sample(b.t, b.writer, b.v, &context, &o, streams, out, &err))
        fail_msg("%s", err.message);
    for (int64_t s = 0; s < b.n; s++) {
        int32_t ids[24], offsets[2] = {0, 0}, positions[24];
        const int32_t n = mg_smiles_encode(b.v, out[s].smiles, ids + 1, 20, NULL);
        assert_true(n >= 0);
        ids[0] = MG_TOKEN_BOS;
        offsets[1] = n + 1;
        for (int32_t i = 0; i <= n; i++) positions[i] = i;
        /* the sequence alone */
        const mg_writer_input one = {
            .n = 1,
            .offsets = (const int32_t[]){0, in.offsets[s + 1] - in.offsets[s]},
            .ids = in.ids + in.offsets[s],
            .positions = in.positions,
            .space = in.space + 10 * s,
            .keep = in.keep + 6 * s,
            .draft = in.draft + s};
        mg_tape_reset(b.t);
        context = mg_writer_context(b.t, b.writer, &one, NULL);
        int32_t next[24];
        for (int32_t i = 0; i < n; i++) next[i] = ids[i + 1];
        next[n] = MG_TOKEN_EOS;
        const mg_writer_target target = {
            .n = 1, .offsets = offsets, .ids = ids, .positions = positions, .next = next};
        mg_tensor *y = mg_writer_logits(b.t, b.writer, &context, &target);
        const float *logits = y ? mg_values(b.t, y) : NULL;
        assert_non_null(logits);
        mg_smiles_state walk;
        uint8_t allowed[512];
        mg_smiles_start(&walk, b.v, 20);
        for (int32_t i = 0; i <= n; i++) {
            mg_smiles_mask(&walk, allowed);
            for (int32_t k = 0; k < y->cols; k++)
                if (allowed[k])
                    assert_true(logits[i * y->cols + next[i]] >= logits[i * y->cols + k] - 1e-3f);
            if (!mg_smiles_push(&walk, next[i])) fail_msg("%s", out[s].smiles);
        }
    }
    mg_samples_free(out, b.n);
    close_bench(&b);
}

/* ---- graphs ---- */

static void graphs(void **state) {
    (void)state;
    static const char smiles[] = "C/C=C\\C(C)c1ccc[nH]1.[Na+]";
    bench b;
    mg_grammar g = {0};
    mg_token_graph graph;
    int32_t ids[64], offsets[2] = {0, 0};
    open_bench(&b, "cpu");
    assert_true(mg_grammar_read(&g, b.v));
    offsets[1] = mg_smiles_encode(b.v, smiles, ids, 64, NULL);
    assert_true(offsets[1] > 0);
    mg_tape_reset(b.t);
    assert_true(mg_token_graph_make(b.t, &g, ids, 0, (mg_seqs){1, offsets}, &graph));
    assert_int_equal(graph.atoms, 11);
    assert_int_equal(graph.edge_offsets[11], 20);
    /* the first atom's bond is /, from the second it is seen as \ */
    assert_int_equal(graph.edge_ids[graph.edge_offsets[1]], 6);
    assert_int_equal(graph.edge_ids[graph.edge_offsets[0]], 7);
    /* the branch hangs on atom 3, and so does the ring's first atom */
    assert_int_equal(graph.edge_offsets[4] - graph.edge_offsets[3], 3);
    /* the ring closes from atom 5 to atom 9 */
    bool closes = false;
    for (int32_t e = graph.edge_offsets[9]; e < graph.edge_offsets[10]; e++)
        closes = closes || (graph.edge_src[e] == 5 && graph.edge_ids[e] == MG_BOND_SYMBOLS);
    assert_true(closes);
    assert_int_equal(graph.edge_offsets[11] - graph.edge_offsets[10], 0);
    /* nothing that is no SMILES makes trouble: unopened branches and rings, ids out of range */
    const int32_t odd[] = {28, 28, 30, 27, 4000, -3, 30, 40, 5, 41, 28, 1};
    offsets[1] = MG_COUNT(odd);
    assert_true(mg_token_graph_make(b.t, &g, odd, 0, (mg_seqs){1, offsets}, &graph));
    mg_grammar_free(&g);
    close_bench(&b);
}

int main(int argc, char **argv) {
    if (argc > 1) devices[0] = argv[1], n_devices = 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs), cmocka_unit_test(training),
                                       cmocka_unit_test(sampling), cmocka_unit_test(graphs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
