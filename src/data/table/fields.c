/* fields.c - a record's bytes as valid text, the names of columns, and which column holds what. */
#include "base/grow.h"
#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- bytes ---- */

int mg_table_copy(mg_table *t, const char *bytes, size_t n, molglot_row_status *status,
                  molglot_error *err) {
    if (n == SIZE_MAX || !MG_GROW(t->text, t->text_cap, n + 1))
        return mg_no_memory(err, "%s: a row of %zu bytes", mg_stream_name(t->stream), n);
    if (n) memcpy(t->text, bytes, n);
    t->text[n] = 0;
    t->text_n = n;
    for (char *z = t->text; (z = memchr(z, 0, (size_t)(t->text + n - z))) != NULL; *z = '?')
        if (status->ok) mg_row_refuse(status, z - t->text, "NUL byte");
    for (int64_t at = 0, bad; (bad = mg_utf8_invalid(t->text + at, n - (size_t)at)) >= 0;) {
        at += bad;
        if (status->ok)
            mg_row_refuse(status, at, "invalid UTF-8 (byte 0x%02X)",
                          (unsigned)(uint8_t)t->text[at]);
        t->text[at] = '?';
    }
    return MOLGLOT_OK;
}

/* ---- names ---- */

int mg_table_set_names(mg_table *t, const char *const *names, int n, molglot_error *err) {
    t->names = calloc((size_t)n + 1, sizeof *t->names);
    if (!t->names) return mg_no_memory(err, "%d column names", n);
    for (; t->n_columns < n; t->n_columns++) {
        const char *s = names[t->n_columns] + strspn(names[t->n_columns], " ");
        size_t len = strlen(s);
        while (len && s[len - 1] == ' ') len--;
        if (!(t->names[t->n_columns] = strndup(s, len)))
            return mg_no_memory(err, "%d column names", n);
    }
    return MOLGLOT_OK;
}

int mg_find_name(const mg_table *t, const char *name) {
    for (int i = 0; i < t->n_columns; i++)
        if (!strcasecmp(t->names[i], name)) return i;
    return -1;
}

/* ---- roles ---- */

static const char *const smiles_names[] = {"smiles", "canonical_smiles", "isomeric_smiles", "mol",
                                           NULL};
static const char *const text_names[] = {"text", "description", "caption", "definition", NULL};
static const char *const id_names[] = {"id",       "cid", "name", "title", "pubchem_compound_cid",
                                       "chebi id", NULL};
static const char *const *const role_names[MG_ROLES] = {smiles_names, text_names, id_names};

int mg_find_role(const mg_table *t, int role) {
    if (t->asked[role]) return mg_find_name(t, t->asked[role]);
    for (const char *const *name = role_names[role]; *name; name++) {
        int i = mg_find_name(t, *name);
        if (i >= 0) return i;
    }
    return -1;
}

bool mg_known_name(const mg_table *t, const char *s, size_t n) {
    for (int r = 0; r < MG_ROLES; r++) {
        if (t->asked[r] && strlen(t->asked[r]) == n && !strncasecmp(s, t->asked[r], n)) return true;
        for (const char *const *name = role_names[r]; *name; name++)
            if (strlen(*name) == n && !strncasecmp(s, *name, n)) return true;
    }
    return false;
}
