/* fuzz_heads.c - any bytes as a file of the part `heads`: one that opens must predict finite
 * numbers, or refuse the row. */
#include "predict/predict.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const smiles[] = {"OC(=O)c1ccccc1Cl", "C1CC"};
    molglot_error err = {0};
    mg_bundle *b = mg_bundle_memory(data, size, "input", &err);
    if (!b) return 0;
    const mg_heads_part *h = mg_bundle_has(b, MG_PART_HEADS) ? mg_bundle_heads(b, &err) : NULL;
    mg_predictor *p = h ? mg_predictor_new(h, &(mg_predictor_options){.threads = 1}, &err) : NULL;
    mg_prediction out;
    if (p && !mg_predict_smiles(p, smiles, 2, &out, &err)) {
        if (out.status[1].ok || (out.nearest[0] >= h->n_known)) abort();
        for (int k = 0; k < out.tasks && out.status[0].ok; k++)
            if (!isfinite(out.values[k]) || !isfinite(out.spread[k])) abort();
        mg_prediction_free(&out);
    }
    mg_predictor_free(p);
    mg_bundle_close(b);
    return 0;
}
