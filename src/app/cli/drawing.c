/* drawing.c - RDKit's SVG for a page of many: the same picture in a tenth of the bytes. Paths of
 * one colour and width become one path; styles become attributes, which a page's policy allows and
 * its style sheet can recolour; what a browser assumes anyway is left out. And titles of an SVG. */
#include "app/cli/cli.h"

#include <ctype.h>
#include <string.h>

enum { LOOKS = 24, LOOK = 160 };
/* Paths that look alike. */
typedef struct look {
    char attributes[LOOK];
    mg_str d;
} look;
typedef struct thin {
    look looks[LOOKS];
    size_t n;
} thin;

typedef struct span {
    const char *s;
    size_t n;
} span;

static bool is(span a, const char *z) { return a.n == strlen(z) && !memcmp(a.s, z, a.n); }

/* The value of an attribute in a tag's inside; {NULL, 0}: it has none. RDKit quotes by '. */
static span attribute(span tag, const char *name) {
    const size_t n = strlen(name);
    for (const char *p = tag.s, *end = tag.s + tag.n; p + n + 2 < end; p++) {
        if (!isspace((unsigned char)*p) || memcmp(p + 1, name, n) || p[n + 1] != '=') continue;
        const char *value = p + n + 3, *quote = memchr(value, p[n + 2], (size_t)(end - value));
        return quote ? (span){value, (size_t)(quote - value)} : (span){NULL, 0};
    }
    return (span){NULL, 0};
}

/* The value of a property, from the style or from an attribute of its name. */
static span property(span tag, const char *name) {
    const span style = attribute(tag, "style");
    const size_t n = strlen(name);
    for (const char *p = style.s, *end = style.s + style.n; p && p < end;) {
        const char *stop = memchr(p, ';', (size_t)(end - p));
        if (!stop) stop = end;
        if ((size_t)(stop - p) > n && !memcmp(p, name, n) && p[n] == ':')
            return (span){p + n + 1, (size_t)(stop - p) - n - 1};
        p = stop + 1;
    }
    return attribute(tag, name);
}

/* #RRGGBB as #RGB where that is the same. */
static void add_value(mg_str *out, span v) {
    if (v.n == 7 && *v.s == '#' && v.s[1] == v.s[2] && v.s[3] == v.s[4] && v.s[5] == v.s[6])
        mg_str_addf(out, "#%c%c%c", v.s[1], v.s[3], v.s[5]);
    else
        mg_str_add(out, v.s, v.n > 2 && !memcmp(v.s + v.n - 2, "px", 2) ? v.n - 2 : v.n);
}

/* Fill, stroke and what differs from a browser's own idea of them. */
static void add_look(mg_str *out, span tag) {
    static const struct {
        const char *name, *usual[2];
    } properties[] = {{"fill-opacity", {"1", "1.0"}},   {"opacity", {"1", "1.0"}},
                      {"stroke-opacity", {"1", "1.0"}}, {"stroke-dasharray", {"none", ""}},
                      {"font-size", {"", ""}},          {"text-anchor", {"start", ""}},
                      {"stroke-linecap", {"butt", ""}}, {"stroke-linejoin", {"miter", ""}}};
    const span fill = property(tag, "fill"), stroke = property(tag, "stroke"),
               width = property(tag, "stroke-width");
    if (fill.n) mg_str_addz(out, " fill=\""), add_value(out, fill), mg_str_addz(out, "\"");
    if (stroke.n && !is(stroke, "none") && !is(width, "0.0px") && !is(width, "0px")) {
        mg_str_addz(out, " stroke=\""), add_value(out, stroke), mg_str_addz(out, "\"");
        if (width.n && !is(width, "1.0px"))
            mg_str_addz(out, " stroke-width=\""), add_value(out, width), mg_str_addz(out, "\"");
    }
    for (size_t i = 0; i < MG_COUNT(properties); i++) {
        const span v = property(tag, properties[i].name);
        if (!v.n || is(v, properties[i].usual[0]) || is(v, properties[i].usual[1])) continue;
        mg_str_addf(out, " %s=\"", properties[i].name);
        add_value(out, v);
        mg_str_addz(out, "\"");
    }
}

/* A path without the blanks and zeros that it does not need. */
static void add_path(mg_str *out, span d) {
    char last = 0;
    bool blank = false;
    for (size_t i = 0; i < d.n; i++) {
        const char c = d.s[i];
        if (isspace((unsigned char)c)) {
            blank = true;
            continue;
        }
        if (c == '.' && i + 1 < d.n && d.s[i + 1] == '0' &&
            (i + 2 == d.n || !isdigit((unsigned char)d.s[i + 2]))) {
            i++; /* .0 */
            continue;
        }
        if (blank && isdigit((unsigned char)last) && (isdigit((unsigned char)c) || c == '.'))
            mg_str_addz(out, " ");
        mg_str_add(out, &c, 1);
        last = c;
        blank = false;
    }
}

