/* inside.h - what the files of the server share. */
#ifndef MG_SERVER_INSIDE_H
#define MG_SERVER_INSIDE_H

#include "app/server/server.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>

#define SRV_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- shape.c: what a body may be ---- */
typedef enum {
    SRV_STRING,
    SRV_INTEGER,
    SRV_NUMBER,
    SRV_BOOLEAN,
    SRV_OBJECT,
    SRV_ARRAY,
    SRV_MOLECULE, /* a SMILES, or {"smiles"}, {"molfile"} or {"name"} */
    SRV_QUERY,    /* what somebody would type, or {"text"}, {"smiles"}, {"molfile"} or {"name"} */
    SRV_ANY
} srv_type;
typedef struct srv_shape {
    const char *name; /* of a member */
    srv_type type;
    const char *what;    /* one sentence */
    double low, high;    /* a number; characters of a string; entries of an array. Equal: any */
    const char *choices; /* "a|b": of a string; NULL: any */
    const char *normal;  /* JSON of the default; NULL: none */
    const struct srv_shape *of; /* [n] members of an object; the one entry of an array */
    size_t n;
    bool required, nullable;
} srv_shape;
/* `of` and `n` of an object with these members, and of an array of such entries. */
#define SRV_MEMBERS(...)                    \
    .of = (const srv_shape[]){__VA_ARGS__}, \
    .n = sizeof((const srv_shape[]){__VA_ARGS__}) / sizeof(srv_shape)
#define SRV_ENTRY(...) .of = &(const srv_shape){__VA_ARGS__}, .n = 1
/* The member that all routes with a time of their own have. */
#define SRV_TIMEOUT                                                                           \
    {                                                                                         \
        .name = "timeout_s", .type = SRV_NUMBER, .what = "seconds, at most the server's own", \
        .low = 0.001, .high = 3600                                                            \
    }
/* What is wrong; field: where, "queries[2].text". */
typedef struct srv_wrong {
    char field[128], message[256];
} srv_wrong;
/* Whether v is of this shape; members that are missing get their defaults. */
bool srv_shape_take(const srv_shape *shape, json_t *v, srv_wrong *wrong);
json_t *srv_shape_schema(const srv_shape *shape); /* JSON Schema; new */

/* ---- say.c: JSON of what is found ---- */
json_t *srv_text(const char *s); /* bytes that are no UTF-8 become U+FFFD; NULL: null */
json_t *srv_number(double x);    /* seven digits; not finite: null */
void srv_set(json_t *object, const char *name, json_t *value); /* steals; NULL: no memory, left */
char *srv_dump(const json_t *v);                               /* one line; NULL: no memory */
const char *srv_string_of(const json_t *object, const char *name); /* NULL: there is none */
double srv_number_of(const json_t *object, const char *name, double otherwise);
bool srv_true(const json_t *object, const char *name);
double srv_now(void); /* seconds, monotonic */

/* ---- peers.c: other servers ---- */
typedef struct srv_job srv_job;
enum { SRV_MAX_PEERS = 256 };
typedef struct srv_peer {
    char name[256]; /* host:port */
    struct sockaddr_storage at;
    socklen_t n_at;
    int family;
    atomic_llong rest_until; /* milliseconds of srv_now: it did not answer */
    atomic_ulong answered, failed;
} srv_peer;
typedef enum { SRV_MORE, SRV_WHOLE_ANSWER, SRV_BAD } srv_read;
typedef struct srv_answer {
    int status;
    const char *body; /* [n], within the bytes */
    size_t n;
} srv_answer;
/* What has come so far; ended: there will be no more; most: bytes of a body. Complete where it is
 * SRV_WHOLE_ANSWER. */
