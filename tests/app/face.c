/* face.c - include/molglot.h as a program sees it: linked with the shared library, the shipped
 * model and the example library. */
#include "molglot.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

static molglot_error err;
#define GOOD(call)                                             \
    do {                                                       \
        if ((call) != MOLGLOT_OK) fail_msg("%s", err.message); \
    } while (0)
#define MADE(object)                                \
    do {                                            \
        if (!(object)) fail_msg("%s", err.message); \
    } while (0)

static molglot_model *model;
static molglot_session *session;
static size_t dim;
static char folder[] = "/tmp/molglot-face-XXXXXX", path[64], other_path[64];

static const char *const ids[] = {"ethanol", "aspirin", "wrong", "caffeine", NULL, "benzene"};
static const char *const smiles[] = {
    "CCO", "CC(=O)Oc1ccccc1C(=O)O", "C1CC", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "N", "c1ccccc1"};
static const char *const texts[] = {"An alcohol.",        "A pain killer.", NULL,
                                    "A purine alkaloid.", "A base.",        "A ring."};
enum { ROWS = 6 };

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/a.idx", folder);
    snprintf(other_path, sizeof other_path, "%s/b.idx", folder);
    model = molglot_model_load(MG_MODEL, &err);
    session = model ? molglot_session_new(model, NULL, &err) : NULL;
    if (!session) print_error("%s\n", err.message);
    dim = model ? (size_t)molglot_model_dim(model) : 0;
    return session ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    molglot_session_free(session);
    molglot_model_free(model);
    remove(path);
    remove(other_path);
    return rmdir(folder);
}

static size_t file_bytes(const char *name, char **bytes) {
    FILE *f = fopen(name, "rb");
    assert_non_null(f);
    *bytes = malloc(1 << 22);
    size_t n = fread(*bytes, 1, 1 << 22, f);
    fclose(f);
    return n;
}

typedef struct told {
    int calls, stop_at;
    int64_t done, total;
} told;

static int tell(void *user, int64_t done, int64_t total) {
    told *t = user;
    assert_true(done >= t->done);
    t->done = done, t->total = total;
    return ++t->calls == t->stop_at;
}

/* ---- models and sessions ---- */

