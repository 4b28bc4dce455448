/* kernels_optim.h - one thread's part of the optimiser's passes. Included by isa_*.c after lanes.h.
 */

/* In double throughout: squares of large gradients must not overflow, and clipping looks at this
 * number. */
MG_K double k_sumsq(int64_t n, const float *x) {
    vd sum[2] = {{0}, {0}};
    int64_t i = 0;
    for (; i + 2 * MG_DOUBLES <= n; i += 2 * MG_DOUBLES)
        for (int h = 0; h < 2; h++) {
            vd v = __builtin_convertvector(*(const vs_any *)(x + i + h * MG_DOUBLES), vd);
            sum[h] += v * v;
        }
    double total = 0.0;
    for (int l = 0; l < MG_DOUBLES; l++) total += sum[0][l] + sum[1][l];
    for (; i < n; i++) total += (double)x[i] * x[i];
    return total;
}

MG_K void k_adamw(int64_t n, float *p, const float *g, float *m, float *v, float *ema,
                  uint16_t *shadow, const mg_adamw_args *a) {
    float decay = 1.0f - a->lr * a->weight_decay, step = a->lr / a->bias1, second = 1.0f / a->bias2;
    float left1 = 1.0f - a->beta1, left2 = 1.0f - a->beta2, toward = 1.0f - a->ema_decay;
    for (int64_t i = 0; i < n; i += MG_LANES) {
        int64_t left = n - i;
        vf gi = v_get(g + i, left) * a->grad_scale;
        vf mi = v_get(m + i, left) * a->beta1 + gi * left1;
        vf vi_ = v_get(v + i, left) * a->beta2 + gi * gi * left2;
        vf pi = v_get(p + i, left) * decay - step * mi / (v_sqrt(vi_ * second) + a->eps);
        v_put(m + i, left, mi);
        v_put(v + i, left, vi_);
        v_put(p + i, left, pi);
        if (ema) {
            vf ei = v_get(ema + i, left);
            v_put(ema + i, left, ei + toward * (pi - ei));
        }
        if (shadow) v_put_half(shadow + i, left, pi);
    }
}
