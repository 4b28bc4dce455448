/* chains.h - the chains of a lipid, as chains.c and chain_words.c have them. */
#ifndef MG_CAPTION_CHAINS_H
#define MG_CAPTION_CHAINS_H

#include "caption/inside.h"

enum {
    CHAINS = 4,
    NAME = 120,
    TRIES = 12,
    BONDS = 6,
    LEAST = 4,
    BUT_PROTONS = 25 /* letters of an InChIKey */
};

/* Carbons, and double bonds of any kind. */
typedef struct tally {
    int carbons, doubles;
} tally;

/* "palmitoyl", "palmitic acid" */
typedef struct chain {
    char acyl[NAME], acid[NAME];
    char from[NAME]; /* as molecules derive from it: "hexadecanoic acid" */
    char smiles[NAME];
    int carbons, doubles;
    tally holds;
} chain;

/* Where the copy names a chain. */
typedef struct mention {
    size_t begin, end;
    bool acid; /* "palmitic acid" */
    bool two;  /* "1,2-dipalmitoyl": of both */
    tally holds;
} mention;

/* The molecule's chains, by their carbons or by own names. */
typedef struct chains {
    bool known;
    chain has[CHAINS];
    int n, kinds; /* distinct ones first come in `kind` */
    int kind[CHAINS];
} chains;

struct mg_own_chains {
    chains by[2];
    uint64_t *failed; /* [n] what was told and built something else */
    size_t n, cap;
};

typedef struct telling {
    mg_readings *r;
    const char *smiles, *text;
    const mg_mol *mol;
    struct mg_own_chains *own;
    size_t first; /* the text's first sentence */
    const chain *has;
    int n, kinds;
    const int *kind;
    mg_reading copy; /* what the text builds */
    mention at[CHAINS];
    int mentions;
    int tries;
} telling;

/* ---- chain_words.c ---- */

/* "phosphatidylserine 36:2": with the carbons and double bonds of n chains. */
void mg_chains_count(const chain *has, int n, mg_str *s);
/* "long-chain" of the only chain, by its carbons. */
void mg_chains_measure(const chain *has, int n, mg_str *s);
/* Words for chains that the molecule has not: "saturated" of one with a double bond. */
bool mg_chains_deny(const chain *has, int n, const char *s);

#endif
