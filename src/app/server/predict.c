/* predict.c - /v1/predict and /v1/heads: properties of molecules by trained heads. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

const srv_shape srv_takes_predict = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "molecules",
                 .type = SRV_ARRAY,
                 .what = "the molecules",
                 .low = 1,
                 .high = 1024,
                 .required = true,
                 SRV_ENTRY(.type = SRV_MOLECULE,
                           .what = "a SMILES, a molfile or a name of the dictionary")},
                {.name = "head",
                 .type = SRV_STRING,
                 .what = "what to predict (GET /v1/heads); left out: the first",
                 .low = 1,
                 .high = 300},
                SRV_TIMEOUT)};
static const srv_shape value[] = {
    {.name = "task", .type = SRV_STRING, .required = true},
    {.name = "value",
     .type = SRV_NUMBER,
     .required = true,
     .nullable = true,
     .what = "a calibrated probability where the head's are classes, else a number"},
    {.name = "spread",
     .type = SRV_NUMBER,
     .required = true,
     .nullable = true,
     .what = "standard deviation"}};
static const srv_shape domain[] = {
    {.name = "inside",
     .type = SRV_BOOLEAN,
     .required = true,
     .what = "as near to the training rows as 95 % of the validation rows"},
    {.name = "similarity", .type = SRV_NUMBER, .required = true, .nullable = true},
    {.name = "nearest", .type = SRV_STRING, .required = true, .nullable = true}};
static const srv_shape predicted[] = {
    {.name = "status", .type = SRV_STRING, .choices = "ok|rejected", .required = true},
    {.name = "error",
     .type = SRV_OBJECT,
     SRV_MEMBERS({.name = "code", .type = SRV_STRING, .required = true},
                 {.name = "message", .type = SRV_STRING, .required = true},
                 {.name = "offset", .type = SRV_INTEGER})},
    {.name = "smiles", .type = SRV_STRING},
    {.name = "values",
     .type = SRV_ARRAY,
     SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(value), .of = value)},
    {.name = "domain", .type = SRV_OBJECT, .n = SRV_COUNT(domain), .of = domain}};
const srv_shape srv_gives_predict = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "head", .type = SRV_STRING, .required = true},
                {.name = "classes",
                 .type = SRV_BOOLEAN,
                 .required = true,
                 .what = "values are probabilities"},
                {.name = "results",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(predicted), .of = predicted)})};
static const srv_shape head[] = {
    {.name = "id", .type = SRV_STRING, .required = true},
    {.name = "object", .type = SRV_STRING, .choices = "head", .required = true}};
const srv_shape srv_gives_heads = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "object", .type = SRV_STRING, .choices = "list", .required = true},
                {.name = "data",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(head), .of = head)})};

void srv_run_heads(srv_hand *h, srv_job **jobs, size_t n) {
    const mg_server_options *o = &h->server->o;
    for (size_t i = 0; i < n; i++) {
        json_t *data = json_array();
        for (int k = 0; k < o->n_heads; k++) {
            json_t *one = json_object();
            srv_set(one, "id", srv_text(o->heads[k].name));
            srv_set(one, "object", json_string("head"));
            (void)json_array_append_new(data, one);
        }
        jobs[i]->answer = json_object();
        srv_set(jobs[i]->answer, "object", json_string("list"));
        srv_set(jobs[i]->answer, "data", data);
    }
}

/* ---- predicting ---- */

static json_t *result_of(const molglot_predictor *p, const char *smiles, const float *values,
                         const float *spread, const molglot_domain *near) {
    json_t *o = json_object(), *list = json_array(), *where = json_object();
    for (int t = 0; t < molglot_predictor_tasks(p); t++) {
        json_t *v = json_object();
        srv_set(v, "task", srv_text(molglot_predictor_task(p, t)));
        srv_set(v, "value", srv_number((double)values[t]));
        srv_set(v, "spread", srv_number((double)spread[t]));
        (void)json_array_append_new(list, v);
    }
    srv_set(where, "inside", json_boolean(near->inside));
    srv_set(where, "similarity", srv_number((double)near->similarity));
    srv_set(where, "nearest", srv_text(near->nearest));
    srv_set(o, "status", json_string("ok"));
    srv_set(o, "smiles", srv_text(smiles));
    srv_set(o, "values", list);
    srv_set(o, "domain", where);
    return o;
}

