/* chem.h - molecules: RDKit behind C (rdkit*.cc), InChI (inchi.c), graphs, augmentation,
 * fingerprints, drawing.
 *
 * No C++ exception leaves this room. A molecule object is used by one thread at a time. A scan of
 * the string checks limits before RDKit sees it: RDKit 2022.09 is cubic in chain length
 * (docs/reference/rdkit.md 1).
 */
#ifndef MG_CHEM_H
#define MG_CHEM_H

#include "base/bags.h"
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- init.c ---- */
/* Fills every table that RDKit fills on first use, so that threads may follow: call it before they
 * start. Later calls do nothing. */
int mg_chem_init(molglot_error *err);
/* The same, and the tables of mg_mol_descriptors and mg_mol_brics. */
int mg_chem_init_scores(molglot_error *err);
const char *mg_chem_version(void); /* "RDKit 2022.09.3" */

enum { MG_ELEMENTS = 118 }; /* atomic numbers; 0 is a wildcard */

/* ---- limits (prescan.c) ---- */
typedef struct mg_chem_limits {
    int max_chars, max_atoms, max_depth;
} mg_chem_limits;
/* 2000 characters, 800 heavy atoms, branch depth 100 */
mg_chem_limits mg_chem_limits_default(void);
/* Checks a SMILES without parsing it, in microseconds: characters, length, atoms, depth, balanced
 * brackets, parentheses and ring digits; at most 16 wildcard atoms whatever the limits, because
 * RDKit's kekulisation is exponential in them. MOLGLOT_BAD_FILE when refused: row says why
 * ("unclosed ring 1") and where. */
int mg_smiles_prescan(const char *smiles, size_t n, const mg_chem_limits *limits,
                      molglot_row_status *row);
/* Turns two backslashes into one, in place, as ChEBI-20's files need; returns how often. */
int mg_smiles_undouble(char *smiles);

/* ---- what a string is (notation.c, read.c) ---- */
typedef enum mg_notation {
    MG_NOTATION_EMPTY,
    MG_NOTATION_WORDS,
    MG_NOTATION_SMILES, /* also a broken one */
    MG_NOTATION_INCHI,
    MG_NOTATION_INCHIKEY, /* whole, without its last letter, or its first 14 letters */
    MG_NOTATION_SMARTS,
    MG_NOTATION_REACTION,
    MG_NOTATION_SELFIES,
    MG_NOTATION_MOLFILE
} mg_notation;
typedef struct mg_notation_read {
    mg_notation kind;
    /* malloc'ed: what RDKit reads (without blanks around it, CXSMILES extension and name; of an
     * InChI its molecule); NULL where there is no molecule */
    char *smiles;
    bool letters; /* a SMILES of letters alone: it may be a name or an abbreviation too (CBN, NO) */
    /* ok: a molecule or words. Else why no molecule can be had from it, and the place in the
     * string as given. */
    molglot_row_status status;
} mg_notation_read;
/* Decides for all commands what a string in no column is. */
int mg_notation_of(const char *s, size_t n, mg_notation_read *out, molglot_error *err);
const char *mg_notation_name(mg_notation kind); /* "SMILES", "words" */
/* By its letters alone, in microseconds; SMILES: it is built like one, whether RDKit reads it or
 * not. */
mg_notation mg_notation_guess(const char *s, size_t n);
/* "a reaction, not one molecule"; NULL for SMILES and InChI */
const char *mg_notation_refusal(mg_notation kind);
/* Drops blanks around a string, Unicode's as well, and quotes. */
void mg_notation_trim(const char **s, size_t *n);
/* Length of a trimmed SMILES without the CXSMILES extension after it ("CCO |...|"). */
size_t mg_notation_cut_extension(const char *s, size_t n);
/* extension.c: why the SMILES in the first `core` of n bytes is not the molecule that its CXSMILES
 * extension makes of it; NULL where it is. */
const char *mg_notation_extension_refusal(const char *s, size_t core, size_t n);

