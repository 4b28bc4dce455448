/* http.c - requests over libmicrohttpd: who may ask, bodies, answers, streams.
 *
 * begin: headers (host, key, route, length, type)   -> refused, or read on
 * read:  the body, at most max_body, in body_s       -> JSON -> arguments -> a job in its lane
 * Who is refused and sends a body all the same is told at its end: an answer given earlier, and the
 * connection closed with bytes unread, is one that the client may never see (RFC 9112, 9.6).
 * The connection then sleeps; a job that ends, or a line of its stream, wakes it. */
#include "app/server/inside.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct http {
    struct MHD_Daemon *daemon;
    srv_file *files;
    size_t n_files;
    srv_hand at_once; /* for what needs no lane: it holds nothing */
} http;

typedef struct request {
    mg_server *s;
    const srv_route *route;
    const srv_file *file;
    char rest[320]; /* of the path */
    char *body;
    size_t n, room;
    bool asked, too_long; /* asked: the job is on its way */
    struct {
        int status; /* 0: nothing is wrong */
        const char *code, *message;
    } wrong; /* what the headers alone decided */
    srv_job *job;
    double began;
    int status;
} request;

/* ---- answers ---- */

static void put_headers(struct MHD_Response *r, const char *type, const char *policy) {
    MHD_add_response_header(r, "Content-Type", type);
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(r, "Cache-Control", "no-store");
    MHD_add_response_header(r, "Content-Security-Policy",
                            policy ? policy : "default-src 'none'; frame-ancestors 'none'");
}

static enum MHD_Result queue(struct MHD_Connection *c, request *q, int status,
                             struct MHD_Response *r) {
    q->status = status;
    if (status == 429 || status == 503) MHD_add_response_header(r, "Retry-After", "2");
    if (status == 401) MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
    if (status == 499) status = 503; /* nobody is there to read it */
    const enum MHD_Result done = MHD_queue_response(c, (unsigned)status, r);
    MHD_destroy_response(r);
    return done;
}

/* body: malloc'ed, taken */
static enum MHD_Result answer(struct MHD_Connection *c, request *q, int status, const char *type,
                              char *body, size_t n) {
    struct MHD_Response *r = MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_FREE);
    if (!r) {
        free(body);
        return MHD_NO;
    }
    put_headers(r, type, NULL);
    if (q->job) MHD_add_response_header(r, "X-Request-Id", q->job->id);
    return queue(c, q, status, r);
}

static enum MHD_Result refuse(struct MHD_Connection *c, request *q, int status, const char *code,
                              const char *field, int offset, const char *message) {
    char id[17];
    snprintf(id, sizeof id, "%lx", atomic_fetch_add(&q->s->next_id, 1));
    json_t *e = srv_error_json(status, code, field, offset, message, id);
    char *text = srv_dump(e);
    json_decref(e);
    return text ? answer(c, q, status, "application/json", text, strlen(text)) : MHD_NO;
}

static enum MHD_Result answer_file(struct MHD_Connection *c, request *q) {
    struct MHD_Response *r = MHD_create_response_from_buffer(q->file->n, q->file->bytes,
                                                             MHD_RESPMEM_PERSISTENT);
    if (!r) return MHD_NO;
    put_headers(r, q->file->type, q->file->policy);
    return queue(c, q, 200, r);
}

/* The job has ended. */
static enum MHD_Result answer_job(struct MHD_Connection *c, request *q) {
    srv_job *j = q->job;
    char *body = j->body;
    j->body = NULL;
    if (!body) return refuse(c, q, 500, "failed", NULL, -1, "out of memory");
    const char *type = j->route->type && j->status == 200 ? j->route->type : "application/json";
    return answer(c, q, j->status, type, body, j->n_body);
}

/* ---- streams ---- */

static void wake(srv_job *j) { MHD_resume_connection(j->connection); }

static ssize_t read_stream(void *cls, uint64_t at, char *out, size_t most) {
    srv_job *j = cls;
    (void)at;
    pthread_mutex_lock(&j->lock);
    size_t n = j->n_out - j->at_out;
    if (n > most) n = most;
    ssize_t result = (ssize_t)n;
    if (n) {
        memcpy(out, j->out + j->at_out, n);
        j->at_out += n;
        pthread_cond_broadcast(&j->room);
    } else if (j->ended)
        result = MHD_CONTENT_READER_END_OF_STREAM;
    else {
        j->asleep = true;
        MHD_suspend_connection(j->connection);
    }
    pthread_mutex_unlock(&j->lock);
    return result;
}

static void end_stream(void *cls) { srv_job_drop(cls); }

