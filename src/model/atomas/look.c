/* look.c - a pair to look at: the cosines of all sets of a text with all sets of a molecule, level
 * by level, and which set each token became a part of. On the host, in double: a picture needs one
 * pair, not a batch. */
#include "model/atomas/align_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One modality's sequence s: its levels' values on the host. */
typedef struct viewed {
    int64_t s, tokens, d;
    const float *states[MG_ALIGN_LEVELS], *weights[MG_ALIGN_LEVELS]; /* of all sequences */
    const int32_t *ids[MG_ALIGN_LEVELS];
    int64_t first[MG_ALIGN_LEVELS], sets[MG_ALIGN_LEVELS], all[MG_ALIGN_LEVELS];
} viewed;

static int view(mg_tape *t, const mg_align_level *levels, int64_t s, viewed *v,
                molglot_error *err) {
    *v = (viewed){.s = s};
    for (int l = 0; l < MG_ALIGN_LEVELS; l++) {
        const mg_align_level *x = &levels[l];
        if (!x->states || s < 0 || s >= x->seqs.n)
            return mg_fail(err, MOLGLOT_USAGE, "no sequence %lld to look at", (long long)s);
        v->d = x->states->cols;
        v->first[l] = x->seqs.offsets[s];
        v->all[l] = x->seqs.offsets[s + 1] - v->first[l];
        v->sets[l] = x->real ? x->real[s] : v->all[l];
        v->states[l] = mg_values(t, x->states);
        v->weights[l] = mg_values(t, x->weights);
        if (l > 0) v->ids[l] = (const int32_t *)(const void *)mg_values(t, x->ids);
        if (!mg_tape_ok(t)) return mg_tape_error(t, err);
    }
    v->tokens = v->sets[0];
    return MOLGLOT_OK;
}

static void *room(int64_t n, size_t size) { return calloc((size_t)n + 1, size); }

/* Sets by token, composed from level to level. */
static int32_t *ids_of(const viewed *v, int level) {
    int32_t *ids = room(v->tokens, sizeof *ids);
    for (int64_t i = 0; ids && i < v->tokens; i++) {
        int64_t row = v->first[0] + i;
        for (int l = 1; l <= level; l++) row = v->ids[l][row];
        ids[i] = (int32_t)(row - v->first[level]);
    }
    return ids;
}

/* WAM's softmax, over pads too. */
static float *weights_of(const viewed *v, int l) {
    float *w = room(v->sets[l], sizeof *w);
    const float *x = v->weights[l] + v->first[l];
    double top = -INFINITY, sum = 0;
    for (int64_t i = 0; i < v->all[l]; i++) top = fmax(top, x[i]);
    for (int64_t i = 0; i < v->all[l]; i++) sum += exp(x[i] - top);
    for (int64_t i = 0; w && i < v->sets[l]; i++) w[i] = (float)(exp(x[i] - top) / sum);
    return w;
}

static double length_of(const float *x, int64_t d) {
    double sum = 0;
    for (int64_t c = 0; c < d; c++) sum += (double)x[c] * x[c];
    return fmax(sqrt(sum), (double)UNIT_EPS);
}

static float *cosines(const viewed *a, const viewed *b, int l) {
    float *r = room(a->sets[l] * b->sets[l], sizeof *r);
    for (int64_t i = 0; r && i < a->sets[l]; i++)
        for (int64_t j = 0; j < b->sets[l]; j++) {
            const float *x = a->states[l] + (a->first[l] + i) * a->d,
                        *y = b->states[l] + (b->first[l] + j) * b->d;
            double dot = 0;
            for (int64_t c = 0; c < a->d; c++) dot += (double)x[c] * y[c];
            r[i * b->sets[l] + j] = (float)(dot / length_of(x, a->d) / length_of(y, b->d));
        }
    return r;
}

/* sum_i w_i max_j r_ij, with steps for either side; a pad's 0 takes part. */
static double leaning(const float *r, int64_t n, int64_t step_n, int64_t m, int64_t step_m,
                      const float *w, bool pads) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double top = pads || m == 0 ? 0 : -INFINITY;
        for (int64_t j = 0; j < m; j++) top = fmax(top, r[i * step_n + j * step_m]);
        sum += w[i] * top;
    }
    return sum;
}

int mg_align_look(mg_tape *t, const mg_align_level text[MG_ALIGN_LEVELS],
                  const mg_align_level smiles[MG_ALIGN_LEVELS], int64_t i, int64_t j,
                  mg_align_picture *out, molglot_error *err) {
    viewed a, b;
    *out = (mg_align_picture){0};
    int code = view(t, text, i, &a, err);
    if (!code) code = view(t, smiles, j, &b, err);
    if (code) return code;
    out->n_text = a.tokens;
    out->n_smiles = b.tokens;
    for (int l = 0; l < MG_ALIGN_LEVELS; l++) {
        out->text_sets[l] = a.sets[l];
        out->smiles_sets[l] = b.sets[l];
        const float *r = out->similarity[l] = cosines(&a, &b, l);
        const float *wa = out->text_weights[l] = weights_of(&a, l);
        const float *wb = out->smiles_weights[l] = weights_of(&b, l);
        out->text_ids[l] = ids_of(&a, l);
        out->smiles_ids[l] = ids_of(&b, l);
        if (!r || !wa || !wb || !out->text_ids[l] || !out->smiles_ids[l]) {
            mg_align_picture_free(out);
            return mg_no_memory(err, "an alignment's picture");
        }
        out->score[l] =
            (float)(0.5 *
                    (leaning(r, a.sets[l], b.sets[l], b.sets[l], 1, wa, b.sets[l] < b.all[l]) +
                     leaning(r, b.sets[l], 1, a.sets[l], b.sets[l], wb, a.sets[l] < a.all[l])));
    }
    return MOLGLOT_OK;
}

void mg_align_picture_free(mg_align_picture *p) {
    if (!p) return;
    for (int l = 0; l < MG_ALIGN_LEVELS; l++) {
        free(p->similarity[l]);
        free(p->text_ids[l]);
        free(p->smiles_ids[l]);
        free(p->text_weights[l]);
        free(p->smiles_weights[l]);
    }
    *p = (mg_align_picture){0};
}