/* ---- molecules (rdkit.cc) ---- */
typedef struct mg_mol mg_mol;
/* NULL when refused; row (may be NULL) says why, with the offset of RDKit's complaint where it
 * gives one. Runs the prescan. limits NULL: the defaults. Blanks around it and a CXSMILES extension
 * are passed over; an InChI is read as such. */
mg_mol *mg_mol_from_smiles(const char *smiles, const mg_chem_limits *limits,
                           molglot_row_status *row);
/* Through libinchi: the tautomer and the resonance form that it chooses. */
mg_mol *mg_mol_from_inchi(const char *inchi, size_t n, const mg_chem_limits *limits,
                          molglot_row_status *row);
/* One V2000/V3000 molblock (without the SD properties). */
mg_mol *mg_mol_from_molblock(const char *block, size_t n, const mg_chem_limits *limits,
                             molglot_row_status *row);
void mg_mol_free(mg_mol *m);
long mg_mol_live(void); /* living objects: for leak tests */
/* How often RDKit was refused memory in this process, which only grows. A molecule that cannot be
 * read, a value or a drawing that is not there may be for want of memory where it has grown. */
long mg_chem_refusals(void);
int mg_mol_atoms(const mg_mol *m); /* heavy atoms and explicit [H] */
/* Strings are malloc'ed: free() them; NULL on failure. */
char *mg_mol_smiles(const mg_mol *m, bool isomeric); /* canonical */
/* The same with stereo; order[atoms]: which atom is written at each place. */
char *mg_mol_smiles_order(const mg_mol *m, int32_t *order);
char *mg_mol_smiles_random(const mg_mol *m, uint64_t seed); /* same molecule, random atom order */
char *mg_mol_scaffold(const mg_mol *m); /* Murcko scaffold; "" for acyclic molecules */
char *mg_mol_molblock(const mg_mol *m); /* V2000 with 2D coordinates */
char *mg_mol_inchikey(const mg_mol *m); /* inchi.c: libinchi under a mutex */
char *mg_mol_inchi(const mg_mol *m);
char *mg_mol_formula(const mg_mol *m);
double mg_mol_weight(const mg_mol *m); /* average molecular weight, g/mol */

/* Fingerprints as bits: out is caller's, nbits/8 bytes, bit i at byte i/8, value 1 << (i%8), as
 * RDKit numbers them. */
typedef enum { MG_FP_MORGAN = 0, MG_FP_MACCS, MG_FP_RDK } mg_fp_kind;
/* MORGAN: radius and nbits free; MACCS: nbits 167; RDK: path 1-7, nbits 2048. */
int mg_mol_fingerprint(const mg_mol *m, mg_fp_kind kind, int radius, int nbits, uint8_t *out,
                       molglot_error *err);
/* Whether MACCS and RDK would take too long: the molecule has more than 400,000 connected subgraphs
 * of up to seven bonds (rdkit_tangled.cc). */
bool mg_mol_tangled(const mg_mol *m);
/* ---- fingerprints.c ---- */
double mg_tanimoto(const uint8_t *a, const uint8_t *b, int nbits); /* 1 when both are empty */
double mg_cosine(const uint8_t *a, const uint8_t *b, int nbits);   /* 0 when one is empty */

/* ---- products.c: distinct molecules that are made, as SMILES ---- */
typedef struct mg_products { /* zero-initialised */
    char **s;                /* [n] malloc'ed, and so are its strings */
    size_t n;
} mg_products;
void mg_products_free(mg_products *p);
/* Adds a copy, unless it is there or `most` are. */
int mg_products_add(mg_products *p, const char *smiles, size_t most, molglot_error *err);

/* ---- changes (rdkit_react.cc) ---- */
/* The first products of a reaction in SMARTS with one reactant, of each place that it finds:
 * canonical, distinct, at most `most`; n = 0: it finds none, or makes nothing that RDKit reads.
 * *products and its strings are malloc'ed, also on failure. */
