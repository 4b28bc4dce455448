/* test_writer_both.c - a writer of both directions on tiny random weights: the parts of an input,
 * what a caption is shown of the one that it copies, gradients against differences, packed rows
 * against single ones, captions written token by token against all at once, the contrast. */
#include "model/writer/copy.h"
#include "model/writer/writer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS = 14, TOKENS = 12, TEXT = 8, MOLECULE = 7, ROWS = 3, SPACE = 5 };

/* Whether the models of this pass have a graph row. */
static bool graph_row;

static mg_writer_config config(void) {
    mg_writer_config c = {.words = WORDS,
                          .tokens = TOKENS,
                          .encoder = {.layers = 1,
                                      .hidden = 8,
                                      .heads = 2,
                                      .ffn = 12,
                                      .vocab = WORDS + TOKENS,
                                      .pre_norm = true,
                                      .norm_eps = 1e-5f},
                          .decoder = {.layers = 1,
                                      .hidden = 8,
                                      .heads = 2,
                                      .ffn = 12,
                                      .vocab = TOKENS,
                                      .positions = TEXT,
                                      .context = 8,
                                      .words = WORDS + 3},
                          .copy = true,
                          .captions = true,
                          .graph_row = graph_row,
                          .space = graph_row ? SPACE : 0,
                          .molecules = 2,
                          .max_text = TEXT,
                          .max_tokens = MOLECULE};
    c.encoder.positions = (int)mg_writer_positions(&c);
    return c;
}

typedef struct bench {
    mg_params *p;
    mg_writer *w;
    mg_tape *t;
} bench;

static void open_bench(bench *b, const char *device) {
    const mg_writer_config c = config();
    molglot_error err = {0};
    b->p = mg_params_new();
    b->w = mg_writer_new(b->p, &c, &err);
    if (!b->w || mg_params_build(b->p, (mg_build_options){.train = true, .seed = 5}, &err))
        fail_msg("%s", err.message);
    b->t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 28, &err);
    assert_non_null(b->t);
    /* random weights of a size at which all parts matter */
    mg_rng rng = {7, 1, 0};
    for (size_t i = 0; i < mg_params_count(b->p); i++) {
        mg_tensor *x = mg_params_at(b->p, i, NULL, NULL);
        for (int64_t k = 0; k < mg_tensor_count(x); k++)
            ((float *)x->data)[k] += (float)(0.3 * mg_rng_normal(&rng));
    }
    assert_int_equal(mg_params_attach(b->p, b->t, &err), MOLGLOT_OK);
}

static void close_bench(bench *b) {
    mg_tape_free(b->t);
    mg_writer_free(b->w);
    mg_params_free(b->p);
}

/* Row r of the example: molecule, neighbour with its caption (row 2 has none), and its target. */
static const int32_t own[ROWS][4] = {{4, 5, 6, 7}, {8, 4, 4, 9}, {5, 5, 10, 11}};
static const int32_t near[4] = {4, 5, 8, 7};
static const int32_t said[5] = {3, 4, 5, 9, 2};
static const int32_t words[ROWS][5] = {{3, 4, 6, 9, 2}, {7, 8, 1, 0, 2}, {3, 4, 5, 9, 13}};

/* Unit vectors of the molecules; the space knows nothing of row 1's. */
static const float vectors[ROWS][SPACE] = {
    {0.6f, -0.3f, 0.2f, 0.5f, -0.5f}, {0}, {0.1f, 0.7f, -0.6f, 0.1f, 0.3f}};

static void pack_row(mg_writer_packer *p, int r) {
    molglot_error err = {0};
    int code = MOLGLOT_OK;
    if (r != 2) code = mg_writer_pack_molecule(p, 0, near, 4, &err);
    if (!code) code = mg_writer_pack_own(p, own[r], 4, &err);
    if (!code && r != 2) code = mg_writer_pack_caption(p, 0, said, 5, &err);
    if (!code && graph_row) code = mg_writer_pack_space(p, vectors[r], &err);
    if (!code) code = mg_writer_pack_row(p, &err);
    assert_int_equal(code, MOLGLOT_OK);
}

typedef struct targets {
    int32_t offsets[ROWS + 1], ids[ROWS * 6], positions[ROWS * 6], next[ROWS * 6];
    mg_writer_target y;
} targets;

