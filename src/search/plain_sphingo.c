/* plain_sphingo.c - sphingoid bases and ceramides by base, acid and head:
 *
 *   phytoceramide with a C20 sphingoid base and lignoceric acid      dihydroceramide d18:0/24:0
 *   iso-C17 phytosphingosine, N-palmitoyl      glucosylceramide t18:0/22:0(2OH)
 *   C20 sphinganine 1-phosphate
 *
 * A base is "d18:0", "t18:0", "d18:1", or one of BASES with its size before it; what is left of the
 * words is the acid (plain_acyl.c). A ceramide whose base is not said has sphingosine; an
 * alpha-galactosylceramide may have several, and is refused.
 */
#include "search/plain.h"
#include "search/plain_class.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPHINGO_TEXT = 240 };

typedef struct ceramide {
    char kind;   /* of the base: 'd' sphinganine, 't' phyto, 'e' sphingosine; 0: not said */
    int carbons; /* of the base; 0: 18 */
    char branch; /* 'i', 'a' */
    bool amide;  /* the words want an acid */
    bool acyl;
    plain_acyl acid;
    const char *sugar, *tail;
    bool alpha;
} ceramide;

/* Cuts `w` out of s, where it is a whole word. */
static bool cut(char *s, const char *w) {
    const size_t k = strlen(w);
    for (char *c = s; *c; c++) {
        if (c > s && isalnum((unsigned char)c[-1])) continue;
        const bool same = isupper((unsigned char)*w) ? !strncmp(c, w, k) : !strncasecmp(c, w, k);
        if (!same || isalnum((unsigned char)c[k])) continue;
        memmove(c + 1, c + k, strlen(c + k) + 1);
        *c = ' ';
        return true;
    }
    return false;
}

static bool cut_any(char *s, const char *words) {
    bool any = false;
    char w[60];
    for (const char *c = words; *c;) {
        const size_t k = strcspn(c, "|");
        snprintf(w, sizeof w, "%.*s", (int)k, c);
        any |= cut(s, w);
        c += k + (c[k] == '|');
    }
    return any;
}

static bool set_kind(ceramide *c, char kind) {
    if (c->kind && c->kind != kind && !(c->kind == 'd' && kind == 'd')) return false;
    c->kind = kind;
    return true;
}

static bool set_size(ceramide *c, int carbons) {
    if (carbons < 12 || carbons > 30 || (c->carbons && c->carbons != carbons)) return false;
    c->carbons = carbons;
    return true;
}

