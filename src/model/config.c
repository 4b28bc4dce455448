/* config.c - reads and writes a configuration by its table of fields. */
#include "model/config.h"

#include "base/toml/toml.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int mg_config_refuse(molglot_error *err, const char *key, const char *why) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "model.%s: %s", key, why);
}

/* ---- setting one field from a parsed value ---- */

static int set_int(const mg_config_field *f, void *at, long long v, molglot_error *err) {
    if (v < INT32_MIN || v > INT32_MAX) return mg_config_refuse(err, f->key, "out of range");
    *(int *)at = (int)v;
    return MOLGLOT_OK;
}

/* "\"ogb\" or \"simple\"" */
static int refuse_choice(const mg_config_field *f, molglot_error *err) {
    char text[160] = "";
    size_t n = 0;
    for (int k = 0; f->choices[k] && n < sizeof text; k++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%s\"",
                              !k                  ? ""
                              : f->choices[k + 1] ? ", "
                                                  : " or ",
                              f->choices[k]);
    return mg_config_refuse(err, f->key, text);
}

static int set_str(const mg_config_field *f, void *at, const char *s, molglot_error *err) {
    if (f->type == MG_FIELD_CHOICE) {
        for (int k = 0; f->choices[k]; k++)
            if (strcmp(s, f->choices[k]) == 0) {
                *(int *)at = k;
                return MOLGLOT_OK;
            }
        return refuse_choice(f, err);
    }
    if (strlen(s) >= f->size) return mg_config_refuse(err, f->key, "too long");
    strcpy(at, s);
    return MOLGLOT_OK;
}

/* The double that prints as the float does: 0.1, not 0.10000000149. */
static double decimal(float x) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.7g", x);
    return strtod(digits, NULL);
}

/* ---- what no model has ----
 * One bound for all configurations, before anything is made of them: with it no sum or product of
 * sizes overflows, and no file makes loading take for ever. What a model can do with less, its own
 * check says. */

static bool ends_in(const char *key, const char *word) {
    const size_t n = strlen(key), m = strlen(word);
    return n >= m && !strcmp(key + n - m, word);
}

static int check_int(const mg_config_field *f, int v, molglot_error *err) {
    const bool vocabulary = strstr(f->key, "vocab") || ends_in(f->key, "words") ||
                            ends_in(f->key, "tokens") || ends_in(f->key, "max_chars");
    if (v < -1) return mg_config_refuse(err, f->key, "must not be negative");
    if (ends_in(f->key, "layers"))
        return v <= MG_MOST_LAYERS ? MOLGLOT_OK : mg_config_refuse(err, f->key, "at most 256");
    if (vocabulary)
        return v <= MG_MOST_WORDS ? MOLGLOT_OK : mg_config_refuse(err, f->key, "at most 67108864");
    return v <= MG_MOST_WIDTH ? MOLGLOT_OK : mg_config_refuse(err, f->key, "at most 65536");
}

static int check_num(const mg_config_field *f, float v, molglot_error *err) {
    if (!isfinite(v)) return mg_config_refuse(err, f->key, "must be a finite number");
    if (ends_in(f->key, "norm_eps") && !(v > 0 && v <= 0.1f))
        return mg_config_refuse(err, f->key, "above 0, at most 0.1");
    if (ends_in(f->key, "sentence_dropout")) return MOLGLOT_OK; /* 1 leaves all but one out */
    if (ends_in(f->key, "dropout") && !(v >= 0 && v < 1))
        return mg_config_refuse(err, f->key, "in [0, 1)");
    return MOLGLOT_OK;
}

static int check_field(const mg_config_field *f, const void *at, molglot_error *err) {
    if (f->type == MG_FIELD_INT) return check_int(f, *(const int *)at, err);
    return f->type == MG_FIELD_NUM ? check_num(f, *(const float *)at, err) : MOLGLOT_OK;
}

/* ---- recipe ---- */

