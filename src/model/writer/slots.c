/* slots.c - latents that speak of R tokens each, in order: K latents are K*R slots, and slot j
 * holds token j.
 *
 *   x_j     = state of token j                     of longer inputs: of the tokens about place
 *                                                  (j + 1/2) n / (K R) - 1/2, in parts
 *   z_k     = LN(Wz [x_kR .. x_kR+R-1])            [K, latent_dim]; slots behind the end are zeros,
 *                                                  and so say where it is
 *   context = Wm z, cut into R rows each, + P      [K R, hidden]
 *   hint    = Wl context_i                         where token i is to be written; none for i >= K
 * R
 *
 * Learnt queries would have to find out which tokens to speak of, and the decoder which latent
 * speaks of its next token, which is most of what training is then spent on (docs/models/3m.md).
 * Here both are given, and what is learnt is how to say R tokens in latent_dim numbers. The hint
 * stands beside the attention to all slots and is wrong for inputs of more than K*R tokens, for
 * which the decoder has the attention.
 */
#include "model/writer/slots.h"

#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"

#include <math.h>

#define PLACE_STD 0.5f   /* context rows start at about unit variance */
#define LOOK_STD  0.002f /* hints start as large as the decoder's token rows */

void mg_slots_declare(mg_slots *m, mg_params *p, const mg_writer_config *c) {
    const int64_t hidden = c->encoder.hidden, wide = c->latent_tokens * hidden;
    mg_dense_init(&m->squeeze, p, "latent.squeeze", wide, c->latent_dim, true);
    mg_dense_init(&m->widen, p, "latent.widen", c->latent_dim, wide, true);
    m->places = mg_params_add(p, "latent.places", (int64_t)c->latents * c->latent_tokens, hidden,
                              MG_INIT_NORMAL, PLACE_STD, MG_PARAM_DECAY);
    m->look = mg_params_add(p, "latent.look.weight", c->decoder.hidden, hidden, MG_INIT_NORMAL,
                            LOOK_STD, MG_PARAM_DECAY);
}

/* ---- tokens to slots ---- */

/* The entries of slot j of `slots` for n tokens whose states begin at row `first`; returns how many
 * (0 to 2). */
static int32_t slot_entries(int32_t j, int32_t slots, int32_t first, int32_t n, int32_t *ids,
                            float *weights) {
    if (n <= slots) {
        ids[0] = first + j;
        weights[0] = 1;
        return j < n;
    }
    const double at = (j + 0.5) * n / slots - 0.5, low = floor(at);
    ids[0] = first + (int32_t)low;
    weights[0] = (float)(1 - (at - low));
    ids[1] = ids[0] + 1;
    weights[1] = (float)(at - low);
    return weights[1] > 0 ? 2 : 1;
}

mg_tensor *mg_slots_squeeze(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                            mg_tensor *states, const mg_writer_input *in) {
    const int32_t slots = c->latents * c->latent_tokens;
    const int64_t rows = in->n * slots;
    int32_t *offsets = mg_tape_alloc(t, (size_t)(rows + 1) * sizeof *offsets),
            *ids = mg_tape_alloc(t, (size_t)(2 * rows + 2) * sizeof *ids);
    float *weights = mg_tape_alloc(t, (size_t)(2 * rows + 2) * sizeof *weights);
    if (!offsets || !ids || !weights) return NULL;
    offsets[0] = 0;
    for (int64_t s = 0, row = 0; s < in->n; s++) {
        int32_t first = in->offsets[s];
        if (first < in->offsets[s + 1] && in->ids[first] == c->words + MG_TOKEN_BOS) first++;
        for (int32_t j = 0; j < slots; j++, row++)
            offsets[row + 1] = offsets[row] +
                               slot_entries(j, slots, first, in->offsets[s + 1] - first,
                                            ids + offsets[row], weights + offsets[row]);
    }
    mg_tensor *x = mg_gather_sum(
        t, states, (mg_csr){.n = rows, .offsets = offsets, .ids = ids, .weights = weights});
    return mg_dense_forward(t, &m->squeeze,
                            mg_reshape(t, x, (int64_t)c->latent_tokens * c->encoder.hidden),
                            MG_ACT_NONE);
}

/* ---- slots to context ---- */

mg_tensor *mg_slots_widen(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                          mg_tensor *latents) {
    mg_tensor *rows = mg_reshape(t, mg_dense_forward(t, &m->widen, latents, MG_ACT_NONE),
                                 c->encoder.hidden);
    return rows ? mg_add(t, rows, mg_rows_repeat(t, m->places, rows->rows)) : NULL;
}

/* ---- hints ---- */

/* Hints of n tokens from row[i] of the context, -1: none. */
static mg_tensor *hints(mg_tape *t, const mg_slots *m, mg_tensor *context, const int32_t *row,
                        int64_t n) {
    return mg_linear(t, mg_rows_at_some(t, context, row, n), m->look, NULL, MG_ACT_NONE);
}

mg_tensor *mg_slots_hints(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                          mg_tensor *context, const mg_writer_target *target) {
    const int32_t slots = c->latents * c->latent_tokens;
    int32_t *row = mg_tape_alloc(t, (size_t)(target->offsets[target->n] + 1) * sizeof *row);
    if (!row) return NULL;
    for (int64_t s = 0; s < target->n; s++)
        for (int32_t i = target->offsets[s]; i < target->offsets[s + 1]; i++) {
            const int32_t place = i - target->offsets[s];
            row[i] = place < slots ? (int32_t)s * slots + place : -1;
        }
    return hints(t, m, context, row, target->offsets[target->n]);
}

mg_tensor *mg_slots_hints_at(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                             mg_tensor *context, int32_t place, const int32_t *source, int64_t n) {
    const int32_t slots = c->latents * c->latent_tokens;
    int32_t *row = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *row);
    if (!row) return NULL;
    for (int64_t i = 0; i < n; i++)
        row[i] = place < slots ? (source ? source[i] : (int32_t)i) * slots + place : -1;
    return hints(t, m, context, row, n);
}