static void flush(mg_str *out, thin *t) {
    for (size_t i = 0; i < t->n; i++) {
        look *l = &t->looks[i];
        mg_str_addf(out, "<path%s d=\"%s\"/>", l->attributes, l->d.s ? l->d.s : "");
        out->failed |= l->d.failed;
        mg_str_free(&l->d);
    }
    t->n = 0;
}

static void take_path(mg_str *out, thin *t, span tag) {
    mg_str how = {0};
    size_t i = 0;
    add_look(&how, tag);
    const char *attributes = how.s ? how.s : "";
    while (i < t->n && strcmp(t->looks[i].attributes, attributes)) i++;
    if (i == LOOKS) flush(out, t), i = 0;
    if (i == t->n) {
        t->looks[t->n++] = (look){{0}, {0}};
        snprintf(t->looks[i].attributes, LOOK, "%s", attributes);
    }
    add_path(&t->looks[i].d, attribute(tag, "d"));
    out->failed |= how.failed;
    mg_str_free(&how);
}

/* Any other element: its places, its look; what it holds follows as it is. */
static void take_element(mg_str *out, span tag) {
    static const char *const places[] = {"x",  "y",  "width", "height", "cx",
                                         "cy", "rx", "ry",    "r",      "points",
                                         "x1", "y1", "x2",    "y2",     "transform"};
    const size_t n = strcspn(tag.s, " \t\n/>");
    mg_str_addf(out, "<%.*s", (int)n, tag.s);
    for (size_t i = 0; i < MG_COUNT(places); i++) {
        const span v = attribute(tag, places[i]);
        if (v.s) mg_str_addf(out, " %s=\"%.*s\"", places[i], (int)v.n, v.s);
    }
    add_look(out, tag);
    mg_str_addz(out, tag.s[tag.n - 1] == '/' ? "/>" : ">");
}

void cli_svg_thin(mg_str *out, const char *svg) {
    thin t = {.n = 0};
    const char *p = strchr(svg, '>'), *end = strstr(svg, "</svg>");
    while (p && end && p < end) {
        const char *open = strchr(p, '<'), *close = open ? strchr(open, '>') : NULL;
        if (!close) break;
        if (t.n == 0) /* text between tags, of an element that was kept */
            for (const char *s = p + 1; s < open; s++)
                if (*s != '\n') mg_str_add(out, s, 1);
        p = close;
        const span tag = {open + 1, (size_t)(close - open) - 1};
        if (open == end || tag.n < 2 || *tag.s == '!') continue;
        if (tag.n > 5 && !memcmp(tag.s, "path", 4) && isspace((unsigned char)tag.s[4])) {
            take_path(out, &t, tag);
            continue;
        }
        flush(out, &t);
        if (*tag.s == '/')
            mg_str_addf(out, "<%.*s>", (int)tag.n, tag.s);
        else
            take_element(out, tag);
    }
    flush(out, &t);
}

void cli_svg_titles(mg_str *out, const char *title, const char *description) {
    if (*title) {
        mg_str_addz(out, "<title>");
        cli_html_text(out, title);
        mg_str_addz(out, "</title>");
    }
    if (*description) {
        mg_str_addz(out, "<desc>");
        cli_html_text(out, description);
        mg_str_addz(out, "</desc>");
    }
}

void cli_svg_titled(mg_str *out, const char *svg, const char *title, const char *description) {
    const char *rest = strchr(svg, '>');
    if (!rest) return;
    mg_str_add(out, svg, (size_t)(rest - svg));
    mg_str_addz(out, " role='img'>");
    cli_svg_titles(out, title, description);
    mg_str_addz(out, rest + 1);
}

/* ---- a grid of drawings ---- */

void cli_svg_place(mg_str *out, const char *drawing, size_t number, int width, int height) {
    mg_str_addf(out, "<g transform=\"translate(%zu %zu)\">%s</g>\n",
                number % CLI_SVG_COLUMNS * (size_t)width, number / CLI_SVG_COLUMNS * (size_t)height,
                drawing);
}

void cli_svg_grid(mg_str *out, const char *title, const char *placed, size_t n, int width,
                  int height) {
    const size_t columns = n < CLI_SVG_COLUMNS ? n : CLI_SVG_COLUMNS,
                 rows = (n + CLI_SVG_COLUMNS - 1) / CLI_SVG_COLUMNS;
    mg_str_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\">\n",
                columns * (size_t)width, rows * (size_t)height);
    cli_svg_titles(out, title, "");
    mg_str_addf(out, "%s</svg>\n", placed);
}
