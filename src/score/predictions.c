/* predictions.c - a table of predictions: for each prompt a text (or none), the true molecule and
 * any number of outputs.
 *
 * TSV with a header and no quoting, as MolT5's files are. Columns are found by name, whatever their
 * order; a row that cannot be read, or has no reference, is counted and left out, the others keep
 * their order. Doubled backslashes in SMILES are undone.
 */
#include "base/grow.h"
#include "data/table/table.h"
#include "score/score.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_ROW = 1 << 16, MAX_OUTPUTS = 1000 };
#define RESERVE ((size_t)64 << 30) /* address space, not memory */

typedef struct columns {
    int text, reference, n_outputs, output[MAX_OUTPUTS];
} columns;

static int find(const char *const *names, int n, const char *const *wanted) {
    for (; *wanted; wanted++)
        for (int i = 0; i < n; i++)
            if (!strcasecmp(names[i], *wanted)) return i;
    return -1;
}

/* output, output2, candidate_3 ... */
static bool is_output(const char *name) {
    static const char *const stems[] = {"output", "candidate", "prediction", "sample", "generated"};
    for (size_t i = 0; i < MG_COUNT(stems); i++) {
        size_t n = strlen(stems[i]);
        if (!strncasecmp(name, stems[i], n)) return !name[n + strspn(name + n, "_ 0123456789")];
    }
    return false;
}

static int find_columns(const mg_table *t, const char *path, columns *c, molglot_error *err) {
    static const char *const texts[] = {"description", "text", "caption", NULL};
    static const char *const references[] = {"ground_truth", "ground truth", "reference", "smiles",
                                             NULL};
    const char *const *names;
    int n = mg_table_columns(t, &names);
    *c = (columns){.text = find(names, n, texts), .reference = find(names, n, references)};
    for (int i = 0; i < n; i++) {
        if (!is_output(names[i])) continue;
        if (c->n_outputs == MAX_OUTPUTS)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: more than %d output columns", path,
                           MAX_OUTPUTS);
        c->output[c->n_outputs++] = i;
    }
    if (c->reference >= 0) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s: no column is named ground_truth (or \"ground truth\", reference, smiles)",
                   path);
}

/* Room for one more row; *cap grows. */
static bool grow(mg_predictions *p, size_t *cap) {
    const size_t want = (size_t)p->n + 1, samples = p->samples ? (size_t)p->samples : 1;
    size_t text = *cap, reference = *cap, output = *cap * samples;
    if (!MG_GROW(p->text, text, want) || !MG_GROW(p->reference, reference, want) ||
        !MG_GROW(p->output, output, text * samples))
        return false;
    *cap = text;
    return true;
}

static char *keep(mg_predictions *p, const char *s) {
    size_t n = strlen(s) + 1;
    char *copy = mg_arena_alloc(&p->arena, n);
    return copy ? memcpy(copy, s, n) : NULL;
}

static char *keep_smiles(mg_predictions *p, const char *s) {
    while (*s == ' ') s++;
    char *copy = keep(p, s);
    for (size_t n = copy ? strlen(copy) : 0; n && copy[n - 1] == ' ';) copy[--n] = 0;
    if (copy) p->undoubled += mg_smiles_undouble(copy) > 0;
    return copy;
}

static bool add_row(mg_predictions *p, const columns *c, const mg_row *row, size_t *cap) {
    if (!grow(p, cap)) return false;
    const char *text = c->text < 0 ? "" : row->fields[c->text];
    bool ok = (p->text[p->n] = keep(p, text)) &&
              (p->reference[p->n] = keep_smiles(p, row->fields[c->reference]));
    for (int k = 0; k < c->n_outputs && ok; k++)
        ok = (p->output[p->n * p->samples + k] = keep_smiles(p, row->fields[c->output[k]])) != NULL;
    p->n += ok;
    return ok;
}

int mg_predictions_load(mg_predictions *p, const char *path, molglot_error *err) {
    const mg_table_options o = {.format = "tsv", .header = 1, .max_row = MAX_ROW};
    memset(p, 0, sizeof *p);
    mg_table *t = mg_table_open(path, &o, err);
    if (!t) return mg_code_of(err, MOLGLOT_FAILED);
    columns c;
    int code = find_columns(t, path, &c, err), got = 1;
    if (!code) code = mg_arena_init(&p->arena, RESERVE, err);
    p->samples = c.n_outputs;
    p->has_text = c.text >= 0;
    size_t cap = 0;
    mg_row row;
    while (!code && (got = mg_table_next(t, &row, err)) == 1) {
        if (!row.status.ok || !*row.fields[c.reference])
            p->rows_unreadable++;
        else if (!add_row(p, &c, &row, &cap))
            code = mg_no_memory(err, "%s, row %lld", path, (long long)row.number);
    }
    if (got < 0) code = -got;
    p->undoubled += mg_table_undoubled(t);
    mg_table_close(t);
    if (!code && !p->n) code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no row can be read", path);
    if (code) mg_predictions_free(p);
    return code;
}

void mg_predictions_free(mg_predictions *p) {
    free(p->text);
    free(p->reference);
    free(p->output);
    mg_arena_free(&p->arena);
    memset(p, 0, sizeof *p);
}
