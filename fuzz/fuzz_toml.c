/* fuzz_toml.c - any text as a recipe, then as a --set; what is dumped must parse and dump the same
 * again. */
#include "base/toml/inside.h"
#include "base/toml/toml.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Asks for every key by its own type, so that all of them are dumped. */
static void ask_all(mg_toml *t) {
    size_t n;
    for (size_t i = 0; i < t->n; i++) {
        const char *key = t->e[i].key;
        switch (t->e[i].v.kind) {
        case MG_TOML_STR: mg_toml_str(t, key, NULL); break;
        case MG_TOML_INT: mg_toml_int(t, key, 0); break;
        case MG_TOML_NUM: mg_toml_num(t, key, 0); break;
        case MG_TOML_BOOL: mg_toml_bool(t, key, false); break;
        case MG_TOML_ARRAY: mg_toml_strs(t, key, &n); break;
        }
    }
}

static void dump_twice(mg_toml *t) {
    mg_str first = {0}, second = {0};
    ask_all(t);
    if (mg_toml_dump(t, &first)) abort();
    mg_toml *again = mg_toml_parse(first.s ? first.s : "", first.n, "again", NULL);
    if (!again) abort();
    ask_all(again);
    if (mg_toml_dump(again, &second)) abort();
    if (first.n != second.n || (first.n && memcmp(first.s, second.s, first.n) != 0)) abort();
    mg_toml_free(again);
    mg_str_free(&first);
    mg_str_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    molglot_error err;
    mg_toml *t = mg_toml_parse((const char *)data, size, "fuzz", &err);
    if (t) {
        mg_toml_finish(t, &err);
        dump_twice(t);
    }
    mg_toml_free(t);
    char *assignment = malloc(size + 1);
    t = mg_toml_parse("a = 1\n[b]\nc = 2\n", 16, "base", &err);
    if (assignment && t) {
        memcpy(assignment, data, size);
        assignment[size] = 0;
        mg_toml_set(t, assignment, &err);
        mg_toml_finish(t, &err);
    }
    mg_toml_free(t);
    free(assignment);
    return 0;
}
