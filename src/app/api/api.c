/* api.c - include/molglot.h: models, sessions, embedding. */
#include "app/api/api.h"

#include "chem/chem.h"
#include "model/bundle/bundle.h"
#include "molglot.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

struct molglot_model {
    mg_bundle *bundle;
    const mg_space_part *space; /* of it */
    molglot_writer writer;      /* the same bundle's */
};

mg_bundle *api_bundle_of(const molglot_model *model) { return model->bundle; }

const char *molglot_version(void) { return MOLGLOT_VERSION; }
int molglot_version_number(void) { return MOLGLOT_VERSION_NUMBER; }

void molglot_free(void *memory) { free(memory); }

int api_whole(long before, int code, molglot_error *err) {
    const bool says = code && code != MOLGLOT_REJECTED && code != MOLGLOT_FAILED;
    if (says || mg_chem_refusals() == before) return code;
    return mg_no_memory(err, "a molecule; what was made may not be whole");
}

/* ---- models ---- */

molglot_model *molglot_model_load(const char *path, molglot_error *err) {
    api_prepare_fork();
    if (!path) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_model_load: path is NULL");
        return NULL;
    }
    molglot_model *m = calloc(1, sizeof *m);
    if (!m) {
        mg_no_memory(err, "a model");
        return NULL;
    }
    m->bundle = m->writer.bundle = mg_bundle_open(path, err);
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

int molglot_model_dim(const molglot_model *m) { return m ? mg_space_part_dim(m->space) : 0; }

const char *molglot_model_info(const molglot_model *m, const char *key) {
    return m && key ? mg_space_part_meta(m->space, key) : NULL;
}

const char *api_identity(const molglot_model *m, molglot_error *err) {
    return mg_bundle_identity(m->bundle, err);
}

bool api_made_by(const molglot_model *m, const mg_index *x) {
    return mg_bundle_matches(m->bundle, mg_index_model_sha256(x));
}

const char *molglot_model_sha256(molglot_model *m, molglot_error *err) {
    if (m) return api_identity(m, err);
    mg_fail(err, MOLGLOT_USAGE, "molglot_model_sha256: model is NULL");
    return NULL;
}

const molglot_writer *molglot_model_writer(molglot_model *m, molglot_error *err) {
    if (!m) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_model_writer: model is NULL");
        return NULL;
    }
    if (mg_bundle_is_t5(m->bundle)) return mg_bundle_t5(m->bundle, err) ? &m->writer : NULL;
    if (mg_bundle_is_motif(m->bundle)) return mg_bundle_motif(m->bundle, err) ? &m->writer : NULL;
    return mg_bundle_writer(m->bundle, NULL, err) ? &m->writer : NULL;
}

/* ---- sessions ---- */

void molglot_options_init(molglot_options *options, size_t size) {
    const molglot_options defaults = {0};
    api_options_give(options, size, &defaults, sizeof defaults);
}

molglot_session *molglot_session_new(const molglot_model *model, const molglot_options *options,
                                     molglot_error *err) {
    molglot_options o = molglot_options_default();
    if (api_options_take(&o, sizeof o, options, "molglot_session_new", err)) return NULL;
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
    *s = (molglot_session){.model = model,
                           .threads = o.threads,
                           .on_progress = o.on_progress,
                           .user = o.user,
                           .process = api_process_of(o.device)};
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
    mg_reranker_free(s->rerank[0]);
    mg_reranker_free(s->rerank[1]);
    mg_embedder_free(s->embedder);
    mg_groups_free(s->groups);
    free(s);
}

