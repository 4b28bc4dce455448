/* front.c - a server with peers (--peers): one answer out of what this server and they find.
 *
 * search   every peer and this server are asked for the best offset + k hits; those are merged in
 *          the order that each of them has (conditions met, then score), a molecule once, and cut
 * indexes  all lists behind each other
 * rows     the first that has an index of the name
 *
 * What a peer says is checked like a body of a client: its shape, the model, how many results and
 * hits there are. A peer that fails, is late or says something else is left out, and the answer
 * says so: "partial": true, and how each did in "peers". */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_HITS = 1000, MOST_QUERIES = 256 }; /* of a request to a peer, as srv_takes_search */
/* Bytes of an answer: so many for each hit or row that it may have, but no more than all of these
 */
enum { MOST_OF_A_ROW = 65536, MOST_BYTES = 64 << 20 };

const srv_shape srv_peer_members[4] = {
    {.name = "peer", .type = SRV_STRING, .required = true, .what = "host:port"},
    {.name = "status", .type = SRV_STRING, .choices = "ok|failed|no_such_index", .required = true},
    {.name = "error", .type = SRV_STRING, .what = "why it failed"},
    {.name = "ms", .type = SRV_NUMBER, .required = true}};

bool srv_asks_peers(const srv_job *j) {
    return j->server->o.n_peers && j->route->asks_peers && !j->from_front;
}

/* ---- what a peer said ---- */

typedef struct said {
    json_t *v;   /* its answer; NULL: there is none to use */
    bool none;   /* it has no such index */
    int refused; /* status of an answer that says the request is wrong: 422 */
    char why[300];
} said;

static bool fail(said *x, const char *why) {
    snprintf(x->why, sizeof x->why, "%s", why);
    return false;
}

/* Its own error, in few words. */
static void read_error(said *x, int status, json_t *v) {
    const json_t *e = json_object_get(v, "error");
    const char *message = srv_string_of(e, "message"), *code = srv_string_of(e, "code");
    x->none = status == 404 && code && !strcmp(code, "no_such_index");
    x->refused = status == 422 ? status : 0;
    snprintf(x->why, sizeof x->why, "it answers %d%s%.200s", status, message ? ": " : "",
             message ? message : "");
    if (x->refused && message) snprintf(x->why, sizeof x->why, "%.299s", message);
}

/* Its answer, if it has the shape. */
static bool read_answer(const srv_call *c, const srv_shape *shape, said *x) {
    srv_wrong wrong;
    *x = (said){.v = NULL};
    if (!c->ended || c->why) return fail(x, c->why ? c->why : "it did not answer");
    json_t *v = json_loadb(c->answer.body, c->answer.n, JSON_REJECT_DUPLICATES, NULL);
    if (c->answer.status != 200) {
        read_error(x, c->answer.status, v);
        json_decref(v);
        return false;
    }
    if (v && srv_shape_take(shape, v, &wrong)) {
        x->v = v;
        return true;
    }
    fail(x, v ? "its answer has another form: is it of another version?" : "its answer is no JSON");
    json_decref(v);
    return false;
}

static void forget(said *x, const char *why) {
    json_decref(x->v);
    x->v = NULL;
    fail(x, why);
}

static json_t *report(const srv_call *calls, const said *x, size_t n, bool *partial) {
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        srv_set(o, "peer", srv_text(calls[i].peer->name));
        srv_set(o, "status", json_string(x[i].v ? "ok" : x[i].none ? "no_such_index" : "failed"));
        if (!x[i].v && !x[i].none) {
            srv_set(o, "error", srv_text(x[i].why));
            *partial = true;
        }
        srv_set(o, "ms", srv_number(calls[i].ms));
        (void)json_array_append_new(list, o);
    }
    return list;
}

static void put_report(json_t *answer, const srv_call *calls, const said *x, size_t n) {
    bool partial = false;
    json_t *list = report(calls, x, n, &partial);
    srv_set(answer, "partial", json_boolean(partial));
    srv_set(answer, "peers", list);
}

