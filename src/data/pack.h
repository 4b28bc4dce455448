/* pack.h - rows of a batch put one behind the other (inside src/data). */
#ifndef MG_PACK_H
#define MG_PACK_H

#include "base/bags.h"
#include "data/data.h"

/* --- bag entries: one feature of a text or molecule. In memory id << 32 | count; in a cache file
 * id << 12 | count. --- */
typedef uint64_t mg_entry;
enum {
    MG_COUNT_BITS = 12,
    MG_COUNT_MAX = (1 << MG_COUNT_BITS) - 1,
    MG_BAG_IDS = 1 << (32 - MG_COUNT_BITS)
};

/* Counts are whole and saturate at MG_COUNT_MAX, in training (cache files) and at inference
 * alike. */
static inline mg_entry mg_entry_of(int32_t id, float count) {
    uint32_t n = count < 1              ? 1u
                 : count > MG_COUNT_MAX ? (uint32_t)MG_COUNT_MAX
                                        : (uint32_t)(count + 0.5f);
    return (uint64_t)(uint32_t)id << 32 | n;
}
static inline uint32_t mg_entry_pack(mg_entry e) {
    return (uint32_t)(e >> 32) << MG_COUNT_BITS | (uint32_t)e;
}
static inline mg_entry mg_entry_unpack(uint32_t p) {
    return (uint64_t)(p >> MG_COUNT_BITS) << 32 | (p & MG_COUNT_MAX);
}

/* Sums runs (each ascending by id, as features of one sentence are) into one: run r is
 * (*e)[starts[r] .. starts[r+1]). The result is in *e, which may have changed places with *tmp;
 * starts is used up. Returns the number of entries. */
size_t mg_entries_merge(mg_entry **e, mg_entry **tmp, size_t *starts, size_t n_runs);

/* ---- a batch under construction ---- */
typedef struct mg_pack {
    mg_batch *batch;
    int64_t n, cap;                        /* rows so far and in all */
    int64_t tokens, atoms, edges, entries; /* used so far */
    int32_t *token_offsets, *token_ids, *positions;
    int32_t *atom_offsets, *atom_ids, *edge_offsets, *edge_src, *edge_ids;
    int32_t *bag_offsets, *bag_ids;
    float *bag_weights;
    int32_t atom_cols, bond_cols, atom_base[16], bond_base[16];
} mg_pack;

/* max_tokens 0: no limit */
typedef struct mg_text_style {
    int32_t cls, sep;
    int max_tokens;
    bool special;
} mg_text_style;

/* Both take room for n rows from the batch's arena; the other numbers are upper bounds. bag: the
 * batch has that channel. */
int mg_pack_texts(mg_pack *p, mg_batch *b, int64_t n, int64_t tokens, bool bag, int64_t entries,
                  molglot_error *err);
int mg_pack_mols(mg_pack *p, mg_batch *b, int64_t n, mg_feat_kind kind, int64_t atoms,
                 int64_t edges, bool bag, int64_t entries, molglot_error *err);
/* Parts of the current row; a row may have none of them. */
void mg_pack_tokens(mg_pack *p, const int32_t *ids, int64_t n, const mg_text_style *style);
void mg_pack_graph(mg_pack *p, const mg_graph *g);
/* log(1+count) * idf, entries dropped with probability `dropout`, the rest scaled to unit
 * length. */
void mg_pack_bag(mg_pack *p, const mg_entry *e, size_t n, const mg_bag_vocab *v, float dropout,
                 uint64_t key);
void mg_pack_row(mg_pack *p); /* ends the row */
/* Hands the arrays to the batch. */
void mg_pack_texts_done(mg_pack *p);
void mg_pack_mols_done(mg_pack *p);

#endif
