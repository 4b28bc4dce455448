/* index.c - include/molglot.h: building, reading and searching indexes. */
#include "app/api/api.h"
#include "molglot.h"
#include "search/search.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- building ---- */

struct molglot_index_builder {
    molglot_session *session;
    mg_library *library;
    int side;
    size_t n_columns;
    bool committed, lacks; /* lacks: a row was refused for want of memory */
    int64_t rows;          /* that were given */
    molglot_progress on_progress;
    void *user;
};

void molglot_index_options_init(molglot_index_options *options, size_t size) {
    const molglot_index_options defaults = {.bf16 = 1, .text_vectors = 1};
    api_options_give(options, size, &defaults, sizeof defaults);
}

molglot_index_builder *molglot_index_builder_open(molglot_session *s, const char *path,
                                                  const molglot_index_options *options,
                                                  molglot_error *err) {
    molglot_index_options o = molglot_index_options_default();
    if (api_options_take(&o, sizeof o, options, "molglot_index_builder_open", err)) return NULL;
    if (!s || !path || (o.side != MOLGLOT_MOLECULES && o.side != MOLGLOT_TEXTS) ||
        o.n_columns < 0 || o.dims < 0 || (o.n_columns && !o.columns)) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_index_builder_open: %s",
                !s || !path  ? "session and path must not be NULL"
                : o.dims < 0 ? "dims below 0"
                : o.n_columns < 0 || (o.n_columns && !o.columns) ? "columns lack"
                                                                 : "no such side");
        return NULL;
    }
    const char *sha = api_identity(s->model, err);
    if (!sha) return NULL;
    molglot_index_builder *b = calloc(1, sizeof *b);
    if (!b) {
        mg_no_memory(err, "an index");
        return NULL;
    }
    const char *name = molglot_model_info(s->model, "name");
    const mg_basis *basis;
    if (mg_bundle_basis(api_bundle_of(s->model), &basis, err)) {
        free(b);
        return NULL;
    }
    const mg_library_options l = {
        .index = {.basis = basis,
                  .dims = o.dims,
                  .dtype = o.bf16 ? MG_BF16 : MG_F32,
                  .side = o.side == MOLGLOT_TEXTS ? MG_SIDE_TEXT : MG_SIDE_MOLECULE,
                  .model_sha256 = sha,
                  .model_name = name,
                  .columns = o.columns,
                  .n_columns = o.n_columns},
        .no_texts = !o.text_vectors,
        .inchikeys = o.inchikeys != 0,
        .part = {.append = o.append != 0}};
    *b = (molglot_index_builder){.session = s,
                                 .side = o.side,
                                 .n_columns = (size_t)o.n_columns,
                                 .on_progress = o.on_progress,
                                 .user = o.user};
    if ((b->library = mg_library_open(s->embedder, path, &l, err))) return b;
    free(b);
    return NULL;
}

