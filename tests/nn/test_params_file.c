/* test_params_file.c - parameters and the tensors of a file: shapes that fit and that do not,
 * types, parts under other names, padded tables of words, prefixes, what is claimed, how few bits
 * are written. */
#include "../must.h"
#include "nn/nn.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <stdint.h>
#include <unistd.h>

static char path[] = "/tmp/molglot-params-file-XXXXXX";

static int enter(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int leave(void **state) {
    (void)state;
    return unlink(path);
}

/* A tensor of numbers from, from + 1, ... in the types that the cases name. */
typedef struct stored {
    const char *name, *dtype;
    int ndim;
    int64_t shape[4];
    float from;
} stored;

static mg_tensor_file *make(const stored *list, size_t n) {
    molglot_error err = {0};
    mg_weights_out *w = mg_weights_out_new();
    static char data[8][512];
    for (size_t i = 0; i < n; i++) {
        int64_t count = 1;
        for (int d = 0; d < list[i].ndim; d++) count *= list[i].shape[d];
        assert_true(count <= 64 && i < 8);
        for (int64_t k = 0; k < count; k++) {
            const float x = list[i].from + (float)k;
            const uint16_t half = mg_f32_to_bf16(x);
            const double wide = (double)x;
            const int32_t whole = (int32_t)k;
            if (!strcmp(list[i].dtype, "F32")) memcpy(data[i] + 4 * k, &x, 4);
            if (!strcmp(list[i].dtype, "BF16")) memcpy(data[i] + 2 * k, &half, 2);
            if (!strcmp(list[i].dtype, "F64")) memcpy(data[i] + 8 * k, &wide, 8);
            if (!strcmp(list[i].dtype, "I32")) memcpy(data[i] + 4 * k, &whole, 4);
            if (!strcmp(list[i].dtype, "I8")) data[i][k] = (char)k;
        }
        must(mg_weights_out_add(w, list[i].name, list[i].dtype, list[i].ndim, list[i].shape,
                                data[i], NULL, &err),
             &err);
    }
    must(mg_weights_out_save(w, path, &err), &err);
    mg_weights_out_free(w);
    return must_have(mg_tensor_file_open(path, &err), &err);
}

static float value(const mg_params *p, const char *name, int64_t i) {
    const mg_tensor *t = mg_params_find(p, name);
    assert_non_null(t);
    return t->dtype == MG_BF16 ? mg_bf16_to_f32(((const uint16_t *)t->data)[i])
                               : ((const float *)t->data)[i];
}

/* One tensor for one parameter: mapped and imported it holds the same numbers, or it is refused. */
static void shapes_and_types(void **state) {
    (void)state;
    static const struct {
        int64_t rows, cols;
        stored t;
        const char *mapped, *imported; /* what refusing says; NULL: it is taken */
    } cases[] = {
        {2, 3, {"x", "F32", 2, {2, 3}, 1}, NULL, NULL},
        {2, 3, {"x", "BF16", 2, {2, 3}, 1}, NULL, NULL},
        {2, 3, {"x", "F64", 2, {2, 3}, 1}, NULL, NULL},
        {2, 3, {"x", "F32", 2, {3, 2}, 1}, "has shape [3, 2], the model needs [2, 3]", "[3, 2]"},
        {2, 3, {"x", "F32", 2, {2, 4}, 1}, "has shape [2, 4], the model needs [2, 3]", "[2, 4]"},
        {2, 3, {"x", "F32", 2, {3, 3}, 1}, "has shape [3, 3], the model needs [2, 3]", "[3, 3]"},
        {2, 3, {"x", "F32", 1, {6}, 1}, "has shape [6], the model needs [2, 3]", "[6]"},
        {2, 6, {"x", "F32", 3, {2, 3, 2}, 1}, NULL, NULL}, /* a convolution's */
        {2, 6, {"x", "F32", 3, {2, 6, 1}, 1}, NULL, NULL},
        {2, 6, {"x", "F32", 3, {2, 2, 4}, 1}, "has shape [2, 2, 4]", "[2, 2, 4]"},
        {2, 6, {"x", "F32", 3, {2, 2, 2}, 1}, "has shape [2, 2, 2]", "[2, 2, 2]"},
        {2, 6, {"x", "F32", 3, {1, 6, 1}, 1}, "has shape [1, 6, 1]", "[1, 6, 1]"},
        {2, 6, {"x", "F32", 4, {2, 6, 1, 1}, 1}, "has shape [2, 6, 1, 1]", "[2, 6, 1, 1]"},
        {1, 4, {"x", "F32", 1, {4}, 1}, NULL, NULL},
        {1, 4, {"x", "BF16", 1, {4}, 1}, NULL, NULL},
        {1, 4, {"x", "F32", 2, {1, 4}, 1}, NULL, NULL},
        {1, 4, {"x", "F32", 2, {4, 1}, 1}, "has shape [4, 1], the model needs [1, 4]", "[4, 1]"},
        {1, 4, {"x", "F32", 1, {5}, 1}, "has shape [5], the model needs [1, 4]", "[5]"},
        {1, 1, {"x", "F32", 0, {0}, 7}, NULL, NULL},
        {1, 1, {"x", "F32", 1, {1}, 7}, NULL, NULL},
        {1, 2, {"x", "F32", 0, {0}, 7}, "has shape [], the model needs [1, 2]", "shape []"},
        {2, 1, {"x", "F32", 0, {0}, 7}, "has shape [], the model needs [2, 1]", "shape []"},
        {2, 3, {"x", "F32", 2, {2, 3}, NAN}, "tensor x holds NaN or infinite", "x holds NaN"},
        {2, 3, {"x", "BF16", 2, {2, 3}, INFINITY}, "tensor x holds NaN or infinite", "x holds NaN"},
        {1, 4, {"x", "F32", 1, {4}, -INFINITY}, "tensor x holds NaN or infinite", "x holds NaN"},
        {2, 3, {"x", "I32", 2, {2, 3}, 0}, "tensor x is I32: integers are no weights", NULL},
        {1,
         4,
         {"x", "I8", 1, {4}, 0},
         "tensor x is I8: integers are no weights",
         "rounded numbers"},
        {2, 3, {"x", "I8", 2, {2, 3}, 0}, "x.scales [2] is missing", "rounded numbers"},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_tensor_file *f = make(&cases[c].t, 1);
        for (int import = 0; import < 2; import++) {
            size_t found = 9;
            const char *says = import ? cases[c].imported : cases[c].mapped;
            mg_params *p = mg_params_new();
            mg_params_add(p, "x", cases[c].rows, cases[c].cols, MG_INIT_CONST, 0.5F, 0);
            if (import) must(mg_params_build(p, (mg_build_options){.train = true}, &err), &err);
            const int code = import ? mg_params_import(p, f, "", "", &found, &err)
                                    : mg_params_map(p, f, NULL, &err);
            if (says) {
                if (code != MOLGLOT_BAD_FILE || !strstr(err.message, says))
                    fail_msg("case %zu: %d '%s', not '%s'", c, code, err.message, says);
            } else {
                if (code) fail_msg("case %zu: %s", c, err.message);
                for (int64_t i = 0; i < cases[c].rows * cases[c].cols; i++)
                    assert_true(value(p, "x", i) == cases[c].t.from + (float)i);
                if (import) assert_int_equal(found, 1);
                /* matrices stay halves, vectors are widened */
                if (!import)
                    assert_int_equal(
                        mg_params_find(p, "x")->dtype,
                        cases[c].rows > 1 && !strcmp(cases[c].t.dtype, "BF16") ? MG_BF16 : MG_F32);
            }
            mg_params_free(p);
        }
        mg_tensor_file_close(f);
    }
}

/* Rows 0 to 3 of a parameter from parts that overlap, leave a gap, or end too early; the
 * parameter's own name goes before its parts. */
static void parts_must_cover_it(void **state) {
    (void)state;
    static const struct {
        stored t[3];
        int n;
        const char *rows; /* first number of each row; NULL: it is missing */
    } cases[] = {
        {{{"a", "F32", 2, {2, 2}, 10}, {"b", "F32", 2, {2, 2}, 20}}, 2, "10 12 20 22"},
        {{{"a", "F32", 2, {2, 2}, 10}}, 1, NULL},
        {{{"b", "F32", 2, {2, 2}, 20}}, 1, NULL},
        {{{"a", "F32", 2, {2, 2}, 10}, {"c", "F32", 2, {3, 2}, 30}}, 2, "10 30 32 34"},
        {{{"c", "F32", 2, {3, 2}, 30}}, 1, NULL},
        {{{"a", "F32", 2, {2, 2}, 10}, {"b", "F32", 2, {2, 2}, 20}, {"x", "F32", 2, {4, 2}, 50}},
         3,
         "50 52 54 56"},
        {{{"d", "F32", 2, {4, 2}, 40}}, 1, "40 42 44 46"},
        {{{"d", "F32", 2, {3, 2}, 40}}, 1, "has shape [3, 2], the model needs [4, 2]"},
        {{{"d", "F32", 2, {4, 2}, NAN}}, 1, "tensor d holds NaN"},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++)
        for (int import = 0; import < 2; import++) {
            molglot_error err = {0};
            size_t found = 9;
            mg_tensor_file *f = make(cases[c].t, (size_t)cases[c].n);
            mg_params *p = mg_params_new();
            mg_params_add(p, "x", 4, 2, MG_INIT_CONST, 0.5F, 0);
            mg_params_alias(p, "x", "a", 0, 2);
            mg_params_alias(p, "x", "b", 2, 2);
            mg_params_alias(p, "x", "c", 1, 3);
            mg_params_alias(p, "x", "d", 0, 4);
            if (import) must(mg_params_build(p, (mg_build_options){0}, &err), &err);
            const int code = import ? mg_params_import(p, f, "", "", &found, &err)
                                    : mg_params_map(p, f, "", &err);
            if (!cases[c].rows) {
                if (import) {
                    assert_true(!code && found == 0);
                    for (int i = 0; i < 8; i++) assert_true(value(p, "x", i) == 0.5F);
                } else {
                    must_say(&err, MOLGLOT_BAD_FILE, "tensor x [4, 2] is missing");
                }
            } else if (cases[c].rows[0] > '9') {
                must_say(&err, MOLGLOT_BAD_FILE, cases[c].rows);
            } else {
                float want[4];
                must(code, &err);
                assert_int_equal(
                    sscanf(cases[c].rows, "%f %f %f %f", &want[0], &want[1], &want[2], &want[3]),
                    4);
                for (int i = 0; i < 8; i++)
                    assert_true(value(p, "x", i) == want[i / 2] + (float)(i % 2));
            }
            mg_params_free(p);
            mg_tensor_file_close(f);
        }
}

/* Tables of words may be padded at their end; no other tensor may, and none may lack rows. */
static void tables_of_words_may_be_padded(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t rows, cols;
        bool taken;
    } cases[] = {
        {"t.embeddings.word_embeddings.weight", 5, 2, true},
        {"t.embeddings.word_embeddings.weight", 3, 2, true},
        {"t.embeddings.word_embeddings.weight", 2, 2, false},
        {"t.embeddings.word_embeddings.weight", 5, 3, false},
        {"t.embeddings.weight", 4, 2, true},
        {"t.other.weight", 4, 2, false},
        {"t.other.weight", 3, 2, true},
        {"t.embeddings.weights", 4, 2, false},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        const stored t = {cases[c].name, "F32", 2, {cases[c].rows, cases[c].cols}, 1};
        mg_tensor_file *f = make(&t, 1);
        for (int alias = 0; alias < 2; alias++) {
            molglot_error err = {0};
            mg_params *p = mg_params_new();
            mg_params_add(p, alias ? "x" : cases[c].name, 3, 2, MG_INIT_CONST, 0.5F, 0);
            if (alias) mg_params_alias(p, "x", cases[c].name, 0, 3);
            must(mg_params_build(p, (mg_build_options){0}, &err), &err);
            const int code = mg_params_import(p, f, "", "", NULL, &err);
            assert_int_equal(code, cases[c].taken ? MOLGLOT_OK : MOLGLOT_BAD_FILE);
            for (int i = 0; i < 6 && cases[c].taken; i++)
                assert_true(value(p, alias ? "x" : cases[c].name, i) == (float)(1 + i));
            mg_params_free(p);
        }
        mg_tensor_file_close(f);
    }
}

