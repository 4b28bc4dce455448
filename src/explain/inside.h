/* inside.h - inside the room of explanations. */
#ifndef MG_EXPLAIN_INSIDE_H
#define MG_EXPLAIN_INSIDE_H

#include "explain/explain.h"

/* ---- words.c ---- */
typedef struct explain_word {
    mg_span span;
    int phrase;         /* number of its phrase, ascending */
    const mg_ask *asks; /* [n_asks] terms of the dictionary; NULL: none */
    size_t n_asks;
} explain_word;
/* Words that may say something of a structure: terms where the dictionary has them, else runs of
 * letters and digits that are no little words. *words is malloc'ed. asks: of
 * mg_request_mentions. */
int explain_words(const char *text, const mg_ask *asks, size_t n_asks, explain_word **words,
                  size_t *n, molglot_error *err);

/* ---- sets.c ---- */
enum { EXPLAIN_SETS = 6 }; /* of the sentence's level, at most */
/* Which atoms are bound: bonds as pairs. */
typedef struct explain_bonds {
    int32_t n, (*at)[2];
} explain_bonds;
/* Numbers the sets of words and atoms of a level: words that light the same atoms. */
int explain_sets_words(mg_level *l, int atoms, molglot_error *err);
/* Phrases that light mostly the same atoms become one set; each lit atom goes to the set that
 * speaks of it most. */
int explain_sets_phrases(mg_level *l, int atoms, molglot_error *err);
/* The same until at most EXPLAIN_SETS are left; atoms that nothing speaks of go with the nearest.
 */
int explain_sets_sentence(mg_level *l, int atoms, const explain_bonds *b, molglot_error *err);

#endif
