/* alerts.c - substructures that chemists look at twice: PAINS and Brenk's, held against a molecule
 * (alerts.tsv, made by tools/make_triage.py). */
#include "chem/triage/triage.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of alerts.tsv, made by cmake/bytes.cmake. */
static const unsigned char TABLE[] = {
#include "chem/triage/alerts.tsv.h"
};

enum { MAX_ALERTS = 1024 };

typedef struct alert {
    const char *set, *name;
    mg_smarts *smarts;
} alert;

struct mg_alerts {
    char *text;
    alert list[MAX_ALERTS];
    size_t n;
    pthread_mutex_t lock; /* of patterns: one thread at a time */
};

static int add(mg_alerts *a, char *line, molglot_error *err) {
    char *name = strchr(line, '\t'), *smarts = name ? strchr(name + 1, '\t') : NULL;
    if (!smarts || a->n == MAX_ALERTS) return mg_fail(err, MOLGLOT_FAILED, "alerts: '%s'", line);
    *name++ = 0, *smarts++ = 0;
    alert *new = &a->list[a->n];
    *new = (alert){line, name, mg_smarts_new(smarts, err)};
    if (!new->smarts) return mg_code_of(err, MOLGLOT_FAILED);
    a->n++;
    return MOLGLOT_OK;
}

mg_alerts *mg_alerts_new(molglot_error *err) {
    mg_alerts *a = mg_chem_init(err) ? NULL : calloc(1, sizeof *a);
    if (a) a->text = strndup((const char *)TABLE, sizeof TABLE);
    if (!a || !a->text) {
        free(a);
        mg_no_memory(err, "alerts");
        return NULL;
    }
    pthread_mutex_init(&a->lock, NULL);
    int code = MOLGLOT_OK;
    for (char *line = a->text; line && *line && !code;) {
        char *end = strchr(line, '\n');
        if (end) *end++ = 0;
        if (*line != '#') code = add(a, line, err);
        line = end;
    }
    if (!code) return a;
    mg_alerts_free(a);
    return NULL;
}

void mg_alerts_free(mg_alerts *a) {
    if (!a) return;
    for (size_t i = 0; i < a->n; i++) mg_smarts_free(a->list[i].smarts);
    pthread_mutex_destroy(&a->lock);
    free(a->text);
    free(a);
}

size_t mg_alerts_size(const mg_alerts *a) { return a->n; }

int mg_alerts_of(const mg_alerts *a, const mg_mol *m, char **found, int *n, molglot_error *err) {
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&a->lock;
    mg_str out = {0};
    const char *set = "";
    int code = MOLGLOT_OK;
    *found = NULL, *n = 0;
    mg_str_addz(&out, "");
    for (size_t i = 0; i < a->n && !code; i++) {
        const alert *x = &a->list[i];
        pthread_mutex_lock(lock);
        const int count = mg_smarts_count(x->smarts, m, 1);
        pthread_mutex_unlock(lock);
        if (count < 0)
            code = mg_fail(err, MOLGLOT_FAILED, "RDKit failed on the alert '%s'", x->name);
        if (count < 1) continue;
        if (strcmp(set, x->set))
            mg_str_addf(&out, "%s%s: %s", *n ? "; " : "", x->set, x->name);
        else
            mg_str_addf(&out, ", %s", x->name);
        set = x->set;
        ++*n;
    }
    if (!code && (out.failed || !out.s)) code = mg_no_memory(err, "alerts");
    if (code)
        mg_str_free(&out);
    else
        *found = out.s;
    return code;
}
