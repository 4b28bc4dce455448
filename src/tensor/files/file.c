/* file.c - named tensors and metadata read from a file of any known kind.
 *
 * The kind is recognised by content. Tensors point into the mapped file where they can
 * (little-endian, contiguous, aligned) and into owned copies where not.
 */
#include "tensor/files/inside.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static struct mg_names_slot *slot_of(const mg_names *m, const char *key) {
    size_t last = ((size_t)1 << m->bits) - 1;
    size_t at = (size_t)mg_hash64(key, strlen(key), 0) & last;
    while (m->slots[at].key && strcmp(m->slots[at].key, key) != 0) at = (at + 1) & last;
    return &m->slots[at];
}

static bool names_grow(mg_names *m) {
    mg_names bigger = {NULL, m->slots ? m->bits + 1 : 5, m->n};
    bigger.slots = calloc((size_t)1 << bigger.bits, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (size_t i = 0; m->slots && i < (size_t)1 << m->bits; i++)
        if (m->slots[i].key) *slot_of(&bigger, m->slots[i].key) = m->slots[i];
    free(m->slots);
    *m = bigger;
    return true;
}

bool mg_names_put(mg_names *m, const char *key, size_t value) {
    if ((!m->slots || 2 * (m->n + 1) > (size_t)1 << m->bits) && !names_grow(m)) return false;
    *slot_of(m, key) = (struct mg_names_slot){key, value};
    m->n++;
    return true;
}

ptrdiff_t mg_names_find(const mg_names *m, const char *key) {
    if (!m->slots) return -1;
    const struct mg_names_slot *s = slot_of(m, key);
    return s->key ? (ptrdiff_t)s->value : -1;
}

void mg_names_free(mg_names *m) {
    free(m->slots);
    memset(m, 0, sizeof *m);
}

/* ---- building ---- */

/* Room for one more of `size` bytes in a list of n; the list moves. False without memory. */
static bool reserve(void **list, size_t n, size_t *cap, size_t size) {
    if (n < *cap) return true;
    size_t more = *cap ? 2 * *cap : 16;
    void *p = realloc(*list, more * size);
    if (!p) return false;
    *list = p;
    *cap = more;
    return true;
}

void *mg_file_own(mg_tensor_file *f, size_t bytes) {
    if (!reserve((void **)&f->owned, f->n_owned, &f->cap_owned, sizeof *f->owned)) return NULL;
    void *p = malloc(bytes ? bytes : 1);
    if (p) f->owned[f->n_owned++] = p;
    return p;
}

static const char *own_string(mg_tensor_file *f, const char *s) {
    size_t n = strlen(s) + 1;
    char *copy = mg_file_own(f, n);
    return copy ? memcpy(copy, s, n) : NULL;
}

int mg_file_add_tensor(mg_tensor_file *f, const mg_file_tensor *ft, const char *name,
                       molglot_error *err) {
    if (mg_names_find(&f->by_name, name) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: two tensors are named %.200s", f->name, name);
    const char *copy = own_string(f, name);
    if (!copy || !reserve((void **)&f->t, f->n, &f->cap, sizeof *f->t) ||
        !mg_names_put(&f->by_name, copy, f->n))
        return mg_no_memory(err, "%s", f->name);
    f->t[f->n] = *ft;
    f->t[f->n++].name = copy;
    return MOLGLOT_OK;
}

int mg_file_add_meta(mg_tensor_file *f, const char *key, const char *value, molglot_error *err) {
    if (mg_names_find(&f->meta_by_key, key) >= 0) return MOLGLOT_OK;
    const char *k = own_string(f, key), *v = own_string(f, value);
    if (!k || !v || !reserve((void **)&f->meta, f->n_meta, &f->cap_meta, sizeof *f->meta) ||
        !mg_names_put(&f->meta_by_key, k, f->n_meta))
        return mg_no_memory(err, "%s", f->name);
    f->meta[f->n_meta++] = (struct mg_file_meta){k, v};
    return MOLGLOT_OK;
}

size_t mg_file_dtype_size(const char *dtype) {
    static const struct {
        const char *name;
        size_t size;
    } known[] = {{"F32", 4}, {"BF16", 2}, {"F16", 2}, {"F64", 8}, {"I64", 8},
                 {"I32", 4}, {"I16", 2},  {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (strcmp(known[i].name, dtype) == 0) return known[i].size;
    return 0;
}

bool mg_file_tensor_measure(mg_file_tensor *ft) {
    size_t count = 1;
    bool empty = false;
    for (int i = 0; i < ft->ndim; i++) {
        if (ft->shape[i] < 0) return false;
        if (ft->shape[i] == 0)
            empty = true;
        else if (!mg_mul_size(count, (size_t)ft->shape[i], &count))
            return false;
    }
    size_t bytes;
    if (!mg_mul_size(count, mg_file_dtype_size(ft->dtype), &bytes) || bytes > INT64_MAX)
        return false;
    ft->count = empty ? 0 : (int64_t)count;
    ft->bytes = empty ? 0 : bytes;
    return true;
}

const void *mg_file_aligned(mg_tensor_file *f, const void *p, size_t bytes, size_t size) {
    if ((uintptr_t)p % size == 0) return p;
    void *copy = mg_file_own(f, bytes);
    return copy ? memcpy(copy, p, bytes) : NULL;
}

/* ---- opening ---- */

static int read_any(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err) {
    if (mg_torch_is_zip(bytes, n)) return mg_torch_zip_read(f, bytes, n, err);
    if (mg_torch_is_legacy(bytes, n)) return mg_torch_legacy_read(f, bytes, n, err);
    if (n >= 9 && bytes[8] == '{') return mg_safetensors_read(f, bytes, n, err);
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: neither a safetensors nor a PyTorch file", f->name);
}

static mg_tensor_file *new_file(const char *name, molglot_error *err) {
    mg_tensor_file *f = calloc(1, sizeof *f);
    if (f && (f->name = strdup(name))) return f;
    free(f);
    mg_no_memory(err, "%s", name);
    return NULL;
}

mg_tensor_file *mg_tensor_file_memory(const void *bytes, size_t n, const char *name,
                                      molglot_error *err) {
    mg_tensor_file *f = new_file(name, err);
    if (!f || read_any(f, bytes, n, err) == MOLGLOT_OK) return f;
    mg_tensor_file_close(f);
    return NULL;
}

mg_tensor_file *mg_tensor_file_open(const char *path, molglot_error *err) {
    mg_tensor_file *f = new_file(path, err);
    if (!f) return NULL;
    if (mg_map_open(&f->map, path, err) == MOLGLOT_OK &&
        read_any(f, f->map.data, f->map.size, err) == MOLGLOT_OK)
        return f;
    mg_tensor_file_close(f);
    return NULL;
}

void mg_tensor_file_close(mg_tensor_file *f) {
    if (!f) return;
    for (size_t i = 0; i < f->n_owned; i++) free(f->owned[i]);
    free(f->owned);
    free(f->t);
    free(f->meta);
    mg_names_free(&f->by_name);
    mg_names_free(&f->meta_by_key);
    mg_map_close(&f->map);
    free(f->name);
    free(f);
}

/* ---- asking ---- */

const void *mg_tensor_file_bytes(const mg_tensor_file *f, size_t *n) {
    *n = f->map.size;
    return f->map.data;
}

size_t mg_tensor_file_count(const mg_tensor_file *f) { return f->n; }

const mg_file_tensor *mg_tensor_file_at(const mg_tensor_file *f, size_t i) {
    return i < f->n ? &f->t[i] : NULL;
}

const mg_file_tensor *mg_tensor_file_find(const mg_tensor_file *f, const char *name) {
    ptrdiff_t i = mg_names_find(&f->by_name, name);
    return i < 0 ? NULL : &f->t[i];
}

const char *mg_tensor_file_meta(const mg_tensor_file *f, const char *key) {
    ptrdiff_t i = mg_names_find(&f->meta_by_key, key);
    return i < 0 ? NULL : f->meta[i].value;
}

size_t mg_tensor_file_meta_count(const mg_tensor_file *f) { return f->n_meta; }

void mg_tensor_file_meta_at(const mg_tensor_file *f, size_t i, const char **key,
                            const char **value) {
    *key = i < f->n_meta ? f->meta[i].key : NULL;
    *value = i < f->n_meta ? f->meta[i].value : NULL;
}

/* ---- conversion ---- */

static float half_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 0x1f, fraction = h & 0x3ff;
    if (exponent == 0) { /* zero or subnormal: fraction * 2^-24 */
        float f = ldexpf((float)fraction, -24);
        return sign ? -f : f;
    }
    union {
        uint32_t u;
        float f;
    } x;
    x.u = sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | fraction << 13;
    return x.f;
}

int mg_file_tensor_to_f32(const mg_file_tensor *ft, float *out, int64_t count, molglot_error *err) {
    if (count != ft->count)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s has %lld elements, expected %lld",
                       ft->name, (long long)ft->count, (long long)count);
    const char *d = ft->dtype;
    const void *p = ft->data;
    if (strcmp(d, "F32") == 0) {
        if (count) memcpy(out, p, ft->bytes);
    } else if (strcmp(d, "BF16") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = mg_bf16_to_f32(((const uint16_t *)p)[i]);
    else if (strcmp(d, "F16") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = half_to_f32(((const uint16_t *)p)[i]);
    else if (strcmp(d, "F64") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = (float)((const double *)p)[i];
    else if (strcmp(d, "I64") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = (float)((const int64_t *)p)[i];
    else if (strcmp(d, "I32") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = (float)((const int32_t *)p)[i];
    else if (strcmp(d, "I16") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = (float)((const int16_t *)p)[i];
    else if (strcmp(d, "I8") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = (float)((const int8_t *)p)[i];
    else if (strcmp(d, "U8") == 0 || strcmp(d, "BOOL") == 0)
        for (int64_t i = 0; i < count; i++) out[i] = (float)((const uint8_t *)p)[i];
    else
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s: unknown dtype %s", ft->name, d);
    return MOLGLOT_OK;
}
