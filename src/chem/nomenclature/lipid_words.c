/* lipid_words.c - chains as a lipid's name says them, spelled as the general grammar wants them:
 *
 *   oleoyl, 12-hydroxyoleoyl                a chain's common name      (9z)-octadec-9-enoyl
 *   (4z,7z)-hexadecadienoyl                 locants in the labels      (4z,7z)-hexadeca-4,7-dienoyl
 *   9-octadecenoyl, 9z-octadecenoyl         locants in front
 *   trans-2-nonenoic, cis,cis-deca-2,4-     cis and trans of chains
 *   isopentadecanoyl, anteisopentadecanoyl  methyl at the end          13-methyltetradecanoyl
 *   (12s)-hydroperoxy-                      a label is the locant      (12s)-12-hydroperoxy-
 *   omega-hydroxyoctacosanoyl               the last carbon            28-hydroxyoctacosanoyl
 *
 * Each word by itself, and what stands in brackets by itself.
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 6, LABELS = 12 };

typedef struct text {
    char s[LIPID_TEXT];
    size_t n;
    bool full;
} text;

static void splice(text *t, size_t at, size_t cut, const char *with) {
    const size_t k = strlen(with);
    if (t->n - cut + k + 1 > sizeof t->s) {
        t->full = true;
        return;
    }
    memmove(t->s + at + k, t->s + at + cut, t->n - at - cut + 1);
    memcpy(t->s + at, with, k);
    t->n = t->n - cut + k;
}

/* Adds to the end. */
static void put(text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int k = vsnprintf(t->s + t->n, sizeof t->s - t->n, format, args);
    va_end(args);
    if (k < 0 || (size_t)k >= sizeof t->s - t->n)
        t->full = true;
    else
        t->n += (size_t)k;
}

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }
static bool digit(char c) { return isdigit((unsigned char)c) != 0; }
static bool letter(char c) { return isalpha((unsigned char)c) != 0; }

/* The bracket that closes the one at i; the end: none does. */
static size_t closing(const text *t, size_t i) {
    int depth = 0;
    for (size_t k = i; k < t->n; k++) {
        depth += strchr("([{", t->s[k]) != NULL;
        depth -= strchr(")]}", t->s[k]) != NULL;
        if (!depth) return k;
    }
    return t->n;
}

/* The next place outside of brackets, from i on. */
static size_t outside(const text *t, size_t i) {
    while (i < t->n && strchr("([{", t->s[i])) {
        const size_t k = closing(t, i);
        if (k >= t->n) return t->n;
        i = k + 1;
    }
    return i;
}

/* ---- stereo labels ---- */

typedef struct labels {
    int n, locant[LABELS];
    char mark[LABELS]; /* r, s, e, z */
} labels;

/* "9z,12z", "3r,14z": characters; 0: they are none. */
static size_t labels_at(const char *s, labels *out) {
    size_t k = 0;
    out->n = 0;
    while (out->n < LABELS && digit(s[k])) {
        const int locant = atoi(s + k);
        while (digit(s[k])) k++;
        if (locant < 1 || locant > LIPID_LONGEST_CHAIN || !s[k] || !strchr("rsez", s[k])) return 0;
        out->locant[out->n] = locant;
        out->mark[out->n++] = s[k++];
        if (s[k] != ',') return k;
        k++;
    }
    return 0;
}

/* Those of a bracket at i, "(9z,12z)"; its length, 0. */
static size_t bracket_at(const text *t, size_t i, labels *out) {
    if (t->s[i] != '(') return 0;
    const size_t k = labels_at(t->s + i + 1, out);
    return k && t->s[i + 1 + k] == ')' ? k + 2 : 0;
}

/* The locants of double bonds that the brackets of a word tell. */
static int double_bonds(const text *t, int out[LABELS]) {
    int n = 0;
    for (size_t i = 0; i < t->n; i++) {
        labels l;
        const size_t k = bracket_at(t, i, &l);
        for (int j = 0; k && j < l.n; j++)
            if (strchr("ez", l.mark[j]) && n < LABELS) out[n++] = l.locant[j];
        if (strchr("([{", t->s[i])) i = closing(t, i);
    }
    return n;
}

