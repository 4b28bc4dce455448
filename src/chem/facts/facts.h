/* facts.h - what a molecule is, computed and never learned: formula, numbers, rings, stereo, and
 * the named groups, ring systems and classes of a dictionary (groups.tsv) that it has.
 *
 * Numbers agree with RDKit's. Groups are found by a matcher of this wing (match.c) that gives what
 * RDKit's gives, faster: tests/chem/test_facts.c.
 */
#ifndef MG_CHEM_FACTS_H
#define MG_CHEM_FACTS_H

#include "chem/chem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the dictionary (groups.c) ---- */
typedef enum {
    MG_GROUP_FUNCTIONAL = 0,
    MG_GROUP_RING,
    MG_GROUP_CLASS,
    MG_GROUP_PART /* methyl, phenyl: pieces that description leaves out */
} mg_group_kind;

typedef struct mg_group {
    const char *name, *smarts;
    mg_group_kind kind;
    const char *const *synonyms;
    int n_synonyms;
    const int *parents; /* numbers of groups that hold wherever this one does, nearest ones */
    int n_parents;
    const char *yes, *no; /* a molecule that has it, and one that has not; "" where not given */
} mg_group;

/* Many threads may use one. */
typedef struct mg_groups mg_groups;
/* The dictionary that is built in, and `more[n]` (or NULL): rows of a user's own file of the same
 * form, which may name parents of both; a name that is there already is replaced. MOLGLOT_BAD_FILE
 * names the row and the column. */
mg_groups *mg_groups_new(const char *more, size_t n, molglot_error *err);
void mg_groups_free(mg_groups *g);
int mg_groups_count(const mg_groups *g);
const mg_group *mg_groups_at(const mg_groups *g, int i);
const char *mg_group_kind_name(mg_group_kind kind); /* "group", "ring", "class", "part" */
/* By name or synonym, folded; -1 when there is none. A plural is found too. */
int mg_groups_find(const mg_groups *g, const char *name);
/* Whether `below` is `above` or one of its descendants. */
bool mg_groups_is(const mg_groups *g, int below, int above);
/* The one folding of names: lower case, Greek letters by name, hyphens, dashes and blanks as one
 * blank, sulph as sulf, typographic signs as plain ones. Writes at most cap bytes with the NUL (4 n
 * + 1 are enough); returns the length. */
size_t mg_name_fold(const char *s, size_t n, char *out, size_t cap);

/* ---- facts (facts.c) ---- */
enum { MG_RING_SIZES = 14, MG_ACYLS = 16 };

typedef struct mg_acyl {
    int carbons, doubles; /* 18:1 */
} mg_acyl;

typedef struct mg_facts {
    char formula[128]; /* Hill order, charge at its end */
    double weight, exact_mass, logp, tpsa, qed;
    double fsp3;                   /* share of carbons with four neighbours; 0 without carbon */
    int elements[MG_ELEMENTS + 1]; /* atoms by atomic number; [1]: all hydrogens; [0]: wildcards */
    int heavy, charge, components, isotopes, radicals, metals;
    int donors, acceptors, rotatable;

    int rings, aromatic_rings, hetero_rings; /* of RDKit's smallest rings */
    int heteroaromatic_rings;
    int aliphatic_rings, saturated_rings; /* not aromatic; of single bonds alone */
    int largest_ring;                     /* 0 without rings */
    int ring_sizes[MG_RING_SIZES];        /* rings of 3 ... 12 atoms; [13]: of more */
    int fused;                            /* rings that share a bond with another one */
    int ring_systems;                     /* rings that share atoms are one */
    int spiro, bridged;                   /* spiro atoms, bridgehead atoms */
    int macrocycles;                      /* rings of 12 atoms and more */

    int stereocentres, unset;           /* atoms: configuration given, left open */
    int r, s;                           /* of those given; r and s (pseudoasymmetric) among them */
    int pseudo_r, pseudo_s;             /* r and s alone */
    int stereobonds, unset_bonds, e, z; /* double bonds alike */

    int chain;                          /* carbons of the longest unbranched chain outside rings */
    int carbons_double, carbons_triple; /* C=C (not aromatic), C#C */
    int n_acyls;                        /* unbranched acyl chains of 6 carbons and more */
    mg_acyl acyls[MG_ACYLS];            /* the first of them, longest first */

    int lipinski_breaks; /* of: weight <= 500, logP <= 5, donors <= 5, acceptors <= 10 */
    bool lipinski;       /* at most one broken */
    bool veber;          /* rotatable <= 10 and TPSA <= 140 */

    int n_groups;
    uint16_t *count; /* [n_groups] how often each group is there; 65535: that or more */
} mg_facts;

/* The numbers alone, without groups: n_groups = 0, count = NULL. g NULL: without those that need
 * patterns too, logP, QED, donors, acceptors, rotatable bonds, Lipinski's and Veber's rules. */
int mg_facts_numbers(const mg_groups *g, const mg_mol *m, mg_facts *out, molglot_error *err);
/* MOLGLOT_FAILED when a pattern takes too long on this molecule. */
int mg_facts_of(const mg_groups *g, const mg_mol *m, mg_facts *out, molglot_error *err);
void mg_facts_free(mg_facts *f);

/* The places of one group: *atoms is malloc'ed, *n of them with *size atoms each (numbers as in the
 * molecule's SMILES). */
int mg_facts_atoms(const mg_groups *g, const mg_mol *m, int group, int32_t **atoms, int *n,
                   int *size, molglot_error *err);

/* ---- in words (specific.c, describe.c) ---- */
/* Groups that no more specific one explains, in the order of the dictionary: a group is left out
 * when each of its places lies within a place of one of its descendants. shown[n_groups]: how many
 * places of each are left. */
int mg_facts_specific(const mg_groups *g, const mg_mol *m, const mg_facts *f, uint16_t *shown,
                      molglot_error *err);
/* One paragraph of plain English, malloc'ed; NULL on failure. */
char *mg_facts_text(const mg_groups *g, const mg_mol *m, const mg_facts *f, molglot_error *err);
/* One JSON object with all of it, the paragraph as "description"; malloc'ed; NULL on failure.
 * (json.c) */
char *mg_facts_json(const mg_groups *g, const mg_mol *m, const mg_facts *f, molglot_error *err);

/* ---- training text (teach.c) ---- */
/* Some of the facts, drawn by a seed, in one of several manners of speaking: each is true of the
 * molecule. malloc'ed; NULL on failure. */
char *mg_facts_teach(const mg_groups *g, const mg_mol *m, const mg_facts *f, uint64_t seed,
                     molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
