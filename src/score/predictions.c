/* predictions.c - a table of predictions: for each prompt a text (or none), the true molecule and
 * any number of outputs; or, of captions, a molecule (or none), the true caption and outputs.
 *
 * TSV with a header and no quoting, as MolT5's files are; a .csv with quotes. Columns are found by
 * name, whatever their order. Every row that has a reference counts:
 *
 *   no field for an output   that output is missing: no molecule
 *   more fields than names   a tab inside a field: which one is not known, so all its outputs are
 *                            missing
 *   no reference             counted (rows_unreadable) and left out
 *
 * A column of whole numbers beside other outputs is a number of the sample, no output. Doubled
 * backslashes in SMILES are undone.
 */
#include "base/grow.h"
#include "data/table/table.h"
#include "score/score.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_ROW = 1 << 20, MAX_OUTPUTS = 1000 };
#define RESERVE ((size_t)64 << 30) /* address space, not memory */

typedef struct columns {
    bool captions; /* references and outputs are texts, prompts are molecules */
    int text, reference, n_outputs, output[MAX_OUTPUTS];
} columns;

/* A name without case, with '_' for blanks and hyphens, cut to 63 characters. */
static const char *plain_name(const char *name, char out[64]) {
    size_t n = 0;
    for (; name[n] && n < 63; n++)
        out[n] = name[n] == ' ' || name[n] == '-' ? '_' : (char)tolower((unsigned char)name[n]);
    out[n] = 0;
    return out;
}

static int find(const char *const *names, int n, const char *const *wanted) {
    char plain[64];
    for (; *wanted; wanted++)
        for (int i = 0; i < n; i++)
            if (!strcmp(plain_name(names[i], plain), *wanted)) return i;
    return -1;
}

/* output, output2, candidate_3, pred_smiles, generated_smiles_1 ... */
static bool is_output(const char *name) {
    static const char *const stems[] = {"output",    "candidate",  "prediction", "predicted",
                                        "pred",      "sample",     "generated",  "generation",
                                        "gen",       "hypothesis", "hyp",        "smiles_pred",
                                        "smiles_gen"};
    char plain[64];
    plain_name(name, plain);
    for (size_t i = 0; i < MG_COUNT(stems); i++) {
        size_t n = strlen(stems[i]);
        if (strncmp(plain, stems[i], n)) continue;
        const char *end = plain + n;
        end += strspn(end, "_");
        if (!strncmp(end, "smiles", 6)) end += 6;
        if (!end[strspn(end, "_0123456789")]) return true;
    }
    return false;
}

static const char *const molecules[] = {"smiles", "canonical_smiles", "molecule",
                                        "input",  "prompt",           NULL};
static const char *const captions[] = {
    "ground_truth", "groundtruth", "gt",    "gt_caption", "reference", "reference_caption",
    "ref",          "target",      "truth", "gold",       "label",     "caption",
    "description",  "text",        NULL};

static int find_columns(const mg_table *t, const char *path, columns *c, molglot_error *err) {
    static const char *const texts[] = {"description", "text", "caption", "prompt", "input", NULL};
    static const char *const references[] = {"ground_truth",
                                             "groundtruth",
                                             "gt",
                                             "gt_smiles",
                                             "reference",
                                             "reference_smiles",
                                             "ref",
                                             "ref_smiles",
                                             "target",
                                             "target_smiles",
                                             "truth",
                                             "gold",
                                             "label",
                                             "true_smiles",
                                             "smiles_true",
                                             "smiles",
                                             "canonical_smiles",
                                             NULL};
    const char *const *names;
    int n = mg_table_columns(t, &names);
    c->text = find(names, n, c->captions ? molecules : texts);
    c->reference = find(names, n, c->captions ? captions : references);
    c->n_outputs = 0;
    for (int i = 0; i < n; i++) {
        if (i == c->reference || i == c->text || !is_output(names[i])) continue;
        if (c->n_outputs == MAX_OUTPUTS)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: more than %d output columns", path,
                           MAX_OUTPUTS);
        c->output[c->n_outputs++] = i;
    }
    if (c->reference >= 0) return MOLGLOT_OK;
    mg_str list = {0};
    for (int i = 0; i < n; i++) mg_str_addf(&list, "%s%s", i ? ", " : "", names[i]);
    int code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: no column is named ground_truth (or reference, target, gt, %s); "
                       "there are: %.300s",
                       path, c->captions ? "caption, text" : "smiles", list.s ? list.s : "none");
    mg_str_free(&list);
    return code;
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
    const bool shifted = row->n_read > row->n_fields && !row->status.ok;
    const char *text = c->text < 0 ? "" : row->fields[c->text];
    char *(*const keep_text)(mg_predictions *, const char *) = c->captions ? keep_smiles : keep;
    char *(*const keep_output)(mg_predictions *, const char *) = c->captions ? keep : keep_smiles;
    bool ok = (p->text[p->n] = keep_text(p, text)) &&
              (p->reference[p->n] = keep_output(p, row->fields[c->reference]));
    p->rows_shifted += shifted;
    for (int k = 0; k < c->n_outputs && ok; k++) {
        const char **to = &p->output[p->n * p->samples + k];
        *to = NULL;
        if (shifted || c->output[k] >= row->n_read)
            p->outputs_missing++;
        else
            ok = (*to = keep_output(p, row->fields[c->output[k]])) != NULL;
    }
    p->n += ok;
    return ok;
}

