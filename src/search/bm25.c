/* bm25.c - the texts of a collection nearest to a text by shared words: BM25 or cosine of TF-IDF,
 * exact, from an inverted index.
 *
 * A word is a run of [a-z0-9] after lower-casing ASCII. With N texts, df of them holding a word, tf
 * its count in a text:
 *   TF-IDF  weight (1 + ln tf) * (ln((1 + N) / (1 + df)) + 1), rows of unit length, cosine; words
 *     unknown to the collection are dropped
 *   BM25    sum over the query's words, repeats included, of ln(1 + (N - df + 1/2) / (df + 1/2)) *
 *           tf (k1 + 1) / (tf + k1 (1 - b + b len/mean)), k1 = 1.2, b = 0.75
 * Scores are sums in the order of the collection's words, so equal texts tie exactly and the lower
 * row wins.
 */
#include "base/grow.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define K1 1.2
#define B  0.75

struct mg_word_index {
    mg_word_rank rank;
    int64_t n, n_words;
    mg_names words; /* to their numbers */
    double *idf;    /* [n_words] */
    int64_t *start; /* [n_words + 1] into the postings of a word, rows ascending */
    int32_t *row;
    double *weight;
};

/* One word of one text while the index is made. */
typedef struct use {
    int32_t word, row;
} use;
typedef struct uses {
    use *at;
    size_t n, cap;
} uses;

/* ---- words ---- */

static inline int folded(char c) {
    if (c >= 'A' && c <= 'Z') return c + 32;
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : 0;
}

/* The next word at *s in lower case, in word (grown as needed); false at the end. */
static bool next_word(const char **s, mg_str *word) {
    while (**s && !folded(**s)) (*s)++;
    word->n = 0;
    for (; folded(**s); (*s)++) {
        char c = (char)folded(**s);
        mg_str_add(word, &c, 1);
    }
    return word->n > 0 && !word->failed;
}

/* The word's number, a new one if need be; -1: out of memory. */
static int32_t intern(mg_word_index *x, const mg_str *word) {
    mg_slot *slot = mg_names_copy(&x->words, word->s, word->n);
    if (!slot || x->n_words == INT32_MAX) return -1;
    if (slot->value < 0) slot->value = (int32_t)x->n_words++;
    return slot->value;
}

/* ---- the index ---- */

static bool add_use(uses *u, int32_t word, int32_t row) {
    if (!MG_GROW(u->at, u->cap, u->n + 1)) return false;
    u->at[u->n++] = (use){word, row};
    return true;
}

/* Every word of every text; length[i]: words of text i. */
static bool read_texts(mg_word_index *x, const char *const *texts, uses *u, int32_t *length) {
    mg_str word = {0};
    bool ok = true;
    for (int64_t i = 0; i < x->n && ok; i++) {
        const char *s = texts[i] ? texts[i] : "";
        while (ok && next_word(&s, &word)) {
            int32_t w = intern(x, &word);
            ok = w >= 0 && add_use(u, w, (int32_t)i);
            length[i]++;
        }
        ok = ok && !word.failed;
    }
    mg_str_free(&word);
    return ok;
}

static int by_word_then_row(const void *a, const void *b) {
    const use *x = a, *y = b;
    return x->word != y->word ? (x->word > y->word) - (x->word < y->word)
                              : (x->row > y->row) - (x->row < y->row);
}

/* Runs of equal uses become postings, whose weight is the count for now. */
static bool make_postings(mg_word_index *x, uses *u) {
    if (u->n > 1) qsort(u->at, u->n, sizeof *u->at, by_word_then_row);
    x->start = calloc((size_t)x->n_words + 1, sizeof *x->start);
    x->idf = calloc((size_t)x->n_words + 1, sizeof *x->idf);
    x->row = malloc((u->n + 1) * sizeof *x->row);
    x->weight = malloc((u->n + 1) * sizeof *x->weight);
    if (!x->start || !x->idf || !x->row || !x->weight) return false;
    int64_t n = 0, word = 0;
    for (size_t i = 0, end; i < u->n; i = end) {
        for (end = i; end < u->n && !by_word_then_row(&u->at[i], &u->at[end]);) end++;
        while (word < u->at[i].word) x->start[++word] = n;
        x->row[n] = u->at[i].row;
        x->weight[n++] = (double)(end - i);
    }
    while (word < x->n_words) x->start[++word] = n;
    return true;
}

