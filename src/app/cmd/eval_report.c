/* eval_report.c - what every evaluation is asked in the same words: the FILE it reads, and
 * where and how its report is written. */
#include "app/cmd/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option options[] = {
    {"format", 'f', "F", 0, "table or json (default: by the extension of -o, else table)", 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {0}};

static void check(eval_report *r, struct argp_state *state) {
    const char *format = cli_extension(r->format, r->output, "table");
    if (r->wants && !r->file && !r->optional)
        argp_error(state, "the FILE of %s is missing", r->wants);
    if (strcmp(format, "json") && strcmp(format, "table"))
        argp_error(state, "unknown format '%s' (table, json)", format);
    r->json = strcmp(format, "json") == 0;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    eval_report *r = state->input;
    switch (key) {
    case 'f': r->format = arg; return 0;
    case 'o': r->output = arg; return 0;
    case ARGP_KEY_ARG:
        if (!r->wants || r->file) return ARGP_ERR_UNKNOWN;
        r->file = arg;
        return 0;
    case ARGP_KEY_END: check(r, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp eval_report_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

int eval_report_table(const eval_report *r, mg_str *text, molglot_error *err) {
    const int code = text->failed ? mg_no_memory(err, "the report")
                                  : cli_out_write(r->output, text->s, text->n, err);
    mg_str_free(text);
    return code;
}

/* ---- JSON ---- */

enum { DIGITS = 10 };

void eval_set(json_t **object, const char *key, json_t *value) {
    if (!json_object_set_new(*object, key, value)) return;
    json_decref(*object);
    *object = NULL;
}

json_t *eval_number(double value, int digits) {
    char text[32];
    if (!isfinite(value)) return json_null();
    snprintf(text, sizeof text, "%.*g", digits, value);
    const double rounded = strtod(text, NULL);
    return rounded == floor(rounded) && fabs(rounded) < 1e15 ? json_integer((json_int_t)rounded)
                                                             : json_real(rounded);
}

json_t *eval_text(const char *text) {
    json_t *s = json_string(text ? text : "");
    return s ? s : json_string("(not UTF-8)");
}

json_t *eval_bounds(const mg_interval *v, int digits) {
    return json_pack("[o, o]", eval_number(v->low, digits), eval_number(v->high, digits));
}

static void add_json(mg_str *out, const json_t *value) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS));
    if (text)
        mg_str_addz(out, text);
    else
        out->failed = true;
    free(text);
}

static bool nested(const json_t *value) {
    return json_is_object(value) || json_is_object(json_array_get(value, 0));
}

/* A line a key, and arrays of objects element by element; other arrays stay on their line. */
static void add_value(mg_str *out, json_t *value, int depth) {
    const char *key;
    json_t *part;
    size_t i, n = 0;
    if (!nested(value)) {
        add_json(out, value);
        return;
    }
    const bool object = json_is_object(value);
    mg_str_addz(out, object ? "{" : "[");
    if (object) {
        json_object_foreach(value, key, part) {
            mg_str_addf(out, "%s\n%*s\"%s\": ", n++ ? "," : "", 2 * depth + 2, "", key);
            add_value(out, part, depth + 1);
        }
    } else {
        json_array_foreach(value, i, part) {
            mg_str_addf(out, "%s\n%*s", n++ ? "," : "", 2 * depth + 2, "");
            add_value(out, part, depth + 1);
        }
    }
    mg_str_addf(out, "\n%*s%s", 2 * depth, "", object ? "}" : "]");
}

int eval_report_json(const eval_report *r, json_t *object, molglot_error *err) {
    mg_str text = {0};
    if (!object) return mg_no_memory(err, "the report");
    add_value(&text, object, 0);
    mg_str_addz(&text, "\n");
    json_decref(object);
    return eval_report_table(r, &text, err);
}
