/* test_lexical.c - what the words of a question say about rows: BM25 against a plain computation,
 * names whole, in part and misspelt, phrases. */
#include "../must.h"
#include "search/inside.h"

#include <math.h>
#include <unistd.h>

enum { DIM = 4, ROWS = 7 };
static char path[] = "/tmp/molglot-lexical-XXXXXX";
static molglot_error err;
static const struct {
    const char *id, *names, *text;
} rows[ROWS] = {
    {"red acid", "", "a thing red blue blue"},
    {"blue", "old red dye; sky", "a long text about nothing in word one two three four five six"},
    {"r3", "", ""},
    {"r4", "blue acid", "blue blue blue red"},
    {"green tea", "", "red blue"},
    {"acetylsalicylic 7", "", "it"},
    {"r7", "", "no red thing here is blue"},
};

static int set_up(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static mg_index *make(void) {
    static const char *const titles[] = {"synonyms"};
    const mg_index_spec spec = {.dim = DIM, .dtype = MG_F32, .columns = titles, .n_columns = 1};
    mg_index_out *w = must_have(mg_index_out_open(path, &spec, &err), &err);
    const float vector[DIM] = {1};
    for (int i = 0; i < ROWS; i++) {
        const mg_index_row row = {
            .id = rows[i].id, .smiles = "C", .text = rows[i].text, .cells = &rows[i].names};
        must(mg_index_out_add(w, vector, NULL, &row, &err), &err);
    }
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    return must_have(mg_index_open(path, true, &err), &err);
}

/* How often a word stands in a string, and how many words it has. */
static int times(const char *s, const char *word, int *length) {
    int n = 0;
    const size_t k = word ? strlen(word) : 0;
    *length = 0;
    for (;;) {
        s += strcspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
        const size_t m = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (!m) return n;
        ++*length;
        n += word && m == k && !memcmp(s, word, k);
        s += m;
    }
}

/* k1 1.2, b 0.5; a word of a name counts three times, but once in the length; a share of the most
 * there could be. */
static double bm25(int row, const char *const *words, int n) {
    double mean = 0, all = 0, most = 0;
    int length, own = 0;
    for (int i = 0; i < ROWS; i++) {
        const char *const parts[] = {rows[i].id, rows[i].names, rows[i].text};
        for (int p = 0; p < 3; p++) {
            times(parts[p], NULL, &length);
            mean += (double)length / ROWS;
            if (i == row) own += length;
        }
    }
    for (int w = 0; w < n; w++) {
        double df = 0, tf = 0;
        for (int i = 0; i < ROWS; i++) {
            const int found = 3 * times(rows[i].id, words[w], &length) +
                              3 * times(rows[i].names, words[w], &length) +
                              times(rows[i].text, words[w], &length);
            df += found > 0;
            if (i == row) tf = found;
        }
        const double idf = log(1 + (ROWS - df + 0.5) / (df + 0.5));
        most += idf * 2.2;
        all += idf * tf * 2.2 / (tf + 1.2 * (0.5 + 0.5 * own / mean));
    }
    return all / most;
}

static mg_lexical scan(const mg_index *x, const char *question, int threads) {
    mg_lexical l;
    must(mg_lexical_scan(&l, &x, 1, &question, 1, false, threads, NULL, &err), &err);
    return l;
}

static void shares_of_words(void **state) {
    (void)state;
    static const struct {
        const char *question;
        const char *words[3];
        int n;
    } cases[] = {{"red", {"red"}, 1},
                 {"the red of blue", {"red", "blue"}, 2},
                 {"red blue acid", {"red", "blue", "acid"}, 3},
                 {"red unheard", {"red", "unheard"}, 2},
                 {"sky", {"sky"}, 1}};
    mg_index *x = make();
    for (size_t c = 0; c < MG_COUNT(cases); c++)
        for (int threads = 1; threads <= 3; threads++) {
            mg_lexical l = scan(x, cases[c].question, threads);
            size_t at = 0;
            for (int i = 0; i < ROWS; i++) {
                const double expected = bm25(i, cases[c].words, cases[c].n);
                const bool there = at < l.count[0] && l.rows[0][at].row == i;
                const double got = there ? (double)l.rows[0][at].bm25 : 0;
                if (fabs(got - expected) > 1e-5)
                    fail_msg("%s, row %d: %g, not %g", cases[c].question, i, got, expected);
                at += there;
            }
            assert_int_equal(at, l.count[0]);
            mg_lexical_free(&l);
        }
    mg_index_close(x);
}

static const mg_lexical_row *row_of(const mg_lexical *l, int row) {
    for (size_t i = 0; i < l->count[0]; i++)
        if (l->rows[0][i].row == row) return &l->rows[0][i];
    return NULL;
}

static void names_and_phrases(void **state) {
    (void)state;
    static const struct {
        const char *question;
        int row;
        float name;
        bool misspelt, phrase, quote;
    } cases[] = {
        {"red acid", 0, 1, false, true, false},
        {"Red-Acid", 0, 1, false, true, false},
        {"the red acid", 0, 0.9f, false, true, false},
        {"old red", 1, 0.7f, false, true, false},
        {"red dye", 1, 0.7f, false, true, false},
        {"sky", 1, 1, false, true, false},
        {"old dye", 1, 0, false, false, false},
        {"red blue", 4, 0, false, true, false},
        {"red thing here", 6, 0, false, true, true},
        {"red thing", 6, 0, false, true, false},
        {"thing red here", 6, 0, false, false, false},
        {"blue red", 3, 0, false, true, false}, /* behind more of its first word */
        {"blue blue red", 3, 0, false, true, true},
        {"acid blue blue", 3, 0, false, false, false}, /* of a name and a text */
        {"acetylsalicylic 7", 5, 1, false, true, false},
        {"acetylsalicilic 7", 5, 1 - 1 / 17.f, true, false, false},
        {"acetlysalicylic 7", 5, 1 - 1 / 17.f, true, false, false}, /* swapped */
        {"acetylsalicylicc 7", 5, 1 - 1 / 18.f, true, false, false},
        {"acetylsaliclic 7", 5, 1 - 1 / 16.f, true, false, false},
        {"acetilsalicilik 7", 5, 1 - 3 / 17.f, true, false, false},
        {"azetilsalicilik 7", 5, 0, false, false, false}, /* four */
        {"acetylsalicilic 8", 5, 0, false, false, false}, /* another number */
        {"gren tea", 4, 1 - 1 / 8.f, true, false, false},
        {"greem te", 4, 1 - 2 / 8.f, true, false, false},
        {"grem te", 4, 0, false, false, false}, /* seven letters: one edit */
    };
    mg_index *x = make();
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        mg_lexical l = scan(x, cases[c].question, 1);
        const mg_lexical_row *r = row_of(&l, cases[c].row);
        const float name = r ? r->name : 0;
        if (fabsf(name - cases[c].name) > 1e-6f || (r && r->misspelt) != cases[c].misspelt ||
            (r && r->phrase) != cases[c].phrase || (r && r->quote) != cases[c].quote)
            fail_msg("%s: name %g%s%s%s", cases[c].question, (double)name,
                     r && r->misspelt ? ", misspelt" : "", r && r->phrase ? ", phrase" : "",
                     r && r->quote ? ", quote" : "");
        mg_lexical_free(&l);
    }
    mg_index_close(x);
}

