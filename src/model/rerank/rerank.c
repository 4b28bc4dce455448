/* rerank.c - the re-ranker's configuration, parameters and forward pass; formulas in rerank.h. */
#include "model/rerank/rerank.h"

#include "model/config.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_SPREAD 1e-4f
enum { MOST_FEATURES = 4096, MOST_CANDIDATES = 64 };

struct mg_rerank {
    mg_rerank_config c;
    mg_tensor *scale, *w; /* [1, features] */
};

#define AT(member) offsetof(mg_rerank_config, member), sizeof(((mg_rerank_config *)0)->member)
static const mg_config_field fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"features", MG_FIELD_INT, AT(features), true, NULL},
    {"candidates", MG_FIELD_INT, AT(candidates), false, NULL},
};

mg_rerank_config mg_rerank_config_default(void) {
    return (mg_rerank_config){.name = "rerank", .candidates = 10};
}

int mg_rerank_config_check(const mg_rerank_config *c, molglot_error *err) {
    if (c->features < 1 || c->features > MOST_FEATURES)
        return mg_config_refuse(err, "features", "lies between 1 and 4096");
    if (c->candidates < 2 || c->candidates > MOST_CANDIDATES)
        return mg_config_refuse(err, "candidates", "lies between 2 and 64");
    return MOLGLOT_OK;
}

int mg_rerank_config_from_toml(mg_toml *t, mg_rerank_config *out, molglot_error *err) {
    *out = mg_rerank_config_default();
    return mg_config_read_toml(fields, MG_COUNT(fields), t, out, err);
}

int mg_rerank_config_to_json(const mg_rerank_config *c, mg_str *out) {
    return mg_config_write_json(fields, MG_COUNT(fields), c, out);
}

int mg_rerank_config_from_json(const char *json, mg_rerank_config *out, molglot_error *err) {
    *out = mg_rerank_config_default();
    int code = mg_config_read_json(fields, MG_COUNT(fields), json, out, err);
    return code ? code : mg_rerank_config_check(out, err);
}

mg_rerank *mg_rerank_new(mg_params *p, const mg_rerank_config *c) {
    mg_rerank *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->c = *c;
    m->scale = mg_params_add(p, "scale", 1, c->features, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
    m->w = mg_params_add(p, "linear.weight", 1, c->features, MG_INIT_ZERO, 0, MG_PARAM_DECAY);
    return m;
}

void mg_rerank_free(mg_rerank *m) { free(m); }

const mg_rerank_config *mg_rerank_get_config(const mg_rerank *m) { return &m->c; }

void mg_rerank_begin(mg_rerank *m, const float *x, int64_t n, float cosine) {
    const int64_t features = m->c.features;
    float *scale = (float *)m->scale->data;
    for (int64_t k = 0; k < features; k++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)x[i * features + k] * (double)x[i * features + k];
        const float spread = n > 0 ? (float)sqrt(sum / (double)n) : 0;
        scale[k] = spread > LEAST_SPREAD ? 1 / spread : 0;
    }
    ((float *)m->w->data)[0] = scale[0] > 0 ? cosine / scale[0] : 0;
}

mg_tensor *mg_rerank_forward(mg_tape *t, const mg_rerank *m, mg_tensor *x) {
    if (!x) return NULL;
    mg_tensor *z = mg_mul(t, x, mg_rows_repeat(t, m->scale, x->rows));
    return mg_linear(t, z, m->w, NULL, MG_ACT_NONE);
}

void mg_rerank_weights(const mg_rerank *m, float *out) {
    const float *w = m->w->data, *scale = m->scale->data;
    for (int k = 0; k < m->c.features; k++) out[k] = w[k] * scale[k];
}