typedef struct rows {
    size_t n;
    char **smiles; /* NULL: read says why */
    const char **given;
    molglot_row_status *read, *status;
    float *values, *spread;
    molglot_domain *near;
} rows;

static bool make_room(rows *r, size_t n, size_t tasks) {
    r->n = n;
    r->smiles = calloc(n + 1, sizeof *r->smiles);
    r->given = calloc(n + 1, sizeof *r->given);
    r->read = calloc(n + 1, sizeof *r->read);
    r->status = calloc(n + 1, sizeof *r->status);
    r->values = calloc(n * tasks + 1, sizeof *r->values);
    r->spread = calloc(n * tasks + 1, sizeof *r->spread);
    r->near = calloc(n + 1, sizeof *r->near);
    return r->smiles && r->given && r->read && r->status && r->values && r->spread && r->near;
}

static void free_room(rows *r) {
    for (size_t i = 0; r->smiles && i < r->n; i++) free(r->smiles[i]);
    free(r->smiles);
    free(r->given);
    free(r->read);
    free(r->status);
    free(r->values);
    free(r->spread);
    free(r->near);
}

static json_t *results_of(mg_server *s, const molglot_predictor *p, const rows *r) {
    const size_t tasks = (size_t)molglot_predictor_tasks(p);
    json_t *results = json_array();
    for (size_t i = 0; i < r->n; i++) {
        const molglot_row_status *row = r->smiles[i] ? &r->status[i] : &r->read[i];
        json_t *o;
        if (row->ok)
            o = result_of(p, r->smiles[i], r->values + i * tasks, r->spread + i * tasks,
                          &r->near[i]);
        else {
            o = json_object();
            atomic_fetch_add(&s->metrics.rejected, 1);
            srv_set(o, "status", json_string("rejected"));
            srv_set(o, "error", srv_rejected(row));
        }
        (void)json_array_append_new(results, o);
    }
    return results;
}

static void predict(srv_hand *h, srv_job *j) {
    mg_server *s = h->server;
    const char *name = srv_string_of(j->args, "head");
    const json_t *list = json_object_get(j->args, "molecules");
    int at = 0;
    while (name && at < s->o.n_heads && strcmp(name, s->o.heads[at].name)) at++;
    if (at >= s->o.n_heads) {
        srv_job_fail(j, 404, "no_such_head", "head", -1,
                     "there is no head of this name: GET /v1/heads");
        return;
    }
    molglot_error err = {.code = MOLGLOT_NO_MEMORY, .message = "out of memory"};
    molglot_predictor *p = srv_hand_predictor(h, at, &err);
    rows r = {0};
    const size_t n = json_array_size(list);
    bool ok = p && make_room(&r, n, (size_t)molglot_predictor_tasks(p));
    for (size_t i = 0; i < n && ok; i++) {
        r.smiles[i] = srv_molecule(s, json_array_get(list, i), &r.read[i]);
        r.given[i] = r.smiles[i] ? r.smiles[i] : "";
    }
    if (ok) ok = !molglot_predict(p, r.given, n, r.values, r.spread, r.near, r.status, &err);
    if (ok) {
        j->answer = json_object();
        srv_set(j->answer, "head", srv_text(s->o.heads[at].name));
        srv_set(j->answer, "classes", json_boolean(molglot_predictor_classes(p)));
        srv_set(j->answer, "results", results_of(s, p, &r));
    } else
        srv_job_fail_of(j, &err);
    free_room(&r);
}

void srv_run_predict(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++) predict(h, jobs[i]);
}
