/* put_words.c - prefixes and stereo descriptors before a parent: grouped, in the order of the
 * alphabet, with multipliers; and of several numberings the one of lowest locants.
 *
 *   key  number of prefixes (more first), the numbering's own, all locants of prefixes, these in
 *        the order in which they stand, R before S
 */
#include "chem/nomenclature/write.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_add(name_words *w, const char *fmt, ...) {
    va_list list;
    va_start(list, fmt);
    const int n = vsnprintf(w->s + w->n, WORDS_LONGEST - w->n, fmt, list);
    va_end(list);
    if (n < 0 || (size_t)n >= WORDS_LONGEST - w->n)
        w->failed = true, w->s[w->n] = 0;
    else
        w->n += (size_t)n;
}

void words_enclosed(name_words *w, const char *s) {
    static const char *const open = "([{", *const close = ")]}";
    int depth = 0, most = 0;
    for (const char *c = s; *c; c++) {
        depth += strchr(open, *c) != NULL;
        depth -= strchr(close, *c) != NULL;
        if (depth > most) most = depth;
    }
    words_add(w, "%c%s%c", open[most % 3], s, close[most % 3]);
}

/* "n" before "n'" before "alpha" before "1" before "1'". */
int locant_value(const char *locant) {
    int value = 0;
    const size_t k = strlen(locant);
    for (size_t i = k; i && locant[i - 1] == '\''; i--) value++;
    if (isdigit((unsigned char)*locant)) {
        char *end;
        const long number = strtol(locant, &end, 10);
        return value * 30 + (int)(number % 200) * 128 +
               (islower((unsigned char)*end) ? *end - 'a' + 1 : 0);
    }
    if (!strncmp(locant, "alpha", 5) || !strncmp(locant, "beta", 4)) return 50 + (*locant == 'b');
    return value + 3 * (isdigit((unsigned char)locant[1]) ? locant[1] - '0' : 0);
}

static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

void unit_key(name_unit *u, const int *values, int n) {
    int own[32];
    if (n > 32) n = 32;
    memcpy(own, values, (size_t)n * sizeof *own);
    qsort(own, (size_t)n, sizeof *own, by_value);
    for (int i = 0; i < n && u->n_key < (int)MG_COUNT(u->key); i++) u->key[u->n_key++] = own[i];
}

/* ---- prefixes ---- */

typedef struct prefix {
    char locant[NAME_LOCANT];
    int value;
    const name_words *words;
} prefix;

/* The next letter that counts in the alphabet: "tert", locants and descriptors do not. */
static char letter(const char **s) {
    if (!strncmp(*s, "tert-", 5)) *s += 5;
    while (**s && !islower((unsigned char)**s)) ++*s;
    return **s ? *(*s)++ : 0;
}

static int by_letters(const char *a, const char *b) {
    const char *x = a, *y = b;
    for (;;) {
        const char c = letter(&x), d = letter(&y);
        if (c != d) return c - d;
        if (!c) return strcmp(a, b);
    }
}

static int by_alphabet(const void *a, const void *b) {
    const prefix *x = a, *y = b;
    const int c = by_letters(x->words->s, y->words->s);
    return c ? c : x->value - y->value;
}

/* Substituents of all atoms that the unit covers; -1: one has no name or no place. */
static int collect(namer *w, const name_unit *u, int from, prefix out[WRITE_PREFIXES]) {
    int n = 0;
    for (int i = 0; i < w->g->n; i++) {
        if (!(u->covers >> i & 1)) continue;
        for (int k = 0; k < w->degree[i]; k++) {
            const int j = w->near[i][k];
            if ((u->covers | w->away) >> j & 1 || j == from) continue;
            if (!*u->locant[i] || w->g->bond[w->by[i][k]].ring || n == WRITE_PREFIXES) return -1;
            const name_words *words = w->substituent(w, j, i);
            if (!words) return -1;
            prefix *p = &out[n++];
            *p = (prefix){.value = locant_value(u->locant[i]), .words = words};
            memcpy(p->locant, u->locant[i], NAME_LOCANT);
        }
    }
    qsort(out, (size_t)n, sizeof *out, by_alphabet);
    return n;
}

/* "n2" as "N2"; others as they are. */
static void add_locant(name_words *w, const char *locant) {
    if (strchr("nos", *locant) && *locant)
        words_add(w, "%c%s", toupper((unsigned char)*locant), locant + 1);
    else
        words_add(w, "%s", locant);
}

/* "di", or "bis" of what is composed; NULL: too many. */
static const char *multiplier(int n, bool kis) {
    static const char *const few[] = {"",          "",         "di",        "tri",      "tetra",
                                      "penta",     "hexa",     "hepta",     "octa",     "nona",
                                      "deca",      "undeca",   "dodeca",    "trideca",  "tetradeca",
                                      "pentadeca", "hexadeca", "heptadeca", "octadeca", "nonadeca",
                                      "icosa"},
                             *const whole[] = {"",        "",         "bis",
                                               "tris",    "tetrakis", "pentakis",
                                               "hexakis", "heptakis", "octakis"};
    if (kis) return n < (int)MG_COUNT(whole) ? whole[n] : NULL;
    return n < (int)MG_COUNT(few) ? few[n] : NULL;
}

