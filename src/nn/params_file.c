/* params_file.c - parameters from and to tensor files.
 *
 *   mg_params_map     inference: parameters become views of a mapped file, where type and alignment
 *                     allow
 *   mg_params_import  training: values copied from a published file whose names carry another
 *                     prefix
 *   mg_params_copy    training: values of a model that was loaded for inference; those in few bits
 *                     are unpacked
 *   mg_params_write   into a model file
 *
 * Few bits: a matrix of bytes (I8), or of halves of bytes (U8 [rows, (cols+1)/2]), has its scales
 * [rows] in NAME.scales. Tables of bags stay bytes in memory, because mg_gather_sum reads those.
 * Other matrices become BF16, which mg_linear reads.
 *
 * A parameter is looked up under its own name, then put together from its aliases (published
 * checkpoints keep query, key and value apart). Shapes must be equal; every complaint names tensor
 * and shape.
 */
#include "nn/params.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* theirs + the rest of `name`, malloc'ed. */
static char *join(const char *theirs, const char *rest) {
    size_t a = strlen(theirs), b = strlen(rest);
    char *s = malloc(a + b + 1);
    if (!s) return NULL;
    memcpy(s, theirs, a);
    memcpy(s + a, rest, b + 1);
    return s;
}

static const mg_file_tensor *find_joined(const mg_tensor_file *f, const char *theirs,
                                         const char *rest, molglot_error *err, int *code) {
    char *name = join(theirs, rest);
    if (!name) {
        *code = mg_no_memory(err, "parameters");
        return NULL;
    }
    const mg_file_tensor *ft = mg_tensor_file_find(f, name);
    free(name);
    return ft;
}

/* [rows, cols] against the file's shape; a vector may be stored as [n] or [1, n], a scalar as [], a
 * convolution's weight as [rows, in, taps]. */
static int check_shape(const mg_file_tensor *ft, int64_t rows, int64_t cols, molglot_error *err) {
    const int64_t *s = ft->shape;
    bool same =
        (ft->ndim == 2 && s[0] == rows && s[1] == cols) ||
        (ft->ndim == 3 && s[0] == rows && s[2] > 0 && cols % s[2] == 0 && s[1] == cols / s[2]) ||
        (ft->ndim == 1 && rows == 1 && s[0] == cols) || (ft->ndim == 0 && rows == 1 && cols == 1);
    if (same) return MOLGLOT_OK;
    char have[96] = "";
    size_t at = 0;
    for (int i = 0; i < ft->ndim && at + 24 < sizeof have; i++)
        at += (size_t)snprintf(have + at, sizeof have - at, i ? ", %lld" : "%lld", (long long)s[i]);
    return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s has shape [%s], the model needs [%lld, %lld]",
                   ft->name, have, (long long)rows, (long long)cols);
}

/* A model with such numbers answers nothing, and says so nowhere. */
static int check_finite(const mg_file_tensor *ft, molglot_error *err) {
    return mg_file_tensor_finite(ft) ? MOLGLOT_OK
                                     : mg_fail(err, MOLGLOT_BAD_FILE,
                                               "tensor %s holds NaN or infinite numbers", ft->name);
}

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Tables of words are padded in some files to a round number of rows: the first rows are taken. */
static mg_file_tensor without_padding(const mg_file_tensor *ft, int64_t rows, int64_t cols) {
    mg_file_tensor out = *ft;
    const bool words = ends_with(ft->name, "embeddings.word_embeddings.weight") ||
                       ends_with(ft->name, ".embeddings.weight");
    if (!words || ft->unreadable || ft->ndim != 2 || ft->shape[1] != cols || ft->shape[0] <= rows)
        return out;
    out.bytes = ft->bytes / (size_t)ft->shape[0] * (size_t)rows;
    out.shape[0] = rows;
    out.count = rows * cols;
    return out;
}

