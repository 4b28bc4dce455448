/* beam.c - beam search as transformers' generate has it (docs/models/t5.md):
 *
 *   open beams score 0, -1e9, .. at the start: all are the start token
 *   each step: log softmax + the beam's score; the best 2 nb of nb V, in order:
 *     the end token  among the first nb: a hypothesis with score / length^penalty; else nothing
 *     another        an open beam, until there are nb
 *   the nb best hypotheses are kept; done when there are nb and none of the open ones, at the
 *   current length, would be better than the worst; or at max_length, where the open beams become
 *   hypotheses too
 *
 * A finished hypothesis' length counts its tokens with the start and without the end (as many as
 * with the end and without the start). Equal scores: the lower beam, then the lower token, first.
 * One beam is greedy search: the likeliest token until the end token.
 */
#include "model/t5/t5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLOSED (-1e9) /* score of the beams that are not open yet */

typedef struct candidate {
    double score;
    int32_t beam, token;
} candidate;

typedef struct hypothesis {
    double score;
    int32_t n, *ids; /* [max_length] */
} hypothesis;

typedef struct beam_search {
    mg_t5_search o;
    int32_t vocab, length; /* tokens of the open beams */
    int32_t *ids, *next;   /* [beams][max_length], twice */
    double *score;         /* [beams] of the open ones */
    candidate *best;       /* [2 beams] */
    int n_best;
    hypothesis *kept; /* [beams + 1] */
    int n_kept;
    double worst; /* of kept */
    int32_t *parent, *token;
} beam_search;

static bool beam_alloc(beam_search *b) {
    const size_t nb = (size_t)b->o.beams, size = nb * (size_t)b->o.max_length;
    b->ids = calloc(size, sizeof *b->ids);
    b->next = calloc(size, sizeof *b->next);
    b->score = calloc(nb, sizeof *b->score);
    b->best = calloc(2 * nb, sizeof *b->best);
    b->kept = calloc(nb + 1, sizeof *b->kept);
    b->parent = calloc(nb, sizeof *b->parent);
    b->token = calloc(nb, sizeof *b->token);
    if (!b->ids || !b->next || !b->score || !b->best || !b->kept || !b->parent || !b->token)
        return false;
    for (size_t i = 0; i <= nb; i++)
        if (!(b->kept[i].ids = calloc((size_t)b->o.max_length, sizeof(int32_t)))) return false;
    return true;
}

static void beam_free(beam_search *b) {
    for (int i = 0; b->kept && i <= b->o.beams; i++) free(b->kept[i].ids);
    free(b->ids);
    free(b->next);
    free(b->score);
    free(b->best);
    free(b->kept);
    free(b->parent);
    free(b->token);
}

/* ---- candidates ---- */

/* Into the list of the best, which is sorted and holds at most 2 beams. */
static void offer(beam_search *b, double score, int32_t beam, int32_t token) {
    const int most = 2 * b->o.beams;
    if (b->n_best == most && score <= b->best[most - 1].score) return;
    int at = b->n_best < most ? b->n_best++ : most - 1;
    for (; at > 0 && b->best[at - 1].score < score; at--) b->best[at] = b->best[at - 1];
    b->best[at] = (candidate){score, beam, token};
}

/* False: the logits are not numbers. */
static bool find_best(beam_search *b, const float *logits) {
    b->n_best = 0;
    for (int32_t i = 0; i < b->o.beams; i++, logits += b->vocab) {
        double top = -INFINITY, sum = 0.0;
        for (int32_t v = 0; v < b->vocab; v++) {
            if (!isfinite(logits[v])) return false;
            if (logits[v] > top) top = logits[v];
        }
        for (int32_t v = 0; v < b->vocab; v++) sum += exp(logits[v] - top);
        const double shift = b->score[i] - top - log(sum);
        for (int32_t v = 0; v < b->vocab; v++) offer(b, logits[v] + shift, i, v);
    }
    return true;
}

/* ---- hypotheses ---- */

static double normalised(const beam_search *b, double score, int32_t length) {
    return score / pow(length > 0 ? length : 1, b->o.length_penalty);
}

/* Keeps the tokens of beam i, if they are among the best. `length` is what its score is divided by.
 */
