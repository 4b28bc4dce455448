/* kernels_norm.h - one thread's rows of layer norm, unit rows and batch norm, and the terms of
 * their sums over rows. Included by isa_*.c after kernels_elementwise.h. A row is [cols] floats and
 * stays in the first cache between passes. */

/* ---- layer norm ---- */

MG_V float row_sum(const float *x, int64_t cols) {
    vf a = {0}, b = {0};
    int64_t i = 0;
    for (; i + 2 * MG_LANES <= cols; i += 2 * MG_LANES) {
        a += v_load(x + i);
        b += v_load(x + i + MG_LANES);
    }
    for (; i < cols; i += MG_LANES) a += v_get(x + i, cols - i);
    return v_sum(a + b);
}

/* sum of (x - mean)^2 */
MG_V float row_spread(const float *x, int64_t cols, float mean) {
    vf a = {0}, b = {0};
    int64_t i = 0;
    for (; i + 2 * MG_LANES <= cols; i += 2 * MG_LANES) {
        vf d = v_load(x + i) - mean, e = v_load(x + i + MG_LANES) - mean;
        a += d * d;
        b += e * e;
    }
    for (; i < cols; i += MG_LANES) {
        vf d = v_get(x + i, cols - i) - mean;
        d = v_pick(v_first(cols - i), d, v_all(0.0f));
        a += d * d;
    }
    return v_sum(a + b);
}

MG_K void k_norm(const mg_k_norm *k, int64_t r0, int64_t r1) {
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++) {
        const float *x = k->x + r * cols;
        if (k->residual) {
            float *sum = k->sum + r * cols;
            k_axpby(cols, 1.0f, x, 1.0f, k->residual + r * cols, sum);
            x = sum;
        }
        float mean = k->rms ? 0.0f : row_sum(x, cols) / (float)cols;
        float rstd = 1.0f / sqrtf(row_spread(x, cols, mean) / (float)cols + k->eps);
        float *y = k->y + r * cols;
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            vf hat = (v_get(x + i, cols - i) - mean) * rstd;
            vf out = hat * v_get(k->gamma + i, cols - i);
            if (!k->rms) out += v_get(k->beta + i, cols - i);
            v_put(y + i, cols - i, out);
        }
        k->mean[r] = mean;
        k->rstd[r] = rstd;
    }
}

/* sums[0..cols) += dy * xhat, sums[cols..) += dy; dx = rstd (g - mean(g) - xhat mean(g xhat)) with
 * g = dy * gamma; without mean(g) in RMS norm */
MG_K void k_sums_norm_back(const void *args, int64_t r0, int64_t r1, float *sums) {
    const mg_k_norm_back *k = args;
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++) {
        const float *x = k->x + r * cols, *dy = k->dy + r * cols;
        float mean = k->mean[r], rstd = k->rstd[r];
        vf g_sum = {0}, gx_sum = {0};
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            int64_t left = cols - i;
            vf d = v_get(dy + i, left), hat = (v_get(x + i, left) - mean) * rstd;
            vf g = d * v_get(k->gamma + i, left); /* 0 in missing lanes */
            g_sum += g;
            gx_sum += g * hat;
            v_put(sums + i, left, v_get(sums + i, left) + d * hat);
            v_put(sums + cols + i, left, v_get(sums + cols + i, left) + d);
        }
        if (!k->dx) continue;
        float g_mean = k->rms ? 0.0f : v_sum(g_sum) / (float)cols,
              gx_mean = v_sum(gx_sum) / (float)cols;
        float *dx = k->dx + r * cols;
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            int64_t left = cols - i;
            vf hat = (v_get(x + i, left) - mean) * rstd;
            /* as above: one column must give 0 */
            vf g = v_rounded(v_get(dy + i, left) * v_get(k->gamma + i, left));
            g = (g - g_mean - hat * gx_mean) * rstd;
            if (k->acc_dx) g += v_get(dx + i, left);
            v_put(dx + i, left, g);
        }
    }
}

/* ---- unit rows ---- */

MG_V float row_dot(const float *x, const float *y, int64_t cols) {
    vf a = {0};
    for (int64_t i = 0; i < cols; i += MG_LANES)
        a += v_get(x + i, cols - i) * v_get(y + i, cols - i);
    return v_sum(a);
}

