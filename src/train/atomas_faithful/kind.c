/* kind.c - task = "atomas-faithful": Atomas as published (model/atomas/published.h), trained on
 * pairs of a text and a molecule. Each step: the momentum copies follow; the loss of the batch; its
 * momentum rows enter the queues.
 *
 * Texts and molecules are read by one T5 with one vocabulary: that of data.sentencepiece (T5's
 * spiece.model, as published), or without it pad, end and unknown, then the word pieces, then the
 * SMILES tokens of [data]. Rows are packed, or padded to model.positions
 * (quirks.padding). With micro-batches, contrast and alignment are within a micro-batch, as they
 * are within a GPU's share in the reference.
 *
 * Its keys beside those of recipe.c and corpus.c:
 *   [data]    sentencepiece: a spiece.model; texts and SMILES are then read as they stand
 *   [model]   vocab (rows of the embedding; 0: as many as there are pieces), name, d_model, d_kv,
 * d_ff, layers, decoder_layers, heads, positions, dropout (T5's); align_heads, hidden, neighbours,
 * ratio1, ratio2, pooling, lengths, log_scale, max_scale [loss]    ga, haa, lm (weights); task:
 * "genmol" | "gentext" | "both"; soft; momentum; queue [quirks]  all, or one by one: padding,
 * raw_weights, batch_distance, strict_density, noise, momentum_dropout (docs/models/atomas.md says
 * what each is) [init]    file: a checkpoint of the reference's names to go on from; prefix of its
 * names [eval]    pairs, limit, every
 */
#include "model/atomas/published.h"
#include "model/bundle/bundle.h"
#include "train/inside.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ID = 3, EVAL_GROUP = 8 };

typedef struct pairs { /* texts and molecules of a micro-batch; [side] */
    int64_t n;
    int32_t *ids[2], *offsets[2], *lengths[2], *groups;
    bool padded;
} pairs;

typedef struct faithful_micro {
    pairs rows;
    mg_batch scratch; /* groups are made in it */
    int64_t at;       /* of its first row in the batch */
} faithful_micro;

typedef struct faithful_task {
    train_task t;
    mg_atomas_config c;
    bool padding;
    int32_t words;                    /* word pieces */
    char pieces_file[TRAIN_MAX_PATH]; /* "": none */
    char *pieces_bytes, pieces_sha256[65];
    size_t pieces_n;
    mg_sentencepiece *pieces;       /* NULL: none */
    char init_file[TRAIN_MAX_PATH]; /* "": none */
    char init_sha256[65];
    int64_t pointer; /* where the queues go on */
    char eval_pairs[TRAIN_MAX_PATH];
    int64_t eval_limit, eval_n;
    mg_corpus *held_out;
    pairs eval_rows;
    double mrr, eval_loss;
    mg_atomas *m;
} faithful_task;

/* ---- recipe ---- */

static int read_t5(mg_toml *t, mg_t5_config *c, molglot_error *err) {
    static const struct {
        const char *key;
        size_t at;
        int standard;
    } sizes[] = {{"model.d_model", offsetof(mg_t5_config, d_model), 768},
                 {"model.d_kv", offsetof(mg_t5_config, d_kv), 64},
                 {"model.d_ff", offsetof(mg_t5_config, d_ff), 2048},
                 {"model.layers", offsetof(mg_t5_config, layers), 12},
                 {"model.decoder_layers", offsetof(mg_t5_config, decoder_layers), 12},
                 {"model.heads", offsetof(mg_t5_config, heads), 12},
                 {"model.positions", offsetof(mg_t5_config, positions), 512}};
    *c = mg_t5_config_default();
    snprintf(c->name, sizeof c->name, "%s", mg_toml_str(t, "model.name", "atomas-faithful"));
    for (size_t i = 0; i < MG_COUNT(sizes); i++) {
        const int64_t n = mg_toml_int(t, sizes[i].key, sizes[i].standard);
        if (n < 1 || n > 1 << 16) return train_refuse(err, sizes[i].key, "lies in 1 .. 65536");
        *(int *)(void *)((char *)c + sizes[i].at) = (int)n;
    }
    c->dropout = (float)mg_toml_num(t, "model.dropout", 0.1);
    return mg_t5_config_check(c, err);
}

