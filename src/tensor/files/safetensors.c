/* safetensors.c - reads and writes the safetensors format.
 *
 * File: uint64 little-endian length of the header; header, a JSON object of name -> {dtype, shape,
 * data_offsets [begin, end)} with an optional "__metadata__" of strings; then the data. The reader
 * is strict: every byte of data belongs to exactly one tensor, as the format demands. The writer
 * pads the header with spaces so that data begin at a multiple of 64, and lays tensors of larger
 * elements first, so that every tensor is aligned for its elements.
 */
#include "base/grow.h"
#include "tensor/files/inside.h"
#include "tensor/files/weights.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER ((uint64_t)100 << 20)
#define ALIGN      64

/* ---- reading ---- */

typedef struct span {
    uint64_t begin, end;
    const char *name;
} span;

static int by_begin(const void *pa, const void *pb) {
    const span *a = pa, *b = pb;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

static int bad_tensor(const mg_tensor_file *f, const char *name, const char *why,
                      molglot_error *err) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: tensor %.200s: %s", f->name, name, why);
}

static int read_metadata(mg_tensor_file *f, json_t *meta, molglot_error *err) {
    const char *key;
    json_t *value;
    if (!json_is_object(meta))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: __metadata__ is not an object", f->name);
    json_object_foreach(meta, key, value) {
        if (!json_is_string(value))
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: metadata %.200s is not a string", f->name,
                           key);
        int code = mg_file_add_meta(f, key, json_string_value(value), err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* One entry of the header. data: the n bytes after the header. */
static int read_tensor(mg_tensor_file *f, const char *name, json_t *entry, const uint8_t *data,
                       uint64_t n, span *where, molglot_error *err) {
    json_t *dtype = json_object_get(entry, "dtype"), *shape = json_object_get(entry, "shape");
    json_t *offsets = json_object_get(entry, "data_offsets");
    if (!json_is_string(dtype) || !json_is_array(shape) || !json_is_array(offsets) ||
        json_array_size(offsets) != 2 || json_object_size(entry) != 3)
        return bad_tensor(f, name, "needs dtype, shape and data_offsets, and nothing else", err);
    mg_file_tensor ft = {0};
    const bool known = mg_file_dtype_size(json_string_value(dtype)) > 0;
    if (known) strcpy(ft.dtype, json_string_value(dtype));
    if (json_array_size(shape) > MG_COUNT(ft.shape))
        return bad_tensor(f, name, "it has more than 8 dimensions", err);
    ft.ndim = (int)json_array_size(shape);
    for (int i = 0; i < ft.ndim; i++) {
        json_t *size = json_array_get(shape, (size_t)i);
        if (!json_is_integer(size)) return bad_tensor(f, name, "its shape is not of integers", err);
        ft.shape[i] = json_integer_value(size);
    }
    if (known && !mg_file_tensor_measure(&ft))
        return bad_tensor(f, name, "its shape is impossible", err);
    json_t *b = json_array_get(offsets, 0), *e = json_array_get(offsets, 1);
    if (!json_is_integer(b) || !json_is_integer(e) || json_integer_value(b) < 0 ||
        json_integer_value(e) < json_integer_value(b))
        return bad_tensor(f, name, "its data_offsets are not two ascending integers", err);
    *where = (span){(uint64_t)json_integer_value(b), (uint64_t)json_integer_value(e), name};
    if (where->end > n) return bad_tensor(f, name, "its data lie beyond the end of the file", err);
    if (!known) {
        char why[64];
        snprintf(why, sizeof why, "numbers of type %.30s", json_string_value(dtype));
        return mg_file_add_unreadable(f, name, json_string_value(dtype), ft.ndim, ft.shape, why,
                                      err);
    }
    if (where->end - where->begin != ft.bytes)
        return bad_tensor(f, name, "its data_offsets do not fit its shape", err);
    ft.data = mg_file_aligned(f, data + where->begin, ft.bytes, mg_file_dtype_size(ft.dtype));
    if (!ft.data) return mg_no_memory(err, "%s", f->name);
    return mg_file_add_tensor(f, &ft, name, err);
}

/* Every byte of the n must belong to one tensor: a gap could hide something, an overlap is
 * damage. */
static int check_cover(const mg_tensor_file *f, span *spans, size_t count, uint64_t n,
                       molglot_error *err) {
    uint64_t at = 0;
    qsort(spans, count, sizeof *spans, by_begin);
    for (size_t i = 0; i < count; i++) {
        if (spans[i].begin < at)
            return bad_tensor(f, spans[i].name, "its data overlap those of another", err);
        if (spans[i].begin > at)
            return bad_tensor(f, spans[i].name, "bytes before its data belong to no tensor", err);
        at = spans[i].end;
    }
    if (at != n)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the last %llu bytes belong to no tensor",
                       f->name, (unsigned long long)(n - at));
    return MOLGLOT_OK;
}

static int read_header(mg_tensor_file *f, json_t *header, const uint8_t *data, uint64_t n,
                       molglot_error *err) {
    if (!json_is_object(header))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header is not an object", f->name);
    span *spans = malloc((json_object_size(header) + 1) * sizeof *spans);
    if (!spans) return mg_no_memory(err, "%s", f->name);
    size_t count = 0;
    const char *name;
    json_t *entry;
    int code = MOLGLOT_OK;
    json_object_foreach(header, name, entry) {
        if (strcmp(name, "__metadata__") == 0)
            code = read_metadata(f, entry, err);
        else
            code = read_tensor(f, name, entry, data, n, &spans[count++], err);
        if (code) break;
    }
    if (!code) code = check_cover(f, spans, count, n, err);
    free(spans);
    return code;
}

int mg_safetensors_read(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err) {
    uint64_t length;
    if (n < 8)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: shorter than a safetensors header", f->name);
    memcpy(&length, bytes, 8);
    if (length > MAX_HEADER)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header claims more than 100 MiB", f->name);
    if (length > n - 8)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header lies beyond the end of the file",
                       f->name);
    json_error_t why;
    json_t *header = json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES,
                                &why);
    if (!header)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: the header is not JSON: %s (byte %d)", f->name,
                       why.text, why.position);
    int code = read_header(f, header, bytes + 8 + length, n - 8 - length, err);
    json_decref(header);
    return code;
}

