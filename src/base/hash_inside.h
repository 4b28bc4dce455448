/* hash_inside.h - between hash.c and sha_ni.c. */
#ifndef MG_HASH_INSIDE_H
#define MG_HASH_INSIDE_H

#include "base/base.h"

bool mg_sha_ni_present(void);
/* h is the SHA-256 state; k the round constants. Only where mg_sha_ni_present(). */
void mg_sha_ni_blocks(uint32_t h[8], const uint8_t *p, size_t blocks, const uint32_t k[64]);

#endif
