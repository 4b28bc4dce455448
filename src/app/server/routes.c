/* routes.c - the table of routes: from it come routing, /openapi.json, an assistant's tools and the
 * table in docs/server.md. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

static void run_metrics(srv_hand *h, srv_job **jobs, size_t n);
static void run_openapi(srv_hand *h, srv_job **jobs, size_t n);

/* What a server with peers answers out of theirs and its own. */
#define TAKE(name)                                                                 \
    static void take_##name(srv_hand *h, srv_job **jobs, size_t n) {               \
        (srv_asks_peers(jobs[0]) ? srv_front_##name : srv_run_##name)(h, jobs, n); \
    }
TAKE(search)
TAKE(indexes)
TAKE(rows)

static const srv_route table[] = {
    {.method = "GET",
     .path = "/health",
     .summary = "200 once everything is loaded, 503 before and while the server drains",
     .lane = SRV_AT_ONCE,
     .gives = &srv_gives_health,
     .run = srv_run_health},
    {.method = "GET",
     .path = "/version",
     .summary = "The program and its model",
     .lane = SRV_AT_ONCE,
     .gives = &srv_gives_version,
     .run = srv_run_version},
    {.method = "GET",
     .path = "/metrics",
     .summary = "Counts for Prometheus",
     .lane = SRV_AT_ONCE,
     .run = run_metrics,
     .type = "text/plain; version=0.0.4; charset=utf-8"},
    {.method = "GET",
     .path = "/openapi.json",
     .summary = "This table, for programs",
     .lane = SRV_AT_ONCE,
     .run = run_openapi,
     .type = "application/json"},
    {.method = "GET",
     .path = "/v1/models",
     .summary = "The model, in OpenAI's form",
     .lane = SRV_AT_ONCE,
     .gives = &srv_gives_models,
     .run = srv_run_models},
    {.method = "GET",
     .path = "/v1/indexes",
     .summary = "The indexes that can be searched",
     .tool = "list_indexes",
     .lane = SRV_AT_ONCE,
     .gives = &srv_gives_indexes,
     .asks_peers = true,
     .run = take_indexes},
    {.method = "GET",
     .path = "/v1/indexes/{name}/rows",
     .summary = "Rows of an index, page by page",
     .lane = SRV_AT_ONCE,
     .takes = &srv_takes_rows,
     .gives = &srv_gives_rows,
     .asks_peers = true,
     .run = take_rows},
    {.method = "POST",
     .path = "/v1/search",
     .summary = "The best rows of an index for sentences, names and molecules",
     .tool = "search_molecules",
     .lane = SRV_SEARCH,
     .takes = &srv_takes_search,
     .gives = &srv_gives_search,
     .asks_peers = true,
     .run = take_search,
     .together = srv_search_together},
    {.method = "POST",
     .path = "/v1/generate",
     .summary = "Molecules for sentences, or like a molecule; as they are drawn, then ranked",
     .tool = "write_molecules",
     .lane = SRV_WRITING,
     .takes = &srv_takes_generate,
     .gives = &srv_gives_generate,
     .run = srv_run_generate},
    {.method = "POST",
     .path = "/v1/caption",
     .summary =
         "A sentence for each molecule, with what it leans on and what the structure contradicts",
     .tool = "caption_molecules",
     .lane = SRV_TALK,
     .takes = &srv_takes_caption,
     .gives = &srv_gives_caption,
     .run = srv_run_caption},
    {.method = "POST",
     .path = "/v1/explain",
     .summary = "Which words of a text speak of which atoms of a molecule",
     .tool = "explain_molecule",
     .lane = SRV_TALK,
     .takes = &srv_takes_explain,
     .gives = &srv_gives_explain,
     .run = srv_run_explain},
    {.method = "GET",
     .path = "/v1/heads",
     .summary = "What can be predicted",
     .tool = "list_heads",
     .lane = SRV_AT_ONCE,
     .gives = &srv_gives_heads,
     .run = srv_run_heads},
    {.method = "POST",
     .path = "/v1/predict",
     .summary = "Properties of molecules by a trained head, with their spread and how near the "
                "training rows are",
     .tool = "predict_properties",
     .lane = SRV_TALK,
     .takes = &srv_takes_predict,
     .gives = &srv_gives_predict,
     .run = srv_run_predict},
    {.method = "POST",
     .path = "/v1/describe",
     .summary = "What molecules are: groups, rings, stereo, numbers; computed, not learned",
     .tool = "describe_molecules",
     .lane = SRV_HANDS,
     .takes = &srv_takes_describe,
     .gives = &srv_gives_describe,
     .run = srv_run_describe},
    {.method = "POST",
     .path = "/v1/triage",
     .summary = "What is looked at before molecules are taken further: control lists, alerts, "
                "scores, the nearest known molecule",
     .tool = "triage_molecules",
     .lane = SRV_HANDS,
     .takes = &srv_takes_triage,
     .gives = &srv_gives_triage,
     .run = srv_run_triage},
    {.method = "POST",
     .path = "/v1/depict",
     .summary = "Drawings as SVG",
     .tool = "depict_molecules",
     .lane = SRV_HANDS,
     .takes = &srv_takes_depict,
     .gives = &srv_gives_depict,
     .run = srv_run_depict},
    {.method = "POST",
     .path = "/v1/standardise",
     .summary = "Canonical SMILES, InChIKey, formula, weight",
     .tool = "standardise_molecules",
     .lane = SRV_HANDS,
     .takes = &srv_takes_standardise,
     .gives = &srv_gives_standardise,
     .run = srv_run_standardise},
    {.method = "POST",
     .path = "/v1/names",
     .summary = "Structures of names, and names of molecules, with their sources",
     .tool = "find_names",
     .lane = SRV_HANDS,
     .takes = &srv_takes_names,
     .gives = &srv_gives_names,
     .run = srv_run_names},
    {.method = "POST",
     .path = "/v1/understand",
     .summary = "What sentences ask of molecules that can be checked",
     .tool = "understand_request",
     .lane = SRV_TALK,
     .takes = &srv_takes_understand,
     .gives = &srv_gives_understand,
     .run = srv_run_understand},
    {.method = "POST",
     .path = "/v1/embeddings",
     .summary = "Vectors of molecules and texts, in OpenAI's form",
     .lane = SRV_SEARCH,
     .takes = &srv_takes_embeddings,
     .gives = &srv_gives_embeddings,
     .run = srv_run_embeddings},
};
_Static_assert(SRV_COUNT(table) < SRV_MAX_ROUTES, "metrics.c counts so many");

