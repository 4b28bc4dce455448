/* page.c - one self-contained HTML page of molecule cards: drawings inline as SVG, no script
 * from outside, no font, no request; and the grid of drawings in one SVG. Texts and names are
 * escaped: they come from users' files. */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light;--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--paper:#fff;--ground:#"
    "f5f7f9;--accent:#0b6e6e}"
    "*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 "
    "system-ui,sans-serif}"
    "main{max-width:1180px;margin:0 auto;padding:28px 20px 48px}h1{font-size:22px;margin:0}header "
    "p,footer{color:var(--soft);margin:2px 0 0}"
    "h2{font-size:17px;margin:34px 0 2px;padding-left:12px;border-left:4px solid "
    "var(--accent);font-weight:600;overflow-wrap:anywhere}"
    ".note{color:#a33;margin:4px 0 0 16px}.remark{color:var(--soft);margin:4px 0 0 "
    "16px}.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:14px;"
    "margin-top:14px}"
    ".card{background:var(--paper);border:1px solid "
    "var(--line);border-radius:8px;padding:12px;display:flex;flex-direction:column;min-width:0}"
    ".card svg{width:100%;height:auto;display:block}.card h3{font-size:14.5px;margin:8px 0 "
    "0;overflow-wrap:anywhere}"
    ".score{color:var(--accent);font-variant-numeric:tabular-nums;font-weight:600;float:right;"
    "margin-left:8px}"
    ".card p{margin:4px 0 "
    "0;color:var(--soft);font-size:13px;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-"
    "orient:vertical;overflow:hidden}"
    ".card "
    "p:hover{-webkit-line-clamp:unset}code{display:block;margin-top:auto;padding-top:8px;font:11."
    "5px/1.4 ui-monospace,monospace;"
    "color:var(--soft);overflow-wrap:anywhere;max-height:5em;overflow:hidden;user-select:all}"
    "footer{margin-top:40px;font-size:13px}"
    "form{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:6px "
    "26px;margin-top:16px;padding:10px 14px;background:var(--paper);"
    "border:1px solid var(--line);border-radius:8px;font-size:13.5px}form "
    "label{display:flex;align-items:center;gap:8px}form output{min-width:3.2em;"
    "color:var(--accent);font-variant-numeric:tabular-nums;font-weight:600}form "
    "#shown{margin-left:auto}[hidden]{display:none!important}";

/* Shows the sliders for which cards have numbers, and hides the cards that they exclude. Runs under
 * a policy that allows this text alone. */
static const char script[] =
    "addEventListener('DOMContentLoaded',function(){var "
    "f=document.forms[0],cards=[].slice.call(document.querySelectorAll('.card'));"
    "function numbers(k){return cards.map(function(c){return "
    "parseFloat(c.dataset[k])}).filter(function(x){return x===x})}"
    "function setup(k,value){var "
    "all=numbers(k),s=f.elements[k];if(!all.length)return;s.min=Math.floor(Math.min.apply(null,all)"
    "*100)/100;"
    "s.max=Math.ceil(Math.max.apply(null,all)*100)/100;s.value=s[value];s.parentNode.hidden=false}"
    "setup('score','min');setup('near','max');f.elements.novel.parentNode.hidden=!cards.some("
    "function(c){return c.dataset.known});"
    "function show(){var "
    "n=0,s=f.elements.score,a=f.elements.near;s.nextElementSibling.value=s.value;a."
    "nextElementSibling.value=a.value;"
    "cards.forEach(function(c){var "
    "d=c.dataset,off=(!s.parentNode.hidden&&s.value!==s.min&&!(parseFloat(d.score)>=+s.value))||"
    "(!a.parentNode.hidden&&a.value!==a.max&&!(parseFloat(d.near)<=+a.value))||(f.elements.novel."
    "checked&&d.known!=='0');c.hidden=off;n+=!off});"
    "f.elements.shown.value=n+' of '+cards.length+' "
    "shown'}f.addEventListener('input',show);show()});";
static const char sliders[] =
    "<form><label hidden>score at least <input type=\"range\" name=\"score\" "
    "step=\"0.005\"><output></output></label>"
    "<label hidden>similarity to the nearest known at most <input type=\"range\" name=\"near\" "
    "step=\"0.005\"><output></output></label>"
    "<label hidden><input type=\"checkbox\" name=\"novel\"> only molecules that are not in the "
    "training data</label>"
    "<output name=\"shown\" id=\"shown\"></output></form>\n";

static void add_base64(mg_str *out, const uint8_t *bytes, size_t n) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const uint32_t word = (uint32_t)bytes[i] << 16 |
                              (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) |
                              (i + 2 < n ? bytes[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            mg_str_add(out, i + k <= n ? &digits[word >> (18 - 6 * k) & 63] : "=", 1);
    }
}

/* " script-src 'sha256-...';" of the script. */
static void allow_script(mg_str *out) {
    mg_sha256 sha;
    char hex[65];
    uint8_t bytes[32];
    mg_sha256_init(&sha);
    mg_sha256_add(&sha, script, sizeof script - 1);
    mg_sha256_hex(&sha, hex);
    for (int i = 0; i < 32; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    mg_str_addz(out, " script-src 'sha256-");
    add_base64(out, bytes, sizeof bytes);
    mg_str_addz(out, "';");
}

static int begin(mg_str *out, const char *title, const char *subtitle, bool with_sliders) {
    mg_str_addz(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                     "name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';");
    if (with_sliders) allow_script(out);
    mg_str_addz(out, " style-src 'unsafe-inline'; img-src data:\"><title>");
    cli_html_text(out, title);
    mg_str_addf(out, "</title><style>%s</style>", style);
    if (with_sliders) mg_str_addf(out, "<script>%s</script>", script);
    mg_str_addz(out, "</head><body><main><header><h1>");
    cli_html_text(out, title);
    mg_str_addz(out, "</h1><p>");
    cli_html_text(out, subtitle);
    mg_str_addf(out, "</p></header>%s<div>\n", with_sliders ? sliders : "");
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

int cli_page_begin(mg_str *out, const char *title, const char *subtitle) {
    return begin(out, title, subtitle, false);
}
int cli_page_begin_sliders(mg_str *out, const char *title, const char *subtitle) {
    return begin(out, title, subtitle, true);
}

static int section(mg_str *out, const char *heading, const char *note, const char *class) {
    mg_str_addz(out, "</div><h2>");
    cli_html_text(out, heading);
    mg_str_addz(out, "</h2>");
    if (*note) {
        mg_str_addf(out, "<p class=\"%s\">", class);
        cli_html_text(out, note);
        mg_str_addz(out, "</p>");
    }
    mg_str_addz(out, "<div class=\"grid\">\n");
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

int cli_page_section(mg_str *out, const char *heading, const char *note) {
    return section(out, heading, note, "note");
}
int cli_page_section_remark(mg_str *out, const char *heading, const char *remark) {
    return section(out, heading, remark, "remark");
}

/* The drawing, or a line that says why there is none. */
static void add_drawing(mg_str *out, const char *smiles) {
    if (!*smiles) return;
    molglot_row_status row;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
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
    mg_mol_free(m);
}

int cli_page_card(mg_str *out, const cli_card *card) {
    mg_str_addf(out, "<div class=\"card\"%s>", card->attributes ? card->attributes : "");
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
