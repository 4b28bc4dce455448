/* latents.c - the writer's latent space: molecules to K latent tokens of latent_dim numbers, back,
 * and the points between two.
 *
 * Each molecule is encoded by itself, so its latents depend on nothing else; decoding takes the
 * likeliest token each time.
 */
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/writer/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int check(const mg_generator *g, bool encode, molglot_error *err) {
    if (g->motif)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: a motif decoder's latents are not offered",
                       g->motif->path);
    if (!g->w) return mg_fail(err, MOLGLOT_BAD_FILE, "%s: a T5 has no latents", g->t5->path);
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    if (c->latents == 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: this writer has no latents", g->w->path);
    if (encode && c->molecules == 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: this writer reads no molecules", g->w->path);
    return MOLGLOT_OK;
}

/* ---- molecules to latents ---- */

typedef struct encoding {
    const mg_generator *g;
    const char *const *smiles;
    float *out;
    const float *vectors;       /* [n, space] with aligned latents */
    molglot_row_status *status; /* or NULL */
} encoding;

static int encode(void *user, mg_worker *h, int64_t job) {
    const encoding *e = user;
    const size_t size = mg_latents_size(e->g);
    float *out = e->out + (size_t)job * size;
    molglot_row_status row;
    mg_tokens tokens;
    memset(out, 0, size * sizeof *out);
    int code = mg_generator_tokens(e->g, e->smiles[job], &tokens, &row, &h->err);
    if (e->status) e->status[job] = row;
    if (code || !row.ok) return code;
    const mg_writer_config *c = mg_writer_get_config(e->g->w->writer);
    mg_writer_pack_reset(&h->packer, c);
    code = mg_writer_pack_molecule(&h->packer, 0, tokens.ids, tokens.n, &h->err);
    if (!code && e->vectors)
        code = mg_writer_pack_space(&h->packer, e->vectors + job * c->space, &h->err);
    if (!code) code = mg_writer_pack_row(&h->packer, &h->err);
    mg_tokens_free(&tokens);
    if (code) return code;
    mg_tape_reset(h->tape);
    mg_tensor *z = mg_writer_latents(h->tape, e->g->w->writer, &h->packer.in, NULL);
    const float *values = z ? mg_values(h->tape, z) : NULL;
    if (values) memcpy(out, values, size * sizeof *out);
    return mg_tape_error(h->tape, &h->err);
}

/* Aligned latents: vectors of so many molecules are made at once. */
enum { VECTOR_ROWS = 1024 };

/* Vectors of their canonical SMILES, as in training: those of another spelling differ by rounding,
 * and of some molecules by more. */
static int make_vectors(mg_generator *g, const char *const *smiles, size_t n, float *out,
                        molglot_error *err) {
    mg_tokens *tokens = calloc(n + 1, sizeof *tokens);
    const char **canonical = calloc(n + 1, sizeof *canonical);
    int code = tokens && canonical ? MOLGLOT_OK : mg_no_memory(err, "%zu latents", n);
    for (size_t i = 0; i < n && !code; i++) {
        molglot_row_status row;
        code = mg_generator_tokens(g, smiles[i], &tokens[i], &row, err);
        canonical[i] = row.ok && tokens[i].smiles ? tokens[i].smiles : "";
    }
    if (!code) code = mg_aligned_vectors(g, canonical, n, out, err);
    for (size_t i = 0; i < n && tokens; i++) mg_tokens_free(&tokens[i]);
    free(tokens);
    free(canonical);
    return code;
}

static int encode_aligned(mg_generator *g, const encoding *e, size_t n, molglot_error *err) {
    const size_t size = mg_latents_size(g),
                 space = (size_t)mg_writer_get_config(g->w->writer)->space;
    float *vectors = malloc((n < VECTOR_ROWS ? n : VECTOR_ROWS) * space * sizeof *vectors + 1);
    int code = vectors ? mg_aligned_check_space(g, err) : mg_no_memory(err, "%zu latents", n);
    for (size_t at = 0; at < n && !code; at += VECTOR_ROWS) {
        const size_t some = n - at < VECTOR_ROWS ? n - at : VECTOR_ROWS;
        encoding part = {g, e->smiles + at, e->out + at * size, vectors,
                         e->status ? e->status + at : NULL};
        code = make_vectors(g, part.smiles, some, vectors, err);
        if (!code)
            code = mg_generator_run(g, &(mg_jobs){.fn = encode, .user = &part, .n = (int64_t)some},
                                    err);
    }
    free(vectors);
    return code;
}

int mg_latents_encode(mg_generator *g, const char *const *smiles, size_t n, float *out,
                      molglot_row_status *status, molglot_error *err) {
    encoding e = {g, smiles, out, NULL, status};
    int code = check(g, true, err);
    if (!code && mg_generator_is_aligned(g)) return encode_aligned(g, &e, n, err);
    return code ? code
                : mg_generator_run(g, &(mg_jobs){.fn = encode, .user = &e, .n = (int64_t)n}, err);
}

/* ---- latents to molecules ---- */

typedef struct decoding {
    const mg_generator *g;
    const float *latents;
    size_t n;
    mg_candidate *out;
} decoding;

static int decode(void *user, mg_worker *h, int64_t job) {
    const decoding *d = user;
    const mg_writer_config *c = mg_writer_get_config(d->g->w->writer);
    const size_t size = mg_latents_size(d->g), at = (size_t)job * MG_GROUP,
                 rows = d->n - at < MG_GROUP ? d->n - at : MG_GROUP;
    const mg_sample_options o = {.max_tokens = c->max_tokens};
    const uint64_t streams[MG_GROUP] = {0}; /* nothing is left to chance at temperature 0 */
    mg_arena_release(&h->arena, 0);
    mg_tape_reset(h->tape);
    float *z = mg_arena_alloc(&h->arena, MG_GROUP * size * sizeof *z);
    if (!z) return mg_no_memory(&h->err, "latents");
    memset(z, 0, MG_GROUP * size * sizeof *z);
    memcpy(z, d->latents + at * size, rows * size * sizeof *z);
    mg_context context = mg_writer_context_of(
        h->tape, d->g->w->writer,
        mg_input(h->tape, z, (int64_t)MG_GROUP * c->latents, c->latent_dim, false));
    if (context.rows) mg_context_assign(h->tape, (int)rows, &context);
    int code = mg_sample_rows(d->g, h, &context, &o, streams, (int)rows,
                              at + rows <= MG_CANDIDATES_KEPT, d->out + at, &h->err);
    for (size_t i = 0; i < rows; i++) d->out[at + i].shown.index = (int)(at + i);
    return code;
}

int mg_latents_candidates(mg_generator *g, const float *latents, size_t n, mg_candidate *out,
                          molglot_error *err) {
    decoding d = {g, latents, n, out};
    memset(out, 0, n * sizeof *out);
    int code = check(g, false, err);
    for (size_t i = 0; i < n * mg_latents_size(g) && !code; i++)
        if (!isfinite(latents[i]))
            code = mg_fail(err, MOLGLOT_USAGE, "row %zu of the latents: a number is not finite",
                           i / mg_latents_size(g) + 1);
    if (!code)
        code = mg_generator_run(
            g, &(mg_jobs){.fn = decode, .user = &d, .n = (int64_t)((n + MG_GROUP - 1) / MG_GROUP)},
            err);
    if (!code) code = mg_generator_screens(g, err);
    if (!code) code = mg_candidates_screen(g, MOLGLOT_SCREEN_FLAG, out, n, err);
    if (code) mg_candidates_free(out, n);
    return code;
}

int mg_latents_decode(mg_generator *g, const float *latents, size_t n, mg_generated *out,
                      molglot_error *err) {
    mg_candidate *made = malloc((n + 1) * sizeof *made);
    int code = made ? mg_latents_candidates(g, latents, n, made, err)
                    : mg_no_memory(err, "%zu molecules", n);
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n && !code; i++) out[i] = mg_candidate_take(&made[i]);
    if (!code) mg_candidates_free(made, n);
    free(made);
    return code;
}

