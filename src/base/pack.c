/* pack.c - writing packed: a stdio stream that hands what is written to gzip or zstd, and their
 * output to another stream.
 */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { OUTPUT = 1 << 16, LEVEL_ZSTD = 3 };

typedef struct packer {
    FILE *under;
    z_stream z;
    ZSTD_CCtx *zstd; /* NULL: gzip */
    bool failed;
    uint8_t out[OUTPUT];
} packer;

const char *mg_packing_of(const char *path) {
    static const char *const endings[][2] = {{".gz", "gzip"}, {".zst", "zstd"}};
    const size_t n = strlen(path);
    for (size_t i = 0; i < MG_COUNT(endings); i++) {
        const size_t m = strlen(endings[i][0]);
        if (n > m && !strcmp(path + n - m, endings[i][0])) return endings[i][1];
    }
    return NULL;
}

static bool put(packer *p, size_t n) {
    if (n && fwrite(p->out, 1, n, p->under) != n) p->failed = true;
    return !p->failed;
}

static void pack_gzip(packer *p, const void *bytes, size_t n, bool last) {
    p->z.next_in = (Bytef *)(uintptr_t)bytes;
    p->z.avail_in = (uInt)n;
    int code = Z_OK;
    do {
        p->z.next_out = p->out;
        p->z.avail_out = OUTPUT;
        code = deflate(&p->z, last ? Z_FINISH : Z_NO_FLUSH);
        if (code == Z_STREAM_ERROR) p->failed = true;
    } while (put(p, OUTPUT - p->z.avail_out) && (p->z.avail_in || (last && code != Z_STREAM_END)));
}

static void pack_zstd(packer *p, const void *bytes, size_t n, bool last) {
    ZSTD_inBuffer in = {bytes, n, 0};
    size_t left = 0;
    do {
        ZSTD_outBuffer out = {p->out, OUTPUT, 0};
        left = ZSTD_compressStream2(p->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) p->failed = true;
        put(p, out.pos);
    } while (!p->failed && (in.pos < n || (last && left)));
}

static void pack(packer *p, const void *bytes, size_t n, bool last) {
    if (p->zstd)
        pack_zstd(p, bytes, n, last);
    else
        pack_gzip(p, bytes, n, last);
}

static ssize_t write_packed(void *cookie, const char *bytes, size_t n) {
    packer *p = cookie;
    enum { MOST = 1 << 30 }; /* what zlib's counts hold */
    const size_t part = n < MOST ? n : MOST;
    if (!p->failed) pack(p, bytes, part, false);
    return p->failed ? 0 : (ssize_t)part;
}

static int close_packed(void *cookie) {
    packer *p = cookie;
    if (!p->failed) pack(p, "", 0, true);
    const bool failed = p->failed;
    if (p->zstd)
        ZSTD_freeCCtx(p->zstd);
    else
        deflateEnd(&p->z);
    free(p);
    return failed ? -1 : 0;
}

FILE *mg_pack_open(FILE *under, const char *packing, molglot_error *err) {
    packer *p = calloc(1, sizeof *p);
    if (!p) {
        mg_no_memory(err, "the output");
        return NULL;
    }
    p->under = under;
    bool ok;
    if (!strcmp(packing, "zstd")) {
        p->zstd = ZSTD_createCCtx();
        ok = p->zstd &&
             !ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL_ZSTD)) &&
             !ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1));
    } else {
        ok = deflateInit2(&p->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                          Z_DEFAULT_STRATEGY) == Z_OK;
    }
    FILE *f =
        ok ? fopencookie(p, "w",
                         (cookie_io_functions_t){.write = write_packed, .close = close_packed})
           : NULL;
    if (f) return f;
    mg_no_memory(err, "the output");
    ZSTD_freeCCtx(p->zstd);
    if (ok && !p->zstd) deflateEnd(&p->z);
    free(p);
    return NULL;
}
