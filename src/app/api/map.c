/* map.c - include/molglot.h: places of embeddings in a plane, and how well they tell groups apart.
 */
#include "app/api/api.h"
#include "layout/layout.h"
#include "molglot.h"

#include <math.h>
#include <string.h>

void molglot_map_options_init(molglot_map_options *options, size_t size) {
    const mg_layout_options d = mg_layout_default();
    const molglot_map_options defaults = {.perplexity = d.perplexity, .iterations = d.iterations};
    api_options_give(options, size, &defaults, sizeof defaults);
}

static int check_rows(const char *what, const float *vectors, size_t n, int dim, const void *out,
                      molglot_error *err) {
    size_t all;
    if (!vectors || !out)
        return mg_fail(err, MOLGLOT_USAGE, "%s: vectors and out must not be NULL", what);
    if (n < 1 || n > INT32_MAX || dim < 1 || !mg_mul_size(n, (size_t)dim, &all))
        return mg_fail(err, MOLGLOT_USAGE, "%s: %zu rows of %d numbers", what, n, dim);
    return MOLGLOT_OK;
}

int molglot_map(const float *vectors, size_t n, int dim, const molglot_map_options *options,
                float *out, molglot_error *err) {
    static const char what[] = "molglot_map";
    molglot_map_options o = molglot_map_options_default();
    int code = check_rows(what, vectors, n, dim, out, err);
    if (!code) code = api_options_take(&o, sizeof o, options, what, err);
    if (code) return code;
    if ((o.method != MOLGLOT_TSNE && o.method != MOLGLOT_PCA) || o.iterations < 1 ||
        !(o.perplexity >= 1 && o.perplexity <= 1000))
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: no such method, no iterations, or a perplexity that is not 1 to 1000",
                       what);
    api_prepare_fork();
    const mg_layout_options layout = {.linear = o.method == MOLGLOT_PCA,
                                      .perplexity = o.perplexity,
                                      .iterations = o.iterations,
                                      .seed = o.seed,
                                      .threads = o.threads,
                                      .on_progress = o.on_progress,
                                      .user = o.user};
    return mg_layout(vectors, n, dim, &layout, out, err);
}

int molglot_separate(const float *vectors, size_t n, int dim, const int32_t *groups, int threads,
                     molglot_separation *out, molglot_error *err) {
    static const char what[] = "molglot_separate";
    int code = check_rows(what, vectors, n, dim, out, err);
    if (code) return code;
    const size_t size = out->size;
    if (size < sizeof *out || !groups)
        return mg_fail(err, MOLGLOT_USAGE, "%s: out must have its size, groups not be NULL", what);
    for (size_t i = 0; i < n * (size_t)dim; i++)
        if (!isfinite(vectors[i]))
            return mg_fail(err, MOLGLOT_USAGE, "%s: row %zu holds what is no number", what,
                           i / (size_t)dim + 1);
    api_prepare_fork();
    mg_separation s;
    code = mg_separation_of(vectors, n, dim, true, groups, threads, &s, err);
    if (code) return code;
    memset(out, 0, size);
    *out = (molglot_separation){size,         (int64_t)s.rows, (int64_t)s.groups,
                                s.silhouette, s.knn,           s.chance};
    return MOLGLOT_OK;
}
