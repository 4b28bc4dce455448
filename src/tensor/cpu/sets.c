/* sets.c - sets of tokens: windows, clusters, merges, attention with scores. A sequence is a task;
 * tasks are handed out as threads become free and write their own rows, so the order does not show
 * in the results. The vectors are in kernels_sets.h; clustering's choices are here: n^2 numbers a
 * sequence, each read four times, densities in double. */
#include "tensor/cpu/cpu.h"

#include <omp.h>
#include <string.h>

static int64_t longest(int64_t n_seq, const int32_t *offsets) {
    int64_t most = 0;
    for (int64_t s = 0; s < n_seq; s++)
        most = offsets[s + 1] - offsets[s] > most ? offsets[s + 1] - offsets[s] : most;
    return most;
}

/* ---- windows ---- */

int mg_cpu_windows(mg_backend *be, const mg_k_windows *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->n * k->cols);
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->n_seq; s++) kernels->windows(k, s);
    return 0;
}

int mg_cpu_windows_back(mg_backend *be, const mg_k_windows_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->f.n * k->f.cols);
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->f.n_seq; s++) kernels->windows_back(k, s);
    return 0;
}

/* ---- clusters ---- */

typedef struct group { /* one sequence */
    int64_t n, real, sets;
    float *d;             /* [n,n], pads as far as they are */
    double *rho, *chosen; /* [n] */
    int32_t *centres;     /* [sets] */
} group;

/* The mean square of the `neighbours` smallest distances of row i, by insertion. */
static double crowd(const mg_k_cluster *k, const group *g, int64_t i) {
    float near[MG_CLUSTER_NEIGHBOURS];
    int64_t kept = 0, want = k->neighbours < g->n ? k->neighbours : g->n;
    for (int64_t j = 0; j < g->n; j++) {
        const float d = g->d[i * g->n + j];
        if (kept == want && !(d < near[kept - 1])) continue;
        int64_t at = kept < want ? kept++ : kept - 1;
        for (; at > 0 && near[at - 1] > d; at--) near[at] = near[at - 1];
        near[at] = d;
    }
    double sum = 0.0;
    for (int64_t j = 0; j < kept; j++) sum += (double)near[j] * near[j];
    return kept > 0 ? sum / (double)kept : 0.0;
}

static void densities(const mg_k_cluster *k, group *g, int64_t first) {
    for (int64_t i = 0; i < g->n; i++) {
        g->rho[i] = exp(-crowd(k, g, i));
        if (k->noise > 0.0f)
            g->rho[i] += (double)k->noise * mg_dropout_bits(k->key, (uint32_t)(first + i)) / 0x1p32;
        if (i >= g->real) g->rho[i] = 0.0;
    }
}

static void choose_centres(const mg_k_cluster *k, group *g) {
    float top = 0.0f;
    for (int64_t i = 0; i < g->n * g->n; i++) top = g->d[i] > top ? g->d[i] : top;
    for (int64_t i = 0; i < g->n; i++) {
        float delta = INFINITY;
        for (int64_t j = 0; j < g->n; j++) {
            const bool denser = g->rho[j] > g->rho[i] ||
                                (!k->strict && g->rho[j] == g->rho[i] && j < i);
            if (denser && g->d[i * g->n + j] < delta) delta = g->d[i * g->n + j];
        }
        g->chosen[i] = g->rho[i] * (double)(delta < INFINITY ? delta : top);
    }
    for (int64_t c = 0; c < g->sets; c++) {
        int64_t best = 0;
        for (int64_t i = 1; i < g->n; i++)
            if (g->chosen[i] > g->chosen[best]) best = i;
        g->centres[c] = (int32_t)best;
        g->chosen[best] = -1.0;
    }
}

static void join(const group *g, int32_t first_set, int32_t *ids) {
    for (int64_t i = 0; i < g->n; i++) {
        int64_t best = 0;
        for (int64_t c = 1; c < g->sets; c++)
            if (g->d[g->centres[c] * g->n + i] < g->d[g->centres[best] * g->n + i]) best = c;
        ids[i] = first_set + (int32_t)best;
    }
    for (int64_t c = 0; c < g->sets; c++) ids[g->centres[c]] = first_set + (int32_t)c;
}

/* Scratch of one thread for sequences of n rows. */
static group group_at(char *room, int64_t n) {
    group g = {.rho = (double *)(void *)room};
    g.chosen = g.rho + n;
    g.d = (float *)(void *)(g.chosen + n);
    g.centres = (int32_t *)(void *)(g.d + n * n);
    return g;
}
static int64_t group_bytes(int64_t n) { return ((n * n + 5 * n) * 4 + 127) / 64 * 64; }

