/* emulator.h - what the tests may ask of the emulator. The functions are in the emulated
 * libmolglot_cuda.so; tests find them with dlsym.
 *
 * Settings are environment variables, read when the library is opened and by mg_emu_reset:
 *
 *   MG_EMU_MODE      now      work runs when it is given to a stream (default)
 *                    late     work runs only when something waits for it: an upload that nobody
 *                             waited for is missing
 *                    copies   copies run as soon as their stream allows, kernels late: memory that
 *                             is still to be read is overwritten
 *   MG_EMU_ORDER     0, 1, 2  blocks, and threads between two meetings, run ascending, descending,
 *                    shuffled
 *   MG_EMU_GUARD     1        device memory is out of reach while the host runs: a host that reads
 *                    it crashes
 *   MG_EMU_FAIL      malloc:N, launch:N, copy:N: the Nth such call from now on fails. After a
 *                    failed launch every later call fails too.
 *   MG_EMU_DEVICES   how many GPUs there are (default 2); -1: not even a driver
 *   MG_EMU_MEMORY    MiB of each (default 2048)
 *
 * Always on: device memory starts as NaN; a kernel that leaves its memory, divides by zero,
 * overflows an int (both by the compiler's checks), gets an address of the host, or whose threads
 * do not all arrive at a barrier or a warp's meeting, fails with a message.
 */
#ifndef MG_EMULATOR_H
#define MG_EMULATOR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mg_emu_counts {
    /* allocated now; streams, events, cuBLASLt */
    long device_bytes, pinned_bytes, handles;
    /* calls since the last reset; products: cublasLtMatmul */
    long launches, copies, allocations, products;
} mg_emu_counts;

/* As a new process would start: the error of a failed kernel is gone, settings are read again,
 * calls count from 0. */
__attribute__((visibility("default"))) void mg_emu_reset(void);
__attribute__((visibility("default"))) void mg_emu_count(mg_emu_counts *c);
/* What another library does on the device: x [n] times `by`, in the order of the stream. False
 * where x is no device memory of that size or the stream is none. */
__attribute__((visibility("default"))) int mg_emu_scale(float *x, size_t n, float by, void *stream);

#ifdef __cplusplus
}
#endif
#endif
