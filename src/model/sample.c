/* sample.c - molecules from memory rows: the writer's tokens one after another, each among those that the automaton allows.
 *
 * n sequences run side by side until all are done; a finished one is fed padding, so that shapes, and with them the rounding of products, do
 * not depend on when the others end. Draw i of a sequence is a function of (seed, its stream, i) alone. Called by generate.c (task) and
 * the round-trip of molecules through latents.
 */
#include "model/writer_copy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_LIMIT = 64 };                  /* tokens before the limit from which it can be what forbids a token */

typedef struct walk {                      /* one sequence */
    mg_smiles_state state;
    mg_smiles_state free;                  /* the same without a limit worth mentioning: tells whether the limit chose */
    int32_t *ids;                          /* [max_tokens] */
    int32_t n;
    uint64_t stream;
    double nll;
    bool limited;
} walk;

typedef struct sampler {
    const mg_smiles_vocab *v;
    const mg_sample_options *o;
    int32_t vocab;
    uint8_t *allowed, *unlimited;          /* [vocab] */
    double *p;                             /* [vocab] */
    int32_t *order;                        /* [vocab] */
} sampler;

/* ---- one token ---- */

/* Allowed tokens, and whether the length limit forbids some. */
static void find_allowed(sampler *s, walk *w) {
    mg_smiles_mask(&w->state, s->allowed);
    if (w->n < s->o->max_tokens - NEAR_LIMIT) return;
    mg_smiles_mask(&w->free, s->unlimited);
    if (memcmp(s->allowed, s->unlimited, (size_t)s->vocab) != 0) w->limited = true;
}

/* p becomes the distribution over allowed tokens at a temperature. */
static void softmax(const sampler *s, const float *logits, double temperature, double *p) {
    double top = -INFINITY, sum = 0;
    for (int32_t i = 0; i < s->vocab; i++)
        if (s->allowed[i] && logits[i] > top) top = logits[i];
    for (int32_t i = 0; i < s->vocab; i++) sum += p[i] = s->allowed[i] ? exp((logits[i] - top) / temperature) : 0;
    for (int32_t i = 0; i < s->vocab; i++) p[i] /= sum;
}

static int32_t most_likely(const sampler *s, const float *logits) {
    int32_t best = -1;
    for (int32_t i = 0; i < s->vocab; i++)
        if (s->allowed[i] && (best < 0 || logits[i] > logits[best])) best = i;
    return best;
}

/* Sets the tail of the distribution to zero: what is left is the smallest set of likeliest tokens with at least top_p of it. */
static void cut_tail(sampler *s, double *p) {
    int32_t n = 0;
    for (int32_t i = 0; i < s->vocab; i++) {
        if (p[i] <= 0) continue;
        int32_t at = n++;                  /* few tokens carry weight: insertion */
        for (; at > 0 && p[s->order[at - 1]] < p[i]; at--) s->order[at] = s->order[at - 1];
        s->order[at] = i;
    }
    double sum = 0;
    for (int32_t k = 0; k < n; k++) {
        if (sum >= s->o->top_p) p[s->order[k]] = 0;
        else sum += p[s->order[k]];
    }
    for (int32_t i = 0; i < s->vocab; i++) p[i] /= sum;
}

static int32_t draw(const sampler *s, const walk *w, const double *p) {
    mg_rng rng = {s->o->seed, w->stream, (uint64_t)w->n};
    double u = mg_rng_uniform(&rng);
    int32_t last = -1;
    for (int32_t i = 0; i < s->vocab; i++) {
        if (p[i] <= 0) continue;
        last = i;
        if ((u -= p[i]) < 0) break;
    }
    return last;
}

/* The next token of a sequence that is not done. -1: the logits are not numbers. */
static int32_t choose(sampler *s, walk *w, const float *logits) {
    find_allowed(s, w);
    for (int32_t i = 0; i < s->vocab; i++)
        if (s->allowed[i] && !isfinite(logits[i])) return -1;
    int32_t token = most_likely(s, logits);
    if (token < 0) return -1;
    if (s->o->temperature > 0) {
        softmax(s, logits, s->o->temperature, s->p);
        if (s->o->top_p > 0 && s->o->top_p < 1) cut_tail(s, s->p);
        token = draw(s, w, s->p);
    }
    softmax(s, logits, 1, s->p);
    w->nll -= log(s->p[token]);
    w->ids[w->n++] = token;
    if (!mg_smiles_push(&w->state, token)) return -1;
    (void)mg_smiles_push(&w->free, token);       /* allows at least as much */
    return token;
}

/* ---- all sequences ---- */

