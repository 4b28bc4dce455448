/* HierVAE: the teacher-forced pass and the encoder by the project's golden tables where they are
 * there (../shared/golden/3m), gradients by finite differences, decoding of what it was taught.
 */
#include "../must.h"
#include "../must_tape.h"
#include "chem/motif/motif.h"
#include "model/motif/motif.h"

#include <jansson.h>
#include <math.h>

#define GOLDEN MG_SOURCE_DIR "/../shared/golden/3m/"
#define PAIRS  MG_SOURCE_DIR "/../shared/data/vocab/hiervae_vocab_chebi_3mdiffusion.txt"

static const char large[] =
    "fragment COC(C)=O\nfragment CC(=O)O\nfragment C1=CC=CC=C1\nfragment COC\nfragment CCO\n"
    "fragment CCC\nfragment CC(C)C\nfragment C=C(C)C\nfragment CCN\nfragment C1CCNC1\n"
    "fragment CCC(N)C(=O)O\n";

/* ---- weights of the golden tables ---- */

static double hashed(uint64_t k, uint64_t i) {
    uint64_t z = (k << 32) + i + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 40) / 8388608.0 - 1;
}

/* Columns from .. of golden tensor k [rows, cols] into a parameter, turned where its rows are those
 * columns. */
static void set_part(const mg_params *p, const char *name, uint64_t k, int64_t cols, int64_t from,
                     bool turned) {
    mg_tensor *t = mg_params_find(p, name);
    if (!t) fail_msg("%s", name);
    const double s = cols > 1 ? 1 / sqrt((double)cols) : 0.1;
    for (int64_t r = 0; r < t->rows; r++)
        for (int64_t c = 0; c < t->cols; c++)
            mg_f32(t)[r * t->cols + c] =
                (float)(s * hashed(k, (uint64_t)(turned ? c * cols + from + r
                                                        : r * cols + from + c)));
}

/* A bias: rank 1. */
static void set_bias(const mg_params *p, const char *name, uint64_t k) {
    mg_tensor *t = mg_params_find(p, name);
    if (!t) fail_msg("%s", name);
    for (int64_t c = 0; c < t->cols; c++) mg_f32(t)[c] = (float)(0.1 * hashed(k, (uint64_t)c));
}

static void set_unit(const mg_params *p, const char *name, uint64_t k, bool atoms) {
    static const struct {
        const char *gate;
        uint64_t k;
    } gates[] = {{"i", 2}, {"o", 4}, {"f", 6}, {"u", 8}};
    const int64_t in = atoms ? 73 : 280, cols = in + 250;
    char full[64];
#define PART(...) (snprintf(full, sizeof full, __VA_ARGS__), full)
    set_part(p, PART("decoder.%s.out.f", name), k, atoms ? 289 : 500, 0, atoms);
    set_part(p, PART("decoder.%s.out.h", name), k, atoms ? 289 : 500, atoms ? 39 : 250, false);
    set_bias(p, PART("decoder.%s.out.bias", name), k + 1);
    for (size_t g = 0; g < MG_COUNT(gates); g++) {
        const char *gate = gates[g].gate;
        const uint64_t w = k + gates[g].k;
        set_part(p, PART("decoder.%s.%s.x", name, gate), w, cols, 0, atoms);
        if (!atoms) set_part(p, PART("decoder.%s.%s.label", name, gate), w, cols, 250, true);
        set_part(p, PART("decoder.%s.%s.h", name, gate), w, cols, in, false);
        set_bias(p, PART("decoder.%s.%s.bias", name, gate), w + 1);
    }
}

static void set_head(const mg_params *p, const char *name, uint64_t k) {
    char full[64];
    set_part(p, PART("decoder.%s.v", name), k, 274, 0, false);
    set_part(p, PART("decoder.%s.z", name), k, 274, 250, false);
    set_bias(p, PART("decoder.%s.bias", name), k + 1);
    set_part(p, PART("decoder.%s.out.weight", name), k + 2, 250, 0, false);
    set_bias(p, PART("decoder.%s.out.bias", name), k + 3);
}

