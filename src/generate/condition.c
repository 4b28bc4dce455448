/* condition.c - sentences as 3M-Diffusion's denoiser reads them, and whether an aligned model is
 * the denoiser's (generate.h).
 */
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>

#define PROBE                                                                                     \
    "The molecule is a member of the class of benzoic acids, an ester and a drug; it has a role " \
    "as a plant metabolite."
/* cosine: rounding on another machine stays above it, another training does not */
#define SAME 0.999

bool mg_condition_of(int dim, float *row) {
    const float scale = sqrtf((float)dim);
    bool known = false;
    for (int d = 0; d < dim; d++) {
        known = known || row[d] != 0;
        row[d] *= scale;
    }
    return known;
}

int mg_condition_texts(mg_embedder *e, const char *const *texts, size_t n, float *out, bool *known,
                       molglot_error *err) {
    const int dim = mg_embedder_dim(e);
    int code = mg_embed_texts(e, texts, n, out, NULL, err);
    for (size_t i = 0; i < n && !code; i++) known[i] = mg_condition_of(dim, out + i * (size_t)dim);
    return code;
}

int mg_condition_probe(mg_embedder *e, float *out, molglot_error *err) {
    const char *const text = PROBE;
    bool known;
    int code = mg_condition_texts(e, &text, 1, out, &known, err);
    return code || known ? code
                         : mg_fail(err, MOLGLOT_USAGE,
                                   "the aligned model knows none of the words of \"" PROBE "\"");
}

static double cosine(const float *a, const float *b, int n) {
    double ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

int mg_condition_check(mg_embedder *e, const mg_mlp_denoiser *d, const float *probe,
                       const char *path, molglot_error *err) {
    const int dim = mg_embedder_dim(e), wanted = mg_mlp_denoiser_get_config(d)->condition;
    if (dim != wanted)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: its denoiser reads vectors of length %d, the ranking model makes %d: "
                       "it was trained with another model",
                       path, wanted, dim);
    float *row = malloc((size_t)dim * sizeof *row);
    int code = row ? mg_condition_probe(e, row, err) : mg_no_memory(err, "the generator");
    if (!code && cosine(row, probe, dim) < SAME)
        code = mg_fail(err, MOLGLOT_USAGE,
                       "%s: its denoiser was trained with another ranking model than this one",
                       path);
    free(row);
    return code;
}
