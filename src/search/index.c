/* index.c - the index file: embeddings [count, dim] of a library with the id, SMILES and text of
 * each row.
 *
 * Writing is a stream: rows go into the temporary that becomes the index, places of strings and the
 * strings into two files without names beside it, which commit appends. So memory does not grow
 * with the library, and the old index stays until the new one is complete.
 *
 *   add     row -> block of 1 MiB -> temporary          3 places, strings -> scratch files
 *   commit  scratch files -> temporary; header over the empty one at its front; rename
 *
 * Opening maps the file and checks the header and the bounds of its sections, whatever the size;
 * `verify` reads everything and compares the checksum. String places are checked when they are
 * used, so a damaged table gives empty strings, never a bad read.
 */
#include "search/inside.h"
#include "search/search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_BLOCK ((size_t)1 << 20)

/* ---- writing ---- */

struct mg_index_out {
    mg_index_header h;
    mg_outfile target;
    FILE
        *body; /* header and sections: the target; a scratch file where that cannot seek (a pipe) */
    FILE *places, *strings; /* what the second and the third section will be */
    uint8_t *row;           /* one row as it is stored */
    uint8_t *block;         /* [HASH_BLOCK] of a section, not yet hashed and written */
    size_t in_block;
    bool failed; /* a write did, so what is there cannot become an index */
};

static size_t row_bytes(const mg_index_header *h) {
    return (size_t)h->dim * (h->dtype == MG_BF16 ? sizeof(uint16_t) : sizeof(float));
}

static int write_error(mg_index_out *w, molglot_error *err) {
    w->failed = true;
    return mg_fail(err, MOLGLOT_FAILED, "%s: write error: %s", w->target.path, strerror(errno));
}

/* A file without a name in the folder of path; where that takes none, in the system's folder for
 * such files. NULL with errno. */
static FILE *scratch_beside(const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *name = malloc(folder + sizeof ".molglot-XXXXXX" + 1);
    if (!name) return NULL;
    memcpy(name, path, folder);
    strcpy(name + folder, folder ? "" : ".");
    int fd = open(name, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        strcpy(name + folder, ".molglot-XXXXXX");
        if ((fd = mkostemp(name, O_CLOEXEC)) >= 0) unlink(name);
    }
    free(name);
    FILE *f = fd >= 0 ? fdopen(fd, "w+b") : tmpfile();
    if (fd >= 0 && !f) close(fd);
    return f;
}

static int open_files(mg_index_out *w, const char *path, molglot_error *err) {
    int code = mg_outfile_open(&w->target, path, err);
    if (code) return code;
    const char *beside = w->target.path;
    w->body = w->target.tmp ? w->target.f : tmpfile();
    w->places = w->body && w->target.tmp ? scratch_beside(beside) : tmpfile();
    w->strings = w->places && w->target.tmp ? scratch_beside(beside) : tmpfile();
    if (!w->body || !w->places || !w->strings)
        return mg_fail(err, MOLGLOT_FAILED, "%s: cannot open a temporary file: %s", beside,
                       strerror(errno));
    static const char nothing[(sizeof(mg_index_header) + 63) / 64 * 64];
    if (fwrite(nothing, 1, sizeof nothing, w->body) != sizeof nothing ||
        fputc(0, w->strings) == EOF) /* the first string is the empty one */
        return write_error(w, err);
    w->h.section[MG_INDEX_STRINGS].bytes = 1;
    return MOLGLOT_OK;
}

mg_index_out *mg_index_out_open(const char *path, const mg_index_spec *spec, molglot_error *err) {
    if (spec->dim < 1 || spec->dim > 65536) {
        mg_fail(err, MOLGLOT_USAGE, "an index cannot have rows of %d numbers", spec->dim);
        return NULL;
    }
    mg_index_out *w = calloc(1, sizeof *w);
    if (w) {
        mg_index_header *h = &w->h;
        memcpy(h->magic, MG_INDEX_MAGIC, sizeof h->magic);
        h->version = MG_INDEX_VERSION;
        h->dtype = (uint32_t)spec->dtype;
        h->side = (uint32_t)spec->side;
        h->dim = (uint32_t)spec->dim;
        snprintf(h->model_sha256, sizeof h->model_sha256, "%s",
                 spec->model_sha256 ? spec->model_sha256 : "");
        snprintf(h->model_name, sizeof h->model_name, "%s",
                 spec->model_name ? spec->model_name : "");
        w->row = malloc(row_bytes(h));
        w->block = malloc(HASH_BLOCK);
    }
    if (w && w->row && w->block) {
        if (open_files(w, path, err) == MOLGLOT_OK) return w;
    } else {
        mg_no_memory(err, "an index");
    }
    mg_index_out_free(w);
    return NULL;
}

