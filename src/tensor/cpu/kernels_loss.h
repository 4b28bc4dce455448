/* kernels_loss.h - one thread's rows of the losses: softmax cross-entropy, and the [n,n]
 * similarities of InfoNCE. Included by isa_*.c after lanes.h. loss.c has the formulas. */

/* ---- cross-entropy ---- */

/* With z_j = x_j - max x and l = log sum e^z:
 *     ce = (1 - smoothing) (l - z_target) + smoothing (l - mean z)
 *     d ce / d x_j = e^(x_j - lse) - q_j */

/* max x, and the sums of e^z and of z: float within 64 vectors, double above */
MG_V float row_sums(const float *x, int64_t c, double *exponentials, double *values) {
    vf top = v_all(-INFINITY);
    for (int64_t j = 0; j < c; j += MG_LANES)
        top = v_max(top, v_pick(v_first(c - j), v_get(x + j, c - j), v_all(-INFINITY)));
    const float max = v_top(top);
    *exponentials = *values = 0.0;
    for (int64_t j0 = 0; j0 < c; j0 += 64 * MG_LANES) {
        vf e = v_all(0.0f), v = v_all(0.0f);
        for (int64_t j = j0; j < c && j < j0 + 64 * MG_LANES; j += MG_LANES) {
            vf z = v_get(x + j, c - j) - max;
            e += v_pick(v_first(c - j), v_exp(z), v_all(0.0f));
            v += v_pick(v_first(c - j), z, v_all(0.0f));
        }
        *exponentials += v_sum(e);
        *values += v_sum(v);
    }
    return max;
}

MG_K void k_xent(const mg_k_xent *k, int64_t r0, int64_t r1) {
    for (int64_t i = r0; i < r1; i++) {
        const float *x = k->logits + i * k->c;
        double exponentials, values;
        k->lse[i] = k->row_loss[i] = 0.0f;
        if (k->targets[i] < 0) continue;
        const float max = row_sums(x, k->c, &exponentials, &values), l = logf((float)exponentials);
        k->lse[i] = max + l;
        k->row_loss[i] = (1.0f - k->smoothing) * (l - (x[k->targets[i]] - max));
        if (k->smoothing > 0.0f)
            k->row_loss[i] += k->smoothing * (l - (float)(values / (double)k->c));
    }
}

MG_K void k_xent_back(const mg_k_xent_back *b, int64_t r0, int64_t r1) {
    const mg_k_xent *k = &b->f;
    const float even = k->smoothing / (float)k->c;
    for (int64_t i = r0; i < r1; i++) {
        const float factor = *b->up * mg_xent_factor(k, i), lse = k->lse[i],
                    *x = k->logits + i * k->c;
        float *dx = b->dlogits + i * k->c;
        if (factor == 0.0f) { /* also where the row's logits are not finite */
            if (!b->acc) memset(dx, 0, (size_t)k->c * sizeof *dx);
            continue;
        }
        for (int64_t j = 0; j < k->c; j += MG_LANES) {
            vf g = (v_exp(v_get(x + j, k->c - j) - lse) - even) * factor;
            if (b->acc) g += v_get(dx + j, k->c - j);
            v_put(dx + j, k->c - j, g);
        }
        dx[k->targets[i]] -= (1.0f - k->smoothing) * factor;
    }
}

/* ---- InfoNCE: a masked pair holds -infinity, so its exponential is 0 ---- */

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
