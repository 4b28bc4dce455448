/* test_moflow.c - MoFlow against its twin in PyTorch (tests/parity/moflow_golden.py): latents,
 * log-determinants, loss, every gradient, running statistics, the way back and the reader, on both
 * backends. Log-determinants by finite differences. The inverse of the forward pass. Molecules as
 * bytes and back, with and without repair.
 */
#include "../must.h"
#include "../one_part.h"
#include "model/moflow/moflow.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE(name) MG_SOURCE_DIR "/tests/fixtures/moflow/" name ".safetensors"
#define SHARP         3.0f
enum { MOLECULES = 3, MOST = 512 };

static const char *const devices[] = {"ref", "cpu"};

typedef struct bench {
    mg_tensor_file *golden;
    mg_params *params;
    mg_moflow *flow;
    mg_tape *tape;
    mg_moflow_config c;
    mg_moflow_shape s;
} bench;

static mg_moflow_config config_of(bool mix) {
    mg_moflow_config c = mg_moflow_config_default();
    snprintf(c.elements, sizeof c.elements, "%s", mix ? "C N O" : "C O");
    c.slots = mix ? 4 : 6;
    c.squeeze = 2;
    c.mix = mix;
    c.bond_flows = mix ? 2 : 3;
    c.bond_hidden = mix ? 6 : 5;
    c.bond_middle = mix ? 3 : 1;
    c.atom_flows = mix ? 5 : 7;
    c.atom_graph = mix ? 5 : 4;
    c.atom_hidden = mix ? 6 : 5;
    c.atom_last = mix ? 4 : 6;
    c.reader_dim = mix ? 5 : 4;
    c.reader_hidden = mix ? 6 : 5;
    c.reader_layers = mix ? 2 : 1;
    return c;
}

static void open_bench(bench *b, const char *device, bool mix) {
    molglot_error err = {0};
    size_t found = 0;
    memset(b, 0, sizeof *b);
    b->c = config_of(mix);
    assert_int_equal(mg_moflow_config_check(&b->c, &err), MOLGLOT_OK);
    b->s = mg_moflow_shape_of(&b->c);
    b->golden = mg_tensor_file_open(mix ? FIXTURE("mix") : FIXTURE("swap"), &err);
    b->params = mg_params_new();
    b->flow = mg_moflow_new(b->params, &b->c);
    b->tape = mg_tape_new(device, MG_PREC_F32, 1, 0, &err);
    if (!b->golden || !b->flow || !b->tape) fail_msg("%s", err.message);
    if (mg_params_build(b->params, (mg_build_options){.train = true, .seed = 1}, &err) ||
        mg_params_import(b->params, b->golden, "", "w.", &found, &err) ||
        mg_params_attach(b->params, b->tape, &err) || mg_moflow_prepare(b->flow, &err))
        fail_msg("%s", err.message);
    assert_int_equal(found, mg_params_count(b->params));
}

static void close_bench(bench *b) {
    mg_tape_free(b->tape);
    mg_moflow_free(b->flow);
    mg_params_free(b->params);
    mg_tensor_file_close(b->golden);
}

static const mg_file_tensor *find(const bench *b, const char *part, const char *name) {
    char full[MG_NAME_MAX + 8];
    snprintf(full, sizeof full, "%s%s", part, name);
    const mg_file_tensor *t = mg_tensor_file_find(b->golden, full);
    if (!t) fail_msg("the fixture has no %s", full);
    return t;
}

static const float *numbers(const bench *b, const char *name) { return find(b, "", name)->data; }

static void same(const char *what, const float *x, const mg_file_tensor *want, double tolerance) {
    const float *y = want->data;
    double scale = 1e-3;
    for (int64_t i = 0; i < want->count; i++) scale = fmax(scale, fabs((double)y[i]));
    for (int64_t i = 0; i < want->count; i++)
        if (!(fabs((double)x[i] - (double)y[i]) <= tolerance * scale))
            fail_msg("%s[%lld]: %.8g, PyTorch %.8g", what, (long long)i, (double)x[i],
                     (double)y[i]);
}

