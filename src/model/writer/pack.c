/* pack.c - the writer's input from sentences and molecules: packed ids and positions.
 *
 *   positions 0 .. max_text-1                 word pieces of the sentence
 *   positions max_text + k max_tokens ..      <s> and the tokens of molecule k
 *   and of a model that writes captions, M molecules:
 *   positions max_text + M max_tokens ..      <s> and the tokens of the molecule to be described
 *   then max_text positions for each k        <s> and word pieces of what is said of molecule k
 *
 * Ids of SMILES tokens stand behind those of the words: they are moved up by `words`.
 */
#include "base/grow.h"
#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"

#include <stdlib.h>
#include <string.h>

static int32_t own_start(const mg_writer_config *c) {
    return c->max_text + c->molecules * c->max_tokens;
}

int64_t mg_writer_positions(const mg_writer_config *c) {
    const int64_t n = (int64_t)c->max_text + (int64_t)c->molecules * c->max_tokens;
    return c->captions ? n + c->max_tokens + (int64_t)c->molecules * c->max_text : n;
}

mg_read mg_writer_read_at(const mg_writer_config *c, int32_t position, int *number) {
    const int32_t own = own_start(c), captions = own + c->max_tokens;
    const mg_read part = position < c->max_text ? MG_READ_TEXT
                         : position < own       ? MG_READ_MOLECULE
                         : position < captions  ? MG_READ_OWN
                                                : MG_READ_CAPTION;
    const int at = part == MG_READ_MOLECULE  ? (position - c->max_text) / c->max_tokens
                   : part == MG_READ_CAPTION ? (position - captions) / c->max_text
                                             : 0;
    if (number) *number = at;
    return part;
}

void mg_writer_pack_reset(mg_writer_packer *p, const mg_writer_config *c) {
    p->c = c;
    p->in = (mg_writer_input){.offsets = p->offsets, .ids = p->ids, .positions = p->positions};
    p->filled = p->spaced = 0;
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

/* <s> and n tokens, moved up by `above`, at positions from `start` on. */
static int pack_tokens(mg_writer_packer *p, int32_t start, int32_t above, const int32_t *tokens,
                       int32_t n, molglot_error *err) {
    int code = grow_tokens(p, n + 1, err);
    if (code) return code;
    put(p, p->c->words + MG_TOKEN_BOS, start);
    for (int32_t i = 0; i < n; i++) put(p, above + tokens[i], start + 1 + i);
    return MOLGLOT_OK;
}

int mg_writer_pack_molecule(mg_writer_packer *p, int k, const int32_t *tokens, int32_t n,
                            molglot_error *err) {
    if (n + 1 > p->c->max_tokens || k >= p->c->molecules) return MOLGLOT_OK;
    return pack_tokens(p, p->c->max_text + k * p->c->max_tokens, p->c->words, tokens, n, err);
}

int mg_writer_pack_own(mg_writer_packer *p, const int32_t *tokens, int32_t n, molglot_error *err) {
    if (n > p->c->max_tokens - 1) n = p->c->max_tokens - 1;
    return pack_tokens(p, own_start(p->c), p->c->words, tokens, n, err);
}

int mg_writer_pack_caption(mg_writer_packer *p, int k, const int32_t *ids, int32_t n,
                           molglot_error *err) {
    if (k >= p->c->molecules) return MOLGLOT_OK;
    if (n > p->c->max_text - 1) n = p->c->max_text - 1;
    return pack_tokens(p, own_start(p->c) + p->c->max_tokens + k * p->c->max_text, 0, ids, n, err);
}

/* Zeros for rows before `rows` that have no vector. */
static int grow_space(mg_writer_packer *p, int64_t rows, molglot_error *err) {
    const size_t each = (size_t)p->c->space;
    if (!MG_GROW(p->space, p->cap_space, (size_t)rows * each)) return mg_no_memory(err, "a batch");
    if (p->spaced < rows)
        memset(p->space + (size_t)p->spaced * each, 0,
               (size_t)(rows - p->spaced) * each * sizeof *p->space);
    p->spaced = rows;
    p->in.space = p->space;
    return MOLGLOT_OK;
}

int mg_writer_pack_space(mg_writer_packer *p, const float *vector, molglot_error *err) {
    const size_t each = (size_t)p->c->space;
    int code = grow_space(p, p->in.n + 1, err);
    if (!code && vector) memcpy(p->space + (size_t)p->in.n * each, vector, each * sizeof *vector);
    return code;
}

int mg_writer_pack_row(mg_writer_packer *p, molglot_error *err) {
    int code = grow_rows(p, err);
    if (!code && p->in.space) code = grow_space(p, p->in.n + 1, err);
    if (!code && p->filled == p->offsets[p->in.n] && !(code = grow_tokens(p, 1, err)))
        put(p, p->c->words + MG_TOKEN_BOS, 0);
    if (!code) p->offsets[++p->in.n] = (int32_t)p->filled;
    return code;
}

void mg_writer_packer_free(mg_writer_packer *p) {
    free(p->offsets);
    free(p->ids);
    free(p->positions);
    free(p->space);
    *p = (mg_writer_packer){0};
}
