/* cli_generator.c - finds and opens what generating needs: the writer file, a ranking model, an index of neighbours. */
#include <string.h>

#include "app/cli.h"

static int open_writer(cli_generator *g, const char *asked, molglot_error *err) {
    char path[4096];
    if (!cli_shipped_path(asked, "MOLGLOT_GENERATOR", "molglot-writer.safetensors", path, sizeof path))
        return mg_fail(err, MOLGLOT_BAD_FILE, "no generator found: give one with --generator FILE or $MOLGLOT_GENERATOR (`molglot train` makes one)");
    return mg_writer_file_load(&g->file, path, err);
}

static int open_ranker(cli_generator *g, const cli_common *c, const cli_generator_options *o, molglot_error *err) {
    char path[4096];
    if (!o->rank) return MOLGLOT_OK;
    if (!o->memory && !cli_shipped_path(c->model, "MOLGLOT_MODEL", "molglot-momu.safetensors", path, sizeof path)) {
        cli_say(c, "no ranking model (--model FILE): the likeliest molecules come first");
        return MOLGLOT_OK;
    }
    cli_common one = *c;
    one.threads = 1;
    int rc = cli_engine_open(&g->ranker, &one, 0, err);
    g->ranked = rc == MOLGLOT_OK;
    return rc;
}

static int open_memory(cli_generator *g, const char *path, molglot_error *err) {
    if (!path) return MOLGLOT_OK;
    if (!g->ranked) return mg_fail(err, MOLGLOT_USAGE, "--memory needs the ranking model");
    if (!(g->memory = mg_index_open(path, false, err))) return err->code;
    return cli_check_index(g->memory, &g->ranker, err);
}

int cli_generator_open(cli_generator *g, const cli_common *c, const cli_generator_options *o, molglot_error *err) {
    memset(g, 0, sizeof *g);
    int rc = open_writer(g, o->path, err);
    if (rc == MOLGLOT_OK) rc = open_ranker(g, c, o, err);
    if (rc == MOLGLOT_OK) rc = open_memory(g, o->memory, err);
    if (rc != MOLGLOT_OK) return rc;
    g->g = mg_generator_new(&g->file, g->ranked ? g->ranker.embedder : NULL, g->memory, c->device, c->threads, err);
    return g->g ? MOLGLOT_OK : err->code;
}

void cli_generator_close(cli_generator *g) {
    mg_generator_free(g->g);
    mg_index_close(g->memory);
    if (g->ranked) cli_engine_close(&g->ranker);
    mg_writer_file_close(&g->file);
}
