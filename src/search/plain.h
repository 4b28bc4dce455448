/* plain.h - what the files that read a chemist's words share (plain.c):
 *   plain.c        a phrase as a molecule: names, clauses behind them, words before them
 *   plain_edit.c   one clause done to a molecule
 *   plain_heads.c  "ester of A with B", "N-acetyl derivative of A", "A benzyl ether"
 *   plain_change.c "desmethyl A", "bromo analogue of A", "aglycone of A"
 *   plain_lipid.c  "PC with palmitic acid at sn-1 and oleic acid at sn-2"
 *   plain_around.c roles and second names around a molecule, "4-Cl-PhOH"
 *   plain_chain.c  "3-oxo-C32:5 n-6 acyl-CoA"
 *   plain_fat.c    "15S-HETE, anion", "PC 16:0/18:1, POPC" (plain_acyl.h)
 *   plain_glycan.c "Gal(b1-4)GlcNAc, beta"
 *   plain_told.c   "X, what is told of X"
 *   plain_form.c   "X, what it is, tetraanion"
 *   plain_among.c  "furan fused to pyridine: furo[3,2-b]pyridine"
 *   plain_parts.c  "two phenyl rings joined by an oxygen", "triphosphate of guanosine"
 *   plain_witness.c  groups among what is told
 *   plain_adds.c   positions among what is told that the name has not
 *   plain_denies.c what the words say and the molecule lacks
 *
 * The files call each other through struct plain, whose `find` is plain.c's.
 */
#ifndef MG_SEARCH_PLAIN_H
#define MG_SEARCH_PLAIN_H

#include "chem/derive/derive.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PLAIN_LONGEST = 260, PLAIN_DEEPEST = 4, PLAIN_LOOK_UPS = 60 };

/* Whatever the case; _so: as it is written. */
static inline bool plain_begins(const char *s, const char *what) {
    return !strncasecmp(s, what, strlen(what));
}
static inline bool plain_begins_so(const char *s, const char *what) {
    return !strncmp(s, what, strlen(what));
}
/* With something in front of it. */
static inline bool plain_ends(const char *s, const char *what) {
    const size_t n = strlen(s), k = strlen(what);
    return n > k && !strcasecmp(s + n - k, what);
}

/* Whether s[n] stands in a list, "a|b|c", whatever the case. */
static inline bool plain_in(const char *s, size_t n, const char *list) {
    for (const char *w = list; n && *w;) {
        const size_t k = strcspn(w, "|");
        if (k == n && !strncasecmp(w, s, n)) return true;
        w += k + (w[k] == '|');
    }
    return false;
}
static inline bool plain_one_of(const char *word, const char *list) {
    return plain_in(word, strlen(word), list);
}

typedef struct plain_said { /* what a phrase says; zero-initialised: nothing */
    char *smiles;           /* malloc'ed */
    char *name;             /* malloc'ed; one that can take a prefix; NULL: there is none */
} plain_said;

typedef struct plain {
    const mg_dictionary *d; /* or NULL */
    int look_ups;           /* that are left */
    bool any;               /* "a ...", "an ..." */
    bool met;               /* a molecule in front that the words behind it do not fit */
    bool trusted;           /* names of the dictionary only where plain_trusts does */
    int deep;               /* phrases inside of phrases */
    /* A phrase as a molecule, names alone where `name` is set. */
    int (*find)(struct plain *p, const char *phrase, bool name, plain_said *out,
                molglot_error *err);
} plain;

static inline void plain_said_free(plain_said *s) {
    free(s->smiles);
    free(s->name);
    *s = (plain_said){0};
}

/* ---- plain_edit.c ---- */
/* Does it; s is nothing where it cannot be done. */
int plain_edit(plain *p, const mg_edit *e, plain_said *s, molglot_error *err);
/* The sum of a SMILES' charges. */
int plain_charge(const char *smiles);
/* A group as a boronic acid; *smiles NULL: it is none. */
int plain_group(const char *group, char **smiles, molglot_error *err);

/* ---- plain_heads.c, plain_change.c, plain_lipid.c: *out stays nothing where it is no such phrase
 * ---- */
int plain_heads(plain *p, const char *phrase, plain_said *out, molglot_error *err);
int plain_change(plain *p, const char *phrase, plain_said *out, molglot_error *err);
int plain_lipid(plain *p, const char *phrase, plain_said *out, molglot_error *err);

/* ---- plain_around.c ---- */
/* What is left of a phrase without the roles and kinds around it; *out stays nothing: none. */
int plain_around(plain *p, const char *phrase, plain_said *out, molglot_error *err);
/* Symbols and short words written out; false: there are none, or it would be too long. */
bool plain_respell(const char *phrase, char out[PLAIN_LONGEST]);

