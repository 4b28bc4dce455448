/* test_parity_steps.c - training steps of a tiny MoMu with every channel (transformer, GIN, two
 * bags, learned temperature, dropout, EMA) on the CPU in f32 and on the CUDA backend in f32 and
 * bf16, from the same weights, on the same batches, with the same dropout masks.
 *
 * How far the losses may part, as a share of them:
 *   f32    Sums in another order, some 1e-7 a step. Adam divides each gradient by its own size, so
 *          an element whose gradient is a rounding error around zero moves by LR in a direction of
 *          chance; that reaches the loss in the second order. Seen: 3e-7.
 *   bf16   A factor of a product is off by up to 2^-9; some twenty products lie between input and
 *          loss, whose errors add like a random walk: 2^-9 * sqrt(20) = 0.9 %, doubled for the
 *          steps before. Seen: 0.6 %. The norm of a gradient has as many products again behind it
 *          and is small at the end; it may be off four times as much.
 * Other dropout masks alone change the loss by more than that, as the test checks.
 */
#include "base/bags.h"
#include "emulated.h"
#include "model/momu/momu.h"

#define LR       4e-3f
#define TOL_F32  1e-5
#define TOL_BF16 2e-2
enum { STEPS = 8, BATCH = 12, VOCAB = 50, BAG_VOCAB = 70, MOST = 4096 };

/* ---- batches ---- */

typedef struct batch {
    mg_text_batch text;
    mg_mol_batch mol;
    int32_t token_offsets[BATCH + 1], tokens[MOST], positions[MOST];
    int32_t atom_offsets[BATCH + 1], atoms[MOST], edge_offsets[MOST], edge_from[MOST], bonds[MOST];
    int32_t bag_offsets[2][BATCH + 1], bag_ids[2][MOST];
    float bag_weights[2][MOST];
} batch;

static int32_t below(mg_rng *rng, int n) { return (int32_t)mg_rng_below(rng, (uint64_t)n); }

static mg_bags random_bags(batch *b, int which, mg_rng *rng) {
    int32_t *offsets = b->bag_offsets[which], at = 0;
    for (int i = 0; i < BATCH; i++) {
        offsets[i] = at;
        for (int k = 2 + below(rng, 9); k > 0; k--, at++) {
            b->bag_ids[which][at] = (i * 5 + below(rng, 12)) % BAG_VOCAB;
            b->bag_weights[which][at] = (float)mg_rng_uniform(rng);
        }
    }
    offsets[BATCH] = at;
    return (mg_bags){
        .n = BATCH, .offsets = offsets, .ids = b->bag_ids[which], .weights = b->bag_weights[which]};
}

static void random_texts(batch *b, mg_rng *rng) {
    int32_t at = 0;
    for (int i = 0; i < BATCH; i++) {
        b->token_offsets[i] = at;
        for (int32_t k = 0, n = 3 + below(rng, 14); k < n; k++, at++)
            b->tokens[at] = (i * 4 + below(rng, 9)) % VOCAB, b->positions[at] = k;
    }
    b->token_offsets[BATCH] = at;
    b->text = (mg_text_batch){.n = BATCH,
                              .token_offsets = b->token_offsets,
                              .token_ids = b->tokens,
                              .positions = b->positions,
                              .bags = random_bags(b, 0, rng)};
}

/* Chains of atoms: bonds to the neighbours on both sides. */
static void random_molecules(batch *b, mg_rng *rng) {
    const int atom_cols = mg_feat_atom_cols(MG_FEAT_OGB),
              bond_cols = mg_feat_bond_cols(MG_FEAT_OGB);
    int32_t atom = 0, edge = 0;
    for (int i = 0; i < BATCH; i++) {
        const int32_t first = atom, n = 3 + below(rng, 8);
        b->atom_offsets[i] = first;
        for (; atom < first + n; atom++) {
            for (int c = 0, base = 0; c < atom_cols; base += mg_feat_atom_size(MG_FEAT_OGB, c++))
                b->atoms[atom * atom_cols + c] = base + (i + below(rng, 3)) %
                                                            mg_feat_atom_size(MG_FEAT_OGB, c);
            b->edge_offsets[atom] = edge;
            for (int32_t side = -1; side <= 1; side += 2) {
                if (atom + side < first || atom + side >= first + n) continue;
                b->edge_from[edge] = atom + side;
                for (int c = 0, base = 0; c < bond_cols;
                     base += mg_feat_bond_size(MG_FEAT_OGB, c++))
                    b->bonds[edge * bond_cols + c] = base +
                                                     below(rng, mg_feat_bond_size(MG_FEAT_OGB, c));
                edge++;
            }
        }
    }
    b->atom_offsets[BATCH] = atom;
    b->edge_offsets[atom] = edge;
    b->mol = (mg_mol_batch){.n = BATCH,
                            .atom_offsets = b->atom_offsets,
                            .atom_ids = b->atoms,
                            .edge_offsets = b->edge_offsets,
                            .edge_src = b->edge_from,
                            .edge_ids = b->bonds,
                            .atom_cols = atom_cols,
                            .bond_cols = bond_cols,
                            .bags = random_bags(b, 1, rng)};
}

static void random_batch(batch *b, int step) {
    mg_rng rng = {.seed = 11, .stream = (uint64_t)step};
    random_texts(b, &rng);
    random_molecules(b, &rng);
}

