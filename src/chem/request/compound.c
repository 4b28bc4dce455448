/* compound.c - words that are put together of a number, substituents and a ring: dichlorobenzene,
 * 2-aminopyridine, nitrotoluene; or of a number and a group: triol, dinitro, dicarboxylic acid.
 */
#include "chem/request/inside.h"

#include <string.h>

static const struct {
    const char *s;
    int n;
} MULTIPLES[] = {{"mono", 1},  {"di", 2},   {"bis", 2},  {"tris", 3},  {"tri", 3},  {"tetra", 4},
                 {"penta", 5}, {"hexa", 6}, {"octa", 8}, {"hepta", 7}, {"nona", 9}, {"deca", 10}};

/* A ring, benzene unless said, with a name of its own, and what it bears. */
static const struct {
    const char *name, *bears, *ring;
} PARENTS[] = {{"naphthol", "hydroxy", "naphthalene"},
               {"naphthylamine", "amino", "naphthalene"},
               {"picoline", "methyl", "pyridine"},
               {"phenyl", NULL, NULL},
               {"toluene", "methyl", NULL},
               {"phenol", "hydroxy", NULL},
               {"aniline", "amino", NULL},
               {"anisole", "methoxy", NULL},
               {"benzaldehyde", "aldehyde", NULL},
               {"benzonitrile", "cyano", NULL},
               {"acetophenone", "acetyl", NULL},
               {"benzamide", "carboxamide", NULL},
               {"styrene", "vinyl", NULL},
               {"benzoic acid", "carboxylic acid", NULL}};

/* What stands for a group behind a number alone. */
static const struct {
    const char *s, *means;
} ENDINGS[] = {{"ol", "alcoholic or phenolic hydroxy"},
               {"acid", "carboxylic acid"},
               {"fluoro", "fluorine"},
               {"chloro", "chlorine"},
               {"bromo", "bromine"},
               {"iodo", "iodine"},
               {"fluorinated", "fluorine"},
               {"chlorinated", "chlorine"},
               {"brominated", "bromine"},
               {"hydroxy", "hydroxy group"},
               {"alcohol", "alcohol"},
               {"peptide", "amino acid residues"}};

int request_multiple(const char **s) {
    for (size_t i = 0; i < MG_COUNT(MULTIPLES); i++) {
        size_t n = strlen(MULTIPLES[i].s);
        if (strncmp(*s, MULTIPLES[i].s, n)) continue;
        *s += n;
        return MULTIPLES[i].n;
    }
    return 0;
}

mg_ask request_on(int substituent, int ring, const mg_groups *g) {
    return (mg_ask){.kind = MG_ASK_ON,
                    .id = substituent,
                    .on = ring,
                    .label = REQUEST_SUBSTITUENTS[substituent].label,
                    .ring = mg_groups_at(g, ring)->name,
                    .range = request_at_least(1)};
}

/* A name of a ring, whole; false: none. */
static bool ring_named(const mg_groups *g, const char *name, int *ring, int *bears) {
    *bears = -1;
    size_t n = strlen(name);
    for (size_t i = 0; i < MG_COUNT(PARENTS); i++) {
        size_t m = strlen(PARENTS[i].name);
        if (strncmp(name, PARENTS[i].name, m) || (n != m && strcmp(name + m, "s"))) continue;
        *ring = mg_groups_find(g, PARENTS[i].ring ? PARENTS[i].ring : "benzene");
        if (PARENTS[i].bears)
            *bears = request_substituent_of(PARENTS[i].bears, strlen(PARENTS[i].bears));
        return *ring >= 0;
    }
    *ring = mg_groups_find(g, name);
    return *ring >= 0 && mg_groups_at(g, *ring)->kind == MG_GROUP_RING;
}

int request_ring(const mg_groups *g, const request_words *ws, int i, int *ring, int *bears) {
    char name[200];
    size_t n = 0;
    int best = 0;
    for (int k = 0; k < 5 && i + k < ws->n && !ws->w[i + k].mark; k++) {
        size_t m = strlen(ws->w[i + k].s);
        if (!m || n + m + 2 > sizeof name) break;
        if (k) name[n++] = ' ';
        memcpy(name + n, ws->w[i + k].s, m + 1);
        n += m;
        int r, b;
        if (ring_named(g, name, &r, &b)) *ring = r, *bears = b, best = k + 1;
    }
    return best;
}

/* The longest substituent that `s` begins with and leaves something behind. */
static int substituent_in_front(const char **s) {
    size_t n = strlen(*s);
    for (size_t k = n > 3 ? n - 3 : 0; k >= 3; k--) {
        int id = request_substituent_of(*s, k);
        if (id >= 0) {
            *s += k;
            return id;
        }
    }
    return -1;
}

bool request_front(const char *s) {
    for (size_t k = 0; k < MG_COUNT(MULTIPLES); k++)
        if (!strcmp(s, MULTIPLES[k].s)) return true;
    const size_t n = strlen(s);
    return n > 3 && s[n - 1] == 'o' && request_substituent_of(s, n) >= 0;
}

bool request_swap_front(const char *front, const char *word, char *out, size_t size) {
    const char *rest = word;
    const char *less = front;
    const bool number = request_multiple(&less) && !*less;
    const bool many = request_multiple(&rest) > 0;
    if (number ? !many : substituent_in_front(&rest) < 0) return false;
    char joined[2 * REQUEST_WORD];
    snprintf(joined, sizeof joined, "%s%s", front, rest);
    if (strlen(joined) >= size) return false;
    strcpy(out, joined);
    return true;
}

