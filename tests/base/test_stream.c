/* test_stream.c - plain, gzip and zstd streams from files, pipes and memory; damaged, cut and
 * bomb-like ones. */
#include "base/base.h"

#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

/* A text that packs neither to nothing nor badly, longer than the stream's buffer. */
static char *sample(size_t n) {
    char *text = malloc(n);
    mg_rng r = {5, 0, 0};
    for (size_t i = 0; i < n; i++) text[i] = "CNOcn=#()123 \n"[mg_rng_below(&r, 14)];
    return text;
}

static size_t gzip(const void *in, size_t n, uint8_t *out, size_t room) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)in;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static size_t zstd(const void *in, size_t n, uint8_t *out, size_t room) {
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    size_t got = ZSTD_compress2(c, out, room, in, n);
    assert_false(ZSTD_isError(got));
    ZSTD_freeCCtx(c);
    return got;
}

typedef size_t (*packer)(const void *, size_t, uint8_t *, size_t);

/* Reads all in pieces of `piece`; the code of the failing call or MOLGLOT_OK. */
static int read_all(mg_stream *s, size_t piece, mg_str *out, molglot_error *err) {
    char *buf = malloc(piece);
    int code;
    size_t got;
    while (!(code = mg_stream_read(s, buf, piece, &got, err)) && got) mg_str_add(out, buf, got);
    if (!code) { /* the end stays the end */
        assert_int_equal(mg_stream_read(s, buf, piece, &got, err), MOLGLOT_OK);
        assert_int_equal(got, 0);
    }
    free(buf);
    return code;
}

static void expect_from_memory(const void *packed, size_t n, const char *kind, const char *text,
                               size_t want) {
    const size_t pieces[] = {1000000, 4099, 7};
    for (size_t i = 0; i < MG_COUNT(pieces); i++) {
        mg_stream *s = mg_stream_memory(packed, n, NULL);
        assert_non_null(s);
        assert_string_equal(mg_stream_compression(s), kind);
        mg_str out = {0};
        assert_int_equal(read_all(s, pieces[i], &out, NULL), MOLGLOT_OK);
        assert_int_equal(out.n, want);
        if (want) assert_memory_equal(out.s, text, want);
        mg_str_free(&out);
        mg_stream_close(s);
    }
}

static void memory(void **state) {
    (void)state;
    size_t n = 700001, room = 2 * n;
    char *text = sample(n);
    uint8_t *packed = malloc(room);
    expect_from_memory(text, n, "none", text, n);
    expect_from_memory("", 0, "none", "", 0);
    expect_from_memory("\x1f", 1, "none", "\x1f", 1);
    const packer packers[] = {gzip, zstd};
    const char *const kinds[] = {"gzip", "zstd"};
    for (int k = 0; k < 2; k++) {
        size_t whole = packers[k](text, n, packed, room);
        expect_from_memory(packed, whole, kinds[k], text, n);
        /* in two members, an empty one between them */
        size_t a = packers[k](text, 300000, packed, room);
        a += packers[k]("", 0, packed + a, room - a);
        a += packers[k](text + 300000, n - 300000, packed + a, room - a);
        expect_from_memory(packed, a, kinds[k], text, n);
    }
    size_t padded = gzip(text, n, packed, room);
    memset(packed + padded, 0, 512);
    expect_from_memory(packed, padded + 512, "gzip", text, n);
    free(text);
    free(packed);
}

