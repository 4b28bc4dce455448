/* text.c - two strings compared: Levenshtein distance and the counts of corpus BLEU-4 over
 * characters.
 *
 * Both work on Unicode code points. The distance runs Myers' bit-parallel recurrence (J. ACM 46,
 * 395, 1999) in blocks of 64 rows as Hyyro has it: a column of the table costs length/64 word
 * operations. n-grams are numbers of 128 bits, sorted and merged.
 */
#include "score/inside.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- code points ---- */

typedef struct points {
    uint32_t *at;
    int64_t n;
} points;

static uint32_t decode(const uint8_t **s) {
    const uint8_t *p = *s;
    int more = *p >= 0xF0 && *p < 0xF8 ? 3 : *p >= 0xE0 ? 2 : 1;
    uint32_t value = *p & (0x3Fu >> more);
    if (*p < 0xC0 || *p >= 0xF8) more = 0;
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            more = 0; /* the terminating zero ends here too */
        else
            value = value << 6 | (p[i] & 0x3Fu);
    }
    *s += more + 1;
    return more ? value : *p < 0x80 ? *p : 0x110000u + *p;
}

static bool points_of(const char *text, points *out) {
    const uint8_t *s = (const uint8_t *)text;
    out->n = 0;
    out->at = malloc((strlen(text) + 1) * sizeof *out->at);
    while (out->at && *s) out->at[out->n++] = decode(&s);
    return out->at != NULL;
}

/* ---- Levenshtein ---- */

/* For each distinct code point of the pattern the rows where it stands, one bit each; an open hash
 * table. */
typedef struct masks {
    size_t mask; /* slots - 1 */
    int64_t blocks;
    uint32_t *keys; /* code point + 1, 0: free */
    /* [slot number handed out in order of appearance + 1, blocks]; row 0 is all zero */
    uint64_t *bits;
    int32_t *row;
} masks;

static size_t find_slot(const masks *m, uint32_t point) {
    size_t slot = (size_t)(point * 0x9E3779B1u) & m->mask;
    while (m->keys[slot] && m->keys[slot] != point + 1) slot = (slot + 1) & m->mask;
    return slot;
}

static void masks_free(masks *m) {
    free(m->keys);
    free(m->row);
    free(m->bits);
}

static bool masks_init(masks *m, const points *pattern) {
    size_t slots = 16, bytes;
    int32_t distinct = 0;
    while (slots < (size_t)pattern->n * 2) slots *= 2;
    *m = (masks){.mask = slots - 1, .blocks = (pattern->n + 63) / 64};
    m->keys = calloc(slots, sizeof *m->keys);
    m->row = calloc(slots, sizeof *m->row);
    if (!m->keys || !m->row) return false;
    for (int64_t i = 0; i < pattern->n; i++) {
        size_t slot = find_slot(m, pattern->at[i]);
        if (!m->keys[slot]) m->row[slot] = ++distinct;
        m->keys[slot] = pattern->at[i] + 1;
    }
    if (!mg_mul_size((size_t)distinct + 1, (size_t)m->blocks * sizeof *m->bits, &bytes) ||
        !(m->bits = calloc(1, bytes)))
        return false;
    for (int64_t i = 0; i < pattern->n; i++)
        m->bits[m->row[find_slot(m, pattern->at[i])] * m->blocks + i / 64] |= 1ull << (i % 64);
    return true;
}

/* Differences down a column of the table, 64 rows at a time: +1 where `plus`, -1 where `minus` has
 * a bit. */
typedef struct column {
    uint64_t plus, minus;
} column;

/* One block of the next column. in, out: the horizontal difference above its first row and at its
 * bit `last`. */
static int advance(column *c, uint64_t equal, int in, int last) {
    uint64_t vertical = equal | c->minus;
    if (in < 0) equal |= 1;
    uint64_t diagonal = (((equal & c->plus) + c->plus) ^ c->plus) | equal;
    uint64_t plus = c->minus | ~(diagonal | c->plus), minus = c->plus & diagonal;
    int out = (int)(plus >> last & 1) - (int)(minus >> last & 1);
    plus = plus << 1 | (in > 0);
    minus = minus << 1 | (in < 0);
    c->plus = minus | ~(vertical | plus);
    c->minus = plus & vertical;
    return out;
}

