/* inside.h - inside the wing of names:
 *   reader.c      the letters of a name
 *   fragment.c, geometry.c, sketch.c   pieces of a molecule, how the neighbours of their centres
 *                 stand, and what a whole one is as SMILES
 *   tables.c, suffixes.c, common.c, more.c   what they are called
 *   acid.c, oxoacids.c   acids and what becomes of them
 *   ring.c, rings.c, numbering.c, fused.c, skeleton.c   ring systems
 *   hydride.c, heterochain.c, unsaturation.c, ring_part.c, spiro.c, assembly.c   parent hydrides
 *   core.c, prefix.c, put.c, parent.c   a name's parts, each from letters to fragments
 *   natural.c, naturals.c   steroids and their like
 *   residue.c, peptide.c, code.c, charges.c, bridge.c   amino acids and peptides (peptide.h)
 *   spelling.c, composed.c   the same
 *   sugar*.c, nucleoside.c, glycoside.c   sugars and what they are bound to (sugar.h)
 *   lipid*.c      lipids and acyl-CoAs (lipid.h)
 *   functional.c  names of functional classes: acetals, glycol ethers, anhydrides
 *   sides.c       "cis" and "trans"
 *   isotopes.c    deuterium
 *   multiple.c    parents that are there several times
 *   index.c, respell.c, renamed.c, reagents.c, salt.c, name.c   old and loose spellings; salts; all
 * of it described.c, described_places.c, bonds_said.c   phrases that say a name (described.h)
 *
 * The other way round, from molecules to words: write.h.
 */
#ifndef MG_NOMENCLATURE_INSIDE_H
#define MG_NOMENCLATURE_INSIDE_H

#include "chem/nomenclature/nomenclature.h"

/* ---- fragment.c ---- */
enum { NAME_DEUTERIUM = 200 }; /* a number of no element */
enum { NAME_ATOMS = 220, NAME_BONDS = 250, NAME_LOCANT = 8, NAME_ENDS = 8, END_PLACE = 4 };

typedef struct name_atom {
    uint8_t number;
    uint8_t lambda; /* bonds that the name says, 0: the usual number */
    int8_t charge;
    bool flat; /* of a ring with as many double bonds as it can have */
    bool due;  /* what is bound to this nitrogen needs its ring to say that it has no double bond */
    bool sat;  /* but not this atom: hydro, indicated hydrogen, a substituent's double bond */
    bool told; /* its indicated hydrogen stands in the name */
    bool maybe;       /* or not this one, where a ring needs it: the usual indicated hydrogen */
    uint8_t ring;     /* of flat atoms: number of their ring system in the fragment, from 1 */
    char cip;         /* 'R', 'S' as the name says, 0 */
    bool centre;      /* how its neighbours stand is known (geometry.c) */
    bool unsure;      /* not which of them is on which face */
    bool fixed;       /* by the name, which may not say otherwise */
    uint8_t relative; /* to another centre of that number, as "cis" says it (sides.c); 0 */
    char face; /* '2': near[2] is its alpha, near[3] its beta neighbour; 'A', 'B': near[3] is; 0 */
    uint8_t near[4]; /* seen from the first the others stand anticlockwise; NEAR_H, NEAR_FREE */
    char locant[NAME_LOCANT]; /* "" */
} name_atom;
typedef struct name_bond {
    uint8_t a, b, order;
    char ez; /* 'E', 'Z', 0 */
} name_bond;
typedef struct name_fragment {
    name_atom a[NAME_ATOMS];
    name_bond b[NAME_BONDS];
    int n, m, rings;
    uint8_t own;             /* of a natural parent (natural.c): its atoms, the first ones; 0 */
    uint8_t from;            /* the atom with the free valence of a substituent */
    uint8_t order;           /* 1, 2; 0: no substituent */
    uint8_t ends[NAME_ENDS]; /* oxygens of acids that esters or salts are made of */
    char end_at[NAME_ENDS][END_PLACE]; /* places of these acids on their hydride, "" */
    int n_ends;
    bool alike;           /* all its places are alike: benzene, methane */
    uint8_t anomer;       /* of a sugar's compound: its anomeric carbon, 0 */
    uint8_t glycosyl;     /* a sugar's, which says where it stands: 1; 2: but not its ring */
    bool ion;             /* it has lost protons, of which its name does not say all */
    bool glycoside;       /* one of its ends is a sugar's, nothing without a word for it */
    bool loose;           /* it was read in a way that a stricter one goes before */
    bool residue;         /* an amino acid, or made of them */
    bool word;            /* of a word behind what is bound to it: "ether" */
    bool twice;           /* "hexadecyl ether" has two of it */
    bool open;            /* a link, which is nothing by itself: "oxy", "carbonyl" */
    char any_cip, any_ez; /* "(R)-" without a locant */
} name_fragment;

