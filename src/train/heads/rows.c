/* rows.c - the rows of a training of heads: the table, what the head reads of its molecules,
 * columns that stay, means and deviations, weights of classes.
 */
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_LEAST = 3 };

static int read_inputs(head_training *h, molglot_error *err) {
    mg_heads_config *c = &h->model;
    mg_inputs_reader r;
    mg_bundle *b = *h->space_path ? mg_bundle_open(h->space_path, err) : NULL;
    if (*h->space_path && !b) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_space_part *space = NULL;
    int code = MOLGLOT_OK;
    if (mg_heads_has(c, "space")) {
        if (!(space = mg_bundle_space(b, err))) code = mg_code_of(err, MOLGLOT_BAD_FILE);
        if (!code) code = mg_bundle_digest(b, MG_PART_SPACE, h->space_digest, err);
        if (!code) c->space = mg_space_part_dim(space);
    }
    if (!code)
        code = mg_inputs_reader_open(&r, c, h->groups, h->numbers, space, h->t.c.device,
                                     h->t.o->threads, err);
    if (!code) {
        code = mg_inputs_read(&r, (const char *const *)h->table.rows.smiles, h->table.rows.n,
                              &h->inputs, err);
        mg_inputs_reader_close(&r);
    }
    mg_bundle_close(b);
    return code;
}

/* Names of all columns that may be read, before the rows are known. */
static int name_columns(head_training *h, molglot_error *err) {
    mg_heads_config *c = &h->model;
    if (!c->numbers) return MOLGLOT_OK;
    if (!(h->dictionary = mg_groups_new(NULL, 0, err))) return mg_code_of(err, MOLGLOT_FAILED);
    c->groups = mg_groups_count(h->dictionary);
    h->groups = calloc((size_t)c->groups + 1, sizeof *h->groups);
    h->numbers = calloc((size_t)c->numbers + 1, sizeof *h->numbers);
    if (!h->groups || !h->numbers) return mg_no_memory(err, "names of columns");
    for (int i = 0; i < c->groups; i++) h->groups[i] = mg_groups_at(h->dictionary, i)->name;
    for (int i = 0; i < c->numbers; i++) h->numbers[i] = mg_predict_number(i);
    return MOLGLOT_OK;
}

/* Groups that too few training rows have go: their columns come last. */
static int drop_groups(head_training *h, molglot_error *err) {
    mg_heads_config *c = &h->model;
    if (!c->groups) return MOLGLOT_OK;
    int32_t *rows = calloc((size_t)c->groups, sizeof *rows), kept = 0;
    if (!rows) return mg_no_memory(err, "groups");
    for (int64_t i = 0; i < h->table.count[HEADS_TRAIN]; i++) {
        const mg_molecule_input *in = &h->inputs.rows[h->table.of[HEADS_TRAIN][i]];
        for (int32_t k = 0; k < in->n; k++)
            if (in->ids[k] >= c->bits) rows[in->ids[k] - c->bits]++;
    }
    for (int g = 0; g < c->groups; g++) {
        const bool stays = rows[g] >= GROUPS_LEAST;
        if (stays) h->groups[kept] = h->groups[g];
        rows[g] = stays ? kept++ : -1;
    }
    for (size_t i = 0; i < h->inputs.n; i++) {
        mg_molecule_input *in = &h->inputs.rows[i];
        int32_t m = 0;
        for (int32_t k = 0; k < in->n; k++) {
            const int32_t to = in->ids[k] < c->bits ? in->ids[k] - c->bits
                                                    : rows[in->ids[k] - c->bits];
            if (in->ids[k] >= c->bits && to < 0) continue;
            in->ids[m] = c->bits + to;
            in->weights[m++] = in->weights[k];
        }
        in->n = m;
    }
    c->groups = kept;
    free(rows);
    return MOLGLOT_OK;
}

/* mean and 1 / deviation of n numbers at a stride, gaps left out. */
static void moments(const float *x, const int64_t *rows, int64_t n, int64_t stride, float *mean,
                    float *deviation) {
    double sum = 0, square = 0, k = 0;
    for (int64_t i = 0; i < n; i++) {
        const double v = x[rows[i] * stride];
        if (!isnan(v)) sum += v, square += v * v, k++;
    }
    const double m = k > 0 ? sum / k : 0, var = k > 0 ? square / k - m * m : 0;
    *mean = (float)m;
    *deviation = var > 1e-8 ? (float)sqrt(var) : 0;
}

