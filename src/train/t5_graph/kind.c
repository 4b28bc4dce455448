/* kind.c - task = "t5-graph": a graph row for a captioner that was imported (model/t5), as
 * published (docs/models/momu.md, "Captions"). The T5 stays as it is; only the projector is
 * trained, which makes a row of a molecule's vector in an aligned space, in front of the encoder's
 * states:
 *
 *   loss = mean cross-entropy of the caption's pieces, given the SMILES as it is written and the
 * row
 *
 * No dropout. The model file is a T5 of the same task with the projector and the space's digest.
 * Validation: the loss with the row, and without.
 *
 * Its keys beside those of recipe.c:
 *   [t5]     file (an imported T5: molglot import --task caption)
 *   [graph]  model (an aligned model)
 *   [data]   dir, pairs, limit
 *   [eval]   pairs, limit, every
 */
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "train/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 8, AT_ONCE = 1024 };

typedef struct side { /* texts or molecules of some rows, as pieces */
    int32_t *ids, *offsets;
} side;

typedef struct graph_micro {
    int64_t n, room;
    side molecules, captions;
    float *vectors; /* [room, dim] */
} graph_micro;

typedef struct pairs { /* rows with a molecule and a caption */
    mg_rows rows;
    int64_t n;
    int64_t *at;    /* [n] of rows */
    float *vectors; /* [n, dim] */
    char sha256[65];
} pairs;

typedef struct graph_task {
    train_task t;
    char t5_path[TRAIN_MAX_PATH], space_path[TRAIN_MAX_PATH], path[TRAIN_MAX_PATH],
        eval_path[TRAIN_MAX_PATH];
    int64_t limit, eval_limit;
    mg_bundle *t5_bundle, *space_bundle;
    const mg_t5_part *part;
    char t5_digest[65], space_digest[65];
    mg_t5_config model;
    mg_t5 *t5;
    pairs train, held_out;
    graph_micro eval;
    double with, without; /* losses of validation */
} graph_task;

/* ---- recipe ---- */

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    graph_task *g = (graph_task *)t;
    int code = train_read_own_path(recipe, "t5.file", g->t5_path, err);
    if (!code) code = train_read_own_path(recipe, "graph.model", g->space_path, err);
    if (!code) code = train_read_dir(recipe, &t->c, err);
    if (!code) code = train_read_path(recipe, &t->c, "data.pairs", g->path, err);
    g->limit = mg_toml_int(recipe, "data.limit", 0);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (!code) code = train_read_path(recipe, &t->c, "eval.pairs", g->eval_path, err);
    g->eval_limit = mg_toml_int(recipe, "eval.limit", 500);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 1);
    if (code) return code;
    t->model = "t5-graph";
    if (!*g->t5_path) return train_refuse(err, "t5.file", "an imported T5");
    if (!*g->space_path) return train_refuse(err, "graph.model", "an aligned model");
    if (!*g->path) return train_refuse(err, "data.pairs", "a table of molecules and texts");
    if (strcmp(t->c.store, "f32") && strcmp(t->c.store, "bf16"))
        return train_refuse(err, "store", "\"bf16\" or \"f32\"");
    return g->limit >= 0 && g->eval_limit >= 1 && t->c.eval_every >= 0
               ? MOLGLOT_OK
               : train_refuse(err, "eval.limit",
                              "at least 1; data.limit and eval.every not negative");
}

/* ---- data ---- */

static const char *smiles_of(const pairs *p, int64_t i) { return p->rows.smiles[p->at[i]]; }
static const char *text_of(const pairs *p, int64_t i) { return p->rows.text[p->at[i]]; }

/* Rows that RDKit reads and that say something; their vectors. */
static int open_pairs(graph_task *g, const char *path, int64_t limit, mg_embedder *e, pairs *p,
                      molglot_error *err) {
    const int64_t dim = g->model.graph;
    mg_str all = {0};
    int code = mg_rows_load(&p->rows, path, NULL, err);
    if (code) return code;
    if (!(p->at = malloc((p->rows.n + 1) * sizeof *p->at))) return mg_no_memory(err, "the rows");
    for (size_t i = 0; i < p->rows.n && (!limit || p->n < limit); i++) {
        if (!p->rows.status[i].ok || !*p->rows.text[i]) continue;
        mg_str_addf(&all, "%s\t%s\n", p->rows.smiles[i], p->rows.text[i]);
        p->at[p->n++] = (int64_t)i;
    }
    if (!p->n) code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no row with a molecule and a text", path);
    const char **smiles = malloc(((size_t)p->n + 1) * sizeof *smiles);
    p->vectors = malloc((size_t)(p->n * dim + 1) * sizeof *p->vectors);
    if (!code && (!smiles || !p->vectors)) code = mg_no_memory(err, "vectors");
    for (int64_t i = 0; i < p->n && smiles; i++) smiles[i] = smiles_of(p, i);
    for (int64_t at = 0; at < p->n && !code; at += AT_ONCE) {
        const int64_t n = p->n - at < AT_ONCE ? p->n - at : AT_ONCE;
        if (!train_goes_on(&g->t, "embedding molecules", at, p->n))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted: embedding molecules");
        else
            code = mg_embed_smiles(e, smiles + at, (size_t)n, p->vectors + at * dim, NULL, err);
    }
    free(smiles);
    return code ? (mg_str_free(&all), code) : mg_sha256_str(&all, p->sha256, err);
}

