/* ranks.c - opens the library that connects processes, and calls it. */
#include "base/ranks/ranks.h"

#include <dlfcn.h>
#include <string.h>

mg_ranks *mg_ranks_open(const char *library, molglot_error *err) {
    char why[512];
    const char *hint = library ? ""
                               : ", which the build makes where Open MPI is installed (Debian: "
                                 "libopenmpi-dev, openmpi-bin; then cmake anew)";
    if (!library) library = "libmolglot_mpi.so";
    /* GLOBAL: Open MPI opens parts of itself that look for its symbols */
    void *lib = mg_plugin_open(library, RTLD_GLOBAL, why, sizeof why),
         *symbol = lib ? dlsym(lib, "molglot_ranks_new") : NULL;
    if (!symbol) {
        mg_fail(err, MOLGLOT_FAILED, "--mpi needs %s%s: %s", library, hint,
                lib ? "no molglot_ranks_new in it" : why);
        return NULL;
    }
    mg_ranks_new_fn *make;
    /* an object pointer to a function pointer, as POSIX allows */
    memcpy(&make, &symbol, sizeof make);
    mg_ranks *r = make(MG_RANKS_VERSION, sizeof *r, why, sizeof why);
    if (!r) mg_fail(err, MOLGLOT_FAILED, "%s: %s", library, why);
    return r;
}

void mg_ranks_close(mg_ranks *r) {
    if (r) r->close(r);
}

static int said(int code, const mg_ranks *r, molglot_error *err) {
    return code ? mg_fail(err, MOLGLOT_FAILED, "rank %d lost the others", r->rank) : MOLGLOT_OK;
}

int mg_ranks_sum(const mg_ranks *r, float *x, int64_t n, molglot_error *err) {
    return r ? said(r->sum_f32(r->self, x, n), r, err) : MOLGLOT_OK;
}

int mg_ranks_sum_there(const mg_ranks *r, float *there, int64_t n, void *stream, bool *done,
                       molglot_error *err) {
    int64_t not_here = !(there &&
                         r->sum_device); /* of any rank: libraries and devices may differ */
    int code = mg_ranks_most(r, &not_here, 1, err);
    *done = !code && !not_here;
    return *done ? said(r->sum_device(r->device, there, n, stream), r, err) : code;
}

int mg_ranks_sum_f64(const mg_ranks *r, double *x, int64_t n, molglot_error *err) {
    return r ? said(r->sum_f64(r->self, x, n), r, err) : MOLGLOT_OK;
}

int mg_ranks_most(const mg_ranks *r, int64_t *x, int64_t n, molglot_error *err) {
    return r ? said(r->most(r->self, x, n), r, err) : MOLGLOT_OK;
}

int mg_ranks_gather(const mg_ranks *r, const void *mine, void *all, int64_t bytes,
                    molglot_error *err) {
    return said(r->gather(r->self, mine, all, bytes), r, err);
}

int mg_ranks_wait(const mg_ranks *r, molglot_error *err) {
    return r ? said(r->wait(r->self), r, err) : MOLGLOT_OK;
}

int mg_ranks_share(const mg_ranks *r, int64_t *x, molglot_error *err) {
    if (r && r->rank) *x = INT64_MIN;
    return mg_ranks_most(r, x, 1, err);
}

int mg_ranks_agree(const mg_ranks *r, uint64_t x, bool *same, molglot_error *err) {
    int64_t ends[2] = {(int64_t)(x >> 1), -(int64_t)(x >> 1)}; /* largest, and smallest */
    const int code = mg_ranks_most(r, ends, 2, err);
    *same = ends[0] == -ends[1];
    return code;
}
