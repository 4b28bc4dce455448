/* job.c - requests on their way: lanes with their queues and threads, what streams, and the watcher
 * that stops what nobody waits for any more.
 *
 * A job has two owners, its connection and its lane. While it waits or runs its connection sleeps,
 * and the watcher looks ten times a second whether the client is still there, whether the time is
 * over, and whether a stream of events has been silent for long.
 */
#include "app/server/inside.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PING_SECONDS = 10, LOOK_MS = 100, MOST_TOGETHER = 64, BACKLOG = 1 << 20, WAITING_HANDS = 4 };

/* ---- jobs ---- */

srv_job *srv_job_new(mg_server *s, const srv_route *route) {
    srv_job *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->server = s;
    j->route = route;
    j->lane = route->lane;
    j->references = 1;
    j->fd = -1;
    j->began = srv_now();
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->room, NULL);
    const unsigned long id = atomic_fetch_add(&s->next_id, 1);
    snprintf(j->id, sizeof j->id, "%lx", id);
    return j;
}

void srv_job_keep(srv_job *j) {
    pthread_mutex_lock(&j->server->lock);
    j->references++;
    pthread_mutex_unlock(&j->server->lock);
}

void srv_job_drop(srv_job *j) {
    mg_server *s = j->server;
    pthread_mutex_lock(&s->lock);
    const bool last = --j->references == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last) return;
    json_decref(j->args);
    json_decref(j->answer);
    explicit_bzero(j->key, sizeof j->key);
    if (j->out) explicit_bzero(j->out, j->max_out);
    if (j->body) explicit_bzero(j->body, j->n_body);
    free(j->out);
    free(j->body);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->room);
    free(j);
}

int srv_job_stopped(srv_job *j) {
    int none = 0;
    if (j->deadline > 0 && srv_now() > j->deadline &&
        atomic_compare_exchange_strong(&j->stop, &none, (int)SRV_LATE))
        atomic_fetch_add(&j->server->metrics.late, 1);
    return atomic_load(&j->stop);
}

int srv_job_progress(void *user, int64_t done, int64_t total) {
    (void)done, (void)total;
    return srv_job_stopped(user);
}

/* ---- the live ones ---- */

static void join(srv_job *j) {
    mg_server *s = j->server;
    pthread_mutex_lock(&s->lock);
    j->live = true;
    j->live_before = NULL;
    j->live_next = s->live;
    if (s->live) s->live->live_before = j;
    s->live = j;
    s->n_live++;
    pthread_cond_broadcast(&s->some_live);
    pthread_mutex_unlock(&s->lock);
}

