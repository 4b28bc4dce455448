/* torchfile.c - reads what torch.save wrote, in both of its containers. Nothing in it is executed.
 *
 *   zip (torch >= 1.6)   ROOT/data.pkl, a pickle; ROOT/data/KEY, raw storages; ROOT/byteorder
 *   legacy               pickles of a magic number, a protocol number, system facts, the object,
 * the list of storage keys; then for each key an int64 element count and the raw elements
 *
 * The object is walked, and every tensor gets a dotted name ("encoder.0.weight"). With a top-level
 * "state_dict" (Lightning) only its tensors are taken, without that prefix: the rest are optimiser
 * moments. A tensor whose numbers cannot be read here (complex, 8-bit floats, sparse, quantised ..)
 * is listed as such: who needs it fails. Attributes that PyTorch puts between a class and its
 * tensors (_store._mapping of torch_geometric, _parameters of modules) add nothing to a name.
 * Strings, numbers and booleans in dicts become metadata under their dotted names
 * ("hyper_parameters.lr").
 */
#include "base/grow.h"
#include "tensor/files/inside.h"
#include "tensor/files/pickle.h"
#include "tensor/files/weights.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define MAX_DEPTH 64
/* values visited: shared values must not multiply into endless names */
#define MAX_WALK ((size_t)1 << 20)
#define MAX_NAME 1024
/* as for streams: beyond it, 1000 bytes out for one in is a bomb */
#define MAX_UNPACKED ((uint64_t)1 << 30)
#define MAX_RATIO    1000u

typedef struct storage {
    const uint8_t *data;
    size_t bytes;
} storage;

typedef struct loader {
    mg_tensor_file *f;
    molglot_error *err;
    size_t file_bytes;
    mg_pickle *pickle;
    mg_names keys; /* of storages already loaded */
    storage *storages;
    size_t n_storages, cap_storages;
    zip_t *zip;  /* NULL: legacy */
    mg_str root; /* "archive/" */
    uint64_t unpacked;
    size_t copied; /* bytes of strided tensors made contiguous */
    size_t walked;
} loader;

static int bad(const loader *l, const char *what, const char *why) {
    return mg_fail(l->err, MOLGLOT_BAD_FILE, "%s: %.200s: %s", l->f->name, what, why);
}

static int no_memory(const loader *l) { return mg_no_memory(l->err, "%s", l->f->name); }

/* Types of storages and of tensors. A size alone: there, but not to be read here. */
static const struct known_type {
    const char *storage, *type, *dtype;
    size_t size;
} known_types[] = {{"FloatStorage", "torch.float32", "F32", 4},
                   {"DoubleStorage", "torch.float64", "F64", 8},
                   {"HalfStorage", "torch.float16", "F16", 2},
                   {"BFloat16Storage", "torch.bfloat16", "BF16", 2},
                   {"LongStorage", "torch.int64", "I64", 8},
                   {"IntStorage", "torch.int32", "I32", 4},
                   {"ShortStorage", "torch.int16", "I16", 2},
                   {"CharStorage", "torch.int8", "I8", 1},
                   {"ByteStorage", "torch.uint8", "U8", 1},
                   {"BoolStorage", "torch.bool", "BOOL", 1},
                   {"ComplexFloatStorage", "torch.complex64", NULL, 8},
                   {"ComplexDoubleStorage", "torch.complex128", NULL, 16},
                   {"ComplexHalfStorage", "torch.complex32", NULL, 4},
                   {"QInt8Storage", "torch.qint8", NULL, 1},
                   {"QUInt8Storage", "torch.quint8", NULL, 1},
                   {"QInt32Storage", "torch.qint32", NULL, 4},
                   {"QUInt4x2Storage", "torch.quint4x2", NULL, 1},
                   {"QUInt2x4Storage", "torch.quint2x4", NULL, 1},
                   {"storage.UntypedStorage", "", NULL, 1},
                   {"UntypedStorage", "", NULL, 1}};

