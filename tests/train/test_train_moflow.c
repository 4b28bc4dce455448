/* test_train_moflow.c - task = "moflow": it learns, stopped and resumed it leaves the same bytes,
 * what is refused; the model file opens, and its flow brings a molecule back.
 */
#include "model/bundle/bundle.h"
#include "train_runs.h"

#include <math.h>

static const char recipe[] =
    "task = \"moflow\"\nlicence = \"CC-BY-4.0\"\nstore = \"f32\"\n"
    "[model]\nelements = \"C N O F P S Cl Br I\"\nslots = 12\nsqueeze = 4\nbond_flows = 2\n"
    "bond_hidden = 6\nbond_middle = 1\natom_flows = 12\natom_graph = 6\natom_hidden = 6\n"
    "atom_last = 6\n"
    "[data]\nmolecules = \"" MG_SOURCE_DIR "/examples/library.tsv\"\n"
    "[train]\nbatch = 16\nsteps = 24\nlr = 0.01\nclip = 10.0\nema = 0.9\ncheckpoint_every = 8\n"
    "[eval]\nvalidation = 8\nevery = 0\ndraws = 8\n";

static void learns(void **state) {
    watch w;
    (void)state;
    enter_folder("whole");
    must_train(recipe, (const char *const[]){"run=run", NULL}, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, 24);
    for (int i = 1; i <= 24; i++) assert_true(isfinite(w.losses[i]));
    if (!(w.losses[24] < w.losses[1] - 0.2))
        fail_msg("loss %g, then %g", w.losses[1], w.losses[24]);
}

static void resumes_bit_for_bit(void **state) {
    watch w;
    (void)state;
    enter_folder("stopped");
    const char *const set[] = {"run=run", NULL};
    must_train(recipe, set, false, 10, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, set, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
}

/* A flow goes on from another one, and says first what that is worth. */
static void goes_on(void **state) {
    watch w;
    (void)state;
    enter_folder("whole");
    must_train(recipe,
               (const char *const[]){"run=more", "flow.file=run/model.safetensors", "train.steps=2",
                                     "train.lr=0.0001", NULL},
               false, 0, MOLGLOT_OK, &w);
    watch first;
    must_train(recipe, (const char *const[]){"run=fresh", "train.steps=2", NULL}, false, 0,
               MOLGLOT_OK, &first);
    assert_true(w.losses[1] < first.losses[1] - 0.2);
    assert_int_equal(access("more/model.safetensors", R_OK), 0);
}

/* Forward and back through the trained model: the same graph. */
static void brings_molecules_back(void **state) {
    static const char *const smiles[] = {"CCO", "CC(=O)Oc1ccccc1", "c1ccc2[nH]ccc2c1"};
    molglot_error err = {0};
    (void)state;
    enter_folder("whole");
    mg_bundle *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_moflow_part *part = b ? mg_bundle_moflow(b, &err) : NULL;
    mg_tape *t = mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err);
    if (!part || !t || mg_moflow_part_attach(part, t, &err)) fail_msg("%s", err.message);
    assert_null(part->space);
    const mg_moflow_config *c = mg_moflow_get_config(part->model);
    const mg_moflow_shape s = mg_moflow_shape_of(c);
    for (size_t i = 0; i < MG_COUNT(smiles); i++) {
        uint8_t types[12], bonds[144], types_back[MG_MOFLOW_SLOTS],
            bonds_back[MG_MOFLOW_SLOTS * MG_MOFLOW_SLOTS];
        float *x = malloc((size_t)(2 * s.bond_dim + s.atom_dim) * sizeof *x);
        mg_mol *m = mg_mol_from_smiles(smiles[i], NULL, NULL);
        assert_true(x && m && mg_moflow_encode(c, m, types, bonds));
        mg_rng noise = {.seed = i};
        const mg_moflow_batch batch = {1, x, x + 2 * s.bond_dim, x + s.bond_dim};
        mg_moflow_fill(c, types, bonds, &noise, x, x + 2 * s.bond_dim, x + s.bond_dim);
        mg_tape_reset(t);
        const mg_moflow_result r = mg_moflow_forward(t, part->model, &batch);
        const mg_moflow_graph g = mg_moflow_inverse(t, part->model, r.atoms, r.bonds,
                                                    MG_MOFLOW_HARD, 1);
        const float *logits = mg_values(t, g.logits), *atoms = mg_values(t, g.atoms);
        assert_true(logits && atoms);
        mg_moflow_read(c, logits, atoms, 0, types_back, bonds_back);
        assert_memory_equal(types, types_back, 12);
        assert_memory_equal(bonds, bonds_back, 144);
        mg_mol_free(m);
        free(x);
    }
    mg_tape_free(t);
    mg_bundle_close(b);
}

static void refuses(void **state) {
    (void)state;
    enter_folder("refused");
    expect(recipe, (const char *const[]){"model.squeeze=5", NULL}, false, MOLGLOT_BAD_FILE,
           "model.squeeze");
    expect(recipe, (const char *const[]){"model.elements=\"C Xx\"", NULL}, false, MOLGLOT_BAD_FILE,
           "model.elements");
    expect(recipe, (const char *const[]){"eval.validation=1", NULL}, false, MOLGLOT_BAD_FILE,
           "eval.validation");
    expect(recipe, (const char *const[]){"data.molecules=\"\"", NULL}, false, MOLGLOT_BAD_FILE,
           "data.molecules");
    expect(recipe, (const char *const[]){"eval.validation=100000", NULL}, false, MOLGLOT_BAD_FILE,
           "too few molecules");
}

static void has_sound_recipes(void **state) {
    (void)state;
    expect_sound("moflow-qm9");
    expect_sound("moflow-20");
    expect_sound("moflow-tiny");
    expect_sound("moflow-reader");
    expect_sound("moflow-reader-tiny");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns),  cmocka_unit_test(resumes_bit_for_bit),
        cmocka_unit_test(goes_on), cmocka_unit_test(brings_molecules_back),
        cmocka_unit_test(refuses), cmocka_unit_test(has_sound_recipes)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