/* Adds atoms and bonds of a SMILES (lower case: flat; "@S" behind an atom: its label; "=E":
 * a bond's; "[C@H]", "[C@@]": a centre as in SMILES, a first one's free valence stands where a
 * neighbour in front would), with their locants ("1/2//3", from the first atom on; NULL: none); the
 * number of the first; -1: there is no room. */
int name_add(name_fragment *f, const char *smiles, const char *locants);
int name_add_atom(name_fragment *f, int number);
bool name_bind(name_fragment *f, int a, int b, int order);
void name_chain(name_fragment *f, int carbons, bool ring); /* with locants from 1 */
int name_at(const name_fragment *f, const char *locant);   /* -1: none */
/* Of "3B", "3beta" in a name: *face is 'A', 'B', 'X', of "22R" the label, 0 where there is none. */
int name_at_face(const name_fragment *f, const char *locant, char *face);
/* That is how the other neighbour (an atom, NEAR_FREE) stands; false: it cannot. */
bool name_tell(name_fragment *f, int atom, int other, char face);
int name_hydroxy(const name_fragment *f, int atom); /* the only OH on it, -1 */
bool name_alkyne(const name_fragment *f, int atom); /* it has a triple bond */
/* That atom has its free valence there, of one or two bonds. */
bool name_open_valence(name_fragment *f, const char *locant, int order);
bool name_may_lambda(const name_atom *a); /* more bonds than usual, if the name says their number */
int name_orders(const name_fragment *f, int atom); /* sum of its bonds */
int name_free(const name_fragment *f, int atom);   /* hydrogens that may be replaced */
/* The atom takes a substituent by a bond of that order: its free valence, the usual indicated
 * hydrogen of its ring. */
bool name_take(name_fragment *f, int atom, int order);
/* Binds a substituent to an atom of f. */
bool name_join(name_fragment *f, int atom, const name_fragment *sub);
/* Double bonds of flat rings; false: they have no such form. */
bool name_kekulise(name_fragment *f);

/* ---- geometry.c ---- */
enum {
    NEAR_H = 255,
    NEAR_FREE = 254
}; /* in the place of a neighbour: a hydrogen, a free valence */
/* A bond to `other` takes a hydrogen's place, or that of the free valence, which `kept` keeps. */
void name_near_bind(name_atom *a, int other, bool kept);
void name_near_leave(name_atom *a, int other); /* a hydrogen comes in its place */
void name_near_shift(name_atom *a, int by);    /* all numbers of atoms */
void name_near_turn(name_atom *a);             /* the other hand */
/* What is near[] (an atom, NEAR_H, NEAR_FREE) stands on that face, 'A' or 'B', 'X': unknown; false:
 * the atom has no faces, or the name has said otherwise. */
bool name_near_face(name_atom *a, int other, char face);
/* It is a carbon or nitrogen with four single bonds, and all is known. */
bool name_near_known(const name_fragment *f, int atom);
bool name_near_open(const name_fragment *f,
                    int atom); /* all but that, which the name does not say */