int mg_smiles_react(const char *smiles, const char *reaction, size_t most, char ***products,
                    size_t *n, molglot_error *err);
/* The same of a reaction with two reactants. */
int mg_smiles_join(const char *first, const char *second, const char *reaction, size_t most,
                   char ***products, size_t *n, molglot_error *err);
/* Both products of a reaction with one reactant that parts a molecule, one behind the other: 2 for
 * each place that it finds, at most 2 * most; *n of them. */
int mg_smiles_cut(const char *smiles, const char *reaction, size_t most, char ***halves, size_t *n,
                  molglot_error *err);
/* The mirror image, every stereocentre turned round: canonical, malloc'ed; NULL for no molecule. */
char *mg_smiles_mirror(const char *smiles);

/* ---- protons (rdkit_protons.cc) ---- */
typedef struct mg_proton_form {
    char *smiles; /* canonical */
    size_t from;  /* of which of the given molecules */
    int protons;  /* more than that one has */
} mg_proton_form;
/* The forms of each of n molecules that differ from it in protons alone, the likely ones first, at
 * most 48 of one; none of what is no molecule or has several parts. Free with
 * mg_proton_forms_free, also on failure. */
int mg_proton_forms(const char *const *smiles, size_t n, mg_proton_form **out, size_t *n_out,
                    molglot_error *err);
void mg_proton_forms_free(mg_proton_form *forms, size_t n);

/* ---- sketches (rdkit_sketch.cc) ---- */
typedef struct mg_sketch_atom {
    int number, charge;
    int isotope; /* 0: as it is found */
    char cip;    /* 'R', 'S' as it is to be, whatever near says; 0 */
    bool centre; /* seen from near[0], an atom or -1 for its hydrogen, the others stand
                    anticlockwise */
    int near[4];
} mg_sketch_atom;
typedef struct mg_sketch_bond {
    int a, b, order;
    char ez; /* 'E', 'Z'; 0 */
} mg_sketch_bond;
/* The canonical SMILES, malloc'ed, hydrogens as valences want them; any_cip, any_ez: the label of
 * the only centre or double bond that can have one. NULL: no molecule, or not with these labels. */
char *mg_smiles_of_sketch(const mg_sketch_atom *atoms, int n, const mg_sketch_bond *bonds, int m,
                          char any_cip, char any_ez);
/* The molecule whose only centre without a configuration (R, S), or double bond without one (E, Z),
 * has that label; all: each of them, at most four centres; where: SMARTS of the centres that are
 * meant, or NULL. Canonical, malloc'ed; NULL: there is none, or there are several. */
char *mg_smiles_labelled(const char *smiles, char label, bool all, const char *where);

/* ---- parts (rdkit_parts.cc) ---- */
enum { MG_PARTS_ATOMS = 62, MG_PARTS_BONDS = 80 };
typedef struct mg_parts_atom {
    uint8_t number, hydrogens;
    int8_t charge;
    bool ring;
    char cip; /* 'R', 'S', 0 */
} mg_parts_atom;
typedef struct mg_parts_bond {
    uint8_t a, b, order; /* 1, 2, 3: double bonds of aromatic rings are placed */
    bool aromatic, ring;
    char ez; /* 'E', 'Z', 0 */
} mg_parts_bond;
typedef struct mg_parts {
    mg_parts_atom atom[MG_PARTS_ATOMS];
    mg_parts_bond bond[MG_PARTS_BONDS];
    int n, m;
} mg_parts;
/* false: it is too large, or holds what no name of ours says (isotopes, radicals, dative bonds, a
 * centre without a label). */
bool mg_parts_of(const mg_mol *m, mg_parts *out);
bool mg_parts_of_sketch(const mg_sketch_atom *atoms, int n, const mg_sketch_bond *bonds, int m,
                        mg_parts *out);