static void same_tensor(bench *b, mg_tensor *x, const char *name, double tolerance) {
    const float *v = mg_values(b->tape, x);
    molglot_error err = {0};
    if (!v) fail_msg("%s: %s", name, mg_tape_error(b->tape, &err) ? err.message : "no values");
    const mg_file_tensor *want = find(b, "", name);
    assert_int_equal(mg_tensor_count(x), want->count);
    same(name, v, want, tolerance);
}

static mg_moflow_batch batch_of(const bench *b) {
    return (mg_moflow_batch){MOLECULES, numbers(b, "bonds"), numbers(b, "atoms"),
                             numbers(b, "adjacency")};
}

/* ---- against PyTorch ---- */

static void check_training(bench *b) {
    const mg_moflow_batch batch = batch_of(b);
    mg_tape_reset(b->tape);
    mg_tape_record(b->tape, true);
    mg_tape_training(b->tape, true);
    const mg_moflow_result r = mg_moflow_forward(b->tape, b->flow, &batch);
    same_tensor(b, r.bonds, "train.z_bonds", 2e-5);
    same_tensor(b, r.atoms, "train.z_atoms", 2e-5);
    same_tensor(b, r.bond_logdet, "train.bond_logdet", 2e-5);
    same_tensor(b, r.atom_logdet, "train.atom_logdet", 2e-5);
    same_tensor(b, r.bond_bits, "train.bond_bits", 2e-5);
    same_tensor(b, r.atom_bits, "train.atom_bits", 2e-5);
    mg_backward(b->tape, mg_add(b->tape, r.bond_bits, r.atom_bits));
    size_t gradients = 0, buffers = 0;
    for (size_t i = 0; i < mg_params_count(b->params); i++) {
        const char *name;
        unsigned flags;
        mg_tensor *p = mg_params_at(b->params, i, &name, &flags);
        if (strncmp(name, "reader.", 7) == 0 || strstr(name, "permutation")) continue;
        if (flags & MG_PARAM_BUFFER) {
            same(name, mg_f32(p), find(b, "b.", name), 2e-5);
            buffers++;
            continue;
        }
        const float *g = mg_grads(b->tape, p);
        if (!g) fail_msg("%s has no gradient", name);
        same(name, g, find(b, "g.", name), 2e-4);
        gradients++;
    }
    assert_true(gradients > 40 && buffers > 20);
}

static void check_inverse(bench *b) {
    mg_tape *t = b->tape;
    mg_tape_reset(t);
    mg_tape_record(t, true);
    mg_tape_training(t, false);
    mg_tensor *z_bonds = mg_input(t, numbers(b, "back.z_bonds"), MOLECULES * b->s.places,
                                  b->s.channels, true),
              *z_atoms = mg_input(t, numbers(b, "back.z_atoms"), MOLECULES * b->s.slots, b->s.types,
                                  true);
    const mg_moflow_graph g = mg_moflow_inverse(t, b->flow, z_atoms, z_bonds, MG_MOFLOW_SOFT,
                                                SHARP);
    same_tensor(b, g.logits, "back.logits", 1e-4);
    same_tensor(b, g.bonds, "back.bonds", 1e-4);
    same_tensor(b, g.atoms, "back.atoms", 1e-4);
    mg_tensor *answer =
        mg_moflow_embed(t, b->flow, mg_moflow_soften(t, g.atoms, MG_MOFLOW_SOFT, SHARP), g.bonds);
    same_tensor(b, answer, "read.answer", 1e-4);
    mg_backward_from(t, answer, numbers(b, "read.weight"));
    const float *of_bonds = mg_grads(t, z_bonds), *of_atoms = mg_grads(t, z_atoms);
    assert_true(of_bonds && of_atoms);
    same("gradient of z_bonds", of_bonds, find(b, "", "read.g_bonds"), 1e-3);
    same("gradient of z_atoms", of_atoms, find(b, "", "read.g_atoms"), 1e-3);
}

/* Forward as evaluated, and back again: the likeliest bonds are the hard ones that the atoms were
 * told. */
