/* explain_page.c - one self-contained HTML page of explanations: the drawing beside the text, at
 * three levels. No request leaves it; its policy allows its own style and script alone. Without a
 * script the colours of all levels, the levels themselves and the table are there (explain.js adds
 * that words light atoms and atoms words).
 */
#include "app/cmd/explain.h"

#include <stdlib.h>
#include <string.h>

static const char style[] = {
#include "app/cmd/explain.css.h"
};
static const char script[] = {
#include "app/cmd/explain.js.h"
};

const char *explain_page_style(void) { return style; }

void explain_page_begin(mg_str *out, const char *title, const char *subtitle) {
    const char *const styles[] = {cli_page_style(), style};
    cli_page_head(out, title, subtitle, styles, MG_COUNT(styles), script);
    mg_str_addz(out, "</header><p class=\"key\"><span class=\"w\">exact</span>: a word of the "
                     "dictionary, its atoms matched; <span class=\"w learned\">learned</span>: as "
                     "the model has learned it, which may be wrong; <span class=\"w "
                     "none\">named</span>, but not in the molecule. Words and atoms of one set "
                     "share a colour.</p>");
}

void explain_page_end(mg_str *out) {
    mg_str_addz(out, "<footer>Molglot " MOLGLOT_VERSION "</footer></main></body></html>\n");
}

/* ---- the drawing ---- */

static int add_halos(mg_str *out, const explained *x, const float *places, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int k = 0; k < MG_LEVELS && !code; k++) {
        mg_str_addf(out, "<g class=\"halo l%d\">", k);
        code = explain_halos(out, x->m, &x->e->level[k], places, false, err);
        mg_str_addz(out, "</g>");
    }
    return code;
}

/* Something to point at above each atom. */
static void add_targets(mg_str *out, const explained *x, const char *const *symbols,
                        const float *places) {
    for (int a = 0; a < x->e->atoms; a++)
        mg_str_addf(out,
                    "<circle class=\"a\" role=\"button\" tabindex=\"0\" aria-pressed=\"false\" "
                    "data-a=\"%d\" aria-label=\"atom %d, %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"11\"/>",
                    a, a, symbols[a], (double)places[2 * a], (double)places[2 * a + 1]);
}

static int add_drawing(mg_str *out, const explained *x, molglot_error *err) {
    const mg_draw_options o = {
        .width = EXPLAIN_WIDTH, .height = EXPLAIN_HEIGHT, .transparent = true};
    float *places = calloc(2 * (size_t)x->e->atoms + 1, sizeof *places);
    const char **symbols = explain_symbols(x->m, err);
    char *svg = NULL;
    int code = !places    ? mg_no_memory(err, "a page")
               : !symbols ? mg_code_of(err, MOLGLOT_FAILED)
                          : mg_draw_svg_places(x->m, &o, &svg, places, err);
    mg_str_addf(out, "<figure><svg viewBox=\"0 0 %d %d\" role=\"group\" aria-label=\"Atoms\">",
                EXPLAIN_WIDTH, EXPLAIN_HEIGHT);
    if (!code) code = add_halos(out, x, places, err);
    if (!code) {
        mg_str_addz(out, "<g class=\"ink\">");
        cli_svg_thin(out, svg);
        mg_str_addz(out, "</g>");
        add_targets(out, x, symbols, places);
    }
    mg_str_addz(out, "</svg></figure>");
    free(svg);
    free(places);
    free(symbols);
    return code;
}

/* ---- the text ---- */

static void add_bytes(mg_str *out, const char *s, size_t n) {
    mg_str part = {0};
    mg_str_add(&part, s, n);
    if (part.s) cli_html_text(out, part.s);
    out->failed |= part.failed;
    mg_str_free(&part);
}

/* "0,3,4": the atoms of a word or phrase, at the level of the sentence those of its set. */
static int add_list(mg_str *out, const explained *x, int level, const mg_said *w) {
    int n = 0;
    for (int a = 0; a < x->e->atoms; a++)
        if (level == MG_LEVEL_SENTENCE ? w->set >= 0 && x->e->level[level].atom_set[a] == w->set
                                       : w->lit[a])
            mg_str_addf(out, "%s%d", n++ ? "," : "", a);
    return n;
}

