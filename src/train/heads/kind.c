/* kind.c - task = "predict": trains a head (model/heads) on a table of molecules and properties.
 *
 * All members see the same batches; they differ by where they start. Validation asks all of them
 * and averages. The parameters with the best validation so far are kept in the run folder
 * (best.safetensors); `patience` epochs without a better one end the run. Then the head is
 * calibrated on the validation rows, and the test rows are scored once.
 *
 * Its keys beside those of recipe.c (docs/predict.md):
 *   [model]  name, members, hidden, linear, dropout, families, bits, graph.*, forest.*, ridge.*;
 *            channels: names
 *   [data]   file, smiles_column, targets, task, split, split_column, validation, test, split_seed
 *   [train]  class_weights ("none" | "balanced"), feature_dropout
 *   [init]   space: model of the channel space; graph: a MoMu model whose GIN the members begin
 *            with
 *   [eval]   every (epochs), patience (epochs; 0: none), select ("loss" | "score"),
 *            shares ("fixed" | "chosen")
 *   [domain] rows: training rows that are kept to say what is near
 */
#include "train/heads/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESERVE ((size_t)1 << 34)

typedef struct heads_micro {
    mg_arena arena;
    mg_heads_batch batch;
    int32_t *classes;
    float *weights, *values, *known;
    int64_t n_known;
} heads_micro;

/* ---- rows ---- */

static int order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err) {
    const head_training *h = (const head_training *)t;
    *n = h->table.count[HEADS_TRAIN];
    if (!(*rows = malloc(((size_t)*n + 1) * sizeof **rows))) return mg_no_memory(err, "an epoch");
    mg_rng rng = {.seed = t->c.seed, .stream = (uint64_t)epoch};
    for (int64_t i = 0; i < *n; i++) {
        const int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1);
        (*rows)[i] = (*rows)[j];
        (*rows)[j] = h->table.of[HEADS_TRAIN][i];
    }
    return MOLGLOT_OK;
}

static int identify(const train_task *t, train_identity *out, molglot_error *err) {
    const head_training *h = (const head_training *)t;
    const heads_wants *w = &h->wants;
    char graph[65] = "";
    int code = *h->graph_path ? mg_sha256_file(h->graph_path, graph, err) : MOLGLOT_OK;
    mg_heads_config_to_json(&h->model, &out->model);
    mg_str_addf(&out->model, "\ntable %s %s %a %a %llu %s space %s graph %s", h->sha256, w->split,
                w->validation, w->test, (unsigned long long)w->split_seed, w->split_column,
                h->space_digest, graph);
    for (int k = 0; k < h->table.tasks; k++) mg_str_addf(&out->model, "\n%s", h->table.names[k]);
    mg_str_addf(&out->rates, "\nclasses %s features %a", h->class_weights,
                (double)h->feature_dropout);
    mg_str_addf(&out->rest, "\nevery %lld patience %lld %s shares %s domain %lld",
                (long long)t->c.eval_every, (long long)h->patience, h->select, h->shares,
                (long long)h->domain_rows);
    return code;
}

/* ---- model ---- */

static int declare(train_task *t, molglot_error *err) {
    head_training *h = (head_training *)t;
    h->heads = mg_heads_new(t->params, &h->model);
    if (!h->heads) return mg_no_memory(err, "the model");
    h->heads->ridge.speaks = false; /* until it is fitted */
    return MOLGLOT_OK;
}

/* All members begin with the GIN of a MoMu model. */
static int import_graph(head_training *h, molglot_error *err) {
    mg_tensor_file *f = mg_tensor_file_open(h->graph_path, err);
    if (!f) return mg_code_of(err, MOLGLOT_BAD_FILE);
    int code = MOLGLOT_OK;
    for (int k = 0; k < h->model.members && !code; k++) {
        char ours[64];
        size_t found = 0;
        snprintf(ours, sizeof ours, "member.%d.graph_encoder.", k);
        code = mg_params_import(h->t.params, f, ours, "graph_encoder.", &found, err);
        if (!code && !found) code = mg_fail(err, MOLGLOT_BAD_FILE, "holds no graph_encoder");
        if (!code && !k)
            train_tell(&h->t, "%zu tensors of the graph's encoder from %s", found, h->graph_path);
    }
    mg_tensor_file_close(f);
    return code ? mg_fail_prefix(err, "init.graph: %s", h->graph_path) : MOLGLOT_OK;
}

