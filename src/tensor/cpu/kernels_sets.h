/* kernels_sets.h - one thread's sequences of windows, clusters' distances, merges and attention
 * with scores. Included by isa_*.c after lanes.h. backend.h has the formulas. */

MG_V float set_dot(int64_t n, const float *x, const float *y) {
    vf sum = v_all(0.0f);
    for (int64_t c = 0; c < n; c += MG_LANES) sum += v_get(x + c, n - c) * v_get(y + c, n - c);
    return v_sum(sum);
}
/* y += a x */
MG_V void set_add(int64_t n, float a, const float *x, float *y) {
    for (int64_t c = 0; c < n; c += MG_LANES)
        v_put(y + c, n - c, v_get(y + c, n - c) + a * v_get(x + c, n - c));
}
MG_V int64_t set_real(const int32_t *offsets, const int32_t *real, int64_t s) {
    return real ? real[s] : offsets[s + 1] - offsets[s];
}

/* ---- windows ---- */

MG_K void k_windows(const mg_k_windows *k, int64_t s) {
    const int64_t from = k->offsets[s], to = k->offsets[s + 1], n = k->cols;
    for (int64_t i = from; i < to; i++) {
        const float *x = k->x + i * n;
        float *y = k->y + i * n * 3;
        for (int64_t c = 0; c < n; c++) {
            y[3 * c] = i > from ? x[c - n] : 0.0f;
            y[3 * c + 1] = x[c];
            y[3 * c + 2] = i + 1 < to ? x[c + n] : 0.0f;
        }
    }
}

MG_K void k_windows_back(const mg_k_windows_back *b, int64_t s) {
    const int64_t from = b->f.offsets[s], to = b->f.offsets[s + 1], n = b->f.cols;
    for (int64_t i = from; i < to; i++) {
        const float *dy = b->dy + i * n * 3;
        float *dx = b->dx + i * n;
        for (int64_t c = 0; c < n; c++) {
            float g = dy[3 * c + 1];
            if (i > from) g += dy[3 * (c - n) + 2];
            if (i + 1 < to) g += dy[3 * (c + n)];
            dx[c] = b->acc ? dx[c] + g : g;
        }
    }
}

/* ---- clusters ---- */

/* d[i n + j] = |x_i - x_j| / sqrt(cols), i, j < n */
MG_K void k_distances(int64_t n, int64_t cols, const float *x, float *d) {
    const float each = 1.0f / (float)cols;
    for (int64_t i = 0; i < n; i++) {
        d[i * n + i] = 0.0f;
        for (int64_t j = 0; j < i; j++) {
            vf sum = v_all(0.0f);
            for (int64_t c = 0; c < cols; c += MG_LANES) {
                const vf e = v_get(x + i * cols + c, cols - c) - v_get(x + j * cols + c, cols - c);
                sum += e * e;
            }
            d[i * n + j] = d[j * n + i] = sqrtf(v_sum(sum) * each);
        }
    }
}

/* ---- merge ---- */

/* top, sum: scratch of all sets; a sequence touches its own. */
MG_K void k_merge(const mg_k_merge *k, int64_t s, float *top, double *sum) {
    const int64_t from = k->offsets[s], to = k->offsets[s + 1],
                  end = from + set_real(k->offsets, k->real, s), n = k->cols;
    const int64_t set0 = k->ids ? k->set_offsets[s] : s,
                  set1 = k->ids ? k->set_offsets[s + 1] : s + 1;
    for (int64_t set = set0; set < set1; set++) {
        top[set] = k->floor > 0.0f ? 0.0f : -INFINITY;
        sum[set] = k->floor;
        memset(k->y + set * n, 0, (size_t)n * sizeof(float));
    }
    for (int64_t i = from; i < end && !(k->floor > 0.0f); i++) {
        const int64_t set = k->ids ? k->ids[i] : s;
        if (k->score[i] > top[set]) top[set] = k->score[i];
    }
    for (int64_t i = from; i < end; i++) {
        const int64_t set = k->ids ? k->ids[i] : s;
        k->share[i] = expf(k->score[i] - top[set]);
        sum[set] += k->share[i];
    }
    for (int64_t i = from; i < to; i++) {
        const int64_t set = k->ids ? k->ids[i] : s;
        k->share[i] = i < end ? (float)(k->share[i] / sum[set]) : 0.0f;
        if (i < end) set_add(n, k->share[i], k->x + i * n, k->y + set * n);
    }
}

