/* writer.c - the writer: an encoder of word pieces and SMILES tokens, a bottleneck that may be
 * absent, and a decoder of SMILES tokens.
 *
 *   states  = encoder(input)                              [tokens, hidden]
 *   z       = LN(Wz attend(Wq Q, Wkv states)) + noise     [n*K, latent_dim]; Q: K learnt queries
 *   context = states                                      without latents; with copy see copy.c
 *           = Wm z + P                                    P: a learnt row for each of K places
 *   loss    = cross-entropy of decoder(<s> s1 s2 .. | context) against s1 s2 .. </s>
 *
 *   pooled  = unit(Wp mean of a sequence's states)        with captions: texts near their molecules
 *   levels  = three levels of sets of states              with align: model/atomas/align.h
 *   context = W2 relu(W1 v), then states                  with graph_row, v: the vector of the
 *                                                         molecule to be described
 *
 * With latent_tokens slots.c makes z and context; with aligned too aligned.c, and there is no
 * transformer. LN has no parameters that are trained away from 1
 * and 0, so every latent token has mean 0 and variance 1 over its dimensions: noise of a given size
 * means the same everywhere, and a diffusion model finds the scale it wants.
 */
#include "model/writer/writer.h"

#include "model/writer/aligned.h"
#include "model/writer/copy.h"
#include "model/writer/slots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LATENT_EPS 1e-5f
#define POOL_EPS   1e-6f
#define LOG_SCALE  2.6592600f /* log(1 / 0.07) */
#define MAX_SCALE  100.0f

struct mg_writer {
    mg_writer_config c;
    mg_transformer *encoder;
    mg_decoder *decoder;
    mg_tensor *queries; /* [K, hidden] */
    /* hidden -> 2 hidden, hidden -> latent_dim, latent_dim -> hidden */
    mg_dense kv, squeeze, widen;
    mg_tensor *places;  /* [K, hidden] */
    mg_slots slots;     /* with latent_tokens, instead of the four above */
    mg_aligned aligned; /* with aligned */
    mg_copy copy;
    mg_tensor *pool, *scale; /* of the contrast [hidden, hidden], [1,1]; NULL: no captions */
    mg_align *align;         /* or NULL */
    mg_projector graph;      /* with graph_row */
    mg_lnorm unit;           /* frozen 1 and 0 */
};

/* ---- declaration ---- */

static void declare_bottleneck(mg_writer *m, mg_params *p) {
    const int64_t hidden = m->c.encoder.hidden, k = m->c.latents, dim = m->c.latent_dim;
    if (k == 0) return;
    if (m->c.latent_tokens > 0)
        mg_slots_declare(&m->slots, p, &m->c);
    else {
        m->queries = mg_params_add(p, "latent.queries", k, hidden, MG_INIT_NORMAL, 1,
                                   MG_PARAM_DECAY);
        mg_dense_init(&m->kv, p, "latent.kv", hidden, 2 * hidden, true);
        mg_dense_init(&m->squeeze, p, "latent.squeeze", hidden, dim, true);
        mg_dense_init(&m->widen, p, "latent.widen", dim, hidden, true);
        m->places = mg_params_add(p, "latent.places", k, hidden, MG_INIT_NORMAL, 1, MG_PARAM_DECAY);
    }
    m->unit.gamma = mg_params_add(p, "latent.unit.weight", 1, dim, MG_INIT_ONE, 0, MG_PARAM_FROZEN);
    m->unit.beta = mg_params_add(p, "latent.unit.bias", 1, dim, MG_INIT_ZERO, 0, MG_PARAM_FROZEN);
    m->unit.eps = LATENT_EPS;
}

mg_writer *mg_writer_new(mg_params *p, const mg_writer_config *c, molglot_error *err) {
    if (mg_writer_config_check(c, err)) return NULL;
    mg_writer *m = calloc(1, sizeof *m);
    if (m) m->c = *c;
    if (!m || (c->aligned == 0 && !(m->encoder = mg_transformer_new(p, "encoder", &c->encoder))) ||
        !(m->decoder = mg_decoder_new(p, "decoder", &c->decoder)) ||
        (c->aligned > 0 && !mg_aligned_declare(&m->aligned, p, c))) {
        mg_writer_free(m);
        mg_no_memory(err, "the model");
        return NULL;
    }
    if (c->aligned == 0) declare_bottleneck(m, p);
    if (c->copy) mg_copy_declare(&m->copy, p, c, mg_decoder_words(m->decoder));
    if (c->captions) {
        m->pool = mg_params_add(p, "pool.weight", c->encoder.hidden, c->encoder.hidden,
                                MG_INIT_XAVIER, 1, MG_PARAM_DECAY);
        m->scale = mg_params_add(p, "pool.log_scale", 1, 1, MG_INIT_CONST, LOG_SCALE, 0);
    }
    if (c->graph_row)
        mg_projector_init(&m->graph, p, "graph_projector", c->space, c->encoder.hidden);
    if (c->align) {
        const mg_align_config align = mg_align_ours(c->encoder.hidden);
        if (!(m->align = mg_align_new(p, "align.", &align, err))) {
            mg_writer_free(m);
            return NULL;
        }
    }
    return m;
}

