/* layers.c - dense and layer-norm: a struct of tensors, an init that declares them, a forward. */
#include "nn/params.h"

#include <math.h>
#include <string.h>

const char *mg_name_under(char out[MG_NAME_MAX], const char *prefix, const char *leaf) {
    size_t n = strnlen(prefix, MG_NAME_MAX - 2), m = strnlen(leaf, MG_NAME_MAX - 2 - n);
    memcpy(out, prefix, n);
    if (n) out[n++] = '.';
    memcpy(out + n, leaf, m);
    out[n + m] = 0;
    return out;
}

mg_tensor *mg_params_add_under(mg_params *p, const char *prefix, const char *leaf, int64_t rows,
                               int64_t cols, mg_init init, float scale, unsigned flags) {
    char name[MG_NAME_MAX];
    return mg_params_add(p, mg_name_under(name, prefix, leaf), rows, cols, init, scale, flags);
}

void mg_dense_init(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out,
                   bool bias) {
    l->w = mg_params_add_under(p, name, "weight", out, in, MG_INIT_LINEAR, (float)in,
                               MG_PARAM_DECAY);
    l->b = bias ? mg_params_add_under(p, name, "bias", 1, out, MG_INIT_LINEAR, (float)in, 0) : NULL;
}

mg_tensor *mg_dense_forward(mg_tape *t, const mg_dense *l, mg_tensor *x, mg_act act) {
    return mg_linear(t, x, l->w, l->b, act);
}

void mg_projector_init(mg_projector *m, mg_params *p, const char *name, int64_t in, int64_t out) {
    char own[MG_NAME_MAX];
    mg_dense_init(&m->in, p, mg_name_under(own, name, "0"), in, out, true);
    mg_name_under(own, name, "2");
    m->out.w = mg_params_add_under(p, own, "weight", out, out, MG_INIT_ZERO, 0, MG_PARAM_DECAY);
    m->out.b = mg_params_add_under(p, own, "bias", 1, out, MG_INIT_ZERO, 0, 0);
}

mg_tensor *mg_projector_forward(mg_tape *t, const mg_projector *m, const float *vectors,
                                int64_t n) {
    const int64_t in = m->in.w->cols;
    mg_tensor *x = mg_scale(t, mg_input(t, vectors, n, in, false), sqrtf((float)in));
    return mg_dense_forward(t, &m->out, mg_dense_forward(t, &m->in, x, MG_ACT_RELU), MG_ACT_NONE);
}

void mg_lnorm_init(mg_lnorm *l, mg_params *p, const char *name, int64_t cols, float eps) {
    char own[MG_NAME_MAX], old[MG_NAME_MAX];
    l->gamma = mg_params_add_under(p, name, "weight", 1, cols, MG_INIT_ONE, 0, 0);
    l->beta = mg_params_add_under(p, name, "bias", 1, cols, MG_INIT_ZERO, 0, 0);
    l->eps = eps;
    /* BERT files exported from TensorFlow say gamma and beta. */
    mg_params_alias(p, mg_name_under(own, name, "weight"), mg_name_under(old, name, "gamma"), 0,
                    cols);
    mg_params_alias(p, mg_name_under(own, name, "bias"), mg_name_under(old, name, "beta"), 0, cols);
}

mg_tensor *mg_lnorm_forward(mg_tape *t, const mg_lnorm *l, mg_tensor *x, mg_tensor *residual) {
    return mg_layer_norm(t, x, residual, l->gamma, l->beta, l->eps);
}
