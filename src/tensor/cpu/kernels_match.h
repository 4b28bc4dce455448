/* kernels_match.h - one thread's part of pooling by place, of the soft contrast and of late
 * interaction. Included by isa_*.c after lanes.h. backend.h has the formulas, match.c the plan. */

MG_V float match_dot(int64_t n, const float *x, const float *y) {
    vf sum = v_all(0.0f);
    for (int64_t c = 0; c < n; c += MG_LANES) sum += v_get(x + c, n - c) * v_get(y + c, n - c);
    return v_sum(sum);
}
/* y += a x */
MG_V void match_add(int64_t n, float a, const float *x, float *y) {
    for (int64_t c = 0; c < n; c += MG_LANES)
        v_put(y + c, n - c, v_get(y + c, n - c) + a * v_get(x + c, n - c));
}

/* ---- pooling by place ---- */

MG_K void k_place(const mg_k_place *k, int64_t s) {
    const int64_t n = k->cols;
    float *y = k->y + s * n;
    for (int64_t c = 0; c < n; c++) y[c] = *k->bias;
    for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++)
        match_add(n, k->w[i - k->offsets[s]], k->x + i * n, y);
}

MG_K void k_place_back(const mg_k_place_back *b, int64_t s) { /* dx */
    const mg_k_place *k = &b->f;
    const int64_t n = k->cols;
    for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++) {
        if (!b->acc_x) memset(b->dx + i * n, 0, (size_t)n * sizeof(float));
        match_add(n, k->w[i - k->offsets[s]], b->dy + s * n, b->dx + i * n);
    }
}

MG_K float k_place_slope(const mg_k_place_back *b, int64_t p) { /* of w[p] */
    const mg_k_place *k = &b->f;
    double sum = 0.0;
    for (int64_t s = 0; s < k->n_seq; s++)
        if (p < k->offsets[s + 1] - k->offsets[s])
            sum += match_dot(k->cols, k->x + (k->offsets[s] + p) * k->cols, b->dy + s * k->cols);
    return (float)sum;
}

/* ---- soft contrast ---- */

/* log-sum-exp of two stretches */
MG_V float contrast_lse(const float *const x[2], const int64_t n[2]) {
    vf top = v_all(-INFINITY);
    double sum = 0.0;
    for (int e = 0; e < 2; e++)
        for (int64_t j = 0; j < n[e]; j += MG_LANES)
            top = v_max(top,
                        v_pick(v_first(n[e] - j), v_get(x[e] + j, n[e] - j), v_all(-INFINITY)));
    const float max = v_top(top);
    for (int e = 0; e < 2; e++)
        for (int64_t j = 0; j < n[e]; j += MG_LANES)
            sum += v_sum(
                v_pick(v_first(n[e] - j), v_exp(v_get(x[e] + j, n[e] - j) - max), v_all(0.0f)));
    return max + (float)log(sum);
}

/* Row i of z (keys' and queue's), which becomes d loss / d z; slow holds the momentum model's.
 * *loss, *slope: its share of the loss, and of sum dz z. */
MG_K void k_contrast(const mg_k_contrast *k, int64_t i, float *const z[2],
                     const float *const slow[2], double *loss, double *slope) {
    const int64_t n[2] = {k->n, k->n_queue};
    const float lse = contrast_lse((const float *const[2]){z[0], z[1]}, n),
                slow_lse = contrast_lse(slow, n), each = 1.0f / (float)k->n;
    float own = 0.0f;
    for (int64_t j = 0; k->groups && j < k->n; j++) own += k->groups[j] == k->groups[i];
    const float share = (1.0f - k->soft) / (k->groups ? own : 1.0f);
    *loss = *slope = 0.0;
    for (int e = 0; e < 2; e++)
        for (int64_t j = 0; j < n[e]; j += MG_LANES) {
            const int64_t left = n[e] - j;
            const vf x = v_get(z[e] + j, left);
            vf target = k->soft * v_exp(v_get(slow[e] + j, left) - slow_lse);
            for (int64_t l = 0; e == 0 && l < MG_LANES && l < left; l++)
                if (k->groups ? k->groups[j + l] == k->groups[i] : j + l == i) target[l] += share;
            const vf g = (v_exp(x - lse) - target) * each;
            *loss -= v_sum(v_pick(v_first(left), target * (x - lse), v_all(0.0f)));
            *slope += v_sum(v_pick(v_first(left), g * x, v_all(0.0f)));
            v_put(z[e] + j, left, g);
        }
    *loss *= each;
}

