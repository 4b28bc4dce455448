/* write.c - a field of CSV or TSV, written. */
#include "data/table/table.h"

#include <string.h>

void mg_csv_field(mg_str *out, const char *s, char delimiter) {
    size_t n = strlen(s);
    if (delimiter == '\t') {
        for (size_t i = 0; i < n; i++)
            mg_str_add(out, s[i] == '\t' || s[i] == '\n' || s[i] == '\r' ? " " : s + i, 1);
        if (!n) mg_str_add(out, "", 0);
        return;
    }
    bool quote = n && (s[0] == ' ' || s[n - 1] == ' ');
    for (size_t i = 0; i < n && !quote; i++)
        quote = s[i] == delimiter || s[i] == '"' || s[i] == '\n' || s[i] == '\r';
    if (!quote) {
        mg_str_add(out, s, n);
        return;
    }
    mg_str_add(out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') mg_str_add(out, "\"", 1);
        mg_str_add(out, s + i, 1);
    }
    mg_str_add(out, "\"", 1);
}
