/* checkpoint.c - the whole state of training in one safetensors file, written atomically, read back
 * bit for bit.
 *
 * Tensors: values [n_values]; moment1, moment2, ema [n_train]; all F32, in the flat order of
 * params.h. Metadata: "layout", a SHA-256 over names, shapes and flags, so that a checkpoint is
 * never loaded into another architecture; "state", the caller's text. The file does not say which
 * device trained: training may go on on any.
 */
#include "nn/params.h"
#include "tensor/files/weights.h"

#include <stdlib.h>
#include <string.h>

static int layout_hash(const mg_params *p, char out[65], molglot_error *err) {
    mg_str s = {0};
    for (size_t i = 0; i < p->n; i++) {
        const mg_param *q = p->list[i];
        mg_str_addf(&s, "%s %lld %lld %u %lld\n", q->name, (long long)q->t.rows,
                    (long long)q->t.cols, q->flags, (long long)q->offset);
    }
    return mg_sha256_str(&s, out, err);
}

typedef struct part {
    const char *name;
    float *data;
    int64_t n;
} part;

static int parts_of(const mg_params *p, part out[4]) {
    int n = 0;
    out[n++] = (part){"values", p->values, p->n_values};
    out[n++] = (part){"moment1", p->moment1, p->n_train};
    out[n++] = (part){"moment2", p->moment2, p->n_train};
    if (p->ema) out[n++] = (part){"ema", p->ema, p->n_train};
    return n;
}

int mg_checkpoint_save(const mg_params *p, const char *path, const char *state,
                       molglot_error *err) {
    if (!p->grad)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: only parameters built for training have a checkpoint", path);
    char layout[65];
    int code = layout_hash(p, layout, err);
    if (!code) code = mg_params_pull(p, err);
    if (code) return code;
    mg_weights_out *w = mg_weights_out_new();
    if (!w) return mg_no_memory(err, "parameters");
    part parts[4];
    for (int i = 0, n = parts_of(p, parts); i < n && !code; i++)
        code = mg_weights_out_add(w, parts[i].name, "F32", 1, &parts[i].n, parts[i].data, NULL,
                                  err);
    if (!code) code = mg_weights_out_meta(w, "layout", layout, err);
    if (!code) code = mg_weights_out_meta(w, "state", state, err);
    if (!code) code = mg_weights_out_save(w, path, err);
    mg_weights_out_free(w);
    return code;
}

static int load_parts(mg_params *p, const mg_tensor_file *f, molglot_error *err) {
    part parts[4];
    for (int i = 0, n = parts_of(p, parts); i < n; i++) {
        const mg_file_tensor *ft = mg_tensor_file_find(f, parts[i].name);
        if (!ft || strcmp(ft->dtype, "F32") != 0 || ft->count != parts[i].n)
            return mg_fail(err, MOLGLOT_BAD_FILE, "tensor %s of %lld floats is missing",
                           parts[i].name, (long long)parts[i].n);
        memcpy(parts[i].data, ft->data, ft->bytes);
    }
    mg_params_refresh_shadow(p);
    return mg_params_push(p, err);
}

int mg_checkpoint_load(mg_params *p, const char *path, char **state, molglot_error *err) {
    char layout[65];
    int code = layout_hash(p, layout, err);
    if (code) return code;
    mg_tensor_file *f = mg_tensor_file_open(path, err);
    if (!f) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const char *theirs = mg_tensor_file_meta(f, "layout"), *text = mg_tensor_file_meta(f, "state");
    *state = NULL;
    if (!theirs || strcmp(theirs, layout) != 0 || !text)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "made by a model of another shape");
    else if (!(*state = strdup(text)))
        code = mg_no_memory(err, "parameters");
    else
        code = load_parts(p, f, err);
    if (code) {
        free(*state);
        *state = NULL;
        mg_fail_prefix(err, "%s", path);
    }
    mg_tensor_file_close(f);
    return code;
}
