/* test_files.c - tensor files: what was written comes back, PyTorch's files read true, and bad
 * bytes are refused by name.
 *
 * Fixtures: tests/fixtures/torch, made by make.py there.
 */
#include "../must_tape.h"
#include "tensor/files/inside.h"

#include <math.h>
#include <unistd.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/torch/"

/* ---- helpers ---- */

/* The tensor's values as floats, checked against expected[0..n). */
static void expect_values(const mg_tensor_file *f, const char *name, const char *dtype, int ndim,
                          const int64_t *shape, const float *expected) {
    const mg_file_tensor *t = must_find(f, name);
    assert_string_equal(t->dtype, dtype);
    assert_int_equal(t->ndim, ndim);
    for (int i = 0; i < ndim; i++) assert_int_equal(t->shape[i], shape[i]);
    float got[64];
    assert_true(t->count <= 64);
    assert_int_equal(mg_file_tensor_to_f32(t, got, t->count, NULL), MOLGLOT_OK);
    for (int64_t i = 0; i < t->count; i++) {
        if (got[i] != expected[i])
            print_message("%s[%d] = %g, not %g\n", name, (int)i, (double)got[i],
                          (double)expected[i]);
        assert_true(got[i] == expected[i]);
    }
}

#define VALUES(...) \
    (const float[]) { __VA_ARGS__ }
#define SHAPE(...) \
    (const int64_t[]) { __VA_ARGS__ }

static void expect_meta(const mg_tensor_file *f, const char *key, const char *value) {
    const char *got = mg_tensor_file_meta(f, key);
    if (!got) fail_msg("no metadata %s", key);
    assert_string_equal(got, value);
}

/* Opens bytes (copied to a block of exactly that size, for the sanitizer) and, if they are
 * accepted, touches everything. */
static bool try_bytes(const uint8_t *bytes, size_t n, molglot_error *err) {
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    mg_tensor_file *f = mg_tensor_file_memory(copy, n, "test", err);
    for (size_t i = 0; f && i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        float *out = malloc((size_t)t->count * 4 + 1);
        assert_int_equal(mg_file_tensor_to_f32(t, out, t->count, NULL),
                         t->unreadable ? MOLGLOT_BAD_FILE : MOLGLOT_OK);
        mg_file_tensor_finite(t);
        free(out);
    }
    bool good = f != NULL;
    mg_tensor_file_close(f);
    free(copy);
    return good;
}

/* ---- bf16 ---- */

static void rounding(void **state) {
    (void)state;
    assert_int_equal(mg_f32_to_bf16(1.0f), 0x3f80);
    assert_int_equal(mg_f32_to_bf16(-0.0f), 0x8000);
    assert_int_equal(mg_f32_to_bf16(1.00390625f), 0x3f80); /* half way: to even */
    assert_int_equal(mg_f32_to_bf16(1.01171875f), 0x3f82);
    assert_int_equal(mg_f32_to_bf16(1.0039064f), 0x3f81);
    assert_int_equal(mg_f32_to_bf16(INFINITY), 0x7f80);
    assert_int_equal(mg_f32_to_bf16(3.4e38f), 0x7f80); /* beyond the largest: infinity */
    assert_true(isnan(mg_bf16_to_f32(mg_f32_to_bf16(NAN))));
    union {
        uint32_t u;
        float f;
    } quiet = {0x7f800001u}; /* its bits all in the dropped half */
    assert_true(isnan(mg_bf16_to_f32(mg_f32_to_bf16(quiet.f))));
    float x[37];
    uint16_t y[37];
    mg_rng r = {1, 1, 1};
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 37; i++) {
            union {
                uint32_t u;
                float f;
            } any = {(uint32_t)mg_rng_next(&r)};
            x[i] = any.f;
        }
        mg_f32_to_bf16_n(x, y, 37);
        for (int i = 0; i < 37; i++) {
            assert_int_equal(y[i], mg_f32_to_bf16(x[i]));
            float back = mg_bf16_to_f32(y[i]);
            assert_true(isnan(x[i])
                            ? isnan(back)
                            : isinf(back) || fabsf(back - x[i]) <= fabsf(x[i]) / 256 + 1e-40f);
        }
    }
}

/* ---- safetensors ---- */

