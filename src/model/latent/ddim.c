/* ddim.c - 3M-Diffusion's sampler (docs/reference/3m-diffusion.md 6.4): from noise [n, dim] to
 * latents in 50 steps, each from noise level t to level s.
 *
 *   z0    = w net(z, t, c) + (1 - w) net(z, t, null)
 *   z0    = |z0| unit(z0 / |z0| + pull (towards / |towards| - cos z0 / |z0|))    where there is a
 * pull e     = (z / sqrt(alpha_t) - z0) / sqrt(1 / alpha_t - 1) sigma = eta sqrt((1 - alpha_t /
 * alpha_s) (1 - alpha_s) / (1 - alpha_t)) z     = sqrt(alpha_s) z0 + sqrt(1 - alpha_s - sigma^2) e
 * + sigma noise
 *
 * Levels go 99, 97, .. 1, end; without a condition 49, 48, .. 0, end. At the end z = z0. alpha:
 * schedule.c. Rows of time embeddings are made once for all steps. Noise comes from the caller: the
 * same draws give the same latents on any device.
 */
#include "model/latent/latent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOISE_STREAM 0x6464696Du /* keeps these numbers apart from those of the tokens */

enum { STEPS = MG_DDIM_STEPS };

void mg_noise_of_streams(void *user, int k, float *out, size_t n) {
    const mg_noise_streams *s = user;
    for (size_t i = 0; i * s->dim < n; i++) {
        mg_rng r = {s->seed, mg_rng_u64(NOISE_STREAM, s->streams[i], (uint64_t)k), 0};
        for (size_t d = 0; d < s->dim; d++) out[i * s->dim + d] = (float)mg_rng_normal(&r);
    }
}

/* The noise level of every step and, behind the last, -1. */
static void time_list(bool unconditional, int32_t times[STEPS + 1]) {
    for (int i = 0; i <= STEPS; i++)
        times[i] = unconditional ? STEPS - 1 - i : MG_DDIM_T - 1 - 2 * i;
}

typedef struct sampler {
    mg_tape *t;
    const mg_mlp_denoiser *m;
    const mg_ddim_options *o;
    const float *c, *taus; /* [n, condition] or NULL, [STEPS, hidden] */
    int64_t n;
    int dim, hidden, condition;
    float *z, *z0, *noise, *tau_rows; /* [n, dim] three times, [n, hidden] */
} sampler;

/* net(z, t, c or null), into out (+= weight times). */
static int evaluate(sampler *s, bool with_condition, float weight, float *out, molglot_error *err) {
    const int64_t count = s->n * s->dim;
    mg_tape_reset(s->t);
    mg_tensor *c = with_condition ? mg_input(s->t, s->c, s->n, s->condition, false)
                                  : mg_mlp_denoiser_null(s->t, s->m, s->n);
    mg_tensor *y = mg_mlp_denoiser_forward(s->t, s->m, mg_input(s->t, s->z, s->n, s->dim, false),
                                           mg_input(s->t, s->tau_rows, s->n, s->hidden, false), c);
    const float *values = y ? mg_values(s->t, y) : NULL;
    for (int64_t i = 0; values && i < count; i++) out[i] += weight * values[i];
    return mg_tape_error(s->t, err);
}

static int estimate(sampler *s, int step, molglot_error *err) {
    const bool both = !s->o->unconditional && s->o->guidance != 1;
    for (int64_t i = 0; i < s->n; i++)
        memcpy(s->tau_rows + i * s->hidden, s->taus + (int64_t)step * s->hidden,
               (size_t)s->hidden * sizeof(float));
    memset(s->z0, 0, (size_t)(s->n * s->dim) * sizeof *s->z0);
    int code = evaluate(s, !s->o->unconditional, both ? s->o->guidance : 1, s->z0, err);
    return code || !both ? code : evaluate(s, false, 1 - s->o->guidance, s->z0, err);
}

static double length_of(const float *a, int n) {
    double sum = 0;
    for (int d = 0; d < n; d++) sum += (double)a[d] * (double)a[d];
    return sqrt(sum);
}

