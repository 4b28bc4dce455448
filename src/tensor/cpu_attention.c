/* cpu_attention.c - self-attention over packed sequences, forward and backward: every (sequence, head) is one task, handed
 * out as threads become free, since lengths differ. A task writes its own columns of its own rows and works in its thread's
 * scratch, so the order does not show in the results. The mathematics is in cpu_kernels_attention.h. */
#include "tensor/cpu.h"

#include <omp.h>

/* Scratch of one thread for the longest sequence, in floats (whole cache lines). */
static int64_t work_floats(const mg_backend *be, const mg_k_attention *k, bool back) {
    int64_t longest = 0;
    for (int64_t s = 0; s < k->n_seq; s++) {
        int64_t length = k->offsets[s + 1] - k->offsets[s];
        if (length > longest) longest = length;
    }
    return (mg_kernels(be)->attention_work(longest, k->d / k->heads, back) + 15) / 16 * 16;
}

int mg_cpu_attention(mg_backend *be, const mg_k_attention *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int threads = mg_parts(be, k->n * k->d);
    int64_t size = work_floats(be, k, false), tasks = k->n_seq * k->heads;
    size_t mark = mg_arena_mark(&be->scratch);
    float *work = mg_arena_alloc(&be->scratch, (size_t)(threads * size) * sizeof *work);
    if (!work) return 1;
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int64_t t = 0; t < tasks; t++)
        kernels->attention(k, t / k->heads, (int)(t % k->heads), work + omp_get_thread_num() * size);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_cpu_attention_back(mg_backend *be, const mg_k_attention_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int threads = mg_parts(be, k->f.n * k->f.d);
    int64_t size = work_floats(be, &k->f, true), tasks = k->f.n_seq * k->f.heads;
    size_t mark = mg_arena_mark(&be->scratch);
    float *work = mg_arena_alloc(&be->scratch, (size_t)(threads * size) * sizeof *work);
    if (!work) return 1;
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int64_t t = 0; t < tasks; t++)
        kernels->attention_back(k, t / k->f.heads, (int)(t % k->f.heads), work + omp_get_thread_num() * size);
    mg_arena_release(&be->scratch, mark);
    return 0;
}
