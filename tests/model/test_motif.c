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
                (float)(s *
                        hashed(k, (uint64_t)(turned ? c * cols + from + r : r * cols + from + c)));
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

/* ---- the encoder ---- */

static void set_encoder(const mg_params *p, const json_t *list) {
    /* weights of rank 2 times sqrt 6, those of norms plus 1 */
    for (uint64_t k = 0; k < json_array_size(list); k++) {
        const char *given = json_string_value(json_array_get(json_array_get(list, k), 0));
        const json_t *shape = json_array_get(json_array_get(list, k), 1);
        const int64_t cols = json_integer_value(json_array_get(shape, json_array_size(shape) - 1));
        const bool matrix = json_array_size(shape) > 1;
        char name[128];
        int64_t row = 0;
        if (!strncmp(given, "x_embedding", 11)) {
            snprintf(name, sizeof name, "encoder.gin.x_embedding.weight");
            row = given[11] == '2' ? 120 : 0;
        } else if (strstr(given, "edge_embedding")) {
            snprintf(name, sizeof name, "encoder.gin.gnns.%c.edge_embedding.weight", given[5]);
            row = given[strlen(given) - 1] == '2' ? 6 : 0;
        } else if (!strncmp(given, "gnns.", 5)) {
            snprintf(name, sizeof name, "encoder.gin.%s", given);
        } else if (!strncmp(given, "bn.", 3)) {
            snprintf(name, sizeof name, "encoder.gin.batch_norms.%s", given + 3);
        } else {
            static const char *const pairs[][2] = {{"ln.", "norm."},
                                                   {"graph_proj.", "graph_proj."},
                                                   {"new_graph_proj.", "pool_proj."},
                                                   {"R_mean.", "mean."},
                                                   {"R_var.", "variance."}};
            for (size_t i = 0; i < MG_COUNT(pairs); i++)
                if (!strncmp(given, pairs[i][0], strlen(pairs[i][0])))
                    snprintf(name, sizeof name, "encoder.%s%s", pairs[i][1],
                             given + strlen(pairs[i][0]));
        }
        mg_tensor *t = mg_params_find(p, name);
        if (!t) fail_msg("%s: %s", given, name);
        const int64_t rows = matrix ? json_integer_value(json_array_get(shape, 0)) : 1;
        const bool norm = (!strncmp(given, "bn.", 3) || !strncmp(given, "ln.", 3)) &&
                          strstr(given, "weight");
        for (int64_t i = 0; i < rows * cols; i++) {
            const double x = matrix ? sqrt(6.0 / (double)cols) * hashed(k, (uint64_t)i)
                                    : 0.1 * hashed(k, (uint64_t)i);
            mg_f32(t)[row * t->cols + i] = (float)(x + (norm ? 1 : 0));
        }
    }
}