/* The type of a storage's elements; NULL: a name nobody knows. */
static const struct known_type *storage_type(const mg_py *st) {
    const char *name = st->of->text;
    if (strncmp(name, "torch.cuda.", 11) == 0)
        name += 11; /* in the oldest files */
    else if (strncmp(name, "torch.", 6) == 0)
        name += 6;
    for (size_t i = 0; i < MG_COUNT(known_types); i++)
        if (strcmp(known_types[i].storage, name) == 0) return &known_types[i];
    return NULL;
}

/* That of a tensor: its own where it names one; else its storage's. */
static const struct known_type *tensor_type(const mg_py *v) {
    if (!v->state) return storage_type(v->of);
    for (size_t i = 0; i < MG_COUNT(known_types); i++)
        if (strcmp(known_types[i].type, v->state->text) == 0) return &known_types[i];
    return NULL;
}

/* ---- storages ---- */

static int add_storage(loader *l, const char *key, const uint8_t *data, size_t bytes) {
    if (!MG_GROW(l->storages, l->cap_storages, l->n_storages + 1) ||
        !mg_names_put(&l->keys, key, l->n_storages))
        return no_memory(l);
    l->storages[l->n_storages++] = (storage){data, bytes};
    return MOLGLOT_OK;
}

/* Reads a member of the archive whole. Sizes in a zip are claims: they are checked before memory is
 * taken. */
static int read_member(loader *l, const char *name, uint8_t **out, size_t *bytes) {
    zip_stat_t st;
    if (zip_stat(l->zip, name, 0, &st)) return bad(l, name, "not in the archive");
    if (!(st.valid & ZIP_STAT_SIZE) || !(st.valid & ZIP_STAT_COMP_METHOD))
        return bad(l, name, "a member of unknown size");
    if (st.comp_method != ZIP_CM_STORE && st.comp_method != ZIP_CM_DEFLATE)
        return bad(l, name, "its compression is not supported (stored or deflated only)");
    /* deflate's limit */
    uint64_t most = st.comp_method == ZIP_CM_STORE ? l->file_bytes : (uint64_t)l->file_bytes * 1040;
    l->unpacked += st.size < most ? st.size : most;
    if (st.size > most || (l->unpacked > MAX_UNPACKED && l->unpacked / MAX_RATIO > l->file_bytes))
        return bad(l, name, "larger than the archive can hold");
    uint8_t *data = mg_file_own(l->f, (size_t)st.size);
    zip_file_t *in = data ? zip_fopen_index(l->zip, st.index, 0) : NULL;
    if (!data) return no_memory(l);
    if (!in) return bad(l, name, zip_strerror(l->zip));
    /* One byte more than it should have: the end of the member is reached, and with it the checksum
     * is verified. */
    uint8_t extra;
    zip_int64_t got = zip_fread(in, data, st.size), rest = got < 0 ? -1 : zip_fread(in, &extra, 1);
    bool whole = got >= 0 && (uint64_t)got == st.size && rest == 0;
    int code = whole ? MOLGLOT_OK
                     : bad(l, name, got < 0 || rest < 0 ? zip_file_strerror(in) : "wrong size");
    zip_fclose(in);
    *out = data;
    *bytes = (size_t)st.size;
    return code;
}

/* The bytes behind a storage. */
static int find_storage(loader *l, const mg_py *st, storage *out) {
    ptrdiff_t at = mg_names_find(&l->keys, st->text);
    int code = MOLGLOT_OK;
    if (at < 0 && !l->zip) return bad(l, st->text, "a storage that is not in the file");
    if (at < 0) {
        mg_str name = {0};
        mg_str_addf(&name, "%sdata/%s", l->root.s, st->text);
        uint8_t *data = NULL;
        size_t bytes = 0;
        code = name.failed ? no_memory(l) : read_member(l, name.s, &data, &bytes);
        mg_str_free(&name);
        at = (ptrdiff_t)l->n_storages;
        if (!code) code = add_storage(l, st->text, data, bytes);
    }
    if (code) return code;
    size_t need;
    const struct known_type *type = storage_type(st);
    *out = l->storages[at];
    if (st->i < 0 || !type || !mg_mul_size((size_t)st->i, type->size, &need) || need > out->bytes)
        return bad(l, st->text, "a storage shorter than it should be");
    return MOLGLOT_OK;
}

/* ---- tensors ---- */