/* Counts to weights; a text's length in TF-IDF is that of its vector. */
static bool weigh(mg_word_index *x, const int32_t *length) {
    double *norm = calloc((size_t)x->n + 1, sizeof *norm), words = 0;
    if (!norm) return false;
    for (int64_t i = 0; i < x->n; i++) words += length[i];
    double mean = words > 0 ? words / (double)x->n : 1;
    for (int64_t w = 0; w < x->n_words; w++) {
        double df = (double)(x->start[w + 1] - x->start[w]), n = (double)x->n;
        x->idf[w] = x->rank == MG_RANK_BM25 ? log(1 + (n - df + 0.5) / (df + 0.5))
                                            : log((1 + n) / (1 + df)) + 1;
        for (int64_t p = x->start[w]; p < x->start[w + 1]; p++) {
            double tf = x->weight[p], share = length[x->row[p]] / mean;
            x->weight[p] = x->rank == MG_RANK_BM25
                               ? x->idf[w] * tf * (K1 + 1) / (tf + K1 * (1 - B + B * share))
                               : (1 + log(tf)) * x->idf[w];
            norm[x->row[p]] += x->weight[p] * x->weight[p];
        }
    }
    for (int64_t p = 0; p < x->start[x->n_words] && x->rank == MG_RANK_TFIDF; p++)
        x->weight[p] /= sqrt(norm[x->row[p]]);
    free(norm);
    return true;
}

mg_word_index *mg_word_index_new(const char *const *texts, int64_t n, mg_word_rank rank,
                                 molglot_error *err) {
    mg_word_index *x = n < INT32_MAX ? calloc(1, sizeof *x) : NULL;
    int32_t *length = calloc((size_t)n + 1, sizeof *length);
    uses u = {0};
    bool ok = x && length;
    if (ok) {
        x->rank = rank;
        x->n = n;
        ok = read_texts(x, texts, &u, length) && make_postings(x, &u) && weigh(x, length);
    }
    free(length);
    free(u.at);
    if (ok) return x;
    mg_word_index_free(x);
    mg_no_memory(err, "an index of %lld texts", (long long)n);
    return NULL;
}

void mg_word_index_free(mg_word_index *x) {
    if (!x) return;
    mg_names_free(&x->words);
    free(x->idf);
    free(x->start);
    free(x->row);
    free(x->weight);
    free(x);
}

/* ---- search ---- */

/* The known words of a query, sorted, with repeats; false: out of memory. */
static bool query_words(const mg_word_index *x, const char *text, uses *u) {
    mg_str word = {0};
    bool ok = true;
    while (ok && next_word(&text, &word)) {
        int32_t w = mg_names_find_n(&x->words, word.s, word.n);
        ok = w < 0 || add_use(u, w, 0);
    }
    ok = ok && !word.failed;
    mg_str_free(&word);
    if (u->n > 1) qsort(u->at, u->n, sizeof *u->at, by_word_then_row);
    return ok;
}

/* scores[i] of every text; true unless memory ran out. */
static bool score_texts(const mg_word_index *x, const char *text, double *scores) {
    uses u = {0};
    bool ok = query_words(x, text, &u);
    double norm = 0;
    memset(scores, 0, (size_t)x->n * sizeof *scores);
    for (size_t i = 0, end; ok && i < u.n; i = end) {
        int32_t w = u.at[i].word;
        for (end = i; end < u.n && u.at[end].word == w;) end++;
        double tf = (double)(end - i),
               weight = x->rank == MG_RANK_BM25 ? tf : (1 + log(tf)) * x->idf[w];
        norm += weight * weight;
        for (int64_t p = x->start[w]; p < x->start[w + 1]; p++)
            scores[x->row[p]] += weight * x->weight[p];
    }
    free(u.at);
    for (int64_t i = 0; i < x->n && norm > 0 && x->rank == MG_RANK_TFIDF; i++)
        scores[i] /= sqrt(norm);
    return ok;
}

/* The k best in descending order, ties by lower row. */
static void best_of(const double *scores, int64_t n, int k, molglot_hit *hits, double *kept) {
    int filled = 0;
    for (int64_t i = 0; i < n; i++) {
        if (filled == k && !(scores[i] > kept[k - 1])) continue;
        int at = filled < k ? filled++ : k - 1;
        for (; at > 0 && scores[i] > kept[at - 1]; at--) {
            kept[at] = kept[at - 1];
            hits[at] = hits[at - 1];
        }
        kept[at] = scores[i];
        hits[at] = (molglot_hit){.row = i, .score = (float)scores[i]};
    }
    for (; filled < k; filled++) hits[filled] = (molglot_hit){.row = -1, .score = 0};
}

int mg_word_index_search(const mg_word_index *x, const char *const *queries, int64_t n, int k,
                         int threads, molglot_hit *hits, molglot_error *err) {
    bool ok = true;
    threads = mg_threads(threads);
#pragma omp parallel num_threads(threads) reduction(&& : ok)
    {
        double *scores = malloc(((size_t)x->n + (size_t)k + 1) * sizeof *scores);
#pragma omp for schedule(dynamic, 8)
        for (int64_t q = 0; q < n; q++) {
            ok = ok && scores && score_texts(x, queries[q] ? queries[q] : "", scores);
            if (ok) best_of(scores, x->n, k, hits + q * k, scores + x->n);
        }
        free(scores);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "a search among %lld texts", (long long)x->n);
}
