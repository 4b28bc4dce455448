/* forest.c - grows the trees of a head: random forests as Breiman's, a forest a task.
 *
 * A tree sees as many rows as there are, drawn with replacement. At each node columns are drawn
 * until so many that tell its rows apart were looked at (classes: the square root of their number,
 * numbers: a third; a column with one value in a node has it below, and is not drawn there again),
 * and the cut that lowers the squared error most is taken: of classes that is Gini's. A node ends
 * where all its rows say the same, or no cut leaves `least` rows on each side.
 * Columns are looked at in bins: counts as they are, dense columns in 32 quantiles. A tree is a
 * function of seed, task and its number.
 */
#include "base/grow.h"
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 256, QUANTILES = 32, NODES_MOST = 1 << 25 };

typedef struct columns {
    int32_t n, rows, *used; /* [n] columns that tell rows apart */
    uint8_t *bin;           /* [n][rows] */
    int32_t *from, *row;    /* of sparse columns: the rows in which they are not 0, [sparse + 1] */
    float *edges;           /* [dense][QUANTILES]: bin b holds what is above edges[b-1] */
    int sparse, dense;
} columns;

typedef struct node {
    int32_t column, left;
    float cut, value;
} node;
typedef struct tree {
    node *nodes;
    size_t n, cap;
    bool failed;
} tree;

/* ---- bins ---- */

