/* told.c - captions of a molecule by a writer of both directions: what it reads, draws, and how
 * likely sentence and molecule are given each other.
 *
 *   draws d < contexts   the likeliest caption beside neighbour d
 *   the others           drawn beside neighbour d mod contexts
 *
 * A writer with a graph row reads the query's vector too.
 *
 * One context a neighbour, which all its draws read. Molecules are spread over workers, one a
 * thread, each with its tape.
 */
#include "chem/smiles/smiles.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "model/writer/writer.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define CPU_ARENA ((size_t)1 << 34) /* address space of a worker's tape, not memory */

enum { GROUP = 16 }; /* captions that are scored at once */

typedef struct teller_worker {
    mg_tape *tape;
    mg_writer_packer packer;
    int32_t *molecule, *words; /* room for the longest of each */
    int code;
    molglot_error err;
} teller_worker;

struct mg_teller {
    const mg_writer_part *w;
    teller_worker *workers;
    int n_workers;
};

/* ---- its life ---- */

static int open_worker(teller_worker *h, const mg_writer_part *w, const char *device, bool cpu,
                       molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(w->writer);
    h->molecule = malloc((size_t)c->max_tokens * sizeof *h->molecule);
    h->words = malloc((size_t)c->max_text * sizeof *h->words);
    if (!h->molecule || !h->words) return mg_no_memory(err, "a writer of captions");
    h->tape = mg_tape_new(device, cpu ? MG_PREC_BF16 : MG_PREC_F32, 1, cpu ? CPU_ARENA : 0, err);
    return h->tape ? mg_writer_part_attach(w, h->tape, err) : mg_code_of(err, MOLGLOT_FAILED);
}

mg_teller *mg_teller_new(const mg_writer_part *w, const char *device, int threads,
                         molglot_error *err) {
    if (!device) device = "cpu";
    const bool cpu = strcmp(device, "cpu") == 0 || strcmp(device, "ref") == 0;
    if (!mg_writer_get_config(w->writer)->captions) {
        mg_fail(err, MOLGLOT_BAD_FILE, "%s: this writer writes no captions", w->path);
        return NULL;
    }
    mg_teller *t = calloc(1, sizeof *t);
    const int workers = !cpu ? 1 : mg_threads(threads);
    if (!t || !(t->workers = calloc((size_t)workers, sizeof *t->workers))) {
        free(t);
        mg_no_memory(err, "a writer of captions");
        return NULL;
    }
    t->w = w, t->n_workers = workers;
    for (int i = 0; i < workers; i++) {
        if (open_worker(&t->workers[i], w, device, cpu, err) == MOLGLOT_OK) continue;
        mg_teller_free(t);
        return NULL;
    }
    return t;
}

void mg_teller_free(mg_teller *t) {
    if (!t) return;
    for (int i = 0; i < t->n_workers; i++) {
        mg_tape_free(t->workers[i].tape);
        mg_writer_packer_free(&t->workers[i].packer);
        free(t->workers[i].molecule);
        free(t->workers[i].words);
    }
    free(t->workers);
    free(t);
}

mg_teller_options mg_teller_default(void) {
    return (mg_teller_options){.draws = 16, .temperature = 0.7f, .top_p = 0.9f};
}

/* ---- what is read ---- */

/* Tokens of a molecule's canonical SMILES into h->molecule; -1: RDKit cannot read it, or it is too
 * long. */
static int32_t encode_molecule(const mg_teller *t, teller_worker *h, const char *smiles) {
    const int32_t most = mg_writer_get_config(t->w->writer)->max_tokens - 2;
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    char *canonical = mol ? mg_mol_smiles(mol, true) : NULL;
    const int32_t n = canonical ? mg_smiles_encode(t->w->tokens, canonical, h->molecule, most, NULL)
                                : -1;
    mg_mol_free(mol);
    free(canonical);
    return n;
}

static int32_t encode_words(const mg_teller *t, teller_worker *h, const char *text) {
    return mg_wordpiece_encode(t->w->wordpiece, text, strlen(text), h->words,
                               mg_writer_get_config(t->w->writer)->max_text - 1);
}

/* One row: the molecule, and a near one with its caption (or NULL). */
static int pack_query(const mg_teller *t, teller_worker *h, const mg_told_query *q,
                      const mg_told_near *near, molglot_error *err) {
    int32_t n = near ? encode_molecule(t, h, near->smiles) : -1;
    int code = n >= 0 ? mg_writer_pack_molecule(&h->packer, 0, h->molecule, n, err) : MOLGLOT_OK;
    if (code) return code;
    if ((n = encode_molecule(t, h, q->smiles)) >= 0)
        code = mg_writer_pack_own(&h->packer, h->molecule, n, err);
    if (!code && near) {
        if ((n = encode_words(t, h, near->text)) < 0) return mg_no_memory(err, "a caption");
        code = mg_writer_pack_caption(&h->packer, 0, h->words, n, err);
    }
    if (!code && mg_writer_get_config(t->w->writer)->graph_row)
        code = mg_writer_pack_space(&h->packer, q->vector, err);
    return code ? code : mg_writer_pack_row(&h->packer, err);
}

