/* batches.c - what is in a batch of the writer: for each molecule, what is read to write it.
 *
 *   a row with a text   its word pieces, and with probability memory.keep each of memory.k
 *                       molecules, drawn from the memory.among nearest ones, the nearer ones more
 *                       often
 *   without, or with probability input.rebuild   the molecule itself as molecule 0, with
 *                                        probability input.randomise in a random atom order
 *
 * The target is always the canonical SMILES. Draws are a function of (seed, epoch, place in the
 * epoch). Built ahead by feeder.c; SMILES in random order cost a tenth of a millisecond each,
 * so on a device that is quicker than the CPU all threads make them.
 */
#include "chem/smiles/smiles.h"
#include "model/writer/writer.h"
#include "train/writer/writer.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* keeps these draws apart from those of the order and of dropout */
#define INPUT_STREAM 0x77726974u

typedef struct choice { /* what is read for one molecule */
    int64_t row;
    bool rebuild;
    uint64_t random; /* seed of a random atom order; 0: canonical */
    /* places in the row's list of nearest molecules; -1: none is read */
    int32_t near[TRAIN_NEIGHBOURS_MOST];
    int32_t n; /* tokens of the random SMILES; -1: none could be made */
} choice;

struct train_writer_batches {
    const train_writer *w;
    train_feeder *feeder;
    int threads;
    train_order order; /* the feeder thread's, as the next two */
    choice *choices;   /* [n] */
    uint16_t *random;  /* [n][max_tokens] */
    train_writer_batch slots[TRAIN_SLOTS];
};

/* ---- one molecule ---- */

static uint64_t stream_of(const train_writer_batches *f, int64_t epoch, uint32_t what) {
    return mg_rng_u64(f->w->t.c.seed, INPUT_STREAM + what, (uint64_t)epoch);
}

/* k different ones of the `among` nearest: each the place floor(u^2 left) of those that are
 * left. */
static void choose_near(const train_writer_config *c, mg_rng *rng,
                        int32_t near[TRAIN_NEIGHBOURS_MOST]) {
    int32_t left[TRAIN_NEIGHBOURS_AMONG];
    for (int i = 0; i < c->memory_among; i++) left[i] = i;
    for (int k = 0; k < c->memory_k; k++) {
        const double u = mg_rng_uniform(rng);
        const int n = c->memory_among - k, at = (int)(u * u * n);
        near[k] = mg_rng_uniform(rng) < (double)c->memory_keep ? left[at] : -1;
        for (int i = at; i + 1 < n; i++) left[i] = left[i + 1];
    }
}

static choice choose(const train_writer_batches *f, int64_t row, int64_t epoch, int64_t place) {
    const train_writer_config *c = &f->w->c;
    mg_rng rng = {.seed = stream_of(f, epoch, 0), .stream = (uint64_t)place};
    choice x = {.row = row};
    x.rebuild = row >= mg_corpus_texts(f->w->corpus) || mg_rng_uniform(&rng) < (double)c->rebuild;
    if (x.rebuild && mg_rng_uniform(&rng) < (double)c->randomise) x.random = mg_rng_next(&rng) | 1;
    if (c->memory_k && !x.rebuild) choose_near(c, &rng, x.near);
    return x;
}

/* Tokens of the row's molecule in a random order, at most `most`; -1 when that fails: its canonical
 * SMILES serves as well. */
static int32_t randomise(const mg_corpus *c, int64_t row, uint64_t seed, int32_t most,
                         int32_t *wide, uint16_t *out) {
    char *smiles = mg_corpus_smiles_string(c, row);
    mg_mol *mol = smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    char *shuffled = mol ? mg_mol_smiles_random(mol, seed) : NULL;
    const int32_t n = shuffled ? mg_smiles_encode(mg_corpus_tokens(c), shuffled, wide, most, NULL)
                               : -1;
    for (int32_t i = 0; i < n; i++) out[i] = (uint16_t)wide[i];
    free(shuffled);
    mg_mol_free(mol);
    free(smiles);
    return n;
}

static int randomise_all(train_writer_batches *f, int64_t n, molglot_error *err) {
    const int32_t most = f->w->c.writer.max_tokens;
    int failed = 0;
#pragma omp parallel num_threads(f->threads) reduction(| : failed) if (f->threads > 1)
    {
        int32_t *wide = malloc((size_t)most * sizeof *wide);
        failed |= wide == NULL;
#pragma omp for schedule(dynamic, 8)
        for (int64_t i = 0; i < n; i++) {
            choice *x = &f->choices[i];
            x->n = x->random && wide ? randomise(f->w->corpus, x->row, x->random, most - 2, wide,
                                                 f->random + i * most)
                                     : -1;
        }
        free(wide);
    }
    return failed ? mg_no_memory(err, "a batch") : MOLGLOT_OK;
}

/* ---- a batch ---- */

