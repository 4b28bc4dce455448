/* mma.h - a stand-in for CUDA's header: nvcuda::wmma for bf16 matrices of 16x16x16 and float
 * accumulators.
 *
 * A fragment holds 8 of the 256 elements. Which ones is the hardware's secret; here element i of
 * lane l is number (8 l + i) * 37 mod 256, so that a kernel that assumes a layout gives wrong
 * results. A lane loads and stores its own elements when it comes by (a missing __syncwarp shows in
 * some order of the threads); that all lanes gave the same arguments is checked at the warp's next
 * meeting. Products of bf16 are exact in float; they are added in order.
 */
#ifndef MG_EMU_MMA_H
#define MG_EMU_MMA_H

#include "cuda_bf16.h"

namespace nvcuda {
namespace wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

template <typename Use, int M, int N, int K, typename T, typename Layout = void>
class fragment;
template <typename T>
struct mg_emu_fragment {
    enum { num_elements = 8 };
    T x[num_elements];
};
template <>
class fragment<matrix_a, 16, 16, 16, __nv_bfloat16, row_major>
    : public mg_emu_fragment<__nv_bfloat16> {};
template <>
class fragment<matrix_a, 16, 16, 16, __nv_bfloat16, col_major>
    : public mg_emu_fragment<__nv_bfloat16> {};
template <>
class fragment<matrix_b, 16, 16, 16, __nv_bfloat16, row_major>
    : public mg_emu_fragment<__nv_bfloat16> {};
template <>
class fragment<matrix_b, 16, 16, 16, __nv_bfloat16, col_major>
    : public mg_emu_fragment<__nv_bfloat16> {};
template <>
class fragment<accumulator, 16, 16, 16, float> : public mg_emu_fragment<float> {};

/* ---- what a lane does alone, and the product, which is a meeting ---- */

/* of element i: row * 16 + column */
static inline int mg_emu_number(int i) { return ((int)(threadIdx.x % 32) * 8 + i) * 37 % 256; }

/* Where element i of this lane is in memory. */
static inline size_t mg_emu_place(int i, unsigned ld, bool by_column) {
    const unsigned at = (unsigned)mg_emu_number(i), r = at / 16, c = at % 16;
    return by_column ? (size_t)c * ld + r : (size_t)r * ld + c;
}
template <typename T>
static inline void mg_emu_check(mg_emu_meeting what, const T *memory, unsigned ld, bool by_column) {
    if ((uintptr_t)memory % 32) mg_emu_stop("wmma: an address is not a multiple of 32 bytes");
    if (ld * sizeof(T) % 16 || ld < 16) mg_emu_stop("wmma: a leading dimension of %u", ld);
    mg_emu_note(what, memory, ld * 2 + by_column);
}

struct mg_emu_product {
    const __nv_bfloat16 *a, *b;
    const float *c;
    float *d;
};
static inline void mg_emu_multiply(void *const lanes[32]) {
    float a[256], b[256], sum[256];
    for (int at = 0, l = 0; l < 32; l++) {
        auto *p = (const mg_emu_product *)lanes[l];
        for (int i = 0; i < 8; i++, at = (at + 37) % 256) {
            a[at] = __bfloat162float(p->a[i]);
            b[at] = __bfloat162float(p->b[i]);
            sum[at] = p->c[i];
        }
    }
    for (int r = 0; r < 16; r++)
        for (int k = 0; k < 16; k++)
            for (int c = 0; c < 16; c++) sum[r * 16 + c] += a[r * 16 + k] * b[k * 16 + c];
    for (int at = 0, l = 0; l < 32; l++)
        for (int i = 0; i < 8; i++, at = (at + 37) % 256)
            ((const mg_emu_product *)lanes[l])->d[i] = sum[at];
}

/* ---- the calls ---- */

template <typename Use, typename T, typename Layout, typename V>
static inline void fill_fragment(fragment<Use, 16, 16, 16, T, Layout> &f, const V &value) {
    for (int i = 0; i < 8; i++) f.x[i] = value;
}
template <typename Use, typename Layout>
static inline void load_matrix_sync(fragment<Use, 16, 16, 16, __nv_bfloat16, Layout> &f,
                                    const __nv_bfloat16 *memory, unsigned ld) {
    const bool by_column = std::is_same<Layout, col_major>::value;
    mg_emu_check(MG_EMU_LOAD, memory, ld, by_column);
    for (int i = 0; i < 8; i++) f.x[i] = memory[mg_emu_place(i, ld, by_column)];
}
static inline void load_matrix_sync(fragment<accumulator, 16, 16, 16, float> &f,
                                    const float *memory, unsigned ld, layout_t layout) {
    mg_emu_check(MG_EMU_LOAD, memory, ld, layout == mem_col_major);
    for (int i = 0; i < 8; i++) f.x[i] = memory[mg_emu_place(i, ld, layout == mem_col_major)];
}
static inline void store_matrix_sync(float *memory,
                                     const fragment<accumulator, 16, 16, 16, float> &f, unsigned ld,
                                     layout_t layout) {
    mg_emu_check(MG_EMU_STORE, memory, ld, layout == mem_col_major);
    for (int i = 0; i < 8; i++) memory[mg_emu_place(i, ld, layout == mem_col_major)] = f.x[i];
}
template <typename LayoutA, typename LayoutB>
static inline void mma_sync(fragment<accumulator, 16, 16, 16, float> &d,
                            const fragment<matrix_a, 16, 16, 16, __nv_bfloat16, LayoutA> &a,
                            const fragment<matrix_b, 16, 16, 16, __nv_bfloat16, LayoutB> &b,
                            const fragment<accumulator, 16, 16, 16, float> &c) {
    mg_emu_product p = {a.x, b.x, c.x, d.x};
    mg_emu_meet(MG_EMU_MMA, &p, mg_emu_multiply);
}

} // namespace wmma
} // namespace nvcuda

#endif