static void files_and_pipes(void **state) {
    (void)state;
    size_t n = 400000;
    char *text = sample(n), path[] = "/tmp/molglot-test-XXXXXX";
    uint8_t *packed = malloc(n);
    size_t size = gzip(text, n, packed, n);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, packed, size), size);
    close(fd);
    mg_str out = {0};
    mg_stream *s = mg_stream_open(path, NULL);
    assert_string_equal(mg_stream_name(s), path);
    assert_int_equal(read_all(s, 5000, &out, NULL), MOLGLOT_OK);
    assert_int_equal(out.n, n);
    assert_memory_equal(out.s, text, n);
    mg_stream_close(s);
    /* stdin as a pipe: recognised though nothing can be put back, even when the first read gives a
     * single byte */
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    if (fork() == 0) {
        close(ends[0]);
        if (write(ends[1], packed, 1) != 1) _exit(1);
        /* until the reader has taken it */
        for (int left = 1; !ioctl(ends[1], FIONREAD, &left) && left;) sched_yield();
        for (size_t at = 1; at < size;) at += (size_t)write(ends[1], packed + at, size - at);
        _exit(0);
    }
    close(ends[0]);
    close(ends[1]);
    s = mg_stream_open("-", NULL);
    assert_string_equal(mg_stream_name(s), "stdin");
    assert_string_equal(mg_stream_compression(s), "gzip");
    out.n = 0;
    assert_int_equal(read_all(s, 5000, &out, NULL), MOLGLOT_OK);
    assert_int_equal(out.n, n);
    assert_memory_equal(out.s, text, n);
    mg_stream_close(s);
    dup2(saved, STDIN_FILENO);
    close(saved);
    unlink(path);
    molglot_error err;
    assert_null(mg_stream_open(path, &err));
    assert_int_equal(err.code, MOLGLOT_FAILED);
    assert_null(mg_stream_open("/", &err));
    mg_str_free(&out);
    free(text);
    free(packed);
}

/* Every cut and every flipped bit is an error or (in unused header fields) gives the right text;
 * never another text. */
static void damage(void **state) {
    (void)state;
    const char text[] = "CCO ethanol\nCCO ethanol\nc1ccccc1 benzene\n";
    const packer packers[] = {gzip, zstd};
    for (int k = 0; k < 2; k++) {
        uint8_t packed[200];
        size_t n = packers[k](text, sizeof text, packed, sizeof packed);
        for (size_t cut = 4; cut < n; cut++) {
            mg_stream *s = mg_stream_memory(packed, cut, NULL);
            mg_str out = {0};
            molglot_error err = {0};
            assert_int_equal(read_all(s, 100, &out, &err), MOLGLOT_BAD_FILE);
            assert_non_null(strstr(err.message, "damaged"));
            mg_str_free(&out);
            mg_stream_close(s);
        }
        for (size_t bit = 32; bit < 8 * n; bit++) {
            packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
            mg_stream *s = mg_stream_memory(packed, n, NULL);
            mg_str out = {0};
            if (read_all(s, 100, &out, NULL) == MOLGLOT_OK) {
                assert_int_equal(out.n, sizeof text);
                assert_memory_equal(out.s, text, sizeof text);
            }
            mg_str_free(&out);
            mg_stream_close(s);
            packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        packed[n] = 'x';
        packed[n + 1] = 'y';
        mg_stream *s = mg_stream_memory(packed, n + 2, NULL);
        mg_str out = {0};
        assert_int_equal(read_all(s, 100, &out, NULL), MOLGLOT_BAD_FILE);
        mg_str_free(&out);
        mg_stream_close(s);
    }
}

/* 1.1 GiB of zeros in a few kB is refused; just below 1 GiB it is not. */
static void bomb(void **state) {
    (void)state;
    size_t part = (size_t)16 << 20, room = 10000;
    char *zeros = calloc(1, part), *buf = malloc(part);
    uint8_t *packed = malloc(room * 70);
    size_t n = 0;
    for (int i = 0; i < 70; i++) n += zstd(zeros, part, packed + n, room);
    mg_stream *s = mg_stream_memory(packed, n, NULL);
    uint64_t total = 0;
    size_t got = 1;
    int code = MOLGLOT_OK;
    molglot_error err;
    while (got && !(code = mg_stream_read(s, buf, part, &got, &err))) total += got;
    assert_int_equal(code, MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "bomb"));
    assert_true(total <= (uint64_t)1 << 30 && total > (uint64_t)1000 << 20);
    mg_stream_close(s);
    free(zeros);
    free(buf);
    free(packed);
}

