/* kind.c - task = "rerank": trains the re-ranker of search's best molecules (model/rerank), a
 * conditional logit: a list's loss is the cross-entropy of softmax(scores) and its right molecule.
 *
 * Lists are made by cross-fitted members: model i of `lists.models` ranks the pairs of file i of
 * `lists.pairs`, which it was not trained on, among the molecules of that file alone. So the right
 * answer and those beside it are equally unseen, and there is nothing to learn from what a member
 * was trained on. Lists without their right molecule are left out.
 *
 * Its keys beside those of recipe.c:
 *   [model]  name, candidates
 *   [lists]  models, pairs: as many of both; names: a part `names` to read names with, or ""
 *   [eval]   model, pairs, pool, every: lists of this model in both orders
 */
#include "train/rerank/inside.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 8 };
#define COSINE 30 /* weight of the cosine at the start */

typedef struct rerank_micro {
    int64_t n;
    float *x;
    int32_t *right;
} rerank_micro;

typedef struct rerank_task {
    train_task t;
    mg_rerank_config model;
    size_t members;
    char models[MEMBERS][TRAIN_MAX_PATH], pairs[MEMBERS][TRAIN_MAX_PATH];
    char names[TRAIN_MAX_PATH], eval_model[TRAIN_MAX_PATH], eval_pairs[TRAIN_MAX_PATH],
        eval_pool[TRAIN_MAX_PATH];
    mg_bundle *names_bundle;
    const mg_dictionary *dictionary;
    mg_groups *groups;
    train_lists lists, held_out;
    mg_rerank *rerank;
    train_lists_scores scores;
    int64_t limit;
    char sha256[65]; /* of the pairs' files */
} rerank_task;

/* ---- recipe ---- */

static int copy_path(const char *from, const char *key, char out[TRAIN_MAX_PATH],
                     molglot_error *err) {
    const int n = snprintf(out, TRAIN_MAX_PATH, "%s", from);
    return n >= 0 && n < TRAIN_MAX_PATH ? MOLGLOT_OK
                                        : train_refuse(err, key, "the path is too long");
}

/* Below data.dir, unless the path is absolute. */
static int data_path(const train_common *c, const char *from, char out[TRAIN_MAX_PATH],
                     molglot_error *err) {
    const bool whole = *from == '/' || !*c->dir;
    const int n = whole ? snprintf(out, TRAIN_MAX_PATH, "%s", from)
                        : snprintf(out, TRAIN_MAX_PATH, "%s/%s", c->dir, from);
    return n >= 0 && n < TRAIN_MAX_PATH ? MOLGLOT_OK
                                        : train_refuse(err, "lists.pairs", "the path is too long");
}

static int read_lists(mg_toml *recipe, rerank_task *r, molglot_error *err) {
    size_t pairs = 0;
    const char *const *models = mg_toml_strs(recipe, "lists.models", &r->members),
                      *const *tables = mg_toml_strs(recipe, "lists.pairs", &pairs);
    if (r->members < 1 || r->members > MEMBERS)
        return train_refuse(err, "lists.models", "1 to 8 models");
    if (pairs != r->members)
        return train_refuse(err, "lists.pairs", "as many as models: what each was not trained on");
    r->limit = mg_toml_int(recipe, "lists.limit", 0);
    if (r->limit < 0) return train_refuse(err, "lists.limit", "texts of a file, not negative");
    int code = train_read_own_path(recipe, "lists.names", r->names, err);
    for (size_t i = 0; i < r->members && !code; i++) {
        code = copy_path(models[i], "lists.models", r->models[i], err);
        if (!code) code = data_path(&r->t.c, tables[i], r->pairs[i], err);
    }
    return code;
}

static int read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    rerank_task *r = (rerank_task *)t;
    int code = mg_rerank_config_from_toml(recipe, &r->model, err);
    r->model.features = MG_RERANK_FEATURES;
    if (!code) code = mg_rerank_config_check(&r->model, err);
    if (!code) code = train_read_dir(recipe, &t->c, err);
    if (!code) code = read_lists(recipe, r, err);
    if (!code) code = train_read_train(recipe, &t->c, err);
    if (!code) code = train_read_own_path(recipe, "eval.model", r->eval_model, err);
    if (!code) code = train_read_path(recipe, &t->c, "eval.pairs", r->eval_pairs, err);
    if (!code) code = train_read_path(recipe, &t->c, "eval.pool", r->eval_pool, err);
    if (code) return code;
    t->model = r->model.name;
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 0);
    if (!*r->eval_model != !*r->eval_pairs)
        return train_refuse(err, "eval.model", "goes with eval.pairs");
    return t->c.eval_every < 0 ? train_refuse(err, "eval.every", "epochs, not negative")
                               : MOLGLOT_OK;
}

