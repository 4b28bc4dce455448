/* explain_picture.c - halos behind the atoms of sets, and an explanation as one SVG: the drawing,
 * and below it the text in lines of letters of one width, its words on the colours of their sets.
 */
#include "app/cmd/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Okabe and Ito's colours, which most eyes can tell apart, and three more. */
static const char *const COLOURS[EXPLAIN_COLOURS] = {"#E69F00", "#56B4E9", "#009E73", "#F0E442",
                                                     "#CC79A7", "#0072B2", "#D55E00", "#9467BD",
                                                     "#8C564B", "#8A8A8A"};

const char *explain_colour(int set) { return COLOURS[set % EXPLAIN_COLOURS]; }

/* ---- halos ---- */

static float distance(const float *places, int32_t a, int32_t b) {
    return hypotf(places[2 * a] - places[2 * b], places[2 * a + 1] - places[2 * b + 1]);
}

static float bond_length(const mg_graph *g, const float *places) {
    float sum = 0;
    for (int32_t e = 0; e < g->n_edges; e += 2) sum += distance(places, g->src[e], g->dst[e]);
    return g->n_edges ? sum / (float)(g->n_edges / 2) : 30;
}

static void add_look(mg_str *out, int set, bool colours, bool line) {
    mg_str_addf(out, " class=\"c%d\"", set % EXPLAIN_COLOURS);
    if (colours && line) mg_str_addf(out, " stroke=\"%s\"", explain_colour(set));
    if (colours && !line) mg_str_addf(out, " fill=\"%s\"", explain_colour(set));
    mg_str_addz(out, "/>");
}

int explain_halos(mg_str *out, const mg_mol *m, const mg_level *l, const float *places,
                  bool colours, molglot_error *err) {
    mg_graph g;
    int code = mg_graph_from_mol(m, MG_FEAT_OGB, &g, err);
    if (code) return code;
    const float length = bond_length(&g, places), radius = fminf(0.42F * length, 15);
    mg_str_addf(out, "<g stroke-width=\"%.1f\" opacity=\".5\">", (double)(1.1F * radius));
    for (int32_t e = 0; e < g.n_edges; e += 2) {
        const int32_t a = g.src[e], b = g.dst[e];
        const int set = l->atom_set[a];
        if (set < 0 || set != l->atom_set[b]) continue;
        mg_str_addf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"",
                    (double)places[2 * a], (double)places[2 * a + 1], (double)places[2 * b],
                    (double)places[2 * b + 1]);
        add_look(out, set, colours, true);
    }
    for (int32_t a = 0; a < g.n_atoms; a++) {
        if (l->atom_set[a] < 0) continue;
        mg_str_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", (double)places[2 * a],
                    (double)places[2 * a + 1], (double)radius);
        add_look(out, l->atom_set[a], colours, false);
    }
    mg_str_addz(out, "</g>");
    mg_graph_free(&g);
    return out->failed ? mg_no_memory(err, "a picture") : MOLGLOT_OK;
}

/* ---- the text ---- */

enum { LETTERS = 66, LETTER_TENTHS = 76, LINE = 22, MARGIN = 10 };

/* Where the line that begins at s ends, at a blank where there is one, and where the next begins.
 */
static size_t end_of_line(const char *s, size_t *next) {
    const size_t n = strlen(s), most = mg_utf8_prefix(s, n, LETTERS);
    size_t end = most;
    if (most < n) {
        while (end && s[end] != ' ') end--;
        if (!end) end = most;
    }
    *next = end + (s[end] == ' ');
    return end;
}

/* Rectangles of a set's words within text[begin..end). */
static void add_marks(mg_str *out, const explained *x, const mg_level *l, size_t begin, size_t end,
                      int y) {
    for (size_t i = 0; i < l->n; i++) {
        const mg_said *w = &l->said[i];
        const size_t from = w->span.begin > begin ? w->span.begin : begin,
                     to = w->span.end < end ? w->span.end : end;
        if (w->set < 0 || from >= to) continue;
        const double wide = LETTER_TENTHS / 10.0,
                     left = MARGIN + wide * (double)mg_utf8_length(x->text + begin, from - begin),
                     width = wide * (double)mg_utf8_length(x->text + from, to - from);
        mg_str_addf(out,
                    "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"17\" rx=\"3\" fill=\"%s\" "
                    "opacity=\".5\"/>",
                    left, y - 13, width, explain_colour(w->set));
        mg_str_addf(out, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#555\"%s/>",
                    left, y + 4, left + width, y + 4,
                    w->by == MG_SAID_EXACT ? "" : " stroke-dasharray=\"3 3\"");
    }
}

static int add_text(mg_str *out, const explained *x, const mg_level *l, int top) {
    int y = top + LINE;
    for (size_t at = 0; x->text[at];) {
        size_t next;
        const size_t n = end_of_line(x->text + at, &next);
        add_marks(out, x, l, at, at + n, y);
        mg_str line = {0};
        mg_str_add(&line, x->text + at, n);
        mg_str_addf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%.1f\" xml:space=\"preserve\">",
                    MARGIN, y, LETTER_TENTHS / 10.0 * (double)mg_utf8_length(x->text + at, n));
        cli_html_text(out, line.s ? line.s : "");
        mg_str_addz(out, "</text>");
        out->failed |= line.failed;
        mg_str_free(&line);
        at += next;
        y += LINE;
    }
    return y;
}

int explain_picture(mg_str *out, const explained *x, mg_level_kind level, int *height,
                    molglot_error *err) {
    const mg_level *l = &x->e->level[level];
    const mg_draw_options o = {
        .width = EXPLAIN_WIDTH, .height = EXPLAIN_HEIGHT, .transparent = true};
    float *places = calloc(2 * (size_t)x->e->atoms + 1, sizeof *places);
    char *svg = NULL;
    int code = places ? mg_draw_svg_places(x->m, &o, &svg, places, err)
                      : mg_no_memory(err, "a picture");
    if (!code) code = explain_halos(out, x->m, l, places, true, err);
    if (!code) {
        cli_svg_thin(out, svg);
        mg_str_addz(out, "<g font-family=\"monospace\" font-size=\"12.6\">");
        *height = add_text(out, x, l, EXPLAIN_HEIGHT);
        mg_str_addz(out, "</g>");
    }
    free(svg);
    free(places);
    return !code && out->failed ? mg_no_memory(err, "a picture") : code;
}
