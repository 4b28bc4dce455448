/* sample.c - molecules or captions from context rows: the writer's tokens one after another; of
 * molecules each among those that the automaton allows, of captions among all pieces but special
 * ones.
 *
 * A writer that loses its way says the same again and again until the length limit stops it. A run
 * of RUN equal tokens (of 29,389 molecules with a description 9 have one), or CYCLE tokens that
 * repeat the PERIOD before them or fewer, is such a case: from there on it may only finish. A
 * caption is treated alike.
 *
 * n sequences run side by side; one that is done is left out from then on, and the others go on as
 * they would have: on a CPU the numbers of fewer than 16 rows do not depend on the rows beside them
 * (tensor/cpu/linear.c). Draw i of a sequence is a function of (seed, its stream, i) alone.
 */
#include "chem/smiles/smiles.h"
#include "model/writer/aligned.h"
#include "model/writer/copy.h"
#include "model/writer/draw.h"
#include "model/writer/slots.h"
#include "model/writer/writer.h"

#include <stdlib.h>
#include <string.h>

enum { RUN = 32, CYCLE = 48, PERIOD = 6 };
enum { NEAR_LIMIT = 64 }; /* tokens before the limit from which it can be what forbids a token */

typedef struct walk { /* one sequence */
    mg_smiles_state state;
    /* the same without a limit worth mentioning: tells whether the limit chose */
    mg_smiles_state free;
    int32_t *ids; /* [max_tokens] */
    int32_t n;
    uint64_t stream;
    double nll;
    bool limited, repeats, hurried;
    bool done;
} walk;

typedef struct sampler {
    const mg_smiles_vocab *v; /* NULL: captions are written */
    const mg_sample_options *o;
    int32_t vocab, start, end;
    mg_drawer d;
    uint8_t *unlimited; /* [vocab]; of captions: the pieces that may be written, and the end */
    float *folded;      /* [vocab] logits of captions, what is copied with its piece */
    const mg_writer_config *c;
} sampler;

/* ---- one token ---- */

/* Whether the last n tokens are those `period` places before them. */
static bool comes_again(const walk *w, int32_t n, int32_t period) {
    if (w->n < n + period) return false;
    const int32_t *at = w->ids + w->n - n;
    return memcmp(at, at - period, (size_t)n * sizeof *at) == 0;
}

static bool is_stuck(const walk *w) {
    if (comes_again(w, RUN - 1, 1)) return true;
    for (int32_t period = 2; period <= PERIOD; period++)
        if (comes_again(w, CYCLE - period, period)) return true;
    return false;
}

/* Allowed tokens, and whether the length limit forbids some. */
static void find_allowed(sampler *s, walk *w) {
    if (!w->repeats) w->repeats = is_stuck(w);
    if (!s->v) {
        w->limited = w->n + 1 == s->o->max_tokens;
        if (w->repeats || w->limited)
            memset(s->d.allowed, 0, (size_t)s->vocab);
        else
            memcpy(s->d.allowed, s->unlimited, (size_t)s->vocab);
        s->d.allowed[s->end] = w->n > 0;
        return;
    }
    if (w->repeats && !w->hurried) w->hurried = mg_smiles_hurry(&w->state);
    mg_smiles_mask(&w->state, s->d.allowed);
    if (w->repeats || w->n < s->o->max_tokens - NEAR_LIMIT) return;
    mg_smiles_mask(&w->free, s->unlimited);
    if (memcmp(s->d.allowed, s->unlimited, (size_t)s->vocab) != 0) w->limited = true;
}

/* The next token of a sequence that is not done. -1: the logits are not numbers. */
static int32_t choose(sampler *s, walk *w, const float *logits) {
    find_allowed(s, w);
    const int32_t token = mg_drawer_take(&s->d, logits, w->stream, w->n, &w->nll);
    if (token < 0) return -1;
    w->ids[w->n++] = token;
    if (!s->v) {
        w->done = token == s->end;
        return token;
    }
    if (!mg_smiles_push(&w->state, token)) return -1;
    (void)mg_smiles_push(&w->free, token); /* allows at least as much */
    w->done = mg_smiles_done(&w->state);
    return token;
}

/* ---- all sequences ---- */

