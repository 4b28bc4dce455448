/* page.c - one self-contained HTML page of molecule cards: drawings inline as SVG, no script from
 * outside, no font, no request. Texts and names are escaped: they come from users' files. Without
 * a script all cards are there; with it they are sorted, filtered, selected and downloaded
 * (page.js). */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of page.css and page.js, made by cmake/bytes.cmake. */
static const char style[] = {
#include "app/cli/page.css.h"
};
static const char script[] = {
#include "app/cli/page.js.h"
};
/* What page.js fills; it is not shown without it. */
static const char toolbar[] =
    "<form autocomplete=\"off\" aria-label=\"Sort, filter and download\">"
    "<div><label>Find <input type=\"search\" name=\"find\" "
    "placeholder=\"id, SMILES, text\"></label>"
    "<label>Sort by <select name=\"by\"><option value=\"\">original order</option>"
    "<option value=\"*\">name</option></select></label>"
    "<button type=\"button\" name=\"turn\" aria-pressed=\"false\">reverse</button>"
    "<output id=\"shown\" name=\"shown\">&nbsp;</output></div>"
    "<details><summary>Filters</summary><div id=\"filters\"></div></details>"
    "<div><button type=\"button\" name=\"all\">select all shown</button>"
    "<button type=\"button\" name=\"none\">select none</button>"
    "<span id=\"what\" aria-live=\"polite\">&nbsp;</span>"
    "<button type=\"button\" name=\"sdf\">SDF</button>"
    "<button type=\"button\" name=\"smi\">SMI</button>"
    "<button type=\"button\" name=\"csv\">CSV</button>"
    "<button type=\"button\" name=\"copy\">copy SMILES</button></div>"
    "<output id=\"said\"></output></form>\n";

/* 'sha256-BASE64' of a text in the page, for its policy. */
static void add_hash(mg_str *out, const char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char hex[65];
    uint32_t bytes[33] = {0};
    mg_sha256 sha;
    mg_sha256_init(&sha);
    mg_sha256_add(&sha, text, strlen(text));
    mg_sha256_hex(&sha, hex);
    for (size_t i = 0; i < 64; i++) {
        const char *at = strchr("0123456789abcdef", hex[i]);
        bytes[i / 2] = bytes[i / 2] << 4 | (uint32_t)(at - "0123456789abcdef");
    }
    mg_str_addz(out, "'sha256-");
    for (size_t i = 0; i < 33; i += 3) {
        const uint32_t three = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            if (i + 2 < 32 || shift) mg_str_add(out, &digits[three >> shift & 63], 1);
    }
    mg_str_addz(out, "='");
}

const char *cli_page_style(void) { return style; }