/* "5z,8z-icosadienoyl", "15s-hydroxy": brackets round them. */
static void bracket_bare(text *t) {
    for (size_t i = 0; (i = outside(t, i)) < t->n; i++) {
        labels l;
        if (i && t->s[i - 1] != '-') continue;
        const size_t k = labels_at(t->s + i, &l);
        if (!k || t->s[i + k] != '-') continue;
        splice(t, i, 0, "(");
        splice(t, i + 1 + k, 0, ")");
        i += k + 1;
    }
    for (size_t i = 0; i + 4 < t->n; i++) { /* "5(s)-hydroxy" */
        size_t k = i;
        while (digit(t->s[k])) k++;
        if (k == i || t->s[k] != '(' || !strchr("rsez", t->s[k + 1]) || t->s[k + 2] != ')')
            continue;
        if (i && t->s[i - 1] != '-') continue;
        memmove(t->s + i + 1, t->s + i, k - i);
        t->s[i] = '(';
        i = k + 2;
    }
}

/* ---- common names ---- */

static const struct {
    const char *stem, *chain; /* before "oyl", "ic acid", "oic acid", "ate" */
} COMMON[] = {{"laur", "dodecan"},
              {"myrist", "tetradecan"},
              {"palmit", "hexadecan"},
              {"margar", "heptadecan"},
              {"stear", "octadecan"},
              {"arachid", "icosan"},
              {"behen", "docosan"},
              {"lignocer", "tetracosan"},
              {"cerot", "hexacosan"},
              {"montan", "octacosan"},
              {"meliss", "triacontan"},
              {"lacer", "dotriacontan"},
              {"pelargon", "nonan"},
              {"caprole", "dec-9-en"},
              {"myristole", "(9z)-tetradec-9-en"},
              {"palmitole", "(9z)-hexadec-9-en"},
              {"palmitelaid", "(9e)-hexadec-9-en"},
              {"sapien", "(6z)-hexadec-6-en"},
              {"ole", "(9z)-octadec-9-en"},
              {"elaid", "(9e)-octadec-9-en"},
              {"petroselin", "(6z)-octadec-6-en"},
              {"petroselaid", "(6e)-octadec-6-en"},
              {"cis-vaccen", "(11z)-octadec-11-en"},
              {"trans-vaccen", "(11e)-octadec-11-en"},
              {"gond", "(11z)-icos-11-en"},
              {"gadole", "(9z)-icos-9-en"},
              {"cetole", "(11z)-docos-11-en"},
              {"eruc", "(13z)-docos-13-en"},
              {"brassid", "(13e)-docos-13-en"},
              {"nervon", "(15z)-tetracos-15-en"},
              {"linole", "(9z,12z)-octadeca-9,12-dien"},
              {"linolelaid", "(9e,12e)-octadeca-9,12-dien"},
              {"alpha-linolen", "(9z,12z,15z)-octadeca-9,12,15-trien"},
              {"gamma-linolen", "(6z,9z,12z)-octadeca-6,9,12-trien"},
              {"dihomo-gamma-linolen", "(8z,11z,14z)-icosa-8,11,14-trien"},
              {"dihomo-linole", "(11z,14z)-icosa-11,14-dien"},
              {"bishomo-gamma-linolen", "(8z,11z,14z)-icosa-8,11,14-trien"},
              {"alpha-eleostear", "(9z,11e,13e)-octadeca-9,11,13-trien"},
              {"stearidon", "(6z,9z,12z,15z)-octadeca-6,9,12,15-tetraen"},
              {"arachidon", "(5z,8z,11z,14z)-icosa-5,8,11,14-tetraen"},
              {"timnodon", "(5z,8z,11z,14z,17z)-icosa-5,8,11,14,17-pentaen"},
              {"adren", "(7z,10z,13z,16z)-docosa-7,10,13,16-tetraen"},
              {"clupanodon", "(7z,10z,13z,16z,19z)-docosa-7,10,13,16,19-pentaen"},
              {"cervon", "(4z,7z,10z,13z,16z,19z)-docosa-4,7,10,13,16,19-hexaen"},
              {"ricinole", "(9z,12r)-12-hydroxyoctadec-9-en"},
              {"croton", "(2e)-but-2-en"},
              {"3-methylcroton", "3-methylbut-2-en"},
              {"tigl", "(2e)-2-methylbut-2-en"},
              {"angel", "(2z)-2-methylbut-2-en"},
              {"cinnam", "(2e)-3-phenylprop-2-en"},
              {"ferul", "(2e)-3-(4-hydroxy-3-methoxyphenyl)prop-2-en"},
              {"caffe", "(2e)-3-(3,4-dihydroxyphenyl)prop-2-en"},
              {"p-coumar", "(2e)-3-(4-hydroxyphenyl)prop-2-en"},
              {"4-coumar", "(2e)-3-(4-hydroxyphenyl)prop-2-en"},
              {"sinap", "(2e)-3-(4-hydroxy-3,5-dimethoxyphenyl)prop-2-en"},
              {"senecio", "3-methylbut-2-en"},
              {"phytan", "3,7,11,15-tetramethylhexadecan"},
              {"pristan", "2,6,10,14-tetramethylpentadecan"}},
  WHOLE[] = {{"caproyl", "hexanoyl"},
             {"caproic", "hexanoic"},
             {"capryloyl", "octanoyl"},
             {"caprylic", "octanoic"},
             {"capric", "decanoic"},
             {"crotonyl", "(2e)-but-2-enoyl"},
             {"tiglyl", "(2e)-2-methylbut-2-enoyl"},
             {"oleyl", "(9z)-octadec-9-enyl"},
             {"valeroyl", "pentanoyl"},
             {"valeryl", "pentanoyl"},
             {"butyryl", "butanoyl"},
             {"propionyl", "propanoyl"},
             {"isobutyryl", "2-methylpropanoyl"},
             {"2-furoyl", "furan-2-carbonyl"},
             {"3-furoyl", "furan-3-carbonyl"},
             {"isobutanoyl", "2-methylpropanoyl"},
             {"isobutanoic", "2-methylpropanoic"},
             {"isovaleryl", "3-methylbutanoyl"},
             {"acetoacetyl", "3-oxobutanoyl"},
             {"acryloyl", "prop-2-enoyl"},
             {"acrylyl", "prop-2-enoyl"},
             {"methacryloyl", "2-methylprop-2-enoyl"},
             {"methacrylyl", "2-methylprop-2-enoyl"},
             {"malonyl", "propanedioyl"},
             {"succinyl", "butanedioyl"},
             {"glutaryl", "pentanedioyl"},
             {"adipoyl", "hexanedioyl"},
             {"adipyl", "hexanedioyl"},
             {"pimeloyl", "heptanedioyl"},
             {"pimelyl", "heptanedioyl"},
             {"suberoyl", "octanedioyl"},
             {"suberyl", "octanedioyl"},
             {"azelaoyl", "nonanedioyl"},
             {"azelayl", "nonanedioyl"},
             {"sebacoyl", "decanedioyl"},
             {"fumaroyl", "(2e)-but-2-enedioyl"},
             {"fumaryl", "(2e)-but-2-enedioyl"},
             {"maleoyl", "(2z)-but-2-enedioyl"},
             {"maleyl", "(2z)-but-2-enedioyl"},
             {"heneicos", "henicos"}},
  ENDINGS[] = {{"oyl", "oyl"}, {"oic", "oic"}, {"ic", "oic"}, {"ate", "oate"}};

