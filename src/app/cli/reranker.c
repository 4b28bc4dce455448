/* reranker.c - the model's re-ranker, with the dictionary that it reads names with. */
#include "app/cli/cli.h"
#include "model/bundle/bundle.h"

static int open_names(cli_reranker *x, const cli_engine *e, const cli_common *c, const char *names,
                      molglot_error *err) {
    if (!names) return cli_dictionary_open(&x->names, e->bundle, c, err);
    if (!*names) return MOLGLOT_OK;
    x->names.own = mg_bundle_open(names, err);
    x->names.d = x->names.own ? mg_bundle_names(x->names.own, err) : NULL;
    return x->names.d ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

int cli_reranker_open(cli_reranker *x, const cli_engine *e, const cli_common *c, const char *names,
                      const mg_groups *groups, molglot_error *err) {
    *x = (cli_reranker){0};
    if (!mg_bundle_has(e->bundle, MG_PART_RERANK)) return MOLGLOT_OK;
    const mg_rerank_part *part = mg_bundle_rerank(e->bundle, err);
    int code = part ? open_names(x, e, c, names, err) : mg_code_of(err, MOLGLOT_BAD_FILE);
    if (!code) {
        x->r = mg_reranker_new(part, e->embedder, x->names.d, groups, err);
        if (!x->r) code = mg_code_of(err, MOLGLOT_FAILED);
    }
    if (code) cli_reranker_close(x);
    return code;
}

void cli_reranker_close(cli_reranker *x) {
    mg_reranker_free(x->r);
    cli_dictionary_close(&x->names);
    *x = (cli_reranker){0};
}
