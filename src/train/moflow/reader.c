/* reader.c - task = "moflow-reader": teaches the reader of a trained flow (model/moflow/reader.c)
 * to answer in an aligned space: a graph network that imitates the space's own embedding of a
 * molecule, without a text. The flow itself stays as it is; the model file holds both.
 *
 *   loss = 1 - mean cosine(reader, space) + contrast * InfoNCE(reader, space; scale 20)
 *
 * The space is asked about molecules as the flow holds them: without stereo. Its rows are kept as
 * bf16 while training lasts.
 *
 * Held out are `validation` molecules: mean cosine, and how often the space's row of a molecule is
 * the nearest of all held-out ones to the reader's. With pairs, also how often the text's molecule
 * is the first of those that the flow can hold, by the reader and by the space itself.
 *
 * Its keys beside those of recipe.c:
 *   [flow]    file
 *   [space]   file (a model with a space)
 *   [reader]  hidden, layers, contrast, file (a model with a reader to go on from, or "")
 *   [data]    molecules, limit
 *   [eval]    validation, every, pairs
 */
#include "data/table/table.h"
#include "search/search.h"
#include "train/moflow/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 1024, GROUP = 128, SPLIT = 0x73706c69, TEXTS_MAX = 1 << 16 };
#define SCALE 20.0f

typedef struct reader_micro {
    int64_t n;
    uint8_t *bytes; /* types and bonds of each */
    float *rows;    /* of the space */
} reader_micro;

/* Molecules and their rows in the space. */
typedef struct taught {
    int64_t n;
    uint8_t *bytes; /* [n, slots + slots^2] */
    uint16_t *rows; /* [n, dim] bf16 */
} taught;

typedef struct reader_scores {
    double cosine, first;         /* of held-out molecules */
    double text_first[2], mrr[2]; /* of texts: by the reader, by the space */
} reader_scores;

typedef struct reader_task {
    train_task t;
    char flow_path[TRAIN_MAX_PATH], space_path[TRAIN_MAX_PATH], path[TRAIN_MAX_PATH],
        pairs_path[TRAIN_MAX_PATH], reader_path[TRAIN_MAX_PATH];
    mg_bundle *flow_bundle, *space_bundle;
    const mg_moflow_part *flow;
    mg_moflow_config model;
    mg_moflow_shape shape;
    int hidden, layers;
    float contrast;
    int64_t limit, validation, n_train;
    train_sketches all;
    taught molecules, pairs;
    float *texts; /* [pairs.n, dim] */
    int64_t *shuffled;
    mg_moflow *reader;
    char flow_digest[65], space_digest[65];
    reader_scores scores;
} reader_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    reader_task *r = (reader_task *)t;
    int code = train_read_own_path(recipe, "flow.file", r->flow_path, err);
    if (!code) code = train_read_own_path(recipe, "space.file", r->space_path, err);
    r->hidden = (int)mg_toml_int(recipe, "reader.hidden", 192);
    r->layers = (int)mg_toml_int(recipe, "reader.layers", 4);
    r->contrast = (float)mg_toml_num(recipe, "reader.contrast", 0.2);
    if (!code) code = train_read_own_path(recipe, "reader.file", r->reader_path, err);
    if (!code) code = train_read_dir(recipe, &t->c, err);
    if (!code) code = train_read_path(recipe, &t->c, "data.molecules", r->path, err);
    r->limit = mg_toml_int(recipe, "data.limit", 0);
    if (!code) code = train_read_train(recipe, &t->c, err);
    r->validation = mg_toml_int(recipe, "eval.validation", 1000);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 1);
    if (!code) code = train_read_path(recipe, &t->c, "eval.pairs", r->pairs_path, err);
    if (code) return code;
    t->model = "reader";
    if (!*r->flow_path) return train_refuse(err, "flow.file", "a trained flow");
    if (!*r->space_path) return train_refuse(err, "space.file", "a model with a space");
    if (!*r->path) return train_refuse(err, "data.molecules", "a list of SMILES");
    if (r->hidden < 1 || r->hidden > 4096 || r->layers < 1 || r->layers > 16)
        return train_refuse(err, "reader.hidden", "1 to 4096, layers 1 to 16");
    if (!(r->contrast >= 0 && r->contrast <= 100))
        return train_refuse(err, "reader.contrast", "lies between 0 and 100");
    if (r->limit < 0) return train_refuse(err, "data.limit", "lines; 0: all");
    return r->validation >= 2 && r->validation <= 1 << 16 && t->c.eval_every >= 0
               ? MOLGLOT_OK
               : train_refuse(err, "eval.validation", "2 to 65536 molecules");
}