void mg_writer_free(mg_writer *m) {
    if (!m) return;
    mg_transformer_free(m->encoder);
    mg_decoder_free(m->decoder);
    mg_align_free(m->align);
    mg_aligned_free(&m->aligned);
    free(m);
}

const mg_writer_config *mg_writer_get_config(const mg_writer *m) { return &m->c; }
const mg_decoder *mg_writer_decoder(const mg_writer *m) { return m->decoder; }
const mg_copy *mg_writer_copying(const mg_writer *m) { return m->c.copy ? &m->copy : NULL; }
const mg_slots *mg_writer_slots(const mg_writer *m) {
    return m->c.latent_tokens > 0 && m->c.aligned == 0 ? &m->slots : NULL;
}
const mg_aligned *mg_writer_aligned(const mg_writer *m) {
    return m->c.aligned > 0 ? &m->aligned : NULL;
}

int mg_writer_learn_tokens(mg_writer *m, const mg_smiles_vocab *v, molglot_error *err) {
    return m->c.aligned == 0 || mg_grammar_read(&m->aligned.grammar, v)
               ? MOLGLOT_OK
               : mg_no_memory(err, "the vocabulary");
}

mg_tensor *mg_writer_turn(mg_tape *t, const mg_writer *m, const float *vectors, int64_t n) {
    if (m->c.aligned > 0) return mg_aligned_turn(t, &m->aligned, &m->c, vectors, n);
    mg_tape_fail(t, "writer: this model's latents are not aligned");
    return NULL;
}

/* ---- the bottleneck ---- */

static mg_tensor *encode(mg_tape *t, const mg_writer *m, const mg_writer_input *in) {
    if (!m->encoder) {
        mg_tape_fail(t, "writer: a model of aligned latents has no states");
        return NULL;
    }
    return mg_transformer_forward(t, m->encoder, in->ids, in->positions,
                                  (mg_seqs){in->n, in->offsets});
}

/* What the queries find in the states, [n*K, latent_dim]. */
static mg_tensor *ask(mg_tape *t, const mg_writer *m, mg_tensor *states,
                      const mg_writer_input *in) {
    const mg_seqs parts = {in->n, mg_rows_offsets(t, in->n, m->c.latents)};
    if (!parts.offsets) return NULL;
    mg_tensor *kv = mg_dense_forward(t, &m->kv, states, MG_ACT_NONE);
    mg_tensor *pooled = mg_cross_attention(t, mg_rows_repeat(t, m->queries, in->n * m->c.latents),
                                           kv, parts, (mg_seqs){in->n, in->offsets},
                                           m->c.encoder.heads, 0);
    return mg_dense_forward(t, &m->squeeze, pooled, MG_ACT_NONE);
}

/* Noise in its two sizes, and what is to stay. */
static mg_tensor *disturb(mg_tape *t, const mg_writer_config *c, mg_tensor *z, const float *noise,
                          const float *keep) {
    const int first = mg_aligned_first(c);
    const int64_t n = z ? z->rows * z->cols : 0;
    float *x = mg_tape_alloc(t, (size_t)(2 * n + 1) * sizeof *x);
    if (!z || !x) return NULL;
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = i / c->latent_dim;
        if (noise)
            x[i] = noise[i] * (row % c->latents < first ? c->aligned_noise : c->latent_noise);
        if (keep) x[n + i] = keep[row];
    }
    if (noise) z = mg_add(t, z, mg_input(t, x, z->rows, z->cols, false));
    return keep ? mg_mul(t, z, mg_input(t, x + n, z->rows, z->cols, false)) : z;
}

mg_tensor *mg_writer_latents(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                             const float *noise) {
    if (m->c.latents == 0) {
        mg_tape_fail(t, "writer: this model has no latents");
        return NULL;
    }
    if (m->c.aligned > 0)
        return disturb(t, &m->c, mg_aligned_latents(t, &m->aligned, &m->c, in), noise, in->keep);
    mg_tensor *states = encode(t, m, in);
    mg_tensor *z = m->c.latent_tokens > 0 ? mg_slots_squeeze(t, &m->slots, &m->c, states, in)
                                          : ask(t, m, states, in);
    z = mg_lnorm_forward(t, &m->unit, z, NULL);
    if (!z || !noise || m->c.latent_noise <= 0) return z;
    return mg_add(t, z,
                  mg_scale(t, mg_input(t, noise, z->rows, z->cols, false), m->c.latent_noise));
}