static int one_of(mg_toml *t, const char *key, const char *standard, const char *const *names,
                  const char *why, molglot_error *err) {
    const char *name = mg_toml_str(t, key, standard);
    for (int i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0) return i;
    train_refuse(err, key, why);
    return -1;
}

static int read_align(mg_toml *t, faithful_task *f, molglot_error *err) {
    static const char *const poolings[] = {"positions", "attention", "mean", NULL};
    mg_align_config *a = &f->c.align;
    a->heads = (int)mg_toml_int(t, "model.align_heads", a->heads);
    a->hidden = (int)mg_toml_int(t, "model.hidden", 2 * (int64_t)a->dim);
    a->neighbours = (int)mg_toml_int(t, "model.neighbours", a->neighbours);
    a->ratio[0] = (float)mg_toml_num(t, "model.ratio1", (double)a->ratio[0]);
    a->ratio[1] = (float)mg_toml_num(t, "model.ratio2", (double)a->ratio[1]);
    a->lengths = mg_toml_bool(t, "model.lengths", false);
    a->log_scale = mg_toml_bool(t, "model.log_scale", false);
    a->max_scale = (float)mg_toml_num(t, "model.max_scale", 1e30);
    const int pooling = one_of(t, "model.pooling", "positions", poolings,
                               "\"positions\", \"attention\" or \"mean\"", err);
    if (pooling < 0) return mg_code_of(err, MOLGLOT_BAD_FILE);
    a->pooling = (mg_align_pooling)pooling;
    if (a->heads < 1 || a->dim % a->heads)
        return train_refuse(err, "model.align_heads", "divides model.d_model");
    if (a->hidden < 1 || a->neighbours < 1 || a->neighbours > 16 || !(a->max_scale > 0))
        return train_refuse(err, "model.neighbours",
                            "1 to 16; model.hidden and model.max_scale are positive");
    if (!(a->ratio[0] > 0 && a->ratio[0] <= 1 && a->ratio[1] > 0 && a->ratio[1] <= 1))
        return train_refuse(err, "model.ratio1", "ratios lie in (0, 1]");
    return MOLGLOT_OK;
}

static int read_quirks(mg_toml *t, faithful_task *f, molglot_error *err) {
    mg_align_config *a = &f->c.align;
    const bool all = mg_toml_bool(t, "quirks.all", false);
    f->padding = mg_toml_bool(t, "quirks.padding", all);
    a->raw_weights = mg_toml_bool(t, "quirks.raw_weights", all);
    a->batch_distance = mg_toml_bool(t, "quirks.batch_distance", all);
    a->strict_density = mg_toml_bool(t, "quirks.strict_density", all);
    a->noise = (float)mg_toml_num(t, "quirks.noise", all ? 1e-6 : 0);
    f->c.momentum_dropout = mg_toml_bool(t, "quirks.momentum_dropout", all);
    return a->noise >= 0 && a->noise < 1 ? MOLGLOT_OK
                                         : train_refuse(err, "quirks.noise", "lies in [0, 1)");
}

