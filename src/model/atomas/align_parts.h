/* align_parts.h - the alignment's parts, as its files see them (inside src/model/atomas). */
#ifndef MG_ATOMAS_ALIGN_PARTS_H
#define MG_ATOMAS_ALIGN_PARTS_H

#include "model/atomas/align.h"

#define UNIT_EPS 1e-12f /* the least length that a row is divided by */

typedef struct mg_apm { /* one level of one modality */
    mg_tensor *conv;    /* [d, 3d], of windows */
    mg_lnorm norm, block;
    mg_dense score, q, kv, proj;
} mg_apm;

typedef struct mg_wam {
    mg_dense first, second;
} mg_wam;

struct mg_align {
    mg_align_config c;
    mg_wam wam[2][MG_ALIGN_LEVELS]; /* [side][level] */
    mg_apm apm[2][MG_ALIGN_LEVELS - 1];
    mg_dense pool[2], slow[2]; /* slow: the momentum copies */
    mg_tensor *temp, *logit_scale;
};

#endif
