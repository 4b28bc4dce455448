/* test_rerank.c - what a text says that can be held against molecules, and a re-ranker over it. */
#include "model/bundle/bundle.h"
#include "search/inside.h"
#include "search/search.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MODELS MG_SOURCE_DIR "/models"
static mg_groups *groups;
static molglot_error err;

static mg_said said_in(const char *text) {
    mg_said said = {0};
    assert_int_equal(mg_said_read(&said, text, strlen(text), true, &err), MOLGLOT_OK);
    return said;
}

static void of(const mg_said *said, const char *smiles, float out[MG_SAID]) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    mg_facts f;
    assert_non_null(m);
    assert_int_equal(mg_facts_of(groups, m, &f, &err), MOLGLOT_OK);
    memset(out, 0, sizeof *out * MG_SAID);
    mg_said_of(said, groups, &f, out);
    mg_facts_free(&f);
    mg_mol_free(m);
}

static void numbers(void **state) {
    (void)state;
    float out[MG_SAID];
    mg_said s = said_in("The molecule is (2S,3R)-2-amino-3-hydroxybutanoic acid");
    assert_true(s.stereo[0] == 1 && s.stereo[1] == 1 && !s.stereo[2] && !s.stereo[3]);
    of(&s, "C[C@@H](O)[C@H](N)C(=O)O", out); /* threonine */
    assert_true(out[0] == 1 && out[1] == 1);
    of(&s, "CC(O)[C@H](N)C(=O)O", out);
    assert_true(out[0] == .5f && out[1] == 0);
    s = said_in("The molecule is an octadeca-9,12-dienoic acid anion");
    assert_true(s.n_chains == 1 && s.chains[0].carbons == 18 && s.chains[0].doubles == 2);
    assert_int_equal(s.charge, -1);
    of(&s, "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)[O-]", out);
    assert_true(out[7] == 1 && out[8] == 0 && out[9] == 1);
    of(&s, "CCCCCCCCCCCCCCCCCC(=O)O", out);
    assert_true(out[8] + out[9] < 2 && out[9] == 0);
    s = said_in("The molecule is a trihydroxyflavone with hydroxy groups at positions 5, 7 and 4'");
    assert_int_equal(s.parts[0], 3);
    of(&s, "O=c1cc(-c2ccc(O)cc2)oc2cc(O)cc(O)c12", out);
    assert_true(out[4] == 1 && out[5] == 1 && out[6] == 0);
    of(&s, "O=c1cc(-c2ccccc2)oc2cc(O)cc(O)c12", out);
    assert_true(out[4] == 0 && out[5] == 0 && out[6] == 1);
}

static void evidence(void **state) {
    (void)state;
    static const char text[] = "The molecule is an ester. It derives from an acetylsalicylic acid.";
    mg_bundle *b = mg_bundle_open(MODELS, &err);
    const mg_dictionary *names = b ? mg_bundle_names(b, &err) : NULL;
    assert_non_null(names);
    mg_evidence *e = mg_evidence_new(text, names, groups, &err);
    assert_non_null(e);
    const char *sentences[MG_EVIDENCE_SENTENCES];
    assert_int_equal(mg_evidence_sentences(e, sentences), 2);
    assert_int_equal(strncmp(sentences[1], "It derives from", 15), 0);
    mg_mol *own = mg_mol_from_smiles("CC(=O)Oc1ccccc1C(=O)O", NULL, NULL),
           *other = mg_mol_from_smiles("CCCCCC", NULL, NULL);
    float x[MG_EVIDENCE], y[MG_EVIDENCE];
    assert_int_equal(mg_evidence_of(e, own, NULL, x, &err), MOLGLOT_OK);
    assert_int_equal(mg_evidence_of(e, other, NULL, y, &err), MOLGLOT_OK);
    assert_true(x[0] == 1 && y[0] < .3f); /* likeness with the named one */
    mg_evidence_free(e);
    assert_non_null(e = mg_evidence_new("C9H8O4 is aspirin", NULL, groups, &err));
    assert_int_equal(mg_evidence_of(e, own, NULL, x, &err), MOLGLOT_OK);
    assert_int_equal(mg_evidence_of(e, other, NULL, y, &err), MOLGLOT_OK);
    float most = -1;
    for (int k = 0; k < MG_EVIDENCE; k++) most = fmaxf(most, x[k] - y[k]);
    assert_true(most == 2); /* the formula: 1 and -1 */
    mg_evidence_free(e);
    /* as many words and sentences as there will be: the first of each count */
    for (int stops = 0; stops < 2; stops++) {
        mg_str many = {0};
        mg_str_addz(&many, "C9H8O4 is aspirin");
        for (int i = 0; i < 5000; i++) mg_str_addz(&many, stops ? ". The w is x" : " word");
        assert_non_null(e = mg_evidence_new(many.s, names, groups, &err));
        assert_true(mg_evidence_sentences(e, sentences) <= MG_EVIDENCE_SENTENCES);
        assert_int_equal(mg_evidence_of(e, own, NULL, x, &err), MOLGLOT_OK);
        assert_int_equal(mg_evidence_of(e, other, NULL, y, &err), MOLGLOT_OK);
        most = -1;
        for (int k = 0; k < MG_EVIDENCE; k++) most = fmaxf(most, x[k] - y[k]);
        assert_true(most == 2);
        mg_evidence_free(e);
        mg_str_free(&many);
    }
    mg_mol_free(own);
    mg_mol_free(other);
    mg_bundle_close(b);
}

