/* report.c - what a run says of its head: scores of validation and test, and in the run folder
 * roc.svg, calibration.svg or parity.svg, predictions.csv (validation and test rows) and split.csv
 * (all rows with their part, for other programs).
 */
#include "base/plot.h"
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[] = {"train", "val", "test", "", ""};
enum { BINS = 10 };

/* ---- scores ---- */

/* One part's rows of one task, side by side. */
typedef struct column {
    float *value, *truth, *spread;
    size_t n;
} column;

static bool column_open(column *c, const heads_table *t, const float *values, const float *spread,
                        int part, int task) {
    const size_t n = (size_t)t->count[part];
    *c = (column){.value = malloc(3 * (n + 1) * sizeof(float)), .n = n};
    if (!c->value) return false;
    c->truth = c->value + n + 1;
    c->spread = c->truth + n + 1;
    for (size_t i = 0; i < n; i++) {
        const int64_t at = t->of[part][i] * t->tasks + task;
        c->value[i] = values[at], c->truth[i] = t->truth[at], c->spread[i] = spread[at];
    }
    return true;
}

static void add(double x, double *sum, double *n) {
    if (!isnan(x)) *sum += x, *n += 1;
}

/* Share of known cells times |mean probability - share of ones| over ten bins. */
static double calibration_error(const heads_table *t, const float *values, int part) {
    double p[BINS] = {0}, y[BINS] = {0}, n[BINS] = {0}, all = 0, error = 0;
    for (int64_t i = 0; i < t->count[part] * t->tasks; i++) {
        const int64_t at = t->of[part][i / t->tasks] * t->tasks + i % t->tasks;
        if (isnan(t->truth[at])) continue;
        const int bin = (int)fmin(BINS - 1, values[at] * BINS);
        p[bin] += values[at], y[bin] += t->truth[at], n[bin]++, all++;
    }
    for (int b = 0; b < BINS; b++) error += fabs(p[b] - y[b]);
    return all > 0 ? error / all : NAN;
}

static double within_deviation(const heads_table *t, const float *values, const float *spread,
                               int part) {
    double inside = 0, all = 0;
    for (int64_t i = 0; i < t->count[part] * t->tasks; i++) {
        const int64_t at = t->of[part][i / t->tasks] * t->tasks + i % t->tasks;
        if (isnan(t->truth[at])) continue;
        inside += fabsf(t->truth[at] - values[at]) <= spread[at];
        all++;
    }
    return all > 0 ? inside / all : NAN;
}

static void score_part(const heads_table *t, const float *values, const float *spread, int part,
                       heads_scores *out) {
    double sums[5] = {0}, n[5] = {0};
    for (int k = 0; k < t->tasks; k++) {
        column c;
        if (!column_open(&c, t, values, spread, part, k)) continue;
        if (t->task == MG_HEADS_CLASSES) {
            add(mg_score_auc(c.value, c.truth, c.n, 1), &sums[0], &n[0]);
            add(mg_score_precision(c.value, c.truth, c.n, 1), &sums[1], &n[1]);
        } else {
            const mg_regression_score s = mg_score_regression(c.value, c.truth, c.n, 1);
            add(s.rmse, &sums[2], &n[2]);
            add(s.mae, &sums[3], &n[3]);
            add(s.r2, &sums[4], &n[4]);
        }
        free(c.value);
    }
    double *const to[] = {&out->auc[part], &out->precision[part], &out->rmse[part], &out->mae[part],
                          &out->r2[part]};
    for (int i = 0; i < 5; i++) *to[i] = n[i] > 0 ? sums[i] / n[i] : NAN;
    out->calibration[part] = t->task == MG_HEADS_CLASSES
                                 ? calibration_error(t, values, part)
                                 : within_deviation(t, values, spread, part);
}