/* ---- lists ---- */

static int add_lists(rerank_task *r, train_lists *to, const char *model, const char *pairs,
                     const char *pool, bool all, molglot_error *err) {
    const train_lists_plan plan = {.model = model,
                                   .pairs = pairs,
                                   .pool = pool,
                                   .names = r->dictionary,
                                   .groups = r->groups,
                                   .all = all,
                                   .limit = all ? 0 : r->limit};
    const int64_t before = to->n;
    to->k = r->model.candidates;
    int code = train_lists_add(to, &r->t, &plan, err);
    if (!code) train_tell(&r->t, "%lld lists of %s", (long long)(to->n - before), pairs);
    return code;
}

static int hash_pairs(rerank_task *r, molglot_error *err) {
    mg_sha256 all;
    char one[65];
    mg_sha256_init(&all);
    for (size_t i = 0; i < r->members; i++) {
        int code = mg_sha256_file(r->pairs[i], one, err);
        if (code) return code;
        mg_sha256_add(&all, one, 64);
    }
    mg_sha256_hex(&all, r->sha256);
    return MOLGLOT_OK;
}

/* All that lists follow from, a line each. */
static int describe_lists(const rerank_task *r, mg_str *out, molglot_error *err) {
    char digest[65];
    int code = MOLGLOT_OK;
    mg_str_addf(out, "\npairs %s limit %lld features %d", r->sha256, (long long)r->limit,
                MG_RERANK_FEATURES);
    for (size_t i = 0; i < r->members && !code; i++) {
        code = mg_bundle_identify(r->models[i], MG_PART_SPACE, digest, err);
        if (!code) mg_str_addf(out, "\nmember %s", digest);
    }
    if (!code && r->dictionary &&
        !(code = mg_bundle_identify(r->names, MG_PART_NAMES, digest, err)))
        mg_str_addf(out, "\nnames %s", digest);
    return code;
}

/* Lists take minutes: they are kept in the run folder. */
static int open_lists(rerank_task *r, molglot_error *err) {
    char path[TRAIN_MAX_PATH], made_of[65];
    mg_str what = {0};
    bool found = false;
    r->lists.k = r->model.candidates;
    int code = train_run_path(&r->t.c, "lists.bin", path, err);
    if (!code) code = describe_lists(r, &what, err);
    code = code ? (mg_str_free(&what), code) : mg_sha256_str(&what, made_of, err);
    if (!code) code = train_lists_read(&r->lists, path, made_of, &found, err);
    if (code || found) return code;
    for (size_t i = 0; i < r->members && !code; i++)
        code = add_lists(r, &r->lists, r->models[i], r->pairs[i], "", false, err);
    return code ? code : train_lists_write(&r->lists, path, made_of, err);
}

static int open_data(train_task *t, molglot_error *err) {
    rerank_task *r = (rerank_task *)t;
    int code = hash_pairs(r, err);
    if (!code && *r->names) {
        r->names_bundle = mg_bundle_open(r->names, err);
        r->dictionary = r->names_bundle ? mg_bundle_names(r->names_bundle, err) : NULL;
        if (!r->dictionary) code = mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    if (!code && !(r->groups = mg_groups_new(NULL, 0, err))) code = mg_code_of(err, MOLGLOT_FAILED);
    if (!code) code = open_lists(r, err);
    return code || r->lists.n > 1
               ? code
               : mg_fail(err, MOLGLOT_BAD_FILE, "no list has its right molecule");
}

/* A shuffle: a function of seed and epoch. */
static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    const rerank_task *r = (const rerank_task *)t;
    *n = r->lists.n;
    if (!(*rows = malloc(((size_t)*n + 1) * sizeof **rows))) return mg_no_memory(err, "an epoch");
    mg_rng rng = {.seed = t->c.seed, .stream = (uint64_t)epoch};
    for (int64_t i = 0; i < *n; i++) {
        const int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1);
        (*rows)[i] = (*rows)[j];
        (*rows)[j] = i;
    }
    return MOLGLOT_OK;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const rerank_task *r = (const rerank_task *)t;
    mg_rerank_config_to_json(&r->model, &out->model);
    return describe_lists(r, &out->model, err);
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    rerank_task *r = (rerank_task *)t;
    r->rerank = mg_rerank_new(t->params, &r->model);
    return r->rerank ? MOLGLOT_OK : mg_no_memory(err, "the model");
}