static int read_loss(mg_toml *t, faithful_task *f, molglot_error *err) {
    static const char *const tasks[] = {"genmol", "gentext", "both", NULL};
    mg_atomas_config *c = &f->c;
    c->w_ga = (float)mg_toml_num(t, "loss.ga", 1);
    c->w_haa = (float)mg_toml_num(t, "loss.haa", 1);
    c->w_lm = (float)mg_toml_num(t, "loss.lm", 10);
    c->align.soft = (float)mg_toml_num(t, "loss.soft", 0.4);
    c->momentum = (float)mg_toml_num(t, "loss.momentum", 0.995);
    const int64_t queue = mg_toml_int(t, "loss.queue", 13200);
    const int task = one_of(t, "loss.task", "both", tasks, "\"genmol\", \"gentext\" or \"both\"",
                            err);
    if (task < 0) return mg_code_of(err, MOLGLOT_BAD_FILE);
    c->task = (mg_atomas_task)task;
    c->queue = (int)queue;
    if (!(c->w_ga >= 0 && c->w_haa >= 0 && c->w_lm >= 0))
        return train_refuse(err, "loss.ga", "weights are not negative");
    if (!(c->align.soft >= 0 && c->align.soft <= 1 && c->momentum >= 0 && c->momentum <= 1))
        return train_refuse(err, "loss.soft", "soft and momentum lie in [0, 1]");
    if (queue < 0 || queue > 1 << 24 || (queue > 0 && queue < f->t.c.batch))
        return train_refuse(err, "loss.queue", "0, or at least a batch");
    return MOLGLOT_OK;
}

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    faithful_task *f = (faithful_task *)t;
    mg_t5_config t5;
    int code = read_t5(recipe, &t5, err);
    if (code) return code;
    f->c = mg_atomas_published(&t5, false);
    if ((code = train_corpus_read(recipe, t, err)) ||
        (code = train_read_train(recipe, &t->c, err)) || (code = read_align(recipe, f, err)) ||
        (code = read_quirks(recipe, f, err)) || (code = read_loss(recipe, f, err)) ||
        (code = train_read_own_path(recipe, "init.file", f->init_file, err)) ||
        (code = train_read_path(recipe, &t->c, "eval.pairs", f->eval_pairs, err)))
        return code;
    t->model = f->c.t5.name;
    f->eval_limit = mg_toml_int(recipe, "eval.limit", 500);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 0);
    if ((code = train_read_path(recipe, &t->c, "data.sentencepiece", f->pieces_file, err)))
        return code;
    f->c.t5.vocab = (int)mg_toml_int(recipe, "model.vocab", 0);
    if (f->c.t5.vocab < 0 || f->c.t5.vocab > 1 << 24)
        return train_refuse(err, "model.vocab", "0, or rows of the embedding");
    if (*f->pieces_file) t->corpus.config.strings = true;
    t->corpus.config.pairs = true;
    t->corpus.config.max_text = t5.positions - 1;
    t->corpus.config.max_tokens = t5.positions + 1; /* two ends there, one here */
    if (f->eval_limit < 1 || t->c.eval_every < 0)
        return train_refuse(err, "eval.limit", "at least 1; eval.every not negative");
    if (strcmp(t->c.store, "f32") && strcmp(t->c.store, "bf16"))
        return train_refuse(err, "store", "\"bf16\" or \"f32\"");
    return MOLGLOT_OK;
}

/* ---- data ---- */

/* The tokeniser, and the vocabulary's size. */
static int open_pieces(faithful_task *f, molglot_error *err) {
    int code = mg_read_file(f->pieces_file, (size_t)1 << 28, &f->pieces_bytes, &f->pieces_n, err);
    if (code) return code;
    f->pieces = mg_sentencepiece_new(f->pieces_bytes, f->pieces_n, err);
    if (!f->pieces) return mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_str bytes = {0};
    mg_str_add(&bytes, f->pieces_bytes, f->pieces_n);
    if ((code = mg_sha256_str(&bytes, f->pieces_sha256, err))) return code;
    const int size = mg_sentencepiece_size(f->pieces);
    if (f->c.t5.vocab == 0) f->c.t5.vocab = size;
    return f->c.t5.vocab >= size
               ? MOLGLOT_OK
               : train_refuse(err, "model.vocab", "fewer rows than data.sentencepiece has pieces");
}