static int init(train_task *t, molglot_error *err) {
    head_training *h = (head_training *)t;
    const size_t dense = (size_t)mg_heads_dense(&h->model) * sizeof(float),
                 tasks = (size_t)h->model.tasks * sizeof(float);
    if (dense) {
        memcpy(h->heads->mean->data, h->mean, dense);
        memcpy(h->heads->scale->data, h->scale, dense);
    }
    memcpy(h->heads->task_mean->data, h->task_mean, tasks);
    memcpy(h->heads->task_scale->data, h->task_scale, tasks);
    int code = *h->graph_path && h->model.graph_layers ? import_graph(h, err) : MOLGLOT_OK;
    return code ? code : mg_params_push(t->params, err);
}

/* ---- the best so far ---- */

static size_t count_values(const mg_params *p) {
    size_t all = 0;
    for (size_t i = 0; i < mg_params_count(p); i++) {
        const mg_tensor *x = mg_params_at(p, i, NULL, NULL);
        all += (size_t)(x->rows * x->cols);
    }
    return all;
}

static void copy_values(const mg_params *p, float *to, const float *from) {
    for (size_t i = 0; i < mg_params_count(p); i++) {
        mg_tensor *x = mg_params_at(p, i, NULL, NULL);
        const size_t n = (size_t)(x->rows * x->cols);
        if (to) memcpy(to, x->data, n * sizeof *to), to += n;
        if (from) memcpy(x->data, from, n * sizeof *from), from += n;
    }
}

static int best_path(const train_task *t, char out[TRAIN_MAX_PATH], molglot_error *err) {
    return train_run_path(&t->c, "best.safetensors", out, err);
}

static int write_best(head_training *h, molglot_error *err) {
    char path[TRAIN_MAX_PATH], numbers[128];
    const int64_t shape[1] = {(int64_t)count_values(h->t.params)};
    mg_weights_out *w = mg_weights_out_new();
    int code = w ? best_path(&h->t, path, err) : mg_no_memory(err, "the best head");
    snprintf(numbers, sizeof numbers, "%lld %.17g %.17g", (long long)h->best_step, h->best_loss,
             h->best_score);
    if (!code) code = mg_weights_out_add(w, "values", "F32", 1, shape, h->best, NULL, err);
    if (!code) code = mg_weights_out_meta(w, "best", numbers, err);
    if (!code) code = mg_weights_out_meta(w, "identity", h->t.identity, err);
    if (!code) code = mg_weights_out_save(w, path, err);
    mg_weights_out_free(w);
    return code;
}

/* What an interrupted run kept. */
static int read_best(head_training *h, molglot_error *err) {
    char path[TRAIN_MAX_PATH];
    int code = best_path(&h->t, path, err);
    if (code || !h->t.o->resume || !h->t.started_at || access(path, F_OK)) return code;
    mg_tensor_file *f = mg_tensor_file_open(path, err);
    if (!f) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_file_tensor *values = mg_tensor_file_find(f, "values");
    const char *numbers = mg_tensor_file_meta(f, "best"),
               *identity = mg_tensor_file_meta(f, "identity");
    long long step;
    if (!values || strcmp(values->dtype, "F32") || !numbers || !identity ||
        strcmp(identity, h->t.identity) || values->count != (int64_t)count_values(h->t.params) ||
        sscanf(numbers, "%lld %lf %lf", &step, &h->best_loss, &h->best_score) != 3)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: not of this run", path);
    if (!code) {
        memcpy(h->best, values->data, values->bytes);
        h->best_step = step;
    }
    mg_tensor_file_close(f);
    return code;
}

