/* merge_basis.h - the part `basis` of a merged model, for merge.c. */
#ifndef MG_CMD_MERGE_BASIS_H
#define MG_CMD_MERGE_BASIS_H

#include "app/cli/cli.h"
#include "model/bundle/bundle.h"

enum { MERGE_DIRECTIONS = 384 };
/* Adds the part to the bundle at `out`, from the rows of `table`. */
int merge_basis(const cli_common *c, const mg_merge_options *o, const char *out, const char *table,
                int directions, molglot_error *err);

#endif