static void add_hypothesis(beam_search *b, double score, int32_t beam, int32_t length) {
    const double value = normalised(b, score, length);
    if (b->n_kept == b->o.beams && value <= b->worst) return;
    hypothesis *h = &b->kept[b->n_kept++];
    h->score = value;
    h->n = b->length;
    memcpy(h->ids, b->ids + (size_t)beam * (size_t)b->o.max_length,
           (size_t)b->length * sizeof *h->ids);
    if (b->n_kept > b->o.beams) { /* the worst goes; of equals the first */
        int low = 0;
        for (int i = 1; i < b->n_kept; i++)
            if (b->kept[i].score < b->kept[low].score) low = i;
        const hypothesis spare = b->kept[low];
        for (int i = low; i + 1 < b->n_kept; i++) b->kept[i] = b->kept[i + 1];
        b->kept[--b->n_kept] = spare;
    }
    b->worst = INFINITY;
    for (int i = 0; i < b->n_kept; i++) b->worst = fmin(b->worst, b->kept[i].score);
}

static bool is_done(const beam_search *b) {
    if (b->n_kept < b->o.beams) return false;
    const int32_t length = b->length + b->o.look_ahead;
    return b->o.early_stopping || b->worst >= normalised(b, b->best[0].score, length);
}

/* ---- steps ---- */

/* The candidates become hypotheses and the next open beams. */
static void take_best(beam_search *b) {
    const size_t row = (size_t)b->o.max_length;
    int open = 0;
    for (int rank = 0; rank < b->n_best && open < b->o.beams; rank++) {
        const candidate *c = &b->best[rank];
        if (c->token == MG_T5_END) {
            if (rank < b->o.beams) add_hypothesis(b, c->score, c->beam, b->length);
            continue;
        }
        memcpy(b->next + (size_t)open * row, b->ids + (size_t)c->beam * row,
               (size_t)b->length * sizeof *b->next);
        b->next[(size_t)open * row + (size_t)b->length] = c->token;
        b->score[open] = c->score;
        b->parent[open] = c->beam;
        b->token[open++] = c->token;
    }
}

static void swap_ids(beam_search *b) {
    int32_t *ids = b->ids;
    b->ids = b->next;
    b->next = ids;
    b->length++;
}

static int fail_logits(molglot_error *err) {
    return mg_fail(err, MOLGLOT_FAILED, "t5: the model's scores are not numbers");
}

static int search_beams(beam_search *b, mg_tape *t, const mg_t5 *m, mg_t5_cache *c,
                        molglot_error *err) {
    bool done = false;
    for (; b->length < b->o.max_length && !done; swap_ids(b)) {
        const size_t mark = mg_tape_mark(t);
        mg_tensor *logits = mg_t5_next(t, m, c, b->token);
        const float *values = logits ? mg_values(t, logits) : NULL;
        if (!values) return mg_code_of(err, mg_tape_error(t, err));
        if (!find_best(b, values)) return fail_logits(err);
        take_best(b);
        done = is_done(b);
        if (!done && !mg_t5_reorder(t, c, b->parent, b->o.beams)) return mg_tape_error(t, err);
        mg_tape_release(t, mark);
        if (done) return MOLGLOT_OK;
    }
    const int32_t length = b->o.count_start ? b->length : b->length - 1;
    for (int i = 0; i < b->o.beams; i++) add_hypothesis(b, b->score[i], i, length);
    return MOLGLOT_OK;
}

static int search_greedily(beam_search *b, mg_tape *t, const mg_t5 *m, mg_t5_cache *c,
                           molglot_error *err) {
    for (bool done = false; b->length < b->o.max_length && !done; b->length++) {
        const size_t mark = mg_tape_mark(t);
        mg_tensor *logits = mg_t5_next(t, m, c, b->token);
        const float *values = logits ? mg_values(t, logits) : NULL;
        if (!values) return mg_code_of(err, mg_tape_error(t, err));
        if (!find_best(b, values)) return fail_logits(err);
        mg_tape_release(t, mark);
        b->token[0] = b->ids[b->length] = b->best[0].token;
        b->score[0] = b->best[0].score;
        done = b->token[0] == MG_T5_END;
    }
    b->kept[0].n = b->length;
    b->kept[0].score = b->score[0];
    memcpy(b->kept[0].ids, b->ids, (size_t)b->length * sizeof *b->ids);
    b->n_kept = 1;
    return MOLGLOT_OK;
}

