/* teach.c - training text: some facts of a molecule, drawn by a seed and said as keywords, as a
 * short request, as a sentence or in the manner of a database. True of the molecule, whatever is
 * drawn. */
#include "chem/facts/inside.h"

#include <stdlib.h>
#include <string.h>

enum { KEYWORDS, REQUEST, SENTENCE, ENTRY, REGISTERS };
enum { MOST_PHRASES = 8 };

typedef struct teaching {
    const mg_groups *g;
    const mg_facts *f;
    const uint16_t *shown;
    mg_rng rng;
    int manner;
    mg_str has[MOST_PHRASES], not [MOST_PHRASES], numbers[MOST_PHRASES];
    int n_has, n_not, n_numbers;
    int drawn[MOST_PHRASES]; /* groups of has */
    uint32_t kinds;          /* of numbers drawn */
} teaching;

static int draw(teaching *t, int n) { return (int)mg_rng_below(&t->rng, (uint64_t)n); }
static bool chance(teaching *t, double p) { return mg_rng_uniform(&t->rng) < p; }

static const char *one_of(teaching *t, const char *const *list, size_t n) {
    return list[draw(t, (int)n)];
}
#define ONE_OF(t, ...) \
    one_of(t, (const char *const[]){__VA_ARGS__}, MG_COUNT(((const char *const[]){__VA_ARGS__})))

/* ---- nouns and counts ---- */

static bool ends(const char *s, const char *with) {
    const size_t n = strlen(s), m = strlen(with);
    return n >= m && !strcmp(s + n - m, with);
}

/* Not a prefix or an adjective: "cyano", "chlorinated", "-OH". */
static bool is_noun(const char *s) {
    static const char *const endings[] = {"yl", "oxy", "no", "do", "ro", "so", "zo",  "io", "xo",
                                          "to", "lo",  "ed", "ic", "mo", "al", "pho", "ho"};
    if (*s == '-' || ends(s, "group") || strchr(s, '=')) return *s != '-' && !strchr(s, '=');
    for (size_t i = 0; i < MG_COUNT(endings); i++)
        if (ends(s, endings[i])) return false;
    return true;
}

static const char *name_of(teaching *t, int group) {
    const mg_group *q = &t->g->list[group];
    if (!q->n_synonyms || chance(t, .6)) return q->name;
    const char *name = q->synonyms[draw(t, q->n_synonyms)];
    return is_noun(name) ? name : q->name;
}

static void add_many(mg_str *out, const char *name) {
    const size_t n = strlen(name);
    if (ends(name, "ium") || ends(name, "s") || ends(name, "x"))
        mg_str_addf(out, "%s%s", name, ends(name, "ium") ? " groups" : "es");
    else if (n > 2 && name[n - 1] == 'y' && !strchr("aeiou", name[n - 2]))
        mg_str_addf(out, "%.*sies", (int)n - 1, name);
    else
        mg_str_addf(out, "%ss", name);
}

static void add_noun(mg_str *out, int n, const char *name) {
    if (n == 1)
        mg_str_addz(out, name);
    else
        add_many(out, name);
}

static const char *article(const char *name) {
    if (strchr("aeioAEIO", *name) || !strncmp(name, "α", 2) || !strncmp(name, "ω", 2)) return "an";
    return strchr("NHSF", *name) && (name[1] < 'a' || name[1] > 'z') ? "an" : "a";
}