/* ---- rows of the space ---- */

static size_t each(const reader_task *r) {
    return (size_t)r->shape.slots * (size_t)(r->shape.slots + 1);
}

/* The space's rows of n sketches. */
static int embed_sketches(reader_task *r, mg_embedder *e, const uint8_t *bytes, size_t n,
                          uint16_t *out, molglot_error *err) {
    const size_t dim = (size_t)r->model.reader_dim, slots = (size_t)r->shape.slots;
    char **smiles = calloc(n + 1, sizeof *smiles);
    float *rows = malloc(n * dim * sizeof *rows + 1);
    int code = smiles && rows ? MOLGLOT_OK : mg_no_memory(err, "%zu rows", n);
    for (size_t i = 0; i < n && !code; i++) {
        const uint8_t *types = bytes + i * each(r);
        mg_moflow_drawn drawn;
        code = mg_moflow_decode(&r->model, types, types + slots, MG_MOFLOW_PART, &drawn, err);
        smiles[i] = drawn.smiles;
        if (!code && !smiles[i]) code = mg_fail(err, MOLGLOT_FAILED, "a sketch of no atoms");
    }
    if (!code) code = mg_embed_smiles(e, (const char *const *)smiles, n, rows, NULL, err);
    if (!code) mg_f32_to_bf16_n(rows, out, (int64_t)(n * dim));
    for (size_t i = 0; smiles && i < n; i++) free(smiles[i]);
    free(smiles);
    free(rows);
    return code;
}

