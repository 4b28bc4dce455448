/* base.h - what every room stands on: errors, arenas, random numbers, files, sparse vocabularies,
 * TOML.
 *
 * Errors: functions return MOLGLOT_OK or a code and fill a molglot_error (which may be NULL).
 * Nothing here prints.
 */
#ifndef MG_BASE_H
#define MG_BASE_H

#include "molglot.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MG_COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define MG_PRINTF(a, b) __attribute__((format(printf, a, b)))

/* ---- error.c ---- */
/* Fills err (if not NULL) and returns code: `return mg_fail(err, MOLGLOT_BAD_FILE, "%s: ...",
 * path)`. */
int mg_fail(molglot_error *err, int code, const char *fmt, ...) MG_PRINTF(3, 4);
/* "out of memory for WHAT", the one message for it; always MOLGLOT_NO_MEMORY. */
int mg_no_memory(molglot_error *err, const char *what, ...) MG_PRINTF(2, 3);
/* The code in err, or `otherwise` where err is NULL or says none: after a constructor gave NULL. */
int mg_code_of(const molglot_error *err, int otherwise);
/* Puts "prefix: " before the message already in err. */
int mg_fail_prefix(molglot_error *err, const char *fmt, ...) MG_PRINTF(2, 3);

/* ---- checked sizes ---- */
/* False (and *out untouched) when the product or sum does not fit. Use for every size read from
 * outside. */
bool mg_mul_size(size_t a, size_t b, size_t *out);
bool mg_add_size(size_t a, size_t b, size_t *out);

/* ---- arena.c: memory with one life ----
 * One contiguous reserved address range, committed by
 * touch; allocation moves a pointer; reset moves it back, so the same sequence of requests gets the
 * same addresses. Blocks are 64-byte aligned and not zeroed. */
typedef struct mg_arena {
    uint8_t *base;
    size_t used, reserved, peak;
} mg_arena;
/* Reserves up to `want` bytes of address space (halved on refusal, at least 1 MiB). */
int mg_arena_init(mg_arena *arena, size_t want, molglot_error *err);
void mg_arena_free(mg_arena *arena);
/* NULL when the range is full. */
void *mg_arena_alloc(mg_arena *arena, size_t bytes);
static inline size_t mg_arena_mark(const mg_arena *a) { return a->used; }
static inline void mg_arena_release(mg_arena *a, size_t mark) { a->used = mark; }

/* ---- growable byte string (malloc'ed; zero-initialise; sticky `failed` on lack of memory) ---- */
typedef struct mg_str {
    char *s; /* always terminated once something was added */
    size_t n, cap;
    bool failed;
} mg_str;
void mg_str_add(mg_str *b, const void *bytes, size_t n);
void mg_str_addz(mg_str *b, const char *z);
void mg_str_addf(mg_str *b, const char *fmt, ...) MG_PRINTF(2, 3);
void mg_str_free(mg_str *b);

/* ---- rng.c: counter-based random numbers (the same on every device) ---- */
/* 64 random bits of (seed, stream, counter). */
uint64_t mg_rng_u64(uint64_t seed, uint64_t stream, uint64_t counter);
typedef struct mg_rng {
    uint64_t seed, stream, counter;
} mg_rng; /* a walk along the counter */
uint64_t mg_rng_next(mg_rng *r);
double mg_rng_uniform(mg_rng *r); /* [0, 1) */
double mg_rng_normal(mg_rng *r);
uint64_t mg_rng_below(mg_rng *r, uint64_t n); /* unbiased, n > 0 */
/* Dropout bits: 32 random bits for element i under a 64-bit key. Vectorisable and identical in
 * every backend. */
static inline uint32_t mg_dropout_bits(uint64_t key, uint32_t i) {
    uint32_t x = i * 0x9E3779B9u + (uint32_t)key;
    x ^= x >> 16;
    x *= 0x21F0AAADu;
    x ^= x >> 15;
    x += (uint32_t)(key >> 32);
    x *= 0x735A2D97u;
    x ^= x >> 15;
    return x;
}

/* ---- hash.c ---- */
uint64_t mg_hash64(const void *bytes, size_t n, uint64_t seed);
typedef struct mg_sha256 {
    uint32_t h[8];
    uint64_t n;
    uint8_t block[64];
} mg_sha256;
void mg_sha256_init(mg_sha256 *s);
void mg_sha256_add(mg_sha256 *s, const void *bytes, size_t n);
void mg_sha256_hex(mg_sha256 *s, char out[65]); /* finishes */
int mg_sha256_file(const char *path, char out[65], molglot_error *err);
/* SHA-256 of the text that was put together in s, which is freed; MOLGLOT_NO_MEMORY when a piece
 * did not fit. */
int mg_sha256_str(mg_str *s, char out[65], molglot_error *err);

/* ---- file.c ---- */
typedef struct mg_map {
    const uint8_t *data;
    size_t size;
} mg_map; /* read-only mmap */
int mg_map_open(mg_map *m, const char *path, molglot_error *err);
void mg_map_close(mg_map *m);
/* Whole file into malloc'ed memory with a terminating zero; refuses more than `limit` bytes. */
int mg_read_file(const char *path, size_t limit, char **data, size_t *size, molglot_error *err);
/* Atomic replacement: write to a temporary beside `path`, flush to disk, rename. Until commit the
 * old file is intact. */
typedef struct mg_outfile {
    FILE *f;
    char *path, *tmp;
} mg_outfile;
int mg_outfile_open(mg_outfile *o, const char *path, molglot_error *err);
int mg_outfile_write(mg_outfile *o, const void *bytes, size_t n, molglot_error *err);
int mg_outfile_commit(mg_outfile *o, molglot_error *err);
void mg_outfile_abort(mg_outfile *o); /* removes the temporary; harmless after commit */
int mg_make_dirs(const char *path, molglot_error *err);

/* A byte stream from a file, stdin ("-") or memory; gzip and zstd recognised by their magic
 * bytes. */
typedef struct mg_stream mg_stream;
mg_stream *mg_stream_open(const char *path, molglot_error *err);
mg_stream *mg_stream_memory(const void *bytes, size_t n, molglot_error *err);
/* Up to n bytes; *got = 0 at the end. A damaged or bomb-like compressed stream is an error. */
int mg_stream_read(mg_stream *s, void *buf, size_t n, size_t *got, molglot_error *err);
const char *mg_stream_name(const mg_stream *s);        /* path, or "stdin" */
const char *mg_stream_compression(const mg_stream *s); /* "none" | "gzip" | "zstd" */
void mg_stream_close(mg_stream *s);

#ifdef __cplusplus
}
#endif
#endif
