/* bench_train.c - one training step of the published MoMu (GIN 5x300, BERT-base 12x768, two heads,
 * five InfoNCE terms), as JSON.
 *
 *   bench_train PAIRS VOCAB [--precision bf16|f32] [--batch 32] [--steps 4] [--warm 2] [--dropout
 *     0.1] [--threads 0]
 *
 * PAIRS: a table of molecules and texts; VOCAB: a vocab.txt. Step k trains on rows k*batch ..
 * (k+1)*batch of the table, in its order: two augmented views of each graph, the text twice
 * (dropout makes the views), 128 tokens at most, no special tokens. Weights are random. Batches are
 * made before the clock starts; a step is forward, backward and AdamW. Beside the wall clock the
 * processor time of all threads is given, which a busy machine disturbs less (with
 * OMP_WAIT_POLICY=passive: waiting threads sleep). train_torch.py does the same in PyTorch and
 * counts the same: FLOPs by formula over real tokens and atoms, three times the forward pass.
 */
#include "data/data.h"
#include "model/momu/momu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_TOKENS = 128, MAX_STEPS = 64, VIEWS = 2 };

typedef struct options {
    const char *pairs, *vocab;
    bool half;
    int64_t batch;
    int steps, warm, threads;
    float dropout;
} options;

typedef struct bench {
    options o;
    mg_corpus *data;
    mg_params *params;
    mg_momu *momu;
    mg_tape *tape;
    mg_batch batches[2 * MAX_STEPS][VIEWS];
    int made; /* batches of both views that exist */
    molglot_error err;
} bench;

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void) { return seconds_of(CLOCK_MONOTONIC); }

/* ---- the model and its batches ---- */

static int make_model(bench *b, int vocab) {
    mg_momu_config c = mg_momu_config_default();
    c.text.encoder.layers = 12;
    c.text.encoder.vocab = vocab;
    c.text.encoder.dropout = b->o.dropout;
    c.graph.encoder.layers = 5;
    c.graph.encoder.published = true;
    c.graph.self_loop = 0;
    b->params = mg_params_new();
    b->momu = b->params ? mg_momu_new(b->params, &c, &b->err) : NULL;
    if (!b->momu) return b->err.code ? b->err.code : MOLGLOT_NO_MEMORY;
    int code = mg_params_build(
        b->params, (mg_build_options){.train = true, .shadow = b->o.half, .seed = 1}, &b->err);
    if (code) return code;
    b->tape = mg_tape_new("cpu", b->o.half ? MG_PREC_BF16 : MG_PREC_F32, b->o.threads, 0, &b->err);
    return b->tape ? MOLGLOT_OK : b->err.code;
}

static int open_data(bench *b) {
    const mg_corpus_source source = {.path = b->o.pairs, .weight = 1};
    const mg_corpus_config c = {.sources = &source,
                                .n_sources = 1,
                                .pairs = true,
                                .wordpiece_path = b->o.vocab,
                                .graph = true,
                                .features = MG_FEAT_OGB};
    b->data = mg_corpus_open(&c, NULL, NULL, &b->err);
    return b->data ? MOLGLOT_OK : b->err.code;
}

/* Views as published: the first loses atoms, the second is a walk's subgraph; lost atoms stay as
 * isolated ones. */
