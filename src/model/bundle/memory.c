/* memory.c - the part of a bundle that remembers molecules: row i of n is near a sentence whose
 * embedding is q by
 *
 *   scales[i] * codes[i] . (basis q)        basis [width, dim], orthonormal rows, bf16
 *                                           codes [n, width], int8; scales [n], float32
 *
 * the cosine within what `width` principal directions of the space keep (spec/product.md, section
 * 4). `strings` is one zstd frame of 4 n strings, each ended by a zero: all ids, all names, all
 * canonical SMILES, all texts. `plain` [n]: 32 bits of mg_hash64 of each canonical SMILES without
 * stereo. Metadata: molglot.space, the digest of the space.
 *
 * The tables that find a molecule's row are sorted hashes. Equal strings are compared for `exact`;
 * for `plain` one wrong molecule in 150,000 is taken for a known one.
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define SPACE "molglot.space"

enum { ROWS_MOST = 1 << 26, WIDTH_MOST = 4096, STRINGS_A_ROW = 4, LEVEL = 19 };
#define STRINGS_MOST ((unsigned long long)1 << 31)

/* ---- tables ---- */

static int by_hash(const void *x, const void *y) {
    const mg_memory_key *a = x, *b = y;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static uint64_t hash_of(const char *s) { return mg_hash64(s, strlen(s), 0); }

/* The first place with that hash. */
static int32_t first_of(const mg_memory_key *keys, int32_t n, uint64_t hash) {
    int32_t low = 0, high = n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (keys[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t mg_memory_part_find(const mg_memory_part *m, const char *smiles) {
    const uint64_t hash = hash_of(smiles);
    for (int32_t at = first_of(m->exact, m->n, hash); at < m->n && m->exact[at].hash == hash; at++)
        if (strcmp(m->smiles[m->exact[at].row], smiles) == 0) return m->exact[at].row;
    return -1;
}

int32_t mg_memory_part_find_plain(const mg_memory_part *m, const char *plain) {
    const uint64_t hash = (uint32_t)hash_of(plain);
    const int32_t at = first_of(m->plain, m->n, hash);
    return at < m->n && m->plain[at].hash == hash ? m->plain[at].row : -1;
}

/* ---- loading ---- */

bool mg_memory_is(const mg_part *p) {
    return mg_part_meta(p, SPACE) && mg_part_find(p, "codes") && mg_part_find(p, "basis");
}

/* A tensor of this type and these sizes; columns 0: of one dimension. */
static const void *values(const mg_part *p, const char *name, const char *dtype, int64_t rows,
                          int64_t columns, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, name);
    if (t && strcmp(t->dtype, dtype) == 0 && t->ndim == (columns ? 2 : 1) && t->shape[0] == rows &&
        (!columns || t->shape[1] == columns))
        return t->data;
    mg_fail(err, MOLGLOT_BAD_FILE,
            "tensor %s is missing, or not %s of the shape that the others want", name, dtype);
    return NULL;
}

/* The sizes, as `codes` and `basis` have them. */
static int load_sizes(mg_memory_part *m, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *codes = mg_part_find(p, "codes"), *basis = mg_part_find(p, "basis");
    if (!codes || codes->ndim != 2 || codes->shape[0] < 1 || codes->shape[0] > ROWS_MOST ||
        codes->shape[1] < 1 || codes->shape[1] > WIDTH_MOST)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor codes is no table of a memory");
    if (!basis || basis->ndim != 2 || basis->shape[0] != codes->shape[1] || basis->shape[1] < 1 ||
        basis->shape[1] > 65536)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor basis does not fit tensor codes");
    m->n = (int32_t)codes->shape[0], m->width = (int32_t)codes->shape[1];
    m->dim = (int32_t)basis->shape[1];
    return MOLGLOT_OK;
}

/* Cuts the strings into 4 n. */
static bool cut_strings(mg_memory_part *m, size_t bytes) {
    const char **const columns[STRINGS_A_ROW] = {m->id, m->name, m->smiles, m->text};
    const char *at = m->strings, *end = m->strings + bytes;
    for (int c = 0; c < STRINGS_A_ROW; c++)
        for (int32_t i = 0; i < m->n; i++) {
            const char *zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
            if (!zero) return false;
            columns[c][i] = at;
            at = zero + 1;
        }
    return at == end;
}

static int load_strings(mg_memory_part *m, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, "strings");
    if (!t || strcmp(t->dtype, "U8") != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor strings is missing");
    const unsigned long long bytes = ZSTD_getFrameContentSize(t->data, t->bytes);
    if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN ||
        bytes > STRINGS_MOST || bytes < (unsigned long long)m->n * STRINGS_A_ROW)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor strings is no zstd frame of a memory");
    m->strings = malloc((size_t)bytes + 1);
    const char **all = calloc((size_t)m->n * STRINGS_A_ROW, sizeof *all);
    m->id = all;
    if (!m->strings || !all) return mg_no_memory(err, "the strings of a memory");
    m->name = all + m->n, m->smiles = m->name + m->n, m->text = m->smiles + m->n;
    const size_t got = ZSTD_decompress(m->strings, (size_t)bytes, t->data, t->bytes);
    if (ZSTD_isError(got) || got != bytes || !cut_strings(m, got) ||
        mg_utf8_invalid(m->strings, got) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor strings is damaged");
    return MOLGLOT_OK;
}

static int load_keys(mg_memory_part *m, const int32_t *plain, molglot_error *err) {
    const size_t n = (size_t)m->n;
    m->exact = malloc(n * sizeof *m->exact), m->plain = malloc(n * sizeof *m->plain);
    if (!m->exact || !m->plain) return mg_no_memory(err, "the tables of a memory");
    for (int32_t i = 0; i < m->n; i++) {
        m->exact[i] = (mg_memory_key){hash_of(m->smiles[i]), i};
        m->plain[i] = (mg_memory_key){(uint32_t)plain[i], i};
    }
    qsort(m->exact, n, sizeof *m->exact, by_hash);
    qsort(m->plain, n, sizeof *m->plain, by_hash);
    return MOLGLOT_OK;
}

int mg_memory_load(const mg_part *p, void *part, molglot_error *err) {
    mg_memory_part *m = part;
    *m = (mg_memory_part){.bundle = p->bundle, .path = p->path, .space = mg_part_meta(p, SPACE)};
    int code = mg_part_check_format(p, err);
    if (!code) code = load_sizes(m, p, err);
    if (code) return code;
    const int32_t *plain = values(p, "plain", "I32", m->n, 0, err);
    m->basis = values(p, "basis", "BF16", m->width, m->dim, err);
    m->codes = values(p, "codes", "I8", m->n, m->width, err);
    m->scales = values(p, "scales", "F32", m->n, 0, err);
    if (!plain || !m->basis || !m->codes || !m->scales) return MOLGLOT_BAD_FILE;
    code = load_strings(m, p, err);
    return code ? code : load_keys(m, plain, err);
}

int mg_memory_check(const void *part, molglot_error *err) {
    const mg_memory_part *m = part;
    if (!m->space || strlen(m->space) != 64)
        return mg_fail(err, MOLGLOT_BAD_FILE, "its metadata name no space (" SPACE ")");
    for (int32_t i = 0; i < m->n; i++) {
        if (!(m->scales[i] >= 0 && m->scales[i] < 1e6f))
            return mg_fail(err, MOLGLOT_BAD_FILE, "tensor scales: row %d is %g", i,
                           (double)m->scales[i]);
        if (!*m->smiles[i]) return mg_fail(err, MOLGLOT_BAD_FILE, "row %d has no molecule", i);
    }
    for (int64_t k = 0; k < (int64_t)m->width * m->dim; k++)
        if ((m->basis[k] & 0x7F80) == 0x7F80)
            return mg_fail(err, MOLGLOT_BAD_FILE, "tensor basis holds what is no number");
    return MOLGLOT_OK;
}

/* Nothing here depends on the build. */
int mg_memory_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)p, (void)part, (void)err;
    return MOLGLOT_OK;
}

void mg_memory_clear(void *part) {
    mg_memory_part *m = part;
    free(m->strings);
    free(m->id); /* all four */
    free(m->exact);
    free(m->plain);
}

/* ---- saving ---- */

/* The frame, malloc'ed; NULL without memory. */
static void *pack_strings(const mg_memory_contents *c, size_t *n) {
    const char *const *const columns[STRINGS_A_ROW] = {c->id, c->name, c->smiles, c->text};
    mg_str all = {0};
    for (int k = 0; k < STRINGS_A_ROW; k++)
        for (int32_t i = 0; i < c->n; i++)
            mg_str_add(&all, columns[k][i], strlen(columns[k][i]) + 1);
    void *frame = all.failed ? NULL : malloc(ZSTD_compressBound(all.n));
    if (frame) *n = ZSTD_compress(frame, ZSTD_compressBound(all.n), all.s, all.n, LEVEL);
    mg_str_free(&all);
    if (!frame || !ZSTD_isError(*n)) return frame;
    free(frame);
    return NULL;
}

int mg_memory_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_memory_contents *c = contents;
    const int64_t rows[1] = {c->n}, codes[2] = {c->n, c->width}, basis[2] = {c->width, c->dim};
    size_t bytes = 0;
    void *frame = o->owned[0] = pack_strings(c, &bytes);
    int32_t *plain = o->owned[1] = malloc((size_t)c->n * sizeof *plain);
    if (!frame || !plain) return mg_no_memory(err, "the model file");
    for (int32_t i = 0; i < c->n; i++) plain[i] = (int32_t)(uint32_t)hash_of(c->plain[i]);
    int code = mg_weights_out_add(o->w, "basis", "F32", 2, basis, c->basis, "BF16", err);
    if (!code) code = mg_weights_out_add(o->w, "codes", "I8", 2, codes, c->codes, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "scales", "F32", 1, rows, c->scales, NULL, err);
    if (!code) code = mg_weights_out_add(o->w, "plain", "I32", 1, rows, plain, NULL, err);
    if (!code) code = mg_part_write_text(o->w, "strings", frame, bytes, err);
    return code ? code : mg_weights_out_meta(o->w, SPACE, c->space, err);
}
