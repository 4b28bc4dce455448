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

int mg_rows_load(mg_rows *r, const char *path, const mg_table_options *o, molglot_error *err) {
    memset(r, 0, sizeof *r);
    mg_table *t = mg_table_open(path, o, err);
    if (!t) return mg_code_of(err, MOLGLOT_FAILED);
    int code = mg_arena_init(&r->arena, ROWS_RESERVE, err), got = 1;
    size_t cap = 0;
    mg_row row;
    while (!code && (got = mg_table_next(t, &row, err)) == 1) {
        code = grow_rows(r, &cap, err);
        if (!code) code = add_row(r, &row, err);
    }
    if (got < 0) code = -got;
    r->undoubled = mg_table_undoubled(t);
    r->plain = mg_table_plain(t);
    mg_table_close(t);
    if (code) mg_rows_free(r);
    return code;
}

void mg_rows_free(mg_rows *r) {
    free(r->smiles);
    free(r->text);
    free(r->id);
    free(r->status);
    mg_arena_free(&r->arena);
    memset(r, 0, sizeof *r);
}
