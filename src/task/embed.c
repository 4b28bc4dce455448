/* embed.c - texts and SMILES to unit rows [n, dim] with a loaded model, batch by batch.
 *
 * Called by the library, every command that embeds, and the evaluation. A row that cannot be read is zero and says why; the
 * others do not depend on it, nor on how rows fall into batches beyond the rounding of matrix products.
 */
#include "task/task.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BATCH = 256 };

struct mg_embedder {
    const mg_momu *model;
    mg_tape *tape;
    mg_featuriser featuriser;
    mg_batch batch;
    int dim;
    size_t rows;                     /* of a batch */
};

/* What the model's channels want to see. */
static mg_featuriser featuriser_of(const mg_model_file *model, int threads) {
    const mg_momu_config *c = mg_momu_get_config(model->momu);
    bool tokens = c->text.encoder.layers > 0;
    return (mg_featuriser){.wordpiece = tokens ? model->wordpiece : NULL,
                           .max_tokens = c->text.max_tokens,
                           .max_chars = c->text.max_chars,
                           .special_tokens = c->text.special_tokens,
                           .text_bag = &model->text_bag,
                           .text_families = c->text.families,
                           .graph = c->graph.encoder.layers > 0,
                           .features = c->graph.features,
                           .graph_bag = &model->graph_bag,
                           .graph_families = c->graph.families,
                           .limits = mg_chem_limits_default(),
                           .threads = threads};
}

mg_embedder *mg_embedder_new(const mg_model_file *model, int threads, int batch, mg_precision precision, molglot_error *err) {
    mg_embedder *e = calloc(1, sizeof *e);
    if (!e) {
        mg_fail(err, MOLGLOT_NO_MEMORY, "no memory for an embedder");
        return NULL;
    }
    e->model = model->momu;
    e->dim = mg_momu_get_config(model->momu)->dim;
    e->rows = batch > 0 ? (size_t)batch : DEFAULT_BATCH;
    e->featuriser = featuriser_of(model, threads);
    e->tape = mg_tape_new("cpu", precision, threads, 0, err);
    if (!e->tape || mg_batch_init(&e->batch, err)) {
        mg_embedder_free(e);
        return NULL;
    }
    return e;
}

void mg_embedder_free(mg_embedder *e) {
    if (!e) return;
    mg_batch_free(&e->batch);
    mg_tape_free(e->tape);
    free(e);
}

int mg_embedder_dim(const mg_embedder *e) { return e->dim; }

/* The batch through its tower; rows of out: zero where rejected. */
static int forward(mg_embedder *e, bool text, size_t n, float *out, molglot_error *err) {
    mg_tape_reset(e->tape);
    mg_tensor *y = text ? mg_momu_text(e->tape, e->model, &e->batch.text) : mg_momu_graph(e->tape, e->model, &e->batch.mol);
    int code = mg_tape_error(e->tape, err);
    if (code || !y) return code ? code : mg_fail(err, MOLGLOT_FAILED, "the model gave no embeddings");
    size_t dim = (size_t)e->dim;
    for (size_t i = 0; i < n; i++) {
        if (e->batch.status[i].ok) memcpy(out + i * dim, mg_f32(y) + i * dim, dim * sizeof *out);
        else memset(out + i * dim, 0, dim * sizeof *out);
    }
    return MOLGLOT_OK;
}

static int embed(mg_embedder *e, bool text, const char *const *strings, size_t n, float *out, molglot_row_status *status, molglot_error *err) {
    for (size_t at = 0; at < n; at += e->rows) {
        size_t rows = n - at < e->rows ? n - at : e->rows;
        int code = text ? mg_featurise_texts(&e->featuriser, strings + at, rows, &e->batch, err)
                        : mg_featurise_smiles(&e->featuriser, strings + at, rows, &e->batch, err);
        if (!code) code = forward(e, text, rows, out + at * (size_t)e->dim, err);
        if (code) return code;
        if (status) memcpy(status + at, e->batch.status, rows * sizeof *status);
    }
    return MOLGLOT_OK;
}

int mg_embed_texts(mg_embedder *e, const char *const *texts, size_t n, float *out, molglot_row_status *status, molglot_error *err) {
    return embed(e, true, texts, n, out, status, err);
}

int mg_embed_smiles(mg_embedder *e, const char *const *smiles, size_t n, float *out, molglot_row_status *status, molglot_error *err) {
    return embed(e, false, smiles, n, out, status, err);
}
