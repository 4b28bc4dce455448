/* params.h - the inside of mg_params, shared by the files of this room.
 *
 * Flat order after build: trainable parameters, grouped by weight decay; then frozen ones; then
 * buffers. Every parameter starts on a 64-byte boundary, and the padding between them stays zero.
 * Gradients, moments and EMA cover the trainable part [0, n_train) alone.
 */
#ifndef MG_NN_PARAMS_H
#define MG_NN_PARAMS_H

#include "nn/nn.h"
#include "tensor/files/weights.h"

typedef struct mg_param_alias {
    char *name;
    int64_t row, rows; /* the part of the parameter that has this name in published files */
} mg_param_alias;

typedef struct mg_param {
    mg_tensor t;
    char *name;
    mg_init init;
    float scale, lr_scale;
    unsigned flags;
    bool imported;  /* a file gave its values (mg_params_import) */
    int64_t offset; /* in the flat buffers, elements; -1 when mapped from a file */
    mg_param_alias *aliases;
    int n_aliases;
} mg_param;

struct mg_params {
    /* mg_params_attach: where the flat buffers' true numbers are; NULL: in memory */
    mg_tape *tape;
    const mg_tensor_file *file; /* mg_params_map: the file that the values are views of */
    mg_param **list; /* single allocations: tensors keep their address while the list grows */
    size_t n, cap;
    bool failed; /* sticky: a declaration failed */
    char reason[160];
    mg_arena memory; /* flat buffers, or tensors converted while mapping */
    float *values, *grad, *moment1, *moment2, *ema;
    uint16_t *shadow;
    int64_t n_values, n_train; /* elements with padding; n_train <= n_values */
    int64_t buffers_from;      /* [buffers_from, n_values) are MG_PARAM_BUFFER */
};

static inline bool mg_param_trains(const mg_param *q) {
    return !(q->flags & (MG_PARAM_BUFFER | MG_PARAM_FROZEN));
}
/* Every parameter's range is rounded up to this many floats. */
static inline int64_t mg_param_span(const mg_param *q) {
    return (mg_tensor_count(&q->t) + 15) & ~(int64_t)15;
}
/* MOLGLOT_OK, or what went wrong while declaring. */
int mg_params_check(const mg_params *p, molglot_error *err);
/* Declares "prefix.leaf" ("leaf" when the prefix is empty). */
mg_tensor *mg_params_add_under(mg_params *p, const char *prefix, const char *leaf, int64_t rows,
                               int64_t cols, mg_init init, float scale, unsigned flags);
/* Makes the bf16 shadow agree with the values again, in memory: after they were loaded, before
 * mg_params_push. */
void mg_params_refresh_shadow(mg_params *p);

#endif