/* Packed twice is unpacked twice; other containers are named. */
static void containers(void **state) {
    (void)state;
    const char text[] = "smiles\tname\nCCO\tethanol\n";
    uint8_t once[300], twice[400];
    const packer packers[] = {gzip, zstd};
    static const char *const kinds[2][2] = {{"gzip twice", "gzip in zstd"},
                                            {"zstd in gzip", "zstd twice"}};
    for (int inner = 0; inner < 2; inner++)
        for (int outer = 0; outer < 2; outer++) {
            const size_t n = packers[inner](text, sizeof text, once, sizeof once);
            const size_t m = packers[outer](once, n, twice, sizeof twice);
            mg_stream *s = mg_stream_memory(twice, m, NULL);
            mg_str out = {0};
            assert_int_equal(read_all(s, 5, &out, NULL), MOLGLOT_OK);
            assert_string_equal(mg_stream_compression(s), kinds[inner][outer]);
            assert_int_equal(out.n, sizeof text);
            assert_memory_equal(out.s, text, sizeof text);
            mg_str_free(&out);
            mg_stream_close(s);
        }
#define CASE(bytes, name) \
    { bytes, sizeof(bytes) - 1, name }
    static const struct {
        const char *bytes;
        size_t n;
        const char *name;
    } cases[] = {CASE("BZh91AY&SY....", "a bzip2 file"),
                 CASE("\xFD"
                      "7zXZ\0....",
                      "an xz file"),
                 CASE("\x1F\x9D\x90....", "compress"),
                 CASE("PK\3\4........a.txt", "a zip archive"),
                 CASE("PK\3\4....[Content_Types].xml", "an Excel workbook"),
                 CASE("PK\3\4....mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
                      "an OpenDocument spreadsheet"),
                 CASE("\x89PNG\r\n\x1A\n", "a PNG picture"),
                 CASE("SQLite format 3\0", "an SQLite database"),
                 CASE("\xEF\xBE\xAD\xDE....", "an RDKit molecule pickle")};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        assert_null(mg_stream_memory(cases[i].bytes, cases[i].n, &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        if (!strstr(err.message, cases[i].name)) fail_msg("%s: %s", cases[i].name, err.message);
    }
    /* a tar inside of gzip */
    uint8_t tar[1024] = "a.smi", packed[1200];
    memcpy(tar + 148, "        ", 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) sum += tar[i];
    snprintf((char *)tar + 148, 8, "%06o", sum);
    mg_stream *s = mg_stream_memory(packed, gzip(tar, sizeof tar, packed, sizeof packed), NULL);
    mg_str out = {0};
    molglot_error err = {0};
    assert_int_equal(read_all(s, 100, &out, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "a tar archive"));
    mg_str_free(&out);
    mg_stream_close(s);
}

static void utf16(void **state) {
    (void)state;
    static const uint8_t little[] = {0xFF, 0xFE, 'C',  0,    0xE9, 0,
                                     0x3D, 0xD8, 0x00, 0xDE, 0x3D, 0xD8};
    uint8_t big[sizeof little];
    for (size_t i = 0; i < sizeof little; i++) big[i] = little[i ^ 1];
    for (int k = 0; k < 2; k++) {
        mg_stream *s = mg_stream_memory(k ? big : little, sizeof little, NULL);
        mg_str out = {0};
        assert_int_equal(read_all(s, 5, &out, NULL), MOLGLOT_OK);
        assert_true(mg_stream_utf16(s));
        assert_string_equal(out.s, "\xEF\xBB\xBF"
                                   "C\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD");
        mg_str_free(&out);
        mg_stream_close(s);
    }
}

/* What the first bytes say: a packed stream, UTF-16 with a mark or without. */
static void first_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        bool utf16;
        const char *text;
    } cases[] = {
    /* the mark stays a mark */
#define PLAIN(bytes) {bytes, sizeof(bytes) - 1, false, NULL}
        PLAIN(""),
        PLAIN("C"),
        PLAIN("\x1f"),
        PLAIN("\x1f\x8a xx"),
        PLAIN("\x1e\x8b xx"),
        PLAIN("\x28\xb5\x2f"),
        PLAIN("\x28\xb5\x2f\xfc.."),
        PLAIN("\x28\xb5\x2e\xfd.."),
        PLAIN("\x28\xb4\x2f\xfd.."),
        PLAIN("\x29\xb5\x2f\xfd.."),
        PLAIN("\x60\x2a\x4d\x18.."),
        PLAIN("\x50\x2b\x4d\x18.."),
        PLAIN("\x50\x2a\x4c\x18.."),
        PLAIN("\x50\x2a\x4d\x19.."),
        {"\xFF\xFE"
         "C\0",
         4, true,
         "\xEF\xBB\xBF"
         "C"},
        {"\xFE\xFF"
         "\0C",
         4, true,
         "\xEF\xBB\xBF"
         "C"},
        {"\xFF\xFE", 2, true, "\xEF\xBB\xBF"},
        {"C\0C\0O\0\n\0", 8, true, "CCO\n"},
        {"\0C\0C\0O\0\n", 8, true, "CCO\n"},
        {"C\0C\0O\0N\0\xE9\0", 10, true, "CCON\xC3\xA9"},
        PLAIN("C\0C\0O\0"),
        PLAIN("C\0C\0O\0\x08\0"),
        PLAIN("C\0C\0O\0\x7f\0"),
        PLAIN("\0C\0C\0O\0\x08"),
        PLAIN("C\0C\0O\0NN"),
        PLAIN("CCC\0O\0N\0"),
        {"\t\0~\0O\0N\0", 8, true, "\t~ON"},
#undef PLAIN
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_stream *s = mg_stream_memory(cases[i].bytes, cases[i].n, &err);
        if (!s) fail_msg("case %zu: %s", i, err.message);
        assert_string_equal(mg_stream_compression(s), "none");
        if (mg_stream_utf16(s) != cases[i].utf16) fail_msg("case %zu", i);
        mg_str out = {0};
        mg_str_addz(&out, "");
        assert_int_equal(read_all(s, 100, &out, &err), MOLGLOT_OK);
        const char *text = cases[i].text ? cases[i].text : cases[i].bytes;
        const size_t n = cases[i].text ? strlen(text) : cases[i].n;
        if (out.n != n || memcmp(out.s, text, n)) fail_msg("case %zu: %s", i, out.s);
        mg_str_free(&out);
        mg_stream_close(s);
    }
    /* skippable frames before, between and behind frames */
    static const char text[] = "smiles\nCCO\n";
    for (int kind = 0; kind < 16; kind++) {
        uint8_t packed[300];
        size_t n = 0;
        for (int k = 0; k < 2; k++) {
            const uint8_t skipped[] = {
                (uint8_t)(0x50 + kind), 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7};
            memcpy(packed + n, skipped, sizeof skipped);
            n += sizeof skipped;
            n += zstd(text, sizeof text - 1, packed + n, 200 - n);
        }
        mg_stream *s = mg_stream_memory(packed, n, NULL);
        mg_str out = {0};
        assert_string_equal(mg_stream_compression(s), "zstd");
        assert_int_equal(read_all(s, 5, &out, NULL), MOLGLOT_OK);
        assert_int_equal(out.n, 2 * strlen(text));
        assert_memory_equal(out.s + strlen(text), text, strlen(text));
        mg_str_free(&out);
        mg_stream_close(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory), cmocka_unit_test(files_and_pipes), cmocka_unit_test(damage),
        cmocka_unit_test(bomb),   cmocka_unit_test(containers),      cmocka_unit_test(first_bytes),
        cmocka_unit_test(utf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
