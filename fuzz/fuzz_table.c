/* fuzz_table.c - any bytes as a SMILES list, CSV, TSV, JSON or list of texts. The first byte
 * chooses format, header and row limit. What is handed out must be valid, terminated text with the
 * table's number of columns, in as many rows on every reading. */
#include "data/data.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const char *s) {
    if (mg_utf8_invalid(s, strlen(s)) >= 0) abort();
}

static void check_row(const mg_row *row, int columns, size_t *sum) {
    check_string(row->smiles);
    check_string(row->text);
    check_string(row->id);
    if (strlen(row->smiles) != row->smiles_n || strlen(row->text) != row->text_n ||
        row->n_fields != columns)
        abort();
    for (int i = 0; i < row->n_fields; i++) check_string(row->fields[i]);
    if (!row->status.ok && !*row->status.reason) abort();
    *sum = *sum * 31 + row->smiles_n + 7 * row->text_n + 13 * (size_t)row->line +
           (size_t)row->status.ok;
}

static size_t read_all(const uint8_t *data, size_t size, const mg_table_options *o) {
    const char *const *names;
    mg_row row;
    size_t sum = 1;
    mg_table *t = mg_table_memory(data, size, o, NULL);
    if (!t) return 0;
    int columns = mg_table_columns(t, &names);
    while (mg_table_next(t, &row, NULL) == 1) check_row(&row, columns, &sum);
    check_string(mg_table_describe(t));
    mg_table_close(t);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const formats[] = {NULL, "smi", "csv", "tsv", "txt", "json"};
    if (!size) return 0;
    unsigned choice = data[0];
    mg_table_options o = {.format = formats[choice % 6],
                          .header = (int)(choice / 6 % 3) - 1,
                          .max_row = choice & 128 ? 40 : 0};
    if (read_all(data + 1, size - 1, &o) != read_all(data + 1, size - 1, &o)) abort();
    return 0;
}
