/* test_values.c - what ops compute, by their formulas in double (tensor.h), on the readable kernels
 * and the fast ones: the op table compares those with each other, and gradients with differences.
 */
#include "../must_tape.h"

#include <math.h>
#include <stdint.h>

static const char *const devices[] = {"ref", "cpu"};
enum { N = 5, D = 6, M = 7, MOST = 512 };

static float *numbers(int n, double scale, uint64_t seed) {
    mg_rng rng = {.seed = seed};
    float *x = must_alloc(n, sizeof *x);
    for (int i = 0; i < n; i++) x[i] = (float)(scale * mg_rng_normal(&rng));
    return x;
}

static void close_to(mg_tape *t, mg_tensor *y, const double *want, int n, const char *what) {
    const float *v = must_values(t, y);
    assert_int_equal(mg_tensor_count(y), n);
    for (int i = 0; i < n; i++)
        if (!(fabs((double)v[i] - want[i]) <= 2e-5 * (1 + fabs(want[i]))))
            fail_msg("%s, %d: %.9g, not %.9g", what, i, (double)v[i], want[i]);
}

#define ON_BOTH                                             \
    for (size_t dev_ = 0; dev_ < MG_COUNT(devices); dev_++) \
        for (mg_tape *t = must_tape(devices[dev_], MG_PREC_F32, 1, 0); t; mg_tape_free(t), t = NULL)

static double act_of(mg_act act, double x) {
    const double root = sqrt(2 / 3.14159265358979323846);
    return act == MG_ACT_RELU        ? fmax(x, 0)
           : act == MG_ACT_GELU      ? x * 0.5 * erfc(-x / sqrt(2))
           : act == MG_ACT_TANH      ? tanh(x)
           : act == MG_ACT_GELU_TANH ? 0.5 * x * (1 + tanh(root * (x + 0.044715 * pow(x, 3))))
           : act == MG_ACT_SIGMOID   ? 1 / (1 + exp(-x))
           : act == MG_ACT_EXP       ? exp(x)
                                     : x;
}

static void elementwise(void **state) {
    (void)state;
    float *a = numbers(N * D, 1.5, 1), *b = numbers(N * D, 1, 2);
    double want[MOST];
    ON_BOTH {
        mg_tensor *x = mg_input(t, a, N, D, false), *y = mg_input(t, b, N, D, false);
        for (int i = 0; i < N * D; i++) want[i] = (double)a[i] + (double)b[i];
        close_to(t, mg_add(t, x, y), want, N * D, "add");
        for (int i = 0; i < N * D; i++) want[i] = (double)a[i] - (double)b[i];
        close_to(t, mg_sub(t, x, y), want, N * D, "sub");
        for (int i = 0; i < N * D; i++) want[i] = (double)a[i] * (double)b[i];
        close_to(t, mg_mul(t, x, y), want, N * D, "mul");
        for (int i = 0; i < N * D; i++) want[i] = -2.5 * (double)a[i];
        close_to(t, mg_scale(t, x, -2.5F), want, N * D, "scale");
        for (int i = 0; i < N * D; i++) want[i] = (double)a[i];
        mg_tensor *turned = mg_reshape(t, x, 10);
        close_to(t, turned, want, N * D, "reshape");
        assert_true(turned->rows == 3 && turned->cols == 10);
        for (int act = MG_ACT_NONE; act <= MG_ACT_EXP; act++) {
            for (int i = 0; i < N * D; i++) want[i] = act_of((mg_act)act, (double)a[i]);
            close_to(t, mg_activate(t, x, (mg_act)act), want, N * D, "activate");
        }
        double mean = 0, square = 0;
        for (int i = 0; i < N * D; i++) {
            mean += (double)a[i] / (N * D);
            square += pow((double)a[i] - (double)b[i], 2) / (N * D);
        }
        close_to(t, mg_mean(t, x), &mean, 1, "mean");
        close_to(t, mg_squared_error(t, x, y), &square, 1, "squared error");
        mg_tensor *const terms[3] = {mg_mean(t, x), mg_squared_error(t, x, y), mg_mean(t, y)};
        const float weights[3] = {2, -0.5F, 0};
        const double sum = 2 * mean - 0.5 * square;
        close_to(t, mg_weighted_sum(t, terms, weights, 3), &sum, 1, "weighted sum");
    }
    free(a);
    free(b);
}

