/* serve_client.c - the client of tests/cli/test_serve.sh: what curl does not do.
 *
 *   schema OPENAPI-FILE ROUTE METHOD < ANSWER  the answer against its schema
 *   many PORT N PATH BODY [STATUS]             N requests over kept connections; their rate
 *   slow PORT                                  a body of one byte a second: closed in time?
 *   blind PORT PATH BYTES                      a body sent whole before anything is read; status
 *   raw PORT < REQUEST                         these bytes; the answer's first line
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- JSON Schema, as much as the server uses ---- */

static int complain(const char *at, const char *what) {
    fprintf(stderr, "%s: %s\n", *at ? at : "the answer", what);
    return 1;
}

static int is_type(const json_t *v, const char *type) {
    return !strcmp(type, "string")    ? json_is_string(v)
           : !strcmp(type, "integer") ? json_is_integer(v)
           : !strcmp(type, "number")  ? json_is_number(v)
           : !strcmp(type, "boolean") ? json_is_boolean(v)
           : !strcmp(type, "object")  ? json_is_object(v)
           : !strcmp(type, "array")   ? json_is_array(v)
                                      : !strcmp(type, "null") && json_is_null(v);
}

static int has_type(const json_t *schema, const json_t *v) {
    const json_t *type = json_object_get(schema, "type");
    if (!type) return 1;
    if (json_is_string(type)) return is_type(v, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (is_type(v, json_string_value(json_array_get(type, i)))) return 1;
    return 0;
}

static int check(json_t *schema, json_t *v, const char *at);

static int check_object(json_t *schema, json_t *v, const char *at) {
    json_t *members = json_object_get(schema, "properties"),
           *required = json_object_get(schema, "required"), *m;
    const char *name;
    char place[300];
    for (size_t i = 0; i < json_array_size(required); i++) {
        name = json_string_value(json_array_get(required, i));
        snprintf(place, sizeof place, "%.200s.%s", at, name);
        if (!json_object_get(v, name)) return complain(place, "is missing");
    }
    json_object_foreach(v, name, m) {
        json_t *s = json_object_get(members, name);
        snprintf(place, sizeof place, "%.200s.%s", at, name);
        if (!s && json_is_false(json_object_get(schema, "additionalProperties")))
            return complain(place, "is not in the schema");
        if (s && check(s, m, place)) return 1;
    }
    return 0;
}

static int check(json_t *schema, json_t *v, const char *at) {
    char place[300];
    if (!has_type(schema, v)) return complain(at, "has another type");
    json_t *choices = json_object_get(schema, "enum");
    size_t i = 0;
    while (choices && i < json_array_size(choices) && !json_equal(json_array_get(choices, i), v))
        i++;
    if (choices && i == json_array_size(choices)) return complain(at, "is none of the choices");
    if (json_is_object(v) && json_object_get(schema, "properties"))
        return check_object(schema, v, at);
    json_t *items = json_object_get(schema, "items");
    for (i = 0; items && i < json_array_size(v); i++) {
        snprintf(place, sizeof place, "%.200s[%zu]", at, i);
        if (check(items, json_array_get(v, i), place)) return 1;
    }
    return 0;
}

static int cmd_schema(const char *file, const char *path, const char *method) {
    json_t *api = json_load_file(file, 0, NULL), *v = json_loadf(stdin, 0, NULL);
    json_t *route = json_object_get(json_object_get(json_object_get(api, "paths"), path), method);
    json_t *schema = json_object_get(
        json_object_get(
            json_object_get(json_object_get(json_object_get(route, "responses"), "200"), "content"),
            "application/json"),
        "schema");
    if (!v) return complain("", "is no JSON");
    const int bad = schema ? check(schema, v, "") : complain(path, "has no schema");
    json_decref(api);
    json_decref(v);
    return bad;
}

/* ---- sockets ---- */

static int dial(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof a)) return fd;
    perror("connect");
    exit(1);
}

/* 0: the server has closed */
static int put(int fd, const char *s, size_t n) {
    while (n) {
        const ssize_t k = send(fd, s, n, MSG_NOSIGNAL);
        if (k <= 0) return 0;
        s += k;
        n -= (size_t)k;
    }
    return 1;
}

