/* reconstruct.c - does a writer's latent space keep molecules: each is encoded and its likeliest
 * decoding compared with it.
 *
 * Exact: RDKit's canonical SMILES are the same, stereo counted; flat: the same without stereo. A
 * molecule that the writer cannot take (unreadable tokens, too long) counts as not rebuilt; a row
 * that RDKit cannot read counts nowhere but in `unreadable`.
 */
#include "generate/generate.h"
#include "score/score.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 }; /* molecules at once */
/* the first: all */
static const int least_atoms[MG_SIZES] = {0, 0, 30, 50}, most_atoms[MG_SIZES] = {0, 29, 49, 0};

typedef struct block {
    const char *const *smiles;
    size_t n, coded;
    float *z, *kept;   /* [BLOCK, size]; of the rows that have latents */
    size_t row[BLOCK]; /* where those are */
    molglot_row_status status[BLOCK];
    mg_candidate made[BLOCK];
} block;

static bool same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

/* made: NULL: the writer could not take the molecule. */
static void count(mg_reconstruction *out, const char *smiles, const mg_candidate *made) {
    mg_mol *want = mg_mol_from_smiles(smiles, NULL, NULL),
           *own = made && !made->mol ? mg_mol_from_smiles(made->shown.smiles, NULL, NULL) : NULL;
    const mg_mol *got = own ? own : made ? made->mol : NULL;
    if (want) {
        char *full[2] = {mg_mol_smiles(want, true), got ? mg_mol_smiles(got, true) : NULL};
        char *flat[2] = {mg_mol_smiles(want, false), got ? mg_mol_smiles(got, false) : NULL};
        const int atoms = mg_mol_atoms(want);
        for (int k = 0; k < MG_SIZES; k++) {
            mg_reconstruction_size *s = &out->sizes[k];
            if (atoms < s->least || (s->most > 0 && atoms > s->most)) continue;
            s->rows++;
            s->taken += made != NULL;
            s->valid += got != NULL;
            s->exact += same(full[0], full[1]);
            s->flat += same(flat[0], flat[1]);
        }
        for (int i = 0; i < 2; i++) free(full[i]), free(flat[i]);
    } else
        out->unreadable++;
    mg_mol_free(want);
    mg_mol_free(own);
}

static int one_block(mg_generator *g, block *b, mg_reconstruction *out, molglot_error *err) {
    const size_t size = mg_latents_size(g);
    int code = mg_latents_encode(g, b->smiles, b->n, b->z, b->status, err);
    b->coded = 0;
    for (size_t i = 0; i < b->n && !code; i++) {
        if (!b->status[i].ok) {
            count(out, b->smiles[i], NULL);
            continue;
        }
        memcpy(b->kept + b->coded * size, b->z + i * size, size * sizeof *b->z);
        b->row[b->coded++] = i;
    }
    if (!code) code = mg_latents_candidates(g, b->kept, b->coded, b->made, err);
    for (size_t i = 0; i < b->coded && !code; i++) count(out, b->smiles[b->row[i]], &b->made[i]);
    if (!code) mg_candidates_free(b->made, b->coded);
    return code;
}

int mg_score_reconstruction(mg_generator *g, const char *const *smiles, size_t n,
                            mg_reconstruction *out, molglot_error *err) {
    memset(out, 0, sizeof *out);
    for (int k = 0; k < MG_SIZES; k++)
        out->sizes[k] = (mg_reconstruction_size){.least = least_atoms[k], .most = most_atoms[k]};
    const size_t floats = BLOCK * mg_latents_size(g) + 1;
    block *b = calloc(1, sizeof *b);
    float *z = malloc(2 * floats * sizeof *z);
    int code = b && z ? MOLGLOT_OK : mg_no_memory(err, "latents");
    for (size_t at = 0; at < n && !code; at += BLOCK) {
        b->smiles = smiles + at;
        b->n = n - at < BLOCK ? n - at : BLOCK;
        b->z = z;
        b->kept = z + floats;
        code = one_block(g, b, out, err);
    }
    free(b);
    free(z);
    return code;
}
