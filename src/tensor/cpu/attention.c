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
    int64_t longest = 0, most = 0, keys = 0;
    for (int64_t s = 0; s < k->n_seq; s++) {
        const int64_t length = k->kv_to[s] - k->kv_from[s];
        const int64_t queries = k->q_offsets[s + 1] - k->q_offsets[s];
        if (length > longest) longest = length;
        if (queries > most) most = queries;
        keys += length;
    }
    plan p = {.tasks = k->n_seq * k->heads,
              .threads = mg_parts(be, (keys > k->n ? keys : k->n) * k->d)};
    p.size = mg_kernels(be)->attention_work(most, longest, k->d / k->heads, back) / 16 * 16 + 16;
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

/* dbias += what each task found, added up in the order of the sequences. */
static void sum_bias(const mg_k_attention_back *k, const float *found) {
    const int64_t rows = 2 * (int64_t)k->f.reach + 1;
    for (int64_t h = 0; h < k->f.heads; h++)
        for (int64_t r = 0; r < rows; r++) {
            double sum = 0.0;
            for (int64_t s = 0; s < k->f.n_seq; s++) sum += found[(s * k->f.heads + h) * rows + r];
            k->dbias[r * k->f.heads + h] += (float)sum;
        }
}

int mg_cpu_attention_back(mg_backend *be, const mg_k_attention_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    size_t mark = mg_arena_mark(&be->scratch);
    const plan p = plan_of(be, &k->f, true);
    const int64_t rows = k->dbias ? 2 * (int64_t)k->f.reach + 1 : 0; /* a task's part of dbias */
    float *bias = mg_arena_alloc(&be->scratch, (size_t)(p.tasks * rows + 1) * sizeof *bias);
    if (!p.work || !bias) return 1;
#pragma omp parallel for num_threads(p.threads) schedule(dynamic)
    for (int64_t t = 0; t < p.tasks; t++)
        kernels->attention_back(k, t / k->f.heads, (int)(t % k->f.heads),
                                p.work + omp_get_thread_num() * p.size, bias + t * rows);
    if (k->dbias) sum_bias(k, bias);
    mg_arena_release(&be->scratch, mark);
    return 0;
}
