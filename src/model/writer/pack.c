/* pack.c - the writer's input from sentences and molecules: packed ids and positions.
 *
 *   positions 0 .. max_text-1                 word pieces of the sentence
 *   positions max_text + k max_tokens ..      <s> and the tokens of molecule k
 *
 * Ids of SMILES tokens stand behind those of the words: they are moved up by `words`.
 */
#include "base/grow.h"
#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"

#include <stdlib.h>

void mg_writer_pack_reset(mg_writer_packer *p, const mg_writer_config *c) {
    p->c = c;
    p->in = (mg_writer_input){.offsets = p->offsets, .ids = p->ids, .positions = p->positions};
    p->filled = 0;
}

static int grow_rows(mg_writer_packer *p, molglot_error *err) {
    if (!MG_GROW(p->offsets, p->cap_rows, (size_t)p->in.n + 2)) return mg_no_memory(err, "a batch");
    p->offsets[0] = 0;
    p->in.offsets = p->offsets;
    return MOLGLOT_OK;
}

static int grow_tokens(mg_writer_packer *p, int32_t more, molglot_error *err) {
    const size_t want = (size_t)(p->filled + more);
    size_t ids = p->cap_tokens, positions = p->cap_tokens;
    if (!MG_GROW(p->ids, ids, want) || !MG_GROW(p->positions, positions, want))
        return mg_no_memory(err, "a batch");
    p->in.ids = p->ids;
    p->in.positions = p->positions;
    p->cap_tokens = ids;
    return MOLGLOT_OK;
}

static void put(mg_writer_packer *p, int32_t id, int32_t position) {
    p->ids[p->filled] = id;
    p->positions[p->filled++] = position;
}

int mg_writer_pack_text(mg_writer_packer *p, const int32_t *ids, int32_t n, molglot_error *err) {
    if (n > p->c->max_text) n = p->c->max_text;
    int code = grow_tokens(p, n, err);
    for (int32_t i = 0; i < n && !code; i++) put(p, ids[i], i);
    return code;
}

int mg_writer_pack_molecule(mg_writer_packer *p, int k, const int32_t *tokens, int32_t n,
                            molglot_error *err) {
    if (n + 1 > p->c->max_tokens || k >= p->c->molecules) return MOLGLOT_OK;
    const int32_t start = p->c->max_text + k * p->c->max_tokens;
    int code = grow_tokens(p, n + 1, err);
    if (code) return code;
    put(p, p->c->words + MG_TOKEN_BOS, start);
    for (int32_t i = 0; i < n; i++) put(p, p->c->words + tokens[i], start + 1 + i);
    return MOLGLOT_OK;
}

int mg_writer_pack_row(mg_writer_packer *p, molglot_error *err) {
    int code = grow_rows(p, err);
    if (!code && p->filled == p->offsets[p->in.n] && !(code = grow_tokens(p, 1, err)))
        put(p, p->c->words + MG_TOKEN_BOS, 0);
    if (!code) p->offsets[++p->in.n] = (int32_t)p->filled;
    return code;
}

void mg_writer_packer_free(mg_writer_packer *p) {
    free(p->offsets);
    free(p->ids);
    free(p->positions);
    *p = (mg_writer_packer){0};
}
