/* rerank.c - the part `rerank`: what puts the best molecules of a question in a new order.
 *
 *   metadata  molglot.format "1", molglot.kind "rerank", molglot.rerank (JSON of its
 *             configuration), name, molglot.digest, and the trainer's pairs
 *   tensors   the parameters (model/rerank)
 */
#include "model/bundle/inside.h"

#include <string.h>

#define KIND   "rerank"
#define CONFIG "molglot.rerank"

bool mg_rerank_is(const mg_part *p) {
    const char *kind = mg_part_meta(p, "molglot.kind");
    return kind && strcmp(kind, KIND) == 0;
}

int mg_rerank_load(const mg_part *p, void *part, molglot_error *err) {
    mg_rerank_part *r = part;
    const char *json = mg_part_meta(p, CONFIG);
    mg_rerank_config c;
    int code = mg_part_check_format(p, err);
    if (!code && !json)
        code = mg_fail(err, MOLGLOT_BAD_FILE, CONFIG " is missing from the metadata");
    if (!code) code = mg_rerank_config_from_json(json, &c, err);
    if (code) return code;
    if (!(r->params = mg_params_new()) || !(r->model = mg_rerank_new(r->params, &c)))
        return mg_no_memory(err, "the model file");
    const mg_params *const list[] = {r->params};
    code = mg_params_map(r->params, p->file, p->prefix, err);
    return code ? code : mg_part_check_claimed(p, "", list, 1, err);
}

/* Whether the build computes so many features is said where they are computed. */
int mg_rerank_check(const void *part, molglot_error *err) {
    (void)part, (void)err;
    return MOLGLOT_OK;
}

int mg_rerank_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)p, (void)part, (void)err;
    return MOLGLOT_OK;
}

void mg_rerank_clear(void *part) {
    mg_rerank_part *r = part;
    mg_rerank_free(r->model);
    mg_params_free(r->params);
}

int mg_rerank_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_rerank_contents *s = contents;
    const mg_rerank_config *c = mg_rerank_get_config(s->model);
    mg_str json = {0};
    int code = mg_params_write(s->params, o->w, NULL, err);
    if (!code)
        code = mg_part_write_json(o->w, CONFIG, mg_rerank_config_to_json(c, &json), &json, err);
    if (!code) code = mg_weights_out_meta(o->w, "molglot.kind", KIND, err);
    return code ? code : mg_weights_out_meta(o->w, "name", c->name, err);
}