int api_groups(molglot_session *s, molglot_error *err) {
    if (!s->groups) s->groups = mg_groups_new(NULL, 0, err);
    return s->groups ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

int api_reranker(molglot_session *s, bool no_names, mg_reranker **out, molglot_error *err) {
    mg_bundle *b = api_bundle_of(s->model);
    mg_reranker **own = &s->rerank[no_names];
    *out = NULL;
    if (!mg_bundle_has(b, MG_PART_RERANK)) return MOLGLOT_OK;
    if (!*own) {
        const bool named = !no_names && mg_bundle_has(b, MG_PART_NAMES);
        int code = api_groups(s, err);
        const mg_rerank_part *part = code ? NULL : mg_bundle_rerank(b, err);
        const mg_dictionary *names = part && named ? mg_bundle_names(b, err) : NULL;
        if (!part || (named && !names)) return mg_code_of(err, MOLGLOT_BAD_FILE);
        *own = mg_reranker_new(part, s->embedder, names, s->groups, err);
    }
    *out = *own;
    return *own ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

/* ---- embedding ---- */

int api_check_rows(const char *what, const char *const *rows, size_t n, molglot_error *err) {
    return n && !rows ? mg_fail(err, MOLGLOT_USAGE, "%s: there are no rows", what) : MOLGLOT_OK;
}

typedef int (*embed_fn)(mg_embedder *e, const char *const *rows, size_t n, float *out,
                        molglot_row_status *status, molglot_error *err);

int api_rows_take(const char *const *given, size_t n, const char *const **rows,
                  molglot_error *err) {
    size_t i = 0;
    *rows = given;
    while (i < n && given[i]) i++;
    if (i == n) return MOLGLOT_OK;
    const char **own = malloc(n * sizeof *own);
    if (!own) return mg_no_memory(err, "%zu rows", n);
    for (i = 0; i < n; i++) own[i] = given[i] ? given[i] : "";
    *rows = own;
    return MOLGLOT_OK;
}

void api_rows_give(const char *const *given, const char *const *rows, size_t n,
                   molglot_row_status *status) {
    if (rows == given) return;
    for (size_t i = 0; i < n && status; i++)
        if (!given[i]) mg_row_refuse(&status[i], -1, "the row is NULL");
    free((void *)(uintptr_t)rows);
}

int api_memory_part(const molglot_model *model, const mg_memory_part **out, molglot_error *err) {
    mg_bundle *b = api_bundle_of(model);
    *out = NULL;
    if (!mg_bundle_has(b, MG_PART_MEMORY)) return MOLGLOT_OK;
    const mg_memory_part *part = mg_bundle_known(b, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_memory_part_fits(part, b)) *out = part;
    return MOLGLOT_OK;
}

/* Whole batches at a time where somebody wants to know how far it is: the rows come out the same.
 */
static int embed(const char *what, embed_fn fn, molglot_session *s, const char *const *rows,
                 size_t n, float *out, molglot_row_status *status, molglot_error *err) {
    if (!s || (n && !out))
        return mg_fail(err, MOLGLOT_USAGE, "%s: session and out must not be NULL", what);
    const long before = mg_chem_refusals();
    int code = api_check_rows(what, rows, n, err);
    if (!code) code = api_check_process(s->process, err);
    const char *const *given = rows;
    if (!code) code = api_rows_take(given, n, &rows, err);
    const size_t dim = (size_t)mg_embedder_dim(s->embedder),
                 step = s->on_progress ? mg_embedder_batch(s->embedder) : n;
    for (size_t i = 0; i < n && !code; i += step) {
        const size_t m = n - i < step ? n - i : step;
        code = fn(s->embedder, rows + i, m, out + i * dim, status ? status + i : NULL, err);
        if (!code && s->on_progress && s->on_progress(s->user, (int64_t)(i + m), (int64_t)n))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    code = api_whole(before, code, err);
    api_rows_give(given, rows, n, code ? NULL : status);
    return code;
}

int molglot_embed_texts(molglot_session *s, const char *const *texts, size_t n, float *out,
                        molglot_row_status *status, molglot_error *err) {
    return embed("molglot_embed_texts", mg_embed_texts, s, texts, n, out, status, err);
}

int molglot_embed_smiles(molglot_session *s, const char *const *smiles, size_t n, float *out,
                         molglot_row_status *status, molglot_error *err) {
    return embed("molglot_embed_smiles", mg_embed_smiles, s, smiles, n, out, status, err);
}