/* Whether a common name may begin at i: at a beginning, or behind what is put on it. */
static bool may_begin(const text *t, size_t i) {
    static const char *const before[] = {"hydroxy", "oxo",     "methyl", "hydroperoxy",
                                         "epoxy",   "iso",     "amino",  "fluoro",
                                         "keto",    "carboxy", "ethyl"};
    if (!i || !letter(t->s[i - 1])) return true;
    for (size_t k = 0; k < MG_COUNT(before); k++) {
        const size_t n = strlen(before[k]);
        if (i >= n && !strncmp(t->s + i - n, before[k], n)) return true;
    }
    return false;
}

/* What stands for the common name at i; its length, 0; with[] gets the ending too. */
static size_t common_at(const text *t, size_t i, char with[120]) {
    size_t best = 0;
    for (size_t k = 0; k < MG_COUNT(COMMON); k++) {
        const size_t stem = strlen(COMMON[k].stem);
        if (!begins(t->s + i, COMMON[k].stem)) continue;
        for (size_t e = 0; e < MG_COUNT(ENDINGS); e++) {
            const size_t n = stem + strlen(ENDINGS[e].stem);
            if (n <= best || !begins(t->s + i + stem, ENDINGS[e].stem)) continue;
            if (letter(t->s[i + n]) && (e || !begins(t->s + i + n, "oxy"))) continue;
            best = n;
            snprintf(with, 120, "%s%s", COMMON[k].chain, ENDINGS[e].chain);
        }
    }
    for (size_t k = 0; k < MG_COUNT(WHOLE); k++) {
        const size_t n = strlen(WHOLE[k].stem);
        if (n <= best || !begins(t->s + i, WHOLE[k].stem)) continue;
        if (letter(t->s[i + n]) && t->s[i + n - 1] == 'l' && !begins(t->s + i + n, "oxy")) continue;
        best = n;
        snprintf(with, 120, "%s", WHOLE[k].chain);
    }
    return best;
}