static void make_targets(targets *x, const int *rows, int n) {
    const mg_writer_config c = config();
    int32_t at = 0;
    for (int r = 0; r < n; r++) {
        x->offsets[r] = at;
        for (int32_t i = 0; i < 6; i++, at++) {
            x->ids[at] = i ? words[rows[r]][i - 1] : mg_writer_start(&c);
            x->next[at] = i < 5 ? words[rows[r]][i] : mg_writer_end(&c);
            x->positions[at] = i;
        }
    }
    x->offsets[n] = at;
    x->y = (mg_writer_target){n, x->offsets, x->ids, x->positions, x->next, true};
}

/* ---- inputs ---- */

static void parts_have_places(void **state) {
    (void)state;
    const mg_writer_config c = config();
    int k;
    assert_int_equal(mg_writer_positions(&c), TEXT + 2 * MOLECULE + MOLECULE + 2 * TEXT);
    assert_int_equal(mg_writer_read_at(&c, TEXT - 1, &k), MG_READ_TEXT);
    assert_int_equal(mg_writer_read_at(&c, TEXT + MOLECULE, &k), MG_READ_MOLECULE);
    assert_int_equal(k, 1);
    assert_int_equal(mg_writer_read_at(&c, TEXT + 2 * MOLECULE, NULL), MG_READ_OWN);
    assert_int_equal(mg_writer_read_at(&c, TEXT + 3 * MOLECULE + TEXT, &k), MG_READ_CAPTION);
    assert_int_equal(k, 1);
    mg_writer_packer p = {0};
    molglot_error err = {0};
    static const int32_t longer[12] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    mg_writer_pack_reset(&p, &c);
    assert_int_equal(mg_writer_pack_own(&p, longer, 12, &err), MOLGLOT_OK);
    assert_int_equal(p.filled, MOLECULE); /* cut */
    assert_int_equal(mg_writer_pack_caption(&p, 1, longer, 12, &err), MOLGLOT_OK);
    assert_int_equal(p.filled, MOLECULE + TEXT);
    assert_int_equal(mg_writer_pack_caption(&p, 2, longer, 12, &err), MOLGLOT_OK);
    assert_int_equal(p.filled, MOLECULE + TEXT); /* no such place */
    assert_int_equal(p.positions[MOLECULE], TEXT + 3 * MOLECULE + TEXT);
    for (int64_t i = 0; i < p.filled; i++) assert_true(p.positions[i] < c.encoder.positions);
    mg_writer_packer_free(&p);
}

