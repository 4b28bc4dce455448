/* bench_gpu_model.c - the training step of a MoMu, and what its towers do alone.
 *
 * Text: six layers of 384, feed-forward 1536, six heads, dropout 0.1. Molecule: GIN of five layers
 * of 300, batch norm. A head of two layers on each, 256 joint dimensions, InfoNCE over the batch,
 * AdamW. Every timed step sees another batch, so other shapes: the first pass over them is the life
 * of a training run, the second shows what new shapes cost. FLOPs are counted by formula over real
 * tokens and atoms, backward twice the forward. torch_gpu.py does and counts the same.
 */
#include "bench_gpu.h"
#include "model/momu/momu.h"
#include "nn/params.h"

#include <stdlib.h>
#include <string.h>

enum {
    WARM = 4,
    STEPS = 16,
    LAYERS = 6,
    HIDDEN = 384,
    FFN = 1536,
    HEADS = 6,
    GIN_LAYERS = 5,
    GIN_DIM = 300,
    JOINT = 256
};

typedef struct machine {
    bench_gpu *b;
    mg_params *params;
    mg_momu *momu;
    synthetic data[WARM + STEPS];
    int made, at; /* batches; the next one */
    int64_t step;
    double host;  /* seconds until forward and backward were asked for */
    mg_tensor *y; /* of the last run: loss, or rows */
} machine;

/* ---- life ---- */

static mg_momu_config config(const bench_gpu *b) {
    mg_momu_config c = mg_momu_config_default();
    const int part = b->tiny ? 6 : 1; /* 64 wide with one head: enough to see it run */
    c.dim = JOINT;
    c.text.encoder.layers = b->tiny ? 2 : LAYERS;
    c.text.encoder.hidden = HIDDEN / part;
    c.text.encoder.heads = HEADS / part;
    c.text.encoder.ffn = FFN / part;
    c.text.encoder.vocab = VOCAB;
    c.text.encoder.positions = LONGEST_TEXT;
    c.graph.encoder.layers = GIN_LAYERS;
    c.graph.encoder.published = true;
    c.graph.features = MG_FEAT_SIMPLE;
    c.graph.self_loop = 0;
    return c;
}

static bool machine_make(machine *m, bench_gpu *b, int64_t batch, int batches) {
    const mg_momu_config c = config(b);
    memset(m, 0, sizeof *m);
    m->b = b;
    m->params = mg_params_new();
    m->momu = m->params ? mg_momu_new(m->params, &c, &b->err) : NULL;
    if (!m->momu ||
        mg_params_build(
            m->params,
            (mg_build_options){.train = true, .shadow = b->precision == MG_PREC_BF16, .seed = 1},
            &b->err) ||
        mg_params_attach(m->params, b->tape, &b->err))
        return false;
    for (int i = 0; i < batches; i++) {
        m->made = i + 1;
        if (!synthetic_make(&m->data[i], batch, (uint64_t)i))
            return mg_fail(&b->err, MOLGLOT_NO_MEMORY, "no memory for batches") == MOLGLOT_OK;
    }
    return true;
}

static void machine_free(machine *m) {
    mg_tape_reset(m->b->tape);
    /* the tape outlives these parameters */
    if (m->params && m->params->tape) mg_tape_detach(m->b->tape, m->params->memory.base);
    for (int i = 0; i < m->made; i++) synthetic_free(&m->data[i]);
    mg_momu_free(m->momu);
    mg_params_free(m->params);
}

/* ---- the training step ---- */

static bool train_once(machine *m, int batch) {
    const synthetic *d = &m->data[batch];
    mg_tape *t = m->b->tape;
    mg_optim_config c = mg_optim_default();
    strcpy(c.schedule, "constant");
    c.lr = 1e-4f;
    c.weight_decay = 1e-5f;
    c.decay_all = true;
    const double start = bench_now();
    mg_tape_reset(t);
    mg_tape_seed(t, 1, (uint64_t)m->step);
    mg_tape_record(t, true);
    mg_tape_training(t, true);
    mg_tensor *g = mg_momu_graph(t, m->momu, &d->mol), *x = mg_momu_text(t, m->momu, &d->text);
    m->y = mg_momu_loss(t, m->momu, g, NULL, x, NULL, false, NULL, 0);
    if (m->y) mg_backward(t, m->y);
    m->host += bench_now() - start;
    return mg_tape_error(t, &m->b->err) == MOLGLOT_OK &&
           mg_optim_step(m->params, t, &c, m->step++, NULL, NULL, &m->b->err) == MOLGLOT_OK;
}

/* Seconds for batches from .. to; 0 after a failure. */
static double train_pass(machine *m, int from, int to) {
    m->host = 0;
    const double start = bench_now();
    for (int k = from; k < to; k++)
        if (!train_once(m, k)) return 0;
    return bench_wait(m->b->tape, m->y->data) ? bench_now() - start : 0;
}

static double flops(const mg_momu_config *c, const synthetic *d) {
    const double h = c->text.encoder.hidden, f = c->text.encoder.ffn, g = GIN_DIM,
                 n = (double)d->text.n;
    const double text = c->text.encoder.layers *
                            ((double)d->tokens * (4 * h * h + 2 * h * f) + 2 * d->squares * h) +
                        n * (2 * h * h + h * JOINT);
    const double graph = (double)d->atoms * GIN_LAYERS * 4 * g * g + n * (g * g + g * JOINT);
    return 3 * 2 * (text + graph + n * n * JOINT);
}