static void save_sample(const char *path) {
    static const float f32[6] = {0, 1, 2, 3, 4, 1.00390625f};
    static const uint8_t u8[3] = {1, 2, 255};
    static const int64_t i64[2] = {-1, 1};
    mg_weights_out *w = mg_weights_out_new();
    assert_non_null(w);
    molglot_error err;
    assert_int_equal(mg_weights_out_add(w, "bytes", "U8", 1, SHAPE(3), u8, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_weights_out_add(w, "floats", "F32", 2, SHAPE(2, 3), f32, NULL, NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_weights_out_add(w, "halved", "F32", 2, SHAPE(3, 2), f32, "BF16", NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_weights_out_add(w, "longs", "I64", 1, SHAPE(2), i64, "I64", NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_weights_out_add(w, "scalar", "F32", 0, NULL, f32 + 2, NULL, NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_weights_out_add(w, "empty", "F32", 2, SHAPE(0, 7), NULL, NULL, NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_weights_out_meta(w, "name", "caf\xc3\xa9 \"x\"\n", NULL), MOLGLOT_OK);
    assert_int_equal(mg_weights_out_meta(w, "empty", "", NULL), MOLGLOT_OK);
    assert_int_equal(mg_weights_out_meta(w, "bad", "\xff", &err), MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "bytes", "U8", 1, SHAPE(3), u8, NULL, &err),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "__metadata__", "U8", 1, SHAPE(3), u8, NULL, &err),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "a", "U7", 1, SHAPE(3), u8, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "a", "U8", 1, SHAPE(3), u8, "BF16", &err),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "a", "U8", 1, SHAPE(-1), u8, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "a", "F64", 2, SHAPE(INT64_MAX, 3), u8, NULL, &err),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_add(w, "\xff", "U8", 1, SHAPE(3), u8, NULL, &err),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_weights_out_save(w, "/nonexistent/x", &err), MOLGLOT_FAILED);
    assert_int_equal(mg_weights_out_save(w, path, NULL), MOLGLOT_OK);
    mg_weights_out_free(w);
    mg_weights_out_free(NULL);
}

static void round_trip(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-test-XXXXXX";
    close(mkstemp(path));
    save_sample(path);
    mg_tensor_file *f = must_open(path);
    assert_int_equal(mg_tensor_file_count(f), 6);
    expect_values(f, "bytes", "U8", 1, SHAPE(3), VALUES(1, 2, 255));
    expect_values(f, "floats", "F32", 2, SHAPE(2, 3), VALUES(0, 1, 2, 3, 4, 1.00390625f));
    expect_values(f, "halved", "BF16", 2, SHAPE(3, 2), VALUES(0, 1, 2, 3, 4, 1));
    expect_values(f, "longs", "I64", 1, SHAPE(2), VALUES(-1, 1));
    expect_values(f, "scalar", "F32", 0, NULL, VALUES(2));
    expect_values(f, "empty", "F32", 2, SHAPE(0, 7), NULL);
    assert_null(mg_tensor_file_find(f, "other"));
    assert_null(mg_tensor_file_at(f, 6));
    expect_meta(f, "name", "caf\xc3\xa9 \"x\"\n");
    expect_meta(f, "empty", "");
    assert_null(mg_tensor_file_meta(f, "other"));
    assert_int_equal(mg_tensor_file_meta_count(f), 2);
    const char *key, *value;
    mg_tensor_file_meta_at(f, 0, &key, &value);
    assert_string_equal(key, "name");
    mg_tensor_file_meta_at(f, 2, &key, &value);
    assert_null(key);
    /* The mapping is page-aligned: data begin at a multiple of 64, and no tensor needed a copy to
     * be aligned. */
    const mg_file_tensor *longs = mg_tensor_file_find(f, "longs"),
                         *floats = mg_tensor_file_find(f, "floats");
    assert_int_equal((uintptr_t)longs->data % 64, 0);
    assert_ptr_equal(floats->data, (const char *)longs->data + 16);
    float two[2];
    molglot_error err;
    assert_int_equal(mg_file_tensor_to_f32(longs, two, 3, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "longs has 2 elements, expected 3"));
    mg_tensor_file_close(f);
    unlink(path);
    assert_null(mg_tensor_file_open(path, &err));
    assert_int_equal(err.code, MOLGLOT_FAILED);
}

/* A header and `data` zero bytes after it, opened. */
static void expect_refused(const char *header, size_t data, const char *says) {
    size_t n = strlen(header);
    uint8_t *bytes = calloc(1, 8 + n + data);
    uint64_t length = n;
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, n);
    molglot_error err = {0};
    bool good = try_bytes(bytes, 8 + n + data, &err);
    free(bytes);
    if (says) {
        if (good || !strstr(err.message, says)) print_message("%s -> %s\n", header, err.message);
        assert_false(good);
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        assert_non_null(strstr(err.message, says));
    } else
        assert_true(good);
}

static void bad_headers(void **state) {
    (void)state;
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  ", 8, NULL);
    expect_refused("{}", 0, NULL);
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}", 8,
                   "not JSON");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}x", 8,
                   "not JSON");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                   "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
                   16, "duplicate");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7,
                   "beyond the end");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9,
                   "belong to no tensor");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}", 9,
                   "belong to no tensor");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8,
                   "ascending");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8,
                   "ascending");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8,
                   "do not fit its shape");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                   "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
                   12, "overlap");
    expect_refused("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, NULL);
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8,
                   "integers");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8,
                   "impossible");
    expect_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
        "impossible");
    expect_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}", 0,
        "impossible");
    expect_refused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
        "8 dimensions");
    expect_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8,
                   "nothing else");
    expect_refused("{\"a\":[]}", 0, "needs dtype");
    expect_refused("{\"__metadata__\":{\"a\":1}}", 0, "not a string");
    expect_refused("{\"__metadata__\":[]}", 0, "not an object");
    molglot_error err;
    assert_false(try_bytes((const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, &err));
    assert_non_null(strstr(err.message, "100 MiB"));
    assert_false(try_bytes((const uint8_t *)"\x20\0\0\0\0\0\0\0{}", 10, &err));
    assert_non_null(strstr(err.message, "beyond the end"));
    assert_false(try_bytes((const uint8_t *)"hello, world", 12, &err));
    assert_non_null(strstr(err.message, "neither"));
    assert_false(try_bytes((const uint8_t *)"", 0, &err));
}