static int pack_text(const train_writer *w, const choice *x, train_rows *p, molglot_error *err) {
    int32_t n;
    const int32_t *text = mg_corpus_text(w->corpus, x->row, &n);
    int code = train_rows_text(p, text, n, err);
    for (int k = 0; k < w->c.memory_k && !code; k++) {
        const int32_t row = x->near[k] < 0 ? -1 : w->near[x->row * w->c.memory_among + x->near[k]];
        if (row < 0) continue;
        const uint16_t *molecule = mg_corpus_smiles(w->corpus, row, &n);
        code = train_rows_molecule(p, k, molecule, n, err);
    }
    return code;
}

static int pack(const train_writer_batches *f, int64_t i, train_rows *p, molglot_error *err) {
    const choice *x = &f->choices[i];
    int32_t n;
    const uint16_t *canonical = mg_corpus_smiles(f->w->corpus, x->row, &n),
                   *random = f->random + i * f->w->c.writer.max_tokens;
    int code = !x->rebuild ? pack_text(f->w, x, p, err)
               : x->n >= 0 ? train_rows_molecule(p, 0, random, x->n, err)
                           : train_rows_molecule(p, 0, canonical, n, err);
    return code ? code : train_rows_row(p, canonical, n, err);
}

static int build(void *user, int64_t step, int slot, molglot_error *err) {
    train_writer_batches *f = user;
    const train_writer *w = f->w;
    train_writer_batch *b = &f->slots[slot];
    const mg_writer_config *c = &w->c.writer;
    const int64_t epoch = step / w->t.steps_per_epoch, at = step % w->t.steps_per_epoch * b->n,
                  each = (b->n + b->n_parts - 1) / b->n_parts;
    int code = train_order_read(&f->order, w->corpus, w->t.c.seed, epoch, at + b->n, err);
    for (int64_t i = 0; i < b->n && !code; i++)
        f->choices[i] = choose(f, f->order.rows[at + i], epoch, at + i);
    if (!code) code = randomise_all(f, b->n, err);
    b->tokens = 0;
    for (int k = 0; k < b->n_parts && !code; k++) {
        train_rows *p = &b->parts[k];
        train_rows_reset(p, c);
        for (int64_t i = k * each; i < (k + 1) * each && i < b->n && !code; i++)
            code = pack(f, i, p, err);
        const mg_rng rng = {.seed = stream_of(f, epoch, 1), .stream = (uint64_t)(at + k * each)};
        if (!code && c->latents > 0)
            code = train_rows_noise(p, rng, p->target.n * c->latents * c->latent_dim, err);
        b->tokens += train_rows_tokens(p);
    }
    return code;
}

/* ---- life ---- */

static int slot_init(train_writer_batch *b, int64_t n, int64_t micro, molglot_error *err) {
    if (micro < 1 || micro > n) micro = n;
    b->n = n;
    b->n_parts = (int)((n + micro - 1) / micro);
    b->parts = calloc((size_t)b->n_parts, sizeof *b->parts);
    return b->parts ? MOLGLOT_OK : mg_no_memory(err, "batches");
}

train_writer_batches *train_writer_batches_new(const train_writer *w, molglot_error *err) {
    train_writer_batches *f = calloc(1, sizeof *f);
    const int64_t n = w->t.epoch_rows < w->t.c.batch ? w->t.epoch_rows : w->t.c.batch;
    if (f) {
        f->w = w;
        f->threads = strcmp(w->t.c.device, "cpu") == 0 ? 1
                     : w->t.o->threads > 0             ? w->t.o->threads
                                                       : omp_get_max_threads();
        f->choices = malloc((size_t)n * sizeof *f->choices);
        f->random = malloc((size_t)n * (size_t)w->c.writer.max_tokens * sizeof *f->random);
    }
    int code = f && f->choices && f->random ? MOLGLOT_OK : mg_no_memory(err, "batches");
    for (int i = 0; i < TRAIN_SLOTS && !code; i++)
        code = slot_init(&f->slots[i], n, w->t.c.micro_batch, err);
    if (!code && (f->feeder = train_feeder_new(build, f, w->t.step, w->t.total, err))) return f;
    train_writer_batches_free(f);
    return NULL;
}

const train_writer_batch *train_writer_batches_next(train_writer_batches *f, molglot_error *err) {
    int slot = 0;
    return train_feeder_next(f->feeder, &slot, err) ? NULL : &f->slots[slot];
}

void train_writer_batches_free(train_writer_batches *f) {
    if (!f) return;
    train_feeder_free(f->feeder);
    for (int i = 0; i < TRAIN_SLOTS; i++) {
        for (int k = 0; k < f->slots[i].n_parts && f->slots[i].parts; k++)
            train_rows_free(&f->slots[i].parts[k]);
        free(f->slots[i].parts);
    }
    free(f->order.rows);
    free(f->choices);
    free(f->random);
    free(f);
}
