/* aligned.c - latents that are a molecule's vector of an aligned space, and a remainder from its
 * graph for what alignment does not keep: order, counts, stereo.
 *
 *   a       = sqrt(aligned) unit(B e)              e: the molecule's vector, B: directions of the
 *                                                  space, frozen; A = aligned / latent_dim tokens
 *   h       = gin(bonds of the canonical SMILES)   [atoms, hidden] (bonds.h)
 *   x_j     = T[token j] + h_(atom of token j)
 *   z_s     = LN(Wz [x of the tokens of piece s])  at most R = latent_tokens, zeros behind them
 *   latents = [a | z_1 .. z_S]                     [K, latent_dim], K = A + S
 *
 *   w       = gelu(Wm a)                           [n, 2 hidden]
 *   context = [Wr w | Wc z_s] + P                  [K, hidden]
 *   hint    = Wg w + Wn[offset] z_piece            of the token to be written
 *
 * Pieces. The canonical SMILES is cut behind ")" and ring numbers where a piece has MIN tokens, and
 * where it has R. Where the next token goes follows from those before it, so that the decoder knows
 * which remainder speaks of what it writes next; and as pieces have room, a substitution moves the
 * numbers of its piece and of those within the network's reach, and cuts behind it fall in the
 * same places. Remainder of what is longer than S pieces is not kept.
 *
 * Zeros say "unknown": of the aligned part, of a piece, of everything.
 *
 * Drafts. The remainder may be another molecule's, of which the input is known
 * (mg_writer_input.draft): then the place in it is found as copying finds it (align.h), with rows
 * for how many tokens agree and for being a draft.
 */
#include "model/writer/aligned.h"

#include <math.h>
#include <string.h>

#define LATENT_EPS 1e-5f
#define TURN_EPS   1e-6f
#define TOKEN_STD  0.5f
#define PLACE_STD  0.5f
#define AGREE_STD  0.02f
#define NEXT_STD   0.005f /* hints start as large as the decoder's token rows */
enum { MIN = 4 };

/* ---- declaration ---- */

static void small_dense(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out) {
    char leaf[MG_NAME_MAX];
    l->w = mg_params_add(p, mg_name_under(leaf, name, "weight"), out, in, MG_INIT_NORMAL, NEXT_STD,
                         MG_PARAM_DECAY);
    l->b = mg_params_add(p, mg_name_under(leaf, name, "bias"), 1, out, MG_INIT_ZERO, 0, 0);
}

bool mg_aligned_declare(mg_aligned *m, mg_params *p, const mg_writer_config *c) {
    const mg_transformer_config *e = &c->encoder;
    const int64_t hidden = e->hidden, wide = 2 * hidden, d = c->decoder.hidden;
    const mg_gin_config gin = {.layers = e->layers,
                               .dim = e->hidden,
                               .mlp = e->ffn,
                               .atom_rows = c->tokens,
                               .bond_rows = MG_BOND_KINDS,
                               .atom_cols = 1,
                               .bond_cols = 1,
                               .layer_norm = true,
                               .residual = true,
                               .dropout = e->dropout};
    m->basis = mg_params_add(p, "latent.basis", c->aligned, c->space, MG_INIT_NORMAL,
                             1 / sqrtf((float)c->space), MG_PARAM_FROZEN);
    if (!(m->gin = mg_gin_new(p, "latent.graph", &gin))) return false;
    m->tokens = mg_params_add(p, "latent.tokens.weight", c->tokens, hidden, MG_INIT_NORMAL,
                              TOKEN_STD, MG_PARAM_DECAY);
    mg_dense_init(&m->squeeze, p, "latent.squeeze", c->latent_tokens * hidden, c->latent_dim, true);
    m->unit.gamma = mg_params_add(p, "latent.unit.weight", 1, c->latent_dim, MG_INIT_ONE, 0,
                                  MG_PARAM_FROZEN);
    m->unit.beta = mg_params_add(p, "latent.unit.bias", 1, c->latent_dim, MG_INIT_ZERO, 0,
                                 MG_PARAM_FROZEN);
    m->unit.eps = LATENT_EPS;
    mg_dense_init(&m->meaning, p, "latent.meaning", c->aligned, wide, true);
    mg_dense_init(&m->rows, p, "latent.rows", wide, mg_aligned_first(c) * hidden, true);
    small_dense(&m->look, p, "latent.look", wide, d);
    mg_dense_init(&m->widen, p, "latent.widen", c->latent_dim, hidden, true);
    m->places = mg_params_add(p, "latent.places", c->latents, hidden, MG_INIT_NORMAL, PLACE_STD,
                              MG_PARAM_DECAY);
    small_dense(&m->next, p, "latent.next", c->latent_dim, c->latent_tokens * d);
    m->agree = mg_params_add(p, "latent.agree.weight", MG_ALIGNED_AGREE + 1, d, MG_INIT_NORMAL,
                             AGREE_STD, MG_PARAM_DECAY);
    m->draft = mg_params_add(p, "latent.draft.weight", 1, d, MG_INIT_NORMAL, AGREE_STD,
                             MG_PARAM_DECAY);
    return true;
}

