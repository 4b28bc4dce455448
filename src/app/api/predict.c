/* predict.c - include/molglot.h: properties of molecules. */
#include "predict/predict.h"

#include "app/api/api.h"

#include <stdlib.h>
#include <string.h>

struct molglot_predictor {
    mg_bundle *bundle;
    const mg_heads_part *heads;
    mg_predictor *predictor;
    pid_t process;
};

static int open_predictor(molglot_predictor *p, const char *path, const molglot_model *model,
                          const molglot_options *o, molglot_error *err) {
    p->bundle = mg_bundle_open(path, err);
    p->heads = p->bundle ? mg_bundle_heads(p->bundle, err) : NULL;
    if (!p->heads) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_predictor_options inner = {
        .device = o->device, .threads = o->threads, .space = model ? api_bundle_of(model) : NULL};
    p->predictor = mg_predictor_new(p->heads, &inner, err);
    p->process = api_process_of(o->device);
    return p->predictor ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

molglot_predictor *molglot_predictor_open(const char *path, const molglot_model *model,
                                          const molglot_options *options, molglot_error *err) {
    static const char what[] = "molglot_predictor_open";
    molglot_error why = {0};
    molglot_options o = molglot_options_default();
    molglot_predictor *p = NULL;
    int code = api_options_take(&o, sizeof o, options, what, &why);
    if (!code && (!path || o.threads < 0))
        code = mg_fail(&why, MOLGLOT_USAGE, "%s: %s", what,
                       path ? "threads must not be negative" : "path is NULL");
    api_prepare_fork();
    if (!code && !(p = calloc(1, sizeof *p))) code = mg_no_memory(&why, "a predictor");
    if (!code) code = open_predictor(p, path, model, &o, &why);
    if (!code) return p;
    molglot_predictor_free(p);
    if (err) *err = why;
    return NULL;
}

void molglot_predictor_free(molglot_predictor *p) {
    if (!p) return;
    mg_predictor_free(p->predictor);
    mg_bundle_close(p->bundle);
    free(p);
}

int molglot_predictor_tasks(const molglot_predictor *p) { return p ? p->heads->heads->c.tasks : 0; }

const char *molglot_predictor_task(const molglot_predictor *p, int i) {
    return p && i >= 0 && i < p->heads->heads->c.tasks ? p->heads->tasks[i] : NULL;
}

int molglot_predictor_classes(const molglot_predictor *p) {
    return p && p->heads->heads->c.task == MG_HEADS_CLASSES;
}

int molglot_predict(molglot_predictor *p, const char *const *smiles, size_t n, float *values,
                    float *spread, molglot_domain *domain, molglot_row_status *status,
                    molglot_error *err) {
    mg_prediction out = {0};
    const long before = mg_chem_refusals();
    if (!p || (n && !values))
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_predict: no predictor or "
                       "no room for its values");
    int code = api_check_rows("molglot_predict", smiles, n, err);
    if (!code) code = api_check_process(p->process, err);
    const char *const *rows = smiles;
    if (!code) code = api_rows_take(smiles, n, &rows, err);
    if (!code) code = mg_predict_smiles(p->predictor, rows, n, &out, err);
    code = api_whole(before, code, err);
    api_rows_give(smiles, rows, n, code ? NULL : out.status);
    if (code) {
        mg_prediction_free(&out);
        return code;
    }
    const size_t tasks = (size_t)out.tasks;
    for (size_t i = 0; i < n; i++) {
        const bool ok = out.status[i].ok;
        for (size_t k = i * tasks; k < (i + 1) * tasks; k++) {
            values[k] = ok ? out.values[k] : 0;
            if (spread) spread[k] = ok ? out.spread[k] : 0;
        }
        if (domain)
            domain[i] = (molglot_domain){
                .nearest = ok && out.nearest[i] >= 0 ? p->heads->smiles[out.nearest[i]] : NULL,
                .similarity = ok ? out.similarity[i] : 0,
                .inside = ok && out.similarity[i] >= p->heads->threshold};
        if (status) status[i] = out.status[i];
    }
    mg_prediction_free(&out);
    return MOLGLOT_OK;
}
