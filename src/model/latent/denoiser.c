/* denoiser.c - 3M-Diffusion's denoiser: from a noisy latent vector z [n, dim], its noise level t
 * and a condition c [n, condition] to an estimate of the clean one (paper 2403.07179, section 3;
 * docs/reference/3m-diffusion.md 6.1 and 6.2).
 *
 *   e   = sin(t w_i), cos(t w_i)                       [n, hidden], half of each
 *   w_i = 10000^(-i / (half - 1))                      half = hidden / 2
 *   tau = W3 gelu(W2 gelu(W1 e + b1) + b2) + b3        hidden, time_hidden, time_hidden, hidden
 *   x   = Wz z + Wc c + b + tau                        [n, hidden]
 *   x   = relu(W x + b)                                `layers` times
 *   z0  = Wo LN(x) + bo                                [n, dim]; Wo and bo start at zero
 *
 * The reference joins z and c and multiplies once; here that matrix is two, which is the same sum.
 */
#include "model/latent/latent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NORM_EPS 1e-5f

struct mg_mlp_denoiser {
    mg_mlp_denoiser_config c;
    mg_dense time[3], in_z, in_c, out;
    mg_dense *body;
    mg_lnorm norm;
    mg_tensor *null; /* [1, condition] */
    float alphas[MG_DDIM_T];
};

/* ---- declaration ---- */

static void dense(mg_dense *l, mg_params *p, const char *prefix, const char *leaf, int64_t in,
                  int64_t out, bool bias) {
    char name[MG_NAME_MAX];
    mg_dense_init(l, p, mg_name_under(name, prefix, leaf), in, out, bias);
}

static void declare_output(mg_mlp_denoiser *m, mg_params *p, const char *prefix) {
    char name[MG_NAME_MAX];
    mg_lnorm_init(&m->norm, p, mg_name_under(name, prefix, "norm"), m->c.hidden, NORM_EPS);
    m->out.w = mg_params_add(p, mg_name_under(name, prefix, "output_proj.weight"), m->c.dim,
                             m->c.hidden, MG_INIT_ZERO, 0, MG_PARAM_DECAY);
    m->out.b = mg_params_add(p, mg_name_under(name, prefix, "output_proj.bias"), 1, m->c.dim,
                             MG_INIT_ZERO, 0, 0);
    m->null = mg_params_add(p, mg_name_under(name, prefix, "null_embedding.weight"), 1,
                            m->c.condition, MG_INIT_NORMAL, 1, MG_PARAM_DECAY);
}

mg_mlp_denoiser *mg_mlp_denoiser_new(mg_params *p, const char *prefix,
                                     const mg_mlp_denoiser_config *c) {
    mg_mlp_denoiser *m = calloc(1, sizeof *m);
    if (!m || !(m->body = calloc((size_t)c->layers, sizeof *m->body))) {
        free(m);
        return NULL;
    }
    m->c = *c;
    dense(&m->time[0], p, prefix, "time_mlp.1", c->hidden, c->time_hidden, true);
    dense(&m->time[1], p, prefix, "time_mlp.3", c->time_hidden, c->time_hidden, true);
    dense(&m->time[2], p, prefix, "time_pos_embed_mlp.1", c->time_hidden, c->hidden, true);
    for (int i = 0; i < c->layers; i++) {
        char leaf[32];
        snprintf(leaf, sizeof leaf, "encoder.%d", i);
        dense(&m->body[i], p, prefix, leaf, c->hidden, c->hidden, true);
    }
    dense(&m->in_z, p, prefix, "input_proj.latent", c->dim, c->hidden, true);
    dense(&m->in_c, p, prefix, "input_proj.condition", c->condition, c->hidden, false);
    declare_output(m, p, prefix);
    mg_ddim_alphas(m->alphas);
    return m;
}

void mg_mlp_denoiser_free(mg_mlp_denoiser *m) {
    if (!m) return;
    free(m->body);
    free(m);
}

