/* write.h - inside the wing of names, from molecules to words:
 *   parts.c   rings, chains and characteristic groups of a molecule; where a pattern lies in it
 *   group.c   substituents
 *   unit.c    a ring or a chain with one kind of suffix: parents, and cores of substituents
 *   put_words.c   prefixes and stereo descriptors before a parent, the lowest locants
 *   write.c   which parent; the proof
 */
#ifndef MG_NOMENCLATURE_WRITE_H
#define MG_NOMENCLATURE_WRITE_H

#include "chem/nomenclature/inside.h"

enum {
    WORDS_LONGEST = 320,
    WRITE_NEAR = 6,      /* neighbours of an atom */
    WRITE_PREFIXES = 32, /* of a parent */
    WRITE_GROUPS = 12,   /* of one class */
    WRITE_KEY = 120,
    WRITE_DEPTH = 12,     /* substituents in substituents */
    WRITE_STEPS = 400000, /* before a molecule is given up */
    WRITE_ACYCLIC = -1
};

typedef struct name_words {
    char s[WORDS_LONGEST];
    size_t n;
    size_t core;   /* where its core begins: "4-chloro|phenyl" */
    bool composed; /* it stands in brackets before others */
    bool failed;
} name_words;
void words_add(name_words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* In brackets of a kind that it does not hold yet. */
void words_enclosed(name_words *w, const char *s);

typedef struct namer namer;
/* What hangs at atom `at` of the neighbour `from`; kept by the namer; NULL: it has no name. */
typedef const name_words *name_substituent_of(namer *w, int at, int from);
struct namer {
    const mg_parts *g;
    name_substituent_of *substituent; /* namer_substituent: prefixes have prefixes */
    int degree[MG_PARTS_ATOMS];
    uint8_t near[MG_PARTS_ATOMS][WRITE_NEAR], by[MG_PARTS_ATOMS][WRITE_NEAR]; /* bonds */
    int8_t system[MG_PARTS_ATOMS]; /* of rings; WRITE_ACYCLIC */
    int systems;
    int variant;   /* 1: hydrogens of a ring by prefixes where "(2H)" would say them */
    uint64_t away; /* atoms that are named elsewhere: the alcohol of an ester */
    int depth;
    long steps;
    bool failed;                           /* no memory */
    name_words *known[2 * MG_PARTS_BONDS]; /* substituents by bond and direction */
};

/* ---- parts.c ---- */
bool namer_open(namer *w, const mg_parts *g, name_substituent_of *substituent);
void namer_close(namer *w);
bool namer_spent(namer *w);
int namer_bond(const namer *w, int a, int b);            /* -1: none */
uint64_t namer_branch(const namer *w, int at, int from); /* atoms on that side; 0: it comes back */
typedef struct name_pattern {
    int n, m;
    uint8_t number[MG_PARTS_ATOMS];
    int8_t charge[MG_PARTS_ATOMS];
    mg_parts_bond bond[MG_PARTS_BONDS]; /* order 0: any */
} name_pattern;
/* Calls found() for each way that it lies in the atoms of `within`; found returns false: enough. */
typedef bool name_found(void *user, const uint8_t *map);
void namer_match(namer *w, const name_pattern *p, uint64_t within, name_found *found, void *user);

typedef enum name_class {
    CLASS_ACID,
    CLASS_ATE,
    CLASS_AMINIUM,
    CLASS_ESTER,
    CLASS_THIOESTER,
    CLASS_SULFONIC,
    CLASS_SULFONESTER,
    CLASS_CHLORIDE,         /* of carboxylic acids */
    CLASS_SULFONYLCHLORIDE, /* of sulfonic acids */
    CLASS_AMIDE,
    CLASS_SULFONAMIDE,
    CLASS_NITRILE,
    CLASS_ALDEHYDE,
    CLASS_KETONE,
    CLASS_ALCOHOL,
    CLASS_THIOL,
    CLASS_AMINE,
    CLASS_IMINE,
    CLASS_NONE
} name_class;
typedef struct name_group {
    uint8_t skeleton; /* the atom that it is on, or a chain's own */
    uint8_t root;     /* its own first atom; of chains' ends the skeleton itself */
    bool end;         /* the skeleton is an end of a chain and its carbon */
    int8_t ester;     /* the oxygen of an ester; -1 */
    int8_t nitrogen;  /* with places of its own; -1 */
    uint64_t atoms;   /* without the skeleton */
} name_group;
typedef struct name_groups {
    name_class class;
    name_group at[WRITE_GROUPS];
    int n;
} name_groups;
void namer_groups(const namer *w, name_class class, name_groups *out);
bool namer_chainable(const namer *w, int atom, name_class class);

/* ---- put_words.c ---- */
typedef struct name_unit { /* a parent, or the core of a substituent */
    char text[160];
    char locant[MG_PARTS_ATOMS][NAME_LOCANT]; /* "": takes no prefix */
    uint64_t covers, fixed;                   /* fixed: the name says their stereo */
    int key[40], n_key;                       /* of its numbering, what goes before prefixes */
    bool alike;                               /* a single prefix needs no locant */
    bool bare;                                /* no prefix does */
} name_unit;
void unit_key(name_unit *u, const int *values, int n); /* sorted here */
int locant_value(const char *locant);
typedef struct name_written {
    name_words name; /* prefixes and parent */
    char stereo[80]; /* "(2R)-" */
    char phrase[2 * WORDS_LONGEST];
    char parent[160];
    int key[WRITE_KEY], n_key;
    int prefixes;
    bool found;
} name_written;
/* Prefixes on a unit; `from`: the atom that the unit is bound to, -1. The better of it and *best
 * stays. */
void namer_finish(namer *w, const name_unit *u, int from, name_written *best);

/* ---- unit.c ---- */
/* order 0: a parent; 1, 2: a substituent bound to `from` by its atom `entry`. */
typedef struct name_request {
    const name_groups *groups; /* suffixes that it must have; NULL: none */
    int order, entry, from;
    bool acyl; /* "oyl": entry is its first carbon, whose oxygen it has */
} name_request;
void namer_ring(namer *w, int system, const name_request *q, name_written *best);
void namer_chains(namer *w, const name_request *q, name_written *best);

/* ---- group.c ---- */
const name_words *namer_substituent(namer *w, int at, int from);

#endif
