/* test_params.c - parameters: declaration errors, initial values, files (own names, aliases, wrong
 * shapes), checkpoints, EMA. */
#include "../must_tape.h"
#include "nn/nn.h"

#include <math.h>
#include <unistd.h>

static char folder[] = "/tmp/molglot-params-XXXXXX";

static const char *in_folder(const char *file) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static mg_params *declare(void) {
    mg_params *p = mg_params_new();
    mg_params_add(p, "a.weight", 40, 30, MG_INIT_NORMAL, 0.5f, MG_PARAM_DECAY);
    mg_params_add(p, "a.bias", 1, 40, MG_INIT_LINEAR, 30, 0);
    mg_params_add(p, "state", 1, 5, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
    mg_params_add(p, "b.weight", 7, 3, MG_INIT_XAVIER, 1, MG_PARAM_DECAY);
    mg_params_add(p, "scale", 1, 1, MG_INIT_CONST, 2.5f, 0);
    return p;
}

static mg_params *built(mg_build_options o) {
    molglot_error err = {0};
    mg_params *p = declare();
    must(mg_params_build(p, o, &err), &err);
    return p;
}

static const float *values(const mg_params *p, const char *name) {
    const mg_tensor *t = mg_params_find(p, name);
    assert_non_null(t);
    return mg_f32(t);
}

static void declaration_errors_stick(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p = mg_params_new();
    assert_non_null(mg_params_add(p, "x", 2, 2, MG_INIT_ZERO, 0, 0));
    assert_null(mg_params_add(p, "x", 2, 2, MG_INIT_ZERO, 0, 0));
    assert_null(mg_params_add(p, "y", 2, 2, MG_INIT_ZERO, 0, 0));
    assert_int_not_equal(mg_params_build(p, (mg_build_options){0}, &err), MOLGLOT_OK);
    assert_non_null(strstr(err.message, "x: declared twice"));
    mg_params_free(p);
    p = mg_params_new();
    assert_null(mg_params_add(p, "huge", INT64_MAX, INT64_MAX, MG_INIT_ZERO, 0, 0));
    mg_params_free(p);
    p = mg_params_new();
    mg_params_add(p, "x", 4, 2, MG_INIT_ZERO, 0, 0);
    mg_params_alias(p, "x", "beyond", 3, 2);
    assert_int_not_equal(mg_params_build(p, (mg_build_options){0}, &err), MOLGLOT_OK);
    mg_params_free(p);
    mg_params_free(NULL);
}

static void initial_values(void **state) {
    (void)state;
    mg_params *p = built((mg_build_options){.train = true, .seed = 7}),
              *same = built((mg_build_options){.seed = 7}),
              *other = built((mg_build_options){.seed = 8});
    const size_t bytes = 40 * 30 * sizeof(float);
    assert_memory_equal(values(p, "a.weight"), values(same, "a.weight"), bytes);
    assert_memory_not_equal(values(p, "a.weight"), values(other, "a.weight"), bytes);
    double sum = 0, squares = 0;
    for (int i = 0; i < 1200; i++)
        sum += values(p, "a.weight")[i],
            squares += (double)values(p, "a.weight")[i] * values(p, "a.weight")[i];
    /* four standard errors */
    assert_true(fabs(sum / 1200) < 0.06 && fabs(sqrt(squares / 1200) - 0.5) < 0.05);
    for (int i = 0; i < 40; i++) assert_true(fabsf(values(p, "a.bias")[i]) <= 1 / sqrtf(30));
    for (int i = 0; i < 21; i++) assert_true(fabsf(values(p, "b.weight")[i]) <= sqrtf(6.0f / 10));
    assert_true(values(p, "scale")[0] == 2.5f && values(p, "state")[4] == 1);
    assert_int_equal(mg_params_elements(p, true), 1200 + 40 + 21 + 1);
    assert_int_equal(mg_params_elements(p, false), 1200 + 40 + 21 + 1 + 5);
    assert_non_null(mg_params_find(p, "a.weight")->grad);
    assert_null(mg_params_find(p, "state")->grad);
    assert_null(mg_params_find(same, "a.weight")->grad);
    int64_t n = 0;
    assert_ptr_equal(mg_params_buffers(p, &n), values(p, "state"));
    assert_true(n >= 5);
    mg_params_free(p);
    mg_params_free(same);
    mg_params_free(other);
}

static void save(const mg_params *p, const char *path, const char *store_as) {
    molglot_error err = {0};
    mg_weights_out *w = mg_weights_out_new();
    must(mg_params_write(p, w, store_as, &err), &err);
    must(mg_weights_out_save(w, path, &err), &err);
    mg_weights_out_free(w);
}

static void written_and_mapped(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p = built((mg_build_options){.seed = 3});
    save(p, in_folder("half.safetensors"), "BF16");
    mg_tensor_file *f = must_open(in_folder("half.safetensors"));
    mg_params *mapped = declare();
    must(mg_params_map(mapped, f, "", &err), &err);
    const mg_tensor *w = mg_params_find(mapped, "a.weight"), *b = mg_params_find(mapped, "a.bias");
    assert_int_equal(w->dtype, MG_BF16);
    assert_int_equal(b->dtype, MG_F32); /* vectors stay F32 */
    for (int i = 0; i < 1200; i++)
        assert_true(mg_bf16_to_f32(((const uint16_t *)w->data)[i]) ==
                    mg_bf16_to_f32(mg_f32_to_bf16(values(p, "a.weight")[i])));
    assert_memory_equal(b->data, values(p, "a.bias"), 160);
    mg_params_free(mapped);
    mapped = declare();
    assert_int_equal(mg_params_map(mapped, f, "elsewhere.", &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "elsewhere.a.weight [40, 30] is missing"));
    mg_params_free(mapped);
    mapped = mg_params_new();
    mg_params_add(mapped, "a.weight", 30, 40, MG_INIT_ZERO, 0, 0);
    assert_int_equal(mg_params_map(mapped, f, "", &err), MOLGLOT_BAD_FILE);
    assert_non_null(
        strstr(err.message, "tensor a.weight has shape [40, 30], the model needs [30, 40]"));
    mg_params_free(mapped);
    mg_tensor_file_close(f);
    mg_params_free(p);
}

/* ---- few bits ---- */

enum { TABLE = 9, WIDE = 31, DENSE = 5 }; /* 31 columns: the last half of a packed row is empty */

static mg_params *declare_rounded(void) {
    mg_params *p = mg_params_new();
    mg_params_add(p, "bag.table", TABLE, WIDE, MG_INIT_NORMAL, 0.7f, 0);
    mg_params_add(p, "dense.weight", DENSE, WIDE, MG_INIT_NORMAL, 2, 0);
    mg_params_add(p, "dense.bias", 1, DENSE, MG_INIT_NORMAL, 1, 0);
    return p;
}

static float largest(const float *x, int n) {
    float top = 0;
    for (int i = 0; i < n; i++) top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
    return top;
}

/* One row of levels -7 .. 7: half a level off, or cut; and with the chosen scale no worse than with
 * the whole range. */
static void expect_levels(const int8_t *q, float scale, const float *x) {
    const float plain = largest(x, WIDE) / 7;
    double error = 0, at_plain = 0;
    assert_true(scale <= plain * 1.0001f && scale >= 0.5999f * plain);
    for (int i = 0; i < WIDE; i++) {
        const float off = scale * q[i] - x[i],
                    off_plain = plain > 0 ? rintf(x[i] / plain) * plain - x[i] : 0;
        assert_true(q[i] >= -7 && q[i] <= 7);
        assert_true(fabsf(off) <= 0.5001f * scale ||
                    (q[i] == (x[i] > 0 ? 7 : -7) && fabsf(x[i]) > 7 * scale));
        error += (double)off * (double)off;
        at_plain += (double)off_plain * (double)off_plain;
    }
    assert_true(error <= at_plain * 1.0001);
}

/* bag.table in 4 bits, dense.weight as bytes, widened while mapping. */
static void four_bits(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p = declare_rounded(), *mapped = declare_rounded();
    must(mg_params_build(p, (mg_build_options){.seed = 9}, &err), &err);
    memset(mg_params_find(p, "bag.table")->data, 0, WIDE * sizeof(float)); /* a row of zeros */
    save(p, in_folder("rounded.safetensors"), "I4");
    mg_tensor_file *f = must_open(in_folder("rounded.safetensors"));
    const mg_file_tensor *packed = mg_tensor_file_find(f, "bag.table");
    assert_string_equal(packed->dtype, "U8");
    assert_true(packed->shape[0] == TABLE && packed->shape[1] == 16);
    assert_string_equal(mg_tensor_file_find(f, "dense.weight")->dtype, "I8");
    must(mg_params_map(mapped, f, "", &err), &err);
    const mg_tensor *table = mg_params_find(mapped, "bag.table"),
                    *dense = mg_params_find(mapped, "dense.weight");
    assert_int_equal(table->dtype, MG_I8);
    for (int r = 0; r < TABLE; r++)
        expect_levels((const int8_t *)table->data + r * WIDE, table->scales[r],
                      values(p, "bag.table") + r * WIDE);
    assert_int_equal(dense->dtype, MG_BF16);
    for (int r = 0; r < DENSE; r++) {
        const float *x = values(p, "dense.weight") + r * WIDE, top = largest(x, WIDE);
        for (int i = 0; i < WIDE; i++) /* half a level of 127, and bf16's eight bits */
            assert_true(fabsf(mg_bf16_to_f32(((const uint16_t *)dense->data)[r * WIDE + i]) -
                              x[i]) <= 0.5001f * top / 127 + fabsf(x[i]) / 250);
    }
    assert_memory_equal(values(mapped, "dense.bias"), values(p, "dense.bias"),
                        DENSE * sizeof(float));
    size_t found = 0;
    /* training goes on from whole numbers alone */
    assert_int_equal(mg_params_import(p, f, "", "", &found, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "holds rounded numbers"));
    assert_int_equal(mg_params_write(mapped, NULL, NULL, &err), MOLGLOT_USAGE);
    mg_params_free(mapped);
    mg_tensor_file_close(f);
    mg_params_free(p);
}

/* A file with `table` as it is given and `scales` scales, mapped as bag.table. */
static void expect_table_refused(const char *name, const char *dtype, int64_t rows, int64_t cols,
                                 int64_t scales, const char *says) {
    static const uint8_t bytes[TABLE * WIDE];
    static const float ones[TABLE + 1];
    molglot_error err = {0};
    char of[64];
    mg_weights_out *w = mg_weights_out_new();
    snprintf(of, sizeof of, "%s.scales", name);
    assert_int_equal(
        mg_weights_out_add(w, name, dtype, 2, (const int64_t[]){rows, cols}, bytes, NULL, &err),
        MOLGLOT_OK);
    if (scales)
        assert_int_equal(mg_weights_out_add(w, of, "F32", 1, &scales, ones, NULL, &err),
                         MOLGLOT_OK);
    assert_int_equal(mg_weights_out_save(w, in_folder("rounded.safetensors"), &err), MOLGLOT_OK);
    mg_weights_out_free(w);
    mg_tensor_file *f = must_open(in_folder("rounded.safetensors"));
    mg_params *p = mg_params_new();
    mg_params_add(p, name, TABLE, WIDE, MG_INIT_ZERO, 0, 0);
    assert_int_equal(mg_params_map(p, f, "", &err), MOLGLOT_BAD_FILE);
    if (!strstr(err.message, says)) fail_msg("\"%s\" should say \"%s\"", err.message, says);
    mg_params_free(p);
    mg_tensor_file_close(f);
}

static void rounded_files_are_checked(void **state) {
    (void)state;
    expect_table_refused("bag.table", "U8", TABLE, 15, TABLE,
                         "has shape [9, 15], the model needs [9, 16]");
    expect_table_refused("bag.table", "U8", TABLE - 1, 16, TABLE - 1, "has shape [8, 16]");
    expect_table_refused("bag.table", "U8", TABLE, 16, TABLE + 1,
                         "bag.table.scales [9] is missing");
    expect_table_refused("bag.table", "U8", TABLE, 16, 0, "bag.table.scales [9] is missing");
    expect_table_refused("bag.table", "I8", TABLE, 16, TABLE,
                         "has shape [9, 16], the model needs [9, 31]");
    expect_table_refused("dense.weight", "I8", TABLE, WIDE, TABLE - 1,
                         "dense.weight.scales [9] is missing");
    expect_table_refused("dense.weight", "U8", TABLE, 16, TABLE,
                         "only bags' tables are kept in 4 bits");
}

/* Parts of a parameter under other names: all of them, or it counts as absent. */
static void aliases(void **state) {
    (void)state;
    molglot_error err = {0};
    size_t found = 9;
    mg_params *parts = mg_params_new();
    mg_params_add(parts, "old.q", 2, 3, MG_INIT_NORMAL, 1, 0);
    mg_params_add(parts, "old.k", 2, 3, MG_INIT_NORMAL, 1, 0);
    mg_params_add(parts, "old.qb", 1, 2, MG_INIT_NORMAL, 1, 0);
    must(mg_params_build(parts, (mg_build_options){.seed = 1}, &err), &err);
    save(parts, in_folder("parts.safetensors"), NULL);
    mg_tensor_file *f = must_open(in_folder("parts.safetensors"));
    mg_params *p = mg_params_new();
    mg_params_add(p, "new.qk", 4, 3, MG_INIT_ZERO, 0, 0);
    mg_params_add(p, "new.bias", 1, 4, MG_INIT_ZERO, 0, 0);
    mg_params_alias(p, "new.qk", "new.q", 0, 2);
    mg_params_alias(p, "new.qk", "new.k", 2, 2);
    mg_params_alias(p, "new.bias", "new.qb", 0, 2);
    mg_params_alias(p, "new.bias", "new.kb", 2, 2); /* not in the file */
    must(mg_params_build(p, (mg_build_options){.seed = 1}, &err), &err);
    must(mg_params_import(p, f, "new.", "old.", &found, &err), &err);
    assert_int_equal(found, 1);
    assert_memory_equal(values(p, "new.qk"), values(parts, "old.q"), 24);
    assert_memory_equal(values(p, "new.qk") + 6, values(parts, "old.k"), 24);
    assert_true(values(p, "new.bias")[0] == 0);
    mg_params_free(p);
    mg_params_free(parts);
    mg_tensor_file_close(f);
}

static void checkpoint_and_ema(void **state) {
    (void)state;
    molglot_error err = {0};
    char *text = NULL;
    const mg_build_options o = {.train = true, .ema = true, .shadow = true, .seed = 5};
    mg_params *p = built(o), *back = built((mg_build_options){
                                 .train = true, .ema = true, .shadow = true, .seed = 6});
    mg_tape *t = mg_tape_new("ref", MG_PREC_F32, 1, (size_t)1 << 24, &err);
    mg_optim_config c = mg_optim_default();
    c.ema_decay = 0.9f, c.total_steps = 10;
    for (int i = 0; i < 1200; i++) mg_params_find(p, "a.weight")->grad[i] = (float)(i % 7) - 3;
    must(mg_optim_step(p, t, &c, 0, NULL, NULL, &err), &err);
    must(mg_checkpoint_save(p, in_folder("checkpoint.safetensors"), "{\"step\":1}", &err), &err);
    must(mg_checkpoint_load(back, in_folder("checkpoint.safetensors"), &text, &err), &err);
    assert_string_equal(text, "{\"step\":1}");
    free(text);
    /* The same next step from the same state: moments and EMA came back as well. */
    for (int i = 0; i < 1200; i++)
        mg_params_find(p, "a.weight")->grad[i] = mg_params_find(back, "a.weight")->grad[i] = 1;
    mg_optim_step(p, t, &c, 1, NULL, NULL, &err);
    mg_optim_step(back, t, &c, 1, NULL, NULL, &err);
    assert_memory_equal(values(p, "a.weight"), values(back, "a.weight"), 4800);
    assert_memory_equal(mg_params_find(p, "a.weight")->shadow,
                        mg_params_find(back, "a.weight")->shadow, 2400);
    float before = values(p, "a.weight")[0];
    must(mg_params_swap_ema(p, &err), &err);
    must(mg_params_swap_ema(back, &err), &err);
    assert_true(values(p, "a.weight")[0] != before);
    assert_memory_equal(values(p, "a.weight"), values(back, "a.weight"), 4800);
    must(mg_params_swap_ema(p, &err), &err);
    assert_true(values(p, "a.weight")[0] == before);
    mg_params *other = mg_params_new();
    mg_params_add(other, "a.weight", 40, 30, MG_INIT_ZERO, 0, 0);
    must(mg_params_build(other, o, &err), &err);
    assert_int_equal(mg_checkpoint_load(other, in_folder("checkpoint.safetensors"), &text, &err),
                     MOLGLOT_BAD_FILE);
    assert_null(text);
    mg_params_free(other);
    mg_params_free(p);
    mg_params_free(back);
    mg_tape_free(t);
}

static int enter(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int leave(void **state) {
    (void)state;
    static const char *const files[] = {"half.safetensors", "parts.safetensors",
                                        "checkpoint.safetensors", "rounded.safetensors"};
    for (size_t i = 0; i < MG_COUNT(files); i++) unlink(in_folder(files[i]));
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declaration_errors_stick), cmocka_unit_test(initial_values),
        cmocka_unit_test(written_and_mapped),       cmocka_unit_test(aliases),
        cmocka_unit_test(checkpoint_and_ema),       cmocka_unit_test(four_bits),
        cmocka_unit_test(rounded_files_are_checked)};
    return cmocka_run_group_tests(tests, enter, leave);
}
