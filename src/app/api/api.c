/* api.c - include/molglot.h over the rooms below: models, sessions, indexes. Everything public
 * passes through here. */
#include "app/api/api.h"

#include "model/bundle/bundle.h"
#include "molglot.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

struct molglot_model {
    mg_bundle *bundle;
    const mg_model_file *space;
};

struct molglot_index {
    mg_index *index;
};

const char *molglot_version(void) { return MOLGLOT_VERSION; }

/* ---- models ---- */

molglot_model *molglot_model_load(const char *path, molglot_error *err) {
    if (!path) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_model_load: path is NULL");
        return NULL;
    }
    molglot_model *m = calloc(1, sizeof *m);
    if (!m) {
        mg_no_memory(err, "a model");
        return NULL;
    }
    m->bundle = mg_bundle_open(path, err);
    m->space = m->bundle ? mg_bundle_space(m->bundle, err) : NULL;
    if (m->space) return m;
    molglot_model_free(m);
    return NULL;
}

void molglot_model_free(molglot_model *m) {
    if (!m) return;
    mg_bundle_close(m->bundle);
    free(m);
}

int molglot_model_dim(const molglot_model *m) { return mg_model_file_dim(m->space); }

const char *molglot_model_info(const molglot_model *m, const char *key) {
    return mg_model_file_meta(m->space, key);
}

const char *molglot_model_sha256(molglot_model *m, molglot_error *err) {
    return mg_bundle_identity(m->bundle, err);
}

/* ---- sessions ---- */

molglot_options molglot_options_default(void) { return (molglot_options){0}; }

molglot_session *molglot_session_new(const molglot_model *model, const molglot_options *options,
                                     molglot_error *err) {
    molglot_options o = options ? *options : molglot_options_default();
    if (!model || o.threads < 0 || o.batch < 0) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_session_new: %s",
                model ? "threads and batch must not be negative" : "model is NULL");
        return NULL;
    }
    molglot_session *s = calloc(1, sizeof *s);
    if (!s) {
        mg_no_memory(err, "a session");
        return NULL;
    }
    s->model = model;
    const mg_embed_options e = {.device = o.device,
                                .threads = o.threads,
                                .batch = o.batch,
                                .precision = o.bf16 ? MG_PREC_BF16 : MG_PREC_F32};
    s->embedder = mg_embedder_new(model->space, e, err);
    if (s->embedder) return s;
    free(s);
    return NULL;
}

void molglot_session_free(molglot_session *s) {
    if (!s) return;
    mg_embedder_free(s->embedder);
    free(s);
}

/* A NULL string among the rows is a rejected row; NULL arrays with n > 0 are the caller's
 * mistake. */
static int check_rows(const char *what, const molglot_session *s, const char *const *rows, size_t n,
                      const float *out, molglot_error *err) {
    if (!s || (n && (!rows || !out)))
        return mg_fail(err, MOLGLOT_USAGE, "%s: session, rows and out must not be NULL", what);
    for (size_t i = 0; i < n; i++)
        if (!rows[i]) return mg_fail(err, MOLGLOT_USAGE, "%s: row %zu is NULL", what, i);
    return MOLGLOT_OK;
}

int molglot_embed_texts(molglot_session *s, const char *const *texts, size_t n, float *out,
                        molglot_row_status *status, molglot_error *err) {
    int code = check_rows("molglot_embed_texts", s, texts, n, out, err);
    return !code ? mg_embed_texts(s->embedder, texts, n, out, status, err) : code;
}

int molglot_embed_smiles(molglot_session *s, const char *const *smiles, size_t n, float *out,
                         molglot_row_status *status, molglot_error *err) {
    int code = check_rows("molglot_embed_smiles", s, smiles, n, out, err);
    return !code ? mg_embed_smiles(s->embedder, smiles, n, out, status, err) : code;
}

/* ---- indexes ---- */

/* Embeds and adds one block of rows. */
static int add_block(molglot_session *s, mg_index_out *w, const char *const *ids,
                     const char *const *smiles, const char *const *texts, size_t n, float *vectors,
                     molglot_row_status *status, molglot_error *err) {
    size_t dim = (size_t)molglot_model_dim(s->model);
    int code = mg_embed_smiles(s->embedder, smiles, n, vectors, status, err);
    for (size_t i = 0; i < n && !code; i++)
        if (status[i].ok)
            code = mg_index_out_add(w, vectors + i * dim, ids ? ids[i] : NULL, smiles[i],
                                    texts ? texts[i] : NULL, err);
    return code;
}

int molglot_index_build(molglot_session *s, const char *const *ids, const char *const *smiles,
                        const char *const *texts, size_t n, int bf16, const char *path,
                        molglot_row_status *status, molglot_error *err) {
    enum { BLOCK = 1024 };
    if (!path) return mg_fail(err, MOLGLOT_USAGE, "molglot_index_build: path is NULL");
    const float unused = 0;
    int code = check_rows("molglot_index_build", s, smiles, n, &unused, err);
    if (code) return code;
    size_t dim = (size_t)molglot_model_dim(s->model);
    float *vectors = malloc(BLOCK * dim * sizeof *vectors);
    molglot_row_status *rows = malloc(BLOCK * sizeof *rows);
    char sha[65];
    mg_index_out *w = NULL;
    code = vectors && rows ? mg_bundle_digest(s->model->bundle, MG_PART_SPACE, sha, err)
                           : mg_no_memory(err, "a block of rows");
    if (!code) {
        w = mg_index_out_new((int)dim, bf16 ? MG_BF16 : MG_F32, MG_SIDE_MOLECULE, sha,
                             mg_model_file_name(s->model->space), err);
        if (!w) code = err ? err->code : MOLGLOT_NO_MEMORY;
    }
    for (size_t i = 0; i < n && !code; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        code = add_block(s, w, ids ? ids + i : NULL, smiles + i, texts ? texts + i : NULL, m,
                         vectors, rows, err);
        if (status && !code) memcpy(status + i, rows, m * sizeof *rows);
    }
    if (!code) code = mg_index_out_save(w, path, err);
    mg_index_out_free(w);
    free(vectors);
    free(rows);
    return code;
}

molglot_index *molglot_index_open(const char *path, molglot_error *err) {
    if (!path) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_index_open: path is NULL");
        return NULL;
    }
    molglot_index *x = calloc(1, sizeof *x);
    if (!x) {
        mg_no_memory(err, "a index");
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

size_t molglot_index_size(const molglot_index *x) { return (size_t)mg_index_size(x->index); }
int molglot_index_dim(const molglot_index *x) { return mg_index_dim(x->index); }

static bool in_range(const molglot_index *x, size_t i) {
    return i < (size_t)mg_index_size(x->index);
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

int molglot_index_search(const molglot_index *x, const float *queries, size_t n, int k,
                         molglot_hit *hits, molglot_error *err) {
    if (!x || k < 1 || (n && (!queries || !hits)))
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_index_search: index, queries and hits must not be NULL and k must "
                       "be at least 1");
    return mg_index_search(x->index, queries, (int64_t)n, k, 0, hits, err);
}
