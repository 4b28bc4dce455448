/* mcp.c - the tools of the table for an assistant: the Model Context Protocol over standard
 * streams.
 *
 * A line in, a line out, JSON-RPC 2.0. The stateless protocol of 2026-07-28 (server/discover, every
 * request says its version in _meta) and the ones before it (initialize) are the same tools: no
 * request depends on another. All tools read only. */
#include "app/server/inside.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 4 << 20, PARSE_ERROR = -32700, BAD_REQUEST = -32600, NO_METHOD = -32601 };
enum { BAD_PARAMS = -32602, TIME_TO_LIVE_MS = 3600000 };

static const char *const versions[] = {"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26",
                                       "2024-11-05"};
static const char version_key[] = "io.modelcontextprotocol/protocolVersion";

static const char instructions[] =
    "Molglot connects molecules and natural language, on this machine. Scores are cosines: they "
    "rank, they are no probabilities. What describe_molecules, standardise_molecules and "
    "depict_molecules say is computed; captions and learned explanations may be wrong.";

static void put_identity(json_t *result) {
    srv_set(result, "capabilities", json_pack("{s:{}}", "tools"));
    srv_set(result, "serverInfo",
            json_pack("{s:s,s:s}", "name", "molglot", "version", molglot_version()));
    srv_set(result, "instructions", json_string(instructions));
}

static json_t *discover(void) {
    json_t *result = json_object(), *list = json_array();
    for (size_t i = 0; i < SRV_COUNT(versions); i++)
        (void)json_array_append_new(list, json_string(versions[i]));
    srv_set(result, "resultType", json_string("complete"));
    srv_set(result, "supportedVersions", list);
    srv_set(result, "ttlMs", json_integer(TIME_TO_LIVE_MS));
    srv_set(result, "cacheScope", json_string("public"));
    put_identity(result);
    return result;
}

/* The client's version where it is known; the last one with `initialize` otherwise. */
static json_t *initialize(const json_t *params) {
    const char *asked = srv_string_of(params, "protocolVersion"), *version = versions[1];
    for (size_t i = 1; asked && i < SRV_COUNT(versions); i++)
        if (!strcmp(asked, versions[i])) version = versions[i];
    json_t *result = json_object();
    srv_set(result, "protocolVersion", json_string(version));
    put_identity(result);
    return result;
}

static json_t *list_tools(void) {
    const srv_route *routes;
    const size_t n = srv_routes(&routes);
    json_t *result = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (!routes[i].tool) continue;
        json_t *tool = json_object();
        srv_set(tool, "name", json_string(routes[i].tool));
        srv_set(tool, "description", json_string(routes[i].summary));
        srv_set(tool, "inputSchema",
                routes[i].takes ? srv_shape_schema(routes[i].takes)
                                : json_pack("{s:s,s:{}}", "type", "object", "properties"));
        srv_set(tool, "outputSchema", srv_shape_schema(routes[i].gives));
        srv_set(tool, "annotations", json_pack("{s:b,s:b}", "readOnlyHint", 1, "openWorldHint", 0));
        (void)json_array_append_new(list, tool);
    }
    srv_set(result, "resultType", json_string("complete"));
    srv_set(result, "tools", list);
    srv_set(result, "ttlMs", json_integer(TIME_TO_LIVE_MS));
    srv_set(result, "cacheScope", json_string("public"));
    return result;
}

/* ---- calling ---- */

static json_t *content_of(char *text, json_t *structured, bool bad) {
    json_t *result = json_object(), *part = json_object(), *list = json_array();
    srv_set(part, "type", json_string("text"));
    srv_set(part, "text", srv_text(text ? text : "out of memory"));
    (void)json_array_append_new(list, part);
    srv_set(result, "resultType", json_string("complete"));
    srv_set(result, "content", list);
    if (structured && !bad) srv_set(result, "structuredContent", json_incref(structured));
    srv_set(result, "isError", json_boolean(bad));
    free(text);
    return result;
}

static json_t *run(srv_hand *h, const srv_route *route, json_t *args) {
    const mg_server_options *o = &h->server->o;
    srv_job *j = srv_job_new(h->server, route);
    if (!j) return NULL;
    j->args = json_incref(args);
    j->deadline = j->began + (route->lane == SRV_WRITING ? o->generate_s : o->search_s);
    srv_jobs_run(h, &j, 1);
    json_t *result = content_of(srv_dump(j->answer), j->answer, j->status >= 400);
    srv_job_drop(j);
    return result;
}