static bool is_contiguous(const mg_file_tensor *ft, const int64_t *stride) {
    int64_t expected = 1;
    for (int i = ft->ndim - 1; i >= 0; i--) {
        if (ft->shape[i] != 1 && stride[i] != expected) return false;
        expected *= ft->shape[i];
    }
    return true;
}

/* Copies elements into row-major order; from: the first element. Bounds were checked. */
static void copy_strided(const mg_file_tensor *ft, const int64_t *stride, const uint8_t *from,
                         uint8_t *to) {
    size_t size = mg_file_dtype_size(ft->dtype);
    int64_t at[8] = {0};
    for (int64_t i = 0; i < ft->count; i++, to += size) {
        int64_t element = 0;
        for (int k = 0; k < ft->ndim; k++) element += at[k] * stride[k];
        memcpy(to, from + (size_t)element * size, size);
        for (int k = ft->ndim - 1; k >= 0 && ++at[k] == ft->shape[k]; k--) at[k] = 0;
    }
}

/* Does the last element of the view lie inside the storage of n elements? */
static bool view_fits(const mg_file_tensor *ft, const int64_t *stride, int64_t offset, int64_t n) {
    int64_t last = offset;
    for (int i = 0; i < ft->ndim; i++) {
        int64_t step;
        if (__builtin_mul_overflow(ft->shape[i] - 1, stride[i], &step) ||
            __builtin_add_overflow(last, step, &last))
            return false;
    }
    return last < n;
}

static int fill_data(loader *l, const char *name, const mg_py *v, const int64_t *stride,
                     mg_file_tensor *ft) {
    storage st = {0};
    size_t size = mg_file_dtype_size(ft->dtype);
    int code = find_storage(l, v->of, &st);
    if (code) return code;
    ft->data = "";
    if (ft->count == 0) return MOLGLOT_OK;
    if (v->i < 0 || !view_fits(ft, stride, v->i, (int64_t)(st.bytes / size)))
        return bad(l, name, "the tensor lies beyond its storage");
    const uint8_t *from = st.data + (size_t)v->i * size;
    if (is_contiguous(ft, stride)) {
        ft->data = mg_file_aligned(l->f, from, ft->bytes, size);
        return ft->data ? MOLGLOT_OK : no_memory(l);
    }
    /* A view may repeat elements (stride 0), and a storage may have many views: copies must not
     * outgrow the file. */
    if ((l->copied + ft->bytes) / 4 > l->file_bytes + l->unpacked) {
        ft->unreadable = "an expanded or strided view that is much larger than the file";
        return MOLGLOT_OK;
    }
    l->copied += ft->bytes;
    uint8_t *copy = mg_file_own(l->f, ft->bytes);
    if (!copy) return no_memory(l);
    copy_strided(ft, stride, from, copy);
    ft->data = copy;
    return MOLGLOT_OK;
}

/* Listed by the type that the tensor or its storage has. */
static int take_unknown(loader *l, const char *name, const mg_py *v, const mg_file_tensor *ft) {
    char why[96];
    const char *type = v->state ? v->state->text : v->of->of->text;
    snprintf(why, sizeof why, "numbers of type %.60s", type);
    return mg_file_add_unreadable(l->f, name, "?", ft->ndim, ft->shape, why, l->err);
}

static int take_tensor(loader *l, const char *name, const mg_py *v) {
    const mg_py *sizes = v->items[0], *strides = v->items[1];
    int64_t stride[8];
    mg_file_tensor ft = {0};
    const struct known_type *type = tensor_type(v);
    if (sizes->n > MG_COUNT(ft.shape)) return bad(l, name, "it has more than 8 dimensions");
    ft.ndim = (int)sizes->n;
    for (int i = 0; i < ft.ndim; i++) {
        ft.shape[i] = sizes->items[i]->i;
        stride[i] = strides->items[i]->i;
        if (stride[i] < 0) return bad(l, name, "a negative stride");
    }
    if (!type || !type->dtype) return take_unknown(l, name, v, &ft);
    strcpy(ft.dtype, type->dtype);
    if (!mg_file_tensor_measure(&ft)) return bad(l, name, "an impossible shape");
    int code = fill_data(l, name, v, stride, &ft);
    if (code) return code;
    return ft.unreadable ? mg_file_add_unreadable(l->f, name, ft.dtype, ft.ndim, ft.shape,
                                                  ft.unreadable, l->err)
                         : mg_file_add_tensor(l->f, &ft, name, l->err);
}