void mg_aligned_free(mg_aligned *m) {
    mg_gin_free(m->gin);
    mg_grammar_free(&m->grammar);
}

/* ---- pieces ---- */

typedef struct place {
    int32_t piece, offset; /* of the next token */
} place;

static place behind(const mg_aligned *m, const mg_writer_config *c, place at, int32_t token) {
    const mg_glyph glyph = token >= 0 && token < m->grammar.tokens
                               ? (mg_glyph)m->grammar.glyph[token]
                               : MG_GLYPH_NONE;
    const bool may = glyph == MG_GLYPH_RETURN || glyph == MG_GLYPH_RING;
    at.offset++;
    if (at.offset == c->latent_tokens || (may && at.offset >= MIN)) at = (place){at.piece + 1, 0};
    return at;
}

/* Its row in the sequence's table of hints; -1: there is none. */
static int32_t row_of(const mg_writer_config *c, place at) {
    return at.piece < mg_aligned_slots(c) ? at.piece * c->latent_tokens + at.offset : -1;
}

/* ---- molecules to latents ---- */

mg_tensor *mg_aligned_turn(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                           const float *vectors, int64_t n) {
    mg_tensor *e = mg_input(t, vectors, n, c->space, false);
    return mg_scale(t, mg_normalize(t, mg_linear(t, e, m->basis, NULL, MG_ACT_NONE), TURN_EPS),
                    sqrtf((float)c->aligned));
}

/* States of all tokens of an input. */
static mg_tensor *token_states(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                               const mg_writer_input *in) {
    const int32_t n = in->offsets[in->n];
    mg_token_graph g;
    int32_t *ids = mg_tape_alloc(t, ((size_t)n + 1) * sizeof *ids);
    if (!ids ||
        !mg_token_graph_make(t, &m->grammar, in->ids, c->words, (mg_seqs){in->n, in->offsets}, &g))
        return NULL;
    for (int32_t i = 0; i < n; i++) {
        ids[i] = in->ids[i] - c->words;
        if (ids[i] < 0 || ids[i] >= c->tokens) ids[i] = MG_TOKEN_PAD;
    }
    mg_tensor *x = mg_rows_at(t, m->tokens, ids, n);
    if (g.atoms == 0) return x;
    mg_tensor *h = mg_gin_forward(t, m->gin, g.atoms, g.atom_ids, g.edge_offsets, g.edge_src,
                                  g.edge_ids);
    return mg_add(t, x, mg_rows_at_some(t, h, g.owner, n));
}

/* z [n*S, latent_dim] */
static mg_tensor *remainder_of(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                               const mg_writer_input *in) {
    const int64_t each = (int64_t)mg_aligned_slots(c) * c->latent_tokens, rows = in->n * each;
    int32_t *from = mg_tape_alloc(t, (size_t)(rows + 1) * sizeof *from);
    mg_tensor *x = token_states(t, m, c, in);
    if (!x || !from) return NULL;
    for (int64_t i = 0; i < rows; i++) from[i] = -1;
    for (int64_t s = 0; s < in->n; s++) {
        place at = {0, 0};
        for (int32_t i = in->offsets[s]; i < in->offsets[s + 1]; i++) {
            if (i == in->offsets[s] && in->ids[i] == c->words + MG_TOKEN_BOS) continue;
            const int32_t row = row_of(c, at);
            if (row >= 0) from[s * each + row] = i;
            at = behind(m, c, at, in->ids[i] - c->words);
        }
    }
    mg_tensor *pieces = mg_reshape(t, mg_rows_at_some(t, x, from, rows),
                                   (int64_t)c->latent_tokens * c->encoder.hidden);
    return mg_lnorm_forward(t, &m->unit, mg_dense_forward(t, &m->squeeze, pieces, MG_ACT_NONE),
                            NULL);
}

