/* toml.h - recipes as text. */
#ifndef MG_BASE_TOML_TOML_H
#define MG_BASE_TOML_TOML_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- toml.c: the subset of TOML that recipes use: tables, dotted keys, strings, integers, floats,
 * booleans, arrays of one type, comments. Keys are flattened: [text] layers = 4 ->
 * "text.layers". */
typedef struct mg_toml mg_toml;
mg_toml *mg_toml_parse(const char *text, size_t n, const char *name, molglot_error *err);
mg_toml *mg_toml_load(const char *path, molglot_error *err);
void mg_toml_free(mg_toml *t);
/* "key=value" as typed after --set: value is TOML if it parses, else a bare string. */
int mg_toml_set(mg_toml *t, const char *assignment, molglot_error *err);
/* key = "value", whatever stands in value. */
int mg_toml_set_string(mg_toml *t, const char *key, const char *value, molglot_error *err);
bool mg_toml_has(const mg_toml *t, const char *key);
/* Getters give the default when the key is absent, and record a type error (reported by
 * mg_toml_finish). */
int64_t mg_toml_int(mg_toml *t, const char *key, int64_t dflt);
double mg_toml_num(mg_toml *t, const char *key, double dflt);
bool mg_toml_bool(mg_toml *t, const char *key, bool dflt);
const char *mg_toml_str(mg_toml *t, const char *key, const char *dflt); /* owned by t */
/* Array of strings (a lone string counts as one): *n entries owned by t. */
const char *const *mg_toml_strs(mg_toml *t, const char *key, size_t *n);
/* Fails naming the line of the first key that was never asked for (a typo) or had the wrong
 * type. */
int mg_toml_finish(const mg_toml *t, molglot_error *err);
/* The resolved recipe (every key asked for, with the value used), as TOML text. */
int mg_toml_dump(const mg_toml *t, mg_str *out);

#ifdef __cplusplus
}
#endif

#endif
