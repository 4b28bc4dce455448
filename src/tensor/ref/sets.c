/* sets.c - reference kernels of sets: windows of three rows, clusters (DPC-kNN), their weighted
 * means, and attention whose keys carry a score. backend.h has the formulas. */
#include "tensor/ref/ref.h"

#include <math.h>

static int32_t real_rows(const int32_t *offsets, const int32_t *real, int64_t s) {
    return real ? real[s] : offsets[s + 1] - offsets[s];
}

/* ---- windows ---- */

int mg_ref_windows(mg_backend *be, const mg_k_windows *k) {
    (void)be;
    for (int64_t s = 0; s < k->n_seq; s++)
        for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++)
            for (int64_t c = 0; c < k->cols; c++)
                for (int64_t j = 0; j < 3; j++) {
                    const int64_t at = i + j - 1;
                    const bool inside = at >= k->offsets[s] && at < k->offsets[s + 1];
                    k->y[(i * k->cols + c) * 3 + j] = inside ? k->x[at * k->cols + c] : 0.0f;
                }
    return 0;
}

int mg_ref_windows_back(mg_backend *be, const mg_k_windows_back *b) {
    const mg_k_windows *k = &b->f;
    (void)be;
    for (int64_t s = 0; s < k->n_seq; s++)
        for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++)
            for (int64_t c = 0; c < k->cols; c++) {
                double g = 0.0;
                for (int64_t j = 0; j < 3; j++) {
                    const int64_t from = i + 1 - j; /* the window that has row i at place j */
                    if (from >= k->offsets[s] && from < k->offsets[s + 1])
                        g += b->dy[(from * k->cols + c) * 3 + j];
                }
                mg_ref_put(&b->dx[i * k->cols + c], g, b->acc);
            }
    return 0;
}

/* ---- clusters ---- */

/* One sequence on its own: n rows, of which `real` count. */
typedef struct group {
    int64_t n, real, sets;
    double *d;            /* [n,n] */
    double *rho, *chosen; /* [n]: densities; rho delta, -1 once it is a centre */
    int32_t *centres;     /* [sets] */
} group;

static double distance(const mg_k_cluster *k, const float *a, const float *b) {
    double sum = 0.0;
    for (int64_t c = 0; c < k->cols; c++) sum += ((double)a[c] - b[c]) * ((double)a[c] - b[c]);
    return sqrt(sum / (double)k->cols);
}

/* The greatest distance of all sequences. */
static double greatest(const mg_k_cluster *k) {
    double top = 0.0;
    for (int64_t s = 0; s < k->n_seq; s++)
        for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++)
            for (int64_t j = k->offsets[s]; j < i; j++)
                top = fmax(top, distance(k, k->x + i * k->cols, k->x + j * k->cols));
    return top;
}

/* The mean square of the `neighbours` smallest of row i's distances. */
static double crowd(const mg_k_cluster *k, const group *g, int64_t i) {
    double sum = 0.0, last = -1.0;
    int64_t found = 0, want = k->neighbours < g->n ? k->neighbours : g->n;
    while (found < want) { /* the next larger distance, as often as it occurs */
        double next = INFINITY;
        int64_t times = 0;
        for (int64_t j = 0; j < g->n; j++) {
            const double d = g->d[i * g->n + j];
            if (d <= last || d > next) continue;
            times = d < next ? 1 : times + 1;
            next = d;
        }
        if (times == 0) break; /* not a number */
        for (; times > 0 && found < want; times--, found++) sum += next * next;
        last = next;
    }
    return want > 0 ? sum / (double)want : 0.0;
}

static void densities(const mg_k_cluster *k, group *g, int64_t first) {
    for (int64_t i = 0; i < g->n; i++) {
        g->rho[i] = exp(-crowd(k, g, i));
        if (k->noise > 0.0f)
            g->rho[i] += (double)k->noise * mg_dropout_bits(k->key, (uint32_t)(first + i)) / 0x1p32;
        if (i >= g->real) g->rho[i] = 0.0;
    }
}

static bool denser(const mg_k_cluster *k, const group *g, int64_t j, int64_t i) {
    return g->rho[j] > g->rho[i] || (!k->strict && g->rho[j] == g->rho[i] && j < i);
}