/* Rows of a [n*A, ..] and b [n*S, ..], molecule by molecule: A of a, S of b. */
static mg_tensor *beside(mg_tape *t, mg_tensor *a, mg_tensor *b, int64_t n, int first, int slots) {
    const int64_t k = first + slots;
    int32_t *ia = mg_tape_alloc(t, (size_t)(n * k + 1) * sizeof *ia),
            *ib = mg_tape_alloc(t, (size_t)(n * k + 1) * sizeof *ib);
    if (!a || !b || !ia || !ib) return NULL;
    for (int64_t i = 0; i < n * k; i++) {
        const int64_t at = i % k;
        ia[i] = at < first ? (int32_t)(i / k * first + at) : -1;
        ib[i] = at < first ? -1 : (int32_t)(i / k * slots + at - first);
    }
    return mg_add(t, mg_rows_at_some(t, a, ia, n * k), mg_rows_at_some(t, b, ib, n * k));
}

mg_tensor *mg_aligned_latents(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                              const mg_writer_input *in) {
    float *zeros = in->space ? NULL
                             : mg_tape_alloc(t, (size_t)(in->n * c->space + 1) * sizeof *zeros);
    if (zeros) memset(zeros, 0, (size_t)(in->n * c->space) * sizeof *zeros);
    if (!in->space && !zeros) return NULL;
    mg_tensor *a = mg_aligned_turn(t, m, c, in->space ? in->space : zeros, in->n);
    mg_tensor *z = remainder_of(t, m, c, in);
    if (!a || !z) return NULL;
    return beside(t, mg_reshape(t, a, c->latent_dim), z, in->n, mg_aligned_first(c),
                  mg_aligned_slots(c));
}

/* ---- latents to context ---- */

/* Rows `from` .. `from + count - 1` of each molecule's K. */
static mg_tensor *part(mg_tape *t, mg_tensor *latents, int64_t n, int k, int from, int count) {
    int32_t *ids = mg_tape_alloc(t, (size_t)(n * count + 1) * sizeof *ids);
    for (int64_t i = 0; ids && i < n * count; i++)
        ids[i] = (int32_t)(i / count * k + from + i % count);
    return ids ? mg_rows_at(t, latents, ids, n * count) : NULL;
}

mg_context mg_aligned_context(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                              mg_tensor *latents) {
    const int first = mg_aligned_first(c), slots = mg_aligned_slots(c);
    const int64_t n = latents->rows / c->latents;
    mg_context context = {.seqs = {n, mg_rows_offsets(t, n, c->latents)}};
    mg_tensor *a = part(t, latents, n, c->latents, 0, first),
              *z = part(t, latents, n, c->latents, first, slots);
    if (!context.seqs.offsets || !a || !z) return context;
    mg_tensor *w = mg_dense_forward(t, &m->meaning, mg_reshape(t, a, c->aligned), MG_ACT_GELU);
    mg_tensor *meaning = mg_reshape(t, mg_dense_forward(t, &m->rows, w, MG_ACT_NONE),
                                    c->encoder.hidden),
              *kept = mg_dense_forward(t, &m->widen, z, MG_ACT_NONE);
    context.rows = mg_add(t, beside(t, meaning, kept, n, first, slots),
                          mg_rows_repeat(t, m->places, n * c->latents));
    context.hints = mg_reshape(t, mg_dense_forward(t, &m->next, z, MG_ACT_NONE), c->decoder.hidden);
    context.whole = mg_dense_forward(t, &m->look, w, MG_ACT_NONE);
    return context;
}

/* ---- places ---- */

struct mg_follow {
    int32_t sequence; /* of the context */
    place own;
    mg_aligner draft;
    const int32_t
        *rows; /* of a draft [its tokens + 1]: the row of hints at each place; NULL: none */
};

/* A draft of n tokens that begin at in->ids[first]. */
static bool follow_draft(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                         const int32_t *ids, int32_t n, mg_follow *out) {
    int32_t *tokens = mg_tape_alloc(t, ((size_t)n + 1) * sizeof *tokens),
            *rows = mg_tape_alloc(t, ((size_t)n + 1) * sizeof *rows),
            *room = mg_tape_alloc(t, 2 * ((size_t)n + 1) * sizeof *room);
    place at = {0, 0};
    if (!tokens || !rows || !room) return false;
    for (int32_t i = 0; i <= n; i++) {
        rows[i] = row_of(c, at);
        if (i == n) break;
        tokens[i] = ids[i] - c->words;
        at = behind(m, c, at, tokens[i]);
    }
    mg_align_start(&out->draft, tokens, n, room);
    out->rows = rows;
    return true;
}

