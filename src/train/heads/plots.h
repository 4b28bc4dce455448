/* plots.h - square charts of predictions as SVG (inside train/heads). Coordinates lie in 0 .. 1. */
#ifndef MG_TRAIN_HEADS_PLOTS_H
#define MG_TRAIN_HEADS_PLOTS_H

#include "base/base.h"

enum { HEADS_COLOURS = 12 };
void heads_plot_begin(mg_str *s, const char *title, const char *x, const char *y);
/* Marks on both axes: low .. high. */
void heads_plot_scale(mg_str *s, double low, double high);
void heads_plot_line(mg_str *s, double x0, double y0, double x1, double y1, bool thin);
/* Curve number `colour` with its entry in the legend. truth: NaN, 0, 1. */
void heads_plot_roc(mg_str *s, const float *score, const float *truth, size_t n, int colour,
                    const char *label);
/* Of each bin the sums of probabilities and ones, and how many. */
void heads_plot_bins(mg_str *s, const double *p, const double *y, const double *n, int bins,
                     int colour, const char *label);
void heads_plot_points(mg_str *s, const float *x, const float *y, size_t n, double low, double high,
                       int colour, const char *label);
void heads_plot_end(mg_str *s);

#endif
