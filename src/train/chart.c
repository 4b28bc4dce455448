/* chart.c - loss.svg: the training loss over steps, thin as measured and bold as a running
 * mean, with the score of validation.
 *
 * A fixed 720 x 400 drawing without scripts or fonts of its own. Long runs are thinned to one point
 * per pixel.
 */
#include "base/grow.h"
#include "base/plot.h"
#include "train/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 400, LEFT = 60, RIGHT = 56, TOP = 44, BOTTOM = 44 };
#define PLOT_W       (WIDTH - LEFT - RIGHT)
#define PLOT_H       (HEIGHT - TOP - BOTTOM)
#define LOSS_COLOUR  "#1f5fa8"
#define SCORE_COLOUR "#c2571a"

int train_curve_add(train_curve *v, bool score, int64_t step, double value, molglot_error *err) {
    train_point **list = score ? &v->scores : &v->points;
    size_t *n = score ? &v->n_scores : &v->n, *cap = score ? &v->cap_scores : &v->cap;
    if (!MG_GROW(*list, *cap, *n + 1)) return mg_no_memory(err, "the loss curve");
    (*list)[(*n)++] = (train_point){step, value};
    return MOLGLOT_OK;
}

static double x_of(int64_t step, int64_t total) {
    return LEFT + PLOT_W * (double)step / (double)(total > 0 ? total : 1);
}

static double y_of(double value, double top) {
    double share = value / top;
    if (!(share >= 0)) share = 0; /* a loss that is not a number is drawn at the bottom */
    return TOP + PLOT_H * (1 - (share > 1 ? 1 : share));
}

/* The next round number at or above v: one of `steps` times a power of ten. */
static double round_up(double v) {
    if (!(v > 0) || !isfinite(v)) return 1;
    double power = pow(10, floor(log10(v)));
    const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    for (size_t i = 0; i < MG_COUNT(steps); i++)
        if (steps[i] * power >= v * (1 - 1e-9)) return steps[i] * power;
    return 10 * power;
}

static void polyline(mg_str *s, const train_curve *v, int64_t total, double top, double keep,
                     const char *style) {
    double mean = 0, last_x = -1;
    mg_str_addf(s, "<polyline fill=\"none\" %s points=\"", style);
    for (size_t i = 0; i < v->n; i++) {
        double x = x_of(v->points[i].step, total), value = v->points[i].loss;
        if (isfinite(value)) mean = i ? keep * mean + (1 - keep) * value : value;
        if (x - last_x < 1 && i + 1 < v->n && i) continue;
        mg_str_addf(s, "%.1f,%.1f ", x, y_of(mean, top));
        last_x = x;
    }
    mg_str_addz(s, "\"/>\n");
}

static void axes(mg_str *s, double top, int64_t total, bool scores) {
    for (int i = 0; i <= 4; i++) {
        const double y = TOP + PLOT_H * (1 - i / 4.0), x = LEFT + PLOT_W * i / 4.0;
        mg_str_addf(s, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>\n",
                    LEFT, y, WIDTH - RIGHT, y);
        mg_str_addf(s,
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"" LOSS_COLOUR
                    "\">%.3g</text>\n",
                    LEFT - 8, y + 4, top * i / 4);
        if (scores)
            mg_str_addf(s, "<text x=\"%d\" y=\"%.1f\" fill=\"" SCORE_COLOUR "\">%.2f</text>\n",
                        WIDTH - RIGHT + 8, y + 4, i / 4.0);
        mg_str_addf(s, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%lld</text>\n", x,
                    HEIGHT - BOTTOM + 18, (long long)(total * i / 4));
    }
    mg_str_addf(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n",
                LEFT + PLOT_W / 2, HEIGHT - 8);
}

static void draw(mg_str *s, const train_curve *v, int64_t total, const char *title,
                 const char *score_title) {
    double highest = 0;
    for (size_t i = 0; i < v->n; i++)
        if (isfinite(v->points[i].loss) && v->points[i].loss > highest) highest = v->points[i].loss;
    /* a fiftieth of the run */
    const double top = round_up(highest), keep = v->n < 100 ? 0 : 1 - 50.0 / (double)v->n;
    mg_str_addf(s,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 "
                "0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"%d\" y=\"24\" "
                "font-size=\"15\">",
                WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
    mg_plot_text(s, title);
    mg_str_addz(s, ": <tspan fill=\"" LOSS_COLOUR "\">training loss</tspan>");
    if (v->n_scores) mg_str_addf(s, ", <tspan fill=\"" SCORE_COLOUR "\">%s</tspan>", score_title);
    mg_str_addz(s, "</text>\n");
    axes(s, top, total, v->n_scores > 0);
    polyline(s, v, total, top, 0,
             "stroke=\"" LOSS_COLOUR "\" stroke-width=\"0.8\" opacity=\"0.35\"");
    polyline(s, v, total, top, keep, "stroke=\"" LOSS_COLOUR "\" stroke-width=\"2\"");
    for (size_t i = 0; i < v->n_scores; i++)
        mg_str_addf(s, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"" SCORE_COLOUR "\"/>\n",
                    x_of(v->scores[i].step, total), y_of(v->scores[i].loss, 1));
    mg_str_addz(s, "</svg>\n");
}

int train_chart_write(const train_curve *v, int64_t total_steps, const char *title,
                      const char *score_title, const char *path, molglot_error *err) {
    mg_str s = {0};
    draw(&s, v, total_steps, title, score_title);
    int code = s.failed ? mg_no_memory(err, "the loss curve")
                        : train_write_file(path, s.s, s.n, err);
    mg_str_free(&s);
    return code;
}