/* A part whose cosine weighs 30 and all else nothing, but for one weight. */
static void write_part(const char *path, int place, float weight) {
    mg_rerank_config c = mg_rerank_config_default();
    mg_params *p = mg_params_new();
    c.features = MG_RERANK_FEATURES;
    mg_rerank *m = mg_rerank_new(p, &c);
    float *x = calloc(2 * MG_RERANK_FEATURES, sizeof *x);
    assert_true(m && x);
    assert_int_equal(mg_params_build(p, (mg_build_options){.seed = 1}, &err), MOLGLOT_OK);
    for (int k = 0; k < MG_RERANK_FEATURES; k++) x[k] = 1, x[MG_RERANK_FEATURES + k] = -1;
    mg_rerank_begin(m, x, 2, 30);
    ((float *)mg_params_find(p, "linear.weight")->data)[place] = weight;
    const mg_rerank_contents contents = {.params = p, .model = m};
    assert_int_equal(mg_rerank_part_save(path, &contents, &err), MOLGLOT_OK);
    free(x);
    mg_rerank_free(m);
    mg_params_free(p);
}

static void bonuses(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCCCCC", "CC(=O)Oc1ccccc1C(=O)O", "no molecule"};
    static const char text[] = "It derives from an acetylsalicylic acid.";
    mg_bundle *models = mg_bundle_open(MODELS, &err);
    const mg_space_part *space = models ? mg_bundle_space(models, &err) : NULL;
    const mg_dictionary *names = models ? mg_bundle_names(models, &err) : NULL;
    mg_embedder *e = space ? mg_embedder_new(space, (mg_embed_options){.threads = 1}, &err) : NULL;
    assert_true(e && names);
    const size_t dim = (size_t)mg_embedder_dim(e);
    float *vectors = calloc(4 * dim, sizeof *vectors), bonus[3];
    const char *words = text;
    assert_int_equal(mg_embed_texts(e, &words, 1, vectors, NULL, &err), MOLGLOT_OK);
    assert_int_equal(mg_embed_smiles(e, smiles, 2, vectors + dim, NULL, &err), MOLGLOT_OK);
    const mg_rerank_list list = {
        .words = text, .vector = vectors, .vectors = vectors + dim, .smiles = smiles, .n = 3};
    for (int place = 0; place < 2; place++) {
        write_part("rerank.safetensors", place, place ? 15 : 30);
        mg_bundle *b = mg_bundle_open("rerank.safetensors", &err);
        const mg_rerank_part *part = b ? mg_bundle_rerank(b, &err) : NULL;
        if (!part) fail_msg("%s", err.message);
        mg_reranker *r = mg_reranker_new(part, e, names, NULL, &err);
        if (!r) fail_msg("%s", err.message);
        assert_int_equal(mg_reranker_candidates(r), 10);
        assert_int_equal(mg_reranker_bonus(r, &list, bonus, &err), MOLGLOT_OK);
        assert_true(fabsf(bonus[0] + bonus[1] + bonus[2]) < 1e-5f);
        if (place)
            assert_true(bonus[1] > .2f && bonus[0] < 0);
        else
            assert_true(bonus[0] == 0 && bonus[1] == 0 && bonus[2] == 0);
        mg_reranker_free(r);
        mg_bundle_close(b);
    }
    free(vectors);
    mg_embedder_free(e);
    mg_bundle_close(models);
}

static int enter(void **state) {
    static char folder[] = "/tmp/rerank.XXXXXX";
    (void)state;
    groups = mg_groups_new(NULL, 0, &err);
    return groups && mkdtemp(folder) && chdir(folder) == 0 && !mg_chem_init(&err) ? 0 : -1;
}

static int leave(void **state) {
    (void)state;
    char folder[64];
    mg_groups_free(groups);
    unlink("rerank.safetensors");
    return getcwd(folder, sizeof folder) && chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(evidence),
                                       cmocka_unit_test(bonuses)};
    return cmocka_run_group_tests(tests, enter, leave);
}
