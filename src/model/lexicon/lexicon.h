/* lexicon.h - a lexicon that was learned by counting: which pieces of words speak of which
 * surroundings of atoms (docs/models/lexicon.md).
 *
 * It is IBM's model 1 (Brown and others, Computational Linguistics 19, 1993) with molecules as the
 * one language: each piece of a text is said by one surrounding of one atom of its molecule, or by
 * none. No pair of a word and an atom was ever shown to it.
 */
#ifndef MG_LEXICON_H
#define MG_LEXICON_H

#include "chem/features/features.h"

/* Bytes of a text. */
typedef struct mg_span {
    size_t begin, end;
} mg_span;

/* ---- what it is made of; also the tensors of its file ---- */
typedef struct mg_lexicon_contents {
    int32_t pieces, surroundings, entries;
    const char *text; /* pieces as lines, lower case */
    size_t text_bytes;
    const uint32_t *hashes;      /* [surroundings] ascending, of chem/features */
    const int32_t *offsets;      /* [pieces + 1] into entries */
    const uint16_t *around;      /* [entries] numbers of surroundings */
    const uint8_t *eighths;      /* [entries] eighths of powers of two below scale */
    const float *scale;          /* [pieces] the largest w t(piece | surrounding) */
    const float *none;           /* [pieces] w t(piece | nothing) */
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_lexicon_contents;

typedef struct mg_lexicon mg_lexicon;
/* Copies all; MOLGLOT_BAD_FILE where they do not fit together. */
mg_lexicon *mg_lexicon_new(const mg_lexicon_contents *c, molglot_error *err);
void mg_lexicon_free(mg_lexicon *l);
int32_t mg_lexicon_pieces(const mg_lexicon *l);
/* Sixteen hexadecimal digits of what this build sees around the atoms of a few molecules: a lexicon
 * that was counted with other ones is of no use. */
int mg_lexicon_probe(char out[17], molglot_error *err);

/* ---- lexicon.c: using it; threads may share one ---- */
/* out[n][atoms]: how much each span of the text speaks of each atom. Of the longest pieces inside a
 * span, weighted by their letters, the mean of
 *   p(atom | piece) = sum over its surroundings t(piece | s) / (sum over all atoms + t(piece |
 * none)) A span without a piece that is known has zeros. */
int mg_lexicon_scores(const mg_lexicon *l, const mg_surroundings *s, const char *text,
                      const mg_span *spans, size_t n, float *out, molglot_error *err);

/* ---- count.c: making one ---- */
typedef struct mg_lexicon_options {
    int least_piece, least_around; /* pairs with a piece, with a surrounding, at least */
    int rounds;                    /* of expectation and maximisation */
    float keep;                    /* share of a piece's expected counts that is kept */
    float none;                    /* weight of speaking of no atom, beside surroundings' 1 */
} mg_lexicon_options;
mg_lexicon_options mg_lexicon_options_default(void);
typedef struct mg_lexicon_maker mg_lexicon_maker;
mg_lexicon_maker *mg_lexicon_maker_new(molglot_error *err);
void mg_lexicon_maker_free(mg_lexicon_maker *k);
int mg_lexicon_maker_add(mg_lexicon_maker *k, const mg_mol *m, const char *text,
                         molglot_error *err);
/* Counts. *out points into the maker. MOLGLOT_FAILED where nothing is frequent enough. say (may be
 * NULL) hears the mean log-likelihood of a piece after each round. */
int mg_lexicon_maker_count(mg_lexicon_maker *k, const mg_lexicon_options *o,
                           void (*say)(void *user, int round, double loglik), void *user,
                           mg_lexicon_contents *out, molglot_error *err);

#endif