/* ---- patterns (rdkit_smarts.cc) ---- */
/* One thread uses it at a time. NULL with MOLGLOT_USAGE and the reason when it is none. */
typedef struct mg_smarts mg_smarts;
mg_smarts *mg_smarts_new(const char *smarts, molglot_error *err);
void mg_smarts_free(mg_smarts *s);
/* Places in m where it matches, no two of the same atoms, at most max; negative on failure. */
int mg_smarts_count(const mg_smarts *s, const mg_mol *m, int max);
/* The same of two strings; 0 where one of them cannot be read. */
int mg_smiles_count(const char *smiles, const char *smarts, int max);
/* These places: *atoms is malloc'ed, *size atoms of m for each, in the order of the pattern's. */
int mg_smarts_places(const mg_smarts *s, const mg_mol *m, int max, int32_t **atoms, int *size);

/* ---- what nobody expects of a molecule unasked (rdkit_odd.cc) ---- */
enum {
    MG_ODD_RADICAL = 1, /* unpaired electrons, not counting metals' */
    MG_ODD_ISOTOPE = 2,
    MG_ODD_METAL = 4,
    MG_ODD_ELEMENT = 8, /* beyond H B C N O F Si P S Cl Se Br I and metals; a wildcard */
    MG_ODD_PARTS = 16,  /* several components */
    MG_ODD_CHARGE = 32, /* where atoms seldom bear one: carbanions, oxonium, a lone ion */
    MG_ODD_ALL = 63
};
unsigned mg_mol_odd(const mg_mol *m);

/* ---- scoring generated molecules (rdkit_scores.cc, fingerprints.c, bertz.c) ---- */
/* A copy with alternating single and double bonds where atoms and bonds still say that they are
 * aromatic, as 3M-Diffusion's evaluation has them (docs/reference/3m-diffusion.md 10, quirk 17):
 * its fingerprints depend on the order of the atoms. NULL when memory is short. */
mg_mol *mg_mol_kekulised(const mg_mol *m);
/* A copy in which one atom is a wildcard, and all else as it was: whatever has that atom in it
 * looks different. NULL when memory is short. */
mg_mol *mg_mol_without(const mg_mol *m, int32_t atom);
/* has an aromatic bond: without one that copy is the same */
bool mg_mol_aromatic(const mg_mol *m);
/* Morgan environments, not folded, with counts; malloc'ed, ascending by id. */
typedef struct mg_environment {
    uint32_t id;
    int32_t count;
} mg_environment;
int mg_mol_morgan_counts(const mg_mol *m, int radius, mg_environment **out, size_t *n,
                         molglot_error *err);
/* The same, and stereocentres tell. */
int mg_mol_chiral_counts(const mg_mol *m, int radius, mg_environment **out, size_t *n,
                         molglot_error *err);
/* 0 when both are empty */
double mg_count_tanimoto(const mg_environment *a, size_t na, const mg_environment *b, size_t nb);
/* Equal for molecules with the same numbers of atoms of each element, hydrogen aside: what differs
 * here has another InChI. */
uint64_t mg_mol_composition(const mg_mol *m);
/* Murcko scaffold; "" with fewer rings than that */
char *mg_mol_ring_scaffold(const mg_mol *m, int min_rings);
char *mg_mol_brics(const mg_mol *m); /* BRICS pieces as one SMILES, joined by '.' */
/* The properties whose distributions GuacaMol compares: four real ones, then five counts. */
enum {
    MG_DESC_BERTZ,
    MG_DESC_LOGP,
    MG_DESC_WEIGHT,
    MG_DESC_TPSA,
    MG_DESC_ACCEPTORS,
    MG_DESC_DONORS,
    MG_DESC_ROTATABLE,
    MG_DESC_ALIPHATIC_RINGS,
    MG_DESC_AROMATIC_RINGS,
    MG_DESCRIPTORS
};
int mg_mol_descriptors(const mg_mol *m, double out[MG_DESCRIPTORS], molglot_error *err);

/* ---- skeleton and surface (rdkit_shapes.cc) ----
 * Chi, kappa, surface by partial charge; what is not finite is 0. Before there are threads, call it
 * once: it fills RDKit's tables. */
