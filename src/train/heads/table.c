/* table.c - a table of molecules and targets: which columns are predicted, and what their cells
 * say. A cell is a number, a gap ("", nan, na, none, ?), or one of the words by which people call
 * two classes. What is neither is refused with its place: nothing is guessed.
 */
#include "train/heads/inside.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const gap_words[] = {"nan", "na", "n/a", "none", "null", "?", "-", "missing"};
static const char *const yes_words[] = {"active", "positive", "true", "yes", "toxic"};
static const char *const no_words[] = {"inactive", "negative", "false",
                                       "no",       "nontoxic", "non-toxic"};

static bool is_one(const char *s, size_t n, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == n && !strncasecmp(s, words[i], n)) return true;
    return false;
}

typedef enum { CELL_GAP, CELL_NUMBER, CELL_WORD, CELL_OTHER } cell_kind;

static cell_kind read_cell(const char *s, float *out) {
    while (isspace((unsigned char)*s)) s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1])) n--;
    *out = NAN;
    if (!n || is_one(s, n, gap_words, MG_COUNT(gap_words))) return CELL_GAP;
    const bool yes = is_one(s, n, yes_words, MG_COUNT(yes_words));
    if (yes || is_one(s, n, no_words, MG_COUNT(no_words))) return *out = yes, CELL_WORD;
    char *end = NULL;
    const double x = strtod(s, &end);
    if (end != s + n || !isfinite(x) || fabs(x) > 1e30) return CELL_OTHER;
    *out = (float)x;
    return CELL_NUMBER;
}

/* ---- which columns ---- */

static int find_column(const mg_rows *r, const char *name) {
    for (int c = 0; c < r->n_columns; c++)
        if (!strcmp(r->names[c], name)) return c;
    for (int c = 0; c < r->n_columns; c++)
        if (!strcasecmp(r->names[c], name)) return c;
    return -1;
}

static int no_column(const heads_table *t, const heads_wants *w, const char *key, const char *name,
                     molglot_error *err) {
    mg_str list = {0};
    for (int c = 0; c < t->rows.n_columns; c++)
        mg_str_addf(&list, "%s%s", c ? ", " : "", t->rows.names[c]);
    int code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s: no column is named '%s'; there are: %.300s",
                       key, w->file, name, list.s ? list.s : "none");
    mg_str_free(&list);
    return code;
}

static int choose_columns(heads_table *t, const heads_wants *w, int *at, molglot_error *err) {
    const mg_rows *r = &t->rows;
    const int split = *w->split_column ? find_column(r, w->split_column) : -1;
    if (*w->split_column && split < 0)
        return no_column(t, w, "data.split_column", w->split_column, err);
    for (size_t i = 0; i < w->n_targets; i++) {
        const int c = find_column(r, w->targets[i]);
        if (c < 0) return no_column(t, w, "data.targets", w->targets[i], err);
        at[t->tasks++] = c;
    }
    for (int c = 0; c < r->n_columns && !w->n_targets; c++)
        if (!r->role[c] && c != split) at[t->tasks++] = c;
    if (t->tasks < 1 || t->tasks > MG_HEADS_TASKS)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "data.targets: %s: 1 to %d columns to predict, not %d", w->file,
                       MG_HEADS_TASKS, t->tasks);
    t->names = calloc((size_t)t->tasks, sizeof *t->names);
    if (!t->names) return mg_no_memory(err, "%s", w->file);
    for (int k = 0; k < t->tasks; k++) {
        t->names[k] = r->names[at[k]];
        if (strpbrk(t->names[k], "\n\r") || !*t->names[k])
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: column %d has no name of one line", w->file,
                           at[k] + 1);
    }
    return MOLGLOT_OK;
}

/* ---- what they say ---- */

typedef struct seen {
    bool words, other_numbers, zero, one;
} seen;