mg_context mg_writer_context_of(mg_tape *t, const mg_writer *m, mg_tensor *latents) {
    mg_context context = {0};
    if (!latents || m->c.latents == 0 || latents->rows % m->c.latents ||
        latents->cols != m->c.latent_dim) {
        mg_tape_fail(t, "writer: latents do not fit the model's %d x %d", m->c.latents,
                     m->c.latent_dim);
        return context;
    }
    if (m->c.aligned > 0) return mg_aligned_context(t, &m->aligned, &m->c, latents);
    const int64_t n = latents->rows / m->c.latents;
    const bool slots = m->c.latent_tokens > 0;
    context.seqs = (mg_seqs){
        n, mg_rows_offsets(t, n, (int64_t)m->c.latents * (slots ? m->c.latent_tokens : 1))};
    if (!context.seqs.offsets) return context;
    if (slots)
        context.rows = mg_slots_widen(t, &m->slots, &m->c, latents);
    else
        context.rows = mg_add(t, mg_dense_forward(t, &m->widen, latents, MG_ACT_NONE),
                              mg_rows_repeat(t, m->places, n * m->c.latents));
    return context;
}

mg_tensor *mg_writer_states(mg_tape *t, const mg_writer *m, const mg_writer_input *in) {
    return encode(t, m, in);
}

mg_context mg_writer_context_from(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                                  mg_tensor *states) {
    mg_context context = {.rows = m->c.copy ? mg_copy_memory(t, &m->copy, &m->c, states, in)
                                            : states,
                          .seqs = {in->n, in->offsets},
                          .in = in};
    if (m->c.graph_row && in->space)
        context.rows = mg_rows_behind(t, mg_projector_forward(t, &m->graph, in->space, in->n),
                                      context.rows, context.seqs, &context.seqs);
    return context;
}

mg_context mg_writer_context(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                             const float *noise) {
    if (m->c.latents > 0) {
        mg_context context = mg_writer_context_of(t, m, mg_writer_latents(t, m, in, noise));
        if (m->c.aligned > 0) context.in = in;
        return context;
    }
    return mg_writer_context_from(t, m, in, encode(t, m, in));
}

/* ---- contrast ---- */

/* The tokens of sequences which[0..n) of an input, one sequence after the other; ids are rows of
 * its states. False: the tape has failed. */
static bool pick(mg_tape *t, const mg_writer_input *in, const int32_t *which, int64_t n,
                 mg_seqs *out, const int32_t **rows) {
    int32_t total = 0;
    for (int64_t i = 0; i < n; i++) total += in->offsets[which[i] + 1] - in->offsets[which[i]];
    int32_t *offsets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *offsets),
            *ids = mg_tape_alloc(t, (size_t)(total + 1) * sizeof *ids);
    if (!offsets || !ids) return false;
    offsets[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        const int32_t from = in->offsets[which[i]], size = in->offsets[which[i] + 1] - from;
        for (int32_t k = 0; k < size; k++) ids[offsets[i] + k] = from + k;
        offsets[i + 1] = offsets[i] + size;
    }
    *out = (mg_seqs){n, offsets};
    *rows = ids;
    return true;
}

mg_tensor *mg_writer_pool(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                          mg_tensor *states, const int32_t *which, int64_t n) {
    mg_seqs own;
    const int32_t *ids;
    if (!m->pool) {
        mg_tape_fail(t, "writer: this model has no pooled states");
        return NULL;
    }
    if (!pick(t, in, which, n, &own, &ids)) return NULL;
    float *weights = mg_tape_alloc(t, (size_t)(own.offsets[n] + 1) * sizeof *weights);
    if (!weights) return NULL;
    for (int64_t i = 0; i < n; i++)
        for (int32_t k = own.offsets[i]; k < own.offsets[i + 1]; k++)
            weights[k] = 1.0f / (float)(own.offsets[i + 1] - own.offsets[i]);
    mg_tensor *mean = mg_gather_sum(
        t, states, (mg_csr){.n = n, .offsets = own.offsets, .ids = ids, .weights = weights});
    return mg_normalize(t, mg_linear(t, mean, m->pool, NULL, MG_ACT_NONE), POOL_EPS);
}

mg_tensor *mg_writer_contrast(mg_tape *t, const mg_writer *m, mg_tensor *texts,
                              mg_tensor *molecules, const int32_t *groups) {
    return mg_infonce(t, texts, molecules, m->scale, 1, MAX_SCALE, groups, 0);
}

