/* flow_matching.c - our latent diffusion: flow matching over K latent tokens of a molecule, told by
 * a sentence. The network estimates the velocity v from noise e at t = 0 to latents z at t = 1.
 *
 *   z_t = (1 - t) e + t z                              e: standard normal; v = z - e
 *   c   = W2 gelu(W1 sinusoids(1000 t))                [n, d]
 *   h   = Wi z_t + Wm m + place                        [n*K, d]
 *   in each layer (adaLN-zero of DiT, 2212.09748: s, b, g of c start at zero)
 *     h = h + g1 Wo attend(LN(h) (1 + s1) + b1)        among the K tokens of one molecule
 *     h = h + Co attend(LN(h), text states)            to all word pieces of its sentence
 *     h = h + g2 W2 gelu(W1 (LN(h) (1 + s2) + b2))
 *   v   = Wv LN(h)                                     [n*K, latent_dim]
 *
 * m: latents of a molecule near the sentence (config.memory), token beside token, or zeros. Wm and
 * Wv start at zero.
 *
 * The sentence is read by an encoder of its own, trained with the rest. "No sentence" is the text
 * of one reserved word piece and no neighbour, so classifier-free guidance (2207.12598) needs
 * nothing special here: v = v_none + w (v_text - v_none). Sampling follows dz/dt = v from t = 0 to
 * t = 1 by Heun's method.
 */
#include "model/latent/latent.h"
#include "model/writer/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NORM_EPS   1e-5f
#define TIME_SCALE 1000.0

typedef struct layer {
    mg_lnorm self_norm, cross_norm, ffn_norm;
    mg_dense qkv, out, query, kv, cross_out, up, down;
    mg_dense scale[2], shift[2], gate[2]; /* of the self-attention and of the feed-forward part */
} layer;

struct mg_flow_matching {
    mg_flow_matching_config c;
    mg_transformer *text;
    mg_dense in, time[2], out;
    mg_tensor *places; /* [K, d] */
    mg_tensor *near;   /* [d, latent_dim] Wm; NULL without memory */
    mg_lnorm norm;
    layer *layers;
};

/* ---- declaration ---- */

static void zero_dense(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out) {
    char leaf[MG_NAME_MAX];
    l->w = mg_params_add(p, mg_name_under(leaf, name, "weight"), out, in, MG_INIT_ZERO, 0,
                         MG_PARAM_DECAY);
    l->b = mg_params_add(p, mg_name_under(leaf, name, "bias"), 1, out, MG_INIT_ZERO, 0, 0);
}

static void declare_modulation(layer *l, mg_params *p, const char *prefix, int64_t d) {
    static const char *const parts[2] = {"self", "ffn"};
    char leaf[64], name[MG_NAME_MAX];
    for (int k = 0; k < 2; k++) {
        snprintf(leaf, sizeof leaf, "%s.scale", parts[k]);
        zero_dense(&l->scale[k], p, mg_name_under(name, prefix, leaf), d, d);
        snprintf(leaf, sizeof leaf, "%s.shift", parts[k]);
        zero_dense(&l->shift[k], p, mg_name_under(name, prefix, leaf), d, d);
        snprintf(leaf, sizeof leaf, "%s.gate", parts[k]);
        zero_dense(&l->gate[k], p, mg_name_under(name, prefix, leaf), d, d);
    }
}