static void check_round(bench *b) {
    mg_tape *t = b->tape;
    const mg_moflow_batch batch = batch_of(b);
    mg_tape_reset(t);
    mg_tape_record(t, false);
    mg_tape_training(t, false);
    const mg_moflow_result r = mg_moflow_forward(t, b->flow, &batch);
    same_tensor(b, r.bonds, "eval.z_bonds", 2e-5);
    same_tensor(b, r.atoms, "eval.z_atoms", 2e-5);
    const mg_moflow_graph g = mg_moflow_inverse(t, b->flow, r.atoms, r.bonds, MG_MOFLOW_HARD,
                                                SHARP);
    same("adjacency", mg_values(t, g.bonds), find(b, "", "adjacency"), 1e-6);
    same("atoms", mg_values(t, g.atoms), find(b, "", "atoms"), 1e-5);
}

/* Molecules as bytes, and the same as soft graphs that are hard. */
static void check_reader(bench *b) {
    enum { N = 2 };
    const int64_t n = b->s.slots, types = b->s.types;
    uint8_t bytes[N][8 + 64];
    float atoms[N * 8 * 4] = {0}, bonds[N * 64 * 4] = {0};
    mg_rng rng = {.seed = 3};
    mg_tape_reset(b->tape);
    mg_tape_record(b->tape, false);
    for (int64_t i = 0; i < N; i++) {
        for (int64_t k = 0; k < n; k++) {
            bytes[i][k] = (uint8_t)mg_rng_below(&rng, (uint64_t)types);
            atoms[(i * n + k) * types + bytes[i][k]] = 1;
        }
        for (int64_t k = 0; k < n * n; k++) {
            const int64_t turned = k % n * n + k / n;
            bytes[i][n + k] = turned < k ? bytes[i][n + turned] : (uint8_t)mg_rng_below(&rng, 4);
            if (turned == k) bytes[i][n + k] = 3;
            bonds[(i * n * n + k) * 4 + bytes[i][n + k]] = 1;
        }
    }
    mg_tensor *sparse = mg_moflow_embed_bytes(b->tape, b->flow, bytes[0], bytes[0] + n,
                                              sizeof bytes[0], N),
              *soft = mg_moflow_embed(b->tape, b->flow,
                                      mg_input(b->tape, atoms, N * n, types, false),
                                      mg_input(b->tape, bonds, N * n * n, 4, false));
    const float *x = mg_values(b->tape, sparse), *y = mg_values(b->tape, soft);
    assert_true(x && y);
    for (int64_t i = 0; i < mg_tensor_count(soft); i++)
        assert_true(fabs((double)x[i] - (double)y[i]) < 1e-5);
}

static void agrees_with_pytorch(void **state) {
    (void)state;
    for (size_t d = 0; d < MG_COUNT(devices); d++)
        for (int mix = 0; mix < 2; mix++) {
            bench b;
            open_bench(&b, devices[d], mix);
            check_inverse(&b);
            check_round(&b);
            check_reader(&b);
            close_bench(&b);
            open_bench(&b, devices[d], mix); /* gradients of parameters add up */
            check_training(&b);
            close_bench(&b);
        }
}

/* ---- log-determinants by finite differences ---- */

/* log |det| of m [n, n], which is spoiled. */
static double log_determinant(double *m, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++)
            if (fabs(m[i * n + k]) > fabs(m[best * n + k])) best = i;
        for (int64_t j = 0; j < n; j++) {
            const double x = m[k * n + j];
            m[k * n + j] = m[best * n + j];
            m[best * n + j] = x;
        }
        sum += log(fabs(m[k * n + k]));
        for (int64_t i = k + 1; i < n; i++) {
            const double f = m[i * n + k] / m[k * n + k];
            for (int64_t j = k; j < n; j++) m[i * n + j] -= f * m[k * n + j];
        }
    }
    return sum;
}

static const float *latents_of(bench *b, const mg_moflow_batch *batch, bool bonds) {
    mg_tape_reset(b->tape);
    mg_tape_record(b->tape, false);
    mg_tape_training(b->tape, false);
    const mg_moflow_result r = mg_moflow_forward(b->tape, b->flow, batch);
    return mg_values(b->tape, bonds ? r.bonds : r.atoms);
}

