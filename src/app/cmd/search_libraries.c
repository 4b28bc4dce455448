/* search_libraries.c - what is searched: index files, and library files (SDF, CSV, SMILES, ...)
 * that are indexed on the way.
 *
 * The index of a library file is kept, as .FILE.KEY.molglot.idx beside it or, where that folder
 * takes none, as PATH-KEY.idx in $XDG_CACHE_HOME/molglot (~/.cache/molglot). KEY is a hash of the
 * file's path, size, time of change and of the model: a changed file has another, and indexes of
 * earlier ones are removed.
 */
#include "app/cmd/search.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = PATH_MAX + 2 * NAME_MAX + 64 };
enum { MOST_ROWS = 50000 }; /* of a library that is indexed on the way */

/* ---- what is a library ---- */

static bool is_index(const char *path) {
    char magic[8] = "";
    FILE *f = fopen(path, "rb");
    const bool read = f && fread(magic, 1, sizeof magic, f) == sizeof magic;
    if (f) fclose(f);
    return read && !memcmp(magic, "MGINDEX", sizeof magic);
}

bool search_is_library(const char *arg) {
    struct stat st;
    if (stat(arg, &st) || !S_ISREG(st.st_mode)) return false;
    /* a word of a question may be the name of a file, but hardly with a dot or a slash in it */
    return strpbrk(arg, "./") || is_index(arg);
}

/* ---- where an index is kept ---- */

/* KEY of a file and the hash of its path. */
static int key_of(const char *path, const char *model, uint64_t *key, uint64_t *place,
                  molglot_error *err) {
    struct stat st;
    char real[PATH_MAX];
    if (stat(path, &st) || !realpath(path, real))
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s", path, strerror(errno));
    mg_str s = {0};
    mg_str_addf(&s, "%s\n%lld\n%lld.%09ld\n%s\n%s", real, (long long)st.st_size,
                (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, model, MOLGLOT_VERSION);
    *place = mg_hash64(real, strlen(real), 0);
    *key = s.failed ? 0 : mg_hash64(s.s, s.n, 0);
    mg_str_free(&s);
    return *key ? MOLGLOT_OK : mg_no_memory(err, "a library");
}

/* Folder, and how the names of the file's indexes begin and end. */
typedef struct kept_place {
    char folder[PATH_MAX];
    char begins[NAME_MAX + 1];
    const char *ends;
} kept_place;

static bool place_beside(kept_place *p, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int folder = snprintf(p->folder, sizeof p->folder, "%.*s",
                                slash ? (int)(slash - path) + 1 : 2, slash ? path : "./"),
              begins = snprintf(p->begins, sizeof p->begins, ".%s.", name);
    p->ends = ".molglot.idx";
    return folder < (int)sizeof p->folder && begins < 200;
}

static bool place_in_cache(kept_place *p, uint64_t path) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = 0;
    if (cache && *cache == '/')
        n = snprintf(p->folder, sizeof p->folder, "%s/molglot/", cache);
    else if (home && *home == '/')
        n = snprintf(p->folder, sizeof p->folder, "%s/.cache/molglot/", home);
    snprintf(p->begins, sizeof p->begins, "%016llx-", (unsigned long long)path);
    p->ends = ".idx";
    return n > 0 && n < (int)sizeof p->folder;
}

static void file_in(const kept_place *p, uint64_t key, char out[LONGEST]) {
    snprintf(out, LONGEST, "%.4095s%.255s%016llx%.15s", p->folder, p->begins,
             (unsigned long long)key, p->ends);
}

/* Removes the indexes of earlier states of the file. */
static void remove_older(const kept_place *p, uint64_t key) {
    char own[17];
    DIR *folder = opendir(p->folder);
    const size_t begins = strlen(p->begins), ends = strlen(p->ends);
    snprintf(own, sizeof own, "%016llx", (unsigned long long)key);
    for (struct dirent *e; folder && (e = readdir(folder)) != NULL;) {
        const size_t n = strlen(e->d_name);
        if (n == begins + 16 + ends && !memcmp(e->d_name, p->begins, begins) &&
            !strcmp(e->d_name + n - ends, p->ends) && memcmp(e->d_name + begins, own, 16))
            unlinkat(dirfd(folder), e->d_name, 0);
    }
    if (folder) closedir(folder);
}

/* ---- indexing ---- */

typedef struct making {
    const cli_common *common;
    cli_rejects rejects;
    const char *path;
    /* columns that are neither molecule, text nor id: names, places, a row's cells */
    const char **names, **cells;
    int *places, n;
} making;

static int find_columns(making *m, const mg_table *table, molglot_error *err) {
    const char *const *names;
    const int n = mg_table_columns(table, &names);
    m->names = calloc((size_t)n + 1, sizeof *m->names);
    m->cells = calloc((size_t)n + 1, sizeof *m->cells);
    m->places = calloc((size_t)n + 1, sizeof *m->places);
    if (!m->names || !m->cells || !m->places) return mg_no_memory(err, "%d columns", n);
    for (int c = 0; c < n && !mg_table_plain(table); c++) {
        if (mg_table_role(table, c)) continue;
        m->places[m->n] = c;
        m->names[m->n++] = names[c];
    }
    return MOLGLOT_OK;
}

static const char *const *cells_of(making *m, const mg_row *row) {
    for (int c = 0; c < m->n; c++)
        m->cells[c] = row->fields && m->places[c] < row->n_fields ? row->fields[m->places[c]] : "";
    return m->cells;
}

static void on_reject(void *user, int64_t number, const char *id, const char *what,
                      const molglot_row_status *status) {
    making *m = user;
    (void)what;
    cli_reject(m->common, &m->rejects, m->path, number, id, status);
}

