/* fuzz_automaton.c - any bytes as a walk of the SMILES automaton, and as a vocabulary.
 *
 * The first byte sets the length limit, each further byte picks one of the allowed tokens; when the
 * bytes are used up, the lowest allowed one. Mask and push must agree, a mask is never empty, the
 * end comes in time, and the string encodes to what was pushed as far as spelling is unique. RDKit
 * reads the string unless it belongs to the rare ones of docs/automaton.md: that is counted, not
 * judged.
 */
#include "chem/chem.h"
#include "chem/smiles/smiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libRDKit"; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 128 };

static const char *const learnt[] = {"[C@H]", "[C@@H]", "[nH]",   "[O-]", "[N+]", "[n+]",
                                     "[nH+]", "[cH-]",  "[Cl+3]", "[Fe]", "[se]", "[13CH3]"};

static mg_smiles_vocab *vocabulary(void) {
    static mg_smiles_vocab *v; /* for the life of the process */
    if (!v) v = mg_smiles_vocab_build(learnt, sizeof learnt / sizeof *learnt, 1, 300, NULL);
    if (!v) abort();
    return v;
}

static int32_t pick(const mg_smiles_vocab *v, const uint8_t *allowed, unsigned byte) {
    int32_t n = mg_smiles_vocab_size(v), count = 0;
    for (int32_t id = 0; id < n; id++) count += allowed[id];
    if (count == 0) abort();
    int32_t wanted = (int32_t)byte % count, id = 0;
    for (;; id++)
        if (allowed[id] && wanted-- == 0) return id;
}

static void check_every_push(const mg_smiles_state *s, const uint8_t *allowed, int32_t n) {
    for (int32_t id = 0; id < n; id++) {
        mg_smiles_state copy = *s;
        if (mg_smiles_push(&copy, id) != (allowed[id] != 0)) abort();
    }
}

static void walk(const uint8_t *data, size_t size) {
    static size_t read, unread;
    mg_smiles_vocab *v = vocabulary();
    int32_t ids[MOST], n = 0, limit = 2 + data[0] % (MOST - 2);
    uint8_t allowed[512];
    mg_smiles_state s;
    mg_smiles_start(&s, v, limit);
    for (size_t k = 1; !mg_smiles_done(&s); k++) {
        if (n == limit) abort();
        mg_smiles_mask(&s, allowed);
        if (k % 8 == 0) check_every_push(&s, allowed, mg_smiles_vocab_size(v));
        ids[n] = pick(v, allowed, k < size ? data[k] : 0);
        if (!mg_smiles_push(&s, ids[n++])) abort();
    }
    char *smiles = mg_smiles_decode(v, ids, n);
    int32_t again[MOST * 2];
    if (!smiles || mg_smiles_encode(v, smiles, again, MOST * 2, NULL) < 1) abort();
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    if (m)
        read++;
    else if (++unread % 1000 == 0)
        fprintf(stderr, "RDKit does not read %zu of %zu, for instance %s\n", unread, read + unread,
                smiles);
    mg_mol_free(m);
    free(smiles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    mg_smiles_vocab_free(mg_smiles_vocab_new((const char *)data, size, NULL));
    walk(data, size);
    return 0;
}
