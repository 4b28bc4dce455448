/* peers.c - asks other servers, those of --peers alone: the one place where a connection is made.
 *
 * An exchange is HTTP/1.0 with `Connection: close`, so that an answer is whole by its length or its
 * end; chunks, redirects and interim answers are refused. All peers are asked at once, in one loop
 * over sockets that never block, until a deadline. Names are resolved once, when the server is
 * loaded. A peer that did not answer rests for some seconds, in which it is not waited for. */
#include "app/server/inside.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MOST_HEAD = 16384, LOOK_MS = 50, REST_MS = 3000 };

#define LATEST_S 1 /* behind the deadline, for what has come before */

/* ---- where peers are ---- */

static int refuse(molglot_error *err, const char *peer, const char *why) {
    snprintf(err->message, sizeof err->message, "--peers %.200s: %s", peer, why);
    return err->code = MOLGLOT_USAGE;
}

/* "http://host:port/", "host:port", "[::1]:port" */
static int read_place(srv_peer *p, const char *text, molglot_error *err) {
    if (!strncmp(text, "https://", 8))
        return refuse(err, text, "peers speak HTTP; TLS is the business of a proxy in front");
    if (!strncmp(text, "http://", 7)) text += 7;
    size_t n = strlen(text);
    if (n && text[n - 1] == '/') n--;
    const char *colon = memrchr(text, ':', n);
    if (!colon || colon == text || n >= sizeof p->name || memchr(text, '/', n) ||
        memchr(text, '@', n) || colon + 1 == text + n ||
        strspn(colon + 1, "0123456789") < (size_t)(text + n - colon - 1) ||
        text + n - colon - 1 > 5)
        return refuse(err, text, "HOST:PORT is expected");
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr(".-_:[]%", text[i]))
            return refuse(err, text, "HOST:PORT is expected");
    snprintf(p->name, sizeof p->name, "%.*s", (int)n, text);
    return MOLGLOT_OK;
}

