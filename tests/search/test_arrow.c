/* test_arrow.c - an index as an Arrow C stream: schema, names, batches, what is moved out. */
#include "../must.h"
#include "molglot.h"
#include "search/inside.h"

#include <unistd.h>

enum { ROWS = 8195, DIM = 2, BATCH = 8192 };
static char path[] = "/tmp/molglot-arrow-XXXXXX";
static molglot_error err;

static int set_up(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static void cell_of(int i, char out[40]) {
    snprintf(out, 40, "cell %d%s", i,
             i % 3 ? ""
                   : "\xFF"
                     "e\xFE");
}

/* The same with U+FFFD in the place of what is no UTF-8. */
static void cell_shown(int i, char out[40]) {
    snprintf(out, 40, "cell %d%s", i,
             i % 3 ? ""
                   : "\xEF\xBF\xBD"
                     "e\xEF\xBF\xBD");
}

static mg_index *make(const char *const *titles, int n_titles, int rows) {
    const mg_index_spec spec = {.dim = DIM,
                                .dtype = MG_F32,
                                .columns = titles,
                                .n_columns = n_titles,
                                .model_name = "mod\xFF"
                                              "el",
                                .model_sha256 = "abc"};
    mg_index_out *w = must_have(mg_index_out_open(path, &spec, &err), &err);
    for (int i = 0; i < rows; i++) {
        char id[20], cell[40];
        snprintf(id, sizeof id, "id%d", i);
        cell_of(i, cell);
        const char *cells[] = {cell, "", "three"};
        const float vector[DIM] = {(float)i, -(float)i};
        const mg_index_row row = {
            .id = id, .smiles = i % 2 ? "CC" : "", .text = "a text", .cells = cells};
        must(mg_index_out_add(w, vector, NULL, &row, &err), &err);
    }
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    return must_have(mg_index_open(path, true, &err), &err);
}

/* Text i of a column. */
static void text_is(const struct ArrowArray *a, int64_t i, const char *expected) {
    const int32_t *offsets = a->buffers[1];
    const size_t n = (size_t)(offsets[i + 1] - offsets[i]);
    const char *s = (const char *)a->buffers[2] + offsets[i];
    if (n != strlen(expected) || memcmp(s, expected, n))
        fail_msg("row %d: %.*s, not %s", (int)i, (int)n, s, expected);
}

static void check_schema(struct ArrowArrayStream *s, const char *const *names, int n) {
    struct ArrowSchema schema;
    assert_int_equal(s->get_schema(s, &schema), 0);
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, n);
    for (int i = 0; i < n; i++) {
        const struct ArrowSchema *c = schema.children[i];
        assert_string_equal(c->name, names[i]);
        assert_string_equal(c->format, i == 0 ? "l" : i + 1 == n ? "+w:2" : "u");
        assert_int_equal(c->n_children, i + 1 == n);
    }
    assert_string_equal(schema.children[n - 1]->children[0]->format, "f");
    const int32_t *pairs = (const int32_t *)(const void *)schema.metadata;
    assert_int_equal(pairs[0], 2);
    assert_int_equal(pairs[1], 13);
    assert_memory_equal(schema.metadata + 8,
                        "molglot.model\x08\0\0\0mod\xEF\xBF\xBD"
                        "el\x14\0\0\0molglot.model_sha256\x03\0\0\0abc",
                        13 + 4 + 8 + 4 + 20 + 4 + 3);
    schema.release(&schema);
    assert_null(schema.release);
}

static void batches(void **state) {
    (void)state;
    static const char *const titles[] = {"id", "embedding", "x"},
                             *const names[] = {"row",      "id",       "smiles",          "text",
                                               "inchikey", "input_id", "input_embedding", "x",
                                               "embedding"};
    mg_index *x = make(titles, 3, ROWS);
    struct ArrowArrayStream s;
    struct ArrowArray a;
    must(mg_index_arrow(x, &s, &err), &err);
    mg_index_close(x); /* the stream keeps it */
    check_schema(&s, names, 9);
    assert_null(s.get_last_error(&s));
    int64_t row = 0;
    for (int batch = 0; batch < 2; batch++) {
        assert_int_equal(s.get_next(&s, &a), 0);
        assert_int_equal(a.length, batch ? ROWS - BATCH : BATCH);
        assert_true(a.n_children == 9 && a.n_buffers == 1 && !a.null_count && !a.offset);
        const float *vectors = a.children[8]->children[0]->buffers[1];
        assert_int_equal(a.children[8]->children[0]->length, a.length * DIM);
        for (int c = 0; c < 9; c++) assert_int_equal(a.children[c]->length, a.length);
        for (int64_t i = 0; i < a.length; i++, row++) {
            char id[20], cell[40];
            snprintf(id, sizeof id, "id%d", (int)row);
            cell_shown((int)row, cell);
            assert_int_equal(((const int64_t *)a.children[0]->buffers[1])[i], row);
            text_is(a.children[1], i, id);
            text_is(a.children[2], i, row % 2 ? "CC" : "");
            text_is(a.children[3], i, "a text");
            text_is(a.children[4], i, "");
            text_is(a.children[5], i, cell);
            text_is(a.children[6], i, "");
            text_is(a.children[7], i, "three");
            assert_true(vectors[i * DIM] == (float)row && vectors[i * DIM + 1] == -(float)row);
        }
        /* a child that was moved out lives on */
        struct ArrowArray ids = *a.children[1];
        a.children[1]->release = NULL;
        a.release(&a);
        assert_null(a.release);
        text_is(&ids, 0, batch ? "id8192" : "id0");
        ids.release(&ids);
    }
    assert_int_equal(row, ROWS);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(s.get_next(&s, &a), 0);
        assert_null(a.release);
    }
    s.release(&s);
    assert_null(s.release);
}

static void without_columns(void **state) {
    (void)state;
    static const char *const names[] = {"row", "id", "smiles", "text", "inchikey", "embedding"};
    mg_index *x = make(NULL, 0, 1);
    struct ArrowArrayStream s;
    struct ArrowArray a;
    must(mg_index_arrow(x, &s, &err), &err);
    check_schema(&s, names, 6);
    assert_int_equal(s.get_next(&s, &a), 0);
    assert_true(a.length == 1 && a.n_children == 6);
    text_is(a.children[1], 0, "id0");
    a.release(&a);
    s.release(&s);
    mg_index_close(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(batches),
                                       cmocka_unit_test(without_columns)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