/* Nobody has an answer. */
static void fail_all(srv_job **jobs, size_t n_jobs, const srv_call *calls, const said *x,
                     size_t n) {
    size_t late = 0, none = 0, first = 0;
    for (size_t i = 0; i < n; i++) {
        late += calls[i].late;
        none += x[i].none;
        if (x[i].none && first == i && i + 1 < n) first = i + 1;
    }
    char message[700];
    snprintf(message, sizeof message, "no peer has an answer; %s: %s", calls[first].peer->name,
             x[first].why);
    for (size_t k = 0; k < n_jobs; k++) {
        if (jobs[k]->ended) continue;
        if (srv_job_stopped(jobs[k]))
            srv_job_fail_of(jobs[k], NULL);
        else if (none == n)
            srv_job_fail(jobs[k], 404, "no_such_index", "index", -1,
                         "there is no index of this name");
        else if (x[first].refused)
            srv_job_fail(jobs[k], 422, "bad_argument", NULL, -1, x[first].why);
        else
            srv_job_fail(jobs[k], late ? 504 : 502, late ? "deadline" : "no_peer", NULL, -1,
                         message);
    }
}

/* ---- asking ---- */

typedef struct round {
    srv_call *calls; /* [n] */
    said *said;      /* [n] */
    size_t n;
} round;

static double deadline_of(srv_job **jobs, size_t n) {
    double at = srv_now() + jobs[0]->server->o.peer_s;
    for (size_t i = 0; i < n; i++)
        if (jobs[i]->deadline > 0 && jobs[i]->deadline - .1 < at) at = jobs[i]->deadline - .1;
    return at;
}

static void end_round(round *r) {
    for (size_t i = 0; i < r->n && r->calls; i++) srv_call_free(&r->calls[i]);
    for (size_t i = 0; i < r->n && r->said; i++) json_decref(r->said[i].v);
    free(r->calls);
    free(r->said);
}

/* rows: that an answer may have. */
static bool begin_round(mg_server *s, round *r, const char *method, const char *path,
                        const char *key, const char *body, size_t rows) {
    const size_t bytes = (rows + 16) * MOST_OF_A_ROW,
                 most = bytes < MOST_BYTES ? bytes : MOST_BYTES;
    *r = (round){.n = (size_t)s->o.n_peers};
    r->calls = calloc(r->n, sizeof *r->calls);
    r->said = calloc(r->n, sizeof *r->said);
    bool ok = r->calls && r->said;
    for (size_t i = 0; i < r->n && r->calls; i++) r->calls[i].fd = -1;
    for (size_t i = 0; i < r->n && ok; i++)
        ok = srv_call_make(&r->calls[i], &s->peers[i], method, path, key, body, most);
    if (ok) srv_calls_begin(r->calls, r->n);
    return ok;
}

static void no_memory(srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) srv_job_fail(jobs[i], 500, "failed", NULL, -1, "out of memory");
}

/* ---- search: merging ---- */

/* A hit, of source `from` (0: this server, then the peers). */
typedef struct merged {
    json_t *hit;
    double score;
    json_int_t met;
    size_t from, place;
} merged;

static int by_rank(const void *a, const void *b) {
    const merged *x = a, *y = b;
    if (x->met != y->met) return x->met < y->met ? 1 : -1;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* A molecule once: its best hit. */
static size_t once(merged *list, size_t n) {
    json_t *seen = json_object();
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const char *molecule = srv_string_of(list[i].hit, "molecule");
        if (molecule && *molecule && json_object_get(seen, molecule)) continue;
        if (molecule && *molecule) (void)json_object_set_new(seen, molecule, json_true());
        list[m++] = list[i];
    }
    json_decref(seen);
    return m;
}

typedef struct merging {
    size_t k, offset, queries; /* queries: of all jobs */
    const char *model;
    double began;
    const round *r;
    /* [n] arrays of results, or NULL; the peers' are of all jobs, and this job's begin at first */
    const json_t *sources[SRV_MAX_PEERS + 1];
    size_t n, first;
} merging;