/* ---- the walk from the object to its tensors ---- */

typedef struct place {
    char name[MAX_NAME];
    bool tensors; /* false: only metadata are wanted here */
} place;

static int walk(loader *l, place *at, const mg_py *v, int depth);

/* The shortest decimal that reads back the same, with a point in every locale. */
static void number_text(double d, char out[40]) {
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, d);
        if (strtod(out, NULL) == d) break;
    }
    for (char *p = out; *p; p++)
        if (*p == ',') *p = '.';
}

static int take_scalar(loader *l, const place *at, const mg_py *v) {
    char text[40];
    switch (v->kind) {
    case MG_PY_STR: return mg_file_add_meta(l->f, at->name, v->text, l->err);
    case MG_PY_BOOL: return mg_file_add_meta(l->f, at->name, v->i ? "true" : "false", l->err);
    case MG_PY_INT: snprintf(text, sizeof text, "%lld", (long long)v->i); break;
    case MG_PY_FLOAT: number_text(v->d, text); break;
    default: return MOLGLOT_OK;
    }
    return mg_file_add_meta(l->f, at->name, text, l->err);
}

/* Attributes between a class and its tensors that its own state_dict() or keys() would not show. */
static bool is_transparent(const char *key) {
    static const char *const names[] = {"_store", "_mapping", "_parameters", "_buffers",
                                        "_modules"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (strcmp(names[i], key) == 0) return true;
    return false;
}

/* Walks into v under the name extended by key (none when key is NULL). */
static int walk_part(loader *l, place *at, const char *key, const mg_py *v, int depth) {
    size_t n = strlen(at->name), room = sizeof at->name - n;
    if (key && (size_t)snprintf(at->name + n, room, "%s%s", n ? "." : "", key) >= room) {
        at->name[n] = 0;
        return bad(l, at->name, "a name of more than 1 KB");
    }
    int code = walk(l, at, v, depth + 1);
    at->name[n] = 0;
    return code;
}

static int walk_pairs(loader *l, place *at, const mg_py *v, bool is_state, int depth) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; !code && i + 1 < v->n; i += 2) {
        const mg_py *key = v->items[i], *value = v->items[i + 1];
        char number[24];
        if (key->kind == MG_PY_STR && strlen(key->text) != key->text_n)
            code = bad(l, at->name, "a name with a zero byte");
        else if (key->kind == MG_PY_STR)
            code = walk_part(l, at, is_state && is_transparent(key->text) ? NULL : key->text, value,
                             depth);
        else if (key->kind == MG_PY_INT) {
            snprintf(number, sizeof number, "%lld", (long long)key->i);
            code = walk_part(l, at, number, value, depth);
        }
    }
    return code;
}

/* Lists give tensors numbered names; their scalars are not metadata. */
static int walk_list(loader *l, place *at, const mg_py *v, int depth) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; !code && i < v->n; i++) {
        char number[24];
        if (v->items[i]->kind < MG_PY_TUPLE) continue;
        snprintf(number, sizeof number, "%zu", i);
        code = walk_part(l, at, number, v->items[i], depth);
    }
    return code;
}

/* An unknown class: its dict items, and its state: a dict, or a tuple of dicts (attributes,
 * slots). */
static int walk_object(loader *l, place *at, const mg_py *v, int depth) {
    int code = walk_pairs(l, at, v, false, depth);
    const mg_py *state = v->state;
    if (code || !state) return code;
    if (state->kind == MG_PY_DICT) return walk_pairs(l, at, state, true, depth);
    for (size_t i = 0; !code && state->kind == MG_PY_TUPLE && i < state->n; i++)
        if (state->items[i]->kind == MG_PY_DICT)
            code = walk_pairs(l, at, state->items[i], true, depth);
    return code;
}