/* One alias of q into its place of out[rows*cols]. */
static int read_alias(const mg_param *q, const mg_param_alias *a, const mg_file_tensor *ft,
                      float *out, molglot_error *err) {
    const bool vector = q->t.rows == 1;
    const mg_file_tensor part = without_padding(ft, a->rows, q->t.cols);
    const int64_t unit = vector ? 1 : q->t.cols;
    int code = ft->unreadable ? MOLGLOT_OK
               : vector       ? check_shape(ft, 1, a->rows, err)
                              : check_shape(&part, a->rows, q->t.cols, err);
    if (!code) code = check_finite(ft, err);
    if (code) return code;
    return mg_file_tensor_to_f32(vector ? ft : &part, out + a->row * unit, a->rows * unit, err);
}

/* Fills out from the aliases present; *found says whether they covered the whole parameter. Aliases
 * may overlap (two names for the same rows), so coverage is followed from the front as far as it
 * reaches. */
static int read_aliases(const mg_param *q, const mg_tensor_file *f, size_t strip,
                        const char *theirs, float *out, bool *found, molglot_error *err) {
    const int64_t want = q->t.rows == 1 ? q->t.cols : q->t.rows;
    int64_t covered = 0;
    for (int i = 0; i < q->n_aliases; i++) {
        const mg_param_alias *a = &q->aliases[i];
        int code = MOLGLOT_OK;
        const mg_file_tensor *ft = find_joined(f, theirs, a->name + strip, err, &code);
        if (code) return code;
        if (!ft || a->row > covered) continue;
        if ((code = read_alias(q, a, ft, out, err))) return code;
        if (a->row + a->rows > covered) covered = a->row + a->rows;
    }
    *found = covered == want;
    return MOLGLOT_OK;
}

/* ---- inference ---- */

/* A view where the kernels can read the file's own bytes: F32, or BF16 for matrices (vectors are
 * used as F32 only). */
static bool view(mg_param *q, const mg_file_tensor *ft) {
    const uintptr_t at = (uintptr_t)ft->data;
    bool half = strcmp(ft->dtype, "BF16") == 0 && q->t.rows > 1 && at % 2 == 0;
    bool full = strcmp(ft->dtype, "F32") == 0 && at % 4 == 0;
    if (!half && !full) return false;
    q->t.dtype = half ? MG_BF16 : MG_F32;
    q->t.data = (void *)at; /* loses const: parameters of a mapped model are never written */
    return true;
}

/* The scales [rows] of a matrix in few bits; NULL with err. */
static const float *scales_of(const mg_param *q, const mg_tensor_file *f, const char *prefix,
                              const mg_file_tensor *ft, molglot_error *err) {
    int code = MOLGLOT_OK;
    const mg_file_tensor *scales = NULL;
    char *name = join(q->name, ".scales");
    if (name)
        scales = find_joined(f, prefix, name, err, &code);
    else
        code = mg_no_memory(err, "%s", q->name);
    free(name);
    if (code) return NULL;
    if (scales && strcmp(scales->dtype, "F32") == 0 && scales->count == q->t.rows &&
        (uintptr_t)scales->data % 4 == 0)
        return check_finite(scales, err) ? NULL : scales->data;
    mg_fail(err, MOLGLOT_BAD_FILE,
            "tensor %s holds rounded numbers, and %s.scales [%lld] is missing", ft->name, ft->name,
            (long long)q->t.rows);
    return NULL;
}

enum { WIDEN_PART = 1024 }; /* numbers at a time */

/* Halves of bytes to bytes. By one thread, as all of loading: a program that forks after it must
 * not have a team of threads already. */
static void widen_nibbles(const mg_tensor *t, const uint8_t *packed, int8_t *out) {
    const int64_t rows = t->rows, cols = t->cols, stride = cols / 2 + cols % 2;
    for (int64_t r = 0; r < rows; r++) mg_widen4(packed + r * stride, cols, out + r * cols);
}