/* Where the cosines say nothing: score = 0.05 b + 0.1 p + 0.4 u b, quoted 0.85 + 0.15 of it, named
 * 0.9 n + 0.1 of it (hybrid.c). */
static void scores_of_words(void **state) {
    (void)state;
    static const char *const questions[] = {
        "red",     "red blue", "red thing here",    "red acid",      "the red acid",
        "old red", "gren tea", "acetylsalicilic 7", "blue blue red", "blue acid unheard"};
    static const float zeros[DIM], unknown[] = {0, 0.5f, 1};
    mg_index *x = make();
    for (size_t c = 0; c < MG_COUNT(questions); c++)
        for (size_t u = 0; u < MG_COUNT(unknown); u++) {
            mg_found found[ROWS];
            const mg_question q = {.words = questions[c], .vector = zeros, .unknown = unknown[u]};
            const mg_index *parts[] = {x};
            const mg_find plan = {
                .parts = parts, .n_parts = 1, .k = ROWS, .all_rows = true, .threads = 1};
            must(mg_find_run(&plan, &q, 1, found, NULL, &err), &err);
            mg_lexical l = scan(x, questions[c], 1);
            for (int i = 0; i < ROWS; i++) {
                const mg_lexical_row *r = found[i].row < 0 ? NULL : row_of(&l, (int)found[i].row);
                double expected = 0;
                if (found[i].row < 0) continue;
                if (r) {
                    const double b = (double)r->bm25, n = (double)r->name;
                    expected = 0.05 * b + 0.1 * r->phrase + 0.4 * (double)unknown[u] * b;
                    if (r->quote) expected = 0.85 + 0.15 * expected;
                    if (n > 0) expected = fmax(expected, 0.9 * n + 0.1 * expected);
                }
                if (fabs((double)found[i].score - expected) > 1e-5)
                    fail_msg("%s, %g unknown, row %d: %g, not %g", questions[c], (double)unknown[u],
                             (int)found[i].row, (double)found[i].score, expected);
                assert_true(i == 0 || found[i].score <= found[i - 1].score);
            }
            mg_lexical_free(&l);
        }
    mg_index_close(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_of_words),
                                       cmocka_unit_test(names_and_phrases),
                                       cmocka_unit_test(scores_of_words)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