/* ---- likelihoods ---- */

typedef struct targets { /* of at most GROUP sequences of at most `most` tokens each */
    mg_writer_target target;
    int32_t offsets[GROUP + 1], *ids, *positions, *next;
} targets;

static bool targets_new(targets *y, int32_t most, bool words) {
    const size_t n = (size_t)GROUP * (size_t)most;
    *y = (targets){.ids = malloc(3 * n * sizeof *y->ids)};
    if (!y->ids) return false;
    y->positions = y->ids + n;
    y->next = y->positions + n;
    y->target = (mg_writer_target){
        .ids = y->ids, .positions = y->positions, .next = y->next, .words = words};
    return true;
}

/* <s> tokens, each followed by the next, the last by `end`. */
static void add_target(targets *y, const int32_t *ids, int32_t n, int32_t start, int32_t end) {
    const int32_t at = y->offsets[y->target.n];
    for (int32_t i = 0; i <= n; i++) {
        y->ids[at + i] = i ? ids[i - 1] : start;
        y->next[at + i] = i < n ? ids[i] : end;
        y->positions[at + i] = i;
    }
    y->offsets[++y->target.n] = at + n + 1;
    y->target.offsets = y->offsets;
}

/* Mean nll a token of the targets, given the rows that are packed. */
static int likelihoods(const mg_teller *t, teller_worker *h, const targets *y, double *out,
                       molglot_error *err) {
    const mg_context context = mg_writer_context(h->tape, t->w->writer, &h->packer.in, NULL);
    int code = mg_tape_error(h->tape, err);
    if (!code) code = mg_writer_nll(h->tape, t->w->writer, &context, &y->target, out, err);
    for (int64_t s = 0; s < y->target.n && !code; s++) out[s] /= y->offsets[s + 1] - y->offsets[s];
    return code;
}

/* back[n], n <= GROUP, of texts. */
static int score_back(const mg_teller *t, teller_worker *h, const char *smiles,
                      const char *const *texts, int n, double *back, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(t->w->writer);
    const int32_t length = encode_molecule(t, h, smiles);
    targets y;
    for (int i = 0; i < n; i++) back[i] = NAN;
    if (length < 0 || n < 1) return MOLGLOT_OK;
    if (!targets_new(&y, c->max_tokens, false)) return mg_no_memory(err, "likelihoods");
    int code = MOLGLOT_OK;
    mg_tape_reset(h->tape);
    mg_writer_pack_reset(&h->packer, c);
    for (int i = 0; i < n && !code; i++) {
        const int32_t words = encode_words(t, h, texts[i]);
        code = words < 0 ? mg_no_memory(err, "a caption")
                         : mg_writer_pack_text(&h->packer, h->words, words, err);
        if (!code) code = mg_writer_pack_row(&h->packer, err);
        add_target(&y, h->molecule, length, MG_TOKEN_BOS, MG_TOKEN_EOS);
    }
    if (!code) code = likelihoods(t, h, &y, back, err);
    free(y.ids);
    return code;
}

static int score_there(const mg_teller *t, teller_worker *h, const mg_told_query *q,
                       const char *const *texts, int n, double *nll, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(t->w->writer);
    targets y;
    if (!targets_new(&y, c->max_text, true)) return mg_no_memory(err, "likelihoods");
    int code = MOLGLOT_OK;
    mg_tape_reset(h->tape);
    mg_writer_pack_reset(&h->packer, c);
    for (int i = 0; i < n && !code; i++) {
        code = pack_query(t, h, q, NULL, err);
        const int32_t words = code ? 0 : encode_words(t, h, texts[i]);
        if (!code && words < 0) code = mg_no_memory(err, "a caption");
        if (!code) add_target(&y, h->words, words, mg_writer_start(c), mg_writer_end(c));
    }
    if (!code) code = likelihoods(t, h, &y, nll, err);
    free(y.ids);
    return code;
}

int mg_teller_score(mg_teller *t, const mg_told_query *q, const char *const *texts, size_t n,
                    double *nll, double *back, molglot_error *err) {
    int code = mg_chem_init(err);
    for (size_t at = 0; at < n && !code; at += GROUP) {
        const int some = n - at < GROUP ? (int)(n - at) : GROUP;
        code = score_there(t, &t->workers[0], q, texts + at, some, nll + at, err);
        if (!code && back)
            code = score_back(t, &t->workers[0], q->smiles, texts + at, some, back + at, err);
    }
    return code;
}

/* ---- drawing ---- */

