/* cli_page.c - one self-contained HTML page of molecule cards: drawings inline as SVG, no script from outside, no font, no request.
 * Texts and names are escaped: they come from users' files. */
#include <stdlib.h>
#include <string.h>

#include "app/cli.h"

static const char style[] =
    ":root{color-scheme:light;--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--paper:#fff;--ground:#f5f7f9;--accent:#0b6e6e}"
    "*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}"
    "main{max-width:1180px;margin:0 auto;padding:28px 20px 48px}h1{font-size:22px;margin:0}header p,footer{color:var(--soft);margin:2px 0 0}"
    "h2{font-size:17px;margin:34px 0 2px;padding-left:12px;border-left:4px solid var(--accent);font-weight:600;overflow-wrap:anywhere}"
    ".note{color:#a33;margin:4px 0 0 16px}.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:14px;margin-top:14px}"
    ".card{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:12px;display:flex;flex-direction:column;min-width:0}"
    ".card svg{width:100%;height:auto;display:block}.card h3{font-size:14.5px;margin:8px 0 0;overflow-wrap:anywhere}"
    ".score{color:var(--accent);font-variant-numeric:tabular-nums;font-weight:600;float:right;margin-left:8px}"
    ".card p{margin:4px 0 0;color:var(--soft);font-size:13px;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;overflow:hidden}"
    ".card p:hover{-webkit-line-clamp:unset}code{display:block;margin-top:auto;padding-top:8px;font:11.5px/1.4 ui-monospace,monospace;"
    "color:var(--soft);overflow-wrap:anywhere;max-height:5em;overflow:hidden;user-select:all}footer{margin-top:40px;font-size:13px}";

int cli_page_begin(mg_str *out, const char *title, const char *subtitle) {
    mg_str_addz(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"><title>");
    cli_html_text(out, title);
    mg_str_addf(out, "</title><style>%s</style></head><body><main><header><h1>", style);
    cli_html_text(out, title);
    mg_str_addz(out, "</h1><p>");
    cli_html_text(out, subtitle);
    mg_str_addz(out, "</p></header><div>\n");
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

int cli_page_section(mg_str *out, const char *heading, const char *note) {
    mg_str_addz(out, "</div><h2>");
    cli_html_text(out, heading);
    mg_str_addz(out, "</h2>");
    if (*note) {
        mg_str_addz(out, "<p class=\"note\">");
        cli_html_text(out, note);
        mg_str_addz(out, "</p>");
    }
    mg_str_addz(out, "<div class=\"grid\">\n");
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

/* The drawing, or a line that says why there is none. */
static void add_drawing(mg_str *out, const char *smiles) {
    if (!*smiles) return;
    molglot_row_status row;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    mg_draw_options o = {.width = 260, .height = 200, .transparent = true};
    char *svg = NULL;
    molglot_error err = {0};
    if (m && mg_draw_svg(m, &o, &svg, &err) == MOLGLOT_OK) mg_str_addz(out, svg);
    else {
        mg_str_addz(out, "<p class=\"note\">not drawn: ");
        cli_html_text(out, m ? err.message : row.reason);
        mg_str_addz(out, "</p>");
    }
    free(svg);
    mg_mol_free(m);
}

int cli_page_card(mg_str *out, const cli_card *card) {
    mg_str_addz(out, "<div class=\"card\">");
    add_drawing(out, card->smiles);
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
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

int cli_page_end(mg_str *out, const char *footer) {
    mg_str_addz(out, "</div><footer>");
    cli_html_text(out, footer);
    mg_str_addz(out, "</footer></main></body></html>\n");
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}