size_t srv_routes(const srv_route **routes) {
    *routes = table;
    return SRV_COUNT(table);
}

/* "/v1/indexes/{name}/rows" against a path. */
static bool matches(const char *pattern, const char *path, char *rest, size_t n) {
    const char *open = strchr(pattern, '{');
    if (!open) return !strcmp(pattern, path);
    const size_t before = (size_t)(open - pattern), length = strlen(path);
    const char *after = strchr(open, '}') + 1;
    const size_t behind = strlen(after);
    if (length <= before + behind || memcmp(pattern, path, before) ||
        strcmp(path + length - behind, after))
        return false;
    const size_t inner = length - before - behind;
    if (inner >= n || memchr(path + before, '/', inner)) return false;
    memcpy(rest, path + before, inner);
    rest[inner] = 0;
    return true;
}

const srv_route *srv_route_find(const char *method, const char *path, char *rest, size_t n,
                                bool *other) {
    *other = false;
    *rest = 0;
    for (size_t i = 0; i < SRV_COUNT(table); i++) {
        if (!matches(table[i].path, path, rest, n)) continue;
        if (!strcmp(table[i].method, method)) return &table[i];
        *other = true;
    }
    return NULL;
}

/* ---- /metrics ---- */

static void give_text(srv_job *j, char *text) {
    j->body = text;
    j->n_body = text ? strlen(text) : 0;
    if (!text) j->status = 500;
}

static void run_metrics(srv_hand *h, srv_job **jobs, size_t n) {
    for (size_t i = 0; i < n; i++)
        give_text(jobs[i], srv_metrics_text(h->server, table, SRV_COUNT(table)));
}

/* ---- /openapi.json ---- */

static json_t *error_schema(void) {
    return json_pack("{s:s,s:[s],s:{s:{s:s,s:[s,s,s,s,s],s:{s:{s:s},s:{s:s},s:{s:s},s:{s:s},s:{s:s}"
                     ",s:{s:s},s:{s:"
                     "s}}}}}",
                     "type", "object", "required", "error", "properties", "error", "type", "object",
                     "required", "code", "type", "message", "status", "request_id", "properties",
                     "code", "type", "string", "type", "type", "string", "message", "type",
                     "string", "status", "type", "integer", "field", "type", "string", "offset",
                     "type", "integer", "request_id", "type", "string");
}

static json_t *content_of(const char *type, json_t *schema) {
    json_t *o = json_object(), *of = json_object();
    srv_set(of, "schema", schema);
    srv_set(o, type, of);
    return o;
}

