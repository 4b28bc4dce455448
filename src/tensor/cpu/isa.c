/* isa.c - which of the three kernel sets this processor can run. */
#include "tensor/cpu/cpu.h"

mg_isa mg_cpu_best_isa(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return MG_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return MG_ISA_AVX2;
#endif
    return MG_ISA_BASE;
}