/* ---- tables.c ---- */
typedef struct name_entry {
    const char *name, *smiles, *locants;
} name_entry;
extern const name_entry NAME_RINGS[];   /* without a last e */
extern const name_entry NAME_SHORT[];   /* of rings before "yl": the ring's name stands as SMILES */
extern const name_entry NAME_PARENTS[]; /* whole, with their function: "phenol"; "=" before its
                                           locants: all its places are alike */
extern const name_entry
    NAME_GROUPS[]; /* substituents; the first atom binds, "=" in front: twice; "~": a link */
extern const name_entry NAME_ACIDS[]; /* stems before "ic acid", "ate", "yl"; atom 0: its carbon */
extern const name_entry NAME_COMMON[], NAME_COMMON_ACIDS[]; /* common.c: more of the same */
extern const name_entry NAME_MORE[], NAME_MORE_GROUPS[];    /* more.c: and more */
typedef struct name_suffix {
    const char *name;
    const char *smiles; /* its first atom is bound; "=": by a double bond, "#" by a triple one */
    const char *locants;
    bool on_end; /* of a chain, whose own carbon it uses: "oic acid" */
    int end;     /* atom of an ester's or salt's end, -1 */
} name_suffix;
extern const name_suffix NAME_SUFFIXES[];

/* ---- naturals.c ---- */
typedef struct name_parent {
    const char *stem; /* before "an", "-4-en"; "card|olid" with what is behind these */
    const char *smiles, *locants;
    const char *rings; /* "1.2.3.4.5.10/...": anticlockwise as seen from the beta face; "~" in
                          front: an open chain that has faces as a ring */
    const char *faces; /* "8B9A10B": of the only thing that a ring's atom has there; "28A": of an
                          atom beside the ring */
} name_parent;
extern const name_parent NAME_NATURALS[];
bool name_natural_at(const char *s);         /* whether a stem of NAME_NATURALS begins there */
extern const char *const NAME_RETAINED[][2]; /* "cholesterol", and the name that says its atoms */
/* "meth" ... ; carbons, *length characters read, the longest; 0: none. */
int name_stem(const char *s, size_t n, size_t *length);
/* "di", "tris" ...; how many, *length characters; 0: none. */
int name_multiplier(const char *s, size_t n, size_t *length);

/* ---- reader.c ---- */
enum {
    NAME_LONGEST = 800, /* characters of a name */
    NAME_WAYS = 4,      /* in which a stretch is read, at most */
    NAME_PARTS = 24,    /* of a list of prefixes */
    NAME_PLACES = 36,   /* of a prefix */
    NAME_STEPS = 60000, /* before a name is given up */
    NAME_DEPTH = 40     /* of prefixes within prefixes */
};

typedef struct name_ways { /* fragments that a stretch can be */
    name_fragment *f[NAME_WAYS];
    int n;
} name_ways;

typedef struct name_part { /* of a list of prefixes */
    enum {
        PART_GROUP,
        PART_HYDRO,
        PART_INDICATED,
        PART_CIP,
        PART_LAMBDA,
        PART_BRIDGE,
        PART_ENT,
        PART_DEHYDRO,
        PART_DEOXY,
        PART_EPI,
        PART_SIDES, /* "cis-": count 1; "trans-": 0 */
        PART_END
    } kind;
    char place[NAME_PLACES][NAME_LOCANT];
    uint8_t lambda[NAME_PLACES]; /* "5lambda6": 6 */
    char mark[NAME_PLACES]; /* CIP: R, S, E, Z, faces A, B, X of each place; "" place: without a
                               locant */
    int places, count;
    bool closed, hyphen; /* in brackets; a hyphen stands behind it */
    bool beside;         /* of a list in which others have locants */
    const name_ways *group;
    size_t text;        /* where the group's letters begin */
    const char *bridge; /* its atoms: "CO" */
} name_part;

