/* sources.c - a recipe's tables as rows of a corpus.
 *
 *   left out   ids that do not begin with the source's prefix
 *   excluded   ids on the exclude list
 *   rejected   rows without a molecule; with `pairs`, rows without a text that is not written later
 */
#include "data/inside.h"

#include <stdlib.h>
#include <string.h>

int mg_source_hash(mg_sha256 *sha, const char *path, mg_sha256 *second, molglot_error *err) {
    char hex[65];
    int code = mg_sha256_file(path, hex, err);
    if (code) return code;
    mg_sha256_add(sha, hex, 64);
    if (second) mg_sha256_add(second, hex, 64);
    return MOLGLOT_OK;
}

/* ---- the exclude list ---- */

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return m && n >= m && !strcmp(s + n - m, end) && (n == m || s[n - m - 1] == '/');
}

/* The list has a column id; with a column file a line holds for that file alone. */
int mg_read_excluded(mg_names *ids, const char *list, const char *path, molglot_error *err) {
    if (!list) return MOLGLOT_OK;
    mg_table_options o = {.format = "tsv", .header = 1, .id_column = "id"};
    mg_table *t = mg_table_open(list, &o, err);
    if (!t) return MOLGLOT_BAD_FILE;
    const char *const *names;
    int file = -1, id = -1, columns = mg_table_columns(t, &names), got = 1, code = MOLGLOT_OK;
    for (int i = 0; i < columns; i++) {
        if (!strcmp(names[i], "file")) file = i;
        if (!strcmp(names[i], "id")) id = i;
    }
    mg_row row;
    while (!code && id >= 0 && (got = mg_table_next(t, &row, err)) == 1) {
        if (!row.status.ok || (file >= 0 && !ends_with(path, row.fields[file]))) continue;
        mg_slot *slot = mg_names_copy(ids, row.fields[id], strlen(row.fields[id]));
        if (slot)
            slot->value = 1;
        else
            code = mg_no_memory(err, "%s", list);
    }
    mg_table_close(t);
    return got < 0 ? -got : code;
}

/* ---- rows ---- */

mg_table_options mg_source_columns(const mg_corpus_config *c) {
    return (mg_table_options){.smiles_column = c->smiles_column,
                              .text_column = c->text_column,
                              .id_column = c->id_column,
                              .header = -1};
}

int mg_fail_no_pairs(const char *path, const char *smiles_column, const char *text_column,
                     int64_t rows, molglot_error *err) {
    const mg_table_options o = {
        .smiles_column = smiles_column, .text_column = text_column, .header = -1};
    const char *const *names = NULL;
    mg_table *t = mg_table_open(path, &o, NULL);
    mg_str list = {0};
    const int n = t ? mg_table_columns(t, &names) : 0;
    for (int i = 0; i < n; i++) mg_str_addf(&list, "%s%s", i ? ", " : "", names[i]);
    int code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%.200s: no pair of a molecule and a text in %lld rows (read as %.150s; its "
                       "columns: %.200s); data.smiles_column and data.text_column name others",
                       path, (long long)rows, t ? mg_table_describe(t) : "nothing",
                       list.s && list.n ? list.s : "none");
    mg_str_free(&list);
    mg_table_close(t);
    return code;
}

static int take_source(mg_builder *b, int32_t s, molglot_error *err) {
    const mg_corpus_source *source = &b->c->sources[s];
    const mg_rows *r = &b->files[s];
    mg_corpus_header *h = &b->out->h;
    const size_t prefix = source->id_prefix ? strlen(source->id_prefix) : 0;
    const bool texts = mg_asks_texts(b->c) && !source->wordings,
               needs = b->c->pairs && !source->wordings;
    const int64_t end = source->limit > 0 ? b->n + source->limit : INT64_MAX;
    mg_names excluded = {0};
    int code = mg_read_excluded(&excluded, b->c->exclude_path, source->path, err);
    for (size_t i = 0; i < r->n && b->n < end && !code; i++) {
        if (prefix && strncmp(r->id[i], source->id_prefix, prefix)) continue;
        if (mg_names_find(&excluded, r->id[i]) >= 0)
            h->excluded++;
        else if (!r->status[i].ok || !*r->smiles[i] || (needs && !*r->text[i]))
            h->rejected++;
        else
            b->rows[b->n++] = (mg_corpus_row){.smiles = r->smiles[i],
                                              .text = texts && *r->text[i] ? r->text[i] : NULL,
                                              .source = s};
    }
    mg_names_free(&excluded);
    return code;
}

int mg_builder_read_sources(mg_builder *b, molglot_error *err) {
    const size_t k = b->c->n_sources;
    const mg_table_options columns = mg_source_columns(b->c);
    size_t n = 0;
    int code = MOLGLOT_OK;
    b->files = calloc(k + 1, sizeof *b->files);
    if (!b->files) return mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < k && !code; s++) {
        code = mg_rows_load(&b->files[s], b->c->sources[s].path, &columns, err);
        n += b->files[s].n;
    }
    if (!code && !(b->rows = calloc(n + 1, sizeof *b->rows))) code = mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < k && !code; s++) code = take_source(b, (int32_t)s, err);
    b->out->h.n_sources = (int32_t)k;
    if (!code && b->c->pairs && !b->n)
        code = mg_fail_no_pairs(b->c->sources[0].path, b->c->smiles_column, b->c->text_column,
                                (int64_t)b->files[0].n, err);
    return code;
}