static int start(train_task *t, molglot_error *err) {
    head_training *h = (head_training *)t;
    const size_t cells = (h->table.rows.n + 1) * (size_t)h->model.tasks;
    t->validates = true;
    h->best_step = -1;
    h->z = calloc(cells, sizeof *h->z);
    h->v = calloc(cells, sizeof *h->v);
    h->best = calloc(count_values(t->params) + 1, sizeof *h->best);
    int code = h->z && h->v && h->best
                   ? mg_arena_init(&h->arena, RESERVE, err)
                   : mg_no_memory(err, "the answers of %zu rows", h->table.rows.n);
    return code ? code : read_best(h, err);
}

/* ---- a batch ---- */

static int make_micro(const train_task *t, void *micro, int64_t n, molglot_error *err) {
    const head_training *h = (const head_training *)t;
    heads_micro *p = micro;
    const size_t cells = ((size_t)n + 1) * (size_t)h->model.tasks;
    p->classes = malloc(cells * sizeof *p->classes);
    p->weights = malloc(cells * sizeof *p->weights);
    p->values = malloc(cells * sizeof *p->values);
    p->known = malloc(cells * sizeof *p->known);
    return p->classes && p->weights && p->values && p->known
               ? mg_arena_init(&p->arena, RESERVE, err)
               : mg_no_memory(err, "batches");
}

static void free_micro(void *micro) {
    heads_micro *p = micro;
    free(p->classes);
    free(p->weights);
    free(p->values);
    free(p->known);
    mg_arena_free(&p->arena);
}

static double fill_targets(const head_training *h, const int64_t *rows, int64_t n, heads_micro *p) {
    const int64_t tasks = h->model.tasks;
    double weight = 0;
    p->n_known = 0;
    for (int64_t i = 0; i < n * tasks; i++) {
        const int64_t k = i % tasks;
        const float y = h->table.truth[rows[i / tasks] * tasks + k];
        const bool gap = isnan(y), one = y > .5F;
        p->classes[i] = gap ? -1 : one;
        p->weights[i] = gap ? 0 : h->class_weight[2 * k + one];
        p->values[i] = gap ? 0 : (y - h->task_mean[k]) / h->task_scale[k];
        p->known[i] = !gap;
        p->n_known += !gap;
        weight += (double)p->weights[i];
    }
    return weight;
}

static int fill(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err) {
    const head_training *h = (const head_training *)t;
    heads_micro *p = micro;
    const double all = fill_targets(h, s->rows, s->n, p);
    const bool classes = h->model.task == MG_HEADS_CLASSES;
    /* in thousandths, since class weights are no whole numbers */
    *weight = (int64_t)(1000 * (classes ? all : (double)p->n_known)) + 1;
    mg_arena_release(&p->arena, 0);
    return mg_inputs_batch(
        &h->inputs, &h->model, s->rows, s->n, h->mean, h->scale, 1 - h->feature_dropout,
        mg_rng_u64(t->c.seed, 0x68656164u + (uint64_t)s->epoch, (uint64_t)s->place), &p->arena,
        &p->batch, err);
}

static mg_tensor *loss(train_task *t, const void *micro) {
    const head_training *h = (const head_training *)t;
    const heads_micro *p = micro;
    const mg_heads_targets want = {p->classes, p->weights, p->values, p->known, p->n_known};
    mg_tensor *terms[MG_HEADS_MEMBERS];
    float weights[MG_HEADS_MEMBERS];
    for (int k = 0; k < h->model.members; k++) {
        weights[k] = 1 / (float)h->model.members;
        terms[k] = mg_heads_loss(t->tape, h->heads,
                                 mg_heads_forward(t->tape, h->heads, k, &p->batch), &want);
    }
    return mg_weighted_sum(t->tape, terms, weights, h->model.members);
}

/* ---- validation ---- */

