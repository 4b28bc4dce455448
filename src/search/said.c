/* said.c - numbers that a text says in the letters of its names, held against a molecule's:
 *
 *   configurations  the longest bracket such as "(2S,3R,9Z)": how many R, S, E, Z
 *   substituents    "trihydroxy", "hydroxy groups at positions 5, 7 and 10": how many there are
 *   chains          "octadeca-9,12-dienoyl", "18:2": carbons, and double bonds where they are said
 *   charge          "anion", "cation", "(2-)" of the first sentence: its sign
 */
#include "search/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return isalpha((unsigned char)c) != 0; }

/* "2S", "3'R", "S", "9Z", "3aR": the letter; 0 for another token. */
static char descriptor(const char *s, size_t n) {
    if (!n || !strchr("RSEZ", s[n - 1])) return 0;
    for (size_t i = 0; i + 1 < n; i++)
        if (!is_digit(s[i]) && s[i] != '\'' && !(s[i] >= 'a' && s[i] <= 'h')) return 0;
    return s[n - 1];
}

static void read_bracket(mg_said *said, const char *s, size_t n) {
    int count[4] = {0}, all = 0;
    for (size_t at = 0; at <= n;) {
        const char *comma = memchr(s + at, ',', n - at);
        const size_t end = comma ? (size_t)(comma - s) : n;
        const char d = descriptor(s + at, end - at);
        if (!d) return;
        count[strchr("RSEZ", d) - "RSEZ"]++;
        all++;
        at = end + 1;
    }
    const int before = said->stereo[0] + said->stereo[1] + said->stereo[2] + said->stereo[3];
    if (all > before) memcpy(said->stereo, count, sizeof count);
}

static const struct {
    const char *stem;
    int number;
} PREFIXES[] = {{"di", 2},   {"tri", 3},   {"tetra", 4}, {"penta", 5},
                {"hexa", 6}, {"hepta", 7}, {"octa", 8},  {"deca", 10}},
  CHAINS[] = {{"hexacos", 26},  {"tetracos", 24}, {"tricos", 23},   {"docos", 22},
              {"henicos", 21},  {"icos", 20},     {"nonadec", 19},  {"octadec", 18},
              {"heptadec", 17}, {"hexadec", 16},  {"pentadec", 15}, {"tetradec", 14},
              {"tridec", 13},   {"dodec", 12},    {"undec", 11},    {"dec", 10}},
  DOUBLES[] = {{"an", 0},      {"en", 1},      {"dien", 2},  {"trien", 3},
               {"tetraen", 4}, {"pentaen", 5}, {"hexaen", 6}};

/* How many: the prefix that ends at `at`, else 1. */
static int times_before(const char *s, size_t at) {
    for (size_t i = 0; i < MG_COUNT(PREFIXES); i++) {
        const size_t n = strlen(PREFIXES[i].stem);
        if (at >= n && !memcmp(s + at - n, PREFIXES[i].stem, n) &&
            (at == n || !is_letter(s[at - n - 1]) || s[at - n - 1] == 'y' || s[at - n - 1] == 'o'))
            return PREFIXES[i].number;
    }
    return 1;
}

/* " groups at positions 5, 7 and 10" behind a substituent: how many positions; else 0. */
static int positions_behind(const char *s) {
    static const char *const between[] = {" group", " substituent", "s", " at", " position", "s"};
    for (size_t i = 0; i < MG_COUNT(between); i++) {
        const size_t n = strlen(between[i]);
        if (!strncmp(s, between[i], n)) s += n;
    }
    int n = 0;
    for (;;) {
        while (*s == ' ' || *s == ',') s++;
        if (!strncmp(s, "and ", 4)) s += 4;
        if (!is_digit(*s)) break;
        n++;
        while (*s && *s != ' ' && *s != ',') s++;
    }
    return n;
}

static void read_substituents(mg_said *said, const char *s) {
    for (int k = 0; k < MG_SAID_PARTS; k++) {
        const char *stem = mg_said_parts[k].stem;
        for (const char *at = strstr(s, stem); at; at = strstr(at + 1, stem)) {
            const int times = times_before(s, (size_t)(at - s)),
                      places = positions_behind(at + strlen(stem)),
                      n = places > times ? places : times;
            if (n > said->parts[k]) said->parts[k] = n;
        }
    }
}

static void add_chain(mg_said *said, int carbons, int doubles) {
    for (int i = 0; i < said->n_chains; i++)
        if (said->chains[i].carbons == carbons) {
            if (said->chains[i].doubles < 0) said->chains[i].doubles = doubles;
            return;
        }
    if (said->n_chains < MG_SAID_CHAINS)
        said->chains[said->n_chains++] = (mg_acyl){.carbons = carbons, .doubles = doubles};
}