static void test_golden_encoder(void **state) {
    (void)state;
    json_t *json = json_load_file(GOLDEN "gin_encoder.json", 0, NULL), *mols;
    if (!json) skip();
    molglot_error err = {0};
    mols = json_object_get(json, "mols");
    for (int bare = 0; bare < 2; bare++) {
        mg_motif_config c = mg_motif_config_default();
        c.motifs = c.pairs = 1, c.bare_encoder = bare;
        mg_params *p = mg_params_new();
        mg_motif_vae *m = must_have(mg_motif_vae_new(p, &c, &err), &err);
        must(mg_params_build(p, (mg_build_options){.seed = 1}, &err), &err);
        set_encoder(p, json_object_get(json, "params"));
        mg_motif_graphs g = {0};
        const size_t n = json_array_size(mols);
        for (size_t i = 0; i < n; i++) {
            const char *smiles =
                json_string_value(json_object_get(json_array_get(mols, i), "smiles"));
            mg_mol *mol = must_have(mg_mol_from_smiles(smiles, NULL, NULL), &err);
            mg_graph graph;
            must(mg_graph_from_mol(mol, MG_FEAT_OGB, &graph, &err), &err);
            must(mg_motif_graphs_add(&g, &graph, &err), &err);
            mg_graph_free(&graph);
            mg_mol_free(mol);
        }
        mg_tape *t = must_have(mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err), &err);
        mg_tensor *mean, *variance;
        assert_true(mg_motif_encode(t, m, &g, &mean, &variance));
        for (size_t i = 0; i < n; i++) {
            const json_t *want = json_object_get(json_array_get(mols, i),
                                                 bare ? "without_ln" : "with_ln");
            for (int k = 0; k < 24; k++) {
                const double mu =
                    json_number_value(json_array_get(json_object_get(want, "mu"), (size_t)k));
                assert_float_equal(mg_values(t, mean)[i * 24 + (size_t)k], (float)mu,
                                   (float)(1e-4 * fmax(1, fabs(mu))));
                const double var =
                    json_number_value(json_array_get(json_object_get(want, "logvar"), (size_t)k));
                assert_float_equal(mg_values(t, variance)[i * 24 + (size_t)k], (float)var,
                                   (float)(1e-4 * fmax(1, fabs(var))));
            }
        }
        mg_tape_free(t);
        mg_motif_graphs_free(&g);
        mg_motif_vae_free(m);
        mg_params_free(p);
    }
    json_decref(json);
}

/* Weights begin as Xavier's of the whole layer [out, in] that they are parts of: uniform up to
 * sqrt(6 / (in + out)). */
static void test_first_weights(void **state) {
    (void)state;
    enum { H = 40, E = 30, Z = 24, GIN = 50, GRAPH = 36, POOLED = 28, MOTIFS = 60, LABELS = 70 };
    molglot_error err = {0};
    mg_motif_config c = mg_motif_config_default();
    c.hidden = H, c.embed = E, c.latent = Z, c.gin_dim = GIN, c.gin_mlp = 20;
    c.graph_dim = GRAPH, c.pooled = POOLED, c.motifs = MOTIFS, c.pairs = LABELS;
    mg_params *p = mg_params_new();
    mg_motif_vae *m = must_have(mg_motif_vae_new(p, &c, &err), &err);
    must(mg_params_build(p, (mg_build_options){.train = true, .seed = 3}, &err), &err);
    const int features = (int)mg_params_find(p, "decoder.atom.i.x")->rows;
    const struct {
        const char *names; /* '|' between */
        int in, out;
    } layers[] = {
        {"decoder.motifs", MOTIFS, E},
        {"decoder.pairs", LABELS, E},
        {"decoder.motif.e|decoder.motif.h", E + H, H},
        {"decoder.label.e|decoder.label.h", E + H, H},
        {"decoder.tree.i.x|decoder.tree.i.h|decoder.tree.i.label|decoder.tree.o.x|decoder.tree.f.h",
         H + MG_MOTIF_POSITIONS + H, H},
        {"decoder.inter.u.x|decoder.inter.u.h|decoder.inter.u.label", H + MG_MOTIF_POSITIONS + H,
         H},
        {"decoder.tree.out.f|decoder.tree.out.h|decoder.inter.out.f", H + H, H},
        {"decoder.atom.i.x|decoder.atom.i.h", features + H, H},
        {"decoder.atom.out.f|decoder.atom.out.h", MG_MOTIF_ATOMS + H, H},
        {"decoder.topology.v|decoder.topology.z|decoder.motif_head.v|decoder.pair_head.z", H + Z,
         H},
        {"decoder.topology.out.weight", H, 1},
        {"decoder.motif_head.out.weight", H, MOTIFS},
        {"decoder.pair_head.out.weight", H, LABELS},
        {"decoder.match.v|decoder.match.e|decoder.match.position", H + E + MG_MOTIF_POSITIONS, H},
        {"decoder.assemble.weight", H, Z},
        {"decoder.root.weight", Z, H},
        {"encoder.graph_proj.weight", GIN, GRAPH},
        {"encoder.pool_proj.weight", GRAPH, POOLED},
        {"encoder.mean.weight|encoder.variance.weight", POOLED, Z},
    };
    for (size_t i = 0; i < MG_COUNT(layers); i++) {
        char copy[200];
        const double bound = sqrt(6.0 / (layers[i].in + layers[i].out));
        snprintf(copy, sizeof copy, "%s", layers[i].names);
        for (char *save, *n = strtok_r(copy, "|", &save); n; n = strtok_r(NULL, "|", &save)) {
            const mg_tensor *w = mg_params_find(p, n);
            if (!w) fail_msg("no %s", n);
            double most = 0;
            for (int64_t k = 0; k < mg_tensor_count(w); k++)
                most = fmax(most, fabs((double)((const float *)w->data)[k]));
            if (most > bound * 1.000001 || most < bound * 0.93)
                fail_msg("%s: %g, not %g", n, most, bound);
        }
    }
    mg_motif_vae_free(m);
    mg_params_free(p);
}