static void add_counted(teaching *t, mg_str *out, int n, const char *name) {
    static const char *const words[] = {"no",    "one",   "two",  "three", "four",   "five",  "six",
                                        "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    const bool vague = n > 1 && chance(t, .2);
    const int said = vague ? 2 + draw(t, n - 1) : n;
    if (n == 1 && chance(t, .7)) {
        mg_str_addf(out, "%s %s", article(name), name);
        return;
    }
    if (vague) mg_str_addz(out, ONE_OF(t, "at least ", "a minimum of ", "no fewer than "));
    if (n == 1 && !vague) mg_str_addz(out, ONE_OF(t, "", "a single ", "exactly "));
    if (out->n >= 9 && ends(out->s, "a single ")) {
        mg_str_addz(out, name);
        return;
    }
    if (said < (int)MG_COUNT(words) && chance(t, .7))
        mg_str_addf(out, "%s ", words[said]);
    else
        mg_str_addf(out, "%d ", said);
    add_noun(out, said, name);
}

/* ---- drawing facts ---- */

static int some_group(teaching *t, bool present) {
    const int n = (int)t->g->n, from = draw(t, n);
    const bool specific = chance(t, .7);
    for (int k = 0; k < n; k++) {
        const int i = (from + k * 7) % n;
        if (t->g->list[i].kind == MG_GROUP_CLASS && !present) continue;
        if (present ? (specific ? t->shown[i] : t->f->count[i]) > 0 : !t->f->count[i]) return i;
    }
    return -1;
}

static void draw_has(teaching *t) {
    const int i = some_group(t, true);
    if (i < 0) return;
    const mg_group *q = &t->g->list[i];
    const char *name = name_of(t, i);
    char noun[300];
    const bool ring = q->kind == MG_GROUP_RING && !strchr(name, ' ') && chance(t, .5);
    snprintf(noun, sizeof noun, "%s%s", name, ring ? " ring" : "");
    for (int k = 0; k < t->n_has; k++)
        if (t->drawn[k] == i) return;
    t->drawn[t->n_has] = i;
    mg_str *out = &t->has[t->n_has++];
    if (t->manner == KEYWORDS && chance(t, .7))
        mg_str_addz(out, noun);
    else if (q->kind == MG_GROUP_CLASS) /* what it is is not counted */
        mg_str_addf(out, "%s %s", article(noun), noun);
    else
        add_counted(t, out, t->f->count[i], noun);
}

static void draw_not(teaching *t) {
    static const char *const common[] = {
        "halogen", "carboxylic acid", "amide",    "amine",       "ester",  "nitro group", "alcohol",
        "ketone",  "aldehyde",        "nitrile",  "benzene",     "phenol", "pyridine",    "ether",
        "alkene",  "alkyne",          "thiol",    "sulfonamide", "imine",  "lactone",     "epoxide",
        "indole",  "piperidine",      "pyrazole", "urea",        "sulfone"};
    const int i = chance(t, .7) ? mg_groups_find(t->g, one_of(t, common, MG_COUNT(common)))
                                : some_group(t, false);
    if (i < 0 || t->f->count[i]) return;
    const char *name = name_of(t, i);
    for (int k = 0; k < t->n_not; k++)
        if (strstr(t->not [k].s, name)) return;
    mg_str *out = &t->not [t->n_not++];
    switch (draw(t, 5)) {
    case 0: mg_str_addf(out, "no %s", name); break;
    case 1: mg_str_addf(out, "without %s %s", article(name), name); break;
    case 2:
        mg_str_addz(out, "free of ");
        add_many(out, name);
        break;
    case 3: mg_str_addf(out, "lacking %s %s", article(name), name); break;
    default:
        mg_str_addz(out, "no ");
        add_many(out, name);
        break;
    }
}

/* A bound that the value meets: "below 300". */
static void add_bound(teaching *t, mg_str *out, const char *name, double v, double step,
                      const char *unit) {
    const double k = (double)(int)(v / step) - (v < 0);
    const double low = k * step, high = (k + 1) * step;
    const int margin = draw(t, 3);
    switch (draw(t, 4)) {
    case 0:
        mg_str_addf(out, "%s %s %g%s", name, ONE_OF(t, "below", "under", "less than", "<"),
                    high + margin * step, unit);
        break;
    case 1:
        if (low - margin * step > 0 || v < 0) {
            mg_str_addf(out, "%s %s %g%s", name, ONE_OF(t, "of at least", "not below", ">="),
                        low - margin * step, unit);
            break;
        }
        /* fall through */
    case 2: mg_str_addf(out, "%s between %g and %g%s", name, low, high, unit); break;
    default: mg_str_addf(out, "%s about %.*f%s", name, step < 1 ? 1 : 0, v, unit); break;
    }
}

static void draw_number(teaching *t) {
    const mg_facts *f = t->f;
    const int which = draw(t, 11);
    if (t->kinds >> which & 1) return;
    t->kinds |= 1u << which;
    mg_str *out = &t->numbers[t->n_numbers++];
    switch (which) {
    case 0:
    case 1:
        add_bound(t, out, ONE_OF(t, "molecular weight", "MW", "mass", "a weight"), f->weight, 50,
                  ONE_OF(t, "", " Da", " g/mol"));
        break;
    case 2: add_bound(t, out, ONE_OF(t, "logP", "clogP", "Crippen logP"), f->logp, .5, ""); break;
    case 3:
        add_bound(t, out, ONE_OF(t, "TPSA", "polar surface area", "PSA"), f->tpsa, 10,
                  ONE_OF(t, "", " square angstroms"));
        break;
    case 4: add_counted(t, out, f->aromatic_rings, "aromatic ring"); break;
    case 5:
        if (f->rings)
            add_counted(t, out, f->rings, "ring");
        else
            mg_str_addz(out, ONE_OF(t, "acyclic", "no rings", "open-chain"));
        break;
    case 6: add_counted(t, out, f->elements[6], ONE_OF(t, "carbon", "carbon atom")); break;
    case 7:
        if (f->elements[7])
            add_counted(t, out, f->elements[7], ONE_OF(t, "nitrogen", "nitrogen atom"));
        else
            mg_str_addz(out, ONE_OF(t, "no nitrogen", "nitrogen-free"));
        break;
    case 8:
        mg_str_addf(out, "%s%s", ONE_OF(t, "formula ", "", "molecular formula "), f->formula);
        break;
    case 9:
        add_counted(t, out, f->donors, ONE_OF(t, "hydrogen-bond donor", "H-bond donor", "donor"));
        break;
    default:
        if (f->stereocentres + f->unset)
            add_counted(t, out, f->stereocentres + f->unset, "stereocentre");
        else
            mg_str_addz(out, ONE_OF(t, "no stereocentre", "no stereocentres"));
        break;
    }
}

/* ---- saying them ---- */

static void add_list(mg_str *out, const mg_str *list, int n, const char *last) {
    for (int i = 0; i < n; i++)
        mg_str_addf(out, "%s%s", i == 0 ? "" : i == n - 1 ? last : ", ", list[i].s);
}

static void say_keywords(teaching *t, mg_str *out) {
    const char *between = ONE_OF(t, ", ", "; ", " + ");
    const mg_str *const lists[] = {t->has, t->numbers, t->not };
    const int n[] = {t->n_has, t->n_numbers, t->n_not};
    for (size_t l = 0; l < MG_COUNT(lists); l++)
        for (int i = 0; i < n[l]; i++)
            mg_str_addf(out, "%s%s", out->n ? between : "", lists[l][i].s);
}

static void say_request(teaching *t, mg_str *out) {
    int first = 0;
    if (t->n_has && chance(t, .5))
        mg_str_addz(out, t->has[first++].s);
    else
        mg_str_addz(out, ONE_OF(t, "a molecule", "a compound", "something", "find a compound"));
    if (first < t->n_has) {
        /* what a ring "bears" would sit on it, which the facts do not say */
        if (first && t->g->list[t->drawn[0]].kind == MG_GROUP_RING)
            mg_str_addz(out, ONE_OF(t, " and ", " plus ", " together with ", " as well as "));
        else
            mg_str_addz(out, ONE_OF(t, " with ", " that has ", " containing ", " bearing "));
        add_list(out, t->has + first, t->n_has - first, " and ");
    }
    for (int i = 0; i < t->n_numbers; i++) mg_str_addf(out, ", %s", t->numbers[i].s);
    for (int i = 0; i < t->n_not; i++) mg_str_addf(out, ", %s", t->not [i].s);
}

static void say_sentence(teaching *t, mg_str *out) {
    mg_str_addz(out, ONE_OF(t, "The compound ", "This molecule ", "The structure ", "It "));
    if (t->n_has) {
        mg_str_addz(out, ONE_OF(t, "contains ", "has ", "bears ", "features "));
        add_list(out, t->has, t->n_has, " and ");
    } else {
        mg_str_addf(out, "has the formula %s", t->f->formula);
    }
    mg_str_addz(out, ".");
    if (t->n_numbers) {
        mg_str_addz(out, ONE_OF(t, " Properties: ", " Data: ", " Computed: "));
        add_list(out, t->numbers, t->n_numbers, ", ");
        mg_str_addz(out, ".");
    }
    if (t->n_not) {
        mg_str_addz(out, ONE_OF(t, " Absent or limited: ", " Further: ", " Also: "));
        add_list(out, t->not, t->n_not, ", ");
        mg_str_addz(out, ".");
    }
}

/* Whether the first phrase names a kind of compound: "an alcohol", not "a pyridine ring". */
static bool is_a_compound(const teaching *t) {
    if (!t->n_has) return false;
    const mg_group_kind kind = t->g->list[t->drawn[0]].kind;
    const char *s = t->has[0].s;
    return (kind == MG_GROUP_FUNCTIONAL || kind == MG_GROUP_CLASS) && !strstr(s, "group") &&
           (!strncmp(s, "a ", 2) || !strncmp(s, "an ", 3)) && strncmp(s, "a single", 8) &&
           strncmp(s, "a minimum", 9);
}

static void say_entry(teaching *t, mg_str *out) {
    int first = 0;
    if (is_a_compound(t)) {
        mg_str_addf(out, "The molecule is %s", t->has[first++].s);
        if (first < t->n_has)
            mg_str_addz(out, ONE_OF(t, " that contains ", " which has ", " that also has "));
    } else {
        mg_str_addz(out, "The molecule is a compound");
        if (t->n_has) mg_str_addz(out, ONE_OF(t, " with ", " that contains ", " which has "));
    }
    if (first < t->n_has) {
        add_list(out, t->has + first, t->n_has - first, " and ");
    }
    mg_str_addz(out, ".");
    for (int i = 0; i < t->n_numbers; i++)
        mg_str_addf(out, " %s: %s.", ONE_OF(t, "It is described by", "Characteristic"),
                    t->numbers[i].s);
    for (int i = 0; i < t->n_not; i++) mg_str_addf(out, " Note: %s.", t->not [i].s);
}

static void free_phrases(teaching *t) {
    for (int i = 0; i < MOST_PHRASES; i++) {
        mg_str_free(&t->has[i]);
        mg_str_free(&t->not [i]);
        mg_str_free(&t->numbers[i]);
    }
}

static void teach(teaching *t, mg_str *out) {
    static void (*const say[REGISTERS])(teaching *, mg_str *) = {say_keywords, say_request,
                                                                 say_sentence, say_entry};
    t->manner = draw(t, REGISTERS);
    const int has = 1 + draw(t, 4), numbers = draw(t, 3), not = draw(t, 3);
    for (int i = 0; i < has; i++) draw_has(t);
    for (int i = 0; i < numbers || !(t->n_has + t->n_numbers); i++) draw_number(t);
    for (int i = 0; i < not ; i++) draw_not(t);
    say[t->manner](t, out);
}

char *mg_facts_teach(const mg_groups *g, const mg_mol *m, const mg_facts *f, uint64_t seed,
                     molglot_error *err) {
    mg_str out = {0};
    uint16_t *shown = calloc(g->n + 1, sizeof *shown);
    teaching t = {.g = g, .f = f, .shown = shown, .rng = {.seed = seed}};
    int code = shown ? mg_facts_specific(g, m, f, shown, err) : mg_no_memory(err, "a text");
    if (!code) teach(&t, &out);
    free_phrases(&t);
    free(shown);
    if (!code && out.failed) code = mg_no_memory(err, "a text");
    if (!code) return out.s;
    mg_str_free(&out);
    return NULL;
}