/* Bytes to BF16. */
static void widen_bytes(const mg_tensor *t, const int8_t *q, const float *scales, uint16_t *out) {
    const int64_t rows = t->rows, cols = t->cols;
    for (int64_t r = 0; r < rows; r++) {
        float part[WIDEN_PART];
        for (int64_t c = 0; c < cols; c += WIDEN_PART) {
            const int64_t n = cols - c < WIDEN_PART ? cols - c : WIDEN_PART;
            mg_widen8(q + r * cols + c, n, scales[r], part);
            mg_f32_to_bf16_n(part, out + r * cols + c, n);
        }
    }
}

static bool is_nibbles(const mg_file_tensor *ft) { return strcmp(ft->dtype, "U8") == 0; }
static bool is_bytes(const mg_file_tensor *ft) { return strcmp(ft->dtype, "I8") == 0; }

bool mg_param_is_table(const char *name) {
    const size_t n = strlen(name);
    return n > 6 && strcmp(name + n - 6, ".table") == 0;
}

/* A matrix in few bits: a table of bytes is a view, all else is widened into memory of p. */
static int map_rounded(mg_params *p, mg_param *q, const mg_tensor_file *f, const char *prefix,
                       const mg_file_tensor *ft, molglot_error *err) {
    const bool nibbles = is_nibbles(ft), table = mg_param_is_table(q->name);
    int code = check_shape(ft, q->t.rows, nibbles ? q->t.cols / 2 + q->t.cols % 2 : q->t.cols, err);
    if (code) return code;
    if (nibbles && !table)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "tensor %s is U8: only bags' tables are kept in 4 bits", ft->name);
    const float *scales = scales_of(q, f, prefix, ft, err);
    if (!scales) return mg_code_of(err, MOLGLOT_BAD_FILE);
    void *own = nibbles || !table
                    ? mg_arena_alloc(&p->memory, (size_t)mg_tensor_count(&q->t) * (table ? 1 : 2))
                    : (void *)(uintptr_t)ft->data;
    if (!own) return mg_no_memory(err, "%s", q->name);
    if (nibbles)
        widen_nibbles(&q->t, ft->data, own);
    else if (!table)
        widen_bytes(&q->t, ft->data, scales, own);
    q->t.dtype = table ? MG_I8 : MG_BF16;
    q->t.data = own;
    q->t.scales = table ? scales : NULL;
    return MOLGLOT_OK;
}

static bool is_integer(const mg_file_tensor *ft) {
    return !ft->unreadable &&
           (*ft->dtype == 'I' || *ft->dtype == 'U' || !strcmp(ft->dtype, "BOOL"));
}

static int map_one(mg_params *p, mg_param *q, const mg_tensor_file *f, const char *prefix,
                   molglot_error *err) {
    int code = MOLGLOT_OK;
    const mg_file_tensor *ft = find_joined(f, prefix, q->name, err, &code);
    if (code) return code;
    if (ft && q->t.rows > 1 && (is_nibbles(ft) || is_bytes(ft)))
        return map_rounded(p, q, f, prefix, ft, err);
    if (ft) {
        if ((code = check_shape(ft, q->t.rows, q->t.cols, err))) return code;
        if (is_integer(ft))
            return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is %s: integers are no weights",
                           ft->name, ft->dtype);
        if ((code = check_finite(ft, err))) return code;
        if (view(q, ft)) return MOLGLOT_OK;
    }
    float *own = mg_arena_alloc(&p->memory, (size_t)mg_param_span(q) * sizeof(float));
    if (!own) return mg_no_memory(err, "%s", q->name);
    q->t.data = own;
    if (ft) return mg_file_tensor_to_f32(ft, own, mg_tensor_count(&q->t), err);
    bool found = false;
    if ((code = read_aliases(q, f, 0, prefix, own, &found, err))) return code;
    if (!found)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s%s [%lld, %lld] is missing", prefix,
                       q->name, (long long)q->t.rows, (long long)q->t.cols);
    return MOLGLOT_OK;
}