typedef struct name_reader {
    const char *s;
    size_t n;
    /* of stretches, [n + 1][n + 1]; NULL, as depth and until, where a part alone is read */
    name_ways **subs, **cores; /* what was read; an entry is NULL until then */
    uint8_t *no_hydride;       /* bits: it is none */
    uint16_t *depth, *until;   /* of brackets; how far a stretch may go, [n + 1] */
    /* bits: how long the rings and groups of the tables are that begin there, [n + 1] */
    uint64_t *rings, *groups;
    uint16_t *naturals; /* where the next stem of a natural parent begins, [n + 1]; or NULL */
    long steps;
    /* prefix.c and parent.c, for files that these call */
    const name_ways *(*substituent)(struct name_reader *, size_t i, size_t end);
    void (*compound)(struct name_reader *, size_t i, size_t end, name_ways *out);
    bool turned;       /* it stood as in an index */
    bool failed;       /* no memory */
    bool plain;        /* it holds no stem of a natural parent and no retained name */
    bool retained;     /* it is what a retained name says: it holds none itself */
    int depth_of_subs; /* substituents in substituents, now */
} name_reader;

bool name_spent(name_reader *r); /* counts a step; true: enough of them */
/* Tables of a name; name_close frees what was allocated in any case. */
bool name_open(name_reader *r);
void name_close(name_reader *r);
bool name_balanced(const name_reader *r, size_t i, size_t end);       /* its brackets close in it */
void name_keep(name_reader *r, name_ways *w, const name_fragment *f); /* a copy, if it is new */
void name_ways_free(name_ways *w);
bool name_begins(const name_reader *r, size_t i, size_t end, const char *word);
bool name_is_word(const name_reader *r, size_t i, size_t end, const char *word);
bool name_ends_with(const char *s, const char *end);
/* At `at`, `cut` characters of s[NAME_LONGEST + 1] become `with`; false: no room, s stays. */
bool name_put(char *s, size_t at, size_t cut, const char *with);
/* Lengths of the names of a table that s begins with, a bit each; the last one: or longer. */
enum { NAME_BITS = 63 };
uint64_t name_lengths_at(const name_entry *table, const char *s);
/* "2", "4a", "n'"; "2,3-" with its hyphen, and "2(1h)" into *hydro, if it is wanted. Characters. */
size_t name_locant(const name_reader *r, size_t i, size_t end, char out[NAME_LOCANT]);
size_t name_locants(const name_reader *r, size_t i, size_t end, name_part *p, name_part *hydro);
size_t name_indicated(const name_reader *r, size_t i, size_t end, name_part *p); /* "1h,3h-" */
size_t name_lambda(const name_reader *r, size_t i, size_t end, uint8_t *lambda);
size_t name_bracket_end(const name_reader *r, size_t i, size_t end);

/* ---- put.c ---- */
int name_place(const name_fragment *f, const char *locant); /* as the name writes it; -1 */
int name_only_place(const name_fragment *f); /* of one group without a locant; -1: a choice */
bool name_put_indicated(name_fragment *f, const name_part *p);
bool name_put_hydro(name_fragment *f, const name_part *p);
/* Every way to put all parts of a list on f. */
void name_put_all(name_reader *r, const name_fragment *f, const name_part *parts, int n,
                  name_ways *out);

/* ---- sides.c ---- */
/* "cis" or "trans" of a parent of so many atoms, the first ones; false: not clearly. */
bool name_put_sides(name_fragment *f, int atoms, bool cis);
bool name_turn_sides(name_fragment *f, int relative); /* the other hand; false: there is none */

/* ---- isotopes.c ---- */
int name_cut_deuterium(char *s, size_t *n); /* "-d8" off the end; how many, 0 */
bool name_deuterate(name_fragment *f,
                    int count); /* all its hydrogens; false: they are not so many */

/* ---- ring.c: all of s[i..end), with or without a last e ---- */
bool name_ring(const name_reader *r, size_t i, size_t end, name_fragment *f);
bool name_heterocycle(const name_reader *r, size_t i, size_t end, name_fragment *f);
typedef enum { STEROID_NONE, STEROID_OWN, STEROID_FUSED, STEROID_UNCLEAR } name_steroid;
name_steroid name_steroid_of(const name_reader *r, size_t i, size_t end);
/* Marks nitrogens that may have the hydrogen that a flat ring needs and its name does not tell. */
void name_usual_hydrogen(name_fragment *f);

