/* plain_chain.c - fatty acids and acyl-CoAs as lipid chemists number them:
 *
 *   omega   20:4 n-6, 18:3(n-3), 22:5n6, C34:5 omega-3     20:4(5Z,8Z,11Z,14Z) ...
 *           the last double bond stands so many carbons from the end, the others three before
 *   chain   [HEAD] [C]20:4(5Z,8Z,11Z,14Z) KIND             3-oxo-20:4(...) acyl-CoA
 *
 * HEAD: 3-oxo, beta-keto, 3R-hydroxy ... KIND: acyl-CoA, fatty acid, carboxylate ... A chain with
 * double bonds that nothing places is none.
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_BONDS = 8, LONGEST_CHAIN = 40, NAME = 300 };

/* ---- omega ---- */

/* "n-6", "(n-6)", "n6", "omega-6" at s, with what stands between; its characters, 0: none. */
static size_t omega_at(const char *s, int *omega) {
    static const char *const words[] = {"n-", "n", "omega-", "omega ", "\xcf\x89-", "w-", "w"};
    const char *at = s;
    if (*at == ',') at++;
    if (*at == ' ' || *at == '-') at++;
    const bool open = *at == '(';
    at += open;
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        if (!plain_begins_so(at, words[i])) continue;
        const char *digits = at + strlen(words[i]);
        const size_t n = strspn(digits, "0123456789");
        if (!n || n > 2 || (open && digits[n] != ')')) continue;
        if (!open && digits[n] && isalnum((unsigned char)digits[n])) continue;
        *omega = atoi(digits);
        return (size_t)(digits + n + open - s);
    }
    return 0;
}

bool plain_omega(const char *phrase, char out[PLAIN_LONGEST]) {
    mg_str words = {0};
    bool changed = false;
    for (const char *s = phrase; *s;) {
        const size_t n = strspn(s, "0123456789");
        const bool begins = s == phrase || !isalnum((unsigned char)s[-1]) || s[-1] == 'C';
        if (!n) {
            mg_str_add(&words, s++, 1);
            continue;
        }
        const int carbons = n > 2 ? 0 : atoi(s);
        const size_t k = s[n] == ':' ? strspn(s + n + 1, "0123456789") : 0;
        const int bonds = k == 1 ? atoi(s + n + 1) : 0;
        int omega = 0;
        const size_t m = k && begins ? omega_at(s + n + 1 + k, &omega) : 0;
        const int first = carbons - omega - 3 * (bonds - 1);
        mg_str_add(&words, s, k ? n + 1 + k : n);
        s += k ? n + 1 + k : n;
        if (!m || bonds < 1 || bonds > MOST_BONDS || first < 2 || carbons > LONGEST_CHAIN) continue;
        for (int i = 0; i < bonds; i++) mg_str_addf(&words, "%s%dZ", i ? "," : "(", first + 3 * i);
        mg_str_addz(&words, ")");
        s += m;
        changed = true;
    }
    mg_str_addz(&words, "");
    changed &= !words.failed && words.n < PLAIN_LONGEST;
    if (changed) snprintf(out, PLAIN_LONGEST, "%s", words.s);
    mg_str_free(&words);
    return changed;
}

/* ---- chain ---- */

typedef struct chain {
    int carbons, n;
    int place[MOST_BONDS];
    char side[MOST_BONDS];
} chain;

/* "32:4(17Z,20Z,23Z,26Z)"; its characters, 0: it is none. */
static size_t chain_at(const char *s, chain *c) {
    const char *at = s;
    at += *at == 'C';
    const size_t n = strspn(at, "0123456789");
    *c = (chain){.carbons = n && n < 3 ? atoi(at) : 0};
    if (c->carbons < 4 || c->carbons > LONGEST_CHAIN || at[n] != ':') return 0;
    const int bonds = atoi(at + n + 1);
    at += n + 1 + strspn(at + n + 1, "0123456789");
    if (!bonds) return (size_t)(at - s);
    if (*at++ != '(') return 0;
    for (;; at++) {
        const size_t k = strspn(at, "0123456789");
        if (!k || k > 2 || c->n == MOST_BONDS || !strchr("ZE", at[k]) || !at[k]) return 0;
        c->place[c->n] = atoi(at);
        c->side[c->n] = at[k];
        if (c->place[c->n] < 2 || c->place[c->n] >= c->carbons) return 0;
        c->n++;
        at += k + 1;
        if (*at == ')') break;
        if (*at != ',') return 0;
    }
    return c->n == bonds ? (size_t)(at + 1 - s) : 0;
}

/* "dotriacont", "docos", "hexadec"; false: none. */
static bool stem_of(int carbons, char out[40]) {
    static const char *const units[] = {"",      "hen",  "do",    "tri",  "tetra",
                                        "penta", "hexa", "hepta", "octa", "nona"};
    static const char *const tens[] = {"", "dec", "cos", "triacont", "tetracont"};
    static const char *const few[] = {"but", "pent", "hex", "hept", "oct", "non", "dec", "undec"};
    if (carbons < 4 || carbons > LONGEST_CHAIN) return false;
    if (carbons < 12)
        snprintf(out, 40, "%s", few[carbons - 4]);
    else
        snprintf(out, 40, "%s%s", carbons == 20 ? "i" : units[carbons % 10], tens[carbons / 10]);
    return true;
}

