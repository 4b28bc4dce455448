/* copy.c - copying from a molecule that is read beside the sentence: hard alignment, soft use.
 *
 *   context row of token j = states_j + C[token j+1]      what is here, and what comes next
 *   hint of token i        = Wc context[place] + A[agree]
 *
 * place: where the tokens so far have got to in molecule 0; agree: how many agree (align.h).
 *
 * A writer that starts from a neighbour mostly copies: find the place in the neighbour, write what
 * comes next there. Attention has to learn both steps, and does not within the few epochs that two
 * CPU cores give it; an edit distance finds the place without learning, and the decoder learns when
 * to follow it. Hints are added to the token's row (decoder.c); word pieces and sequences without a
 * molecule get zeros.
 */
#include "model/writer/copy.h"

#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"

#define NEXT_STD  0.5f   /* states have unit variance */
#define LOOK_STD  0.002f /* hints start as large as the decoder's token rows */
#define AGREE_STD 0.02f

void mg_copy_declare(mg_copy *m, mg_params *p, const mg_writer_config *c) {
    m->next = mg_params_add(p, "copy.next.weight", c->tokens, c->encoder.hidden, MG_INIT_NORMAL,
                            NEXT_STD, MG_PARAM_DECAY);
    m->look = mg_params_add(p, "copy.look.weight", c->decoder.hidden, c->encoder.hidden,
                            MG_INIT_NORMAL, LOOK_STD, MG_PARAM_DECAY);
    m->agree = mg_params_add(p, "copy.agree.weight", MG_COPY_AGREE + 1, c->decoder.hidden,
                             MG_INIT_NORMAL, AGREE_STD, MG_PARAM_DECAY);
}

/* ---- context ---- */

static bool in_molecule(const mg_writer_config *c, const mg_writer_input *in, int32_t i, int k) {
    const int32_t start = c->max_text + k * c->max_tokens;
    return in->positions[i] >= start && in->positions[i] < start + c->max_tokens;
}

/* The SMILES token behind input token i of the sequence that ends before `end`; -1 for a word
 * piece. */
static int32_t token_after(const mg_writer_config *c, const mg_writer_input *in, int32_t i,
                           int32_t end) {
    if (in->ids[i] < c->words) return -1;
    const bool last = i + 1 == end || in->ids[i + 1] == c->words + MG_TOKEN_BOS;
    return last ? MG_TOKEN_EOS : in->ids[i + 1] - c->words;
}

mg_tensor *mg_copy_memory(mg_tape *t, const mg_copy *m, const mg_writer_config *c,
                          mg_tensor *states, const mg_writer_input *in) {
    const int32_t n = in->offsets[in->n];
    int32_t *next = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *next);
    if (!next) return NULL;
    for (int64_t s = 0; s < in->n; s++)
        for (int32_t i = in->offsets[s]; i < in->offsets[s + 1]; i++)
            next[i] = token_after(c, in, i, in->offsets[s + 1]);
    return mg_add(t, states, mg_rows_at_some(t, m->next, next, n));
}

/* ---- places ---- */

/* The tokens of molecule 0 of input sequence s, in room for them; *first: the row of its <s>, or
 * -1. */
static int32_t molecule_tokens(const mg_writer_config *c, const mg_writer_input *in, int64_t s,
                               int32_t *tokens, int32_t *first) {
    int32_t count = 0;
    *first = -1;
    for (int32_t i = in->offsets[s]; i < in->offsets[s + 1]; i++) {
        if (!in_molecule(c, in, i, 0)) continue;
        if (*first < 0)
            *first = i;
        else
            tokens[count++] = in->ids[i] - c->words;
    }
    return count;
}

mg_copier *mg_copier_start(mg_tape *t, const mg_writer_config *c, const mg_writer_input *in,
                           const int32_t *source, int64_t n) {
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
        const int32_t count = molecule_tokens(c, in, source ? source[s] : s, tokens, &first[s]);
        mg_align_start(&at[s], tokens, count, room);
        tokens += count;
        room += 2 * (count + 1);
    }
    *k = (mg_copier){n, at, first};
    return k;
}

void mg_copier_keep(mg_copier *k, const int32_t *kept, int64_t n) {
    for (int64_t s = 0; s < n; s++) {
        k->at[s] = k->at[kept[s]];
        k->first[s] = k->first[kept[s]];
    }
    k->n = n;
}

/* ---- hints ---- */

/* Hints of n tokens that are at row[i] of the context (-1: nowhere) with so many tokens that
 * agree. */
static mg_tensor *hints(mg_tape *t, const mg_copy *m, mg_tensor *context, const int32_t *row,
                        const int32_t *agree, int64_t n) {
    int32_t *lengths = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *lengths);
    if (!lengths) return NULL;
    for (int64_t i = 0; i < n; i++)
        lengths[i] = row[i] < 0 ? -1 : agree[i] < MG_COPY_AGREE ? agree[i] : MG_COPY_AGREE;
    mg_tensor *seen = mg_rows_at_some(t, context, row, n);
    mg_tensor *sure = mg_rows_at_some(t, m->agree, lengths, n);
    return mg_add(t, mg_linear(t, seen, m->look, NULL, MG_ACT_NONE), sure);
}

static int32_t row_of(const mg_copier *k, int64_t s) {
    return k->first[s] < 0 ? -1 : k->first[s] + k->at[s].place;
}

mg_tensor *mg_copier_hints(mg_tape *t, const mg_copy *m, const mg_copier *k, mg_tensor *context) {
    int32_t *row = mg_tape_alloc(t, (size_t)k->n * sizeof *row),
            *agree = mg_tape_alloc(t, (size_t)k->n * sizeof *agree);
    if (!row || !agree) return NULL;
    for (int64_t s = 0; s < k->n; s++) {
        row[s] = row_of(k, s);
        agree[s] = k->at[s].agree;
    }
    return hints(t, m, context, row, agree, k->n);
}

mg_tensor *mg_copy_hints(mg_tape *t, const mg_copy *m, const mg_writer_config *c,
                         const mg_context *context, const mg_writer_target *target) {
    const int64_t n = target->offsets[target->n];
    mg_copier *k = mg_copier_start(t, c, context->in, NULL, context->in->n);
    int32_t *row = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *row),
            *agree = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *agree);
    if (!k || !row || !agree) return NULL;
    for (int64_t s = 0; s < target->n; s++)
        for (int32_t i = target->offsets[s]; i < target->offsets[s + 1]; i++) {
            /* the first one is <s> */
            if (i > target->offsets[s]) mg_align_push(&k->at[s], target->ids[i]);
            row[i] = row_of(k, s);
            agree[i] = k->at[s].agree;
        }
    return hints(t, m, context->rows, row, agree, n);
}