static int walk(loader *l, place *at, const mg_py *v, int depth) {
    if (depth > MAX_DEPTH) return bad(l, at->name, "nested more than 64 deep");
    if (++l->walked > MAX_WALK) return bad(l, at->name, "more than a million values");
    switch (v->kind) {
    case MG_PY_TENSOR:
        return at->tensors ? take_tensor(l, *at->name ? at->name : "tensor", v) : MOLGLOT_OK;
    case MG_PY_UNREADABLE:
        return !at->tensors ? MOLGLOT_OK
                            : mg_file_add_unreadable(l->f, *at->name ? at->name : "tensor", "?", 0,
                                                     NULL, v->text, l->err);
    case MG_PY_TUPLE:
    case MG_PY_LIST: return walk_list(l, at, v, depth);
    case MG_PY_DICT: return walk_pairs(l, at, v, false, depth);
    case MG_PY_OBJECT: return walk_object(l, at, v, depth);
    default: return *at->name ? take_scalar(l, at, v) : MOLGLOT_OK;
    }
}

static int walk_top(loader *l, const mg_py *top) {
    place at = {"", true};
    const mg_py *state = top->kind == MG_PY_DICT ? mg_py_get(top, "state_dict") : NULL;
    if (!state || (state->kind != MG_PY_DICT && state->kind != MG_PY_OBJECT))
        return walk(l, &at, top, 0);
    int code = walk(l, &at, state, 0);
    at.tensors = false;
    for (size_t i = 0; !code && i + 1 < top->n; i += 2) {
        const mg_py *key = top->items[i];
        if (top->items[i + 1] != state && key->kind == MG_PY_STR &&
            strlen(key->text) == key->text_n)
            code = walk_part(l, &at, key->text, top->items[i + 1], 0);
    }
    return code;
}

/* ---- the zip container ---- */

bool mg_torch_is_zip(const uint8_t *bytes, size_t n) {
    return n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0;
}

/* The archive's folder: the one that has data.pkl. */
static int find_root(loader *l) {
    zip_int64_t n = zip_get_num_entries(l->zip, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(l->zip, (zip_uint64_t)i, 0);
        const char *slash = name ? strchr(name, '/') : NULL;
        if (!slash || strcmp(slash, "/data.pkl") != 0) continue;
        mg_str_add(&l->root, name, (size_t)(slash - name) + 1);
        return l->root.failed ? no_memory(l) : MOLGLOT_OK;
    }
    return mg_fail(l->err, MOLGLOT_BAD_FILE,
                   "%s: a zip archive, but not one of PyTorch (it has no data.pkl)", l->f->name);
}

static int check_byte_order(loader *l) {
    mg_str name = {0};
    mg_str_addf(&name, "%sbyteorder", l->root.s);
    uint8_t *data;
    size_t bytes;
    int code = name.failed ? no_memory(l) : MOLGLOT_OK;
    if (!code && zip_name_locate(l->zip, name.s, 0) >= 0 &&
        !(code = read_member(l, name.s, &data, &bytes)) &&
        (bytes != 6 || memcmp(data, "little", 6) != 0))
        code = bad(l, name.s, "only little-endian files are supported");
    mg_str_free(&name);
    return code;
}

static int read_archive(loader *l) {
    int code = find_root(l);
    if (!code) code = check_byte_order(l);
    if (code) return code;
    mg_str name = {0};
    mg_str_addf(&name, "%sdata.pkl", l->root.s);
    uint8_t *data = NULL;
    size_t bytes = 0, used;
    code = name.failed ? no_memory(l) : read_member(l, name.s, &data, &bytes);
    mg_str_free(&name);
    if (code) return code;
    const mg_py *top = mg_pickle_read(l->pickle, data, bytes, &used, l->err);
    return top ? walk_top(l, top) : l->err->code;
}

static int open_archive(loader *l, const uint8_t *bytes, size_t n) {
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, n, 0, &why);
    if (source && !(l->zip = zip_open_from_source(source, ZIP_RDONLY, &why)))
        zip_source_free(source);
    int code = l->zip ? MOLGLOT_OK
                      : mg_fail(l->err, MOLGLOT_BAD_FILE, "%s: damaged zip archive: %s", l->f->name,
                                zip_error_strerror(&why));
    zip_error_fini(&why);
    return code;
}

/* ---- the legacy container ---- */

static const uint8_t MAGIC[] = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