/* ---- writing ---- */

typedef struct item {
    mg_file_tensor ft; /* dtype, count, bytes as stored; data as given */
    /* other than AS_GIVEN: made of the data while writing */
    enum form { AS_GIVEN, AS_BF16, AS_I8, AS_I4, AS_SCALES8, AS_SCALES4 } as;
    bool half;    /* the data are BF16 */
    int64_t cols; /* of the data, where rows are rounded one by one */
    uint64_t begin;
} item;

struct mg_weights_out {
    item *items; /* in the order they were added */
    size_t n, cap;
    json_t *meta, *names; /* names: the set of those taken */
};

mg_weights_out *mg_weights_out_new(void) {
    mg_weights_out *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->meta = json_object();
    w->names = json_object();
    if (w->meta && w->names) return w;
    mg_weights_out_free(w);
    return NULL;
}

void mg_weights_out_free(mg_weights_out *w) {
    if (!w) return;
    for (size_t i = 0; i < w->n; i++) free((void *)(uintptr_t)w->items[i].ft.name);
    free(w->items);
    json_decref(w->meta);
    json_decref(w->names);
    free(w);
}

/* AS_GIVEN for a name that is none. */
static enum form form_of(const char *store_as) {
    static const char *const names[] = {"", "BF16", "I8", "I4", "SCALES8", "SCALES4"};
    for (size_t i = 1; i < MG_COUNT(names); i++)
        if (strcmp(names[i], store_as) == 0) return (enum form)i;
    return AS_GIVEN;
}

static int check_new(const mg_weights_out *w, const char *name, const char *dtype, int ndim,
                     const char *store_as, molglot_error *err) {
    if (strcmp(name, "__metadata__") == 0 || json_object_get(w->names, name))
        return mg_fail(err, MOLGLOT_USAGE, "tensor name %s is taken", name);
    if (!mg_file_dtype_size(dtype))
        return mg_fail(err, MOLGLOT_USAGE, "tensor %s: unknown dtype %s", name, dtype);
    if (ndim < 0 || ndim > 8)
        return mg_fail(err, MOLGLOT_USAGE, "tensor %s: %d dimensions", name, ndim);
    if (!store_as || strcmp(store_as, dtype) == 0) return MOLGLOT_OK;
    const enum form as = form_of(store_as);
    const bool floats = strcmp(dtype, "F32") == 0, half = strcmp(dtype, "BF16") == 0;
    if (as == AS_GIVEN || (as == AS_BF16 ? !floats : (!floats && !half) || ndim != 2))
        return mg_fail(err, MOLGLOT_USAGE, "tensor %s: %s cannot be stored as %s", name, dtype,
                       store_as);
    return MOLGLOT_OK;
}

