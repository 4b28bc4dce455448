/* names.c - the part `names`: the dictionary of names, whose tensors are the bytes that
 * model/names reads. Metadata: molglot.names, molglot.molecules: how many there are.
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>

#define NAMES     "molglot.names"
#define MOLECULES "molglot.molecules"

static int32_t number(const mg_part *p, const char *key) {
    const char *value = mg_part_meta(p, key);
    const long n = value ? strtol(value, NULL, 10) : 0;
    return n > 0 && n <= INT32_MAX ? (int32_t)n : 0;
}

bool mg_names_is(const mg_part *p) {
    return mg_part_meta(p, NAMES) && mg_part_find(p, mg_dictionary_part_names[0]);
}

int mg_names_load(const mg_part *p, void *part, molglot_error *err) {
    mg_names_part *names = part;
    mg_dictionary_bytes bytes[MG_DICTIONARY_PARTS];
    int code = mg_part_check_format(p, err);
    for (int i = 0; i < MG_DICTIONARY_PARTS && !code; i++) {
        const mg_file_tensor *t = mg_part_find(p, mg_dictionary_part_names[i]);
        if (!t || strcmp(t->dtype, "U8") != 0)
            code = mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s is missing, or not of bytes",
                           mg_dictionary_part_names[i]);
        else
            bytes[i] = (mg_dictionary_bytes){t->data, t->bytes};
    }
    if (code) return code;
    names->dictionary = mg_dictionary_open(bytes, number(p, NAMES), number(p, MOLECULES), err);
    return names->dictionary ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

/* Sizes and offsets were checked; a block is checked when it is unpacked. */
int mg_names_check(const void *part, molglot_error *err) {
    (void)part, (void)err;
    return MOLGLOT_OK;
}

/* The letters by which names are compared must be those of the build that sorted them. */
int mg_names_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)p;
    const mg_names_part *names = part;
    return mg_dictionary_selftest(names->dictionary, err);
}

void mg_names_clear(void *part) {
    mg_names_part *names = part;
    mg_dictionary_close(names->dictionary);
}

int mg_names_save(mg_part_out *o, const void *contents, molglot_error *err) {
    char number_of[2][16];
    mg_dictionary_laid l;
    int code = mg_dictionary_lay(contents, &l, err);
    o->owned[0] = l.bytes;
    for (int i = 0; i < MG_DICTIONARY_PARTS && !code; i++)
        code = mg_part_write_text(o->w, mg_dictionary_part_names[i], l.part[i].bytes, l.part[i].n,
                                  err);
    snprintf(number_of[0], sizeof number_of[0], "%d", l.names);
    snprintf(number_of[1], sizeof number_of[1], "%d", l.molecules);
    if (!code) code = mg_weights_out_meta(o->w, NAMES, number_of[0], err);
    if (!code) code = mg_weights_out_meta(o->w, MOLECULES, number_of[1], err);
    return code;
}