/* Mean loss of the averaged answers, and the score: ROC-AUC, or 1 - rmse / deviation. */
static void judge(const head_training *h, const int64_t *rows, int64_t n, double *loss_out,
                  double *score) {
    const int64_t tasks = h->model.tasks;
    float *truth = malloc(((size_t)n + 1) * sizeof *truth);
    double sum = 0, known = 0, scores = 0, scored = 0;
    for (int64_t k = 0; k < tasks && truth; k++) {
        double square = 0, own = 0;
        for (int64_t i = 0; i < n; i++) {
            const double y = truth[i] = h->table.truth[rows[i] * tasks + k],
                         z = h->z[i * tasks + k];
            if (isnan(y)) continue;
            const double d = z - (y - h->task_mean[k]) / h->task_scale[k];
            const double one = h->model.task == MG_HEADS_NUMBERS ? d * d
                               : y > .5                          ? log1p(exp(-z))
                                                                 : log1p(exp(z));
            sum += one, known++, square += d * d, own++;
        }
        if (h->model.task == MG_HEADS_NUMBERS) {
            if (own > 0) scores += fmax(0, 1 - sqrt(square / own)), scored++;
            continue;
        }
        float *column = malloc(((size_t)n + 1) * sizeof *column);
        for (int64_t i = 0; i < n && column; i++) column[i] = h->z[i * tasks + k];
        const double auc = column ? mg_score_auc(column, truth, (size_t)n, 1) : NAN;
        if (!isnan(auc)) scores += auc, scored++;
        free(column);
    }
    free(truth);
    *loss_out = known > 0 ? sum / known : 0;
    *score = scored > 0 ? scores / scored : 0;
}

static int keep_best(head_training *h, double now_loss, double now_score, molglot_error *err) {
    train_task *t = &h->t;
    const bool by_loss = !strcmp(h->select, "loss");
    const bool better = h->best_step < 0 ||
                        (by_loss ? now_loss < h->best_loss : now_score > h->best_score);
    if (better) {
        copy_values(t->params, h->best, NULL);
        h->best_loss = now_loss, h->best_score = now_score, h->best_step = t->step;
        return write_best(h, err);
    }
    if (h->patience && t->step < t->total &&
        t->step - h->best_step >= h->patience * t->steps_per_epoch) {
        train_tell(t, "no better validation in %lld epochs: done", (long long)h->patience);
        t->total = t->step;
    }
    return MOLGLOT_OK;
}

static int validate(train_task *t, train_verdict *out, molglot_error *err) {
    head_training *h = (head_training *)t;
    const int64_t *rows = h->table.of[HEADS_VALIDATION], n = h->table.count[HEADS_VALIDATION];
    double now_loss, now_score;
    int code = mg_params_pull(t->params, err);
    if (!code) code = heads_ask(h, rows, n, err);
    if (code) return code;
    judge(h, rows, n, &now_loss, &now_score);
    code = keep_best(h, now_loss, now_score, err);
    out->score = now_score;
    snprintf(out->line, sizeof out->line, "validation loss %.4f, %s %.4f; best at step %lld",
             now_loss, h->model.task == MG_HEADS_CLASSES ? "ROC-AUC" : "1 - RMSE / deviation",
             now_score, (long long)h->best_step);
    return code;
}

/* ---- the head ---- */

typedef struct known_rows {
    int32_t n, *kept;
    uint8_t *bits;
    const char **smiles;
    float threshold;
} known_rows;

