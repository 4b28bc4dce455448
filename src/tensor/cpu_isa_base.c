/* cpu_isa_base.c - the CPU kernels compiled for SSE2, 4 floats at a time. Chosen at run time by
 * cpu.c. */
#include "tensor/cpu.h"

#define MG_LANES 4
#define MG_TARGET
#define MG_TABLE      mg_cpu_base
#define MG_TABLE_NAME "SSE2"
/* in this order */
// clang-format off
#include "tensor/cpu_lanes.h"
#include "tensor/cpu_kernels_elementwise.h"
#include "tensor/cpu_kernels_rows.h"
#include "tensor/cpu_kernels_attention.h"
#include "tensor/cpu_kernels_nce.h"
#include "tensor/cpu_kernels_xent.h"
#include "tensor/cpu_kernels_table.h"
// clang-format on
