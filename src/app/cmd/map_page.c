/* map_page.c - a map as one self-contained HTML page: no request leaves it, its policy allows its
 * own style and script alone. Without a script the picture of map_picture.c is there. What the
 * script shows stands in one JSON object: texts, places as whole numbers of 0 to 9999, drawings.
 */
#include "app/cmd/map.h"
#include "chem/chem.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const char style[] = {
#include "app/cmd/map.css.h"
};
static const char script[] = {
#include "app/cmd/map.js.h"
};

enum { STEPS = 9999, CELLS = 8, LONGEST = 600 };

/* ---- the JSON object ---- */

static void add_places(mg_str *out, const char *name, const float *y, size_t n) {
    float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * n; i++) {
        low[i % 2] = fminf(low[i % 2], y[i]);
        high[i % 2] = fmaxf(high[i % 2], y[i]);
    }
    const float wide = fmaxf(high[0] - low[0], high[1] - low[1]),
                scale = wide > 0 ? STEPS / wide : 0;
    mg_str_addf(out, "\"%s\":[", name);
    for (size_t i = 0; i < 2 * n; i++) {
        const float middle = (low[i % 2] + high[i % 2]) / 2;
        mg_str_addf(out, "%s%ld", i ? "," : "",
                    lroundf((y[i] - middle) * scale * (i % 2 ? -1 : 1) + STEPS / 2.0f));
    }
    mg_str_addz(out, "]");
}

static void add_space(mg_str *out, const map_data *d, const map_space *s) {
    mg_str_addz(out, "{\"name\":");
    cli_json_string(out, s->name);
    mg_str_addz(out, ",");
    if (s->tsne) {
        add_places(out, "tsne", s->tsne, d->placed);
        mg_str_addz(out, ",");
    }
    add_places(out, "pca", s->pca, d->placed);
    mg_str_addz(out, "}");
}

/* The first characters of a long text. */
static void add_string(mg_str *out, const char *s) {
    const size_t n = strlen(s), shown = mg_utf8_prefix(s, n, LONGEST);
    mg_str part = {0};
    mg_str_add(&part, s, shown);
    if (shown < n) mg_str_addz(&part, "…");
    cli_json_string(out, part.s ? part.s : "");
    out->failed |= part.failed;
    mg_str_free(&part);
}

static void add_strings(mg_str *out, const char *name, const map_data *d, char *const *of) {
    mg_str_addf(out, ",\"%s\":[", name);
    for (size_t p = 0; p < d->placed; p++) {
        if (p) mg_str_addz(out, ",");
        if (*of[d->row[p]] && !strcmp(name, "smiles"))
            cli_json_string(out, of[d->row[p]]);
        else
            add_string(out, of[d->row[p]]);
    }
    mg_str_addz(out, "]");
}

static void add_colour(mg_str *out, const map_data *d, const map_colour *c) {
    char colour[8];
    mg_str_addz(out, "{\"name\":");
    cli_json_string(out, c->name);
    mg_str_addf(out, ",\"numbers\":%s,", c->numbers ? "true" : "false");
    if (c->numbers) {
        mg_str_addf(out, "\"low\":%.9g,\"high\":%.9g,\"value\":[", c->low, c->high);
        for (size_t p = 0; p < d->placed; p++)
            if (isfinite(c->value[p]))
                mg_str_addf(out, "%s%.6g", p ? "," : "", c->value[p]);
            else
                mg_str_addz(out, p ? ",null" : "null");
    } else {
        mg_str_addz(out, "\"label\":[");
        for (size_t g = 0; g < c->labels; g++) {
            map_group_colour(g, colour);
            mg_str_addz(out, g ? ",[" : "[");
            cli_json_string(out, c->label[g]);
            mg_str_addf(out, ",%zu,\"%s\"]", c->count[g], colour);
        }
        mg_str_addz(out, "],\"value\":[");
        for (size_t p = 0; p < d->placed; p++)
            mg_str_addf(out, "%s%d", p ? "," : "", (int)c->shown[p]);
    }
    mg_str_addz(out, "]}");
}

/* A few further cells for who points at a row: [name, [cells]]. */
static void add_cells(mg_str *out, map_data *d) {
    mg_str_addz(out, ",\"cells\":[");
    for (size_t k = 0, n = 0; k < d->columns.n && n < CELLS; k++) {
        if (!strcasecmp(d->columns.names[k], "text")) continue;
        mg_str_addz(out, n++ ? ",[" : "[");
        cli_json_string(out, d->columns.names[k]);
        for (size_t p = 0; p < d->placed; p++) {
            mg_str_addz(out, ",");
            add_string(out, cli_columns_at(&d->columns, &d->rows, (size_t)d->row[p])[k]);
        }
        mg_str_addz(out, "]");
    }
    mg_str_addz(out, "]");
}

/* ---- drawings ---- */

static int draw(const char *smiles, char **svg) {
    molglot_row_status row;
    molglot_error err = {0};
    const mg_draw_options o = {.width = 260, .height = 200, .transparent = true};
    mg_mol *m = *smiles ? mg_mol_from_smiles(smiles, NULL, &row) : NULL;
    if (m && mg_draw_svg(m, &o, svg, &err)) *svg = NULL;
    mg_mol_free(m);
    return err.code;
}

