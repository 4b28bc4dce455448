/* shape.c - what a body may be: shapes are checked against JSON, get their defaults, and are said
 * as JSON Schema for /openapi.json and for assistants. */
#include "app/server/inside.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- checking ---- */

/* Members of a molecule or query that is an object: exactly one of them. */
static const char *const molecule_members[] = {"smiles", "molfile", "name"};
static const char *const query_members[] = {"text", "smiles", "molfile", "name"};
enum { LONGEST = 200000 }; /* bytes of a molfile, or of anything */

static bool refuse(srv_wrong *w, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(srv_wrong *w, const char *at, const char *format, ...) {
    va_list args;
    snprintf(w->field, sizeof w->field, "%s", *at ? at : "body");
    va_start(args, format);
    vsnprintf(w->message, sizeof w->message, format, args);
    va_end(args);
    return false;
}

static bool one_of(const char *choices, const char *s) {
    const size_t n = strlen(s);
    for (const char *at = choices; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == n && !memcmp(at, s, n)) return true;
    return false;
}

static bool take_string(const srv_shape *x, const json_t *v, const char *at, srv_wrong *w) {
    if (!json_is_string(v)) return refuse(w, at, "a string is expected");
    const double n = (double)json_string_length(v);
    if (x->low < x->high && (n < x->low || n > x->high))
        return refuse(w, at, "%.0f bytes; %.0f to %.0f are allowed", n, x->low, x->high);
    if (n > LONGEST) return refuse(w, at, "more than %d bytes", LONGEST);
    if (x->choices && !one_of(x->choices, json_string_value(v)))
        return refuse(w, at, "one of %s is expected", x->choices);
    return true;
}

static bool take_number(const srv_shape *x, const json_t *v, const char *at, srv_wrong *w) {
    if (x->type == SRV_INTEGER && !json_is_integer(v))
        return refuse(w, at, "a whole number is expected");
    if (!json_is_number(v)) return refuse(w, at, "a number is expected");
    const double d = json_number_value(v);
    if (!isfinite(d) || (x->low < x->high && (d < x->low || d > x->high)))
        return refuse(w, at, "%g is not in %g to %g", d, x->low, x->high);
    return true;
}

static bool take_one_member(const json_t *v, const char *const *members, size_t n, const char *at,
                            srv_wrong *w) {
    if (json_is_string(v))
        return json_string_length(v) > LONGEST ? refuse(w, at, "more than %d bytes", LONGEST)
                                               : true;
    if (!json_is_object(v)) return refuse(w, at, "a string or an object is expected");
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *m = json_object_get(v, members[i]);
        if (m && !json_is_string(m)) return refuse(w, at, "\"%s\" is no string", members[i]);
        if (m && json_string_length(m) > LONGEST)
            return refuse(w, at, "more than %d bytes", LONGEST);
        found += m != NULL;
    }
    return found == 1 && json_object_size(v) == 1
               ? true
               : refuse(w, at, "an object has one member: %ssmiles, molfile or name",
                        members == query_members ? "text, " : "");
}

static bool take(const srv_shape *x, json_t *v, const char *at, srv_wrong *w);

static bool take_array(const srv_shape *x, json_t *v, const char *at, srv_wrong *w) {
    if (!json_is_array(v)) return refuse(w, at, "an array is expected");
    const size_t n = json_array_size(v);
    if (x->low < x->high && ((double)n < x->low || (double)n > x->high))
        return refuse(w, at, "%zu entries; %.0f to %.0f are allowed", n, x->low, x->high);
    for (size_t i = 0; i < n; i++) {
        char place[128];
        snprintf(place, sizeof place, "%.100s[%zu]", at, i);
        if (!take(x->of, json_array_get(v, i), place, w)) return false;
    }
    return true;
}

static const srv_shape *member_of(const srv_shape *x, const char *name) {
    for (size_t i = 0; i < x->n; i++)
        if (!strcmp(x->of[i].name, name)) return &x->of[i];
    return NULL;
}

