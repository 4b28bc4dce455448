/* rows.c - rows for the writer: what it reads, packed by mg_writer_packer, and what it writes.
 *
 *   target of a molecule s1 .. sn   ids <s> s1 .. sn,  next s1 .. sn </s>,  positions 0 .. n
 */
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
    if (n >= p->room_wide) {
        int32_t *wide = realloc(p->wide, (2 * (size_t)n + 64) * sizeof *wide);
        if (!wide) {
            mg_no_memory(err, "a batch");
            return NULL;
        }
        p->wide = wide;
        p->room_wide = 2 * (int64_t)n + 64;
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

/* ---- target ---- */

static int grow_rows(train_rows *p, molglot_error *err) {
    if (p->target.n + 2 <= p->room_rows) return MOLGLOT_OK;
    const int64_t rows = 2 * p->room_rows + 64;
    int32_t *offsets = realloc(p->offsets, (size_t)rows * sizeof *offsets);
    if (!offsets) return mg_no_memory(err, "a batch");
    offsets[0] = 0;
    p->target.offsets = p->offsets = offsets;
    p->room_rows = rows;
    return MOLGLOT_OK;
}

static int grow_tokens(train_rows *p, int64_t want, molglot_error *err) {
    int32_t **arrays[3] = {&p->ids, &p->positions, &p->next};
    if (want <= p->room_tokens) return MOLGLOT_OK;
    for (int k = 0; k < 3; k++) {
        int32_t *grown = realloc(*arrays[k], (2 * (size_t)want + 1024) * sizeof *grown);
        if (!grown) return mg_no_memory(err, "a batch");
        *arrays[k] = grown;
    }
    p->target.ids = p->ids;
    p->target.positions = p->positions;
    p->target.next = p->next;
    p->room_tokens = 2 * want + 1024;
    return MOLGLOT_OK;
}

int train_rows_row(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err) {
    int code = mg_writer_pack_row(&p->input, err);
    if (code || !ids) return code;
    if ((code = grow_rows(p, err))) return code;
    const int32_t at = p->offsets[p->target.n];
    if ((code = grow_tokens(p, (int64_t)at + n + 1, err))) return code;
    for (int32_t i = 0; i <= n; i++) {
        p->ids[at + i] = i ? ids[i - 1] : MG_TOKEN_BOS;
        p->next[at + i] = i < n ? ids[i] : MG_TOKEN_EOS;
        p->positions[at + i] = i;
    }
    p->offsets[++p->target.n] = at + n + 1;
    return MOLGLOT_OK;
}

int64_t train_rows_tokens(const train_rows *p) { return p->target.n ? p->offsets[p->target.n] : 0; }

/* ---- noise ---- */

int train_rows_noise(train_rows *p, mg_rng rng, int64_t n, molglot_error *err) {
    if (n > p->room_noise) {
        float *noise = realloc(p->noise, (size_t)n * sizeof *noise);
        if (!noise) return mg_no_memory(err, "a batch");
        p->noise = noise;
        p->room_noise = n;
    }
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
    memset(p, 0, sizeof *p);
}