static int resolve(srv_peer *p, molglot_error *err) {
    char host[sizeof p->name];
    snprintf(host, sizeof host, "%s", p->name);
    char *colon = strrchr(host, ':'), *from = host;
    *colon = 0;
    const size_t n = strlen(host);
    if (*host == '[' && n > 1 && host[n - 1] == ']') {
        host[n - 1] = 0;
        from++;
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    const int why = getaddrinfo(from, colon + 1, &hints, &list);
    if (why) return refuse(err, p->name, gai_strerror(why));
    const struct addrinfo *a = list; /* a server listens on one address, by default 127.0.0.1 */
    while (a->ai_family != AF_INET && a->ai_next) a = a->ai_next;
    if (a->ai_family != AF_INET) a = list;
    memcpy(&p->at, a->ai_addr, a->ai_addrlen);
    p->n_at = a->ai_addrlen;
    p->family = a->ai_family;
    freeaddrinfo(list);
    return MOLGLOT_OK;
}

int srv_peers_open(mg_server *s, molglot_error *err) {
    s->peers = calloc((size_t)s->o.n_peers + 1, sizeof *s->peers);
    if (!s->peers) {
        snprintf(err->message, sizeof err->message, "out of memory");
        return err->code = MOLGLOT_NO_MEMORY;
    }
    for (int i = 0; i < s->o.n_peers; i++) {
        int code = read_place(&s->peers[i], s->o.peers[i], err);
        if (!code) code = resolve(&s->peers[i], err);
        for (int k = 0; k < i && !code; k++)
            if (!strcmp(s->peers[k].name, s->peers[i].name))
                code = refuse(err, s->peers[i].name, "it is there twice");
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* ---- an answer ---- */

static bool next_line(const char **at, const char *end, const char **line, size_t *n) {
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    if (!stop) return false;
    *line = *at;
    *n = (size_t)(stop - *at);
    if (*n && (*line)[*n - 1] == '\r') --*n;
    *at = stop + 1;
    return true;
}

static bool read_status(const char *line, size_t n, int *status) {
    if (n < 12 || strncmp(line, "HTTP/1.", 7) || line[8] != ' ') return false;
    for (int i = 9; i < 12; i++)
        if (line[i] < '0' || line[i] > '9') return false;
    *status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
    return *status >= 200 && (n == 12 || line[12] == ' ');
}

static bool is_header(const char *line, size_t n, const char *name) {
    const size_t m = strlen(name);
    return n > m && line[m] == ':' && !strncasecmp(line, name, m);
}

/* *length stays where there are no digits alone, or another length stood before. */
static bool read_length(const char *line, size_t n, size_t most, size_t *length) {
    size_t at = strlen("Content-Length:"), value = 0;
    while (at < n && line[at] == ' ') at++;
    if (at == n) return false;
    for (; at < n; at++) {
        if (line[at] < '0' || line[at] > '9') return false;
        value = value * 10 + (size_t)(line[at] - '0');
        if (value > most) return false;
    }
    if (*length != SIZE_MAX && *length != value) return false;
    *length = value;
    return true;
}

/* The end of the head, or NULL. */
static const char *head_end(const char *bytes, size_t n) {
    const char *found = memmem(bytes, n < MOST_HEAD ? n : MOST_HEAD, "\r\n\r\n", 4);
    return found ? found + 4 : NULL;
}

srv_read srv_answer_read(const char *bytes, size_t n, bool ended, size_t most, srv_answer *a) {
    const char *body = head_end(bytes, n), *at = bytes, *line;
    size_t length = SIZE_MAX, m;
    *a = (srv_answer){0};
    if (!body) return ended || n >= MOST_HEAD ? SRV_BAD : SRV_MORE;
    if (!next_line(&at, body, &line, &m) || !read_status(line, m, &a->status)) return SRV_BAD;
    while (next_line(&at, body, &line, &m) && m) {
        if (is_header(line, m, "Transfer-Encoding") || is_header(line, m, "Content-Encoding") ||
            (is_header(line, m, "Content-Length") && !read_length(line, m, most, &length)))
            return SRV_BAD;
    }
    a->body = body;
    a->n = n - (size_t)(body - bytes);
    if (length == SIZE_MAX && a->n > most) return SRV_BAD;
    if (length == SIZE_MAX) return ended ? SRV_WHOLE_ANSWER : SRV_MORE;
    if (a->n < length) return ended ? SRV_BAD : SRV_MORE;
    a->n = length;
    return SRV_WHOLE_ANSWER;
}

/* ---- an exchange ---- */

static int64_t now_ms(void) { return (int64_t)(1000 * srv_now()); }

static void end_call(srv_call *c, const char *why) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->why = why;
    c->ms = 1000 * (srv_now() - c->began);
    c->ended = true;
    if (why) {
        atomic_store(&c->peer->rest_until, now_ms() + REST_MS);
        atomic_fetch_add(&c->peer->failed, 1);
    } else
        atomic_fetch_add(&c->peer->answered, 1);
}

static void begin_call(srv_call *c) {
    const int one = 1;
    c->began = srv_now();
    c->fd = -1;
    if (atomic_load(&c->peer->rest_until) > now_ms()) {
        c->why = "it did not answer a moment ago";
        c->ended = true;
        return;
    }
    c->fd = socket(c->peer->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        end_call(c, "no socket is left");
        return;
    }
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->fd, (const struct sockaddr *)&c->peer->at, c->peer->n_at) &&
        errno != EINPROGRESS)
        end_call(c, "it cannot be reached");
}

static void send_some(srv_call *c) {
    const ssize_t n = send(c->fd, c->request + c->sent, c->n_request - c->sent, MSG_NOSIGNAL);
    if (n > 0)
        c->sent += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EINPROGRESS)
        end_call(c, c->sent ? "it closed the connection" : "it cannot be reached");
}

