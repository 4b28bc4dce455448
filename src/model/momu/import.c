/* import.c - published weights into a model that was built for training or evaluation.
 *
 * Known contents: a whole MoMu checkpoint, a BERT (SciBERT, KV-PLM*), a GIN (GraphCL,
 * pretrain-gnns). What stands before the names differs from release to release ("bert.",
 * "module.ptmodel.bert.", "state_dict.", ...), so each part is found by a tensor that only it has,
 * and whatever precedes that tensor's name is the wrapper.
 */
#include "model/momu/momu.h"
#include "tensor/files/weights.h"

#include <stdlib.h>
#include <string.h>

static const struct part {
    const char *ours, *theirs, *mark;
} parts[] = {
    /* our prefix                  what replaces it after the wrapper   a tensor that only this part
     *                             has  */
    {"text_encoder.main_model.", "", "embeddings.word_embeddings.weight"},
    {"text_encoder.main_model.", "", "embeddings.weight"},
    {"graph_encoder.", "", "x_embedding1.weight"},
    {"graph_encoder.", "", "x_embedding.weight"},
    {"graph_proj_head.", "graph_proj_head.", "graph_proj_head.0.weight"},
    {"text_proj_head.", "text_proj_head.", "text_proj_head.0.weight"},
};

/* What precedes `mark` in the first tensor name that ends with it; our own text encoder's wrapper
 * wins over others (files of the three-modal successor hold two BERTs). Malloc'ed, or NULL. */
static char *wrapper_of(const mg_tensor_file *f, const char *ours, const char *mark) {
    const char *best = NULL;
    size_t length = 0;
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const char *name = mg_tensor_file_at(f, i)->name;
        size_t n = strlen(name), m = strlen(mark);
        if (n < m || strcmp(name + n - m, mark) != 0 || (n > m && name[n - m - 1] != '.')) continue;
        bool preferred = strncmp(name, ours, strlen(ours)) == 0;
        if (best && !preferred) continue;
        best = name;
        length = n - m;
        if (preferred) break;
    }
    return best ? strndup(best, length) : NULL;
}

static int import_part(mg_params *p, const mg_tensor_file *f, const struct part *part,
                       size_t *found, molglot_error *err) {
    char *wrapper = wrapper_of(f, part->ours, part->mark);
    if (!wrapper) return MOLGLOT_OK;
    mg_str theirs = {0};
    size_t n = 0;
    mg_str_addz(&theirs, wrapper);
    mg_str_addz(&theirs, part->theirs);
    int code = theirs.failed
                   ? mg_no_memory(err, "the model")
                   : mg_params_import(p, f, part->ours, theirs.s ? theirs.s : "", &n, err);
    *found += n;
    mg_str_free(&theirs);
    free(wrapper);
    return code;
}

int mg_momu_import(mg_params *p, const mg_tensor_file *f, size_t *found, molglot_error *err) {
    size_t n = 0;
    for (size_t i = 0; i < MG_COUNT(parts); i++) {
        int code = import_part(p, f, &parts[i], &n, err);
        if (code) return code;
    }
    if (found) *found = n;
    return n ? MOLGLOT_OK
             : mg_fail(err, MOLGLOT_BAD_FILE, "no tensor has a name that this model knows");
}
