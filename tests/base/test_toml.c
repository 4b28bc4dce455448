/* test_toml.c - recipes: what is read, what is refused and with which words, changes from the
 * command line, the dump. */
#include "base/base.h"
#include "base/toml/toml.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static mg_toml *parse(const char *text) {
    molglot_error err = {0};
    mg_toml *t = mg_toml_parse(text, strlen(text), "r.toml", &err);
    if (!t) print_message("%s\n", err.message);
    assert_non_null(t);
    return t;
}

static const char RECIPE[] = "# a recipe\r\n"
                             "seed = 1_000\n"
                             "name = \"caf\\u00e9 \\\"x\\\"\"   # comment\n"
                             "path = 'C:\\raw'\n"
                             "model.kind = \"momu\"\n"
                             "[text]\n"
                             "layers=4\n"
                             "dropout = 0.1\n"
                             " rate = 5e-4\n"
                             "frozen = true\n"
                             "mask = 0xFF\n"
                             "[train.data]\n"
                             "files = [ \"a.tsv\", # first\n"
                             "  'b.tsv',\n"
                             "]\n"
                             "lone = \"c\"\n"
                             "empty = []\n"
                             "big = -9223372036854775808\n"
                             "top = +inf";

static void reads(void **state) {
    (void)state;
    mg_toml *t = parse(RECIPE);
    size_t n;
    assert_int_equal(mg_toml_int(t, "seed", 0), 1000);
    assert_string_equal(mg_toml_str(t, "name", ""), "caf\xc3\xa9 \"x\"");
    assert_string_equal(mg_toml_str(t, "path", ""), "C:\\raw");
    assert_string_equal(mg_toml_str(t, "model.kind", ""), "momu");
    assert_int_equal(mg_toml_int(t, "text.layers", 0), 4);
    assert_true(mg_toml_num(t, "text.layers", 0) == 4.0);
    assert_true(mg_toml_num(t, "text.dropout", 0) == 0.1);
    assert_true(mg_toml_num(t, "text.rate", 0) == 5e-4);
    assert_true(mg_toml_bool(t, "text.frozen", false));
    assert_int_equal(mg_toml_int(t, "text.mask", 0), 255);
    const char *const *files = mg_toml_strs(t, "train.data.files", &n);
    assert_int_equal(n, 2);
    assert_string_equal(files[0], "a.tsv");
    assert_string_equal(files[1], "b.tsv");
    assert_string_equal(mg_toml_strs(t, "train.data.lone", &n)[0], "c");
    assert_int_equal(n, 1);
    mg_toml_strs(t, "train.data.empty", &n);
    assert_int_equal(n, 0);
    assert_true(mg_toml_int(t, "train.data.big", 0) == INT64_MIN);
    assert_true(isinf(mg_toml_num(t, "train.data.top", 0)));
    assert_int_equal(mg_toml_int(t, "absent", 42), 42);
    assert_null(mg_toml_str(t, "nothing", NULL));
    assert_string_equal(mg_toml_str(t, "text2", "dflt"), "dflt");
    assert_true(mg_toml_has(t, "seed") && !mg_toml_has(t, "absent") && !mg_toml_has(t, "never"));
    assert_int_equal(mg_toml_finish(t, NULL), MOLGLOT_OK);
    mg_toml_free(t);
    mg_toml_free(NULL);
}

