/* inside.h - inside the wing of names:
 *   fragment.c   pieces of a molecule
 *   geometry.c   how the neighbours of their centres stand
 *   tables.c     what they are called
 *   reader.c     the letters of a name
 *   ring.c, rings.c, numbering.c, fused.c, skeleton.c   ring systems
 *   hydride.c, spiro.c, core.c, prefix.c, put.c, parent.c   its parts, each from letters to
 * fragments name.c       all of it
 *
 * The other way round, from molecules to words: write.h.
 */
#ifndef MG_NOMENCLATURE_INSIDE_H
#define MG_NOMENCLATURE_INSIDE_H

#include "chem/nomenclature/nomenclature.h"

/* ---- fragment.c ---- */
enum { NAME_ATOMS = 220, NAME_BONDS = 250, NAME_LOCANT = 8, NAME_ENDS = 8 };

typedef struct name_atom {
    uint8_t number;
    uint8_t lambda; /* bonds that the name says, 0: the usual number */
    int8_t charge;
    bool flat; /* of a ring with as many double bonds as it can have */
    bool due;  /* what is bound to this nitrogen needs its ring to say that it has no double bond */
    bool sat;  /* but not this atom: hydro, indicated hydrogen, a substituent's double bond */
    bool told; /* its indicated hydrogen stands in the name */
    bool maybe;   /* or not this one, where a ring needs it: the usual indicated hydrogen */
    uint8_t ring; /* of flat atoms: number of their ring system in the fragment, from 1 */
    char cip;     /* 'R', 'S' as the name says, 0 */
    bool centre;  /* how its neighbours stand is known (geometry.c) */
    bool unsure;  /* not which of them is on which face */
    bool fixed;   /* by the name, which may not say otherwise */
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
    uint8_t from;            /* the atom with the free valence of a substituent */
    uint8_t order;           /* 1, 2; 0: no substituent */
    uint8_t ends[NAME_ENDS]; /* oxygens of acids that esters or salts are made of */
    int n_ends;
    bool alike;           /* all its places are alike: benzene, methane */
    bool loose;           /* it was read in a way that a stricter one goes before */
    bool open;            /* a link, which is nothing by itself: "oxy", "carbonyl" */
    char any_cip, any_ez; /* "(R)-" without a locant */
} name_fragment;

/* Adds atoms and bonds of a SMILES (lower case: flat; "@S" behind an atom: its label; "[C@H]",
 * "[C@@]": a centre as in SMILES, a first one's free valence stands where a neighbour in front
 * would), with their locants ("1/2//3", from the first atom on; NULL: none); the number of the
 * first; -1: there is no room. */
int name_add(name_fragment *f, const char *smiles, const char *locants);
int name_add_atom(name_fragment *f, int number);
bool name_bind(name_fragment *f, int a, int b, int order);
void name_chain(name_fragment *f, int carbons, bool ring); /* with locants from 1 */
int name_at(const name_fragment *f, const char *locant);   /* -1: none */
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
typedef struct name_suffix {
    const char *name;
    const char *smiles; /* its first atom is bound; "=": by a double bond, "#" by a triple one */
    const char *locants;
    bool on_end; /* of a chain, whose own carbon it uses: "oic acid" */
    int end;     /* atom of an ester's or salt's end, -1 */
} name_suffix;
extern const name_suffix NAME_SUFFIXES[];
/* "meth" ... ; carbons, *length characters read, the longest; 0: none. */
int name_stem(const char *s, size_t n, size_t *length);
/* "di", "tris" ...; how many, *length characters; 0: none. */
int name_multiplier(const char *s, size_t n, size_t *length);

/* ---- reader.c ---- */
enum {
    NAME_LONGEST = 800, /* characters of a name */
    NAME_WAYS = 4,      /* in which a stretch is read, at most */
    NAME_PARTS = 24,    /* of a list of prefixes */
    NAME_PLACES = 24,   /* of a prefix */
    NAME_STEPS = 60000, /* before a name is given up */
    NAME_DEPTH = 40     /* of prefixes within prefixes */
};

typedef struct name_ways { /* fragments that a stretch can be */
    name_fragment *f[NAME_WAYS];
    int n;
} name_ways;

typedef struct name_part { /* of a list of prefixes */
    enum { PART_GROUP, PART_HYDRO, PART_INDICATED, PART_CIP, PART_LAMBDA, PART_BRIDGE } kind;
    char place[NAME_PLACES][NAME_LOCANT];
    uint8_t lambda[NAME_PLACES]; /* "5lambda6": 6 */
    char mark[NAME_PLACES];      /* CIP: R, S, E, Z of each place; "" place: without a locant */
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
    long steps;
    bool turned;       /* it stood as in an index */
    bool failed;       /* no memory */
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
/* "2", "4a", "n'"; "2,3-" with its hyphen, and "2(1h)" into *hydro, if it is wanted. Characters. */
size_t name_locant(const name_reader *r, size_t i, size_t end, char out[NAME_LOCANT]);
size_t name_locants(const name_reader *r, size_t i, size_t end, name_part *p, name_part *hydro);
size_t name_indicated(const name_reader *r, size_t i, size_t end, name_part *p); /* "1h,3h-" */
size_t name_lambda(const name_reader *r, size_t i, size_t end, uint8_t *lambda);
size_t name_bracket_end(const name_reader *r, size_t i, size_t end);

/* ---- put.c ---- */
bool name_put_indicated(name_fragment *f, const name_part *p);
bool name_put_hydro(name_fragment *f, const name_part *p);
/* Every way to put all parts of a list on f. */
void name_put_all(name_reader *r, const name_fragment *f, const name_part *parts, int n,
                  name_ways *out);

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

/* ---- hydride.c, spiro.c: all of s[i..end), with or without a last e ---- */
bool name_plain_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f);
bool name_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f);

/* ---- core.c ---- */
const name_ways *name_cores(name_reader *r, size_t i, size_t end);

/* ---- prefix.c ---- */
/* A list of prefixes from i on, n of them read; at its end all are put on f. */
void name_prefixes(name_reader *r, size_t i, size_t end, name_part *parts, int n,
                   const name_fragment *f, name_ways *out);
const name_ways *name_substituent(name_reader *r, size_t i, size_t end);

/* ---- index.c ---- */
bool name_turn(char *s, size_t *n); /* in room for NAME_LONGEST characters */
void name_respell(char *s, size_t *n);
bool name_ends_with(const char *s, const char *end);

/* ---- name.c ---- */
/* The fragment that a name is, before double bonds are placed; *smiles is malloc'ed, NULL where it
 * is not understood. */
int name_of_parent(const char *name, name_fragment *out, char **smiles, molglot_error *err);
/* Places its double bonds; atoms[f->n], bonds[f->m]; 0: it is no molecule. */
int name_sketch(name_fragment *f, mg_sketch_atom *atoms, mg_sketch_bond *bonds);

/* ---- parent.c ---- */
void name_compound(name_reader *r, size_t i, size_t end, name_ways *out);

#endif
