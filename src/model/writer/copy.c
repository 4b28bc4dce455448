/* copy.c - copying from what is read beside: hard alignment, soft use. A molecule is copied from
 * molecule 0 of the input, a caption from caption 0.
 *
 *   context row of token j = states_j + C[token j+1]           what is here, and what comes next
 *   hint of token i        = Wc context[place] + A[agree]
 *   and for captions, D the decoder's table of word pieces:
 *   context row of piece j = states_j + S 20 D[piece j+1]
 *   hint of piece i        = Wd context[place] + B[agree]
 *   logits                 one more piece, mg_writer_copy: the one at place+1. Where that is the
 *                          right one, it is what is learnt; its probability is that piece's
 *
 * place: where the tokens so far have got to in what is copied; agree: how many agree (align.h).
 *
 * A writer that starts from a neighbour mostly copies: find the place in the neighbour, write what
 * comes next there. Attention has to learn both steps, and does not within the few epochs that two
 * CPU cores give it; an edit distance finds the place without learning, and the decoder learns when
 * to follow it. Hints are added to the token's row (decoder.c). The vocabulary of pieces is ten
 * times that of SMILES tokens, and a map from "this comes next" to that piece's logit would take
 * long to learn: so for captions copying is a piece of its own, and learning is left with when to
 * copy and what to write else. Sequences without anything to copy get zeros.
 */
#include "model/writer/copy.h"

#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"

#include <math.h>

#define NEXT_STD  0.5f   /* states have unit variance */
#define LOOK_STD  0.002f /* hints start as large as the decoder's token rows */
#define AGREE_STD 0.02f
#define UNIT      20.0f /* times a row of the decoder's table: about unit variance */

void mg_copy_declare(mg_copy *m, mg_params *p, const mg_writer_config *c, mg_tensor *words) {
    m->next = mg_params_add(p, "copy.next.weight", c->tokens, c->encoder.hidden, MG_INIT_NORMAL,
                            NEXT_STD, MG_PARAM_DECAY);
    m->look = mg_params_add(p, "copy.look.weight", c->decoder.hidden, c->encoder.hidden,
                            MG_INIT_NORMAL, LOOK_STD, MG_PARAM_DECAY);
    m->agree = mg_params_add(p, "copy.agree.weight", MG_COPY_AGREE + 1, c->decoder.hidden,
                             MG_INIT_NORMAL, AGREE_STD, MG_PARAM_DECAY);
    if (!(m->words = words)) return;
    m->say = mg_params_add(p, "copy.say.weight", c->encoder.hidden, c->decoder.hidden,
                           MG_INIT_NORMAL, NEXT_STD / sqrtf((float)c->decoder.hidden),
                           MG_PARAM_DECAY);
    m->word_look = mg_params_add(p, "copy.word_look.weight", c->decoder.hidden, c->encoder.hidden,
                                 MG_INIT_NORMAL, LOOK_STD, MG_PARAM_DECAY);
    m->word_agree = mg_params_add(p, "copy.word_agree.weight", MG_COPY_AGREE + 1, c->decoder.hidden,
                                  MG_INIT_NORMAL, AGREE_STD, MG_PARAM_DECAY);
}

/* ---- context ---- */

/* What comes behind input token i of the sequence that ends before `end`: a SMILES token, or with
 * `words` a piece. -1: i is not of that kind, or not in a part that can be copied. */
static int32_t token_after(const mg_writer_config *c, const mg_writer_input *in, int32_t i,
                           int32_t end, bool words) {
    int number, other;
    const mg_read part = mg_writer_read_at(c, in->positions[i], &number);
    if (words ? part != MG_READ_CAPTION : part == MG_READ_CAPTION || in->ids[i] < c->words)
        return -1;
    const bool last = i + 1 == end || mg_writer_read_at(c, in->positions[i + 1], &other) != part ||
                      other != number;
    if (last) return words ? mg_writer_end(c) : MG_TOKEN_EOS;
    return words ? in->ids[i + 1] : in->ids[i + 1] - c->words;
}

