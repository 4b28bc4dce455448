/* triage.c - a molecule's alerts, QED and accessibility in one. */
#include "chem/triage/triage.h"

#include <stdlib.h>

struct mg_triager {
    mg_groups *groups; /* its patterns count for QED */
    mg_alerts *alerts;
    mg_fragments *fragments;
};

mg_triager *mg_triager_new(molglot_error *err) {
    mg_triager *t = calloc(1, sizeof *t);
    if (!t) {
        mg_no_memory(err, "triage");
        return NULL;
    }
    if ((t->alerts = mg_alerts_new(err)) && (t->fragments = mg_fragments_new(err)) &&
        (t->groups = mg_groups_new(NULL, 0, err)))
        return t;
    mg_triager_free(t);
    return NULL;
}

void mg_triager_free(mg_triager *t) {
    if (!t) return;
    mg_groups_free(t->groups);
    mg_alerts_free(t->alerts);
    mg_fragments_free(t->fragments);
    free(t);
}

int mg_triage_of(const mg_triager *t, const mg_mol *m, mg_triage *out, molglot_error *err) {
    mg_facts f = {0};
    *out = (mg_triage){0};
    int code = mg_facts_numbers(t->groups, m, &f, err);
    out->qed = f.qed;
    if (!code) code = mg_accessible(t->fragments, m, &f, &out->accessible, err);
    if (!code) code = mg_alerts_of(t->alerts, m, &out->alerts, &out->n_alerts, err);
    mg_facts_free(&f);
    return code;
}

void mg_triage_free(mg_triage *t) {
    free(t->alerts);
    *t = (mg_triage){0};
}
