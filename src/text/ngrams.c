/* ngrams.c - a text as a bag of hashed features, for the n-gram channel of the text encoder.
 *
 * 1. The text is cut into sentences (mg_text_sentences); no feature reaches across two.
 * 2. A sentence is folded (fold.c).
 * 3. Words: between blanks, freed of . , ; : at both ends. Brackets, hyphens, locants stay:
 *    "(2s,3r)-2-aminobutanoic".
 * 4. Pieces: the runs of letters in a word (all that is not ASCII counts as one), and numbers with
 *    one letter and primes behind them: "2s", "3r", "2", "aminobutanoic".
 * 5. Locants: what stands in a word between runs of two or more letters, cut at brackets and '/'
 *    unless a bracket closes at once: "1,2", "(2-)", "24:1", "(9z)", "[2.2.1]", "n". A lone word
 *    without a digit or bracket is none.
 * 6. Families, one letter each in the model's config:
 *      w  words                  b  two neighbouring words   t  three   s  two with one between
 *      p  pieces but whole words q  two neighbouring pieces  r  three   l  locants
 *      h  words with the head of their sentence ("it derives from"; HEADS below). A sentence of no
 *         known head counts as one of a head of its own; one that begins "it is a" or "it has a
 *         role" gives none: that says nothing of a relation.
 *      a  a locant piece with each longer piece from 8 before to 4 behind it, and on which side
 *         that stands
 *      n  what the pieces say with numbers (numbers.c): what, the value, the group
 *      3 4 5 6  that many characters in a row of a word, with '<' and '>' at its ends
 * 7. A feature's hash is the upper half of mg_hash64, seeded with the family's letter; of several
 *    parts, over the parts' own 64-bit hashes. Counts are per text. Models store these hashes: a
 *    changed definition needs a new letter.
 */
#include "base/grow.h"
#include "text/inside.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct token {
    size_t at, n; /* bytes in `marked` */
    uint64_t hash;
    bool whole; /* of a piece: it is its word */
} token;

typedef struct tokens {
    token *t;
    size_t n, cap;
} tokens;

/* Everything under way for one text. `failed`: out of memory, all else is in vain. */
typedef struct gather {
    mg_str folded; /* the sentence after folding */
    mg_str marked; /* its words, each between '<' and '>' */
    tokens words, pieces, locants;
    uint32_t head; /* key of the sentence's head in HEADS, or HEAD_NONE */
    const char *families;
    uint32_t *hashes; /* features of the text so far, repeats and all */
    size_t n, cap;
    bool failed;
} gather;

/* How a sentence of a ChEBI text begins. The keys are hashed into features. Heads of a key below
 * HEAD_FIRST_TELLING give no features of family h. */
static const struct {
    const char *begins;
    uint32_t key;
} HEADS[] = {
    {"it has a role", 0},
    {"it is a conjugate", 2},
    {"it is an conjugate", 2},
    {"it is an enantiomer", 3},
    {"it is a tautomer", 4},
    {"it is functionally related", 5},
    {"it derives from a hydride", 6},
    {"it derives from", 7},
    {"it contains", 8},
    {"it is a", 1},
    {"it is an", 1},
};
enum { HEAD_NONE = 9, HEAD_FIRST_TELLING = 2 };

/* ---- words, pieces, locants of a folded sentence ---- */

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (uint8_t)c >= 128; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_open(char c) { return c == '(' || c == '[' || c == '{'; }
static bool is_close(char c) { return c == ')' || c == ']' || c == '}'; }
static bool is_stop(char c) { return c == '.' || c == ',' || c == ';' || c == ':'; }

static void add_token(gather *g, tokens *list, size_t at, size_t n, bool whole) {
    if (MG_GROW(list->t, list->cap, list->n + 1))
        list->t[list->n++] = (token){at, n, mg_hash64(g->marked.s + at, n, 0), whole};
    else
        g->failed = true;
}

