/* isa_base.c - the CPU kernels compiled for SSE2, 4 floats at a time. cpu.c chooses
 * at run time. */
#include "tensor/cpu/cpu.h"

#define MG_LANES 4
#define MG_TARGET
#define MG_TABLE      mg_cpu_base
#define MG_TABLE_NAME "SSE2"
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