static void refuses(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"a = 1\nb = \n", "r.toml:2: a value is missing"},
        {"a = 1\na = 2", "r.toml:2: a was given before, in line 1"},
        {"a = 1\n[a]\n", "a has a value in line 1"},
        {"a = 1\na.b = 2", "a.b is a table here and a value elsewhere"},
        {"a.b = 1\na = 2", "a is a table here and a value elsewhere"},
        {"[t]\n[t]", "r.toml:2: table [t] is opened a second time"},
        {"[t\n", "expected ] after [t"},
        {"a 1", "expected = after a"},
        {"a = 1 2", "something follows"},
        {"a = yes", "yes is no value (strings need quotes)"},
        {"a = 01", "01 is no number that fits"},
        {"a = 1__0", "no number"},
        {"a = 1.", "no number"},
        {"a = .5", "no value"},
        {"a = 0x", "no number"},
        {"a = 9223372036854775808", "no number that fits"},
        {"a = 1979-05-27", "no number"},
        {"a = \"x", "string without its closing \""},
        {"a = \"x\ny\"", "string without its closing \""},
        {"a = \"\\q\"", "unknown escape"},
        {"a = \"\\u12\"", "needs 4 hexadecimal digits"},
        {"a = \"\\uD800\"", "not a character"},
        {"a = \"\\u0000\"", "not a character"},
        {"a = \"\x01\"", "control character"},
        {"a = \"\xff\"", "not UTF-8"},
        {"\n\na = \"\xc0\x80\"", "r.toml:3: not UTF-8"},
        {"a = \"\"\"x\"\"\"", "multi-line strings"},
        {"a = {b = 1}", "inline tables"},
        {"[[a]]", "arrays of tables"},
        {"a = [[1]]", "arrays inside arrays"},
        {"a = [1, \"x\"]", "an array of integers cannot hold strings"},
        {"a = [1 2]", "expected , or ]"},
        {"a = [1,\n\n", "the array of line 1 is not closed"},
        {"\"a\" = 1", "quoted keys"},
        {"a..b = 1", "a key is missing"},
        {"= 1", "a key is missing"},
        {"a.b.c.d.e.f.g.h.i = 1", "too many parts"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_toml *t = mg_toml_parse(cases[i].text, strlen(cases[i].text), "r.toml", &err);
        if (t || !strstr(err.message, cases[i].says))
            print_message("case %zu: %s\n", i, err.message);
        assert_null(t);
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        assert_non_null(strstr(err.message, cases[i].says));
    }
    mg_str deep = {0}; /* depth and length cost nothing but a message */
    mg_str_addz(&deep, "a = ");
    for (int i = 0; i < 100000; i++) mg_str_addz(&deep, "[");
    molglot_error err;
    assert_null(mg_toml_parse(deep.s, deep.n, "deep", &err));
    mg_str_free(&deep);
    for (int i = 0; i < 200; i++) mg_str_addz(&deep, "key");
    assert_null(mg_toml_parse(deep.s, deep.n, "long", &err));
    mg_str_free(&deep);
    assert_null(mg_toml_load("/nonexistent.toml", &err));
    assert_int_equal(err.code, MOLGLOT_FAILED);
}

static void expect_finish(mg_toml *t, int code, const char *says) {
    molglot_error err = {0};
    assert_int_equal(mg_toml_finish(t, &err), code);
    if (!strstr(err.message, says)) print_message("%s\n", err.message);
    assert_non_null(strstr(err.message, says));
    mg_toml_free(t);
}

static void names_mistakes(void **state) {
    (void)state;
    mg_toml *t = parse("[text]\nlayres = 4\n");
    mg_toml_int(t, "text.layers", 6);
    mg_toml_int(t, "text.heads", 6);
    expect_finish(t, MOLGLOT_BAD_FILE,
                  "r.toml:2: unknown key \"text.layres\" (did you mean \"text.layers\"?)");
    t = parse("ok = 1\nzebra = 4\n");
    mg_toml_int(t, "ok", 6);
    expect_finish(t, MOLGLOT_BAD_FILE, "r.toml:2: unknown key \"zebra\"");
    t = parse("ok = \"1\"\n");
    assert_int_equal(mg_toml_int(t, "ok", 6), 6);
    expect_finish(t, MOLGLOT_BAD_FILE, "r.toml:1: ok must be an integer, not a string");
    t = parse("ok = 1.5\n");
    assert_int_equal(mg_toml_int(t, "ok", 6), 6);
    expect_finish(t, MOLGLOT_BAD_FILE, "must be an integer, not a float");
    t = parse("ok = [1]\n");
    size_t n;
    assert_null(mg_toml_strs(t, "ok", &n));
    expect_finish(t, MOLGLOT_BAD_FILE,
                  "must be a string or an array of strings, not an array of something else");
    t = parse("");
    assert_int_equal(mg_toml_set(t, "sed=4", NULL), MOLGLOT_OK);
    mg_toml_int(t, "seed", 6);
    expect_finish(t, MOLGLOT_USAGE, "--set: unknown key \"sed\" (did you mean \"seed\"?)");
}

