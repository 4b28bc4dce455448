/* smiles.h - the chemical elements, SMILES as tokens, and which of them may come next. */
#ifndef MG_CHEM_SMILES_SMILES_H
#define MG_CHEM_SMILES_SMILES_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- elements.c ---- */
const char *mg_element_symbol(int number);           /* "*" for 0 and for what is no element */
int mg_element_number(const char *symbol, size_t n); /* -1: none */

/* --- SMILES as tokens (tokens.c) and what may come next (automaton.c; docs/automaton.md)
 * --- */
/* A vocabulary is text, one token a line: the four special ones, pieces that can spell any SMILES,
 * and whole bracket atoms. */
enum { MG_TOKEN_PAD = 0, MG_TOKEN_BOS, MG_TOKEN_EOS, MG_TOKEN_UNUSED };
enum { MG_SMILES_TOKEN_BYTES = 16 }; /* longest token, its zero included */
typedef struct mg_smiles_vocab mg_smiles_vocab;
mg_smiles_vocab *mg_smiles_vocab_new(const char *text, size_t n, molglot_error *err);
/* All pieces, then bracket atoms that occur at least min_count times, frequent ones first, up to
 * max_size tokens in all. */
mg_smiles_vocab *mg_smiles_vocab_build(const char *const *smiles, size_t n, int64_t min_count,
                                       int32_t max_size, molglot_error *err);
void mg_smiles_vocab_free(mg_smiles_vocab *v);
int32_t mg_smiles_vocab_size(const mg_smiles_vocab *v);
/* "" for an id out of range */
const char *mg_smiles_vocab_token(const mg_smiles_vocab *v, int32_t id);
void mg_smiles_vocab_text(const mg_smiles_vocab *v, mg_str *out);
/* Ids of a SMILES without BOS and EOS; returns their number, or -1 with the offset in row (may be
 * NULL) of what is no token or does not fit into `cap` ids. Chemistry is not looked at. */
int32_t mg_smiles_encode(const mg_smiles_vocab *v, const char *smiles, int32_t *ids, int32_t cap,
                         molglot_row_status *row);
/* The string of n ids, malloc'ed; special tokens are left out, EOS ends it. NULL when memory is
 * short or an id is out of range. */
char *mg_smiles_decode(const mg_smiles_vocab *v, const int32_t *ids, int32_t n);

/* The automaton's state: plain data, copied by assignment; valid while the vocabulary lives. Fields
 * are for automaton.c and plan.c alone. It holds the atoms of the current component that can still
 * matter; older ones are dropped, so molecules may be longer. */
enum {
    MG_SMILES_ATOMS = 255,
    MG_SMILES_DEPTH = 100,
    MG_SMILES_RINGS = 100,
    MG_SMILES_RING_BONDS = 192
};
typedef struct mg_smiles_kind {
    uint8_t element;
    int8_t charge;
    uint8_t hydrogens;      /* as written in brackets */
    bool aromatic, bracket; /* a bracket atom gets no hydrogens but the written ones */
    int8_t room;  /* half bonds it can take (single 2, aromatic 3, double 4); -1: no such atom */
    int8_t whole; /* bonds it can take when aromatic ones count 1 */
} mg_smiles_kind;
typedef struct mg_smiles_atom {
    mg_smiles_kind kind; /* its room is what is left */
    uint8_t flags;
    /* the atom it was written after; its partner in an aromatic system's double bond */
    uint8_t parent, mate;
    uint8_t aromatic, plain, order; /* aromatic bonds; other bonds and the sum of their orders */
    uint8_t open;                   /* branches and rings that wait for it */
} mg_smiles_atom;
typedef struct mg_smiles_open {
    uint8_t number, atom, link;
} mg_smiles_open;
typedef struct mg_smiles_ring {
    uint8_t a, b;
    bool aromatic;
} mg_smiles_ring;
typedef struct mg_smiles_bracket { /* the bracket atom being spelled */
    uint8_t stage, before, digits, number, element, hydrogens, charge;
    bool aromatic, negative;
} mg_smiles_bracket;
typedef struct mg_smiles_state {
    const mg_smiles_vocab *vocab;
    int32_t left;        /* tokens that may still be pushed, the end token included */
    uint8_t phase, link; /* link: the bond symbol that waits for an atom or a ring number */
    uint8_t current, n_atoms, n_aromatic, compact_at, depth, n_open, n_rings;
    mg_smiles_bracket bracket;
    uint8_t stack[MG_SMILES_DEPTH]; /* atoms to return to */
    mg_smiles_open open[MG_SMILES_RINGS];
    mg_smiles_ring rings[MG_SMILES_RING_BONDS]; /* closed ones */
    mg_smiles_atom atoms[MG_SMILES_ATOMS];      /* in the order of writing */
} mg_smiles_state;
/* Before the first token. At most max_tokens tokens will be pushed, the end token included; at
 * least 2. Close to the limit a string may be refused that would just fit: allow 16 tokens more
 * than the longest string needs. */
void mg_smiles_start(mg_smiles_state *s, const mg_smiles_vocab *v, int32_t max_tokens);
/* allowed[id] = 1 for every token that push would take, else 0. Never all 0: every allowed sequence
 * can be finished in time. After the end token: PAD alone. */
void mg_smiles_mask(const mg_smiles_state *s, uint8_t *allowed);
/* False, and the state as it was, when the token is not allowed. */
bool mg_smiles_push(mg_smiles_state *s, int32_t token);
/* From now on no more tokens than are sure to finish it. False where the last token was no atom:
 * try again after the next. */
bool mg_smiles_hurry(mg_smiles_state *s);
bool mg_smiles_done(const mg_smiles_state *s); /* the end token was pushed */

#ifdef __cplusplus
}
#endif

#endif
