/* rows.c - a whole table in memory: queries, evaluation pairs. */
#include "base/grow.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_RESERVE ((size_t)1 << 36) /* address space for the strings, not memory */

/* Room for one more row. */
static int grow_rows(mg_rows *r, size_t *cap, molglot_error *err) {
    size_t smiles = *cap, text = *cap, id = *cap, status = *cap;
    if (!MG_GROW(r->smiles, smiles, r->n + 1) || !MG_GROW(r->text, text, r->n + 1) ||
        !MG_GROW(r->id, id, r->n + 1) || !MG_GROW(r->status, status, r->n + 1))
        return mg_no_memory(err, "%zu rows", r->n + 1);
    *cap = smiles;
    return MOLGLOT_OK;
}

/* Names and roles of the columns: strings of the arena. */
static int keep_columns(mg_rows *r, const mg_table *t, molglot_error *err) {
    const char *const *names;
    const int n = mg_table_columns(t, &names);
    r->names = calloc((size_t)n + 1, sizeof *r->names);
    r->role = calloc((size_t)n + 1, sizeof *r->role);
    if (!r->names || !r->role) return mg_no_memory(err, "%d columns", n);
    for (r->n_columns = 0; r->n_columns < n; r->n_columns++) {
        const size_t bytes = strlen(names[r->n_columns]) + 1;
        char *s = mg_arena_alloc(&r->arena, bytes);
        if (!s) return mg_no_memory(err, "%d columns", n);
        r->names[r->n_columns] = memcpy(s, names[r->n_columns], bytes);
        r->role[r->n_columns] = mg_table_role(t, r->n_columns);
    }
    return MOLGLOT_OK;
}

static const char *field_of(const mg_row *row, size_t c) {
    return (int)c < row->n_fields && row->fields[c] ? row->fields[c] : "";
}

/* The cells of the row that add_row has added, in one block of the arena. */
static int keep_cells(mg_rows *r, size_t *cap, const mg_row *row, molglot_error *err) {
    const size_t n = (size_t)r->n_columns;
    size_t bytes = 1;
    for (size_t c = 0; c < n; c++) bytes += strlen(field_of(row, c)) + 1;
    char *s = mg_arena_alloc(&r->arena, bytes);
    if (!s || !MG_GROW(r->cells, *cap, r->n * n + 1)) return mg_no_memory(err, "%zu rows", r->n);
    for (size_t c = 0; c < n; c++) {
        r->cells[(r->n - 1) * n + c] = strcpy(s, field_of(row, c));
        s += strlen(s) + 1;
    }
    return MOLGLOT_OK;
}

/* One block of the arena for the three strings of a row. */
static int add_row(mg_rows *r, const mg_row *row, molglot_error *err) {
    size_t id_n = strlen(row->id);
    char *s = mg_arena_alloc(&r->arena, row->smiles_n + row->text_n + id_n + 3);
    if (!s) return mg_no_memory(err, "row %lld", (long long)row->number);
    size_t i = r->n++;
    r->smiles[i] = memcpy(s, row->smiles, row->smiles_n + 1);
    r->text[i] = memcpy(s + row->smiles_n + 1, row->text, row->text_n + 1);
    r->id[i] = memcpy(s + row->smiles_n + row->text_n + 2, row->id, id_n + 1);
    r->status[i] = row->status;
    return MOLGLOT_OK;
}

int mg_rows_next(mg_rows *r, mg_table *t, bool cells, size_t most, molglot_error *err) {
    memset(r, 0, sizeof *r);
    int code = mg_arena_init(&r->arena, ROWS_RESERVE, err), got = 1;
    size_t cap = 0, cells_cap = 0;
    mg_row row;
    if (!code && cells) code = keep_columns(r, t, err);
    while (!code && r->n < most && (got = mg_table_next(t, &row, err)) == 1) {
        code = grow_rows(r, &cap, err);
        if (!code) code = add_row(r, &row, err);
        if (!code && cells) code = keep_cells(r, &cells_cap, &row, err);
    }
    if (got < 0) code = -got;
    r->undoubled = mg_table_undoubled(t);
    r->plain = mg_table_plain(t);
    r->molblocks = mg_table_molblocks(t);
    if (code) mg_rows_free(r);
    return code;
}

int mg_rows_read(mg_rows *r, mg_table *t, bool cells, molglot_error *err) {
    return mg_rows_next(r, t, cells, SIZE_MAX, err);
}

int mg_rows_load(mg_rows *r, const char *path, const mg_table_options *o, molglot_error *err) {
    memset(r, 0, sizeof *r);
    mg_table *t = mg_table_open(path, o, err);
    if (!t) return mg_code_of(err, MOLGLOT_FAILED);
    const int code = mg_rows_read(r, t, o && o->cells, err);
    mg_table_close(t);
    return code;
}

void mg_rows_free(mg_rows *r) {
    free(r->smiles);
    free(r->text);
    free(r->id);
    free(r->status);
    free(r->names);
    free(r->role);
    free(r->cells);
    mg_arena_free(&r->arena);
    memset(r, 0, sizeof *r);
}
