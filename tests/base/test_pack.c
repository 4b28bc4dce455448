/* test_pack.c - what pack.c writes, stream.c reads again; a stream that is full says so. */
#include "base/base.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void there_and_back(const char *packing) {
    char path[] = "/tmp/mg_pack_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *under = fdopen(fd, "w");
    molglot_error err = {0};
    FILE *f = mg_pack_open(under, packing, &err);
    assert_non_null(f);
    enum { LINES = 50000 };
    for (int i = 0; i < LINES; i++) assert_true(fprintf(f, "%d\tCCO\n", i) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(fclose(under), 0);

    mg_stream *s = mg_stream_open(path, &err);
    assert_non_null(s);
    assert_string_equal(mg_stream_compression(s), packing);
    mg_str all = {0};
    char piece[4096];
    size_t got = 1;
    while (got) {
        assert_int_equal(mg_stream_read(s, piece, sizeof piece, &got, &err), MOLGLOT_OK);
        mg_str_add(&all, piece, got);
    }
    mg_stream_close(s);
    size_t at = 0;
    for (int i = 0; i < LINES; i++) {
        char line[32];
        const int n = snprintf(line, sizeof line, "%d\tCCO\n", i);
        assert_true(all.n >= at + (size_t)n);
        assert_memory_equal(all.s + at, line, (size_t)n);
        at += (size_t)n;
    }
    assert_int_equal(at, all.n);
    mg_str_free(&all);
    unlink(path);
}

static void packs(void **state) {
    (void)state;
    there_and_back("gzip");
    there_and_back("zstd");
}

static void full(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        FILE *under = fopen("/dev/full", "w");
        if (!under) return;
        setvbuf(under, NULL, _IONBF, 0);
        FILE *f = mg_pack_open(under, i ? "zstd" : "gzip", NULL);
        assert_non_null(f);
        fputs("CCO\n", f);
        assert_int_not_equal(fclose(f), 0);
        fclose(under);
    }
}

static void names(void **state) {
    (void)state;
    assert_string_equal(mg_packing_of("a.tsv.gz"), "gzip");
    assert_string_equal(mg_packing_of("a.zst"), "zstd");
    assert_null(mg_packing_of("a.tsv"));
    assert_null(mg_packing_of(".gz"));
    assert_null(mg_packing_of(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(packs), cmocka_unit_test(full),
                                       cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
