/* align.h - where in a molecule's SMILES a prefix that is being written has got to (inside
 * src/model).
 *
 * One aligner follows one sequence: tokens written so far against the tokens of a molecule that is
 * read beside. The place is the prefix of the molecule at the least edit distance from what was
 * written (insertions, deletions and substitutions cost 1); of several, the one whose last tokens
 * agree longest, then the longest one. A sentence is followed otherwise, because phrases are left
 * out, put in and moved: the place is where the longest run of last tokens agrees, of several the
 * first one that is not before the last place, else the last one that is; where none agrees, it
 * stays. Each push is linear in the molecule's tokens.
 */
#ifndef MG_ALIGN_H
#define MG_ALIGN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mg_aligner {
    const int32_t *tokens; /* [n] the molecule's, the caller's */
    int32_t n;
    int32_t *cost, *match; /* [n+1] for each prefix: edit distance; how many last tokens agree */
    /* tokens of the molecule that lie behind; how many last ones agree there */
    int32_t place, agree;
    bool sentence; /* set it after the start */
} mg_aligner;

/* room: int32_t[2 (n + 1)], the caller's. */
void mg_align_start(mg_aligner *a, const int32_t *tokens, int32_t n, int32_t *room);
void mg_align_push(mg_aligner *a, int32_t token);

#endif