static void declare_layer(layer *l, mg_params *p, const char *prefix,
                          const mg_flow_matching_config *c) {
    char name[MG_NAME_MAX];
    const int64_t d = c->hidden;
    mg_lnorm_init(&l->self_norm, p, mg_name_under(name, prefix, "self.norm"), d, NORM_EPS);
    mg_dense_init(&l->qkv, p, mg_name_under(name, prefix, "self.qkv"), d, 3 * d, true);
    mg_dense_init(&l->out, p, mg_name_under(name, prefix, "self.out"), d, d, true);
    mg_lnorm_init(&l->cross_norm, p, mg_name_under(name, prefix, "cross.norm"), d, NORM_EPS);
    mg_dense_init(&l->query, p, mg_name_under(name, prefix, "cross.query"), d, d, true);
    mg_dense_init(&l->kv, p, mg_name_under(name, prefix, "cross.kv"), c->text.hidden, 2 * d, true);
    zero_dense(&l->cross_out, p, mg_name_under(name, prefix, "cross.out"), d, d);
    mg_lnorm_init(&l->ffn_norm, p, mg_name_under(name, prefix, "ffn.norm"), d, NORM_EPS);
    mg_dense_init(&l->up, p, mg_name_under(name, prefix, "ffn.up"), d, c->ffn, true);
    mg_dense_init(&l->down, p, mg_name_under(name, prefix, "ffn.down"), c->ffn, d, true);
    declare_modulation(l, p, prefix, d);
}

mg_flow_matching *mg_flow_matching_new(mg_params *p, const mg_flow_matching_config *c,
                                       molglot_error *err) {
    if (mg_flow_matching_config_check(c, err)) return NULL;
    mg_flow_matching *m = calloc(1, sizeof *m);
    if (m) m->c = *c;
    if (!m || !(m->layers = calloc((size_t)c->layers, sizeof *m->layers)) ||
        !(m->text = mg_transformer_new(p, "flow.text", &c->text))) {
        mg_flow_matching_free(m);
        mg_no_memory(err, "the model");
        return NULL;
    }
    mg_dense_init(&m->in, p, "flow.in", c->latent_dim, c->hidden, true);
    mg_dense_init(&m->time[0], p, "flow.time.0", c->hidden, c->hidden, true);
    mg_dense_init(&m->time[1], p, "flow.time.1", c->hidden, c->hidden, true);
    if (c->memory)
        m->near = mg_params_add(p, "flow.memory.weight", c->hidden, c->latent_dim, MG_INIT_ZERO, 0,
                                MG_PARAM_DECAY);
    m->places = mg_params_add(p, "flow.places", c->latents, c->hidden, MG_INIT_NORMAL, 0.02f,
                              MG_PARAM_DECAY);
    for (int i = 0; i < c->layers; i++) {
        char name[64];
        snprintf(name, sizeof name, "flow.layer.%d", i);
        declare_layer(&m->layers[i], p, name, c);
    }
    mg_lnorm_init(&m->norm, p, "flow.norm", c->hidden, NORM_EPS);
    zero_dense(&m->out, p, "flow.out", c->hidden, c->latent_dim);
    return m;
}

void mg_flow_matching_free(mg_flow_matching *m) {
    if (!m) return;
    mg_transformer_free(m->text);
    free(m->layers);
    free(m);
}

const mg_flow_matching_config *mg_flow_matching_get_config(const mg_flow_matching *m) {
    return &m->c;
}

/* ---- the network ---- */

mg_tensor *mg_flow_matching_text(mg_tape *t, const mg_flow_matching *m,
                                 const mg_writer_input *text) {
    return mg_transformer_forward(t, m->text, text->ids, text->positions,
                                  (mg_seqs){text->n, text->offsets});
}

/* c [n, d] of times in [0,1]. */
static mg_tensor *time_rows(mg_tape *t, const mg_flow_matching *m, const float *times, int64_t n) {
    const int half = m->c.hidden / 2;
    float *e = mg_tape_alloc(t, (size_t)(n * m->c.hidden + 1) * sizeof *e);
    if (!e) return NULL;
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < half; k++) {
            const double angle = TIME_SCALE * times[i] * exp(-(double)k * log(10000.0) / half);
            e[i * 2 * half + k] = (float)sin(angle);
            e[i * 2 * half + half + k] = (float)cos(angle);
        }
    mg_tensor *x = mg_dense_forward(t, &m->time[0], mg_input(t, e, n, 2 * half, false),
                                    MG_ACT_GELU);
    return mg_dense_forward(t, &m->time[1], x, MG_ACT_GELU);
}

