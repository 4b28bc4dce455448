/* inside.h - what value.c (entries), parse.c (text to entries) and toml.c (asking for values)
 * share. */
#ifndef MG_TOML_INSIDE_H
#define MG_TOML_INSIDE_H

#include "base/base.h"
#include "base/toml/toml.h"

#include <locale.h>

#define MG_TOML_MAX_TEXT    ((size_t)1 << 20)
#define MG_TOML_MAX_ENTRIES 1024
#define MG_TOML_MAX_KEY     128 /* bytes of a flattened key */
#define MG_TOML_MAX_DOTS    8   /* parts of a flattened key */
#define MG_TOML_MAX_STRING  65536
#define MG_TOML_MAX_ITEMS   4096

typedef enum { MG_TOML_STR, MG_TOML_INT, MG_TOML_NUM, MG_TOML_BOOL, MG_TOML_ARRAY } mg_toml_kind;

/* items: the decoded string of a STR, the source text of other scalars, one of these per element of
 * an ARRAY. */
typedef struct mg_toml_value {
    mg_toml_kind kind, item_kind; /* item_kind: of an array's elements */
    int64_t i;                    /* INT, BOOL */
    double d;                     /* INT, NUM */
    char **items;
    size_t n, cap;
} mg_toml_value;

typedef struct mg_toml_entry {
    char *key;
    mg_toml_value v;
    int line;   /* of the file; 0: from --set, or a default */
    bool given; /* false: a default that was asked for */
    bool asked;
    const char *wanted; /* what the asker needed, when the type is wrong; else NULL */
} mg_toml_entry;

struct mg_toml {
    char *name;
    mg_toml_entry *e;
    size_t n, cap;
    locale_t c;  /* numbers are read and written with a point, whatever the user's locale */
    bool failed; /* no memory for a default: reported by mg_toml_finish */
};

/* ---- value.c ---- */
/* -1 if absent. */
ptrdiff_t mg_toml_index(const mg_toml *t, const char *key);
/* Takes over v (freed on failure too). NULL without memory. */
mg_toml_entry *mg_toml_append(mg_toml *t, const char *key, mg_toml_value *v);
void mg_toml_value_free(mg_toml_value *v);
/* Adds a copy of s[0..n) to v->items; false without memory. */
bool mg_toml_add_item(mg_toml_value *v, const char *s, size_t n);

/* ---- parse.c ---- */
int mg_toml_read(mg_toml *t, const char *text, size_t n, molglot_error *err);
/* The whole of text as one value; MOLGLOT_BAD_FILE when it is none. */
int mg_toml_read_value(const mg_toml *t, const char *text, size_t n, mg_toml_value *v,
                       molglot_error *err);
/* Checks the form of a dotted key and that it does not clash with t's keys ("a" beside "a.b"). NULL
 * if good, else why not. */
const char *mg_toml_key_problem(const mg_toml *t, const char *key);

#endif