static void models(void **state) {
    (void)state;
    assert_string_equal(molglot_version(), MOLGLOT_VERSION);
    assert_int_equal(molglot_version_number(), MOLGLOT_VERSION_NUMBER);
    int major, minor, patch;
    assert_int_equal(sscanf(MOLGLOT_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
    assert_int_equal(MOLGLOT_VERSION_NUMBER, major * 10000 + minor * 100 + patch);
    assert_string_equal(molglot_model_info(model, "name"), "molglot");
    assert_null(molglot_model_info(model, "no such key"));
    const char *sha = molglot_model_sha256(model, &err);
    MADE(sha);
    assert_int_equal(strlen(sha), 64);
    assert_int_equal(strspn(sha, "0123456789abcdef"), 64);
    assert_null(molglot_model_load("/nonexistent", &err));
    assert_int_equal(err.code, MOLGLOT_FAILED);
    assert_null(molglot_model_load(NULL, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_null(molglot_model_load("/nonexistent", NULL));
    molglot_model_free(NULL);
    molglot_session_free(NULL);
    molglot_free(NULL);
}

/* A struct of an older program is shorter, one of a newer program longer. */
static void options_of_other_versions(void **state) {
    (void)state;
    struct {
        size_t size;
        int threads;
        int unknown[64]; /* where this version's members follow */
    } older = {.size = offsetof(molglot_options, batch), .threads = 1};
    struct {
        molglot_options known;
        int more[16];
    } newer;
    memset(&older.unknown, 0xEE, sizeof older.unknown);
    molglot_session *s = molglot_session_new(model, (const molglot_options *)(void *)&older, &err);
    MADE(s);
    molglot_session_free(s);
    memset(&newer, 0xEE, sizeof newer);
    molglot_options_init(&newer.known, sizeof newer);
    assert_int_equal(newer.known.size, sizeof newer);
    assert_int_equal(newer.known.threads, 0);
    for (int i = 0; i < 16; i++) assert_int_equal(newer.more[i], 0);
    newer.more[3] = 7;
    newer.known.threads = 1;
    MADE(s = molglot_session_new(model, &newer.known, &err));
    molglot_session_free(s);
    molglot_options_init((molglot_options *)(void *)&older, offsetof(molglot_options, batch));
    assert_int_equal(older.size, offsetof(molglot_options, batch));
    assert_int_equal(older.threads, 0);
    const unsigned char *after = (const unsigned char *)&older + older.size;
    for (size_t i = 0; i < 8; i++) assert_int_equal(after[i], 0xEE);
    molglot_options none = {.threads = 1}; /* no size */
    assert_null(molglot_session_new(model, &none, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "size"));
}

static void defaults(void **state) {
    (void)state;
    const molglot_options o = molglot_options_default();
    assert_int_equal(o.size, sizeof o);
    assert_true(o.threads == 0 && o.batch == 0 && !o.bf16 && !o.device && !o.on_progress);
    const molglot_index_options x = molglot_index_options_default();
    assert_true(x.size == sizeof x && x.bf16 == 1 && x.side == MOLGLOT_MOLECULES);
    const molglot_search_options s = molglot_search_options_default();
    assert_true(s.size == sizeof s && s.k == 10 && s.min_score < -1e30f && !s.rows && !s.offset);
    assert_true(!x.dims && !s.exact && !s.candidates && !molglot_find_options_default().exact);
    assert_true(!molglot_find_options_default().on_progress);
    const molglot_generate_options g = molglot_generate_options_default();
    assert_true(g.size == sizeof g && g.n == 16 && g.neighbours == 4 && isnan(g.guidance));
    assert_true(g.temperature < 0 && g.strength == 0.5f && !g.on_molecule);
    const molglot_generator_options h = molglot_generator_options_default();
    assert_true(h.size == sizeof h && !h.ranker && !h.memory && !h.device);
    const molglot_depict_options d = molglot_depict_options_default();
    assert_true(d.size == sizeof d && d.width == 360 && d.height == 280 && d.format == MOLGLOT_SVG);
}

static void embedding(void **state) {
    (void)state;
    float *rows = malloc(3 * dim * sizeof *rows), *again = malloc(3 * dim * sizeof *again);
    molglot_row_status status[3];
    GOOD(molglot_embed_smiles(session, smiles, 3, rows, status, &err));
    assert_true(status[0].ok && status[1].ok && !status[2].ok);
    assert_string_equal(status[2].reason, "unclosed ring 1");
    assert_int_equal(status[2].offset, 1);
    for (size_t d = 0; d < dim; d++) assert_true(rows[2 * dim + d] == 0);
    told t = {0};
    molglot_options o = molglot_options_default();
    o.batch = 1, o.on_progress = tell, o.user = &t;
    molglot_session *small = molglot_session_new(model, &o, &err);
    MADE(small);
    GOOD(molglot_embed_texts(small, texts, 2, rows, NULL, &err));
    assert_true(t.calls == 2 && t.done == 2 && t.total == 2);
    o.on_progress = NULL;
    molglot_session *silent = molglot_session_new(model, &o, &err);
    MADE(silent);
    GOOD(molglot_embed_texts(silent, texts, 2, again, NULL, &err));
    assert_memory_equal(rows, again, 2 * dim * sizeof *rows);
    t = (told){.stop_at = 1};
    assert_int_equal(molglot_embed_smiles(small, smiles, 3, rows, status, &err),
                     MOLGLOT_INTERRUPTED);
    assert_int_equal(t.calls, 1);
    GOOD(molglot_embed_texts(session, texts, 3, rows, status, &err));
    assert_false(status[2].ok);
    for (size_t d = 0; d < dim; d++) assert_true(rows[2 * dim + d] == 0);
    assert_int_equal(molglot_embed_texts(NULL, texts, 1, rows, NULL, NULL), MOLGLOT_USAGE);
    GOOD(molglot_embed_texts(session, NULL, 0, NULL, NULL, &err));
    molglot_session_free(silent);
    molglot_session_free(small);
    free(rows);
    free(again);
}

/* ---- indexes ---- */

static void building(void **state) {
    (void)state;
    static const char *const with_null[] = {"CCO", NULL};
    molglot_row_status status[ROWS], whole[ROWS];
    GOOD(molglot_index_build(session, ids, smiles, texts, ROWS, 1, path, whole, &err));
    molglot_index_builder *b = molglot_index_builder_open(session, other_path, NULL, &err);
    MADE(b);
    GOOD(molglot_index_builder_add(b, ids, smiles, texts, ROWS, status, &err));
    assert_int_equal(access(other_path, F_OK), -1);
    GOOD(molglot_index_builder_commit(b, &err));
    assert_int_equal(molglot_index_builder_commit(b, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_index_builder_add(b, ids, smiles, texts, 1, NULL, &err),
                     MOLGLOT_USAGE);
    molglot_index_builder_free(b);
    char *one, *other;
    const size_t n = file_bytes(path, &one);
    assert_int_equal(file_bytes(other_path, &other), n);
    assert_memory_equal(one, other, n);
    free(other);
    for (int i = 0; i < ROWS; i++) assert_int_equal(status[i].ok, i != 2);
    for (int i = 0; i < ROWS; i++) assert_int_equal(whole[i].ok, i != 2);
    /* an abandoned one leaves the old file; a NULL molecule is a rejected row */
    MADE(b = molglot_index_builder_open(session, path, NULL, &err));
    GOOD(molglot_index_builder_add(b, NULL, smiles, NULL, 1, NULL, &err));
    GOOD(molglot_index_builder_add(b, ids, with_null, NULL, 2, status, &err));
    assert_true(status[0].ok && !status[1].ok);
    assert_int_equal(molglot_index_builder_add(b, ids, NULL, NULL, 3, NULL, &err), MOLGLOT_USAGE);
    molglot_index_builder_free(b);
    assert_int_equal(file_bytes(path, &other), n);
    assert_memory_equal(one, other, n);
    free(one);
    free(other);
    told t = {.stop_at = 1};
    molglot_index_options o = molglot_index_options_default();
    o.on_progress = tell, o.user = &t;
    MADE(b = molglot_index_builder_open(session, path, &o, &err));
    assert_int_equal(molglot_index_builder_add(b, ids, smiles, texts, ROWS, NULL, &err),
                     MOLGLOT_INTERRUPTED);
    assert_int_equal(t.done, ROWS);
    molglot_index_builder_free(b);
    molglot_index_builder_free(NULL);
    o.side = 7;
    assert_null(molglot_index_builder_open(session, path, &o, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_null(molglot_index_builder_open(session, "/nonexistent/x.idx", NULL, &err));
    assert_int_equal(err.code, MOLGLOT_FAILED);
}

/* Further columns, InChIKeys, appending, joining and leaving out. */
static void joining(void **state) {
    (void)state;
    static const char *const names[] = {"pIC50", "vendor"};
    static const char *const cells[] = {"6.1", "a", NULL, "b"};
    static const int64_t numbers[] = {7, 9};
    molglot_index_options o = molglot_index_options_default();
    o.columns = names, o.n_columns = 2, o.inchikeys = 1;
    molglot_index_builder *b = molglot_index_builder_open(session, path, &o, &err);
    MADE(b);
    GOOD(molglot_index_builder_add_cells(b, ids, smiles, texts, cells, numbers, 2, NULL, &err));
    GOOD(molglot_index_builder_commit(b, &err));
    molglot_index_builder_free(b);
    o.append = 1, o.text_vectors = 0, o.inchikeys = 0;
    MADE(b = molglot_index_builder_open(session, path, &o, &err));
    GOOD(molglot_index_builder_add(b, ids, smiles, texts, 1, NULL, &err));
    GOOD(molglot_index_builder_commit(b, &err));
    molglot_index_builder_free(b);
    o.columns = NULL;
    assert_null(molglot_index_builder_open(session, path, &o, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    const char *const *columns;
    assert_int_equal(molglot_index_columns(x, &columns), 2);
    assert_string_equal(columns[1], "vendor");
    assert_int_equal(molglot_index_size(x), 3);
    assert_true(molglot_index_text_vectors(x) <= 2);
    assert_string_equal(molglot_index_cell(x, 0, 0), "6.1");
    assert_string_equal(molglot_index_cell(x, 1, 0), "");
    assert_string_equal(molglot_index_cell(x, 2, 1), "");
    assert_null(molglot_index_cell(x, 0, 2));
    assert_null(molglot_index_cell(x, 3, 0));
    assert_int_equal(molglot_index_number(x, 1), 9);
    assert_int_equal(molglot_index_number(x, 2), 1);
    assert_int_equal(strlen(molglot_index_inchikey(x, 0)), 27);
    assert_string_equal(molglot_index_inchikey(x, 2), "");
    assert_true(molglot_index_molecule(x, 0) == molglot_index_molecule(x, 2));
    assert_true(molglot_index_molecule(x, 0) != molglot_index_molecule(x, 1));
    const char *const without[] = {ids[1]};
    molglot_concat_options c = molglot_concat_options_default();
    c.without = without, c.n_without = 1;
    const molglot_index *one = x;
    GOOD(molglot_index_concat(other_path, &one, 1, &c, &err));
    assert_int_equal(molglot_index_concat(other_path, &one, 0, &c, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_index_concat(NULL, &one, 1, NULL, &err), MOLGLOT_USAGE);
    molglot_index_free(x);
    MADE(x = molglot_index_open(other_path, &err));
    assert_int_equal(molglot_index_size(x), 2);
    assert_int_equal(molglot_index_number(x, 1), 1);
    molglot_index_free(x);
}

/* Utf8 cell i of a batch's column, as the interface has them. */
static int same_cell(const struct ArrowArray *batch, int column, int64_t i, const char *want) {
    const struct ArrowArray *a = batch->children[column];
    const int32_t *at = a->buffers[1];
    const char *bytes = a->buffers[2];
    return (size_t)(at[i + 1] - at[i]) == strlen(want) &&
           !memcmp(bytes + at[i], want, strlen(want));
}

/* The stream has what the index has, also when the index is gone, and in parts of their own. */
static void check_arrow(molglot_index *x, const float *vectors) {
    struct ArrowArrayStream stream, unread;
    struct ArrowSchema schema, column;
    struct ArrowArray batch, cells;
    char id[256], format[32];
    assert_int_equal(molglot_index_arrow(NULL, &stream, &err), MOLGLOT_USAGE);
    GOOD(molglot_index_arrow(x, &stream, &err));
    GOOD(molglot_index_arrow(x, &unread, &err));
    const int64_t n = (int64_t)molglot_index_size(x);
    snprintf(id, sizeof id, "%s", molglot_index_id(x, 1));
    molglot_index_free(x);
    unread.release(&unread);
    assert_null(unread.release);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, 6);
    snprintf(format, sizeof format, "+w:%zu", dim);
    assert_string_equal(schema.children[5]->format, format);
    assert_string_equal(schema.children[5]->name, "embedding");
    column = *schema.children[1]; /* moved out: it outlives the rest */
    schema.children[1]->release = NULL;
    schema.release(&schema);
    assert_string_equal(column.name, "id");
    assert_string_equal(column.format, "u");
    column.release(&column);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_int_equal(batch.length, n);
    assert_true(same_cell(&batch, 1, 1, id));
    assert_int_equal(((const int64_t *)batch.children[0]->buffers[1])[n - 1], n - 1);
    assert_memory_equal(batch.children[5]->children[0]->buffers[1], vectors,
                        (size_t)n * dim * sizeof *vectors);
    cells = *batch.children[2];
    batch.children[2]->release = NULL;
    batch.release(&batch);
    cells.release(&cells);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_null(batch.release);
    assert_null(stream.get_last_error(&stream));
    stream.release(&stream);
}

static void reading(void **state) {
    (void)state;
    GOOD(molglot_index_build(session, ids, smiles, texts, ROWS, 0, path, NULL, &err));
    molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    assert_int_equal(molglot_index_size(x), ROWS - 1);
    assert_int_equal(molglot_index_dim(x), dim);
    assert_int_equal(molglot_index_model_dim(x), dim);
    assert_int_equal(molglot_index_code_width(x), 0); /* too few rows */
    assert_int_equal(molglot_index_model_dim(NULL) + molglot_index_code_width(NULL), 0);
    assert_int_equal(molglot_index_side(x), MOLGLOT_MOLECULES);
    assert_string_equal(molglot_index_model_sha256(x), molglot_model_sha256(model, NULL));
    assert_string_equal(molglot_index_model_name(x), molglot_model_info(model, "name"));
    assert_string_equal(molglot_index_id(x, 2), "caffeine");
    assert_string_equal(molglot_index_id(x, 3), "");
    assert_string_equal(molglot_index_smiles(x, 3), "N");
    assert_string_equal(molglot_index_text(x, 4), "A ring.");
    assert_null(molglot_index_id(x, ROWS - 1));
    told t = {0};
    GOOD(molglot_index_verify(x, tell, &t, &err));
    assert_true(t.calls == 5 && t.done > 0 && t.done <= t.total);
    t = (told){.stop_at = 2};
    assert_int_equal(molglot_index_verify(x, tell, &t, &err), MOLGLOT_INTERRUPTED);
    float *rows = malloc(ROWS * dim * sizeof *rows), few[2 * 5];
    GOOD(molglot_embed_smiles(session, smiles, ROWS, rows, NULL, &err));
    GOOD(molglot_index_vectors(x, 2, 2, 5, few, &err)); /* its rows 2 and 3 are the fourth, fifth */
    assert_memory_equal(few, rows + 3 * dim, 5 * sizeof *few);
    assert_memory_equal(few + 5, rows + 4 * dim, 5 * sizeof *few);
    float *all = malloc((ROWS - 1) * dim * sizeof *all);
    GOOD(molglot_index_vectors(x, 0, ROWS - 1, 0, all, &err));
    assert_memory_equal(all, rows, 2 * dim * sizeof *all);
    assert_int_equal(molglot_index_vectors(x, 4, 2, 0, all, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_index_vectors(x, SIZE_MAX, 2, 0, all, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_index_vectors(x, 0, 1, (int)dim + 1, all, &err), MOLGLOT_USAGE);
    check_arrow(x, all); /* frees x */
    free(all);
    free(rows);
    FILE *f = fopen(path, "r+b"); /* a bit of the rows */
    fseek(f, 5000, SEEK_SET);
    fputc(fgetc(f) ^ 1, (fseek(f, 5000, SEEK_SET), f));
    fclose(f);
    MADE(x = molglot_index_open(path, &err));
    assert_int_equal(molglot_index_verify(x, NULL, NULL, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, path));
    molglot_index_free(x);
    molglot_index_free(NULL);
    assert_null(molglot_index_open(MG_LIBRARY, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
}

/* A name, words, a molecule; a filter; what is refused. */
static void finding(void **state) {
    (void)state;
    GOOD(molglot_index_build(session, ids, smiles, texts, ROWS, 1, path, NULL, &err));
    const molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    molglot_found *found;
    size_t n;
    molglot_row_status status;
    GOOD(molglot_find(session, &x, 1, "Aspirin", NULL, &found, &n, &status, &err));
    assert_true(n == ROWS - 1 && status.ok);
    assert_string_equal(molglot_index_id(x, (size_t)found[0].row), "aspirin");
    assert_int_equal(strncmp(found[0].why, "name", 4), 0);
    assert_true(found[0].score > found[1].score && found[0].index == 0);
    molglot_found_free(found, n);
    GOOD(molglot_find(session, &x, 1, "OCC", NULL, &found, &n, NULL, &err));
    assert_true(found[0].row == 0 && found[0].cosine == 1);
    molglot_found_free(found, n);
    molglot_find_options o = molglot_find_options_default();
    assert_true(o.size == sizeof o && o.k == 10);
    o.elements = "CO";
    o.k = 2;
    GOOD(molglot_find(session, &x, 1, "a pain killer", &o, &found, &n, NULL, &err));
    assert_true(n == 2 && found[0].row == 1);
    molglot_found_free(found, n);
    o.elements = NULL;
    o.must = 1;
    GOOD(molglot_find(session, &x, 1, "a carboxylic acid with a benzene ring", &o, &found, &n, NULL,
                      &err));
    assert_true(n == 1 && found[0].met == 2 && found[0].of == 2 && !*found[0].fails);
    molglot_found_free(found, n);
    o.must = 0;
    GOOD(molglot_find(session, &x, 1, "an ester without rings", &o, &found, &n, NULL, &err));
    assert_true(n == 2 && found[0].of == 2 && found[0].met == 1 && *found[0].fails);
    molglot_found_free(found, n);
    const char *const many[] = {"Aspirin", "C1CC", "an ester without rings", "a pain killer", NULL};
    molglot_found *all[5];
    size_t counts[5];
    molglot_row_status said[5];
    GOOD(molglot_find_many(session, &x, 1, many, 5, &o, all, counts, said, &err));
    assert_true(!said[4].ok && !all[4] && !counts[4]);
    assert_true(said[0].ok && counts[0] && all[0][0].row == 1);
    assert_true(!said[1].ok && said[1].offset == 1 && !all[1] && !counts[1]);
    for (int i = 2; i < 4; i++) {
        GOOD(molglot_find(session, &x, 1, many[i], &o, &found, &n, NULL, &err));
        assert_true(said[i].ok && n == counts[i]);
        for (size_t k = 0; k < n; k++) {
            assert_true(found[k].row == all[i][k].row);
            assert_true(fabsf(found[k].score - all[i][k].score) < 1e-5F);
        }
        molglot_found_free(found, n);
    }
    for (int i = 0; i < 4; i++) molglot_found_free(all[i], counts[i]);
    assert_int_equal(molglot_find_many(session, &x, 1, many, 4, &o, all, counts, NULL, &err),
                     MOLGLOT_USAGE);
    molglot_condition *conditions;
    GOOD(molglot_conditions(session, "a blue amide or ester, no halogen", &conditions, &n, &err));
    assert_true(n == 2 && conditions[0].begin == 7 && conditions[0].end == 21);
    assert_string_equal(conditions[0].says, "amide or ester");
    assert_true(conditions[1].begin == 23 && conditions[1].end == 33);
    molglot_conditions_free(conditions, n);
    GOOD(molglot_conditions(session, "a blue one", &conditions, &n, &err));
    assert_true(!n);
    molglot_conditions_free(conditions, n);
    molglot_conditions_free(NULL, 0);
    char *asked, *left;
    GOOD(molglot_understand(session, "a blue amide, no halogen", &asked, &left, &err));
    assert_string_equal(asked, "amide; no halogen");
    assert_string_equal(left, "blue");
    free(asked);
    free(left);
    assert_int_equal(molglot_understand(NULL, "", &asked, NULL, &err), MOLGLOT_USAGE);
    GOOD(molglot_unknown_words(session, "a zorbly blurgic amide, no halogen", &asked, &err));
    assert_string_equal(asked, "zorbly, blurgic");
    molglot_free(asked);
    GOOD(molglot_unknown_words(session, "C1CC", &asked, &err)); /* no words */
    assert_string_equal(asked, "");
    molglot_free(asked);
    assert_int_equal(molglot_unknown_words(session, NULL, &asked, &err), MOLGLOT_USAGE);
    o.formula = "nothing";
    assert_int_equal(molglot_find(session, &x, 1, "a", &o, &found, &n, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_find(session, &x, 1, "C1CC", NULL, &found, &n, &status, &err),
                     MOLGLOT_REJECTED);
    assert_true(!status.ok && status.offset == 1 && !found && !n);
    assert_int_equal(molglot_find(session, &x, 1, NULL, NULL, &found, &n, NULL, &err),
                     MOLGLOT_USAGE);
    molglot_found_free(NULL, 0);
    molglot_index_free((molglot_index *)x);
}

/* A search can be ended wherever it says how far it is; the next one is as if nothing had been. */
static void searches_end(void **state) {
    (void)state;
    GOOD(molglot_index_build(session, ids, smiles, texts, ROWS, 1, path, NULL, &err));
    const molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    static const char *const words[] = {"an ester without rings", "a pain killer", "OCC"};
    molglot_found *whole[3], *found[3];
    size_t counts[3], n[3];
    molglot_row_status status[3];
    molglot_find_options o = molglot_find_options_default();
    o.smarts = (const char *const[]){"[#6]"}, o.n_smarts = 1;
    GOOD(molglot_find_many(session, &x, 1, words, 3, &o, whole, counts, status, &err));
    told t = {.calls = 0};
    o.on_progress = tell, o.user = &t;
    GOOD(molglot_find_many(session, &x, 1, words, 3, &o, found, n, status, &err));
    for (int i = 0; i < 3; i++) molglot_found_free(found[i], n[i]);
    const int calls = t.calls;
    assert_true(calls > 10 && t.done >= 3 * (ROWS - 1) && !t.total);
    for (int at = 1; at <= calls; at++) {
        t = (told){.stop_at = at};
        assert_int_equal(molglot_find_many(session, &x, 1, words, 3, &o, found, n, status, &err),
                         MOLGLOT_INTERRUPTED);
        assert_int_equal(err.code, MOLGLOT_INTERRUPTED);
        assert_int_equal(t.calls, at); /* it is not called again */
        for (int i = 0; i < 3; i++) assert_true(!found[i] && !n[i]);
    }
    t = (told){.stop_at = 0};
    GOOD(molglot_find_many(session, &x, 1, words, 3, &o, found, n, status, &err));
    for (int i = 0; i < 3; i++) {
        assert_true(n[i] == counts[i] && n[i] > 0);
        for (size_t k = 0; k < n[i]; k++)
            assert_true(found[i][k].row == whole[i][k].row &&
                        found[i][k].score == whole[i][k].score);
        molglot_found_free(found[i], n[i]);
        molglot_found_free(whole[i], counts[i]);
    }
    molglot_index_free((molglot_index *)x);
}

static void texts_as_rows(void **state) {
    (void)state;
    static const char *const notes[] = {"A purine alkaloid found in coffee.", "A fatty acid."};
    molglot_index_options o = molglot_index_options_default();
    o.side = MOLGLOT_TEXTS;
    molglot_index_builder *b = molglot_index_builder_open(session, path, &o, &err);
    MADE(b);
    GOOD(molglot_index_builder_add(b, NULL, NULL, notes, 2, NULL, &err));
    GOOD(molglot_index_builder_commit(b, &err));
    molglot_index_builder_free(b);
    const molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    assert_int_equal(molglot_index_side(x), MOLGLOT_TEXTS);
    float *query = malloc(dim * sizeof *query);
    molglot_hit hit;
    GOOD(molglot_embed_smiles(session, &smiles[3], 1, query, NULL, &err));
    molglot_search_options s = molglot_search_options_default();
    s.k = 1;
    GOOD(molglot_search(session, &x, 1, query, 1, &s, &hit, &err));
    assert_int_equal(hit.row, 0);
    /* a generator cannot start from texts */
    molglot_generator_options g = molglot_generator_options_default();
    g.ranker = session, g.memory = x;
    const molglot_writer *w = molglot_model_writer(model, &err);
    MADE(w);
    assert_null(molglot_generator_open(w, &g, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    free(query);
    molglot_index_free((molglot_index *)(uintptr_t)x);
}

/* ---- search ---- */

/* Two indexes with the rows of one: the same hits, in the same order. */
static void search(void **state) {
    (void)state;
    GOOD(molglot_index_build(session, ids, smiles, texts, ROWS, 1, path, NULL, &err));
    molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    GOOD(molglot_index_build(session, ids + 3, smiles + 3, NULL, 3, 1, other_path, NULL, &err));
    molglot_index *y = molglot_index_open(other_path, &err);
    MADE(y);
    const molglot_index *both[] = {x, y};
    float *query = malloc(2 * dim * sizeof *query);
    molglot_hit one[2][5], two[2][8], page[2][3];
    GOOD(molglot_embed_texts(session, texts, 2, query, NULL, &err));
    GOOD(molglot_index_search(x, query, 2, 5, one[0], &err));
    molglot_search_options o = molglot_search_options_default();
    o.k = 5;
    molglot_hit same[2][5];
    GOOD(molglot_search(session, both, 1, query, 2, &o, same[0], &err));
    assert_memory_equal(one, same, sizeof one);
    o.exact = 1; /* of an index without codes, every search is */
    GOOD(molglot_search(session, both, 1, query, 2, &o, same[0], &err));
    assert_memory_equal(one, same, sizeof one);
    o.exact = 0, o.candidates = -1;
    assert_int_equal(molglot_search(session, both, 1, query, 2, &o, same[0], &err), MOLGLOT_USAGE);
    o.k = 8, o.candidates = 0;
    GOOD(molglot_search(session, both, 2, query, 2, &o, two[0], &err));
    for (int q = 0; q < 2; q++)
        for (int i = 0, k = 0; i < 8; i++) {
            const molglot_hit h = two[q][i];
            assert_true(!i || h.score <= two[q][i - 1].score);
            if (h.index == 0)
                assert_true(h.row == one[q][k].row && h.score == one[q][k].score), k++;
            /* the same molecule in both: the first index comes first */
            if (h.index == 1)
                assert_true(two[q][i - 1].index == 0 && two[q][i - 1].row == h.row + 2);
        }
    /* pages do not overlap */
    o.k = 3, o.offset = 3;
    GOOD(molglot_search(session, both, 2, query, 2, &o, page[0], &err));
    assert_memory_equal(page[0], two[0] + 3, sizeof page[0]);
    assert_memory_equal(page[1], two[1] + 3, sizeof page[1]);
    molglot_hit few[8];
    o.k = 8, o.offset = 0, o.min_score = two[0][3].score;
    GOOD(molglot_search(session, both, 2, query, 1, &o, few, &err));
    assert_memory_equal(few, two[0], 4 * sizeof *few);
    for (int i = 4; i < 8; i++) assert_true(few[i].row == -1 || few[i].score >= o.min_score);
    assert_int_equal(few[7].row, -1);
    o = molglot_search_options_default();
    o.k = 8;
    const uint64_t last = 4; /* row 2 */
    const uint64_t *rows[] = {&last, NULL};
    o.rows = rows;
    GOOD(molglot_search(session, both, 2, query, 1, &o, few, &err));
    int of_first = 0, of_second = 0;
    for (int i = 0; i < 8; i++) {
        of_first += few[i].index == 0;
        of_second += few[i].index == 1;
        if (few[i].index == 0) assert_int_equal(few[i].row, 2);
        if (i > 3) assert_true(few[i].row == -1 && few[i].index == -1);
    }
    assert_true(of_first == 1 && of_second == 3);
    told t = {.stop_at = 1};
    o.on_progress = tell, o.user = &t;
    assert_int_equal(molglot_search(session, both, 2, query, 1, &o, few, &err),
                     MOLGLOT_INTERRUPTED);
    assert_int_equal(t.total, 8);
    o = molglot_search_options_default();
    o.k = 0;
    assert_int_equal(molglot_search(session, both, 2, query, 1, &o, few, &err), MOLGLOT_USAGE);
    o.k = 1, o.offset = SIZE_MAX;
    assert_int_equal(molglot_search(session, both, 2, query, 1, &o, few, &err), MOLGLOT_USAGE);
    o.offset = 0, o.min_score = NAN;
    assert_int_equal(molglot_search(session, both, 2, query, 1, &o, few, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_index_search(x, query, 1, 0, few, &err), MOLGLOT_USAGE);
    GOOD(molglot_search(session, NULL, 0, query, 1, NULL, (molglot_hit[10]){{0}}, &err));
    free(query);
    molglot_index_free(x);
    molglot_index_free(y);
}

/* ---- generating ---- */

static const char *const sentence = "a methyl ester of an amino acid with an aromatic ring";
/* What the shipped model writes first for it: a methyl ester of phenylalanine, free or in a
 * peptide. */
static void is_asked_ester(const char *smiles) {
    assert_int_equal(strncmp(smiles, "COC(=O)C(", 9), 0);
    const char *ring = strstr(smiles, "Cc1ccccc1"), *end = strchr(smiles, '\n');
    assert_true(ring && end && ring < end);
}

/* smiles of the molecules in order, a line each; freed by the caller */
static char *write_molecules(molglot_generator *g, molglot_generate_options o) {
    molglot_generation r;
    GOOD(molglot_generate(g, &sentence, 1, &o, &r, &err));
    assert_true(r.n > 0 && r.n <= o.n);
    char *all = calloc(1, 4096);
    for (int i = 0; i < r.n; i++) strcat(strcat(all, r.molecules[i].smiles), "\n");
    molglot_generation_free(&r);
    molglot_generation_free(&r);
    return all;
}

typedef struct seen {
    int n, stop_at;
    char smiles[32][512];
} seen;

static int see(void *user, const molglot_molecule *m) {
    seen *s = user;
    assert_int_equal(m->index, s->n);
    assert_true(isnan(m->score) && m->rank == 0);
    snprintf(s->smiles[s->n], sizeof s->smiles[0], "%s", m->smiles);
    return ++s->n == s->stop_at;
}

/* Molecules as they come, then the same ones ranked. */
static void as_drawn(molglot_generator *g) {
    seen s = {0};
    molglot_generate_options o = molglot_generate_options_default();
    o.n = o.candidates = 16, o.keep_all = 1, o.on_molecule = see, o.user = &s;
    molglot_generation r;
    GOOD(molglot_generate(g, &sentence, 1, &o, &r, &err));
    assert_int_equal(s.n, 16);
    for (int i = 0; i < r.n; i++)
        assert_string_equal(r.molecules[i].smiles, s.smiles[r.molecules[i].index]);
    molglot_generation_free(&r);
    s = (seen){.stop_at = 3};
    assert_int_equal(molglot_generate(g, &sentence, 1, &o, &r, &err), MOLGLOT_INTERRUPTED);
    assert_int_equal(s.n, 3);
}

static molglot_index *open_library(void) {
    static char ids_of[300][64], smiles_of[300][512], line[4096];
    static const char *id[300], *molecule[300];
    size_t n = 0;
    FILE *f = fopen(MG_LIBRARY, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f)); /* the header */
    for (; fgets(line, sizeof line, f) && n < 300; n++) {
        assert_int_equal(sscanf(line, "%63[^\t]\t%511[^\t]", ids_of[n], smiles_of[n]), 2);
        id[n] = ids_of[n], molecule[n] = smiles_of[n];
    }
    fclose(f);
    assert_int_equal(n, 217);
    GOOD(molglot_index_build(session, id, molecule, NULL, n, 1, path, NULL, &err));
    return molglot_index_open(path, &err);
}

/* The model's own memory, none, analogues with a pattern, and molecules that are not known. */
static void wishes(const molglot_writer *own, molglot_session *ranker) {
    molglot_generator_options g = molglot_generator_options_default();
    g.ranker = ranker;
    molglot_generator *with = molglot_generator_open(own, &g, &err);
    MADE(with);
    g.no_memory = 1;
    molglot_generator *without = molglot_generator_open(own, &g, &err);
    MADE(without);
    const char *coffee = "a purine alkaloid found in coffee and tea";
    molglot_generate_options o = molglot_generate_options_default();
    o.n = 3;
    molglot_generation r;
    GOOD(molglot_generate(with, &coffee, 1, &o, &r, &err));
    assert_true(r.n == 3 && r.drawn >= 32);
    assert_string_equal(r.molecules[0].smiles, "Cn1c(=O)c2c(ncn2C)n(C)c1=O");
    assert_true(r.molecules[0].in_training == 1 && r.molecules[0].copy);
    assert_int_equal(strcasecmp(r.molecules[0].known_as, "caffeine"), 0);
    molglot_generation_free(&r);
    GOOD(molglot_generate(without, &coffee, 1, &o, &r, &err));
    assert_null(r.molecules[0].known_as);
    molglot_generation_free(&r);
    /* names of the dictionary, which the memory need not hold */
    const char *named = "theobromine, a cousin of it";
    GOOD(molglot_generate(without, &named, 1, &o, &r, &err));
    assert_string_equal(r.molecules[0].smiles, "Cn1cnc2c1c(=O)[nH]c(=O)n2C");
    assert_string_equal(r.molecules[0].source, "named: theobromine");
    molglot_generation_free(&r);
    o.drawn_only = 1;
    GOOD(molglot_generate(without, &named, 1, &o, &r, &err));
    for (int i = 0; i < r.n; i++) assert_null(r.molecules[i].source);
    molglot_generation_free(&r);
    o.drawn_only = 0, o.only_new = 1;
    GOOD(molglot_generate(with, &coffee, 1, &o, &r, &err));
    for (int i = 0; i < r.n; i++)
        assert_true(r.molecules[i].in_training == 0 && !r.molecules[i].known_as);
    molglot_generation_free(&r);
    o = molglot_generate_options_default();
    o.n = 3, o.like = "CC(C)Cc1ccc(cc1)C(C)C(=O)O", o.keep = "c1ccccc1CC(=O)O";
    GOOD(molglot_generate(with, NULL, 1, &o, &r, &err));
    assert_true(r.n == 3 && r.unwanted > 0);
    for (int i = 0; i < r.n; i++)
        assert_true(r.molecules[i].similarity > 0.2 && r.molecules[i].similarity < 1);
    molglot_generation_free(&r);
    o.keep = "[(";
    assert_int_equal(molglot_generate(with, NULL, 1, &o, &r, &err), MOLGLOT_USAGE);
    molglot_generator_free(without);
    molglot_generator_free(with);
}

static void generators(void **state) {
    (void)state;
    const molglot_writer *own = molglot_model_writer(model, &err);
    MADE(own);
    assert_ptr_equal(own, molglot_model_writer(model, &err));
    molglot_index *library = open_library();
    MADE(library);
    molglot_options one = molglot_options_default();
    one.threads = 1;
    molglot_session *ranker = molglot_session_new(model, &one, &err);
    MADE(ranker);
    molglot_generate_options o = molglot_generate_options_default();
    o.n = 3, o.candidates = 16;
    molglot_generator_options g = molglot_generator_options_default();
    g.ranker = ranker;
    molglot_generator *plain = molglot_generator_open(own, &g, &err);
    MADE(plain);
    g.memory = library, g.threads = 2;
    molglot_generator *with = molglot_generator_open(own, &g, &err);
    MADE(with);
    molglot_generator *alone = molglot_generator_new(MG_MODEL, ranker, &one, &err);
    MADE(alone);
    char *a = write_molecules(plain, o), *b = write_molecules(with, o),
         *c = write_molecules(alone, o), *d = write_molecules(plain, o);
    assert_string_equal(a, c); /* a shared writer or its own */
    assert_string_equal(a, d); /* and after another generator's use of it */
    assert_string_not_equal(a, b);
    is_asked_ester(b);
    free(a), free(b), free(c), free(d);
    as_drawn(with);
    wishes(own, ranker);
    told t = {.stop_at = 1};
    o.on_progress = tell, o.user = &t;
    molglot_generation r;
    assert_int_equal(molglot_generate(plain, &sentence, 1, &o, &r, &err), MOLGLOT_INTERRUPTED);
    assert_int_equal(t.total, 16);
    o.on_progress = NULL, o.n = 0;
    assert_int_equal(molglot_generate(plain, &sentence, 1, &o, &r, &err), MOLGLOT_USAGE);
    o.n = 2, o.method = "none";
    assert_int_equal(molglot_generate(plain, &sentence, 1, &o, &r, &err), MOLGLOT_USAGE);
    o.method = NULL, o.candidates = 2;
    GOOD(molglot_generate(plain, NULL, 1, &o, &r, &err)); /* for no sentence */
    assert_int_equal(r.drawn, 2);
    molglot_generation_free(&r);
    g = molglot_generator_options_default();
    g.memory = library;
    assert_null(molglot_generator_open(own, &g, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_null(molglot_generator_open(NULL, NULL, &err));
    assert_null(molglot_generator_new("/nonexistent", NULL, NULL, &err));
    assert_null(molglot_writer_load("/nonexistent", &err));
    molglot_generator_free(alone);
    molglot_generator_free(with);
    molglot_generator_free(plain);
    molglot_generator_free(NULL);
    molglot_writer_free(NULL);
    molglot_session_free(ranker);
    molglot_index_free(library);
}

/* What one thread does with what all share; its answers are compared below. */
typedef struct sharer {
    const molglot_writer *writer;
    const molglot_index *library;
    molglot_hit hits[20];
    char smiles[4096], identity[65];
    int code;
} sharer;

static void *share(void *user) {
    sharer *s = user;
    molglot_error e = {0};
    molglot_options one = molglot_options_default();
    one.threads = 1;
    molglot_generator_options g = molglot_generator_options_default();
    g.threads = 1, g.memory = s->library;
    float *query = malloc(dim * sizeof *query);
    g.ranker = molglot_session_new(model, &one, &e);
    molglot_generator *generator = molglot_generator_open(s->writer, &g, &e);
    molglot_generate_options o = molglot_generate_options_default();
    o.n = 3, o.candidates = 8;
    molglot_search_options k = molglot_search_options_default();
    k.k = 20;
    molglot_generation r = {0};
    const char *sha = molglot_model_sha256(model, &e);
    s->code = !sha || !generator || molglot_embed_texts(g.ranker, &sentence, 1, query, NULL, &e) ||
              molglot_search(g.ranker, &s->library, 1, query, 1, &k, s->hits, &e) ||
              molglot_generate(generator, &sentence, 1, &o, &r, &e);
    for (int i = 0; i < r.n; i++) strcat(strcat(s->smiles, r.molecules[i].smiles), "\n");
    if (sha) strcpy(s->identity, sha);
    if (!s->code) molglot_generation_free(&r);
    molglot_generator_free(generator);
    molglot_session_free(g.ranker);
    free(query);
    return NULL;
}

static void shared_by_threads(void **state) {
    (void)state;
    enum { THREADS = 3 };
    static sharer s[THREADS];
    pthread_t thread[THREADS];
    molglot_writer *writer = molglot_writer_load(MG_MODEL, &err);
    MADE(writer);
    molglot_index *library = open_library();
    MADE(library);
    for (int i = 0; i < THREADS; i++) {
        s[i].writer = writer, s[i].library = library;
        assert_int_equal(pthread_create(&thread[i], NULL, share, &s[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(s[i].code, MOLGLOT_OK);
        assert_string_equal(s[i].smiles, s[0].smiles);
        assert_string_equal(s[i].identity, s[0].identity);
        assert_memory_equal(s[i].hits, s[0].hits, sizeof s[0].hits);
    }
    is_asked_ester(s[0].smiles);
    molglot_index_free(library);
    molglot_writer_free(writer);
}

static void latents(void **state) {
    (void)state;
    molglot_writer *writer = molglot_writer_load(MG_MODEL, &err);
    MADE(writer);
    told t = {0};
    molglot_generator_options o = molglot_generator_options_default();
    o.on_progress = tell, o.user = &t;
    molglot_generator *g = molglot_generator_open(writer, &o, &err);
    MADE(g);
    const size_t size = molglot_latents_size(g);
    assert_true(size > 0);
    float *z = malloc(6 * size * sizeof *z);
    molglot_row_status status[3];
    molglot_molecule out[4];
    GOOD(molglot_encode(g, smiles, 3, z, status, &err));
    assert_true(status[0].ok && status[1].ok && !status[2].ok && t.done == 3);
    for (size_t i = 0; i < size; i++) assert_true(z[2 * size + i] == 0);
    t = (told){0};
    GOOD(molglot_interpolate(g, z, z + size, 4, 0.5f, 3, 1, z + 2 * size, &err));
    assert_memory_equal(z + 2 * size, z, size * sizeof *z); /* the ends stay */
    for (size_t i = 0; i < size; i++)
        assert_true(fabsf(z[5 * size + i] - z[size + i]) < 1e-3f * (1 + fabsf(z[size + i])));
    assert_memory_not_equal(z + 3 * size, z, size * sizeof *z);
    t = (told){0};
    GOOD(molglot_decode(g, z + 2 * size, 4, out, &err));
    assert_int_equal(t.done, 4);
    assert_string_equal(out[0].smiles, "CCO");
    assert_string_equal(out[3].smiles, "CC(=O)Oc1ccccc1C(=O)O");
    for (int i = 0; i < 4; i++) assert_int_equal(out[i].index, i);
    molglot_molecules_free(out, 4);
    molglot_molecules_free(NULL, 4);
    t = (told){.stop_at = 1};
    assert_int_equal(molglot_decode(g, z, 2, out, &err), MOLGLOT_INTERRUPTED);
    assert_null(out[0].smiles);
    t = (told){0};
    assert_int_equal(molglot_interpolate(g, z, z, 1, 0, 1, 0, z, &err), MOLGLOT_USAGE);
    GOOD(molglot_encode(g, (const char *const[]){"CCO", NULL}, 2, z, status, &err));
    assert_true(status[0].ok && !status[1].ok);
    assert_int_equal(molglot_encode(g, NULL, 3, z, NULL, &err), MOLGLOT_USAGE);
    free(z);
    molglot_generator_free(g);
    molglot_writer_free(writer);
}

/* ---- names ---- */

static void names_of_molecules(void **state) {
    (void)state;
    molglot_name *names = NULL;
    size_t n = 9;
    GOOD(molglot_names_find(model, "Aspirin", 10, 0, &names, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(names[0].smiles, "CC(=O)Oc1ccccc1C(=O)O");
    assert_string_equal(names[0].how, "exact");
    assert_non_null(strstr(names[0].source, "PubChem"));
    molglot_names_free(names, n);
    GOOD(molglot_names_find(model, "ibuproffen", 3, 0, &names, &n, &err));
    assert_int_equal(n, 0);
    molglot_names_free(names, n);
    GOOD(molglot_names_find(model, "ibuproffen", 3, 1, &names, &n, &err));
    assert_true(n > 0 && n <= 3);
    assert_string_equal(names[0].how, "near");
    molglot_names_free(names, n);
    GOOD(molglot_names_of(model, "OC(=O)c1ccccc1OC(C)=O", 2, &names, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(names[0].name, "Aspirin");
    molglot_names_free(names, n);
    molglot_names_free(NULL, 3);
    assert_int_equal(molglot_names_of(model, "C1CC", 2, &names, &n, &err), MOLGLOT_REJECTED);
    assert_int_equal(molglot_names_find(model, NULL, 2, 0, &names, &n, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_names_of(NULL, "C", 2, &names, &n, &err), MOLGLOT_USAGE);
    /* search knows them too */
    molglot_find_options o = molglot_find_options_default();
    molglot_found *found = NULL;
    GOOD(molglot_index_build(session, ids, smiles, NULL, ROWS, 1, path, NULL, &err));
    molglot_index *x = molglot_index_open(path, &err);
    MADE(x);
    const molglot_index *const list[] = {x};
    GOOD(molglot_find(session, list, 1, "acetylsalicylic acid", &o, &found, &n, NULL, &err));
    assert_true(n > 0);
    assert_int_equal(strncmp(found[0].why, "name: acetylsalicylic acid (PubChem", 35), 0);
    molglot_found_free(found, n);
    o.no_names = 1;
    GOOD(molglot_find(session, list, 1, "acetylsalicylic acid", &o, &found, &n, NULL, &err));
    for (size_t i = 0; i < n; i++) assert_null(strstr(found[i].why, "PubChem"));
    molglot_found_free(found, n);
    o.no_rerank = 1; /* the order of the cosines */
    o.by = MOLGLOT_BY_MOLECULE;
    GOOD(molglot_find(session, list, 1, "a sweet molecule of plants", &o, &found, &n, NULL, &err));
    for (size_t i = 1; i < n; i++) assert_true(found[i].cosine <= found[i - 1].cosine);
    molglot_found_free(found, n);
    molglot_index_free(x);
}

/* ---- single molecules ---- */

static const char molfile[] = "ethanol\n  made by hand\n\n"
                              "  3  2  0  0  0  0  0  0  0  0999 V2000\n"
                              "    0.0000    0.0000    0.0000 C   0  0\n"
                              "    1.5000    0.0000    0.0000 C   0  0\n"
                              "    2.2000    1.2000    0.0000 O   0  0\n"
                              "  1  2  1  0\n  2  3  1  0\nM  END\n";

static void pictures(void **state) {
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    molglot_row_status status;
    GOOD(molglot_depict("CCO", NULL, &bytes, &n, &status, &err));
    assert_int_equal(strncmp(bytes, "<svg", 4), 0);
    assert_int_equal(strlen(bytes), n);
    assert_non_null(strstr(bytes, "width='360px'"));
    char *plain = bytes;
    GOOD(molglot_depict(molfile, NULL, &bytes, &n, NULL, &err));
    assert_int_equal(strncmp(bytes, "<svg", 4), 0);
    molglot_free(bytes);
    molglot_depict_options o = molglot_depict_options_default();
    const int32_t atoms[] = {2, 99};
    const float colours[][3] = {{1, 0, 0}, {0, 1, 0}};
    o.highlight = atoms, o.n_highlight = 2, o.colours = colours, o.legend = "spirit";
    GOOD(molglot_depict("CCO", &o, &bytes, &n, NULL, &err));
    assert_string_not_equal(bytes, plain);
    molglot_free(plain);
    molglot_free(bytes);
    o.format = MOLGLOT_PNG, o.width = 120, o.height = 90;
    GOOD(molglot_depict("CCO", &o, &bytes, &n, NULL, &err));
    assert_memory_equal(bytes, "\x89PNG", 4);
    const unsigned char *size = (const unsigned char *)bytes + 16; /* big-endian, of the header */
    assert_true(n > 100 && size[3] == 120 && size[7] == 90);
    molglot_free(bytes);
    assert_int_equal(molglot_depict("C1CC", NULL, &bytes, &n, &status, &err), MOLGLOT_REJECTED);
    assert_null(bytes);
    assert_true(!status.ok && status.offset == 1);
    assert_non_null(strstr(err.message, "unclosed ring 1 at character 2"));
    o.width = 1;
    assert_int_equal(molglot_depict("CCO", &o, &bytes, &n, NULL, &err), MOLGLOT_USAGE);
    o.format = 9;
    assert_int_equal(molglot_depict("CCO", &o, &bytes, &n, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_depict(NULL, NULL, &bytes, &n, NULL, &err), MOLGLOT_USAGE);
}

static int count_molecules(void *user, int64_t done, int64_t total) {
    *(int64_t *)user = done;
    return total == 3 ? 1 : 0;
}

static void captions(void **state) {
    (void)state;
    static const char *const smiles[] = {"CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "C1CC", "CCO"};
    molglot_captioned out[3];
    molglot_captioner *c = molglot_captioner_open(session, NULL, &err);
    assert_non_null(c);
    molglot_caption_options o = molglot_caption_options_default();
    int64_t done = 0;
    o.n = 2, o.on_progress = count_molecules, o.user = &done;
    GOOD(molglot_caption_smiles(c, smiles, 2, &o, out, &err));
    assert_true(done == 2 && out[0].status.ok && out[0].n == 2 && out[0].n_near > 2);
    const molglot_caption *first = &out[0].captions[0];
    assert_true(strncmp(first->text, "The molecule is ", 16) == 0 && first->words > 5);
    assert_true(first->score >= out[0].captions[1].score && isnan(first->nll));
    assert_string_equal(first->method, "nearest");
    assert_string_equal(first->text, out[0].near[first->near].text);
    assert_true(out[0].near[0].cosine > 0 && *out[0].near[0].smiles && *out[0].near[0].name);
    assert_non_null(strstr(out[0].facts, "C8H10N4O2"));
    assert_true(!out[1].status.ok && out[1].n == 0);
    for (int i = 0; i < 2; i++) molglot_captioned_free(&out[i]);
    assert_int_equal(molglot_caption_smiles(c, smiles, 3, &o, out, &err), MOLGLOT_INTERRUPTED);
    o.own = 7;
    assert_int_equal(molglot_caption_smiles(c, smiles, 1, &o, out, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_caption_smiles(NULL, smiles, 1, NULL, out, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_caption_smiles(c, NULL, 1, NULL, out, &err), MOLGLOT_USAGE);
    GOOD(molglot_caption_smiles(c, NULL, 0, NULL, NULL, &err));
    molglot_captioner_free(c);
    molglot_captioner_free(NULL);
    molglot_captioned_free(NULL);
}

/* A library's own caption is the answer; without a memory there is no method. */
static void captions_of_a_library(void **state) {
    (void)state;
    static const char *const ids[] = {"burning", "sour"}, *const smiles[] = {"CCO", "CC(=O)O"},
                             *const texts[] = {"An alcohol.", "An acid."};
    molglot_captioned out;
    molglot_captioner_options o = molglot_captioner_options_default();
    assert_string_equal(o.leave_out, "gitmol.");
    GOOD(molglot_index_build(session, ids, smiles, texts, 2, 1, path, NULL, &err));
    molglot_index *x = molglot_index_open(path, &err);
    assert_non_null(x);
    o.memory = x;
    molglot_captioner *c = molglot_captioner_open(session, &o, &err);
    assert_non_null(c);
    GOOD(molglot_caption_smiles(c, smiles, 1, NULL, &out, &err));
    assert_string_equal(out.captions[0].text, "An alcohol.");
    assert_string_equal(out.near[out.captions[0].near].name, "burning");
    molglot_captioned_free(&out);
    molglot_captioner_free(c);
    molglot_index_free(x);
    o.memory = NULL, o.no_memory = 1;
    assert_null(molglot_captioner_open(session, &o, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    o.no_memory = 0, o.method = "guess";
    assert_null(molglot_captioner_open(session, &o, &err));
    assert_null(molglot_captioner_open(NULL, NULL, &err));
}

/* The head of the fuzzer's seeds: whether there is a ring. */
static void properties(void **state) {
    (void)state;
    static const char *const smiles[] = {"Oc1ccc2ccccc2c1", "C1CC", "CCO"};
    float values[3], spread[3];
    molglot_domain domain[3];
    molglot_row_status status[3];
    molglot_predictor *p = molglot_predictor_open(MG_HEAD, NULL, NULL, &err);
    MADE(p);
    assert_int_equal(molglot_predictor_tasks(p), 1);
    assert_string_equal(molglot_predictor_task(p, 0), "ring");
    assert_null(molglot_predictor_task(p, 1));
    assert_int_equal(molglot_predictor_classes(p), 1);
    GOOD(molglot_predict(p, smiles, 3, values, spread, domain, status, &err));
    assert_true(status[0].ok && !status[1].ok && status[2].ok);
    assert_true(values[0] > values[2] && values[0] <= 1 && values[2] >= 0 && values[1] == 0);
    assert_true(spread[0] >= 0 && spread[1] == 0);
    assert_true(domain[0].nearest && domain[0].similarity > 0 && !domain[1].nearest);
    GOOD(molglot_predict(p, smiles, 1, values, NULL, NULL, NULL, &err));
    const char *const gap[] = {"CCO", NULL};
    GOOD(molglot_predict(p, gap, 2, values, NULL, NULL, status, &err));
    assert_true(status[0].ok && !status[1].ok && values[1] == 0);
    assert_string_equal(status[1].reason, "the row is NULL");
    GOOD(molglot_predict(p, NULL, 0, NULL, NULL, NULL, NULL, &err));
    assert_int_equal(molglot_predict(p, NULL, 1, values, NULL, NULL, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_predict(NULL, smiles, 1, values, NULL, NULL, NULL, &err),
                     MOLGLOT_USAGE);
    molglot_predictor_free(p);
    molglot_predictor_free(NULL);
    assert_null(molglot_predictor_open("/nonexistent", NULL, NULL, &err));
    assert_null(molglot_predictor_open(NULL, NULL, NULL, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
}

static void facts(void **state) {
    (void)state;
    static const char own[] = "group\tethoxy carbon\tethoxyl\t[CH3][CH2]O\talcohol\tCCO\tCO\n";
    char *out = NULL;
    molglot_row_status status;
    molglot_groups *g = molglot_groups_open(NULL, 0, &err);
    assert_non_null(g);
    GOOD(molglot_describe(g, "OC(=O)c1ccccc1", MOLGLOT_FACTS_JSON, &out, &status, &err));
    assert_non_null(strstr(out, "\"formula\":\"C7H6O2\""));
    assert_non_null(strstr(out, "{\"name\":\"aromatic carboxylic acid\",\"kind\":\"group\","
                                "\"count\":1,\"specific\":true,\"atoms\":"));
    molglot_free(out);
    GOOD(molglot_describe(g, "OC(=O)c1ccccc1", MOLGLOT_FACTS_TEXT, &out, NULL, &err));
    assert_non_null(
        strstr(out, "It has an aromatic carboxylic acid. Named rings: a benzene ring."));
    molglot_free(out);
    GOOD(molglot_describe(g, molfile, MOLGLOT_FACTS_TEXT, &out, NULL, &err));
    assert_non_null(strstr(out, "a primary alcohol"));
    molglot_free(out);
    assert_int_equal(molglot_describe(g, "C1CC", 0, &out, &status, &err), MOLGLOT_REJECTED);
    assert_true(!out && !status.ok && status.offset == 1);
    assert_int_equal(molglot_describe(g, "C", 7, &out, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_describe(g, NULL, 0, &out, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_describe(NULL, "C", 0, &out, NULL, &err), MOLGLOT_USAGE);
    molglot_groups_close(g);
    g = molglot_groups_open(own, sizeof own - 1, &err);
    assert_non_null(g);
    GOOD(molglot_describe(g, "CCO", MOLGLOT_FACTS_TEXT, &out, NULL, &err));
    assert_non_null(strstr(out, "an ethoxy carbon"));
    molglot_free(out);
    molglot_groups_close(g);
    molglot_groups_close(NULL);
    assert_null(molglot_groups_open("group\tx\t\tC((\n", 11, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "row 1, column 'smarts'"));
}

/* The most alike of two libraries, and of the model's own memory. */
static void triage_with_what_is_known(void **state) {
    (void)state;
    char *out = NULL;
    molglot_row_status status;
    GOOD(molglot_index_build(session, ids, smiles, texts, ROWS, 1, path, NULL, &err));
    GOOD(molglot_index_build(session, NULL, (const char *const[]){"CCCCCC", "CCCO"}, NULL, 2, 1,
                             other_path, NULL, &err));
    const molglot_index *both[] = {molglot_index_open(path, &err),
                                   molglot_index_open(other_path, &err)};
    MADE(both[0]);
    MADE(both[1]);
    molglot_screen *s = molglot_screen_open(NULL, 0, &err);
    MADE(s);
    GOOD(molglot_triage_known(s, session, both, 2, "OCC", &out, &status, &err));
    assert_non_null(strstr(out, "\"control_list\":\"no match\",\"nearest_id\":\""));
    assert_non_null(strstr(out, "\"nearest_smiles\":\"CCO\",\"nearest_tanimoto\":1.0000,"
                                "\"nearest_cosine\":1.0000,\"nearest_index\":0,"
                                "\"nearest_row\":0}"));
    molglot_free(out);
    GOOD(molglot_triage_known(s, session, both, 2, "OCCC", &out, NULL, &err));
    assert_non_null(strstr(out, "\"nearest_index\":1,\"nearest_row\":1}"));
    molglot_free(out);
    GOOD(molglot_triage_known(s, session, NULL, 0, "OCC", &out, NULL, &err));
    assert_non_null(strstr(out, "\"nearest_index\":null,\"nearest_row\":null}"));
    molglot_free(out);
    assert_int_equal(molglot_triage_known(s, session, both, 2, "C1CC", &out, &status, &err),
                     MOLGLOT_REJECTED);
    assert_true(!out && !status.ok && status.offset == 1);
    assert_int_equal(molglot_triage_known(s, NULL, both, 2, "C", &out, NULL, &err), MOLGLOT_USAGE);
    molglot_screen_close(s);
    for (int i = 0; i < 2; i++) molglot_index_free((molglot_index *)both[i]);
}

static void triage_needs_no_model(void **state) {
    static const char own[] = "list\tHouse\tours\t7\nexact\ta\tbenzoic acid\tOC(=O)c1ccccc1\n";
    (void)state;
    molglot_error err = {0};
    molglot_row_status status;
    char *out = NULL;
    molglot_screen *s = molglot_screen_open(own, sizeof own - 1, &err);
    assert_non_null(s);
    assert_non_null(strstr(molglot_screen_lists(s), "; House 7"));
    assert_string_equal(molglot_screen_lists(NULL), "");
    GOOD(molglot_screen_molecule(s, "OC(=O)c1ccccc1", &out, &status, &err));
    assert_string_equal(out, "match: House a (benzoic acid)");
    molglot_free(out);
    GOOD(molglot_screen_molecule(s, "CCO", &out, NULL, &err));
    assert_string_equal(out, "no match");
    molglot_free(out);
    GOOD(molglot_triage(s, "O=CCc1ccccc1", &out, NULL, &err));
    assert_non_null(strstr(out, "{\"alerts\":\"Brenk: "));
    assert_non_null(strstr(out, "\"control_list\":\"no match\"}"));
    molglot_free(out);
    assert_int_equal(molglot_triage(s, "C1CC", &out, &status, &err), MOLGLOT_REJECTED);
    assert_true(!out && !status.ok && status.offset == 1);
    assert_int_equal(molglot_screen_molecule(NULL, "C", &out, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_triage(s, NULL, &out, NULL, &err), MOLGLOT_USAGE);
    molglot_screen_close(s);
    molglot_screen_close(NULL);
    assert_null(molglot_screen_open("C\tC\n", 4, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
}

static void explanations(void **state) {
    (void)state;
    char *json = NULL;
    molglot_row_status status;
    molglot_groups *g = molglot_groups_open(NULL, 0, &err);
    assert_non_null(g);
    GOOD(molglot_explain(NULL, g, "CCO", "an alcohol", &json, &status, &err));
    assert_non_null(strstr(json, "\"atoms\":[\"C\",\"C\",\"O\"]"));
    assert_non_null(strstr(json, "{\"begin\":3,\"end\":10,\"text\":\"alcohol\",\"by\":\"exact\","
                                 "\"term\":\"alcohol\",\"places\":1,\"set\":0,\"atoms\":[1,2],"));
    assert_non_null(strstr(json, "\"learned_by\":null"));
    molglot_free(json);
    GOOD(molglot_explain(session, g, molfile, "an alcohol", &json, NULL, &err));
    assert_non_null(strstr(json, "\"smiles\":\"CCO\""));
    molglot_free(json);
    GOOD(molglot_explain(session, NULL, "CCO", "an alcohol", &json, NULL, &err));
    assert_null(strstr(json, "\"exact\""));
    molglot_free(json);
    assert_int_equal(molglot_explain(NULL, g, "C1CC", "x", &json, &status, &err), MOLGLOT_REJECTED);
    assert_true(!json && !status.ok && status.offset == 1);
    assert_int_equal(molglot_explain(NULL, NULL, "C", "x", &json, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_explain(NULL, g, "C", "\xff", &json, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_explain(NULL, g, "C", NULL, &json, NULL, &err), MOLGLOT_USAGE);
    molglot_groups_close(g);
}

static void maps(void **state) {
    (void)state;
    enum { N = 12, DIM = 3 };
    float x[N * DIM] = {0}, place[2 * N], again[2 * N];
    int32_t group[N];
    for (size_t i = 0; i < N; i++) {
        group[i] = (int32_t)(i % 3);
        x[i * DIM + i % 3] = 1;
    }
    molglot_map_options o = molglot_map_options_default();
    molglot_separation s = {.size = sizeof s};
    assert_true(o.method == MOLGLOT_TSNE && o.iterations == 750);
    GOOD(molglot_map(x, N, DIM, NULL, place, &err));
    GOOD(molglot_map(x, N, DIM, &o, again, &err));
    assert_memory_equal(place, again, sizeof place);
    o.method = MOLGLOT_PCA;
    GOOD(molglot_map(x, N, DIM, &o, place, &err));
    assert_true(place[0] - place[6] < 1e-5f && place[6] - place[0] < 1e-5f); /* equal rows */
    GOOD(molglot_separate(x, N, DIM, group, 1, &s, &err));
    assert_true(s.rows == N && s.groups == 3 && s.silhouette > 0.999 && s.accuracy < 0.34);
    o.perplexity = 0;
    assert_int_equal(molglot_map(x, N, DIM, &o, place, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_map(x, 2, DIM, NULL, place, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_map(NULL, N, DIM, NULL, place, &err), MOLGLOT_USAGE);
    x[5] = NAN;
    assert_int_equal(molglot_map(x, N, DIM, NULL, place, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_separate(x, N, DIM, group, 1, &s, &err), MOLGLOT_USAGE);
    x[5] = 0;
    memset(group, 0, sizeof group);
    assert_int_equal(molglot_separate(x, N, DIM, group, 1, &s, &err), MOLGLOT_FAILED);
    s.size = 0;
    assert_int_equal(molglot_separate(x, N, DIM, group, 1, &s, &err), MOLGLOT_USAGE);
}

static void standard_forms(void **state) {
    (void)state;
    molglot_standard s = {.size = sizeof s};
    molglot_row_status status;
    GOOD(molglot_standardise("OC(=O)C1=CC=CC=C1OC(C)=O", &s, &status, &err));
    assert_string_equal(s.smiles, "CC(=O)Oc1ccccc1C(=O)O");
    assert_string_equal(s.inchikey, "BSYNRYMUTXBXSQ-UHFFFAOYSA-N");
    assert_string_equal(s.formula, "C9H8O4");
    assert_true(fabs(s.weight - 180.159) < 0.01);
    molglot_standard_free(&s);
    assert_null(s.smiles);
    molglot_standard_free(&s);
    molglot_standard_free(NULL);
    GOOD(molglot_standardise(molfile, &s, NULL, &err));
    assert_string_equal(s.smiles, "CCO");
    molglot_standard_free(&s);
    assert_int_equal(molglot_standardise("CCX", &s, &status, &err), MOLGLOT_REJECTED);
    assert_false(status.ok);
    assert_null(s.smiles);
    assert_int_equal(molglot_standardise("no\n\n\nV2000\n", &s, &status, &err), MOLGLOT_REJECTED);
    s.size = 0;
    assert_int_equal(molglot_standardise("CCO", &s, NULL, &err), MOLGLOT_USAGE);
    char *molfile;
    molglot_row_status why;
    GOOD(molglot_molfile("CCO", &molfile, NULL, &err));
    assert_non_null(strstr(molfile, "V2000"));
    molglot_free(molfile);
    assert_int_equal(molglot_molfile("C1CC", &molfile, &why, &err), MOLGLOT_REJECTED);
    assert_true(!molfile && why.offset == 1);
    float places[3][2] = {{0}};
    size_t bytes;
    molglot_depict_options draw = molglot_depict_options_default();
    draw.places = places;
    draw.max_places = 2;
    assert_int_equal(molglot_depict("CCO", &draw, &molfile, &bytes, NULL, &err), MOLGLOT_USAGE);
    draw.max_places = 3;
    GOOD(molglot_depict("CCO", &draw, &molfile, &bytes, NULL, &err));
    assert_true(places[2][0] > 0 && places[2][0] < 360 && places[2][1] > 0);
    molglot_free(molfile);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(models),
                                       cmocka_unit_test(options_of_other_versions),
                                       cmocka_unit_test(defaults),
                                       cmocka_unit_test(embedding),
                                       cmocka_unit_test(building),
                                       cmocka_unit_test(joining),
                                       cmocka_unit_test(reading),
                                       cmocka_unit_test(finding),
                                       cmocka_unit_test(searches_end),
                                       cmocka_unit_test(texts_as_rows),
                                       cmocka_unit_test(search),
                                       cmocka_unit_test(generators),
                                       cmocka_unit_test(shared_by_threads),
                                       cmocka_unit_test(latents),
                                       cmocka_unit_test(pictures),
                                       cmocka_unit_test(captions),
                                       cmocka_unit_test(captions_of_a_library),
                                       cmocka_unit_test(facts),
                                       cmocka_unit_test(explanations),
                                       cmocka_unit_test(triage_with_what_is_known),
                                       cmocka_unit_test(triage_needs_no_model),
                                       cmocka_unit_test(maps),
                                       cmocka_unit_test(properties),
                                       cmocka_unit_test(standard_forms),
                                       cmocka_unit_test(names_of_molecules)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