static void products_and_norms(void **state) {
    (void)state;
    float *a = numbers(N * D, 1, 3), *r = numbers(N * D, 1, 4), *w = numbers(M * D, 0.7, 5),
          *b = numbers(M, 1, 6), *gamma = numbers(D, 1, 7), *beta = numbers(D, 1, 8);
    double want[MOST];
    ON_BOTH {
        mg_tensor *x = mg_input(t, a, N, D, false), *res = mg_input(t, r, N, D, false),
                  *g = mg_input(t, gamma, 1, D, false), *be = mg_input(t, beta, 1, D, false);
        for (int act = MG_ACT_NONE; act <= MG_ACT_EXP; act++)
            for (int biased = 0; biased < 2; biased++) {
                for (int i = 0; i < N * M; i++) {
                    double z = biased ? (double)b[i % M] : 0;
                    for (int d = 0; d < D; d++)
                        z += (double)a[i / M * D + d] * (double)w[i % M * D + d];
                    want[i] = act_of((mg_act)act, z);
                }
                close_to(t,
                         mg_linear(t, x, mg_input(t, w, M, D, false),
                                   biased ? mg_input(t, b, 1, M, false) : NULL, (mg_act)act),
                         want, N * M, "linear");
            }
        for (int with = 0; with < 2; with++) {
            for (int i = 0; i < N; i++) {
                double mean = 0, var = 0, z[D];
                for (int d = 0; d < D; d++)
                    mean += (z[d] = (double)a[i * D + d] + (with ? (double)r[i * D + d] : 0)) / D;
                for (int d = 0; d < D; d++) var += pow(z[d] - mean, 2) / D;
                for (int d = 0; d < D; d++)
                    want[i * D + d] = (z[d] - mean) / sqrt(var + 0.01) * (double)gamma[d] +
                                      (double)beta[d];
            }
            close_to(t, mg_layer_norm(t, x, with ? res : NULL, g, be, 0.01F), want, N * D,
                     "layer norm");
        }
        for (int i = 0; i < N; i++) {
            double square = 0;
            for (int d = 0; d < D; d++) square += pow((double)a[i * D + d], 2);
            for (int d = 0; d < D; d++)
                want[i * D + d] = (double)a[i * D + d] * (double)gamma[d] / sqrt(square / D + 0.02);
        }
        close_to(t, mg_rms_norm(t, x, g, 0.02F), want, N * D, "rms norm");
        for (int e = 0; e < 2; e++) {
            for (int i = 0; i < N; i++) {
                double square = 0;
                for (int d = 0; d < D; d++) square += pow((double)a[i * D + d], 2);
                for (int d = 0; d < D; d++)
                    want[i * D + d] = (double)a[i * D + d] / fmax(sqrt(square), e ? 5 : 1e-9);
            }
            close_to(t, mg_normalize(t, x, e ? 5 : 1e-9F), want, N * D, "normalize");
        }
        /* batches: their own statistics in training, which move the running ones; else those */
        float mean[D], var[D];
        for (int d = 0; d < D; d++) mean[d] = 0.1F * (float)d, var[d] = 1 + 0.2F * (float)d;
        for (int training = 1; training >= 0; training--) {
            mg_tensor *rm = mg_input(t, mean, 1, D, false), *rv = mg_input(t, var, 1, D, false);
            mg_tape_training(t, training);
            for (int d = 0; d < D; d++) {
                double m = (double)mean[d], v = (double)var[d];
                if (training) {
                    m = v = 0;
                    for (int i = 0; i < N; i++) m += (double)a[i * D + d] / N;
                    for (int i = 0; i < N; i++) v += pow((double)a[i * D + d] - m, 2) / N;
                }
                for (int i = 0; i < N; i++)
                    want[i * D + d] =
                        fmax(0, ((double)a[i * D + d] - m) / sqrt(v + 0.03) * (double)gamma[d] +
                                    (double)beta[d]);
            }
            close_to(t, mg_batch_norm(t, x, g, be, rm, rv, 0.25F, 0.03F, MG_ACT_RELU), want, N * D,
                     "batch norm");
            for (int d = 0; d < D; d++) {
                double m = 0, v = 0;
                for (int i = 0; i < N; i++) m += (double)a[i * D + d] / N;
                for (int i = 0; i < N; i++) v += pow((double)a[i * D + d] - m, 2) / (N - 1);
                const float *is[2] = {mg_values(t, rm), mg_values(t, rv)};
                const double moved[2] = {0.75 * (double)mean[d] + 0.25 * m,
                                         0.75 * (double)var[d] + 0.25 * v};
                assert_true(fabs((double)is[0][d] - (training ? moved[0] : (double)mean[d])) <
                            1e-5);
                assert_true(fabs((double)is[1][d] - (training ? moved[1] : (double)var[d])) < 1e-5);
            }
        }
    }
    free(a), free(r), free(w), free(b), free(gamma), free(beta);
}