/* Whether a locant in front of i is one of a double bond in the labels that follow: "15-hydroxy" of
 * arachidonic acid moves its bonds. */
static bool on_bond(const text *t, size_t i, const char *labelled) {
    labels l;
    if (*labelled != '(' || !labels_at(labelled + 1, &l) || !letter(strchr(labelled, ')')[2]))
        return false;
    if ((strstr(t->s, "beta-") || strstr(t->s, "alpha-")) && l.locant[0] == 2) return true;
    for (size_t k = 0; (k = outside(t, k)) < i; k++) {
        if (!digit(t->s[k]) || (k && digit(t->s[k - 1]))) continue;
        const int at = atoi(t->s + k);
        for (int j = 0; j < l.n; j++)
            if (at == l.locant[j] || at == l.locant[j] + 1) return true;
    }
    return false;
}

static void put_common(text *t) {
    for (size_t i = 0; (i = outside(t, i)) < t->n; i++) {
        char with[120];
        if (!may_begin(t, i)) continue;
        const size_t n = common_at(t, i, with);
        if (!n) continue;
        t->full |= on_bond(t, i, with);
        char *open = with; /* its geometry may stand in front: "(9z)-myristoleoyl" */
        if (*with == '(' && i > 2 && t->s[i - 1] == '-' && t->s[i - 2] == ')') {
            const size_t k = strcspn(with, ")") + 1;
            if (i > k && !strncmp(t->s + i - 1 - k, with, k)) open = with + k + 1;
        }
        if (begins(open, "(2e)-3-")) { /* "trans-cinnamoyl"; "3-nitro" would be on its ring */
            const size_t e = begins(t->s, "trans-") ? 6 : begins(t->s, "(e)-") ? 4 : 0;
            if (i != e) continue;
            if (e) splice(t, 0, e, ""), i = 0;
        }
        const bool joined = i && letter(t->s[i - 1]) && (*open == '(' || digit(*open));
        char whole[124];
        snprintf(whole, sizeof whole, "%s%s", joined ? "-" : "", open);
        splice(t, i, n, whole);
        i += strlen(whole) - 1;
    }
}

/* ---- the chain ---- */

typedef struct chain {
    size_t at, stem, open; /* where it begins, where its stem ends, where "dien" begins */
    size_t end;            /* behind "an", "en" */
    int carbons, bonds;    /* bonds: 0 for "an" */
    bool located;          /* "octadec-9-en" */
} chain;

/* "1-ol", "1-yl" of "octadecen-1-ol". */
static bool ends_located(const char *s) {
    const size_t n = strspn(s, "0123456789");
    return n && (!strcmp(s + n, "-ol") || !strcmp(s + n, "-yl") || !strcmp(s + n, "-amine"));
}

/* The first chain of a word that ends in an acid's, acyl's or alkyl's way. */
static bool find_chain(const text *t, size_t from, chain *c) {
    for (size_t i = from; (i = outside(t, i)) < t->n; i++) {
        size_t stem, times = 0;
        const int carbons = name_stem(t->s + i, t->n - i, &stem);
        if (carbons < 3 || (i >= 5 && begins(t->s + i - 5, "cyclo"))) continue;
        size_t k = i + stem;
        *c = (chain){.at = i, .stem = k, .carbons = carbons};
        if (begins(t->s + k, "an") && (t->s[k + 2] == 'o' || t->s[k + 2] == 'e' || !t->s[k + 2])) {
            c->open = k;
            c->end = k + 2;
            return true;
        }
        const bool a = t->s[k] == 'a';
        k += a;
        if (t->s[k] == '-') {
            const char *en = strstr(t->s + k, "en"), *yn = strstr(t->s + k, "yn");
            const char *end = en && (!yn || en < yn) ? en : yn;
            if (!end) continue;
            c->located = true;
            c->end = (size_t)(end - t->s) + 2;
            return true;
        }
        const int many = a ? name_multiplier(t->s + k, t->n - k, &times) : 0;
        if (many > 1 && begins(t->s + k + times, "en")) k += times;
        if (!begins(t->s + k, "en") || (t->s[k + 2] == '-' && !ends_located(t->s + k + 3)))
            continue;
        c->open = k - times;
        c->end = k + 2;
        c->bonds = many > 1 && times ? many : 1;
        return true;
    }
    return false;
}

