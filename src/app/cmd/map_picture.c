/* map_picture.c - a map as one SVG: points as round ends of lines without length, a path a colour,
 * so that thousands of points are few elements. Lost rows (no colour) are grey and lie below.
 */
#include "app/cmd/map.h"

#include <math.h>
#include <string.h>

enum { SIDE = 560, EDGE = 14, HEAD = 34, LEGEND = 190, LEVELS = 24 };

typedef struct frame {
    double left, top, scale; /* of a place */
} frame;

/* All places of a space in a square, one scale for both directions. */
static frame fit(const map_data *d, const map_space *s, double left) {
    const float *y = map_places(s);
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * d->placed; i++) {
        low[i % 2] = fmin(low[i % 2], (double)y[i]);
        high[i % 2] = fmax(high[i % 2], (double)y[i]);
    }
    const double wide = fmax(high[0] - low[0], high[1] - low[1]);
    const double scale = wide > 0 ? (SIDE - 2 * EDGE) / wide : 0;
    return (frame){left + SIDE / 2.0 - scale * (low[0] + high[0]) / 2,
                   HEAD + SIDE / 2.0 + scale * (low[1] + high[1]) / 2, scale};
}

/* Which path a row is drawn in: -1 grey. */
static int path_of(const map_data *d, size_t p) {
    const map_colour *c = d->colour;
    if (!c) return 0;
    if (!c->numbers) return c->shown[p];
    if (!isfinite(c->value[p])) return -1;
    const double at = c->high > c->low ? (c->value[p] - c->low) / (c->high - c->low) : 0.5;
    return (int)(at * LEVELS) < LEVELS ? (int)(at * LEVELS) : LEVELS - 1;
}

static void colour_of(const map_data *d, int path, char out[8]) {
    if (path < 0)
        memcpy(out, "#b0b6be", 8);
    else if (!d->colour || !d->colour->numbers)
        map_group_colour((size_t)path, out);
    else
        map_scale_colour((path + 0.5) / LEVELS, out);
}

static int paths(const map_data *d) {
    return !d->colour ? 1 : d->colour->numbers ? LEVELS : (int)d->colour->labels;
}

static void add_points(mg_str *out, const map_data *d, const map_space *s, double left) {
    const frame f = fit(d, s, left);
    const float *y = map_places(s);
    char colour[8];
    for (int path = -1; path < paths(d); path++) {
        bool any = false;
        for (size_t p = 0; p < d->placed; p++) {
            if (path_of(d, p) != path) continue;
            if (!any) {
                colour_of(d, path, colour);
                mg_str_addf(out, "<path stroke=\"%s\" d=\"", colour);
            }
            any = true;
            mg_str_addf(out, "M%.1f %.1fh0", f.left + f.scale * (double)y[2 * p],
                        f.top - f.scale * (double)y[2 * p + 1]);
        }
        if (any) mg_str_addz(out, "\"/>");
    }
}

static void add_words(mg_str *out, double x, double y, const char *s, size_t most) {
    mg_str part = {0};
    const size_t n = strlen(s), shown = mg_utf8_prefix(s, n, most);
    mg_str_add(&part, s, shown);
    if (shown < n) mg_str_addz(&part, "…");
    mg_str_addf(out, "<text x=\"%.0f\" y=\"%.0f\">", x, y);
    cli_html_text(out, part.s ? part.s : "");
    mg_str_addz(out, "</text>");
    out->failed |= part.failed;
    mg_str_free(&part);
}

static void add_legend(mg_str *out, const map_data *d, double x) {
    const map_colour *c = d->colour;
    char colour[8], words[160];
    double y = HEAD + 16;
    if (!c) return;
    mg_str_addz(out, "<g class=\"t\" font-weight=\"600\">");
    add_words(out, x, y, c->name, 26);
    mg_str_addz(out, "</g>");
    y += 12;
    if (c->numbers) {
        for (int i = 0; i < LEVELS; i++) {
            map_scale_colour((i + 0.5) / LEVELS, colour);
            mg_str_addf(out,
                        "<rect x=\"%.0f\" y=\"%.0f\" width=\"14\" height=\"8.5\" fill=\"%s\"/>", x,
                        y + 8 * (LEVELS - 1 - i), colour);
        }
        snprintf(words, sizeof words, "%.4g", c->high);
        add_words(out, x + 22, y + 10, words, 20);
        snprintf(words, sizeof words, "%.4g", c->low);
        add_words(out, x + 22, y + 8 * LEVELS, words, 20);
        return;
    }
    for (size_t g = 0; g < c->labels; g++, y += 20) {
        map_group_colour(g, colour);
        mg_str_addf(out, "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"5\" fill=\"%s\"/>", x + 6, y + 10,
                    colour);
        snprintf(words, sizeof words, " (%zu)", c->count[g]);
        mg_str name = {0};
        mg_str_add(&name, c->label[g], mg_utf8_prefix(c->label[g], strlen(c->label[g]), 20));
        mg_str_addz(&name, words);
        add_words(out, x + 18, y + 14, name.s ? name.s : "", 40);
        out->failed |= name.failed;
        mg_str_free(&name);
    }
}

void map_picture(mg_str *out, const map_data *d) {
    const double legend = d->colour ? LEGEND : 0;
    const double width = (double)d->spaces * (SIDE + EDGE) + legend + EDGE;
    const int height = HEAD + SIDE + EDGE;
    const double dot = d->placed > 8000 ? 2.5 : d->placed > 2000 ? 3.5 : d->placed > 400 ? 5 : 7;
    mg_str_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\" width=\"%.0f\" "
                "height=\"%d\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">",
                width, height, width, height);
    cli_svg_titles(out, d->title, d->space[0].measured ? d->space[0].measured : "");
    mg_str_addf(out, "<rect class=\"b\" width=\"%.0f\" height=\"%d\" fill=\"#fff\"/>", width,
                height);
    for (size_t i = 0; i < d->spaces; i++) {
        const double left = EDGE + (double)i * (SIDE + EDGE);
        mg_str_addf(out,
                    "<rect class=\"f\" x=\"%.0f\" y=\"%d\" width=\"%d\" height=\"%d\" "
                    "fill=\"none\" stroke=\"#c4cbd3\"/><g class=\"t\" fill=\"#1c2430\">",
                    left, HEAD, SIDE, SIDE);
        add_words(out, left, HEAD - 12, d->space[i].name, 70);
        mg_str_addf(out,
                    "</g><g fill=\"none\" stroke-linecap=\"round\" stroke-width=\"%.1f\" "
                    "stroke-opacity=\".8\">",
                    dot);
        add_points(out, d, &d->space[i], left);
        mg_str_addz(out, "</g>");
    }
    mg_str_addz(out, "<g class=\"t\" fill=\"#1c2430\">");
    add_legend(out, d, EDGE + (double)d->spaces * (SIDE + EDGE) + 4);
    mg_str_addz(out, "</g></svg>\n");
}