/* Data at an odd address come back right all the same. */
static void misaligned(void **state) {
    (void)state;
    const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} ";
    const float values[2] = {1.5f, -2};
    for (size_t shift = 0; shift < 4; shift++) {
        uint8_t bytes[128];
        uint64_t length = strlen(header);
        memcpy(bytes + shift, &length, 8);
        memcpy(bytes + shift + 8, header, length);
        memcpy(bytes + shift + 8 + length, values, 8);
        mg_tensor_file *f = mg_tensor_file_memory(bytes + shift, 16 + length, "odd", NULL);
        assert_non_null(f);
        assert_int_equal((uintptr_t)mg_tensor_file_at(f, 0)->data % 4, 0);
        expect_values(f, "a", "F32", 1, SHAPE(2), values);
        mg_tensor_file_close(f);
    }
}

/* ---- PyTorch ---- */

static void expect_state_dict(mg_tensor_file *f, const char *prefix) {
    static const struct {
        const char *name;
        int ndim;
        int64_t shape[2];
        float values[6];
    } want[] = {{"0.weight", 2, {2, 3}, {0, 1, 2, 3, 4, 5}},
                {"0.bias", 1, {2}, {6, 7}},
                {"1.weight", 1, {2}, {1, 1}},
                {"1.bias", 1, {2}, {0, 0}},
                {"1.running_mean", 1, {2}, {0, 0}},
                {"1.running_var", 1, {2}, {1, 1}},
                {"1.num_batches_tracked", 0, {0}, {0}}};
    char name[100];
    assert_int_equal(mg_tensor_file_count(f), MG_COUNT(want));
    for (size_t i = 0; i < MG_COUNT(want); i++) {
        snprintf(name, sizeof name, "%s%s", prefix, want[i].name);
        expect_values(f, name, i == 6 ? "I64" : "F32", want[i].ndim, want[i].shape, want[i].values);
        assert_string_equal(mg_tensor_file_at(f, i)->name, name); /* in the file's order */
    }
    mg_tensor_file_close(f);
}

static void torch_state_dict(void **state) {
    (void)state;
    expect_state_dict(must_open(FIXTURES "state_dict.pt"), "");
    expect_state_dict(must_open(FIXTURES "state_dict_legacy.pth"), "");
}