static int fit_model(faithful_task *f, molglot_error *err) {
    size_t bytes = 0;
    const char *vocab = mg_corpus_wordpiece(f->t.corpus.rows, &bytes);
    if (*f->pieces_file) return open_pieces(f, err);
    if (!vocab)
        return train_refuse(err, "data.wordpiece_size",
                            "texts are read: or data.wordpiece, or data.sentencepiece");
    mg_wordpiece *w = mg_wordpiece_new(vocab, bytes, err);
    if (!w) return mg_code_of(err, MOLGLOT_FAILED);
    f->words = mg_wordpiece_size(w);
    mg_wordpiece_free(w);
    const int all = FIRST_ID + f->words + mg_smiles_vocab_size(mg_corpus_tokens(f->t.corpus.rows));
    if (f->c.t5.vocab == 0) f->c.t5.vocab = all;
    return f->c.t5.vocab >= all
               ? MOLGLOT_OK
               : train_refuse(err, "model.vocab", "fewer rows than [data] has pieces and tokens");
}

static int open_held_out(faithful_task *f, molglot_error *err) {
    const char *path = train_held_out_pairs(&f->t, f->eval_pairs);
    if (!*path) return MOLGLOT_OK;
    const mg_corpus_source source = {.path = path, .weight = 1};
    const train_corpus *own = &f->t.corpus;
    size_t n;
    const mg_corpus_config c = {.sources = &source,
                                .n_sources = 1,
                                .pairs = true,
                                .vocab = mg_corpus_tokens(own->rows),
                                .wordpiece = mg_corpus_wordpiece(own->rows, &n),
                                .max_tokens = own->config.max_tokens,
                                .max_text = own->config.max_text,
                                .strings = own->config.strings,
                                .smiles_column = own->eval_smiles,
                                .text_column = own->eval_text,
                                .threads = own->config.threads};
    f->held_out = mg_corpus_open(&c, NULL, NULL, err);
    if (!f->held_out) return mg_code_of(err, MOLGLOT_FAILED);
    f->eval_n = mg_corpus_rows(f->held_out);
    if (f->eval_n > f->eval_limit) f->eval_n = f->eval_limit;
    return f->eval_n > 0 ? MOLGLOT_OK
                         : mg_fail(err, MOLGLOT_BAD_FILE, "%s: nothing to validate on", path);
}

