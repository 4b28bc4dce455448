/* claims.c - what a caption says that can be computed. */
#include "caption/inside.h"

#include <stdlib.h>

struct mg_claims {
    const mg_groups *groups;
};

mg_claims *mg_claims_new(const mg_groups *g, molglot_error *err) {
    mg_claims *c = calloc(1, sizeof *c);
    if (c)
        c->groups = g;
    else
        mg_no_memory(err, "claims");
    return c;
}

void mg_claims_free(mg_claims *c) { free(c); }

int mg_claims_check(const mg_claims *c, const mg_mol *m, const mg_facts *f, mg_caption *caption,
                    molglot_error *err) {
    (void)c, (void)m, (void)f, (void)caption, (void)err;
    return MOLGLOT_OK;
}

int mg_claims_count_all(const mg_claims *c, const char *const *smiles, const char *const *texts,
                        size_t n, int threads, mg_claims_count *out, molglot_error *err) {
    (void)c, (void)smiles, (void)texts, (void)n, (void)threads, (void)err;
    *out = (mg_claims_count){0};
    return MOLGLOT_OK;
}