static bool is_plain(const char *s) {
    static const char *const plain[] = {"fluoro", "chloro", "bromo", "iodo", "hydroxy", "oxo"};
    for (size_t i = 0; i < MG_COUNT(plain); i++)
        if (!strcmp(s, plain[i])) return true;
    return false;
}

static void add_prefixes(name_words *w, const name_unit *u, const prefix *p, int n) {
    const bool silent = u->bare || (u->alike && n == 1);
    for (int i = 0; i < n;) {
        int same = 1;
        while (i + same < n && !strcmp(p[i].words->s, p[i + same].words->s)) same++;
        if (i && !silent) words_add(w, "-");
        for (int k = 0; k < same && !silent; k++) {
            if (k) words_add(w, ",");
            add_locant(w, p[i + k].locant);
        }
        if (!silent) words_add(w, "-");
        const char *s = p[i].words->s, *many = multiplier(same, p[i].words->composed);
        const bool closed = p[i].words->composed || (u->bare && i && !is_plain(s));
        if (!many) w->failed = true;
        words_add(w, "%s", many ? many : "");
        if (same > 1 && !strncmp(s, "tert-", 5)) words_add(w, "-");
        if (closed)
            words_enclosed(w, s);
        else
            words_add(w, "%s", s);
        i += same;
    }
}

/* ---- stereo ---- */

typedef struct mark {
    char locant[NAME_LOCANT], label;
    int value;
} mark;

static int by_place(const void *a, const void *b) {
    const mark *x = a, *y = b;
    return x->value - y->value;
}

static bool add_mark(const name_unit *u, int atom, char label, mark out[WRITE_PREFIXES], int *n) {
    if (*n == WRITE_PREFIXES || (!*u->locant[atom] && !u->bare)) return false;
    out[*n] = (mark){.label = label, .value = locant_value(u->locant[atom])};
    /* the reader knows no "alphaR": "(R)-", where one place is meant */
    if (!u->bare && !strchr("ab", *u->locant[atom]))
        memcpy(out[*n].locant, u->locant[atom], NAME_LOCANT);
    ++*n;
    return true;
}

/* R, S of its atoms, E, Z of its bonds and of double bonds to what hangs on it. */
static bool marks_of(const namer *w, const name_unit *u, int from, mark out[WRITE_PREFIXES],
                     int *n) {
    *n = 0;
    int loose = 0;
    for (int i = 0; i < w->g->n; i++)
        if (u->covers >> i & 1 && !(u->fixed >> i & 1) && w->g->atom[i].cip &&
            !add_mark(u, i, w->g->atom[i].cip, out, n))
            return false;
    for (int j = 0; j < w->g->m; j++) {
        const mg_parts_bond *b = &w->g->bond[j];
        const bool a_in = u->covers >> b->a & 1, b_in = u->covers >> b->b & 1;
        if (!b->ez || (!a_in && !b_in)) continue;
        if (a_in && b_in) {
            if (u->fixed >> b->a & 1 && u->fixed >> b->b & 1) continue;
            const bool no_a = !*u->locant[b->a], no_b = !*u->locant[b->b];
            if (no_a && no_b) return false;
            const int at = no_a                                                            ? b->b
                           : no_b                                                          ? b->a
                           : locant_value(u->locant[b->a]) < locant_value(u->locant[b->b]) ? b->a
                                                                                           : b->b;
            if (!add_mark(u, at, b->ez, out, n)) return false;
        } else if ((a_in ? b->b : b->a) != from) {
            if (loose++ || *n == WRITE_PREFIXES) return false;
            out[(*n)++] = (mark){.label = b->ez}; /* "(E)-2-benzylidene..." */
        }
    }
    qsort(out, (size_t)*n, sizeof *out, by_place);
    return true;
}

static bool write_marks(const mark *m, int n, char *out, size_t room) {
    size_t at = 0;
    *out = 0;
    if (!n) return true;
    for (int i = 0; i < n; i++) {
        const int k = snprintf(out + at, room - at, "%s%s%c", i ? "," : "(", m[i].locant,
                               m[i].label);
        if (k < 0 || (size_t)k + 4 >= room - at) return false;
        at += (size_t)k;
    }
    memcpy(out + at, ")-", 3);
    return true;
}

/* ---- the phrase ---- */

static bool say(char *out, size_t room, const char *fmt, ...) {
    const size_t at = strlen(out);
    va_list list;
    va_start(list, fmt);
    const int n = vsnprintf(out + at, room - at, fmt, list);
    va_end(list);
    return n >= 0 && (size_t)n < room - at;
}

