/* arrow.c - the rows of an index as an Arrow C stream (molglot.h has its structs).
 *
 *   schema   struct of row int64, id, smiles, text, inchikey, further columns utf8,
 *            embedding fixed-size list of float32
 *   batch    BATCH_BYTES of vectors; every buffer is malloc'ed and the array's own
 *
 * Arrays and schemas are freed by their release functions alone, children apart from parents, as
 * the interface wants it: a consumer may move any of them out.
 */
#include "molglot.h"
#include "search/inside.h"
#include "search/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 4 << 20, LEAST_ROWS = 64, MOST_ROWS = 8192, OWN = 5 };

static const char *const own_names[OWN] = {"row", "id", "smiles", "text", "inchikey"};

typedef struct stream {
    mg_index *x;
    int64_t next;
    char error[128];
} stream;

/* ---- names and texts ---- */

/* A text whose bytes are all of UTF-8. */
static void add_utf8(mg_str *out, const char *s) {
    size_t n = strlen(s);
    for (int64_t bad; n && (bad = mg_utf8_invalid(s, n)) >= 0; s += bad + 1, n -= (size_t)bad + 1) {
        mg_str_add(out, s, (size_t)bad);
        mg_str_add(out, "\xEF\xBF\xBD", 3);
    }
    mg_str_add(out, s, n);
}

static bool is_taken(const char *name, char *const *names, int n) {
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return true;
    return !strcmp(name, "embedding");
}

/* Names of all columns but the vectors', malloc'ed; NULL: no memory. */
static char **column_names(const mg_index *x, int *n) {
    const char *const *further;
    const int n_further = mg_index_columns(x, &further);
    char **names = calloc((size_t)(OWN + n_further), sizeof *names);
    bool whole = names != NULL;
    *n = 0;
    for (int i = 0; i < OWN + n_further && whole; i++) {
        mg_str s = {0};
        if (i < OWN)
            mg_str_addz(&s, own_names[i]);
        else
            add_utf8(&s, further[i - OWN]);
        mg_str_add(&s, "", 0);
        while (!s.failed && is_taken(s.s, names, i)) {
            mg_str longer = {0};
            mg_str_addf(&longer, "input_%s", s.s);
            mg_str_free(&s);
            s = longer;
        }
        whole = !s.failed;
        names[i] = s.s;
        *n = i + 1;
    }
    if (whole) return names;
    for (int i = 0; i < *n; i++) free(names[i]);
    free(names);
    return NULL;
}

/* ---- schema ---- */

static void release_schema(struct ArrowSchema *s) {
    for (int64_t i = 0; i < s->n_children; i++) {
        if (s->children[i] && s->children[i]->release) s->children[i]->release(s->children[i]);
        free(s->children[i]);
    }
    free(s->children);
    free((char *)(uintptr_t)s->format);
    free((char *)(uintptr_t)s->name);
    free((char *)(uintptr_t)s->metadata);
    s->release = NULL;
}

/* Takes name. False: no memory; *s can be released. */
static bool make_schema(struct ArrowSchema *s, char *name, const char *format, int n_children) {
    *s = (struct ArrowSchema){.name = name, .format = strdup(format), .release = release_schema};
    s->children = calloc((size_t)n_children + 1, sizeof *s->children);
    for (int i = 0; i < n_children && s->children; i++) {
        if (!(s->children[i] = calloc(1, sizeof **s->children))) break;
        s->n_children = i + 1;
    }
    return s->name && s->format && s->children && s->n_children == n_children;
}

static void add_pair(mg_str *out, const char *key, const char *value) {
    const int32_t n[] = {(int32_t)strlen(key), (int32_t)strlen(value)};
    mg_str_add(out, &n[0], sizeof n[0]);
    mg_str_addz(out, key);
    mg_str_add(out, &n[1], sizeof n[1]);
    mg_str_addz(out, value);
}

static char *metadata_of(const mg_index *x) {
    const int32_t pairs = 2;
    mg_str s = {0}, name = {0};
    mg_str_add(&s, &pairs, sizeof pairs);
    add_utf8(&name, mg_index_model_name(x));
    mg_str_add(&name, "", 0);
    add_pair(&s, "molglot.model", name.s ? name.s : "");
    add_pair(&s, "molglot.model_sha256", mg_index_model_sha256(x));
    mg_str_free(&name);
    if (s.failed) mg_str_free(&s);
    return s.s;
}

static int get_schema(struct ArrowArrayStream *self, struct ArrowSchema *out) {
    stream *t = self->private_data;
    int n;
    char **names = column_names(t->x, &n), list[32];
    snprintf(list, sizeof list, "+w:%d", mg_index_dim(t->x));
    bool good = names && make_schema(out, strdup(""), "+s", n + 1);
    if (!names) *out = (struct ArrowSchema){.release = NULL};
    if (good) good = (out->metadata = metadata_of(t->x)) != NULL;
    for (int i = 0; i < n && good; i++) {
        good = make_schema(out->children[i], names[i], i ? "u" : "l", 0);
        names[i] = NULL;
    }
    if (good) good = make_schema(out->children[n], strdup("embedding"), list, 1);
    if (good) good = make_schema(out->children[n]->children[0], strdup("item"), "f", 0);
    for (int i = 0; i < n && names; i++) free(names[i]);
    free(names);
    if (good) return 0;
    if (out->release) out->release(out);
    snprintf(t->error, sizeof t->error, "out of memory");
    return ENOMEM;
}

