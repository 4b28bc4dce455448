/* atomas_weights.h - the tiny Atomas of ../fixtures/atomas/tiny_atomas.json: values of its
 * parameters and tokens of its rows by rule. */
#ifndef MG_TESTS_ATOMAS_WEIGHTS_H
#define MG_TESTS_ATOMAS_WEIGHTS_H

#include "nn/nn.h"

#include <math.h>
#include <string.h>

/* u(name, i) in [-1, 1). */
static inline double atomas_uniform(const char *name, int64_t i) {
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *c = name; *c; c++) h = (h ^ (uint8_t)*c) * 0x100000001b3u;
    uint64_t z = h + ((uint64_t)i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 40) / 8388608.0 - 1.0;
}

static inline bool atomas_ends(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Element i of the tensor of that name; fan_in: the product of all its dimensions but the first. */
static inline double atomas_value(const char *name, int64_t i, int64_t fan_in) {
    const double u = atomas_uniform(name, i);
    if (strstr(name, "norm") && atomas_ends(name, "weight")) return 1.0 + 0.1 * u;
    if (atomas_ends(name, "bias")) return 0.05 * u;
    if (strstr(name, "relative_attention_bias")) return 0.5 * u;
    if (strstr(name, "shared")) return u;
    if (strcmp(name, "temp") == 0) return 0.07;
    if (strcmp(name, "logit_scale") == 0) return log(1.0 / 0.07);
    return u * sqrt(3.0 / (double)fan_in);
}

/* Every parameter of p by its own name; a matrix's fan-in is its columns. */
static inline void atomas_fill(mg_params *p) {
    for (size_t k = 0; k < mg_params_count(p); k++) {
        const char *name;
        mg_tensor *x = mg_params_at(p, k, &name, NULL);
        for (int64_t i = 0; i < mg_tensor_count(x); i++)
            mg_f32(x)[i] = (float)atomas_value(name, i, x->cols);
    }
}

/* Row i of a modality with `length` real tokens, padded to n. */
static inline void atomas_row(int i, int a, int b, int length, int n, int32_t *out) {
    for (int j = 0; j < n; j++)
        out[j] = j < length - 1 ? 3 + (a * i + b * j + i * j * j) % 37 : j == length - 1 ? 1 : 0;
}

#endif
