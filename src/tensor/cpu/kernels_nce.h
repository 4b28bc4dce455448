/* kernels_nce.h - one thread's rows of InfoNCE's [n,n] similarities (included by cpu_isa_*.c
 * after lanes.h; the mathematics is in loss.c). Masked pairs hold -infinity: their
 * exponentials vanish by themselves. */

/* -1 where pair (i, j...) is masked */
MG_V vi nce_masked(const mg_nce *c, int64_t i, int64_t j) {
    vi group = {0};
    int64_t left = c->n - j;
    memcpy(&group, c->groups + j, (size_t)(left < MG_LANES ? left : MG_LANES) * sizeof(int32_t));
    return (group == c->groups[i]) & ((vi)v_count() != (int32_t)(i - j));
}

/* diagonal[i] = s_ii; share[i] = smoothing / kept pairs of row i (and of column i: the mask is
 * symmetric) */
MG_K void k_nce_share(const mg_nce *c, int64_t r0, int64_t r1) {
    for (int64_t i = r0; i < r1; i++) {
        vi masked = {0};
        for (int64_t j = 0; c->groups && j < c->n; j += MG_LANES)
            masked -= nce_masked(c, i, j) & v_first(c->n - j);
        int64_t kept = c->n;
        for (int l = 0; l < MG_LANES; l++) kept -= masked[l];
        c->share[i] = c->smoothing / (float)kept;
        c->diagonal[i] = c->s[i * c->n + i];
    }
}

/* Masks rows, makes row_lse and row_smooth; raises top[n] to the columns' maxima. */
MG_K void k_nce_rows(const mg_nce *c, int64_t r0, int64_t r1, float *top) {
    int64_t n = c->n;
    for (int64_t i = r0; i < r1; i++) {
        float *s = c->s + i * n;
        vf most = v_all(-INFINITY), sum = v_all(0.0f), smooth = v_all(0.0f);
        for (int64_t j = 0; j < n; j += MG_LANES) {
            vf x = v_pick(v_first(n - j), v_get(s + j, n - j), v_all(-INFINITY));
            if (c->groups) {
                x = v_pick(nce_masked(c, i, j), v_all(-INFINITY), x);
                v_put(s + j, n - j, x);
            }
            if (c->smoothing > 0.0f) {
                vf more = (x - c->diagonal[i]) * c->share[i] +
                          (x - v_get(c->diagonal + j, n - j)) * v_get(c->share + j, n - j);
                smooth += v_pick(x == v_all(-INFINITY), v_all(0.0f), more);
            }
            most = v_max(most, x);
            v_put(top + j, n - j, v_max(v_get(top + j, n - j), x));
        }
        float max = v_top(most);
        for (int64_t j = 0; j < n; j += MG_LANES)
            sum += v_pick(v_first(n - j), v_exp(v_get(s + j, n - j) - max), v_all(0.0f));
        c->row_lse[i] = max + logf(v_sum(sum));
        c->row_smooth[i] = v_sum(smooth);
    }
}

/* sums[j] += sum over rows of e^(s_ij - top_j); block[n] is zeroed scratch, zeroed again after
 * every 64 rows. */
MG_K void k_nce_columns(const mg_nce *c, int64_t r0, int64_t r1, float *block, double *sums) {
    int64_t n = c->n;
    for (int64_t i0 = r0; i0 < r1; i0 += 64) {
        for (int64_t i = i0; i < r1 && i < i0 + 64; i++)
            for (int64_t j = 0; j < n; j += MG_LANES) {
                vf e = v_exp(v_get(c->s + i * n + j, n - j) - v_get(c->col_top + j, n - j));
                v_put(block + j, n - j, v_get(block + j, n - j) + e);
            }
        for (int64_t j = 0; j < n; j++) {
            sums[j] += block[j];
            block[j] = 0.0f;
        }
    }
}

/* s_ij becomes d loss / d s_ij = (e^(s - row_lse_i) + e^(s - col_lse_j) - target of both) / 2n */
MG_K void k_nce_grad(const mg_nce *c, int64_t r0, int64_t r1) {
    int64_t n = c->n;
    float half = 0.5f / (float)n;
    for (int64_t i = r0; i < r1; i++) {
        float *s = c->s + i * n;
        for (int64_t j = 0; j < n; j += MG_LANES) {
            int64_t left = n - j;
            vf x = v_get(s + j, left);
            vf p = v_exp(x - c->row_lse[i]) + v_exp(x - v_get(c->col_lse + j, left));
            if (c->smoothing > 0.0f)
                p -= v_pick(x == v_all(-INFINITY), v_all(0.0f),
                            c->share[i] + v_get(c->share + j, left));
            v_put(s + j, left, p * half);
        }
        s[i] -= (1.0f - c->smoothing) / (float)n;
    }
}