void cli_page_head(mg_str *out, const char *title, const char *subtitle, const char *const *styles,
                   size_t n_styles, const char *own_script) {
    mg_str_addz(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                     "name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "base-uri 'none'; form-action 'none'; script-src ");
    add_hash(out, own_script);
    mg_str_addz(out, "; style-src");
    for (size_t i = 0; i < n_styles; i++) {
        mg_str_addz(out, " ");
        add_hash(out, styles[i]);
    }
    mg_str_addz(out, "\"><meta name=\"generator\" content=\"Molglot " MOLGLOT_VERSION "\"><title>");
    cli_html_text(out, title);
    mg_str_addz(out, "</title>");
    for (size_t i = 0; i < n_styles; i++) mg_str_addf(out, "<style>%s</style>", styles[i]);
    mg_str_addf(out, "<script>%s</script></head><body><main><header><h1>", own_script);
    cli_html_text(out, title);
    mg_str_addz(out, "</h1>");
    if (*subtitle) {
        mg_str_addz(out, "<p>");
        cli_html_text(out, subtitle);
        mg_str_addz(out, "</p>");
    }
}

void cli_page_begin(mg_str *out, const char *title, const char *subtitle) {
    const char *const styles[] = {style};
    cli_page_head(out, title, subtitle, styles, 1, script);
    mg_str_addf(out, "</header>%s", toolbar);
}

static void end_section(cli_page *p, mg_str *out) {
    if (p->in_section) mg_str_addz(out, "</div></section>");
    p->in_section = false;
}

/* ---- texts and values ---- */

/* Characters that need no more than a few lines of a card; bytes of a value beside its name. */
enum { LINES = 140, WIDE = 44 };
static bool is_long(const char *text) {
    const size_t n = strlen(text);
    return mg_utf8_prefix(text, n, LINES) < n;
}

/* A few lines as they are; a longer text shows its beginning, and all of it by a click or a key,
 * and in print. */
static void add_text(mg_str *out, const char *text) {
    const bool fold = is_long(text);
    mg_str_addz(out, fold ? "<details class=\"text\"><summary dir=\"auto\"><span>"
                          : "<p class=\"text\" dir=\"auto\">");
    cli_html_text(out, text);
    mg_str_addz(out, fold ? "</span></summary></details>" : "</p>");
}

/* A number is shown with three decimals at most; the page sorts and filters by all. */
static void add_value(mg_str *out, const cli_value *v) {
    const char *dot = strchr(v->text, '.');
    mg_str_addz(out, "<dt>");
    cli_html_text(out, v->name);
    mg_str_addz(out, strlen(v->text) > WIDE ? "</dt><dd class=\"wide\" dir=\"auto\">"
                                            : "</dt><dd dir=\"auto\">");
    if (v->number && dot && strlen(dot) > 4) {
        mg_str_addz(out, "<data value=\"");
        cli_html_text(out, v->text);
        const double x = strtod(v->text, NULL);
        mg_str_addf(out, x > -1 && x < 1 ? "\">%.3g</data>" : "\">%.3f</data>", x);
    } else if (is_long(v->text))
        add_text(out, v->text);
    else
        cli_html_text(out, v->text);
    mg_str_addz(out, "</dd>");
}

/* ---- a section ---- */

void cli_page_section(cli_page *p, mg_str *out, const cli_section *section, const cli_value *values,
                      size_t n) {
    end_section(p, out);
    mg_str_addz(out, "<section>");
    if (section->heading) {
        mg_str_addz(out, "<h2 dir=\"auto\">");
        cli_html_text(out, section->heading);
        mg_str_addz(out, "</h2>");
    }
    if (*section->note) {
        mg_str_addf(out, "<p class=\"%s\" dir=\"auto\">", section->wrong ? "note" : "remark");
        cli_html_text(out, section->note);
        mg_str_addz(out, "</p>");
    }
    if (n) mg_str_addz(out, "<dl>");
    for (size_t i = 0; i < n; i++) add_value(out, &values[i]);
    mg_str_addz(out, n ? "</dl><div class=\"grid\">\n" : "<div class=\"grid\">\n");
    p->in_section = true;
}

/* ---- a card ---- */

/* A molblock from its second line on, in fewer bytes: page.js puts the long strings back. "=" in
 * front: as it is, for it has these signs itself. */
static void add_molblock(mg_str *out, const char *block) {
    static const struct {
        char sign;
        const char *as;
    } short_[] = {{'~', "  0  0  0  0  0  0  0  0  0  0  0  0\n"},
                  {'!', "    0.0000 "},
                  {'|', "  1  0\n"},
                  {'`', "  2  0\n"},
                  {'_', "    "}};
    const char *rest = strchr(block, '\n');
    if (!rest++) return;
    mg_str_addz(out, " data-mol=\"");
    if (strpbrk(rest, "~!|`_")) {
        mg_str_addz(out, "=");
        cli_html_text(out, rest);
        mg_str_addz(out, "\"");
        return;
    }
    mg_str body = {0};
    while (*rest) {
        size_t i = 0;
        while (i < MG_COUNT(short_) && strncmp(rest, short_[i].as, strlen(short_[i].as))) i++;
        mg_str_add(&body, i < MG_COUNT(short_) ? &short_[i].sign : rest, 1);
        rest += i < MG_COUNT(short_) ? strlen(short_[i].as) : 1;
    }
    cli_html_text(out, body.s ? body.s : "");
    mg_str_addz(out, "\"");
    out->failed |= body.failed;
    mg_str_free(&body);
}

static bool has_value(const cli_card *card, const char *name) {
    for (size_t i = 0; i < card->n_values; i++)
        if (!strcmp(card->values[i].name, name)) return true;
    return false;
}

/* What the card says of its molecule, beside the drawing. */
typedef struct about {
    const mg_mol *m;
    char *formula, *svg, *block;
    const char *reason; /* why there is no drawing */
    int64_t same_as;    /* the card that has the drawing already; -1: none */
    molglot_row_status row;
    molglot_error err;
} about;

static void find_out(cli_page *p, mg_str *out, const cli_card *card, about *a, mg_mol **own) {
    *a = (about){.same_as = -1};
    *own = NULL;
    if (!*card->smiles) return;
    if (!card->mol) *own = mg_mol_from_smiles(card->smiles, NULL, &a->row);
    a->m = card->mol ? card->mol : *own;
    a->reason = a->m ? NULL : a->row.reason;
    if (!a->m) return;
    a->formula = mg_mol_formula(a->m);
    mg_slot *slot = mg_names_copy(&p->drawn, card->smiles, strlen(card->smiles));
    if (!slot) out->failed = true;
    if (slot && slot->value >= 0) {
        a->same_as = slot->value;
        return;
    }
    const mg_draw_options o = {.width = 260, .height = 200, .transparent = true};
    if (mg_draw_svg(a->m, &o, &a->svg, &a->err)) {
        out->failed |= a->err.code == MOLGLOT_NO_MEMORY;
        a->reason = a->err.message;
        a->m = NULL;
        return;
    }
    a->block = mg_mol_molblock(a->m);
    if (slot) slot->value = (int32_t)p->cards;
}

static void add_drawing(cli_page *p, mg_str *out, const cli_card *card, const about *a) {
    if (a->reason) {
        mg_str_addz(out, "<p class=\"note\">not drawn: ");
        cli_html_text(out, a->reason);
        mg_str_addz(out, "</p>");
    }
    if (!a->m) return;
    mg_str_addz(out, "<svg viewBox=\"0 0 260 200\" role=\"img\">");
    cli_svg_titles(out, *card->title ? card->title : a->formula ? a->formula : "", card->smiles);
    if (a->same_as < 0) {
        mg_str_addf(out, "<g id=\"m%lld\">", (long long)p->cards);
        cli_svg_thin(out, a->svg);
        mg_str_addz(out, "</g>");
    } else
        mg_str_addf(out, "<use href=\"#m%lld\"/>", (long long)a->same_as);
    mg_str_addz(out, "</svg>");
}

static void add_heading(cli_page *p, mg_str *out, const cli_card *card, const about *a) {
    mg_str_addz(out, "<h3>");
    if (card->score)
        mg_str_addf(out, "<data class=\"score\" value=\"%.6g\">%.3f</data>", *card->score,
                    *card->score);
    mg_str_addz(out, "<label><input type=\"checkbox\" class=\"tool\"><b dir=\"auto\">");
    if (*card->title)
        cli_html_text(out, card->title);
    else if (a->formula)
        mg_str_addz(out, a->formula);
    else
        mg_str_addf(out, "%lld", (long long)p->cards + 1);
    mg_str_addz(out, "</b></label></h3>");
}

static void add_values(mg_str *out, const cli_card *card, const about *a) {
    const bool formula = a->formula && !has_value(card, "formula"),
               weight = a->m && !has_value(card, "weight");
    if (!formula && !weight && !card->n_values) return;
    mg_str_addz(out, "<dl>");
    if (formula) add_value(out, &(cli_value){"formula", a->formula, false});
    if (weight) mg_str_addf(out, "<dt>weight</dt><dd>%.2f</dd>", mg_mol_weight(a->m));
    for (size_t i = 0; i < card->n_values; i++) add_value(out, &card->values[i]);
    mg_str_addz(out, "</dl>");
}

void cli_page_card(cli_page *p, mg_str *out, const cli_card *card) {
    about a;
    mg_mol *own;
    find_out(p, out, card, &a, &own);
    mg_str_addz(out, "<article class=\"card\"");
    if (a.same_as >= 0) mg_str_addf(out, " data-as=\"%lld\"", (long long)a.same_as);
    if (a.block) add_molblock(out, a.block);
    mg_str_addz(out, ">");
    add_drawing(p, out, card, &a);
    add_heading(p, out, card, &a);
    if (card->warning) {
        mg_str_addz(out, "<p class=\"note\" dir=\"auto\">control list: ");
        cli_html_text(out, card->warning);
        mg_str_addz(out, "</p>");
    }
    if (*card->text) add_text(out, card->text);
    add_values(out, card, &a);
    if (*card->smiles) {
        mg_str_addz(out,
                    "<div class=\"smiles\"><button type=\"button\" class=\"tool\">copy</button>"
                    "<code dir=\"ltr\">");
        cli_html_text(out, card->smiles);
        mg_str_addz(out, "</code></div>");
    }
    mg_str_addz(out, "</article>\n");
    p->cards++;
    free(a.formula);
    free(a.svg);
    free(a.block);
    mg_mol_free(own);
}

void cli_page_end(cli_page *p, mg_str *out, const char *footer) {
    end_section(p, out);
    mg_str_addz(out, "<footer>");
    cli_html_text(out, footer);
    mg_str_addz(out, "</footer></main></body></html>\n");
}

void cli_page_free(cli_page *p) {
    mg_names_free(&p->drawn);
    *p = (cli_page){0};
}
