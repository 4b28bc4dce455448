/* gather.c - reference kernel of weighted sums of table rows: forward, and backward with the
 * transposed lists. */
#include "tensor/ref/ref.h"

static double table_at(const mg_k_gather *k, int64_t i) {
    if (k->src_dtype == MG_I8) return ((const int8_t *)k->src)[i];
    return k->src_dtype == MG_BF16 ? mg_bf16_to_f32(((const uint16_t *)k->src)[i])
                                   : ((const float *)k->src)[i];
}

int mg_ref_gather(mg_backend *be, const mg_k_gather *k) {
    (void)be;
    for (int64_t i = 0; i < k->n; i++) {
        int32_t from = k->offsets[i], to = k->offsets[i + 1];
        int64_t r = k->out_rows ? k->out_rows[i] : i;
        for (int64_t c = 0; c < k->cols; c++) {
            double s = 0.0;
            for (int32_t e = from; e < to; e++)
                s += (k->weights ? k->weights[e] : 1.0) *
                     table_at(k, (k->ids ? k->ids[e] : e) * k->cols + c);
            if (k->mean && to > from) s /= to - from;
            mg_ref_put(&k->dst[r * k->cols + c], s, k->acc);
        }
    }
    return 0;
}