static size_t request(char *out, size_t n, const char *path, const char *body) {
    return (size_t)snprintf(out, n,
                            "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                            "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                            *body ? "POST" : "GET", path, strlen(body), body);
}

/* A whole answer with a Content-Length; its status, or -1. */
static int answer(int fd) {
    static char buf[1 << 22];
    size_t n = 0, want = sizeof buf - 1;
    int status = -1;
    while (n < want) {
        const ssize_t k = recv(fd, buf + n, want - n, 0);
        if (k <= 0) return -1;
        n += (size_t)k;
        buf[n] = 0;
        const char *end = strstr(buf, "\r\n\r\n"), *length = strstr(buf, "Content-Length: ");
        if (status >= 0 || !end || !length) continue;
        status = atoi(buf + 9);
        want = (size_t)(end - buf) + 4 + strtoul(length + 16, NULL, 10);
    }
    return status;
}

static int cmd_many(int port, long n, const char *path, const char *body, int status) {
    enum { AT_ONCE = 8 };
    static char text[1 << 16];
    const size_t size = request(text, sizeof text, path, body);
    int fds[AT_ONCE];
    long bad = 0;
    const double began = now();
    for (int i = 0; i < AT_ONCE; i++) fds[i] = dial(port);
    for (long done = 0; done < n; done += AT_ONCE) {
        for (int i = 0; i < AT_ONCE; i++) put(fds[i], text, size);
        for (int i = 0; i < AT_ONCE; i++) bad += answer(fds[i]) != status;
    }
    for (int i = 0; i < AT_ONCE; i++) close(fds[i]);
    printf("%.0f a second, %ld bad\n", (double)n / (now() - began), bad);
    return bad != 0;
}

/* Seconds until the server closes. */
static int cmd_slow(int port) {
    static const char head[] = "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                               "application/json\r\nContent-Length: 1000\r\n\r\n{";
    const int fd = dial(port);
    const double began = now();
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
    put(fd, head, sizeof head - 1);
    while (now() - began < 60) {
        if (poll(&p, 1, 200) > 0) break;
        put(fd, " ", 1);
    }
    printf("%.1f\n", now() - began);
    return 0;
}

static int cmd_blind(int port, const char *path, size_t n) {
    static char head[400], block[4096];
    const int fd = dial(port);
    memset(block, ' ', sizeof block);
    put(fd, head,
        (size_t)snprintf(head, sizeof head,
                         "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                         "application/json\r\nContent-Length: %zu\r\n\r\n",
                         path, n));
    (void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 300); /* a hasty answer is there */
    for (size_t k = 0; k < n; k += sizeof block)
        if (!put(fd, block, n - k < sizeof block ? n - k : sizeof block)) return puts("cut"), 1;
    printf("%d\n", answer(fd));
    return 0;
}

static int cmd_raw(int port) {
    static char buf[1 << 22];
    const int fd = dial(port);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    const size_t n = fread(buf, 1, sizeof buf, stdin);
    put(fd, buf, n);
    if (poll(&p, 1, 10000) <= 0) return puts("silent"), 0;
    const ssize_t k = recv(fd, buf, sizeof buf - 1, 0);
    buf[k > 0 ? k : 0] = 0;
    buf[strcspn(buf, "\r\n")] = 0;
    puts(k > 0 ? buf : "closed");
    return 0;
}

int main(int n, char **a) {
    if (n == 5 && !strcmp(a[1], "schema")) return cmd_schema(a[2], a[3], a[4]);
    if (n >= 6 && !strcmp(a[1], "many"))
        return cmd_many(atoi(a[2]), atol(a[3]), a[4], a[5], n > 6 ? atoi(a[6]) : 200);
    if (n == 3 && !strcmp(a[1], "slow")) return cmd_slow(atoi(a[2]));
    if (n == 5 && !strcmp(a[1], "blind"))
        return cmd_blind(atoi(a[2]), a[3], strtoul(a[4], NULL, 10));
    if (n == 3 && !strcmp(a[1], "raw")) return cmd_raw(atoi(a[2]));
    return 2;
}
