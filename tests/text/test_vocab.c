/* test_vocab.c - wordpiece_train.c: merges by hand, a fixture made by an independent program,
 * determinism, coverage. */
#include "../must.h"
#include "text/text.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/text/"
#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"

static void check(const char *const *texts, size_t n, int32_t size, int32_t min_count,
                  const char *expected) {
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mg_vocab_trainer_add(t, texts[i], strlen(texts[i]), NULL), MOLGLOT_OK);
    assert_int_equal(mg_vocab_trainer_finish(t, size, min_count, &out, NULL), MOLGLOT_OK);
    assert_string_equal(out.s, expected);
    mg_str_free(&out);
    mg_vocab_trainer_free(t);
}

static void merges_the_commonest_pair(void **state) {
    (void)state;
    /* a 5, b 4, c 2. Pairs: a ##b 3, ##b ##c 1, c ##a 1, ##a ##b 1; then ab ##c 1 against c ##a and
     * ##a ##b. */
    const char *texts[] = {"ab ab", "abc a", "CAB"};
    check(texts, 3, 99, 1, SPECIALS "a\n##a\nb\n##b\nc\n##c\nab\n##ab\ncab\nabc\n");
    check(texts, 3, 13, 1, SPECIALS "a\n##a\nb\n##b\nc\n##c\nab\n##ab\n");
    check(texts, 3, 99, 2, SPECIALS "a\n##a\nb\n##b\nc\n##c\nab\n");
    check(texts, 3, 99, 3, SPECIALS "a\n##a\nb\n##b\nab\n");
    check(texts, 3, 8, 1, SPECIALS "a\n##a\n");
    check(texts, 0, 99, 1, SPECIALS);
}

static void merges_runs_from_the_left(void **state) {
    (void)state;
    /* ##a ##a 3; then a ##aa is 1, as is ##aa ##aa: the older left piece first */
    const char *texts[] = {"aaaaa"};
    check(texts, 1, 8, 1, SPECIALS "a\n##a\n##aa\n");
    check(texts, 1, 99, 1, SPECIALS "a\n##a\n##aa\naaa\naaaaa\n");
}

static void read_fixture(const char *path, char **data, size_t *n) {
    assert_int_equal(mg_read_file(path, 1 << 20, data, n, NULL), MOLGLOT_OK);
}

/* The fixture's first 200 pieces were checked against a Python program that recounts all pairs
 * after every merge. */
static void equals_recounting(void **state) {
    (void)state;
    char *text, *vocab;
    size_t n, n_vocab;
    read_fixture(FIXTURES "sentences.txt", &text, &n);
    read_fixture(FIXTURES "vocab.txt", &vocab, &n_vocab);
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    /* the lines from the last to the first: the order has no say */
    for (size_t at = n; at > 0;) {
        size_t end = at--;
        while (at > 0 && text[at - 1] != '\n') at--;
        assert_int_equal(mg_vocab_trainer_add(t, text + at, end - at, NULL), MOLGLOT_OK);
    }
    assert_int_equal(mg_vocab_trainer_finish(t, 200, 1, &out, NULL), MOLGLOT_OK);
    assert_true(out.n < n_vocab);
    assert_memory_equal(out.s, vocab, out.n);
    mg_str again = {0};
    assert_int_equal(mg_vocab_trainer_finish(t, 200, 1, &again, NULL), MOLGLOT_OK);
    assert_string_equal(again.s, out.s);
    mg_str_free(&again);
    mg_str_free(&out);
    mg_vocab_trainer_free(t);
    free(text);
    free(vocab);
}

static void known_characters_are_never_unknown(void **state) {
    (void)state;
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    const char *text = "phenol and toluene, 1,2-";
    assert_int_equal(mg_vocab_trainer_add(t, text, strlen(text), NULL), MOLGLOT_OK);
    assert_int_equal(mg_vocab_trainer_finish(t, 60, 1, &out, NULL), MOLGLOT_OK);
    mg_wordpiece *w = mg_wordpiece_new(out.s, out.n, NULL);
    const char *other = "eudaplohnt 21 tend dune-paddle";
    int32_t ids[64], n = mg_wordpiece_encode(w, other, strlen(other), ids, 64);
    assert_true(n > 6);
    for (int32_t i = 0; i < n; i++) assert_int_not_equal(ids[i], mg_wordpiece_id(w, "[UNK]"));
    mg_wordpiece_free(w);
    mg_str_free(&out);
    mg_vocab_trainer_free(t);
}

