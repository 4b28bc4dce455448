/* sources.c - a recipe's tables as rows of a corpus: rows whose id the source's prefix does not
 * begin, or that the exclude list names, are left out; rows without a molecule are rejected, and so
 * are rows without a text where pairs are asked for.
 */
#include "base/grow.h"
#include "data/inside.h"

#include <stdlib.h>
#include <string.h>

#define IDS_RESERVE ((size_t)1 << 34) /* address space, not memory */

int mg_source_hash(mg_sha256 *sha, const char *path, mg_sha256 *second, molglot_error *err) {
    char hex[65];
    int code = mg_sha256_file(path, hex, err);
    if (code) return code;
    mg_sha256_add(sha, hex, 64);
    if (second) mg_sha256_add(second, hex, 64);
    return MOLGLOT_OK;
}

/* ---- the exclude list: a table with columns id and, or it holds for every file, file ---- */

/* Ids that the list names for one file. */
typedef struct excluded {
    char **ids; /* [n] ascending; strings in the arena */
    size_t n;
    mg_arena arena;
} excluded;

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return m && n >= m && !strcmp(s + n - m, end) && (n == m || s[n - m - 1] == '/');
}

static int add_id(excluded *x, const char *id, size_t *cap) {
    if (!MG_GROW(x->ids, *cap, x->n + 1)) return MOLGLOT_NO_MEMORY;
    size_t len = strlen(id) + 1;
    char *copy = mg_arena_alloc(&x->arena, len);
    if (!copy) return MOLGLOT_NO_MEMORY;
    x->ids[x->n++] = memcpy(copy, id, len);
    return MOLGLOT_OK;
}

static int read_excluded(excluded *x, const char *list, const char *path, molglot_error *err) {
    memset(x, 0, sizeof *x);
    if (!list) return MOLGLOT_OK;
    mg_table_options o = {.format = "tsv", .header = 1, .id_column = "id"};
    mg_table *t = mg_table_open(list, &o, err);
    if (!t) return MOLGLOT_BAD_FILE;
    const char *const *names;
    int file = -1, id = -1, columns = mg_table_columns(t, &names), got = 1;
    for (int i = 0; i < columns; i++) {
        if (!strcmp(names[i], "file")) file = i;
        if (!strcmp(names[i], "id")) id = i;
    }
    size_t cap = 0;
    mg_row row;
    int code = mg_arena_init(&x->arena, IDS_RESERVE, err);
    while (!code && id >= 0 && (got = mg_table_next(t, &row, err)) == 1) {
        if (!row.status.ok || (file >= 0 && !ends_with(path, row.fields[file]))) continue;
        if (add_id(x, row.fields[id], &cap)) code = mg_no_memory(err, "%s", list);
    }
    mg_table_close(t);
    if (got < 0) code = -got;
    if (x->n) qsort(x->ids, x->n, sizeof *x->ids, compare_strings);
    return code;
}

static bool is_excluded(const excluded *x, const char *id) {
    return x->n && bsearch(&id, x->ids, x->n, sizeof *x->ids, compare_strings);
}

static void free_excluded(excluded *x) {
    free(x->ids);
    if (x->arena.base) mg_arena_free(&x->arena);
}

/* ---- rows ---- */

static int take_source(mg_builder *b, int32_t s, molglot_error *err) {
    const mg_corpus_source *source = &b->c->sources[s];
    const mg_rows *r = &b->files[s];
    mg_corpus_header *h = &b->out->h;
    const size_t prefix = source->id_prefix ? strlen(source->id_prefix) : 0;
    const bool texts = mg_asks_texts(b->c);
    excluded x;
    int code = read_excluded(&x, b->c->exclude_path, source->path, err);
    for (size_t i = 0; i < r->n && !code; i++) {
        if (prefix && strncmp(r->id[i], source->id_prefix, prefix)) continue;
        if (is_excluded(&x, r->id[i]))
            h->excluded++;
        else if (!r->status[i].ok || !*r->smiles[i] || (b->c->pairs && !*r->text[i]))
            h->rejected++;
        else
            b->rows[b->n++] = (mg_corpus_row){.smiles = r->smiles[i],
                                              .text = texts && *r->text[i] ? r->text[i] : NULL,
                                              .source = s};
    }
    free_excluded(&x);
    return code;
}

int mg_builder_read_sources(mg_builder *b, molglot_error *err) {
    const size_t k = b->c->n_sources;
    size_t n = 0;
    int code = MOLGLOT_OK;
    b->files = calloc(k + 1, sizeof *b->files);
    if (!b->files) return mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < k && !code; s++) {
        code = mg_rows_load(&b->files[s], b->c->sources[s].path, NULL, err);
        n += b->files[s].n;
    }
    if (!code && !(b->rows = calloc(n + 1, sizeof *b->rows))) code = mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < k && !code; s++) code = take_source(b, (int32_t)s, err);
    b->out->h.n_sources = (int32_t)k;
    if (!code && b->c->pairs && !b->n)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "the sources hold no pair of a molecule and a text");
    return code;
}