static json_t *parameters_of(const srv_route *r) {
    json_t *list = json_array();
    for (size_t i = 0; r->takes && i < r->takes->n; i++) {
        const srv_shape *x = &r->takes->of[i];
        json_t *o = json_object();
        const bool in_path = x->required;
        srv_set(o, "name", json_string(x->name));
        srv_set(o, "in", json_string(in_path ? "path" : "query"));
        srv_set(o, "required", json_boolean(in_path));
        srv_set(o, "schema", srv_shape_schema(x));
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *operation_of(const srv_route *r) {
    json_t *o = json_object(), *answers = json_object(), *good = json_object(),
           *bad = json_object();
    srv_set(o, "summary", json_string(r->summary));
    if (r->tool) srv_set(o, "operationId", json_string(r->tool));
    const bool get = r->method[0] == 'G';
    if (get && r->takes) srv_set(o, "parameters", parameters_of(r));
    if (!get) {
        json_t *body = json_object();
        srv_set(body, "required", json_true());
        srv_set(body, "content", content_of("application/json", srv_shape_schema(r->takes)));
        srv_set(o, "requestBody", body);
    }
    srv_set(good, "description", json_string(r->summary));
    if (r->gives)
        srv_set(good, "content", content_of("application/json", srv_shape_schema(r->gives)));
    srv_set(answers, "200", good);
    srv_set(bad, "description", json_string("what went wrong"));
    srv_set(
        bad, "content",
        content_of("application/json", json_pack("{s:s}", "$ref", "#/components/schemas/Error")));
    srv_set(answers, "default", bad);
    srv_set(o, "responses", answers);
    return o;
}

json_t *srv_openapi(void) {
    json_t *paths = json_object(), *o = json_object(), *schemas = json_object();
    for (size_t i = 0; i < SRV_COUNT(table); i++) {
        json_t *path = json_object();
        srv_set(path, table[i].method[0] == 'G' ? "get" : "post", operation_of(&table[i]));
        srv_set(paths, table[i].path, path);
    }
    srv_set(o, "openapi", json_string("3.1.0"));
    srv_set(o, "info",
            json_pack("{s:s,s:s,s:s}", "title", "Molglot", "version", molglot_version(),
                      "description",
                      "Molecules and natural language: search, writing, captions, explanations."));
    srv_set(o, "paths", paths);
    srv_set(schemas, "Error", error_schema());
    json_t *components = json_object();
    srv_set(components, "schemas", schemas);
    srv_set(components, "securitySchemes",
            json_pack("{s:{s:s,s:s}}", "key", "type", "http", "scheme", "bearer"));
    srv_set(o, "components", components);
    return o;
}

static void run_openapi(srv_hand *h, srv_job **jobs, size_t n) {
    (void)h;
    for (size_t i = 0; i < n; i++) {
        json_t *o = srv_openapi();
        give_text(jobs[i], srv_dump(o));
        json_decref(o);
    }
}

/* ---- docs/server.md ---- */

static void document_members(FILE *f, const srv_shape *x, const char *before) {
    static const char *const names[] = {"string", "integer",  "number", "boolean", "object",
                                        "array",  "molecule", "query",  "any"};
    for (size_t i = 0; i < x->n; i++) {
        const srv_shape *m = &x->of[i];
        fprintf(f, "| `%s%s` | %s%s |", before, m->name, m->type == SRV_ARRAY ? "array of " : "",
                names[m->type == SRV_ARRAY ? m->of->type : m->type]);
        if (m->required)
            fputs(" needed |", f);
        else
            fprintf(f, m->normal ? " `%s` |" : " |", m->normal);
        if (m->low < m->high && m->high < 1e9)
            fprintf(f, " %g to %g%s |", m->low, m->high,
                    m->type == SRV_STRING  ? " bytes"
                    : m->type == SRV_ARRAY ? " entries"
                                           : "");
        else if (m->choices) {
            fputs(" ", f);
            for (const char *c = m->choices; *c; c++) fputs(*c == '|' ? ", " : (char[]){*c, 0}, f);
            fputs(" |", f);
        } else
            fputs(" |", f);
        fprintf(f, " %s |\n", m->what ? m->what : "");
        if (m->type == SRV_OBJECT) {
            char inner[64];
            snprintf(inner, sizeof inner, "%s%s.", before, m->name);
            document_members(f, m, inner);
        }
    }
}

char *mg_server_docs(void) {
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    if (!f) return NULL;
    fputs("| route | tool | what |\n|---|---|---|\n", f);
    for (size_t i = 0; i < SRV_COUNT(table); i++)
        fprintf(f, "| %s `%s` | %s | %s |\n", table[i].method, table[i].path,
                table[i].tool ? table[i].tool : "", table[i].summary);
    for (size_t i = 0; i < SRV_COUNT(table); i++) {
        if (!table[i].takes) continue;
        fprintf(f,
                "\n#### %s %s\n\n| member | type | default | limits | what |\n"
                "|---|---|---|---|---|\n",
                table[i].method, table[i].path);
        document_members(f, table[i].takes, "");
    }
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}
