/* pickle.h - Python pickles as PyTorch writes them, read into a graph of values; nothing is
 * executed (inside src/tensor). */
#ifndef MG_PICKLE_H
#define MG_PICKLE_H

#include "base/base.h"

typedef enum {
    MG_PY_NONE,
    MG_PY_BOOL,
    MG_PY_INT,
    MG_PY_FLOAT,
    MG_PY_STR,
    MG_PY_TUPLE,
    MG_PY_LIST,
    MG_PY_DICT,
    MG_PY_GLOBAL,  /* text = "module.name" */
    MG_PY_STORAGE, /* text = key; of = its GLOBAL type; i = number of elements */
    /* of = its STORAGE; i = first element; items = [size TUPLE, stride TUPLE], all INT, same
     * length; state = GLOBAL of its type where the storage does not tell it, or NULL */
    MG_PY_TENSOR,
    MG_PY_UNREADABLE, /* a tensor of another make: text says of which */
    MG_PY_OBJECT,     /* an instance of a class we do not know: of = GLOBAL, items as DICT, state */
    MG_PY_OTHER       /* a value nobody here needs: bytes, sets, devices, numpy scalars */
} mg_py_kind;

typedef struct mg_py mg_py;
struct mg_py {
    mg_py_kind kind;
    int64_t i; /* INT, BOOL */
    double d;
    char *text; /* STR: terminated; text_n bytes */
    size_t text_n;
    mg_py **items; /* TUPLE, LIST; DICT and OBJECT: key, value, key, value, ... */
    size_t n, cap;
    mg_py *of, *state;
    mg_py *next; /* all values of the reader */
};

/* Values live until the reader is freed. They may refer to each other in circles: limit the depth
 * of every walk. */
typedef struct mg_pickle mg_pickle;
/* name: of the file, for messages; outlives it */
mg_pickle *mg_pickle_new(const char *name, molglot_error *err);
void mg_pickle_free(mg_pickle *p);
/* One pickle from the front of bytes; *used of them belong to it. NULL on failure. */
mg_py *mg_pickle_read(mg_pickle *p, const uint8_t *bytes, size_t n, size_t *used,
                      molglot_error *err);
/* All values read so far, linked by next. */
mg_py *mg_pickle_values(mg_pickle *p);
/* The value of a string key, or NULL. */
mg_py *mg_py_get(const mg_py *dict, const char *key);

#endif