/* Draws first .. first + n - 1 of a query from its contexts. */
static int draw_some(const mg_teller *t, teller_worker *h, const mg_told_query *q,
                     const mg_context *inputs, const mg_sample_options *o, int first, int n,
                     mg_told *out, molglot_error *err) {
    const int contexts = (int)inputs->seqs.n;
    mg_context context = *inputs;
    int32_t *source = malloc((size_t)n * sizeof *source);
    uint64_t *streams = malloc((size_t)n * sizeof *streams);
    mg_sample *samples = malloc((size_t)n * sizeof *samples);
    int code = source && streams && samples ? MOLGLOT_OK : mg_no_memory(err, "captions");
    for (int i = 0; i < n && !code; i++) {
        source[i] = (first + i) % contexts;
        streams[i] = (uint64_t)(first + i);
    }
    context.source = source;
    context.n = n;
    if (!code)
        code = mg_writer_sample_words(h->tape, t->w->writer, t->w->wordpiece, &context, o, streams,
                                      samples, err);
    for (int i = 0; i < n && !code; i++) {
        const int near = q->n_near > 0 ? source[i] : -1;
        mg_str text = {0};
        /* the end token is no piece */
        if (mg_text_join(t->w->wordpiece, samples[i].ids, samples[i].tokens - 1,
                         near < 0 ? NULL : (const char *const *)&q->near[near].text, near >= 0,
                         &text))
            code = mg_no_memory(err, "captions");
        out[i] = (mg_told){text.s,
                           near,
                           samples[i].nll / samples[i].tokens,
                           NAN,
                           samples[i].tokens,
                           samples[i].limited || samples[i].repeats};
    }
    if (samples && !code) mg_samples_free(samples, n);
    free(samples);
    free(streams);
    free(source);
    return code;
}

static int tell_back(const mg_teller *t, teller_worker *h, const mg_told_query *q, int n,
                     mg_told *out, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int at = 0; at < n && !code; at += GROUP) {
        const int some = n - at < GROUP ? n - at : GROUP;
        const char *texts[GROUP];
        double back[GROUP];
        for (int i = 0; i < some; i++) texts[i] = out[at + i].text;
        code = score_back(t, h, q->smiles, texts, some, back, err);
        for (int i = 0; i < some && !code; i++) out[at + i].back = back[i];
    }
    return code;
}

static int tell_one(const mg_teller *t, teller_worker *h, const mg_told_query *q,
                    const mg_teller_options *o, mg_told *out, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(t->w->writer);
    const int most = q->n_near < o->draws ? q->n_near : o->draws, contexts = most > 0 ? most : 1;
    mg_sample_options s = {.top_p = o->top_p, .max_tokens = c->max_text, .seed = q->seed};
    int code = MOLGLOT_OK;
    mg_tape_reset(h->tape);
    mg_writer_pack_reset(&h->packer, c);
    for (int i = 0; i < contexts && !code; i++)
        code = pack_query(t, h, q, q->n_near > 0 ? &q->near[i] : NULL, err);
    if (code) return code;
    const mg_context inputs = mg_writer_context(h->tape, t->w->writer, &h->packer.in, NULL);
    if ((code = mg_tape_error(h->tape, err))) return code;
    code = draw_some(t, h, q, &inputs, &s, 0, contexts, out, err);
    s.temperature = o->temperature;
    if (!code && o->draws > contexts)
        code = draw_some(t, h, q, &inputs, &s, contexts, o->draws - contexts, out + contexts, err);
    return code || !o->back ? code : tell_back(t, h, q, o->draws, out, err);
}

int mg_teller_tell(mg_teller *t, const mg_told_query *queries, size_t n, const mg_teller_options *o,
                   mg_told *out, molglot_error *err) {
    const int workers = (int64_t)n < t->n_workers ? (int)n : t->n_workers;
    if (o->draws < 1 || !(o->temperature >= 0) || !(o->top_p >= 0 && o->top_p <= 1))
        return mg_fail(err, MOLGLOT_USAGE,
                       "captions: draws of at least 1, temperature not negative, "
                       "top_p up to 1");
    int code = mg_chem_init(err);
    if (code) return code;
    memset(out, 0, n * (size_t)o->draws * sizeof *out);
    for (int i = 0; i < t->n_workers; i++) t->workers[i].code = MOLGLOT_OK;
#pragma omp parallel for num_threads(workers > 0 ? workers : 1) schedule(dynamic, 1)
    for (int64_t i = 0; i < (int64_t)n; i++) {
        teller_worker *h = &t->workers[omp_get_thread_num()];
        if (!h->code) h->code = tell_one(t, h, &queries[i], o, out + i * o->draws, &h->err);
    }
    for (int i = 0; i < t->n_workers && !code; i++) {
        if (!(code = t->workers[i].code)) continue;
        if (err) *err = t->workers[i].err;
        mg_told_free(out, n * (size_t)o->draws);
    }
    return code;
}

void mg_told_free(mg_told *told, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(told[i].text);
        told[i].text = NULL;
    }
}
