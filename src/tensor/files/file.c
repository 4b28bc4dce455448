/* file.c - named tensors and metadata read from a file of any known kind.
 *
 * The kind is recognised by content. Tensors point into the mapped file where they can
 * (little-endian, contiguous, aligned) and into owned copies where not.
 */
#include "tensor/files/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int read_any(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err) {
    if (mg_torch_is_zip(bytes, n)) return mg_torch_zip_read(f, bytes, n, err);
    if (mg_torch_is_legacy(bytes, n)) return mg_torch_legacy_read(f, bytes, n, err);
    if (n >= 9 && bytes[8] == '{' && bytes[0] != '{') return mg_safetensors_read(f, bytes, n, err);
    const char *kind = mg_foreign_kind(bytes, n);
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: neither a safetensors nor a PyTorch file%s%s",
                   f->name, kind ? ", but " : "", kind ? kind : "");
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

static mg_tensor_file *open_one(const char *path, molglot_error *err) {
    mg_tensor_file *f = new_file(path, err);
    if (!f) return NULL;
    if (mg_map_open(&f->map, path, err) == MOLGLOT_OK &&
        read_any(f, f->map.data, f->map.size, err) == MOLGLOT_OK)
        return f;
    mg_tensor_file_close(f);
    return NULL;
}

mg_tensor_file *mg_tensor_file_open(const char *path, molglot_error *err) {
    mg_tensor_file *f = new_file(path, err);
    bool mine = false;
    if (!f) return NULL;
    int code = mg_shards_read(f, open_one, &mine, err);
    if (!code && mine) return f;
    mg_tensor_file_close(f);
    return code ? NULL : open_one(path, err);
}

int mg_tensor_file_sha256(const mg_tensor_file *f, char out[65], molglot_error *err) {
    mg_sha256 sha;
    if (!f->n_shards) return mg_sha256_file(f->name, out, err);
    mg_sha256_init(&sha);
    for (size_t i = 0; i < f->n_shards; i++) {
        int code = mg_sha256_file(f->shards[i]->name, out, err);
        if (code) return code;
        mg_sha256_add(&sha, out, 64);
    }
    mg_sha256_hex(&sha, out);
    return MOLGLOT_OK;
}

void mg_tensor_file_close(mg_tensor_file *f) {
    if (!f) return;
    for (size_t i = 0; i < f->n_shards; i++) mg_tensor_file_close(f->shards[i]);
    free(f->shards);
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

/* Numbers whose exponent has all bits set. */
bool mg_file_tensor_finite(const mg_file_tensor *ft) {
    const bool half = strcmp(ft->dtype, "F16") == 0, brain = strcmp(ft->dtype, "BF16") == 0;
    int64_t wrong = 0;
    if (ft->unreadable) return true;
    if (half || brain) {
        const uint16_t *p = ft->data, mask = half ? 0x7c00 : 0x7f80;
        for (int64_t i = 0; i < ft->count; i++) wrong += (p[i] & mask) == mask;
    } else if (strcmp(ft->dtype, "F32") == 0) {
        const uint32_t *p = ft->data, mask = 0x7f800000;
        for (int64_t i = 0; i < ft->count; i++) wrong += (p[i] & mask) == mask;
    } else if (strcmp(ft->dtype, "F64") == 0) {
        const double *p = ft->data;
        for (int64_t i = 0; i < ft->count; i++) wrong += !isfinite(p[i]);
    }
    return wrong == 0;
}

int mg_file_tensor_to_f32(const mg_file_tensor *ft, float *out, int64_t count, molglot_error *err) {
    if (ft->unreadable)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s cannot be read: %s", ft->name,
                       ft->unreadable);
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