static int push_rows(making *m, mg_table *table, cli_engine *engine, const char *out,
                     molglot_error *err) {
    const cli_table sniffed = cli_table_default();
    const char *identity = mg_bundle_identity(engine->bundle, err);
    mg_library *library = NULL;
    mg_row row;
    int more, code = identity ? find_columns(m, table, err) : MOLGLOT_BAD_FILE;
    int64_t rows = 0;
    while (!code && (more = mg_table_next(table, &row, err)) != 0) {
        if (more < 0) code = mg_code_of(err, MOLGLOT_BAD_FILE);
        if (!code && !library) {
            const mg_basis *basis;
            if ((code = mg_bundle_basis(engine->bundle, &basis, err)) != 0) break;
            const mg_library_options o = {.index = {.basis = basis,
                                                    .dtype = MG_BF16,
                                                    .side = cli_table_side(&sniffed, table, &row),
                                                    .model_sha256 = identity,
                                                    .model_name = mg_space_part_name(engine->space),
                                                    .columns = m->names,
                                                    .n_columns = m->n},
                                          .on_reject = on_reject,
                                          .user = m};
            library = mg_library_open(engine->embedder, out, &o, err);
            if (!library) code = mg_code_of(err, MOLGLOT_FAILED);
        }
        if (!code && ++rows > MOST_ROWS)
            code = mg_fail(err, MOLGLOT_USAGE,
                           "%s has more than %d rows: make an index of it with `molglot index`",
                           m->path, MOST_ROWS);
        if (code) break;
        const mg_index_row r = {.id = row.id,
                                .smiles = row.smiles,
                                .text = row.text,
                                .number = row.number,
                                .cells = cells_of(m, &row)};
        code = mg_library_push(library, &r, &row.status, err);
    }
    if (!code && library) code = mg_library_flush(library, err);
    if (!code && (!library || !mg_library_kept(library)))
        code = mg_fail(err, MOLGLOT_FAILED, "%s: no row could be indexed", m->path);
    if (!code) code = mg_library_commit(library, err);
    if (!code) (void)cli_rejects_end(m->common, &m->rejects, rows);
    mg_library_free(library);
    free(m->names);
    free(m->cells);
    free(m->places);
    return code;
}

static int make_index(const cli_common *c, cli_engine *engine, const char *path, const char *out,
                      molglot_error *err) {
    making m = {.common = c, .path = path};
    const cli_table options = cli_table_default();
    mg_table *table = mg_table_open(path, &options.options, err);
    if (!table) return mg_code_of(err, MOLGLOT_BAD_FILE);
    cli_say(c, "%s: %s; indexed for this search and the next ones", path, mg_table_describe(table));
    const int code = push_rows(&m, table, engine, out, err);
    mg_table_close(table);
    return code;
}

static bool can_write(const char *folder) { return access(folder, W_OK) == 0; }

/* The index of a library file: a kept one, or a new one. */
static mg_index *index_of(search_libraries *l, const cli_common *c, cli_engine *engine,
                          const char *path, molglot_error *err) {
    kept_place places[2];
    bool usable[2];
    uint64_t key = 0, place = 0;
    char file[LONGEST];
    const char *identity = mg_bundle_identity(engine->bundle, err);
    if (!identity || key_of(path, identity, &key, &place, err)) return NULL;
    usable[0] = place_beside(&places[0], path);
    usable[1] = place_in_cache(&places[1], place);
    for (int i = 0; i < 2; i++) {
        if (!usable[i]) continue;
        file_in(&places[i], key, file);
        mg_index *x = access(file, R_OK) == 0 ? mg_index_open(file, false, NULL) : NULL;
        if (x) return x;
    }
    int at = usable[0] && can_write(places[0].folder) ? 0 : 1;
    if (at == 1 && usable[1] &&
        (mg_make_dirs(places[1].folder, NULL) || !can_write(places[1].folder)))
        usable[1] = false;
    if (usable[at]) {
        file_in(&places[at], key, file);
    } else { /* for this search alone */
        snprintf(file, sizeof file, "/tmp/molglot-%ld-%d.idx", (long)getpid(), l->n);
    }
    if (make_index(c, engine, path, file, err)) return NULL;
    if (usable[at]) remove_older(&places[at], key);
    mg_index *x = mg_index_open(file, false, err);
    if (!usable[at]) unlink(file); /* it stays mapped */
    return x;
}

int search_libraries_open(search_libraries *l, const cli_common *c, cli_engine *engine,
                          molglot_error *err) {
    int code = MOLGLOT_OK;
    l->indexes = calloc((size_t)l->n + 1, sizeof *l->indexes);
    if (!l->indexes) return mg_no_memory(err, "%d libraries", l->n);
    for (int i = 0; i < l->n && !code; i++) {
        const char *path = l->paths[i];
        struct stat st;
        const char *dot = strrchr(path, '.');
        const bool table = !is_index(path) && !(dot && !strcmp(dot, ".idx")) &&
                           stat(path, &st) == 0 && S_ISREG(st.st_mode);
        l->indexes[i] = table ? index_of(l, c, engine, path, err) : mg_index_open(path, false, err);
        code = l->indexes[i] ? cli_check_index(l->indexes[i], engine, err)
                             : mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    return code;
}

void search_libraries_close(search_libraries *l) {
    for (int i = 0; i < l->n && l->indexes; i++) mg_index_close(l->indexes[i]);
    free(l->indexes);
    free(l->paths);
}

int64_t search_libraries_rows(const search_libraries *l) {
    int64_t rows = 0;
    for (int i = 0; i < l->n; i++) rows += mg_index_size(l->indexes[i]);
    return rows;
}
