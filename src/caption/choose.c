/* choose.c - which candidate is the caption: the one that all others would score best as an answer
 * (minimum Bayes risk: Kumar and Byrne, 2004), and that lies near the molecule.
 *
 *   v_j          weight_j, divided by the sum over its method: each method has one voice; of a text
 *                of two methods, both
 *   agreement_i  sum_j v_j BLEU-4(candidate i, candidate j) / sum_j v_j
 *   score_i      agreement_i + 0.2 cosine_i - 0.05 wrong_i, and 1 more for the molecule's own
 *   wrong_i      places that facts contradict, at most 3
 *
 * BLEU is that of one sentence (text/grams.c), on SciBERT's pieces.
 */
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES_MOST = 512 };
static const double COSINE = .2, OWN = 1, WRONG = .05;
enum { WRONG_MOST = 3 };

struct mg_chooser {
    mg_wordpiece *pieces;
};

mg_chooser *mg_chooser_new(molglot_error *err) {
    mg_chooser *c = calloc(1, sizeof *c);
    if (!c) {
        mg_no_memory(err, "captions");
        return NULL;
    }
    if ((c->pieces = mg_wordpiece_scibert(err))) return c;
    mg_chooser_free(c);
    return NULL;
}

void mg_chooser_free(mg_chooser *c) {
    if (!c) return;
    mg_wordpiece_free(c->pieces);
    free(c);
}

static bool grams_of(const mg_chooser *c, const char *text, mg_grams *out) {
    int32_t ids[PIECES_MOST];
    const int32_t n = mg_wordpiece_encode(c->pieces, text, strlen(text), ids, PIECES_MOST);
    return n >= 0 && mg_grams_of(ids, n, out);
}

/* What a method has in weights. */
static double method_total(const mg_caption_pool *p, const char *method) {
    double sum = 0;
    for (size_t j = 0; j < p->n; j++)
        for (int k = 0; k < p->at[j].n_voices; k++)
            if (strcmp(p->at[j].voices[k].method, method) == 0) sum += p->at[j].voices[k].weight;
    return sum;
}

static double voice_of(const mg_caption_pool *p, const mg_caption *c) {
    double voice = 0;
    for (int k = 0; k < c->n_voices; k++) {
        const double total = method_total(p, c->voices[k].method);
        voice += total > 0 ? c->voices[k].weight / total : 0;
    }
    return voice;
}

static int best_first(const void *a, const void *b) {
    const mg_caption *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return strcmp(x->text, y->text);
}

static void judge(mg_caption_pool *p, const mg_grams *grams, const double *voice) {
    double all = 0;
    for (size_t j = 0; j < p->n; j++) all += voice[j];
    for (size_t i = 0; i < p->n; i++) {
        mg_caption *c = &p->at[i];
        double sum = 0;
        for (size_t j = 0; j < p->n; j++)
            if (voice[j] > 0) sum += voice[j] * mg_grams_bleu(&grams[i], &grams[j]);
        const double cosine = isnan(c->draft.cosine) ? 0 : (double)c->draft.cosine;
        c->agreement = all > 0 ? sum / all : 0;
        const int wrong = c->n_wrong < WRONG_MOST ? c->n_wrong : WRONG_MOST;
        c->score = c->agreement + COSINE * cosine - WRONG * wrong + (c->draft.own ? OWN : 0);
    }
}

int mg_choose(const mg_chooser *c, mg_caption_pool *p, molglot_error *err) {
    mg_grams *grams = calloc(p->n + 1, sizeof *grams);
    double *voice = calloc(p->n + 1, sizeof *voice);
    bool ok = grams && voice;
    for (size_t i = 0; i < p->n && ok; i++) {
        ok = grams_of(c, p->at[i].text, &grams[i]);
        voice[i] = voice_of(p, &p->at[i]);
    }
    if (ok) judge(p, grams, voice);
    for (size_t i = 0; i < p->n && grams; i++) mg_grams_free(&grams[i]);
    free(grams);
    free(voice);
    if (!ok) return mg_no_memory(err, "captions");
    if (p->n > 1) qsort(p->at, p->n, sizeof *p->at, best_first);
    return MOLGLOT_OK;
}
