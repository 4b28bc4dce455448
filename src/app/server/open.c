/* open.c - the server's model and indexes. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

mg_server_options mg_server_default(void) {
    return (mg_server_options){.host = "127.0.0.1",
                               .port = 8080,
                               .writers = 1,
                               .hands = 2,
                               .max_body = 2 << 20,
                               .max_waiting = 512,
                               .max_writing = 8,
                               .peer_s = 10,
                               .search_s = 30,
                               .generate_s = 120,
                               .idle_s = 60,
                               .body_s = 30};
}

/* "data/library.idx" is called "library"; the second one of that name "library-2". */
static char *name_of(const mg_server *s, int i) {
    const char *path = s->o.indexes[i], *slash = strrchr(path, '/'),
               *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    const size_t n = dot && dot != base ? (size_t)(dot - base) : strlen(base);
    char *name = malloc(n + 16);
    if (!name) return NULL;
    memcpy(name, base, n);
    name[n] = 0;
    for (int again = 2, k = 0; k < i; k++)
        if (!strcmp(s->names[k], name)) {
            snprintf(name + n, 16, "-%d", again++);
            k = -1;
        }
    return name;
}

mg_server *srv_new(const mg_server_options *options, molglot_error *err) {
    mg_server *s = calloc(1, sizeof *s);
    if (s) {
        s->o = *options;
        s->names = calloc((size_t)s->o.n_indexes + 1, sizeof *s->names);
        s->indexes = calloc((size_t)s->o.n_indexes + 1, sizeof *s->indexes);
        pthread_mutex_init(&s->lock, NULL);
        pthread_cond_init(&s->some_live, NULL);
        for (int i = 0; i < SRV_LANES; i++) {
            pthread_mutex_init(&s->lanes[i].lock, NULL);
            pthread_cond_init(&s->lanes[i].some, NULL);
        }
    }
    if (s && s->names && s->indexes) return s;
    srv_free(s);
    err->code = MOLGLOT_NO_MEMORY;
    snprintf(err->message, sizeof err->message, "out of memory: a server");
    return NULL;
}

static int check_index(mg_server *s, int i, molglot_error *err) {
    const char *ours = molglot_model_sha256(s->model, err),
               *its = molglot_index_model_sha256(s->indexes[i]);
    if (!ours) return err->code;
    if (!strcmp(ours, its)) return MOLGLOT_OK;
    err->code = MOLGLOT_BAD_FILE;
    snprintf(
        err->message, sizeof err->message,
        "%s was made with another model (%s, sha256 %.12s...; this one is %.12s...): index the "
        "library again",
        s->o.indexes[i], molglot_index_model_name(s->indexes[i]), its, ours);
    return err->code;
}

int srv_load(mg_server *s, molglot_error *err) {
    if (srv_peers_open(s, err)) return err->code;
    s->model = molglot_model_load(s->o.model, err);
    if (!s->model) return err->code;
    molglot_error none;
    s->writer = molglot_model_writer(s->model, &none);
    s->groups = molglot_groups_open(NULL, 0, err);
    if (!s->groups) return err->code;
    const char *own = s->o.control_list;
    s->screen = molglot_screen_open(own, own ? strlen(own) : 0, err);
    if (!s->screen) return err->code;
    for (int i = 0; i < s->o.n_indexes; i++) {
        s->indexes[i] = molglot_index_open(s->o.indexes[i], err);
        if (!s->indexes[i] || check_index(s, i, err)) return err->code;
        if (!(s->names[i] = name_of(s, i))) {
            snprintf(err->message, sizeof err->message, "out of memory");
            return err->code = MOLGLOT_NO_MEMORY;
        }
    }
    return MOLGLOT_OK;
}

void srv_free(mg_server *s) {
    if (!s) return;
    for (int i = 0; i < s->o.n_indexes; i++) {
        if (s->indexes) molglot_index_free(s->indexes[i]);
        if (s->names) free(s->names[i]);
    }
    free(s->indexes);
    free(s->names);
    free(s->peers);
    molglot_groups_close(s->groups);
    molglot_screen_close(s->screen);
    molglot_model_free(s->model);
    for (int i = 0; i < SRV_LANES; i++) {
        pthread_mutex_destroy(&s->lanes[i].lock);
        pthread_cond_destroy(&s->lanes[i].some);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->some_live);
    free(s);
}