/* ---- arrays ---- */

static void release_array(struct ArrowArray *a) {
    for (int64_t i = 0; i < a->n_children; i++) {
        if (a->children[i] && a->children[i]->release) a->children[i]->release(a->children[i]);
        free(a->children[i]);
    }
    for (int64_t i = 0; i < a->n_buffers && a->buffers; i++) free((void *)(uintptr_t)a->buffers[i]);
    free(a->children);
    free(a->buffers);
    a->release = NULL;
}

static bool make_array(struct ArrowArray *a, int64_t length, int n_buffers, int n_children) {
    *a = (struct ArrowArray){.length = length, .n_buffers = n_buffers, .release = release_array};
    a->buffers = calloc((size_t)n_buffers + 1, sizeof *a->buffers);
    a->children = calloc((size_t)n_children + 1, sizeof *a->children);
    for (int i = 0; i < n_children && a->children; i++) {
        if (!(a->children[i] = calloc(1, sizeof **a->children))) break;
        a->n_children = i + 1;
    }
    return a->buffers && a->children && a->n_children == n_children;
}

static const char *cell_of(const mg_index *x, int64_t row, int column) {
    switch (column) {
    case 1: return mg_index_id(x, row);
    case 2: return mg_index_smiles(x, row);
    case 3: return mg_index_text(x, row);
    case 4: return mg_index_inchikey(x, row);
    default: return mg_index_cell(x, row, column - OWN);
    }
}

static int make_texts(struct ArrowArray *a, const mg_index *x, int64_t first, int64_t n,
                      int column) {
    if (!make_array(a, n, 3, 0)) return ENOMEM;
    int32_t *offsets = malloc(((size_t)n + 1) * sizeof *offsets);
    mg_str bytes = {0};
    mg_str_add(&bytes, "", 0);
    a->buffers[1] = offsets;
    for (int64_t i = 0; i < n && offsets && !bytes.failed && bytes.n <= INT32_MAX; i++) {
        offsets[i] = (int32_t)bytes.n;
        add_utf8(&bytes, cell_of(x, first + i, column));
    }
    a->buffers[2] = bytes.s;
    if (!offsets || bytes.failed || !bytes.s) return ENOMEM;
    if (bytes.n > INT32_MAX) return EOVERFLOW;
    offsets[n] = (int32_t)bytes.n;
    return 0;
}

static int make_rows(struct ArrowArray *a, int64_t first, int64_t n) {
    if (!make_array(a, n, 2, 0)) return ENOMEM;
    int64_t *rows = malloc((size_t)n * sizeof *rows);
    a->buffers[1] = rows;
    for (int64_t i = 0; i < n && rows; i++) rows[i] = first + i;
    return rows ? 0 : ENOMEM;
}

static int make_vectors(struct ArrowArray *a, const mg_index *x, int64_t first, int64_t n) {
    const int dim = mg_index_dim(x);
    if (!make_array(a, n, 1, 1) || !make_array(a->children[0], n * dim, 2, 0)) return ENOMEM;
    float *numbers = malloc((size_t)n * (size_t)dim * sizeof *numbers);
    a->children[0]->buffers[1] = numbers;
    if (!numbers) return ENOMEM;
    mg_index_vectors(x, first, n, dim, numbers);
    return 0;
}

static int64_t batch_rows(const mg_index *x) {
    const int64_t n = BATCH_BYTES / (4 * (int64_t)mg_index_dim(x));
    return n < LEAST_ROWS ? LEAST_ROWS : n > MOST_ROWS ? MOST_ROWS : n;
}

static int get_next(struct ArrowArrayStream *self, struct ArrowArray *out) {
    stream *t = self->private_data;
    const int columns = OWN + mg_index_columns(t->x, NULL);
    const int64_t left = mg_index_size(t->x) - t->next, most = batch_rows(t->x),
                  n = left < most ? left : most;
    *out = (struct ArrowArray){.release = NULL};
    if (n < 1) return 0;
    int code = make_array(out, n, 1, columns + 1) ? 0 : ENOMEM;
    if (!code) code = make_rows(out->children[0], t->next, n);
    for (int c = 1; c < columns && !code; c++)
        code = make_texts(out->children[c], t->x, t->next, n, c);
    if (!code) code = make_vectors(out->children[columns], t->x, t->next, n);
    t->next += n;
    if (!code) return 0;
    if (out->release) out->release(out);
    snprintf(t->error, sizeof t->error, "%s",
             code == ENOMEM ? "out of memory" : "a column has more than 2 GB in a batch");
    return code;
}

/* ---- the stream ---- */

static const char *last_error(struct ArrowArrayStream *self) {
    const stream *t = self->private_data;
    return *t->error ? t->error : NULL;
}

static void release_stream(struct ArrowArrayStream *self) {
    stream *t = self->private_data;
    mg_index_close(t->x);
    free(t);
    self->private_data = NULL;
    self->release = NULL;
}

int mg_index_arrow(mg_index *x, struct ArrowArrayStream *out, molglot_error *err) {
    stream *t = calloc(1, sizeof *t);
    if (!t) return mg_no_memory(err, "a stream");
    t->x = mg_index_keep(x);
    *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                     .get_next = get_next,
                                     .get_last_error = last_error,
                                     .release = release_stream,
                                     .private_data = t};
    return MOLGLOT_OK;
}
