/* blocks.c - sorted strings in blocks: each block front-coded, then a zstd frame of its own. */
#include "model/names/inside.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { HEADER = 4, LEVEL = 19, RAW_MOST = 1 << 24 };

int32_t names_blocks(int32_t strings) {
    return strings / MG_NAMES_A_BLOCK + (strings % MG_NAMES_A_BLOCK != 0);
}

uint32_t names_end(const mg_dictionary *d, int blocks, int32_t i) {
    uint32_t end = 0; /* in a file it may lie at any place */
    if (i >= 0)
        memcpy(&end, (const char *)d->part[blocks + 1].bytes + sizeof end * (size_t)i, sizeof end);
    return end;
}

void names_block_free(names_block *b) {
    free(b->bytes);
    *b = (names_block){0};
}

/* ---- unpacking ---- */

static int damaged(int blocks, int32_t i, molglot_error *err) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "block %d of tensor %s is damaged", i,
                   mg_dictionary_part_names[blocks]);
}

static size_t pair(const uint8_t *low, const uint8_t *high) {
    return (size_t)*low | (size_t)*high << 8;
}

/* Bytes of all strings with their zeros; 0: what they share is not there, or bytes are left. */
static size_t measure(const uint8_t *raw, size_t left, int32_t n) {
    size_t before = 0, all = 0;
    for (int32_t i = 0; i < n; i++) {
        const size_t shared = pair(raw + i, raw + n + i);
        const size_t own = pair(raw + 2 * n + i, raw + 3 * n + i);
        if (shared > before || own > left) return 0;
        left -= own;
        before = shared + own;
        all += before + 1;
    }
    return left ? 0 : all;
}

static void cut(names_block *b, const uint8_t *raw, const uint8_t *tail, char *at) {
    for (int32_t i = 0; i < b->n; i++) {
        const size_t shared = pair(raw + i, raw + b->n + i);
        const size_t own = pair(raw + 2 * b->n + i, raw + 3 * b->n + i);
        b->string[i] = at;
        if (shared) memcpy(at, b->string[i - 1], shared);
        memcpy(at + shared, tail, own);
        tail += own;
        at[shared + own] = 0;
        at += shared + own + 1;
    }
}

int names_unpack(const mg_dictionary *d, int blocks, int32_t i, names_block *out,
                 molglot_error *err) {
    const bool is_names = blocks == MG_NAMES_BLOCKS;
    const int32_t all = is_names ? d->names : d->molecules, first = i * MG_NAMES_A_BLOCK;
    const int32_t n = all - first < MG_NAMES_A_BLOCK ? all - first : MG_NAMES_A_BLOCK;
    const size_t head = (size_t)n * (HEADER + (is_names ? 2 : 0));
    const uint32_t start = names_end(d, blocks, i - 1), packed = names_end(d, blocks, i) - start;
    const uint8_t *frame = (const uint8_t *)d->part[blocks].bytes + start;
    const unsigned long long raw = ZSTD_getFrameContentSize(frame, packed);
    *out = (names_block){.first = first, .n = n};
    if (raw < head || raw > RAW_MOST) return damaged(blocks, i, err);
    uint8_t *bytes = malloc((size_t)raw);
    if (!bytes) return mg_no_memory(err, "names");
    const size_t got = ZSTD_decompress(bytes, (size_t)raw, frame, packed);
    const size_t strings = ZSTD_isError(got) || got != raw ? 0
                                                           : measure(bytes, (size_t)raw - head, n);
    const size_t marks = is_names ? 2 * (size_t)n : 0;
    out->bytes = strings && strings <= RAW_MOST ? malloc(marks + strings) : NULL;
    if (out->bytes) {
        memcpy(out->bytes, bytes + (size_t)n * HEADER, marks);
        out->sources = marks ? (const uint8_t *)out->bytes : NULL;
        out->grade = marks ? (const uint8_t *)out->bytes + n : NULL;
        cut(out, bytes, bytes + head, out->bytes + marks);
    }
    free(bytes);
    if (!strings || strings > RAW_MOST) return damaged(blocks, i, err);
    return out->bytes ? MOLGLOT_OK : mg_no_memory(err, "names");
}

int32_t names_block_of(const char *const *heads, int32_t blocks, const char *key) {
    int32_t low = 0, high = blocks; /* heads before low are less than key */
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (strcmp(heads[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : 0;
}

/* ---- packing ---- */

static size_t in_common(const char *a, const char *b) {
    size_t n = 0;
    while (a[n] && a[n] == b[n]) n++;
    return n;
}

int names_pack(mg_str *out, const char *const *strings, const mg_name_row *rows, int32_t n,
               molglot_error *err) {
    mg_str raw = {0}, tail = {0};
    uint8_t head[HEADER][MG_NAMES_A_BLOCK];
    for (int32_t i = 0; i < n; i++) {
        const size_t shared = i ? in_common(strings[i - 1], strings[i]) : 0;
        const size_t own = strlen(strings[i]) - shared;
        if (shared + own > UINT16_MAX)
            return mg_fail(err, MOLGLOT_BAD_FILE, "too long: %.40s...", strings[i]);
        head[0][i] = (uint8_t)shared, head[1][i] = (uint8_t)(shared >> 8);
        head[2][i] = (uint8_t)own, head[3][i] = (uint8_t)(own >> 8);
        mg_str_add(&tail, strings[i] + shared, own);
    }
    for (int k = 0; k < HEADER; k++) mg_str_add(&raw, head[k], (size_t)n);
    for (int32_t i = 0; rows && i < n; i++) mg_str_add(&raw, &rows[i].sources, 1);
    for (int32_t i = 0; rows && i < n; i++) mg_str_add(&raw, &rows[i].grade, 1);
    mg_str_add(&raw, tail.s, tail.n);
    const size_t most = ZSTD_compressBound(raw.n);
    void *frame = raw.failed || tail.failed ? NULL : malloc(most);
    const size_t bytes = frame ? ZSTD_compress(frame, most, raw.s, raw.n, LEVEL) : 0;
    if (frame && !ZSTD_isError(bytes)) mg_str_add(out, frame, bytes);
    const bool failed = !frame || ZSTD_isError(bytes) || out->failed;
    free(frame);
    mg_str_free(&raw);
    mg_str_free(&tail);
    return failed ? mg_no_memory(err, "a block of names") : MOLGLOT_OK;
}
