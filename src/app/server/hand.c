/* hand.c - what a worker holds: a session, a captioner, generators; each made when it is first
 * needed, all over one model and one writer. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

molglot_session *srv_hand_session(srv_hand *h, molglot_error *err) {
    molglot_options o = molglot_options_default();
    o.threads = h->threads;
    if (!h->session) h->session = molglot_session_new(h->server->model, &o, err);
    return h->session;
}

molglot_captioner *srv_hand_captioner(srv_hand *h, molglot_error *err) {
    molglot_captioner_options o = molglot_captioner_options_default();
    o.threads = h->threads;
    if (!h->captioner && srv_hand_session(h, err))
        h->captioner = molglot_captioner_open(h->session, &o, err);
    return h->captioner;
}

static molglot_generator *fail(molglot_error *err, int code, const char *message) {
    err->code = code;
    snprintf(err->message, sizeof err->message, "%s", message);
    return NULL;
}

molglot_generator *srv_hand_generator(srv_hand *h, const char *memory, molglot_error *err) {
    mg_server *s = h->server;
    const bool none = memory && !strcmp(memory, "none");
    const int index = memory && !none ? srv_index_named(s, memory) : -1;
    if (!s->writer) return fail(err, MOLGLOT_BAD_FILE, "the model has no writer");
    if (memory && !none && index < 0)
        return fail(err, MOLGLOT_USAGE, "there is no index of this name for a memory");
    const size_t at = memory ? none ? 1 : (size_t)index + 2 : 0;
    if (!h->generators) h->generators = calloc((size_t)s->o.n_indexes + 2, sizeof *h->generators);
    if (!h->generators) return fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    if (h->generators[at]) return h->generators[at];
    molglot_generator_options o = molglot_generator_options_default();
    o.ranker = srv_hand_session(h, err);
    if (!o.ranker) return NULL;
    o.memory = index >= 0 ? s->indexes[index] : NULL;
    o.no_memory = none;
    o.threads = h->threads;
    o.screen = s->screen;
    h->generators[at] = molglot_generator_open(s->writer, &o, err);
    return h->generators[at];
}

molglot_predictor *srv_hand_predictor(srv_hand *h, int head, molglot_error *err) {
    const mg_server *s = h->server;
    molglot_options o = molglot_options_default();
    o.threads = h->threads;
    if (!h->predictors) h->predictors = calloc((size_t)s->o.n_heads + 1, sizeof *h->predictors);
    if (h->predictors && !h->predictors[head])
        h->predictors[head] = molglot_predictor_open(s->o.heads[head].path, s->model, &o, err);
    return h->predictors ? h->predictors[head] : NULL;
}

void srv_hand_close(srv_hand *h) {
    for (int i = 0; h->predictors && i < h->server->o.n_heads; i++)
        molglot_predictor_free(h->predictors[i]);
    free(h->predictors);
    h->predictors = NULL;
    for (int i = 0; h->generators && i < h->server->o.n_indexes + 2; i++)
        molglot_generator_free(h->generators[i]);
    free(h->generators);
    molglot_captioner_free(h->captioner);
    molglot_session_free(h->session);
    h->generators = NULL;
    h->captioner = NULL;
    h->session = NULL;
}

int srv_index_named(const mg_server *s, const char *name) {
    for (int i = 0; name && i < s->o.n_indexes; i++)
        if (!strcmp(s->names[i], name)) return i;
    return name || !s->o.n_indexes ? -1 : 0;
}
