/* numbers.c - what a sentence says with numbers, the same however it says it:
 *
 *   at V G      a locant and the group behind it in its word: "2,4-dichlorophenyl" is at 2 chloro,
 *               at 4 chloro
 *   count V G   how many of a group: "dichloro", "2,4-dichloro", "two chlorine atoms", "2 chloro"
 *   chain V     carbons of a chain: "octadecanoic", "C18", "18:1", "stearic"
 *   double V    its double bonds: "18:1", "octadecadienoic", "octadecenoic"
 *
 * A group is the first six letters of a run of four or more, behind a multiplying prefix; the names
 * of the halogens and of their groups are one.
 */
#include "text/inside.h"

#include <string.h>

enum { GROUP = 6, LEAST = 4, MOST_LOCANTS = 12 };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct stem {
    const char *s;
    int value;
} stem;

/* Longest first where one begins another. */
static const stem PREFIXES[] = {{"tetrakis", 4}, {"tris", 3},  {"bis", 2},  {"hexa", 6},
                                {"hepta", 7},    {"octa", 8},  {"nona", 9}, {"deca", 10},
                                {"penta", 5},    {"tetra", 4}, {"tri", 3},  {"mono", 1},
                                {"di", 2}};
static const stem WORDS[] = {{"one", 1},     {"single", 1}, {"two", 2},  {"pair", 2},
                             {"three", 3},   {"four", 4},   {"five", 5}, {"six", 6},
                             {"seven", 7},   {"eight", 8},  {"nine", 9}, {"ten", 10},
                             {"eleven", 11}, {"twelve", 12}};
static const stem CHAINS[] = {
    {"hexadec", 16},  {"heptadec", 17}, {"octadec", 18},  {"nonadec", 19},  {"undec", 11},
    {"dodec", 12},    {"tridec", 13},   {"tetradec", 14}, {"pentadec", 15}, {"henicos", 21},
    {"heneicos", 21}, {"docos", 22},    {"tricos", 23},   {"tetracos", 24}, {"pentacos", 25},
    {"hexacos", 26},  {"heptacos", 27}, {"octacos", 28},  {"nonacos", 29},  {"triacont", 30},
    {"icos", 20},     {"eicos", 20},    {"but", 4},       {"pent", 5},      {"hex", 6},
    {"hept", 7},      {"oct", 8},       {"non", 9},       {"dec", 10}};
/* Acids' own names: their runs of letters begin so. */
static const stem ACIDS[] = {{"laur", 12},    {"myrist", 14}, {"palmit", 16}, {"stear", 18},
                             {"oleic", 18},   {"oleo", 18},   {"oleate", 18}, {"linole", 18},
                             {"arachid", 20}, {"behen", 22},  {"capr", 0},    {"lignocer", 24}};
/* How the rest of a chain's name goes on, and how many double bonds that says. */
static const stem ENDS[] = {{"an", 0},     {"yl", 0},       {"oyl", 0},      {"oic", 0},
                            {"oate", 0},   {"ox", 0},       {"en", 1},       {"adien", 2},
                            {"atrien", 3}, {"atetraen", 4}, {"apentaen", 5}, {"ahexaen", 6},
                            {"yn", 0}};
static const char *const HALOGENS[][2] = {{"fluori", "fluoro"}, {"chlori", "chloro"},
                                          {"bromin", "bromo"},  {"bromid", "bromo"},
                                          {"iodine", "iodo"},   {"iodide", "iodo"}};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool begins(const mg_piece *p, size_t at, const char *s) {
    const size_t n = strlen(s);
    return p->n >= at + n && memcmp(p->s + at, s, n) == 0;
}

/* The number that a piece begins with; -1: none, or one of five digits. */
static int value_of(const mg_piece *p) {
    int v = 0;
    size_t i = 0;
    for (; i < p->n && is_digit(p->s[i]); i++) {
        if (i == 4) return -1;
        v = 10 * v + (p->s[i] - '0');
    }
    return i ? v : -1;
}

/* A stem that the piece begins with, at `at`; NULL: none. */
static const stem *stem_at(const mg_piece *p, size_t at, const stem *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (begins(p, at, list[i].s)) return &list[i];
    return NULL;
}

typedef struct group {
    const char *s;
    size_t n;  /* 0: no group */
    int count; /* of its prefix; 0: none */
} group;

