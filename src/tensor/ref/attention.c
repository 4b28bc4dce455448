/* attention.c - reference kernels over pairs of rows: packed attention, cross-entropy and
 * InfoNCE. See ref.c. */
#include "tensor/ref/ref.h"

#include <math.h>
#include <string.h>

/* ---- attention ---- */

/* One head of one sequence: its queries are rows row0 .. of q, columns column .. ; its keys rows
 * key0 .. of k and v, from their h-th head on. */
typedef struct head {
    const mg_k_attention *k;
    int64_t row0, length, key0, keys, width, column;
    int h;
} head;

static double q_at(const head *s, int64_t i, int64_t c) {
    return mg_ref_factor(s->k->precision, s->k->q[(s->row0 + i) * s->k->q_stride + s->column + c]);
}

/* x: k or v */
static double kv_at(const head *s, const float *x, int64_t j, int64_t c) {
    return mg_ref_factor(s->k->precision,
                         x[(s->key0 + j) * s->k->kv_stride + s->h * s->k->kv_head + c]);
}

static double score(const head *s, int64_t i, int64_t j) {
    double dot = 0.0;
    for (int64_t c = 0; c < s->width; c++) dot += q_at(s, i, c) * kv_at(s, s->k->k, j, c);
    return dot / sqrt((double)s->width);
}

/* How many keys query i sees: all, or the first of them, so that the last query sees the last
 * key. */
static int64_t visible(const head *s, int64_t i) {
    int64_t first = s->k->causal ? s->keys - s->length + i + 1 : s->keys;
    return first > 0 ? first : 0;
}

/* What dropout multiplies the probability of pair (i, j) with. */
static double dropout_factor(const head *s, int64_t i, int64_t j) {
    if (s->k->p <= 0.0f) return 1.0;
    uint32_t bits = mg_dropout_bits(s->k->key + (uint64_t)s->h,
                                    (uint32_t)((s->row0 + i) * 4096 + j));
    return bits >= mg_dropout_threshold(s->k->p) ? 1.0 / (1.0 - s->k->p) : 0.0;
}

static int each_head(mg_backend *be, const mg_k_attention *k,
                     int (*run)(mg_backend *, const head *, void *), void *with) {
    for (int64_t seq = 0; seq < k->n_seq; seq++)
        for (int h = 0; h < k->heads; h++) {
            int64_t width = k->d / k->heads, row0 = k->q_offsets[seq], key0 = k->kv_from[seq];
            head s = {
                k,         row0, k->q_offsets[seq + 1] - row0, key0, k->kv_to[seq] - key0, width,
                h * width, h};
            size_t mark = mg_arena_mark(&be->scratch);
            int code = run(be, &s, with);
            mg_arena_release(&be->scratch, mark);
            if (code) return code;
        }
    return 0;
}

static int attend(mg_backend *be, const head *s, void *unused) {
    (void)unused;
    const mg_k_attention *k = s->k;
    double *p = mg_arena_alloc(&be->scratch, (size_t)(s->keys + 1) * sizeof *p);
    if (!p) return MOLGLOT_NO_MEMORY;
    for (int64_t i = 0; i < s->length; i++) {
        double top = -INFINITY, sum = 0.0;
        const int64_t n = visible(s, i);
        for (int64_t j = 0; j < n; j++) top = fmax(top, p[j] = score(s, i, j));
        for (int64_t j = 0; j < n; j++) sum += p[j] = exp(p[j] - top);
        for (int64_t c = 0; c < s->width; c++) {
            double y = 0.0;
            for (int64_t j = 0; j < n; j++)
                y += mg_ref_factor(k->precision, p[j] / sum * dropout_factor(s, i, j)) *
                     kv_at(s, k->v, j, c);
            k->y[(s->row0 + i) * k->d + s->column + c] = (float)y;
        }
        /* no key: -infinity */
        if (k->lse) k->lse[s->h * k->n + s->row0 + i] = (float)(top + log(sum));
    }
    return 0;
}

int mg_ref_attention(mg_backend *be, const mg_k_attention *k) {
    return each_head(be, k, attend, NULL);
}

/* Row i of a head. With P the probabilities, D the dropout factors and A = P D: dV = A^T dY; dP = D
 * (dY V^T); dS = P (dP - rowsum(P dP)) / sqrt(width); dQ = dS K; dK = dS^T Q. p and dp: room for a
 * row of keys. */