static void torch_all_types(void **state) {
    (void)state;
    const char *const paths[] = {FIXTURES "all_types.pt", FIXTURES "all_types_legacy.pth"};
    for (int k = 0; k < 2; k++) {
        mg_tensor_file *f = must_open(paths[k]);
        expect_values(f, "f32", "F32", 2, SHAPE(2, 3), VALUES(0, 1, 2, 3, 4, 5));
        expect_values(f, "f64", "F64", 1, SHAPE(3), VALUES(0.5f, 1.5f, 2.5f));
        expect_values(f, "f16", "F16", 1, SHAPE(3), VALUES(-0.5f, 0.5f, 1.5f));
        expect_values(f, "bf16", "BF16", 1, SHAPE(3), VALUES(0, 2, 4));
        expect_values(f, "i64", "I64", 1, SHAPE(3), VALUES(0, -1, -2));
        expect_values(f, "i32", "I32", 1, SHAPE(3), VALUES(0, 1, 2));
        expect_values(f, "i16", "I16", 1, SHAPE(3), VALUES(0, -1, -2));
        expect_values(f, "i8", "I8", 1, SHAPE(3), VALUES(0, -1, -2));
        expect_values(f, "u8", "U8", 1, SHAPE(3), VALUES(250, 251, 252));
        expect_values(f, "bool", "BOOL", 1, SHAPE(3), VALUES(1, 0, 1));
        expect_values(f, "scalar", "F32", 0, NULL, VALUES(7));
        expect_values(f, "empty", "F32", 2, SHAPE(0, 3), NULL);
        expect_values(f, "edges", "I64", 2, SHAPE(2, 4), VALUES(0, 2, 4, 6, 1, 3, 5, 7));
        expect_values(f, "transposed", "F32", 2, SHAPE(5, 4),
                      VALUES(0, 5, 10, 15, 1, 6, 11, 16, 2, 7, 12, 17, 3, 8, 13, 18, 4, 9, 14, 19));
        expect_values(f, "slice", "F32", 2, SHAPE(2, 3), VALUES(6, 7, 8, 11, 12, 13));
        expect_values(f, "column", "F32", 1, SHAPE(4), VALUES(2, 7, 12, 17));
        expect_values(f, "reversed_dims", "F32", 3, SHAPE(4, 2, 3),
                      VALUES(0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7,
                             11, 15, 19, 23));
        expect_values(f, "shared", "F32", 1, SHAPE(6), VALUES(100, 101, 102, 103, 104, 105));
        expect_values(f, "shared_tail", "F32", 1, SHAPE(2), VALUES(104, 105));
        expect_values(f, "parameter", "F32", 1, SHAPE(2), VALUES(0, 1));
        expect_values(f, "nested.deep.0", "F32", 1, SHAPE(1), VALUES(0));
        expect_values(f, "nested.deep.1.er", "F32", 1, SHAPE(1), VALUES(9));
        expect_values(f, "5", "F32", 1, SHAPE(1), VALUES(5));
        expect_meta(f, "nested.note", "a text");
        expect_meta(f, "nested.rate", "0.1");
        expect_meta(f, "nested.on", "true");
        expect_meta(f, "nested.steps", "12");
        assert_null(mg_tensor_file_meta(f, "nested.none"));
        mg_tensor_file_close(f);
    }
}

static void torch_lightning(void **state) {
    (void)state;
    mg_tensor_file *f = must_open(FIXTURES "lightning.pt");
    expect_meta(f, "epoch", "299");
    expect_meta(f, "pytorch-lightning_version", "1.9");
    expect_meta(f, "hyper_parameters.lr", "0.0001");
    expect_meta(f, "hyper_parameters.bert_name", "scibert");
    expect_meta(f, "hyper_parameters.graph_self", "false");
    expect_meta(f, "hyper_parameters.layers", "5");
    expect_state_dict(f, "graph_encoder."); /* and no optimiser moments */
}

static void torch_graph(void **state) {
    (void)state;
    const char *const paths[] = {FIXTURES "graph.pt", FIXTURES "graph_legacy.pth"};
    for (int k = 0; k < 2; k++) {
        mg_tensor_file *f = must_open(paths[k]);
        assert_int_equal(mg_tensor_file_count(f), 3);
        expect_values(f, "x", "I64", 2, SHAPE(3, 2), VALUES(0, 1, 2, 3, 4, 5));
        expect_values(f, "edge_index", "I64", 2, SHAPE(2, 4), VALUES(0, 2, 4, 6, 1, 3, 5, 7));
        expect_values(f, "edge_attr", "I64", 2, SHAPE(4, 2), VALUES(0, 1, 2, 3, 4, 5, 6, 7));
        mg_tensor_file_close(f);
    }
}