static int teach(reader_task *r, mg_embedder *e, taught *x, molglot_error *err) {
    const size_t dim = (size_t)r->model.reader_dim;
    x->rows = malloc((size_t)x->n * dim * sizeof *x->rows + 1);
    int code = x->rows ? MOLGLOT_OK : mg_no_memory(err, "%lld rows", (long long)x->n);
    for (int64_t at = 0; at < x->n && !code; at += AT_ONCE) {
        const size_t n = (size_t)(x->n - at < AT_ONCE ? x->n - at : AT_ONCE);
        code = embed_sketches(r, e, x->bytes + (size_t)at * each(r), n, x->rows + (size_t)at * dim,
                              err);
        if (!code && at % (16 * AT_ONCE) == 0)
            train_tell(&r->t, "the space's rows: %lld of %lld", (long long)at, (long long)x->n);
        if (r->t.stop) code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    return code;
}

/* Pairs whose molecule the flow can hold, and the rows of their texts. */
static int read_pairs(reader_task *r, mg_embedder *e, molglot_error *err) {
    mg_rows rows = {0};
    taught *x = &r->pairs;
    if (!*r->pairs_path) return MOLGLOT_OK;
    int code = mg_rows_load(&rows, r->pairs_path, NULL, err);
    const size_t most = rows.n < TEXTS_MAX ? rows.n : TEXTS_MAX;
    const char **texts = calloc(most + 1, sizeof *texts);
    x->bytes = malloc(most * each(r) + 1);
    if (!code && (!texts || !x->bytes)) code = mg_no_memory(err, "%zu pairs", most);
    for (size_t i = 0; i < most && !code; i++) {
        uint8_t *to = x->bytes + (size_t)x->n * each(r);
        mg_mol *mol = rows.status[i].ok && *rows.text[i]
                          ? mg_mol_from_smiles(rows.smiles[i], NULL, NULL)
                          : NULL;
        if (mol && mg_moflow_encode(&r->model, mol, to, to + r->shape.slots))
            texts[x->n++] = rows.text[i];
        mg_mol_free(mol);
    }
    r->texts = malloc((size_t)x->n * (size_t)r->model.reader_dim * sizeof *r->texts + 1);
    if (!code && !r->texts) code = mg_no_memory(err, "%zu texts", most);
    if (!code) code = mg_embed_texts(e, texts, (size_t)x->n, r->texts, NULL, err);
    if (!code) code = teach(r, e, x, err);
    free(texts);
    mg_rows_free(&rows);
    return code;
}

static int ask_space(reader_task *r, const mg_space_part *space, molglot_error *err) {
    const mg_embed_options o = {.threads = r->t.o->threads};
    mg_embedder *e = mg_embedder_new(space, o, err);
    if (!e) return mg_code_of(err, MOLGLOT_FAILED);
    r->molecules = (taught){.n = r->all.n, .bytes = r->all.bytes};
    int code = teach(r, e, &r->molecules, err);
    if (!code) code = read_pairs(r, e, err);
    mg_embedder_free(e);
    return code;
}

static int open_data(train_task *t, molglot_error *err) {
    reader_task *r = (reader_task *)t;
    r->flow_bundle = mg_bundle_open(r->flow_path, err);
    r->flow = r->flow_bundle ? mg_bundle_moflow(r->flow_bundle, err) : NULL;
    r->space_bundle = r->flow ? mg_bundle_open(r->space_path, err) : NULL;
    const mg_space_part *space = r->space_bundle ? mg_bundle_space(r->space_bundle, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    r->model = *mg_moflow_get_config(r->flow->model);
    r->model.reader_dim = mg_space_part_dim(space);
    r->model.reader_hidden = r->hidden;
    r->model.reader_layers = r->layers;
    r->shape = mg_moflow_shape_of(&r->model);
    int code = mg_moflow_config_check(&r->model, err);
    if (!code) code = mg_bundle_digest(r->flow_bundle, MG_PART_MOFLOW, r->flow_digest, err);
    if (!code) code = mg_bundle_digest(r->space_bundle, MG_PART_SPACE, r->space_digest, err);
    if (!code) code = train_sketches_open(&r->all, t, &r->model, r->path, r->limit, err);
    r->n_train = r->all.n - r->validation;
    if (!code && r->n_train < 2)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: too few molecules beside those held out",
                       r->path);
    if (!code && !(r->shuffled = malloc((size_t)r->all.n * sizeof *r->shuffled)))
        code = mg_no_memory(err, "an epoch");
    if (code) return code;
    for (int64_t i = 0; i < r->all.n; i++) r->shuffled[i] = i;
    train_shuffle(r->shuffled, r->all.n, (mg_rng){.seed = SPLIT});
    return ask_space(r, space, err);
}

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    const reader_task *r = (const reader_task *)t;
    *n = r->n_train;
    if (!(*rows = malloc(((size_t)*n + 1) * sizeof **rows))) return mg_no_memory(err, "an epoch");
    memcpy(*rows, r->shuffled, (size_t)*n * sizeof **rows);
    train_shuffle(*rows, *n, (mg_rng){.seed = t->c.seed, .stream = (uint64_t)epoch});
    return MOLGLOT_OK;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const reader_task *r = (const reader_task *)t;
    (void)err;
    mg_moflow_config_to_json(&r->model, &out->model);
    mg_str_addf(&out->model, "\nflow %s space %s molecules %s held out %lld contrast %a",
                r->flow_digest, r->space_digest, r->all.sha256, (long long)r->validation,
                (double)r->contrast);
    return MOLGLOT_OK;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    reader_task *r = (reader_task *)t;
    if (!(r->reader = mg_moflow_new(t->params, &r->model))) return mg_no_memory(err, "the model");
    mg_params_untrained(t->params, "bonds.");
    mg_params_untrained(t->params, "atoms.");
    mg_params_untrained(t->params, "log_variance");
    return MOLGLOT_OK;
}

/* The reader of another model: what both have, then the flow's own. */
static int go_on(reader_task *r, molglot_error *err) {
    if (!*r->reader_path) return MOLGLOT_OK;
    mg_bundle *b = mg_bundle_open(r->reader_path, err);
    const mg_moflow_part *part = b ? mg_bundle_moflow(b, err) : NULL;
    int code = part ? mg_params_copy_common(r->t.params, part->params, NULL, err)
                    : mg_code_of(err, MOLGLOT_BAD_FILE);
    mg_bundle_close(b);
    return code;
}

static int init(train_task *t, molglot_error *err) {
    reader_task *r = (reader_task *)t;
    int code = go_on(r, err);
    if (!code) code = mg_params_copy_common(t->params, r->flow->params, NULL, err);
    return code ? code : mg_params_push(t->params, err);
}

static int start(train_task *t, molglot_error *err) {
    (void)err;
    t->validates = true;
    return MOLGLOT_OK;
}

