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

/* Is a part of the dotted wrapper one of a copy that was not trained itself: an average, a
 * teacher? */
static bool is_copy(const char *wrapper, size_t n) {
    static const char *const names[] = {"ema",        "ema_model", "model_ema",  "averaged_model",
                                        "swa_model",  "teacher",   "momentum",   "target_network",
                                        "module_ema", "shadow",    "key_encoder"};
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && wrapper[end] != '.') end++;
        for (size_t i = 0; i < MG_COUNT(names); i++)
            if (strlen(names[i]) == end - at && !strncmp(wrapper + at, names[i], end - at))
                return true;
        at = end + 1;
    }
    return false;
}

/* How much a wrapper is wanted: our own text encoder's most (files of the three-modal successor
 * hold two BERTs), copies least. */
static int preference(const char *name, size_t wrapper, const char *ours) {
    return strncmp(name, ours, strlen(ours)) == 0 ? 2 : !is_copy(name, wrapper);
}

/* Calls each with the wrapper of every tensor whose name ends with `mark`, and how much it is
 * wanted. */
static void each_wrapper(const mg_tensor_file *f, const struct part *part,
                         void (*each)(void *user, const char *name, size_t n, int wanted),
                         void *user) {
    const size_t m = strlen(part->mark);
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const char *name = mg_tensor_file_at(f, i)->name;
        const size_t n = strlen(name);
        if (n < m || strcmp(name + n - m, part->mark) != 0 || (n > m && name[n - m - 1] != '.'))
            continue;
        each(user, name, n - m, preference(name, n - m, part->ours));
    }
}

typedef struct best {
    const char *name;
    size_t n;
    int wanted, found;
} best;

static void take_best(void *user, const char *name, size_t n, int wanted) {
    best *b = user;
    b->found++;
    if (b->name && wanted <= b->wanted) return;
    b->name = name;
    b->n = n;
    b->wanted = wanted;
}

/* What precedes the part's mark in the tensor name that is wanted most; the first of equals.
 * Malloc'ed, or NULL. */
static char *wrapper_of(const mg_tensor_file *f, const struct part *part) {
    best b = {.wanted = -1};
    each_wrapper(f, part, take_best, &b);
    return b.name ? strndup(b.name, b.n) : NULL;
}

typedef struct choice {
    const best *taken;
    mg_str *out;
    bool first;
} choice;

static void list_other(void *user, const char *name, size_t n, int wanted) {
    choice *c = user;
    (void)wanted;
    if (n == c->taken->n && !strncmp(name, c->taken->name, n)) return;
    mg_str_addf(c->out, "%s'%.*s'", c->first ? "" : ", ", (int)n, name);
    c->first = false;
}

int mg_momu_import_choices(const mg_tensor_file *f, mg_str *out) {
    for (size_t i = 0; i < MG_COUNT(parts); i++) {
        best b = {.wanted = -1};
        each_wrapper(f, &parts[i], take_best, &b);
        if (b.found < 2) continue;
        choice c = {&b, out, true};
        mg_str_addf(out, "%s%s: the copy under '%.*s' is taken, not that under ",
                    out->n ? "\n" : "", parts[i].mark, (int)b.n, b.name);
        each_wrapper(f, &parts[i], list_other, &c);
    }
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

static int import_part(mg_params *p, const mg_tensor_file *f, const struct part *part,
                       size_t *found, molglot_error *err) {
    char *wrapper = wrapper_of(f, part);
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
