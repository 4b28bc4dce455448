/* map_colour.c - columns as colours: a few names have a colour each, numbers lie on a scale; and
 * what a map and its space make of them.
 *
 * Names: the colours of Okabe and Ito (2008), told apart by colour-blind people, each twice: the
 * page gives the second round another shape. Numbers: viridis (Smith, van der Walt 2015), by
 * straight lines between nine of its colours.
 */
#include "app/cmd/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t of_groups[MAP_GROUPS] = {
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x9a8a00, 0x7a5195,
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x9a8a00, 0x8a8a8a};
static const uint32_t scale[] = {0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
                                 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725};

void map_group_colour(size_t group, char out[8]) {
    snprintf(out, 8, "#%06x", of_groups[group % MAP_GROUPS]);
}

void map_scale_colour(double at, char out[8]) {
    const double place = fmin(fmax(at, 0), 1) * (MG_COUNT(scale) - 1);
    const size_t i = place < MG_COUNT(scale) - 1 ? (size_t)place : MG_COUNT(scale) - 2;
    const double part = place - (double)i;
    uint32_t rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const double a = scale[i] >> shift & 255, b = scale[i + 1] >> shift & 255;
        rgb = rgb << 8 | (uint32_t)(a + part * (b - a) + 0.5);
    }
    snprintf(out, 8, "#%06x", rgb);
}

/* ---- columns ---- */

static bool is_number(const char *s, double *v) {
    char *end;
    *v = strtod(s, &end);
    end += strspn(end, " \t");
    return end != s && !*end && isfinite(*v) && !strpbrk(s, "xXnN");
}

typedef struct tally {
    int32_t group;
    size_t n;
} tally;

static int by_count(const void *a, const void *b) {
    const tally *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return x->group < y->group ? -1 : 1;
}

/* The commonest groups get labels, the others share one. */
static int choose_labels(map_colour *c, const char **name, size_t placed, molglot_error *err) {
    tally *t = calloc(c->groups + 1, sizeof *t);
    int32_t *label = calloc(c->groups + 1, sizeof *label);
    if (!t || !label) {
        free(t);
        free(label);
        return mg_no_memory(err, "colours");
    }
    for (size_t g = 0; g < c->groups; g++) t[g].group = (int32_t)g;
    for (size_t i = 0; i < placed; i++)
        if (c->group[i] >= 0) t[c->group[i]].n++;
    qsort(t, c->groups, sizeof *t, by_count);
    const bool all = c->groups <= MAP_GROUPS;
    c->labels = all ? c->groups : MAP_GROUPS;
    int code = MOLGLOT_OK;
    for (size_t g = 0; g < c->groups; g++) {
        const size_t at = all || g < MAP_GROUPS - 1 ? g : MAP_GROUPS - 1;
        label[t[g].group] = (int32_t)at;
        c->count[at] += t[g].n;
        if (c->label[at]) continue;
        const bool other = !all && at == MAP_GROUPS - 1;
        for (size_t i = 0; i < placed && !other && !c->label[at]; i++)
            if (c->group[i] == t[g].group) c->label[at] = strdup(name[i]);
        if (other) c->label[at] = strdup("other");
        if (!c->label[at]) code = mg_no_memory(err, "colours");
    }
    for (size_t i = 0; i < placed; i++) c->shown[i] = c->group[i] < 0 ? -1 : label[c->group[i]];
    free(t);
    free(label);
    return code;
}

static void colour_free(map_colour *c) {
    free(c->value);
    free(c->group);
    free(c->shown);
    for (size_t i = 0; i < MAP_GROUPS; i++) free(c->label[i]);
    *c = (map_colour){0};
}

/* Fills c from a column's cells [placed], NULL for none. */
static int read_column(map_colour *c, const char **cell, size_t placed, molglot_error *err) {
    c->value = malloc((placed + 1) * sizeof *c->value);
    c->group = malloc((placed + 1) * sizeof *c->group);
    c->shown = malloc((placed + 1) * sizeof *c->shown);
    if (!c->value || !c->group || !c->shown) return mg_no_memory(err, "colours");
    size_t filled = 0, numbers = 0;
    c->low = INFINITY;
    c->high = -INFINITY;
    for (size_t i = 0; i < placed; i++) {
        c->value[i] = NAN;
        filled += cell[i] != NULL;
        if (!cell[i] || !is_number(cell[i], &c->value[i])) continue;
        numbers++;
        c->low = fmin(c->low, c->value[i]);
        c->high = fmax(c->high, c->value[i]);
    }
    const int32_t groups = mg_group_strings(cell, placed, c->group);
    if (groups < 0) return mg_no_memory(err, "colours");
    c->groups = (size_t)groups;
    c->numbers = filled && numbers == filled && c->groups > 8;
    return c->numbers ? MOLGLOT_OK : choose_labels(c, cell, placed, err);
}