/* "9,12-" right before i: where it begins; i: none. */
static size_t locants_before(const text *t, size_t i, int out[LABELS], int *n) {
    size_t k = i;
    *n = 0;
    if (k < 2 || t->s[k - 1] != '-') return i;
    k--;
    while (k && (digit(t->s[k - 1]) || t->s[k - 1] == ',')) k--;
    if (k == i - 1 || !digit(t->s[k]) || (k && !strchr("-)", t->s[k - 1]))) return i;
    for (const char *s = t->s + k; digit(*s) && *n < LABELS;) {
        out[(*n)++] = atoi(s);
        while (digit(*s)) s++;
        if (*s == ',') s++;
    }
    return k;
}

static bool same_places(const int *a, int n, const int *b, int m) {
    for (int i = 0; i < n; i++) {
        bool there = false;
        for (int j = 0; j < m; j++) there |= a[i] == b[j];
        if (!there) return false;
    }
    return n == m;
}

static void locate_bonds(text *t) {
    chain c;
    int unsaturated = 0;
    for (size_t from = 0; find_chain(t, from, &c); from = c.end)
        unsaturated += c.bonds || c.located;
    if (unsaturated != 1) return; /* none, or whose the labels are is not said */
    for (size_t from = 0; find_chain(t, from, &c); from = c.end) {
        int place[LABELS], front[LABELS], n_front;
        int n = double_bonds(t, place);
        if (!c.bonds || c.located) continue;
        const size_t before = locants_before(t, c.at, front, &n_front);
        if (n != c.bonds && n_front == c.bonds) /* "9-octadecenoyl" */
            memcpy(place, front, sizeof front), n = n_front;
        if (n != c.bonds || (n_front == n && !same_places(front, n, place, n)))
            continue; /* "(3e)-2-hexenoyl" */
        text with = {0};
        put(&with, "%s", n > 1 ? "a-" : "-");
        for (int i = 0; i < n; i++) put(&with, "%s%d", i ? "," : "", place[i]);
        put(&with, "%s", "-");
        splice(t, c.stem, c.open - c.stem, with.s);
        if (n_front && same_places(front, n_front, place, n)) splice(t, before, c.at - before, "");
    }
}

/* ---- cis and trans ---- */

/* "trans", "cis" at i; 'e', 'z', 0. */
static char geometry(const char *s, size_t *n) {
    *n = begins(s, "trans") ? 5 : begins(s, "cis") ? 3 : 0;
    return *n == 5 ? 'e' : *n ? 'z' : 0;
}

/* Whether a group is said to stand on the double bond at one of these places: there cis is not
 * always Z. */
static bool substituted(const text *t, const int *place, int n) {
    chain c;
    if (!find_chain(t, 0, &c)) return true;
    for (size_t i = 0; (i = outside(t, i)) < c.at; i++) {
        if (!digit(t->s[i]) || (i && digit(t->s[i - 1]))) continue;
        size_t k = i;
        while (digit(t->s[k]) || t->s[k] == ',') k++;
        if (k + 1 == c.at) continue; /* the chain's own */
        const int at = atoi(t->s + i);
        for (int j = 0; j < n; j++)
            if (at == place[j] || at == place[j] + 1) return true;
    }
    return false;
}

/* The locants of "-9,12-dien" in the chain. */
static int located_bonds(const text *t, int out[LABELS]) {
    chain c;
    int n = 0;
    if (!find_chain(t, 0, &c) || !c.located) return 0;
    const char *s = t->s + c.stem;
    s += *s == 'a';
    for (s++; digit(*s) && n < LABELS;) {
        out[n++] = atoi(s);
        while (digit(*s)) s++;
        if (*s == ',') s++;
    }
    return n;
}