static void find_words(gather *g) {
    const char *s = g->folded.s;
    for (size_t at = 0, end; at < g->folded.n; at = end + 1) {
        const char *blank = memchr(s + at, ' ', g->folded.n - at);
        size_t to = end = blank ? (size_t)(blank - s) : g->folded.n;
        while (at < to && is_stop(s[at])) at++;
        while (to > at && is_stop(s[to - 1])) to--;
        if (at == to) continue;
        mg_str_add(&g->marked, "<", 1);
        mg_str_add(&g->marked, s + at, to - at);
        mg_str_add(&g->marked, ">", 1);
        if (g->marked.failed) return;
        add_token(g, &g->words, g->marked.n - 1 - (to - at), to - at, true);
    }
}

static void find_pieces(gather *g, token w) {
    const char *s = g->marked.s; /* s[end] is '>': runs end there */
    for (size_t i = w.at, end = w.at + w.n; i < end;) {
        size_t from = i;
        if (is_letter(s[i])) {
            while (is_letter(s[i])) i++;
        } else if (is_digit(s[i])) {
            while (is_digit(s[i])) i++;
            if (is_letter(s[i]) && !is_letter(s[i + 1])) i++;
            if (!is_letter(s[i]))
                while (s[i] == '\'') i++;
        } else {
            i++;
            continue;
        }
        add_token(g, &g->pieces, from, i - from, i - from == w.n);
    }
}

/* A stretch without brackets: freed of stops and hyphens at its ends. `whole`: it is all of its
 * word. */
static void add_locant(gather *g, size_t from, size_t to, bool whole) {
    const char *s = g->marked.s;
    bool digit = false;
    while (from < to && (s[from] == '-' || is_stop(s[from]))) from++;
    while (to > from && (s[to - 1] == '-' || is_stop(s[to - 1]))) to--;
    for (size_t i = from; i < to; i++) digit |= is_digit(s[i]);
    if (from < to && (digit || !whole)) add_token(g, &g->locants, from, to - from, whole);
}

/* The byte behind a bracket's end if it closes before `to` with nothing but a locant inside; else
 * 0. */
static size_t closed_bracket(const char *s, size_t at, size_t to) {
    size_t i = at + 1;
    while (i < to && !is_open(s[i]) && !is_close(s[i]) && s[i] != '/') i++;
    return i < to && is_close(s[i]) && i > at + 1 ? i + 1 : 0;
}

static void cut_stretch(gather *g, size_t from, size_t to, bool whole) {
    const char *s = g->marked.s;
    size_t start = from;
    for (size_t i = from, close; i < to;) {
        if (!is_open(s[i]) && !is_close(s[i]) && s[i] != '/') {
            i++;
            continue;
        }
        add_locant(g, start, i, whole && start == from && i == to);
        close = is_open(s[i]) ? closed_bracket(s, i, to) : 0;
        if (close) add_token(g, &g->locants, i, close - i, false);
        i = start = close ? close : i + 1;
    }
    add_locant(g, start, to, whole && start == from);
}

static void find_locants(gather *g, token w) {
    const char *s = g->marked.s;
    size_t end = w.at + w.n, start = w.at;
    for (size_t i = w.at; i < end;) {
        size_t run = i;
        while (is_letter(s[i])) i++;
        if (i - run >= 2) {
            cut_stretch(g, start, run, false);
            start = i;
        }
        i += i == run;
    }
    cut_stretch(g, start, end, start == w.at);
}

static uint32_t head_of(const mg_str *folded) {
    for (size_t i = 0; i < MG_COUNT(HEADS); i++) {
        size_t n = strlen(HEADS[i].begins);
        if (folded->n >= n && !memcmp(folded->s, HEADS[i].begins, n)) return HEADS[i].key;
    }
    return HEAD_NONE;
}

/* ---- families ---- */

static void add(gather *g, uint64_t hash) {
    if (MG_GROW(g->hashes, g->cap, g->n + 1))
        g->hashes[g->n++] = (uint32_t)(hash >> 32);
    else
        g->failed = true;
}