void mg_index_out_free(mg_index_out *w) {
    if (!w) return;
    if (w->body && w->body != w->target.f) fclose(w->body);
    if (w->places) fclose(w->places);
    if (w->strings) fclose(w->strings);
    mg_outfile_abort(&w->target);
    free(w->row);
    free(w->block);
    free(w);
}

/* Hash of a section's blocks, each seeding the next. */
static uint64_t section_hash(uint64_t seed, const void *data, size_t n) {
    const uint8_t *p = data;
    for (size_t at = 0; at < n; at += HASH_BLOCK)
        seed = mg_hash64(p + at, n - at < HASH_BLOCK ? n - at : HASH_BLOCK, seed);
    return seed;
}

static int write_block(mg_index_out *w, molglot_error *err) {
    w->h.checksum = section_hash(w->h.checksum, w->block, w->in_block);
    if (fwrite(w->block, 1, w->in_block, w->body) != w->in_block) return write_error(w, err);
    w->in_block = 0;
    return MOLGLOT_OK;
}

static int write_bytes(mg_index_out *w, const uint8_t *bytes, size_t n, molglot_error *err) {
    int code = MOLGLOT_OK;
    while (n && !code) {
        const size_t room = HASH_BLOCK - w->in_block, now = n < room ? n : room;
        memcpy(w->block + w->in_block, bytes, now);
        w->in_block += now;
        bytes += now;
        n -= now;
        if (w->in_block == HASH_BLOCK) code = write_block(w, err);
    }
    return code;
}

/* The place of a string, or 0, which is the empty one's. */
static bool add_string(mg_index_out *w, const char *s, uint64_t *place) {
    uint64_t *end = &w->h.section[MG_INDEX_STRINGS].bytes;
    const size_t n = s && *s ? strlen(s) + 1 : 0;
    *place = n ? *end : 0;
    *end += n;
    return !n || fwrite(s, 1, n, w->strings) == n;
}

int mg_index_out_add(mg_index_out *w, const float *embedding, const char *id, const char *smiles,
                     const char *text, molglot_error *err) {
    const mg_matrix row = {w->row, (mg_dtype)w->h.dtype, 1, (int)w->h.dim};
    const size_t bytes = row_bytes(&w->h);
    uint64_t places[3];
    if (row.dtype == MG_BF16)
        mg_f32_to_bf16_n(embedding, (uint16_t *)(void *)w->row, row.dim);
    else
        memcpy(w->row, embedding, bytes);
    const double norm = mg_row_norm(&row, 0);
    if (norm > w->h.max_norm) w->h.max_norm = norm;
    int code = write_bytes(w, w->row, bytes, err);
    if (code) return code;
    if (!add_string(w, id, &places[0]) || !add_string(w, smiles, &places[1]) ||
        !add_string(w, text, &places[2]) || fwrite(places, sizeof *places, 3, w->places) != 3)
        return write_error(w, err);
    w->h.count++;
    return MOLGLOT_OK;
}

/* Ends section s, which began at *at; the next one begins at a multiple of 64 bytes. */
static int end_section(mg_index_out *w, int s, uint64_t *at, molglot_error *err) {
    static const char zeros[64];
    const uint64_t end = *at + w->h.section[s].bytes, next = (end + 63) / 64 * 64;
    int code = write_block(w, err);
    if (!code && fwrite(zeros, 1, next - end, w->body) != next - end) code = write_error(w, err);
    w->h.section[s].offset = *at;
    *at = next;
    return code;
}

static int append(mg_index_out *w, FILE *from, molglot_error *err) {
    uint8_t bytes[1 << 14];
    size_t n = 0;
    int code = fflush(from) || fseeko(from, 0, SEEK_SET) ? write_error(w, err) : MOLGLOT_OK;
    while (!code && (n = fread(bytes, 1, sizeof bytes, from)) > 0)
        code = write_bytes(w, bytes, n, err);
    return !code && ferror(from) ? write_error(w, err) : code;
}

