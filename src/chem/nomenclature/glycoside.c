/* glycoside.c - what a sugar is bound to: flavonoids by their own names, "3-O-methylquercetin", and
 * glycosides named by words behind them: "kaempferol 3-O-rutinoside", "cyanidin 3,5-di-O-beta-D-
 * glucoside", "4-nitrophenol beta-D-galactoside", "apigenin 8-C-beta-D-glucoside".
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- flavonoids ---- */

#define FLAVAN_LOCANTS "1/2/1'/2'/3'/4'/5'/6'/3/4//4a/5/6/7/8/8a"
static const struct {
    const char *smiles, *locants;
} SKELETONS[] = {{"O1C(c2ccccc2)=CC(=O)c2ccccc12", FLAVAN_LOCANTS},
                 {"O1C=C(c2ccccc2)C(=O)c2ccccc12", "1/2/3/1'/2'/3'/4'/5'/6'/4//4a/5/6/7/8/8a"},
                 {"O1[C@H](c2ccccc2)CC(=O)c2ccccc12", FLAVAN_LOCANTS},
                 {"[o+]1c(C2=CC=CC=C2)ccc2ccccc12", "1/2/1'/2'/3'/4'/5'/6'/3/4/4a/5/6/7/8/8a"}};
enum { FLAVONE, ISOFLAVONE, FLAVANONE, FLAVYLIUM }; /* flavanones are 2S */

typedef struct aglycone {
    const char *name;
    int skeleton;
    const char *hydroxy, *methoxy; /* places, "5 7 4'" */
} aglycone;
static const aglycone AGLYCONES[] = {{"apigenin", FLAVONE, "5 7 4'", ""},
                                     {"luteolin", FLAVONE, "5 7 3' 4'", ""},
                                     {"chrysin", FLAVONE, "5 7", ""},
                                     {"baicalein", FLAVONE, "5 6 7", ""},
                                     {"scutellarein", FLAVONE, "5 6 7 4'", ""},
                                     {"diosmetin", FLAVONE, "5 7 3'", "4'"},
                                     {"chrysoeriol", FLAVONE, "5 7 4'", "3'"},
                                     {"acacetin", FLAVONE, "5 7", "4'"},
                                     {"tricetin", FLAVONE, "5 7 3' 4' 5'", ""},
                                     {"tricin", FLAVONE, "5 7 4'", "3' 5'"},
                                     {"hispidulin", FLAVONE, "5 7 4'", "6"},
                                     {"flavonol", FLAVONE, "3", ""},
                                     {"galangin", FLAVONE, "3 5 7", ""},
                                     {"kaempferol", FLAVONE, "3 5 7 4'", ""},
                                     {"kaempferide", FLAVONE, "3 5 7", "4'"},
                                     {"quercetin", FLAVONE, "3 5 7 3' 4'", ""},
                                     {"isorhamnetin", FLAVONE, "3 5 7 4'", "3'"},
                                     {"tamarixetin", FLAVONE, "3 5 7 3'", "4'"},
                                     {"rhamnetin", FLAVONE, "3 5 3' 4'", "7"},
                                     {"myricetin", FLAVONE, "3 5 7 3' 4' 5'", ""},
                                     {"laricitrin", FLAVONE, "3 5 7 4' 5'", "3'"},
                                     {"syringetin", FLAVONE, "3 5 7 4'", "3' 5'"},
                                     {"gossypetin", FLAVONE, "3 5 7 8 3' 4'", ""},
                                     {"quercetagetin", FLAVONE, "3 5 6 7 3' 4'", ""},
                                     {"herbacetin", FLAVONE, "3 5 7 8 4'", ""},
                                     {"fisetin", FLAVONE, "3 7 3' 4'", ""},
                                     {"morin", FLAVONE, "3 5 7 2' 4'", ""},
                                     {"daidzein", ISOFLAVONE, "7 4'", ""},
                                     {"genistein", ISOFLAVONE, "5 7 4'", ""},
                                     {"formononetin", ISOFLAVONE, "7", "4'"},
                                     {"biochanin a", ISOFLAVONE, "5 7", "4'"},
                                     {"calycosin", ISOFLAVONE, "7 3'", "4'"},
                                     {"glycitein", ISOFLAVONE, "7 4'", "6"},
                                     {"prunetin", ISOFLAVONE, "5 4'", "7"},
                                     {"orobol", ISOFLAVONE, "5 7 3' 4'", ""},
                                     {"tectorigenin", ISOFLAVONE, "5 7 4'", "6"},
                                     {"naringenin", FLAVANONE, "5 7 4'", ""},
                                     {"eriodictyol", FLAVANONE, "5 7 3' 4'", ""},
                                     {"hesperetin", FLAVANONE, "5 7 3'", "4'"},
                                     {"homoeriodictyol", FLAVANONE, "5 7 4'", "3'"},
                                     {"isosakuranetin", FLAVANONE, "5 7", "4'"},
                                     {"sakuranetin", FLAVANONE, "5 4'", "7"},
                                     {"pinocembrin", FLAVANONE, "5 7", ""},
                                     {"liquiritigenin", FLAVANONE, "7 4'", ""},
                                     {"pelargonidin", FLAVYLIUM, "3 5 7 4'", ""},
                                     {"cyanidin", FLAVYLIUM, "3 5 7 3' 4'", ""},
                                     {"delphinidin", FLAVYLIUM, "3 5 7 3' 4' 5'", ""},
                                     {"peonidin", FLAVYLIUM, "3 5 7 4'", "3'"},
                                     {"petunidin", FLAVYLIUM, "3 5 7 4' 5'", "3'"},
                                     {"malvidin", FLAVYLIUM, "3 5 7 4'", "3' 5'"},
                                     {"apigeninidin", FLAVYLIUM, "5 7 4'", ""},
                                     {"luteolinidin", FLAVYLIUM, "5 7 3' 4'", ""}};

