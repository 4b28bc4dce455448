/* quadtree.c - repulsion between points of a plane by Barnes-Hut: far points of one cell count as
 * their centre.
 *
 * Points are sorted along a Morton curve; a node is a range of them, and nodes lie in the order of
 * a walk from the top, each with the node behind all below it: so a walk needs no stack. Cells with
 * one child are left out. (Barnes, Hut 1986; van der Maaten 2014, section 4)
 */
#include "layout/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 16, LEAF = 8 };

typedef struct node {
    float x, y, mass; /* centre, points */
    float square;     /* of the cell's side */
    int32_t skip;     /* the node behind */
    int32_t first, n; /* points; n 0: it has nodes below */
} node;

struct mg_quadtree {
    size_t n;
    int32_t nodes;
    node *node;              /* [2 n + 1] */
    uint32_t *code, *code2;  /* [n] */
    int32_t *order, *order2; /* [n] */
    float *x, *y;            /* [n] in order */
    double *sum;             /* [n] of w */
    float side;              /* of all */
};

mg_quadtree *mg_quadtree_new(size_t n, molglot_error *err) {
    mg_quadtree *t = calloc(1, sizeof *t);
    if (t) {
        t->n = n;
        t->node = malloc((2 * n + 1) * sizeof *t->node);
        t->code = malloc((n + 1) * sizeof *t->code);
        t->code2 = malloc((n + 1) * sizeof *t->code2);
        t->order = malloc((n + 1) * sizeof *t->order);
        t->order2 = malloc((n + 1) * sizeof *t->order2);
        t->x = malloc((n + 1) * sizeof *t->x);
        t->y = malloc((n + 1) * sizeof *t->y);
        t->sum = malloc((n + 1) * sizeof *t->sum);
        if (t->node && t->code && t->code2 && t->order && t->order2 && t->x && t->y && t->sum)
            return t;
    }
    mg_quadtree_free(t);
    mg_no_memory(err, "a map of %zu rows", n);
    return NULL;
}

void mg_quadtree_free(mg_quadtree *t) {
    if (!t) return;
    free(t->node);
    free(t->code);
    free(t->code2);
    free(t->order);
    free(t->order2);
    free(t->x);
    free(t->y);
    free(t->sum);
    free(t);
}

static uint32_t spread(uint32_t v) { /* bits of 16 to the even ones of 32 */
    v = (v | v << 8) & 0x00FF00FFu;
    v = (v | v << 4) & 0x0F0F0F0Fu;
    v = (v | v << 2) & 0x33333333u;
    return (v | v << 1) & 0x55555555u;
}

static void find_codes(mg_quadtree *t, const float *y) {
    float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * t->n; i++) {
        low[i % 2] = fminf(low[i % 2], y[i]);
        high[i % 2] = fmaxf(high[i % 2], y[i]);
    }
    t->side = fmaxf(high[0] - low[0], high[1] - low[1]);
    const float scale = t->side > 0 ? 65535.0f / t->side : 0;
    for (size_t i = 0; i < t->n; i++) {
        const uint32_t u = (uint32_t)((y[2 * i] - low[0]) * scale),
                       v = (uint32_t)((y[2 * i + 1] - low[1]) * scale);
        t->code[i] = spread(u < 65535 ? u : 65535) | spread(v < 65535 ? v : 65535) << 1;
        t->order[i] = (int32_t)i;
    }
}

/* By code, equal ones as they came: four passes of a byte. */
static void sort(mg_quadtree *t) {
    for (int shift = 0; shift < 32; shift += 8) {
        size_t count[257] = {0};
        for (size_t i = 0; i < t->n; i++) count[(t->code[i] >> shift & 255) + 1]++;
        for (int b = 0; b < 256; b++) count[b + 1] += count[b];
        for (size_t i = 0; i < t->n; i++) {
            const size_t to = count[t->code[i] >> shift & 255]++;
            t->code2[to] = t->code[i];
            t->order2[to] = t->order[i];
        }
        uint32_t *code = t->code;
        t->code = t->code2;
        t->code2 = code;
        int32_t *order = t->order;
        t->order = t->order2;
        t->order2 = order;
    }
}

/* Levels that the codes of a range share, from the top. */
static int shared(uint32_t a, uint32_t b) {
    int level = 0;
    while (level < BITS && (a ^ b) >> (2 * (BITS - 1 - level)) == 0) level++;
    return level;
}

static void build(mg_quadtree *t, size_t first, size_t end, double sum[2]) {
    node *me = &t->node[t->nodes++];
    const int level = shared(t->code[first], t->code[end - 1]);
    const float side = ldexpf(t->side, -level);
    *me = (node){.square = side * side, .first = (int32_t)first, .mass = (float)(end - first)};
    sum[0] = sum[1] = 0;
    if (end - first <= LEAF || level == BITS) {
        for (size_t i = first; i < end; i++) sum[0] += (double)t->x[i], sum[1] += (double)t->y[i];
        me->n = (int32_t)(end - first);
    } else {
        const int shift = 2 * (BITS - 1 - level);
        for (size_t i = first, next; i < end; i = next) {
            double below[2];
            for (next = i + 1; next < end && t->code[next] >> shift == t->code[i] >> shift;) next++;
            build(t, i, next, below);
            sum[0] += below[0];
            sum[1] += below[1];
        }
    }
    me->x = (float)(sum[0] / (double)(end - first));
    me->y = (float)(sum[1] / (double)(end - first));
    me->skip = t->nodes;
}

/* A point against all: the sum of w, and the force. */
static double repel_point(const mg_quadtree *t, float x, float y, float theta2, float force[2]) {
    double z = 0;
    float fx = 0, fy = 0;
    for (int32_t i = 0; i < t->nodes;) {
        const node *c = &t->node[i];
        const float dx = x - c->x, dy = y - c->y, d2 = dx * dx + dy * dy;
        if (c->square < theta2 * d2) {
            const float w = 1 / (1 + d2), m = c->mass * w;
            z += (double)m;
            fx += m * w * dx;
            fy += m * w * dy;
            i = c->skip;
        } else if (c->n) {
            float sum = 0;
            for (int32_t j = c->first; j < c->first + c->n; j++) {
                const float ex = x - t->x[j], ey = y - t->y[j], w = 1 / (1 + ex * ex + ey * ey);
                sum += w;
                fx += w * w * ex;
                fy += w * w * ey;
            }
            z += (double)sum;
            i = c->skip;
        } else
            i++;
    }
    force[0] = fx;
    force[1] = fy;
    return z - 1; /* itself */
}

void mg_quadtree_build(mg_quadtree *t, const float *y) {
    double sum[2];
    find_codes(t, y);
    sort(t);
    for (size_t i = 0; i < t->n; i++) {
        t->x[i] = y[2 * t->order[i]];
        t->y[i] = y[2 * t->order[i] + 1];
    }
    t->nodes = 0;
    build(t, 0, t->n, sum);
}

size_t mg_quadtree_repel(mg_quadtree *t, size_t place, double theta, float force[2]) {
    t->sum[place] = repel_point(t, t->x[place], t->y[place], (float)(theta * theta), force);
    return (size_t)t->order[place];
}

double mg_quadtree_sum(const mg_quadtree *t) {
    double z = 0;
    for (size_t i = 0; i < t->n; i++) z += t->sum[i];
    return z;
}
