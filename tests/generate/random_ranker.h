/* random_ranker.h - a small aligned model, its embedder, and an index of a few molecules, for tests
 * of everything around the weights. */
#ifndef MG_RANDOM_RANKER_H
#define MG_RANDOM_RANKER_H

#include "../search/small_model.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct random_ranker {
    char model_path[40], index_path[40];
    small_model *model;
    mg_index *memory;
} random_ranker;

/* Its memory becomes these rows; ids and texts may be NULL, an empty text has no vector. */
static int random_ranker_remember(random_ranker *r, const char *const *ids,
                                  const char *const *smiles, const char *const *texts, size_t n,
                                  molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(r->model->e);
    float *v = calloc(2 * n * dim, sizeof *v), *t = v ? v + n * dim : NULL;
    mg_index_close(r->memory);
    r->memory = NULL;
    mg_index_out *out = mg_index_out_open(r->index_path,
                                          &(mg_index_spec){.dim = (int)dim,
                                                           .dtype = MG_F32,
                                                           .side = MG_SIDE_MOLECULE,
                                                           .model_sha256 = "",
                                                           .model_name = "random"},
                                          err);
    int code = v && out ? mg_embed_smiles(r->model->e, smiles, n, v, NULL, err) : MOLGLOT_FAILED;
    if (!code && texts) code = mg_embed_texts(r->model->e, texts, n, t, NULL, err);
    for (size_t i = 0; i < n && !code; i++)
        code = mg_index_out_add(out, v + i * dim, texts && *texts[i] ? t + i * dim : NULL,
                                &(mg_index_row){.id = ids ? ids[i] : NULL,
                                                .smiles = smiles[i],
                                                .text = texts ? texts[i] : NULL},
                                err);
    if (!code) code = mg_index_out_commit(out, err);
    if (!code) r->memory = mg_index_open(r->index_path, true, err);
    mg_index_out_free(out);
    free(v);
    return r->memory ? MOLGLOT_OK : MOLGLOT_FAILED;
}

static int random_ranker_open(random_ranker *r, const char *const *smiles, size_t n,
                              molglot_error *err) {
    memset(r, 0, sizeof *r);
    strcpy(r->model_path, "/tmp/mg_ranker_XXXXXX");
    strcpy(r->index_path, "/tmp/mg_memory_XXXXXX");
    if (small_model_save(r->model_path, err) || close(mkstemp(r->index_path)) ||
        !(r->model = small_model_open(r->model_path, 1, 0)))
        return MOLGLOT_FAILED;
    return random_ranker_remember(r, NULL, smiles, NULL, n, err);
}

static void random_ranker_close(random_ranker *r) {
    mg_index_close(r->memory);
    if (r->model) small_model_close(r->model);
    remove(r->model_path);
    remove(r->index_path);
}

#endif
