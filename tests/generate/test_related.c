/* test_related.c - molecules that a sentence builds, or says by their relation to another one,
 * beside what the shipped writer draws. */
#include "../must.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

#define MODELS MG_SOURCE_DIR "/models"

static molglot_error err;
static mg_bundle *bundle;
static mg_embedder *embedder;
static mg_generator *generator;

/* The answer to a sentence. */
static mg_generation ask(const char *text, int drawn_only, int keep_all) {
    mg_generation g;
    mg_generate_options o = mg_generate_default();
    o.n = o.candidates = keep_all ? 8 : 24, o.drawn_only = drawn_only, o.keep_all = keep_all;
    o.soft = 1;
    must(mg_generate(generator, &text, 1, &o, &g, &err), &err);
    return g;
}

static const molglot_molecule *find(const mg_generation *g, const char *smiles) {
    mg_mol *m = must_have(mg_mol_from_smiles(smiles, NULL, NULL), &err);
    char *canonical = mg_mol_smiles(m, true);
    const molglot_molecule *found = NULL;
    for (int i = 0; i < g->n && !found; i++)
        if (!strcmp(g->molecules[i].smiles, canonical)) found = &g->molecules[i];
    free(canonical);
    mg_mol_free(m);
    return found;
}

static void stands(const char *text, const char *smiles, const char *source, int rank) {
    mg_generation g = ask(text, 0, 0);
    const molglot_molecule *m = find(&g, smiles);
    if (!m || !m->source || strcmp(m->source, source))
        fail_msg("%s: %s has the source %s, not %s", text, smiles,
                 !m          ? "(not there)"
                 : m->source ? m->source
                             : "(none)",
                 source);
    if (rank && m->rank != rank) fail_msg("%s: %s has rank %d", text, smiles, m->rank);
    assert_true(m->valid && m->score == m->score);
    mg_generation_free(&g);
}

static void built(void **state) {
    (void)state;
    stands("phenol with a methoxy group at position 2 and a nitro group at position 4",
           "COc1cc([N+](=O)[O-])ccc1O", "said: 2-methoxy-4-nitrophenol", 1);
    stands(
        "The molecule is a nitrophenol that is phenol substituted by nitro groups at positions 2 "
        "and 3. It is bitter.",
        "Oc1cccc([N+](=O)[O-])c1[N+](=O)[O-]", "said: 2,3-dinitrophenol", 1);
}

static void related(void **state) {
    (void)state;
    stands("The molecule is a fatty acid anion. It is a conjugate base of a nonanoic acid.",
           "CCCCCCCCC(=O)[O-]", "conjugate base of nonanoic acid", 0);
    stands("It is a conjugate acid of a nonylamine and a thing.", "CCCCCCCCC[NH3+]",
           "conjugate acid of nonylamine", 0);
    stands("An amino acid. It is an enantiomer of a L-norleucine.", "CCCC[C@@H](N)C(=O)O",
           "mirror image of l-norleucine", 0);
    stands("A zwitterion. It is a tautomer of a L-norleucine, which is rare.",
           "CCCC[C@H]([NH3+])C(=O)[O-]", "tautomer of l-norleucine", 0);
}

/* Of acids in the memory that are near. */
static void of_the_memory(void **state) {
    (void)state;
    static const char end[] = ", of the memory";
    mg_generation g = ask("A benzoic acid with a hydroxy group. It is a conjugate base of a thing.",
                          0, 0);
    int n = 0;
    for (int i = 0; i < g.n; i++) {
        const molglot_molecule *m = &g.molecules[i];
        if (!m->source) continue;
        assert_memory_equal(m->source, "conjugate base of ", strlen("conjugate base of "));
        assert_string_equal(m->source + strlen(m->source) - strlen(end), end);
        assert_non_null(strstr(m->smiles, "-]"));
        n++;
    }
    assert_true(n > 0);
    mg_generation_free(&g);
}

static int sources_of(const mg_generation *g) {
    int n = 0;
    for (int i = 0; i < g->n; i++) n += g->molecules[i].source != NULL;
    return n;
}

static void nothing(void **state) {
    (void)state;
    static const char base[] = "It is a conjugate base of a nonanoic acid.";
    mg_generation g = ask("A long-chain fatty acid from plants.", 0, 0);
    assert_int_equal(sources_of(&g), 0); /* no relation is said */
    assert_int_equal(g.offered, 0);
    mg_generation_free(&g);
    g = ask(base, 1, 0);
    assert_int_equal(sources_of(&g), 0);
    assert_int_equal(g.offered, 0);
    mg_generation_free(&g);
    /* all draws come back, and what was not drawn beside them */
    g = ask(base, 0, 1);
    assert_int_equal(g.drawn, 8);
    assert_true(g.offered > 0);
    assert_true(g.n >= g.drawn + g.offered);
    for (int i = 0; i < g.n; i++)
        if (g.molecules[i].index < 0 && !g.molecules[i].duplicate)
            assert_non_null(g.molecules[i].source);
    mg_generation_free(&g);
}

static int open_all(void **state) {
    (void)state;
    const mg_embed_options one = {.threads = 1};
    if (mg_chem_init(&err)) return -1;
    bundle = must_have(mg_bundle_open(MODELS, &err), &err);
    const mg_space_part *space = must_have(mg_bundle_space(bundle, &err), &err);
    embedder = must_have(mg_embedder_new(space, one, &err), &err);
    const mg_writer_part *writer = must_have(mg_bundle_writer(bundle, NULL, &err), &err);
    const mg_memory memory = {.part = must_have(mg_bundle_known(bundle, &err), &err)};
    generator = must_have(mg_generator_new(writer, embedder, &memory, NULL, 1, &err), &err);
    mg_generator_names(generator, must_have(mg_bundle_names(bundle, &err), &err));
    return 0;
}

static int close_all(void **state) {
    (void)state;
    mg_generator_free(generator);
    mg_embedder_free(embedder);
    mg_bundle_close(bundle);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(built), cmocka_unit_test(related),
                                       cmocka_unit_test(of_the_memory), cmocka_unit_test(nothing)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