MG_K void k_normalize(int64_t r0, int64_t r1, int64_t cols, float eps, const float *x, float *y,
                      float *norm) {
    for (int64_t r = r0; r < r1; r++) {
        const float *row = x + r * cols;
        float length = sqrtf(row_dot(row, row, cols));
        norm[r] = length;
        k_axpby(cols, 1.0f / (length < eps ? eps : length), row, 0.0f, NULL, y + r * cols);
    }
}

/* dx (+)= (dy - y (y . dy)) / |x|; where |x| < eps the divisor is the constant eps: dx (+)= dy /
 * eps */
MG_K void k_normalize_back(int64_t r0, int64_t r1, int64_t cols, float eps, const float *y,
                           const float *norm, const float *dy, float *dx, int acc) {
    for (int64_t r = r0; r < r1; r++) {
        const float *yr = y + r * cols, *dr = dy + r * cols;
        bool small = norm[r] < eps;
        float along = small ? 0.0f : row_dot(yr, dr, cols),
              inverse = 1.0f / (small ? eps : norm[r]);
        float *out = dx + r * cols;
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            int64_t left = cols - i;
            vf g = (v_get(dr + i, left) - v_get(yr + i, left) * along) * inverse;
            if (acc) g += v_get(out + i, left);
            v_put(out + i, left, g);
        }
    }
}

/* ---- batch norm ---- */

MG_K void k_sums_bnorm(const void *args, int64_t r0, int64_t r1, float *sums) {
    const mg_k_bnorm *k = args;
    for (int64_t r = r0; r < r1; r++) k_axpby(k->cols, 1.0f, k->x + r * k->cols, 1.0f, sums, sums);
}

MG_K void k_sums_bnorm_square(const void *args, int64_t r0, int64_t r1, float *sums) {
    const mg_k_bnorm *k = args;
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            vf d = v_get(k->x + r * cols + i, cols - i) - v_get(k->mean + i, cols - i);
            v_put(sums + i, cols - i, v_get(sums + i, cols - i) + d * d);
        }
}

MG_K void k_bnorm(const mg_k_bnorm *k, int64_t r0, int64_t r1) {
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            int64_t left = cols - i;
            vf hat = (v_get(k->x + r * cols + i, left) - v_get(k->mean + i, left)) *
                     v_get(k->rstd + i, left);
            vf y = hat * v_get(k->gamma + i, left) + v_get(k->beta + i, left);
            v_put(k->y + r * cols + i, left, k->act == MG_ACT_RELU ? act_one(MG_ACT_RELU, y) : y);
        }
}

/* dy behind the activation, for row r from column i */
MG_V vf bnorm_dy(const mg_k_bnorm_back *k, int64_t r, int64_t i) {
    int64_t at = r * k->cols + i, left = k->cols - i;
    vf d = v_get(k->dy + at, left);
    if (k->act == MG_ACT_RELU) d = v_pick(v_get(k->y + at, left) > v_all(0.0f), d, v_all(0.0f));
    return d;
}

MG_V vf bnorm_hat(const mg_k_bnorm_back *k, int64_t r, int64_t i) {
    int64_t left = k->cols - i;
    return (v_get(k->x + r * k->cols + i, left) - v_get(k->mean + i, left)) *
           v_get(k->rstd + i, left);
}

/* sums[0..cols) += dy * xhat, sums[cols..) += dy */
MG_K void k_sums_bnorm_back(const void *args, int64_t r0, int64_t r1, float *sums) {
    const mg_k_bnorm_back *k = args;
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            int64_t left = cols - i;
            vf d = bnorm_dy(k, r, i);
            v_put(sums + i, left, v_get(sums + i, left) + d * bnorm_hat(k, r, i));
            v_put(sums + cols + i, left, v_get(sums + cols + i, left) + d);
        }
}

/* With batch statistics dx = gamma rstd (dy - mean(dy) - xhat mean(dy xhat)); both means are zeros
 * for running ones. */
MG_K void k_bnorm_back(const mg_k_bnorm_back *k, const float *mean_dy, const float *mean_dyx,
                       int64_t r0, int64_t r1) {
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            int64_t left = cols - i;
            vf g = bnorm_dy(k, r, i) - v_get(mean_dy + i, left) -
                   bnorm_hat(k, r, i) * v_get(mean_dyx + i, left);
            g *= v_get(k->gamma + i, left) * v_get(k->rstd + i, left);
            float *dx = k->dx + r * cols + i;
            if (k->acc_dx) g += v_get(dx, left);
            v_put(dx, left, g);
        }
}
