/* test_writer.c - writer (direct, with latents that queries find or that speak of tokens in order,
 * copying from a molecule) and latent flow against PyTorch on tiny models: outputs, loss, every
 * gradient, ten AdamW steps, sampling (tests/parity/writer_golden.py, fp32). Both sides differ in
 * the order of sums only. */
#include "model/latent/latent.h"
#include "model/writer/copy.h"
#include "model/writer/slots.h"
#include "model/writer/writer.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_ROWS = 16, MAX_TOKENS = 128, STEPS = 10, K = 3, DIM = 4, R = 2 };

static const char *devices[] = {"ref", "cpu"}; /* or the one that the command line names */
static size_t n_devices = MG_COUNT(devices);

/* ---- fixtures ---- */

static const mg_file_tensor *need(const mg_tensor_file *f, const char *name) {
    const mg_file_tensor *t = mg_tensor_file_find(f, name);
    if (!t) fail_msg("no tensor %s", name);
    return t;
}

typedef struct rows {
    int64_t n;
    int32_t offsets[MAX_ROWS], ids[MAX_TOKENS], positions[MAX_TOKENS], next[MAX_TOKENS];
} rows;

/* The packed rows `name`; cut: each loses its last token, which `next` then holds. */
static void load_rows(rows *r, const mg_tensor_file *f, const char *name, bool cut) {
    char key[64];
    snprintf(key, sizeof key, "%s.ids", name);
    const int32_t *ids = need(f, key)->data;
    snprintf(key, sizeof key, "%s.sizes", name);
    const mg_file_tensor *sizes = need(f, key);
    snprintf(key, sizeof key, "%s.positions", name);
    const mg_file_tensor *given = mg_tensor_file_find(f, key); /* else 0, 1, .. */
    const int32_t *size = sizes->data;
    int32_t at = 0;
    r->n = sizes->count;
    for (int64_t s = 0; s < r->n; ids += size[s++]) {
        r->offsets[s] = at;
        for (int32_t i = 0; i < size[s] - cut; i++, at++) {
            r->ids[at] = ids[i];
            r->positions[at] = given ? ((const int32_t *)given->data)[at] : i;
            r->next[at] = cut ? ids[i + 1] : -1;
        }
    }
    r->offsets[r->n] = at;
}

typedef enum { DIRECT, LATENT, COPY, SLOTS, FLOW } kind;

static bool has_latents(kind k) { return k == LATENT || k == SLOTS; }

static mg_writer_config writer_config(kind k) {
    return (mg_writer_config){.words = 20,
                              .tokens = 12,
                              .encoder = {.layers = 2,
                                          .hidden = 16,
                                          .heads = 2,
                                          .ffn = 24,
                                          .vocab = 32,
                                          .positions = 24,
                                          .pre_norm = true,
                                          .norm_eps = 1e-5f},
                              .decoder = {.layers = 2,
                                          .hidden = 16,
                                          .heads = 2,
                                          .ffn = 24,
                                          .vocab = 12,
                                          .positions = 24,
                                          .context = 16},
                              .latents = has_latents(k) ? K : 0,
                              .latent_tokens = k == SLOTS ? R : 0,
                              .latent_dim = DIM,
                              .latent_noise = 0.1f,
                              .copy = k == COPY,
                              .molecules = k == COPY ? 2 : 0,
                              .max_text = k == COPY ? 6 : 24,
                              .max_tokens = k == COPY ? 9 : 24};
}

static mg_flow_matching_config flow_config(void) {
    return (mg_flow_matching_config){.text = {.layers = 2,
                                              .hidden = 12,
                                              .heads = 3,
                                              .ffn = 20,
                                              .vocab = 20,
                                              .positions = 24,
                                              .pre_norm = true,
                                              .norm_eps = 1e-5f},
                                     .max_text = 24,
                                     .latents = K,
                                     .latent_dim = DIM,
                                     .layers = 2,
                                     .hidden = 12,
                                     .heads = 3,
                                     .ffn = 20,
                                     .memory = true};
}

typedef struct bench {
    kind kind;
    mg_tensor_file *golden;
    mg_params *p;
    mg_writer *writer;
    mg_flow_matching *flow;
    mg_tape *t;
    rows in, target;
} bench;

