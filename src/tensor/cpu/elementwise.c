/* elementwise.c - activations, a x + b y, products, dropout, bf16 conversion: n floats cut into
 * one part per thread. */
#include "tensor/cpu/cpu.h"

/* Runs `call` for each part [at, end) of n floats; small work stays on this thread and does not
 * enter OpenMP at all. */
#define EACH_PART(be, n, call)                                                                  \
    do {                                                                                        \
        const mg_cpu_kernels *k = mg_kernels(be);                                               \
        int parts = mg_parts(be, n);                                                            \
        if (parts == 1) {                                                                       \
            const mg_part part = {0, n};                                                        \
            call;                                                                               \
        } else {                                                                                \
            _Pragma("omp parallel for num_threads(parts) schedule(static)") for (int which = 0; \
                                                                                 which < parts; \
                                                                                 which++) {     \
                const mg_part part = mg_cut(n, parts, which);                                   \
                call;                                                                           \
            }                                                                                   \
        }                                                                                       \
    } while (0)

int mg_cpu_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y) {
    EACH_PART(be, n, k->act(part.end - part.at, act, x + part.at, y + part.at));
    return 0;
}

int mg_cpu_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                    float *dx, int acc) {
    EACH_PART(
        be, n,
        k->act_back(part.end - part.at, act, saved + part.at, dy + part.at, dx + part.at, acc));
    return 0;
}

int mg_cpu_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                 float *out) {
    EACH_PART(
        be, n,
        k->axpby(part.end - part.at, a, x + part.at, b, y ? y + part.at : NULL, out + part.at));
    return 0;
}

int mg_cpu_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                    int acc) {
    return mg_cpu_axpby(be, n, *factor, x, 1.0f, acc ? out : NULL, out);
}

int mg_cpu_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc) {
    EACH_PART(be, n, k->mul(part.end - part.at, x + part.at, y + part.at, out + part.at, acc));
    return 0;
}

int mg_cpu_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                   int acc) {
    EACH_PART(be, n,
              k->dropout(part.at, part.end - part.at, p, key, x + part.at, y + part.at, acc));
    return 0;
}

void mg_cpu_to_half(mg_backend *be, int64_t n, const float *x, uint16_t *y) {
    EACH_PART(be, n, k->to_half(part.end - part.at, x + part.at, y + part.at));
}

void mg_cpu_from_half(mg_backend *be, int64_t n, const uint16_t *x, float *y) {
    EACH_PART(be, n, k->from_half(part.end - part.at, x + part.at, y + part.at));
}