static void attend_back_row(const head *s, int64_t i, const float *dy, double *p, double *dp,
                            double *dq, double *dk, double *dv) {
    const mg_k_attention *k = s->k;
    const int64_t n = visible(s, i), w = s->width;
    double sum = 0.0;
    for (int64_t j = 0; j < n; j++) {
        double factor = dropout_factor(s, i, j), dot = 0.0;
        p[j] = exp(score(s, i, j) - k->lse[s->h * k->n + s->row0 + i]);
        for (int64_t c = 0; c < w; c++) {
            dot += mg_ref_factor(k->precision, dy[c]) * kv_at(s, k->v, j, c);
            dv[j * w + c] += mg_ref_factor(k->precision, p[j] * factor) *
                             mg_ref_factor(k->precision, dy[c]);
        }
        dp[j] = factor * dot;
        sum += p[j] * dp[j];
    }
    for (int64_t j = 0; j < n; j++) {
        double ds = mg_ref_factor(k->precision, p[j] * (dp[j] - sum) / sqrt((double)w));
        for (int64_t c = 0; c < w; c++) {
            dq[c] += ds * kv_at(s, k->k, j, c);
            dk[j * w + c] += ds * q_at(s, i, c);
        }
    }
}

/* `to`: q's, k's or v's gradient at the head's first row and column; rows `stride` apart; NULL: not
 * wanted. */
static void put_rows(int64_t rows, int64_t width, const double *from, float *to, int64_t stride,
                     int acc) {
    for (int64_t i = 0; to && i < rows; i++)
        for (int64_t c = 0; c < width; c++)
            mg_ref_put(&to[i * stride + c], from[i * width + c], acc);
}

static int attend_back(mg_backend *be, const head *s, void *with) {
    const mg_k_attention *k = s->k;
    const mg_k_attention_back *b = with;
    const size_t rows = (size_t)(s->length + 2 * s->keys);
    double *d = mg_arena_alloc(&be->scratch, (rows * (size_t)s->width + 1) * sizeof *d);
    double *p = mg_arena_alloc(&be->scratch, 2 * (size_t)(s->keys + 1) * sizeof *p);
    if (!d || !p) return MOLGLOT_NO_MEMORY;
    memset(d, 0, rows * (size_t)s->width * sizeof *d);
    double *dq = d, *dk = dq + s->length * s->width, *dv = dk + s->keys * s->width;
    for (int64_t i = 0; i < s->length; i++)
        attend_back_row(s, i, b->dy + (s->row0 + i) * k->d + s->column, p, p + s->keys,
                        dq + i * s->width, dk, dv);
    const int64_t q_at0 = s->row0 * k->q_stride + s->column,
                  kv_at0 = s->key0 * k->kv_stride + s->column;
    put_rows(s->length, s->width, dq, b->dq ? b->dq + q_at0 : NULL, k->q_stride, b->acc_q);
    put_rows(s->keys, s->width, dk, b->dk ? b->dk + kv_at0 : NULL, k->kv_stride, b->acc_kv);
    put_rows(s->keys, s->width, dv, b->dv ? b->dv + kv_at0 : NULL, k->kv_stride, b->acc_kv);
    return 0;
}

int mg_ref_attention_back(mg_backend *be, const mg_k_attention_back *k) {
    return each_head(be, &k->f, attend_back, (void *)k);
}

/* ---- cross-entropy ---- */

/* q_ij of backend.h */
static double target_share(const mg_k_xent *k, int64_t i, int64_t j) {
    return (double)k->smoothing / (double)k->c + (j == k->targets[i] ? 1.0 - k->smoothing : 0.0);
}

static double row_factor(const mg_k_xent *k, int64_t i) {
    return k->targets[i] < 0 ? 0.0 : (k->weights ? (double)k->weights[i] : 1.0) * k->norm;
}

