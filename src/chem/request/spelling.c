/* spelling.c - words that are none, one letter away from a word of a term or a negation: "pyridne",
 * "flourine", "witout". They are read as that word, and it is said.
 *
 * Names of compounds differ in single letters too (benzyl, benzoyl), so that only slips of the hand
 * count that hardly any word of chemistry shows: two letters swapped, one left out or put in too
 * much within the word, y for i, s for z, c for k. Of 225,000 words of names and texts these rules
 * take some 900 for another, nearly all of them slips; the others are listed here.
 */
#include "chem/request/parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 5 };

/* Words in their own right that the rules would take for another. */
static const char WORDS[] =
    "|benzoyl|palmitoyl|stearoyl|myristoyl|lauroyl|naphthoyl|lactoyl|alkanoyl|adamantoyl|thienoyl|"
    "series|serie|caption|captions|caution|cinnamyl|pentaene|pentaen|heptaene|heptaen|octaene|"
    "octaen|decaene|decaen|nonaene|hexaene|menthyl|menthylamine|dimenthyl|cystine|benzil|benzilic|"
    "multiplies|trisphosphate|carbamyl|proxy|phosphorothionate|phosphorothiolate|prone|piperideine|"
    "neural|bornane|digoxin|bounding|dithane|olein|noting|carboxybenzoyl|silly|reside|resides|"
    "geranium|depletes|deplete|borne|bisphenyl|triticum|phenylmethylamine|enedioyl|enolate|enonate|"
    "enate|serpine|preset|presets|pentayne|mercuri|dieter|contin|creosol|bering|halving|hexaose|"
    "complaint|complaints|polysol|istin|sulfoxy|weighting|shingles|petrin|michel|misusing|polymine|"
    "prazine|fromal|dimazine|alane|acylate|acylates|acylamide|quindolin|trimester|trimesters|"
    "polymethylene|cumaran|regent|phosphors|mercato|indoyl|quinoyl|pyridoyl|piperidinio|prophine|"
    "excerpt|chopper|fusin|foral|tripel|pentaone|favan|shipping|numer|elementos|formiate|pergacid|"
    "acetal|acetaal|propyne|butyne|trile|";

typedef enum slip { SLIP_FAR, SLIP_SAME, SLIP_NEAR, SLIP_LIKELY } slip;

static bool sounds_alike(char a, char b) {
    static const char *const pairs[] = {"iy", "sz", "ck"};
    for (size_t i = 0; i < MG_COUNT(pairs); i++)
        if ((a == pairs[i][0] && b == pairs[i][1]) || (a == pairs[i][1] && b == pairs[i][0]))
            return true;
    return false;
}

/* How a typed word of m letters stands to one of n. */
static slip compare(const char *typed, size_t m, const char *word, size_t n) {
    if (m + 1 < n || n + 1 < m) return SLIP_FAR;
    size_t i = 0;
    while (i < m && i < n && typed[i] == word[i]) i++;
    if (i == m && m == n) return SLIP_SAME;
    const char *a = typed + i, *b = word + i;
    if (m == n) {
        const bool one = !strncmp(a + 1, b + 1, n - i - 1);
        const bool two = i + 1 < n && a[0] == b[1] && a[1] == b[0] &&
                         !strncmp(a + 2, b + 2, n - i - 2);
        if (!one && !two) return SLIP_FAR;
        return i && (two ? n >= SHORTEST : n > SHORTEST && sounds_alike(*a, *b)) ? SLIP_LIKELY
                                                                                 : SLIP_NEAR;
    }
    if (m < n) { /* a letter is missing; ethyl is no methyl */
        if (strncmp(a, b + 1, m - i)) return SLIP_FAR;
        return i && n > SHORTEST && i + 1 < n && strncmp(b, "meth", 4) ? SLIP_LIKELY : SLIP_NEAR;
    }
    if (strncmp(a + 1, b, n - i)) return SLIP_FAR;
    const bool twice = i && typed[i] == typed[i - 1]; /* "thioll" */
    return twice || (i && n > SHORTEST && i + 1 < m) ? SLIP_LIKELY : SLIP_NEAR;
}

typedef struct guess {
    const char *typed;
    size_t n;
    bool known;
    char near[REQUEST_WORD]; /* the only word near it, or "" */
    slip how;
    bool several;
} guess;

/* Holds the letters of a list, words parted by anything else, against the typed word. */
static void consider(void *of, const char *list) {
    guess *g = of;
    for (const char *s = list; *s && !g->known;) {
        size_t n = 0;
        while (islower((unsigned char)s[n])) n++;
        if (n + 1 >= g->n && n < REQUEST_WORD) {
            const slip how = compare(g->typed, g->n, s, n);
            g->known = how == SLIP_SAME;
            if (how > SLIP_SAME && (strlen(g->near) != n || strncmp(g->near, s, n) != 0)) {
                g->several |= g->near[0] != 0;
                memcpy(g->near, s, n);
                g->near[n] = 0;
                g->how = how;
            }
        }
        s += n;
        while (*s && !islower((unsigned char)*s)) s++;
    }
}

static void consider_all(const mg_groups *groups, guess *g) {
    request_each_phrases(groups, consider, g);
    consider(g, request_negators());
}

/* Whether word i may be a slip: letters alone, not a symbol or an abbreviation. */
static bool may_be_slip(const mg_groups *g, const request_words *ws, const char *text, int i) {
    const request_word *w = &ws->w[i];
    const size_t n = strlen(w->s);
    char bars[REQUEST_WORD + 3];
    double x;
    if (w->mark || n < SHORTEST || w->end - w->begin != n) return false;
    for (size_t k = 0; k < n; k++)
        if (!isalpha((unsigned char)text[w->begin + k]) ||
            (k && isupper((unsigned char)text[w->begin + k])))
            return false;
    snprintf(bars, sizeof bars, "|%s|", w->s);
    return !strstr(WORDS, bars) && !request_number(w->s, &x) && !request_skipped(ws, i) &&
           !request_evidence(ws, i) && !request_term_at(g, ws, i).words;
}

/* What word i is near to: *out, and whether it is one. */
static bool nearest(const mg_groups *groups, const char *typed, char out[REQUEST_WORD]) {
    guess g = {.typed = typed, .n = strlen(typed)};
    consider_all(groups, &g);
    if (g.known) return false;
    const bool plural = !g.near[0] && g.n > SHORTEST && typed[g.n - 1] == 's';
    if (plural) {
        g.n--;
        consider_all(groups, &g);
    }
    if (g.known || g.several || g.how != SLIP_LIKELY) return false;
    const size_t n = strlen(g.near);
    if (n + 2 > REQUEST_WORD) return false;
    memcpy(out, g.near, n);
    strcpy(out + n, plural ? "s" : "");
    return true;
}

void request_mend_spelling(parser *p) {
    char word[REQUEST_WORD];
    for (int i = 0; i < p->ws.n && p->n_mended < (int)MG_COUNT(p->mended); i++) {
        if (!may_be_slip(p->g, &p->ws, p->text, i) || !nearest(p->g, p->ws.w[i].s, word)) continue;
        strcpy(p->ws.w[i].s, word);
        p->mended[p->n_mended++] = i;
    }
}