/* ---- which columns are outputs ---- */

static bool is_number(const char *s) {
    return *s && !s[strspn(s, "+-.0123456789")] && strpbrk(s, "0123456789");
}

/* Something stands in the column, and all of it is numbers. */
static bool all_numbers(const mg_predictions *p, int k) {
    bool any = false;
    for (int64_t i = 0; i < p->n; i++) {
        const char *s = p->output[i * p->samples + k];
        if (!s || !*s) continue;
        if (!is_number(s)) return false;
        any = true;
    }
    return any;
}

/* Columns of numbers go; if they are all that there is, those named sample alone. */
static void leave_numbers(mg_predictions *p, const mg_table *t, columns *c) {
    const char *const *names;
    bool stays[MAX_OUTPUTS];
    int n = 0, others = 0;
    mg_table_columns(t, &names);
    for (int k = 0; k < p->samples; k++) others += stays[k] = !all_numbers(p, k);
    for (int k = 0; k < p->samples; k++)
        n += stays[k] |= !others && strncasecmp(names[c->output[k]], "sample", 6);
    if (n == p->samples) return;
    int64_t missing = 0;
    for (int64_t i = 0; i < p->n; i++)
        for (int k = 0, to = 0; k < p->samples; k++) {
            if (!stays[k]) continue;
            missing += !p->output[i * p->samples + k];
            p->output[i * n + to++] = p->output[i * p->samples + k];
        }
    for (int k = 0, to = 0; k < p->samples; k++)
        if (stays[k]) c->output[to++] = c->output[k];
    p->columns_of_numbers = p->samples - n;
    p->outputs_missing = missing;
    p->samples = c->n_outputs = n;
}

static bool name_columns(mg_predictions *p, const mg_table *t, const columns *c) {
    const char *const *names;
    mg_table_columns(t, &names);
    p->text_column = keep(p, c->text < 0 ? "" : names[c->text]);
    p->reference_column = keep(p, names[c->reference]);
    p->output_columns = calloc((size_t)c->n_outputs + 1, sizeof *p->output_columns);
    bool ok = p->text_column && p->reference_column && p->output_columns;
    for (int k = 0; k < c->n_outputs && ok; k++)
        ok = (p->output_columns[k] = keep(p, names[c->output[k]])) != NULL;
    return ok;
}

/* ---- the file ---- */

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcasecmp(s + n - m, end);
}

static const char *format_of(const char *path) {
    return ends_with(path, ".csv") || ends_with(path, ".csv.gz") || ends_with(path, ".csv.zst")
               ? "csv"
               : "tsv";
}

static int load(mg_predictions *p, const char *path, bool of_captions, molglot_error *err) {
    const mg_table_options o = {.format = format_of(path), .header = 1, .max_row = MAX_ROW};
    memset(p, 0, sizeof *p);
    mg_table *t = mg_table_open(path, &o, err);
    if (!t) return mg_code_of(err, MOLGLOT_FAILED);
    columns c = {.captions = of_captions};
    int code = find_columns(t, path, &c, err), got = 1;
    if (!code) code = mg_arena_init(&p->arena, RESERVE, err);
    p->samples = c.n_outputs;
    p->has_text = c.text >= 0;
    size_t cap = 0;
    mg_row row;
    while (!code && (got = mg_table_next(t, &row, err)) == 1) {
        if (!row.fields[c.reference][strspn(row.fields[c.reference], " ")])
            p->rows_unreadable++;
        else if (!add_row(p, &c, &row, &cap))
            code = mg_no_memory(err, "%s, row %lld", path, (long long)row.number);
    }
    if (got < 0) code = -got;
    if (!code && !p->n) code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no row can be read", path);
    if (!code) leave_numbers(p, t, &c);
    if (!code && !name_columns(p, t, &c)) code = mg_no_memory(err, "%s", path);
    p->undoubled += mg_table_undoubled(t);
    mg_table_close(t);
    if (code) mg_predictions_free(p);
    return code;
}

int mg_predictions_load(mg_predictions *p, const char *path, molglot_error *err) {
    return load(p, path, false, err);
}

int mg_predictions_load_captions(mg_predictions *p, const char *path, molglot_error *err) {
    return load(p, path, true, err);
}

void mg_predictions_free(mg_predictions *p) {
    free(p->text);
    free(p->reference);
    free(p->output);
    free(p->output_columns);
    mg_arena_free(&p->arena);
    memset(p, 0, sizeof *p);
}