int mg_ref_xent(mg_backend *be, const mg_k_xent *k) {
    (void)be;
    double loss = 0.0;
    for (int64_t i = 0; i < k->n; i++) {
        const float *x = k->logits + i * k->c;
        double top = -INFINITY, sum = 0.0, ce = 0.0;
        k->lse[i] = k->row_loss[i] = 0.0f;
        if (k->targets[i] < 0) continue;
        for (int64_t j = 0; j < k->c; j++) top = fmax(top, x[j]);
        for (int64_t j = 0; j < k->c; j++) sum += exp(x[j] - top);
        for (int64_t j = 0; j < k->c; j++) /* x[j] may be -infinity where q_ij is 0 */
            if (target_share(k, i, j) > 0.0) ce -= target_share(k, i, j) * (x[j] - top - log(sum));
        k->lse[i] = (float)(top + log(sum));
        k->row_loss[i] = (float)ce;
        loss += row_factor(k, i) * k->row_loss[i];
    }
    *k->loss = (float)loss;
    return 0;
}

int mg_ref_xent_back(mg_backend *be, const mg_k_xent_back *b) {
    (void)be;
    const mg_k_xent *k = &b->f;
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t j = 0; j < k->c; j++) {
            double factor = *b->up * row_factor(k, i),
                   p = exp((double)k->logits[i * k->c + j] - k->lse[i]);
            mg_ref_put(&b->dlogits[i * k->c + j],
                       factor == 0.0 ? 0.0 : factor * (p - target_share(k, i, j)), b->acc);
        }
    return 0;
}

/* ---- InfoNCE ---- */

static bool pair_kept(const mg_k_infonce *k, int64_t i, int64_t j) {
    return i == j || !k->groups || k->groups[i] != k->groups[j];
}

static double dot_rows(const mg_k_infonce *k, int64_t i, int64_t j) {
    double s = 0.0;
    for (int64_t c = 0; c < k->d; c++)
        s += mg_ref_factor(k->precision, k->a[i * k->d + c]) *
             mg_ref_factor(k->precision, k->b[j * k->d + c]);
    return s;
}

/* Cross-entropy of row i of S (step 1) or column i (step n), target (1-smoothing) at i plus
 * smoothing spread over the kept pairs; adds d/dS of it, times weight, to g. */
static double cross_entropy(const mg_k_infonce *k, const double *s, int64_t i, bool column,
                            double weight, double *g) {
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

/* dS = g: da = scale g b, db = scale g^T a, dlog_scale = sum g S. */
static void infonce_grads(const mg_k_infonce *k, const double *s, const double *g) {
    double dlog_scale = 0.0, scale = mg_infonce_scale(k);
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t c = 0; c < k->d; c++) {
            double da = 0.0, db = 0.0;
            for (int64_t j = 0; j < k->n; j++) {
                da += mg_ref_factor(k->precision, g[i * k->n + j]) *
                      mg_ref_factor(k->precision, k->b[j * k->d + c]);
                db += mg_ref_factor(k->precision, g[j * k->n + i]) *
                      mg_ref_factor(k->precision, k->a[j * k->d + c]);
            }
            k->da[i * k->d + c] = (float)(scale * da);
            k->db[i * k->d + c] = (float)(scale * db);
        }
    for (int64_t i = 0; i < k->n * k->n; i++) dlog_scale += g[i] * s[i];
    *k->dlog_scale = mg_infonce_clamped(k) ? 0.0f : (float)dlog_scale;
}

int mg_ref_infonce(mg_backend *be, const mg_k_infonce *k) {
    size_t mark = mg_arena_mark(&be->scratch), pairs = (size_t)(k->n * k->n);
    double *s = mg_arena_alloc(&be->scratch, pairs * sizeof *s);
    double *g = k->da ? mg_arena_alloc(&be->scratch, pairs * sizeof *g) : NULL;
    int code = s && (g || !k->da) ? 0 : MOLGLOT_NO_MEMORY;
    if (code == 0) {
        if (g) memset(g, 0, pairs * sizeof *g);
        for (int64_t i = 0; i < k->n; i++)
            for (int64_t j = 0; j < k->n; j++)
                s[i * k->n + j] = (double)mg_infonce_scale(k) * dot_rows(k, i, j);
        double weight = 0.5 / (double)k->n, loss = 0.0;
        for (int64_t i = 0; i < k->n; i++)
            loss += cross_entropy(k, s, i, false, weight, g) +
                    cross_entropy(k, s, i, true, weight, g);
        *k->loss = (float)(loss * weight);
        if (g) infonce_grads(k, s, g);
    }
    mg_arena_release(&be->scratch, mark);
    return code;
}
