/* fuzz_smiles.c - any bytes as a SMILES under limits: the scan, RDKit, the graph, all features of
 * shapes, a random rewriting.
 *
 * What is accepted must be read again from its own canonical SMILES; what is refused must say why,
 * at a place inside the string. RDKit itself is not instrumented, so libFuzzer sees the edges of
 * our code only: the seeds are real molecules.
 */
#include "chem/features/features.h"
#include "chem/mol.h"

#include <stdlib.h>
#include <string.h>

/* RDKit keeps tables for the life of the process. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libRDKit"; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RDKit is cubic in chain length: short strings keep the fuzzer quick. */
static const mg_chem_limits limits = {.max_chars = 200, .max_atoms = 100, .max_depth = 20};

static void check_refused(const molglot_row_status *row, size_t n) {
    if (row->ok || !row->reason[0]) abort();
    if (row->offset < -1 || row->offset > (int64_t)n) abort();
}

static void check_accepted(const mg_mol *m) {
    mg_graph g, view;
    mg_feature *features;
    size_t n;
    mg_rng rng = {1, 2, 3};
    if (mg_graph_from_mol(m, MG_FEAT_OGB, &g, NULL)) abort();
    if (mg_graph_augment(&g, MG_AUG_SUBGRAPH, 0.8f, (g.n_atoms & 1) != 0, &rng, &view, NULL))
        abort();
    mg_graph_free(&view);
    mg_graph_free(&g);
    if (mg_mol_features(m, "mcatghpfw", &features, &n, NULL)) abort();
    for (size_t i = 1; i < n; i++)
        if (features[i].hash <= features[i - 1].hash) abort();
    free(features);
    free(mg_mol_smiles_random(m, 7));
    free(mg_mol_inchikey(m));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    molglot_row_status row;
    char *text = malloc(size + 1);
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    text[size] = 0;
    size_t n = strlen(text);
    if (mg_smiles_prescan(text, size, &limits, &row)) check_refused(&row, size);
    if (mg_molblock_prescan(text, size, &limits, &row)) check_refused(&row, size);
    mg_smiles_diagnose(text, size, &row);
    mg_smiles_atom_offset(text, size, (int32_t)(size / 2));
    mg_mol *m = mg_mol_from_smiles(text, &limits, &row);
    if (m)
        check_accepted(m);
    else
        check_refused(&row, n);
    mg_mol_free(m);
    mg_smiles_undouble(text);
    free(text);
    return 0;
}
