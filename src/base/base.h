/* base.h - what every room stands on: errors, the status of rows, arenas, strings, UTF-8, hash
 * maps, random numbers, hashes, files, byte streams. Beside it: grow.h, bags.h, plot.h,
 * toml/toml.h.
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

/* ---- row.c: what became of a row ---- */
/* Marks the row (which may be NULL) as refused, at a byte offset; -1: no place, or one too far for
 * the field. Always MOLGLOT_BAD_FILE. */
int mg_row_refuse(molglot_row_status *row, int64_t offset, const char *fmt, ...) MG_PRINTF(3, 4);
void mg_row_accept(molglot_row_status *row);

/* ---- checked sizes ---- */
/* False (and *out untouched) when the product or sum does not fit. Use for every size read from
 * outside. */
bool mg_mul_size(size_t a, size_t b, size_t *out);
bool mg_add_size(size_t a, size_t b, size_t *out);

/* ---- machine.c ---- */
/* Threads to use where so many were asked for; 0 or less: OpenMP's default. 1 to 1024, and fewer
 * where address space is limited. */
int mg_threads(int asked);
/* Whether reserving addresses costs something: ulimit -v, or overcommit_memory 2. */
bool mg_addresses_counted(void);
size_t mg_addresses_left(void); /* bytes under ulimit -v; SIZE_MAX: no limit */

/* ---- arena.c: memory with one life ----
 * One range of addresses, whose pages come when they are first written; where addresses are counted
 * it grows as it is needed. To allocate moves a pointer, to release moves it back: the same
 * sequence of requests gets the same addresses. Blocks are aligned to 64 bytes and not zeroed. */
typedef struct mg_arena {
    uint8_t *base;
    size_t used, mapped, reserved, peak; /* bytes; at most `reserved` are ever mapped */
} mg_arena;
/* A range of up to `want` bytes. */
int mg_arena_init(mg_arena *arena, size_t want, molglot_error *err);
void mg_arena_free(mg_arena *arena);
/* NULL when the range is full, or nothing more can be mapped. */
void *mg_arena_alloc(mg_arena *arena, size_t bytes);
static inline size_t mg_arena_mark(const mg_arena *a) { return a->used; }
static inline void mg_arena_release(mg_arena *a, size_t mark) { a->used = mark; }

/* ---- str.c: a byte string that grows. Zero-initialise. `failed` sticks when memory runs out ----
 */
typedef struct mg_str {
    char *s; /* always terminated once something was added */
    size_t n, cap;
    bool failed;
} mg_str;
void mg_str_add(mg_str *b, const void *bytes, size_t n);
void mg_str_addz(mg_str *b, const char *z);
void mg_str_addf(mg_str *b, const char *fmt, ...) MG_PRINTF(2, 3);
void mg_str_free(mg_str *b);

/* ---- utf8.c ---- */
/* Offset of the first byte that is not valid UTF-8, or -1. */
int64_t mg_utf8_invalid(const char *text, size_t n);
/* Where the functions below meet a byte that is not valid, it counts as a code point. */
size_t mg_utf8_wide(const char *s, size_t n);
/* Bytes of the code point at s, of which n > 0 bytes are left. */
static inline size_t mg_utf8_width(const char *s, size_t n) {
    return (uint8_t)*s < 0x80 ? 1 : mg_utf8_wide(s, n);
}
size_t mg_utf8_length(const char *text, size_t n); /* code points */
/* Bytes of the first `points` code points of a text. */
size_t mg_utf8_prefix(const char *text, size_t n, size_t points);
/* Adds a code point's bytes; false when there is no such code point. */
bool mg_utf8_add(mg_str *out, uint32_t point);
/* Adds a text that comes from anywhere as one line that a terminal only shows: tabs and ends of
 * lines as blanks, other controls, marks of direction and what has no width as \u{..}, bytes that
 * are no UTF-8 as \x{..}. All that is shown to people goes through here. */
void mg_str_shown(mg_str *out, const char *s, size_t n);

/* ---- map.c: hash maps from names (strings) to numbers, and from numbers to numbers ---- */
typedef struct mg_slot {
    union {
        const char *name;
        uint64_t number;
    } key;
    uint32_t hash;
    int32_t value; /* 0 or more; -1: a free slot */
} mg_slot;

