/* index_ranks.c - `molglot index --mpi`: each rank makes the index of its share of the rows, a
 * shard as --shard makes them, and rank 0 joins the shards, which gives the bytes of one process'
 * index.
 */
#include "app/cmd/index.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *index_shard_path(const char *path, int rank, int size) {
    const size_t n = strlen(path) + 32;
    char *out = malloc(n);
    if (out) snprintf(out, n, "%s.%dof%d", path, rank + 1, size);
    return out;
}

bool index_shard_done(const char *path, int rank, int size, const cli_engine *e) {
    molglot_error none = {0};
    char *shard = index_shard_path(path, rank, size);
    mg_index *x = shard && access(shard, F_OK) == 0 ? mg_index_open(shard, true, &none) : NULL;
    const bool done = x && !cli_check_index(x, e, &none);
    mg_index_close(x);
    free(shard);
    return done;
}

int index_join_shards(const char *path, int size, int64_t *rows, molglot_error *err) {
    mg_index **shards = calloc((size_t)size, sizeof *shards);
    int code = shards ? MOLGLOT_OK : mg_no_memory(err, "an index");
    for (int i = 0; i < size && !code; i++) {
        char *shard = index_shard_path(path, i, size);
        if (!shard)
            code = mg_no_memory(err, "an index");
        else if (!(shards[i] = mg_index_open(shard, false, err)))
            code = mg_code_of(err, MOLGLOT_FAILED);
        free(shard);
    }
    for (int i = 1; i < size && !code; i++)
        if (mg_index_source(shards[i]) != mg_index_source(shards[0]))
            code = mg_fail(err, MOLGLOT_FAILED,
                           "%s and %s are of other rows than each other: do all ranks see the same "
                           "file? (without --resume all are made anew)",
                           mg_index_path(shards[0]), mg_index_path(shards[i]));
    mg_concat_result result = {0};
    const mg_concat_options o = {0};
    if (!code)
        code = mg_index_concat(path, (const mg_index *const *)shards, size, &o, &result, err);
    *rows = result.rows;
    for (int i = 0; i < size && shards; i++) {
        char *shard = code ? NULL : index_shard_path(path, i, size);
        mg_index_close(shards[i]);
        if (shard) unlink(shard);
        free(shard);
    }
    free(shards);
    return code;
}
