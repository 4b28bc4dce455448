/* plain_acyl.h - inside the files that read a lipid chemist's words:
 *   plain_acyl.c   the words of one chain: "(2E)-3-oxo-C20:4 n-6", "15S-HETE", "cis-9-octadecenoic"
 *   plain_acid.c   a chain as a name, with the double bonds that a hydroxy group has moved
 *   plain_fat.c    a whole phrase: class, chains and places, charge, and what is told beside them
 */
#ifndef MG_SEARCH_PLAIN_ACYL_H
#define MG_SEARCH_PLAIN_ACYL_H

#include "base/base.h"

#include <stdbool.h>
#include <stddef.h>

enum { ACYL_BONDS = 8, ACYL_GROUPS = 6, ACYL_LONGEST = 60, ACYL_NAME = 400 };

typedef enum acyl_kind { /* what the chain is of */
                         ACYL_ANY,
                         ACYL_GROUP, /* "...oyl" */
                         ACYL_ACID,
                         ACYL_ANION,
                         ACYL_COA,
                         ACYL_CARNITINE, /* no letter */
                         ACYL_L_CARNITINE,
                         ACYL_D_CARNITINE,
                         ACYL_ETHANOLAMIDE,
                         ACYL_TAURINE,
                         ACYL_PANTETHEINE
} acyl_kind;

/* What a phrase says of its charge. */
typedef enum acyl_charge {
    ACYL_NOT_SAID,
    ACYL_NEUTRAL,
    ACYL_ALL,  /* all acids without their protons */
    ACYL_SUM,  /* a number */
    ACYL_INNER /* zwitterion */
} acyl_charge;

typedef struct plain_acyl {
    int carbons;               /* from the carboxy carbon on, branches not counted; 0: not said */
    int counted;               /* carbons with those of "iso" */
    int said;                  /* double bonds that a number says; -1: none does */
    int least;                 /* double bonds that words want: "triene" */
    bool conjugated, by_words; /* cis and trans, which a branch makes doubtful */
    int omega;                 /* "n-6" */
    int n, base_n;             /* double bonds that the words place; those of the named parent */
    int place[ACYL_BONDS], base[ACYL_BONDS];
    char side[ACYL_BONDS], base_side[ACYL_BONDS]; /* 'E', 'Z', 0 */
    int groups;
    struct {
        int at;
        char what;  /* h hydroxy, p hydroperoxy, o oxo, m methyl, e epoxy, f fluoro, a amino */
        char label; /* 'R', 'S', 0 */
        char next;  /* of an epoxide's second carbon */
    } group[ACYL_GROUPS];
    bool named;                  /* by letters that mean an acid: DHA, HETE */
    bool from_epoxide;           /* a diol in the place of a double bond */
    bool diacid, all_cis, loose; /* loose: its double bonds are those that a number usually means */
    acyl_kind kind;
    acyl_charge charge;
    int sum;
} plain_acyl;

/* The longest of "a|b|c" that stands at s with no letter behind it; characters, 0: none. */
size_t acyl_word(const char *s, const char *words);
/* Words for a charge at s; characters, 0: none. */
size_t acyl_charge_at(const char *s, acyl_charge *charge, int *sum);
/* All of s as the words of one chain; false: something else. */
bool acyl_read(const char *s, plain_acyl *out);
/* The stem of a chain, "octadec"; false: none of that length. */
bool acyl_stem(int carbons, char out[40]);
/* Whether all of it is said: the chain, the places and sides of its double bonds. usual: "18:2" has
 * those of linoleic acid. Moves those of the parent. */
bool acyl_settle(plain_acyl *a, bool usual);
/* Its name up to the ending, "(9Z)-octadec-9-en"; false: it has none. */
bool acyl_name(const plain_acyl *a, const char *ending, char out[ACYL_NAME]);

#endif