/* ---- a small model over a few molecules ---- */

enum { FEW = 6, SMALL = 24, LATENT = 6 };
static const char *const few[FEW] = {
    "CC(=O)Oc1ccccc1C(=O)O", "CC(C)CC(N)C(=O)O", "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
    "OCC1OC(O)C(O)C(O)C1O",  "c1ccc2ccccc2c1",   "C#CCNC1CCC2CCCCC2C1"};

typedef struct small {
    mg_motif_vocab *v;
    mg_motif_tree trees[FEW];
    const mg_motif_tree *list[FEW];
    mg_params *p;
    mg_motif_vae *m;
    mg_motif_plan *plan;
} small;

static mg_motif_vocab *count_few(void) {
    molglot_error err = {0};
    mg_motif_counts counts = {0};
    mg_str text = {0};
    mg_motif_vocab *whole = must_have(mg_motif_vocab_new("fragment C1=CC=CC=C1\nC C\n", 25, &err),
                                      &err);
    for (int i = 0; i < FEW; i++) {
        mg_mol *m = must_have(mg_mol_from_smiles(few[i], NULL, NULL), &err);
        mg_decomposition d;
        must(mg_decompose(m, whole, &d, NULL, &err), &err);
        must(mg_motif_counts_labels(&counts, &d, false, &err), &err);
        mg_decomposition_free(&d);
        mg_mol_free(m);
    }
    mg_str_addz(&text, "fragment C1=CC=CC=C1\n");
    must(mg_motif_counts_write(&counts, 1, false, &text, &err), &err);
    mg_motif_counts_free(&counts);
    mg_motif_vocab_free(whole);
    mg_motif_vocab *v = must_have(mg_motif_vocab_new(text.s, text.n, &err), &err);
    mg_str_free(&text);
    return v;
}

static void small_make(small *s, bool train) {
    molglot_error err = {0};
    *s = (small){.v = count_few(), .p = mg_params_new()};
    for (int i = 0; i < FEW; i++)
        s->trees[i] = tree_of(few[i], s->v, false), s->list[i] = &s->trees[i];
    mg_motif_config c = mg_motif_config_default();
    c.hidden = c.embed = SMALL, c.latent = LATENT, c.gin_layers = 2;
    c.gin_dim = c.gin_mlp = c.graph_dim = c.pooled = 12;
    c.motifs = mg_motif_vocab_motifs(s->v), c.pairs = mg_motif_vocab_pairs(s->v);
    s->m = must_have(mg_motif_vae_new(s->p, &c, &err), &err);
    mg_params_add(s->p, "free", FEW, LATENT, MG_INIT_NORMAL, 1, 0);
    must(mg_params_build(s->p, (mg_build_options){.seed = 3, .train = train}, &err), &err);
    s->plan = must_have(mg_motif_plan_new(&err), &err);
}

static void small_free(small *s) {
    mg_motif_plan_free(s->plan);
    mg_motif_vae_free(s->m);
    mg_params_free(s->p);
    for (int i = 0; i < FEW; i++) mg_motif_tree_free(&s->trees[i]);
    mg_motif_vocab_free(s->v);
}

