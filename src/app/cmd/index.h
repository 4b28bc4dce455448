/* index.h - between the files of `molglot index`. */
#ifndef MG_CMD_INDEX_H
#define MG_CMD_INDEX_H

#include "app/cli/cli.h"

/* The index of rank `rank` (from 0) of `size`, beside the one to be; malloc'ed, NULL: no memory. */
char *index_shard_path(const char *path, int rank, int size);
/* Whether it is there and whole: of the rows of this input, with this model. */
bool index_shard_done(const char *path, int rank, int size, const cli_engine *e);
/* Joins the ranks' indexes into `path` and removes them. *rows: how many it has. */
int index_join_shards(const char *path, int size, int64_t *rows, molglot_error *err);

#endif
