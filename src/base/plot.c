/* plot.c - square charts as SVG, 640 x 480, without scripts or fonts of their own. */
#include "base/plot.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 640, HEIGHT = 480, LEFT = 62, TOP = 44, SIDE = 380, MOST_POINTS = 4000 };

static const char *const colours[MG_PLOT_COLOURS] = {"#1f5fa8", "#c2571a", "#2e7d32", "#8e44ad",
                                                     "#b8860b", "#00838f", "#ad1457", "#5d4037",
                                                     "#546e7a", "#7cb342", "#283593", "#d84315"};

static double at_x(double x) { return LEFT + SIDE * fmin(1, fmax(0, x)); }
static double at_y(double y) { return TOP + SIDE * (1 - fmin(1, fmax(0, y))); }

void mg_plot_text(mg_str *s, const char *text) {
    for (; *text; text++)
        if (*text == '<')
            mg_str_addz(s, "&lt;");
        else if (*text == '&')
            mg_str_addz(s, "&amp;");
        else
            mg_str_add(s, text, 1);
}

static void label_at(mg_str *s, double x, double y, const char *more, const char *text) {
    mg_str_addf(s, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, more);
    mg_plot_text(s, text);
    mg_str_addz(s, "</text>\n");
}

enum { MARKS = 4 };

static void mark(char out[32], int i, double low, double high) {
    snprintf(out, 32, "%.3g", low + (high - low) * i / MARKS);
}

void mg_plot_scale_y(mg_str *s, double low, double high) {
    for (int i = 0; i <= MARKS; i++) {
        char number[32];
        mark(number, i, low, high);
        label_at(s, LEFT - 8, at_y((double)i / MARKS) + 4, "text-anchor=\"end\" fill=\"#444\"",
                 number);
    }
}

void mg_plot_scale_x(mg_str *s, double low, double high) {
    for (int i = 0; i <= MARKS; i++) {
        char number[32];
        mark(number, i, low, high);
        label_at(s, at_x((double)i / MARKS), TOP + SIDE + 18,
                 "text-anchor=\"middle\" fill=\"#444\"", number);
    }
}

void mg_plot_scale(mg_str *s, double low, double high) {
    mg_plot_scale_x(s, low, high);
    mg_plot_scale_y(s, low, high);
}

void mg_plot_begin(mg_str *s, const char *title, const char *x, const char *y) {
    mg_str_addf(s,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 "
                "0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n<title>",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
    mg_plot_text(s, title);
    mg_str_addf(s, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
    label_at(s, LEFT, 24, "font-size=\"15\" fill=\"#222\"", title);
    for (int i = 0; i <= MARKS; i++) {
        const double at = (double)i / MARKS;
        mg_plot_line(s, at, 0, at, 1, true);
        mg_plot_line(s, 0, at, 1, at, true);
    }
    label_at(s, LEFT + SIDE / 2.0, TOP + SIDE + 38, "text-anchor=\"middle\" fill=\"#222\"", x);
    mg_str_addf(s, "<g transform=\"translate(16 %d) rotate(-90)\">", TOP + SIDE / 2);
    label_at(s, 0, 0, "text-anchor=\"middle\" fill=\"#222\"", y);
    mg_str_addz(s, "</g>\n");
}

void mg_plot_line(mg_str *s, double x0, double y0, double x1, double y1, bool thin) {
    mg_str_addf(s,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
                "stroke-width=\"%s\"/>\n",
                at_x(x0), at_y(y0), at_x(x1), at_y(y1), thin ? "#dcdcdc" : "#888",
                thin ? "1" : "1.5");
}

static void legend(mg_str *s, int entry, const char *label) {
    const double y = TOP + 14 + 18 * entry, x = LEFT + SIDE + 14;
    mg_str_addf(s, "<rect x=\"%.1f\" y=\"%.1f\" width=\"10\" height=\"10\" fill=\"%s\"/>\n", x,
                y - 9, colours[entry % MG_PLOT_COLOURS]);
    label_at(s, x + 16, y, "fill=\"#222\" font-size=\"11\"", label);
}

/* ---- curves ---- */

void mg_plot_curve(mg_str *s, const double *x, const double *y, size_t n, int colour,
                   const char *label) {
    const char *stroke = colours[colour % MG_PLOT_COLOURS];
    mg_str_addf(s, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"", stroke);
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i])) mg_str_addf(s, "%.1f,%.1f ", at_x(x[i]), at_y(y[i]));
    mg_str_addz(s, "\"/>\n");
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            mg_str_addf(s, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", at_x(x[i]),
                        at_y(y[i]), stroke);
    legend(s, colour, label);
}

