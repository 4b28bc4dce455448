/* serve.h - what `molglot serve` and `molglot mcp` share: the heads that predict properties. */
#ifndef MG_CMD_SERVE_H
#define MG_CMD_SERVE_H

#include "app/server/server.h"

/* Zero-initialise. */
typedef struct serve_heads {
    mg_server_head *list; /* [n] and their strings are its own */
    int n;
} serve_heads;

/* ".../heads.tox21.safetensors" is called "tox21". False: no memory. */
bool serve_heads_add(serve_heads *h, const char *path);
/* The heads.NAME.safetensors of the model's folder, in the order of their names; none of a file. */
bool serve_heads_of_folder(serve_heads *h, const char *folder);
void serve_heads_free(serve_heads *h);

#endif