/* ---- micro-batches ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const reader_task *r = (const reader_task *)t;
    reader_micro *b = micro;
    const size_t rows = (size_t)n + 1;
    b->bytes = malloc(rows * each(r));
    b->rows = malloc(rows * (size_t)r->model.reader_dim * sizeof *b->rows);
    return b->bytes && b->rows ? MOLGLOT_OK : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    reader_micro *b = micro;
    free(b->bytes);
    free(b->rows);
}

static void fill_row(const reader_task *r, const taught *x, reader_micro *b, int64_t i,
                     int64_t row) {
    const int64_t dim = r->model.reader_dim;
    memcpy(b->bytes + (size_t)i * each(r), x->bytes + (size_t)row * each(r), each(r));
    for (int64_t k = 0; k < dim; k++) b->rows[i * dim + k] = mg_bf16_to_f32(x->rows[row * dim + k]);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const reader_task *r = (const reader_task *)t;
    reader_micro *b = micro;
    (void)weight, (void)err;
    b->n = s->n;
    for (int64_t i = 0; i < s->n; i++) fill_row(r, &r->molecules, b, i, s->rows[i]);
    return MOLGLOT_OK;
}

static mg_tensor *answer(const reader_task *r, const reader_micro *b) {
    return mg_moflow_embed_bytes(r->t.tape, r->reader, b->bytes, b->bytes + r->shape.slots, each(r),
                                 b->n);
}

static mg_tensor *loss(train_task *task, const void *micro) {
    const reader_task *r = (const reader_task *)task;
    const reader_micro *b = micro;
    mg_tape *t = task->tape;
    const int dim = r->model.reader_dim;
    mg_tensor *y = answer(r, b), *want = mg_input(t, b->rows, b->n, dim, false);
    mg_tensor *const terms[2] = {mg_squared_error(t, y, want),
                                 mg_infonce(t, y, want, NULL, SCALE, SCALE, NULL, 0)};
    const float weights[2] = {0.5f * (float)dim, r->contrast};
    return mg_weighted_sum(t, terms, weights, 2);
}

/* ---- validation ---- */

/* The reader's rows of molecules list[n] (NULL: 0 .. n - 1) of x, out[n, dim]. */
static int read_all(reader_task *r, const taught *x, const int64_t *list, int64_t n, float *out,
                    molglot_error *err) {
    reader_micro b = {0};
    mg_tape *t = r->t.tape;
    const int64_t dim = r->model.reader_dim;
    int code = make_micro(&r->t, &b, GROUP, err);
    for (int64_t at = 0; at < n && !code; at += GROUP) {
        b.n = n - at < GROUP ? n - at : GROUP;
        for (int64_t i = 0; i < b.n; i++) fill_row(r, x, &b, i, list ? list[at + i] : at + i);
        mg_tape_reset(t);
        mg_tape_record(t, false);
        mg_tape_training(t, false);
        const float *v = mg_values(t, answer(r, &b));
        code = mg_tape_error(t, err);
        if (!code) memcpy(out + at * dim, v, (size_t)(b.n * dim) * sizeof *out);
    }
    free_micro(&b);
    return code;
}

static double dot(const float *a, const float *b, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Query i's own row is row i: share of first places and mean reciprocal rank; equals stand in
 * front. */
static int rank_rows(reader_task *r, const float *queries, const float *rows, int64_t n,
                     double *first, double *mrr, molglot_error *err) {
    const int64_t dim = r->model.reader_dim;
    double hits = 0, sum = 0;
    float *scores = malloc((size_t)(GROUP * n + 1) * sizeof *scores);
    int code = scores ? MOLGLOT_OK : mg_no_memory(err, "validation");
    for (int64_t at = 0; at < n && !code; at += GROUP) {
        const int64_t m = n - at < GROUP ? n - at : GROUP;
        code = mg_product_nt(r->t.tape, m, n, dim, queries + at * dim, rows, MG_F32, scores);
        for (int64_t i = 0; i < m && !code; i++) {
            int64_t rank = 1;
            for (int64_t j = 0; j < n; j++)
                rank += j != at + i && scores[i * n + j] >= scores[i * n + at + i];
            hits += rank == 1;
            sum += 1 / (double)rank;
        }
    }
    free(scores);
    *first = n ? hits / (double)n : 0;
    *mrr = n ? sum / (double)n : 0;
    return code ? mg_fail(err, MOLGLOT_FAILED, "validation: the product failed") : MOLGLOT_OK;
}

static void widen(const reader_task *r, const taught *x, const int64_t *list, int64_t n,
                  float *out) {
    const int64_t dim = r->model.reader_dim;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < dim; k++)
            out[i * dim + k] = mg_bf16_to_f32(x->rows[(list ? list[i] : i) * dim + k]);
}

