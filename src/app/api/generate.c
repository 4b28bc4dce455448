/* generate.c - include/molglot.h: writer files, bundles, and what they generate.
 *
 * A bundle may hold two writers; both are opened, and the method of a call picks one. */
#include "generate/generate.h"

#include "app/api/api.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

typedef struct opened {
    mg_writer_file file;
    mg_generator *g;
} opened;

struct molglot_generator {
    opened main, latent; /* latent.g: NULL unless main is the direct one of a bundle's two */
};

molglot_generate_options molglot_generate_options_default(void) { return mg_generate_default(); }

static int open_part(opened *x, const char *path, const char *part, molglot_session *ranker,
                     const molglot_options *o, molglot_error *err) {
    int code = mg_writer_file_load(&x->file, path, part, err);
    if (code) return code;
    x->g = mg_generator_new(&x->file, ranker ? ranker->embedder : NULL, NULL, o->device, o->threads,
                            err);
    return x->g ? MOLGLOT_OK : MOLGLOT_FAILED;
}

static void close_part(opened *x) {
    mg_generator_free(x->g);
    mg_writer_file_close(&x->file);
}

/* The one with the latents. */
static mg_generator *latent_of(const molglot_generator *x) {
    return x->latent.g ? x->latent.g : x->main.g;
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
    int code = open_part(&x->main, path, NULL, ranker, &o, err);
    if (!code && x->main.file.both)
        code = open_part(&x->latent, path, MG_PART_LATENT, ranker, &o, err);
    if (!code) return x;
    molglot_generator_free(x);
    return NULL;
}

void molglot_generator_free(molglot_generator *x) {
    if (!x) return;
    close_part(&x->main);
    close_part(&x->latent);
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
                          : x->main.g;
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
