/* generate_texts.c - what is no sentence is refused before anything is drawn: what is empty, a
 * molecule, words that the model does not know; and sentences that are names of molecules. */
#include "app/cmd/generate.h"

#include <stdlib.h>
#include <string.h>

bool generate_usable(const char *text, molglot_row_status *status) {
    return status->ok && mg_sentence_is_text(text, status);
}

int generate_check_text(const generate_texts *t, const char *text, generate_name *name,
                        molglot_row_status *status, molglot_error *err) {
    int code = t->names ? mg_sentence_name(t->names, t->groups, text, t->keep, &name->named, err)
                        : MOLGLOT_OK;
    return code || t->as_text ? code
                              : mg_sentence_check(t->embedder, t->groups, name->named.hits.n > 0,
                                                  text, &name->blind, status, err);
}