/* Our prefix gives way to theirs; parameters without it stay. */
static void names_carry_prefixes(void **state) {
    (void)state;
    static const stored list[] = {{"theirs.w", "F32", 2, {2, 2}, 1},
                                  {"theirs.v", "F32", 1, {2}, 5},
                                  {"theirs.q", "F32", 1, {1}, 8},
                                  {"w", "F32", 2, {2, 2}, 70}};
    molglot_error err = {0};
    size_t found;
    mg_tensor_file *f = make(list, MG_COUNT(list));
    mg_params *p = mg_params_new();
    mg_params_add(p, "ours.w", 2, 2, MG_INIT_CONST, 0.5F, 0);
    mg_params_add(p, "ours.bias", 1, 2, MG_INIT_CONST, 0.5F, 0);
    mg_params_alias(p, "ours.bias", "ours.v", 0, 2);
    mg_params_add(p, "ours.none", 1, 2, MG_INIT_CONST, 0.5F, 0);
    mg_params_add(p, "w", 2, 2, MG_INIT_CONST, 0.5F, 0);
    assert_int_equal(mg_params_import(p, f, "ours.", "theirs.", &found, &err), MOLGLOT_USAGE);
    must(mg_params_build(p, (mg_build_options){.train = true, .ema = true}, &err), &err);
    must(mg_params_import(p, f, "ours.", "theirs.", &found, &err), &err);
    assert_int_equal(found, 2);
    for (int i = 0; i < 4; i++) assert_true(value(p, "ours.w", i) == (float)(1 + i));
    for (int i = 0; i < 2; i++) {
        assert_true(value(p, "ours.bias", i) == (float)(5 + i));
        assert_true(value(p, "ours.none", i) == 0.5F);
        assert_true(value(p, "w", i) == 0.5F);
    }
    must(mg_params_swap_ema(p, &err), &err); /* the averages begin with what was read */
    assert_true(value(p, "ours.w", 3) == 4 && value(p, "w", 0) == 0.5F);
    mg_params_free(p);
    /* a mapped model's names stand behind a prefix */
    p = mg_params_new();
    mg_params_add(p, "w", 2, 2, MG_INIT_ZERO, 0, 0);
    must(mg_params_map(p, f, "theirs.", &err), &err);
    assert_true(value(p, "w", 0) == 1);
    mg_params_free(p);
    mg_tensor_file_close(f);
}