static int standardise(head_training *h, molglot_error *err) {
    const int dense = mg_heads_dense(&h->model), tasks = h->model.tasks;
    const int64_t *rows = h->table.of[HEADS_TRAIN], n = h->table.count[HEADS_TRAIN];
    h->mean = calloc((size_t)dense + 1, sizeof *h->mean);
    h->scale = calloc((size_t)dense + 1, sizeof *h->scale);
    h->task_mean = calloc((size_t)tasks, sizeof *h->task_mean);
    h->task_scale = calloc((size_t)tasks, sizeof *h->task_scale);
    h->class_weight = calloc((size_t)tasks * 2, sizeof *h->class_weight);
    if (!h->mean || !h->scale || !h->task_mean || !h->task_scale || !h->class_weight)
        return mg_no_memory(err, "columns");
    for (int k = 0; k < dense; k++) {
        float deviation;
        moments(h->inputs.dense + k, rows, n, dense, &h->mean[k], &deviation);
        h->scale[k] = deviation > 0 ? 1 / deviation : 0;
    }
    for (int k = 0; k < tasks; k++) {
        const float *y = h->table.truth + k;
        int64_t of[2] = {0, 0};
        for (int64_t i = 0; i < n; i++)
            if (!isnan(y[rows[i] * tasks])) of[y[rows[i] * tasks] > .5F]++;
        const bool balanced = !strcmp(h->class_weights, "balanced") && of[0] && of[1];
        for (int c = 0; c < 2; c++)
            h->class_weight[2 * k + c] = balanced ? (float)(of[0] + of[1]) / (2 * (float)of[c]) : 1;
        h->task_scale[k] = 1;
        if (h->model.task != MG_HEADS_NUMBERS) continue;
        moments(y, rows, n, tasks, &h->task_mean[k], &h->task_scale[k]);
        if (!(h->task_scale[k] > 0)) h->task_scale[k] = 1;
    }
    return MOLGLOT_OK;
}

static void tell_rows(head_training *h, const char *decided) {
    const heads_table *b = &h->table;
    int64_t refused = 0;
    size_t first = 0;
    for (size_t i = b->rows.n; i-- > 0;)
        if (!h->inputs.status[i].ok) refused++, first = i;
    train_tell(&h->t, "%s: %s of %d column%s; %lld rows train, %lld validate, %lld test (%s)",
               h->wants.file, b->task == MG_HEADS_CLASSES ? "classification" : "regression",
               b->tasks, b->tasks == 1 ? "" : "s", (long long)b->count[HEADS_TRAIN],
               (long long)b->count[HEADS_VALIDATION], (long long)b->count[HEADS_TEST],
               h->wants.split);
    if (*decided) train_tell(&h->t, "%s", decided);
    if (refused)
        train_tell(&h->t, "%lld rows are no molecules and left out; the first is row %zu: %s",
                   (long long)refused, first + 1, h->inputs.status[first].reason);
    if (h->table.gaps) train_tell(&h->t, "%lld cells are gaps", (long long)h->table.gaps);
}

int heads_open_data(train_task *t, molglot_error *err) {
    head_training *h = (head_training *)t;
    mg_str decided = {0};
    int code = mg_sha256_file(h->wants.file, h->sha256, err);
    if (!code) code = heads_table_open(&h->table, &h->wants, &decided, err);
    if (!code) code = name_columns(h, err);
    if (!code) {
        h->model.task = h->table.task;
        h->model.tasks = h->table.tasks;
        for (size_t i = 0; i < h->table.rows.n; i++)
            if (!h->table.rows.status[i].ok) h->table.rows.smiles[i][0] = 0;
        code = read_inputs(h, err);
    }
    if (!code)
        code = heads_split(&h->table, &h->wants, h->inputs.status, mg_threads(t->o->threads), err);
    if (!code) code = drop_groups(h, err);
    if (!code) code = standardise(h, err);
    if (!code) code = mg_heads_config_check(&h->model, err);
    if (!code) tell_rows(h, decided.s ? decided.s : "");
    mg_str_free(&decided);
    return code;
}
