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

static int random_ranker_index(random_ranker *r, const char *const *smiles, size_t n,
                               molglot_error *err) {
    const mg_library_options o = {.index = {.dtype = MG_F32, .model_name = "random"}};
    mg_library *l = mg_library_open(r->model->e, r->index_path, &o, err);
    int code = l ? mg_library_add(l, NULL, smiles, NULL, n, NULL, err) : MOLGLOT_FAILED;
    if (!code) code = mg_library_commit(l, err);
    if (!code) r->memory = mg_index_open(r->index_path, true, err);
    mg_library_free(l);
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
    return random_ranker_index(r, smiles, n, err);
}

static void random_ranker_close(random_ranker *r) {
    mg_index_close(r->memory);
    if (r->model) small_model_close(r->model);
    remove(r->model_path);
    remove(r->index_path);
}

#endif
