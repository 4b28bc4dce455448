/* map.h - what the files of `molglot map` share: rows with their places, and how they are coloured.
 */
#ifndef MG_MAP_H
#define MG_MAP_H

#include "app/cli/cli.h"
#include "layout/layout.h"

/* Groups that have a colour of their own; the last may be "other". */
enum { MAP_GROUPS = 16, MAP_SPACES = 2 };

/* A column as colours: few names, or numbers on a scale. */
typedef struct map_colour {
    const char *name;
    bool numbers;
    double low, high;
    double *value;  /* [placed] NaN: none; numbers */
    int32_t *group; /* [placed] -1: none; names, and in the measures all of them */
    int32_t *shown; /* [placed] of `label`; -1: none */
    char *label[MAP_GROUPS];
    size_t count[MAP_GROUPS];
    size_t labels, groups;
} map_colour;

/* The rows in the space of one model. */
typedef struct map_space {
    char *name;     /* of the model */
    float *vectors; /* [placed, dim] */
    int dim;
    float *tsne, *pca; /* [placed, 2]; tsne NULL: not asked for */
    double kept;       /* neighbours that the map kept; NaN: not measured */
    char *measured;    /* a sentence, or NULL */
} map_space;

typedef struct map_data {
    mg_rows rows;
    cli_columns columns;
    bool *text;     /* [n] the text is embedded */
    int32_t *place; /* [n] -1: rejected */
    int32_t *row;   /* [placed] */
    size_t placed;
    map_space space[MAP_SPACES];
    size_t spaces;
    map_colour *colours; /* [n_colours] */
    size_t n_colours;
    const map_colour *colour; /* the chosen one, or NULL */
    const char *title;
} map_data;

/* What row i says. */
static inline const char *map_string(const map_data *d, size_t i) {
    return d->text[i] ? d->rows.text[i] : d->rows.smiles[i];
}
/* The places to show. */
static inline const float *map_places(const map_space *s) { return s->tsne ? s->tsne : s->pca; }

/* ---- map_colour.c ---- */
/* All columns that can be colours, and the chosen one (asked NULL: none). MOLGLOT_USAGE where there
 * is no such column, or it cannot be one. */
int map_colours_of(map_data *d, const char *asked, molglot_error *err);
void map_colours_free(map_data *d);
/* "#rrggbb" of a group, or of a number between 0 and 1. */
void map_group_colour(size_t group, char out[8]);
void map_scale_colour(double at, char out[8]);
/* What the space and its plane do with the colours, as one sentence. */
int map_measure(const map_data *d, map_space *s, int threads, molglot_error *err);

/* ---- map_picture.c ---- */
/* One SVG of all spaces side by side with a legend. */
void map_picture(mg_str *out, const map_data *d);

/* ---- map_page.c ---- */
/* One self-contained page; drawings of at most so many rows. */
int map_page(mg_str *out, map_data *d, int64_t drawings, int threads, molglot_error *err);

#endif
