/* merge.c - several models of one member each, trained apart, into one ensemble file (layout: modelfile.c).
 *
 * Tensors are copied bit for bit under "member.k."; the vocabulary of pieces is shared. What the members say of themselves
 * (description, data, recipe, ...) is kept under the same prefix. Called by the merge command.
 */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#define WORDPIECE "vocab.wordpiece"

static int copy_tensors(const mg_tensor_file *f, int k, bool with_wordpiece, mg_tensor_writer *w, molglot_error *err) {
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        bool shared = strcmp(t->name, WORDPIECE) == 0;
        if (shared && !with_wordpiece) continue;
        mg_str name = {0};
        if (shared) mg_str_addz(&name, t->name);
        else mg_str_addf(&name, "member.%d.%s", k, t->name);
        int code = name.failed ? mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory")
                               : mg_tensor_writer_add(w, name.s, t->dtype, t->ndim, t->shape, t->data, NULL, err);
        mg_str_free(&name);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

static int copy_metadata(const mg_tensor_file *f, int k, mg_tensor_writer *w, molglot_error *err) {
    for (size_t i = 0; i < mg_tensor_file_meta_count(f); i++) {
        const char *key, *value;
        mg_tensor_file_meta_at(f, i, &key, &value);
        if (strcmp(key, "molglot.format") == 0) continue;
        mg_str name = {0};
        mg_str_addf(&name, "member.%d.%s", k, key);
        int code = name.failed ? mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory") : mg_tensor_writer_meta(w, name.s, value, err);
        mg_str_free(&name);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* The same vocabulary of pieces, or none. */
static bool same_wordpiece(const mg_tensor_file *a, const mg_tensor_file *b) {
    const mg_file_tensor *x = mg_tensor_file_find(a, WORDPIECE), *y = mg_tensor_file_find(b, WORDPIECE);
    return !x || !y || (x->bytes == y->bytes && memcmp(x->data, y->data, x->bytes) == 0);
}

static int write_all(const mg_model_file *models, int n, const char *name, const char *out, molglot_error *err) {
    mg_tensor_writer *w = mg_tensor_writer_new();
    if (!w) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    char count[16];
    snprintf(count, sizeof count, "%d", n);
    const char *licence = mg_tensor_file_meta(models[0].file, "licence"), *data = mg_tensor_file_meta(models[0].file, "data.sha256");
    const char *const pairs[][2] = {{"molglot.format", "1"}, {"molglot.members", count}, {"name", name},
                                    {"licence", licence ? licence : "unknown"}, {"data.sha256", data ? data : ""}};
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(pairs) && !code; i++) code = mg_tensor_writer_meta(w, pairs[i][0], pairs[i][1], err);
    bool have_wordpiece = false;
    for (int k = 0; k < n && !code; k++) {
        bool take = !have_wordpiece && mg_tensor_file_find(models[k].file, WORDPIECE);
        have_wordpiece |= take;
        code = copy_tensors(models[k].file, k, take, w, err);
        if (!code) code = copy_metadata(models[k].file, k, w, err);
    }
    if (!code) code = mg_tensor_writer_save(w, out, err);
    mg_tensor_writer_free(w);
    return code;
}

int mg_model_file_merge(const char *const *paths, int n, const char *name, const char *out, molglot_error *err) {
    if (n < 2 || n > MG_MEMBERS) return mg_fail(err, MOLGLOT_USAGE, "an ensemble has 2 to %d members, not %d", MG_MEMBERS, n);
    mg_model_file models[MG_MEMBERS];
    int loaded = 0, code = MOLGLOT_OK;
    for (; loaded < n && !code; loaded += !code) {
        code = mg_model_file_load(&models[loaded], paths[loaded], err);
        if (code) break;
        const char *licence = mg_tensor_file_meta(models[loaded].file, "licence"), *first = mg_tensor_file_meta(models[0].file, "licence");
        if (models[loaded].members != 1) code = mg_fail(err, MOLGLOT_BAD_FILE, "%s is an ensemble itself: merge its members instead", paths[loaded]);
        else if (!same_wordpiece(models[0].file, models[loaded].file))
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%s has another vocabulary of pieces than %s", paths[loaded], paths[0]);
        else if (licence && first && strcmp(licence, first))
            code = mg_fail(err, MOLGLOT_BAD_FILE, "%s is under %s, %s under %s: say which holds before merging", paths[loaded], licence, paths[0], first);
        if (code) mg_model_file_close(&models[loaded]);
    }
    if (!code) code = write_all(models, n, name, out, err);
    for (int k = 0; k < loaded; k++) mg_model_file_close(&models[k]);
    if (code) return code;
    mg_model_file merged;
    code = mg_model_file_load(&merged, out, err);      /* families and limits are compared here; a refused file does not stay */
    if (code) remove(out);
    else mg_model_file_close(&merged);
    return code;
}