static int score_molecules(reader_task *r, float *mine, float *space, molglot_error *err) {
    const int64_t n = r->validation, dim = r->model.reader_dim, *list = r->shuffled + r->n_train;
    double mrr, sum = 0;
    int code = read_all(r, &r->molecules, list, n, mine, err);
    widen(r, &r->molecules, list, n, space);
    for (int64_t i = 0; i < n && !code; i++) sum += dot(mine + i * dim, space + i * dim, dim);
    r->scores.cosine = sum / (double)n;
    return code ? code : rank_rows(r, mine, space, n, &r->scores.first, &mrr, err);
}

static int score_texts(reader_task *r, float *mine, float *space, molglot_error *err) {
    reader_scores *s = &r->scores;
    const int64_t n = r->pairs.n;
    int code = read_all(r, &r->pairs, NULL, n, mine, err);
    widen(r, &r->pairs, NULL, n, space);
    if (!code) code = rank_rows(r, r->texts, mine, n, &s->text_first[0], &s->mrr[0], err);
    return code ? code : rank_rows(r, r->texts, space, n, &s->text_first[1], &s->mrr[1], err);
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    reader_task *r = (reader_task *)t;
    const reader_scores *s = &r->scores;
    const int64_t most = r->validation > r->pairs.n ? r->validation : r->pairs.n;
    const size_t size = (size_t)most * (size_t)r->model.reader_dim;
    float *mine = malloc(size * sizeof *mine), *space = malloc(size * sizeof *space);
    int code = mine && space ? score_molecules(r, mine, space, err)
                             : mg_no_memory(err, "validation");
    if (!code && r->pairs.n) code = score_texts(r, mine, space, err);
    free(mine);
    free(space);
    out->score = s->first;
    int n = snprintf(out->line, sizeof out->line,
                     "cosine with the space %.4f, its own molecule first of %lld: %.4f", s->cosine,
                     (long long)r->validation, s->first);
    if (r->pairs.n)
        snprintf(out->line + n, sizeof out->line - (size_t)n,
                 "; %lld texts: right molecule first %.4f, MRR %.4f; by the space %.4f, %.4f",
                 (long long)r->pairs.n, s->text_first[0], s->mrr[0], s->text_first[1], s->mrr[1]);
    return code;
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const reader_task *r = (const reader_task *)t;
    train_metadata metadata;
    train_metadata_make(&metadata, t, r->all.sha256, "molecules", r->n_train);
    train_metadata_add(&metadata, "flow.digest", r->flow_digest);
    return mg_moflow_part_save(path,
                               &(mg_moflow_contents){.params = t->params,
                                                     .model = r->reader,
                                                     .space = r->space_digest,
                                                     .store_as = train_store_as(&t->c),
                                                     .metadata = metadata.pairs},
                               err);
}

static json_t *data(const train_task *t) {
    const reader_task *r = (const reader_task *)t;
    return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s}", "sha256", r->all.sha256, "file", r->path,
                     "molecules", (json_int_t)r->n_train, "held out", (json_int_t)r->validation,
                     "flow", r->flow_digest, "space", r->space_digest);
}

static void add_scores(const train_task *t, json_t *to) {
    const reader_scores *s = &((const reader_task *)t)->scores;
    json_object_set_new(to, "molecules",
                        json_pack("{s:f, s:f}", "cosine", s->cosine, "first", s->first));
    if (!((const reader_task *)t)->pairs.n) return;
    json_object_set_new(to, "texts by the reader",
                        json_pack("{s:f, s:f}", "first", s->text_first[0], "mrr", s->mrr[0]));
    json_object_set_new(to, "texts by the space",
                        json_pack("{s:f, s:f}", "first", s->text_first[1], "mrr", s->mrr[1]));
}

static void close_task(train_task *t) {
    reader_task *r = (reader_task *)t;
    train_sketches_free(&r->all);
    free(r->molecules.rows);
    free(r->pairs.bytes);
    free(r->pairs.rows);
    free(r->texts);
    free(r->shuffled);
    mg_moflow_free(r->reader);
    mg_bundle_close(r->flow_bundle);
    mg_bundle_close(r->space_bundle);
}

const train_kind train_kind_moflow_reader = {
    .name = "moflow-reader",
    .unit = "molecules",
    .run = "runs/moflow-reader",
    .score = "first",
    .score_title = "share of molecules whose row in the space is the nearest",
    .size = sizeof(reader_task),
    .micro_size = sizeof(reader_micro),
    .read = read_recipe,
    .open = open_data,
    .order = order,
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
    .data = data,
    .add_scores = add_scores,
    .close = close_task,
};