static size_t collect(const merging *m, size_t query, merged *list, bool *more,
                      const json_t **rejected) {
    size_t n = 0, place;
    json_t *hit;
    for (size_t from = 0; from < m->n; from++) {
        const json_t *result = json_array_get(m->sources[from], from ? m->first + query : query);
        if (!result) continue;
        const char *status = srv_string_of(result, "status");
        if (status && !strcmp(status, "rejected") && !*rejected) *rejected = result;
        if (json_is_integer(json_object_get(result, "next_offset"))) *more = true;
        json_array_foreach(json_object_get(result, "hits"), place, hit) {
            list[n++] = (merged){.hit = hit,
                                 .score = srv_number_of(hit, "score", -2),
                                 .met = json_integer_value(json_object_get(hit, "met")),
                                 .from = from,
                                 .place = place};
        }
    }
    return n;
}

static json_t *merge_query(const merging *m, size_t query, merged *list) {
    bool more = false;
    const json_t *rejected = NULL;
    size_t n = collect(m, query, list, &more, &rejected);
    if (rejected && !n) return json_deep_copy(rejected);
    qsort(list, n, sizeof *list, by_rank);
    n = once(list, n);
    json_t *o = json_object(), *hits = json_array();
    const size_t end = m->offset + m->k;
    for (size_t i = m->offset; i < n && i < end; i++) {
        json_t *hit = json_copy(list[i].hit);
        if (!hit) break;
        srv_set(hit, "rank", json_integer((json_int_t)i + 1));
        if (list[i].from)
            srv_set(hit, "peer", srv_text(m->r->calls[list[i].from - 1].peer->name));
        else
            (void)json_object_del(hit, "peer");
        (void)json_array_append_new(hits, hit);
    }
    srv_set(o, "status", json_string("ok"));
    srv_set(o, "hits", hits);
    srv_set(o, "next_offset",
            (more || n > end) && end < MOST_HITS ? json_integer((json_int_t)end) : json_null());
    return o;
}

/* Whether all of it can be what was asked for. */
static bool fits(const json_t *v, size_t queries, size_t most) {
    const json_t *results = json_object_get(v, "results");
    size_t i, k;
    json_t *result, *hit;
    if (json_array_size(results) != queries) return false;
    json_array_foreach(results, i, result) {
        if (json_array_size(json_object_get(result, "hits")) > most) return false;
        json_array_foreach(json_object_get(result, "hits"), k, hit) {
            const double score = srv_number_of(hit, "score", 2);
            if (!(score > -1.01 && score < 1.01)) return false; /* 1, rounded */
        }
    }
    return true;
}

static void read_peers(mg_server *s, round *r, size_t queries, size_t most) {
    molglot_error err;
    const char *ours = molglot_model_sha256(s->model, &err);
    for (size_t i = 0; i < r->n; i++) {
        said *x = &r->said[i];
        if (!read_answer(&r->calls[i], &srv_gives_search, x)) continue;
        const char *model = srv_string_of(x->v, "model");
        if (!ours || !model || strcmp(model, ours))
            forget(x, "it has another model, whose scores do not compare");
        else if (!fits(x->v, queries, most))
            forget(x, "it answers something else than what was asked");
    }
}

/* ---- search: some jobs that go together ---- */

/* All their queries in one body. */
static char *body_of(srv_job **jobs, size_t n, size_t most, double deadline) {
    json_t *args = json_copy(jobs[0]->args), *queries = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_extend(queries, json_object_get(jobs[i]->args, "queries"));
    const double left = deadline - srv_now();
    srv_set(args, "queries", queries);
    srv_set(args, "k", json_integer((json_int_t)most));
    srv_set(args, "offset", json_integer(0));
    srv_set(args, "timeout_s", json_real(left > .01 ? left : .01));
    char *body = args ? srv_dump(args) : NULL;
    json_decref(args);
    return body;
}