/* ---- to where molecules are ---- */

typedef struct refining {
    const mg_generator *g;
    const mg_refine_options *o;
    size_t n;
    float *z;
} refining;

static int refine(void *user, mg_worker *h, int64_t job) {
    const refining *s = user;
    const size_t size = mg_latents_size(s->g), at = (size_t)job * MG_GROUP,
                 rows = s->n - at < MG_GROUP ? s->n - at : MG_GROUP;
    uint64_t streams[MG_GROUP];
    mg_arena_release(&h->arena, 0);
    float *z = mg_arena_alloc(&h->arena, MG_GROUP * size * sizeof *z);
    if (!z) return mg_no_memory(&h->err, "latents");
    memset(z, 0, MG_GROUP * size * sizeof *z);
    memcpy(z, s->z + at * size, rows * size * sizeof *z);
    for (size_t i = 0; i < MG_GROUP; i++) streams[i] = at + i;
    int code = mg_refine_group(s->g, h, s->o, streams, z, &h->err);
    if (!code) memcpy(s->z + at * size, z, rows * size * sizeof *z);
    return code;
}

int mg_latents_refine(mg_generator *g, const mg_refine_options *o, size_t n, float *z,
                      molglot_error *err) {
    refining s = {g, o, n, z};
    int code = check(g, false, err);
    if (!code && mg_generator_is_aligned(g)) return MOLGLOT_OK;
    if (!code && !g->w->flow)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: no flow in this file", g->w->path);
    if (!code && (!(o->strength > 0 && o->strength <= 1) || o->steps < 1))
        code = mg_fail(err, MOLGLOT_USAGE,
                       "strength must be above 0 and at most 1, steps at least 1");
    return code ? code
                : mg_generator_run(g,
                                   &(mg_jobs){.fn = refine,
                                              .user = &s,
                                              .n = (int64_t)((n + MG_GROUP - 1) / MG_GROUP)},
                                   err);
}

/* ---- between two ---- */

/* Aligned latents: the aligned part is one direction. The remainder is the nearer end's, of whose
 * pieces the later ones are forgotten first: all in the middle, where what is written follows the
 * meaning alone. */
static void between_aligned(const mg_writer_config *c, const float *a, const float *b, double t,
                            float *out) {
    const float *near = t < 0.5 ? a : b;
    const int first = c->aligned / c->latent_dim, slots = c->latents - first;
    const double kept = fabs(1 - 2 * t);
    mg_latents_turn(a, b, c->aligned, t, out);
    for (int s = 0; s < slots; s++) {
        const size_t at = (size_t)(c->aligned + s * c->latent_dim);
        for (int d = 0; d < c->latent_dim; d++)
            out[at + (size_t)d] = s < kept * slots ? near[at + (size_t)d] : 0;
    }
}

void mg_latents_between(const mg_generator *g, const float *a, const float *b, int n, float *out) {
    const size_t size = mg_latents_size(g);
    if (size == 0) return;
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    const int dim = c->latent_dim;
    for (int i = 0; i < n && c->aligned > 0; i++)
        between_aligned(c, a, b, n > 1 ? i / (double)(n - 1) : 0, out + (size_t)i * size);
    for (int i = 0; i < n && c->aligned == 0; i++)
        for (size_t at = 0; at < size; at += (size_t)dim)
            mg_latents_turn(a + at, b + at, dim, n > 1 ? i / (double)(n - 1) : 0,
                            out + (size_t)i * size + at);
}