/* x (1 + scale(c)) + shift(c), c's rows spread over the tokens. */
static mg_tensor *modulate(mg_tape *t, const layer *l, int part, mg_tensor *x, mg_tensor *c,
                           const mg_csr *to_tokens) {
    mg_tensor *scale = mg_gather_sum(t, mg_dense_forward(t, &l->scale[part], c, MG_ACT_NONE),
                                     *to_tokens);
    mg_tensor *shift = mg_gather_sum(t, mg_dense_forward(t, &l->shift[part], c, MG_ACT_NONE),
                                     *to_tokens);
    return mg_add(t, mg_add(t, x, mg_mul(t, x, scale)), shift);
}

static mg_tensor *gated(mg_tape *t, const layer *l, int part, mg_tensor *h, mg_tensor *y,
                        mg_tensor *c, const mg_csr *to_tokens) {
    return mg_add(
        t, h,
        mg_mul(t, y,
               mg_gather_sum(t, mg_dense_forward(t, &l->gate[part], c, MG_ACT_NONE), *to_tokens)));
}

/* What the molecules of a call are told: word pieces' states, or (sampler) their keys and values at
 * every layer, [layers] apart by head, of which all molecules read the one sentence. */
typedef struct told {
    mg_tensor *states, **kv;
    /* sentences; without kv, the tokens of the molecules that are told each */
    mg_seqs seqs, askers;
    const int32_t *source; /* with kv */
} told;

static mg_tensor *hear(mg_tape *t, const mg_flow_matching *m, int at, mg_tensor *query,
                       mg_seqs parts, const told *w) {
    if (w->kv)
        return mg_shared_attention(t, query, w->kv[at], parts, w->seqs, w->source, m->c.heads);
    return mg_cross_attention(t, query,
                              mg_dense_forward(t, &m->layers[at].kv, w->states, MG_ACT_NONE),
                              w->askers, w->seqs, m->c.heads, 0);
}

static mg_tensor *run_layer(mg_tape *t, const mg_flow_matching *m, int at, mg_tensor *h,
                            mg_tensor *c, const mg_csr *to_tokens, mg_seqs parts, const told *w) {
    const layer *l = &m->layers[at];
    const int heads = m->c.heads;
    mg_tensor *x = modulate(t, l, 0, mg_lnorm_forward(t, &l->self_norm, h, NULL), c, to_tokens);
    mg_tensor *y = mg_attention(t, mg_dense_forward(t, &l->qkv, x, MG_ACT_NONE), parts, heads, 0,
                                false);
    h = gated(t, l, 0, h, mg_dense_forward(t, &l->out, y, MG_ACT_NONE), c, to_tokens);
    mg_tensor *query = mg_dense_forward(t, &l->query, mg_lnorm_forward(t, &l->cross_norm, h, NULL),
                                        MG_ACT_NONE);
    y = hear(t, m, at, query, parts, w);
    h = mg_add(t, h, mg_dense_forward(t, &l->cross_out, y, MG_ACT_NONE));
    x = modulate(t, l, 1, mg_lnorm_forward(t, &l->ffn_norm, h, NULL), c, to_tokens);
    y = mg_dense_forward(t, &l->down, mg_dense_forward(t, &l->up, x, MG_ACT_GELU), MG_ACT_NONE);
    return gated(t, l, 1, h, y, c, to_tokens);
}

