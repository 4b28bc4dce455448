/* listed.c - what the dictionary has by a name, looked over: a list may leave out of a structure
 * the metal, the salt, the charge or the stereo that its name says.
 */
#include "search/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OPENED = 1 << 20 /* places behind the others */ };

bool mg_same_but_stereo(const char *a, const char *b) {
    mg_mol *x = mg_mol_from_smiles(a, NULL, NULL), *y = mg_mol_from_smiles(b, NULL, NULL);
    uint64_t key, flat = 0, other = 1;
    if (x) mg_molecule_key(x, &key, &flat);
    if (y) mg_molecule_key(y, &key, &other);
    mg_mol_free(x);
    mg_mol_free(y);
    return flat == other;
}

static bool begins_with(const char *s, const char *what) {
    return strncasecmp(s, what, strlen(what)) == 0;
}

/* A metal whose name stands in `name`, by its symbol in brackets; NULL: none. whole: the molecule
 * is nothing without it (cisplatin), where of a salt the rest is what is meant. */
static const char *metal_in(const char *name, bool *whole) {
    static const struct {
        const char *part, *symbol;
        bool whole;
    } metals[] = {
        {"platin", "[Pt", true},    {"auranofin", "[Au", true}, {"aurothio", "[Au", true},
        {"gado", "[Gd", true},      {"hemin", "[Fe", true},     {"cobalamin", "[Co", true},
        {"mercury", "[Hg", true},   {"permangan", "[Mn", true}, {"kmno4", "[Mn", true},
        {"tungstate", "[W", true},  {"molybdate", "[Mo", true}, {"vanadate", "[V", true},
        {"vanadyl", "[V", true},    {"stannous", "[Sn", true},  {"stannic", "[Sn", true},
        {"titanate", "[Ti", true},  {"arsenate", "[As", true},  {"arsenite", "[As", true},
        {"silver ", "[Ag", false},  {"lithium ", "[Li", false}, {"sodium ", "[Na", false},
        {"zinc ", "[Zn", false},    {"copper", "[Cu", false},   {"cupric", "[Cu", false},
        {"ferric", "[Fe", false},   {"ferrous", "[Fe", false},  {"magnesium ", "[Mg", false},
        {"calcium ", "[Ca", false}, {"mercuric", "[Hg", false}, {"potassium ", "[K", false}};
    for (size_t i = 0; i < MG_COUNT(metals); i++)
        for (const char *at = name; *at; at++)
            if (begins_with(at, metals[i].part) &&
                (at == name || !isalpha((unsigned char)at[-1]) || metals[i].whole)) {
                *whole = metals[i].whole;
                return metals[i].symbol;
            }
    return NULL;
}

/* "(R)-warfarin" of a list that draws no stereo. */
static bool lacks_stereo(const char *name, const char *smiles) {
    static const char *const marks[] = {"(R)-", "(S)-", "(+)-", "(-)-", "R-(", "S-("};
    if (strpbrk(smiles, "@/\\")) return false;
    for (size_t i = 0; i < MG_COUNT(marks); i++)
        if (begins_with(name, marks[i])) return true;
    return false;
}

/* "CDP-abequose dianion", which a list may draw with its protons. */
static bool says_anion(const char *name) {
    static const char *const ends[] = {" anion", " dianion", " trianion", " tetraanion"};
    const size_t n = strlen(name);
    for (size_t i = 0; i < MG_COUNT(ends); i++) {
        const size_t k = strlen(ends[i]);
        if (n > k && !strcasecmp(name + n - k, ends[i])) return true;
    }
    return false;
}

/* "triethylsilane" of a list that leaves out the hydrogen, "merbromin" of one that leaves out the
 * metal: a radical that the name does not say. */
static bool is_radical(const char *name, const char *smiles) {
    const size_t n = strlen(name);
    const bool aromatic = strstr(smiles, "[c]") != NULL;
    if (!strstr(smiles, "[Si]") && !strstr(smiles, "[Sn]") && !aromatic) return false;
    if (strcasestr(name, "radical") || (n > 2 && !strcasecmp(name + n - 2, "yl"))) return false;
    if (aromatic) return true;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    mg_smarts *bare = mg_smarts_new("[$([Si;+0;v1,v2,v3;!$([Si]=,#*)][#6,#8]),$([Sn;+0;v3][#6])]",
                                    NULL);
    const bool is = m && bare && mg_smarts_count(bare, m, 1) > 0;
    mg_smarts_free(bare);
    mg_mol_free(m);
    return is;
}

/* "lactose" as a chain, where another list has its ring. */
static bool is_open_sugar(const char *name, const char *smiles) {
    const size_t n = strlen(name);
    return n > 6 && !strcasecmp(name + n - 3, "ose") && strstr(smiles, "O=C[C@") == smiles;
}

static int by_mark(const void *a, const void *b) {
    const mg_name_hit *x = a, *y = b;
    const int first = x->how > MG_NAME_FOLDED, second = y->how > MG_NAME_FOLDED;
    return first != second ? first - second
                           : (x->distance > y->distance) - (x->distance < y->distance);
}