static void add_said(mg_str *out, const explained *x, int level, const mg_said *w) {
    mg_str list = {0};
    const int n = add_list(&list, x, level, w);
    const bool none = w->by == MG_SAID_EXACT && w->places == 0 && !n;
    if (!n && !none) {
        add_bytes(out, x->text + w->span.begin, w->span.end - w->span.begin);
        mg_str_free(&list);
        return;
    }
    mg_str_addf(out, "<span class=\"w %s", none ? "none" : mg_said_name(w->by));
    if (w->set >= 0) mg_str_addf(out, " c%d", w->set % EXPLAIN_COLOURS);
    mg_str_addf(out,
                "\" role=\"button\" tabindex=\"0\" aria-pressed=\"false\" data-l=\"%d\" "
                "data-at=\"%s\" aria-label=\"",
                level, list.s ? list.s : "");
    add_bytes(out, x->text + w->span.begin, w->span.end - w->span.begin);
    if (none)
        mg_str_addz(out, ": named, but not in the molecule");
    else
        mg_str_addf(out, ": %s, %d atom%s", mg_said_name(w->by), n, n == 1 ? "" : "s");
    mg_str_addz(out, "\">");
    add_bytes(out, x->text + w->span.begin, w->span.end - w->span.begin);
    mg_str_addz(out, "</span>");
    out->failed |= list.failed;
    mg_str_free(&list);
}

static void add_text(mg_str *out, const explained *x, int level) {
    const mg_level *l = &x->e->level[level];
    size_t at = 0;
    mg_str_addf(out, "<p class=\"l%d\" dir=\"auto\">", level);
    for (size_t i = 0; i < l->n; i++) {
        const mg_said *w = &l->said[i];
        add_bytes(out, x->text + at, w->span.begin - at);
        add_said(out, x, level, w);
        at = w->span.end;
    }
    cli_html_text(out, x->text + at);
    mg_str_addz(out, "</p>");
}

static void add_table(mg_str *out, const explained *x) {
    const mg_level *l = &x->e->level[MG_LEVEL_WORD];
    mg_str_addz(out, "<details><summary>Table</summary><table><thead><tr><th>word<th>by<th>term"
                     "<th>atoms</thead><tbody>");
    for (size_t i = 0; i < l->n; i++) {
        const mg_said *w = &l->said[i];
        if (!w->by) continue;
        mg_str_addz(out, "<tr><td>");
        add_bytes(out, x->text + w->span.begin, w->span.end - w->span.begin);
        mg_str_addf(out, "<td>%s<td>", mg_said_name(w->by));
        if (w->label) cli_html_text(out, w->label);
        mg_str_addz(out, "<td>");
        if (!add_list(out, x, MG_LEVEL_WORD, w))
            mg_str_addz(out, w->places == 0 ? "the molecule has none" : "none in particular");
    }
    mg_str_addz(out, "</tbody></table></details>");
}

int explain_page_add(mg_str *out, int64_t number, const explained *x, molglot_error *err) {
    static const char *const levels[] = {"words and atoms", "phrases and groups",
                                         "sentence and molecule"};
    mg_str_addz(out, "<section class=\"x\"><h2 dir=\"auto\">");
    cli_html_text(out, *x->id ? x->id : x->smiles);
    mg_str_addz(out, "</h2>");
    for (int k = 0; k < MG_LEVELS; k++)
        mg_str_addf(out,
                    "<input type=\"radio\" name=\"level%lld\" id=\"r%lld-%d\"%s><label "
                    "for=\"r%lld-%d\">%s</label>",
                    (long long)number, (long long)number, k, k ? "" : " checked", (long long)number,
                    k, levels[k]);
    mg_str_addz(out, "<div class=\"both\">");
    int code = add_drawing(out, x, err);
    if (code) return code;
    mg_str_addz(out, "<div class=\"says\">");
    for (int k = 0; k < MG_LEVELS; k++) add_text(out, x, k);
    mg_str_addz(
        out, "<p class=\"told tool\" role=\"status\">Point at a word or an atom.</p></div></div>");
    add_table(out, x);
    mg_str_addz(out, "<div class=\"smiles\"><code dir=\"ltr\">");
    cli_html_text(out, x->smiles);
    mg_str_addz(out, "</code></div></section>\n");
    return out->failed ? mg_no_memory(err, "a page") : MOLGLOT_OK;
}