enum { MG_SHAPES = 22 };
const char *mg_mol_shape_name(int i);
int mg_mol_shapes(const mg_mol *m, double out[MG_SHAPES], molglot_error *err);
char *mg_mol_plain_scaffold(const mg_mol *m); /* Murcko scaffold without stereo */

/* ---- graphs for the encoder (graph.c over one bulk call into rdkit.cc) ---- */
/* docs/reference/momu.md 2.1: 9+3 or 2+2 integer columns */
typedef enum { MG_FEAT_OGB = 0, MG_FEAT_SIMPLE = 1 } mg_feat_kind;
int mg_feat_atom_cols(mg_feat_kind k);
int mg_feat_bond_cols(mg_feat_kind k);
/* How many values column c can take (the size of its embedding table: largest index + 1). */
int mg_feat_atom_size(mg_feat_kind k, int col);
int mg_feat_bond_size(mg_feat_kind k, int col);

typedef struct mg_graph {     /* one molecule; malloc'ed arrays */
    int32_t n_atoms, n_edges; /* directed edges: bond k gives (begin,end) then (end,begin) */
    int32_t atom_cols, bond_cols;
    uint8_t *atoms;     /* [n_atoms, atom_cols] */
    int32_t *src, *dst; /* [n_edges] */
    uint8_t *bonds;     /* [n_edges, bond_cols] */
} mg_graph;
int mg_graph_from_mol(const mg_mol *m, mg_feat_kind kind, mg_graph *out, molglot_error *err);
void mg_graph_free(mg_graph *g);

/* Augmentations (docs/reference/momu.md 5). Correct ones remove nodes and renumber (edge attributes
 * stay aligned); with `faithful` they do what the published code did: nodes stay as isolated ones,
 * surviving edges are sorted row-major while their attributes keep the old order, the subgraph walk
 * is capped at 1.5 n draws. */
typedef enum { MG_AUG_NONE = 0, MG_AUG_DROP_NODES, MG_AUG_SUBGRAPH } mg_aug_kind;
int mg_graph_augment(const mg_graph *g, mg_aug_kind kind, float rate, bool faithful, mg_rng *rng,
                     mg_graph *out, molglot_error *err);

/* --- a batch of molecules as the encoders take it (packed CSR; arrays owned by whoever made the
 * batch) --- */
typedef struct mg_mol_batch {
    int64_t n;                   /* molecules */
    const int32_t *atom_offsets; /* [n+1] */
    /* [n_atoms*atom_cols] row numbers in ONE concatenated atom table: value + base of its column */
    const int32_t *atom_ids;
    const int32_t *edge_offsets; /* [n_atoms+1] incoming edges per atom */
    const int32_t *edge_src;     /* [n_edges] packed atom numbers */
    /* [n_edges*bond_cols] row numbers in ONE concatenated bond table (without the self loop) */
    const int32_t *edge_ids;
    mg_bags bags; /* substructure features; n = 0 when the model has no such channel */
    int32_t atom_cols, bond_cols;
} mg_mol_batch;

/* ---- drawing (draw.cc) ---- */
typedef struct mg_draw_options {
    int width, height;
    const char *legend; /* or NULL */
    const int32_t *highlight;
    int n_highlight;           /* atoms */
    const float (*colours)[3]; /* one per highlighted atom, or NULL */
    bool transparent;
} mg_draw_options;
/* CoordGen up to 100 atoms and 20 rings, RDKit's layout above. svg: malloc'ed text. png: malloc'ed
 * bytes. */
int mg_draw_svg(const mg_mol *m, const mg_draw_options *o, char **svg, molglot_error *err);
int mg_draw_png(const mg_mol *m, const mg_draw_options *o, uint8_t **png, size_t *n,
                molglot_error *err);
/* As mg_draw_svg; places[atoms][2] gets x and y of each atom in the picture. */
int mg_draw_svg_places(const mg_mol *m, const mg_draw_options *o, char **svg, float *places,
                       molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