/* Open addressing with linear probing, at most half full. Zero-initialise. */
typedef struct mg_names {
    mg_slot *slots; /* [1 << bits] */
    int bits;
    size_t n;        /* keys */
    void *copies;    /* blocks of names that the map keeps itself, the newest first */
    size_t copied;   /* bytes used in the newest block */
    size_t capacity; /* bytes of the newest block */
} mg_names, mg_numbers;

/* Room for so many more keys: adding them (not copying them) cannot fail. False without memory. */
bool mg_names_reserve(mg_names *m, size_t more);
/* The slot of the name s[0..n). The slot of a new name has the value -1: set it before the next
 * call. The map keeps the pointer, so s must be terminated and stay where it is. NULL without
 * memory. */
mg_slot *mg_names_at(mg_names *m, const char *s, size_t n);
/* The same, but the map keeps a terminated copy of a new name; slot->key.name stays valid while the
 * map lives. */
mg_slot *mg_names_copy(mg_names *m, const char *s, size_t n);
/* Sets the value of a terminated name that stays where it is. False without memory. */
bool mg_names_put(mg_names *m, const char *name, size_t value);
/* The value of a name, or -1. */
int32_t mg_names_find(const mg_names *m, const char *name);
int32_t mg_names_find_n(const mg_names *m, const char *s, size_t n);
void mg_names_free(mg_names *m);

/* The same with numbers as keys. */
mg_slot *mg_numbers_at(mg_numbers *m, uint64_t key);
int32_t mg_numbers_find(const mg_numbers *m, uint64_t key);
void mg_numbers_free(mg_numbers *m);

/* group[i]: a number (from 0, in order of first appearance) that equal strings share; -1 for NULL.
 * Returns how many there are, or -1 when memory is short. */
int32_t mg_group_strings(const char *const *strings, size_t n, int32_t *group);

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
/* Removes temporaries of this path that processes of this machine left when they were killed. */
void mg_outfile_leftovers(const char *path);
int mg_make_dirs(const char *path, molglot_error *err);

/* ---- plugin.c ---- */
/* Opens a library that is not linked, with dlopen's flag RTLD_LOCAL or RTLD_GLOBAL: where the
 * dynamic linker looks (LD_LIBRARY_PATH, system folders), then beside this code, be that the
 * program or libmolglot.so, then in lib/molglot of the same tree. NULL, and why: of one that is
 * there and cannot be opened, rather than of those that are not there. */
void *mg_plugin_open(const char *library, int flag, char *why, size_t n);

/* ---- magic.c: files that are something else ---- */
typedef struct mg_foreign {
    const char *name, *hint; /* "a bzip2 file"; what to do */
} mg_foreign;
/* By the first bytes: archives, office documents, pictures, data of other programs. */
bool mg_foreign_bytes(const void *bytes, size_t n, mg_foreign *out);
/* The same for what is text: HTML, XML, chemical formats that are not read. */
bool mg_foreign_text(const char *s, size_t n, mg_foreign *out);

/* ---- stream.c ---- */
/* A byte stream from a file, stdin ("-") or memory; gzip and zstd recognised by their magic bytes,
 * also one in the other. UTF-16 is given as UTF-8. A container of another kind is refused by its
 * name. */
typedef struct mg_stream mg_stream;
mg_stream *mg_stream_open(const char *path, molglot_error *err);
mg_stream *mg_stream_memory(const void *bytes, size_t n, molglot_error *err);
/* Up to n bytes (n of 4 or more); *got = 0 at the end. A damaged or bomb-like compressed stream is
 * an error. */
int mg_stream_read(mg_stream *s, void *buf, size_t n, size_t *got, molglot_error *err);
const char *mg_stream_name(const mg_stream *s); /* path, or "stdin" */
/* "none" | "gzip" | "zstd"; after the first read "gzip twice" and the like */
const char *mg_stream_compression(const mg_stream *s);
bool mg_stream_utf16(const mg_stream *s); /* after the first read */
void mg_stream_close(mg_stream *s);

/* ---- pack.c ---- */
/* What the ending of a name asks for, .gz "gzip" or .zst "zstd"; NULL: neither. */
const char *mg_packing_of(const char *path);
/* A stream that packs what is written and hands it to `under`, which stays open. fclose writes the
 * end, and fails where anything was not written. */
FILE *mg_pack_open(FILE *under, const char *packing, molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