static int open_models(graph_task *g, mg_embedder **e, molglot_error *err) {
    g->t5_bundle = mg_bundle_open(g->t5_path, err);
    g->part = g->t5_bundle ? mg_bundle_t5(g->t5_bundle, err) : NULL;
    g->space_bundle = g->part ? mg_bundle_open(g->space_path, err) : NULL;
    const mg_space_part *space = g->space_bundle ? mg_bundle_space(g->space_bundle, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    g->model = *mg_t5_get_config(g->part->t5);
    if (g->model.graph) return train_refuse(err, "t5.file", "it has a graph row already");
    if (g->part->task && strcmp(g->part->task, MG_T5_CAPTION) != 0)
        return train_refuse(err, "t5.file", "it was trained to write molecules, not texts");
    g->model.graph = mg_space_part_dim(space);
    int code = mg_bundle_digest(g->t5_bundle, MG_PART_T5, g->t5_digest, err);
    if (!code) code = mg_bundle_digest(g->space_bundle, MG_PART_SPACE, g->space_digest, err);
    if (code) return code;
    const mg_embed_options o = {.device = g->t.c.device, .threads = g->t.o->threads};
    *e = mg_embedder_new(space, o, err);
    return *e ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

static int open_data(train_task *t, molglot_error *err) {
    graph_task *g = (graph_task *)t;
    mg_embedder *e = NULL;
    int code = open_models(g, &e, err);
    if (!code) code = open_pairs(g, g->path, g->limit, e, &g->train, err);
    if (!code && *g->eval_path)
        code = open_pairs(g, g->eval_path, g->eval_limit, e, &g->held_out, err);
    mg_embedder_free(e);
    if (!code)
        train_tell(t, "%lld pairs of %zu rows; %lld to validate on", (long long)g->train.n,
                   g->train.rows.n, (long long)g->held_out.n);
    return code;
}

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    *n = ((const graph_task *)t)->train.n;
    if (!(*rows = malloc(((size_t)*n + 1) * sizeof **rows))) return mg_no_memory(err, "an epoch");
    mg_rng rng = {.seed = t->c.seed, .stream = (uint64_t)epoch};
    for (int64_t i = 0; i < *n; i++) (*rows)[i] = i;
    for (int64_t i = *n - 1; i > 0; i--) {
        const int64_t k = (int64_t)(mg_rng_uniform(&rng) * (double)(i + 1)), was = (*rows)[i];
        (*rows)[i] = (*rows)[k];
        (*rows)[k] = was;
    }
    return MOLGLOT_OK;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const graph_task *g = (const graph_task *)t;
    (void)err;
    mg_t5_config_to_json(&g->model, &out->model);
    mg_str_addf(&out->model, "\nt5 %s graph %s pairs %s", g->t5_digest, g->space_digest,
                g->train.sha256);
    return MOLGLOT_OK;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    static const char *const frozen[] = {"shared.", "encoder.", "decoder.", "lm_head."};
    graph_task *g = (graph_task *)t;
    if (!(g->t5 = mg_t5_new(t->params, "", &g->model, err))) return mg_code_of(err, MOLGLOT_FAILED);
    for (size_t i = 0; i < MG_COUNT(frozen); i++) mg_params_untrained(t->params, frozen[i]);
    return MOLGLOT_OK;
}

static int init(train_task *t, molglot_error *err) {
    int code = mg_params_copy_common(t->params, ((graph_task *)t)->part->params, NULL, err);
    return code ? code : mg_params_push(t->params, err);
}

/* ---- micro-batches ---- */

static bool side_room(side *s, int64_t n, int positions) {
    s->ids = malloc((size_t)(n * positions) * sizeof *s->ids);
    s->offsets = calloc((size_t)n + 1, sizeof *s->offsets);
    return s->ids && s->offsets;
}

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const mg_t5_config *c = &((const graph_task *)t)->model;
    graph_micro *b = micro;
    *b = (graph_micro){.room = n};
    b->vectors = malloc((size_t)(n * c->graph) * sizeof *b->vectors);
    return side_room(&b->molecules, n, c->positions) && side_room(&b->captions, n, c->positions) &&
                   b->vectors
               ? MOLGLOT_OK
               : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    graph_micro *b = micro;
    free(b->molecules.ids);
    free(b->molecules.offsets);
    free(b->captions.ids);
    free(b->captions.offsets);
    free(b->vectors);
}

/* A text as row i. */
static int add_text(const graph_task *g, side *s, int64_t i, const char *text, molglot_error *err) {
    int32_t *ids = NULL, n = 0;
    const int code = mg_sentencepiece_encode(g->part->pieces, text, strlen(text),
                                             g->model.positions, &ids, &n, err);
    if (!code) memcpy(s->ids + s->offsets[i], ids, (size_t)n * sizeof *ids);
    s->offsets[i + 1] = s->offsets[i] + n;
    free(ids);
    return code;
}

