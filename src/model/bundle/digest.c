/* digest.c - a part's own digest: SHA-256 over its names, so that it is the same in a file of its
 * own and in a merged one.
 *
 *   each metadata pair but molglot.digest, by key:   key 0 value 0
 *   each tensor, by name:                            name 0 dtype 0 shape (as "3,4") 0 hash 0
 *
 * hash: SHA-256 of the tensor's bytes as they are stored, in hexadecimal; those are taken by
 * several threads.
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct row {
    const char *key;   /* within the part */
    const char *value; /* metadata; NULL: a tensor */
    size_t at;         /* the tensor's number in the file */
    mg_file_tensor t;
    char hash[65];
} row;

typedef struct rows {
    row *list;
    size_t n;
} rows;

static int by_key(const void *pa, const void *pb) {
    const row *a = pa, *b = pb;
    if (!a->value != !b->value) return a->value ? -1 : 1;
    return strcmp(a->key, b->key);
}

static int rows_new(rows *r, size_t most, molglot_error *err) {
    r->n = 0;
    r->list = calloc(most + 1, sizeof *r->list);
    return r->list ? MOLGLOT_OK : mg_no_memory(err, "the digest");
}

static void add_meta(rows *r, const char *key, const char *value) {
    if (strcmp(key, MG_DIGEST) != 0) r->list[r->n++] = (row){.key = key, .value = value};
}

static void finish(rows *r, char out[65]) {
    mg_sha256 s;
    mg_sha256_init(&s);
    qsort(r->list, r->n, sizeof *r->list, by_key);
    for (size_t i = 0; i < r->n; i++) {
        const row *x = &r->list[i];
        mg_sha256_add(&s, x->key, strlen(x->key) + 1);
        if (x->value) {
            mg_sha256_add(&s, x->value, strlen(x->value) + 1);
            continue;
        }
        mg_sha256_add(&s, x->t.dtype, strlen(x->t.dtype) + 1);
        for (int d = 0; d < x->t.ndim; d++) {
            char size[24];
            const int n = snprintf(size, sizeof size, d ? ",%lld" : "%lld",
                                   (long long)x->t.shape[d]);
            mg_sha256_add(&s, size, (size_t)n);
        }
        mg_sha256_add(&s, "", 1);
        mg_sha256_add(&s, x->hash, sizeof x->hash);
    }
    mg_sha256_hex(&s, out);
    free(r->list);
}

int mg_digest_part(const mg_part *p, char out[65], molglot_error *err) {
    const size_t metas = mg_tensor_file_meta_count(p->file), n = mg_tensor_file_count(p->file);
    rows r;
    int code = rows_new(&r, metas + n, err);
    if (code) return code;
    for (size_t i = 0; i < metas; i++) {
        const char *key, *value, *own;
        mg_tensor_file_meta_at(p->file, i, &key, &value);
        if (mg_part_owns(p, key, &own)) add_meta(&r, own, value);
    }
    for (size_t i = 0; i < n; i++) {
        const mg_file_tensor *t = mg_tensor_file_at(p->file, i);
        const char *own;
        if (mg_part_owns(p, t->name, &own)) r.list[r.n++] = (row){.key = own, .t = *t};
    }
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(0))
    for (size_t i = 0; i < r.n; i++) {
        row *x = &r.list[i];
        mg_sha256 s;
        if (x->value) continue;
        mg_sha256_init(&s);
        mg_sha256_add(&s, x->t.data, x->t.bytes);
        mg_sha256_hex(&s, x->hash);
    }
    finish(&r, out);
    return MOLGLOT_OK;
}

int mg_digest_written(const mg_weights_out *w, const char *prefix, char out[65],
                      molglot_error *err) {
    const size_t skip = strlen(prefix), n = mg_weights_out_count(w);
    const char *key, *value;
    rows r;
    int code = rows_new(&r, mg_weights_out_meta_count(w) + n, err);
    if (code) return code;
    for (void *at = NULL; (at = mg_weights_out_meta_next(w, at, &key, &value));)
        if (strncmp(key, prefix, skip) == 0) add_meta(&r, key + skip, value);
    for (size_t i = 0; i < n; i++) {
        row *x = &r.list[r.n];
        mg_weights_out_at(w, i, &x->t);
        if (strncmp(x->t.name, prefix, skip) != 0) continue;
        x->key = x->t.name + skip;
        x->at = i;
        r.n++;
    }
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(0))
    for (size_t i = 0; i < r.n; i++) {
        row *x = &r.list[i];
        molglot_error own = {0};
        if (x->value || !mg_weights_out_hash(w, x->at, x->hash, &own)) continue;
#pragma omp critical
        {
            code = own.code;
            if (err) *err = own;
        }
    }
    finish(&r, out);
    return code;
}