static int open_data(train_task *t, molglot_error *err) {
    faithful_task *f = (faithful_task *)t;
    int code = train_corpus_open(t, err);
    if (!code) code = fit_model(f, err);
    if (!code && *f->init_file) {
        mg_tensor_file *file = mg_tensor_file_open(f->init_file, err);
        code = file ? mg_tensor_file_sha256(file, f->init_sha256, err)
                    : mg_code_of(err, MOLGLOT_BAD_FILE);
        mg_tensor_file_close(file);
    }
    return code;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const faithful_task *f = (const faithful_task *)t;
    const mg_atomas_config *c = &f->c;
    const mg_align_config *a = &c->align;
    int code = mg_t5_config_to_json(&c->t5, &out->model);
    (void)err;
    train_corpus_identify(t, &out->model);
    mg_str_addf(&out->rest, "\nalign %d %d %d %a %a %d %d %a %d %d %d %a %d", a->heads, a->hidden,
                a->neighbours, (double)a->ratio[0], (double)a->ratio[1], a->lengths, a->log_scale,
                (double)a->max_scale, a->raw_weights, a->batch_distance, a->strict_density,
                (double)a->noise, (int)a->pooling);
    mg_str_addf(&out->rest, "\nloss %a %a %a %d soft %a momentum %a %d queue %d padding %d",
                (double)c->w_ga, (double)c->w_haa, (double)c->w_lm, (int)c->task, (double)a->soft,
                (double)c->momentum, c->momentum_dropout, c->queue, f->padding);
    if (f->pieces) mg_str_addf(&out->rest, "\npieces %s", f->pieces_sha256);
    if (*f->init_sha256) mg_str_addf(&out->rest, "\ninit %s", f->init_sha256);
    return code;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    faithful_task *f = (faithful_task *)t;
    f->m = mg_atomas_new(t->params, &f->c, err);
    return f->m ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

static int init(train_task *t, molglot_error *err) {
    faithful_task *f = (faithful_task *)t;
    mg_atomas_start(f->m);
    if (!*f->init_file) return MOLGLOT_OK;
    mg_tensor_file *file = mg_tensor_file_open(f->init_file, err);
    size_t found = 0;
    int code = file ? mg_atomas_import(f->m, t->params, file, &found, &f->pointer, err)
                    : mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_tensor_file_close(file);
    if (!code)
        train_tell(t, "%zu of %zu parameters from %s", found, mg_params_count(t->params),
                   f->init_file);
    return code;
}

static int start(train_task *t, molglot_error *err) {
    faithful_task *f = (faithful_task *)t;
    int code = open_held_out(f, err);
    t->validates = f->held_out != NULL;
    return code;
}

/* ---- a batch ---- */

static int pairs_room(pairs *p, int64_t n, int64_t positions, bool padded, molglot_error *err) {
    *p = (pairs){.padded = padded, .groups = calloc((size_t)n, sizeof *p->groups)};
    bool good = p->groups != NULL;
    for (int side = 0; side < 2; side++) {
        p->ids[side] = calloc((size_t)(n * positions), sizeof *p->ids[side]);
        p->offsets[side] = calloc((size_t)n + 1, sizeof *p->offsets[side]);
        p->lengths[side] = calloc((size_t)n, sizeof *p->lengths[side]);
        good = good && p->ids[side] && p->offsets[side] && p->lengths[side];
    }
    return good ? MOLGLOT_OK : mg_no_memory(err, "batches");
}

static void pairs_free(pairs *p) {
    for (int side = 0; side < 2; side++) {
        free(p->ids[side]);
        free(p->offsets[side]);
        free(p->lengths[side]);
    }
    free(p->groups);
    *p = (pairs){0};
}

/* Row i of a side: n ids are there, of at most `positions` with the end token behind them. */
static void close_row(pairs *p, int side, int64_t i, int32_t n, int32_t positions) {
    int32_t *ids = p->ids[side] + p->offsets[side][i];
    ids[n++] = MG_T5_END;
    p->lengths[side][i] = n;
    while (p->padded && n < positions) ids[n++] = MG_T5_PAD;
    p->offsets[side][i + 1] = p->offsets[side][i] + n;
}

/* A string as row i of a side, by the pieces of data.sentencepiece. */
static int pack_string(const faithful_task *f, const char *text, pairs *p, int side, int64_t i,
                       molglot_error *err) {
    int32_t *ids = NULL, n = 0;
    int code = mg_sentencepiece_encode(f->pieces, text, strlen(text), f->c.t5.positions, &ids, &n,
                                       err);
    if (code) return code;
    n--; /* the end token is close_row's */
    memcpy(p->ids[side] + p->offsets[side][i], ids, (size_t)n * sizeof *ids);
    close_row(p, side, i, n, f->c.t5.positions);
    free(ids);
    return MOLGLOT_OK;
}

static void pack_tokens(const faithful_task *f, const mg_corpus *c, int64_t row, pairs *p,
                        int64_t i) {
    const int32_t positions = f->c.t5.positions;
    int32_t n;
    const int32_t *text = mg_corpus_text(c, row, &n);
    int32_t *ids = p->ids[0] + p->offsets[0][i];
    if (n > positions - 1) n = positions - 1;
    for (int32_t k = 0; k < n; k++) ids[k] = FIRST_ID + text[k];
    close_row(p, 0, i, n, positions);
    const uint16_t *smiles = mg_corpus_smiles(c, row, &n);
    ids = p->ids[1] + p->offsets[1][i];
    if (n > positions - 1) n = positions - 1;
    for (int32_t k = 0; k < n; k++) ids[k] = FIRST_ID + f->words + smiles[k];
    close_row(p, 1, i, n, positions);
}

static int pack_row(const faithful_task *f, const mg_corpus *c, int64_t row, pairs *p, int64_t i,
                    molglot_error *err) {
    if (!f->pieces) {
        pack_tokens(f, c, row, p, i);
        return MOLGLOT_OK;
    }
    char *smiles = mg_corpus_smiles_string(c, row);
    int code = smiles ? pack_string(f, mg_corpus_sentence(c, row), p, 0, i, err)
                      : mg_no_memory(err, "a batch");
    if (!code) code = pack_string(f, smiles, p, 1, i, err);
    free(smiles);
    return code;
}

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const faithful_task *f = (const faithful_task *)t;
    faithful_micro *p = micro;
    int code = pairs_room(&p->rows, n, f->c.t5.positions, f->padding, err);
    return code ? code : mg_batch_init(&p->scratch, err);
}

