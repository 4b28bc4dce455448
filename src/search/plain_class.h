/* plain_class.h - glycerolipids by their class and chains (plain_class.c). */
#ifndef MG_SEARCH_PLAIN_CLASS_H
#define MG_SEARCH_PLAIN_CLASS_H

#include "search/plain_acyl.h"

enum { PLAIN_CHAINS = 4, PLAIN_CLASS_NAME = 1200 };

typedef struct plain_chain_of {
    plain_acyl chain;
    char place; /* '1', '2', '3', 'N'; 0: not said */
    char link;  /* 'a' acyl, 'o' alkyl, 'p' alkenyl */
} plain_chain_of;

typedef struct plain_class {
    int row; /* of the classes; -1: none is said */
    bool lyso;
    int n;
    plain_chain_of chain[PLAIN_CHAINS];
    acyl_charge charge;
    int sum;
} plain_class;

/* All words of a clause; false: some are left. */
bool plain_class_read(const char *clause, plain_class *out);
/* What a second clause says; false: it is another lipid. */
bool plain_class_merge(plain_class *a, const plain_class *b);
/* Its name; false: something is not said, or does not fit. */
bool plain_class_name(const plain_class *c, char *out, size_t room);

/* ---- plain_sphingo.c ---- */
/* The name of a base or ceramide; false: something is not said, or it is none. */
bool plain_sphingo_name(const char *phrase, acyl_charge charge, int sum, char *out, size_t room);

#endif