static const int32_t q_offsets[] = {0, 2, 2, 5}, kv_offsets[] = {0, 3, 4, 7};

/* Row i of q [N, d] attends to rows from .. to of kv [, 2d], score added; into out [d]. */
static void attend(const float *q, const float *kv, int stride, int k_at, int v_at, int from,
                   int to, const float *score, int heads, double *out) {
    for (int h = 0; h < heads; h++) {
        const int wide = D / heads;
        double p[M], top = -INFINITY, sum = 0;
        for (int j = from; j < to; j++) {
            p[j] = score ? (double)score[j] : 0;
            for (int d = 0; d < wide; d++)
                p[j] += (double)q[h * wide + d] * (double)kv[j * stride + k_at + h * wide + d] /
                        sqrt(wide);
            top = fmax(top, p[j]);
        }
        for (int j = from; j < to; j++) sum += p[j] = exp(p[j] - top);
        for (int d = 0; d < wide; d++) {
            out[h * wide + d] = 0;
            for (int j = from; j < to; j++)
                out[h * wide + d] += p[j] / sum * (double)kv[j * stride + v_at + h * wide + d];
        }
    }
}

static int sequence_of(const int32_t *offsets, int i) {
    int s = 0;
    while (i >= offsets[s + 1]) s++;
    return s;
}

static void attention(void **state) {
    (void)state;
    float *qkv = numbers(N * 3 * D, 1, 9), *q = numbers(N * D, 1, 10),
          *kv = numbers(M * 2 * D, 1, 11), *score = numbers(M, 1, 12);
    static const int32_t real[] = {2, 1, 3};
    double want[MOST];
    ON_BOTH {
        const mg_seqs own = {3, q_offsets}, other = {3, kv_offsets};
        mg_tensor *x = mg_input(t, qkv, N, 3 * D, false), *y = mg_input(t, q, N, D, false),
                  *z = mg_input(t, kv, M, 2 * D, false);
        for (int heads = 1; heads <= 3; heads++) {
            for (int causal = 0; causal < 2; causal++) {
                for (int i = 0; i < N; i++) {
                    const int s = sequence_of(q_offsets, i);
                    attend(qkv + i * 3 * D, qkv, 3 * D, D, 2 * D, q_offsets[s],
                           causal ? i + 1 : q_offsets[s + 1], NULL, heads, want + i * D);
                }
                close_to(t, mg_attention(t, x, own, heads, 0, causal), want, N * D, "attention");
            }
            for (int i = 0; i < N; i++) {
                const int s = sequence_of(q_offsets, i);
                attend(q + i * D, kv, 2 * D, 0, D, kv_offsets[s], kv_offsets[s + 1], NULL, heads,
                       want + i * D);
            }
            close_to(t, mg_cross_attention(t, y, z, own, other, heads, 0), want, N * D,
                     "cross attention");
            for (int some = 0; some < 2; some++) {
                for (int i = 0; i < N; i++) {
                    const int s = sequence_of(q_offsets, i);
                    attend(q + i * D, kv, 2 * D, 0, D, kv_offsets[s],
                           some ? kv_offsets[s] + real[s] : kv_offsets[s + 1], score, heads,
                           want + i * D);
                }
                close_to(t,
                         mg_scored_attention(t, y, z, mg_input(t, score, M, 1, false), own, other,
                                             some ? real : NULL, heads),
                         want, N * D, "scored attention");
            }
        }
    }
    free(qkv), free(q), free(kv), free(score);
}

