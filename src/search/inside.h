/* inside.h - the index file and an open index: for index.c, search.c and their tests. */
#ifndef MG_INDEX_INSIDE_H
#define MG_INDEX_INSIDE_H

#include "search/search.h"

#define MG_INDEX_MAGIC "MGINDEX" /* eight bytes with its end */
enum { MG_INDEX_VERSION = 1 };

enum { MG_INDEX_ROWS, MG_INDEX_OFFSETS, MG_INDEX_STRINGS, MG_INDEX_SECTIONS };

/* The file: this header, then three sections at multiples of 64 bytes: float or bf16 [count, dim];
 * uint64 [count, 3] places of id, SMILES and text in the third; strings, each ended by a zero, the
 * first of them empty. Little-endian. */
typedef struct mg_index_header {
    char magic[8];
    uint32_t version, dtype, side, dim;
    uint64_t count;
    double max_norm; /* length of the longest row: bounds rounding in search */
    char model_sha256[72], model_name[72];
    struct {
        uint64_t offset, bytes;
    } section[MG_INDEX_SECTIONS];
    uint64_t checksum;        /* of the sections, see section_hash */
    uint64_t header_checksum; /* mg_hash64 of the bytes before it */
} mg_index_header;

struct mg_index {
    char *path;
    mg_map map;
    const mg_index_header *h;
    mg_matrix rows;
    const uint64_t *offsets;
    const char *strings;
    size_t strings_n;
};

#endif
