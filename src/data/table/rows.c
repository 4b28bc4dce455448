/* rows.c - a whole table in memory (queries, evaluation pairs), equal strings numbered, and fields
 * of CSV and TSV written.
 */
#include "data/data.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_RESERVE ((size_t)1 << 36) /* address space for the strings, not memory */

static int grow_rows(mg_rows *r, size_t *cap, molglot_error *err) {
    if (r->n < *cap) return MOLGLOT_OK;
    size_t n = *cap ? *cap * 2 : 256;
    char **smiles = realloc(r->smiles, n * sizeof *smiles);
    if (smiles) r->smiles = smiles;
    char **text = realloc(r->text, n * sizeof *text);
    if (text) r->text = text;
    char **id = realloc(r->id, n * sizeof *id);
    if (id) r->id = id;
    molglot_row_status *status = realloc(r->status, n * sizeof *status);
    if (status) r->status = status;
    if (!smiles || !text || !id || !status) return mg_no_memory(err, "%zu rows", n);
    *cap = n;
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

int32_t mg_group_strings(const char *const *strings, size_t n, int32_t *group) {
    size_t slots = 16;
    while (slots < n * 2) slots *= 2;
    if (n >= INT32_MAX) return -1;
    int32_t *first = malloc(slots * sizeof *first); /* hash slot -> first row with that string */
    if (!first) return -1;
    memset(first, 0xFF, slots * sizeof *first);
    int32_t groups = 0;
    for (size_t i = 0; i < n; i++) {
        group[i] = -1;
        if (!strings[i]) continue;
        size_t slot = mg_hash64(strings[i], strlen(strings[i]), 0) & (slots - 1);
        while (first[slot] >= 0 && strcmp(strings[first[slot]], strings[i]))
            slot = (slot + 1) & (slots - 1);
        if (first[slot] < 0) {
            first[slot] = (int32_t)i;
            group[i] = groups++;
        } else {
            group[i] = group[first[slot]];
        }
    }
    free(first);
    return groups;
}

/* TSV has no quotes: a tab or line break inside a field becomes a blank. */
void mg_csv_field(mg_str *out, const char *s, char delimiter) {
    size_t n = strlen(s);
    if (delimiter == '\t') {
        for (size_t i = 0; i < n; i++)
            mg_str_add(out, s[i] == '\t' || s[i] == '\n' || s[i] == '\r' ? " " : s + i, 1);
        if (!n) mg_str_add(out, "", 0);
        return;
    }
    bool quote = n && (s[0] == ' ' || s[n - 1] == ' ');
    for (size_t i = 0; i < n && !quote; i++)
        quote = s[i] == delimiter || s[i] == '"' || s[i] == '\n' || s[i] == '\r';
    if (!quote) {
        mg_str_add(out, s, n);
        return;
    }
    mg_str_add(out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') mg_str_add(out, "\"", 1);
        mg_str_add(out, s + i, 1);
    }
    mg_str_add(out, "\"", 1);
}