/* " iso", " anteiso" between a base in numbers and the class: characters. */
static size_t branch_at(const char *s, ceramide *c) {
    static const char *const words[] = {" iso ", " anteiso "}, *const classes[] = {
                                                                   "phytoceramide",
                                                                   "ceramide",
                                                                   "dihydroceramide",
                                                                   "phytosphingosine",
                                                                   "sphinganine",
                                                                   "base"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        for (size_t k = 0; k < MG_COUNT(classes); k++) {
            const size_t n = strlen(words[i]);
            if (!plain_begins_so(s, words[i]) || !plain_begins_so(s + n, classes[k])) continue;
            c->branch = words[i][1];
            return n - 1;
        }
    return 0;
}

/* "d18:0", "t18:0/16:0": the base in numbers. */
static bool take_numbers(char *s, ceramide *c) {
    for (char *p = s; *p; p++) {
        if ((p > s && isalnum((unsigned char)p[-1])) || (*p != 'd' && *p != 't')) continue;
        const size_t n = strspn(p + 1, "0123456789");
        if (n != 2 || p[3] != ':' || !isdigit((unsigned char)p[4]) || isdigit((unsigned char)p[5]))
            continue;
        const int bonds = p[4] - '0';
        if (bonds > 1 || (*p == 't' && bonds) || p[5] == '(') return false;
        if (!set_kind(c, *p == 't' ? 't' : bonds ? 'e' : 'd') || !set_size(c, atoi(p + 1)))
            return false;
        const size_t k = p[5] == '/' ? 6 : 5;
        const size_t more = branch_at(p + k, c);
        memmove(p + 1, p + k + more, strlen(p + k + more) + 1);
        *p = ' ';
    }
    return true;
}

/* "iso-C17", "anteiso C17", "C20" in front of a word for the base; its characters at s. */
static size_t size_at(const char *s, ceramide *c) {
    const char *at = s;
    char branch = 0;
    if (plain_begins_so(at, "anteiso"))
        branch = 'a', at += 7;
    else if (plain_begins_so(at, "iso"))
        branch = 'i', at += 3;
    if (branch && (*at == '-' || *at == ' ')) at++;
    static const char *const words[] = {"methyl-branched ", "methyl ", "branched "};
    for (size_t i = 0; i < MG_COUNT(words) && branch; i++)
        if (plain_begins_so(at, words[i])) {
            at += strlen(words[i]);
            break;
        }
    if (*at != 'C' || !isdigit((unsigned char)at[1]) || !isdigit((unsigned char)at[2])) return 0;
    const int carbons = atoi(at + 1);
    at += 3;
    while (*at == ' ' || *at == '-') at++;
    if (!set_size(c, carbons)) return 0;
    if (branch) c->branch = branch;
    return (size_t)(at - s);
}

/* Words for the base, with its size in front. */
static bool take_base(char *s, ceramide *c) {
    static const struct {
        const char *words;
        char kind; /* 0: any */
        bool amide;
    } bases[] = {
        {"4-hydroxysphinganine|phytosphingosine|phyto base|phytosphingosine base|phyto-sphingosine",
         't', false},
        {"dihydrosphingosine|sphinganine|sphinganine base", 'd', false},
        {"sphingosine base|sphingosine", 'e', false},
        {"phytoceramide", 't', true},
        {"dihydroceramide", 'd', true},
        {"sphingoid base|long chain base|long-chain base|LCB|base", 0, false}};
    for (size_t i = 0; i < MG_COUNT(bases); i++)
        for (const char *w = bases[i].words; *w;) {
            char word[40];
            const size_t k = strcspn(w, "|");
            snprintf(word, sizeof word, "%.*s", (int)k, w);
            w += k + (w[k] == '|');
            for (char *p = s; *p; p++) {
                if (p > s && isalnum((unsigned char)p[-1])) continue;
                ceramide own = *c;
                size_t n = size_at(p, &own);
                if (n && plain_begins(p + n, "saturated ")) n += 10;
                if (strncasecmp(p + n, word, k) != 0 || isalnum((unsigned char)p[n + k])) continue;
                if (!bases[i].kind && !n) continue;
                *c = own;
                if (bases[i].kind && !set_kind(c, bases[i].kind)) return false;
                c->amide |= bases[i].amide;
                memmove(p + 1, p + n + k, strlen(p + n + k) + 1);
                *p = ' ';
            }
        }
    return true;
}

/* "4-hydroxy C20 sphinganine" is C20 4-hydroxysphinganine. */
static void turn_phyto(char *s) {
    static const char word[] = "4-hydroxy", base[] = "sphinganine";
    char *at = strcasestr(s, word), size[12];
    if (!at) return;
    char *from = at + sizeof word - 1;
    const size_t blank = strspn(from, " -"), n = strspn(from + blank, "C0123456789");
    const char *behind = from + blank + n;
    const size_t gap = strspn(behind, " -");
    if (!blank || n > 3 || (n && !gap) || !plain_begins(behind + gap, base)) return;
    snprintf(size, sizeof size, "%.*s%s", (int)n, from + blank, n ? " " : "");
    memmove(at + strlen(size) + sizeof word - 1, behind + gap, strlen(behind + gap) + 1);
    memcpy(at, size, strlen(size));
    memcpy(at + strlen(size), word, sizeof word - 1);
}

/* "behenamide" is behenoyl on the amine. */
static void turn_amide(char *s) {
    for (char *at = s; (at = strstr(at, "amide")) != NULL; at++)
        if (at > s + 3 && isalpha((unsigned char)at[-1]) && !isalnum((unsigned char)at[5]) &&
            strncmp(at - 3, "cer", 3) != 0) {
            memcpy(at, "oyl", 3);
            memmove(at + 3, at + 5, strlen(at + 5) + 1);
        }
}

/* Classes and heads. */
static bool take_class(char *s, ceramide *c, bool *any) {
    static const struct {
        const char *words, *sugar, *tail;
        char kind;
        bool alpha;
    } rows[] = {
        {"dihydrosphingomyelin|DHSM", "", "-1-phosphocholine", 'd', false},
        {"sphingomyelin|SM", "", "-1-phosphocholine", 0, false},
        {"glucosyl dihydroceramide|glucosyldihydroceramide|dihydroglucosylceramide",
         "1-O-beta-D-glucosyl-", "", 'd', false},
        {"galactosyl dihydroceramide|galactosyldihydroceramide", "1-O-beta-D-galactosyl-", "", 'd',
         false},
        {"glucosyl phytoceramide", "1-O-beta-D-glucosyl-", "", 't', false},
        {"alpha-galactosyl phytoceramide|alpha galactosyl phytoceramide|alpha-Gal phytoceramide",
         "1-O-alpha-D-galactosyl-", "", 't', false},
        {"alpha-GalCer|alphaGalCer|aGalCer|alpha-galactosylceramide|alpha-galactosyl "
         "ceramide|alpha "
         "galactosyl ceramide|a-GalCer|alpha GalCer",
         "1-O-alpha-D-galactosyl-", "", 0, true},
        {"alpha-glucosylceramide|alpha-glucosyl ceramide", "1-O-alpha-D-glucosyl-", "", 0, true},
        {"glucosylceramide|glucosyl ceramide|GlcCer|glucocerebroside", "1-O-beta-D-glucosyl-", "",
         0, false},
        {"galactosylceramide|galactosyl ceramide|GalCer|galactocerebroside|beta-GalCer",
         "1-O-beta-D-galactosyl-", "", 0, false},
        {"ceramide|Cer", "", "", 0, false}};
    bool amide = c->amide;
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        if (!cut_any(s, rows[i].words)) continue;
        if (*any && (*rows[i].sugar || *rows[i].tail)) return false;
        if (!*any) c->sugar = rows[i].sugar, c->tail = rows[i].tail, c->alpha = rows[i].alpha;
        if (rows[i].kind && !set_kind(c, rows[i].kind)) return false;
        *any = true;
        amide = true;
    }
    c->amide = amide;
    if (cut_any(s, "1-phosphate|1-phosphates")) {
        if (*c->sugar || *c->tail) return false;
        c->tail = "-1-phosphate";
    }
    return true;
}