static void command_line(void **state) {
    (void)state;
    mg_toml *t = parse("a = 1\n[b]\nc = \"x\"\n");
    size_t n;
    assert_int_equal(mg_toml_set(t, "a=2", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_set(t, "b.c=bare word", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_set(t, "b.d=[\"p\", \"q\"]", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_set(t, "b.e=7", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_set(t, "b.f=", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_set(t, "b.g=x=y", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_int(t, "a", 0), 2);
    assert_string_equal(mg_toml_str(t, "b.c", ""), "bare word");
    assert_string_equal(mg_toml_strs(t, "b.d", &n)[1], "q");
    assert_string_equal(mg_toml_str(t, "b.e", ""), "7"); /* typed 7, wanted as text */
    assert_string_equal(mg_toml_str(t, "b.f", "z"), "");
    assert_string_equal(mg_toml_str(t, "b.g", "z"), "x=y");
    assert_int_equal(mg_toml_int(t, "late", 1), 1);
    /* after its default was asked for */
    assert_int_equal(mg_toml_set(t, "late=3", NULL), MOLGLOT_OK);
    assert_int_equal(mg_toml_int(t, "late", 1), 3);
    molglot_error err;
    assert_int_equal(mg_toml_set(t, "a", &err), MOLGLOT_USAGE);
    assert_int_equal(mg_toml_set(t, "=1", &err), MOLGLOT_USAGE);
    assert_int_equal(mg_toml_set(t, "a.b=1", &err), MOLGLOT_USAGE);
    assert_int_equal(mg_toml_set(t, "b=1", &err), MOLGLOT_USAGE);
    assert_int_equal(mg_toml_set(t, "a b=1", &err), MOLGLOT_USAGE);
    assert_int_equal(mg_toml_finish(t, &err), MOLGLOT_OK);
    mg_toml_free(t);
}

static void ask_all(mg_toml *t) {
    size_t n;
    mg_toml_num(t, "text.dropout", 0.1);
    mg_toml_int(t, "seed", 3);
    mg_toml_str(t, "text.name", "a\"b\\c\n");
    mg_toml_bool(t, "text.deep.on", true);
    mg_toml_num(t, "lr", 100000);
    mg_toml_strs(t, "files", &n);
    mg_toml_str(t, "none", NULL);
    mg_toml_num(t, "third", 1.0 / 3);
}

/* The dump reads back as the same recipe, in any locale, and dumps the same again. */
static void dumps(void **state) {
    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8"); /* a decimal comma, where installed */
    mg_toml *t = parse("files = ['x', \"y\"]\n[text]\ndropout = 0.25\n");
    ask_all(t);
    mg_str out = {0}, again = {0};
    assert_int_equal(mg_toml_dump(t, &out), MOLGLOT_OK);
    assert_string_equal(
        out.s, "files = [\"x\", \"y\"]\nseed = 3\nlr = 1e+05\nthird = 0.3333333333333333\n"
               "\n[text]\ndropout = 0.25\nname = \"a\\\"b\\\\c\\n\"\n\n[text.deep]\non = true\n");
    mg_toml *u = parse(out.s);
    ask_all(u);
    assert_int_equal(mg_toml_finish(u, NULL), MOLGLOT_OK);
    assert_true(mg_toml_num(u, "third", 0) == 1.0 / 3);
    assert_int_equal(mg_toml_dump(u, &again), MOLGLOT_OK);
    assert_string_equal(again.s, out.s);
    setlocale(LC_ALL, "C");
    mg_str_free(&out);
    mg_str_free(&again);
    mg_toml_free(t);
    mg_toml_free(u);
}

static void set_string_keeps_every_character(void **state) {
    (void)state;
    static const char value[] = "C:\\runs\t\"new\"\n[x] = 1 # \xC3\xA9\x01";
    molglot_error err = {0};
    mg_toml *t = mg_toml_parse("", 0, "text", &err);
    assert_non_null(t);
    assert_int_equal(mg_toml_set_string(t, "a.b", value, &err), MOLGLOT_OK);
    assert_int_equal(mg_toml_set_string(t, "c", "12", &err), MOLGLOT_OK);
    assert_string_equal(mg_toml_str(t, "a.b", ""), value);
    assert_string_equal(mg_toml_str(t, "c", ""), "12");
    assert_int_equal(mg_toml_finish(t, &err), MOLGLOT_OK);
    mg_toml_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),          cmocka_unit_test(refuses),
        cmocka_unit_test(names_mistakes), cmocka_unit_test(command_line),
        cmocka_unit_test(dumps),          cmocka_unit_test(set_string_keeps_every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
