/* header.c - the header of a delimited file: whether it has one, what its columns are called, and
 * a first column that R has not named.
 */
#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>

/* What the first records are like: the first one alone, those behind it, and the same with R's
 * first column left out of the count. */
typedef struct samples {
    mg_sample first, rest, shifted;
    int longer, numbered; /* records with one field more than the first; first field 1, 2, ... */
} samples;

static void count_record(const mg_table *t, samples *s, int number) {
    const int n = t->n_fields < t->n_columns ? t->n_fields : t->n_columns;
    if (!number) {
        mg_sample_add(&s->first, t->fields, n);
        return;
    }
    mg_sample_add(&s->rest, t->fields, n);
    if (t->n_fields != t->n_columns + 1 || !*t->fields[t->n_columns]) return;
    s->longer++;
    s->numbered += atoi(t->fields[0]) == number || atoi(t->fields[0]) == number - 1;
    mg_sample_add(&s->shifted, t->fields + 1, t->n_columns);
}

/* Looks at the first records and goes back. The first record's fields become the names. */
static int sample_records(mg_table *t, samples *s, molglot_error *err) {
    int64_t line, start_line = t->lines.line, latin1 = t->latin1;
    int got = 1;
    for (int i = 0; i < MG_TABLE_SAMPLE && t->lines.pos - t->lines.mark < MG_TABLE_WINDOW; i++) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        got = mg_delimited_record(t, true, &line, &status, err);
        if (got <= 0) break;
        if (t->n_fields > MG_TABLE_COLUMNS)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: more than %d columns",
                           mg_stream_name(t->stream), MG_TABLE_COLUMNS);
        int code = i ? MOLGLOT_OK : mg_table_set_names(t, t->fields, t->n_fields, err);
        if (code) return code;
        count_record(t, s, i);
    }
    mg_lines_rewind(&t->lines, 0, start_line);
    t->latin1 = latin1; /* they will be read again */
    return got < 0 ? -got : MOLGLOT_OK;
}

/* The first record is a header when it has a name we know or were told, or when molecules stand
 * below it but not above them: "pIC50" could be one by its letters. */
static bool sniff_header(const mg_table *t, const samples *s) {
    bool above = false, below = false, number_above = false;
    for (int i = 0; i < t->n_columns; i++) {
        if (mg_known_name(t, t->names[i], strlen(t->names[i]))) return true;
        const bool here = s->rest.records &&
                          2 * (s->rest.smiles[i] + s->rest.inchi[i]) > s->rest.records;
        above |= here && (s->first.smiles[i] > 0 || s->first.inchi[i] > 0);
        number_above |= s->first.numbers[i] > 0;
        below |= here;
    }
    return below && !above && !number_above;
}

/* column1, column2, ... instead of the first record's fields. */
static int number_names(mg_table *t, molglot_error *err) {
    for (int i = 0; i < t->n_columns; i++) {
        char name[24];
        snprintf(name, sizeof name, "column%d", i + 1);
        char *copy = strdup(name);
        if (!copy) return mg_no_memory(err, "%d column names", t->n_columns);
        free(t->names[i]);
        t->names[i] = copy;
    }
    return MOLGLOT_OK;
}

/* R writes the names of rows in a first column and none above it: every record has one field more
 * than the header. A comma that nobody quoted looks alike, so the cells must say it too. */
static bool has_row_names(const mg_table *t, const samples *s) {
    if (!s->rest.records || s->longer != s->rest.records || t->n_columns == MG_TABLE_COLUMNS)
        return false;
    if (s->numbered == s->longer) return true;
    for (int i = 0; i < t->n_columns; i++)
        if (mg_names_molecules(t->names[i], strlen(t->names[i])))
            return 2 * (s->shifted.smiles[i] + s->shifted.inchi[i]) > s->longer &&
                   2 * (s->rest.smiles[i] + s->rest.inchi[i]) <= s->longer;
    return false;
}

static int name_first_column(mg_table *t, molglot_error *err) {
    char **names = realloc(t->names, ((size_t)t->n_columns + 2) * sizeof *names);
    char *first = strdup("row_name");
    if (names) t->names = names;
    if (!names || !first) {
        free(first);
        return mg_no_memory(err, "%d column names", t->n_columns);
    }
    memmove(names + 1, names, (size_t)t->n_columns * sizeof *names);
    names[0] = first;
    t->n_columns++;
    t->row_names = true;
    return MOLGLOT_OK;
}

static void add_counts(int *to, const int *from, int n) {
    for (int i = 0; i < n; i++) to[i] += from[i];
}

/* The counts of data alone, by column. */
static void settle_counts(mg_table *t, samples *s) {
    const int n = t->n_columns;
    if (t->row_names) { /* one to the right */
        memset(&s->rest, 0, sizeof s->rest);
        s->rest.records = s->shifted.records;
        add_counts(s->rest.filled + 1, s->shifted.filled, n - 1);
        add_counts(s->rest.smiles + 1, s->shifted.smiles, n - 1);
        add_counts(s->rest.inchi + 1, s->shifted.inchi, n - 1);
        add_counts(s->rest.selfies + 1, s->shifted.selfies, n - 1);
        add_counts(s->rest.blanks + 1, s->shifted.blanks, n - 1);
        add_counts(s->rest.numbers + 1, s->shifted.numbers, n - 1);
    } else if (!t->header) { /* the first record is data too */
        s->rest.records += s->first.records;
        add_counts(s->rest.filled, s->first.filled, n);
        add_counts(s->rest.smiles, s->first.smiles, n);
        add_counts(s->rest.inchi, s->first.inchi, n);
        add_counts(s->rest.selfies, s->first.selfies, n);
        add_counts(s->rest.blanks, s->first.blanks, n);
        add_counts(s->rest.numbers, s->first.numbers, n);
    }
}

int mg_sniff_columns(mg_table *t, int header, molglot_error *err) {
    samples *s = calloc(1, sizeof *s);
    if (!s) return mg_no_memory(err, "a table");
    mg_lines_mark(&t->lines);
    int code = sample_records(t, s, err);
    if (!code) {
        t->header = header >= 0 ? header != 0 && t->n_columns > 0 : sniff_header(t, s);
        if (!t->header)
            code = number_names(t, err);
        else if (has_row_names(t, s))
            code = name_first_column(t, err);
    }
    if (!code) settle_counts(t, s);
    if (!code) code = mg_assign_roles(t, &s->rest, err);
    if (!code && t->header) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        int64_t line;
        int got = mg_delimited_record(t, false, &line, &status, err);
        if (got < 0) code = -got;
    }
    free(s);
    return code;
}