static void free_micro(void *micro) {
    faithful_micro *p = micro;
    pairs_free(&p->rows);
    mg_batch_free(&p->scratch);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const faithful_task *f = (const faithful_task *)t;
    faithful_micro *p = micro;
    const mg_view view = {.seed = t->c.seed, .epoch = s->epoch};
    (void)weight;
    p->rows.n = s->n;
    p->at = s->rows - s->batch;
    for (int64_t i = 0; i < s->n; i++) {
        const int code = pack_row(f, t->corpus.rows, s->rows[i], &p->rows, i, err);
        if (code) return code;
    }
    return mg_corpus_batch(t->corpus.rows, s->rows, s->n, &view, false, false, &p->scratch,
                           p->rows.groups, err);
}

static mg_atomas_batch batch_of(const pairs *p) {
    mg_atomas_batch b = {.groups = p->groups};
    mg_t5_rows *const to[2] = {&b.text, &b.smiles};
    for (int side = 0; side < 2; side++)
        *to[side] = (mg_t5_rows){
            p->ids[side], {p->n, p->offsets[side]}, p->padded ? p->lengths[side] : NULL};
    return b;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const faithful_task *f = (const faithful_task *)t;
    const faithful_micro *p = micro;
    const mg_atomas_batch b = batch_of(&p->rows);
    const int64_t n = t->epoch_rows < t->c.batch ? t->epoch_rows : t->c.batch;
    const int64_t at = f->c.queue > 0 ? (f->pointer + t->step * n + p->at) % f->c.queue : -1;
    mg_atomas_loss out;
    if (p->at == 0) mg_atomas_follow(t->tape, f->m);
    return mg_atomas_loss_of(t->tape, f->m, &b, true, at, &out) ? out.total : NULL;
}

/* ---- validation ---- */

/* Unit rows of held-out pairs, [side][eval_n, d], and their mean L_lm. */
static int embed_held_out(faithful_task *f, float *const rows[2], double *lm, molglot_error *err) {
    mg_tape *t = f->t.tape;
    const int d = f->c.t5.d_model;
    int code = pairs_room(&f->eval_rows, EVAL_GROUP, f->c.t5.positions, f->padding, err);
    *lm = 0;
    for (int64_t at = 0; at < f->eval_n && !code; at += EVAL_GROUP) {
        pairs *p = &f->eval_rows;
        p->n = f->eval_n - at < EVAL_GROUP ? f->eval_n - at : EVAL_GROUP;
        for (int64_t i = 0; i < p->n && !code; i++) {
            code = pack_row(f, f->held_out, at + i, p, i, err);
            p->groups[i] = (int32_t)i;
        }
        if (code) break;
        const mg_atomas_batch b = batch_of(p);
        mg_atomas_loss out;
        mg_tape_reset(t);
        mg_atomas_loss_of(t, f->m, &b, false, -1, &out);
        const float *text = mg_values(t, out.rows.text), *smiles = mg_values(t, out.rows.smiles),
                    *value = mg_values(t, out.lm);
        if ((code = mg_tape_error(t, err))) break;
        memcpy(rows[0] + at * d, text, (size_t)(p->n * d) * sizeof *text);
        memcpy(rows[1] + at * d, smiles, (size_t)(p->n * d) * sizeof *smiles);
        *lm += (double)*value * (double)p->n / (double)f->eval_n;
    }
    pairs_free(&f->eval_rows);
    return code;
}