/* ---- plain_chain.c ---- */
/* "20:4 n-6" as "20:4(5Z,8Z,11Z,14Z)", wherever it stands; false: nowhere. */
bool plain_omega(const char *phrase, char out[PLAIN_LONGEST]);
int plain_chain(const char *phrase, plain_said *out, molglot_error *err);

/* ---- plain_form.c ---- */
typedef struct plain_form {
    const char *name;           /* that the molecule was read off; NULL: of a list */
    int open_atoms, open_bonds; /* configurations that are not said; in, then what is left */
    bool changed;
    bool flat;                /* configurations were left out */
    char rest[PLAIN_LONGEST]; /* what is told beside it */
} plain_form;
/* Makes of a molecule the form that is told of it; made is nothing where there is none. */
int plain_form_of(plain *p, const char *tail, plain_form *f, plain_said *made, molglot_error *err);

/* A systematic name or a peptide that says all of a molecule: s[n]. */
bool plain_full_name(const char *s, size_t n);

/* ---- plain_among.c ---- */
/* A full name among words that can be told of it. */
int plain_among(plain *p, const char *phrase, plain_said *out, molglot_error *err);

/* ---- plain_witness.c ---- */
/* Groups that are told and that the molecule has; below 0: it lacks one. */
int plain_witnesses(const mg_mol *m, const char *told, int *witnesses, molglot_error *err);
/* "probe: 3-chloropyridine, a piperidine": whether there is no group behind a name among words that
 * the name's molecule lacks. */
int plain_lacks_none(const char *smiles, const char *told, bool *is, molglot_error *err);

/* ---- plain_adds.c ---- */
/* Whether what is told says a position with something at it that the name of m has not. read: m was
 * read off the name, which says all of it. behind: told behind the name, not before it. */
bool plain_adds(const char *name, const mg_mol *m, bool read, const char *told, bool behind);
/* Words that make another molecule of it; those that do so alone, and not among others. */
bool plain_changes(const char *word);
bool plain_changes_alone(const char *word);

/* ---- plain_told.c ---- */
/* Characters of what parts a molecule from what is told of it at s; 0: nothing. */
size_t plain_mark_at(const char *s);
/* Whether what is told, before a name and behind it, fits its molecule, which becomes the form that
 * is told of it. built: of names that are trusted. bracket: what is behind begins in one. */
int plain_fits(plain *p, const char *name, plain_said *s, const char *const told[2], bool built,
               bool bracket, bool *sound, molglot_error *err);
/* "X, what is told of X"; *out stays nothing: it is no such phrase, or it does not fit. */
/* Whether the structure that a name has may be trusted. */
int plain_trusts(plain *p, const char *name, const char *smiles, bool *is, molglot_error *err);
/* Whether a structure leaves a double bond open, or some centres where others are set: a list's
 * that does not know. */
int plain_half_said(const char *smiles, bool *is, molglot_error *err);
int plain_told(plain *p, const char *phrase, plain_said *out, molglot_error *err);
/* Whether a name's structure may be trusted, and all that is told beside it ("": nothing) fits. */
int plain_sound(plain *p, const char *name, const char *smiles, const char *tail, bool *sound,
                molglot_error *err);

/* Whether what is told fits a molecule: its charge, labels, elements, groups. */
int plain_tail_fits(const char *smiles, const char *tail, bool *fit, molglot_error *err);

/* ---- plain_fat.c: a chain or a lipid and what is told of it (not where `whole`); *out stays
 * nothing: none ---- */
int plain_fat(const char *phrase, bool whole, plain_said *out, molglot_error *err);

/* ---- plain_glycan.c: "Gal b1-4 GlcNAc, beta"; *out stays nothing: none ---- */
int plain_glycan(const char *phrase, plain_said *out, molglot_error *err);

/* ---- plain_denies.c ---- */
/* Whether the words say of salts, waters, metals, branches or rings what the molecule lacks. */
bool plain_denies(const char *text, const char *smiles);

/* ---- plain_parts.c ---- */
/* The name or phrase of a molecule that is told by its parts; false: it is none. */
bool plain_parts(const char *phrase, char out[PLAIN_LONGEST]);
/* The SMILES of a labelled compound's short form, "CDCl3", or NULL. */
const char *plain_letters(const char *word);

/* ---- built.c ---- */
/* A name as it stands, systematic or of the dictionary; *smiles NULL: it is none. */
int built_name(const mg_dictionary *d, const char *name, char **smiles, molglot_error *err);
/* The phrases of built.c alone. whole: all words belong to it; else what follows the last name may
 * be something else. */
int built_strict(const mg_dictionary *d, const char *words, bool whole, mg_name_hits *out,
                 molglot_error *err);
int built_put(mg_name_hits *out, const char *name, char *smiles, molglot_error *err);

#endif
