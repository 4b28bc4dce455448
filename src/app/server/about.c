/* about.c - what the server is and holds. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

const srv_shape srv_gives_health = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "status", .type = SRV_STRING, .choices = "ok", .required = true})};
const srv_shape srv_gives_version = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "molglot", .type = SRV_STRING, .required = true, .what = "the program's version"},
        {.name = "model", .type = SRV_STRING, .required = true, .nullable = true},
        {.name = "sha256", .type = SRV_STRING, .required = true, .what = "the model's identity"},
        {.name = "dim", .type = SRV_INTEGER, .required = true, .what = "numbers of an embedding"},
        {.name = "writes",
         .type = SRV_BOOLEAN,
         .required = true,
         .what = "it has a writer: /v1/generate works"},
        {.name = "sketcher",
         .type = SRV_BOOLEAN,
         .required = true,
         .what = "the site's own editor is at /sketch/"})};
static const srv_shape model[] = {
    {.name = "id", .type = SRV_STRING, .required = true},
    {.name = "object", .type = SRV_STRING, .choices = "model", .required = true},
    {.name = "sha256", .type = SRV_STRING, .required = true},
    {.name = "dim", .type = SRV_INTEGER, .required = true},
    {.name = "licence", .type = SRV_STRING, .nullable = true, .required = true}};
const srv_shape srv_gives_models = {
    .type = SRV_OBJECT,
    SRV_MEMBERS({.name = "object", .type = SRV_STRING, .choices = "list", .required = true},
                {.name = "data",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(model), .of = model)})};
static const srv_shape index_[] = {
    {.name = "id", .type = SRV_STRING, .required = true, .what = "its name in requests"},
    {.name = "peer", .type = SRV_STRING, .what = "of a server with peers: the one that has it"},
    {.name = "object", .type = SRV_STRING, .choices = "index", .required = true},
    {.name = "rows", .type = SRV_INTEGER, .required = true},
    {.name = "side", .type = SRV_STRING, .choices = "molecules|texts", .required = true},
    {.name = "columns", .type = SRV_ARRAY, .required = true, SRV_ENTRY(.type = SRV_STRING)}};
const srv_shape srv_gives_indexes = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(SRV_PEERS_MEMBERS,
                {.name = "object", .type = SRV_STRING, .choices = "list", .required = true},
                {.name = "data",
                 .type = SRV_ARRAY,
                 .required = true,
                 SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(index_), .of = index_)})};
const srv_shape srv_takes_rows = {.type = SRV_OBJECT,
                                  SRV_MEMBERS({.name = "name",
                                               .type = SRV_STRING,
                                               .what = "of the index",
                                               .required = true,
                                               .low = 1,
                                               .high = 300},
                                              {.name = "offset",
                                               .type = SRV_INTEGER,
                                               .what = "first row, from 0",
                                               .low = 0,
                                               .high = 9e15,
                                               .normal = "0"},
                                              {.name = "peer",
                                               .type = SRV_STRING,
                                               .what = "of a server with peers: the "
                                                       "one to ask",
                                               .low = 1,
                                               .high = 300},
                                              {.name = "limit",
                                               .type = SRV_INTEGER,
                                               .what = "rows, at most",
                                               .low = 1,
                                               .high = 1000,
                                               .normal = "100"})};
static const srv_shape row[] = {{.name = "row", .type = SRV_INTEGER, .required = true},
                                {.name = "id", .type = SRV_STRING, .required = true},
                                {.name = "smiles", .type = SRV_STRING, .required = true},
                                {.name = "text", .type = SRV_STRING, .required = true},
                                {.name = "inchikey", .type = SRV_STRING, .required = true},
                                {.name = "columns", .type = SRV_ANY}};
const srv_shape srv_gives_rows = {
    .type = SRV_OBJECT,
    SRV_MEMBERS(
        {.name = "peer", .type = SRV_STRING, .what = "of a server with peers: the one that has it"},
        {.name = "rows",
         .type = SRV_ARRAY,
         .required = true,
         SRV_ENTRY(.type = SRV_OBJECT, .n = SRV_COUNT(row), .of = row)},
        {.name = "total", .type = SRV_INTEGER, .required = true},
        {.name = "next_offset", .type = SRV_INTEGER, .nullable = true, .required = true})};

void srv_run_health(srv_hand *h, srv_job **jobs, size_t n) {
    (void)h;
    for (size_t i = 0; i < n; i++) jobs[i]->answer = json_pack("{s:s}", "status", "ok");
}

static const char *sha_of(mg_server *s) {
    molglot_error err;
    const char *sha = molglot_model_sha256(s->model, &err);
    return sha ? sha : "";
}

void srv_run_version(srv_hand *h, srv_job **jobs, size_t n) {
    mg_server *s = h->server;
    for (size_t i = 0; i < n; i++) {
        json_t *o = jobs[i]->answer = json_object();
        srv_set(o, "molglot", json_string(molglot_version()));
        srv_set(o, "model", srv_text(molglot_model_info(s->model, "name")));
        srv_set(o, "sha256", json_string(sha_of(s)));
        srv_set(o, "dim", json_integer(molglot_model_dim(s->model)));
        srv_set(o, "writes", json_boolean(s->writer != NULL));
        srv_set(o, "sketcher", json_boolean(s->o.sketcher != NULL));
    }
}

void srv_run_models(srv_hand *h, srv_job **jobs, size_t n) {
    mg_server *s = h->server;
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object(), *data = json_array();
        const char *name = molglot_model_info(s->model, "name");
        srv_set(o, "id", srv_text(name ? name : "molglot"));
        srv_set(o, "object", json_string("model"));
        srv_set(o, "sha256", json_string(sha_of(s)));
        srv_set(o, "dim", json_integer(molglot_model_dim(s->model)));
        srv_set(o, "licence", srv_text(molglot_model_info(s->model, "licence")));
        (void)json_array_append_new(data, o);
        jobs[i]->answer = json_pack("{s:s}", "object", "list");
        srv_set(jobs[i]->answer, "data", data);
    }
}

void srv_run_indexes(srv_hand *h, srv_job **jobs, size_t n) {
    mg_server *s = h->server;
    for (size_t i = 0; i < n; i++) {
        json_t *data = json_array();
        for (int k = 0; k < s->o.n_indexes; k++) {
            const char *const *names;
            const int columns = molglot_index_columns(s->indexes[k], &names);
            json_t *o = json_object(), *list = json_array();
            for (int c = 0; c < columns; c++) (void)json_array_append_new(list, srv_text(names[c]));
            srv_set(o, "id", srv_text(s->names[k]));
            srv_set(o, "object", json_string("index"));
            srv_set(o, "rows", json_integer((json_int_t)molglot_index_size(s->indexes[k])));
            srv_set(o, "side",
                    json_string(molglot_index_side(s->indexes[k]) == MOLGLOT_TEXTS ? "texts"
                                                                                   : "molecules"));
            srv_set(o, "columns", list);
            (void)json_array_append_new(data, o);
        }
        jobs[i]->answer = json_pack("{s:s}", "object", "list");
        srv_set(jobs[i]->answer, "data", data);
    }
}

static json_t *row_of(const molglot_index *x, size_t at) {
    const char *const *names;
    const int columns = molglot_index_columns(x, &names);
    json_t *o = json_object(), *cells = columns ? json_object() : NULL;
    srv_set(o, "row", json_integer((json_int_t)at));
    srv_set(o, "id", srv_text(molglot_index_id(x, at)));
    srv_set(o, "smiles", srv_text(molglot_index_smiles(x, at)));
    srv_set(o, "text", srv_text(molglot_index_text(x, at)));
    srv_set(o, "inchikey", srv_text(molglot_index_inchikey(x, at)));
    for (int c = 0; c < columns; c++)
        srv_set(cells, names[c], srv_text(molglot_index_cell(x, at, c)));
    srv_set(o, "columns", cells);
    return o;
}

void srv_run_rows(srv_hand *h, srv_job **jobs, size_t n) {
    mg_server *s = h->server;
    for (size_t i = 0; i < n; i++) {
        const int index = srv_index_named(s, srv_string_of(jobs[i]->args, "name"));
        if (index < 0) {
            srv_job_fail(jobs[i], 404, "no_such_index", "name", -1,
                         "there is no index of this name");
            continue;
        }
        const molglot_index *x = s->indexes[index];
        const size_t total = molglot_index_size(x),
                     offset = (size_t)srv_number_of(jobs[i]->args, "offset", 0),
                     limit = (size_t)srv_number_of(jobs[i]->args, "limit", 100);
        json_t *rows = json_array();
        size_t at = offset;
        for (; at < total && at < offset + limit; at++)
            (void)json_array_append_new(rows, row_of(x, at));
        json_t *o = jobs[i]->answer = json_object();
        srv_set(o, "rows", rows);
        srv_set(o, "total", json_integer((json_int_t)total));
        srv_set(o, "next_offset", at < total ? json_integer((json_int_t)at) : json_null());
    }
}
