/* configured.c - phrases that say the configuration of a named molecule:
 *
 *   the (R)-enantiomer of ranolazine, the L-enantiomer of thyroxine, R-ibuprofen
 *   2-aminopentanoic acid that has S-configuration [at the chiral centre]
 *   3-hydroxypentanoic acid in which the chiral centre at position 3 has S configuration
 *
 * R, S, E and Z are set where the molecule has one place that they can mean; L, D, (+) and (-) are
 * a part of the name ("L-thyroxine").
 */
#include "chem/derive/inside.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MARK = 24 };

static bool begins(const char *s, const char *word) { return !strncasecmp(s, word, strlen(word)); }

/* Length of "(R)", "R", "(2R,3S)", "L", "(+)" at s; 0: none. */
static size_t mark_at(const char *s) {
    const bool open = *s == '(';
    size_t n = open;
    if (s[n] == '+' || s[n] == '-')
        n++;
    else
        while (s[n] && (isdigit((unsigned char)s[n]) || strchr("RSEZ,'abcd", s[n]))) n++;
    if (!open) n = strchr("RSEZLDrsld", *s) && *s ? 1 : 0;
    if (open && s[n] != ')') return 0;
    n += open;
    return n && n < MARK ? n : 0;
}

/* "R" of "(R)", "R"; 0: it is a part of a name. */
static char label_of(const char *mark, size_t n) {
    const char *at = *mark == '(' ? mark + 1 : mark;
    return n == (*mark == '(' ? 3u : 1u) && strchr("RSEZ", *at) ? *at : 0;
}

static const char *words_of(char label) {
    switch (label) {
    case 'R': return "R configuration";
    case 'S': return "S configuration";
    case 'E': return "E configuration";
    case 'Z': return "Z configuration";
    default: return "";
    }
}

/* "-configuration", " configuration" behind a mark. */
static bool says_configuration(const char *s) {
    s += *s == ' ' || *s == '-';
    return begins(s, "configuration") || begins(s, "stereochemistry") ||
           begins(s, "absolute config");
}

/* What stands behind a configuration: whether it says "at the alpha carbon"; *other: another place
 * by its letter. */
static bool says_alpha(const char *s, bool *other) {
    static const char *const letters[] = {"beta", "gamma", "delta", "epsilon", "omega"};
    *other = false;
    for (size_t i = 0; i < MG_COUNT(letters); i++) *other |= strcasestr(s, letters[i]) != NULL;
    return strcasestr(s, "alpha") || strstr(s, "\xce\xb1");
}

static int put(const char *name, size_t n, const char *mark, size_t n_mark, bool all,
               mg_derivation out[MG_DERIVATIONS], int *count, molglot_error *err) {
    const char label = label_of(mark, n_mark);
    mg_str whole = {0};
    while (n && strchr(" ,", name[n - 1])) n--;
    if (n < 3 || *count == MG_DERIVATIONS) return MOLGLOT_OK;
    if (!label) { /* "L-" is a part of the name */
        mg_str_add(&whole, mark, n_mark);
        mg_str_addz(&whole, "-");
    }
    mg_str_add(&whole, name, n);
    mg_str_addz(&whole, "");
    if (whole.failed) {
        mg_str_free(&whole);
        return mg_no_memory(err, "a name");
    }
    if (!label && *mark != '(') *whole.s = (char)toupper((unsigned char)*whole.s);
    out[(*count)++] = (mg_derivation){-1, whole.s, words_of(label), label, all, false};
    return MOLGLOT_OK;
}

/* "R-ibuprofen", "(S)-ibuprofen". */
static int read_front(const char *s, mg_derivation out[MG_DERIVATIONS], int *n,
                      molglot_error *err) {
    const size_t m = mark_at(s);
    if (!m || s[m] != '-' || !label_of(s, m) || strchr(s, ' ')) return MOLGLOT_OK;
    if (strcasestr(s, "isomer") || strcasestr(s, "enantiomer")) return MOLGLOT_OK;
    return put(s + m + 1, strlen(s + m + 1), s, m, false, out, n, err);
}

/* "[the] R-enantiomer of NAME". */
static int read_before(const char *s, mg_derivation out[MG_DERIVATIONS], int *n,
                       molglot_error *err) {
    static const char *const kinds[] = {"enantiomer of ",   "stereoisomer of ",
                                        "isomer of ",       "form of ",
                                        "diastereomer of ", "diastereoisomer of "};
    const size_t m = mark_at(s);
    if (!m || (s[m] != '-' && s[m] != ' ')) return MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(kinds); i++) {
        if (!begins(s + m + 1, kinds[i])) continue;
        const char *name = s + m + 1 + strlen(kinds[i]);
        if (begins(name, "the ")) name += 4;
        return put(name, strlen(name), s, m, false, out, n, err);
    }
    return MOLGLOT_OK;
}

/* Whether words between the name and its configuration say that something else is different. */
static bool holds_change(const char *s, size_t n) {
    static const char *const words[] = {"replaced", "substituted", "converted", "oxidised",
                                        "added"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (memmem(s, n, words[i], strlen(words[i]))) return true;
    return false;
}

/* "NAME that has R-configuration", "NAME in which ... both have S-configuration". */
static int read_behind(const char *s, mg_derivation out[MG_DERIVATIONS], int *n,
                       molglot_error *err) {
    static const char *const links[] = {" that has ",     " which has ", " having ",    " with ",
                                        " has ",          " has the ",   " both have ", " have ",
                                        " that has the ", " in the ",    " with the "},
                             *const ends[] = {" in which ", " where ", " that ", " which ",
                                              " having ",   " with ",  " has "};
    for (const char *at = s; (at = strchr(at, ' ')); at++)
        for (size_t i = 0; i < MG_COUNT(links); i++) {
            const char *mark = at + strlen(links[i]);
            if (!begins(at, links[i])) continue;
            const size_t m = mark_at(mark);
            if (!m || !says_configuration(mark + m)) continue;
            size_t end = (size_t)(at - s); /* where the name ends */
            for (size_t k = 0; k < MG_COUNT(ends); k++) {
                const char *first = strcasestr(s, ends[k]);
                if (first && (size_t)(first - s) < end) end = (size_t)(first - s);
            }
            if (holds_change(s + end, (size_t)(at - s) - end)) return MOLGLOT_OK;
            const bool all = strcasestr(s + end, "both ") || strcasestr(s + end, "all ");
            bool other;
            const bool alpha = says_alpha(mark + m, &other);
            if (other) return MOLGLOT_OK;
            const int code = put(s, end, mark, m, all, out, n, err);
            if (*n) out[*n - 1].alpha = alpha;
            return code;
        }
    return MOLGLOT_OK;
}

int mg_configurations_read(const char *words, mg_derivation out[MG_DERIVATIONS], int *n,
                           molglot_error *err) {
    int code = read_before(words, out, n, err);
    if (!code && !*n) code = read_behind(words, out, n, err);
    return code || *n ? code : read_front(words, out, n, err);
}