static int make_batch(bench *b, int step) {
    int64_t pairs[1024];
    for (int64_t i = 0; i < b->o.batch; i++) pairs[i] = step * b->o.batch + i;
    for (uint32_t v = 0; v < VIEWS; v++) {
        mg_batch *out = &b->batches[step][v];
        const mg_view view = {.max_tokens = MAX_TOKENS,
                              .aug = v ? MG_AUG_SUBGRAPH : MG_AUG_DROP_NODES,
                              .aug_rate = v ? 0.8f : 0.1f,
                              .aug_faithful = true,
                              .seed = 1,
                              .view = v};
        int code = mg_batch_init(out, &b->err);
        if (code) return code;
        b->made = step * VIEWS + (int)v + 1;
        code = mg_corpus_batch(b->data, pairs, b->o.batch, &view, true, true, out, NULL, &b->err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* ---- a step ---- */

static int step(bench *b, int k, double *loss) {
    const mg_batch *first = &b->batches[k][0], *second = &b->batches[k][1];
    mg_optim_config c = mg_optim_default();
    c.lr = 1e-4f;
    c.weight_decay = 1e-5f;
    c.decay_all = true;
    strcpy(c.schedule, "constant");
    mg_tape_reset(b->tape);
    mg_tape_seed(b->tape, 1, (uint64_t)k);
    mg_tape_record(b->tape, true);
    mg_tape_training(b->tape, true);
    mg_tensor *g1 = mg_momu_graph(b->tape, b->momu, &first->mol),
              *g2 = mg_momu_graph(b->tape, b->momu, &second->mol);
    mg_tensor *t1 = mg_momu_text(b->tape, b->momu, &first->text),
              *t2 = mg_momu_text(b->tape, b->momu, &second->text);
    mg_tensor *value = mg_momu_loss(b->tape, b->momu, g1, g2, t1, t2, true, NULL, 0);
    if (value) *loss = mg_f32(value)[0];
    if (value) mg_backward(b->tape, value);
    int code = mg_tape_error(b->tape, &b->err);
    return code ? code : mg_optim_step(b->params, b->tape, &c, k, NULL, NULL, &b->err);
}

/* ---- counting ---- */

static int64_t tokens_of(const mg_batch *x) { return x->text.token_offsets[x->text.n]; }

/* FLOPs of forward and backward of one view: 2 a multiply-add, backward twice the forward. */
static double flops(const mg_batch *x) {
    const double d = 768, ffn = 3072, layers = 12, gin = 5 * 2 * 300.0 * 600.0, joint = 256;
    const double n = (double)x->text.n, atoms = (double)x->mol.atom_offsets[x->mol.n];
    double pairs = 0;
    for (int64_t i = 0; i < x->text.n; i++) {
        double length = x->text.token_offsets[i + 1] - x->text.token_offsets[i];
        pairs += length * length;
    }
    double text = layers * ((double)tokens_of(x) * (4 * d * d + 2 * d * ffn) + 2 * pairs * d) +
                  n * (2 * d * d + d * joint);
    double graph = atoms * gin + n * (300.0 * 300.0 + 300.0 * joint);
    return 3 * 2 * (text + graph);
}

/* GFLOP/s of a large product in the step's own precision: what this process could reach at this
 * moment. */
static double gemm_peak(mg_tape *t, bool half) {
    enum { M = 2048, N = 3072, K = 768 };
    float *a = malloc((size_t)M * K * sizeof *a), *w = malloc((size_t)N * K * sizeof *w),
          *c = malloc((size_t)M * N * sizeof *c);
    double best = a && w && c ? 1e9 : 0, start = now();
    if (best > 0) { /* 0x3C3C...: 0.0115 as float and as bf16 */
        memset(a, 0x3C, (size_t)M * K * sizeof *a);
        memset(w, 0x3C, (size_t)N * K * sizeof *w);
    }
    for (int i = 0; best > 0 && (i < 8 || now() - start < 1.0); i++) {
        double from = now();
        if (mg_product_nt(t, M, N, K, a, w, half ? MG_BF16 : MG_F32, c))
            best = 0;
        else if (now() - from < best)
            best = now() - from;
    }
    free(a);
    free(w);
    free(c);
    return best > 0 ? 2e-9 * M * N * K / best : 0;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(bench *b) {
    double seconds[MAX_STEPS], sum = 0, processor = 0, work = 0, loss = 0, tokens = 0, padded = 0,
                               peak = gemm_peak(b->tape, b->o.half);
    for (int k = 0; k < b->o.warm + b->o.steps; k++) {
        double start = now(), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        int code = step(b, k, &loss);
        if (code) return code;
        if (k < b->o.warm) continue;
        sum += seconds[k - b->o.warm] = now() - start;
        processor += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        for (int v = 0; v < VIEWS; v++) {
            const mg_text_batch *text = &b->batches[k][v].text;
            int32_t longest = 0;
            for (int64_t i = 0; i < text->n; i++) {
                int32_t length = text->token_offsets[i + 1] - text->token_offsets[i];
                longest = length > longest ? length : longest;
            }
            work += flops(&b->batches[k][v]);
            tokens += (double)tokens_of(&b->batches[k][v]);
            padded += (double)(text->n * longest);
        }
    }
    double again = gemm_peak(b->tape, b->o.half), steps = b->o.steps;
    peak = again > peak ? again : peak;
    qsort(seconds, (size_t)b->o.steps, sizeof *seconds, by_value);
    const double median = (seconds[(b->o.steps - 1) / 2] + seconds[b->o.steps / 2]) / 2,
                 rate = 1e-9 * work / sum;
    printf("{\"bench\": \"train_step\", \"who\": \"molglot\", \"precision\": \"%s\", \"dropout\": "
           "%g, \"batch\": %lld, \"steps\": %d, "
           "\"ms_per_step\": %.1f, \"best_ms\": %.1f, \"cpu_ms_per_step\": %.1f, \"pairs_per_s\": "
           "%.3f, \"tokens_per_s\": %.1f, \"tokens_per_step\": %.0f, "
           "\"padded_tokens_per_step\": %.0f, \"gflop_per_step\": %.1f, \"gflop_per_s\": %.1f, "
           "\"gemm_peak_gflop_per_s\": %.1f, "
           "\"share_of_peak\": %.3f, \"loss\": %.4f, \"peak_mib\": %.0f}\n",
           b->o.half ? "bf16" : "f32", (double)b->o.dropout, (long long)b->o.batch, b->o.steps,
           1e3 * median, 1e3 * seconds[0], 1e3 * processor / steps, (double)b->o.batch / median,
           tokens / steps / median, tokens / steps, padded / steps, 1e-9 * work / steps, rate, peak,
           peak > 0 ? rate / peak : 0, loss, (double)mg_tape_peak_bytes(b->tape) / 1048576);
    return MOLGLOT_OK;
}

/* ---- life ---- */

static bool read_options(int argc, char **argv, options *o) {
    *o = (options){.half = true, .batch = 32, .steps = 4, .warm = 2, .dropout = 0.1f};
    if (argc < 3 || argc % 2 == 0) return false;
    o->pairs = argv[1];
    o->vocab = argv[2];
    for (int i = 3; i + 1 < argc; i += 2) {
        const char *key = argv[i], *value = argv[i + 1];
        if (strcmp(key, "--precision") == 0)
            o->half = strcmp(value, "bf16") == 0;
        else if (strcmp(key, "--batch") == 0)
            o->batch = atoi(value);
        else if (strcmp(key, "--steps") == 0)
            o->steps = atoi(value);
        else if (strcmp(key, "--warm") == 0)
            o->warm = atoi(value);
        else if (strcmp(key, "--dropout") == 0)
            o->dropout = (float)atof(value);
        else if (strcmp(key, "--threads") == 0)
            o->threads = atoi(value);
        else
            return false;
    }
    return o->batch >= 2 && o->batch <= 1024 && o->steps >= 1 && o->steps <= MAX_STEPS &&
           o->warm >= 0 && o->warm <= MAX_STEPS;
}

static int run(bench *b) {
    size_t bytes = 0;
    int vocab = 0, code = open_data(b);
    if (code) return code;
    if (mg_corpus_rows(b->data) < b->o.batch * (b->o.warm + b->o.steps))
        return mg_fail(&b->err, MOLGLOT_USAGE, "%s has %lld pairs, fewer than the steps need",
                       b->o.pairs, (long long)mg_corpus_rows(b->data));
    const char *text = mg_corpus_wordpiece(b->data, &bytes);
    mg_wordpiece *pieces = mg_wordpiece_new(text, bytes, &b->err);
    if (!pieces) return b->err.code;
    vocab = mg_wordpiece_size(pieces);
    mg_wordpiece_free(pieces);
    for (int k = 0; k < b->o.warm + b->o.steps && !code; k++) code = make_batch(b, k);
    if (!code) code = make_model(b, vocab);
    return code ? code : measure(b);
}

int main(int argc, char **argv) {
    static bench b;
    if (!read_options(argc, argv, &b.o)) {
        fprintf(stderr, "usage: bench_train PAIRS VOCAB [--precision bf16|f32] [--batch N] "
                        "[--steps N] [--warm N] [--dropout P] [--threads N]\n");
        return 2;
    }
    int code = run(&b);
    if (code) fprintf(stderr, "bench_train: %s\n", b.err.message);
    for (int i = 0; i < b.made; i++) mg_batch_free(&b.batches[i / VIEWS][i % VIEWS]);
    mg_tape_free(b.tape);
    mg_momu_free(b.momu);
    mg_params_free(b.params);
    mg_corpus_close(b.data);
    return code;
}