/* How `it` (of the data's shape) is stored. */
static void choose_form(item *it, const char *dtype, const char *store_as) {
    static const char *const stored[] = {[AS_BF16] = "BF16",
                                         [AS_I8] = "I8",
                                         [AS_I4] = "U8",
                                         [AS_SCALES8] = "F32",
                                         [AS_SCALES4] = "F32"};
    it->as = !store_as || strcmp(store_as, dtype) == 0 ? AS_GIVEN : form_of(store_as);
    it->half = strcmp(dtype, "BF16") == 0;
    strcpy(it->ft.dtype, it->as == AS_GIVEN ? dtype : stored[it->as]);
    if (it->as == AS_GIVEN || it->as == AS_BF16) return;
    it->cols = it->ft.shape[1];
    if (it->as == AS_I4) it->ft.shape[1] = it->cols / 2 + it->cols % 2;
    if (it->as == AS_SCALES8 || it->as == AS_SCALES4) it->ft.ndim = 1;
}

int mg_weights_out_add(mg_weights_out *w, const char *name, const char *dtype, int ndim,
                       const int64_t *shape, const void *data, const char *store_as,
                       molglot_error *err) {
    int code = check_new(w, name, dtype, ndim, store_as, err);
    if (code) return code;
    item it = {0};
    it.ft.ndim = ndim;
    for (int i = 0; i < ndim; i++) it.ft.shape[i] = shape[i];
    choose_form(&it, dtype, store_as);
    it.ft.data = data;
    if (!mg_file_tensor_measure(&it.ft))
        return mg_fail(err, MOLGLOT_USAGE, "tensor %s: impossible shape", name);
    if (!MG_GROW(w->items, w->cap, w->n + 1)) return mg_no_memory(err, "tensor %s", name);
    if (json_object_set_new(w->names, name, json_true()))
        return mg_fail(err, MOLGLOT_USAGE, "tensor %s: the name is not UTF-8, or no memory", name);
    if (!(it.ft.name = strdup(name))) return mg_no_memory(err, "tensor %s", name);
    w->items[w->n++] = it;
    return MOLGLOT_OK;
}

int mg_weights_out_meta(mg_weights_out *w, const char *key, const char *value, molglot_error *err) {
    if (json_object_set_new(w->meta, key, json_string(value)) == 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE, "metadata %.100s: not UTF-8, or no memory", key);
}

size_t mg_weights_out_count(const mg_weights_out *w) { return w->n; }

void mg_weights_out_at(const mg_weights_out *w, size_t i, mg_file_tensor *out) {
    *out = w->items[i].ft;
}

size_t mg_weights_out_meta_count(const mg_weights_out *w) { return json_object_size(w->meta); }

void *mg_weights_out_meta_next(const mg_weights_out *w, void *at, const char **key,
                               const char **value) {
    at = at ? json_object_iter_next(w->meta, at) : json_object_iter(w->meta);
    *key = at ? json_object_iter_key(at) : NULL;
    *value = at ? json_string_value(json_object_iter_value(at)) : NULL;
    return at;
}

/* Offsets in the data part: by element size from 8 to 1, else as added. False if the sum does not
 * fit. */
static bool lay_out(mg_weights_out *w) {
    size_t at = 0;
    for (size_t size = 8; size; size /= 2)
        for (size_t i = 0; i < w->n; i++) {
            if (mg_file_dtype_size(w->items[i].ft.dtype) != size) continue;
            w->items[i].begin = at;
            if (!mg_add_size(at, w->items[i].ft.bytes, &at) || at > INT64_MAX) return false;
        }
    return true;
}

static json_t *entry_json(const item *it) {
    json_t *shape = json_array();
    for (int i = 0; shape && i < it->ft.ndim; i++)
        if (json_array_append_new(shape, json_integer(it->ft.shape[i]))) {
            json_decref(shape);
            shape = NULL;
        }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", it->ft.dtype, "shape", shape, "data_offsets",
                     (json_int_t)it->begin, (json_int_t)(it->begin + it->ft.bytes));
}

/* The padded header text; NULL without memory. */
static char *header_text(const mg_weights_out *w, uint64_t *length) {
    json_t *header = json_object();
    bool good = header != NULL;
    if (good && json_object_size(w->meta))
        good = json_object_set(header, "__metadata__", w->meta) == 0;
    for (size_t i = 0; good && i < w->n; i++)
        good = json_object_set_new(header, w->items[i].ft.name, entry_json(&w->items[i])) == 0;
    char *text = good ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    if (!text) return NULL;
    size_t n = strlen(text), padded = (8 + n + ALIGN - 1) / ALIGN * ALIGN - 8;
    char *wide = realloc(text, padded + 1);
    if (!wide) {
        free(text);
        return NULL;
    }
    memset(wide + n, ' ', padded - n);
    *length = padded;
    return wide;
}