/* ---- rings.c ---- */
enum { NAME_RINGS_MOST = 12, NAME_RING_SIZE = 16 };
typedef struct name_rings {
    int n, size[NAME_RINGS_MOST];
    uint8_t atom[NAME_RINGS_MOST][NAME_RING_SIZE]; /* in order */
} name_rings;
bool name_rings_of(const name_fragment *f, name_rings *out);
/* Rings that have an atom, or a bond. */
int name_rings_with(const name_rings *rings, int a, int b);
int name_periphery(const name_fragment *f, const name_rings *rings, int first, int second,
                   uint8_t out[NAME_ATOMS]);

/* ---- numbering.c ---- */
bool name_number(name_fragment *f);

/* ---- fused.c ---- */
bool name_fused(const name_reader *r, size_t i, size_t end, int depth, name_fragment *f);
bool name_fused_ring(const name_reader *r, size_t i, size_t end, name_fragment *f);

/* ---- skeleton.c ---- */
enum { NAME_BRIDGES = 18 };
typedef struct name_bridge {
    int size, from, to;
    char flat[8]; /* "017": digits of size and from, not told apart; "": they are */
} name_bridge;
typedef struct name_skeleton {
    bool spiro;
    int size[3];                      /* two ways round and the main bridge; spiro: two rings */
    name_bridge bridge[NAME_BRIDGES]; /* secondary ones */
    int n_bridges;
} name_skeleton;
size_t name_skeleton_at(const name_reader *r, size_t i, size_t end, name_skeleton *out);
bool name_skeleton_build(name_fragment *f, const name_skeleton *s, int atoms);

/* ---- natural.c: parents whose name tells centres too, with or without a last e ---- */
bool name_mentions_natural(const char *s);
bool name_natural(const name_reader *r, size_t i, size_t end, name_fragment *f);
/* "5alpha-", "(3beta,5alpha)-" without a group behind it: places and marks A, B; characters. */
size_t name_faces_at(const name_reader *r, size_t i, size_t end, name_part *p);
/* "7,8-didehydro", "24,25-dihydro", "11-deoxy", "3-epi" of such parents; characters. */
size_t name_change_at(const name_reader *r, size_t i, size_t end, name_part *p);
/* Names of 17-hydroxy steroids are often sloppy ("19-norpregn-4-en-20-yn-17alpha-ol"), those of
 * morphinans without an ether and of kauranes without "ent" mean either hand. */
bool name_natural_clear(const name_fragment *f);
bool name_put_change(name_fragment *f, const name_part *p);
bool name_remove(name_fragment *f,
                 int at); /* an atom with one or two neighbours, which are bound */

/* ---- unsaturation.c ---- */
typedef struct name_unsaturation {
    int at[NAME_PLACES], to[NAME_PLACES], order[NAME_PLACES], n; /* to 0: the next */
} name_unsaturation;
/* "an", "ane", "-2-en", "a-1,3-diene", "-1-en-3-yne" behind a stem, all of s[i..end); front:
 * locants in front of the stem, or NULL. */
bool name_unsaturation_at(const name_reader *r, size_t i, size_t end, const name_part *front,
                          name_unsaturation *u);
/* "1,3(8)-": bonds from one locant to the next, or to the one in brackets; characters. */
size_t name_bonds_at(const name_reader *r, size_t i, size_t end, name_unsaturation *u, int first);
bool name_unsaturate(name_fragment *f, const name_unsaturation *u);

/* ---- heterochain.c, hydride.c, spiro.c: all of s[i..end), with or without a last e ---- */
uint8_t name_filled(int number);
bool name_heterochain(const name_reader *r, size_t i, size_t end, name_fragment *f);
bool name_plain_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f);
bool name_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f);

/* ---- ring_part.c: all of s[i..end), with or without a last e ---- */
/* A ring system with its hydro prefixes and indicated hydrogen: "3h-indole". */
bool name_ring_part(const name_reader *r, size_t i, size_t end, name_fragment *f);