static void impossible_configurations(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_writer_config c = config();
    assert_int_equal(mg_writer_config_check(&c, &err), MOLGLOT_OK);
    c.decoder.words--;
    assert_int_equal(mg_writer_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = config();
    c.encoder.positions--;
    assert_int_equal(mg_writer_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = config();
    c.decoder.positions = TEXT - 1;
    assert_int_equal(mg_writer_config_check(&c, &err), MOLGLOT_BAD_FILE);
    mg_str json = {0};
    c = config();
    mg_writer_config back;
    assert_int_equal(mg_writer_config_to_json(&c, &json), MOLGLOT_OK);
    assert_int_equal(mg_writer_config_from_json(json.s, &back, &err), MOLGLOT_OK);
    assert_true(back.captions && back.decoder.words == WORDS + 3);
    mg_str_free(&json);
}

/* ---- the model ---- */

static double loss_of(bench *b, const mg_writer_input *in, const targets *y, bool record) {
    const mg_context context = mg_writer_context(b->t, b->w, in, NULL);
    mg_tensor *loss = mg_writer_loss(b->t, b->w, &context, &y->y, 0);
    molglot_error err = {0};
    if (!loss || mg_tape_error(b->t, &err)) fail_msg("%s", err.message);
    const double value = (double)mg_values(b->t, loss)[0];
    if (record) mg_backward(b->t, loss);
    return value;
}

/* Every parameter's gradient along a random direction. */
static void gradients(void **state) {
    (void)state;
    static const int rows[ROWS] = {0, 1, 2};
    bench b;
    targets y;
    mg_writer_packer p = {0};
    const mg_writer_config c = config();
    open_bench(&b, "ref");
    mg_writer_pack_reset(&p, &c);
    for (int r = 0; r < ROWS; r++) pack_row(&p, r);
    make_targets(&y, rows, ROWS);
    mg_tape_reset(b.t);
    mg_tape_record(b.t, true);
    (void)loss_of(&b, &p.in, &y, true);
    mg_tape_record(b.t, false);
    int moved = 0;
    for (size_t i = 0; i < mg_params_count(b.p); i++) {
        const char *name;
        mg_tensor *x = mg_params_at(b.p, i, &name, NULL);
        const int64_t n = mg_tensor_count(x);
        float *data = x->data, *was = malloc((size_t)n * sizeof *was);
        double along = 0, values[2];
        mg_rng rng = {3, i, 0};
        assert_non_null(was);
        memcpy(was, data, (size_t)n * sizeof *was);
        float *turn = malloc((size_t)n * sizeof *turn);
        for (int64_t k = 0; k < n; k++) {
            turn[k] = (float)mg_rng_normal(&rng);
            along += (double)(turn[k] * x->grad[k]);
        }
        for (int side = 0; side < 2; side++) {
            for (int64_t k = 0; k < n; k++) data[k] = was[k] + (side ? -4e-4f : 4e-4f) * turn[k];
            mg_tape_reset(b.t);
            values[side] = loss_of(&b, &p.in, &y, false);
        }
        memcpy(data, was, (size_t)n * sizeof *was);
        const double slope = (values[0] - values[1]) / 8e-4;
        if (!(fabs(slope - along) < 4e-3 * (1 + fabs(along))))
            fail_msg("%s: gradient %g, differences say %g", name, along, slope);
        moved += fabs(along) > 1e-5;
        free(turn);
        free(was);
    }
    assert_true(moved > 20); /* but those of SMILES and of the contrast */
    mg_writer_packer_free(&p);
    close_bench(&b);
}

/* Rows that are packed together are read and written as each alone, on the kernels that ship too.
 */
static void packed_is_one_by_one(void **state) {
    (void)state;
    static const char *const devices[] = {"ref", "cpu"};
    const mg_writer_config c = config();
    for (size_t d = 0; d < MG_COUNT(devices); d++) {
        static const int rows[ROWS] = {0, 1, 2};
        bench b;
        targets y;
        double all[ROWS], one;
        mg_writer_packer p = {0};
        molglot_error err = {0};
        open_bench(&b, devices[d]);
        mg_writer_pack_reset(&p, &c);
        for (int r = 0; r < ROWS; r++) pack_row(&p, r);
        make_targets(&y, rows, ROWS);
        mg_tape_reset(b.t);
        mg_context context = mg_writer_context(b.t, b.w, &p.in, NULL);
        assert_int_equal(mg_writer_nll(b.t, b.w, &context, &y.y, all, &err), MOLGLOT_OK);
        for (int r = 0; r < ROWS; r++) {
            mg_writer_pack_reset(&p, &c);
            pack_row(&p, r);
            make_targets(&y, &r, 1);
            mg_tape_reset(b.t);
            context = mg_writer_context(b.t, b.w, &p.in, NULL);
            assert_int_equal(mg_writer_nll(b.t, b.w, &context, &y.y, &one, &err), MOLGLOT_OK);
            assert_true(fabs(one - all[r]) < 1e-4);
        }
        mg_writer_packer_free(&p);
        close_bench(&b);
    }
}

/* The place in the caption, how many pieces agree, and what comes next there. */
static void copying_is_shown(void **state) {
    (void)state;
    static const int first = 0;
    bench b;
    targets y;
    mg_writer_packer p = {0};
    const mg_writer_config c = config();
    open_bench(&b, "ref");
    mg_writer_pack_reset(&p, &c);
    pack_row(&p, 0);
    make_targets(&y, &first, 1);
    mg_tape_reset(b.t);
    const mg_context context = mg_writer_context(b.t, b.w, &p.in, NULL);
    mg_copier *k = mg_copier_start(b.t, &c, &context, NULL, 1, true);
    assert_non_null(k);
    assert_true(k->first[0] == 5 + 5 + graph_row && k->at[0].n == 5);
    /* 3 4 6 against 3 4 5: a substitution leads behind the 5 */
    for (int i = 0; i < 3; i++) mg_align_push(&k->at[0], words[0][i]);
    assert_true(k->at[0].place == 3 || k->at[0].place == 2);
    mg_align_push(&k->at[0], words[0][3]);
    assert_true(k->at[0].place == 4 && k->at[0].agree == 1);
    assert_int_equal(mg_copier_next(k, 0), 2);
    const mg_decoder_beside x = mg_copier_beside(b.t, mg_writer_copying(b.w), k, context.rows);
    assert_true(x.words && x.hints);
    /* copying is as good as writing that piece */
    float logits[WORDS + 3] = {0};
    logits[mg_writer_copy(&c)] = logf(3);
    mg_copy_fold(&c, 2, logits);
    assert_true(fabs(exp((double)logits[2]) - 4) < 1e-4 && logits[3] == 0);
    assert_true(isinf(logits[mg_writer_copy(&c)]));
    mg_copy_fold(&c, -1, logits);
    assert_true(logits[3] == 0);
    /* what is learnt: copying where it is right */
    const mg_context whole = mg_writer_context(b.t, b.w, &p.in, NULL);
    const int32_t *next = mg_copy_next(b.t, &c, &whole, &y.y);
    assert_int_equal(next[0], 3);
    assert_int_equal(next[1], 4);
    assert_int_equal(next[4], 2);
    assert_int_equal(next[5], mg_writer_end(&c));
    mg_writer_packer_free(&p);
    close_bench(&b);
}

/* What is written greedily has the likelihood that scoring it at once gives; draws depend on their
 * stream alone. */
static void written_is_scored(void **state) {
    (void)state;
    static const char vocab[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nf\ng\nh\n[NONE]\n";
    bench b;
    molglot_error err = {0};
    mg_writer_packer p = {0};
    const mg_writer_config c = config();
    mg_wordpiece *pieces = mg_wordpiece_new(vocab, sizeof vocab - 1, &err);
    assert_non_null(pieces);
    open_bench(&b, "cpu");
    for (int drawn = 0; drawn < 2; drawn++) {
        const mg_sample_options o = {
            .temperature = (float)drawn, .top_p = 0.9f, .max_tokens = TEXT, .seed = 4};
        static const int32_t source[6] = {0, 1, 2, 0, 1, 2};
        static const uint64_t streams[6] = {0, 1, 2, 0, 1, 9};
        mg_sample out[6];
        mg_writer_pack_reset(&p, &c);
        for (int r = 0; r < ROWS; r++) pack_row(&p, r);
        mg_tape_reset(b.t);
        mg_context context = mg_writer_context(b.t, b.w, &p.in, NULL);
        context.source = source;
        context.n = 6;
        assert_int_equal(mg_writer_sample_words(b.t, b.w, pieces, &context, &o, streams, out, &err),
                         MOLGLOT_OK);
        for (int r = 0; r < ROWS; r++) {
            int32_t offsets[2] = {0, out[r].tokens}, ids[TEXT], positions[TEXT];
            double nll = 0, full;
            if (r < 2) {
                assert_int_equal(out[r].tokens, out[r + 3].tokens);
                assert_memory_equal(out[r].ids, out[r + 3].ids, (size_t)out[r].tokens * 4);
            }
            assert_int_equal(out[r].ids[out[r].tokens - 1], mg_writer_end(&c));
            for (int32_t i = 0; i < out[r].tokens; i++) {
                ids[i] = i ? out[r].ids[i - 1] : mg_writer_start(&c);
                positions[i] = i;
                assert_true(out[r].ids[i] > 4 && out[r].ids[i] != WORDS - 1 &&
                            out[r].ids[i] != mg_writer_start(&c));
            }
            const mg_writer_target y = {1, offsets, ids, positions, out[r].ids, true};
            mg_writer_pack_reset(&p, &c);
            pack_row(&p, r);
            mg_tape_reset(b.t);
            context = mg_writer_context(b.t, b.w, &p.in, NULL);
            mg_tensor *logits = mg_writer_logits(b.t, b.w, &context, &y);
            assert_non_null(logits);
            const float *all = mg_values(b.t, logits);
            const int32_t *next = mg_copy_next(b.t, &c, &context, &y);
            /* among the pieces that may be written; at the limit the end is certain */
            for (int32_t i = 0; i < out[r].tokens; i++, all += WORDS + 3) {
                float row[WORDS + 3];
                double sum = 0;
                memcpy(row, all, sizeof row);
                mg_copy_fold(&c, next[i], row);
                for (int k = 5; k < WORDS + 2; k++)
                    if (k != WORDS - 1 && k != WORDS && (k != WORDS + 1 || i > 0))
                        sum += exp((double)row[k]);
                if (i + 1 < TEXT) nll += log(sum) - (double)row[out[r].ids[i]];
            }
            assert_true(fabs(nll - out[r].nll) < 1e-3);
            assert_int_equal(mg_writer_nll(b.t, b.w, &context, &y, &full, &err), MOLGLOT_OK);
            assert_true(full >= nll - 1e-3);
        }
        mg_samples_free(out, 6);
    }
    /* what this writer cannot do */
    const mg_sample_options longer = {.max_tokens = TEXT + 1};
    const mg_context none = {0};
    assert_int_equal(mg_writer_sample_words(b.t, b.w, pieces, &none, &longer, NULL, NULL, &err),
                     MOLGLOT_USAGE);
    mg_wordpiece_free(pieces);
    mg_writer_packer_free(&p);
    close_bench(&b);
}

/* Pooled rows are unit rows of their sequence alone; the contrast is InfoNCE of them. */
static void contrast(void **state) {
    (void)state;
    static const int32_t which[2] = {2, 0}, groups[2] = {0, 1};
    bench b;
    mg_writer_packer p = {0};
    const mg_writer_config c = config();
    open_bench(&b, "ref");
    mg_writer_pack_reset(&p, &c);
    for (int r = 0; r < ROWS; r++) pack_row(&p, r);
    mg_tape_reset(b.t);
    mg_tensor *states = mg_writer_states(b.t, b.w, &p.in);
    mg_tensor *pooled = mg_writer_pool(b.t, b.w, &p.in, states, which, 2);
    assert_non_null(pooled);
    const float *x = mg_values(b.t, pooled), *h = mg_values(b.t, states),
                *w = mg_params_find(b.p, "pool.weight")->data;
    double dot = 0;
    for (int i = 0; i < 2; i++) {
        double y[8] = {0}, norm = 0;
        const int32_t from = p.offsets[which[i]], to = p.offsets[which[i] + 1];
        for (int o = 0; o < 8; o++) {
            for (int32_t k = from; k < to; k++)
                for (int j = 0; j < 8; j++)
                    y[o] += (double)w[o * 8 + j] * (double)h[k * 8 + j] / (to - from);
            norm += y[o] * y[o];
        }
        for (int o = 0; o < 8; o++)
            assert_true(fabs(y[o] / sqrt(norm) - (double)x[i * 8 + o]) < 1e-4);
    }
    for (int o = 0; o < 8; o++) dot += (double)x[o] * (double)x[8 + o];
    mg_tensor *loss = mg_writer_contrast(b.t, b.w, pooled, pooled, groups);
    const double scale = exp((double)*(float *)mg_params_find(b.p, "pool.log_scale")->data);
    const double want = log(1 + exp(fmin(scale, 100) * (dot - 1)));
    assert_true(fabs((double)mg_values(b.t, loss)[0] - want) < 1e-4 * (1 + want));
    mg_writer_packer_free(&p);
    close_bench(&b);
}

/* ---- the graph row ---- */

/* One context row more a sequence, in front; the vector alone decides it; a context without vectors
 * has none. */
static void graph_row_is_read(void **state) {
    (void)state;
    static const int rows[ROWS] = {0, 1, 2};
    bench b;
    targets y;
    mg_writer_packer p = {0};
    mg_writer_config c = config();
    molglot_error err = {0};
    open_bench(&b, "ref");
    mg_writer_pack_reset(&p, &c);
    for (int r = 0; r < ROWS; r++) pack_row(&p, r);
    make_targets(&y, rows, ROWS);
    mg_tape_reset(b.t);
    mg_writer_input without = p.in;
    without.space = NULL;
    const mg_context with = mg_writer_context(b.t, b.w, &p.in, NULL),
                     bare = mg_writer_context(b.t, b.w, &without, NULL);
    assert_int_equal(with.seqs.offsets[ROWS], bare.seqs.offsets[ROWS] + ROWS);
    const float *w = mg_values(b.t, with.rows), *x = mg_values(b.t, bare.rows);
    for (int r = 0; r < ROWS; r++) {
        const int32_t from = with.seqs.offsets[r], was = bare.seqs.offsets[r];
        assert_int_equal(from, was + r);
        assert_memory_equal(w + (from + 1) * 8, x + was * 8,
                            (size_t)(bare.seqs.offsets[r + 1] - was) * 8 * sizeof *x);
    }
    /* row 0 by hand */
    const float *w1 = mg_params_find(b.p, "graph_projector.0.weight")->data,
                *b1 = mg_params_find(b.p, "graph_projector.0.bias")->data,
                *w2 = mg_params_find(b.p, "graph_projector.2.weight")->data,
                *b2 = mg_params_find(b.p, "graph_projector.2.bias")->data;
    for (int o = 0; o < 8; o++) {
        double sum = (double)b2[o];
        for (int h = 0; h < 8; h++) {
            double z = (double)b1[h];
            for (int k = 0; k < SPACE; k++)
                z += (double)w1[h * SPACE + k] * sqrt(SPACE) * (double)vectors[0][k];
            if (z > 0) sum += z * (double)w2[o * 8 + h];
        }
        assert_true(fabs(sum - (double)w[o]) < 1e-5);
    }
    double nll[2][ROWS];
    assert_int_equal(mg_writer_nll(b.t, b.w, &with, &y.y, nll[0], &err), MOLGLOT_OK);
    p.space[0] += 0.5f;
    mg_tape_reset(b.t);
    const mg_context other = mg_writer_context(b.t, b.w, &p.in, NULL);
    assert_int_equal(mg_writer_nll(b.t, b.w, &other, &y.y, nll[1], &err), MOLGLOT_OK);
    assert_true(fabs(nll[0][0] - nll[1][0]) > 1e-3);
    assert_true(nll[0][1] == nll[1][1] && nll[0][2] == nll[1][2]);
    mg_writer_packer_free(&p);
    close_bench(&b);
    c.space = 0;
    assert_int_equal(mg_writer_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = config();
    c.captions = false, c.decoder.words = 0;
    assert_int_equal(mg_writer_config_check(&c, &err), MOLGLOT_BAD_FILE);
}

/* A new row says nothing, so that a trained writer goes on from where it was. */
static void graph_row_begins_as_zeros(void **state) {
    (void)state;
    mg_writer_packer p = {0};
    const mg_writer_config c = config();
    molglot_error err = {0};
    mg_params *params = mg_params_new();
    mg_writer *w = mg_writer_new(params, &c, &err);
    mg_tape *t = mg_tape_new("ref", MG_PREC_F32, 1, (size_t)1 << 28, &err);
    assert_true(w && t);
    assert_int_equal(mg_params_build(params, (mg_build_options){.seed = 5}, &err), MOLGLOT_OK);
    mg_writer_pack_reset(&p, &c);
    pack_row(&p, 0);
    const mg_context context = mg_writer_context(t, w, &p.in, NULL);
    const float *row = mg_values(t, context.rows);
    for (int o = 0; o < 8; o++) assert_true(row[o] == 0 && row[8 + o] != 0);
    mg_writer_packer_free(&p);
    mg_tape_free(t);
    mg_writer_free(w);
    mg_params_free(params);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_places), cmocka_unit_test(impossible_configurations),
        cmocka_unit_test(gradients),         cmocka_unit_test(packed_is_one_by_one),
        cmocka_unit_test(copying_is_shown),  cmocka_unit_test(written_is_scored),
        cmocka_unit_test(contrast),
    };
    const struct CMUnitTest rows[] = {
        cmocka_unit_test(gradients),         cmocka_unit_test(packed_is_one_by_one),
        cmocka_unit_test(copying_is_shown),  cmocka_unit_test(written_is_scored),
        cmocka_unit_test(graph_row_is_read), cmocka_unit_test(graph_row_begins_as_zeros),
    };
    const int failed = cmocka_run_group_tests_name("writer of both directions", tests, NULL, NULL);
    graph_row = true;
    return cmocka_run_group_tests_name("with a graph row", rows, NULL, NULL) || failed;
}
