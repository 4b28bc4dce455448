/* rows.c - rows for the writer: what it reads, packed by mg_writer_packer, and what it writes.
 *
 *   target of a molecule s1 .. sn   ids <s> s1 .. sn,  next s1 .. sn </s>,  positions 0 .. n
 *   of a caption w1 .. wn           the same with its own <s> and </s>; one that is cut has no </s>
 */
#include "base/grow.h"
#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <stdlib.h>
#include <string.h>

void train_rows_reset(train_rows *p, const mg_writer_config *c) {
    mg_writer_pack_reset(&p->input, c);
    p->target = (mg_writer_target){
        .offsets = p->offsets, .ids = p->ids, .positions = p->positions, .next = p->next};
    if (p->offsets) p->offsets[0] = 0;
}

/* ---- input ---- */

static const int32_t *widen(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err) {
    if (!MG_GROW(p->wide, p->room_wide, (size_t)n + 1)) {
        mg_no_memory(err, "a batch");
        return NULL;
    }
    for (int32_t i = 0; i < n; i++) p->wide[i] = ids[i];
    return p->wide;
}

int train_rows_text(train_rows *p, const int32_t *ids, int32_t n, molglot_error *err) {
    return mg_writer_pack_text(&p->input, ids, n, err);
}

int train_rows_molecule(train_rows *p, int k, const uint16_t *ids, int32_t n, molglot_error *err) {
    const int32_t *wide = widen(p, ids, n, err);
    return wide ? mg_writer_pack_molecule(&p->input, k, wide, n, err) : MOLGLOT_NO_MEMORY;
}

int train_rows_own(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err) {
    const int32_t *wide = widen(p, ids, n, err);
    return wide ? mg_writer_pack_own(&p->input, wide, n, err) : MOLGLOT_NO_MEMORY;
}

int train_rows_caption(train_rows *p, int k, const int32_t *ids, int32_t n, molglot_error *err) {
    return mg_writer_pack_caption(&p->input, k, ids, n, err);
}

/* ---- target ---- */

/* Room for one more target of n tokens. */
static int grow_target(train_rows *p, size_t n, molglot_error *err) {
    const bool first = !p->offsets;
    if (!MG_GROW(p->offsets, p->room_offsets, (size_t)p->target.n + 2))
        return mg_no_memory(err, "a batch");
    if (first) p->offsets[0] = 0;
    const size_t want = (size_t)p->offsets[p->target.n] + n;
    if (!MG_GROW(p->ids, p->room_ids, want) || !MG_GROW(p->positions, p->room_positions, want) ||
        !MG_GROW(p->next, p->room_next, want))
        return mg_no_memory(err, "a batch");
    p->target.offsets = p->offsets;
    p->target.ids = p->ids;
    p->target.positions = p->positions;
    p->target.next = p->next;
    return MOLGLOT_OK;
}

int train_rows_row(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err) {
    int code = mg_writer_pack_row(&p->input, err);
    if (code || !ids) return code;
    if ((code = grow_target(p, (size_t)n + 1, err))) return code;
    const int32_t at = p->offsets[p->target.n];
    for (int32_t i = 0; i <= n; i++) {
        p->ids[at + i] = i ? ids[i - 1] : MG_TOKEN_BOS;
        p->next[at + i] = i < n ? ids[i] : MG_TOKEN_EOS;
        p->positions[at + i] = i;
    }
    p->offsets[++p->target.n] = at + n + 1;
    return MOLGLOT_OK;
}

int train_rows_words(train_rows *p, const int32_t *ids, int32_t n, molglot_error *err) {
    const mg_writer_config *c = p->input.c;
    const int32_t most = c->max_text - 1, have = n > most ? most : n;
    int code = mg_writer_pack_row(&p->input, err);
    if (!code) code = grow_target(p, (size_t)have + 1, err);
    if (code) return code;
    const int32_t at = p->offsets[p->target.n];
    for (int32_t i = 0; i <= have; i++) {
        p->ids[at + i] = i ? ids[i - 1] : mg_writer_start(c);
        p->next[at + i] = i < n ? ids[i] : mg_writer_end(c);
        p->positions[at + i] = i;
    }
    p->offsets[++p->target.n] = at + have + 1;
    p->target.words = true;
    return MOLGLOT_OK;
}

int64_t train_rows_tokens(const train_rows *p) { return p->target.n ? p->offsets[p->target.n] : 0; }

/* ---- noise ---- */

int train_rows_noise(train_rows *p, mg_rng rng, int64_t n, molglot_error *err) {
    if (!MG_GROW(p->noise, p->room_noise, (size_t)n)) return mg_no_memory(err, "a batch");
    for (int64_t i = 0; i < n; i++) p->noise[i] = (float)mg_rng_normal(&rng);
    return MOLGLOT_OK;
}

void train_rows_free(train_rows *p) {
    mg_writer_packer_free(&p->input);
    free(p->offsets);
    free(p->ids);
    free(p->positions);
    free(p->next);
    free(p->wide);
    free(p->noise);
    free(p->keep);
    free(p->draft);
    memset(p, 0, sizeof *p);
}