/* What follows a chain's stem: "a-9,12-dienoic", "an-1-ol", "enoyl": double bonds; -1: not said. */
static int doubles_behind(const char *s) {
    if (*s == 'a' && s[1] != 'n') s++;
    while (*s && strchr("-,()0123456789EZez'", *s) && strncmp(s, "en", 2) != 0) s++;
    for (size_t i = MG_COUNT(DOUBLES); i-- > 0;)
        if (!strncmp(s, DOUBLES[i].stem, strlen(DOUBLES[i].stem))) return DOUBLES[i].number;
    return -1;
}

static void read_chains(mg_said *said, const char *s) {
    for (size_t at = 0; s[at];) {
        size_t step = 1;
        for (size_t i = 0; i < MG_COUNT(CHAINS); i++) {
            const size_t n = strlen(CHAINS[i].stem);
            if (strncmp(s + at, CHAINS[i].stem, n) != 0) continue;
            if (s[at + n] == 'a' || s[at + n] == 'e' || s[at + n] == 'y' || s[at + n] == '-')
                add_chain(said, CHAINS[i].number, doubles_behind(s + at + n));
            step = n;
            break;
        }
        if (is_digit(s[at]) && is_digit(s[at + 1]) && s[at + 2] == ':' && is_digit(s[at + 3]) &&
            (at == 0 || !is_digit(s[at - 1])))
            add_chain(said, 10 * (s[at] - '0') + s[at + 1] - '0', s[at + 3] - '0');
        at += step;
    }
}

static void read_charge(mg_said *said, const char *s) {
    if (strstr(s, "zwitterion")) return;
    if (strstr(s, "anion") || strstr(s, "-) ") || strstr(s, "conjugate base"))
        said->charge = -1;
    else if (strstr(s, " cation") || strstr(s, "+) "))
        said->charge = 1;
}

int mg_said_read(mg_said *said, const char *sentence, size_t n, bool first, molglot_error *err) {
    mg_str folded = {0};
    for (size_t i = 0; i < n; i++) {
        if (sentence[i] != '(') continue;
        const char *close = memchr(sentence + i, ')', n - i);
        if (close) read_bracket(said, sentence + i + 1, (size_t)(close - sentence) - i - 1);
    }
    mg_text_fold(&folded, sentence, n);
    const bool failed = folded.failed;
    if (!failed && folded.s) {
        if (first) read_substituents(said, folded.s);
        if (first) read_charge(said, folded.s);
        read_chains(said, folded.s);
    }
    mg_str_free(&folded);
    return failed ? mg_no_memory(err, "a question") : MOLGLOT_OK;
}

/* ---- a molecule ---- */

const mg_said_part mg_said_parts[MG_SAID_PARTS] = {{"hydroxy", "hydroxy group", 0},
                                                   {"methoxy", "methoxy group", 0},
                                                   {"methyl", "methyl group", 0},
                                                   {"nitro", "nitro group", 0},
                                                   {"oxo", "ketone", 0},
                                                   {"carboxy", "carboxylic acid", 0},
                                                   {"chloro", "", 17},
                                                   {"fluoro", "", 9},
                                                   {"bromo", "", 35},
                                                   {"iodo", "", 53}};

static int count_of(const mg_groups *g, const mg_facts *f, int part) {
    if (mg_said_parts[part].element) return f->elements[mg_said_parts[part].element];
    const int group = mg_groups_find(g, mg_said_parts[part].group);
    return group >= 0 ? f->count[group] : 0;
}

static bool has_chain(const mg_facts *f, mg_acyl c) {
    for (int i = 0; i < f->n_acyls && i < MG_ACYLS; i++)
        if (f->acyls[i].carbons == c.carbons && (c.doubles < 0 || f->acyls[i].doubles == c.doubles))
            return true;
    return f->chain == c.carbons;
}

/* Of two kinds of configuration: how near, 1 or less; whether all agree. */
static void of_stereo(const int said[2], int a, int b, float out[2]) {
    const int all = said[0] + said[1], off = abs(said[0] - a) + abs(said[1] - b);
    if (!all) return;
    out[0] = off < all ? 1 - (float)off / (float)all : 0;
    out[1] = off == 0;
}

void mg_said_of(const mg_said *said, const mg_groups *g, const mg_facts *f, float out[MG_SAID]) {
    float mentioned = 0, exact = 0, off = 0, enough = 0;
    of_stereo(said->stereo, f->r, f->s, out);
    of_stereo(said->stereo + 2, f->e, f->z, out + 2);
    for (int k = 0; k < MG_SAID_PARTS; k++) {
        if (!said->parts[k]) continue;
        const int d = count_of(g, f, k) - said->parts[k];
        mentioned++;
        exact += d == 0;
        enough += d >= 0;
        off += (float)(abs(d) < 4 ? abs(d) : 4);
    }
    if (mentioned > 0) {
        out[4] = exact / mentioned;
        out[5] = enough / mentioned;
        out[6] = off;
    }
    for (int i = 0; i < said->n_chains; i++) {
        const bool has = has_chain(f, said->chains[i]);
        out[7] += has ? 1 / (float)said->n_chains : 0;
        out[8] += !has;
    }
    if (said->charge) out[9] = (float)(said->charge * f->charge > 0);
}