/* Copies the golden tensors prefix + name into where(parameter). */
static void each_param(bench *b, const char *prefix,
                       void (*what)(bench *, const char *name, mg_tensor *, const mg_file_tensor *,
                                    void *),
                       void *with) {
    for (size_t i = 0; i < mg_params_count(b->p); i++) {
        const char *name;
        char key[256];
        mg_tensor *t = mg_params_at(b->p, i, &name, NULL);
        snprintf(key, sizeof key, "%s%s", prefix, name);
        const mg_file_tensor *ft = mg_tensor_file_find(b->golden, key);
        /* frozen: no gradient, no step */
        if (!ft && strncmp(name, "latent.unit", 11) == 0) continue;
        assert_non_null(ft);
        assert_int_equal(ft->count, mg_tensor_count(t));
        what(b, name, t, ft, with);
    }
}

static void copy_weights(bench *b, const char *name, mg_tensor *t, const mg_file_tensor *ft,
                         void *with) {
    (void)b, (void)name, (void)with;
    memcpy(t->data, ft->data, ft->bytes);
}

static void open_bench(bench *b, kind k, const char *device) {
    static const char *const files[] = {"direct", "latent", "copy", "slots", "flow"};
    char path[512];
    molglot_error err = {0};
    memset(b, 0, sizeof *b);
    b->kind = k;
    snprintf(path, sizeof path, MG_SOURCE_DIR "/tests/fixtures/writer/%s.safetensors", files[k]);
    b->golden = mg_tensor_file_open(path, &err);
    if (!b->golden) fail_msg("%s", err.message);
    b->p = mg_params_new();
    mg_writer_config w = writer_config(k);
    mg_flow_matching_config f = flow_config();
    if (k == FLOW)
        b->flow = mg_flow_matching_new(b->p, &f, &err);
    else
        b->writer = mg_writer_new(b->p, &w, &err);
    if (mg_params_build(b->p, (mg_build_options){.train = true}, &err)) fail_msg("%s", err.message);
    each_param(b, "w.", copy_weights, NULL);
    b->t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 28, &err);
    if (!b->t || mg_params_attach(b->p, b->t, &err)) fail_msg("%s", err.message);
    load_rows(&b->in, b->golden, k == FLOW ? "text" : "input", false);
    if (k != FLOW) load_rows(&b->target, b->golden, "target", true);
}

static void close_bench(bench *b) {
    mg_tape_free(b->t);
    mg_writer_free(b->writer);
    mg_flow_matching_free(b->flow);
    mg_params_free(b->p);
    mg_tensor_file_close(b->golden);
}

static mg_writer_input input_of(const rows *r) {
    return (mg_writer_input){
        .n = r->n, .offsets = r->offsets, .ids = r->ids, .positions = r->positions};
}