mg_follower *mg_follower_start(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                               const mg_writer_input *in, const int32_t *source, int64_t n) {
    mg_follower *f = mg_tape_alloc(t, sizeof *f);
    mg_follow *at = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *at);
    if (!f || !at) return NULL;
    for (int64_t i = 0; i < n; i++) {
        const int32_t s = source ? source[i] : (int32_t)i;
        at[i] = (mg_follow){.sequence = s};
        if (!in || !in->draft || !in->draft[s]) continue;
        int32_t first = in->offsets[s];
        const int32_t end = in->offsets[s + 1];
        if (first < end && in->ids[first] == c->words + MG_TOKEN_BOS) first++;
        if (!follow_draft(t, m, c, in->ids + first, end - first, &at[i])) return NULL;
    }
    *f = (mg_follower){n, at};
    return f;
}

void mg_follower_push(const mg_aligned *m, const mg_writer_config *c, mg_follower *f, int64_t i,
                      int32_t token) {
    mg_follow *at = &f->at[i];
    if (at->rows)
        mg_align_push(&at->draft, token);
    else
        at->own = behind(m, c, at->own, token);
}

void mg_follower_keep(mg_follower *f, const int32_t *kept, int64_t n) {
    for (int64_t i = 0; i < n; i++) f->at[i] = f->at[kept[i]];
    f->n = n;
}

/* ---- hints ---- */

typedef struct hint {             /* of one token */
    int32_t sequence, row, agree; /* row in the context's hints; agree -1: no draft */
} hint;

static hint hint_of(const mg_writer_config *c, const mg_follow *at) {
    const int32_t each = mg_aligned_slots(c) * c->latent_tokens,
                  row = at->rows ? at->rows[at->draft.place] : row_of(c, at->own);
    const int agree = at->draft.agree < MG_ALIGNED_AGREE ? at->draft.agree : MG_ALIGNED_AGREE;
    return (hint){at->sequence, row < 0 ? -1 : at->sequence * each + row, at->rows ? agree : -1};
}

static mg_tensor *hints_at(mg_tape *t, const mg_aligned *m, const mg_context *context,
                           const hint *at, int64_t n) {
    int32_t *ids = mg_tape_alloc(t, (size_t)(4 * n + 1) * sizeof *ids);
    if (!ids || !context->hints || !context->whole) return NULL;
    bool drafts = false;
    for (int64_t i = 0; i < n; i++) {
        ids[i] = at[i].sequence;
        ids[n + i] = at[i].row;
        ids[2 * n + i] = at[i].agree;
        ids[3 * n + i] = at[i].agree < 0 ? -1 : 0;
        drafts = drafts || at[i].agree >= 0;
    }
    mg_tensor *y = mg_add(t, mg_rows_at(t, context->whole, ids, n),
                          mg_rows_at_some(t, context->hints, ids + n, n));
    if (!drafts && !mg_tape_is_training(t)) return y;
    y = mg_add(t, y, mg_rows_at_some(t, m->agree, ids + 2 * n, n));
    return mg_add(t, y, mg_rows_at_some(t, m->draft, ids + 3 * n, n));
}

mg_tensor *mg_follower_hints(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                             const mg_follower *f, const mg_context *context) {
    hint *at = mg_tape_alloc(t, (size_t)(f->n + 1) * sizeof *at);
    for (int64_t i = 0; at && i < f->n; i++) at[i] = hint_of(c, &f->at[i]);
    return at ? hints_at(t, m, context, at, f->n) : NULL;
}

mg_tensor *mg_aligned_hints(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                            const mg_context *context, const mg_writer_target *target) {
    const int32_t n = target->offsets[target->n];
    mg_follower *f = mg_follower_start(t, m, c, context->in, NULL, target->n);
    hint *at = mg_tape_alloc(t, ((size_t)n + 1) * sizeof *at);
    if (!f || !at) return NULL;
    for (int64_t s = 0; s < target->n; s++)
        for (int32_t i = target->offsets[s]; i < target->offsets[s + 1]; i++) {
            /* the first one is <s> */
            if (i > target->offsets[s]) mg_follower_push(m, c, f, s, target->ids[i]);
            at[i] = hint_of(c, &f->at[s]);
        }
    return hints_at(t, m, context, at, n);
}