static void check_determinant(bench *b, bool bonds) {
    const float step = 4e-3f;
    const int64_t n = bonds ? b->s.bond_dim : b->s.atom_dim;
    mg_moflow_batch batch = batch_of(b);
    batch.n = 1;
    float *x = malloc((size_t)n * sizeof *x), *low = malloc((size_t)n * sizeof *low);
    double *jacobian = malloc((size_t)(n * n) * sizeof *jacobian);
    assert_true(x && low && jacobian);
    memcpy(x, bonds ? batch.bonds : batch.atoms, (size_t)n * sizeof *x);
    *(bonds ? &batch.bonds : &batch.atoms) = x;
    for (int64_t j = 0; j < n; j++) {
        const float kept = x[j];
        x[j] = kept - step;
        memcpy(low, latents_of(b, &batch, bonds), (size_t)n * sizeof *low);
        x[j] = kept + step;
        const float *high = latents_of(b, &batch, bonds);
        for (int64_t i = 0; i < n; i++)
            jacobian[i * n + j] = ((double)high[i] - (double)low[i]) / (2 * (double)step);
        x[j] = kept;
    }
    const double found = log_determinant(jacobian, n);
    mg_tape_reset(b->tape);
    const mg_moflow_result r = mg_moflow_forward(b->tape, b->flow, &batch);
    const float said = *mg_values(b->tape, bonds ? r.bond_logdet : r.atom_logdet);
    const float *twin = numbers(b, bonds ? "eval.bond_logdet" : "eval.atom_logdet");
    if (!(fabs(found - (double)said) < 0.02 * (1 + fabs(found))) ||
        !(fabs((double)*twin - (double)said) < 1e-4 * (1 + fabs(found))))
        fail_msg("log |det| %g, by differences %g, by PyTorch's Jacobian %g", (double)said, found,
                 (double)*twin);
    free(x);
    free(low);
    free(jacobian);
}

static void knows_its_determinants(void **state) {
    (void)state;
    for (int mix = 0; mix < 2; mix++) {
        bench b;
        open_bench(&b, "cpu", mix);
        check_determinant(&b, false);
        check_determinant(&b, true);
        close_bench(&b);
    }
}

/* ---- the start ---- */

/* A model as it begins: what leaves it has mean 0 and deviation 1 up to the coupling, and the
 * prior's bits are finite. */
static void begins_normalised(void **state) {
    molglot_error err = {0};
    bench b;
    (void)state;
    open_bench(&b, "cpu", true);
    const mg_moflow_batch batch = batch_of(&b);
    assert_int_equal(mg_moflow_begin(b.tape, b.flow, &batch, &err), MOLGLOT_OK);
    assert_int_equal(mg_moflow_prepare(b.flow, &err), MOLGLOT_OK);
    const mg_tensor *shift = mg_params_find(b.params, "bonds.0.actnorm.shift"),
                    *scale = mg_params_find(b.params, "bonds.0.actnorm.log_scale");
    const int64_t rows = MOLECULES * b.s.places, c = b.s.channels;
    for (int64_t k = 0; k < c; k++) {
        double sum = 0, square = 0;
        for (int64_t r = 0; r < rows; r++) {
            const double y = ((double)batch.bonds[r * c + k] + (double)mg_f32(shift)[k]) *
                             exp((double)mg_f32(scale)[k]);
            sum += y, square += y * y;
        }
        assert_true(fabs(sum / (double)rows) < 1e-4);
        assert_true(fabs(square / (double)(rows - 1) - 1) < 1e-3);
    }
    mg_params_find(b.params, "bonds.0.mix.permutation")->data =
        mg_params_find(b.params, "bonds.0.mix.lower")->data;
    assert_int_equal(mg_moflow_prepare(b.flow, &err), MOLGLOT_BAD_FILE);
    close_bench(&b);
}

/* ---- molecules ---- */

static mg_moflow_config drugs(void) {
    mg_moflow_config c = mg_moflow_config_default();
    snprintf(c.elements, sizeof c.elements, "B C N O F Si P S Cl Se Br I");
    c.slots = 20;
    c.squeeze = 5;
    return c;
}

static char *canonical(const char *smiles) {
    molglot_row_status row = {0};
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    if (!m) fail_msg("%s: %s", smiles, row.reason);
    char *s = mg_mol_smiles(m, false);
    mg_mol_free(m);
    return s;
}

static bool encode(const mg_moflow_config *c, const char *smiles, uint8_t *types, uint8_t *bonds) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_non_null(m);
    const bool good = mg_moflow_encode(c, m, types, bonds);
    mg_mol_free(m);
    return good;
}