static void torch_evil(void **state) {
    (void)state;
    const char *const paths[] = {FIXTURES "evil.pt", FIXTURES "evil_legacy.pth"};
    for (int k = 0; k < 2; k++) {
        molglot_error err = {0};
        assert_null(mg_tensor_file_open(paths[k], &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        /* os.system is pickled under the name of the module that has it */
        assert_non_null(strstr(err.message, "refusing pickle global posix.system"));
    }
}

/* ---- pickles by hand, in the legacy container ---- */

#define MAGIC "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
#define BEFORE                 \
    MAGIC "\x80\x02M\xe9\x03." \
          "\x80\x02}." /* magic, protocol 1001, system facts {} */
#define STORAGE                                        \
    "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" \
    "0X\3\0\0\0cpuK\2tQ"
#define TENSOR(offset, sizes, strides) \
    "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE offset sizes strides "\x89}tR"
/* storage "0" = {2, 4} */
#define AFTER            \
    "\x80\x02]X\1\0\0\0" \
    "0a."                \
    "\2\0\0\0\0\0\0\0"   \
    "\0\0\0\x40\0\0\x80\x40"

static bool try_pickle(const char *pickle, size_t n, molglot_error *err) {
    mg_str file = {0};
    mg_str_add(&file, BEFORE, sizeof BEFORE - 1);
    mg_str_add(&file, pickle, n);
    mg_str_add(&file, AFTER, sizeof AFTER - 1);
    bool good = try_bytes((const uint8_t *)file.s, file.n, err);
    mg_str_free(&file);
    return good;
}

static void hand_made(void **state) {
    (void)state;
    static const struct {
        const char *pickle;
        size_t n;
        const char *says;
    } cases[] = {
#define CASE(p, says) {p, sizeof p - 1, says}
        CASE("\x80\x02" TENSOR("K\0", "K\2\x85", "K\1\x85") ".", NULL),
        CASE("\x80\x02" TENSOR("K\0", "K\2K\1\x86", "K\1K\1\x86") ".", NULL),
        CASE("\x80\x02" TENSOR("K\1", "K\2\x85", "K\1\x85") ".", "beyond its storage"),
        CASE("\x80\x02" TENSOR("K\0", "K\3\x85", "K\1\x85") ".", "beyond its storage"),
        CASE("\x80\x02" TENSOR("K\0", "K\2\x85", "K\2\x85") ".", "beyond its storage"),
        CASE("\x80\x02" TENSOR("J\xff\xff\xff\xff", "K\2\x85", "K\1\x85") ".",
             "beyond its storage"),
        CASE("\x80\x02" TENSOR("K\1", "K\2\x85", "J\xff\xff\xff\xff\x85") ".", "negative stride"),
        CASE("\x80\x02" TENSOR("K\0", "J\xff\xff\xff\xff\x85", "K\1\x85") ".", "impossible shape"),
        CASE("\x80\x02" TENSOR("K\0", "K\x64K\x64\x86", "K\0K\0\x86") ".", NULL),
        CASE("\x80\x02" TENSOR("K\0",
                               "\x8a\x08\0\0\0\0\0\0\0\x40"
                               "\x8a\x08\0\0\0\0\0\0\0\x40\x86",
                               "K\0K\0\x86") ".",
             "impossible shape"),
        CASE("\x80\x02" TENSOR("K\0", "K\2\x85", "K\1K\1\x86") ".", "a tensor without"),
        CASE("\x80\x02" TENSOR("N", "K\2\x85", "K\1\x85") ".", "a tensor without"),
        CASE("\x80\x02" TENSOR("K\0", "(K\1K\1K\1K\1K\1K\1K\1K\1K\1t",
                               "(K\1K\1K\1K\1K\1K\1K\1K\1K\1t") ".",
             "8 dimensions"),
        CASE("cos\nsystem\n(X\2\0\0\0idtR.", "refusing pickle global os.system"),
        CASE("cos\nsystem\n.", "refusing pickle global os.system"),
        CASE("cbuiltins\neval\n.", "refusing pickle global builtins.eval"),
        CASE("c__builtin__\nexec\n.", "refusing pickle global __builtin__.exec"),
        CASE("csubprocess\nPopen\n(X\2\0\0\0idtR.", "refusing pickle global subprocess.Popen"),
        CASE("X\2\0\0\0osX\6\0\0\0system\x93.", "refusing pickle global os.system"),
        CASE("ctorch.hub\nload\n)R.", "refusing pickle global torch.hub.load"),
        /* named, never called, no tensors */
        CASE("ctorch.hub\nload\n.", "a storage nobody refers to"),
        CASE("(i", "refusing pickle opcode INST"),
        CASE("(o", "refusing pickle opcode OBJ"),
        CASE("(S'x'\n", "refusing pickle opcode STRING"),
        CASE("\x82\x01", "refusing pickle opcode EXT1"),
        CASE("\xff", "refusing pickle opcode 0xff"),
        CASE("(X\6\0\0\0moduletQ.", "refusing pickle persistent id module"),
        CASE("K\1Q.", "strange persistent id"),
        CASE(".", "does not leave one value"),
        CASE("K\1K\1.", "does not leave one value"),
        CASE("t.", "no mark"),
        CASE("\x85.", "the stack is empty"),
        CASE("K\1(\x85.", "the stack is empty"),
        CASE("a", "the stack is empty"),
        CASE("}K\1s", "the stack is empty"),
        CASE("}(K\1u.", "a key without its value"),
        CASE("K\1K\1a.", "holds none"),
        CASE("h\0.", "unknown memo number"),
        CASE("K\1r\xff\xff\xff\x7f.", "impossible memo number"),
        CASE("q\0", "the stack is empty"),
        CASE("K\1K\1R.", "no function"),
        CASE("K\1)\x81.", "without a class"),
        CASE("K\1}b.", "plain value"),
        CASE("\x80\x09", "unknown protocol"),
        CASE("X\xff\xff\xff\xff", "ends too early"),
        CASE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "ends too early"),
        CASE("cabc", "ends too early"),
#undef CASE
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        bool good = try_pickle(cases[i].pickle, cases[i].n, &err);
        bool as_wanted = cases[i].says ? !good && strstr(err.message, cases[i].says) : good;
        if (!as_wanted) print_message("case %zu: %s\n", i, good ? "accepted" : err.message);
        assert_true(as_wanted);
    }
}

