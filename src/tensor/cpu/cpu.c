/* cpu.c - the fast CPU backend: the table of backend.h, with kernels chosen for this machine. cpu.h
 * says which file holds what.
 */
#include "tensor/cpu/cpu.h"

#include <stdlib.h>

#define SCRATCH_BYTES ((size_t)16 << 30) /* of address space: memory comes when touched */

static void cpu_free(mg_backend *be) {
    mg_cpu *cpu = be->self;
    mg_arena_free(&be->scratch);
    mg_gemm_free(cpu->gemm);
    free(cpu);
    free(be);
}

static const mg_backend table = {
    .name = "cpu",
    .free = cpu_free,
    .linear = mg_cpu_linear,
    .linear_back = mg_cpu_linear_back,
    .act = mg_cpu_act,
    .act_back = mg_cpu_act_back,
    .axpby = mg_cpu_axpby,
    .scale_by = mg_cpu_scale_by,
    .mul = mg_cpu_mul,
    .dropout = mg_cpu_dropout,
    .gather = mg_cpu_gather,
    .norm = mg_cpu_norm,
    .norm_back = mg_cpu_norm_back,
    .bnorm = mg_cpu_bnorm,
    .bnorm_back = mg_cpu_bnorm_back,
    .attention = mg_cpu_attention,
    .attention_back = mg_cpu_attention_back,
    .normalize = mg_cpu_normalize,
    .normalize_back = mg_cpu_normalize_back,
    .infonce = mg_cpu_infonce,
    .xent = mg_cpu_xent,
    .xent_back = mg_cpu_xent_back,
    .windows = mg_cpu_windows,
    .windows_back = mg_cpu_windows_back,
    .cluster = mg_cpu_cluster,
    .merge = mg_cpu_merge,
    .merge_back = mg_cpu_merge_back,
    .scored = mg_cpu_scored,
    .scored_back = mg_cpu_scored_back,
    .place = mg_cpu_place,
    .place_back = mg_cpu_place_back,
    .contrast = mg_cpu_contrast,
    .late = mg_cpu_late,
    .late_back = mg_cpu_late_back,
    .product_nt = mg_cpu_product_nt,
    .sumsq = mg_cpu_sumsq,
    .zero = mg_cpu_zero,
    .adamw = mg_cpu_adamw,
};

mg_backend *mg_backend_cpu_new_for(mg_isa isa, bool bf16, int threads, molglot_error *err) {
    static const mg_cpu_kernels *const by_isa[] = {
        [MG_ISA_BASE] = &mg_cpu_base,
#if defined(__x86_64__)
        [MG_ISA_AVX2] = &mg_cpu_avx2,
        [MG_ISA_AVX512] = &mg_cpu_avx512,
#endif
    };
    if (isa > mg_cpu_best_isa()) {
        mg_fail(err, MOLGLOT_USAGE, "this CPU lacks the instructions of kernel set %d", (int)isa);
        return NULL;
    }
    if (!mg_gemm_has_room()) {
        mg_no_memory(err,
                     "matrix products: 160 MB of address space are needed and %zu MB are left "
                     "(see ulimit -v)",
                     mg_addresses_left() >> 20);
        return NULL;
    }
    mg_backend *be = malloc(sizeof *be);
    mg_cpu *cpu = malloc(sizeof *cpu);
    mg_gemm *gemm = mg_gemm_new();
    mg_arena scratch = {0};
    bool room = be && cpu && gemm;
    if (!room || mg_arena_init(&scratch, SCRATCH_BYTES, err) != MOLGLOT_OK) {
        if (!room) mg_no_memory(err, "the CPU backend");
        mg_gemm_free(gemm);
        free(cpu);
        free(be);
        return NULL;
    }
    *cpu = (mg_cpu){.k = by_isa[isa], .gemm = gemm, .bf16 = bf16};
    *be = table;
    be->threads = mg_threads(threads);
    be->scratch = scratch;
    be->self = cpu;
    return be;
}

mg_backend *mg_backend_cpu_new(int threads, molglot_error *err) {
    return mg_backend_cpu_new_for(mg_cpu_best_isa(), mg_gemm_has_bf16(), threads, err);
}
