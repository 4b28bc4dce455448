/* choose.c - which candidate is the caption: the one that all others would score best as an answer
 * (minimum Bayes risk: Kumar and Byrne, 2004), that lies near the molecule, and is the caption of a
 * molecule of its kind.
 *
 *   v_j          weight_j, divided by the sum over its method: each method has one voice; of a text
 *                of two methods, both
 *   agreement_i  sum_j v_j BLEU-4(candidate i, candidate j) / sum_j v_j
 *   among_i      sum_j BLEU-4(candidate i, candidate j) / n
 *   wrong_i      places that facts contradict, at most 3
 *   score_i      of copies alone: agreement_i + 2.45 among_i + 1.2 cosine_i + kinship_i (near.c)
 *                - 0.25 wrong_i, and FALSE less for a definition of another molecule,
 *                PROVEN more for one whose definition was told of the molecule and
 *                builds it, MENDED more for the molecule's own parent, CUT less without
 *                where one is written: agreement_i + 0.2 cosine_i - 0.05 wrong_i
 *                of beams alone: -nll_i, the likeliest first
 *                and OWN more for the molecule's own
 *
 * The weights of copies are those of a linear conditional choice, softmax(score), with the least
 * expected loss of BLEU-4 and ROUGE-L on 15,871 lists of 20 captions of training molecules. Each
 * list was made by a space that was trained on one half of the pairs, for a molecule of the other
 * half, out of the half that it knows (docs/captions.md).
 *
 * BLEU is that of one sentence (text/grams.c), on SciBERT's pieces.
 */
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES_MOST = 512 };
enum { WRONG_MOST = 3 };
static const double OWN = 10, FALSE = 1, PROVEN = .5, MENDED = .3, CUT = .2;
typedef struct weights {
    double among, cosine, kinship, wrong;
} weights;
static const weights COPIES = {2.45, 1.2, 1, .25}, WRITTEN = {0, .2, 0, .05};

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

static const weights *weights_of(const mg_caption_pool *p) {
    for (size_t i = 0; i < p->n; i++)
        if (isnan(p->at[i].draft.kinship)) return &WRITTEN;
    return &COPIES;
}

static void judge(mg_caption_pool *p, const mg_grams *grams, const double *voice, bool likeliest) {
    const weights *w = weights_of(p);
    double all = 0;
    for (size_t j = 0; j < p->n; j++) all += voice[j];
    for (size_t i = 0; i < p->n; i++) {
        mg_caption *c = &p->at[i];
        double sum = 0, among = 0;
        for (size_t j = 0; j < p->n; j++) {
            const double bleu = mg_grams_bleu(&grams[i], &grams[j]);
            sum += voice[j] * bleu;
            among += bleu / (double)p->n;
        }
        const double cosine = isnan(c->draft.cosine) ? 0 : (double)c->draft.cosine,
                     kinship = isnan(c->draft.kinship) ? 0 : (double)c->draft.kinship;
        const int wrong = c->n_wrong < WRONG_MOST ? c->n_wrong : WRONG_MOST;
        c->agreement = all > 0 ? sum / all : 0;
        c->score = c->agreement + w->among * among + w->cosine * cosine + w->kinship * kinship -
                   w->wrong * wrong + (c->draft.own ? OWN : 0) - (c->definition.end ? FALSE : 0) +
                   (c->draft.proven   ? PROVEN
                    : c->draft.mended ? MENDED
                    : c->draft.cut    ? -CUT
                                      : 0);
        if (likeliest && !isnan(c->draft.nll)) c->score = -c->draft.nll;
    }
}

int mg_choose(const mg_chooser *c, mg_caption_pool *p, bool likeliest, molglot_error *err) {
    mg_grams *grams = calloc(p->n + 1, sizeof *grams);
    double *voice = calloc(p->n + 1, sizeof *voice);
    bool ok = grams && voice;
    for (size_t i = 0; i < p->n && ok; i++) {
        ok = grams_of(c, p->at[i].text, &grams[i]);
        voice[i] = voice_of(p, &p->at[i]);
    }
    if (ok) judge(p, grams, voice, likeliest);
    for (size_t i = 0; i < p->n && grams; i++) mg_grams_free(&grams[i]);
    free(grams);
    free(voice);
    if (!ok) return mg_no_memory(err, "captions");
    if (p->n > 1) qsort(p->at, p->n, sizeof *p->at, best_first);
    return MOLGLOT_OK;
}
