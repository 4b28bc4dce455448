/* merge_basis.c - `merge --basis`: the principal directions of a bundle's space, from embeddings of
 * a table's molecules and texts, as the bundle's part `basis`. */
#include "app/cmd/merge_basis.h"

#include "data/table/table.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct made {
    int8_t *v; /* [directions, dim] */
    float *scales;
    int directions, dim;
} made;

static int on_progress(void *user, int64_t done, int64_t total) {
    cli_progress *p = user;
    p->total = total;
    cli_progress_update(p, done, "");
    return cli_interrupted;
}

/* The table's molecules that can be read, and its texts, in `all`. */
static int take_rows(const mg_rows *rows, const char **all, mg_basis_rows *out) {
    const char **texts = all + rows->n;
    for (size_t i = 0; i < rows->n; i++) {
        if (!rows->status[i].ok) continue;
        if (rows->smiles[i] && *rows->smiles[i]) all[out->n++] = rows->smiles[i];
        if (rows->text[i] && *rows->text[i]) texts[out->n_texts++] = rows->text[i];
    }
    out->smiles = all;
    out->texts = texts;
    return out->n || out->n_texts ? MOLGLOT_OK : MOLGLOT_FAILED;
}

static int find_directions(const cli_common *c, cli_engine *engine, const char *table,
                           int directions, made *m, molglot_error *err) {
    const mg_table_options options = cli_table_default().options;
    mg_rows rows = {0};
    cli_progress progress;
    m->dim = mg_embedder_dim(engine->embedder);
    m->directions = directions < m->dim ? directions : m->dim;
    int code = mg_rows_load(&rows, table, &options, err);
    if (code) return code;
    const char **all = calloc(2 * rows.n + 1, sizeof *all);
    m->v = malloc((size_t)m->directions * (size_t)m->dim);
    m->scales = malloc((size_t)m->directions * sizeof *m->scales);
    mg_basis_rows from = {.wanted = m->directions, .on_progress = on_progress, .user = &progress};
    if (!all || !m->v || !m->scales) code = mg_no_memory(err, "a basis");
    if (!code && take_rows(&rows, all, &from))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: no row can be read", table);
    if (!code) {
        cli_progress_start(&progress, c, "basis, rows", 0);
        code = mg_basis_make(engine->embedder, &from, m->v, m->scales, err);
        cli_progress_end(&progress);
    }
    free(all);
    mg_rows_free(&rows);
    return code;
}

static int save(const cli_engine *engine, const made *m, const char *path, molglot_error *err) {
    const char *identity = mg_bundle_identity(engine->bundle, err);
    const char *licence = mg_space_part_meta(engine->space, "licence");
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const char *const metadata[] = {"molglot.kind",
                                    "basis",
                                    "name",
                                    "basis",
                                    "licence",
                                    licence ? licence : "unknown",
                                    "description",
                                    "Principal directions of the space, for the codes of indexes",
                                    NULL};
    const mg_basis_contents c = {
        .space = identity, .basis = {m->directions, m->dim, m->v, m->scales}, .metadata = metadata};
    return mg_basis_part_save(path, &c, err);
}

/* A folder takes the part as a file; a file is merged with it anew. */
static int add_part(const mg_merge_options *o, const cli_engine *engine, const made *m,
                    const char *out, molglot_error *err) {
    struct stat st;
    mg_str path = {0};
    const bool folder = stat(out, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder)
        mg_str_addf(&path, "%s%s%s.safetensors", out, out[strlen(out) - 1] == '/' ? "" : "/",
                    MG_PART_BASIS);
    else
        mg_str_addf(&path, "%s.basis-%ld", out, (long)getpid());
    int code = path.failed ? mg_no_memory(err, "a basis") : save(engine, m, path.s, err);
    if (!folder && !path.failed) {
        const char *const both[] = {out, path.s};
        const mg_merge_options again = {.name = o->name, .licence = o->licence, .replace = true};
        if (!code) code = mg_bundle_merge(both, 2, &again, out, err);
        unlink(path.s);
    }
    mg_str_free(&path);
    return code;
}

int merge_basis(const cli_common *c, const mg_merge_options *o, const char *out, const char *table,
                int directions, molglot_error *err) {
    mg_bundle *b = mg_bundle_open(out, err);
    if (!b) return mg_code_of(err, MOLGLOT_BAD_FILE);
    cli_engine engine;
    made m = {0};
    int code = cli_engine_of(&engine, b, c, 0, err);
    if (!code) code = find_directions(c, &engine, table, directions, &m, err);
    if (!code) code = add_part(o, &engine, &m, out, err);
    free(m.v);
    free(m.scales);
    cli_engine_close(&engine);
    mg_bundle_close(b);
    return code;
}