static void holds_molecules(void **state) {
    static const char *const held[] = {"C",
                                       "CCO",
                                       "c1ccccc1",
                                       "CC(=O)Oc1ccccc1C(=O)O",
                                       "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
                                       "C1CC2CCC1C2",
                                       "C#CC#N",
                                       "CS(=O)(=O)Cl",
                                       "OP(=O)(O)O",
                                       "F/C=C/[C@H](Br)I",
                                       "OB(O)c1ccccc1",
                                       "C[Si](C)(C)C",
                                       "C1CC2CC3CC1CC(C2)C3",
                                       "c1ccc2c(c1)[nH]c1ccccc12",
                                       "C[Se]C",
                                       "c1ccoc1"};
    static const char *const refused[] = {
        "[Na+].[Cl-]",           "C[N+](C)(C)C",         "CC[O-]",  "[CH3]", "[13CH4]", "C.C",
        "CCCCCCCCCCCCCCCCCCCCC", "O=[N+]([O-])c1ccccc1", "C[AlH]C", "[PH5]"};
    const mg_moflow_config c = drugs();
    uint8_t types[MG_MOFLOW_SLOTS], bonds[MG_MOFLOW_SLOTS * MG_MOFLOW_SLOTS];
    (void)state;
    for (size_t i = 0; i < MG_COUNT(held); i++)
        for (int repair = 0; repair < 3; repair++) {
            mg_moflow_drawn drawn;
            molglot_error err = {0};
            if (!encode(&c, held[i], types, bonds)) fail_msg("%s is not held", held[i]);
            assert_int_equal(
                mg_moflow_decode(&c, types, bonds, (mg_moflow_repair)repair, &drawn, &err), 0);
            assert_true(drawn.whole && drawn.smiles && drawn.kept == drawn.atoms);
            char *want = canonical(held[i]), *got = canonical(drawn.smiles);
            assert_string_equal(got, want);
            free(want);
            free(got);
            free(drawn.smiles);
        }
    for (size_t i = 0; i < MG_COUNT(refused); i++)
        if (encode(&c, refused[i], types, bonds)) fail_msg("%s is held", refused[i]);
}

static void bond(uint8_t *bonds, int n, int i, int j, int type) {
    bonds[i * n + j] = bonds[j * n + i] = (uint8_t)type;
}

/* A drawn graph (types by place in "C N O F", bonds i j order) and what each repair makes of it. */
typedef struct drawing {
    const char *types;
    int bonds[8][3];
    const char *as_is, *part, *published; /* "": nothing */
} drawing;

static void repairs_what_is_drawn(void **state) {
    static const drawing list[] = {
        {"CCO", {{0, 1, 1}, {1, 2, 1}}, "CCO", "CCO", "CCO"},
        /* two parts: the larger one, the longer string */
        {"CCOF", {{0, 1, 2}, {2, 3, 1}}, "", "C=C", "C=C"},
        /* a fluorine with two bonds */
        {"CFCC", {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}}, "", "CC", "CCF"},
        /* a nitrogen with four bonds gets a charge */
        {"CNCCC",
         {{0, 1, 1}, {1, 2, 1}, {1, 3, 1}, {1, 4, 1}},
         "C[N+](C)(C)C",
         "C[N+](C)(C)C",
         "C[N+](C)(C)C"},
        /* a carbon with five: left out whole, or its triple bond lowered */
        {"CCCC", {{0, 1, 3}, {0, 2, 1}, {0, 3, 1}}, "", "C", "C=C(C)C"},
        {"", {{0}}, "", "", ""}};
    mg_moflow_config c = mg_moflow_config_default();
    (void)state;
    for (size_t i = 0; i < MG_COUNT(list); i++)
        for (int repair = 0; repair < 3; repair++) {
            uint8_t types[9], bonds[81];
            mg_moflow_drawn drawn;
            molglot_error err = {0};
            memset(types, 4, sizeof types);
            memset(bonds, 3, sizeof bonds);
            for (size_t k = 0; list[i].types[k]; k++)
                types[k] = (uint8_t)(strchr("CNOF", list[i].types[k]) - "CNOF");
            for (int k = 0; k < 8 && list[i].bonds[k][2]; k++)
                bond(bonds, 9, list[i].bonds[k][0], list[i].bonds[k][1], list[i].bonds[k][2] - 1);
            assert_int_equal(
                mg_moflow_decode(&c, types, bonds, (mg_moflow_repair)repair, &drawn, &err), 0);
            const char *want = repair == MG_MOFLOW_AS_IS  ? list[i].as_is
                               : repair == MG_MOFLOW_PART ? list[i].part
                                                          : list[i].published;
            char *is = *want ? canonical(want) : NULL,
                 *got = drawn.smiles ? canonical(drawn.smiles) : NULL;
            if (!is != !got || (is && strcmp(is, got) != 0))
                fail_msg("drawing %zu, repair %d: %s, not %s", i, repair, got ? got : "nothing",
                         want);
            assert_int_equal(drawn.whole, *list[i].as_is != 0);
            free(is);
            free(got);
            free(drawn.smiles);
        }
}

