/* key.c - the letters by which names are compared, and the words for how a name was found. */
#include "model/names/names.h"
#include "text/text.h"

#include <string.h>

void mg_name_sources(mg_str *out, unsigned sources) {
    /* in the order in which they are said */
    static const struct {
        unsigned bit;
        const char *name;
    } all[] = {{MG_NAME_PUBCHEM, "PubChem"},   {MG_NAME_CHEBI, "ChEBI"},
               {MG_NAME_METANETX, "MetaNetX"}, {MG_NAME_FDA, "FDA UNII"},
               {MG_NAME_CCD, "wwPDB CCD"},     {MG_NAME_WIKIDATA, "Wikidata"},
               {MG_NAME_CHOLLA, "Cholla"},     {MG_NAME_OWN, "Molglot"}};
    const char *comma = "";
    for (size_t i = 0; i < MG_COUNT(all); i++) {
        if (!(sources & all[i].bit)) continue;
        mg_str_addf(out, "%s%s", comma, all[i].name);
        comma = ", ";
    }
}

const char *mg_name_how_word(mg_name_how how) {
    static const char *const words[] = {"exact", "folded", "salt", "stereo", "near", "computed"};
    return words[how];
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A letter of the key for c between `before` (of the key, 0: none) and `after`; 0: none. */
static char letter(char c, char before, char after) {
    switch (c) {
    case ' ':
    case '-': return is_digit(before) && is_digit(after) ? '-' : 0;
    case '.': return is_digit(before) && is_digit(after) ? '.' : 0;
    case '~': return 0;
    case '[':
    case '{': return '(';
    case ']':
    case '}': return ')';
    default: return c;
    }
}

/* Spellings of a word: at s, of which n bytes are left, what is written another way. */
static size_t other_spelling(const char *s, size_t n, const char *key, size_t have,
                             const char **as) {
    static const char *const words[][2] = {{"sulph", "sulf"},
                                           {"aluminum", "aluminium"},
                                           {"\"", "''"},
                                           {"\xC2\xB1", "+/-"},
                                           {"(+-)", "(+/-)"}};
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const size_t length = strlen(words[i][0]);
        if (length > n || memcmp(s, words[i][0], length)) continue;
        *as = words[i][1];
        return length;
    }
    if (n < 6 || memcmp(s, "cesium", 6) || (have && key[have - 1] == 'a')) return 0;
    *as = "caesium";
    return 6;
}

void mg_dictionary_key(mg_str *out, const char *name, size_t n) {
    mg_str folded = {0};
    mg_text_fold(&folded, name, n);
    out->failed |= folded.failed;
    const size_t from = out->n;
    for (size_t i = 0; i < folded.n && !out->failed;) {
        const char *as = NULL;
        const size_t other = other_spelling(folded.s + i, folded.n - i, out->s ? out->s + from : "",
                                            out->n - from, &as);
        if (other) {
            mg_str_addz(out, as);
            i += other;
            continue;
        }
        size_t next = i + 1; /* blanks in a row are one */
        while (next < folded.n && (folded.s[next] == ' ' || folded.s[next] == '-')) next++;
        const char c = letter(folded.s[i], out->n > from ? out->s[out->n - 1] : 0,
                              next < folded.n ? folded.s[next] : 0);
        if (c) mg_str_add(out, &c, 1);
        i++;
    }
    mg_str_addz(out, "");
    mg_str_free(&folded);
}
