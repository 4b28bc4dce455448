/* index.c - the index file: embeddings [count, dim] of a library with the id, SMILES and text of
 * each row.
 *
 * Written by `molglot index` and molglot_index_build, read by search. Opening maps the file and
 * checks the header and the bounds of its sections, whatever the size; `verify` reads everything
 * and compares the checksum. String places are checked when they are used, so a damaged table gives
 * empty strings, never a bad read.
 */
#include "search/inside.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_RESERVE ((size_t)1 << 40) /* address space, not memory */
#define HASH_BLOCK   ((size_t)1 << 20)

/* ---- writing ---- */

/* rows of one allocation: a multiple of 64 bytes, so groups follow one another */
enum { GROUP = 1024 };

struct mg_index_out {
    mg_index_header h;
    mg_arena rows;
    uint8_t *group; /* where the next rows go */
    mg_str offsets, strings;
};

static size_t row_bytes(const mg_index_header *h) {
    return (size_t)h->dim * (h->dtype == MG_BF16 ? sizeof(uint16_t) : sizeof(float));
}

mg_index_out *mg_index_out_new(int dim, mg_dtype dtype, mg_side side, const char *model_sha256,
                               const char *model_name, molglot_error *err) {
    if (dim < 1 || dim > 65536) {
        mg_fail(err, MOLGLOT_USAGE, "an index cannot have rows of %d numbers", dim);
        return NULL;
    }
    mg_index_out *w = calloc(1, sizeof *w);
    if (!w || mg_arena_init(&w->rows, ROWS_RESERVE, err)) {
        if (!w) mg_no_memory(err, "an index");
        free(w);
        return NULL;
    }
    memcpy(w->h.magic, MG_INDEX_MAGIC, sizeof w->h.magic);
    w->h.version = MG_INDEX_VERSION;
    w->h.dtype = (uint32_t)dtype;
    w->h.side = (uint32_t)side;
    w->h.dim = (uint32_t)dim;
    snprintf(w->h.model_sha256, sizeof w->h.model_sha256, "%s", model_sha256 ? model_sha256 : "");
    snprintf(w->h.model_name, sizeof w->h.model_name, "%s", model_name ? model_name : "");
    mg_str_add(&w->strings, "", 1);
    return w;
}

void mg_index_out_free(mg_index_out *w) {
    if (!w) return;
    mg_arena_free(&w->rows);
    mg_str_free(&w->offsets);
    mg_str_free(&w->strings);
    free(w);
}

static void add_string(mg_index_out *w, const char *s) {
    uint64_t at = s && *s ? w->strings.n : 0;
    if (at) mg_str_add(&w->strings, s, strlen(s) + 1);
    mg_str_add(&w->offsets, &at, sizeof at);
}

int mg_index_out_add(mg_index_out *w, const float *embedding, const char *id, const char *smiles,
                     const char *text, molglot_error *err) {
    size_t bytes = row_bytes(&w->h);
    if (w->h.count % GROUP == 0) w->group = mg_arena_alloc(&w->rows, bytes * GROUP);
    if (!w->group)
        return mg_no_memory(err, "row %llu of the index", (unsigned long long)w->h.count + 1);
    uint8_t *row = w->group + w->h.count % GROUP * bytes;
    if (w->h.dtype == MG_BF16)
        mg_f32_to_bf16_n(embedding, (uint16_t *)(void *)row, w->h.dim);
    else
        memcpy(row, embedding, bytes);
    add_string(w, id);
    add_string(w, smiles);
    add_string(w, text);
    if (w->strings.failed || w->offsets.failed)
        return mg_no_memory(err, "the strings of the index");
    w->h.count++;
    return MOLGLOT_OK;
}

/* Hash of a section's blocks, each seeding the next. */
static uint64_t section_hash(uint64_t seed, const void *data, size_t n) {
    const uint8_t *p = data;
    for (size_t at = 0; at < n; at += HASH_BLOCK)
        seed = mg_hash64(p + at, n - at < HASH_BLOCK ? n - at : HASH_BLOCK, seed);
    return seed;
}

int mg_index_out_save(mg_index_out *w, const char *path, molglot_error *err) {
    static const char zeros[64];
    mg_index_header *h = &w->h;
    const void *data[MG_INDEX_SECTIONS] = {w->rows.base, w->offsets.s, w->strings.s};
    size_t bytes[MG_INDEX_SECTIONS] = {h->count * row_bytes(h), w->offsets.n, w->strings.n};
    h->max_norm = mg_matrix_max_norm(
        &(mg_matrix){w->rows.base, (mg_dtype)h->dtype, (int64_t)h->count, (int)h->dim});
    h->checksum = 0;
    uint64_t at = (sizeof *h + 63) / 64 * 64;
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) {
        h->section[s].offset = at;
        h->section[s].bytes = bytes[s];
        h->checksum = section_hash(h->checksum, data[s], bytes[s]);
        at = (at + bytes[s] + 63) / 64 * 64;
    }
    h->header_checksum = mg_hash64(h, offsetof(mg_index_header, header_checksum), 0);
    mg_outfile o;
    int code = mg_outfile_open(&o, path, err);
    if (code) return code;
    code = mg_outfile_write(&o, h, sizeof *h, err);
    if (!code) code = mg_outfile_write(&o, zeros, (64 - sizeof *h % 64) % 64, err);
    for (int s = 0; s < MG_INDEX_SECTIONS && !code; s++) {
        code = mg_outfile_write(&o, bytes[s] ? data[s] : zeros, bytes[s], err);
        if (!code) code = mg_outfile_write(&o, zeros, (64 - bytes[s] % 64) % 64, err);
    }
    if (!code) code = mg_outfile_commit(&o, err);
    mg_outfile_abort(&o);
    return code;
}

