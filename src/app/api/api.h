/* api.h - what the files behind include/molglot.h share. Only for src/app/api*.c. */
#ifndef MG_API_H
#define MG_API_H

#include "search/search.h"

struct molglot_session {
    const molglot_model *model;
    mg_embedder *embedder;
};

#endif