/* What is left is the acid; false: it is none. */
static bool take_acid(char *s, ceramide *c) {
    for (char *p; (p = strstr(s, "(2OH)")) != NULL || (p = strstr(s, "(2-OH)")) != NULL;) {
        const size_t k = p[2] == 'O' ? 5 : 6;
        memset(p, ' ', k);
        memcpy(p, " 2OH", 4);
        p[2] = '-';
        if (k == 6)
            memcpy(p, " 2-OH ", 6);
        else {
            if (strlen(s) + 2 >= SPHINGO_TEXT) return false;
            memmove(p + 6, p + 5, strlen(p + 5) + 1);
            memcpy(p, " 2-OH ", 6);
        }
    }
    cut_any(s, "with|of|and|from|a|an|the|on|its|as|amide|amidated|acylated|N-acylated|N-acyl|acyl|"
               "built|by|type|"
               "in|is|whose|having|natural|nematode|saturated|chain|plain|simple|N-linked|at|its|/"
               "|bearing");
    for (char *p = s; *p; p++)
        if (*p == '/' || *p == ',' || *p == '(' || *p == ')') {
            const bool inside = *p == ',' && isdigit((unsigned char)p[1]);
            if (!inside && *p != '(' && *p != ')') *p = ' ';
        }
    if (strspn(s, " ()-") == strlen(s)) return !c->amide;
    if (strcasestr(s, "iso")) return false; /* of the acid, or of the base? */
    if (!acyl_read(s, &c->acid) || c->acid.kind > ACYL_ANION || c->acid.charge != ACYL_NOT_SAID ||
        c->acid.diacid)
        return false;
    if (c->acid.said < 0 && !c->acid.n && !c->acid.base_n && !c->acid.least)
        c->acid.said = 0; /* "C12 acyl" */
    if (!acyl_settle(&c->acid, false)) return false;
    for (int i = 0; i < c->acid.groups; i++)
        if (c->branch && c->acid.group[i].what == 'm') return false; /* of the acid, or the base? */
    c->acyl = true;
    return true;
}