/* Of n molecules. */
static mg_tensor *velocity_of(mg_tape *t, const mg_flow_matching *m, mg_tensor *z, int64_t n,
                              const float *near, const float *times, const told *w) {
    const int k = m->c.latents;
    mg_csr to_tokens;
    if (z && (z->cols != m->c.latent_dim || z->rows != n * k)) {
        mg_tape_fail(t, "flow: latents [%lld,%lld] are not %lld x %d tokens of %d",
                     (long long)z->rows, (long long)z->cols, (long long)n, k, m->c.latent_dim);
        return NULL;
    }
    const mg_seqs parts = {n, mg_rows_offsets(t, n, k)};
    if (!parts.offsets || !mg_rows_each(t, n, k, &to_tokens)) return NULL;
    mg_tensor *c = time_rows(t, m, times, n);
    mg_tensor *h = mg_add(t, mg_dense_forward(t, &m->in, z, MG_ACT_NONE),
                          mg_rows_repeat(t, m->places, n * k));
    if (near && m->near)
        h = mg_add(t, h,
                   mg_linear(t, mg_input(t, near, n * k, m->c.latent_dim, false), m->near, NULL,
                             MG_ACT_NONE));
    for (int i = 0; i < m->c.layers; i++) h = run_layer(t, m, i, h, c, &to_tokens, parts, w);
    return mg_dense_forward(t, &m->out, mg_lnorm_forward(t, &m->norm, h, NULL), MG_ACT_NONE);
}

/* `draws` molecules a sentence, one after another. */
static mg_tensor *velocity_told(mg_tape *t, const mg_flow_matching *m, mg_tensor *z, int draws,
                                const float *near, const float *times, mg_tensor *states,
                                mg_seqs seqs) {
    const mg_seqs askers = {seqs.n, mg_rows_offsets(t, seqs.n, (int64_t)draws * m->c.latents)};
    if (!askers.offsets) return NULL;
    return velocity_of(t, m, z, seqs.n * draws, near, times,
                       &(told){.states = states, .seqs = seqs, .askers = askers});
}

mg_tensor *mg_flow_matching_velocity(mg_tape *t, const mg_flow_matching *m, mg_tensor *z,
                                     const float *near, const float *times, mg_tensor *states,
                                     mg_seqs seqs) {
    return velocity_told(t, m, z, 1, near, times, states, seqs);
}

/* ---- loss ---- */

mg_tensor *mg_flow_matching_loss(mg_tape *t, const mg_flow_matching *m, const float *z, int draws,
                                 const float *noise, const float *times,
                                 const mg_writer_input *text, const float *near) {
    const int64_t n = text->n * draws, rows = n * m->c.latents,
                  each = (int64_t)m->c.latents * m->c.latent_dim;
    const size_t floats = (size_t)(n * each + 1);
    float *at = mg_tape_alloc(t, floats * sizeof *at), *v = mg_tape_alloc(t, floats * sizeof *v),
          *shown = mg_tape_alloc(t, floats * sizeof *shown);
    if (!at || !v || !shown) return NULL;
    for (int64_t i = 0; i < n * each; i++) {
        const int64_t of = i / each / draws * each + i % each;
        const float s = times[i / each];
        at[i] = (1 - s) * noise[i] + s * z[of];
        v[i] = z[of] - noise[i];
        shown[i] = near ? near[of] : 0;
    }
    mg_tensor *states = mg_flow_matching_text(t, m, text),
              *x = mg_input(t, at, rows, m->c.latent_dim, false);
    mg_tensor *estimate = velocity_told(t, m, x, draws, near ? shown : NULL, times, states,
                                        (mg_seqs){text->n, text->offsets});
    return mg_squared_error(t, estimate, mg_input(t, v, rows, m->c.latent_dim, false));
}

/* ---- sampling ---- */

typedef struct sampler {
    mg_tape *t;
    const mg_flow_matching *m;
    told told[2];         /* the sentences, no sentence */
    const float *near[2]; /* NULL: none */
    float guidance;
    int64_t n, count; /* molecules, numbers */
    float *times;     /* [n] */
} sampler;