static bool take_object(const srv_shape *x, json_t *v, const char *at, srv_wrong *w) {
    if (!json_is_object(v)) return refuse(w, at, "an object is expected");
    const char *name;
    json_t *m;
    json_object_foreach(v, name, m) {
        char place[128];
        const srv_shape *s = member_of(x, name);
        snprintf(place, sizeof place, "%.60s%s%.60s", at, *at ? "." : "", name);
        if (!s) return refuse(w, place, "there is no such member");
        if (s->nullable && json_is_null(m)) continue;
        if (!take(s, m, place, w)) return false;
    }
    for (size_t i = 0; i < x->n; i++) {
        const srv_shape *s = &x->of[i];
        if (json_object_get(v, s->name)) continue;
        if (s->required) {
            char place[128];
            snprintf(place, sizeof place, "%.60s%s%s", at, *at ? "." : "", s->name);
            return refuse(w, place, "it is missing");
        }
        json_t *normal = s->normal ? json_loads(s->normal, JSON_DECODE_ANY, NULL) : NULL;
        if (s->normal && (!normal || json_object_set_new(v, s->name, normal)))
            return refuse(w, at, "out of memory");
    }
    return true;
}

static bool take(const srv_shape *x, json_t *v, const char *at, srv_wrong *w) {
    switch (x->type) {
    case SRV_STRING: return take_string(x, v, at, w);
    case SRV_INTEGER:
    case SRV_NUMBER: return take_number(x, v, at, w);
    case SRV_BOOLEAN: return json_is_boolean(v) ? true : refuse(w, at, "true or false is expected");
    case SRV_OBJECT: return take_object(x, v, at, w);
    case SRV_ARRAY: return take_array(x, v, at, w);
    case SRV_MOLECULE:
        return take_one_member(v, molecule_members, SRV_COUNT(molecule_members), at, w);
    case SRV_QUERY: return take_one_member(v, query_members, SRV_COUNT(query_members), at, w);
    case SRV_ANY: return true;
    }
    return true;
}

bool srv_shape_take(const srv_shape *shape, json_t *v, srv_wrong *wrong) {
    return take(shape, v, "", wrong);
}

/* ---- JSON Schema ---- */

static const char *const type_names[] = {"string", "integer", "number", "boolean", "object",
                                         "array",  NULL,      NULL,     NULL};

static void put_limits(json_t *o, const srv_shape *x) {
    static const char *const low[] = {"minLength", "minimum", "minimum", 0, 0, "minItems", 0, 0, 0},
                             *const high[] = {"maxLength", "maximum", "maximum", 0, 0,
                                              "maxItems",  0,         0,         0};
    if (!(x->low < x->high) || !low[x->type]) return;
    const bool whole = x->type != SRV_NUMBER;
    srv_set(o, low[x->type], whole ? json_integer((json_int_t)x->low) : json_real(x->low));
    srv_set(o, high[x->type], whole ? json_integer((json_int_t)x->high) : json_real(x->high));
}

static void put_choices(json_t *o, const char *choices) {
    json_t *list = json_array();
    for (const char *at = choices; *at; at += strcspn(at, "|"), at += *at == '|')
        (void)json_array_append_new(list, json_stringn(at, strcspn(at, "|")));
    srv_set(o, "enum", list);
}

/* A string, or an object with one of the members. */
static void put_either(json_t *o, const char *const *members, size_t n) {
    json_t *list = json_array();
    (void)json_array_append_new(list, json_pack("{s:s}", "type", "string"));
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:s,s:{s:{s:s}},s:[s],s:b}", "type", "object",
                                              "properties", members[i], "type", "string",
                                              "required", members[i], "additionalProperties", 0));
    srv_set(o, "anyOf", list);
}

json_t *srv_shape_schema(const srv_shape *x) {
    json_t *o = json_object();
    if (x->what) srv_set(o, "description", json_string(x->what));
    if (x->type == SRV_MOLECULE)
        put_either(o, molecule_members, SRV_COUNT(molecule_members));
    else if (x->type == SRV_QUERY)
        put_either(o, query_members, SRV_COUNT(query_members));
    else if (type_names[x->type])
        srv_set(o, "type",
                x->nullable ? json_pack("[s,s]", type_names[x->type], "null")
                            : json_string(type_names[x->type]));
    put_limits(o, x);
    if (x->choices) put_choices(o, x->choices);
    if (x->normal) srv_set(o, "default", json_loads(x->normal, JSON_DECODE_ANY, NULL));
    if (x->type == SRV_ARRAY && x->of) srv_set(o, "items", srv_shape_schema(x->of));
    if (x->type != SRV_OBJECT || !x->of) return o;
    json_t *members = json_object(), *required = json_array();
    for (size_t i = 0; i < x->n; i++) {
        srv_set(members, x->of[i].name, srv_shape_schema(&x->of[i]));
        if (x->of[i].required) (void)json_array_append_new(required, json_string(x->of[i].name));
    }
    srv_set(o, "properties", members);
    if (json_array_size(required))
        srv_set(o, "required", required);
    else
        json_decref(required);
    srv_set(o, "additionalProperties", json_false());
    return o;
}
