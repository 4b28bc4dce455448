/* graph.c - what a graph row is made of (model/writer/writer.c): the vector of the molecule that a
 * caption describes, in the space of an aligned model.
 *
 *   [graph]  model   the aligned model; its digest is the part's molglot.space
 *
 * Only captions have the row: beside a sentence it would be the answer. A molecule that the space
 * knows nothing of has zeros.
 */
#include "base/toml/toml.h"
#include "train/atomas/atomas.h"

#include <stdlib.h>

int atomas_graph_read(mg_toml *recipe, atomas_task *w, molglot_error *err) {
    if (!w->model.graph_row) return MOLGLOT_OK;
    int code = train_read_own_path(recipe, "graph.model", w->space.model, err);
    if (!code && !*w->space.model)
        code = train_refuse(err, "graph.model", "a graph row needs an aligned model");
    return code;
}

int atomas_graph_open(atomas_task *w, molglot_error *err) {
    if (!w->model.graph_row) return MOLGLOT_OK;
    int code = train_space_open(&w->space, &w->t, err);
    if (!code) code = train_space_sha256(&w->space, w->space_sha256, err);
    w->model.space = w->space.dim;
    return code;
}

int atomas_graph_start(atomas_task *w, molglot_error *err) {
    const train_held_out *s = &w->validation.sets[0];
    if (!w->model.graph_row || !s->name) return MOLGLOT_OK;
    int64_t *rows = malloc(((size_t)s->n + 1) * sizeof *rows);
    w->held_out_vectors = malloc((size_t)(s->n * w->space.dim + 1) * sizeof *w->held_out_vectors);
    int code = rows && w->held_out_vectors ? MOLGLOT_OK : mg_no_memory(err, "vectors");
    for (int64_t i = 0; i < s->n && !code; i++) rows[i] = i;
    if (!code)
        code = train_space_molecules(&w->space, false, s->rows, rows, s->n, w->held_out_vectors,
                                     err);
    free(rows);
    return code;
}

int atomas_graph_batch(const atomas_task *w, const train_span *s, atomas_micro *p,
                       molglot_error *err) {
    int64_t n = 0, *rows = malloc(((size_t)s->n + 1) * sizeof *rows);
    if (!rows) return mg_no_memory(err, "a batch");
    for (int64_t i = 0; i < s->n; i++)
        if (w->told[s->rows[i]]) rows[n++] = s->rows[i];
    int code = n ? train_space_molecules(&w->space, true, w->t.corpus.rows, rows, n, p->vectors,
                                         err)
                 : MOLGLOT_OK;
    free(rows);
    return code;
}

void atomas_graph_close(atomas_task *w) {
    train_space_close(&w->space);
    free(w->held_out_vectors);
}
