/* search_recall.c - `search --check-recall`: what the codes of the libraries miss. Each query's
 * best k rows by cosine, over the codes and over all rows; of the exact ones, the share that is
 * found. Equal scores count as equal. */
#include "app/cmd/search.h"

#include <math.h>
#include <stdlib.h>

/* The best k of all libraries; adds the seconds it took. */
static int search_all(const search_recall *r, const search_libraries *l, const float *queries,
                      int64_t n, bool exact, molglot_hit *hits, double *seconds,
                      molglot_error *err) {
    mg_searched *parts = calloc((size_t)l->n + 1, sizeof *parts);
    if (!parts) return mg_no_memory(err, "%d libraries", l->n);
    for (int i = 0; i < l->n; i++) parts[i] = mg_index_searched(l->indexes[i]);
    const mg_search plan = {.parts = parts,
                            .n_parts = l->n,
                            .k = r->k,
                            .min_score = -INFINITY,
                            .threads = r->threads,
                            .exact = exact,
                            .on_progress = r->on_progress};
    const double start = cli_now();
    const int code = mg_search_run(&plan, queries, n, hits, err);
    *seconds += cli_now() - start;
    free(parts);
    return code;
}

static void compare(search_recall *r, const molglot_hit *found, const molglot_hit *exact) {
    int of = r->k, n = 0;
    while (of && exact[of - 1].row < 0) of--;
    if (!of) return;
    while (n < of && found[n].row >= 0 && found[n].score >= exact[of - 1].score) n++;
    r->found += n;
    r->of += of;
    r->whole += n == of;
    r->queries++;
}

int search_recall_add(search_recall *r, const search_libraries *l, const search_queries *q,
                      size_t dim, molglot_error *err) {
    const size_t k = (size_t)r->k, n = q->rows.n;
    float *queries = malloc(n * dim * sizeof *queries + 1);
    molglot_hit *hits = malloc(2 * n * k * sizeof *hits + 1);
    int64_t m = 0;
    int code = queries && hits ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0; i < n && !code; i++) {
        const query_kind kind = q->q[i].kind;
        if (!q->rows.status[i].ok || q->q[i].blind || kind == QUERY_KEY || kind == QUERY_PATTERN)
            continue;
        for (size_t d = 0; d < dim; d++) queries[(size_t)m * dim + d] = q->vectors[i * dim + d];
        m++;
    }
    molglot_hit *exact = hits ? hits + (size_t)m * k : NULL;
    if (!code && m) code = search_all(r, l, queries, m, false, hits, &r->seconds[0], err);
    if (!code && m) code = search_all(r, l, queries, m, true, exact, &r->seconds[1], err);
    for (int64_t i = 0; i < m && !code; i++)
        compare(r, hits + (size_t)i * k, exact + (size_t)i * k);
    free(queries);
    free(hits);
    return code;
}

void search_recall_say(const search_recall *r, const search_libraries *l, const cli_common *c) {
    bool codes = false;
    for (int i = 0; i < l->n; i++) codes |= mg_index_code_width(l->indexes[i]) > 0;
    if (!r->queries || !r->of) {
        cli_say(c, "recall: no query has a vector");
        return;
    }
    const double n = (double)r->queries;
    cli_say(c,
            "recall@%d of codes against exact search by cosine: %.5f (%lld of %lld rows; all of "
            "them for %lld of %lld queries); %.2f ms a query, exact %.2f ms%s",
            r->k, (double)r->found / (double)r->of, (long long)r->found, (long long)r->of,
            (long long)r->whole, (long long)r->queries, 1e3 * r->seconds[0] / n,
            1e3 * r->seconds[1] / n, codes ? "" : "; no library has codes");
}