int mg_params_map(mg_params *p, const mg_tensor_file *f, const char *prefix, molglot_error *err) {
    int code = mg_params_check(p, err);
    if (code) return code;
    size_t most = 64;
    for (size_t i = 0; i < p->n; i++) most += (size_t)mg_param_span(p->list[i]) * sizeof(float);
    if ((code = mg_arena_init(&p->memory, most, err))) return code;
    p->file = f;
    for (size_t i = 0; i < p->n; i++)
        if ((code = map_one(p, p->list[i], f, prefix ? prefix : "", err))) return code;
    return MOLGLOT_OK;
}

/* Whether the tensor `own` is one of p's, under its name, an alias, or as its scales. */
static bool claims(const mg_params *p, const char *own) {
    const size_t n = strlen(own), end = strlen(".scales");
    const bool scales = n > end && !strcmp(own + n - end, ".scales");
    for (size_t i = 0; i < p->n; i++) {
        const mg_param *q = p->list[i];
        if (!strcmp(q->name, own)) return true;
        if (scales && strlen(q->name) == n - end && !strncmp(q->name, own, n - end)) return true;
        for (int a = 0; a < q->n_aliases; a++)
            if (!strcmp(q->aliases[a].name, own)) return true;
    }
    return false;
}

bool mg_params_claim(const mg_params *const *list, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (list[i] && claims(list[i], name)) return true;
    return false;
}

/* ---- training ---- */

static int import_one(mg_params *p, mg_param *q, const mg_tensor_file *f, size_t strip,
                      const char *theirs, bool *found, molglot_error *err) {
    float *values = p->values + q->offset;
    int code = MOLGLOT_OK;
    const mg_file_tensor *ft = find_joined(f, theirs, q->name + strip, err, &code);
    if (code) return code;
    *found = ft != NULL;
    if (ft) {
        if (is_bytes(ft) || is_nibbles(ft))
            return mg_fail(
                err, MOLGLOT_BAD_FILE,
                "tensor %s holds rounded numbers: train on from the run's checkpoint instead",
                ft->name);
        const mg_file_tensor part = without_padding(ft, q->t.rows, q->t.cols);
        if (!ft->unreadable) code = check_shape(&part, q->t.rows, q->t.cols, err);
        if (!code) code = check_finite(ft, err);
        return code ? code : mg_file_tensor_to_f32(&part, values, mg_tensor_count(&q->t), err);
    }
    if (!q->n_aliases) return MOLGLOT_OK;
    const size_t bytes = (size_t)mg_tensor_count(&q->t) * sizeof(float);
    /* half a parameter from a file that lacks the rest would be neither the one nor the other */
    float *pieces = malloc(bytes);
    if (!pieces) return mg_no_memory(err, "%s", q->name);
    code = read_aliases(q, f, strip, theirs, pieces, found, err);
    if (!code && *found) memcpy(values, pieces, bytes);
    free(pieces);
    return code;
}

int mg_params_import(mg_params *p, const mg_tensor_file *f, const char *ours, const char *theirs,
                     size_t *found, molglot_error *err) {
    size_t n = 0;
    if (!p->values)
        return mg_fail(err, MOLGLOT_USAGE, "parameters are imported after they are built");
    int code = mg_params_pull(p, err);
    if (code) return code;
    for (size_t i = 0; i < p->n; i++) {
        mg_param *q = p->list[i];
        bool here = false;
        if (strncmp(q->name, ours, strlen(ours)) != 0) continue;
        code = import_one(p, q, f, strlen(ours), theirs, &here, err);
        if (code) return code;
        q->imported |= here;
        n += here;
    }
    if (p->ema) memcpy(p->ema, p->values, (size_t)p->n_train * sizeof(float));
    mg_params_refresh_shadow(p);
    if (found) *found = n;
    return mg_params_push(p, err);
}

