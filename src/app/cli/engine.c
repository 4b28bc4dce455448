/* engine.c - finds and opens the model: --model, $MOLGLOT_MODEL, or the shipped one near the
 * program; and checks that an index was made with it. */
#include "app/cli/cli.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- finding ---- */

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The program's own file: /proc says it, or, where /proc is not mounted (a bare chroot), the name
 * that it was started by. */
static bool find_program(char exe[PATH_MAX]) {
    const ssize_t n = readlink("/proc/self/exe", exe, PATH_MAX - 1);
    if (n > 0) {
        exe[n] = 0;
        return true;
    }
    const char *name = (const char *)getauxval(AT_EXECFN);
    return name && realpath(name, exe);
}

/* The folder of the shipped model: share/molglot or models/ near the program, into buf. */
const char *cli_find_shipped(char *buf, size_t n) {
    static const char *const places[] = {"../share/molglot", "../../models", "models"};
    static const char *const files[] = {MG_PART_SPACE, "molglot"};
    char exe[PATH_MAX];
    if (!find_program(exe)) return NULL;
    char *slash = strrchr(exe, '/');
    if (slash) *slash = 0;
    for (size_t i = 0; i < MG_COUNT(places); i++)
        for (size_t k = 0; k < MG_COUNT(files); k++) {
            char file[PATH_MAX + 64];
            snprintf(file, sizeof file, "%s/%s/%s.safetensors", exe, places[i], files[k]);
            const int written = snprintf(buf, n, "%s/%s", exe, places[i]);
            if (written > 0 && (size_t)written < n && is_file(file)) return buf;
        }
    return NULL;
}

const char *cli_find_model(const cli_common *c, char *buf, size_t n) {
    const char *given = c->model ? c->model : getenv("MOLGLOT_MODEL");
    if (!given || !*given) return cli_find_shipped(buf, n);
    snprintf(buf, n, "%s", given);
    return buf;
}

const char *cli_model_path(const cli_common *c, char *buf, size_t n, molglot_error *err) {
    if (cli_find_model(c, buf, n)) return buf;
    mg_fail(err, MOLGLOT_BAD_FILE, "no model found: give one with --model MODEL or $MOLGLOT_MODEL");
    return NULL;
}

/* ---- opening ---- */

int cli_engine_of(cli_engine *e, mg_bundle *b, const cli_common *c, int batch, molglot_error *err) {
    *e = (cli_engine){.bundle = b, .space = mg_bundle_space(b, err)};
    if (!e->space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    e->embedder = mg_embedder_new(
        e->space, (mg_embed_options){.device = c->device, .threads = c->threads, .batch = batch},
        err);
    return e->embedder ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

int cli_engine_open(cli_engine *e, const cli_common *c, int batch, molglot_error *err) {
    char path[4096];
    memset(e, 0, sizeof *e);
    mg_bundle *b = cli_model_path(c, path, sizeof path, err) ? mg_bundle_open(path, err) : NULL;
    if (!b) return mg_code_of(err, MOLGLOT_BAD_FILE);
    int code = cli_engine_of(e, b, c, batch, err);
    e->own = true;
    if (code) cli_engine_close(e);
    return code;
}

void cli_engine_close(cli_engine *e) {
    mg_embedder_free(e->embedder);
    if (e->bundle) cli_manifest_bundle(e->bundle);
    if (e->own) mg_bundle_close(e->bundle);
    memset(e, 0, sizeof *e);
}

int cli_check_index(const mg_index *x, const cli_engine *e, molglot_error *err) {
    if (mg_index_model_dim(x) != mg_embedder_dim(e->embedder))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the index holds vectors of length %d, the model makes %d: index the "
                       "library again with this model",
                       mg_index_model_dim(x), mg_embedder_dim(e->embedder));
    if (mg_bundle_matches(e->bundle, mg_index_model_sha256(x))) return MOLGLOT_OK;
    const char *identity = mg_bundle_identity(e->bundle, err);
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "the index was made with another model (%s, sha256 %.12s...; this one is "
                   "%.12s...): index the library again",
                   mg_index_model_name(x), mg_index_model_sha256(x), identity);
}