srv_read srv_answer_read(const char *bytes, size_t n, bool ended, size_t most, srv_answer *a);
typedef struct srv_call { /* of one peer */
    srv_peer *peer;
    char *request, *got;
    size_t n_request, sent, n_got, room, most; /* most: bytes of the answer */
    int fd;
    bool ended, late;
    const char *why; /* it ended without an answer */
    double began, ms;
    srv_answer answer;
} srv_call;
/* Reads and resolves o.peers. */
int srv_peers_open(mg_server *s, molglot_error *err);
/* key "": none; body NULL: none. False: no memory. srv_call_free in any case. */
bool srv_call_make(srv_call *c, srv_peer *peer, const char *method, const char *path,
                   const char *key, const char *body, size_t most);
/* Asks all of them, and goes on while somebody else works; then waits until all have answered, the
 * deadline, or no job is wanted any more. */
void srv_calls_begin(srv_call *calls, size_t n);
void srv_calls_end(srv_call *calls, size_t n, double deadline, srv_job **jobs, size_t n_jobs);
void srv_call_free(srv_call *c);

/* ---- metrics.c ---- */
enum { SRV_MAX_ROUTES = 40, SRV_CODES = 20, SRV_BUCKETS = 12 };
typedef struct srv_metrics {
    atomic_ulong requests[SRV_MAX_ROUTES][SRV_CODES], bucket[SRV_MAX_ROUTES][SRV_BUCKETS];
    atomic_ulong microseconds[SRV_MAX_ROUTES];
    atomic_ulong rejected, drawn[2], batches, batched, gone, late;
} srv_metrics;
void srv_metrics_request(srv_metrics *m, int route, int status, double seconds);

/* ---- job.c ---- */
typedef enum {
    SRV_SEARCH,
    SRV_WRITING,
    SRV_TALK,
    SRV_HANDS,
    SRV_LANES,
    SRV_AT_ONCE = SRV_LANES /* answered by the thread that read it */
} srv_lane_id;
typedef enum { SRV_WHOLE, SRV_LINES, SRV_EVENTS } srv_stream;
typedef enum { SRV_RUNS, SRV_GONE, SRV_LATE, SRV_DRAINED } srv_stop;

typedef struct srv_hand srv_hand;
typedef struct srv_route {
    const char *method, *path, *tool; /* tool: its name for an assistant; NULL: it is none */
    const char *summary;
    srv_lane_id lane;               /* SRV_AT_ONCE: no lane */
    const srv_shape *takes, *gives; /* objects; NULL: nothing, no JSON */
    void (*run)(srv_hand *h, srv_job **jobs, size_t n);
    /* whether two jobs of the route may be run together; NULL: never */
    bool (*together)(const srv_job *a, const srv_job *b);
    const char *type; /* of what is no JSON */
    bool asks_peers;  /* a server with peers asks them, and so needs a lane */
} srv_route;

struct srv_job {
    mg_server *server;
    const srv_route *route;
    json_t *args;
    srv_lane_id lane;
    const void *with; /* the route's own, while it runs */
    char key[256];    /* that the request brought, for peers; "": none */
    bool from_front;  /* another server asks, which has asked its peers itself */
    char id[17];
    /* the answer */
    int status; /* 200 unless it failed */
    json_t *answer;
    char *body; /* [n_body] instead, of the route's type */
    size_t n_body;
    double began, deadline, queued_ms;
    srv_stream stream;
    atomic_int stop; /* srv_stop */
    /* under the lock: what streams */
    pthread_mutex_t lock;
    pthread_cond_t room;
    char *out;
    size_t n_out, at_out, max_out;
    double last_out;
    bool ended, asleep, dead;
    void *connection; /* suspended where asleep; NULL: an assistant's */
    int fd;
    void (*wake)(srv_job *j); /* resumes the connection; the lock is held */
    int references;           /* under the server's lock, as what follows */
    srv_job *next, *live_next, *live_before;
    bool live, waiting;
};

typedef struct srv_lane {
    pthread_mutex_t lock;
    pthread_cond_t some;
    srv_job *first, *last;
    int waiting, most, n_threads, running;
    pthread_t *threads;
    bool stop;
} srv_lane;

