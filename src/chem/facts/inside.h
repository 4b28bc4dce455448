/* inside.h - the facts wing: the dictionary with its patterns, and the matcher. */
#ifndef MG_CHEM_FACTS_INSIDE_H
#define MG_CHEM_FACTS_INSIDE_H

#include "chem/facts/facts.h"
#include "chem/mol.h"

#include <pthread.h>

enum { MG_QED_ACCEPTORS = 11, MG_QED_ALERTS = 116 };

/* Patterns of the numbers that are sums over atoms. */
typedef struct mg_number_patterns {
    int32_t donors, acceptors, rotatable, aliphatic_ring;
    int32_t qed_acceptors[MG_QED_ACCEPTORS], alerts[MG_QED_ALERTS];
    mg_crippen crippen;
} mg_number_patterns;

struct mg_groups {
    mg_group *list;
    size_t n;
    bool *own;   /* [n] from the user's file */
    int *row_of; /* [n] its line there */
    bool any_own;
    char *text, *more; /* the tables, cut at tabs and bars */
    char **words;      /* synonyms */
    size_t n_words, cap_words;
    size_t *first_synonym; /* [n] into words */
    int *parents;
    size_t n_parents, cap_parents;
    int *order;     /* [n] each after its parents */
    mg_names names; /* folded names and synonyms */

    /* Made on first use (patterns.c), under the lock. */
    pthread_mutex_t lock;
    bool compiled;
    mg_patterns patterns;
    int32_t *pattern_of; /* [n] */
    mg_number_patterns numbers;
};

/* ---- patterns.c ---- */
void mg_patterns_free(mg_patterns *p);
/* Makes the patterns of all groups, once; later calls do nothing. */
int mg_groups_compile(mg_groups *g, molglot_error *err);

/* ---- facts.c ---- */
/* Holds a user's own rows against their examples. */
int mg_groups_try_own(mg_groups *g, molglot_error *err);

/* ---- match.c ---- */
/* What one molecule needs while patterns are held against it. */
typedef struct mg_matcher {
    const mg_patterns *patterns;
    const mg_view *view;
    uint8_t *classes;                   /* [atoms] */
    uint32_t present;                   /* bits of classes */
    uint64_t atoms_of[MG_SITE_CLASSES]; /* bits of the first 64 atoms */
    uint8_t *known;                     /* [inner patterns, atoms]: 0 not yet asked, 1 no, 2 yes */
    int64_t steps;                      /* left before it gives up */
    bool failed;                        /* no memory */
    int32_t *found;                     /* places: atoms of the pattern's first to last */
    size_t n, cap;                      /* of places; int32_t that there is room for */
    uint64_t *hashes;                   /* [n] of the set of atoms */
    size_t cap_hashes;
} mg_matcher;
int mg_matcher_open(mg_matcher *m, const mg_patterns *patterns, const mg_view *view,
                    molglot_error *err);
void mg_matcher_close(mg_matcher *m);
/* All places of a pattern, no two of the same atoms: m->n, m->found. False: it took too long, or
 * there is no memory (m->failed). */
bool mg_match(mg_matcher *m, int32_t pattern);
/* Whether there is a place. */
bool mg_match_any(mg_matcher *m, int32_t pattern);
/* Whether an atom may be the pattern's first. */
bool mg_match_at(mg_matcher *m, int32_t pattern, int32_t atom);

/* ---- numbers.c ---- */
int mg_numbers_compile(mg_patterns *p, mg_number_patterns *out, molglot_error *err);
/* logP, donors, acceptors, rotatable bonds, QED; weight and TPSA are there already. */
int mg_number_facts(const mg_groups *g, const mg_mol *mol, mg_matcher *m, mg_facts *out,
                    molglot_error *err);

/* ---- chains.c ---- */
int mg_chain_facts(const mg_mol *m, mg_facts *out, molglot_error *err);

#endif