bool plain_sphingo_name(const char *phrase, acyl_charge charge, int sum, char *out, size_t room) {
    char s[SPHINGO_TEXT], stem[40], acid[ACYL_NAME];
    ceramide c = {.sugar = "", .tail = ""};
    bool any = false;
    if (strlen(phrase) + 30 >= sizeof s) return false;
    snprintf(s, sizeof s, "%s", phrase);
    if (!strcasestr(s, "cer") && !strcasestr(s, "sphing") && !strstr(s, "SM")) return false;
    turn_phyto(s);
    turn_amide(s);
    if (!take_class(s, &c, &any) || !take_numbers(s, &c) || !take_base(s, &c)) return false;
    if (!c.kind && !any) return false;
    if (!c.kind && c.alpha) return false;
    if (!c.kind && (c.carbons || c.branch || strstr(phrase, "4-hydroxy"))) return false;
    if (!c.kind) c.kind = 'e';
    if (!take_acid(s, &c) || (c.amide && !c.acyl)) return false;
    if (!c.acyl && *c.sugar) return false;
    if (!c.carbons) c.carbons = 18;
    const int main = c.carbons - (c.branch ? 1 : 0);
    if (!acyl_stem(main, stem) || (c.kind == 'e' && c.branch == 'a' && main < 10)) return false;
    size_t n = 0;
    if (c.acyl && !acyl_name(&c.acid, "oyl", acid)) return false;
    if (c.acyl) n += (size_t)snprintf(out, room, "N-[%s]-", acid);
    n += (size_t)snprintf(out + n, room - n, "%s%s", c.sugar, c.kind == 't' ? "4-hydroxy" : "");
    if (c.branch)
        n += (size_t)snprintf(out + n, room - n, "%s%d-methyl", c.kind == 't' ? "-" : "",
                              main - (c.branch == 'i' ? 1 : 2));
    n += (size_t)snprintf(out + n, room - n, "%s%s", main == 18 ? "" : stem, main == 18 ? "" : "a");
    n += (size_t)snprintf(out + n, room - n, "%s%s",
                          c.kind != 'e' ? "sphinganine"
                          : main == 18  ? "sphingosine"
                                        : "sphing-4-enine",
                          c.tail);
    if (n + 20 >= room) return false;
    const bool choline = strstr(c.tail, "choline") != NULL, phosphate = !choline && *c.tail;
    if (charge == ACYL_NOT_SAID || charge == ACYL_NEUTRAL) return true;
    if (choline) return charge == ACYL_INNER;
    if (c.acyl && phosphate && charge != ACYL_INNER && (charge == ACYL_ALL || sum == -2)) {
        snprintf(out + n, room - n, "(2-)");
        return true;
    }
    if (!c.acyl && phosphate && charge == ACYL_SUM && sum == -1) {
        snprintf(out + n, room - n, "(1-)");
        return true;
    }
    if (!c.acyl && !phosphate && charge == ACYL_SUM && sum == 1) {
        snprintf(out + n, room - n, "(1+)");
        return true;
    }
    return false;
}
