/* latent.h - models of latents: 3M-Diffusion's denoiser with its schedule and sampler, and our
 * flow. */
#ifndef MG_MODEL_LATENT_LATENT_H
#define MG_MODEL_LATENT_LATENT_H

#include "base/toml/toml.h"
#include "model/writer/writer.h"
#include "nn/nn.h"

/* ---- 3M-Diffusion's denoiser (denoiser.c; docs/reference/3m-diffusion.md 6.1), its schedule
 * (schedule.c; 6.2) and sampler (ddim.c; 6.4) ----
 *
 * One latent vector z [dim] a molecule, a condition c [condition] of it, T noise levels:
 *   tau = W3 gelu(W2 gelu(W1 e_t)),  x = Wz z + Wc c + b + tau,  8 times x = relu(W x + b),  z0 =
 *     Wo LN(x) + bo */
/* 24, 256, 256, 1024, 8 */
typedef struct mg_mlp_denoiser_config {
    char name[64];
    int dim, condition, hidden, time_hidden, layers;
} mg_mlp_denoiser_config;
typedef struct mg_mlp_denoiser mg_mlp_denoiser;
mg_mlp_denoiser_config mg_mlp_denoiser_default(void);
/* MOLGLOT_BAD_FILE when sizes are impossible. */
int mg_mlp_denoiser_config_check(const mg_mlp_denoiser_config *c, molglot_error *err);
/* config.c; dim and condition are left to the trainer. */
int mg_mlp_denoiser_config_from_toml(mg_toml *t, mg_mlp_denoiser_config *out, molglot_error *err);
int mg_mlp_denoiser_config_to_json(const mg_mlp_denoiser_config *c, mg_str *out);
int mg_mlp_denoiser_config_from_json(const char *json, mg_mlp_denoiser_config *out,
                                     molglot_error *err);
mg_mlp_denoiser *mg_mlp_denoiser_new(mg_params *p, const char *prefix,
                                     const mg_mlp_denoiser_config *c);
void mg_mlp_denoiser_free(mg_mlp_denoiser *m);
const mg_mlp_denoiser_config *mg_mlp_denoiser_get_config(const mg_mlp_denoiser *m);
/* Rows tau [n, hidden] of noise levels times[n], each 0 .. T-1. */
mg_tensor *mg_mlp_denoiser_time(mg_tape *t, const mg_mlp_denoiser *m, const int32_t *times,
                                int64_t n);
/* The unconditional condition, n times: [n, condition]. */
mg_tensor *mg_mlp_denoiser_null(mg_tape *t, const mg_mlp_denoiser *m, int64_t n);
/* Estimate of z0 [n, dim] from z [n, dim], tau [n, hidden], c [n, condition]. */
mg_tensor *mg_mlp_denoiser_forward(mg_tape *t, const mg_mlp_denoiser *m, mg_tensor *z,
                                   mg_tensor *tau, mg_tensor *c);
/* Training loss of 6.2: mean of (z0 estimate - z0)^2 for latents z0 [n, dim], levels times[n] and
 * standard normal noise [n, dim]; rows with drop[i] take the unconditional condition. */
mg_tensor *mg_mlp_denoiser_loss(mg_tape *t, const mg_mlp_denoiser *m, const float *z0,
                                const float *c, const int32_t *times, const float *noise,
                                const bool *drop, int64_t n);

enum { MG_DDIM_T = 100, MG_DDIM_STEPS = 50 };
/* Cumulative products of 1 - beta over the linear schedule of T = 100, in double, stored as
 * float. */
void mg_ddim_alphas(float out[MG_DDIM_T]);
typedef struct mg_ddim_options {
    float guidance;     /* w: w cond + (1-w) uncond; the paper's runs: 0.8 */
    float eta;          /* 1: as much noise as the forward process; 0: none */
    bool unconditional; /* the reference's other time list, 49 .. 0, with no condition */
    /* Every estimate of z0 goes `pull` times its length along the gradient of its cosine with
     * towards [dim], and keeps that length; NULL or 0: it does not. */
    const float *towards;
    float pull;
} mg_ddim_options;
/* Standard normal numbers: fills out[n] for draw number k (0: the start). */
typedef void mg_noise_fn(void *user, int k, float *out, size_t n);
/* A mg_noise_fn: row i of a draw comes from its own stream, so a row does not depend on those
 * beside it. user: */
