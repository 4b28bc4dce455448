/* cpu_ref_pairs.c - reference kernels over pairs of rows: packed attention and InfoNCE. See cpu_ref.c. */
#include "tensor/cpu_ref.h"

#include <math.h>
#include <string.h>

/* ---- attention ---- */

/* One head of one sequence. */
typedef struct head {
    const mg_k_attention *k;
    int64_t first, length, width, column;     /* rows first.., columns column.. of each of q, k, v */
    int h;
} head;

enum { Q = 0, K = 1, V = 2 };

static double qkv_at(const head *s, int part, int64_t i, int64_t c) {
    float v = s->k->qkv[(s->first + i) * 3 * s->k->d + part * s->k->d + s->column + c];
    return mg_ref_factor(s->k->precision, v);
}

static double score(const head *s, int64_t i, int64_t j) {
    double dot = 0.0;
    for (int64_t c = 0; c < s->width; c++) dot += qkv_at(s, Q, i, c) * qkv_at(s, K, j, c);
    return dot / sqrt((double)s->width);
}

/* What dropout multiplies the probability of pair (i, j) with. */
static double dropout_factor(const head *s, int64_t i, int64_t j) {
    if (s->k->p <= 0.0f) return 1.0;
    uint32_t bits = mg_dropout_bits(s->k->key + (uint64_t)s->h, (uint32_t)((s->first + i) * 4096 + j));
    return bits >= mg_dropout_threshold(s->k->p) ? 1.0 / (1.0 - s->k->p) : 0.0;
}

static int each_head(mg_backend *be, const mg_k_attention *k, int (*run)(mg_backend *, const head *, void *), void *with) {
    for (int64_t seq = 0; seq < k->n_seq; seq++)
        for (int h = 0; h < k->heads; h++) {
            int64_t width = k->d / k->heads;
            head s = {k, k->offsets[seq], k->offsets[seq + 1] - k->offsets[seq], width, h * width, h};
            size_t mark = mg_arena_mark(&be->scratch);
            int code = s.length > 0 ? run(be, &s, with) : 0;
            mg_arena_release(&be->scratch, mark);
            if (code) return code;
        }
    return 0;
}

static int attend(mg_backend *be, const head *s, void *unused) {
    (void)unused;
    const mg_k_attention *k = s->k;
    double *p = mg_arena_alloc(&be->scratch, (size_t)s->length * sizeof *p);
    if (!p) return MOLGLOT_NO_MEMORY;
    for (int64_t i = 0; i < s->length; i++) {
        double top = -INFINITY, sum = 0.0;
        for (int64_t j = 0; j < s->length; j++) top = fmax(top, p[j] = score(s, i, j));
        for (int64_t j = 0; j < s->length; j++) sum += p[j] = exp(p[j] - top);
        for (int64_t c = 0; c < s->width; c++) {
            double y = 0.0;
            for (int64_t j = 0; j < s->length; j++)
                y += mg_ref_factor(k->precision, p[j] / sum * dropout_factor(s, i, j)) * qkv_at(s, V, j, c);
            k->y[(s->first + i) * k->d + s->column + c] = (float)y;
        }
        if (k->lse) k->lse[s->h * k->n + s->first + i] = (float)(top + log(sum));
    }
    return 0;
}

int mg_ref_attention(mg_backend *be, const mg_k_attention *k) { return each_head(be, k, attend, NULL); }

/* With P the probabilities, D the dropout factors and A = P D: dV = A^T dY; dP = D (dY V^T);
 * dS = P (dP - rowsum(P dP)) / sqrt(width); dQ = dS K; dK = dS^T Q. */
static int attend_back(mg_backend *be, const head *s, void *with) {
    const mg_k_attention *k = s->k;
    const mg_k_attention_back *b = with;
    mg_precision prec = k->precision;
    size_t part = (size_t)(s->length * s->width);
    double *d = mg_arena_alloc(&be->scratch, 3 * part * sizeof *d);
    double *p = mg_arena_alloc(&be->scratch, (size_t)s->length * sizeof *p);
    double *dp = mg_arena_alloc(&be->scratch, (size_t)s->length * sizeof *dp);
    if (!d || !p || !dp) return MOLGLOT_NO_MEMORY;
    memset(d, 0, 3 * part * sizeof *d);

    for (int64_t i = 0; i < s->length; i++) {
        const float *dy = b->dy + (s->first + i) * k->d + s->column;
        double sum = 0.0;
        for (int64_t j = 0; j < s->length; j++) {
            double factor = dropout_factor(s, i, j), dot = 0.0;
            p[j] = exp(score(s, i, j) - k->lse[s->h * k->n + s->first + i]);
            for (int64_t c = 0; c < s->width; c++) {
                dot += mg_ref_factor(prec, dy[c]) * qkv_at(s, V, j, c);
                d[V * part + j * s->width + c] += mg_ref_factor(prec, p[j] * factor) * mg_ref_factor(prec, dy[c]);
            }
            dp[j] = factor * dot;
            sum += p[j] * dp[j];
        }
        for (int64_t j = 0; j < s->length; j++) {
            double ds = mg_ref_factor(prec, p[j] * (dp[j] - sum) / sqrt((double)s->width));
            for (int64_t c = 0; c < s->width; c++) {
                d[Q * part + i * s->width + c] += ds * qkv_at(s, K, j, c);
                d[K * part + j * s->width + c] += ds * qkv_at(s, Q, i, c);
            }
        }
    }
    for (int which = Q; which <= V; which++)
        for (int64_t i = 0; i < s->length; i++)
            for (int64_t c = 0; c < s->width; c++)
                mg_ref_put(&b->dqkv[(s->first + i) * 3 * k->d + which * k->d + s->column + c],
                           d[which * part + i * s->width + c], b->acc);
    return 0;
}

