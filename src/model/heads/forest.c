/* forest.c - trees of a head: each node asks whether one column is above a cut; a leaf says a mean.
 *
 *   f = mean over a task's trees of the leaf that a row comes to; classes: the share of ones there
 *   z = logit of f kept within 1/400 .. 1 - 1/400, or f itself, in the units of the members'
 * answers
 *
 * Columns are the sparse ones, then the dense ones. Children lie behind their parent, so that a
 * walk ends whatever a file says (mg_forest_check).
 */
#include "model/heads/heads.h"

#include <math.h>
#include <stdlib.h>

#define LEAST (1.0F / 400)

int mg_forest_check(const mg_forest *f, const mg_heads_config *c, molglot_error *err) {
    const int32_t columns = mg_heads_sparse(c) + mg_heads_dense(c);
    if (f->trees < 1 || f->n < 1) return mg_fail(err, MOLGLOT_BAD_FILE, "a forest without trees");
    for (int64_t i = 0; i < (int64_t)f->trees * c->tasks; i++)
        if (f->root[i] < 0 || f->root[i] >= f->n)
            return mg_fail(err, MOLGLOT_BAD_FILE, "a tree begins nowhere");
    for (int32_t i = 0; i < f->n; i++) {
        const bool leaf = f->column[i] < 0;
        if (!leaf && (f->column[i] >= columns || f->left[i] <= i || f->left[i] >= f->n - 1))
            return mg_fail(err, MOLGLOT_BAD_FILE, "node %d of a forest leads nowhere", i);
        if (!isfinite(leaf ? f->value[i] : f->cut[i]))
            return mg_fail(err, MOLGLOT_BAD_FILE, "a number of a forest is none");
    }
    return MOLGLOT_OK;
}

static float ask_task(const mg_forest *f, const mg_heads_config *c, int task, const float *x) {
    double sum = 0;
    for (int k = 0; k < f->trees; k++) {
        int32_t at = f->root[task * f->trees + k];
        while (f->column[at] >= 0) at = f->left[at] + (x[f->column[at]] > f->cut[at]);
        sum += (double)f->value[at];
    }
    const float mean = (float)(sum / f->trees);
    if (c->task == MG_HEADS_NUMBERS) return mean;
    const float p = mean < LEAST ? LEAST : mean > 1 - LEAST ? 1 - LEAST : mean;
    return logf(p / (1 - p));
}

int mg_forest_ask(const mg_forest *f, const mg_heads_config *c, const mg_heads_batch *b, float *out,
                  molglot_error *err) {
    const int sparse = mg_heads_sparse(c), dense = mg_heads_dense(c);
    float *x = calloc((size_t)(sparse + dense) + 1, sizeof *x);
    if (!x) return mg_no_memory(err, "a forest");
    for (int64_t i = 0; i < b->n; i++) {
        const int32_t from = sparse ? b->sparse.offsets[i] : 0,
                      to = sparse ? b->sparse.offsets[i + 1] : 0;
        for (int32_t k = from; k < to; k++) x[b->sparse.ids[k]] = b->sparse.weights[k];
        for (int k = 0; k < dense; k++) x[sparse + k] = b->dense[i * dense + k];
        for (int k = 0; k < c->tasks; k++) out[i * c->tasks + k] = ask_task(f, c, k, x);
        for (int32_t k = from; k < to; k++) x[b->sparse.ids[k]] = 0;
    }
    free(x);
    return MOLGLOT_OK;
}

void mg_forest_free(mg_forest *f) {
    free(f->root);
    free(f->column);
    free(f->left);
    free(f->cut);
    free(f->value);
    *f = (mg_forest){0};
}
