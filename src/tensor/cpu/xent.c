/* xent.c - cross-entropy of softmax(logits[n,c]) against one target a row, value and gradient:
 * rows are cut among the threads (kernels_xent.h), the rows' losses are summed in order. Called
 * through the table in cpu.c by mg_cross_entropy. */
#include "tensor/cpu/cpu.h"

int mg_cpu_xent(mg_backend *be, const mg_k_xent *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->n * k->c);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++)
        kernels->xent(k, mg_cut(k->n, parts, p).at, mg_cut(k->n, parts, p).end);
    double loss = 0.0;
    for (int64_t i = 0; i < k->n; i++) loss += (double)mg_xent_factor(k, i) * k->row_loss[i];
    *k->loss = (float)loss;
    return 0;
}

int mg_cpu_xent_back(mg_backend *be, const mg_k_xent_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->f.n * k->f.c);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++)
        kernels->xent_back(k, mg_cut(k->f.n, parts, p).at, mg_cut(k->f.n, parts, p).end);
    return 0;
}