/* ---- reading ---- */

static int check_header(const mg_index *x, const char *path, molglot_error *err) {
    const mg_index_header *h = x->h;
    if (x->map.size < sizeof *h || memcmp(h->magic, MG_INDEX_MAGIC, sizeof h->magic))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: not a Molglot index", path);
    if (h->version != MG_INDEX_VERSION)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: index version %u, this program reads version %d",
                       path, h->version, MG_INDEX_VERSION);
    if (h->header_checksum != mg_hash64(h, offsetof(mg_index_header, header_checksum), 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header is damaged", path);
    bool ok = (h->dtype == MG_F32 || h->dtype == MG_BF16) &&
              (h->side == MG_SIDE_MOLECULE || h->side == MG_SIDE_TEXT) && h->dim >= 1 &&
              h->dim <= 65536 && h->count <= INT64_MAX / 24 && h->max_norm >= 0 &&
              !h->model_sha256[sizeof h->model_sha256 - 1] &&
              !h->model_name[sizeof h->model_name - 1];
    size_t rows = 0;
    ok = ok && mg_mul_size(h->count, row_bytes(h), &rows) &&
         h->section[MG_INDEX_ROWS].bytes == rows &&
         h->section[MG_INDEX_OFFSETS].bytes == h->count * 3 * sizeof(uint64_t) &&
         h->section[MG_INDEX_STRINGS].bytes >= 1;
    for (int s = 0; s < MG_INDEX_SECTIONS && ok; s++)
        ok = h->section[s].offset % 64 == 0 && h->section[s].offset <= x->map.size &&
             h->section[s].bytes <= x->map.size - h->section[s].offset;
    const uint64_t end = h->section[MG_INDEX_STRINGS].offset + h->section[MG_INDEX_STRINGS].bytes;
    /* what follows the strings is padding, and there */
    ok = ok && (end + 63) / 64 * 64 == x->map.size;
    if (!ok)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: the header does not fit the file (%zu bytes; cut off?)", path,
                       x->map.size);
    return MOLGLOT_OK;
}

static int check_content(const mg_index *x, const char *path, bool verify, molglot_error *err) {
    if (x->strings[0] || x->strings[x->strings_n - 1])
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the strings are damaged", path);
    uint64_t sum = 0;
    for (int s = 0; s < MG_INDEX_SECTIONS && verify; s++)
        sum = section_hash(sum, x->map.data + x->h->section[s].offset, x->h->section[s].bytes);
    if (verify && sum != x->h->checksum)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: wrong checksum: the index is damaged", path);
    return MOLGLOT_OK;
}

mg_index *mg_index_open(const char *path, bool verify, molglot_error *err) {
    mg_index *x = calloc(1, sizeof *x);
    if (!x) {
        mg_no_memory(err, "an index");
        return NULL;
    }
    int code = mg_map_open(&x->map, path, err);
    x->h = (const mg_index_header *)(const void *)x->map.data;
    if (!code) code = check_header(x, path, err);
    if (!code) {
        const mg_index_header *h = x->h;
        x->rows = (mg_matrix){x->map.data + h->section[MG_INDEX_ROWS].offset, (mg_dtype)h->dtype,
                              (int64_t)h->count, (int)h->dim};
        x->offsets =
            (const uint64_t *)(const void *)(x->map.data + h->section[MG_INDEX_OFFSETS].offset);
        x->strings = (const char *)x->map.data + h->section[MG_INDEX_STRINGS].offset;
        x->strings_n = h->section[MG_INDEX_STRINGS].bytes;
        code = check_content(x, path, verify, err);
    }
    if (!code) return x;
    mg_index_close(x);
    return NULL;
}

void mg_index_close(mg_index *x) {
    if (!x) return;
    mg_map_close(&x->map);
    free(x);
}

int64_t mg_index_size(const mg_index *x) { return x->rows.n; }
int mg_index_dim(const mg_index *x) { return x->rows.dim; }
mg_dtype mg_index_dtype(const mg_index *x) { return x->rows.dtype; }
mg_side mg_index_side(const mg_index *x) { return (mg_side)x->h->side; }
const char *mg_index_model_sha256(const mg_index *x) { return x->h->model_sha256; }
const char *mg_index_model_name(const mg_index *x) { return x->h->model_name; }

static const char *string_at(const mg_index *x, int64_t i, int which) {
    if (i < 0 || i >= x->rows.n) return "";
    uint64_t at = x->offsets[3 * i + which];
    /* the section ends with a zero: what starts in it ends in it */
    return at < x->strings_n ? x->strings + at : "";
}

const char *mg_index_id(const mg_index *x, int64_t i) { return string_at(x, i, 0); }
const char *mg_index_smiles(const mg_index *x, int64_t i) { return string_at(x, i, 1); }
const char *mg_index_text(const mg_index *x, int64_t i) { return string_at(x, i, 2); }