/* The sequences that are not done yet. */
typedef struct running {
    int64_t n;
    walk **walks; /* [n] */
    /* [n] the token that each is at; places of those that go on; the context's sequence that each
     * reads */
    int32_t *ids, *kept, *source;
    mg_decoder_cache *cache;
    mg_copier *copier;     /* NULL: the model does not copy */
    mg_follower *follower; /* NULL: its latents are not aligned */
} running;

/* The next token of each, given its logits; leaves out those that end with it. */
static int one_step(sampler *s, const mg_writer *m, running *r, const float *logits,
                    molglot_error *err) {
    int64_t left = 0;
    for (int64_t i = 0; i < r->n; i++) {
        walk *w = r->walks[i];
        const float *row = logits + i * s->vocab;
        if (!s->v && r->copier) {
            memcpy(s->folded, row, (size_t)s->vocab * sizeof *row);
            mg_copy_fold(s->c, mg_copier_next(r->copier, i), s->folded);
            row = s->folded;
        }
        const int32_t token = choose(s, w, row);
        if (token < 0) return mg_fail(err, MOLGLOT_FAILED, "the writer's logits are not finite");
        if (w->done) continue;
        if (r->copier) mg_align_push(&r->copier->at[i], token);
        if (r->follower)
            mg_follower_push(mg_writer_aligned(m), mg_writer_get_config(m), r->follower, i, token);
        r->walks[left] = w;
        r->ids[left] = token;
        r->source[left] = r->source[i];
        r->kept[left++] = (int32_t)i;
    }
    if (left < r->n) {
        mg_decoder_keep(r->cache, r->kept, left);
        if (r->copier) mg_copier_keep(r->copier, r->kept, left);
        if (r->follower) mg_follower_keep(r->follower, r->kept, left);
    }
    r->n = left;
    return MOLGLOT_OK;
}

/* What the decoder is shown beside each token. */
static mg_decoder_beside beside_at(mg_tape *t, const mg_writer *m, const running *r,
                                   const mg_context *context, int32_t step, bool words) {
    const mg_copy *copy = mg_writer_copying(m);
    const mg_slots *slots = mg_writer_slots(m);
    if (copy) return mg_copier_beside(t, copy, r->copier, context->rows);
    if (r->follower)
        return (mg_decoder_beside){.hints = mg_follower_hints(t, mg_writer_aligned(m),
                                                              mg_writer_get_config(m), r->follower,
                                                              context)};
    return (mg_decoder_beside){.words = words,
                               .hints = slots ? mg_slots_hints_at(t, slots, mg_writer_get_config(m),
                                                                  context->rows, step, r->source,
                                                                  r->n)
                                              : NULL};
}

static int each_step(sampler *s, running *r, mg_tape *t, const mg_writer *m,
                     const mg_context *context, molglot_error *err) {
    r->cache = mg_decoder_start(t, mg_writer_decoder(m), r->n, s->o->max_tokens, context->rows,
                                context->seqs, context->source);
    r->copier = mg_writer_copying(m) ? mg_copier_start(t, mg_writer_get_config(m), context,
                                                       context->source, r->n, !s->v)
                                     : NULL;
    if (mg_writer_aligned(m))
        r->follower = mg_follower_start(t, mg_writer_aligned(m), mg_writer_get_config(m),
                                        context->in, context->source, r->n);
    for (int64_t i = 0; i < r->n; i++) {
        r->ids[i] = s->start;
        r->source[i] = context->source ? context->source[i] : (int32_t)i;
    }
    for (int32_t step = 0; step < s->o->max_tokens && r->n > 0 && mg_tape_ok(t); step++) {
        size_t mark = mg_tape_mark(t);
        mg_tensor *y = mg_decoder_next(t, mg_writer_decoder(m), r->cache, r->ids,
                                       beside_at(t, m, r, context, step, !s->v));
        const float *logits = y ? mg_values(t, y) : NULL;
        if (!logits) break;
        int code = one_step(s, m, r, logits, err);
        if (code) return code;
        mg_tape_release(t, mark);
    }
    return mg_tape_error(t, err);
}

static int finish(const sampler *s, const walk *w, mg_sample *out, molglot_error *err) {
    *out = (mg_sample){.nll = w->nll, .tokens = w->n, .limited = w->limited, .repeats = w->repeats};
    if (s->v)
        out->smiles = mg_smiles_decode(s->v, w->ids, w->n);
    else if ((out->ids = malloc((size_t)w->n * sizeof *w->ids)))
        memcpy(out->ids, w->ids, (size_t)w->n * sizeof *w->ids);
    return out->smiles || out->ids ? MOLGLOT_OK
                                   : mg_no_memory(err, "a %s", s->v ? "molecule" : "caption");
}