/* One token, or `width` of them `step` apart. */
static void add_runs(gather *g, const tokens *list, char letter, size_t width, size_t step) {
    for (size_t i = 0; i + (width - 1) * step < list->n; i++) {
        uint64_t parts[3];
        for (size_t k = 0; k < width; k++) parts[k] = list->t[i + k * step].hash;
        add(g, mg_hash64(parts, width * sizeof *parts, (uint8_t)letter));
    }
}

static void words_1(gather *g, char letter) { add_runs(g, &g->words, letter, 1, 1); }
static void words_2(gather *g, char letter) { add_runs(g, &g->words, letter, 2, 1); }
static void words_3(gather *g, char letter) { add_runs(g, &g->words, letter, 3, 1); }
static void words_skip(gather *g, char letter) { add_runs(g, &g->words, letter, 2, 2); }
static void pieces_2(gather *g, char letter) { add_runs(g, &g->pieces, letter, 2, 1); }
static void pieces_3(gather *g, char letter) { add_runs(g, &g->pieces, letter, 3, 1); }
static void locants_1(gather *g, char letter) { add_runs(g, &g->locants, letter, 1, 1); }

static void pieces_1(gather *g, char letter) {
    for (size_t i = 0; i < g->pieces.n; i++) {
        const token *p = &g->pieces.t[i];
        if (!p->whole) add(g, mg_hash64(&p->hash, sizeof p->hash, (uint8_t)letter));
    }
}

static void words_in_section(gather *g, char letter) {
    if (g->head < HEAD_FIRST_TELLING) return;
    for (size_t i = 0; i < g->words.n; i++) {
        uint64_t parts[2] = {g->head, g->words.t[i].hash};
        add(g, mg_hash64(parts, sizeof parts, (uint8_t)letter));
    }
}

static bool says_where(const char *s, token p) {
    static const char *const names[] = {"alpha", "beta", "r", "s", "e", "z", "n", "o", "l", "d"};
    if (is_digit(s[p.at])) return true;
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (strlen(names[i]) == p.n && !memcmp(s + p.at, names[i], p.n)) return true;
    return false;
}

static void locants_at_groups(gather *g, char letter) {
    for (size_t i = 0; i < g->pieces.n; i++) {
        if (!says_where(g->marked.s, g->pieces.t[i])) continue;
        for (size_t j = i < 8 ? 0 : i - 8; j < i + 5 && j < g->pieces.n; j++) {
            if (j == i || g->pieces.t[j].n <= 2) continue;
            uint64_t parts[3] = {g->pieces.t[i].hash, g->pieces.t[j].hash, j < i};
            add(g, mg_hash64(parts, sizeof parts, (uint8_t)letter));
        }
    }
}

static void add_number(void *user, const char *what, int value, const char *group, size_t n) {
    char digits[16];
    const int width = snprintf(digits, sizeof digits, "%d", value);
    uint64_t parts[3] = {mg_hash64(what, strlen(what), 0), mg_hash64(digits, (size_t)width, 0),
                         mg_hash64(group, n, 0)};
    add(user, mg_hash64(parts, (n ? 3 : 2) * sizeof *parts, 'n'));
}

static void numbers(gather *g, char letter) {
    (void)letter;
    mg_piece *p = malloc((g->pieces.n + 1) * sizeof *p);
    for (size_t i = 0; i < g->pieces.n && p; i++) {
        const token *t = &g->pieces.t[i];
        const size_t before = i ? t[-1].at + t[-1].n : 0;
        const char *s = g->marked.s;
        p[i] = (mg_piece){s + t->at, t->n, i && !memchr(s + before, '>', t->at - before)};
    }
    if (p)
        mg_text_numbers(p, g->pieces.n, add_number, g);
    else
        g->failed = true;
    free(p);
}

/* The byte behind the character at s; the text ends at `end`. */
static const char *next_char(const char *s, const char *end) {
    return s + mg_utf8_width(s, (size_t)(end - s));
}

