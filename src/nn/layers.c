/* layers.c - dense and layer-norm: a struct of tensors, an init that declares them, a forward.
 *
 * Called by the transformer, GIN and the models.
 */
#include "nn/params.h"

mg_tensor *mg_params_add_under(mg_params *p, const char *prefix, const char *leaf, int64_t rows, int64_t cols, mg_init init, float scale,
                               unsigned flags) {
    char name[MG_NAME_MAX];
    snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", leaf);
    return mg_params_add(p, name, rows, cols, init, scale, flags);
}

void mg_dense_init(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out, bool bias) {
    l->w = mg_params_add_under(p, name, "weight", out, in, MG_INIT_LINEAR, (float)in, MG_PARAM_DECAY);
    l->b = bias ? mg_params_add_under(p, name, "bias", 1, out, MG_INIT_LINEAR, (float)in, 0) : NULL;
}

mg_tensor *mg_dense_forward(mg_tape *t, const mg_dense *l, mg_tensor *x, mg_act act) {
    return mg_linear(t, x, l->w, l->b, act);
}

void mg_lnorm_init(mg_lnorm *l, mg_params *p, const char *name, int64_t cols, float eps) {
    char own[MG_NAME_MAX], old[MG_NAME_MAX];
    l->gamma = mg_params_add_under(p, name, "weight", 1, cols, MG_INIT_ONE, 0, 0);
    l->beta = mg_params_add_under(p, name, "bias", 1, cols, MG_INIT_ZERO, 0, 0);
    l->eps = eps;
    snprintf(own, sizeof own, "%s.weight", name);            /* BERT files exported from TensorFlow say gamma and beta */
    snprintf(old, sizeof old, "%s.gamma", name);
    mg_params_alias(p, own, old, 0, cols);
    snprintf(own, sizeof own, "%s.bias", name);
    snprintf(old, sizeof old, "%s.beta", name);
    mg_params_alias(p, own, old, 0, cols);
}

mg_tensor *mg_lnorm_forward(mg_tape *t, const mg_lnorm *l, mg_tensor *x, mg_tensor *residual) {
    return mg_layer_norm(t, x, residual, l->gamma, l->beta, l->eps);
}