/* v (host) at z and time s; what the tape made is forgotten. */
static int velocity(sampler *s, const float *z, float time, float *v, molglot_error *err) {
    const int both = s->guidance == 1 ? 1 : 2;
    memset(v, 0, (size_t)s->count * sizeof *v);
    for (int64_t i = 0; i < s->n; i++) s->times[i] = time;
    for (int k = 0; k < both; k++) {
        const float weight = both == 1 ? 1 : k == 0 ? s->guidance : 1 - s->guidance;
        size_t mark = mg_tape_mark(s->t);
        mg_tensor *x = mg_input(s->t, z, s->n * s->m->c.latents, s->m->c.latent_dim, false);
        mg_tensor *y = velocity_of(s->t, s->m, x, s->n, s->near[k], s->times, &s->told[k]);
        const float *values = y ? mg_values(s->t, y) : NULL;
        for (int64_t i = 0; values && i < s->count; i++) v[i] += weight * values[i];
        if (mg_tape_error(s->t, err)) return mg_tape_error(s->t, err);
        mg_tape_release(s->t, mark);
    }
    return MOLGLOT_OK;
}

/* Heun's method: the step is made with the mean of the velocities at both ends. */
static int solve(sampler *s, int steps, float start, float *z, float *work, molglot_error *err) {
    float *v = work, *v2 = work + s->count, *ahead = work + 2 * s->count;
    const float h = (1 - start) / (float)steps;
    int code = MOLGLOT_OK;
    for (int i = 0; i < steps && !code; i++) {
        code = velocity(s, z, start + (float)i * h, v, err);
        for (int64_t j = 0; j < s->count; j++) ahead[j] = z[j] + h * v[j];
        if (!code) code = velocity(s, ahead, start + (float)(i + 1) * h, v2, err);
        for (int64_t j = 0; j < s->count; j++) z[j] += 0.5f * h * (v[j] + v2[j]);
    }
    return code;
}

/* Reads the sentences once for all steps; molecule i is told sentence i mod their number. */
static bool listen(const sampler *s, const mg_writer_input *text, told *out) {
    mg_tape *t = s->t;
    int32_t *source = mg_tape_alloc(t, (size_t)(s->n + 1) * sizeof *source);
    mg_tensor **kv = mg_tape_alloc(t, (size_t)s->m->c.layers * sizeof(mg_tensor *)),
              *states = mg_flow_matching_text(t, s->m, text);
    if (!source || !kv) return false;
    for (int64_t i = 0; i < s->n; i++) source[i] = (int32_t)(i % text->n);
    for (int i = 0; i < s->m->c.layers; i++)
        kv[i] = mg_heads_apart(t, mg_dense_forward(t, &s->m->layers[i].kv, states, MG_ACT_NONE),
                               s->m->c.heads);
    *out = (told){.kv = kv, .seqs = {text->n, text->offsets}, .source = source};
    return mg_tape_ok(t);
}

int mg_flow_matching_sample(mg_tape *t, const mg_flow_matching *m,
                            const mg_flow_matching_options *o, int64_t n,
                            const mg_writer_input *text, const mg_writer_input *none,
                            const float *near, float *z, molglot_error *err) {
    sampler s = {.t = t,
                 .m = m,
                 .guidance = o->guidance,
                 .n = n,
                 .count = n * m->c.latents * m->c.latent_dim,
                 .near = {near, NULL}};
    if (!(o->start >= 0 && o->start < 1))
        return mg_fail(err, MOLGLOT_USAGE, "flow: a start at time %g lies outside of [0, 1)",
                       (double)o->start);
    if (o->steps < 1 || text->n < 1 || none->n < 1)
        return mg_fail(err, MOLGLOT_USAGE, "flow: %d steps, %lld sentences and %lld empty ones",
                       o->steps, (long long)text->n, (long long)none->n);
    float *work = malloc(((size_t)(3 * s.count) + (size_t)n) * sizeof *work);
    if (!work) return mg_no_memory(err, "%lld latents", (long long)n);
    s.times = work + 3 * s.count;
    mg_tape_reset(t);
    mg_tape_record(t, false);
    mg_tape_training(t, false);
    const bool heard = listen(&s, text, &s.told[0]) &&
                       (o->guidance == 1 || listen(&s, none, &s.told[1]));
    int code = heard ? MOLGLOT_OK : mg_tape_error(t, err);
    if (!code) code = solve(&s, o->steps, o->start, z, work, err);
    free(work);
    return code;
}
