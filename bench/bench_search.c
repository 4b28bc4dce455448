/* bench_search.c - exact search over random unit vectors; one JSON line per run. search_faiss.py
 * runs it beside faiss.
 *
 *     bench_search [--rows 324000] [--queries 1000] [--dim 300] [--k 10] [--threads 2] [--dtype
 *       f32|bf16] [--rounds 3] [--hits FILE]
 *
 * The index is written to a temporary file and mapped, as users have it. --hits writes the found
 * rows as int64 [queries, k].
 */
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct bench {
    long rows, queries, dim, k, threads, rounds;
    const char *dtype, *hits;
} bench;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Row i of the data: uniform in [-1, 1) by counter, then scaled to unit length in float32
 * (search_faiss.py makes the same). */
static void make_row(long i, long dim, float *x) {
    double sum = 0;
    for (long j = 0; j < dim; j++) {
        uint64_t z = ((uint64_t)i * (uint64_t)dim + (uint64_t)j) * 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        x[j] = (float)(z >> 40) * 0x1p-23f - 1;
        sum += (double)x[j] * (double)x[j];
    }
    float norm = (float)__builtin_sqrt(sum);
    for (long j = 0; j < dim; j++) x[j] /= norm;
}

static mg_index *make_index(const bench *b, molglot_error *err) {
    char path[] = "/tmp/bench_search_XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) return NULL;
    close(fd);
    mg_dtype dtype = strcmp(b->dtype, "bf16") ? MG_F32 : MG_BF16;
    const mg_index_spec spec = {.dim = (int)b->dim, .dtype = dtype};
    mg_index_out *w = mg_index_out_open(path, &spec, err);
    float *row = malloc(sizeof *row * (size_t)b->dim);
    int code = w && row ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    for (long i = 0; i < b->rows && !code; i++) {
        make_row(i, b->dim, row);
        code = mg_index_out_add(w, row, NULL, NULL, err);
    }
    if (!code) code = mg_index_out_commit(w, err);
    mg_index_out_free(w);
    free(row);
    /* reads it all: the page cache is warm */
    mg_index *x = code ? NULL : mg_index_open(path, true, err);
    remove(path);
    return x;
}

static int write_hits(const bench *b, const molglot_hit *hits) {
    FILE *f = b->hits ? fopen(b->hits, "wb") : NULL;
    for (long i = 0; i < b->queries * b->k && f; i++)
        fwrite(&hits[i].row, sizeof hits[i].row, 1, f);
    return f ? fclose(f) : 0;
}

static int run(const bench *b, molglot_error *err) {
    mg_index *x = make_index(b, err);
    if (!x) return 1;
    float *queries = malloc(sizeof *queries * (size_t)(b->queries * b->dim));
    molglot_hit *hits = malloc(sizeof *hits * (size_t)(b->queries * b->k));
    double best = 1e30, cpu = 1e30;
    int code = queries && hits ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
    for (long q = 0; q < b->queries && !code; q++)
        make_row(b->rows + q, b->dim, queries + q * b->dim);
    if (!code)
        code = mg_index_search(x, queries, b->queries < 8 ? b->queries : 8, (int)b->k,
                               (int)b->threads, hits, err);
    for (long r = 0; r < b->rounds && !code; r++) {
        double start = now(), start_cpu = (double)clock();
        code = mg_index_search(x, queries, b->queries, (int)b->k, (int)b->threads, hits, err);
        double seconds = now() - start, used = ((double)clock() - start_cpu) / CLOCKS_PER_SEC;
        if (seconds < best) best = seconds;
        if (used < cpu) cpu = used;
    }
    if (!code) {
        printf("{\"bench\": \"search\", \"engine\": \"molglot\", \"dtype\": \"%s\", \"rows\": %ld, "
               "\"dim\": %ld, \"queries\": %ld, \"k\": %ld, "
               "\"threads\": %ld, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
               b->dtype, b->rows, b->dim, b->queries, b->k, b->threads, best, cpu);
        code = write_hits(b, hits);
    }
    free(queries);
    free(hits);
    mg_index_close(x);
    return code;
}

int main(int argc, char **argv) {
    bench b = {324000, 1000, 300, 10, 2, 3, "f32", NULL};
    const struct {
        const char *name;
        long *number;
        const char **word;
    } flags[] = {{"--rows", &b.rows, NULL},       {"--queries", &b.queries, NULL},
                 {"--dim", &b.dim, NULL},         {"--k", &b.k, NULL},
                 {"--threads", &b.threads, NULL}, {"--rounds", &b.rounds, NULL},
                 {"--dtype", NULL, &b.dtype},     {"--hits", NULL, &b.hits}};
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t f = 0; f < MG_COUNT(flags); f++)
            if (!strcmp(argv[i], flags[f].name)) {
                if (flags[f].number)
                    *flags[f].number = atol(argv[i + 1]);
                else
                    *flags[f].word = argv[i + 1];
            }
    molglot_error err = {0};
    int code = run(&b, &err);
    if (code) fprintf(stderr, "bench_search: %s\n", err.message);
    return code != 0;
}