/* A list inside itself, and 2^60 paths to one tensor: refused, quickly. */
static void endless(void **state) {
    (void)state;
    molglot_error err = {0};
    static const char loop[] = "]q\0h\0a.";
    mg_str p = {0};
    mg_str_add(&p, BEFORE, sizeof BEFORE - 1);
    mg_str_add(&p, loop, sizeof loop - 1);
    mg_str_add(&p, "\x80\x02].", 4);
    assert_false(try_bytes((const uint8_t *)p.s, p.n, &err));
    assert_non_null(strstr(err.message, "64 deep"));
    mg_str_free(&p);
    static const char leaf[] = "\x80\x02" TENSOR("K\0", "K\2\x85", "K\1\x85") "q\0",
                      twice[] = "h\0\x86q\0";
    mg_str_add(&p, leaf, sizeof leaf - 1);
    /* x becomes (x, x), sixty times */
    for (int i = 0; i < 60; i++) mg_str_add(&p, twice, sizeof twice - 1);
    mg_str_add(&p, ".", 1);
    assert_false(try_pickle(p.s, p.n, &err));
    assert_non_null(strstr(err.message, "more than a million values"));
    mg_str_free(&p);
}

/* ---- damage ---- */

/* Cut at every byte: refused. Every bit flipped: refused or read within bounds (the sanitizer
 * watches). */
static void maul(const char *path, bool cuts_fail) {
    uint8_t *bytes;
    size_t n;
    bytes = (uint8_t *)must_read(path, &n);
    for (size_t cut = 0; cut < n; cut++) {
        bool good = try_bytes(bytes, cut, NULL);
        if (good && cuts_fail) print_message("%s cut to %zu of %zu bytes\n", path, cut, n);
        assert_false(good && cuts_fail);
    }
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        try_bytes(bytes, n, NULL);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(bytes);
}

static void damage(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-test-XXXXXX";
    close(mkstemp(path));
    save_sample(path);
    maul(path, true);
    unlink(path);
    maul(FIXTURES "graph.pt", true);
    maul(FIXTURES "graph_legacy.pth", true);
    maul(FIXTURES "state_dict_legacy.pth", true);
}

