/* bf16.c - rounding float32 to bfloat16 (its upper half), to nearest with ties to even. A NaN
 * keeps its sign and gets its quiet bit, so that rounding cannot turn it into infinity.
 */
#include "tensor/tensor.h"

static inline uint16_t rounded(float f) {
    union {
        float f;
        uint32_t u;
    } x = {f};
    uint32_t near = (x.u + 0x7fffu + (x.u >> 16 & 1)) >> 16;
    uint32_t nan = x.u >> 16 | 0x40;
    return (uint16_t)((x.u & 0x7fffffffu) > 0x7f800000u ? nan : near);
}

uint16_t mg_f32_to_bf16(float f) { return rounded(f); }

/* Integer arithmetic and a select: the compiler makes vector code of it. */
void mg_f32_to_bf16_n(const float *restrict x, uint16_t *restrict y, int64_t n) {
    for (int64_t i = 0; i < n; i++) y[i] = rounded(x[i]);
}