/* ---- assembly.c: all of s[i..end), with or without a last e ---- */
bool name_assembly(const name_reader *r, size_t i, size_t end, name_fragment *f);

/* ---- acid.c, oxoacids.c: all of s[i..end) ---- */
void name_acid(name_reader *r, size_t i, size_t end, const name_entry *e, name_ways *out);
void name_acid_core(name_reader *r, size_t i, size_t end, const name_entry *e, name_ways *out);
void name_oxoacid(name_reader *r, size_t i, size_t end, name_ways *out);
void name_function(name_reader *r, size_t i, size_t end, name_ways *out);

/* ---- core.c ---- */
const name_ways *name_cores(name_reader *r, size_t i, size_t end);

/* ---- prefix.c ---- */
/* A list of prefixes from i on, n of them read; at its end all are put on f. */
void name_prefixes(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                   const name_fragment *f, name_ways *out);
const name_ways *name_substituent(name_reader *r, size_t i, size_t end);

/* ---- ester.c ---- */
/* Words in front of an ester's or a salt's acid, s[i..end), on its ends from number `done` on. */
void name_esters(name_reader *r, size_t i, size_t end, const name_fragment *f, int done,
                 name_ways *out);
/* "testosterone propanoate", s[0..end), so many esters at most behind the first. */
void name_alcohol_esters(name_reader *r, size_t end, int words, name_ways *out);
/* "ethyl-4-nitrobenzoate": whether an ester lacks its blank, which is read as one. */
bool name_blank_missing(name_reader *r, name_ways *out);
/* Whether the name of one molecule may be meant as an ester: "ethylaminoacetate". */
bool name_may_be_ester(name_reader *r);

/* ---- multiple.c ---- */
/* A parent of all of s[i..end) that is there several times, on a link; the same of an ester's. */
void name_multiple(name_reader *r, size_t i, size_t end, name_ways *out);
void name_multiple_ester(name_reader *r, size_t i, size_t blank, size_t end, name_ways *out);

/* ---- index.c ---- */
void name_drop_editions(char *s);   /* "(9ci)" behind a name */
bool name_turn(char *s, size_t *n); /* in room for NAME_LONGEST characters */
void name_respell(char *s, size_t *n);

/* ---- respell.c: in room for NAME_LONGEST characters ---- */
void name_loose_spelling(char *s);
/* ---- reagents.c ---- */
void name_reagents(char *s);

/* ---- renamed.c ---- */
void name_renamed(char *s);

/* ---- salt.c ---- */
typedef int name_component_reader(char *s, size_t n, char **smiles, molglot_error *err);
/* What consists of several molecules or ions, its letters folded; *smiles is malloc'ed, NULL where
 * it is not understood. */
int name_salt(const char *folded, name_component_reader *read, char **smiles, molglot_error *err);
/* Of ions and small molecules that stand between semicolons; NULL: another. */
const char *name_small_component(const char *s);
int name_charge_of(const char *smiles); /* the sum of charges that it writes */

/* ---- functional.c ---- */
/* Acetals, ethers and esters of glycols, epoxides, anhydrides, hydrazides, perfluoro; as above. */
int name_functional(const char *folded, name_component_reader *read, char **smiles,
                    molglot_error *err);

/* ---- sketch.c ---- */
/* Its atoms[f->n] and bonds[f->m]; false: it is no molecule. As below. */
bool name_sketch(const name_fragment *f, int mark, mg_sketch_atom *atoms, mg_sketch_bond *bonds);
/* The canonical SMILES of a fragment whose double bonds are set (name_kekulise), malloc'ed; NULL:
 * it is no molecule. mark: an atom whose bonds are not counted, -1. */
char *name_sketched(const name_fragment *f, int mark);

/* ---- lipid.c ---- */
/* Lipids and acyl-CoAs by their own names; canonical SMILES, malloc'ed; NULL: it is none. */
char *name_lipid(const char *folded, bool *failed);
/* A name whose chains are said in a biochemist's way, as the grammar has it; false: nothing
 * changes. */
