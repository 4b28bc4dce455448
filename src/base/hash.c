/* hash.c - a fast 64-bit hash for tables and SHA-256 (FIPS 180-4) for the identity of files.
 *
 * mg_hash64 values are stored in model and index files: the function never changes. Little-endian
 * words.
 */
#include "base/base.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- 64-bit hash: eight bytes a step, a 128-bit product folded onto itself ---- */

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 m = (unsigned __int128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t mg_hash64(const void *bytes, size_t n, uint64_t seed) {
    const uint8_t *p = bytes;
    const uint64_t k0 = 0x9E3779B97F4A7C15u, k1 = 0xE7037ED1A0B428DBu;
    uint64_t h = fold(seed ^ k0, (uint64_t)n ^ k1), word;
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = fold(h ^ word ^ k0, k1 + (h << 1 | 1));
    }
    if (left) {
        word = 0;
        memcpy(&word, p, left);
        h = fold(h ^ word ^ k0, k1 + (h << 1 | 1));
    }
    h ^= h >> 32; /* full avalanche of the last word */
    h *= 0xD6E8FEB86659FD93u;
    return h ^ (h >> 32);
}

/* ---- SHA-256 ---- */

static const uint32_t ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t ror(uint32_t x, int k) { return x >> k | x << (32 - k); }

/* One round on the state s[0..8) seen from position `turn`: instead of moving all eight words,
 * their roles move. With turn and i known to the compiler (the loop below is unrolled), the words
 * stay in registers. */
static inline void sha_round(uint32_t s[8], int turn, uint32_t k, uint32_t w) {
#define AT(j) s[((j)-turn) & 7]
    uint32_t big1 = ror(AT(4), 6) ^ ror(AT(4), 11) ^ ror(AT(4), 25);
    uint32_t choose = AT(6) ^ (AT(4) & (AT(5) ^ AT(6)));
    uint32_t t1 = AT(7) + big1 + choose + k + w;
    uint32_t big0 = ror(AT(0), 2) ^ ror(AT(0), 13) ^ ror(AT(0), 22);
    uint32_t major = (AT(0) & AT(1)) | (AT(2) & (AT(0) | AT(1)));
    AT(3) += t1;
    AT(7) = t1 + big0 + major;
#undef AT
}

static void sha_block(uint32_t h[8], const uint8_t *p) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) {
        memcpy(&w[i], p + 4 * i, 4);
        w[i] = __builtin_bswap32(w[i]);
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i += 8)
#pragma GCC unroll 8
        for (int turn = 0; turn < 8; turn++) sha_round(s, turn, ROUND[i + turn], w[i + turn]);
    for (int i = 0; i < 8; i++) h[i] += s[i];
}

void mg_sha256_init(mg_sha256 *s) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(s->h, start, sizeof start);
    s->n = 0;
}

void mg_sha256_add(mg_sha256 *s, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    size_t have = (size_t)(s->n & 63);
    if (!n) return;
    s->n += n;
    if (have) {
        size_t take = 64 - have < n ? 64 - have : n;
        memcpy(s->block + have, p, take);
        p += take;
        n -= take;
        if (have + take < 64) return;
        sha_block(s->h, s->block);
    }
    for (const uint8_t *end = p + n / 64 * 64; p < end; p += 64) sha_block(s->h, p);
    if (n & 63) memcpy(s->block, p, n & 63);
}

void mg_sha256_hex(mg_sha256 *s, char out[65]) {
    uint64_t bits = __builtin_bswap64(s->n * 8);
    static const uint8_t pad[64] = {0x80};
    size_t have = (size_t)(s->n & 63);
    mg_sha256_add(s, pad, have < 56 ? 56 - have : 120 - have);
    mg_sha256_add(s, &bits, 8);
    for (int i = 0; i < 8; i++) snprintf(out + 8 * i, 9, "%08x", s->h[i]);
}

int mg_sha256_str(mg_str *s, char out[65], molglot_error *err) {
    const bool failed = s->failed;
    mg_sha256 h;
    mg_sha256_init(&h);
    if (!failed) mg_sha256_add(&h, s->s, s->n);
    mg_sha256_hex(&h, out);
    mg_str_free(s);
    return failed ? mg_no_memory(err, "a string") : MOLGLOT_OK;
}

int mg_sha256_file(const char *path, char out[65], molglot_error *err) {
    FILE *f = fopen(path, "rb");
    if (!f) return mg_fail(err, MOLGLOT_FAILED, "%s: cannot open: %s", path, strerror(errno));
    const size_t size = (size_t)1 << 16;
    uint8_t *buf = malloc(size);
    if (!buf) {
        fclose(f);
        return mg_no_memory(err, "%s", path);
    }
    mg_sha256 s;
    mg_sha256_init(&s);
    for (size_t n; (n = fread(buf, 1, size, f)) > 0;) mg_sha256_add(&s, buf, n);
    int failed = ferror(f), why = errno;
    free(buf);
    fclose(f);
    if (failed) return mg_fail(err, MOLGLOT_FAILED, "%s: read error: %s", path, strerror(why));
    mg_sha256_hex(&s, out);
    return MOLGLOT_OK;
}
