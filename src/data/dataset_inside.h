/* dataset_inside.h - the layout of a cache file (inside src/data).
 *
 * dataset_build.c writes it, dataset.c opens and checks it, batcher.c reads rows. Header, then
 * sections at multiples of 64 bytes; little-endian. Section offsets and sizes are checked against
 * the file and the counts when it is opened, and so is every offset and number inside, so that the
 * batcher needs no checks.
 */
#ifndef MG_DATASET_INSIDE_H
#define MG_DATASET_INSIDE_H

#include "base/bags.h"
#include "data/data.h"

#define MG_DATASET_MAGIC "MGDATA01"

/* One line per section: name, element type, number of elements. [M] molecules, [T] texts, [S]
 * sentences. Offset arrays have one element more than there are things. */
typedef enum {
    SEC_PAIR_MOL,
    SEC_PAIR_TEXT,
    SEC_PAIR_SOURCE, /* int32 [pairs] */
    SEC_ATOM_OFF,
    SEC_ATOMS, /* int64 [M+1]; u8 [atoms, atom_cols] */
    /* int64 [M+1]; int32, int32 [edges]; u8 [edges, bond_cols] */
    SEC_EDGE_OFF,
    SEC_EDGE_SRC,
    SEC_EDGE_DST,
    SEC_BONDS,
    SEC_MOL_OFF,
    SEC_MOL_BAG,  /* int64 [M+1]; u32 entries (pack.h) */
    SEC_SENT_OFF, /* int64 [T+1] sentences of a text */
    SEC_TOKEN_OFF,
    SEC_TOKENS, /* int64 [S+1]; int32 */
    SEC_TEXT_OFF,
    SEC_TEXT_BAG, /* int64 [S+1]; u32 entries */
    SEC_CHAR_OFF,
    SEC_CHARS,     /* int64 [S+1]; the sentences' bytes */
    SEC_WORDPIECE, /* vocab.txt */
    SEC_TEXT_HASH,
    SEC_TEXT_IDF,
    SEC_GRAPH_HASH,
    SEC_GRAPH_IDF, /* u32, float each */
    SEC_COUNT
} mg_section;

typedef struct mg_dataset_header {
    char magic[8];
    char key[72];     /* sha256 of the configuration and the sources */
    char sources[72]; /* sha256 of the sources alone */
    int64_t pairs, mols, texts, sentences, rejected, excluded;
    int32_t n_sources, features, has_graph, reserved;
    uint64_t checksum; /* mg_hash64 over all sections, one seeding the next */
    struct {
        uint64_t offset, bytes;
    } section[SEC_COUNT];
    uint64_t header_checksum; /* mg_hash64 of the bytes before it */
} mg_dataset_header;

struct mg_dataset {
    mg_map map;
    const mg_dataset_header *h;
    const int32_t *pair_mol, *pair_text, *pair_source;
    const int64_t *atom_off, *edge_off, *mol_off, *sent_off, *token_off, *text_off, *char_off;
    const uint8_t *atoms, *bonds;
    const int32_t *edge_src, *edge_dst, *tokens;
    const uint32_t *mol_bag, *text_bag;
    const char *chars;
    float *weights; /* [n_sources] */
    mg_bag_vocab text_vocab, graph_vocab;
    mg_wordpiece *wordpiece; /* NULL: no token channel */
    int32_t cls, sep;
};

/* dataset_build.c: makes the file `path`. key and sources are the header's. */
int mg_dataset_build(const char *path, const mg_dataset_config *c, const char *key,
                     const char *sources, int (*cb)(void *user, int64_t done, int64_t total),
                     void *user, molglot_error *err);

#endif