/* Rows of a table for what comes behind each input token; zeros where nothing does. */
static mg_tensor *rows_after(mg_tape *t, const mg_writer_config *c, const mg_writer_input *in,
                             mg_tensor *table, bool words) {
    const int32_t n = in->offsets[in->n];
    int32_t *next = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *next);
    if (!next) return NULL;
    for (int64_t s = 0; s < in->n; s++)
        for (int32_t i = in->offsets[s]; i < in->offsets[s + 1]; i++)
            next[i] = token_after(c, in, i, in->offsets[s + 1], words);
    return mg_rows_at_some(t, table, next, n);
}

mg_tensor *mg_copy_memory(mg_tape *t, const mg_copy *m, const mg_writer_config *c,
                          mg_tensor *states, const mg_writer_input *in) {
    mg_tensor *rows = mg_add(t, states, rows_after(t, c, in, m->next, false));
    if (!m->words) return rows;
    mg_tensor *pieces = mg_scale(t, rows_after(t, c, in, m->words, true), UNIT);
    return mg_add(t, rows, mg_linear(t, pieces, m->say, NULL, MG_ACT_NONE));
}

/* ---- places ---- */

/* The tokens of what can be copied in input sequence s, in room for them; *first: the row of its
 * <s>, or -1. */
static int32_t copied_tokens(const mg_writer_config *c, const mg_writer_input *in, int64_t s,
                             bool words, int32_t *tokens, int32_t *first) {
    const mg_read part = words ? MG_READ_CAPTION : MG_READ_MOLECULE;
    int32_t count = 0;
    *first = -1;
    for (int32_t i = in->offsets[s]; i < in->offsets[s + 1]; i++) {
        int number;
        if (mg_writer_read_at(c, in->positions[i], &number) != part || number != 0) continue;
        if (*first < 0)
            *first = i;
        else
            tokens[count++] = words ? in->ids[i] : in->ids[i] - c->words;
    }
    return count;
}

mg_copier *mg_copier_start(mg_tape *t, const mg_writer_config *c, const mg_context *context,
                           const int32_t *source, int64_t n, bool words) {
    const mg_writer_input *in = context->in;
    int64_t all = n;
    for (int64_t s = 0; s < n; s++) {
        const int64_t read = source ? source[s] : s;
        all += in->offsets[read + 1] - in->offsets[read];
    }
    mg_copier *k = mg_tape_alloc(t, sizeof *k);
    mg_aligner *at = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *at);
    int32_t *first = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *first),
            *tokens = mg_tape_alloc(t, (size_t)(all + 1) * sizeof *tokens);
    int32_t *room = mg_tape_alloc(t, (size_t)(all + 1) * 2 * sizeof *room);
    if (!k || !at || !first || !tokens || !room) return NULL;
    for (int64_t s = 0; s < n; s++) {
        const int64_t read = source ? source[s] : s;
        const int32_t count = copied_tokens(c, in, read, words, tokens, &first[s]);
        /* a row may stand in front of a sequence's tokens, and in front of those before */
        if (first[s] >= 0) first[s] += context->seqs.offsets[read + 1] - in->offsets[read + 1];
        mg_align_start(&at[s], tokens, count, room);
        at[s].sentence = words;
        tokens += count;
        room += 2 * (count + 1);
    }
    *k = (mg_copier){n, at, first, words, words ? mg_writer_end(c) : MG_TOKEN_EOS};
    return k;
}

void mg_copier_keep(mg_copier *k, const int32_t *kept, int64_t n) {
    for (int64_t s = 0; s < n; s++) {
        k->at[s] = k->at[kept[s]];
        k->first[s] = k->first[kept[s]];
    }
    k->n = n;
}

int32_t mg_copier_next(const mg_copier *k, int64_t i) {
    const mg_aligner *a = &k->at[i];
    return k->first[i] < 0 ? -1 : a->place < a->n ? a->tokens[a->place] : k->end;
}