static bool make_room(srv_call *c) {
    if (c->room - c->n_got >= 65536) return true;
    const size_t room = c->room ? 2 * c->room : 131072;
    char *more = realloc(c->got, room);
    if (!more) return false;
    c->got = more;
    c->room = room;
    return true;
}

static void receive_some(srv_call *c) {
    if (!make_room(c)) {
        end_call(c, "out of memory");
        return;
    }
    const ssize_t n = recv(c->fd, c->got + c->n_got, c->room - c->n_got, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) {
        end_call(c, "it closed the connection");
        return;
    }
    c->n_got += (size_t)n;
    switch (srv_answer_read(c->got, c->n_got, n == 0, c->most, &c->answer)) {
    case SRV_WHOLE_ANSWER: end_call(c, NULL); break;
    case SRV_BAD:
        end_call(c, n ? "its answer is too long, or no HTTP of a peer" : "its answer is cut short");
        break;
    case SRV_MORE: break;
    }
}

/* One look at all that go on: how many had something; -1: none goes on. */
static int look(srv_call *calls, size_t n, int ms) {
    struct pollfd p[SRV_MAX_PEERS];
    srv_call *of[SRV_MAX_PEERS];
    nfds_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (calls[i].ended) continue;
        const bool sends = calls[i].sent < calls[i].n_request;
        p[m] = (struct pollfd){.fd = calls[i].fd, .events = sends ? POLLOUT : POLLIN};
        of[m++] = &calls[i];
    }
    const int some = m ? poll(p, m, ms) : -1;
    if (some > 0)
        for (nfds_t i = 0; i < m; i++) {
            if (!p[i].revents) continue;
            if (p[i].events == POLLOUT)
                send_some(of[i]);
            else
                receive_some(of[i]);
        }
    return m && some < 0 ? 0 : some;
}

void srv_calls_begin(srv_call *calls, size_t n) {
    for (size_t i = 0; i < n; i++) begin_call(&calls[i]);
    for (int tries = 0; tries < 4 && look(calls, n, 2) >= 0; tries++) {}
}

void srv_calls_end(srv_call *calls, size_t n, double deadline, srv_job **jobs, size_t n_jobs) {
    for (;;) {
        const double left = deadline - srv_now();
        size_t stopped = 0;
        for (size_t i = 0; i < n_jobs; i++) stopped += srv_job_stopped(jobs[i]) != 0;
        if (stopped == n_jobs || left < -LATEST_S) break;
        const int ms = left <= 0               ? 0
                       : left * 1000 < LOOK_MS ? (int)(left * 1000) + 1
                                               : LOOK_MS,
                  some = look(calls, n, ms);
        if (some < 0) return;
        /* what came while this thread was at work is still read */
        if (left <= 0 && some == 0) break;
    }
    for (size_t i = 0; i < n; i++)
        if (!calls[i].ended) {
            calls[i].late = true;
            end_call(&calls[i], "it did not answer in time");
        }
}

void srv_call_free(srv_call *c) {
    if (c->fd >= 0 && !c->ended) close(c->fd);
    if (c->request) explicit_bzero(c->request, c->n_request);
    if (c->got) explicit_bzero(c->got, c->room);
    free(c->request);
    free(c->got);
}

bool srv_call_make(srv_call *c, srv_peer *peer, const char *method, const char *path,
                   const char *key, const char *body, size_t most) {
    *c = (srv_call){.peer = peer, .most = most, .fd = -1};
    FILE *f = open_memstream(&c->request, &c->n_request);
    if (!f) return false;
    fprintf(f, "%s %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\nX-Molglot-Front: 1\r\n", method,
            path, peer->name);
    if (*key) fprintf(f, "Authorization: Bearer %s\r\n", key);
    if (body) fprintf(f, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    fprintf(f, "\r\n%s", body ? body : "");
    return fclose(f) == 0;
}