/* Rows list[n] of p (NULL: from `at` on). */
static int fill_rows(const graph_task *g, const pairs *p, const int64_t *list, int64_t at,
                     int64_t n, graph_micro *b, molglot_error *err) {
    const size_t dim = (size_t)g->model.graph;
    int code = MOLGLOT_OK;
    b->n = n;
    for (int64_t i = 0; i < n && !code; i++) {
        const int64_t row = list ? list[i] : at + i;
        code = add_text(g, &b->molecules, i, smiles_of(p, row), err);
        if (!code) code = add_text(g, &b->captions, i, text_of(p, row), err);
        memcpy(b->vectors + (size_t)i * dim, p->vectors + (size_t)row * dim, dim * sizeof(float));
    }
    return code;
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const graph_task *g = (const graph_task *)t;
    graph_micro *b = micro;
    const int code = fill_rows(g, &g->train, s->rows, 0, s->n, b, err);
    *weight = b->captions.offsets[s->n];
    return code;
}

static mg_tensor *loss_of(const graph_task *g, const graph_micro *b, bool row) {
    mg_tape *t = g->t.tape;
    const mg_t5_rows molecules = {b->molecules.ids, {b->n, b->molecules.offsets}, NULL},
                     captions = {b->captions.ids, {b->n, b->captions.offsets}, NULL};
    mg_tape_training(t, false); /* the published one has no dropout */
    mg_t5_memory memory = mg_t5_encode(t, g->t5, &molecules);
    if (row) memory = mg_t5_graph_row(t, g->t5, &memory, b->vectors);
    return memory.rows ? mg_t5_loss(t, g->t5, &captions, &memory) : NULL;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    return loss_of((const graph_task *)t, micro, true);
}

/* ---- validation ---- */

static int start(train_task *t, molglot_error *err) {
    graph_task *g = (graph_task *)t;
    t->validates = g->held_out.n > 0;
    return make_micro(t, &g->eval, GROUP, err);
}

typedef struct asked {
    graph_task *g;
    bool row;
} asked;

static int held_out_loss(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                         molglot_error *err) {
    const asked *a = user;
    const int code = fill_rows(a->g, &a->g->held_out, NULL, at, n, &a->g->eval, err);
    if (code) return code;
    *out = loss_of(a->g, &a->g->eval, a->row);
    *weight = a->g->eval.captions.offsets[n];
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    graph_task *g = (graph_task *)t;
    int code = MOLGLOT_OK;
    for (int row = 0; row < 2 && !code; row++) {
        asked a = {g, row};
        const train_mean mean = {g->held_out.n, GROUP, held_out_loss, &a};
        code = train_mean_loss(t, &mean, row ? &g->with : &g->without, err);
    }
    out->score = exp(-g->with);
    snprintf(out->line, sizeof out->line,
             "captions (%lld rows) loss %.5f with the graph row, %.5f without",
             (long long)g->held_out.n, g->with, g->without);
    return code;
}

static void add_scores(const train_task *t, json_t *to) {
    const graph_task *g = (const graph_task *)t;
    if (g->held_out.n)
        json_object_set_new(
            to, "captions",
            json_pack("{s:f, s:f}", "loss", g->with, "loss_without_row", g->without));
}

/* ---- results ---- */

static int save(train_task *t, const char *path, molglot_error *err) {
    const graph_task *g = (const graph_task *)t;
    train_metadata metadata;
    train_metadata_make(&metadata, t, g->train.sha256, "pairs", g->train.n);
    train_metadata_add(&metadata, "t5.digest", g->t5_digest);
    return mg_t5_part_save(path,
                           &(mg_t5_contents){.params = t->params,
                                             .t5 = g->t5,
                                             .pieces = g->part->pieces_bytes,
                                             .pieces_bytes = g->part->pieces_n,
                                             .task = MG_T5_CAPTION,
                                             .space = g->space_digest,
                                             .store_as = train_store_as(&t->c),
                                             .metadata = metadata.pairs},
                           err);
}

static json_t *data(const train_task *t) {
    const graph_task *g = (const graph_task *)t;
    return json_pack("{s:s, s:s, s:I, s:s, s:s}", "sha256", g->train.sha256, "file", g->path,
                     "pairs", (json_int_t)g->train.n, "t5", g->t5_digest, "space", g->space_digest);
}

static void free_pairs(pairs *p) {
    mg_rows_free(&p->rows);
    free(p->at);
    free(p->vectors);
}

static void close_task(train_task *t) {
    graph_task *g = (graph_task *)t;
    free_pairs(&g->train);
    free_pairs(&g->held_out);
    free_micro(&g->eval);
    mg_t5_free(g->t5);
    mg_bundle_close(g->t5_bundle);
    mg_bundle_close(g->space_bundle);
}

const train_kind train_kind_t5_graph = {
    .name = "t5-graph",
    .unit = "pairs",
    .run = "runs/t5-graph",
    .score = "likelihood",
    .score_title = "validation: likelihood of a piece of a caption",
    .size = sizeof(graph_task),
    .micro_size = sizeof(graph_micro),
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