/* ---- hints ---- */

/* Hints of n tokens that are at row[i] of the context (-1: nowhere) with so many tokens that
 * agree. */
static mg_decoder_beside beside(mg_tape *t, const mg_copy *m, mg_tensor *context,
                                const int32_t *row, const int32_t *agree, int64_t n, bool words) {
    int32_t *lengths = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *lengths);
    if (!lengths) return (mg_decoder_beside){0};
    for (int64_t i = 0; i < n; i++)
        lengths[i] = row[i] < 0 ? -1 : agree[i] < MG_COPY_AGREE ? agree[i] : MG_COPY_AGREE;
    mg_tensor *seen = mg_rows_at_some(t, context, row, n);
    mg_tensor *sure = mg_rows_at_some(t, words ? m->word_agree : m->agree, lengths, n);
    mg_tensor *look = words ? m->word_look : m->look;
    return (mg_decoder_beside){
        .hints = mg_add(t, mg_linear(t, seen, look, NULL, MG_ACT_NONE), sure), .words = words};
}

static int32_t row_of(const mg_copier *k, int64_t s) {
    return k->first[s] < 0 ? -1 : k->first[s] + k->at[s].place;
}

mg_decoder_beside mg_copier_beside(mg_tape *t, const mg_copy *m, const mg_copier *k,
                                   mg_tensor *context) {
    int32_t *row = mg_tape_alloc(t, (size_t)k->n * sizeof *row),
            *agree = mg_tape_alloc(t, (size_t)k->n * sizeof *agree);
    if (!row || !agree) return (mg_decoder_beside){0};
    for (int64_t s = 0; s < k->n; s++) {
        row[s] = row_of(k, s);
        agree[s] = k->at[s].agree;
    }
    return beside(t, m, context, row, agree, k->n, k->words);
}

/* Follows the targets in what they copy: row, agree and next of every token, of which those that
 * are not wanted are NULL. */
static bool follow(mg_tape *t, const mg_writer_config *c, const mg_context *context,
                   const mg_writer_target *target, int32_t *row, int32_t *agree, int32_t *next) {
    mg_copier *k = mg_copier_start(t, c, context, NULL, context->in->n, target->words);
    for (int64_t s = 0; s < target->n && k; s++)
        for (int32_t i = target->offsets[s]; i < target->offsets[s + 1]; i++) {
            /* the first one is <s> */
            if (i > target->offsets[s]) mg_align_push(&k->at[s], target->ids[i]);
            if (row) row[i] = row_of(k, s);
            if (agree) agree[i] = k->at[s].agree;
            if (next) next[i] = mg_copier_next(k, s);
        }
    return k != NULL;
}

mg_decoder_beside mg_copy_beside(mg_tape *t, const mg_copy *m, const mg_writer_config *c,
                                 const mg_context *context, const mg_writer_target *target) {
    const int64_t n = target->offsets[target->n];
    int32_t *row = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *row),
            *agree = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *agree);
    if (!row || !agree || !follow(t, c, context, target, row, agree, NULL))
        return (mg_decoder_beside){0};
    return beside(t, m, context->rows, row, agree, n, target->words);
}

const int32_t *mg_copy_next(mg_tape *t, const mg_writer_config *c, const mg_context *context,
                            const mg_writer_target *target) {
    int32_t *next = mg_tape_alloc(t, (size_t)(target->offsets[target->n] + 1) * sizeof *next);
    return next && follow(t, c, context, target, NULL, NULL, next) ? next : NULL;
}

void mg_copy_fold(const mg_writer_config *c, int32_t next, float *logits) {
    float *copy = &logits[mg_writer_copy(c)];
    if (next >= 0) {
        const float top = fmaxf(*copy, logits[next]);
        logits[next] = top + logf(expf(*copy - top) + expf(logits[next] - top));
    }
    *copy = -INFINITY;
}
