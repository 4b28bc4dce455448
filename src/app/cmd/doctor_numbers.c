/* doctor_numbers.c - do this machine's kernels compute what the readable ones do? Each part that
 * computes with floating point is given a probe twice, on the device and on "ref":
 *
 *   space    a sentence and a molecule: no number of the embeddings may differ by 1e-3
 *   writers  the likeliest six tokens for a sentence, and their -log p to 5e-2; of one with latents
 *            those of a molecule, to 5e-2
 *
 * What is wrong is a processor, a BLAS, or a build of one: the file's digest is another test.
 */
#include "app/cmd/doctor.h"
#include "generate/generate.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EMBEDDING_BOUND 1e-3
#define WRITER_BOUND    5e-2

static const char probe_text[] = "The molecule is a methyl ester that derives from benzoic acid.",
                  probe_smiles[] = "COC(=O)c1ccccc1";

static int disagree(const char *part, double by, molglot_error *err) {
    return mg_fail(err, MOLGLOT_FAILED,
                   "part %s: this machine's kernels differ from the readable ones by %.3g: its "
                   "results are wrong",
                   part, by);
}

/* out: [2][dim], of the sentence and of the molecule */
static int embed_probes(const mg_space_part *space, const char *device, int threads, float *out,
                        molglot_error *err) {
    const char *const text[] = {probe_text}, *const smiles[] = {probe_smiles};
    mg_embedder *e = mg_embedder_new(
        space, (mg_embed_options){.device = device, .threads = threads, .batch = 1}, err);
    if (!e) return mg_code_of(err, MOLGLOT_FAILED);
    int code = mg_embed_texts(e, text, 1, out, NULL, err);
    if (!code) code = mg_embed_smiles(e, smiles, 1, out + mg_embedder_dim(e), NULL, err);
    mg_embedder_free(e);
    return code;
}

static int compare_space(mg_bundle *b, const cli_common *c, const char *part, double *by,
                         molglot_error *err) {
    const mg_space_part *space = mg_bundle_space(b, err);
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const size_t n = 2 * (size_t)mg_space_part_dim(space);
    float *got = calloc(2 * n, sizeof *got), *want = got + n;
    int code = got ? MOLGLOT_OK : mg_no_memory(err, "embeddings");
    if (!code) code = embed_probes(space, c->device, c->threads, got, err);
    if (!code) code = embed_probes(space, "ref", c->threads, want, err);
    for (size_t i = 0; i < n && !code; i++) {
        const double d = fabs((double)got[i] - (double)want[i]);
        if (!(d <= *by)) *by = d; /* NaN too */
    }
    free(got);
    return code ? code : *by <= EMBEDDING_BOUND ? MOLGLOT_OK : disagree(part, *by, err);
}

/* The likeliest first tokens of a sentence, as far as they are a molecule or not, and their
 * -log p. Where the writer has latents, those of the molecule instead, in latents [n]. */
typedef struct written {
    char *smiles;
    double nll;
    float *latents;
    size_t n;
} written;

static int write_probe(const mg_writer_part *w, const char *device, int threads, written *out,
                       molglot_error *err) {
    enum { TOKENS = 6 };
    const char *const text[] = {probe_text}, *const smiles[] = {probe_smiles};
    mg_generator *g = mg_generator_new(w, NULL, &(mg_memory){0}, device, threads, err);
    if (!g) return mg_code_of(err, MOLGLOT_FAILED);
    mg_generate_options o = mg_generate_default();
    o.n = o.candidates = 1, o.temperature = 0, o.keep_all = 1, o.max_tokens = TOKENS;
    mg_generation made = {0};
    int code = MOLGLOT_OK;
    if ((out->n = mg_latents_size(g))) {
        out->latents = calloc(out->n, sizeof *out->latents);
        code = out->latents ? mg_latents_encode(g, smiles, 1, out->latents, NULL, err)
                            : mg_no_memory(err, "latents");
    } else {
        code = mg_generate(g, text, 1, &o, &made, err);
    }
    if (!code && made.n) {
        out->smiles = made.molecules[0].smiles;
        out->nll = made.molecules[0].nll;
        made.molecules[0].smiles = NULL;
    }
    mg_generation_free(&made);
    mg_generator_free(g);
    return code;
}

static double difference(const written *got, const written *want) {
    double by = fabs(got->nll - want->nll);
    if (!got->smiles != !want->smiles || (got->smiles && strcmp(got->smiles, want->smiles)))
        return INFINITY;
    for (size_t i = 0; i < want->n; i++) {
        const double d = fabs((double)got->latents[i] - (double)want->latents[i]);
        if (!(d <= by)) by = d;
    }
    return by;
}

static int compare_writer(mg_bundle *b, const cli_common *c, const char *part, double *by,
                          molglot_error *err) {
    const mg_writer_part *w = mg_bundle_writer(b, part, err);
    if (!w) return mg_code_of(err, MOLGLOT_BAD_FILE);
    written got = {0}, want = {0};
    int code = write_probe(w, c->device, c->threads, &got, err);
    const bool usable = code != MOLGLOT_USAGE; /* or it writes nothing without a ranker */
    if (!code) code = write_probe(w, "ref", c->threads, &want, err);
    if (!code) *by = difference(&got, &want);
    free(got.smiles), free(got.latents);
    free(want.smiles), free(want.latents);
    if (!usable) return MOLGLOT_OK;
    return code ? code : *by <= WRITER_BOUND ? MOLGLOT_OK : disagree(part, *by, err);
}

int doctor_numbers(mg_bundle *b, const cli_common *c, const char *part, molglot_error *err) {
    static const char *const writers[] = {MG_PART_WRITER, MG_PART_LATENT, MG_PART_ATOMAS};
    double by = 0;
    int code = MOLGLOT_OK;
    if (strcmp(part, MG_PART_SPACE) == 0) {
        code = compare_space(b, c, part, &by, err);
    } else {
        size_t i = 0;
        while (i < MG_COUNT(writers) && strcmp(part, writers[i])) i++;
        if (i == MG_COUNT(writers)) return MOLGLOT_OK; /* whole numbers, or none */
        code = compare_writer(b, c, part, &by, err);
    }
    if (!code) cli_print("numbers of part %s: as the readable kernels', to %.1g\n", part, by);
    return code;
}
