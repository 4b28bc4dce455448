/* fold.c - a text in the letters in which texts are compared: case (Unicode), compatibility forms
 * (CO2 with a subscript reads co2), accents off, Greek letters to their names (3beta; mu stays, for
 * the micro sign), all dashes to '-', primes and single quotes to an apostrophe, control characters
 * to blanks. n-gram features rest on it: a change here needs new models.
 */
#include "text/text.h"

#include <utf8proc.h>

static const char *const GREEK[25] = {/* from U+03B1 */
                                      "alpha",   "beta", "gamma", "delta", "epsilon",
                                      "zeta",    "eta",  "theta", "iota",  "kappa",
                                      "lambda",  NULL,   "nu",    "xi",    "omicron",
                                      "pi",      "rho",  "sigma", "sigma", "tau",
                                      "upsilon", "phi",  "chi",   "psi",   "omega"};

static void fold_part(mg_str *out, utf8proc_int32_t c) {
    utf8proc_category_t category = utf8proc_category(c);
    utf8proc_uint8_t bytes[4];
    if (c >= 0x3B1 && c <= 0x3C9 && GREEK[c - 0x3B1])
        mg_str_addz(out, GREEK[c - 0x3B1]);
    else if (category == UTF8PROC_CATEGORY_PD || c == 0x2212)
        mg_str_add(out, "-", 1);
    else if (c == 0x2018 || c == 0x2019 || c == 0x2032 || c == 0x02B9)
        mg_str_add(out, "'", 1);
    else if (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP)
        mg_str_add(out, " ", 1);
    else if (category && category != UTF8PROC_CATEGORY_MN && category < UTF8PROC_CATEGORY_CC &&
             c != 0xFFFD)
        mg_str_add(out, bytes, (size_t)utf8proc_encode_char(c, bytes));
}

void mg_text_fold(mg_str *out, const char *text, size_t n) {
    const utf8proc_uint8_t *t = (const utf8proc_uint8_t *)text;
    for (size_t i = 0; i < n;) {
        if (t[i] < 128) {
            char c = (char)(t[i] >= 'A' && t[i] <= 'Z'  ? t[i] | 0x20
                            : t[i] < ' ' || t[i] == 127 ? ' '
                                                        : t[i]);
            mg_str_add(out, &c, 1);
            i++;
            continue;
        }
        utf8proc_int32_t c, parts[32];
        utf8proc_ssize_t length = utf8proc_iterate(t + i, n - i < 4 ? (utf8proc_ssize_t)(n - i) : 4,
                                                   &c);
        i += length > 0 ? (size_t)length : 1;
        if (length <= 0) continue;
        int boundclass = 0;
        utf8proc_ssize_t k = utf8proc_decompose_char(
            c, parts, MG_COUNT(parts), UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD,
            &boundclass);
        for (utf8proc_ssize_t j = 0; j < k && j < (utf8proc_ssize_t)MG_COUNT(parts); j++)
            fold_part(out, parts[j]);
    }
}