/* A hydroxy or methoxy group at each of the places. */
static bool put_oxygens(name_fragment *f, const char *places, bool methyl) {
    while (*places) {
        char place[NAME_LOCANT] = "";
        const size_t n = strcspn(places, " ");
        memcpy(place, places, n < NAME_LOCANT ? n : NAME_LOCANT - 1);
        places += n + (places[n] == ' ');
        const int carbon = name_at(f, place), oxygen = name_add(f, methyl ? "OC" : "O", NULL);
        if (carbon < 0 || oxygen < 0 || !name_bind(f, carbon, oxygen, 1)) return false;
        if (!methyl) f->a[oxygen].locant[0] = 'o', memcpy(f->a[oxygen].locant + 1, place, n + 1);
    }
    return true;
}

static bool make(const sugar_parent *p, unsigned without, unsigned filled, name_fragment *f) {
    const aglycone *a = p->aglycone;
    memset(f, 0, sizeof *f);
    if (without || filled) return false;
    return name_add(f, SKELETONS[a->skeleton].smiles, SKELETONS[a->skeleton].locants) >= 0 &&
           put_oxygens(f, a->hydroxy, false) && put_oxygens(f, a->methoxy, true);
}

void sugar_aglycone(name_reader *r, size_t i, size_t end, name_ways *out) {
    for (size_t a = 0; a < MG_COUNT(AGLYCONES); a++) {
        const size_t n = strlen(AGLYCONES[a].name);
        if (end < i + n || !name_is_word(r, end - n, end, AGLYCONES[a].name)) continue;
        const sugar_parent p = {.aglycone = &AGLYCONES[a], .make = make};
        sugar_prefixed(r, i, end - n, &p, out);
    }
}

/* ---- words behind ---- */

enum { PLACES = 8, WORDS = 4 };
typedef struct word {
    char place[PLACES][NAME_LOCANT];
    int places;
    bool on_carbon;
    name_ways sugar;
} word;

