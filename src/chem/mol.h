/* mol.h - inside the chem room: a molecule as plain arrays, the one crossing from RDKit (rdkit.cc)
 * to the C files.
 *
 * One call copies everything, so no C file asks RDKit about single atoms.
 */
#ifndef MG_CHEM_MOL_H
#define MG_CHEM_MOL_H

#include "chem/chem.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MG_CHIRAL_NONE = 0, MG_CHIRAL_CW, MG_CHIRAL_CCW, MG_CHIRAL_OTHER };
enum {
    MG_HYBRID_SP = 0,
    MG_HYBRID_SP2,
    MG_HYBRID_SP3,
    MG_HYBRID_SP3D,
    MG_HYBRID_SP3D2,
    MG_HYBRID_OTHER
};
enum { MG_ORDER_SINGLE = 0, MG_ORDER_DOUBLE, MG_ORDER_TRIPLE, MG_ORDER_AROMATIC, MG_ORDER_OTHER };
enum {
    MG_STEREO_NONE = 0,
    MG_STEREO_Z,
    MG_STEREO_E,
    MG_STEREO_CIS,
    MG_STEREO_TRANS,
    MG_STEREO_ANY
};
enum { MG_DIR_NONE = 0, MG_DIR_UP, MG_DIR_DOWN }; /* '/' and '\' */

typedef struct mg_atom {
    uint8_t number; /* atomic number, 0 for a wildcard */
    /* MG_CHIRAL_*, MG_HYBRID_*; a chiral tag refers to the order of the neighbours below */
    uint8_t chiral, hybrid;
    uint8_t degree, total_degree; /* neighbours without / with hydrogens */
    uint8_t hydrogens, radicals;
    uint8_t aromatic, in_ring;
    char cip; /* 'R', 'S', 'r', 's' or 0 */
    int8_t charge;
    uint16_t isotope; /* 0: natural */
} mg_atom;

typedef struct mg_bond {
    int32_t a, b;
    int32_t stereo_a, stereo_b; /* neighbours of a and b that `stereo` refers to, or -1 */
    uint8_t order, stereo, dir, conjugated, in_ring;
} mg_bond;

/* One block of memory (free with mg_mol_arrays_free). */
typedef struct mg_mol_arrays {
    int32_t n_atoms, n_bonds, n_rings;
    mg_atom *atoms;
    mg_bond *bonds;
    int32_t *offsets;         /* [n_atoms+1] into the two below */
    int32_t *neighbours;      /* [2*n_bonds] atom numbers, in RDKit's order around the atom */
    int32_t *neighbour_bonds; /* [2*n_bonds] the bond beside it */
    int32_t *ring_offsets;    /* [n_rings+1] into ring_atoms: smallest rings */
    int32_t *ring_atoms;
    void *block;
} mg_mol_arrays;

/* kekulised: alternating single and double bonds instead of aromatic ones (for InChI). */
int mg_mol_arrays_get(const mg_mol *m, bool kekulised, mg_mol_arrays *out, molglot_error *err);
void mg_mol_arrays_free(mg_mol_arrays *arrays);

/* ---- rdkit.cc ---- */
/* Paths and branched paths of up to `longest` bonds as RDKit numbers them, with counts; *out is
 * malloc'ed. */
typedef struct mg_invariant {
    uint64_t value;
    int32_t count;
} mg_invariant;
int mg_mol_paths(const mg_mol *m, int longest, mg_invariant **out, size_t *n, molglot_error *err);

/* s[n] alone, after the prescan. */
mg_mol *mg_rdkit_read_smiles(const char *s, size_t n, const mg_chem_limits *limits,
                             molglot_row_status *row);
/* The canonical SMILES of atoms (number, charge, isotope, hydrogens, radicals, chiral) and bonds
 * (a, b, order, stereo as cis or trans, stereo_a, stereo_b), malloc'ed; NULL with row. Neighbours
 * stand in the order of bonds, a hydrogen without an atom of its own last. */
char *mg_smiles_from_arrays(const mg_atom *atoms, int32_t n_atoms, const mg_bond *bonds,
                            int32_t n_bonds, molglot_row_status *row);

int mg_element_mass(int number); /* average atomic mass, rounded */

