/* export.h - between the files of `molglot export`. */
#ifndef MG_CMD_EXPORT_H
#define MG_CMD_EXPORT_H

#include "app/cli/cli.h"
#include "molglot.h"

/* What a stream gives as an Arrow file (IPC), and releases it. */
int export_arrow(struct ArrowArrayStream *stream, FILE *to, molglot_error *err);

#endif
