/* bench_codes.c - search by codes over real rows and, for scale, rows made of them; JSON lines.
 *
 *     bench_codes --index FILE | --vectors FILE.npy [--rows 0] [--queries FILE.npy] [--n-queries
 * 300]
 *                 [--k 10] [--threads 1] [--rounds 3] [--exact-queries 30]
 *
 * FILE is an index with codes. Or rows in a basis (`molglot export` of an index --dims), which
 * become a temporary index whose basis are the axes; with --rows N beyond them, row i is row i % n
 * moved by noise of length .3 and brought back to unit length. Queries are as long as the index's
 * model's vectors, or as these rows (`molglot embed [--dims N] -f npy`); without them, rows of it.
 * Times are of the process' threads (cpu) and by the clock.
 */
#include "data/table/table.h"
#include "search/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct bench {
    long rows, n_queries, k, threads, rounds, exact_queries;
    const char *index, *vectors, *queries;
} bench;

typedef struct npy {
    mg_map map;
    const float *x; /* [n, dim] */
    int64_t n, dim;
} npy;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_now(void) { return (double)clock() / CLOCKS_PER_SEC; }

static bool open_npy(npy *m, const char *path) {
    if (!path || mg_map_open(&m->map, path, NULL)) return false;
    const size_t at = mg_npy_numbers(m->map.data, m->map.size, &m->n, &m->dim);
    m->x = (const float *)(const void *)(m->map.data + at);
    return at && m->n;
}

/* A row, moved where it is a copy. */
static void take_row(const npy *m, int64_t i, mg_rng *r, float *out) {
    const int dim = (int)m->dim;
    memcpy(out, m->x + i % m->n * m->dim, (size_t)dim * sizeof *out);
    if (i < m->n) return;
    const double by = 0.3 * sqrt(3.0 / dim);
    for (int d = 0; d < dim; d++) out[d] += (float)(by * (2 * mg_rng_uniform(r) - 1));
    const double norm = mg_norm(out, dim);
    for (int d = 0; d < dim; d++) out[d] = (float)((double)out[d] / norm);
}

/* The axes as directions: v [dim, dim]. */
static void axes(int dim, int8_t *v, float *scales) {
    memset(v, 0, (size_t)dim * (size_t)dim);
    for (int d = 0; d < dim; d++) {
        v[(size_t)d * (size_t)dim + (size_t)d] = 127;
        scales[d] = 1 / 127.f;
    }
}

/* The temporary index, which the caller closes; *cpu: seconds to write its rows and codes. */
static mg_index *make(const npy *m, int64_t rows, const mg_basis *basis, double *cpu,
                      molglot_error *err) {
    char path[] = "/tmp/bench_codes_XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0) return NULL;
    close(fd);
    const double start = cpu_now();
    const mg_index_spec spec = {.dim = (int)m->dim, .dtype = MG_BF16, .basis = basis};
    mg_index_out *w = mg_index_out_open(path, &spec, err);
    float *row = malloc((size_t)m->dim * sizeof *row);
    mg_rng r = {.seed = 1};
    int code = w && row ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    for (int64_t i = 0; i < rows && !code; i++) {
        take_row(m, i, &r, row);
        code = mg_index_out_add(w, row, NULL, NULL, err);
    }
    if (!code) code = mg_index_out_commit(w, err);
    mg_index_out_free(w);
    *cpu = cpu_now() - start;
    free(row);
    mg_index *made = code ? NULL : mg_index_open(path, false, err);
    remove(path);
    return made;
}

/* Of the file, or rows of x. */
static float *read_queries(const bench *b, const mg_index *x) {
    const int64_t dim = mg_index_model_dim(x);
    float *q = malloc((size_t)(b->n_queries * dim) * sizeof *q);
    npy file = {0};
    const bool there = open_npy(&file, b->queries) && file.dim == dim;
    for (long i = 0; i < b->n_queries && q; i++) {
        if (there)
            memcpy(q + i * dim, file.x + i % file.n * dim, (size_t)dim * sizeof *q);
        else
            (void)mg_index_embeddings(x, i * 7 % mg_index_size(x), 1, q + i * dim, NULL);
    }
    mg_map_close(&file.map);
    return q;
}

static double recall(const molglot_hit *a, const molglot_hit *b, long n, long k) {
    long same = 0;
    for (long i = 0; i < n; i++)
        for (long j = 0; j < k; j++) same += a[i * k + j].score >= b[i * k + k - 1].score;
    return n ? (double)same / (double)(n * k) : 1;
}

typedef struct timing {
    double wall, cpu; /* a query, seconds: the least of the rounds */
} timing;

/* one: query by query, as people ask; else all at once. */
static timing run(const bench *b, mg_search plan, const float *queries, long n, bool one,
                  molglot_hit *hits) {
    const int dim = mg_searched_dim(&plan.parts[0]);
    timing best = {1e9, 1e9};
    for (long r = 0; r < b->rounds; r++) {
        const double start = now(), cpu = cpu_now();
        for (long q = 0; q < n; q += one ? 1 : n)
            (void)mg_search_run(&plan, queries + q * dim, one ? 1 : n, hits + q * b->k, NULL);
        const double wall = (now() - start) / (double)n, used = (cpu_now() - cpu) / (double)n;
        if (wall < best.wall) best.wall = wall;
        if (used < best.cpu) best.cpu = used;
    }
    return best;
}