typedef struct mg_noise_streams {
    uint64_t seed;
    const uint64_t *streams;
    size_t dim;
} mg_noise_streams;
void mg_noise_of_streams(void *user, int k, float *out, size_t n);
/* z [n, dim] for conditions c [n, condition] (NULL when unconditional); MG_DDIM_STEPS evaluations,
 * twice that when guidance is not 1. */
int mg_ddim_sample(mg_tape *t, const mg_mlp_denoiser *m, const mg_ddim_options *o, const float *c,
                   int64_t n, mg_noise_fn *noise, void *user, float *z, molglot_error *err);

/* --- latent diffusion over the writer's latent tokens (flow_matching.c: the network, its loss, its
 * sampler) --- */
typedef struct mg_flow_matching_config {
    char name[64];
    /* encoder of the sentence; the last id of its vocabulary stands for "no sentence" */
    mg_transformer_config text;
    int max_text;
    int latents, latent_dim; /* the writer's */
    int layers, hidden, heads, ffn;
    bool memory; /* also told the latents of a molecule near the sentence */
} mg_flow_matching_config;
typedef struct mg_flow_matching mg_flow_matching;
int mg_flow_matching_config_check(const mg_flow_matching_config *c, molglot_error *err);
/* config.c, as above; latents, latent_dim and text.vocab are left to the trainer. */
mg_flow_matching_config mg_flow_matching_config_default(void);
int mg_flow_matching_config_from_toml(mg_toml *t, mg_flow_matching_config *out, molglot_error *err);
int mg_flow_matching_config_to_json(const mg_flow_matching_config *c, mg_str *out);
int mg_flow_matching_config_from_json(const char *json, mg_flow_matching_config *out,
                                      molglot_error *err);
mg_flow_matching *mg_flow_matching_new(mg_params *p, const mg_flow_matching_config *c,
                                       molglot_error *err);
void mg_flow_matching_free(mg_flow_matching *m);
const mg_flow_matching_config *mg_flow_matching_get_config(const mg_flow_matching *m);
/* states of all word pieces */
mg_tensor *mg_flow_matching_text(mg_tape *t, const mg_flow_matching *m,
                                 const mg_writer_input *text);
/* Velocity [n*K, latent_dim] at z [n*K, latent_dim] and times[n] in [0,1], for the states of n
 * packed sentences. near: latents [n*K, latent_dim] of a molecule near each (zeros: none), or
 * NULL. */
mg_tensor *mg_flow_matching_velocity(mg_tape *t, const mg_flow_matching *m, mg_tensor *z,
                                     const float *near, const float *times, mg_tensor *states,
                                     mg_seqs seqs);
/* Mean square error of the velocity [1,1] for latents z and near (or NULL) [n*K, latent_dim], both
 * on the host; `draws` times noise and a time for each of the n molecules, [n*draws*K, latent_dim]
 * and [n*draws]: a sentence is read once for all its draws. */
mg_tensor *mg_flow_matching_loss(mg_tape *t, const mg_flow_matching *m, const float *z, int draws,
                                 const float *noise, const float *times,
                                 const mg_writer_input *text, const float *near);
typedef struct mg_flow_matching_options {
    int steps;             /* two evaluations each; twice that when guidance is not 1 */
    float guidance, start; /* start: the time of z before, in [0,1) */
} mg_flow_matching_options;
/* n molecules, z [n*K, latent_dim]: before, noise (start = 0) or latents mixed with noise; latents
 * after. Molecule i is told sentence i mod their number. none: "no sentence", told no neighbour.
 * Resets the tape. */
int mg_flow_matching_sample(mg_tape *t, const mg_flow_matching *m,
                            const mg_flow_matching_options *o, int64_t n,
                            const mg_writer_input *text, const mg_writer_input *none,
                            const float *near, float *z, molglot_error *err);

#endif