static int from_toml(mg_toml *t, const mg_config_field *f, void *at, molglot_error *err) {
    char key[80];
    snprintf(key, sizeof key, "model.%s", f->key);
    switch (f->type) {
    case MG_FIELD_INT: return set_int(f, at, mg_toml_int(t, key, *(int *)at), err);
    case MG_FIELD_NUM:
        *(float *)at = (float)mg_toml_num(t, key, decimal(*(float *)at));
        return MOLGLOT_OK;
    case MG_FIELD_BOOL: *(bool *)at = mg_toml_bool(t, key, *(bool *)at); return MOLGLOT_OK;
    case MG_FIELD_CHOICE: return set_str(f, at, mg_toml_str(t, key, f->choices[*(int *)at]), err);
    default: {
        char now[64];
        snprintf(now, sizeof now, "%s", (const char *)at);
        return set_str(f, at, mg_toml_str(t, key, now), err);
    }
    }
}

int mg_config_read_toml(const mg_config_field *f, size_t n, mg_toml *t, void *config,
                        molglot_error *err) {
    for (size_t i = 0; i < n; i++) {
        void *at = (char *)config + f[i].offset;
        int code = f[i].derived ? MOLGLOT_OK : from_toml(t, &f[i], at, err);
        if (!code && !f[i].derived) code = check_field(&f[i], at, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* ---- JSON ---- */

static json_t *to_json(const mg_config_field *f, const void *at) {
    switch (f->type) {
    case MG_FIELD_INT: return json_integer(*(const int *)at);
    case MG_FIELD_NUM: return json_real(*(const float *)at);
    case MG_FIELD_BOOL: return json_boolean(*(const bool *)at);
    case MG_FIELD_CHOICE: return json_string(f->choices[*(const int *)at]);
    default: return json_string(at);
    }
}

int mg_config_write_json(const mg_config_field *f, size_t n, const void *config, mg_str *out) {
    json_t *o = json_object();
    bool good = o != NULL;
    for (size_t i = 0; i < n && good; i++)
        good = json_object_set_new(o, f[i].key,
                                   to_json(&f[i], (const char *)config + f[i].offset)) == 0;
    char *text = good ? json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9))
                      : NULL;
    json_decref(o);
    if (!text) return MOLGLOT_NO_MEMORY;
    mg_str_addz(out, text);
    free(text);
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

static int from_json(const mg_config_field *f, const json_t *v, void *at, molglot_error *err) {
    if (f->type == MG_FIELD_INT && json_is_integer(v))
        return set_int(f, at, json_integer_value(v), err);
    if (f->type == MG_FIELD_NUM && json_is_number(v)) {
        *(float *)at = (float)json_number_value(v);
        return MOLGLOT_OK;
    }
    if (f->type == MG_FIELD_BOOL && json_is_boolean(v)) {
        *(bool *)at = json_is_true(v);
        return MOLGLOT_OK;
    }
    if ((f->type == MG_FIELD_STR || f->type == MG_FIELD_CHOICE) && json_is_string(v))
        return set_str(f, at, json_string_value(v), err);
    return mg_config_refuse(err, f->key, "wrong type");
}

static const mg_config_field *field_named(const mg_config_field *f, size_t n, const char *key) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(f[i].key, key) == 0) return &f[i];
    return NULL;
}

int mg_config_read_json(const mg_config_field *f, size_t n, const char *json, void *config,
                        molglot_error *err) {
    json_error_t complaint;
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &complaint);
    if (!json_is_object(o)) {
        json_decref(o);
        return mg_fail(err, MOLGLOT_BAD_FILE, "the model's configuration is not a JSON object: %s",
                       o ? "wrong type" : complaint.text);
    }
    int code = MOLGLOT_OK;
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value) {
        const mg_config_field *known = field_named(f, n, key);
        code = known ? from_json(known, value, (char *)config + known->offset, err)
                     : mg_config_refuse(err, key, "unknown here: the file needs a newer Molglot");
        if (!code) code = check_field(known, (char *)config + known->offset, err);
        if (code) break;
    }
    json_decref(o);
    return code;
}