static double loss_of(small *s, mg_tape *t) {
    molglot_error err = {0};
    mg_tape_reset(t);
    mg_tensor *loss = mg_motif_loss(t, s->m, s->plan, mg_params_find(s->p, "free"), NULL);
    if (!loss) must(mg_tape_error(t, &err), &err);
    return (double)*mg_values(t, loss);
}

/* Gradients on the reference device against differences, a few numbers of each parameter. */
static void test_gradients(void **state) {
    (void)state;
    molglot_error err = {0};
    small s;
    small_make(&s, true);
    mg_tape *t = must_have(mg_tape_new("ref", MG_PREC_F32, 1, 0, &err), &err);
    must(mg_motif_plan_make(s.plan, s.v, s.list, 3, &err), &err);
    mg_params_find(s.p, "free")->rows = 3;
    mg_tape_record(t, true);
    mg_tape_reset(t);
    mg_tensor *loss = mg_motif_loss(t, s.m, s.plan, mg_params_find(s.p, "free"), NULL);
    must(mg_backward(t, loss), &err);
    mg_tape_record(t, false);
    int checked = 0;
    const double here = loss_of(&s, t);
    for (size_t i = 0; i < mg_params_count(s.p); i++) {
        const char *name;
        unsigned flags;
        mg_tensor *x = mg_params_at(s.p, i, &name, &flags);
        if (strncmp(name, "encoder.", 8) == 0) continue;
        for (int k = 0; k < 2; k++) {
            const int64_t at =
                (int64_t)(mg_rng_u64(5, i, (uint64_t)k) % (uint64_t)mg_tensor_count(x));
            const float kept = mg_f32(x)[at], h = 2e-3f;
            mg_f32(x)[at] = kept + h;
            const double up = loss_of(&s, t);
            mg_f32(x)[at] = kept - h;
            const double down = loss_of(&s, t);
            mg_f32(x)[at] = kept;
            /* ReLUs have corners: the gradient lies between the slopes of both sides */
            const double left = (here - down) / (double)h, right = (up - here) / (double)h,
                         found = (double)x->grad[at], slack = 2e-2 * fmax(0.5, fabs(found));
            if (found < fmin(left, right) - slack || found > fmax(left, right) + slack)
                fail_msg("%s[%lld]: %g, expected %g to %g", name, (long long)at, found, left,
                         right);
            checked++;
        }
    }
    assert_true(checked > 100);
    mg_params_find(s.p, "free")->rows = FEW;
    mg_tape_free(t);
    small_free(&s);
}

/* What it has learnt by heart it decodes, whatever stands beside it; the parts of a batch add up.
 */
static void test_learns(void **state) {
    (void)state;
    molglot_error err = {0};
    small s;
    small_make(&s, true);
    mg_tape *t = must_have(mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err), &err);
    mg_optim_config o = mg_optim_default();
    o.lr = 2e-2f, o.weight_decay = 0, o.clip = 20, o.total_steps = 240, o.warmup_steps = 5;
    must(mg_motif_plan_make(s.plan, s.v, s.list, FEW, &err), &err);
    must(mg_params_attach(s.p, t, &err), &err);
    double first = 0, last = 0;
    for (int step = 0; step < 240; step++) {
        mg_tape_reset(t);
        mg_tape_record(t, true);
        mg_tensor *loss = mg_motif_loss(t, s.m, s.plan, mg_params_find(s.p, "free"), NULL);
        must(mg_backward(t, loss), &err);
        last = (double)*mg_values(t, loss);
        if (step == 0) first = last;
        must(mg_optim_step(s.p, t, &o, step, NULL, NULL, &err), &err);
    }
    mg_tape_record(t, false);
    print_message("loss %.3f to %.4f\n", first, last);
    assert_true(last < 0.02 * first);
    mg_motif_drawn out[FEW], one;
    mg_motif_decode_options d = mg_motif_decode_default();
    const float *z = mg_f32(mg_params_find(s.p, "free"));
    must(mg_motif_decode(t, s.m, s.v, z, FEW, &d, out, &err), &err);
    for (int i = 0; i < FEW; i++) {
        mg_mol *m = mg_mol_from_smiles(few[i], NULL, NULL);
        char *want = mg_mol_smiles(m, true);
        assert_non_null(out[i].smiles);
        assert_string_equal(out[i].smiles, want);
        assert_false(out[i].cut);
        must(mg_motif_decode(t, s.m, s.v, z + i * LATENT, 1, &d, &one, &err), &err);
        assert_string_equal(one.smiles, want);
        free(one.smiles);
        free(want);
        mg_mol_free(m);
        free(out[i].smiles);
    }
    d.draw = true, d.seed = 7, d.streams = (const uint64_t[]){1, 2, 3, 4, 5, 6}, d.steps = 9;
    must(mg_motif_decode(t, s.m, s.v, z, FEW, &d, out, &err), &err);
    for (int i = 0; i < FEW; i++) free(out[i].smiles);
    mg_tape_free(t);
    small_free(&s);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Losses and all gradients of tests/parity/motif_golden.py, which knows nothing of steps and split
 * weights. */
