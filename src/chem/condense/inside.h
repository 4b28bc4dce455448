/* inside.h - what the files of this wing share:
 *   places.c    groups that react, and where a molecule has them
 *   condense.c  two molecules joined with loss of water
 *   replace.c   a hydrogen of a named molecule replaced by a named group
 */
#ifndef MG_CONDENSE_INSIDE_H
#define MG_CONDENSE_INSIDE_H

#include "chem/condense/condense.h"

/* ---- places.c ---- */

typedef struct place {
    const char *reactant, *product; /* of a reaction; atom maps 1 to 4: what gives, 5: what takes */
    int which;                      /* bits of the words that mean this place alone; 0: any */
} place;

/* What words say of a group beside its kind. */
enum {
    ALPHA = 1,       /* beside the carboxy or amino group of an amino acid */
    SIDE = 2,        /* of its side chain */
    SECONDARY = 4,   /* of an amine */
    ARYL = 8,        /* phenolic, anilino */
    ANOMERIC = 16,   /* of a sugar */
    ALKYL = 32,      /* alcoholic, aliphatic */
    NUMBERED = 64,   /* a locant: it cannot be told which place that is */
    PRIMARY = 128,   /* of an alcohol or an amine */
    HYDRAZINE = 256, /* of hydrazines */
    SAID = 512,      /* a place for these words alone */
    MORE = 1024      /* where nothing is said, the next one is as likely */
};

enum { G_CARBOXY, G_SULFO, G_PHOSPHO, G_CARBONYL, G_AMINO, G_HYDROXY, G_THIOL, G_ACID, GROUPS };
extern const struct reacting {
    const place *places; /* from the most likely to the least; the last one's reactant is NULL */
    bool gives;          /* what leaves with the water's oxygen */
    const char *words;   /* '|' between */
} REACTING[GROUPS];

/* What s[0..n), the words before a group's kind and the kind itself, say of it. */
int place_which(const char *s, size_t n, size_t kind);
/* Whether words that say `which` may mean the place. */
bool place_fits(const place *p, int which);

#endif