/* Of test rows that lie inside (or outside) of what the head knows: mean ROC-AUC or RMSE. */
static double score_where(const heads_table *t, const float *values, const uint8_t *inside,
                          uint8_t which) {
    double sum = 0, n = 0;
    for (int k = 0; k < t->tasks; k++) {
        column c;
        if (!column_open(&c, t, values, values, HEADS_TEST, k)) continue;
        for (size_t i = 0; i < c.n; i++)
            if (inside[t->of[HEADS_TEST][i]] != which) c.truth[i] = NAN;
        add(t->task == MG_HEADS_CLASSES ? mg_score_auc(c.value, c.truth, c.n, 1)
                                        : mg_score_regression(c.value, c.truth, c.n, 1).rmse,
            &sum, &n);
        free(c.value);
    }
    return n > 0 ? sum / n : NAN;
}

void heads_score(const heads_table *t, const float *values, const float *spread,
                 const uint8_t *inside, heads_scores *out) {
    double in = 0;
    for (int p = 0; p < HEADS_PARTS; p++) score_part(t, values, spread, p, out);
    for (int64_t i = 0; i < t->count[HEADS_TEST]; i++) in += inside[t->of[HEADS_TEST][i]];
    out->inside = t->count[HEADS_TEST] ? in / (double)t->count[HEADS_TEST] : NAN;
    out->auc_inside = score_where(t, values, inside, 1);
    out->auc_outside = score_where(t, values, inside, 0);
}

/* ---- tables ---- */

static int write_text(const train_task *t, const char *name, mg_str *text, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = text->failed ? mg_no_memory(err, "%s", name)
                            : train_run_path(&t->c, name, path, err);
    if (!code) code = train_write_file(path, text->s ? text->s : "", text->n, err);
    mg_str_free(text);
    return code;
}

static void add_number(mg_str *out, float x) {
    mg_str_addz(out, ",");
    if (!isnan(x)) mg_str_addf(out, "%.6g", (double)x);
}

static int write_split(const train_task *t, const heads_table *b, molglot_error *err) {
    mg_str s = {0};
    mg_str_addz(&s, "smiles");
    for (int k = 0; k < b->tasks; k++) mg_str_addz(&s, ","), mg_csv_field(&s, b->names[k], ',');
    mg_str_addz(&s, ",split\n");
    for (size_t i = 0; i < b->rows.n; i++) {
        if (b->part[i] >= HEADS_PARTS) continue;
        mg_csv_field(&s, b->rows.smiles[i], ',');
        for (int k = 0; k < b->tasks; k++)
            add_number(&s, b->truth[i * (size_t)b->tasks + (size_t)k]);
        mg_str_addf(&s, ",%s\n", part_names[b->part[i]]);
    }
    return write_text(t, "split.csv", &s, err);
}

static int write_predictions(const train_task *t, const heads_table *b, const float *values,
                             const float *spread, const float *near, molglot_error *err) {
    mg_str s = {0};
    mg_str_addz(&s, "row,smiles,split,nearest_similarity");
    for (int k = 0; k < b->tasks; k++)
        for (int c = 0; c < 3; c++) {
            static const char *const ends[] = {"", "_predicted", "_unc"};
            mg_str name = {0};
            mg_str_addf(&name, "%s%s", b->names[k], ends[c]);
            mg_str_addz(&s, ",");
            mg_csv_field(&s, name.s ? name.s : "", ',');
            mg_str_free(&name);
        }
    mg_str_addz(&s, "\n");
    for (size_t i = 0; i < b->rows.n; i++) {
        if (b->part[i] != HEADS_VALIDATION && b->part[i] != HEADS_TEST) continue;
        mg_str_addf(&s, "%zu,", i + 1);
        mg_csv_field(&s, b->rows.smiles[i], ',');
        mg_str_addf(&s, ",%s,%.3f", part_names[b->part[i]], (double)near[i]);
        for (int k = 0; k < b->tasks; k++) {
            const size_t at = i * (size_t)b->tasks + (size_t)k;
            add_number(&s, b->truth[at]);
            add_number(&s, values[at]);
            add_number(&s, spread[at]);
        }
        mg_str_addz(&s, "\n");
    }
    return write_text(t, "predictions.csv", &s, err);
}