/* Numbers of a type that is not read keep their type and shape. */
static void unknown_types(void **state) {
    (void)state;
    static const char header[] =
        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[3,2],\"data_offsets\":[0,6]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[1,2,3,4,5,6,7,0],\"data_offsets\":[6,6]}}";
    uint8_t bytes[8 + sizeof header + 6] = {0};
    const uint64_t length = sizeof header - 1;
    molglot_error err = {0};
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, sizeof header - 1);
    mg_tensor_file *f = must_have(mg_tensor_file_memory(bytes, 8 + (size_t)length + 6, "x", &err),
                                  &err);
    const mg_file_tensor *a = must_find(f, "a"), *b = must_find(f, "b");
    assert_string_equal(a->dtype, "F8_E4M3");
    assert_true(a->ndim == 2 && a->shape[0] == 3 && a->shape[1] == 2 && a->unreadable);
    assert_non_null(strstr(a->unreadable, "F8_E4M3"));
    assert_int_equal(b->ndim, 8);
    for (int i = 0; i < 8; i++) assert_int_equal(b->shape[i], i < 7 ? i + 1 : 0);
    assert_null(b->unreadable);
    mg_tensor_file_close(f);
}

/* PyTorch's old container: protocols 2 to 5, a frame in later ones, the magic number. */
static void old_torch_container(void **state) {
    (void)state;
    static const uint8_t magic[] = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                    0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};
    for (int protocol = 0; protocol < 8; protocol++)
        for (int framed = 0; framed < 2; framed++) {
            uint8_t bytes[40] = {0x80, (uint8_t)protocol, framed ? 0x95 : 0};
            const size_t at = framed ? 11 : 2, n = at + sizeof magic;
            memcpy(bytes + at, magic, sizeof magic);
            assert_int_equal(mg_torch_is_legacy(bytes, n), protocol >= 2 && protocol <= 5);
            assert_false(mg_torch_is_legacy(bytes, n - 1));
            assert_false(mg_torch_is_legacy(bytes, 0));
            for (size_t i = at; i < n && protocol == 2; i++) {
                bytes[i] ^= 1;
                assert_false(mg_torch_is_legacy(bytes, n));
                bytes[i] ^= 1;
            }
            bytes[0] = 0x81;
            assert_false(mg_torch_is_legacy(bytes, n));
        }
}

/* Every kind's infinities and what is no number, first, in the middle and last; the largest number
 * of each kind is one. */
static void numbers_are_finite(void **state) {
    (void)state;
    static const struct {
        const char *dtype;
        size_t width;
        uint64_t value;
        bool is;
    } cases[] = {
        {"F16", 2, 0x7bff, true},
        {"F16", 2, 0xfbff, true},
        {"F16", 2, 0x7c00, false},
        {"F16", 2, 0xfc00, false},
        {"F16", 2, 0x7c01, false},
        {"BF16", 2, 0x7c00, true},
        {"BF16", 2, 0x7f7f, true},
        {"BF16", 2, 0x7f80, false},
        {"BF16", 2, 0xff80, false},
        {"BF16", 2, 0x7fc0, false},
        {"F32", 4, 0x7f7fffff, true},
        {"F32", 4, 0x7f800000, false},
        {"F32", 4, 0xff800000, false},
        {"F32", 4, 0x7f800001, false},
        {"F64", 8, 0x7fefffffffffffff, true},
        {"F64", 8, 0x7ff0000000000000, false},
        {"F64", 8, 0x7ff8000000000000, false},
        {"I16", 2, 0x7c00, true},
        {"I32", 4, 0x7f800000, true},
        {"U8", 1, 0xff, true},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++)
        for (size_t at = 0; at < 5; at += 2) {
            uint64_t data[5] = {0};
            mg_file_tensor t = {.name = "t", .ndim = 1, .shape = {5}, .count = 5, .data = data};
            snprintf(t.dtype, sizeof t.dtype, "%s", cases[c].dtype);
            t.bytes = 5 * cases[c].width;
            memcpy((uint8_t *)data + at * cases[c].width, &cases[c].value, cases[c].width);
            assert_int_equal(mg_file_tensor_finite(&t), cases[c].is);
            t.unreadable = "not of this kind";
            assert_true(mg_file_tensor_finite(&t));
        }
}

