/* init.c - RDKit made ready for threads. It fills its tables on first use, without a lock: one
 * molecule goes through all of them here, before threads start. The tables that only scores need
 * take a third of the time (5 of 15 ms), so they are filled when scores are asked for. */
#include "chem/mol.h"

#include <pthread.h>
#include <stdlib.h>

/* A ring, stereo at an atom and at a bond, a charge, a metal: each has tables of its own. */
static const char WARM_UP[] = "C/C=C/[C@H](N)c1ccc2[nH]ccc2c1.[Na+].CC(=O)[O-]";

static int fail(const char *what, molglot_error *err) {
    return mg_fail(err, MOLGLOT_FAILED, "RDKit cannot %s the warm-up molecule", what);
}

static int write_strings(const mg_mol *m, molglot_error *err) {
    char *strings[] = {mg_mol_smiles(m, true), mg_mol_smiles(m, false), mg_mol_smiles_random(m, 1),
                       mg_mol_scaffold(m),     mg_mol_molblock(m),      mg_mol_inchikey(m),
                       mg_mol_formula(m)};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(strings); i++) {
        if (!strings[i]) code = fail("write", err);
        free(strings[i]);
    }
    return code;
}

static int compute(const mg_mol *m, molglot_error *err) {
    uint8_t bits[256];
    mg_mol_arrays arrays;
    mg_invariant *paths = NULL;
    size_t n;
    int code = mg_mol_fingerprint(m, MG_FP_MORGAN, 2, 2048, bits, err);
    if (!code) code = mg_mol_fingerprint(m, MG_FP_MACCS, 0, 167, bits, err);
    if (!code) code = mg_mol_fingerprint(m, MG_FP_RDK, 0, 2048, bits, err);
    if (!code && !(code = mg_mol_arrays_get(m, true, &arrays, err))) mg_mol_arrays_free(&arrays);
    if (!code) code = mg_mol_paths(m, 7, &paths, &n, err);
    free(paths);
    return code;
}

static int draw(const mg_mol *m, molglot_error *err) {
    const mg_draw_options options = {.width = 100, .height = 100, .legend = "a"};
    char *svg = NULL;
    uint8_t *png = NULL;
    size_t n;
    int code = mg_draw_svg(m, &options, &svg, err);
    if (!code) code = mg_draw_png(m, &options, &png, &n, err);
    free(svg);
    free(png);
    return code;
}

static int fill_tables(const mg_mol *m, molglot_error *err) {
    int code = write_strings(m, err);
    if (!code) code = compute(m, err);
    return code ? code : draw(m, err);
}

static int fill_score_tables(const mg_mol *m, molglot_error *err) {
    double descriptors[MG_DESCRIPTORS];
    char *pieces = mg_mol_brics(m);
    free(pieces);
    return pieces ? mg_mol_descriptors(m, descriptors, err) : fail("cut", err);
}

/* Once for the process; a failure (lack of memory) may be tried again. */
static int fill_once(bool *done, int (*fill)(const mg_mol *, molglot_error *), molglot_error *err) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int code = MOLGLOT_OK;
    pthread_mutex_lock(&lock);
    if (!*done) {
        mg_mol *m = mg_mol_from_smiles(WARM_UP, NULL, NULL);
        code = m ? fill(m, err) : fail("read", err);
        mg_mol_free(m);
        *done = !code;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

int mg_chem_init(molglot_error *err) {
    static bool done;
    return fill_once(&done, fill_tables, err);
}

int mg_chem_init_scores(molglot_error *err) {
    static bool done;
    int code = mg_chem_init(err);
    return code ? code : fill_once(&done, fill_score_tables, err);
}
