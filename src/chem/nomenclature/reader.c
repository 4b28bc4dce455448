/* reader.c - a name as letters: words, locants, brackets; and the fragments that a stretch of it
 * can be.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool name_spent(name_reader *r) { return r->failed || ++r->steps > NAME_STEPS; }

uint64_t name_lengths_at(const name_entry *table, const char *s) {
    uint64_t lengths = 0;
    for (const name_entry *e = table; e->name; e++) {
        if (*e->name != *s) continue;
        const size_t k = strlen(e->name);
        if (!strncmp(s, e->name, k)) lengths |= UINT64_C(1) << (k < NAME_BITS ? k : NAME_BITS);
    }
    return lengths;
}

bool name_open(name_reader *r) {
    const size_t n = r->n + 1;
    r->subs = calloc(n * n, sizeof *r->subs);
    r->cores = calloc(n * n, sizeof *r->cores);
    r->no_hydride = calloc(n * n / 8 + 1, 1);
    r->depth = calloc(n, sizeof *r->depth);
    r->until = calloc(n, sizeof *r->until);
    r->rings = calloc(n, sizeof *r->rings);
    r->groups = calloc(n, sizeof *r->groups);
    r->naturals = r->plain ? NULL : calloc(n + 1, sizeof *r->naturals);
    if (!r->subs || !r->cores || !r->no_hydride || !r->depth || !r->until || !r->rings ||
        !r->groups || !(r->plain || r->naturals))
        return false;
    uint16_t depth = 0x4000; /* closed before opened: below */
    for (size_t k = 0; k < n; k++) {
        r->depth[k] = depth;
        if (k < r->n && strchr("([{", r->s[k])) depth++;
        if (k < r->n && strchr(")]}", r->s[k])) depth--;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        while (k < n && r->depth[k] >= r->depth[i]) k++;
        r->until[i] = (uint16_t)k;
        r->rings[i] = name_lengths_at(NAME_RINGS, r->s + i);
        r->groups[i] = name_lengths_at(NAME_GROUPS, r->s + i);
    }
    if (r->naturals) r->naturals[n] = (uint16_t)n;
    for (size_t i = n; i-- > 0 && r->naturals;)
        r->naturals[i] = name_natural_at(r->s + i) ? (uint16_t)i : r->naturals[i + 1];
    return true;
}

void name_close(name_reader *r) {
    const size_t n = (r->n + 1) * (r->n + 1);
    for (size_t i = 0; i < n; i++) {
        if (r->subs && r->subs[i]) name_ways_free(r->subs[i]), free(r->subs[i]);
        if (r->cores && r->cores[i]) name_ways_free(r->cores[i]), free(r->cores[i]);
    }
    free(r->subs);
    free(r->cores);
    free(r->no_hydride);
    free(r->depth);
    free(r->until);
    free(r->rings);
    free(r->groups);
    free(r->naturals);
}

bool name_balanced(const name_reader *r, size_t i, size_t end) {
    return !r->depth || (r->depth[i] == r->depth[end] && r->until[i] > end);
}

void name_keep(name_reader *r, name_ways *w, const name_fragment *f) {
    if (w->n == NAME_WAYS) return;
    for (int i = 0; i < w->n; i++)
        if (!memcmp(w->f[i], f, sizeof *f)) return;
    name_fragment *copy = malloc(sizeof *copy);
    if (!copy) {
        r->failed = true;
        return;
    }
    *copy = *f;
    w->f[w->n++] = copy;
}

void name_ways_free(name_ways *w) {
    for (int i = 0; i < w->n; i++) free(w->f[i]);
    w->n = 0;
}

bool name_begins(const name_reader *r, size_t i, size_t end, const char *word) {
    if (*word && (i >= end || r->s[i] != *word)) return false;
    const size_t k = strlen(word);
    return i + k <= end && !strncmp(r->s + i, word, k);
}

bool name_is_word(const name_reader *r, size_t i, size_t end, const char *word) {
    if (*word && (i >= end || r->s[i] != *word)) return false;
    return end >= i && strlen(word) == end - i && !strncmp(r->s + i, word, end - i);
}

bool name_put(char *s, size_t at, size_t cut, const char *with) {
    const size_t n = strlen(s), k = strlen(with);
    if (n - cut + k > NAME_LONGEST) return false;
    memmove(s + at + k, s + at + cut, n - at - cut + 1);
    memcpy(s + at, with, k);
    return true;
}

bool name_ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

/* ---- locants ---- */

/* "alpha", "beta", "xi" behind a number; characters. */
static size_t face_at(const name_reader *r, size_t i, size_t end) {
    static const char *const faces[] = {"alpha", "beta", "xi"};
    for (size_t k = 0; k < MG_COUNT(faces); k++) {
        const size_t n = strlen(faces[k]);
        if (name_begins(r, i, end, faces[k]) && (i + n == end || strchr(",-)(h", r->s[i + n])))
            return n;
    }
    return 0;
}

/* "alpha-D-glucosyl": the side of a sugar, and no place. */
static bool is_anomer(const name_reader *r, size_t i, size_t end) {
    return name_begins(r, i, end, "-d-") || name_begins(r, i, end, "-l-");
}

/* "alpha", "omega"; characters. */
static size_t greek_at(const name_reader *r, size_t i, size_t end) {
    static const char *const letters[] = {"alpha", "beta", "gamma", "delta", "epsilon", "omega"};
    for (size_t k = 0; k < MG_COUNT(letters); k++)
        if (name_begins(r, i, end, letters[k])) return strlen(letters[k]);
    return 0;
}