/* Row r of a parameter as it was loaded, widened. */
static void widen_row(const mg_tensor *s, int64_t r, float *out) {
    const int64_t n = s->cols;
    if (s->dtype == MG_F32) memcpy(out, (const float *)s->data + r * n, (size_t)n * sizeof *out);
    for (int64_t k = 0; s->dtype == MG_BF16 && k < n; k++)
        out[k] = mg_bf16_to_f32(((const uint16_t *)s->data)[r * n + k]);
    if (s->dtype == MG_I8) mg_widen8((const int8_t *)s->data + r * n, n, s->scales[r], out);
}

/* The numbers of s, F32 or few bits, to parameter q. */
static int copy_values(mg_params *to, const mg_param *q, const mg_tensor *s, molglot_error *err) {
    float *values = to->values + q->offset;
    if (!s || s->rows != q->t.rows || s->cols != q->t.cols ||
        (s->dtype != MG_F32 && s->dtype != MG_BF16 && s->dtype != MG_I8))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "parameter %s [%lld, %lld]: the other model has none like it", q->name,
                       (long long)q->t.rows, (long long)q->t.cols);
    for (int64_t r = 0; r < s->rows; r++) widen_row(s, r, values + r * s->cols);
    return MOLGLOT_OK;
}

static bool begins_with_one(const char *name, const char *const *prefixes) {
    bool any = false;
    for (; prefixes && *prefixes; prefixes++)
        any |= strncmp(name, *prefixes, strlen(*prefixes)) == 0;
    return any;
}

/* Of the parameters under prefix; all: none may be missing. */
static int copy(mg_params *to, const mg_params *from, const char *prefix, bool all,
                const char *const *zero, molglot_error *err) {
    if (!to->values)
        return mg_fail(err, MOLGLOT_USAGE, "parameters are copied after they are built");
    int code = mg_params_pull(to, err);
    for (size_t i = 0; i < to->n && !code; i++) {
        const mg_param *q = to->list[i];
        if (strncmp(q->name, prefix, strlen(prefix)) != 0) continue;
        const mg_tensor *s = mg_params_find(from, q->name);
        if (s || all)
            code = copy_values(to, q, s, err);
        else if (begins_with_one(q->name, zero))
            memset(to->values + q->offset, 0, (size_t)mg_tensor_count(&q->t) * sizeof(float));
    }
    if (code) return code;
    if (to->ema) memcpy(to->ema, to->values, (size_t)to->n_train * sizeof(float));
    mg_params_refresh_shadow(to);
    return mg_params_push(to, err);
}

int mg_params_copy(mg_params *to, const mg_params *from, molglot_error *err) {
    return copy(to, from, "", true, NULL, err);
}

int mg_params_copy_common(mg_params *to, const mg_params *from, const char *const *zero,
                          molglot_error *err) {
    return copy(to, from, "", false, zero, err);
}

int mg_params_copy_under(mg_params *to, const mg_params *from, const char *prefix,
                         molglot_error *err) {
    return copy(to, from, prefix, true, NULL, err);
}

/* Those of n rows that were taken: their mean row to zero, their numbers to this deviation. */
static int rescale(float *values, const int32_t *rows, int64_t n, int64_t cols, float std,
                   molglot_error *err) {
    double *mean = calloc((size_t)cols + 1, sizeof *mean), sum = 0;
    int64_t taken = 0;
    if (!mean) return mg_no_memory(err, "parameters");
    for (int64_t i = 0; i < n; i++) {
        if (rows[i] < 0) continue;
        taken++;
        for (int64_t k = 0; k < cols; k++) mean[k] += (double)values[i * cols + k];
    }
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < cols && rows[i] >= 0; k++) {
                float *x = &values[i * cols + k];
                const double centred = (double)*x - mean[k] / (double)taken;
                if (pass)
                    *x =
                        (float)(centred * (double)std / sqrt(sum / (double)(taken * cols) + 1e-30));
                else
                    sum += centred * centred;
            }
    free(mean);
    return MOLGLOT_OK;
}

