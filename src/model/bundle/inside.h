/* inside.h - the self-test of a model file, between space.c and selftest.c. */
#ifndef MG_MODELFILE_INSIDE_H
#define MG_MODELFILE_INSIDE_H

#include "model/momu/momu.h"

/* JSON of probe texts and molecules with what this build makes of them. vocab: NULL without a token
 * channel. */
int mg_selftest_make(const mg_momu_config *c, const char *vocab, size_t vocab_bytes, mg_str *out,
                     molglot_error *err);
/* MOLGLOT_BAD_FILE naming the first probe that comes out differently. */
int mg_selftest_check(const char *json, const mg_momu_config *c, const mg_wordpiece *w,
                      molglot_error *err);

#endif