static int init(train_task *t, molglot_error *err) {
    rerank_task *r = (rerank_task *)t;
    mg_rerank_begin(r->rerank, r->lists.x, r->lists.n * r->lists.k, COSINE);
    return mg_params_push(t->params, err);
}

static int start(train_task *t, molglot_error *err) {
    rerank_task *r = (rerank_task *)t;
    if (!*r->eval_pairs) return MOLGLOT_OK;
    t->validates = true;
    return add_lists(r, &r->held_out, r->eval_model, r->eval_pairs, r->eval_pool, true, err);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    rerank_micro *p = micro;
    const size_t lists = (size_t)n + 1, k = (size_t)((const rerank_task *)t)->model.candidates;
    p->x = malloc(lists * k * MG_RERANK_FEATURES * sizeof *p->x);
    p->right = malloc(lists * sizeof *p->right);
    return p->x && p->right ? MOLGLOT_OK : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    rerank_micro *p = micro;
    free(p->x);
    free(p->right);
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const rerank_task *r = (const rerank_task *)t;
    const size_t row = (size_t)r->model.candidates * MG_RERANK_FEATURES;
    rerank_micro *p = micro;
    (void)weight, (void)err;
    p->n = s->n;
    for (int64_t i = 0; i < s->n; i++) {
        memcpy(p->x + (size_t)i * row, r->lists.x + (size_t)s->rows[i] * row, row * sizeof *p->x);
        p->right[i] = r->lists.right[s->rows[i]];
    }
    return MOLGLOT_OK;
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const rerank_task *r = (const rerank_task *)t;
    const rerank_micro *p = micro;
    mg_tensor *x = mg_input(t->tape, p->x, p->n * r->model.candidates, MG_RERANK_FEATURES, false);
    mg_tensor *y = mg_rerank_forward(t->tape, r->rerank, x);
    return mg_cross_entropy(t->tape, mg_reshape(t->tape, y, r->model.candidates), p->right, NULL,
                            0);
}

/* ---- validation and results ---- */

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    rerank_task *r = (rerank_task *)t;
    float weights[MG_RERANK_FEATURES];
    int code = mg_params_pull(t->params, err);
    if (code) return code;
    mg_rerank_weights(r->rerank, weights);
    train_lists_score(&r->held_out, weights, &r->scores);
    out->score = r->scores.mrr[1];
    snprintf(out->line, sizeof out->line,
             "hits@1 %.4f, by the cosine alone %.4f; MRR %.4f, by the cosine alone %.4f",
             r->scores.hits1[1], r->scores.hits1[0], r->scores.mrr[1], r->scores.mrr[0]);
    return MOLGLOT_OK;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    const rerank_task *r = (const rerank_task *)t;
    train_metadata metadata;
    train_metadata_make(&metadata, t, r->sha256, "lists", r->lists.n);
    return mg_rerank_part_save(
        path,
        &(mg_rerank_contents){.params = t->params, .model = r->rerank, .metadata = metadata.pairs},
        err);
}

static json_t *data(const train_task *t) {
    const rerank_task *r = (const rerank_task *)t;
    json_t *pairs = json_array();
    for (size_t i = 0; i < r->members; i++)
        json_array_append_new(pairs,
                              json_pack("{s:s, s:s}", "model", r->models[i], "pairs", r->pairs[i]));
    return json_pack("{s:s, s:I, s:o}", "sha256", r->sha256, "lists", (json_int_t)r->lists.n,
                     "sources", pairs);
}

static void add_scores(const train_task *t, json_t *to) {
    const rerank_task *r = (const rerank_task *)t;
    json_object_set_new(
        to, "reranked",
        json_pack("{s:f, s:f}", "mrr", r->scores.mrr[1], "hits1", r->scores.hits1[1]));
    json_object_set_new(
        to, "cosine",
        json_pack("{s:f, s:f}", "mrr", r->scores.mrr[0], "hits1", r->scores.hits1[0]));
}

static void close_task(train_task *t) {
    rerank_task *r = (rerank_task *)t;
    train_lists_free(&r->lists);
    train_lists_free(&r->held_out);
    mg_rerank_free(r->rerank);
    mg_groups_free(r->groups);
    mg_bundle_close(r->names_bundle);
}

const train_kind train_kind_rerank = {
    .name = "rerank",
    .unit = "lists",
    .run = "runs/rerank",
    .score = "mrr",
    .score_title = "validation MRR, re-ranked",
    .size = sizeof(rerank_task),
    .micro_size = sizeof(rerank_micro),
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