static void test_parity(void **state) {
    (void)state;
    molglot_error err = {0};
    json_t *json = json_load_file(MG_SOURCE_DIR "/tests/fixtures/motif/decoder.json", 0, NULL);
    assert_non_null(json);
    const json_t *smiles = json_object_get(json, "smiles"), *sizes = json_object_get(json, "sizes"),
                 *gradients = json_object_get(json, "gradients");
    const char *text = json_string_value(json_object_get(json, "vocab"));
    mg_motif_vocab *v = must_have(mg_motif_vocab_new(text, strlen(text), &err), &err);
    const int n = (int)json_array_size(smiles);
    mg_motif_tree trees[8];
    const mg_motif_tree *list[8];
    for (int i = 0; i < n; i++)
        trees[i] = tree_of(json_string_value(json_array_get(smiles, (size_t)i)), v, true),
        list[i] = &trees[i];
    mg_motif_config c = mg_motif_config_default();
    c.hidden = (int)json_integer_value(json_array_get(sizes, 0));
    c.embed = (int)json_integer_value(json_array_get(sizes, 1));
    c.latent = (int)json_integer_value(json_array_get(sizes, 2));
    c.gin_layers = 1, c.gin_dim = c.gin_mlp = c.graph_dim = c.pooled = 4;
    c.motifs = mg_motif_vocab_motifs(v), c.pairs = mg_motif_vocab_pairs(v);
    mg_params *p = mg_params_new();
    mg_motif_vae *m = must_have(mg_motif_vae_new(p, &c, &err), &err);
    mg_tensor *mean = mg_params_add(p, "mean", n, c.latent, MG_INIT_ZERO, 0, 0),
              *variance = mg_params_add(p, "variance", n, c.latent, MG_INIT_ZERO, 0, 0);
    must(mg_params_build(p, (mg_build_options){.seed = 1, .train = true}, &err), &err);
    const char *name;
    json_t *g;
    /* in the order of names, as Python sorts them; the last two have numbers of their own */
    const char *names[256];
    size_t count = 0;
    json_object_foreach((json_t *)(uintptr_t)gradients, name,
                        g) if (strcmp(name, "mean") && strcmp(name, "variance"))
        names[count++] = name;
    qsort(names, count, sizeof *names, by_name);
    for (size_t k = 0; k < count; k++) {
        char full[64];
        snprintf(full, sizeof full, "decoder.%s", names[k]);
        mg_tensor *t = mg_params_find(p, full);
        if (!t) fail_msg("%s", full);
        for (int64_t i = 0; i < mg_tensor_count(t); i++)
            mg_f32(t)[i] = (float)(0.6 * hashed(k, (uint64_t)i));
    }
    float noise[64];
    for (int64_t i = 0; i < mg_tensor_count(mean); i++) {
        mg_f32(mean)[i] = (float)hashed(1000, (uint64_t)i);
        mg_f32(variance)[i] = (float)(-1 - hashed(1001, (uint64_t)i));
        noise[i] = (float)(2 * hashed(1002, (uint64_t)i));
    }
    mg_motif_plan *plan = must_have(mg_motif_plan_new(&err), &err);
    must(mg_motif_plan_make(plan, v, list, n, &err), &err);
    for (int device = 0; device < 2; device++) {
        mg_tape *t = must_tape(device ? "cpu" : "ref", MG_PREC_F32, 1, 0);
        mg_motif_score score = {0};
        mg_tape_record(t, true);
        mg_tensor *z = mg_motif_posterior(t, mean, variance, noise);
        mg_tensor *terms[] = {mg_motif_loss(t, m, plan, z, &score),
                              mg_motif_divergence(t, mean, variance)};
        must_run(t);
        mg_tensor *loss = mg_weighted_sum(t, terms, (const float[]){1, 0.1f}, 2);
        assert_float_equal(*must_values(t, loss),
                           (float)json_number_value(json_object_get(json, "total")), 1e-4);
        for (int k = 0; k < MG_MOTIF_LOSSES; k++)
            assert_float_equal((float)score.loss[k],
                               (float)json_number_value(
                                   json_array_get(json_object_get(json, "losses"), (size_t)k)),
                               1e-3);
        for (size_t i = 0; i < mg_params_count(p); i++) {
            mg_tensor *x = mg_params_at(p, i, &name, &(unsigned){0});
            if (x->grad) memset(x->grad, 0, (size_t)mg_tensor_count(x) * sizeof *x->grad);
        }
        must(mg_backward(t, loss), &err);
        json_object_foreach((json_t *)(uintptr_t)gradients, name, g) {
            char full[64];
            const bool own = !strcmp(name, "mean") || !strcmp(name, "variance");
            snprintf(full, sizeof full, own ? "%s" : "decoder.%s", name);
            const mg_tensor *x = mg_params_find(p, full);
            const double norm = json_number_value(json_object_get(g, "norm"));
            double sum = 0;
            for (int64_t i = 0; i < mg_tensor_count(x); i++)
                sum += (double)x->grad[i] * (double)x->grad[i];
            if (fabs(sqrt(sum) - norm) > 1e-4 * fmax(1e-1, norm))
                fail_msg("%s: gradient of norm %.7g, expected %.7g", name, sqrt(sum), norm);
            const json_t *at = json_object_get(g, "at"), *value = json_object_get(g, "value");
            for (size_t k = 0; k < json_array_size(at); k++)
                assert_float_equal(x->grad[json_integer_value(json_array_get(at, k))],
                                   (float)json_number_value(json_array_get(value, k)),
                                   (float)(1e-4 * fmax(1e-1, norm)));
        }
        mg_tape_free(t);
    }
    mg_motif_plan_free(plan);
    mg_motif_vae_free(m);
    mg_params_free(p);
    for (int i = 0; i < n; i++) mg_motif_tree_free(&trees[i]);
    mg_motif_vocab_free(v);
    json_decref(json);
}

/* Every molecule that the labels were counted on is rebuilt by its own decisions. */
static void test_replay(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_motif_vocab *v = count_few();
    for (int i = 0; i < FEW; i++) {
        mg_mol *m = must_have(mg_mol_from_smiles(few[i], NULL, NULL), &err);
        mg_decomposition d;
        int outcome;
        must(mg_decompose(m, v, &d, NULL, &err), &err);
        must(mg_motif_replay(m, &d, v, &(mg_replay_options){0}, &outcome, &err), &err);
        if (outcome != MG_REPLAY_SAME) fail_msg("%s: %d", few[i], outcome);
        mg_decomposition_free(&d);
        mg_mol_free(m);
    }
    mg_motif_vocab_free(v);
}

int main(void) {
    molglot_error err = {0};
    if (mg_chem_init(&err)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_pass),    cmocka_unit_test(test_first_weights),
        cmocka_unit_test(test_golden_encoder), cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_learns),         cmocka_unit_test(test_parity),
        cmocka_unit_test(test_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
