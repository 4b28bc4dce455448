/* rounded.c - rows of numbers in few bits, with one scale a row, and back.
 *
 *   8 bits   x ~ scale * q,  q in -127 .. 127,  scale = largest magnitude / 127
 *   4 bits   x ~ scale * q,  q in -7 .. 7,      scale = r * largest magnitude / 7
 *
 * r is the one of five ratios that has the least squared error. Two 4-bit numbers share a byte: the
 * even column is q + 8 in the low half, the odd one in the high half. In a row of odd length the
 * last half is 8, which is zero.
 */
#include "tensor/tensor.h"

#include <math.h>

static float largest(const float *x, int64_t n) {
    float top = 0;
    for (int64_t i = 0; i < n; i++) top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
    return top;
}

float mg_row_scale8(const float *x, int64_t n) { return largest(x, n) / 127; }

/* Clipped to [-most, most]; a NaN becomes 0. */
static float level(float x, float inverse, float most) {
    const float q = rintf(x * inverse);
    return q > most ? most : q < -most ? -most : q == q ? q : 0;
}

static double squared_error(const float *x, int64_t n, float scale) {
    const float inverse = 1 / scale;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const float d = x[i] - scale * level(x[i], inverse, 7);
        sum += (double)d * (double)d;
    }
    return sum;
}

float mg_row_scale4(const float *x, int64_t n) {
    static const float ratios[] = {1, 0.9f, 0.8f, 0.7f, 0.6f};
    const float top = largest(x, n) / 7;
    if (!(top > 0)) return 0;
    float best = top;
    double least = squared_error(x, n, top);
    for (size_t i = 1; i < MG_COUNT(ratios); i++) {
        const double error = squared_error(x, n, ratios[i] * top);
        if (error < least) least = error, best = ratios[i] * top;
    }
    return best;
}

void mg_round8(const float *x, int64_t n, float scale, int8_t *q) {
    const float inverse = scale > 0 ? 1 / scale : 0;
    for (int64_t i = 0; i < n; i++) q[i] = (int8_t)level(x[i], inverse, 127);
}

void mg_round4(const float *x, int64_t n, float scale, uint8_t *q) {
    const float inverse = scale > 0 ? 1 / scale : 0;
    for (int64_t i = 0; i < n; i += 2) {
        const int low = (int)level(x[i], inverse, 7) + 8,
                  high = i + 1 < n ? (int)level(x[i + 1], inverse, 7) + 8 : 8;
        q[i / 2] = (uint8_t)(low | high << 4);
    }
}

void mg_widen4(const uint8_t *restrict q, int64_t n, int8_t *restrict out) {
    const int64_t pairs = n / 2;
    for (int64_t i = 0; i < pairs; i++) {
        out[2 * i] = (int8_t)((q[i] & 15) - 8);
        out[2 * i + 1] = (int8_t)((q[i] >> 4) - 8);
    }
    if (n % 2) out[n - 1] = (int8_t)((q[pairs] & 15) - 8);
}

void mg_widen8(const int8_t *restrict q, int64_t n, float scale, float *restrict out) {
    for (int64_t i = 0; i < n; i++) out[i] = scale * (float)q[i];
}
