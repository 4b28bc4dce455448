/* basis.c - the part `basis`: principal directions of the space, in which an index keeps its codes
 * and rows of fewer numbers (search/basis.c).
 *
 *   direction r = scales[r] * basis[r], of length 1         basis [rows, dim] int8, scales [rows]
 *
 * The first directions matter most. Metadata: molglot.space, the digest of the space.
 */
#include "model/bundle/inside.h"

#include <math.h>
#include <string.h>

#define SPACE "molglot.space"

enum { DIM_MOST = 65536 };

bool mg_basis_is(const mg_part *p) {
    return mg_part_meta(p, SPACE) && mg_part_find(p, "basis") && !mg_part_find(p, "codes");
}

int mg_basis_load(const mg_part *p, void *part, molglot_error *err) {
    mg_basis_part *b = part;
    *b = (mg_basis_part){.path = p->path, .space = mg_part_meta(p, SPACE)};
    int code = mg_part_check_format(p, err);
    if (code) return code;
    const mg_file_tensor *v = mg_part_find(p, "basis"), *s = mg_part_find(p, "scales");
    const bool fits = v && s && !strcmp(v->dtype, "I8") && !strcmp(s->dtype, "F32") &&
                      v->ndim == 2 && s->ndim == 1 && v->shape[0] >= 1 && v->shape[1] >= 1 &&
                      v->shape[0] <= v->shape[1] && v->shape[1] <= DIM_MOST &&
                      s->shape[0] == v->shape[0];
    if (!fits)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensors basis and scales are no basis of a space");
    b->basis = (mg_basis){
        .rows = (int)v->shape[0], .dim = (int)v->shape[1], .v = v->data, .scales = s->data};
    return MOLGLOT_OK;
}

int mg_basis_check(const void *part, molglot_error *err) {
    const mg_basis_part *b = part;
    if (!b->space || strlen(b->space) != 64)
        return mg_fail(err, MOLGLOT_BAD_FILE, "its metadata name no space (" SPACE ")");
    for (int r = 0; r < b->basis.rows; r++)
        if (!(b->basis.scales[r] >= 0 && b->basis.scales[r] < 1))
            return mg_fail(err, MOLGLOT_BAD_FILE, "tensor scales: row %d is %g", r,
                           (double)b->basis.scales[r]);
    return MOLGLOT_OK;
}

/* Nothing here depends on the build. */
int mg_basis_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)p, (void)part, (void)err;
    return MOLGLOT_OK;
}

void mg_basis_clear(void *part) { (void)part; }

int mg_basis_save(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_basis_contents *c = contents;
    const int64_t shape[2] = {c->basis.rows, c->basis.dim};
    int code = mg_weights_out_add(o->w, "basis", "I8", 2, shape, c->basis.v, NULL, err);
    if (!code)
        code = mg_weights_out_add(o->w, "scales", "F32", 1, shape, c->basis.scales, NULL, err);
    return code ? code : mg_weights_out_meta(o->w, SPACE, c->space, err);
}
