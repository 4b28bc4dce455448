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
    bool alpha;         /* of the carbon beside a carboxy group */
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

/* ---- edit_words.c, edit_change.c, edit_site.c, edit.c: one change in a chemist's words ----
 *
 *   sulfated on its phenol OH, with both amines protonated, esterified with oleic acid,
 *   carrying a nitro para to the OH, hydroxylated at C4, with the N-methyl removed
 *
 * It is made only where the words leave one molecule: a place that is not told from another one is
 * no place.
 */
enum { MG_EDIT_WHAT = 160, MG_EDIT_LOCANT = 24, MG_EDIT_ALL = 99 };

typedef struct mg_site {         /* where */
    int kind;                    /* a row of edit_site.c's table; -1: not said */
    int target;                  /* of which group of a ring ortho, meta, para; -1: not said */
    char relative;               /* 'o', 'm', 'p'; 0: no such place */
    int times;                   /* 0: not said, 1; 2: both; MG_EDIT_ALL: as many as there are */
    char locant[MG_EDIT_LOCANT]; /* "3", "4'", "2alpha", "1,3"; "": none */
} mg_site;

typedef struct mg_edit {
    enum mg_act {
        MG_ACT_NOTHING, /* words that change nothing; what must be so: "neutral", "L" in `what` */
        MG_ACT_PUT,     /* a group in the place of a hydrogen */
        MG_ACT_JOIN,    /* an acid, alcohol or amine joined with loss of water */
        MG_ACT_LOSE,    /* protons */
        MG_ACT_GAIN,    /* protons */
        MG_ACT_CHARGE,  /* the sum is said */
        MG_ACT_REMOVE,  /* a group gives way to a hydrogen */
        MG_ACT_REPLACE, /* the group `old` gives way to another */
        MG_ACT_TURN,    /* oxidised, reduced, saturated: `old`, to `what` */
        MG_ACT_ANOMER,  /* of a sugar, in `what` */
        MG_ACT_LABEL,   /* R, S, E, Z, t(rans), c(is) of the one place without: `charge` */
        MG_ACT_FLAT,    /* no configuration of centres */
        MG_ACT_END      /* of a peptide: what stands in `what` */
    } act;
    mg_site site;
    int charge; /* MG_ACT_CHARGE; 0: zwitterion */
    enum mg_joint {
        MG_JOINT_ANY,
        MG_JOINT_ESTER,
        MG_JOINT_AMIDE,
        MG_JOINT_THIOESTER,
        MG_JOINT_ETHER
    } bond;                  /* MG_ACT_JOIN */
    char old[40];            /* MG_ACT_REPLACE; of MG_ACT_TURN the verb's first letters */
    char from[40];           /* MG_ACT_TURN: the group that is turned; "": any */
    char what[MG_EDIT_WHAT]; /* the group or the molecule that is put there */
} mg_edit;

/* One clause behind a molecule's name, as "sulfated on its phenol OH"; false: it is none. */
bool mg_edit_read(const char *clause, mg_edit *out);
/* A word in front of a name, "desmethyl", "nitro-reduced"; false: it is none. */
bool mg_edit_head(const char *words, mg_edit *out);
/* A place, "the phenol OH", "both amines", "O-7"; false: it is none. */
bool mg_site_read(const char *words, mg_site *out);
/* 'O', 'N', 'n', 'S' of what it says; 'C': of a carbon, or not said. */
char mg_site_atom(const mg_site *site);
/* A group as its boronic acid, "OS(=O)(=O)B(O)O" of "sulfate"; NULL: nomenclature may know it. */
const char *mg_edit_group(const char *what);
/* The product; *product NULL: there is none, or more than one. partner: of a group its boronic
 * acid, of a molecule itself; NULL where nothing is put. */
int mg_edit_apply(const mg_edit *e, const char *smiles, const char *partner, char **product,
                  molglot_error *err);

#endif