int mg_ref_attention_back(mg_backend *be, const mg_k_attention_back *k) {
    return each_head(be, &k->f, attend_back, (void *)k);
}

/* ---- InfoNCE ---- */

static bool pair_kept(const mg_k_infonce *k, int64_t i, int64_t j) {
    return i == j || !k->groups || k->groups[i] != k->groups[j];
}

static double dot_rows(const mg_k_infonce *k, int64_t i, int64_t j) {
    double s = 0.0;
    for (int64_t c = 0; c < k->d; c++)
        s += mg_ref_factor(k->precision, k->a[i * k->d + c]) * mg_ref_factor(k->precision, k->b[j * k->d + c]);
    return s;
}

/* Cross-entropy of row i of S (step 1) or column i (step n), target (1-smoothing) at i plus smoothing spread over the kept
 * pairs; adds d/dS of it, times weight, to g. */
static double cross_entropy(const mg_k_infonce *k, const double *s, int64_t i, bool column, double weight, double *g) {
    int64_t start = column ? i : i * k->n, step = column ? k->n : 1;
    double top = -INFINITY, sum = 0.0, loss = 0.0;
    int64_t kept = 0;
    for (int64_t j = 0; j < k->n; j++) {
        if (!pair_kept(k, i, j)) continue;
        top = fmax(top, s[start + j * step]);
        kept++;
    }
    for (int64_t j = 0; j < k->n; j++)
        if (pair_kept(k, i, j)) sum += exp(s[start + j * step] - top);
    for (int64_t j = 0; j < k->n; j++) {
        if (!pair_kept(k, i, j)) continue;
        double log_p = s[start + j * step] - top - log(sum);
        double target = k->smoothing / (double)kept + (i == j ? 1.0 - k->smoothing : 0.0);
        loss -= target * log_p;
        if (g) g[start + j * step] += weight * (exp(log_p) - target);
    }
    return loss;
}

/* dS = g: da = scale g b, db = scale g^T a, dscale = sum g (a . b). */
static void infonce_grads(const mg_k_infonce *k, const double *s, const double *g) {
    double dscale = 0.0;
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t c = 0; c < k->d; c++) {
            double da = 0.0, db = 0.0;
            for (int64_t j = 0; j < k->n; j++) {
                da += mg_ref_factor(k->precision, g[i * k->n + j]) * mg_ref_factor(k->precision, k->b[j * k->d + c]);
                db += mg_ref_factor(k->precision, g[j * k->n + i]) * mg_ref_factor(k->precision, k->a[j * k->d + c]);
            }
            k->da[i * k->d + c] = (float)(k->scale * da);
            k->db[i * k->d + c] = (float)(k->scale * db);
        }
    for (int64_t i = 0; i < k->n * k->n; i++) dscale += g[i] * s[i] / k->scale;
    *k->dscale = (float)dscale;
}

int mg_ref_infonce(mg_backend *be, const mg_k_infonce *k) {
    size_t mark = mg_arena_mark(&be->scratch), pairs = (size_t)(k->n * k->n);
    double *s = mg_arena_alloc(&be->scratch, pairs * sizeof *s);
    double *g = k->da ? mg_arena_alloc(&be->scratch, pairs * sizeof *g) : NULL;
    int code = s && (g || !k->da) ? 0 : MOLGLOT_NO_MEMORY;
    if (code == 0) {
        if (g) memset(g, 0, pairs * sizeof *g);
        for (int64_t i = 0; i < k->n; i++)
            for (int64_t j = 0; j < k->n; j++) s[i * k->n + j] = k->scale * dot_rows(k, i, j);
        double weight = 0.5 / (double)k->n, loss = 0.0;
        for (int64_t i = 0; i < k->n; i++)
            loss += cross_entropy(k, s, i, false, weight, g) + cross_entropy(k, s, i, true, weight, g);
        *k->loss = loss * weight;
        if (g) infonce_grads(k, s, g);
    }
    mg_arena_release(&be->scratch, mark);
    return code;
}
