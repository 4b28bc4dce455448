/* escape.c - texts inside JSON and HTML. They come from users' files: what is not UTF-8 becomes
 * U+FFFD. */
#include "app/cli/cli.h"

/* Length of the valid UTF-8 sequence at s (1..4), or 0. */
static int utf8_length(const unsigned char *s) {
    int n = *s < 0x80                           ? 1
            : (*s & 0xE0) == 0xC0 && *s >= 0xC2 ? 2
            : (*s & 0xF0) == 0xE0               ? 3
            : (*s & 0xF8) == 0xF0 && *s <= 0xF4 ? 4
                                                : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (n == 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F))) return 0;
    if (n == 4 && ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))) return 0;
    return n;
}

void cli_json_string(mg_str *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    mg_str_addz(out, "\"");
    while (*s) {
        int n = utf8_length(s);
        if (!n)
            mg_str_addz(out, "\\ufffd");
        else if (*s == '"' || *s == '\\')
            mg_str_addf(out, "\\%c", *s);
        else if (*s == '\n')
            mg_str_addz(out, "\\n");
        else if (*s == '\t')
            mg_str_addz(out, "\\t");
        else if (*s < 0x20 || *s == 0x7F)
            mg_str_addf(out, "\\u%04x", *s);
        else
            mg_str_add(out, s, (size_t)n);
        s += n ? n : 1;
    }
    mg_str_addz(out, "\"");
}

void cli_html_text(mg_str *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        int n = utf8_length(s);
        if (!n)
            mg_str_addz(out, "\xEF\xBF\xBD");
        else if (*s == '&')
            mg_str_addz(out, "&amp;");
        else if (*s == '<')
            mg_str_addz(out, "&lt;");
        else if (*s == '>')
            mg_str_addz(out, "&gt;");
        else if (*s == '"')
            mg_str_addz(out, "&quot;");
        else if (*s == '\'')
            mg_str_addz(out, "&#39;");
        else if (*s >= 0x20 || *s == '\n' || *s == '\t')
            mg_str_add(out, s, (size_t)n);
        s += n ? n : 1;
    }
}