static enum MHD_Result answer_stream(struct MHD_Connection *c, request *q) {
    srv_job *j = q->job;
    struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, read_stream,
                                                               j, end_stream);
    if (!r) return MHD_NO;
    srv_job_keep(j);
    put_headers(r, j->stream == SRV_EVENTS ? "text/event-stream" : "application/x-ndjson", NULL);
    MHD_add_response_header(r, "X-Accel-Buffering", "no");
    MHD_add_response_header(r, "X-Request-Id", j->id);
    return queue(c, q, 200, r);
}

/* ---- who may ask ---- */

/* In a time that depends on the lengths alone. */
static bool same_key(const char *key, const char *given) {
    const size_t n = strlen(key), m = strlen(given);
    volatile unsigned char differ = n != m;
    for (size_t i = 0; i < n; i++) differ |= (unsigned char)(key[i] ^ (m ? given[i % m] : 0));
    return !differ;
}

static const char *given_key(struct MHD_Connection *c) {
    const char *given = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-Api-Key"),
               *bearer = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
    if (!given && bearer && !strncasecmp(bearer, "Bearer ", 7)) given = bearer + 7;
    return given;
}

static bool has_key(const mg_server *s, struct MHD_Connection *c) {
    const char *given = given_key(c);
    if (!given) return false;
    bool ok = false;
    for (int i = 0; i < s->o.n_keys; i++) ok |= same_key(s->o.keys[i], given);
    return ok;
}

/* Without keys the page of another site must not ask in our user's name: its address could be made
 * to point here, but not to be called localhost. */
static bool known_host(const mg_server *s, struct MHD_Connection *c) {
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
    const char *const known[] = {"localhost", "127.0.0.1", "[::1]", s->o.host};
    if (!host) return true; /* no browser */
    const size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    for (size_t i = 0; i < SRV_COUNT(known); i++)
        if (strlen(known[i]) == n && !strncasecmp(known[i], host, n)) return true;
    return false;
}

static const srv_file *file_of(const http *h, const char *path) {
    for (size_t i = 0; i < h->n_files; i++)
        if (!strcmp(h->files[i].path, path)) return &h->files[i];
    return NULL;
}

static void set_wrong(request *q, int status, const char *code, const char *message) {
    q->wrong.status = status;
    q->wrong.code = code;
    q->wrong.message = message;
}

static void wrong_route(request *q, bool other) {
    if (other)
        set_wrong(q, 405, "method_not_allowed",
                  "this path takes another method: GET /openapi.json lists them");
    else
        set_wrong(q, 404, "no_such_path", "there is no such path: GET /openapi.json lists them");
}

static bool is_json(const char *type) {
    static const char json[] = "application/json";
    return type && !strncasecmp(type, json, sizeof json - 1) &&
           (!type[sizeof json - 1] || strchr("; ", type[sizeof json - 1]));
}

static bool is_health(const request *q) { return q->route && !strcmp(q->route->path, "/health"); }

static void check_headers(struct MHD_Connection *c, request *q, const char *method,
                          const char *path) {
    const http *h = q->s->http;
    const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length"),
               *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Type");
    const bool head = !strcmp(method, "HEAD"), get = head || !strcmp(method, "GET");
    bool other;
    q->file = get ? file_of(h, path) : NULL;
    if (!q->file)
        q->route = srv_route_find(get ? "GET" : method, path, q->rest, sizeof q->rest, &other);
    if (!q->s->o.n_keys && !known_host(q->s, c))
        set_wrong(q, 403, "unknown_host", "the Host header names another server");
    else if (!q->file && !q->route)
        wrong_route(q, other);
    else if (q->file || is_health(q)) /* hold nothing: for all */
        return;
    else if (q->s->o.n_keys && !has_key(q->s, c))
        set_wrong(q, 401, "no_key", "an API key is needed: Authorization: Bearer KEY");
    else if (!get && !is_json(type))
        set_wrong(q, 415, "not_json", "Content-Type: application/json is expected");
    else if (length && strtoull(length, NULL, 10) > q->s->o.max_body)
        set_wrong(q, 413, "too_long", "the body is too long");
}

static enum MHD_Result refuse_wrong(struct MHD_Connection *c, request *q) {
    return refuse(c, q, q->wrong.status, q->wrong.code, NULL, -1, q->wrong.message);
}

/* Does the client wait for leave to send its body? */
static bool waits(struct MHD_Connection *c) {
    const char *expect = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Expect");
    return expect && !strcasecmp(expect, "100-continue");
}