/* "(2-trans,6-cis)-", "trans-2-", "cis,cis-", "all-cis-5,8-" at the beginning. */
static void label_geometry(text *t) {
    char mark[LABELS];
    int place[LABELS], n = 0, places = 0;
    size_t k = 0, w;
    const bool bracket = *t->s == '(', all = begins(t->s, "all-");
    if (bracket) {
        for (k = 1; digit(t->s[k]) && n < LABELS;) {
            place[n] = atoi(t->s + k);
            while (digit(t->s[k])) k++;
            if (t->s[k] != '-' || !(mark[n] = geometry(t->s + k + 1, &w))) return;
            n++, k += 1 + w;
            if (t->s[k] == ',') k++;
        }
        if (!n || t->s[k] != ')' || t->s[k + 1] != '-') return;
        k += 2;
        splice(t, 0, k, "");
    } else if (digit(*t->s)) { /* "3-cis-dodecenoyl" */
        while (digit(t->s[k]) && n < LABELS) {
            place[n] = atoi(t->s + k);
            while (digit(t->s[k])) k++;
            if (t->s[k] != '-' || !(mark[n] = geometry(t->s + k + 1, &w))) return;
            n++, k += 1 + w;
            if (t->s[k] == ',') k++;
        }
        if (t->s[k] != '-') return;
        splice(t, 0, k + 1, "");
    } else {
        k = all ? 4 : 0;
        while (n < LABELS && (mark[n] = geometry(t->s + k, &w))) {
            n++, k += w;
            if (t->s[k] != ',') break;
            k++;
        }
        if (!n || t->s[k] != '-') return;
        text rest = *t;
        splice(&rest, 0, k + 1, "");
        size_t at = 0; /* locants right behind it, or in the chain */
        while (digit(rest.s[at]) && places < LABELS) {
            place[places++] = atoi(rest.s + at);
            while (digit(rest.s[at])) at++;
            if (rest.s[at] == ',') at++;
        }
        chain c;
        if (!places || rest.s[at] != '-' || !find_chain(&rest, 0, &c) || c.located)
            places = located_bonds(&rest, place);
        if (all && n == 1)
            for (; n < places && n < LABELS; n++) mark[n] = *mark;
        if (n != places) return;
        *t = rest;
    }
    if (substituted(t, place, n)) {
        t->full = true; /* refused */
        return;
    }
    text with = {0};
    for (int i = 0; i < n; i++) put(&with, "%s%d%c", i ? "," : "(", place[i], mark[i]);
    put(&with, "%s", ")-");
    splice(t, 0, 0, with.s);
}

/* ---- other ways to say a place ---- */

/* "3-keto", "beta-hydroxy". */
static void put_numbers(text *t) {
    static const char *const greek[] = {"alpha-", "beta-", "gamma-", "delta-"}, *const groups[] = {
                                                                                    "hydroxy",
                                                                                    "keto", "oxo",
                                                                                    "methyl",
                                                                                    "amino"};
    chain c;
    if (!find_chain(t, 0, &c)) return;
    for (int g = 0; g < 4; g++) {
        const size_t k = strlen(greek[g]);
        if (!begins(t->s, greek[g])) continue;
        for (size_t i = 0; i < MG_COUNT(groups); i++) {
            if (!begins(t->s + k, groups[i])) continue;
            const char number[] = {(char)('2' + g), '-', 0};
            splice(t, 0, k, number);
            break;
        }
    }
    for (size_t i = 0; i + 5 < t->n; i++)
        if (begins(t->s + i, "-keto") && i && digit(t->s[i - 1])) splice(t, i + 1, 4, "oxo");
}

/* "octanedioyl" binds by one end: "7-carboxyheptanoyl", "but-2-enedioyl": "3-carboxyprop-2-enoyl".
 */
static void put_diacyl(text *t) {
    chain c;
    const size_t n = t->n;
    if (n < 8 || strcmp(t->s + n - 7, "edioyl") == 0 || strcmp(t->s + n - 6, "edioyl") != 0) return;
    if (!find_chain(t, 0, &c)) return;
    for (chain next; find_chain(t, c.end, &next);) c = next; /* the last one */
    if (c.carbons < 3) return;
    char stem[24], with[48];
    splice(t, n - 6, 6, "oyl");
    lipid_stem(c.carbons - 1, stem);
    const bool joined = c.at && letter(t->s[c.at - 1]);
    snprintf(with, sizeof with, "%s%d-carboxy%s", joined ? "-" : "", c.carbons - 1, stem);
    splice(t, c.at, c.stem - c.at, with);
    const size_t from = *t->s == '(' && closing(t, 0) + 2 < t->n ? closing(t, 0) + 2 : 0;
    if (begins(t->s + from, "methyl-") || begins(t->s + from, "ethyl-"))
        splice(t, from, 0, "2-"); /* of malonyl */
}