/* Mean of 1 / rank of each text's own molecule; equals count as better. */
static double reciprocal_rank(const float *text, const float *smiles, int64_t n, int d) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t rank = 0;
        double own = 0;
        for (int c = 0; c < d; c++) own += (double)text[i * d + c] * smiles[i * d + c];
        for (int64_t j = 0; j < n; j++) {
            double other = 0;
            for (int c = 0; c < d; c++) other += (double)text[i * d + c] * smiles[j * d + c];
            rank += other >= own || j == i;
        }
        sum += 1 / (double)rank;
    }
    return sum / (double)n;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    faithful_task *f = (faithful_task *)t;
    const size_t floats = (size_t)f->eval_n * (size_t)f->c.t5.d_model;
    float *rows = malloc(2 * floats * sizeof *rows);
    if (!rows) return mg_no_memory(err, "validation");
    float *const sides[2] = {rows, rows + floats};
    int code = embed_held_out(f, sides, &f->eval_loss, err);
    if (!code) {
        f->mrr = reciprocal_rank(sides[0], sides[1], f->eval_n, f->c.t5.d_model);
        out->score = f->mrr;
        snprintf(out->line, sizeof out->line,
                 "text to molecule (of %lld) MRR %.4f; language model's loss %.4f",
                 (long long)f->eval_n, f->mrr, f->eval_loss);
    }
    free(rows);
    return code;
}

static void add_scores(const train_task *t, json_t *to) {
    const faithful_task *f = (const faithful_task *)t;
    json_object_set_new(to, "rows", json_integer(f->eval_n));
    json_object_set_new(to, "mrr", json_real(f->mrr));
    json_object_set_new(to, "lm_loss", json_real(f->eval_loss));
}

/* ---- results ---- */

static int add_bytes(mg_weights_out *w, const char *name, const char *bytes, size_t n,
                     molglot_error *err) {
    const int64_t shape[1] = {(int64_t)n};
    return mg_weights_out_add(w, name, "U8", 1, shape, bytes, NULL, err);
}

/* All parameters, copies and queues, under their published names. */
static int save_all(const faithful_task *f, const char *path, const train_metadata *metadata,
                    molglot_error *err) {
    const train_task *t = &f->t;
    mg_str config = {0}, tokens = {0};
    size_t bytes = 0;
    const char *words = mg_corpus_wordpiece(t->corpus.rows, &bytes);
    mg_weights_out *w = mg_weights_out_new();
    mg_t5_config_to_json(&f->c.t5, &config);
    mg_smiles_vocab_text(mg_corpus_tokens(t->corpus.rows), &tokens);
    int code = w && !config.failed && !tokens.failed ? MOLGLOT_OK : mg_no_memory(err, "a model");
    if (!code) code = mg_weights_out_meta(w, MG_ATOMAS_META, config.s, err);
    if (!code) code = mg_params_write(t->params, w, train_store_as(&t->c), err);
    if (!code && f->pieces) code = add_bytes(w, "vocab.spiece", f->pieces_bytes, f->pieces_n, err);
    if (!code && !f->pieces) code = add_bytes(w, "vocab.wordpiece", words, bytes, err);
    if (!code && !f->pieces) code = add_bytes(w, "vocab.smiles", tokens.s, tokens.n, err);
    for (size_t i = 0; metadata->pairs[i] && !code; i += 2)
        code = mg_weights_out_meta(w, metadata->pairs[i], metadata->pairs[i + 1], err);
    if (!code) code = mg_weights_out_save(w, path, err);
    mg_weights_out_free(w);
    mg_str_free(&config);
    mg_str_free(&tokens);
    return code;
}

