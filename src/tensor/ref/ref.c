/* ref.c - the reference backend: what every kernel means, in plain loops with sums in double.
 *
 * Tests compare the fast backends with it. mg_tape_new("ref", ...) runs a whole model on it when a
 * fast result is in doubt. One thread, no blocking, no approximation. In bf16 precision the
 * factors of matrix products are rounded to bf16, nothing else is. Here: the table. The kernels
 * are in a file a family.
 */
#include "tensor/ref/ref.h"

#include <stdlib.h>

#define SCRATCH_BYTES ((size_t)16 << 30)

static void ref_free(mg_backend *be) {
    mg_arena_free(&be->scratch);
    free(be);
}

mg_backend *mg_backend_ref_new(int threads, molglot_error *err) {
    (void)threads;
    mg_backend *be = malloc(sizeof *be);
    if (!be) {
        mg_no_memory(err, "the reference backend");
        return NULL;
    }
    *be = (mg_backend){.name = "ref",
                       .threads = 1,
                       .free = ref_free,
                       .linear = mg_ref_linear,
                       .linear_back = mg_ref_linear_back,
                       .act = mg_ref_act,
                       .act_back = mg_ref_act_back,
                       .axpby = mg_ref_axpby,
                       .scale_by = mg_ref_scale_by,
                       .mul = mg_ref_mul,
                       .dropout = mg_ref_dropout,
                       .gather = mg_ref_gather,
                       .norm = mg_ref_norm,
                       .norm_back = mg_ref_norm_back,
                       .bnorm = mg_ref_bnorm,
                       .bnorm_back = mg_ref_bnorm_back,
                       .attention = mg_ref_attention,
                       .attention_back = mg_ref_attention_back,
                       .normalize = mg_ref_normalize,
                       .normalize_back = mg_ref_normalize_back,
                       .infonce = mg_ref_infonce,
                       .xent = mg_ref_xent,
                       .xent_back = mg_ref_xent_back,
                       .product_nt = mg_ref_product_nt,
                       .sumsq = mg_ref_sumsq,
                       .windows = mg_ref_windows,
                       .windows_back = mg_ref_windows_back,
                       .cluster = mg_ref_cluster,
                       .merge = mg_ref_merge,
                       .merge_back = mg_ref_merge_back,
                       .scored = mg_ref_scored,
                       .scored_back = mg_ref_scored_back,
                       .place = mg_ref_place,
                       .place_back = mg_ref_place_back,
                       .contrast = mg_ref_contrast,
                       .late = mg_ref_late,
                       .late_back = mg_ref_late_back,
                       .zero = mg_ref_zero,
                       .adamw = mg_ref_adamw};
    if (mg_arena_init(&be->scratch, SCRATCH_BYTES, err) == MOLGLOT_OK) return be;
    free(be);
    return NULL;
}