struct srv_hand {
    mg_server *server;
    srv_lane_id lane;
    int threads;
    molglot_session *session;
    molglot_generator **generators; /* [n_indexes + 2]: the model's memory, each index, none */
    molglot_captioner *captioner;
    molglot_predictor **predictors; /* [n_heads] */
};

typedef enum { SRV_LOADING, SRV_READY, SRV_DRAINING } srv_state;

struct mg_server {
    mg_server_options o;
    molglot_model *model;
    const molglot_writer *writer; /* or NULL */
    molglot_groups *groups;
    molglot_screen *screen;
    molglot_index **indexes; /* [o.n_indexes] */
    char **names;            /* [o.n_indexes] */
    srv_peer *peers;         /* [o.n_peers] */
    atomic_int state;
    srv_lane lanes[SRV_LANES];
    srv_metrics metrics;
    pthread_mutex_t lock; /* of the live jobs */
    pthread_cond_t some_live;
    srv_job *live;
    int n_live;
    bool stop_watching;
    pthread_t watcher;
    bool watching;
    atomic_ulong next_id;
    void *http; /* http.c's */
};

/* In Prometheus' text form; the caller frees it. */
char *srv_metrics_text(mg_server *s, const srv_route *routes, size_t n);

srv_job *srv_job_new(mg_server *s, const srv_route *route);
void srv_job_keep(srv_job *j);
void srv_job_drop(srv_job *j);
/* Into the lane's queue; false: it is full, and the job stays the caller's. */
bool srv_job_enqueue(srv_job *j);
/* A worker's last word: the answer stands in the job. */
void srv_job_end(srv_job *j);
/* A line of the stream; v is freed. Waits where the client is slow. */
void srv_job_emit(srv_job *j, json_t *v);
/* The answer is this error; field may be NULL, offset -1. */
void srv_job_fail(srv_job *j, int status, const char *code, const char *field, int offset,
                  const char *message);
void srv_job_tell_error(srv_job *j); /* the error that it answers is a line of its stream, if any */
/* The route's work for these, which it answers. */
void srv_jobs_run(srv_hand *h, srv_job **jobs, size_t n);
void srv_job_fail_of(srv_job *j, const molglot_error *err); /* what the library said */
json_t *srv_error_json(int status, const char *code, const char *field, int offset,
                       const char *message, const char *id);
int srv_job_stopped(srv_job *j); /* what stopped it, or 0 */
/* A molglot_progress whose user is the job. */
int srv_job_progress(void *user, int64_t done, int64_t total);
/* Jobs that run together. */
typedef struct srv_jobs {
    srv_job **jobs;
    size_t n;
} srv_jobs;
/* A molglot_progress whose user they are: stops when nobody waits for any of them. One of several
 * that was stopped is answered at once: it has ended, and what comes of it is for nobody. */
int srv_jobs_progress(void *user, int64_t done, int64_t total);
int srv_lanes_start(mg_server *s, molglot_error *err);
void srv_lanes_stop(mg_server *s);
void srv_stop_all(mg_server *s, srv_stop why);

/* ---- hand.c: what a worker holds, made when it is first needed ---- */
molglot_session *srv_hand_session(srv_hand *h, molglot_error *err);
molglot_captioner *srv_hand_captioner(srv_hand *h, molglot_error *err);
/* memory: a name of an index, "none", or NULL: the model's own */
molglot_generator *srv_hand_generator(srv_hand *h, const char *memory, molglot_error *err);
molglot_predictor *srv_hand_predictor(srv_hand *h, int head, molglot_error *err);
void srv_hand_close(srv_hand *h);
/* -1: there is none of that name. NULL: the first. */
int srv_index_named(const mg_server *s, const char *name);

