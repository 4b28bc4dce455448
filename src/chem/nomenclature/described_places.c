/* described_places.c - places of a phrase that are said in other words than "at position 2":
 *
 *   in the 2- and 6-positions, on carbon 4, at C4, in the para position
 */
#include "chem/nomenclature/described.h"

#include <ctype.h>

static const struct {
    const char *word, *locant;
} RELATIVE[] = {{"ortho", "2"}, {"meta", "3"}, {"para", "4"}};

static word made(const char *s, bool comma) { return (word){s, (int)strlen(s), comma}; }

/* A word that ends so, which is taken off. */
static bool ends_so(const word *w, const char *end, word *head) {
    const int n = (int)strlen(end);
    if (w->n <= n || strncasecmp(w->s + w->n - n, end, (size_t)n) != 0) return false;
    *head = (word){w->s, w->n - n, w->comma};
    return true;
}

static bool is_digits(const word *w) {
    for (int i = 0; i < w->n; i++)
        if (!isdigit((unsigned char)w->s[i]) && !strchr(i ? ",'alphbetRS" : ",'", w->s[i]))
            return false;
    return w->n > 0;
}

/* "N(6)", of an amino acid. */
static bool is_nitrogen(const word *w) {
    return w->n == 4 && w->s[0] == 'N' && w->s[1] == '(' && isdigit((unsigned char)w->s[2]);
}

/* "the 2- and 6-positions": the words that it is made of, 0: none. */
static int numbered_place(const phrase *p, int i, word *out, int *n) {
    const int from = i;
    *n = 0;
    if (is(p, i, "the")) i++;
    out[(*n)++] = made("positions", false);
    int k = i, m = *n; /* "the 3beta, 22beta and 24 positions", "... and 24-positions" */
    for (; k < p->n && m < LOCANTS && (is_digits(&p->w[k]) || is(p, k, "and")); k++)
        out[m++] = p->w[k];
    word end = {0};
    if (k > i && m < LOCANTS && k < p->n && ends_so(&p->w[k], "-positions", &end) &&
        is_digits(&end))
        out[m++] = end;
    const int final = end.n ? k : k - 1; /* "2, 6" without "and" is no list */
    if (k > i && (is_position(p, k) || end.n) && (final == i || is(p, final - 1, "and"))) {
        out[m - 1].comma = p->w[k].comma;
        *n = m;
        return k + 1 - from;
    }
    for (; i < p->n && *n < LOCANTS; i++) {
        word head;
        const bool last = ends_so(&p->w[i], "-position", &head) ||
                          ends_so(&p->w[i], "-positions", &head);
        if (is(p, i, "and")) {
            out[(*n)++] = p->w[i];
            continue;
        }
        if (!last && !ends_so(&p->w[i], "-", &head)) return 0;
        if (!is_digits(&head) && !is_nitrogen(&head)) return 0;
        out[(*n)++] = head;
        if (last) return i + 1 - from;
    }
    return 0;
}

/* "the para position", "para-position". */
static int relative_place(const phrase *p, int i, word *out, int *n) {
    const int from = i;
    if (is(p, i, "the")) i++;
    for (size_t k = 0; k < MG_COUNT(RELATIVE) && i < p->n; k++) {
        word head = p->w[i];
        const bool joined = ends_so(&p->w[i], "-position", &head) ||
                            ends_so(&p->w[i], "-positions", &head);
        if ((size_t)head.n != strlen(RELATIVE[k].word) ||
            strncasecmp(head.s, RELATIVE[k].word, (size_t)head.n) != 0 ||
            (!joined && !is_position(p, i + 1)))
            continue;
        i += joined ? 1 : 2;
        out[0] = made("position", false);
        out[1] = made(RELATIVE[k].locant, p->w[i - 1].comma);
        *n = 2;
        return i - from;
    }
    return 0;
}

/* "carbon 4", "carbon atoms 2 and 6": before the number. */
static int carbon_place(const phrase *p, int i, word *out, int *n) {
    const int from = i;
    if (is(p, i, "the")) i++;
    if (!is(p, i, "carbon") && !is(p, i, "carbons")) return 0;
    i++;
    if (is(p, i, "atom") || is(p, i, "atoms")) i++;
    if (i >= p->n || !is_digits(&p->w[i])) return 0;
    out[0] = made("position", false);
    *n = 1;
    return i - from;
}

void phrase_say_positions(phrase *p) {
    static const char *const before[] = {"at", "on", "in", NULL};
    word all[WORDS];
    int n = 0;
    for (int i = 0; i < p->n; i++) {
        word place[LOCANTS + 1];
        int words = 0, used = 0;
        if (is_one_of(p, i, before)) {
            used = numbered_place(p, i + 1, place, &words);
            if (!used) used = carbon_place(p, i + 1, place, &words);
            if (!used && (used = relative_place(p, i + 1, place, &words))) p->relative = true;
            if (!used && is(p, i, "in") && is_position(p, i + 1)) words = 0, used = -1;
        }
        if (n + words + 1 > WORDS) return;
        all[n++] = used ? made("at", false) : p->w[i];
        for (int k = 0; k < words && used > 0; k++) all[n++] = place[k];
        if (used > 0) i += used;
    }
    memcpy(p->w, all, (size_t)n * sizeof *all);
    p->n = n;
}

bool phrase_has_relatives(const char *parent) {
    static const char *const parents[] = {"phenol",
                                          "aniline",
                                          "toluene",
                                          "anisole",
                                          "thiophenol",
                                          "benzaldehyde",
                                          "benzonitrile",
                                          "benzoic acid",
                                          "benzamide",
                                          "styrene",
                                          "benzyl alcohol",
                                          "acetanilide",
                                          "phenethylamine",
                                          "thioanisole",
                                          "benzenethiol",
                                          "benzenesulfonamide",
                                          "benzenesulfonic acid",
                                          "benzylamine"};
    for (size_t i = 0; i < MG_COUNT(parents); i++)
        if (!strcasecmp(parent, parents[i])) return true;
    return false;
}
