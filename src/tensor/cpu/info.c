/* info.c - what this machine can do: for `molglot doctor` and the benchmarks. */
#include "tensor/cpu/cpu.h"

#include <omp.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* The processor's own name for itself, 48 bytes in three calls. */
static void cpu_name(char name[64]) {
    strcpy(name, "unknown");
#if defined(__x86_64__)
    unsigned words[12], top = __get_cpuid_max(0x80000000u, NULL);
    if (top < 0x80000004u) return;
    for (unsigned i = 0; i < 3; i++)
        __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
                    &words[4 * i + 3]);
    memcpy(name, words, sizeof words);
    name[sizeof words] = 0;
    size_t start = strspn(name, " ");
    memmove(name, name + start, strlen(name + start) + 1);
#endif
}

void mg_cpu_info_get(mg_cpu_info *info) {
    memset(info, 0, sizeof *info);
    cpu_name(info->name);
    mg_isa isa = mg_cpu_best_isa();
    info->avx2 = isa >= MG_ISA_AVX2;
    info->avx512 = isa >= MG_ISA_AVX512;
    info->avx512_bf16 = info->bf16_products = mg_gemm_has_bf16();
    info->threads = omp_get_max_threads();
    mg_gemm_versions(info->blas, info->onednn, &info->amx_bf16);
}
