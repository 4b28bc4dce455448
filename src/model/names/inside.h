/* inside.h - what the files of this folder share: how a block of names or SMILES is packed. */
#ifndef MG_NAMES_INSIDE_H
#define MG_NAMES_INSIDE_H

#include "model/names/names.h"

enum { NAME_BYTES_MOST = 255 }; /* of one name; of a SMILES 65535 */

struct mg_dictionary {
    mg_dictionary_bytes part[MG_DICTIONARY_PARTS];
    int32_t names, molecules;
    int bits;                                /* of a molecule's number */
    const char **name_heads, **smiles_heads; /* of each block */
};

/* ---- blocks.c ----
 * A block before zstd: of each string how many bytes it shares with the one before it (u16), how
 * many follow (u16), all low bytes before all high bytes; with names a byte of sources and one of
 * grade each; then what follows, end to end. */
typedef struct names_block {
    char *bytes;                          /* what was unpacked, then the strings */
    const char *string[MG_NAMES_A_BLOCK]; /* each ended by a zero */
    const uint8_t *sources, *grade;       /* NULL in a block of SMILES */
    int32_t first, n;                     /* number of the first string in the dictionary */
} names_block;

int32_t names_blocks(int32_t strings);
/* Where frame i of a kind of blocks ends; -1: 0. */
uint32_t names_end(const mg_dictionary *d, int blocks, int32_t i);
/* Unpacks block i; blocks: MG_NAMES_BLOCKS or MG_SMILES_BLOCKS. */
int names_unpack(const mg_dictionary *d, int blocks, int32_t i, names_block *out,
                 molglot_error *err);
void names_block_free(names_block *b);
/* Adds strings[n] as a frame; rows: of each, or NULL for SMILES. */
int names_pack(mg_str *out, const char *const *strings, const mg_name_row *rows, int32_t n,
               molglot_error *err);
/* The block in which the first string >= key is, or the one before it: of all blocks whose head is
 * less than key, the last; 0 without one. */
int32_t names_block_of(const char *const *heads, int32_t blocks, const char *key);

/* ---- order.c ---- */
/* The molecule of name i. */
int32_t names_molecule(const mg_dictionary *d, int32_t i);
/* The canonical SMILES of a molecule, malloc'ed; NULL with err. */
char *names_smiles(const mg_dictionary *d, int32_t molecule, molglot_error *err);
/* A new hit at the end, of which only name and smiles are NULL; NULL with err. */
mg_name_hit *names_hit(mg_name_hits *h, molglot_error *err);
/* Whether a is a better name of a molecule than b; <0: yes. */
int names_better_name(const mg_name_hit *a, const mg_name_hit *b);
/* Whether a is a better structure of a name than b; <0: yes. */
int names_better_structure(const mg_name_hit *a, const mg_name_hit *b);
/* Centres and double bonds in a SMILES whose stereo is set. */
int names_stereo(const char *smiles);

#endif