static void rows_and_sets(void **state) {
    (void)state;
    static const int32_t ids[] = {1, 3, 3, 0, 4, 2}, offsets[] = {0, 2, 2, 6};
    static const float weights[] = {0.5F, -1, 2, 1, 0.25F, 3};
    static const int32_t real[] = {2, 1, 2};
    float *x = numbers(M * D, 1, 13), *score = numbers(M, 1, 14), *w = numbers(4, 1, 15);
    const float bias = 0.3F;
    double want[MOST];
    ON_BOTH {
        mg_tensor *table = mg_input(t, x, M, D, false), *s = mg_input(t, score, M, 1, false);
        for (int kind = 0; kind < 4; kind++) {
            const mg_csr csr = {3, offsets, ids, kind % 2 ? weights : NULL, kind / 2};
            for (int i = 0; i < 3; i++)
                for (int d = 0; d < D; d++) {
                    double y = 0;
                    for (int k = offsets[i]; k < offsets[i + 1]; k++)
                        y += (kind % 2 ? (double)weights[k] : 1) * (double)x[ids[k] * D + d];
                    want[i * D + d] = kind / 2 && offsets[i + 1] > offsets[i]
                                          ? y / (offsets[i + 1] - offsets[i])
                                          : y;
                }
            close_to(t, mg_gather_sum(t, table, csr), want, 3 * D, "gather sum");
        }
        const mg_seqs seqs = {3, kv_offsets};
        for (int i = 0; i < M; i++)
            for (int c = 0; c < D; c++)
                for (int j = 0; j < 3; j++) {
                    const int at = i + j - 1, own = sequence_of(kv_offsets, i);
                    want[i * 3 * D + 3 * c + j] = at >= kv_offsets[own] && at < kv_offsets[own + 1]
                                                      ? (double)x[at * D + c]
                                                      : 0;
                }
        close_to(t, mg_windows(t, table, seqs), want, M * 3 * D, "windows");
        for (int i = 0; i < 3; i++)
            for (int d = 0; d < D; d++) {
                double y = (double)bias;
                for (int k = kv_offsets[i]; k < kv_offsets[i + 1]; k++)
                    y += (double)w[k - kv_offsets[i]] * (double)x[k * D + d];
                want[i * D + d] = y;
            }
        close_to(t,
                 mg_place_pool(t, table, seqs, mg_input(t, w, 1, 4, false),
                               mg_input(t, &bias, 1, 1, false)),
                 want, 3 * D, "place pool");
        for (int kind = 0; kind < 4; kind++) { /* all rows or the real ones, a floor or none */
            const double floor = kind / 2 ? 0.125 : 0;
            for (int i = 0; i < 3; i++) {
                const int end = kind % 2 ? kv_offsets[i] + real[i] : kv_offsets[i + 1];
                double sum = floor;
                for (int k = kv_offsets[i]; k < end; k++) sum += exp((double)score[k]);
                for (int d = 0; d < D; d++) {
                    want[i * D + d] = 0;
                    for (int k = kv_offsets[i]; k < end; k++)
                        want[i * D + d] += exp((double)score[k]) / sum * (double)x[k * D + d];
                }
            }
            close_to(t,
                     mg_merge(t, table, s, NULL, seqs, kind % 2 ? real : NULL, NULL, (float)floor),
                     want, 3 * D, "merge");
        }
    }
    free(x), free(score), free(w);
}

