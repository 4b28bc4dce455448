/* inside.h - what the files of this wing share: derive.c (changes), configured.c (configurations).
 */
#ifndef MG_DERIVE_INSIDE_H
#define MG_DERIVE_INSIDE_H

#include "chem/derive/derive.h"

/* Adds the configuration that words without an article say of a name. */
int mg_configurations_read(const char *words, mg_derivation out[MG_DERIVATIONS], int *n,
                           molglot_error *err);

#endif