static void print_step(const machine *m, int64_t batch, int warm, int steps, double fresh,
                       double again, float loss) {
    const mg_momu_config c = config(m->b);
    double work = 0, tokens = 0, padded = 0, atoms = 0;
    uint32_t checksum = 0;
    for (int k = warm; k < warm + steps; k++) {
        const synthetic *d = &m->data[k];
        work += flops(&c, d);
        tokens += (double)d->tokens;
        padded += (double)(batch * d->longest);
        atoms += (double)d->atoms;
        checksum += d->checksum;
    }
    printf("{\"bench\": \"gpu_step\", \"who\": \"molglot\", \"device\": \"%s\", \"precision\": "
           "\"%s\", \"batch\": %lld, \"steps\": %d, \"ms_per_step\": %.3f, "
           "\"fresh_ms_per_step\": %.3f, \"host_ms_per_step\": %.3f, \"host_share\": %.3f, "
           "\"tokens_per_s\": %.0f, \"molecules_per_s\": %.0f, "
           "\"tokens_per_step\": %.0f, \"padded_tokens_per_step\": %.0f, \"atoms_per_step\": %.0f, "
           "\"gflop_per_step\": %.2f, \"tflop_per_s\": %.4g, "
           "\"share_of_peak\": %.4f, \"loss\": %.4f, \"checksum\": %u, \"peak_mib\": %.0f}\n",
           m->b->device, bench_precision(m->b), (long long)batch, steps, 1e3 * again / steps,
           1e3 * fresh / steps, 1e3 * m->host / steps, m->host / again, tokens / again,
           (double)(batch * steps) / again, tokens / steps, padded / steps, atoms / steps,
           1e-9 * work / steps, 1e-12 * work / again, work / again / m->b->peak[m->b->precision],
           (double)loss, checksum, (double)mg_tape_peak_bytes(m->b->tape) / 1048576);
    fflush(stdout);
}

/* A size that the device's memory does not hold is a line of the result. */
static bool told(bench_gpu *b, const char *bench, int64_t batch) {
    if (mg_tape_error(b->tape, &b->err) != MOLGLOT_NO_MEMORY) return false;
    printf("{\"bench\": \"%s\", \"who\": \"molglot\", \"device\": \"%s\", \"precision\": \"%s\", "
           "\"batch\": %lld, \"failed\": \"does not fit\"}\n",
           bench, b->device, bench_precision(b), (long long)batch);
    fflush(stdout);
    b->err.code = MOLGLOT_OK;
    mg_tape_reset(b->tape);
    return true;
}

bool bench_step(bench_gpu *b, int64_t batch) {
    const int warm = b->tiny ? 1 : WARM, steps = b->tiny ? 2 : STEPS;
    machine m;
    bool ok = machine_make(&m, b, batch, warm + steps) && train_pass(&m, 0, warm) > 0;
    const double fresh = ok ? train_pass(&m, warm, warm + steps) : 0,
                 again = fresh > 0 ? train_pass(&m, warm, warm + steps) : 0;
    const float *loss = again > 0 ? mg_values(b->tape, m.y) : NULL;
    ok = loss != NULL;
    if (ok)
        print_step(&m, batch, warm, steps, fresh, again, *loss);
    else
        ok = told(b, "gpu_step", batch);
    machine_free(&m);
    return ok;
}

/* ---- the towers alone ---- */

/* Rows of one batch as an embedder takes them: forward, then the rows to the host. */
static bool embed(machine *m, bool text) {
    const synthetic *d = &m->data[m->at++ % m->made];
    mg_tape_reset(m->b->tape);
    m->y = text ? mg_momu_text(m->b->tape, m->momu, &d->text)
                : mg_momu_graph(m->b->tape, m->momu, &d->mol);
    return mg_values(m->b->tape, m->y) != NULL;
}
static bool embed_texts(void *context) { return embed(context, true); }
static bool embed_graphs(void *context) { return embed(context, false); }

static bool time_tower(machine *m, int64_t batch, bool text) {
    const double s = embed(m, text)
                         ? bench_time(m->b, text ? embed_texts : embed_graphs, m, m->y->data)
                         : 0;
    if (s > 0)
        printf("{\"bench\": \"gpu_embed\", \"who\": \"molglot\", \"device\": \"%s\", "
               "\"precision\": \"%s\", \"side\": \"%s\", \"batch\": %lld, "
               "\"ms\": %.3f, \"rows_per_s\": %.0f}\n",
               m->b->device, bench_precision(m->b), text ? "text" : "graph", (long long)batch,
               1e3 * s, (double)batch / s);
    return s > 0;
}

bool bench_towers(bench_gpu *b, int64_t batch) {
    machine m;
    mg_tape_record(b->tape, false);
    mg_tape_training(b->tape, false);
    bool ok = machine_make(&m, b, batch, b->tiny ? 1 : WARM) && time_tower(&m, batch, true) &&
              time_tower(&m, batch, false);
    if (!ok) ok = told(b, "gpu_embed", batch);
    machine_free(&m);
    return ok;
}