static int64_t distance(const points *pattern, const points *text, const masks *m,
                        column *columns) {
    int64_t score = pattern->n;
    int last = (int)((pattern->n - 1) % 64);
    for (int64_t b = 0; b < m->blocks; b++) columns[b] = (column){~0ull, 0};
    for (int64_t j = 0; j < text->n; j++) {
        const uint64_t *equal = m->bits + m->row[find_slot(m, text->at[j])] * m->blocks;
        int carry = 1; /* the first row counts the characters of the text */
        for (int64_t b = 0; b < m->blocks; b++)
            carry = advance(&columns[b], equal[b], carry, b + 1 < m->blocks ? 63 : last);
        score += carry;
    }
    return score;
}

int64_t mg_levenshtein(const char *a, const char *b) {
    points pattern = {0}, text = {0};
    masks m = {0};
    column *columns = NULL;
    int64_t out = -1;
    if (points_of(a, &pattern) && points_of(b, &text)) {
        if (!pattern.n) {
            out = text.n;
        } else if (masks_init(&m, &pattern) &&
                   (columns = malloc(sizeof *columns * (size_t)m.blocks))) {
            out = distance(&pattern, &text, &m, columns);
        }
    }
    masks_free(&m);
    free(columns);
    free(pattern.at);
    free(text.at);
    return out;
}

/* ---- BLEU ---- */

typedef unsigned __int128 gram; /* up to four code points */

static int compare_grams(const void *a, const void *b) {
    gram x = *(const gram *)a, y = *(const gram *)b;
    return (x > y) - (x < y);
}

/* All n-grams of p, sorted; returns how many. */
static int64_t sorted_grams(const points *p, int n, gram *out) {
    int64_t count = p->n - n + 1;
    for (int64_t i = 0; i < count; i++) {
        out[i] = 0;
        for (int k = 0; k < n; k++) out[i] = out[i] << 32 | p->at[i + k];
    }
    if (count > 1) qsort(out, (size_t)count, sizeof *out, compare_grams);
    return count > 0 ? count : 0;
}

/* Common elements of two sorted lists, each counted as often as it stands in both. */
static int64_t common(const gram *a, int64_t na, const gram *b, int64_t nb) {
    int64_t both = 0;
    for (int64_t i = 0, j = 0; i < na && j < nb;) {
        if (a[i] < b[j])
            i++;
        else if (b[j] < a[i])
            j++;
        else
            both++, i++, j++;
    }
    return both;
}

bool mg_bleu_add(mg_bleu *sums, const char *reference, const char *output) {
    points r = {0}, o = {0};
    bool ok = points_of(reference, &r) && points_of(output, &o);
    gram *a = ok ? malloc(((size_t)r.n + 1) * sizeof *a) : NULL,
         *b = ok ? malloc(((size_t)o.n + 1) * sizeof *b) : NULL;
    ok = a && b;
    for (int n = 1; n <= 4 && ok; n++) {
        int64_t in_reference = sorted_grams(&r, n, a), in_output = sorted_grams(&o, n, b);
        sums->matches[n - 1] += (double)common(a, in_reference, b, in_output);
        sums->grams[n - 1] += (double)(in_output ? in_output : 1);
    }
    sums->output_length += ok ? (double)o.n : 0;
    sums->reference_length += ok ? (double)r.n : 0;
    free(a);
    free(b);
    free(r.at);
    free(o.at);
    return ok;
}

double mg_bleu_orders(const mg_bleu *s, int orders) {
    if (s->matches[0] == 0 || s->output_length == 0) return 0;
    double logs = 0;
    for (int n = 0; n < orders; n++)
        logs += log(s->matches[n] > 0 ? s->matches[n] / s->grams[n] : DBL_MIN) / orders;
    double brevity = s->output_length > s->reference_length
                         ? 1
                         : exp(1 - s->reference_length / s->output_length);
    return brevity * exp(logs);
}

double mg_bleu_score(const mg_bleu *s) { return mg_bleu_orders(s, 4); }