int mg_params_copy_rows(mg_params *to, const char *name, const mg_params *from, const char *theirs,
                        const int32_t *rows, float std, molglot_error *err) {
    const mg_tensor *s = mg_params_find(from, theirs);
    const mg_param *q = NULL;
    for (size_t i = 0; i < to->n && !q; i++)
        if (strcmp(to->list[i]->name, name) == 0) q = to->list[i];
    if (!to->values)
        return mg_fail(err, MOLGLOT_USAGE, "parameters are copied after they are built");
    if (!q || !s || s->cols != q->t.cols ||
        (s->dtype != MG_F32 && s->dtype != MG_BF16 && s->dtype != MG_I8))
        return mg_fail(err, MOLGLOT_BAD_FILE, "parameter %s: the other model has no %s like it",
                       name, theirs);
    int code = mg_params_pull(to, err);
    float *values = to->values + q->offset;
    for (int64_t i = 0; i < q->t.rows && !code; i++) {
        if (rows[i] >= s->rows)
            return mg_fail(err, MOLGLOT_BAD_FILE, "parameter %s has no row %d", theirs, rows[i]);
        if (rows[i] >= 0) widen_row(s, rows[i], values + i * s->cols);
    }
    if (!code && std > 0) code = rescale(values, rows, q->t.rows, s->cols, std, err);
    if (code) return code;
    if (to->ema && mg_param_trains(q))
        memcpy(to->ema + q->offset, values, (size_t)mg_tensor_count(&q->t) * sizeof *values);
    mg_params_refresh_shadow(to);
    return mg_params_push(to, err);
}

/* ---- writing ---- */

int mg_params_write_rounded(mg_weights_out *w, const char *name, const char *dtype,
                            const int64_t shape[2], const void *data, bool nibbles,
                            molglot_error *err) {
    char *scales = join(name, ".scales");
    if (!scales) return mg_no_memory(err, "%s", name);
    int code = mg_weights_out_add(w, name, dtype, 2, shape, data, nibbles ? "I4" : "I8", err);
    if (!code)
        code = mg_weights_out_add(w, scales, dtype, 2, shape, data, nibbles ? "SCALES4" : "SCALES8",
                                  err);
    free(scales);
    return code;
}

int mg_params_write(const mg_params *p, mg_weights_out *w, const char *store_as,
                    molglot_error *err) {
    const bool nibbles = store_as && strcmp(store_as, "I4") == 0,
               bytes = store_as && strcmp(store_as, "I8") == 0;
    if (bytes) store_as = "BF16";
    int code = mg_params_pull(p, err);
    for (size_t i = 0; i < p->n && !code; i++) {
        const mg_param *q = p->list[i];
        const bool vector = q->t.rows == 1, half = q->t.dtype == MG_BF16,
                   table = mg_param_is_table(q->name);
        const void *data = p->ema && mg_param_trains(q) ? p->ema + q->offset : q->t.data;
        const int64_t shape[2] = {vector ? q->t.cols : q->t.rows, q->t.cols};
        const char *dtype = half ? "BF16" : "F32";
        if (q->t.dtype == MG_I8)
            return mg_fail(err, MOLGLOT_USAGE,
                           "parameter %s is a view of rounded numbers: it cannot be written again",
                           q->name);
        if (!vector && (nibbles || (bytes && table && !half)))
            code = mg_params_write_rounded(w, q->name, dtype, shape, data, nibbles && table, err);
        else
            code = mg_weights_out_add(w, q->name, dtype, vector ? 1 : 2, shape, data,
                                      vector || half ? NULL : store_as, err);
    }
    return code;
}
