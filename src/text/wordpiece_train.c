/* wordpiece_train.c - a WordPiece vocabulary from texts, by byte-pair merges over word counts.
 *
 *   1. Words (words.c) of at most 100 characters are counted.
 *   2. Each is cut into its characters: "c" at the front of a word, "##c" inside. Characters below
 *      min_count are left out. The others enter the vocabulary in both forms, so that a word of
 *      known characters never becomes [UNK].
 *   3. The pair of neighbours that stands most often is joined into a new piece, again and again,
 *      until the vocabulary is full or no pair reaches min_count. A merge touches only the words
 *      that hold the pair. A heap gives the next pair; entries whose count has changed since are
 *      renewed when they come up.
 *
 * Deterministic: words are sorted first, ties go to the piece that is older on the left, then on
 * the right; the order in which texts were added does not matter.
 */
#include "base/grow.h"
#include "text/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_CHARS_MAX = 100, NO_SYMBOL = -1 };
static const char *const SPECIALS[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/* ---- strings with a count: words while texts are added, characters and pieces while merging ----
 */

typedef struct entry {
    const char *s;
    uint32_t n;
    int64_t count;
} entry;

typedef struct table {
    mg_names index; /* of the strings, which it keeps */
    entry *entries;
    size_t n, cap;
} table;

static void table_free(table *t) {
    mg_names_free(&t->index);
    free(t->entries);
    memset(t, 0, sizeof *t);
}

/* Index of the string, entered with `count` or its count raised; -1: out of memory. */
static int32_t table_add(table *t, const char *s, size_t n, int64_t count) {
    if (t->n >= INT32_MAX || !MG_GROW(t->entries, t->cap, t->n + 1)) return -1;
    mg_slot *slot = mg_names_copy(&t->index, s, n);
    if (!slot) return -1;
    if (slot->value < 0) {
        slot->value = (int32_t)t->n;
        t->entries[t->n++] = (entry){slot->key.name, (uint32_t)n, 0};
    }
    t->entries[slot->value].count += count;
    return slot->value;
}

/* ---- collecting words ---- */

struct mg_vocab_trainer {
    table words;
};

mg_vocab_trainer *mg_vocab_trainer_new(void) { return calloc(1, sizeof(mg_vocab_trainer)); }

void mg_vocab_trainer_free(mg_vocab_trainer *t) {
    if (!t) return;
    table_free(&t->words);
    free(t);
}

static int count_word(void *user, const char *word, size_t n, size_t start) {
    table *words = user;
    (void)start;
    if (n > WORD_CHARS_MAX && mg_utf8_prefix(word, n, WORD_CHARS_MAX) < n) return 0;
    return table_add(words, word, n, 1) < 0;
}

int mg_vocab_trainer_add(mg_vocab_trainer *t, const char *text, size_t n, molglot_error *err) {
    if (mg_text_words(text, n, count_word, &t->words)) return mg_no_memory(err, "the vocabulary");
    return MOLGLOT_OK;
}

/* ---- merging ---- */

typedef struct word { /* a distinct word as the pieces it is cut into at present */
    int32_t *pieces;  /* NO_SYMBOL where a rare character stood */
    int32_t n;
    int64_t count;
} word;

typedef struct pair {
    int32_t left, right;
    int64_t count;
    /* newest of the chain of uses: words that hold it, or have held it; -1 ends it */
    int32_t first_use;
    int32_t merge; /* the merge that last raised it: its heap entry is renewed once per merge */
} pair;

typedef struct use {
    int32_t word, next;
} use;
typedef struct candidate {
    int64_t count;
    int32_t pair;
} candidate;

typedef struct merger {
    table pieces;     /* the vocabulary, in order of id */
    int32_t *letters; /* storage of all words' pieces */
    word *words;
    int32_t n_words;
    pair *pairs;
    size_t n_pairs, cap_pairs;
    mg_numbers index; /* of pairs by (left, right) */
    use *uses;
    size_t n_uses, cap_uses;
    candidate *heap;
    size_t n_heap, cap_heap;
    int32_t *raised; /* pairs raised by the merge under way */
    size_t n_raised, cap_raised;
    int32_t merges;
} merger;

static void merger_free(merger *m) {
    table_free(&m->pieces);
    free(m->letters);
    free(m->words);
    free(m->pairs);
    mg_numbers_free(&m->index);
    free(m->uses);
    free(m->heap);
    free(m->raised);
}

static uint64_t pair_key(int32_t left, int32_t right) {
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

/* Index of the pair, made if new; -1: out of memory. */
static int32_t pair_of(merger *m, int32_t left, int32_t right) {
    mg_slot *slot = mg_numbers_at(&m->index, pair_key(left, right));
    if (!slot) return -1;
    if (slot->value >= 0) return slot->value;
    if (m->n_pairs >= INT32_MAX || !MG_GROW(m->pairs, m->cap_pairs, m->n_pairs + 1)) return -1;
    m->pairs[m->n_pairs] = (pair){left, right, 0, -1, -1};
    return slot->value = (int32_t)m->n_pairs++;
}

/* More counts first; ties by older pieces. */
static bool ranks_before(const merger *m, candidate a, candidate b) {
    if (a.count != b.count) return a.count > b.count;
    const pair *p = &m->pairs[a.pair], *q = &m->pairs[b.pair];
    return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static bool heap_push(merger *m, candidate c) {
    if (!MG_GROW(m->heap, m->cap_heap, m->n_heap + 1)) return false;
    size_t i = m->n_heap++;
    for (; i > 0 && ranks_before(m, c, m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = c;
    return true;
}

static candidate heap_pop(merger *m) {
    candidate top = m->heap[0], last = m->heap[--m->n_heap];
    size_t i = 0;
    for (size_t next; (next = 2 * i + 1) < m->n_heap; i = next) {
        if (next + 1 < m->n_heap && ranks_before(m, m->heap[next + 1], m->heap[next])) next++;
        if (!ranks_before(m, m->heap[next], last)) break;
        m->heap[i] = m->heap[next];
    }
    m->heap[i] = last;
    return top;
}

/* Counts all pairs of a word up. `made`: the piece just made, whose pairs are new to the word;
 * NO_SYMBOL: all are. */
static bool raise_pairs(merger *m, int32_t at, int32_t made) {
    const word *w = &m->words[at];
    for (int32_t i = 0; i + 1 < w->n; i++) {
        int32_t left = w->pieces[i], right = w->pieces[i + 1];
        if (left == NO_SYMBOL || right == NO_SYMBOL) continue;
        int32_t k = pair_of(m, left, right);
        if (k < 0) return false;
        pair *p = &m->pairs[k];
        p->count += w->count;
        if (made != NO_SYMBOL && left != made && right != made) continue;
        if (m->n_uses >= INT32_MAX || !MG_GROW(m->uses, m->cap_uses, m->n_uses + 1)) return false;
        m->uses[m->n_uses] = (use){at, p->first_use};
        p->first_use = (int32_t)m->n_uses++;
        if (p->merge == m->merges) continue;
        p->merge = m->merges;
        if (!MG_GROW(m->raised, m->cap_raised, m->n_raised + 1)) return false;
        m->raised[m->n_raised++] = k;
    }
    return true;
}

static void lower_pairs(merger *m, const word *w) {
    for (int32_t i = 0; i + 1 < w->n; i++)
        if (w->pieces[i] != NO_SYMBOL && w->pieces[i + 1] != NO_SYMBOL)
            m->pairs[mg_numbers_find(&m->index, pair_key(w->pieces[i], w->pieces[i + 1]))].count -=
                w->count;
}

static bool holds(const word *w, int32_t left, int32_t right) {
    for (int32_t i = 0; i + 1 < w->n; i++)
        if (w->pieces[i] == left && w->pieces[i + 1] == right) return true;
    return false;
}

static void join(word *w, int32_t left, int32_t right, int32_t made) {
    int32_t n = 0;
    for (int32_t i = 0; i < w->n; i++) {
        bool here = i + 1 < w->n && w->pieces[i] == left && w->pieces[i + 1] == right;
        w->pieces[n++] = here ? made : w->pieces[i];
        i += here;
    }
    w->n = n;
}

/* Heap entries for all pairs raised since the last call. */
static bool renew_candidates(merger *m, int64_t min_count) {
    for (size_t i = 0; i < m->n_raised; i++) {
        candidate c = {m->pairs[m->raised[i]].count, m->raised[i]};
        if (c.count >= min_count && !heap_push(m, c)) return false;
    }
    m->n_raised = 0;
    m->merges++;
    return true;
}

/* The piece that two make: "ab" + "##c" = "abc", "##a" + "##b" = "##ab". It may exist already, from
 * another cut. */
static int32_t joined_piece(merger *m, int32_t left, int32_t right) {
    char name[4 * WORD_CHARS_MAX + 2];
    entry a = m->pieces.entries[left], b = m->pieces.entries[right];
    memcpy(name, a.s, a.n);
    memcpy(name + a.n, b.s + 2, b.n - 2);
    return table_add(&m->pieces, name, a.n + b.n - 2, 0);
}

static bool merge_pair(merger *m, int32_t k, int64_t min_count) {
    pair p = m->pairs[k];
    int32_t made = joined_piece(m, p.left, p.right);
    if (made < 0) return false;
    for (int32_t u = p.first_use; u >= 0; u = m->uses[u].next) {
        word *w = &m->words[m->uses[u].word];
        if (!holds(w, p.left, p.right)) continue;
        lower_pairs(m, w);
        join(w, p.left, p.right, made);
        if (!raise_pairs(m, m->uses[u].word, made)) return false;
    }
    return renew_candidates(m, min_count);
}

static bool merge_all(merger *m, int32_t size, int64_t min_count) {
    for (int32_t i = 0; i < m->n_words; i++)
        if (!raise_pairs(m, i, NO_SYMBOL)) return false;
    if (!renew_candidates(m, min_count)) return false;
    while ((int64_t)m->pieces.n < size && m->n_heap) {
        candidate c = heap_pop(m);
        int64_t now = m->pairs[c.pair].count;
        if (now == c.count) {
            if (!merge_pair(m, c.pair, min_count)) return false;
        } else if (now < c.count && now >= min_count) { /* fell since it was queued */
            c.count = now;
            if (!heap_push(m, c)) return false;
        }
    }
    return true;
}

/* ---- from word counts to the merger's start ---- */

static int by_bytes(const void *a, const void *b) {
    const entry *x = a, *y = b;
    int c = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

static int by_count(const void *a, const void *b) {
    const entry *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_bytes(a, b);
}

/* Bytes of the character that begins at byte `at` of a word. */
static size_t char_bytes(const entry *w, size_t at) { return mg_utf8_width(w->s + at, w->n - at); }

/* The five special pieces, then the frequent characters in both forms, while they fit. */
static bool add_alphabet(merger *m, const entry *words, int32_t size, int64_t min_count) {
    table chars = {0};
    bool ok = true;
    for (int32_t i = 0; i < m->n_words && ok; i++)
        for (size_t at = 0, k; at < words[i].n && ok; at += k) {
            k = char_bytes(&words[i], at);
            ok = table_add(&chars, words[i].s + at, k, words[i].count) >= 0;
        }
    for (size_t i = 0; i < MG_COUNT(SPECIALS) && ok; i++)
        ok = table_add(&m->pieces, SPECIALS[i], strlen(SPECIALS[i]), 0) >= 0;
    if (ok && chars.n) qsort(chars.entries, chars.n, sizeof *chars.entries, by_count);
    for (size_t i = 0; i < chars.n && ok; i++) {
        const entry *c = &chars.entries[i];
        if (c->count < min_count || (int64_t)m->pieces.n + 2 > size) break;
        char name[8] = "##";
        memcpy(name + 2, c->s, c->n);
        ok = table_add(&m->pieces, name + 2, c->n, 0) >= 0 &&
             table_add(&m->pieces, name, c->n + 2, 0) >= 0;
    }
    table_free(&chars);
    return ok;
}

/* Every word as its characters. */
static bool cut_words(merger *m, const entry *words) {
    size_t total = 1;
    for (int32_t i = 0; i < m->n_words; i++) total += words[i].n;
    m->letters = malloc(total * sizeof *m->letters);
    m->words = malloc(((size_t)m->n_words + 1) * sizeof *m->words);
    if (!m->letters || !m->words) return false;
    int32_t *next = m->letters;
    for (int32_t i = 0; i < m->n_words; i++) {
        m->words[i] = (word){next, 0, words[i].count};
        for (size_t at = 0, k; at < words[i].n; at += k) {
            char name[8] = "##";
            k = char_bytes(&words[i], at);
            memcpy(name + 2, words[i].s + at, k);
            *next++ = at ? mg_names_find_n(&m->pieces.index, name, k + 2)
                         : mg_names_find_n(&m->pieces.index, name + 2, k);
            m->words[i].n++;
        }
    }
    return true;
}

int mg_vocab_trainer_finish(mg_vocab_trainer *t, int32_t size, int32_t min_count, mg_str *out,
                            molglot_error *err) {
    if (size < (int32_t)MG_COUNT(SPECIALS))
        return mg_fail(err, MOLGLOT_USAGE, "vocabulary: size %d, at least 5 is needed", size);
    if (min_count < 1) min_count = 1;
    merger m = {.n_words = (int32_t)t->words.n};
    entry *words = malloc((t->words.n + 1) * sizeof *words);
    bool ok = words;
    if (ok && t->words.n) {
        memcpy(words, t->words.entries, t->words.n * sizeof *words);
        qsort(words, t->words.n, sizeof *words, by_bytes);
    }
    ok = ok && add_alphabet(&m, words, size, min_count) && cut_words(&m, words) &&
         merge_all(&m, size, min_count);
    for (size_t i = 0; i < m.pieces.n && ok; i++) {
        mg_str_addf(out, "%s\n", m.pieces.entries[i].s);
        ok = !out->failed;
    }
    merger_free(&m);
    free(words);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "the vocabulary");
}