static int ascending(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Training rows that stay, and the similarity that 95 % of the validation rows reach. */
static int choose_known(head_training *h, known_rows *k, molglot_error *err) {
    const heads_table *b = &h->table;
    const size_t n = (size_t)b->count[HEADS_TRAIN], v = (size_t)b->count[HEADS_VALIDATION];
    uint8_t *all = malloc((n + 1) * MG_DOMAIN_BYTES);
    float *near = malloc((v + 1) * sizeof *near);
    k->kept = malloc((n + 1) * sizeof *k->kept);
    k->bits = malloc((n + 1) * MG_DOMAIN_BYTES);
    k->smiles = malloc((n + 1) * sizeof *k->smiles);
    int code = all && near && k->kept && k->bits && k->smiles
                   ? MOLGLOT_OK
                   : mg_no_memory(err, "%zu training rows", n);
    for (size_t i = 0; i < n && !code; i++)
        memcpy(all + i * MG_DOMAIN_BYTES,
               h->inputs.bits + (size_t)b->of[HEADS_TRAIN][i] * MG_DOMAIN_BYTES, MG_DOMAIN_BYTES);
    if (!code && (k->n = mg_domain_choose(all, (int32_t)n, (int32_t)h->domain_rows, k->kept)) < 0)
        code = mg_no_memory(err, "%zu training rows", n);
    for (int32_t i = 0; i < k->n && !code; i++) {
        memcpy(k->bits + (size_t)i * MG_DOMAIN_BYTES, all + (size_t)k->kept[i] * MG_DOMAIN_BYTES,
               MG_DOMAIN_BYTES);
        k->smiles[i] = b->rows.smiles[b->of[HEADS_TRAIN][k->kept[i]]];
    }
    for (size_t i = 0; i < v && !code; i++)
        mg_domain_nearest(k->bits, k->n,
                          h->inputs.bits + (size_t)b->of[HEADS_VALIDATION][i] * MG_DOMAIN_BYTES, -1,
                          &near[i]);
    if (!code) {
        qsort(near, v, sizeof *near, ascending);
        k->threshold = near[v / 20];
    }
    free(all);
    free(near);
    return code;
}

static void free_known(known_rows *k) {
    free(k->kept);
    free(k->bits);
    free(k->smiles);
}

/* All rows' answers, calibrated, against the truth; scores, charts and tables. */
static int report(head_training *h, const known_rows *k, molglot_error *err) {
    const size_t n = h->table.rows.n;
    int64_t *rows = malloc((n + 1) * sizeof *rows);
    float *near = calloc(n + 1, sizeof *near);
    uint8_t *inside = calloc(n + 1, 1);
    int code = rows && near && inside ? MOLGLOT_OK : mg_no_memory(err, "a report");
    for (size_t i = 0; i < n && !code; i++) {
        rows[i] = (int64_t)i;
        if (h->inputs.status[i].ok)
            mg_domain_nearest(k->bits, k->n, h->inputs.bits + i * MG_DOMAIN_BYTES, -1, &near[i]);
        inside[i] = near[i] >= k->threshold;
    }
    for (size_t i = 0; i < n && !code; i++) /* refused rows: whatever comes is not looked at */
        if (!h->inputs.status[i].ok && h->model.graph_layers) rows[i] = h->table.of[0][0];
    if (!code) code = heads_ask(h, rows, (int64_t)n, err);
    if (!code) {
        mg_heads_calibrate(h->heads, n, h->z, h->v);
        heads_score(&h->table, h->z, h->v, inside, &h->scores);
        code = heads_report(&h->t, &h->table, h->z, h->v, near, err);
    }
    if (!code && h->model.task == MG_HEADS_CLASSES)
        train_tell(&h->t, "test ROC-AUC %.4f (validation %.4f), average precision %.4f",
                   h->scores.auc[HEADS_TEST], h->scores.auc[HEADS_VALIDATION],
                   h->scores.precision[HEADS_TEST]);
    else if (!code)
        train_tell(&h->t, "test RMSE %.4f (validation %.4f), MAE %.4f, R2 %.4f",
                   h->scores.rmse[HEADS_TEST], h->scores.rmse[HEADS_VALIDATION],
                   h->scores.mae[HEADS_TEST], h->scores.r2[HEADS_TEST]);
    free(rows);
    free(near);
    free(inside);
    return code;
}

/* Asks the validation rows, and sets the calibration from their answers. */
static int calibrate(head_training *h, molglot_error *err) {
    const int64_t n = h->table.count[HEADS_VALIDATION];
    size_t cells;
    float *truth = heads_truth(h, true, &cells);
    int code = truth ? heads_ask(h, h->table.of[HEADS_VALIDATION], n, err)
                     : mg_no_memory(err, "a calibration");
    if (!code) {
        heads_calibrate(h->heads, h->z, h->v, truth, n);
        code = mg_params_push(h->t.params, err);
    }
    free(truth);
    return code;
}

static int save(train_task *t, const char *path, molglot_error *err) {
    head_training *h = (head_training *)t;
    known_rows known = {0};
    train_metadata metadata;
    copy_values(t->params, NULL, h->best);
    int code = heads_add_voices(h, err);
    if (!code) code = calibrate(h, err);
    if (!code) code = choose_known(h, &known, err);
    if (!code) code = report(h, &known, err);
    train_metadata_make(&metadata, t, h->sha256, "molecules", h->table.count[HEADS_TRAIN]);
    if (!code)
        code = mg_heads_part_save(path,
                                  &(mg_heads_contents){.params = t->params,
                                                       .heads = h->heads,
                                                       .tasks = h->table.names,
                                                       .groups = h->groups,
                                                       .numbers = h->numbers,
                                                       .n_known = known.n,
                                                       .bits = known.bits,
                                                       .smiles = known.smiles,
                                                       .threshold = known.threshold,
                                                       .space = h->space_digest,
                                                       .store_as = train_store_as(&t->c),
                                                       .metadata = metadata.pairs},
                                  err);
    free_known(&known);
    return code;
}

/* ---- for the manifest ---- */

static json_t *data(const train_task *t) {
    const head_training *h = (const head_training *)t;
    return json_pack("{s:s, s:s, s:i, s:s, s:I, s:I, s:I}", "file", h->wants.file, "sha256",
                     h->sha256, "columns", h->table.tasks, "split", h->wants.split, "train",
                     (json_int_t)h->table.count[HEADS_TRAIN], "validation",
                     (json_int_t)h->table.count[HEADS_VALIDATION], "test",
                     (json_int_t)h->table.count[HEADS_TEST]);
}

static void put(json_t *to, const char *key, double x) {
    if (!isnan(x)) json_object_set_new(to, key, json_real(x));
}

static void add_scores(const train_task *t, json_t *to) {
    const head_training *h = (const head_training *)t;
    const heads_scores *s = &h->scores;
    static const char *const names[HEADS_PARTS] = {"train", "validation", "test"};
    for (int p = HEADS_VALIDATION; p < HEADS_PARTS; p++) {
        json_t *one = json_object();
        const bool classes = h->model.task == MG_HEADS_CLASSES;
        if (classes) put(one, "roc_auc", s->auc[p]);
        if (classes) put(one, "average_precision", s->precision[p]);
        if (!classes) put(one, "rmse", s->rmse[p]);
        if (!classes) put(one, "mae", s->mae[p]);
        if (!classes) put(one, "r2", s->r2[p]);
        put(one, classes ? "calibration_error" : "within_one_deviation", s->calibration[p]);
        json_object_set_new(to, names[p], one);
    }
    put(to, "test_inside", s->inside);
    put(to, "test_score_inside", s->auc_inside);
    put(to, "test_score_outside", s->auc_outside);
    json_object_set_new(to, "best_step", json_integer(h->best_step));
}

static void close_task(train_task *t) {
    head_training *h = (head_training *)t;
    heads_table_close(&h->table);
    mg_inputs_free(&h->inputs);
    mg_heads_free(h->heads);
    mg_groups_free(h->dictionary);
    mg_arena_free(&h->arena);
    free(h->groups);
    free(h->numbers);
    free(h->mean);
    free(h->scale);
    free(h->task_mean);
    free(h->task_scale);
    free(h->class_weight);
    free(h->z);
    free(h->v);
    free(h->best);
}

const train_kind train_kind_heads = {
    .name = "predict",
    .unit = "molecules",
    .run = "runs/predict",
    .score = "score",
    .score_title = "validation: ROC-AUC, or 1 - RMSE / deviation",
    .size = sizeof(head_training),
    .micro_size = sizeof(heads_micro),
    .read = heads_read_recipe,
    .open = heads_open_data,
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
