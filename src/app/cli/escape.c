/* escape.c - texts inside JSON and HTML. They come from users' files: what is not UTF-8 becomes
 * U+FFFD. */
#include "app/cli/cli.h"
#include "data/table/table.h"

#include <string.h>

/* Goes through s: `add` writes an ASCII character, other characters are copied, and `invalid`
 * stands for a byte that begins none. */
static void add_escaped(mg_str *out, const char *s, void (*add)(mg_str *, unsigned char),
                        const char *invalid) {
    for (size_t n = strlen(s); n;) {
        const int64_t bad = mg_utf8_invalid(s, n);
        const size_t good = bad < 0 ? n : (size_t)bad;
        for (size_t i = 0; i < good; i++) {
            if ((unsigned char)s[i] < 0x80)
                add(out, (unsigned char)s[i]);
            else
                mg_str_add(out, s + i, 1);
        }
        if (bad >= 0) mg_str_addz(out, invalid);
        s += good + (bad >= 0);
        n -= good + (bad >= 0);
    }
}

static void add_json(mg_str *out, unsigned char c) {
    if (c == '"' || c == '\\')
        mg_str_addf(out, "\\%c", c);
    else if (c == '\n' || c == '\t')
        mg_str_addz(out, c == '\n' ? "\\n" : "\\t");
    else if (c < 0x20 || c == 0x7F)
        mg_str_addf(out, "\\u%04x", c);
    else
        mg_str_add(out, &c, 1);
}

void cli_json_string(mg_str *out, const char *text) {
    mg_str_addz(out, "\"");
    add_escaped(out, text, add_json, "\\ufffd");
    mg_str_addz(out, "\"");
}

static void add_html(mg_str *out, unsigned char c) {
    static const struct {
        char c;
        const char *as;
    } named[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (size_t i = 0; i < MG_COUNT(named); i++)
        if (c == named[i].c) {
            mg_str_addz(out, named[i].as);
            return;
        }
    if (c >= 0x20 || c == '\n' || c == '\t') mg_str_add(out, &c, 1);
}

void cli_html_text(mg_str *out, const char *text) {
    add_escaped(out, text, add_html, "\xEF\xBF\xBD");
}
