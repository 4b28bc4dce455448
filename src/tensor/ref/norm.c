/* norm.c - reference kernels of layer norm, batch norm and unit rows; all on [n, cols]. */
#include "tensor/ref/ref.h"

#include <math.h>

/* ---- layer norm: xhat = (x - mean) rstd, y = gamma xhat + beta; RMS norm: with mean and beta 0
 * ---- */

int mg_ref_norm(mg_backend *be, const mg_k_norm *k) {
    (void)be;
    for (int64_t i = 0; i < k->n; i++) {
        const float *x = k->x + i * k->cols;
        if (k->residual) {
            for (int64_t c = 0; c < k->cols; c++)
                k->sum[i * k->cols + c] = x[c] + k->residual[i * k->cols + c];
            x = k->sum + i * k->cols;
        }
        double mean = 0.0, var = 0.0;
        for (int64_t c = 0; c < k->cols && !k->rms; c++) mean += x[c];
        mean /= (double)k->cols;
        for (int64_t c = 0; c < k->cols; c++) var += (x[c] - mean) * (x[c] - mean);
        double rstd = 1.0 / sqrt(var / (double)k->cols + k->eps);
        for (int64_t c = 0; c < k->cols; c++)
            k->y[i * k->cols + c] =
                (float)(k->gamma[c] * (x[c] - mean) * rstd + (k->beta ? k->beta[c] : 0.0f));
        k->mean[i] = (float)mean;
        k->rstd[i] = (float)rstd;
    }
    return 0;
}

/* With g = gamma dy: dx = rstd (g - mean(g) - xhat mean(g xhat)), without mean(g) in RMS norm. */
int mg_ref_norm_back(mg_backend *be, const mg_k_norm_back *k) {
    (void)be;
    for (int64_t i = 0; i < k->n; i++) {
        const float *x = k->x + i * k->cols, *dy = k->dy + i * k->cols;
        double mean = k->mean[i], rstd = k->rstd[i], sum_g = 0.0, sum_gx = 0.0;
        for (int64_t c = 0; c < k->cols; c++) {
            double xhat = (x[c] - mean) * rstd, g = (double)k->gamma[c] * dy[c];
            sum_g += k->rms ? 0.0 : g;
            sum_gx += g * xhat;
        }
        for (int64_t c = 0; k->dx && c < k->cols; c++) {
            double xhat = (x[c] - mean) * rstd, g = (double)k->gamma[c] * dy[c];
            mg_ref_put(&k->dx[i * k->cols + c],
                       rstd * (g - (sum_g + xhat * sum_gx) / (double)k->cols), k->acc_dx);
        }
    }
    for (int64_t c = 0; c < k->cols; c++) {
        double dgamma = 0.0, dbeta = 0.0;
        for (int64_t i = 0; i < k->n; i++) {
            double dy = k->dy[i * k->cols + c];
            dgamma += dy * ((double)k->x[i * k->cols + c] - k->mean[i]) * k->rstd[i];
            dbeta += dy;
        }
        if (k->dgamma) mg_ref_put(&k->dgamma[c], dgamma, 1);
        if (k->dbeta) mg_ref_put(&k->dbeta[c], dbeta, 1);
    }
    return 0;
}

/* ---- batch norm: the same down the columns; statistics of the batch, or the running ones ---- */

/* Mean and biased variance of column c. */
static void column_stats(const mg_k_bnorm *k, int64_t c, double *mean, double *var) {
    double m = 0.0, v = 0.0;
    for (int64_t i = 0; i < k->n; i++) m += k->x[i * k->cols + c];
    m /= (double)k->n;
    for (int64_t i = 0; i < k->n; i++)
        v += (k->x[i * k->cols + c] - m) * (k->x[i * k->cols + c] - m);
    *mean = m;
    *var = v / (double)k->n;
}

