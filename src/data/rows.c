/* rows.c - which rows of a corpus stay, in which order, and the numbers of their molecules.
 *
 * Rows with a text come first, otherwise they stand as in the sources. Molecules are numbered by
 * their first row. Every row has its place before threads start, so a corpus does not depend on
 * their number.
 */
#include "data/inside.h"

#include <stdlib.h>
#include <string.h>

int mg_builder_progress(mg_builder *b, int64_t more, molglot_error *err) {
    b->done += more;
    if (b->cb && b->cb(b->user, b->done, b->total))
        return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while reading the training set");
    return MOLGLOT_OK;
}

const char **mg_first_strings(const char *const *strings, int64_t n, const int32_t *group,
                              int32_t groups) {
    const char **first = calloc((size_t)groups + 1, sizeof *first);
    for (int64_t i = n - 1; i >= 0 && first; i--)
        if (group[i] >= 0) first[group[i]] = strings[i];
    return first;
}

/* With SMILES tokens: has some, and not too many with both ends; counts what has not. */
static bool fits(mg_builder *b, const mg_corpus_row *r) {
    if (!mg_asks_tokens(b->c)) return true;
    const int32_t n = b->molecules[r->molecule].n_tokens;
    const bool known = n >= 0, small = n + 2 <= b->c->max_tokens;
    if (!known) b->out->h.rejected++;
    if (known && !small) b->out->h.too_long++;
    return known && small;
}

/* Moves the rows that stay to `to`. */
static void order_rows(mg_builder *b, mg_corpus_row *to) {
    int64_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < b->n; i++)
            if ((b->rows[i].text == NULL) == pass && fits(b, &b->rows[i])) to[n++] = b->rows[i];
        if (pass == 0) b->n_texts = n;
    }
    b->n = n;
    free(b->rows);
    b->rows = to;
}

int mg_builder_choose_rows(mg_builder *b, molglot_error *err) {
    mg_corpus_row *rows = calloc((size_t)b->n + 1, sizeof *rows);
    mg_molecule *left = calloc((size_t)b->n_molecules + 1, sizeof *left);
    int32_t *number = malloc(((size_t)b->n_molecules + 1) * sizeof *number), n = 0;
    if (!rows || !left || !number) {
        free(rows);
        free(left);
        free(number);
        return mg_no_memory(err, "a corpus");
    }
    order_rows(b, rows);
    memset(number, 0xFF, (size_t)b->n_molecules * sizeof *number);
    for (int64_t i = 0; i < b->n; i++) {
        mg_corpus_row *r = &b->rows[i];
        if (number[r->molecule] < 0) {
            left[n] = b->molecules[r->molecule];
            number[r->molecule] = n++;
        }
        r->molecule = number[r->molecule];
        mg_add_i32(&b->out->made[SEC_ROW_MOL], r->molecule);
        mg_add_i32(&b->out->made[SEC_ROW_SOURCE], r->source);
    }
    free(number);
    free(b->molecules);
    b->molecules = left;
    b->n_molecules = n;
    b->out->h.rows = b->n;
    b->out->h.mols = n;
    return MOLGLOT_OK;
}