static int refuse_cell(const heads_table *t, const heads_wants *w, size_t row, int k,
                       const char *cell, molglot_error *err) {
    return mg_fail(
        err, MOLGLOT_BAD_FILE,
        "%s: row %zu, column %s: '%.60s' is neither a number, nor empty, nor a word for a "
        "class (active or inactive, true or false, yes or no, positive or negative); "
        "name the columns to predict in data.targets",
        w->file, row + 1, t->names[k], cell);
}

static int read_cells(heads_table *t, const heads_wants *w, const int *at, seen *of,
                      molglot_error *err) {
    const mg_rows *r = &t->rows;
    t->truth = malloc((r->n + 1) * (size_t)t->tasks * sizeof *t->truth);
    if (!t->truth) return mg_no_memory(err, "%s", w->file);
    for (size_t i = 0; i < r->n; i++)
        for (int k = 0; k < t->tasks; k++) {
            float *x = &t->truth[i * (size_t)t->tasks + (size_t)k];
            const char *cell = r->cells[i * (size_t)r->n_columns + (size_t)at[k]];
            const cell_kind kind = read_cell(cell, x);
            if (kind == CELL_OTHER) return refuse_cell(t, w, i, k, cell, err);
            t->gaps += kind == CELL_GAP;
            of[k].words |= kind == CELL_WORD;
            of[k].zero |= *x == 0;
            of[k].one |= *x == 1;
            of[k].other_numbers |= kind == CELL_NUMBER && *x != 0 && *x != 1;
        }
    return MOLGLOT_OK;
}

/* Classes or numbers: all columns alike. */
static int decide(heads_table *t, const heads_wants *w, const seen *of, mg_str *tell,
                  molglot_error *err) {
    int numbers = -1, classes = -1;
    for (int k = 0; k < t->tasks; k++) {
        if (of[k].words && of[k].other_numbers)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: column %s holds words and numbers", w->file,
                           t->names[k]);
        if (of[k].other_numbers)
            numbers = k;
        else if (of[k].zero || of[k].one)
            classes = k;
        if (of[k].words)
            mg_str_addf(tell, "%s%s: active, positive, true, yes are 1, their opposites 0",
                        tell->n ? "; " : "", t->names[k]);
    }
    const bool automatic = !strcmp(w->task, "auto");
    if (automatic && numbers >= 0 && classes >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: column %s holds numbers, column %s holds 0 and 1: name columns of one "
                       "kind in data.targets, or say data.task",
                       w->file, t->names[numbers], t->names[classes]);
    t->task = (automatic ? numbers >= 0 : !strcmp(w->task, "regression")) ? MG_HEADS_NUMBERS
                                                                          : MG_HEADS_CLASSES;
    if (t->task == MG_HEADS_CLASSES && numbers >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: column %s holds other numbers than 0 and 1: no classes (-1 and 1, or "
                       "more classes than two, are not read)",
                       w->file, t->names[numbers]);
    return MOLGLOT_OK;
}

int heads_table_open(heads_table *t, const heads_wants *w, mg_str *tell, molglot_error *err) {
    const mg_table_options o = {.smiles_column = w->smiles_column, .cells = true, .header = -1};
    *t = (heads_table){0};
    int code = mg_rows_load(&t->rows, w->file, &o, err);
    if (code) return code;
    int *at = calloc((size_t)t->rows.n_columns + w->n_targets + 1, sizeof *at);
    code = at ? choose_columns(t, w, at, err) : mg_no_memory(err, "%s", w->file);
    seen *of = code ? NULL : calloc((size_t)t->tasks, sizeof *of);
    if (!code && !of) code = mg_no_memory(err, "%s", w->file);
    if (!code) code = read_cells(t, w, at, of, err);
    if (!code) code = decide(t, w, of, tell, err);
    free(of);
    free(at);
    return code;
}

void heads_table_close(heads_table *t) {
    for (int p = 0; p < HEADS_PARTS; p++) free(t->of[p]);
    free(t->names);
    free(t->truth);
    free(t->part);
    mg_rows_free(&t->rows);
    *t = (heads_table){0};
}
