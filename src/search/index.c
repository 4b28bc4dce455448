/* index.c - reading an index file: embeddings [count, dim] of a library with the id, SMILES, text,
 * further columns and identity of each row; and where rows have both a molecule and a text, the
 * texts' embeddings.
 *
 * Opening maps the file and checks the header and the bounds of its sections, whatever the size;
 * `verify` reads everything and compares the checksums. String places are checked when they are
 * used, so a damaged table gives empty strings, never a bad read.
 */
#include "search/inside.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

size_t mg_index_row_bytes(const mg_index_header *h) {
    return (size_t)h->dim * (h->dtype == MG_BF16 ? sizeof(uint16_t) : sizeof(float));
}

uint64_t mg_index_hash(uint64_t seed, const void *data, size_t n) {
    const uint8_t *p = data;
    for (size_t at = 0; at < n; at += MG_HASH_BLOCK)
        seed = mg_hash64(p + at, n - at < MG_HASH_BLOCK ? n - at : MG_HASH_BLOCK, seed);
    return seed;
}

/* ---- opening ---- */

static int refuse(const mg_index *x, molglot_error *err) {
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s: the header does not fit the file (%zu bytes; cut off?)", x->path,
                   x->map.size);
}

/* The header of version 1 as one of version 2. */
static int read_v1(mg_index *x, molglot_error *err) {
    const mg_index1_header *old = (const mg_index1_header *)(const void *)x->map.data;
    mg_index_header *h = &x->h;
    if (x->map.size < sizeof *old) return refuse(x, err);
    if (old->header_checksum != mg_hash64(old, offsetof(mg_index1_header, header_checksum), 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header is damaged", x->path);
    if (old->section[MG_INDEX1_OFFSETS].bytes / (3 * sizeof(uint64_t)) != old->count)
        return refuse(x, err);
    *h = (mg_index_header){.version = 1,
                           .dtype = old->dtype,
                           .side = old->side,
                           .dim = old->dim,
                           .model_dim = old->dim,
                           .count = old->count,
                           .max_norm[0] = old->max_norm,
                           .spread[0] = MG_INDEX_SPREAD};
    memcpy(h->magic, old->magic, sizeof h->magic);
    memcpy(h->model_sha256, old->model_sha256, sizeof h->model_sha256);
    memcpy(h->model_name, old->model_name, sizeof h->model_name);
    static const int place[] = {MG_INDEX_ROWS, MG_INDEX_META, MG_INDEX_STRINGS};
    for (size_t s = 0; s < MG_INDEX1_SECTIONS; s++)
        h->section[place[s]] = (mg_index_section){.offset = old->section[s].offset,
                                                  .bytes = old->section[s].bytes};
    x->v1_checksum = old->checksum;
    return MOLGLOT_OK;
}

/* The header of version 2 as one of version 3. */
static int read_v2(mg_index *x, molglot_error *err) {
    const mg_index2_header *old = (const mg_index2_header *)(const void *)x->map.data;
    mg_index_header *h = &x->h;
    if (x->map.size < sizeof *old) return refuse(x, err);
    if (old->header_checksum != mg_hash64(old, offsetof(mg_index2_header, header_checksum), 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header is damaged", x->path);
    *h = (mg_index_header){.version = 2,
                           .dtype = old->dtype,
                           .side = old->side,
                           .dim = old->dim,
                           .model_dim = old->dim,
                           .count = old->count,
                           .texts = old->texts,
                           .n_columns = old->n_columns,
                           .shard = old->shard,
                           .shards = old->shards,
                           .source = old->source};
    memcpy(h->magic, old->magic, sizeof h->magic);
    memcpy(h->max_norm, old->max_norm, sizeof h->max_norm);
    memcpy(h->spread, old->spread, sizeof h->spread);
    memcpy(h->model_sha256, old->model_sha256, sizeof h->model_sha256);
    memcpy(h->model_name, old->model_name, sizeof h->model_name);
    static const int place[] = {MG_INDEX_ROWS, MG_INDEX_TEXTS,   MG_INDEX_TEXT_ROWS,
                                MG_INDEX_META, MG_INDEX_COLUMNS, MG_INDEX_STRINGS};
    for (size_t s = 0; s < MG_INDEX2_SECTIONS; s++) h->section[place[s]] = old->section[s];
    return MOLGLOT_OK;
}

static int read_header(mg_index *x, molglot_error *err) {
    const mg_index_header *h = (const mg_index_header *)(const void *)x->map.data;
    const size_t least = offsetof(mg_index_header, dtype);
    if (x->map.size < least || memcmp(h->magic, MG_INDEX_MAGIC, sizeof h->magic))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: not a Molglot index", x->path);
    if (h->version == 1) return read_v1(x, err);
    if (h->version == 2) return read_v2(x, err);
    if (h->version != MG_INDEX_VERSION)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: index version %u, this program reads versions 1 to %d", x->path,
                       h->version, MG_INDEX_VERSION);
    if (x->map.size < sizeof *h) return refuse(x, err);
    if (h->header_checksum != mg_hash64(h, offsetof(mg_index_header, header_checksum), 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header is damaged", x->path);
    x->h = *h;
    return MOLGLOT_OK;
}

/* Section s is [count] items of `size` bytes. */
static bool section_fits(const mg_index_header *h, int s, uint64_t count, size_t size) {
    size_t bytes;
    return mg_mul_size(count, size, &bytes) && h->section[s].bytes == bytes;
}

/* Basis and codes: none, or what goes together. */
static bool check_codes(const mg_index_header *h) {
    const uint32_t numbers = h->dim < h->model_dim ? h->dim : h->basis_rows;
    const bool ok = h->model_dim >= h->dim && h->model_dim <= 65536 &&
                    h->basis_rows <= h->model_dim && h->width <= MG_CODE_WIDTH &&
                    h->width % 64 == 0 && (!h->width || h->basis_rows) &&
                    (h->dim == h->model_dim || h->basis_rows == h->dim) &&
                    (!h->width || h->width == (uint32_t)mg_code_width((int)numbers));
    const uint64_t count = h->width ? h->count : 0, texts = h->width ? h->texts : 0;
    return ok && section_fits(h, MG_INDEX_BASIS, h->basis_rows, h->model_dim) &&
           section_fits(h, MG_INDEX_BASIS_SCALES, h->basis_rows, sizeof(float)) &&
           section_fits(h, MG_INDEX_CODES, count, h->width) &&
           section_fits(h, MG_INDEX_CODE_SCALES, count, sizeof(float)) &&
           section_fits(h, MG_INDEX_TEXT_CODES, texts, h->width) &&
           section_fits(h, MG_INDEX_TEXT_CODE_SCALES, texts, sizeof(float));
}

static int check_header(const mg_index *x, molglot_error *err) {
    const mg_index_header *h = &x->h;
    bool ok = (h->dtype == MG_F32 || h->dtype == MG_BF16) &&
              (h->side == MG_SIDE_MOLECULE || h->side == MG_SIDE_TEXT) && h->dim >= 1 &&
              h->dim <= 65536 && h->count <= INT64_MAX / 32 && h->texts <= h->count &&
              h->n_columns <= MG_INDEX_MAX_COLUMNS && h->shard <= h->shards &&
              !h->model_sha256[sizeof h->model_sha256 - 1] &&
              !h->model_name[sizeof h->model_name - 1];
    for (int i = 0; i < 2; i++)
        ok = ok && h->max_norm[i] >= 0 && h->spread[i] >= 0 && !isinf(h->max_norm[i]);
    const size_t row = mg_index_row_bytes(h);
    ok = ok && check_codes(h) && section_fits(h, MG_INDEX_ROWS, h->count, row) &&
         section_fits(h, MG_INDEX_TEXTS, h->texts, row) &&
         section_fits(h, MG_INDEX_TEXT_ROWS, h->texts, sizeof(int64_t)) &&
         section_fits(h, MG_INDEX_META, h->count,
                      h->version == 1 ? 3 * sizeof(uint64_t) : sizeof(mg_index_meta)) &&
         h->section[MG_INDEX_STRINGS].bytes >= 1;
    for (int s = 0; s < MG_INDEX_SECTIONS && ok; s++)
        ok = h->section[s].offset % 64 == 0 && h->section[s].offset <= x->map.size &&
             h->section[s].bytes <= x->map.size - h->section[s].offset;
    const uint64_t end = h->section[MG_INDEX_STRINGS].offset + h->section[MG_INDEX_STRINGS].bytes;
    /* what follows the strings is padding, and there */
    ok = ok && (end + 63) / 64 * 64 == x->map.size;
    return ok ? MOLGLOT_OK : refuse(x, err);
}

static int take_columns(mg_index *x, molglot_error *err) {
    const mg_index_section s = x->h.section[MG_INDEX_COLUMNS];
    const char *at = (const char *)x->map.data + s.offset, *end = at + s.bytes;
    if (!(x->columns = calloc((size_t)x->h.n_columns + 1, sizeof *x->columns)))
        return mg_no_memory(err, "an index");
    for (uint32_t c = 0; c < x->h.n_columns; c++) {
        const char *zero = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        if (!zero) return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the columns are damaged", x->path);
        x->columns[c] = at;
        at = zero + 1;
    }
    return MOLGLOT_OK;
}

static int check_text_rows(const mg_index *x, molglot_error *err) {
    int64_t last = -1;
    for (uint64_t i = 0; i < x->h.texts; i++) {
        if (x->text_rows[i] <= last || x->text_rows[i] >= (int64_t)x->h.count)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the rows of the texts are damaged", x->path);
        last = x->text_rows[i];
    }
    return MOLGLOT_OK;
}

/* What the kernel should know: candidates lie anywhere among the rows, codes are read one after the
 * other. Whether it listens changes no result. */
static void advise(const void *data, size_t bytes, int advice) {
    const uintptr_t page = (uintptr_t)MG_INDEX_PAGE - 1, from = (uintptr_t)data & ~page;
    if (bytes) (void)madvise((void *)from, (uintptr_t)data + bytes - from, advice);
}

void mg_index_scans(const mg_searched *part, bool all) {
    const mg_matrix *m = part->rows;
    const size_t number = m->dtype == MG_BF16 ? sizeof(uint16_t) : sizeof(float);
    if (part->codes)
        advise(m->data, (size_t)m->n * (size_t)m->dim * number,
               all ? MADV_SEQUENTIAL : MADV_RANDOM);
}

static int take_codes(mg_index *x, const uint8_t *const *at, molglot_error *err) {
    const mg_index_header *h = &x->h;
    x->basis = (mg_basis){(int)h->basis_rows, (int)h->model_dim, (const int8_t *)at[MG_INDEX_BASIS],
                          (const float *)(const void *)at[MG_INDEX_BASIS_SCALES]};
    for (int r = 0; r < x->basis.rows; r++)
        if (!(x->basis.scales[r] >= 0 && x->basis.scales[r] < 1))
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the basis is damaged", x->path);
    for (int i = 0; i < 2 && h->width; i++) {
        const int s = i ? MG_INDEX_TEXT_CODES : MG_INDEX_CODES;
        x->codes[i] = (mg_codes){(const int8_t *)at[s], (const float *)(const void *)at[s + 1],
                                 (int64_t)(i ? h->texts : h->count), (int)h->width};
    }
    const mg_searched rows = mg_index_searched(x), texts = mg_index_searched_texts(x);
    mg_index_scans(&rows, false);
    mg_index_scans(&texts, false);
    return MOLGLOT_OK;
}

static int take_sections(mg_index *x, molglot_error *err) {
    const mg_index_header *h = &x->h;
    const uint8_t *at[MG_INDEX_SECTIONS];
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) at[s] = x->map.data + h->section[s].offset;
    mg_matrix *const matrix[2] = {&x->rows, &x->texts};
    for (int i = 0; i < 2; i++)
        *matrix[i] = (mg_matrix){
            .data = at[i ? MG_INDEX_TEXTS : MG_INDEX_ROWS],
            .dtype = (mg_dtype)h->dtype,
            .n = (int64_t)(i ? h->texts : h->count),
            .dim = (int)h->dim,
            .spread = h->spread[i] <= MG_INDEX_SPREAD ? (float)fmax(h->spread[i], 0x1p-16) : 0};
    if (h->version == 1)
        x->v1_offsets = (const uint64_t *)(const void *)at[MG_INDEX_META];
    else
        x->meta = (const mg_index_meta *)(const void *)at[MG_INDEX_META];
    if (h->texts) x->text_rows = (const int64_t *)(const void *)at[MG_INDEX_TEXT_ROWS];
    x->strings = (const char *)at[MG_INDEX_STRINGS];
    x->strings_n = h->section[MG_INDEX_STRINGS].bytes;
    if (x->strings[0] || x->strings[x->strings_n - 1])
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the strings are damaged", x->path);
    int code = take_codes(x, at, err);
    if (!code) code = take_columns(x, err);
    return code ? code : check_text_rows(x, err);
}

int mg_index_verify(const mg_index *x, int (*on_progress)(void *user, int64_t done, int64_t total),
                    void *user, molglot_error *err) {
    const size_t step = 64 * MG_HASH_BLOCK;
    uint64_t sum = 0;
    size_t done = 0;
    bool ok = true;
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) {
        const uint8_t *data = x->map.data + x->h.section[s].offset;
        const size_t bytes = x->h.section[s].bytes;
        if (x->h.version > 1) sum = 0;
        for (size_t at = 0; at < bytes; at += step) {
            const size_t n = bytes - at < step ? bytes - at : step;
            sum = mg_index_hash(sum, data + at, n);
            done += n;
            if (on_progress && on_progress(user, (int64_t)done, (int64_t)x->map.size))
                return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
        }
        if (x->h.version > 1) ok = ok && sum == x->h.section[s].checksum;
    }
    if (x->h.version == 1) ok = sum == x->v1_checksum;
    return ok ? MOLGLOT_OK
              : mg_fail(err, MOLGLOT_BAD_FILE, "%s: wrong checksum: the index is damaged", x->path);
}

mg_index *mg_index_open(const char *path, bool verify, molglot_error *err) {
    mg_index *x = calloc(1, sizeof *x);
    if (!x || !(x->path = strdup(path))) {
        mg_no_memory(err, "an index");
        free(x);
        return NULL;
    }
    int code = mg_map_open(&x->map, path, err);
    if (!code) code = read_header(x, err);
    if (!code) code = check_header(x, err);
    if (!code) code = take_sections(x, err);
    if (!code && verify) code = mg_index_verify(x, NULL, NULL, err);
    if (!code) return x;
    mg_index_close(x);
    return NULL;
}

mg_index *mg_index_keep(mg_index *x) {
    atomic_fetch_add(&x->more_owners, 1);
    return x;
}

void mg_index_close(mg_index *x) {
    if (!x || atomic_fetch_sub(&x->more_owners, 1) > 0) return;
    mg_map_close(&x->map);
    free(x->columns);
    free(x->path);
    free(x);
}

void mg_index_forget(const mg_index *x) {
    if (x->map.size) (void)madvise((void *)(uintptr_t)x->map.data, x->map.size, MADV_DONTNEED);
}

/* ---- what it holds ---- */

const char *mg_index_path(const mg_index *x) { return x->path; }
int64_t mg_index_size(const mg_index *x) { return x->rows.n; }
int mg_index_dim(const mg_index *x) { return x->rows.dim; }
int mg_index_model_dim(const mg_index *x) { return (int)x->h.model_dim; }
int mg_index_code_width(const mg_index *x) { return (int)x->h.width; }
mg_dtype mg_index_dtype(const mg_index *x) { return x->rows.dtype; }
mg_side mg_index_side(const mg_index *x) { return (mg_side)x->h.side; }
uint64_t mg_index_source(const mg_index *x) { return x->h.source; }
const char *mg_index_model_sha256(const mg_index *x) { return x->h.model_sha256; }
const char *mg_index_model_name(const mg_index *x) { return x->h.model_name; }

void mg_index_shard(const mg_index *x, int *shard, int *shards) {
    *shard = (int)x->h.shard;
    *shards = (int)x->h.shards;
}

int mg_index_columns(const mg_index *x, const char *const **names) {
    if (names) *names = x->columns;
    return (int)x->h.n_columns;
}

static bool has_row(const mg_index *x, int64_t i) { return i >= 0 && i < x->rows.n; }

/* The section ends with a zero: what starts in it ends in it. */
static const char *string_at(const mg_index *x, int64_t i, int which) {
    if (!has_row(x, i)) return "";
    if (x->v1_offsets) {
        const uint64_t at = which < MG_STRING_KEY ? x->v1_offsets[3 * i + which] : 0;
        return at < x->strings_n ? x->strings + at : "";
    }
    uint64_t at = x->meta[i].strings;
    for (; which > 0 && at < x->strings_n; which--) at += strlen(x->strings + at) + 1;
    return at < x->strings_n ? x->strings + at : "";
}

const char *mg_index_id(const mg_index *x, int64_t i) { return string_at(x, i, MG_STRING_ID); }
const char *mg_index_smiles(const mg_index *x, int64_t i) {
    return string_at(x, i, MG_STRING_SMILES);
}
const char *mg_index_text(const mg_index *x, int64_t i) { return string_at(x, i, MG_STRING_TEXT); }
const char *mg_index_inchikey(const mg_index *x, int64_t i) {
    return string_at(x, i, MG_STRING_KEY);
}
const char *mg_index_cell(const mg_index *x, int64_t i, int column) {
    if (column < 0 || column >= (int)x->h.n_columns) return "";
    return string_at(x, i, MG_STRING_CELLS + column);
}
int64_t mg_index_number(const mg_index *x, int64_t i) {
    return x->meta && has_row(x, i) ? x->meta[i].number : 0;
}
uint64_t mg_index_molecule(const mg_index *x, int64_t i) {
    return x->meta && has_row(x, i) ? x->meta[i].molecule : 0;
}
uint64_t mg_index_flat(const mg_index *x, int64_t i) {
    return x->meta && has_row(x, i) ? x->meta[i].flat : 0;
}

const int64_t *mg_index_text_rows(const mg_index *x) { return x->text_rows; }

static mg_searched searched(const mg_index *x, int which) {
    return (mg_searched){.rows = which ? &x->texts : &x->rows,
                         .max_norm = x->h.max_norm[which],
                         .basis = x->basis.rows ? &x->basis : NULL,
                         .codes = x->codes[which].n ? &x->codes[which] : NULL};
}

mg_searched mg_index_searched(const mg_index *x) { return searched(x, 0); }

mg_searched mg_index_searched_texts(const mg_index *x) { return searched(x, 1); }

bool mg_index_record_of(const mg_index *x, int64_t i, uint64_t *text, const int *from,
                        int n_columns, mg_str *strings, mg_index_record *r) {
    const size_t row = mg_index_row_bytes(&x->h);
    while (*text < x->h.texts && x->text_rows[*text] < i) ++*text;
    const bool texts = *text < x->h.texts && x->text_rows[*text] == i;
    *r = (mg_index_record){.vector = (const char *)x->rows.data + (size_t)i * row,
                           .text_vector = texts ? (const char *)x->texts.data + *text * row : NULL};
    if (x->meta) r->meta = x->meta[i];
    const int64_t code[2] = {i, texts ? (int64_t)*text : -1};
    for (int k = 0; k < 2; k++) {
        const mg_codes *c = &x->codes[k];
        if (!c->n || code[k] < 0) continue;
        r->code[k] = c->at + code[k] * c->width;
        r->code_scale[k] = c->scales[code[k]];
    }
    strings->n = 0;
    for (int s = 0; s < MG_STRING_CELLS + n_columns; s++) {
        const int c = s - MG_STRING_CELLS;
        const char *z = s < MG_STRING_CELLS ? string_at(x, i, s)
                                            : mg_index_cell(x, i, from ? from[c] : c);
        mg_str_add(strings, z, strlen(z) + 1);
    }
    r->strings = strings->s;
    r->bytes = strings->n;
    return !strings->failed;
}

void mg_index_vectors(const mg_index *x, int64_t first, int64_t n, int dims, float *out) {
    for (int64_t i = first; i < first + n; i++, out += dims) {
        const int64_t at = i * x->rows.dim;
        const uint16_t *half = (const uint16_t *)x->rows.data + at;
        if (x->rows.dtype == MG_F32)
            memcpy(out, (const float *)x->rows.data + at, (size_t)dims * sizeof *out);
        else
            for (int d = 0; d < dims; d++) out[d] = mg_bf16_to_f32(half[d]);
    }
}

int mg_index_embeddings(const mg_index *x, int64_t first, int64_t n, float *out,
                        molglot_error *err) {
    const int dim = x->rows.dim, whole = (int)x->h.model_dim;
    float *row = malloc((size_t)dim * sizeof *row);
    if (!row) return mg_no_memory(err, "%d numbers", dim);
    for (int64_t i = first; i < first + n; i++, out += whole) {
        mg_index_vectors(x, i, 1, dim, dim == whole ? out : row);
        if (dim < whole) mg_basis_back(&x->basis, dim, row, out);
    }
    free(row);
    return MOLGLOT_OK;
}