static void choose_centres(const mg_k_cluster *k, group *g) {
    double top = 0.0;
    for (int64_t i = 0; i < g->n * g->n; i++) top = fmax(top, g->d[i]);
    for (int64_t i = 0; i < g->n; i++) {
        double delta = INFINITY;
        for (int64_t j = 0; j < g->n; j++)
            if (denser(k, g, j, i)) delta = fmin(delta, g->d[i * g->n + j]);
        g->chosen[i] = g->rho[i] * (isinf(delta) ? top : delta);
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

static int cluster_one(mg_backend *be, const mg_k_cluster *k, int64_t s, double far) {
    const int64_t first = k->offsets[s], rows = k->offsets[s + 1] - first;
    const int32_t counted = real_rows(k->offsets, k->real, s);
    group g = {.n = k->far ? rows : counted,
               .real = counted,
               .sets = k->set_offsets[s + 1] - k->set_offsets[s]};
    const float *x = k->x + first * k->cols;
    g.d = mg_arena_alloc(&be->scratch, (size_t)(g.n * g.n) * sizeof *g.d);
    g.rho = mg_arena_alloc(&be->scratch, (size_t)g.n * sizeof *g.rho);
    g.chosen = mg_arena_alloc(&be->scratch, (size_t)g.n * sizeof *g.chosen);
    g.centres = mg_arena_alloc(&be->scratch, (size_t)g.sets * sizeof *g.centres);
    if (!g.d || !g.rho || !g.chosen || !g.centres) return MOLGLOT_NO_MEMORY;
    for (int64_t i = 0; i < g.n; i++)
        for (int64_t j = 0; j < g.n; j++)
            g.d[i * g.n + j] = j < g.real ? distance(k, x + i * k->cols, x + j * k->cols) : far;
    for (int64_t i = 0; i < rows; i++) k->ids[first + i] = k->set_offsets[s];
    if (g.n == 0) return 0;
    densities(k, &g, first);
    choose_centres(k, &g);
    join(&g, k->set_offsets[s], k->ids + first);
    return 0;
}

int mg_ref_cluster(mg_backend *be, const mg_k_cluster *k) {
    const double far = k->far && k->real ? greatest(k) + 1.0 : 0.0;
    for (int64_t s = 0; s < k->n_seq; s++) {
        size_t mark = mg_arena_mark(&be->scratch);
        const int code = cluster_one(be, k, s, far);
        mg_arena_release(&be->scratch, mark);
        if (code) return code;
    }
    return 0;
}

/* ---- merge ---- */

int mg_ref_merge(mg_backend *be, const mg_k_merge *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    double *top = mg_arena_alloc(&be->scratch, (size_t)k->sets * sizeof *top),
           *sum = mg_arena_alloc(&be->scratch, (size_t)k->sets * sizeof *sum),
           *y = mg_arena_alloc(&be->scratch, (size_t)(k->sets * k->cols) * sizeof *y);
    if (!top || !sum || !y) return MOLGLOT_NO_MEMORY;
    for (int64_t i = 0; i < k->sets; i++) {
        top[i] = k->floor > 0.0f ? 0.0 : -INFINITY;
        sum[i] = (double)k->floor;
    }
    for (int64_t i = 0; i < k->sets * k->cols; i++) y[i] = 0.0;
    for (int pass = 0; pass < 3; pass++)
        for (int64_t s = 0; s < k->n_seq; s++)
            for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++) {
                const int64_t set = k->ids ? k->ids[i] : s;
                const bool counts = i < k->offsets[s] + real_rows(k->offsets, k->real, s);
                if (pass == 0 && counts && !(k->floor > 0.0f))
                    top[set] = fmax(top[set], k->score[i]);
                if (pass == 1 && counts) sum[set] += exp(k->score[i] - top[set]);
                if (pass < 2) continue;
                const double share = counts ? exp(k->score[i] - top[set]) / sum[set] : 0.0;
                k->share[i] = (float)share;
                for (int64_t c = 0; c < k->cols; c++)
                    y[set * k->cols + c] += share * k->x[i * k->cols + c];
            }
    for (int64_t i = 0; i < k->sets * k->cols; i++) k->y[i] = (float)y[i];
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_ref_merge_back(mg_backend *be, const mg_k_merge_back *b) {
    const mg_k_merge *k = &b->f;
    (void)be;
    for (int64_t s = 0; s < k->n_seq; s++)
        for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++) {
            const int64_t set = k->ids ? k->ids[i] : s;
            const float *dy = b->dy + set * k->cols, *x = k->x + i * k->cols,
                        *y = k->y + set * k->cols;
            double dot = 0.0;
            for (int64_t c = 0; c < k->cols; c++) {
                dot += ((double)x[c] - y[c]) * dy[c];
                if (b->dx)
                    mg_ref_put(&b->dx[i * k->cols + c], (double)k->share[i] * dy[c], b->acc_x);
            }
            if (b->dscore)
                mg_ref_put(&b->dscore[i], k->share[i] > 0.0f ? k->share[i] * dot : 0.0,
                           b->acc_score);
        }
    return 0;
}

/* ---- attention with scores ---- */

static double logit(const mg_k_scored *k, int64_t i, int64_t j, int64_t h) {
    const int64_t w = k->d / k->heads;
    double dot = 0.0;
    for (int64_t c = h * w; c < (h + 1) * w; c++)
        dot += (double)k->q[i * k->d + c] * k->kv[j * 2 * k->d + c];
    return dot / sqrt((double)w) + k->score[j];
}

static void attend(const mg_k_scored *k, int64_t i, int64_t h, int64_t from, int64_t to) {
    const int64_t w = k->d / k->heads;
    double top = -INFINITY, sum = 0.0;
    for (int64_t j = from; j < to; j++) top = fmax(top, logit(k, i, j, h));
    for (int64_t j = from; j < to; j++) sum += exp(logit(k, i, j, h) - top);
    k->lse[h * k->n + i] = from < to ? (float)(top + log(sum)) : 0.0f;
    for (int64_t c = h * w; c < (h + 1) * w; c++) {
        double y = 0.0;
        for (int64_t j = from; j < to; j++)
            y += exp(logit(k, i, j, h) - top) / sum * k->kv[(2 * j + 1) * k->d + c];
        k->y[i * k->d + c] = (float)y;
    }
}

int mg_ref_scored(mg_backend *be, const mg_k_scored *k) {
    (void)be;
    for (int64_t s = 0; s < k->n_seq; s++) {
        const int64_t from = k->kv_offsets[s], to = from + real_rows(k->kv_offsets, k->real, s);
        for (int64_t i = k->q_offsets[s]; i < k->q_offsets[s + 1]; i++)
            for (int64_t h = 0; h < k->heads; h++) attend(k, i, h, from, to);
    }
    return 0;
}

/* Gradients of row i and head h, added to those of the sequence in double. */
static void attend_back(const mg_k_scored_back *b, int64_t i, int64_t h, int64_t from, int64_t to,
                        double *dkv, double *dscore) {
    const mg_k_scored *k = &b->f;
    const int64_t w = k->d / k->heads, d = k->d;
    const double scale = 1.0 / sqrt((double)w);
    double mean = 0.0;
    for (int64_t c = h * w; c < (h + 1) * w; c++)
        mean += (double)b->dy[i * d + c] * k->y[i * d + c];
    for (int64_t j = from; j < to; j++) {
        const double p = exp(logit(k, i, j, h) - k->lse[h * k->n + i]);
        double dp = 0.0;
        for (int64_t c = h * w; c < (h + 1) * w; c++)
            dp += (double)b->dy[i * d + c] * k->kv[(2 * j + 1) * d + c];
        const double dl = p * (dp - mean);
        dscore[j - from] += dl;
        for (int64_t c = h * w; c < (h + 1) * w; c++) {
            dkv[(j - from) * 2 * d + c] += scale * dl * k->q[i * d + c];
            dkv[((j - from) * 2 + 1) * d + c] += p * b->dy[i * d + c];
        }
    }
    for (int64_t c = h * w; b->dq && c < (h + 1) * w; c++) {
        double dq = 0.0;
        for (int64_t j = from; j < to; j++) {
            const double p = exp(logit(k, i, j, h) - k->lse[h * k->n + i]);
            double dp = 0.0;
            for (int64_t e = h * w; e < (h + 1) * w; e++)
                dp += (double)b->dy[i * d + e] * k->kv[(2 * j + 1) * d + e];
            dq += scale * p * (dp - mean) * k->kv[j * 2 * d + c];
        }
        mg_ref_put(&b->dq[i * d + c], dq, b->acc_q);
    }
}

int mg_ref_scored_back(mg_backend *be, const mg_k_scored_back *b) {
    const mg_k_scored *k = &b->f;
    for (int64_t s = 0; s < k->n_seq; s++) {
        size_t mark = mg_arena_mark(&be->scratch);
        const int64_t from = k->kv_offsets[s], to = from + real_rows(k->kv_offsets, k->real, s),
                      end = k->kv_offsets[s + 1];
        double *dkv = mg_arena_alloc(&be->scratch, (size_t)((end - from) * 2 * k->d) * sizeof *dkv),
               *dscore = mg_arena_alloc(&be->scratch, (size_t)(end - from) * sizeof *dscore);
        if (!dkv || !dscore) return MOLGLOT_NO_MEMORY;
        for (int64_t i = 0; i < (end - from) * 2 * k->d; i++) dkv[i] = 0.0;
        for (int64_t i = 0; i < end - from; i++) dscore[i] = 0.0;
        for (int64_t i = k->q_offsets[s]; i < k->q_offsets[s + 1]; i++)
            for (int64_t h = 0; h < k->heads; h++) attend_back(b, i, h, from, to, dkv, dscore);
        for (int64_t i = 0; b->dkv && i < (end - from) * 2 * k->d; i++)
            mg_ref_put(&b->dkv[from * 2 * k->d + i], dkv[i], b->acc_kv);
        for (int64_t i = 0; b->dscore && i < end - from; i++)
            mg_ref_put(&b->dscore[from + i], dscore[i], b->acc_score);
        mg_arena_release(&be->scratch, mark);
    }
    return 0;
}