int molglot_index_builder_add_cells(molglot_index_builder *b, const char *const *ids,
                                    const char *const *smiles, const char *const *texts,
                                    const char *const *cells, const int64_t *numbers, size_t n,
                                    molglot_row_status *status, molglot_error *err) {
    static const char what[] = "molglot_index_builder_add";
    if (!b || b->committed)
        return mg_fail(err, MOLGLOT_USAGE, "%s: builder is %s", what, b ? "committed" : "NULL");
    int code = api_check_rows(what, b->side == MOLGLOT_TEXTS ? texts : smiles, n, err);
    if (!code) code = api_check_process(b->session->process, err);
    const long before = mg_chem_refusals();
    for (size_t i = 0; i < n && !code; i += MG_LIBRARY_BLOCK) {
        const size_t m = n - i < MG_LIBRARY_BLOCK ? n - i : MG_LIBRARY_BLOCK;
        mg_index_row rows[MG_LIBRARY_BLOCK];
        for (size_t k = 0; k < m; k++)
            rows[k] = (mg_index_row){.id = ids ? ids[i + k] : NULL,
                                     .smiles = smiles ? smiles[i + k] : NULL,
                                     .text = texts ? texts[i + k] : NULL,
                                     .cells = cells ? cells + (i + k) * b->n_columns : NULL,
                                     .number = numbers ? numbers[i + k] : b->rows + 1 + (int64_t)k};
        for (size_t k = 0; k < m; k++) { /* what is embedded is refused where it is missing */
            const char **of = b->side == MOLGLOT_TEXTS ? &rows[k].text : &rows[k].smiles;
            if (!*of) *of = "";
        }
        b->rows += (int64_t)m;
        code = mg_library_add(b->library, rows, m, status ? status + i : NULL, err);
        if (!code && b->on_progress && b->on_progress(b->user, (int64_t)(i + m), (int64_t)n))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    b->lacks |= mg_chem_refusals() != before;
    return api_whole(before, code, err);
}

int molglot_index_builder_add(molglot_index_builder *b, const char *const *ids,
                              const char *const *smiles, const char *const *texts, size_t n,
                              molglot_row_status *status, molglot_error *err) {
    return molglot_index_builder_add_cells(b, ids, smiles, texts, NULL, NULL, n, status, err);
}

int molglot_index_builder_commit(molglot_index_builder *b, molglot_error *err) {
    if (!b || b->committed)
        return mg_fail(err, MOLGLOT_USAGE, "molglot_index_builder_commit: builder is %s",
                       b ? "committed" : "NULL");
    if (b->lacks) return mg_no_memory(err, "a row; the index would not be whole");
    b->committed = true;
    return mg_library_commit(b->library, err);
}

void molglot_index_builder_free(molglot_index_builder *b) {
    if (!b) return;
    mg_library_free(b->library);
    free(b);
}

int molglot_index_build(molglot_session *s, const char *const *ids, const char *const *smiles,
                        const char *const *texts, size_t n, int bf16, const char *path,
                        molglot_row_status *status, molglot_error *err) {
    molglot_index_options o = molglot_index_options_default();
    o.bf16 = bf16;
    int code = api_check_rows("molglot_index_build", smiles, n, err);
    if (code) return code;
    molglot_error why = {0};
    molglot_index_builder *b = molglot_index_builder_open(s, path, &o, &why);
    if (!b) {
        if (err) *err = why;
        return why.code;
    }
    code = molglot_index_builder_add(b, ids, smiles, texts, n, status, err);
    if (!code) code = molglot_index_builder_commit(b, err);
    molglot_index_builder_free(b);
    return code;
}

/* ---- joining ---- */

void molglot_concat_options_init(molglot_concat_options *options, size_t size) {
    const molglot_concat_options defaults = {0};
    api_options_give(options, size, &defaults, sizeof defaults);
}

static int concat(const char *path, const mg_index **indexes, size_t n,
                  const molglot_concat_options *o, molglot_error *err) {
    mg_names ids = {0};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < o->n_without && !code; i++)
        if (!mg_names_put(&ids, o->without[i], 0)) code = mg_no_memory(err, "ids");
    const mg_concat_options c = {
        .without = o->n_without ? &ids : NULL, .on_progress = o->on_progress, .user = o->user};
    mg_concat_result result;
    if (!code) code = mg_index_concat(path, indexes, (int)n, &c, &result, err);
    mg_names_free(&ids);
    return code;
}

int molglot_index_concat(const char *path, const molglot_index *const *indexes, size_t n,
                         const molglot_concat_options *options, molglot_error *err) {
    static const char what[] = "molglot_index_concat";
    molglot_concat_options o = molglot_concat_options_default();
    int code = api_options_take(&o, sizeof o, options, what, err);
    if (code) return code;
    bool lacks = !path || !n || n > INT_MAX || !indexes || (o.n_without && !o.without);
    for (size_t i = 0; i < n && !lacks; i++) lacks = !indexes[i];
    for (size_t i = 0; i < o.n_without && !lacks; i++) lacks = !o.without[i];
    if (lacks)
        return mg_fail(err, MOLGLOT_USAGE, "%s: path, indexes and ids must not be NULL", what);
    const mg_index **inside = calloc(n, sizeof *inside);
    if (!inside) return mg_no_memory(err, "%zu indexes", n);
    for (size_t i = 0; i < n; i++) inside[i] = indexes[i]->index;
    code = concat(path, inside, n, &o, err);
    free(inside);
    return code;
}