/* Marks what lacks its metal or its stereo, which then stands behind the others; drops what is
 * nothing without it. */
static void look_over(mg_name_hits *h) {
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        mg_name_hit *hit = &h->hit[i];
        bool whole = false;
        const char *metal = metal_in(hit->name, &whole);
        const bool lacks = metal && !strstr(hit->smiles, metal);
        if ((lacks && whole) || is_radical(hit->name, hit->smiles) ||
            mg_listed_lacks(hit->name, hit->smiles)) {
            free(hit->name);
            free(hit->smiles);
            continue;
        }
        const bool neutral = (strcasestr(hit->name, "zwitterion") && !strchr(hit->smiles, '+')) ||
                             (says_anion(hit->name) && !strstr(hit->smiles, "-]"));
        mg_listed_strip(hit->name, hit->smiles);
        if (lacks || neutral || mg_listed_bare(hit->name, hit->smiles)) hit->how = MG_NAME_SALT;
        if (hit->how <= MG_NAME_FOLDED && lacks_stereo(hit->name, hit->smiles))
            hit->how = MG_NAME_STEREO;
        hit->distance = (int)n; /* of names found as they stand, only their order */
        if (is_open_sugar(hit->name, hit->smiles)) hit->distance += OPENED;
        h->hit[n++] = *hit;
    }
    h->n = n;
    if (n) qsort(h->hit, n, sizeof *h->hit, by_mark);
    for (size_t i = 0; i < n; i++) h->hit[i].distance = 0;
}

/* The rest of a name whose last word says a salt; its length, 0: it says none. */
static size_t without_salt(const char *name) {
    static const char *const words[] = {
        "acetate",         "besylate",          "bromide",     "chloride",   "citrate",
        "dihydrochloride", "dihydrobromide",    "esylate",     "fumarate",   "hydrate",
        "hydrobromide",    "hydrochloride",     "hydroiodide", "iodide",     "lactate",
        "malate",          "maleate",           "mesilate",    "mesylate",   "methanesulfonate",
        "monohydrate",     "monohydrochloride", "nitrate",     "oxalate",    "pamoate",
        "phosphate",       "succinate",         "sulfate",     "sulphate",   "tartrate",
        "tosylate",        "trifluoroacetate",  "dihydrate",   "trihydrate", "bitartrate",
        "hemihydrate",     "hyclate",           "salicylate",  "benzoate",   "gluconate",
        "aceturate",       "isethionate",       "isetionate",  "embonate",   "napsylate",
        "camsylate",       "edisylate",         "bisulfate",   "adipate",    "hemisulfate",
        "monosulfate",     "dimesylate",        "hemifumarate"};
    size_t n = strlen(name); /* "X sulfate (2:1)" */
    if (n > 8 && name[n - 1] == ')' && name[n - 3] == ':' && !strncmp(name + n - 6, " (", 2))
        n -= 6;
    size_t at = n;
    while (at && name[at - 1] != ' ') at--;
    for (size_t i = 0; i < MG_COUNT(words) && at; i++)
        if (n - at == strlen(words[i]) && !strncasecmp(name + at, words[i], n - at)) return at - 1;
    return 0;
}

/* "Morphine sulfate" of a list that draws morphine alone: it lacks the salt that it says. */
static int mark_bare(const mg_dictionary *d, const char *words, mg_name_hits *h,
                     molglot_error *err) {
    const size_t n = without_salt(words);
    bool asked = false;
    for (size_t i = 0; i < h->n; i++)
        asked |= h->hit[i].how <= MG_NAME_FOLDED && !strchr(h->hit[i].smiles, '.');
    if (!d || n < 4 || !asked) return MOLGLOT_OK;
    char *rest = strndup(words, n);
    mg_name_hits bare = {0};
    int code = rest ? mg_dictionary_find(d, rest, &bare, err) : mg_no_memory(err, "a name");
    for (size_t i = 0; i < h->n && !code; i++)
        for (size_t k = 0; k < bare.n && h->hit[i].how <= MG_NAME_FOLDED; k++)
            if (bare.hit[k].how <= MG_NAME_FOLDED &&
                mg_same_but_stereo(h->hit[i].smiles, bare.hit[k].smiles))
                h->hit[i].how = MG_NAME_SALT;
    for (size_t i = 0; i < h->n; i++) h->hit[i].distance = (int)i; /* those that have it first */
    if (h->n) qsort(h->hit, h->n, sizeof *h->hit, by_mark);
    for (size_t i = 0; i < h->n; i++) h->hit[i].distance = 0;
    mg_name_hits_free(&bare);
    free(rest);
    return code;
}

int mg_listed_find(const mg_dictionary *d, const char *words, mg_name_hits *out,
                   molglot_error *err) {
    *out = (mg_name_hits){0};
    int code = d ? mg_dictionary_find(d, words, out, err) : MOLGLOT_OK;
    if (!code) look_over(out);
    return code ? code : mark_bare(d, words, out, err);
}