/* What is given in place of weights is named, and what to do: by a line of words each. */
static void other_files(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } files[] = {
#define BYTES(s) s, sizeof s - 1
        {BYTES(""), "but an empty file"},
        {BYTES("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"},
        {BYTES("GGUF\3\0\0\0\0\0\0\0"), "a GGUF file"},
        {BYTES("ggml\1\0\0\0"), "a GGML file"},
        {BYTES("\x89HDF\r\n\x1a\n\0\0\0\0"), "an HDF5 file"},
        {BYTES("\x1c\0\0\0TFL3\0\0\0\0"), "a TensorFlow Lite model"},
        {BYTES("\x93NUMPY\1\0\x76\0"), "a NumPy array"},
        {BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3"), "but gzip: unpack it first"},
        {BYTES("BZh91AY&SY"), "but bzip2"},
        {BYTES("\xfd"
               "7zXZ\0\0\4"),
         "but xz"},
        {BYTES("\x28\xb5\x2f\xfd\x04\0\0\0"), "but zstd"},
        {BYTES("7z\xbc\xaf\x27\x1c\0\4"), "a 7z archive"},
        {BYTES("Rar!\x1a\7\0"), "a RAR archive"},
        {BYTES("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), ""},
        {BYTES("%PDF-1.4\n"), "but a PDF"},
        {BYTES("\x89PNG\r\n\x1a\n"), "a picture (PNG)"},
        {BYTES("PAR1\x15\4"), "a Parquet table"},
        {BYTES("SQLite format 3\0\x10\0"), "an SQLite database"},
        {BYTES("\x7f"
               "ELF\2\1\1\0"),
         "a program (ELF)"},
        {BYTES("MGINDEX\0\1\0"), "an index of Molglot, not a model"},
        {BYTES("MGDATA\0\0\1\0"), "a training set's cache of Molglot, not a model"},
        {BYTES("\x08\x01\x12\x05"), "a TensorFlow SavedModel"},
        {BYTES("\x08\x07\x12\x07pytorch"), "an ONNX model"},
        {BYTES("\x08\x07\x3a\x07graph"), "an ONNX model"},
        {BYTES("\x08\x20\x12\x07nothing"), NULL},
        {BYTES("\n <!DOCTYPE html><html>"), "an HTML page"},
        {BYTES("\xef\xbb\xbf<HTML>"), "an HTML page"},
        {BYTES("<?xml version='1.0'?><Error>AccessDenied</Error>"), "an HTML page"},
        {BYTES("\0\0\0\0\0\0\0\0\0\0\x57\xfb\x80\x8b\x24\x75\x47\xdb"),
         "the index of a TensorFlow checkpoint"},
        {BYTES("\x80\4\x95\5\0\0\0"), "but none that torch.save wrote"},
        {BYTES("{\"a\":1}"), "but JSON, and no index of shards"},
        {BYTES("[1,2]"), "but JSON"},
        {BYTES("hello, these are words"), "but a text file"},
        {BYTES("\1\2\3\4"), NULL},
#undef BYTES
    };
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        molglot_error err = {0};
        assert_null(mg_tensor_file_memory(files[i].bytes, files[i].n, "given", &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        if (!strstr(err.message, files[i].says ? files[i].says : "nor a PyTorch file") ||
            (!files[i].says && strstr(err.message, "but ")))
            fail_msg("%zu: %s, not %s", i, err.message, files[i].says ? files[i].says : "no kind");
    }
    char tar[300] = "molglot/model.bin";
    memcpy(tar + 257, "ustar", 5);
    molglot_error err = {0};
    assert_null(mg_tensor_file_memory(tar, sizeof tar, "given", &err));
    must_say(&err, MOLGLOT_BAD_FILE, "a tar archive: unpack it first");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(bad_headers),
        cmocka_unit_test(misaligned),
        cmocka_unit_test(unknown_types),
        cmocka_unit_test(old_torch_container),
        cmocka_unit_test(torch_state_dict),
        cmocka_unit_test(torch_all_types),
        cmocka_unit_test(torch_lightning),
        cmocka_unit_test(torch_graph),
        cmocka_unit_test(torch_evil),
        cmocka_unit_test(hand_made),
        cmocka_unit_test(endless),
        cmocka_unit_test(damage),
        cmocka_unit_test(numbers_are_finite),
        cmocka_unit_test(other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
