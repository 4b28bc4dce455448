/* inside.h - inside the wing of requests: words of a sentence, tables of terms, ranges. */
#ifndef MG_REQUEST_INSIDE_H
#define MG_REQUEST_INSIDE_H

#include "chem/request/request.h"

/* ---- words.c: a sentence as words, folded, with their places ---- */
enum { REQUEST_WORDS = 400, REQUEST_WORD = 64 };

typedef struct request_word {
    char s[REQUEST_WORD]; /* folded; "" where it was longer */
    char raw[8];          /* as typed, where short: symbols of elements */
    size_t begin, end;
    bool joined; /* by a hyphen to the one before */
    char mark;   /* ',', ';', '.', '(' ...: punctuation, else 0 */
} request_word;

typedef struct request_words {
    request_word *w;
    int n;
    bool cut; /* there were more */
} request_words;
int request_words_read(const char *text, request_words *out, molglot_error *err);
bool request_word_is(const request_words *ws, int i, const char *list); /* "a|an|the" */
/* Words from i on that spell one of the phrases of the list, the longest; 0: none. */
int request_phrase(const request_words *ws, int i, const char *list, bool plural);
/* A number in digits or words. */
bool request_number(const char *s, double *out);

/* ---- small.c ---- */
int request_skipped(const request_words *ws, int i); /* "a", "molecule", "please"; words, 0: none */
int request_evidence(const request_words *ws, int i); /* "from", "may contain"; words, 0: none */

/* ---- quantity.c ---- */
typedef struct request_quantity {
    mg_range range;
    bool about;   /* "around": a tenth to both sides */
    bool plain;   /* a number alone, without comparison */
    bool weight;  /* "heavier than" or a unit of weight */
    bool area;    /* a unit of area */
    bool percent; /* "50 %" */
    bool coarse;  /* thousands: a number alone is meant to half a hundred */
    bool other;   /* "not exactly": all but the range */
    bool split;   /* "fewer than 2 or more than 4": what no range says */
} request_quantity;
int request_quantity_read(const request_words *ws, int i, request_quantity *q); /* words, 0: none */
/* "(200-300)", "[1, 3]" behind what it is about. */
int request_quantity_bracketed(const request_words *ws, int i, request_quantity *q);
/* "or fewer", "or more" behind a noun: changes the range; words read. */
int request_quantity_after(const request_words *ws, int i, mg_range *range);
mg_range request_at_least(double n);
mg_range request_exactly(double n);
bool request_in_range(const mg_range *r, double x);
/* Zero and nothing else. */
bool request_none(const mg_range *r);

/* ---- terms.c: what words mean ---- */
typedef enum request_form {
    FORM_NONE = 0,
    FORM_NOUN,  /* counts: "rings" */
    FORM_FIXED, /* says its own conditions: "acyclic" */
    FORM_VALUE  /* wants a number: "logP" */
} request_form;

enum { REQUEST_PARTS = 6 };
typedef struct request_term {
    request_form form;
    int words; /* of the sentence */
    int n;
    mg_ask asks[REQUEST_PARTS]; /* NOUN, VALUE: one, "one or more" */
    const char *none;           /* NOUN: what "no" denies, where it is another thing */
} request_term;
/* The longest term from word i on. */
request_term request_term_at(const mg_groups *g, const request_words *ws, int i);
/* Calls `each` with every list of phrases that are terms. */
void request_each_phrases(const mg_groups *g, void (*each)(void *, const char *), void *of);
/* Words from i on, behind a term, that only name its kind: "pyridine ring", "amide bond". */
int request_kind_words(const request_words *ws, int i, const mg_ask *a);

/* ---- feature.c ---- */
/* What a name of the tables or the dictionary stands for, "one or more"; false: nothing. */
bool request_feature(const mg_groups *g, const char *name, mg_ask *out);
/* The next condition of "A = 1; B <= 2; only C H": moves *s on; false at the end. */
bool request_fixed_next(const mg_groups *g, const char **s, mg_ask *out);

/* ---- elements.c ---- */
const char *request_element_name(int number);
int request_element_of(const char *name); /* folded English name or plural; 0: none */
int request_symbol_of(const char *raw);

/* ---- say.c ---- */
void request_say_ask(const mg_ask *a, mg_str *out);

/* ---- tables.c ---- */
typedef struct request_number_row {
    const char *name;
    size_t offset;
    bool real;
    size_t also; /* of another whole number that is added; 0: none */
} request_number_row;
typedef struct request_pattern_row {
    const char *name, *smarts;
    const char *words; /* phrases that mean it; NULL: a row of terms.c says */
} request_pattern_row;
typedef struct request_substituent_row {
    const char *label, *words, *smarts; /* the first atom is the one that bears it */
} request_substituent_row;
extern const request_number_row REQUEST_NUMBERS[];
extern const request_pattern_row REQUEST_PATTERNS[];
extern const request_substituent_row REQUEST_SUBSTITUENTS[];
/* Heavy atoms of "glycine residue" in a chain; 0: no residue. */
int request_residue_size(const char *label);
int request_number_row_of(const char *name); /* -1: none */
int request_pattern_of(const char *name);
int request_substituent_of(const char *word, size_t n); /* of a whole word */

/* ---- compound.c: words that are put together ---- */
/* "dichlorobenzene", "triol", "dinitro", "toluene": one word that is a number and parts. */
void request_compound(const mg_groups *g, const request_words *ws, int i, request_term *out);
/* A ring at word i that may bear something, also "phenol" or "aniline": *ring is its number in the
 * dictionary, *bears the substituent that the name holds already, or -1; words read. */
int request_ring(const mg_groups *g, const request_words *ws, int i, int *ring, int *bears);
/* Whether a word is the front of another: "chloro", "di". */
bool request_front(const char *s);
/* "bromobenzene" with the front "chloro": chlorobenzene; "dichlorobenzene" with "mono". False:
 * `word` has no such front. */
bool request_swap_front(const char *front, const char *word, char *out, size_t size);
/* "di" and the like in front of *s, which then begins behind it; 0: none. */
int request_multiple(const char **s);
mg_ask request_on(int substituent, int ring, const mg_groups *g);

#endif