MG_K void k_merge_back(const mg_k_merge_back *b, int64_t s) {
    const mg_k_merge *k = &b->f;
    const int64_t n = k->cols;
    for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++) {
        const int64_t set = k->ids ? k->ids[i] : s;
        const float *dy = b->dy + set * n, *x = k->x + i * n, *y = k->y + set * n,
                    share = k->share[i];
        vf dot = v_all(0.0f);
        for (int64_t c = 0; c < n; c += MG_LANES) {
            const vf g = v_get(dy + c, n - c);
            dot += (v_get(x + c, n - c) - v_get(y + c, n - c)) * g;
            if (!b->dx) continue;
            float *dx = b->dx + i * n + c;
            v_put(dx, n - c, b->acc_x ? v_get(dx, n - c) + share * g : share * g);
        }
        if (!b->dscore) continue;
        const float g = share > 0.0f ? share * v_sum(dot) : 0.0f;
        b->dscore[i] = b->acc_score ? b->dscore[i] + g : g;
    }
}

/* ---- attention with scores ---- */

/* p[j] = exp(logit_j - max), their sum's inverse in *inverse; the log-sum-exp is returned. */
MG_V float scored_row(const mg_k_scored *k, int64_t i, int64_t h, int64_t from, int64_t n, float *p,
                      float *inverse) {
    const int64_t w = k->d / k->heads;
    const float scale = 1.0f / sqrtf((float)w), *q = k->q + i * k->d + h * w;
    float top = -INFINITY;
    double sum = 0.0;
    for (int64_t j = 0; j < n; j++) {
        p[j] = scale * set_dot(w, q, k->kv + (from + j) * 2 * k->d + h * w) + k->score[from + j];
        if (p[j] > top) top = p[j];
    }
    for (int64_t j = 0; j < n; j += MG_LANES) v_put(p + j, n - j, v_exp(v_get(p + j, n - j) - top));
    for (int64_t j = 0; j < n; j++) sum += p[j];
    *inverse = (float)(1.0 / sum);
    return top + (float)log(sum);
}

/* p: scratch for the sequence's keys */
MG_K void k_scored(const mg_k_scored *k, int64_t s, float *p) {
    const int64_t from = k->kv_offsets[s], n = set_real(k->kv_offsets, k->real, s), d = k->d,
                  w = d / k->heads;
    for (int64_t i = k->q_offsets[s]; i < k->q_offsets[s + 1]; i++) {
        memset(k->y + i * d, 0, (size_t)d * sizeof(float));
        for (int64_t h = 0; h < k->heads; h++) {
            float inverse = 0.0f;
            k->lse[h * k->n + i] = n > 0 ? scored_row(k, i, h, from, n, p, &inverse) : 0.0f;
            for (int64_t j = 0; j < n; j++)
                set_add(w, p[j] * inverse, k->kv + ((from + j) * 2 + 1) * d + h * w,
                        k->y + i * d + h * w);
        }
    }
}

/* The sequence's rows of dkv and dscore hold what they should be added to. dkv and dscore: the
 * caller gives room where they are not wanted. */
MG_K void k_scored_back(const mg_k_scored_back *b, int64_t s, float *p) {
    const mg_k_scored *k = &b->f;
    const int64_t from = k->kv_offsets[s], n = set_real(k->kv_offsets, k->real, s), d = k->d,
                  w = d / k->heads;
    const float scale = 1.0f / sqrtf((float)w);
    for (int64_t i = k->q_offsets[s]; i < k->q_offsets[s + 1]; i++)
        for (int64_t h = 0; h < k->heads; h++) {
            const int64_t at = i * d + h * w;
            const float *q = k->q + at, *dy = b->dy + at, mean = set_dot(w, dy, k->y + at);
            float inverse = 0.0f;
            if (b->dq && !b->acc_q) memset(b->dq + at, 0, (size_t)w * sizeof(float));
            if (n > 0) scored_row(k, i, h, from, n, p, &inverse);
            for (int64_t j = 0; j < n; j++) {
                const int64_t key = (from + j) * 2 * d + h * w;
                const float share = p[j] * inverse,
                            g = share * (set_dot(w, dy, k->kv + key + d) - mean);
                if (b->dq) set_add(w, scale * g, k->kv + key, b->dq + at);
                if (b->dkv) {
                    set_add(w, scale * g, q, b->dkv + key);
                    set_add(w, share, dy, b->dkv + key + d);
                }
                if (b->dscore) b->dscore[from + j] += g;
            }
        }
}
