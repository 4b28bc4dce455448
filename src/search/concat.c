/* concat.c - several indexes into one: rows as they are stored, further columns joined by name.
 * Rows of shards of one file are put back into the file's order, so that all of them give the bytes
 * of the file's own index. Memory does not grow with the rows: the files' pages are given back as
 * the walk goes on.
 */
#include "search/inside.h"

#include <stdlib.h>
#include <string.h>

enum { FORGET_ROWS = 1 << 13 /* between two times that pages are given back */ };

typedef struct part {
    const mg_index *x;
    int *from; /* [n_columns] of the new index: this one's column, or -1 */
    int64_t row;
    uint64_t text;
} part;

typedef struct concat {
    part *part; /* [n] */
    int n;
    const mg_concat_options *o;
    mg_concat_result *result;
    const char **columns; /* [n_columns] */
    int n_columns;
    int *of_shard; /* [shards + 1] the index that is shard 1, 2, ..., or -1; NULL: one by one */
    int shards;
    int current;    /* one by one: the index */
    int64_t number; /* in order: of the next row of the file */
    int64_t walked, left_out, total;
    const mg_basis *basis; /* of the new index, or NULL */
    uint64_t basis_hash;
    mg_str strings;
} concat;

/* ---- what goes together ---- */

static int check_pair(const mg_index *a, const mg_index *b, molglot_error *err) {
    const mg_index_header *h = &a->h, *g = &b->h;
    if (strcmp(h->model_sha256, g->model_sha256) || h->model_dim != g->model_dim)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s and %s were made with different models (%s, %.12s... and %s, %.12s...): "
                       "index one of the libraries again",
                       a->path, b->path, h->model_name, h->model_sha256, g->model_name,
                       g->model_sha256);
    if (h->side != g->side)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s is an index of %s, %s of %s", a->path,
                       h->side == MG_SIDE_TEXT ? "texts" : "molecules", b->path,
                       g->side == MG_SIDE_TEXT ? "texts" : "molecules");
    if (h->dtype != g->dtype)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s holds %s numbers, %s %s (see index --f32)",
                       a->path, h->dtype == MG_F32 ? "float32" : "bfloat16", b->path,
                       g->dtype == MG_F32 ? "float32" : "bfloat16");
    if (h->dim != g->dim || (h->dim < h->model_dim && h->basis != g->basis))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s holds rows of %u numbers, %s of %u%s (see index --dims)", a->path,
                       h->dim, b->path, g->dim, h->dim == g->dim ? " in another basis" : "");
    if (h->source && h->source == g->source && h->shard == g->shard && h->shards == g->shards)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s and %s hold the same rows of the same file",
                       a->path, b->path);
    return MOLGLOT_OK;
}

/* The place of a name among the joined columns. */
static int column_of(concat *c, const char *name) {
    int i = 0;
    while (i < c->n_columns && strcmp(c->columns[i], name)) i++;
    if (i == c->n_columns) c->columns[c->n_columns++] = name;
    return i;
}

static int join_columns(concat *c, molglot_error *err) {
    size_t all = 0;
    const char *const *names;
    for (int i = 0; i < c->n; i++) all += c->part[i].x->h.n_columns;
    if (!(c->columns = calloc(all + 1, sizeof *c->columns))) return mg_no_memory(err, "columns");
    for (int i = 0; i < c->n; i++) {
        const int n = mg_index_columns(c->part[i].x, &names);
        for (int k = 0; k < n; k++) (void)column_of(c, names[k]);
    }
    for (int i = 0; i < c->n; i++) {
        const int n = mg_index_columns(c->part[i].x, &names);
        int *from = c->part[i].from = malloc(((size_t)c->n_columns + 1) * sizeof *from);
        if (!from) return mg_no_memory(err, "columns");
        for (int k = 0; k < c->n_columns; k++) from[k] = -1;
        for (int k = n - 1; k >= 0; k--) from[column_of(c, names[k])] = k;
    }
    return MOLGLOT_OK;
}

/* Shards of one file, each another one. */
static int find_shards(concat *c, molglot_error *err) {
    const mg_index_header *h = &c->part[0].x->h;
    if (c->n < 2 || h->shards < 2 || h->shards > 1 << 20) return MOLGLOT_OK;
    for (int i = 1; i < c->n; i++)
        if (!h->source || c->part[i].x->h.source != h->source ||
            c->part[i].x->h.shards != h->shards)
            return MOLGLOT_OK;
    c->shards = (int)h->shards;
    if (!(c->of_shard = malloc(((size_t)c->shards + 1) * sizeof *c->of_shard)))
        return mg_no_memory(err, "%d shards", c->shards);
    for (int s = 0; s <= c->shards; s++) c->of_shard[s] = -1;
    for (int i = 0; i < c->n; i++) c->of_shard[c->part[i].x->h.shard] = i;
    return MOLGLOT_OK;
}

static bool rows_have_texts(const mg_index *x) {
    for (int64_t i = 0; i < x->rows.n && i < 100; i++)
        if (*mg_index_text(x, i)) return true;
    return false;
}

static void find_textless(const concat *c) {
    bool some = false;
    c->result->textless = -1;
    for (int i = 0; i < c->n; i++) some = some || c->part[i].x->h.texts > 0;
    for (int i = 0; i < c->n && some; i++)
        if (!c->part[i].x->h.texts && rows_have_texts(c->part[i].x)) c->result->textless = i;
}

/* ---- the walk ---- */

static int rewind_parts(void *self, molglot_error *err) {
    concat *c = self;
    (void)err;
    c->current = 0;
    c->number = 1;
    c->left_out = 0;
    for (int i = 0; i < c->n; i++) c->part[i].row = 0, c->part[i].text = 0;
    return MOLGLOT_OK;
}