/* As sentences call it, where names have another word. */
static const char *said_as(const char *name) {
    static const char *const table[][2] = {{"3-methylbut-2-en-1-yl", "prenyl"},
                                           {"acetyloxy", "acetoxy"}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (!strcmp(name, table[i][0])) return table[i][1];
    return name;
}

/* "an acetyl", "an (octyloxy)", "an 8-hydroxyoctyl". */
static bool begins_open(const char *s) {
    while (*s && strchr("([{", *s)) s++;
    return (*s && strchr("aeiou8", *s)) || !strncmp(s, "11-", 3) || !strncmp(s, "18-", 3);
}

/* Locants of one group as sentences have them: 5, 7, 3', 4'. */
static void order_said(const prefix *p, int n, const char *out[WRITE_PREFIXES]) {
    int k = 0;
    for (int primes = 0; primes < 4; primes++)
        for (int i = 0; i < n; i++) {
            int own = 0;
            for (const char *c = p[i].locant; *c; c++) own += *c == '\'';
            if (own == primes || (primes == 3 && own > 3)) out[k++] = p[i].locant;
        }
}

/* "benzoic acid substituted by a chloro group at position 3 and methyl groups at positions 2 and
 * 6". */
static bool write_phrase(const name_unit *u, const prefix *p, int n, const char *stereo, char *out,
                         size_t room) {
    const char *said[WRITE_PREFIXES];
    bool ok = n > 0 && !(u->bare && !strncmp(u->text, "meth", 4)); /* it has no positions */
    *out = 0;
    ok = ok && say(out, room, "%s%s substituted by ", stereo, u->text);
    for (int i = 0; i < n && ok;) {
        int same = 1;
        while (i + same < n && !strcmp(p[i].words->s, p[i + same].words->s)) same++;
        if (i) ok = say(out, room, i + same == n ? " and " : ", ");
        const char *s = said_as(p[i].words->s);
        const bool vowel = begins_open(s);
        ok = ok && say(out, room, "%s%s group%s at position%s ",
                       same > 1 ? ""
                       : vowel  ? "an "
                                : "a ",
                       s, same > 1 ? "s" : "", same > 1 ? "s" : "");
        order_said(p + i, same, said);
        for (int k = 0; k < same && ok; k++) {
            const char *l = said[k];
            const bool letter_first = strchr("nos", *l) != NULL;
            ok = say(out, room, "%s%c%s",
                     !k              ? ""
                     : k + 1 == same ? " and "
                                     : ", ",
                     letter_first ? toupper((unsigned char)*l) : *l, l + 1);
        }
        i += same;
    }
    return ok;
}

/* ---- all of it ---- */

static int add_key(int *key, int n, int value) {
    if (n < WRITE_KEY) key[n++] = value;
    return n;
}

static int compare_keys(const name_written *a, const name_written *b) {
    for (int i = 0; i < a->n_key && i < b->n_key; i++)
        if (a->key[i] != b->key[i]) return a->key[i] - b->key[i];
    return a->n_key - b->n_key;
}

static void write_key(const name_unit *u, const prefix *p, int n, const mark *m, int n_marks,
                      name_written *out) {
    int sorted[WRITE_PREFIXES], k = 0;
    k = add_key(out->key, k, -n);
    for (int i = 0; i < u->n_key; i++) k = add_key(out->key, k, u->key[i]);
    for (int i = 0; i < n; i++) sorted[i] = p[i].value;
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    for (int i = 0; i < n; i++) k = add_key(out->key, k, sorted[i]);
    for (int i = 0; i < n; i++) k = add_key(out->key, k, p[i].value);
    for (int i = 0; i < n_marks; i++) k = add_key(out->key, k, m[i].value);
    for (int i = 0; i < n_marks; i++) k = add_key(out->key, k, toupper((unsigned char)m[i].label));
    out->n_key = k;
}

void namer_finish(namer *w, const name_unit *u, int from, name_written *best) {
    prefix p[WRITE_PREFIXES];
    mark m[WRITE_PREFIXES];
    int n_marks;
    if (namer_spent(w)) return;
    const int n = collect(w, u, from, p);
    if (n < 0 || !marks_of(w, u, from, m, &n_marks)) return;
    name_written *now = calloc(1, sizeof *now);
    if (!now) {
        w->failed = true;
        return;
    }
    now->prefixes = n, now->found = true;
    write_key(u, p, n, m, n_marks, now);
    if (!best->found || compare_keys(now, best) < 0) {
        add_prefixes(&now->name, u, p, n);
        const char first = *u->text;
        const bool apart = isdigit((unsigned char)first) || first == '[' || first == '(' ||
                           (isalpha((unsigned char)first) && u->text[1] == '-') ||
                           !strncmp(u->text, "trans-", 6) || !strncmp(u->text, "cis-", 4);
        if (n && apart) words_add(&now->name, "-");
        now->name.core = now->name.n;
        now->name.composed = n > 0;
        words_add(&now->name, "%s", u->text);
        snprintf(now->parent, sizeof now->parent, "%s", u->text);
        if (!write_phrase(u, p, n, "", now->phrase, sizeof now->phrase)) *now->phrase = 0;
        if (write_marks(m, n_marks, now->stereo, sizeof now->stereo) && !now->name.failed)
            *best = *now;
    }
    free(now);
}