static mg_tensor *loss_of(bench *b) {
    mg_writer_input in = input_of(&b->in);
    mg_tape_reset(b->t);
    mg_tape_record(b->t, true);
    mg_tape_training(b->t, true);
    if (b->kind == FLOW)
        return mg_flow_matching_loss(b->t, b->flow, need(b->golden, "z")->data, 1,
                                     need(b->golden, "noise")->data, need(b->golden, "times")->data,
                                     &in, need(b->golden, "near")->data);
    const rows *r = &b->target;
    mg_writer_target target = {.n = r->n,
                               .offsets = r->offsets,
                               .ids = r->ids,
                               .positions = r->positions,
                               .next = r->next};
    const mg_context context = mg_writer_context(
        b->t, b->writer, &in, has_latents(b->kind) ? need(b->golden, "noise")->data : NULL);
    return mg_writer_loss(b->t, b->writer, &context, &target, 0);
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

static void check_tensor(bench *b, const char *name, mg_tensor *y, double tolerance) {
    molglot_error err = {0};
    if (!y && mg_tape_error(b->t, &err)) fail_msg("%s", err.message);
    assert_int_equal(mg_tensor_count(y), need(b->golden, name)->count);
    check(name, mg_values(b->t, y), need(b->golden, name)->data, mg_tensor_count(y), tolerance);
}

static void check_gradient(bench *b, const char *name, mg_tensor *t, const mg_file_tensor *ft,
                           void *with) {
    (void)with;
    double largest = 0;
    for (int64_t i = 0; i < ft->count; i++)
        largest = fmax(largest, fabs((double)((const float *)ft->data)[i]));
    check(name, mg_grads(b->t, t), ft->data, ft->count, 2e-5 * largest + 3e-7);
}

/* Elements whose gradient is rounding error around an exact zero on paper become steps of full
 * length that no two programs share. */
static void check_final(bench *b, const char *name, mg_tensor *t, const mg_file_tensor *ft,
                        void *with) {
    char key[256];
    (void)with;
    snprintf(key, sizeof key, "g.%s", name);
    const float *g = need(b->golden, key)->data, *want = ft->data;
    for (int64_t i = 0; i < ft->count; i++)
        if (fabsf(g[i]) >= 1e-5f) check(name, mg_values(b->t, t) + i, want + i, 1, 6e-6);
}

/* ---- tests ---- */

static void outputs_match(void **state) {
    (void)state;
    for (size_t d = 0; d < n_devices; d++)
        for (kind k = DIRECT; k <= FLOW; k++) {
            bench b;
            open_bench(&b, k, devices[d]);
            mg_writer_input in = input_of(&b.in);
            if (k == FLOW) {
                const float *z = need(b.golden, "z")->data, *e = need(b.golden, "noise")->data,
                            *s = need(b.golden, "times")->data;
                float at[MAX_ROWS * K * DIM];
                for (int64_t i = 0; i < b.in.n * K * DIM; i++)
                    at[i] = (1 - s[i / (K * DIM)]) * e[i] + s[i / (K * DIM)] * z[i];
                mg_tensor *states = mg_flow_matching_text(b.t, b.flow, &in);
                check_tensor(&b, "velocity",
                             mg_flow_matching_velocity(b.t, b.flow,
                                                       mg_input(b.t, at, b.in.n * K, DIM, false),
                                                       need(b.golden, "near")->data, s, states,
                                                       (mg_seqs){b.in.n, b.in.offsets}),
                             2e-5);
            } else {
                if (has_latents(k))
                    check_tensor(&b, "latents", mg_writer_latents(b.t, b.writer, &in, NULL), 2e-5);
                const rows *r = &b.target;
                const mg_context context = mg_writer_context(
                    b.t, b.writer, &in, has_latents(k) ? need(b.golden, "noise")->data : NULL);
                const mg_writer_target target = {
                    .n = r->n, .offsets = r->offsets, .ids = r->ids, .positions = r->positions};
                check_tensor(&b, "logits", mg_writer_logits(b.t, b.writer, &context, &target),
                             2e-5);
            }
            close_bench(&b);
        }
}

static void gradients_match(void **state) {
    (void)state;
    for (size_t d = 0; d < n_devices; d++)
        for (kind k = DIRECT; k <= FLOW; k++) {
            bench b;
            open_bench(&b, k, devices[d]);
            mg_tensor *loss = loss_of(&b);
            assert_non_null(loss);
            check("loss", mg_values(b.t, loss), need(b.golden, "losses")->data, 1, 5e-6);
            assert_int_equal(mg_backward(b.t, loss), MOLGLOT_OK);
            each_param(&b, "g.", check_gradient, NULL);
            close_bench(&b);
        }
}

static void ten_steps_match(void **state) {
    (void)state;
    mg_optim_config o = mg_optim_default();
    o.lr = 1e-4f, o.weight_decay = 0.01f, o.decay_all = true, o.beta2 = 0.98f;
    strcpy(o.schedule, "constant");
    for (size_t d = 0; d < n_devices; d++)
        for (kind k = DIRECT; k <= FLOW; k++) {
            bench b;
            molglot_error err = {0};
            open_bench(&b, k, devices[d]);
            for (int step = 0; step < STEPS; step++) {
                mg_tensor *loss = loss_of(&b);
                assert_non_null(loss);
                check("loss", mg_values(b.t, loss),
                      (const float *)need(b.golden, "losses")->data + step, 1, 3e-5);
                mg_backward(b.t, loss);
                if (mg_optim_step(b.p, b.t, &o, step, NULL, NULL, &err))
                    fail_msg("%s", err.message);
            }
            each_param(&b, "a.", check_final, NULL);
            close_bench(&b);
        }
}

/* The next logits of every row one token after another, as sample.c asks for them. */
static void follow(bench *b, const mg_context *context, const mg_copy *copy, mg_copier *places,
                   int32_t longest) {
    const mg_slots *slots = mg_writer_slots(b->writer);
    const mg_writer_config c = writer_config(b->kind);
    const rows *r = &b->target;
    const float *want = need(b->golden, "logits")->data;
    mg_decoder_cache *cache = mg_decoder_start(b->t, mg_writer_decoder(b->writer), r->n, longest,
                                               context->rows, context->seqs, NULL);
    assert_non_null(cache);
    for (int32_t i = 0; i < longest; i++) {
        int32_t ids[MAX_ROWS];
        for (int64_t s = 0; s < r->n; s++) {
            ids[s] = r->offsets[s] + i < r->offsets[s + 1] ? r->ids[r->offsets[s] + i] : 0;
            if (copy && i > 0) mg_align_push(&places->at[s], ids[s]);
        }
        size_t mark = mg_tape_mark(b->t);
        mg_decoder_beside beside = {0};
        if (copy) beside = mg_copier_beside(b->t, copy, places, context->rows);
        if (slots) beside.hints = mg_slots_hints_at(b->t, slots, &c, context->rows, i, NULL, r->n);
        mg_tensor *y = mg_decoder_next(b->t, mg_writer_decoder(b->writer), cache, ids, beside);
        assert_non_null(y);
        const float *values = mg_values(b->t, y);
        for (int64_t s = 0; s < r->n; s++)
            if (r->offsets[s] + i < r->offsets[s + 1])
                check("next token", values + s * 12, want + (r->offsets[s] + i) * 12, 12, 2e-5);
        mg_tape_release(b->t, mark);
    }
}

static void generation_matches(void **state) {
    (void)state;
    for (kind k = DIRECT; k <= SLOTS; k++) {
        bench b;
        if (k == LATENT) continue; /* as SLOTS, without hints */
        open_bench(&b, k, devices[n_devices - 1]);
        const mg_writer_input in = input_of(&b.in);
        const rows *r = &b.target;
        int32_t longest = 0;
        for (int64_t s = 0; s < r->n; s++)
            longest = r->offsets[s + 1] - r->offsets[s] > longest
                          ? r->offsets[s + 1] - r->offsets[s]
                          : longest;
        const mg_context context = mg_writer_context(
            b.t, b.writer, &in, has_latents(k) ? need(b.golden, "noise")->data : NULL);
        const mg_copy *copy = mg_writer_copying(b.writer);
        const mg_writer_config c = writer_config(k);
        assert_true((copy != NULL) == (k == COPY));
        follow(&b, &context, copy,
               copy ? mg_copier_start(b.t, &c, &context, NULL, in.n, false) : NULL, longest);
        assert_true(mg_tape_ok(b.t));
        close_bench(&b);
    }
}

/* Places of a growing prefix in "abcabd", whose tokens are letters. */
static void places_follow_edits(void **state) {
    (void)state;
    static const struct {
        const char *written;
        int32_t place, agree;
    } cases[] = {{"", 0, 0},
                 {"a", 1, 1},
                 {"ab", 2, 2},
                 {"abc", 3, 3},
                 {"abcab", 5, 5},
                 {"abcabd", 6, 6},
                 {"abX", 3, 0}, /* a substitution goes on behind it */
                 {"abXabd", 6, 3},
                 {"abXcabd", 6, 4},
                 {"abcd", 4, 0} /* substituting one is cheaper than leaving out two */,
                 {"bcabd", 6, 5},
                 {"XYZ", 3, 0}};
    static const int32_t molecule[] = {'a', 'b', 'c', 'a', 'b', 'd'};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        int32_t room[14];
        mg_aligner a;
        mg_align_start(&a, molecule, 6, room);
        for (const char *c = cases[i].written; *c; c++) mg_align_push(&a, *c);
        if (a.place != cases[i].place || a.agree != cases[i].agree)
            fail_msg("behind \"%s\": place %d, %d agree; not %d and %d", cases[i].written, a.place,
                     a.agree, cases[i].place, cases[i].agree);
    }
}

