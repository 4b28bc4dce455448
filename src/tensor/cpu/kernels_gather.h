/* kernels_gather.h - one thread's rows of gather: weighted sums of table rows, [cols] floats each.
 * Included by isa_*.c after lanes.h. */

/* Element i of a table; `type` is a constant after inlining. */
MG_V vf table_get(mg_dtype type, const void *src, int64_t i, int64_t left) {
    return type == MG_I8     ? v_get_byte((const int8_t *)src + i, left)
           : type == MG_BF16 ? v_get_half((const uint16_t *)src + i, left)
                             : v_get((const float *)src + i, left);
}

/* Sum of entries [e0, e1) in columns [c, c + V vectors), the sums in registers; type and V are
 * constants after inlining. `left` is what remains of the row: the last vector may be
 * incomplete. */
MG_V void gather_sum(mg_dtype type, int V, const mg_k_gather *k, int32_t e0, int32_t e1, int64_t c,
                     int64_t left, vf *sum) {
    /* rows of a large table lie anywhere: their lines are asked for this many entries before */
    enum { AHEAD = 6 };
    const int64_t size = type == MG_I8 ? 1 : type == MG_BF16 ? sizeof(uint16_t) : sizeof(float);
    for (int v = 0; v < V; v++) sum[v] = v_all(0.0f);
    for (int32_t e = e0; e < e1; e++) {
        int64_t at = (k->ids ? k->ids[e] : e) * k->cols + c;
        if (k->ids && e + AHEAD < e1) {
            const char *next = (const char *)k->src + (k->ids[e + AHEAD] * k->cols + c) * size;
            for (int64_t line = 0; line < V * MG_LANES * size; line += 64)
                __builtin_prefetch(next + line);
        }
        float w = k->weights ? k->weights[e] : 1.0f;
        for (int v = 0; v < V; v++)
            sum[v] += w * table_get(type, k->src, at + v * MG_LANES, left - v * MG_LANES);
    }
}

/* dst (+)= scale * the sum of entries [e0, e1), a whole row, eight vectors of columns at once */
MG_V void gather_row(mg_dtype type, const mg_k_gather *k, int32_t e0, int32_t e1, float scale,
                     float *dst, int acc) {
    enum { WIDE = 8 };
    for (int64_t c = 0; c < k->cols;) {
        vf sum[WIDE];
        int64_t left = k->cols - c, vectors = (left + MG_LANES - 1) / MG_LANES, n = 1;
        if (left >= WIDE * MG_LANES)
            gather_sum(type, WIDE, k, e0, e1, c, WIDE * MG_LANES, sum), n = WIDE;
        else if (vectors >= 4)
            gather_sum(type, 4, k, e0, e1, c, left, sum), n = 4;
        else if (vectors >= 2)
            gather_sum(type, 2, k, e0, e1, c, left, sum), n = 2;
        else
            gather_sum(type, 1, k, e0, e1, c, left, sum);
        for (int64_t v = 0; v < n; v++, c += MG_LANES) {
            vf s = sum[v] * scale;
            if (acc) s += v_get(dst + c, k->cols - c);
            v_put(dst + c, k->cols - c, s);
        }
    }
}

MG_K void k_gather(const mg_k_gather *k, int64_t i0, int64_t i1) {
    for (int64_t i = i0; i < i1; i++) {
        int32_t e0 = k->offsets[i], e1 = k->offsets[i + 1];
        float scale = k->mean && e1 > e0 ? 1.0f / (float)(e1 - e0) : 1.0f;
        float *dst = k->dst + (k->out_rows ? k->out_rows[i] : i) * k->cols;
        if (k->src_dtype == MG_I8)
            gather_row(MG_I8, k, e0, e1, scale, dst, k->acc);
        else if (k->src_dtype == MG_BF16)
            gather_row(MG_BF16, k, e0, e1, scale, dst, k->acc);
        else
            gather_row(MG_F32, k, e0, e1, scale, dst, k->acc);
    }
}

MG_K void k_gather_part(const mg_k_gather *k, int32_t e0, int32_t e1, float *sum) {
    if (k->src_dtype == MG_I8)
        gather_row(MG_I8, k, e0, e1, 1.0f, sum, 0);
    else if (k->src_dtype == MG_BF16)
        gather_row(MG_BF16, k, e0, e1, 1.0f, sum, 0);
    else
        gather_row(MG_F32, k, e0, e1, 1.0f, sum, 0);
}