/* Where the body could not be the target: into that, byte by byte. */
static int deliver(mg_index_out *w, molglot_error *err) {
    uint8_t bytes[1 << 14];
    size_t n;
    int code = MOLGLOT_OK;
    if (w->body == w->target.f) return MOLGLOT_OK;
    if (fflush(w->body) || fseeko(w->body, 0, SEEK_SET)) return write_error(w, err);
    while (!code && (n = fread(bytes, 1, sizeof bytes, w->body)) > 0)
        code = mg_outfile_write(&w->target, bytes, n, err);
    return !code && ferror(w->body) ? write_error(w, err) : code;
}

int mg_index_out_commit(mg_index_out *w, molglot_error *err) {
    mg_index_header *h = &w->h;
    uint64_t at = (sizeof *h + 63) / 64 * 64;
    if (w->failed)
        return mg_fail(err, MOLGLOT_FAILED, "%s: an earlier write failed", w->target.path);
    h->section[MG_INDEX_ROWS].bytes = h->count * row_bytes(h);
    h->section[MG_INDEX_OFFSETS].bytes = h->count * 3 * sizeof(uint64_t);
    int code = end_section(w, MG_INDEX_ROWS, &at, err);
    if (!code) code = append(w, w->places, err);
    if (!code) code = end_section(w, MG_INDEX_OFFSETS, &at, err);
    if (!code) code = append(w, w->strings, err);
    if (!code) code = end_section(w, MG_INDEX_STRINGS, &at, err);
    if (code) return code;
    h->header_checksum = mg_hash64(h, offsetof(mg_index_header, header_checksum), 0);
    if (fseeko(w->body, 0, SEEK_SET) || fwrite(h, sizeof *h, 1, w->body) != 1)
        return write_error(w, err);
    code = deliver(w, err);
    if (code) return code;
    if (w->body == w->target.f) w->body = NULL; /* which commit closes */
    return mg_outfile_commit(&w->target, err);
}

/* ---- reading ---- */

static int check_header(const mg_index *x, molglot_error *err) {
    const mg_index_header *h = x->h;
    const char *path = x->path;
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

int mg_index_verify(const mg_index *x, int (*on_progress)(void *user, int64_t done, int64_t total),
                    void *user, molglot_error *err) {
    const size_t step = 64 * HASH_BLOCK;
    uint64_t sum = 0;
    size_t done = 0;
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) {
        const uint8_t *data = x->map.data + x->h->section[s].offset;
        const size_t bytes = x->h->section[s].bytes;
        for (size_t at = 0; at < bytes; at += step) {
            const size_t n = bytes - at < step ? bytes - at : step;
            sum = section_hash(sum, data + at, n);
            done += n;
            if (on_progress && on_progress(user, (int64_t)done, (int64_t)x->map.size))
                return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
        }
    }
    if (sum != x->h->checksum)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: wrong checksum: the index is damaged", x->path);
    return MOLGLOT_OK;
}

mg_index *mg_index_open(const char *path, bool verify, molglot_error *err) {
    mg_index *x = calloc(1, sizeof *x);
    if (!x || !(x->path = strdup(path))) {
        mg_no_memory(err, "an index");
        free(x);
        return NULL;
    }
    int code = mg_map_open(&x->map, path, err);
    x->h = (const mg_index_header *)(const void *)x->map.data;
    if (!code) code = check_header(x, err);
    if (!code) {
        const mg_index_header *h = x->h;
        x->rows = (mg_matrix){x->map.data + h->section[MG_INDEX_ROWS].offset, (mg_dtype)h->dtype,
                              (int64_t)h->count, (int)h->dim};
        x->offsets =
            (const uint64_t *)(const void *)(x->map.data + h->section[MG_INDEX_OFFSETS].offset);
        x->strings = (const char *)x->map.data + h->section[MG_INDEX_STRINGS].offset;
        x->strings_n = h->section[MG_INDEX_STRINGS].bytes;
        if (x->strings[0] || x->strings[x->strings_n - 1])
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: the strings are damaged", path);
        else if (verify)
            code = mg_index_verify(x, NULL, NULL, err);
    }
    if (!code) return x;
    mg_index_close(x);
    return NULL;
}

void mg_index_close(mg_index *x) {
    if (!x) return;
    mg_map_close(&x->map);
    free(x->path);
    free(x);
}

const char *mg_index_path(const mg_index *x) { return x->path; }
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