static bool allocate(sampler *s, walk **walks, running *r) {
    const size_t vocab = (size_t)s->vocab, tokens = (size_t)s->o->max_tokens, n = (size_t)r->n;
    s->unlimited = malloc(vocab);
    s->folded = malloc(vocab * sizeof *s->folded);
    *walks = calloc(n, sizeof **walks);
    r->walks = malloc(n * sizeof *r->walks);
    r->ids = malloc(n * (tokens + 3) * sizeof *r->ids);
    if (!mg_drawer_new(&s->d, s->o, s->vocab) || !s->unlimited || !s->folded || !*walks ||
        !r->walks || !r->ids)
        return false;
    r->kept = r->ids + n;
    r->source = r->ids + 2 * n;
    for (size_t i = 0; i < n; i++) {
        r->walks[i] = *walks + i;
        (*walks)[i].ids = r->ids + 3 * n + i * tokens;
    }
    return true;
}

/* pieces: of captions, NULL for molecules. */
static int sample(sampler *s, mg_tape *t, const mg_writer *m, const mg_wordpiece *pieces,
                  const mg_context *context, const uint64_t *streams, mg_sample *out,
                  molglot_error *err) {
    const int64_t n = mg_context_count(context);
    running r = {.n = n};
    walk *walks = NULL;
    memset(out, 0, (size_t)n * sizeof *out);
    int code = allocate(s, &walks, &r) ? MOLGLOT_OK
                                       : mg_no_memory(err, "%lld sequences", (long long)n);
    for (int32_t i = 0; i < s->vocab && pieces && !code; i++) {
        /* [UNK] and its like are in brackets */
        const char *piece = i < s->start ? mg_wordpiece_piece(pieces, i) : "[]";
        s->unlimited[i] = i == s->end || piece[0] != '[' || !piece[1];
        if (i > s->end) s->unlimited[i] = 0;
    }
    for (int64_t i = 0; i < n && !code; i++) {
        walks[i].stream = streams[i];
        if (!s->v) continue;
        mg_smiles_start(&walks[i].state, s->v, s->o->max_tokens);
        mg_smiles_start(&walks[i].free, s->v, 1 << 20);
    }
    if (!code) code = each_step(s, &r, t, m, context, err);
    for (int64_t i = 0; i < n && !code; i++) code = finish(s, &walks[i], &out[i], err);
    if (code) mg_samples_free(out, n);
    mg_drawer_free(&s->d);
    free(s->unlimited);
    free(s->folded);
    free(r.walks);
    free(r.ids);
    free(walks);
    return code;
}

int mg_writer_sample(mg_tape *t, const mg_writer *m, const mg_smiles_vocab *v,
                     const mg_context *context, const mg_sample_options *o, const uint64_t *streams,
                     mg_sample *out, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(m);
    sampler s = {.v = v, .o = o, .vocab = c->tokens, .start = MG_TOKEN_BOS};
    if (o->max_tokens < 2 || o->max_tokens > c->max_tokens || mg_smiles_vocab_size(v) != c->tokens)
        return mg_fail(err, MOLGLOT_USAGE,
                       "at most %d tokens can be written, from a vocabulary of %d", c->max_tokens,
                       c->tokens);
    return sample(&s, t, m, NULL, context, streams, out, err);
}

int mg_writer_sample_words(mg_tape *t, const mg_writer *m, const mg_wordpiece *pieces,
                           const mg_context *context, const mg_sample_options *o,
                           const uint64_t *streams, mg_sample *out, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(m);
    sampler s = {.o = o,
                 .c = c,
                 .vocab = c->decoder.words,
                 .start = mg_writer_start(c),
                 .end = mg_writer_end(c)};
    if (!c->captions || o->max_tokens < 2 || o->max_tokens > c->max_text ||
        mg_wordpiece_size(pieces) != c->words)
        return mg_fail(err, MOLGLOT_USAGE,
                       "captions of at most %d pieces can be written, from a vocabulary of %d",
                       c->captions ? c->max_text : 0, c->words);
    return sample(&s, t, m, pieces, context, streams, out, err);
}

void mg_samples_free(mg_sample *samples, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        free(samples[i].smiles);
        free(samples[i].ids);
        samples[i].smiles = NULL;
        samples[i].ids = NULL;
    }
}