static bool add(request_term *t, mg_ask ask) {
    if (t->n == REQUEST_PARTS) return false;
    t->asks[t->n++] = ask;
    return true;
}

/* [number] substituent ... ring; `tail`: words behind this one that belong to the ring's name. */
static bool on_ring(const mg_groups *g, const char *s, const char *behind, request_term *t) {
    int subs[REQUEST_PARTS], counts[REQUEST_PARTS], n = 0, ring = -1, bears = -1;
    char name[2 * REQUEST_WORD + 2];
    while (n < REQUEST_PARTS - 1) {
        for (int two = 1; two >= 0; two--) {
            if (two && !behind) continue;
            snprintf(name, sizeof name, "%s%s%s", s, two ? " " : "", two ? behind : "");
            if (!ring_named(g, name, &ring, &bears) || (!n && bears < 0)) continue;
            for (int i = 0; i < n; i++) {
                mg_ask ask = request_on(subs[i], ring, g);
                if (counts[i] > 1) ask.range = request_exactly(counts[i]);
                add(t, ask);
            }
            if (bears >= 0) add(t, request_on(bears, ring, g));
            t->form = n + (bears >= 0) == 1 ? FORM_NOUN : FORM_FIXED;
            t->words = 1 + two;
            return true;
        }
        const char *p = s;
        int m = request_multiple(&p), id = substituent_in_front(&p);
        const char *q = s; /* trifluoromethyl is one thing */
        const int whole = substituent_in_front(&q);
        if (whole >= 0 && (id < 0 || q >= p)) p = q, m = 1, id = whole;
        if (id < 0) return false;
        subs[n] = id, counts[n++] = m;
        s = p;
    }
    return false;
}

/* number, then a group: "dinitro", "dicarboxylic acid". */
static bool many(const mg_groups *g, const char *s, const char *behind, request_term *t) {
    int n = request_multiple(&s);
    char name[2 * REQUEST_WORD + 2];
    if (!n || strlen(s) < 2 || !strncmp(s, "alkyl", 5) || !strncmp(s, "aryl", 4)) return false;
    if (behind && (!strcmp(s, "acid") || !strcmp(s, "acyl")) && strstr(behind, "ide")) {
        snprintf(name, sizeof name, "%s %s", s, behind); /* "diacid chloride" */
        const size_t m = strlen(name);
        if (name[m - 1] == 's') name[m - 1] = 0;
        if (!request_feature(g, name, &t->asks[0])) return false;
        *t = (request_term){.form = FORM_FIXED, .words = 2, .n = 1, .asks = {t->asks[0]}};
        t->asks[0].range = request_exactly(n);
        return true;
    }
    bool found = false, acid = behind && (!strcmp(behind, "acid") || !strcmp(behind, "acids"));
    for (size_t i = 0; !found && !acid && i < MG_COUNT(ENDINGS); i++) {
        size_t m = strlen(ENDINGS[i].s);
        if (strncmp(s, ENDINGS[i].s, m) || (s[m] && strcmp(s + m, "s"))) continue;
        found = request_feature(g, ENDINGS[i].means, &t->asks[0]);
    }
    if (!found && acid) {
        snprintf(name, sizeof name, "%s acid", s);
        found = request_feature(g, name, &t->asks[0]);
        t->words = 2;
    }
    if (!found) {
        t->words = 1;
        found = request_feature(g, s, &t->asks[0]) &&
                (t->asks[0].kind == MG_ASK_GROUP
                     ? mg_groups_at(g, t->asks[0].id)->kind == MG_GROUP_FUNCTIONAL
                     : t->asks[0].kind == MG_ASK_PATTERN && REQUEST_PATTERNS[t->asks[0].id].words);
    }
    if (!found) return false;
    if (!t->words) t->words = 1;
    t->form = FORM_FIXED;
    t->n = 1;
    t->asks[0].range = request_exactly(n);
    return true;
}

/* "N-methylpiperazine": a ring with a nitrogen, and what may sit on it. */
static bool sits_on_nitrogen(const mg_groups *g, const request_term *t) {
    for (int k = 0; k < t->n; k++)
        if (t->asks[k].kind != MG_ASK_ON || REQUEST_SUBSTITUENTS[t->asks[k].id].smarts[0] != '*' ||
            !strpbrk(mg_groups_at(g, t->asks[k].on)->smarts, "nN"))
            return false;
    return t->n > 0;
}

void request_compound(const mg_groups *g, const request_words *ws, int i, request_term *out) {
    const char *s = ws->w[i].s, *behind = NULL;
    *out = (request_term){0};
    const bool on_atom = ws->w[i].joined && request_word_is(ws, i - 1, "n|n,n|o|s|n,n'");
    if (on_atom && !request_word_is(ws, i - 1, "n")) return; /* not on the ring */
    bool alone = false;
    for (size_t k = 0; k < MG_COUNT(MULTIPLES); k++) alone |= !strcmp(s, MULTIPLES[k].s);
    char joined[2 * REQUEST_WORD];
    if (alone) { /* "di-nitro" */
        if (i + 1 >= ws->n || !ws->w[i + 1].joined) return;
        snprintf(joined, sizeof joined, "%s%s", s, ws->w[i + 1].s);
        s = joined;
    }
    int next = i + 1 + alone;
    if (next < ws->n && !ws->w[next].mark) behind = ws->w[next].s;
    if (strlen(s) >= REQUEST_WORD) return;
    const bool found = on_ring(g, s, behind, out);
    if (on_atom ? found && sits_on_nitrogen(g, out) : found || many(g, s, behind, out))
        out->words += alone;
    else
        *out = (request_term){0};
}