static int each_step(sampler *s, walk *walks, mg_tape *t, const mg_writer *m, const mg_memory *memory, mg_decoder_cache *cache, int32_t *ids, molglot_error *err) {
    const int64_t n = memory->seqs.n;
    const mg_copy *copy = mg_writer_copying(m);
    mg_copier *copier = copy ? mg_copier_start(t, mg_writer_get_config(m), memory->in) : NULL;
    int64_t left = n;
    if (copy && !copier) return mg_tape_error(t, err);
    for (int64_t i = 0; i < n; i++) ids[i] = MG_TOKEN_BOS;
    for (int32_t step = 0; step < s->o->max_tokens && left > 0; step++) {
        size_t mark = mg_tape_mark(t);
        mg_tensor *hints = copy ? mg_copier_hints(t, copy, copier, memory->rows) : NULL;
        mg_tensor *y = mg_decoder_next(t, mg_writer_decoder(m), cache, ids, hints);
        const float *logits = y ? mg_values(t, y) : NULL;
        if (!logits) return mg_tape_error(t, err);
        for (int64_t i = 0; i < n; i++) {
            if (mg_smiles_done(&walks[i].state)) {
                ids[i] = MG_TOKEN_PAD;
                continue;
            }
            if ((ids[i] = choose(s, &walks[i], logits + i * s->vocab)) < 0) return mg_fail(err, MOLGLOT_FAILED, "the writer's logits are not finite");
            if (copier) mg_align_push(&copier->at[i], ids[i]);
            left -= mg_smiles_done(&walks[i].state);
        }
        mg_tape_release(t, mark);
    }
    return mg_tape_error(t, err);
}

static int finish(const sampler *s, const walk *w, mg_sample *out, molglot_error *err) {
    out->smiles = mg_smiles_decode(s->v, w->ids, w->n);
    out->nll = w->nll;
    out->tokens = w->n;
    out->limited = w->limited;
    return out->smiles ? MOLGLOT_OK : mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for a molecule");
}

static bool allocate(sampler *s, walk **walks, int32_t **ids, int64_t n) {
    const size_t vocab = (size_t)s->vocab, tokens = (size_t)s->o->max_tokens;
    s->allowed = malloc(vocab);
    s->unlimited = malloc(vocab);
    s->p = malloc(vocab * sizeof *s->p);
    s->order = malloc(vocab * sizeof *s->order);
    *walks = calloc((size_t)n, sizeof **walks);
    *ids = malloc((size_t)n * (tokens + 1) * sizeof **ids);
    if (!s->allowed || !s->unlimited || !s->p || !s->order || !*walks || !*ids) return false;
    for (int64_t i = 0; i < n; i++) (*walks)[i].ids = *ids + n + i * (int64_t)tokens;
    return true;
}

int mg_writer_sample(mg_tape *t, const mg_writer *m, const mg_smiles_vocab *v, const mg_memory *memory, const mg_sample_options *o,
                     const uint64_t *streams, mg_sample *out, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(m);
    const mg_seqs seqs = memory->seqs;
    sampler s = {.v = v, .o = o, .vocab = c->tokens};
    walk *walks = NULL;
    int32_t *ids = NULL;
    memset(out, 0, (size_t)seqs.n * sizeof *out);
    if (o->max_tokens < 2 || o->max_tokens > c->max_tokens || mg_smiles_vocab_size(v) != c->tokens)
        return mg_fail(err, MOLGLOT_USAGE, "at most %d tokens can be written, from a vocabulary of %d", c->max_tokens, c->tokens);
    int code = allocate(&s, &walks, &ids, seqs.n) ? MOLGLOT_OK : mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for %lld molecules", (long long)seqs.n);
    for (int64_t i = 0; i < seqs.n && !code; i++) {
        walks[i].stream = streams[i];
        mg_smiles_start(&walks[i].state, v, o->max_tokens);
        mg_smiles_start(&walks[i].free, v, 1 << 20);
    }
    mg_decoder_cache *cache = code ? NULL : mg_decoder_start(t, mg_writer_decoder(m), seqs.n, o->max_tokens, memory->rows, seqs);
    if (!code && !cache) code = mg_tape_error(t, err);
    if (!code) code = each_step(&s, walks, t, m, memory, cache, ids, err);
    for (int64_t i = 0; i < seqs.n && !code; i++) code = finish(&s, &walks[i], &out[i], err);
    if (code) mg_samples_free(out, seqs.n);
    free(s.allowed);
    free(s.unlimited);
    free(s.p);
    free(s.order);
    free(walks);
    free(ids);
    return code;
}

void mg_samples_free(mg_sample *samples, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        free(samples[i].smiles);
        samples[i].smiles = NULL;
    }
}
