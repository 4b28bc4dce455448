/* attention.c - reference kernels of packed attention: one sequence, one head after another. */
#include "tensor/ref/ref.h"

#include <math.h>
#include <string.h>

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

/* Element of bias for query i and key j. */
static int64_t bias_at(const head *s, int64_t i, int64_t j) {
    const int64_t shift = s->k->causal ? s->keys - s->length : 0;
    return mg_attention_bias_row(s->k->reach, j, i, shift) * s->k->heads + s->h;
}

static double score(const head *s, int64_t i, int64_t j) {
    double dot = 0.0;
    for (int64_t c = 0; c < s->width; c++) dot += q_at(s, i, c) * kv_at(s, s->k->k, j, c);
    dot *= mg_attention_scale(s->k);
    return s->k->bias ? dot + s->k->bias[bias_at(s, i, j)] : dot;
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
 * (dY V^T); dS = P (dP - rowsum(P dP)); dQ = scale dS K; dK = scale dS^T Q; dbias sums dS. p and
 * dp: room for a row of keys; dbias may be NULL. */
static void attend_back_row(const head *s, int64_t i, const float *dy, double *p, double *dp,
                            double *dq, double *dk, double *dv, double *dbias) {
    const mg_k_attention *k = s->k;
    const int64_t n = visible(s, i), w = s->width;
    const double scale = mg_attention_scale(k);
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
        double ds = mg_ref_factor(k->precision, p[j] * (dp[j] - sum) * scale);
        if (dbias) dbias[bias_at(s, i, j)] += p[j] * (dp[j] - sum);
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

/* What each head of a backward pass is given. */
typedef struct back {
    const mg_k_attention_back *b;
    double *dbias; /* sums over all sequences and heads, or NULL */
} back;

static int attend_back(mg_backend *be, const head *s, void *with) {
    const mg_k_attention *k = s->k;
    const mg_k_attention_back *b = ((const back *)with)->b;
    const size_t rows = (size_t)(s->length + 2 * s->keys);
    double *d = mg_arena_alloc(&be->scratch, (rows * (size_t)s->width + 1) * sizeof *d);
    double *p = mg_arena_alloc(&be->scratch, 2 * (size_t)(s->keys + 1) * sizeof *p);
    if (!d || !p) return MOLGLOT_NO_MEMORY;
    memset(d, 0, rows * (size_t)s->width * sizeof *d);
    double *dq = d, *dk = dq + s->length * s->width, *dv = dk + s->keys * s->width;
    for (int64_t i = 0; i < s->length; i++)
        attend_back_row(s, i, b->dy + (s->row0 + i) * k->d + s->column, p, p + s->keys,
                        dq + i * s->width, dk, dv, ((const back *)with)->dbias);
    const int64_t q_at0 = s->row0 * k->q_stride + s->column,
                  kv_at0 = s->key0 * k->kv_stride + s->column;
    put_rows(s->length, s->width, dq, b->dq ? b->dq + q_at0 : NULL, k->q_stride, b->acc_q);
    put_rows(s->keys, s->width, dk, b->dk ? b->dk + kv_at0 : NULL, k->kv_stride, b->acc_kv);
    put_rows(s->keys, s->width, dv, b->dv ? b->dv + kv_at0 : NULL, k->kv_stride, b->acc_kv);
    return 0;
}

int mg_ref_attention_back(mg_backend *be, const mg_k_attention_back *k) {
    back with = {.b = k};
    const int64_t n = (2 * (int64_t)k->f.reach + 1) * k->f.heads;
    const size_t mark = mg_arena_mark(&be->scratch);
    if (k->dbias) {
        with.dbias = mg_arena_alloc(&be->scratch, (size_t)n * sizeof *with.dbias);
        if (!with.dbias) return MOLGLOT_NO_MEMORY;
        memset(with.dbias, 0, (size_t)n * sizeof *with.dbias);
    }
    const int code = each_head(be, &k->f, attend_back, &with);
    for (int64_t i = 0; k->dbias && i < n; i++) mg_ref_put(&k->dbias[i], with.dbias[i], 1);
    mg_arena_release(&be->scratch, mark);
    return code;
}