static bool at_end(const part *p) { return p->row >= p->x->rows.n; }

/* The index whose row is the next one of the file; -1: there is none. Its number is looked for from
 * c->number on; behind a gap as wide as all shards, the lowest one that is left is taken. */
static int next_in_order(concat *c, molglot_error *err) {
    for (int tries = 0;; c->number++, tries++) {
        if (tries >= c->shards) {
            int64_t low = INT64_MAX;
            for (int i = 0; i < c->n; i++)
                if (!at_end(&c->part[i]) && mg_index_number(c->part[i].x, c->part[i].row) < low)
                    low = mg_index_number(c->part[i].x, c->part[i].row);
            if (low == INT64_MAX) return -1;
            if (low < c->number || tries > c->shards) {
                mg_fail(err, MOLGLOT_BAD_FILE, "the shards' numbers of rows are damaged");
                return -1;
            }
            c->number = low;
        }
        const int i = c->of_shard[(c->number - 1) % c->shards + 1];
        if (i >= 0 && !at_end(&c->part[i]) &&
            mg_index_number(c->part[i].x, c->part[i].row) == c->number)
            return i;
    }
}

static int next_part(concat *c, molglot_error *err) {
    if (c->of_shard) return next_in_order(c, err);
    while (c->current < c->n && at_end(&c->part[c->current])) c->current++;
    return c->current < c->n ? c->current : -1;
}

static int forget(concat *c, molglot_error *err) {
    for (int i = 0; i < c->n; i++) mg_index_forget(c->part[i].x);
    if (!c->o->on_progress || !c->o->on_progress(c->o->user, c->walked, 2 * c->total)) return 0;
    return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
}

static bool is_left_out(const concat *c, const char *id) {
    mg_names *names = c->o->without;
    if (!names || !*id || mg_names_find(names, id) < 0) return false;
    (void)mg_names_put(names, id, 1);
    return true;
}

static int next_row(void *self, mg_index_record *r, molglot_error *err) {
    concat *c = self;
    molglot_error own = {0};
    for (;;) {
        const int i = next_part(c, &own);
        if (i < 0) return own.code ? mg_fail(err, own.code, "%s", own.message), -1 : 0;
        part *p = &c->part[i];
        if (++c->walked % FORGET_ROWS == 0 && forget(c, err)) return -1;
        const int64_t row = p->row++;
        if (is_left_out(c, mg_index_id(p->x, row))) {
            c->left_out++;
            continue;
        }
        if (mg_index_record_of(p->x, row, &p->text, p->from, c->n_columns, &c->strings, r)) {
            if (p->x->h.basis != c->basis_hash) r->code[0] = r->code[1] = NULL;
            return 1;
        }
        mg_no_memory(err, "a row");
        return -1;
    }
}

/* That of the indexes, else the given one. */
static void choose_basis(concat *c) {
    const int dim = (int)c->part[0].x->h.model_dim;
    const mg_basis *given = c->o->basis;
    if (given && given->dim == dim) c->basis = given, c->basis_hash = mg_basis_hash(given);
    for (int i = c->n - 1; i >= 0; i--)
        if (c->part[i].x->basis.rows)
            c->basis = &c->part[i].x->basis, c->basis_hash = c->part[i].x->h.basis;
}

static int write_all(concat *c, const char *path, molglot_error *err) {
    const mg_index_header *first = &c->part[0].x->h;
    choose_basis(c);
    const mg_index_spec spec = {.dim = (int)first->model_dim,
                                .basis = c->basis,
                                .dims = first->dim < first->model_dim ? (int)first->dim : 0,
                                .dtype = (mg_dtype)first->dtype,
                                .side = (mg_side)first->side,
                                .model_sha256 = first->model_sha256,
                                .model_name = first->model_name,
                                .columns = c->columns,
                                .n_columns = c->n_columns};
    mg_index_header h;
    mg_str columns = {0};
    const mg_index_walk walk = {rewind_parts, next_row, c};
    int code = mg_index_head(&spec, &h, &columns, err);
    h.basis = c->basis_hash; /* of which an index may hold the first directions alone */
    if (!code && c->n == 1) h.shard = first->shard, h.shards = first->shards;
    if (!code && !c->o->without && (c->n == 1 || (c->of_shard && c->n == c->shards)))
        h.source = first->source;
    if (!code) code = mg_index_lay(path, &h, &columns, c->basis, &walk, err);
    if (!code) c->result->rows = (int64_t)h.count;
    mg_str_free(&columns);
    return code;
}

int mg_index_concat(const char *path, const mg_index *const *indexes, int n,
                    const mg_concat_options *o, mg_concat_result *result, molglot_error *err) {
    static const mg_concat_options none;
    if (n < 1) return mg_fail(err, MOLGLOT_USAGE, "there is no index to put together");
    concat c = {.n = n, .o = o ? o : &none, .result = result};
    *result = (mg_concat_result){.textless = -1};
    int code = (c.part = calloc((size_t)n, sizeof *c.part)) ? MOLGLOT_OK
                                                            : mg_no_memory(err, "%d indexes", n);
    for (int i = 0; i < n && !code; i++) {
        c.part[i].x = indexes[i];
        c.total += indexes[i]->rows.n;
        for (int k = 0; k < i && !code; k++) code = check_pair(indexes[k], indexes[i], err);
    }
    if (!code) code = join_columns(&c, err);
    if (!code) code = find_shards(&c, err);
    if (!code) find_textless(&c);
    if (!code) code = write_all(&c, path, err);
    result->left_out = c.left_out;
    result->in_order = c.of_shard != NULL;
    for (int i = 0; i < n && c.part; i++) free(c.part[i].from);
    mg_str_free(&c.strings);
    free(c.part);
    free(c.columns);
    free(c.of_shard);
    return code;
}
