/* test_survivors.c - what planted faults once survived (docs/trust.md): each test is named by the
 * line that it guards. */
#include "../must_tape.h"
#include "nn/nn.h"
#include "search/inside.h"
#include "search/search.h"
#include "tensor/files/weights.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/molglot-trust-XXXXXX";

static const char *in_folder(const char *file) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static void write_bytes(const char *path, const void *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* safetensors.c: length > n - 8, where n is the whole file. A header may end with the file, not a
 * byte behind it. */
static void a_header_ends_inside_the_file(void **state) {
    (void)state;
    static const char json[] = "{\"__metadata__\":{\"name\":\"x\"}}";
    const size_t length = sizeof json - 1;
    char file[8 + sizeof json] = {0};
    const char *path = in_folder("h.safetensors");
    for (size_t more = 0; more <= 8; more++) {
        const uint64_t says = length + more;
        molglot_error err = {0};
        memcpy(file, &says, 8);
        memcpy(file + 8, json, length);
        write_bytes(path, file, 8 + length);
        mg_tensor_file *f = mg_tensor_file_open(path, &err);
        if (more == 0) {
            assert_non_null(f);
            assert_string_equal(mg_tensor_file_meta(f, "name"), "x");
        } else {
            assert_null(f);
            assert_int_equal(err.code, MOLGLOT_BAD_FILE);
            assert_non_null(strstr(err.message, "the header lies beyond the end of the file"));
        }
        mg_tensor_file_close(f);
    }
    unlink(path);
}

/* index.c: string_at, which follows an offset from the file. */
static void strings_of_an_index_stay_inside(void **state) {
    (void)state;
    molglot_error err = {0};
    const char *path = in_folder("x.idx");
    const float row[4] = {1, 0, 0, 0};
    const mg_index_spec spec = {
        .dim = 4, .dtype = MG_F32, .model_sha256 = "abc", .model_name = "test"};
    mg_index_out *w = mg_index_out_open(path, &spec, &err);
    assert_non_null(w);
    const mg_index_row r = {.id = "one", .smiles = "CCO", .text = "an alcohol"};
    must(mg_index_out_add(w, row, NULL, &r, &err), &err);
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(path, true, &err);
    assert_non_null(x);
    assert_string_equal(mg_index_id(x, 0), "one");
    const off_t at = (const uint8_t *)&x->meta[0].strings - x->map.data;
    const uint64_t n = x->strings_n;
    mg_index_close(x);
    const uint64_t offsets[] = {n, n + 1, n + 4096, UINT64_MAX / 2, UINT64_MAX};
    for (size_t i = 0; i < MG_COUNT(offsets); i++) {
        const int fd = open(path, O_WRONLY);
        assert_int_equal(pwrite(fd, &offsets[i], 8, at), 8);
        close(fd);
        x = mg_index_open(path, false, &err); /* searching does not read all checksums */
        if (!x) continue;
        assert_string_equal(mg_index_id(x, 0), "");
        assert_string_equal(mg_index_smiles(x, 0), "");
        assert_string_equal(mg_index_text(x, 0), "");
        mg_index_close(x);
    }
    unlink(path);
}

static mg_params *built(int64_t rows, int64_t cols) {
    molglot_error err = {0};
    mg_params *p = mg_params_new();
    mg_params_add(p, "a", rows, cols, MG_INIT_NORMAL, 0.5f, MG_PARAM_DECAY);
    must(mg_params_build(p, (mg_build_options){.train = true}, &err), &err);
    return p;
}

/* checkpoint.c: the layout's hash. Equal counts of numbers are not the same model. */
static void a_checkpoint_of_another_shape_is_refused(void **state) {
    (void)state;
    molglot_error err = {0};
    char *text = NULL;
    const char *path = in_folder("c.safetensors");
    mg_params *p = built(6, 4), *same = built(6, 4), *other = built(4, 6);
    must(mg_checkpoint_save(p, path, "{}", &err), &err);
    must(mg_checkpoint_load(same, path, &text, &err), &err);
    free(text);
    text = NULL;
    assert_int_equal(mg_checkpoint_load(other, path, &text, &err), MOLGLOT_BAD_FILE);
    assert_null(text);
    mg_params_free(p);
    mg_params_free(same);
    mg_params_free(other);
    unlink(path);
}

/* file.c: the limit of mg_read_file counts all blocks. */
static void a_limit_counts_the_whole_file(void **state) {
    (void)state;
    enum { SIZE = 40000 };
    static char bytes[SIZE];
    char *data = NULL;
    size_t n = 0;
    molglot_error err = {0};
    const char *path = in_folder("big");
    write_bytes(path, bytes, SIZE);
    must(mg_read_file(path, SIZE, &data, &n, &err), &err);
    assert_int_equal(n, SIZE);
    free(data);
    for (size_t limit = 0; limit < SIZE; limit += SIZE - 1)
        assert_int_equal(mg_read_file(path, limit, &data, &n, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_read_file(path, 20000, &data, &n, &err), MOLGLOT_BAD_FILE);
    assert_null(data);
    unlink(path);
}

/* scan.c: the slack for rows that are stored in bf16 covers what a product in f32 and the exact sum
 * in double may differ by. */
static void the_slack_covers_the_rounding(void **state) {
    (void)state;
    enum { ROWS = 400, DIM = 48, K = 5 };
    static uint16_t half[ROWS * DIM];
    static float query[DIM];
    mg_rng rng = {.seed = 7};
    molglot_error err = {0};
    for (int j = 0; j < DIM; j++) query[j] = (float)mg_rng_normal(&rng);
    /* rows that are nearly the same: the order hangs on the last bits */
    for (int i = 0; i < ROWS * DIM; i++) {
        const float x = query[i % DIM] * (1 + 1e-3f * (float)mg_rng_normal(&rng));
        mg_f32_to_bf16_n(&x, &half[i], 1);
    }
    mg_matrix m = {.dim = DIM, .n = ROWS, .dtype = MG_BF16, .data = half};
    molglot_hit hits[K];
    must(mg_matrix_search(&m, mg_matrix_max_norm(&m), query, 1, K, 1, hits, &err), &err);
    double best[ROWS];
    for (int i = 0; i < ROWS; i++) {
        best[i] = 0;
        for (int j = 0; j < DIM; j++) {
            const uint32_t wide = (uint32_t)half[i * DIM + j] << 16;
            float x;
            memcpy(&x, &wide, sizeof x);
            best[i] += (double)x * (double)query[j];
        }
    }
    for (int k = 0; k < K; k++) {
        int better = 0;
        for (int i = 0; i < ROWS; i++) better += best[i] > best[hits[k].row];
        assert_true(better <= k);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_ends_inside_the_file),
        cmocka_unit_test(strings_of_an_index_stay_inside),
        cmocka_unit_test(a_checkpoint_of_another_shape_is_refused),
        cmocka_unit_test(a_limit_counts_the_whole_file),
        cmocka_unit_test(the_slack_covers_the_rounding),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
