/* metrics.c - counts of what was asked and answered, without what. */
#include "app/server/inside.h"

static const int codes[SRV_CODES] = {200, 400, 401, 403, 404, 405, 408, 411, 413, 415,
                                     422, 429, 431, 499, 500, 501, 502, 503, 504, 0};
static const double edges[SRV_BUCKETS] = {.001, .003, .01, .03, .1, .3, 1, 3, 10, 30, 100, 1e30};

void srv_metrics_request(srv_metrics *m, int route, int status, double seconds) {
    int code = 0, bucket = 0;
    while (code < SRV_CODES - 1 && codes[code] != status) code++;
    while (bucket < SRV_BUCKETS - 1 && seconds > edges[bucket]) bucket++;
    atomic_fetch_add(&m->requests[route][code], 1);
    atomic_fetch_add(&m->bucket[route][bucket], 1);
    atomic_fetch_add(&m->microseconds[route], (unsigned long)(seconds * 1e6));
}

/* ---- Prometheus' text form ---- */

#include <stdlib.h>
#include <string.h>

static void put_routes(FILE *f, const srv_metrics *m, const srv_route *routes, size_t n) {
    fputs("# HELP molglot_requests_total Requests answered.\n"
          "# TYPE molglot_requests_total counter\n",
          f);
    for (size_t i = 0; i <= n; i++)
        for (size_t c = 0; c < SRV_CODES; c++) {
            const unsigned long x = atomic_load(&m->requests[i][c]);
            if (x)
                fprintf(f, "molglot_requests_total{route=\"%s\",code=\"%d\"} %lu\n",
                        i < n ? routes[i].path : "-", codes[c], x);
        }
    fputs("# HELP molglot_request_seconds Time from a request's first byte to its answer.\n"
          "# TYPE molglot_request_seconds histogram\n",
          f);
    for (size_t i = 0; i < n; i++) {
        unsigned long sum = 0;
        for (size_t b = 0; b < SRV_BUCKETS; b++) sum += atomic_load(&m->bucket[i][b]);
        if (!sum) continue;
        sum = 0;
        for (size_t b = 0; b < SRV_BUCKETS; b++) {
            char edge[16] = "+Inf";
            if (b + 1 < SRV_BUCKETS) snprintf(edge, sizeof edge, "%g", edges[b]);
            sum += atomic_load(&m->bucket[i][b]);
            fprintf(f, "molglot_request_seconds_bucket{route=\"%s\",le=\"%s\"} %lu\n",
                    routes[i].path, edge, sum);
        }
        fprintf(f,
                "molglot_request_seconds_sum{route=\"%s\"} %.6f\n"
                "molglot_request_seconds_count{route=\"%s\"} %lu\n",
                routes[i].path, (double)atomic_load(&m->microseconds[i]) * 1e-6, routes[i].path,
                sum);
    }
}

static void put_peers(FILE *f, mg_server *s) {
    if (!s->o.n_peers) return;
    fputs("# HELP molglot_peer_calls_total Questions to peers.\n"
          "# TYPE molglot_peer_calls_total counter\n",
          f);
    for (int i = 0; i < s->o.n_peers; i++)
        fprintf(f,
                "molglot_peer_calls_total{peer=\"%s\",answered=\"true\"} %lu\n"
                "molglot_peer_calls_total{peer=\"%s\",answered=\"false\"} %lu\n",
                s->peers[i].name, atomic_load(&s->peers[i].answered), s->peers[i].name,
                atomic_load(&s->peers[i].failed));
}

static void put_lanes(FILE *f, mg_server *s) {
    static const char *const names[] = {"search", "writing", "talk", "hands"};
    int running[SRV_LANES];
    fputs("# HELP molglot_queue_depth Requests that wait.\n# TYPE molglot_queue_depth gauge\n", f);
    for (int i = 0; i < SRV_LANES; i++) {
        pthread_mutex_lock(&s->lanes[i].lock);
        const int waiting = s->lanes[i].waiting;
        running[i] = s->lanes[i].running;
        pthread_mutex_unlock(&s->lanes[i].lock);
        fprintf(f, "molglot_queue_depth{lane=\"%s\"} %d\n", names[i], waiting);
    }
    fputs("# HELP molglot_running Threads at work.\n# TYPE molglot_running gauge\n", f);
    for (int i = 0; i < SRV_LANES; i++)
        fprintf(f, "molglot_running{lane=\"%s\"} %d\n", names[i], running[i]);
}

char *srv_metrics_text(mg_server *s, const srv_route *routes, size_t n) {
    char *text = NULL;
    size_t size;
    srv_metrics *m = &s->metrics;
    FILE *f = open_memstream(&text, &size);
    if (!f) return NULL;
    put_routes(f, m, routes, n);
    put_peers(f, s);
    put_lanes(f, s);
    const struct {
        const char *name, *labels, *type, *what;
        unsigned long x;
    } rest[] = {
        {"molglot_batches_total", "", "counter", "Groups of requests that ran together.",
         atomic_load(&m->batches)},
        {"molglot_batched_requests_total", "", "counter", "Requests in them.",
         atomic_load(&m->batched)},
        {"molglot_clients_gone_total", "", "counter", "Requests whose client left.",
         atomic_load(&m->gone)},
        {"molglot_deadlines_total", "", "counter", "Requests whose time was over.",
         atomic_load(&m->late)},
        {"molglot_rows_rejected_total", "", "counter", "Molecules and texts that were refused.",
         atomic_load(&m->rejected)},
        {"molglot_molecules_drawn_total", "{valid=\"true\"}", "counter", "Molecules written.",
         atomic_load(&m->drawn[1])},
        {"molglot_molecules_drawn_total", "{valid=\"false\"}", "", "", atomic_load(&m->drawn[0])}};
    for (size_t i = 0; i < SRV_COUNT(rest); i++) {
        if (*rest[i].type)
            fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", rest[i].name, rest[i].what, rest[i].name,
                    rest[i].type);
        fprintf(f, "%s%s %lu\n", rest[i].name, rest[i].labels, rest[i].x);
    }
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}
