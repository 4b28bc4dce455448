/* columns.c - what else a row of the input holds: the columns that a command has not read, which
 * its output keeps.
 *
 * Molglot's own tables have columns about the row and not of it: its number, its status with the
 * reason, the numbers of a vector. A command that reads such a table writes its own.
 */
#include "app/cli/cli.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_own(const char *const *names, int n) {
    for (int i = 0; i + 1 < n; i++)
        if (!strcmp(names[i], "status") && !strcmp(names[i + 1], "error")) return true;
    return false;
}

/* Where a run of PREFIX0, PREFIX1, ... begins that goes on to the last column; n where there is
 * none. */
static int first_number(const char *const *names, int n) {
    for (int first = 0; first < n; first++) {
        const size_t prefix = strlen(names[first]) - 1;
        if (!*names[first] || names[first][prefix] != '0' || prefix == 0 || prefix > 8 ||
            isdigit((unsigned char)names[first][prefix - 1]))
            continue;
        int i = first;
        for (char want[32]; i < n; i++) {
            snprintf(want, sizeof want, "%.*s%d", (int)prefix, names[first], i - first);
            if (strcmp(names[i], want)) break;
        }
        if (i == n) return first;
    }
    return n;
}

static bool is_about_the_row(const char *name) {
    return !strcmp(name, "row") || !strcmp(name, "status") || !strcmp(name, "error");
}

/* roles[n]: as mg_table_role has them. */
static int choose(cli_columns *c, const cli_input *in, const char *const *names, const char *roles,
                  int n, bool molblocks, molglot_error *err) {
    *c = (cli_columns){0};
    c->names = calloc((size_t)n + 1, sizeof *c->names);
    c->cells = calloc((size_t)n + 1, sizeof *c->cells);
    c->at = calloc((size_t)n + 1, sizeof *c->at);
    if (!c->names || !c->cells || !c->at) {
        cli_columns_free(c);
        return mg_no_memory(err, "%d columns", n);
    }
    const char *side = in->table.side;
    const bool vectors = in->strings == CLI_VECTORS;
    char main = in->strings == CLI_TEXTS ? 't' : vectors ? 'v' : 's';
    if (in->strings == CLI_EITHER &&
        ((side && !strcmp(side, "text")) || (!molblocks && !memchr(roles, 's', (size_t)n))))
        main = 't';
    const bool own = is_own(names, n);
    const int numbers = own || vectors ? first_number(names, n) : n;
    for (int i = 0; i < numbers; i++) {
        c->either |= own && roles[i] == 's' && !strcmp(names[i], "input");
        if (roles[i] == main || (roles[i] == 'i' && !in->questions)) continue;
        if (in->table.drop || (own && is_about_the_row(names[i]))) continue;
        if (own && molblocks && !strcmp(names[i], "smiles")) continue;
        c->names[c->n] = names[i];
        c->at[c->n++] = i;
    }
    return MOLGLOT_OK;
}

int cli_columns_of_table(cli_columns *c, const cli_input *in, const mg_table *t,
                         molglot_error *err) {
    const char *const *names;
    const int n = mg_table_columns(t, &names);
    char *roles = calloc((size_t)n + 1, 1);
    if (!roles) return mg_no_memory(err, "%d columns", n);
    for (int i = 0; i < n; i++) roles[i] = mg_table_role(t, i);
    /* a plain line is the input itself */
    const int code = choose(c, in, names, roles, mg_table_plain(t) ? 0 : n, mg_table_molblocks(t),
                            err);
    free(roles);
    return code;
}

int cli_columns_of_rows(cli_columns *c, const cli_input *in, const mg_rows *rows,
                        molglot_error *err) {
    return choose(c, in, (const char *const *)rows->names, rows->role ? rows->role : "",
                  rows->plain ? 0 : rows->n_columns, rows->molblocks, err);
}

const char *const *cli_columns_row(cli_columns *c, const mg_row *row) {
    for (size_t i = 0; i < c->n; i++)
        c->cells[i] = c->at[i] < row->n_fields && row->fields[c->at[i]] ? row->fields[c->at[i]]
                                                                        : "";
    return c->cells;
}

const char *const *cli_columns_at(cli_columns *c, const mg_rows *rows, size_t i) {
    for (size_t k = 0; k < c->n; k++)
        c->cells[k] = rows->cells[i * (size_t)rows->n_columns + (size_t)c->at[k]];
    return c->cells;
}

void cli_columns_free(cli_columns *c) {
    free(c->names);
    free(c->cells);
    free(c->at);
    *c = (cli_columns){0};
}