static float top_of(const mg_cpu_kernels *kernels, const mg_k_cluster *k, int64_t s, group *g) {
    const int64_t n = k->offsets[s + 1] - k->offsets[s];
    float top = 0.0f;
    kernels->distances(n, k->cols, k->x + k->offsets[s] * k->cols, g->d);
    for (int64_t i = 0; i < n * n; i++) top = g->d[i] > top ? g->d[i] : top;
    return top;
}

static void cluster_one(const mg_cpu_kernels *kernels, const mg_k_cluster *k, int64_t s, float far,
                        group *g) {
    const int64_t first = k->offsets[s], rows = k->offsets[s + 1] - first;
    g->real = k->real ? k->real[s] : rows;
    g->n = k->far ? rows : g->real;
    g->sets = k->set_offsets[s + 1] - k->set_offsets[s];
    for (int64_t i = 0; i < rows; i++) k->ids[first + i] = k->set_offsets[s];
    if (g->n == 0) return;
    kernels->distances(g->n, k->cols, k->x + first * k->cols, g->d);
    for (int64_t i = 0; i < g->n; i++)
        for (int64_t j = g->real; j < g->n; j++) g->d[i * g->n + j] = far;
    densities(k, g, first);
    choose_centres(k, g);
    join(g, k->set_offsets[s], k->ids + first);
}

int mg_cpu_cluster(mg_backend *be, const mg_k_cluster *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->n * k->cols);
    const int64_t most = longest(k->n_seq, k->offsets), bytes = group_bytes(most);
    size_t mark = mg_arena_mark(&be->scratch);
    char *room = mg_arena_alloc(&be->scratch, (size_t)(parts * bytes));
    float *tops = mg_arena_alloc(&be->scratch, (size_t)k->n_seq * sizeof *tops), far = 0.0f;
    if (!room || !tops) return 1;
    if (k->far && k->real) {
#pragma omp parallel for num_threads(parts) schedule(dynamic)
        for (int64_t s = 0; s < k->n_seq; s++) {
            group g = group_at(room + omp_get_thread_num() * bytes, most);
            tops[s] = top_of(kernels, k, s, &g);
        }
        for (int64_t s = 0; s < k->n_seq; s++) far = tops[s] > far ? tops[s] : far;
        far += 1.0f;
    }
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->n_seq; s++) {
        group g = group_at(room + omp_get_thread_num() * bytes, most);
        cluster_one(kernels, k, s, far, &g);
    }
    mg_arena_release(&be->scratch, mark);
    return 0;
}

/* ---- merge ---- */

int mg_cpu_merge(mg_backend *be, const mg_k_merge *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->n * k->cols);
    size_t mark = mg_arena_mark(&be->scratch);
    float *top = mg_arena_alloc(&be->scratch, (size_t)k->sets * sizeof *top);
    double *sum = mg_arena_alloc(&be->scratch, (size_t)k->sets * sizeof *sum);
    if (!top || !sum) return 1;
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->n_seq; s++) kernels->merge(k, s, top, sum);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_cpu_merge_back(mg_backend *be, const mg_k_merge_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->f.n * k->f.cols);
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->f.n_seq; s++) kernels->merge_back(k, s);
    return 0;
}

/* ---- attention with scores ---- */

int mg_cpu_scored(mg_backend *be, const mg_k_scored *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, (k->n + k->n_kv) * k->d);
    const int64_t size = longest(k->n_seq, k->kv_offsets) / 16 * 16 + 16;
    size_t mark = mg_arena_mark(&be->scratch);
    float *work = mg_arena_alloc(&be->scratch, (size_t)(parts * size) * sizeof *work);
    if (!work) return 1;
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->n_seq; s++)
        kernels->scored(k, s, work + omp_get_thread_num() * size);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_cpu_scored_back(mg_backend *be, const mg_k_scored_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, (k->f.n + k->f.n_kv) * k->f.d);
    const int64_t size = longest(k->f.n_seq, k->f.kv_offsets) / 16 * 16 + 16;
    size_t mark = mg_arena_mark(&be->scratch);
    float *work = mg_arena_alloc(&be->scratch, (size_t)(parts * size) * sizeof *work);
    if (!work) return 1;
    if (k->dkv && !k->acc_kv) memset(k->dkv, 0, (size_t)(k->f.n_kv * 2 * k->f.d) * sizeof(float));
    if (k->dscore && !k->acc_score) memset(k->dscore, 0, (size_t)k->f.n_kv * sizeof(float));
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->f.n_seq; s++)
        kernels->scored_back(k, s, work + omp_get_thread_num() * size);
    mg_arena_release(&be->scratch, mark);
    return 0;
}
