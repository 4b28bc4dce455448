/* explain.h - which words of a sentence speak of which atoms of a molecule, and the other way
 * round, at three levels: words and atoms, phrases and groups, the sentence and the molecule.
 *
 * A word that names something of the dictionary (chem/facts, chem/request) has the atoms that its
 * pattern matches: exact. Any other word is asked of a source, what has learned to align (below).
 * A set is some words with the atoms that they speak of; sets of a level share colours.
 * docs/explain.md shows it.
 */
#ifndef MG_EXPLAIN_EXPLAIN_H
#define MG_EXPLAIN_EXPLAIN_H

#include "chem/request/request.h"
#include "model/lexicon/lexicon.h"
#include "search/search.h"

/* What has learned which words speak of which atoms. */
typedef struct mg_align_source {
    const char *name; /* for people: "counted", "aligned space" */
    void *self;
    /* How much each span of the text speaks of each atom: out[n][atoms], at least 0. A row's sum is
     * 1 at most: what is left speaks of no atom; a span of which nothing is known has zeros. Atoms
     * are numbered as in the SMILES that m was read from. */
    int (*scores)(void *self, const mg_mol *m, const char *text, const mg_span *spans, size_t n,
                  float *out, molglot_error *err);
} mg_align_source;

/* ---- sources.c: the sources that there are; what they are made of outlives them ---- */
/* Counted (model/lexicon). */
mg_align_source mg_align_by_lexicon(const mg_lexicon *l);
/* The aligned space: how much two changes of the cosine of text and molecule go together, that of
 * taking a word out of the text and that of making an atom unknown,
 *   max(0, (e(text) - e(text without the span)) . (e(molecule) - e(molecule without the atom)))
 * divided by the row's sum. e(text without ...) has blanks in its place. */
mg_align_source mg_align_by_space(mg_embedder *e);
/* Both: the space's shares times the root of the lexicon's (each atom has a little), with the
 * lexicon's word on whether the span speaks of atoms at all. */
typedef struct mg_align_pair {
    const mg_lexicon *lexicon;
    mg_embedder *space;
} mg_align_pair;
mg_align_source mg_align_by_both(mg_align_pair *pair);

/* The tokens of a writer that was trained to align them (tokens.c). NULL with err; BAD_FILE: it was
 * not. The part outlives it; one thread at a time. */
typedef struct mg_align_tokens mg_align_tokens;
struct mg_writer_part;
mg_align_tokens *mg_align_tokens_new(const struct mg_writer_part *w, molglot_error *err);
void mg_align_tokens_free(mg_align_tokens *x);
mg_align_source mg_align_by_tokens(mg_align_tokens *x);

/* ---- words.c ---- */
typedef enum { MG_LEVEL_WORD = 0, MG_LEVEL_PHRASE, MG_LEVEL_SENTENCE, MG_LEVELS } mg_level_kind;
const char *mg_level_name(mg_level_kind level);       /* "word", "phrase", "sentence" */
const char *mg_level_atoms_name(mg_level_kind level); /* "atom", "group", "molecule" */

/* ---- explain.c ---- */
typedef enum {
    MG_SAID_NOTHING = 0, /* of no atom, as far as is known */
    MG_SAID_EXACT,       /* a term of the dictionary; without places: the molecule has none */
    MG_SAID_LEARNED
} mg_said_by;
const char *mg_said_name(mg_said_by by); /* "-", "exact", "learned" */

typedef struct mg_said {
    mg_span span;
    mg_said_by by;
    const char *label; /* EXACT: the dictionary's one name for it, which it owns; else NULL */
    int places;        /* of a term: how often the molecule has it; -1: of no atoms in particular.
                        * LEARNED with 0: a term whose pattern is nowhere, but the words
                        * speak of atoms */
    int set;           /* of its level, from 0; -1: none */
    float *score;      /* [atoms] 0 to 1: 1 for the atom that it speaks of most */
    uint8_t *lit;      /* [atoms] 1: it speaks of this atom */
} mg_said;

typedef struct mg_level {
    mg_said *said;
    size_t n;
    int *atom_set; /* [atoms] set of the level; -1: none */
    int sets;      /* words that go on together have one number; the colours */
} mg_level;

typedef struct mg_explanation {
    int atoms;
    const char *source;        /* name of the source; NULL: none was asked */
    mg_level level[MG_LEVELS]; /* words, phrases, and one more of the phrases in few sets */
} mg_explanation;

typedef struct mg_explain_options {
    const mg_groups *groups;       /* NULL: nothing is exact */
    const mg_align_source *source; /* NULL: nothing is learned */
} mg_explain_options;

/* MOLGLOT_FAILED where a pattern takes too long. */
int mg_explain(const mg_explain_options *o, const mg_mol *m, const char *text, mg_explanation *out,
               molglot_error *err);
void mg_explanation_free(mg_explanation *e);
/* Which atoms a source's row lights: score[atoms] becomes 0 to 1. False: it speaks of none. */
bool mg_explain_lit(float *score, int atoms, uint8_t *lit);

/* ---- say.c ---- */
/* One JSON object, malloc'ed; NULL on failure. smiles: as the molecule was given. */
char *mg_explanation_json(const mg_explanation *e, const mg_mol *m, const char *smiles,
                          const char *text, molglot_error *err);
/* Bytes of the SMILES that each atom is: spans[atoms], an atom with the bonds, brackets, branches
 * and ring digits behind it. False: the string has other atoms than the molecule (hydrogens that
 * RDKit took in). */
bool mg_smiles_atom_spans(const char *smiles, int atoms, mg_span *spans);

#endif
