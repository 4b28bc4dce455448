/* kernels_xent.h - rows of softmax cross-entropy (included by cpu_isa_*.c after lanes.h).
 * With z_j = x_j - max x and l = log sum e^z: ce = (1 - smoothing) (l - z_target) + smoothing (l -
 * mean z); d ce / d x_j = e^(x_j - lse) - q_j. */

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
