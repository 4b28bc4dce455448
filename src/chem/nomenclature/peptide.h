/* peptide.h - inside the wing of names: amino acids and what they are joined to.
 *   residue.c   amino acids: names, codes, fragments
 *   peptide.c   chains in words: "N-benzoyl-L-valylglycine"
 *   bridge.c    disulfides
 *   charges.c   ions
 *   spelling.c  other spellings
 *   code.c      chains in codes: "Boc-Phe-Gly-OMe", "peptide YGGFL", "cyclo(Leu-Pro)"
 *   composed.c  phrases that say what a peptide is made of
 */
#ifndef MG_NOMENCLATURE_PEPTIDE_H
#define MG_NOMENCLATURE_PEPTIDE_H

#include "chem/nomenclature/inside.h"

/* ---- residue.c ---- */
typedef struct name_residue {
    const char *acid, *acyl, *code; /* names of one thing with "|" between; NULL: it has none */
    char letter;                    /* 0: none */
    const char *smiles, *locants;
} name_residue;

/* "alanyl", "alanine", "alaninate", "alaninamide", "alaninal", "alaninol", "alaninium",
 * "alaninamido" */
typedef enum name_form {
    FORM_ACYL,
    FORM_ACID,
    FORM_ANION,
    FORM_AMIDE,
    FORM_AL,
    FORM_OL,
    FORM_CATION,
    FORM_AMIDO,
    FORMS
} name_form;

/* The residue whose name of that form, or whose code, s[0..n) begins with, the longest one; small
 * letters; NULL: none. */
const name_residue *name_residue_named(const char *s, size_t n, name_form form, size_t *length);
bool name_residue_may_end(const char *s, size_t n, name_form form); /* by its last letters */
const name_residue *name_residue_coded(const char *s, size_t n, size_t *length);
const name_residue *name_residue_lettered(char letter);
/* hand: 'l', 'd', 'i' (L is implied), 0 (neither is said). Atom 0 takes what is bound to its amino
 * group; acyl and amido forms are substituents. False: it has no such form. */
bool name_residue_build(const name_residue *row, char hand, name_form form, name_fragment *f);
int name_residue_ends(const name_residue *row);             /* its carboxy groups */
bool name_residue_acylated(const name_fragment *f, int by); /* on atom 0, by C=O (6) or any */
/* "l-", "d-", "dl-" at s[i]: characters read; *hand as above, of "dl-" 0. */
size_t name_hand(const name_reader *r, size_t i, size_t end, char *hand);

#endif