/* ---- molecule.c: molecules of a request ---- */
/* What stands at v, a SRV_MOLECULE, as a SMILES. NULL: row says why. The caller frees it. */
char *srv_molecule(mg_server *s, const json_t *v, molglot_row_status *row);
/* What to hand to molglot_depict and its like: a molfile stays one. */
char *srv_structure(mg_server *s, const json_t *v, molglot_row_status *row);
json_t *srv_rejected(const molglot_row_status *row); /* {"code", "message", "offset"} */
void srv_run_depict(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_standardise(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_describe(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_triage(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_names(srv_hand *h, srv_job **jobs, size_t n);
extern const srv_shape srv_takes_depict, srv_gives_depict, srv_takes_standardise,
    srv_gives_standardise, srv_takes_describe, srv_gives_describe, srv_takes_triage,
    srv_gives_triage, srv_takes_names, srv_gives_names;

/* ---- search.c, writing.c, predict.c, talk.c, embeddings.c, about.c ---- */
bool srv_search_together(const srv_job *a, const srv_job *b);
void srv_run_search(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_understand(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_embeddings(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_generate(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_caption(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_explain(srv_hand *h, srv_job **jobs, size_t n);
extern const srv_shape srv_takes_search, srv_gives_search, srv_takes_understand,
    srv_gives_understand, srv_takes_embeddings, srv_gives_embeddings, srv_takes_generate,
    srv_gives_generate, srv_takes_caption, srv_gives_caption, srv_takes_explain, srv_gives_explain;
void srv_run_predict(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_heads(srv_hand *h, srv_job **jobs, size_t n);
extern const srv_shape srv_takes_predict, srv_gives_predict, srv_gives_heads;
void srv_run_health(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_version(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_models(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_indexes(srv_hand *h, srv_job **jobs, size_t n);
void srv_run_rows(srv_hand *h, srv_job **jobs, size_t n);
extern const srv_shape srv_gives_health, srv_gives_version, srv_gives_models, srv_gives_indexes,
    srv_takes_rows, srv_gives_rows;

/* ---- front.c: one answer out of this server's and its peers' ---- */
bool srv_asks_peers(const srv_job *j);
/* As the routes' own functions, which answer for this server's indexes. */
void srv_front_search(srv_hand *h, srv_job **jobs, size_t n);
void srv_front_indexes(srv_hand *h, srv_job **jobs, size_t n);
void srv_front_rows(srv_hand *h, srv_job **jobs, size_t n);
extern const srv_shape srv_peer_members[4]; /* how a peer did, an entry of "peers" */
#define SRV_PEERS_MEMBERS                                                                       \
    {.name = "partial",                                                                         \
     .type = SRV_BOOLEAN,                                                                       \
     .what = "of a server with peers: one of them did not answer as it should"},                \
    {                                                                                           \
        .name = "peers", .type = SRV_ARRAY, .what = "how each peer did",                        \
        SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(srv_peer_members), .of = srv_peer_members) \
    }

/* ---- routes.c ---- */
size_t srv_routes(const srv_route **routes);
/* NULL: no such path (*other: it is there with another method). rest: what stands for {name}. */
const srv_route *srv_route_find(const char *method, const char *path, char *rest, size_t n,
                                bool *other);
json_t *srv_openapi(void);

/* ---- page.c ---- */
typedef struct srv_file {
    const char *path, *type, *policy;
    char *bytes;
    size_t n;
} srv_file;
/* The page's files, then the sketcher's. */
int srv_files_load(const mg_server_options *o, srv_file **files, size_t *n, molglot_error *err);
void srv_files_free(srv_file *files, size_t n);

/* ---- http.c ---- */
int srv_http_open(mg_server *s, molglot_error *err);
int srv_http_port(const mg_server *s);
void srv_http_close(mg_server *s);

/* ---- open.c ---- */
mg_server *srv_new(const mg_server_options *options, molglot_error *err);
int srv_load(mg_server *s, molglot_error *err); /* model, indexes; no lanes */
void srv_free(mg_server *s);

#endif
