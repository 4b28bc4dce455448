/* server.c - opens, loads, drains, closes. */
#include "app/server/inside.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

mg_server *mg_server_open(const mg_server_options *options, molglot_error *err) {
    mg_server *s = srv_new(options, err);
    if (s && srv_http_open(s, err) == MOLGLOT_OK) return s;
    mg_server_close(s);
    return NULL;
}

int mg_server_port(const mg_server *s) { return srv_http_port(s); }

int mg_server_load(mg_server *s, molglot_error *err) {
    int code = srv_load(s, err);
    if (!code) code = srv_lanes_start(s, err);
    if (!code) atomic_store(&s->state, SRV_READY);
    return code;
}

static int live_jobs(mg_server *s) {
    pthread_mutex_lock(&s->lock);
    const int n = s->n_live;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void mg_server_drain(mg_server *s, double seconds) {
    const double end = srv_now() + seconds;
    atomic_store(&s->state, SRV_DRAINING);
    while (live_jobs(s) && srv_now() < end) (void)poll(NULL, 0, 20);
    while (live_jobs(s)) {
        srv_stop_all(s, SRV_DRAINED);
        (void)poll(NULL, 0, 20);
    }
    (void)poll(NULL, 0, 50); /* their last bytes */
}

void mg_server_close(mg_server *s) {
    if (!s) return;
    mg_server_drain(s, 0);
    srv_http_close(s);
    srv_lanes_stop(s);
    srv_free(s);
}
