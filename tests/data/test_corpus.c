/* test_corpus.c - molecules as tokens with texts as word pieces: which rows stay, in which order,
 * what they hold, and that neither threads nor a second reading with given vocabularies change
 * them. */
#include "data/data.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/mg_corpus_XXXXXX";
static char pairs_path[64], smi_path[64], exclude_path[64];

static const char pairs_text[] = "id\tsmiles\ttext\n"
                                 "a:0\tOCC\tIt is an alcohol. It is a solvent.\n"
                                 "a:1\tc1ccccc1\t\n" /* no text */
                                 "a:2\tC1CC\tIt cannot be read.\n"
                                 "a:3\tCC(=O)O\tIt is an acid. It is a solvent. It is a very good "
                                 "and very old and very cheap solvent.\n"
                                 "a:4\tCCN\tIt is left out.\n" /* on the list */
                                 "a:5\tCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC\tIt is too long.\n"
                                 "a:6\tCCO\tIt is ethanol.\n"
                                 "a:7\tN[C@@H](C)C(=O)O\tIt is an acid.\n";
static const char smi_text[] = "C[C@H](N)C(=O)O\nCCO\n[Na+].[Cl-]\nC?C\n";
enum { ROWS = 8, TEXTS = 4 };
/* With a text first; otherwise as they stand in the files. */
static const char *const kept[ROWS] = {"CCO",      "CC(=O)O",         "CCO", "C[C@H](N)C(=O)O",
                                       "c1ccccc1", "C[C@H](N)C(=O)O", "CCO", "[Na+].[Cl-]"};

static void write_file(const char *path, const char *content) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    fclose(f);
}

static int make_files(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(pairs_path, sizeof pairs_path, "%s/pairs.tsv", folder);
    snprintf(smi_path, sizeof smi_path, "%s/open.smi", folder);
    snprintf(exclude_path, sizeof exclude_path, "%s/exclude.tsv", folder);
    write_file(pairs_path, pairs_text);
    write_file(smi_path, smi_text);
    write_file(exclude_path, "file\tid\tset\npairs.tsv\ta:4\tx\nother.tsv\ta:6\tx\n");
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    remove(pairs_path);
    remove(smi_path);
    remove(exclude_path);
    return rmdir(folder);
}

static mg_corpus_source sources[2] = {{pairs_path, 1, false}, {smi_path, 2.5f, true}};

static mg_corpus_config config(void) {
    return (mg_corpus_config){.sources = sources,
                              .n_sources = 2,
                              .wordpiece_size = 80,
                              .tokens = 300,
                              .token_min_count = 2,
                              .max_tokens = 24,
                              .max_text = 12,
                              .exclude_path = exclude_path,
                              .threads = 2};
}

static mg_corpus *must_open(const mg_corpus_config *c) {
    molglot_error err = {0};
    mg_corpus *x = mg_corpus_open(c, NULL, NULL, &err);
    if (!x) fail_msg("%s", err.message);
    return x;
}

static void same_smiles(const mg_corpus *c, int64_t i, const char *want) {
    char *s = mg_corpus_smiles_string(c, i);
    assert_string_equal(s, want);
    free(s);
}

/* ---- tests ---- */

static void rows(void **state) {
    (void)state;
    const mg_corpus_config cfg = config();
    mg_corpus *c = must_open(&cfg);
    assert_int_equal(mg_corpus_rows(c), ROWS);
    assert_int_equal(mg_corpus_texts(c), TEXTS);
    assert_int_equal(mg_corpus_rejected(c), 2); /* C1CC, C?C */
    assert_int_equal(mg_corpus_excluded(c), 1);
    assert_int_equal(mg_corpus_too_long(c), 1);
    assert_int_equal(mg_corpus_molecules(c), 5);
    for (int i = 0; i < ROWS; i++) {
        int32_t n, ids[64];
        same_smiles(c, i, kept[i]);
        const uint16_t *tokens = mg_corpus_smiles(c, i, &n);
        assert_int_equal(mg_smiles_encode(mg_corpus_tokens(c), kept[i], ids, 64, NULL), n);
        for (int32_t k = 0; k < n; k++) assert_int_equal(tokens[k], ids[k]);
        for (int k = 0; k < ROWS; k++)
            assert_int_equal(mg_corpus_molecule(c, i) == mg_corpus_molecule(c, k),
                             strcmp(kept[i], kept[k]) == 0);
    }
    mg_corpus_close(c);
}

static void texts(void **state) {
    (void)state;
    const mg_corpus_config cfg = config();
    molglot_error err = {0};
    mg_corpus *c = must_open(&cfg);
    size_t bytes;
    int32_t n, ids[64];
    const char *vocab = mg_corpus_wordpiece(c, &bytes);
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, &err);
    assert_non_null(w);
    assert_true(mg_wordpiece_size(w) <= 80);
    assert_string_equal(mg_wordpiece_piece(w, mg_wordpiece_size(w) - 1), "[NONE]");
    assert_string_equal(mg_corpus_sentence(c, 2), "It is ethanol.");
    assert_string_equal(mg_corpus_sentence(c, TEXTS), "");
    for (int i = 0; i < TEXTS; i++) {
        const char *text = mg_corpus_sentence(c, i);
        const int32_t want = mg_wordpiece_encode(w, text, strlen(text), ids, cfg.max_text);
        const uint16_t *got = mg_corpus_text(c, i, &n);
        assert_int_equal(n, want);
        for (int32_t k = 0; k < n; k++) assert_int_equal(got[k], ids[k]);
    }
    mg_corpus_text(c, 1, &n);
    assert_int_equal(n, cfg.max_text); /* cut */
    mg_corpus_text(c, TEXTS, &n);
    assert_int_equal(n, 0);
    mg_wordpiece_free(w);
    mg_corpus_close(c);
}