static void leave(srv_job *j) {
    mg_server *s = j->server;
    pthread_mutex_lock(&s->lock);
    if (j->live) {
        if (j->live_next) j->live_next->live_before = j->live_before;
        if (j->live_before)
            j->live_before->live_next = j->live_next;
        else
            s->live = j->live_next;
        j->live = false;
        s->n_live--;
        pthread_cond_broadcast(&s->some_live);
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- errors ---- */

static const char *type_of(int status) {
    return status == 401                    ? "authentication_error"
           : status == 404 || status == 405 ? "not_found_error"
           : status == 429                  ? "overloaded_error"
           : status == 503                  ? "unavailable_error"
           : status == 504                  ? "timeout_error"
           : status >= 500                  ? "server_error"
                                            : "invalid_request_error";
}

json_t *srv_error_json(int status, const char *code, const char *field, int offset,
                       const char *message, const char *id) {
    json_t *e = json_object(), *o = json_object();
    srv_set(e, "code", json_string(code));
    srv_set(e, "type", json_string(type_of(status)));
    srv_set(e, "message", srv_text(message));
    srv_set(e, "status", json_integer(status));
    if (field && *field) srv_set(e, "field", srv_text(field));
    if (offset >= 0) srv_set(e, "offset", json_integer(offset));
    srv_set(e, "request_id", json_string(id));
    srv_set(o, "error", e);
    return o;
}

void srv_job_fail(srv_job *j, int status, const char *code, const char *field, int offset,
                  const char *message) {
    json_decref(j->answer);
    j->status = status;
    j->answer = srv_error_json(status, code, field, offset, message, j->id);
}

void srv_job_fail_of(srv_job *j, const molglot_error *err) {
    switch (srv_job_stopped(j)) {
    case SRV_LATE:
        srv_job_fail(j, 504, "deadline", NULL, -1, "the time of the request is over");
        return;
    case SRV_GONE: srv_job_fail(j, 499, "client_gone", NULL, -1, "the client left"); return;
    case SRV_DRAINED:
        srv_job_fail(j, 503, "draining", NULL, -1, "the server is being stopped");
        return;
    default: break;
    }
    const bool theirs = err->code == MOLGLOT_USAGE || err->code == MOLGLOT_REJECTED;
    srv_job_fail(j, theirs ? 422 : 500, theirs ? "bad_argument" : "failed", NULL, -1, err->message);
}

void srv_job_tell_error(srv_job *j) {
    if (j->stream == SRV_WHOLE) return;
    json_t *v = j->answer;
    srv_set(v, "event", json_string("error"));
    j->answer = NULL;
    j->status = 0;
    srv_job_emit(j, v);
}

/* A molecule or a value that there was no memory for is missing, whatever the answer says of it. */
static void lack(srv_job *j) {
    if (j->ended || j->status >= 499) return;
    free(j->body);
    j->body = NULL;
    j->n_body = 0;
    srv_job_fail(j, 503, "no_memory", NULL, -1,
                 "memory was refused meanwhile, so that the answer may not be whole; try again");
    srv_job_tell_error(j);
}

void srv_jobs_run(srv_hand *h, srv_job **jobs, size_t n) {
    const mg_server_options *o = &h->server->o;
    const long before = o->refusals ? o->refusals() : 0;
    jobs[0]->route->run(h, jobs, n);
    const bool whole = !o->refusals || o->refusals() == before;
    for (size_t i = 0; i < n && !whole; i++) lack(jobs[i]);
}

/* ---- streams ---- */

/* The lock is held. */
static void wake(srv_job *j) {
    if (!j->asleep) return;
    j->asleep = false;
    j->wake(j);
}

/* The lock is held. */
static bool append(srv_job *j, const char *s, size_t n) {
    if (j->at_out == j->n_out) j->at_out = j->n_out = 0;
    if (j->n_out + n > j->max_out) {
        const size_t more = 2 * (j->n_out + n) + 4096;
        char *out = malloc(more);
        if (!out) return false;
        if (j->n_out) memcpy(out, j->out, j->n_out);
        if (j->out) explicit_bzero(j->out, j->max_out);
        free(j->out);
        j->out = out;
        j->max_out = more;
    }
    memcpy(j->out + j->n_out, s, n);
    j->n_out += n;
    j->last_out = srv_now();
    return true;
}

void srv_job_emit(srv_job *j, json_t *v) {
    char *line = srv_dump(v);
    json_decref(v);
    if (!line) return;
    pthread_mutex_lock(&j->lock);
    while (j->n_out - j->at_out > BACKLOG && !srv_job_stopped(j) && !j->dead)
        pthread_cond_wait(&j->room, &j->lock);
    if (!j->dead) {
        const bool events = j->stream == SRV_EVENTS;
        if (events) append(j, "data: ", 6);
        append(j, line, strlen(line));
        append(j, "\n\n", events ? 2 : 1);
        wake(j);
    }
    pthread_mutex_unlock(&j->lock);
    explicit_bzero(line, strlen(line));
    free(line);
}

void srv_job_end(srv_job *j) {
    leave(j);
    pthread_mutex_lock(&j->lock);
    if (j->answer && j->stream == SRV_WHOLE) {
        j->body = srv_dump(j->answer);
        j->n_body = j->body ? strlen(j->body) : 0;
        if (!j->body) j->status = 500;
        json_decref(j->answer);
        j->answer = NULL;
    }
    if (!j->status) j->status = 200;
    j->ended = true;
    wake(j);
    pthread_mutex_unlock(&j->lock);
    srv_job_drop(j);
}

int srv_jobs_progress(void *user, int64_t done, int64_t total) {
    const srv_jobs *all = user;
    bool wanted = false;
    (void)done, (void)total;
    for (size_t i = 0; i < all->n; i++) {
        srv_job *j = all->jobs[i];
        if (!srv_job_stopped(j))
            wanted = true;
        else if (all->n > 1 && !j->ended) {
            srv_job_fail_of(j, NULL);
            srv_job_keep(j); /* whoever runs it ends it once more */
            srv_job_end(j);
        }
    }
    return !wanted;
}

/* ---- lanes ---- */

bool srv_job_enqueue(srv_job *j) {
    srv_lane *lane = &j->server->lanes[j->lane];
    pthread_mutex_lock(&lane->lock);
    const bool room = lane->waiting < lane->most && !lane->stop;
    if (room) {
        srv_job_keep(j);
        join(j);
        if (lane->last)
            lane->last->next = j;
        else
            lane->first = j;
        lane->last = j;
        lane->waiting++;
        j->waiting = true;
        pthread_cond_signal(&lane->some);
    }
    pthread_mutex_unlock(&lane->lock);
    return room;
}

/* Takes a job out of the queue, behind `before`. The lane's lock is held. */
static void take_out(srv_lane *lane, srv_job *before, srv_job *j) {
    if (before)
        before->next = j->next;
    else
        lane->first = j->next;
    if (lane->last == j) lane->last = before;
    j->next = NULL;
    j->waiting = false;
    lane->waiting--;
}

/* The first job that waits, and those that go together with it. The lane's lock is held. */
static size_t take_some(srv_lane *lane, srv_job **jobs) {
    size_t n = 0;
    srv_job *before = NULL;
    for (srv_job *j = lane->first, *next; j && n < MOST_TOGETHER; j = next) {
        next = j->next;
        const bool wanted = !n || (jobs[0]->route == j->route && j->route->together &&
                                   j->route->together(jobs[0], j));
        if (wanted) {
            take_out(lane, before, j);
            jobs[n++] = j;
        } else
            before = j;
    }
    return n;
}

static void run_jobs(srv_hand *h, srv_job **jobs, size_t n) {
    mg_server *s = h->server;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        jobs[i]->queued_ms = 1000 * (srv_now() - jobs[i]->began);
        if (!srv_job_stopped(jobs[i])) {
            jobs[m++] = jobs[i];
            continue;
        }
        srv_job_fail_of(jobs[i], NULL);
        srv_job_end(jobs[i]);
    }
    if (!m) return;
    atomic_fetch_add(&s->metrics.batches, 1);
    atomic_fetch_add(&s->metrics.batched, m);
    srv_jobs_run(h, jobs, m);
    for (size_t i = 0; i < m; i++) srv_job_end(jobs[i]);
}

static void *work(void *arg) {
    srv_hand *h = arg;
    srv_lane *lane = &h->server->lanes[h->lane];
    pthread_mutex_lock(&lane->lock);
    for (;;) {
        while (!lane->first && !lane->stop) pthread_cond_wait(&lane->some, &lane->lock);
        if (!lane->first) break;
        srv_job *jobs[MOST_TOGETHER];
        const size_t n = take_some(lane, jobs);
        lane->running++;
        pthread_mutex_unlock(&lane->lock);
        run_jobs(h, jobs, n);
        pthread_mutex_lock(&lane->lock);
        lane->running--;
    }
    pthread_mutex_unlock(&lane->lock);
    srv_hand_close(h);
    free(h);
    return NULL;
}

/* ---- the watcher ---- */

static bool client_left(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* The server's lock is held. */
static void stop_job(srv_job *j, srv_stop why) {
    int none = 0;
    if (!atomic_compare_exchange_strong(&j->stop, &none, (int)why)) return;
    if (why == SRV_GONE) atomic_fetch_add(&j->server->metrics.gone, 1);
    if (why == SRV_LATE) atomic_fetch_add(&j->server->metrics.late, 1);
    pthread_cond_broadcast(&j->room);
}

static void look_at(srv_job *j, double now) {
    pthread_mutex_lock(&j->lock);
    const bool left = j->asleep && client_left(j->fd);
    if (!left && j->stream == SRV_EVENTS && now - j->last_out > PING_SECONDS &&
        append(j, ": ping\n\n", 8))
        wake(j);
    if (left)
        stop_job(j, SRV_GONE);
    else if (now > j->deadline)
        stop_job(j, SRV_LATE);
    pthread_mutex_unlock(&j->lock);
}

/* Ends a job that still waits though it was stopped. */
static void end_stopped(mg_server *s) {
    for (int i = 0; i < SRV_LANES; i++) {
        srv_lane *lane = &s->lanes[i];
        srv_job *ended = NULL, *before = NULL;
        pthread_mutex_lock(&lane->lock);
        for (srv_job *j = lane->first, *next; j; j = next) {
            next = j->next;
            if (srv_job_stopped(j)) {
                take_out(lane, before, j);
                j->next = ended;
                ended = j;
            } else
                before = j;
        }
        pthread_mutex_unlock(&lane->lock);
        for (srv_job *j = ended, *next; j; j = next) {
            next = j->next;
            srv_job_fail_of(j, NULL);
            srv_job_end(j);
        }
    }
}

static void *watch(void *arg) {
    mg_server *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->stop_watching) {
        if (!s->live) {
            pthread_cond_wait(&s->some_live, &s->lock);
            continue;
        }
        const double now = srv_now();
        for (srv_job *j = s->live; j; j = j->live_next) look_at(j, now);
        pthread_mutex_unlock(&s->lock);
        end_stopped(s);
        (void)poll(NULL, 0, LOOK_MS);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

void srv_stop_all(mg_server *s, srv_stop why) {
    pthread_mutex_lock(&s->lock);
    for (srv_job *j = s->live; j; j = j->live_next) {
        pthread_mutex_lock(&j->lock);
        stop_job(j, why);
        pthread_mutex_unlock(&j->lock);
    }
    pthread_mutex_unlock(&s->lock);
    end_stopped(s);
}

/* ---- starting and stopping ---- */

static int start_lane(mg_server *s, srv_lane_id id, int n, int threads, molglot_error *err) {
    srv_lane *lane = &s->lanes[id];
    lane->most = id == SRV_WRITING ? s->o.max_writing : s->o.max_waiting;
    lane->threads = calloc((size_t)n, sizeof *lane->threads);
    for (int i = 0; i < n && lane->threads; i++) {
        srv_hand *h = calloc(1, sizeof *h);
        if (h) *h = (srv_hand){.server = s, .lane = id, .threads = threads};
        if (!h || pthread_create(&lane->threads[i], NULL, work, h)) {
            free(h);
            break;
        }
        lane->n_threads++;
    }
    if (lane->n_threads == n) return MOLGLOT_OK;
    if (err) {
        err->code = MOLGLOT_FAILED;
        snprintf(err->message, sizeof err->message, "the server's threads cannot be started");
    }
    return MOLGLOT_FAILED;
}

int srv_lanes_start(mg_server *s, molglot_error *err) {
    /* a thread waits while its peers work */
    const int n[] = {s->o.n_peers ? WAITING_HANDS : 1, s->o.writers, 1, s->o.hands},
              threads[] = {s->o.threads, 1, 1, 1};
    int code = MOLGLOT_OK;
    for (int i = 0; i < SRV_LANES && !code; i++)
        code = start_lane(s, (srv_lane_id)i, n[i], threads[i], err);
    if (!code) s->watching = pthread_create(&s->watcher, NULL, watch, s) == 0;
    return code;
}

void srv_lanes_stop(mg_server *s) {
    for (int i = 0; i < SRV_LANES; i++) {
        srv_lane *lane = &s->lanes[i];
        pthread_mutex_lock(&lane->lock);
        lane->stop = true;
        pthread_cond_broadcast(&lane->some);
        pthread_mutex_unlock(&lane->lock);
        for (int k = 0; k < lane->n_threads; k++) pthread_join(lane->threads[k], NULL);
        free(lane->threads);
        lane->threads = NULL;
        lane->n_threads = 0;
    }
    pthread_mutex_lock(&s->lock);
    s->stop_watching = true;
    pthread_cond_broadcast(&s->some_live);
    pthread_mutex_unlock(&s->lock);
    if (s->watching) pthread_join(s->watcher, NULL);
    s->watching = false;
}
