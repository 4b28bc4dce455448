/* generate_near.c - generated molecules beside what is known: the nearest of a library or of the
 * memory, the library's row that is the molecule, control lists, alerts and scores. */
#include "app/cmd/generate.h"

#include <stdlib.h>
#include <string.h>

/* Of a candidate and a molecule of the library; 0 where one cannot be read. */
static double tanimoto(mg_candidate *c, const char *smiles) {
    uint8_t bits[MG_CANDIDATE_BITS / 8];
    return cli_fingerprint(smiles, bits) && !mg_candidate_fingerprint(c, NULL)
               ? mg_tanimoto(c->fingerprint, bits, MG_CANDIDATE_BITS)
               : 0;
}

/* The nearest row of the library by embedding. */
static int find_nearest(const generate_looks *l, const mg_answer *a, generate_near *near,
                        molglot_error *err) {
    const size_t dim = (size_t)mg_index_model_dim(l->library), n = (size_t)a->n;
    float *v = calloc(n * dim, sizeof *v);
    molglot_hit *hits = calloc(n, sizeof *hits);
    int code = v && hits ? MOLGLOT_OK : mg_no_memory(err, "the output");
    for (size_t i = 0; i < n && !code; i++)
        if (a->candidates[i].embedding)
            memcpy(v + i * dim, a->candidates[i].embedding, dim * sizeof *v);
    if (!code) code = mg_index_search(l->library, v, (int64_t)n, 1, l->threads, hits, err);
    for (size_t i = 0; i < n && !code; i++)
        if (a->candidates[i].embedding && hits[i].row >= 0)
            near[i].near =
                (mg_alike){hits[i].row, (double)hits[i].score,
                           tanimoto(&a->candidates[i], mg_index_smiles(l->library, hits[i].row))};
    free(v);
    free(hits);
    return code;
}

/* The most similar one; what the library calls the molecule; what triage says of it. */
static int look_at(generate_looks *l, mg_candidate *c, generate_near *near, molglot_error *err) {
    const mg_generated *m = &c->shown;
    int code = MOLGLOT_OK;
    if (!m->valid) return code;
    if (l->triage.triager && c->embedding) {
        code = mg_candidate_fingerprint(c, err);
        if (!code)
            code = mg_memory_alike(&l->known, c->embedding, c->fingerprint, &near->near, err);
    }
    if (!code && l->library && c->plain)
        code = mg_memory_find(&(mg_memory){.index = l->library}, m->smiles, c->plain, c->embedding,
                              &near->known, err);
    return code ? code
                : cli_triage_molecule(&l->triage, c->mol, m->smiles, m->control_list,
                                      &near->triaged, err);
}

int generate_find_near(generate_looks *l, const mg_answer *a, generate_near *near,
                       molglot_error *err) {
    const bool wanted = l->library || (l->triage.triager && mg_memory_is_there(&l->known));
    int code = MOLGLOT_OK;
    for (int i = 0; i < a->n; i++)
        near[i] = (generate_near){.near = {.row = -1}, .known = {NULL, -1, false}};
    if (!a->n) return code;
    if (wanted && l->embedder)
        code = mg_candidates_embed(l->embedder, a->candidates, (size_t)a->n, err);
    if (!code && l->library && !l->triage.triager) code = find_nearest(l, a, near, err);
    for (int i = 0; i < a->n && !code; i++) code = look_at(l, &a->candidates[i], &near[i], err);
    return code;
}

void generate_near_free(generate_near *near, size_t n) {
    for (size_t i = 0; i < n; i++) cli_triaged_free(&near[i].triaged);
}