/* ---- rdkit_facts.cc: what facts ask of RDKit ---- */
/* Patterns in SMARTS as plain arrays. Each atom of a pattern has a tree of queries. */
enum {
    MG_SITE_TYPE = 0, /* atomic number, 1000 more where aromatic */
    MG_SITE_NUMBER,
    MG_SITE_AROMATIC,
    MG_SITE_HYDROGENS, /* all, also those that are atoms */
    MG_SITE_IMPLICIT,  /* hydrogens that are no atoms */
    MG_SITE_DEGREE,
    MG_SITE_TOTAL_DEGREE,
    MG_SITE_VALENCE,
    MG_SITE_CHARGE,
    MG_SITE_RINGS,
    MG_SITE_MIN_RING, /* 0 outside rings */
    MG_SITE_RING_BONDS,
    MG_SITE_ISOTOPE,
    MG_SITE_HYBRID, /* RDKit's number */
    MG_SITE_FIELDS
};
enum { MG_QUERY_ANY = 0, MG_QUERY_RANGE, MG_QUERY_AND, MG_QUERY_OR, MG_QUERY_XOR, MG_QUERY_INNER };

typedef struct mg_query {
    uint8_t op, field;
    bool negate;
    int32_t low, high;   /* RANGE: of the field; INNER: low is the pattern whose first atom it is */
    int32_t child, next; /* first child, next sibling; -1 */
} mg_query;

typedef struct mg_pattern_bond {
    int32_t a, b;  /* atoms of the pattern */
    uint32_t mask; /* bit MG_BOND_BIT(order, in_ring) set: a bond that it takes */
} mg_pattern_bond;
#define MG_BOND_BIT(order, in_ring) ((uint32_t)(order) + ((in_ring) ? 8u : 0u))

/* One step of the search for a pattern: its atom, found from an atom of an earlier step. */
typedef struct mg_pattern_step {
    int32_t atom, from; /* from: atom of the pattern; -1: the first, or the first of a fragment */
    uint32_t mask;
    int32_t closure, n_closures; /* further bonds to atoms of earlier steps */
    uint32_t may, sure;          /* classes of atoms (mg_site_class) that may fit, that do */
} mg_pattern_step;

/* Classes of atoms that are told apart at once: those of organic chemistry, and two of all others.
 */
enum { MG_SITE_CLASSES = 18 };
static const int16_t mg_class_types[MG_SITE_CLASSES - 2] = {6,  1006, 7,  1007, 8,  1008, 16, 1016,
                                                            15, 9,    17, 35,   53, 1,    5,  14};

typedef struct mg_pattern_need {
    int32_t type, n; /* so many atoms of a type; below 1000: of an element in either form */
} mg_pattern_need;

typedef struct mg_pattern {
    int32_t atom, n_atoms; /* into queries_of */
    int32_t bond, n_bonds;
    int32_t step;          /* n_atoms of them; of an inner one from its first atom */
    int32_t need, n_needs; /* what a molecule must have */
    int32_t rings;         /* rings that its bonds close */
    bool inner;            /* of $(...) */
    bool chordless;        /* no bond but its own may join its atoms */
    int32_t memo;          /* number among the inner ones */
} mg_pattern;

/* Grows; zero-initialise. */
typedef struct mg_patterns {
    mg_query *queries;
    int32_t *queries_of; /* root of each atom's tree */
    mg_pattern_bond *bonds;
    mg_pattern *list;
    mg_pattern_step *steps;
    mg_pattern_bond *closures; /* a: the step's atom, b: the earlier one */
    mg_pattern_need *needs;
    size_t n_queries, n_atoms, n_bonds, n, n_steps, n_closures, n_needs;
    size_t cap_queries, cap_atoms, cap_bonds, cap, cap_steps, cap_closures, cap_needs;
    int32_t n_inner;
} mg_patterns;
/* Adds one pattern (and its inner ones before it): queries, bonds, list; *which is its number. */
int mg_patterns_parse(mg_patterns *p, const char *smarts, int32_t *which, molglot_error *err);

/* Wildman and Crippen's types of atoms, hydrogens among them: the first pattern that has an atom as
 * its first gives its share of logP. */
typedef struct mg_crippen {
    int32_t *patterns;
    double *logp;
    size_t n;
} mg_crippen;
int mg_patterns_crippen(mg_patterns *p, mg_crippen *out, molglot_error *err);