/* "isopentadecan": a methyl group on the last carbon but one, the last but two for "anteiso". */
static void put_iso(text *t) {
    for (size_t i = 0; (i = outside(t, i)) < t->n; i++) {
        chain c;
        const size_t word = begins(t->s + i, "anteiso") ? 7 : begins(t->s + i, "iso") ? 3 : 0;
        if (!word) continue;
        if (!find_chain(t, i + word, &c) || c.at != i + word) continue;
        if (c.carbons < 6 || c.carbons > LIPID_LONGEST_CHAIN) continue;
        char with[64], stem[24];
        lipid_stem(c.carbons - 1, stem);
        const bool joined = i && letter(t->s[i - 1]);
        snprintf(with, sizeof with, "%s%d-methyl%s", joined ? "-" : "",
                 c.carbons - (word == 3 ? 2 : 3), stem);
        splice(t, i, c.stem - i, with);
        return;
    }
}

/* "(12s)-hydroperoxy": the label is the locant. */
static void put_label_locants(text *t) {
    static const char *const groups[] = {"hydroxy", "hydroperoxy", "methyl", "amino"};
    for (size_t i = 0; i < t->n; i++) {
        labels l;
        const size_t k = bracket_at(t, i, &l);
        if (k && t->s[i + k] == '-' && letter(t->s[i + k + 1])) {
            const size_t at = i + k + 1;
            size_t times;
            int many = name_multiplier(t->s + at, t->n - at, &times), centres = 0;
            if (!many) many = 1, times = 0;
            for (int j = 0; j < l.n; j++) centres += l.mark[j] == 'r' || l.mark[j] == 's';
            for (size_t g = 0; g < MG_COUNT(groups) && centres == many && centres; g++) {
                if (!begins(t->s + at + times, groups[g])) continue;
                text with = {0};
                for (int j = 0; j < l.n; j++)
                    if (l.mark[j] == 'r' || l.mark[j] == 's')
                        put(&with, "%s%d", with.n ? "," : "", l.locant[j]);
                put(&with, "%s", "-");
                splice(t, at, 0, with.s);
                break;
            }
        }
        if (strchr("([{", t->s[i])) i = closing(t, i);
    }
}

static void put_omega(text *t) {
    chain c;
    if (!begins(t->s, "omega-") || !find_chain(t, 6, &c)) return;
    for (chain next; find_chain(t, c.end, &next);) c = next; /* the last one */
    char with[8];
    snprintf(with, sizeof with, "%d", c.carbons);
    splice(t, 0, 5, with);
}

/* ---- a word ---- */

static bool spell(const char *s, size_t n, int depth, text *out);

static void spell_brackets(text *t, int depth) {
    for (size_t i = 0; i < t->n && !t->full; i++) {
        labels l;
        if (!strchr("([{", t->s[i])) continue;
        const size_t end = closing(t, i);
        if (end >= t->n) return;
        if (!bracket_at(t, i, &l) && end > i + 1) {
            text inner;
            if (!spell(t->s + i + 1, end - i - 1, depth + 1, &inner))
                t->full = true;
            else
                splice(t, i + 1, end - i - 1, inner.s);
        }
        i = closing(t, i);
    }
}

static void spell_word(text *t, int depth) {
    spell_brackets(t, depth);
    put_common(t);
    put_numbers(t);
    label_geometry(t);
    bracket_bare(t);
    put_iso(t);
    put_omega(t);
    put_label_locants(t);
    locate_bonds(t);
}

static bool spell(const char *s, size_t n, int depth, text *out) {
    *out = (text){0};
    if (depth > DEEPEST || n >= NAME_LONGEST) return false;
    text word;
    for (size_t i = 0; i < n && !out->full;) {
        word = (text){0};
        int open = 0;
        size_t k = i;
        for (; k < n && (s[k] != ' ' || open > 0); k++)
            open += (strchr("([{", s[k]) != NULL) - (strchr(")]}", s[k]) != NULL);
        memcpy(word.s, s + i, k - i);
        word.n = k - i;
        spell_word(&word, depth);
        out->full |= word.full;
        splice(out, out->n, 0, word.s);
        if (k < n) splice(out, out->n, 0, " ");
        i = k + 1;
    }
    return !out->full;
}