/* Guidance by the gradient of the cosine with `towards`; cos z0 / |z0| is what lies along z0. */
static void pull(const mg_ddim_options *o, float *z0, int n) {
    const double length = length_of(z0, n), far = length_of(o->towards, n);
    double cosine = 0, sum = 0;
    if (!(length > 0) || !(far > 0)) return;
    for (int d = 0; d < n; d++) cosine += (double)z0[d] / length * ((double)o->towards[d] / far);
    for (int d = 0; d < n; d++) {
        const double u = (double)z0[d] / length,
                     v = u + (double)o->pull * ((double)o->towards[d] / far - cosine * u);
        z0[d] = (float)v;
        sum += v * v;
    }
    for (int d = 0; d < n; d++) z0[d] = (float)((double)z0[d] * length / sqrt(sum));
}

/* z at level t becomes z at level next; draw: the number of the noise it takes. */
static void advance(sampler *s, const float *alphas, int32_t t, int32_t next, mg_noise_fn *noise,
                    void *user, int draw) {
    const int64_t count = s->n * s->dim;
    if (next < 0) {
        memcpy(s->z, s->z0, (size_t)count * sizeof *s->z);
        return;
    }
    const double a = alphas[t], b = alphas[next],
                 sigma = s->o->eta * sqrt((1 - a / b) * (1 - b) / (1 - a)),
                 rest = sqrt(1 - b - sigma * sigma);
    noise(user, draw, s->noise, (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        const double e = (s->z[i] / sqrt(a) - s->z0[i]) / sqrt(1 / a - 1);
        s->z[i] = (float)(sqrt(b) * s->z0[i] + rest * e + sigma * s->noise[i]);
    }
}

/* Time rows of all steps, copied to the host. */
static int make_taus(sampler *s, const int32_t *times, float *taus, molglot_error *err) {
    mg_tape_reset(s->t);
    mg_tensor *tau = mg_mlp_denoiser_time(s->t, s->m, times, STEPS);
    const float *values = tau ? mg_values(s->t, tau) : NULL;
    if (values) memcpy(taus, values, (size_t)STEPS * (size_t)s->hidden * sizeof *taus);
    return mg_tape_error(s->t, err);
}

int mg_ddim_sample(mg_tape *t, const mg_mlp_denoiser *m, const mg_ddim_options *o, const float *c,
                   int64_t n, mg_noise_fn *noise, void *user, float *z, molglot_error *err) {
    const mg_mlp_denoiser_config *k = mg_mlp_denoiser_get_config(m);
    float alphas[MG_DDIM_T];
    int32_t times[STEPS + 1];
    const size_t count = (size_t)n * (size_t)k->dim;
    float *work = malloc((2 * count + (size_t)(n + STEPS) * (size_t)k->hidden) * sizeof *work);
    if (!work) return mg_no_memory(err, "%lld latents", (long long)n);
    float *taus = work + 2 * count + (size_t)n * (size_t)k->hidden;
    sampler s = {.t = t,
                 .m = m,
                 .o = o,
                 .c = c,
                 .taus = taus,
                 .n = n,
                 .dim = k->dim,
                 .hidden = k->hidden,
                 .condition = k->condition,
                 .z = z,
                 .z0 = work,
                 .noise = work + count,
                 .tau_rows = work + 2 * count};
    mg_ddim_alphas(alphas);
    time_list(o->unconditional, times);
    mg_tape_record(t, false);
    mg_tape_training(t, false);
    int code = make_taus(&s, times, taus, err);
    noise(user, 0, z, count);
    for (int step = 0; step < STEPS && !code; step++) {
        code = estimate(&s, step, err);
        for (int64_t i = 0; i < n && !code && o->towards && o->pull != 0; i++)
            pull(o, s.z0 + i * s.dim, s.dim);
        if (!code) advance(&s, alphas, times[step], times[step + 1], noise, user, step + 1);
    }
    free(work);
    return code;
}