/* Disaccharides that have glycosides' names of their own. */
static const char *const RETAINED[][2] = {
    {"rutinoside", "6-o-(alpha-l-rhamnopyranosyl)-beta-d-glucopyranosyl"},
    {"neohesperidoside", "2-o-(alpha-l-rhamnopyranosyl)-beta-d-glucopyranosyl"},
    {"robinobioside", "6-o-(alpha-l-rhamnopyranosyl)-beta-d-galactopyranosyl"},
    {"sophoroside", "2-o-(beta-d-glucopyranosyl)-beta-d-glucopyranosyl"},
    {"gentiobioside", "6-o-(beta-d-glucopyranosyl)-beta-d-glucopyranosyl"},
    {"laminaribioside", "3-o-(beta-d-glucopyranosyl)-beta-d-glucopyranosyl"},
    {"cellobioside", "4-o-(beta-d-glucopyranosyl)-beta-d-glucopyranosyl"},
    {"sambubioside", "2-o-(beta-d-xylopyranosyl)-beta-d-glucopyranosyl"},
    {"primeveroside", "6-o-(beta-d-xylopyranosyl)-beta-d-glucopyranosyl"},
    {"lathyroside", "2-o-(beta-d-xylopyranosyl)-beta-d-galactopyranosyl"}};

static bool replace_end(char *s, const char *end, const char *by) {
    if (!name_ends_with(s, end)) return false;
    memcpy(s + strlen(s) - strlen(end), by, strlen(by) + 1);
    return true;
}

/* The group of a glycoside's text; none: it is no sugar whose anomer is said. */
static void read_sugar(name_reader *r, const char *from, size_t n, name_ways *out) {
    char s[NAME_LONGEST + 1];
    if (n < 6 || n > NAME_LONGEST - 8) return;
    memcpy(s, from, n);
    s[n] = 0;
    if (strchr("[(", s[0]) && strchr("])", s[n - 1])) {
        const name_reader own = {.s = s, .n = n};
        if (name_bracket_end(&own, 0, n) == n - 1) memmove(s, s + 1, n - 2), s[n - 2] = 0;
    }
    bool retained = false;
    for (size_t k = 0; k < MG_COUNT(RETAINED) && !retained; k++) {
        const char *bare = s + (strncmp(s, "beta-", 5) ? 0 : 5);
        retained = !strcmp(bare, RETAINED[k][0]) ||
                   (!strncmp(bare, "d-", 2) && !strcmp(bare + 2, RETAINED[k][0]));
        if (retained) strcpy(s, RETAINED[k][1]);
    }
    if (!retained && !replace_end(s, "oside", "osyl") && !replace_end(s, "uronide", "uronosyl") &&
        !replace_end(s, "osaminide", "osaminyl"))
        return;
    name_reader own = {.s = s,
                       .n = strlen(s),
                       .steps = r->steps,
                       .substituent = r->substituent,
                       .compound = r->compound};
    name_ways found = {0};
    if (!name_open(&own)) own.failed = true;
    if (!own.failed) sugar_read(&own, 0, own.n, SUGAR_GROUP, &found);
    for (int w = 0; w < found.n; w++)
        if (found.f[w]->a[found.f[w]->from].centre) name_keep(r, out, found.f[w]);
    name_ways_free(&found);
    r->steps = own.steps, r->failed |= own.failed;
    name_close(&own);
}

/* "3,7-di-o-" of the word from i on; characters. */
static size_t places_at(const name_reader *r, size_t i, size_t end, word *w) {
    size_t k = i, times = 0;
    for (;;) {
        char *out = w->place[w->places];
        size_t n = 0;
        while (k < end && n < 3 && isdigit((unsigned char)r->s[k])) out[n++] = r->s[k++];
        while (k < end && n && n < 5 && strchr("ab'", r->s[k])) out[n++] = r->s[k++];
        out[n] = 0;
        if (!n || k + 1 >= end) return 0;
        w->places++;
        if (r->s[k] == '-') break;
        if (r->s[k++] != ',' || w->places == PLACES) return 0;
    }
    k++;
    const int count = name_multiplier(r->s + k, end - k, &times);
    if (w->places > 1) {
        if (count != w->places) return 0;
        k += times + (k + times < end && r->s[k + times] == '-');
    }
    if (k + 2 < end && (r->s[k] == 'o' || r->s[k] == 'c') && r->s[k + 1] == '-') {
        w->on_carbon = r->s[k] == 'c';
        k += 2;
    }
    return k - i;
}