static void characters(gather *g, char letter) {
    for (size_t i = 0; i < g->words.n; i++) {
        const char *from = g->marked.s + g->words.t[i].at - 1, *end = from + g->words.t[i].n + 2,
                   *to = from;
        int width = letter - '0';
        for (; width && to < end; width--) to = next_char(to, end);
        if (width) continue; /* the word is shorter */
        for (;; from = next_char(from, end), to = next_char(to, end)) {
            add(g, mg_hash64(from, (size_t)(to - from), (uint8_t)letter));
            if (to == end) break;
        }
    }
}

static const struct {
    char letter;
    void (*add)(gather *g, char letter);
} FAMILIES[] = {
    {'w', words_1},          {'b', words_2},           {'t', words_3},    {'s', words_skip},
    {'h', words_in_section}, {'p', pieces_1},          {'q', pieces_2},   {'r', pieces_3},
    {'l', locants_1},        {'a', locants_at_groups}, {'3', characters}, {'4', characters},
    {'5', characters},       {'6', characters},        {'n', numbers},
};

/* ---- a text ---- */

static int add_sentence(void *user, const char *sentence, size_t n) {
    gather *g = user;
    g->folded.n = g->marked.n = g->words.n = g->pieces.n = g->locants.n = 0;
    mg_text_fold(&g->folded, sentence, n);
    if (!g->folded.failed) find_words(g);
    for (size_t i = 0; i < g->words.n && !g->failed; i++) {
        find_pieces(g, g->words.t[i]);
        find_locants(g, g->words.t[i]);
    }
    g->head = head_of(&g->folded);
    g->failed |= g->folded.failed || g->marked.failed;
    for (size_t i = 0; i < MG_COUNT(FAMILIES) && !g->failed; i++)
        if (strchr(g->families, FAMILIES[i].letter)) FAMILIES[i].add(g, FAMILIES[i].letter);
    return g->failed;
}

/* Ascending, by bytes from the lowest; `other` is as long as a. Four passes leave the result in
 * a. */
static void sort_hashes(uint32_t *a, uint32_t *other, size_t n) {
    for (int shift = 0; shift < 32; shift += 8) {
        size_t at[257] = {0};
        for (size_t i = 0; i < n; i++) at[(a[i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++) at[i + 1] += at[i];
        for (size_t i = 0; i < n; i++) other[at[a[i] >> shift & 255]++] = a[i];
        uint32_t *swap = a;
        a = other;
        other = swap;
    }
}

/* Sorted and counted; NULL: out of memory. */
static mg_ngram *count_hashes(gather *g, size_t *count) {
    uint32_t *other = malloc((g->n + 1) * sizeof *other);
    mg_ngram *out = malloc((g->n + 1) * sizeof *out);
    size_t n = 0;
    if (other && out) {
        sort_hashes(g->hashes, other, g->n);
        for (size_t i = 0; i < g->n; i++) {
            if (n && out[n - 1].hash == g->hashes[i])
                out[n - 1].count++;
            else
                out[n++] = (mg_ngram){g->hashes[i], 1};
        }
    } else {
        free(out);
        out = NULL;
    }
    free(other);
    *count = n;
    return out;
}

int mg_text_ngrams(const char *text, size_t n, const char *families, mg_ngram **out, size_t *count,
                   molglot_error *err) {
    *out = NULL;
    *count = 0;
    for (const char *f = families; *f; f++) {
        size_t i = 0;
        while (i < MG_COUNT(FAMILIES) && FAMILIES[i].letter != *f) i++;
        if (i == MG_COUNT(FAMILIES))
            return mg_fail(err, MOLGLOT_USAGE, "n-grams: no family '%c' (in \"%s\")", *f, families);
    }
    gather g = {.families = families};
    mg_text_sentences(text, n, add_sentence, &g);
    if (!g.failed) *out = count_hashes(&g, count);
    mg_str_free(&g.folded);
    mg_str_free(&g.marked);
    free(g.words.t);
    free(g.pieces.t);
    free(g.locants.t);
    free(g.hashes);
    return *out ? MOLGLOT_OK : mg_no_memory(err, "n-grams");
}