/* ---- configurations ---- */

static void refuses_sizes(void **state) {
    molglot_error err = {0};
    (void)state;
    mg_moflow_config c = mg_moflow_config_default();
    assert_int_equal(mg_moflow_config_check(&c, &err), MOLGLOT_OK);
    c.squeeze = 2;
    assert_int_equal(mg_moflow_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = mg_moflow_config_default();
    snprintf(c.elements, sizeof c.elements, "C X");
    assert_int_equal(mg_moflow_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = mg_moflow_config_default();
    c.noise = 1;
    assert_int_equal(mg_moflow_config_check(&c, &err), MOLGLOT_BAD_FILE);
    c = mg_moflow_config_default();
    c.slots = 1 << 20;
    assert_int_equal(mg_moflow_config_check(&c, &err), MOLGLOT_BAD_FILE);
    mg_str json = {0};
    c = mg_moflow_config_default();
    assert_int_equal(mg_moflow_config_to_json(&c, &json), 0);
    mg_moflow_config d;
    assert_int_equal(mg_moflow_config_from_json(json.s, &d, &err), MOLGLOT_OK);
    assert_memory_equal(&c, &d, sizeof c);
    mg_str_free(&json);
}

/* As a part of a bundle: what was saved is opened; a reader wants its space; no stray tensor. */
static void is_a_part(void **state) {
    (void)state;
    static const char space[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    molglot_error err = {0};
    char path[] = "/tmp/molglot-moflow-XXXXXX", stray[64];
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && !close(fd));
    snprintf(stray, sizeof stray, "%s.stray", path);
    const mg_moflow_config c = config_of(false);
    mg_params *p = mg_params_new();
    mg_moflow *m = must_have(mg_moflow_new(p, &c), &err);
    must(mg_params_build(p, (mg_build_options){.seed = 3}, &err), &err);
    for (int with = 0; with < 2; with++) {
        const mg_moflow_contents contents = {
            .params = p, .model = m, .space = with ? space : NULL, .store_as = "F32"};
        must(mg_moflow_part_save(path, &contents, &err), &err);
        mg_bundle *b = must_have(mg_bundle_open(path, &err), &err);
        const mg_moflow_part *part = mg_bundle_moflow(b, &err);
        if (with) {
            if (!part) fail_msg("%s", err.message);
            assert_string_equal(part->space, space);
            assert_int_equal(mg_moflow_get_config(part->model)->reader_dim, c.reader_dim);
            assert_true(mg_bundle_is_moflow(b));
        } else {
            assert_null(part);
            must_say(&err, MOLGLOT_BAD_FILE, "is missing from the metadata");
        }
        mg_bundle_close(b);
    }
    must(copy_with_stray(path, stray, "bond.9.weight", &err), &err);
    mg_bundle *b = must_have(mg_bundle_open(stray, &err), &err);
    assert_null(mg_bundle_moflow(b, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "bond.9.weight belongs to no parameter");
    mg_bundle_close(b);
    mg_moflow_free(m);
    mg_params_free(p);
    unlink(path);
    unlink(stray);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_a_part),
                                       cmocka_unit_test(agrees_with_pytorch),
                                       cmocka_unit_test(knows_its_determinants),
                                       cmocka_unit_test(begins_normalised),
                                       cmocka_unit_test(holds_molecules),
                                       cmocka_unit_test(repairs_what_is_drawn),
                                       cmocka_unit_test(refuses_sizes)};
    if (mg_chem_init(NULL)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
