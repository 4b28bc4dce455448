/* align.c - hierarchical alignment: the parts' parameters, the levels of one modality (APM), and
 * the losses between the levels of two (WAM). Formulas and shapes: docs/models/atomas.md.
 *
 * APM, level l (X [n,d]) to l + 1, a sequence at a time:
 *     Y = LayerNorm(X + conv3(X));  score = Y w + b  [n,1]
 *     ids = DPC-kNN(Y);  Z = weighted means of Y by ids, weights from score  [sets,d]
 *     out = Z + proj(attention of LN(Z) to LN(Y), score added to each key's logit)
 */
#include "model/atomas/align_parts.h"

#include <math.h>
#include <stdlib.h>

#define APM_EPS      1e-5f
#define MERGE_FLOOR  1e-6f
#define START_TEMP   0.07f /* 1 / 0.07 is the scale both contrasts begin with */
#define SCORE_COLS   1
#define LENGTH_FIRST 8 /* sets of level 1, at least, where there are tokens for them */
#define LENGTH_LEAST 4 /* of level 2 */
#define LENGTH_MOST  8

/* ---- configurations ---- */

mg_align_config mg_align_published(int dim, int positions) {
    return (mg_align_config){.dim = dim,
                             .heads = 8,
                             .neighbours = 3,
                             .ratio = {0.25f, 0.5f},
                             .raw_weights = true,
                             .batch_distance = true,
                             .strict_density = true,
                             .noise = 1e-6f,
                             .max_scale = 1e30f,
                             .level_weight = {1, 1, 1},
                             .pooling = MG_POOL_POSITIONS,
                             .positions = positions,
                             .soft = 0.4f};
}

mg_align_config mg_align_ours(int dim) {
    return (mg_align_config){.dim = dim,
                             .heads = 8,
                             .neighbours = 3,
                             .ratio = {0.25f, 0.25f},
                             .lengths = true,
                             .max_scale = 100.0f,
                             .level_weight = {1, 1, 1},
                             .pooling = MG_POOL_ATTENTION,
                             .log_scale = true,
                             .soft = 0.4f};
}

static int config_check(const mg_align_config *c, molglot_error *err) {
    const bool sizes = c->dim > 0 && c->heads > 0 && c->dim % c->heads == 0 && c->hidden >= 0 &&
                       c->neighbours >= 1 && c->neighbours <= 16;
    const bool ratios = c->ratio[0] > 0 && c->ratio[0] <= 1 && c->ratio[1] > 0 && c->ratio[1] <= 1;
    const bool rest = c->noise >= 0 && c->max_scale > 0 && c->soft >= 0 && c->soft <= 1 &&
                      (c->pooling != MG_POOL_POSITIONS || c->positions > 0);
    if (sizes && ratios && rest) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "alignment: dim %d, heads %d, hidden %d, neighbours %d, ratios %g and %g, "
                   "positions %d cannot be",
                   c->dim, c->heads, c->hidden, c->neighbours, (double)c->ratio[0],
                   (double)c->ratio[1], c->positions);
}

/* ---- parameters ---- */

/* prefix.(text|smiles)TAIL, or with t and s for short */
static const char *side_name(char out[MG_NAME_MAX], const char *prefix, int side, bool brief,
                             const char *tail) {
    char leaf[MG_NAME_MAX];
    snprintf(leaf, sizeof leaf, "%s%s",
             brief ? (side == MG_ALIGN_TEXT ? "t" : "s")
                   : (side == MG_ALIGN_TEXT ? "text" : "smiles"),
             tail);
    return mg_name_under(out, prefix, leaf);
}

/* TCBlock's linears begin small. */
static void small_dense(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out) {
    char own[MG_NAME_MAX];
    l->w = mg_params_add(p, mg_name_under(own, name, "weight"), out, in, MG_INIT_NORMAL, 0.02f,
                         MG_PARAM_DECAY);
    l->b = mg_params_add(p, mg_name_under(own, name, "bias"), 1, out, MG_INIT_ZERO, 0, 0);
}