static int ascending(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static void bin_dense(columns *c, const head_training *h, int k, uint8_t *bin, float *sorted) {
    const int64_t *rows = h->table.of[HEADS_TRAIN];
    float *edges = c->edges + (size_t)k * QUANTILES, *x = sorted + c->rows;
    for (int32_t i = 0; i < c->rows; i++) {
        const float z = (h->inputs.dense[rows[i] * c->dense + k] - h->mean[k]) * h->scale[k];
        x[i] = sorted[i] = z > 6 ? 6 : z < -6 ? -6 : z; /* as mg_inputs_batch has it */
    }
    qsort(sorted, (size_t)c->rows, sizeof *sorted, ascending);
    for (int q = 0; q < QUANTILES; q++)
        edges[q] = sorted[(size_t)c->rows * (size_t)(q + 1) / (QUANTILES + 1)];
    for (int32_t i = 0; i < c->rows; i++) {
        int b = 0;
        while (b < QUANTILES && x[i] > edges[b]) b++;
        bin[i] = (uint8_t)b;
    }
}

/* The rows of each sparse column, from their bins. */
static bool list_rows(columns *c) {
    size_t all = 0;
    for (size_t i = 0; i < (size_t)c->sparse * (size_t)c->rows; i++) all += c->bin[i] != 0;
    c->from = calloc((size_t)c->sparse + 1, sizeof *c->from);
    c->row = malloc((all + 1) * sizeof *c->row);
    if (!c->from || !c->row || all > INT32_MAX) return false;
    int32_t at = 0;
    for (int k = 0; k < c->sparse; k++) {
        const uint8_t *bin = c->bin + (size_t)k * (size_t)c->rows;
        for (int32_t i = 0; i < c->rows; i++)
            if (bin[i]) c->row[at++] = i;
        c->from[k + 1] = at;
    }
    return true;
}

/* Columns in which every row is the same go. */
static int open_columns(columns *c, const head_training *h, molglot_error *err) {
    *c = (columns){.rows = (int32_t)h->table.count[HEADS_TRAIN],
                   .sparse = mg_heads_sparse(&h->model),
                   .dense = mg_heads_dense(&h->model)};
    const size_t rows = (size_t)c->rows, all = (size_t)(c->sparse + c->dense);
    c->bin = calloc(all * rows + 1, 1);
    c->used = malloc((all + 1) * sizeof *c->used);
    c->edges = malloc(((size_t)c->dense * QUANTILES + 1) * sizeof *c->edges);
    float *sorted = malloc((2 * rows + 1) * sizeof *sorted);
    if (!c->bin || !c->used || !c->edges || !sorted) {
        free(sorted);
        return mg_no_memory(err, "the columns of a forest");
    }
    for (size_t i = 0; i < rows; i++) {
        const mg_molecule_input *in = &h->inputs.rows[h->table.of[HEADS_TRAIN][i]];
        for (int32_t k = 0; k < in->n; k++) {
            const float count = expm1f(in->weights[k]) + .5F;
            c->bin[(size_t)in->ids[k] * rows + i] = (uint8_t)(count < BINS - 1 ? count : BINS - 1);
        }
    }
    for (int k = 0; k < c->dense; k++)
        bin_dense(c, h, k, c->bin + (size_t)(c->sparse + k) * rows, sorted);
    for (size_t k = 0; k < all; k++) {
        const uint8_t *bin = c->bin + k * rows;
        size_t other = 0;
        for (size_t i = 1; i < rows; i++) other += bin[i] != bin[0];
        if (other > 1) c->used[c->n++] = (int32_t)k;
    }
    free(sorted);
    return list_rows(c) ? MOLGLOT_OK : mg_no_memory(err, "the columns of a forest");
}

static void close_columns(columns *c) {
    free(c->from);
    free(c->row);
    free(c->bin);
    free(c->used);
    free(c->edges);
}

/* What lies above the cut behind bin b, as mg_forest_ask compares it. */
static float cut_of(const columns *c, int32_t column, int b) {
    return column < c->sparse ? log1pf((float)b + .5F)
                              : c->edges[(size_t)(column - c->sparse) * QUANTILES + (size_t)b];
}

/* ---- one tree ---- */

typedef struct growing {
    const columns *c;
    const float *y; /* [rows] */
    int32_t *rows;  /* drawn ones; those of a node lie together */
    int32_t *node,
        *times;     /* [rows] where a row has come to, -1: it was not drawn; how often it was */
    int32_t *order; /* [columns used], shuffled on the way */
    int32_t least, looks;
    int32_t n[BINS]; /* rows and sums of a column's bins; zeros between two looks */
    double sums[BINS];
    mg_rng rng;
    tree t;
} growing;

/* Rows of a node. The first `same` columns of the order have one value in all of them; nodes below
 * change the order behind those alone. */
typedef struct span {
    int32_t from, to, node, same;
} span;

typedef struct split {
    int32_t column;
    int bin;
    double gain;
} split;

/* The best cut of one column; false: all rows are in one bin. */
static bool look_at(growing *g, int32_t column, span s, double sum, split *best) {
    const uint8_t *bin = g->c->bin + (size_t)column * (size_t)g->c->rows;
    int32_t *const n = g->n;
    double *const y = g->sums;
    int low = 0, high = 0;
    const int32_t *const list = column < g->c->sparse ? g->c->row + g->c->from[column] : NULL;
    const int32_t listed = list ? g->c->from[column + 1] - g->c->from[column] : 0;
    const bool by_list = list && listed < s.to - s.from;
    const int32_t from = by_list ? 0 : s.from, to = by_list ? listed : s.to;
    for (int32_t i = from; i < to; i++) { /* most counts are 0: what the others leave */
        const int32_t row = by_list ? list[i] : g->rows[i];
        const int b = bin[row], times = by_list ? g->times[row] : 1;
        if (!b || (by_list && g->node[row] != s.node)) continue;
        high = b > high ? b : high;
        n[b] += times, y[b] += times * (double)g->y[row];
    }
    n[0] = s.to - s.from, y[0] = sum;
    for (int b = 1; b <= high; b++) n[0] -= n[b], y[0] -= y[b];
    while (!n[low]) low++;
    const double all = s.to - s.from;
    double left = 0, left_y = 0;
    for (int b = low; b < high; b++) {
        left += n[b], left_y += y[b];
        const double right = all - left, right_y = sum - left_y;
        if (!n[b] || left < g->least || right < g->least) continue;
        const double gain = left_y * left_y / left + right_y * right_y / right;
        if (gain > best->gain) *best = (split){column, b, gain};
    }
    memset(n, 0, (size_t)(high + 1) * sizeof *n);
    memset(y, 0, (size_t)(high + 1) * sizeof *y);
    return low < high;
}

static void exchange(int32_t *order, int32_t i, int32_t j) {
    const int32_t x = order[i];
    order[i] = order[j];
    order[j] = x;
}

static split find_split(growing *g, span s, double sum, int32_t *same) {
    split best = {.column = -1, .gain = sum * sum / (s.to - s.from) + 1e-7};
    int32_t looked = 0;
    *same = s.same;
    for (int32_t k = s.same; k < g->c->n && looked < g->looks; k++) {
        exchange(g->order, k, k + (int32_t)mg_rng_below(&g->rng, (uint64_t)(g->c->n - k)));
        if (look_at(g, g->order[k], s, sum, &best))
            looked++;
        else
            exchange(g->order, k, (*same)++);
    }
    return best;
}

static int32_t add_node(tree *t, float value) {
    if (!MG_GROW(t->nodes, t->cap, t->n + 1)) return t->failed = true, 0;
    t->nodes[t->n] = (node){.column = -1, .value = value};
    return (int32_t)t->n++;
}

/* Both children of a node come one after the other, behind it. */
static void grow(growing *g, int32_t n, span *stack) {
    int depth = 0;
    stack[depth++] = (span){0, n, add_node(&g->t, 0), 0};
    while (depth && !g->t.failed) {
        const span s = stack[--depth];
        double sum = 0, square = 0;
        for (int32_t i = s.from; i < s.to; i++) {
            const double y = (double)g->y[g->rows[i]];
            sum += y, square += y * y;
        }
        const double all = s.to - s.from;
        g->t.nodes[s.node].value = (float)(sum / all);
        if (square - sum * sum / all < 1e-9 * (square + 1) || all < 2 * g->least) continue;
        int32_t same;
        const split best = find_split(g, s, sum, &same);
        if (best.column < 0) continue;
        const uint8_t *bin = g->c->bin + (size_t)best.column * (size_t)g->c->rows;
        int32_t middle = s.from;
        for (int32_t i = s.from; i < s.to; i++) {
            const int32_t row = g->rows[i];
            if (bin[row] > best.bin) continue;
            g->rows[i] = g->rows[middle];
            g->rows[middle++] = row;
        }
        const int32_t left = add_node(&g->t, 0), right = add_node(&g->t, 0);
        if (g->t.failed) return;
        for (int32_t i = s.from; i < s.to; i++) g->node[g->rows[i]] = i < middle ? left : right;
        g->t.nodes[s.node].column = best.column;
        g->t.nodes[s.node].left = left;
        g->t.nodes[s.node].cut = cut_of(g->c, best.column, best.bin);
        stack[depth++] = (span){s.from, middle, left, same};
        stack[depth++] = (span){middle, s.to, right, same};
    }
}

static tree grow_tree(const head_training *h, const columns *c, const float *y,
                      const int32_t *known, int32_t n, int task, int number) {
    growing g = {.c = c,
                 .y = y,
                 .least = h->model.forest_leaf,
                 .looks = h->model.task == MG_HEADS_CLASSES ? (int32_t)ceil(sqrt(c->n))
                                                            : c->n / 3 + 1,
                 .rng = {.seed = mg_rng_u64(h->t.c.seed, 0x74726565u, (uint64_t)task),
                         .stream = (uint64_t)number}};
    g.rows = malloc(((size_t)n + 1) * sizeof *g.rows);
    g.node = malloc(((size_t)c->rows + 1) * sizeof *g.node);
    g.times = calloc((size_t)c->rows + 1, sizeof *g.times);
    g.order = malloc(((size_t)c->n + 1) * sizeof *g.order);
    span *stack = malloc(2 * ((size_t)n + 2) * sizeof *stack);
    g.t.failed = !g.rows || !g.node || !g.times || !g.order || !stack;
    for (int32_t i = 0; i < c->rows && !g.t.failed; i++) g.node[i] = -1;
    for (int32_t i = 0; i < n && !g.t.failed; i++) {
        const int32_t row = known[mg_rng_below(&g.rng, (uint64_t)n)];
        g.rows[i] = row, g.node[row] = 0, g.times[row]++;
    }
    if (!g.t.failed) {
        memcpy(g.order, c->used, (size_t)c->n * sizeof *g.order);
        grow(&g, n, stack);
    }
    free(g.rows);
    free(g.node);
    free(g.times);
    free(g.order);
    free(stack);
    return g.t;
}

/* ---- all of them ---- */

static int join(mg_forest *f, tree *trees, int64_t count, molglot_error *err) {
    size_t all = 0, at = 0;
    bool failed = false;
    for (int64_t i = 0; i < count; i++) all += trees[i].n, failed |= trees[i].failed;
    if (all > NODES_MOST)
        return mg_fail(err, MOLGLOT_USAGE,
                       "model.forest.trees: %zu nodes are too many; fewer trees, or a larger "
                       "model.forest.leaf",
                       all);
    f->root = malloc(((size_t)count + 1) * sizeof *f->root);
    f->column = malloc((all + 1) * sizeof *f->column);
    f->left = malloc((all + 1) * sizeof *f->left);
    f->cut = malloc((all + 1) * sizeof *f->cut);
    f->value = malloc((all + 1) * sizeof *f->value);
    if (failed || !f->root || !f->column || !f->left || !f->cut || !f->value)
        return mg_no_memory(err, "a forest");
    for (int64_t i = 0; i < count; i++) {
        f->root[i] = (int32_t)at;
        for (size_t k = 0; k < trees[i].n; k++) {
            const node *n = &trees[i].nodes[k];
            f->column[at + k] = n->column;
            f->left[at + k] = n->column < 0 ? 0 : n->left + f->root[i];
            f->cut[at + k] = n->cut;
            f->value[at + k] = n->value;
        }
        at += trees[i].n;
    }
    f->n = (int32_t)all;
    return MOLGLOT_OK;
}

/* The rows of a task that are known, and their targets [rows] in the units of the answers. */
static int32_t take_known(const head_training *h, int task, int32_t *known, float *y) {
    const int64_t *rows = h->table.of[HEADS_TRAIN];
    int32_t n = 0;
    for (int32_t i = 0; i < (int32_t)h->table.count[HEADS_TRAIN]; i++) {
        const float v = h->table.truth[rows[i] * h->model.tasks + task];
        y[i] = isnan(v) ? 0 : (v - h->task_mean[task]) / h->task_scale[task];
        if (!isnan(v)) known[n++] = i;
    }
    return n;
}

int heads_grow_forest(const head_training *h, mg_forest *out, molglot_error *err) {
    const int each = h->model.forest_trees;
    const int64_t count = (int64_t)each * h->model.tasks;
    const size_t rows = (size_t)h->table.count[HEADS_TRAIN] + 1;
    columns c;
    tree *trees = calloc((size_t)count + 1, sizeof *trees);
    int32_t *known = malloc(rows * sizeof *known);
    float *y = malloc(rows * sizeof *y);
    int code = open_columns(&c, h, err);
    if (!code && (!trees || !known || !y)) code = mg_no_memory(err, "a forest");
    for (int k = 0; k < h->model.tasks && !code; k++) {
        const int32_t n = take_known(h, k, known, y);
        const int threads = mg_threads(h->t.o->threads);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
        for (int i = 0; i < each; i++)
            trees[(int64_t)k * each + i] = n ? grow_tree(h, &c, y, known, n, k, i)
                                             : grow_tree(h, &c, y, (const int32_t[]){0}, 1, k, i);
    }
    *out = (mg_forest){.trees = each};
    if (!code) code = join(out, trees, count, err);
    for (int64_t i = 0; trees && i < count; i++) free(trees[i].nodes);
    if (code) mg_forest_free(out);
    close_columns(&c);
    free(trees);
    free(known);
    free(y);
    return code;
}
