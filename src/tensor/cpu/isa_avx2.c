/* isa_avx2.c - the CPU kernels compiled for AVX2, 8 floats at a time. cpu.c chooses
 * at run time. */
#if defined(__x86_64__)
#include "tensor/cpu/cpu.h"

#define MG_LANES      8
#define MG_TARGET     __attribute__((target("avx2,fma")))
#define MG_TABLE      mg_cpu_avx2
#define MG_TABLE_NAME "AVX2"
/* in this order */
// clang-format off
#include "tensor/cpu/lanes.h"
#include "tensor/cpu/kernels_elementwise.h"
#include "tensor/cpu/kernels_linear.h"
#include "tensor/cpu/kernels_gather.h"
#include "tensor/cpu/kernels_norm.h"
#include "tensor/cpu/kernels_attention.h"
#include "tensor/cpu/kernels_loss.h"
#include "tensor/cpu/kernels_optim.h"
#include "tensor/cpu/kernels_match.h"
#include "tensor/cpu/kernels_sets.h"
#include "tensor/cpu/kernels_table.h"
// clang-format on
#endif