/* Where stored bytes go: into a file, or into a hash. */
typedef struct sink {
    mg_outfile *file;
    mg_sha256 *hash;
} sink;

static int put(sink *to, const void *bytes, size_t n, molglot_error *err) {
    if (to->file) return mg_outfile_write(to->file, bytes, n, err);
    mg_sha256_add(to->hash, bytes, n);
    return MOLGLOT_OK;
}

static int write_rounded(sink *to, const float *x, int64_t count, molglot_error *err) {
    uint16_t part[4096];
    for (int64_t i = 0; i < count; i += (int64_t)MG_COUNT(part)) {
        int64_t n = count - i < (int64_t)MG_COUNT(part) ? count - i : (int64_t)MG_COUNT(part);
        mg_f32_to_bf16_n(x + i, part, n);
        int code = put(to, part, (size_t)n * sizeof *part, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* Row r of a matrix as floats: in place, or widened into `wide`. */
static const float *row_of(const item *it, int64_t r, float *wide) {
    if (!it->half) return (const float *)it->ft.data + r * it->cols;
    const uint16_t *x = (const uint16_t *)it->ft.data + r * it->cols;
    for (int64_t c = 0; c < it->cols; c++) wide[c] = mg_bf16_to_f32(x[c]);
    return wide;
}

/* Row by row in few bits, or the scales alone. */
static int write_rows(sink *to, const item *it, molglot_error *err) {
    const bool nibbles = it->as == AS_I4 || it->as == AS_SCALES4,
               scales = it->as == AS_SCALES8 || it->as == AS_SCALES4;
    float *wide = malloc((size_t)it->cols * sizeof *wide + 1);
    uint8_t *q = malloc((size_t)it->cols + 1);
    int code = wide && q ? MOLGLOT_OK : mg_no_memory(err, "tensor %s", it->ft.name);
    for (int64_t r = 0; r < it->ft.shape[0] && !code; r++) {
        const float *x = row_of(it, r, wide),
                    scale = (nibbles ? mg_row_scale4 : mg_row_scale8)(x, it->cols);
        if (scales) {
            code = put(to, &scale, sizeof scale, err);
            continue;
        }
        if (nibbles)
            mg_round4(x, it->cols, scale, q);
        else
            mg_round8(x, it->cols, scale, (int8_t *)q);
        code = put(to, q, (size_t)it->ft.shape[1], err);
    }
    free(wide);
    free(q);
    return code;
}

static int write_item(sink *to, const item *it, molglot_error *err) {
    if (it->as == AS_GIVEN) return put(to, it->ft.data, it->ft.bytes, err);
    return it->as == AS_BF16 ? write_rounded(to, it->ft.data, it->ft.count, err)
                             : write_rows(to, it, err);
}

int mg_weights_out_hash(const mg_weights_out *w, size_t i, char out[65], molglot_error *err) {
    mg_sha256 s;
    mg_sha256_init(&s);
    int code = write_item(&(sink){.hash = &s}, &w->items[i], err);
    mg_sha256_hex(&s, out);
    return code;
}

static int write_all(const mg_weights_out *w, mg_outfile *o, const char *header, uint64_t length,
                     molglot_error *err) {
    int code = mg_outfile_write(o, &length, 8, err);
    if (!code) code = mg_outfile_write(o, header, (size_t)length, err);
    for (size_t size = 8; !code && size; size /= 2)
        for (size_t i = 0; !code && i < w->n; i++) {
            const item *it = &w->items[i];
            if (mg_file_dtype_size(it->ft.dtype) != size) continue;
            code = write_item(&(sink){.file = o}, it, err);
        }
    return code;
}

int mg_weights_out_save(mg_weights_out *w, const char *path, molglot_error *err) {
    if (!lay_out(w)) return mg_fail(err, MOLGLOT_USAGE, "%s: the tensors are too large", path);
    uint64_t length = 0;
    char *header = header_text(w, &length);
    if (!header) return mg_no_memory(err, "%s", path);
    mg_outfile o;
    int code = length > MAX_HEADER
                   ? mg_fail(err, MOLGLOT_USAGE, "%s: the metadata exceed 100 MiB", path)
                   : mg_outfile_open(&o, path, err);
    if (!code) {
        code = write_all(w, &o, header, length, err);
        if (!code)
            code = mg_outfile_commit(&o, err);
        else
            mg_outfile_abort(&o);
    }
    free(header);
    return code;
}