/* ---- reading ---- */

molglot_index *molglot_index_open(const char *path, molglot_error *err) {
    api_prepare_fork();
    if (!path) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_index_open: path is NULL");
        return NULL;
    }
    molglot_index *x = calloc(1, sizeof *x);
    if (!x) {
        mg_no_memory(err, "an index");
        return NULL;
    }
    x->index = mg_index_open(path, false, err);
    if (x->index) return x;
    free(x);
    return NULL;
}

void molglot_index_free(molglot_index *x) {
    if (!x) return;
    mg_index_close(x->index);
    free(x);
}

int molglot_index_verify(const molglot_index *x, molglot_progress on_progress, void *user,
                         molglot_error *err) {
    return x ? mg_index_verify(x->index, on_progress, user, err)
             : mg_fail(err, MOLGLOT_USAGE, "molglot_index_verify: index is NULL");
}

size_t molglot_index_size(const molglot_index *x) {
    return x ? (size_t)mg_index_size(x->index) : 0;
}
int molglot_index_dim(const molglot_index *x) { return x ? mg_index_dim(x->index) : 0; }
int molglot_index_model_dim(const molglot_index *x) { return x ? mg_index_model_dim(x->index) : 0; }
int molglot_index_code_width(const molglot_index *x) {
    return x ? mg_index_code_width(x->index) : 0;
}
int molglot_index_side(const molglot_index *x) {
    return x && mg_index_side(x->index) == MG_SIDE_TEXT ? MOLGLOT_TEXTS : MOLGLOT_MOLECULES;
}
const char *molglot_index_model_sha256(const molglot_index *x) {
    return x ? mg_index_model_sha256(x->index) : NULL;
}
const char *molglot_index_model_name(const molglot_index *x) {
    return x ? mg_index_model_name(x->index) : NULL;
}

static bool in_range(const molglot_index *x, size_t i) {
    return x && i < (size_t)mg_index_size(x->index);
}

const char *molglot_index_id(const molglot_index *x, size_t i) {
    return in_range(x, i) ? mg_index_id(x->index, (int64_t)i) : NULL;
}
const char *molglot_index_smiles(const molglot_index *x, size_t i) {
    return in_range(x, i) ? mg_index_smiles(x->index, (int64_t)i) : NULL;
}
const char *molglot_index_text(const molglot_index *x, size_t i) {
    return in_range(x, i) ? mg_index_text(x->index, (int64_t)i) : NULL;
}

int molglot_index_columns(const molglot_index *x, const char *const **names) {
    if (x) return mg_index_columns(x->index, names);
    if (names) *names = NULL;
    return 0;
}
const char *molglot_index_cell(const molglot_index *x, size_t i, int column) {
    if (!in_range(x, i) || column < 0 || column >= mg_index_columns(x->index, NULL)) return NULL;
    return mg_index_cell(x->index, (int64_t)i, column);
}
int64_t molglot_index_number(const molglot_index *x, size_t i) {
    return in_range(x, i) ? mg_index_number(x->index, (int64_t)i) : 0;
}
const char *molglot_index_inchikey(const molglot_index *x, size_t i) {
    return in_range(x, i) ? mg_index_inchikey(x->index, (int64_t)i) : NULL;
}
uint64_t molglot_index_molecule(const molglot_index *x, size_t i) {
    return in_range(x, i) ? mg_index_molecule(x->index, (int64_t)i) : 0;
}
size_t molglot_index_text_vectors(const molglot_index *x) {
    return x ? (size_t)mg_index_searched_texts(x->index).rows->n : 0;
}