/* What this server's own indexes have, as the jobs' answers; none where none is asked for. */
static void search_here(srv_hand *h, srv_job **jobs, size_t n, size_t most) {
    const mg_server *s = h->server;
    const char *name = srv_string_of(jobs[0]->args, "index");
    if (!s->o.n_indexes || (name && srv_index_named(s, name) < 0)) return;
    for (size_t i = 0; i < n; i++) {
        srv_set(jobs[i]->args, "k", json_integer((json_int_t)most));
        srv_set(jobs[i]->args, "offset", json_integer(0));
    }
    srv_run_search(h, jobs, n);
}

/* The jobs' answers, out of their own and the peers'. list has room for all hits of a query. */
static void merge_jobs(const round *r, srv_job **jobs, size_t n, merging *m, merged *list) {
    bool partial = false;
    json_t *reports = report(r->calls, r->said, r->n, &partial);
    for (size_t i = 0; i < r->n; i++) m->sources[i + 1] = json_object_get(r->said[i].v, "results");
    m->first = 0;
    for (size_t j = 0; j < n; j++) {
        const size_t queries = json_array_size(json_object_get(jobs[j]->args, "queries"));
        if (jobs[j]->ended || (jobs[j]->answer && jobs[j]->status >= 400)) {
            m->first += queries; /* it was stopped, and says so */
            continue;
        }
        json_t *results = json_array(), *o = json_object(), *timings = json_object();
        m->sources[0] = json_object_get(jobs[j]->answer, "results");
        for (size_t q = 0; q < queries; q++)
            (void)json_array_append_new(results, merge_query(m, q, list));
        m->first += queries;
        srv_set(timings, "queue", srv_number(jobs[j]->queued_ms));
        srv_set(timings, "search", srv_number(1000 * (srv_now() - m->began)));
        srv_set(o, "results", results);
        srv_set(o, "timings_ms", timings);
        srv_set(o, "model", json_string(m->model));
        srv_set(o, "partial", json_boolean(partial));
        srv_set(o, "peers", json_incref(reports));
        json_decref(jobs[j]->answer);
        jobs[j]->answer = o;
    }
    json_decref(reports);
}

/* Whether this server's own search answered for all jobs, or failed and so is their answer; a job
 * that was stopped is no failure of the others. */
static bool own_answers(srv_job **jobs, size_t n, bool *failed) {
    bool all = true;
    *failed = false;
    for (size_t i = 0; i < n; i++) {
        all = all && (jobs[i]->answer || jobs[i]->ended);
        *failed = *failed ||
                  (jobs[i]->answer && jobs[i]->status >= 400 && !srv_job_stopped(jobs[i]));
    }
    return all;
}

static void search_some(srv_hand *h, srv_job **jobs, size_t n, merging *m) {
    mg_server *s = h->server;
    const size_t most = m->offset + m->k, queries = m->queries;
    const double deadline = deadline_of(jobs, n);
    char *body = body_of(jobs, n, most, deadline);
    merged *list = malloc((size_t)(s->o.n_peers + 1) * most * sizeof *list);
    round r = {0};
    bool failed;
    if (!body || !list ||
        !begin_round(s, &r, "POST", "/v1/search", jobs[0]->key, body, queries * most)) {
        no_memory(jobs, n);
    } else {
        search_here(h, jobs, n, most);
        srv_calls_end(r.calls, r.n, deadline, jobs, n);
        read_peers(s, &r, queries, most);
        size_t usable = 0;
        for (size_t i = 0; i < r.n; i++) usable += r.said[i].v != NULL;
        const bool own = own_answers(jobs, n, &failed);
        m->r = &r;
        m->n = r.n + 1;
        if (!failed && !own && !usable)
            fail_all(jobs, n, r.calls, r.said, r.n);
        else if (!failed)
            merge_jobs(&r, jobs, n, m, list);
    }
    end_round(&r);
    if (body) explicit_bzero(body, strlen(body));
    free(body);
    free(list);
}