/* The best hypotheses, each with its end token where there is room. */
static int give_best(beam_search *b, int wanted, mg_t5_output *out, molglot_error *err) {
    for (int k = 0; k < wanted && k < b->n_kept; k++) {
        int at = k; /* of equals the later, as a sorted list is popped from its end */
        for (int i = k; i < b->n_kept; i++)
            if (b->kept[i].score >= b->kept[at].score) at = i;
        const hypothesis h = b->kept[at];
        for (int i = at; i > k; i--) b->kept[i] = b->kept[i - 1];
        b->kept[k] = h;
        out[k] = (mg_t5_output){
            .ids = malloc(((size_t)h.n + 1) * sizeof *out[k].ids), .n = h.n, .score = h.score};
        if (!out[k].ids) return mg_no_memory(err, "an output");
        memcpy(out[k].ids, h.ids, (size_t)h.n * sizeof *out[k].ids);
        if (h.n < b->o.max_length && b->o.beams > 1) out[k].ids[out[k].n++] = MG_T5_END;
    }
    return MOLGLOT_OK;
}

mg_t5_search mg_t5_search_default(void) {
    return (mg_t5_search){.beams = 5, .length_penalty = 1.0f, .count_start = true};
}

static int search_check(const mg_t5_search *o, int positions, const mg_t5_memory *memory,
                        int64_t row, int wanted, molglot_error *err) {
    enum { MOST_BEAMS = 1024 };
    if (o->beams < 1 || o->beams > MOST_BEAMS || wanted < 1 || wanted > o->beams)
        return mg_fail(err, MOLGLOT_USAGE, "t5: %d outputs of %d beams (1 to %d)", wanted, o->beams,
                       MOST_BEAMS);
    if (o->max_length < 2 || o->max_length > positions)
        return mg_fail(err, MOLGLOT_USAGE, "t5: outputs of up to %d tokens (2 to %d)",
                       o->max_length, positions);
    if (!memory->rows || row < 0 || row >= memory->seqs.n)
        return mg_fail(err, MOLGLOT_USAGE, "t5: row %lld of %lld of memory", (long long)row,
                       (long long)memory->seqs.n);
    return MOLGLOT_OK;
}

int mg_t5_beam_search(mg_tape *t, const mg_t5 *m, const mg_t5_memory *memory, int64_t row,
                      const mg_t5_search *o, int wanted, mg_t5_output *out, molglot_error *err) {
    const mg_t5_config *config = mg_t5_get_config(m);
    beam_search b = {.o = *o, .vocab = config->vocab, .length = 1, .worst = INFINITY};
    if (b.o.max_length == 0) b.o.max_length = config->positions;
    memset(out, 0, (size_t)(wanted > 0 ? wanted : 0) * sizeof *out);
    int code = search_check(&b.o, config->positions, memory, row, wanted, err);
    if (code) return code;
    int32_t *source = mg_tape_alloc(t, (size_t)b.o.beams * sizeof *source);
    for (int i = 0; source && i < b.o.beams; i++) source[i] = (int32_t)row;
    mg_t5_cache *c = source ? mg_t5_start(t, m, b.o.beams, b.o.max_length, memory, source) : NULL;
    if (!c) return mg_code_of(err, mg_tape_error(t, err));
    if (!beam_alloc(&b)) {
        beam_free(&b);
        return mg_no_memory(err, "%d beams", b.o.beams);
    }
    for (int i = 1; i < b.o.beams; i++) b.score[i] = CLOSED;
    code = b.o.beams > 1 ? search_beams(&b, t, m, c, err) : search_greedily(&b, t, m, c, err);
    if (!code) code = give_best(&b, wanted, out, err);
    if (code) mg_t5_outputs_free(out, wanted);
    beam_free(&b);
    return code;
}

void mg_t5_outputs_free(mg_t5_output *out, int n) {
    for (int i = 0; i < n; i++) {
        free(out[i].ids);
        out[i] = (mg_t5_output){0};
    }
}