/* Names are colours where most rows share theirs with another. */
static bool is_colour(const map_colour *c, size_t placed, bool asked) {
    return c->numbers || (c->groups > 1 && c->groups <= (asked ? placed - 1 : placed / 2));
}

int map_colours_of(map_data *d, const char *asked, molglot_error *err) {
    const char **cell = malloc((d->placed + 1) * sizeof *cell);
    d->colours = calloc(d->columns.n + 1, sizeof *d->colours);
    int code = cell && d->colours ? MOLGLOT_OK : mg_no_memory(err, "colours");
    bool there = false;
    for (size_t k = 0; k < d->columns.n && !code; k++) {
        const bool chosen = asked && !strcmp(d->columns.names[k], asked);
        map_colour *c = &d->colours[d->n_colours];
        if (chosen && there) continue;
        there |= chosen;
        c->name = d->columns.names[k];
        for (size_t p = 0; p < d->placed; p++) {
            const char *s = cli_columns_at(&d->columns, &d->rows, (size_t)d->row[p])[k];
            cell[p] = *s ? s : NULL;
        }
        code = read_column(c, cell, d->placed, err);
        if (!code && chosen && !is_colour(c, d->placed, true))
            code = mg_fail(err, MOLGLOT_USAGE, "column '%s' has no two values", asked);
        if (code || !is_colour(c, d->placed, chosen)) {
            colour_free(c);
            continue;
        }
        if (chosen) d->colour = c;
        d->n_colours++;
    }
    free(cell);
    if (!code && asked && !d->colour)
        code = mg_fail(err, MOLGLOT_USAGE, "there is no column '%s' beside the %s and the id",
                       asked, d->placed && d->text[d->row[0]] ? "text" : "molecule");
    return code;
}

void map_colours_free(map_data *d) {
    for (size_t i = 0; i < d->n_colours; i++) colour_free(&d->colours[i]);
    free(d->colours);
    d->colours = NULL;
}

/* ---- measures ---- */

static int measure_groups(const map_data *d, map_space *s, int threads, mg_str *out,
                          molglot_error *err) {
    mg_separation space, plane;
    int code = mg_separation_of(s->vectors, d->placed, s->dim, true, d->colour->group, threads,
                                &space, err);
    if (!code)
        code = mg_separation_of(map_places(s), d->placed, 2, false, d->colour->group, threads,
                                &plane, err);
    if (code) return code;
    mg_str_addf(out,
                "%zu groups of %s: silhouette %.3f in the space, %.3f on the map; %d-NN accuracy "
                "%.3f and %.3f (the commonest group: %.3f)",
                space.groups, d->colour->name, space.silhouette, plane.silhouette, space.k,
                space.knn, plane.knn, space.chance);
    return MOLGLOT_OK;
}

static int measure_numbers(const map_data *d, map_space *s, int threads, mg_str *out,
                           molglot_error *err) {
    double space, plane;
    size_t rows;
    int code = mg_separation_of_numbers(s->vectors, d->placed, s->dim, d->colour->value, threads,
                                        &space, &rows, err);
    if (!code)
        code = mg_separation_of_numbers(map_places(s), d->placed, 2, d->colour->value, threads,
                                        &plane, &rows, err);
    if (!code)
        mg_str_addf(out, "%s told by the 10 nearest others: R2 %.3f in the space, %.3f on the map",
                    d->colour->name, space, plane);
    return code;
}

int map_measure(const map_data *d, map_space *s, int threads, molglot_error *err) {
    mg_str out = {0};
    int code = MOLGLOT_OK;
    s->kept = NAN;
    if (d->placed < 3) return MOLGLOT_OK;
    code = mg_neighbours_kept(s->vectors, d->placed, s->dim, map_places(s), threads, &s->kept, err);
    if (!code && d->colour) {
        molglot_error why = {0};
        code = (d->colour->numbers ? measure_numbers : measure_groups)(d, s, threads, &out, &why);
        if (code == MOLGLOT_FAILED) /* too few rows have a colour */
            code = MOLGLOT_OK;
        else if (code && err)
            *err = why;
    }
    if (!code)
        mg_str_addf(&out, "%s%.0f %% of each row's 10 nearest stay so on the map",
                    out.n ? "; " : "", 100 * s->kept);
    if (!code && out.failed) code = mg_no_memory(err, "measures");
    if (code)
        mg_str_free(&out);
    else
        s->measured = out.s;
    return code;
}