static enum MHD_Result refuse_state(struct MHD_Connection *c, request *q, int state) {
    return refuse(c, q, 503, state == SRV_LOADING ? "loading" : "draining", NULL, -1,
                  state == SRV_LOADING ? "the model is being loaded"
                                       : "the server is being stopped");
}

/* ---- from a body to a job ---- */

static json_t *arguments_of_get(struct MHD_Connection *c, const request *q) {
    json_t *args = json_object();
    const srv_shape *x = q->route->takes;
    for (size_t i = 0; x && i < x->n; i++) {
        const char *name = x->of[i].name;
        const char *v = x->of[i].required
                            ? q->rest
                            : MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);
        char *end;
        const long long number = v ? strtoll(v, &end, 10) : 0;
        if (!v) continue;
        srv_set(args, name,
                x->of[i].type == SRV_INTEGER && *v && !*end ? json_integer(number) : srv_text(v));
    }
    return args;
}

static void set_stream(srv_job *j) {
    const char *stream = srv_string_of(j->args, "stream");
    if (stream && !strcmp(stream, "ndjson")) j->stream = SRV_LINES;
    if (stream && !strcmp(stream, "sse")) j->stream = SRV_EVENTS;
    const mg_server_options *o = &j->server->o;
    const double limit = j->route->lane == SRV_WRITING ? o->generate_s : o->search_s,
                 asked = srv_number_of(j->args, "timeout_s", limit);
    j->deadline = j->began + (asked < limit ? asked : limit);
    j->last_out = j->began;
}

/* What is passed on: the key, if it can stand in a header. */
static void set_front(struct MHD_Connection *c, srv_job *j) {
    if (!j->server->o.n_peers || !j->route->asks_peers) return;
    const char *key = given_key(c);
    bool plain = key && strlen(key) < sizeof j->key;
    for (const char *k = key; plain && *k; k++) plain = *k >= 0x20 && *k < 0x7f;
    if (plain) snprintf(j->key, sizeof j->key, "%s", key);
    j->from_front = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-Molglot-Front") != NULL;
    if (j->lane == SRV_AT_ONCE && srv_asks_peers(j)) j->lane = SRV_HANDS;
}

static enum MHD_Result start(struct MHD_Connection *c, request *q) {
    srv_job *j = q->job;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    j->connection = c;
    j->wake = wake;
    j->fd = info ? info->connect_fd : -1;
    q->asked = true;
    if (j->lane == SRV_AT_ONCE) {
        http *h = q->s->http;
        srv_job_keep(j);
        j->route->run(&h->at_once, &j, 1);
        srv_job_end(j);
        return answer_job(c, q);
    }
    if (!srv_job_enqueue(j)) {
        j->ended = true;
        return refuse(c, q, 429, "overloaded", NULL, -1, "too many requests wait; try again");
    }
    if (j->stream != SRV_WHOLE) return answer_stream(c, q);
    pthread_mutex_lock(&j->lock);
    const bool ended = j->ended;
    if (!ended) {
        j->asleep = true;
        MHD_suspend_connection(c);
    }
    pthread_mutex_unlock(&j->lock);
    return ended ? answer_job(c, q) : MHD_YES;
}

static enum MHD_Result ask(struct MHD_Connection *c, request *q) {
    if (q->file) return answer_file(c, q);
    const int state = atomic_load(&q->s->state);
    if (state != SRV_READY) return refuse_state(c, q, state);
    if (q->too_long) return refuse(c, q, 413, "too_long", NULL, -1, "the body is too long");
    json_error_t why = {0};
    srv_wrong wrong;
    const bool get = q->route->method[0] == 'G';
    json_t *args = get ? arguments_of_get(c, q)
                       : json_loadb(q->body ? q->body : "", q->n, JSON_REJECT_DUPLICATES, &why);
    if (!args) return refuse(c, q, 400, "bad_json", NULL, why.position, why.text);
    static const srv_shape nothing = {.type = SRV_OBJECT};
    if (!srv_shape_take(q->route->takes ? q->route->takes : &nothing, args, &wrong)) {
        json_decref(args);
        return refuse(c, q, 422, "bad_argument", wrong.field, -1, wrong.message);
    }
    q->job = srv_job_new(q->s, q->route);
    if (!q->job) {
        json_decref(args);
        return MHD_NO;
    }
    q->job->args = args;
    q->job->began = q->began;
    set_stream(q->job);
    set_front(c, q->job);
    return start(c, q);
}

