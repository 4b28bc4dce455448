/* moflow.c - the part `moflow`: a normalising flow over molecular graphs, and with a reader what
 * turns soft graphs into rows of an aligned space.
 *
 *   metadata  molglot.format "1", molglot.kind "moflow", molglot.moflow (JSON of its
 *             configuration), molglot.space (digest of the space that the reader answers in), name,
 *             molglot.digest, and the trainer's pairs
 *   tensors   the parameters (model/moflow)
 */
#include "model/bundle/inside.h"

#include <string.h>

#define KIND   "moflow"
#define CONFIG "molglot.moflow"
#define SPACE  "molglot.space"

bool mg_moflow_part_is(const mg_part *p) {
    const char *kind = mg_part_meta(p, "molglot.kind");
    return kind && strcmp(kind, KIND) == 0;
}

/* The part's numbers in F32, whatever it stores: gradients of latents go through them. */
static int widen(const mg_part *p, const mg_moflow_config *c, mg_params *to, molglot_error *err) {
    mg_params *stored = mg_params_new();
    mg_moflow *model = stored ? mg_moflow_new(stored, c) : NULL;
    int code = model ? mg_params_map(stored, p->file, p->prefix, err)
                     : mg_no_memory(err, "the model file");
    const mg_params *const list[] = {stored};
    if (!code) code = mg_part_check_claimed(p, "", list, 1, err);
    if (!code) code = mg_params_build(to, (mg_build_options){.seed = 1}, err);
    if (!code) code = mg_params_copy(to, stored, err);
    mg_moflow_free(model);
    mg_params_free(stored);
    return code;
}

int mg_moflow_part_load(const mg_part *p, void *part, molglot_error *err) {
    mg_moflow_part *f = part;
    const char *json = mg_part_meta(p, CONFIG);
    mg_moflow_config c;
    int code = mg_part_check_format(p, err);
    if (!code && !json)
        code = mg_fail(err, MOLGLOT_BAD_FILE, CONFIG " is missing from the metadata");
    if (!code) code = mg_moflow_config_from_json(json, &c, err);
    if (code) return code;
    f->bundle = p->bundle;
    f->file = p->file;
    f->path = p->path;
    f->space = mg_part_meta(p, SPACE);
    if (!(f->params = mg_params_new()) || !(f->model = mg_moflow_new(f->params, &c)))
        return mg_no_memory(err, "the model file");
    code = widen(p, &c, f->params, err);
    return code ? code : mg_moflow_prepare(f->model, err);
}

/* A reader without its space would answer nobody. */
int mg_moflow_part_check(const void *part, molglot_error *err) {
    const mg_moflow_part *f = part;
    return mg_moflow_get_config(f->model)->reader_dim && !f->space
               ? mg_fail(err, MOLGLOT_BAD_FILE, SPACE " is missing from the metadata")
               : MOLGLOT_OK;
}

int mg_moflow_part_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)p, (void)part, (void)err;
    return MOLGLOT_OK;
}

void mg_moflow_part_clear(void *part) {
    mg_moflow_part *f = part;
    mg_moflow_free(f->model);
    mg_params_free(f->params);
}

int mg_moflow_part_attach(const mg_moflow_part *f, mg_tape *t, molglot_error *err) {
    return mg_params_attach_mapped(f->params, t, err);
}

int mg_moflow_part_write(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_moflow_contents *s = contents;
    const mg_moflow_config *c = mg_moflow_get_config(s->model);
    mg_str json = {0};
    int code = mg_params_write(s->params, o->w, s->store_as, err);
    if (!code)
        code = mg_part_write_json(o->w, CONFIG, mg_moflow_config_to_json(c, &json), &json, err);
    if (!code) code = mg_weights_out_meta(o->w, "molglot.kind", KIND, err);
    if (!code && s->space) code = mg_weights_out_meta(o->w, SPACE, s->space, err);
    return code ? code : mg_weights_out_meta(o->w, "name", c->name, err);
}