/* ---- charts ---- */

static int draw_roc(const train_task *t, const heads_table *b, const float *values,
                    molglot_error *err) {
    mg_str s = {0};
    mg_plot_begin(&s, "ROC of the test rows", "false positives", "true positives");
    mg_plot_scale(&s, 0, 1);
    mg_plot_line(&s, 0, 0, 1, 1, true);
    for (int k = 0, drawn = 0; k < b->tasks && drawn < MG_PLOT_COLOURS; k++) {
        column c;
        char label[128];
        if (!column_open(&c, b, values, values, HEADS_TEST, k)) continue;
        const double auc = mg_score_auc(c.value, c.truth, c.n, 1);
        snprintf(label, sizeof label, "%.40s %.3f", b->names[k], auc);
        if (!isnan(auc)) mg_plot_roc(&s, c.value, c.truth, c.n, drawn++, label);
        free(c.value);
    }
    mg_plot_end(&s);
    return write_text(t, "roc.svg", &s, err);
}

static int draw_calibration(const train_task *t, const heads_table *b, const float *values,
                            molglot_error *err) {
    mg_str s = {0};
    mg_plot_begin(&s, "calibration: all tasks together", "predicted probability", "share of ones");
    mg_plot_scale(&s, 0, 1);
    mg_plot_line(&s, 0, 0, 1, 1, true);
    for (int part = HEADS_VALIDATION; part < HEADS_PARTS; part++) {
        double p[BINS] = {0}, y[BINS] = {0}, n[BINS] = {0};
        for (int64_t i = 0; i < b->count[part] * b->tasks; i++) {
            const int64_t at = b->of[part][i / b->tasks] * b->tasks + i % b->tasks;
            if (isnan(b->truth[at])) continue;
            const int bin = (int)fmin(BINS - 1, values[at] * BINS);
            p[bin] += values[at], y[bin] += b->truth[at], n[bin]++;
        }
        mg_plot_bins(&s, p, y, n, BINS, part - HEADS_VALIDATION,
                     part == HEADS_TEST ? "test" : "validation");
    }
    mg_plot_end(&s);
    return write_text(t, "calibration.svg", &s, err);
}

static int draw_parity(const train_task *t, const heads_table *b, const float *values,
                       molglot_error *err) {
    mg_str s = {0};
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < b->count[HEADS_TEST] * b->tasks; i++) {
        const int64_t at = b->of[HEADS_TEST][i / b->tasks] * b->tasks + i % b->tasks;
        if (isnan(b->truth[at])) continue;
        low = fmin(low, fmin(b->truth[at], values[at]));
        high = fmax(high, fmax(b->truth[at], values[at]));
    }
    if (!(high > low)) low = 0, high = 1;
    mg_plot_begin(&s, "predicted against measured, test rows", "measured", "predicted");
    mg_plot_scale(&s, low, high);
    mg_plot_line(&s, 0, 0, 1, 1, true);
    for (int k = 0; k < b->tasks && k < MG_PLOT_COLOURS; k++) {
        column c;
        char label[128];
        if (!column_open(&c, b, values, values, HEADS_TEST, k)) continue;
        snprintf(label, sizeof label, "%.40s, RMSE %.3g", b->names[k],
                 mg_score_regression(c.value, c.truth, c.n, 1).rmse);
        mg_plot_points(&s, c.truth, c.value, c.n, low, high, k, label);
        free(c.value);
    }
    mg_plot_end(&s);
    return write_text(t, "parity.svg", &s, err);
}

int heads_report(const train_task *t, const heads_table *table, const float *values,
                 const float *spread, const float *similarity, molglot_error *err) {
    int code = write_split(t, table, err);
    if (!code) code = write_predictions(t, table, values, spread, similarity, err);
    if (code || !table->count[HEADS_TEST]) return code;
    if (table->task == MG_HEADS_NUMBERS) return draw_parity(t, table, values, err);
    code = draw_roc(t, table, values, err);
    return code ? code : draw_calibration(t, table, values, err);
}
