/* condense.h - molecules that a phrase joins out of two named ones, with loss of water: "the amide
 * obtained by formal condensation of the carboxy group of benzoic acid with the amino group of
 * aniline", "ester of oleic acid and methanol", "the oxime of acetone".
 *
 * The phrase is taken apart here; what the names mean the caller looks up. What comes out is
 * computed, never looked up: every product is a molecule that RDKit reads, and where a molecule has
 * several places of the kind that is said there are several products; none, where the words say
 * which of them (a locant) and that cannot be told.
 */
#ifndef MG_CHEM_CONDENSE_H
#define MG_CHEM_CONDENSE_H

#include "chem/chem.h"

typedef struct mg_condensation {
    struct {
        char *name; /* malloc'ed; it may end with more words than the name */
        int group;  /* a row of condense.c's table, -1: not said */
        int which;  /* of several groups of this kind */
        int times;  /* how many of them react */
    } of[2];
    int product; /* a row of condense.c's table, -1: not said */
} mg_condensation;

/* The ways to read words as a condensation, at most MG_CONDENSATIONS. *n = 0: they are none. Free
 * them with mg_condensations_free. */
enum { MG_CONDENSATIONS = 4 };
int mg_condensations_read(const char *words, mg_condensation out[MG_CONDENSATIONS], int *n,
                          molglot_error *err);
void mg_condensations_free(mg_condensation *c, int n);

/* The products of two molecules, canonical SMILES with stereo, distinct, at most `most` of them.
 * *products and its strings are malloc'ed. */
int mg_condense(const mg_condensation *c, const char *first, const char *second, size_t most,
                char ***products, size_t *n, molglot_error *err);

/* What the molecule would be made of by that condensation: halves[2 * i] in the place of of[0],
 * halves[2 * i + 1] in that of of[1], *n strings in all; none where it has no such bond. */
int mg_condense_back(const mg_condensation *c, const char *smiles, size_t most, char ***halves,
                     size_t *n, molglot_error *err);

/* ---- replace.c: a hydrogen replaced by a group ---- */

/* "piperidine in which the hydrogen attached to the nitrogen is replaced by a nitroso group",
 * "benzamide substituted by a propyl group at the N atom". */
typedef struct mg_replacement {
    char *name;  /* of the molecule, malloc'ed; it may begin with more words */
    char *group; /* "nitroso", malloc'ed */
    int place;   /* a row of replace.c's table */
    int which;   /* of several places of this kind */
    int times;   /* hydrogens that are replaced */
} mg_replacement;

/* *is: whether words say one; then free it with mg_replacement_free. */
int mg_replacement_read(const char *words, mg_replacement *out, bool *is, molglot_error *err);
void mg_replacement_free(mg_replacement *r);

/* The products of a molecule and a group, which is given as its boronic acid ("CB(O)O" for methyl):
 * as mg_condense has them. Several of one kind of hydrogen are no answer: there is one product or
 * none. */
int mg_replace(const mg_replacement *r, const char *smiles, const char *group, char **product,
               molglot_error *err);

#endif
