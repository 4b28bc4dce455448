/* server.h - the product behind HTTP and behind an assistant: one table of routes over molglot.h.
 *
 *   I/O threads (libmicrohttpd, POLL) -> body, JSON, arguments -> a lane's queue -> its worker
 *
 * Lanes: search (one thread that takes what waits, up to 64 requests that go together), writing
 * (threads with a generator each over one writer), talk (captions, explanations), hands (what needs
 * no model). A request waits in its lane, is stopped when its client leaves or its time is over,
 * and answers in one form whatever happens. Nothing here reads a path, a model or an address out of
 * a request, opens a connection but to the peers of its options, or keeps what was asked.
 */
#ifndef MG_SERVER_H
#define MG_SERVER_H

#include "molglot.h"

#include <stdbool.h>
#include <stdio.h>

/* What became of a request; nothing of what it asked. */
typedef struct mg_server_note {
    const char *method, *path; /* of the table; "-": no such route */
    int status;
    double ms;
} mg_server_note;

/* A head that predicts properties. */
typedef struct mg_server_head {
    const char *name, *path;
} mg_server_head;

typedef struct mg_server_options {
    const char *model;          /* as molglot_model_load has it */
    const char *const *indexes; /* [n_indexes] paths; named by their files' names */
    int n_indexes;
    const char *const *peers; /* [n_peers] HOST:PORT of other servers, whose indexes are searched
                               * too: the only places that are ever connected to */
    int n_peers;
    double peer_s;               /* time that a peer has for an answer */
    const mg_server_head *heads; /* [n_heads] */
    int n_heads;
    const char *host;        /* "127.0.0.1", "::1", or an address of this machine */
    int port;                /* 0: any that is free */
    const char *const *keys; /* [n_keys] one of which a request must bring; none: all may ask */
    int n_keys;
    const char *control_list; /* a table of the site's own lists, ended by a zero, or NULL */
    bool omit_controlled;     /* generated molecules on a list are left out, whatever is asked */
    const char *sketcher;     /* a folder with the site's own editor of molecules, or NULL */
    const char *style;        /* the style of all pages, before the page's own */
    int threads;              /* of the search lane; 0: as many as OpenMP gives */
    int writers, hands;       /* threads of these lanes */
    size_t max_body;          /* bytes */
    int max_waiting, max_writing; /* requests that wait in a lane; of the writing lane */
    double search_s, generate_s;  /* time of a request; of one that writes */
    double idle_s, body_s;        /* of a connection without a byte; for a whole body */
    long (*refusals)(void);       /* how often this process was refused memory, or NULL: what is
                                   * answered while it grows is 503 */
    void (*on_request)(void *user, const mg_server_note *note); /* or NULL; from several threads */
    void *user;
} mg_server_options;

mg_server_options mg_server_default(void);

typedef struct mg_server mg_server;

/* Listens; answers 503 until it is loaded. Strings of the options outlive the server. */
mg_server *mg_server_open(const mg_server_options *options, molglot_error *err);
int mg_server_port(const mg_server *s);
/* Loads the model and the indexes and starts the lanes. */
int mg_server_load(mg_server *s, molglot_error *err);
/* Takes no more work; waits until what there is has ended, at most `seconds`, then stops it. */
void mg_server_drain(mg_server *s, double seconds);
void mg_server_close(mg_server *s); /* NULL: nothing happens */

/* The same tools for an assistant: the Model Context Protocol, JSON lines on `in` and `out`, until
 * `in` ends. */
int mg_server_mcp(const mg_server_options *options, FILE *in, FILE *out, molglot_error *err);

/* The table of routes as Markdown, for docs/server.md. */
char *mg_server_docs(void);

#endif