static group group_of(const mg_piece *p) {
    if (p->n < LEAST || is_digit(p->s[0])) return (group){0};
    const stem *prefix = stem_at(p, 0, PREFIXES, COUNT(PREFIXES));
    size_t at = prefix ? strlen(prefix->s) : 0;
    if (p->n < at + LEAST) at = 0;
    group g = {p->s + at, p->n - at < GROUP ? p->n - at : GROUP, at ? prefix->value : 0};
    for (size_t i = 0; i < COUNT(HALOGENS); i++)
        if (begins(p, at, HALOGENS[i][0])) g.s = HALOGENS[i][1];
    if (g.s != p->s + at) g.n = strlen(g.s);
    if (g.n == GROUP && (!memcmp(g.s, "bromo", 5) || !memcmp(g.s, "iodo", 4)))
        g.n = g.s[0] == 'b' ? 5 : 4; /* bromophenyl */
    return g;
}

/* Locants i .. j-1, or none, and the group behind them. */
static void say_group(const mg_piece *p, size_t i, size_t j, mg_number_sink *sink, void *user) {
    const group g = group_of(&p[j]);
    const int locants = (int)(j - i);
    if (!g.n) return;
    for (size_t k = i; k < j; k++) sink(user, "at", value_of(&p[k]), g.s, g.n);
    const int count = g.count ? g.count : locants;
    if (count > 0) sink(user, "count", count, g.s, g.n);
}

static void say_chain(const mg_piece *p, mg_number_sink *sink, void *user) {
    const stem *acid = stem_at(p, 0, ACIDS, COUNT(ACIDS)), *chain = NULL;
    for (size_t i = 0; i < COUNT(CHAINS) && !chain; i++)
        if (begins(p, 0, CHAINS[i].s) && stem_at(p, strlen(CHAINS[i].s), ENDS, COUNT(ENDS)))
            chain = &CHAINS[i];
    if (chain) {
        const stem *end = stem_at(p, strlen(chain->s), ENDS, COUNT(ENDS));
        sink(user, "chain", chain->value, "", 0);
        if (end->value) sink(user, "double", end->value, "", 0);
    } else if (acid && acid->value) {
        sink(user, "chain", acid->value, "", 0);
    }
}

/* "c18", and "18:1" of it or alone. */
static void say_shorthand(const mg_piece *p, size_t i, size_t n, mg_number_sink *sink, void *user) {
    const int v = value_of(&p[i]);
    const bool c = i > 0 && p[i].joined && p[i - 1].n == 1 && p[i - 1].s[0] == 'c' &&
                   p[i - 1].s + 1 == p[i].s;
    const bool colon = i + 1 < n && p[i + 1].joined && p[i].s[p[i].n] == ':' &&
                       p[i + 1].s == p[i].s + p[i].n + 1 && value_of(&p[i + 1]) >= 0;
    if (v < 2 || v > 60 || !(c || colon)) return;
    sink(user, "chain", v, "", 0);
    if (colon && value_of(&p[i + 1]) > 0) sink(user, "double", value_of(&p[i + 1]), "", 0);
}

void mg_text_numbers(const mg_piece *p, size_t n, mg_number_sink *sink, void *user) {
    for (size_t i = 0; i < n; i++) {
        if (value_of(&p[i]) >= 0) {
            size_t j = i;
            while (j < n && j - i < MOST_LOCANTS && value_of(&p[j]) >= 0 && (j == i || p[j].joined))
                say_shorthand(p, j++, n, sink, user);
            /* a number alone counts what follows it, others are locants of their word */
            if (j < n && p[j].joined)
                say_group(p, i, j, sink, user);
            else if (j < n && j == i + 1 && !p[i].joined && group_of(&p[j]).n)
                sink(user, "count", value_of(&p[i]), group_of(&p[j]).s, group_of(&p[j]).n);
            i = j - 1;
            continue;
        }
        const stem *word = stem_at(&p[i], 0, WORDS, COUNT(WORDS));
        const group next = i + 1 < n ? group_of(&p[i + 1]) : (group){0};
        if (word && p[i].n == strlen(word->s) && next.n)
            sink(user, "count", word->value, next.s, next.n);
        if (group_of(&p[i]).count && !(i > 0 && p[i].joined && value_of(&p[i - 1]) >= 0))
            say_group(p, i, i, sink, user);
        say_chain(&p[i], sink, user);
    }
}
