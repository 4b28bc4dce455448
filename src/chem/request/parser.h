/* parser.h - the state of the walk through a sentence (parse.c). */
#ifndef MG_REQUEST_PARSER_H
#define MG_REQUEST_PARSER_H

#include "chem/request/inside.h"

/* TOLD: left over, but of another molecule or of a case that may not be: not of what is wanted */
typedef enum { WORD_NEW = 0, WORD_USED, WORD_SKIPPED, WORD_LEFT, WORD_TOLD } word_use;

typedef struct parser {
    const mg_groups *g;
    const char *text;
    request_words ws;
    mg_request *r;
    word_use use[REQUEST_WORDS];
    /* of each ask: its words, whether it has a count, a negation or a number, whether a comma alone
     * stands before it, what it is as a substituent */
    int from[MG_ASKS], to[MG_ASKS];
    bool explicit_one[MG_ASKS], comma[MG_ASKS];
    int substituent[MG_ASKS];

    bool negated, negated_once; /* "no" waits or goes on; a term was denied */
    int negator, negator_n;     /* its words */
    bool lists;                 /* it begins a list */
    bool unsure;                /* what the list goes on with may be denied or not */
    int evidence_end;           /* the word behind the last noun that was none, 0: none */
    bool evidence;              /* the next noun is no order: "made from benzene" */
    bool doubt;                 /* nothing is an order up to the next connector */
    bool denied;                /* "no" was said of what is in doubt */
    bool told;                  /* of another molecule, up to the end of the sentence */
    bool or_next, comma_next;   /* what stands before the next term */
    bool any_of;                /* "one of A, B, C": commas part alternatives */
    bool salt;                  /* acids are meant as their anions */
    int sized;                  /* asks up to a ring of a size that may hold what follows, or 0 */
    bool in_ring;               /* the last term was held to be in that ring */
    int ring;                   /* the ask that is a ring which bears what follows, or -1 */
    int last_end, last_unknown; /* word behind the last term; last word that is no term */
    int mended[8], n_mended;    /* words that were read as another (spelling.c) */
} parser;

/* ---- keep.c ---- */
void request_mark(parser *p, int i, int n, word_use use); /* words i .. i + n - 1 */
int request_leave(parser *p, int i, int n);               /* n words from i on are no order; n */
void request_leave_negator(parser *p);
/* A condition of words from .. to - 1, or the one before that it was made one with; NULL: there are
 * too many. */
mg_ask *request_keep(parser *p, const mg_ask *ask, int from, int to, bool explicit_one);
/* Takes the asks from number `first` on back: their words are left over. */
void request_take_back(parser *p, int first);
/* The condition number `first` is an alternative of those before, where "or" stands between. */
void request_join_alternatives(parser *p, int first);
void request_end_scopes(parser *p);

/* ---- around.c ---- */
/* "two rings | are aromatic": makes them rings of that kind; words read. */
int request_rings_are(const parser *p, int i, mg_ask *rings);
/* "> 300 | and < 400": the other end of a range. */
int request_second_bound(const parser *p, int i, mg_range *range);
bool request_is_ring_group(const parser *p, const mg_ask *a);
/* Where a term sits: "attached to", "on the same carbon"; words read, which are left over. */
int request_step_attached(parser *p, int i);
int request_step_same(parser *p, int i);
/* The word behind a list of at least so many terms from word i on; 0: there is none. */
int request_list_end(const parser *p, int i, int least);
/* "is fine", "allowed" behind a term: words, 0: none. */
int request_allowed_behind(const parser *p, int i);
/* What an adjective of a ring counts; NULL: nothing. */
const char *request_ring_kind_of(const parser *p, int i);

/* ---- order.c ---- */
/* Keeps a term with what waits for it; `range` may be NULL. Words read. */
int request_keep_term(parser *p, int from, int i, request_term *t, const mg_range *range);
/* An adjective on a ring: "chlorinated pyridine", "hydroxy quinoline"; words read. */
int request_step_on_ring(parser *p, int i, const mg_range *range);

/* ---- amounts.c: words read from i on, 0: none ---- */
int request_step_between(parser *p, int i);
int request_step_sum(parser *p, int i);
int request_step_bound(parser *p, int i);
int request_step_quantity(parser *p, int i);
/* Behind a term of that form. */
int request_step_value(parser *p, int i, request_term *t);
int request_step_noun_value(parser *p, int i, request_term *t);

/* ---- composition.c: words read from i on, 0: none ---- */
int request_step_only(parser *p, int i);
int request_step_formula(parser *p, int i);

/* ---- compare.c: words read, 0: none ---- */
int request_step_than(parser *p, int i);
int request_step_isomer(parser *p, int i);

/* ---- named.c ---- */
/* The word behind a name that begins at `from`; `from`: there is none. */
int request_name_end(const parser *p, int from);
/* The condition `a` about the molecule of words from .. to - 1, said by `all` words from i on;
 * left over where the request names another one. Words read. */
int request_keep_named(parser *p, mg_ask a, int i, int from, int to, int all);

/* ---- part.c: SMILES or SMARTS; words read, 0: none ---- */
int request_step_part(parser *p, int i);
int request_part_at(parser *p, int i, const mg_range *range); /* so many of them; NULL: one */
/* The word behind a SMILES, which may fall apart into several words; `from`: none is there. */
int request_smiles_end(const parser *p, int from);

/* ---- denial.c ---- */
int request_negator(const parser *p, int i);       /* "no", "without any"; words, 0: none */
int request_denied_behind(const parser *p, int i); /* "free", "are not allowed"; words, 0: none */
/* Whether a negation that has denied something goes on behind a comma, "or" or "and" at i. */
typedef enum { DENIAL_ENDS, DENIAL_GOES_ON, DENIAL_UNSURE } denial;
denial request_denial_goes_on(const parser *p, int i);
/* Whether the negator of words i .. i + n - 1 begins a list: "excluding", "no:", not "no". */
bool request_negator_lists(const parser *p, int i, int n);
/* None of the halogens but those of `bits`, or no elements but carbon, hydrogen and those. */
void request_keep_others(parser *p, bool halogens, const uint64_t bits[2], int from, int to);
/* Steps: words read, 0: none. */
int request_step_except(parser *p, int i);
int request_step_except_first(parser *p, int i);
int request_step_all_but(parser *p, int i);
int request_step_no_other(parser *p, int i);
int request_step_examples(parser *p, int i);
int request_step_not_both(parser *p, int i);
int request_not_both(parser *p, int i, int n);

const char *request_negators(void); /* words that deny, all of them in one list */

/* ---- correct.c ---- */
int request_step_correction(parser *p, int i);
int request_step_such_as(parser *p, int i);
int request_step_if(parser *p, int i);
/* "or | failing that": words between an "or" at i and its term. */
int request_second_choice(const parser *p, int i);
/* "two amides, | or one amide and one urea": "or" parts more than two conditions, which none says;
 * they are left over. Words read, 0: it does not. */
int request_wide_or(parser *p, int i);
int request_step_or_both(parser *p, int i);
int request_step_instead(parser *p, int i);
/* ", otherwise | an ester": words that mean "or" between marks and a term; 0: none. */
int request_otherwise(const parser *p, int i);

/* ---- spelling.c ---- */
/* Changes misspelt words into what they are read as. */
void request_mend_spelling(parser *p);

/* ---- sense.c ---- */
/* "no carbonyl but an amide": an amide's carbonyl and no other. */
void request_settle_kinds(parser *p);
/* Of words of another language that are not all understood, none is an order. */
void request_leave_foreign(parser *p);

/* ---- parse.c ---- */

void request_walk(parser *p);

#endif
