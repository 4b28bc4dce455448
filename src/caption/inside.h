/* inside.h - what the files of this room share.
 *
 * near.c       rows of a memory near a molecule, and what is known of rows
 * floors.c     copies by one similarity alone
 * nearest.c    the method `nearest`: their captions
 * conjugate.c  names of the molecule's acid, base, mirror image, and captions that say them
 * pool.c       candidates
 * written.c    the methods `atomas` and `t5`
 * readings.c   what sentences build and names mean, read once
 * relations.c  names of acids, bases and mirror images, against the dictionary
 * classes.c    classes that are names of molecules
 * definition.c what first sentences build, against the molecule
 * partners.c   of which two molecules it is made
 * chains.c     which acyl groups it has
 * chain_words.c  words that go with these
 * residues.c   of which amino acids it is made
 * choose.c     which candidates are the answer
 * claims.c     what a caption says that facts contradict
 * captioner.c  from SMILES to answers
 */
#ifndef MG_CAPTION_INSIDE_H
#define MG_CAPTION_INSIDE_H

#include "caption/caption.h"

/* ---- near.c ---- */

enum { MG_LEANED = 24 /* neighbours of a molecule, with some more than MG_CAPTION_NEAR */ };

enum { MG_SHAPE_NUMBERS = 7 };
/* What the structures of molecules are compared by. */
typedef struct mg_shape {
    mg_environment *counts; /* malloc'ed */
    size_t n;
    int number[MG_SHAPE_NUMBERS]; /* as near.c has them */
    uint64_t composition;         /* mg_mol_composition's */
} mg_shape;
int mg_shape_of(const mg_mol *m, mg_shape *out, molglot_error *err);
void mg_shape_free(mg_shape *s);
double mg_shape_likeness(const mg_shape *a, const mg_shape *b);

/* Rows with captions; what was once computed of a row is kept. One thread at a time. */
typedef struct mg_near mg_near;
/* e and leave_out outlive it, and so does what m points to. */
mg_near *mg_near_new(const mg_memory *m, mg_embedder *e, const char *leave_out, int threads,
                     molglot_error *err);
void mg_near_free(mg_near *x);
/* near [n][MG_LEANED] of n queries whose smiles, mol and embedding are set; n_near[n] of them,
 * the nearest first. */
int mg_near_find(mg_near *x, const mg_caption_query *queries, size_t n, mg_leaned *near,
                 int *n_near, molglot_error *err);
/* Whether a row has a caption that may be given. */
bool mg_near_usable(const mg_near *x, int64_t row);
/* Reads what rows are compared by; -1 and rows without a caption are passed over. */
typedef enum { MG_NEAR_TEXT = 0, MG_NEAR_SHAPE } mg_near_part;
int mg_near_learn(mg_near *x, mg_near_part part, const int64_t *rows, size_t n, molglot_error *err);
/* All but structure and same; similarity without. hit.score is out->molecule. False: the row was
 * not learnt. Threads may call these two at once. */
bool mg_near_compare(const mg_near *x, const mg_caption_query *q, molglot_hit hit, mg_leaned *out);
/* The rest, of a row whose shape was learnt. */
void mg_near_compare_shape(const mg_near *x, const mg_caption_query *q, const mg_shape *shape,
                           mg_leaned *l);

/* ---- conjugate.c ---- */

typedef enum {
    MG_CONJUGATE_ACID = 0,
    MG_CONJUGATE_BASE,
    MG_ENANTIOMER,
    MG_CONJUGATES
} mg_conjugate;
/* What the molecule is the conjugate acid, conjugate base, enantiomer of; NULL: nobody says. */
typedef struct mg_conjugates {
    char *name[MG_CONJUGATES];  /* that a neighbour proves */
    char *known[MG_CONJUGATES]; /* where none does: that the dictionary has */
    int64_t mirror;             /* the row that is its mirror image; -1: none */
} mg_conjugates;
/* By the rows near the molecule, and by the dictionary where that is given and a row says that it
 * is the conjugate or mirror image of something. */
int mg_conjugates_of(const mg_caption_query *q, const mg_dictionary *names, mg_conjugates *out,
                     molglot_error *err);
void mg_conjugates_free(mg_conjugates *c);
/* Adds a row's caption with these names to a string that is empty. */
int mg_conjugates_say(const mg_conjugates *c, int64_t row, const char *text, mg_str *out,
                      molglot_error *err);
/* ChEBI's name of a molecule, or the best one that there is, malloc'ed; *out NULL: none. */
int mg_chebi_name(const mg_dictionary *names, const char *smiles, char **out, molglot_error *err);
/* R for S, D for L, (+) for (-), and the other way round. */
void mg_mirror_words(char *text);

/* ---- readings.c ---- */

/* A structure that words mean. */
typedef struct mg_meant {
    char *smiles;               /* canonical */
    bool read;                  /* false: nobody reads it, and it has no keys */
    uint64_t flat, composition; /* as mg_molecule_key and mg_mol_composition have them */
} mg_meant;
typedef struct mg_reading {
    mg_meant *at; /* [n] the most likely first */
    size_t n;
    bool kept; /* by the readings */
} mg_reading;
void mg_reading_free(mg_reading *x);
/* What was read, kept. Threads may use one; names, which may be NULL, outlives it. NULL in its
 * place: no dictionary, and nothing is kept. */
