/* train.c - training: a recipe of stages, or one of the kinds that inside.h lists. */
#include "train/train.h"

#include "train/inside.h"

#define ENTRY(kind) &train_kind_##kind,
static const train_kind *const kinds[] = {TRAIN_KINDS(ENTRY) NULL};

int mg_train_check(mg_toml *recipe, const mg_train_options *o, molglot_error *err) {
    molglot_error own = {0}; /* what is below reads its code: never NULL */
    int code = mg_toml_has(recipe, "stages") ? train_stages_check(kinds, recipe, o, &own)
                                             : train_check_one(kinds, recipe, &own);
    if (code && err) *err = own;
    return code;
}

int mg_train(mg_toml *recipe, const mg_train_options *o, molglot_error *err) {
    molglot_error own = {0};
    int code = mg_toml_has(recipe, "stages") ? train_stages(kinds, recipe, o, &own)
                                             : train_one(kinds, recipe, o, &own);
    if (code && err) *err = own;
    return code;
}