static void survives_odd_input(void **state) {
    (void)state;
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    molglot_error err;
    char *text = malloc(300000);
    memset(text, 'a', 300000); /* too long a word: not counted */
    assert_int_equal(mg_vocab_trainer_add(t, text, 300000, &err), MOLGLOT_OK);
    mg_rng r = {3, 0, 0};
    for (size_t i = 0; i < 300000; i++) text[i] = (char)mg_rng_below(&r, 256);
    assert_int_equal(mg_vocab_trainer_add(t, text, 300000, &err), MOLGLOT_OK);
    assert_int_equal(mg_vocab_trainer_finish(t, 4, 1, &out, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_vocab_trainer_finish(t, 500, 0, &out, &err), MOLGLOT_OK);
    mg_wordpiece *w = mg_wordpiece_new(out.s, out.n, &err);
    assert_int_equal(mg_wordpiece_size(w), 500);
    mg_wordpiece_free(w);
    mg_str_free(&out);
    free(text);
    mg_vocab_trainer_free(t);
    mg_vocab_trainer_free(NULL);
}

/* ---- vocab_file.c ---- */

/* What is read of a file that holds this, or what refusing it says. */
static void check_file(const char *path, const char *holds, const char *pieces, const char *says) {
    molglot_error err = {0};
    mg_str out = {0};
    must_write(path, holds, strlen(holds));
    const int code = mg_vocab_read(path, &out, &err);
    if (pieces) {
        must(code, &err);
        if (strcmp(out.s ? out.s : "", pieces)) fail_msg("%s: '%s'", holds, out.s);
    } else {
        assert_int_equal(code, MOLGLOT_BAD_FILE);
        if (!strstr(err.message, says)) fail_msg("%s: '%s'", holds, err.message);
        assert_non_null(strstr(err.message, path));
    }
    mg_str_free(&out);
}

static void files_of_publishers(void **state) {
    (void)state;
    static const struct {
        const char *holds, *pieces, *says;
    } cases[] = {
        {"[PAD]\n[UNK]\na\n", "[PAD]\n[UNK]\na\n", NULL},
        {"", "", NULL},
        {" \n{\"[UNK]\":1,\"a\":0}", "a\n[UNK]\n", NULL},
        {"{\"[UNK]\":0,\"a\":3}", "[UNK]\n[no piece 1]\n[no piece 2]\na\n", NULL},
        {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"b\":1}},\"added_tokens\":["
         "{\"id\":2,\"content\":\"[NEW]\"},{\"id\":0,\"content\":\"[UNK]\"}]}",
         "[UNK]\nb\n[NEW]\n", NULL},
        {"{\"model\":{\"vocab\":{\"[UNK]\":0}}}", "[UNK]\n", NULL},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"[UNK]\":0}}}", NULL, "a tokeniser of kind BPE"},
        {"{\"model\":{\"type\":\"WordPiece\"}}", NULL, "no vocabulary in it"},
        {"{\"model\":{\"vocab\":[]}}", NULL, "no vocabulary in it"},
        {"{\"a\":0}", NULL, "no [UNK]"},
        {"{\"[UNK]\":0,\"a\":-1}", NULL, "without a number, or one that is impossible"},
        {"{\"[UNK]\":0,\"a\":\"1\"}", NULL, "without a number"},
        {"{\"[UNK]\":0,\"a\":4194304}", NULL, "impossible"},
        {"{\"[UNK]\":0,\"a\":0}", NULL, "two pieces with one number"},
        {"{\"[UNK]\":0,\"a\\nb\":1}", NULL, "a piece with a line break"},
        {"{\"[UNK]\":0,\"a\\rb\":1}", NULL, "a piece with a line break"},
        {"{\"model\":{\"vocab\":{\"[UNK]\":0}},\"added_tokens\":[{\"id\":1}]}", NULL,
         "a piece with"},
        {"{\"model\":{\"vocab\":{\"[UNK]\":0}},\"added_tokens\":[{\"content\":\"x\"}]}", NULL,
         "without a number"},
        {"{\"[UNK]\":0", NULL, "no JSON"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", NULL, "a Git LFS pointer"},
        {"version https://git-lf", "version https://git-lf", NULL},
    };
    char folder[] = "/tmp/molglot-vocab-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/any", folder);
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        check_file(path, cases[i].holds, cases[i].pieces, cases[i].says);
    unlink(path);
    /* a folder: vocab.txt goes before tokenizer.json, that before vocab.json */
    static const char *const files[][3] = {
        {"vocab.json", "{\"[UNK]\":0}", "[UNK]\n"},
        {"tokenizer.json", "{\"model\":{\"vocab\":{\"[UNK]\":0,\"t\":1}}}", "[UNK]\nt\n"},
        {"vocab.txt", "plain\n", "plain\n"}};
    molglot_error err = {0};
    mg_str out = {0};
    assert_int_equal(mg_vocab_read(folder, &out, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "a folder without vocab.txt or tokenizer.json");
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
        must_write(path, files[i][1], strlen(files[i][1]));
        must(mg_vocab_read(folder, &out, &err), &err);
        assert_string_equal(out.s, files[i][2]);
        mg_str_free(&out);
    }
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
        unlink(path);
    }
    rmdir(folder);
    assert_int_not_equal(mg_vocab_read(folder, &out, &err), MOLGLOT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_publishers),
        cmocka_unit_test(merges_the_commonest_pair),
        cmocka_unit_test(merges_runs_from_the_left),
        cmocka_unit_test(equals_recounting),
        cmocka_unit_test(known_characters_are_never_unknown),
        cmocka_unit_test(survives_odd_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