/* As JSON strings, "" where a row has none; threads draw, and their order is that of the rows. */
static int add_drawings(mg_str *out, const map_data *d, int64_t most, int threads,
                        molglot_error *err) {
    const size_t n = d->placed < (size_t)most ? d->placed : (size_t)most;
    char **svg = calloc(n + 1, sizeof *svg);
    if (!svg) return mg_no_memory(err, "drawings");
    bool lacks = false;
#pragma omp parallel for num_threads(mg_threads(threads)) schedule(dynamic, 16) reduction(|| \
                                                                                          : lacks)
    for (size_t p = 0; p < n; p++)
        lacks = draw(d->rows.smiles[d->row[p]], &svg[p]) == MOLGLOT_NO_MEMORY || lacks;
    out->failed |= lacks;
    mg_str_addz(out, ",\"drawing\":[");
    for (size_t p = 0; p < n; p++) {
        mg_str thin = {0};
        if (svg[p]) cli_svg_thin(&thin, svg[p]);
        if (p) mg_str_addz(out, ",");
        cli_json_string(out, thin.s ? thin.s : "");
        out->failed |= thin.failed;
        mg_str_free(&thin);
        free(svg[p]);
    }
    mg_str_addz(out, "]");
    free(svg);
    return MOLGLOT_OK;
}

/* What could end or open a script element is written so that JSON alone understands it. */
static void add_safely(mg_str *out, const mg_str *json) {
    for (size_t i = 0, from = 0; i <= json->n; i++) {
        const bool end = i == json->n, sign = !end && json->s[i] == '<' && i + 1 < json->n &&
                                              strchr("!/sS", json->s[i + 1]);
        if (!end && !sign) continue;
        mg_str_add(out, json->s + from, i - from);
        if (sign) mg_str_addz(out, "\\u003c");
        from = i + 1;
    }
    out->failed |= json->failed;
}

static int add_data(mg_str *out, map_data *d, int64_t drawings, int threads, molglot_error *err) {
    mg_str json = {0};
    mg_str_addz(&json, "{\"spaces\":[");
    for (size_t k = 0; k < d->spaces; k++) {
        if (k) mg_str_addz(&json, ",");
        add_space(&json, d, &d->space[k]);
    }
    mg_str_addz(&json, "]");
    add_strings(&json, "id", d, d->rows.id);
    add_strings(&json, "smiles", d, d->rows.smiles);
    add_strings(&json, "text", d, d->rows.text);
    mg_str_addf(&json, ",\"chosen\":%d,\"colours\":[",
                d->colour ? (int)(d->colour - d->colours) : -1);
    for (size_t i = 0; i < d->n_colours; i++) {
        if (i) mg_str_addz(&json, ",");
        add_colour(&json, d, &d->colours[i]);
    }
    mg_str_addz(&json, "]");
    add_cells(&json, d);
    int code = add_drawings(&json, d, drawings, threads, err);
    mg_str_addz(&json, "}");
    mg_str_addz(out, "<script type=\"application/json\" id=\"data\">");
    if (!code && !json.failed) add_safely(out, &json);
    mg_str_addz(out, "</script>");
    if (!code && json.failed) code = mg_no_memory(err, "a map");
    mg_str_free(&json);
    return code;
}

/* ---- the page ---- */

static const char controls[] =
    "<form autocomplete=\"off\" aria-label=\"Map\"><div>"
    "<label>Find <input type=\"search\" name=\"find\" placeholder=\"id, SMILES, text\"></label>"
    "<label>Colour <select name=\"by\"><option value=\"-1\">none</option></select></label>"
    "<label id=\"layout\">Layout <select name=\"layout\"></select></label>"
    "<label>Drag <select name=\"drag\"><option value=\"box\">selects a rectangle</option>"
    "<option value=\"lasso\">selects by lasso</option><option value=\"move\">moves the map</option>"
    "</select></label>"
    "<span><button type=\"button\" name=\"in\" aria-label=\"zoom in\">+</button>"
    "<button type=\"button\" name=\"out\" aria-label=\"zoom out\">−</button>"
    "<button type=\"button\" name=\"all\">whole map</button></span></div>"
    "<div><span id=\"what\" aria-live=\"polite\">nothing selected</span>"
    "<button type=\"button\" name=\"none\">clear</button>"
    "<button type=\"button\" name=\"copy\">copy SMILES</button>"
    "<button type=\"button\" name=\"smi\">SMI</button>"
    "<button type=\"button\" name=\"csv\">CSV</button></div><output id=\"said\"></output></form>";

int map_page(mg_str *out, map_data *d, int64_t drawings, int threads, molglot_error *err) {
    const char *const styles[] = {cli_page_style(), style};
    char subtitle[160];
    snprintf(subtitle, sizeof subtitle, "%zu rows%s, %s", d->placed,
             d->spaces > 1 ? " in two spaces" : "",
             d->space[0].tsne ? "t-SNE and principal components" : "principal components");
    cli_page_head(out, d->title, subtitle, styles, MG_COUNT(styles), script);
    mg_str_addf(out, "</header>%s<div id=\"map\" class=\"tool\"></div><div class=\"still\">",
                controls);
    map_picture(out, d);
    mg_str_addz(out, "</div><ul class=\"measured\">");
    for (size_t k = 0; k < d->spaces; k++) {
        if (!d->space[k].measured) continue;
        mg_str_addz(out, "<li><b>");
        cli_html_text(out, d->space[k].name);
        mg_str_addz(out, "</b>: ");
        cli_html_text(out, d->space[k].measured);
        mg_str_addz(out, ".</li>");
    }
    mg_str_addz(out, "</ul><section class=\"tool\" id=\"picked\" hidden><h2>Selected</h2><div "
                     "class=\"grid\"></div><p class=\"remark\"></p></section>");
    const int code = add_data(out, d, drawings, threads, err);
    mg_str_addz(out, "<footer>Rows that lie together are alike to the model. In t-SNE the size of "
                     "a group and the distance of far groups mean little. Molglot " MOLGLOT_VERSION
                     "</footer></main></body></html>\n");
    return code;
}