static void unit_rows(float *x, int n) {
    for (int i = 0; i < n; i++) {
        double square = 0;
        for (int d = 0; d < D; d++) square += pow((double)x[i * D + d], 2);
        for (int d = 0; d < D; d++) x[i * D + d] = (float)((double)x[i * D + d] / sqrt(square));
    }
}

static double dot(const float *a, const float *b) {
    double sum = 0;
    for (int d = 0; d < D; d++) sum += (double)a[d] * (double)b[d];
    return sum;
}

static void losses(void **state) {
    (void)state;
    static const int32_t targets[N] = {2, -1, 0, 6, 3}, groups[N] = {1, 2, 1, 3, 2};
    static const float weights[N] = {1, 5, 0.5F, 2, 0};
    float *logits = numbers(N * M, 2, 16), *a = numbers(N * D, 1, 17), *b = numbers(N * D, 1, 18),
          *m = numbers(N * D, 1, 19), *queue = numbers(3 * D, 1, 20);
    unit_rows(a, N), unit_rows(b, N), unit_rows(m, N), unit_rows(queue, 3);
    ON_BOTH {
        for (int kind = 0; kind < 4; kind++) {
            const double smoothing = kind / 2 ? 0.2 : 0;
            double sum = 0, all = 0;
            for (int i = 0; i < N; i++) {
                double total = 0, each = 0;
                if (targets[i] < 0) continue;
                for (int j = 0; j < M; j++) total += exp((double)logits[i * M + j]);
                for (int j = 0; j < M; j++)
                    each -= ((j == targets[i]) * (1 - smoothing) + smoothing / M) *
                            ((double)logits[i * M + j] - log(total));
                sum += (kind % 2 ? (double)weights[i] : 1) * each;
                all += kind % 2 ? (double)weights[i] : 1;
            }
            const double want = sum / all;
            close_to(t,
                     mg_cross_entropy(t, mg_input(t, logits, N, M, false), targets,
                                      kind % 2 ? weights : NULL, (float)smoothing),
                     &want, 1, "cross entropy");
        }
        mg_tensor *x = mg_input(t, a, N, D, false), *y = mg_input(t, b, N, D, false),
                  *slow = mg_input(t, m, N, D, false), *more = mg_input(t, queue, 3, D, false);
        for (int kind = 0; kind < 12;
             kind++) { /* scales: given, of a parameter, of one too large */
            const bool grouped = kind % 2, smooth = kind / 2 % 2;
            const float log_scale = kind / 4 == 1 ? 1.5F : 9;
            const double s = kind / 4 == 0   ? 3
                             : kind / 4 == 1 ? exp(1.5)
                                             : 20,
                         smoothing = smooth ? 0.1 : 0;
            double want = 0;
            for (int side = 0; side < 2; side++)
                for (int i = 0; i < N; i++) {
                    double total = 0, each = 0;
                    int left = 0;
                    for (int j = 0; j < N; j++) {
                        if (grouped && i != j && groups[i] == groups[j]) continue;
                        total +=
                            exp(s * (side ? dot(a + j * D, b + i * D) : dot(a + i * D, b + j * D)));
                        left++;
                    }
                    for (int j = 0; j < N; j++) {
                        if (grouped && i != j && groups[i] == groups[j]) continue;
                        const double z = s * (side ? dot(a + j * D, b + i * D)
                                                   : dot(a + i * D, b + j * D));
                        each -= ((i == j) * (1 - smoothing) + smoothing / left) * (z - log(total));
                    }
                    want += each / (2 * N);
                }
            mg_tensor *parameter = kind / 4 ? mg_input(t, &log_scale, 1, 1, false) : NULL;
            close_to(
                t, mg_infonce(t, x, y, parameter, 3, 20, grouped ? groups : NULL, (float)smoothing),
                &want, 1, "infonce");
        }
        for (int kind = 0; kind < 16; kind++) {
            const bool grouped = kind % 2, queued = kind / 2 % 2, logs = kind / 4 % 2,
                       large = kind / 8;
            const float given = logs ? (large ? 9 : 1.2F) : (large ? 7 : 0.2F);
            const double s = logs ? (large ? 100 : exp(1.2)) : (large ? 2 : 1 / 0.2), soft = 0.3;
            const int keys = N + (queued ? 3 : 0);
            double want = 0;
            for (int i = 0; i < N; i++) {
                double z[N + 3], target[N + 3], total = 0, slow_total = 0;
                int same = 0;
                for (int j = 0; j < N && grouped; j++) same += groups[j] == groups[i];
                for (int j = 0; j < keys; j++) {
                    const float *key = j < N ? b + j * D : queue + (j - N) * D;
                    z[j] = s * dot(a + i * D, key);
                    target[j] = exp(s * dot(m + i * D, key));
                    total += exp(z[j]);
                    slow_total += target[j];
                }
                for (int j = 0; j < keys; j++) {
                    const double own = grouped ? (j < N && groups[j] == groups[i] ? 1.0 / same : 0)
                                               : j == i;
                    want -= (soft * target[j] / slow_total + (1 - soft) * own) *
                            (z[j] - log(total)) / N;
                }
            }
            const mg_contrast_options o = {logs, 0.3F, grouped ? groups : NULL};
            close_to(t,
                     mg_soft_contrast(t, x, slow, y, queued ? more : NULL,
                                      mg_input(t, &given, 1, 1, false), &o),
                     &want, 1, "soft contrast");
        }
    }
    free(logits), free(a), free(b), free(m), free(queue);
}