static void set_decoder(const mg_params *p) {
    set_part(p, "decoder.motifs", 0, 250, 0, false);
    set_part(p, "decoder.pairs", 1, 250, 0, false);
    set_part(p, "decoder.motif.e", 2, 500, 0, false);
    set_part(p, "decoder.motif.h", 2, 500, 250, false);
    set_bias(p, "decoder.motif.bias", 3);
    set_part(p, "decoder.label.e", 4, 500, 0, false);
    set_part(p, "decoder.label.h", 4, 500, 250, false);
    set_bias(p, "decoder.label.bias", 5);
    set_unit(p, "tree", 6, false);
    set_unit(p, "inter", 16, false);
    set_unit(p, "atom", 26, true);
    set_head(p, "topology", 36);
    set_head(p, "motif_head", 40);
    set_head(p, "pair_head", 44);
    set_part(p, "decoder.match.v", 48, 530, 0, false);
    set_part(p, "decoder.match.e", 48, 530, 250, false);
    set_part(p, "decoder.match.position", 48, 530, 500, true);
    set_bias(p, "decoder.match.bias", 49);
    set_part(p, "decoder.assemble.weight", 50, 250, 0, false);
    set_bias(p, "decoder.assemble.bias", 51);
    set_part(p, "decoder.root.weight", 52, 24, 0, false);
    set_bias(p, "decoder.root.bias", 53);
}

/* ---- molecules ---- */

static mg_motif_tree tree_of(const char *smiles, const mg_motif_vocab *v, bool exact) {
    molglot_error err = {0};
    molglot_row_status row = {0};
    mg_motif_tree tree;
    mg_decomposition d;
    mg_mol *m = must_have(mg_mol_from_smiles(smiles, NULL, NULL), &err);
    must(mg_decompose(m, v, &d, &row, &err), &err);
    if (mg_motif_tree_of(&d, v, exact, &tree, &row, &err)) fail_msg("%s: %s", smiles, row.reason);
    mg_decomposition_free(&d);
    mg_mol_free(m);
    return tree;
}

static mg_motif_vocab *published(void) {
    molglot_error err = {0};
    size_t n;
    mg_str text = {0};
    char *pairs = must_read(PAIRS, &n);
    mg_str_addz(&text, large);
    mg_str_add(&text, pairs, n);
    free(pairs);
    mg_motif_vocab *v = must_have(mg_motif_vocab_new(text.s, text.n, &err), &err);
    mg_str_free(&text);
    return v;
}

static void test_golden_pass(void **state) {
    (void)state;
    json_t *json = json_load_file(GOLDEN "decoder_forward.json", 0, NULL);
    if (!json) skip();
    static const char *const smiles[] = {"CC(=O)Oc1ccccc1C(=O)O", "CC1CCC2C1CCC1CCCCC12",
                                         "CC(C)CC(N)C(=O)O"};
    molglot_error err = {0};
    mg_motif_vocab *v = published();
    mg_motif_tree trees[3];
    const mg_motif_tree *list[3];
    for (int i = 0; i < 3; i++) trees[i] = tree_of(smiles[i], v, true), list[i] = &trees[i];
    mg_motif_config c = mg_motif_config_default();
    c.motifs = 531, c.pairs = 3352, c.padded_sites = true;
    mg_params *p = mg_params_new();
    mg_motif_vae *m = must_have(mg_motif_vae_new(p, &c, &err), &err);
    must(mg_params_build(p, (mg_build_options){.seed = 1}, &err), &err);
    set_decoder(p);
    float z[3 * 24];
    for (int b = 0; b < 3; b++)
        for (int j = 0; j < 24; j++) z[24 * b + j] = (float)sin(0.5 + (double)b + 0.3 * (double)j);
    mg_motif_plan *plan = must_have(mg_motif_plan_new(&err), &err);
    must(mg_motif_plan_make(plan, v, list, 3, &err), &err);
    for (int device = 0; device < 2; device++) {
        mg_tape *t = must_have(mg_tape_new(device ? "cpu" : "ref", MG_PREC_F32, 1, 0, &err), &err);
        mg_motif_score score = {0};
        mg_tensor *loss = mg_motif_loss(t, m, plan, mg_input(t, z, 3, 24, false), &score);
        const float *value = loss ? mg_values(t, loss) : NULL;
        if (!value) must(mg_tape_error(t, &err), &err);
        print_message("loss %.6f: %.4f %.4f %.4f %.4f\n", (double)*value, score.loss[0] / 3,
                      score.loss[1] / 3, score.loss[2] / 3, score.loss[3] / 3);
        assert_float_equal(*value, (float)json_number_value(json_object_get(json, "loss")), 1e-4);
        for (int k = 0; k < MG_MOTIF_LOSSES; k++) {
            static const char *const names[] = {"topo_acc", "word_acc", "iword_acc", "assm_acc"};
            assert_float_equal((float)((double)score.right[k] / (double)score.decisions[k]),
                               (float)json_number_value(json_object_get(json, names[k])), 1e-6);
        }
        mg_tape_free(t);
    }
    mg_motif_plan_free(plan);
    mg_motif_vae_free(m);
    mg_params_free(p);
    for (int i = 0; i < 3; i++) mg_motif_tree_free(&trees[i]);
    mg_motif_vocab_free(v);
    json_decref(json);
}

int main(void) {
    molglot_error err = {0};
    if (mg_chem_init(&err)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
