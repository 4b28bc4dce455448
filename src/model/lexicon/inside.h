/* inside.h - inside the wing of the lexicon: pieces in a text. */
#ifndef MG_LEXICON_INSIDE_H
#define MG_LEXICON_INSIDE_H

#include "model/lexicon/lexicon.h"

enum { LEXICON_PIECE = 48, LEXICON_INNER = 16 }; /* letters of a whole word, of a part of one */

/* ---- pieces.c ---- */
/* A run of letters in a text. */
typedef struct lexicon_run {
    size_t begin, end;
} lexicon_run;
/* A text in lower case with its runs of at least two letters. Zero-initialise; may be read into
 * again. */
typedef struct lexicon_text {
    char *s;
    size_t n, cap;
    lexicon_run *runs;
    size_t n_runs, cap_runs;
} lexicon_text;
bool lexicon_read(lexicon_text *t, const char *text);
void lexicon_text_free(lexicon_text *t);
/* Whether run k + 1 stands behind run k and a blank, and is a word that names the kind of what
 * stands before it: acid, ester ... */
bool lexicon_is_kind(const lexicon_text *t, size_t k);
/* Whether run k + 1 stands behind run k and a blank. */
bool lexicon_follows(const lexicon_text *t, size_t k);

typedef struct lexicon_found {
    int32_t piece;
    size_t begin, end;
} lexicon_found;
typedef struct lexicon_hits {
    lexicon_found *at;
    size_t n, cap;
    bool failed;
} lexicon_hits;
/* All pieces in the text; pieces: their numbers by name. hits is emptied first. */
void lexicon_find(const mg_names *pieces, const lexicon_text *t, lexicon_hits *hits);

#endif
