/* draw.c - greedy choice and nucleus sampling among allowed tokens (draw.h). */
#include "model/writer/draw.h"

#include <math.h>
#include <stdlib.h>

bool mg_drawer_new(mg_drawer *d, const mg_sample_options *o, int32_t vocab) {
    const size_t n = (size_t)vocab;
    *d = (mg_drawer){.o = o,
                     .vocab = vocab,
                     .allowed = malloc(n),
                     .p = malloc(n * sizeof *d->p),
                     .order = malloc(n * sizeof *d->order)};
    return d->allowed && d->p && d->order;
}

void mg_drawer_free(mg_drawer *d) {
    free(d->allowed);
    free(d->p);
    free(d->order);
}

/* p becomes the distribution over allowed tokens at a temperature, the largest logit being
 * `top`. */
static void softmax(const mg_drawer *s, const float *logits, double top, double temperature,
                    double *p) {
    double sum = 0;
    for (int32_t i = 0; i < s->vocab; i++)
        sum += p[i] = s->allowed[i] ? exp((logits[i] - top) / temperature) : 0;
    for (int32_t i = 0; i < s->vocab; i++) p[i] /= sum;
}

/* -log of a token's probability among the allowed ones. */
static double surprise(const mg_drawer *s, const float *logits, double top, int32_t token) {
    double sum = 0;
    for (int32_t i = 0; i < s->vocab; i++)
        if (s->allowed[i]) sum += exp(logits[i] - top);
    return log(sum) - (logits[token] - top);
}

static int32_t most_likely(const mg_drawer *s, const float *logits) {
    int32_t best = -1;
    for (int32_t i = 0; i < s->vocab; i++)
        if (s->allowed[i] && (best < 0 || logits[i] > logits[best])) best = i;
    return best;
}

/* Sets the tail of the distribution to zero: what is left is the smallest set of likeliest tokens
 * with at least top_p of it. */
static void cut_tail(mg_drawer *s, double *p) {
    int32_t n = 0, kept = 0;
    double sum = 0;
    for (int32_t i = 0; i < s->vocab; i++)
        if (p[i] > 0) s->order[n++] = i;
    for (; kept < n && sum < s->o->top_p; kept++) { /* few tokens carry weight: selection */
        int32_t best = kept;
        for (int32_t k = kept + 1; k < n; k++) {
            const double a = p[s->order[k]], b = p[s->order[best]];
            if (a > b || (a == b && s->order[k] < s->order[best])) best = k;
        }
        const int32_t swap = s->order[kept];
        s->order[kept] = s->order[best];
        s->order[best] = swap;
        sum += p[s->order[kept]];
    }
    for (int32_t k = kept; k < n; k++) p[s->order[k]] = 0;
    for (int32_t i = 0; i < s->vocab; i++) p[i] /= sum;
}

static int32_t draw(const mg_drawer *s, mg_rng rng, const double *p) {
    double u = mg_rng_uniform(&rng);
    int32_t last = -1;
    for (int32_t i = 0; i < s->vocab; i++) {
        if (p[i] <= 0) continue;
        last = i;
        if ((u -= p[i]) < 0) break;
    }
    return last;
}

int32_t mg_drawer_take(mg_drawer *d, const float *logits, uint64_t stream, int32_t i, double *nll) {
    for (int32_t k = 0; k < d->vocab; k++)
        if (d->allowed[k] && !isfinite(logits[k])) return -1;
    int32_t token = most_likely(d, logits);
    if (token < 0) return -1;
    const double top = logits[token];
    if (d->o->temperature > 0) {
        softmax(d, logits, top, d->o->temperature, d->p);
        if (d->o->top_p > 0 && d->o->top_p < 1) cut_tail(d, d->p);
        token = draw(d, (mg_rng){d->o->seed, stream, (uint64_t)i}, d->p);
    }
    *nll += surprise(d, logits, top, token);
    return token;
}