static void what_is_claimed(void **state) {
    (void)state;
    mg_params *p = mg_params_new(), *q = mg_params_new();
    mg_params_add(p, "bag.table", 4, 2, MG_INIT_ZERO, 0, 0);
    mg_params_alias(p, "bag.table", "old.table", 0, 4);
    mg_params_add(q, "w", 1, 1, MG_INIT_ZERO, 0, 0);
    const mg_params *const both[] = {p, NULL, q};
    static const struct {
        const char *name;
        bool claimed;
    } cases[] = {
        {"bag.table", true},         {"old.table", true},
        {"bag.table.scales", true},  {"bag.tabl", false},
        {"bag.table.", false},       {"bag.table.scale", false},
        {"bag.tablf.scales", false}, {"ag.table.scales", false},
        {".scales", false},          {"w", true},
        {"w.scales", true},          {"", false},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        assert_int_equal(mg_params_claim(both, 3, cases[c].name), cases[c].claimed);
        assert_int_equal(mg_params_claim(both, 2, cases[c].name),
                         cases[c].claimed && cases[c].name[0] != 'w');
        assert_false(mg_params_claim(both, 0, cases[c].name));
    }
    mg_params_free(p);
    mg_params_free(q);
}

/* How each kind of parameter is stored: vectors always in full. */
static void stored_as(void **state) {
    (void)state;
    static const char *const names[] = {"bag.table", "dense.weight", "bias", "x.tables", ".table"};
    static const struct {
        const char *as, *types[5];
    } cases[] = {
        {NULL, {"F32", "F32", "F32", "F32", "F32"}},
        {"F32", {"F32", "F32", "F32", "F32", "F32"}},
        {"BF16", {"BF16", "BF16", "F32", "BF16", "BF16"}},
        {"I8", {"I8", "BF16", "F32", "BF16", "BF16"}},
        {"I4", {"U8", "I8", "F32", "I8", "I8"}},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_params *p = mg_params_new();
        for (int i = 0; i < 5; i++)
            mg_params_add(p, names[i], i == 2 ? 1 : 4, 6, MG_INIT_NORMAL, 1, 0);
        must(mg_params_build(p, (mg_build_options){.seed = 2}, &err), &err);
        mg_weights_out *w = mg_weights_out_new();
        must(mg_params_write(p, w, cases[c].as, &err), &err);
        must(mg_weights_out_save(w, path, &err), &err);
        mg_weights_out_free(w);
        mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
        for (int i = 0; i < 5; i++) {
            char scales[32];
            const mg_file_tensor *t = mg_tensor_file_find(f, names[i]);
            snprintf(scales, sizeof scales, "%s.scales", names[i]);
            if (!t || strcmp(t->dtype, cases[c].types[i]))
                fail_msg("%s of %s as %s", names[i], t ? t->dtype : "-", cases[c].as);
            assert_int_equal(mg_tensor_file_find(f, scales) != NULL,
                             strchr("IU", *t->dtype) != NULL);
            assert_int_equal(t->ndim, i == 2 ? 1 : 2);
            assert_int_equal(mg_param_is_table(names[i]), i == 0);
        }
        mg_params *back = mg_params_new();
        for (int i = 0; i < 5; i++)
            mg_params_add(back, names[i], i == 2 ? 1 : 4, 6, MG_INIT_ZERO, 0, 0);
        must(mg_params_map(back, f, "", &err), &err);
        for (int i = 0; i < 5; i++) {
            const mg_tensor *t = mg_params_find(back, names[i]);
            const float *was = mg_f32(mg_params_find(p, names[i]));
            for (int64_t k = 0; k < mg_tensor_count(t); k++) {
                const float is = t->dtype == MG_I8 ? t->scales[k / 6] * ((const int8_t *)t->data)[k]
                                                   : value(back, names[i], k);
                const float within = !strcmp(cases[c].types[i], "F32") ? 0
                                     : cases[c].types[i][0] == 'U'     ? 0.5F
                                                                       : 0.03F;
                assert_true(fabsf(is - was[k]) <= within);
            }
        }
        mg_params_free(back);
        mg_tensor_file_close(f);
        mg_params_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_and_types),
        cmocka_unit_test(parts_must_cover_it),
        cmocka_unit_test(tables_of_words_may_be_padded),
        cmocka_unit_test(names_carry_prefixes),
        cmocka_unit_test(what_is_claimed),
        cmocka_unit_test(stored_as),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