/* ---- training ---- */

static mg_momu_config tiny_config(void) {
    mg_momu_config c = mg_momu_config_default();
    c.dim = 16;
    c.learn_temperature = true;
    c.text.encoder = (mg_transformer_config){.layers = 2,
                                             .hidden = 32,
                                             .heads = 2,
                                             .ffn = 48,
                                             .vocab = VOCAB,
                                             .positions = 20,
                                             .types = 2,
                                             .dropout = 0.1f,
                                             .norm_eps = 1e-12f};
    c.text.max_tokens = 20;
    c.graph.encoder = (mg_gin_config){.layers = 2, .dim = 20, .mlp = 40, .dropout = 0.1f};
    c.text.bag = c.graph.bag = (mg_bag_config){
        .vocab = BAG_VOCAB, .dim = 24, .hidden = 40, .dropout = 0.1f, .init = 0.05f};
    return c;
}

typedef struct curve {
    double loss[STEPS], norm[STEPS];
    float sample[4];
} curve;

static double one_step(mg_tape *t, mg_params *p, const mg_momu *m, const batch *b, uint64_t seed,
                       int step, double *norm) {
    mg_optim_config o = mg_optim_default();
    molglot_error err = {0};
    bool skipped = true;
    o.lr = LR, o.ema_decay = 0.9f, o.clip = 1.0f, o.warmup_steps = 0, o.total_steps = STEPS;
    mg_tape_reset(t);
    mg_tape_seed(t, seed, (uint64_t)step);
    mg_tape_record(t, true);
    mg_tape_training(t, true);
    mg_tensor *loss = mg_momu_loss(t, m, mg_momu_graph(t, m, &b->mol), NULL,
                                   mg_momu_text(t, m, &b->text), NULL, false, NULL, 0.05f);
    mg_backward(t, loss);
    const float *value = mg_values(t, loss);
    must_run(t);
    must(mg_optim_step(p, t, &o, step, norm, &skipped, &err), &err);
    assert_false(skipped);
    return (double)*value;
}

/* seed: of the dropout masks */
static curve train(const char *device, mg_precision precision, uint64_t seed) {
    molglot_error err = {0};
    mg_momu_config c = tiny_config();
    mg_params *p = mg_params_new();
    mg_momu *m = mg_momu_new(p, &c, &err);
    must_have(m, &err);
    const mg_build_options o = {
        .train = true, .ema = true, .shadow = precision == MG_PREC_BF16, .seed = 7};
    must(mg_params_build(p, o, &err), &err);
    mg_tape *t = must_tape(device, precision, 1, (size_t)32 << 20);
    must(mg_params_attach(p, t, &err), &err);
    batch *b = calloc(1, sizeof *b);
    assert_non_null(b);
    curve out;
    for (int step = 0; step < STEPS; step++) {
        random_batch(b, step % 2);
        out.loss[step] = one_step(t, p, m, b, seed, step, &out.norm[step]);
    }
    must(mg_params_swap_ema(p, &err), &err);
    must(mg_params_pull(p, &err), &err);
    for (size_t i = 0; i < MG_COUNT(out.sample); i++)
        out.sample[i] = mg_f32(mg_params_at(p, mg_params_count(p) * i / 4, NULL, NULL))[0];
    free(b);
    mg_tape_free(t);
    mg_momu_free(m);
    mg_params_free(p);
    return out;
}

static void require_near(const char *what, const curve *a, const curve *b, double tol) {
    for (int step = 0; step < STEPS; step++) {
        if (!(fabs(a->loss[step] - b->loss[step]) <= tol * b->loss[step]))
            fail_msg("%s, step %d: loss %.7f, on the CPU %.7f", what, step, a->loss[step],
                     b->loss[step]);
        if (!(fabs(a->norm[step] - b->norm[step]) <= 4 * tol * b->norm[step]))
            fail_msg("%s, step %d: norm %.7f, on the CPU %.7f", what, step, a->norm[step],
                     b->norm[step]);
    }
    /* Averages over STEPS moves of at most LR each: pulled, and in their place. */
    for (size_t i = 0; i < MG_COUNT(a->sample); i++)
        assert_float_equal(a->sample[i], b->sample[i], STEPS * LR / 2);
}

static void curves_agree(void **state) {
    (void)state;
    const curve cpu = train("cpu", MG_PREC_F32, 5), other = train("cpu", MG_PREC_F32, 6);
    const curve f32 = train("cuda", MG_PREC_F32, 5), bf16 = train("cuda", MG_PREC_BF16, 5);
    emulator_set("MG_EMU_ORDER", "2"); /* of the threads: the same bits in any */
    const curve again = train("cuda", MG_PREC_F32, 5);
    require_near("cuda in f32", &f32, &cpu, TOL_F32);
    require_near("cuda in bf16", &bf16, &cpu, TOL_BF16);
    assert_memory_equal(&f32, &again, sizeof f32);
    double apart = 0;
    for (int step = 0; step < STEPS; step++)
        apart = fmax(apart, fabs(other.loss[step] / cpu.loss[step] - 1));
    assert_true(apart > TOL_BF16);
    assert_true(cpu.loss[STEPS - 1] < 0.5 * cpu.loss[1]); /* something was learnt */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(curves_agree, nothing_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
