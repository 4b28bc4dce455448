/* wordpiece_train.c - a WordPiece vocabulary from texts, by byte-pair merges over word counts.
 *
 * Words (words.c) are counted; each is cut into its characters, "c" at the front of a word and
 * "##c" inside; then the pair of neighbours that stands most often is joined into a new piece,
 * again and again, until the vocabulary is full or no pair reaches min_count. Pair counts are kept
 * up to date: a merge touches only the words that hold the pair, and a heap with stale entries
 * finds the next one. Every kept character enters in both forms, so that words of known characters
 * never become [UNK]. Characters below min_count are left out, and so are words above 100
 * characters.
 *
 * Deterministic: words are sorted first, ties go to the piece that is older on the left, then on
 * the right; the order in which texts were added does not matter.
 */
#include "text/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_CHARS_MAX = 100, NO_SYMBOL = -1 };
static const char *const SPECIALS[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/* --- strings with a count, found by hash: words while texts are added, characters and pieces while
 * merging --- */

typedef struct entry {
    size_t at; /* offset of the bytes in `bytes` */
    uint32_t n;
    int64_t count;
} entry;

typedef struct table {
    mg_str bytes;
    entry *entries;
    int32_t n, cap;
    int32_t *slots; /* index of an entry, or -1; a power of two, at most half full */
    size_t n_slots;
} table;

static void table_free(table *t) {
    mg_str_free(&t->bytes);
    free(t->entries);
    free(t->slots);
    memset(t, 0, sizeof *t);
}

static size_t table_slot(const table *t, const char *s, size_t n) {
    size_t slot = mg_hash64(s, n, 0) & (t->n_slots - 1);
    for (; t->slots[slot] >= 0; slot = (slot + 1) & (t->n_slots - 1)) {
        const entry *e = &t->entries[t->slots[slot]];
        if (e->n == n && !memcmp(t->bytes.s + e->at, s, n)) break;
    }
    return slot;
}

static bool table_grow(table *t) {
    if (t->n < t->cap) return true;
    if (t->cap > INT32_MAX / 4) return false;
    int32_t cap = t->cap ? t->cap * 2 : 1024;
    entry *entries = realloc(t->entries, (size_t)cap * sizeof *entries);
    if (!entries) return false;
    t->entries = entries;
    int32_t *slots = realloc(t->slots, (size_t)cap * 2 * sizeof *slots);
    if (!slots) return false;
    t->slots = slots;
    t->cap = cap;
    t->n_slots = (size_t)cap * 2;
    memset(slots, 0xFF, t->n_slots * sizeof *slots);
    for (int32_t i = 0; i < t->n; i++)
        slots[table_slot(t, t->bytes.s + entries[i].at, entries[i].n)] = i;
    return true;
}

/* Index of the string, entered with `count` or its count raised; -1: out of memory. s must not
 * point into t. */
static int32_t table_add(table *t, const char *s, size_t n, int64_t count) {
    if (!table_grow(t)) return -1;
    size_t slot = table_slot(t, s, n);
    if (t->slots[slot] < 0) {
        size_t at = t->bytes.n;
        mg_str_add(&t->bytes, s, n);
        if (t->bytes.failed) return -1;
        t->entries[t->n] = (entry){at, (uint32_t)n, 0};
        t->slots[slot] = t->n++;
    }
    t->entries[t->slots[slot]].count += count;
    return t->slots[slot];
}

static int32_t table_find(const table *t, const char *s, size_t n) {
    return t->n ? t->slots[table_slot(t, s, n)] : -1;
}

/* Bytes of the character at s (words are valid UTF-8). */
static size_t char_bytes(const char *s) {
    uint8_t c = (uint8_t)*s;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
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
    if (mg_utf8_prefix(word, n, WORD_CHARS_MAX) < n) return 0;
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
    /* newest of the chain of words that hold it, or have held it; -1 ends it */
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
    int32_t n_pairs, cap_pairs;
    int32_t *slots; /* pair by (left, right) */
    size_t n_slots;
    use *uses;
    int32_t n_uses, cap_uses;
    candidate *heap;
    int32_t n_heap, cap_heap;
    int32_t *raised; /* pairs raised by the merge under way */
    int32_t n_raised, cap_raised;
    int32_t merges;
} merger;

/* Room for one more in an array that grows by doubling. */
static bool room(void **array, int32_t n, int32_t *cap, size_t size) {
    if (n < *cap) return true;
    if (*cap > INT32_MAX / 2) return false;
    int32_t bigger = *cap ? *cap * 2 : 1024;
    void *p = realloc(*array, (size_t)bigger * size);
    if (!p) return false;
    *array = p;
    *cap = bigger;
    return true;
}

static void merger_free(merger *m) {
    table_free(&m->pieces);
    free(m->letters);
    free(m->words);
    free(m->pairs);
    free(m->slots);
    free(m->uses);
    free(m->heap);
    free(m->raised);
}

static size_t pair_slot(const merger *m, int32_t left, int32_t right) {
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t slot = (size_t)((key ^ key >> 29) * 0x9E3779B97F4A7C15u >> 20) & (m->n_slots - 1);
    while (m->slots[slot] >= 0 &&
           (m->pairs[m->slots[slot]].left != left || m->pairs[m->slots[slot]].right != right))
        slot = (slot + 1) & (m->n_slots - 1);
    return slot;
}

static bool grow_pairs(merger *m) {
    if (m->n_pairs < m->cap_pairs) return true;
    if (!room((void **)&m->pairs, m->n_pairs, &m->cap_pairs, sizeof *m->pairs)) return false;
    int32_t *slots = realloc(m->slots, (size_t)m->cap_pairs * 2 * sizeof *slots);
    if (!slots) return false;
    m->slots = slots;
    m->n_slots = (size_t)m->cap_pairs * 2;
    memset(slots, 0xFF, m->n_slots * sizeof *slots);
    for (int32_t i = 0; i < m->n_pairs; i++)
        slots[pair_slot(m, m->pairs[i].left, m->pairs[i].right)] = i;
    return true;
}

/* Index of the pair, made if new; -1: out of memory. */
static int32_t pair_of(merger *m, int32_t left, int32_t right) {
    if (!grow_pairs(m)) return -1;
    size_t slot = pair_slot(m, left, right);
    if (m->slots[slot] < 0) {
        m->pairs[m->n_pairs] = (pair){left, right, 0, -1, -1};
        m->slots[slot] = m->n_pairs++;
    }
    return m->slots[slot];
}

/* More counts first; ties by older pieces. */
static bool ranks_before(const merger *m, candidate a, candidate b) {
    if (a.count != b.count) return a.count > b.count;
    const pair *p = &m->pairs[a.pair], *q = &m->pairs[b.pair];
    return p->left != q->left ? p->left < q->left : p->right < q->right;
}

static bool heap_push(merger *m, candidate c) {
    if (!room((void **)&m->heap, m->n_heap, &m->cap_heap, sizeof *m->heap)) return false;
    int32_t i = m->n_heap++;
    for (; i > 0 && ranks_before(m, c, m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = c;
    return true;
}

static candidate heap_pop(merger *m) {
    candidate top = m->heap[0], last = m->heap[--m->n_heap];
    int32_t i = 0;
    for (int32_t next; (next = 2 * i + 1) < m->n_heap; i = next) {
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
        if (!room((void **)&m->uses, m->n_uses, &m->cap_uses, sizeof *m->uses)) return false;
        m->uses[m->n_uses] = (use){at, p->first_use};
        p->first_use = m->n_uses++;
        if (p->merge == m->merges) continue;
        p->merge = m->merges;
        if (!room((void **)&m->raised, m->n_raised, &m->cap_raised, sizeof *m->raised))
            return false;
        m->raised[m->n_raised++] = k;
    }
    return true;
}

static void lower_pairs(merger *m, const word *w) {
    for (int32_t i = 0; i + 1 < w->n; i++)
        if (w->pieces[i] != NO_SYMBOL && w->pieces[i + 1] != NO_SYMBOL)
            m->pairs[m->slots[pair_slot(m, w->pieces[i], w->pieces[i + 1])]].count -= w->count;
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
    for (int32_t i = 0; i < m->n_raised; i++) {
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
    memcpy(name, m->pieces.bytes.s + a.at, a.n);
    memcpy(name + a.n, m->pieces.bytes.s + b.at + 2, b.n - 2);
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
    while (m->pieces.n < size && m->n_heap) {
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

static int by_bytes(const void *a, const void *b, void *user) {
    const table *t = user;
    const entry *x = a, *y = b;
    int c = memcmp(t->bytes.s + x->at, t->bytes.s + y->at, x->n < y->n ? x->n : y->n);
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

static int by_count(const void *a, const void *b, void *user) {
    const entry *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_bytes(a, b, user);
}

/* The five special pieces, then the frequent characters in both forms, while they fit. */
static bool add_alphabet(merger *m, const entry *words, const char *bytes, int32_t size,
                         int64_t min_count) {
    table chars = {0};
    bool ok = true;
    for (int32_t i = 0; i < m->n_words && ok; i++)
        for (size_t at = 0, k; at < words[i].n && ok; at += k) {
            const char *c = bytes + words[i].at + at;
            k = char_bytes(c);
            ok = table_add(&chars, c, k, words[i].count) >= 0;
        }
    for (size_t i = 0; i < MG_COUNT(SPECIALS) && ok; i++)
        ok = table_add(&m->pieces, SPECIALS[i], strlen(SPECIALS[i]), 0) >= 0;
    if (ok && chars.n)
        qsort_r(chars.entries, (size_t)chars.n, sizeof *chars.entries, by_count, &chars);
    for (int32_t i = 0;
         i < chars.n && ok && chars.entries[i].count >= min_count && m->pieces.n + 2 <= size; i++) {
        char name[8] = "##";
        memcpy(name + 2, chars.bytes.s + chars.entries[i].at, chars.entries[i].n);
        ok = table_add(&m->pieces, name + 2, chars.entries[i].n, 0) >= 0 &&
             table_add(&m->pieces, name, chars.entries[i].n + 2, 0) >= 0;
    }
    table_free(&chars);
    return ok;
}

/* Every word as its characters. */
static bool cut_words(merger *m, const entry *words, const char *bytes) {
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
            k = char_bytes(bytes + words[i].at + at);
            memcpy(name + 2, bytes + words[i].at + at, k);
            *next++ = at ? table_find(&m->pieces, name, k + 2)
                         : table_find(&m->pieces, name + 2, k);
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
    merger m = {.n_words = t->words.n};
    entry *words = malloc(((size_t)t->words.n + 1) * sizeof *words);
    bool ok = words;
    if (ok && t->words.n) {
        memcpy(words, t->words.entries, (size_t)t->words.n * sizeof *words);
        qsort_r(words, (size_t)t->words.n, sizeof *words, by_bytes, &t->words);
    }
    ok = ok && add_alphabet(&m, words, t->words.bytes.s, size, min_count) &&
         cut_words(&m, words, t->words.bytes.s) && merge_all(&m, size, min_count);
    for (int32_t i = 0; i < m.pieces.n && ok; i++) {
        mg_str_add(out, m.pieces.bytes.s + m.pieces.entries[i].at, m.pieces.entries[i].n);
        mg_str_add(out, "\n", 1);
        ok = !out->failed;
    }
    merger_free(&m);
    free(words);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "the vocabulary");
}