static timing first_stage(const bench *b, const mg_searched *part, const float *queries, long n) {
    enum { WANT = MG_CANDIDATES };
    int64_t rows[WANT];
    timing best = {1e9, 1e9};
    for (long r = 0; r < b->rounds; r++) {
        const double start = now(), cpu = cpu_now();
        for (long q = 0; q < n; q++)
            (void)mg_codes_best(part, queries + q * mg_searched_dim(part), 1, WANT, (int)b->threads,
                                NULL, rows, NULL);
        const double wall = (now() - start) / (double)n, used = (cpu_now() - cpu) / (double)n;
        if (wall < best.wall) best.wall = wall;
        if (used < best.cpu) best.cpu = used;
    }
    return best;
}

static int measure(const bench *b, const mg_index *x, double built, const float *queries) {
    const size_t hits_n = (size_t)(b->n_queries * b->k);
    molglot_hit *found = calloc(hits_n, sizeof *found), *exact = calloc(hits_n, sizeof *exact);
    const long few = b->exact_queries < b->n_queries ? b->exact_queries : b->n_queries;
    const mg_searched part = mg_index_searched(x);
    mg_search plan = {.parts = &part,
                      .n_parts = 1,
                      .k = (int)b->k,
                      .min_score = -INFINITY,
                      .threads = (int)b->threads};
    if (!found || !exact || !part.codes) return 1;
    const timing stage = first_stage(b, &part, queries, b->n_queries),
                 single = run(b, plan, queries, b->n_queries, true, found),
                 batch = run(b, plan, queries, b->n_queries, false, found);
    plan.exact = true;
    const timing slow = run(b, plan, queries, few, true, exact);
    printf(
        "{\"bench\": \"codes\", \"rows\": %lld, \"dim\": %d, \"build_cpu_us_a_row\": %.2f, "
        "\"queries\": %ld, \"k\": %ld, "
        "\"threads\": %ld, \"first_stage_ms\": %.3f, \"first_stage_cpu_ms\": %.3f, "
        "\"query_ms\": %.3f, \"query_cpu_ms\": %.3f, \"batch_ms\": %.3f, \"batch_cpu_ms\": %.3f, "
        "\"exact_queries\": %ld, \"exact_ms\": %.3f, \"exact_cpu_ms\": %.3f, \"recall\": %.5f}\n",
        (long long)mg_index_size(x), mg_index_dim(x), 1e6 * built / (double)mg_index_size(x),
        b->n_queries, b->k, b->threads, 1e3 * stage.wall, 1e3 * stage.cpu, 1e3 * single.wall,
        1e3 * single.cpu, 1e3 * batch.wall, 1e3 * batch.cpu, few, 1e3 * slow.wall, 1e3 * slow.cpu,
        recall(found, exact, few, b->k));
    free(found);
    free(exact);
    return 0;
}

static mg_index *open_rows(const bench *b, int8_t **v, float **scales, double *built,
                           molglot_error *err) {
    npy m = {0};
    mg_index *x = NULL;
    if (b->index) return mg_index_open(b->index, false, err);
    if (!open_npy(&m, b->vectors)) return NULL;
    const size_t dim = (size_t)m.dim;
    *v = malloc(dim * dim);
    *scales = malloc(dim * sizeof **scales);
    if (*v && *scales) {
        axes((int)dim, *v, *scales);
        const mg_basis basis = {(int)dim, (int)dim, *v, *scales};
        x = make(&m, b->rows > m.n ? b->rows : m.n, &basis, built, err);
    }
    mg_map_close(&m.map);
    return x;
}

static int whole(const bench *b, molglot_error *err) {
    int8_t *v = NULL;
    float *scales = NULL;
    double built = 0; /* 0: FILE was there */
    mg_index *x = open_rows(b, &v, &scales, &built, err);
    float *queries = x ? read_queries(b, x) : NULL;
    const int code = queries ? measure(b, x, built, queries) : 1;
    free(queries);
    free(v);
    free(scales);
    mg_index_close(x);
    return code;
}

int main(int argc, char **argv) {
    bench b = {0, 300, 10, 1, 3, 30, NULL, NULL, NULL};
    const struct {
        const char *name;
        long *number;
        const char **word;
    } flags[] = {{"--rows", &b.rows, NULL},
                 {"--n-queries", &b.n_queries, NULL},
                 {"--k", &b.k, NULL},
                 {"--threads", &b.threads, NULL},
                 {"--rounds", &b.rounds, NULL},
                 {"--exact-queries", &b.exact_queries, NULL},
                 {"--index", NULL, &b.index},
                 {"--vectors", NULL, &b.vectors},
                 {"--queries", NULL, &b.queries}};
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t f = 0; f < MG_COUNT(flags); f++)
            if (!strcmp(argv[i], flags[f].name)) {
                if (flags[f].number)
                    *flags[f].number = atol(argv[i + 1]);
                else
                    *flags[f].word = argv[i + 1];
            }
    molglot_error err = {0};
    const int code = whole(&b, &err);
    if (code) fprintf(stderr, "bench_codes: %s\n", err.message);
    return code;
}
