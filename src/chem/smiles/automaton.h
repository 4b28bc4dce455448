/* automaton.h - what the vocabulary of SMILES tokens, the rules of valence and the automaton
 * share. */
#ifndef MG_CHEM_AUTOMATON_H
#define MG_CHEM_AUTOMATON_H

#include "chem/smiles/smiles.h"

/* ---- atoms (valence.c) ---- */
/* Sets `room` and `whole` from the other fields. */
void mg_kind_set_room(mg_smiles_kind *k);
/* What is left for bonds that are not aromatic, in half bonds. */
int mg_kind_plain_room(const mg_smiles_kind *k);
/* Whether RDKit's kekulisation must give a double bond to an aromatic atom with so many aromatic
 * and so many plain bonds, whose orders sum to `order`. */
bool mg_kind_needs_partner(const mg_smiles_kind *k, int aromatic, int plain, int order);
/* Whether two kinds behave the same in every molecule. */
bool mg_kinds_alike(const mg_smiles_kind *a, const mg_smiles_kind *b);
/* Elements of one class take the same number of bonds at every charge. */
int mg_valence_class(int element);
bool mg_element_aromatic(int element);

/* ---- what a token means (tokens.c) ---- */
/* Roles outside brackets; a bond's value is its order below. */
typedef enum {
    MG_ROLE_NONE = 0,
    MG_ROLE_END,
    MG_ROLE_ATOM,
    MG_ROLE_BOND,
    MG_ROLE_RING,
    MG_ROLE_OPEN,
    MG_ROLE_CLOSE,
    MG_ROLE_DOT,
    MG_ROLE_BRACKET,
    /* and inside them */
    MG_ROLE_ELEMENT,
    MG_ROLE_CHIRAL,
    MG_ROLE_HYDROGEN,
    MG_ROLE_SIGN,
    MG_ROLE_DIGIT,
    MG_ROLE_COLON,
    MG_ROLE_BRACKET_END
} mg_smiles_role;

enum {
    MG_LINK_IMPLICIT = 0,
    MG_LINK_SINGLE,
    MG_LINK_DOUBLE,
    MG_LINK_TRIPLE,
    MG_LINK_QUADRUPLE,
    MG_LINK_AROMATIC
};

/* Tokens of one group have the same effect in every state; ring numbers of one group while they are
 * not open. */
typedef struct mg_smiles_meaning {
    uint8_t outside, inside; /* roles */
    uint8_t value;           /* bond order, ring number or digit */
    uint16_t outside_group, inside_group;
    mg_smiles_kind kind; /* of ATOM and ELEMENT; the charge of SIGN */
} mg_smiles_meaning;

enum { MG_SMILES_GROUPS = 1024 };

struct mg_smiles_vocab {
    int32_t n;
    char (*strings)[MG_SMILES_TOKEN_BYTES];
    mg_smiles_meaning *meanings; /* [n] */
    mg_names ids;                /* of the strings */
};

/* ---- the closing plan (plan.c) ---- */
enum { MG_NO_ATOM = 255, MG_NEVER = 1 << 20 };
/* Flags of an atom. LINK: the bond to the parent; LONG: atoms between the two were dropped. NEEDS:
 * it wants a partner as it is. */
enum {
    MG_ATOM_IN_RING = 1,
    MG_ATOM_LINK_AROMATIC = 2,
    MG_ATOM_LINK_IN_RING = 4,
    MG_ATOM_LINK_LONG = 8,
    MG_ATOM_NEEDS = 16
};

/* How many tokens are sure to finish the SMILES of a state that stands after an atom, the end token
 * included; MG_NEVER: no number is.
 *   The answer is an upper bound, not the least: the first plan that fits into s->left is taken.
 *   The partners of pi electrons that it found stay in s->atoms: the next call starts from them. */
int mg_smiles_plan(mg_smiles_state *s);
/* Whether two atoms are bonded to each other. */
bool mg_smiles_bonded(const mg_smiles_state *s, int a, int b);

/* ---- pi electrons (pi_matching.c) ---- */
enum { MG_PI_DEGREE = 6, MG_PI_MUST = 3 };
/* Atoms that each need one double bond to a neighbour. */
typedef struct mg_pi_graph {
    int n;
    uint8_t degree[MG_SMILES_ATOMS], neighbours[MG_SMILES_ATOMS][MG_PI_DEGREE];
    /* in: a matching to start from (MG_NO_ATOM: none). Out: a largest one */
    uint8_t mate[MG_SMILES_ATOMS];
    /* for handing over: tokens that relieve it of that need, 1 or 2; MG_PI_MUST: nothing can */
    uint8_t cost[MG_SMILES_ATOMS];
} mg_pi_graph;
/* Returns how many stay without partner. */
int mg_pi_match(mg_pi_graph *g);
/* Exchanges those that a largest matching leaves alone for cheaper ones; false when one that must
 * have a partner gets none. */
bool mg_pi_hand_over(mg_pi_graph *g);

#endif