bool lipid_respell(const char *s, size_t n, bool group, char out[LIPID_TEXT]) {
    text t;
    if (!spell(s, n, 0, &t)) return false;
    if (group) put_diacyl(&t);
    if (t.full) return false;
    memcpy(out, t.s, t.n + 1);
    return true;
}

/* ---- numbers ---- */

void lipid_stem(int carbons, char out[24]) {
    static const char *const small[] = {"",    "meth", "eth", "prop", "but", "pent",
                                        "hex", "hept", "oct", "non",  "dec", "undec"},
                             *const ones[] = {"",      "hen",  "do",    "tri",  "tetra",
                                              "penta", "hexa", "hepta", "octa", "nona"},
                             *const tens[] = {"",          "dec",       "cos",     "triacont",
                                              "tetracont", "pentacont", "hexacont"};
    const int ten = carbons / 10, one = carbons % 10;
    if (carbons < 12)
        snprintf(out, 24, "%s", small[carbons]);
    else if (carbons == 20)
        snprintf(out, 24, "icos");
    else if (carbons == 21)
        snprintf(out, 24, "henicos");
    else
        snprintf(out, 24, "%s%s", ones[one], tens[ten]);
}

/* "(9z,12z)": characters. */
static size_t short_labels(const char *s, labels *l) {
    l->n = 0;
    if (*s != '(') return 0;
    const size_t k = labels_at(s + 1, l);
    return k && s[k + 1] == ')' ? k + 2 : 0;
}

/* "(12oh[s])", "(2oh)": characters. */
static size_t short_hydroxy(const char *s, int *at, char *mark) {
    size_t k = 1;
    *at = 0, *mark = 0;
    if (*s != '(' || !digit(s[1])) return 0;
    *at = atoi(s + 1);
    while (digit(s[k])) k++;
    if (!begins(s + k, "oh")) return 0;
    k += 2;
    if (s[k] == '[' && (s[k + 1] == 'r' || s[k + 1] == 's') && s[k + 2] == ']')
        *mark = s[k + 1], k += 3;
    return s[k] == ')' ? k + 1 : 0;
}

size_t lipid_short_chain(const char *s, const char *ending, mg_str *out) {
    static const char *const times[] = {"", "", "di", "tri", "tetra", "penta", "hexa", "hepta"};
    const bool iso = begins(s, "i-"), anteiso = begins(s, "a-");
    const size_t front = iso || anteiso ? 2 : 0;
    char stem[24], mark, *rest;
    if (!digit(s[front])) return 0;
    const long carbons = strtol(s + front, &rest, 10);
    if (*rest != ':' || !digit(rest[1]) || carbons < 2 || carbons > LIPID_LONGEST_CHAIN) return 0;
    const int bonds = atoi(rest + 1);
    size_t k = (size_t)(rest - s) + 1;
    while (digit(s[k])) k++;
    labels l;
    k += short_labels(s + k, &l);
    for (int i = 0; i < l.n; i++)
        if (l.mark[i] != 'e' && l.mark[i] != 'z') return 0;
    int at;
    const size_t hydroxy = short_hydroxy(s + k, &at, &mark);
    k += hydroxy;
    if (l.n != bonds || bonds >= (int)MG_COUNT(times)) return 0;
    if (bonds && (front || !strcmp(ending, "sphing"))) return 0;
    if (mark) mg_str_addf(out, "(%d%c)-", at, mark);
    for (int i = 0; i < bonds; i++)
        mg_str_addf(out, "%s%d%c", i ? "," : "(", l.locant[i], l.mark[i]);
    if (bonds) mg_str_addz(out, ")-");
    if (hydroxy) mg_str_addf(out, "%d-hydroxy%s", at, front ? "-" : "");
    lipid_stem((int)carbons, stem);
    mg_str_addf(out, "%s%s", iso ? "iso" : anteiso ? "anteiso" : "", stem);
    if (bonds) mg_str_addz(out, bonds > 1 ? "a-" : "-");
    for (int i = 0; i < bonds; i++) mg_str_addf(out, "%s%d", i ? "," : "", l.locant[i]);
    if (bonds)
        mg_str_addf(out, "-%sen%s", times[bonds], ending);
    else
        mg_str_addf(out, "%s%s", !strcmp(ending, "yl") ? "" : "an", ending);
    return k;
}