static void declare_apm(mg_apm *a, mg_params *p, const char *prefix, int side, int level, int d) {
    char tail[32], base[MG_NAME_MAX], name[MG_NAME_MAX];
    snprintf(tail, sizeof tail, "_ctm%d", level);
    side_name(base, prefix, side, true, tail);
    a->conv = mg_params_add(p, mg_name_under(name, base, "conv.conv.weight"), d, 3 * (int64_t)d,
                            MG_INIT_LINEAR, 0, MG_PARAM_DECAY);
    mg_lnorm_init(&a->norm, p, mg_name_under(name, base, "norm"), d, APM_EPS);
    mg_dense_init(&a->score, p, mg_name_under(name, base, "score"), d, SCORE_COLS, true);
    snprintf(tail, sizeof tail, "_block%d", level);
    side_name(base, prefix, side, true, tail);
    mg_lnorm_init(&a->block, p, mg_name_under(name, base, "norm1"), d, APM_EPS);
    small_dense(&a->q, p, mg_name_under(name, base, "attn.q"), d, d);
    small_dense(&a->kv, p, mg_name_under(name, base, "attn.kv"), d, 2 * (int64_t)d);
    small_dense(&a->proj, p, mg_name_under(name, base, "attn.proj"), d, d);
}

static void declare_wam(mg_wam *w, mg_params *p, const char *prefix, int side, int level, int d,
                        int hidden) {
    char tail[32], base[MG_NAME_MAX], name[MG_NAME_MAX];
    snprintf(tail, sizeof tail, "_weight_fc_%d", level);
    side_name(base, prefix, side, false, tail);
    mg_dense_init(&w->first, p, mg_name_under(name, base, "0"), d, hidden, true);
    mg_dense_init(&w->second, p, mg_name_under(name, base, "2"), hidden, 1, true);
}

static void declare_pool(mg_align *m, mg_params *p, const char *prefix, int side) {
    char base[MG_NAME_MAX], name[MG_NAME_MAX];
    const int64_t in = m->c.pooling == MG_POOL_POSITIONS ? m->c.positions : m->c.dim;
    if (m->c.pooling == MG_POOL_MEAN) return;
    mg_dense_init(&m->pool[side], p, side_name(base, prefix, side, false, "_linear"), in, 1, true);
    side_name(base, prefix, side, false, "_linear_m");
    m->slow[side].w = mg_params_add(p, mg_name_under(name, base, "weight"), 1, in, MG_INIT_ZERO, 0,
                                    MG_PARAM_BUFFER);
    m->slow[side].b = mg_params_add(p, mg_name_under(name, base, "bias"), 1, 1, MG_INIT_ZERO, 0,
                                    MG_PARAM_BUFFER);
}

mg_align *mg_align_new(mg_params *p, const char *prefix, const mg_align_config *c,
                       molglot_error *err) {
    char name[MG_NAME_MAX];
    if (config_check(c, err)) return NULL;
    mg_align *m = calloc(1, sizeof *m);
    if (!m) {
        mg_no_memory(err, "the alignment");
        return NULL;
    }
    m->c = *c;
    if (m->c.hidden == 0) m->c.hidden = 2 * c->dim;
    for (int side = 0; side < 2; side++) {
        for (int l = 0; l < MG_ALIGN_LEVELS; l++)
            declare_wam(&m->wam[side][l], p, prefix, side, l, c->dim, m->c.hidden);
        for (int l = 0; l + 1 < MG_ALIGN_LEVELS; l++)
            declare_apm(&m->apm[side][l], p, prefix, side, l + 1, c->dim);
        declare_pool(m, p, prefix, side);
    }
    const float start = c->log_scale ? logf(1.0f / START_TEMP) : START_TEMP;
    m->temp = mg_params_add(p, mg_name_under(name, prefix, "temp"), 1, 1, MG_INIT_CONST, start, 0);
    m->logit_scale = mg_params_add(p, mg_name_under(name, prefix, "logit_scale"), 1, 1,
                                   MG_INIT_CONST, logf(1.0f / START_TEMP), 0);
    return m;
}

void mg_align_free(mg_align *m) { free(m); }
const mg_align_config *mg_align_config_of(const mg_align *m) { return &m->c; }

/* ---- levels ---- */

/* Sets of level l + 1 out of n rows. */
static int32_t sets_of(const mg_align_config *c, int l, int32_t n) {
    if (n == 0) return 0;
    int32_t sets = (int32_t)ceilf((float)n * c->ratio[l] - 1e-4f), least = 1, most = n;
    if (c->lengths && l == 0) least = LENGTH_FIRST;
    if (c->lengths && l == 1) {
        least = LENGTH_LEAST;
        most = n < LENGTH_MOST ? n : LENGTH_MOST;
    }
    sets = sets < least ? least : sets;
    return sets > most ? most : sets;
}

static const int32_t *set_offsets(mg_tape *t, const mg_align_config *c, int l,
                                  const mg_align_level *from) {
    int32_t *offsets = mg_tape_alloc(t, (size_t)(from->seqs.n + 1) * sizeof *offsets);
    if (!offsets) return NULL;
    offsets[0] = 0;
    for (int64_t s = 0; s < from->seqs.n; s++) {
        const int32_t rows = from->seqs.offsets[s + 1] - from->seqs.offsets[s];
        int32_t n = from->real && !c->batch_distance ? from->real[s] : rows;
        if (rows > 0 && n == 0) n = 1; /* pads alone are one set */
        offsets[s + 1] = offsets[s] + sets_of(c, l, n);
    }
    return offsets;
}