/* A molecule as patterns see it. One block of memory. */
typedef struct mg_view {
    int32_t n_atoms, n_bonds;
    int16_t (*sites)[MG_SITE_FIELDS];
    int32_t *offsets; /* [n_atoms+1] into the two below */
    int32_t *neighbours;
    uint8_t *bonds;         /* MG_BOND_BIT of the bond to the neighbour beside it */
    int32_t counts[2][128]; /* atoms by number: not aromatic, aromatic */
    int32_t cycles;         /* bonds - atoms + components */
    void *block;
} mg_view;
/* hydrogens: those that are no atoms become atoms, after all others. */
int mg_view_get(const mg_mol *m, bool hydrogens, mg_view *out, molglot_error *err);
void mg_view_free(mg_view *v);

/* The numbers of mg_facts that RDKit computes. */
struct mg_facts;
int mg_rdkit_facts(const mg_mol *m, struct mg_facts *out, molglot_error *err);

/* ---- rdkit_motif.cc: what motifs ask of RDKit ---- */
enum { MG_CUT_ATOMS = 128, MG_CUT_BONDS = 192 };
/* Some atoms of a molecule alone. rank: equal for atoms alike by symmetry. */
typedef struct mg_cut {
    int32_t n_atoms, n_bonds;
    int32_t origin[MG_CUT_ATOMS], rank[MG_CUT_ATOMS];
    uint8_t number[MG_CUT_ATOMS];
    int8_t charge[MG_CUT_ATOMS];
    struct {
        uint8_t a, b, order;
    } bonds[MG_CUT_BONDS];
} mg_cut;
/* A copy with double bonds in their places and nothing aromatic, from which pieces are cut; at most
 * MG_CUT_ATOMS atoms. NULL with row. */
mg_mol *mg_mol_to_cut(const mg_mol *m, molglot_row_status *row);
/* The atoms atoms[n] of such a copy, hydrogens where bonds were cut, double bonds placed anew, in
 * RDKit's canonical order of that piece. ranks: fills rank. MOLGLOT_BAD_FILE with row when it is no
 * molecule. */
int mg_mol_cut(const mg_mol *to_cut, const int32_t *atoms, int32_t n, bool ranks, mg_cut *out,
               molglot_row_status *row);
/* The molecule of atoms (number, charge) and bonds (a, b, order), hydrogens filled in; NULL when it
 * cannot be. */
mg_mol *mg_mol_of_parts(const mg_atom *atoms, int32_t n_atoms, const mg_bond *bonds,
                        int32_t n_bonds);

/* ---- notation.c ---- */
size_t mg_notation_word(const char *s, size_t n); /* bytes up to the first blank */
/* Of a string that was refused as SMILES: a plainer reason where it is something else. */
void mg_notation_refuse(const char *s, size_t n, molglot_row_status *row);

/* ---- bertz.c ---- */
/* The complexity index BertzCT; 0 for a single atom. */
int mg_mol_bertz(const mg_mol *m, double *out, molglot_error *err);

/* ---- graph.c ---- */
int mg_graph_from_arrays(const mg_mol_arrays *m, mg_feat_kind kind, mg_graph *out,
                         molglot_error *err);
/* An unfilled graph with the columns of `like`. */
int mg_graph_like(const mg_graph *like, int32_t atoms, int32_t edges, mg_graph *out,
                  molglot_error *err);

/* ---- prescan.c ---- */
/* Finds the place where a string that RDKit refused breaks the grammar of SMILES; false when it
 * finds nothing wrong. */
bool mg_smiles_diagnose(const char *smiles, size_t n, molglot_row_status *row);
/* Byte offset of the index-th atom of a SMILES that passed the prescan, or -1. */
int32_t mg_smiles_atom_offset(const char *smiles, size_t n, int32_t index);
/* Counts of a molblock against the limits. */
int mg_molblock_prescan(const char *block, size_t n, const mg_chem_limits *limits,
                        molglot_row_status *row);

/* Mixes v into the hash h. Good enough to be summed: sums of mixed values stand for sets. */
static inline uint64_t mg_mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93u;
    return h ^ (h >> 29);
}

#ifdef __cplusplus
}
#endif
#endif