void srv_front_search(srv_hand *h, srv_job **jobs, size_t n) {
    molglot_error err;
    const json_t *args = jobs[0]->args;
    const char *model = molglot_model_sha256(h->server->model, &err);
    merging m = {.k = (size_t)srv_number_of(args, "k", 10),
                 .offset = (size_t)srv_number_of(args, "offset", 0),
                 .model = model ? model : "",
                 .began = srv_now()};
    if (m.k + m.offset > MOST_HITS) {
        for (size_t i = 0; i < n; i++)
            srv_job_fail(
                jobs[i], 422, "bad_argument", "offset", -1,
                "a server with peers gives the best 1000 hits: offset + k is at most 1000");
        return;
    }
    for (size_t from = 0, to; from < n; from = to) {
        m.queries = 0;
        for (to = from; to < n; to++) {
            const size_t more = json_array_size(json_object_get(jobs[to]->args, "queries"));
            if (to > from && m.queries + more > MOST_QUERIES) break;
            m.queries += more;
        }
        search_some(h, jobs + from, to - from, &m);
    }
}

/* ---- lists ---- */

/* Asks all peers the same, and reads what they say. False: no memory, which is said. */
static bool ask_all(srv_job *j, round *r, const char *path, const srv_shape *shape, size_t rows) {
    if (!begin_round(j->server, r, "GET", path, j->key, NULL, rows)) {
        no_memory(&j, 1);
        end_round(r);
        return false;
    }
    srv_calls_end(r->calls, r->n, deadline_of(&j, 1), &j, 1);
    for (size_t i = 0; i < r->n; i++) (void)read_answer(&r->calls[i], shape, &r->said[i]);
    return true;
}

void srv_front_indexes(srv_hand *h, srv_job **jobs, size_t n) {
    srv_run_indexes(h, jobs, n);
    for (size_t k = 0; k < n; k++) {
        round r;
        if (!ask_all(jobs[k], &r, "/v1/indexes", &srv_gives_indexes, 64)) continue;
        json_t *data = json_object_get(jobs[k]->answer, "data");
        for (size_t i = 0; i < r.n; i++) {
            size_t at;
            json_t *x;
            json_array_foreach(json_object_get(r.said[i].v, "data"), at, x) {
                srv_set(x, "peer", srv_text(r.calls[i].peer->name));
                (void)json_array_append(data, x);
            }
        }
        put_report(jobs[k]->answer, r.calls, r.said, r.n);
        end_round(&r);
    }
}

/* Bytes that a path may have as they are. */
static void add_encoded(FILE *f, const char *s) {
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if ((c | 32) >= 'a' && (c | 32) <= 'z')
            fputc(c, f);
        else if ((c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')
            fputc(c, f);
        else
            fprintf(f, "%%%02X", c);
    }
}

static char *rows_path(const json_t *args) {
    char *path = NULL;
    size_t n;
    FILE *f = open_memstream(&path, &n);
    if (!f) return NULL;
    fputs("/v1/indexes/", f);
    add_encoded(f, srv_string_of(args, "name"));
    fprintf(f, "/rows?offset=%.0f&limit=%.0f", srv_number_of(args, "offset", 0),
            srv_number_of(args, "limit", 100));
    if (fclose(f) == 0) return path;
    free(path);
    return NULL;
}

static void rows_of_peers(srv_job *j) {
    char *path = rows_path(j->args);
    round r;
    if (!path) {
        no_memory(&j, 1);
        return;
    }
    const bool asked = ask_all(j, &r, path, &srv_gives_rows,
                               (size_t)srv_number_of(j->args, "limit", 100));
    free(path);
    if (!asked) return;
    const char *wanted = srv_string_of(j->args, "peer");
    for (size_t i = 0; i < r.n && !j->answer; i++) {
        if (!r.said[i].v || (wanted && strcmp(wanted, r.calls[i].peer->name))) continue;
        j->answer = json_incref(r.said[i].v);
        srv_set(j->answer, "peer", srv_text(r.calls[i].peer->name));
    }
    if (!j->answer) fail_all(&j, 1, r.calls, r.said, r.n);
    end_round(&r);
}

void srv_front_rows(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t k = 0; k < n; k++) {
        if (!srv_string_of(jobs[k]->args, "peer") &&
            srv_index_named(h->server, srv_string_of(jobs[k]->args, "name")) >= 0)
            srv_run_rows(h, jobs + k, 1);
        else
            rows_of_peers(jobs[k]);
    }
}
