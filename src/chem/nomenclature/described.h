/* described.h - the words of a phrase that builds a molecule: described.c reads them, and
 * described_places.c puts places into one form.
 */
#ifndef MG_NOMENCLATURE_DESCRIBED_H
#define MG_NOMENCLATURE_DESCRIBED_H

#include "chem/nomenclature/inside.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 700, WORDS = 120, GROUPS = 12, LOCANTS = 24, PAIRS = 24, LOCANT = 12 };

typedef struct word {
    const char *s;
    int n;
    bool comma; /* behind it */
} word;

typedef struct group {
    int from, to; /* words */
    int number;   /* as it is said; 0: it is not */
    bool several; /* "groups" */
} group;

typedef struct pair { /* a group and where it stands */
    char locant[LOCANTS][LOCANT];
    int n_locants;
    bool on_oxygen; /* of the hydroxy group that is there */
    group group;
} pair;

typedef struct phrase {
    char text[LONGEST];
    char stereo[LONGEST]; /* "1R,2S", or "" */
    word w[WORDS];
    int n;
    pair pairs[PAIRS];
    int n_pairs;
    bool relative; /* says ortho, meta, para */
} phrase;

/* ---- words ---- */

static inline bool is(const phrase *p, int i, const char *what) {
    return i >= 0 && i < p->n && (size_t)p->w[i].n == strlen(what) &&
           !strncasecmp(p->w[i].s, what, strlen(what));
}

static inline bool is_one_of(const phrase *p, int i, const char *const *list) {
    for (; *list; list++)
        if (is(p, i, *list)) return true;
    return false;
}

static inline bool is_position(const phrase *p, int i) {
    return is(p, i, "position") || is(p, i, "positions");
}

/* ---- described_places.c ---- */

/* All places of a phrase as "at position(s) ...": "in the 2- and 6-positions", "on carbon 4", "in
 * the para position". */
void phrase_say_positions(phrase *p);
/* Whether ortho, meta and para are said of a benzene with one group of its own. */
bool phrase_has_relatives(const char *parent);

#endif