typedef struct mg_readings mg_readings;
mg_readings *mg_readings_new(const mg_dictionary *names, molglot_error *err);
void mg_readings_free(mg_readings *r);
const mg_dictionary *mg_readings_names(const mg_readings *r);
/* What a text's first sentence builds; the structures of a name. To be freed before the readings.
 */
int mg_readings_sentence(mg_readings *r, const char *text, mg_reading *out, molglot_error *err);
/* Whether the likeliest of a sentence is the molecule (canonical); one that is not is not kept. */
int mg_readings_try(mg_readings *r, const char *text, const char *smiles, bool *is,
                    molglot_error *err);
int mg_readings_name(mg_readings *r, const char *name, mg_reading *out, molglot_error *err);

/* ---- relations.c ---- */

/* Adds to the wrong places of a caption, behind mg_claims_check, the names of its acids, bases,
 * mirror images and tautomers that are those of molecules with other atoms. */
int mg_relations_check(mg_readings *r, const mg_mol *mol, mg_caption *caption, molglot_error *err);

/* Adds a wrong place of a caption where the order of the text has it; those that it meets become
 * part of it. */
int mg_caption_wrong(mg_caption *c, size_t begin, size_t end, molglot_error *err);

/* ---- classes.c ---- */

/* Adds to the wrong places classes that are names of molecules which are no part of this one. */
int mg_classes_check(mg_readings *r, const mg_mol *mol, mg_caption *caption, molglot_error *err);
/* Adds a caption whose wrong numbers of groups ("trihydroxyflavone") are the molecule's to a string
 * that is empty; it stays so where there is none. */
int mg_classes_mend(const mg_caption *caption, const mg_mol *mol, mg_str *out, molglot_error *err);

/* ---- definition.c ---- */

/* Adds to the wrong places what the first sentence builds, where that is another molecule. */
int mg_definition_check(mg_readings *r, const mg_mol *mol, mg_caption *caption, molglot_error *err);

/* Adds a caption without its false definition to a string; false: it has none, or nothing else. */
bool mg_definition_cut(const mg_caption *caption, mg_str *out);

/* What the molecule is on a parent of its own choice, once that is asked for. */
typedef struct mg_own_definition {
    bool known;
    char *phrase; /* malloc'ed; NULL: there is none */
} mg_own_definition;
void mg_own_definition_free(mg_own_definition *own);
/* Adds a caption that has the molecule's own definition in the place of another's: on the same
 * parent, where the molecule has it ("phenol substituted by ..."), or on its own. Adds nothing
 * where there is none. */
int mg_definition_mend(const mg_caption *caption, const mg_mol *mol, mg_own_definition *own,
                       mg_str *out, molglot_error *err);

/* ---- partners.c ---- */

/* A text whose first sentence joins two molecules, told of the molecule (canonical) instead, into a
 * string that is empty; it stays so where that cannot be proven. */
int mg_partners_mend(mg_readings *r, const char *smiles, const char *text, mg_str *out,
                     molglot_error *err);

enum { MG_OWN_FORMS = 4 };
/* Names of the molecule with other protons, once they are asked for. */
typedef struct mg_own_forms {
    bool known;
    char *name[MG_OWN_FORMS]; /* [n] malloc'ed; the nearest first */
    int n;
} mg_own_forms;
void mg_own_forms_free(mg_own_forms *own);
/* The same of a text whose first sentence says which molecule lost or got protons. */
int mg_ions_mend(mg_readings *r, const char *smiles, const char *text, mg_own_forms *own,
                 mg_str *out, molglot_error *err);

/* ---- chains.c ---- */

/* The molecule's chains, once they are asked for, and sentences that were tried. */
typedef struct mg_own_chains mg_own_chains;
mg_own_chains *mg_own_chains_new(molglot_error *err);
void mg_own_chains_free(mg_own_chains *own);
/* The same of a text whose first sentence names the chains of a lipid. */
int mg_chains_mend(mg_readings *r, const mg_mol *mol, const char *smiles, const char *text,
                   mg_own_chains *own, mg_str *out, molglot_error *err);

/* ---- residues.c ---- */

/* The same of a text whose first sentence says of which amino acids a peptide is made. */
int mg_residues_mend(mg_readings *r, const char *smiles, const char *text, mg_str *out,
                     molglot_error *err);

/* ---- choose.c ---- */

/* Judges candidates. Threads may use one. */
typedef struct mg_chooser mg_chooser;
mg_chooser *mg_chooser_new(molglot_error *err);
void mg_chooser_free(mg_chooser *c);
/* Fills agreement and score of a pool's captions, whose cosines and wrong places are known, and
 * puts the best first. likeliest: by nll alone, where it is known. */
int mg_choose(const mg_chooser *c, mg_caption_pool *pool, bool likeliest, molglot_error *err);

#endif