/* ---- late interaction ---- */

/* The first maximum of r[n]; -1 where there is none. */
MG_V int64_t late_first(const float *r, int64_t n, float *most) {
    vf top = v_all(-INFINITY);
    for (int64_t j = 0; j < n; j += MG_LANES)
        top = v_max(top, v_pick(v_first(n - j), v_get(r + j, n - j), v_all(-INFINITY)));
    *most = v_top(top);
    for (int64_t j = 0; j < n; j++)
        if (r[j] >= *most) return j;
    return -1;
}

/* Row t of a, whose products with b are r[rows_b]: best partners in each sequence of b. */
MG_K void k_late_row(const mg_k_late *k, int64_t t, bool real, const float *r) {
    for (int64_t j = 0; j < k->n_b; j++) {
        const int64_t from = k->b_offsets[j], all = k->b_offsets[j + 1] - from,
                      n = real ? (k->b_real ? k->b_real[j] : all) : 0;
        float most = 0.0f;
        int64_t at = n > 0 ? late_first(r + from, n, &most) : -1;
        if (at < 0 || (most < 0.0f && n < all)) {
            most = 0.0f;
            at = -1 - from;
        }
        k->a_top[t * k->n_b + j] = most;
        k->a_arg[t * k->n_b + j] = (int32_t)(from + at);
    }
}

/* Rows of b's sequence j, whose products with sequence i of a are columns of r (rows_b apart): best
 * partners in i. */
MG_K void k_late_columns(const mg_k_late *k, int64_t i, int64_t j, const float *r) {
    const int64_t first = k->a_offsets[i], all = k->a_offsets[i + 1] - first,
                  n = k->a_real ? k->a_real[i] : all, from = k->b_offsets[j],
                  rows = k->b_offsets[j + 1] - from, real = k->b_real ? k->b_real[j] : rows;
    for (int64_t s = 0; s < rows; s += MG_LANES) {
        vf top = v_all(-INFINITY);
        vi arg = (vi)v_allu((uint32_t)-1);
        for (int64_t t = 0; t < n; t++) {
            const vf x = v_get(r + t * k->rows_b + from + s, rows - s);
            const vi more = x > top;
            top = v_pick(more, x, top);
            arg = (more & (int32_t)(first + t)) | (~more & arg);
        }
        for (int64_t l = 0; l < MG_LANES && s + l < rows; l++) {
            const int64_t at = (from + s + l) * k->n_a + i;
            const bool none = s + l >= real || arg[l] < 0 || (top[l] < 0.0f && n < all);
            k->b_top[at] = none ? 0.0f : top[l];
            k->b_arg[at] = none ? -1 : arg[l];
        }
    }
}

/* Gradients of sequence i of x (mg_late_side). dw: scratch for its rows */
MG_K void k_late_back(const mg_late_side *k, int64_t i, float *dw) {
    const int64_t first = k->xo[i], end = k->xo[i + 1], d = k->d;
    double mean = 0.0;
    for (int64_t t = first; k->dlogits && t < end; t++) {
        double sum = 0.0;
        for (int64_t j = 0; j < k->m; j++)
            sum += (double)k->dy[i * k->step_n + j * k->step_m] * k->x_top[t * k->m + j];
        dw[t - first] = (float)(0.5 * sum);
        mean += (double)k->x_weight[t] * dw[t - first];
    }
    for (int64_t t = first; k->dlogits && t < end; t++) {
        const float g = k->x_weight[t] * (dw[t - first] - (float)mean);
        k->dlogits[t] = k->acc_logits ? k->dlogits[t] + g : g;
    }
    if (!k->dx) return;
    if (!k->acc_x) memset(k->dx + first * d, 0, (size_t)((end - first) * d) * sizeof(float));
    for (int64_t j = 0; j < k->m; j++) {
        const float g = 0.5f * k->dy[i * k->step_n + j * k->step_m];
        for (int64_t t = first; t < end; t++) {
            const int64_t s = k->x_arg[t * k->m + j];
            if (s >= 0) match_add(d, g * k->x_weight[t], k->y + s * d, k->dx + t * d);
        }
        for (int64_t s = k->yo[j]; s < k->yo[j + 1]; s++) {
            const int64_t t = k->y_arg[s * k->n + i];
            if (t >= 0) match_add(d, g * k->y_weight[s], k->y + s * d, k->dx + t * d);
        }
    }
}
