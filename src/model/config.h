/* config.h - a model's configuration as a table of fields: from a recipe's [model], to and
 * from JSON (inside src/model).
 *
 * A recipe spells a field as model.<key>; the JSON is one flat object with the same keys. A key
 * that this version does not know is an error: it would mean another model than the one that was
 * trained.
 */
#ifndef MG_CONFIG_FIELDS_H
#define MG_CONFIG_FIELDS_H

#include "base/base.h"
#include "base/toml/toml.h"

/* int, float, bool, char[], enum */
typedef enum {
    MG_FIELD_INT,
    MG_FIELD_NUM,
    MG_FIELD_BOOL,
    MG_FIELD_STR,
    MG_FIELD_CHOICE
} mg_field_type;

typedef struct mg_config_field {
    const char *key;
    mg_field_type type;
    size_t offset, size;
    bool derived;               /* follows from data or other fields: no recipe key */
    const char *const *choices; /* names of an enum's values from 0, NULL at the end */
} mg_config_field;

/* What a configuration may say at most; a file or recipe that says more is refused. */
enum { MG_MOST_LAYERS = 256, MG_MOST_WIDTH = 1 << 16, MG_MOST_WORDS = 1 << 26 };

/* Always MOLGLOT_BAD_FILE: "model.<key>: <why>". */
int mg_config_refuse(molglot_error *err, const char *key, const char *why);
/* Both leave fields that are not mentioned as they are in config. */
int mg_config_read_toml(const mg_config_field *f, size_t n, mg_toml *t, void *config,
                        molglot_error *err);
int mg_config_read_json(const mg_config_field *f, size_t n, const char *json, void *config,
                        molglot_error *err);
int mg_config_write_json(const mg_config_field *f, size_t n, const void *config, mg_str *out);

#endif
