/* bonds.h - the molecular graph that SMILES tokens spell (inside src/model).
 *
 * Which token is an atom, which atom every other token belongs to, and the bonds, from the tokens
 * alone. Of a canonical SMILES this is the molecule's graph with its atoms in canonical order.
 */
#ifndef MG_WRITER_BONDS_H
#define MG_WRITER_BONDS_H

#include "chem/smiles/smiles.h"
#include "nn/nn.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    MG_GLYPH_NONE, /* special tokens, and pieces inside of brackets */
    MG_GLYPH_ATOM,
    MG_GLYPH_OPEN, /* "[": an atom that is spelled up to "]" */
    MG_GLYPH_SHUT,
    MG_GLYPH_BOND,
    MG_GLYPH_BRANCH,
    MG_GLYPH_RETURN, /* ")" */
    MG_GLYPH_RING,
    MG_GLYPH_DOT
} mg_glyph;
enum {
    MG_BOND_SYMBOLS = 8,                /* none, - = # $ : / \ */
    MG_BOND_KINDS = 2 * MG_BOND_SYMBOLS /* the second half closes a ring */
};

typedef struct mg_grammar { /* of a vocabulary */
    int32_t tokens;
    uint8_t *glyph;  /* [tokens] mg_glyph */
    uint8_t *number; /* [tokens] of a bond its symbol, of a ring its number */
} mg_grammar;
bool mg_grammar_read(mg_grammar *g, const mg_smiles_vocab *v); /* false: no memory */
void mg_grammar_free(mg_grammar *g);

/* The graphs of packed sequences of tokens, as mg_gin_forward takes them; arrays are the tape's. */
typedef struct mg_token_graph {
    int32_t atoms;
    const int32_t *atom_ids;     /* [atoms] their token */
    const int32_t *edge_offsets; /* [atoms + 1] */
    const int32_t *edge_src, *edge_ids;
    const int32_t *owner; /* [tokens] the atom that each belongs to; -1: none */
} mg_token_graph;
/* ids [offsets[n]]: tokens, `above` added to each; ids out of range count as special ones. What
 * closes no ring or branch is passed over. False: the tape has failed. */
bool mg_token_graph_make(mg_tape *t, const mg_grammar *g, const int32_t *ids, int32_t above,
                         mg_seqs seqs, mg_token_graph *out);

#endif
