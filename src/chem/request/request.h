/* request.h - what a chemist asks for in words, as conditions that are checked on a molecule:
 * "a secondary amine with two aromatic rings, no halogen, under 300 Da".
 *
 * Words that name something computable (chem/facts) become conditions; what no condition used is
 * listed and left to the learned space. A definition ("The molecule is ...") orders nothing.
 * docs/requests.md shows what is understood.
 */
#ifndef MG_CHEM_REQUEST_H
#define MG_CHEM_REQUEST_H

#include "chem/facts/facts.h"

typedef enum mg_ask_kind {
    MG_ASK_GROUP = 0, /* id: of the dictionary; its count */
    MG_ASK_ELEMENT,   /* id: atomic number; atoms of it */
    MG_ASK_NUMBER,    /* id: a row of the table of numbers (terms.c) */
    MG_ASK_PATTERN,   /* id: a row of the table of patterns (terms.c) */
    MG_ASK_ON,        /* id: a row of the table of substituents; on: a ring of the dictionary */
    MG_ASK_ONLY,      /* no element but those of `only` */
    MG_ASK_FORMULA,   /* text: the formula */
    MG_ASK_LIKE,      /* text: a name; alike with its molecule, once that is known */
    MG_ASK_PART,      /* text: SMARTS, as a sentence holds it; range: its places */
    /* text: a name; range: open to one side, its other end is what that molecule has of what `id`
     * is in the kind `on`, GROUP to PATTERN */
    MG_ASK_THAN,
    MG_ASK_ISOMER /* id: mg_isomer; text: a name */
} mg_ask_kind;

typedef enum mg_isomer {                   /* not the molecule itself, but of the same */
                         MG_ISOMER = 0,    /* formula */
                         MG_ISOMER_BONDS,  /* formula, with other bonds */
                         MG_ISOMER_STEREO, /* bonds */
                         MG_ISOMER_MIRROR  /* bonds, every stereocentre turned round */
} mg_isomer;

/* A number holds from lo to hi; `above` and `below`: the end itself does not. */
typedef struct mg_range {
    double lo, hi; /* -INFINITY, INFINITY: open */
    bool above, below;
} mg_range;

typedef struct mg_ask {
    mg_ask_kind kind;
    int id, on;
    mg_range range;
    bool negated;     /* holds outside of the range */
    bool either;      /* an alternative to the one before: one of them is enough */
    uint64_t only[2]; /* bits of atomic numbers */
    char *text;
    const char *label, *ring; /* of the tables or the dictionary; ring: of ON */
    size_t begin, end;        /* bytes of the sentence */
} mg_ask;

enum { MG_ASKS = 40 };

typedef struct mg_request {
    mg_ask *asks;
    int n;
    int conditions;  /* alternatives counted once; 0: nothing binds */
    bool definition; /* in the words of a database: nothing binds */
    char *left;      /* words that no condition used, with blanks between; "" where none */
    char *mended;    /* misspelt words and what they were read as; NULL: none */
} mg_request;

/* The dictionary must outlive it. Text that says nothing computable gives a request without asks.
 */
mg_request *mg_request_parse(const mg_groups *g, const char *text, molglot_error *err);
void mg_request_free(mg_request *r);
/* "secondary amine; aromatic rings = 2; no halogen; MolWt < 300", and behind it in brackets what
 * misspelt words were read as */
void mg_request_say(const mg_request *r, mg_str *out);
/* One condition of it, from 0: "alcohol or amine". */
void mg_request_say_one(const mg_request *r, int condition, mg_str *out);
/* The molecule that conditions LIKE, THAN and ISOMER are about, one for all; NULL: none. */
const char *mg_request_name(const mg_request *r);

/* Takes those conditions out, their words are left over: nobody knows the name. */
int mg_request_drop_name(mg_request *r, molglot_error *err);

/* ---- check.c ---- */
/* Whether it leaves open what kind of molecule is meant: it asks for numbers and for absences
 * alone, for nothing tiny, and no word is left over. */
bool mg_request_is_open(const mg_request *r);
typedef struct mg_verdict {
    int of, met;    /* conditions, and how many hold */
    uint64_t fails; /* a bit for each condition that does not */
    /* too little of a molecule to be meant where any may be: fewer than four heavy atoms, or no
     * carbon, and the request says neither a group nor a tiny size */
    bool scant;
} mg_verdict;
/* One thread uses it at a time. `like`: the SMILES of the molecule that the request names, or NULL:
 * then that condition is left out of the count. */
typedef struct mg_checker mg_checker;
mg_checker *mg_checker_new(const mg_request *r, const mg_groups *g, const char *like,
                           molglot_error *err);
void mg_checker_free(mg_checker *c);
/* False: the letters of this SMILES, which must be one, say that some condition does not hold. */
bool mg_checker_may(const mg_checker *c, const char *smiles);
int mg_checker_mol(mg_checker *c, const mg_mol *m, mg_verdict *out, molglot_error *err);

/* ---- mention.c ---- */
/* Every term that a text names, bound or not, in its order: kind, id and label with begin and end;
 * a definition has them too. Several asks of one place stand side by side. Of a text of more than
 * 400 words the first ones are read. *list is malloc'ed; an ask has no text of its own. */
int mg_request_mentions(const mg_groups *g, const char *text, mg_ask **list, size_t *n,
                        molglot_error *err);
/* mask[atoms] = 1 for the atoms that a term is about; *places: how often the molecule has it, 0:
 * nowhere, -1: it is about no atoms in particular (a weight, a charge). */
int mg_ask_atoms(const mg_groups *g, const mg_mol *m, const mg_ask *a, uint8_t *mask, int *places,
                 molglot_error *err);

#endif