int mg_ref_bnorm(mg_backend *be, const mg_k_bnorm *k) {
    (void)be;
    for (int64_t c = 0; c < k->cols; c++) {
        double mean = k->running_mean[c], var = k->running_var[c];
        if (k->training) {
            column_stats(k, c, &mean, &var);
            /* Unbiased for the running variance; a batch of one row has none, its biased 0 is
             * taken. */
            double unbiased = k->n > 1 ? var * (double)k->n / (double)(k->n - 1) : var;
            k->running_mean[c] =
                (float)(k->running_mean[c] + k->momentum * (mean - k->running_mean[c]));
            k->running_var[c] =
                (float)(k->running_var[c] + k->momentum * (unbiased - k->running_var[c]));
        }
        double rstd = 1.0 / sqrt(var + k->eps);
        k->mean[c] = (float)mean;
        k->rstd[c] = (float)rstd;
        for (int64_t i = 0; i < k->n; i++) {
            double y = k->gamma[c] * (k->x[i * k->cols + c] - mean) * rstd + k->beta[c];
            k->y[i * k->cols + c] = (float)(k->act == MG_ACT_RELU && y < 0.0 ? 0.0 : y);
        }
    }
    return 0;
}

/* With the batch's statistics dx = gamma rstd (dy - mean(dy) - xhat mean(dy xhat)); with running
 * ones gamma rstd dy. */
int mg_ref_bnorm_back(mg_backend *be, const mg_k_bnorm_back *k) {
    (void)be;
    for (int64_t c = 0; c < k->cols; c++) {
        double mean = k->mean[c], rstd = k->rstd[c], dbeta = 0.0, dgamma = 0.0;
        for (int64_t i = 0; i < k->n; i++) {
            int64_t at = i * k->cols + c;
            double dy = k->act == MG_ACT_RELU && !(k->y[at] > 0.0f) ? 0.0 : k->dy[at];
            dbeta += dy;
            dgamma += dy * (k->x[at] - mean) * rstd;
        }
        for (int64_t i = 0; k->dx && i < k->n; i++) {
            int64_t at = i * k->cols + c;
            double dy = k->act == MG_ACT_RELU && !(k->y[at] > 0.0f) ? 0.0 : k->dy[at];
            double xhat = (k->x[at] - mean) * rstd;
            if (k->training) dy -= (dbeta + xhat * dgamma) / (double)k->n;
            mg_ref_put(&k->dx[at], k->gamma[c] * rstd * dy, k->acc_dx);
        }
        if (k->dgamma) mg_ref_put(&k->dgamma[c], dgamma, 1);
        if (k->dbeta) mg_ref_put(&k->dbeta[c], dbeta, 1);
    }
    return 0;
}

/* ---- unit rows ---- */

int mg_ref_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                     float *norm) {
    (void)be;
    for (int64_t i = 0; i < n; i++) {
        double s = 0.0;
        for (int64_t c = 0; c < cols; c++) s += (double)x[i * cols + c] * x[i * cols + c];
        norm[i] = (float)sqrt(s);
        for (int64_t c = 0; c < cols; c++)
            y[i * cols + c] = (float)(x[i * cols + c] / fmax(sqrt(s), eps));
    }
    return 0;
}

/* dx = (dy - y (y . dy)) / |x|; where |x| <= eps the divisor is a constant and dx = dy / eps. */
int mg_ref_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                          const float *norm, const float *dy, float *dx, int acc) {
    (void)be;
    for (int64_t i = 0; i < n; i++) {
        double dot = 0.0;
        for (int64_t c = 0; c < cols; c++) dot += (double)y[i * cols + c] * dy[i * cols + c];
        if (norm[i] <= eps) dot = 0.0;
        for (int64_t c = 0; c < cols; c++)
            mg_ref_put(&dx[i * cols + c],
                       (dy[i * cols + c] - y[i * cols + c] * dot) / fmax(norm[i], eps), acc);
    }
    return 0;
}
