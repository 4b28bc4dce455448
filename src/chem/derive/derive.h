/* derive.h - molecules that a phrase makes of a named one: "sodium salt of ibuprofen", "lysine
 * dication", "morphine N-oxide", "the methyl ester of aspirin", "enantiomer of menthol", "the
 * (R)-enantiomer of ranolazine".
 *
 * The phrase is taken apart here; what the name means the caller looks up (model/names). What comes
 * out is computed, never looked up: every product is a molecule that RDKit reads, and where a
 * molecule has several places for a change there are several products.
 */
#ifndef MG_CHEM_DERIVE_H
#define MG_CHEM_DERIVE_H

#include "chem/chem.h"

typedef struct mg_derivation {
    int change;         /* a row of derive.c's table, -1: a configuration */
    char *name;         /* of what is changed, malloc'ed */
    const char *label;  /* "sodium salt", as messages say it */
    char configuration; /* R, S, E, Z of the only place that has none yet; 0: the name says it */
    bool all;           /* of each such place */
} mg_derivation;

/* The changes that words may mean, the most likely first, at most MG_DERIVATIONS of them: "caffeine
 * hydrochloride" is one. *n = 0: none. Free the names with mg_derivations_free. */
enum { MG_DERIVATIONS = 4 };
int mg_derivations_read(const char *words, mg_derivation out[MG_DERIVATIONS], int *n,
                        molglot_error *err);
void mg_derivations_free(mg_derivation *d, int n);

/* The products of one change of a molecule, canonical SMILES with stereo, distinct, at most `most`
 * of them; none where it has no place for it. *products and its strings are malloc'ed. */
int mg_derive(const mg_derivation *d, const char *smiles, size_t most, char ***products, size_t *n,
              molglot_error *err);

#endif
