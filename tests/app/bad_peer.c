/* bad_peer.c - servers that answer a front (molglot serve --peers) as no peer should: for
 * tests/cli/test_peers.sh.
 *
 *   bad_peer MODEL-SHA256     prints "KIND PORT" for each kind, and answers until it is killed
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n"
#define HIT(score)                                                                              \
    "{\"rank\":1,\"score\":" score ",\"cosine\":null,\"index\":\"x\",\"row\":0,\"id\":\"lie\"," \
    "\"smiles\":\"C\",\"text\":\"\",\"why\":\"\",\"met\":0,\"of\":0,\"fails\":\"\"}"
#define ANSWER(hits, more)                                                                 \
    "{\"results\":[{\"status\":\"ok\",\"hits\":[" hits "],\"next_offset\":null}" more "]," \
    "\"timings_ms\":{\"queue\":0,\"search\":0},\"model\":\"%s\"}"

static const struct {
    const char *kind, *bytes; /* %s: the model */
} kinds[] = {
    {"silent", NULL}, /* never answers */
    {"drip", NULL},   /* a byte now and then */
    {"endless", NULL},
    {"endless_head", NULL},
    {"gone", ""},
    {"bomb", HEAD "Content-Length: 99999999999999999999\r\n\r\n{}"},
    {"two_lengths", HEAD "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"},
    {"minus", HEAD "Content-Length: -2\r\n\r\n{}"},
    {"cut", HEAD "Content-Length: 100\r\n\r\n{}"},
    {"chunked", HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
    {"redirect", "HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"},
    {"interim", "HTTP/1.1 100 Continue\r\n\r\n"},
    {"noise", "\001\002\003\r\n\r\n"},
    {"page", "HTTP/1.0 200 OK\r\n\r\n<html>"},
    {"empty", HEAD "\r\n{}"},
    {"no_key",
     "HTTP/1.0 401 Unauthorized\r\n\r\n{\"error\":{\"message\":\"a key is needed\\u001b[2J\"}}"},
    {"other_model", HEAD "\r\n{\"results\":[{\"status\":\"ok\",\"hits\":[],\"next_offset\":null}],"
                         "\"timings_ms\":{\"queue\":0,\"search\":0},\"model\":\"00\"}"},
    {"two_results",
     HEAD "\r\n" ANSWER("", ",{\"status\":\"ok\",\"hits\":[],\"next_offset\":null}")},
    {"two_hits", HEAD "\r\n" ANSWER(HIT("0.9") "," HIT("0.9"), "")},
    {"score", HEAD "\r\n" ANSWER(HIT("1e300"), "")},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void put(int fd, const char *s) { (void)send(fd, s, strlen(s), MSG_NOSIGNAL); }

static void answer(int fd, size_t k, const char *model) {
    char in[4096], out[4096];
    const char *kind = kinds[k].kind;
    if (recv(fd, in, sizeof in, 0) < 0) return;
    if (!strcmp(kind, "silent")) sleep(300); /* longer than who asks would wait for the answer */
    if (!strcmp(kind, "drip")) {
        put(fd, HEAD);
        for (int i = 0; i < 3000 && send(fd, "X", 1, MSG_NOSIGNAL) == 1; i++) usleep(100000);
    }
    if (!strcmp(kind, "endless")) put(fd, HEAD "\r\n[");
    memset(out, ' ', sizeof out);
    if (!strncmp(kind, "endless", 7))
        while (send(fd, out, sizeof out, MSG_NOSIGNAL) > 0) {}
    if (!kinds[k].bytes) return;
    snprintf(out, sizeof out, kinds[k].bytes, model);
    put(fd, out);
}

static void serve(int s, size_t k, const char *model) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int fd; (fd = accept(s, NULL, NULL)) >= 0;) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            answer(fd, k, model);
            shutdown(fd, SHUT_WR);
            _exit(0);
        }
        close(fd);
    }
}

int main(int n, char **a) {
    signal(SIGCHLD, SIG_IGN);
    for (size_t k = 0; k < KINDS && n == 2; k++) {
        struct sockaddr_in at = {.sin_family = AF_INET};
        socklen_t size = sizeof at;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int s = socket(AF_INET, SOCK_STREAM, 0);
        if (s < 0 || bind(s, (struct sockaddr *)&at, size) || listen(s, 8) ||
            getsockname(s, (struct sockaddr *)&at, &size))
            return 1;
        printf("%s %d\n", kinds[k].kind, ntohs(at.sin_port));
        fflush(stdout);
        if (fork() == 0) serve(s, k, a[1]);
        close(s);
    }
    for (;;) pause();
}
