/* draw.c - outputs of a T5 by sampling: token after token from softmax(logits / temperature), with
 * top_p from the smallest set of likeliest tokens that has this share. Draw i of n is a function of
 * (seed, i) alone; all run side by side, and one that has ended is left out from then on. */
#include "model/t5/t5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct share {
    double p;
    int32_t token;
} share;

typedef struct drawer {
    mg_t5_draw o;
    int32_t vocab, length;
    double *p;        /* [vocab] */
    share *nucleus;   /* [vocab] */
    int32_t *running; /* draws that have not ended */
    int32_t *token, *kept;
    int64_t n_running;
    mg_t5_output *out;
} drawer;

static int by_share(const void *x, const void *y) {
    const share *a = x, *b = y;
    if (a->p != b->p) return a->p > b->p ? -1 : 1;
    return a->token < b->token ? -1 : 1;
}

/* Tokens that may be drawn, likeliest first, in d->nucleus; *sum: their share. Those below (1 -
 * top_p) / vocab cannot be needed: together they have less than 1 - top_p. */
static int32_t nucleus_of(drawer *d, double *sum) {
    int32_t n = 0, taken = 0;
    const double least = (1.0 - (double)d->o.top_p) / d->vocab;
    for (int32_t v = 0; v < d->vocab; v++)
        if (d->p[v] >= least) d->nucleus[n++] = (share){d->p[v], v};
    qsort(d->nucleus, (size_t)n, sizeof *d->nucleus, by_share);
    for (*sum = 0.0; taken < n && *sum < (double)d->o.top_p; taken++) *sum += d->nucleus[taken].p;
    return taken;
}

/* -1: the logits are not numbers. *nll: -log of the token's probability at temperature 1. */
static int32_t draw_token(drawer *d, int32_t draw, const float *logits, double *nll) {
    double top = -INFINITY, sum = 0.0, plain = 0.0;
    int32_t best = 0;
    for (int32_t v = 0; v < d->vocab; v++) {
        if (!isfinite(logits[v])) return -1;
        if (logits[v] > top) top = logits[best = v];
    }
    const double heat = d->o.temperature > 0.0f ? (double)d->o.temperature : 1.0;
    for (int32_t v = 0; v < d->vocab; v++) {
        plain += exp(logits[v] - top);
        sum += d->p[v] = exp((logits[v] - top) / heat);
    }
    for (int32_t v = 0; v < d->vocab; v++) d->p[v] /= sum;
    int32_t token = best;
    if (d->o.temperature > 0.0f) {
        mg_rng rng = {d->o.seed, (uint64_t)draw, (uint64_t)d->length};
        double u = mg_rng_uniform(&rng), whole = 1.0;
        if (d->o.top_p > 0.0f && d->o.top_p < 1.0f) {
            const int32_t n = nucleus_of(d, &whole);
            u *= whole;
            for (int32_t i = 0; i < n && u >= 0.0; i++)
                u -= d->nucleus[i].p, token = d->nucleus[i].token;
        } else {
            for (int32_t v = 0; v < d->vocab && u >= 0.0; v++)
                if (d->p[v] > 0.0) u -= d->p[v], token = v;
        }
    }
    *nll = log(plain) - (logits[token] - top);
    return token;
}

/* One token more for every draw that has not ended. */
static int step(drawer *d, mg_tape *t, const mg_t5 *m, mg_t5_cache *c, molglot_error *err) {
    mg_tensor *logits = mg_t5_next(t, m, c, d->token);
    const float *values = logits ? mg_values(t, logits) : NULL;
    if (!values) return mg_code_of(err, mg_tape_error(t, err));
    int64_t n = 0;
    for (int64_t i = 0; i < d->n_running; i++) {
        mg_t5_output *o = &d->out[d->running[i]];
        double nll = 0.0;
        const int32_t token = draw_token(d, d->running[i], values + i * d->vocab, &nll);
        if (token < 0)
            return mg_fail(err, MOLGLOT_FAILED, "t5: the model's scores are not numbers");
        o->ids[o->n++] = token;
        o->score -= nll;
        if (token == MG_T5_END) continue;
        d->kept[n] = (int32_t)i;
        d->token[n] = token;
        d->running[n++] = d->running[i];
    }
    d->n_running = n;
    return n == 0 || mg_t5_reorder(t, c, d->kept, n) ? MOLGLOT_OK : mg_tape_error(t, err);
}

static bool drawer_alloc(drawer *d, int n) {
    d->p = calloc((size_t)d->vocab, sizeof *d->p);
    d->nucleus = calloc((size_t)d->vocab, sizeof *d->nucleus);
    d->running = calloc((size_t)n, sizeof *d->running);
    d->token = calloc((size_t)n, sizeof *d->token);
    d->kept = calloc((size_t)n, sizeof *d->kept);
    if (!d->p || !d->nucleus || !d->running || !d->token || !d->kept) return false;
    for (int i = 0; i < n; i++) {
        d->running[i] = i;
        if (!(d->out[i].ids = calloc((size_t)d->o.max_length, sizeof(int32_t)))) return false;
        d->out[i].n = 1; /* the start token, which is 0 */
    }
    return true;
}

int mg_t5_sample(mg_tape *t, const mg_t5 *m, const mg_t5_memory *memory, int64_t row,
                 const mg_t5_draw *o, int n, mg_t5_output *out, molglot_error *err) {
    enum { MOST_DRAWS = 4096 };
    const mg_t5_config *config = mg_t5_get_config(m);
    drawer d = {.o = *o, .vocab = config->vocab, .length = 1, .n_running = n, .out = out};
    if (d.o.max_length == 0) d.o.max_length = config->positions;
    if (n < 1 || n > MOST_DRAWS || d.o.max_length < 2 || d.o.max_length > config->positions ||
        !memory->rows || row < 0 || row >= memory->seqs.n)
        return mg_fail(err, MOLGLOT_USAGE, "t5: %d draws of up to %d tokens from row %lld of %lld",
                       n, d.o.max_length, (long long)row, (long long)memory->seqs.n);
    memset(out, 0, (size_t)n * sizeof *out);
    int32_t *source = mg_tape_alloc(t, (size_t)n * sizeof *source);
    for (int i = 0; source && i < n; i++) source[i] = (int32_t)row;
    mg_t5_cache *c = source ? mg_t5_start(t, m, n, d.o.max_length, memory, source) : NULL;
    int code = !c                    ? mg_code_of(err, mg_tape_error(t, err))
               : drawer_alloc(&d, n) ? MOLGLOT_OK
                                     : mg_no_memory(err, "%d draws", n);
    for (; !code && d.length < d.o.max_length && d.n_running > 0; d.length++) {
        const size_t mark = mg_tape_mark(t);
        code = step(&d, t, m, c, err);
        if (!code) mg_tape_release(t, mark);
    }
    if (code) mg_t5_outputs_free(out, n);
    free(d.p);
    free(d.nucleus);
    free(d.running);
    free(d.token);
    free(d.kept);
    return code;
}
