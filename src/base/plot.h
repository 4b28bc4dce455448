/* plot.h - square charts as SVG. Coordinates lie in 0 .. 1. */
#ifndef MG_PLOT_H
#define MG_PLOT_H

#include "base/base.h"

enum { MG_PLOT_COLOURS = 12 };
/* Text with < and & as SVG has them. */
void mg_plot_text(mg_str *s, const char *text);
void mg_plot_begin(mg_str *s, const char *title, const char *x, const char *y);
/* Marks on both axes: low .. high. */
void mg_plot_scale(mg_str *s, double low, double high);
/* On one of them. */
void mg_plot_scale_x(mg_str *s, double low, double high);
void mg_plot_scale_y(mg_str *s, double low, double high);
void mg_plot_line(mg_str *s, double x0, double y0, double x1, double y1, bool thin);
/* Curve number `colour` through points, with its entry in the legend; NaN: none there. */
void mg_plot_curve(mg_str *s, const double *x, const double *y, size_t n, int colour,
                   const char *label);
/* The same of scores against what is true. truth: NaN, 0, 1. */
void mg_plot_roc(mg_str *s, const float *score, const float *truth, size_t n, int colour,
                 const char *label);
/* Of each bin the sums of probabilities and ones, and how many. */
void mg_plot_bins(mg_str *s, const double *p, const double *y, const double *n, int bins,
                  int colour, const char *label);
void mg_plot_points(mg_str *s, const float *x, const float *y, size_t n, double low, double high,
                    int colour, const char *label);
void mg_plot_end(mg_str *s);

#endif
