/* embed.c - texts and SMILES to unit rows [n, dim] with a loaded model, batch by batch. A row that
 * cannot be read is zero and says why; the others do not depend on it, nor on how rows fall into
 * batches beyond the rounding of matrix products.
 */
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* more molecules share more surroundings: 1.2 times the speed of 256 with a GIN */
enum { DEFAULT_BATCH = 1024 };

struct mg_embedder {
    const mg_space_part *model;
    mg_tape *tape;
    mg_featuriser featuriser;
    mg_batch batch;
    int dim;
    size_t rows;     /* of a batch */
    bool chem_ready; /* mg_chem_init costs milliseconds that a text alone need not wait for */
};

/* What the members' channels want to see. Members that have a channel agree on it
 * (model/bundle/space.c). */
static mg_featuriser featuriser_of(const mg_space_part *model, int threads) {
    mg_featuriser f = {.members = model->members,
                       .wordpiece = model->wordpiece,
                       .limits = mg_chem_limits_default(),
                       .threads = threads};
    for (int k = 0; k < model->members; k++) {
        const mg_member *m = &model->member[k];
        const mg_momu_config *c = mg_momu_get_config(m->momu);
        f.text_bag[k] = &m->text_bag;
        f.graph_bag[k] = &m->graph_bag;
        if (m->text_bag.n) f.text_families = c->text.families;
        if (m->graph_bag.n) f.graph_families = c->graph.families;
        if (c->text.encoder.layers > 0) {
            f.max_tokens = c->text.max_tokens;
            f.max_chars = c->text.max_chars;
            f.special_tokens = c->text.special_tokens;
        }
        if (c->graph.encoder.layers > 0) {
            f.graph = true;
            f.features = c->graph.features;
        }
    }
    return f;
}

mg_embedder *mg_embedder_new(const mg_space_part *model, mg_embed_options o, molglot_error *err) {
    mg_embedder *e = calloc(1, sizeof *e);
    if (!e) {
        mg_no_memory(err, "an embedder");
        return NULL;
    }
    e->model = model;
    e->dim = mg_space_part_dim(model);
    e->rows = o.batch > 0 ? (size_t)o.batch : DEFAULT_BATCH;
    e->featuriser = featuriser_of(model, o.threads);
    e->tape = mg_tape_new(o.device ? o.device : "cpu", o.precision, o.threads, 0, err);
    if (!e->tape || mg_space_part_attach(model, e->tape, err) || mg_batch_init(&e->batch, err)) {
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
size_t mg_embedder_batch(const mg_embedder *e) { return e->rows; }
int mg_embedder_threads(const mg_embedder *e) { return mg_threads(e->featuriser.threads); }

/* The batch through one member's tower, into its columns of out [n, dim], times `scale`. */
static int forward_member(mg_embedder *e, int k, bool text, size_t n, size_t column, float scale,
                          float *out, molglot_error *err) {
    const mg_momu *momu = e->model->member[k].momu;
    const size_t width = (size_t)mg_momu_get_config(momu)->dim;
    e->batch.text.bags = e->batch.mol.bags = e->batch.member_bags[k];
    mg_tape_reset(e->tape);
    mg_tensor *y = text ? mg_momu_text(e->tape, momu, &e->batch.text)
                        : mg_momu_graph(e->tape, momu, &e->batch.mol);
    const float *rows = mg_values(e->tape, y);
    int code = mg_tape_error(e->tape, err);
    for (size_t i = 0; i < n && !code; i++) {
        const float *from = rows + i * width;
        float *to = out + i * (size_t)e->dim + column;
        for (size_t d = 0; d < width; d++) to[d] = scale * from[d];
    }
    return code;
}

/* A row in which some member knew nothing has that part zero: the rest is brought back to unit
 * length. A row that is no vector is refused. */
static void finish_rows(mg_embedder *e, size_t n, float *out) {
    const size_t dim = (size_t)e->dim;
    for (size_t i = 0; i < n; i++) {
        float *row = out + i * dim;
        double square = 0;
        for (size_t d = 0; d < dim; d++) square += (double)row[d] * (double)row[d];
        if (e->batch.status[i].ok && !isfinite(square)) {
            mg_row_refuse(&e->batch.status[i], -1, "the model's numbers for it are not finite");
            memset(row, 0, dim * sizeof *row);
        }
        const float scale = !e->batch.status[i].ok || square <= 0 ? 0
                            : square > 0.999                      ? 1
                                                                  : (float)(1 / sqrt(square));
        for (size_t d = 0; scale != 1 && d < dim; d++) row[d] *= scale;
    }
}

/* Rows of out: zero where rejected. */
static int forward(mg_embedder *e, bool text, size_t n, float *out, molglot_error *err) {
    size_t column = 0;
    for (int k = 0; k < e->model->members; k++) {
        const float scale = mg_space_part_scale(e->model, k);
        int code = forward_member(e, k, text, n, column, scale, out, err);
        if (code) return code;
        column += (size_t)mg_momu_get_config(e->model->member[k].momu)->dim;
    }
    finish_rows(e, n, out);
    return MOLGLOT_OK;
}

/* text: strings are sentences. Else rows are mols[i], or where that is NULL strings[i], a SMILES.
 */
static int embed(mg_embedder *e, bool text, const char *const *strings, const mg_mol *const *mols,
                 size_t n, float *out, molglot_row_status *status, molglot_error *err) {
    if (!text && !e->chem_ready) {
        int code = mg_chem_init(err);
        if (code) return code;
        e->chem_ready = true;
    }
    for (size_t at = 0; at < n; at += e->rows) {
        size_t rows = n - at < e->rows ? n - at : e->rows;
        int code = text ? mg_featurise_texts(&e->featuriser, strings + at, rows, &e->batch, err)
                        : mg_featurise_molecules(&e->featuriser, mols ? mols + at : NULL,
                                                 strings + at, rows, &e->batch, err);
        if (!code) code = forward(e, text, rows, out + at * (size_t)e->dim, err);
        if (code) return code;
        if (status) memcpy(status + at, e->batch.status, rows * sizeof *status);
    }
    return MOLGLOT_OK;
}

int mg_embed_texts(mg_embedder *e, const char *const *texts, size_t n, float *out,
                   molglot_row_status *status, molglot_error *err) {
    return embed(e, true, texts, NULL, n, out, status, err);
}

int mg_embed_smiles(mg_embedder *e, const char *const *smiles, size_t n, float *out,
                    molglot_row_status *status, molglot_error *err) {
    return embed(e, false, smiles, NULL, n, out, status, err);
}

int mg_embed_molecules(mg_embedder *e, const mg_mol *const *mols, const char *const *smiles,
                       size_t n, float *out, molglot_row_status *status, molglot_error *err) {
    return embed(e, false, smiles, mols, n, out, status, err);
}

int mg_embed_words(const mg_embedder *e, const char *text, mg_known_words *out,
                   molglot_error *err) {
    const mg_text_vocabs v = mg_featuriser_vocabs(&e->featuriser);
    return mg_text_known(&v, text, out, err);
}