typedef struct point {
    float score;
    bool one;
} point;

static int descending(const void *a, const void *b) {
    const point *x = a, *y = b;
    return x->score > y->score ? -1 : x->score < y->score;
}

void mg_plot_roc(mg_str *s, const float *score, const float *truth, size_t n, int colour,
                 const char *label) {
    point *p = malloc((n + 1) * sizeof *p);
    size_t known = 0, ones = 0;
    for (size_t i = 0; p && i < n; i++)
        if (!isnan(truth[i])) {
            p[known] = (point){score[i], truth[i] > .5F};
            ones += p[known++].one;
        }
    if (!p || !ones || ones == known) {
        free(p);
        return;
    }
    qsort(p, known, sizeof *p, descending);
    mg_str_addf(s, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"%.1f,%.1f ",
                colours[colour % MG_PLOT_COLOURS], at_x(0), at_y(0));
    double yes = 0, no = 0, last_x = 0, last_y = 0;
    for (size_t i = 0, j; i < known; i = j) {
        for (j = i; j < known && p[j].score == p[i].score; j++) yes += p[j].one, no += !p[j].one;
        const double x = no / (double)(known - ones), y = yes / (double)ones;
        if (j < known && (x - last_x) + (y - last_y) < .002) continue;
        mg_str_addf(s, "%.1f,%.1f ", at_x(x), at_y(y));
        last_x = x, last_y = y;
    }
    mg_str_addz(s, "\"/>\n");
    legend(s, colour, label);
    free(p);
}

void mg_plot_bins(mg_str *s, const double *p, const double *y, const double *n, int bins,
                  int colour, const char *label) {
    const char *fill = colours[colour % MG_PLOT_COLOURS];
    mg_str_addf(s, "<polyline fill=\"none\" stroke=\"%s\" points=\"", fill);
    for (int b = 0; b < bins; b++)
        if (n[b] > 0) mg_str_addf(s, "%.1f,%.1f ", at_x(p[b] / n[b]), at_y(y[b] / n[b]));
    mg_str_addz(s, "\"/>\n");
    for (int b = 0; b < bins; b++)
        if (n[b] > 0)
            mg_str_addf(s,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" "
                        "fill-opacity=\".7\"><title>%.0f</title></circle>\n",
                        at_x(p[b] / n[b]), at_y(y[b] / n[b]), 2 + fmin(6, log10(n[b]) * 1.5), fill,
                        n[b]);
    legend(s, colour, label);
}

void mg_plot_points(mg_str *s, const float *x, const float *y, size_t n, double low, double high,
                    int colour, const char *label) {
    const size_t step = n / MOST_POINTS + 1;
    mg_str_addf(s, "<g fill=\"%s\" fill-opacity=\".5\">\n", colours[colour % MG_PLOT_COLOURS]);
    for (size_t i = 0; i < n; i += step)
        if (!isnan(x[i]))
            mg_str_addf(s, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n",
                        at_x((x[i] - low) / (high - low)), at_y((y[i] - low) / (high - low)));
    mg_str_addz(s, "</g>\n");
    legend(s, colour, label);
}

void mg_plot_end(mg_str *s) { mg_str_addz(s, "</svg>\n"); }