bool name_respelled(const char *folded, char out[NAME_LONGEST + 1], bool *failed);
/* "(4-)", "(1+)", " zwitterion" cut off the end; " anion": NAME_ALL_ACIDS; false: there is none. */
enum { NAME_ALL_ACIDS = 1000 };
bool name_lipid_cut_charge(char *s, int *charge);
/* With that charge by the loss of all acid protons, amines protonated where the sum says so; NULL:
 * it has no such form. Frees the given one. */
char *name_ionised(char *smiles, int charge, bool *failed);

/* ---- lipid_charge.c ---- */
/* As mg_name_described, of lipids and ions. */
int name_lipid_described(const char *text, char **name, molglot_error *err);

/* ---- spelling.c, charges.c, bridge.c, residue.c, peptide.c: amino acids, with what they are
 * joined to ----
 */
void name_residue_spelling(char *s, size_t *n); /* in room for NAME_LONGEST characters */
bool name_residue_ate(
    char *s); /* "glycine" to "glycinate", of which it is not longer by more than 2 */
/* "(1-)" or " zwitterion" off the end of a name; false: there is none. */
bool name_cut_charge(char *s, size_t *n, int *charge, bool *zwitterion);
bool name_set_charge(name_fragment *f, int charge, bool zwitterion); /* false: not clearly */
/* "cyclic (1->6)-disulfide" off the end of a name, bridge.c; false as above. */
bool name_cut_bridge(char *s, size_t *n);
bool name_set_bridge(name_fragment *f);
void name_residue_parent(name_reader *r, size_t i, size_t end, name_ways *out); /* one of them */
/* Where a group goes on an amino acid; -1: nowhere; -2: as on others. */
int name_residue_place(const name_fragment *f, const char *locant, const name_fragment *sub,
                       bool closed);
bool name_read_code(const char *name, name_fragment *f); /* code.c: "Boc-Phe-Gly-OMe" */
bool name_residue_acyl(const name_fragment *sub);        /* it is bound by C=O, S=O or P=O */
typedef void name_prefix_reader(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                                const name_fragment *f, name_ways *out); /* name_prefixes */
void name_peptide(name_reader *r, size_t i, size_t end, name_prefix_reader *prefixes,
                  name_ways *out); /* two or more */
void name_peptide_core(name_reader *r, size_t i, size_t end, name_prefix_reader *prefixes,
                       name_ways *out); /* acyl groups */

/* ---- composed.c: "tripeptide composed of ..."; *name as in mg_name_described ---- */
int name_composed(const char *text, char **name, molglot_error *err);

/* ---- sugar.c, sugar_compound.c: glycosyl groups, sugars and glycosides ---- */
void sugar_groups(name_reader *r, size_t i, size_t end, name_ways *out);
void sugar_compound(name_reader *r, size_t i, size_t end, name_ways *out);
/* What begins so may be a sugar's, though it looks like a locant: "beta-", "n-acetyl". */
bool sugar_begins(const name_reader *r, size_t i, size_t end);

/* ---- sugar_described.c: the name of what a phrase says; *name is malloc'ed, NULL: none ---- */
int sugar_described(const char *text, char **name, molglot_error *err);

/* ---- bonds_said.c ---- */
/* "a double bond between positions 5 and 6" as "a didehydro group at positions 5 and 6"; room of
 * text. */
void name_say_bonds(char *text, size_t room);
bool name_is_bridge(const char *group); /* that has two positions: "epoxy" */

/* ---- name.c ---- */
/* The fragment that a name is, before double bonds are placed; *smiles is malloc'ed, NULL where it
 * is not understood. */
int name_of_parent(const char *name, name_fragment *out, char **smiles, molglot_error *err);
/* ---- parent.c ---- */
void name_compound(name_reader *r, size_t i, size_t end, name_ways *out);
void name_oxide(name_reader *r, size_t i, size_t end, name_ways *out);

#endif
