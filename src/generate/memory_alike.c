/* memory_alike.c - the known molecule that is most like another one: of the 16 rows of a memory
 * that are nearest by embedding, the one with the largest Tanimoto similarity of Morgan
 * fingerprints. */
#include "generate/generate.h"

enum { LOOKED_AT = 16 };

static bool read_bits(const char *smiles, uint8_t bits[MG_CANDIDATE_BITS / 8]) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    const bool ok = m && !mg_mol_fingerprint(m, MG_FP_MORGAN, 2, MG_CANDIDATE_BITS, bits, NULL);
    mg_mol_free(m);
    return ok;
}

int mg_memory_alike(const mg_memory *memory, const float *embedding, const uint8_t *bits,
                    mg_alike *out, molglot_error *err) {
    molglot_hit hits[LOOKED_AT];
    uint8_t other[MG_CANDIDATE_BITS / 8];
    *out = (mg_alike){.row = -1};
    if (!mg_memory_is_there(memory)) return MOLGLOT_OK;
    const int code = mg_memory_near(memory, embedding, LOOKED_AT, hits, err);
    for (int i = 0; i < LOOKED_AT && !code && hits[i].row >= 0; i++) {
        if (!read_bits(mg_memory_smiles(memory, hits[i].row), other)) continue;
        const double t = mg_tanimoto(bits, other, MG_CANDIDATE_BITS);
        if (out->row < 0 || t > out->tanimoto)
            *out = (mg_alike){hits[i].row, (double)hits[i].score, t};
    }
    return code;
}
