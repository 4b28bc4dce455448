/* codes.c - the reference of products of a question with codes: one number at a time, in 64 bits.
 */
#include "tensor/ref/ref.h"

void mg_ref_code_products(const int8_t *codes, int64_t n, int width, const int8_t *hi,
                          const int8_t *lo, int32_t *out) {
    for (int64_t i = 0; i < n; i++) {
        int64_t sum = 0;
        for (int w = 0; w < width; w++)
            sum += (int64_t)codes[i * width + w] * (128 * (int64_t)hi[w] + (int64_t)lo[w]);
        out[i] = (int32_t)sum;
    }
}