/* Protocol, a frame in later ones, the magic number. */
bool mg_torch_is_legacy(const uint8_t *bytes, size_t n) {
    enum { FRAME = 9 };
    const size_t at = n > 2 && bytes[2] == 0x95 ? 2 + FRAME : 2;
    return n >= at + sizeof MAGIC && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5 &&
           memcmp(bytes + at, MAGIC, sizeof MAGIC) == 0;
}

/* One pickle from *p. */
static const mg_py *next_pickle(loader *l, const uint8_t **p, const uint8_t *end) {
    size_t used = 0;
    const mg_py *v = mg_pickle_read(l->pickle, *p, (size_t)(end - *p), &used, l->err);
    *p += used;
    return v;
}

/* The storages follow in the order of the list of keys. Their element types are known from the
 * object alone. */
static int read_storages(loader *l, const mg_py *keys, const mg_names *sizes, const uint8_t *p,
                         const uint8_t *end) {
    if (keys->kind != MG_PY_LIST) return bad(l, "legacy file", "no list of storages");
    for (size_t i = 0; i < keys->n; i++) {
        const mg_py *key = keys->items[i];
        if (key->kind != MG_PY_STR) return bad(l, "legacy file", "no list of storages");
        ptrdiff_t size = mg_names_find(sizes, key->text);
        if (size < 0) return bad(l, key->text, "a storage nobody refers to");
        if (mg_names_find(&l->keys, key->text) >= 0)
            return bad(l, key->text, "a storage listed twice");
        int64_t count;
        size_t bytes;
        if (end - p < 8) return bad(l, key->text, "the file ends too early");
        memcpy(&count, p, 8);
        p += 8;
        if (count < 0 || !mg_mul_size((size_t)count, (size_t)size, &bytes) ||
            bytes > (size_t)(end - p))
            return bad(l, key->text, "the file ends too early");
        const uint8_t *data = mg_file_aligned(l->f, p, bytes, (size_t)size);
        if (!data) return no_memory(l);
        int code = add_storage(l, key->text, data, bytes);
        if (code) return code;
        p += bytes;
    }
    return MOLGLOT_OK;
}

/* Element size of every storage the object refers to, by key. */
static int collect_sizes(loader *l, mg_names *sizes) {
    for (const mg_py *v = mg_pickle_values(l->pickle); v; v = v->next) {
        if (v->kind != MG_PY_STORAGE || mg_names_find(sizes, v->text) >= 0) continue;
        const struct known_type *type = storage_type(v);
        if (!type) return bad(l, v->of->text, "this element type is not known");
        if (!mg_names_put(sizes, v->text, type->size)) return no_memory(l);
    }
    return MOLGLOT_OK;
}

static int read_legacy(loader *l, const uint8_t *p, const uint8_t *end) {
    for (int i = 0; i < 3; i++) /* magic, protocol, system facts */
        if (!next_pickle(l, &p, end)) return l->err->code;
    const mg_py *top = next_pickle(l, &p, end);
    const mg_py *keys = top ? next_pickle(l, &p, end) : NULL;
    if (!keys) return l->err->code;
    mg_names sizes = {0};
    int code = collect_sizes(l, &sizes);
    if (!code) code = read_storages(l, keys, &sizes, p, end);
    mg_names_free(&sizes);
    return code ? code : walk_top(l, top);
}

/* ---- both ---- */

static int load(mg_tensor_file *f, const uint8_t *bytes, size_t n, bool archive,
                molglot_error *err) {
    molglot_error own; /* codes come back through it, so there must be one */
    loader l = {.f = f, .err = err ? err : &own, .file_bytes = n};
    l.pickle = mg_pickle_new(f->name, l.err);
    int code = l.pickle ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    if (!code && archive) code = open_archive(&l, bytes, n);
    if (!code) code = archive ? read_archive(&l) : read_legacy(&l, bytes, bytes + n);
    if (l.zip) zip_discard(l.zip);
    mg_pickle_free(l.pickle);
    mg_names_free(&l.keys);
    mg_str_free(&l.root);
    free(l.storages);
    return code;
}

int mg_torch_zip_read(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err) {
    return load(f, bytes, n, true, err);
}

int mg_torch_legacy_read(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err) {
    return load(f, bytes, n, false, err);
}
