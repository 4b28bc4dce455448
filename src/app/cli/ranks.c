/* ranks.c - a command that several processes run together. */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <time.h>

/* How many processes an mpirun started, as Open MPI, MPICH and Intel's say it. */
static int started(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < MG_COUNT(names); i++) {
        const char *n = getenv(names[i]);
        if (n && atoi(n) > 1) return atoi(n);
    }
    return 1;
}

int cli_ranks_begin(mg_ranks **r, bool asked, cli_common *c, molglot_error *err) {
    *r = NULL;
    if (!asked)
        return started() < 2
                   ? MOLGLOT_OK
                   : mg_fail(err, MOLGLOT_USAGE,
                             "each of the %d processes of mpirun would do all of it: with "
                             "--mpi they share it",
                             started());
    const char *library = getenv("MOLGLOT_RANKS");
    if (!(*r = mg_ranks_open(library && *library ? library : NULL, err)))
        return mg_code_of(err, MOLGLOT_FAILED);
    if ((*r)->rank)
        c->quiet = true;
    else
        cli_say(c, "%d rank%s", (*r)->size, (*r)->size == 1 ? "" : "s");
    return MOLGLOT_OK;
}

int cli_ranks_end(mg_ranks *r, int code, const molglot_error *err) {
    molglot_error own = *err;
    if (!r) return own.code ? cli_fail(&own) : code;
    if (own.code == MOLGLOT_INTERRUPTED || !own.code) { /* all of them know */
        if (own.code && !r->rank) cli_fail(&own);
        code = own.code ? own.code : code;
        mg_ranks_close(r);
        return code;
    }
    /* what all ranks fail at, rank 0 says: mpirun ends the others meanwhile, by TERM */
    signal(SIGTERM, SIG_DFL);
    if (r->rank && !cli_interrupted) nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
    if (r->size > 1) mg_fail_prefix(&own, "rank %d", r->rank);
    if (!r->rank || !cli_interrupted) cli_fail(&own);
    r->end(r, own.code);
    return own.code;
}