const mg_mlp_denoiser_config *mg_mlp_denoiser_get_config(const mg_mlp_denoiser *m) { return &m->c; }

/* ---- forward ---- */

mg_tensor *mg_mlp_denoiser_time(mg_tape *t, const mg_mlp_denoiser *m, const int32_t *times,
                                int64_t n) {
    const int half = m->c.hidden / 2;
    float *e = mg_tape_alloc(t, (size_t)(n * m->c.hidden + 1) * sizeof *e);
    if (!e) return NULL;
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < half; k++) {
            const double angle = (double)times[i] * exp(-(double)k * log(10000.0) / (half - 1));
            e[i * 2 * half + k] = (float)sin(angle);
            e[i * 2 * half + half + k] = (float)cos(angle);
        }
    mg_tensor *x = mg_dense_forward(t, &m->time[0], mg_input(t, e, n, 2 * half, false),
                                    MG_ACT_GELU);
    return mg_dense_forward(t, &m->time[2], mg_dense_forward(t, &m->time[1], x, MG_ACT_GELU),
                            MG_ACT_NONE);
}

mg_tensor *mg_mlp_denoiser_null(mg_tape *t, const mg_mlp_denoiser *m, int64_t n) {
    return mg_rows_repeat(t, m->null, n);
}

mg_tensor *mg_mlp_denoiser_forward(mg_tape *t, const mg_mlp_denoiser *m, mg_tensor *z,
                                   mg_tensor *tau, mg_tensor *c) {
    mg_tensor *x = mg_add(t, mg_dense_forward(t, &m->in_z, z, MG_ACT_NONE),
                          mg_dense_forward(t, &m->in_c, c, MG_ACT_NONE));
    x = mg_add(t, x, tau);
    for (int i = 0; i < m->c.layers; i++) x = mg_dense_forward(t, &m->body[i], x, MG_ACT_RELU);
    return mg_dense_forward(t, &m->out, mg_lnorm_forward(t, &m->norm, x, NULL), MG_ACT_NONE);
}

/* ---- loss ---- */

/* sqrt(alpha) z0 + sqrt(1 - alpha) noise */
static float *noisy(mg_tape *t, const mg_mlp_denoiser *m, const float *z0, const int32_t *times,
                    const float *noise, int64_t n) {
    float *z = mg_tape_alloc(t, (size_t)(n * m->c.dim + 1) * sizeof *z);
    for (int64_t i = 0; z && i < n; i++) {
        const float a = m->alphas[times[i]], keep = sqrtf(a), add = sqrtf(1 - a);
        for (int64_t j = i * m->c.dim; j < (i + 1) * m->c.dim; j++)
            z[j] = keep * z0[j] + add * noise[j];
    }
    return z;
}

/* Row i of c, or the null row where drop[i]. */
static mg_tensor *conditions(mg_tape *t, const mg_mlp_denoiser *m, const float *c, const bool *drop,
                             int64_t n) {
    int32_t *given = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *given),
            *none = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *none);
    if (!given || !none) return NULL;
    for (int64_t i = 0; i < n; i++) {
        given[i] = drop[i] ? -1 : (int32_t)i;
        none[i] = drop[i] ? 0 : -1;
    }
    mg_tensor *kept = mg_rows_at_some(t, mg_input(t, c, n, m->c.condition, false), given, n);
    return mg_add(t, kept, mg_rows_at_some(t, m->null, none, n));
}

mg_tensor *mg_mlp_denoiser_loss(mg_tape *t, const mg_mlp_denoiser *m, const float *z0,
                                const float *c, const int32_t *times, const float *noise,
                                const bool *drop, int64_t n) {
    float *z = noisy(t, m, z0, times, noise, n);
    if (!z) return NULL;
    mg_tensor *y = mg_mlp_denoiser_forward(t, m, mg_input(t, z, n, m->c.dim, false),
                                           mg_mlp_denoiser_time(t, m, times, n),
                                           conditions(t, m, c, drop, n));
    return mg_squared_error(t, y, mg_input(t, z0, n, m->c.dim, false));
}
