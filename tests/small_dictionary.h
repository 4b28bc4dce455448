/* small_dictionary.h - for tests: a dictionary of names in memory. */
#ifndef MG_TESTS_SMALL_DICTIONARY_H
#define MG_TESTS_SMALL_DICTIONARY_H

#include "model/names/names.h"
#include "must.h"

typedef struct small_dictionary {
    mg_dictionary_laid laid;
    mg_dictionary *d;
} small_dictionary;

/* rows sorted by name; smiles canonical. Both outlive it. */
static inline small_dictionary small_dictionary_open(const mg_name_row *rows, size_t names,
                                                     const char *const *smiles, size_t molecules) {
    molglot_error err = {0};
    const mg_dictionary_contents c = {
        .row = rows, .names = names, .smiles = smiles, .plain = smiles, .molecules = molecules};
    small_dictionary s = {0};
    must(mg_dictionary_lay(&c, &s.laid, &err), &err);
    s.d = must_have(mg_dictionary_open(s.laid.part, s.laid.names, s.laid.molecules, &err), &err);
    return s;
}

static inline void small_dictionary_close(small_dictionary *s) {
    mg_dictionary_close(s->d);
    free(s->laid.bytes);
}

#endif
