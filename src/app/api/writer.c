/* writer.c - include/molglot.h: the models that write SMILES. */
#include "app/api/api.h"
#include "model/bundle/bundle.h"
#include "molglot.h"

#include <stdlib.h>

molglot_writer *molglot_writer_load(const char *path, molglot_error *err) {
    api_prepare_fork();
    if (!path) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_writer_load: path is NULL");
        return NULL;
    }
    molglot_writer *w = calloc(1, sizeof *w);
    if (!w) {
        mg_no_memory(err, "a writer");
        return NULL;
    }
    w->bundle = mg_bundle_open(path, err);
    if (w->bundle &&
        (mg_bundle_is_t5(w->bundle)      ? mg_bundle_t5(w->bundle, err) != NULL
         : mg_bundle_is_motif(w->bundle) ? mg_bundle_motif(w->bundle, err) != NULL
                                         : mg_bundle_writer(w->bundle, NULL, err) != NULL))
        return w;
    molglot_writer_free(w);
    return NULL;
}

void molglot_writer_free(molglot_writer *w) {
    if (!w) return;
    mg_bundle_close(w->bundle);
    free(w);
}