static void same_content(const mg_corpus *a, const mg_corpus *b) {
    assert_int_equal(mg_corpus_rows(a), mg_corpus_rows(b));
    assert_int_equal(mg_corpus_texts(a), mg_corpus_texts(b));
    for (int64_t i = 0; i < mg_corpus_rows(a); i++) {
        int32_t n, m;
        const uint16_t *x = mg_corpus_smiles(a, i, &n), *y = mg_corpus_smiles(b, i, &m);
        assert_int_equal(n, m);
        assert_memory_equal(x, y, (size_t)n * sizeof *x);
        x = mg_corpus_text(a, i, &n);
        y = mg_corpus_text(b, i, &m);
        assert_int_equal(n, m);
        if (n) assert_memory_equal(x, y, (size_t)n * sizeof *x);
        assert_int_equal(mg_corpus_molecule(a, i), mg_corpus_molecule(b, i));
    }
    size_t n, m;
    const char *x = mg_corpus_wordpiece(a, &n), *y = mg_corpus_wordpiece(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
}

/* One thread, and a second reading with the first one's vocabularies. */
static void repeatable(void **state) {
    (void)state;
    mg_corpus_config cfg = config();
    mg_corpus *c = must_open(&cfg);
    cfg.threads = 1;
    mg_corpus *one = must_open(&cfg);
    same_content(c, one);
    assert_string_equal(mg_corpus_sha256(c), mg_corpus_sha256(one));
    mg_corpus_close(one);
    size_t n;
    cfg.wordpiece = mg_corpus_wordpiece(c, &n);
    cfg.wordpiece_size = 0;
    cfg.vocab = mg_corpus_tokens(c);
    cfg.tokens = 0;
    mg_corpus *given = must_open(&cfg);
    same_content(c, given);
    mg_corpus_close(given);
    mg_corpus_close(c);
}

static void without_texts(void **state) {
    (void)state;
    mg_corpus_config cfg = config();
    cfg.wordpiece_size = 0;
    mg_corpus *c = must_open(&cfg);
    size_t n;
    assert_int_equal(mg_corpus_rows(c), ROWS);
    assert_int_equal(mg_corpus_texts(c), 0);
    assert_null(mg_corpus_wordpiece(c, &n));
    same_smiles(c, 1, "c1ccccc1"); /* the files' order */
    mg_corpus_close(c);
}

/* Weight 1 and 2.5: the five rows of the first file once, the three of the second twice, and two of
 * them (1.5, rounded) a third time. */
static void epochs(void **state) {
    (void)state;
    const mg_corpus_config cfg = config();
    mg_corpus *c = must_open(&cfg);
    molglot_error err = {0};
    int64_t *first, *again, *second, n, m;
    assert_int_equal(mg_corpus_order(c, 7, 0, &first, &n, &err), MOLGLOT_OK);
    assert_int_equal(mg_corpus_order(c, 7, 0, &again, &m, &err), MOLGLOT_OK);
    assert_int_equal(n, 5 + 3 * 2 + 2);
    assert_memory_equal(first, again, (size_t)n * sizeof *first);
    assert_int_equal(mg_corpus_order(c, 7, 1, &second, &m, &err), MOLGLOT_OK);
    assert_int_equal(m, n);
    assert_memory_not_equal(first, second, (size_t)n * sizeof *first);
    int count[ROWS] = {0};
    for (int64_t i = 0; i < n; i++) count[first[i]]++;
    for (int i = 0; i < 5; i++) assert_int_equal(count[i], 1);
    for (int i = 5; i < ROWS; i++) assert_true(count[i] == 2 || count[i] == 3);
    free(first);
    free(again);
    free(second);
    mg_corpus_close(c);
}

static int stop_it(void *user, int64_t done, int64_t total) {
    *(int64_t *)user = total - done;
    return 1;
}

static void refusals(void **state) {
    (void)state;
    mg_corpus_config cfg = config();
    molglot_error err = {0};
    int64_t left = -1;
    assert_null(mg_corpus_open(&cfg, stop_it, &left, &err));
    assert_int_equal(err.code, MOLGLOT_INTERRUPTED);
    assert_int_equal(left, 0); /* one chunk */
    const mg_corpus_source nowhere = {"/nowhere.tsv", 1, false};
    cfg.sources = &nowhere;
    cfg.n_sources = 1;
    err = (molglot_error){0};
    assert_null(mg_corpus_open(&cfg, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "/nowhere.tsv"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),          cmocka_unit_test(texts),  cmocka_unit_test(repeatable),
        cmocka_unit_test(without_texts), cmocka_unit_test(epochs), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
