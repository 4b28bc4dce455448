/* page.c - one self-contained HTML page of molecule cards: drawings inline as SVG, no script
 * from outside, no font, no request; and the grid of drawings in one SVG. Texts and names are
 * escaped: they come from users' files. */
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
/* The policy allows this script alone. tests/cli/test_generate.sh says what the hash has to be. */
static const char script_policy[] =
    " script-src 'sha256-koRwnDgDS8VRpCSc1Ms52OQ5cscT/ZCOmJ9bPumVuD0=';";
static const char sliders[] =
    "<form><label hidden>score at least <input type=\"range\" name=\"score\" "
    "step=\"0.005\"><output></output></label>"
    "<label hidden>similarity to the nearest known at most <input type=\"range\" name=\"near\" "
    "step=\"0.005\"><output></output></label>"
    "<label hidden><input type=\"checkbox\" name=\"novel\"> only molecules that are not in the "
    "training data</label>"
    "<output name=\"shown\" id=\"shown\"></output></form>\n";

void cli_page_begin(mg_str *out, const char *title, const char *subtitle, bool with_sliders) {
    mg_str_addz(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                     "name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';");
    if (with_sliders) mg_str_addz(out, script_policy);
    mg_str_addz(out, " style-src 'unsafe-inline'; img-src data:\"><title>");
    cli_html_text(out, title);
    mg_str_addf(out, "</title><style>%s</style>", style);
    if (with_sliders) mg_str_addf(out, "<script>%s</script>", script);
    mg_str_addz(out, "</head><body><main><header><h1>");
    cli_html_text(out, title);
    mg_str_addz(out, "</h1><p>");
    cli_html_text(out, subtitle);
    mg_str_addf(out, "</p></header>%s<div>\n", with_sliders ? sliders : "");
}

void cli_page_section(mg_str *out, const char *heading, const char *note, bool wrong) {
    mg_str_addz(out, "</div>");
    if (heading) {
        mg_str_addz(out, "<h2>");
        cli_html_text(out, heading);
        mg_str_addz(out, "</h2>");
    }
    if (*note) {
        mg_str_addf(out, "<p class=\"%s\">", wrong ? "note" : "remark");
        cli_html_text(out, note);
        mg_str_addz(out, "</p>");
    }
    mg_str_addz(out, "<div class=\"grid\">\n");
}

/* The drawing, or a line that says why there is none. */
static void add_drawing(mg_str *out, const cli_card *card) {
    if (!*card->smiles) return;
    molglot_row_status row;
    mg_mol *own = card->mol ? NULL : mg_mol_from_smiles(card->smiles, NULL, &row);
    const mg_mol *m = card->mol ? card->mol : own;
    mg_draw_options o = {.width = 260, .height = 200, .transparent = true};
    char *svg = NULL;
    molglot_error err = {0};
    if (m && mg_draw_svg(m, &o, &svg, &err) == MOLGLOT_OK)
        mg_str_addz(out, svg);
    else {
        mg_str_addz(out, "<p class=\"note\">not drawn: ");
        cli_html_text(out, m ? err.message : row.reason);
        mg_str_addz(out, "</p>");
    }
    free(svg);
    mg_mol_free(own);
}

void cli_page_card(mg_str *out, const cli_card *card) {
    mg_str_addf(out, "<div class=\"card\"%s>", card->attributes ? card->attributes : "");
    add_drawing(out, card);
    mg_str_addz(out, "<h3>");
    if (card->scored) mg_str_addf(out, "<span class=\"score\">%.3f</span>", card->score);
    cli_html_text(out, card->title);
    mg_str_addz(out, "</h3>");
    if (*card->text) {
        mg_str_addz(out, "<p>");
        cli_html_text(out, card->text);
        mg_str_addz(out, "</p>");
    }
    if (*card->smiles) {
        mg_str_addz(out, "<code>");
        cli_html_text(out, card->smiles);
        mg_str_addz(out, "</code>");
    }
    mg_str_addz(out, "</div>\n");
}

void cli_page_end(mg_str *out, const char *footer) {
    mg_str_addz(out, "</div><footer>");
    cli_html_text(out, footer);
    mg_str_addz(out, "</footer></main></body></html>\n");
}

/* ---- a grid of drawings ---- */

void cli_svg_place(mg_str *out, const char *drawing, size_t number, int width, int height) {
    mg_str_addf(out, "<g transform=\"translate(%zu %zu)\">%s</g>\n",
                number % CLI_SVG_COLUMNS * (size_t)width, number / CLI_SVG_COLUMNS * (size_t)height,
                drawing);
}

void cli_svg_grid(mg_str *out, const char *placed, size_t n, int width, int height) {
    const size_t columns = n < CLI_SVG_COLUMNS ? n : CLI_SVG_COLUMNS,
                 rows = (n + CLI_SVG_COLUMNS - 1) / CLI_SVG_COLUMNS;
    mg_str_addf(
        out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\">\n%s</svg>\n",
        columns * (size_t)width, rows * (size_t)height, placed);
}
