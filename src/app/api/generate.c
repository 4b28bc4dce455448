/* generate.c - include/molglot.h: writer files, bundles, and what they generate.
 *
 * A bundle may hold two writers; both are opened, and the method of a call picks one. */
#include "generate/generate.h"

#include "app/api/api.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

struct molglot_generator {
    mg_bundle *bundle;
    mg_generator *main, *latent; /* latent: NULL unless main is the direct one of a bundle's two */
};

molglot_generate_options molglot_generate_options_default(void) { return mg_generate_default(); }

static mg_generator *open_part(mg_bundle *b, const char *part, molglot_session *ranker,
                               const molglot_options *o, molglot_error *err) {
    const mg_writer_file *file = mg_bundle_writer(b, part, err);
    return file ? mg_generator_new(file, ranker ? ranker->embedder : NULL, NULL, o->device,
                                   o->threads, err)
                : NULL;
}

/* The one with the latents. */
static mg_generator *latent_of(const molglot_generator *x) {
    return x->latent ? x->latent : x->main;
}

molglot_generator *molglot_generator_new(const char *path, molglot_session *ranker,
                                         const molglot_options *options, molglot_error *err) {
    const molglot_options o = options ? *options : molglot_options_default();
    if (!path || o.threads < 0) {
        mg_fail(err, MOLGLOT_USAGE, "molglot_generator_new: %s",
                path ? "threads must not be negative" : "path is NULL");
        return NULL;
    }
    molglot_generator *x = calloc(1, sizeof *x);
    if (!x) {
        mg_no_memory(err, "a generator");
        return NULL;
    }
    x->bundle = mg_bundle_open(path, err);
    x->main = x->bundle ? open_part(x->bundle, NULL, ranker, &o, err) : NULL;
    const bool both = x->main && mg_bundle_has(x->bundle, MG_PART_WRITER) &&
                      mg_bundle_has(x->bundle, MG_PART_LATENT);
    if (both) x->latent = open_part(x->bundle, MG_PART_LATENT, ranker, &o, err);
    if (x->main && (x->latent || !both)) return x;
    molglot_generator_free(x);
    return NULL;
}

void molglot_generator_free(molglot_generator *x) {
    if (!x) return;
    mg_generator_free(x->main);
    mg_generator_free(x->latent);
    mg_bundle_close(x->bundle);
    free(x);
}

static int no_null(const char *what, const char *const *rows, size_t n, molglot_error *err) {
    for (size_t i = 0; i < n; i++)
        if (!rows[i]) return mg_fail(err, MOLGLOT_USAGE, "%s: row %zu is NULL", what, i);
    return MOLGLOT_OK;
}

int molglot_generate(molglot_generator *x, const char *const *texts, size_t n,
                     const molglot_generate_options *options, molglot_generation *out,
                     molglot_error *err) {
    const molglot_generate_options o = options ? *options : mg_generate_default();
    if (!x || (n && !out))
        return mg_fail(err, MOLGLOT_USAGE, "molglot_generate: generator and out must not be NULL");
    int code = texts ? no_null("molglot_generate", texts, n, err) : MOLGLOT_OK;
    /* a direct writer has learnt nothing of molecules that nobody asked for */
    const bool unconditional = !o.method && !texts && !o.like;
    mg_generator *g = unconditional || (o.method && strcmp(o.method, "diffusion") == 0)
                          ? latent_of(x)
                          : x->main;
    return !code ? mg_generate(g, texts, n, &o, out, err) : code;
}

void molglot_generation_free(molglot_generation *r) { mg_generation_free(r); }

size_t molglot_latents_size(const molglot_generator *x) { return mg_latents_size(latent_of(x)); }

int molglot_encode(molglot_generator *x, const char *const *smiles, size_t n, float *out,
                   molglot_row_status *status, molglot_error *err) {
    if (!x || (n && (!smiles || !out)))
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_encode: generator, smiles and out must not be NULL");
    int code = no_null("molglot_encode", smiles, n, err);
    return !code ? mg_latents_encode(latent_of(x), smiles, n, out, status, err) : code;
}

int molglot_decode(molglot_generator *x, const float *latents, size_t n, molglot_molecule *out,
                   molglot_error *err) {
    if (!x || (n && (!latents || !out)))
        return mg_fail(err, MOLGLOT_USAGE,
                       "molglot_decode: generator, latents and out must not be NULL");
    return mg_latents_decode(latent_of(x), latents, n, out, err);
}

void molglot_molecules_free(molglot_molecule *molecules, size_t n) {
    if (molecules) mg_generated_free(molecules, n);
}