/* The momentum copy's T5 in `to`, whose parameters have no prefix. */
static int copy_slow(const faithful_task *f, mg_params *to, molglot_error *err) {
    int code = mg_params_build(to, (mg_build_options){0}, err);
    if (!code) code = mg_params_pull(f->t.params, err);
    for (size_t i = 0; i < mg_params_count(to) && !code; i++) {
        char name[MG_NAME_MAX];
        const char *leaf;
        mg_tensor *x = mg_params_at(to, i, &leaf, NULL),
                  *y = mg_params_find(f->t.params, mg_name_under(name, "molt5_m", leaf));
        if (!y) return mg_fail(err, MOLGLOT_FAILED, "the copy has no %s", leaf);
        memcpy(x->data, y->data, (size_t)mg_tensor_count(x) * sizeof(float));
    }
    return code;
}

/* The momentum copy, which writes in the publication, as a bundle's part t5. */
static int save_t5(const faithful_task *f, const char *path, const train_metadata *metadata,
                   molglot_error *err) {
    static const char *const tasks[] = {MG_T5_GENERATE, MG_T5_CAPTION, NULL};
    mg_params *p = mg_params_new();
    mg_t5 *t5 = p ? mg_t5_new(p, "", &f->c.t5, err) : NULL;
    int code = t5 ? copy_slow(f, p, err) : mg_code_of(err, MOLGLOT_NO_MEMORY);
    if (!code)
        code = mg_t5_part_save(path,
                               &(mg_t5_contents){.params = p,
                                                 .t5 = t5,
                                                 .pieces = f->pieces_bytes,
                                                 .pieces_bytes = f->pieces_n,
                                                 .task = tasks[f->c.task],
                                                 .store_as = train_store_as(&f->t.c),
                                                 .metadata = metadata->pairs},
                               err);
    mg_t5_free(t5);
    mg_params_free(p);
    return code;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    const faithful_task *f = (const faithful_task *)t;
    train_metadata metadata;
    char all[TRAIN_MAX_PATH];
    train_metadata_make(&metadata, t, mg_corpus_sha256(t->corpus.rows), "pairs",
                        mg_corpus_rows(t->corpus.rows));
    if (*f->init_sha256) train_metadata_add(&metadata, "init.sha256", f->init_sha256);
    if (!f->pieces) return save_all(f, path, &metadata, err);
    int code = save_t5(f, path, &metadata, err);
    if (!code) code = train_run_path(&t->c, "atomas.safetensors", all, err);
    return code ? code : save_all(f, all, &metadata, err);
}

static void close_task(train_task *t) {
    faithful_task *f = (faithful_task *)t;
    mg_corpus_close(f->held_out);
    mg_sentencepiece_free(f->pieces);
    free(f->pieces_bytes);
    pairs_free(&f->eval_rows);
    mg_atomas_free(f->m);
}

const train_kind train_kind_atomas_faithful = {
    .name = "atomas-faithful",
    .unit = "pairs",
    .run = "runs/atomas-faithful",
    .score = "mrr",
    .score_title = "validation: MRR, text to molecule",
    .size = sizeof(faithful_task),
    .micro_size = sizeof(faithful_micro),
    .alone = "its queues and momentum copies follow the order of its micro-batches",
    .read = read_recipe,
    .open = open_data,
    .order = train_corpus_order,
    .identify = identify,
    .declare = declare,
    .init = init,
    .start = start,
    .make_micro = make_micro,
    .fill = fill,
    .loss = loss,
    .free_micro = free_micro,
    .validate = validate,
    .save = save,
    .data = train_corpus_json,
    .add_scores = add_scores,
    .close = close_task,
};