/* "2", "4a", "3'", "n", "n1", "17B" of "17beta"; characters read. */
size_t name_locant(const name_reader *r, size_t i, size_t end, char out[NAME_LOCANT]) {
    size_t k = i;
    if (k < end && strchr("nosp", r->s[k]) && k + 1 < end && strchr(",-'0123456789", r->s[k + 1])) {
        k++;
        while (k < end && isdigit((unsigned char)r->s[k])) k++;
    } else if (k < end && isdigit((unsigned char)r->s[k])) {
        while (k < end && isdigit((unsigned char)r->s[k])) k++;
        /* "4-n" of an amine is "n4" */
        if (k - i < NAME_LOCANT - 2 && k + 2 < end && r->s[k] == '-' && r->s[k + 1] == 'n' &&
            strchr("-,", r->s[k + 2]) && strstr(r->s, "amine")) {
            out[0] = 'n';
            memcpy(out + 1, r->s + i, k - i);
            out[k - i + 1] = 0;
            return k + 2 - i;
        }
        const bool hydrogen = k + 2 < end && r->s[k + 1] == 'h' && strchr(",)-", r->s[k + 2]);
        if (k < end && r->s[k] >= 'a' && r->s[k] <= 'f' &&
            (hydrogen || !(k + 1 < end && isalpha((unsigned char)r->s[k + 1]))))
            k++;
        const size_t letter = k < end && r->s[k] == 'a' && face_at(r, k + 1, end);
        const size_t face = face_at(r, k + letter, end);
        if (face) { /* "17beta": on that side of the ring */
            k += letter;
            if (k - i >= NAME_LOCANT - 1) return 0;
            memcpy(out, r->s + i, k - i);
            out[k - i] = r->s[k] == 'a' ? 'A' : r->s[k] == 'b' ? 'B' : 'X';
            out[k - i + 1] = 0;
            return k + face - i;
        }
        if (k < end && strchr("rs", r->s[k]) && k + 1 < end && strchr(",-", r->s[k + 1]) &&
            k - i < NAME_LOCANT - 2) { /* "22r-hydroxy": that is its label */
            memcpy(out, r->s + i, k - i);
            out[k - i] = r->s[k] == 'r' ? 'R' : 'S';
            out[k - i + 1] = 0;
            return k + 1 - i;
        }
    } else if (k < end && strchr("mo", r->s[k]) && k + 1 < end && r->s[k + 1] == '-') {
        k++;
    } else if (!(k += greek_at(r, i, end)) || k == i || is_anomer(r, k, end)) {
        return 0;
    }
    while (k < end && r->s[k] == '\'') k++;
    if (k - i >= NAME_LOCANT) return 0;
    memcpy(out, r->s + i, k - i);
    out[k - i] = 0;
    return k - i;
}

/* "lambda6", "lambda^5" behind a locant; characters. */
size_t name_lambda(const name_reader *r, size_t i, size_t end, uint8_t *lambda) {
    size_t k = i + 6;
    *lambda = 0;
    if (!name_begins(r, i, end, "lambda")) return 0;
    while (k < end && strchr("^{", r->s[k])) k++;
    if (k >= end || r->s[k] < '2' || r->s[k] > '6') return 0;
    *lambda = (uint8_t)(r->s[k++] - '0');
    while (k < end && strchr("^}", r->s[k])) k++;
    return k - i;
}

/* "2,3-", "n,n-"; with the hyphen; 0: none. added: "2(1h)" marks ring atoms in *hydro. */
size_t name_locants(const name_reader *r, size_t i, size_t end, name_part *p, name_part *hydro) {
    size_t k = i;
    p->places = 0;
    for (;;) {
        if (p->places == NAME_PLACES) return 0;
        const size_t m = name_locant(r, k, end, p->place[p->places]);
        if (!m) return 0;
        k += m;
        k += name_lambda(r, k, end, &p->lambda[p->places++]);
        if (hydro && k + 3 < end && r->s[k] == '(' && isdigit((unsigned char)r->s[k + 1])) {
            size_t q = k + 1;
            while (q < end && r->s[q] != ')') {
                const size_t h = name_locant(r, q, end, hydro->place[hydro->places]);
                if (!h || q + h >= end || r->s[q + h] != 'h' || hydro->places + 1 == NAME_PLACES)
                    return 0;
                hydro->places++, q += h + 1;
                if (q < end && r->s[q] == ',') q++;
            }
            if (q >= end) return 0;
            k = q + 1;
        }
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
}

/* "1h-", "1h,3h-": characters read. */
size_t name_indicated(const name_reader *r, size_t i, size_t end, name_part *p) {
    size_t k = i;
    *p = (name_part){.kind = PART_INDICATED};
    while (k < end && p->places < NAME_PLACES) {
        const size_t m = name_locant(r, k, end, p->place[p->places]);
        k += m;
        if (!m || k >= end || r->s[k] != 'h' || strpbrk(p->place[p->places], "ABX")) return 0;
        p->places++, k++;
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
    return 0;
}

size_t name_bracket_end(const name_reader *r, size_t i, size_t end) {
    int depth = 0;
    for (size_t k = i; k < end; k++) {
        depth += strchr("([{", r->s[k]) != NULL;
        depth -= strchr(")]}", r->s[k]) != NULL;
        if (!depth) return k;
    }
    return end;
}
