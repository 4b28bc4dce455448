/* test_bm25.c - nearest texts by words against plain loops over all texts. */
#include "search/search.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%s: %.15g, not %.15g", what, value, wanted);
}

enum { TEXTS = 60, QUERIES = 20, WORDS = 12, K = 7 };

static void random_text(mg_rng *rng, char *out) {
    static const char *const words[] = {"The",      "acid",    "amide", "ether",   "2-oxo", "It",
                                        "alkaloid", "steroid", "plant", "unknown", "A",     "ring"};
    int n = 1 + (int)mg_rng_below(rng, 15);
    *out = 0;
    for (int i = 0; i < n; i++) {
        strcat(out, words[mg_rng_below(rng, WORDS - (mg_rng_below(rng, 3) ? 4 : 0))]);
        strcat(out, i + 1 < n ? (i % 3 ? " " : ", ") : ".");
    }
}

/* How often the word stands in the text; *length: its words. By another way than bm25.c: blanks for
 * all else, then strtok. */
static double count_word(const char *text, const char *word, double *length) {
    char copy[512];
    double n = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *c = copy; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : ' ';
    *length = 0;
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "), ++*length) n += !strcmp(w, word);
    return n;
}

static const char *const all_words[] = {"the",      "acid",    "amide", "ether",   "2", "oxo", "it",
                                        "alkaloid", "steroid", "plant", "unknown", "a", "ring"};

static double plain_bm25(char texts[][512], int n, const char *query, int row) {
    double score = 0, mean = 0, length, words;
    for (int i = 0; i < n; i++) count_word(texts[i], "", &length), mean += length / n;
    for (size_t w = 0; w < MG_COUNT(all_words); w++) {
        double df = 0, tf = count_word(texts[row], all_words[w], &words);
        for (int i = 0; i < n; i++) df += count_word(texts[i], all_words[w], &length) > 0;
        score += count_word(query, all_words[w], &length) * log(1 + (n - df + 0.5) / (df + 0.5)) *
                 tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * words / mean));
    }
    return score;
}

static double plain_tfidf(char texts[][512], int n, const char *query, int row) {
    double dot = 0, aa = 0, bb = 0, length;
    for (size_t w = 0; w < MG_COUNT(all_words); w++) {
        double df = 0, a = count_word(query, all_words[w], &length),
               b = count_word(texts[row], all_words[w], &length);
        for (int i = 0; i < n; i++) df += count_word(texts[i], all_words[w], &length) > 0;
        /* a word that no text has is dropped */
        double idf = df > 0 ? log((1.0 + n) / (1.0 + df)) + 1 : 0;
        a = a > 0 ? (1 + log(a)) * idf : 0;
        b = b > 0 ? (1 + log(b)) * idf : 0;
        dot += a * b, aa += a * a, bb += b * b;
    }
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}

static void word_ranks(void **state) {
    (void)state;
    static char texts[TEXTS][512], queries[QUERIES][512];
    const char *text[TEXTS], *query[QUERIES];
    molglot_hit hits[QUERIES * K];
    mg_rng rng = {.seed = 11};
    for (int i = 0; i < TEXTS; i++) text[i] = (random_text(&rng, texts[i]), texts[i]);
    for (int i = 0; i < QUERIES; i++) query[i] = (random_text(&rng, queries[i]), queries[i]);
    strcpy(texts[9], texts[5]); /* a tie */
    for (int rank = 0; rank < 2; rank++) {
        mg_word_index *x = mg_word_index_new(text, TEXTS, (mg_word_rank)rank, NULL);
        assert_non_null(x);
        assert_int_equal(mg_word_index_search(x, query, QUERIES, K, 1 + rank, hits, NULL),
                         MOLGLOT_OK);
        for (int q = 0; q < QUERIES; q++) {
            double scores[TEXTS];
            for (int i = 0; i < TEXTS; i++)
                scores[i] = (rank == MG_RANK_BM25 ? plain_bm25 : plain_tfidf)(texts, TEXTS,
                                                                              queries[q], i);
            double worst = INFINITY;
            for (int k = 0; k < K; k++) {
                const molglot_hit *h = &hits[q * K + k];
                expect_near("score", (double)h->score, scores[h->row], 1e-5);
                assert_true(scores[h->row] <= worst + 1e-9);
                worst = scores[h->row];
                scores[h->row] = -1;
            }
            for (int i = 0; i < TEXTS; i++) assert_true(scores[i] <= worst + 1e-9);
        }
        const char *tied[] = {texts[5]};
        assert_int_equal(mg_word_index_search(x, tied, 1, 2, 1, hits, NULL), MOLGLOT_OK);
        if (rank == MG_RANK_TFIDF) {
            assert_int_equal(hits[0].row, 5); /* the lower row first */
            assert_int_equal(hits[1].row, 9);
            expect_near("itself", (double)hits[0].score, 1, 1e-6);
        }
        mg_word_index_free(x);
    }
}

static void word_rank_edges(void **state) {
    (void)state;
    const char *const texts[] = {"", "An ether!", NULL}, *const queries[] = {"", "ETHER",
                                                                             "nothing known", NULL};
    molglot_hit hits[4 * 4];
    for (int rank = 0; rank < 2; rank++) {
        mg_word_index *x = mg_word_index_new(texts, 3, (mg_word_rank)rank, NULL),
                      *none = mg_word_index_new(texts, 0, (mg_word_rank)rank, NULL);
        assert_int_equal(mg_word_index_search(x, queries, 4, 4, 2, hits, NULL), MOLGLOT_OK);
        assert_int_equal(hits[0].row, 0); /* all score 0: in their order */
        assert_int_equal(hits[2].row, 2);
        assert_int_equal(hits[3].row, -1);
        assert_int_equal(hits[4].row, 1);
        assert_true(hits[4].score > 0);
        expect_near("unknown", (double)hits[8].score, 0, 0);
        assert_int_equal(mg_word_index_search(none, queries, 1, 2, 1, hits, NULL), MOLGLOT_OK);
        assert_int_equal(hits[0].row, -1);
        mg_word_index_free(x);
        mg_word_index_free(none);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(word_ranks),
                                       cmocka_unit_test(word_rank_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