static void flow_sampler_matches(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    open_bench(&b, FLOW, devices[n_devices - 1]);
    const int32_t zero_one[2] = {0, 1}, none_id[1] = {19}, none_position[1] = {0},
                  start = b.in.offsets[1], length = b.in.offsets[2] - start;
    const int32_t offsets[2] = {0, length};
    const mg_writer_input text = {.n = 1,
                                  .offsets = offsets,
                                  .ids = b.in.ids + start,
                                  .positions = b.in.positions + start},
                          none = {.n = 1,
                                  .offsets = zero_one,
                                  .ids = none_id,
                                  .positions = none_position};
    float z[K * DIM];
    memcpy(z, (const float *)need(b.golden, "noise")->data + K * DIM, sizeof z);
    if (mg_flow_matching_sample(
            b.t, b.flow, &(mg_flow_matching_options){.steps = 4, .guidance = 1.5f}, 1, &text, &none,
            (const float *)need(b.golden, "near")->data + K * DIM, z, &err))
        fail_msg("%s", err.message);
    check("sample", z, need(b.golden, "sample")->data, K * DIM, 1e-4);
    close_bench(&b);
}

/* Two draws a sentence: the mean of the losses, and of the gradients, of one draw and of the
 * other. */
static void draws_share_their_sentence(void **state) {
    (void)state;
    for (size_t d = 0; d < n_devices; d++) {
        bench both, one;
        open_bench(&both, FLOW, devices[d]);
        open_bench(&one, FLOW, devices[d]);
        enum { EACH = K * DIM };
        const float *z = need(both.golden, "z")->data, *near = need(both.golden, "near")->data;
        const int64_t n = both.in.n;
        float noise[MAX_ROWS * 2 * EACH], times[MAX_ROWS * 2], single[MAX_ROWS * EACH],
            at[MAX_ROWS], losses[2];
        for (int64_t i = 0; i < n * 2 * EACH; i++)
            noise[i] = (float)mg_rng_normal(&(mg_rng){5, 1, (uint64_t)i * 2});
        for (int64_t i = 0; i < n * 2; i++)
            times[i] = (float)mg_rng_uniform(&(mg_rng){5, 2, (uint64_t)i});
        const mg_writer_input in = input_of(&both.in);
        mg_tape_record(both.t, true);
        mg_tape_record(one.t, true);
        mg_tensor *loss = mg_flow_matching_loss(both.t, both.flow, z, 2, noise, times, &in, near);
        assert_int_equal(mg_backward(both.t, loss), MOLGLOT_OK);
        for (int k = 0; k < 2; k++) {
            for (int64_t i = 0; i < n; i++) {
                memcpy(single + i * EACH, noise + (2 * i + k) * EACH, EACH * sizeof *single);
                at[i] = times[2 * i + k];
            }
            mg_tensor *half = mg_scale(
                one.t, mg_flow_matching_loss(one.t, one.flow, z, 1, single, at, &in, near), 0.5f);
            assert_int_equal(mg_backward(one.t, half), MOLGLOT_OK);
            losses[k] = *mg_values(one.t, half);
        }
        assert_true(fabsf(*mg_values(both.t, loss) - losses[0] - losses[1]) < 1e-5f);
        for (size_t i = 0; i < mg_params_count(both.p); i++) {
            mg_tensor *a = mg_params_at(both.p, i, NULL, NULL),
                      *b = mg_params_at(one.p, i, NULL, NULL);
            check("gradient", mg_grads(both.t, a), mg_grads(one.t, b), mg_tensor_count(a), 1e-5);
        }
        close_bench(&both);
        close_bench(&one);
    }
}

static void impossible_sizes_are_refused(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_writer_config w = writer_config(DIRECT);
    mg_params *p = mg_params_new();
    w.decoder.heads = 3;
    assert_null(mg_writer_new(p, &w, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "decoder"));
    mg_flow_matching_config f = flow_config();
    f.latents = 0;
    assert_null(mg_flow_matching_new(p, &f, &err));
    mg_params_free(p);
}

int main(int argc, char **argv) {
    if (argc > 1) devices[0] = argv[1], n_devices = 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs_match),
                                       cmocka_unit_test(gradients_match),
                                       cmocka_unit_test(ten_steps_match),
                                       cmocka_unit_test(generation_matches),
                                       cmocka_unit_test(places_follow_edits),
                                       cmocka_unit_test(flow_sampler_matches),
                                       cmocka_unit_test(draws_share_their_sentence),
                                       cmocka_unit_test(impossible_sizes_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
