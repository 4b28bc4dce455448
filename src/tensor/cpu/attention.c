/* attention.c - attention over packed sequences, forward and backward: every (sequence, head)
 * is one task, handed out as threads become free, since lengths differ. A task writes its own
 * columns of its own rows and works in its thread's scratch, so the order does not show in the
 * results. The mathematics is in kernels_attention.h. */
#include "tensor/cpu/cpu.h"

#include <omp.h>

/* How one call is cut up. */
typedef struct plan {
    /* size: scratch of one thread for the longest sequence, in floats (whole cache lines) */
    int64_t tasks, size;
    int threads;
    float *work; /* NULL: scratch is full */
} plan;

static plan plan_of(mg_backend *be, const mg_k_attention *k, bool back) {
    int64_t longest = 0, keys = 0;
    for (int64_t s = 0; s < k->n_seq; s++) {
        const int64_t length = k->kv_to[s] - k->kv_from[s];
        if (length > longest) longest = length;
        keys += length;
    }
    plan p = {.tasks = k->n_seq * k->heads,
              .threads = mg_parts(be, (keys > k->n ? keys : k->n) * k->d)};
    p.size = mg_kernels(be)->attention_work(longest, k->d / k->heads, back) / 16 * 16 + 16;
    p.work = mg_arena_alloc(&be->scratch, (size_t)(p.threads * p.size) * sizeof *p.work);
    return p;
}

/* Keys that lie apart by head are for generation, where many sequences may share them: one head of
 * all sequences after the other, so that its keys stay in the first cache. */
static void run_task(const mg_cpu_kernels *kernels, const mg_k_attention *k, int64_t t,
                     float *work) {
    const bool apart = k->kv_head != k->d / k->heads;
    if (apart)
        kernels->attention(k, t % k->n_seq, (int)(t / k->n_seq), work);
    else
        kernels->attention(k, t / k->heads, (int)(t % k->heads), work);
}

int mg_cpu_attention(mg_backend *be, const mg_k_attention *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    size_t mark = mg_arena_mark(&be->scratch);
    const plan p = plan_of(be, k, false);
    if (!p.work) return 1;
    if (p.threads == 1) {
        for (int64_t t = 0; t < p.tasks; t++) run_task(kernels, k, t, p.work);
    } else {
#pragma omp parallel for num_threads(p.threads) schedule(dynamic)
        for (int64_t t = 0; t < p.tasks; t++)
            run_task(kernels, k, t, p.work + omp_get_thread_num() * p.size);
    }
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_cpu_attention_back(mg_backend *be, const mg_k_attention_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    size_t mark = mg_arena_mark(&be->scratch);
    const plan p = plan_of(be, &k->f, true);
    if (!p.work) return 1;
#pragma omp parallel for num_threads(p.threads) schedule(dynamic)
    for (int64_t t = 0; t < p.tasks; t++)
        kernels->attention_back(k, t / k->f.heads, (int)(t % k->f.heads),
                                p.work + omp_get_thread_num() * p.size);
    mg_arena_release(&be->scratch, mark);
    return 0;
}
