/* bench_embed.c - SMILES -> embedding, molecules a second including parsing, as JSON.
 *
 *   bench_embed FILE [--model PATH] [--rows 4096] [--batch 256] [--precision f32|bf16] [--threads
 *     0]
 *
 * FILE: a table with molecules. Without --model: the published GIN 5x300 with its head and random
 * weights, written as a model file and loaded again, so that the measured path is the embedder's
 * own; embed_python.py does the same with RDKit-Python and PyTorch. The best of three passes over
 * the rows is printed, and the processor time of all threads in all three.
 */
#include "base/bags.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "search/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PASSES = 3 };

typedef struct options {
    const char *file, *model;
    size_t rows;
    int batch, threads;
    mg_precision precision;
} options;

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void) { return seconds_of(CLOCK_MONOTONIC); }

/* GIN and its head; the text tower is the smallest that a model may have. */
static int save_gin(const char *path, molglot_error *err) {
    const uint32_t hash = 1;
    const float idf = 1;
    mg_bag_vocab words = {0};
    mg_momu_config c = mg_momu_config_default();
    c.text.bag = (mg_bag_config){.vocab = 1, .dim = 8, .hidden = 8, .init = 0.1f};
    strcpy(c.text.families, "w");
    c.graph.encoder.layers = 5;
    c.graph.encoder.published = true;
    c.graph.self_loop = 0;
    mg_params *p = mg_params_new();
    mg_momu *m = p ? mg_momu_new(p, &c, err) : NULL;
    int code = m           ? mg_bag_vocab_init(&words, &hash, &idf, 1, err)
               : err->code ? err->code
                           : MOLGLOT_NO_MEMORY;
    if (!code) code = mg_params_build(p, (mg_build_options){.seed = 1}, err);
    if (!code)
        code = mg_space_part_save(
            path, &(mg_space_contents){.params = p, .momu = m, .text_bag = &words}, err);
    mg_bag_vocab_free(&words);
    mg_momu_free(m);
    mg_params_free(p);
    return code;
}

static int measure(const options *o, const mg_space_part *model, const mg_rows *rows,
                   molglot_error *err) {
    const size_t n = rows->n < o->rows ? rows->n : o->rows;
    mg_embedder *e = mg_embedder_new(
        model,
        (mg_embed_options){.threads = o->threads, .batch = o->batch, .precision = o->precision},
        err);
    if (!e) return err->code;
    float *out = malloc((n * (size_t)mg_embedder_dim(e) + 1) * sizeof *out);
    molglot_row_status *status = malloc((n + 1) * sizeof *status);
    double best = 1e9;
    size_t rejected = 0;
    int code = out && status ? mg_embed_smiles(e, (const char *const *)rows->smiles,
                                               n < 512 ? n : 512, out, status, err)
                             : MOLGLOT_NO_MEMORY;
    double processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < PASSES && !code; i++) {
        double start = now();
        code = mg_embed_smiles(e, (const char *const *)rows->smiles, n, out, status, err);
        if (now() - start < best) best = now() - start;
    }
    processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - processor;
    for (size_t i = 0; i < n && !code; i++) rejected += !status[i].ok;
    if (!code)
        printf("{\"bench\": \"embed_smiles\", \"who\": \"molglot\", \"model\": \"%s\", "
               "\"precision\": \"%s\", \"rows\": %zu, \"rejected\": %zu, "
               "\"batch\": %d, \"molecules_per_s\": %.1f, \"cpu_ms_per_molecule\": %.4f}\n",
               o->model ? o->model : "gin 5x300", o->precision == MG_PREC_BF16 ? "bf16" : "f32", n,
               rejected, o->batch, (double)n / best, 1e3 * processor / (double)(PASSES * n));
    free(out);
    free(status);
    mg_embedder_free(e);
    return code;
}

static int run(const options *o, molglot_error *err) {
    char path[] = "/tmp/molglot-bench-XXXXXX";
    mg_rows rows = {0};
    int code = MOLGLOT_OK;
    if (!o->model) {
        int fd = mkstemp(path);
        if (fd < 0) return mg_fail(err, MOLGLOT_FAILED, "cannot make a file in /tmp");
        close(fd);
        code = save_gin(path, err);
    }
    mg_bundle *b = code ? NULL : mg_bundle_open(o->model ? o->model : path, err);
    const mg_space_part *model = b ? mg_bundle_space(b, err) : NULL;
    if (!o->model) unlink(path);
    code = model ? mg_rows_load(&rows, o->file, NULL, err) : err->code;
    if (!code) {
        code = measure(o, model, &rows, err);
        mg_rows_free(&rows);
    }
    mg_bundle_close(b);
    return code;
}

static bool read_options(int argc, char **argv, options *o) {
    *o = (options){.rows = 4096, .batch = 256, .precision = MG_PREC_BF16};
    if (argc < 2 || argc % 2) return false;
    o->file = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        const char *key = argv[i], *value = argv[i + 1];
        if (strcmp(key, "--model") == 0)
            o->model = value;
        else if (strcmp(key, "--rows") == 0)
            o->rows = (size_t)atol(value);
        else if (strcmp(key, "--batch") == 0)
            o->batch = atoi(value);
        else if (strcmp(key, "--threads") == 0)
            o->threads = atoi(value);
        else if (strcmp(key, "--precision") == 0)
            o->precision = strcmp(value, "bf16") == 0 ? MG_PREC_BF16 : MG_PREC_F32;
        else
            return false;
    }
    return o->rows > 0 && o->batch > 0;
}

int main(int argc, char **argv) {
    options o;
    molglot_error err = {0};
    if (!read_options(argc, argv, &o)) {
        fprintf(stderr, "usage: bench_embed FILE [--model PATH] [--rows N] [--batch N] "
                        "[--precision f32|bf16] [--threads N]\n");
        return 2;
    }
    int code = run(&o, &err);
    if (code) fprintf(stderr, "bench_embed: %s\n", err.message);
    return code;
}