int molglot_index_vectors(const molglot_index *x, size_t first, size_t n, int dims, float *out,
                          molglot_error *err) {
    if (!x || (n && !out))
        return mg_fail(err, MOLGLOT_USAGE, "molglot_index_vectors: index and out must not be NULL");
    const size_t size = molglot_index_size(x);
    const int dim = molglot_index_dim(x);
    if (first > size || n > size - first || dims < 0 || dims > dim)
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_index_vectors: %d numbers of %zu rows from row %zu, where there "
                       "are %d of %zu",
                       dims, n, first, dim, size);
    mg_index_vectors(x->index, (int64_t)first, (int64_t)n, dims ? dims : dim, out);
    return MOLGLOT_OK;
}

int molglot_index_arrow(const molglot_index *x, struct ArrowArrayStream *out, molglot_error *err) {
    if (!x || !out)
        return mg_fail(err, MOLGLOT_USAGE, "molglot_index_arrow: index and out must not be NULL");
    return mg_index_arrow(x->index, out, err);
}

/* ---- searching ---- */

void molglot_search_options_init(molglot_search_options *options, size_t size) {
    const molglot_search_options defaults = {.k = 10, .min_score = -INFINITY};
    api_options_give(options, size, &defaults, sizeof defaults);
}

int api_check_index(const molglot_session *s, const molglot_index *x, molglot_error *err) {
    const char *sha = api_identity(s->model, err), *path = mg_index_path(x->index);
    if (!sha) return mg_code_of(err, MOLGLOT_FAILED);
    if (api_made_by(s->model, x->index) &&
        mg_index_model_dim(x->index) == mg_embedder_dim(s->embedder))
        return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s was made with another model (%s, %.12s...; this one is %.12s...): index the "
                   "library again",
                   path, mg_index_model_name(x->index), mg_index_model_sha256(x->index), sha);
}

static int search(const molglot_session *s, const molglot_index *const *indexes, size_t n_indexes,
                  const float *queries, size_t n, const molglot_search_options *o,
                  mg_searched *parts, molglot_hit *hits, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n_indexes && !code; i++) {
        if (!indexes[i]) return mg_fail(err, MOLGLOT_USAGE, "molglot_search: index %zu is NULL", i);
        parts[i] = mg_index_searched(indexes[i]->index);
        parts[i].allowed = o->rows ? o->rows[i] : NULL;
        code = api_check_index(s, indexes[i], err);
    }
    const mg_search plan = {.parts = parts,
                            .n_parts = (int)n_indexes,
                            .k = o->k,
                            .offset = (int)o->offset,
                            .min_score = o->min_score,
                            .exact = o->exact != 0,
                            .candidates = o->candidates,
                            .threads = o->threads ? o->threads : s->threads,
                            .on_progress = o->on_progress,
                            .user = o->user};
    return code ? code : mg_search_run(&plan, queries, (int64_t)n, hits, err);
}

int molglot_search(const molglot_session *s, const molglot_index *const *indexes, size_t n_indexes,
                   const float *queries, size_t n, const molglot_search_options *options,
                   molglot_hit *hits, molglot_error *err) {
    static const char what[] = "molglot_search";
    molglot_search_options o = molglot_search_options_default();
    int code = api_options_take(&o, sizeof o, options, what, err);
    if (code) return code;
    if (!s || (n_indexes && !indexes) || (n && (!queries || !hits)))
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: session, indexes, queries and hits must not be NULL", what);
    if (o.k < 1 || o.threads < 0 || o.candidates < 0 || isnan(o.min_score) ||
        o.offset > (size_t)(INT_MAX - o.k) || n_indexes > INT_MAX)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: k is at least 1, threads and candidates at least 0, offset + k at most "
                       "2147483647, "
                       "min_score a number",
                       what);
    mg_searched *parts = calloc(n_indexes + 1, sizeof *parts);
    if (!parts) return mg_no_memory(err, "%zu indexes", n_indexes);
    code = search(s, indexes, n_indexes, queries, n, &o, parts, hits, err);
    free(parts);
    return code;
}

int molglot_index_search(const molglot_index *x, const float *queries, size_t n, int k,
                         molglot_hit *hits, molglot_error *err) {
    if (!x || k < 1 || (n && (!queries || !hits)))
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_index_search: index, queries and hits must not be NULL and k must "
                       "be at least 1");
    return mg_index_search(x->index, queries, (int64_t)n, k, 0, hits, err);
}