/* A word in front: "3-oxo", "3R-hydroxy"; the prefix and its label. */
static size_t head_at(const char *s, const char **prefix, const char **label) {
    static const struct {
        const char *words, *prefix, *label;
    } heads[] = {{"3-oxo", "3-oxo", ""},
                 {"3-keto", "3-oxo", ""},
                 {"beta-keto", "3-oxo", ""},
                 {"(3R)-3-hydroxy", "3-hydroxy", "3R"},
                 {"(R)-3-hydroxy", "3-hydroxy", "3R"},
                 {"(3R)-hydroxy", "3-hydroxy", "3R"},
                 {"3R-hydroxy", "3-hydroxy", "3R"},
                 {"3R-OH", "3-hydroxy", "3R"},
                 {"(3R)-3-OH", "3-hydroxy", "3R"},
                 {"(3S)-3-hydroxy", "3-hydroxy", "3S"},
                 {"(S)-3-hydroxy", "3-hydroxy", "3S"},
                 {"3S-hydroxy", "3-hydroxy", "3S"},
                 {"3-hydroxy", "3-hydroxy", ""}};
    for (size_t i = 0; i < MG_COUNT(heads); i++)
        if (plain_begins(s, heads[i].words)) {
            *prefix = heads[i].prefix, *label = heads[i].label;
            return strlen(heads[i].words);
        }
    return 0;
}

/* What the chain is of, behind it: the name's end; NULL: something else. */
static const char *kind_of(const char *s, const char **prefix, const char **label) {
    static const struct {
        const char *words, *end;
    } kinds[] = {{"acyl-CoA", "oyl-CoA"},
                 {"acyl CoA", "oyl-CoA"},
                 {"acyl coenzyme A", "oyl-CoA"},
                 {"CoA", "oyl-CoA"},
                 {"CoA thioester", "oyl-CoA"},
                 {"CoA ester", "oyl-CoA"},
                 {"VLC-PUFA CoA", "oyl-CoA"},
                 {"fatty acid", "oic acid"},
                 {"acid", "oic acid"},
                 {"free acid", "oic acid"},
                 {"VLC-PUFA", "oic acid"},
                 {"VLC-PUFA free acid", "oic acid"},
                 {"PUFA", "oic acid"},
                 {"very long chain PUFA", "oic acid"},
                 {"carboxylate", "oate"},
                 {"carboxylate ion", "oate"},
                 {"anion", "oate"},
                 {"acid anion", "oate"},
                 {"fatty acid anion", "oate"},
                 {"fatty acid carboxylate", "oate"}};
    while (*s == ' ' || *s == '-') s++;
    if (!**prefix) {
        const size_t n = head_at(s, prefix, label);
        s += n;
    }
    for (size_t i = 0; i < MG_COUNT(kinds); i++)
        if (!strcasecmp(s, kinds[i].words)) return kinds[i].end;
    return NULL;
}

int plain_chain(const char *phrase, plain_said *out, molglot_error *err) {
    static const char *const many[] = {"",      "",     "di",    "tri", "tetra",
                                       "penta", "hexa", "hepta", "octa"};
    const char *prefix = "", *label = "";
    char name[NAME], stem[40];
    chain c;
    *out = (plain_said){0};
    const char *s = phrase + head_at(phrase, &prefix, &label);
    while (s > phrase && (*s == ' ' || *s == '-')) s++;
    const size_t n = chain_at(s, &c);
    if (!n || !stem_of(c.carbons, stem)) return MOLGLOT_OK;
    const char *end = kind_of(s + n, &prefix, &label);
    if (!end || (*prefix && c.n && c.place[0] < 4)) return MOLGLOT_OK;
    mg_str labels = {0}, places = {0};
    if (*label) mg_str_addz(&labels, label);
    for (int i = 0; i < c.n; i++) {
        mg_str_addf(&labels, "%s%d%c", labels.n ? "," : "", c.place[i], c.side[i]);
        mg_str_addf(&places, "%s%d", i ? "," : "-", c.place[i]);
    }
    const bool failed = labels.failed || places.failed;
    snprintf(name, sizeof name, "%s%s%s%s%s%s%s%s%s%s", labels.n ? "(" : "",
             labels.n ? labels.s : "", labels.n ? ")-" : "", prefix, stem, c.n > 1 ? "a" : "",
             places.n ? places.s : "", places.n ? "-" : "", c.n ? many[c.n] : "an",
             c.n ? "en" : "");
    mg_str_free(&labels);
    mg_str_free(&places);
    if (failed) return mg_no_memory(err, "a name");
    snprintf(name + strlen(name), sizeof name - strlen(name), "%s", end);
    int code = mg_name_read(name, &out->smiles, err);
    if (!code && out->smiles && !(out->name = strdup(name))) code = mg_no_memory(err, "a name");
    return code;
}