static void late_interaction(void **state) {
    (void)state;
    static const int32_t a_offsets[] = {0, 2, 5}, b_offsets[] = {0, 3, 4, 7};
    static const int32_t a_real[] = {2, 2}, b_real[] = {2, 1, 3};
    float *a = numbers(N * D, 1, 21), *b = numbers(M * D, 1, 22), *la = numbers(N, 1, 23),
          *lb = numbers(M, 1, 24);
    unit_rows(a, N), unit_rows(b, M);
    double want[6];
    ON_BOTH {
        for (int kind = 0; kind < 2; kind++) {
            for (int i = 0; i < 2; i++)
                for (int j = 0; j < 3; j++) {
                    double sum_a = 0, sum_b = 0, left = 0, right = 0;
                    for (int k = a_offsets[i]; k < a_offsets[i + 1]; k++)
                        sum_a += exp((double)la[k]);
                    for (int k = b_offsets[j]; k < b_offsets[j + 1]; k++)
                        sum_b += exp((double)lb[k]);
                    for (int side = 0; side < 2; side++) {
                        const int n0 = side ? b_offsets[j] : a_offsets[i],
                                  n1 = side ? b_offsets[j + 1] : a_offsets[i + 1],
                                  m0 = side ? a_offsets[i] : b_offsets[j],
                                  m1 = side ? a_offsets[i + 1] : b_offsets[j + 1];
                        for (int k = n0; k < n1; k++) {
                            double top = -INFINITY;
                            for (int l = m0; l < m1; l++) {
                                const int ai = side ? l : k, bj = side ? k : l;
                                const bool pad = kind && (ai >= a_offsets[i] + a_real[i] ||
                                                          bj >= b_offsets[j] + b_real[j]);
                                top = fmax(top, pad ? 0 : dot(a + ai * D, b + bj * D));
                            }
                            if (side)
                                right += exp((double)lb[k]) / sum_b * top;
                            else
                                left += exp((double)la[k]) / sum_a * top;
                        }
                    }
                    want[i * 3 + j] = 0.5 * (left + right);
                }
            close_to(t,
                     mg_late_interaction(t, mg_input(t, a, N, D, false),
                                         mg_input(t, la, N, 1, false), (mg_seqs){2, a_offsets},
                                         kind ? a_real : NULL, mg_input(t, b, M, D, false),
                                         mg_input(t, lb, M, 1, false), (mg_seqs){3, b_offsets},
                                         kind ? b_real : NULL),
                     want, 6, "late interaction");
        }
    }
    free(a), free(b), free(la), free(lb);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementwise), cmocka_unit_test(products_and_norms),
        cmocka_unit_test(attention),   cmocka_unit_test(rows_and_sets),
        cmocka_unit_test(losses),      cmocka_unit_test(late_interaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