/* NULL: there is no such tool. */
static json_t *call_tool(srv_hand *h, const json_t *params) {
    static const srv_shape nothing = {.type = SRV_OBJECT};
    const srv_route *routes, *route = NULL;
    const size_t n = srv_routes(&routes);
    const char *name = srv_string_of(params, "name");
    for (size_t i = 0; i < n && name; i++)
        if (routes[i].tool && !strcmp(routes[i].tool, name)) route = &routes[i];
    if (!route) return NULL;
    json_t *args = json_deep_copy(json_object_get(params, "arguments"));
    if (!args) args = json_object();
    srv_wrong wrong;
    json_t *result = NULL;
    if (!srv_shape_take(route->takes ? route->takes : &nothing, args, &wrong)) {
        char text[400];
        snprintf(text, sizeof text, "%s: %s", wrong.field, wrong.message);
        result = content_of(strdup(text), NULL, true);
    } else
        result = run(h, route, args);
    json_decref(args);
    return result;
}

/* ---- the protocol ---- */

static json_t *error_of(int code, const char *message) {
    return json_pack("{s:i,s:s}", "code", code, "message", message);
}

static bool is_known_version(const json_t *params) {
    const char *asked = srv_string_of(json_object_get(params, "_meta"), version_key);
    for (size_t i = 0; asked && i < SRV_COUNT(versions); i++)
        if (!strcmp(asked, versions[i])) return true;
    return !asked;
}

static void answer(srv_hand *h, const char *method, const json_t *params, json_t *reply) {
    json_t *result = NULL;
    if (!is_known_version(params)) {
        srv_set(reply, "error", error_of(BAD_PARAMS, "unsupported protocol version"));
        return;
    }
    if (!strcmp(method, "server/discover"))
        result = discover();
    else if (!strcmp(method, "initialize"))
        result = initialize(params);
    else if (!strcmp(method, "ping"))
        result = json_object();
    else if (!strcmp(method, "tools/list"))
        result = list_tools();
    else if (!strcmp(method, "tools/call"))
        result = call_tool(h, params);
    else {
        srv_set(reply, "error", error_of(NO_METHOD, "there is no such method"));
        return;
    }
    if (result)
        srv_set(reply, "result", result);
    else
        srv_set(reply, "error",
                error_of(BAD_PARAMS, "there is no such tool: tools/list names them"));
}

/* Nothing is said to a notification. */
static json_t *reply_to(srv_hand *h, const char *line, size_t n) {
    json_t *message = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL), *reply = json_object();
    const json_t *id = json_object_get(message, "id");
    const char *method = srv_string_of(message, "method");
    srv_set(reply, "jsonrpc", json_string("2.0"));
    srv_set(reply, "id", id ? json_incref((json_t *)(uintptr_t)id) : json_null());
    if (!message)
        srv_set(reply, "error", error_of(PARSE_ERROR, "this line is no JSON"));
    else if (!method)
        srv_set(reply, "error", error_of(BAD_REQUEST, "there is no method"));
    else if (id)
        answer(h, method, json_object_get(message, "params"), reply);
    if (message && !id && method) {
        json_decref(reply);
        reply = NULL;
    }
    json_decref(message);
    return reply;
}

static int converse(srv_hand *h, FILE *in, FILE *out) {
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, in)) > 0;) {
        if (strspn(line, " \r\n\t") == (size_t)n) continue;
        json_t *reply = n > LONGEST_LINE
                            ? json_pack("{s:s,s:n,s:o}", "jsonrpc", "2.0", "id", "error",
                                        error_of(BAD_REQUEST, "the line is too long"))
                            : reply_to(h, line, (size_t)n);
        char *text = srv_dump(reply);
        json_decref(reply);
        if (text && (fprintf(out, "%s\n", text) < 0 || fflush(out))) n = 0;
        free(text);
        if (!n) break;
    }
    free(line);
    return ferror(out) ? MOLGLOT_FAILED : MOLGLOT_OK;
}

int mg_server_mcp(const mg_server_options *options, FILE *in, FILE *out, molglot_error *err) {
    mg_server *s = srv_new(options, err);
    if (!s) return MOLGLOT_NO_MEMORY;
    int code = srv_load(s, err);
    if (!code) {
        srv_hand h = {.server = s, .lane = SRV_HANDS, .threads = options->threads};
        atomic_store(&s->state, SRV_READY);
        code = converse(&h, in, out);
        if (code) snprintf(err->message, sizeof err->message, "standard output is closed");
        if (code) err->code = code;
        srv_hand_close(&h);
    }
    srv_free(s);
    return code;
}