/* ---- alignment ---- */

bool mg_writer_levels(mg_tape *t, const mg_writer *m, mg_align_side side, const mg_writer_input *in,
                      mg_tensor *states, const int32_t *which, int64_t n,
                      mg_align_level out[MG_ALIGN_LEVELS]) {
    mg_seqs own;
    const int32_t *ids;
    if (!m->align) {
        mg_tape_fail(t, "writer: this model aligns no tokens");
        return false;
    }
    if (!pick(t, in, which, n, &own, &ids)) return false;
    mg_tensor *rows = mg_rows_at(t, states, ids, own.offsets[n]);
    return rows && mg_align_levels(t, m->align, side, rows, own, NULL, out);
}

mg_tensor *mg_writer_align(mg_tape *t, const mg_writer *m,
                           const mg_align_level texts[MG_ALIGN_LEVELS],
                           const mg_align_level molecules[MG_ALIGN_LEVELS], const int32_t *groups) {
    mg_align_loss loss;
    return mg_align_haa(t, m->align, texts, molecules, groups, &loss) ? loss.total : NULL;
}

/* ---- loss ---- */

mg_tensor *mg_writer_logits(mg_tape *t, const mg_writer *m, const mg_context *context,
                            const mg_writer_target *target) {
    mg_decoder_beside beside = {.words = target->words};
    if (target->words && !m->c.captions) {
        mg_tape_fail(t, "writer: this model writes no captions");
        return NULL;
    }
    if (m->c.copy) beside = mg_copy_beside(t, &m->copy, &m->c, context, target);
    if (m->c.aligned > 0)
        beside.hints = mg_aligned_hints(t, &m->aligned, &m->c, context, target);
    else if (m->c.latent_tokens > 0)
        beside.hints = mg_slots_hints(t, &m->slots, &m->c, context->rows, target);
    return mg_decoder_forward(t, m->decoder, target->ids, target->positions,
                              (mg_seqs){target->n, target->offsets}, context->rows, context->seqs,
                              beside);
}

/* Captions learn to copy where copying is right. */
static const int32_t *what_is_learnt(mg_tape *t, const mg_writer *m, const mg_context *context,
                                     const mg_writer_target *target) {
    if (!target->words || !m->c.copy) return target->next;
    const int32_t n = target->offsets[target->n], *next = mg_copy_next(t, &m->c, context, target);
    int32_t *y = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *y);
    for (int32_t i = 0; i < n && next && y; i++)
        y[i] = target->next[i] >= 0 && target->next[i] == next[i] ? mg_writer_copy(&m->c)
                                                                  : target->next[i];
    return next ? y : NULL;
}

mg_tensor *mg_writer_loss(mg_tape *t, const mg_writer *m, const mg_context *context,
                          const mg_writer_target *target, float smoothing) {
    mg_tensor *logits = mg_writer_logits(t, m, context, target);
    const int32_t *next = what_is_learnt(t, m, context, target);
    return next ? mg_cross_entropy(t, logits, next, NULL, smoothing) : NULL;
}

/* -log of the probability of `token`; row is changed. */
static double surprise(float *row, int64_t n, int32_t token) {
    double top = -INFINITY, sum = 0;
    for (int64_t k = 0; k < n; k++) top = fmax(top, (double)row[k]);
    for (int64_t k = 0; k < n; k++) sum += exp((double)row[k] - top);
    return log(sum) + top - (double)row[token];
}

int mg_writer_nll(mg_tape *t, const mg_writer *m, const mg_context *context,
                  const mg_writer_target *target, double *out, molglot_error *err) {
    mg_tensor *y = mg_writer_logits(t, m, context, target);
    const float *logits = y ? mg_values(t, y) : NULL;
    const bool folds = target->words && m->c.copy;
    const int32_t *next = folds && logits ? mg_copy_next(t, &m->c, context, target) : NULL;
    float *row = y ? mg_tape_alloc(t, (size_t)y->cols * sizeof *row) : NULL;
    if (!logits || !row || (folds && !next)) return mg_tape_error(t, err);
    for (int64_t s = 0; s < target->n; s++) {
        out[s] = 0;
        for (int32_t i = target->offsets[s]; i < target->offsets[s + 1]; i++) {
            if (target->next[i] < 0) continue;
            memcpy(row, logits + (int64_t)i * y->cols, (size_t)y->cols * sizeof *row);
            if (folds) mg_copy_fold(&m->c, next[i], row);
            out[s] += surprise(row, y->cols, target->next[i]);
        }
    }
    return MOLGLOT_OK;
}