/* Where the word from i on ends: a blank or "ide-" before the next locant, outside brackets. */
static size_t word_end(const name_reader *r, size_t i, size_t end) {
    int depth = 0;
    for (size_t k = i; k < end; k++) {
        depth += strchr("([{", r->s[k]) != NULL;
        depth -= strchr(")]}", r->s[k]) != NULL;
        if (depth) continue;
        if (r->s[k] == ' ') return k;
        if (r->s[k] == '-' && k > i + 3 && !strncmp(r->s + k - 3, "ide", 3) && k + 1 < end &&
            isdigit((unsigned char)r->s[k + 1]))
            return k;
    }
    return end;
}

static int read_words(name_reader *r, size_t i, size_t end, word words[WORDS]) {
    int n = 0;
    while (i < end) {
        if (n == WORDS) return 0;
        word *w = &words[n];
        const size_t to = word_end(r, i, end);
        *w = (word){0};
        const size_t m = isdigit((unsigned char)r->s[i]) ? places_at(r, i, to, w) : 0;
        if (!m) w->places = 0;
        if (!m && (isdigit((unsigned char)r->s[i]) || n)) return 0;
        n++;
        read_sugar(r, r->s + i + m, to - i - m, &w->sugar);
        if (w->sugar.n != 1) return 0;
        i = to + 1;
    }
    return n;
}

/* The hydroxy group at a place; without one the only one there is; -1. */
static int hydroxy_at(const name_fragment *f, const char *place) {
    int found = -1;
    for (int o = 0; o < f->n; o++) {
        if (f->a[o].number != 8 || f->a[o].charge || name_free(f, o) != 1) continue;
        int on = -1;
        bool acid = false;
        for (int j = 0; j < f->m; j++)
            if (f->b[j].a == o || f->b[j].b == o) on = f->b[j].a == o ? f->b[j].b : f->b[j].a;
        for (int j = 0; j < f->m && on >= 0; j++)
            acid |= (f->b[j].a == on || f->b[j].b == on) && f->b[j].order == 2 && !f->a[on].flat &&
                    f->a[f->b[j].a == on ? f->b[j].b : f->b[j].a].number == 8;
        if (on < 0 || acid || f->a[on].number != 6) continue;
        if (place && strcmp(f->a[on].locant, place) != 0) continue;
        if (found >= 0) return -1;
        found = o;
    }
    return found;
}

static bool put_word(name_fragment *f, const word *w) {
    for (int p = 0; p < (w->places ? w->places : 1); p++) {
        const char *place = w->places ? w->place[p] : NULL;
        const int at = w->on_carbon ? name_at(f, place) : hydroxy_at(f, place);
        if (at < 0 || !name_join(f, at, w->sugar.f[0])) return false;
    }
    return true;
}

void sugar_glycosides(name_reader *r, size_t i, size_t end, name_ways *out) {
    if (end < i + 12 || !name_is_word(r, end - 3 - (r->s[end - 1] == ']' || r->s[end - 1] == ')'),
                                      end - (r->s[end - 1] == ']' || r->s[end - 1] == ')'), "ide"))
        return;
    for (size_t k = i + 4; k + 8 < end; k++) {
        const bool hyphen = r->s[k] == '-';
        word words[WORDS] = {{.places = 0}};
        if ((r->s[k] != ' ' && !hyphen) || !name_balanced(r, i, k)) continue;
        if (hyphen && !isdigit((unsigned char)r->s[k + 1])) continue;
        if (name_spent(r)) return;
        const int n = read_words(r, k + 1, end, words);
        name_ways parents = {0};
        if (n) sugar_aglycone(r, i, k, &parents);
        if (n && !parents.n && !hyphen) r->compound(r, i, k, &parents);
        for (int p = 0; p < parents.n; p++) {
            bool ok = !parents.f[p]->n_ends && !parents.f[p]->order;
            for (int w = 0; w < n && ok; w++) ok = put_word(parents.f[p], &words[w]);
            if (ok) name_keep(r, out, parents.f[p]);
        }
        for (int w = 0; w < WORDS; w++) name_ways_free(&words[w].sugar);
        const bool done = parents.n > 0;
        name_ways_free(&parents);
        if (done) return;
    }
}