static bool apm(mg_tape *t, const mg_align_config *c, const mg_apm *a, int l,
                const mg_align_level *from, mg_align_level *to) {
    const mg_cluster_options how = {.neighbours = c->neighbours,
                                    .strict = c->strict_density,
                                    .far = c->batch_distance,
                                    .noise = c->noise};
    mg_tensor *windows = mg_windows(t, from->states, from->seqs);
    mg_tensor *mixed = mg_linear(t, windows, a->conv, NULL, MG_ACT_NONE);
    mg_tensor *y = mg_lnorm_forward(t, &a->norm, mixed, from->states);
    mg_tensor *score = mg_dense_forward(t, &a->score, y, MG_ACT_NONE);
    const int32_t *offsets = set_offsets(t, c, l, from);
    if (!offsets) return false;
    to->seqs = (mg_seqs){from->seqs.n, offsets};
    to->ids = mg_cluster(t, y, from->seqs, from->real, offsets, &how);
    mg_tensor *z = mg_merge(t, y, score, to->ids, from->seqs, from->real, offsets,
                            c->raw_weights ? MERGE_FLOOR : 0.0f);
    mg_tensor *q = mg_dense_forward(t, &a->q, mg_lnorm_forward(t, &a->block, z, NULL), MG_ACT_NONE),
              *kv = mg_dense_forward(t, &a->kv, mg_lnorm_forward(t, &a->block, y, NULL),
                                     MG_ACT_NONE);
    mg_tensor *seen = mg_scored_attention(t, q, kv, score, to->seqs, from->seqs, from->real,
                                          c->heads);
    to->states = mg_add(t, z, mg_dense_forward(t, &a->proj, seen, MG_ACT_NONE));
    return to->states != NULL;
}

bool mg_align_levels(mg_tape *t, const mg_align *m, mg_align_side side, mg_tensor *states,
                     mg_seqs seqs, const int32_t *real, mg_align_level out[MG_ALIGN_LEVELS]) {
    out[0] = (mg_align_level){.states = states, .seqs = seqs, .real = real};
    for (int l = 0; l < MG_ALIGN_LEVELS; l++) {
        const mg_wam *w = &m->wam[side][l];
        if (l > 0) {
            out[l] = (mg_align_level){0};
            if (!apm(t, &m->c, &m->apm[side][l - 1], l - 1, &out[l - 1], &out[l])) return false;
        }
        mg_tensor *hidden = mg_dense_forward(t, &w->first, out[l].states, MG_ACT_RELU);
        out[l].weights = mg_dense_forward(t, &w->second, hidden, MG_ACT_NONE);
    }
    return mg_tape_ok(t);
}

/* ---- losses between levels ---- */

/* Symmetric InfoNCE of a matrix: InfoNCE of its rows against those of the identity. */
static mg_tensor *matrix_infonce(mg_tape *t, const mg_align *m, mg_tensor *g,
                                 const int32_t *groups) {
    if (!g) return NULL;
    float *one = mg_tape_alloc(t, (size_t)(g->rows * g->rows) * sizeof *one);
    if (!one) return NULL;
    for (int64_t i = 0; i < g->rows * g->rows; i++) one[i] = i / g->rows == i % g->rows;
    return mg_infonce(t, g, mg_input(t, one, g->rows, g->rows, false), m->logit_scale, 0.0f,
                      m->c.max_scale, groups, 0.0f);
}

bool mg_align_haa(mg_tape *t, const mg_align *m, const mg_align_level text[MG_ALIGN_LEVELS],
                  const mg_align_level smiles[MG_ALIGN_LEVELS], const int32_t *groups,
                  mg_align_loss *out) {
    for (int l = 0; l < MG_ALIGN_LEVELS; l++) {
        const mg_align_level *a = &text[l], *b = &smiles[l];
        out->similarity[l] = mg_late_interaction(
            t, mg_normalize(t, a->states, UNIT_EPS), a->weights, a->seqs, a->real,
            mg_normalize(t, b->states, UNIT_EPS), b->weights, b->seqs, b->real);
        out->level[l] = matrix_infonce(t, m, out->similarity[l], groups);
    }
    out->total = mg_weighted_sum(t, out->level, m->c.level_weight, MG_ALIGN_LEVELS);
    return out->total != NULL;
}