static bool keep(request *q, const char *bytes, size_t n) {
    if (q->wrong.status || q->too_long || q->n + n > q->s->o.max_body) {
        q->too_long = true;
        return true;
    }
    if (q->n + n > q->room) {
        const size_t room = 2 * (q->n + n);
        char *body = malloc(room);
        if (!body) return false;
        if (q->n) memcpy(body, q->body, q->n);
        if (q->body) explicit_bzero(q->body, q->room);
        free(q->body);
        q->body = body;
        q->room = room;
    }
    memcpy(q->body + q->n, bytes, n);
    q->n += n;
    return true;
}

/* ---- libmicrohttpd's side ---- */

static enum MHD_Result on_access(void *cls, struct MHD_Connection *c, const char *path,
                                 const char *method, const char *version, const char *bytes,
                                 size_t *n, void **own) {
    (void)version;
    request *q = *own;
    if (!q) {
        q = *own = calloc(1, sizeof *q);
        if (!q) return MHD_NO;
        q->s = cls;
        q->began = srv_now();
        check_headers(c, q, method, path);
        return q->wrong.status && waits(c) ? refuse_wrong(c, q) : MHD_YES;
    }
    if (q->asked) return answer_job(c, q);
    if (!*n) return q->wrong.status ? refuse_wrong(c, q) : ask(c, q);
    const bool going = keep(q, bytes, *n) && srv_now() - q->began < q->s->o.body_s;
    *n = 0;
    return going ? MHD_YES : MHD_NO;
}

static void on_end(void *cls, struct MHD_Connection *c, void **own,
                   enum MHD_RequestTerminationCode why) {
    (void)c, (void)why;
    mg_server *s = cls;
    request *q = *own;
    if (!q) return;
    const srv_route *routes;
    const size_t n = srv_routes(&routes);
    const double seconds = srv_now() - q->began;
    const int status = q->status ? q->status : 408;
    if (!q->file)
        srv_metrics_request(&s->metrics, q->route ? (int)(q->route - routes) : (int)n, status,
                            seconds);
    if (s->o.on_request)
        s->o.on_request(s->o.user, &(mg_server_note){.method = q->route ? q->route->method : "GET",
                                                     .path = q->route  ? q->route->path
                                                             : q->file ? q->file->path
                                                                       : "-",
                                                     .status = status,
                                                     .ms = 1000 * seconds});
    if (q->job) {
        pthread_mutex_lock(&q->job->lock);
        int none = 0;
        q->job->dead = true;
        if (!q->job->ended && atomic_compare_exchange_strong(&q->job->stop, &none, (int)SRV_GONE))
            atomic_fetch_add(&s->metrics.gone, 1);
        pthread_cond_broadcast(&q->job->room);
        pthread_mutex_unlock(&q->job->lock);
        srv_job_drop(q->job);
    }
    if (q->body) explicit_bzero(q->body, q->room);
    free(q->body);
    free(q);
    *own = NULL;
}

static bool address_of(const char *host, int port, struct sockaddr_storage *out) {
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (!strcmp(host, "localhost")) host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &six->sin6_addr) != 1) return false;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    return true;
}

int srv_http_open(mg_server *s, molglot_error *err) {
    struct sockaddr_storage address;
    http *h = s->http = calloc(1, sizeof *h);
    if (!h || srv_files_load(&s->o, &h->files, &h->n_files, err))
        return h ? err->code : (err->code = MOLGLOT_NO_MEMORY);
    h->at_once = (srv_hand){.server = s, .lane = SRV_HANDS, .threads = 1};
    if (!address_of(s->o.host, s->o.port, &address)) {
        snprintf(err->message, sizeof err->message, "%s is no numeric address", s->o.host);
        return err->code = MOLGLOT_USAGE;
    }
    h->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
            (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0),
        (uint16_t)s->o.port, NULL, NULL, on_access, s, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, s, MHD_OPTION_THREAD_POOL_SIZE, 2u,
        MHD_OPTION_CONNECTION_LIMIT, 1024u, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)s->o.idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_END);
    if (h->daemon) return MOLGLOT_OK;
    snprintf(err->message, sizeof err->message, "cannot listen on %s port %d: is it in use?",
             s->o.host, s->o.port);
    return err->code = MOLGLOT_FAILED;
}

int srv_http_port(const mg_server *s) {
    const http *h = s->http;
    const union MHD_DaemonInfo *info =
        h && h->daemon ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    return info ? info->port : -1;
}

void srv_http_close(mg_server *s) {
    http *h = s->http;
    if (!h) return;
    if (h->daemon) MHD_stop_daemon(h->daemon);
    srv_files_free(h->files, h->n_files);
    free(h);
    s->http = NULL;
}
